//! Removes what nothing needs: instructions without effect, block parameters and their arguments.
//!
//! *Idea*: mark from instructions with effects backwards; an argument of a branch is needed only if the parameter is.
//! An exception that a fallible operation records is an effect where `raise_pending` follows in the same block.
//! `dbg_value` needs nothing: where its value dies it says NONE, which tells a debugger that the register's content
//! is not available (without it an older value would seem to be still there).

use crate::pass::PassContext;
use cranelift_entity::EntitySet;
use linac_ir::analysis::Cfg;
use linac_ir::{Block, ConstData, Cursor, Effects, Function, Inst, Opcode, Value, ValueDef};

/// Runs the pass.
pub fn run(func: &mut Function, _ctx: &mut PassContext<'_>) {
    let cfg = Cfg::compute(func);
    func.order.retain(|&b| cfg.is_reachable(b));
    let live = mark(func, &cfg);
    sweep(func, &live);
}

fn mark(func: &Function, cfg: &Cfg) -> EntitySet<Value> {
    let mut live: EntitySet<Value> = EntitySet::with_capacity(func.values.len());
    let mut work: Vec<Value> = Vec::new();
    for &p in &func.blocks[func.entry()].params {
        live.insert(p);
    }
    for &block in &func.order {
        let recorder = recorder(func, block);
        for &inst in &func.blocks[block].insts {
            let data = &func.insts[inst];
            if data.op == Opcode::DbgValue {
                continue;
            }
            if !data.op.is_removable() || Some(inst) == recorder {
                work.extend(&data.args);
                // All results stay with their instruction.
                work.extend(&data.results);
            }
        }
    }
    while let Some(v) = work.pop() {
        if !live.insert(v) {
            continue;
        }
        match func.values[v].def {
            ValueDef::Result(inst, _) => work.extend(&func.insts[inst].args),
            ValueDef::Param(block, n) => {
                for edge in &cfg.preds[block] {
                    work.push(func.insts[edge.inst].targets[edge.target].args[usize::from(n)]);
                }
            }
            ValueDef::Alias(to) => work.push(to),
        }
    }
    live
}

/// What records the exception that the block's `raise_pending` raises: needed even if nobody asks for its result.
fn recorder(func: &Function, block: Block) -> Option<Inst> {
    let (&last, before) = func.blocks[block].insts.split_last()?;
    if func.insts[last].op != Opcode::RaisePending {
        return None;
    }
    before.iter().rev().copied().find(|&i| func.insts[i].op.effects().has(Effects::FALLIBLE))
}

fn sweep(func: &mut Function, live: &EntitySet<Value>) {
    let mut shrunk: EntitySet<Block> = EntitySet::new();
    for &block in &func.order {
        if func.blocks[block].params.iter().any(|&p| !live.contains(p)) {
            shrunk.insert(block);
        }
    }
    for n in 0..func.order.len() {
        let block = func.order[n];
        let mut insts = std::mem::take(&mut func.blocks[block].insts);
        let mut names = Vec::new();
        insts.retain(|&inst| {
            let data = &mut func.insts[inst];
            if data.op == Opcode::DbgValue {
                if !live.contains(data.args[0]) {
                    names.push(inst);
                }
                return true;
            }
            if data.op.is_removable() && !data.results.iter().any(|&r| live.contains(r)) {
                return false;
            }
            for target in &mut data.targets {
                if !shrunk.is_empty() && shrunk.contains(target.block) {
                    let mut params = func.blocks[target.block].params.iter();
                    target.args.retain(|_| params.next().is_some_and(|&p| live.contains(p)));
                }
            }
            true
        });
        func.blocks[block].insts = insts;
        for inst in names {
            lose_name(func, block, inst);
        }
    }
    for n in 0..func.order.len() {
        let block = func.order[n];
        if shrunk.contains(block) {
            let params = &mut func.blocks[block].params;
            params.retain(|&p| live.contains(p));
            for (n, &p) in params.iter().enumerate() {
                func.values[p].def = ValueDef::Param(block, n as u16);
            }
        }
    }
}

/// Makes a `dbg_value` whose value is gone say NONE, or the constant that it was.
fn lose_name(func: &mut Function, block: Block, inst: Inst) {
    let value = func.insts[inst].args[0];
    let data = func.as_const(value).cloned().unwrap_or(ConstData::None);
    let at = func.blocks[block].insts.iter().position(|&i| i == inst).expect("it was kept");
    let none = Cursor::at(func, block, at).constant(data);
    func.insts[inst].args[0] = none;
}
