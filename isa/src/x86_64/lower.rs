//! Lowering of what concerns x86-64 only: memory operands, immediates, address arithmetic, flags.

use super::X86_64;
use super::insn::{AluOp, Amode, Cond, Imm, Insn, Ri, Rm, Rmi};
use super::regs::Width;
use crate::backend::minst::Xr as AnyXr;
use crate::backend::{Flags as AnyFlags, Key, Lower};
use linac_ir::{FloatCond, Inst, IntCond, Opcode, Value};

pub(super) type Xr = AnyXr<super::regs::Reg>;
pub(super) type Flags = AnyFlags<Cond>;

const W: Width = Width::W64;

impl Lower<'_, X86_64> {
    // ---- operands

    /// A value as an immediate, if it is a constant that has one.
    pub(super) fn imm(&mut self, value: Value) -> Option<Imm> {
        match self.key(value)? {
            Key::Int(n) => i32::try_from(n).ok().map(Imm::Value),
            Key::Symbol(symbol) => Some(Imm::Symbol(symbol)),
        }
    }

    pub(super) fn rmi(&mut self, value: Value) -> Rmi<Xr> {
        match self.imm(value) {
            Some(imm) => Rmi::Imm(imm),
            None => match self.uses.sunk_load(self.func, value) {
                Some(inst) => Rmi::Mem(self.amode(inst)),
                None => Rmi::Reg(self.xr(value)),
            },
        }
    }

    pub(super) fn amode(&mut self, inst: Inst) -> Amode<Xr> {
        let (base, offset) = self.address(inst);
        Amode::base(base, offset)
    }

    // ---- flags

    pub(super) fn int_compare(&mut self, cond: IntCond, a: Value, b: Value) -> Flags {
        let code = Flags::One(int_cond(cond));
        if let Some(n) = self.int(b) {
            if let Some((x, mask)) = self.uses.sunk_mask(self.func, a) {
                return self.masked_compare(x, mask, n, code);
            }
            if n == 0
                && matches!(cond, IntCond::Eq | IntCond::Ne)
                && self.uses.sunk_load(self.func, a).is_none()
            {
                let v = self.xr(a);
                self.test_reg(v);
                return code;
            }
        }
        if let (Some(inst), Some(imm)) = (self.uses.sunk_load(self.func, a), self.imm(b)) {
            let mem = self.amode(inst);
            self.real(Insn::CmpMem { width: W, mem, right: Ri::Imm(imm) });
            return code;
        }
        let left = match self.uses.sunk_load(self.func, a) {
            Some(inst) => self.loaded(inst),
            None => self.xr(a),
        };
        let right = self.rmi(b);
        self.real(Insn::Cmp { width: W, left, right });
        code
    }

    fn loaded(&mut self, inst: Inst) -> Xr {
        let dst = Xr::V(self.def(self.func.result(inst)));
        let mem = self.amode(inst);
        self.real(Insn::Load { width: W, dst, mem });
        dst
    }

    /// `x & mask` against `n`, equal or not. With `mask` = 2^k-1 that is `(x - n) & mask` against 0, which needs no
    /// copy of x.
    fn masked_compare(&mut self, x: Value, mask: i64, n: i64, code: Flags) -> Flags {
        let mut src = self.xr(x);
        let width = if mask <= 0xFF { Width::W8 } else { Width::W32 };
        if n != 0 {
            let dst = self.temp();
            self.real(Insn::Lea { width: Width::W32, dst, mem: Amode::base(src, -n as i32) });
            src = dst;
        }
        // As the processor sees it: an 8-bit immediate is its sign-extended self.
        let imm = if width == Width::W8 { i32::from(mask as u8 as i8) } else { mask as i32 };
        self.real(Insn::Test { width, left: src, right: Ri::Imm(Imm::Value(imm)) });
        code
    }

    pub(super) fn float_compare(&mut self, cond: FloatCond, a: Value, b: Value) -> Flags {
        use FloatCond::*;
        // "Above" is false for NaN, so less-than exchanges the operands.
        let (a, b) = if matches!(cond, Lt | Le) { (b, a) } else { (a, b) };
        let (left, right) = (self.xr(a), self.xr(b));
        self.real(Insn::Ucomisd { left, right: Rm::Reg(right) });
        match cond {
            Lt | Gt => Flags::One(Cond::A),
            Le | Ge => Flags::One(Cond::Ae),
            Eq => Flags::Both(Cond::E, Cond::Np),
            Ne => Flags::Either(Cond::Ne, Cond::P),
        }
    }

    /// Sets the flags for "is it zero".
    pub(super) fn test_reg(&mut self, reg: Xr) {
        self.real(Insn::Test { width: W, left: reg, right: Ri::Reg(reg) });
    }

    /// The instruction behind an overflow check.
    pub(super) fn overflow_insn(&mut self, inst: Inst) {
        let data = &self.func.insts[inst];
        let (a, b) = (data.args[0], data.args[1]);
        let dst = Xr::V(self.def(data.results[0]));
        let src1 = self.xr(a);
        match data.op {
            Opcode::WMulOvf => match self.imm(b) {
                Some(Imm::Value(imm)) => self.real(Insn::ImulImm { width: W, dst, src: Rm::Reg(src1), imm }),
                _ => {
                    let src2 = Rm::Reg(self.xr(b));
                    self.real(Insn::Imul { width: W, dst, src1, src2 });
                }
            },
            op => {
                let op = if op == Opcode::WAddOvf { AluOp::Add } else { AluOp::Sub };
                let src2 = self.rmi(b);
                self.real(Insn::Alu { op, width: W, dst, src1, src2 });
            }
        }
    }
}

pub(super) fn int_cond(cond: IntCond) -> Cond {
    match cond {
        IntCond::Eq => Cond::E,
        IntCond::Ne => Cond::Ne,
        IntCond::Slt => Cond::L,
        IntCond::Sle => Cond::Le,
        IntCond::Sgt => Cond::G,
        IntCond::Sge => Cond::Ge,
        IntCond::Ult => Cond::B,
        IntCond::Ule => Cond::Be,
        IntCond::Ugt => Cond::A,
        IntCond::Uge => Cond::Ae,
    }
}
