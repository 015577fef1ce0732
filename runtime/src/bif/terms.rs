//! BIFs that take terms apart and compare them: guards above all.

use super::BADARG;
use crate::data;
use crate::process::Process;
use linac_core::binary::Bits;
use linac_core::{Build, Term, View, compare, hash, map, number};
use std::cmp::Ordering;

type Out = Result<Term, Term>;

fn elements(t: Term) -> Result<&'static [Term], Term> {
    t.as_tuple().ok_or(BADARG)
}

/// An integer argument that indexes something.
pub fn index(t: Term) -> Result<usize, Term> {
    t.as_small().and_then(|n| usize::try_from(n).ok()).ok_or(BADARG)
}

pub fn element(_: &mut Process, a: &[Term]) -> Out {
    let position = index(a[0])?;
    elements(a[1])?.get(position.wrapping_sub(1)).copied().ok_or(BADARG)
}

pub fn setelement(p: &mut Process, a: &[Term]) -> Out {
    let position = index(a[0])?.wrapping_sub(1);
    let mut copy = elements(a[1])?.to_vec();
    *copy.get_mut(position).ok_or(BADARG)? = a[2];
    Ok(p.heap.tuple(&copy))
}

pub fn insert_element(p: &mut Process, a: &[Term]) -> Out {
    let position = index(a[0])?.wrapping_sub(1);
    let mut copy = elements(a[1])?.to_vec();
    if position > copy.len() {
        return Err(BADARG);
    }
    copy.insert(position, a[2]);
    Ok(p.heap.tuple(&copy))
}

pub fn delete_element(p: &mut Process, a: &[Term]) -> Out {
    let position = index(a[0])?.wrapping_sub(1);
    let mut copy = elements(a[1])?.to_vec();
    if position >= copy.len() {
        return Err(BADARG);
    }
    copy.remove(position);
    Ok(p.heap.tuple(&copy))
}

pub fn append_element(p: &mut Process, a: &[Term]) -> Out {
    let mut copy = elements(a[0])?.to_vec();
    copy.push(a[1]);
    Ok(p.heap.tuple(&copy))
}

pub fn tuple_size(_: &mut Process, a: &[Term]) -> Out {
    Ok(Term::small(elements(a[0])?.len() as isize))
}

/// Largest tuple.
const MAX_TUPLE: usize = (1 << 24) - 1;

pub fn make_tuple(p: &mut Process, a: &[Term]) -> Out {
    let size = index(a[0])?;
    if size > MAX_TUPLE {
        return Err(BADARG);
    }
    Ok(p.heap.tuple(&vec![a[1]; size]))
}

pub fn make_tuple_with(p: &mut Process, a: &[Term]) -> Out {
    let size = index(a[0])?;
    if size > MAX_TUPLE {
        return Err(BADARG);
    }
    let mut made = vec![a[1]; size];
    for item in data::proper_list(a[2]).ok_or(BADARG)? {
        let Some([position, value]) = item.as_tuple() else { return Err(BADARG) };
        *made.get_mut(index(*position)?.wrapping_sub(1)).ok_or(BADARG)? = *value;
    }
    Ok(p.heap.tuple(&made))
}

pub fn tuple_to_list(p: &mut Process, a: &[Term]) -> Out {
    Ok(p.heap.list(elements(a[0])?))
}

pub fn list_to_tuple(p: &mut Process, a: &[Term]) -> Out {
    let items = data::proper_list(a[0]).ok_or(BADARG)?;
    if items.len() > MAX_TUPLE {
        return Err(BADARG);
    }
    Ok(p.heap.tuple(&items))
}

pub fn size(p: &mut Process, a: &[Term]) -> Out {
    if a[0].is_tuple() { tuple_size(p, a) } else { byte_size_down(a[0]) }
}

fn byte_size_down(t: Term) -> Out {
    Ok(Term::small((Bits::of(t).ok_or(BADARG)?.len() / 8) as isize))
}

pub fn byte_size(_: &mut Process, a: &[Term]) -> Out {
    Ok(Term::small(Bits::of(a[0]).ok_or(BADARG)?.byte_len() as isize))
}

pub fn bit_size(_: &mut Process, a: &[Term]) -> Out {
    Ok(Term::small(Bits::of(a[0]).ok_or(BADARG)?.len() as isize))
}

pub fn hd(_: &mut Process, a: &[Term]) -> Out {
    a[0].as_cons().map(|cell| cell[0]).ok_or(BADARG)
}

pub fn tl(_: &mut Process, a: &[Term]) -> Out {
    a[0].as_cons().map(|cell| cell[1]).ok_or(BADARG)
}

pub fn length(_: &mut Process, a: &[Term]) -> Out {
    data::list_length(a[0]).map(|n| Term::small(n as isize)).ok_or(BADARG)
}

pub fn map_size(p: &mut Process, a: &[Term]) -> Out {
    match map::size(a[0]) {
        Some(n) => Ok(Term::small(n as isize)),
        None => Err(data::badmap(p, a[0])),
    }
}

pub fn map_get(p: &mut Process, a: &[Term]) -> Out {
    if !a[1].is_map() {
        return Err(data::badmap(p, a[1]));
    }
    match map::get(a[1], a[0]) {
        Some(value) => Ok(value),
        None => Err(data::badkey(p, a[0])),
    }
}

pub fn is_map_key(p: &mut Process, a: &[Term]) -> Out {
    if !a[1].is_map() {
        return Err(data::badmap(p, a[1]));
    }
    Ok(Term::bool(map::get(a[1], a[0]).is_some()))
}

pub fn min(_: &mut Process, a: &[Term]) -> Out {
    Ok(if compare::cmp(a[0], a[1]) == Ordering::Greater { a[1] } else { a[0] })
}

pub fn max(_: &mut Process, a: &[Term]) -> Out {
    Ok(if compare::cmp(a[0], a[1]) == Ordering::Less { a[1] } else { a[0] })
}

/// Type tests and comparisons, each a function of that name.
macro_rules! tests {
    ($($name:ident($a:ident) $test:expr;)*) => {
        $(pub fn $name(_: &mut Process, a: &[Term]) -> Out {
            let $a = a;
            Ok(Term::bool($test))
        })*
    };
}

tests! {
    is_atom(a) a[0].is_atom();
    is_binary(a) Bits::of(a[0]).is_some_and(Bits::is_binary);
    is_bitstring(a) a[0].is_bitstring();
    is_boolean(a) a[0] == Term::TRUE || a[0] == Term::FALSE;
    is_float(a) a[0].is_float();
    is_function(a) matches!(a[0].view(), View::Fun(_));
    is_integer(a) a[0].is_integer();
    is_list(a) a[0].is_list();
    is_map(a) a[0].is_map();
    is_number(a) a[0].is_number();
    is_pid(a) a[0].is_pid();
    is_port(a) a[0].is_port();
    is_record(a) a[0].is_record();
    is_reference(a) matches!(a[0].view(), View::Ref(_));
    is_tuple(a) a[0].is_tuple();
    eq(a) compare::eq(a[0], a[1]);
    ne(a) !compare::eq(a[0], a[1]);
    eq_exact(a) compare::eq_exact(a[0], a[1]);
    ne_exact(a) !compare::eq_exact(a[0], a[1]);
    lt(a) compare::lt(a[0], a[1]);
    gt(a) compare::lt(a[1], a[0]);
    le(a) compare::cmp(a[0], a[1]) != Ordering::Greater;
    ge(a) compare::cmp(a[0], a[1]) != Ordering::Less;
}

pub fn is_function2(_: &mut Process, a: &[Term]) -> Out {
    if !a[1].is_integer() || compare::lt(a[1], Term::small(0)) {
        return Err(BADARG);
    }
    let arity = a[1].as_small();
    Ok(Term::bool(matches!(a[0].view(), View::Fun(fun) if Some(fun.arity() as isize) == arity)))
}

pub fn is_integer3(_: &mut Process, a: &[Term]) -> Out {
    if !a[1].is_integer() || !a[2].is_integer() {
        return Err(BADARG);
    }
    let within = a[0].is_integer() && !compare::lt(a[0], a[1]) && !compare::lt(a[2], a[0]);
    Ok(Term::bool(within))
}

pub fn is_record2(_: &mut Process, a: &[Term]) -> Out {
    if !a[1].is_atom() {
        return Err(BADARG);
    }
    if let Some(record) = a[0].as_record() {
        return Ok(Term::bool(Term::atom(record.definition().name()) == a[1]));
    }
    Ok(Term::bool(a[0].as_tuple().is_some_and(|elements| elements.first() == Some(&a[1]))))
}

pub fn is_record3(_: &mut Process, a: &[Term]) -> Out {
    if !a[1].is_atom() {
        return Err(BADARG);
    }
    // An atom asks for a native record of the module `a[1]`.
    if a[2].is_atom() {
        return Ok(Term::bool(a[0].as_record().is_some_and(|record| {
            let definition = record.definition();
            [definition.module(), definition.name()].map(Term::atom)[..] == a[1..]
        })));
    }
    let size = a[2].as_small().ok_or(BADARG)?;
    let same = |elements: &[Term]| elements.len() as isize == size && elements.first() == Some(&a[1]);
    Ok(Term::bool(a[0].as_tuple().is_some_and(same)))
}

fn truth(t: Term) -> Result<bool, Term> {
    match t {
        Term::TRUE => Ok(true),
        Term::FALSE => Ok(false),
        _ => Err(BADARG),
    }
}

pub fn not(_: &mut Process, a: &[Term]) -> Out {
    Ok(Term::bool(!truth(a[0])?))
}

pub fn and(_: &mut Process, a: &[Term]) -> Out {
    Ok(Term::bool(truth(a[0])? & truth(a[1])?))
}

pub fn or(_: &mut Process, a: &[Term]) -> Out {
    Ok(Term::bool(truth(a[0])? | truth(a[1])?))
}

pub fn xor(_: &mut Process, a: &[Term]) -> Out {
    Ok(Term::bool(truth(a[0])? ^ truth(a[1])?))
}

pub fn phash2(_: &mut Process, a: &[Term]) -> Out {
    Ok(Term::small((hash::phash2(a[0]) & 0x07FF_FFFF) as isize))
}

pub fn phash(p: &mut Process, a: &[Term]) -> Out {
    let range = number::to_i64(a[1]).filter(|range| (1..=1 << 32).contains(range)).ok_or(BADARG)?;
    Ok(p.heap.integer(i64::from(hash::phash(a[0])) % range + 1))
}

pub fn phash2_range(p: &mut Process, a: &[Term]) -> Out {
    let range = number::to_i64(a[1]).filter(|range| (1..=1 << 32).contains(range)).ok_or(BADARG)?;
    let value = hash::phash2(a[0]);
    Ok(p.heap.integer(i64::from(value) % range))
}

pub fn cmp_term(_: &mut Process, a: &[Term]) -> Out {
    Ok(Term::small(compare::cmp_exact(a[0], a[1]) as isize))
}
