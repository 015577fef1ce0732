//! `switch` as comparisons: binary search over small integers, one by one over atoms.

use super::Legalizer;
use linac_abi::term::small;
use linac_ir::{BlockCall, ConstData, Facts, Imm, Inst, IntCond, Kinds, Opcode, Value};

/// Up to this many integer keys are compared one by one.
const LINEAR: usize = 4;

impl Legalizer<'_> {
    pub(super) fn switch(&mut self, inst: Inst) {
        let v = self.arg(inst, 0);
        let data = &self.f.insts[inst];
        let Imm::Keys(keys) = data.imm.clone() else { unreachable!("`switch` has keys") };
        let default = data.targets[keys.len()].clone();
        let mut ints = Vec::new();
        let mut others = Vec::new();
        for (&key, call) in keys.iter().zip(&data.targets) {
            match self.f.consts[key] {
                // No small integer of the target: such a key needs the exact comparison below.
                ConstData::Int(n) if self.word.is_small(n) => ints.push((n, call.clone())),
                _ => others.push((key, call.clone())),
            }
        }
        let facts = self.facts(v);
        if !facts.kinds.disjoint(Kinds::INT) && !ints.is_empty() {
            ints.sort_by_key(|k| k.0);
            ints.dedup_by_key(|k| k.0);
            let rest = if others.is_empty() { default.clone() } else { BlockCall::new(self.fresh(), &[]) };
            if ints.len() <= LINEAR {
                self.linear(v, &ints);
                self.jump(&rest);
            } else {
                if !self.known_small(v) {
                    self.require_small(&[v], &rest);
                }
                self.search(v, &facts, ints, &rest);
            }
            self.cur = rest.block;
            if others.is_empty() {
                return;
            }
        }
        for (key, call) in others {
            let want = self.c().op_imm(Opcode::Const, Imm::Const(key), &[]);
            self.f.facts[want] = self.f.consts[key].facts();
            if matches!(self.f.consts[key], ConstData::Int(_) | ConstData::Literal(..)) {
                let next = BlockCall::new(self.fresh(), &[]);
                self.eq_exact(v, want, &super::Targets { yes: call, no: next.clone() });
                self.cur = next.block;
            } else {
                let (x, y) = (self.bits(v), self.bits(want));
                let same = self.icmp(IntCond::Eq, x, y);
                self.unless(same, &call);
            }
        }
        self.jump(&default);
    }

    fn linear(&mut self, v: Value, keys: &[(i64, BlockCall)]) {
        for (n, call) in keys {
            let bits = self.bits(v);
            let same = self.icmp_i(IntCond::Eq, bits, small(*n) as i64);
            self.unless(same, call);
        }
    }

    /// Binary search: halves are split by a signed comparison of tagged words.
    fn search(&mut self, v: Value, facts: &Facts, keys: Vec<(i64, BlockCall)>, rest: &BlockCall) {
        let mut work = vec![(self.cur, keys)];
        while let Some((block, keys)) = work.pop() {
            self.cur = block;
            if keys.len() <= LINEAR {
                self.linear(v, &keys);
                self.jump(rest);
                continue;
            }
            let (low, high) = keys.split_at(keys.len() / 2);
            let (lower, upper) = (self.fresh(), self.fresh());
            let bits = self.small_bits(v);
            let first = high[0].0;
            debug_assert!(facts.kinds.contains(Kinds::INT));
            let less = self.icmp_i(IntCond::Slt, bits, small(first) as i64);
            self.branch(less, &BlockCall::new(lower, &[]), &BlockCall::new(upper, &[]));
            work.push((lower, low.to_vec()));
            work.push((upper, high.to_vec()));
        }
    }
}
