//! Self tail calls as loops.
//!
//! *Idea*: the code of the function moves from the entry block to a loop header whose parameters are the arguments; a tail
//! call of the function itself becomes a jump to the header. The entry block only jumps, so it keeps no predecessor.
//! Only at the optimizing tier: baseline code must enter better code at its next iteration, through the entry cell.
//! The reduction that the call would have taken is taken on the back edge (see [`crate::safepoint`]).
//!
//! *Semantics*: a local call always means the function of the same module instance, so reloading changes nothing.

use crate::pass::{PassContext, Tier};
use crate::util;
use linac_ir::{BlockCall, ExtFunc, Function, Imm, Opcode, Value, ValueDef};

/// Runs the pass.
pub fn run(func: &mut Function, ctx: &mut PassContext<'_>) {
    if ctx.tier == Tier::Baseline {
        return;
    }
    let mut calls = Vec::new();
    for &block in &func.order {
        let inst = func.terminator(block);
        let data = &func.insts[inst];
        let Imm::Func(callee) = data.imm else { continue };
        if data.op == Opcode::TailCall
            && matches!(func.funcs[callee], ExtFunc::Local { index, .. } if index == func.index)
            && data.args.len() == func.arity as usize
        {
            calls.push(inst);
        }
    }
    if calls.is_empty() || !ctx.rewrite() {
        return;
    }
    let entry = func.entry();
    let header = func.make_block();
    // After the entry in the order, where it would be read.
    func.order.pop();
    func.order.insert(1, header);
    func.blocks[header].insts = std::mem::take(&mut func.blocks[entry].insts);
    let params: Vec<Value> = func.blocks[entry].params.clone();
    let mut fresh = Vec::new();
    for &p in &params {
        // The old values go on as the header's parameters, so that no use changes; the entry gets new ones. Facts
        // known of an argument of the function hold in each of its calls.
        let facts = func.facts[p];
        let ty = func.ty(p);
        let n = func.blocks[header].params.len() as u16;
        func.values[p].def = ValueDef::Param(header, n);
        func.blocks[header].params.push(p);
        let new = func.values.push(linac_ir::ValueData { ty, def: ValueDef::Param(entry, n) });
        func.facts[new] = facts;
        fresh.push(new);
    }
    func.blocks[entry].params.clone_from(&fresh);
    util::push(func, entry, Opcode::Jump, Imm::None, &[], &[], &[BlockCall::new(header, &fresh)]);
    for inst in calls {
        let data = &mut func.insts[inst];
        let args = std::mem::take(&mut data.args);
        data.op = Opcode::Jump;
        data.imm = Imm::None;
        data.targets.push(BlockCall { block: header, args });
    }
}
