//! Type and range inference, sensitive to paths.
//!
//! *Problem*: which tests and overflow checks are needed depends on what branches before have shown and on what loops do to
//! their variables. *Idea*, in three steps:
//!
//! 1. `refine`: behind a branch that shows something about a value, an `assert_term` gives the value a new name there;
//!    the uses that the branch dominates take the new name.
//! 2. `solve`: facts of all values to an optimistic fixpoint over the blocks that can be executed: everything begins as
//!    "never happens", block parameters join what their executable edges bring, ranges that keep growing are widened to
//!    infinity and then narrowed again. The facts of an `assert_term` from step 1 follow from the branch's operands.
//! 3. Branches whose condition is known become jumps, integers with one possible value constants.
//!
//! *Invariants*: facts that the function came with (from the compiler's Type chunk, from passes before) hold on every
//! execution, and results only add to them. If the fixpoint is not reached within `solve::ROUNDS`, nothing is changed:
//! facts on the way there are not true yet.

mod cond;
mod refine;
mod solve;

use crate::pass::PassContext;
use crate::util;
use cranelift_entity::SecondaryMap;
use linac_ir::analysis::{Cfg, DomTree};
use linac_ir::{ConstData, Cursor, Facts, Function, Imm, Inst, Opcode, Type};

/// What an `assert_term` made by `refine` says: operand number `arg` of the test (or the operand of the switch), as
/// the branch to its block shows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Shown {
    /// Test, or the switch itself.
    test: Inst,
    /// Which operand.
    arg: usize,
    /// The test's answer, or the number of the switch's target.
    answer: usize,
}

/// Runs the pass.
pub fn run(func: &mut Function, ctx: &mut PassContext<'_>) {
    let cfg = Cfg::compute(func);
    func.order.retain(|&b| cfg.is_reachable(b));
    let dom = DomTree::compute(&cfg);
    let mut shown: SecondaryMap<Inst, Option<Shown>> = SecondaryMap::new();
    refine::run(func, ctx, &cfg, &dom, &mut shown);
    let before = func.facts.clone();
    let Some(solution) = solve::run(func, &cfg, &shown, &before) else {
        func.facts = before;
        return;
    };
    apply(func, ctx, &cfg, &solution);
}

/// Uses the solution: known branches, known integers.
fn apply(func: &mut Function, ctx: &mut PassContext<'_>, cfg: &Cfg, solution: &solve::Solution) {
    for &block in &cfg.rpo {
        if !solution.executable[block] {
            continue;
        }
        let old = std::mem::take(&mut func.blocks[block].insts);
        for inst in old {
            let data = &func.insts[inst];
            let known = match data.results[..] {
                [r] if func.ty(r) == Type::Term && data.op.is_removable() && data.op != Opcode::Const => {
                    func.facts[r].int_const().map(|n| (r, n))
                }
                _ => None,
            };
            if let Some((r, n)) = known
                && ctx.rewrite()
            {
                let loc = data.loc;
                let mut c = Cursor::at_end(func, block);
                c.loc = loc;
                let constant = c.constant(ConstData::Int(n));
                func.facts[constant] = Facts::int(n, n);
                func.replace(r, constant);
                continue;
            }
            func.blocks[block].insts.push(inst);
        }
        let inst = func.terminator(block);
        match func.insts[inst].op {
            Opcode::Br => {
                let cond = func.insts[inst].args[0];
                if let Some(b) = solution.truth[cond].known()
                    && ctx.rewrite()
                {
                    util::make_jump(func, inst, usize::from(!b));
                }
            }
            Opcode::Switch => {
                let v = func.insts[inst].args[0];
                if let Some(t) = cond::switch_target(func, inst, &func.facts[v])
                    && ctx.rewrite()
                {
                    util::make_jump(func, inst, t);
                }
            }
            _ => {}
        }
    }
    // Facts about values that never come to be say nothing; their blocks go with the next cleanup.
    for v in func.values.keys() {
        if func.facts[v].kinds == linac_ir::Kinds::EMPTY {
            func.facts[v] = solution.before[v];
        }
    }
    func.resolve_aliases();
    let cfg = Cfg::compute(func);
    func.order.retain(|&b| cfg.is_reachable(b));
}

/// The key constants of a switch.
pub(crate) fn keys(func: &Function, inst: Inst) -> &[linac_ir::Const] {
    match &func.insts[inst].imm {
        Imm::Keys(keys) => keys,
        _ => &[],
    }
}
