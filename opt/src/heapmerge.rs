//! One heap test for all allocations up to the next safepoint.
//!
//! *Idea*: a heap test stands before the first allocation of a group and asks for the words of all; a group ends at a
//! safepoint. At the baseline tier it also ends with its block; at the optimizing tier it goes on in blocks that have no other
//! predecessor, and the test asks for what the hungriest way needs: too much room asked for is not room used.
//! *Invariant*: after this pass each allocating instruction has a heap test before it on every way, with no safepoint between,
//! whose count covers it and all allocations between. A handler never goes on with a group: it is entered from safepoints.

use crate::legalize::data::alloc_words;
use crate::pass::{PassContext, Tier};
use cranelift_entity::SecondaryMap;
use linac_ir::analysis::Cfg;
use linac_ir::{Block, Effects, Function, Imm, Inst, Loc, Opcode};

/// Most words that one test of several blocks asks for.
const MOST: i64 = 64;

/// A heap test and the words allocated since.
type Group = Option<(Inst, i64)>;

/// Runs the pass.
pub fn run(func: &mut Function, ctx: &mut PassContext<'_>) {
    if ctx.tier == Tier::Baseline {
        for n in 0..func.order.len() {
            groups(func, func.order[n], None, ctx.tier);
        }
        return;
    }
    let cfg = Cfg::compute(func);
    let mut ends: SecondaryMap<Block, Group> = SecondaryMap::new();
    for &block in &cfg.rpo {
        let start = inherited(func, &cfg, &ends, block);
        ends[block] = groups(func, block, start, ctx.tier);
    }
}

/// The group that goes on from the only predecessor.
fn inherited(func: &Function, cfg: &Cfg, ends: &SecondaryMap<Block, Group>, block: Block) -> Group {
    let [edge] = cfg.preds[block][..] else { return None };
    // A rare way must not make the test of a common one larger.
    let rarer = func.blocks[block].cold && !func.blocks[edge.from].cold;
    if func.insts[edge.inst].op == Opcode::TryEnter || rarer { None } else { ends[edge.from] }
}

/// Places the tests of a block; gives the group that is open at its end.
fn groups(func: &mut Function, block: Block, start: Group, tier: Tier) -> Group {
    if !func.blocks[block].insts.iter().any(|&i| alloc_words(func, i, tier) > 0) {
        let safepoint = |&i: &Inst| func.insts[i].op.effects().has(Effects::SAFEPOINT);
        return if func.blocks[block].insts.iter().any(safepoint) { None } else { start };
    }
    let old = std::mem::take(&mut func.blocks[block].insts);
    let mut new: Vec<Inst> = Vec::with_capacity(old.len() + 1);
    let mut group = start;
    let mut own = false;
    for inst in old {
        let words = i64::from(alloc_words(func, inst, tier));
        if words > 0 {
            let (test, sum) = match group {
                Some((test, sum)) if own || sum + words <= MOST => (test, sum + words),
                _ => {
                    let loc: Loc = func.insts[inst].loc;
                    let test = func.make_inst(Opcode::HeapTest, Imm::Int(0), &[], &[], loc);
                    new.push(test);
                    own = true;
                    (test, words)
                }
            };
            // Ways that part from here may each need their own sum.
            if let Imm::Int(n) = &mut func.insts[test].imm {
                *n = (*n).max(sum);
            }
            group = Some((test, sum));
        }
        if func.insts[inst].op.effects().has(Effects::SAFEPOINT) {
            group = None;
            own = false;
        }
        new.push(inst);
    }
    func.blocks[block].insts = new;
    group
}
