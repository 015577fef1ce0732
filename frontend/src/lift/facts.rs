//! Facts from the Type chunk, and constants from operands.

use crate::beam::{BeamType, LitId, Literals, Node, TypeSet};
use linac_ir::{Facts, Kinds, LitShape};

const KINDS: [(TypeSet, Kinds); 14] = [
    (TypeSet::ATOM, Kinds::ATOM),
    (TypeSet::BITSTRING, Kinds::BITS),
    // A match context is lifted to the bits still to be matched.
    (TypeSet::MATCH_STATE, Kinds::BITS),
    (TypeSet::CONS, Kinds::CONS),
    (TypeSet::FLOAT, Kinds::FLOAT),
    (TypeSet::FUN, Kinds::FUN),
    (TypeSet::INTEGER, Kinds::INT),
    (TypeSet::MAP, Kinds::MAP),
    (TypeSet::NIL, Kinds::NIL),
    (TypeSet::PID, Kinds::PID),
    (TypeSet::PORT, Kinds::PORT),
    (TypeSet::REFERENCE, Kinds::REF),
    (TypeSet::TUPLE, Kinds::TUPLE),
    (TypeSet::RECORD, Kinds::RECORD),
];

/// What a type of the chunk says, as facts.
pub(super) fn of_type(ty: &BeamType) -> Facts {
    if ty.set == TypeSet::ANY {
        return Facts::ANY;
    }
    let kinds =
        KINDS.iter().filter(|(set, _)| ty.set.contains(*set)).fold(Kinds::EMPTY, |k, (_, kind)| k.or(*kind));
    let mut facts = Facts::of(kinds);
    if kinds.contains(Kinds::INT) {
        // Bounds are about the value, be it an integer or a float; facts bound only integers.
        facts.lo = ty.min.unwrap_or(i64::MIN);
        facts.hi = ty.max.unwrap_or(i64::MAX);
    }
    facts
}

/// As much of a literal as the compiler looks at.
pub(super) fn shape(literals: &Literals, id: LitId) -> LitShape {
    match literals.node(id) {
        Node::Tuple(span) => LitShape::Tuple(span.len() as u32),
        Node::List { .. } => LitShape::Cons,
        Node::Map(span) => LitShape::Map(span.len() as u32 / 2),
        Node::Bits { bits, .. } => LitShape::Bits(bits),
        Node::Float(f) => LitShape::Float(f.to_bits()),
        Node::Big { .. } => LitShape::Big,
        Node::Export { arity, .. } => LitShape::Fun(u32::from(arity)),
        Node::Nil | Node::Atom(_) | Node::Int(_) => LitShape::Other,
    }
}
