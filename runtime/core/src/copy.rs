//! Deep copies: messages, spawn arguments, literals.
//!
//! A copy is built front to back: an object is copied word by word, its pointers still leading to the original,
//! and the slots that hold them wait on a stack to be replaced in turn. Sharing inside a term is not kept.

use crate::buffer::Buffer;
use crate::frag::FragList;
use crate::heap::{Alloc, NoMemory, REFC_BUFFER};
use crate::literal::{self, LiteralArea};
use crate::term::{BOXED, CONS, HEADER, PRIMARY, Term, payload, subtag};
use alloc::vec::Vec;
use linac_abi::term::{FUN_ENV, Subtag};
use smallvec::SmallVec;

/// What to do with literals inside a term.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Literals {
    /// Point to them: they live as long as code does.
    Keep,
    /// Copy them too: their owner goes away, or the copy outlives it.
    Copy,
}

impl Literals {
    #[inline]
    fn stays(self, word: usize) -> bool {
        match word & PRIMARY {
            CONS | BOXED => self == Literals::Keep && literal::is_literal((word & !PRIMARY) as *const usize),
            _ => true,
        }
    }
}

/// The words of an object that are terms: (first, count), header at 0.
fn fields(header: usize) -> (usize, usize) {
    let n = payload(header);
    match subtag(header) {
        Some(Subtag::Tuple | Subtag::FlatMap | Subtag::Record) => (1, n),
        Some(Subtag::Fun) => (FUN_ENV, n + 1 - FUN_ENV),
        Some(Subtag::HashMap) => (2, n - 1),
        Some(Subtag::SubBits | Subtag::MatchContext) => (1, 1),
        _ => (1, 0),
    }
}

/// Words that a copy takes.
pub fn size(t: Term, literals: Literals) -> usize {
    let root = [t.raw()];
    let mut sum = 0;
    // Words still to be looked at: those of one object, and of the objects around it.
    let mut words: &[usize] = &root;
    let mut todo: SmallVec<[&[usize]; 8]> = SmallVec::new();
    loop {
        let Some((&word, rest)) = words.split_first() else {
            match todo.pop() {
                Some(outer) => words = outer,
                None => return sum,
            }
            continue;
        };
        words = rest;
        if literals.stays(word) {
            continue;
        }
        let p = (word & !PRIMARY) as *const usize;
        // SAFETY: a cons pointer leads to two words, a boxed one to a header, which tells the size.
        let inner = unsafe {
            if word & PRIMARY == CONS {
                sum += 2;
                core::slice::from_raw_parts(p, 2)
            } else {
                sum += 1 + payload(*p);
                let (first, count) = fields(*p);
                core::slice::from_raw_parts(p.add(first), count)
            }
        };
        if inner.is_empty() {
            continue;
        }
        // The last field needs no entry any more, so that long lists take no memory.
        if !words.is_empty() {
            todo.push(words);
        }
        words = inner;
    }
}

/// Copies a term.
pub fn copy<A: Alloc + ?Sized>(t: Term, to: &mut A, literals: Literals) -> Term {
    let mut result = t.raw();
    // Slots whose words still lead to the original, of one object, and of the objects around it: (first, count).
    let (mut slot, mut left): (*mut usize, usize) = (&mut result, 1);
    let mut todo: SmallVec<[(*mut usize, usize); 8]> = SmallVec::new();
    loop {
        if left == 0 {
            match todo.pop() {
                Some(outer) => (slot, left) = outer,
                None => break,
            }
        }
        let at = slot;
        // SAFETY: still within the object, or just behind it.
        slot = unsafe { slot.add(1) };
        left -= 1;
        // SAFETY: slots are words of fresh objects (or `result`), holding terms of the original.
        let word = unsafe { *at };
        if literals.stays(word) {
            continue;
        }
        let from = (word & !PRIMARY) as *const usize;
        // SAFETY: pointers lead to objects of the original; fresh objects get as many words.
        let (inner, count) = unsafe {
            if word & PRIMARY == CONS {
                let p = to.alloc(2);
                *p = *from;
                *p.add(1) = *from.add(1);
                *at = p as usize | CONS;
                (p, 2)
            } else {
                let header = *from;
                let n = 1 + payload(header);
                let p = to.alloc(n);
                if n <= FEW {
                    for i in 0..n {
                        *p.add(i) = *from.add(i);
                    }
                } else {
                    core::ptr::copy_nonoverlapping(from, p, n);
                }
                *at = p as usize | BOXED;
                if subtag(header) == Some(Subtag::RefcBits) {
                    Buffer::retain(*p.add(REFC_BUFFER) as *const Buffer);
                    to.off_heap().push(p);
                }
                let (first, count) = fields(header);
                (p.add(first), count)
            }
        };
        if count > 0 {
            if left > 0 {
                todo.push((slot, left));
            }
            (slot, left) = (inner, count);
        }
    }
    // SAFETY: the copy of a term is one.
    unsafe { Term::from_raw(result) }
}

/// Objects of no more words are copied one by one: less than a call.
const FEW: usize = 8;

/// Copies a term into fragments of its own, as a message.
pub fn to_fragments(t: Term) -> (FragList, Term) {
    if Literals::Keep.stays(t.raw()) {
        return (FragList::new(), t);
    }
    // SAFETY: a pointer leads to an object.
    if let Some((words, tag)) = unsafe { flat(t.raw()) } {
        let mut frags = FragList::with_capacity(words.len());
        let p = frags.alloc(words.len());
        // SAFETY: fresh words, as many; and the copy of a term is one.
        return unsafe {
            core::ptr::copy_nonoverlapping(words.as_ptr(), p, words.len());
            (frags, Term::from_raw(p as usize | tag))
        };
    }
    let mut frags = FragList::with_capacity(size(t, Literals::Keep));
    let copied = copy(t, &mut frags, Literals::Keep);
    (frags, copied)
}

/// The words and the tag of an object that leads nowhere but to literals and owns nothing outside: most messages.
///
/// # Safety
/// The word is a pointer term.
unsafe fn flat<'a>(word: usize) -> Option<(&'a [usize], usize)> {
    let p = (word & !PRIMARY) as *const usize;
    // SAFETY: passed on; a header tells the size.
    let (words, (first, count)) = unsafe {
        if word & PRIMARY == CONS {
            (core::slice::from_raw_parts(p, 2), (0, 2))
        } else {
            if subtag(*p) == Some(Subtag::RefcBits) {
                return None;
            }
            (core::slice::from_raw_parts(p, 1 + payload(*p)), fields(*p))
        }
    };
    let leads_nowhere = words[first..first + count].iter().all(|&word| Literals::Keep.stays(word));
    leads_nowhere.then_some((words, word & PRIMARY))
}

/// Copies a term that consists of exactly these words and what they lead to outside, which is not copied.
///
/// # Safety
/// As `relocate`, and the term's object is among the words.
pub unsafe fn copy_block<A: Alloc + ?Sized>(words: &[usize], t: Term, to: &mut A) -> Term {
    let p = to.alloc(words.len());
    // SAFETY: passed on; where the term's word leads after is the copy.
    unsafe { Term::from_raw(relocate(words, p)(t.raw())) }
}

/// Copies whole objects, whose pointers to each other go along, to a place that they have room at. Gives where a
/// pointer into the original leads then.
///
/// # Safety
/// `to` has room for the words, which are whole objects without any `RefcBits`.
pub(crate) unsafe fn relocate(words: &[usize], to: *mut usize) -> impl Fn(usize) -> usize {
    let range = (words.as_ptr() as usize, size_of_val(words));
    let distance = (to as usize).wrapping_sub(range.0);
    let moved = move |word: usize| {
        let inside = (word & !PRIMARY).wrapping_sub(range.0) < range.1;
        if matches!(word & PRIMARY, CONS | BOXED) && inside { word.wrapping_add(distance) } else { word }
    };
    // SAFETY: passed on.
    unsafe { core::ptr::copy_nonoverlapping(words.as_ptr(), to, words.len()) };
    let mut at = 0;
    while at < words.len() {
        let word = words[at];
        if word & PRIMARY == HEADER {
            // Words of an object that are no terms are passed over: the first ones, and all of some.
            let (first, count) = fields(word);
            let start = at + first;
            for (field, &word) in words[start..start + count].iter().enumerate() {
                // SAFETY: within the copy.
                unsafe { *to.add(start + field) = moved(word) };
            }
            at += 1 + payload(word);
        } else {
            // SAFETY: as above.
            unsafe { *to.add(at) = moved(word) };
            at += 1;
        }
    }
    moved
}

/// Copies terms into a literal area of their own, read-only from then on.
pub fn to_literals(terms: &[Term]) -> Result<(LiteralArea, Vec<Term>), NoMemory> {
    let words = terms.iter().map(|&t| size(t, Literals::Copy)).sum();
    let mut area = LiteralArea::with_capacity(words)?;
    let copies = terms.iter().map(|&t| copy(t, &mut area, Literals::Copy)).collect();
    area.seal();
    Ok((area, copies))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::eq_exact;
    use crate::{Build, map};

    fn sample(h: &mut FragList) -> Term {
        let bin = h.binary(&[3; 200]).unwrap();
        let sub = crate::binary::sub_bits(h, bin, 8, 1000).unwrap();
        let flat = map::from_pairs(h, (0..5).map(|i| (Term::small(i), bin)));
        let hash = map::from_pairs(h, (0..100).map(|i| (Term::small(i), sub)));
        let float = h.float(2.5);
        let big = h.big(true, &[1, 2, 3]);
        let fun = h.fun(42, 3, &[float, big]);
        let text = h.string("hello");
        h.tuple(&[bin, sub, flat, hash, fun, text, Term::NIL, Term::TRUE])
    }

    #[test]
    fn copies_are_equal_and_apart() {
        let mut h = FragList::new();
        let t = sample(&mut h);
        let (frags, copied) = to_fragments(t);
        assert_eq!(frags.words(), size(t, Literals::Keep));
        assert_eq!(frags.words(), frags.capacity_words(), "sized exactly");
        drop(h);
        let mut again = FragList::new();
        let expect = sample(&mut again);
        assert!(eq_exact(copied, expect));
        assert_ne!(copied, expect);
    }

    #[test]
    fn buffers_are_shared_and_counted() {
        let mut h = FragList::new();
        let bin = h.binary(&[3; 200]).unwrap();
        let buffer = bin.object_words()[REFC_BUFFER] as *const Buffer;
        let (frags, _) = to_fragments(bin);
        // SAFETY: `h` holds a count.
        assert_eq!(unsafe { Buffer::owners(buffer) }, 2);
        drop(frags);
        // SAFETY: as above.
        assert_eq!(unsafe { Buffer::owners(buffer) }, 1);
    }

    #[test]
    fn a_message_settles_in_the_block_if_there_is_room() {
        // SAFETY: all fields are words.
        let mut head: linac_abi::process::ProcessHead = unsafe { core::mem::zeroed() };
        let mut heap = crate::Heap::new(&mut head, 1000).unwrap();
        let mut h = FragList::new();
        let parts = [h.float(2.5), h.big(true, &[1, 2, 3]), h.string("hello"), Term::NIL];
        let fun = h.fun(42, 3, &parts);
        let pairs: Vec<_> = (0..40).map(|i| (Term::small(i), fun)).collect();
        let map = map::from_pairs(&mut h, pairs.iter().copied());
        let small = map::from_pairs(&mut h, pairs[..1].iter().copied());
        let bin = h.binary(&[3; 200]).unwrap();
        for (original, settles) in [(h.tuple(&[small, fun]), true), (fun, true), (map, false), (bin, false)] {
            let (mut memory, mut term) = to_fragments(original);
            let before = (head.htop, memory.words());
            heap.settle(&mut head, &mut memory, &mut term);
            assert_eq!((memory.is_empty(), head.htop > before.0), (settles, settles));
            assert_eq!(head.htop - before.0, if settles { before.1 * crate::WORD_BYTES } else { 0 });
            assert!(eq_exact(term, original));
            assert_eq!(heap.owns(term.address()), settles);
            heap.attach(memory);
        }
    }

    #[test]
    fn literals_are_kept_or_copied() {
        let mut h = FragList::new();
        let t = sample(&mut h);
        let (area, literals) = to_literals(&[t, Term::NIL]).unwrap();
        drop(h);
        assert!(literal::is_literal(literals[0].address()) && literals[1] == Term::NIL);
        let mut h = FragList::new();
        let pair = h.cons(literals[0], literals[0]);
        assert_eq!(size(pair, Literals::Keep), 2);
        let (frags, copied) = to_fragments(pair);
        assert_eq!((frags.words(), copied.as_cons().unwrap()[0]), (2, literals[0]));
        let (other, moved) = to_literals(&[literals[0]]).unwrap();
        assert_ne!(moved[0], literals[0]);
        assert!(eq_exact(moved[0], literals[0]));
        drop((area, other));
    }

    #[test]
    fn a_million_levels() {
        let mut h = FragList::new();
        let deep = (0..1_000_000).fold(Term::NIL, |t, _| h.tuple(&[t, Term::NIL]));
        let left = (0..1_000_000).fold(Term::NIL, |t, _| h.cons(t, Term::NIL));
        let right = (0..1_000_000).fold(Term::NIL, |t, _| h.cons(Term::NIL, t));
        for t in [deep, left, right] {
            let (_frags, copied) = to_fragments(t);
            assert!(eq_exact(copied, t));
        }
    }
}
