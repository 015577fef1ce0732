//! Character data to UTF-8 and to lists of code points, in steps.
//!
//! Character data is a list, nested as it likes, of code points and of binaries in UTF-8 or Latin-1. What cannot be
//! converted comes back as a term: the rest of the data from the offending place on, nested as it was. So the walk
//! keeps a stack of list tails, from which that term is built. A character may begin in one binary and end in a later
//! one: its bytes so far are carried along.

use super::{BADARG, Outcome};
use crate::data;
use crate::process::Process;
use linac_core::binary::{self, Bits};
use linac_core::{Atom, Build, Term};

/// What the result is made of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum To {
    Binary,
    List,
}

/// What binaries in the data are encoded in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum From {
    Utf8,
    Latin1,
}

struct Work {
    from: From,
    to: To,
    /// UTF-8 made so far.
    done: Vec<u8>,
    /// The bytes of a character that go on in the next binary.
    begun: Vec<u8>,
    /// Bytes of the current binary that are done.
    at: usize,
}

/// Units of work in one step: a byte is one, a list element four.
const STEP: usize = 200_000;
const ELEMENT: usize = 4;
/// Bytes of a binary done at a time.
const PIECE: usize = 1 << 15;

/// What UTF-8 begins with.
enum Start {
    /// A character.
    Whole,
    /// The bytes so far may become one.
    Begun,
    Wrong,
}

/// Looks at the first character. Bytes that are too few count as begun if their upper bits are right, whatever
/// character would come of it.
fn first_character(bytes: &[u8]) -> Start {
    let Some(&lead) = bytes.first() else { return Start::Begun };
    let length = expected(lead);
    if length == 0 {
        return Start::Wrong;
    }
    let have = &bytes[..length.min(bytes.len())];
    if have[1..].iter().any(|byte| byte & 0xC0 != 0x80) {
        return Start::Wrong;
    }
    match (have.len() == length, std::str::from_utf8(have)) {
        (false, _) => Start::Begun,
        (true, Ok(_)) => Start::Whole,
        (true, Err(_)) => Start::Wrong,
    }
}

/// Bytes that the upper bits of a first byte announce; 0 if it cannot be first.
fn expected(lead: u8) -> usize {
    match lead {
        0..0x80 => 1,
        0xC0..0xE0 => 2,
        0xE0..0xF0 => 3,
        0xF0..0xF8 => 4,
        _ => 0,
    }
}

/// Why the conversion stops before the end.
enum Stop {
    /// The data from this term on cannot be converted.
    Rest(Term),
    Badarg,
}

impl Work {
    /// Takes in a piece of a binary from `at`: true if it is done.
    fn bytes(&mut self, bits: Bits<'_>) -> Result<bool, ()> {
        let size = bits.byte_len();
        let end = size.min(self.at + PIECE);
        let Some(piece) = bits.slice(self.at * 8, (end - self.at) * 8) else { return Ok(true) };
        let copied;
        let mut piece = match piece.as_bytes() {
            Some(bytes) => bytes,
            None => {
                copied = piece.to_vec();
                &copied
            }
        };
        if self.from == From::Latin1 {
            self.done.reserve(piece.len());
            for &byte in piece {
                match byte {
                    0..0x80 => self.done.push(byte),
                    _ => self.done.extend([0xC0 | byte >> 6, 0x80 | byte & 0x3F]),
                }
            }
            self.at = end;
            return Ok(end == size);
        }
        if let Some(&lead) = self.begun.first() {
            let missing = expected(lead) - self.begun.len();
            if piece.len() < missing {
                // Not enough for the character: looked at when there is enough.
                self.begun.extend(piece);
                self.at = end;
                return Ok(true);
            }
            let before = self.begun.len();
            self.begun.extend(&piece[..missing]);
            let Start::Whole = first_character(&self.begun) else {
                self.begun.truncate(before);
                return Err(());
            };
            self.done.append(&mut self.begun);
            self.at += missing;
            piece = &piece[missing..];
        }
        let valid = match std::str::from_utf8(piece) {
            Ok(_) => piece.len(),
            Err(error) => error.valid_up_to(),
        };
        self.done.extend(&piece[..valid]);
        self.at += valid;
        let rest = &piece[valid..];
        if rest.is_empty() {
            return Ok(end == size);
        }
        // Bytes that are too few are looked at when there are enough, unless only the piece ends.
        match rest.len() < expected(rest[0]) {
            false => Err(()),
            true if end < size => Ok(false),
            true => {
                self.begun = rest.to_vec();
                self.at = end;
                Ok(true)
            }
        }
    }

    /// Takes in a code point.
    fn code_point(&mut self, t: Term) -> bool {
        let code = t.as_small().and_then(|code| u32::try_from(code).ok());
        let character = code.and_then(char::from_u32);
        let fits = self.from == From::Utf8 || code.is_some_and(|code| code < 256);
        match character {
            Some(character) if fits && self.begun.is_empty() => {
                self.done.extend(character.encode_utf8(&mut [0; 4]).as_bytes());
                true
            }
            _ => false,
        }
    }

    /// The converted part.
    fn result(&self, p: &mut Process) -> Result<Term, Term> {
        match self.to {
            To::Binary => super::convert::make_binary(p, &self.done),
            // Made of whole characters only.
            To::List => Ok(p.heap.string(std::str::from_utf8(&self.done).unwrap_or(""))),
        }
    }

    fn tagged(&self, p: &mut Process, tag: &str, rest: Term) -> Result<Term, Term> {
        let done = self.result(p)?;
        Ok(p.heap.tuple(&[data::atom(tag), done, rest]))
    }
}

/// Is every element of the data something that could be converted or refused, or does it make the call wrong? The
/// reference VM looks no further than to the first integer that is not small.
fn is_character_data<'a>(data: impl Iterator<Item = &'a Term>) -> bool {
    let mut todo: Vec<(Term, bool)> = data.map(|t| (*t, true)).collect();
    todo.reverse();
    while let Some((term, whole)) = todo.pop() {
        if let Some([head, tail]) = term.as_cons() {
            todo.push((*tail, true));
            todo.push((*head, false));
        } else if !whole && term.is_integer() && !term.is_small() {
            return true;
        } else if !(term.is_nil()
            || Bits::of(term).is_some_and(Bits::is_binary)
            || !whole && term.is_integer())
        {
            return false;
        }
    }
    true
}

/// One term: what follows it is on the stack. Lists are taken apart there.
fn step(p: &mut Process, work: &mut Work, term: Term, stack: &mut Vec<Term>) -> Result<(), Stop> {
    if let Some([head, tail]) = term.as_cons() {
        if head.is_integer() {
            if !work.code_point(*head) {
                return Err(Stop::Rest(term));
            }
            stack.push(*tail);
        } else if head.is_nil() {
            stack.push(*tail);
        } else if head.is_cons() {
            stack.push(*tail);
            stack.push(*head);
        } else {
            let bits = Bits::of(*head).filter(|bits| bits.is_binary()).ok_or(Stop::Badarg)?;
            match work.bytes(bits) {
                Ok(true) => {
                    work.at = 0;
                    stack.push(*tail);
                }
                Ok(false) => stack.push(term),
                Err(()) => {
                    let rest = unconverted(p, *head, work.at)?;
                    return Err(Stop::Rest(p.heap.cons(rest, *tail)));
                }
            }
        }
        return Ok(());
    }
    if term.is_nil() {
        return Ok(());
    }
    let bits = Bits::of(term).filter(|bits| bits.is_binary()).ok_or(Stop::Badarg)?;
    match work.bytes(bits) {
        Ok(true) => work.at = 0,
        Ok(false) => stack.push(term),
        Err(()) => return Err(Stop::Rest(unconverted(p, term, work.at)?)),
    }
    Ok(())
}

/// A binary without the bytes that are done.
fn unconverted(p: &mut Process, t: Term, done: usize) -> Result<Term, Stop> {
    let bits = Bits::of(t).ok_or(Stop::Badarg)?;
    binary::sub_bits(&mut p.heap, t, done * 8, bits.len() - done * 8).ok_or(Stop::Badarg)
}

fn go_on(p: &mut Process, mut work: Work, mut stack: Vec<Term>) -> Outcome {
    let mut spent = 0;
    while let Some(term) = stack.pop() {
        if spent > STEP {
            stack.push(term);
            return Outcome::pause(p, stack, |p, stack| go_on(p, work, stack));
        }
        let before = work.done.len();
        match step(p, &mut work, term, &mut stack) {
            Ok(()) => spent += ELEMENT + work.done.len() - before,
            Err(Stop::Badarg) => return Outcome::error(p, BADARG),
            Err(Stop::Rest(rest)) => {
                // What comes behind may still make the call itself wrong.
                if !is_character_data([&rest].into_iter().chain(stack.iter().rev())) {
                    return Outcome::error(p, BADARG);
                }
                let nested = stack.iter().rev().fold(rest, |rest, tail| p.heap.cons(rest, *tail));
                let made = if work.begun.is_empty() {
                    work.tagged(p, "error", nested)
                } else {
                    carried(p, &work).and_then(|begun| {
                        let both = p.heap.list(&[begun, nested]);
                        work.tagged(p, "error", both)
                    })
                };
                return super::outcome(p, made);
            }
        }
    }
    let made = if work.begun.is_empty() {
        work.result(p)
    } else {
        let tag = if matches!(first_character(&work.begun), Start::Begun) { "incomplete" } else { "error" };
        carried(p, &work).and_then(|begun| work.tagged(p, tag, begun))
    };
    super::outcome(p, made)
}

fn carried(p: &mut Process, work: &Work) -> Result<Term, Term> {
    super::convert::make_binary(p, &work.begun)
}

fn convert(p: &mut Process, a: &[Term], to: To, other: &str) -> Outcome {
    let from = match a[1].as_atom().map(Atom::text) {
        Some("utf8" | "unicode") => From::Utf8,
        Some("latin1") => From::Latin1,
        // The library converts from the other encodings.
        _ => {
            let names = Atom::new("unicode").ok().zip(Atom::new(other).ok());
            let Some((module, function)) = names else { return Outcome::error(p, BADARG) };
            let export = p.system.code.exports.get(crate::code::export::Mfa { module, function, arity: 2 });
            return match export {
                Ok(export) => Outcome::trap(p, export, a),
                Err(_) => Outcome::error(p, BADARG),
            };
        }
    };
    if !a[0].is_list() && !Bits::of(a[0]).is_some_and(Bits::is_binary) {
        return Outcome::error(p, BADARG);
    }
    let work = Work { from, to, done: Vec::new(), begun: Vec::new(), at: 0 };
    // The reference VM takes one binary in a list for the binary; the rest in an error shows it.
    let data = match (to, a[0].as_cons()) {
        (To::Binary, Some([head, tail])) if tail.is_nil() && Bits::of(*head).is_some() => *head,
        _ => a[0],
    };
    go_on(p, work, vec![data])
}

/// Character data in UTF-8, in one go; for short texts. None if it cannot be converted.
pub fn utf8_of(t: Term) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut todo = vec![t];
    while let Some(term) = todo.pop() {
        if let Some([head, tail]) = term.as_cons() {
            todo.push(*tail);
            match head.as_small() {
                Some(code) => {
                    let character = char::from_u32(u32::try_from(code).ok()?)?;
                    out.extend(character.encode_utf8(&mut [0; 4]).as_bytes());
                }
                None => todo.push(*head),
            }
        } else if !term.is_nil() {
            out.extend(Bits::of(term).filter(|bits| bits.is_binary())?.to_vec());
        }
    }
    std::str::from_utf8(&out).is_ok().then_some(out)
}

fn characters_to_binary(p: &mut Process, a: &[Term]) -> Outcome {
    convert(p, a, To::Binary, "characters_to_binary_int")
}

fn characters_to_list(p: &mut Process, a: &[Term]) -> Outcome {
    convert(p, a, To::List, "characters_to_list_int")
}

fn bin_is_7bit(_: &mut Process, a: &[Term]) -> Result<Term, Term> {
    let plain = Bits::of(a[0]).filter(|bits| bits.is_binary()).is_some_and(|bits| match bits.as_bytes() {
        Some(bytes) => bytes.is_ascii(),
        None => bits.bytes().all(|byte| byte.is_ascii()),
    });
    Ok(Term::bool(plain))
}

bifs! {
    "unicode" "characters_to_binary" 2 Full characters_to_binary, "Character data in UTF-8.";
    "unicode" "characters_to_list" 2 Full characters_to_list, "Character data as a list of code points.";
    "unicode" "bin_is_7bit" 1 Leaf bin_is_7bit, "Is it a binary of ASCII characters?";
}
