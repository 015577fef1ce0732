//! The body of a generated function: statements over the values at hand.

mod bits;
mod control;

use super::{ATOMS, BITS, Options, Rng, SIZE, Signature, integer};
use crate::builder::Cursor;
use crate::entities::{Block, FuncRef, Loc, Value};
use crate::function::{ConstData, ExtFunc, Function, LocData};
use crate::inst::{BeamReg, FloatCond, Imm, TypeTest};
use crate::opcode::Opcode;
use crate::text::Term;
use crate::types::{Facts, Type};
use linac_abi::rtcall::ErrorKind;
use std::collections::BTreeMap;

/// What is sure of a value, so that operations which demand it need no test.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Hint {
    Any,
    Int,
    Float,
    Cons,
    Tuple(u32),
    Map,
    Bits,
}

/// A term at hand, with bounds on the bits of integers in it and on its size as a tree.
#[derive(Clone, Copy, Debug)]
struct Val {
    v: Value,
    hint: Hint,
    bits: u32,
    size: u32,
}

/// How often a function that calls itself does so, at most.
const MAX_ROUNDS: i64 = 12;

/// Most instructions that a call of a generated function executes.
const MAX_COST: u64 = 20_000;

/// A function under construction.
pub(super) struct Body<'a> {
    pub(super) func: Function,
    rng: &'a mut Rng,
    options: Options,
    literals: &'a BTreeMap<u32, Term>,
    callees: &'a [Signature],
    lambdas: &'a mut Vec<(ExtFunc, u32)>,
    /// The function calls itself in tail position.
    looping: bool,
    block: Block,
    handler: Option<Block>,
    loc: Loc,
    /// Values that may be used here. A value from before a try region may not be used behind it, since no values are
    /// live into a handler.
    env: Vec<Val>,
    /// Values that are needed later on; regions carry them over and put what they are then in their place.
    pinned: Vec<Val>,
    /// Regions made so far.
    regions: u32,
    /// Regions are not allowed here if this is not 0.
    no_regions: u32,
    budget: u32,
    depth: u32,
    /// How often the code here runs at most.
    times: u64,
    cost: u64,
}

impl<'a> Body<'a> {
    pub(super) fn new(
        mut func: Function,
        rng: &'a mut Rng,
        options: Options,
        literals: &'a BTreeMap<u32, Term>,
        callees: &'a [Signature],
        lambdas: &'a mut Vec<(ExtFunc, u32)>,
        looping: bool,
    ) -> Body<'a> {
        func.files.push("gen.erl".into());
        let block = func.make_block();
        let mut env = Vec::new();
        for _ in 0..func.arity {
            let v = func.add_param(block, Type::Term);
            func.facts[v] = Facts::ANY;
            env.push(Val { v, hint: Hint::Any, bits: BITS, size: SIZE });
        }
        let (loc, handler) = (Loc::NONE, None);
        let budget = options.statements;
        Body {
            func,
            rng,
            options,
            literals,
            callees,
            lambdas,
            looping,
            block,
            handler,
            loc,
            env,
            pinned: Vec::new(),
            regions: 0,
            no_regions: 0,
            budget,
            depth: 0,
            times: 1,
            cost: 0,
        }
    }

    /// Generates the function; gives a bound on its cost.
    pub(super) fn function(&mut self) -> u64 {
        let looping = if self.looping { Some(self.enter_self_loop()) } else { None };
        while self.budget > 0 {
            self.statement();
        }
        if let Some(less) = looping {
            self.loop_again(less);
            return self.cost + 50;
        }
        let result = self.summary();
        if self.rng.one_in(4)
            && let Some((fref, args)) = self.callee()
        {
            self.cursor().effect(Opcode::TailCall, Imm::Func(fref), &args);
        } else {
            self.cursor().effect(Opcode::Return, Imm::None, &[result.v]);
        }
        self.cost + 10
    }

    fn cursor(&mut self) -> Cursor<'_> {
        let (block, loc, handler) = (self.block, self.loc, self.handler);
        let mut c = Cursor::at_end(&mut self.func, block);
        c.loc = loc;
        c.handler = handler.into();
        c
    }

    fn op(&mut self, op: Opcode, args: &[Value]) -> Value {
        self.cursor().op(op, args)
    }

    fn op_imm(&mut self, op: Opcode, imm: Imm, args: &[Value]) -> Value {
        self.cursor().op_imm(op, imm, args)
    }

    fn jump(&mut self, to: Block, args: &[Value]) {
        self.cursor().jump(to, args);
    }

    fn constant(&mut self, data: ConstData) -> Value {
        self.cursor().constant(data)
    }

    fn int(&mut self, n: i64) -> Value {
        self.constant(ConstData::Int(n))
    }

    fn param(&mut self, block: Block) -> Value {
        let v = self.func.add_param(block, Type::Term);
        self.func.facts[v] = Facts::ANY;
        v
    }

    fn cold(&mut self) -> Block {
        let block = self.func.make_block();
        self.func.blocks[block].cold = true;
        block
    }

    /// A term: one at hand, or a constant.
    fn any(&mut self) -> Val {
        if !self.env.is_empty() && !self.rng.one_in(4) {
            // The last ones are used more often.
            let n = self.env.len();
            let at = n - 1 - self.rng.below(n).min(self.rng.below(n));
            return self.env[at];
        }
        self.leaf()
    }

    fn leaf(&mut self) -> Val {
        match self.rng.below(8) {
            0..=3 => {
                let n = integer(self.rng);
                Val { v: self.int(n), hint: Hint::Int, bits: 64, size: 1 }
            }
            4 => {
                let name = *self.rng.pick::<&str>(&ATOMS);
                Val { v: self.constant(ConstData::Atom(name.into())), hint: Hint::Any, bits: 1, size: 1 }
            }
            5 => Val { v: self.constant(ConstData::Nil), hint: Hint::Any, bits: 1, size: 1 },
            _ => {
                let n = self.rng.below(self.literals.len()) as u32;
                let shape = self.literals[&n].shape();
                let v = self.constant(ConstData::Literal(n, shape));
                Val { v, hint: Hint::Any, bits: 130, size: 30 }
            }
        }
    }

    /// A term within bounds.
    fn small_term(&mut self, bits: u32, size: u32) -> Val {
        for _ in 0..4 {
            let t = self.any();
            if t.bits <= bits && t.size <= size {
                return t;
            }
        }
        let n = integer(self.rng);
        Val { v: self.int(n), hint: Hint::Int, bits: 64, size: 1 }
    }

    /// A term that is likely a number.
    fn number(&mut self) -> Val {
        for _ in 0..3 {
            let t = self.any();
            if matches!(t.hint, Hint::Int | Hint::Float) {
                return t;
            }
        }
        if self.rng.one_in(3) {
            return self.any();
        }
        let n = integer(self.rng);
        Val { v: self.int(n), hint: Hint::Int, bits: 64, size: 1 }
    }

    /// A tuple of some terms at hand, within the bounds of a function's result.
    fn summary(&mut self) -> Val {
        let items: Vec<Val> = (0..1 + self.rng.below(4)).map(|_| self.small_term(BITS, SIZE / 5)).collect();
        self.tuple(&items)
    }

    fn tuple(&mut self, items: &[Val]) -> Val {
        let values: Vec<Value> = items.iter().map(|t| t.v).collect();
        let bits = items.iter().map(|t| t.bits).max().unwrap_or(1);
        let size = 1 + items.iter().map(|t| t.size).sum::<u32>();
        Val { v: self.op(Opcode::Tuple, &values), hint: Hint::Tuple(items.len() as u32), bits, size }
    }

    fn keep(&mut self, t: Val) {
        self.env.push(t);
        if self.rng.one_in(6) {
            let reg = BeamReg::X(self.rng.below(8) as u16);
            self.cursor().effect(Opcode::DbgValue, Imm::Reg(reg), &[t.v]);
        }
    }

    fn arguments(&mut self, n: u32) -> Vec<Value> {
        (0..n).map(|_| self.small_term(BITS, SIZE).v).collect()
    }

    /// A function to call that is not too expensive here, and arguments for it.
    fn callee(&mut self) -> Option<(FuncRef, Vec<Value>)> {
        if self.callees.is_empty() {
            return None;
        }
        let s = self.rng.pick(self.callees).clone();
        if !self.pay(s.cost) {
            return None;
        }
        let mut args = self.arguments(s.arity);
        if s.looping && !self.rng.one_in(4) {
            let rounds = self.rng.below(MAX_ROUNDS as usize + 2) as i64;
            args[0] = self.int(rounds);
        }
        Some((self.func.func(s.func), args))
    }

    /// Counts the cost of a call, if it is not too much.
    fn pay(&mut self, cost: u64) -> bool {
        let cost = self.cost.saturating_add(cost.saturating_mul(self.times));
        if cost <= MAX_COST {
            self.cost = cost;
        }
        cost <= MAX_COST
    }

    fn statement(&mut self) {
        self.budget = self.budget.saturating_sub(1);
        self.cost += 12 * self.times;
        if self.rng.one_in(3) {
            let line = self.func.locs.len() as u32 * 3;
            self.loc = self.func.locs.push(LocData { file: 0, line, beam: line * 16, inlined: None });
        }
        match self.rng.below(24) {
            0..=4 => self.arithmetic(),
            5 | 6 => self.construct(),
            7 | 8 => self.take_apart(),
            9 => self.compare(),
            10 => self.float(),
            11 => self.bif(),
            12 | 13 if self.depth < 4 => self.branch(),
            14 if self.depth < 4 => self.switch(),
            15 | 16 if self.depth < 3 && self.times < 200 => self.counted_loop(),
            17 if self.depth < 3 && self.options.exceptions && self.no_regions == 0 => self.region(),
            18 | 19 => self.call(),
            20 if self.options.maps => self.map(),
            21 => self.raise(),
            22 => self.create_bits(),
            23 => self.match_bits(),
            _ => {
                let t = self.leaf();
                self.keep(t);
            }
        }
    }

    /// The shape of a fallible operation: raises, or goes on with another term, as in a guard.
    fn checked(&mut self, result: Value, hint: Hint, bits: u32, size: u32) {
        let failed = self.op(Opcode::IsNone, &[result]);
        let (bad, good) = (self.cold(), self.func.make_block());
        self.cursor().br(failed, (bad, &[]), (good, &[]));
        if self.rng.one_in(2) {
            self.block = bad;
            self.cursor().effect(Opcode::RaisePending, Imm::None, &[]);
            self.block = good;
            let v = self.op(Opcode::AssertTerm, &[result]);
            return self.keep(Val { v, hint, bits, size });
        }
        let join = self.func.make_block();
        let param = self.param(join);
        self.block = bad;
        let other = self.small_term(bits.max(64), size.max(1));
        self.jump(join, &[other.v]);
        self.block = good;
        let v = self.op(Opcode::AssertTerm, &[result]);
        self.jump(join, &[v]);
        self.block = join;
        self.keep(Val { v: param, hint: Hint::Any, bits: bits.max(other.bits), size: size.max(other.size) });
    }

    fn arithmetic(&mut self) {
        use Opcode::*;
        let (a, b) = (self.number(), self.number());
        let ints = a.hint == Hint::Int && b.hint == Hint::Int;
        let hint = if ints { Hint::Int } else { Hint::Any };
        let bits = a.bits.max(b.bits);
        match self.rng.below(14) {
            0..=2 => {
                let v = self.op(Add, &[a.v, b.v]);
                self.checked(v, hint, bits + 1, 1);
            }
            3 | 4 => {
                let v = self.op(Sub, &[a.v, b.v]);
                self.checked(v, hint, bits + 1, 1);
            }
            5 | 6 if a.bits + b.bits <= 2 * BITS => {
                let v = self.op(Mul, &[a.v, b.v]);
                self.checked(v, hint, a.bits + b.bits, 1);
            }
            7 => {
                let op = *self.rng.pick(&[IDiv, IRem]);
                let v = self.op(op, &[a.v, b.v]);
                self.checked(v, Hint::Int, bits + 1, 1);
            }
            8 => {
                let v = self.op(FDiv, &[a.v, b.v]);
                self.checked(v, Hint::Float, 64, 1);
            }
            9 | 10 => {
                let op = *self.rng.pick(&[Band, Bor, Bxor]);
                let v = self.op(op, &[a.v, b.v]);
                self.checked(v, Hint::Int, bits + 1, 1);
            }
            11 => {
                let op = *self.rng.pick(&[Neg, Bnot]);
                let v = self.op(op, &[a.v]);
                let hint = if op == Bnot { Hint::Int } else { hint };
                self.checked(v, hint, a.bits + 1, 1);
            }
            _ if a.bits <= BITS => {
                let (op, n) = (*self.rng.pick(&[Bsl, Bsr]), self.rng.below(70) as i64 - 5);
                let n = self.int(n);
                let v = self.op(op, &[a.v, n]);
                self.checked(v, Hint::Int, a.bits + 65, 1);
            }
            _ => self.construct(),
        }
    }

    fn construct(&mut self) {
        let t = match self.rng.below(4) {
            0 | 1 => {
                let items: Vec<Val> =
                    (0..self.rng.below(5)).map(|_| self.small_term(2 * BITS, 2 * SIZE)).collect();
                self.tuple(&items)
            }
            2 => {
                let (a, b) = (self.small_term(2 * BITS, 2 * SIZE), self.small_term(2 * BITS, 2 * SIZE));
                let v = self.op(Opcode::Cons, &[a.v, b.v]);
                Val { v, hint: Hint::Cons, bits: a.bits.max(b.bits), size: 1 + a.size + b.size }
            }
            _ => {
                let Some(t) = self.env.iter().rev().find(|t| matches!(t.hint, Hint::Tuple(1..))).copied()
                else {
                    return self.compare();
                };
                let Hint::Tuple(n) = t.hint else { return };
                let at = 1 + self.rng.below(n as usize) as i64;
                let (at, x) = (self.int(at), self.small_term(2 * BITS, SIZE));
                let v = self.op_imm(Opcode::UpdateRecord, Imm::Int(n.into()), &[t.v, at, x.v]);
                Val { v, hint: t.hint, bits: t.bits.max(x.bits), size: t.size + x.size }
            }
        };
        self.keep(t);
    }

    fn take_apart(&mut self) {
        let t = self.any();
        let part = |v, t: Val| Val { v, hint: Hint::Any, bits: t.bits, size: t.size };
        match t.hint {
            Hint::Cons => {
                let op = *self.rng.pick(&[Opcode::Hd, Opcode::Tl]);
                let v = self.op(op, &[t.v]);
                return self.keep(part(v, t));
            }
            Hint::Tuple(n) if n > 0 => {
                let at = self.rng.below(n as usize) as i64;
                let v = self.op_imm(Opcode::Element, Imm::Int(at), &[t.v]);
                return self.keep(part(v, t));
            }
            _ => {}
        }
        let n = 1 + self.rng.below(3) as i64;
        let list = self.rng.one_in(2);
        let test = if list {
            self.op_imm(Opcode::Is, Imm::Test(TypeTest::Cons), &[t.v])
        } else {
            self.op_imm(Opcode::IsTupleArity, Imm::Int(n), &[t.v])
        };
        let other = self.small_term(BITS, SIZE);
        let (yes, join) = (self.func.make_block(), self.func.make_block());
        let param = self.param(join);
        self.cursor().br(test, (yes, &[]), (join, &[other.v]));
        self.block = yes;
        let v = if list {
            let op = *self.rng.pick(&[Opcode::Hd, Opcode::Tl]);
            self.op(op, &[t.v])
        } else {
            let at = self.rng.below(n as usize) as i64;
            self.op_imm(Opcode::Element, Imm::Int(at), &[t.v])
        };
        self.jump(join, &[v]);
        self.block = join;
        let (bits, size) = (t.bits.max(other.bits), t.size.max(other.size));
        self.keep(Val { v: param, hint: Hint::Any, bits, size });
    }

    /// A truth value about terms at hand.
    fn condition(&mut self) -> Value {
        let (a, b) = (self.small_term(2 * BITS, 2 * SIZE), self.small_term(2 * BITS, 2 * SIZE));
        match self.rng.below(9) {
            0 => self.op(Opcode::EqExact, &[a.v, b.v]),
            1 => self.op(Opcode::Eq, &[a.v, b.v]),
            2 | 3 => self.op(Opcode::Lt, &[a.v, b.v]),
            4 | 5 => {
                // Not the last, the test for small integers: its meaning depends on the word size.
                let (test, _) = TypeTest::ALL[self.rng.below(TypeTest::ALL.len() - 1)];
                self.op_imm(Opcode::Is, Imm::Test(test), &[a.v])
            }
            6 => {
                let n = self.rng.below(4) as i64;
                self.op_imm(Opcode::IsTupleArity, Imm::Int(n), &[a.v])
            }
            7 => {
                let tag = self.constant(ConstData::Atom("point".into()));
                {
                    let n = 1 + self.rng.below(3) as i64;
                    self.op_imm(Opcode::IsTaggedTuple, Imm::Int(n), &[a.v, tag])
                }
            }
            _ => {
                let (x, y) = (self.op(Opcode::EqExact, &[a.v, b.v]), self.op(Opcode::Lt, &[b.v, a.v]));
                let op = *self.rng.pick(&[Opcode::BoolAnd, Opcode::BoolOr]);
                let both = self.op(op, &[x, y]);
                self.op(Opcode::BoolNot, &[both])
            }
        }
    }

    fn compare(&mut self) {
        let b = self.condition();
        let v = self.op(Opcode::BoolToTerm, &[b]);
        self.keep(Val { v, hint: Hint::Any, bits: 1, size: 1 });
    }

    /// A term as a float, or badarith.
    fn float_of(&mut self) -> Value {
        let t = self.number();
        if t.hint == Hint::Float {
            return self.op(Opcode::UnboxF64, &[t.v]);
        }
        let f = self.op(Opcode::ToF64, &[t.v]);
        self.finite(f);
        f
    }

    fn finite(&mut self, f: Value) {
        let ok = self.op(Opcode::FIsFinite, &[f]);
        let (good, bad) = (self.func.make_block(), self.cold());
        self.cursor().br(ok, (good, &[]), (bad, &[]));
        self.block = bad;
        self.cursor().effect(Opcode::RaiseError, Imm::Error(ErrorKind::Badarith), &[]);
        self.block = good;
    }

    fn float(&mut self) {
        let x = self.float_of();
        let y = if self.rng.one_in(3) {
            let bits = (integer(self.rng) as f64 / 8.0).to_bits();
            self.op_imm(Opcode::F64Const, Imm::F64(bits), &[])
        } else {
            self.float_of()
        };
        if self.rng.one_in(5) {
            let (cond, _) = *self.rng.pick(&FloatCond::ALL);
            let b = self.op_imm(Opcode::FCmp, Imm::FloatCond(cond), &[x, y]);
            let v = self.op(Opcode::BoolToTerm, &[b]);
            return self.keep(Val { v, hint: Hint::Any, bits: 1, size: 1 });
        }
        let op = *self.rng.pick(&[Opcode::FAdd, Opcode::FSub, Opcode::FMul, Opcode::FDivF]);
        let mut f = self.op(op, &[x, y]);
        if self.rng.one_in(4) {
            f = self.op(Opcode::FNeg, &[f]);
        }
        self.finite(f);
        let v = self.op(Opcode::BoxF64, &[f]);
        self.keep(Val { v, hint: Hint::Float, bits: 64, size: 1 });
    }

    fn bif(&mut self) {
        const BIFS: [&str; 8] =
            ["length", "hd", "tl", "abs", "tuple_size", "byte_size", "bit_size", "is_boolean"];
        let name = *self.rng.pick::<&str>(&BIFS);
        let t = self.small_term(2 * BITS, 2 * SIZE);
        let f = ExtFunc::Import { module: "erlang".into(), name: name.into(), arity: 1 };
        let f = self.func.func(f);
        let v = self.op_imm(Opcode::Bif, Imm::Func(f), &[t.v]);
        self.checked(v, Hint::Any, t.bits.max(64), t.size);
    }

    fn call(&mut self) {
        if self.options.funs && self.rng.one_in(2) {
            return self.call_fun();
        }
        let Some((fref, args)) = self.callee() else { return self.construct() };
        let v = self.op_imm(Opcode::Call, Imm::Func(fref), &args);
        self.keep(Val { v, hint: Hint::Any, bits: BITS, size: SIZE });
    }

    /// Makes a fun of a function behind this one, some arguments given as free variables, and calls it.
    fn call_fun(&mut self) {
        if self.callees.is_empty() {
            return self.construct();
        }
        let s = self.rng.pick(self.callees).clone();
        let ExtFunc::Local { index: body, name, .. } = &s.func else { return };
        if !self.pay(s.cost) {
            return self.construct();
        }
        let free = self.rng.below(s.arity as usize + 1) as u32;
        let arity = s.arity - free;
        let same = |l: &&(ExtFunc, u32)| matches!(&l.0, ExtFunc::Lambda { arity: a, free: f, .. } if (*a, *f, l.1) == (arity, free, *body));
        let lambda = match self.lambdas.iter().find(same) {
            Some((lambda, _)) => lambda.clone(),
            None => {
                let index = self.lambdas.len() as u32;
                let lambda = ExtFunc::Lambda { index, name: name.clone(), arity, free };
                self.lambdas.push((lambda.clone(), *body));
                lambda
            }
        };
        let lambda = self.func.func(lambda);
        let env = self.arguments(free);
        let fun = self.op_imm(Opcode::MakeFun, Imm::Func(lambda), &env);
        let mut args = vec![fun];
        args.extend(self.arguments(arity));
        let v = self.op(Opcode::CallFun, &args);
        self.keep(Val { v, hint: Hint::Any, bits: BITS, size: SIZE });
    }

    fn map(&mut self) {
        let known = self.env.iter().rev().find(|t| t.hint == Hint::Map).copied();
        let (key, value) = (self.small_term(BITS, 5), self.small_term(BITS, SIZE / 4));
        match known {
            Some(map) if self.rng.one_in(2) => {
                let v = self.op(Opcode::MapGet, &[map.v, key.v]);
                let none = self.op(Opcode::IsNone, &[v]);
                let (there, join) = (self.func.make_block(), self.func.make_block());
                let param = self.param(join);
                self.cursor().br(none, (join, &[value.v]), (there, &[]));
                self.block = there;
                let v = self.op(Opcode::AssertTerm, &[v]);
                self.jump(join, &[v]);
                self.block = join;
                let (bits, size) = (map.bits.max(value.bits), map.size.max(value.size));
                self.keep(Val { v: param, hint: Hint::Any, bits, size });
            }
            _ => {
                let map = match known {
                    Some(map) if map.size < 2 * SIZE => map,
                    _ => self.small_term(BITS, SIZE),
                };
                let exact = self.rng.one_in(4);
                let op = if exact { Opcode::MapPutExact } else { Opcode::MapPutAssoc };
                let v = self.op(op, &[map.v, key.v, value.v]);
                let bits = map.bits.max(key.bits).max(value.bits);
                let size = map.size + key.size + value.size + 2;
                let failed = self.op(Opcode::IsNone, &[v]);
                let (bad, good) = (self.cold(), self.func.make_block());
                self.cursor().br(failed, (bad, &[]), (good, &[]));
                self.block = bad;
                self.cursor().effect(Opcode::RaisePending, Imm::None, &[]);
                self.block = good;
                let v = self.op(Opcode::AssertTerm, &[v]);
                self.keep(Val { v, hint: Hint::Map, bits, size });
            }
        }
    }

    /// Raises on one side of a branch.
    fn raise(&mut self) {
        let cond = self.condition();
        let (bad, good) = (self.cold(), self.func.make_block());
        self.cursor().br(cond, (bad, &[]), (good, &[]));
        self.block = bad;
        let about = self.small_term(BITS, SIZE / 2);
        match self.rng.below(3) {
            0 => {
                let kind =
                    *self.rng.pick(&[ErrorKind::Badmatch, ErrorKind::CaseClause, ErrorKind::TryClause]);
                self.cursor().effect(Opcode::RaiseError, Imm::Error(kind), &[about.v]);
            }
            1 => {
                let kind = *self.rng.pick(&[ErrorKind::IfClause, ErrorKind::Badarg]);
                self.cursor().effect(Opcode::RaiseError, Imm::Error(kind), &[]);
            }
            _ => {
                self.cursor().effect(Opcode::FunctionClause, Imm::None, &[about.v]);
            }
        }
        self.block = good;
    }
}
