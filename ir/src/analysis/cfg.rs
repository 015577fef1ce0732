//! Predecessors and reverse postorder.

use crate::entities::{Block, Inst};
use crate::function::Function;
use cranelift_entity::SecondaryMap;
use smallvec::SmallVec;

/// An edge: the block it leaves, the terminator, and the number of the target.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Edge {
    /// Source block.
    pub from: Block,
    /// Its terminator.
    pub inst: Inst,
    /// Which target.
    pub target: usize,
}

/// Control-flow graph.
#[derive(Clone, Debug)]
pub struct Cfg {
    /// Incoming edges from reachable blocks.
    pub preds: SecondaryMap<Block, SmallVec<[Edge; 2]>>,
    /// Reachable blocks in reverse postorder.
    pub rpo: Vec<Block>,
    number: SecondaryMap<Block, u32>,
}

impl Cfg {
    /// Computes the graph.
    pub fn compute(func: &Function) -> Cfg {
        let mut preds: SecondaryMap<Block, SmallVec<[Edge; 2]>> = SecondaryMap::new();
        let mut seen: SecondaryMap<Block, bool> = SecondaryMap::new();
        let mut post = Vec::with_capacity(func.order.len());
        let entry = func.entry();
        seen[entry] = true;
        let mut stack = vec![(entry, 0usize)];
        while let Some((block, next)) = stack.pop() {
            let succs = func.successors(block);
            // Visit targets last to first, so that the first target follows its block in reverse postorder.
            if next < succs.len() {
                stack.push((block, next + 1));
                let target = succs[succs.len() - 1 - next].block;
                if !seen[target] {
                    seen[target] = true;
                    stack.push((target, 0));
                }
            } else {
                post.push(block);
            }
        }
        post.reverse();
        let mut number = SecondaryMap::with_default(u32::MAX);
        for (n, &block) in post.iter().enumerate() {
            number[block] = n as u32;
        }
        for &block in &post {
            if let Some(&inst) = func.blocks[block].insts.last() {
                for (target, call) in func.insts[inst].targets.iter().enumerate() {
                    preds[call.block].push(Edge { from: block, inst, target });
                }
            }
        }
        Cfg { preds, rpo: post, number }
    }

    /// Position in reverse postorder; none if the block is unreachable.
    pub fn number(&self, block: Block) -> Option<u32> {
        (self.number[block] != u32::MAX).then_some(self.number[block])
    }

    /// Can the block be reached from the entry?
    pub fn is_reachable(&self, block: Block) -> bool {
        self.number[block] != u32::MAX
    }
}
