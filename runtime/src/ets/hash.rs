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
use linac_core::{Term, compare, hash};
use smallvec::SmallVec;

/// Objects with one key.
#[derive(Debug)]
enum Objects {
    One(Object),
    /// Two or more.
    Many(Vec<Object>),
    /// None any more; the object holds the key.
    Grave(Object),
}

#[derive(Debug)]
struct Group {
    hash: u32,
    objects: Objects,
}

type Bucket = SmallVec<[Group; 1]>;

const SEGMENT: usize = 256;

/// Objects taken out: mostly one.
pub type Taken = SmallVec<[Object; 1]>;

/// Where a group is: bucket and place in it.
pub type Place = (usize, usize);

/// The table.
#[derive(Debug)]
pub struct HashStore {
    segments: Vec<Box<[Bucket]>>,
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

fn segment() -> Box<[Bucket]> {
    std::iter::repeat_with(Bucket::new).take(SEGMENT).collect()
}

impl Group {
    fn first(&self) -> &Object {
        match &self.objects {
            Objects::One(object) | Objects::Grave(object) => object,
            Objects::Many(objects) => &objects[0],
        }
    }

    fn live(&self) -> &[Object] {
        match &self.objects {
            Objects::One(object) => std::slice::from_ref(object),
            Objects::Many(objects) => objects,
            Objects::Grave(_) => &[],
        }
    }

    fn live_mut(&mut self) -> &mut [Object] {
        match &mut self.objects {
            Objects::One(object) => std::slice::from_mut(object),
            Objects::Many(objects) => objects,
            Objects::Grave(_) => &mut [],
        }
    }

    fn push(&mut self, object: Object) {
        match &mut self.objects {
            Objects::Many(objects) => objects.push(object),
            Objects::Grave(_) => self.objects = Objects::One(object),
            Objects::One(_) => {
                if let Objects::One(first) = std::mem::replace(&mut self.objects, Objects::Many(Vec::new())) {
                    self.objects = Objects::Many(vec![first, object]);
                }
            }
        }
    }
}

impl HashStore {
    /// An empty table of objects with the key at this position.
    pub fn new(key: usize) -> HashStore {
        HashStore {
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
        let lengths = (0..self.buckets).map(|at| self.bucket(at).len());
        lengths.fold((0, usize::MAX, 0.0), |(most, least, sum), n| {
            (most.max(n), least.min(n), sum + (n * n) as f64)
        })
    }

    fn index(&self, hash: u32) -> usize {
        let level = self.buckets.ilog2();
        let at = hash as usize & ((2 << level) - 1);
        if at < self.buckets { at } else { at & ((1 << level) - 1) }
    }

    fn bucket(&self, at: usize) -> &Bucket {
        &self.segments[at / SEGMENT][at % SEGMENT]
    }

    fn bucket_mut(&mut self, at: usize) -> &mut Bucket {
        &mut self.segments[at / SEGMENT][at % SEGMENT]
    }

    /// The group with this key, graves included.
    pub fn find(&self, key: Term) -> Option<Place> {
        self.find_hashed(key, hash::internal(key))
    }

    fn find_hashed(&self, key: Term, hash: u32) -> Option<Place> {
        let at = self.index(hash);
        let same = |group: &Group| {
            group.hash == hash && {
                let other = group.first().element(self.key);
                other == key || compare::eq_exact(other, key)
            }
        };
        self.bucket(at).iter().position(same).map(|i| (at, i))
    }

    /// Objects of a group.
    pub fn at(&self, (bucket, place): Place) -> &[Object] {
        self.bucket(bucket)[place].live()
    }

    /// The key of a group.
    pub fn key_at(&self, (bucket, place): Place) -> Term {
        self.bucket(bucket)[place].first().element(self.key)
    }

    /// Objects with this key.
    pub fn get(&self, key: Term) -> &[Object] {
        self.find(key).map_or(&[], |place| self.at(place))
    }

    /// Lets `change` change objects of a group in place.
    pub fn change(&mut self, (bucket, place): Place, change: impl FnOnce(&mut [Object])) {
        let words = |objects: &[Object]| objects.iter().map(Object::words).sum::<usize>();
        let objects = self.bucket_mut(bucket)[place].live_mut();
        let before = words(objects);
        change(objects);
        let after = words(objects);
        self.words = self.words - before + after;
    }

    /// Adds an object beside others with its key.
    pub fn push(&mut self, object: Object, fixed: bool) {
        let key = object.element(self.key);
        let hash = hash::internal(key);
        self.objects += 1;
        self.words += object.words();
        match self.find_hashed(key, hash) {
            Some((bucket, place)) => self.bucket_mut(bucket)[place].push(object),
            None => self.add_group(hash, object, fixed),
        }
    }

    /// Adds an object in the place of the one with its key.
    pub fn replace(&mut self, object: Object, fixed: bool) {
        let key = object.element(self.key);
        let hash = hash::internal(key);
        self.words += object.words();
        match self.find_hashed(key, hash) {
            Some((bucket, place)) => {
                let group = &mut self.bucket_mut(bucket)[place];
                let old: usize = group.live().iter().map(Object::words).sum();
                let new = usize::from(matches!(group.objects, Objects::Grave(_)));
                group.objects = Objects::One(object);
                self.words -= old;
                self.objects += new;
            }
            None => {
                self.objects += 1;
                self.add_group(hash, object, fixed);
            }
        }
    }

    fn add_group(&mut self, hash: u32, object: Object, fixed: bool) {
        let at = self.index(hash);
        self.bucket_mut(at).push(Group { hash, objects: Objects::One(object) });
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
        let groups = std::mem::take(self.bucket_mut(old));
        for group in groups {
            let at = if group.hash as usize & ((2 << level) - 1) == new { new } else { old };
            self.bucket_mut(at).push(group);
        }
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
        let groups = std::mem::take(self.bucket_mut(last));
        let into = last - (1 << last.ilog2());
        self.bucket_mut(into).extend(groups);
        if last.is_multiple_of(SEGMENT) {
            self.segments.truncate(last / SEGMENT);
        }
    }

    /// Takes objects out of a group: those for which `wanted` says so, or all. Gives them.
    pub fn take(
        &mut self,
        (bucket, place): Place,
        fixed: bool,
        wanted: Option<&dyn Fn(Term) -> bool>,
    ) -> Taken {
        let group = &mut self.bucket_mut(bucket)[place];
        let mut all = match std::mem::replace(&mut group.objects, Objects::Many(Vec::new())) {
            Objects::One(object) => Taken::from_buf([object]),
            Objects::Many(objects) => Taken::from_vec(objects),
            grave @ Objects::Grave(_) => {
                group.objects = grave;
                return Taken::new();
            }
        };
        let mut taken = Taken::new();
        match wanted {
            None => std::mem::swap(&mut all, &mut taken),
            Some(wanted) => {
                let mut kept = Taken::new();
                for object in all {
                    if wanted(object.term()) { taken.push(object) } else { kept.push(object) }
                }
                all = kept;
            }
        }
        let words: usize = taken.iter().map(Object::words).sum();
        match all.len() {
            0 if fixed => {
                let key = taken[0].term();
                group.objects = Objects::Grave(Object::new(key));
                self.graves.push(bucket);
            }
            0 => {
                self.bucket_mut(bucket).swap_remove(place);
                self.groups -= 1;
                self.shrink_some(4);
            }
            1 => {
                if let Some(object) = all.pop() {
                    group.objects = Objects::One(object);
                }
            }
            _ => group.objects = Objects::Many(all.into_vec()),
        }
        self.words -= words;
        self.objects -= taken.len();
        taken
    }

    /// Clears the graves away, since nobody walks any more.
    pub fn unfixed(&mut self) {
        for bucket in std::mem::take(&mut self.graves) {
            let groups = self.bucket_mut(bucket);
            let before = groups.len();
            groups.retain(|group| !matches!(group.objects, Objects::Grave(_)));
            let gone = before - groups.len();
            self.groups -= gone;
        }
        // What deleting would have done; the rest is left to later deletions.
        self.shrink_some(1024);
    }

    /// The first group from this place on that has objects.
    pub fn from(&self, (mut bucket, mut place): Place) -> Option<Place> {
        while bucket < self.buckets {
            let groups = self.bucket(bucket);
            while place < groups.len() {
                if !groups[place].live().is_empty() {
                    return Some((bucket, place));
                }
                place += 1;
            }
            bucket += 1;
            place = 0;
        }
        None
    }

    /// Groups of a bucket, graves included.
    pub fn in_bucket(&self, bucket: usize) -> usize {
        self.bucket(bucket).len()
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
            assert_eq!(store.take(place, false, None).len(), 1);
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
        assert_eq!(store.take(place, true, None).len(), 3);
        assert_eq!(store.find(Term::small(7)), Some(place));
        assert!(store.get(Term::small(7)).is_empty());
        assert_eq!((store.count(), store.groups), (297, 100));
        store.push(object(7, 1), true);
        assert_eq!((store.count(), store.groups), (298, 100));
        let place = store.find(Term::small(8)).unwrap();
        assert_eq!(store.take(place, true, Some(&|t| t.as_tuple().unwrap()[1] == Term::small(108))).len(), 1);
        assert_eq!(store.take(place, true, None).len(), 2);
        store.unfixed();
        assert_eq!((store.count(), store.groups), (295, 99));
        assert_eq!(store.find(Term::small(8)), None);
    }
}
