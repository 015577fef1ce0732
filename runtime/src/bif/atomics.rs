//! The modules `atomics` and `counters`: arrays of 64-bit integers that all processes change without locks.
//!
//! *Problem*: an array is shared by whoever has its name, and goes when nobody has. *Idea*: the name is a binary whose
//! buffer shows eight bytes, a number never given out before, and holds the integers behind them, where no binary can
//! show them. The buffer's count is the array's. *Invariant*: only buffers made here say that more is in use than they
//! have, so the layout of those is known, and nobody appends to them.

use super::{BADARG, Outcome};
use crate::data;
use crate::process::Process;
use linac_abi::term::FixedAtom;
use linac_core::binary::whole_buffer;
use linac_core::buffer::Buffer;
use linac_core::number::Int;
use linac_core::{Atom, Build, Term, map};
use std::sync::atomic::{AtomicU64, Ordering};

type Out = Result<Term, Term>;

bifs! {
    "atomics" "new" 2 Full new, "An array of integers that are zero.";
    "atomics" "put" 3 Leaf put, "Sets an integer.";
    "atomics" "get" 2 Leaf get, "An integer.";
    "atomics" "add" 3 Leaf add, "Adds to an integer.";
    "atomics" "add_get" 3 Leaf add_get, "Adds to an integer and gives the sum.";
    "atomics" "sub" 3 Leaf sub, "Subtracts from an integer.";
    "atomics" "sub_get" 3 Leaf sub_get, "Subtracts from an integer and gives the difference.";
    "atomics" "exchange" 3 Leaf exchange, "Sets an integer and gives the old one.";
    "atomics" "compare_exchange" 4 Full compare_exchange, "Sets an integer if it is the expected one.";
    "atomics" "info" 1 Leaf info, "What is known of an array.";
    "counters" "new" 2 Full new_counters, "An array of counters.";
    "counters" "put" 3 Leaf put_counter, "Sets a counter.";
    "counters" "get" 2 Leaf get_counter, "A counter.";
    "counters" "add" 3 Leaf add_counter, "Adds to a counter.";
    "counters" "sub" 3 Leaf sub_counter, "Subtracts from a counter.";
    "counters" "info" 1 Leaf counters_info, "What is known of an array of counters.";
}

/// What buffers of signed and of unsigned integers say is in use: more than any buffer has.
const SIGNED: usize = usize::MAX;
const UNSIGNED: usize = usize::MAX - 1;
/// Bytes of the number in front of the integers.
const NUMBER: usize = 8;
/// Bytes in front of the integers: the number, and what aligns them to 8 behind the head of a buffer.
const HEAD: usize = NUMBER + size_of::<Buffer>().next_multiple_of(8) - size_of::<Buffer>();
/// More integers than this are refused before anybody asks for the memory.
const MOST: isize = if isize::BITS == 64 { 1 << 40 } else { 1 << 25 };

/// An array.
struct Array<'a> {
    cells: &'a [AtomicU64],
    signed: bool,
}

impl Array<'_> {
    fn make(p: &mut Process, count: usize, signed: bool) -> Out {
        let limit = Term::fixed(FixedAtom::SystemLimit);
        let number = p.system.new_ref();
        let mark = if signed { SIGNED } else { UNSIGNED };
        let buffer = Buffer::with_room(mark, HEAD + 8 * count).map_err(|_| limit)?;
        // SAFETY: a fresh buffer with this many bytes, whose one count goes to the binary.
        unsafe {
            let bytes = Buffer::data(buffer);
            bytes.write_bytes(0, HEAD + 8 * count);
            bytes.copy_from_nonoverlapping(number.to_be_bytes().as_ptr(), NUMBER);
            Ok(p.heap.refc_bits(buffer, 8 * NUMBER))
        }
    }

    fn of<'a>(term: Term) -> Result<Array<'a>, Term> {
        let buffer = whole_buffer(term).ok_or(BADARG)?;
        // SAFETY: the term holds a count of the buffer, which has the layout of its kind; buffers are aligned to 8, and
        // `HEAD` aligns the integers behind a buffer's head.
        unsafe {
            let signed = match Buffer::used(buffer) {
                SIGNED => true,
                UNSIGNED => false,
                _ => return Err(BADARG),
            };
            let count = (Buffer::capacity(buffer) - HEAD) / 8;
            let first = Buffer::data(buffer).add(HEAD).cast::<AtomicU64>();
            Ok(Array { cells: std::slice::from_raw_parts(first, count), signed })
        }
    }

    fn cell(&self, index: Term) -> Result<&AtomicU64, Term> {
        let index = index.as_small().filter(|n| *n > 0).ok_or(BADARG)?;
        self.cells.get(index as usize - 1).ok_or(BADARG)
    }

    /// The bits of a value that an integer of the array can have.
    fn value(&self, term: Term) -> Result<u64, Term> {
        let value = integer(term)?;
        let range = if self.signed { i64::MIN.into()..=i64::MAX.into() } else { 0..=u64::MAX.into() };
        if range.contains(&value) { Ok(value as u64) } else { Err(BADARG) }
    }

    fn term(&self, p: &mut Process, bits: u64) -> Term {
        if self.signed { p.heap.integer(bits as i64) } else { p.heap.unsigned(false, bits.into()) }
    }
}

fn integer(term: Term) -> Result<i128, Term> {
    let mut small = [0];
    Int::of(term, &mut small).and_then(Int::to_i128).ok_or(BADARG)
}

/// What is added: anything that fits 64 bits, signed or not. Subtracting is adding the negated number.
fn increment(term: Term, down: bool) -> Result<u64, Term> {
    if down && !term.is_number() {
        return Err(Term::fixed(FixedAtom::Badarith));
    }
    let value = integer(term)?;
    let value = if down { -value } else { value };
    if (i64::MIN.into()..=u64::MAX.into()).contains(&value) { Ok(value as u64) } else { Err(BADARG) }
}

fn size(p: &mut Process, count: Term) -> Result<usize, Term> {
    p.error_cause = None;
    match count.as_small() {
        Some(n) if n > MOST => Err(Term::fixed(FixedAtom::SystemLimit)),
        Some(n) if n > 0 => Ok(n as usize),
        None if integer(count).is_ok_and(|n| n > 0) => Err(Term::fixed(FixedAtom::SystemLimit)),
        _ => Err(BADARG),
    }
}

/// `atomics:new/2`
pub fn new(p: &mut Process, a: &[Term]) -> Outcome {
    let mut signed = true;
    for option in data::list_items(a[1]) {
        match option.as_tuple() {
            Some(&[key, on])
                if key.as_atom().map(Atom::text) == Some("signed")
                    && (on == Term::TRUE || on == Term::FALSE) =>
            {
                signed = on == Term::TRUE;
            }
            _ => return Outcome::badarg(p, "badopt"),
        }
    }
    if data::list_length(a[1]).is_none() {
        return Outcome::badarg(p, "badopt");
    }
    let made = size(p, a[0]).and_then(|count| Array::make(p, count, signed));
    super::outcome(p, made)
}

pub fn put(_: &mut Process, a: &[Term]) -> Out {
    let array = Array::of(a[0])?;
    array.cell(a[1])?.store(array.value(a[2])?, Ordering::SeqCst);
    Ok(Term::fixed(FixedAtom::Ok))
}

pub fn get(p: &mut Process, a: &[Term]) -> Out {
    let array = Array::of(a[0])?;
    let bits = array.cell(a[1])?.load(Ordering::SeqCst);
    Ok(array.term(p, bits))
}

fn change(p: &mut Process, a: &[Term], down: bool, give: bool) -> Out {
    let more = increment(a[2], down)?;
    let array = Array::of(a[0])?;
    let cell = array.cell(a[1])?;
    let old = cell.fetch_add(more, Ordering::SeqCst);
    Ok(if give { array.term(p, old.wrapping_add(more)) } else { Term::fixed(FixedAtom::Ok) })
}

pub fn add(p: &mut Process, a: &[Term]) -> Out {
    change(p, a, false, false)
}
pub fn add_get(p: &mut Process, a: &[Term]) -> Out {
    change(p, a, false, true)
}
pub fn sub(p: &mut Process, a: &[Term]) -> Out {
    change(p, a, true, false)
}
pub fn sub_get(p: &mut Process, a: &[Term]) -> Out {
    change(p, a, true, true)
}

pub fn exchange(p: &mut Process, a: &[Term]) -> Out {
    let array = Array::of(a[0])?;
    let old = array.cell(a[1])?.swap(array.value(a[2])?, Ordering::SeqCst);
    Ok(array.term(p, old))
}

/// `atomics:compare_exchange/4`
pub fn compare_exchange(p: &mut Process, a: &[Term]) -> Outcome {
    let exchanged = Array::of(a[0]).and_then(|array| {
        let cell = array.cell(a[1])?;
        let (expected, desired) = (array.value(a[2])?, array.value(a[3])?);
        match cell.compare_exchange(expected, desired, Ordering::SeqCst, Ordering::SeqCst) {
            Ok(_) => Ok(Term::fixed(FixedAtom::Ok)),
            Err(now) => Ok(array.term(p, now)),
        }
    });
    super::outcome(p, exchanged)
}

fn facts(p: &mut Process, array: &Array<'_>, bounds: bool) -> Term {
    let (least, most) = if array.signed { (i64::MIN, i64::MAX as u64) } else { (0, u64::MAX) };
    let memory = (array.cells.len() + 5) * 8;
    let mut pairs = vec![
        (data::atom("size"), Term::small(array.cells.len() as isize)),
        (data::atom("memory"), p.heap.integer(memory as i64)),
    ];
    if bounds {
        pairs.push((data::atom("max"), p.heap.unsigned(false, most.into())));
        pairs.push((data::atom("min"), p.heap.integer(least)));
    }
    map::from_pairs(&mut p.heap, pairs.into_iter())
}

pub fn info(p: &mut Process, a: &[Term]) -> Out {
    let array = Array::of(a[0])?;
    Ok(facts(p, &array, true))
}

/// `counters:new/2`: an array with the kind that was asked for beside it.
pub fn new_counters(p: &mut Process, a: &[Term]) -> Outcome {
    let mut kind = "atomics";
    for option in data::list_items(a[1]) {
        match option.as_atom().map(Atom::text) {
            Some(name @ ("atomics" | "write_concurrency")) => kind = name,
            _ => return Outcome::badarg(p, "badopt"),
        }
    }
    if data::list_length(a[1]).is_none() {
        return Outcome::badarg(p, "badopt");
    }
    let made = size(p, a[0])
        .and_then(|count| Array::make(p, count, true))
        .map(|array| p.heap.tuple(&[data::atom(kind), array]));
    super::outcome(p, made)
}

/// The array behind counters.
fn behind(counters: Term) -> Out {
    match counters.as_tuple() {
        Some(&[kind, array])
            if matches!(kind.as_atom().map(Atom::text), Some("atomics" | "write_concurrency")) =>
        {
            Ok(array)
        }
        _ => Err(BADARG),
    }
}

pub fn put_counter(p: &mut Process, a: &[Term]) -> Out {
    put(p, &[behind(a[0])?, a[1], a[2]])
}
pub fn get_counter(p: &mut Process, a: &[Term]) -> Out {
    get(p, &[behind(a[0])?, a[1]])
}
pub fn add_counter(p: &mut Process, a: &[Term]) -> Out {
    change(p, &[behind(a[0])?, a[1], a[2]], false, false)
}
pub fn sub_counter(p: &mut Process, a: &[Term]) -> Out {
    change(p, &[behind(a[0])?, a[1], a[2]], true, false)
}

pub fn counters_info(p: &mut Process, a: &[Term]) -> Out {
    let array = Array::of(behind(a[0])?)?;
    let bounds = a[0].as_tuple().is_some_and(|parts| parts[0] == data::atom("atomics"));
    Ok(facts(p, &array, bounds))
}
