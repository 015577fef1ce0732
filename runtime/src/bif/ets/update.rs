//! Changing elements of objects in place.

use super::{BAD, Fault, Out, Outcome, because, full, outcome, write};
use crate::data;
use crate::ets::object::Object;
use crate::ets::slab::Slabs;
use crate::ets::{Access, State, Table};
use crate::process::Process;
use linac_core::{Build, FragList, Term, compare, number};

full! {
    /// `update_counter/3`
    update_counter = update_counter_;
    /// `update_counter/4`
    update_counter_default = update_counter_;
    /// `update_element/3`
    update_element = update_element_;
    /// `update_element/4`
    update_element_default = update_element_;
}

/// An addition to a counter.
struct Addition {
    position: usize,
    more: Term,
    /// The threshold and what replaces a value beyond it.
    limit: Option<(Term, Term)>,
}

fn position(term: Term) -> Result<usize, Fault> {
    match term.as_small() {
        Some(n) if n > 0 => Ok(n as usize),
        Some(_) => Err(because("position")),
        None => Err(BAD),
    }
}

fn addition(term: Term) -> Result<Addition, Fault> {
    match term.as_tuple() {
        Some(&[at, more]) if more.is_integer() => Ok(Addition { position: position(at)?, more, limit: None }),
        Some(&[at, more, threshold, value])
            if more.is_integer() && threshold.is_integer() && value.is_integer() =>
        {
            Ok(Addition { position: position(at)?, more, limit: Some((threshold, value)) })
        }
        _ => Err(BAD),
    }
}

/// Builds an object anew with some elements replaced, in its place.
fn rebuild(object: &mut Object, slabs: &mut Slabs, changes: &[(usize, Term)]) {
    if changes.iter().all(|(at, value)| object.replace_immediate(*at, *value)) {
        return;
    }
    let mut elements = object.elements().to_vec();
    for (at, value) in changes {
        elements[at - 1] = *value;
    }
    let mut scratch = FragList::new();
    let tuple = scratch.tuple(&elements);
    // SAFETY: the object stays in the table.
    unsafe { slabs.exchange(object, tuple) };
}

/// The default object with this key, if it can be one.
fn defaulted(table: &Table, key: Term, default: Term) -> Result<Vec<Term>, Fault> {
    let mut elements = default.as_tuple().ok_or(because("default"))?.to_vec();
    match elements.get_mut(table.key - 1) {
        Some(place) => *place = key,
        None => return Err(because("position")),
    }
    Ok(elements)
}

/// Makes the object that a change works on, if it is not there. The changes must fit it.
fn elements_of(
    table: &Table,
    state: &State,
    key: Term,
    default: Option<Term>,
) -> Result<Option<Vec<Term>>, Fault> {
    match (state.store.get(key), default) {
        ([object, ..], _) => Ok(Some(object.elements().to_vec())),
        ([], Some(default)) => defaulted(table, key, default).map(Some),
        ([], None) => Ok(None),
    }
}

/// The usual case: a small number is added to a small number, and the sum is one.
fn update_small(table: &Table, state: &mut State, key: Term, addition: Term) -> Option<Term> {
    let (position, more) = match addition.as_tuple() {
        Some([position, more]) => (usize::try_from(position.as_small()?).ok()?, more.as_small()?),
        Some(_) => return None,
        None => (table.key + 1, addition.as_small()?),
    };
    let mut sum = None;
    state.store.change(key, |object, _| {
        if position == 0 || position == table.key {
            return;
        }
        let old = object.elements().get(position - 1).and_then(|old| old.as_small());
        sum = old.and_then(|old| Term::try_small(old as i64 + more as i64));
        if let Some(sum) = sum {
            object.replace_immediate(position, sum);
        }
    });
    sum
}

fn update_counter_(p: &mut Process, a: &[Term]) -> Out {
    write(p, a[0], Access::Write, |p, table, state| {
        if !table.kind.is_set() {
            return Err(because("table_type"));
        }
        if a.get(3).is_none_or(|default| default.is_tuple())
            && let Some(sum) = update_small(table, state, a[1], a[2])
        {
            return Ok(sum);
        }
        let (key, default) = (a[1], a.get(3).copied());
        if default.is_some_and(|default| !default.is_tuple()) {
            return Err(because("default"));
        }
        let many = a[2].is_list();
        let additions: Vec<Addition> = if a[2].is_integer() {
            vec![Addition { position: table.key + 1, more: a[2], limit: None }]
        } else if many {
            data::proper_list(a[2]).ok_or(BAD)?.into_iter().map(addition).collect::<Result<_, _>>()?
        } else {
            vec![addition(a[2])?]
        };
        let Some(mut elements) = elements_of(table, state, key, default)? else {
            return Err(because("badkey"));
        };
        let mut results = Vec::with_capacity(additions.len());
        let mut changes = Vec::with_capacity(additions.len());
        for Addition { position, more, limit } in additions {
            if position == table.key {
                return Err(because("keypos"));
            }
            let place = elements.get_mut(position - 1).ok_or(because("position"))?;
            if !place.is_integer() {
                return Err(BAD);
            }
            let mut value = number::add(&mut p.heap, *place, more)
                .map_err(|error| Fault { reason: Term::fixed(data::number_error(error)), cause: None })?;
            if let Some((threshold, instead)) = limit {
                let down = compare::lt(more, Term::small(0));
                let beyond = if down { compare::lt(value, threshold) } else { compare::lt(threshold, value) };
                if beyond {
                    value = instead;
                }
            }
            *place = value;
            changes.push((position, value));
            results.push(value);
        }
        store(state, key, &elements, &changes);
        Ok(if many { p.heap.list(&results) } else { results[0] })
    })
}

/// Puts the changed object into the table.
fn store(state: &mut State, key: Term, elements: &[Term], changes: &[(usize, Term)]) {
    if state.store.get(key).is_empty() {
        let mut scratch = FragList::new();
        let fixed = state.is_fixed();
        state.store.insert_term(scratch.tuple(elements), fixed);
    } else {
        state.store.change(key, |object, slabs| rebuild(object, slabs, changes));
    }
}

fn update_element_(p: &mut Process, a: &[Term]) -> Out {
    write(p, a[0], Access::Write, |_, table, state| {
        if !table.kind.is_set() {
            return Err(BAD);
        }
        let (key, default) = (a[1], a.get(3).copied());
        if default.is_some_and(|default| !default.is_tuple()) {
            return Err(because("default"));
        }
        let pairs = if a[2].is_list() { data::proper_list(a[2]).ok_or(BAD)? } else { vec![a[2]] };
        let mut changes = Vec::with_capacity(pairs.len());
        for pair in pairs {
            let Some(&[at, value]) = pair.as_tuple() else { return Err(BAD) };
            changes.push((position(at)?, value));
        }
        let Some(mut elements) = elements_of(table, state, key, default)? else { return Ok(Term::FALSE) };
        if changes.iter().any(|(at, _)| *at == table.key) {
            return Err(because("keypos"));
        }
        for (at, value) in &changes {
            *elements.get_mut(at - 1).ok_or(because("position"))? = *value;
        }
        store(state, key, &elements, &changes);
        Ok(Term::TRUE)
    })
}
