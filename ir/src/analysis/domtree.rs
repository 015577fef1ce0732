//! Dominator tree, by the iterative algorithm of Cooper, Harvey and Kennedy ("A Simple, Fast Dominance Algorithm").

use super::Cfg;
use crate::entities::Block;
use cranelift_entity::{SecondaryMap, packed_option::PackedOption};

/// Immediate dominators and preorder intervals over the tree.
#[derive(Clone, Debug)]
pub struct DomTree {
    idom: SecondaryMap<Block, PackedOption<Block>>,
    children: SecondaryMap<Block, Vec<Block>>,
    interval: SecondaryMap<Block, (u32, u32)>,
}

impl DomTree {
    /// Computes the tree of the reachable blocks.
    pub fn compute(cfg: &Cfg) -> DomTree {
        let n = cfg.rpo.len();
        let mut idom = vec![usize::MAX; n];
        idom[0] = 0;
        let mut changed = true;
        while changed {
            changed = false;
            for b in 1..n {
                let mut new = usize::MAX;
                for edge in &cfg.preds[cfg.rpo[b]] {
                    let p = cfg.number(edge.from).expect("predecessors are reachable") as usize;
                    if idom[p] == usize::MAX {
                        continue;
                    }
                    new = if new == usize::MAX { p } else { Self::intersect(&idom, new, p) };
                }
                if idom[b] != new {
                    idom[b] = new;
                    changed = true;
                }
            }
        }
        let mut tree = DomTree {
            idom: SecondaryMap::new(),
            children: SecondaryMap::new(),
            interval: SecondaryMap::with_default((u32::MAX, 0)),
        };
        for (&block, &parent) in cfg.rpo.iter().zip(&idom).skip(1) {
            let parent = cfg.rpo[parent];
            tree.idom[block] = parent.into();
            tree.children[parent].push(block);
        }
        let mut clock = 0;
        let mut stack = vec![(cfg.rpo[0], 0usize)];
        tree.interval[cfg.rpo[0]].0 = 0;
        while let Some((block, next)) = stack.pop() {
            if let Some(&child) = tree.children[block].get(next) {
                stack.push((block, next + 1));
                clock += 1;
                tree.interval[child].0 = clock;
                stack.push((child, 0));
            } else {
                tree.interval[block].1 = clock;
            }
        }
        tree
    }

    fn intersect(idom: &[usize], mut a: usize, mut b: usize) -> usize {
        while a != b {
            while a > b {
                a = idom[a];
            }
            while b > a {
                b = idom[b];
            }
        }
        a
    }

    /// Immediate dominator; none for the entry and unreachable blocks.
    pub fn idom(&self, block: Block) -> Option<Block> {
        self.idom[block].expand()
    }

    /// Blocks immediately dominated.
    pub fn children(&self, block: Block) -> &[Block] {
        &self.children[block]
    }

    /// Is every path to `b` through `a`? (A block dominates itself.)
    pub fn dominates(&self, a: Block, b: Block) -> bool {
        let (a, b) = (self.interval[a], self.interval[b]);
        a.0 != u32::MAX && b.0 != u32::MAX && a.0 <= b.0 && b.0 <= a.1
    }
}
