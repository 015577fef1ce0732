//! BIFs that start and stop timers.

use super::{BADARG, Outcome};
use crate::data;
use crate::process::signal::{Parcel, Signal};
use crate::process::table::Pid;
use crate::process::{Process, life, ref_id, ref_numbers};
use crate::sched::timers::Action;
use linac_core::{Atom, Build, Term, number};

/// Longest time a timer can be set for, in milliseconds.
const LONGEST: i64 = 1 << 49;

/// Starts a timer; `wrap` makes the message `{timeout, Ref, Message}`.
fn start(p: &mut Process, time: Term, to: Term, message: Term, absolute: bool, wrap: bool) -> Outcome {
    let least = if absolute { i64::MIN } else { 0 };
    let Some(time) = number::to_i64(time).filter(|time| (least..=LONGEST).contains(time)) else {
        return Outcome::badarg(p, "time");
    };
    if !to.is_pid() && !to.is_atom() {
        return Outcome::error(p, BADARG);
    }
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
    let now = p.system.now_ms();
    let at = if absolute { time.max(0) as u64 } else { now + time as u64 + u64::from(time > 0) };
    p.system.timers.add(at, number, action);
    Outcome::Done(reference)
}

/// The values of options that are `{Name, Boolean}`, in the order of the names; none if one is wrong.
fn truths<const N: usize>(list: Option<&Term>, names: [&str; N], usual: [bool; N]) -> Option<[bool; N]> {
    let mut values = usual;
    for option in list.map_or(Some(Vec::new()), |list| data::proper_list(*list))? {
        let [key, value] = option.as_tuple()? else { return None };
        let place = names.iter().position(|name| key.as_atom().map(Atom::text) == Some(*name))?;
        values[place] = match *value {
            Term::TRUE => true,
            Term::FALSE => false,
            _ => return None,
        };
    }
    Some(values)
}

fn start_with_options(p: &mut Process, a: &[Term], wrap: bool) -> Outcome {
    match truths(a.get(3), ["abs"], [false]) {
        Some([absolute]) => start(p, a[0], a[1], a[2], absolute, wrap),
        None => Outcome::error(p, BADARG),
    }
}

fn send_after(p: &mut Process, a: &[Term]) -> Outcome {
    start_with_options(p, a, false)
}

fn start_timer(p: &mut Process, a: &[Term]) -> Outcome {
    start_with_options(p, a, true)
}

/// The milliseconds left of a timer, or `false`. What is meant for a process ends with it.
fn left(p: &mut Process, timer: Option<(u64, Option<Pid>)>) -> Term {
    match timer {
        Some((_, Some(pid))) if p.system.table.living(pid).is_none() => Term::FALSE,
        // Deadlines were rounded up.
        Some((at, _)) => p.heap.integer(at.saturating_sub(p.system.now_ms() + 1) as i64),
        None => Term::FALSE,
    }
}

/// Gives the answer, or sends it in a message if that was asked for.
fn answer(p: &mut Process, what: &str, reference: Term, later: bool, info: bool, result: Term) -> Outcome {
    let ok = Term::fixed(linac_abi::term::FixedAtom::Ok);
    if later && info {
        let message = p.heap.tuple(&[data::atom(what), reference, result]);
        life::send(p.system, p.pid, Signal::Message(Parcel::new(message)));
    }
    Outcome::Done(if later || !info { ok } else { result })
}

fn cancel_timer(p: &mut Process, a: &[Term]) -> Outcome {
    let options = truths(a.get(1), ["async", "info"], [false, true]);
    let (Some(number), Some([later, info])) = (ref_id(a[0]), options) else {
        return Outcome::error(p, BADARG);
    };
    let timer = p.system.timers.cancel(number);
    let result = left(p, timer);
    answer(p, "cancel_timer", a[0], later, info, result)
}

fn read_timer(p: &mut Process, a: &[Term]) -> Outcome {
    let (Some(number), Some([later])) = (ref_id(a[0]), truths(a.get(1), ["async"], [false])) else {
        return Outcome::error(p, BADARG);
    };
    let timer = p.system.timers.deadline(number);
    let result = left(p, timer);
    answer(p, "read_timer", a[0], later, true, result)
}

bifs! {
    "erlang" "send_after" 3 Full send_after, "Sends a message later.";
    "erlang" "send_after" 4 Full send_after, "Sends a message later, or at a time.";
    "erlang" "start_timer" 3 Full start_timer, "Sends a timeout message later.";
    "erlang" "start_timer" 4 Full start_timer, "Sends a timeout message later, or at a time.";
    "erlang" "cancel_timer" 1 Full cancel_timer, "Stops a timer.";
    "erlang" "cancel_timer" 2 Full cancel_timer, "Stops a timer, with options.";
    "erlang" "read_timer" 1 Full read_timer, "Milliseconds until a timer runs out.";
    "erlang" "read_timer" 2 Full read_timer, "Milliseconds until a timer runs out, with options.";
}
