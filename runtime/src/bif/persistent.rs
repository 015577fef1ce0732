//! `persistent_term`: values that everybody reads without copying.
//!
//! A value is copied once into an area of literals, which collectors leave alone and messages do not copy. Areas of
//! values that were replaced or erased stay, because nobody knows who still refers to them.

use super::BADARG;
use crate::data::atom;
use crate::process::Process;
use hashbrown::HashMap;
use linac_abi::term::FixedAtom;
use linac_core::copy::to_literals;
use linac_core::{Build, Term, compare, hash};
use std::mem::ManuallyDrop;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

type Out = Result<Term, Term>;

/// Key and value, both literals for ever.
#[derive(Clone, Copy)]
struct Pair {
    key: Term,
    value: Term,
}

// SAFETY: literals are never written to after they were made and never freed here.
unsafe impl Send for Pair {}
// SAFETY: as above.
unsafe impl Sync for Pair {}

/// Pairs by the hash of their keys.
#[derive(Default)]
pub struct Terms(RwLock<Content>);

#[derive(Default)]
struct Content {
    pairs: HashMap<u32, Vec<Pair>>,
    words: usize,
}

impl std::fmt::Debug for Terms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Terms")
    }
}

impl Terms {
    fn read(&self) -> RwLockReadGuard<'_, Content> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Content> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Content {
    fn find(&self, key: Term) -> Option<Pair> {
        let bucket = self.pairs.get(&hash::internal(key))?;
        bucket.iter().copied().find(|pair| compare::eq_exact(pair.key, key))
    }

    /// Takes a key out; gives whether it was there.
    fn remove(&mut self, key: Term) -> bool {
        let Some(bucket) = self.pairs.get_mut(&hash::internal(key)) else { return false };
        let before = bucket.len();
        bucket.retain(|pair| !compare::eq_exact(pair.key, key));
        bucket.len() < before
    }

    fn set(&mut self, key: Term, value: Term) -> Result<(), Term> {
        let (area, copied) = to_literals(&[key, value]).map_err(|_| Term::fixed(FixedAtom::SystemLimit))?;
        let area = ManuallyDrop::new(area);
        self.words += area.range().1 / size_of::<usize>();
        let [key, value] = copied[..] else { return Err(Term::fixed(FixedAtom::SystemLimit)) };
        self.remove(key);
        self.pairs.entry(hash::internal(key)).or_default().push(Pair { key, value });
        Ok(())
    }
}

pub fn get1(p: &mut Process, a: &[Term]) -> Out {
    p.system.persistent.read().find(a[0]).map(|pair| pair.value).ok_or(BADARG)
}

pub fn get2(p: &mut Process, a: &[Term]) -> Out {
    Ok(p.system.persistent.read().find(a[0]).map_or(a[1], |pair| pair.value))
}

pub fn get0(p: &mut Process, _: &[Term]) -> Out {
    let pairs: Vec<Pair> = p.system.persistent.read().pairs.values().flatten().copied().collect();
    let tuples: Vec<Term> = pairs.iter().map(|pair| p.heap.tuple(&[pair.key, pair.value])).collect();
    Ok(p.heap.list(&tuples))
}

pub fn put(p: &mut Process, a: &[Term]) -> Out {
    let mut content = p.system.persistent.write();
    // The same value again costs nothing.
    if !content.find(a[0]).is_some_and(|pair| compare::eq_exact(pair.value, a[1])) {
        content.set(a[0], a[1])?;
    }
    Ok(Term::fixed(FixedAtom::Ok))
}

pub fn put_new(p: &mut Process, a: &[Term]) -> Out {
    let mut content = p.system.persistent.write();
    match content.find(a[0]) {
        Some(pair) if compare::eq_exact(pair.value, a[1]) => {}
        Some(_) => return Err(BADARG),
        None => content.set(a[0], a[1])?,
    }
    Ok(Term::fixed(FixedAtom::Ok))
}

pub fn erase(p: &mut Process, a: &[Term]) -> Out {
    Ok(Term::bool(p.system.persistent.write().remove(a[0])))
}

pub fn erase_all(p: &mut Process, _: &[Term]) -> Out {
    p.system.persistent.write().pairs.clear();
    Ok(Term::fixed(FixedAtom::Ok))
}

pub fn info(p: &mut Process, _: &[Term]) -> Out {
    let content = p.system.persistent.read();
    let (count, bytes) =
        (content.pairs.values().map(Vec::len).sum::<usize>(), content.words * size_of::<usize>());
    drop(content);
    let keys = [atom("count"), atom("memory")];
    let values = [count, bytes].map(|n| Term::small(n as isize));
    let map = linac_core::map::empty(&mut p.heap);
    let mut map = linac_core::map::put(&mut p.heap, map, keys[0], values[0]).ok_or(BADARG)?;
    map = linac_core::map::put(&mut p.heap, map, keys[1], values[1]).ok_or(BADARG)?;
    Ok(map)
}

bifs! {
    "persistent_term" "get" 0 Leaf get0, "All persistent terms.";
    "persistent_term" "get" 1 Leaf get1, "The persistent term of a key.";
    "persistent_term" "get" 2 Leaf get2, "The persistent term of a key, or a default.";
    "persistent_term" "put" 2 Leaf put, "Sets a persistent term.";
    "persistent_term" "put_new" 2 Leaf put_new, "Sets a persistent term that is not there.";
    "persistent_term" "erase" 1 Leaf erase, "Removes a persistent term.";
    "persistent_term" "info" 0 Leaf info, "Number and size of persistent terms.";
    "erts_internal" "erase_persistent_terms" 0 Leaf erase_all, "Removes all persistent terms.";
}
