//! Objects: flat immutable copies of terms outside all process heaps.
//!
//! *Problem*: a table outlives the process that filled it, and processes on other threads read it while nobody may
//! move its terms. *Idea*: an object is one block of memory: a head, then the term with all it consists of (literals
//! too, since no purge looks into tables); only the buffers of large binaries are shared, by count. *Invariants*: the
//! root of an object is the first object of its block; nothing in a block points outside it except to buffers; a
//! block is changed only by an owner that nobody shares, and only by replacing an immediate word.

use linac_core::copy::{self, Literals};
use linac_core::{Alloc, OffHeap, Term, WORD_BYTES};
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ptr::NonNull;

#[repr(C)]
struct Head {
    /// Words behind the head.
    words: usize,
    off: OffHeap,
    /// The term: a pointer into the block, or an immediate.
    root: Term,
}

const HEAD_WORDS: usize = size_of::<Head>() / WORD_BYTES;

fn layout(words: usize) -> Layout {
    match Layout::array::<usize>(HEAD_WORDS.saturating_add(words)) {
        Ok(layout) => layout,
        Err(_) => panic!("an object of {words} words is beyond any memory"),
    }
}

/// A copy of a term that belongs to a table.
pub struct Object(NonNull<Head>);

// SAFETY: an object owns its block; through a shared reference it is only read.
unsafe impl Send for Object {}
// SAFETY: as above.
unsafe impl Sync for Object {}

/// Hands out the words of a fresh block.
struct Filling {
    next: *mut usize,
    left: usize,
    off: OffHeap,
}

// SAFETY: the words of the block are given out once.
unsafe impl Alloc for Filling {
    fn alloc(&mut self, words: usize) -> *mut usize {
        assert!(words <= self.left, "an object is larger than its size");
        let p = self.next;
        self.next = p.wrapping_add(words);
        self.left -= words;
        p
    }
    fn off_heap(&mut self) -> &mut OffHeap {
        &mut self.off
    }
}

impl Object {
    /// A copy of a term.
    pub fn new(term: Term) -> Object {
        let words = copy::size(term, Literals::Copy);
        let layout = layout(words);
        // SAFETY: the layout holds at least the head.
        let Some(block) = NonNull::new(unsafe { alloc(layout) }.cast::<Head>()) else {
            handle_alloc_error(layout)
        };
        // SAFETY: the words follow the head in the block.
        let next = unsafe { block.as_ptr().add(1) }.cast::<usize>();
        let mut filling = Filling { next, left: words, off: OffHeap::new() };
        let root = copy::copy(term, &mut filling, Literals::Copy);
        // SAFETY: fresh memory of that layout.
        unsafe { block.write(Head { words, off: filling.off, root }) };
        Object(block)
    }

    fn head(&self) -> &Head {
        // SAFETY: the block is alive as long as the object.
        unsafe { self.0.as_ref() }
    }

    /// The term; valid as long as the object.
    #[inline]
    pub fn term(&self) -> Term {
        self.head().root
    }

    /// Elements of the tuple that the object is; none of another term.
    #[inline]
    pub fn elements(&self) -> &[Term] {
        self.term().as_tuple().unwrap_or(&[])
    }

    /// An element of the tuple, counted from 1.
    #[inline]
    pub fn element(&self, position: usize) -> Term {
        self.elements()[position - 1]
    }

    /// A copy on a heap.
    pub fn copy_to<A: Alloc>(&self, heap: &mut A) -> Term {
        let Head { words, ref off, root } = *self.head();
        if root.is_immediate() {
            return root;
        }
        if !off.is_empty() {
            return copy::copy(root, heap, Literals::Keep);
        }
        // SAFETY: the words behind the head are whole objects, the root's among them; no binary of theirs is counted.
        unsafe {
            let words = std::slice::from_raw_parts(self.0.as_ptr().add(1).cast::<usize>(), words);
            copy::copy_block(words, root, heap)
        }
    }

    /// Words of the term and what it takes to keep it.
    pub fn words(&self) -> usize {
        HEAD_WORDS + self.head().words
    }

    /// Puts an immediate in the place of an immediate element (counted from 1); false if one of them is none.
    pub fn replace_immediate(&mut self, position: usize, value: Term) -> bool {
        let old = self.element(position);
        if !old.is_immediate() || !value.is_immediate() {
            return false;
        }
        // SAFETY: elements follow the tuple's header; the block is this object's own, and `self` is not shared.
        unsafe { *self.term().address().add(position) = value.raw() };
        true
    }
}

impl std::fmt::Debug for Object {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Object({} words)", self.words())
    }
}

impl Drop for Object {
    fn drop(&mut self) {
        // SAFETY: whoever drops an object uses its term no more; the block was made with this layout.
        unsafe {
            let head = self.0.as_mut();
            head.off.release_all();
            let layout = layout(head.words);
            dealloc(self.0.as_ptr().cast(), layout);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use linac_core::compare::eq_exact;
    use linac_core::{Build, FragList};

    #[test]
    fn objects_are_copies_that_stay() {
        let mut heap = FragList::new();
        let binary = heap.binary(&[7; 300]).unwrap();
        let list = heap.list(&[binary, Term::small(1)]);
        let tuple = heap.tuple(&[Term::small(5), list, binary]);
        let mut object = Object::new(tuple);
        let again = Object::new(object.term());
        drop(heap);
        assert!(eq_exact(object.term(), again.term()));
        assert_eq!(object.element(1), Term::small(5));
        assert!(object.replace_immediate(1, Term::TRUE) && !object.replace_immediate(2, Term::TRUE));
        assert_eq!(object.element(1), Term::TRUE);
        assert!(!eq_exact(object.term(), again.term()));
        assert_eq!(Object::new(Term::NIL).term(), Term::NIL);
    }
}
