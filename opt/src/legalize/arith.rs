//! Integer arithmetic: on small integers in words, everything else by runtime call.
//!
//! A small integer `n` is the word `16n + 15`. Sums and differences keep the tag of one operand and overflow exactly
//! when the result is not small; products untag one factor and shift the other.

use super::Legalizer;
use linac_abi::rtcall::RtCall;
use linac_abi::term::{SMALL_SHIFT, TAG_SMALL, small};
use linac_ir::{Block, BlockCall, Facts, Imm, Inst, IntCond, Kinds, Opcode, Value};

const TAG: i64 = TAG_SMALL as i64;
const SHIFT: i64 = SMALL_SHIFT as i64;

impl Legalizer<'_> {
    /// An arithmetic operation on terms.
    pub(super) fn arith(&mut self, inst: Inst) {
        let op = self.f.insts[inst].op;
        let args = self.f.insts[inst].args.clone();
        let call = general(op);
        if args.iter().any(|&a| !self.can_be_small(a)) {
            return self.plain_fallible(inst, call);
        }
        let mut slow = None;
        self.check_small(&args, &mut slow);
        let fits = self.result_is_small(inst);
        let raw = match op {
            Opcode::Add => self.add(args[0], args[1], fits, &mut slow),
            Opcode::Sub => self.sub(args[0], args[1], fits, &mut slow),
            Opcode::Mul => self.mul(args[0], args[1], fits, &mut slow),
            Opcode::Neg => {
                // small(-n) = 30 - small(n)
                let two = self.iconst(2 * TAG);
                let bits = self.small_bits(args[0]);
                self.overflowing(Opcode::WSub, Opcode::WSubOvf, two, bits, fits, &mut slow)
            }
            Opcode::IDiv | Opcode::IRem => self.div(op, args[0], args[1], &mut slow),
            Opcode::Band => self.both(Opcode::WAnd, args[0], args[1]),
            Opcode::Bor => self.both(Opcode::WOr, args[0], args[1]),
            Opcode::Bxor => {
                let bits = self.both(Opcode::WXor, args[0], args[1]);
                self.wi(Opcode::WOr, bits, TAG)
            }
            Opcode::Bnot => {
                let bits = self.small_bits(args[0]);
                self.wi(Opcode::WXor, bits, !TAG)
            }
            Opcode::Bsr => self.shift_right(args[0], args[1], &mut slow),
            Opcode::Bsl => self.shift_left(args[0], args[1], fits, &mut slow),
            _ => unreachable!("{op} is no arithmetic operation"),
        };
        let fast = self.c().op(Opcode::FromBits, &[raw]);
        self.f.facts[fast] = Facts::int(self.word.small_min(), self.word.small_max());
        self.finish(inst, fast, slow, |l| l.rt(call, &args).expect("arithmetic has a result"));
    }

    fn can_be_small(&self, v: Value) -> bool {
        let f = self.facts(v);
        !f.kinds.disjoint(Kinds::INT) && f.hi >= self.word.small_min() && f.lo <= self.word.small_max()
    }

    pub(super) fn known_small(&self, v: Value) -> bool {
        self.facts(v).is_small(self.word)
    }

    fn result_is_small(&self, inst: Inst) -> bool {
        let f = self.facts(self.f.result(inst));
        let ints = f.kinds.minus(Kinds::NONE) == Kinds::INT;
        ints && self.word.is_small(f.lo) && self.word.is_small(f.hi)
    }

    /// Goes on only if all values are small integers.
    pub(super) fn check_small(&mut self, values: &[Value], slow: &mut Option<Block>) {
        let mut open: Vec<Value> = values.iter().copied().filter(|&v| !self.known_small(v)).collect();
        open.dedup();
        if open.is_empty() {
            return;
        }
        let fail = self.slow_block(slow);
        self.require_small(&open, &fail);
    }

    /// Goes on only if all these values, none known to be small, are: one test for two of them.
    pub(super) fn require_small(&mut self, open: &[Value], fail: &BlockCall) {
        for pair in open.chunks(2) {
            // An integer is small or boxed: one bit tells. For anything else the whole tag must match.
            let ints = pair.iter().all(|&v| self.facts(v).kinds == Kinds::INT);
            let mask = if ints { 1 } else { TAG };
            let mut bits = self.bits(pair[0]);
            if let [_, other] = *pair {
                let other = self.bits(other);
                bits = self.d(Opcode::WAnd, bits, other);
            }
            let ok = self.masked_eq(bits, mask, mask);
            self.require(ok, fail);
        }
    }

    fn both(&mut self, op: Opcode, a: Value, b: Value) -> Value {
        let (a, b) = (self.small_bits(a), self.small_bits(b));
        self.w(op, a, b)
    }

    /// `op` without overflow check if the result is known to fit, else `checked` and a way out.
    fn overflowing(
        &mut self,
        op: Opcode,
        checked: Opcode,
        a: Value,
        b: Value,
        fits: bool,
        slow: &mut Option<Block>,
    ) -> Value {
        if fits {
            return self.w(op, a, b);
        }
        let inst = self.c().inst(checked, Imm::None, &[a, b], None);
        let (result, overflow) = (self.f.insts[inst].results[0], self.f.insts[inst].results[1]);
        let fail = self.slow_block(slow);
        self.unless(overflow, &fail);
        result
    }

    fn add(&mut self, a: Value, b: Value, fits: bool, slow: &mut Option<Block>) -> Value {
        // The untagged one is a constant if there is one.
        let (a, b) = if self.const_word(a).is_some() { (b, a) } else { (a, b) };
        let untagged = self.untagged(b);
        let a = self.small_bits(a);
        self.overflowing(Opcode::WAdd, Opcode::WAddOvf, a, untagged, fits, slow)
    }

    fn sub(&mut self, a: Value, b: Value, fits: bool, slow: &mut Option<Block>) -> Value {
        let untagged = self.untagged(b);
        let a = self.small_bits(a);
        self.overflowing(Opcode::WSub, Opcode::WSubOvf, a, untagged, fits, slow)
    }

    /// `16 * v`: the word without its tag.
    fn untagged(&mut self, v: Value) -> Value {
        match self.const_word(v) {
            Some(n) => self.iconst(n - TAG),
            None => {
                let bits = self.small_bits(v);
                self.wi(Opcode::WSub, bits, TAG)
            }
        }
    }

    /// The value of a small integer as a word.
    pub(super) fn untag(&mut self, v: Value) -> Value {
        match self.const_word(v) {
            Some(n) => self.iconst(n >> SHIFT),
            None => {
                let bits = self.small_bits(v);
                self.wi(Opcode::WSar, bits, SHIFT)
            }
        }
    }

    /// The word of the small integer that a word is the value of.
    pub(super) fn retag(&mut self, raw: Value) -> Value {
        let shifted = self.wi(Opcode::WShl, raw, SHIFT);
        self.wi(Opcode::WOr, shifted, TAG)
    }

    fn mul(&mut self, a: Value, b: Value, fits: bool, slow: &mut Option<Block>) -> Value {
        let (a, b) = if self.const_word(a).is_some() { (b, a) } else { (a, b) };
        let a = self.untagged(a);
        let b = self.untag(b);
        let product = self.overflowing(Opcode::WMul, Opcode::WMulOvf, a, b, fits, slow);
        self.wi(Opcode::WOr, product, TAG)
    }

    /// `div` and `rem` truncate toward zero, as machines do; by a power of two they are shift and mask if the dividend
    /// is not negative.
    fn div(&mut self, op: Opcode, a: Value, b: Value, slow: &mut Option<Block>) -> Value {
        let divisor = self.facts(b);
        if let Some(n) = divisor.int_const()
            && n > 0
            && n & (n - 1) == 0
            && self.facts(a).lo >= 0
        {
            let bits = self.small_bits(a);
            if op == Opcode::IRem {
                return self.wi(Opcode::WAnd, bits, small(n - 1) as i64);
            }
            let shifted = self.wi(Opcode::WSar, bits, i64::from(n.trailing_zeros()));
            return self.wi(Opcode::WOr, shifted, TAG);
        }
        let raw_b = self.untag(b);
        // 0 fails, and -1 is left to the runtime: the smallest small integer divided by it is not small.
        if divisor.lo <= 0 && divisor.hi >= -1 {
            let plus_one = self.wi(Opcode::WAdd, raw_b, 1);
            let bad = self.icmp_i(IntCond::Ule, plus_one, 1);
            let fail = self.slow_block(slow);
            self.unless(bad, &fail);
        }
        let raw_a = self.untag(a);
        let op = if op == Opcode::IDiv { Opcode::WSDiv } else { Opcode::WSRem };
        let raw = self.w(op, raw_a, raw_b);
        self.retag(raw)
    }

    /// Goes on only if the shift count is from 0 to below the bits of a small integer; gives the count as a word.
    fn shift_count(&mut self, count: Value, slow: &mut Option<Block>) -> Value {
        let limit = i64::from(self.word.small_bits());
        let facts = self.facts(count);
        let raw = self.untag(count);
        if facts.lo < 0 || facts.hi >= limit {
            let ok = self.icmp_i(IntCond::Ult, raw, limit);
            let fail = self.slow_block(slow);
            self.require(ok, &fail);
        }
        raw
    }

    fn shift_right(&mut self, a: Value, count: Value, slow: &mut Option<Block>) -> Value {
        let most = i64::from(self.word.bits()) - 1;
        let raw = match self.facts(count).int_const() {
            Some(n) if n >= 0 => self.iconst(n.min(most)),
            _ => self.shift_count(count, slow),
        };
        let bits = self.small_bits(a);
        let shifted = self.w(Opcode::WSar, bits, raw);
        self.wi(Opcode::WOr, shifted, TAG)
    }

    fn shift_left(&mut self, a: Value, count: Value, fits: bool, slow: &mut Option<Block>) -> Value {
        let raw = self.shift_count(count, slow);
        let base = self.untagged(a);
        let shifted = self.w(Opcode::WShl, base, raw);
        if !fits {
            let back = self.w(Opcode::WSar, shifted, raw);
            let same = self.icmp(IntCond::Eq, back, base);
            let fail = self.slow_block(slow);
            self.require(same, &fail);
        }
        self.wi(Opcode::WOr, shifted, TAG)
    }
}

/// The runtime call for the general case.
fn general(op: Opcode) -> RtCall {
    match op {
        Opcode::Add => RtCall::Add,
        Opcode::Sub => RtCall::Sub,
        Opcode::Mul => RtCall::Mul,
        Opcode::IDiv => RtCall::IDiv,
        Opcode::IRem => RtCall::IRem,
        Opcode::Neg => RtCall::Neg,
        Opcode::Band => RtCall::Band,
        Opcode::Bor => RtCall::Bor,
        Opcode::Bxor => RtCall::Bxor,
        Opcode::Bnot => RtCall::Bnot,
        Opcode::Bsl => RtCall::Bsl,
        Opcode::Bsr => RtCall::Bsr,
        _ => unreachable!("{op} is no arithmetic operation"),
    }
}
