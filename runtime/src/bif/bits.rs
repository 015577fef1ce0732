//! The bit syntax: module `linac_bits`, called by compiled code only.
//!
//! What is being matched is a bitstring, the rest still to be matched; reading from it and skipping are separate, and
//! nothing is changed in place. A size is a term and a number that packs its unit and flags: `unit << 8 | flags`, flags
//! 2 (little-endian) and 4 (signed). The atom `all` as a size means everything, which must be a multiple of the unit.
//! Errors mean "no match" to matching code and are raised by building code.

use super::BADARG;
use crate::process::Process;
use linac_abi::term::FixedAtom;
use linac_core::binary::{self, Bits};
use linac_core::number::{self, Int};
use linac_core::{Build, Term};

type Out = Result<Term, Term>;

const LITTLE: usize = 2;
const SIGNED: usize = 4;
const SYSTEM_LIMIT: Term = Term::fixed(FixedAtom::SystemLimit);

/// Integers in bitstrings have at most this many bits, like all integers.
const MAX_INTEGER_BITS: usize = number::MAX_BITS;

fn bits(t: Term) -> Result<Bits<'static>, Term> {
    Bits::of(t).ok_or(BADARG)
}

/// The flags of a packed unit.
fn flags(packed: Term) -> usize {
    packed.as_small().map_or(0, |n| n as usize & 0xff)
}

/// A size in bits; `whole` is what `all` means.
fn size(size: Term, packed: Term, whole: usize) -> Result<usize, Term> {
    let unit = packed.as_small().map_or(1, |n| n as usize >> 8);
    if size == Term::fixed(FixedAtom::All) {
        return if whole.is_multiple_of(unit.max(1)) { Ok(whole) } else { Err(BADARG) };
    }
    match size.as_small() {
        Some(n) if n >= 0 => (n as usize).checked_mul(unit).ok_or(SYSTEM_LIMIT),
        _ if size.is_integer() => Err(if is_negative(size) { BADARG } else { SYSTEM_LIMIT }),
        _ => Err(BADARG),
    }
}

fn is_negative(t: Term) -> bool {
    Int::of(t, &mut [0]).is_some_and(|i| i.negative)
}

/// The first bits of what is to be matched.
fn first(a: &[Term]) -> Result<Bits<'static>, Term> {
    let from = bits(a[0])?;
    from.slice(0, size(a[1], a[2], from.len())?).ok_or(BADARG)
}

/// `part(Bits, Size, Unit)`: the first bits.
pub fn part(p: &mut Process, a: &[Term]) -> Out {
    let len = first(a)?.len();
    binary::sub_bits(&mut p.heap, a[0], 0, len).ok_or(BADARG)
}

/// `skip(Bits, Size, Unit)`: what follows the first bits.
pub fn skip(p: &mut Process, a: &[Term]) -> Out {
    let (len, whole) = (first(a)?.len(), bits(a[0])?.len());
    binary::sub_bits(&mut p.heap, a[0], len, whole - len).ok_or(BADARG)
}

/// `ensure(Bits, Least, Unit)`: `true` if so many bits are there and the rest is a multiple of the unit.
pub fn ensure(_: &mut Process, a: &[Term]) -> Out {
    let len = bits(a[0])?.len();
    let (least, unit) = (super::terms::index(a[1])?, super::terms::index(a[2])?.max(1));
    match len.checked_sub(least) {
        Some(rest) if rest.is_multiple_of(unit) => Ok(Term::fixed(FixedAtom::True)),
        _ => Err(BADARG),
    }
}

/// `prefix(Bits, Literal)`: what follows the literal, if the bits begin with it.
pub fn prefix(p: &mut Process, a: &[Term]) -> Out {
    let (from, literal) = (bits(a[0])?, bits(a[1])?);
    let start = from.slice(0, literal.len()).ok_or(BADARG)?;
    if start.order(literal).is_ne() {
        return Err(BADARG);
    }
    binary::sub_bits(&mut p.heap, a[0], literal.len(), from.len() - literal.len()).ok_or(BADARG)
}

/// The bytes of a number, least significant first, the last one perhaps not full.
fn least_first(part: Bits<'_>, little: bool) -> Vec<u8> {
    let unused = part.byte_len() * 8 - part.len();
    if little {
        let mut bytes = part.to_vec();
        if let Some(last) = bytes.last_mut() {
            *last >>= unused;
        }
        return bytes;
    }
    // The number is what stands before the unused bits.
    let mut high = 0u8;
    let mut bytes: Vec<u8> = part
        .bytes()
        .map(|b| {
            let shifted = (u16::from(high) << 8 | u16::from(b)) >> unused;
            high = b;
            shifted as u8
        })
        .collect();
    bytes.reverse();
    bytes
}

/// `integer(Bits, Size, Flags)`: an integer from the first bits.
pub fn integer(p: &mut Process, a: &[Term]) -> Out {
    let part = first(a)?;
    let flags = flags(a[2]);
    if part.len() <= 64 && flags & LITTLE == 0 {
        let n = part.uint(0, part.len()).ok_or(BADARG)?;
        let negative = flags & SIGNED != 0 && !part.is_empty() && n >> (part.len() - 1) & 1 != 0;
        let value = i128::from(n) - if negative { 1i128 << part.len() } else { 0 };
        return Ok(p.heap.unsigned(value < 0, value.unsigned_abs()));
    }
    if part.len() > MAX_INTEGER_BITS {
        return Err(SYSTEM_LIMIT);
    }
    let mut bytes = least_first(part, flags & LITTLE != 0);
    let top = (part.len() + 7) % 8;
    let negative = flags & SIGNED != 0 && bytes.last().is_some_and(|b| b >> top & 1 != 0);
    if negative {
        negate(&mut bytes);
        if let Some(last) = bytes.last_mut() {
            *last &= 0xff >> (7 - top);
        }
    }
    Ok(p.heap.big(negative, &to_limbs(&bytes)))
}

/// Two's complement.
fn negate(bytes: &mut [u8]) {
    let mut carry = true;
    for b in bytes {
        (*b, carry) = (!*b).overflowing_add(u8::from(carry));
    }
}

fn to_limbs(bytes: &[u8]) -> Vec<usize> {
    let limb = |chunk: &[u8]| chunk.iter().rev().fold(0usize, |n, &b| n << 8 | usize::from(b));
    bytes.chunks(size_of::<usize>()).map(limb).collect()
}

/// `float(Bits, Size, Flags)`: a finite float from the first bits.
pub fn float(p: &mut Process, a: &[Term]) -> Out {
    let part = first(a)?;
    let bytes = least_first(part, flags(a[2]) & LITTLE != 0);
    let raw = bytes.iter().rev().take(8).fold(0u64, |n, &b| n << 8 | u64::from(b));
    let f = match part.len() {
        16 => half_to_f64(raw as u16),
        32 => f64::from(f32::from_bits(raw as u32)),
        64 => f64::from_bits(raw),
        _ => return Err(BADARG),
    };
    if f.is_finite() { Ok(p.heap.float(f)) } else { Err(BADARG) }
}

fn half_to_f64(half: u16) -> f64 {
    let (exponent, fraction) = (i32::from(half >> 10 & 0x1f), f64::from(half & 0x3ff));
    let magnitude = match exponent {
        0 => fraction * 2f64.powi(-24),
        0x1f => f64::NAN,
        e => (1024.0 + fraction) * 2f64.powi(e - 25),
    };
    if half & 0x8000 != 0 { -magnitude } else { magnitude }
}

/// The nearest half-precision float, ties to even; none if it is too large.
fn f64_to_half(f: f64) -> Option<u16> {
    let sign = if f.is_sign_negative() { 0x8000 } else { 0 };
    let f = f.abs();
    // Units in the last place: subnormals share those of the smallest exponent.
    let exponent = if f < 2f64.powi(-14) { -14 } else { ((f.to_bits() >> 52) as i32 & 0x7ff) - 1023 };
    let units = (f / 2f64.powi(exponent - 10)).round_ties_even();
    let half = if units < 1024.0 { units as i32 } else { ((exponent + 14) << 10) + units as i32 };
    (exponent <= 15 && half < 0x7c00).then_some(sign | half as u16)
}

/// The width and byte order of a character encoding.
fn encoding(kind: Term) -> (usize, bool) {
    let kind = kind.as_small().unwrap_or(0) as usize;
    (kind >> 8, kind & LITTLE != 0)
}

/// The first character, and how many bits it takes.
fn character(from: Bits<'_>, kind: Term) -> Option<(char, usize)> {
    let (width, little) = encoding(kind);
    let unit = |pos: usize, len: usize| {
        let n = from.uint(pos, len)? as u32;
        Some(if !little { n } else { n.swap_bytes() >> (32 - len) })
    };
    match width {
        8 => {
            let lead = from.uint(0, 8)? as u8;
            let len = match lead {
                0..0x80 => 1,
                0xc2..0xe0 => 2,
                0xe0..0xf0 => 3,
                0xf0..0xf5 => 4,
                _ => return None,
            };
            let bytes = from.slice(0, len * 8)?.to_vec();
            let c = std::str::from_utf8(&bytes).ok()?.chars().next()?;
            Some((c, len * 8))
        }
        16 => {
            let high = unit(0, 16)?;
            if (0xd800..0xdc00).contains(&high) {
                let low = unit(16, 16).filter(|low| (0xdc00..0xe000).contains(low))?;
                let c = 0x1_0000 + ((high - 0xd800) << 10 | (low - 0xdc00));
                return Some((char::from_u32(c)?, 32));
            }
            Some((char::from_u32(high)?, 16))
        }
        _ => Some((char::from_u32(unit(0, 32)?)?, 32)),
    }
}

/// `utf(Bits, Kind)`: the first character.
pub fn utf(_: &mut Process, a: &[Term]) -> Out {
    let (c, _) = character(bits(a[0])?, a[1]).ok_or(BADARG)?;
    Ok(Term::small(c as isize))
}

/// `skip_utf(Bits, Kind)`: what follows the first character.
pub fn skip_utf(p: &mut Process, a: &[Term]) -> Out {
    let from = bits(a[0])?;
    let (_, len) = character(from, a[1]).ok_or(BADARG)?;
    binary::sub_bits(&mut p.heap, a[0], len, from.len() - len).ok_or(BADARG)
}

fn build(p: &mut Process, bytes: &[u8], len: usize) -> Out {
    p.heap.bitstring(bytes, len).map_err(|_| SYSTEM_LIMIT)
}

/// Bytes of a number, least significant first, as `len` bits in either order.
fn place(mut bytes: Vec<u8>, len: usize, little: bool) -> Vec<u8> {
    let unused = bytes.len() * 8 - len;
    if little {
        if let Some(last) = bytes.last_mut() {
            *last <<= unused;
        }
        return bytes;
    }
    bytes.reverse();
    for i in 0..bytes.len() {
        let next = bytes.get(i + 1).copied().unwrap_or(0);
        bytes[i] = ((u16::from(bytes[i]) << 8 | u16::from(next)) << unused >> 8) as u8;
    }
    bytes
}

/// `from_integer(Integer, Size, Flags)`: the low bits of an integer.
pub fn from_integer(p: &mut Process, a: &[Term]) -> Out {
    let buf = &mut [0];
    let n = Int::of(a[0], buf).ok_or(BADARG)?;
    let len = size(a[1], a[2], 0)?;
    if len > MAX_INTEGER_BITS {
        return Err(SYSTEM_LIMIT);
    }
    let mut bytes: Vec<u8> = n.limbs.iter().flat_map(|l| l.to_le_bytes()).collect();
    bytes.resize(len.div_ceil(8), 0);
    if n.negative {
        negate(&mut bytes);
    }
    let bytes = place(bytes, len, flags(a[2]) & LITTLE != 0);
    build(p, &bytes, len)
}

/// `from_float(Number, Size, Flags)`: a number as a float.
pub fn from_float(p: &mut Process, a: &[Term]) -> Out {
    let f = number::to_f64(a[0]).ok_or(BADARG)?;
    let len = size(a[1], a[2], 0)?;
    let bytes = match len {
        16 => f64_to_half(f).ok_or(BADARG)?.to_le_bytes().to_vec(),
        32 => Some(f as f32).filter(|f| f.is_finite()).ok_or(BADARG)?.to_le_bytes().to_vec(),
        64 => f.to_le_bytes().to_vec(),
        _ => return Err(BADARG),
    };
    let bytes = place(bytes, len, flags(a[2]) & LITTLE != 0);
    build(p, &bytes, len)
}

/// `from_bits(Bits, Size, Unit)`: the first bits of a bitstring, which has so many.
pub fn from_bits(p: &mut Process, a: &[Term]) -> Out {
    part(p, a)
}

/// `from_utf(Character, Kind)`: an encoded character.
pub fn from_utf(p: &mut Process, a: &[Term]) -> Out {
    let c = super::terms::index(a[0])?;
    let c = u32::try_from(c).ok().and_then(char::from_u32).ok_or(BADARG)?;
    let (width, little) = encoding(a[1]);
    let bytes: Vec<u8> = match width {
        8 => c.encode_utf8(&mut [0; 4]).as_bytes().to_vec(),
        16 => {
            let order = |unit: &u16| if little { unit.to_le_bytes() } else { unit.to_be_bytes() };
            c.encode_utf16(&mut [0; 2]).iter().flat_map(order).collect()
        }
        _ => if little { (c as u32).to_le_bytes() } else { (c as u32).to_be_bytes() }.to_vec(),
    };
    build(p, &bytes, bytes.len() * 8)
}

/// `concat(List)`: bitstrings joined. The first one grows in place where it can.
pub fn concat(p: &mut Process, a: &[Term]) -> Out {
    let Some(&[first, mut list]) = a[0].as_cons() else { return build(p, &[], 0) };
    let mut parts = Vec::new();
    while let Some(&[head, tail]) = list.as_cons() {
        parts.push(bits(head)?);
        list = tail;
    }
    binary::append(&mut p.heap, first, &parts).ok_or(BADARG)?.map_err(|_| SYSTEM_LIMIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves() {
        for half in 0..=u16::MAX {
            let f = half_to_f64(half);
            if f.is_finite() {
                assert_eq!(f64_to_half(f), Some(half), "{half:#x} {f}");
            }
        }
        assert_eq!(f64_to_half(65519.9), Some(0x7bff));
        assert_eq!(f64_to_half(65520.0), None);
        assert_eq!(f64_to_half(1.0 + 2f64.powi(-11)), Some(0x3c00));
        assert_eq!(f64_to_half(1.0 + 3.0 * 2f64.powi(-11)), Some(0x3c02));
    }

    #[test]
    fn numbers_in_bits() {
        let bytes = [0x12, 0x34, 0x56, 0x78];
        let all = Bits::from_bytes(&bytes);
        let part = |pos, len| all.slice(pos, len).unwrap();
        assert_eq!(least_first(part(0, 16), false), [0x34, 0x12]);
        assert_eq!(least_first(part(0, 16), true), [0x12, 0x34]);
        assert_eq!(least_first(part(4, 12), false), [0x34, 0x2]);
        assert_eq!(least_first(part(0, 12), true), [0x12, 0x3]);
        assert_eq!(place(vec![0x34, 0x12], 16, false), [0x12, 0x34]);
        assert_eq!(place(vec![0x34, 0x02], 12, false), [0x23, 0x40]);
        assert_eq!(place(vec![0x12, 0x03], 12, true), [0x12, 0x30]);
        assert_eq!(place(vec![0x34, 0xf2], 12, false), [0x23, 0x40], "higher bits are dropped");
    }
}
