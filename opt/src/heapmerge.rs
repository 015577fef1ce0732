//! One heap test for all allocations up to the next safepoint.
//!
//! *Idea*: a heap test stands before the first allocation of a group and asks for the words of all; a group ends at a
//! safepoint and at the end of the block. *Invariant*: after this pass each allocating instruction has a heap test before
//! it in its block, with no safepoint between, whose count covers it and all allocations between.

use crate::legalize::data::alloc_words;
use crate::pass::PassContext;
use linac_ir::{Effects, Function, Imm, Inst, Loc, Opcode};

/// Runs the pass.
pub fn run(func: &mut Function, _ctx: &mut PassContext) {
    for block in func.order.clone() {
        let old = std::mem::take(&mut func.blocks[block].insts);
        let mut new: Vec<Inst> = Vec::with_capacity(old.len() + 1);
        let mut group: Option<(Inst, i64)> = None;
        for inst in old {
            let words = i64::from(alloc_words(func, inst));
            if words > 0 {
                let (test, sum) = match group {
                    Some((test, sum)) => (test, sum + words),
                    None => {
                        let test = func.make_inst(Opcode::HeapTest, Imm::Int(0), &[], &[], Loc::NONE);
                        func.insts[test].loc = func.insts[inst].loc;
                        new.push(test);
                        (test, words)
                    }
                };
                func.insts[test].imm = Imm::Int(sum);
                group = Some((test, sum));
            }
            if func.insts[inst].op.effects().has(Effects::SAFEPOINT) {
                group = None;
            }
            new.push(inst);
        }
        func.blocks[block].insts = new;
    }
}
