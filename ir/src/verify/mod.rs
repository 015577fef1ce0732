//! Checks that a function is what docs/ir.md says a function is.
//!
//! *Problem*: a pass that breaks an invariant shows it three passes later as wrong code. *Idea*: every invariant that
//! passes and instruction sets rely on is checked here, cheaply enough to run after every pass. *Invariants*: any
//! function that can be represented can be verified (no panic), and a function without errors can be interpreted,
//! printed, optimized and lowered without further checks of its form.
//!
//! The checks build on one another: references and block structure first; if they do not hold, the rest is not looked
//! at, since control flow would be meaningless.

mod gc;
mod ssa;
mod structure;
#[cfg(test)]
mod tests;
mod types;

use crate::entities::{Block, Inst};
use crate::function::Function;
use core::fmt;

/// What an error is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Location {
    /// The function as a whole.
    Function,
    /// A block or its parameters.
    Block(Block),
    /// An instruction.
    Inst(Inst),
}

/// A violation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerifyError {
    /// Where.
    pub location: Location,
    /// What; for an instruction its text comes first.
    pub message: String,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.location {
            Location::Function => write!(f, "{}", self.message),
            Location::Block(b) => write!(f, "{b}: {}", self.message),
            Location::Inst(_) => write!(f, "{}", self.message),
        }
    }
}

impl std::error::Error for VerifyError {}

/// Checks a function. All violations of the first group that has any are reported.
pub fn verify(func: &Function) -> Result<(), Vec<VerifyError>> {
    let mut errors = Errors { func, list: Vec::new() };
    let Some(cfg) = structure::check(&mut errors) else { return Err(errors.list) };
    types::check(&mut errors);
    ssa::check(&mut errors, &cfg);
    if errors.list.is_empty() {
        gc::check(&mut errors, &cfg);
    }
    if errors.list.is_empty() { Ok(()) } else { Err(errors.list) }
}

/// Collects violations.
struct Errors<'f> {
    func: &'f Function,
    list: Vec<VerifyError>,
}

impl Errors<'_> {
    /// So many are enough: a broken pass breaks everything.
    const MAX: usize = 100;

    fn push(&mut self, location: Location, message: String) {
        if self.list.len() < Self::MAX {
            self.list.push(VerifyError { location, message });
        }
    }

    fn function(&mut self, message: impl Into<String>) {
        self.push(Location::Function, message.into());
    }

    fn block(&mut self, block: Block, message: impl Into<String>) {
        self.push(Location::Block(block), message.into());
    }

    /// An error about an instruction whose references have been checked.
    fn inst(&mut self, inst: Inst, message: impl fmt::Display) {
        let text = self.func.show_inst(inst);
        self.push(Location::Inst(inst), format!("`{text}`: {message}"));
    }

    /// An error about an instruction that cannot be shown, because a reference in it leads nowhere.
    fn broken(&mut self, inst: Inst, message: impl fmt::Display) {
        let op = self.func.insts[inst].op;
        self.push(Location::Inst(inst), format!("{inst} ({op}): {message}"));
    }
}
