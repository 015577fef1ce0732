//! Bytes to terms.
//!
//! A term is decoded into a slot; a container is allocated with all its slots at once, which then wait on a stack.
//! Each element takes at least a byte, so a container that claims more elements than there are bytes left, less
//! those that waiting slots will take, is refused before anything is allocated for it: memory stays proportional to
//! the input.

use super::{EtfError, Kind, Links, VERSION, tag};
use crate::buffer::MAX_BYTES;
use crate::frag::FragList;
use crate::heap::Alloc;
use crate::number::MAX_BITS;
use crate::numtext::text_float;
use crate::term::{Term, header};
use crate::{Atom, Build, WORD_BYTES, map, record};
use alloc::vec::Vec;
use linac_abi::term::Subtag;
use smallvec::SmallVec;

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Slots that wait: each will take a byte at least.
    reserved: usize,
}

type Decoded<T> = Result<T, EtfError>;

impl<'a> Reader<'a> {
    fn fail<T>(&self, kind: Kind) -> Decoded<T> {
        Err(EtfError { kind, offset: self.at })
    }
    fn left(&self) -> usize {
        self.bytes.len() - self.at
    }
    fn take(&mut self, n: usize) -> Decoded<&'a [u8]> {
        if n > self.left() {
            return self.fail(Kind::Truncated);
        }
        let taken = &self.bytes[self.at..self.at + n];
        self.at += n;
        Ok(taken)
    }
    fn uint(&mut self, n: usize) -> Decoded<u64> {
        Ok(self.take(n)?.iter().fold(0, |v, &b| v << 8 | u64::from(b)))
    }
    fn u8(&mut self) -> Decoded<u8> {
        Ok(self.uint(1)? as u8)
    }
    fn u32(&mut self) -> Decoded<u32> {
        Ok(self.uint(4)? as u32)
    }
    fn length(&mut self) -> Decoded<usize> {
        Ok(self.u32()? as usize)
    }
    /// A number of elements of at least so many bytes each.
    fn count(&mut self, width: usize, element: usize) -> Decoded<usize> {
        let n = self.uint(width)? as usize;
        let left = self.left().saturating_sub(self.reserved);
        if n.checked_mul(element).is_none_or(|bytes| bytes > left) {
            return self.fail(Kind::Truncated);
        }
        Ok(n)
    }
}

enum Todo {
    /// Slots to fill, each `stride` words after the one before.
    Slots { next: *mut usize, left: usize, stride: usize },
    /// A map whose keys and values will stand in `pairs`, and where the map goes.
    Map { pairs: Vec<Term>, slot: *mut usize },
}

/// Decodes one term with its version byte. Gives the term, the fragments it lives in, and the bytes it took.
pub fn decode(bytes: &[u8], links: &mut dyn Links) -> Result<(FragList, Term, usize), EtfError> {
    match bytes {
        [VERSION, tag::COMPRESSED, ..] => {
            let mut r = Reader { bytes, at: 2, reserved: 0 };
            let size = r.length()?;
            if size > MAX_BYTES {
                return r.fail(Kind::Limit);
            }
            let broken = EtfError { kind: Kind::Compressed, offset: r.at };
            let packed = &bytes[r.at..];
            // Deflate makes at most about a thousand bytes of one.
            if size / 1100 > packed.len() {
                return Err(broken);
            }
            let mut plain = alloc::vec![0; size];
            let taken = inflate(packed, &mut plain).ok_or(broken)?;
            let (frags, t, used) = decode_body(&plain, links)?;
            if used != plain.len() {
                return Err(broken);
            }
            Ok((frags, t, r.at + taken))
        }
        [VERSION, body @ ..] => {
            let (frags, t, n) =
                decode_body(body, links).map_err(|e| EtfError { offset: e.offset + 1, ..e })?;
            Ok((frags, t, n + 1))
        }
        [other, ..] => Err(EtfError { kind: Kind::Version(*other), offset: 0 }),
        [] => Err(EtfError { kind: Kind::Truncated, offset: 0 }),
    }
}

/// Inflates all of `out`; gives the bytes taken.
fn inflate(packed: &[u8], out: &mut [u8]) -> Option<usize> {
    use miniz_oxide::inflate::TINFLStatus;
    use miniz_oxide::inflate::core::inflate_flags::{
        TINFL_FLAG_PARSE_ZLIB_HEADER, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF,
    };
    use miniz_oxide::inflate::core::{DecompressorOxide, decompress};
    let flags = TINFL_FLAG_PARSE_ZLIB_HEADER | TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let mut state = alloc::boxed::Box::<DecompressorOxide>::default();
    let (status, taken, written) = decompress(&mut state, packed, out, 0, flags);
    (status == TINFLStatus::Done && written == out.len()).then_some(taken)
}

/// Decodes one term without a version byte (as in a module's literal table after its own version bytes, or nested
/// formats).
pub fn decode_body(bytes: &[u8], links: &mut dyn Links) -> Result<(FragList, Term, usize), EtfError> {
    let mut d = Decoder {
        r: Reader { bytes, at: 0, reserved: 0 },
        heap: FragList::new(),
        todo: Vec::new(),
        links,
        atoms: [None; RECENT],
    };
    let mut result = Term::NIL.raw();
    d.term_into(&mut result)?;
    while let Some(todo) = d.todo.last_mut() {
        match todo {
            Todo::Slots { next, left, stride } => {
                let slot = *next;
                *next = slot.wrapping_add(*stride);
                *left -= 1;
                d.r.reserved -= 1;
                if *left == 0 {
                    d.todo.pop();
                }
                d.term_into(slot)?;
            }
            Todo::Map { .. } => {
                if let Some(Todo::Map { pairs, slot }) = d.todo.pop() {
                    let items = pairs.chunks_exact(2).map(|p| (p[0], p[1]));
                    let m = map::from_pairs(&mut d.heap, items);
                    if map::size(m) != Some(pairs.len() / 2) {
                        return d.r.fail(Kind::DuplicateKey);
                    }
                    // SAFETY: the slot is in a fresh object or the result.
                    unsafe { *slot = m.raw() };
                }
            }
        }
    }
    // SAFETY: all slots are filled, so the result is a term of the fragments.
    let t = unsafe { Term::from_raw(result) };
    Ok((d.heap, t, d.r.at))
}

struct Decoder<'a, 'l> {
    r: Reader<'a>,
    heap: FragList,
    todo: Vec<Todo>,
    links: &'l mut dyn Links,
    /// Atoms seen, each in the place that its text says: the same few come again and again.
    atoms: [Option<(&'a [u8], Atom)>; RECENT],
}

/// Atoms remembered.
const RECENT: usize = 16;

/// The place of an atom among those remembered.
fn recent(text: &[u8]) -> usize {
    let end = |byte: Option<&u8>| byte.map_or(0, |byte| usize::from(*byte));
    (text.len() ^ end(text.first()) ^ end(text.last()) << 1) % RECENT
}

impl Decoder<'_, '_> {
    fn slots(&mut self, first: *mut usize, n: usize, stride: usize) {
        if n > 0 {
            self.r.reserved += n;
            self.todo.push(Todo::Slots { next: first, left: n, stride });
        }
    }

    /// Decodes one level into a slot; what is inside waits on the stack.
    fn term_into(&mut self, slot: *mut usize) -> Decoded<()> {
        let at = self.r.at;
        let tag = self.r.u8()?;
        let t = match tag {
            tag::SMALL_INTEGER => Term::small(isize::from(self.r.u8()?)),
            tag::INTEGER => {
                let n = self.r.u32()? as i32;
                self.heap.integer(i64::from(n))
            }
            tag::SMALL_BIG => {
                let n = usize::from(self.r.u8()?);
                self.big(n)?
            }
            tag::LARGE_BIG => {
                let n = self.r.length()?;
                self.big(n)?
            }
            tag::NEW_FLOAT => {
                let f = f64::from_bits(self.r.uint(8)?);
                self.float(f)?
            }
            tag::FLOAT => {
                // The text ends with a zero byte; what follows it does not count.
                let text = self.r.take(31)?;
                let end = text.iter().position(|&b| b == 0);
                let f = end.and_then(|end| text_float(&text[..end]));
                self.float(f.unwrap_or(f64::NAN))?
            }
            tag::NIL => Term::NIL,
            tag::STRING => {
                let n = self.r.uint(2)? as usize;
                let bytes = self.r.take(n)?;
                self.heap.byte_list(bytes)
            }
            tag::BINARY => {
                let n = self.r.length()?;
                let bytes = self.r.take(n)?;
                self.bits(bytes, bytes.len() * 8)?
            }
            tag::BIT_BINARY => {
                let n = self.r.length()?;
                let last = usize::from(self.r.u8()?);
                let bytes = self.r.take(n)?;
                if n == 0 || !(1..=8).contains(&last) {
                    return self.r.fail(Kind::Bits);
                }
                self.bits(bytes, bytes.len() * 8 - 8 + last)?
            }
            tag::SMALL_TUPLE | tag::LARGE_TUPLE => {
                let n = self.r.count(if tag == tag::SMALL_TUPLE { 1 } else { 4 }, 1)?;
                if n >= 1 << 24 {
                    return self.r.fail(Kind::Limit);
                }
                let p = self.heap.object(Subtag::Tuple, n);
                self.slots(p.wrapping_add(1), n, 1);
                // SAFETY: a fresh object whose slots wait.
                unsafe { Term::boxed_at(p) }
            }
            tag::LIST => {
                let n = self.r.count(4, 1)?;
                if n == 0 {
                    // Only the tail.
                    self.slots(slot, 1, 1);
                    return Ok(());
                }
                let p = self.heap.alloc(2 * n);
                for i in 0..n - 1 {
                    // SAFETY: two fresh words for each cell.
                    unsafe { *p.add(2 * i + 1) = Term::cons_at(p.add(2 * i + 2)).raw() };
                }
                self.slots(p.wrapping_add(2 * n - 1), 1, 1);
                self.slots(p, n, 2);
                // SAFETY: the first of the fresh cells.
                unsafe { Term::cons_at(p) }
            }
            tag::MAP => {
                let n = self.r.count(4, 2)?;
                let mut pairs = alloc::vec![Term::NIL; 2 * n];
                // The vector's memory stays where it is until the map is made.
                let first = pairs.as_mut_ptr().cast();
                self.todo.push(Todo::Map { pairs, slot });
                self.slots(first, 2 * n, 1);
                return Ok(());
            }
            tag::RECORD => self.record()?,
            tag::EXPORT => {
                let (module, function) = (self.atom()?, self.atom()?);
                let arity = match (self.r.u8()?, self.r.u8()?) {
                    (tag::SMALL_INTEGER, n) => n,
                    (other, _) => return Err(EtfError { kind: Kind::Tag(other), offset: self.r.at - 2 }),
                };
                match self.links.export_cell(module, function, arity) {
                    Some(cell) => self.heap.fun(cell, usize::from(arity), &[]),
                    None => return self.unsupported(at, "a fun"),
                }
            }
            tag::NEW_FUN => self.local_fun(at)?,
            tag::NEW_PID => {
                let node = self.atom()?;
                let (number, serial, _creation) = (self.r.u32()?, self.r.u32()?, self.r.u32()?);
                let slot = u64::from(serial) << Term::PID_SLOT_BITS | u64::from(number);
                if number >> Term::PID_SLOT_BITS != 0
                    || node != self.links.node()
                    || slot >> (WORD_BYTES * 8 - 4) != 0
                {
                    return self.unsupported(at, "a pid of another node");
                }
                Term::pid(slot as usize)
            }
            tag::NEW_PORT | tag::V4_PORT => {
                let node = self.atom()?;
                let number = self.r.uint(if tag == tag::NEW_PORT { 4 } else { 8 })?;
                self.r.u32()?;
                if node != self.links.node() || number >> (WORD_BYTES * 8 - 4) != 0 {
                    return self.unsupported(at, "a port of another node");
                }
                Term::port(number as usize)
            }
            tag::NEWER_REFERENCE => {
                let n = self.r.uint(2)? as usize;
                let node = self.atom()?;
                self.r.u32()?;
                if node != self.links.node() || n > 3 {
                    return self.unsupported(at, "a reference of another node");
                }
                let mut numbers = [0; 3];
                for number in &mut numbers[..n] {
                    *number = self.r.u32()?;
                }
                self.heap.reference(numbers)
            }
            _ => {
                self.r.at = at;
                Term::atom(self.atom()?)
            }
        };
        // SAFETY: the slot is in a fresh object, a map's vector, or the result.
        unsafe { *slot = t.raw() };
        Ok(())
    }

    /// A fun expression of a module that is loaded; its free variables wait on the stack.
    fn local_fun(&mut self, at: usize) -> Decoded<Term> {
        let _size = self.r.u32()?;
        let arity = self.r.u8()?;
        let mut digest = [0; 16];
        digest.copy_from_slice(self.r.take(16)?);
        let (index, free) = (self.r.u32()?, self.r.length()?);
        let module = self.atom()?;
        let (_old_index, uniq) = (self.number()?, self.number()?);
        // Who made it: a pid, which is not kept.
        let maker = self.r.at;
        if self.r.u8()? != tag::NEW_PID {
            return Err(EtfError { kind: Kind::Tag(self.r.bytes[maker]), offset: maker });
        }
        self.atom()?;
        self.r.take(12)?;
        if free > self.r.left().saturating_sub(self.r.reserved) {
            return self.r.fail(Kind::Truncated);
        }
        let fun = super::LocalFun { module, digest, index, uniq };
        let Some(cell) = self.links.local_cell(&fun, arity) else {
            return self.unsupported(at, "a fun of a module that is not loaded");
        };
        let made = self.heap.fun(cell, usize::from(arity), &alloc::vec![Term::NIL; free]);
        self.slots(made.address().wrapping_add(linac_abi::term::FUN_ENV), free, 1);
        Ok(made)
    }

    /// A native record; its values wait on the stack.
    fn record(&mut self) -> Decoded<Term> {
        // A field takes the byte of its value and three of its name.
        let n = self.r.count(4, 4)?;
        let exported = match self.r.u8()? {
            exported @ (0 | 1) => exported == 1,
            _ => return self.r.fail(Kind::Record),
        };
        let (module, name) = (self.atom()?, self.atom()?);
        let mut fields: SmallVec<[Atom; 16]> = SmallVec::new();
        for _ in 0..n {
            fields.push(self.atom()?);
        }
        let Some(definition) = record::define(&mut self.heap, module, name, exported, &fields) else {
            return self.r.fail(Kind::Record);
        };
        // The values are announced only now: they may be fewer than the names have left room for.
        if n > self.r.left().saturating_sub(self.r.reserved) {
            return self.r.fail(Kind::Truncated);
        }
        let p = self.heap.object(Subtag::Record, n + 1);
        // SAFETY: a fresh object with a word for the definition.
        unsafe { *p.add(linac_abi::term::RECORD_DEFINITION) = definition.raw() };
        self.slots(p.wrapping_add(1 + linac_abi::term::RECORD_DEFINITION), n, 1);
        // SAFETY: a fresh object whose slots wait.
        Ok(unsafe { Term::boxed_at(p) })
    }

    /// A number of at most 32 bits.
    fn number(&mut self) -> Decoded<u32> {
        match self.r.u8()? {
            tag::SMALL_INTEGER => Ok(u32::from(self.r.u8()?)),
            tag::INTEGER => self.r.u32(),
            other => Err(EtfError { kind: Kind::Tag(other), offset: self.r.at - 1 }),
        }
    }

    fn unsupported<T>(&self, offset: usize, what: &'static str) -> Decoded<T> {
        Err(EtfError { kind: Kind::Unsupported(what), offset })
    }

    fn float(&mut self, f: f64) -> Decoded<Term> {
        if f.is_finite() { Ok(self.heap.float(f)) } else { self.r.fail(Kind::Float) }
    }

    fn bits(&mut self, bytes: &[u8], bits: usize) -> Decoded<Term> {
        self.heap.bitstring(bytes, bits).or_else(|_| self.r.fail(Kind::Memory))
    }

    fn big(&mut self, n: usize) -> Decoded<Term> {
        let negative = self.r.u8()? != 0;
        let bytes = self.r.take(n)?;
        let used = bytes.iter().rposition(|&b| b != 0).map_or(0, |i| i + 1);
        if used > MAX_BITS / 8 {
            return self.r.fail(Kind::Limit);
        }
        let limb = |c: &[u8]| c.iter().rev().fold(0usize, |l, &b| l << 8 | usize::from(b));
        let limbs: SmallVec<[usize; 8]> = bytes[..used].chunks(WORD_BYTES).map(limb).collect();
        Ok(self.heap.big(negative, &limbs))
    }

    fn atom(&mut self) -> Decoded<Atom> {
        let offset = self.r.at;
        let tag = self.r.u8()?;
        let n = match tag {
            tag::SMALL_ATOM | tag::SMALL_ATOM_UTF8 => 1,
            tag::ATOM | tag::ATOM_UTF8 => 2,
            other => return Err(EtfError { kind: Kind::Tag(other), offset }),
        };
        let n = self.r.uint(n)? as usize;
        let bytes = self.r.take(n)?;
        let fail = |kind| EtfError { kind, offset };
        let utf8 = matches!(tag, tag::ATOM_UTF8 | tag::SMALL_ATOM_UTF8);
        if utf8
            && let Some((text, atom)) = self.atoms[recent(bytes)]
            && text == bytes
        {
            return Ok(atom);
        }
        let latin1: alloc::string::String;
        let text = if utf8 {
            core::str::from_utf8(bytes).map_err(|_| fail(Kind::Atom))?
        } else {
            latin1 = bytes.iter().map(|&b| char::from(b)).collect();
            &latin1[..]
        };
        let atom = if self.links.new_atoms() {
            Atom::new(text).map_err(|e| match e {
                crate::atoms::AtomError::TooLong => fail(Kind::Atom),
                crate::atoms::AtomError::TableFull => fail(Kind::NoAtom),
            })?
        } else {
            Atom::existing(text).ok_or(fail(Kind::NoAtom))?
        };
        if utf8 {
            self.atoms[recent(bytes)] = Some((bytes, atom));
        }
        Ok(atom)
    }
}

const _: () = assert!(header(Subtag::Tuple, (1 << 24) - 1) >> 6 == (1 << 24) - 1);
