//! The collector: generational, copying, one process at a time.
//!
//! ```text
//! block: | mature .. high water .. fresh .. htop |   free   | sp .. stack .. stack_base |
//! old:   | objects that survived twice .. old_top |   free   |
//! ```
//! A *minor* collection copies mature objects (survivors of the last one, below the high-water mark) to the old
//! heap and everything else that lives, fragments included, to a new block; the stack is copied to that block's
//! end, which needs no fixing because frames hold no stack addresses. A *full* one also moves the old heap's
//! survivors to a new old heap; under a deep stack it moves the young ones there too, and stack and block stay. A third kind of pass, *resize*, moves a block's survivors to a block of another
//! size. All three are one algorithm (Cheney's: the copied objects are the queue of what is still to scan, so
//! nothing recurses) with different answers to two questions: what stays, and what goes to the old heap.
//!
//! *Invariants*: old objects never point to young ones (terms are immutable, and an object only points to what
//! was there before it); each root slot is visited once per pass; a forwarded object has its new pointer in place
//! of its header, a forwarded cons cell NONE in front of its new pointer.

use crate::WORD_BYTES;
use crate::heap::{Block, Heap, NoMemory, OFF_HEAP_FIRST_LIMIT};
use crate::literal;
use crate::sync::Published;
use crate::term::{BOXED, CONS, HEADER, PRIMARY, payload, subtag};
use core::ptr;
use linac_abi::process::ProcessHead;
use linac_abi::rtcall::STACK_RESERVE_WORDS;
use linac_abi::term::{FUN_ENV, Subtag};

/// Where a process's terms are, outside its heap.
///
/// Each word that is a term (or NONE) is shown exactly once per visit.
pub trait Roots {
    /// Calls `each` with every term slot of the stack's frames (between `head.sp` and `head.stack_base`, as they are
    /// *now*). Apart from the others because there may be millions: implementations are to be inlined.
    fn each_slot(&mut self, head: &mut ProcessHead, each: impl FnMut(*mut usize));

    /// Calls `each` with the others: live arguments, dictionary, exception, unreceived messages that live in this
    /// heap.
    fn each_slice(&mut self, head: &mut ProcessHead, each: &mut dyn FnMut(&mut [usize]));

    /// Calls `each` with every word.
    fn each_word(&mut self, head: &mut ProcessHead, each: &mut dyn FnMut(&mut usize)) {
        // SAFETY: slots are words that nobody else looks at meanwhile.
        self.each_slot(head, |slot| each(unsafe { &mut *slot }));
        self.each_slice(head, &mut |words| words.iter_mut().for_each(&mut *each));
    }
}

/// The young block is at least this part of the old heap,
const OLD_PER_YOUNG: usize = 8;
/// up to this many words, about what stays in a processor's cache.
const YOUNG_ENOUGH: usize = 48 * 1024;

/// From this many words on a stack is deep: a full collection leaves it where it is.
const DEEP_STACK: usize = 512;

/// Collections in one time slice after which the young block grows.
const OFTEN: u32 = 2;

/// How much to collect.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Collect {
    /// The young part, or everything when that is due.
    Auto,
    /// Everything.
    Full,
}

/// Stress mode: 0 off, else a count of collections, odd ones full.
static STRESS: Published = Published::new(0);

/// Makes every [`Heap::ensure`] collect, alternating minor and full, poison what it frees, and verify the result.
pub fn set_stress(on: bool) {
    STRESS.set(usize::from(on));
}
/// Is stress mode on?
#[inline]
pub fn stress() -> bool {
    STRESS.get() != 0
}

/// What freed memory is filled with in stress mode and debug builds: an immediate that is no term.
pub const POISON: usize = 0xDEAD_DEAD_DEAD_DE1B_u64 as usize;

/// The next heap size that is at least `words`: Fibonacci numbers, then steps of a fifth, as the reference VM does.
pub fn next_size(words: usize) -> usize {
    let (mut a, mut b) = (12usize, 38usize);
    while a < words {
        if a > 1 << 20 {
            a = a.saturating_add(a / 5).max(words.min(a.saturating_mul(2)));
            if a < words {
                a = words.saturating_add(words / 5);
            }
        } else {
            (a, b) = (b, a + b + 1);
        }
    }
    a
}

/// One copying pass. `TO_OLD`: everything that lives goes to the old heap, and nothing stays but literals.
#[derive(Clone, Copy)]
struct Pass<const TO_OLD: bool> {
    /// Old heap that stays where it is: start and bytes (0 bytes: none).
    keep: (usize, usize),
    /// Ranges whose survivors go to the old heap.
    mature: (usize, usize),
    old_from: (usize, usize),
    literals: (usize, usize),
    young_top: *mut usize,
    old_top: *mut usize,
}

#[inline]
fn within(p: usize, (start, bytes): (usize, usize)) -> bool {
    p.wrapping_sub(start) < bytes
}

impl<const TO_OLD: bool> Pass<TO_OLD> {
    /// Makes room for `words` words in the space that `from` survives to.
    #[inline]
    fn destination(&mut self, from: usize, words: usize, to_old: bool) -> *mut usize {
        let top = if TO_OLD || to_old || within(from, self.mature) || within(from, self.old_from) {
            &mut self.old_top
        } else {
            &mut self.young_top
        };
        let p = *top;
        *top = p.wrapping_add(words);
        p
    }

    #[inline]
    fn stays(&self, p: usize) -> bool {
        within(p, self.literals) || (!TO_OLD && within(p, self.keep))
    }

    /// Makes a slot point to the copy of what it points to, copying it if nobody has yet.
    ///
    /// # Safety
    /// The slot holds a term or NONE that was not forwarded in this pass; to-space has room for all survivors.
    #[inline(always)]
    unsafe fn forward(&mut self, slot: *mut usize, to_old: bool) {
        // SAFETY: pointers lead to from-space objects, whose header (or NONE mark) tells their size or new place.
        unsafe {
            let word = *slot;
            match word & PRIMARY {
                CONS => {
                    let from = (word - CONS) as *mut usize;
                    if self.stays(from as usize) {
                        return;
                    }
                    let head = *from;
                    if head == 0 {
                        *slot = *from.add(1);
                        return;
                    }
                    let to = self.destination(from as usize, 2, to_old);
                    *to = head;
                    *to.add(1) = *from.add(1);
                    *from = 0;
                    *from.add(1) = to as usize | CONS;
                    *slot = to as usize | CONS;
                }
                BOXED => {
                    let from = (word - BOXED) as *mut usize;
                    if self.stays(from as usize) {
                        return;
                    }
                    let header = *from;
                    if header & PRIMARY == BOXED {
                        *slot = header;
                        return;
                    }
                    debug_assert!(header & PRIMARY == HEADER, "no header at {from:p}: {header:#x}");
                    let words = 1 + payload(header);
                    let to = self.destination(from as usize, words, to_old);
                    ptr::copy_nonoverlapping(from, to, words);
                    *from = to as usize | BOXED;
                    *slot = to as usize | BOXED;
                }
                _ => {}
            }
        }
    }

    /// Scans copied objects from `scan` to the (moving) top of their space.
    ///
    /// # Safety
    /// From `scan` on there are whole objects, copied in this pass and not scanned yet.
    #[inline(always)]
    unsafe fn scan(&mut self, mut scan: *mut usize, old: bool) {
        // As in `run`: in registers.
        let mut pass = *self;
        // SAFETY: headers tell how far the next object is, and which words are terms.
        unsafe {
            while scan < if old { pass.old_top } else { pass.young_top } {
                let word = *scan;
                if word & PRIMARY != HEADER {
                    pass.forward(scan, old);
                    scan = scan.add(1);
                    continue;
                }
                scan = scan.add(match subtag(word) {
                    Some(Subtag::Tuple | Subtag::FlatMap | Subtag::Record) => 1,
                    Some(Subtag::Fun) => FUN_ENV,
                    Some(Subtag::HashMap) => 2,
                    Some(Subtag::SubBits | Subtag::MatchContext) => {
                        pass.forward(scan.add(1), old);
                        1 + payload(word)
                    }
                    _ => 1 + payload(word),
                });
            }
        }
        *self = pass;
    }

    /// # Safety
    /// As [`Pass::forward`] and [`Pass::scan`]; `young` and `old` are where this pass's copies begin.
    unsafe fn run(
        &mut self,
        head: &mut ProcessHead,
        roots: &mut impl Roots,
        young: *mut usize,
        old: *mut usize,
    ) {
        // A copy of its own, so that the loop over the frames has all of it in registers.
        let mut pass = *self;
        // SAFETY: each root slot is visited once, by the contract of `Roots`.
        roots.each_slot(head, |slot| unsafe { pass.forward(slot, false) });
        *self = pass;
        roots.each_slice(head, &mut |slice| {
            for slot in slice {
                // SAFETY: as above.
                unsafe { self.forward(slot, false) };
            }
        });
        // SAFETY: passed on. Young objects may point to mature ones, old ones to old ones only.
        unsafe {
            self.scan(young, false);
            self.scan(old, true);
        }
    }
}

fn poison(start: *mut usize, words: usize) {
    if cfg!(debug_assertions) || stress() {
        for i in 0..words {
            // SAFETY: the memory was left behind by a pass, and nobody reads it any more.
            unsafe { *start.add(i) = POISON };
        }
    }
}

/// The size of a block that has to hold this many words for some time.
fn roomy(words: usize) -> usize {
    next_size(words.saturating_add(words / 2))
}

impl Heap {
    /// Makes sure that `need` words are free between heap top and stack, collecting if there is no room, if
    /// pressure is high, or in stress mode.
    ///
    /// # Safety
    /// As [`Heap::collect`].
    pub unsafe fn ensure(
        &mut self,
        head: &mut ProcessHead,
        need: usize,
        roots: &mut impl Roots,
    ) -> Result<(), NoMemory> {
        let turn = STRESS.get();
        if turn != 0 {
            STRESS.set(turn % 2 + 1);
            let kind = if turn == 1 { Collect::Full } else { Collect::Auto };
            // SAFETY: passed on.
            return unsafe { self.collect(head, need, roots, kind) };
        }
        if Heap::free_words(head) >= need && !self.pressure() {
            return Ok(());
        }
        // SAFETY: passed on.
        unsafe { self.collect(head, need, roots, Collect::Auto) }
    }

    /// Collects, and leaves at least `need` words free between heap top and stack. On failure nothing is changed,
    /// or everything is consistent with less room than asked for.
    ///
    /// # Safety
    /// `head` is this heap's; `roots` gives all terms that are used afterwards; no other `Term` taken from this
    /// heap before is used after.
    pub unsafe fn collect(
        &mut self,
        head: &mut ProcessHead,
        need: usize,
        roots: &mut impl Roots,
        kind: Collect,
    ) -> Result<(), NoMemory> {
        let before = self.used_words(head);
        let mature = (self.high_water as usize - head.heap_start) / WORD_BYTES;
        let full = kind == Collect::Full
            || self.since_full >= self.fullsweep_after
            || self.old_used() + mature > self.old_limit.min(self.old.words)
            || self.old_off.bytes > self.old_off_limit;
        // SAFETY: passed on.
        unsafe { self.generation(head, need, roots, full)? };
        if full {
            // The block was made for the worst case; what lives decides when the next full collection is due.
            self.old_limit = next_size(self.old_used() * 2 + self.block.words);
            self.old_off_limit = (4 * OFF_HEAP_FIRST_LIMIT).max(self.old_off.bytes.saturating_mul(2));
            self.stats.full += 1;
            self.since_full = 0;
        } else {
            self.stats.minor += 1;
            self.since_full += 1;
        }
        self.off_limit = OFF_HEAP_FIRST_LIMIT.max(self.off.bytes.saturating_mul(2));
        self.stats.reclaimed_words += (before - self.used_words(head)) as u64;

        let stack = (head.stack_base - head.sp) / WORD_BYTES;
        let live = (head.htop - head.heap_start) / WORD_BYTES;
        let wanted =
            live.saturating_add(stack).saturating_add(need).saturating_add(STACK_RESERVE_WORDS as usize);
        let words = self.block.words;
        // Who collects often within one slice gets a larger block until that is rare: short-lived data then dies
        // before anybody looks at it. Processes that allocate little keep the smallest.
        self.in_slice = self.in_slice.saturating_add(1);
        if self.in_slice > OFTEN && self.pace < YOUNG_ENOUGH {
            self.pace = words * 2;
            self.in_slice = 0;
        }
        // A large old heap affords a larger block too.
        let least = (self.old_used() / OLD_PER_YOUNG).max(self.pace).min(YOUNG_ENOUGH);
        let least = next_size(least.max(self.min_words));
        let size = if wanted > words - words / 4 || words < least {
            roomy(wanted).max(least)
        } else if wanted < words / 4 && words > least {
            next_size((wanted * 2).max(least))
        } else {
            words
        };
        if size != words {
            // SAFETY: passed on.
            let resized = unsafe { self.resize(head, roots, size) };
            if wanted > words {
                resized?;
            }
        }
        if stress() {
            self.verify(head, roots).unwrap_or_else(|e| panic!("heap broken after collection: {e}"));
        }
        Ok(())
    }

    /// A minor or full pass.
    ///
    /// # Safety
    /// As [`Heap::collect`].
    unsafe fn generation(
        &mut self,
        head: &mut ProcessHead,
        need: usize,
        roots: &mut impl Roots,
        full: bool,
    ) -> Result<(), NoMemory> {
        let stack = (head.stack_base - head.sp) / WORD_BYTES;
        let young = (head.htop - head.heap_start) / WORD_BYTES;
        let mature = (self.high_water as usize - head.heap_start) / WORD_BYTES;
        // A deep stack is not copied only because everything is collected: the block stays, its heap moves out. Not if
        // the block is about to grow anyway.
        let words = self.block.words;
        let stays = full
            && stack >= DEEP_STACK.max(young)
            && stack + need + STACK_RESERVE_WORDS as usize <= words - words / 4;
        // Upper bounds of what may survive; the second pass in `collect` trims what turns out too much.
        let bound = young + self.frags.words() + stack + STACK_RESERVE_WORDS as usize;
        let block = if stays {
            Block::EMPTY
        } else {
            let mut words = next_size(bound);
            if stack >= self.block.words / 2 {
                // A recursion going down: what is fresh will live, and the block has to grow anyway. Growing it now
                // saves the second pass.
                let fresh = young - mature + self.frags.words();
                words = words.max(roomy(stack + fresh + need + STACK_RESERVE_WORDS as usize));
            }
            Block::new(words.max(self.block.words))?
        };
        let mut old_from = Block::EMPTY;
        if full && (stays || mature + self.old_used() > 0) {
            // Half again as much, so that the next full collection is a proportional time away.
            let room = next_size((mature + self.old_used()) * 3 / 2 + young + self.frags.words());
            let fresh = Block::new(room).inspect_err(|_| {
                Block { start: block.start, words: block.words }.free();
            })?;
            old_from = core::mem::replace(&mut self.old, fresh);
        }
        let old_used = if old_from.words > 0 { self.old_used_in(&old_from) } else { 0 };
        if old_from.words > 0 || full {
            self.old_top = self.old.start;
        }
        let old_begin = self.old_top;
        let old_from_range = (old_from.start as usize, old_used * WORD_BYTES);
        let literals = literal::range();
        self.off.append(&mut self.frags.off);
        if stays {
            let (none, young_top) = ((0, 0), self.block.start);
            let (mature, old_from) = (none, none);
            let mut pass =
                Pass::<true> { keep: none, mature, old_from, literals, young_top, old_top: old_begin };
            // SAFETY: passed on; the new old heap has room for everything, and what is left of the young one is garbage.
            unsafe {
                pass.run(head, roots, young_top, old_begin);
                self.old_top = pass.old_top;
                self.sweep_off_heap(full);
            }
            poison(self.block.start, young);
            head.htop = head.heap_start;
            self.high_water = self.block.start;
        } else {
            let mut pass = Pass::<false> {
                keep: if full { (0, 0) } else { (self.old.start as usize, self.old.words * WORD_BYTES) },
                mature: (head.heap_start, mature * WORD_BYTES),
                old_from: old_from_range,
                literals,
                young_top: block.start,
                old_top: old_begin,
            };
            // SAFETY: passed on; to-space has room for everything, by the bounds above.
            unsafe {
                self.swap_block(head, block, |this, head, from| {
                    pass.run(head, roots, this.block.start, old_begin);
                    head.htop = pass.young_top as usize;
                    this.old_top = pass.old_top;
                    this.sweep_off_heap(full);
                    poison(from.start, from.words);
                });
            }
        }
        poison(old_from.start, old_from.words);
        old_from.free();
        self.frags.clear_moved();
        Ok(())
    }

    fn old_used_in(&self, old: &Block) -> usize {
        (self.old_top as usize - old.start as usize) / WORD_BYTES
    }

    /// Moves the block's contents to a block of another size.
    ///
    /// # Safety
    /// As [`Heap::collect`]; fragments are empty.
    unsafe fn resize(
        &mut self,
        head: &mut ProcessHead,
        roots: &mut impl Roots,
        size: usize,
    ) -> Result<(), NoMemory> {
        let block = Block::new(size)?;
        let old_begin = self.old_top;
        let mut pass = Pass::<false> {
            keep: (self.old.start as usize, self.old.words * WORD_BYTES),
            mature: (0, 0),
            old_from: (0, 0),
            literals: literal::range(),
            young_top: block.start,
            old_top: old_begin,
        };
        // SAFETY: passed on; the new block has room for heap and stack.
        unsafe {
            self.swap_block(head, block, |this, head, from| {
                pass.run(head, roots, this.block.start, old_begin);
                head.htop = pass.young_top as usize;
                this.sweep_off_heap(false);
                poison(from.start, from.words);
            });
        }
        Ok(())
    }

    /// Puts `block` in place of the current one, moves the stack, runs `copy`, frees the old block.
    ///
    /// # Safety
    /// The block has room for stack and survivors.
    unsafe fn swap_block(
        &mut self,
        head: &mut ProcessHead,
        block: Block,
        copy: impl FnOnce(&mut Heap, &mut ProcessHead, &Block),
    ) {
        let stack = (head.stack_base - head.sp) / WORD_BYTES;
        let sp = block.end().wrapping_sub(stack);
        // SAFETY: the new block's end has room for the stack.
        unsafe { ptr::copy_nonoverlapping(head.sp as *const usize, sp, stack) };
        let mut from = core::mem::replace(&mut self.block, block);
        head.heap_start = self.block.start as usize;
        head.sp = sp as usize;
        head.stack_base = self.block.end() as usize;
        copy(self, head, &from);
        self.high_water = head.htop as *mut usize;
        from.free();
    }

    /// # Safety
    /// From-space is still readable; survivors are forwarded.
    unsafe fn sweep_off_heap(&mut self, full: bool) {
        let old_block = (self.old.start as usize, self.old.words * WORD_BYTES);
        let (mut young, mut old) = (crate::OffHeap::new(), crate::OffHeap::new());
        let mut place = |p: *mut usize| -> *mut crate::OffHeap {
            if within(p as usize, old_block) { &mut old } else { &mut young }
        };
        // SAFETY: passed on.
        unsafe {
            self.off.sweep(&mut place);
            if full {
                self.old_off.sweep(&mut place);
            }
        }
        self.off = young;
        self.old_off.append(&mut old);
    }
}

mod evict;
#[cfg(test)]
mod tests;
