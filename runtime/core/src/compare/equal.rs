//! Exact equality: the comparison that pattern matching, map keys and tables ask for.
//!
//! Terms that are exactly equal are objects of the same shape all the way down, so the walk needs no modes and no order:
//! a stack of elements still to compare. Rare objects, and large maps, are left to the general machine.

use super::{Machine, Mode};
use crate::binary::Bits;
use crate::term::{Term, subtag};
use linac_abi::term::Subtag;
use smallvec::SmallVec;

/// Elements of two objects.
type Elements<'a> = (&'a [Term], &'a [Term]);

/// Are two terms, which are not the same word, exactly equal?
pub(super) fn same(a: Term, b: Term) -> bool {
    let mut stack: SmallVec<[Elements<'_>; 8]> = SmallVec::new();
    let (mut a, mut b) = (a, b);
    loop {
        // An immediate is exactly equal to itself only.
        if a.is_immediate() || b.is_immediate() {
            return false;
        }
        if let (Some(x), Some(y)) = (a.as_cons(), b.as_cons()) {
            let (mut x, mut y) = (x, y);
            // Along the list as long as its elements are the same words.
            while x[0] == y[0] && x[1] != y[1] {
                match (x[1].as_cons(), y[1].as_cons()) {
                    (Some(p), Some(q)) => (x, y) = (p, q),
                    _ => break,
                }
            }
            stack.push((x, y));
        } else if !a.is_boxed() || !b.is_boxed() {
            return false;
        } else {
            match objects(a, b) {
                Shape::Same => {}
                Shape::Different => return false,
                Shape::Elements(elements) => stack.push(elements),
            }
        }
        // On to the next pair of words that differ.
        loop {
            let Some((x, y)) = stack.last_mut() else { return true };
            let Some(at) = x.iter().zip(y.iter()).position(|(a, b)| a != b) else {
                stack.pop();
                continue;
            };
            (a, b) = (x[at], y[at]);
            (*x, *y) = (&x[at + 1..], &y[at + 1..]);
            // Nothing waits behind the last one, so deep nesting at the end costs nothing.
            if x.is_empty() {
                stack.pop();
            }
            break;
        }
    }
}

enum Shape<'a> {
    Same,
    Different,
    /// As equal as their elements.
    Elements(Elements<'a>),
}

fn objects<'a>(a: Term, b: Term) -> Shape<'a> {
    let (x, y): (&'a [usize], &'a [usize]) = (a.object_words(), b.object_words());
    let known = |same| if same { Shape::Same } else { Shape::Different };
    match subtag(x[0]) {
        // A small map is its keys' tuple and its values, a record its definition and its values.
        Some(Subtag::Tuple | Subtag::FlatMap | Subtag::Record) => {
            if x[0] != y[0] {
                return Shape::Different;
            }
            // SAFETY: all words behind such a header are terms.
            unsafe { Shape::Elements((Term::slice_from_raw(&x[1..]), Term::slice_from_raw(&y[1..]))) }
        }
        Some(Subtag::Float | Subtag::BigPos | Subtag::BigNeg) => known(x == y),
        Some(Subtag::HeapBits | Subtag::RefcBits | Subtag::SubBits) => match (Bits::of(a), Bits::of(b)) {
            (Some(x), Some(y)) => known(x.len() == y.len() && x.order(y).is_eq()),
            _ => Shape::Different,
        },
        _ => known(Machine::new(Mode { exact: true, equality: true }).run(a, b).is_eq()),
    }
}
