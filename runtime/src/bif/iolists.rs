//! I/O lists: lists, however nested, of bytes and binaries.
//!
//! One walk hands out the pieces; what is made of them is measured first, so that its memory is taken once, and a size beyond
//! memory is an error.

use super::BADARG;
use crate::process::Process;
use linac_abi::term::FixedAtom;
use linac_core::Term;
use linac_core::binary::{self, Bits};

type Out = Result<Term, Term>;

/// A part of an I/O list.
enum Piece<'a> {
    Byte(u8),
    Bits(Bits<'a>),
}

/// Calls `each` with all pieces in order; an error if there is something else among them.
fn pieces<'a>(t: Term, mut each: impl FnMut(Piece<'a>) -> Option<()>) -> Option<()> {
    // What comes behind the lists that the walk is in.
    let mut behind: Vec<Term> = Vec::new();
    let mut rest = t;
    loop {
        if let Some(&[head, tail]) = rest.as_cons() {
            rest = tail;
            if let Some(byte) = head.as_small() {
                each(Piece::Byte(u8::try_from(byte).ok()?))?;
            } else if head.is_cons() {
                if !tail.is_nil() {
                    behind.push(tail);
                }
                rest = head;
            } else if !head.is_nil() {
                each(Piece::Bits(Bits::of(head)?))?;
            }
            continue;
        }
        if !rest.is_nil() {
            each(Piece::Bits(Bits::of(rest)?))?;
        }
        match behind.pop() {
            Some(next) => rest = next,
            None => return Some(()),
        }
    }
}

/// Bytes of an I/O list; none if it is not one.
fn size(t: Term) -> Option<usize> {
    let mut sum = 0usize;
    pieces(t, |piece| {
        sum += match piece {
            Piece::Byte(_) => 1,
            Piece::Bits(bits) if bits.is_binary() => bits.byte_len(),
            Piece::Bits(_) => return None,
        };
        Some(())
    })?;
    Some(sum)
}

/// Writes the bytes of an I/O list of this size.
fn fill(t: Term, out: &mut [u8]) {
    let mut rest = out;
    pieces(t, |piece| {
        let n = match piece {
            Piece::Byte(byte) => {
                rest[0] = byte;
                1
            }
            Piece::Bits(bits) => {
                bits.copy_to(rest);
                bits.byte_len()
            }
        };
        rest = std::mem::take(&mut rest).split_at_mut(n).1;
        Some(())
    });
}

/// The bytes of an I/O list; none if it is not one.
pub fn iolist_bytes(t: Term) -> Option<Vec<u8>> {
    let mut bytes = vec![0; size(t)?];
    fill(t, &mut bytes);
    Some(bytes)
}

fn limit<E>(_: E) -> Term {
    Term::fixed(FixedAtom::SystemLimit)
}

/// Reductions for so many bytes that were looked at.
fn charge_bytes(p: &mut Process, bytes: usize) {
    p.charge(bytes / 64);
}

/// `iolist_to_binary/1`
fn iolist_to_binary(p: &mut Process, a: &[Term]) -> Out {
    if Bits::of(a[0]).is_some_and(Bits::is_binary) {
        return Ok(a[0]);
    }
    let n = size(a[0]).ok_or(BADARG)?;
    charge_bytes(p, n);
    binary::with_room(&mut p.heap, None, n.saturating_mul(8), |out, _| fill(a[0], out)).map_err(limit)
}

/// `list_to_binary/1`
pub fn list_to_binary(p: &mut Process, a: &[Term]) -> Out {
    if a[0].is_list() { iolist_to_binary(p, a) } else { Err(BADARG) }
}

/// `iolist_size/1`
fn iolist_size(p: &mut Process, a: &[Term]) -> Out {
    let n = size(a[0]).ok_or(BADARG)?;
    charge_bytes(p, n);
    Ok(Term::small(n as isize))
}

/// `list_to_bitstring/1`: as bytes, but pieces may end anywhere.
fn list_to_bitstring(p: &mut Process, a: &[Term]) -> Out {
    if !a[0].is_list() {
        return Err(BADARG);
    }
    let mut bits = 0usize;
    pieces(a[0], |piece| {
        bits += match piece {
            Piece::Byte(_) => 8,
            Piece::Bits(part) => part.len(),
        };
        Some(())
    })
    .ok_or(BADARG)?;
    charge_bytes(p, bits / 8);
    let write = |out: &mut [u8], _: usize| {
        let mut at = 0;
        pieces(a[0], |piece| {
            let byte;
            let part = match piece {
                Piece::Byte(value) => {
                    byte = [value];
                    Bits::from_bytes(&byte)
                }
                Piece::Bits(part) => part,
            };
            binary::copy_bits(part, out, at);
            at += part.len();
            Some(())
        });
    };
    binary::with_room(&mut p.heap, None, bits, write).map_err(limit)
}

bifs! {
    "erlang" "list_to_binary" 1 Leaf list_to_binary, "The bytes of an I/O list.";
    "erlang" "iolist_to_binary" 1 Leaf iolist_to_binary, "The bytes of I/O data.";
    "erlang" "iolist_size" 1 Leaf iolist_size, "Number of bytes of I/O data.";
    "erlang" "list_to_bitstring" 1 Leaf list_to_bitstring, "The bits of a bitstring list.";
}
