//! The oldest portable hash, `erlang:phash/2`: deprecated, but OTP's `sets` and `dict` still place elements by it.
//!
//! A polynomial over the term: every part multiplies what there is by a prime that stands for its kind and adds
//! something. Primes and order are fixed by the reference VM. Numbers count as their bytes, lowest first.

use super::phash2;
use crate::binary::Bits;
use crate::fun::{self, FunInfo};
use crate::record::{Definition, RecordRef};
use crate::term::{Term, View};
use crate::{Atom, WORD_BYTES};
use linac_abi::term::RECORD_FIELDS;
use smallvec::SmallVec;

const ATOM: u32 = 268_440_163;
const BYTE: u32 = 268_439_161;
const NIL: u32 = 268_435_459;
const POSITIVE: u32 = NIL;
const NEGATIVE: u32 = 268_436_141;
const BITS: u32 = NEGATIVE;
const PID: (u32, u32) = (268_438_633, FLOAT);
const FLOAT: u32 = 268_437_017;
const LIST: u32 = 268_437_511;
const TUPLE: u32 = 268_439_627;
const FUN: u32 = 268_440_479;
const REF: (u32, u32) = (TUPLE, FUN);
const EXPORT: u32 = 268_440_577;
const LAST_BITS: u32 = 268_440_581;
const MAP: u32 = 268_440_593;
const MAP_HASH: u32 = 268_440_611;
const RECORD: u32 = 268_440_629;

enum Todo<'a> {
    /// Elements still to come, then the number of elements.
    Tuple(&'a [Term], u32),
    /// Values of a record from this one on, in the order of the atoms that name them, then their number.
    Fields(RecordRef<'a>, usize),
    /// Free variables still to come.
    Env(&'a [Term]),
    /// The tail of a list behind an element that is no byte.
    Tail(Term),
    /// The tail was hashed.
    EndOfList,
}

/// The hash behind `erlang:phash(T, Range)`, which is one more than its remainder.
pub fn phash(t: Term) -> u32 {
    let mut hash = 0;
    let mut todo: SmallVec<[Todo; 4]> = SmallVec::new();
    let mut next = Some(t);
    loop {
        if let Some(t) = next.take() {
            hash = term(hash, t, &mut todo);
        }
        match todo.pop() {
            None => return hash,
            Some(Todo::Tuple(elements, size)) => match elements.split_first() {
                Some((&first, rest)) => {
                    todo.push(Todo::Tuple(rest, size));
                    next = Some(first);
                }
                None => hash = step(hash, TUPLE, size),
            },
            Some(Todo::Fields(record, at)) => match record.pair(at, true) {
                Some((_, value)) => {
                    todo.push(Todo::Fields(record, at + 1));
                    next = Some(value);
                }
                None => hash = step(hash, RECORD, 1 + at as u32),
            },
            Some(Todo::Env(variables)) => {
                if let Some((&first, rest)) = variables.split_first() {
                    todo.push(Todo::Env(rest));
                    next = Some(first);
                }
            }
            Some(Todo::Tail(tail)) => next = list(&mut hash, tail, &mut todo),
            Some(Todo::EndOfList) => hash = hash.wrapping_mul(LIST),
        }
    }
}

fn step(hash: u32, prime: u32, value: u32) -> u32 {
    hash.wrapping_mul(prime).wrapping_add(value)
}

fn bytes(hash: u32, prime: u32, bytes: impl IntoIterator<Item = u8>) -> u32 {
    bytes.into_iter().fold(hash, |hash, byte| step(hash, prime, u32::from(byte)))
}

/// An integer's bytes: all of its 64-bit words but the upper half of the last one if that is zero.
fn magnitude(hash: u32, words: impl ExactSizeIterator<Item = u64>, negative: bool) -> u32 {
    let last = words.len().saturating_sub(1);
    let hash = words.enumerate().fold(hash, |hash, (at, word)| {
        let count = if at == last && word >> 32 == 0 { 4 } else { 8 };
        bytes(hash, BYTE, word.to_le_bytes().into_iter().take(count))
    });
    hash.wrapping_mul(if negative { NEGATIVE } else { POSITIVE })
}

/// A definition, as the reference VM keeps it: a tuple that tells at which place in the order of the atoms each field is,
/// and has the fields in that order.
fn definition(hash: u32, definition: Definition<'_>) -> u32 {
    let (fields, identity) = (definition.fields(), definition.identity());
    let mut places = alloc::vec![0; fields.len()];
    for (n, place) in definition.atom_order().enumerate() {
        places[place] = n;
    }
    let number = |hash, n: u32| magnitude(hash, core::iter::once(u64::from(n)), false);
    let atom = |hash, atom: &Term| step(hash, ATOM, atom.as_atom().map_or(0, Atom::hash_value));
    let hash = places.iter().fold(hash, |hash, &n| number(hash, n as u32));
    let hash = number(step(hash, TUPLE, fields.len() as u32), super::definition(definition));
    let hash = identity[..identity.len() - fields.len()].iter().fold(hash, atom);
    let hash = definition.atom_order().fold(hash, |hash, place| atom(hash, &fields[place]));
    step(hash, TUPLE, (RECORD_FIELDS + fields.len()) as u32)
}

/// Adds a term, or the part of it that comes before what is left `todo`.
fn term<'a>(mut hash: u32, t: Term, todo: &mut SmallVec<[Todo<'a>; 4]>) -> u32 {
    match t.view() {
        View::Nil => step(hash, NIL, 1),
        View::Atom(a) => step(hash, ATOM, a.hash_value()),
        View::Small(n) => magnitude(hash, core::iter::once(n.unsigned_abs() as u64), n < 0),
        View::Big(big) => {
            let words = big.limbs.chunks(8 / WORD_BYTES).map(|part| {
                part.iter().rev().fold(0u128, |n, &limb| n << (8 * WORD_BYTES) | limb as u128) as u64
            });
            magnitude(hash, words, big.negative)
        }
        View::Float(f) => {
            let bits = if f == 0.0 { 0 } else { f.to_bits() };
            step(hash, FLOAT, (bits >> 32) as u32 ^ bits as u32)
        }
        View::Bits(b) => {
            let Some(bits) = Bits::of(b) else { return hash };
            let (whole, rest) = (bits.len() / 8, bits.len() % 8);
            if let Some(part) = bits.slice(0, whole * 8) {
                hash = bytes(hash, ATOM, part.bytes());
            }
            if rest > 0 {
                hash = step(hash, ATOM, u32::from(bits.byte(whole) >> (8 - rest)));
                hash = step(hash, LAST_BITS, rest as u32);
            }
            step(hash, BITS, whole as u32)
        }
        View::Pid(p) => bytes(hash, PID.0, (p as u32).to_le_bytes()).wrapping_mul(PID.1),
        View::Port(p) => bytes(hash, REF.0, (p as u32).to_le_bytes()).wrapping_mul(REF.1),
        View::Ref(r) => bytes(hash, REF.0, r.numbers()[0].to_le_bytes()).wrapping_mul(REF.1),
        View::Fun(f) => match fun::info(f.cell()) {
            Some(FunInfo::Export { module, function }) => {
                hash = step(hash, EXPORT, f.arity() as u32);
                hash = step(hash, ATOM, module.hash_value());
                step(hash, ATOM, function.hash_value())
            }
            Some(FunInfo::Local { module, index, uniq }) => {
                todo.push(Todo::Env(f.env()));
                hash = step(hash, FUN, f.env().len() as u32);
                hash = step(hash, ATOM, module.hash_value());
                hash = step(hash, BYTE, index);
                step(hash, BYTE, uniq)
            }
            None => step(hash, FUN, f.arity() as u32),
        },
        View::FlatMap(_) | View::HashMap(_) => step(hash, MAP, MAP_HASH).wrapping_add(phash2(t)),
        View::Record(record) => {
            todo.push(Todo::Fields(record, 0));
            definition(hash, record.definition())
        }
        View::Tuple(elements) => {
            todo.push(Todo::Tuple(elements, elements.len() as u32));
            hash
        }
        View::Cons(_) => {
            todo.push(Todo::Tail(t));
            hash
        }
        View::MatchContext(_) | View::Raw(_) | View::None => hash,
    }
}

/// The bytes at the front of a list; then the term to go on with: an element that is none, or the end.
fn list<'a>(hash: &mut u32, list: Term, todo: &mut SmallVec<[Todo<'a>; 4]>) -> Option<Term> {
    let mut rest = list;
    while let Some(&[head, tail]) = rest.as_cons() {
        match head.as_small() {
            Some(byte) if (0..256).contains(&byte) => *hash = step(*hash, BYTE, byte as u32),
            _ => {
                todo.push(Todo::Tail(tail));
                return Some(head);
            }
        }
        rest = tail;
    }
    todo.push(Todo::EndOfList);
    Some(rest)
}
