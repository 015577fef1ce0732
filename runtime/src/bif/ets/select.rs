//! `select` and its kin: match specifications run over a table, step by step.
//!
//! A [`Walk`] does some objects under the lock, then gives way. What it must not lose between two steps is either in
//! the walk itself (it moves with the continuation) or in the process's held terms: [`NAME`], [`LAST`], [`FOUND`],
//! [`HANDLE`]. A walk of several steps over a hash table fixes it; the fixation ends with the walk or the process.

use super::{
    BAD, Fault, Out, Outcome, because, end_of_table, now, outcome, own, raise, raise_late, read, write,
};
use crate::data;
use crate::ets::matchspec::{Dialect, Failure, Machine, Program, Ran, compile as compile_program};
use crate::ets::object::Object;
use crate::ets::store::{Kind, Objects};
use crate::ets::{Access, State, Table};
use crate::process::Process;
use linac_abi::term::FixedAtom;
use linac_core::gc::Collect;
use linac_core::{Build, Term, compare};
use std::sync::Arc;

/// The table as the caller named it.
const NAME: usize = 0;
/// The key of an ordered set where the walk is; NONE at the start.
const LAST: usize = 1;
/// Results so far, the last one first.
const FOUND: usize = 2;
/// The handle of the program, for continuations; NIL if there is none yet.
const HANDLE: usize = 3;

/// Objects and buckets that are looked at in one step.
const STEP: usize = 1000;

/// What is done with objects that match.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Goal {
    /// Collected.
    Select,
    /// Counted, if the body says true.
    Count,
    /// Deleted, if the body says true.
    Delete,
    /// Replaced by what the body says.
    Replace,
}

impl Goal {
    fn access(self) -> Access {
        match self {
            Goal::Select | Goal::Count => Access::Read,
            Goal::Delete | Goal::Replace => Access::Write,
        }
    }
}

/// A walk through a table.
struct Walk {
    program: Arc<Program>,
    machine: Machine,
    goal: Goal,
    backwards: bool,
    /// Stop when so many results are there.
    limit: Option<usize>,
    /// Keys that can match, if few can.
    keys: Option<Vec<Object>>,
    /// The next bucket of a hash table.
    bucket: usize,
    /// Results or deeds so far.
    count: usize,
    /// The walk has fixed the table.
    fixed: bool,
    /// Everything has been looked at.
    done: bool,
    /// It has given way.
    late: bool,
}

fn no_specification(_: Failure) -> Fault {
    BAD
}

impl Walk {
    fn new(program: Arc<Program>, goal: Goal) -> Walk {
        Walk {
            program,
            machine: Machine::default(),
            goal,
            backwards: false,
            limit: None,
            keys: None,
            bucket: 0,
            count: 0,
            fixed: false,
            done: false,
            late: false,
        }
    }

    /// One object: gives the value of the body if something is to be done.
    fn wanted(&mut self, p: &mut Process, object: &Object) -> Option<Term> {
        match self.machine.run(p, &self.program, object.term()) {
            Ran::No => None,
            Ran::Value(value) => {
                let wanted = matches!(self.goal, Goal::Select | Goal::Replace) || value == Term::TRUE;
                self.count += usize::from(wanted);
                wanted.then_some(value)
            }
        }
    }

    fn is_full(&self, found: &[Term]) -> bool {
        self.limit.is_some_and(|limit| found.len() >= limit)
    }

    /// Objects that are only read. Gives how many were looked at.
    fn look(&mut self, p: &mut Process, state: &State, found: &mut Vec<Term>) -> usize {
        if let Some(keys) = self.keys.take() {
            let mut steps = 0;
            for key in &keys {
                let objects = state.store.get(key.term());
                steps += objects.len() + 1;
                for object in objects {
                    let value = self.wanted(p, object);
                    found.extend(value.filter(|_| self.goal == Goal::Select));
                }
            }
            self.done = true;
            return steps;
        }
        let mut steps = 0;
        match &state.store.objects {
            Objects::Hash(store) => {
                while self.bucket < store.buckets() && steps < STEP && !self.is_full(found) {
                    for object in store.groups_of(self.bucket).flatten() {
                        steps += 1;
                        let value = self.wanted(p, object);
                        found.extend(value.filter(|_| self.goal == Goal::Select));
                    }
                    steps += 1;
                    self.bucket += 1;
                }
                self.done = self.bucket >= store.buckets();
            }
            Objects::Tree(store) => {
                let last = Some(p.held[LAST]).filter(|last| !last.is_none());
                let mut objects: Box<dyn Iterator<Item = &Object>> =
                    if self.backwards { Box::new(store.below(last)) } else { Box::new(store.above(last)) };
                let mut key = None;
                while steps < STEP && !self.is_full(found) {
                    let Some(object) = objects.next() else {
                        self.done = true;
                        break;
                    };
                    steps += 1;
                    key = Some(object);
                    let value = self.wanted(p, object);
                    found.extend(value.filter(|_| self.goal == Goal::Select));
                }
                if let Some(object) = key {
                    let last = object.elements().get(state.store.key() - 1).copied();
                    p.held[LAST] = own(p, last.unwrap_or(Term::NIL));
                }
            }
        }
        steps
    }

    /// Objects that are changed. Gives how many were looked at.
    fn change(&mut self, p: &mut Process, state: &mut State) -> usize {
        let key = state.store.key();
        let mut steps = 0;
        match &mut state.store.objects {
            Objects::Hash(store) => {
                let places: Option<Vec<(usize, usize)>> = self
                    .keys
                    .take()
                    .map(|keys| keys.iter().filter_map(|key| store.find(key.term())).collect());
                self.done = places.is_some();
                let mut places = places.unwrap_or_default().into_iter();
                let mut buckets = Vec::new();
                loop {
                    // The places of the keys, or all places of the next bucket.
                    let place = match places.next().or_else(|| buckets.pop()) {
                        Some(place) => place,
                        None if self.done || steps >= STEP => break,
                        None if self.bucket >= store.buckets() => {
                            self.done = true;
                            break;
                        }
                        None => {
                            buckets
                                .extend((0..store.in_bucket(self.bucket)).map(|place| (self.bucket, place)));
                            self.bucket += 1;
                            steps += 1;
                            continue;
                        }
                    };
                    let mut hits = Vec::new();
                    for (i, object) in store.at(place).iter().enumerate() {
                        steps += 1;
                        let value = self.wanted(p, object);
                        hits.extend(value.map(|value| (i, object.term(), value)));
                    }
                    match self.goal {
                        _ if hits.is_empty() => {}
                        Goal::Replace => store.change(place, |objects, slabs| {
                            for (i, _, value) in hits {
                                // SAFETY: the object stays in the table.
                                unsafe { slabs.exchange(&mut objects[i], value) };
                            }
                        }),
                        // As if fixed: nothing may change its place before the step is over.
                        _ => store.take(
                            place,
                            true,
                            Some(&|t| hits.iter().any(|(_, hit, _)| *hit == t)),
                            |_| (),
                        ),
                    }
                }
            }
            Objects::Tree(store) => {
                let mut hits = Vec::new();
                let keys = self.keys.take();
                if let Some(keys) = &keys {
                    for key in keys {
                        let Some(object) = store.get(key.term()) else { continue };
                        steps += 1;
                        let value = self.wanted(p, object);
                        hits.extend(value.map(|value| (key.term(), value)));
                    }
                    self.done = true;
                } else {
                    let last = Some(p.held[LAST]).filter(|last| !last.is_none());
                    let mut end = None;
                    let mut objects = store.above(last);
                    self.done = true;
                    while let Some(object) = objects.next() {
                        steps += 1;
                        end = Some(object.element(key));
                        let value = self.wanted(p, object);
                        hits.extend(value.map(|value| (object.element(key), value)));
                        if steps >= STEP {
                            self.done = objects.next().is_none();
                            break;
                        }
                    }
                    drop(objects);
                    if let Some(end) = end {
                        p.held[LAST] = own(p, end);
                    }
                }
                for (key, value) in hits {
                    match self.goal {
                        Goal::Replace => {
                            let object = store.object(value);
                            store.replace(object);
                        }
                        _ => store.take(key, |_| ()),
                    }
                }
            }
        }
        if !state.is_fixed() {
            state.store.unfixed();
        }
        steps
    }

    /// One step: results go to `found`.
    fn step(&mut self, p: &mut Process, found: &mut Vec<Term>) -> Result<(), Fault> {
        let name = p.held[NAME];
        let access = self.goal.access();
        let steps = if access == Access::Read {
            read(p, name, access, |p, _, state| Ok(self.look(p, state, found)))?
        } else {
            write(p, name, access, |p, _, state| Ok(self.change(p, state)))?
        };
        p.charge(steps);
        Ok(())
    }

    /// Before the first step.
    fn prepare(&mut self, p: &mut Process) -> Result<(), Fault> {
        let (name, at) = (p.held[NAME], now(p));
        let (key, large) = read(p, name, self.goal.access(), |_, table, state| {
            let large = match &state.store.objects {
                Objects::Hash(store) => store.count() + store.buckets() > STEP,
                Objects::Tree(_) => false,
            };
            Ok((table.kind, large))
        })?;
        if let Some(keys) = self.program.keys() {
            // Each object is looked at once, however often a clause names its key.
            let same = |a: Term, b: Term| {
                if key == Kind::OrderedSet { compare::eq(a, b) } else { compare::eq_exact(a, b) }
            };
            let mut different: Vec<Term> = Vec::new();
            for key in keys {
                if !different.iter().any(|other| same(*other, key)) {
                    different.push(key);
                }
            }
            if key == Kind::OrderedSet {
                different.sort_by(|a, b| compare::cmp(*a, *b));
                if self.backwards {
                    different.reverse();
                }
            }
            self.keys = Some(different.into_iter().map(Object::new).collect());
        } else if large && self.limit.is_none() {
            write(p, name, Access::Read, |p, table, state| {
                p.system.tables.fix(table, state, p.pid, at);
                Ok(())
            })?;
            self.fixed = true;
        }
        Ok(())
    }

    /// Goes on until a result is there or the slice is over.
    fn go_on(mut self, p: &mut Process) -> Outcome {
        let mut found = Vec::new();
        if let Err(fault) = self.step(p, &mut found) {
            return self.finish(p, Err(fault));
        }
        let full = self.limit.is_some_and(|limit| self.count >= limit);
        if !self.done && !full {
            for value in found {
                p.held[FOUND] = p.heap.cons(value, p.held[FOUND]);
            }
            self.late = true;
            return Outcome::Yield(Box::new(move |p| {
                if p.heap.pressure() {
                    // SAFETY: a continuation runs at a scheduling point; it holds no terms.
                    if unsafe { p.collect(Collect::Auto) }.is_err() {
                        let _ = self.finish(p, Err(BAD));
                        return Outcome::Exit(p.starved());
                    }
                }
                self.go_on(p)
            }));
        }
        let result = match self.goal {
            Goal::Select => self.results(p, found),
            _ => Ok(Term::small(self.count as isize)),
        };
        self.finish(p, result)
    }

    /// The end: nothing stays behind.
    fn finish(self, p: &mut Process, result: Out) -> Outcome {
        let name = p.held.first().copied().unwrap_or(Term::NIL);
        p.held.clear();
        if self.fixed {
            // Fails only if the table is gone, and its fixations with it.
            let _ = write(p, name, Access::Info, |p, table, state| {
                p.system.tables.unfix(table, state, p.pid, false);
                Ok(())
            });
        }
        match result {
            Err(fault) if self.late => raise_late(p, fault),
            result => outcome(p, result),
        }
    }

    /// The list of results, and how to get more of them.
    fn results(&self, p: &mut Process, found: Vec<Term>) -> Out {
        let mut all = data::proper_list(p.held[FOUND]).unwrap_or_default();
        all.reverse();
        all.extend(found);
        let Some(limit) = self.limit else { return Ok(p.heap.list(&all)) };
        let left = if all.len() > limit { all.split_off(limit) } else { Vec::new() };
        if all.is_empty() {
            return Ok(end_of_table());
        }
        let list = p.heap.list(&all);
        let tree = !p.held[LAST].is_none();
        let continuation = if self.done && left.is_empty() && (!tree || all.len() < limit) {
            end_of_table()
        } else {
            self.continuation(p, limit, &left)?
        };
        Ok(p.heap.tuple(&[list, continuation]))
    }

    /// The term that `select/1` goes on from.
    fn continuation(&self, p: &mut Process, limit: usize, left: &[Term]) -> Out {
        if p.held[HANDLE].is_nil() {
            let programs = p.system.tables.programs();
            p.held[HANDLE] = programs.add(&mut p.heap, self.program.clone()).map_err(|_| BAD)?;
        }
        let (name, last, handle) = (p.held[NAME], p.held[LAST], p.held[HANDLE]);
        let (limit, zero) = (Term::small(limit as isize), Term::small(0));
        let left_list = p.heap.list(left);
        if last.is_none() {
            let bucket = if self.done { usize::MAX >> 5 } else { self.bucket };
            let count = Term::small(left.len() as isize);
            return Ok(p.heap.tuple(&[name, Term::small(bucket as isize), limit, handle, left_list, count]));
        }
        let backwards = Term::small(isize::from(self.backwards));
        Ok(p.heap.tuple(&[name, last, Term::NIL, limit, handle, left_list, backwards, zero]))
    }
}

/// What a match stands for: `'$$'` or `'$_'` of everything like the pattern.
fn specification(p: &mut Process, pattern: Term, body: &str) -> Term {
    let body = p.heap.list(&[super::atom(body)]);
    let clause = p.heap.tuple(&[pattern, Term::NIL, body]);
    p.heap.list(&[clause])
}

fn hold(p: &mut Process, name: Term, last: Term, found: Term, handle: Term) {
    p.held.clear();
    p.held.extend([name, last, found, handle]);
}

/// Starts a walk. `limit` is an Erlang term.
fn start(
    p: &mut Process,
    name: Term,
    spec: Term,
    goal: Goal,
    limit: Option<Term>,
    backwards: bool,
) -> Outcome {
    let walk = read(p, name, goal.access(), |_, table: &Arc<Table>, _| {
        let program = compile_program(spec, Some(table.key), Dialect::Table).map_err(no_specification)?;
        if goal == Goal::Replace && table.kind == Kind::Bag {
            return Err(because("table_type"));
        }
        if goal == Goal::Replace && !program.keeps_key() {
            return Err(BAD);
        }
        let mut walk = Walk::new(Arc::new(program), goal);
        walk.backwards = backwards && table.kind == Kind::OrderedSet;
        walk.limit = match limit {
            None => None,
            Some(limit) => Some(limit.as_small().filter(|limit| *limit > 0).ok_or(BAD)? as usize),
        };
        Ok(walk)
    });
    let mut walk = match walk {
        Ok(walk) => walk,
        Err(fault) => return raise(p, fault),
    };
    hold(p, name, Term::NONE, Term::NIL, Term::NIL);
    match walk.prepare(p) {
        Ok(()) => walk.go_on(p),
        Err(fault) => walk.finish(p, Err(fault)),
    }
}

/// `select/2`
pub fn select(p: &mut Process, a: &[Term]) -> Outcome {
    start(p, a[0], a[1], Goal::Select, None, false)
}
/// `select/3`
pub fn select_some(p: &mut Process, a: &[Term]) -> Outcome {
    start(p, a[0], a[1], Goal::Select, Some(a[2]), false)
}
/// `select_reverse/2`
pub fn select_reverse(p: &mut Process, a: &[Term]) -> Outcome {
    start(p, a[0], a[1], Goal::Select, None, true)
}
/// `select_reverse/3`
pub fn select_reverse_some(p: &mut Process, a: &[Term]) -> Outcome {
    start(p, a[0], a[1], Goal::Select, Some(a[2]), true)
}
/// `select_count/2`
pub fn select_count(p: &mut Process, a: &[Term]) -> Outcome {
    start(p, a[0], a[1], Goal::Count, None, false)
}
/// `internal_select_delete/2`
pub fn select_delete(p: &mut Process, a: &[Term]) -> Outcome {
    start(p, a[0], a[1], Goal::Delete, None, false)
}
/// `select_replace/2`
pub fn select_replace(p: &mut Process, a: &[Term]) -> Outcome {
    start(p, a[0], a[1], Goal::Replace, None, false)
}
/// `match/2` and `match/3`
pub fn match_(p: &mut Process, a: &[Term]) -> Outcome {
    let spec = specification(p, a[1], "$$");
    start(p, a[0], spec, Goal::Select, a.get(2).copied(), false)
}
/// `match_object/2` and `match_object/3`
pub fn match_object(p: &mut Process, a: &[Term]) -> Outcome {
    let spec = specification(p, a[1], "$_");
    start(p, a[0], spec, Goal::Select, a.get(2).copied(), false)
}

/// `select/1`, `select_reverse/1`, `match/1`, `match_object/1`: on from a continuation.
pub fn more(p: &mut Process, a: &[Term]) -> Outcome {
    if a[0] == end_of_table() {
        return Outcome::Done(a[0]);
    }
    match resume(p, a[0]) {
        Ok(Ok(walk)) => walk.go_on(p),
        Ok(Err(result)) => {
            p.held.clear();
            Outcome::Done(result)
        }
        Err(fault) => {
            p.held.clear();
            raise(p, fault)
        }
    }
}

/// The walk that a continuation stands for, or what was left over of its last step.
fn resume(p: &mut Process, continuation: Term) -> Result<Result<Walk, Term>, Fault> {
    let program = |p: &Process, handle: Term| p.system.tables.programs().get(handle).ok_or(BAD);
    let limit = |term: Term| term.as_small().filter(|n| *n > 0).map(|n| n as usize).ok_or(BAD);
    let (mut walk, left) = match continuation.as_tuple() {
        Some(&[name, bucket, some, handle, left, count]) if count.is_small() => {
            let mut walk = Walk::new(program(p, handle)?, Goal::Select);
            walk.bucket = bucket.as_small().and_then(|n| usize::try_from(n).ok()).ok_or(BAD)?;
            walk.limit = Some(limit(some)?);
            hold(p, name, Term::NONE, Term::NIL, handle);
            (walk, left)
        }
        Some(&[name, last, end, some, handle, left, backwards, zero]) if end.is_nil() && zero.is_small() => {
            let mut walk = Walk::new(program(p, handle)?, Goal::Select);
            walk.backwards = backwards.as_small().ok_or(BAD)? != 0;
            walk.limit = Some(limit(some)?);
            hold(p, name, last, Term::NIL, handle);
            (walk, left)
        }
        _ => return Err(BAD),
    };
    let left = data::proper_list(left).ok_or(BAD)?;
    let name = p.held[NAME];
    let tree = !p.held[LAST].is_none();
    walk.done = read(p, name, Access::Read, |_, table, state| match &state.store.objects {
        _ if tree != (table.kind == Kind::OrderedSet) => Err(BAD),
        Objects::Hash(store) => Ok(walk.bucket >= store.buckets()),
        Objects::Tree(_) => Ok(false),
    })?;
    let limit = walk.limit.unwrap_or(1);
    if left.len() >= limit || (walk.done && !left.is_empty()) {
        return walk.results(p, left).map(Err);
    }
    if walk.done {
        return Ok(Err(end_of_table()));
    }
    walk.count = left.len();
    for value in left {
        p.held[FOUND] = p.heap.cons(value, p.held[FOUND]);
    }
    Ok(Ok(walk))
}

/// `match_spec_compile/1`
pub fn compile(p: &mut Process, a: &[Term]) -> Outcome {
    let result = compile_program(a[0], None, Dialect::Table)
        .map_err(no_specification)
        .and_then(|program| p.system.tables.programs().add(&mut p.heap, Arc::new(program)).map_err(|_| BAD));
    outcome(p, result)
}

/// `is_compiled_ms/1`
pub fn is_compiled(p: &mut Process, a: &[Term]) -> Outcome {
    Outcome::Done(Term::bool(p.system.tables.programs().get(a[0]).is_some()))
}

/// `match_spec_run_r/3`
pub fn run(p: &mut Process, a: &[Term]) -> Outcome {
    match p.system.tables.programs().get(a[1]) {
        Some(program) if data::list_length(a[0]).is_some() => {
            p.held.clear();
            p.held.extend([a[0], a[2]]);
            run_on(p, program)
        }
        _ => raise(p, BAD),
    }
}

/// Runs a program on some elements of the list in `held[0]`; results go in front of `held[1]`.
fn run_on(p: &mut Process, program: Arc<Program>) -> Outcome {
    let mut machine = Machine::default();
    for _ in 0..STEP {
        let Some(&[object, rest]) = p.held[0].as_cons() else {
            let result = p.held[1];
            p.held.clear();
            return Outcome::Done(result);
        };
        p.held[0] = rest;
        if let Ran::Value(value) = machine.run(p, &program, object) {
            p.held[1] = p.heap.cons(value, p.held[1]);
        }
    }
    p.charge(STEP);
    Outcome::Yield(Box::new(move |p| {
        if p.heap.pressure() {
            // SAFETY: a continuation runs at a scheduling point; it holds no terms.
            if unsafe { p.collect(Collect::Auto) }.is_err() {
                return Outcome::Exit(p.starved());
            }
        }
        run_on(p, program)
    }))
}

/// `erlang:match_spec_test/3`
pub fn test(p: &mut Process, a: &[Term]) -> Outcome {
    let dialect = match super::name_of(a[2]) {
        Some("table") => Dialect::Table,
        // Traces are not built yet.
        Some("trace") => return Outcome::error(p, Term::fixed(FixedAtom::Notsup)),
        _ => return Outcome::error(p, super::BADARG),
    };
    Outcome::Done(match compile_program(a[1], None, dialect) {
        Err(Failure(message)) => {
            let message = p.heap.string(&message);
            let error = p.heap.tuple(&[Term::fixed(FixedAtom::Error), message]);
            let errors = p.heap.list(&[error]);
            p.heap.tuple(&[Term::fixed(FixedAtom::Error), errors])
        }
        Ok(program) => {
            let value = match Machine::default().run(p, &program, a[0]) {
                Ran::No => Term::FALSE,
                Ran::Value(value) => value,
            };
            p.heap.tuple(&[Term::fixed(FixedAtom::Ok), value, Term::NIL, Term::NIL])
        }
    })
}
