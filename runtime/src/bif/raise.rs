//! BIFs that raise exceptions.

use super::facts::backtrace_depth;
use super::{BADARG, Outcome};
use crate::data;
use crate::exception::Top;
use crate::process::Process;
use linac_abi::term::FixedAtom;
use linac_core::{Build, Term, View};

fn fixed(atom: FixedAtom) -> Term {
    Term::fixed(atom)
}

/// Raises from the caller's place: the BIF itself is not in the trace.
fn raise_here(p: &mut Process, class: FixedAtom, reason: Term, top: Top) -> Outcome {
    p.record(fixed(class), reason);
    p.head.exc_trace = p.raw_trace(top).raw();
    Outcome::Raise
}

pub fn error1(p: &mut Process, a: &[Term]) -> Outcome {
    raise_here(p, FixedAtom::Error, a[0], Top::Nothing)
}

pub fn error2(p: &mut Process, a: &[Term]) -> Outcome {
    let top = if a[1].is_list() { Top::Arguments(a[1]) } else { Top::Nothing };
    raise_here(p, FixedAtom::Error, a[0], top)
}

/// The library module that explains the error may be told in the options.
pub fn error3(p: &mut Process, a: &[Term]) -> Outcome {
    let options = data::proper_list(a[2]).unwrap_or_default();
    let info = options.iter().rev().find_map(|option| match option.as_tuple() {
        Some(&[key, info]) if key == fixed(FixedAtom::ErrorInfo) => Some(info),
        _ => None,
    });
    match info.filter(|info| info.is_map()) {
        Some(info) => raise_here(p, FixedAtom::Error, a[0], Top::Details(a[1], info)),
        None => error2(p, a),
    }
}

pub fn exit1(p: &mut Process, a: &[Term]) -> Outcome {
    raise_here(p, FixedAtom::Exit, a[0], Top::Nothing)
}

pub fn throw(p: &mut Process, a: &[Term]) -> Outcome {
    raise_here(p, FixedAtom::Throw, a[0], Top::Nothing)
}

pub fn raise3(p: &mut Process, a: &[Term]) -> Outcome {
    let known = [FixedAtom::Error, FixedAtom::Exit, FixedAtom::Throw];
    if !known.iter().any(|class| fixed(*class) == a[0]) {
        return Outcome::Done(BADARG);
    }
    let is_fun = |term: &Term| matches!(term.view(), View::Fun(_));
    // A trace is mostly one that was caught before: it is looked at, and copied only if something is wrong with it.
    let (mut rest, mut count, mut short) = (a[2], 0, false);
    while let Some([entry, tail]) = rest.as_cons() {
        let fine = match entry.as_tuple() {
            Some([module, function, _, location]) => {
                module.is_atom() && function.is_atom() && location.is_list()
            }
            Some([fun, _, location]) if is_fun(fun) => location.is_list(),
            Some([module, function, _]) => {
                short = true;
                module.is_atom() && function.is_atom()
            }
            Some([fun, _]) => {
                short = true;
                is_fun(fun)
            }
            _ => false,
        };
        if !fine {
            return Outcome::Done(BADARG);
        }
        (rest, count) = (*tail, count + 1);
    }
    if !rest.is_nil() {
        return Outcome::Done(BADARG);
    }
    let mut trace = a[2];
    if short || count > backtrace_depth() {
        // Entries without a location get an empty one, as the reference VM fills them up.
        let filled: Vec<Term> = data::list_items(trace)
            .take(backtrace_depth())
            .map(|entry| match entry.as_tuple() {
                Some([fun, _, _]) if is_fun(fun) => entry,
                Some([module, function, arity]) => p.heap.tuple(&[*module, *function, *arity, Term::NIL]),
                Some([fun, arguments]) => p.heap.tuple(&[*fun, *arguments, Term::NIL]),
                _ => entry,
            })
            .collect();
        trace = p.heap.list(&filled);
    }
    p.record(a[0], a[1]);
    p.head.exc_trace = crate::exception::finished_trace(&mut p.heap, a[0], trace).raw();
    Outcome::Raise
}
