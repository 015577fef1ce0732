//! BIFs that start and stop timers.

use super::{BADARG, Outcome};
use crate::process::signal::Parcel;
use crate::process::table::Pid;
use crate::process::{Process, ref_id, ref_numbers};
use crate::sched::timers::Action;
use linac_core::{Atom, Build, Term};

/// Longest time a timer can be set for, in milliseconds.
const LONGEST: isize = 1 << 49;

/// Starts a timer; `wrap` makes the message `{timeout, Ref, Message}`.
fn start(p: &mut Process, time: Term, to: Term, message: Term, wrap: bool) -> Outcome {
    let time = time.as_small().filter(|time| (0..=LONGEST).contains(time));
    let (Some(time), true) = (time, to.is_pid() || to.is_atom()) else { return Outcome::error(p, BADARG) };
    let (reference, number) = p.make_ref();
    let mut parcel = Parcel::without_literals(message);
    if wrap {
        let reference = parcel.memory.reference(ref_numbers(number));
        let timeout = Term::fixed(linac_abi::term::FixedAtom::Timeout);
        parcel.term = parcel.memory.tuple(&[timeout, reference, parcel.term]);
    }
    let action = match (Pid::of(to), to.as_atom()) {
        (Some(pid), _) => Action::Message(pid, parcel),
        (None, name) => Action::Named(name.unwrap_or(Atom(0)), parcel),
    };
    let at = p.system.now_ms() + time as u64 + u64::from(time > 0);
    p.system.timers.add(at, number, action);
    Outcome::Done(reference)
}

pub fn send_after(p: &mut Process, a: &[Term]) -> Outcome {
    start(p, a[0], a[1], a[2], false)
}

pub fn start_timer(p: &mut Process, a: &[Term]) -> Outcome {
    start(p, a[0], a[1], a[2], true)
}

fn left(p: &Process, at: u64) -> Term {
    Term::small(at.saturating_sub(p.system.now_ms()) as isize)
}

pub fn cancel_timer(p: &mut Process, a: &[Term]) -> Outcome {
    let Some(number) = ref_id(a[0]) else { return Outcome::error(p, BADARG) };
    Outcome::Done(p.system.timers.cancel(number).map_or(Term::FALSE, |at| left(p, at)))
}

pub fn read_timer(p: &mut Process, a: &[Term]) -> Outcome {
    let Some(number) = ref_id(a[0]) else { return Outcome::error(p, BADARG) };
    Outcome::Done(p.system.timers.deadline(number).map_or(Term::FALSE, |at| left(p, at)))
}
