//! Bitstrings: one view over their three representations, and bits at any offset.
//!
//! A bitstring is small and on the heap, or a counted buffer, or a part of either; [`Bits`] hides which. Bits are
//! numbered from the most significant bit of the first byte. *Invariant*: a `SubBits` object refers to one of the
//! other two, never to another `SubBits`.

use crate::Build;
use crate::buffer::Buffer;
use crate::buffer::MAX_BYTES;
use crate::build::HEAP_BITS_MAX;
use crate::heap::{Alloc, NoMemory, REFC_BITS, REFC_BUFFER};
use crate::literal;
use crate::term::{BOXED, Term, subtag};
use alloc::vec::Vec;
use core::cmp::Ordering;
use linac_abi::term::{SUBTAG_MASK, Subtag};

/// A run of bits in memory.
#[derive(Clone, Copy, Debug)]
pub struct Bits<'a> {
    /// Bytes from the one the first bit is in to the one the last bit is in.
    data: &'a [u8],
    /// First bit within the first byte, 0..8.
    offset: usize,
    /// Number of bits.
    len: usize,
}

/// The subtag in an object's header, as it stands there.
///
/// # Safety
/// It is a live object.
#[inline]
unsafe fn kind(object: *const usize) -> usize {
    // SAFETY: as the caller promises.
    unsafe { *object & SUBTAG_MASK as usize }
}

/// Where the bytes of an object that is no part begin, and its size in bits.
///
/// # Safety
/// It is a live object.
#[inline]
unsafe fn whole_of(object: *const usize) -> Option<(*const u8, usize)> {
    const HEAP: usize = Subtag::HeapBits.bits() as usize;
    const REFC: usize = Subtag::RefcBits.bits() as usize;
    // SAFETY: objects of these kinds have such words; the second one holds a count of a live buffer with at least that
    // many bits.
    unsafe {
        match kind(object) {
            HEAP => Some((object.add(2).cast(), *object.add(1))),
            REFC => {
                let data = Buffer::data(*object.add(REFC_BUFFER) as *const Buffer);
                Some((data, *object.add(REFC_BITS)))
            }
            _ => None,
        }
    }
}

impl<'a> Bits<'a> {
    /// The bits of a bitstring term.
    #[inline]
    pub fn of(t: Term) -> Option<Bits<'a>> {
        if !t.is_boxed() {
            return None;
        }
        let object = t.address().cast_const();
        // SAFETY: a boxed term points to an object, and its header tells how many words it has. What a part is of is
        // no part itself, and the part lies in it.
        let (start, from, len) = unsafe {
            if kind(object) == Subtag::SubBits.bits() as usize {
                let (start, whole) = whole_of((*object.add(1) - BOXED) as *const usize)?;
                debug_assert!(*object.add(2) + *object.add(3) <= whole);
                (start, *object.add(2), *object.add(3))
            } else {
                let (start, len) = whole_of(object)?;
                (start, 0, len)
            }
        };
        let offset = from % 8;
        // SAFETY: the object has these bits.
        let data = unsafe { core::slice::from_raw_parts(start.add(from / 8), (offset + len).div_ceil(8)) };
        Some(Bits { data, offset, len })
    }

    /// The bits of a byte slice.
    pub fn from_bytes(data: &'a [u8]) -> Bits<'a> {
        Bits { data, offset: 0, len: data.len() * 8 }
    }

    /// Number of bits.
    #[inline]
    pub fn len(self) -> usize {
        self.len
    }

    /// Are there none?
    pub fn is_empty(self) -> bool {
        self.len == 0
    }

    /// Number of bytes, the last one perhaps not full.
    pub fn byte_len(self) -> usize {
        self.len.div_ceil(8)
    }

    /// Is it a binary: a whole number of bytes?
    pub fn is_binary(self) -> bool {
        self.len.is_multiple_of(8)
    }

    /// The bytes in place, if bits start and end at byte borders.
    pub fn as_bytes(self) -> Option<&'a [u8]> {
        (self.offset == 0 && self.is_binary()).then_some(self.data)
    }

    /// `len` bits from bit `pos` on, if there are so many.
    #[inline]
    pub fn slice(self, pos: usize, len: usize) -> Option<Bits<'a>> {
        if pos > self.len || len > self.len - pos {
            return None;
        }
        let first = self.offset + pos;
        let (start, offset) = (first / 8, first % 8);
        let data = &self.data[start..start + (offset + len).div_ceil(8)];
        Some(Bits { data, offset, len })
    }

    /// Byte `i`, its unused bits zero if it is the last one and not full.
    #[inline]
    pub fn byte(self, i: usize) -> u8 {
        let mut b = self.data[i] << self.offset;
        if self.offset != 0
            && let Some(next) = self.data.get(i + 1)
        {
            b |= next >> (8 - self.offset);
        }
        let rest = self.len - i * 8;
        if rest < 8 { b & !(0xFF >> rest) } else { b }
    }

    /// All bytes, the last one filled up with zeros.
    pub fn bytes(self) -> impl ExactSizeIterator<Item = u8> + DoubleEndedIterator + 'a {
        (0..self.byte_len()).map(move |i| self.byte(i))
    }

    /// A copy of the bytes.
    pub fn to_vec(self) -> Vec<u8> {
        match self.as_bytes() {
            Some(bytes) => bytes.to_vec(),
            None => self.bytes().collect(),
        }
    }

    /// Copies to the start of `out`, which has at least [`Bits::byte_len`] bytes.
    pub fn copy_to(self, out: &mut [u8]) {
        match self.as_bytes() {
            Some(bytes) => out[..bytes.len()].copy_from_slice(bytes),
            None => out.iter_mut().zip(self.bytes()).for_each(|(o, b)| *o = b),
        }
    }

    /// Up to 64 bits from `pos` as an unsigned big-endian number.
    pub fn uint(self, pos: usize, len: usize) -> Option<u64> {
        let part = self.slice(pos, len).filter(|_| len <= 64)?;
        let n = part.bytes().fold(0u128, |n, b| n << 8 | u128::from(b));
        Some((n >> (part.byte_len() * 8 - len)) as u64)
    }

    /// Term order: bit by bit, a prefix first.
    pub fn order(self, other: Bits<'_>) -> Ordering {
        if let (Some(a), Some(b)) = (self.as_bytes(), other.as_bytes()) {
            return a.cmp(b);
        }
        let common = self.len.min(other.len) / 8;
        for i in 0..common {
            match self.byte(i).cmp(&other.byte(i)) {
                Ordering::Equal => {}
                different => return different,
            }
        }
        // The rest of the shorter one, then its length.
        let rest = self.len.min(other.len) % 8;
        let tail = |b: Bits<'_>| if rest == 0 { 0 } else { b.byte(common) >> (8 - rest) };
        tail(self).cmp(&tail(other)).then(self.len.cmp(&other.len))
    }
}

/// The bits of the whole object that a bitstring is a part of.
pub fn referenced(t: Term) -> Option<Bits<'static>> {
    Bits::of(t)?;
    let words = t.object_words();
    match subtag(words[0])? {
        // SAFETY: the first payload word of a part is the term of the whole.
        Subtag::SubBits => Bits::of(unsafe { Term::from_raw(words[1]) }),
        _ => Bits::of(t),
    }
}

/// Copies `bits` to bit `pos` of `out`, leaving the other bits of `out` as they are. `out` must be long enough.
pub fn copy_bits(bits: Bits<'_>, out: &mut [u8], pos: usize) {
    let shift = pos % 8;
    let out = &mut out[pos / 8..];
    if shift == 0
        && let Some(bytes) = bits.as_bytes()
    {
        out[..bytes.len()].copy_from_slice(bytes);
        return;
    }
    for (i, b) in bits.bytes().enumerate() {
        let n = (bits.len - i * 8).min(8);
        let mask = !(0xFFu16 >> n) & 0xFF;
        // The byte and its mask, spread over two bytes of the target.
        let (wide, wide_mask) = (u16::from(b) << 8 >> shift, mask << 8 >> shift);
        out[i] = out[i] & !((wide_mask >> 8) as u8) | (wide >> 8) as u8;
        if wide_mask & 0xFF != 0 {
            out[i + 1] = out[i + 1] & !(wide_mask as u8) | wide as u8;
        }
    }
}

/// Parts up to this many bytes are copied: the copy takes no more words than a `SubBits` object. Compiled code has the same
/// limit.
const COPIED_MAX: usize = 2 * crate::WORD_BYTES;

/// `len` bits of `t` from bit `pos`, as a term: the term itself if that is all of it, a copy if it is small, a
/// `SubBits` object otherwise. None if `t` is no bitstring or does not have those bits.
pub fn sub_bits<B: Build + ?Sized>(h: &mut B, t: Term, pos: usize, len: usize) -> Option<Term> {
    part_of(h, t, Bits::of(t)?, pos, len)
}

/// As [`sub_bits`], given the bits of `t`.
fn part_of<B: Build + ?Sized>(h: &mut B, t: Term, whole: Bits<'_>, pos: usize, len: usize) -> Option<Term> {
    let part = whole.slice(pos, len)?;
    if len == whole.len && !may_grow(t) {
        return Some(t);
    }
    if part.byte_len() <= COPIED_MAX {
        return from_bits(h, part).ok();
    }
    let words = t.object_words();
    let (base, offset) =
        if subtag(words[0]) == Some(Subtag::SubBits) { (words[1], words[2]) } else { (t.raw(), 0) };
    Some(h.raw_object(Subtag::SubBits, &[base, offset + pos, len]))
}

/// Is the term the object over a buffer with room, which gets longer when a part of it is appended to?
fn may_grow(t: Term) -> bool {
    let words = t.object_words();
    // SAFETY: the object holds a count of a live buffer.
    subtag(words[0]) == Some(Subtag::RefcBits)
        && unsafe { Buffer::has_room(words[REFC_BUFFER] as *const Buffer) }
}

/// Copies bytes, most of the time few of them.
///
/// # Safety
/// `to` has room for them, elsewhere.
#[inline]
unsafe fn copy_short(bytes: &[u8], to: *mut u8) {
    let (from, n) = (bytes.as_ptr(), bytes.len());
    // SAFETY: both places have `n` bytes. The last eight bytes overlap the first ones.
    unsafe {
        match n {
            8..=16 => {
                let (first, last) =
                    (from.cast::<u64>().read_unaligned(), from.add(n - 8).cast::<u64>().read_unaligned());
                to.cast::<u64>().write_unaligned(first);
                to.add(n - 8).cast::<u64>().write_unaligned(last);
            }
            1..8 => {
                for i in 0..n {
                    to.add(i).write(from.add(i).read());
                }
            }
            _ => core::ptr::copy_nonoverlapping(from, to, n),
        }
    }
}

/// A fresh bitstring of these bits.
pub fn from_bits<B: Build + ?Sized>(h: &mut B, bits: Bits<'_>) -> Result<Term, NoMemory> {
    let (t, data) = h.bits_uninit(bits.len)?;
    if let Some(bytes) = bits.as_bytes() {
        // SAFETY: the fresh object has room for so many bytes.
        unsafe { copy_short(bytes, data) };
        return Ok(t);
    }
    // SAFETY: the fresh object has room for so many bytes; they are all written here.
    let out = unsafe {
        data.write_bytes(0, bits.byte_len());
        core::slice::from_raw_parts_mut(data, bits.byte_len())
    };
    bits.copy_to(out);
    Ok(t)
}

/// Smallest buffer made for a binary that grows.
const GROWING_MIN: usize = 256;

/// A bitstring of `len` bits that `write` fills, given the bytes and the bit to begin at. With `growing`, a bitstring,
/// that one's bits come first and are written here.
///
/// A growing result beyond the small ones gets a buffer with room, under an object that only its parts refer to.
/// Going on from the last of them writes behind it and makes the object longer, so a loop that appends costs what it
/// appends.
pub fn with_room(
    h: &mut dyn Alloc,
    growing: Option<Term>,
    len: usize,
    write: impl FnOnce(&mut [u8], usize),
) -> Result<Term, NoMemory> {
    let begin = growing.and_then(Bits::of).unwrap_or(Bits::from_bytes(&[]));
    let bytes = len.div_ceil(8);
    let fresh = |data: *mut u8| {
        // SAFETY: a fresh place for so many bytes.
        let out = unsafe {
            data.write_bytes(0, bytes);
            core::slice::from_raw_parts_mut(data, bytes)
        };
        copy_bits(begin, out, 0);
        out
    };
    let Some(first) = growing.filter(|_| bytes > HEAP_BITS_MAX) else {
        let (t, data) = h.bits_uninit(len)?;
        write(fresh(data), begin.len);
        return Ok(t);
    };
    if let Some(place) = claim(first, begin.len, len) {
        let base = place.base;
        place.fill(write);
        return Ok(h.raw_object(Subtag::SubBits, &[base, place.offset, len]));
    }
    let buffer = Buffer::with_room(len, bytes.saturating_mul(2).clamp(GROWING_MIN, MAX_BYTES).max(bytes))?;
    // SAFETY: the buffer is live and its one count goes to the object; its used bytes are written here.
    unsafe {
        write(fresh(Buffer::data(buffer)), begin.len);
        let whole = h.refc_bits(buffer, len);
        Ok(h.raw_object(Subtag::SubBits, &[whole.raw(), 0, len]))
    }
}

/// A bitstring with bytes behind it, if it is the last part of a buffer with room, of whole bytes and units of so many
/// bits. The way that loops take; everything else is up to [`with_room`].
pub fn append_bytes(h: &mut dyn Alloc, first: Term, unit: usize, bytes: &[u8]) -> Option<Term> {
    if !first.is_boxed() {
        return None;
    }
    let words = first.object_words();
    if subtag(words[0]) != Some(Subtag::SubBits) {
        return None;
    }
    let (offset, old) = (words[2], words[3]);
    if !old.is_multiple_of(8) || !offset.is_multiple_of(8) || !old.is_multiple_of(unit) {
        return None;
    }
    let new = old + 8 * bytes.len();
    let place = claim(first, old, new)?;
    // SAFETY: the bytes are claimed, so nobody else has them.
    unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), place.data.add(place.from / 8), bytes.len()) };
    Some(h.raw_object(Subtag::SubBits, &[place.base, place.offset, new]))
}

/// Bits behind a bitstring that were claimed.
#[derive(Clone, Copy)]
struct Claimed {
    /// The object over the buffer, as a term.
    base: usize,
    /// Where the bitstring begins in it.
    offset: usize,
    data: *mut u8,
    /// First claimed bit, and the one behind the last.
    from: usize,
    to: usize,
}

/// Makes a bitstring of `old` bits longer in place, to `new`, if it is the last part of a buffer with room.
fn claim(first: Term, old: usize, new: usize) -> Option<Claimed> {
    let words = first.object_words();
    if subtag(words[0]) != Some(Subtag::SubBits) {
        return None;
    }
    let (base, offset) = (words[1], words[2]);
    let (from, to) = (offset + old, offset + new);
    let object = (base - BOXED) as *mut usize;
    // SAFETY: the first payload word leads to a heap or buffer object. Only buffers made above have room, and no
    // term is the object over such a buffer itself, so its size may grow. A literal must not be written.
    unsafe {
        if subtag(*object) != Some(Subtag::RefcBits)
            || literal::is_literal(object)
            || *object.add(REFC_BITS) != from
        {
            return None;
        }
        let buffer = *object.add(REFC_BUFFER) as *const Buffer;
        if !Buffer::claim(buffer, from, to) {
            return None;
        }
        *object.add(REFC_BITS) = to;
        Some(Claimed { base, offset, data: Buffer::data(buffer), from, to })
    }
}

impl Claimed {
    fn fill(self, write: impl FnOnce(&mut [u8], usize)) {
        let (start, end) = (self.from / 8, self.to.div_ceil(8));
        let bit = self.from % 8;
        if bit == 0 {
            // SAFETY: the bytes are claimed, so nobody else has them.
            let out = unsafe {
                self.data.add(start).write_bytes(0, end - start);
                core::slice::from_raw_parts_mut(self.data.add(start), end - start)
            };
            return write(out, 0);
        }
        // The first byte is also the last one of what is read, so what is new is put together elsewhere.
        let mut out = alloc::vec![0u8; end - start];
        // SAFETY: the first byte is in use, and the bytes up to the end are claimed by the sole owner of the buffer.
        unsafe {
            out[0] = *self.data.add(start) & !(0xFF >> bit);
            write(&mut out, bit);
            core::ptr::copy_nonoverlapping(out.as_ptr(), self.data.add(start), out.len());
        }
    }
}

/// `binary_part(t, {start, len})` with a negative length counting backwards; None if out of range or no binary.
pub fn binary_part<B: Build + ?Sized>(h: &mut B, t: Term, start: isize, len: isize) -> Option<Term> {
    let whole = Bits::of(t).filter(|b| b.is_binary())?;
    let (from, n) =
        if len < 0 { (start.checked_add(len)?, len.unsigned_abs()) } else { (start, len as usize) };
    let from = usize::try_from(from).ok()?;
    if from > whole.byte_len() || n > whole.byte_len() - from {
        return None;
    }
    part_of(h, t, whole, from * 8, n * 8)
}

/// The buffer that a binary is the whole of, if it has one; valid as long as the term.
pub fn whole_buffer(t: Term) -> Option<*mut Buffer> {
    (t.boxed_subtag() == Some(Subtag::RefcBits)).then(|| t.object_words()[REFC_BUFFER] as *mut Buffer)
}

/// A count of the buffer that a binary is the whole of, apart from any heap: it tells that binary from all others.
#[derive(Debug)]
pub struct SharedBuffer(*mut Buffer);

// SAFETY: counts are atomic, and nothing else of the buffer is touched.
unsafe impl Send for SharedBuffer {}

impl SharedBuffer {
    /// The buffer of a binary; none of one that is on a heap or a part of another.
    pub fn of(t: Term) -> Option<SharedBuffer> {
        let buffer = whole_buffer(t)?;
        // SAFETY: the object holds a count.
        unsafe { Buffer::retain(buffer) };
        Some(SharedBuffer(buffer))
    }

    /// Where it is: no other buffer is there as long as this count exists.
    pub fn address(&self) -> usize {
        self.0 as usize
    }

    /// Number of counts, this one included.
    pub fn owners(&self) -> usize {
        // SAFETY: this is a count.
        unsafe { Buffer::owners(self.0) }
    }
}

impl Drop for SharedBuffer {
    fn drop(&mut self) {
        // SAFETY: this is a count, and it ends here.
        unsafe { Buffer::release(self.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FragList;
    use proptest::prelude::*;

    fn model(bytes: &[u8], pos: usize, len: usize) -> Vec<bool> {
        (pos..pos + len).map(|i| bytes[i / 8] & (0x80 >> (i % 8)) != 0).collect()
    }
    fn bools(b: Bits<'_>) -> Vec<bool> {
        model(&b.to_vec(), 0, b.len())
    }

    proptest! {
        #[test]
        fn parts_agree_with_a_bit_list(
            a in prop::collection::vec(any::<u8>(), 0..200), b in prop::collection::vec(any::<u8>(), 0..200),
            cuts in [0usize..1600, 0usize..1600, 0usize..1600, 0usize..1600],
        ) {
            let mut h = FragList::new();
            let mut part = |bytes: &[u8], x: usize, y: usize| {
                let t = h.binary(bytes).unwrap();
                let pos = x % (bytes.len() * 8 + 1);
                let len = y % (bytes.len() * 8 - pos + 1);
                let mid = sub_bits(&mut h, t, pos, bytes.len() * 8 - pos).unwrap();
                (sub_bits(&mut h, mid, 0, len).unwrap(), model(bytes, pos, len))
            };
            let (x, xm) = part(&a, cuts[0], cuts[1]);
            let (y, ym) = part(&b, cuts[2], cuts[3]);
            let (x, y) = (Bits::of(x).unwrap(), Bits::of(y).unwrap());
            prop_assert_eq!(bools(x), xm.clone());
            prop_assert_eq!(x.order(y), xm.cmp(&ym));
            // Copied over all ones at some place, nothing else changes.
            let at = cuts[3] % 17;
            let mut out = std::vec![0xFF; (at + x.len()).div_ceil(8) + 1];
            copy_bits(x, &mut out, at);
            let mut expect = std::vec![true; out.len() * 8];
            expect[at..at + x.len()].copy_from_slice(&xm);
            prop_assert_eq!(model(&out, 0, out.len() * 8), expect);
            let n = x.len().min(64);
            let value = xm[..n].iter().fold(0u64, |v, &b| v << 1 | u64::from(b));
            prop_assert_eq!(x.uint(0, n), Some(value));
        }
    }

    #[test]
    fn parts_of_parts_refer_to_the_whole() {
        let mut h = FragList::new();
        let t = h.binary(&[5; 1000]).unwrap();
        let a = sub_bits(&mut h, t, 8, 7000).unwrap();
        let b = sub_bits(&mut h, a, 8, 6000).unwrap();
        assert_eq!(b.object_words()[1..], [t.raw(), 16, 6000]);
        assert_eq!(sub_bits(&mut h, t, 0, 8001), None);
        assert_eq!(sub_bits(&mut h, t, usize::MAX, 8), None);
        assert_eq!(sub_bits(&mut h, Term::NIL, 0, 0), None);
    }

    fn append(h: &mut FragList, first: Term, parts: &[Bits<'_>]) -> Term {
        let begin = Bits::of(first).unwrap().len();
        let len = begin + parts.iter().map(|p| p.len()).sum::<usize>();
        let write = |out: &mut [u8], mut at: usize| {
            for &part in parts {
                copy_bits(part, out, at);
                at += part.len();
            }
        };
        with_room(h, Some(first), len, write).unwrap()
    }

    #[test]
    fn bits_are_appended_in_place() {
        let mut h = FragList::new();
        let mut t = h.binary(&[7; 100]).unwrap();
        let one = Bits::from_bytes(&[0x80]).slice(0, 1).unwrap();
        let mut expect: Vec<bool> = bools(Bits::of(t).unwrap());
        t = append(&mut h, t, &[one]);
        expect.push(true);
        let bytes = h.off_heap().bytes();
        let mut kept = Vec::new();
        for i in 0..700 {
            kept.push((t, expect.len()));
            t = append(
                &mut h,
                t,
                &[if i % 3 == 0 { one } else { Bits::from_bytes(&[0]).slice(0, 1).unwrap() }],
            );
            expect.push(i % 3 == 0);
        }
        assert_eq!(bools(Bits::of(t).unwrap()), expect);
        assert_eq!(h.off_heap().bytes(), bytes, "no buffer was made");
        for (old, len) in kept {
            assert_eq!(bools(Bits::of(old).unwrap()), expect[..len]);
        }
        // With a second owner a byte in use is not written.
        let (copy, theirs) = crate::copy::to_fragments(t);
        let mine = append(&mut h, t, &[one]);
        assert!(h.off_heap().bytes() > bytes);
        assert_eq!(bools(Bits::of(theirs).unwrap()), expect);
        expect.push(true);
        assert_eq!(bools(Bits::of(mine).unwrap()), expect);
        drop(copy);
    }

    #[test]
    fn the_object_over_a_growing_buffer_is_no_term() {
        let mut h = FragList::new();
        let t = h.binary(&[1; 100]).unwrap();
        let grown = append(&mut h, t, &[Bits::from_bytes(&[2])]);
        // SAFETY: the first payload word of a part is a term.
        let base = unsafe { Term::from_raw(grown.object_words()[1]) };
        let whole = sub_bits(&mut h, base, 0, 808).unwrap();
        assert_ne!(whole, base);
        append(&mut h, whole, &[Bits::from_bytes(&[3])]);
        assert_eq!(Bits::of(whole).unwrap().len(), 808);
        assert_eq!(Bits::of(base).unwrap().len(), 816);
    }

    #[test]
    fn appending_again_and_again_writes_behind() {
        let mut h = FragList::new();
        let mut t = h.binary(&[]).unwrap();
        let mut model = Vec::new();
        let mut first_buffer = 0;
        for i in 0..2000u32 {
            let part = i.to_be_bytes();
            t = append(&mut h, t, &[Bits::from_bytes(&part), Bits::from_bytes(&[7])]);
            model.extend(part);
            model.push(7);
            if i == 100 {
                first_buffer = h.off_heap().bytes();
            }
        }
        assert_eq!(Bits::of(t).unwrap().to_vec(), model);
        // Sixty-five bytes made the first buffer of 256, then each was twice what was needed.
        assert_eq!(first_buffer, 256 + 2 * 260);
        assert!(h.off_heap().bytes() < 5 * model.len());
        // Two continuations of the same beginning: one writes behind it, the other copies.
        let a = append(&mut h, t, &[Bits::from_bytes(b"a")]);
        let b = append(&mut h, t, &[Bits::from_bytes(b"bb")]);
        let c = append(&mut h, a, &[Bits::of(a).unwrap()]);
        for (term, tail) in [(a, &b"a"[..]), (b, b"bb"), (t, b"")] {
            assert_eq!(Bits::of(term).unwrap().to_vec(), [&model[..], tail].concat());
        }
        let once = Bits::of(a).unwrap().to_vec();
        assert_eq!(Bits::of(c).unwrap().to_vec(), [&once[..], &once].concat());
    }

    proptest! {
        #[test]
        fn appending_agrees_with_a_bit_list(
            parts in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..40), 0usize..320, any::<bool>()), 1..30),
        ) {
            let mut h = FragList::new();
            let mut t = h.binary(&[]).unwrap();
            let mut expect: Vec<bool> = Vec::new();
            let mut kept = Vec::new();
            for (bytes, cut, keep) in &parts {
                let part = Bits::from_bytes(bytes);
                let part = part.slice(0, if *keep { part.len() } else { cut % (part.len() + 1) }).unwrap();
                if *keep {
                    kept.push((t, expect.clone()));
                }
                t = append(&mut h, t, &[part]);
                expect.extend(bools(part));
                prop_assert_eq!(bools(Bits::of(t).unwrap()), expect.clone());
                if let Some((old, _)) = kept.get(cut % 3)
                    && cut % 5 == 0
                {
                    append(&mut h, *old, &[Bits::from_bytes(&[0xAA; 9])]);
                }
            }
            for (old, expect) in kept {
                prop_assert_eq!(bools(Bits::of(old).unwrap()), expect);
            }
        }
    }

    #[test]
    fn binary_part_counts_backwards() {
        let mut h = FragList::new();
        let t = h.binary(b"hello world").unwrap();
        let p = binary_part(&mut h, t, 11, -5).unwrap();
        assert_eq!(Bits::of(p).unwrap().as_bytes(), Some(&b"world"[..]));
        for (start, len) in [(0, 12), (-1, 1), (12, 0), (2, -3), (isize::MAX, 1), (isize::MIN, -1)] {
            assert_eq!(binary_part(&mut h, t, start, len), None);
        }
    }
}
