//! Facts that follow from an operation alone, given the facts of its operands.
//!
//! One transfer function serves the builder (facts at creation) and type inference (facts to a fixpoint).

use crate::entities::Inst;
use crate::function::{ExtFunc, Function};
use crate::inst::Imm;
use crate::opcode::{Effects, Opcode};
use crate::types::{Facts, Kinds, Type};
use linac_abi::bits;

/// Facts about result number `n` of an instruction. The results of an instruction that has several are terms only
/// in `landing`, and never NONE there.
pub fn of_result_number(func: &Function, inst: Inst, n: usize) -> Facts {
    let data = &func.insts[inst];
    match data.results.len() {
        1 if n == 0 => of_result(func, inst),
        _ if data.op == Opcode::Landing => Facts::ANY,
        3 if data.op == Opcode::BsStart && n == 0 => Facts::of(Kinds::BITS),
        3 if data.op == Opcode::BsStart => position(func),
        _ => Facts::ANY_OR_NONE,
    }
}

/// A position in a bitstring is a small integer, as is what is left behind it.
pub fn position(func: &Function) -> Facts {
    Facts::int(0, func.word.small_max())
}

/// Sizes up to which an integer in a bitstring is surely none too large.
const SURE_BITS: i64 = 1 << 16;

/// Facts about the (only) result of an instruction. `ANY_OR_NONE` where the result is no term.
pub fn of_result(func: &Function, inst: Inst) -> Facts {
    let data = &func.insts[inst];
    // An operand that is missing (the verifier reports it) could be anything.
    let arg = |n: usize| data.args.get(n).map_or(Facts::ANY_OR_NONE, |&v| func.facts[v]);
    let none = |facts: Facts, sure: bool| if sure { facts } else { facts.join(&Facts::of(Kinds::NONE)) };
    let is = |n: usize, kinds: Kinds| arg(n).kinds.within(kinds);
    match data.op {
        Opcode::Const => match data.imm {
            Imm::Const(c) => func.consts[c].facts(),
            _ => Facts::ANY_OR_NONE,
        },
        Opcode::AssertTerm => {
            let f = arg(0);
            Facts { kinds: f.kinds.minus(Kinds::NONE), ..f }
        }
        Opcode::Add | Opcode::Sub | Opcode::Mul => {
            let (a, b) = (arg(0), arg(1));
            let ints = is(0, Kinds::INT) && is(1, Kinds::INT);
            // If the other operand is no number, the result is NONE.
            let float = is(0, Kinds::FLOAT) || is(1, Kinds::FLOAT);
            let result = if ints {
                let (lo, hi) = range(data.op, &a, &b);
                Facts::int(lo, hi)
            } else if float {
                Facts::of(Kinds::FLOAT)
            } else {
                Facts::of(Kinds::NUMBER)
            };
            none(result, ints)
        }
        Opcode::Neg => none(
            if is(0, Kinds::INT) {
                let f = arg(0);
                let neg = |n: i64| if n == i64::MIN { i64::MAX } else { -n };
                let lo = if f.hi == i64::MAX { i64::MIN } else { neg(f.hi) };
                Facts::int(lo, if f.lo == i64::MIN { i64::MAX } else { neg(f.lo) })
            } else {
                Facts::of(Kinds::NUMBER)
            },
            is(0, Kinds::INT),
        ),
        Opcode::FDiv => none(Facts::of(Kinds::FLOAT), false),
        Opcode::IDiv => {
            let (a, b) = (arg(0), arg(1));
            let bounded = a.lo > i64::MIN && a.hi < i64::MAX && b.lo >= 1;
            let facts = if bounded { Facts::int(a.lo.min(0), a.hi.max(0)) } else { Facts::of(Kinds::INT) };
            none(facts, is(0, Kinds::INT) && is(1, Kinds::INT) && (b.lo > 0 || b.hi < 0))
        }
        Opcode::IRem => {
            let (a, b) = (arg(0), arg(1));
            let facts = if b.lo >= 1 && b.hi < i64::MAX {
                Facts::int(if a.lo >= 0 { 0 } else { 1 - b.hi }, b.hi - 1)
            } else {
                Facts::of(Kinds::INT)
            };
            none(facts, is(0, Kinds::INT) && is(1, Kinds::INT) && (b.lo > 0 || b.hi < 0))
        }
        Opcode::Band => {
            let (a, b) = (arg(0), arg(1));
            let ints = is(0, Kinds::INT) && is(1, Kinds::INT);
            // A non-negative operand bounds the result: 0 ..= it.
            let facts = match (a.lo >= 0, b.lo >= 0) {
                (true, true) => Facts::int(0, a.hi.min(b.hi)),
                (true, false) => Facts::int(0, a.hi),
                (false, true) => Facts::int(0, b.hi),
                (false, false) => Facts::of(Kinds::INT),
            };
            none(facts, ints)
        }
        Opcode::Bor | Opcode::Bxor => {
            let (a, b) = (arg(0), arg(1));
            let ints = is(0, Kinds::INT) && is(1, Kinds::INT);
            let facts = if a.lo >= 0 && b.lo >= 0 && a.hi < i64::MAX && b.hi < i64::MAX {
                Facts::int(0, bit_ceiling(a.hi | b.hi))
            } else {
                Facts::of(Kinds::INT)
            };
            none(facts, ints)
        }
        Opcode::Bnot => {
            let f = arg(0);
            // `!` exchanges the ends of the range, unbounded ones included.
            none(Facts::int(!f.hi, !f.lo), is(0, Kinds::INT))
        }
        Opcode::Bsl => none(Facts::of(Kinds::INT), false),
        Opcode::Bsr => {
            let f = arg(0);
            // A negative count shifts left.
            let facts = if f.lo >= 0 && arg(1).lo >= 0 { Facts::int(0, f.hi) } else { Facts::of(Kinds::INT) };
            none(facts, is(0, Kinds::INT) && is(1, Kinds::INT) && arg(1).lo >= 0)
        }
        Opcode::Bif => match data.imm {
            Imm::Func(f) => match &func.funcs[f] {
                ExtFunc::Import { module, name, arity } if &**module == "erlang" => {
                    none(bif(name, *arity), false)
                }
                _ => Facts::ANY_OR_NONE,
            },
            _ => Facts::ANY_OR_NONE,
        },
        Opcode::BoolToTerm => Facts::of(Kinds::ATOM),
        Opcode::TupleSize => match arg(0).arity {
            Some(n) => Facts::int(n.into(), n.into()),
            None => Facts::int(0, (1 << 24) - 1),
        },
        Opcode::Cons => Facts::of(Kinds::CONS),
        Opcode::Tuple => Facts::tuple(data.args.len() as u32),
        Opcode::UpdateRecord => match data.imm {
            Imm::Int(n) => Facts::tuple(n as u32),
            _ => Facts::of(Kinds::TUPLE),
        },
        Opcode::MakeFun => match data.imm {
            Imm::Func(f) => match func.funcs[f] {
                ExtFunc::Lambda { arity, .. } => Facts { arity: Some(arity), ..Facts::of(Kinds::FUN) },
                _ => Facts::of(Kinds::FUN),
            },
            _ => Facts::of(Kinds::FUN),
        },
        Opcode::Record => Facts::of(Kinds::RECORD),
        Opcode::RecordDef => Facts::of(Kinds::TUPLE),
        Opcode::RecordPut | Opcode::RecordNew => none(Facts::of(Kinds::RECORD), false),
        Opcode::MapPutAssoc => none(Facts::of(Kinds::MAP), is(0, Kinds::MAP)),
        Opcode::MapPutExact => none(Facts::of(Kinds::MAP), false),
        Opcode::BoxF64 => Facts::of(Kinds::FLOAT),
        Opcode::BsCreate => none(Facts::of(Kinds::BITS), false),
        Opcode::BsPart => Facts::of(Kinds::BITS),
        Opcode::BsLeft | Opcode::BsSkip => position(func),
        Opcode::BsInteger => {
            let (size, signed) = (arg(2), matches!(data.imm, Imm::Int(flags) if flags & bits::SIGNED != 0));
            let facts = match size.hi {
                0 => Facts::int(0, 0),
                n @ 1..=62 if signed => Facts::int(-(1 << (n - 1)), (1 << (n - 1)) - 1),
                n @ 1..=62 => Facts::int(0, (1 << n) - 1),
                _ if signed => Facts::of(Kinds::INT),
                _ => Facts::int(0, i64::MAX),
            };
            none(facts, size.kinds == Kinds::INT && size.hi <= SURE_BITS)
        }
        Opcode::BsFloat => none(Facts::of(Kinds::FLOAT), false),
        Opcode::BsUtf => none(Facts::int(0, 0x10_ffff), false),
        Opcode::BsUtfSize => Facts::int(8, 32),
        // No operation but a fallible one gives NONE.
        op if op.effects().has(Effects::FALLIBLE) => Facts::ANY_OR_NONE,
        op if op.effects().has(Effects::BEAM)
            && data.results.first().is_some_and(|&r| func.ty(r) == Type::Term) =>
        {
            match op {
                Opcode::SlotLoad | Opcode::RaiseRaw => Facts::ANY,
                _ => Facts::ANY,
            }
        }
        _ => Facts::ANY_OR_NONE,
    }
}

/// Bounds of a sum, difference or product; unbounded where an end does not fit.
pub fn range(op: Opcode, a: &Facts, b: &Facts) -> (i64, i64) {
    const OPEN: (i64, i64) = (i64::MIN, i64::MAX);
    let bounded = |f: &Facts| f.lo != i64::MIN && f.hi != i64::MAX;
    // Each end is exact or open: an end that is i64::MIN or MAX stands for infinity.
    let low = |x: i64, y: i64, f: fn(i64, i64) -> Option<i64>| {
        if x == i64::MIN || y == i64::MIN { i64::MIN } else { f(x, y).unwrap_or(i64::MIN) }
    };
    let high = |x: i64, y: i64, f: fn(i64, i64) -> Option<i64>| {
        if x == i64::MAX || y == i64::MAX { i64::MAX } else { f(x, y).unwrap_or(i64::MAX) }
    };
    match op {
        Opcode::Add => (low(a.lo, b.lo, i64::checked_add), high(a.hi, b.hi, i64::checked_add)),
        Opcode::Sub => {
            let lo = if b.hi == i64::MAX { i64::MIN } else { low(a.lo, b.hi, i64::checked_sub) };
            let hi = if b.lo == i64::MIN { i64::MAX } else { high(a.hi, b.lo, i64::checked_sub) };
            (lo, hi)
        }
        Opcode::Mul if bounded(a) && bounded(b) => {
            let products = [
                a.lo.checked_mul(b.lo),
                a.lo.checked_mul(b.hi),
                a.hi.checked_mul(b.lo),
                a.hi.checked_mul(b.hi),
            ];
            let mut ends = OPEN;
            if let [Some(p), Some(q), Some(r), Some(s)] = products {
                ends = (p.min(q).min(r).min(s), p.max(q).max(r).max(s));
            }
            ends
        }
        _ => OPEN,
    }
}

/// The smallest `2^n - 1` that is at least `n`.
fn bit_ceiling(n: i64) -> i64 {
    if n <= 0 { 0 } else { (u64::MAX >> (n as u64).leading_zeros()) as i64 }
}

/// Result facts of guard BIFs of module `erlang`.
fn bif(name: &str, arity: u32) -> Facts {
    const LENGTH: Facts = Facts::int(0, (1 << 59) - 1);
    match (name, arity) {
        ("length" | "byte_size" | "bit_size" | "map_size" | "size", 1) => LENGTH,
        ("tuple_size", 1) => Facts::int(0, (1 << 24) - 1),
        ("self", 0) => Facts::of(Kinds::PID),
        ("node", 0 | 1) => Facts::of(Kinds::ATOM),
        ("float", 1) => Facts::of(Kinds::FLOAT),
        ("abs", 1) => Facts::of(Kinds::NUMBER),
        ("trunc" | "round" | "floor" | "ceil", 1) => Facts::of(Kinds::INT),
        ("binary_part", 2 | 3) => Facts::of(Kinds::BITS),
        _ => Facts::ANY,
    }
}
