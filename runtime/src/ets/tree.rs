//! The store of ordered sets: a B-tree in term order, where `1` and `1.0` are the same key.
//!
//! A key of the tree is the term inside its object, so it needs no memory of its own; whoever replaces an object
//! replaces the tree's key with it. *Invariants*: each key points into the object that it leads to; equal keys have
//! equal hints, so a key's hint stays when its object is replaced.

use super::object::Object;
use super::slab::Slabs;
use linac_core::{Term, compare};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::mem::ManuallyDrop;
use std::ops::Bound;
use std::sync::atomic::{AtomicUsize, Ordering as Mem};

/// A key: its term, atomic because an object is replaced behind a shared reference to its key, by the one who may write,
/// and what decides most comparisons without a look at the term.
struct Key(AtomicUsize, u64);

impl Key {
    fn new(term: Term) -> Key {
        Key(AtomicUsize::new(term.raw()), compare::order_hint(term))
    }
    fn term(&self) -> Term {
        // SAFETY: the word came from a term: of an object in the tree, or of a question that is being answered.
        unsafe { Term::from_raw(self.0.load(Mem::Relaxed)) }
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.term().fmt(f)
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Key) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Key {}
impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Key) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Key {
    #[inline]
    fn cmp(&self, other: &Key) -> Ordering {
        self.1.cmp(&other.1).then_with(|| compare::cmp(self.term(), other.term()))
    }
}

/// The tree.
#[derive(Debug)]
pub struct TreeStore {
    /// Where its objects are.
    pub slabs: Slabs,
    /// Objects are dropped by hand, since mostly there is nothing to do.
    map: BTreeMap<Key, ManuallyDrop<Object>>,
    words: usize,
    key: usize,
}

impl TreeStore {
    /// An empty tree of objects with the key at this position.
    pub fn new(key: usize) -> TreeStore {
        TreeStore { slabs: Slabs::default(), map: BTreeMap::new(), words: 0, key }
    }

    /// Number of objects.
    pub fn count(&self) -> usize {
        self.map.len()
    }

    /// Words in use.
    pub fn words(&self) -> usize {
        self.words + self.map.len() * 4
    }

    /// The object with this key.
    pub fn get(&self, key: Term) -> Option<&Object> {
        self.map.get(&Key::new(key)).map(|object| &**object)
    }

    /// A copy of a term, for this table.
    pub fn object(&mut self, term: Term) -> Object {
        // SAFETY: objects leave a store only through `take`, which gives them back, and go before the slabs do.
        unsafe { self.slabs.object(term) }
    }

    /// Lets `change` change an object in place.
    pub fn change(&mut self, key: Term, change: impl FnOnce(&mut Object, &mut Slabs)) {
        if let Entry::Occupied(mut entry) = self.map.entry(Key::new(key)) {
            let before = entry.get().words();
            change(entry.get_mut(), &mut self.slabs);
            let new = entry.get().element(self.key);
            entry.key().0.store(new.raw(), Mem::Relaxed);
            self.words = self.words - before + entry.get().words();
        }
    }

    /// Adds an object in the place of the one with its key.
    pub fn replace(&mut self, object: Object) {
        let key = object.element(self.key);
        self.words += object.words();
        match self.map.entry(Key::new(key)) {
            Entry::Vacant(entry) => {
                entry.insert(ManuallyDrop::new(object));
            }
            Entry::Occupied(mut entry) => {
                entry.key().0.store(key.raw(), Mem::Relaxed);
                let old = ManuallyDrop::into_inner(entry.insert(ManuallyDrop::new(object)));
                self.words -= old.words();
                self.slabs.recycle(old);
            }
        }
    }

    /// Takes an object out, which `then` looks at.
    pub fn take<R>(&mut self, key: Term, then: impl FnOnce(Option<&Object>) -> R) -> R {
        let Some(object) = self.map.remove(&Key::new(key)) else { return then(None) };
        let object = ManuallyDrop::into_inner(object);
        self.words -= object.words();
        let result = then(Some(&object));
        self.slabs.recycle(object);
        if self.map.is_empty() {
            self.slabs.reset();
        }
        result
    }

    /// Objects behind this key, or all, upwards.
    pub fn above(&self, key: Option<Term>) -> impl Iterator<Item = &Object> {
        let start = key.map_or(Bound::Unbounded, |key| Bound::Excluded(Key::new(key)));
        self.map.range((start, Bound::Unbounded)).map(|(_, object)| &**object)
    }

    /// Objects from this key on, upwards.
    pub fn from(&self, key: Term) -> impl Iterator<Item = &Object> {
        self.map.range((Bound::Included(Key::new(key)), Bound::Unbounded)).map(|(_, object)| &**object)
    }

    /// Objects in front of this key, or all, downwards.
    pub fn below(&self, key: Option<Term>) -> impl Iterator<Item = &Object> {
        let end = key.map_or(Bound::Unbounded, |key| Bound::Excluded(Key::new(key)));
        self.map.range((Bound::Unbounded, end)).rev().map(|(_, object)| &**object)
    }

    /// The object with so many others in front of it.
    pub fn nth(&self, n: usize) -> Option<&Object> {
        self.map.values().nth(n).map(|object| &**object)
    }
}

impl Drop for TreeStore {
    fn drop(&mut self) {
        if self.slabs.whole() {
            return;
        }
        for object in self.map.values_mut() {
            // SAFETY: nobody looks at the object again, nor at its key, which lies in it.
            unsafe { ManuallyDrop::drop(object) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use linac_core::{Build, FragList};

    #[test]
    fn keys_follow_their_objects() {
        let mut heap = FragList::new();
        let mut store = TreeStore::new(1);
        let one = heap.float(1.0);
        for key in [Term::small(2), Term::small(1), one, Term::small(3)] {
            let object = store.object(heap.tuple(&[key, Term::NIL]));
            store.replace(object);
        }
        assert_eq!(store.count(), 3);
        assert!(store.get(Term::small(1)).unwrap().element(1).is_float());
        let keys: Vec<f64> =
            store.above(None).map(|o| linac_core::number::to_f64(o.element(1)).unwrap()).collect();
        assert_eq!(keys, [1.0, 2.0, 3.0]);
        assert_eq!(store.below(Some(Term::small(3))).next().unwrap().element(1), Term::small(2));
        assert!(store.take(Term::small(1), |o| o.is_some()) && store.take(one, |o| o.is_none()));
        store.change(Term::small(2), |object, _| assert!(object.replace_immediate(2, Term::TRUE)));
        assert_eq!(store.nth(0).unwrap().element(2), Term::TRUE);
    }
}
