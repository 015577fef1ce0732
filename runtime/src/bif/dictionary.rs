//! BIFs over the process dictionary.

use crate::process::Process;
use linac_abi::term::FixedAtom;
use linac_core::{Build, Term, compare};

type Out = Result<Term, Term>;

fn fixed(atom: FixedAtom) -> Term {
    Term::fixed(atom)
}

fn place(p: &Process, key: Term) -> Option<usize> {
    let pairs = p.dictionary.chunks_exact(2);
    pairs.enumerate().find(|(_, pair)| compare::eq_exact(pair[0], key)).map(|(at, _)| 2 * at)
}

pub fn put(p: &mut Process, a: &[Term]) -> Out {
    match place(p, a[0]) {
        Some(at) => Ok(std::mem::replace(&mut p.dictionary[at + 1], a[1])),
        None => {
            p.dictionary.extend([a[0], a[1]]);
            Ok(fixed(FixedAtom::Undefined))
        }
    }
}

pub fn get1(p: &mut Process, a: &[Term]) -> Out {
    Ok(place(p, a[0]).map_or(fixed(FixedAtom::Undefined), |at| p.dictionary[at + 1]))
}

pub fn get0(p: &mut Process, _: &[Term]) -> Out {
    let pairs: Vec<Term> = p.dictionary.chunks_exact(2).map(|pair| p.heap.tuple(pair)).collect();
    Ok(p.heap.list(&pairs))
}

pub fn get_keys0(p: &mut Process, _: &[Term]) -> Out {
    let keys: Vec<Term> = p.dictionary.iter().copied().step_by(2).collect();
    Ok(p.heap.list(&keys))
}

pub fn get_keys1(p: &mut Process, a: &[Term]) -> Out {
    let pairs = p.dictionary.chunks_exact(2).filter(|pair| compare::eq_exact(pair[1], a[0]));
    let keys: Vec<Term> = pairs.map(|pair| pair[0]).collect();
    Ok(p.heap.list(&keys))
}

pub fn erase1(p: &mut Process, a: &[Term]) -> Out {
    let Some(at) = place(p, a[0]) else { return Ok(fixed(FixedAtom::Undefined)) };
    let value = p.dictionary[at + 1];
    // The last pair takes the place.
    let last = p.dictionary.len() - 2;
    p.dictionary.swap(at, last);
    p.dictionary.swap(at + 1, last + 1);
    p.dictionary.truncate(last);
    Ok(value)
}

pub fn erase0(p: &mut Process, a: &[Term]) -> Out {
    let all = get0(p, a);
    p.dictionary.clear();
    all
}
