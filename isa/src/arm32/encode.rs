//! Instructions to words.
//!
//! An instruction is first drafted: one word, or two where it stands for two, each with at most one field that a label
//! or symbol fills. Only a draft that succeeded is written to the buffer, so an operand that does not fit leaves the
//! buffer as it was. Drafting is a pure function of the instruction.
//!
//! Reach: branches go 32 MB either way, more than a unit has; addresses and atoms are made by `movw` and `movt`, whose
//! fields are filled when linking; loads relative to the program counter reach 4 KB (floats and `adr` 1 KB), which the
//! buffer checks.

mod draft;

use self::draft::{Field, Result, draft};
use super::insn::Insn;
use super::regs::{Reg, RegList};
use linac_emit::{CodeBuffer, LabelUse, OutOfRange};
use std::fmt;

/// A field that refers to a label; the processor counts from 8 bytes behind its instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PcRel {
    /// 24 bits that count words.
    Branch,
    /// 12 bits that count bytes, and a sign.
    Load,
    /// 8 bits that count words, and a sign.
    FloatLoad,
    /// A modified immediate, added or subtracted.
    Address,
}

/// What the program counter is ahead of the instruction that reads it.
const AHEAD: u32 = 8;

impl PcRel {
    /// Farthest distance forward and backward, from the program counter.
    const fn reach(self) -> (u32, u32) {
        match self {
            PcRel::Branch => ((1 << 25) - 4, 1 << 25),
            PcRel::Load => (0xFFF, 0xFFF),
            PcRel::FloatLoad | PcRel::Address => (0x3FC, 0x3FC),
        }
    }

    /// The bits of the word that the field takes.
    const fn mask(self) -> u32 {
        match self {
            PcRel::Branch => 0x00FF_FFFF,
            PcRel::Load => 0x0080_0FFF,
            PcRel::FloatLoad => 0x0080_00FF,
            // `add` and `sub` differ in two bits.
            PcRel::Address => 0x00C0_0FFF,
        }
    }

    /// The field for a distance from the program counter.
    fn field(self, distance: i32) -> Option<u32> {
        let (forward, size) = (distance >= 0, distance.unsigned_abs());
        let up = u32::from(forward) << 23;
        match self {
            PcRel::Branch => (distance % 4 == 0).then_some((distance >> 2) as u32 & self.mask()),
            PcRel::Load => Some(up | size),
            PcRel::FloatLoad => (distance % 4 == 0).then_some(up | size >> 2),
            PcRel::Address => {
                let op = if forward { 0x0080_0000 } else { 0x0040_0000 };
                super::imm::modified(size).map(|bits| op | bits)
            }
        }
    }
}

impl LabelUse for PcRel {
    fn size(self) -> u32 {
        4
    }

    fn max_forward(self) -> u32 {
        self.reach().0 + AHEAD
    }

    fn max_backward(self) -> u32 {
        self.reach().1 - AHEAD
    }

    fn patch(self, field: &mut [u8], at: u32, target: u32) -> Result<(), OutOfRange> {
        let distance = i64::from(target) - i64::from(at) - i64::from(AHEAD);
        let bits =
            i32::try_from(distance).ok().and_then(|distance| self.field(distance)).ok_or(OutOfRange)?;
        let field: &mut [u8; 4] = field.try_into().map_err(|_| OutOfRange)?;
        *field = (u32::from_le_bytes(*field) & !self.mask() | bits).to_le_bytes();
        Ok(())
    }
}

/// Where the frame's slots are while the instruction runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// Bytes from `sp` to slot 0.
    pub slot_base: i32,
}

impl Frame {
    /// Bytes from `sp` to a slot.
    pub fn slot_offset(self, slot: u32) -> Option<i32> {
        i32::try_from(i64::from(slot) * 4 + i64::from(self.slot_base)).ok()
    }
}

/// An instruction that the machine does not have. All of these are compiler bugs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncodeError {
    /// A double where a core register belongs, or the other way round.
    WrongClass(Reg),
    /// The program counter is no operand here.
    ProgramCounter,
    /// The result is not in the register of the operand that it overwrites.
    NotReused {
        /// Where the result is.
        dst: Reg,
        /// Where it has to be.
        src1: Reg,
    },
    /// The number is no modified immediate, or wider than its field.
    Immediate(u32),
    /// The offset of a load or store is out of reach, or no multiple of four where words are counted.
    Offset(i32),
    /// The slot is too far from the stack pointer.
    SlotTooFar(u32),
    /// The operation has no such form of address.
    BadAddress,
    /// The operation has no such shift or rotation.
    BadCount(u8),
    /// The field of bits is empty or leaves the word.
    BadField {
        /// Its lowest bit.
        lsb: u8,
        /// Number of bits.
        width: u8,
    },
    /// The registers of a double word are not an even one and the next.
    BadPair(Reg, Reg),
    /// Two registers that have to differ do not.
    SameRegister(Reg),
    /// The list is empty, or has the base that is changed.
    BadList(RegList),
    /// The operation has no condition.
    NoCondition,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EncodeError::WrongClass(reg) => write!(f, "{reg:?} is of the wrong class"),
            EncodeError::ProgramCounter => f.write_str("pc is no operand here"),
            EncodeError::NotReused { dst, src1 } => {
                write!(f, "the result is in {dst:?}, but overwrites {src1:?}")
            }
            EncodeError::Immediate(value) => write!(f, "immediate {value:#x} does not fit"),
            EncodeError::Offset(disp) => write!(f, "offset {disp} does not fit"),
            EncodeError::SlotTooFar(slot) => write!(f, "frame slot {slot} is out of reach"),
            EncodeError::BadAddress => f.write_str("no such form of address"),
            EncodeError::BadCount(count) => write!(f, "no shift or rotation by {count}"),
            EncodeError::BadField { lsb, width } => write!(f, "no field of {width} bits at bit {lsb}"),
            EncodeError::BadPair(first, second) => write!(f, "{first:?} and {second:?} are no pair"),
            EncodeError::SameRegister(reg) => write!(f, "{reg:?} stands for two operands that must differ"),
            EncodeError::BadList(list) => write!(f, "bad list of registers {list:?}"),
            EncodeError::NoCondition => f.write_str("the operation has no condition"),
        }
    }
}

impl std::error::Error for EncodeError {}

/// Appends an instruction to the buffer, or leaves the buffer alone if the machine has no such instruction.
pub fn encode(insn: &Insn<Reg>, frame: Frame, buffer: &mut CodeBuffer<PcRel>) -> Result<()> {
    for word in draft(insn, frame)? {
        match word.field {
            None => {}
            Some(Field::Label(label, kind)) => {
                buffer.put_use(label, kind, &word.bits.to_le_bytes());
                continue;
            }
            Some(Field::Symbol(symbol, kind)) => buffer.reloc(kind, symbol, 0),
        }
        buffer.put4(word.bits);
    }
    Ok(())
}

/// Appends `length` bytes (a multiple of 4) of instructions that do nothing.
pub fn pad(length: u32, buffer: &mut CodeBuffer<PcRel>) {
    for _ in 0..length / 4 {
        buffer.put4(draft::NOP);
    }
}
