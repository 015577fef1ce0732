//! Persistent terms: terms that all processes read without copying.
//!
//! Key and value are copied into a literal area of their own, so collector and message copy leave them alone. When
//! one is replaced or erased, every process is asked to make copies of what it still refers to, in the same two
//! rounds as when a module is purged; then the area is freed.

use super::code::everywhere;
use super::{BADARG, Outcome};
use crate::data::atom;
use crate::process::Process;
use linac_abi::term::FixedAtom;
use linac_core::copy::{self, Literals};
use linac_core::literal::LiteralArea;
use linac_core::{Build, Term, compare, hash, map};
use std::collections::HashMap;
use std::mem::ManuallyDrop;
use std::sync::{Arc, PoisonError, RwLock};

type Out = Result<Term, Term>;

/// A key with its value.
#[derive(Debug)]
struct Entry {
    area: LiteralArea,
    key: Term,
    value: Term,
}

/// All persistent terms of a runtime, by the hash of their keys.
#[derive(Debug, Default)]
pub struct Persistent {
    by_hash: RwLock<HashMap<u32, Vec<Arc<Entry>>>>,
}

impl Persistent {
    fn get(&self, key: Term) -> Option<Term> {
        let table = self.by_hash.read().unwrap_or_else(PoisonError::into_inner);
        let entries = table.get(&hash::phash2(key))?;
        entries.iter().find(|entry| compare::eq_exact(entry.key, key)).map(|entry| entry.value)
    }

    /// Takes an entry out, and puts another in for the same key.
    fn replace(&self, key: Term, new: Option<Entry>) -> Option<Arc<Entry>> {
        let mut table = self.by_hash.write().unwrap_or_else(PoisonError::into_inner);
        let entries = table.entry(hash::phash2(key)).or_default();
        let place = entries.iter().position(|entry| compare::eq_exact(entry.key, key));
        let old = place.map(|place| entries.swap_remove(place));
        entries.extend(new.map(Arc::new));
        old
    }

    fn all(&self) -> Vec<Arc<Entry>> {
        let table = self.by_hash.read().unwrap_or_else(PoisonError::into_inner);
        table.values().flatten().cloned().collect()
    }
}

fn entry(key: Term, value: Term) -> Result<Entry, Term> {
    let words = copy::size(key, Literals::Copy) + copy::size(value, Literals::Copy);
    let mut area = LiteralArea::with_capacity(words).map_err(|_| Term::fixed(FixedAtom::SystemLimit))?;
    let key = copy::copy(key, &mut area, Literals::Copy);
    let value = copy::copy(value, &mut area, Literals::Copy);
    area.seal();
    Ok(Entry { area, key, value })
}

/// Lets every process part with an entry, frees it, and gives the answer.
fn retire(old: Arc<Entry>, answer: Term) -> Outcome {
    let range = old.area.range();
    if range.1 == 0 {
        return Outcome::Done(answer);
    }
    // SAFETY: called where a BIF was called as a function, and where requests are served; both are safepoints, and
    // nobody uses terms from before.
    let part = move |process: &mut Process| unsafe { process.evict_literals(range) }.is_ok();
    // A process that is killed while it asks the others must not free what these still refer to: then it stays.
    let old = ManuallyDrop::new(old);
    everywhere(
        Arc::new(part),
        Box::new(move |_| {
            drop(ManuallyDrop::into_inner(old));
            Outcome::Done(answer)
        }),
    )
}

fn set(p: &mut Process, key: Term, value: Term) -> Outcome {
    match entry(key, value) {
        Ok(new) => match p.system.persistent.replace(key, Some(new)) {
            Some(old) => retire(old, Term::fixed(FixedAtom::Ok)),
            None => Outcome::Done(Term::fixed(FixedAtom::Ok)),
        },
        Err(reason) => Outcome::error(p, reason),
    }
}

fn put(p: &mut Process, a: &[Term]) -> Outcome {
    match p.system.persistent.get(a[0]) {
        Some(now) if compare::eq_exact(now, a[1]) => Outcome::Done(Term::fixed(FixedAtom::Ok)),
        _ => set(p, a[0], a[1]),
    }
}

fn put_new(p: &mut Process, a: &[Term]) -> Outcome {
    match p.system.persistent.get(a[0]) {
        Some(now) if compare::eq_exact(now, a[1]) => Outcome::Done(Term::fixed(FixedAtom::Ok)),
        Some(_) => Outcome::error(p, BADARG),
        None => set(p, a[0], a[1]),
    }
}

fn erase(p: &mut Process, a: &[Term]) -> Outcome {
    match p.system.persistent.replace(a[0], None) {
        Some(old) => retire(old, Term::TRUE),
        None => Outcome::Done(Term::FALSE),
    }
}

fn get1(p: &mut Process, a: &[Term]) -> Out {
    let found = p.system.persistent.get(a[0]);
    // What OTP's boot leaves behind: `erl_prim_loader` reads files itself.
    if found.is_none() && a[0] == atom("erl_prim_loader") {
        return Ok(p.heap.tuple(&[atom("efile"), atom("undefined")]));
    }
    // As well, for `os:cmd`, which then says that there are no ports.
    if found.is_none() && a[0] == atom("kernel_os_cmd_shell") {
        return Ok(p.heap.string("/bin/sh"));
    }
    found.ok_or(BADARG)
}

fn get2(p: &mut Process, a: &[Term]) -> Out {
    Ok(p.system.persistent.get(a[0]).unwrap_or(a[1]))
}

fn get0(p: &mut Process, _: &[Term]) -> Out {
    let entries = p.system.persistent.all();
    let pairs: Vec<Term> = entries.iter().map(|entry| p.heap.tuple(&[entry.key, entry.value])).collect();
    Ok(p.heap.list(&pairs))
}

fn info(p: &mut Process, _: &[Term]) -> Out {
    let entries = p.system.persistent.all();
    let memory: usize = entries.iter().map(|entry| entry.area.range().1 + size_of::<Entry>()).sum();
    let pairs = [
        (atom("count"), Term::small(entries.len() as isize)),
        (atom("memory"), p.heap.integer(memory as i64)),
    ];
    Ok(map::from_pairs(&mut p.heap, pairs.into_iter()))
}

bifs! {
    "persistent_term" "put" 2 Full put, "Sets a persistent term.";
    "persistent_term" "put_new" 2 Full put_new, "Sets a persistent term that is not there yet.";
    "persistent_term" "erase" 1 Full erase, "Removes a persistent term.";
    "persistent_term" "get" 0 Leaf get0, "All persistent terms.";
    "persistent_term" "get" 1 Leaf get1, "A persistent term.";
    "persistent_term" "get" 2 Leaf get2, "A persistent term, or a default.";
    "persistent_term" "info" 0 Leaf info, "Number and memory of persistent terms.";
}
