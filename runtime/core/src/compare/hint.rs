//! A number that decides most comparisons of two terms without a look at them.
//!
//! *Problem*: a search in ordered terms looks at many of them, each somewhere else in memory. *Idea*: what begins a
//! term, as a number that grows with the term. *Invariant*: a term with a smaller hint comes first in term order; terms with
//! the same hint may be anything.

use super::rank;
use crate::binary::Bits;
use crate::map;
use crate::number;
use crate::term::{Term, View};

/// Bits of the hint behind the kind of term.
const REST: u32 = 60;
/// Bits of a hint that tell a tuple's size.
const SIZE: u32 = 12;

/// Grows with the float; the same for both zeros.
fn float_hint(f: f64) -> u64 {
    let bits = (f + 0.0).to_bits();
    if bits >> 63 == 0 { bits | 1 << 63 } else { !bits }
}

fn number_hint(t: Term) -> u64 {
    let negative = |t: Term| match t.view() {
        View::Big(big) => big.negative,
        _ => false,
    };
    let f = match t.as_small() {
        Some(n) => n as f64,
        // An integer beyond all floats.
        None => number::to_f64(t).unwrap_or(if negative(t) { f64::NEG_INFINITY } else { f64::INFINITY }),
    };
    float_hint(f) >> (64 - REST)
}

/// The hint of a term (see the module).
pub fn order_hint(t: Term) -> u64 {
    let view = t.view();
    let rest = match &view {
        View::Small(_) | View::Big(_) | View::Float(_) => number_hint(t),
        View::Atom(atom) => u64::from(atom.prefix()) << (REST - 32),
        View::Tuple(elements) => {
            let size = (elements.len() as u64).min((1 << SIZE) - 1);
            // Of tuples too large to tell apart by size, nothing else is known.
            let first = if size == (1 << SIZE) - 1 { None } else { elements.first() };
            size << (REST - SIZE) | first.map_or(0, |first| shallow(*first) >> (64 - REST + SIZE))
        }
        View::Cons([first, _]) => shallow(*first) >> (64 - REST),
        View::FlatMap(_) | View::HashMap(_) => (map::size(t).unwrap_or(0) as u64).min((1 << REST) - 1),
        View::Bits(_) => bits_hint(t),
        _ => 0,
    };
    u64::from(rank(&view)) << REST | rest
}

/// The same of an element: only its own beginning.
fn shallow(t: Term) -> u64 {
    let view = t.view();
    let rest = match &view {
        View::Small(_) | View::Big(_) | View::Float(_) => number_hint(t),
        View::Atom(atom) => u64::from(atom.prefix()) << (REST - 32),
        View::Bits(_) => bits_hint(t),
        _ => 0,
    };
    u64::from(rank(&view)) << REST | rest
}

/// The first bytes.
fn bits_hint(t: Term) -> u64 {
    let Some(bits) = Bits::of(t) else { return 0 };
    let byte = |i: usize| match bits.len().saturating_sub(8 * i) {
        0 => 0,
        left @ 1..8 => bits.byte(i) & !(0xFF >> left),
        _ => bits.byte(i),
    };
    (0..7).fold(0, |n, i| n << 8 | u64::from(byte(i)))
}
