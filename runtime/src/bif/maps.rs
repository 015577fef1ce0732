//! BIFs over maps.

use super::BADARG;
use crate::data;
use crate::process::Process;
use linac_core::map::{self, Iter};
use linac_core::number::Int;
use linac_core::{Build, Term, WORD_BYTES};

type Out = Result<Term, Term>;

fn check(p: &mut Process, t: Term) -> Result<(), Term> {
    if t.is_map() { Ok(()) } else { Err(data::badmap(p, t)) }
}

pub fn find(p: &mut Process, a: &[Term]) -> Out {
    check(p, a[1])?;
    Ok(match map::get(a[1], a[0]) {
        Some(value) => p.heap.tuple(&[Term::fixed(linac_abi::term::FixedAtom::Ok), value]),
        None => Term::fixed(linac_abi::term::FixedAtom::Error),
    })
}

pub fn put(p: &mut Process, a: &[Term]) -> Out {
    check(p, a[2])?;
    map::put(&mut p.heap, a[2], a[0], a[1]).ok_or(BADARG)
}

pub fn update(p: &mut Process, a: &[Term]) -> Out {
    check(p, a[2])?;
    match map::update(&mut p.heap, a[2], a[0], a[1]) {
        Some(result) => Ok(result),
        None => Err(data::badkey(p, a[0])),
    }
}

pub fn remove(p: &mut Process, a: &[Term]) -> Out {
    check(p, a[1])?;
    Ok(map::remove(&mut p.heap, a[1], a[0]).map_or(a[1], |(rest, _)| rest))
}

pub fn take(p: &mut Process, a: &[Term]) -> Out {
    check(p, a[1])?;
    Ok(match map::remove(&mut p.heap, a[1], a[0]) {
        Some((rest, value)) => p.heap.tuple(&[value, rest]),
        None => Term::fixed(linac_abi::term::FixedAtom::Error),
    })
}

pub fn keys(p: &mut Process, a: &[Term]) -> Out {
    check(p, a[0])?;
    map::keys(&mut p.heap, a[0]).ok_or(BADARG)
}

pub fn values(p: &mut Process, a: &[Term]) -> Out {
    check(p, a[0])?;
    map::values(&mut p.heap, a[0]).ok_or(BADARG)
}

pub fn merge(p: &mut Process, a: &[Term]) -> Out {
    check(p, a[0])?;
    check(p, a[1])?;
    map::merge(&mut p.heap, a[0], a[1]).ok_or(BADARG)
}

pub fn from_list(p: &mut Process, a: &[Term]) -> Out {
    let (mut pairs, mut rest) = (Vec::new(), a[0]);
    while let Some([item, tail]) = rest.as_cons() {
        let Some([key, value]) = item.as_tuple() else { return Err(BADARG) };
        pairs.push((*key, *value));
        rest = *tail;
    }
    if !rest.is_nil() {
        return Err(BADARG);
    }
    Ok(map::from_pairs(&mut p.heap, pairs.into_iter()))
}

pub fn from_keys(p: &mut Process, a: &[Term]) -> Out {
    let keys = data::proper_list(a[0]).ok_or(BADARG)?;
    Ok(map::from_pairs(&mut p.heap, keys.into_iter().map(|key| (key, a[1]))))
}

/// The pairs of a map, or of an iterator: pairs already taken out, nested, and what is to come.
pub fn to_list(p: &mut Process, a: &[Term]) -> Out {
    let (mut taken, mut rest) = (Vec::new(), a[0]);
    while let Some([key, value, next]) = rest.as_tuple() {
        taken.push(p.heap.tuple(&[*key, *value]));
        rest = *next;
    }
    if rest.as_atom().map(linac_core::Atom::text) == Some("none") {
        return Ok(p.heap.list(&taken));
    }
    if let Some([path, map]) = rest.as_cons()
        && map.is_map()
    {
        let pairs = map_next(p, &[*path, *map, Term::NIL])?;
        return Ok(p.heap.list_with_tail(&taken, pairs));
    }
    check(p, a[0])?;
    let pairs: Vec<Term> = Iter::new(a[0]).map(|(key, value)| p.heap.tuple(&[key, value])).collect();
    Ok(p.heap.list(&pairs))
}

/// Most pairs in one step of an iteration.
const CHUNK: usize = 100;

/// `erts_internal:map_next/3`: what `maps:next/1` of the library does with an iterator `[Path | Map]`. The path is
/// the place behind the pairs already taken, 0 at first, or a list of the keys to come. `iterator` asks for `K, V, rest`
/// nested, a list for all pairs at once.
pub fn map_next(p: &mut Process, a: &[Term]) -> Out {
    check(p, a[1])?;
    let most = if a[2].is_list() { usize::MAX } else { CHUNK };
    let (pairs, path) =
        if a[0].is_list() { keyed_pairs(a[0], a[1], most)? } else { placed_pairs(p, a[0], a[1], most)? };
    if a[2].is_list() {
        let items: Vec<Term> = pairs.iter().map(|&(key, value)| p.heap.tuple(&[key, value])).collect();
        return Ok(p.heap.list_with_tail(&items, a[2]));
    }
    let mut rest = match path {
        Some(path) => p.heap.cons(path, a[1]),
        None => Term::atom(linac_core::Atom::new("none").map_err(|_| BADARG)?),
    };
    for (key, value) in pairs.into_iter().rev() {
        rest = p.heap.tuple(&[key, value, rest]);
    }
    Ok(rest)
}

/// Pairs of a step, and the path to the next step.
type Step = (Vec<(Term, Term)>, Option<Term>);

fn keyed_pairs(keys: Term, of: Term, most: usize) -> Result<Step, Term> {
    let (mut rest, mut pairs) = (keys, Vec::new());
    while pairs.len() < most
        && let Some([key, tail]) = rest.as_cons()
    {
        pairs.push((*key, map::get(of, *key).ok_or(BADARG)?));
        rest = *tail;
    }
    if rest.is_nil() { Ok((pairs, None)) } else { Ok((pairs, Some(rest))) }
}

fn placed_pairs(p: &mut Process, place: Term, of: Term, most: usize) -> Result<Step, Term> {
    let mut small = [0];
    let place = Int::of(place, &mut small)
        .filter(|n| !n.negative && n.limbs.len() * WORD_BYTES <= 8)
        .ok_or(BADARG)?;
    let place = place.limbs.iter().rev().fold(0, |n, &limb| n << (8 * WORD_BYTES - 1) << 1 | limb as u64);
    let mut iter = Iter::from_place(of, place);
    let pairs: Vec<(Term, Term)> = iter.by_ref().take(most).collect();
    let path = match pairs.last() {
        Some(&(key, _)) if iter.next().is_some() => Some(p.heap.integer(Iter::place_after(of, key) as i64)),
        _ => None,
    };
    Ok((pairs, path))
}

pub fn get_default(p: &mut Process, a: &[Term]) -> Out {
    check(p, a[1])?;
    Ok(map::get(a[1], a[0]).unwrap_or(a[2]))
}

pub fn iterator(p: &mut Process, a: &[Term]) -> Out {
    check(p, a[0])?;
    Ok(p.heap.cons(Term::small(0), a[0]))
}

/// What a map generator of a comprehension starts with; nil says that it is neither map nor iterator.
pub fn comprehension_iterator(p: &mut Process, a: &[Term]) -> Out {
    if a[0].is_map() {
        return map_next(p, &[Term::small(0), a[0], BADARG]);
    }
    Ok(next(p, a).unwrap_or(Term::NIL))
}

pub fn next(p: &mut Process, a: &[Term]) -> Out {
    if a[0].as_tuple().is_some_and(|parts| parts.len() == 3) || a[0].is_atom() {
        return if a[0].is_tuple() || a[0].as_atom().map(linac_core::Atom::text) == Some("none") {
            Ok(a[0])
        } else {
            Err(BADARG)
        };
    }
    match a[0].as_cons() {
        Some([path, map]) if (path.is_integer() || path.is_list()) && map.is_map() => {
            map_next(p, &[*path, *map, BADARG])
        }
        _ => Err(BADARG),
    }
}
