//! The literal area: terms that belong to code, in one reserved range of addresses.
//!
//! *Problem*: collector, message copy and purge must tell literals from heap terms at every pointer. *Idea*: all
//! literals lie in one range of addresses, so the question is one comparison. The range is reserved at the first
//! use (or adopted from the platform: on a microcontroller it is a part of flash or a static buffer) and given
//! out in pages. *Invariant*: a literal points to literals only, and is never written after [`LiteralArea::seal`].

use crate::WORD_BYTES;
use crate::heap::{Alloc, NoMemory, OffHeap};
use crate::sync::{Lock, Published};
use alloc::vec::Vec;

static BASE: Published = Published::new(0);
static SIZE: Published = Published::new(0);
/// Free runs of pages: (first page, number of pages), in order.
static FREE: Lock<Vec<(usize, usize)>> = Lock::new(Vec::new());

const PAGE: usize = 4096;
/// Reserved addresses: costs nothing until used.
#[cfg(feature = "std")]
const RESERVE: usize = if WORD_BYTES == 8 { 1 << 30 } else { 32 << 20 };

/// Does this address belong to a literal?
#[inline]
pub fn is_literal(p: *const usize) -> bool {
    (p as usize).wrapping_sub(BASE.get()) < SIZE.get()
}

/// The range of addresses, for code that keeps it in registers: (base, bytes).
#[inline]
pub fn range() -> (usize, usize) {
    (BASE.get(), SIZE.get())
}

/// Bytes of the range that have owners.
pub fn used_bytes() -> usize {
    FREE.with(|free| SIZE.get() - free.iter().map(|&(_, pages)| pages * PAGE).sum::<usize>())
}

/// Gives the area its range of memory, once; false if it has one already.
///
/// # Safety
/// The range is page-aligned, writable memory that nobody else uses, ever.
pub unsafe fn adopt(base: *mut u8, bytes: usize) -> bool {
    FREE.with(|free| {
        // SAFETY: passed on.
        SIZE.get() == 0 && unsafe { adopt_locked(free, base as usize, bytes) }
    })
}

/// # Safety
/// As [`adopt`].
unsafe fn adopt_locked(free: &mut Vec<(usize, usize)>, base: usize, bytes: usize) -> bool {
    free.push((0, bytes / PAGE));
    BASE.set(base);
    SIZE.set(bytes / PAGE * PAGE);
    true
}

#[cfg(feature = "std")]
fn ensure_range(free: &mut Vec<(usize, usize)>) {
    if SIZE.get() == 0 {
        // SAFETY: reserves fresh addresses; nothing is mapped over.
        let p = unsafe {
            libc::mmap(
                core::ptr::null_mut(),
                RESERVE,
                libc::PROT_NONE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        if p != libc::MAP_FAILED {
            // SAFETY: the range was just reserved for us.
            unsafe { adopt_locked(free, p as usize, RESERVE) };
        }
    }
}
#[cfg(not(feature = "std"))]
fn ensure_range(_free: &mut Vec<(usize, usize)>) {}

#[derive(Clone, Copy)]
enum Access {
    Write,
    Read,
    No,
}

/// # Safety
/// The pages belong to the caller.
#[cfg(feature = "std")]
unsafe fn protect(start: *mut usize, pages: usize, access: Access) -> bool {
    let prot = match access {
        Access::Write => libc::PROT_READ | libc::PROT_WRITE,
        Access::Read => libc::PROT_READ,
        Access::No => libc::PROT_NONE,
    };
    // SAFETY: whole pages of the reserved range.
    unsafe {
        if matches!(access, Access::No) {
            libc::madvise(start.cast(), pages * PAGE, libc::MADV_DONTNEED);
        }
        libc::mprotect(start.cast(), pages * PAGE, prot) == 0
    }
}
/// # Safety
/// None: without pages there is no protection.
#[cfg(not(feature = "std"))]
unsafe fn protect(_start: *mut usize, _pages: usize, access: Access) -> bool {
    matches!(access, Access::Write | Access::Read | Access::No)
}

/// The literals of one owner (a module instance, a persistent term).
#[derive(Debug)]
pub struct LiteralArea {
    start: *mut usize,
    pages: usize,
    top: *mut usize,
    off: OffHeap,
}

// SAFETY: after `seal` an area is only read; before, one thread has it.
unsafe impl Send for LiteralArea {}
// SAFETY: as above.
unsafe impl Sync for LiteralArea {}

impl LiteralArea {
    /// An area with room for `words` words.
    pub fn with_capacity(words: usize) -> Result<LiteralArea, NoMemory> {
        let fail = NoMemory { words };
        let pages = words.checked_mul(WORD_BYTES).ok_or(fail)?.div_ceil(PAGE);
        if pages == 0 {
            let none = core::ptr::null_mut();
            return Ok(LiteralArea { start: none, pages, top: none, off: OffHeap::new() });
        }
        let page = FREE.with(|free| {
            ensure_range(free);
            let i = free.iter().position(|&(_, n)| n >= pages)?;
            let page = free[i].0;
            free[i] = (page + pages, free[i].1 - pages);
            if free[i].1 == 0 {
                free.remove(i);
            }
            Some(page)
        });
        let start = (BASE.get() + page.ok_or(fail)? * PAGE) as *mut usize;
        let area = LiteralArea { start, pages, top: start, off: OffHeap::new() };
        // SAFETY: the pages were just given to this area. Dropping it on failure gives them back.
        if unsafe { protect(start, pages, Access::Write) } { Ok(area) } else { Err(fail) }
    }

    /// Makes the area read-only. Nothing is appended to its bitstrings in place: that would write their objects.
    pub fn seal(&self) {
        self.off.close();
        if self.pages > 0 {
            // SAFETY: the area's own pages. Without protection the area works as well.
            unsafe { protect(self.start, self.pages, Access::Read) };
        }
    }

    /// Its addresses: (start, bytes).
    pub fn range(&self) -> (usize, usize) {
        (self.start as usize, self.pages * PAGE)
    }
}

// SAFETY: words up to the end of the area's pages are given out once.
unsafe impl Alloc for LiteralArea {
    fn alloc(&mut self, words: usize) -> *mut usize {
        let used = (self.top as usize - self.start as usize) / WORD_BYTES;
        assert!(words <= self.pages * PAGE / WORD_BYTES - used, "literal area of the wrong size");
        let p = self.top;
        self.top = p.wrapping_add(words);
        p
    }
    fn off_heap(&mut self) -> &mut OffHeap {
        &mut self.off
    }
}

impl Drop for LiteralArea {
    /// Whoever drops an area promises that no process holds a term of it: see the crate's front page.
    fn drop(&mut self) {
        if self.pages == 0 {
            return;
        }
        // SAFETY: by that promise; the off-heap list lies in the pages, so it goes first. Releasing reads only.
        unsafe {
            self.off.release_all();
            protect(self.start, self.pages, Access::No);
        }
        let page = (self.start as usize - BASE.get()) / PAGE;
        FREE.with(|free| {
            let at = free.partition_point(|&(p, _)| p < page);
            free.insert(at, (page, self.pages));
            if at + 1 < free.len() && free[at].0 + free[at].1 == free[at + 1].0 {
                free[at].1 += free.remove(at + 1).1;
            }
            if at > 0 && free[at - 1].0 + free[at - 1].1 == free[at].0 {
                free[at - 1].1 += free.remove(at).1;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Build, Term};

    #[test]
    fn areas_are_in_range_and_reused() {
        let mut a = LiteralArea::with_capacity(1000).unwrap();
        let t = a.tuple(&[Term::small(1), Term::NIL]);
        a.seal();
        assert!(is_literal(t.address()));
        assert_eq!(t.as_tuple().unwrap()[0], Term::small(1));
        let on_stack = 0usize;
        assert!(!is_literal(&on_stack));
        let (start, bytes) = a.range();
        assert_eq!(bytes, 1000 * WORD_BYTES / PAGE * PAGE + PAGE);
        drop(a);
        let b = LiteralArea::with_capacity(1).unwrap();
        // Other tests take areas too, so this one need not get the very same pages; but it is in the range.
        assert!(is_literal(b.range().0 as *const usize) && start >= range().0);
    }

    #[test]
    fn too_much_is_an_error() {
        assert!(LiteralArea::with_capacity(usize::MAX / 16).is_err());
    }
}
