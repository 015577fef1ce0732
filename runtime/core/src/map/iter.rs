//! Going through the pairs of a map, in one go or in steps.
//!
//! A step begins where the last one ended. What is remembered between two steps is a number, the *place*: it says how to
//! find the way down the tree again, so that a step costs no more than the pairs it gives.

use super::{LEVELS, child_at, nibble, same_key};
use crate::hash::internal;
use crate::term::{Term, View};

/// The pairs of a map: in key order for a flat one, in the order of the tree for a large one.
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    flat: (&'a [Term], &'a [Term]),
    stack: [&'a [Term]; LEVELS + 1],
    depth: usize,
}

impl<'a> Iter<'a> {
    /// The pairs of `map`; none if it is no map.
    pub fn new(map: Term) -> Iter<'a> {
        let mut iter = Iter { flat: (&[], &[]), stack: [&[]; LEVELS + 1], depth: 0 };
        match map.view() {
            View::FlatMap(m) => iter.flat = (m.keys(), m.values()),
            View::HashMap(m) => {
                iter.stack[0] = m.children();
                iter.depth = 1;
            }
            _ => {}
        }
        iter
    }

    /// The pairs behind a place that [`Iter::place_after`] gave for this map; of another map, some of its pairs. 0 is the beginning.
    pub fn from_place(map: Term, place: u64) -> Iter<'a> {
        let mut iter = Iter::new(map);
        if place == 0 {
            return iter;
        }
        let (hash, number) = (place as u32, (place >> 32) as usize);
        if iter.depth == 0 {
            let taken = number.min(iter.flat.0.len());
            iter.flat = (&iter.flat.0[taken..], &iter.flat.1[taken..]);
            return iter;
        }
        let View::HashMap(mut node) = map.view() else { return iter };
        for level in 0..LEVELS {
            let n = nibble(hash, level);
            let bitmap = if node.raw_word() & 1 == 1 { usize::MAX } else { node.raw_word() >> 1 };
            // Children of smaller nibbles were taken; this one was, or is gone into.
            let before = (bitmap & ((1 << n) - 1)).count_ones() as usize;
            let here = usize::from(bitmap >> n & 1 == 1);
            let children = node.children();
            iter.stack[level] = &children[(before + here).min(children.len())..];
            iter.depth = level + 1;
            match children.get(before).filter(|_| here == 1).map(|child| child.view()) {
                Some(View::HashMap(inner)) => node = inner,
                Some(View::Tuple(leaves)) => {
                    iter.stack[level + 1] = &leaves[number.min(leaves.len())..];
                    iter.depth = level + 2;
                    break;
                }
                _ => break,
            }
        }
        iter
    }

    /// The place behind a key of the map that an iteration gave, as a number below 2^60: the key's hash, and in the upper half how
    /// many of the keys in its collection were taken (of a flat map: of all keys).
    pub fn place_after(map: Term, key: Term) -> u64 {
        let View::HashMap(mut node) = map.view() else {
            let number = Iter::new(map).position(|(k, _)| same_key(k, key)).map_or(0, |n| n + 1);
            return (number as u64) << 32;
        };
        let hash = internal(key);
        for level in 0..LEVELS {
            match child_at(node, nibble(hash, level)).map(|at| node.children()[at].view()) {
                Some(View::HashMap(inner)) => node = inner,
                Some(View::Tuple(leaves)) => {
                    let is = |leaf: &Term| leaf.as_cons().is_some_and(|l| same_key(l[0], key));
                    let number = leaves.iter().position(is).map_or(0, |n| n + 1);
                    return (number as u64) << 32 | u64::from(hash);
                }
                _ => break,
            }
        }
        // A leaf alone; the number keeps the place of hash 0 apart from the beginning.
        1 << 32 | u64::from(hash)
    }

    fn next_leaf(&mut self) -> Option<&'a [Term; 2]> {
        while self.depth > 0 {
            let top = &mut self.stack[self.depth - 1];
            let Some((child, rest)) = top.split_first() else {
                self.depth -= 1;
                continue;
            };
            *top = rest;
            match child.view() {
                View::Cons(leaf) => return Some(leaf),
                View::HashMap(inner) => {
                    self.stack[self.depth] = inner.children();
                    self.depth += 1;
                }
                View::Tuple(leaves) => {
                    self.stack[self.depth] = leaves;
                    self.depth += 1;
                }
                _ => {}
            }
        }
        None
    }
}

impl Iterator for Iter<'_> {
    type Item = (Term, Term);
    fn next(&mut self) -> Option<(Term, Term)> {
        if let (Some((&k, keys)), Some((&v, values))) = (self.flat.0.split_first(), self.flat.1.split_first())
        {
            self.flat = (keys, values);
            return Some((k, v));
        }
        self.next_leaf().map(|l| (l[0], l[1]))
    }
}
