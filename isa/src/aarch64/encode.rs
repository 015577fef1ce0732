//! Instructions to words.
//!
//! An instruction is first drafted: its words, with notes on where a label or symbol goes. Only a draft that succeeded is
//! written to the buffer, so an operand that does not fit leaves the buffer as it was. Drafting is a pure function of the
//! instruction.
//!
//! Reach: a conditional branch back to a place out of its reach is written as the opposite branch over a `b`. A branch
//! ahead is written short, and the buffer lengthens it with a [`Veneer`] in an island if its target turns out to be far
//! away. References to data (`adr`, `ldr` of a literal) cannot be lengthened; out of reach they are an error.

mod draft;

use self::draft::{Hole, draft};
use super::insn::Insn;
use super::regs::{Reg, Width};
use linac_emit::{CodeBuffer, Label, LabelUse, OutOfRange, Veneer};
use std::fmt;

/// The word of `b` without its distance, and of `nop`.
const B: u32 = 0x1400_0000;
const NOP: u32 = 0xD503_201F;

/// An instruction's field that refers to a label, relative to the instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PcRel {
    /// 26 bits of words: `b`, `bl`.
    Jump,
    /// 19 bits of words: `b.cond`, `cbz`.
    Branch,
    /// 14 bits of words: `tbz`.
    TestBranch,
    /// 19 bits of words: `ldr` of a literal.
    Literal,
    /// 21 bits of bytes: `adr`.
    Address,
}

impl PcRel {
    /// Bits of the distance, the size of its unit in bytes, and the lowest bit of the field.
    const fn layout(self) -> (u32, u32, u32) {
        match self {
            PcRel::Jump => (26, 4, 0),
            PcRel::Branch | PcRel::Literal => (19, 4, 5),
            PcRel::TestBranch => (14, 4, 5),
            PcRel::Address => (21, 1, 5),
        }
    }
}

impl LabelUse for PcRel {
    fn size(self) -> u32 {
        4
    }

    fn max_forward(self) -> u32 {
        let (bits, unit, _) = self.layout();
        ((1 << (bits - 1)) - 1) * unit
    }

    fn max_backward(self) -> u32 {
        let (bits, unit, _) = self.layout();
        (1 << (bits - 1)) * unit
    }

    fn patch(self, field: &mut [u8], at: u32, target: u32) -> Result<(), OutOfRange> {
        let distance = i64::from(target) - i64::from(at);
        let (bits, unit, low) = self.layout();
        let reach = 1i64 << (bits - 1);
        let (unit, rest) = (distance / i64::from(unit), distance % i64::from(unit));
        let Ok(bytes) = <[u8; 4]>::try_from(&*field) else { return Err(OutOfRange) };
        if rest != 0 || !(-reach..reach).contains(&unit) {
            return Err(OutOfRange);
        }
        let unit = unit as u32;
        let (mask, value) = match self {
            PcRel::Address => (0x60FF_FFE0, (unit & 3) << 29 | (unit >> 2 & 0x7_FFFF) << 5),
            _ => {
                let mask = ((1 << bits) - 1) << low;
                (mask, unit << low & mask)
            }
        };
        let word = u32::from_le_bytes(bytes) & !mask | value;
        field.copy_from_slice(&word.to_le_bytes());
        Ok(())
    }

    fn veneer(self) -> Option<Veneer<PcRel>> {
        match self {
            PcRel::Branch | PcRel::TestBranch => Some(Veneer { size: 4, inner: PcRel::Jump, field: 0 }),
            PcRel::Jump | PcRel::Literal | PcRel::Address => None,
        }
    }

    fn write_veneer(self, bytes: &mut [u8]) {
        bytes.copy_from_slice(&B.to_le_bytes());
    }
}

/// An instruction that the machine does not have. All of these are compiler bugs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncodeError {
    /// A vector register where a general one belongs, the other way round, or a stack pointer or zero register where the
    /// machine has the other.
    WrongClass(Reg),
    /// The result is not in the register of the operand that it overwrites.
    NotReused {
        /// Where the result is.
        dst: Reg,
        /// Where it has to be.
        src1: Reg,
    },
    /// The same register twice where the machine wants two.
    SameRegister(Reg),
    /// The immediate does not fit.
    BadImmediate(i64),
    /// The offset of a load or store does not fit.
    BadOffset(i32),
    /// The operation does not exist in this width.
    NoSuchWidth(Width),
    /// A bit number or shift count not below the width.
    BadCount(u8),
    /// The operation has no such form of operand.
    NoSuchForm,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EncodeError::WrongClass(reg) => write!(f, "{reg:?} cannot be here"),
            EncodeError::NotReused { dst, src1 } => {
                write!(f, "the result is in {dst:?}, but overwrites {src1:?}")
            }
            EncodeError::SameRegister(reg) => write!(f, "{reg:?} is there twice"),
            EncodeError::BadImmediate(value) => write!(f, "immediate {value} does not fit"),
            EncodeError::BadOffset(offset) => write!(f, "offset {offset} does not fit"),
            EncodeError::NoSuchWidth(width) => write!(f, "no such operation on {} bits", width.bits()),
            EncodeError::BadCount(count) => write!(f, "count {count} is out of range"),
            EncodeError::NoSuchForm => f.write_str("the operation has no such form"),
        }
    }
}

impl std::error::Error for EncodeError {}

type Result<T, E = EncodeError> = std::result::Result<T, E>;

/// Is the target behind and out of reach of the branch?
fn too_far_back(target: Label, kind: PcRel, buffer: &CodeBuffer<PcRel>) -> bool {
    buffer.place(target).is_some_and(|place| buffer.offset() - place > kind.max_backward())
}

/// The opposite branch, over the next instruction, and the target, if the branch does not reach back to its target.
fn detour(insn: &Insn<Reg>, buffer: &mut CodeBuffer<PcRel>) -> Option<(Insn<Reg>, Label)> {
    let (target, kind) = match *insn {
        Insn::BCond { target, .. } | Insn::Cbz { target, .. } => (target, PcRel::Branch),
        Insn::Tbz { target, .. } => (target, PcRel::TestBranch),
        _ => return None,
    };
    if !too_far_back(target, kind, buffer) {
        return None;
    }
    let over = buffer.label();
    let opposite = match *insn {
        Insn::BCond { cond, .. } => Insn::BCond { cond: cond.negate(), target: over },
        Insn::Cbz { nonzero, width, src, .. } => Insn::Cbz { nonzero: !nonzero, width, src, target: over },
        Insn::Tbz { nonzero, src, bit, .. } => Insn::Tbz { nonzero: !nonzero, src, bit, target: over },
        _ => return None,
    };
    Some((opposite, over))
}

/// Bytes written at most between two looks at the reach of waiting branches: twice the longest sequence and a jump.
const BETWEEN_ISLANDS: u32 = 64;

/// Appends an instruction to the buffer, or leaves the buffer alone if the machine has no such instruction. An island of
/// veneers may come before it.
pub fn encode(insn: &Insn<Reg>, buffer: &mut CodeBuffer<PcRel>) -> Result<()> {
    if let Some((opposite, over)) = detour(insn, buffer) {
        let (Insn::BCond { target, .. } | Insn::Cbz { target, .. } | Insn::Tbz { target, .. }) = *insn else {
            return Err(EncodeError::NoSuchForm);
        };
        encode(&opposite, buffer)?;
        encode(&Insn::B { target }, buffer)?;
        buffer.bind(over);
        return Ok(());
    }
    let draft = draft(insn)?;
    buffer.island(BETWEEN_ISLANDS, (PcRel::Jump, &B.to_le_bytes()));
    for (word, hole) in draft {
        match hole {
            Hole::None => buffer.put4(word),
            Hole::Label(label, kind) => buffer.put_use(label, kind, &word.to_le_bytes()),
            Hole::Symbol(symbol, kind, addend) => {
                buffer.reloc(kind, symbol, addend);
                buffer.put4(word);
            }
        }
    }
    Ok(())
}

/// Appends `length` bytes, a multiple of 4, of instructions that do nothing.
pub fn pad(length: u32, buffer: &mut CodeBuffer<PcRel>) {
    (0..length / 4).for_each(|_| buffer.put4(NOP));
}
