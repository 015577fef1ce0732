//! BIFs that start processes, and calls by name or by fun.

use super::relations::{MonitorOptions, equip, monitor_options};
use super::{BADARG, Outcome, outcome};
use crate::code::cell::Cell;
use crate::code::export::Mfa;
use crate::data::{self, atom};
use crate::process::signal::{Parcel, Signal};
use crate::process::{Process, SpawnError, SpawnOptions, life};
use crate::sched::queue::Priority;
use linac_abi::term::FixedAtom;
use linac_core::{Atom, Build, Term, View};

type Out = Result<Term, Term>;

fn fixed(atom: FixedAtom) -> Term {
    Term::fixed(atom)
}

/// The function that a process runs for `spawn(Fun)`.
fn apply_mfa() -> Mfa {
    Mfa { module: Atom(FixedAtom::Erlang as u32), function: Atom(FixedAtom::Apply as u32), arity: 2 }
}

fn start(p: &mut Process, mfa: Mfa, arguments: &[Term], options: SpawnOptions) -> Out {
    start_watched(p, mfa, arguments, options, MonitorOptions::default())
}

fn start_watched(
    p: &mut Process,
    mfa: Mfa,
    arguments: &[Term],
    options: SpawnOptions,
    monitor: MonitorOptions,
) -> Out {
    let system = p.system;
    match Process::spawn(system, Some(p), mfa, arguments, options) {
        Ok((pid, None)) => Ok(pid.term()),
        Ok((pid, Some(id))) => {
            let reference = equip(p, id, monitor);
            Ok(p.heap.tuple(&[pid.term(), reference]))
        }
        Err(SpawnError::TooMany | SpawnError::NoMemory) => Err(fixed(FixedAtom::SystemLimit)),
    }
}

fn start_fun(p: &mut Process, fun: Term, options: SpawnOptions) -> Out {
    match fun.view() {
        // A fun of another arity is the new process's error.
        View::Fun(_) => start(p, apply_mfa(), &[fun, Term::NIL], options),
        _ => Err(BADARG),
    }
}

fn start_mfa(p: &mut Process, a: &[Term], options: SpawnOptions) -> Out {
    let (Some(module), Some(function)) = (a[0].as_atom(), a[1].as_atom()) else { return Err(BADARG) };
    let arguments = data::proper_list(a[2]).ok_or(BADARG)?;
    let arity = u8::try_from(arguments.len()).map_err(|_| fixed(FixedAtom::SystemLimit))?;
    start(p, Mfa { module, function, arity }, &arguments, options)
}

const LINK: SpawnOptions = SpawnOptions { link: true, ..SpawnOptions::PLAIN };
const MONITOR: SpawnOptions = SpawnOptions { monitor: true, ..SpawnOptions::PLAIN };

macro_rules! spawns {
    ($($fun:ident $mfa:ident $options:expr;)*) => {
        $(pub fn $fun(p: &mut Process, a: &[Term]) -> Outcome {
            let result = start_fun(p, a[0], $options);
            outcome(p, result)
        }
        pub fn $mfa(p: &mut Process, a: &[Term]) -> Outcome {
            let result = start_mfa(p, a, $options);
            outcome(p, result)
        })*
    };
}

spawns! {
    spawn1 spawn3 SpawnOptions::default();
    spawn_link1 spawn_link3 LINK;
    spawn_monitor1 spawn_monitor3 MONITOR;
}

/// Flags that a process can be started with.
const FLAGS: [&str; 6] = [
    "async_dist",
    "fullsweep_after",
    "max_heap_size",
    "message_queue_data",
    "min_bin_vheap_size",
    "min_heap_size",
];

/// Options of a new process, and of its monitor.
fn spawn_options(p: &Process, list: &[Term]) -> Result<(SpawnOptions, MonitorOptions), Term> {
    let (mut options, mut monitor) = (SpawnOptions::default(), MonitorOptions::default());
    for option in list {
        if let Some(name) = option.as_atom() {
            match name.text() {
                "link" => options.link = true,
                "monitor" => options.monitor = true,
                _ => return Err(BADARG),
            }
            continue;
        }
        let Some([key, value]) = option.as_tuple() else { return Err(BADARG) };
        match (key.as_atom().map(Atom::text), value.as_small()) {
            (Some("priority"), None) => options.priority = Priority::of(*value).ok_or(BADARG)?,
            (Some("monitor"), _) => {
                monitor = monitor_options(*value)?;
                options.monitor = true;
            }
            (Some(item), _) if FLAGS.contains(&item) => {
                let usual = p.system.settings.current();
                let mut flags = options.flags.unwrap_or(usual);
                flags.set(item, *value, usual.max_heap).ok_or(BADARG)?;
                options.flags = Some(flags);
            }
            _ => return Err(BADARG),
        }
    }
    Ok((options, monitor))
}

fn start_fun_with(p: &mut Process, fun: Term, list: Term) -> Out {
    let list = data::proper_list(list).ok_or(BADARG)?;
    let (options, monitor) = spawn_options(p, &list)?;
    match fun.view() {
        View::Fun(_) => start_watched(p, apply_mfa(), &[fun, Term::NIL], options, monitor),
        _ => Err(BADARG),
    }
}

fn start_mfa_with(p: &mut Process, a: &[Term], list: &[Term]) -> Out {
    let (options, monitor) = spawn_options(p, list)?;
    let (Some(module), Some(function)) = (a[0].as_atom(), a[1].as_atom()) else { return Err(BADARG) };
    let arguments = data::proper_list(a[2]).ok_or(BADARG)?;
    let arity = u8::try_from(arguments.len()).map_err(|_| fixed(FixedAtom::SystemLimit))?;
    start_watched(p, Mfa { module, function, arity }, &arguments, options, monitor)
}

pub fn spawn_opt2(p: &mut Process, a: &[Term]) -> Outcome {
    let result = start_fun_with(p, a[0], a[1]);
    outcome(p, result)
}

pub fn spawn_opt4(p: &mut Process, a: &[Term]) -> Outcome {
    let result = data::proper_list(a[3]).ok_or(BADARG).and_then(|list| start_mfa_with(p, a, &list));
    outcome(p, result)
}

/// `erts_internal:spawn_request/4`: starts a process; who asked gets a message that says what came of it.
///
/// Here it is done at once. The message is sent by the process to itself, so it comes after what was sent before.
fn spawn_request(p: &mut Process, a: &[Term]) -> Outcome {
    let Some(list) = data::proper_list(a[3]) else { return Outcome::Done(BADARG) };
    let (mut tag, mut on_success, mut on_error) = (atom("spawn_reply"), true, true);
    let (mut others, mut fine) = (Vec::new(), true);
    for option in list {
        match option.as_tuple().map(|pair| (pair, pair[0].as_atom().map(Atom::text))) {
            Some(([_, term], Some("reply_tag"))) => tag = *term,
            Some(([_, term], Some("reply"))) => {
                (on_success, on_error) = match term.as_atom().map(Atom::text) {
                    Some("yes") => (true, true),
                    Some("no") => (false, false),
                    Some("success_only") => (true, false),
                    Some("error_only") => (false, true),
                    _ => {
                        fine = false;
                        (on_success, on_error)
                    }
                }
            }
            _ => others.push(option),
        }
    }
    // A wrong option is told like any other failure; a list that is none, at once.
    let made = match fine && spawn_options(p, &others).is_ok() {
        true => start_mfa_with(p, a, &others),
        false => Err(atom("badopt")),
    };
    let (reference, result, wanted) = match made {
        // A monitor's reference is the request's.
        Ok(pid) => match pid.as_tuple() {
            Some([pid, reference]) => (*reference, [fixed(FixedAtom::Ok), *pid], on_success),
            _ => (p.make_ref().0, [fixed(FixedAtom::Ok), pid], on_success),
        },
        Err(reason) if [fixed(FixedAtom::SystemLimit), atom("badopt")].contains(&reason) => {
            (p.make_ref().0, [fixed(FixedAtom::Error), reason], on_error)
        }
        Err(reason) => return Outcome::error(p, reason),
    };
    if wanted {
        let message = p.heap.tuple(&[tag, reference, result[0], result[1]]);
        life::send(p.system, p.pid, Signal::Message(Parcel::new(message)));
    }
    Outcome::Done(reference)
}

/// `spawn_request_abandon/1`: too late, requests are done at once.
fn spawn_request_abandon(_: &mut Process, a: &[Term]) -> Out {
    if matches!(a[0].view(), View::Ref(_)) { Ok(Term::FALSE) } else { Err(BADARG) }
}

/// `apply/2`: a tail call of a fun.
pub fn apply2(p: &mut Process, a: &[Term]) -> Outcome {
    let Some(mut arguments) = data::proper_list(a[1]) else { return Outcome::error(p, BADARG) };
    let View::Fun(fun) = a[0].view() else {
        let reason = p.heap.tuple(&[fixed(FixedAtom::Badfun), a[0]]);
        return Outcome::error(p, reason);
    };
    if fun.arity() != arguments.len() {
        let call = p.heap.tuple(&[a[0], a[1]]);
        let reason = p.heap.tuple(&[fixed(FixedAtom::Badarity), call]);
        return Outcome::error(p, reason);
    }
    // SAFETY: funs hold addresses of cells.
    let code = unsafe { Cell::of_code_word(fun.cell()) }.code().get();
    arguments.push(a[0]);
    Outcome::trap_to(p, code, &arguments)
}

/// `apply/3`: a tail call of an export.
pub fn apply3(p: &mut Process, a: &[Term]) -> Outcome {
    let names = a[0].as_atom().zip(a[1].as_atom());
    let (Some((module, function)), Some(arguments)) = (names, data::proper_list(a[2])) else {
        return Outcome::error(p, BADARG);
    };
    // No function has more parameters.
    let Ok(arity) = u8::try_from(arguments.len()) else {
        return Outcome::error(p, fixed(FixedAtom::Undef));
    };
    match p.system.code.exports.get(Mfa { module, function, arity }) {
        Ok(export) => Outcome::trap(p, export, &arguments),
        Err(_) => Outcome::error(p, fixed(FixedAtom::SystemLimit)),
    }
}

bifs! {
    "erts_internal" "spawn_request" 4 Full spawn_request, "Starts a process; a message says what came of it.";
    "erlang" "spawn_request_abandon" 1 Leaf spawn_request_abandon, "Forgets a request to start a process: too late.";
}
