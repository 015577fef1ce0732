//! Which values are live at the start and end of each block.
//!
//! Each use marks the blocks between itself and the definition, backwards; a block already marked for the value ends the
//! walk. So the time is that of the result's size. (`EntitySet::keys` gives all numbers below the largest, not the
//! members: use `iter`.)

use super::Cfg;
use crate::entities::{Block, Value};
use crate::function::Function;
use crate::opcode::Opcode;
use cranelift_entity::{EntitySet, SecondaryMap, packed_option::PackedOption};

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
    /// Computes the sets for the reachable blocks.
    pub fn compute(func: &Function, cfg: &Cfg) -> Liveness {
        let mut home: SecondaryMap<Value, PackedOption<Block>> = SecondaryMap::new();
        for &block in &cfg.rpo {
            for &p in &func.blocks[block].params {
                home[p] = block.into();
            }
            for &inst in &func.blocks[block].insts {
                for &r in &func.insts[inst].results {
                    home[r] = block.into();
                }
            }
        }
        let mut live = Liveness { live_in: SecondaryMap::new(), live_out: SecondaryMap::new() };
        let mut work: Vec<Block> = Vec::new();
        for &block in &cfg.rpo {
            for &inst in &func.blocks[block].insts {
                let data = &func.insts[inst];
                if data.op == Opcode::DbgValue {
                    continue;
                }
                for &v in &data.args {
                    live.reach(cfg, &home, v, block, &mut work);
                }
                for &v in data.targets.iter().flat_map(|t| &t.args) {
                    live.live_out[block].insert(v);
                    live.reach(cfg, &home, v, block, &mut work);
                }
            }
        }
        live
    }

    /// Marks the way from a use in a block back to the definition.
    fn reach(
        &mut self,
        cfg: &Cfg,
        home: &SecondaryMap<Value, PackedOption<Block>>,
        value: Value,
        block: Block,
        work: &mut Vec<Block>,
    ) {
        if home[value] == block.into() {
            return;
        }
        work.push(block);
        while let Some(block) = work.pop() {
            if home[value] == block.into() || !self.live_in[block].insert(value) {
                continue;
            }
            for edge in &cfg.preds[block] {
                self.live_out[edge.from].insert(value);
                work.push(edge.from);
            }
        }
    }
}
