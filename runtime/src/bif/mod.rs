//! Built-in functions: one table, the protocol between them and the rest, and calling them.
//!
//! A *leaf* BIF computes: it takes terms, allocates in fragments, returns a term or the reason of an error. Native
//! code calls leaf BIFs directly, in guards too. A *full* BIF may do more than compute, and answers with an
//! [`Outcome`]. Every BIF can also be called, like any function, through its export's cell.

/// Rows of the table of BIFs: module, name, arity, kind, Rust function, what it does. Makes the constant `ROWS`.
macro_rules! bifs {
    ($($module:literal $function:literal $arity:literal $kind:ident $code:path, $doc:literal;)*) => {
        /// BIFs of this file.
        pub(super) const ROWS: &[$crate::bif::Bif] = &[$($crate::bif::Bif {
            module: $module,
            function: $function,
            arity: $arity,
            code: $crate::bif::Function::$kind($code),
            doc: $doc,
        }),*];
    };
}

mod atomics;
mod binaries;
mod checksums;
mod code;
mod convert;
mod debugging;
mod dictionary;
mod ets;
mod external;
pub(crate) mod facts;
mod files;
mod flags;
mod funs;
mod info;
mod io;
mod iolists;
mod lists;
mod loader;
mod maps;
mod math;
mod memory;
mod names;
mod nodes;
mod notsup;
mod os;
mod packets;
mod persistent;
mod posix;
pub(crate) mod process;
mod raise;
pub(crate) mod records;
mod regex;
mod relations;
pub(crate) mod request;
mod search;
mod services;
mod spawn;
mod system;
mod system_info;
mod table;
mod terms;
mod timers;
mod unicode;
mod zlib;

use crate::arch::Ret;
use crate::code::export::{ExportRef, Mfa};
use crate::exception::Top;
use crate::process::table::Pid;
use crate::process::{Continuation, Ending, Left, Process};
pub use checksums::{crc32_of, md5_of as md5};
pub use flags::{Flags, MaxHeap, Settings, error_handler};
use linac_abi::term::FixedAtom;
use linac_core::{Atom, Build, Term};
pub use persistent::Persistent;
use std::collections::HashMap;
use std::sync::OnceLock;
pub use table::TABLE;

/// The error reason `badarg`.
pub const BADARG: Term = Term::fixed(FixedAtom::Badarg);

/// What a full BIF answers.
pub enum Outcome {
    /// The result.
    Done(Term),
    /// The exception recorded in the process.
    Raise,
    /// A tail call: code address; the arguments are in the argument area.
    Trap(usize),
    /// Gives way to other processes, then goes on.
    Yield(Continuation),
    /// Goes on when a signal has come. The continuation looks whether it was the right one.
    Wait(Continuation),
    /// The process ends with this reason.
    Exit(Term),
    /// The same call again, when the process that starts a service has ended.
    After(Pid),
}

impl std::fmt::Debug for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Outcome::Done(_) => "Done",
            Outcome::Raise => "Raise",
            Outcome::Trap(_) => "Trap",
            Outcome::Yield(_) => "Yield",
            Outcome::Wait(_) => "Wait",
            Outcome::Exit(_) => "Exit",
            Outcome::After(_) => "After",
        })
    }
}

impl Outcome {
    /// A tail call of an export.
    pub fn trap(p: &mut Process, to: ExportRef, arguments: &[Term]) -> Outcome {
        Outcome::trap_to(p, to.cell.code().get(), arguments)
    }

    /// A tail call of a code address.
    pub fn trap_to(p: &mut Process, code: usize, arguments: &[Term]) -> Outcome {
        for (place, argument) in p.area().iter_mut().zip(arguments) {
            *place = argument.raw();
        }
        Outcome::Trap(code)
    }

    /// The error `badarg`, with the cause that the library's explanation of it looks for.
    pub fn badarg(p: &mut Process, cause: &'static str) -> Outcome {
        p.error_cause = Some(cause);
        Outcome::error(p, BADARG)
    }

    /// Gives way, then goes on with these terms, wherever they are by then.
    pub fn pause(
        p: &mut Process,
        terms: Vec<Term>,
        then: impl FnOnce(&mut Process, Vec<Term>) -> Outcome + Send + 'static,
    ) -> Outcome {
        debug_assert!(p.held.is_empty(), "one thing at a time");
        p.held = terms;
        Outcome::Yield(Box::new(move |p| {
            let terms = std::mem::take(&mut p.held);
            then(p, terms)
        }))
    }

    /// An error with this reason.
    pub fn error(p: &mut Process, reason: Term) -> Outcome {
        p.fail(reason);
        Outcome::Raise
    }
}

/// The outcome of what computes.
fn outcome(p: &mut Process, result: Result<Term, Term>) -> Outcome {
    match result {
        Ok(term) => Outcome::Done(term),
        Err(reason) => Outcome::error(p, reason),
    }
}

/// A computing BIF: a term, or the reason of an error.
pub type Leaf = fn(&mut Process, &[Term]) -> Result<Term, Term>;
/// A BIF that may do more.
pub type Full = fn(&mut Process, &[Term]) -> Outcome;

/// The two kinds.
#[derive(Clone, Copy)]
pub enum Function {
    /// Computes.
    Leaf(Leaf),
    /// May do more.
    Full(Full),
}

/// A row of the table.
#[derive(Clone, Copy)]
pub struct Bif {
    /// Module.
    pub module: &'static str,
    /// Name.
    pub function: &'static str,
    /// Number of arguments.
    pub arity: u8,
    /// What is behind it.
    pub code: Function,
    /// What it does.
    pub doc: &'static str,
}

impl std::fmt::Debug for Bif {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}/{}", self.module, self.function, self.arity)
    }
}

fn index() -> &'static HashMap<(&'static str, &'static str, u8), u32> {
    static INDEX: OnceLock<HashMap<(&'static str, &'static str, u8), u32>> = OnceLock::new();
    INDEX.get_or_init(|| {
        let rows = TABLE.iter().enumerate();
        rows.map(|(number, bif)| ((bif.module, bif.function, bif.arity), number as u32)).collect()
    })
}

/// Number of a BIF.
pub fn number(module: &str, function: &str, arity: u8) -> Option<u32> {
    // The lifetimes of the key's parts are shortened for the look-up only.
    let index: &HashMap<(&str, &str, u8), u32> = index();
    index.get(&(module, function, arity)).copied()
}

/// Number of a leaf BIF, as compiled code passes it to the runtime call `bif`.
pub fn leaf_number(module: &str, function: &str, arity: u8) -> Option<u32> {
    let number = number(module, function, arity)?;
    (arity <= 3 && matches!(TABLE[number as usize].code, Function::Leaf(_))).then_some(number)
}

/// Is there a BIF of this name, and does it only compute?
pub fn is_leaf(module: &str, function: &str, arity: u8) -> Option<bool> {
    number(module, function, arity).map(|number| matches!(TABLE[number as usize].code, Function::Leaf(_)))
}

fn mfa_of(bif: &Bif) -> Mfa {
    let atom = |text: &str| Atom::new(text).unwrap_or(Atom(FixedAtom::Undefined as u32));
    Mfa { module: atom(bif.module), function: atom(bif.function), arity: bif.arity }
}

/// Calls a leaf BIF for native code: a term word or NONE.
pub fn call_leaf(p: &mut Process, number: usize, arguments: [Term; 3]) -> usize {
    let Some(Bif { code: Function::Leaf(function), arity, .. }) = TABLE.get(number) else {
        panic!("{number} is no leaf BIF")
    };
    let before = p.heap.output();
    match function(p, &arguments[..usize::from(*arity)]) {
        Ok(result) => {
            p.charge_output(before);
            p.check_pressure();
            result.raw()
        }
        Err(reason) => {
            let (number, arguments) = p.blame.take().unwrap_or((number as u32, arguments));
            p.fail_in(reason, mfa_of(&TABLE[number as usize]), arguments);
            Term::NONE.raw()
        }
    }
}

/// Calls a BIF through its export: its arguments stand in the argument area.
pub fn call_full(p: &mut Process, number: u32) -> Ret {
    let Some(bif) = TABLE.get(number as usize) else { panic!("{number} is no BIF") };
    let arguments = p.arguments(usize::from(bif.arity));
    p.head.live_args = 0;
    let outcome = match bif.code {
        Function::Full(function) => match services::table_under_way(p, bif, arguments) {
            Some(starter) => Outcome::After(starter),
            None => match function(p, arguments) {
                // Most calls end here. An outcome as a whole is better not copied: the processor waits until its parts,
                // just written, can be read as one.
                Outcome::Done(result) => return done(p, result),
                other => other,
            },
        },
        Function::Leaf(function) => match leaf_charged(p, function, arguments) {
            Ok(result) => return done(p, result),
            Err(reason) => {
                match p.blame.take() {
                    Some((other, arguments)) => p.fail_in(reason, mfa_of(&TABLE[other as usize]), arguments),
                    None => p.fail(reason),
                }
                Outcome::Raise
            }
        },
    };
    let outcome = match outcome {
        Outcome::After(starter) => services::call_again(p, starter, mfa_of(bif), arguments),
        Outcome::Raise => match services::table_wanted(p, bif, arguments) {
            Some(starter) => services::call_again(p, starter, mfa_of(bif), arguments),
            None => Outcome::Raise,
        },
        other => other,
    };
    if let Outcome::Raise = outcome
        && p.pending_call.is_none()
        && p.head.exc_trace == Term::NONE.raw()
    {
        let list = p.heap.list(arguments);
        return p.raise_with(Top::Bif(mfa_of(bif), list));
    }
    act(p, outcome)
}

/// Calls a leaf BIF, which takes reductions for what it makes; a full one says itself what it has done.
fn leaf_charged(p: &mut Process, function: Leaf, arguments: &[Term]) -> Result<Term, Term> {
    let before = p.heap.output();
    let result = function(p, arguments);
    p.charge_output(before);
    result
}

/// A call that has its result.
#[inline]
fn done(p: &mut Process, result: Term) -> Ret {
    p.check_pressure();
    Ret::value(result.raw())
}

/// Acts upon an outcome.
pub fn act(p: &mut Process, outcome: Outcome) -> Ret {
    match outcome {
        Outcome::Done(result) => done(p, result),
        Outcome::Raise => p.raise_recorded(),
        Outcome::After(_) => unreachable!("calls are repeated from their beginning only"),
        Outcome::Trap(code) => {
            p.head.transfer = code;
            p.head.live_args = 0;
            p.check_pressure();
            Ret::RESUME
        }
        Outcome::Yield(continuation) => {
            p.continuation = Some(continuation);
            p.left = Left::Yielded;
            Ret::LEAVE
        }
        Outcome::Wait(continuation) => {
            p.continuation = Some(continuation);
            p.left = Left::Waiting;
            Ret::LEAVE
        }
        Outcome::Exit(reason) => {
            p.ending = Ending::Exited(reason);
            p.left = Left::Ended;
            Ret::LEAVE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_unique_and_described() {
        assert_eq!(index().len(), TABLE.len(), "a BIF is listed twice");
        for bif in TABLE {
            assert!(bif.doc.ends_with(['.', '?']) && bif.doc.len() > 4, "{bif:?}");
        }
        assert_eq!(is_leaf("erlang", "abs", 1), Some(true));
        assert_eq!(leaf_number("erlang", "spawn", 1), None);
        assert_eq!(number("erlang", "no_such_function", 1), None);
    }
}
