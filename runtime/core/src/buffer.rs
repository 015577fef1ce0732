//! Reference-counted byte buffers: what binaries beyond the small ones are made of.
//!
//! A buffer lives outside all heaps; each `RefcBits` object holds one count. *Invariant*: bytes that any object can
//! see are not changed any more. Bytes beyond the *used* mark nobody can see: whoever moves the mark owns the bytes
//! it passes, which is how a binary grows in place while others look at its beginning.

use crate::WORD_BYTES;
use crate::heap::NoMemory;
use crate::sync::{Claim, RefCount, Tally};
use alloc::alloc::{Layout, alloc, dealloc};
use core::mem::offset_of;
use linac_abi::bits::{BUFFER_CAPACITY, BUFFER_HEAD, BUFFER_OWNERS, BUFFER_SLACK, BUFFER_USED};

/// Largest bitstring in bytes: bit positions must fit a word with room for sums of two.
pub const MAX_BYTES: usize = if WORD_BYTES == 8 { 1 << 56 } else { 1 << 28 };

/// The head of a buffer; the bytes follow it.
#[repr(C)]
#[derive(Debug)]
pub struct Buffer {
    refs: RefCount,
    capacity: usize,
    /// Bits in use, from the front. More than there can be: the hidden bytes are somebody's own, and this says whose.
    used: Claim,
}

/// Compiled code appends by itself to a buffer of one owner.
const _: () = {
    assert!(size_of::<Buffer>() == BUFFER_HEAD as usize * WORD_BYTES);
    assert!(offset_of!(Buffer, refs) == BUFFER_OWNERS as usize * WORD_BYTES);
    assert!(offset_of!(Buffer, capacity) == BUFFER_CAPACITY as usize * WORD_BYTES);
    assert!(offset_of!(Buffer, used) == BUFFER_USED as usize * WORD_BYTES);
};

/// Bytes of all buffers.
static BYTES: Tally = Tally::new();

/// Bytes that all buffers hold.
pub fn bytes() -> usize {
    BYTES.get()
}

/// Alignment of buffers, whatever the word size: some hold 64-bit integers.
const ALIGN: usize = 8;

fn layout(capacity: usize) -> Option<Layout> {
    let size = (size_of::<Buffer>() + BUFFER_SLACK as usize).checked_add(capacity)?;
    Layout::from_size_align(size, ALIGN).ok()
}

impl Buffer {
    /// A full buffer of `capacity` unset bytes with one owner.
    pub fn allocate(capacity: usize) -> Result<*mut Buffer, NoMemory> {
        Buffer::with_room(capacity.saturating_mul(8), capacity)
    }

    /// A buffer of `capacity` unset bytes with one owner, of which the first `used` bits are the owner's to write.
    pub fn with_room(used: usize, capacity: usize) -> Result<*mut Buffer, NoMemory> {
        let fail = NoMemory { words: capacity / WORD_BYTES };
        if capacity > MAX_BYTES {
            return Err(fail);
        }
        let layout = layout(capacity).ok_or(fail)?;
        // SAFETY: the layout is not empty.
        let p = unsafe { alloc(layout) }.cast::<Buffer>();
        if p.is_null() {
            return Err(fail);
        }
        BYTES.add(capacity);
        // SAFETY: fresh memory of that layout.
        unsafe { p.write(Buffer { refs: RefCount::new(1), capacity, used: Claim::new(used) }) };
        Ok(p)
    }

    /// Bytes it can hold.
    ///
    /// # Safety
    /// `this` is a live buffer.
    pub unsafe fn capacity(this: *const Buffer) -> usize {
        // SAFETY: as the caller promises.
        unsafe { (*this).capacity }
    }

    /// The mark behind the bits in use.
    ///
    /// # Safety
    /// `this` is a live buffer.
    pub unsafe fn used(this: *const Buffer) -> usize {
        // SAFETY: as the caller promises.
        unsafe { (*this).used.get() }
    }

    /// Takes the bits from `from` to `to`, if `from` is where the used ones end and there is room. True for the
    /// one who may write them. A byte that is used in part goes only to the sole owner: nobody else reads it then.
    ///
    /// # Safety
    /// `this` is a live buffer.
    pub unsafe fn claim(this: *const Buffer, from: usize, to: usize) -> bool {
        // SAFETY: as the caller promises.
        unsafe {
            to.div_ceil(8) <= (*this).capacity
                && (from.is_multiple_of(8) || (*this).refs.get() == 1)
                && (*this).used.advance(from, to)
        }
    }

    /// Is there room that nobody has taken? Then an object over it may grow.
    ///
    /// # Safety
    /// `this` is a live buffer.
    pub unsafe fn has_room(this: *const Buffer) -> bool {
        // SAFETY: as the caller promises.
        unsafe { (*this).used.get() != (*this).capacity.saturating_mul(8) }
    }

    /// Gives all its room away, so that nothing over it grows any more.
    ///
    /// # Safety
    /// `this` is a live buffer.
    pub unsafe fn close(this: *const Buffer) {
        // SAFETY: as the caller promises.
        unsafe {
            let all = (*this).capacity.saturating_mul(8);
            // A mark beyond all bits says something else and stays.
            while let used = (*this).used.get()
                && used < all
                && !(*this).used.advance(used, all)
            {}
        }
    }

    /// Its first byte.
    ///
    /// # Safety
    /// `this` is a live buffer.
    #[inline]
    pub unsafe fn data(this: *const Buffer) -> *mut u8 {
        // SAFETY: the bytes follow the head.
        unsafe { this.add(1) as *mut u8 }
    }

    /// One more owner.
    ///
    /// # Safety
    /// `this` is a live buffer.
    pub unsafe fn retain(this: *const Buffer) {
        // SAFETY: as the caller promises.
        unsafe { (*this).refs.inc() }
    }

    /// Number of owners.
    ///
    /// # Safety
    /// `this` is a live buffer.
    pub unsafe fn owners(this: *const Buffer) -> usize {
        // SAFETY: as the caller promises.
        unsafe { (*this).refs.get() }
    }

    /// One owner less; the last one frees it.
    ///
    /// # Safety
    /// `this` is a live buffer and the caller owns one count, which is gone afterwards.
    pub unsafe fn release(this: *mut Buffer) {
        // SAFETY: as the caller promises; after the last count nobody else has the pointer.
        unsafe {
            if (*this).refs.dec()
                && let Some(layout) = layout((*this).capacity)
            {
                BYTES.sub((*this).capacity);
                dealloc(this.cast(), layout);
            }
        }
    }
}
