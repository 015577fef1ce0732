//! The system: one runtime with its code, processes, schedulers and timers.
//!
//! Each scheduler is a thread with a run queue of its own; one without work takes from the others, then sleeps until
//! somebody makes a process runnable or a timer is due. A process that becomes runnable goes to the queue of the
//! scheduler that woke it. A sleeping scheduler is woken only when there is more work than that scheduler can begin
//! at once, so that two processes talking to each other stay on one processor.

pub mod crash;
mod run;
pub mod timers;

use crate::api::{ExitResult, Options};
use crate::code::{Code, LoadError};
use crate::process::RefId;
use crate::process::table::{Pid, Slot, State, Table};
use hashbrown::HashMap;
use linac_core::Atom;
use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering, fence};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use timers::Timers;

/// Processes ready to run, by slot.
#[derive(Debug, Default)]
struct RunQueue {
    ready: Mutex<VecDeque<&'static Slot>>,
    len: AtomicUsize,
}

impl RunQueue {
    fn lock(&self) -> MutexGuard<'_, VecDeque<&'static Slot>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a slot at the end; gives the length.
    fn push(&self, slot: &'static Slot) -> usize {
        let mut ready = self.lock();
        ready.push_back(slot);
        self.len.store(ready.len(), Ordering::SeqCst);
        ready.len()
    }

    fn pop(&self) -> Option<&'static Slot> {
        if self.len.load(Ordering::SeqCst) == 0 {
            return None;
        }
        let mut ready = self.lock();
        let slot = ready.pop_front();
        self.len.store(ready.len(), Ordering::SeqCst);
        slot
    }
}

/// One runtime.
#[derive(Debug)]
pub struct System {
    /// Loaded code.
    pub code: Arc<Code>,
    /// Processes.
    pub table: Table,
    /// Options it was started with.
    pub options: Options,
    /// Timers.
    pub timers: Timers,
    names: RwLock<HashMap<Atom, Pid>>,
    queues: Box<[RunQueue]>,
    /// Where the next process goes that no scheduler made runnable.
    next_queue: AtomicUsize,
    sleepers: AtomicUsize,
    sleep: Mutex<()>,
    wake: Condvar,
    stop: AtomicBool,
    result: Mutex<Option<ExitResult>>,
    finished: Condvar,
    refs: AtomicU64,
    start: Instant,
    /// Reductions used by processes that have ended.
    pub reductions: AtomicU64,
    /// What collectors did in processes that have ended: minor, full collections, words reclaimed.
    pub collections: [AtomicU64; 3],
    /// Processes started.
    pub spawned: AtomicU64,
}

thread_local! {
    /// Number of the scheduler that this thread is.
    static SCHEDULER: Cell<Option<usize>> = const { Cell::new(None) };
}

impl System {
    /// A system without running schedulers. It stays for as long as the operating-system process, because native code
    /// and processes refer to it everywhere.
    pub fn new(options: Options, code: Code) -> Result<&'static System, LoadError> {
        let schedulers = options.schedulers.max(1);
        Ok(Box::leak(Box::new(System {
            code: Arc::new(code),
            table: Table::default(),
            options,
            timers: Timers::default(),
            names: RwLock::default(),
            queues: std::iter::repeat_with(RunQueue::default).take(schedulers).collect(),
            next_queue: AtomicUsize::new(0),
            sleepers: AtomicUsize::new(0),
            sleep: Mutex::new(()),
            wake: Condvar::new(),
            stop: AtomicBool::new(false),
            result: Mutex::new(None),
            finished: Condvar::new(),
            refs: AtomicU64::new(1),
            start: Instant::now(),
            reductions: AtomicU64::new(0),
            collections: Default::default(),
            spawned: AtomicU64::new(0),
        })))
    }

    /// A number for a new reference.
    pub fn new_ref(&self) -> RefId {
        self.refs.fetch_add(1, Ordering::Relaxed)
    }

    /// Time since the start.
    pub fn uptime(&self) -> Duration {
        self.start.elapsed()
    }

    /// Milliseconds since the start; what timers count in.
    pub fn now_ms(&self) -> u64 {
        self.uptime().as_millis() as u64
    }

    /// Nanoseconds since 1970.
    pub fn system_time_ns(&self) -> i128 {
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(time) => time.as_nanos() as i128,
            Err(before) => -(before.duration().as_nanos() as i128),
        }
    }

    /// Number of schedulers.
    pub fn schedulers(&self) -> usize {
        self.queues.len()
    }

    /// Puts a process whose state is already `Runnable` into a run queue.
    pub fn make_runnable(&self, slot: &'static Slot) {
        let own = SCHEDULER.get().filter(|&number| number < self.queues.len());
        let number =
            own.unwrap_or_else(|| self.next_queue.fetch_add(1, Ordering::Relaxed) % self.queues.len());
        let len = self.queues[number].push(slot);
        if own.is_none() || len > 1 {
            self.wake_one();
        }
    }

    /// Wakes a sleeping scheduler, if one sleeps.
    fn wake_one(&self) {
        fence(Ordering::SeqCst);
        if self.sleepers.load(Ordering::SeqCst) > 0 {
            drop(self.sleep.lock().unwrap_or_else(PoisonError::into_inner));
            self.wake.notify_one();
        }
    }

    /// Makes a waiting process runnable because there is a signal for it.
    pub fn notify(&self, slot: &'static Slot) {
        if slot.state() == State::Waiting && slot.change(State::Waiting, State::Runnable) {
            self.make_runnable(slot);
        }
    }

    fn stopping(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Ends the run with this result; the first one counts.
    pub fn finish(&self, result: ExitResult) {
        let mut place = self.result.lock().unwrap_or_else(PoisonError::into_inner);
        if place.is_none() {
            *place = Some(result);
        }
        self.stop.store(true, Ordering::SeqCst);
        drop(place);
        drop(self.sleep.lock().unwrap_or_else(PoisonError::into_inner));
        self.wake.notify_all();
        self.finished.notify_all();
    }

    /// Starts the schedulers, waits until the run has ended, and stops them.
    pub fn run(&'static self) -> ExitResult {
        self.stop.store(false, Ordering::SeqCst);
        let threads: Vec<_> = (0..self.queues.len())
            .map(|number| {
                std::thread::Builder::new().name(format!("linac-sched-{number}")).stack_size(8 << 20).spawn(
                    move || {
                        SCHEDULER.set(Some(number));
                        run::scheduler(self, number);
                    },
                )
            })
            .collect();
        if threads.iter().all(Result::is_err) {
            return ExitResult::Failed("no scheduler thread could be started".into());
        }
        let mut place = self.result.lock().unwrap_or_else(PoisonError::into_inner);
        while place.is_none() {
            place = self.finished.wait(place).unwrap_or_else(PoisonError::into_inner);
        }
        let result = place.take().unwrap_or_else(|| ExitResult::Failed("no result".into()));
        drop(place);
        for thread in threads.into_iter().flatten() {
            // A scheduler that panicked has aborted the operating-system process.
            let _ = thread.join();
        }
        result
    }

    /// The process registered under a name. A service begins when it is looked for.
    pub fn whereis(&'static self, name: Atom) -> Option<Pid> {
        let found = self.names.read().unwrap_or_else(PoisonError::into_inner).get(&name).copied();
        found.or_else(|| crate::service::start(self, name))
    }

    /// Registers a process that is made only if nobody has the name; gives the process that has it.
    pub fn register_new(&self, name: Atom, make: impl FnOnce() -> Option<Pid>) -> Option<Pid> {
        let mut names = self.names.write().unwrap_or_else(PoisonError::into_inner);
        match names.get(&name) {
            Some(pid) => Some(*pid),
            None => {
                let pid = make()?;
                names.insert(name, pid);
                Some(pid)
            }
        }
    }

    /// Registers a name; false if it is taken.
    pub fn register(&self, name: Atom, pid: Pid) -> bool {
        let mut names = self.names.write().unwrap_or_else(PoisonError::into_inner);
        if names.contains_key(&name) {
            return false;
        }
        names.insert(name, pid);
        true
    }

    /// Unregisters a name; gives the pid that had it.
    pub fn unregister(&self, name: Atom) -> Option<Pid> {
        self.names.write().unwrap_or_else(PoisonError::into_inner).remove(&name)
    }

    /// All registered names.
    pub fn registered(&self) -> Vec<Atom> {
        self.names.read().unwrap_or_else(PoisonError::into_inner).keys().copied().collect()
    }
}
