//! An instruction as words with open fields.

use super::{EncodeError, Frame, PcRel};
use crate::arm32::imm::{self, Making};
use crate::arm32::insn::{
    Access, Amode, BlockMode, Cond, DualOp, Insn, LoadOp, LongOp, Op, Operand, ShiftOp, Update,
};
use crate::arm32::regs::{PC, Reg, RegList, SP};
use linac_abi::object::RelocKind;
use linac_emit::{Label, SymbolId};
use smallvec::{SmallVec, smallvec};

pub(super) type Result<T, E = EncodeError> = std::result::Result<T, E>;

/// What fills a field of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Label(Label, PcRel),
    Symbol(SymbolId, RelocKind),
}

/// A word of code and the field in it that is filled later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub bits: u32,
    pub field: Option<Field>,
}

pub(super) type Draft = SmallVec<[Word; 2]>;

/// `nop`, always.
pub(super) const NOP: u32 = 0xE320_F000;

/// The address is `base` and not changed.
const OFFSET: u32 = 1 << 24;
/// The base is changed before the access.
const BEFORE: u32 = 1 << 24 | 1 << 21;
/// The base is changed after the access.
const AFTER: u32 = 0;
/// The offset is added.
const UP: u32 = 1 << 23;

/// Number of a core register, the program counter included.
fn any_core(reg: Reg) -> Result<u32> {
    if reg.is_core() { Ok(reg.number().into()) } else { Err(EncodeError::WrongClass(reg)) }
}

/// Number of a core register.
fn core(reg: Reg) -> Result<u32> {
    if reg == PC { Err(EncodeError::ProgramCounter) } else { any_core(reg) }
}

/// Number of a double.
fn double(reg: Reg) -> Result<u32> {
    if reg.is_core() { Err(EncodeError::WrongClass(reg)) } else { Ok(reg.number().into()) }
}

fn reused(dst: Reg, src1: Reg) -> Result<Reg> {
    if dst == src1 { Ok(dst) } else { Err(EncodeError::NotReused { dst, src1 }) }
}

fn modified(value: u32) -> Result<u32> {
    imm::modified(value).ok_or(EncodeError::Immediate(value))
}

/// Type and count of a shift by a number.
fn shift(op: ShiftOp, count: u8) -> Result<u32> {
    let valid = match op {
        ShiftOp::Lsl => 0..=31,
        ShiftOp::Lsr | ShiftOp::Asr => 1..=32,
        ShiftOp::Ror => 1..=31,
    };
    if !valid.contains(&count) {
        return Err(EncodeError::BadCount(count));
    }
    Ok(u32::from(count % 32) << 7 | op.code() << 5)
}

fn operand(operand: &Operand<Reg>) -> Result<u32> {
    Ok(match *operand {
        Operand::Imm(value) => 1 << 25 | modified(value)?,
        Operand::Reg(reg) => core(reg)?,
        Operand::Shifted(reg, op, count) => shift(op, count)? | core(reg)?,
        Operand::Rrx(reg) => ShiftOp::Ror.code() << 5 | core(reg)?,
        Operand::ShiftedBy(reg, op, count) => core(count)? << 8 | op.code() << 5 | 1 << 4 | core(reg)?,
    })
}

/// Sixteen bits in two parts: the upper four at `at`, the others at the bottom.
fn split16(imm: u16, at: u32) -> u32 {
    let imm = u32::from(imm);
    imm >> 12 << at | imm & 0xFFF
}

fn field(lsb: u8, width: u8) -> Result<(u32, u32)> {
    if lsb < 32 && width > 0 && u32::from(lsb) + u32::from(width) <= 32 {
        Ok((lsb.into(), width.into()))
    } else {
        Err(EncodeError::BadField { lsb, width })
    }
}

/// Sign bit and size of an offset.
fn offset(disp: i32, reach: i32) -> Result<(u32, u32)> {
    if disp.unsigned_abs() > reach.unsigned_abs() {
        return Err(EncodeError::Offset(disp));
    }
    Ok((if disp >= 0 { UP } else { 0 }, disp.unsigned_abs()))
}

/// A slot's offset and the error that is about the slot.
fn slot_offset(slot: u32, frame: Frame, reach: i32) -> Result<i32> {
    let disp = frame.slot_offset(slot).filter(|disp| disp.unsigned_abs() <= reach.unsigned_abs());
    disp.ok_or(EncodeError::SlotTooFar(slot))
}

/// Base, offset and kind of access of a load or store by core registers.
fn place(access: Access, when: u32, mem: &Amode<Reg>, frame: Frame) -> Result<(u32, Option<Field>)> {
    let (Access::Wide(bits) | Access::Narrow(bits)) = access;
    let wide = matches!(access, Access::Wide(_));
    let reach = if wide { imm::WORD_REACH } else { imm::HALF_REACH };
    let at = |base: u32, disp: i32| {
        let (up, size) = offset(disp, reach)?;
        let size = if wide { size } else { 1 << 22 | (size & 0xF0) << 4 | size & 0xF };
        Ok((bits | when | up | base << 16 | size, None))
    };
    match *mem {
        Amode::Base { base, disp } => at(core(base)?, disp),
        Amode::Index { base, index, negative, shift: count } => {
            let up = if negative { 0 } else { UP };
            let (base, index) = (core(base)?, core(index)?);
            let by_register = match (wide, count) {
                (true, _) => 1 << 25 | shift(ShiftOp::Lsl, count)?,
                (false, 0) => 0,
                (false, _) => return Err(EncodeError::BadCount(count)),
            };
            Ok((bits | when | up | base << 16 | by_register | index, None))
        }
        Amode::Slot(slot) if when == OFFSET => at(SP.number().into(), slot_offset(slot, frame, reach)?),
        Amode::Label(label) if wide && when == OFFSET => {
            let bits = bits | when | u32::from(PC.number()) << 16;
            Ok((bits, Some(Field::Label(label, PcRel::Load))))
        }
        Amode::Slot(_) | Amode::Label(_) => Err(EncodeError::BadAddress),
    }
}

/// The same for floating point registers.
fn float_place(mem: &Amode<Reg>, frame: Frame) -> Result<(u32, Option<Field>)> {
    let at = |base: u32, disp: i32| {
        let (up, size) = offset(disp, imm::FLOAT_REACH)?;
        if size % 4 != 0 {
            return Err(EncodeError::Offset(disp));
        }
        Ok((up | base << 16 | size >> 2, None))
    };
    match *mem {
        Amode::Base { base, disp } => at(core(base)?, disp),
        Amode::Slot(slot) => at(SP.number().into(), slot_offset(slot, frame, imm::FLOAT_REACH)?),
        Amode::Label(label) => {
            Ok((u32::from(PC.number()) << 16, Some(Field::Label(label, PcRel::FloatLoad))))
        }
        Amode::Index { .. } => Err(EncodeError::BadAddress),
    }
}

fn when(update: Update) -> u32 {
    match update {
        Update::Before => BEFORE,
        Update::After => AFTER,
    }
}

/// A changed base must not be a register that is loaded or stored.
fn changed_base(mem: &Amode<Reg>, others: &[Reg]) -> Result<()> {
    match *mem {
        Amode::Base { base, .. } | Amode::Index { base, .. } if others.contains(&base) => {
            Err(EncodeError::SameRegister(base))
        }
        _ => Ok(()),
    }
}

/// The even register of a pair.
fn pair(first: Reg, second: Reg) -> Result<u32> {
    let (low, high) = (core(first)?, core(second)?);
    if low % 2 == 0 && high == low + 1 { Ok(low) } else { Err(EncodeError::BadPair(first, second)) }
}

fn differ(low: Reg, high: Reg) -> Result<()> {
    if low == high { Err(EncodeError::SameRegister(low)) } else { Ok(()) }
}

fn block(load: bool, mode: BlockMode, base: Reg, update: bool, list: RegList) -> Result<u32> {
    let number = core(base)?;
    if list.bits() == 0 || update && list.bits() >> number & 1 != 0 {
        return Err(EncodeError::BadList(list));
    }
    let bits = 0x0800_0000 | mode.code() << 23 | u32::from(update) << 21 | u32::from(load) << 20;
    Ok(bits | number << 16 | u32::from(list.bits()))
}

fn long(op: LongOp, low: Reg, high: Reg, src: Reg, src2: Reg) -> Result<u32> {
    differ(low, high)?;
    Ok(op.code() << 20 | 0x90 | core(high)? << 16 | core(low)? << 12 | core(src2)? << 8 | core(src)?)
}

/// One word of the instruction without its condition, and what fills a field of it.
fn word(op: &Op<Reg>, frame: Frame) -> Result<(u32, Option<Field>)> {
    let flag = |set: bool| u32::from(set) << 20;
    // The bit that tells doubles from singles.
    let wide = |single: bool| u32::from(!single) << 8;
    let bits = match *op {
        Op::Alu { op, set, dst, src1, src2 } => {
            op.code() << 21 | flag(set) | core(src1)? << 16 | core(dst)? << 12 | operand(&src2)?
        }
        Op::Compare { op, left, right } => {
            op.code() << 21 | flag(true) | core(left)? << 16 | operand(&right)?
        }
        Op::Move { op, set, dst, src } => op.code() << 21 | flag(set) | core(dst)? << 12 | operand(&src)?,
        Op::MoveInto { op, dst, src1, src } => {
            op.code() << 21 | core(reused(dst, src1)?)? << 12 | operand(&src)?
        }
        Op::Movw { dst, imm } => 0x0300_0000 | core(dst)? << 12 | split16(imm, 16),
        Op::Movt { dst, src1, imm } => 0x0340_0000 | core(reused(dst, src1)?)? << 12 | split16(imm, 16),
        Op::Adr { dst, target } => {
            let bits = 0x0200_0000 | u32::from(PC.number()) << 16 | core(dst)? << 12;
            return Ok((bits, Some(Field::Label(target, PcRel::Address))));
        }
        Op::Mul { set, dst, src, src2 } => {
            0x90 | flag(set) | core(dst)? << 16 | core(src2)? << 8 | core(src)?
        }
        Op::Mla { dst, src, src2, acc } => {
            0x0020_0090 | core(dst)? << 16 | core(acc)? << 12 | core(src2)? << 8 | core(src)?
        }
        Op::Mls { dst, src, src2, acc } => {
            0x0060_0090 | core(dst)? << 16 | core(acc)? << 12 | core(src2)? << 8 | core(src)?
        }
        Op::MulLong { signed, low, high, src, src2 } => {
            long(if signed { LongOp::Smull } else { LongOp::Umull }, low, high, src, src2)?
        }
        Op::MulAdd { signed, low, high, src, src2 } => {
            long(if signed { LongOp::Smlal } else { LongOp::Umlal }, low, high, src, src2)?
        }
        Op::Div { signed, dst, src, src2 } => {
            let bits = if signed { 0x0710_F010 } else { 0x0730_F010 };
            bits | core(dst)? << 16 | core(src2)? << 8 | core(src)?
        }
        Op::Bits { op, dst, src } => op.code() | core(dst)? << 12 | core(src)?,
        Op::Extend { op, dst, src, rotate } => {
            if rotate % 8 != 0 || rotate >= 32 {
                return Err(EncodeError::BadCount(rotate));
            }
            op.code() << 20 | 0xF_0070 | core(dst)? << 12 | u32::from(rotate / 8) << 10 | core(src)?
        }
        Op::Field { op, dst, src, lsb, width } => {
            let (lsb, width) = field(lsb, width)?;
            op.code() << 21 | 0x50 | (width - 1) << 16 | core(dst)? << 12 | lsb << 7 | core(src)?
        }
        Op::Bfi { dst, src1, src2, lsb, width } => {
            let (lsb, width) = field(lsb, width)?;
            0x07C0_0010 | (lsb + width - 1) << 16 | core(reused(dst, src1)?)? << 12 | lsb << 7 | core(src2)?
        }
        Op::Bfc { dst, src1, lsb, width } => {
            let (lsb, width) = field(lsb, width)?;
            0x07C0_001F | (lsb + width - 1) << 16 | core(reused(dst, src1)?)? << 12 | lsb << 7
        }
        Op::Saturate { signed, dst, bits, src } => {
            let stored = bits.wrapping_sub(u8::from(signed));
            if stored >= 32 {
                return Err(EncodeError::BadCount(bits));
            }
            let head = if signed { 0x06A0_0010 } else { 0x06E0_0010 };
            head | u32::from(stored) << 16 | core(dst)? << 12 | core(src)?
        }
        Op::Load { op, dst, mem } => {
            // A word may be loaded into the program counter: a jump.
            let dst = if op == LoadOp::Word { any_core(dst)? } else { core(dst)? };
            let (bits, field) = place(op.code(), OFFSET, &mem, frame)?;
            return Ok((bits | dst << 12, field));
        }
        Op::Store { op, src, mem } => {
            let (bits, field) = place(op.code(), OFFSET, &mem, frame)?;
            return Ok((bits | core(src)? << 12, field));
        }
        Op::LoadUpdate { op, update, dst, mem } => {
            changed_base(&mem, &[dst])?;
            let dst = if op == LoadOp::Word { any_core(dst)? } else { core(dst)? };
            place(op.code(), when(update), &mem, frame)?.0 | dst << 12
        }
        Op::StoreUpdate { op, update, src, mem } => {
            changed_base(&mem, &[src])?;
            place(op.code(), when(update), &mem, frame)?.0 | core(src)? << 12
        }
        Op::LoadDual { dst, dst2, mem } => {
            place(DualOp::Load.code(), OFFSET, &mem, frame)?.0 | pair(dst, dst2)? << 12
        }
        Op::StoreDual { src, src2, mem } => {
            place(DualOp::Store.code(), OFFSET, &mem, frame)?.0 | pair(src, src2)? << 12
        }
        Op::LoadDualUpdate { update, dst, dst2, mem } => {
            changed_base(&mem, &[dst, dst2])?;
            place(DualOp::Load.code(), when(update), &mem, frame)?.0 | pair(dst, dst2)? << 12
        }
        Op::StoreDualUpdate { update, src, src2, mem } => {
            changed_base(&mem, &[src, src2])?;
            place(DualOp::Store.code(), when(update), &mem, frame)?.0 | pair(src, src2)? << 12
        }
        Op::LoadBlock { mode, base, update, list } => block(true, mode, base, update, list)?,
        Op::StoreBlock { mode, base, update, list } => block(false, mode, base, update, list)?,
        // A branch to itself, as relocatable objects have it where the target is not known.
        Op::Branch { target } => return Ok((0x0AFF_FFFE, Some(Field::Label(target, PcRel::Branch)))),
        Op::Call { target } => return Ok((0x0BFF_FFFE, Some(Field::Label(target, PcRel::Branch)))),
        Op::BranchTo { target } => 0x012F_FF10 | core(target)?,
        Op::CallTo { target } => 0x012F_FF30 | core(target)?,
        Op::Udf { imm } => 0x07F0_00F0 | u32::from(imm >> 4) << 8 | u32::from(imm & 15),
        Op::Bkpt { imm } => 0x0120_0070 | u32::from(imm >> 4) << 8 | u32::from(imm & 15),
        Op::Nop => NOP & 0x0FFF_FFFF,
        Op::Dmb => 0x057F_F05B,
        Op::FloatLoad { single, dst, mem } => {
            let (bits, field) = float_place(&mem, frame)?;
            return Ok((0x0D10_0A00 | wide(single) | bits | double(dst)? << 12, field));
        }
        Op::FloatStore { single, src, mem } => {
            let (bits, field) = float_place(&mem, frame)?;
            return Ok((0x0D00_0A00 | wide(single) | bits | double(src)? << 12, field));
        }
        Op::ToFloat { dst, low, high } => 0x0C40_0B10 | core(high)? << 16 | core(low)? << 12 | double(dst)?,
        Op::FromFloat { low, high, src } => {
            differ(low, high)?;
            0x0C50_0B10 | core(high)? << 16 | core(low)? << 12 | double(src)?
        }
        Op::ToSingle { dst, src } => 0x0E00_0A10 | double(dst)? << 16 | core(src)? << 12,
        Op::FromSingle { dst, src } => 0x0E10_0A10 | double(src)? << 16 | core(dst)? << 12,
        Op::FloatImm { dst, imm } => {
            0x0EB0_0B00 | u32::from(imm >> 4) << 16 | double(dst)? << 12 | u32::from(imm & 15)
        }
        Op::Float { op, dst, src, src2 } => {
            op.code() | double(src)? << 16 | double(dst)? << 12 | double(src2)?
        }
        Op::FloatUnary { op, dst, src } => op.code() | double(dst)? << 12 | double(src)?,
        Op::FloatCompare { left, right } => 0x0EB4_0B40 | double(left)? << 12 | double(right)?,
        Op::FloatCompareZero { left } => 0x0EB5_0B40 | double(left)? << 12,
        Op::FloatFlags => 0x0EF1_FA10,
        // The low half of a double has the number of the double in the same bits.
        Op::FloatConvert { op, dst, src } => op.code() | double(dst)? << 12 | double(src)?,
        Op::MoveImm { .. } | Op::MoveSymbol { .. } => unreachable!("drafted as several"),
    };
    Ok((bits, None))
}

/// The words of an instruction.
pub(super) fn draft(insn: &Insn<Reg>, frame: Frame) -> Result<Draft> {
    let top = match (insn.op, insn.cond) {
        (Op::Dmb, Cond::Always) => 15,
        (Op::Dmb | Op::Udf { .. } | Op::Bkpt { .. }, cond) if cond != Cond::Always => {
            return Err(EncodeError::NoCondition);
        }
        (_, cond) => cond.code(),
    } << 28;
    let one = |op: Op<Reg>| {
        let (bits, field) = word(&op, frame)?;
        Ok(Word { bits: top | bits, field })
    };
    match insn.op {
        Op::MoveImm { dst, imm } => Making::of(imm).ops(dst).into_iter().map(one).collect(),
        Op::MoveSymbol { dst, symbol } => {
            let mut words: Draft =
                smallvec![one(Op::Movw { dst, imm: 0 })?, one(Op::Movt { dst, src1: dst, imm: 0 })?];
            words[0].field = Some(Field::Symbol(symbol, RelocKind::ArmMovw));
            words[1].field = Some(Field::Symbol(symbol, RelocKind::ArmMovt));
            Ok(words)
        }
        op => Ok(smallvec![one(op)?]),
    }
}
