//! Walking through keys one by one.

use super::{BAD, Out, Outcome, end_of_table, full, list_of, outcome, own, read};
use crate::ets::object::Object;
use crate::ets::store::Objects;
use crate::ets::{Access, Table};
use crate::process::Process;
use linac_core::{Build, Term};

full! {
    /// `first/1`
    first = first_;
    /// `first_lookup/1`
    first_lookup = first_lookup_;
    /// `last/1`
    last = last_;
    /// `last_lookup/1`
    last_lookup = last_lookup_;
    /// `next/2`
    next = next_;
    /// `next_lookup/2`
    next_lookup = next_lookup_;
    /// `prev/2`
    prev = prev_;
    /// `prev_lookup/2`
    prev_lookup = prev_lookup_;
    /// `slot/2`
    slot = slot_;
}

/// The key of these objects, alone or with them.
fn answer(p: &mut Process, table: &Table, found: Option<&[Object]>, lookup: bool) -> Term {
    let Some(objects) = found else { return end_of_table() };
    let key = own(p, objects[0].element(table.key));
    if !lookup {
        return key;
    }
    let list = list_of(p, objects);
    p.heap.tuple(&[key, list])
}

fn step(p: &mut Process, a: &[Term], forward: bool, lookup: bool) -> Out {
    read(p, a[0], Access::Read, |p, table, state| {
        let key = a.get(1).copied();
        let found = if forward { state.store.next(key) } else { state.store.previous(key) };
        let found = found.map_err(|_| BAD)?;
        Ok(answer(p, table, found, lookup))
    })
}

fn first_(p: &mut Process, a: &[Term]) -> Out {
    step(p, a, true, false)
}
fn first_lookup_(p: &mut Process, a: &[Term]) -> Out {
    step(p, a, true, true)
}
fn last_(p: &mut Process, a: &[Term]) -> Out {
    step(p, a, false, false)
}
fn last_lookup_(p: &mut Process, a: &[Term]) -> Out {
    step(p, a, false, true)
}
fn next_(p: &mut Process, a: &[Term]) -> Out {
    step(p, a, true, false)
}
fn next_lookup_(p: &mut Process, a: &[Term]) -> Out {
    step(p, a, true, true)
}
fn prev_(p: &mut Process, a: &[Term]) -> Out {
    step(p, a, false, false)
}
fn prev_lookup_(p: &mut Process, a: &[Term]) -> Out {
    step(p, a, false, true)
}

fn slot_(p: &mut Process, a: &[Term]) -> Out {
    read(p, a[0], Access::Read, |p, _, state| {
        let n = a[1].as_small().and_then(|n| usize::try_from(n).ok()).ok_or(BAD)?;
        match &state.store.objects {
            Objects::Tree(store) if n <= store.count() => {
                Ok(store.nth(n).map_or(end_of_table(), |object| list_of(p, std::slice::from_ref(object))))
            }
            Objects::Hash(store) if n < store.buckets() => {
                let mut list = Term::NIL;
                for place in (0..store.in_bucket(n)).rev() {
                    for object in store.at((n, place)).iter().rev() {
                        let object = object.copy_to(&mut p.heap);
                        list = p.heap.cons(object, list);
                    }
                }
                Ok(list)
            }
            Objects::Hash(store) if n == store.buckets() => Ok(end_of_table()),
            _ => Err(BAD),
        }
    })
}
