//! `erlang:memory`: how much memory there is for what.
//!
//! What is counted: blocks of heaps and chunks of fragments of some size (`processes`, with the processes themselves),
//! atoms, buffers of binaries, code with its data and literals, tables. `total` is what the C library has given out and what is
//! mapped beside that, so `system` holds all the rest as well: the compiler, small messages, tables of the runtime.

use super::{BADARG, Outcome};
use crate::code::memory::space;
use crate::data::{self, atom};
use crate::process::Process;
use linac_core::{Atom, Build, Term, buffer, frag, heap, literal};

/// Kinds of memory, in the order in which they are told.
const KINDS: [&str; 9] =
    ["total", "processes", "processes_used", "system", "atom", "atom_used", "binary", "code", "ets"];

/// Bytes that the C library has given out.
fn given_out() -> usize {
    // SAFETY: it only reads the allocator's books, under its locks.
    let info = unsafe { libc::mallinfo2() };
    info.uordblks + info.hblkhd
}

/// Bytes of each kind.
fn bytes(p: &Process) -> [usize; KINDS.len()] {
    let system = p.system;
    let processes = heap::block_bytes() + frag::chunk_bytes() + system.table.live() * size_of::<Process>();
    let code = space().bytes() + literal::used_bytes();
    let words: usize = system.tables.all().iter().map(|table| table.read().store.words()).sum();
    let (atom, ets) = (Atom::bytes(), words * size_of::<usize>());
    let binary = buffer::bytes();
    // What is counted is there, whatever the C library says.
    let total = (given_out() + code).max(processes + atom + binary + code + ets);
    [total, processes, processes, total - processes, atom, atom, binary, code, ets]
}

fn pair(p: &mut Process, kind: &str, bytes: usize) -> Term {
    let bytes = p.heap.integer(bytes as i64);
    p.heap.tuple(&[atom(kind), bytes])
}

/// `memory/0`
fn memory0(p: &mut Process, _: &[Term]) -> Outcome {
    let all = bytes(p);
    let pairs: Vec<Term> = KINDS.iter().zip(all).map(|(kind, bytes)| pair(p, kind, bytes)).collect();
    Outcome::Done(p.heap.list(&pairs))
}

fn kind(t: Term) -> Option<usize> {
    let name = t.as_atom()?.text();
    KINDS.iter().position(|kind| *kind == name)
}

/// `memory/1`: a kind or a list of them.
fn memory1(p: &mut Process, a: &[Term]) -> Outcome {
    if let Some(kind) = kind(a[0]) {
        let bytes = bytes(p)[kind];
        return Outcome::Done(p.heap.integer(bytes as i64));
    }
    let Some(wanted) = data::proper_list(a[0]) else { return Outcome::error(p, BADARG) };
    let Some(kinds) = wanted.iter().map(|t| kind(*t)).collect::<Option<Vec<usize>>>() else {
        return Outcome::error(p, BADARG);
    };
    let all = bytes(p);
    let pairs: Vec<Term> = kinds.into_iter().map(|kind| pair(p, KINDS[kind], all[kind])).collect();
    Outcome::Done(p.heap.list(&pairs))
}

bifs! {
    "erlang" "memory" 0 Full memory0, "Bytes of memory of each kind.";
    "erlang" "memory" 1 Full memory1, "Bytes of memory of some kinds.";
}
