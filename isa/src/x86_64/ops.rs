//! Lowering of single operations.

use super::abi;
use super::insn::{AluOp, Amode, Cond, Extend, FloatMove, FloatOp, Imm, Insn, Rm, Rmi, Scale, ShiftOp};
use super::lower::{Flags, Lower, proc_field};
use super::minst::{Fixed, MInst, Target, Xr};
use super::regs::Width;
use crate::IsaError;
use linac_abi::object::Symbol;
use linac_ir::{BlockCall, ConstData, ExtFunc, Imm as IrImm, Inst, Opcode, Type, Value};
use linac_regalloc::{SafepointSite, ValueKind};
use regalloc2::RegClass;

const W: Width = Width::W64;

impl Lower<'_> {
    /// Lowers an instruction other than those that need the state of their block.
    pub(super) fn inst(&mut self, inst: Inst) -> Result<(), IsaError> {
        let data = &self.func.insts[inst];
        let args = &data.args[..];
        let func = self.func;
        match data.op {
            // Made at each use, or another name.
            Opcode::Const | Opcode::IConst | Opcode::F64Const | Opcode::Bits | Opcode::SmallBits => {}
            Opcode::FromBits => {
                if self.uses.representative(func, data.results[0]) == data.results[0] {
                    let src = self.xr(args[0]);
                    let dst = Xr::V(self.def(data.results[0]));
                    self.real(Insn::Mov { width: W, dst, src });
                }
            }
            Opcode::ICmp
            | Opcode::FCmp
            | Opcode::IsNone
            | Opcode::FIsFinite
            | Opcode::BoolNot
            | Opcode::HeapFull
            | Opcode::RedsDec => {
                let value = data.results[0];
                if !self.uses.is_flag(value) {
                    let flags = self.flags_of(inst);
                    self.define_bool(value, flags);
                }
            }
            Opcode::WAddOvf | Opcode::WSubOvf | Opcode::WMulOvf => {
                if !self.uses.is_flag(data.results[1]) {
                    self.overflow_op(inst);
                    self.define_bool(data.results[1], Flags::One(Cond::O));
                }
            }
            Opcode::BoolAnd | Opcode::BoolOr => {
                let op = if data.op == Opcode::BoolAnd { AluOp::And } else { AluOp::Or };
                let (a, b) = (self.xr(args[0]), self.xr(args[1]));
                let dst = Xr::V(self.def(data.results[0]));
                self.real(Insn::Alu { op, width: Width::W32, dst, src1: a, src2: Rmi::Reg(b) });
            }
            Opcode::BoolToWord => {
                let src = self.xr(args[0]);
                let dst = Xr::V(self.def(data.results[0]));
                self.real(Insn::Mov { width: Width::W32, dst, src });
            }
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
            Opcode::Select => self.select(inst)?,
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
                let sign = Xr::V(self.out.new_vreg(RegClass::Float, ValueKind::Raw));
                let bits = self.temp();
                self.real(Insn::MovImm { width: W, dst: bits, imm: i64::MIN });
                self.real(Insn::ToFloat { width: W, dst: sign, src: bits });
                let src1 = self.xr(args[0]);
                let dst = Xr::V(self.def(data.results[0]));
                self.real(Insn::Float { op: FloatOp::Xor, dst, src1, src2: Rm::Reg(sign) });
            }
            Opcode::Load | Opcode::LoadConst => {
                if !self.uses.is_sunk(data.results[0]) {
                    let mem = self.address(inst);
                    let dst = Xr::V(self.def(data.results[0]));
                    self.load(func.ty(data.results[0]), dst, mem);
                }
            }
            Opcode::LoadU8 | Opcode::LoadU16 | Opcode::LoadU32 | Opcode::LoadU64 => {
                let mem = self.address(inst);
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
            Opcode::Store => {
                let mem = self.address(inst);
                self.store(args[1], mem);
            }
            Opcode::Alloc => {
                let IrImm::Int(words) = data.imm else { return Err(self.bad(inst)) };
                let bytes = i32::try_from(words * 8).map_err(|_| self.bad(inst))?;
                let dst = Xr::V(self.def(data.results[0]));
                let htop = Xr::P(abi::HTOP);
                self.real(Insn::Mov { width: W, dst, src: htop });
                self.real(Insn::Alu {
                    op: AluOp::Add,
                    width: W,
                    dst: htop,
                    src1: htop,
                    src2: Rmi::Imm(bytes.into()),
                });
            }
            Opcode::TagPtr => {
                let IrImm::Int(tag) = data.imm else { return Err(self.bad(inst)) };
                let base = self.xr(args[0]);
                let dst = Xr::V(self.def(data.results[0]));
                self.real(Insn::Lea { width: W, dst, mem: Amode::base(base, tag as i32) });
            }
            Opcode::ProcLoad | Opcode::ProcStore => {
                let IrImm::Field(field) = data.imm else { return Err(self.bad(inst)) };
                let mem = proc_field(field);
                if data.op == Opcode::ProcLoad {
                    let dst = Xr::V(self.def(data.results[0]));
                    self.real(Insn::Load { width: W, dst, mem });
                } else {
                    self.store(args[0], mem);
                }
            }
            Opcode::ArgStore => {
                let IrImm::Int(n) = data.imm else { return Err(self.bad(inst)) };
                let area = self.temp();
                self.real(Insn::Load {
                    width: W,
                    dst: area,
                    mem: proc_field(linac_abi::process::ProcField::Xregs),
                });
                self.store(args[0], Amode::base(area, 8 * n as i32));
            }
            Opcode::FunCell | Opcode::BifNumber => self.function_symbol(inst)?,
            Opcode::SlotLoad => {
                let IrImm::Slot(slot) = data.imm else { return Err(self.bad(inst)) };
                let v = self.def(data.results[0]);
                let slot = self.slot(slot);
                self.push(MInst::SlotLoad(slot, v));
            }
            Opcode::ToF64 => {
                let rt = linac_abi::rtcall::RtCall::ToF64;
                self.leaf(inst, rt)?;
            }
            Opcode::Call | Opcode::CallInd => {
                let (target, args) = self.callee(inst)?;
                let ret = Some((self.def(data.results[0]), abi::ARGS[0]));
                let site = SafepointSite { handler: self.handler(inst), ..SafepointSite::default() };
                self.out.push_safepoint(MInst::Call { target, args, ret }, self.origin, site);
            }
            Opcode::RtCall => {
                let IrImm::Rt(rt) = data.imm else { return Err(self.bad(inst)) };
                self.leaf(inst, rt)?;
            }
            Opcode::RtNoReturn => {
                let IrImm::Rt(rt) = data.imm else { return Err(self.bad(inst)) };
                let args = self.fixed(args, &abi::RT_ARGS);
                let cell = self.runtime(rt);
                let site = SafepointSite { handler: self.handler(inst), ..SafepointSite::default() };
                self.out.push_safepoint(MInst::NoReturn { cell, args }, self.origin, site);
                self.terminate(MInst::Trap, &[]);
            }
            Opcode::TailCall | Opcode::TailCallInd => {
                let (target, args) = self.callee(inst)?;
                self.terminate(MInst::TailCall { target, args }, &[]);
            }
            Opcode::Return => {
                let value = self.reg(args[0]);
                self.terminate(MInst::Return { value }, &[]);
            }
            Opcode::Jump => {
                let target = self.target(&data.targets[0]);
                self.terminate(MInst::Jump, &[target]);
            }
            Opcode::Br => {
                let targets = [self.target(&data.targets[0]), self.target(&data.targets[1])];
                let cond = self.one_cond(args[0]);
                self.terminate(MInst::Jcc(cond), &targets);
            }
            Opcode::TryEnter => {
                let targets = [self.target(&data.targets[0]), self.target(&data.targets[1])];
                self.terminate(MInst::TryEnter, &targets);
            }
            Opcode::Switch => self.switch(inst)?,
            Opcode::Landing => {
                let defs = [self.def(data.results[0]), self.def(data.results[1]), self.def(data.results[2])];
                self.push(MInst::Landing { defs });
            }
            Opcode::Unreachable => self.terminate(MInst::Trap, &[]),
            _ => return Err(self.bad(inst)),
        }
        Ok(())
    }

    fn define_bool(&mut self, value: Value, flags: Flags) {
        let dst = self.def(value);
        let made = match flags {
            Flags::One(cond) => return self.push(MInst::Bool { cond, dst }),
            _ => self.bool_of(flags),
        };
        self.real(Insn::Mov { width: Width::W32, dst: Xr::V(dst), src: Xr::V(made) });
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

    fn select(&mut self, inst: Inst) -> Result<(), IsaError> {
        let data = &self.func.insts[inst];
        if self.func.ty(data.results[0]) == Type::F64 {
            return Err(self.bad(inst));
        }
        let (yes, no) = (self.xr(data.args[1]), self.xr(data.args[2]));
        let cond = self.one_cond(data.args[0]);
        let dst = Xr::V(self.def(data.results[0]));
        self.real(Insn::Cmov { cond, width: W, dst, src1: no, src2: Rm::Reg(yes) });
        Ok(())
    }

    fn float(&mut self, op: FloatOp, inst: Inst) {
        let data = &self.func.insts[inst];
        let src1 = self.xr(data.args[0]);
        let src2 = Rm::Reg(self.xr(data.args[1]));
        let dst = Xr::V(self.def(data.results[0]));
        self.real(Insn::Float { op, dst, src1, src2 });
    }

    fn load(&mut self, ty: Type, dst: Xr, mem: Amode<Xr>) {
        match ty {
            Type::F64 => self.real(Insn::FloatLoad { op: FloatMove::Double, dst, mem }),
            _ => self.real(Insn::Load { width: W, dst, mem }),
        }
    }

    fn store(&mut self, value: Value, mem: Amode<Xr>) {
        if self.func.ty(value) == Type::F64 {
            let src = self.xr(value);
            return self.real(Insn::FloatStore { op: FloatMove::Double, mem, src });
        }
        match self.imm(value) {
            Some(imm) => self.real(Insn::StoreImm { width: W, mem, imm }),
            None => {
                let src = self.xr(value);
                self.real(Insn::Store { width: W, mem, src });
            }
        }
    }

    fn function_symbol(&mut self, inst: Inst) -> Result<(), IsaError> {
        let data = &self.func.insts[inst];
        let IrImm::Func(f) = data.imm else { return Err(self.bad(inst)) };
        let dst = Xr::V(self.def(data.results[0]));
        let bif = data.op == Opcode::BifNumber;
        let insn = match &self.func.funcs[f] {
            ExtFunc::Import { module, name, arity } => {
                let (module, function, arity) = (module.to_string(), name.to_string(), *arity as u8);
                if bif {
                    Insn::MovSymbol { dst, symbol: self.symbol(Symbol::Bif { module, function, arity }) }
                } else {
                    let symbol = self.symbol(Symbol::Import { module, function, arity });
                    Insn::Lea { width: W, dst, mem: Amode::Symbol(symbol, 0) }
                }
            }
            ExtFunc::Local { index, .. } if !bif => {
                let symbol = self.symbol(Symbol::LocalFunction(*index));
                Insn::Lea { width: W, dst, mem: Amode::Symbol(symbol, 0) }
            }
            ExtFunc::Lambda { index, .. } if !bif => {
                let symbol = self.symbol(Symbol::Lambda(*index));
                Insn::Load { width: W, dst, mem: Amode::Symbol(symbol, 0) }
            }
            _ => return Err(self.bad(inst)),
        };
        self.real(insn);
        Ok(())
    }

    fn callee(&mut self, inst: Inst) -> Result<(Target, Fixed), IsaError> {
        let data = &self.func.insts[inst];
        if matches!(data.op, Opcode::CallInd | Opcode::TailCallInd) {
            let args = self.arguments(&data.args[1..]);
            let through = self.reg(data.args[0]);
            return Ok((Target::Through(through), args));
        }
        let args = self.arguments(&data.args);
        Ok((self.call_target(inst)?, args))
    }

    fn leaf(&mut self, inst: Inst, rt: linac_abi::rtcall::RtCall) -> Result<(), IsaError> {
        let data = &self.func.insts[inst];
        if data.args.len() != usize::from(rt.args()) || rt.kind() != linac_abi::rtcall::Kind::Leaf {
            return Err(self.bad(inst));
        }
        let args = self.fixed(&data.args, &abi::RT_ARGS);
        let cell = self.runtime(rt);
        let ret = self.rt_result(inst, rt);
        self.push(MInst::Leaf { rt, cell, args, ret });
        Ok(())
    }

    /// A chain of comparisons, or a binary search over integers.
    fn switch(&mut self, inst: Inst) -> Result<(), IsaError> {
        let data = &self.func.insts[inst];
        let IrImm::Keys(keys) = &data.imm else { return Err(self.bad(inst)) };
        let value = self.xr(data.args[0]);
        let (default, cases) = data.targets.split_last().ok_or_else(|| self.bad(inst))?;
        let mut ints: Vec<(i64, &BlockCall)> = Vec::new();
        let mut others: Vec<(String, &BlockCall)> = Vec::new();
        for (&key, target) in keys.iter().zip(cases) {
            match &self.func.consts[key] {
                ConstData::Int(n) if linac_abi::WordSize::W64.is_small(*n) => {
                    ints.push((linac_abi::term::small(*n) as i64, target));
                }
                // A large integer is never identical to an immediate: legalize must have dealt with it.
                ConstData::Atom(name) => others.push((name.to_string(), target)),
                ConstData::Nil => ints.push((linac_abi::term::NIL as i64, target)),
                _ => return Err(self.bad(inst)),
            }
        }
        ints.sort_by_key(|&(n, _)| n);
        ints.dedup_by_key(|&mut (n, _)| n);
        for (name, target) in others {
            let symbol = self.symbol(Symbol::Atom(name));
            let yes = self.target(target);
            self.real(Insn::Cmp { width: W, left: value, right: Rmi::Imm(Imm::Symbol(symbol)) });
            self.branch_or_next(Cond::E, yes);
        }
        self.search(value, &ints, default);
        Ok(())
    }

    /// Ends the block with a branch to `yes`; goes on in a new block.
    fn branch_or_next(&mut self, cond: Cond, yes: (regalloc2::Block, Vec<regalloc2::VReg>)) {
        let next = self.out.new_block();
        self.terminate(MInst::Jcc(cond), &[yes, (next, Vec::new())]);
        self.out.start_block(next);
    }

    fn search(&mut self, value: Xr, cases: &[(i64, &BlockCall)], default: &BlockCall) {
        if cases.len() <= 3 {
            for &(n, target) in cases {
                let yes = self.target(target);
                self.compare_with(value, n);
                self.branch_or_next(Cond::E, yes);
            }
            let default = self.target(default);
            return self.terminate(MInst::Jump, &[default]);
        }
        let (low, high) = cases.split_at(cases.len() / 2);
        let (left, right) = (self.out.new_block(), self.out.new_block());
        self.compare_with(value, high[0].0);
        self.terminate(MInst::Jcc(Cond::L), &[(left, Vec::new()), (right, Vec::new())]);
        self.out.start_block(left);
        self.search(value, low, default);
        self.out.start_block(right);
        self.search(value, high, default);
    }

    fn compare_with(&mut self, value: Xr, n: i64) {
        let right = match i32::try_from(n) {
            Ok(n) => Rmi::Imm(Imm::Value(n)),
            Err(_) => {
                let dst = self.temp();
                self.real(Insn::MovImm { width: W, dst, imm: n });
                Rmi::Reg(dst)
            }
        };
        self.real(Insn::Cmp { width: W, left: value, right });
    }
}
