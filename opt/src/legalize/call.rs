//! Calls of funs, applies, BIFs and raising.

use super::Legalizer;
use linac_abi::rtcall::RtCall;
use linac_abi::term::{self, FUN_ARITY, FUN_CELL, FixedAtom, SUBTAG_MASK, Subtag, TAG_CONS};
use linac_ir::{Block, BlockCall, ExtFunc, Imm, Inst, IntCond, Kinds, Opcode, Type, TypeTest, Value};

/// Guard BIFs that have an expansion of their own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Inline {
    Hd,
    Tl,
    TupleSize,
    MapSize,
    Element,
}

const INLINE: &[(&str, u32, Inline)] = &[
    ("hd", 1, Inline::Hd),
    ("tl", 1, Inline::Tl),
    ("tuple_size", 1, Inline::TupleSize),
    ("map_size", 1, Inline::MapSize),
    ("element", 2, Inline::Element),
];

impl Legalizer<'_> {
    pub(super) fn call_op(&mut self, inst: Inst) {
        let data = &self.f.insts[inst];
        let (op, args) = (data.op, data.args.clone());
        let tail = op.is_terminator();
        match op {
            Opcode::CallFun | Opcode::TailCallFun => {
                let fun = args[0];
                self.check_fun(fun, &args[1..]);
                let cell = self.boxed_word(fun, FUN_CELL as i64, Type::Word);
                let mut all = vec![cell];
                all.extend(&args[1..]);
                all.push(fun);
                self.call_ind(inst, tail, &all);
            }
            _ => {
                let arity = self.iconst(args.len() as i64 - 2);
                let cell = self.rt(RtCall::ApplyResolve, &[args[0], args[1], arity]);
                let cell = cell.expect("apply_resolve has a result");
                let bad = self.icmp_i(IntCond::Eq, cell, 0);
                let fail = self.fresh_cold();
                self.unless(bad, &BlockCall::new(fail, &[]));
                self.in_block(fail, |l| {
                    l.arg_area(&args[2..]);
                    l.rt_noreturn(RtCall::BadApply, &[args[0], args[1], arity]);
                });
                let mut all = vec![cell];
                all.extend(&args[2..]);
                self.call_ind(inst, tail, &all);
            }
        }
    }

    fn in_block(&mut self, block: Block, build: impl FnOnce(&mut Self)) {
        let here = std::mem::replace(&mut self.cur, block);
        build(self);
        self.cur = here;
    }

    fn call_ind(&mut self, inst: Inst, tail: bool, args: &[Value]) {
        if tail {
            self.c().effect(Opcode::TailCallInd, Imm::None, args);
        } else {
            let result = self.c().op(Opcode::CallInd, args);
            self.define(inst, result);
        }
    }

    /// Goes on only if the value is a fun that takes these arguments; raises badfun or badarity otherwise.
    fn check_fun(&mut self, fun: Value, args: &[Value]) {
        let facts = self.facts(fun);
        let known = facts.kinds == Kinds::FUN;
        if known && facts.arity == Some(args.len() as u32) {
            return;
        }
        let fail = self.fresh_cold();
        let to = BlockCall::new(fail, &[]);
        if !known {
            self.require_boxed(fun, &to);
            let header = self.header(fun);
            let is_fun = self.subtag_is(header, SUBTAG_MASK as i64, Subtag::Fun);
            self.require(is_fun, &to);
        }
        let arity = self.boxed_word(fun, FUN_ARITY as i64, Type::Word);
        let same = self.icmp_i(IntCond::Eq, arity, args.len() as i64);
        self.require(same, &to);
        self.in_block(fail, |l| {
            l.arg_area(args);
            let n = l.iconst(args.len() as i64);
            l.rt_noreturn(RtCall::BadFun, &[fun, n]);
        });
    }

    pub(super) fn raise_op(&mut self, inst: Inst) {
        let data = &self.f.insts[inst];
        let (imm, args) = (data.imm.clone(), data.args.clone());
        match data.op {
            Opcode::RaiseError => {
                let Imm::Error(kind) = imm else { unreachable!("`raise_error` has a kind") };
                let number = self.iconst(kind as i64);
                let about = match args.first() {
                    Some(&v) => v,
                    None => self.constant(linac_ir::ConstData::Nil),
                };
                self.rt_noreturn(RtCall::RaiseError, &[number, about]);
            }
            Opcode::RaisePending => self.rt_noreturn(RtCall::RaisePending, &[]),
            Opcode::FunctionClause => {
                self.arg_area(&args);
                let n = self.iconst(args.len() as i64);
                self.rt_noreturn(RtCall::FunctionClause, &[n]);
            }
            _ => self.raise_raw(inst, &args),
        }
    }

    /// `raise_raw`: raises if the class is one, else gives the atom badarg.
    fn raise_raw(&mut self, inst: Inst, args: &[Value]) {
        let raise = BlockCall::new(self.fresh(), &[]);
        let classes = [FixedAtom::Error, FixedAtom::Exit, FixedAtom::Throw].map(FixedAtom::word);
        // NONE asks for the class that the trace was made with.
        for class in classes.into_iter().chain([linac_abi::term::NONE]) {
            let bits = self.bits(args[0]);
            let is_class = self.icmp_i(IntCond::Eq, bits, class as i64);
            self.unless(is_class, &raise);
        }
        self.in_block(raise.block, |l| l.rt_noreturn(RtCall::RaiseRaw, args));
        let badarg = self.atom("badarg");
        let old = self.f.result(inst);
        self.f.replace(old, badarg);
    }

    pub(super) fn bif(&mut self, inst: Inst) {
        let data = &self.f.insts[inst];
        let (imm, args) = (data.imm.clone(), data.args.clone());
        let Imm::Func(func) = imm else { unreachable!("`bif` names a function") };
        let mut slow = None;
        let mut fast = None;
        if let ExtFunc::Import { module, name, arity } = &self.f.funcs[func]
            && &**module == "erlang"
            && let Some(&(_, _, inline)) = INLINE.iter().find(|(n, a, _)| *n == &**name && a == arity)
        {
            fast = self.inline_bif(inline, &args, &mut slow);
        }
        let call = |l: &mut Self| {
            let mut words = vec![l.c().op_imm(Opcode::BifNumber, Imm::Func(func), &[])];
            words.extend(&args);
            while words.len() < usize::from(RtCall::Bif.args()) {
                let nothing = l.iconst(0);
                words.push(nothing);
            }
            l.rt(RtCall::Bif, &words).expect("bif has a result")
        };
        match fast {
            Some(value) => self.finish(inst, value, slow, call),
            None => {
                let result = call(self);
                self.define(inst, result);
            }
        }
    }

    /// The fast path of a guard BIF; none if facts say that it would not be taken.
    fn inline_bif(&mut self, inline: Inline, args: &[Value], slow: &mut Option<Block>) -> Option<Value> {
        let kinds = self.facts(args[0]).kinds;
        let word = self.word_bytes();
        match inline {
            Inline::Hd | Inline::Tl => {
                if kinds.disjoint(Kinds::CONS) {
                    return None;
                }
                self.check_kind(args[0], TypeTest::Cons, slow);
                let at = if inline == Inline::Tl { word } else { 0 } - TAG_CONS as i64;
                let load = self.c().inst(Opcode::LoadConst, Imm::Int(at), &[args[0]], Some(Type::Term));
                let result = self.f.result(load);
                self.f.facts[result] = linac_ir::Facts::ANY;
                Some(result)
            }
            Inline::TupleSize => {
                if kinds.disjoint(Kinds::TUPLE) {
                    return None;
                }
                self.check_kind(args[0], TypeTest::Tuple, slow);
                Some(self.tuple_size(args[0]))
            }
            // A flat map's size is its header's payload without the key tuple; larger maps are asked.
            Inline::MapSize => {
                if kinds.disjoint(Kinds::MAP) {
                    return None;
                }
                let fail = self.slow_block(slow);
                self.require_boxed(args[0], &fail);
                let header = self.header(args[0]);
                let flat = self.subtag_is(header, SUBTAG_MASK as i64, Subtag::FlatMap);
                self.require(flat, &fail);
                let payload = self.wi(Opcode::WShr, header, i64::from(term::HEADER_SHIFT));
                let size = self.wi(Opcode::WSub, payload, 1);
                let tagged = self.retag(size);
                Some(self.c().op(Opcode::FromBits, &[tagged]))
            }
            Inline::Element => {
                let (index, tuple) = (args[0], args[1]);
                if kinds.disjoint(Kinds::INT) || self.facts(tuple).kinds.disjoint(Kinds::TUPLE) {
                    return None;
                }
                Some(self.element_at(index, tuple, slow))
            }
        }
    }

    /// `element(Index, Tuple)` with a bounds check.
    fn element_at(&mut self, index: Value, tuple: Value, slow: &mut Option<Block>) -> Value {
        let (at, facts) = (self.facts(index), self.facts(tuple));
        self.check_small(&[index], slow);
        self.check_kind(tuple, TypeTest::Tuple, slow);
        if let (Some(n), Some(size)) = (at.int_const(), facts.arity)
            && (1..=i64::from(size)).contains(&n)
        {
            return self.boxed_word(tuple, n, Type::Term);
        }
        let raw = self.untag(index);
        let header = self.header(tuple);
        let size = self.wi(Opcode::WShr, header, i64::from(term::HEADER_SHIFT));
        let fail = self.slow_block(slow);
        // 1 =< n =< size, in one unsigned comparison.
        let zero_based = self.wi(Opcode::WSub, raw, 1);
        let inside = self.icmp(IntCond::Ult, zero_based, size);
        self.require(inside, &fail);
        if let Some(n) = at.int_const() {
            return self.boxed_word(tuple, n, Type::Term);
        }
        let scale = i64::from(self.word.bytes().trailing_zeros());
        let offset = self.wi(Opcode::WShl, raw, scale);
        let base = self.c().op(Opcode::Bits, &[tuple]);
        let address = self.d(Opcode::WAdd, base, offset);
        let load = self.c().inst(
            Opcode::LoadConst,
            Imm::Int(-(term::TAG_BOXED as i64)),
            &[address],
            Some(Type::Term),
        );
        let result = self.f.result(load);
        self.f.facts[result] = linac_ir::Facts::ANY;
        result
    }

    /// Goes on only if the value is of this type, else to the slow block.
    fn check_kind(&mut self, v: Value, test: TypeTest, slow: &mut Option<Block>) {
        let known = test.kinds().is_some_and(|k| self.facts(v).kinds.within(k));
        if known {
            return;
        }
        let fail = self.slow_block(slow);
        match test {
            TypeTest::Cons => {
                let bits = self.bits(v);
                let cons = self.masked_eq(bits, 2, 0);
                self.require(cons, &fail);
            }
            _ => {
                self.require_boxed(v, &fail);
                let header = self.header(v);
                let tuple = self.subtag_is(header, SUBTAG_MASK as i64, Subtag::Tuple);
                self.require(tuple, &fail);
            }
        }
    }
}
