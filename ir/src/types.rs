//! Types of values, and facts about terms.
//!
//! A value has one [`Type`]: what it is to the machine. A value of type `term` has [`Facts`] beside it: what is known
//! of the Erlang term, a lattice whose top is "anything". Facts are claims that passes rely on: a wrong fact is a
//! miscompile. `i64` bounds are used on every target, so lifted IR does not depend on the word size.

use core::fmt;

/// What a value is to the machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub enum Type {
    /// A tagged term, or NONE; the collector keeps it up to date.
    Term,
    /// A raw machine word that is no address into a heap.
    Word,
    /// A raw 64-bit integer (two words on a 32-bit target, before legalization splits it).
    I64,
    /// A 64-bit float.
    F64,
    /// A truth value; 0 or 1 where it must be a word.
    Bool,
    /// A word that depends on where a heap object is: an address, or the bits of a term. Never live across a safepoint.
    Derived,
}

impl Type {
    /// All types with their spelling.
    pub const ALL: [(Type, &'static str); 6] = [
        (Type::Term, "term"),
        (Type::Word, "word"),
        (Type::I64, "i64"),
        (Type::F64, "f64"),
        (Type::Bool, "bool"),
        (Type::Derived, "derived"),
    ];
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Type::ALL[*self as usize].1)
    }
}

/// A set of kinds of term.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct Kinds(pub u16);

impl Kinds {
    /// Atoms.
    pub const ATOM: Kinds = Kinds(1);
    /// Integers, small and large.
    pub const INT: Kinds = Kinds(1 << 1);
    /// Floats.
    pub const FLOAT: Kinds = Kinds(1 << 2);
    /// Cons cells.
    pub const CONS: Kinds = Kinds(1 << 3);
    /// The empty list.
    pub const NIL: Kinds = Kinds(1 << 4);
    /// Tuples.
    pub const TUPLE: Kinds = Kinds(1 << 5);
    /// Maps.
    pub const MAP: Kinds = Kinds(1 << 6);
    /// Bitstrings.
    pub const BITS: Kinds = Kinds(1 << 7);
    /// Funs.
    pub const FUN: Kinds = Kinds(1 << 8);
    /// Pids.
    pub const PID: Kinds = Kinds(1 << 9);
    /// Ports.
    pub const PORT: Kinds = Kinds(1 << 10);
    /// References.
    pub const REF: Kinds = Kinds(1 << 11);
    /// Native records.
    pub const RECORD: Kinds = Kinds(1 << 12);
    /// NONE: the result of a fallible operation that failed. Not a term.
    pub const NONE: Kinds = Kinds(1 << 13);
    /// Every term.
    pub const ANY: Kinds = Kinds((1 << 13) - 1);
    /// Every term and NONE.
    pub const ANY_OR_NONE: Kinds = Kinds((1 << 14) - 1);
    /// No term at all: unreachable.
    pub const EMPTY: Kinds = Kinds(0);
    /// Integers and floats.
    pub const NUMBER: Kinds = Kinds(Self::INT.0 | Self::FLOAT.0);
    /// Lists: cons or nil.
    pub const LIST: Kinds = Kinds(Self::CONS.0 | Self::NIL.0);
    /// Kinds that are always represented as an immediate (integers are not: they may be large).
    pub const IMMEDIATE: Kinds = Kinds(Self::ATOM.0 | Self::NIL.0 | Self::PID.0 | Self::PORT.0);

    /// Names of the single kinds, by bit.
    pub const NAMES: [&'static str; 14] = [
        "atom", "int", "float", "cons", "nil", "tuple", "map", "bits", "fun", "pid", "port", "ref", "record",
        "none",
    ];

    /// Is every kind of `other` in `self`?
    pub const fn contains(self, other: Kinds) -> bool {
        self.0 & other.0 == other.0
    }

    /// Is `self` a part of `other`?
    pub const fn within(self, other: Kinds) -> bool {
        other.contains(self)
    }

    /// Union.
    #[must_use]
    pub const fn or(self, other: Kinds) -> Kinds {
        Kinds(self.0 | other.0)
    }

    /// Intersection.
    #[must_use]
    pub const fn and(self, other: Kinds) -> Kinds {
        Kinds(self.0 & other.0)
    }

    /// Difference.
    #[must_use]
    pub const fn minus(self, other: Kinds) -> Kinds {
        Kinds(self.0 & !other.0)
    }

    /// No kind in common?
    pub const fn disjoint(self, other: Kinds) -> bool {
        self.0 & other.0 == 0
    }
}

/// What is known of a term: a product lattice. `lo..=hi` bounds the value if it is an integer; `i64::MIN` and
/// `i64::MAX` mean unbounded. `arity` is the exact size if it is a tuple, or the exact arity if it is a fun.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Facts {
    /// Which kinds it can be.
    pub kinds: Kinds,
    /// Least value if it is an integer.
    pub lo: i64,
    /// Greatest value if it is an integer.
    pub hi: i64,
    /// Exact arity if it is a tuple or fun and the arity is known.
    pub arity: Option<u32>,
}

impl Facts {
    /// Any term.
    pub const ANY: Facts = Facts::of(Kinds::ANY);
    /// Any term, or NONE.
    pub const ANY_OR_NONE: Facts = Facts::of(Kinds::ANY_OR_NONE);
    /// Nothing: unreachable.
    pub const EMPTY: Facts = Facts { kinds: Kinds::EMPTY, lo: i64::MAX, hi: i64::MIN, arity: None };

    /// Any term of the given kinds.
    pub const fn of(kinds: Kinds) -> Facts {
        Facts { kinds, lo: i64::MIN, hi: i64::MAX, arity: None }
    }

    /// An integer between two bounds.
    pub const fn int(lo: i64, hi: i64) -> Facts {
        Facts { kinds: Kinds::INT, lo, hi, arity: None }
    }

    /// A tuple of a known size.
    pub const fn tuple(arity: u32) -> Facts {
        Facts { kinds: Kinds::TUPLE, lo: i64::MIN, hi: i64::MAX, arity: Some(arity) }
    }

    /// Is it an integer whose value is within the bounds of the small integers of a target?
    pub fn is_small(&self, word: linac_abi::WordSize) -> bool {
        self.kinds == Kinds::INT && word.is_small(self.lo) && word.is_small(self.hi)
    }

    /// The integer it must be, if there is only one.
    pub fn int_const(&self) -> Option<i64> {
        (self.kinds == Kinds::INT && self.lo == self.hi).then_some(self.lo)
    }

    /// The same facts with bounds and arity that say nothing (because no kind has them) left open.
    #[must_use]
    pub fn normalize(&self) -> Facts {
        let mut f = *self;
        if f.kinds == Kinds::EMPTY {
            return Facts::EMPTY;
        }
        if !f.has_int() {
            (f.lo, f.hi) = (i64::MIN, i64::MAX);
        }
        if !f.has_arity() {
            f.arity = None;
        }
        f
    }

    fn has_int(&self) -> bool {
        !self.kinds.disjoint(Kinds::INT)
    }

    fn has_arity(&self) -> bool {
        !self.kinds.disjoint(Kinds::TUPLE.or(Kinds::FUN))
    }

    /// Least upper bound: what holds of a value that comes from either.
    #[must_use]
    pub fn join(&self, other: &Facts) -> Facts {
        if self.kinds == Kinds::EMPTY {
            return *other;
        }
        if other.kinds == Kinds::EMPTY {
            return *self;
        }
        let (lo, hi) = match (self.has_int(), other.has_int()) {
            (true, true) => (self.lo.min(other.lo), self.hi.max(other.hi)),
            (true, false) => (self.lo, self.hi),
            (false, true) => (other.lo, other.hi),
            (false, false) => (i64::MIN, i64::MAX),
        };
        let arity = match (self.has_arity(), other.has_arity()) {
            (true, true) if self.arity == other.arity => self.arity,
            (true, false) => self.arity,
            (false, true) => other.arity,
            _ => None,
        };
        Facts { kinds: self.kinds.or(other.kinds), lo, hi, arity }
    }

    /// Greatest lower bound: what holds when both hold.
    #[must_use]
    pub fn meet(&self, other: &Facts) -> Facts {
        let mut kinds = self.kinds.and(other.kinds);
        let (lo, hi) = (self.lo.max(other.lo), self.hi.min(other.hi));
        if lo > hi {
            kinds = kinds.minus(Kinds::INT);
        }
        let arity = match (self.arity, other.arity) {
            (Some(a), Some(b)) if a != b => {
                kinds = kinds.minus(Kinds::TUPLE.or(Kinds::FUN));
                None
            }
            (a, b) => a.or(b),
        };
        let mut f = Facts { kinds, lo, hi, arity };
        if !f.has_int() {
            (f.lo, f.hi) = (i64::MIN, i64::MAX);
        }
        if !f.has_arity() {
            f.arity = None;
        }
        f
    }
}

impl fmt::Display for Kinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Kinds::ANY => return f.write_str("any"),
            Kinds::ANY_OR_NONE => return f.write_str("any|none"),
            Kinds::EMPTY => return f.write_str("empty"),
            _ => {}
        }
        let mut sep = "";
        for (i, name) in Kinds::NAMES.iter().enumerate() {
            if self.0 & (1 << i) != 0 {
                write!(f, "{sep}{name}")?;
                sep = "|";
            }
        }
        Ok(())
    }
}

impl fmt::Display for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let facts = self.normalize();
        if facts.kinds == Kinds::EMPTY {
            return f.write_str("empty");
        }
        let range = |f: &mut fmt::Formatter<'_>| {
            if facts.lo == i64::MIN && facts.hi == i64::MAX {
                return Ok(());
            }
            f.write_str("[")?;
            if facts.lo != i64::MIN {
                write!(f, "{}", facts.lo)?;
            }
            f.write_str("..")?;
            if facts.hi != i64::MAX {
                write!(f, "{}", facts.hi)?;
            }
            f.write_str("]")
        };
        let arity = |f: &mut fmt::Formatter<'_>| facts.arity.map_or(Ok(()), |n| write!(f, "/{n}"));
        let mut rest = facts.kinds;
        let mut sep = "";
        if rest.contains(Kinds::ANY) {
            f.write_str("any")?;
            range(f)?;
            arity(f)?;
            rest = rest.minus(Kinds::ANY);
            sep = "|";
        }
        for (i, name) in Kinds::NAMES.iter().enumerate() {
            let kind = Kinds(1 << i);
            if !rest.contains(kind) {
                continue;
            }
            write!(f, "{sep}{name}")?;
            sep = "|";
            if kind == Kinds::INT {
                range(f)?;
            } else if kind == Kinds::TUPLE || kind == Kinds::FUN {
                arity(f)?;
            }
        }
        Ok(())
    }
}
