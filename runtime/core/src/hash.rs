//! Hashes of terms: the portable one that Erlang programs see, and the internal one that large maps use.
//!
//! Both are one walk over the term with Bob Jenkins' 96-bit mix. The *portable* hash (`erlang:phash2`) must give
//! the same number on every machine and in every release, so its constants and the order of the walk are fixed by
//! the reference VM. The *internal* hash only has to agree with exact equality inside one system: it takes whole
//! words of immediates and references, of which the portable one uses few bits.

use crate::WORD_BYTES;
use crate::binary::Bits;
use crate::fun::{self, FunInfo};
use crate::map;
use crate::record::{Definition, RecordRef};
use crate::term::{Term, View};
use smallvec::SmallVec;

/// The golden ratio; the walk uses its multiples to tell kinds of terms apart.
const GOLDEN: u32 = 0x9E37_79B9;

const fn constant(n: u32) -> u32 {
    GOLDEN.wrapping_mul(n)
}

/// Which hash, by what the multiples of the golden ratio stand for.
const SMALL: u32 = GOLDEN;
const NIL: u32 = constant(2);
const ATOM: u32 = constant(3);
const STRING: u32 = constant(4);
const PID: u32 = constant(5);
const PORT: u32 = constant(6);
const REF: u32 = constant(7);
const TUPLE: u32 = constant(9);
const NEGATIVE: u32 = constant(10);
const POSITIVE: u32 = constant(11);
const FLOAT: u32 = constant(12);
const BINARY: u32 = constant(13);
const EXPORT: u32 = constant(14);
const LAST_BITS: u32 = constant(15);
const MAP: u32 = constant(16);
const MAP_PAIRS: u32 = constant(19);
const RECORD: u32 = constant(23);

fn mix(mut a: u32, mut b: u32, mut c: u32) -> (u32, u32, u32) {
    for (i, j, k) in [(13, 8, 13), (12, 16, 5), (3, 10, 15)] {
        a = a.wrapping_sub(b).wrapping_sub(c) ^ (c >> i);
        b = b.wrapping_sub(c).wrapping_sub(a) ^ (a << j);
        c = c.wrapping_sub(a).wrapping_sub(b) ^ (b >> k);
    }
    (a, b, c)
}

fn add2(hash: u32, x: u32, y: u32, constant: u32) -> u32 {
    mix(constant.wrapping_add(x), constant.wrapping_add(y), hash).2
}
fn add(hash: u32, x: u32, constant: u32) -> u32 {
    add2(hash, x, 0, constant)
}

/// Jenkins' hash of a run of bytes.
fn block(mut bytes: impl ExactSizeIterator<Item = u8>, start: u32) -> u32 {
    let len = bytes.len();
    let (mut a, mut b, mut c) = (GOLDEN, GOLDEN, start);
    let mut left = len;
    let mut word = |n: usize| (0..n).fold(0u32, |w, i| w | u32::from(bytes.next().unwrap_or(0)) << (8 * i));
    while left >= 12 {
        a = a.wrapping_add(word(4));
        b = b.wrapping_add(word(4));
        c = c.wrapping_add(word(4));
        (a, b, c) = mix(a, b, c);
        left -= 12;
    }
    // The lowest byte of c is the length's.
    c = c.wrapping_add(len as u32);
    a = a.wrapping_add(word(left.min(4)));
    b = b.wrapping_add(word(left.saturating_sub(4).min(4)));
    c = c.wrapping_add(word(left.saturating_sub(8)) << 8);
    mix(a, b, c).2
}

fn small(hash: u32, n: i64) -> u32 {
    if (-(1 << 27)..1 << 27).contains(&n) {
        let y = n as i32;
        // Negative numbers are mixed twice.
        let hash = if y < 0 { add(hash, y.unsigned_abs(), SMALL) } else { hash };
        add(hash, y as u32, SMALL)
    } else {
        let t = n.unsigned_abs();
        add2(hash, t as u32, (t >> 32) as u32, if n < 0 { NEGATIVE } else { POSITIVE })
    }
}

fn binary(hash: u32, bits: Bits<'_>) -> u32 {
    let start = BINARY.wrapping_add(hash);
    if bits.is_empty() {
        return start;
    }
    let whole = bits.len() / 8;
    let hash = match bits.slice(0, whole * 8) {
        Some(bytes) => block(bytes.bytes(), start),
        None => start,
    };
    match bits.len() % 8 {
        0 => hash,
        rest => add2(hash, rest as u32, u32::from(bits.byte(whole) >> (8 - rest)), LAST_BITS),
    }
}

enum Todo<'a> {
    /// Terms still to come.
    Terms(&'a [Term]),
    /// One more term.
    One(Term),
    /// Values of a record from this one on, in the order of the atoms that name them: the reference VM keeps them so.
    Fields(RecordRef<'a>, usize),
    /// A map's pairs; each is hashed on its own and their hashes are combined by exclusive or, since the order of
    /// a map's pairs means nothing. Then the walk goes on with the hash from before.
    Pairs { rest: map::Iter<'a>, sum: u32, before: u32 },
}

struct Walk<'a> {
    portable: bool,
    hash: u32,
    todo: SmallVec<[Todo<'a>; 2]>,
}

impl<'a> Walk<'a> {
    fn run(mut self, t: Term) -> u32 {
        self.term(t);
        loop {
            match self.todo.last_mut() {
                None => return self.hash,
                Some(&mut Todo::One(t)) => {
                    self.todo.pop();
                    self.term(t);
                }
                Some(&mut Todo::Fields(record, at)) => {
                    self.todo.pop();
                    if at + 1 < record.values().len() {
                        self.todo.push(Todo::Fields(record, at + 1));
                    }
                    if let Some((_, value)) = record.pair(at, true) {
                        self.term(value);
                    }
                }
                Some(Todo::Terms(rest)) => match rest.split_first() {
                    None => {
                        self.todo.pop();
                    }
                    Some((&t, others)) => {
                        *rest = others;
                        if others.is_empty() {
                            self.todo.pop();
                        }
                        self.term(t);
                    }
                },
                Some(Todo::Pairs { rest, sum, before }) => {
                    // What was hashed since the last visit is one pair.
                    *sum ^= self.hash;
                    self.hash = 0;
                    match rest.next() {
                        Some((key, value)) => {
                            self.todo.push(Todo::One(value));
                            self.term(key);
                        }
                        None => {
                            self.hash = add(*before, *sum, MAP_PAIRS);
                            self.todo.pop();
                        }
                    }
                }
            }
        }
    }

    fn term(&mut self, t: Term) {
        match t.view() {
            View::Atom(a) if !self.portable => self.hash = add(self.hash, a.0, ATOM),
            View::Atom(a) if self.hash == 0 => self.hash = a.hash_value(),
            View::Atom(a) => self.hash = add(self.hash, a.hash_value(), ATOM),
            View::Nil if self.hash == 0 => self.hash = 3_468_870_702,
            View::Nil => self.hash = add(self.hash, 2, NIL),
            View::Small(n) => self.hash = small(self.hash, n as i64),
            View::Pid(p) => self.identity(p, 15, PID),
            View::Port(p) => self.identity(p, 28, PORT),
            View::Ref(r) => {
                let n = r.numbers();
                self.hash = add(self.hash, n[0], REF);
                if !self.portable {
                    self.hash = add2(self.hash, n[1], n[2], REF);
                }
            }
            View::Float(f) => {
                let bits = if f == 0.0 { 0 } else { f.to_bits() };
                self.hash = add2(self.hash, (bits >> 32) as u32, bits as u32, FLOAT);
            }
            View::Big(b) => {
                let constant = if b.negative { NEGATIVE } else { POSITIVE };
                for pair in b.limbs.chunks(8 / WORD_BYTES) {
                    let n = pair.iter().rev().fold(0u128, |n, &l| n << (8 * WORD_BYTES) | l as u128) as u64;
                    self.hash = add2(self.hash, n as u32, (n >> 32) as u32, constant);
                }
            }
            View::Bits(b) => {
                if let Some(bits) = Bits::of(b) {
                    self.hash = binary(self.hash, bits);
                }
            }
            View::Tuple(elements) => {
                self.hash = add(self.hash, elements.len() as u32, TUPLE);
                if !elements.is_empty() {
                    self.todo.push(Todo::Terms(elements));
                }
            }
            View::Fun(f) => {
                match fun::info(f.cell()) {
                    Some(FunInfo::Export { module, function }) => {
                        self.hash = add2(self.hash, f.arity() as u32, module.hash_value(), GOLDEN);
                        self.hash = add(self.hash, function.hash_value(), EXPORT);
                    }
                    Some(FunInfo::Local { module, index, uniq }) => {
                        self.hash = add2(self.hash, f.env().len() as u32, module.hash_value(), GOLDEN);
                        self.hash = add2(self.hash, index, uniq, GOLDEN);
                    }
                    None => self.hash = add2(self.hash, f.cell() as u32, f.arity() as u32, GOLDEN),
                }
                if !f.env().is_empty() {
                    self.todo.push(Todo::Terms(f.env()));
                }
            }
            View::FlatMap(_) | View::HashMap(_) => {
                let size = map::size(t).unwrap_or(0);
                self.hash = add(self.hash, size as u32, MAP);
                if size > 0 {
                    self.todo.push(Todo::Pairs { rest: map::Iter::new(t), sum: 0, before: self.hash });
                    self.hash = 0;
                }
            }
            View::Record(record) => {
                let (definition, values) = (record.definition(), record.values());
                let kind = if self.portable { self::definition(definition) } else { definition.hash() };
                self.hash = add2(self.hash, values.len() as u32, kind, RECORD);
                if !values.is_empty() && self.portable {
                    self.todo.push(Todo::Fields(record, 0));
                } else if !values.is_empty() {
                    self.todo.push(Todo::Terms(values));
                }
            }
            View::Cons(cell) => self.list(cell),
            View::MatchContext(_) | View::Raw(_) | View::None => {}
        }
    }

    fn identity(&mut self, n: usize, bits: u32, constant: u32) {
        let low = (n & ((1 << bits) - 1)) as u32;
        self.hash =
            if self.portable { add(self.hash, low, constant) } else { add(self.hash, n as u32, constant) };
    }

    /// Elements that are bytes are taken four at a time.
    fn list(&mut self, cell: &'a [Term; 2]) {
        let mut cell = cell;
        let (mut four, mut n) = (0u32, 0);
        loop {
            match cell[0].as_small() {
                Some(b) if (0..256).contains(&b) => {
                    four = four << 8 | b as u32;
                    n += 1;
                    if n == 4 {
                        self.hash = add(self.hash, four, STRING);
                        (four, n) = (0, 0);
                    }
                }
                _ => {
                    if n > 0 {
                        self.hash = add(self.hash, four, STRING);
                        (four, n) = (0, 0);
                    }
                    if !cell[0].is_immediate() {
                        self.todo.push(Todo::One(cell[1]));
                        self.todo.push(Todo::One(cell[0]));
                        return;
                    }
                    // Leaves nothing on the stack.
                    self.term(cell[0]);
                }
            }
            match cell[1].as_cons() {
                Some(next) => cell = next,
                None => {
                    if n > 0 {
                        self.hash = add(self.hash, four, STRING);
                    }
                    self.todo.push(Todo::One(cell[1]));
                    return;
                }
            }
        }
    }
}

/// The portable hash of a tuple of atoms.
pub(crate) fn of_atoms(atoms: &[Term]) -> u32 {
    let mut walk = Walk { portable: true, hash: add(0, atoms.len() as u32, TUPLE), todo: SmallVec::new() };
    atoms.iter().for_each(|atom| walk.term(*atom));
    walk.hash
}

/// The portable hash of what a record is: of the tuple of module, name, whether it is exported, and its fields.
fn definition(definition: Definition<'_>) -> u32 {
    of_atoms(definition.identity())
}

/// The portable 32-bit hash; `erlang:phash2(T)` is its low 27 bits, `phash2(T, Range)` its remainder.
pub fn phash2(t: Term) -> u32 {
    Walk { portable: true, hash: 0, todo: SmallVec::new() }.run(t)
}

/// The internal hash: equal for exactly equal terms, all bits usable.
pub fn internal(t: Term) -> u32 {
    if t.is_immediate() {
        // A word mixed by multiplication: maps ask this for every atom and small key.
        let w = (t.raw() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        return (w ^ w >> 29) as u32 ^ (w >> 32) as u32;
    }
    Walk { portable: false, hash: 0, todo: SmallVec::new() }.run(t)
}

mod old;

pub use old::phash;

#[cfg(test)]
mod tests;
