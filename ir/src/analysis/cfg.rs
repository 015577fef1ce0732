//! Predecessors and reverse postorder.

use crate::entities::{Block, Inst};
use crate::function::Function;
use cranelift_entity::EntityRef;
use std::ops::Index;

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

/// Incoming edges of each block: `preds[block]` is a slice, in reverse postorder of the sources.
#[derive(Clone, Debug)]
pub struct Preds {
    edges: Vec<Edge>,
    /// Beginning of each block's edges, by block number, and the end of the last.
    starts: Vec<u32>,
}

impl Index<Block> for Preds {
    type Output = [Edge];

    fn index(&self, block: Block) -> &[Edge] {
        match self.starts.get(block.index()..block.index() + 2) {
            Some(&[start, end]) => &self.edges[start as usize..end as usize],
            // Made after the graph.
            _ => &[],
        }
    }
}

/// Control-flow graph.
#[derive(Clone, Debug)]
pub struct Cfg {
    /// Incoming edges from reachable blocks.
    pub preds: Preds,
    /// Reachable blocks in reverse postorder.
    pub rpo: Vec<Block>,
    /// Position in `rpo` by block number.
    number: Vec<u32>,
}

const UNSEEN: u32 = u32::MAX;

impl Cfg {
    /// Computes the graph.
    pub fn compute(func: &Function) -> Cfg {
        let len = func.blocks.len();
        // While walking: anything but `UNSEEN` says that the block was found.
        let mut number = vec![UNSEEN; len];
        // Counts, then starts, then ends of the edges of the block before.
        let mut starts = vec![0u32; len + 2];
        let mut rpo = Vec::with_capacity(func.order.len());
        let mut stack: Vec<(Block, u32)> = Vec::with_capacity(16);
        let mut count = 0;
        let entry = func.entry();
        number[entry.index()] = 0;
        stack.push((entry, func.successors(entry).len() as u32));
        while let Some((block, left)) = stack.last_mut() {
            // Visit targets last to first, so that the first target follows its block in reverse postorder.
            if *left == 0 {
                rpo.push(*block);
                stack.pop();
                continue;
            }
            *left -= 1;
            let target = func.successors(*block)[*left as usize].block;
            starts[target.index() + 2] += 1;
            count += 1;
            if std::mem::replace(&mut number[target.index()], 0) == UNSEEN {
                stack.push((target, func.successors(target).len() as u32));
            }
        }
        rpo.reverse();
        for i in 2..starts.len() {
            starts[i] += starts[i - 1];
        }
        let none = Edge { from: entry, inst: Inst::from_u32(0), target: 0 };
        let mut edges = vec![none; count];
        for (n, &block) in rpo.iter().enumerate() {
            number[block.index()] = n as u32;
            if let Some(&inst) = func.blocks[block].insts.last() {
                for (target, call) in func.insts[inst].targets.iter().enumerate() {
                    let next = &mut starts[call.block.index() + 1];
                    edges[*next as usize] = Edge { from: block, inst, target };
                    *next += 1;
                }
            }
        }
        Cfg { preds: Preds { edges, starts }, rpo, number }
    }

    /// Position in reverse postorder; none if the block is unreachable.
    pub fn number(&self, block: Block) -> Option<u32> {
        self.number.get(block.index()).copied().filter(|&n| n != UNSEEN)
    }

    /// Can the block be reached from the entry?
    pub fn is_reachable(&self, block: Block) -> bool {
        self.number(block).is_some()
    }
}
