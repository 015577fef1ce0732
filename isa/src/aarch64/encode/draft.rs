//! The words of an instruction, before they are written.

use super::{EncodeError, NOP, PcRel, Result};
use crate::aarch64::imm::{self, Move};
use crate::aarch64::insn::*;
use crate::aarch64::regs::{Reg, SP, Width, XZR};
use linac_emit::{Label, RelocKind, SymbolId};
use smallvec::SmallVec;

/// What a word still needs when it is written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Hole {
    None,
    Label(Label, PcRel),
    Symbol(SymbolId, RelocKind, i32),
}

pub(super) type Draft = SmallVec<[(u32, Hole); 4]>;

/// A general register or zero.
fn general(reg: Reg) -> Result<u32> {
    if reg.is_general() && reg != SP { Ok(reg.number().into()) } else { Err(EncodeError::WrongClass(reg)) }
}

/// A general register or the stack pointer.
fn base_reg(reg: Reg) -> Result<u32> {
    if reg.is_general() && reg != XZR { Ok(reg.number().into()) } else { Err(EncodeError::WrongClass(reg)) }
}

fn vector(reg: Reg) -> Result<u32> {
    if reg.is_general() { Err(EncodeError::WrongClass(reg)) } else { Ok(reg.number().into()) }
}

/// The result of an operation that has the stack pointer as number 31 unless it sets flags.
fn result(reg: Reg, sets_flags: bool) -> Result<u32> {
    if sets_flags { general(reg) } else { base_reg(reg) }
}

/// The bit that tells 64 from 32 bits.
fn wide(width: Width) -> Result<u32> {
    match width {
        Width::W64 => Ok(1 << 31),
        Width::W32 => Ok(0),
        _ => Err(EncodeError::NoSuchWidth(width)),
    }
}

fn below(count: u8, width: Width) -> Result<u32> {
    if u32::from(count) < width.bits() { Ok(count.into()) } else { Err(EncodeError::BadCount(count)) }
}

fn reused(dst: Reg, src1: Reg) -> Result<Reg> {
    if dst == src1 { Ok(dst) } else { Err(EncodeError::NotReused { dst, src1 }) }
}

/// The field of a half in a move, and of its shift.
fn half(imm: u16, shift: u8, width: Width) -> Result<u32> {
    if !shift.is_multiple_of(16) || u32::from(shift) >= width.bits() {
        return Err(EncodeError::BadCount(shift));
    }
    Ok((u32::from(shift) / 16) << 21 | u32::from(imm) << 5)
}

fn shifted(shift: Shift, width: Width) -> Result<u32> {
    Ok(shift.op.code() << 22 | below(shift.count, width)? << 10)
}

fn bitmask(imm: u64, width: Width) -> Result<u32> {
    Ok(imm::bitmask(imm, width).ok_or(EncodeError::BadImmediate(imm as i64))? << 10)
}

const MOVZ: u32 = 0x5280_0000;
const MOVK: u32 = 0x7280_0000;
const ADD_IMM: u32 = 0x1100_0000;
const ORR_REG: u32 = 0x2A00_0000;
const ORR_IMM: u32 = 0x3200_0000;
const ADRP: u32 = 0x9000_0000;
/// Register 31 as first operand.
const FROM_ZERO: u32 = 31 << 5;
/// The bit of loads and stores of vector registers.
const VECTOR: u32 = 1 << 26;

/// Bits of a load or store other than its register, for an instruction word with size and opcode.
fn access(word: u32, mem: &Amode<Reg>, width: Width, transferred: Reg) -> Result<(u32, Hole)> {
    let mut hole = Hole::None;
    let word = match *mem {
        Amode::Base { base, offset } => {
            let base = base_reg(base)? << 5;
            match (imm::scaled(offset, width), imm::unscaled(offset)) {
                (Some(units), _) => word | 1 << 24 | units << 10 | base,
                (None, Some(bytes)) => word | bytes << 12 | base,
                (None, None) => return Err(EncodeError::BadOffset(offset)),
            }
        }
        Amode::Index { base, index, extend, scaled } => {
            if !matches!(extend, ExtendOp::Uxtw | ExtendOp::Uxtx | ExtendOp::Sxtw | ExtendOp::Sxtx) {
                return Err(EncodeError::NoSuchForm);
            }
            let index = general(index)? << 16 | extend.code() << 13 | u32::from(scaled) << 12;
            word | 0x20_0800 | index | base_reg(base)? << 5
        }
        Amode::Before { base, offset } | Amode::After { base, offset } => {
            if base == transferred {
                return Err(EncodeError::SameRegister(base));
            }
            let bytes = imm::unscaled(offset).ok_or(EncodeError::BadOffset(offset))?;
            let mode = if matches!(mem, Amode::Before { .. }) { 0xC00 } else { 0x400 };
            word | mode | bytes << 12 | base_reg(base)? << 5
        }
        Amode::Low { base, symbol, addend } => {
            let kind = match width {
                Width::W64 => RelocKind::Aarch64Access8,
                Width::W32 => RelocKind::Aarch64Access4,
                _ => return Err(EncodeError::NoSuchWidth(width)),
            };
            hole = Hole::Symbol(symbol, kind, addend);
            word | 1 << 24 | base_reg(base)? << 5
        }
    };
    Ok((word, hole))
}

/// The word of a load or store; `opcode` is 0 for a store.
fn single(width: Width, opcode: u32, reg: Reg, mem: &Amode<Reg>) -> Result<(u32, Hole)> {
    let number = if reg.is_general() { general(reg)? } else { vector(reg)? | VECTOR };
    access(0x3800_0000 | width.log2() << 30 | opcode << 22 | number, mem, width, reg)
}

/// The word of a load or store of a pair of one kind of register.
fn pair(width: Width, load: bool, first: Reg, second: Reg, mem: &Amode<Reg>) -> Result<u32> {
    wide(width)?;
    if load && first == second {
        return Err(EncodeError::SameRegister(first));
    }
    let registers = match first.is_general() {
        true => general(second)? << 10 | general(first)? | u32::from(width == Width::W64) << 31,
        false => vector(second)? << 10 | vector(first)? | VECTOR | u32::from(width == Width::W64) << 30,
    };
    let (mode, base, offset) = match *mem {
        Amode::After { base, offset } => (1, base, offset),
        Amode::Base { base, offset } => (2, base, offset),
        Amode::Before { base, offset } => (3, base, offset),
        _ => return Err(EncodeError::NoSuchForm),
    };
    if mode != 2 && (base == first || base == second) {
        return Err(EncodeError::SameRegister(base));
    }
    let units = imm::pair(offset, width).ok_or(EncodeError::BadOffset(offset))?;
    let place = mode << 23 | units << 15 | base_reg(base)? << 5;
    Ok(0x2800_0000 | u32::from(load) << 22 | place | registers)
}

/// The class that the field of an instruction wants.
fn all(class: fn(Reg) -> Result<u32>, regs: &[Reg]) -> Result<()> {
    regs.iter().try_for_each(|&reg| class(reg).map(|_| ()))
}

fn mov_imm(width: Width, dst: Reg, imm: i64) -> Result<Draft> {
    let sf = wide(width)?;
    let moves = imm::sequence(imm, width).ok_or(EncodeError::BadImmediate(imm))?;
    let dst = general(dst)?;
    moves
        .into_iter()
        .map(|step| {
            let word = match step {
                Move::Zero(bits, shift) => MOVZ | half(bits, shift, width)?,
                Move::Not(bits, shift) => 0x1280_0000 | half(bits, shift, width)?,
                Move::Keep(bits, shift) => MOVK | half(bits, shift, width)?,
                Move::Bitmask(value) => ORR_IMM | FROM_ZERO | bitmask(value, width)?,
            };
            Ok((sf | word | dst, Hole::None))
        })
        .collect()
}

/// Two registers of a class, as first operand and result.
fn unary(dst: u32, src: u32) -> u32 {
    src << 5 | dst
}

fn binary(dst: u32, left: u32, right: u32) -> u32 {
    right << 16 | unary(dst, left)
}

/// Assembles an instruction.
pub(super) fn draft(insn: &Insn<Reg>) -> Result<Draft> {
    let one = |word: u32| Ok(Draft::from_slice(&[(word, Hole::None)]));
    let label = |word, label, kind| Ok(Draft::from_slice(&[(word, Hole::Label(label, kind))]));
    let symbol = |parts: &[(u32, SymbolId, RelocKind, i32)]| -> Result<Draft> {
        Ok(parts
            .iter()
            .map(|&(word, symbol, kind, addend)| (word, Hole::Symbol(symbol, kind, addend)))
            .collect())
    };
    match *insn {
        Insn::Mov { width, dst, src } if dst == SP || src == SP => {
            one(wide(width)? | ADD_IMM | unary(base_reg(dst)?, base_reg(src)?))
        }
        Insn::Mov { width, dst, src } => {
            one(wide(width)? | ORR_REG | FROM_ZERO | general(src)? << 16 | general(dst)?)
        }
        Insn::MovImm { width, dst, imm } => mov_imm(width, dst, imm),
        Insn::MovSymbol { dst, symbol: name } => {
            let dst = general(dst)?;
            let high = MOVK | half(0, 16, Width::W32)? | dst;
            symbol(&[
                (MOVZ | dst, name, RelocKind::Aarch64Move0, 0),
                (high, name, RelocKind::Aarch64Move16, 0),
            ])
        }
        Insn::MovWide { op, width, dst, imm, shift } => {
            one(wide(width)? | 0x1280_0000 | op.code() << 29 | half(imm, shift, width)? | general(dst)?)
        }
        Insn::MovKeep { width, dst, src1, imm, shift } => {
            one(wide(width)? | MOVK | half(imm, shift, width)? | general(reused(dst, src1)?)?)
        }
        Insn::Adr { dst, label: to } => label(0x1000_0000 | general(dst)?, to, PcRel::Address),
        Insn::Adrp { dst, symbol: name, addend } => {
            symbol(&[(ADRP | general(dst)?, name, RelocKind::Aarch64Page, addend)])
        }
        Insn::AddLow { dst, src, symbol: name, addend } => {
            let word = 1 << 31 | ADD_IMM | unary(base_reg(dst)?, base_reg(src)?);
            symbol(&[(word, name, RelocKind::Aarch64Add, addend)])
        }
        Insn::SymbolAddress { dst, symbol: name } => {
            base_reg(dst)?;
            let dst = general(dst)?;
            let add = 1 << 31 | ADD_IMM | unary(dst, dst);
            symbol(&[(ADRP | dst, name, RelocKind::Aarch64Page, 0), (add, name, RelocKind::Aarch64Add, 0)])
        }
        Insn::SymbolLoad { dst, symbol: name } => {
            let number = general(dst)?;
            base_reg(dst)?;
            let (load, low) = single(Width::W64, 1, dst, &Amode::Low { base: dst, symbol: name, addend: 0 })?;
            let page = (ADRP | number, Hole::Symbol(name, RelocKind::Aarch64Page, 0));
            Ok(Draft::from_slice(&[page, (load, low)]))
        }
        Insn::AddImm { op, width, dst, src, imm } => {
            let (field, pages) = imm::add(imm.into()).ok_or(EncodeError::BadImmediate(imm.into()))?;
            let regs = unary(result(dst, op.sets_flags())?, base_reg(src)?);
            one(wide(width)? | ADD_IMM | op.code() << 29 | u32::from(pages) << 22 | field << 10 | regs)
        }
        Insn::AddReg { op, width, dst, left, right, shift } => {
            if shift.op == ShiftOp::Ror {
                return Err(EncodeError::NoSuchForm);
            }
            let regs = binary(general(dst)?, general(left)?, general(right)?);
            one(wide(width)? | 0x0B00_0000 | op.code() << 29 | shifted(shift, width)? | regs)
        }
        Insn::AddExtend { op, width, dst, left, right, extend, count } => {
            if extend.source() > width {
                return Err(EncodeError::NoSuchForm);
            }
            if count > 4 {
                return Err(EncodeError::BadCount(count));
            }
            let regs = binary(result(dst, op.sets_flags())?, base_reg(left)?, general(right)?);
            let operand = extend.code() << 13 | u32::from(count) << 10;
            one(wide(width)? | 0x0B20_0000 | op.code() << 29 | operand | regs)
        }
        Insn::LogicImm { op, width, dst, src, imm } => {
            if op.code() > 3 {
                return Err(EncodeError::NoSuchForm);
            }
            let regs = unary(result(dst, op.sets_flags())?, general(src)?);
            one(wide(width)? | 0x1200_0000 | op.code() << 29 | bitmask(imm, width)? | regs)
        }
        Insn::LogicReg { op, width, dst, left, right, shift } => {
            let regs = binary(general(dst)?, general(left)?, general(right)?);
            let op = (op.code() & 3) << 29 | (op.code() >> 2) << 21;
            one(wide(width)? | 0x0A00_0000 | op | shifted(shift, width)? | regs)
        }
        Insn::Bitfield { op, width, dst, src, rotate, last } => {
            let bits = below(rotate, width)? << 16 | below(last, width)? << 10;
            let regs = unary(general(dst)?, general(src)?);
            let sf = wide(width)?;
            one(sf | sf >> 9 | 0x1300_0000 | op.code() << 29 | bits | regs)
        }
        Insn::BitfieldInsert { width, dst, src1, src2, rotate, last } => {
            let bits = below(rotate, width)? << 16 | below(last, width)? << 10;
            let regs = unary(general(reused(dst, src1)?)?, general(src2)?);
            let sf = wide(width)?;
            one(sf | sf >> 9 | 0x3300_0000 | bits | regs)
        }
        Insn::Extract { width, dst, left, right, low } => {
            let regs = binary(general(dst)?, general(left)?, general(right)?);
            let sf = wide(width)?;
            one(sf | sf >> 9 | 0x1380_0000 | below(low, width)? << 10 | regs)
        }
        Insn::ShiftReg { op, width, dst, src, count } => {
            let regs = binary(general(dst)?, general(src)?, general(count)?);
            one(wide(width)? | 0x1AC0_2000 | op.code() << 10 | regs)
        }
        Insn::MulAdd { op, width, dst, left, right, addend } => {
            let regs = binary(general(dst)?, general(left)?, general(right)?) | general(addend)? << 10;
            one(wide(width)? | 0x1B00_0000 | op.code() << 15 | regs)
        }
        Insn::MulHigh { signed, dst, left, right } => {
            let regs = binary(general(dst)?, general(left)?, general(right)?);
            one(0x9B40_7C00 | u32::from(!signed) << 23 | regs)
        }
        Insn::Div { signed, width, dst, left, right } => {
            let regs = binary(general(dst)?, general(left)?, general(right)?);
            one(wide(width)? | 0x1AC0_0800 | u32::from(signed) << 10 | regs)
        }
        Insn::Unary { op, width, dst, src } => {
            let regs = unary(general(dst)?, general(src)?);
            let sf = wide(width)?;
            let code = match (op, width) {
                (UnaryOp::Rev32, Width::W32) => return Err(EncodeError::NoSuchWidth(width)),
                // All four bytes are what `rev32` reverses twice in 64 bits.
                (UnaryOp::Rev, Width::W32) => UnaryOp::Rev32.code(),
                _ => op.code(),
            };
            one(sf | 0x5AC0_0000 | code << 10 | regs)
        }
        Insn::Select { op, cond, width, dst, yes, no } => {
            let (invert, increment) = op.code();
            let regs = binary(general(dst)?, general(yes)?, general(no)?);
            one(wide(width)? | 0x1A80_0000 | invert << 30 | cond.code() << 12 | increment << 10 | regs)
        }
        Insn::Compare { op, cond, width, left, right, flags } => {
            let operand = match right {
                Ri::Reg(reg) => general(reg)? << 16,
                Ri::Imm(imm) if imm < 32 => u32::from(imm) << 16 | 0x800,
                Ri::Imm(imm) => return Err(EncodeError::BadImmediate(imm.into())),
            };
            if flags > 15 {
                return Err(EncodeError::BadImmediate(flags.into()));
            }
            let rest = cond.code() << 12 | general(left)? << 5 | u32::from(flags);
            one(wide(width)? | 0x3A40_0000 | op.code() << 30 | operand | rest)
        }
        Insn::Load { op, dst, ref mem } => {
            general(dst)?;
            let (width, opcode) = op.code();
            Ok(Draft::from_slice(&[single(width, opcode, dst, mem)?]))
        }
        Insn::Store { width, ref mem, src } => {
            general(src)?;
            Ok(Draft::from_slice(&[single(width, 0, src, mem)?]))
        }
        Insn::LoadPair { width, first, second, ref mem } => {
            all(general, &[first, second])?;
            one(pair(width, true, first, second, mem)?)
        }
        Insn::StorePair { width, ref mem, first, second } => {
            all(general, &[first, second])?;
            one(pair(width, false, first, second, mem)?)
        }
        Insn::LoadLiteral { width, dst, label: from } => {
            label(0x1800_0000 | wide(width)? >> 1 | general(dst)?, from, PcRel::Literal)
        }
        Insn::FloatLoad { width, dst, ref mem } => {
            wide(width)?;
            vector(dst)?;
            Ok(Draft::from_slice(&[single(width, 1, dst, mem)?]))
        }
        Insn::FloatStore { width, ref mem, src } => {
            wide(width)?;
            vector(src)?;
            Ok(Draft::from_slice(&[single(width, 0, src, mem)?]))
        }
        Insn::FloatLoadPair { width, first, second, ref mem } => {
            all(vector, &[first, second])?;
            one(pair(width, true, first, second, mem)?)
        }
        Insn::FloatStorePair { width, ref mem, first, second } => {
            all(vector, &[first, second])?;
            one(pair(width, false, first, second, mem)?)
        }
        Insn::FloatLoadLiteral { width, dst, label: from } => {
            label(0x1800_0000 | VECTOR | wide(width)? >> 1 | vector(dst)?, from, PcRel::Literal)
        }
        Insn::B { target } => label(super::B, target, PcRel::Jump),
        Insn::Bl { target } => label(0x9400_0000, target, PcRel::Jump),
        Insn::BCond { cond, target } => label(0x5400_0000 | cond.code(), target, PcRel::Branch),
        Insn::Cbz { nonzero, width, src, target } => {
            let word = 0x3400_0000 | u32::from(nonzero) << 24 | wide(width)? | general(src)?;
            label(word, target, PcRel::Branch)
        }
        Insn::Tbz { nonzero, src, bit, target } => {
            let bit = below(bit, Width::W64)?;
            let bit = (bit >> 5) << 31 | (bit & 31) << 19;
            label(0x3600_0000 | u32::from(nonzero) << 24 | bit | general(src)?, target, PcRel::TestBranch)
        }
        Insn::Br { target } => one(0xD61F_0000 | general(target)? << 5),
        Insn::Blr { target } => one(0xD63F_0000 | general(target)? << 5),
        Insn::Ret { target } => one(0xD65F_0000 | general(target)? << 5),
        Insn::FloatMov { dst, src } => one(0x1E60_4000 | unary(vector(dst)?, vector(src)?)),
        Insn::FloatImm { dst, bits } => {
            let imm = imm::float(bits).ok_or(EncodeError::BadImmediate(bits as i64))?;
            one(0x1E60_1000 | imm << 13 | vector(dst)?)
        }
        Insn::ToFloat { width, dst, src } => {
            let sf = wide(width)?;
            one(sf | sf >> 9 | 0x1E27_0000 | unary(vector(dst)?, general(src)?))
        }
        Insn::FromFloat { width, dst, src } => {
            let sf = wide(width)?;
            one(sf | sf >> 9 | 0x1E26_0000 | unary(general(dst)?, vector(src)?))
        }
        Insn::Float { op, dst, left, right } => {
            one(0x1E60_0800 | op.code() << 12 | binary(vector(dst)?, vector(left)?, vector(right)?))
        }
        Insn::FloatUnary { op, dst, src } => {
            one(0x1E60_4000 | op.code() << 15 | unary(vector(dst)?, vector(src)?))
        }
        Insn::FloatCompare { left, right } => one(0x1E60_2000 | binary(0, vector(left)?, vector(right)?)),
        Insn::FloatCompareZero { left } => one(0x1E60_2008 | vector(left)? << 5),
        Insn::FloatSelect { cond, dst, yes, no } => {
            one(0x1E60_0C00 | cond.code() << 12 | binary(vector(dst)?, vector(yes)?, vector(no)?))
        }
        Insn::IntToFloat { signed, width, dst, src } => {
            let regs = unary(vector(dst)?, general(src)?);
            one(wide(width)? | 0x1E62_0000 | u32::from(!signed) << 16 | regs)
        }
        Insn::FloatToInt { op, width, dst, src } => {
            one(wide(width)? | 0x1E60_0000 | op.code() << 16 | unary(general(dst)?, vector(src)?))
        }
        Insn::FloatWidth { to, dst, src } => {
            let word = match to {
                Width::W64 => 0x1E22_C000,
                Width::W32 => 0x1E62_4000,
                _ => return Err(EncodeError::NoSuchWidth(to)),
            };
            one(word | unary(vector(dst)?, vector(src)?))
        }
        Insn::Brk { imm } => one(0xD420_0000 | u32::from(imm) << 5),
        Insn::Udf { imm } => one(imm.into()),
        Insn::Nop => one(NOP),
        Insn::Dmb { barrier } => one(0xD503_30BF | barrier.code() << 8),
    }
}
