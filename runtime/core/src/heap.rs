//! Where terms live: the allocation interface, the list of off-heap objects, and a process's heap.
//!
//! A process has one *block*, in which the young heap grows up and the stack grows down, an *old heap* for what
//! survived twice, and *fragments*, where runtime calls put their results: a runtime call never moves the heap
//! top, because native code has it in a register. The collector ([`crate::gc`]) folds fragments in.

use crate::WORD_BYTES;
use crate::buffer::Buffer;
use crate::frag::FragList;
use crate::literal;
use crate::sync::Tally;
use crate::term::{BOXED, Term};
use alloc::alloc::{Layout, alloc, dealloc};
use core::ptr;
use linac_abi::process::ProcessHead;
use linac_abi::rtcall::STACK_RESERVE_WORDS;

pub(crate) mod spare;
pub use spare::release_spare;

/// Memory for a block could not be had.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoMemory {
    /// Words that were asked for.
    pub words: usize,
}

impl core::fmt::Display for NoMemory {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "no memory for {} words", self.words)
    }
}

/// Something that terms can be built in.
///
/// # Safety
/// `alloc` returns that many words, valid for writes until the owner is collected or dropped, and disjoint from all
/// it returned before.
pub unsafe trait Alloc {
    /// `words` fresh words with undefined contents. The caller fills all of them with well-formed objects before
    /// anything can look at the heap (that is: before it returns to native code).
    fn alloc(&mut self, words: usize) -> *mut usize;
    /// The list that a new `RefcBits` object is put on.
    fn off_heap(&mut self) -> &mut OffHeap;
}

/// Word index of the link in a `RefcBits` object.
pub(crate) const REFC_NEXT: usize = 1;
/// Word index of the buffer pointer in a `RefcBits` object.
pub(crate) const REFC_BUFFER: usize = 2;
/// Word index of the size in bits in a `RefcBits` object.
pub(crate) const REFC_BITS: usize = 3;
/// Words of a `RefcBits` object.
pub(crate) const REFC_WORDS: usize = 4;

/// The objects of one heap that own something outside: a list threaded through the objects themselves.
#[derive(Debug)]
pub struct OffHeap {
    pub(crate) head: *mut usize,
    pub(crate) bytes: usize,
}

impl OffHeap {
    /// The empty list.
    pub const fn new() -> OffHeap {
        OffHeap { head: ptr::null_mut(), bytes: 0 }
    }

    /// Is nothing on it?
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.head.is_null()
    }

    /// Bytes of buffers held by this list's objects.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Puts a filled `RefcBits` object on the list, which takes over its count of the buffer.
    ///
    /// # Safety
    /// `object` is such an object on the heap this list belongs to, and on no list yet.
    pub unsafe fn push(&mut self, object: *mut usize) {
        // SAFETY: the object has four words.
        unsafe {
            *object.add(REFC_NEXT) = self.head as usize;
            self.bytes += Buffer::capacity(*object.add(REFC_BUFFER) as *const Buffer);
        }
        self.head = object;
    }

    /// Takes over all objects of another list.
    pub fn append(&mut self, other: &mut OffHeap) {
        let mut last = other.head;
        if last.is_null() {
            return;
        }
        // SAFETY: a list's objects are alive as long as the list.
        unsafe {
            while *last.add(REFC_NEXT) != 0 {
                last = *last.add(REFC_NEXT) as *mut usize;
            }
            *last.add(REFC_NEXT) = self.head as usize;
        }
        self.head = other.head;
        self.bytes += other.bytes;
        *other = OffHeap::new();
    }

    /// Gives the room of all buffers away.
    pub(crate) fn close(&self) {
        let mut object = self.head;
        while !object.is_null() {
            // SAFETY: a list's objects are alive as long as the list, and each owns one count of its buffer.
            unsafe {
                Buffer::close(*object.add(REFC_BUFFER) as *const Buffer);
                object = *object.add(REFC_NEXT) as *mut usize;
            }
        }
    }

    /// The list as one word, for owners that do not ask for its bytes.
    pub fn into_first(self) -> *mut usize {
        self.head
    }

    /// The list that [`OffHeap::into_first`] gave.
    ///
    /// # Safety
    /// It came from there, and the list is made anew once.
    pub unsafe fn from_first(head: *mut usize) -> OffHeap {
        OffHeap { head, bytes: 0 }
    }

    /// Gives up all buffers and empties the list.
    ///
    /// # Safety
    /// No term reaches the objects any more, though their memory is still there.
    #[inline]
    pub unsafe fn release_all(&mut self) {
        let mut object = self.head;
        while !object.is_null() {
            // SAFETY: the objects are alive, and each owns one count of its buffer.
            unsafe {
                let next = *object.add(REFC_NEXT) as *mut usize;
                Buffer::release(*object.add(REFC_BUFFER) as *mut Buffer);
                object = next;
            }
        }
        *self = OffHeap::new();
    }

    /// After a copy: objects that were moved go to the list `place` says, the others give up their buffers.
    ///
    /// # Safety
    /// All objects of this list are in from-space and that space is still readable.
    pub(crate) unsafe fn sweep(&mut self, mut place: impl FnMut(*mut usize) -> *mut OffHeap) {
        let mut object = self.head;
        *self = OffHeap::new();
        while !object.is_null() {
            // SAFETY: from-space objects keep all words but the header, which is a forwarding pointer if they live.
            unsafe {
                let next = *object.add(REFC_NEXT) as *mut usize;
                let header = *object;
                if header & crate::term::PRIMARY == BOXED {
                    let moved = (header - BOXED) as *mut usize;
                    (*place(moved)).push(moved);
                } else {
                    Buffer::release(*object.add(REFC_BUFFER) as *mut Buffer);
                }
                object = next;
            }
        }
    }
}

impl Default for OffHeap {
    fn default() -> Self {
        OffHeap::new()
    }
}

/// Words of all blocks that were taken from the allocator, kept ones included.
static BLOCK_WORDS: Tally = Tally::new();

/// Bytes of all blocks of heaps.
pub fn block_bytes() -> usize {
    BLOCK_WORDS.get() * WORD_BYTES
}

/// A piece of memory in words. Freed by its owner's code, not by `Drop`, because its end is an event.
#[derive(Debug)]
pub(crate) struct Block {
    pub start: *mut usize,
    pub words: usize,
}

impl Block {
    pub const EMPTY: Block = Block { start: ptr::null_mut(), words: 0 };

    pub fn new(words: usize) -> Result<Block, NoMemory> {
        let fail = NoMemory { words };
        if words == 0 {
            return Ok(Block::EMPTY);
        }
        if let Some(block) = spare::take(words) {
            return Ok(block);
        }
        let layout = Layout::array::<usize>(words).map_err(|_| fail)?;
        // SAFETY: the layout is not empty.
        let start = unsafe { alloc(layout) }.cast::<usize>();
        if start.is_null() {
            return Err(fail);
        }
        BLOCK_WORDS.add(words);
        Ok(Block { start, words })
    }

    pub fn end(&self) -> *mut usize {
        self.start.wrapping_add(self.words)
    }

    #[inline]
    pub fn contains(&self, p: *const usize) -> bool {
        (p as usize).wrapping_sub(self.start as usize) < self.words * WORD_BYTES
    }

    /// Gives the memory back.
    pub fn free(&mut self) {
        let block = core::mem::replace(self, Block::EMPTY);
        if block.words > 0
            && let Some(mut block) = spare::give(block)
        {
            block.release();
        }
    }

    /// Frees the memory for good.
    fn release(&mut self) {
        if self.words > 0
            && let Ok(layout) = Layout::array::<usize>(self.words)
        {
            BLOCK_WORDS.sub(self.words);
            // SAFETY: allocated with this layout in `new`; afterwards the block is empty.
            unsafe { dealloc(self.start.cast(), layout) };
        }
        *self = Block::EMPTY;
    }
}

/// A process's heap: all it owns but the head fields that native code works with.
#[derive(Debug)]
pub struct Heap {
    /// What runtime calls allocated since the last collection, and received messages.
    pub frags: FragList,
    pub(crate) block: Block,
    pub(crate) old: Block,
    pub(crate) old_top: *mut usize,
    /// Words in the old heap at which everything is collected, perhaps before it is full.
    pub(crate) old_limit: usize,
    pub(crate) high_water: *mut usize,
    pub(crate) off: OffHeap,
    pub(crate) old_off: OffHeap,
    pub(crate) min_words: usize,
    pub(crate) fullsweep_after: u32,
    pub(crate) since_full: u32,
    pub(crate) off_limit: usize,
    /// Collections since the process was scheduled in.
    pub(crate) in_slice: u32,
    /// Words of young block that the rate of allocation asks for.
    pub(crate) pace: usize,
    pub(crate) old_off_limit: usize,
    /// What the collector did so far.
    pub stats: Stats,
}

// SAFETY: a heap owns its memory; a process and its heap move between threads as one.
unsafe impl Send for Heap {}

/// Sizes of a heap's parts in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    /// The young block, stack included.
    pub block: usize,
    /// What is used of it, stack left out.
    pub used: usize,
    /// What of that has survived a collection.
    pub mature: usize,
    /// The stack.
    pub stack: usize,
    /// The old heap.
    pub old_block: usize,
    /// What is used of it.
    pub old_used: usize,
    /// Fragments.
    pub fragments: usize,
    /// Buffers that young objects refer to.
    pub buffers: usize,
    /// How many of them let the collector run.
    pub buffer_limit: usize,
    /// Buffers that old objects refer to.
    pub old_buffers: usize,
    /// How many of them let everything be collected.
    pub old_buffer_limit: usize,
}

/// What a heap's collector did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Collections of the young part only.
    pub minor: u64,
    /// Collections of everything.
    pub full: u64,
    /// Words that did not survive.
    pub reclaimed_words: u64,
}

/// Smallest block, as in the reference VM.
pub const MIN_WORDS: usize = 233;
/// Messages up to this size are moved into the block.
const SETTLE_WORDS: usize = 64;
/// Words of fragments after which a collection pays.
const FRAG_PRESSURE_WORDS: usize = 4096;
/// Off-heap bytes after which a collection pays, at first.
pub(crate) const OFF_HEAP_FIRST_LIMIT: usize = 46422 * WORD_BYTES;

impl Heap {
    /// A fresh heap with an empty stack; sets the fields of `head` that describe it.
    pub fn new(head: &mut ProcessHead, min_words: usize) -> Result<Heap, NoMemory> {
        let words = crate::gc::next_size(min_words.max(MIN_WORDS));
        let block = Block::new(words)?;
        head.heap_start = block.start as usize;
        head.htop = block.start as usize;
        head.sp = block.end() as usize;
        head.stack_base = head.sp;
        Ok(Heap {
            frags: FragList::new(),
            old: Block::EMPTY,
            old_top: ptr::null_mut(),
            old_limit: 0,
            high_water: block.start,
            block,
            off: OffHeap::new(),
            old_off: OffHeap::new(),
            min_words: words,
            fullsweep_after: 65535,
            since_full: 0,
            off_limit: OFF_HEAP_FIRST_LIMIT,
            in_slice: 0,
            pace: 0,
            old_off_limit: 4 * OFF_HEAP_FIRST_LIMIT,
            stats: Stats::default(),
        })
    }

    /// A time slice begins: what the last one collected says how fast the process allocates.
    #[inline]
    pub fn begin_slice(&mut self) {
        if self.in_slice == 0 {
            self.pace -= self.pace / 4;
        }
        self.in_slice = 0;
    }

    /// Free words between heap top and stack, the stubs' reserve left out.
    #[inline]
    pub fn free_words(head: &ProcessHead) -> usize {
        ((head.sp - head.htop) / WORD_BYTES).saturating_sub(STACK_RESERVE_WORDS as usize)
    }

    /// Words of heap in use, garbage included, stack left out.
    pub fn used_words(&self, head: &ProcessHead) -> usize {
        (head.htop - head.heap_start) / WORD_BYTES + self.old_used() + self.frags.words()
    }

    /// Words of all memory this heap makes use of, off-heap buffers left out.
    pub fn total_words(&self) -> usize {
        self.block.words + self.old.words.min(self.old_limit) + self.frags.capacity_words()
    }

    pub(crate) fn old_used(&self) -> usize {
        (self.old_top as usize - self.old.start as usize) / WORD_BYTES
    }

    /// Should the next safepoint collect although the block has room? True when fragments or off-heap buffers have
    /// piled up; the runtime then zeroes the reductions.
    #[inline]
    pub fn pressure(&self) -> bool {
        self.frags.words() > FRAG_PRESSURE_WORDS.max(self.block.words)
            || self.off.bytes + self.frags.off.bytes > self.off_limit
    }

    /// Words of all memory while a collection runs that finds everything alive, off-heap buffers left out.
    pub fn words_to_collect(&self, head: &ProcessHead) -> usize {
        let stack = (head.stack_base - head.sp) / WORD_BYTES;
        let young = (head.htop - head.heap_start) / WORD_BYTES;
        let bound = young + self.frags.words() + stack + STACK_RESERVE_WORDS as usize;
        self.total_words() + crate::gc::next_size(bound).max(self.block.words)
    }

    /// Words of buffers that objects of this heap refer to.
    pub fn buffer_words(&self) -> usize {
        (self.off.bytes + self.old_off.bytes + self.frags.off.bytes) / WORD_BYTES
    }

    /// How much runtime calls have made since the last collection: words, and buffers by a fraction of their bytes.
    #[inline]
    pub fn output(&self) -> usize {
        self.frags.words() + self.frags.off.bytes / 64
    }

    /// Words of its parts.
    pub fn parts(&self, head: &ProcessHead) -> Parts {
        Parts {
            block: self.block.words,
            used: (head.htop - head.heap_start) / WORD_BYTES,
            mature: (self.high_water as usize - head.heap_start) / WORD_BYTES,
            stack: (head.stack_base - head.sp) / WORD_BYTES,
            old_block: self.old.words.min(self.old_limit),
            old_used: self.old_used(),
            fragments: self.frags.words(),
            buffers: (self.off.bytes + self.frags.off.bytes) / WORD_BYTES,
            buffer_limit: self.off_limit / WORD_BYTES,
            old_buffers: self.old_off.bytes / WORD_BYTES,
            old_buffer_limit: self.old_off_limit / WORD_BYTES,
        }
    }

    /// The smallest size of the young block from the next collection on.
    pub fn set_min_words(&mut self, words: usize) {
        self.min_words = crate::gc::next_size(words.max(MIN_WORDS));
    }

    /// Number of minor collections after which a full one is done.
    pub fn set_fullsweep_after(&mut self, n: u32) {
        self.fullsweep_after = n;
    }

    /// Takes over a message's fragments: its terms are this heap's from now on.
    pub fn attach(&mut self, frags: FragList) {
        self.frags.append(frags);
    }

    /// Moves a message from its own memory to the heap top, if it is small and there is room. Only while the head's `htop`
    /// is the truth.
    pub fn settle(&mut self, head: &mut ProcessHead, memory: &mut FragList, term: &mut Term) {
        let Some(words) = memory.single() else { return };
        if words.len() > SETTLE_WORDS || Heap::free_words(head) < words.len() {
            return;
        }
        let to = head.htop as *mut usize;
        head.htop += words.len() * WORD_BYTES;
        // SAFETY: there is room; the words are whole objects, and none of them is on the off-heap list. The message's
        // term leads to them, so where it leads after is a term too.
        *term = unsafe { Term::from_raw(crate::copy::relocate(words, to)(term.raw())) };
        *memory = FragList::new();
    }

    /// A place to build terms at the heap top, for code that runs while the head's `htop` is the truth (process
    /// start, collector tests). What does not fit goes to fragments.
    pub fn direct<'a>(&'a mut self, head: &'a mut ProcessHead) -> Direct<'a> {
        Direct { heap: self, head }
    }

    /// Is this address in the young block or a fragment or the old heap?
    pub fn owns(&self, p: *const usize) -> bool {
        self.block.contains(p) || self.old.contains(p) || self.frags.contains(p)
    }
}

// SAFETY: fragments give fresh words.
unsafe impl Alloc for Heap {
    #[inline]
    fn alloc(&mut self, words: usize) -> *mut usize {
        self.frags.alloc(words)
    }
    fn off_heap(&mut self) -> &mut OffHeap {
        &mut self.frags.off
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        // SAFETY: the process is gone, so no term of this heap is used any more.
        unsafe {
            self.off.release_all();
            self.old_off.release_all();
        }
        self.block.free();
        self.old.free();
    }
}

/// See [`Heap::direct`].
#[derive(Debug)]
pub struct Direct<'a> {
    heap: &'a mut Heap,
    head: &'a mut ProcessHead,
}

// SAFETY: the words lie between heap top and stack, or in fragments.
unsafe impl Alloc for Direct<'_> {
    fn alloc(&mut self, words: usize) -> *mut usize {
        if Heap::free_words(self.head) < words {
            return self.heap.frags.alloc(words);
        }
        let p = self.head.htop as *mut usize;
        self.head.htop += words * WORD_BYTES;
        p
    }
    fn off_heap(&mut self) -> &mut OffHeap {
        &mut self.heap.off
    }
}

/// Does this pointer term point to something that the owner of any heap must leave alone?
#[inline]
pub fn points_to_literal(t: Term) -> bool {
    literal::is_literal(t.address())
}
