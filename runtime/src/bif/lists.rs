//! BIFs over lists.

use super::terms::index;
use super::{BADARG, Outcome};
use crate::data;
use crate::process::Process;
use linac_abi::term::FixedAtom;
use linac_core::{Build, Term, compare};

type Out = Result<Term, Term>;

/// Elements that are looked at for one reduction.
const ITEMS_PER_REDUCTION: usize = 16;

/// Elements up to which `--` looks through all of them.
const FEW: usize = 16;

pub fn append(p: &mut Process, a: &[Term]) -> Out {
    if a[0].is_nil() {
        return Ok(a[1]);
    }
    p.heap.list_onto(a[0], a[1], false).ok_or(BADARG)
}

pub fn subtract(p: &mut Process, a: &[Term]) -> Out {
    let mut items = data::proper_list(a[0]).ok_or(BADARG)?;
    let mut remove = data::proper_list(a[1]).ok_or(BADARG)?;
    p.charge((items.len() + remove.len()) / ITEMS_PER_REDUCTION);
    if items.is_empty() || remove.is_empty() {
        return Ok(a[0]);
    }
    if remove.len() <= FEW || items.len() <= FEW {
        items.retain(|item| {
            let found = remove.iter().position(|other| compare::eq_exact(*item, *other));
            found.map(|at| remove.remove(at)).is_none()
        });
        return Ok(p.heap.list(&items));
    }
    // Each element removes its first occurrence. Counting in an ordered map keeps long lists from being quadratic.
    let mut counts: std::collections::BTreeMap<Exact, usize> = std::collections::BTreeMap::new();
    for term in remove {
        *counts.entry(Exact(term)).or_default() += 1;
    }
    items.retain(|item| match counts.get_mut(&Exact(*item)) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    });
    Ok(p.heap.list(&items))
}

/// A term ordered so that only identical ones are equal.
#[derive(Clone, Copy)]
struct Exact(Term);

impl PartialEq for Exact {
    fn eq(&self, other: &Exact) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Exact {}
impl PartialOrd for Exact {
    fn partial_cmp(&self, other: &Exact) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Exact {
    fn cmp(&self, other: &Exact) -> std::cmp::Ordering {
        compare::cmp_exact(self.0, other.0)
    }
}

pub fn reverse(p: &mut Process, a: &[Term]) -> Out {
    if let Ok(result) = reverse_onto(p, &[a[0], Term::NIL]) {
        return Ok(result);
    }
    // Errors as of a function with clauses for two elements at most, which leaves the rest to the other one.
    let Some([first, rest]) = a[0].as_cons() else { return Err(Term::fixed(FixedAtom::FunctionClause)) };
    let Some([second, rest]) = rest.as_cons() else { return Err(Term::fixed(FixedAtom::FunctionClause)) };
    let begun = p.heap.list(&[*second, *first]);
    p.blame = super::number("lists", "reverse", 2).map(|number| (number, [*rest, begun, Term::NIL]));
    Err(BADARG)
}

pub fn reverse_onto(p: &mut Process, a: &[Term]) -> Out {
    p.heap.list_onto(a[0], a[1], true).ok_or(BADARG)
}

pub fn member(p: &mut Process, a: &[Term]) -> Out {
    let (mut rest, mut seen) = (a[1], 0);
    let mut found = false;
    while !found && let Some([head, tail]) = rest.as_cons() {
        found = compare::eq_exact(a[0], *head);
        rest = *tail;
        seen += 1;
    }
    p.charge(seen / ITEMS_PER_REDUCTION);
    if found || rest.is_nil() { Ok(Term::bool(found)) } else { Err(BADARG) }
}

/// The first tuple whose element at `position` equals the key.
fn find(p: &mut Process, a: &[Term]) -> Result<Option<Term>, Term> {
    let position = index(a[1])?.checked_sub(1).ok_or(BADARG)?;
    let (mut rest, mut seen) = (a[2], 0);
    let mut found = None;
    while found.is_none()
        && let Some([head, tail]) = rest.as_cons()
    {
        let element = head.as_tuple().and_then(|elements| elements.get(position));
        found = element.is_some_and(|element| compare::eq(a[0], *element)).then_some(*head);
        rest = *tail;
        seen += 1;
    }
    p.charge(seen / ITEMS_PER_REDUCTION);
    if found.is_some() || rest.is_nil() { Ok(found) } else { Err(BADARG) }
}

pub fn keyfind(p: &mut Process, a: &[Term]) -> Out {
    Ok(find(p, a)?.unwrap_or(Term::FALSE))
}

pub fn keymember(p: &mut Process, a: &[Term]) -> Out {
    Ok(Term::bool(find(p, a)?.is_some()))
}

pub fn keysearch(p: &mut Process, a: &[Term]) -> Out {
    match find(p, a)? {
        Some(found) => {
            let value = linac_core::Atom::new("value").map_err(|_| BADARG)?;
            Ok(p.heap.tuple(&[Term::atom(value), found]))
        }
        None => Ok(Term::FALSE),
    }
}

/// How many elements are looked at before other processes get a turn.
const SLICE: usize = 50_000;

/// `length/1` as a function: gives way on long lists. What is left of the list is held as a root meanwhile.
pub fn length_slowly(p: &mut Process, a: &[Term]) -> Outcome {
    p.held.push(a[0]);
    p.held.push(a[0]);
    count_on(p, 0)
}

fn count_on(p: &mut Process, before: usize) -> Outcome {
    let (Some(mut rest), Some(whole)) = (p.held.pop(), p.held.pop()) else {
        panic!("the list being counted is held")
    };
    let mut counted = before;
    while let Some([_, tail]) = rest.as_cons() {
        rest = *tail;
        counted += 1;
        if counted.is_multiple_of(SLICE) {
            p.held.push(whole);
            p.held.push(rest);
            return Outcome::Yield(Box::new(move |p| count_on(p, counted)));
        }
    }
    if rest.is_nil() { Outcome::Done(Term::small(counted as isize)) } else { Outcome::error(p, BADARG) }
}
