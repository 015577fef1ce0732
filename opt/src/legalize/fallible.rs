//! Fallible operations: fast path, slow path, and what becomes of NONE.

use super::Legalizer;
use cranelift_entity::SecondaryMap;
use linac_abi::rtcall::RtCall;
use linac_ir::analysis::{Cfg, DomTree};
use linac_ir::{Block, BlockCall, Effects, Function, Inst, Kinds, Opcode, Type, Value};

/// Finds fallible instructions that end a block together with `is_none` and `br` (only `dbg_value` between), such
/// that every other use of the result is behind the ok edge.
pub(crate) fn find_threads(
    func: &Function,
    cfg: &Cfg,
    uses: &SecondaryMap<Value, u32>,
) -> SecondaryMap<Inst, Option<(Inst, Inst)>> {
    // For each candidate value: its is_none and br, and the block behind the ok edge if only that edge leads there.
    let mut candidates: SecondaryMap<Value, Option<(Inst, Inst, Option<Block>)>> = SecondaryMap::new();
    let mut found = Vec::new();
    for &block in &cfg.rpo {
        let [.., test, br] = func.blocks[block].insts[..] else { continue };
        let (t, b) = (&func.insts[test], &func.insts[br]);
        if t.op != Opcode::IsNone || b.op != Opcode::Br || b.args[0] != t.results[0] || uses[b.args[0]] != 1 {
            continue;
        }
        let value = t.args[0];
        let insts = &func.blocks[block].insts;
        let last = insts[..insts.len() - 2].iter().rev().find(|&&i| func.insts[i].op != Opcode::DbgValue);
        let Some(&inst) = last else { continue };
        let data = &func.insts[inst];
        if data.op.effects().has(Effects::FALLIBLE) && data.results[0] == value {
            let ok = b.targets[1].block;
            let single = cfg.preds[ok].len() == 1;
            candidates[value] = Some((test, br, single.then_some(ok)));
            found.push((inst, value));
        }
    }
    if found.is_empty() {
        return SecondaryMap::new();
    }
    let dom = DomTree::compute(cfg);
    for &block in &cfg.rpo {
        for &inst in &func.blocks[block].insts {
            let data = &func.insts[inst];
            for &v in data.args.iter().chain(data.targets.iter().flat_map(|t| t.args.iter())) {
                if let Some((test, br, ok)) = candidates[v]
                    && inst != test
                    && inst != br
                    && !ok.is_some_and(|ok| dom.dominates(ok, block))
                    && !(data.op == Opcode::DbgValue && func.terminator(block) == br)
                {
                    candidates[v] = None;
                }
            }
        }
    }
    let mut threads = SecondaryMap::new();
    for (inst, value) in found {
        threads[inst] = candidates[value].map(|(test, br, _)| (test, br));
    }
    threads
}

impl Legalizer<'_> {
    /// A fallible operation without a fast path.
    pub(super) fn plain_fallible(&mut self, inst: Inst, call: RtCall) {
        let args = self.f.insts[inst].args.clone();
        let result = self.rt(call, &args).expect("a fallible call has a result");
        self.define(inst, result);
    }

    /// Ends an expansion: `fast` is the result in the current block; `slow`, if any check leads there, is a cold block
    /// in which `call` makes the general case.
    pub(super) fn finish(
        &mut self,
        inst: Inst,
        fast: Value,
        slow: Option<Block>,
        call: impl FnOnce(&mut Self) -> Value,
    ) {
        let old = self.f.result(inst);
        let facts = self.f.facts[old];
        let Some(slow) = slow else {
            self.f.facts[fast].kinds = facts.kinds.minus(Kinds::NONE);
            if let Some((test, br)) = self.threads[inst] {
                self.skip.insert(test);
                self.taken[br] = Some(1);
            }
            self.f.replace(old, fast);
            return;
        };
        let cont = self.fresh();
        let result = self.f.add_param(cont, Type::Term);
        self.f.facts[result] = facts;
        self.c().jump(cont, &[fast]);
        self.cur = slow;
        let general = call(self);
        match self.threads[inst] {
            Some((test, br)) => {
                self.f.facts[result].kinds = facts.kinds.minus(Kinds::NONE);
                let mut cold: BlockCall = self.f.insts[br].targets[0].clone();
                for v in &mut cold.args {
                    if *v == old {
                        *v = general;
                    }
                }
                let none = self.c().op(Opcode::IsNone, &[general]);
                self.branch(none, &cold, &BlockCall::new(cont, &[general]));
                self.skip.insert(test);
                self.taken[br] = Some(1);
            }
            None => {
                self.c().jump(cont, &[general]);
            }
        }
        self.cur = cont;
        self.f.replace(old, result);
    }

    /// The slow block of an expansion, made at the first check that needs it.
    pub(super) fn slow_block(&mut self, slow: &mut Option<Block>) -> BlockCall {
        let block = match *slow {
            Some(block) => block,
            None => self.fresh_cold(),
        };
        *slow = Some(block);
        BlockCall::new(block, &[])
    }
}
