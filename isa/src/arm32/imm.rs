//! Which numbers fit into an instruction.
//!
//! Data processing takes eight bits rotated right by an even count. Where a number does not fit, its complement or its
//! negation may, with the opposite operation ([`alu`] and [`compare`] say which). Everything else goes through a
//! register: `mov`, `mvn` or `movw` make many numbers in one instruction, `movw` and `movt` make all in two ([`Making`]).

use super::insn::{AluOp, CompareOp, MoveOp, Op, Operand};
use smallvec::{SmallVec, smallvec};

/// Reach of the offset of a word or byte load: less than 2^12 bytes either way.
pub const WORD_REACH: i32 = 0xFFF;
/// Reach of the offset of a halfword, signed byte or double word load: less than 2^8 bytes either way.
pub const HALF_REACH: i32 = 0xFF;
/// Reach of the offset of a floating point load in bytes, which counts words.
pub const FLOAT_REACH: i32 = 0x3FC;

/// The twelve bits of a modified immediate: rotation (halved) and byte. Of several the one with the least rotation,
/// which is what assemblers choose and what the carry flag of a flag-setting logical operation depends on.
pub const fn modified(value: u32) -> Option<u32> {
    let mut half = 0;
    while half < 16 {
        let byte = value.rotate_left(2 * half);
        if byte <= 0xFF {
            return Some(half << 8 | byte);
        }
        half += 1;
    }
    None
}

/// How a number gets into a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Making {
    /// `mov`
    Mov(u32),
    /// `mvn` of the complement.
    Mvn(u32),
    /// `movw`
    Movw(u16),
    /// `movw` and `movt`.
    Pair(u16, u16),
}

impl Making {
    /// The shortest way, the first of equals.
    pub const fn of(value: u32) -> Making {
        if modified(value).is_some() {
            Making::Mov(value)
        } else if modified(!value).is_some() {
            Making::Mvn(!value)
        } else if value <= 0xFFFF {
            Making::Movw(value as u16)
        } else {
            Making::Pair(value as u16, (value >> 16) as u16)
        }
    }

    /// The instructions.
    pub fn ops<R: Copy>(self, dst: R) -> SmallVec<[Op<R>; 2]> {
        let of = |op, value| smallvec![Op::Move { op, set: false, dst, src: Operand::Imm(value) }];
        match self {
            Making::Mov(value) => of(MoveOp::Mov, value),
            Making::Mvn(value) => of(MoveOp::Mvn, value),
            Making::Movw(imm) => smallvec![Op::Movw { dst, imm }],
            Making::Pair(low, imm) => smallvec![Op::Movw { dst, imm: low }, Op::Movt { dst, src1: dst, imm }],
        }
    }
}

/// The operation with an immediate, or its opposite with the complement or negation, whichever the machine has. Only
/// the result is the same, not what a flag-setting form says about carry and overflow.
pub fn alu(op: AluOp, value: u32) -> Option<(AluOp, u32)> {
    if modified(value).is_some() {
        return Some((op, value));
    }
    let (opposite, other) = op.opposite(value)?;
    modified(other).map(|_| (opposite, other))
}

/// The same for comparisons. `cmn` with the negation sets all flags as `cmp` would, but for the carry of a zero
/// immediate, which fits `cmp` anyway, and the overflow of the smallest number, which fits too.
pub fn compare(op: CompareOp, value: u32) -> Option<(CompareOp, u32)> {
    if modified(value).is_some() {
        return Some((op, value));
    }
    let opposite = match op {
        CompareOp::Cmp => CompareOp::Cmn,
        CompareOp::Cmn => CompareOp::Cmp,
        CompareOp::Tst | CompareOp::Teq => return None,
    };
    modified(value.wrapping_neg()).map(|_| (opposite, value.wrapping_neg()))
}

/// The eight bits of a double that `vmov` makes: sign, a power of two from 1/8 to 16, four bits behind the point.
pub const fn float(bits: u64) -> Option<u8> {
    let (sign, exponent, fraction) =
        (bits >> 63, (bits >> 52 & 0x7FF) as i64 - 1023, bits & 0xF_FFFF_FFFF_FFFF);
    if fraction << 4 & 0xF_FFFF_FFFF_FFFF != 0 || exponent < -3 || exponent > 4 {
        return None;
    }
    // The exponent is stored as what it is above 1, modulo 8.
    let stored = (exponent - 1) as u64 & 7;
    Some((sign << 7 | stored << 4 | fraction >> 48) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number that the processor makes of the twelve bits.
    fn expand(bits: u32) -> u32 {
        (bits & 0xFF).rotate_right(2 * (bits >> 8))
    }

    #[test]
    fn exactly_the_rotated_bytes_fit() {
        let mut all = std::collections::BTreeSet::new();
        for bits in 0..0x1000 {
            let value = expand(bits);
            all.insert(value);
            assert_eq!(modified(value).map(expand), Some(value));
            assert!(modified(value).unwrap() >> 8 <= bits >> 8, "{value:#x} with less rotation");
        }
        for value in [0x101, 0x102, 0x1FE, 0x1FF, 0xFF1, 0x8000_0001, 0xFFFF, 0xFFFF_FFFF, 0xF00F] {
            assert_eq!(modified(value).is_some(), all.contains(&value), "{value:#x}");
        }
        assert_eq!(all.len(), 3073);
    }

    #[test]
    fn opposites_have_the_same_result() {
        let values = [0, 1, 255, 256, 257, !0, !1, !255, !256, 0xFFFF_FF00, 0x8000_0000, 0x7FFF_FFFF, 12345];
        for op in AluOp::ALL.iter().copied() {
            for value in values {
                let Some((other, number)) = alu(op, value) else { continue };
                assert!(modified(number).is_some());
                for left in [0, 1, 77, 0x8000_0000, !0u32] {
                    for carry in [false, true] {
                        let (wanted, got) = (op.apply(left, value, carry), other.apply(left, number, carry));
                        assert_eq!(wanted, got, "{op:?} {value:#x} as {other:?} {number:#x}");
                    }
                }
            }
        }
        assert_eq!(alu(AluOp::Add, !0), Some((AluOp::Sub, 1)));
        assert_eq!(alu(AluOp::And, !255), Some((AluOp::Bic, 255)));
        assert_eq!(alu(AluOp::Eor, !1), None);
        assert_eq!(compare(CompareOp::Cmp, !0), Some((CompareOp::Cmn, 1)));
        assert_eq!(compare(CompareOp::Cmp, 0x8000_0000), Some((CompareOp::Cmp, 0x8000_0000)));
        assert_eq!(compare(CompareOp::Tst, !0), None);
    }

    #[test]
    fn the_shortest_way_to_make_a_number() {
        assert_eq!(Making::of(0xFF00_0000), Making::Mov(0xFF00_0000));
        assert_eq!(Making::of(!3), Making::Mvn(3));
        assert_eq!(Making::of(0x1234), Making::Movw(0x1234));
        assert_eq!(Making::of(0x1234_5678), Making::Pair(0x5678, 0x1234));
    }

    #[test]
    fn doubles_that_fit_eight_bits() {
        let mut fitting = 0;
        for sign in [1.0, -1.0] {
            for exponent in -3..=4 {
                for fraction in 0..16 {
                    let value = sign * (1.0 + f64::from(fraction) / 16.0) * 2f64.powi(exponent);
                    let stored = float(value.to_bits()).unwrap();
                    let top = u64::from(stored >> 6 & 1);
                    let power = (top ^ 1) << 10 | (top * 0x3FC) | u64::from(stored >> 4 & 3);
                    let bits = u64::from(stored >> 7) << 63 | power << 52 | u64::from(stored & 15) << 48;
                    assert_eq!(f64::from_bits(bits), value);
                    fitting += 1;
                }
            }
        }
        assert_eq!(fitting, 256);
        for value in [0.0, 0.1, 32.0, 0.0625, 1.0 + 1.0 / 32.0, f64::NAN, f64::INFINITY] {
            assert_eq!(float(value.to_bits()), None, "{value}");
        }
    }
}
