//! Signals: everything that one process does to another.
//!
//! Only the thread that runs a process touches it. Whoever wants something from a process sends it a signal, and the
//! process acts upon it at the next scheduling point: messages, links, monitors, exits, requests for information.

use super::queue::Node;
use super::table::Pid;
use super::{Process, RefId, life};
use crate::sched::System;
use linac_core::copy::{self, Literals};
use linac_core::{Atom, FragList, Term};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A term that travels with the memory that it lives in.
#[derive(Debug)]
pub struct Parcel {
    /// The term; it lives in `memory`, is a literal, or is immediate.
    pub term: Term,
    /// Where it lives.
    pub memory: FragList,
}

// SAFETY: the parcel owns the term's memory and moves as one.
unsafe impl Send for Parcel {}

/// Purges under way.
static PURGES: AtomicUsize = AtomicUsize::new(0);

/// While one of these exists, messages carry copies of literals.
#[derive(Debug)]
pub struct LiteralCopies(());

impl LiteralCopies {
    /// Makes one.
    pub fn begin() -> LiteralCopies {
        PURGES.fetch_add(1, Ordering::SeqCst);
        LiteralCopies(())
    }
}

impl Drop for LiteralCopies {
    fn drop(&mut self) {
        PURGES.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Parcel {
    /// A copy of a term, ready to travel.
    pub fn new(term: Term) -> Parcel {
        if PURGES.load(Ordering::SeqCst) > 0 {
            return Parcel::without_literals(term);
        }
        let (memory, term) = copy::to_fragments(term);
        Parcel { term, memory }
    }

    /// A copy that refers to no literals, for what is kept where no purge looks.
    pub fn without_literals(term: Term) -> Parcel {
        let mut memory = FragList::with_capacity(copy::size(term, Literals::Copy));
        let term = copy::copy(term, &mut memory, Literals::Copy);
        Parcel { term, memory }
    }

    /// Builds a term in memory of its own.
    pub fn build(make: impl FnOnce(&mut FragList) -> Term) -> Parcel {
        let mut memory = FragList::new();
        let term = make(&mut memory);
        Parcel { term, memory }
    }
}

/// What a monitor was asked to watch, and so how its message names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watched {
    /// The process itself.
    Pid(Pid),
    /// The process that had this name.
    Name(Atom),
}

/// What a request has a process do; gets none if the process has ended.
pub type Work = Box<dyn FnOnce(Option<&mut Process>) -> Parcel + Send>;

/// Something a process does on behalf of another, on its own thread; the answer goes back.
pub struct Request {
    /// Who wants to know.
    pub from: Pid,
    /// Number under which the answer is expected.
    pub number: u64,
    /// What to do.
    pub what: Work,
}

impl Request {
    /// Does it and answers.
    pub fn serve(self, process: &mut Process) {
        let answer = (self.what)(Some(process));
        life::send(process.system, self.from, Signal::Reply(self.number, answer));
    }

    /// Answers for a process that has ended.
    pub fn refuse(self, system: &'static System) {
        let answer = (self.what)(None);
        life::send(system, self.from, Signal::Reply(self.number, answer));
    }
}

/// A signal.
pub enum Signal {
    /// A message.
    Message(Parcel),
    /// A message to an alias of the receiver's.
    Alias(RefId, Parcel),
    /// `from` is linked to the receiver from now on.
    Link(Pid),
    /// `from` has unlinked.
    Unlink(Pid),
    /// `from` has ended (`link`) or called `exit/2`.
    Exit {
        /// Who.
        from: Pid,
        /// Why.
        reason: Parcel,
        /// Sent along a link, or for one that could not be made.
        link: bool,
    },
    /// `from` wants to know when the receiver ends.
    Monitor {
        /// Who.
        from: Pid,
        /// Names the monitor.
        id: RefId,
        /// How the message will name the receiver.
        watched: Watched,
    },
    /// `from` does not want to know any more.
    Demonitor {
        /// Names the monitor.
        id: RefId,
    },
    /// A watched process has ended.
    Down {
        /// Names the monitor.
        id: RefId,
        /// What was watched.
        watched: Watched,
        /// Why it ended.
        reason: Parcel,
    },
    /// The receive timer of this number ran out.
    Timeout(u64),
    /// Something to do.
    Request(Request),
    /// The answer to a request that this process made under this number.
    Reply(u64, Parcel),
}

impl std::fmt::Debug for Signal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Signal::Message(_) => "Message",
            Signal::Alias(..) => "Alias",
            Signal::Link(_) => "Link",
            Signal::Unlink(_) => "Unlink",
            Signal::Exit { .. } => "Exit",
            Signal::Monitor { .. } => "Monitor",
            Signal::Demonitor { .. } => "Demonitor",
            Signal::Down { .. } => "Down",
            Signal::Timeout(_) => "Timeout",
            Signal::Request(_) => "Request",
            Signal::Reply(..) => "Reply",
        })
    }
}

/// A signal with its address. Slots are used again, so it names the process it is for.
#[derive(Debug)]
pub struct Envelope {
    /// The receiver.
    pub to: Pid,
    /// The signal.
    pub signal: Signal,
}

impl Envelope {
    /// A node for the receiver's queue.
    pub fn node(to: Pid, signal: Signal) -> Box<Node<Envelope>> {
        Box::new(Node { next: std::ptr::null_mut(), value: Envelope { to, signal } })
    }
}
