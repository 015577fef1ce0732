//! Core IR to VCode.
//!
//! One walk over the blocks in reverse postorder. Three kinds of value have no register of their own:
//! *constants* are made again at each use (or become immediates), so they cost neither registers nor stack-map
//! entries; *comparisons* are made again where their truth value is used, so the flags go straight into the branch;
//! `bits`, `small_bits` and `from_bits` are other names of their operand's register. Everything else is defined where it stands.
//!
//! What may be fused is decided by the module `uses` before the walk; `no_fusion` turns it off.

use super::minst::{Fixed, MInst, Target, Xr, class_of};
use super::uses::Uses;
use super::{Fusion, Key, Machine, X, label_of};
use crate::IsaError;
use cranelift_entity::{EntityRef, SecondaryMap, packed_option::PackedOption};
use linac_abi::object::Symbol;
use linac_abi::process::ProcField;
use linac_abi::rtcall::{Returns, RtCall};
use linac_abi::term::{self, TAG_SMALL};
use linac_emit::{SymbolId, SymbolTable};
use linac_ir::analysis::Cfg;
use linac_ir::{
    Block, BlockCall, ConstData, ExtFunc, Function, Imm as IrImm, Inst, Opcode, Slot, SlotKind, Stage, Type,
    Value, ValueDef,
};
use linac_regalloc::{FrameSlot, Origin, SafepointSite, SlotInit, VCode, VCodeBuilder, ValueKind};
use regalloc2::VReg;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

/// What lowering needs to know besides the function.
#[derive(Clone, Copy, Debug, Default)]
pub struct LowerOptions<'a> {
    /// Functions of the same unit, by function number: called directly.
    pub direct: Option<&'a FxHashMap<u32, u32>>,
    /// Do not fuse comparisons and loads into their users.
    pub no_fusion: bool,
}

/// Lowers one function.
pub fn lower<M: Machine>(
    func: &Function,
    symbols: &mut SymbolTable,
    options: LowerOptions<'_>,
) -> Result<VCode<MInst<M>>, IsaError> {
    if func.stage != Stage::Core || func.word != M::WORD {
        let bits = 8 * M::WORD.bytes();
        return Err(IsaError::bug(format!("{}: lowering wants core IR of {bits}-bit words", func.mfa())));
    }
    let cfg = Cfg::compute(func);
    let uses = Uses::compute(func, &cfg, if options.no_fusion { Fusion::NONE } else { M::FUSION });
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
    lower.out.finish(M::reg_env()).map_err(|e| IsaError::bug(format!("{}: {e}", func.mfa())))
}

/// A function being lowered.
pub struct Lower<'a, M: Machine> {
    pub(crate) func: &'a Function,
    pub(crate) uses: Uses,
    symbols: &'a mut SymbolTable,
    options: LowerOptions<'a>,
    pub(crate) out: VCodeBuilder<MInst<M>>,
    regs: SecondaryMap<Value, Option<VReg>>,
    blocks: SecondaryMap<Block, Option<regalloc2::Block>>,
    slots: SecondaryMap<Slot, PackedOption<FrameSlot>>,
    /// Symbols of runtime calls made so far: few, and asked for often.
    runtime: SmallVec<[(RtCall, SymbolId); 8]>,
    pub(crate) origin: Origin,
}

/// A condition; two for comparisons that no single branch tests, such as float equality on some machines.
#[derive(Clone, Copy, Debug)]
pub enum Flags<C> {
    /// One condition.
    One(C),
    /// Both hold.
    Both(C, C),
    /// Either holds.
    Either(C, C),
}

impl<C> Flags<C> {
    fn negate<M: Machine<Cond = C>>(self) -> Flags<C> {
        match self {
            Flags::One(c) => Flags::One(M::negate(c)),
            Flags::Both(a, b) => Flags::Either(M::negate(a), M::negate(b)),
            Flags::Either(a, b) => Flags::Both(M::negate(a), M::negate(b)),
        }
    }
}

impl<M: Machine> Lower<'_, M> {
    fn run(&mut self, cfg: &Cfg) -> Result<(), IsaError> {
        for (slot, &kind) in self.func.slots.iter() {
            let made = match kind {
                SlotKind::Term => self.out.new_slot(ValueKind::Term, 1, SlotInit::AtEntry),
                SlotKind::Scratch => self.out.new_slot(ValueKind::Term, 1, SlotInit::Listed),
                SlotKind::Raw => self.out.new_slot(ValueKind::Raw, self.raw_words(slot), SlotInit::Listed),
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

    /// Words of a raw slot: more than one if a double is stored there and words are shorter than that.
    fn raw_words(&self, slot: Slot) -> u32 {
        let words = 8u32.div_ceil(M::WORD.bytes());
        let double = |data: &linac_ir::InstData| {
            data.op == Opcode::SlotStore
                && data.imm == IrImm::Slot(slot)
                && self.func.ty(data.args[0]) == Type::F64
        };
        if words > 1 && self.func.insts.values().any(double) { words } else { 1 }
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
        for (&param, reg) in params.iter().zip(M::ROLES.args) {
            let v = self.def(param);
            defs.push((v, *reg));
        }
        self.push(MInst::Args { defs });
        if params.len() > M::ROLES.args.len() {
            let area = self.argument_area();
            for (n, &param) in params.iter().enumerate().skip(M::ROLES.args.len()) {
                let dst = Xr::V(self.def(param));
                M::load(self, Type::Term, dst, area, self.word_offset(n));
            }
        }
    }

    pub(crate) fn argument_area(&mut self) -> X<M> {
        let area = self.temp();
        self.proc_load(area, ProcField::Xregs);
        area
    }

    /// Loads a field of the process head.
    pub(crate) fn proc_load(&mut self, dst: X<M>, field: ProcField) {
        M::load(self, Type::Word, dst, Xr::P(M::ROLES.process), field.offset(M::WORD) as i32);
    }

    /// Bytes to word number `n`.
    pub(crate) fn word_offset(&self, n: usize) -> i32 {
        M::WORD.bytes() as i32 * n as i32
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
    pub(crate) fn def(&mut self, value: Value) -> VReg {
        let value = self.uses.representative(self.func, value);
        if let Some(v) = self.regs[value] {
            return v;
        }
        let v = self.out.new_vreg(class_of(self.func.ty(value)), self.kind(value));
        self.regs[value] = Some(v);
        v
    }

    /// The register of a value about to be read.
    pub(crate) fn reg(&mut self, value: Value) -> VReg {
        let value = self.uses.representative(self.func, value);
        let Some(inst) = self.func.def_inst(value) else { return self.def(value) };
        let data = &self.func.insts[inst];
        match (data.op, &data.imm) {
            (Opcode::Const, &IrImm::Const(c)) => self.constant(&self.func.consts[c].clone()),
            (Opcode::IConst, &IrImm::Int(n)) => {
                let Xr::V(v) = self.word(n) else { unreachable!("a fresh register") };
                v
            }
            (Opcode::F64Const, &IrImm::F64(bits)) => M::float_const(self, bits),
            _ if self.uses.is_flag(value) => self.bool_reg(value),
            _ => self.def(value),
        }
    }

    /// The same as an operand of a machine instruction.
    pub(crate) fn xr(&mut self, value: Value) -> X<M> {
        Xr::V(self.reg(value))
    }

    /// A fresh raw register.
    pub(crate) fn temp(&mut self) -> X<M> {
        Xr::V(self.out.new_vreg(regalloc2::RegClass::Int, ValueKind::Raw))
    }

    /// A word constant in a fresh register.
    pub(crate) fn word(&mut self, n: i64) -> X<M> {
        let dst = self.temp();
        M::int_const(self, dst, n);
        dst
    }

    /// A fresh float register.
    pub(crate) fn float_temp(&mut self) -> VReg {
        self.out.new_vreg(regalloc2::RegClass::Float, ValueKind::Raw)
    }

    fn constant(&mut self, data: &ConstData) -> VReg {
        let v = self.out.new_vreg(regalloc2::RegClass::Int, ValueKind::Term);
        let dst = Xr::V(v);
        match (immediate::<M>(data), data) {
            (Some(bits), _) => M::int_const(self, dst, bits),
            (None, ConstData::Atom(name)) => {
                let symbol = self.symbol(Symbol::Atom(name.to_string()));
                M::symbol_value(self, dst, symbol);
            }
            (None, ConstData::Literal(n, _)) => {
                let symbol = self.symbol(Symbol::Literal(*n));
                M::symbol_load(self, dst, symbol);
            }
            (None, ConstData::Int(n)) => {
                let symbol = self.symbol(Symbol::Integer(*n));
                M::symbol_load(self, dst, symbol);
            }
            (None, ConstData::Nil | ConstData::None) => unreachable!("immediate"),
        }
        v
    }

    /// A value as a constant known now or when linking, if it is one.
    pub(crate) fn key(&mut self, value: Value) -> Option<Key> {
        if let Some(n) = self.int(value) {
            return Some(Key::Int(n));
        }
        let value = self.uses.representative(self.func, value);
        match self.func.as_const(value)?.clone() {
            ConstData::Atom(name) => Some(Key::Symbol(self.symbol(Symbol::Atom(name.to_string())))),
            _ => None,
        }
    }

    /// The bits of a constant known now.
    pub(crate) fn int(&self, value: Value) -> Option<i64> {
        let value = self.uses.representative(self.func, value);
        let data = &self.func.insts[self.func.def_inst(value)?];
        match (data.op, &data.imm) {
            (Opcode::IConst, &IrImm::Int(n)) => Some(n),
            (Opcode::Const, &IrImm::Const(c)) => immediate::<M>(&self.func.consts[c]),
            _ => None,
        }
    }

    /// Base register and offset in bytes of a load or store.
    pub(crate) fn address(&mut self, inst: Inst) -> (X<M>, i32) {
        let data = &self.func.insts[inst];
        let IrImm::Int(offset) = data.imm else { unreachable!("the table says so") };
        (self.xr(data.args[0]), offset as i32)
    }

    pub(crate) fn symbol(&mut self, symbol: Symbol) -> SymbolId {
        self.symbols.intern(symbol)
    }

    pub(crate) fn runtime(&mut self, rt: RtCall) -> SymbolId {
        if let Some(&(_, symbol)) = self.runtime.iter().find(|r| r.0 == rt) {
            return symbol;
        }
        let symbol = self.symbol(Symbol::Runtime(rt as u16, rt.name().to_string()));
        self.runtime.push((rt, symbol));
        symbol
    }

    // ---- flags

    /// Emits what makes the truth of `value` appear in the flags, directly before it is used.
    pub(crate) fn flags(&mut self, value: Value) -> Flags<M::Cond> {
        match self.func.values[value].def {
            ValueDef::Result(inst, _) if self.uses.is_flag(value) => self.flags_of(inst),
            _ => {
                let v = self.xr(value);
                Flags::One(M::test(self, v))
            }
        }
    }

    /// Emits the instruction whose truth value the flags show.
    pub(crate) fn flags_of(&mut self, inst: Inst) -> Flags<M::Cond> {
        let data = &self.func.insts[inst];
        let args = data.args.clone();
        match (data.op, &data.imm) {
            (Opcode::BoolNot, _) => self.flags(args[0]).negate::<M>(),
            (Opcode::IsNone, _) => {
                let v = self.xr(args[0]);
                Flags::One(M::negate(M::test(self, v)))
            }
            (Opcode::ICmp, &IrImm::IntCond(cond)) => {
                // A constant goes to the right.
                let (a, b, cond) = match (self.int(args[0]), self.int(args[1])) {
                    (Some(_), None) => (args[1], args[0], cond.swap()),
                    _ => (args[0], args[1], cond),
                };
                M::int_compare(self, cond, a, b)
            }
            (Opcode::FCmp, &IrImm::FloatCond(cond)) => M::float_compare(self, cond, args[0], args[1]),
            (Opcode::FIsFinite, _) => M::is_finite(self, args[0]),
            (Opcode::HeapFull, &IrImm::Int(words)) => {
                self.push(MInst::HeapFull { words: words as u32 });
                Flags::One(M::HEAP_FULL)
            }
            (Opcode::RedsDec, _) => Flags::One(M::reds_dec(self)),
            (Opcode::WAddOvf | Opcode::WSubOvf | Opcode::WMulOvf, _) => {
                Flags::One(M::overflow_op(self, inst))
            }
            _ => unreachable!("{} makes no flags", data.op),
        }
    }

    /// One condition that says it all; two are made into a register first.
    pub(crate) fn one_cond(&mut self, value: Value) -> M::Cond {
        match self.flags(value) {
            Flags::One(cond) => cond,
            both => {
                let v = Xr::V(self.bool_of(both));
                M::test(self, v)
            }
        }
    }

    /// A truth value as 0 or 1 in a register.
    pub(crate) fn bool_reg(&mut self, value: Value) -> VReg {
        let flags = self.flags(value);
        self.bool_of(flags)
    }

    pub(crate) fn bool_of(&mut self, flags: Flags<M::Cond>) -> VReg {
        let mut make = |cond| {
            let dst = self.out.new_vreg(regalloc2::RegClass::Int, ValueKind::Raw);
            self.push(MInst::Bool { cond, dst });
            dst
        };
        let (and, a, b) = match flags {
            Flags::One(cond) => return make(cond),
            Flags::Both(a, b) => (true, make(a), make(b)),
            Flags::Either(a, b) => (false, make(a), make(b)),
        };
        let v = self.out.new_vreg(regalloc2::RegClass::Int, ValueKind::Raw);
        M::combine(self, and, Xr::V(v), Xr::V(a), Xr::V(b));
        v
    }

    // ---- calls

    pub(crate) fn call_target(&mut self, inst: Inst) -> Result<Target, IsaError> {
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
    pub(crate) fn arguments(&mut self, args: &[Value]) -> Fixed<M::Reg> {
        if args.len() > M::ROLES.args.len() {
            let area = self.argument_area();
            for (n, &arg) in args.iter().enumerate().skip(M::ROLES.args.len()) {
                M::store(self, arg, area, self.word_offset(n));
            }
        }
        self.fixed(args, M::ROLES.args)
    }

    pub(crate) fn fixed(&mut self, args: &[Value], regs: &[M::Reg]) -> Fixed<M::Reg> {
        args.iter().zip(regs).map(|(&arg, &reg)| (self.reg(arg), reg)).collect()
    }

    /// Result of a runtime call, if the instruction has one.
    pub(crate) fn rt_result(&mut self, inst: Inst, rt: RtCall) -> Option<(VReg, M::Reg)> {
        let &value = self.func.insts[inst].results.first()?;
        let reg = match rt.returns() {
            Returns::F64 => M::ROLES.float_result,
            _ => M::ROLES.args[0],
        };
        Some((self.def(value), reg))
    }

    fn rt_safepoint(&mut self, inst: Inst, scratch: &[FrameSlot]) -> Result<(), IsaError> {
        let data = &self.func.insts[inst];
        let IrImm::Rt(rt) = data.imm else { return Err(self.bad(inst)) };
        let args = self.fixed(&data.args.clone(), &M::ROLES.rt_args);
        let cell = self.runtime(rt);
        let ret = self.rt_result(inst, rt);
        let site = SafepointSite { slots: scratch.iter().copied().collect(), handler: self.handler(inst) };
        self.out.push_safepoint(MInst::Call { target: Target::Cell(cell), args, ret }, self.origin, site);
        Ok(())
    }

    pub(crate) fn handler(&self, inst: Inst) -> Option<regalloc2::Block> {
        self.func.insts[inst].handler.expand().and_then(|b| self.blocks[b])
    }

    // ---- ends of blocks

    /// Successors with argument registers, constants made in front of the flags.
    pub(crate) fn terminate(&mut self, inst: MInst<M>, targets: &[(regalloc2::Block, Vec<VReg>)]) {
        let list: SmallVec<[(regalloc2::Block, &[VReg]); 2]> =
            targets.iter().map(|(b, args)| (*b, &args[..])).collect();
        self.out.terminate(inst, self.origin, &list);
    }

    pub(crate) fn target(&mut self, call: &BlockCall) -> (regalloc2::Block, Vec<VReg>) {
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
        M::mov(self, Xr::V(copy), Xr::V(v));
        copy
    }

    pub(crate) fn slot(&self, slot: Slot) -> FrameSlot {
        self.slots[slot].expect("made at the start")
    }

    // ---- output

    pub(crate) fn push(&mut self, inst: MInst<M>) {
        self.out.push(inst, self.origin);
    }

    pub(crate) fn real(&mut self, insn: M::Virtual) {
        self.push(MInst::Real(insn));
    }

    pub(crate) fn bad(&self, inst: Inst) -> IsaError {
        IsaError::bug(format!("{}: cannot lower {}", self.func.mfa(), self.func.insts[inst].op))
    }
}

/// The bits of a constant that is an immediate known at compile time (atoms are known when linking).
fn immediate<M: Machine>(data: &ConstData) -> Option<i64> {
    match data {
        ConstData::Int(n) => M::WORD.is_small(*n).then_some(n << term::SMALL_SHIFT | TAG_SMALL as i64),
        ConstData::Nil => Some(term::NIL as i64),
        ConstData::None => Some(term::NONE as i64),
        ConstData::Atom(_) | ConstData::Literal(..) => None,
    }
}
