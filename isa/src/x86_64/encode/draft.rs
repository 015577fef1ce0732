//! An instruction as bytes with holes.

use super::{EncodeError, Frame};
use crate::x86_64::insn::{Amode, DoubleShiftOp, Extend, Imm, Insn, Ri, Rm, Rmi, ShiftOp};
use crate::x86_64::regs::{RAX, RCX, RDX, Reg, Width};
use linac_emit::{Label, SymbolId};
use smallvec::SmallVec;
use std::ops::Deref;

pub(super) type Result<T, E = EncodeError> = std::result::Result<T, E>;

/// What goes into a hole of a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Near(Label),
    Far(Label),
    Distance(SymbolId, i32),
    Value32(SymbolId),
    Value64(SymbolId),
}

impl Target {
    pub const fn size(self) -> usize {
        match self {
            Target::Near(_) => 1,
            Target::Far(_) | Target::Distance(..) | Target::Value32(_) => 4,
            Target::Value64(_) => 8,
        }
    }
}

/// The bytes of an instruction; it has at most 15.
#[derive(Debug, Default)]
pub(super) struct Bytes {
    bytes: [u8; 16],
    len: u8,
}

impl Bytes {
    fn push(&mut self, byte: u8) {
        self.bytes[usize::from(self.len)] = byte;
        self.len += 1;
    }

    fn extend_from_slice(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.push(byte);
        }
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

/// An assembled instruction. Holes are zero bytes, in ascending order.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub bytes: Bytes,
    pub holes: SmallVec<[(usize, Target); 2]>,
}

/// An opcode: mandatory or operand-size prefix (0 for none), bytes behind `REX`.
#[derive(Clone, Copy)]
struct Opcode {
    prefix: u8,
    escape: &'static [u8],
    byte: u8,
}

const fn one(byte: u8) -> Opcode {
    Opcode { prefix: 0, escape: &[], byte }
}

const fn two(byte: u8) -> Opcode {
    Opcode { prefix: 0, escape: &[0x0F], byte }
}

const fn prefixed((prefix, byte): (u8, u8)) -> Opcode {
    Opcode { prefix, escape: &[0x0F], byte }
}

const OPERAND_SIZE: u8 = 0x66;
const LOCK: u8 = 0xF0;
const ROUNDSD: Opcode = Opcode { prefix: 0x66, escape: &[0x0F, 0x3A], byte: 0x0B };

/// No-operations of 1 to 9 bytes, as the manufacturers recommend them.
pub(super) const NOPS: [&[u8]; 9] = [
    &[0x90],
    &[0x66, 0x90],
    &[0x0F, 0x1F, 0x00],
    &[0x0F, 0x1F, 0x40, 0x00],
    &[0x0F, 0x1F, 0x44, 0x00, 0x00],
    &[0x66, 0x0F, 0x1F, 0x44, 0x00, 0x00],
    &[0x0F, 0x1F, 0x80, 0x00, 0x00, 0x00, 0x00],
    &[0x0F, 0x1F, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
    &[0x66, 0x0F, 0x1F, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
];

/// The second operand of ModRM, with registers as numbers.
#[derive(Clone, Copy)]
enum Place {
    Reg(u8),
    /// A register whose low byte is meant: numbers 4 to 7 need a REX prefix.
    Byte(u8),
    Base {
        base: u8,
        disp: i32,
    },
    Index {
        base: u8,
        index: u8,
        log2: u8,
        disp: i32,
    },
    Rip(Target),
}

fn general(reg: Reg) -> Result<u8> {
    if reg.is_general() { Ok(reg.number()) } else { Err(EncodeError::WrongClass(reg)) }
}

fn vector(reg: Reg) -> Result<u8> {
    if reg.is_general() { Err(EncodeError::WrongClass(reg)) } else { Ok(reg.number()) }
}

/// Is the operation one of 64 bits? Those of 8 and 16 bits are refused.
fn wide(width: Width) -> Result<bool> {
    match width {
        Width::W64 => Ok(true),
        Width::W32 => Ok(false),
        Width::W8 | Width::W16 => Err(EncodeError::NoSuchWidth(width)),
    }
}

fn reused(dst: Reg, src1: Reg) -> Result<Reg> {
    if dst == src1 { Ok(dst) } else { Err(EncodeError::NotReused { dst, src1 }) }
}

fn fixed(operands: &[(Reg, Reg)]) -> Result<()> {
    match operands.iter().find(|(found, expected)| found != expected) {
        None => Ok(()),
        Some(&(found, expected)) => Err(EncodeError::NotFixed { found, expected }),
    }
}

fn below_width(count: u8, width: Width) -> Result<u8> {
    if count < width.bits() { Ok(count) } else { Err(EncodeError::BadCount(count)) }
}

fn fits_byte(imm: Imm) -> Option<i8> {
    match imm {
        Imm::Value(value) => i8::try_from(value).ok(),
        Imm::Symbol(_) => None,
    }
}

/// Turns an address into numbers. Labels and symbols become holes.
fn place(mem: &Amode<Reg>, frame: Frame) -> Result<Place> {
    Ok(match *mem {
        Amode::Base { base, disp } => Place::Base { base: general(base)?, disp },
        Amode::Index { base, index, scale, disp } => {
            let (base, index) = (general(base)?, general(index)?);
            if index == 4 {
                return Err(EncodeError::IndexIsStackPointer);
            }
            Place::Index { base, index, log2: scale.log2(), disp }
        }
        Amode::Slot(slot) => {
            Place::Base { base: 4, disp: frame.slot_offset(slot).ok_or(EncodeError::SlotTooFar(slot))? }
        }
        Amode::Label(label) => Place::Rip(Target::Far(label)),
        Amode::Symbol(symbol, addend) => Place::Rip(Target::Distance(symbol, addend)),
    })
}

impl Draft {
    fn hole(&mut self, target: Target) {
        self.holes.push((self.bytes.len(), target));
        for _ in 0..target.size() {
            self.bytes.push(0);
        }
    }

    /// Prefixes, REX and opcode. `parts` are the numbers of the ModRM register, index and base.
    fn head(&mut self, opcode: Opcode, wide: bool, force_rex: bool, [reg, index, base]: [u8; 3]) {
        if opcode.prefix != 0 {
            self.bytes.push(opcode.prefix);
        }
        let rex = u8::from(wide) << 3 | reg >> 3 << 2 | index >> 3 << 1 | base >> 3;
        if rex != 0 || force_rex {
            self.bytes.push(0x40 | rex);
        }
        self.bytes.extend_from_slice(opcode.escape);
        self.bytes.push(opcode.byte);
    }

    /// ModRM without index, or SIB behind a ModRM that announces it; then the displacement.
    ///
    /// `low` is the number in the base field. A base with the low bits of `rsp` always needs a SIB byte (its encoding
    /// means "SIB follows"), one with those of `rbp` always a displacement (its encoding without one means something
    /// else).
    fn address(&mut self, reg: u8, base: u8, index: Option<(u8, u8)>, disp: i32) {
        let short = i8::try_from(disp);
        let mode = match short {
            Ok(0) if base & 7 != 5 => 0,
            Ok(_) => 1,
            Err(_) => 2,
        };
        let sib = match index {
            Some((index, log2)) => Some(log2 << 6 | (index & 7) << 3 | base & 7),
            None if base & 7 == 4 => Some(4 << 3 | 4),
            None => None,
        };
        let rm = if sib.is_some() { 4 } else { base & 7 };
        self.bytes.push(mode << 6 | (reg & 7) << 3 | rm);
        if let Some(sib) = sib {
            self.bytes.push(sib);
        }
        match (mode, short) {
            (0, _) => {}
            (1, Ok(short)) => self.bytes.push(short as u8),
            _ => self.bytes.extend_from_slice(&disp.to_le_bytes()),
        }
    }

    /// An instruction with ModRM. `reg` is a register number or an opcode digit.
    fn modrm(&mut self, opcode: Opcode, wide: bool, force_rex: bool, reg: u8, place: Place) {
        match place {
            Place::Reg(rm) => {
                self.head(opcode, wide, force_rex, [reg, 0, rm]);
                self.bytes.push(0xC0 | (reg & 7) << 3 | rm & 7);
            }
            Place::Byte(rm) => {
                self.modrm(opcode, wide, force_rex || (4..8).contains(&rm), reg, Place::Reg(rm))
            }
            Place::Base { base, disp } => {
                self.head(opcode, wide, force_rex, [reg, 0, base]);
                self.address(reg, base, None, disp);
            }
            Place::Index { base, index, log2, disp } => {
                self.head(opcode, wide, force_rex, [reg, index, base]);
                self.address(reg, base, Some((index, log2)), disp);
            }
            Place::Rip(target) => {
                self.head(opcode, wide, force_rex, [reg, 0, 0]);
                self.bytes.push((reg & 7) << 3 | 5);
                self.hole(target);
            }
        }
    }

    /// An instruction with the register in the low bits of its last opcode byte.
    fn short(&mut self, opcode: Opcode, wide: bool, reg: u8) {
        self.head(Opcode { byte: opcode.byte | reg & 7, ..opcode }, wide, false, [0, 0, reg]);
    }

    /// An operation of any width: `opcode` is that of the wide form, the one for bytes is one less.
    fn sized(&mut self, opcode: Opcode, width: Width, reg: Option<u8>, digit: u8, place: Place) {
        let opcode = match width {
            Width::W8 => Opcode { byte: opcode.byte & !1, ..opcode },
            Width::W16 => Opcode { prefix: OPERAND_SIZE, ..opcode },
            Width::W32 | Width::W64 => opcode,
        };
        let force_rex = width == Width::W8 && reg.is_some_and(|reg| (4..8).contains(&reg));
        self.modrm(opcode, width == Width::W64, force_rex, reg.unwrap_or(digit), place);
    }

    /// An immediate of the operation's width, at most 32 bits.
    fn immediate(&mut self, imm: Imm, width: Width) -> Result<()> {
        match (imm, width) {
            (Imm::Value(value), Width::W8) => {
                let byte = i8::try_from(value).map_err(|_| EncodeError::ImmediateTooLarge(value.into()))?;
                self.bytes.push(byte as u8);
            }
            (Imm::Value(value), Width::W16) => {
                let half = i16::try_from(value).map_err(|_| EncodeError::ImmediateTooLarge(value.into()))?;
                self.bytes.extend_from_slice(&half.to_le_bytes());
            }
            (Imm::Value(value), _) => self.bytes.extend_from_slice(&value.to_le_bytes()),
            (Imm::Symbol(symbol), Width::W8 | Width::W16) => return Err(EncodeError::SymbolTooWide(symbol)),
            (Imm::Symbol(symbol), _) => self.hole(Target::Value32(symbol)),
        }
        Ok(())
    }

    /// `add` and its family with an immediate: the sign-extended byte form, the form for `rax`, the general form.
    fn alu_imm(&mut self, digit: u8, width: Width, place: Place, imm: Imm) -> Result<()> {
        let byte = fits_byte(imm);
        match (width, byte, place) {
            (Width::W16 | Width::W32 | Width::W64, Some(byte), _) => {
                self.sized(one(0x83), width, None, digit, place);
                self.bytes.push(byte as u8);
                Ok(())
            }
            (Width::W32 | Width::W64, None, Place::Reg(0)) => {
                self.head(one(digit << 3 | 5), width == Width::W64, false, [0; 3]);
                self.immediate(imm, width)
            }
            _ => {
                self.sized(one(0x81), width, None, digit, place);
                self.immediate(imm, width)
            }
        }
    }

    fn mov_imm(&mut self, width: Width, dst: u8, imm: i64) -> Result<()> {
        let unsigned = match width {
            Width::W32 => i32::try_from(imm).map(|imm| imm as u32).or(u32::try_from(imm)),
            Width::W64 => u32::try_from(imm),
            _ => return Err(EncodeError::NoSuchWidth(width)),
        };
        match (unsigned, i32::try_from(imm)) {
            (Ok(value), _) => {
                self.short(one(0xB8), false, dst);
                self.bytes.extend_from_slice(&value.to_le_bytes());
            }
            (Err(_), _) if width == Width::W32 => return Err(EncodeError::ImmediateTooLarge(imm)),
            (Err(_), Ok(value)) => {
                self.modrm(one(0xC7), true, false, 0, Place::Reg(dst));
                self.bytes.extend_from_slice(&value.to_le_bytes());
            }
            (Err(_), Err(_)) => {
                self.short(one(0xB8), true, dst);
                self.bytes.extend_from_slice(&imm.to_le_bytes());
            }
        }
        Ok(())
    }

    fn shift(&mut self, op: ShiftOp, width: Width, reg: u8, count: u8) -> Result<()> {
        let wide = wide(width)?;
        match below_width(count, width)? {
            1 => self.modrm(one(0xD1), wide, false, op.code(), Place::Reg(reg)),
            count => {
                self.modrm(one(0xC1), wide, false, op.code(), Place::Reg(reg));
                self.bytes.push(count);
            }
        }
        Ok(())
    }

    fn double_shift(
        &mut self,
        op: DoubleShiftOp,
        width: Width,
        regs: [Reg; 3],
        count: Option<u8>,
    ) -> Result<()> {
        let [dst, src1, src2] = regs;
        let rm = Place::Reg(general(reused(dst, src1)?)?);
        let opcode = two(op.code() + u8::from(count.is_none()));
        self.modrm(opcode, wide(width)?, false, general(src2)?, rm);
        if let Some(count) = count {
            self.bytes.push(below_width(count, width)?);
        }
        Ok(())
    }

    fn extend(&mut self, op: Extend, dst: u8, src: Place) {
        let (from, to) = op.widths();
        let opcode = match op.code() {
            (0, byte) => one(byte),
            (_, byte) => two(byte),
        };
        let src = match src {
            Place::Reg(reg) if from == Width::W8 => Place::Byte(reg),
            src => src,
        };
        self.modrm(opcode, to == Width::W64, false, dst, src);
    }

    fn jump(&mut self, near: bool, short: Opcode, long: Opcode, target: Label) {
        self.head(if near { short } else { long }, false, false, [0; 3]);
        self.hole(if near { Target::Near(target) } else { Target::Far(target) });
    }

    fn swap(&mut self, width: Width, left: u8, right: u8) -> Result<()> {
        let wide = wide(width)?;
        match (left, right) {
            // The one-byte form with eax twice is the nop, which would not clear the upper half.
            (0, 0) if !wide => self.modrm(one(0x87), wide, false, 0, Place::Reg(0)),
            (0, other) | (other, 0) => self.short(one(0x90), wide, other),
            (left, right) => self.modrm(one(0x87), wide, false, right, Place::Reg(left)),
        }
        Ok(())
    }
}

/// Assembles an instruction. `near` says that the target of a jump is known to be within reach of one byte.
pub(super) fn draft(insn: &Insn<Reg>, frame: Frame, near: bool) -> Result<Draft> {
    let mut out = Draft::default();
    let mem = |mem: &Amode<Reg>| place(mem, frame);
    let rm = |rm: &Rm<Reg>| match rm {
        Rm::Reg(reg) => general(*reg).map(Place::Reg),
        Rm::Mem(mem) => place(mem, frame),
    };
    let vector_rm = |rm: &Rm<Reg>| match rm {
        Rm::Reg(reg) => vector(*reg).map(Place::Reg),
        Rm::Mem(mem) => place(mem, frame),
    };
    match *insn {
        Insn::Mov { width, dst, src } => {
            out.modrm(one(0x89), wide(width)?, false, general(src)?, Place::Reg(general(dst)?));
        }
        Insn::MovImm { width, dst, imm } => out.mov_imm(width, general(dst)?, imm)?,
        Insn::MovSymbol { dst, symbol } => {
            out.modrm(one(0xC7), true, false, 0, Place::Reg(general(dst)?));
            out.hole(Target::Value32(symbol));
        }
        Insn::MovSymbol64 { dst, symbol } => {
            out.short(one(0xB8), true, general(dst)?);
            out.hole(Target::Value64(symbol));
        }
        Insn::Zero { dst } => {
            let dst = general(dst)?;
            out.modrm(one(0x31), false, false, dst, Place::Reg(dst));
        }
        Insn::Load { width, dst, mem: ref at } => {
            out.modrm(one(0x8B), wide(width)?, false, general(dst)?, mem(at)?);
        }
        Insn::Store { width, mem: ref at, src } => {
            out.sized(one(0x89), width, Some(general(src)?), 0, mem(at)?)
        }
        Insn::StoreImm { width, mem: ref at, imm } => {
            out.sized(one(0xC7), width, None, 0, mem(at)?);
            out.immediate(imm, width)?;
        }
        Insn::Extend { op, dst, ref src } => out.extend(op, general(dst)?, rm(src)?),
        Insn::Lea { width, dst, mem: ref at } => {
            out.modrm(one(0x8D), wide(width)?, false, general(dst)?, mem(at)?);
        }
        Insn::Alu { op, width, dst, src1, ref src2 } => {
            let (base, wide) = (op.code() << 3, wide(width)?);
            let dst = general(reused(dst, src1)?)?;
            match src2 {
                Rmi::Reg(src) => out.modrm(one(base | 1), wide, false, general(*src)?, Place::Reg(dst)),
                Rmi::Mem(at) => out.modrm(one(base | 3), wide, false, dst, mem(at)?),
                Rmi::Imm(imm) => out.alu_imm(op.code(), width, Place::Reg(dst), *imm)?,
            }
        }
        Insn::AluMem { op, width, mem: ref at, src } => {
            let (base, wide) = (op.code() << 3, wide(width)?);
            match src {
                Ri::Reg(src) => out.modrm(one(base | 1), wide, false, general(src)?, mem(at)?),
                Ri::Imm(imm) => out.alu_imm(op.code(), width, mem(at)?, imm)?,
            }
        }
        Insn::Cmp { width, left, ref right } => {
            let (wide, left) = (wide(width)?, general(left)?);
            match right {
                Rmi::Reg(right) => out.modrm(one(0x39), wide, false, general(*right)?, Place::Reg(left)),
                Rmi::Mem(at) => out.modrm(one(0x3B), wide, false, left, mem(at)?),
                Rmi::Imm(imm) => out.alu_imm(7, width, Place::Reg(left), *imm)?,
            }
        }
        Insn::CmpMem { width, mem: ref at, right } => match right {
            Ri::Reg(right) => out.modrm(one(0x39), wide(width)?, false, general(right)?, mem(at)?),
            Ri::Imm(imm) => out.alu_imm(7, width, mem(at)?, imm)?,
        },
        Insn::Test { width, left, right } => {
            let left = general(left)?;
            match (right, width) {
                (_, Width::W16) | (Ri::Reg(_), Width::W8) => return Err(EncodeError::NoSuchWidth(width)),
                (Ri::Reg(right), _) => {
                    out.modrm(one(0x85), wide(width)?, false, general(right)?, Place::Reg(left));
                }
                (Ri::Imm(imm), _) => {
                    match (left, width) {
                        (0, Width::W8) => out.head(one(0xA8), false, false, [0; 3]),
                        (0, _) => out.head(one(0xA9), wide(width)?, false, [0; 3]),
                        (_, Width::W8) => out.sized(one(0xF7), width, None, 0, Place::Byte(left)),
                        _ => out.sized(one(0xF7), width, None, 0, Place::Reg(left)),
                    }
                    out.immediate(imm, width)?;
                }
            }
        }
        Insn::TestMem { width, mem: ref at, right } => match right {
            Ri::Reg(right) => out.modrm(one(0x85), wide(width)?, false, general(right)?, mem(at)?),
            Ri::Imm(imm) => {
                out.sized(one(0xF7), width, None, 0, mem(at)?);
                out.immediate(imm, width)?;
            }
        },
        Insn::Unary { op, width, dst, src1 } => {
            let (byte, digit) = op.code();
            out.modrm(one(byte), wide(width)?, false, digit, Place::Reg(general(reused(dst, src1)?)?));
        }
        Insn::UnaryMem { op, width, mem: ref at } => {
            let (byte, digit) = op.code();
            out.modrm(one(byte), wide(width)?, false, digit, mem(at)?);
        }
        Insn::Imul { width, dst, src1, ref src2 } => {
            out.modrm(two(0xAF), wide(width)?, false, general(reused(dst, src1)?)?, rm(src2)?);
        }
        Insn::ImulImm { width, dst, ref src, imm } => match i8::try_from(imm) {
            Ok(byte) => {
                out.modrm(one(0x6B), wide(width)?, false, general(dst)?, rm(src)?);
                out.bytes.push(byte as u8);
            }
            Err(_) => {
                out.modrm(one(0x69), wide(width)?, false, general(dst)?, rm(src)?);
                out.bytes.extend_from_slice(&imm.to_le_bytes());
            }
        },
        Insn::MulWide { signed, width, low, high, src1, ref src2 } => {
            fixed(&[(low, RAX), (high, RDX), (src1, RAX)])?;
            out.modrm(one(0xF7), wide(width)?, false, 4 + u8::from(signed), rm(src2)?);
        }
        Insn::Div { signed, width, quotient, remainder, low, high, ref divisor } => {
            fixed(&[(quotient, RAX), (remainder, RDX), (low, RAX), (high, RDX)])?;
            out.modrm(one(0xF7), wide(width)?, false, 6 + u8::from(signed), rm(divisor)?);
        }
        Insn::SignSpread { width, dst, src } => {
            fixed(&[(dst, RDX), (src, RAX)])?;
            out.head(one(0x99), wide(width)?, false, [0; 3]);
        }
        Insn::Shift { op, width, dst, src1, count } => {
            out.shift(op, width, general(reused(dst, src1)?)?, count)?
        }
        Insn::ShiftCl { op, width, dst, src1, count } => {
            fixed(&[(count, RCX)])?;
            out.modrm(one(0xD3), wide(width)?, false, op.code(), Place::Reg(general(reused(dst, src1)?)?));
        }
        Insn::DoubleShift { op, width, dst, src1, src2, count } => {
            out.double_shift(op, width, [dst, src1, src2], Some(count))?;
        }
        Insn::DoubleShiftCl { op, width, dst, src1, src2, count } => {
            fixed(&[(count, RCX)])?;
            out.double_shift(op, width, [dst, src1, src2], None)?;
        }
        Insn::Bits { op, width, dst, ref src } => {
            out.modrm(prefixed(op.code()), wide(width)?, false, general(dst)?, rm(src)?);
        }
        Insn::Bswap { width, dst, src1 } => out.short(two(0xC8), wide(width)?, general(reused(dst, src1)?)?),
        Insn::Bt { width, left, right } => {
            let left = Place::Reg(general(left)?);
            match right {
                Ri::Reg(right) => out.modrm(two(0xA3), wide(width)?, false, general(right)?, left),
                Ri::Imm(Imm::Value(bit)) => {
                    let bit = u8::try_from(bit).map_err(|_| EncodeError::ImmediateTooLarge(bit.into()))?;
                    out.modrm(two(0xBA), wide(width)?, false, 4, left);
                    out.bytes.push(below_width(bit, width)?);
                }
                Ri::Imm(Imm::Symbol(symbol)) => return Err(EncodeError::SymbolTooWide(symbol)),
            }
        }
        Insn::BtMem { width, mem: ref at, bit } => {
            out.modrm(two(0xBA), wide(width)?, false, 4, mem(at)?);
            out.bytes.push(below_width(bit, width)?);
        }
        Insn::Set { cond, dst } => {
            out.modrm(two(0x90 | cond.code()), false, false, 0, Place::Byte(general(dst)?));
        }
        Insn::SetMem { cond, mem: ref at } => out.modrm(two(0x90 | cond.code()), false, false, 0, mem(at)?),
        Insn::Cmov { cond, width, dst, src1, ref src2 } => {
            let dst = general(reused(dst, src1)?)?;
            out.modrm(two(0x40 | cond.code()), wide(width)?, false, dst, rm(src2)?);
        }
        Insn::Jcc { cond, target } => {
            out.jump(near, one(0x70 | cond.code()), two(0x80 | cond.code()), target)
        }
        Insn::Jmp { target } => out.jump(near, one(0xEB), one(0xE9), target),
        Insn::JmpIndirect { ref target } => out.modrm(one(0xFF), false, false, 4, rm(target)?),
        Insn::Call { target } => out.jump(false, one(0xE8), one(0xE8), target),
        Insn::CallIndirect { ref target } => out.modrm(one(0xFF), false, false, 2, rm(target)?),
        Insn::Push { ref src } => match src {
            Rmi::Reg(reg) => out.short(one(0x50), false, general(*reg)?),
            Rmi::Mem(at) => out.modrm(one(0xFF), false, false, 6, mem(at)?),
            Rmi::Imm(imm) => match fits_byte(*imm) {
                Some(byte) => out.bytes.extend_from_slice(&[0x6A, byte as u8]),
                None => {
                    out.bytes.push(0x68);
                    out.immediate(*imm, Width::W32)?;
                }
            },
        },
        Insn::Pop { dst } => out.short(one(0x58), false, general(dst)?),
        Insn::PopMem { mem: ref at } => out.modrm(one(0x8F), false, false, 0, mem(at)?),
        Insn::Ret => out.bytes.push(0xC3),
        Insn::Ud2 => out.bytes.extend_from_slice(&[0x0F, 0x0B]),
        Insn::Int3 => out.bytes.push(0xCC),
        Insn::Nop { length } => {
            let nop = usize::from(length).checked_sub(1).and_then(|at| NOPS.get(at));
            out.bytes.extend_from_slice(nop.ok_or(EncodeError::BadNopLength(length))?);
        }
        Insn::Mfence => out.bytes.extend_from_slice(&[0x0F, 0xAE, 0xF0]),
        Insn::Swap { width, left, right } => out.swap(width, general(left)?, general(right)?)?,
        Insn::Xchg { width, dst, src1, mem: ref at } => {
            out.modrm(one(0x87), wide(width)?, false, general(reused(dst, src1)?)?, mem(at)?);
        }
        Insn::LockCmpxchg { width, dst, expected, new, mem: ref at } => {
            fixed(&[(dst, RAX), (expected, RAX)])?;
            out.bytes.push(LOCK);
            out.modrm(two(0xB1), wide(width)?, false, general(new)?, mem(at)?);
        }
        Insn::LockXadd { width, dst, src1, mem: ref at } => {
            out.bytes.push(LOCK);
            out.modrm(two(0xC1), wide(width)?, false, general(reused(dst, src1)?)?, mem(at)?);
        }
        Insn::LockAlu { op, width, mem: ref at, src } => {
            let wide = wide(width)?;
            out.bytes.push(LOCK);
            match src {
                Ri::Reg(src) => out.modrm(one(op.code() << 3 | 1), wide, false, general(src)?, mem(at)?),
                Ri::Imm(imm) => out.alu_imm(op.code(), width, mem(at)?, imm)?,
            }
        }
        Insn::FloatCopy { dst, src } => {
            out.modrm(two(0x28), false, false, vector(dst)?, Place::Reg(vector(src)?))
        }
        Insn::FloatLoad { op, dst, mem: ref at } => {
            let (prefix, load, _) = op.code();
            out.modrm(prefixed((prefix, load)), false, false, vector(dst)?, mem(at)?);
        }
        Insn::FloatStore { op, mem: ref at, src } => {
            let (prefix, _, store) = op.code();
            out.modrm(prefixed((prefix, store)), false, false, vector(src)?, mem(at)?);
        }
        Insn::ToFloat { width, dst, src } => {
            out.modrm(prefixed((0x66, 0x6E)), wide(width)?, false, vector(dst)?, Place::Reg(general(src)?));
        }
        Insn::FromFloat { width, dst, src } => {
            out.modrm(prefixed((0x66, 0x7E)), wide(width)?, false, vector(src)?, Place::Reg(general(dst)?));
        }
        Insn::FloatZero { dst } => {
            let dst = vector(dst)?;
            out.modrm(two(0x57), false, false, dst, Place::Reg(dst));
        }
        Insn::Float { op, dst, src1, ref src2 } => {
            out.modrm(prefixed(op.code()), false, false, vector(reused(dst, src1)?)?, vector_rm(src2)?);
        }
        Insn::FloatUnary { op, dst, ref src } => {
            out.modrm(prefixed(op.code()), false, false, vector(dst)?, vector_rm(src)?);
        }
        Insn::Ucomisd { left, ref right } => {
            out.modrm(prefixed((0x66, 0x2E)), false, false, vector(left)?, vector_rm(right)?);
        }
        Insn::IntToFloat { width, dst, ref src } => {
            out.modrm(prefixed((0xF2, 0x2A)), wide(width)?, false, vector(dst)?, rm(src)?);
        }
        Insn::FloatToInt { width, dst, ref src } => {
            out.modrm(prefixed((0xF2, 0x2C)), wide(width)?, false, general(dst)?, vector_rm(src)?);
        }
        Insn::Round { mode, dst, ref src } => {
            out.modrm(ROUNDSD, false, false, vector(dst)?, vector_rm(src)?);
            out.bytes.push(mode.code());
        }
    }
    Ok(out)
}
