//! Natural loops.

use super::{Cfg, DomTree};
use crate::entities::Block;
use cranelift_entity::SecondaryMap;

/// Loop headers and nesting depth.
#[derive(Clone, Debug)]
pub struct Loops {
    /// Headers: targets of back edges (the source is dominated by the target).
    pub headers: Vec<Block>,
    /// For each header, the blocks of its loop, header included.
    pub bodies: Vec<Vec<Block>>,
    depth: SecondaryMap<Block, u32>,
}

impl Loops {
    /// Finds the natural loops. Back edges with the same header make one loop.
    pub fn compute(cfg: &Cfg, dom: &DomTree) -> Loops {
        let mut loops = Loops { headers: Vec::new(), bodies: Vec::new(), depth: SecondaryMap::new() };
        for &header in &cfg.rpo {
            // Most blocks are no headers: find out before anything is allocated.
            if !cfg.preds[header].iter().any(|e| dom.dominates(header, e.from)) {
                continue;
            }
            let mut body = vec![header];
            let mut member: SecondaryMap<Block, bool> = SecondaryMap::new();
            member[header] = true;
            let mut work: Vec<Block> = Vec::new();
            for edge in &cfg.preds[header] {
                if dom.dominates(header, edge.from) && !member[edge.from] {
                    member[edge.from] = true;
                    work.push(edge.from);
                }
            }
            while let Some(block) = work.pop() {
                body.push(block);
                for edge in &cfg.preds[block] {
                    if !member[edge.from] {
                        member[edge.from] = true;
                        work.push(edge.from);
                    }
                }
            }
            for &b in &body {
                loops.depth[b] += 1;
            }
            loops.headers.push(header);
            loops.bodies.push(body);
        }
        loops
    }

    /// How many loops the block is in.
    pub fn depth(&self, block: Block) -> u32 {
        self.depth[block]
    }
}
