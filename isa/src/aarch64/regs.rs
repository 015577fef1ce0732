//! Registers: numbers, names, classes.
//!
//! Number 31 of the general registers is two registers, depending on the instruction: the stack pointer and the register
//! that reads as zero and takes what is thrown away. They are two values here, so that the encoder can refuse one where
//! the machine has the other.

use crate::backend::NoSuchRegister;
use regalloc2::{PReg, RegClass};
use std::fmt;

/// A physical register: 0 to 30 are the general registers, 31 is the stack pointer, 32 to 63 are the vector registers, 64
/// is the zero register.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reg(u8);

/// First vector register.
const VECTORS: u8 = 32;
const ZERO: u8 = 64;

macro_rules! name_registers {
    ($($number:literal $name:ident)*) => { $(
        #[doc = concat!("`", stringify!($name), "`, lower case")]
        pub const $name: Reg = Reg($number);
    )* };
}

name_registers! {
    0 X0 1 X1 2 X2 3 X3 4 X4 5 X5 6 X6 7 X7 8 X8 9 X9 10 X10 11 X11 12 X12 13 X13 14 X14 15 X15
    16 X16 17 X17 18 X18 19 X19 20 X20 21 X21 22 X22 23 X23 24 X24 25 X25 26 X26 27 X27 28 X28 29 X29 30 X30
    31 SP 64 XZR
    32 D0 33 D1 34 D2 35 D3 36 D4 37 D5 38 D6 39 D7 40 D8 41 D9 42 D10 43 D11 44 D12 45 D13 46 D14 47 D15
    48 D16 49 D17 50 D18 51 D19 52 D20 53 D21 54 D22 55 D23 56 D24 57 D25 58 D26 59 D27 60 D28 61 D29 62 D30 63 D31
}

/// Width of an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Width {
    /// 8 bits, in memory only.
    W8,
    /// 16 bits, in memory only.
    W16,
    /// 32 bits. Writing a general register of this width clears its upper half.
    W32,
    /// 64 bits.
    W64,
}

impl Width {
    /// Base-2 logarithm of the width in bytes: the size bits of loads and stores.
    pub const fn log2(self) -> u32 {
        self as u32
    }

    /// Width in bytes.
    pub const fn bytes(self) -> u32 {
        1 << self.log2()
    }

    /// Width in bits.
    pub const fn bits(self) -> u32 {
        8 * self.bytes()
    }
}

impl Reg {
    /// The general register of a number from 0 to 30.
    pub const fn general(number: u8) -> Option<Reg> {
        if number < SP.0 { Some(Reg(number)) } else { None }
    }

    /// The vector register of a number from 0 to 31.
    pub const fn vector(number: u8) -> Option<Reg> {
        if number < 32 { Some(Reg(number + VECTORS)) } else { None }
    }

    /// Is this a general register, the stack pointer or the zero register?
    pub const fn is_general(self) -> bool {
        self.0 < VECTORS || self.0 == ZERO
    }

    /// Number in the instruction.
    pub const fn number(self) -> u8 {
        match self.0 {
            ZERO => 31,
            number => number % 32,
        }
    }

    /// Class for the register allocator.
    pub const fn class(self) -> RegClass {
        if self.is_general() { RegClass::Int } else { RegClass::Float }
    }

    /// Writes the assembler's name.
    pub fn write_name(self, width: Width, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self, width) {
            (SP, Width::W64) => f.write_str("sp"),
            (SP, _) => f.write_str("wsp"),
            (XZR, Width::W64) => f.write_str("xzr"),
            (XZR, _) => f.write_str("wzr"),
            _ => {
                let letter = match (self.is_general(), width) {
                    (true, Width::W64) => 'x',
                    (true, _) => 'w',
                    (false, Width::W64) => 'd',
                    (false, Width::W32) => 's',
                    (false, Width::W16) => 'h',
                    (false, Width::W8) => 'b',
                };
                write!(f, "{letter}{}", self.number())
            }
        }
    }
}

impl fmt::Debug for Reg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_name(Width::W64, f)
    }
}

impl From<Reg> for PReg {
    fn from(reg: Reg) -> PReg {
        // The allocator never gives out the zero register, but operands may name it.
        let number = if reg == XZR { VECTORS } else { reg.number() };
        PReg::new(number.into(), reg.class())
    }
}

impl TryFrom<PReg> for Reg {
    type Error = NoSuchRegister;

    fn try_from(reg: PReg) -> Result<Reg, NoSuchRegister> {
        let found = match (reg.class(), reg.hw_enc()) {
            (RegClass::Int, number @ 0..=31) => Some(Reg(number as u8)),
            (RegClass::Int, 32) => Some(XZR),
            (RegClass::Float, number @ 0..=31) => Some(Reg(number as u8 + VECTORS)),
            _ => None,
        };
        found.ok_or(NoSuchRegister { machine: "aarch64", reg })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allocator_numbers_round_trip() {
        for number in 0..=ZERO {
            let reg = Reg(number);
            assert_eq!(Reg::try_from(PReg::from(reg)), Ok(reg));
        }
        assert!(Reg::try_from(PReg::new(33, RegClass::Int)).is_err());
        assert!(Reg::try_from(PReg::new(32, RegClass::Float)).is_err());
        assert!(Reg::try_from(PReg::new(0, RegClass::Vector)).is_err());
        assert_eq!((Reg::general(31), Reg::vector(32)), (None, None));
    }

    #[test]
    fn names_by_width() {
        struct Name(Reg, Width);
        impl fmt::Display for Name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.write_name(self.1, f)
            }
        }
        let names = [X0, X30, SP, XZR, D0, D31]
            .map(|reg| [Width::W64, Width::W32].map(|width| Name(reg, width).to_string()).join(" "));
        assert_eq!(names, ["x0 w0", "x30 w30", "sp wsp", "xzr wzr", "d0 s0", "d31 s31"]);
    }
}
