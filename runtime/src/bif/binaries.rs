//! BIFs over binaries.

use super::BADARG;
use super::convert::make_binary;
use super::terms::index;
use crate::data;
use crate::process::Process;
use linac_abi::term::FixedAtom;
use linac_core::binary::{self, Bits};
use linac_core::limbs;
use linac_core::number::{Int, MAX_BITS};
use linac_core::{Atom, Build, Term};

type Out = Result<Term, Term>;

fn whole(t: Term) -> Result<Bits<'static>, Term> {
    Bits::of(t).filter(|bits| bits.is_binary()).ok_or(BADARG)
}

pub fn binary_part(p: &mut Process, a: &[Term]) -> Out {
    let (start, length) = match a.get(2) {
        Some(length) => (a[1], *length),
        None => match a[1].as_tuple() {
            Some([start, length]) => (*start, *length),
            _ => return Err(BADARG),
        },
    };
    let (start, length) = (start.as_small().ok_or(BADARG)?, length.as_small().ok_or(BADARG)?);
    binary::binary_part(&mut p.heap, a[0], start, length).ok_or(BADARG)
}

pub fn split_binary(p: &mut Process, a: &[Term]) -> Out {
    let size = Bits::of(a[0]).ok_or(BADARG)?.len();
    let at = index(a[1])?;
    if at > size / 8 {
        return Err(BADARG);
    }
    let first = binary::sub_bits(&mut p.heap, a[0], 0, at * 8).ok_or(BADARG)?;
    let second = binary::sub_bits(&mut p.heap, a[0], at * 8, size - at * 8).ok_or(BADARG)?;
    Ok(p.heap.tuple(&[first, second]))
}

pub fn at(_: &mut Process, a: &[Term]) -> Out {
    let bits = whole(a[0])?;
    let at = index(a[1])?;
    if at >= bits.byte_len() {
        return Err(BADARG);
    }
    Ok(Term::small(isize::from(bits.byte(at))))
}

pub fn first(p: &mut Process, a: &[Term]) -> Out {
    at(p, &[a[0], Term::small(0)])
}

pub fn last(p: &mut Process, a: &[Term]) -> Out {
    let size = whole(a[0])?.byte_len();
    at(p, &[a[0], Term::small(size as isize - 1)])
}

pub fn copy(p: &mut Process, a: &[Term]) -> Out {
    let bytes = whole(a[0])?.to_vec();
    let times = a.get(1).map_or(Ok(1), |n| index(*n))?;
    if bytes.len().checked_mul(times).is_none_or(|size| size as u64 > 1 << 32) {
        return Err(Term::fixed(FixedAtom::SystemLimit));
    }
    p.heap.binary(&bytes.repeat(times)).map_err(|_| Term::fixed(FixedAtom::SystemLimit))
}

/// One of the bytes orders that an argument names; big by default.
fn is_little(t: Option<&Term>) -> Result<bool, Term> {
    match t.map(|t| t.as_atom().map(Atom::text)) {
        None | Some(Some("big")) => Ok(false),
        Some(Some("little")) => Ok(true),
        Some(_) => Err(BADARG),
    }
}

fn encode_unsigned(p: &mut Process, a: &[Term]) -> Out {
    let mut buffer = [0];
    let number = Int::of(a[0], &mut buffer).filter(|number| !number.negative).ok_or(BADARG)?;
    let size = limbs::bit_len(number.limbs).div_ceil(8).max(1);
    let mut bytes: Vec<u8> = number.limbs.iter().flat_map(|limb| limb.to_le_bytes()).collect();
    bytes.resize(size, 0);
    if !is_little(a.get(1))? {
        bytes.reverse();
    }
    make_binary(p, &bytes)
}

fn decode_unsigned(p: &mut Process, a: &[Term]) -> Out {
    let mut bytes = whole(a[0])?.to_vec();
    if !is_little(a.get(1))? {
        bytes.reverse();
    }
    let used = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    if used > MAX_BITS / 8 {
        return Err(Term::fixed(FixedAtom::SystemLimit));
    }
    let limb = |part: &[u8]| part.iter().rev().fold(0, |limb, byte| limb << 8 | usize::from(*byte));
    let limbs: Vec<usize> = bytes[..used].chunks(size_of::<usize>()).map(limb).collect();
    Ok(p.heap.big(false, &limbs))
}

/// Bytes that all binaries of a list have in common at one end.
fn common(list: Term, from_end: bool) -> Out {
    let items = data::proper_list(list).filter(|items| !items.is_empty()).ok_or(BADARG)?;
    let items = items.into_iter().map(whole).collect::<Result<Vec<_>, _>>()?;
    let shortest = items.iter().map(|bits| bits.byte_len()).min().unwrap_or(0);
    let byte = |bits: &Bits<'_>, i: usize| bits.byte(if from_end { bits.byte_len() - 1 - i } else { i });
    let same = |i: &usize| items.iter().all(|bits| byte(bits, *i) == byte(&items[0], *i));
    Ok(Term::small((0..shortest).take_while(same).count() as isize))
}

fn longest_common_prefix(_: &mut Process, a: &[Term]) -> Out {
    common(a[0], false)
}

fn longest_common_suffix(_: &mut Process, a: &[Term]) -> Out {
    common(a[0], true)
}

fn referenced_byte_size(_: &mut Process, a: &[Term]) -> Out {
    if !a[0].is_bitstring() {
        return Err(BADARG);
    }
    let size = binary::referenced(a[0]).map_or(0, Bits::byte_len);
    Ok(Term::small(size as isize))
}

/// Largest binary that is copied into its neighbours rather than passed on as it is.
const COPIED: usize = 512;

/// The binaries that I/O data is made of: small pieces joined, large ones as they are.
fn iovec(p: &mut Process, t: Term) -> Out {
    let mut parts = Vec::new();
    let mut joined: Vec<u8> = Vec::new();
    let mut todo = vec![(t, true)];
    while let Some((term, outer)) = todo.pop() {
        if let Some([head, tail]) = term.as_cons() {
            todo.push((*tail, true));
            todo.push((*head, false));
        } else if term.is_bitstring() {
            let bits = whole(term)?;
            match bits.as_bytes() {
                Some(bytes) if bytes.len() > COPIED => {
                    if !joined.is_empty() {
                        parts.push(make_binary(p, &joined)?);
                        joined.clear();
                    }
                    parts.push(term);
                }
                Some(bytes) => joined.extend(bytes),
                None => joined.extend(bits.bytes()),
            }
        } else if let (false, Some(byte)) = (outer, term.as_small()) {
            joined.push(u8::try_from(byte).map_err(|_| BADARG)?);
        } else if !term.is_nil() {
            return Err(BADARG);
        }
    }
    if !joined.is_empty() {
        parts.push(make_binary(p, &joined)?);
    }
    Ok(p.heap.list(&parts))
}

fn iolist_to_iovec(p: &mut Process, a: &[Term]) -> Out {
    iovec(p, a[0])
}

bifs! {
    "binary" "encode_unsigned" 1 Leaf encode_unsigned, "The bytes of an integer.";
    "binary" "encode_unsigned" 2 Leaf encode_unsigned, "The bytes of an integer in some order.";
    "binary" "decode_unsigned" 1 Leaf decode_unsigned, "The integer that bytes make.";
    "binary" "decode_unsigned" 2 Leaf decode_unsigned, "The integer that bytes in some order make.";
    "binary" "longest_common_prefix" 1 Leaf longest_common_prefix, "Bytes that binaries have in common at the beginning.";
    "binary" "longest_common_suffix" 1 Leaf longest_common_suffix, "Bytes that binaries have in common at the end.";
    "binary" "referenced_byte_size" 1 Leaf referenced_byte_size, "Size of what a binary is a part of.";
    "binary" "list_to_bin" 1 Leaf super::iolists::list_to_binary, "The bytes of an I/O list.";
    "erlang" "iolist_to_iovec" 1 Leaf iolist_to_iovec, "The binaries that I/O data is made of.";
}
