//! Lowering of single operations, as far as it is the same for every machine.

use super::lower::{Flags, Lower};
use super::minst::{Fixed, MInst, Target, Xr};
use super::{Key, Machine, X};
use crate::IsaError;
use linac_abi::object::Symbol;
use linac_ir::{BlockCall, ConstData, ExtFunc, Imm as IrImm, Inst, IntCond, Opcode, Type, Value};
use linac_regalloc::SafepointSite;

impl<M: Machine> Lower<'_, M> {
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
                    M::mov(self, dst, src);
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
                    let cond = M::overflow_op(self, inst);
                    self.define_bool(data.results[1], Flags::One(cond));
                }
            }
            Opcode::BoolAnd | Opcode::BoolOr => {
                let (a, b) = (self.xr(args[0]), self.xr(args[1]));
                let dst = Xr::V(self.def(data.results[0]));
                M::combine(self, data.op == Opcode::BoolAnd, dst, a, b);
            }
            Opcode::BoolToWord => {
                let src = self.xr(args[0]);
                let dst = Xr::V(self.def(data.results[0]));
                M::mov(self, dst, src);
            }
            Opcode::Select => self.select(inst)?,
            Opcode::Load | Opcode::LoadConst => {
                if !self.uses.is_sunk(data.results[0]) {
                    let (base, offset) = self.address(inst);
                    let dst = Xr::V(self.def(data.results[0]));
                    M::load(self, func.ty(data.results[0]), dst, base, offset);
                }
            }
            Opcode::Store => {
                let (base, offset) = self.address(inst);
                M::store(self, args[1], base, offset);
            }
            Opcode::Alloc => {
                let IrImm::Int(words) = data.imm else { return Err(self.bad(inst)) };
                let bytes = i32::try_from(words * i64::from(M::WORD.bytes())).map_err(|_| self.bad(inst))?;
                let dst = Xr::V(self.def(data.results[0]));
                let htop = Xr::P(M::ROLES.htop);
                M::mov(self, dst, htop);
                M::add_imm(self, htop, htop, bytes);
            }
            Opcode::TagPtr => {
                let IrImm::Int(tag) = data.imm else { return Err(self.bad(inst)) };
                let base = self.xr(args[0]);
                let dst = Xr::V(self.def(data.results[0]));
                M::add_imm(self, dst, base, tag as i32);
            }
            Opcode::ProcLoad | Opcode::ProcStore => {
                let IrImm::Field(field) = data.imm else { return Err(self.bad(inst)) };
                if data.op == Opcode::ProcLoad {
                    let dst = Xr::V(self.def(data.results[0]));
                    self.proc_load(dst, field);
                } else {
                    M::store(self, args[0], Xr::P(M::ROLES.process), field.offset(M::WORD) as i32);
                }
            }
            Opcode::ArgStore => {
                let IrImm::Int(n) = data.imm else { return Err(self.bad(inst)) };
                let area = self.argument_area();
                M::store(self, args[0], area, self.word_offset(n as usize));
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
                let ret = Some((self.def(data.results[0]), M::ROLES.args[0]));
                let site = SafepointSite { handler: self.handler(inst), ..SafepointSite::default() };
                self.out.push_safepoint(MInst::Call { target, args, ret }, self.origin, site);
            }
            Opcode::RtCall => {
                let IrImm::Rt(rt) = data.imm else { return Err(self.bad(inst)) };
                self.leaf(inst, rt)?;
            }
            Opcode::RtNoReturn => {
                let IrImm::Rt(rt) = data.imm else { return Err(self.bad(inst)) };
                let args = self.fixed(args, &M::ROLES.rt_args);
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
            _ => M::op(self, inst)?,
        }
        Ok(())
    }

    fn define_bool(&mut self, value: Value, flags: Flags<M::Cond>) {
        let dst = self.def(value);
        let made = match flags {
            Flags::One(cond) => return self.push(MInst::Bool { cond, dst }),
            _ => self.bool_of(flags),
        };
        M::mov(self, Xr::V(dst), Xr::V(made));
    }

    fn select(&mut self, inst: Inst) -> Result<(), IsaError> {
        let data = &self.func.insts[inst];
        if self.func.ty(data.results[0]) == Type::F64 {
            return Err(self.bad(inst));
        }
        let (yes, no) = (self.xr(data.args[1]), self.xr(data.args[2]));
        let cond = self.one_cond(data.args[0]);
        let dst = Xr::V(self.def(data.results[0]));
        M::select(self, cond, dst, yes, no);
        Ok(())
    }

    fn function_symbol(&mut self, inst: Inst) -> Result<(), IsaError> {
        let data = &self.func.insts[inst];
        let IrImm::Func(f) = data.imm else { return Err(self.bad(inst)) };
        let dst = Xr::V(self.def(data.results[0]));
        let bif = data.op == Opcode::BifNumber;
        match &self.func.funcs[f] {
            ExtFunc::Import { module, name, arity } => {
                let (module, function, arity) = (module.to_string(), name.to_string(), *arity as u8);
                if bif {
                    let symbol = self.symbol(Symbol::Bif { module, function, arity });
                    M::symbol_value(self, dst, symbol);
                } else {
                    let symbol = self.symbol(Symbol::Import { module, function, arity });
                    M::symbol_address(self, dst, symbol);
                }
            }
            ExtFunc::Local { index, .. } if !bif => {
                let symbol = self.symbol(Symbol::LocalFunction(*index));
                M::symbol_address(self, dst, symbol);
            }
            ExtFunc::Lambda { index, .. } if !bif => {
                let symbol = self.symbol(Symbol::Lambda(*index));
                M::symbol_load(self, dst, symbol);
            }
            _ => return Err(self.bad(inst)),
        }
        Ok(())
    }

    fn callee(&mut self, inst: Inst) -> Result<(Target, Fixed<M::Reg>), IsaError> {
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
        let args = self.fixed(&data.args, &M::ROLES.rt_args);
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
                ConstData::Int(n) if M::WORD.is_small(*n) => {
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
            let cond = M::key_compare(self, IntCond::Eq, value, Key::Symbol(symbol));
            self.branch_or_next(cond, yes);
        }
        self.search(value, &ints, default);
        Ok(())
    }

    /// Ends the block with a branch to `yes`; goes on in a new block.
    fn branch_or_next(&mut self, cond: M::Cond, yes: (regalloc2::Block, Vec<regalloc2::VReg>)) {
        let next = self.out.new_block();
        self.terminate(MInst::Jcc(cond), &[yes, (next, Vec::new())]);
        self.out.start_block(next);
    }

    fn search(&mut self, value: X<M>, cases: &[(i64, &BlockCall)], default: &BlockCall) {
        if cases.len() <= 3 {
            for &(n, target) in cases {
                let yes = self.target(target);
                let cond = M::key_compare(self, IntCond::Eq, value, Key::Int(n));
                self.branch_or_next(cond, yes);
            }
            let default = self.target(default);
            return self.terminate(MInst::Jump, &[default]);
        }
        let (low, high) = cases.split_at(cases.len() / 2);
        let (left, right) = (self.out.new_block(), self.out.new_block());
        let less = M::key_compare(self, IntCond::Slt, value, Key::Int(high[0].0));
        self.terminate(MInst::Jcc(less), &[(left, Vec::new()), (right, Vec::new())]);
        self.out.start_block(left);
        self.search(value, low, default);
        self.out.start_block(right);
        self.search(value, high, default);
    }
}
