//! Core IR to x86-64 VCode.
//!
//! One walk over the blocks in reverse postorder. Three kinds of value have no register of their own:
//! *constants* are made again at each use (or become immediates), so they cost neither registers nor stack-map
//! entries; *comparisons* are made again where their truth value is used, so the flags go straight into the branch;
//! `bits`, `small_bits` and `from_bits` are other names of their operand's register. Everything else is defined where it stands.
//!
//! What may be fused is decided by the module `uses` before the walk; `no_fusion` turns it off.

use super::abi;
use super::insn::{AluOp, Amode, Cond, Imm, Insn, Rm, Rmi, ShiftOp};
use super::minst::{Fixed, MInst, Target, Xr, class_of};
use super::regs::{Reg, Width};
use super::uses::Uses;
use crate::IsaError;
use cranelift_entity::{EntityRef, SecondaryMap, packed_option::PackedOption};
use linac_abi::process::ProcField;
use linac_abi::rtcall::{Returns, RtCall};
use linac_abi::term::{self, TAG_SMALL};
use linac_abi::{WordSize, object::Symbol};
use linac_emit::{SymbolId, SymbolTable};
use linac_ir::analysis::Cfg;
use linac_ir::{
    BeamReg, Block, BlockCall, ConstData, ExtFunc, Function, Imm as IrImm, Inst, IntCond, Opcode, Slot,
    SlotKind, Stage, Type, Value, ValueDef,
};
use linac_regalloc::{FrameSlot, Origin, SafepointSite, SlotInit, VCode, VCodeBuilder, ValueKind};
use regalloc2::VReg;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

const WORD: WordSize = WordSize::W64;
const W: Width = Width::W64;

/// What lowering needs to know besides the function.
#[derive(Clone, Copy, Debug, Default)]
pub struct LowerOptions<'a> {
    /// Functions of the same unit, by function number: called directly.
    pub direct: Option<&'a FxHashMap<u32, u32>>,
    /// Do not fuse comparisons and loads into their users.
    pub no_fusion: bool,
}

/// Lowers one function.
pub fn lower(
    func: &Function,
    symbols: &mut SymbolTable,
    options: LowerOptions<'_>,
) -> Result<VCode<MInst>, IsaError> {
    if func.stage != Stage::Core || func.word != WORD {
        return Err(IsaError::bug(format!("{}: lowering wants core IR of 64-bit words", func.mfa())));
    }
    let cfg = Cfg::compute(func);
    let uses = Uses::compute(func, &cfg, !options.no_fusion);
    let mut lower = Lower {
        func,
        uses,
        symbols,
        options,
        out: VCodeBuilder::with_capacity(func.insts.len()),
        regs: SecondaryMap::new(),
        blocks: SecondaryMap::new(),
        slots: SecondaryMap::new(),
        runtime: SmallVec::new(),
        origin: Origin::NONE,
    };
    lower.regs.resize(func.values.len());
    lower.blocks.resize(func.blocks.len());
    lower.run(&cfg)?;
    lower.out.finish(abi::reg_env()).map_err(|e| IsaError::bug(format!("{}: {e}", func.mfa())))
}

pub(super) struct Lower<'a> {
    pub(super) func: &'a Function,
    pub(super) uses: Uses,
    symbols: &'a mut SymbolTable,
    options: LowerOptions<'a>,
    pub(super) out: VCodeBuilder<MInst>,
    regs: SecondaryMap<Value, Option<VReg>>,
    blocks: SecondaryMap<Block, Option<regalloc2::Block>>,
    slots: SecondaryMap<Slot, PackedOption<FrameSlot>>,
    /// Symbols of runtime calls made so far: few, and asked for often.
    runtime: SmallVec<[(RtCall, SymbolId); 8]>,
    pub(super) origin: Origin,
}

/// A condition on the flags; two for float equality.
#[derive(Clone, Copy, Debug)]
pub(super) enum Flags {
    /// One condition code.
    One(Cond),
    /// Both hold.
    Both(Cond, Cond),
    /// Either holds.
    Either(Cond, Cond),
}

impl Flags {
    fn negate(self) -> Flags {
        match self {
            Flags::One(c) => Flags::One(c.negate()),
            Flags::Both(a, b) => Flags::Either(a.negate(), b.negate()),
            Flags::Either(a, b) => Flags::Both(a.negate(), b.negate()),
        }
    }
}

impl Lower<'_> {
    fn run(&mut self, cfg: &Cfg) -> Result<(), IsaError> {
        for (slot, &kind) in self.func.slots.iter() {
            let made = match kind {
                SlotKind::Term => self.out.new_slot(ValueKind::Term, 1, SlotInit::AtEntry),
                SlotKind::Scratch => self.out.new_slot(ValueKind::Term, 1, SlotInit::Listed),
                SlotKind::Raw => self.out.new_slot(ValueKind::Raw, 1, SlotInit::Listed),
            };
            self.slots[slot] = made.into();
        }
        for &block in &cfg.rpo {
            let made = self.out.new_block();
            self.blocks[block] = Some(made);
            if self.func.blocks[block].cold {
                self.out.mark_cold(made);
            }
            if block == self.func.entry() {
                continue;
            }
            for &param in &self.func.blocks[block].params {
                let v = self.out.block_param(made, class_of(self.func.ty(param)), self.kind(param));
                self.regs[param] = Some(v);
            }
        }
        for &block in &cfg.rpo {
            self.block(block)?;
        }
        Ok(())
    }

    fn block(&mut self, block: Block) -> Result<(), IsaError> {
        let func = self.func;
        self.out.start_block(self.blocks[block].expect("numbered above"));
        self.origin = Origin::NONE;
        if block == func.entry() {
            self.parameters();
        }
        let mut scratch: Vec<FrameSlot> = Vec::new();
        for (at, &inst) in func.blocks[block].insts.iter().enumerate() {
            let data = &func.insts[inst];
            self.origin = Origin { loc: data.loc.index() as u32, ir: inst.index() as u32 };
            match data.op {
                Opcode::SlotStore => {
                    let IrImm::Slot(slot) = data.imm else { return Err(self.bad(inst)) };
                    let raw = func.slots[slot] == SlotKind::Raw;
                    let kind = if raw { ValueKind::Raw } else { ValueKind::Term };
                    let v = self.reg_as(data.args[0], kind);
                    let frame = self.slots[slot].expect("made above");
                    self.push(MInst::SlotStore(frame, v));
                    if func.slots[slot] == SlotKind::Scratch && !scratch.contains(&frame) {
                        scratch.push(frame);
                    }
                }
                Opcode::RtSafepoint => self.rt_safepoint(inst, &scratch)?,
                Opcode::DbgValue => self.dbg_value(block, at),
                _ => self.inst(inst)?,
            }
        }
        Ok(())
    }

    /// Arguments: registers first, then the argument area.
    fn parameters(&mut self) {
        let params = &self.func.blocks[self.func.entry()].params;
        let mut defs = Fixed::new();
        for (&param, reg) in params.iter().zip(abi::ARGS) {
            let v = self.def(param);
            defs.push((v, reg));
        }
        self.push(MInst::Args { defs });
        if params.len() > abi::ARGS.len() {
            let area = self.argument_area();
            for (n, &param) in params.iter().enumerate().skip(abi::ARGS.len()) {
                let dst = Xr::V(self.def(param));
                self.real(Insn::Load { width: W, dst, mem: Amode::base(area, 8 * n as i32) });
            }
        }
    }

    fn argument_area(&mut self) -> Xr {
        let area = self.temp();
        self.real(Insn::Load { width: W, dst: area, mem: proc_field(ProcField::Xregs) });
        area
    }

    fn dbg_value(&mut self, block: Block, at: usize) {
        let insts = &self.func.blocks[block].insts;
        let data = &self.func.insts[insts[at]];
        let IrImm::Reg(reg) = data.imm else { return };
        if self.func.as_const(data.args[0]).is_some() || self.func.ty(data.args[0]) == Type::Bool {
            return;
        }
        // Within the block; the next statement about the same register ends it, and the end is where lowering stands
        // then, which is not known yet: the allocator clips to the live range, later statements take precedence.
        let v = self.reg(data.args[0]);
        let from = self.out.next_inst();
        self.out.label_value(v, label_of(reg), from, None);
    }

    // ---- values

    fn kind(&self, value: Value) -> ValueKind {
        if self.uses.is_term(value) {
            return ValueKind::Term;
        }
        match self.func.ty(value) {
            Type::Term => ValueKind::Term,
            Type::Derived => ValueKind::Derived,
            _ => ValueKind::Raw,
        }
    }

    /// The register of a value about to be defined.
    pub(super) fn def(&mut self, value: Value) -> VReg {
        let value = self.uses.representative(self.func, value);
        if let Some(v) = self.regs[value] {
            return v;
        }
        let v = self.out.new_vreg(class_of(self.func.ty(value)), self.kind(value));
        self.regs[value] = Some(v);
        v
    }

    /// The register of a value about to be read.
    pub(super) fn reg(&mut self, value: Value) -> VReg {
        let value = self.uses.representative(self.func, value);
        let Some(inst) = self.func.def_inst(value) else { return self.def(value) };
        let data = &self.func.insts[inst];
        match (data.op, &data.imm) {
            (Opcode::Const, &IrImm::Const(c)) => self.constant(&self.func.consts[c].clone()),
            (Opcode::IConst, &IrImm::Int(n)) => {
                let Xr::V(v) = self.word(n) else { unreachable!("a fresh register") };
                v
            }
            (Opcode::F64Const, &IrImm::F64(bits)) => self.float_constant(bits),
            _ if self.uses.is_flag(value) => self.bool_reg(value),
            _ => self.def(value),
        }
    }

    /// The same as an operand of a machine instruction.
    pub(super) fn xr(&mut self, value: Value) -> Xr {
        Xr::V(self.reg(value))
    }

    /// A fresh raw register.
    pub(super) fn temp(&mut self) -> Xr {
        Xr::V(self.out.new_vreg(regalloc2::RegClass::Int, ValueKind::Raw))
    }

    fn word(&mut self, n: i64) -> Xr {
        let dst = self.temp();
        self.real(Insn::MovImm { width: W, dst, imm: n });
        dst
    }

    fn float_constant(&mut self, bits: u64) -> VReg {
        let v = self.out.new_vreg(regalloc2::RegClass::Float, ValueKind::Raw);
        if bits == 0 {
            self.real(Insn::FloatZero { dst: Xr::V(v) });
        } else {
            let src = self.word(bits as i64);
            self.real(Insn::ToFloat { width: W, dst: Xr::V(v), src });
        }
        v
    }

    fn constant(&mut self, data: &ConstData) -> VReg {
        let v = self.out.new_vreg(regalloc2::RegClass::Int, ValueKind::Term);
        let dst = Xr::V(v);
        match immediate(data) {
            Some(bits) => self.real(Insn::MovImm { width: W, dst, imm: bits }),
            None => match data {
                ConstData::Atom(name) => {
                    let symbol = self.symbol(Symbol::Atom(name.to_string()));
                    self.real(Insn::MovSymbol { dst, symbol });
                }
                ConstData::Literal(n, _) => {
                    let symbol = self.symbol(Symbol::Literal(*n));
                    self.real(Insn::Load { width: W, dst, mem: Amode::Symbol(symbol, 0) });
                }
                ConstData::Int(n) => {
                    let symbol = self.symbol(Symbol::Integer(*n));
                    self.real(Insn::Load { width: W, dst, mem: Amode::Symbol(symbol, 0) });
                }
                ConstData::Nil | ConstData::None => unreachable!("immediate"),
            },
        }
        v
    }

    /// A value as an immediate, if it is a constant that has one.
    pub(super) fn imm(&mut self, value: Value) -> Option<Imm> {
        if let Some(n) = self.int(value) {
            return i32::try_from(n).ok().map(Imm::Value);
        }
        let value = self.uses.representative(self.func, value);
        match self.func.as_const(value)?.clone() {
            ConstData::Atom(name) => Some(Imm::Symbol(self.symbol(Symbol::Atom(name.to_string())))),
            _ => None,
        }
    }

    /// The bits of a constant known now.
    pub(super) fn int(&self, value: Value) -> Option<i64> {
        let value = self.uses.representative(self.func, value);
        let data = &self.func.insts[self.func.def_inst(value)?];
        match (data.op, &data.imm) {
            (Opcode::IConst, &IrImm::Int(n)) => Some(n),
            (Opcode::Const, &IrImm::Const(c)) => immediate(&self.func.consts[c]),
            _ => None,
        }
    }

    pub(super) fn rmi(&mut self, value: Value) -> Rmi<Xr> {
        match self.imm(value) {
            Some(imm) => Rmi::Imm(imm),
            None => match self.uses.sunk_load(self.func, value) {
                Some(inst) => Rmi::Mem(self.address(inst)),
                None => Rmi::Reg(self.xr(value)),
            },
        }
    }

    /// Address of a load or store.
    pub(super) fn address(&mut self, inst: Inst) -> Amode<Xr> {
        let data = &self.func.insts[inst];
        let IrImm::Int(offset) = data.imm else { unreachable!("the table says so") };
        let base = self.xr(data.args[0]);
        Amode::base(base, offset as i32)
    }

    pub(super) fn symbol(&mut self, symbol: Symbol) -> SymbolId {
        self.symbols.intern(symbol)
    }

    pub(super) fn runtime(&mut self, rt: RtCall) -> SymbolId {
        if let Some(&(_, symbol)) = self.runtime.iter().find(|r| r.0 == rt) {
            return symbol;
        }
        let symbol = self.symbol(Symbol::Runtime(rt as u16, rt.name().to_string()));
        self.runtime.push((rt, symbol));
        symbol
    }

    // ---- flags

    /// Emits what makes the truth of `value` appear in the flags, directly before it is used.
    pub(super) fn flags(&mut self, value: Value) -> Flags {
        match self.func.values[value].def {
            ValueDef::Result(inst, _) if self.uses.is_flag(value) => self.flags_of(inst),
            _ => {
                let v = self.xr(value);
                self.test(v, v);
                Flags::One(Cond::Ne)
            }
        }
    }

    /// Emits the instruction whose truth value the flags show.
    pub(super) fn flags_of(&mut self, inst: Inst) -> Flags {
        let data = &self.func.insts[inst];
        let args = data.args.clone();
        match (data.op, &data.imm) {
            (Opcode::BoolNot, _) => self.flags(args[0]).negate(),
            (Opcode::IsNone, _) => {
                let v = self.xr(args[0]);
                self.test(v, v);
                Flags::One(Cond::E)
            }
            (Opcode::ICmp, &IrImm::IntCond(cond)) => self.int_compare(cond, args[0], args[1]),
            (Opcode::FCmp, &IrImm::FloatCond(cond)) => self.float_compare(cond, args[0], args[1]),
            (Opcode::FIsFinite, _) => {
                // All exponent bits set means infinite or NaN. Shifting out the sign leaves them on top.
                let src = self.xr(args[0]);
                let (bits, twice, limit) = (self.temp(), self.temp(), self.temp());
                self.real(Insn::FromFloat { width: W, dst: bits, src });
                self.real(Insn::Lea {
                    width: W,
                    dst: twice,
                    mem: Amode::index(bits, bits, super::insn::Scale::S1, 0),
                });
                self.real(Insn::MovImm { width: W, dst: limit, imm: 0xFFE0_0000_0000_0000u64 as i64 });
                self.real(Insn::Cmp { width: W, left: twice, right: Rmi::Reg(limit) });
                Flags::One(Cond::B)
            }
            (Opcode::HeapFull, &IrImm::Int(words)) => {
                self.push(MInst::HeapFull { words: words as u32 });
                Flags::One(Cond::A)
            }
            (Opcode::RedsDec, _) => {
                let reds = Xr::P(abi::REDS);
                let one = Rmi::Imm(Imm::Value(1));
                self.real(Insn::Alu { op: AluOp::Sub, width: W, dst: reds, src1: reds, src2: one });
                Flags::One(Cond::S)
            }
            (Opcode::WAddOvf | Opcode::WSubOvf | Opcode::WMulOvf, _) => {
                self.overflow_op(inst);
                Flags::One(Cond::O)
            }
            _ => unreachable!("{} makes no flags", data.op),
        }
    }

    fn test(&mut self, left: Xr, right: Xr) {
        self.real(Insn::Test { width: W, left, right: super::insn::Ri::Reg(right) });
    }

    fn int_compare(&mut self, mut cond: IntCond, mut a: Value, mut b: Value) -> Flags {
        if self.int(a).is_some() && self.int(b).is_none() {
            (a, b) = (b, a);
            cond = cond.swap();
        }
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
                self.test(v, v);
                return code;
            }
        }
        if let (Some(inst), Some(imm)) = (self.uses.sunk_load(self.func, a), self.imm(b)) {
            let mem = self.address(inst);
            self.real(Insn::CmpMem { width: W, mem, right: super::insn::Ri::Imm(imm) });
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
        let mem = self.address(inst);
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
        self.real(Insn::Test { width, left: src, right: super::insn::Ri::Imm(Imm::Value(imm)) });
        code
    }

    fn float_compare(&mut self, cond: linac_ir::FloatCond, a: Value, b: Value) -> Flags {
        use linac_ir::FloatCond::*;
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

    /// One condition code that says it all; float equality is made into a register first.
    pub(super) fn one_cond(&mut self, value: Value) -> Cond {
        match self.flags(value) {
            Flags::One(cond) => cond,
            both => {
                let v = Xr::V(self.bool_of(both));
                self.test(v, v);
                Cond::Ne
            }
        }
    }

    /// A truth value as 0 or 1 in a register.
    pub(super) fn bool_reg(&mut self, value: Value) -> VReg {
        let flags = self.flags(value);
        self.bool_of(flags)
    }

    pub(super) fn bool_of(&mut self, flags: Flags) -> VReg {
        let mut make = |cond| {
            let dst = self.out.new_vreg(regalloc2::RegClass::Int, ValueKind::Raw);
            self.push(MInst::Bool { cond, dst });
            dst
        };
        let (op, a, b) = match flags {
            Flags::One(cond) => return make(cond),
            Flags::Both(a, b) => (AluOp::And, make(a), make(b)),
            Flags::Either(a, b) => (AluOp::Or, make(a), make(b)),
        };
        let v = self.out.new_vreg(regalloc2::RegClass::Int, ValueKind::Raw);
        self.real(Insn::Alu {
            op,
            width: Width::W32,
            dst: Xr::V(v),
            src1: Xr::V(a),
            src2: Rmi::Reg(Xr::V(b)),
        });
        v
    }

    /// The instruction behind an overflow check.
    pub(super) fn overflow_op(&mut self, inst: Inst) {
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

    // ---- calls

    pub(super) fn call_target(&mut self, inst: Inst) -> Result<Target, IsaError> {
        let data = &self.func.insts[inst];
        let IrImm::Func(f) = data.imm else { return Err(self.bad(inst)) };
        Ok(match &self.func.funcs[f] {
            ExtFunc::Local { index, .. } => match self.options.direct.and_then(|d| d.get(index)) {
                Some(&n) => Target::Direct(n),
                None => Target::Cell(self.symbol(Symbol::LocalFunction(*index))),
            },
            ExtFunc::Import { module, name, arity } => {
                let symbol = Symbol::Import {
                    module: module.to_string(),
                    function: name.to_string(),
                    arity: *arity as u8,
                };
                Target::Cell(self.symbol(symbol))
            }
            ExtFunc::Lambda { .. } => return Err(self.bad(inst)),
        })
    }

    /// Puts arguments where the convention wants them: registers by constraint, the rest in memory.
    pub(super) fn arguments(&mut self, args: &[Value]) -> Fixed {
        if args.len() > abi::ARGS.len() {
            let area = self.argument_area();
            for (n, &arg) in args.iter().enumerate().skip(abi::ARGS.len()) {
                let src = self.xr(arg);
                self.real(Insn::Store { width: W, mem: Amode::base(area, 8 * n as i32), src });
            }
        }
        self.fixed(args, &abi::ARGS)
    }

    pub(super) fn fixed(&mut self, args: &[Value], regs: &[Reg]) -> Fixed {
        args.iter().zip(regs).map(|(&arg, &reg)| (self.reg(arg), reg)).collect()
    }

    /// Result of a runtime call, if the instruction has one.
    pub(super) fn rt_result(&mut self, inst: Inst, rt: RtCall) -> Option<(VReg, Reg)> {
        let &value = self.func.insts[inst].results.first()?;
        let reg = match rt.returns() {
            Returns::F64 => super::regs::XMM0,
            _ => super::regs::RAX,
        };
        Some((self.def(value), reg))
    }

    fn rt_safepoint(&mut self, inst: Inst, scratch: &[FrameSlot]) -> Result<(), IsaError> {
        let data = &self.func.insts[inst];
        let IrImm::Rt(rt) = data.imm else { return Err(self.bad(inst)) };
        let args = self.fixed(&data.args.clone(), &abi::RT_ARGS);
        let cell = self.runtime(rt);
        let ret = self.rt_result(inst, rt);
        let site = SafepointSite { slots: scratch.iter().copied().collect(), handler: self.handler(inst) };
        self.out.push_safepoint(MInst::Call { target: Target::Cell(cell), args, ret }, self.origin, site);
        Ok(())
    }

    pub(super) fn handler(&self, inst: Inst) -> Option<regalloc2::Block> {
        self.func.insts[inst].handler.expand().and_then(|b| self.blocks[b])
    }

    // ---- ends of blocks

    /// Successors with argument registers, constants made in front of the flags.
    pub(super) fn terminate(&mut self, inst: MInst, targets: &[(regalloc2::Block, Vec<VReg>)]) {
        let list: SmallVec<[(regalloc2::Block, &[VReg]); 2]> =
            targets.iter().map(|(b, args)| (*b, &args[..])).collect();
        self.out.terminate(inst, self.origin, &list);
    }

    pub(super) fn target(&mut self, call: &BlockCall) -> (regalloc2::Block, Vec<VReg>) {
        let func = self.func;
        let params = &func.blocks[call.block].params;
        let args =
            call.args.iter().zip(params).map(|(&v, &param)| self.reg_as(v, self.kind(param))).collect();
        (self.blocks[call.block].expect("successors are reachable"), args)
    }

    /// The register of a value where one of this kind is wanted. The bits of a term share its register; a parameter or
    /// slot that takes them is no term, so it gets a copy that the collector does not look at.
    fn reg_as(&mut self, value: Value, kind: ValueKind) -> VReg {
        let v = self.reg(value);
        if self.out.kind(v) == kind {
            return v;
        }
        let copy = self.out.new_vreg(v.class(), kind);
        self.real(Insn::Mov { width: W, dst: Xr::V(copy), src: Xr::V(v) });
        copy
    }

    pub(super) fn slot(&self, slot: Slot) -> FrameSlot {
        self.slots[slot].expect("made at the start")
    }

    // ---- output

    pub(super) fn push(&mut self, inst: MInst) {
        self.out.push(inst, self.origin);
    }

    pub(super) fn real(&mut self, insn: Insn<Xr>) {
        self.push(MInst::Real(insn));
    }

    pub(super) fn bad(&self, inst: Inst) -> IsaError {
        IsaError::bug(format!("{}: cannot lower {}", self.func.mfa(), self.func.insts[inst].op))
    }

    pub(super) fn shift(&mut self, op: ShiftOp, dst: Xr, src1: Xr, count: Value) {
        match self.int(count) {
            Some(n) => self.real(Insn::Shift { op, width: W, dst, src1, count: n as u8 & 63 }),
            None => {
                let count = self.xr(count);
                self.real(Insn::ShiftCl { op, width: W, dst, src1, count });
            }
        }
    }
}

/// Memory operand of a field of the process head.
pub(super) fn proc_field(field: ProcField) -> Amode<Xr> {
    Amode::base(Xr::P(abi::PROC), field.offset(WORD) as i32)
}

/// Number under which the allocator and the debugger know a BEAM register.
pub fn label_of(reg: BeamReg) -> u32 {
    match reg {
        BeamReg::X(n) => n.into(),
        BeamReg::Y(n) => 0x1_0000 | u32::from(n),
    }
}

/// The name of a label that [`label_of`] gave.
pub fn name_of(label: u32) -> String {
    if label < 0x1_0000 { format!("x[{label}]") } else { format!("y[{}]", label - 0x1_0000) }
}

/// The bits of a constant that is an immediate known at compile time (atoms are known when linking).
fn immediate(data: &ConstData) -> Option<i64> {
    match data {
        ConstData::Int(n) => WORD.is_small(*n).then_some(n << term::SMALL_SHIFT | TAG_SMALL as i64),
        ConstData::Nil => Some(term::NIL as i64),
        ConstData::None => Some(term::NONE as i64),
        ConstData::Atom(_) | ConstData::Literal(..) => None,
    }
}

fn int_cond(cond: IntCond) -> Cond {
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
