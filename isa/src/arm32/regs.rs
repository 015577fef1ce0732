//! Registers: numbers, names, classes.
//!
//! The floating point registers are the sixteen doubles. A single is the low half of one of them, so that the
//! allocator knows only one kind: `s6` is what a conversion reads from or leaves in `d3`.

use crate::backend::NoSuchRegister;
use regalloc2::{PReg, RegClass};
use std::fmt;

/// A physical register: numbers 0 to 15 are the core registers in hardware order, 16 to 31 the doubles.
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
    0 R0 1 R1 2 R2 3 R3 4 R4 5 R5 6 R6 7 R7 8 R8 9 R9 10 R10 11 R11 12 R12 13 SP 14 LR 15 PC
    16 D0 17 D1 18 D2 19 D3 20 D4 21 D5 22 D6 23 D7 24 D8 25 D9 26 D10 27 D11 28 D12 29 D13 30 D14 31 D15
}

const NAMES: [&str; 32] = [
    "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "sp", "lr", "pc", "d0",
    "d1", "d2", "d3", "d4", "d5", "d6", "d7", "d8", "d9", "d10", "d11", "d12", "d13", "d14", "d15",
];

const SINGLES: [&str; 16] = [
    "s0", "s2", "s4", "s6", "s8", "s10", "s12", "s14", "s16", "s18", "s20", "s22", "s24", "s26", "s28", "s30",
];

impl Reg {
    /// The core register of a hardware number (0 to 15).
    pub const fn core(number: u8) -> Option<Reg> {
        if number < CLASS_SIZE { Some(Reg(number)) } else { None }
    }

    /// The double of a hardware number (0 to 15).
    pub const fn double(number: u8) -> Option<Reg> {
        if number < CLASS_SIZE { Some(Reg(number + CLASS_SIZE)) } else { None }
    }

    /// Is this a core register?
    pub const fn is_core(self) -> bool {
        self.0 < CLASS_SIZE
    }

    /// Number in the instruction, within the class.
    pub const fn number(self) -> u8 {
        self.0 % CLASS_SIZE
    }

    /// Class for the register allocator.
    pub const fn class(self) -> RegClass {
        if self.is_core() { RegClass::Int } else { RegClass::Float }
    }

    /// The assembler's name.
    pub const fn name(self) -> &'static str {
        NAMES[self.0 as usize]
    }

    /// The assembler's name of the low half of a double.
    pub const fn single_name(self) -> &'static str {
        SINGLES[self.number() as usize]
    }
}

impl fmt::Debug for Reg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
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
        let number = u8::try_from(reg.hw_enc()).map_err(|_| NoSuchRegister { machine: "arm32", reg })?;
        let found = match reg.class() {
            RegClass::Int => Reg::core(number),
            RegClass::Float => Reg::double(number),
            RegClass::Vector => None,
        };
        found.ok_or(NoSuchRegister { machine: "arm32", reg })
    }
}

/// Core registers of a multiple load or store, one bit each.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct RegList(u16);

impl RegList {
    /// The list of these registers; doubles have no place in it.
    pub const fn of(regs: &[Reg]) -> Option<RegList> {
        let (mut bits, mut n) = (0, 0);
        while n < regs.len() {
            if !regs[n].is_core() {
                return None;
            }
            bits |= 1 << regs[n].number();
            n += 1;
        }
        Some(RegList(bits))
    }

    /// Bit n is set if core register n is in the list.
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// The registers in ascending order, in which they lie in memory.
    pub fn iter(self) -> impl Iterator<Item = Reg> {
        (0..CLASS_SIZE).filter(move |number| self.0 >> number & 1 != 0).map(Reg)
    }
}

impl fmt::Debug for RegList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
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
        assert_eq!((Reg::core(16), Reg::double(16)), (None, None));
    }

    #[test]
    fn lists_hold_core_registers() {
        let list = RegList::of(&[LR, R4, R4]).unwrap();
        assert_eq!((list.bits(), list.iter().collect::<Vec<_>>()), (0x4010, vec![R4, LR]));
        assert_eq!(RegList::of(&[R0, D0]), None);
    }
}
