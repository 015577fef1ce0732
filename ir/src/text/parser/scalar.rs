//! The parts of an instruction that name no entity of the function: numbers, registers, callees, shapes.

use super::{Parser, canonical};
use crate::function::{ExtFunc, LitShape};
use crate::inst::BeamReg;
use crate::text::ParseError;
use crate::text::lexer::Tok;
use crate::text::term::integer;

type Result<T> = std::result::Result<T, ParseError>;

pub(super) fn ext_func(p: &mut Parser) -> Result<ExtFunc> {
    if p.accept_word("import") {
        let module = p.name("a module name")?;
        p.punct(":")?;
        let name = p.name("a function name")?;
        p.punct("/")?;
        return Ok(ExtFunc::Import { module, name, arity: p.number("an arity", u32::MAX)? });
    }
    let local = p.accept_word("local");
    if !local && !p.accept_word("lambda") {
        return p.expected("`local`, `import` or `lambda`");
    }
    let index = p.number("a number", u32::MAX)?;
    let name = p.name("a function name")?;
    p.punct("/")?;
    let arity = p.number("an arity", u32::MAX)?;
    if local {
        return Ok(ExtFunc::Local { index, name, arity });
    }
    p.word("free")?;
    Ok(ExtFunc::Lambda { index, name, arity, free: p.number("a number of free variables", u32::MAX)? })
}

pub(super) fn int64(p: &mut Parser) -> Result<i64> {
    let value = match p.peek() {
        Tok::Int(s) => integer(s).and_then(|n| i64::try_from(&n).ok()),
        _ => return p.expected("an integer"),
    };
    match value {
        Some(n) => {
            p.advance();
            Ok(n)
        }
        None => p.expected("an integer of 64 bits"),
    }
}

/// A float: decimal, or its bits in hexadecimal.
pub(super) fn float_bits(p: &mut Parser) -> Result<u64> {
    let bits = match p.peek() {
        Tok::Float(s) => s.parse::<f64>().ok().filter(|f| f.is_finite()).map(f64::to_bits),
        Tok::Int(s) => s.strip_prefix("0x").and_then(|hex| u64::from_str_radix(hex, 16).ok()),
        _ => None,
    };
    match bits {
        Some(bits) => {
            p.advance();
            Ok(bits)
        }
        None => p.expected("a float (decimal, or its 64 bits in hexadecimal)"),
    }
}

pub(super) fn beam_reg(p: &mut Parser) -> Result<BeamReg> {
    let reg = match p.peek() {
        Tok::Ident(s) => s.split_at_checked(1).and_then(|(file, n)| {
            let n = u16::try_from(canonical(n)?).ok()?;
            match file {
                "x" => Some(BeamReg::X(n)),
                "y" => Some(BeamReg::Y(n)),
                _ => None,
            }
        }),
        _ => None,
    };
    match reg {
        Some(reg) => {
            p.advance();
            Ok(reg)
        }
        None => p.expected("a BEAM register (`x0`, `y0`)"),
    }
}

pub(super) fn shape(p: &mut Parser) -> Result<LitShape> {
    let at = p.position();
    let Tok::Ident(word) = p.peek().clone() else { return p.expected("the shape of a literal") };
    p.advance();
    Ok(match word.as_str() {
        "cons" => LitShape::Cons,
        "big" => LitShape::Big,
        "other" => LitShape::Other,
        "tuple" | "map" | "fun" => {
            p.punct("/")?;
            let n = p.number("a size", u32::MAX)?;
            match word.as_str() {
                "tuple" => LitShape::Tuple(n),
                "map" => LitShape::Map(n),
                _ => LitShape::Fun(n),
            }
        }
        "bits" => {
            p.punct("/")?;
            match int64(p)? {
                n @ 0.. => LitShape::Bits(n as u64),
                _ => return p.error("a size is not negative"),
            }
        }
        "float" => {
            p.punct("/")?;
            LitShape::Float(float_bits(p)?)
        }
        _ => return p.error_at(at, format!("expected the shape of a literal, found `{word}`")),
    })
}
