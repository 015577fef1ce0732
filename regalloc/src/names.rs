//! Small sets of virtual registers: the names of what one location holds.
//!
//! States of the interpreter are copied per block and compared per edge, and nearly every set is empty or has
//! one name. A set is therefore one number: nothing, a name, or the index of an interned set of several.

use std::collections::HashMap;

use regalloc2::VReg;
use rustc_hash::FxBuildHasher;
use smallvec::SmallVec;

/// A set of names. Equal sets are equal numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Names(u32);

const MANY: u32 = 1 << 31;

impl Names {
    /// No name.
    pub const NONE: Names = Names(u32::MAX);

    /// One name; virtual registers have fewer than 31 bits.
    pub fn one(v: u32) -> Names {
        Names(v)
    }

    /// Whether this is the set of this name alone.
    pub fn is(self, v: u32) -> bool {
        self.0 == v
    }

    fn several(self) -> Option<usize> {
        (self != Names::NONE && self.0 & MANY != 0).then_some((self.0 & !MANY) as usize)
    }
}

type Members = SmallVec<[u32; 4]>;

/// The interned sets of several names.
#[derive(Default)]
pub(crate) struct Sets {
    sets: Vec<Members>,
    numbers: HashMap<Members, u32, FxBuildHasher>,
}

impl Sets {
    /// The members of a set of several names; empty for the others.
    pub fn many(&self, names: Names) -> &[u32] {
        names.several().map_or(&[], |i| &self.sets[i])
    }

    /// Whether some name satisfies the predicate.
    pub fn any(&self, names: Names, mut pred: impl FnMut(u32) -> bool) -> bool {
        match names.several() {
            Some(i) => self.sets[i].iter().any(|&v| pred(v)),
            None => names != Names::NONE && pred(names.0),
        }
    }

    fn members(&self, names: Names) -> Members {
        match names.several() {
            Some(i) => self.sets[i].clone(),
            None if names == Names::NONE => Members::new(),
            None => Members::from_slice(&[names.0]),
        }
    }

    fn intern(&mut self, mut members: Members) -> Names {
        match members[..] {
            [] => return Names::NONE,
            [v] => return Names::one(v),
            _ => {}
        }
        members.sort_unstable();
        members.dedup();
        if let [v] = members[..] {
            return Names::one(v);
        }
        if let Some(&n) = self.numbers.get(&members) {
            return Names(n);
        }
        let n = self.sets.len() as u32 | MANY;
        self.sets.push(members.clone());
        self.numbers.insert(members, n);
        Names(n)
    }

    /// The names that satisfy the predicate.
    pub fn filter(&mut self, names: Names, mut keep: impl FnMut(u32) -> bool) -> Names {
        match names.several() {
            None if names == Names::NONE || keep(names.0) => names,
            None => Names::NONE,
            Some(i) => {
                let kept: Members = self.sets[i].iter().copied().filter(|&v| keep(v)).collect();
                if kept.len() == self.sets[i].len() { names } else { self.intern(kept) }
            }
        }
    }

    /// The names in both sets.
    pub fn intersection(&mut self, a: Names, b: Names) -> Names {
        if a == b {
            return a;
        }
        let other = self.members(b);
        self.filter(a, |v| other.contains(&v))
    }

    /// Takes a name away from every cell.
    pub fn forget(&mut self, cells: &mut [Names], v: u32) {
        for cell in cells {
            if cell.is(v) {
                *cell = Names::NONE;
            } else if cell.several().is_some() {
                *cell = self.filter(*cell, |w| w != v);
            }
        }
    }

    /// The parallel renaming of an edge: arguments also become parameters; old values of the parameters go.
    pub fn rename(&mut self, cells: &mut [Names], params: &[VReg], args: &[VReg]) {
        let pairs: SmallVec<[(u32, u32); 8]> =
            params.iter().zip(args).map(|(p, a)| (p.vreg() as u32, a.vreg() as u32)).collect();
        for cell in cells.iter_mut().filter(|c| **c != Names::NONE) {
            if cell.several().is_none() {
                // The common case, kept out of the way of the sets.
                let v = cell.0;
                let overwritten = pairs.iter().any(|&(p, _)| p == v);
                let mut new = pairs.iter().filter(|&&(_, a)| a == v).map(|&(p, _)| p);
                *cell = match (overwritten, new.next(), new.next()) {
                    (false, None, _) => continue,
                    (true, None, _) => Names::NONE,
                    (true, Some(p), None) => Names::one(p),
                    (_, first, second) => {
                        let old = Some(v).filter(|_| !overwritten);
                        self.intern(old.into_iter().chain(first).chain(second).chain(new).collect())
                    }
                };
                continue;
            }
            let old = self.members(*cell);
            let kept = old.iter().copied().filter(|v| !pairs.iter().any(|(p, _)| p == v));
            let added = pairs.iter().filter(|(_, a)| old.contains(a)).map(|&(p, _)| p);
            *cell = self.intern(kept.chain(added).collect());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use regalloc2::RegClass;

    fn v(n: usize) -> VReg {
        VReg::new(n, RegClass::Int)
    }

    #[test]
    fn renaming_is_parallel() {
        let mut sets = Sets::default();
        // v1 and v2 swap; v3 := v1 as well.
        let mut cells = [Names::one(1), Names::one(2), Names::one(3), Names::NONE, Names::one(9)];
        sets.rename(&mut cells, &[v(1), v(2), v(3)], &[v(2), v(1), v(1)]);
        assert_eq!(sets.many(cells[0]), [2, 3]);
        assert!(cells[1].is(1));
        assert_eq!(cells[2], Names::NONE);
        assert_eq!(cells[3], Names::NONE);
        assert!(cells[4].is(9));
    }

    #[test]
    fn equal_sets_are_equal_numbers() {
        let mut sets = Sets::default();
        let a = sets.intern([3, 1, 2].into_iter().collect());
        let b = sets.intern([1, 2, 3, 3].into_iter().collect());
        assert_eq!(a, b);
        let c = sets.filter(a, |v| v != 2);
        assert_eq!(sets.many(c), [1, 3]);
        assert_eq!(sets.intersection(a, c), c);
        assert!(sets.intersection(c, Names::one(3)).is(3));
        assert_eq!(sets.intersection(c, Names::one(2)), Names::NONE);
        let mut cells = [a, c, Names::one(3)];
        sets.forget(&mut cells, 3);
        assert_eq!(sets.many(cells[0]), [1, 2]);
        assert!(cells[1].is(1));
        assert_eq!(cells[2], Names::NONE);
    }
}
