//! Random modules for differential tests: interpreter before against after a pass, interpreter against native code.
//!
//! *Problem*: hand-written tests hold what their author thought of. *Idea*: generate valid functions of stage `beam` from
//! a seed, with every construct the frontend makes, and arguments to call them with. *Invariants*: the same seed gives
//! the same module on every machine; each function is accepted by the verifier, uses nothing that implementations may
//! differ in (order of funs, stack traces, limits of size), and ends: loops count down, calls go to functions with
//! larger numbers only. Sizes are bounded as the code is generated: each value carries an upper bound of the bits of
//! its integers and of its size as a tree.

mod body;
#[cfg(test)]
mod tests;

use crate::function::{ExtFunc, Function};
use crate::interp::Mfa;
use crate::text::Term;
use dashu_int::IBig;
use linac_abi::WordSize;
use std::collections::BTreeMap;

/// What to generate.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Word size.
    pub word: WordSize,
    /// Ordinary functions; the first is the one to call.
    pub functions: u32,
    /// About how many statements each has.
    pub statements: u32,
    /// Make funs and call them.
    pub funs: bool,
    /// Make and look into maps.
    pub maps: bool,
    /// Use `try` regions.
    pub exceptions: bool,
}

impl Options {
    /// Everything, in a size that is quick to run.
    pub fn new(word: WordSize) -> Options {
        Options { word, functions: 3, statements: 12, funs: true, maps: true, exceptions: true }
    }
}

/// A generated module.
#[derive(Clone, Debug)]
pub struct Module {
    /// Functions in order of their number. (Lambdas have no entries here: see [`crate::lambda::entry`].)
    pub functions: Vec<Function>,
    /// Literals by number.
    pub literals: BTreeMap<u32, Term>,
    /// The function to call.
    pub entry: Mfa,
    /// Arguments to call it with.
    pub calls: Vec<Vec<Term>>,
}

impl Module {
    /// The module as a `.lir` file, with its calls as comments.
    pub fn text(&self) -> String {
        let mut out = String::new();
        for (n, term) in &self.literals {
            out += &format!("literal {n} = {term}\n");
        }
        for func in &self.functions {
            out += &crate::text::print(func);
        }
        for args in &self.calls {
            let args: Vec<String> = args.iter().map(Term::to_string).collect();
            out += &format!(";; {}({})\n", self.entry.name, args.join(", "));
        }
        out
    }
}

/// Random numbers (SplitMix64).
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// Numbers that follow from a seed.
    pub fn new(seed: u64) -> Rng {
        Rng(seed)
    }

    /// The next number.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n` (which is at least 1).
    pub fn below(&mut self, n: usize) -> usize {
        (self.next_u64() % n.max(1) as u64) as usize
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// One of some things.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

/// Integers at which representations or algorithms change.
const INTERESTING: [i64; 22] = [
    0,
    1,
    -1,
    2,
    3,
    7,
    10,
    255,
    256,
    -128,
    65536,
    134217727,
    134217728,
    -134217728,
    -134217729,
    2147483647,
    576460752303423487,
    576460752303423488,
    -576460752303423488,
    -576460752303423489,
    i64::MAX,
    i64::MIN,
];

/// An integer, mostly small.
pub(crate) fn integer(rng: &mut Rng) -> i64 {
    match rng.below(4) {
        0 | 1 => rng.below(20) as i64 - 5,
        2 => *rng.pick(&INTERESTING),
        _ => (rng.next_u64() as i64) >> rng.below(64),
    }
}

/// Atoms that occur.
pub(crate) const ATOMS: [&str; 7] = ["a", "b", "ok", "error", "true", "false", "point"];

/// A term of limited depth.
fn term(rng: &mut Rng, depth: u32) -> Term {
    match rng.below(if depth == 0 { 7 } else { 13 }) {
        0..=2 => Term::int(integer(rng)),
        3 => Term::atom(rng.pick::<&str>(&ATOMS)),
        4 => Term::NIL,
        5 => Term::Float((integer(rng) as f64 / 4.0).to_bits()),
        6 => Term::Int(IBig::from(rng.next_u64() as i64) * IBig::from(rng.next_u64() as i64)),
        7 | 8 => Term::Tuple((0..rng.below(4)).map(|_| term(rng, depth - 1)).collect()),
        9 | 10 => Term::List((0..rng.below(4)).map(|_| term(rng, depth - 1)).collect(), None),
        11 => {
            let keys = 0..rng.below(3) as i64;
            Term::Map(keys.map(|k| (Term::int(k), term(rng, depth - 1))).collect())
        }
        _ => {
            let bytes: Vec<u8> = (0..rng.below(12)).map(|_| rng.next_u64() as u8).collect();
            let bits = bytes.len() as u64 * 8;
            Term::Bits(bytes, bits)
        }
    }
}

/// What callers know of a generated function.
#[derive(Clone, Debug)]
struct Signature {
    func: ExtFunc,
    arity: u32,
    /// Instructions that a call may execute, at most.
    cost: u64,
    /// The first argument counts down.
    looping: bool,
}

/// Largest integers (in bits) and terms (as trees) at the borders of functions.
const BITS: u32 = 160;
const SIZE: u32 = 60;

/// Generates module `genSEED`.
pub fn module(seed: u64, options: Options) -> Module {
    let mut rng = Rng::new(seed);
    let module = format!("gen{seed}");
    let literals: BTreeMap<u32, Term> = (0..6)
        .map(|n| {
            // Only what is no constant of its own, and within the bounds.
            let t = loop {
                let t = term(&mut rng, 2);
                if t.as_const().is_none() {
                    break t;
                }
            };
            (n, t)
        })
        .collect();
    let count = options.functions.max(1);
    let mut functions = Vec::new();
    let mut signatures: Vec<Signature> = Vec::new();
    let mut lambdas: Vec<(ExtFunc, u32)> = Vec::new();
    // The last one first: a function calls those behind it.
    for index in (0..count).rev() {
        // More than six arguments do not all travel in registers.
        let most = if rng.one_in(4) { 10 } else { 4 };
        let arity = if index == 0 { 3 } else { rng.below(most) as u32 };
        let looping = index > 0 && arity > 0 && rng.one_in(3);
        let name = format!("f{index}");
        let func = Function::new(&module, &name, arity, index, options.word);
        let mut g = body::Body::new(func, &mut rng, options, &literals, &signatures, &mut lambdas, looping);
        let cost = g.function();
        functions.push(g.func);
        let func = ExtFunc::Local { index, name: name.into(), arity };
        signatures.push(Signature { func, arity, cost, looping });
    }
    functions.reverse();
    let calls = (0..4).map(|_| (0..3).map(|_| term(&mut rng, 2)).collect()).collect();
    let entry = Mfa { module: module.as_str().into(), name: "f0".into(), arity: 3 };
    Module { functions, literals, entry, calls }
}
