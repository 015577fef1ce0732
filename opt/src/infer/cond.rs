//! What the answer of a test shows about its operands, and what facts show about the answer.

use super::{Shown, keys};
use crate::legalize::typetest::decide;
use crate::util;
use linac_ir::{ConstData, Facts, Function, Imm, Inst, Kinds, Opcode, TypeTest};

/// Set of possible truth values.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Truth(u8);

impl Truth {
    pub(crate) const BOTH: Truth = Truth(3);

    pub(crate) fn of(b: bool) -> Truth {
        Truth(1 << u8::from(b))
    }

    pub(crate) fn join(self, other: Truth) -> Truth {
        Truth(self.0 | other.0)
    }

    pub(crate) fn has(self, b: bool) -> bool {
        self.0 & (1 << u8::from(b)) != 0
    }

    pub(crate) fn known(self) -> Option<bool> {
        match self.0 {
            1 => Some(false),
            2 => Some(true),
            _ => None,
        }
    }

    fn not(self) -> Truth {
        Truth((self.0 >> 1 & 1) | (self.0 & 1) << 1)
    }
}

/// Where a value can be anything of which nothing can be said.
const TOP: Facts = Facts::ANY_OR_NONE;

/// Raises the lower bound of the integers in the facts.
fn at_least(mut f: Facts, lo: i64) -> Facts {
    if lo > f.lo {
        f.lo = lo;
        if f.lo > f.hi {
            return without(f, Kinds::INT);
        }
    }
    f
}

/// Lowers the upper bound of the integers in the facts.
fn at_most(mut f: Facts, hi: i64) -> Facts {
    if hi < f.hi {
        f.hi = hi;
        if f.lo > f.hi {
            return without(f, Kinds::INT);
        }
    }
    f
}

fn without(f: Facts, kinds: Kinds) -> Facts {
    let mut f = Facts { kinds: f.kinds.minus(kinds), ..f };
    if f.kinds.disjoint(Kinds::INT) {
        (f.lo, f.hi) = (i64::MIN, i64::MAX);
    }
    if f.kinds.disjoint(Kinds::TUPLE.or(Kinds::FUN)) {
        f.arity = None;
    }
    f
}

/// Facts of the operand behind the branch, from the facts of the test's operands before it.
pub(crate) fn refined(func: &Function, shown: Shown) -> Facts {
    let data = &func.insts[shown.test];
    let own = func.facts[data.args[shown.arg]];
    if data.op == Opcode::Switch {
        return match keys(func, shown.test).get(shown.answer) {
            Some(&key) => own.meet(&func.consts[key].facts()),
            None => own,
        };
    }
    let yes = shown.answer == 1;
    let other = data.args.get(1 - shown.arg.min(1)).map_or(TOP, |&v| func.facts[v]);
    match data.op {
        Opcode::Is => {
            let Imm::Test(test) = data.imm else { return own };
            let small = (TypeTest::Small == test && yes)
                .then(|| own.meet(&Facts::int(func.word.small_min(), func.word.small_max())));
            match (yes, test.kinds()) {
                (true, _) => small.unwrap_or_else(|| own.meet(&Facts::of(test.bound()))),
                (false, Some(kinds)) => without(own, kinds),
                (false, None) => own,
            }
        }
        Opcode::IsTupleArity | Opcode::IsTaggedTuple if shown.arg == 0 && yes => match data.imm {
            Imm::Int(n) => own.meet(&Facts::tuple(n as u32)),
            _ => own,
        },
        Opcode::IsFun2 if shown.arg == 0 && yes => {
            let arity = other.int_const().and_then(|n| u32::try_from(n).ok());
            own.meet(&Facts { arity, ..Facts::of(Kinds::FUN) })
        }
        Opcode::EqExact | Opcode::Eq => {
            // `==` tells integers as `=:=` does.
            let ints = own.kinds == Kinds::INT && other.kinds == Kinds::INT;
            if yes {
                return if data.op == Opcode::EqExact || ints { own.meet(&other) } else { own };
            }
            match other.int_const() {
                Some(n) if own.lo == n && n < i64::MAX => at_least(own, n + 1),
                Some(n) if own.hi == n && n > i64::MIN => at_most(own, n - 1),
                Some(_) => own,
                // The only term of its kind.
                None if other.kinds == Kinds::NIL => without(own, Kinds::NIL),
                None => own,
            }
        }
        Opcode::Lt => less(own, other, shown.arg == 0, yes),
        Opcode::IsNone => {
            if yes {
                own.meet(&Facts::of(Kinds::NONE))
            } else {
                without(own, Kinds::NONE)
            }
        }
        // Operands of arithmetic that has succeeded.
        Opcode::Add | Opcode::Sub | Opcode::Mul | Opcode::FDiv | Opcode::Neg => {
            own.meet(&Facts::of(Kinds::NUMBER))
        }
        Opcode::IDiv
        | Opcode::IRem
        | Opcode::Band
        | Opcode::Bor
        | Opcode::Bxor
        | Opcode::Bnot
        | Opcode::Bsl
        | Opcode::Bsr => own.meet(&Facts::of(Kinds::INT)),
        _ => own,
    }
}

/// Facts of one side of `left < right` (`yes`) or `left >= right`. Numbers come first in the order of terms.
fn less(own: Facts, other: Facts, is_left: bool, yes: bool) -> Facts {
    // Is the own side the smaller one? Strictly?
    let smaller = is_left == yes;
    let strict = i64::from(yes);
    let mut f = own;
    if smaller {
        if other.kinds.within(Kinds::NUMBER) {
            f = without(f, Kinds(!Kinds::NUMBER.0 & Kinds::ANY_OR_NONE.0));
        }
        if other.kinds == Kinds::INT && other.hi != i64::MAX {
            f = at_most(f, other.hi.saturating_sub(strict));
        }
    } else if other.kinds == Kinds::INT && other.lo != i64::MIN {
        f = at_least(f, other.lo.saturating_add(strict));
    }
    f
}

/// Possible answers of an instruction with a truth value, from facts and the answers of its operands.
pub(crate) fn truth(func: &Function, inst: Inst, of: impl Fn(linac_ir::Value) -> Truth) -> Truth {
    let data = &func.insts[inst];
    let fact = |n: usize| func.facts[data.args[n]];
    let known = |b: Option<bool>| b.map_or(Truth::BOTH, Truth::of);
    match data.op {
        Opcode::BoolNot => of(data.args[0]).not(),
        Opcode::BoolAnd | Opcode::BoolOr => {
            let (a, b) = (of(data.args[0]), of(data.args[1]));
            let mut all = Truth::default();
            for x in [false, true] {
                for y in [false, true] {
                    if a.has(x) && b.has(y) {
                        all = all.join(Truth::of(if data.op == Opcode::BoolAnd { x && y } else { x || y }));
                    }
                }
            }
            all
        }
        Opcode::IsNone => {
            let kinds = fact(0).kinds;
            known(if kinds.disjoint(Kinds::NONE) {
                Some(false)
            } else {
                (kinds == Kinds::NONE).then_some(true)
            })
        }
        Opcode::Is => {
            let Imm::Test(test) = data.imm else { return Truth::BOTH };
            let f = fact(0);
            let small = test == TypeTest::Small && f.is_small(func.word);
            known(if small { Some(true) } else { decide(test, &f) })
        }
        Opcode::IsTupleArity | Opcode::IsTaggedTuple => {
            let Imm::Int(n) = data.imm else { return Truth::BOTH };
            let f = fact(0);
            let same = f.arity.map(|k| i64::from(k) == n);
            known(match same {
                _ if f.kinds.disjoint(Kinds::TUPLE) => Some(false),
                Some(false) => Some(false),
                Some(true) if f.kinds == Kinds::TUPLE && data.op == Opcode::IsTupleArity => Some(true),
                _ => None,
            })
        }
        Opcode::EqExact | Opcode::Eq => {
            let (a, b) = (fact(0), fact(1));
            let ints = a.kinds == Kinds::INT && b.kinds == Kinds::INT;
            if data.op == Opcode::Eq && !ints {
                return Truth::BOTH;
            }
            let equal = a.int_const().is_some() && a.int_const() == b.int_const();
            let differ = a.meet(&b).kinds == Kinds::EMPTY;
            known(if equal { Some(true) } else { differ.then_some(false) })
        }
        Opcode::Lt => {
            let (a, b) = (fact(0), fact(1));
            if a.kinds != Kinds::INT || b.kinds != Kinds::INT {
                return Truth::BOTH;
            }
            known(if a.hi < b.lo { Some(true) } else { (a.lo >= b.hi).then_some(false) })
        }
        _ => known(data.results.first().and_then(|&r| util::as_bool_const(func, r))),
    }
}

/// The only target that a switch can take.
pub(crate) fn switch_target(func: &Function, inst: Inst, facts: &Facts) -> Option<usize> {
    let keys = keys(func, inst);
    let possible = |key: &linac_ir::Const| can_be(&func.consts[*key], facts);
    if !keys.iter().any(possible) {
        return Some(keys.len());
    }
    let n = facts.int_const()?;
    keys.iter().position(|&k| func.consts[k] == ConstData::Int(n))
}

/// Can a value with these facts be this constant?
pub(crate) fn can_be(key: &ConstData, facts: &Facts) -> bool {
    facts.meet(&key.facts()).kinds != Kinds::EMPTY
}
