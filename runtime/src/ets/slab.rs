//! Memory for the objects of one table.
//!
//! *Problem*: most objects are small, come by the hundred thousand and go with their table; asked of the general
//! allocator one by one they cost more than all else, and lie apart. *Idea*: a table cuts them from chunks of its own,
//! keeps what was given back by size, and at its end frees chunks instead of objects. *Invariants*: who changes a
//! table holds its lock, so nothing here is shared; an object cut from a chunk never outlives the [`Slabs`] and comes
//! back through [`Slabs::recycle`]; while `whole` holds, every object of the table was cut here and owns nothing outside,
//! so that freeing the chunks frees them all.
//!
//! What a table once needed it keeps until it is empty or deleted.

use super::object::Object;
use linac_core::Term;
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ptr::NonNull;

/// Blocks of more words come from the general allocator.
pub const MOST: usize = 64;
/// Blocks have even numbers of words.
const STEP: usize = 2;
const CLASSES: usize = MOST / STEP + 1;
/// Words of the first chunk; each is twice as large as the one before, up to the last.
const FIRST: usize = 64;
const LARGEST: usize = 1 << 15;

/// A free block: its first word leads to the next.
type Free = Option<NonNull<usize>>;

/// The memory of a table.
#[derive(Debug)]
pub struct Slabs {
    free: [Free; CLASSES],
    chunks: Vec<(NonNull<usize>, usize)>,
    /// What is left of the last chunk.
    top: *mut usize,
    left: usize,
    whole: bool,
}

// SAFETY: chunks belong to the table, and only who may change it touches them.
unsafe impl Send for Slabs {}
// SAFETY: as above.
unsafe impl Sync for Slabs {}

impl Default for Slabs {
    fn default() -> Slabs {
        Slabs { free: [None; CLASSES], chunks: Vec::new(), top: std::ptr::null_mut(), left: 0, whole: true }
    }
}

fn layout(words: usize) -> Layout {
    match Layout::array::<usize>(words) {
        Ok(layout) => layout,
        Err(_) => panic!("a chunk of {words} words is beyond any memory"),
    }
}

impl Slabs {
    /// A copy of a term.
    ///
    /// # Safety
    /// The object does not outlive these slabs, and is given back to them, not dropped.
    pub unsafe fn object(&mut self, term: Term) -> Object {
        // SAFETY: passed on.
        let object = unsafe { Object::cut(term, self) };
        self.admit(&object);
        object
    }

    /// An object comes into the table.
    pub fn admit(&mut self, object: &Object) {
        self.whole &= object.is_cut() && !object.owns();
    }

    /// Do the chunks hold all that the table's objects consist of?
    pub fn whole(&self) -> bool {
        self.whole
    }

    /// Puts another term in the place of an object, whose link and mark are the caller's matter.
    ///
    /// # Safety
    /// As [`Slabs::object`].
    pub unsafe fn exchange(&mut self, object: &mut Object, term: Term) {
        // SAFETY: passed on.
        let new = unsafe { self.object(term) };
        self.recycle(std::mem::replace(object, new));
    }

    /// Takes the memory of an object back.
    pub fn recycle(&mut self, object: Object) {
        if let Some((block, words)) = object.give_back() {
            let class = words.div_ceil(STEP);
            // SAFETY: the block was cut here, for that many words, and nobody uses it any more.
            unsafe { block.cast::<Free>().write(self.free[class]) };
            self.free[class] = Some(block);
        }
    }

    /// A block of so many words.
    #[inline]
    pub fn cut(&mut self, words: usize) -> NonNull<usize> {
        let class = words.div_ceil(STEP);
        if let Some(block) = self.free[class] {
            // SAFETY: a free block, whose first word is the link.
            self.free[class] = unsafe { block.cast::<Free>().read() };
            return block;
        }
        let size = class * STEP;
        if self.left < size {
            self.grow();
        }
        self.left -= size;
        let block = self.top;
        self.top = block.wrapping_add(size);
        // SAFETY: within a chunk.
        unsafe { NonNull::new_unchecked(block) }
    }

    #[cold]
    fn grow(&mut self) {
        if let Some(rest) = NonNull::new(self.top).filter(|_| self.left > 0) {
            let class = self.left / STEP;
            // SAFETY: the rest of the chunk, as many words as the class has, too few for the block that is wanted.
            unsafe { rest.cast::<Free>().write(self.free[class]) };
            self.free[class] = Some(rest);
        }
        let words = self.chunks.last().map_or(FIRST, |(_, words)| (words * 2).min(LARGEST));
        let layout = layout(words);
        // SAFETY: the layout is not empty.
        let Some(chunk) = NonNull::new(unsafe { alloc(layout) }.cast::<usize>()) else {
            handle_alloc_error(layout)
        };
        self.chunks.push((chunk, words));
        (self.top, self.left) = (chunk.as_ptr(), words);
    }

    /// The table is empty: all chunks go.
    pub fn reset(&mut self) {
        // Small ones stay, for tables that are often empty.
        if self.chunks.len() > 4 {
            *self = Slabs::default();
        }
    }
}

impl Drop for Slabs {
    fn drop(&mut self) {
        for (chunk, words) in self.chunks.drain(..) {
            // SAFETY: made with this layout; no object outlives the slabs.
            unsafe { dealloc(chunk.as_ptr().cast(), layout(words)) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use linac_core::{Build, FragList};

    fn words(slabs: &Slabs) -> usize {
        slabs.chunks.iter().map(|(_, words)| words).sum()
    }

    #[test]
    fn memory_comes_back_by_size() {
        let mut heap = FragList::new();
        let mut slabs = Slabs::default();
        let mut objects = Vec::new();
        for n in 0..1000 {
            let tuple = heap.tuple(&vec![Term::small(n); 1 + n as usize % 40]);
            // SAFETY: given back below.
            objects.push(unsafe { slabs.object(tuple) });
        }
        let before = words(&slabs);
        for round in 0..5 {
            for (n, object) in objects.iter_mut().enumerate() {
                assert_eq!(object.elements(), vec![Term::small(n as isize); 1 + n % 40], "round {round}");
                let again = heap.tuple(object.elements());
                // SAFETY: as above.
                unsafe { slabs.exchange(object, again) };
            }
        }
        assert!(words(&slabs) <= before + LARGEST && slabs.whole());
        objects.into_iter().for_each(|object| slabs.recycle(object));
        slabs.reset();
        assert_eq!(words(&slabs), 0);
    }

    #[test]
    fn what_is_large_or_shares_is_freed_one_by_one() {
        let mut heap = FragList::new();
        let mut slabs = Slabs::default();
        let large = heap.tuple(&[Term::NIL; 100]);
        // SAFETY: given back below.
        let object = unsafe { slabs.object(large) };
        assert!(!object.is_cut() && !slabs.whole());
        slabs.recycle(object);
        let mut slabs = Slabs::default();
        let binary = heap.binary(&[7; 300]).unwrap();
        let shares = heap.tuple(&[binary]);
        // SAFETY: given back below.
        let object = unsafe { slabs.object(shares) };
        assert!(object.is_cut() && !slabs.whole());
        slabs.recycle(object);
    }
}
