//! The fixpoint of facts over executable blocks.

use super::cond::{self, Truth};
use super::{Shown, keys};
use cranelift_entity::SecondaryMap;
use linac_ir::analysis::Cfg;
use linac_ir::{Block, Facts, Function, Inst, Kinds, Opcode, Type, Value, ValueDef, facts};
use smallvec::SmallVec;

/// Most times that any block is looked at on the way up.
pub(super) const ROUNDS: u32 = 40;
/// From this visit of a block on, ranges of its parameters that still grow are widened.
const WIDEN: u32 = 3;
/// Walks on the way down.
const NARROW: u32 = 2;

/// What was found; the facts are in the function.
pub(super) struct Solution {
    pub(super) executable: SecondaryMap<Block, bool>,
    pub(super) truth: SecondaryMap<Value, Truth>,
    pub(super) before: SecondaryMap<Value, Facts>,
}

/// Solves; none if the fixpoint was not reached in time.
pub(super) fn run(
    func: &mut Function,
    cfg: &Cfg,
    shown: &SecondaryMap<Inst, Option<Shown>>,
    before: &SecondaryMap<Value, Facts>,
) -> Option<Solution> {
    let mut users: SecondaryMap<Value, SmallVec<[u32; 4]>> = SecondaryMap::new();
    for (n, &block) in cfg.rpo.iter().enumerate() {
        let n = n as u32;
        let mut note = |v: Value| {
            if users[v].last() != Some(&n) {
                users[v].push(n);
            }
        };
        for &inst in &func.blocks[block].insts {
            let data = &func.insts[inst];
            data.args.iter().chain(data.targets.iter().flat_map(|t| t.args.iter())).for_each(|&v| note(v));
            if let Some(said) = shown[inst] {
                func.insts[said.test].args.iter().for_each(|&v| note(v));
            }
        }
    }
    let mut s = Solver {
        cfg,
        shown,
        before,
        users,
        executable: SecondaryMap::new(),
        edge: SecondaryMap::new(),
        truth: SecondaryMap::new(),
        dirty: vec![false; cfg.rpo.len()],
        visits: vec![0; cfg.rpo.len()],
        narrowing: false,
    };
    for &block in &cfg.rpo {
        for v in defined(func, block) {
            func.facts[v] = Facts::of(Kinds::EMPTY);
        }
    }
    for &p in &func.blocks[func.entry()].params {
        func.facts[p] = before[p];
    }
    s.executable[func.entry()] = true;
    s.dirty[0] = true;
    // Blocks in reverse postorder, those with changed inputs only, until none is left.
    while let Some(first) = s.dirty.iter().position(|&d| d) {
        for n in first..cfg.rpo.len() {
            if !s.dirty[n] {
                continue;
            }
            s.dirty[n] = false;
            s.visits[n] += 1;
            if s.visits[n] > ROUNDS {
                return None;
            }
            s.block(func, n);
        }
    }
    s.narrowing = true;
    for _ in 0..NARROW {
        for n in 0..cfg.rpo.len() {
            if s.executable[cfg.rpo[n]] {
                s.params(func, n);
                s.block(func, n);
            }
        }
    }
    Some(Solution { executable: s.executable, truth: s.truth, before: before.clone() })
}

fn defined(func: &Function, block: Block) -> Vec<Value> {
    let data = &func.blocks[block];
    let results = data.insts.iter().flat_map(|&i| func.insts[i].results.iter().copied());
    data.params.iter().copied().chain(results).collect()
}

struct Solver<'a> {
    cfg: &'a Cfg,
    shown: &'a SecondaryMap<Inst, Option<Shown>>,
    before: &'a SecondaryMap<Value, Facts>,
    users: SecondaryMap<Value, SmallVec<[u32; 4]>>,
    executable: SecondaryMap<Block, bool>,
    /// Executable targets of each terminator, as bits (targets from 64 on always count as executable).
    edge: SecondaryMap<Inst, u64>,
    truth: SecondaryMap<Value, Truth>,
    dirty: Vec<bool>,
    visits: Vec<u32>,
    narrowing: bool,
}

impl Solver<'_> {
    fn touch(&mut self, v: Value) {
        for &n in &self.users[v] {
            if self.executable[self.cfg.rpo[n as usize]] {
                self.dirty[n as usize] = true;
            }
        }
    }

    /// Moves the facts of a value up (or down while narrowing).
    fn set(&mut self, func: &mut Function, v: Value, computed: Facts) {
        let old = func.facts[v];
        let new =
            if self.narrowing { old.meet(&computed) } else { old.join(&computed.meet(&self.before[v])) };
        if new != old {
            func.facts[v] = new;
            if !self.narrowing {
                self.touch(v);
            }
        }
    }

    fn set_truth(&mut self, v: Value, computed: Truth) {
        let new = if self.narrowing { computed } else { self.truth[v].join(computed) };
        if new != self.truth[v] {
            self.truth[v] = new;
            self.touch(v);
        }
    }

    fn block(&mut self, func: &mut Function, n: usize) {
        let block = self.cfg.rpo[n];
        for at in 0..func.blocks[block].insts.len() {
            let inst = func.blocks[block].insts[at];
            if func.insts[inst].op.is_terminator() {
                self.terminator(func, inst);
            } else {
                self.inst(func, inst);
            }
        }
    }

    fn inst(&mut self, func: &mut Function, inst: Inst) {
        let data = &func.insts[inst];
        let [result] = data.results[..] else {
            for r in data.results.clone() {
                self.set(func, r, self.before[r]);
            }
            return;
        };
        // Nothing can be said of what comes from values that have not come to be.
        let waits = data.args.iter().any(|&v| match func.ty(v) {
            Type::Term => func.facts[v].kinds == Kinds::EMPTY,
            Type::Bool => self.truth[v] == Truth::default(),
            _ => false,
        });
        if waits {
            return;
        }
        match func.ty(result) {
            Type::Term => {
                let computed = match self.shown[inst] {
                    Some(said) => cond::refined(func, said),
                    None => facts::of_result(func, inst),
                };
                self.set(func, result, computed);
            }
            Type::Bool => {
                let computed = cond::truth(func, inst, |v| self.truth[v]);
                self.set_truth(result, computed);
            }
            _ => {}
        }
    }

    fn terminator(&mut self, func: &mut Function, inst: Inst) {
        let data = &func.insts[inst];
        let all = if data.targets.len() >= 64 { u64::MAX } else { (1u64 << data.targets.len()) - 1 };
        let mut taken = match data.op {
            Opcode::Br => {
                let truth = self.truth[data.args[0]];
                u64::from(truth.has(true)) | u64::from(truth.has(false)) << 1
            }
            Opcode::Switch => self.switch(func, inst, all),
            _ => all,
        };
        if !self.narrowing {
            taken |= self.edge[inst];
        }
        let before = self.edge[inst];
        self.edge[inst] = taken | before;
        if self.narrowing {
            return;
        }
        for t in 0..func.insts[inst].targets.len() {
            if t < 64 && taken & (1 << t) == 0 {
                continue;
            }
            let target = func.insts[inst].targets[t].block;
            let n = self.cfg.number(target).expect("reachable") as usize;
            if !self.executable[target] {
                self.executable[target] = true;
                self.dirty[n] = true;
            }
            self.params(func, n);
        }
    }

    fn switch(&self, func: &Function, inst: Inst, all: u64) -> u64 {
        let data = &func.insts[inst];
        let facts = &func.facts[data.args[0]];
        if facts.kinds == Kinds::EMPTY {
            return 0;
        }
        let mut taken = all;
        for (t, &key) in keys(func, inst).iter().enumerate().take(64) {
            if !cond::can_be(&func.consts[key], facts) {
                taken &= !(1 << t);
            }
        }
        match cond::switch_target(func, inst, facts) {
            Some(t) if t < 64 => 1 << t,
            _ => taken,
        }
    }

    /// Joins what the executable edges bring into the parameters of a block.
    fn params(&mut self, func: &mut Function, n: usize) {
        let block = self.cfg.rpo[n];
        if block == func.entry() {
            return;
        }
        for p in 0..func.blocks[block].params.len() {
            let param = func.blocks[block].params[p];
            debug_assert!(matches!(func.values[param].def, ValueDef::Param(b, _) if b == block));
            match func.ty(param) {
                Type::Term => {
                    let mut all = Facts::of(Kinds::EMPTY);
                    self.each_edge(func, block, p, |f, _, v| all = all.join(&f.facts[v]));
                    if !self.narrowing && self.visits[n] >= WIDEN {
                        all = widen(&func.facts[param], all);
                    }
                    self.set(func, param, all);
                }
                Type::Bool => {
                    let mut all = Truth::default();
                    self.each_edge(func, block, p, |_, s, v| all = all.join(s.truth[v]));
                    self.set_truth(param, all);
                }
                _ => {}
            }
        }
    }

    fn each_edge(
        &self,
        func: &Function,
        block: Block,
        param: usize,
        mut visit: impl FnMut(&Function, &Self, Value),
    ) {
        for edge in &self.cfg.preds[block] {
            let taken = edge.target >= 64 || self.edge[edge.inst] & (1 << edge.target) != 0;
            if taken && self.executable[edge.from] {
                visit(func, self, func.insts[edge.inst].targets[edge.target].args[param]);
            }
        }
    }
}

/// A range that grows once more is taken to grow forever.
fn widen(old: &Facts, new: Facts) -> Facts {
    if old.kinds.disjoint(Kinds::INT) {
        return new;
    }
    Facts {
        lo: if new.lo < old.lo { i64::MIN } else { new.lo },
        hi: if new.hi > old.hi { i64::MAX } else { new.hi },
        ..new
    }
}
