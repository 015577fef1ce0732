//! Reads the text form: one token of lookahead, one pass, errors with position.
//!
//! Entities may be named before they are defined (blocks need not stand in dominance order), so a mention makes the
//! table entry and notes where it was; whatever was never defined is an error at its first mention.

mod body;
mod run;
mod scalar;

pub use run::{RunExpect, RunLine, parse_run_line};

use super::lexer::{Tok, Token, tokenize};
use super::{MAX_NUMBER, ParseError, term};
use crate::entities::{Block, Inst};
use crate::function::Function;
use cranelift_entity::SecondaryMap;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A function read from text, with the lines that its parts stand on.
#[derive(Clone, Debug)]
pub struct ParsedFunction {
    /// The function.
    pub func: Function,
    /// Line of each instruction.
    pub inst_lines: SecondaryMap<Inst, u32>,
    /// Line of each block's label.
    pub block_lines: SecondaryMap<Block, u32>,
    /// Line of the word `function`.
    pub first_line: u32,
    /// Line of the closing brace.
    pub last_line: u32,
}

/// A `.lir` file: literals, then functions.
#[derive(Clone, Debug, Default)]
pub struct File {
    /// Literals by number.
    pub literals: BTreeMap<u32, term::Term>,
    /// Functions in order.
    pub functions: Vec<ParsedFunction>,
}

/// Reads the text of one function.
pub fn parse_function(text: &str) -> Result<Function, ParseError> {
    let mut parser = Parser::new(text)?;
    let parsed = body::function(&mut parser, &BTreeMap::new())?;
    parser.expect_end()?;
    Ok(parsed.func)
}

/// Reads a file. `literal N = TERM` lines stand before the functions that use them.
pub fn parse_file(text: &str) -> Result<File, ParseError> {
    let mut p = Parser::new(text)?;
    let mut file = File::default();
    loop {
        if p.accept_word("literal") {
            let at = p.position();
            let n = p.number("a literal number", MAX_NUMBER)?;
            p.punct("=")?;
            let term = term::parse(&mut p)?;
            if file.literals.insert(n, term).is_some() {
                return p.error_at(at, format!("literal {n} is defined twice"));
            }
        } else if p.is_word("function") {
            file.functions.push(body::function(&mut p, &file.literals)?);
        } else if *p.peek() == Tok::End {
            return Ok(file);
        } else {
            return p.expected("`function` or `literal`");
        }
    }
}

/// Index of a token.
pub(super) type Position = usize;

/// Tokens and how far they were read.
pub(super) struct Parser {
    tokens: Vec<Token>,
    at: usize,
    /// How many more table entries may be made only because a number was mentioned.
    room: usize,
}

impl Parser {
    pub(super) fn new(text: &str) -> Result<Parser, ParseError> {
        let tokens = tokenize(text)?;
        // Room for one function with large numbers, and for many with as many gaps as passes leave.
        let room = MAX_NUMBER as usize + 64 * tokens.len();
        Ok(Parser { tokens, at: 0, room })
    }

    /// Notes that so many table entries are made; refuses when they are out of proportion to the text.
    fn take_room(&mut self, entries: usize) -> Result<(), ParseError> {
        match self.room.checked_sub(entries) {
            Some(left) => self.room = left,
            None => {
                return self.error("expected a smaller number: too many numbers are left out in this text");
            }
        }
        Ok(())
    }

    pub(super) fn peek(&self) -> &Tok {
        &self.tokens[self.at].tok
    }

    pub(super) fn position(&self) -> Position {
        self.at
    }

    fn line(&self) -> u32 {
        self.tokens[self.at].line
    }

    /// Goes on to the next token; the end is never passed.
    pub(super) fn advance(&mut self) {
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
    }

    pub(super) fn error_at<T>(&self, at: Position, message: impl Into<String>) -> Result<T, ParseError> {
        let Token { line, col, .. } = self.tokens[at];
        Err(ParseError { line, col, message: message.into() })
    }

    pub(super) fn error<T>(&self, message: impl Into<String>) -> Result<T, ParseError> {
        self.error_at(self.at, message)
    }

    fn expected<T>(&self, what: &str) -> Result<T, ParseError> {
        self.error(format!("expected {what}, found {}", self.peek().show()))
    }

    pub(super) fn expect_end(&self) -> Result<(), ParseError> {
        if *self.peek() == Tok::End { Ok(()) } else { self.expected("end of text") }
    }

    /// Takes this punctuation if it is next.
    pub(super) fn accept(&mut self, punct: &'static str) -> bool {
        let found = *self.peek() == Tok::Punct(punct);
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn punct(&mut self, punct: &'static str) -> Result<(), ParseError> {
        if self.accept(punct) { Ok(()) } else { self.expected(&format!("`{punct}`")) }
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Tok::Ident(s) if s == word)
    }

    fn accept_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.advance();
        }
        found
    }

    fn word(&mut self, word: &str) -> Result<(), ParseError> {
        if self.accept_word(word) { Ok(()) } else { self.expected(&format!("`{word}`")) }
    }

    /// One of the words of a table.
    fn one_of<T: Copy>(&mut self, what: &str, table: &[(T, &'static str)]) -> Result<T, ParseError> {
        if let Tok::Ident(s) = self.peek()
            && let Some((value, _)) = table.iter().find(|(_, name)| name == s)
        {
            let value = *value;
            self.advance();
            return Ok(value);
        }
        self.expected(what)
    }

    /// A name: bare or quoted.
    pub(super) fn name(&mut self, what: &str) -> Result<Arc<str>, ParseError> {
        let name: Arc<str> = match self.peek() {
            Tok::Atom(s) => s.as_str().into(),
            Tok::Ident(s) if s.starts_with(|c: char| c.is_ascii_lowercase()) => s.as_str().into(),
            _ => return self.expected(what),
        };
        self.advance();
        Ok(name)
    }

    /// An unsigned decimal number in its shortest spelling, at most `max`.
    pub(super) fn number(&mut self, what: &str, max: u32) -> Result<u32, ParseError> {
        let Tok::Int(s) = self.peek() else { return self.expected(what) };
        match canonical(s) {
            Some(n) if n <= max => {
                self.advance();
                Ok(n)
            }
            _ => self.error(format!("expected {what} of at most {max}, found {}", self.peek().show())),
        }
    }

    /// Items separated by commas up to a closing mark, which is taken.
    pub(super) fn list(
        &mut self,
        close: &'static str,
        mut item: impl FnMut(&mut Parser) -> Result<(), ParseError>,
    ) -> Result<(), ParseError> {
        if self.accept(close) {
            return Ok(());
        }
        loop {
            item(self)?;
            if !self.accept(",") {
                return self.punct(close);
            }
        }
    }
}

/// A decimal number without sign or leading zeros.
fn canonical(s: &str) -> Option<u32> {
    let plain = s.bytes().all(|b| b.is_ascii_digit()) && (s == "0" || !s.starts_with('0'));
    if plain { s.parse().ok() } else { None }
}
