//! Erlang terms as text: the literals of a `.lir` file and the arguments and results of test runs.

use super::ParseError;
use super::lexer::{self, Tok};
use super::parser::Parser;
use crate::function::{ConstData, LitShape};
use core::fmt;
use dashu_int::IBig;
use std::sync::Arc;

/// Deepest nesting that is read.
const MAX_DEPTH: u32 = 200;

/// Most digits of an integer that is read.
const MAX_DIGITS: usize = 100_000;

/// An Erlang term as a value of its own, apart from any heap.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Term {
    /// An integer.
    Int(IBig),
    /// A float, by its bits.
    Float(u64),
    /// An atom.
    Atom(Arc<str>),
    /// Elements and tail; the tail is none for a proper list. No elements: the empty list.
    List(Vec<Term>, Option<Box<Term>>),
    /// A tuple.
    Tuple(Vec<Term>),
    /// A map: pairs in the order written, or in term order if read from memory.
    Map(Vec<(Term, Term)>),
    /// A bitstring: its bytes (unused bits of the last are 0) and its size in bits.
    Bits(Vec<u8>, u64),
    /// `fun Module:Name/Arity`
    Export(Arc<str>, Arc<str>, u32),
    /// What has no text that can be read back, such as a pid or a closure.
    Opaque(String),
}

impl Term {
    /// An integer.
    pub fn int(n: i64) -> Term {
        Term::Int(n.into())
    }

    /// An atom.
    pub fn atom(name: &str) -> Term {
        Term::Atom(name.into())
    }

    /// The empty list.
    pub const NIL: Term = Term::List(Vec::new(), None);

    /// What the compiler sees of the term when it is a literal of a module.
    pub fn shape(&self) -> LitShape {
        match self {
            Term::Int(n) if i64::try_from(n).is_err() => LitShape::Big,
            Term::Float(bits) => LitShape::Float(*bits),
            Term::List(items, _) if !items.is_empty() => LitShape::Cons,
            Term::Tuple(items) => LitShape::Tuple(items.len() as u32),
            Term::Map(pairs) => LitShape::Map(pairs.len() as u32),
            Term::Bits(_, bits) => LitShape::Bits(*bits),
            Term::Export(_, _, arity) => LitShape::Fun(*arity),
            _ => LitShape::Other,
        }
    }

    /// The constant that the term is, if it needs no literal.
    pub fn as_const(&self) -> Option<ConstData> {
        match self {
            Term::Int(n) => i64::try_from(n).ok().map(ConstData::Int),
            Term::Atom(a) => Some(ConstData::Atom(a.clone())),
            Term::List(items, None) if items.is_empty() => Some(ConstData::Nil),
            _ => None,
        }
    }

    /// Is the list a text worth showing as a string?
    fn as_string(&self) -> Option<String> {
        let Term::List(items, None) = self else { return None };
        if items.is_empty() {
            return None;
        }
        items
            .iter()
            .map(|t| match t {
                Term::Int(n) => u8::try_from(n).ok().filter(|b| (0x20..0x7f).contains(b)).map(char::from),
                _ => None,
            })
            .collect()
    }
}

fn list(f: &mut fmt::Formatter<'_>, items: &[Term]) -> fmt::Result {
    for (i, t) in items.iter().enumerate() {
        if i > 0 {
            f.write_str(", ")?;
        }
        write!(f, "{t}")?;
    }
    Ok(())
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Term::Int(n) => write!(f, "{n}"),
            Term::Float(bits) if f64::from_bits(*bits).is_finite() => f.write_str(&lexer::float(*bits)),
            Term::Float(bits) => write!(f, "#float({bits:016x})"),
            Term::Atom(a) => f.write_str(&lexer::name(a)),
            Term::List(items, tail) => {
                if let Some(s) = self.as_string() {
                    return f.write_str(&lexer::quote(&s, '"'));
                }
                f.write_str("[")?;
                list(f, items)?;
                if let Some(tail) = tail {
                    write!(f, " | {tail}")?;
                }
                f.write_str("]")
            }
            Term::Tuple(items) => {
                f.write_str("{")?;
                list(f, items)?;
                f.write_str("}")
            }
            Term::Map(pairs) => {
                f.write_str("#{")?;
                for (i, (k, v)) in pairs.iter().enumerate() {
                    write!(f, "{}{k} => {v}", if i > 0 { ", " } else { "" })?;
                }
                f.write_str("}")
            }
            Term::Bits(bytes, bits) => {
                f.write_str("<<")?;
                let rest = (bits % 8) as u32;
                for (i, b) in bytes.iter().enumerate() {
                    let sep = if i > 0 { "," } else { "" };
                    if rest != 0 && i + 1 == bytes.len() {
                        write!(f, "{sep}{}:{rest}", b >> (8 - rest))?;
                    } else {
                        write!(f, "{sep}{b}")?;
                    }
                }
                f.write_str(">>")
            }
            Term::Export(m, n, a) => write!(f, "fun {}:{}/{a}", lexer::name(m), lexer::name(n)),
            Term::Opaque(s) => write!(f, "#{s}"),
        }
    }
}

/// Reads one term; the whole text must be it.
pub fn parse_term(text: &str) -> Result<Term, ParseError> {
    let mut p = Parser::new(text)?;
    let term = parse(&mut p)?;
    p.expect_end()?;
    Ok(term)
}

/// Reads a term.
pub(super) fn parse(p: &mut Parser) -> Result<Term, ParseError> {
    nested(p, MAX_DEPTH)
}

fn nested(p: &mut Parser, depth: u32) -> Result<Term, ParseError> {
    if depth == 0 {
        return p.error(format!("terms nest deeper than {MAX_DEPTH}"));
    }
    match p.peek().clone() {
        Tok::Int(s) => {
            let n = integer(&s);
            match n {
                Some(n) => {
                    p.advance();
                    Ok(Term::Int(n))
                }
                None => p.error(format!("expected an integer of at most {MAX_DIGITS} digits")),
            }
        }
        Tok::Float(s) => match s.parse::<f64>() {
            Ok(f) if f.is_finite() => {
                p.advance();
                Ok(Term::Float(f.to_bits()))
            }
            _ => p.error("float is too large"),
        },
        Tok::Atom(s) => {
            p.advance();
            Ok(Term::Atom(s.into()))
        }
        Tok::Str(s) => {
            p.advance();
            Ok(Term::List(s.chars().map(|c| Term::int(c as i64)).collect(), None))
        }
        Tok::Ident(s) if s == "fun" => {
            p.advance();
            let module = p.name("a module name")?;
            p.punct(":")?;
            let name = p.name("a function name")?;
            p.punct("/")?;
            let arity = p.number("an arity", 255)?;
            Ok(Term::Export(module, name, arity))
        }
        Tok::Ident(s) if s.starts_with(|c: char| c.is_ascii_lowercase()) => {
            p.advance();
            Ok(Term::Atom(s.into()))
        }
        Tok::Punct("[") => {
            p.advance();
            let mut items = Vec::new();
            let mut tail = None;
            if !p.accept("]") {
                loop {
                    items.push(nested(p, depth - 1)?);
                    if p.accept("|") {
                        tail = Some(Box::new(nested(p, depth - 1)?));
                    } else if p.accept(",") {
                        continue;
                    }
                    break p.punct("]")?;
                }
            }
            // A tail that is a list itself continues this one: one spelling for each term.
            if let Some(t) = tail.take() {
                match *t {
                    Term::List(more, end) => {
                        items.extend(more);
                        tail = end;
                    }
                    other => tail = Some(Box::new(other)),
                }
            }
            Ok(Term::List(items, tail))
        }
        Tok::Punct("{") => {
            p.advance();
            let mut items = Vec::new();
            p.list("}", |p| {
                items.push(nested(p, depth - 1)?);
                Ok(())
            })?;
            Ok(Term::Tuple(items))
        }
        Tok::Punct("#") => {
            p.advance();
            p.punct("{")?;
            let mut pairs: Vec<(Term, Term)> = Vec::new();
            p.list("}", |p| {
                let at = p.position();
                let key = nested(p, depth - 1)?;
                p.punct("=>")?;
                if pairs.iter().any(|(k, _)| *k == key) {
                    return p.error_at(at, "key appears twice");
                }
                pairs.push((key, nested(p, depth - 1)?));
                Ok(())
            })?;
            Ok(Term::Map(pairs))
        }
        Tok::Punct("<<") => {
            p.advance();
            bitstring(p)
        }
        other => p.error(format!("expected a term, found {}", other.show())),
    }
}

/// `<<1, 2, "text", 5:3>>`: bytes, text (UTF-8), and at the end at most one segment with fewer bits than a byte.
fn bitstring(p: &mut Parser) -> Result<Term, ParseError> {
    let (mut bytes, mut bits) = (Vec::new(), 0u64);
    p.list(">>", |p| {
        if bits % 8 != 0 {
            return p.error("expected `>>` after a segment that is no whole byte");
        }
        if let Tok::Str(s) = p.peek().clone() {
            p.advance();
            bytes.extend_from_slice(s.as_bytes());
            bits += 8 * s.len() as u64;
            return Ok(());
        }
        let at = p.position();
        let byte = p.number("a byte", 255)? as u8;
        let size = if p.accept(":") { p.number("a size in bits", 8)? } else { 8 };
        if size == 0 || (size < 8 && byte >> size != 0) {
            return p.error_at(at, format!("value does not fit in {size} bits"));
        }
        bytes.push(byte << (8 - size));
        bits += u64::from(size);
        Ok(())
    })?;
    Ok(Term::Bits(bytes, bits))
}

/// The value of an integer token.
pub(super) fn integer(s: &str) -> Option<IBig> {
    if s.len() > MAX_DIGITS {
        return None;
    }
    match s.strip_prefix("0x") {
        Some(hex) => IBig::from_str_radix(hex, 16).ok(),
        None if s.contains('x') => None,
        None => IBig::from_str_radix(s, 10).ok(),
    }
}
