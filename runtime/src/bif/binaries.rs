//! BIFs over binaries, and the external term format.

use super::BADARG;
use super::terms::index;
use crate::process::Process;
use linac_abi::term::FixedAtom;
use linac_core::binary::{self, Bits};
use linac_core::etf;
use linac_core::{Build, Term};

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
    whole(a[0])?;
    let (start, length) = (start.as_small().ok_or(BADARG)?, length.as_small().ok_or(BADARG)?);
    binary::binary_part(&mut p.heap, a[0], start, length).ok_or(BADARG)
}

pub fn split_binary(p: &mut Process, a: &[Term]) -> Out {
    let bits = whole(a[0])?;
    let at = index(a[1])?;
    let size = bits.byte_len();
    if at > size {
        return Err(BADARG);
    }
    let first = binary::sub_bits(&mut p.heap, a[0], 0, at * 8).ok_or(BADARG)?;
    let second = binary::sub_bits(&mut p.heap, a[0], at * 8, (size - at) * 8).ok_or(BADARG)?;
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
    if bytes.len().checked_mul(times).is_none_or(|size| size > 1 << 32) {
        return Err(Term::fixed(FixedAtom::SystemLimit));
    }
    p.heap.binary(&bytes.repeat(times)).map_err(|_| Term::fixed(FixedAtom::SystemLimit))
}

fn encode(p: &Process, t: Term) -> Result<Vec<u8>, Term> {
    let mut bytes = Vec::new();
    etf::encode(t, &mut bytes, &p.system.code.links(true)).map_err(|_| BADARG)?;
    Ok(bytes)
}

pub fn term_to_binary(p: &mut Process, a: &[Term]) -> Out {
    let bytes = encode(p, a[0])?;
    p.heap.binary(&bytes).map_err(|_| Term::fixed(FixedAtom::SystemLimit))
}

pub fn binary_to_term(p: &mut Process, a: &[Term]) -> Out {
    let bytes = whole(a[0])?.to_vec();
    let mut links = p.system.code.links(true);
    let (memory, term, _) = etf::decode(&bytes, &mut links).map_err(|_| BADARG)?;
    p.heap.attach(memory);
    Ok(term)
}

pub fn external_size(p: &mut Process, a: &[Term]) -> Out {
    let bytes = encode(p, a[0])?;
    Ok(Term::small(bytes.len() as isize))
}

pub fn binary_to_term2(p: &mut Process, a: &[Term]) -> Out {
    let (mut safe, mut used) = (false, false);
    for option in crate::data::proper_list(a[1]).ok_or(BADARG)? {
        match option.as_atom().map(linac_core::Atom::text) {
            Some("safe") => safe = true,
            Some("used") => used = true,
            _ => return Err(BADARG),
        }
    }
    let bytes = whole(a[0])?.to_vec();
    let mut links = p.system.code.links(!safe);
    let (memory, term, size) = etf::decode(&bytes, &mut links).map_err(|_| BADARG)?;
    p.heap.attach(memory);
    Ok(if used { p.heap.tuple(&[term, Term::small(size as isize)]) } else { term })
}
