//! From BEAM-level operations to core operations for one word size.
//!
//! *Problem*: `add` on terms is a tag test, an addition with overflow test and, rarely, a runtime call; an instruction
//! set should see only words, loads, stores, branches and calls. *Idea*: each operation is expanded in place, with facts
//! choosing the short form. What is slow goes to a cold block whose result comes back as a block parameter. Two
//! shapes are recognised so that no bit of knowledge is thrown away and tested again:
//!
//! * *Threading*: a fallible operation followed by `is_none` and `br` (the shape that the frontend makes). The fast path
//!   goes straight to the ok edge, and only the slow path tests its result for NONE. Needs: all other uses of the
//!   value are dominated by the ok edge.
//! * *Deferred tests*: a truth value used once, by the branch that ends its block, becomes control flow at that branch.
//!   Terms are immutable, so a test gives there what it would have given at its place.
//!
//! *Invariants*: facts are read from the operands as the pass found them (`assert_term` disappears, its facts must
//! not); a header or element is loaded only where a test or a fact has shown the object; a value of type `derived` is
//! used only within the expansion of the operation that made it, so it never meets a safepoint.

mod arith;
mod bits;
pub mod build;
mod call;
mod compare;
pub mod data;
pub(crate) mod fallible;
mod float;
mod process;
mod switch;
pub mod typetest;

use crate::pass::PassContext;
use crate::util;
use cranelift_entity::{EntitySet, SecondaryMap, packed_option::PackedOption};
use linac_abi::WordSize;
use linac_abi::rtcall::{self, Returns, RtCall};
use linac_abi::term;
use linac_ir::analysis::Cfg;
use linac_ir::{
    Block, BlockCall, ConstData, Cursor, Effects, Facts, Function, Imm, Inst, IntCond, Loc, Opcode, Stage,
    Type, Value,
};

/// Runs the pass.
pub fn run(func: &mut Function, ctx: &mut PassContext<'_>) {
    let cfg = Cfg::compute(func);
    let uses = util::use_counts(func);
    let threads = fallible::find_threads(func, &cfg, &uses);
    let word = func.word;
    let entry = func.entry();
    let mut l = Legalizer {
        f: func,
        word,
        cur: entry,
        loc: Loc::NONE,
        handler: PackedOption::default(),
        uses,
        deferred: EntitySet::new(),
        threads,
        taken: SecondaryMap::new(),
        skip: EntitySet::new(),
        in_line_bits: data::makes_bits(ctx.tier),
    };
    for &block in &cfg.rpo {
        l.block(block);
    }
    l.f.resolve_aliases();
    l.f.stage = Stage::Core;
}

/// A two-way decision under construction.
#[derive(Clone)]
struct Targets {
    yes: BlockCall,
    no: BlockCall,
}

struct Legalizer<'f> {
    f: &'f mut Function,
    word: WordSize,
    /// Where code goes.
    cur: Block,
    loc: Loc,
    handler: PackedOption<Block>,
    uses: SecondaryMap<Value, u32>,
    /// Truth values that become control flow at the branch that uses them.
    deferred: EntitySet<Value>,
    /// For a fallible instruction in the shape that can be threaded: its `is_none` and `br`.
    threads: SecondaryMap<Inst, Option<(Inst, Inst)>>,
    /// Branches that an expansion has decided: the target.
    taken: SecondaryMap<Inst, Option<usize>>,
    /// Instructions that an expansion has made superfluous.
    skip: EntitySet<Inst>,
    /// Are bitstrings put together in line?
    in_line_bits: bool,
}

impl Legalizer<'_> {
    fn block(&mut self, block: Block) {
        let insts = std::mem::take(&mut self.f.blocks[block].insts);
        self.find_deferred(&insts);
        self.cur = block;
        for inst in insts {
            let data = &self.f.insts[inst];
            self.loc = data.loc;
            self.handler = data.handler;
            if self.skip.contains(inst) || data.results.first().is_some_and(|&r| self.deferred.contains(r)) {
                continue;
            }
            self.inst(inst);
        }
    }

    /// Finds truth values used only by the branch at the end of the block, also through `bool_not`, `bool_and`, `bool_or`.
    fn find_deferred(&mut self, insts: &[Inst]) {
        let mut wanted: EntitySet<Value> = EntitySet::new();
        for &inst in insts.iter().rev() {
            let data = &self.f.insts[inst];
            match data.op {
                Opcode::Br => {
                    wanted.insert(data.args[0]);
                }
                op if is_test(op) => {
                    let result = data.results[0];
                    if wanted.contains(result) && self.uses[result] == 1 {
                        self.deferred.insert(result);
                        if matches!(op, Opcode::BoolNot | Opcode::BoolAnd | Opcode::BoolOr) {
                            wanted.extend(data.args.iter().copied());
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn inst(&mut self, inst: Inst) {
        use Opcode::*;
        let op = self.f.insts[inst].op;
        match op {
            AssertTerm => {
                let data = &self.f.insts[inst];
                let (result, arg) = (data.results[0], data.args[0]);
                self.f.replace(result, arg);
            }
            Add | Sub | Mul | IDiv | IRem | Neg | Band | Bor | Bxor | Bnot | Bsl | Bsr => self.arith(inst),
            FDiv => self.plain_fallible(inst, rtcall::RtCall::FDiv),
            Bif => self.bif(inst),
            Br => self.branch_inst(inst),
            Is | IsTupleArity | IsTaggedTuple | EqExact | Eq | Lt | IsFun2 | BsEqual => {
                self.materialize(inst)
            }
            IsNone => self.is_none(inst),
            BoolToTerm => self.bool_to_term(inst),
            Hd | Tl | Element | TupleSize | Cons | Tuple | MakeFun | BoxF64 | UnboxF64 | UpdateRecord => {
                self.data_op(inst);
            }
            BsCreate | BsStart | BsLeft | BsSkip | BsPart | BsInteger | BsFloat | BsUtf | BsUtfSize => {
                self.bits_op(inst);
            }
            MapGet | MapPutAssoc | MapPutExact => self.map_op(inst),
            Record | RecordDef | RecordGet | RecordPut | RecordNew => self.record_op(inst),
            ToF64 => self.float_of_term(inst),
            CallFun | Apply | TailCallFun | TailApply => self.call_op(inst),
            Switch => self.switch(inst),
            RaiseError | RaisePending | RaiseRaw | FunctionClause => self.raise_op(inst),
            BuildStacktrace | Send | RecvPeek | RecvRemove | RecvNext | RecvWait | RecvWaitTimeout
            | RecvTimeout => {
                self.process_op(inst);
            }
            _ => {
                debug_assert!(op.effects().has(Effects::CORE), "legalize does not know {op}");
                self.f.blocks[self.cur].insts.push(inst);
            }
        }
    }

    // ---- what is known

    fn arg(&self, inst: Inst, n: usize) -> Value {
        self.f.insts[inst].args[n]
    }

    fn facts(&self, v: Value) -> Facts {
        self.f.facts[v]
    }

    fn imm_int(&self, inst: Inst) -> i64 {
        match self.f.insts[inst].imm {
            Imm::Int(n) => n,
            _ => unreachable!("the opcode has an integer immediate"),
        }
    }

    /// Is the value always an immediate? (Facts speak of the value as Erlang sees it; NONE is an immediate, too.)
    fn is_immediate(&self, v: Value) -> bool {
        use linac_ir::Kinds;
        let facts = self.facts(v);
        let kinds = facts.kinds.minus(Kinds::NONE);
        kinds.within(Kinds::IMMEDIATE)
            || (kinds.within(Kinds::IMMEDIATE.or(Kinds::INT))
                && self.word.is_small(facts.lo)
                && self.word.is_small(facts.hi))
    }

    /// The word that a constant is on this target whatever the atom table says.
    fn const_word(&self, v: Value) -> Option<i64> {
        match self.f.as_const(v)? {
            ConstData::Int(n) if self.word.is_small(*n) => Some(term::small(*n) as i64),
            ConstData::Nil => Some(term::NIL as i64),
            ConstData::None => Some(term::NONE as i64),
            ConstData::Atom(text) => {
                let index = term::FIXED_ATOMS.iter().position(|a| **a == **text)?;
                Some(term::atom(index as u32) as i64)
            }
            _ => None,
        }
    }

    // ---- emission

    fn c(&mut self) -> Cursor<'_> {
        let mut c = Cursor::at_end(self.f, self.cur);
        c.loc = self.loc;
        c.handler = self.handler;
        c
    }

    fn iconst(&mut self, n: i64) -> Value {
        self.c().iconst(n)
    }

    /// A word operation.
    fn w(&mut self, op: Opcode, a: Value, b: Value) -> Value {
        self.c().op_ty(op, &[a, b], Type::Word)
    }

    /// A word operation on something derived.
    fn d(&mut self, op: Opcode, a: Value, b: Value) -> Value {
        self.c().op_ty(op, &[a, b], Type::Derived)
    }

    fn wi(&mut self, op: Opcode, a: Value, n: i64) -> Value {
        let n = self.iconst(n);
        self.w(op, a, n)
    }

    fn di(&mut self, op: Opcode, a: Value, n: i64) -> Value {
        let n = self.iconst(n);
        self.d(op, a, n)
    }

    fn icmp(&mut self, cond: IntCond, a: Value, b: Value) -> Value {
        self.c().op_imm(Opcode::ICmp, Imm::IntCond(cond), &[a, b])
    }

    fn icmp_i(&mut self, cond: IntCond, a: Value, n: i64) -> Value {
        let n = self.iconst(n);
        self.icmp(cond, a, n)
    }

    /// The bits of a term for use at once: a constant, a plain word if it must be an immediate, else derived.
    fn bits(&mut self, v: Value) -> Value {
        if let Some(n) = self.const_word(v) {
            return self.iconst(n);
        }
        let op = if self.is_immediate(v) { Opcode::SmallBits } else { Opcode::Bits };
        self.c().op(op, &[v])
    }

    /// The bits of a term that facts or a test before have shown to be an immediate.
    fn small_bits(&mut self, v: Value) -> Value {
        match self.const_word(v) {
            Some(n) => self.iconst(n),
            None => self.c().op(Opcode::SmallBits, &[v]),
        }
    }

    /// `bits & mask == want`; for a mask of one bit, in the form that machines test fastest.
    fn masked_eq(&mut self, bits: Value, mask: i64, want: i64) -> Value {
        let masked = self.di(Opcode::WAnd, bits, mask);
        if mask.count_ones() == 1 {
            let cond = if want == 0 { IntCond::Eq } else { IntCond::Ne };
            return self.icmp_i(cond, masked, 0);
        }
        self.icmp_i(IntCond::Eq, masked, want)
    }

    fn constant(&mut self, data: ConstData) -> Value {
        self.c().constant(data)
    }

    fn atom(&mut self, text: &str) -> Value {
        self.constant(ConstData::Atom(text.into()))
    }

    fn word_bytes(&self) -> i64 {
        self.word.bytes().into()
    }

    /// Loads word `n` of a boxed object from an immutable field.
    fn boxed_word(&mut self, v: Value, n: i64, ty: Type) -> Value {
        let at = n * self.word_bytes() - term::TAG_BOXED as i64;
        let inst = self.c().inst(Opcode::LoadConst, Imm::Int(at), &[v], Some(ty));
        self.f.result(inst)
    }

    /// A runtime call that is no safepoint; its result, if it has one.
    fn rt(&mut self, call: RtCall, args: &[Value]) -> Option<Value> {
        self.rt_op(Opcode::RtCall, call, args)
    }

    fn rt_op(&mut self, op: Opcode, call: RtCall, args: &[Value]) -> Option<Value> {
        debug_assert_eq!(args.len(), usize::from(call.args()), "{}", call.name());
        let ty = match call.returns() {
            Returns::Nothing => None,
            Returns::Term | Returns::TermOrNone => Some(Type::Term),
            Returns::Bool => Some(Type::Bool),
            Returns::Word => Some(Type::Word),
            Returns::F64 => Some(Type::F64),
        };
        let (loc, handler) = (self.loc, self.handler);
        let inst = self.f.make_inst(op, Imm::Rt(call), args, ty.as_slice(), loc);
        if op.effects().has(Effects::RAISES) {
            self.f.insts[inst].handler = handler;
        }
        if call.returns() == Returns::Term {
            let result = self.f.result(inst);
            self.f.facts[result] = Facts::ANY;
        }
        self.f.blocks[self.cur].insts.push(inst);
        self.f.insts[inst].results.first().copied()
    }

    fn rt_noreturn(&mut self, call: RtCall, args: &[Value]) {
        self.rt_op(Opcode::RtNoReturn, call, args);
    }

    // ---- control flow

    /// A new block, as cold as the current one.
    fn fresh(&mut self) -> Block {
        let block = self.f.make_block();
        self.f.blocks[block].cold = self.f.blocks[self.cur].cold;
        block
    }

    fn fresh_cold(&mut self) -> Block {
        let block = self.f.make_block();
        self.f.blocks[block].cold = true;
        block
    }

    fn jump(&mut self, to: &BlockCall) {
        self.c().jump(to.block, &to.args);
    }

    /// Ends the block with a branch, or a jump if the condition is constant.
    fn branch(&mut self, cond: Value, yes: &BlockCall, no: &BlockCall) {
        match util::as_bool_const(self.f, cond) {
            Some(true) => self.jump(yes),
            Some(false) => self.jump(no),
            None => {
                self.c().br(cond, (yes.block, &yes.args), (no.block, &no.args));
            }
        }
    }

    /// Goes on only if the condition holds, else to `fail`.
    fn require(&mut self, cond: Value, fail: &BlockCall) {
        let next = self.fresh();
        self.branch(cond, &BlockCall::new(next, &[]), fail);
        self.cur = next;
    }

    /// Goes on only if the condition does not hold, else to `hit`.
    fn unless(&mut self, cond: Value, hit: &BlockCall) {
        let next = self.fresh();
        self.branch(cond, hit, &BlockCall::new(next, &[]));
        self.cur = next;
    }

    fn branch_inst(&mut self, inst: Inst) {
        let data = &self.f.insts[inst];
        let cond = data.args[0];
        let targets = Targets { yes: data.targets[0].clone(), no: data.targets[1].clone() };
        match self.taken[inst] {
            Some(0) => self.jump(&targets.yes),
            Some(_) => self.jump(&targets.no),
            None => self.condition(cond, &targets),
        }
    }

    /// Ends the block with a decision on a truth value, as control flow if it is a deferred test.
    fn condition(&mut self, cond: Value, to: &Targets) {
        if !self.deferred.contains(cond) {
            return self.branch(cond, &to.yes, &to.no);
        }
        let inst = self.f.def_inst(cond).expect("a deferred test is an instruction");
        self.test(inst, to);
    }

    /// A test as control flow.
    fn test(&mut self, inst: Inst, to: &Targets) {
        use Opcode::*;
        let data = &self.f.insts[inst];
        let args = data.args.clone();
        match data.op {
            BoolNot => self.condition(args[0], &Targets { yes: to.no.clone(), no: to.yes.clone() }),
            BoolAnd => {
                let both = BlockCall::new(self.fresh(), &[]);
                self.condition(args[0], &Targets { yes: both.clone(), no: to.no.clone() });
                self.cur = both.block;
                self.condition(args[1], to);
            }
            BoolOr => {
                let other = BlockCall::new(self.fresh(), &[]);
                self.condition(args[0], &Targets { yes: to.yes.clone(), no: other.clone() });
                self.cur = other.block;
                self.condition(args[1], to);
            }
            Is => self.type_test(inst, to),
            IsTupleArity => self.tuple_arity(inst, to),
            IsTaggedTuple => self.tagged_tuple(inst, to),
            EqExact => self.eq_exact(args[0], args[1], to),
            Eq => self.eq(args[0], args[1], to),
            Lt => self.less_than(args[0], args[1], to),
            IsFun2 => {
                let result = self.rt(rtcall::RtCall::IsFun2, &args).expect("is_fun2 has a result");
                self.branch(result, &to.yes, &to.no);
            }
            BsEqual => {
                let result = self.rt(rtcall::RtCall::BsEqual, &args).expect("bs_equal has a result");
                self.branch(result, &to.yes, &to.no);
            }
            op => unreachable!("{op} is no test"),
        }
    }

    /// A test whose truth value is needed as such.
    fn materialize(&mut self, inst: Inst) {
        let cont = self.fresh();
        let result = self.f.add_param(cont, Type::Bool);
        let yes = util::bool_const(&mut self.c(), true);
        let no = util::bool_const(&mut self.c(), false);
        self.test(inst, &Targets { yes: BlockCall::new(cont, &[yes]), no: BlockCall::new(cont, &[no]) });
        self.cur = cont;
        let old = self.f.result(inst);
        self.f.replace(old, result);
    }

    fn is_none(&mut self, inst: Inst) {
        let arg = self.arg(inst, 0);
        if self.f.facts[self.f.resolve(arg)].kinds.and(self.facts(arg).kinds).disjoint(linac_ir::Kinds::NONE)
        {
            let no = util::bool_const(&mut self.c(), false);
            let old = self.f.result(inst);
            self.f.replace(old, no);
        } else {
            self.f.blocks[self.cur].insts.push(inst);
        }
    }

    fn bool_to_term(&mut self, inst: Inst) {
        let cond = self.arg(inst, 0);
        let (yes, no) = (self.atom("true"), self.atom("false"));
        let result = self.c().op_ty(Opcode::Select, &[cond, yes, no], Type::Term);
        self.define(inst, result);
    }

    /// Makes `value` the result of the BEAM-level instruction.
    fn define(&mut self, inst: Inst, value: Value) {
        let old = self.f.result(inst);
        let facts = self.f.facts[old];
        let value = self.f.resolve(value);
        if self.f.facts[value].kinds == linac_ir::Kinds::ANY_OR_NONE {
            self.f.facts[value] = facts;
        }
        self.f.replace(old, value);
    }
}

/// Operations that [`Legalizer::test`] turns into control flow.
fn is_test(op: Opcode) -> bool {
    use Opcode::*;
    matches!(
        op,
        Is | IsTupleArity | IsTaggedTuple | EqExact | Eq | Lt | IsFun2 | BsEqual | BoolNot | BoolAnd | BoolOr
    )
}
