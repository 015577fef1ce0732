//! Building terms: a trait of constructors over every [`Alloc`].

use crate::buffer::{Buffer, MAX_BYTES};
use crate::heap::{Alloc, NoMemory, REFC_BITS, REFC_BUFFER, REFC_NEXT, REFC_WORDS};
use crate::term::{FLOAT_WORDS, REF_WORDS, Term, float_words, header, ref_words};
use crate::words_for_bytes;
use linac_abi::term::{FUN_ARITY, FUN_CELL, FUN_ENV, Subtag};

/// Largest bitstring kept on the heap, in bytes.
pub const HEAP_BITS_MAX: usize = 64;

/// Constructors for terms, for everything that allocates.
///
/// Argument terms must be alive for as long as the new term: they are in the same heap, or literals.
pub trait Build: Alloc {
    /// Allocates an object and writes its header.
    fn object(&mut self, tag: Subtag, payload: usize) -> *mut usize {
        let p = self.alloc(1 + payload);
        // SAFETY: fresh words.
        unsafe { *p = header(tag, payload) };
        p
    }

    /// An object of raw words.
    fn raw_object(&mut self, tag: Subtag, words: &[usize]) -> Term {
        let p = self.object(tag, words.len());
        // SAFETY: fresh words, as many as the slice has.
        unsafe {
            core::ptr::copy_nonoverlapping(words.as_ptr(), p.add(1), words.len());
            Term::boxed_at(p)
        }
    }

    /// `[head | tail]`
    fn cons(&mut self, head: Term, tail: Term) -> Term {
        let p = self.alloc(2);
        // SAFETY: fresh words.
        unsafe {
            *p = head.raw();
            *p.add(1) = tail.raw();
            Term::cons_at(p)
        }
    }

    /// A tuple.
    fn tuple(&mut self, elements: &[Term]) -> Term {
        self.terms_object(Subtag::Tuple, &[], elements)
    }

    /// An object with raw words first and terms after them.
    fn terms_object(&mut self, tag: Subtag, raw: &[usize], terms: &[Term]) -> Term {
        let p = self.object(tag, raw.len() + terms.len());
        // SAFETY: fresh words, as many as the slices have.
        unsafe {
            core::ptr::copy_nonoverlapping(raw.as_ptr(), p.add(1), raw.len());
            core::ptr::copy_nonoverlapping(terms.as_ptr().cast(), p.add(1 + raw.len()), terms.len());
            Term::boxed_at(p)
        }
    }

    /// A list of these elements with this tail.
    fn list_with_tail(&mut self, elements: &[Term], tail: Term) -> Term {
        if elements.is_empty() {
            return tail;
        }
        let p = self.alloc(2 * elements.len());
        for (i, e) in elements.iter().enumerate() {
            let last = i + 1 == elements.len();
            // SAFETY: fresh words, two for each element.
            unsafe {
                *p.add(2 * i) = e.raw();
                *p.add(2 * i + 1) = if last { tail.raw() } else { Term::cons_at(p.add(2 * i + 2)).raw() };
            }
        }
        // SAFETY: the first of the cells above.
        unsafe { Term::cons_at(p) }
    }

    /// The elements of a proper list in front of `tail`, in reverse order or not; None if the list is not proper.
    fn list_onto(&mut self, list: Term, tail: Term, reverse: bool) -> Option<Term> {
        let (mut n, mut rest) = (0, list);
        while let Some([_, next]) = rest.as_cons() {
            n += 1;
            rest = *next;
        }
        if !rest.is_nil() {
            return None;
        }
        if n == 0 {
            return Some(tail);
        }
        let p = self.alloc(2 * n);
        let (mut cell, mut rest, mut before) = (p, list, tail);
        while let Some([head, next]) = rest.as_cons() {
            // SAFETY: two fresh words for each of the `n` elements.
            unsafe {
                *cell = head.raw();
                *cell.add(1) = if reverse { before.raw() } else { Term::cons_at(cell.add(2)).raw() };
                before = Term::cons_at(cell);
                cell = cell.add(2);
            }
            rest = *next;
        }
        if reverse {
            return Some(before);
        }
        // SAFETY: the last cell's tail, and the first cell.
        unsafe {
            *cell.sub(1) = tail.raw();
            Some(Term::cons_at(p))
        }
    }

    /// A proper list of these elements.
    fn list(&mut self, elements: &[Term]) -> Term {
        self.list_with_tail(elements, Term::NIL)
    }

    /// The list of a text's code points.
    fn string(&mut self, text: &str) -> Term {
        text.chars().rev().fold(Term::NIL, |tail, c| self.cons(Term::small(c as isize), tail))
    }

    /// The list of these bytes.
    fn byte_list(&mut self, bytes: &[u8]) -> Term {
        bytes.iter().rev().fold(Term::NIL, |tail, &b| self.cons(Term::small(isize::from(b)), tail))
    }

    /// A float, which must be finite.
    fn float(&mut self, f: f64) -> Term {
        debug_assert!(f.is_finite());
        let words: [usize; FLOAT_WORDS] = float_words(f);
        self.raw_object(Subtag::Float, &words)
    }

    /// An integer.
    fn integer(&mut self, n: i64) -> Term {
        match Term::try_small(n) {
            Some(t) => t,
            None => self.unsigned(n < 0, u128::from(n.unsigned_abs())),
        }
    }

    /// An integer from sign and magnitude.
    fn unsigned(&mut self, negative: bool, magnitude: u128) -> Term {
        let mut limbs = [0usize; 16 / size_of::<u32>()];
        let mut rest = magnitude;
        let mut n = 0;
        while rest != 0 {
            limbs[n] = rest as usize;
            rest = rest.checked_shr(usize::BITS).unwrap_or(0);
            n += 1;
        }
        self.big(negative, &limbs[..n])
    }

    /// An integer from sign and limbs, least significant first: small if it fits.
    fn big(&mut self, negative: bool, limbs: &[usize]) -> Term {
        let n = limbs.iter().rposition(|&l| l != 0).map_or(0, |i| i + 1);
        if n == 0 {
            return Term::small(0);
        }
        if n == 1 {
            let value = if negative { -(limbs[0] as i128) } else { limbs[0] as i128 };
            if let Some(t) = i64::try_from(value).ok().and_then(Term::try_small) {
                return t;
            }
        }
        self.raw_object(if negative { Subtag::BigNeg } else { Subtag::BigPos }, &limbs[..n])
    }

    /// A local reference.
    fn reference(&mut self, numbers: [u32; 3]) -> Term {
        let words: [usize; REF_WORDS] = ref_words(numbers);
        self.raw_object(Subtag::Ref, &words)
    }

    /// A fun with this entry cell.
    fn fun(&mut self, cell: usize, arity: usize, env: &[Term]) -> Term {
        const { assert!(FUN_CELL == 1 && FUN_ARITY == 2 && FUN_ENV == 3) };
        self.terms_object(Subtag::Fun, &[cell, arity], env)
    }

    /// A binary with these bytes.
    fn binary(&mut self, bytes: &[u8]) -> Result<Term, NoMemory> {
        self.bitstring(bytes, bytes.len() * 8)
    }

    /// A bitstring of the first `bits` bits of `bytes`, which has just the bytes needed.
    fn bitstring(&mut self, bytes: &[u8], bits: usize) -> Result<Term, NoMemory> {
        debug_assert!(bytes.len() == bits.div_ceil(8));
        let (t, data) = self.bits_uninit(bits)?;
        // SAFETY: the object has room for these bytes.
        unsafe {
            core::ptr::copy_nonoverlapping(bytes.as_ptr(), data, bytes.len());
            if !bits.is_multiple_of(8) {
                *data.add(bytes.len() - 1) &= 0xFF << (8 - bits % 8);
            }
        }
        Ok(t)
    }

    /// A fresh bitstring of `bits` bits and where its bytes go: the caller writes all of them, unused bits of the
    /// last one as zeros, before the term is used.
    fn bits_uninit(&mut self, bits: usize) -> Result<(Term, *mut u8), NoMemory> {
        let bytes = bits.div_ceil(8);
        if bytes <= HEAP_BITS_MAX {
            let words = words_for_bytes(bytes);
            let p = self.object(Subtag::HeapBits, 1 + words);
            // SAFETY: fresh words; the padding of the last one is defined.
            unsafe {
                *p.add(1) = bits;
                if words > 0 {
                    *p.add(1 + words) = 0;
                }
                return Ok((Term::boxed_at(p), p.add(2).cast()));
            }
        }
        if bytes > MAX_BYTES {
            return Err(NoMemory { words: words_for_bytes(bytes) });
        }
        let buffer = Buffer::allocate(bytes)?;
        // SAFETY: the buffer is live and its one count goes to the new object.
        unsafe { Ok((self.refc_bits(buffer, bits), Buffer::data(buffer))) }
    }

    /// A bitstring over a buffer, from its start.
    ///
    /// # Safety
    /// The buffer is live, has that many bits, and the caller's count goes over to the term.
    unsafe fn refc_bits(&mut self, buffer: *mut Buffer, bits: usize) -> Term {
        let p = self.object(Subtag::RefcBits, REFC_WORDS - 1);
        // SAFETY: fresh words of this layout.
        unsafe {
            *p.add(REFC_NEXT) = 0;
            *p.add(REFC_BUFFER) = buffer as usize;
            *p.add(REFC_BITS) = bits;
            self.off_heap().push(p);
            Term::boxed_at(p)
        }
    }
}

impl<A: Alloc + ?Sized> Build for A {}
