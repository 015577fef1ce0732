//! Immediates: which numbers each kind of instruction can hold, and how.
//!
//! Everything here is a pure function from a number to the bits of a field, or to nothing if the number does not fit, so
//! lowering asks the same question that the encoder asks.

use super::regs::Width;
use smallvec::SmallVec;

/// The 12-bit field of an addition, and whether it counts in units of 4096.
pub const fn add(n: u64) -> Option<(u32, bool)> {
    match n {
        0..=0xFFF => Some((n as u32, false)),
        _ if n & 0xFFF == 0 && n >> 24 == 0 => Some(((n >> 12) as u32, true)),
        _ => None,
    }
}

/// The fields `N`, `immr` and `imms` of a bitmask as one number of 13 bits.
///
/// A bitmask is a run of ones, rotated, in an element of 2 to 64 bits that is repeated to fill the register; neither all
/// zeros nor all ones.
pub const fn bitmask(value: u64, width: Width) -> Option<u32> {
    let value = match width {
        Width::W64 => value,
        Width::W32 if value >> 32 == 0 => value << 32 | value,
        _ => return None,
    };
    if value == 0 || value == u64::MAX {
        return None;
    }
    // The smallest element that repeats.
    let mut size = 64;
    while size > 2 {
        let half = size / 2;
        let mask = (1 << half) - 1;
        if value & mask != value >> half & mask {
            break;
        }
        size = half;
    }
    let mask = u64::MAX >> (64 - size);
    let element = value & mask;
    let ones = element.count_ones();
    // Turn the element until the run of ones ends at bit 0 and the bit above the run is clear.
    let low = element.trailing_zeros();
    let first = if low > 0 {
        low
    } else {
        // The run may wrap: it begins above the highest zero.
        let zeros = !element & mask;
        (64 - zeros.leading_zeros()) % size
    };
    let run = if first == 0 { element } else { (element >> first | element << (size - first)) & mask };
    if run != u64::MAX >> (64 - ones) {
        return None;
    }
    let rotate = (size - first) % size;
    let n = (size == 64) as u32;
    // The high bits of imms say how large the element is.
    let length = (!(size * 2 - 1) & 0x3F) | (ones - 1);
    Some(n << 12 | rotate << 6 | length)
}

/// One instruction of a sequence that makes a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// `movz`: the 16 bits at this shift, zeros elsewhere.
    Zero(u16, u8),
    /// `movn`: the complement of that.
    Not(u16, u8),
    /// `movk`: replaces 16 bits.
    Keep(u16, u8),
    /// `orr` with the zero register: a bitmask.
    Bitmask(u64),
}

/// The shortest sequence of moves that makes a constant; `None` if it is wider than the register. The value of a 32-bit
/// register may be given with or without sign extension.
pub fn sequence(value: i64, width: Width) -> Option<SmallVec<[Move; 4]>> {
    let value = match width {
        Width::W64 => value as u64,
        Width::W32 if i32::try_from(value).is_ok() || u32::try_from(value).is_ok() => u64::from(value as u32),
        _ => return None,
    };
    let halves = width.bytes() / 2;
    let half = |n: u32| (value >> (16 * n)) as u16;
    let zeros = (0..halves).filter(|&n| half(n) == 0).count();
    let ones = (0..halves).filter(|&n| half(n) == 0xFFFF).count();
    let mut moves = SmallVec::new();
    // One instruction if there is a way; of the ways the one that assemblers choose for `mov`.
    if zeros.max(ones) + 1 < halves as usize && bitmask(value, width).is_some() {
        moves.push(Move::Bitmask(value));
        return Some(moves);
    }
    let (skipped, first): (u16, fn(u16, u8) -> Move) = match ones > zeros {
        true => (0xFFFF, |half, shift| Move::Not(!half, shift)),
        false => (0, Move::Zero),
    };
    for n in (0..halves).filter(|&n| half(n) != skipped) {
        let shift = 16 * n as u8;
        moves.push(if moves.is_empty() { first(half(n), shift) } else { Move::Keep(half(n), shift) });
    }
    if moves.is_empty() {
        moves.push(first(skipped, 0));
    }
    Some(moves)
}

/// The offset of a load or store in units of its width: 12 bits, not negative.
pub const fn scaled(offset: i32, width: Width) -> Option<u32> {
    let unit = width.bytes() as i32;
    if offset >= 0 && offset % unit == 0 && offset / unit <= 0xFFF {
        Some((offset / unit) as u32)
    } else {
        None
    }
}

/// The offset of a load or store in bytes: 9 bits, signed.
pub const fn unscaled(offset: i32) -> Option<u32> {
    if offset >= -256 && offset <= 255 { Some(offset as u32 & 0x1FF) } else { None }
}

/// Can a load or store have this offset?
pub const fn offset(offset: i32, width: Width) -> bool {
    scaled(offset, width).is_some() || unscaled(offset).is_some()
}

/// The offset of a load or store of a pair: 7 bits, signed, in units of the width.
pub const fn pair(offset: i32, width: Width) -> Option<u32> {
    let unit = width.bytes() as i32;
    if offset % unit == 0 && offset / unit >= -64 && offset / unit <= 63 {
        Some((offset / unit) as u32 & 0x7F)
    } else {
        None
    }
}

/// The 8 bits of a double that `fmov` can make: ±n/16 * 2^r with n from 16 to 31 and r from -3 to 4.
pub const fn float(bits: u64) -> Option<u32> {
    // Sign, the complement of the exponent's top bit, that bit eight times more, six bits, zeros.
    let exponent = bits >> 54 & 0x1FF;
    if bits & 0xFFFF_FFFF_FFFF != 0 || (exponent != 0x100 && exponent != 0xFF) {
        return None;
    }
    Some((bits >> 56 & 0x80 | bits >> 48 & 0x7F) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the machine makes of the fields: the definition in the manual, the other way round.
    fn meaning(fields: u32, width: Width) -> Option<u64> {
        let (n, rotate, length) = (fields >> 12, fields >> 6 & 0x3F, fields & 0x3F);
        let combined = n << 6 | !length & 0x3F;
        let size = 1 << (31 - combined.leading_zeros());
        if size > width.bits() || size < 2 {
            return None;
        }
        let ones = (length & (size - 1)) + 1;
        if ones == size {
            return None;
        }
        let rotate = rotate & (size - 1);
        let mut value = 0u64;
        for bit in 0..width.bits() {
            if (bit + rotate) % size < ones {
                value |= 1 << bit;
            }
        }
        Some(value)
    }

    #[test]
    fn every_bitmask_is_found() {
        for width in [Width::W32, Width::W64] {
            let mut found = 0;
            for fields in 0..1 << 13 {
                if fields >> 12 == 1 && width == Width::W32 {
                    continue;
                }
                let Some(value) = std::panic::catch_unwind(|| meaning(fields, width)).ok().flatten() else {
                    continue;
                };
                let again = bitmask(value, width).unwrap_or_else(|| panic!("{value:#x} is a bitmask"));
                assert_eq!(meaning(again, width), Some(value), "{value:#x}");
                found += 1;
            }
            assert!(found > 1000);
        }
    }

    #[test]
    fn other_numbers_are_no_bitmasks() {
        for value in [0, u64::MAX, 5, 0x1234, 0xFFFF_0000_0000_0001 ^ 0x10, 0x0F0F_0F0F_0F0F_0F0E] {
            assert_eq!(bitmask(value, Width::W64), None, "{value:#x}");
        }
        assert_eq!(bitmask(0xFFFF_FFFF, Width::W32), None);
        assert_eq!(bitmask(0x1_0000_0000, Width::W32), None);
        assert_eq!(bitmask(0xFFFF_FFFF, Width::W64), Some(1 << 12 | 31));
    }

    fn made(moves: &[Move]) -> u64 {
        moves.iter().fold(0, |value, step| match *step {
            Move::Zero(half, shift) => u64::from(half) << shift,
            Move::Not(half, shift) => !(u64::from(half) << shift),
            Move::Keep(half, shift) => value & !(0xFFFF << shift) | u64::from(half) << shift,
            Move::Bitmask(value) => value,
        })
    }

    #[test]
    fn sequences_make_their_constant() {
        let numbers = [
            0,
            1,
            -1,
            0xFFFF,
            0x1_0000,
            0x1234_5678,
            -2,
            -0x1_0000,
            i64::MAX,
            i64::MIN,
            0x0123_4567_89AB_CDEF,
        ];
        let lengths = [1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 4];
        for (n, length) in numbers.into_iter().zip(lengths) {
            let moves = sequence(n, Width::W64).unwrap();
            assert_eq!((made(&moves), moves.len()), (n as u64, length), "{n:#x}: {moves:?}");
        }
        for n in [0, 5, -1, -5, i64::from(i32::MIN), 0xFFFF_FFFF, 0x8000_0000, 0x1234_0000, 0x1234_5678] {
            let moves = sequence(n, Width::W32).unwrap();
            assert_eq!(made(&moves) as u32, n as u32, "{n:#x}: {moves:?}");
        }
        assert_eq!(sequence(0x1_0000_0000, Width::W32), None);
        assert_eq!(sequence(-0x8000_0001, Width::W32), None);
    }

    #[test]
    fn offsets_at_their_bounds() {
        assert_eq!((scaled(32760, Width::W64), scaled(32768, Width::W64)), (Some(4095), None));
        assert_eq!((scaled(4, Width::W64), scaled(-8, Width::W64)), (None, None));
        assert_eq!((unscaled(-256), unscaled(255)), (Some(0x100), Some(255)));
        assert_eq!((unscaled(-257), unscaled(256)), (None, None));
        assert_eq!((pair(504, Width::W64), pair(-512, Width::W64)), (Some(63), Some(64)));
        assert_eq!((pair(512, Width::W64), pair(-520, Width::W64), pair(4, Width::W64)), (None, None, None));
        assert_eq!(
            (add(4095), add(4096), add(0xFFF000)),
            (Some((4095, false)), Some((1, true)), Some((4095, true)))
        );
        assert_eq!((add(4097), add(0x100_0000)), (None, None));
    }

    #[test]
    fn floats_of_eight_bits() {
        let all: Vec<u32> = (0..256u64)
            .map(|byte| {
                let exponent = if byte & 0x40 != 0 { 0xFFu64 } else { 0x100 };
                let bits = (byte & 0x80) << 56 | exponent << 54 | (byte & 0x3F) << 48;
                float(bits).unwrap()
            })
            .collect();
        assert_eq!(all, (0..256).collect::<Vec<_>>());
        assert_eq!(float(1f64.to_bits()), Some(0x70));
        assert_eq!(float(2f64.to_bits()), Some(0));
        assert_eq!(float((-0.5f64).to_bits()), Some(0xE0));
        assert_eq!((float(0), float(0.1f64.to_bits()), float(32f64.to_bits())), (None, None, None));
    }
}
