//! Comparisons: on words where the words decide, by runtime call otherwise.

use super::{Legalizer, Targets};
use linac_abi::rtcall::RtCall;
use linac_abi::term::{PRIMARY_MASK, Subtag, TAG_IMMEDIATE};
use linac_ir::{BlockCall, FloatCond, Imm, IntCond, Kinds, Opcode, Type, Value};

const PRIMARY: i64 = PRIMARY_MASK as i64;
const IMMEDIATE: i64 = TAG_IMMEDIATE as i64;

impl Legalizer<'_> {
    fn words_equal(&mut self, a: Value, b: Value) -> Value {
        let (x, y) = (self.bits(a), self.bits(b));
        self.icmp(IntCond::Eq, x, y)
    }

    fn ask(&mut self, call: RtCall, a: Value, b: Value, to: &Targets) {
        let result = self.rt(call, &[a, b]).expect("a comparison has a result");
        self.branch(result, &to.yes, &to.no);
    }

    /// Ends the block by the runtime's answer, in a cold block.
    fn ask_cold(&mut self, block: linac_ir::Block, call: RtCall, a: Value, b: Value, to: &Targets) {
        self.cur = block;
        self.ask(call, a, b, to);
    }

    /// `a =:= b`
    pub(super) fn eq_exact(&mut self, a: Value, b: Value, to: &Targets) {
        let (ka, kb) = (self.facts(a).kinds, self.facts(b).kinds);
        if ka.disjoint(kb) {
            return self.jump(&to.no);
        }
        let equal = self.words_equal(a, b);
        if self.is_immediate(a) || self.is_immediate(b) {
            return self.branch(equal, &to.yes, &to.no);
        }
        self.unless(equal, &to.yes);
        // Different words: equal only if both are pointers. One test rules out most of the rest.
        for v in [b, a] {
            if self.may_be_immediate(v) {
                let bits = self.bits(v);
                let imm = self.masked_eq(bits, PRIMARY, IMMEDIATE);
                self.unless(imm, &to.no);
                break;
            }
        }
        self.ask(RtCall::EqExact, a, b, to);
    }

    /// May the value be an immediate, as far as facts know?
    pub(super) fn may_be_immediate(&self, v: Value) -> bool {
        let f = self.facts(v);
        if let Some(linac_ir::ConstData::Literal(..)) = self.f.as_const(v) {
            return false;
        }
        !f.kinds.disjoint(Kinds::IMMEDIATE.or(Kinds::INT).or(Kinds::NONE))
    }

    /// `a == b`
    pub(super) fn eq(&mut self, a: Value, b: Value, to: &Targets) {
        let (fa, fb) = (self.facts(a), self.facts(b));
        let has_number = |k: Kinds| !k.disjoint(Kinds::NUMBER);
        // Only numbers are equal without being identical, also deep inside: where none can be, `==` is `=:=`.
        let flat = Kinds::IMMEDIATE.or(Kinds::BITS).or(Kinds::REF);
        let ints = fa.kinds == Kinds::INT && fb.kinds == Kinds::INT;
        if ints || fa.kinds.within(flat) || fb.kinds.within(flat) {
            return self.eq_exact(a, b, to);
        }
        let equal = self.words_equal(a, b);
        self.unless(equal, &to.yes);
        // Different immediates differ.
        if self.may_be_immediate(a)
            && self.may_be_immediate(b)
            && (has_number(fa.kinds) || has_number(fb.kinds))
        {
            let (x, y) = (self.bits(a), self.bits(b));
            let both = self.d(Opcode::WAnd, x, y);
            let imm = self.masked_eq(both, PRIMARY, IMMEDIATE);
            self.unless(imm, &to.no);
        }
        self.ask(RtCall::Eq, a, b, to);
    }

    /// `a < b`: tagged words of small integers compare like the integers.
    pub(super) fn less_than(&mut self, a: Value, b: Value, to: &Targets) {
        let (fa, fb) = (self.facts(a), self.facts(b));
        if fa.kinds == Kinds::FLOAT && fb.kinds == Kinds::FLOAT {
            let (x, y) = (self.unbox(a), self.unbox(b));
            let less = self.c().op_imm(Opcode::FCmp, Imm::FloatCond(FloatCond::Lt), &[x, y]);
            return self.branch(less, &to.yes, &to.no);
        }
        if fa.kinds.disjoint(Kinds::INT) || fb.kinds.disjoint(Kinds::INT) {
            return self.ask(RtCall::Lt, a, b, to);
        }
        let mut slow = None;
        self.check_small(&[a, b], &mut slow);
        let (x, y) = (self.small_bits(a), self.small_bits(b));
        let less = self.icmp(IntCond::Slt, x, y);
        self.branch(less, &to.yes, &to.no);
        if let Some(slow) = slow {
            self.ask_cold(slow, RtCall::Lt, a, b, to);
        }
    }

    /// Goes on only if the value is boxed.
    pub(super) fn require_boxed(&mut self, v: Value, fail: &BlockCall) {
        let not_boxed = Kinds::IMMEDIATE.or(Kinds::INT).or(Kinds::CONS).or(Kinds::NONE);
        if self.facts(v).kinds.disjoint(not_boxed) {
            return;
        }
        // Of cons 01, boxed 10 and immediate 11 only boxed has bit 0 clear; a term is never a header.
        let bits = self.bits(v);
        let boxed = self.masked_eq(bits, 1, 0);
        self.require(boxed, fail);
    }

    /// Header word of a value known to be boxed.
    pub(super) fn header(&mut self, v: Value) -> Value {
        self.boxed_word(v, 0, Type::Word)
    }

    /// Branches on the subtag in a header.
    pub(super) fn subtag_is(&mut self, header: Value, mask: i64, subtag: Subtag) -> Value {
        let masked = self.wi(Opcode::WAnd, header, mask);
        self.icmp_i(IntCond::Eq, masked, subtag.bits() as i64)
    }
}
