//! From a return address to what is known about the frame it returns to.
//!
//! *Problem*: the collector asks for every frame of a stack, a raise for every frame it drops; loading adds entries
//! and purging removes them while other threads ask. *Idea*: one open-addressed hash table of (address, pointer to
//! [`Site`]), read without a lock. A writer under a lock fills the value before the key; when the table is full it
//! makes a larger one and publishes that. Old tables are kept: their sizes add up to less than the current one.
//! *Invariant*: a site is removed only when no stack can hold its address any more (purge), so a reader never loses
//! an entry that it may ask for.

use linac_abi::object::{ReturnSite, SlotSet};
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::unit::Unit;

/// What a return address says about its frame.
#[derive(Debug)]
pub struct Site {
    /// Words of the frame, without the caller's return address.
    pub frame_words: u32,
    /// Index in the unit's return sites, for location and inlined frames.
    pub index: u32,
    /// Address that a raise continues at, 0 if the frame is dropped.
    pub landing_pad: usize,
    /// The first 64 slots that hold terms.
    pub terms: u64,
    /// The unit of code; it outlives its sites.
    pub unit: *const Unit,
    /// All slots that hold terms, where one word is not enough.
    pub more: Option<SlotSet>,
    /// What it is in a stack trace.
    pub traced: Traced,
}

/// What the frame of a site is in a stack trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Traced {
    /// One entry: the function's index in the unit, and the call in it as [`linac_abi::object::ReturnSite::call`] counts.
    Once(u32, u32),
    /// Anything else: its record tells.
    Otherwise,
}

impl Traced {
    /// What this record says.
    pub fn of(record: &ReturnSite) -> Traced {
        if record.inlined.is_empty() && !record.left {
            Traced::Once(record.function, record.call)
        } else {
            Traced::Otherwise
        }
    }
}

// SAFETY: `unit` points to a unit that is shared between threads and is read only; it outlives the site.
unsafe impl Send for Site {}
// SAFETY: as above.
unsafe impl Sync for Site {}

struct Slot {
    key: AtomicUsize,
    value: AtomicPtr<Site>,
}

struct Table {
    slots: Box<[Slot]>,
}

/// A key that was removed; probing goes on over it.
const REMOVED: usize = 1;

impl Table {
    fn new(capacity: usize) -> Table {
        let empty = || Slot { key: AtomicUsize::new(0), value: AtomicPtr::new(std::ptr::null_mut()) };
        Table { slots: std::iter::repeat_with(empty).take(capacity).collect() }
    }

    fn start(&self, key: usize) -> usize {
        let mixed = (key as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed >> (64 - self.slots.len().trailing_zeros())) as usize
    }

    fn find(&self, key: usize) -> Option<&Slot> {
        let mask = self.slots.len() - 1;
        let mut at = self.start(key);
        loop {
            let slot = &self.slots[at];
            match slot.key.load(Ordering::Acquire) {
                0 => return None,
                found if found == key => return Some(slot),
                _ => at = (at + 1) & mask,
            }
        }
    }

    /// Adds an entry; the table has an empty slot and no entry for the key.
    fn add(&self, key: usize, value: *mut Site) {
        let mask = self.slots.len() - 1;
        let mut at = self.start(key);
        while self.slots[at].key.load(Ordering::Relaxed) != 0 {
            at = (at + 1) & mask;
        }
        self.slots[at].value.store(value, Ordering::Relaxed);
        self.slots[at].key.store(key, Ordering::Release);
    }
}

struct Writer {
    /// Slots that are not empty, removed ones included.
    filled: usize,
    live: usize,
    /// Tables that a reader may still be looking at.
    #[allow(clippy::vec_box, reason = "readers hold pointers to tables, which must not move")]
    retired: Vec<Box<Table>>,
}

/// The table of return sites.
pub struct Sites {
    table: AtomicPtr<Table>,
    writer: Mutex<Writer>,
}

impl std::fmt::Debug for Sites {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sites")
    }
}

/// The return sites of all code in this operating-system process.
pub fn sites() -> &'static Sites {
    static SITES: std::sync::OnceLock<Sites> = std::sync::OnceLock::new();
    SITES.get_or_init(Sites::new)
}

impl Sites {
    fn new() -> Sites {
        let table = Box::into_raw(Box::new(Table::new(1024)));
        Sites {
            table: AtomicPtr::new(table),
            writer: Mutex::new(Writer { filled: 0, live: 0, retired: Vec::new() }),
        }
    }

    fn current(&self) -> &Table {
        // SAFETY: the pointer always holds a table from `Box::into_raw`; tables are retired, never freed.
        unsafe { &*self.table.load(Ordering::Acquire) }
    }

    /// The site of a return address.
    #[inline]
    pub fn get(&self, address: usize) -> Option<&Site> {
        let slot = self.current().find(address)?;
        let site = slot.value.load(Ordering::Relaxed);
        // SAFETY: the value was stored before the key was published, and a site's owner removes it from here, and
        // makes sure that nobody asks for it any more, before freeing it.
        Some(unsafe { &*site })
    }

    /// Adds the sites of one unit: (return address, site).
    ///
    /// # Safety
    /// The sites stay where they are until [`Sites::remove`] was called for their addresses and no stack holds one.
    pub unsafe fn add(&self, entries: impl ExactSizeIterator<Item = (usize, *const Site)>) {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let needed = writer.filled + entries.len();
        if needed * 2 > self.current().slots.len() {
            let capacity = ((writer.live + entries.len()) * 4).next_power_of_two().max(1024);
            let larger = Box::new(Table::new(capacity));
            for slot in &self.current().slots {
                let key = slot.key.load(Ordering::Relaxed);
                if key > REMOVED {
                    larger.add(key, slot.value.load(Ordering::Relaxed));
                }
            }
            let old = self.table.swap(Box::into_raw(larger), Ordering::AcqRel);
            // SAFETY: it came from `Box::into_raw`, and keeping it alive among the retired is all we do with it.
            writer.retired.push(unsafe { Box::from_raw(old) });
            writer.filled = writer.live;
        }
        writer.filled += entries.len();
        writer.live += entries.len();
        for (address, site) in entries {
            self.current().add(address, site.cast_mut());
        }
    }

    /// Removes the sites at these addresses.
    pub fn remove(&self, addresses: impl Iterator<Item = usize>) {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        for address in addresses {
            if let Some(slot) = self.current().find(address) {
                slot.key.store(REMOVED, Ordering::Release);
                writer.live -= 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_added_and_not_what_was_removed() {
        let table = Sites::new();
        let make = |n: u32| Site {
            frame_words: n,
            index: n,
            landing_pad: 0,
            terms: 0,
            unit: std::ptr::null(),
            more: None,
            traced: Traced::Otherwise,
        };
        let sites: Vec<Site> = (0..10_000).map(make).collect();
        for chunk in 0..100 {
            let range = chunk * 100..(chunk + 1) * 100;
            // SAFETY: `sites` outlives `table`'s use.
            unsafe { table.add(range.map(|n: usize| (0x7000_0000 + n * 5, &raw const sites[n]))) };
        }
        table.remove((0..5_000).map(|n| 0x7000_0000 + n * 5));
        for n in 0..10_000 {
            let found = table.get(0x7000_0000 + n * 5).map(|site| site.index);
            assert_eq!(found, (n >= 5_000).then_some(n as u32));
        }
        assert!(table.get(0x7000_0001).is_none());
    }
}
