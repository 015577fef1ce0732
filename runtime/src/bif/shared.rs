//! What all processes share: arrays of atomic integers and counters.
//!
//! A reference to an array is a reference term whose third number, its top bit set, is the array's place in a table
//! that only grows; reading it takes no lock. *Limit*: arrays are freed with the program only, since no collector
//! sees all references to one.

use super::BADARG;
use super::terms::index;
use crate::data::{self, atom};
use crate::process::{Process, ref_numbers};
use linac_abi::term::FixedAtom;
use linac_core::number::Int;
use linac_core::{Atom, Build, Term, View, map};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

type Out = Result<Term, Term>;

/// An array.
struct Array {
    /// Number of its reference.
    id: u64,
    signed: bool,
    words: Box<[AtomicU64]>,
}

/// Places for arrays: each row twice as long as the one before.
struct Arrays {
    rows: [OnceLock<Box<[OnceLock<Array>]>>; ROWS_MAX],
    next: AtomicU32,
}

const ROWS_MAX: usize = 25;
const FIRST_ROW: u32 = 64;
/// Marks a reference's third number as the place of an array.
const MARK: u32 = 1 << 31;
/// Most words of an array.
const LONGEST: usize = 1 << 32;

static ARRAYS: Arrays = Arrays { rows: [const { OnceLock::new() }; ROWS_MAX], next: AtomicU32::new(0) };

/// Row and column of a place.
fn position(place: u32) -> (usize, usize) {
    let row = (place / FIRST_ROW + 1).ilog2();
    (row as usize, (place - FIRST_ROW * ((1 << row) - 1)) as usize)
}

impl Arrays {
    fn add(&self, array: Array) -> Option<u32> {
        let place = self.next.fetch_add(1, Ordering::Relaxed);
        let (row, column) = position(place);
        let row_length = (FIRST_ROW as usize) << row;
        let row = self
            .rows
            .get(row)?
            .get_or_init(|| std::iter::repeat_with(OnceLock::new).take(row_length).collect());
        row[column].set(array).ok()?;
        Some(place)
    }

    fn get(&self, place: u32) -> Option<&Array> {
        let (row, column) = position(place);
        self.rows.get(row)?.get()?.get(column)?.get()
    }
}

fn array(t: Term) -> Result<&'static Array, Term> {
    let View::Ref(reference) = t.view() else { return Err(BADARG) };
    let [low, high, place] = reference.numbers();
    if place & MARK == 0 {
        return Err(BADARG);
    }
    let id = u64::from(high) << 32 | u64::from(low);
    ARRAYS.get(place & !MARK).filter(|array| array.id == id).ok_or(BADARG)
}

/// A word of an array.
fn word(array: &'static Array, at: Term) -> Result<&'static AtomicU64, Term> {
    array.words.get(index(at)?.wrapping_sub(1)).ok_or(BADARG)
}

fn make(p: &mut Process, size: Term, signed: bool) -> Out {
    let size = index(size)?;
    if size == 0 || size > LONGEST {
        return Err(BADARG);
    }
    let mut words = Vec::new();
    words.try_reserve_exact(size).map_err(|_| Term::fixed(FixedAtom::SystemLimit))?;
    words.resize_with(size, || AtomicU64::new(0));
    let id = p.system.new_ref();
    let place = ARRAYS.add(Array { id, signed, words: words.into() });
    let [low, high, _] = ref_numbers(id);
    let place = place.ok_or(Term::fixed(FixedAtom::SystemLimit))?;
    Ok(p.heap.reference([low, high, place | MARK]))
}

/// An integer of 64 bits, within the range of the kind.
fn value(t: Term, signed: bool) -> Result<u64, Term> {
    let mut buffer = [0];
    let n = Int::of(t, &mut buffer).ok_or(BADARG)?;
    let magnitude = match n.limbs {
        [] => 0,
        [limb] => *limb as u64,
        _ => return Err(BADARG),
    };
    let limit = if n.negative { 1 << 63 } else { (1 << 63) - 1 };
    match (signed, n.negative) {
        (true, _) if magnitude > limit => Err(BADARG),
        (false, true) => Err(BADARG),
        (_, true) => Ok(magnitude.wrapping_neg()),
        (_, false) => Ok(magnitude),
    }
}

/// What is to be added: of either sign, as long as 64 bits hold it.
fn increment(t: Term) -> Result<u64, Term> {
    value(t, false).or_else(|_| value(t, true))
}

fn number(p: &mut Process, array: &Array, word: u64) -> Term {
    if array.signed { p.heap.integer(word as i64) } else { p.heap.unsigned(false, word.into()) }
}

fn ok() -> Term {
    Term::fixed(FixedAtom::Ok)
}

fn atomics_new(p: &mut Process, a: &[Term]) -> Out {
    let mut signed = true;
    for option in data::proper_list(a[1]).ok_or(BADARG)? {
        match option.as_tuple() {
            Some([key, Term::TRUE]) if key.as_atom().map(Atom::text) == Some("signed") => signed = true,
            Some([key, Term::FALSE]) if key.as_atom().map(Atom::text) == Some("signed") => signed = false,
            _ => return Err(BADARG),
        }
    }
    make(p, a[0], signed)
}

fn get(p: &mut Process, a: &[Term]) -> Out {
    let array = array(a[0])?;
    let now = word(array, a[1])?.load(Ordering::SeqCst);
    Ok(number(p, array, now))
}

fn put(_: &mut Process, a: &[Term]) -> Out {
    let array = array(a[0])?;
    word(array, a[1])?.store(value(a[2], array.signed)?, Ordering::SeqCst);
    Ok(ok())
}

/// Adds, and gives the sum.
fn sum(a: &[Term], negate: bool) -> Result<(&'static Array, u64), Term> {
    let array = array(a[0])?;
    let word = word(array, a[1])?;
    let more = if negate { negated(a[2])? } else { increment(a[2])? };
    Ok((array, word.fetch_add(more, Ordering::SeqCst).wrapping_add(more)))
}

/// What subtracting this adds: the negative number must be one that could be added.
fn negated(t: Term) -> Result<u64, Term> {
    let mut buffer = [0];
    let n = Int::of(t, &mut buffer).ok_or(BADARG)?;
    let magnitude = match n.limbs {
        [] => 0,
        [limb] => *limb as u64,
        _ => return Err(BADARG),
    };
    let limit = if n.negative { u64::MAX } else { 1 << 63 };
    if magnitude > limit {
        return Err(BADARG);
    }
    Ok(if n.negative { magnitude } else { magnitude.wrapping_neg() })
}

fn add(_: &mut Process, a: &[Term]) -> Out {
    sum(a, false).map(|_| ok())
}

fn sub(_: &mut Process, a: &[Term]) -> Out {
    sum(a, true).map(|_| ok())
}

fn add_get(p: &mut Process, a: &[Term]) -> Out {
    let (array, now) = sum(a, false)?;
    Ok(number(p, array, now))
}

fn sub_get(p: &mut Process, a: &[Term]) -> Out {
    let (array, now) = sum(a, true)?;
    Ok(number(p, array, now))
}

fn exchange(p: &mut Process, a: &[Term]) -> Out {
    let array = array(a[0])?;
    let before = word(array, a[1])?.swap(value(a[2], array.signed)?, Ordering::SeqCst);
    Ok(number(p, array, before))
}

fn compare_exchange(p: &mut Process, a: &[Term]) -> Out {
    let array = array(a[0])?;
    let word = word(array, a[1])?;
    let (expected, new) = (value(a[2], array.signed)?, value(a[3], array.signed)?);
    Ok(match word.compare_exchange(expected, new, Ordering::SeqCst, Ordering::SeqCst) {
        Ok(_) => ok(),
        Err(found) => number(p, array, found),
    })
}

/// Bytes of an array besides its words.
const HEAD_BYTES: usize = 40;

fn info(p: &mut Process, a: &[Term]) -> Out {
    let array = array(a[0])?;
    let (least, most) = if array.signed { (1 << 63, (1 << 63) - 1) } else { (0, u64::MAX) };
    let pairs = [
        (atom("size"), Term::small(array.words.len() as isize)),
        (atom("max"), number(p, array, most)),
        (atom("min"), number(p, array, least)),
        (atom("memory"), Term::small((HEAD_BYTES + 8 * array.words.len()) as isize)),
    ];
    Ok(map::from_pairs(&mut p.heap, pairs.into_iter()))
}

// Counters: a signed array with the name of its kind.

fn counters_new(p: &mut Process, a: &[Term]) -> Out {
    let mut kind = "atomics";
    for option in data::proper_list(a[1]).ok_or(BADARG)? {
        match option.as_atom().map(Atom::text) {
            Some(name @ ("atomics" | "write_concurrency")) => kind = name,
            _ => return Err(BADARG),
        }
    }
    let array = make(p, a[0], true)?;
    Ok(p.heap.tuple(&[atom(kind), array]))
}

/// The array of a counter.
fn counter(t: Term) -> Result<Term, Term> {
    match t.as_tuple() {
        Some([kind, array])
            if matches!(kind.as_atom().map(Atom::text), Some("atomics" | "write_concurrency")) =>
        {
            Ok(*array)
        }
        _ => Err(BADARG),
    }
}

fn counters_get(p: &mut Process, a: &[Term]) -> Out {
    get(p, &[counter(a[0])?, a[1]])
}

fn counters_put(p: &mut Process, a: &[Term]) -> Out {
    put(p, &[counter(a[0])?, a[1], a[2]])
}

fn counters_add(p: &mut Process, a: &[Term]) -> Out {
    add(p, &[counter(a[0])?, a[1], a[2]])
}

fn counters_sub(p: &mut Process, a: &[Term]) -> Out {
    sub(p, &[counter(a[0])?, a[1], a[2]])
}

fn counters_info(p: &mut Process, a: &[Term]) -> Out {
    let words = array(counter(a[0])?)?.words.len();
    let pairs = [
        (atom("size"), Term::small(words as isize)),
        (atom("memory"), Term::small((HEAD_BYTES + 8 * words) as isize)),
    ];
    Ok(map::from_pairs(&mut p.heap, pairs.into_iter()))
}

bifs! {
    "atomics" "new" 2 Leaf atomics_new, "An array of atomic integers.";
    "atomics" "get" 2 Leaf get, "An integer of an array.";
    "atomics" "put" 3 Leaf put, "Sets an integer of an array.";
    "atomics" "add" 3 Leaf add, "Adds to an integer of an array.";
    "atomics" "sub" 3 Leaf sub, "Subtracts from an integer of an array.";
    "atomics" "add_get" 3 Leaf add_get, "Adds to an integer of an array; gives the sum.";
    "atomics" "sub_get" 3 Leaf sub_get, "Subtracts from an integer of an array; gives the difference.";
    "atomics" "exchange" 3 Leaf exchange, "Sets an integer of an array; gives what it was.";
    "atomics" "compare_exchange" 4 Leaf compare_exchange, "Sets an integer of an array if it is what the caller thinks.";
    "atomics" "info" 1 Leaf info, "What is known of an array.";
    "counters" "new" 2 Leaf counters_new, "An array of counters.";
    "counters" "get" 2 Leaf counters_get, "A counter's value.";
    "counters" "put" 3 Leaf counters_put, "Sets a counter.";
    "counters" "add" 3 Leaf counters_add, "Adds to a counter.";
    "counters" "sub" 3 Leaf counters_sub, "Subtracts from a counter.";
    "counters" "info" 1 Leaf counters_info, "What is known of an array of counters.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_have_positions() {
        assert_eq!([0, 63, 64, 191, 192].map(position), [(0, 0), (0, 63), (1, 0), (1, 127), (2, 0)]);
    }
}
