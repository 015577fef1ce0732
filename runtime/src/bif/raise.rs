//! BIFs that raise exceptions.

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

pub fn exit1(p: &mut Process, a: &[Term]) -> Outcome {
    raise_here(p, FixedAtom::Exit, a[0], Top::Nothing)
}

pub fn throw(p: &mut Process, a: &[Term]) -> Outcome {
    raise_here(p, FixedAtom::Throw, a[0], Top::Nothing)
}

pub fn raise3(p: &mut Process, a: &[Term]) -> Outcome {
    let known = [FixedAtom::Error, FixedAtom::Exit, FixedAtom::Throw];
    let entries = data::proper_list(a[2]);
    let fine = |entry: &Term| match entry.as_tuple() {
        Some([module, function, arity, location]) => {
            module.is_atom()
                && function.is_atom()
                && (arity.is_small() || arity.is_list())
                && data::proper_list(*location).is_some()
        }
        Some([module, function, arity]) => {
            module.is_atom() && function.is_atom() && (arity.is_small() || arity.is_list())
        }
        Some([fun, arguments]) => matches!(fun.view(), View::Fun(_)) && arguments.is_list(),
        _ => false,
    };
    if !known.iter().any(|class| fixed(*class) == a[0]) || !entries.is_some_and(|e| e.iter().all(fine)) {
        return Outcome::Done(BADARG);
    }
    // Entries of three get an empty location, as the reference VM fills them up.
    let filled: Vec<Term> = data::list_items(a[2])
        .map(|entry| match entry.as_tuple() {
            Some([module, function, arity]) => p.heap.tuple(&[*module, *function, *arity, Term::NIL]),
            _ => entry,
        })
        .collect();
    let trace = p.heap.list(&filled);
    p.record(a[0], a[1]);
    p.head.exc_trace = crate::exception::finished_trace(&mut p.heap, a[0], trace).raw();
    Outcome::Raise
}
