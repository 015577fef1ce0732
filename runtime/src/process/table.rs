//! The process table: from a pid to the place where signals for it go.
//!
//! *Problem*: senders look up pids all the time, from every thread, while processes come and go. *Idea*: slots are
//! never freed, only used again, so a slot may be read without a lock or a count. A pid names a slot and the serial
//! number of its use; every signal names the pid it is for, and a process that gets one for a former owner of its
//! slot treats it as sent to a dead process. *Invariant*: a slot's queue is open exactly while its process lives.

use super::Process;
use super::queue::Queue;
use super::signal::Envelope;
use crate::sched::queue::Priority;
use linac_abi::WordSize;
use linac_core::Term;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// A local process identifier.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct Pid(pub usize);

impl Pid {
    /// Bits of a slot's number.
    pub const INDEX_BITS: u32 = Term::PID_SLOT_BITS;
    /// The largest serial number: what is left of a term.
    const SERIALS: u32 = (u64::MAX >> (64 - WordSize::HOST.small_bits() + Pid::INDEX_BITS)) as u32;

    fn new(index: u32, serial: u32) -> Pid {
        Pid(((serial & Pid::SERIALS) as usize) << Pid::INDEX_BITS | index as usize)
    }

    /// Number of its slot.
    pub fn index(self) -> usize {
        self.0 & ((1 << Pid::INDEX_BITS) - 1)
    }

    /// As a term.
    pub fn term(self) -> Term {
        Term::pid(self.0)
    }

    /// From a term.
    pub fn of(term: Term) -> Option<Pid> {
        term.as_pid().map(Pid)
    }
}

/// A place for a process.
#[derive(Debug)]
#[repr(align(64))]
pub struct Slot {
    /// Where signals go.
    pub queue: Queue<Envelope>,
    lives: AtomicBool,
    /// A thread has it; for a check.
    running: AtomicBool,
    priority: AtomicU8,
    serial: AtomicU32,
    body: AtomicPtr<Process>,
    index: u32,
}

impl Slot {
    /// The pid of the process that has the slot now.
    pub fn pid(&self) -> Pid {
        Pid::new(self.index, self.serial.load(Ordering::Acquire))
    }

    /// Does this process live?
    pub fn holds(&self, pid: Pid) -> bool {
        self.pid() == pid && self.lives()
    }

    /// Does any process live here?
    pub fn lives(&self) -> bool {
        self.lives.load(Ordering::Acquire)
    }

    /// The priority of its process.
    pub fn priority(&self) -> Priority {
        Priority::ALL[usize::from(self.priority.load(Ordering::Relaxed)) % Priority::ALL.len()]
    }

    /// Sets the priority; only for the thread that runs the process, or makes it.
    pub fn set_priority(&self, priority: Priority) {
        self.priority.store(priority as u8, Ordering::Relaxed);
    }

    /// A scheduler has taken the slot from a run queue. What its process did before is visible by then: the queue's
    /// lock, or the signal queue that woke it, says so.
    pub fn begin(&self) {
        assert!(!self.running.load(Ordering::Relaxed), "a process runs twice");
        self.running.store(true, Ordering::Relaxed);
    }

    /// The scheduler lets go of it: it goes to a run queue, sleeps, or has ended.
    pub fn leave(&self) {
        self.running.store(false, Ordering::Relaxed);
    }

    /// The process. Only the thread that took the slot from a run queue may use it.
    pub fn body(&self) -> *mut Process {
        self.body.load(Ordering::Acquire)
    }
}

const CHUNK: usize = 1024;
const CHUNKS: usize = if Pid::INDEX_BITS < 22 { (1 << Pid::INDEX_BITS) / CHUNK } else { 4096 };
/// Most processes at a time.
pub const MOST: usize = CHUNK * CHUNKS;

/// All slots.
pub struct Table {
    chunks: Box<[AtomicPtr<[Slot; CHUNK]>]>,
    free: Mutex<Free>,
    live: AtomicUsize,
}

struct Free {
    /// Slots used before, to be used again.
    slots: Vec<u32>,
    /// First slot never used.
    next: u32,
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Table({} processes)", self.live())
    }
}

impl Default for Table {
    fn default() -> Table {
        Table {
            chunks: std::iter::repeat_with(|| AtomicPtr::new(std::ptr::null_mut())).take(CHUNKS).collect(),
            free: Mutex::new(Free { slots: Vec::new(), next: 1 }),
            live: AtomicUsize::new(0),
        }
    }
}

impl Table {
    /// Number of processes.
    pub fn live(&self) -> usize {
        self.live.load(Ordering::Relaxed)
    }

    /// The slot a pid names, whoever has it now.
    pub fn slot(&self, pid: Pid) -> Option<&Slot> {
        let index = pid.index();
        // SAFETY: chunks are published once and freed only with the table.
        let chunk = unsafe { self.chunks.get(index / CHUNK)?.load(Ordering::Acquire).as_ref()? };
        Some(&chunk[index % CHUNK])
    }

    /// The slot of a process that lives.
    pub fn living(&self, pid: Pid) -> Option<&Slot> {
        self.slot(pid).filter(|slot| slot.holds(pid))
    }

    /// Finds a slot for a new process, none if there are too many. Its queue is open, and the caller must give it a
    /// body.
    pub fn claim(&self) -> Option<&Slot> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let index = match free.slots.pop() {
            Some(index) => index,
            None if free.next as usize >= MOST => return None,
            None => {
                let index = free.next;
                let chunk = &self.chunks[index as usize / CHUNK];
                if chunk.load(Ordering::Relaxed).is_null() {
                    let base = index / CHUNK as u32 * CHUNK as u32;
                    let slots: Box<[Slot]> = (0..CHUNK as u32)
                        .map(|at| Slot {
                            queue: Queue::new_closed(),
                            lives: AtomicBool::new(false),
                            running: AtomicBool::new(false),
                            priority: AtomicU8::new(Priority::Normal as u8),
                            serial: AtomicU32::new(0),
                            body: AtomicPtr::new(std::ptr::null_mut()),
                            index: base + at,
                        })
                        .collect();
                    chunk.store(Box::into_raw(slots).cast(), Ordering::Release);
                }
                free.next += 1;
                index
            }
        };
        drop(free);
        self.live.fetch_add(1, Ordering::Relaxed);
        let slot = self.slot(Pid::new(index, 0))?;
        slot.serial.fetch_add(1, Ordering::AcqRel);
        slot.lives.store(true, Ordering::Release);
        slot.queue.open();
        Some(slot)
    }

    /// Gives a claimed slot its process.
    pub fn attach(&self, slot: &Slot, body: Box<Process>) {
        slot.body.store(Box::into_raw(body), Ordering::Release);
    }

    /// Takes the process out of a slot whose queue is closed, and frees the slot.
    pub fn release(&self, slot: &Slot) -> Option<Box<Process>> {
        let body = slot.body.swap(std::ptr::null_mut(), Ordering::AcqRel);
        slot.lives.store(false, Ordering::Release);
        slot.leave();
        self.live.fetch_sub(1, Ordering::Relaxed);
        self.free.lock().unwrap_or_else(PoisonError::into_inner).slots.push(slot.index);
        // SAFETY: a non-null body came from a box in `attach`, and the swap made it ours.
        (!body.is_null()).then(|| unsafe { Box::from_raw(body) })
    }

    /// All slots ever used.
    pub fn slots(&self) -> impl Iterator<Item = &Slot> {
        let used = self.free.lock().unwrap_or_else(PoisonError::into_inner).next as usize;
        (1..used).filter_map(|index| self.slot(Pid(index)))
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        for chunk in &mut self.chunks {
            let chunk = *chunk.get_mut();
            if !chunk.is_null() {
                // SAFETY: made from a box of this type, and nobody uses the table any more.
                let mut slots = unsafe { Box::from_raw(chunk) };
                for slot in slots.iter_mut() {
                    let body = *slot.body.get_mut();
                    if !body.is_null() {
                        // SAFETY: as in `release`.
                        drop(unsafe { Box::from_raw(body) });
                    }
                }
            }
        }
    }
}
