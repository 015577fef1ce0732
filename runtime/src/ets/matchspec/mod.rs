//! Match specifications: a list of clauses `{Head, Guards, Body}`, compiled once and run over many objects.
//!
//! *Problem*: a select runs the same few tests over millions of objects that belong to nobody's heap, and both the
//! specification and the objects may be nested without bound. *Idea*: a clause becomes three short programs.
//!
//! The *head* is a list of [`Pattern`] operations in the order of a walk from the root: each takes the next term from
//! a stack, tests it, and may put its parts onto the stack. Guards and body are [`Op`] operations of a stack machine,
//! `andalso` and `orelse` being jumps. Nothing recurses: the compiler keeps a list of work too.
//!
//! *Whose memory*: values on the stack may be *borrowed* from the object or from the program. What is built goes to
//! the process's heap and must not refer to anything else, not even as garbage, so what flows into a constructor, a
//! sub-binary or the result passes an [`Op::Own`] first, which copies it.
//!
//! *Failure*: in a guard it ends the clause, in a body it is the value `'EXIT'`.

mod compile;
pub mod handle;
mod run;

pub use compile::{Failure, compile};
pub use run::{Machine, Ran};

use crate::bif::Leaf;
use linac_core::{FragList, Term};

/// What a match specification is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dialect {
    /// Objects of tables.
    Table,
    /// Arguments of a traced call.
    Trace,
}

/// An operation of a head: takes a term from the stack and tests it.
#[derive(Clone, Copy, Debug)]
pub enum Pattern {
    /// Anything.
    Any,
    /// Anything; it is the value of this variable.
    Bind(u32),
    /// What this variable is already.
    Same(u32),
    /// Exactly this term.
    Equal(Term),
    /// A tuple of this size; puts its elements onto the stack.
    Tuple(u32),
    /// A list cell; puts head and tail onto the stack.
    Cons,
    /// A map with these keys (first and number in [`Program::keys`]); puts their values onto the stack.
    Map(u32, u32),
}

/// An operation of a guard or a body.
#[derive(Clone, Copy)]
pub enum Op {
    /// Pushes a term of the program.
    Constant(Term),
    /// Pushes a variable.
    Variable(u32),
    /// Pushes the whole object.
    Whole,
    /// Pushes the list of all variables (or, for arguments of a call, of the arguments), owned.
    All,
    /// Copies the top to the process's heap.
    Own,
    /// Makes a tuple of so many values.
    Tuple(u32),
    /// Makes a list cell: the head is above the tail.
    Cons,
    /// Makes a map of so many pairs.
    Map(u32),
    /// Calls a function that computes.
    Call(Leaf, u8),
    /// `map_get(Key, Map)`; its error must not build anything.
    MapGet,
    /// `is_map_key(Key, Map)`; as above.
    IsMapKey,
    /// `and` of so many values.
    And(u32),
    /// `or` of so many values.
    Or(u32),
    /// If the top is `false` goes on there with it, if `true` drops it.
    AndAlso(u32),
    /// If the top is `true` goes on there with it, if `false` drops it.
    OrElse(u32),
    /// Drops the top.
    Drop,
    /// The end of a guard: the top must be `true`; drops it.
    Require,
    /// From here on failures are values.
    Catch,
}

/// A clause.
#[derive(Debug)]
pub struct Clause {
    head: Vec<Pattern>,
    code: Vec<Op>,
    /// Number of variables.
    variables: u32,
    /// Variables in the order of their numbers, for `'$$'`.
    in_order: Vec<u32>,
    /// The key that an object must have, if the head says.
    key: Option<Term>,
    /// The body leaves the key as it is.
    keeps_key: bool,
}

impl std::fmt::Debug for Op {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Op::Constant(_) => f.write_str("Constant"),
            Op::Variable(n) => write!(f, "Variable({n})"),
            Op::Whole => f.write_str("Whole"),
            Op::All => f.write_str("All"),
            Op::Own => f.write_str("Own"),
            Op::Tuple(n) => write!(f, "Tuple({n})"),
            Op::Cons => f.write_str("Cons"),
            Op::Map(n) => write!(f, "Map({n})"),
            Op::Call(_, arity) => write!(f, "Call/{arity}"),
            Op::MapGet => f.write_str("MapGet"),
            Op::IsMapKey => f.write_str("IsMapKey"),
            Op::And(n) => write!(f, "And({n})"),
            Op::Or(n) => write!(f, "Or({n})"),
            Op::AndAlso(to) => write!(f, "AndAlso({to})"),
            Op::OrElse(to) => write!(f, "OrElse({to})"),
            Op::Drop => f.write_str("Drop"),
            Op::Require => f.write_str("Require"),
            Op::Catch => f.write_str("Catch"),
        }
    }
}

/// A compiled match specification.
#[derive(Debug)]
pub struct Program {
    clauses: Vec<Clause>,
    /// Keys of map patterns.
    keys: Vec<Term>,
    /// Where the terms of the program are.
    _memory: FragList,
}

// SAFETY: the terms of a program are in its own memory and are only read.
unsafe impl Send for Program {}
// SAFETY: as above.
unsafe impl Sync for Program {}

impl Program {
    /// The keys that objects must have to match, if each clause says one.
    pub fn keys(&self) -> Option<Vec<Term>> {
        self.clauses.iter().map(|clause| clause.key).collect()
    }

    /// Do all bodies leave the key as it is?
    pub fn keeps_key(&self) -> bool {
        self.clauses.iter().all(|clause| clause.keeps_key)
    }
}
