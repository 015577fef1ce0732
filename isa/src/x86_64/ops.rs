//! Lowering of arithmetic, bits, narrow loads and floats.

use super::X86_64;
use super::insn::{AluOp, Amode, Extend, FloatOp, Imm, Insn, Rm, Rmi, Scale, ShiftOp};
use super::lower::Xr;
use super::regs::Width;
use crate::IsaError;
use crate::backend::Lower;
use linac_ir::{Imm as IrImm, Inst, Opcode, Value};

const W: Width = Width::W64;

impl Lower<'_, X86_64> {
    /// Lowers an operation that nobody but the machine knows.
    pub(super) fn machine_op(&mut self, inst: Inst) -> Result<(), IsaError> {
        let data = &self.func.insts[inst];
        let args = &data.args[..];
        match data.op {
            Opcode::WAdd => self.add(inst),
            Opcode::WSub => self.sub(inst),
            Opcode::WAnd => {
                if !self.uses.is_sunk(data.results[0]) {
                    self.alu(AluOp::And, inst);
                }
            }
            Opcode::WOr => self.alu(AluOp::Or, inst),
            Opcode::WXor => self.alu(AluOp::Xor, inst),
            Opcode::WMul => {
                let src = Rm::Reg(self.xr(args[0]));
                let dst = Xr::V(self.def(data.results[0]));
                match self.imm(args[1]) {
                    Some(Imm::Value(imm)) => self.real(Insn::ImulImm { width: W, dst, src, imm }),
                    _ => {
                        let Rm::Reg(src1) = src else { unreachable!("a register") };
                        let src2 = Rm::Reg(self.xr(args[1]));
                        self.real(Insn::Imul { width: W, dst, src1, src2 });
                    }
                }
            }
            Opcode::WSDiv | Opcode::WSRem => self.divide(inst),
            Opcode::WShl | Opcode::WShr | Opcode::WSar => {
                let op = match data.op {
                    Opcode::WShl => ShiftOp::Shl,
                    Opcode::WShr => ShiftOp::Shr,
                    _ => ShiftOp::Sar,
                };
                let src1 = self.xr(args[0]);
                let dst = Xr::V(self.def(data.results[0]));
                self.shift(op, dst, src1, args[1]);
            }
            Opcode::IToF => {
                let src = Rm::Reg(self.xr(args[0]));
                let dst = Xr::V(self.def(data.results[0]));
                self.real(Insn::IntToFloat { width: W, dst, src });
            }
            Opcode::FToBits => {
                let src = self.xr(args[0]);
                let dst = Xr::V(self.def(data.results[0]));
                self.real(Insn::FromFloat { width: W, dst, src });
            }
            Opcode::FFromBits => {
                let src = self.xr(args[0]);
                let dst = Xr::V(self.def(data.results[0]));
                self.real(Insn::ToFloat { width: W, dst, src });
            }
            Opcode::FAdd => self.float(FloatOp::Add, inst),
            Opcode::FSub => self.float(FloatOp::Sub, inst),
            Opcode::FMul => self.float(FloatOp::Mul, inst),
            Opcode::FDivF => self.float(FloatOp::Div, inst),
            Opcode::FNeg => {
                let sign = Xr::V(self.float_temp());
                let bits = self.temp();
                self.real(Insn::MovImm { width: W, dst: bits, imm: i64::MIN });
                self.real(Insn::ToFloat { width: W, dst: sign, src: bits });
                let src1 = self.xr(args[0]);
                let dst = Xr::V(self.def(data.results[0]));
                self.real(Insn::Float { op: FloatOp::Xor, dst, src1, src2: Rm::Reg(sign) });
            }
            Opcode::LoadU8 | Opcode::LoadU16 | Opcode::LoadU32 | Opcode::LoadU64 => {
                let mem = self.amode(inst);
                let dst = Xr::V(self.def(data.results[0]));
                match data.op {
                    Opcode::LoadU8 => self.real(Insn::Extend { op: Extend::Zx8, dst, src: Rm::Mem(mem) }),
                    Opcode::LoadU16 => self.real(Insn::Extend { op: Extend::Zx16, dst, src: Rm::Mem(mem) }),
                    Opcode::LoadU32 => self.real(Insn::Load { width: Width::W32, dst, mem }),
                    _ => self.real(Insn::Load { width: W, dst, mem }),
                }
            }
            Opcode::WSwap => {
                let IrImm::Int(bytes) = data.imm else { return Err(self.bad(inst)) };
                let src1 = self.xr(args[0]);
                let dst = Xr::V(self.def(data.results[0]));
                if bytes == 2 {
                    // The two bytes end up on top of four.
                    let swapped = self.temp();
                    self.real(Insn::Bswap { width: Width::W32, dst: swapped, src1 });
                    let (op, count) = (ShiftOp::Shr, 16);
                    self.real(Insn::Shift { op, width: Width::W32, dst, src1: swapped, count });
                } else {
                    let width = if bytes == 4 { Width::W32 } else { W };
                    self.real(Insn::Bswap { width, dst, src1 });
                }
            }
            _ => return Err(self.bad(inst)),
        }
        Ok(())
    }

    fn alu(&mut self, op: AluOp, inst: Inst) {
        let data = &self.func.insts[inst];
        let (mut a, mut b) = (data.args[0], data.args[1]);
        if op != AluOp::Sub && self.int(a).is_some() {
            (a, b) = (b, a);
        }
        let src1 = self.xr(a);
        // A mask below 2^32 clears the upper half, which the 32-bit form does in less code.
        let mask = self.int(b).and_then(|n| u32::try_from(n).ok()).filter(|_| op == AluOp::And);
        let (width, src2) = match mask {
            Some(mask) => (Width::W32, Rmi::Imm(Imm::Value(mask as i32))),
            None => (W, self.rmi(b)),
        };
        let dst = Xr::V(self.def(data.results[0]));
        self.real(Insn::Alu { op, width, dst, src1, src2 });
    }

    /// A sum as an address calculation: its operands survive, and the flags too.
    fn add(&mut self, inst: Inst) {
        let data = &self.func.insts[inst];
        let (mut a, mut b) = (data.args[0], data.args[1]);
        if self.int(a).is_some() {
            (a, b) = (b, a);
        }
        let base = self.xr(a);
        let mem = match self.imm(b) {
            Some(Imm::Value(disp)) => Amode::base(base, disp),
            _ => {
                let index = self.xr(b);
                Amode::index(base, index, Scale::S1, 0)
            }
        };
        let dst = Xr::V(self.def(data.results[0]));
        self.real(Insn::Lea { width: W, dst, mem });
    }

    /// A difference; with a constant it is an address calculation too.
    fn sub(&mut self, inst: Inst) {
        let data = &self.func.insts[inst];
        match self.imm(data.args[1]) {
            Some(Imm::Value(n)) if n != i32::MIN => {
                let base = self.xr(data.args[0]);
                let dst = Xr::V(self.def(data.results[0]));
                self.real(Insn::Lea { width: W, dst, mem: Amode::base(base, -n) });
            }
            _ => self.alu(AluOp::Sub, inst),
        }
    }

    fn divide(&mut self, inst: Inst) {
        let data = &self.func.insts[inst];
        let low = self.xr(data.args[0]);
        let divisor = Rm::Reg(self.xr(data.args[1]));
        let high = self.temp();
        self.real(Insn::SignSpread { width: W, dst: high, src: low });
        let result = Xr::V(self.def(data.results[0]));
        let other = self.temp();
        let (quotient, remainder) = if data.op == Opcode::WSDiv { (result, other) } else { (other, result) };
        self.real(Insn::Div { signed: true, width: W, quotient, remainder, low, high, divisor });
    }

    fn float(&mut self, op: FloatOp, inst: Inst) {
        let data = &self.func.insts[inst];
        let src1 = self.xr(data.args[0]);
        let src2 = Rm::Reg(self.xr(data.args[1]));
        let dst = Xr::V(self.def(data.results[0]));
        self.real(Insn::Float { op, dst, src1, src2 });
    }

    fn shift(&mut self, op: ShiftOp, dst: Xr, src1: Xr, count: Value) {
        match self.int(count) {
            Some(n) => self.real(Insn::Shift { op, width: W, dst, src1, count: n as u8 & 63 }),
            None => {
                let count = self.xr(count);
                self.real(Insn::ShiftCl { op, width: W, dst, src1, count });
            }
        }
    }
}
