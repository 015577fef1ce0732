//! The text form of functions (`.lir`), see docs/ir.md.
//!
//! *Problem*: tests, bug reports and people need functions as text, and what cannot be read back cannot be tested
//! alone. *Idea*: printer and parser are exact inverses over one canonical form; everything that affects code or debug
//! information is printed. *Invariants*: `parse(print(f))` equals `f` up to the numbers of instructions and the order of
//! interned constants; `print(parse(t)) == t` for canonical `t`; no input makes the parser panic or use memory out of
//! proportion to its length (entity numbers are limited by [`MAX_NUMBER`]).

mod lexer;
mod parser;
mod printer;
mod term;
#[cfg(test)]
mod tests;

pub use parser::{File, ParsedFunction, parse_file, parse_function, parse_run_line};
pub use parser::{RunExpect, RunLine};
pub use printer::print;
pub use term::{Term, parse_term};

use core::fmt;

/// Largest number of a value, block, function, slot, location or file in text.
pub const MAX_NUMBER: u32 = (1 << 20) - 1;

/// What is wrong with a text, and where (line and column count from 1).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParseError {
    /// Line.
    pub line: u32,
    /// Column, in characters.
    pub col: u32,
    /// What was expected or is wrong.
    pub message: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.col, self.message)
    }
}

impl std::error::Error for ParseError {}
