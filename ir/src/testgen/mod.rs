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

use crate::Cursor;
use crate::entities::Block;
use crate::function::{ExtFunc, Function};
use crate::inst::Imm;
use crate::interp::Mfa;
use crate::opcode::Opcode;
use crate::text::Term;
use crate::types::{Facts, Kinds, Type};
use dashu_int::IBig;
use linac_abi::WordSize;
use linac_abi::term::{FUN_ENV, TAG_BOXED};
use std::collections::BTreeMap;

/// Name of generated modules.
pub const MODULE: &str = "gen";

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
    /// Functions in order of their number, entries of lambdas last.
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
}

/// Largest integers (in bits) and terms (as trees) at the borders of functions.
const BITS: u32 = 160;
const SIZE: u32 = 60;

/// Generates a module.
pub fn module(seed: u64, options: Options) -> Module {
    let mut rng = Rng::new(seed);
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
        let arity = if index == 0 { 3 } else { rng.below(4) as u32 };
        let name = format!("f{index}");
        let func = Function::new(MODULE, &name, arity, index, options.word);
        let mut g = body::Body::new(func, &mut rng, options, &literals, &signatures, &mut lambdas);
        let cost = g.function();
        functions.push(g.func);
        let func = ExtFunc::Local { index, name: name.into(), arity };
        signatures.push(Signature { func, arity, cost });
    }
    functions.reverse();
    for (lambda, body) in &lambdas {
        let index = functions.len() as u32;
        functions.push(entry_of(lambda, *body, index, options.word));
    }
    let calls = (0..4).map(|_| (0..3).map(|_| term(&mut rng, 2)).collect()).collect();
    let entry = Mfa { module: MODULE.into(), name: "f0".into(), arity: 3 };
    Module { functions, literals, entry, calls }
}

/// The entry of a lambda: unpacks the free variables behind the arguments and calls the function with the body.
fn entry_of(lambda: &ExtFunc, body: u32, index: u32, word: WordSize) -> Function {
    let ExtFunc::Lambda { name, arity, free, .. } = lambda else {
        unreachable!("only lambdas are in the list")
    };
    let mut func = Function::new(MODULE, &format!("-{name}-entry-"), arity + 1, index, word);
    let block: Block = func.make_block();
    let params: Vec<_> = (0..=*arity).map(|_| func.add_param(block, Type::Term)).collect();
    for &p in &params {
        func.facts[p] = Facts::ANY;
    }
    let fun = params[*arity as usize];
    func.facts[fun] = Facts { arity: Some(*arity), ..Facts::of(Kinds::FUN) };
    let mut args = params[..*arity as usize].to_vec();
    for n in 0..*free {
        let offset = i64::from(word.bytes()) * (FUN_ENV as i64 + i64::from(n)) - TAG_BOXED as i64;
        let mut c = Cursor::at_end(&mut func, block);
        let inst = c.inst(Opcode::LoadConst, Imm::Int(offset), &[fun], Some(Type::Term));
        args.push(func.result(inst));
    }
    let callee = func.func(ExtFunc::Local { index: body, name: name.clone(), arity: arity + free });
    Cursor::at_end(&mut func, block).effect(Opcode::TailCall, Imm::Func(callee), &args);
    func
}
