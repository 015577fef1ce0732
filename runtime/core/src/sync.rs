//! The only place that knows how this machine synchronises.
//!
//! *Problem*: small processors (Cortex-M0) have neither compare-and-swap nor `Arc`, desktops have both. *Idea*: the
//! rest of the crate asks for a reference count, a lock or a published word. Without compare-and-swap there is one
//! thread of execution that touches terms (interrupt handlers do not), so plain load and store are enough.

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicUsize, Ordering};

/// A reference count.
#[derive(Debug)]
pub struct RefCount(AtomicUsize);

impl RefCount {
    /// A count of `n`.
    pub const fn new(n: usize) -> RefCount {
        RefCount(AtomicUsize::new(n))
    }

    /// One more owner.
    #[inline]
    pub fn inc(&self) {
        #[cfg(target_has_atomic = "ptr")]
        self.0.fetch_add(1, Ordering::Relaxed);
        #[cfg(not(target_has_atomic = "ptr"))]
        self.0.store(self.0.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    /// One owner less; true if it was the last one.
    #[inline]
    #[must_use]
    pub fn dec(&self) -> bool {
        #[cfg(target_has_atomic = "ptr")]
        {
            // AcqRel: what other owners did to the contents happens before the last owner frees them.
            self.0.fetch_sub(1, Ordering::AcqRel) == 1
        }
        #[cfg(not(target_has_atomic = "ptr"))]
        {
            let n = self.0.load(Ordering::Relaxed) - 1;
            self.0.store(n, Ordering::Relaxed);
            n == 0
        }
    }

    /// The count now: exact only for its sole owner.
    #[inline]
    pub fn get(&self) -> usize {
        self.0.load(Ordering::Acquire)
    }
}

/// A sum that many add to and few ask for.
#[derive(Debug)]
pub struct Tally(AtomicUsize);

impl Tally {
    /// Nothing yet.
    pub const fn new() -> Tally {
        Tally(AtomicUsize::new(0))
    }

    /// So much more.
    #[inline]
    pub fn add(&self, n: usize) {
        #[cfg(target_has_atomic = "ptr")]
        self.0.fetch_add(n, Ordering::Relaxed);
        #[cfg(not(target_has_atomic = "ptr"))]
        self.0.store(self.0.load(Ordering::Relaxed).wrapping_add(n), Ordering::Relaxed);
    }

    /// So much less.
    #[inline]
    pub fn sub(&self, n: usize) {
        self.add(n.wrapping_neg());
    }

    /// The sum now; nothing if others are in the middle of taking away.
    pub fn get(&self) -> usize {
        let n = self.0.load(Ordering::Relaxed);
        if n > isize::MAX as usize { 0 } else { n }
    }
}

impl Default for Tally {
    fn default() -> Self {
        Tally::new()
    }
}

/// A word written by one party and read by all.
#[derive(Debug)]
pub struct Published(AtomicUsize);

impl Published {
    /// A word with a first value.
    pub const fn new(n: usize) -> Published {
        Published(AtomicUsize::new(n))
    }
    /// Reads it, and sees what was written before it was published.
    #[inline]
    pub fn get(&self) -> usize {
        self.0.load(Ordering::Acquire)
    }
    /// Publishes a value.
    #[inline]
    pub fn set(&self, n: usize) {
        self.0.store(n, Ordering::Release);
    }
}

/// A mark that only moves forward, moved by whoever is first.
#[derive(Debug)]
pub struct Claim(AtomicUsize);

impl Claim {
    /// A mark at `n`.
    pub const fn new(n: usize) -> Claim {
        Claim(AtomicUsize::new(n))
    }

    /// Where the mark is, or was a moment ago.
    #[inline]
    pub fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Moves the mark from `from` to `to`, if it is there; true for the one who did it.
    #[must_use]
    pub fn advance(&self, from: usize, to: usize) -> bool {
        #[cfg(target_has_atomic = "ptr")]
        {
            self.0.compare_exchange(from, to, Ordering::AcqRel, Ordering::Relaxed).is_ok()
        }
        #[cfg(not(target_has_atomic = "ptr"))]
        {
            let first = self.0.load(Ordering::Relaxed) == from;
            if first {
                self.0.store(to, Ordering::Relaxed);
            }
            first
        }
    }
}

/// Mutual exclusion around a value, held for the length of a closure.
#[derive(Debug)]
pub struct Lock<T> {
    #[cfg(feature = "std")]
    inner: std::sync::Mutex<()>,
    #[cfg(all(not(feature = "std"), target_has_atomic = "8"))]
    inner: core::sync::atomic::AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: `with` gives out the value to one thread at a time.
unsafe impl<T: Send> Sync for Lock<T> {}

impl<T> Lock<T> {
    /// A lock around `value`.
    pub const fn new(value: T) -> Lock<T> {
        Lock {
            #[cfg(feature = "std")]
            inner: std::sync::Mutex::new(()),
            #[cfg(all(not(feature = "std"), target_has_atomic = "8"))]
            inner: core::sync::atomic::AtomicBool::new(false),
            value: UnsafeCell::new(value),
        }
    }

    /// Runs `f` with the value, alone. `f` must not take the same lock again.
    pub fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        #[cfg(feature = "std")]
        // A panic while the lock was held aborts the system in the runtime; in tests the value is still usable.
        let _guard = self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        #[cfg(all(not(feature = "std"), target_has_atomic = "8"))]
        while self.inner.swap(true, Ordering::Acquire) {
            core::hint::spin_loop();
        }
        // SAFETY: the lock is held (or there is only one thread of execution).
        let result = f(unsafe { &mut *self.value.get() });
        #[cfg(all(not(feature = "std"), target_has_atomic = "8"))]
        self.inner.store(false, Ordering::Release);
        result
    }
}
