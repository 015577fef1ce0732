//! Which values are live at the start and end of each block.

use super::Cfg;
use crate::entities::{Block, Value};
use crate::function::Function;
use crate::opcode::Opcode;
use cranelift_entity::{EntitySet, SecondaryMap};

/// Live-in and live-out sets. Block parameters are not live-in of their block; branch arguments are uses at the end
/// of the branching block. `dbg_value` does not keep a value alive.
#[derive(Clone, Debug)]
pub struct Liveness {
    /// Values live at the start of a block.
    pub live_in: SecondaryMap<Block, EntitySet<Value>>,
    /// Values live at the end of a block (before the terminator's branch arguments are consumed: those included).
    pub live_out: SecondaryMap<Block, EntitySet<Value>>,
}

impl Liveness {
    /// Computes the sets to a fixpoint, blocks in postorder.
    pub fn compute(func: &Function, cfg: &Cfg) -> Liveness {
        let mut live = Liveness { live_in: SecondaryMap::new(), live_out: SecondaryMap::new() };
        let mut changed = true;
        while changed {
            changed = false;
            for &block in cfg.rpo.iter().rev() {
                let mut set: EntitySet<Value> = EntitySet::new();
                for call in func.successors(block) {
                    for v in live.live_in[call.block].keys() {
                        set.insert(v);
                    }
                    for &v in &call.args {
                        set.insert(v);
                    }
                }
                live.live_out[block] = set.clone();
                for &inst in func.blocks[block].insts.iter().rev() {
                    let data = &func.insts[inst];
                    if data.op == Opcode::DbgValue {
                        continue;
                    }
                    for &r in &data.results {
                        set.remove(r);
                    }
                    for &a in &data.args {
                        set.insert(a);
                    }
                }
                for &p in &func.blocks[block].params {
                    set.remove(p);
                }
                if set.keys().any(|v| !live.live_in[block].contains(v)) {
                    live.live_in[block] = set;
                    changed = true;
                }
            }
        }
        live
    }
}
