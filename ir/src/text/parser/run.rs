//! `f(1, 2) == 3`: what a test runs and what must come of it.

use super::Parser;
use crate::text::term::{self, Term};
use crate::text::{ParseError, lexer::Tok};
use std::sync::Arc;

/// A call and its expected outcome.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RunLine {
    /// Function name.
    pub name: Arc<str>,
    /// Arguments.
    pub args: Vec<Term>,
    /// Outcome.
    pub expect: RunExpect,
}

/// What must come of a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RunExpect {
    /// `== TERM`
    Value(Term),
    /// `raises CLASS:TERM`
    Raises(Arc<str>, Term),
    /// `traps "TEXT"`: the function is wrong, and the message holds the text.
    Traps(String),
}

/// Reads `NAME(ARGS) == TERM`, `NAME(ARGS) raises CLASS:TERM` or `NAME(ARGS) traps "TEXT"`.
pub fn parse_run_line(text: &str) -> Result<RunLine, ParseError> {
    let mut p = Parser::new(text)?;
    let name = p.name("a function name")?;
    p.punct("(")?;
    let mut args = Vec::new();
    p.list(")", |p| {
        args.push(term::parse(p)?);
        Ok(())
    })?;
    let expect = if p.accept_word("raises") {
        let class = p.name("an exception class")?;
        p.punct(":")?;
        RunExpect::Raises(class, term::parse(&mut p)?)
    } else if p.accept_word("traps") {
        let Tok::Str(s) = p.peek().clone() else { return p.expected("a string") };
        p.advance();
        RunExpect::Traps(s)
    } else if p.accept("=") {
        p.punct("=")?;
        RunExpect::Value(term::parse(&mut p)?)
    } else {
        return p.expected("`==`, `raises` or `traps`");
    };
    p.expect_end()?;
    Ok(RunLine { name, args, expect })
}
