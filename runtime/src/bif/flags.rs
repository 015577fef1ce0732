//! `process_flag`: what a process may set of itself.
//!
//! Priority and `trap_exit` have places of their own in the process; the rest is made when something is first set, or was
//! set for all new processes by `system_flag`. What a largest heap means is in [`crate::process::limit`].

use super::request::request;
use super::{BADARG, Outcome};
use crate::data::atom;
use crate::process::Process;
use crate::process::signal::Parcel;
use crate::process::table::Pid;
use crate::sched::queue::Priority;
use linac_core::{Atom, Term, map};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// The largest heap that a process may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxHeap {
    /// Words; 0 for no limit.
    pub size: usize,
    /// End the process that needs more.
    pub kill: bool,
    /// Tell the logger.
    pub error_logger: bool,
    /// Count the buffers that the process refers to.
    pub include_shared_binaries: bool,
}

/// Options of `monitor_nodes`.
const NODE_OPTIONS: [&str; 4] = ["connection_id", "list", "node_type", "nodedown_reason"];

/// What `process_flag` has set.
#[derive(Clone, Copy, Debug)]
pub struct Flags {
    /// Words of the smallest heap.
    pub min_heap_size: usize,
    min_bin_vheap_size: usize,
    /// Minor collections between two of everything.
    pub fullsweep_after: usize,
    /// The largest heap.
    pub max_heap: MaxHeap,
    off_heap: bool,
    error_handler: Option<Atom>,
    save_calls: usize,
    sensitive: bool,
    async_dist: bool,
    /// How often it asked to hear of nodes that come and go, by the options given; none ever does.
    node_monitors: [u32; 1 << NODE_OPTIONS.len()],
}

impl Default for Flags {
    fn default() -> Flags {
        Flags {
            min_heap_size: 233,
            min_bin_vheap_size: 46422,
            fullsweep_after: 65535,
            max_heap: MaxHeap { size: 0, kill: true, error_logger: true, include_shared_binaries: false },
            off_heap: false,
            error_handler: None,
            save_calls: 0,
            sensitive: false,
            async_dist: false,
            node_monitors: [0; 1 << NODE_OPTIONS.len()],
        }
    }
}

/// The flags of a process.
fn flags(p: &Process) -> Flags {
    p.flags.as_deref().copied().unwrap_or_default()
}

/// The module that a process has set to hear of calls of functions that are not there.
pub fn error_handler(p: &Process) -> Option<Atom> {
    p.flags.as_ref().and_then(|flags| flags.error_handler)
}

/// What `system_flag` sets for all new processes.
#[derive(Debug, Default)]
pub struct Settings {
    /// Has anything been set?
    set: AtomicBool,
    flags: Mutex<Flags>,
}

impl Settings {
    /// The flags of a new process, if they are not the usual ones.
    pub fn flags(&self) -> Option<Flags> {
        self.set.load(Ordering::Relaxed).then(|| self.current())
    }

    /// The flags of a new process.
    pub fn current(&self) -> Flags {
        *self.flags.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `system_flag` of what new processes have.
pub fn set_usual(p: &mut Process, item: &str, t: Term) -> Outcome {
    let Some(before) = usual(p, item) else { return Outcome::error(p, BADARG) };
    let settings = &p.system.settings;
    let max = settings.current().max_heap;
    let done = settings.flags.lock().unwrap_or_else(PoisonError::into_inner).set(item, t, max);
    if done.is_none() {
        return Outcome::error(p, BADARG);
    }
    settings.set.store(true, Ordering::Relaxed);
    Outcome::Done(before)
}

fn count(n: usize) -> Term {
    Term::small(n as isize)
}

/// Heaps and what binaries may take cannot be asked to begin with more words.
const MOST_WORDS: usize = if usize::BITS == 64 { 1 << (usize::BITS / 2) } else { 1 << 26 };

/// The size of a heap that has room for so many words: each size is the sum of the two before it, and one.
fn heap_size(words: usize) -> usize {
    let (mut before, mut size) = (142, 233);
    while size < words {
        (before, size) = (size, before + size + 1);
    }
    size
}

/// A map of the settings for the largest heap.
fn max_heap_term(p: &mut Process, max: MaxHeap) -> Term {
    let pairs = [
        (atom("size"), count(max.size)),
        (atom("kill"), Term::bool(max.kill)),
        (atom("error_logger"), Term::bool(max.error_logger)),
        (atom("include_shared_binaries"), Term::bool(max.include_shared_binaries)),
    ];
    map::from_pairs(&mut p.heap, pairs.into_iter())
}

/// The settings for the largest heap that an option gives: a size, or a map with one.
fn max_heap(t: Term, usual: MaxHeap) -> Option<MaxHeap> {
    let mut max = usual;
    let size = |t: Term| {
        let size = usize::try_from(t.as_small()?).ok()?;
        // Less than the smallest heap cannot be.
        (size == 0 || size >= Flags::default().min_heap_size).then_some(size)
    };
    let truth = |t: Term| match t {
        Term::TRUE => Some(true),
        Term::FALSE => Some(false),
        _ => None,
    };
    if !t.is_map() {
        max.size = size(t)?;
        return Some(max);
    }
    let mut sized = false;
    for (key, value) in map::Iter::new(t) {
        match key.as_atom().map(Atom::text) {
            Some("size") => {
                max.size = size(value)?;
                sized = true;
            }
            Some("kill") => max.kill = truth(value)?,
            Some("error_logger") => max.error_logger = truth(value)?,
            Some("include_shared_binaries") => max.include_shared_binaries = truth(value)?,
            _ => {}
        }
    }
    sized.then_some(max)
}

/// The value that a flag has in a new process.
pub fn usual(p: &mut Process, item: &str) -> Option<Term> {
    let usual = p.system.settings.current();
    told(p, usual, item)
}

/// The value of a flag, as `process_info` tells it and `process_flag` gives it back.
pub fn value(p: &mut Process, item: &str) -> Option<Term> {
    let flags = flags(p);
    told(p, flags, item)
}

fn told(p: &mut Process, flags: Flags, item: &str) -> Option<Term> {
    Some(match item {
        "min_heap_size" => count(flags.min_heap_size),
        "min_bin_vheap_size" => count(flags.min_bin_vheap_size),
        "fullsweep_after" => count(flags.fullsweep_after),
        "max_heap_size" => max_heap_term(p, flags.max_heap),
        "message_queue_data" => atom(if flags.off_heap { "off_heap" } else { "on_heap" }),
        "error_handler" => flags.error_handler.map_or(atom("error_handler"), Term::atom),
        "save_calls" => count(flags.save_calls),
        "sensitive" => Term::bool(flags.sensitive),
        "async_dist" => Term::bool(flags.async_dist),
        _ => return None,
    })
}

impl Flags {
    /// Sets a flag; none if the value is wrong. What a value leaves open is as `usual`.
    pub fn set(&mut self, item: &str, t: Term, usual: MaxHeap) -> Option<()> {
        let size = || t.as_small().and_then(|n| usize::try_from(n).ok());
        let truth = || (t == Term::TRUE || t == Term::FALSE).then_some(t == Term::TRUE);
        match item {
            "min_heap_size" => self.min_heap_size = heap_size(size().filter(|n| *n < MOST_WORDS)?),
            "min_bin_vheap_size" => self.min_bin_vheap_size = heap_size(size().filter(|n| *n < MOST_WORDS)?),
            "fullsweep_after" => self.fullsweep_after = size()?.min(65535),
            "max_heap_size" => self.max_heap = max_heap(t, usual)?,
            "message_queue_data" => {
                self.off_heap = match t.as_atom()?.text() {
                    "off_heap" => true,
                    "on_heap" => false,
                    _ => return None,
                }
            }
            "error_handler" => self.error_handler = Some(t.as_atom()?),
            "save_calls" => self.save_calls = size().filter(|n| *n <= 10_000)?,
            "sensitive" => self.sensitive = truth()?,
            "async_dist" => self.async_dist = truth()?,
            _ => return None,
        }
        Some(())
    }
}

/// Sets a flag of a process; none if the value is wrong.
fn set(p: &mut Process, item: &str, t: Term) -> Option<()> {
    let mut flags = flags(p);
    flags.set(item, t, p.system.settings.current().max_heap)?;
    match item {
        "min_heap_size" => p.heap.set_min_words(flags.min_heap_size),
        "fullsweep_after" => p.heap.set_fullsweep_after(flags.fullsweep_after as u32),
        _ => {}
    }
    p.flags = Some(Box::new(flags));
    Some(())
}

/// `monitor_nodes`, alone or with a map of options; none if it is another flag.
fn monitor_nodes(p: &mut Process, flag: Term, on: Term) -> Option<Outcome> {
    let name = |t: Term| t.as_atom().map(Atom::text);
    let bit =
        |key: Term| NODE_OPTIONS.iter().position(|option| name(key) == Some(option)).map(|n| 1_usize << n);
    let kind = match flag.as_tuple() {
        Some([kind, options]) if name(*kind) == Some("monitor_nodes") => {
            let bits: Option<Vec<usize>> = map::Iter::new(*options).map(|(key, _)| bit(key)).collect();
            bits.filter(|_| options.is_map()).map(|bits| bits.iter().sum())
        }
        _ if name(flag) == Some("monitor_nodes") => Some(0),
        _ => return None,
    };
    let mut flags = flags(p);
    let (Some(kind), true) = (kind, on == Term::TRUE || on == Term::FALSE) else {
        return Some(Outcome::error(p, BADARG));
    };
    let before = flags.node_monitors[kind];
    flags.node_monitors[kind] = if on == Term::TRUE { before.saturating_add(1) } else { 0 };
    p.flags = Some(Box::new(flags));
    Some(Outcome::Done(count(before as usize)))
}

fn process_flag(p: &mut Process, a: &[Term]) -> Outcome {
    if let Some(outcome) = monitor_nodes(p, a[0], a[1]) {
        return outcome;
    }
    let Some(item) = a[0].as_atom().map(Atom::text) else { return Outcome::badarg(p, "badopt") };
    match item {
        "trap_exit" if a[1] == Term::TRUE || a[1] == Term::FALSE => {
            let before = std::mem::replace(&mut p.trap_exit, a[1] == Term::TRUE);
            Outcome::Done(Term::bool(before))
        }
        // From the next time on that the process is made runnable.
        "priority" => match Priority::of(a[1]) {
            Some(priority) => {
                let before = p.slot().priority();
                p.slot().set_priority(priority);
                Outcome::Done(before.term())
            }
            None => Outcome::error(p, BADARG),
        },
        _ => {
            let before = value(p, item);
            match before.filter(|_| set(p, item, a[1]).is_some()) {
                Some(before) => Outcome::Done(before),
                None => Outcome::error(p, BADARG),
            }
        }
    }
}

/// `process_flag/3`: of another process only `save_calls` can be set.
fn process_flag3(p: &mut Process, a: &[Term]) -> Outcome {
    let Some(pid) = Pid::of(a[0]) else { return Outcome::badarg(p, "badtype") };
    let item = a[1].as_atom().map(Atom::text);
    let Some(count) = a[2].as_small().filter(|n| item == Some("save_calls") && (0..=10_000).contains(n))
    else {
        return Outcome::error(p, BADARG);
    };
    if pid == p.pid {
        return process_flag(p, &a[1..]);
    }
    request(
        p,
        pid,
        move |process| {
            Parcel::new(process.map_or(BADARG, |process| {
                let before = value(process, "save_calls").unwrap_or(BADARG);
                set(process, "save_calls", Term::small(count));
                before
            }))
        },
        |p, answer| if answer == BADARG { Outcome::error(p, BADARG) } else { Outcome::Done(answer) },
    )
}

bifs! {
    "erlang" "process_flag" 2 Full process_flag, "Sets a flag of the process.";
    "erlang" "process_flag" 3 Full process_flag3, "Sets a flag of another process.";
}
