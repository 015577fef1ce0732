//! Block order.
//!
//! Both allocators care about the order of blocks although neither says so loudly: Fastalloc walks it
//! backwards once and must meet a value's uses before its definition, so a block comes before the blocks it
//! dominates; Ion guesses loop depths from it, so loops are contiguous. Emission wants cold blocks last.
//! One order serves all three: reverse postorder that visits loop exits first (and so places them last),
//! then a stable partition by coldness, where a block reached only through cold blocks is cold too (without
//! that, a warm block could precede its cold dominator).

/// A graph of blocks numbered from 0; block 0 is the entry.
pub(crate) struct Graph {
    len: usize,
    succs: Csr<u32>,
}

/// A block order with what was learnt on the way.
pub(crate) struct Order {
    /// Reachable blocks, in emission order.
    pub blocks: Vec<u32>,
    /// Coldness, by block.
    pub cold: Vec<bool>,
}

use crate::csr::Csr;

const UNSEEN: u32 = u32::MAX;

impl Graph {
    /// A graph of `len` blocks with these edges.
    pub fn new(len: usize, edges: &[(u32, u32)]) -> Graph {
        Graph { len, succs: Csr::new(len, edges) }
    }

    /// Successors of a block, in the order of the edges.
    pub fn succs(&self, block: u32) -> &[u32] {
        self.succs.get(block as usize)
    }

    /// Blocks that can be reached from the entry.
    pub fn reachable(&self) -> Vec<bool> {
        let mut seen = vec![false; self.len];
        let mut work = vec![0u32];
        seen[0] = true;
        while let Some(b) = work.pop() {
            for &s in self.succs(b) {
                if !std::mem::replace(&mut seen[s as usize], true) {
                    work.push(s);
                }
            }
        }
        seen
    }

    /// Postorder; `visit(b, &mut succs)` may reorder the successors before they are visited.
    fn postorder(&self, mut arrange: impl FnMut(&mut [u32])) -> Vec<u32> {
        let mut seen = vec![false; self.len];
        let mut post = Vec::with_capacity(self.len);
        // Pending successors of the blocks on the path share one stack.
        let mut pending: Vec<u32> = Vec::new();
        let mut path: Vec<(u32, usize)> = Vec::new();
        let mut enter = |b: u32, pending: &mut Vec<u32>, path: &mut Vec<(u32, usize)>| {
            let floor = pending.len();
            pending.extend_from_slice(self.succs(b));
            arrange(&mut pending[floor..]);
            path.push((b, floor));
        };
        seen[0] = true;
        enter(0, &mut pending, &mut path);
        while let Some(&(b, floor)) = path.last() {
            if pending.len() == floor {
                post.push(b);
                path.pop();
                continue;
            }
            if let Some(s) = pending.pop()
                && !std::mem::replace(&mut seen[s as usize], true)
            {
                enter(s, &mut pending, &mut path);
            }
        }
        post
    }

    /// Number of natural loops around each block, if there is a loop. Edges of an irreducible graph that are no back edges in
    /// this order merely give a poorer layout.
    fn loop_depths(&self, post: &[u32]) -> Option<Vec<u32>> {
        let mut number = vec![UNSEEN; self.len];
        for (i, &b) in post.iter().enumerate() {
            number[b as usize] = i as u32;
        }
        let edges = || post.iter().flat_map(|&b| self.succs(b).iter().map(move |&s| (s, b)));
        let mut latches: Vec<(u32, u32)> =
            edges().filter(|&(s, b)| number[s as usize] >= number[b as usize]).collect();
        if latches.is_empty() {
            return None;
        }
        let mut depth = vec![0; self.len];
        let preds = Csr::new(self.len, &edges().collect::<Vec<_>>());
        latches.sort_unstable();
        let mut mark = vec![UNSEEN; self.len];
        let mut work = Vec::new();
        for group in latches.chunk_by(|a, b| a.0 == b.0) {
            let header = group[0].0;
            mark[header as usize] = header;
            depth[header as usize] += 1;
            work.extend(group.iter().map(|&(_, latch)| latch));
            while let Some(b) = work.pop() {
                // Blocks numbered above the header do not belong to its loop: an irreducible entry.
                if mark[b as usize] == header || number[b as usize] > number[header as usize] {
                    continue;
                }
                mark[b as usize] = header;
                depth[b as usize] += 1;
                work.extend_from_slice(preds.get(b as usize));
            }
        }
        Some(depth)
    }

    /// The emission order.
    pub fn order(&self, cold: Vec<bool>) -> Order {
        let mut post = self.postorder(|_| {});
        if let Some(depth) = self.loop_depths(&post) {
            // `postorder` pops from the back, and what it visits first comes last in the result: shallow
            // blocks must be popped first, and among equals the last successor.
            post = self.postorder(|succs| {
                if succs.len() > 1 {
                    succs.sort_by_key(|&s| std::cmp::Reverse(depth[s as usize]));
                }
            });
        }
        post.reverse();
        let mut cold = cold;
        let mut position = vec![UNSEEN; self.len];
        for (i, &b) in post.iter().enumerate() {
            position[b as usize] = i as u32;
        }
        let mut forward_preds = vec![(0u32, 0u32); self.len];
        cold[0] = false;
        for &b in &post {
            let (all, cold_ones) = forward_preds[b as usize];
            if all > 0 && all == cold_ones {
                cold[b as usize] = true;
            }
            for &s in self.succs(b) {
                if position[s as usize] > position[b as usize] {
                    forward_preds[s as usize].0 += 1;
                    forward_preds[s as usize].1 += u32::from(cold[b as usize]);
                }
            }
        }
        let (mut blocks, rest): (Vec<u32>, Vec<u32>) = post.into_iter().partition(|&b| !cold[b as usize]);
        blocks.extend(rest);
        Order { blocks, cold }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(succs: &[&[u32]], cold: &[usize]) -> Vec<u32> {
        let edges: Vec<(u32, u32)> = succs
            .iter()
            .enumerate()
            .flat_map(|(b, succs)| succs.iter().map(move |&s| (b as u32, s)))
            .collect();
        let mut flags = vec![false; succs.len()];
        for &c in cold {
            flags[c] = true;
        }
        Graph::new(succs.len(), &edges).order(flags).blocks
    }

    #[test]
    fn loop_body_precedes_exit_whatever_the_branch_order() {
        assert_eq!(order(&[&[1], &[2, 3], &[1], &[]], &[]), [0, 1, 2, 3]);
        assert_eq!(order(&[&[1], &[3, 2], &[1], &[]], &[]), [0, 1, 2, 3]);
    }

    #[test]
    fn first_successor_follows() {
        assert_eq!(order(&[&[2, 1], &[3], &[3], &[]], &[]), [0, 2, 1, 3]);
    }

    #[test]
    fn cold_blocks_come_last_with_what_they_dominate() {
        // 1 is cold, 2 is reached only through it, 4 joins both.
        assert_eq!(order(&[&[1, 3], &[2], &[4], &[4], &[]], &[1]), [0, 3, 4, 1, 2]);
    }

    #[test]
    fn unreachable_blocks_vanish() {
        assert_eq!(order(&[&[2], &[2], &[]], &[]), [0, 2]);
    }

    #[test]
    fn nested_loops_are_contiguous() {
        // 1 outer header, 2 inner header, 3 inner body, 4 outer latch, 5 exit.
        assert_eq!(order(&[&[1], &[5, 2], &[4, 3], &[2], &[1], &[]], &[]), [0, 1, 2, 3, 4, 5]);
    }
}
