//! Instructions to bytes.
//!
//! An instruction is first assembled into a small draft: its bytes, with holes where a label or symbol goes. Only a
//! draft that succeeded is written to the buffer, so an operand that does not fit leaves the buffer as it was. Drafting
//! is a pure function of the instruction.
//!
//! The form chosen is the shortest one, and where two are equally long the one that GNU `as` chooses, so that the
//! corpus can be compared byte by byte.

mod draft;

use self::draft::{NOPS, Result, Target, draft};
use super::insn::Insn;
use super::regs::{Reg, Width};
use linac_emit::{CodeBuffer, LabelUse, OutOfRange, RelocKind, SymbolId};
use std::fmt;

/// A field that refers to a label, relative to the end of its instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PcRel {
    /// One byte at the end of the instruction.
    Rel8,
    /// Four bytes with this many bytes of the same instruction behind them.
    Rel32 {
        /// Number of bytes (those of an immediate).
        behind: u8,
    },
}

impl PcRel {
    /// Bytes from the beginning of the field to the end of the instruction.
    const fn to_end(self) -> u32 {
        match self {
            PcRel::Rel8 => 1,
            PcRel::Rel32 { behind } => 4 + behind as u32,
        }
    }
}

impl LabelUse for PcRel {
    fn size(self) -> u32 {
        match self {
            PcRel::Rel8 => 1,
            PcRel::Rel32 { .. } => 4,
        }
    }

    fn max_forward(self) -> u32 {
        let reach = if self == PcRel::Rel8 { i8::MAX as u32 } else { i32::MAX as u32 };
        reach + self.to_end()
    }

    fn max_backward(self) -> u32 {
        let reach = if self == PcRel::Rel8 { i8::MIN.unsigned_abs().into() } else { i32::MIN.unsigned_abs() };
        reach - self.to_end()
    }

    fn patch(self, field: &mut [u8], at: u32, target: u32) -> Result<(), OutOfRange> {
        let distance = i64::from(target) - i64::from(at) - i64::from(self.to_end());
        match (self, field) {
            (PcRel::Rel8, [byte]) => *byte = i8::try_from(distance).map_err(|_| OutOfRange)? as u8,
            (PcRel::Rel32 { .. }, field @ [_, _, _, _]) => {
                field.copy_from_slice(&i32::try_from(distance).map_err(|_| OutOfRange)?.to_le_bytes());
            }
            _ => return Err(OutOfRange),
        }
        Ok(())
    }
}

/// Where the frame's slots are while the instruction runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// Bytes from `rsp` to slot 0.
    pub slot_base: i32,
}

impl Frame {
    /// Bytes from `rsp` to a slot, if they fit a displacement.
    pub fn slot_offset(self, slot: u32) -> Option<i32> {
        i32::try_from(i64::from(slot) * 8 + i64::from(self.slot_base)).ok()
    }
}

/// An instruction that the machine does not have. All of these are compiler bugs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncodeError {
    /// A vector register where a general one belongs, or the other way round.
    WrongClass(Reg),
    /// The result is not in the register of the operand that it overwrites.
    NotReused {
        /// Where the result is.
        dst: Reg,
        /// Where it has to be.
        src1: Reg,
    },
    /// An operand is not in the register that the machine wants.
    NotFixed {
        /// Where the operand is.
        found: Reg,
        /// Where it has to be.
        expected: Reg,
    },
    /// The immediate does not fit.
    ImmediateTooLarge(i64),
    /// A symbol's value is wider than the operation.
    SymbolTooWide(SymbolId),
    /// The operation does not exist in this width.
    NoSuchWidth(Width),
    /// `rsp` cannot be an index.
    IndexIsStackPointer,
    /// The slot is too far from the stack pointer.
    SlotTooFar(u32),
    /// A bit number or shift count not below the width.
    BadCount(u8),
    /// No-operation instructions have 1 to 9 bytes.
    BadNopLength(u8),
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EncodeError::WrongClass(reg) => write!(f, "{reg:?} is of the wrong class"),
            EncodeError::NotReused { dst, src1 } => {
                write!(f, "the result is in {dst:?}, but overwrites {src1:?}")
            }
            EncodeError::NotFixed { found, expected } => {
                write!(f, "an operand is in {found:?}, not {expected:?}")
            }
            EncodeError::ImmediateTooLarge(value) => write!(f, "immediate {value} does not fit"),
            EncodeError::SymbolTooWide(symbol) => write!(f, "{symbol} needs an operation of 32 bits or more"),
            EncodeError::NoSuchWidth(width) => write!(f, "no such operation on {} bits", width.bits()),
            EncodeError::IndexIsStackPointer => f.write_str("rsp cannot be an index"),
            EncodeError::SlotTooFar(slot) => write!(f, "frame slot {slot} is out of reach"),
            EncodeError::BadCount(count) => write!(f, "bit number {count} is not below the width"),
            EncodeError::BadNopLength(length) => write!(f, "there is no nop of {length} bytes"),
        }
    }
}

impl std::error::Error for EncodeError {}

/// Longest distance back that a one-byte branch covers, measured from its end.
const NEAR: u32 = 128;

/// Is the target of a jump already placed and within reach of the short form, which is two bytes long?
fn is_near(insn: &Insn<Reg>, buffer: &CodeBuffer<PcRel>) -> bool {
    let (Insn::Jmp { target } | Insn::Jcc { target, .. }) = insn else { return false };
    buffer.place(*target).is_some_and(|place| buffer.offset() + 2 - place <= NEAR)
}

/// Appends an instruction to the buffer, or leaves the buffer alone if the machine has no such instruction.
pub fn encode(insn: &Insn<Reg>, frame: Frame, buffer: &mut CodeBuffer<PcRel>) -> Result<()> {
    let draft = draft(insn, frame, is_near(insn, buffer))?;
    if draft.holes.is_empty() {
        buffer.put(&draft.bytes);
        return Ok(());
    }
    let mut written = 0;
    for &(at, target) in &draft.holes {
        buffer.put(&draft.bytes[written..at]);
        written = at + target.size();
        let behind = (draft.bytes.len() - written) as u8;
        match target {
            Target::Near(label) => buffer.put_use(label, PcRel::Rel8, &[0]),
            Target::Far(label) => buffer.put_use(label, PcRel::Rel32 { behind }, &[0; 4]),
            Target::Distance(symbol, addend) => {
                // The processor counts from the end of the instruction, relocation from the field.
                buffer.reloc(RelocKind::PcRel32, symbol, addend.wrapping_sub(4 + i32::from(behind)));
                buffer.put4(0);
            }
            Target::Value32(symbol) => {
                buffer.reloc(RelocKind::Abs32S, symbol, 0);
                buffer.put4(0);
            }
            Target::Value64(symbol) => {
                buffer.reloc(RelocKind::Abs64, symbol, 0);
                buffer.put8(0);
            }
        }
    }
    buffer.put(&draft.bytes[written..]);
    Ok(())
}

/// Appends `length` bytes of instructions that do nothing, as few as possible.
pub fn pad(length: u32, buffer: &mut CodeBuffer<PcRel>) {
    let longest = NOPS[NOPS.len() - 1];
    for _ in 0..length / longest.len() as u32 {
        buffer.put(longest);
    }
    if let Some(at) = (length as usize % longest.len()).checked_sub(1) {
        buffer.put(NOPS[at]);
    }
}
