//! Conversions between numbers, atoms, lists and binaries.

use super::BADARG;
use super::terms::index;
use crate::data;
use crate::process::Process;
use linac_abi::term::FixedAtom;
use linac_core::atoms::MAX_CHARS;
use linac_core::binary::{self, Bits};
use linac_core::number::{self, NumError, Rounding};
use linac_core::numtext::{self, FloatFormat};
use linac_core::{Atom, Build, Term};
use std::borrow::Cow;

type Out = Result<Term, Term>;

fn reason(error: NumError) -> Term {
    Term::fixed(data::number_error(error))
}

/// Arithmetic as functions, for calls by name.
macro_rules! arithmetic {
    ($($name:ident $($arg:literal)*;)*) => {
        $(pub fn $name(p: &mut Process, a: &[Term]) -> Out {
            number::$name(&mut p.heap, $(a[$arg]),*).map_err(reason)
        })*
    };
}

arithmetic! {
    add 0 1; sub 0 1; mul 0 1; fdiv 0 1; idiv 0 1; irem 0 1; neg 0; band 0 1; bor 0 1; bxor 0 1; bnot 0; bsl 0 1;
    bsr 0 1; abs 0;
}

pub fn plus(_: &mut Process, a: &[Term]) -> Out {
    if a[0].is_number() { Ok(a[0]) } else { Err(Term::fixed(FixedAtom::Badarith)) }
}

macro_rules! rounding {
    ($($name:ident $how:ident;)*) => {
        $(pub fn $name(p: &mut Process, a: &[Term]) -> Out {
            number::to_integer(&mut p.heap, a[0], Rounding::$how).map_err(reason)
        })*
    };
}

rounding! { trunc Trunc; round Round; floor Floor; ceil Ceil; }

pub fn float(p: &mut Process, a: &[Term]) -> Out {
    if a[0].is_float() {
        return Ok(a[0]);
    }
    let value = number::to_f64(a[0]).filter(|value| value.is_finite()).ok_or(BADARG)?;
    Ok(p.heap.float(value))
}

/// The text of a list of code points or a list of Latin-1 bytes.
fn list_text(t: Term) -> Result<String, Term> {
    let items = data::proper_list(t).ok_or(BADARG)?;
    items.iter().map(|c| data::character(*c).ok_or(BADARG)).collect()
}

fn binary_bytes(t: Term) -> Result<Vec<u8>, Term> {
    Ok(Bits::of(t).filter(|bits| bits.is_binary()).ok_or(BADARG)?.to_vec())
}

/// The bytes of a binary, in place if they lie so.
fn bytes_of(t: Term) -> Result<Cow<'static, [u8]>, Term> {
    let bits = Bits::of(t).filter(|bits| bits.is_binary()).ok_or(BADARG)?;
    Ok(bits.as_bytes().map_or_else(|| Cow::Owned(bits.to_vec()), Cow::Borrowed))
}

fn binary_text(t: Term) -> Result<String, Term> {
    String::from_utf8(binary_bytes(t)?).map_err(|_| BADARG)
}

pub fn make_binary(p: &mut Process, bytes: &[u8]) -> Out {
    p.heap.binary(bytes).map_err(|_| Term::fixed(FixedAtom::SystemLimit))
}

fn integer_text(p: &mut Process, t: Term, base: Term) -> Result<String, Term> {
    let _ = p;
    let base = base.as_small().filter(|base| (2..=36).contains(base)).ok_or(BADARG)?;
    if !t.is_integer() {
        return Err(BADARG);
    }
    numtext::integer_text(t, base as u32).ok_or(BADARG)
}

fn parse_integer(p: &mut Process, text: &[u8], base: Term) -> Out {
    let base = base.as_small().filter(|base| (2..=36).contains(base)).ok_or(BADARG)?;
    numtext::text_integer(&mut p.heap, text, base as u32).map_err(reason)
}

const TEN: Term = Term::small(10);

pub fn integer_to_list(p: &mut Process, a: &[Term]) -> Out {
    let base = a.get(1).copied().unwrap_or(TEN);
    let text = integer_text(p, a[0], base)?;
    Ok(p.heap.string(&text))
}

pub fn integer_to_binary(p: &mut Process, a: &[Term]) -> Out {
    let base = a.get(1).copied().unwrap_or(TEN);
    if let (Some(n), true) = (a[0].as_small(), base == TEN) {
        let mut room = [0; numtext::DECIMAL_MAX];
        return make_binary(p, numtext::decimal(n as i64, &mut room));
    }
    let text = integer_text(p, a[0], base)?;
    make_binary(p, text.as_bytes())
}

pub fn list_to_integer(p: &mut Process, a: &[Term]) -> Out {
    let text = list_text(a[0])?;
    parse_integer(p, text.as_bytes(), a.get(1).copied().unwrap_or(TEN))
}

pub fn binary_to_integer(p: &mut Process, a: &[Term]) -> Out {
    let text = bytes_of(a[0])?;
    parse_integer(p, &text, a.get(1).copied().unwrap_or(TEN))
}

pub fn float_to_list(p: &mut Process, a: &[Term]) -> Out {
    let text = float_text(a)?;
    Ok(p.heap.string(&text))
}

pub fn float_to_binary(p: &mut Process, a: &[Term]) -> Out {
    let text = float_text(a)?;
    make_binary(p, text.as_bytes())
}

/// Longer texts than the reference VM has room for are refused, also if compacting would have made them fit.
const LONGEST_FLOAT: usize = 255;

/// The text of a float: 20 digits of scientific notation unless options say otherwise.
fn float_text(a: &[Term]) -> Result<String, Term> {
    let value = a[0].as_float().ok_or(BADARG)?;
    let mut how = FloatFormat::Scientific(20);
    let mut compact = false;
    let options = a.get(1).map_or(Some(Vec::new()), |options| data::proper_list(*options));
    for option in options.ok_or(BADARG)? {
        if let Some(name) = option.as_atom() {
            match name.text() {
                "compact" => compact = true,
                "short" => how = FloatFormat::Short,
                _ => return Err(BADARG),
            }
            continue;
        }
        let Some([key, digits]) = option.as_tuple() else { return Err(BADARG) };
        how = match (key.as_atom().map(Atom::text), digits.as_small().ok_or(BADARG)?) {
            (Some("decimals"), digits @ 0..=253) => FloatFormat::Decimals(digits as usize),
            (Some("scientific"), digits @ 0..=249) => FloatFormat::Scientific(digits as usize),
            // Less than no digits means as many as C takes by default.
            (Some("scientific"), ..0) => FloatFormat::Scientific(6),
            _ => return Err(BADARG),
        };
    }
    let text = numtext::float_text(value, how);
    if text.len() > LONGEST_FLOAT {
        return Err(BADARG);
    }
    match how {
        FloatFormat::Decimals(digits) if compact => {
            Ok(numtext::float_text(value, FloatFormat::Compact(digits)))
        }
        _ => Ok(text),
    }
}

fn parse_float(p: &mut Process, text: &[u8]) -> Out {
    let value = numtext::text_float(text).ok_or(BADARG)?;
    Ok(p.heap.float(value))
}

pub fn list_to_float(p: &mut Process, a: &[Term]) -> Out {
    let text = list_text(a[0])?;
    parse_float(p, text.as_bytes())
}

pub fn binary_to_float(p: &mut Process, a: &[Term]) -> Out {
    let text = bytes_of(a[0])?;
    parse_float(p, &text)
}

fn atom(t: Term) -> Result<&'static str, Term> {
    t.as_atom().map(Atom::text).ok_or(BADARG)
}

fn make_atom(text: &str) -> Out {
    Atom::new(text).map(Term::atom).map_err(|_| Term::fixed(FixedAtom::SystemLimit))
}

fn existing(text: &str) -> Out {
    Atom::existing(text).map(Term::atom).ok_or(BADARG)
}

pub fn atom_to_list(p: &mut Process, a: &[Term]) -> Out {
    let text = atom(a[0])?;
    Ok(p.heap.string(text))
}

pub fn atom_to_binary(p: &mut Process, a: &[Term]) -> Out {
    let text = atom(a[0])?;
    match a.get(1).map(|encoding| atom(*encoding)).transpose()? {
        None | Some("utf8" | "unicode") => make_binary(p, text.as_bytes()),
        Some("latin1") => {
            let bytes: Result<Vec<u8>, _> = text.chars().map(|c| u8::try_from(u32::from(c))).collect();
            make_binary(p, &bytes.map_err(|_| BADARG)?)
        }
        Some(_) => Err(BADARG),
    }
}

/// The text of a new atom: too many characters are found before what is wrong behind them.
fn new_text(characters: impl Iterator<Item = Option<char>>) -> Result<String, Term> {
    let limited = characters.enumerate().map(|(n, character)| match character {
        _ if n >= MAX_CHARS => Err(Term::fixed(FixedAtom::SystemLimit)),
        character => character.ok_or(BADARG),
    });
    limited.collect()
}

pub fn list_to_atom(_: &mut Process, a: &[Term]) -> Out {
    let mut rest = Some(a[0]);
    let characters = std::iter::from_fn(|| {
        let list = rest.take().filter(|list| !list.is_nil())?;
        let Some([head, tail]) = list.as_cons() else { return Some(None) };
        rest = Some(*tail);
        Some(data::character(*head))
    });
    make_atom(&new_text(characters)?)
}

pub fn list_to_existing_atom(_: &mut Process, a: &[Term]) -> Out {
    existing(&list_text(a[0])?)
}

fn encoded_text(a: &[Term]) -> Result<String, Term> {
    match a.get(1).map(|encoding| atom(*encoding)).transpose()? {
        None | Some("utf8" | "unicode") => binary_text(a[0]),
        Some("latin1") => Ok(binary_bytes(a[0])?.into_iter().map(char::from).collect()),
        Some(_) => Err(BADARG),
    }
}

pub fn binary_to_atom(_: &mut Process, a: &[Term]) -> Out {
    let bytes = binary_bytes(a[0])?;
    let latin1 = match a.get(1).map(|encoding| atom(*encoding)).transpose()? {
        None | Some("utf8" | "unicode") => false,
        Some("latin1") => true,
        Some(_) => return Err(BADARG),
    };
    if latin1 {
        return make_atom(&new_text(bytes.into_iter().map(|byte| Some(char::from(byte))))?);
    }
    if bytes.len() > 4 * MAX_CHARS {
        return Err(Term::fixed(FixedAtom::SystemLimit));
    }
    let characters = bytes.utf8_chunks().flat_map(|chunk| {
        let wrong = (!chunk.invalid().is_empty()).then_some(None);
        chunk.valid().chars().map(Some).chain(wrong)
    });
    make_atom(&new_text(characters)?)
}

pub fn binary_to_existing_atom(_: &mut Process, a: &[Term]) -> Out {
    existing(&encoded_text(a)?)
}

pub fn binary_to_list(p: &mut Process, a: &[Term]) -> Out {
    let bytes = binary_bytes(a[0])?;
    Ok(p.heap.byte_list(&bytes))
}

pub fn binary_to_list_part(p: &mut Process, a: &[Term]) -> Out {
    let bytes = binary_bytes(a[0])?;
    let (from, to) = (index(a[1])?, index(a[2])?);
    if from == 0 || from > to {
        return Err(BADARG);
    }
    let part = bytes.get(from - 1..to).ok_or(BADARG)?;
    Ok(p.heap.byte_list(part))
}

pub fn pid_to_list(p: &mut Process, a: &[Term]) -> Out {
    if !a[0].is_pid() {
        return Err(BADARG);
    }
    let text = data::text(a[0]);
    Ok(p.heap.string(&text))
}

pub fn port_to_list(p: &mut Process, a: &[Term]) -> Out {
    if !a[0].is_port() {
        return Err(BADARG);
    }
    let text = data::text(a[0]);
    Ok(p.heap.string(&text))
}

pub fn ref_to_list(p: &mut Process, a: &[Term]) -> Out {
    if !matches!(a[0].view(), linac_core::View::Ref(_)) {
        return Err(BADARG);
    }
    let text = data::text(a[0]);
    Ok(p.heap.string(&text))
}

pub fn fun_to_list(p: &mut Process, a: &[Term]) -> Out {
    if !matches!(a[0].view(), linac_core::View::Fun(_)) {
        return Err(BADARG);
    }
    let text = data::text(a[0]);
    Ok(p.heap.string(&text))
}

pub fn bitstring_to_list(p: &mut Process, a: &[Term]) -> Out {
    let bits = Bits::of(a[0]).ok_or(BADARG)?;
    let whole = bits.len() / 8;
    let bytes: Vec<Term> = (0..whole).map(|i| Term::small(isize::from(bits.byte(i)))).collect();
    let rest = bits.len() % 8;
    if rest == 0 {
        return Ok(p.heap.list(&bytes));
    }
    let rest = binary::sub_bits(&mut p.heap, a[0], whole * 8, rest).ok_or(BADARG)?;
    let tail = p.heap.cons(rest, Term::NIL);
    Ok(p.heap.list_with_tail(&bytes, tail))
}
