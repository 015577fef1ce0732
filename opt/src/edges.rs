//! Critical edges: what the register allocator demands of the graph.
//!
//! *Invariant*: afterwards a terminator with several targets passes no arguments, and each of its targets has one
//! predecessor. So all moves for block parameters stand in blocks that end with `jump`.

use crate::cleanup;
use crate::pass::PassContext;
use linac_ir::analysis::Cfg;
use linac_ir::{Function, Opcode};

/// Runs the pass.
pub fn run(func: &mut Function, _ctx: &mut PassContext<'_>) {
    cleanup::fold_branches(func);
    let cfg = Cfg::compute(func);
    func.order.retain(|&b| cfg.is_reachable(b));
    cleanup::trivial_params(func, &cfg);
    for &block in &cfg.rpo {
        let inst = func.terminator(block);
        if func.insts[inst].targets.len() < 2 {
            continue;
        }
        for t in 0..func.insts[inst].targets.len() {
            let call = &func.insts[inst].targets[t];
            if cfg.preds[call.block].len() == 1 {
                debug_assert!(call.args.is_empty(), "a lone predecessor's arguments are trivial");
                continue;
            }
            let call = call.clone();
            let edge = func.make_block();
            func.blocks[edge].cold = func.blocks[block].cold || func.blocks[call.block].cold;
            crate::util::push(func, edge, Opcode::Jump, linac_ir::Imm::None, &[], &[], &[call]);
            let target = &mut func.insts[inst].targets[t];
            target.block = edge;
            target.args.clear();
        }
    }
    func.resolve_aliases();
}
