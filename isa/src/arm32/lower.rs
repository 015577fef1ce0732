//! Lowering of what concerns arm32 only: immediates, shifted operands, flags, arithmetic, narrow loads, floats.

use super::Arm32;
use super::imm;
use super::insn::{
    AluOp, Amode, BitOp, CompareOp, Cond, Convert, FieldOp, FloatOp, FloatUnary, LoadOp, Op, Operand, ShiftOp,
};
use super::machine::mov;
use super::regs::Reg;
use crate::IsaError;
use crate::backend::minst::Xr as AnyXr;
use crate::backend::{Flags as AnyFlags, Key, Lower, Machine};
use linac_ir::{Imm as IrImm, Inst, IntCond, Opcode, Value};

pub(super) type Xr = AnyXr<Reg>;
pub(super) type Flags = AnyFlags<Cond>;

impl Lower<'_, Arm32> {
    /// Appends an instruction without condition.
    pub(super) fn always(&mut self, op: Op<Xr>) {
        self.real(op.into());
    }

    // ---- operands

    /// A word known now.
    fn number(&self, value: Value) -> Option<u32> {
        self.int(value).map(|n| n as u32)
    }

    /// `dst = src op n`, through a register if the number does not fit.
    pub(super) fn alu_number(&mut self, op: AluOp, set: bool, dst: Xr, src1: Xr, n: u32) {
        let (op, src2) = match imm::alu(op, n) {
            Some((op, n)) => (op, Operand::Imm(n)),
            None => (op, Operand::Reg(self.word(n.into()))),
        };
        self.always(Op::Alu { op, set, dst, src1, src2 });
    }

    /// `base + offset`, with what is out of reach in a register.
    pub(super) fn place(&mut self, base: Xr, offset: i32, reach: i32) -> Amode<Xr> {
        if offset.unsigned_abs() <= reach.unsigned_abs() {
            return Amode::base(base, offset);
        }
        let near = offset & reach;
        let far = self.temp();
        self.alu_number(AluOp::Add, false, far, base, (offset - near) as u32);
        Amode::base(far, near)
    }

    /// The place of a double. Its offset counts words, which that from a tagged pointer does not.
    pub(super) fn float_place(&mut self, base: Xr, offset: i32) -> Amode<Xr> {
        if offset % 4 == 0 {
            return self.place(base, offset, imm::FLOAT_REACH);
        }
        let address = self.temp();
        self.alu_number(AluOp::Add, false, address, base, offset as u32);
        Amode::base(address, 0)
    }

    // ---- flags

    /// Sets the flags by a comparison with a number.
    pub(super) fn compare_number(&mut self, left: Xr, n: u32) {
        let (op, right) = match imm::compare(CompareOp::Cmp, n) {
            Some((op, n)) => (op, Operand::Imm(n)),
            None => (CompareOp::Cmp, Operand::Reg(self.word(n.into()))),
        };
        self.always(Op::Compare { op, left, right });
    }

    pub(super) fn int_compare(&mut self, cond: IntCond, a: Value, b: Value) -> Flags {
        let code = Flags::One(int_cond(cond));
        if let Some(n) = self.number(b) {
            match self.uses.sunk_mask(self.func, a) {
                Some((x, mask)) => self.masked_compare(x, mask as u32, n),
                None => {
                    let left = self.xr(a);
                    self.compare_number(left, n);
                }
            }
            return code;
        }
        let left = self.xr(a);
        match self.key(b) {
            Some(key @ Key::Symbol(_)) => {
                Arm32::key_compare(self, cond, left, key);
            }
            _ => {
                let right = Operand::Reg(self.xr(b));
                self.always(Op::Compare { op: CompareOp::Cmp, left, right });
            }
        }
        code
    }

    /// "Equal" if the bits of the mask are those of `n`.
    fn masked_compare(&mut self, x: Value, mask: u32, n: u32) {
        let src = self.xr(x);
        if n == 0 {
            let right = match imm::modified(mask) {
                Some(_) => Operand::Imm(mask),
                None => Operand::Reg(self.word(mask.into())),
            };
            return self.always(Op::Compare { op: CompareOp::Tst, left: src, right });
        }
        let masked = self.temp();
        self.and_number(masked, src, mask);
        self.compare_number(masked, n);
    }

    /// The instruction behind an overflow check.
    pub(super) fn overflow_insn(&mut self, inst: Inst) -> Cond {
        let data = &self.func.insts[inst];
        let (a, b) = (data.args[0], data.args[1]);
        let dst = Xr::V(self.def(data.results[0]));
        let src1 = self.xr(a);
        if data.op == Opcode::WMulOvf {
            let src2 = self.xr(b);
            let high = self.temp();
            self.always(Op::MulLong { signed: true, low: dst, high, src: src1, src2 });
            // The upper half of a product that fits is the sign of the lower.
            let sign = Operand::Shifted(dst, ShiftOp::Asr, 31);
            self.always(Op::Compare { op: CompareOp::Cmp, left: high, right: sign });
            return Cond::Ne;
        }
        let op = if data.op == Opcode::WAddOvf { AluOp::Add } else { AluOp::Sub };
        match self.number(b) {
            // The opposite operation overflows for the same operands: the smallest number, for which it would not,
            // fits an immediate.
            Some(n) => self.alu_number(op, true, dst, src1, n),
            None => {
                let src2 = Operand::Reg(self.xr(b));
                self.always(Op::Alu { op, set: true, dst, src1, src2 });
            }
        }
        Cond::Vs
    }

    // ---- operations

    /// Lowers an operation that nobody but the machine knows.
    pub(super) fn machine_op(&mut self, inst: Inst) -> Result<(), IsaError> {
        let data = &self.func.insts[inst];
        let args = &data.args[..];
        match data.op {
            Opcode::WAdd => self.alu(AluOp::Add, inst),
            Opcode::WSub => self.alu(AluOp::Sub, inst),
            Opcode::WAnd => {
                if !self.uses.is_sunk(data.results[0]) {
                    self.and(inst);
                }
            }
            Opcode::WOr => self.alu(AluOp::Orr, inst),
            Opcode::WXor => self.alu(AluOp::Eor, inst),
            Opcode::WMul => {
                let (src, src2) = (self.xr(args[0]), self.xr(args[1]));
                let dst = Xr::V(self.def(data.results[0]));
                self.always(Op::Mul { set: false, dst, src, src2 });
            }
            Opcode::WSDiv | Opcode::WSRem => self.divide(inst),
            Opcode::WShl => self.shift(ShiftOp::Lsl, inst),
            Opcode::WShr => self.shift(ShiftOp::Lsr, inst),
            Opcode::WSar => self.shift(ShiftOp::Asr, inst),
            Opcode::IToF => {
                let src = self.xr(args[0]);
                let dst = Xr::V(self.def(data.results[0]));
                self.float_of_word(dst, src);
            }
            Opcode::FAdd => self.float(FloatOp::Add, inst),
            Opcode::FSub => self.float(FloatOp::Sub, inst),
            Opcode::FMul => self.float(FloatOp::Mul, inst),
            Opcode::FDivF => self.float(FloatOp::Div, inst),
            Opcode::FNeg => {
                let src = self.xr(args[0]);
                let dst = Xr::V(self.def(data.results[0]));
                self.always(Op::FloatUnary { op: FloatUnary::Neg, dst, src });
            }
            Opcode::LoadU8 => self.narrow_load(LoadOp::Byte, imm::WORD_REACH, inst),
            Opcode::LoadU16 => self.narrow_load(LoadOp::Half, imm::HALF_REACH, inst),
            Opcode::LoadU32 => self.narrow_load(LoadOp::Word, imm::WORD_REACH, inst),
            Opcode::WSwap => {
                // Of two bytes, the upper half is zero before and after.
                let op = match data.imm {
                    IrImm::Int(2) => BitOp::Rev16,
                    IrImm::Int(4) => BitOp::Rev,
                    _ => return Err(self.bad(inst)),
                };
                let src = self.xr(args[0]);
                let dst = Xr::V(self.def(data.results[0]));
                self.always(Op::Bits { op, dst, src });
            }
            _ => return Err(self.bad(inst)),
        }
        Ok(())
    }

    fn alu(&mut self, op: AluOp, inst: Inst) {
        let data = &self.func.insts[inst];
        let (mut a, mut b, mut op) = (data.args[0], data.args[1], op);
        if self.int(a).is_some() && self.int(b).is_none() {
            (a, b) = (b, a);
            if op == AluOp::Sub {
                op = AluOp::Rsb;
            }
        }
        let src1 = self.xr(a);
        match self.number(b) {
            Some(n) => {
                let dst = Xr::V(self.def(data.results[0]));
                self.alu_number(op, false, dst, src1, n);
            }
            None => {
                let src2 = Operand::Reg(self.xr(b));
                let dst = Xr::V(self.def(data.results[0]));
                self.always(Op::Alu { op, set: false, dst, src1, src2 });
            }
        }
    }

    fn and(&mut self, inst: Inst) {
        let data = &self.func.insts[inst];
        let (value, mask) = match (self.number(data.args[0]), self.number(data.args[1])) {
            (Some(n), None) => (data.args[1], n),
            (_, Some(n)) => (data.args[0], n),
            (None, None) => return self.alu(AluOp::And, inst),
        };
        let src = self.xr(value);
        let dst = Xr::V(self.def(data.results[0]));
        self.and_number(dst, src, mask);
    }

    /// `dst = src & mask`. A mask of the lowest bits that is no immediate takes a field out.
    fn and_number(&mut self, dst: Xr, src: Xr, mask: u32) {
        if imm::alu(AluOp::And, mask).is_some() || mask & (mask + 1) != 0 {
            return self.alu_number(AluOp::And, false, dst, src, mask);
        }
        let width = mask.count_ones() as u8;
        self.always(Op::Field { op: FieldOp::Ubfx, dst, src, lsb: 0, width });
    }

    fn shift(&mut self, op: ShiftOp, inst: Inst) {
        let data = &self.func.insts[inst];
        let src = self.xr(data.args[0]);
        let operand = match self.number(data.args[1]).map(|n| n as u8 & 31) {
            Some(0) => Operand::Reg(src),
            Some(count) => Operand::Shifted(src, op, count),
            None => Operand::ShiftedBy(src, op, self.xr(data.args[1])),
        };
        let dst = Xr::V(self.def(data.results[0]));
        self.always(mov(dst, operand));
    }

    fn narrow_load(&mut self, op: LoadOp, reach: i32, inst: Inst) {
        let (base, offset) = self.address(inst);
        let mem = self.place(base, offset, reach);
        let dst = Xr::V(self.def(self.func.insts[inst].results[0]));
        self.always(Op::Load { op, dst, mem });
    }

    // ---- floats

    fn float(&mut self, op: FloatOp, inst: Inst) {
        let data = &self.func.insts[inst];
        let (src, src2) = (self.xr(data.args[0]), self.xr(data.args[1]));
        let dst = Xr::V(self.def(data.results[0]));
        self.always(Op::Float { op, dst, src, src2 });
    }

    /// A signed word as a double.
    fn float_of_word(&mut self, dst: Xr, src: Xr) {
        let single = Xr::V(self.float_temp());
        self.always(Op::ToSingle { dst: single, src });
        self.always(Op::FloatConvert { op: Convert::SignedToDouble, dst, src: single });
    }

    /// Not all processors of the architecture divide integers, but doubles are exact enough: the quotient of two words
    /// that is no integer is farther from one than its last bit.
    fn divide(&mut self, inst: Inst) {
        let data = &self.func.insts[inst];
        let (a, b) = (self.xr(data.args[0]), self.xr(data.args[1]));
        let floats = [0; 4].map(|_| Xr::V(self.float_temp()));
        let [left, right, ratio, whole] = floats;
        self.float_of_word(left, a);
        self.float_of_word(right, b);
        self.always(Op::Float { op: FloatOp::Div, dst: ratio, src: left, src2: right });
        self.always(Op::FloatConvert { op: Convert::DoubleToSigned, dst: whole, src: ratio });
        let result = Xr::V(self.def(data.results[0]));
        if data.op == Opcode::WSDiv {
            return self.always(Op::FromSingle { dst: result, src: whole });
        }
        let quotient = self.temp();
        self.always(Op::FromSingle { dst: quotient, src: whole });
        self.always(Op::Mls { dst: result, src: quotient, src2: b, acc: a });
    }
}

pub(super) fn int_cond(cond: IntCond) -> Cond {
    match cond {
        IntCond::Eq => Cond::Eq,
        IntCond::Ne => Cond::Ne,
        IntCond::Slt => Cond::Lt,
        IntCond::Sle => Cond::Le,
        IntCond::Sgt => Cond::Gt,
        IntCond::Sge => Cond::Ge,
        IntCond::Ult => Cond::Cc,
        IntCond::Ule => Cond::Ls,
        IntCond::Ugt => Cond::Hi,
        IntCond::Uge => Cond::Cs,
    }
}
