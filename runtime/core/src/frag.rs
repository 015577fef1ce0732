//! Heap fragments: chunks with bump allocation, outside a process's block.
//!
//! Runtime calls build their results here, a message travels in one, the loader decodes into one. *Invariant*:
//! the used part of each chunk is a sequence of whole objects, as the collector's scan needs.

use crate::WORD_BYTES;
use crate::heap::{Alloc, OffHeap, spare};
use crate::sync::Tally;
use alloc::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use core::ptr;

#[repr(C)]
struct Chunk {
    next: *mut Chunk,
    /// Words behind this head.
    capacity: usize,
    /// Words used; for the chunk in front, the list's `top` is the truth.
    used: usize,
}

/// First chunk of a list that grows by need; later ones double up to the limit.
const FIRST_WORDS: usize = 64;
pub(crate) const LIMIT_WORDS: usize = 16 * 1024;
/// A chunk this small is kept for the next time when a list is cleared.
const KEEP_WORDS: usize = 1024;

/// Chunks from this size on are counted: to count each small message would cost more than it tells.
const COUNTED_WORDS: usize = 512;
static CHUNK_WORDS: Tally = Tally::new();

/// Bytes of the chunks that are counted.
pub fn chunk_bytes() -> usize {
    CHUNK_WORDS.get() * WORD_BYTES
}

/// Memory of a chunk.
pub(crate) fn layout(capacity: usize) -> Layout {
    let bytes = capacity.checked_mul(WORD_BYTES).and_then(|n| n.checked_add(size_of::<Chunk>()));
    match bytes.map(|n| Layout::from_size_align(n, align_of::<Chunk>())) {
        Some(Ok(layout)) => layout,
        _ => panic!("a term of {capacity} words is beyond any memory"),
    }
}

impl Chunk {
    fn data(this: *mut Chunk) -> *mut usize {
        this.wrapping_add(1).cast()
    }
    fn new(capacity: usize) -> *mut Chunk {
        let p = match spare::take_chunk(capacity) {
            Some(memory) => memory.cast::<Chunk>(),
            None => {
                let layout = layout(capacity);
                // SAFETY: the layout holds at least the head.
                let p = unsafe { alloc(layout) }.cast::<Chunk>();
                if p.is_null() {
                    handle_alloc_error(layout);
                }
                p
            }
        };
        if capacity >= COUNTED_WORDS {
            CHUNK_WORDS.add(capacity);
        }
        // SAFETY: memory of that layout that nobody else has.
        unsafe { p.write(Chunk { next: ptr::null_mut(), capacity, used: 0 }) };
        p
    }
    /// # Safety
    /// `this` came from `new` and is on no list any more.
    unsafe fn free(this: *mut Chunk) {
        // SAFETY: the chunk is alive.
        let capacity = unsafe { (*this).capacity };
        if capacity >= COUNTED_WORDS {
            CHUNK_WORDS.sub(capacity);
        }
        if !spare::give_chunk(this.cast(), capacity) {
            // SAFETY: allocated with this layout.
            unsafe { dealloc(this.cast(), layout(capacity)) }
        }
    }
}

/// A list of chunks with the off-heap objects in them.
#[derive(Debug)]
pub struct FragList {
    head: *mut Chunk,
    top: *mut usize,
    end: *mut usize,
    /// Words in chunks behind the first.
    behind: usize,
    pub(crate) off: OffHeap,
}

// SAFETY: a list owns its chunks, and terms in them are read by the owner only.
unsafe impl Send for FragList {}

impl FragList {
    /// The empty list; allocates nothing.
    pub const fn new() -> FragList {
        FragList {
            head: ptr::null_mut(),
            top: ptr::null_mut(),
            end: ptr::null_mut(),
            behind: 0,
            off: OffHeap::new(),
        }
    }

    /// A list with room for exactly `words` words in its first chunk.
    pub fn with_capacity(words: usize) -> FragList {
        let mut list = FragList::new();
        if words > 0 {
            list.push_chunk(words);
        }
        list
    }

    fn front_used(&self) -> usize {
        if self.head.is_null() {
            0
        } else {
            (self.top as usize - Chunk::data(self.head) as usize) / WORD_BYTES
        }
    }

    /// Words in use.
    #[inline]
    pub fn words(&self) -> usize {
        self.behind + self.front_used()
    }

    /// Is nothing in it?
    pub fn is_empty(&self) -> bool {
        self.words() == 0
    }

    /// Words of all chunks, used or not.
    pub fn capacity_words(&self) -> usize {
        let mut sum = 0;
        let mut chunk = self.head;
        while !chunk.is_null() {
            // SAFETY: chunks on the list are alive.
            unsafe {
                sum += (*chunk).capacity;
                chunk = (*chunk).next;
            }
        }
        sum
    }

    fn push_chunk(&mut self, capacity: usize) {
        let chunk = Chunk::new(capacity);
        let used = self.front_used();
        self.behind += used;
        // SAFETY: both chunks are alive.
        unsafe {
            if !self.head.is_null() {
                (*self.head).used = used;
            }
            (*chunk).next = self.head;
        }
        self.head = chunk;
        self.top = Chunk::data(chunk);
        self.end = self.top.wrapping_add(capacity);
    }

    #[cold]
    fn grow(&mut self, words: usize) {
        let last = if self.head.is_null() {
            FIRST_WORDS / 2
        } else {
            // SAFETY: the chunk is alive.
            unsafe { (*self.head).capacity }
        };
        self.push_chunk(words.max((last * 2).clamp(FIRST_WORDS, LIMIT_WORDS)));
    }

    /// Calls `f` with the used part of each chunk.
    pub fn each_chunk(&self, mut f: impl FnMut(*mut usize, usize)) {
        let mut chunk = self.head;
        while !chunk.is_null() {
            // SAFETY: chunks on the list are alive.
            let (next, used) = unsafe { ((*chunk).next, (*chunk).used) };
            f(Chunk::data(chunk), if chunk == self.head { self.front_used() } else { used });
            chunk = next;
        }
    }

    /// Is this address in the used part of a chunk?
    pub fn contains(&self, p: *const usize) -> bool {
        let mut found = false;
        self.each_chunk(|start, words| {
            found |= (p as usize).wrapping_sub(start as usize) < words * WORD_BYTES;
        });
        found
    }

    /// The used words, if they are in one chunk and no object in them is on the off-heap list.
    pub(crate) fn single(&self) -> Option<&[usize]> {
        if self.head.is_null() || self.behind > 0 || !self.off.head.is_null() {
            return None;
        }
        // SAFETY: the chunk is alive and borrowed with the list, and its used words are filled.
        unsafe {
            if (*self.head).next.is_null() {
                Some(core::slice::from_raw_parts(Chunk::data(self.head), self.front_used()))
            } else {
                None
            }
        }
    }

    /// Puts the chunks and off-heap objects of another list into this one.
    pub fn append(&mut self, mut other: FragList) {
        self.off.append(&mut other.off);
        if other.is_empty() {
            return;
        }
        if self.head.is_null() {
            core::mem::swap(self, &mut other);
            self.off.append(&mut other.off);
            return;
        }
        // The other's chunks go behind our front chunk, which has the room.
        // SAFETY: all chunks are alive; the other list forgets its own.
        unsafe {
            (*other.head).used = other.front_used();
            let mut last = other.head;
            while !(*last).next.is_null() {
                last = (*last).next;
            }
            (*last).next = (*self.head).next;
            (*self.head).next = other.head;
        }
        self.behind += other.words();
        other.head = ptr::null_mut();
        other.top = ptr::null_mut();
        other.end = ptr::null_mut();
        other.behind = 0;
    }

    /// Empties the list after its contents were moved elsewhere; the off-heap list is the caller's business.
    pub(crate) fn clear_moved(&mut self) {
        let mut chunk = self.head;
        let mut kept: *mut Chunk = ptr::null_mut();
        while !chunk.is_null() {
            // SAFETY: each chunk is taken off the list and then freed or kept.
            unsafe {
                let next = (*chunk).next;
                if kept.is_null() && (*chunk).capacity <= KEEP_WORDS {
                    kept = chunk;
                    (*kept).next = ptr::null_mut();
                    (*kept).used = 0;
                } else {
                    Chunk::free(chunk);
                }
                chunk = next;
            }
        }
        self.head = kept;
        self.behind = 0;
        if kept.is_null() {
            self.top = ptr::null_mut();
            self.end = ptr::null_mut();
        } else {
            self.top = Chunk::data(kept);
            // SAFETY: the kept chunk is alive.
            self.end = self.top.wrapping_add(unsafe { (*kept).capacity });
        }
    }
}

// SAFETY: words between `top` and `end` are given out once.
unsafe impl Alloc for FragList {
    #[inline]
    fn alloc(&mut self, words: usize) -> *mut usize {
        if (self.end as usize - self.top as usize) / WORD_BYTES < words {
            self.grow(words);
        }
        let p = self.top;
        self.top = p.wrapping_add(words);
        p
    }
    fn off_heap(&mut self) -> &mut OffHeap {
        &mut self.off
    }
}

impl Default for FragList {
    fn default() -> Self {
        FragList::new()
    }
}

impl Drop for FragList {
    fn drop(&mut self) {
        // SAFETY: whoever drops a list promises that its terms are not used any more.
        unsafe { self.off.release_all() };
        let mut chunk = self.head;
        while !chunk.is_null() {
            // SAFETY: chunks on the list are alive until freed here.
            unsafe {
                let next = (*chunk).next;
                Chunk::free(chunk);
                chunk = next;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Build;

    #[test]
    fn chunks_grow_and_join() {
        let mut a = FragList::new();
        for i in 0..1000 {
            a.cons(crate::Term::small(i), crate::Term::NIL);
        }
        assert_eq!(a.words(), 2000);
        let mut b = FragList::with_capacity(3);
        b.float(1.5);
        let words = b.words();
        a.append(b);
        assert_eq!(a.words(), 2000 + words);
        let mut sum = 0;
        a.each_chunk(|_, n| sum += n);
        assert_eq!(sum, 2000 + words);
        a.clear_moved();
        assert!(a.is_empty() && a.capacity_words() <= KEEP_WORDS);
        let mut empty = FragList::new();
        empty.append(FragList::with_capacity(8));
        assert!(empty.is_empty());
    }
}
