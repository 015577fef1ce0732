//! Objects: flat immutable copies of terms outside all process heaps.
//!
//! *Problem*: a table outlives the process that filled it, and processes on other threads read it while nobody may
//! move its terms. *Idea*: an object is one block of memory: a head, then the term with all it consists of (literals
//! too, since no purge looks into tables); only the buffers of large binaries are shared, by count. *Invariants*: the
//! root of an object is the first object of its block; nothing in a block points outside it except to buffers; a
//! block is changed only by an owner that nobody shares, and only by replacing an immediate word. The head has room for
//! a hash table's link and hash, so that a look-up that hits touches the bucket and the object, nothing between them.

use super::slab::{self, Slabs};
use linac_core::copy::{self, Literals};
use linac_core::{Alloc, OffHeap, Term, WORD_BYTES};
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ptr::NonNull;

#[repr(C)]
struct Head {
    /// The next object of the bucket; an object owns what follows it.
    next: Option<Object>,
    /// Words behind the head, and [`CUT`].
    words: u32,
    /// The key's hash and what the node is, for the hash table alone.
    mark: u32,
    /// The first of the buffers that the words share.
    off: *mut usize,
    /// The term: a pointer into the block, or an immediate; NONE in a node that stands for several objects.
    root: Term,
}

/// The block was cut from its table's memory.
const CUT: u32 = 1 << 31;
const HEAD_WORDS: usize = size_of::<Head>() / WORD_BYTES;
/// Words behind the head of a group.
const GROUP_WORDS: usize = size_of::<Vec<Object>>() / WORD_BYTES;
const _: () = assert!(align_of::<Vec<Object>>() <= align_of::<Head>());

fn layout(words: usize) -> Layout {
    let layout = Layout::array::<usize>(HEAD_WORDS.saturating_add(words));
    match layout.ok().filter(|_| words < CUT as usize) {
        Some(layout) => layout,
        None => panic!("an object of {words} words is beyond any memory"),
    }
}

/// A copy of a term that belongs to a table.
#[repr(transparent)]
pub struct Object(NonNull<Head>);

// SAFETY: an object owns its block; through a shared reference it is only read.
unsafe impl Send for Object {}
// SAFETY: as above.
unsafe impl Sync for Object {}

/// A fresh block with room for so many words behind its head.
fn block(words: usize) -> NonNull<Head> {
    let layout = layout(words);
    // SAFETY: the layout holds at least the head.
    match NonNull::new(unsafe { alloc(layout) }.cast::<Head>()) {
        Some(block) => block,
        None => handle_alloc_error(layout),
    }
}

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
        // SAFETY: the block has room for as many words.
        unsafe { Object::fill(block(words), words, 0, term) }
    }

    /// A copy of a term in a table's own memory, if it is not too large for that.
    ///
    /// # Safety
    /// It does not outlive the slabs, and goes back there by [`Object::give_back`].
    pub unsafe fn cut(term: Term, slabs: &mut Slabs) -> Object {
        let words = copy::size(term, Literals::Copy);
        let (block, cut) = match HEAD_WORDS + words {
            all @ ..=slab::MOST => (slabs.cut(all).cast(), CUT),
            _ => (block(words), 0),
        };
        // SAFETY: the block has room for as many words.
        unsafe { Object::fill(block, words, cut, term) }
    }

    /// Copies a term into a block.
    ///
    /// # Safety
    /// The block is fresh and has room for a head and so many words, which are the term's size.
    unsafe fn fill(block: NonNull<Head>, words: usize, cut: u32, term: Term) -> Object {
        // SAFETY: the words follow the head in the block.
        let next = unsafe { block.as_ptr().add(1) }.cast::<usize>();
        let mut filling = Filling { next, left: words, off: OffHeap::new() };
        let root = copy::copy(term, &mut filling, Literals::Copy);
        let head =
            Head { next: None, words: words as u32 | cut, mark: 0, off: filling.off.into_first(), root };
        // SAFETY: fresh memory with room for it.
        unsafe { block.write(head) };
        Object(block)
    }

    /// Was it cut from its table's memory?
    pub fn is_cut(&self) -> bool {
        self.head().words & CUT != 0
    }

    /// Does it own anything outside of its block?
    pub fn owns(&self) -> bool {
        !self.head().off.is_null() || self.head().root.is_none()
    }

    /// The end of an object. Gives the block that goes back to the table's memory, if it came from there, and its words.
    pub fn give_back(self) -> Option<(NonNull<usize>, usize)> {
        let block = (self.0.cast(), self.words());
        self.is_cut().then_some(block)
        // Dropping it gives up what it shares.
    }

    fn head(&self) -> &Head {
        // SAFETY: the block is alive as long as the object.
        unsafe { self.0.as_ref() }
    }

    fn head_mut(&mut self) -> &mut Head {
        // SAFETY: as above, and the object is not shared.
        unsafe { self.0.as_mut() }
    }

    /// What the hash table has noted about it.
    #[inline]
    pub fn mark(&self) -> u32 {
        self.head().mark
    }

    /// Notes something.
    #[inline]
    pub fn set_mark(&mut self, mark: u32) {
        self.head_mut().mark = mark;
    }

    /// A node that stands for several objects.
    pub fn group(objects: Vec<Object>) -> Object {
        let block = block(GROUP_WORDS);
        let head = Head {
            next: None,
            words: GROUP_WORDS as u32,
            mark: 0,
            off: std::ptr::null_mut(),
            root: Term::NONE,
        };
        // SAFETY: fresh memory with room for the head and the vector behind it, which is as much aligned.
        unsafe {
            block.write(head);
            block.add(1).cast::<Vec<Object>>().write(objects);
        }
        Object(block)
    }

    /// The objects that the node stands for, if it does.
    #[inline]
    pub fn members(&self) -> Option<&Vec<Object>> {
        // SAFETY: only nodes of groups have no term, and those have a vector behind their head.
        self.head().root.is_none().then(|| unsafe { self.0.add(1).cast::<Vec<Object>>().as_ref() })
    }

    /// The same, to change.
    pub fn members_mut(&mut self) -> Option<&mut Vec<Object>> {
        // SAFETY: as above.
        self.head().root.is_none().then(|| unsafe { self.0.add(1).cast::<Vec<Object>>().as_mut() })
    }

    /// The object behind it in its bucket.
    #[inline]
    pub fn next(&self) -> &Option<Object> {
        &self.head().next
    }

    /// The same, to change.
    #[inline]
    pub fn next_mut(&mut self) -> &mut Option<Object> {
        &mut self.head_mut().next
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
        let Head { words, off, root, .. } = *self.head();
        if root.is_immediate() {
            return root;
        }
        if !off.is_null() {
            return copy::copy(root, heap, Literals::Keep);
        }
        // SAFETY: the words behind the head are whole objects, the root's among them; no binary of theirs is counted.
        unsafe {
            let words =
                std::slice::from_raw_parts(self.0.as_ptr().add(1).cast::<usize>(), (words & !CUT) as usize);
            copy::copy_block(words, root, heap)
        }
    }

    /// Words of the term and what it takes to keep it.
    pub fn words(&self) -> usize {
        HEAD_WORDS + (self.head().words & !CUT) as usize
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
        // Chains may be long: one after the other, not each within the one before.
        let mut next = self.next_mut().take();
        while let Some(mut object) = next {
            next = object.next_mut().take();
        }
        // SAFETY: whoever drops an object uses its term no more; the block was made with this layout, and its list of
        // buffers for it.
        unsafe {
            let Head { words, off, .. } = *self.head();
            if let Some(members) = self.members_mut() {
                std::ptr::drop_in_place(members);
            }
            OffHeap::from_first(off).release_all();
            // Memory of a table goes back to it in another way.
            if words & CUT == 0 {
                dealloc(self.0.as_ptr().cast(), layout(words as usize));
            }
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
