//! Numbers and characters in bits.

use linac_abi::bits::Utf;
use linac_core::binary::Bits;

/// The bytes of a number, least significant first, the last one perhaps not full.
pub(super) fn least_first(part: Bits<'_>, little: bool) -> Vec<u8> {
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

/// Two's complement.
pub(super) fn negate(bytes: &mut [u8]) {
    let mut carry = true;
    for b in bytes {
        (*b, carry) = (!*b).overflowing_add(u8::from(carry));
    }
}

pub(super) fn to_limbs(bytes: &[u8]) -> Vec<usize> {
    let limb = |chunk: &[u8]| chunk.iter().rev().fold(0usize, |n, &b| n << 8 | usize::from(b));
    bytes.chunks(size_of::<usize>()).map(limb).collect()
}

pub(super) fn half_to_f64(half: u16) -> f64 {
    let (exponent, fraction) = (i32::from(half >> 10 & 0x1f), f64::from(half & 0x3ff));
    let magnitude = match exponent {
        0 => fraction * 2f64.powi(-24),
        0x1f => f64::NAN,
        e => (1024.0 + fraction) * 2f64.powi(e - 25),
    };
    if half & 0x8000 != 0 { -magnitude } else { magnitude }
}

/// The nearest half-precision float, ties to even; infinite if it is too large.
pub(super) fn f64_to_half(f: f64) -> u16 {
    let sign = if f.is_sign_negative() { 0x8000 } else { 0 };
    let f = f.abs();
    // Units in the last place: subnormals share those of the smallest exponent.
    let exponent = if f < 2f64.powi(-14) { -14 } else { ((f.to_bits() >> 52) as i32 & 0x7ff) - 1023 };
    let units = (f / 2f64.powi(exponent - 10)).round_ties_even();
    let half = if units < 1024.0 { units as i32 } else { ((exponent + 14) << 10) + units as i32 };
    if exponent <= 15 && half < 0x7c00 { sign | half as u16 } else { sign | 0x7c00 }
}

/// Bytes of a number, least significant first, as `len` bits in either order.
pub(super) fn place(mut bytes: Vec<u8>, len: usize, little: bool) -> Vec<u8> {
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

/// The first of these bits as a character.
pub(super) fn character(from: Bits<'_>, utf: Utf, little: bool) -> Option<char> {
    let unit = |pos: usize, len: usize| {
        let n = from.uint(pos, len)? as u32;
        Some(if !little { n } else { n.swap_bytes() >> (32 - len) })
    };
    match utf {
        Utf::Utf8 => {
            let lead = from.uint(0, 8)? as u8;
            let len = match lead {
                0..0x80 => return Some(char::from(lead)),
                0xc2..0xe0 => 2,
                0xe0..0xf0 => 3,
                0xf0..0xf5 => 4,
                _ => return None,
            };
            let mut bytes = [0; 4];
            from.slice(0, len * 8)?.copy_to(&mut bytes);
            std::str::from_utf8(&bytes[..len]).ok()?.chars().next()
        }
        Utf::Utf16 => {
            let high = unit(0, 16)?;
            if !(0xd800..0xdc00).contains(&high) {
                return char::from_u32(high);
            }
            let low = unit(16, 16).filter(|low| (0xdc00..0xe000).contains(low))?;
            char::from_u32(0x1_0000 + ((high - 0xd800) << 10 | (low - 0xdc00)))
        }
        Utf::Utf32 => char::from_u32(unit(0, 32)?),
    }
}

/// A character encoded: bytes, and how many.
pub(super) fn encoded(c: char, utf: Utf, little: bool) -> ([u8; 8], usize) {
    let mut bytes = [0; 8];
    let len = match utf {
        Utf::Utf8 => c.encode_utf8(&mut bytes[..4]).len(),
        Utf::Utf16 => {
            let mut units = [0; 2];
            let units = c.encode_utf16(&mut units);
            for (place, unit) in bytes.chunks_exact_mut(2).zip(&*units) {
                place.copy_from_slice(&if little { unit.to_le_bytes() } else { unit.to_be_bytes() });
            }
            2 * units.len()
        }
        Utf::Utf32 => {
            let c = u32::from(c);
            bytes[..4].copy_from_slice(&if little { c.to_le_bytes() } else { c.to_be_bytes() });
            4
        }
    };
    (bytes, len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves() {
        for half in 0..=u16::MAX {
            let f = half_to_f64(half);
            if f.is_finite() {
                assert_eq!(f64_to_half(f), half, "{half:#x} {f}");
            }
        }
        assert_eq!(f64_to_half(65519.9), 0x7bff);
        assert_eq!(f64_to_half(65520.0), 0x7c00);
        assert_eq!(f64_to_half(-1.0e300), 0xfc00);
        assert_eq!(f64_to_half(1.0 + 2f64.powi(-11)), 0x3c00);
        assert_eq!(f64_to_half(1.0 + 3.0 * 2f64.powi(-11)), 0x3c02);
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
