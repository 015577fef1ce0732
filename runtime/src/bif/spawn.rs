//! BIFs that start processes, and calls by name or by fun.

use super::{BADARG, Outcome, outcome};
use crate::code::cell::Cell;
use crate::code::export::Mfa;
use crate::data;
use crate::process::{Process, SpawnError, SpawnOptions, ref_numbers};
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
    let system = p.system;
    match Process::spawn(system, Some(p), mfa, arguments, options) {
        Ok((pid, None)) => Ok(pid.term()),
        Ok((pid, Some(id))) => {
            let reference = p.heap.reference(ref_numbers(id));
            Ok(p.heap.tuple(&[pid.term(), reference]))
        }
        Err(SpawnError::TooMany | SpawnError::NoMemory) => Err(fixed(FixedAtom::SystemLimit)),
    }
}

fn start_fun(p: &mut Process, fun: Term, options: SpawnOptions) -> Out {
    match fun.view() {
        View::Fun(found) if found.arity() == 0 => start(p, apply_mfa(), &[fun, Term::NIL], options),
        View::Fun(_) => {
            let call = p.heap.tuple(&[fun, Term::NIL]);
            Err(p.heap.tuple(&[fixed(FixedAtom::Badarity), call]))
        }
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

fn spawn_options(list: Term) -> Result<SpawnOptions, Term> {
    let mut options = SpawnOptions::default();
    for option in data::proper_list(list).ok_or(BADARG)? {
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
            (Some("min_heap_size"), Some(words)) if (0..1 << 32).contains(&words) => {
                options.min_heap_words = words as usize;
            }
            (Some("priority"), None) => options.priority = Priority::of(*value).ok_or(BADARG)?,
            // Accepted without effect: the collector's other settings are not built yet.
            (Some("message_queue_data" | "max_heap_size" | "async_dist" | "monitor"), _)
            | (Some("fullsweep_after" | "min_bin_vheap_size"), Some(_)) => {
                options.monitor |= key.as_atom().map(Atom::text) == Some("monitor");
            }
            _ => return Err(BADARG),
        }
    }
    Ok(options)
}

pub fn spawn_opt2(p: &mut Process, a: &[Term]) -> Outcome {
    let result = spawn_options(a[1]).and_then(|options| start_fun(p, a[0], options));
    outcome(p, result)
}

pub fn spawn_opt4(p: &mut Process, a: &[Term]) -> Outcome {
    let result = spawn_options(a[3]).and_then(|options| start_mfa(p, a, options));
    outcome(p, result)
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
    let code = unsafe { Cell::of_code_word(fun.cell()) }.code();
    arguments.push(a[0]);
    Outcome::trap_to(p, code, &arguments)
}

/// `apply/3`: a tail call of an export.
pub fn apply3(p: &mut Process, a: &[Term]) -> Outcome {
    let names = a[0].as_atom().zip(a[1].as_atom());
    let (Some((module, function)), Some(arguments)) = (names, data::proper_list(a[2])) else {
        return Outcome::error(p, BADARG);
    };
    let Ok(arity) = u8::try_from(arguments.len()) else {
        return Outcome::error(p, fixed(FixedAtom::SystemLimit));
    };
    match p.system.code.exports.get(Mfa { module, function, arity }) {
        Ok(export) => Outcome::trap(p, export, &arguments),
        Err(_) => Outcome::error(p, fixed(FixedAtom::SystemLimit)),
    }
}
