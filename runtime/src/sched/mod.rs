//! The system: one runtime with its code, processes, schedulers and timers.
//!
//! Each scheduler is a thread with a run queue of its own; one without work takes from the others, then sleeps until
//! somebody makes a process runnable or a timer is due. A process that becomes runnable goes to the queue of the
//! scheduler that woke it; if that has no other, the process is simply its next one, without a lock. A sleeping scheduler
//! is woken only when there is more work than that scheduler can begin at once, so that two processes talking to each
//! other stay on one processor.

pub mod crash;
pub mod queue;
mod run;
pub mod timers;

use crate::api::{ExitResult, Options};
use crate::code::{Code, LoadError};
use crate::ets::Tables;
use crate::process::Process;
use crate::process::RefId;
use crate::process::handles::Handles;
use crate::process::table::{Pid, Slot, Table};
use crate::service::{Found, Services};
use hashbrown::HashMap;
use linac_core::Atom;
use queue::RunQueue;
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering, fence};
use std::sync::{Arc, Condvar, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use timers::Timers;

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
    /// Persistent terms.
    pub persistent: crate::bif::Persistent,
    /// Tables of `ets`.
    pub tables: Tables,
    /// What references stand for.
    pub handles: Handles,
    /// Which services have been started.
    pub services: Services,
    /// What is set for all new processes.
    pub settings: crate::bif::Settings,
    names: RwLock<HashMap<Atom, Pid>>,
    queues: Box<[RunQueue]>,
    /// Where the next process goes that no scheduler made runnable.
    next_queue: AtomicUsize,
    sleepers: AtomicUsize,
    sleep: Mutex<()>,
    wake: Condvar,
    stop: AtomicBool,
    result: Mutex<Option<ExitResult>>,
    /// The result of a run that ends as soon as the logger is done.
    last: Mutex<Option<ExitResult>>,
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
    /// The process that this scheduler runs next, set while its queue is empty. Nobody else takes it; that is for the
    /// length of a time slice at most, because who gives way then puts both into the queue.
    static NEXT: Cell<Option<&'static Slot>> = const { Cell::new(None) };
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
            persistent: crate::bif::Persistent::default(),
            tables: Tables::default(),
            handles: Handles::default(),
            services: Services::default(),
            settings: crate::bif::Settings::default(),
            names: RwLock::default(),
            queues: std::iter::repeat_with(RunQueue::default).take(schedulers).collect(),
            next_queue: AtomicUsize::new(0),
            sleepers: AtomicUsize::new(0),
            sleep: Mutex::new(()),
            wake: Condvar::new(),
            stop: AtomicBool::new(false),
            result: Mutex::new(None),
            last: Mutex::new(None),
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

    /// Makes a process run that no run queue has and that nobody runs.
    pub fn make_runnable(&self, slot: &'static Slot) {
        let Some(number) = SCHEDULER.get().filter(|&number| number < self.queues.len()) else {
            let number = self.next_queue.fetch_add(1, Ordering::Relaxed) % self.queues.len();
            self.queues[number].push([slot]);
            self.wake_one();
            return;
        };
        let queue = &self.queues[number];
        let before = NEXT.take();
        if before.is_none() && queue.len() == 0 {
            NEXT.set(Some(slot));
        } else if queue.push(before.into_iter().chain([slot])) > 1 {
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

    /// The number of the scheduler whose thread this is.
    pub fn this_scheduler(&self) -> usize {
        SCHEDULER.get().unwrap_or(0)
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
        // Before the first thread ends.
        crate::gdb::tell_debuggers(false);
        self.stop.store(true, Ordering::SeqCst);
        drop(place);
        drop(self.sleep.lock().unwrap_or_else(PoisonError::into_inner));
        self.wake.notify_all();
        self.finished.notify_all();
    }

    /// Starts the schedulers, waits until the run has ended, and stops them.
    pub fn run(&'static self) -> ExitResult {
        self.stop.store(false, Ordering::SeqCst);
        crate::gdb::tell_debuggers(true);
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

    /// The first process has ended: so does the run, once the logger has written what it was given, unless the first
    /// process has asked `init` to stop, which ends it in its own way.
    pub fn main_ended(&'static self, result: ExitResult) {
        let logged = self.services.has_logged();
        let asked = Atom::new("init").is_ok_and(|name| self.registered_as(name).is_some());
        if !logged && !asked {
            return self.finish(result);
        }
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        if crate::service::finish(self, logged).is_none() {
            self.log_written();
        }
    }

    /// Nothing is left to be written: ends the run if it waits for that.
    pub fn log_written(&self) {
        let result = self.last.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(result) = result {
            self.finish(result);
        }
    }

    fn registered_as(&self, name: Atom) -> Option<Pid> {
        self.names.read().unwrap_or_else(PoisonError::into_inner).get(&name).copied()
    }

    /// The process registered under a name, for senders that cannot wait. A service that needs no waiting begins.
    pub fn whereis(&'static self, name: Atom) -> Option<Pid> {
        self.registered_as(name).or_else(|| crate::service::start(self, name))
    }

    /// The process registered under a name, for process `p`. A service begins when it is looked for.
    pub fn find(&'static self, p: &Process, name: Atom) -> Found {
        match self.registered_as(name) {
            Some(pid) if !self.services.any_starting() => Found::Process(pid),
            Some(pid) => match crate::service::under_way(p, name) {
                Some(starter) => Found::Starting(starter),
                None => Found::Process(pid),
            },
            None => match crate::service::start(self, name) {
                Some(pid) => Found::Process(pid),
                None => match crate::service::awaited(p, name) {
                    Some(starter) => Found::Starting(starter),
                    // It may have come up since the first look.
                    None => self.registered_as(name).map_or(Found::Nobody, Found::Process),
                },
            },
        }
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
