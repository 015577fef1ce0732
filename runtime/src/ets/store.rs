//! A table's objects, whatever its kind.

use super::hash::HashStore;
use super::object::Object;
use super::slab::Slabs;
use super::tree::TreeStore;
use linac_core::{Term, compare};

/// Kinds of tables.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// One object per key.
    Set,
    /// One object per key, in term order; `1` and `1.0` are the same key.
    OrderedSet,
    /// Different objects with the same key.
    Bag,
    /// Any objects.
    DuplicateBag,
}

impl Kind {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Set => "set",
            Kind::OrderedSet => "ordered_set",
            Kind::Bag => "bag",
            Kind::DuplicateBag => "duplicate_bag",
        }
    }

    /// At most one object per key?
    pub fn is_set(self) -> bool {
        matches!(self, Kind::Set | Kind::OrderedSet)
    }
}

/// There is no such key to start from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoKey;

/// Where the objects are.
#[derive(Debug)]
pub enum Objects {
    /// Of sets and bags.
    Hash(HashStore),
    /// Of ordered sets.
    Tree(TreeStore),
}

/// Is this very object there?
fn has(store: &HashStore, position: usize, term: Term) -> bool {
    let key = term.as_tuple().map_or(Term::NIL, |elements| elements[position - 1]);
    store.get(key).iter().any(|other| compare::eq_exact(other.term(), term))
}

/// A table's objects.
#[derive(Debug)]
pub struct Store {
    /// Where they are.
    pub objects: Objects,
    kind: Kind,
    key: usize,
}

impl Store {
    /// An empty store.
    pub fn new(kind: Kind, key: usize) -> Store {
        let objects = match kind {
            Kind::OrderedSet => Objects::Tree(TreeStore::new(key)),
            _ => Objects::Hash(HashStore::new(key)),
        };
        Store { objects, kind, key }
    }

    /// Position of the key.
    pub fn key(&self) -> usize {
        self.key
    }

    /// Number of objects.
    pub fn count(&self) -> usize {
        match &self.objects {
            Objects::Hash(store) => store.count(),
            Objects::Tree(store) => store.count(),
        }
    }

    /// Words in use.
    pub fn words(&self) -> usize {
        match &self.objects {
            Objects::Hash(store) => store.words(),
            Objects::Tree(store) => store.words(),
        }
    }

    /// Objects with this key, in the order in which they came.
    #[inline]
    pub fn get(&self, key: Term) -> &[Object] {
        match &self.objects {
            Objects::Hash(store) => store.get(key),
            Objects::Tree(store) => store.get(key).map_or(&[], std::slice::from_ref),
        }
    }

    /// Adds a copy of a term as tables of this kind do.
    pub fn insert_term(&mut self, term: Term, fixed: bool) {
        match &mut self.objects {
            Objects::Tree(store) => {
                let object = store.object(term);
                store.replace(object);
            }
            Objects::Hash(store) => {
                if self.kind == Kind::Bag && has(store, self.key, term) {
                    return;
                }
                let object = store.object(term);
                match self.kind.is_set() {
                    true => store.replace(object, fixed),
                    false => store.push(object, fixed),
                }
            }
        }
    }

    /// Adds an object that was made before.
    pub fn insert(&mut self, object: Object, fixed: bool) {
        match &mut self.objects {
            Objects::Tree(store) => {
                store.slabs.admit(&object);
                store.replace(object);
            }
            Objects::Hash(store) => {
                if self.kind == Kind::Bag && has(store, self.key, object.term()) {
                    return;
                }
                store.slabs.admit(&object);
                match self.kind.is_set() {
                    true => store.replace(object, fixed),
                    false => store.push(object, fixed),
                }
            }
        }
    }

    /// Takes out the objects with this key, which `then` looks at.
    pub fn take<R>(&mut self, key: Term, fixed: bool, then: impl FnOnce(&[Object]) -> R) -> R {
        match &mut self.objects {
            Objects::Tree(store) => store.take(key, |found| then(found.map_or(&[], std::slice::from_ref))),
            Objects::Hash(store) => match store.find(key) {
                Some(place) => store.take(place, fixed, None, then),
                None => then(&[]),
            },
        }
    }

    /// Takes out the objects equal to this one.
    pub fn take_object(&mut self, object: Term, fixed: bool) {
        let Some(key) = object.as_tuple().and_then(|elements| elements.get(self.key - 1).copied()) else {
            return;
        };
        match &mut self.objects {
            Objects::Tree(store) => {
                if store.get(key).is_some_and(|found| compare::eq_exact(found.term(), object)) {
                    store.take(key, |_| ());
                }
            }
            Objects::Hash(store) => {
                if let Some(place) = store.find(key) {
                    store.take(place, fixed, Some(&|term| compare::eq_exact(term, object)), |_| ());
                }
            }
        }
    }

    /// Lets `change` change the object with this key, in a table with one object per key. The key stays.
    pub fn change(&mut self, key: Term, change: impl FnOnce(&mut Object, &mut Slabs)) {
        match &mut self.objects {
            Objects::Tree(store) => store.change(key, change),
            Objects::Hash(store) => store.change_one(key, change),
        }
    }

    /// The key behind this one, or the first.
    pub fn next(&self, key: Option<Term>) -> Result<Option<&[Object]>, NoKey> {
        match &self.objects {
            Objects::Tree(store) => Ok(store.above(key).next().map(std::slice::from_ref)),
            Objects::Hash(store) => {
                let start = match key {
                    None => (0, 0),
                    Some(key) => {
                        let (bucket, place) = store.find(key).ok_or(NoKey)?;
                        (bucket, place + 1)
                    }
                };
                Ok(store.from(start).map(|place| store.at(place)))
            }
        }
    }

    /// The key in front of this one, or the last; tables without an order have but one direction.
    pub fn previous(&self, key: Option<Term>) -> Result<Option<&[Object]>, NoKey> {
        match &self.objects {
            Objects::Tree(store) => Ok(store.below(key).next().map(std::slice::from_ref)),
            Objects::Hash(_) => self.next(key),
        }
    }

    /// Takes all objects out of a fixed table.
    pub fn clear_to_graves(&mut self) {
        match &mut self.objects {
            Objects::Tree(store) => *store = TreeStore::new(self.key),
            Objects::Hash(store) => {
                let mut next = store.from((0, 0));
                while let Some(place) = next {
                    store.take(place, true, None, |_| ());
                    next = store.from(place);
                }
            }
        }
    }

    /// Nobody walks any more.
    pub fn unfixed(&mut self) {
        if let Objects::Hash(store) = &mut self.objects {
            store.unfixed();
        }
    }
}
