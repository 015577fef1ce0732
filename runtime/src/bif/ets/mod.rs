//! The natives of the module `ets`: what OTP's `ets.erl` leaves to the runtime.
//!
//! All are full BIFs. [`read`] and [`write`] find a table, check who asks, and hold its lock for one closure; what
//! takes longer gives the lock back between steps ([`select`]). An error carries the cause that the module
//! `erl_stdlib_errors` explains.

pub mod objects;
pub mod select;
pub mod tables;
pub mod update;
pub mod walk;

use super::{BADARG, Outcome};
use crate::ets::{Access, Refusal, State, Table, table_id};
use crate::process::{Process, RefId};
use linac_abi::term::FixedAtom;
use linac_core::{Atom, Build, Term};
use std::sync::{Arc, OnceLock};

bifs! {
    "erlang" "match_spec_test" 3 Full select::test, "Tries a match specification on a term.";
    "ets" "new" 2 Full tables::new, "Makes a table.";
    "ets" "delete" 1 Full tables::delete, "Deletes a table.";
    "ets" "info" 1 Full tables::info, "What is known of a table.";
    "ets" "info" 2 Full tables::info_item, "Something about a table.";
    "ets" "rename" 2 Full tables::rename, "Gives a table another name.";
    "ets" "safe_fixtable" 2 Full tables::safe_fixtable, "Fixes a table for a walk, or ends that.";
    "ets" "whereis" 1 Full tables::whereis, "The reference of a named table.";
    "ets" "setopts" 2 Full tables::setopts, "Sets options of a table.";
    "ets" "give_away" 3 Full tables::give_away, "Gives a table to another process.";
    "ets" "internal_request_all" 0 Full tables::request_all, "Asks for all tables.";
    "ets" "insert" 2 Full objects::insert, "Inserts one or many objects.";
    "ets" "insert_new" 2 Full objects::insert_new, "Inserts objects if none of their keys is there.";
    "ets" "lookup" 2 Full objects::lookup, "The objects of a key.";
    "ets" "lookup_element" 3 Full objects::lookup_element, "An element of the objects of a key.";
    "ets" "lookup_element" 4 Full objects::lookup_element_default, "An element of the objects of a key, or a default.";
    "ets" "member" 2 Full objects::member, "Is the key there?";
    "ets" "take" 2 Full objects::take, "The objects of a key, which are deleted.";
    "ets" "delete" 2 Full objects::delete, "Deletes the objects of a key.";
    "ets" "delete_object" 2 Full objects::delete_object, "Deletes an object.";
    "ets" "internal_delete_all" 2 Full objects::delete_all, "Deletes all objects.";
    "ets" "first" 1 Full walk::first, "The first key.";
    "ets" "first_lookup" 1 Full walk::first_lookup, "The first key with its objects.";
    "ets" "last" 1 Full walk::last, "The last key.";
    "ets" "last_lookup" 1 Full walk::last_lookup, "The last key with its objects.";
    "ets" "next" 2 Full walk::next, "The next key.";
    "ets" "next_lookup" 2 Full walk::next_lookup, "The next key with its objects.";
    "ets" "prev" 2 Full walk::prev, "The previous key.";
    "ets" "prev_lookup" 2 Full walk::prev_lookup, "The previous key with its objects.";
    "ets" "slot" 2 Full walk::slot, "The objects of a slot.";
    "ets" "update_counter" 3 Full update::update_counter, "Adds to counters of an object.";
    "ets" "update_counter" 4 Full update::update_counter_default, "Adds to counters of an object, made if it is not there.";
    "ets" "update_element" 3 Full update::update_element, "Sets elements of an object.";
    "ets" "update_element" 4 Full update::update_element_default, "Sets elements of an object, made if it is not there.";
    "ets" "select" 2 Full select::select, "What a match specification makes of a table.";
    "ets" "select" 3 Full select::select_some, "The same in pieces.";
    "ets" "select" 1 Full select::more, "The next piece.";
    "ets" "select_reverse" 2 Full select::select_reverse, "What a match specification makes of a table, backwards.";
    "ets" "select_reverse" 3 Full select::select_reverse_some, "The same in pieces.";
    "ets" "select_reverse" 1 Full select::more, "The next piece.";
    "ets" "select_count" 2 Full select::select_count, "How many objects match.";
    "ets" "internal_select_delete" 2 Full select::select_delete, "Deletes objects that match.";
    "ets" "select_replace" 2 Full select::select_replace, "Replaces objects that match.";
    "ets" "match" 2 Full select::match_, "Variables of objects like a pattern.";
    "ets" "match" 3 Full select::match_, "The same in pieces.";
    "ets" "match" 1 Full select::more, "The next piece.";
    "ets" "match_object" 2 Full select::match_object, "Objects like a pattern.";
    "ets" "match_object" 3 Full select::match_object, "The same in pieces.";
    "ets" "match_object" 1 Full select::more, "The next piece.";
    "ets" "match_spec_compile" 1 Full select::compile, "Compiles a match specification.";
    "ets" "match_spec_run_r" 3 Full select::run, "Runs a match specification on a list.";
    "ets" "is_compiled_ms" 1 Full select::is_compiled, "Is it a compiled match specification?";
}

/// An error of class `error`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The reason.
    reason: Term,
    /// What `erl_stdlib_errors` is told.
    cause: Option<&'static str>,
}

/// `badarg` that the arguments explain.
const BAD: Fault = Fault { reason: BADARG, cause: None };

fn because(cause: &'static str) -> Fault {
    Fault { reason: BADARG, cause: Some(cause) }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Fault {
        because(match refusal {
            Refusal::NoTable => "id",
            Refusal::NoName => "type",
            Refusal::NoAccess => "access",
        })
    }
}

type Out = Result<Term, Fault>;

fn raise(p: &mut Process, fault: Fault) -> Outcome {
    p.error_cause = fault.cause;
    Outcome::error(p, fault.reason)
}

/// An error of an operation that has given way before: its call is not in the trace any more.
fn raise_late(p: &mut Process, fault: Fault) -> Outcome {
    p.error_cause = None;
    Outcome::error(p, fault.reason)
}

fn outcome(p: &mut Process, result: Out) -> Outcome {
    match result {
        Ok(term) => Outcome::Done(term),
        Err(fault) => raise(p, fault),
    }
}

/// Full BIFs of functions that give a result.
macro_rules! full {
    ($($(#[$doc:meta])* $name:ident = $code:path;)*) => {
        $($(#[$doc])* pub fn $name(p: &mut Process, a: &[Term]) -> Outcome {
            let result = $code(p, a);
            outcome(p, result)
        })*
    };
}
pub(crate) use full;

fn atom(text: &str) -> Term {
    Atom::new(text).map_or(Term::fixed(FixedAtom::Undefined), Term::atom)
}

/// `'$end_of_table'`
fn end_of_table() -> Term {
    static ATOM: OnceLock<Term> = OnceLock::new();
    *ATOM.get_or_init(|| atom("$end_of_table"))
}

fn name_of(term: Term) -> Option<&'static str> {
    term.as_atom().map(Atom::text)
}

/// The table that a term names, from the registry.
fn look_up(p: &Process, term: Term) -> Result<Arc<Table>, Refusal> {
    let tables = &p.system.tables;
    match (term.as_atom(), table_id(term)) {
        (Some(name), _) => tables.by_name(name),
        (_, Some(id)) => tables.by_id(id),
        _ => return Err(Refusal::NoName),
    }
    .ok_or(Refusal::NoTable)
}

/// Is it this table that the term, or the number in it, names?
#[inline]
fn names(table: &Table, state: &State, id: Option<RefId>, term: Term) -> bool {
    state.alive
        && match id {
            Some(id) => id == table.id,
            None => table.named && Some(state.name) == term.as_atom(),
        }
}

/// Puts a table in front of the ones used last.
fn remember(p: &mut Process, table: Arc<Table>) {
    p.last_tables.rotate_right(1);
    p.last_tables[0] = Some(table);
}

/// Does something with a table: the body of [`read`] and [`write`]. The tables used last are tried first.
macro_rules! with_table {
    ($p:ident, $term:ident, $access:ident, $lock:ident, $body:expr) => {{
        let id = table_id($term);
        let mut at = 0;
        loop {
            let fresh = at == $p.last_tables.len();
            let table = match fresh {
                true => look_up($p, $term)?,
                false => match $p.last_tables[at].take_if(|table| id.is_none() || id == Some(table.id)) {
                    Some(table) => table,
                    None => {
                        at += 1;
                        continue;
                    }
                },
            };
            let (result, alive) = {
                #[allow(unused_mut, reason = "a guard for writing changes")]
                let mut state = table.$lock();
                let result = if names(&table, &state, id, $term) {
                    match state.check($p.pid, $access) {
                        Ok(()) => Some($body($p, &table, &mut state)),
                        Err(refusal) => Some(Err(refusal.into())),
                    }
                } else if fresh {
                    Some(Err(Refusal::NoTable.into()))
                } else {
                    None
                };
                (result, state.alive)
            };
            match result {
                Some(result) if fresh => {
                    remember($p, table);
                    break result;
                }
                result => {
                    $p.last_tables[at] = alive.then_some(table);
                    match result {
                        Some(result) => break result,
                        // Another one, or a name that is no longer its.
                        None => at += 1,
                    }
                }
            }
        }
    }};
}

/// Reads a table.
fn read<R>(
    p: &mut Process,
    term: Term,
    access: Access,
    body: impl FnOnce(&mut Process, &Arc<Table>, &State) -> Result<R, Fault>,
) -> Result<R, Fault> {
    let mut body = Some(body);
    let mut once =
        |p: &mut Process, table: &Arc<Table>, state: &mut std::sync::RwLockReadGuard<'_, State>| {
            body.take().map_or(Err(BAD), |body| body(p, table, state))
        };
    with_table!(p, term, access, read, once)
}

/// Changes a table.
fn write<R>(
    p: &mut Process,
    term: Term,
    access: Access,
    body: impl FnOnce(&mut Process, &Arc<Table>, &mut State) -> Result<R, Fault>,
) -> Result<R, Fault> {
    let mut body = Some(body);
    let mut once =
        |p: &mut Process, table: &Arc<Table>, state: &mut std::sync::RwLockWriteGuard<'_, State>| {
            body.take().map_or(Err(BAD), |body| body(p, table, state))
        };
    with_table!(p, term, access, write, once)
}

/// Nanoseconds of monotonic time.
fn now(p: &Process) -> i128 {
    p.system.uptime().as_nanos() as i128
}

/// Copies objects into a list on the heap.
fn list_of(p: &mut Process, objects: &[crate::ets::object::Object]) -> Term {
    let mut list = Term::NIL;
    for object in objects.iter().rev() {
        let term = object.copy_to(&mut p.heap);
        list = p.heap.cons(term, list);
    }
    list
}

/// A copy on the heap.
fn own(p: &mut Process, term: Term) -> Term {
    if term.is_immediate() {
        return term;
    }
    linac_core::copy::copy(term, &mut p.heap, linac_core::copy::Literals::Keep)
}
