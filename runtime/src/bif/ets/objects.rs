//! Inserting, looking up and deleting objects.

use super::{BAD, Out, Outcome, because, full, list_of, outcome, own, raise, raise_late, read, write};
use crate::ets::object::Object;
use crate::ets::{Access, State, Table, Tables};
use crate::process::Process;
use linac_core::{Build, Term};
use std::sync::Arc;

full! {
    /// `lookup/2`
    lookup = lookup_;
    /// `lookup_element/3`
    lookup_element = lookup_element_;
    /// `lookup_element/4`
    lookup_element_default = lookup_element_;
    /// `member/2`
    member = member_;
    /// `take/2`
    take = take_;
    /// `delete/2`
    delete = delete_;
    /// `delete_object/2`
    delete_object = delete_object_;
    /// `internal_delete_all/2`
    delete_all = delete_all_;
}

fn lookup_(p: &mut Process, a: &[Term]) -> Out {
    read(p, a[0], Access::Read, |p, _, state| {
        let found = state.store.get(a[1]);
        p.charge(found.len());
        Ok(list_of(p, found))
    })
}

fn lookup_element_(p: &mut Process, a: &[Term]) -> Out {
    read(p, a[0], Access::Read, |p, table, state| {
        let position = a[2].as_small().filter(|n| *n > 0).ok_or(BAD)? as usize;
        let found = state.store.get(a[1]);
        let Some(first) = found.first() else {
            return a.get(3).copied().ok_or(because("badkey"));
        };
        if table.kind.is_set() {
            let element = first.elements().get(position - 1).ok_or(BAD)?;
            return Ok(own(p, *element));
        }
        let mut list = Term::NIL;
        for object in found.iter().rev() {
            let element = own(p, *object.elements().get(position - 1).ok_or(BAD)?);
            list = p.heap.cons(element, list);
        }
        p.charge(found.len());
        Ok(list)
    })
}

fn member_(p: &mut Process, a: &[Term]) -> Out {
    read(p, a[0], Access::Read, |_, _, state| Ok(Term::bool(!state.store.get(a[1]).is_empty())))
}

fn take_(p: &mut Process, a: &[Term]) -> Out {
    write(p, a[0], Access::Write, |p, _, state| {
        let fixed = state.is_fixed();
        Ok(state.store.take(a[1], fixed, |taken| {
            p.charge(taken.len());
            list_of(p, taken)
        }))
    })
}

fn delete_(p: &mut Process, a: &[Term]) -> Out {
    write(p, a[0], Access::Write, |p, _, state| {
        let fixed = state.is_fixed();
        p.charge(state.store.take(a[1], fixed, <[_]>::len));
        Ok(Term::TRUE)
    })
}

fn delete_object_(p: &mut Process, a: &[Term]) -> Out {
    write(p, a[0], Access::Write, |_, table, state| {
        if !is_object(table, a[1]) {
            return Err(BAD);
        }
        let fixed = state.is_fixed();
        state.store.take_object(a[1], fixed);
        Ok(Term::TRUE)
    })
}

fn delete_all_(p: &mut Process, a: &[Term]) -> Out {
    write(p, a[0], Access::Write, |p, table, state| {
        let count = Tables::clear(table, state);
        p.charge(count / 100);
        Ok(Term::small(count as isize))
    })
}

/// Can it be put into the table?
pub fn is_object(table: &Table, term: Term) -> bool {
    term.as_tuple().is_some_and(|elements| elements.len() >= table.key)
}

/// `insert/2`
pub fn insert(p: &mut Process, a: &[Term]) -> Outcome {
    start_insert(p, a, false)
}

/// `insert_new/2`
pub fn insert_new(p: &mut Process, a: &[Term]) -> Outcome {
    start_insert(p, a, true)
}

fn start_insert(p: &mut Process, a: &[Term], new: bool) -> Outcome {
    if !a[1].is_list() {
        let result = write(p, a[0], Access::Write, |p, table, state| {
            if !is_object(table, a[1]) {
                return Err(BAD);
            }
            p.charge(1);
            if new {
                let key = a[1].as_tuple().map_or(Term::NIL, |elements| elements[table.key - 1]);
                if !state.store.get(key).is_empty() {
                    return Ok(Term::FALSE);
                }
            }
            let fixed = state.is_fixed();
            state.store.insert_term(a[1], fixed);
            Ok(Term::TRUE)
        });
        return outcome(p, result);
    }
    p.held.clear();
    p.held.extend([a[0], a[1]]);
    copy_list(p, Vec::new(), new)
}

/// Objects that are copied between two time slices.
const STEP: usize = 1000;

/// Copies some objects of the list in `held[1]`, then goes on or inserts all of them at once.
fn copy_list(p: &mut Process, mut objects: Vec<Object>, new: bool) -> Outcome {
    let late = !objects.is_empty();
    let name = p.held[0];
    let mut rest = p.held[1];
    let copied = read(p, name, Access::Write, |_, table, _| {
        for _ in 0..STEP {
            let Some(&[object, tail]) = rest.as_cons() else { break };
            if !is_object(table, object) {
                return Err(BAD);
            }
            objects.push(Object::new(object));
            rest = tail;
        }
        if rest.is_cons() || rest.is_nil() { Ok(rest.is_nil()) } else { Err(BAD) }
    });
    p.charge(STEP.min(objects.len()));
    let result = match copied {
        Ok(false) => {
            p.held[1] = rest;
            return Outcome::Yield(Box::new(move |p| copy_list(p, objects, new)));
        }
        Ok(true) => write(p, name, Access::Write, |_, table, state| Ok(put_all(table, state, objects, new))),
        Err(fault) => Err(fault),
    };
    p.held.clear();
    match result {
        Ok(done) => Outcome::Done(Term::bool(done)),
        Err(fault) if late => raise_late(p, fault),
        Err(fault) => raise(p, fault),
    }
}

fn put_all(table: &Arc<Table>, state: &mut State, objects: Vec<Object>, new: bool) -> bool {
    if new && objects.iter().any(|object| !state.store.get(object.element(table.key)).is_empty()) {
        return false;
    }
    let fixed = state.is_fixed();
    for object in objects {
        state.store.insert(object, fixed);
    }
    true
}
