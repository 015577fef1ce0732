//! What processes do for each other on their own threads.

use super::Outcome;
use crate::process::signal::{Parcel, Request, Signal};
use crate::process::table::Pid;
use crate::process::{Ending, Process, life};
use linac_abi::term::FixedAtom;
use linac_core::Term;
use std::sync::{Arc, Mutex, PoisonError};

/// Acts upon the signals that have come; gives the outcome if the process ends because of one.
pub fn act_on_signals(p: &mut Process) -> Option<Outcome> {
    if p.handle_signals() {
        return None;
    }
    match p.ending {
        Ending::Exited(reason) => Some(Outcome::Exit(reason)),
        Ending::Returned(_) | Ending::Uncaught(..) => Some(Outcome::Exit(Term::fixed(FixedAtom::Killed))),
    }
}

/// Has another process do something on its own thread, waits for the answer, and goes on with it.
pub fn request(
    p: &mut Process,
    target: Pid,
    what: impl FnOnce(Option<&mut Process>) -> Parcel + Send + 'static,
    then: impl FnOnce(&mut Process, Term) -> Outcome + Send + 'static,
) -> Outcome {
    let number = p.system.new_ref();
    p.waiting_for = number;
    p.reply = None;
    let request = Request { from: p.pid, number, what: Box::new(what) };
    life::send(p.system, target, Signal::Request(request));
    wait_for_reply(then)
}

fn wait_for_reply(then: impl FnOnce(&mut Process, Term) -> Outcome + Send + 'static) -> Outcome {
    Outcome::Wait(Box::new(move |p| match p.reply.take() {
        Some(Parcel { term, memory }) => {
            p.heap.attach(memory);
            p.waiting_for = 0;
            then(p, term)
        }
        None => wait_for_reply(then),
    }))
}

/// Has a thread of its own compute something while the process waits. The process's terms are kept in `held`.
pub fn elsewhere<T: Send + 'static>(
    p: &mut Process,
    work: impl FnOnce() -> T + Send + 'static,
    then: impl FnOnce(&mut Process, T) -> Outcome + Send + 'static,
) -> Outcome {
    let number = p.system.new_ref();
    p.waiting_for = number;
    p.reply = None;
    let (system, pid) = (p.system, p.pid);
    let place = Arc::new(Mutex::new(None));
    let filled = place.clone();
    let compute = move || {
        *filled.lock().unwrap_or_else(PoisonError::into_inner) = Some(work());
        life::send(system, pid, Signal::Reply(number, Parcel::new(Term::TRUE)));
    };
    if std::thread::Builder::new().name("computing".into()).spawn(compute).is_err() {
        return Outcome::Exit(Term::fixed(FixedAtom::SystemLimit));
    }
    wait_for_reply(move |p, _| {
        let result = place.lock().unwrap_or_else(PoisonError::into_inner).take();
        match result {
            Some(result) => then(p, result),
            None => Outcome::Exit(Term::fixed(FixedAtom::Killed)),
        }
    })
}
