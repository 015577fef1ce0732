//! Dominator tree, by the iterative algorithm of Cooper, Harvey and Kennedy ("A Simple, Fast Dominance Algorithm").

use super::Cfg;
use crate::entities::Block;
use cranelift_entity::{EntityRef, SecondaryMap, packed_option::PackedOption};

/// Immediate dominators and preorder intervals over the tree.
#[derive(Clone, Debug)]
pub struct DomTree {
    idom: SecondaryMap<Block, PackedOption<Block>>,
    /// Children of all blocks, one block after the other in reverse postorder.
    children: Vec<Block>,
    /// Where each block's children are.
    range: SecondaryMap<Block, (u32, u32)>,
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
        // Children by counting: `ends[b]` goes from the first child of block number `b` to behind the last.
        let mut ends = vec![0u32; n + 1];
        for &parent in &idom[1..] {
            ends[parent + 1] += 1;
        }
        for b in 1..=n {
            ends[b] += ends[b - 1];
        }
        let starts = ends.clone();
        let mut children = vec![0u32; n - 1];
        for (b, &parent) in idom.iter().enumerate().skip(1) {
            children[ends[parent] as usize] = b as u32;
            ends[parent] += 1;
        }
        let len = cfg.rpo.iter().map(|b| b.index() + 1).max().unwrap_or(0);
        let mut tree = DomTree {
            idom: SecondaryMap::new(),
            children: children.iter().map(|&b| cfg.rpo[b as usize]).collect(),
            range: SecondaryMap::new(),
            interval: SecondaryMap::with_default((u32::MAX, 0)),
        };
        tree.idom.resize(len);
        tree.range.resize(len);
        tree.interval.resize(len);
        for (b, &parent) in idom.iter().enumerate() {
            if b > 0 {
                tree.idom[cfg.rpo[b]] = cfg.rpo[parent].into();
            }
            tree.range[cfg.rpo[b]] = (starts[b], ends[b]);
        }
        let mut clock = 0;
        let mut stack = vec![(0u32, starts[0])];
        tree.interval[cfg.rpo[0]].0 = 0;
        while let Some((b, next)) = stack.last_mut() {
            if *next == ends[*b as usize] {
                tree.interval[cfg.rpo[*b as usize]].1 = clock;
                stack.pop();
                continue;
            }
            let child = children[*next as usize];
            *next += 1;
            clock += 1;
            tree.interval[cfg.rpo[child as usize]].0 = clock;
            stack.push((child, starts[child as usize]));
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
        let (start, end) = self.range[block];
        &self.children[start as usize..end as usize]
    }

    /// Is every path to `b` through `a`? (A block dominates itself.)
    pub fn dominates(&self, a: Block, b: Block) -> bool {
        let (a, b) = (self.interval[a], self.interval[b]);
        a.0 != u32::MAX && b.0 != u32::MAX && a.0 <= b.0 && b.0 <= a.1
    }
}
