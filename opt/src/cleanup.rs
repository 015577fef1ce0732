//! Tidies the control-flow graph: unreachable blocks, constant branches, trivial parameters, forwarding blocks,
//! straight lines.
//!
//! *Invariants*: the entry keeps no predecessor; handlers (targets of `try_enter`) are neither merged nor bypassed; a
//! parameter whose facts are better than its argument's becomes an `assert_term` at the BEAM level, so that facts
//! found on a path are not lost.

use crate::pass::PassContext;
use crate::util;
use cranelift_entity::SecondaryMap;
use linac_ir::analysis::Cfg;
use linac_ir::{Args, Block, Function, Imm, Loc, Opcode, Stage, Type, Value};

/// Runs the pass.
pub fn run(func: &mut Function, _ctx: &mut PassContext<'_>) {
    fold_branches(func);
    let cfg = Cfg::compute(func);
    func.order.retain(|&b| cfg.is_reachable(b));
    trivial_params(func, &cfg);
    // Uses are counted below.
    func.resolve_aliases();
    if bypass(func, &cfg) {
        fold_branches(func);
        let cfg = Cfg::compute(func);
        func.order.retain(|&b| cfg.is_reachable(b));
        trivial_params(func, &cfg);
        merge(func, &cfg);
    } else {
        merge(func, &cfg);
    }
    func.resolve_aliases();
}

/// Branches on constants, and with two equal targets, become jumps.
pub fn fold_branches(func: &mut Function) {
    for n in 0..func.order.len() {
        let inst = func.terminator(func.order[n]);
        let data = &func.insts[inst];
        if data.op != Opcode::Br {
            continue;
        }
        match util::as_bool_const(func, data.args[0]) {
            Some(true) => util::make_jump(func, inst, 0),
            Some(false) => util::make_jump(func, inst, 1),
            None if data.targets[0] == data.targets[1] => util::make_jump(func, inst, 0),
            None => {}
        }
    }
}

/// Is the block the target of a `try_enter`, first or second?
fn enters_try(func: &Function, cfg: &Cfg, block: Block) -> bool {
    cfg.preds[block].iter().any(|e| func.insts[e.inst].op == Opcode::TryEnter)
}

/// Replaces parameters that always get the same value.
pub fn trivial_params(func: &mut Function, cfg: &Cfg) {
    for &block in &cfg.rpo {
        if block == func.entry() || func.blocks[block].params.is_empty() {
            continue;
        }
        let params = &func.blocks[block].params;
        let mut gone: Vec<(usize, Value)> = Vec::new();
        for (n, &param) in params.iter().enumerate() {
            let mut same: Option<Value> = None;
            let trivial = cfg.preds[block].iter().all(|e| {
                let v = func.resolve(func.insts[e.inst].targets[e.target].args[n]);
                v == param || *same.get_or_insert(v) == v
            });
            if let (true, Some(v)) = (trivial, same) {
                gone.push((n, v));
            }
        }
        if gone.is_empty() {
            continue;
        }
        for &(n, v) in gone.iter().rev() {
            let param = func.blocks[block].params.remove(n);
            for edge in &cfg.preds[block] {
                func.insts[edge.inst].targets[edge.target].args.remove(n);
            }
            replace_param(func, block, param, v);
        }
        let left = func.blocks[block].params.clone();
        for (n, p) in left.into_iter().enumerate() {
            func.values[p].def = linac_ir::ValueDef::Param(block, n as u16);
        }
    }
}

/// Makes a parameter mean `v`, keeping better facts in an `assert_term`.
fn replace_param(func: &mut Function, block: Block, param: Value, v: Value) {
    let facts = func.facts[param];
    let better = func.stage == Stage::Beam
        && func.ty(param) == Type::Term
        && facts.meet(&func.facts[v]) != func.facts[v];
    if better {
        let inst = func.make_inst(Opcode::AssertTerm, Imm::None, &[v], &[Type::Term], Loc::NONE);
        let result = func.result(inst);
        func.facts[result] = facts.meet(&func.facts[v]);
        let at = usize::from(
            func.blocks[block].insts.first().is_some_and(|&i| func.insts[i].op == Opcode::Landing),
        );
        func.blocks[block].insts.insert(at, inst);
        func.replace(param, result);
    } else {
        func.replace(param, v);
    }
}

/// Leads edges around blocks that only jump on.
fn bypass(func: &mut Function, cfg: &Cfg) -> bool {
    let uses = util::all_use_counts(func);
    let mut changed = false;
    // In postorder, so that chains collapse from their end.
    for &block in cfg.rpo.iter().rev() {
        let [inst] = func.blocks[block].insts[..] else { continue };
        if block == func.entry() || func.insts[inst].op != Opcode::Jump || enters_try(func, cfg, block) {
            continue;
        }
        let call = &func.insts[inst].targets[0];
        if call.block == block || cfg.preds[block].is_empty() {
            continue;
        }
        // Parameters may only be passed on.
        let (call, params) = (call.clone(), func.blocks[block].params.clone());
        let passed = |p: Value| call.args.iter().filter(|&&a| func.resolve(a) == p).count() as u32;
        if params.iter().any(|&p| passed(p) != uses[p]) {
            continue;
        }
        for edge in &cfg.preds[block] {
            let old = func.insts[edge.inst].targets[edge.target].clone();
            if old.block != block {
                continue;
            }
            let args: Args = call
                .args
                .iter()
                .map(|&a| {
                    let a = func.resolve(a);
                    params.iter().position(|&p| p == a).map_or(a, |n| old.args[n])
                })
                .collect();
            let target = &mut func.insts[edge.inst].targets[edge.target];
            target.block = call.block;
            target.args = args;
            changed = true;
        }
    }
    changed
}

/// Appends blocks to their only predecessor.
fn merge(func: &mut Function, cfg: &Cfg) {
    let mut gone: SecondaryMap<Block, bool> = SecondaryMap::new();
    for &block in &cfg.rpo {
        if gone[block] {
            continue;
        }
        loop {
            let inst = func.terminator(block);
            if func.insts[inst].op != Opcode::Jump {
                break;
            }
            let next = func.insts[inst].targets[0].block;
            if next == block || next == func.entry() || gone[next] || cfg.preds[next].len() != 1 {
                break;
            }
            let args = std::mem::take(&mut func.insts[inst].targets[0].args);
            gone[next] = true;
            func.blocks[block].insts.pop();
            let params = std::mem::take(&mut func.blocks[next].params);
            for (p, v) in params.into_iter().zip(args) {
                let v = func.resolve(v);
                if func.resolve(p) != v {
                    replace_param(func, next, p, v);
                }
            }
            let insts = std::mem::take(&mut func.blocks[next].insts);
            func.blocks[block].insts.extend(insts);
            func.blocks[block].cold |= func.blocks[next].cold;
        }
    }
    func.order.retain(|&b| !gone[b]);
}
