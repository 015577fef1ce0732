//! Control flow: branches, loops, try regions.

use super::super::{ATOMS, BITS, SIZE};
use super::{Body, Hint, MAX_ROUNDS, Val};
use crate::entities::{Block, Slot, Value};
use crate::function::{ConstData, ExtFunc, SlotKind};
use crate::inst::{BlockCall, Imm, TypeTest};
use crate::opcode::Opcode;
use crate::types::{Facts, Type};

impl Body<'_> {
    /// A function that calls itself while its first argument counts down; any other first argument ends it. Gives the
    /// slot that holds the next count, as no value is at hand behind a try region.
    pub(super) fn enter_self_loop(&mut self) -> Slot {
        let counter = self.env[0].v;
        let count = self.func.slots.push(SlotKind::Term);
        let (exit, is_int, positive, body) =
            (self.func.make_block(), self.func.make_block(), self.func.make_block(), self.func.make_block());
        let test = self.op_imm(Opcode::Is, Imm::Test(TypeTest::Integer), &[counter]);
        self.cursor().br(test, (is_int, &[]), (exit, &[]));
        self.block = is_int;
        let one = self.int(1);
        let test = self.op(Opcode::Lt, &[counter, one]);
        self.cursor().br(test, (exit, &[]), (positive, &[]));
        self.block = positive;
        let most = self.int(MAX_ROUNDS);
        let test = self.op(Opcode::Lt, &[most, counter]);
        self.cursor().br(test, (exit, &[]), (body, &[]));
        self.block = exit;
        let result = self.summary();
        self.cursor().effect(Opcode::Return, Imm::None, &[result.v]);
        self.block = body;
        let one = self.int(1);
        let less = self.op(Opcode::Sub, &[counter, one]);
        let failed = self.op(Opcode::IsNone, &[less]);
        let (bad, good) = (self.cold(), self.func.make_block());
        self.cursor().br(failed, (bad, &[]), (good, &[]));
        self.block = bad;
        self.cursor().effect(Opcode::RaisePending, Imm::None, &[]);
        self.block = good;
        let less = self.op(Opcode::AssertTerm, &[less]);
        self.cursor().effect(Opcode::SlotStore, Imm::Slot(count), &[less]);
        self.times = MAX_ROUNDS as u64;
        count
    }

    pub(super) fn loop_again(&mut self, count: Slot) {
        let mut args = self.load_slots(&[count]);
        args.extend(self.arguments(self.func.arity - 1));
        let (index, name, arity) = (self.func.index, self.func.name.clone(), self.func.arity);
        let own = self.func.func(ExtFunc::Local { index, name, arity });
        self.cursor().effect(Opcode::TailCall, Imm::Func(own), &args);
    }

    /// Statements in a block of their own scope.
    pub(super) fn arm(&mut self, n: usize) {
        self.depth += 1;
        for _ in 0..n {
            if self.budget > 0 {
                self.statement();
            }
        }
        self.depth -= 1;
    }

    /// Goes from each block to one that takes a term of the block's choice.
    pub(super) fn join(&mut self, arms: &[Block]) {
        let join = self.func.make_block();
        let param = self.param(join);
        let (before, pinned, regions) = (self.env.clone(), self.pinned.clone(), self.regions);
        let (mut bits, mut size) = (1, 1);
        let mut jumps = Vec::new();
        for &arm in arms {
            self.block = arm;
            self.env.clone_from(&before);
            self.pinned.clone_from(&pinned);
            let n = self.rng.below(4);
            self.arm(n);
            let t = self.any();
            (bits, size) = (bits.max(t.bits), size.max(t.size));
            let jump = self.cursor().jump(join, &[t.v]);
            jumps.push((jump, self.pinned.clone()));
        }
        (self.env, self.pinned) = (before, pinned);
        self.block = join;
        if self.regions != regions {
            self.env.clear();
            for n in 0..self.pinned.len() {
                self.pinned[n].v = self.param(join);
                for (jump, values) in &jumps {
                    self.func.insts[*jump].targets[0].args.push(values[n].v);
                }
            }
        }
        self.keep(Val { v: param, hint: Hint::Any, bits, size });
    }

    pub(super) fn branch(&mut self) {
        let cond = self.condition();
        let (yes, no) = (self.func.make_block(), self.func.make_block());
        self.cursor().br(cond, (yes, &[]), (no, &[]));
        self.join(&[yes, no]);
    }

    pub(super) fn switch(&mut self) {
        let t = self.any();
        let atoms = self.rng.one_in(2);
        let mut keys = Vec::new();
        let count = 1 + self.rng.below(4);
        for (n, &name) in ATOMS.iter().enumerate().take(count) {
            let key = if atoms { ConstData::Atom(name.into()) } else { ConstData::Int(n as i64 * 3 - 1) };
            keys.push(self.func.constant(key));
        }
        let arms: Vec<Block> = (0..=keys.len()).map(|_| self.func.make_block()).collect();
        let inst = self.cursor().effect(Opcode::Switch, Imm::Keys(keys.into()), &[t.v]);
        self.func.insts[inst].targets.extend(arms.iter().map(|&b| BlockCall::new(b, &[])));
        self.join(&arms);
    }

    /// Counts down from a constant, with a term and a list that the loop carries along.
    pub(super) fn counted_loop(&mut self) {
        let rounds = 1 + self.rng.below(12) as i64;
        let first = self.small_term(BITS, SIZE);
        let (start, nil) = (self.int(rounds), self.constant(ConstData::Nil));
        let head = self.func.make_block();
        let (counter, carried, list) = (self.param(head), self.param(head), self.param(head));
        let bounded = self.rng.one_in(2);
        if bounded {
            self.func.facts[counter] = Facts::int(0, rounds);
        }
        self.jump(head, &[start, first.v, nil]);
        self.block = head;
        let zero = self.int(0);
        let done = self.op(Opcode::EqExact, &[counter, zero]);
        let (body, exit) = (self.func.make_block(), self.func.make_block());
        self.cursor().br(done, (exit, &[]), (body, &[]));
        // With regions in it, the body sees nothing from outside the loop.
        let closed = self.pinned.is_empty() && self.no_regions == 0 && self.rng.one_in(2);
        let (before, times) = (self.env.clone(), self.times);
        let carried = Val { v: carried, hint: Hint::Any, bits: BITS, size: SIZE };
        let plain = |v| Val { v, hint: Hint::Any, bits: BITS, size: 1 };
        self.block = body;
        self.times *= rounds as u64;
        if closed {
            self.env.clear();
        } else {
            self.no_regions += 1;
        }
        self.pinned.extend([plain(counter), plain(list)]);
        self.env.extend([carried, Val { bits: 8, ..plain(counter) }]);
        let n = 1 + self.rng.below(5);
        self.arm(n);
        let rebound = self.pinned.split_off(self.pinned.len() - 2);
        let (count, items) = (rebound[0].v, rebound[1].v);
        let (next, item) = (self.small_term(BITS, SIZE), self.small_term(BITS, 4));
        let list_next = self.op(Opcode::Cons, &[item.v, items]);
        let one = self.int(1);
        let less = self.op(Opcode::Sub, &[count, one]);
        let failed = self.op(Opcode::IsNone, &[less]);
        let (bad, again) = (self.cold(), self.func.make_block());
        self.cursor().br(failed, (bad, &[]), (again, &[]));
        self.block = bad;
        self.cursor().effect(Opcode::RaisePending, Imm::None, &[]);
        self.block = again;
        let less = self.op(Opcode::AssertTerm, &[less]);
        if bounded {
            // Behind the test against 0 the counter is at least 1.
            self.func.facts[less] = Facts::int(0, rounds - 1);
        }
        self.jump(head, &[less, next.v, list_next]);
        self.times = times;
        self.env = before;
        if closed {
            self.env.clear();
        } else {
            self.no_regions -= 1;
        }
        self.block = exit;
        self.keep(carried);
        self.keep(Val { size: 1 + 5 * rounds as u32, ..plain(list) });
    }

    pub(super) fn load_slots(&mut self, slots: &[Slot]) -> Vec<Value> {
        let mut values = Vec::new();
        for &slot in slots {
            let inst = self.cursor().inst(Opcode::SlotLoad, Imm::Slot(slot), &[], Some(Type::Term));
            let v = self.func.result(inst);
            self.func.facts[v] = Facts::ANY;
            values.push(v);
        }
        values
    }

    /// A try region. Only what went through slots or parameters is at hand behind it.
    pub(super) fn region(&mut self) {
        self.regions += 1;
        let count = 1 + self.rng.below(4);
        let mut saved: Vec<Val> = (0..count).map(|_| self.small_term(BITS, SIZE)).collect();
        saved.extend(&self.pinned);
        let slots: Vec<Slot> = saved.iter().map(|_| self.func.slots.push(SlotKind::Term)).collect();
        for (t, &slot) in saved.iter().zip(&slots) {
            self.cursor().effect(Opcode::SlotStore, Imm::Slot(slot), &[t.v]);
        }
        let (normal, handler, join) =
            (self.func.make_block(), self.func.make_block(), self.func.make_block());
        let inst = self.cursor().effect(Opcode::TryEnter, Imm::None, &[]);
        self.func.insts[inst].targets.extend([BlockCall::new(normal, &[]), BlockCall::new(handler, &[])]);
        // The first parameter is the region's result, the others are what was saved.
        let result = Val { v: self.param(join), hint: Hint::Any, bits: 2 * BITS, size: SIZE };
        let mut params = Vec::new();
        for t in &saved {
            params.push(Val { v: self.param(join), hint: Hint::Any, ..*t });
        }
        let pinned = self.pinned.len();
        let outer = self.handler.replace(handler);
        self.block = normal;
        // What is pinned is in slots; the inner regions need not carry it.
        let kept = std::mem::take(&mut self.pinned);
        let n = 1 + self.rng.below(5);
        self.arm(n);
        let mut args = vec![self.small_term(2 * BITS, SIZE).v];
        args.extend(self.load_slots(&slots));
        self.jump(join, &args);
        self.handler = outer;

        self.block = handler;
        let landing = self.cursor().inst(Opcode::Landing, Imm::None, &[], None);
        let found = self.func.insts[landing].results.clone();
        self.env.clear();
        // The trace is left alone: implementations differ in it.
        for &v in &found[..2] {
            self.env.push(Val { v, hint: Hint::Any, bits: 2 * BITS, size: SIZE });
        }
        let loaded = self.load_slots(&slots);
        for (&v, t) in loaded.iter().zip(&saved) {
            self.env.push(Val { v, hint: Hint::Any, ..*t });
        }
        let regions = self.regions;
        let n = self.rng.below(3);
        self.arm(n);
        let value = self.small_term(2 * BITS, SIZE);
        let mut args = vec![value.v];
        if regions == self.regions && self.rng.one_in(5) {
            args[0] = self.op(Opcode::RaiseRaw, &[found[0], value.v, found[2]]);
        }
        args.extend(self.load_slots(&slots));
        self.jump(join, &args);
        self.block = join;
        self.env = vec![result];
        self.env.extend(&params);
        self.pinned = kept;
        let carried = params.len() - pinned;
        self.pinned.clone_from_slice(&params[carried..]);
    }
}
