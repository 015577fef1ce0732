//! Lowering of arithmetic, bits, narrow loads and floats.

use super::Aarch64;
use super::insn::{
    AddOp, BitfieldOp, FloatOp, FloatUnary, Insn, LoadOp, LogicOp, MulOp, Shift, ShiftOp, UnaryOp,
};
use super::lower::{Xr, ZERO};
use super::regs::Width;
use crate::IsaError;
use crate::backend::Lower;
use linac_ir::{Imm as IrImm, Inst, Opcode, Value};

const W: Width = Width::W64;

impl Lower<'_, Aarch64> {
    /// Lowers an operation that nobody but the machine knows.
    pub(super) fn machine_op(&mut self, inst: Inst) -> Result<(), IsaError> {
        let data = &self.func.insts[inst];
        let args = &data.args[..];
        match data.op {
            Opcode::WAdd => self.sum(false, inst),
            Opcode::WSub => self.sum(true, inst),
            Opcode::WAnd => {
                if !self.uses.is_sunk(data.results[0]) {
                    self.logic(LogicOp::And, inst);
                }
            }
            Opcode::WOr => self.logic(LogicOp::Orr, inst),
            Opcode::WXor => self.logic(LogicOp::Eor, inst),
            Opcode::WMul => {
                let (left, right) = (self.xr(args[0]), self.xr(args[1]));
                let dst = Xr::V(self.def(data.results[0]));
                self.real(Insn::MulAdd { op: MulOp::Madd, width: W, dst, left, right, addend: ZERO });
            }
            Opcode::WSDiv | Opcode::WSRem => {
                let (left, right) = (self.xr(args[0]), self.xr(args[1]));
                let dst = Xr::V(self.def(data.results[0]));
                let quotient = if data.op == Opcode::WSDiv { dst } else { self.temp() };
                self.real(Insn::Div { signed: true, width: W, dst: quotient, left, right });
                if data.op == Opcode::WSRem {
                    let (op, addend) = (MulOp::Msub, left);
                    self.real(Insn::MulAdd { op, width: W, dst, left: quotient, right, addend });
                }
            }
            Opcode::WShl => self.shift(ShiftOp::Lsl, inst),
            Opcode::WShr => self.shift(ShiftOp::Lsr, inst),
            Opcode::WSar => self.shift(ShiftOp::Asr, inst),
            Opcode::IToF => {
                let src = self.xr(args[0]);
                let dst = Xr::V(self.def(data.results[0]));
                self.real(Insn::IntToFloat { signed: true, width: W, dst, src });
            }
            Opcode::FToBits => {
                let src = self.xr(args[0]);
                let dst = Xr::V(self.def(data.results[0]));
                self.real(Insn::FromFloat { width: W, dst, src });
            }
            Opcode::FFromBits => {
                let src = self.xr_or_zero(args[0]);
                let dst = Xr::V(self.def(data.results[0]));
                self.real(Insn::ToFloat { width: W, dst, src });
            }
            Opcode::FAdd => self.float(FloatOp::Fadd, inst),
            Opcode::FSub => self.float(FloatOp::Fsub, inst),
            Opcode::FMul => self.float(FloatOp::Fmul, inst),
            Opcode::FDivF => self.float(FloatOp::Fdiv, inst),
            Opcode::FNeg => {
                let src = self.xr(args[0]);
                let dst = Xr::V(self.def(data.results[0]));
                self.real(Insn::FloatUnary { op: FloatUnary::Fneg, dst, src });
            }
            Opcode::LoadU8 | Opcode::LoadU16 | Opcode::LoadU32 | Opcode::LoadU64 => {
                let op = match data.op {
                    Opcode::LoadU8 => LoadOp::U8,
                    Opcode::LoadU16 => LoadOp::U16,
                    Opcode::LoadU32 => LoadOp::U32,
                    _ => LoadOp::X64,
                };
                let (base, offset) = self.address(inst);
                let mem = self.amode(base, offset, op.memory());
                let dst = Xr::V(self.def(data.results[0]));
                self.real(Insn::Load { op, dst, mem });
            }
            Opcode::WSwap => {
                let IrImm::Int(bytes) = data.imm else { return Err(self.bad(inst)) };
                let src = self.xr(args[0]);
                let dst = Xr::V(self.def(data.results[0]));
                let width = if bytes == 8 { W } else { Width::W32 };
                if bytes == 2 {
                    // The two bytes end up on top of four.
                    let swapped = self.temp();
                    self.real(Insn::Unary { op: UnaryOp::Rev, width, dst: swapped, src });
                    self.shift_by(ShiftOp::Lsr, width, dst, swapped, 16);
                } else {
                    self.real(Insn::Unary { op: UnaryOp::Rev, width, dst, src });
                }
            }
            _ => return Err(self.bad(inst)),
        }
        Ok(())
    }

    /// The operands of an operation, a constant behind, if they may change places.
    fn operands(&self, inst: Inst, commutes: bool) -> (Value, Value) {
        let args = &self.func.insts[inst].args;
        match commutes && self.int(args[0]).is_some() {
            true => (args[1], args[0]),
            false => (args[0], args[1]),
        }
    }

    fn sum(&mut self, minus: bool, inst: Inst) {
        let (a, b) = self.operands(inst, !minus);
        let result = self.func.insts[inst].results[0];
        let n = self.int(b).map(|n| if minus { n.wrapping_neg() } else { n });
        if let Some(n) = n {
            let left = self.xr(a);
            let dst = Xr::V(self.def(result));
            return self.add_const(dst, left, n);
        }
        let (left, right) = (self.xr_or_zero(a), self.xr(b));
        let dst = Xr::V(self.def(result));
        let op = if minus { AddOp::Sub } else { AddOp::Add };
        self.real(Insn::AddReg { op, width: W, dst, left, right, shift: Shift::NONE });
    }

    fn logic(&mut self, op: LogicOp, inst: Inst) {
        let (a, b) = self.operands(inst, true);
        let result = self.func.insts[inst].results[0];
        let left = self.xr(a);
        match self.int(b) {
            Some(n) => {
                let dst = Xr::V(self.def(result));
                self.logic_const(op, W, dst, left, n);
            }
            None => {
                let right = self.xr(b);
                let dst = Xr::V(self.def(result));
                self.real(Insn::LogicReg { op, width: W, dst, left, right, shift: Shift::NONE });
            }
        }
    }

    fn shift(&mut self, op: ShiftOp, inst: Inst) {
        let data = &self.func.insts[inst];
        let src = self.xr(data.args[0]);
        match self.int(data.args[1]) {
            Some(n) => {
                let dst = Xr::V(self.def(data.results[0]));
                self.shift_by(op, W, dst, src, n as u8 & 63);
            }
            None => {
                let count = self.xr(data.args[1]);
                let dst = Xr::V(self.def(data.results[0]));
                self.real(Insn::ShiftReg { op, width: W, dst, src, count });
            }
        }
    }

    /// A shift by a count below the width.
    fn shift_by(&mut self, op: ShiftOp, width: Width, dst: Xr, src: Xr, count: u8) {
        let bits = width.bits() as u8;
        let (op, rotate, last) = match op {
            ShiftOp::Lsl => (BitfieldOp::Ubfm, (bits - count) % bits, bits - 1 - count),
            ShiftOp::Lsr => (BitfieldOp::Ubfm, count, bits - 1),
            ShiftOp::Asr => (BitfieldOp::Sbfm, count, bits - 1),
            ShiftOp::Ror => {
                let (left, right) = (src, src);
                return self.real(Insn::Extract { width, dst, left, right, low: count });
            }
        };
        self.real(Insn::Bitfield { op, width, dst, src, rotate, last });
    }

    fn float(&mut self, op: FloatOp, inst: Inst) {
        let data = &self.func.insts[inst];
        let (left, right) = (self.xr(data.args[0]), self.xr(data.args[1]));
        let dst = Xr::V(self.def(data.results[0]));
        self.real(Insn::Float { op, dst, left, right });
    }
}
