//! Registers: numbers, names, classes.

use crate::backend::NoSuchRegister;
use regalloc2::{PReg, RegClass};
use std::fmt;

/// A physical register: numbers 0 to 15 are the general registers in hardware order, 16 to 31 the vector registers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reg(u8);

/// Number of registers of each class.
pub const CLASS_SIZE: u8 = 16;

macro_rules! name_registers {
    ($($number:literal $name:ident)*) => { $(
        #[doc = concat!("`", stringify!($name), "`, lower case")]
        pub const $name: Reg = Reg($number);
    )* };
}

name_registers! {
    0 RAX 1 RCX 2 RDX 3 RBX 4 RSP 5 RBP 6 RSI 7 RDI 8 R8 9 R9 10 R10 11 R11 12 R12 13 R13 14 R14 15 R15
    16 XMM0 17 XMM1 18 XMM2 19 XMM3 20 XMM4 21 XMM5 22 XMM6 23 XMM7
    24 XMM8 25 XMM9 26 XMM10 27 XMM11 28 XMM12 29 XMM13 30 XMM14 31 XMM15
}

/// Names of the general registers by width: 64, 32, 16 and 8 bits.
const GENERAL_NAMES: [[&str; 4]; 16] = [
    ["rax", "eax", "ax", "al"],
    ["rcx", "ecx", "cx", "cl"],
    ["rdx", "edx", "dx", "dl"],
    ["rbx", "ebx", "bx", "bl"],
    ["rsp", "esp", "sp", "spl"],
    ["rbp", "ebp", "bp", "bpl"],
    ["rsi", "esi", "si", "sil"],
    ["rdi", "edi", "di", "dil"],
    ["r8", "r8d", "r8w", "r8b"],
    ["r9", "r9d", "r9w", "r9b"],
    ["r10", "r10d", "r10w", "r10b"],
    ["r11", "r11d", "r11w", "r11b"],
    ["r12", "r12d", "r12w", "r12b"],
    ["r13", "r13d", "r13w", "r13b"],
    ["r14", "r14d", "r14w", "r14b"],
    ["r15", "r15d", "r15w", "r15b"],
];

const VECTOR_NAMES: [&str; 16] = [
    "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
    "xmm12", "xmm13", "xmm14", "xmm15",
];

/// Width of an integer operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Width {
    /// 8 bits.
    W8,
    /// 16 bits.
    W16,
    /// 32 bits. Writing a register of this width clears its upper half.
    W32,
    /// 64 bits.
    W64,
}

impl Width {
    /// Width in bytes.
    pub const fn bytes(self) -> u8 {
        match self {
            Width::W8 => 1,
            Width::W16 => 2,
            Width::W32 => 4,
            Width::W64 => 8,
        }
    }

    /// Width in bits.
    pub const fn bits(self) -> u8 {
        self.bytes() * 8
    }
}

impl Reg {
    /// The general register of a hardware number (0 to 15).
    pub const fn general(number: u8) -> Option<Reg> {
        if number < CLASS_SIZE { Some(Reg(number)) } else { None }
    }

    /// The vector register of a hardware number (0 to 15).
    pub const fn vector(number: u8) -> Option<Reg> {
        if number < CLASS_SIZE { Some(Reg(number + CLASS_SIZE)) } else { None }
    }

    /// Is this a general register?
    pub const fn is_general(self) -> bool {
        self.0 < CLASS_SIZE
    }

    /// Number in the instruction, within the class.
    pub const fn number(self) -> u8 {
        self.0 % CLASS_SIZE
    }

    /// Class for the register allocator.
    pub const fn class(self) -> RegClass {
        if self.is_general() { RegClass::Int } else { RegClass::Float }
    }

    /// The assembler's name; the width matters for general registers only.
    pub const fn name(self, width: Width) -> &'static str {
        let number = self.number() as usize;
        if !self.is_general() {
            return VECTOR_NAMES[number];
        }
        GENERAL_NAMES[number][match width {
            Width::W64 => 0,
            Width::W32 => 1,
            Width::W16 => 2,
            Width::W8 => 3,
        }]
    }
}

impl fmt::Debug for Reg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name(Width::W64))
    }
}

impl From<Reg> for PReg {
    fn from(reg: Reg) -> PReg {
        PReg::new(reg.number().into(), reg.class())
    }
}

impl TryFrom<PReg> for Reg {
    type Error = NoSuchRegister;

    fn try_from(reg: PReg) -> Result<Reg, NoSuchRegister> {
        let number = u8::try_from(reg.hw_enc()).map_err(|_| NoSuchRegister { machine: "x86-64", reg })?;
        let found = match reg.class() {
            RegClass::Int => Reg::general(number),
            RegClass::Float => Reg::vector(number),
            RegClass::Vector => None,
        };
        found.ok_or(NoSuchRegister { machine: "x86-64", reg })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allocator_numbers_round_trip() {
        for number in 0..32 {
            let reg = Reg(number);
            assert_eq!(Reg::try_from(PReg::from(reg)), Ok(reg));
        }
        assert!(Reg::try_from(PReg::new(16, RegClass::Int)).is_err());
        assert!(Reg::try_from(PReg::new(0, RegClass::Vector)).is_err());
        assert_eq!((Reg::general(16), Reg::vector(16)), (None, None));
    }

    #[test]
    fn names_follow_width() {
        assert_eq!(
            (RSP.name(Width::W8), R13.name(Width::W32), XMM9.name(Width::W8)),
            ("spl", "r13d", "xmm9")
        );
    }
}
