//! The store of sets and bags: a hash table that grows by one bucket at a time.
//!
//! *Idea*: linear hashing. There are `2^level <= n < 2^(level+1)` buckets; a hash belongs to the bucket of its low
//! `level + 1` bits, or, if that one does not exist yet, of its low `level` bits. One more bucket takes part of the
//! keys of one other, so that no insertion ever moves more than a bucket. Buckets live in segments, which never move.
//!
//! Objects with the same key are one *group*, in the order in which they came. *Invariants*: while the table is fixed
//! no bucket is added or removed and no group changes its place: a group that loses its last object stays as a *grave*
//! with that object in it, so that a walk finds its way; the last unfix clears the graves away.

use super::object::Object;
use super::slab::Slabs;
use linac_core::{Term, compare, hash};
use smallvec::SmallVec;
use std::mem::ManuallyDrop;

/// A bucket: its groups, each linked to the next. A group is its object, if it has but one.
type Bucket = Option<Object>;

const SEGMENT: usize = 256;

/// Dropped by hand, since mostly there is nothing to do.
type Segment = Box<[ManuallyDrop<Bucket>; SEGMENT]>;

/// Bits of a node's mark that are its key's hash.
const HASH: u32 = u32::MAX >> 1;
/// The bit of a node that has no objects any more; the one in it holds the key.
const GRAVE: u32 = !HASH;

/// Where a group is: bucket and place in it.
pub type Place = (usize, usize);

/// The table.
#[derive(Debug)]
pub struct HashStore {
    /// Where its objects are.
    pub slabs: Slabs,
    segments: Vec<Segment>,
    /// Number of buckets in use.
    buckets: usize,
    /// Groups, graves included.
    groups: usize,
    /// Objects that are there.
    objects: usize,
    /// Words of all objects.
    words: usize,
    key: usize,
    /// Buckets that have graves, perhaps several times.
    graves: Vec<usize>,
}

fn segment() -> Segment {
    Box::new([const { ManuallyDrop::new(None) }; SEGMENT])
}

/// The hash of a key. Small integers that follow each other share lines of buckets, eight by eight, so that a program
/// that goes through its numbers finds the buckets in the cache; which of the eight it is depends on the other bits as
/// well, so that numbers at any regular distance still spread over all buckets.
#[inline]
fn hash_of(key: Term) -> u32 {
    let Some(n) = key.as_small() else { return hash::internal(key) & HASH };
    let mixed = (n >> 3) as u64;
    let mixed = mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mixed = mixed ^ mixed >> 32;
    ((mixed as u32) << 3 | ((n as u64 ^ mixed >> 29) & 7) as u32) & HASH
}

#[inline]
fn same_key(one: Term, other: Term) -> bool {
    one == other || (!one.is_immediate() && !other.is_immediate() && compare::eq_exact(one, other))
}

/// The first object of a group, which has its key.
#[inline]
fn first(node: &Object) -> &Object {
    node.members().map_or(node, |members| &members[0])
}

/// The objects of a group.
#[inline]
fn live(node: &Object) -> &[Object] {
    match node.members() {
        Some(members) => members,
        None if node.mark() & GRAVE != 0 => &[],
        None => std::slice::from_ref(node),
    }
}

fn nodes(bucket: &Bucket) -> impl Iterator<Item = &Object> {
    std::iter::successors(bucket.as_ref(), |node| node.next().as_ref())
}

/// The link to the group with this key, or the end of its bucket.
fn seek(bucket: &mut Bucket, key: Term, position: usize, hash: u32) -> &mut Bucket {
    let mut link = bucket;
    while let Some(node) = link {
        if node.mark() & HASH == hash && same_key(first(node).element(position), key) {
            break;
        }
        let Some(node) = link else { break };
        link = node.next_mut();
    }
    link
}

/// Puts an object in the place of a node, which is given.
fn put(node: &mut Object, object: Object, hash: u32) -> Object {
    let rest = node.next_mut().take();
    let old = std::mem::replace(node, object);
    node.set_mark(hash);
    *node.next_mut() = rest;
    old
}

/// Lets `change` change the objects of a node; gives how many words there are more.
fn change_node(
    node: &mut Object,
    slabs: &mut Slabs,
    change: impl FnOnce(&mut [Object], &mut Slabs),
) -> usize {
    let words = |objects: &[Object]| objects.iter().map(Object::words).sum::<usize>();
    // What is put in the place of the only object knows nothing of the chain.
    let (mark, rest) = (node.mark(), node.next_mut().take());
    let objects = match node.members() {
        Some(_) => node.members_mut().map_or(&mut [][..], |members| members),
        None if mark & GRAVE != 0 => &mut [],
        None => std::slice::from_mut(node),
    };
    let before = words(objects);
    change(objects, slabs);
    let after = words(objects);
    node.set_mark(mark);
    *node.next_mut() = rest;
    after.wrapping_sub(before)
}

/// The end of a chain.
fn end(mut link: &mut Bucket) -> &mut Bucket {
    while let Some(node) = link {
        link = node.next_mut();
    }
    link
}

/// The link to the group at a place.
fn link_in(segments: &mut [Segment], (bucket, place): Place) -> &mut Bucket {
    let mut link = &mut *segments[bucket / SEGMENT][bucket % SEGMENT];
    for _ in 0..place {
        let Some(node) = link else { panic!("a place beyond its bucket") };
        link = node.next_mut();
    }
    link
}

impl HashStore {
    /// An empty table of objects with the key at this position.
    pub fn new(key: usize) -> HashStore {
        HashStore {
            slabs: Slabs::default(),
            segments: vec![segment()],
            buckets: SEGMENT,
            groups: 0,
            objects: 0,
            words: 0,
            key,
            graves: Vec::new(),
        }
    }

    /// Number of objects.
    pub fn count(&self) -> usize {
        self.objects
    }

    /// Number of buckets.
    pub fn buckets(&self) -> usize {
        self.buckets
    }

    /// Words in use.
    pub fn words(&self) -> usize {
        self.words + self.segments.len() * SEGMENT * size_of::<Bucket>() / size_of::<usize>()
    }

    /// Most and least groups of a bucket, and the sum of the squares.
    pub fn chains(&self) -> (usize, usize, f64) {
        let lengths = (0..self.buckets).map(|at| self.in_bucket(at));
        lengths.fold((0, usize::MAX, 0.0), |(most, least, sum), n| {
            (most.max(n), least.min(n), sum + (n * n) as f64)
        })
    }

    #[inline]
    fn index(&self, hash: u32) -> usize {
        let level = self.buckets.ilog2();
        let at = hash as usize & ((2 << level) - 1);
        if at < self.buckets { at } else { at & ((1 << level) - 1) }
    }

    #[inline]
    fn bucket(&self, at: usize) -> &Bucket {
        &self.segments[at / SEGMENT][at % SEGMENT]
    }

    fn bucket_mut(&mut self, at: usize) -> &mut Bucket {
        &mut self.segments[at / SEGMENT][at % SEGMENT]
    }

    fn node(&self, (bucket, place): Place) -> &Object {
        let Some(node) = nodes(self.bucket(bucket)).nth(place) else { panic!("a place beyond its bucket") };
        node
    }

    #[inline]
    fn is_group_of(&self, node: &Object, key: Term, hash: u32) -> bool {
        node.mark() & HASH == hash && same_key(first(node).element(self.key), key)
    }

    /// The group with this key, graves included.
    pub fn find(&self, key: Term) -> Option<Place> {
        let hash = hash_of(key);
        let at = self.index(hash);
        nodes(self.bucket(at)).position(|node| self.is_group_of(node, key, hash)).map(|place| (at, place))
    }

    /// Objects of a group.
    pub fn at(&self, place: Place) -> &[Object] {
        live(self.node(place))
    }

    /// The groups of a bucket, graves included.
    pub fn groups_of(&self, bucket: usize) -> impl Iterator<Item = &[Object]> {
        nodes(self.bucket(bucket)).map(live)
    }

    /// Objects with this key.
    #[inline]
    pub fn get(&self, key: Term) -> &[Object] {
        let hash = hash_of(key);
        let node = nodes(self.bucket(self.index(hash))).find(|node| self.is_group_of(node, key, hash));
        node.map_or(&[], live)
    }

    /// Lets `change` change objects of a group in place.
    pub fn change(&mut self, place: Place, change: impl FnOnce(&mut [Object], &mut Slabs)) {
        let Some(node) = link_in(&mut self.segments, place) else { panic!("a place beyond its bucket") };
        self.words = self.words.wrapping_add(change_node(node, &mut self.slabs, change));
    }

    /// Lets `change` change the only object with this key in place, if it is there.
    pub fn change_one(&mut self, key: Term, change: impl FnOnce(&mut Object, &mut Slabs)) {
        let Some(place) = self.find(key) else { return };
        self.change(place, |objects, slabs| {
            if let [object] = objects {
                change(object, slabs);
            }
        });
    }

    /// A copy of a term, for this table.
    pub fn object(&mut self, term: Term) -> Object {
        // SAFETY: objects leave a store only through `take`, which gives them back, and go before the slabs do.
        unsafe { self.slabs.object(term) }
    }

    /// Adds an object beside others with its key.
    pub fn push(&mut self, object: Object, fixed: bool) {
        let key = object.element(self.key);
        let hash = hash_of(key);
        self.objects += 1;
        self.words += object.words();
        let at = self.index(hash);
        let link = seek(&mut self.segments[at / SEGMENT][at % SEGMENT], key, self.key, hash);
        let Some(node) = link else {
            link.insert(object).set_mark(hash);
            return self.added(fixed);
        };
        if let Some(members) = node.members_mut() {
            members.push(object);
        } else if node.mark() & GRAVE != 0 {
            let grave = put(node, object, hash);
            self.slabs.recycle(grave);
        } else if let Some(mut only) = link.take() {
            let rest = only.next_mut().take();
            let node = link.insert(Object::group(vec![only, object]));
            self.slabs.admit(node);
            node.set_mark(hash);
            *node.next_mut() = rest;
        }
    }

    /// Adds an object in the place of the one with its key.
    pub fn replace(&mut self, object: Object, fixed: bool) {
        let key = object.element(self.key);
        let hash = hash_of(key);
        let new = object.words();
        let at = self.index(hash);
        match seek(&mut self.segments[at / SEGMENT][at % SEGMENT], key, self.key, hash) {
            Some(node) => {
                let old: usize = live(node).iter().map(Object::words).sum();
                let risen = usize::from(node.mark() & GRAVE != 0);
                let old_object = put(node, object, hash);
                self.slabs.recycle(old_object);
                self.words = self.words + new - old;
                self.objects += risen;
            }
            link => {
                link.insert(object).set_mark(hash);
                self.words += new;
                self.objects += 1;
                self.added(fixed);
            }
        }
    }

    /// A group has come.
    fn added(&mut self, fixed: bool) {
        self.groups += 1;
        // Twice, to catch up with what came while the table was fixed.
        for _ in 0..2 {
            if !fixed && self.groups > self.buckets {
                self.grow();
            }
        }
    }

    /// One more bucket.
    fn grow(&mut self) {
        let new = self.buckets;
        if new.is_multiple_of(SEGMENT) && self.segments.len() * SEGMENT <= new {
            self.segments.push(segment());
        }
        let level = new.ilog2();
        let old = new - (1 << level);
        self.buckets += 1;
        let mut rest = self.bucket_mut(old).take();
        let (mut stays, mut goes) = (None, None);
        let mut ends = [&mut stays, &mut goes];
        while let Some(mut node) = rest {
            rest = node.next_mut().take();
            let which = usize::from(node.mark() as usize & ((2 << level) - 1) == new);
            let [stay, go] = ends;
            ends = match which {
                0 => [stay.insert(node).next_mut(), go],
                _ => [stay, go.insert(node).next_mut()],
            };
        }
        *self.bucket_mut(old) = stays;
        *self.bucket_mut(new) = goes;
    }

    /// Takes away some of the buckets that the table does not need.
    fn shrink_some(&mut self, most: usize) {
        for _ in 0..most {
            if self.buckets > SEGMENT && self.groups < self.buckets / 4 {
                self.shrink();
            }
        }
    }

    /// One bucket less.
    fn shrink(&mut self) {
        self.buckets -= 1;
        let last = self.buckets;
        let nodes = self.bucket_mut(last).take();
        let into = last - (1 << last.ilog2());
        *end(self.bucket_mut(into)) = nodes;
        if last.is_multiple_of(SEGMENT) {
            self.segments.truncate(last / SEGMENT);
        }
    }

    /// Takes objects out of a group: those for which `wanted` says so, or all, which `then` looks at.
    pub fn take<R>(
        &mut self,
        place: Place,
        fixed: bool,
        wanted: Option<&dyn Fn(Term) -> bool>,
        then: impl FnOnce(&[Object]) -> R,
    ) -> R {
        let link = link_in(&mut self.segments, place);
        let Some(mut node) = link.take() else { panic!("a place beyond its bucket") };
        let (mark, rest) = (node.mark(), node.next_mut().take());
        let mut taken: SmallVec<[Object; 1]> = SmallVec::new();
        let mut left = None;
        if mark & GRAVE != 0 {
            left = Some(node);
        } else if let Some(members) = node.members_mut() {
            match wanted {
                None => taken.extend(members.drain(..)),
                Some(wanted) => taken.extend(members.extract_if(.., |object| wanted(object.term()))),
            }
            left = match members.len() {
                0 => None,
                1 => members.pop(),
                _ => Some(node),
            };
        } else if wanted.is_none_or(|wanted| wanted(node.term())) {
            taken.push(node);
        } else {
            left = Some(node);
        }
        self.words -= taken.iter().map(Object::words).sum::<usize>();
        self.objects -= taken.len();
        let result = then(&taken);
        let mut left_mark = mark;
        if left.is_none() && fixed {
            left = taken.pop();
            left_mark |= GRAVE;
        }
        match left {
            Some(node) => {
                let node = link.insert(node);
                node.set_mark(left_mark);
                *node.next_mut() = rest;
                if left_mark != mark {
                    self.graves.push(place.0);
                }
            }
            None => {
                *link = rest;
                self.groups -= 1;
                self.shrink_some(4);
            }
        }
        for object in taken {
            self.slabs.recycle(object);
        }
        if self.groups == 0 {
            self.slabs.reset();
        }
        result
    }

    /// Clears the graves away, since nobody walks any more.
    pub fn unfixed(&mut self) {
        for bucket in std::mem::take(&mut self.graves) {
            let mut gone = 0;
            let mut link = &mut *self.segments[bucket / SEGMENT][bucket % SEGMENT];
            while let Some(node) = link {
                if node.mark() & GRAVE != 0 {
                    let rest = node.next_mut().take();
                    if let Some(grave) = std::mem::replace(link, rest) {
                        self.slabs.recycle(grave);
                    }
                    gone += 1;
                    continue;
                }
                let Some(node) = link else { break };
                link = node.next_mut();
            }
            self.groups -= gone;
        }
        // What deleting would have done; the rest is left to later deletions.
        self.shrink_some(1024);
    }

    /// The first group from this place on that has objects.
    pub fn from(&self, (bucket, place): Place) -> Option<Place> {
        let mut skip = place;
        for at in bucket..self.buckets {
            let found =
                nodes(self.bucket(at)).enumerate().skip(skip).find(|(_, node)| !live(node).is_empty());
            if let Some((place, _)) = found {
                return Some((at, place));
            }
            skip = 0;
        }
        None
    }

    /// Groups of a bucket, graves included.
    pub fn in_bucket(&self, bucket: usize) -> usize {
        nodes(self.bucket(bucket)).count()
    }
}

impl Drop for HashStore {
    fn drop(&mut self) {
        if self.slabs.whole() {
            return;
        }
        for bucket in self.segments.iter_mut().flat_map(|segment| segment.iter_mut()) {
            // SAFETY: nobody looks at the bucket again.
            unsafe { ManuallyDrop::drop(bucket) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use linac_core::{Build, FragList};

    fn object(n: isize, value: isize) -> Object {
        let mut heap = FragList::new();
        Object::new(heap.tuple(&[Term::small(n), Term::small(value)]))
    }

    #[test]
    fn grows_and_shrinks_one_bucket_at_a_time() {
        let mut store = HashStore::new(1);
        for n in 0..5000 {
            store.replace(object(n, n), false);
            store.replace(object(n, -n), false);
        }
        assert_eq!((store.count(), store.buckets()), (5000, 5000));
        for n in 0..5000 {
            assert_eq!(store.get(Term::small(n))[0].element(2), Term::small(-n));
        }
        let mut seen = 0;
        let mut place = store.from((0, 0));
        while let Some((bucket, at)) = place {
            seen += 1;
            place = store.from((bucket, at + 1));
        }
        assert_eq!(seen, 5000);
        for n in 0..5000 {
            let place = store.find(Term::small(n)).unwrap();
            assert_eq!(store.take(place, false, None, <[_]>::len), 1);
        }
        assert_eq!((store.count(), store.groups, store.buckets()), (0, 0, SEGMENT));
        assert_eq!(store.words, 0);
    }

    #[test]
    fn fixed_tables_keep_places() {
        let mut store = HashStore::new(1);
        for n in 0..300 {
            store.push(object(n % 100, n), false);
        }
        let place = store.find(Term::small(7)).unwrap();
        assert_eq!(store.take(place, true, None, <[_]>::len), 3);
        assert_eq!(store.find(Term::small(7)), Some(place));
        assert!(store.get(Term::small(7)).is_empty());
        assert_eq!((store.count(), store.groups), (297, 100));
        store.push(object(7, 1), true);
        assert_eq!((store.count(), store.groups), (298, 100));
        let place = store.find(Term::small(8)).unwrap();
        let wanted = |t: Term| t.as_tuple().unwrap()[1] == Term::small(108);
        assert_eq!(store.take(place, true, Some(&wanted), <[_]>::len), 1);
        assert_eq!(store.take(place, true, None, <[_]>::len), 2);
        store.unfixed();
        assert_eq!((store.count(), store.groups), (295, 99));
        assert_eq!(store.find(Term::small(8)), None);
    }
}
