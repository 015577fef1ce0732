//! The reference semantics of the IR: an interpreter over a simulated memory.
//!
//! *Problem*: passes, lowering and the register allocator need something to be compared with, for both word sizes, on any
//! host. *Idea*: one value model for both stages: words in a memory laid out as `linac_abi::term` says, so that
//! BEAM-level and core operations can work on the same objects. *Invariants*: execution ends (every instruction costs
//! fuel); a program that breaks a rule (a stale address, a wrong fact, NONE used as a term, an uncovered
//! allocation) ends in a [`Trap`], never in a wrong value or a panic. With [`Config::moving`] every safepoint moves every
//! object, so that what should have been a term but was kept as a word is found.

mod arith;
mod exec;
mod host;
mod memory;
mod object;
mod order;
#[cfg(test)]
mod tests;

pub use exec::Interp;
pub use host::{Called, DefaultHost, Host, Mfa, SELF, builtin};
pub use memory::{Callee, Memory};
pub use order::{Mode, compare};

use crate::function::Function;
use crate::text::Term;
use core::fmt;
use linac_abi::WordSize;
use linac_abi::rtcall::ErrorKind;
use linac_abi::term::{self, FixedAtom};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// Why execution cannot go on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The fuel is used up.
    OutOfFuel,
    /// The simulated memory or the stack is full.
    OutOfMemory,
    /// The program does what no program may do: a bug in it or in what made it.
    Undefined(String),
    /// The interpreter cannot do this.
    Unsupported(String),
}

impl Fault {
    fn undefined(message: impl Into<String>) -> Fault {
        Fault::Undefined(message.into())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::OutOfFuel => f.write_str("out of fuel"),
            Fault::OutOfMemory => f.write_str("out of memory"),
            Fault::Undefined(s) => write!(f, "undefined: {s}"),
            Fault::Unsupported(s) => write!(f, "not supported by the interpreter: {s}"),
        }
    }
}

/// A fault and the instruction at which it happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trap {
    /// What happened.
    pub fault: Fault,
    /// Function, block and instruction; empty before the first one.
    pub place: String,
}

impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place.is_empty() {
            write!(f, "{}", self.fault)
        } else {
            write!(f, "{}: {}", self.place, self.fault)
        }
    }
}

impl std::error::Error for Trap {}

/// An Erlang exception, in words of the simulated memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Exception {
    /// The atom `error`, `exit` or `throw`.
    pub class: u64,
    /// Reason.
    pub reason: u64,
    /// Raw stack trace; the interpreter has none and gives the empty list.
    pub trace: u64,
}

impl Exception {
    /// An error of a kind, about a term if the kind takes one.
    pub fn error(mem: &mut Memory, kind: ErrorKind, about: u64) -> Result<Exception, Fault> {
        let (name, with) = kind.reason();
        let reason = if with { mem.make_tuple(&[name.word(), about])? } else { name.word() };
        Ok(Exception::of_error(reason))
    }

    /// Class error with this reason.
    pub fn of_error(reason: u64) -> Exception {
        Exception { class: FixedAtom::Error.word(), reason, trace: term::NIL }
    }
}

/// How to run.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Word size; functions of stage `core` must have been made for it.
    pub word: WordSize,
    /// Instructions that may be executed; moving objects costs some, too.
    pub fuel: u64,
    /// Move all objects at each safepoint.
    pub moving: bool,
    /// Largest heap, in words.
    pub max_words: usize,
    /// Reductions between yields (`reds_dec` says when they are used up).
    pub reductions: i64,
    /// Check that facts hold of every value they are stated of.
    pub check_facts: bool,
}

impl Config {
    /// The usual limits.
    pub fn new(word: WordSize) -> Config {
        let (fuel, max_words) = (2_000_000, 1 << 22);
        Config { word, fuel, moving: false, max_words, reductions: 40, check_facts: true }
    }
}

/// Functions by name, and the literals of their module.
#[derive(Debug, Default)]
pub struct Program<'p> {
    functions: FxHashMap<Mfa, Vec<&'p Function>>,
    literals: BTreeMap<u32, Term>,
}

impl<'p> Program<'p> {
    /// A program of these functions.
    pub fn new(
        functions: impl IntoIterator<Item = &'p Function>,
        literals: BTreeMap<u32, Term>,
    ) -> Program<'p> {
        let mut program = Program { functions: FxHashMap::default(), literals };
        for func in functions {
            let (module, name) = (func.module.clone(), func.name.clone());
            let list = program.functions.entry(Mfa { module, name, arity: func.arity }).or_default();
            list.push(func);
            list.sort_by_key(|f| f.index);
        }
        program
    }

    /// The function of this name. A lambda's entry may have the name and arity of a function: the lower number is the
    /// function's, and the interpreter needs no entries.
    pub fn find(&self, mfa: &Mfa) -> Option<&'p Function> {
        self.functions.get(mfa)?.first().copied()
    }
}

/// What came of a call, in words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It returned.
    Value(u64),
    /// It raised.
    Raise(Exception),
}

/// What came of a call, apart from any memory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TermOutcome {
    /// It returned.
    Value(Term),
    /// It raised: class and reason.
    Raise(Term, Term),
}

impl fmt::Display for TermOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TermOutcome::Value(t) => write!(f, "== {t}"),
            TermOutcome::Raise(class, reason) => write!(f, "raises {class}:{reason}"),
        }
    }
}

/// Runs a function of a program on terms.
pub fn run(
    program: &Program,
    host: &mut dyn Host,
    config: Config,
    mfa: &Mfa,
    args: &[Term],
) -> Result<TermOutcome, Trap> {
    let mut interp = Interp::new(program, host, config);
    interp.run_terms(mfa, args)
}
