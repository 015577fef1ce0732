//! Makes constants where they are used.
//!
//! *Problem*: the register allocator cannot make a constant again; one that lives across a call would be spilled and
//! reloaded, and around a cold safepoint it would be saved. *Idea*: each stretch of a block between safepoints makes its
//! own copy just before the first use; an instruction set folds most into the instruction that uses them. *Invariant*:
//! afterwards no value defined by `const`, `iconst` or `f64_const` is live across a safepoint or out of its block.

use crate::pass::PassContext;
use linac_ir::{Effects, Function, Inst, Opcode, Value};
use rustc_hash::FxHashMap;

/// Is it an instruction that makes a constant?
pub fn is_const(op: Opcode) -> bool {
    matches!(op, Opcode::Const | Opcode::IConst | Opcode::F64Const)
}

/// Runs the pass.
pub fn run(func: &mut Function, _ctx: &mut PassContext) {
    let mut here: FxHashMap<Value, Value> = FxHashMap::default();
    for block in func.order.clone() {
        here.clear();
        let old = std::mem::take(&mut func.blocks[block].insts);
        let mut new = Vec::with_capacity(old.len());
        for inst in old {
            let op = func.insts[inst].op;
            if is_const(op) {
                continue;
            }
            // A comparison stays next to its branch.
            let at = match new.last() {
                Some(&last) if op == Opcode::Br && fuses(func, last, inst) => new.len() - 1,
                _ => new.len(),
            };
            let before = new.len();
            let wanted: Vec<Value> = operands(func, inst).filter(|&v| defines_const(func, v)).collect();
            for v in wanted {
                if here.contains_key(&v) {
                    continue;
                }
                let def = func.def_inst(v).expect("a constant is an instruction");
                let copy = clone(func, def);
                let result = func.result(copy);
                here.insert(v, result);
                let shift = new.len() - before;
                new.insert(at + shift, copy);
            }
            func.map_operands(inst, |_, v| here.get(&v).copied().unwrap_or(v));
            if op.effects().has(Effects::SAFEPOINT) {
                here.clear();
            }
            new.push(inst);
        }
        func.blocks[block].insts = new;
    }
}

fn operands(func: &Function, inst: Inst) -> impl Iterator<Item = Value> + '_ {
    let data = &func.insts[inst];
    data.args.iter().chain(data.targets.iter().flat_map(|t| t.args.iter())).copied()
}

fn defines_const(func: &Function, v: Value) -> bool {
    func.def_inst(v).is_some_and(|i| is_const(func.insts[i].op))
}

fn fuses(func: &Function, test: Inst, br: Inst) -> bool {
    func.insts[test].results.first() == func.insts[br].args.first()
}

fn clone(func: &mut Function, inst: Inst) -> Inst {
    let data = func.insts[inst].clone();
    let old = data.results[0];
    let copy = func.make_inst(data.op, data.imm, &[], &[func.ty(old)], data.loc);
    let new = func.result(copy);
    func.facts[new] = func.facts[old];
    copy
}
