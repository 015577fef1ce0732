//! Term order and equality.
//!
//! Order: number < atom < reference < fun < port < pid < tuple < record < map < nil < list < bitstring. Numbers compare by
//! value; where *exact* order is asked for (and always for map keys) every integer comes before every float and
//! `-0.0` before `0.0`. Maps compare by size, then keys, then values in key order; records by module,
//! name, whether they are exported, number of fields, their names, then their values.
//!
//! The walk is a machine with a stack of what to do when a comparison gives *equal*, so nesting costs memory, not
//! native stack. Large maps are not stored in key order, so ordering two of them first sorts their keys: the sort
//! is a frame of the same machine that asks for one comparison at a time.

use crate::binary::Bits;
use crate::fun::{self, FunInfo};
use crate::map::Iter;
use crate::number::{Int, cmp_int_float, cmp_ints};
use crate::record::RecordRef;
use crate::term::{FunRef, Term, View};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cmp::Ordering;
use smallvec::SmallVec;

mod equal;
mod hint;
pub use hint::order_hint;

/// Order of what most terms that are ordered are: integers, atoms, and tuples that differ in one of those.
#[inline]
fn simple(a: Term, b: Term) -> Option<Ordering> {
    if let (Some(x), Some(y)) = (a.as_small(), b.as_small()) {
        return Some(x.cmp(&y));
    }
    let (Some(x), Some(y)) = (a.as_tuple(), b.as_tuple()) else { return None };
    if x.len() != y.len() {
        return Some(x.len().cmp(&y.len()));
    }
    for (&a, &b) in x.iter().zip(y) {
        if a == b {
            continue;
        }
        return match (a.as_small(), b.as_small()) {
            (Some(x), Some(y)) => Some(x.cmp(&y)),
            _ => Some(a.as_atom()?.order(b.as_atom()?)),
        };
    }
    Some(Ordering::Equal)
}

/// Term order (`<`, `=<`, `==` …).
pub fn cmp(a: Term, b: Term) -> Ordering {
    if let Some(order) = simple(a, b) {
        return order;
    }
    Machine::new(Mode { exact: false, equality: false }).run(a, b)
}
/// The total order of map keys: as [`cmp`], but integers before floats.
pub fn cmp_exact(a: Term, b: Term) -> Ordering {
    if let (Some(a), Some(b)) = (a.as_atom(), b.as_atom()) {
        return a.order(b);
    }
    // Keys of maps are often texts.
    if let (Some(a), Some(b)) = (Bits::of(a), Bits::of(b)) {
        return a.order(b);
    }
    Machine::new(Mode { exact: true, equality: false }).run(a, b)
}
/// `a < b`
pub fn lt(a: Term, b: Term) -> bool {
    cmp(a, b) == Ordering::Less
}
/// `a == b`
pub fn eq(a: Term, b: Term) -> bool {
    a == b || Machine::new(Mode { exact: false, equality: true }).run(a, b).is_eq()
}
/// `a =:= b`
pub fn eq_exact(a: Term, b: Term) -> bool {
    if a == b {
        return true;
    }
    equal::same(a, b)
}

#[derive(Clone, Copy)]
struct Mode {
    /// Integers and floats are different.
    exact: bool,
    /// Only equal or not is asked for.
    equality: bool,
}

enum Frame<'a> {
    /// Elements still to compare after an equal result.
    Pairs(&'a [Term], &'a [Term]),
    /// Nodes of two large maps: the children are inner nodes or leaves.
    Nodes(&'a [Term], &'a [Term]),
    /// Goes back to a mode.
    Mode(Mode),
    /// Sorts the keys of large maps.
    Sort(Box<Sort>),
}

struct Machine<'a> {
    mode: Mode,
    stack: SmallVec<[Frame<'a>; 4]>,
    /// Frames of kind `Sort` on the stack.
    sorts: usize,
}

/// What one step gives.
enum Step {
    Known(Ordering),
    Next(Term, Term),
}

fn rank(v: &View<'_>) -> u8 {
    match v {
        View::Small(_) | View::Big(_) | View::Float(_) => 0,
        View::Atom(_) => 1,
        View::Ref(_) => 2,
        View::Fun(_) => 3,
        View::Port(_) => 4,
        View::Pid(_) => 5,
        View::Tuple(_) => 6,
        View::Record(_) => 7,
        View::FlatMap(_) | View::HashMap(_) => 8,
        View::Nil => 9,
        View::Cons(_) => 10,
        View::Bits(_) => 11,
        View::MatchContext(_) | View::Raw(_) | View::None => 12,
    }
}

fn order_floats(x: f64, y: f64, exact: bool) -> Ordering {
    if exact && x == 0.0 && y == 0.0 {
        return y.is_sign_negative().cmp(&x.is_sign_negative());
    }
    // Floats in terms are finite.
    x.partial_cmp(&y).unwrap_or(Ordering::Equal)
}

fn order_numbers(a: Term, b: Term, exact: bool) -> Ordering {
    let (mut p, mut q) = ([0], [0]);
    match (a.as_float(), b.as_float()) {
        (Some(x), Some(y)) => order_floats(x, y, exact),
        (Some(_), None) if exact => Ordering::Greater,
        (None, Some(_)) if exact => Ordering::Less,
        (Some(x), None) => Int::of(b, &mut q).map_or(Ordering::Equal, |i| cmp_int_float(i, x).reverse()),
        (None, Some(y)) => Int::of(a, &mut p).map_or(Ordering::Equal, |i| cmp_int_float(i, y)),
        (None, None) => match (Int::of(a, &mut p), Int::of(b, &mut q)) {
            (Some(x), Some(y)) => cmp_ints(x, y),
            _ => Ordering::Equal,
        },
    }
}

/// Order of two funs, free variables left out.
fn order_funs(f: FunRef<'_>, g: FunRef<'_>) -> Ordering {
    if f.cell() == g.cell() {
        return f.env().len().cmp(&g.env().len());
    }
    match (fun::info(f.cell()), fun::info(g.cell())) {
        (
            Some(FunInfo::Local { module: m, index: i, uniq: u }),
            Some(FunInfo::Local { module: n, index: j, uniq: v }),
        ) => m.order(n).then((i, u).cmp(&(j, v))).then(f.env().len().cmp(&g.env().len())),
        (
            Some(FunInfo::Export { module: m, function: x }),
            Some(FunInfo::Export { module: n, function: y }),
        ) => m.order(n).then_with(|| x.order(y)).then(f.arity().cmp(&g.arity())),
        (Some(FunInfo::Local { .. }), Some(FunInfo::Export { .. })) => Ordering::Less,
        (Some(FunInfo::Export { .. }), Some(FunInfo::Local { .. })) => Ordering::Greater,
        _ => f.cell().cmp(&g.cell()),
    }
}

/// Order of what two records are, values left out.
fn order_definitions(x: RecordRef<'_>, y: RecordRef<'_>) -> Ordering {
    if x.definition_term() == y.definition_term() {
        return Ordering::Equal;
    }
    let (x, y) = (x.definition(), y.definition());
    let (f, g) = (x.fields(), y.fields());
    let atoms = |a: &Term, b: &Term| match (a.as_atom(), b.as_atom()) {
        (Some(a), Some(b)) => a.order(b),
        _ => Ordering::Equal,
    };
    let fields = || f.iter().zip(g).map(|(a, b)| atoms(a, b)).find(|order| order.is_ne());
    (x.module().order(y.module()))
        .then_with(|| x.name().order(y.name()))
        .then(x.is_exported().cmp(&y.is_exported()))
        .then(f.len().cmp(&g.len()))
        .then_with(|| fields().unwrap_or(Ordering::Equal))
}

impl<'a> Machine<'a> {
    fn new(mode: Mode) -> Machine<'a> {
        Machine { mode, stack: SmallVec::new(), sorts: 0 }
    }

    fn run(mut self, a: Term, b: Term) -> Ordering {
        let mut step = self.compare(a, b);
        loop {
            step = match step {
                Step::Next(a, b) => self.compare(a, b),
                Step::Known(Ordering::Equal) => match self.resume() {
                    Some(step) => step,
                    None => return Ordering::Equal,
                },
                Step::Known(different) if self.sorts == 0 => return different,
                Step::Known(different) => {
                    // Everything up to the sort that asked is settled.
                    while !matches!(self.stack.last(), Some(Frame::Sort(_))) {
                        if let Some(Frame::Mode(mode)) = self.stack.pop() {
                            self.mode = mode;
                        }
                    }
                    self.sort_goes_on(different)
                }
            };
        }
    }

    /// Goes on after an equal result.
    fn resume(&mut self) -> Option<Step> {
        loop {
            match self.stack.last_mut()? {
                Frame::Pairs(x, y) => {
                    let (x, y) = (*x, *y);
                    self.stack.pop();
                    match self.pairs(x, y) {
                        Step::Known(Ordering::Equal) => {}
                        step => return Some(step),
                    }
                }
                Frame::Nodes(x, y) => {
                    let (Some((a, rest_x)), Some((b, rest_y))) = (x.split_first(), y.split_first()) else {
                        self.stack.pop();
                        continue;
                    };
                    (*x, *y) = (rest_x, rest_y);
                    let (a, b) = (*a, *b);
                    if a != b
                        && let Some(different) = self.enter_node(a, b)
                    {
                        return Some(Step::Known(different));
                    }
                }
                Frame::Mode(mode) => {
                    self.mode = *mode;
                    self.stack.pop();
                }
                Frame::Sort(_) => return Some(self.sort_goes_on(Ordering::Equal)),
            }
        }
    }

    /// Pushes what two children of map nodes consist of; `Some` if they differ in shape.
    fn enter_node(&mut self, a: Term, b: Term) -> Option<Ordering> {
        match (a.view(), b.view()) {
            (View::Cons(x), View::Cons(y)) => {
                // Values last, in the mode of the comparison; keys first, exactly.
                self.stack.push(Frame::Pairs(&x[1..], &y[1..]));
                self.stack.push(Frame::Mode(self.mode));
                self.mode.exact = true;
                self.stack.push(Frame::Pairs(&x[..1], &y[..1]));
                None
            }
            (View::HashMap(x), View::HashMap(y)) => {
                if x.raw_word() != y.raw_word() {
                    return Some(x.raw_word().cmp(&y.raw_word()));
                }
                self.stack.push(Frame::Nodes(x.children(), y.children()));
                None
            }
            (View::Tuple(x), View::Tuple(y)) => {
                if x.len() != y.len() {
                    return Some(x.len().cmp(&y.len()));
                }
                self.stack.push(Frame::Nodes(x, y));
                None
            }
            (View::Nil, View::Nil) => None,
            // Different shapes never hold the same keys.
            (x, y) => Some(rank(&x).cmp(&rank(&y)).then(Ordering::Less)),
        }
    }

    /// Compares elements up to the first that needs a closer look; the others wait. Nothing waits behind the last
    /// one, so deep nesting at the end costs nothing.
    fn pairs(&mut self, x: &'a [Term], y: &'a [Term]) -> Step {
        for (i, (&a, &b)) in x.iter().zip(y).enumerate() {
            if a == b {
                continue;
            }
            if a.is_immediate() && b.is_immediate() {
                return self.compare(a, b);
            }
            if i + 1 < x.len() {
                self.stack.push(Frame::Pairs(&x[i + 1..], &y[i + 1..]));
            }
            return Step::Next(a, b);
        }
        Step::Known(Ordering::Equal)
    }

    fn compare(&mut self, a: Term, b: Term) -> Step {
        if a == b {
            return Step::Known(Ordering::Equal);
        }
        let known = match (a.view(), b.view()) {
            (View::Small(x), View::Small(y)) => x.cmp(&y),
            (View::Cons(x), View::Cons(y)) => return self.lists(x, y),
            (View::Tuple(x), View::Tuple(y)) => match x.len().cmp(&y.len()) {
                Ordering::Equal => return self.pairs(x, y),
                different => different,
            },
            (View::Atom(x), View::Atom(y)) if self.mode.equality => x.0.cmp(&y.0),
            (View::Atom(x), View::Atom(y)) => x.order(y),
            (View::Ref(x), View::Ref(y)) => {
                let (x, y) = (x.numbers(), y.numbers());
                x.iter().rev().cmp(y.iter().rev())
            }
            (View::Fun(f), View::Fun(g)) => match order_funs(f, g) {
                Ordering::Equal => return self.pairs(f.env(), g.env()),
                different => different,
            },
            (View::Port(x), View::Port(y)) | (View::Pid(x), View::Pid(y)) => x.cmp(&y),
            (View::FlatMap(x), View::FlatMap(y)) => {
                let (kx, ky) = (x.keys(), y.keys());
                if kx.len() == ky.len() {
                    self.stack.push(Frame::Pairs(x.values(), y.values()));
                    if x.keys_term() != y.keys_term() {
                        self.stack.push(Frame::Mode(self.mode));
                        self.mode.exact = true;
                        self.stack.push(Frame::Pairs(kx, ky));
                    }
                }
                kx.len().cmp(&ky.len())
            }
            (View::HashMap(x), View::HashMap(y)) => match x.size().cmp(&y.size()) {
                Ordering::Equal if self.mode.equality => {
                    self.stack.push(Frame::Nodes(x.children(), y.children()));
                    Ordering::Equal
                }
                Ordering::Equal => {
                    let sort = Box::new(Sort::new(self.mode, a, b));
                    self.sorts += 1;
                    self.mode.exact = true;
                    self.stack.push(Frame::Sort(sort));
                    return self.sort_step(None);
                }
                different => different,
            },
            (View::Record(x), View::Record(y)) => match order_definitions(x, y) {
                Ordering::Equal => return self.pairs(x.values(), y.values()),
                different => different,
            },
            (View::FlatMap(_), View::HashMap(_)) => Ordering::Less,
            (View::HashMap(_), View::FlatMap(_)) => Ordering::Greater,
            (View::Bits(_), View::Bits(_)) => match (Bits::of(a), Bits::of(b)) {
                (Some(x), Some(y)) if self.mode.equality && x.len() != y.len() => x.len().cmp(&y.len()),
                (Some(x), Some(y)) => x.order(y),
                _ => Ordering::Equal,
            },
            (x, y) => match (rank(&x), rank(&y)) {
                (0, 0) => order_numbers(a, b, self.mode.exact),
                // Objects of the runtime: by address, which is stable as long as the comparison.
                (12, 12) => a.raw().cmp(&b.raw()),
                (r, s) => r.cmp(&s),
            },
        };
        Step::Known(known)
    }

    /// Walks two lists as long as their elements are the same words.
    fn lists(&mut self, x: &'a [Term; 2], y: &'a [Term; 2]) -> Step {
        let (mut x, mut y) = (x, y);
        loop {
            if x[0] != y[0] {
                if x[0].is_immediate() && y[0].is_immediate() {
                    return self.compare(x[0], y[0]);
                }
                self.stack.push(Frame::Pairs(&x[1..], &y[1..]));
                return Step::Next(x[0], y[0]);
            }
            if x[1] == y[1] {
                return Step::Known(Ordering::Equal);
            }
            match (x[1].as_cons(), y[1].as_cons()) {
                (Some(p), Some(q)) => (x, y) = (p, q),
                _ => return Step::Next(x[1], y[1]),
            }
        }
    }

    fn sort_goes_on(&mut self, answer: Ordering) -> Step {
        self.sort_step(Some(answer))
    }

    /// Advances the sort on top of the stack.
    fn sort_step(&mut self, answer: Option<Ordering>) -> Step {
        let Some(Frame::Sort(sort)) = self.stack.last_mut() else {
            return Step::Known(Ordering::Equal);
        };
        match sort.advance(answer) {
            Asked::Compare(a, b) => Step::Next(a, b),
            Asked::CompareValues(a, b) => {
                self.mode = sort.outer;
                Step::Next(a, b)
            }
            Asked::Done(result) => {
                self.mode = sort.outer;
                self.stack.pop();
                self.sorts -= 1;
                Step::Known(result)
            }
        }
    }
}

/// The keys and values of two large maps, being sorted and then compared.
struct Sort {
    outer: Mode,
    maps: [Vec<(Term, Term)>; 2],
    spare: Vec<(Term, Term)>,
    phase: Phase,
}

enum Phase {
    /// Merging runs of `width` of map `map`: left run at `i`, right run at `j`, of the pair that starts at `start`.
    Merge {
        map: usize,
        width: usize,
        start: usize,
        i: usize,
        j: usize,
    },
    Keys(usize),
    Values(usize),
}

enum Asked {
    Compare(Term, Term),
    CompareValues(Term, Term),
    Done(Ordering),
}

impl Sort {
    fn new(outer: Mode, a: Term, b: Term) -> Sort {
        let maps = [a, b].map(|m| Iter::new(m).collect());
        Sort {
            outer,
            maps,
            spare: Vec::new(),
            phase: Phase::Merge { map: 0, width: 1, start: 0, i: 0, j: 1 },
        }
    }

    /// Takes the answer to the last question and asks the next.
    fn advance(&mut self, mut answer: Option<Ordering>) -> Asked {
        loop {
            match &mut self.phase {
                Phase::Merge { map, width, start, i, j } => {
                    let items = &self.maps[*map];
                    let n = items.len();
                    let middle = (*start + *width).min(n);
                    let end = (*start + 2 * *width).min(n);
                    if let Some(order) = answer.take() {
                        let from = if order == Ordering::Greater { &mut *j } else { &mut *i };
                        self.spare.push(items[*from]);
                        *from += 1;
                    }
                    if *i < middle && *j < end {
                        return Asked::Compare(items[*i].0, items[*j].0);
                    }
                    self.spare.extend_from_slice(&items[*i..middle]);
                    self.spare.extend_from_slice(&items[(*j).min(end)..end]);
                    *start = end;
                    if *start >= n {
                        core::mem::swap(&mut self.maps[*map], &mut self.spare);
                        self.spare.clear();
                        *start = 0;
                        *width *= 2;
                        if *width >= n {
                            *width = 1;
                            *map += 1;
                            if *map == 2 {
                                self.phase = Phase::Keys(0);
                                continue;
                            }
                        }
                    }
                    *i = *start;
                    *j = *start + *width;
                }
                Phase::Keys(at) => {
                    match answer.take() {
                        None => {}
                        Some(Ordering::Equal) => *at += 1,
                        Some(different) => return Asked::Done(different),
                    }
                    match (self.maps[0].get(*at), self.maps[1].get(*at)) {
                        (Some(x), Some(y)) => return Asked::Compare(x.0, y.0),
                        _ => self.phase = Phase::Values(0),
                    }
                }
                Phase::Values(at) => {
                    match answer.take() {
                        None => {}
                        Some(Ordering::Equal) => *at += 1,
                        Some(different) => return Asked::Done(different),
                    }
                    match (self.maps[0].get(*at), self.maps[1].get(*at)) {
                        (Some(x), Some(y)) => return Asked::CompareValues(x.1, y.1),
                        _ => return Asked::Done(Ordering::Equal),
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
