//! Type tests: on tag bits, then on the header.

use super::{Legalizer, Targets};
use linac_abi::term::{self, IMM1_MASK, IMM2_MASK, NIL, PRIMARY_MASK, SUBTAG_MASK, Subtag};
use linac_ir::{BlockCall, Facts, Imm, Inst, IntCond, Kinds, Opcode, Type, TypeTest, Value};

const SUBTAG: i64 = SUBTAG_MASK as i64;
/// Mask of a header's subtag without its lowest bit: for pairs of subtags.
const PAIR: i64 = SUBTAG & !4;

/// The answer to a type test where facts know it.
pub fn decide(test: TypeTest, facts: &Facts) -> Option<bool> {
    if facts.kinds == Kinds::EMPTY || !facts.kinds.disjoint(Kinds::NONE) {
        return None;
    }
    if facts.kinds.disjoint(test.bound()) {
        return Some(false);
    }
    test.kinds().is_some_and(|k| facts.kinds.within(k)).then_some(true)
}

impl Legalizer<'_> {
    pub(super) fn type_test(&mut self, inst: Inst, to: &Targets) {
        let v = self.arg(inst, 0);
        let Imm::Test(test) = self.f.insts[inst].imm else { unreachable!("`is` has a test") };
        match decide(test, &self.facts(v)) {
            Some(true) => return self.jump(&to.yes),
            Some(false) => return self.jump(&to.no),
            None => {}
        }
        let kinds = self.facts(v).kinds;
        match test {
            TypeTest::Small => self.tag_test(v, IMM1_MASK, term::TAG_SMALL, to),
            TypeTest::Pid => self.tag_test(v, IMM1_MASK, term::TAG_PID, to),
            TypeTest::Port => self.tag_test(v, IMM1_MASK, term::TAG_PORT, to),
            TypeTest::Atom => self.tag_test(v, IMM2_MASK, term::TAG_ATOM, to),
            // false and true differ in the lowest bit of the index.
            TypeTest::Boolean => {
                let f = term::FixedAtom::False.word();
                self.tag_test(v, !(f ^ term::FixedAtom::True.word()), f, to);
            }
            TypeTest::Nil => {
                let bits = self.bits(v);
                let nil = self.icmp_i(IntCond::Eq, bits, NIL as i64);
                self.branch(nil, &to.yes, &to.no);
            }
            // Only a cons pointer has bit 1 clear; a term is never a header.
            TypeTest::Cons => self.tag_test(v, PRIMARY_MASK & !1, 0, to),
            TypeTest::List => {
                if !kinds.disjoint(Kinds::CONS) {
                    let bits = self.bits(v);
                    let cons = self.masked_eq(bits, 2, 0);
                    self.unless(cons, &to.yes);
                }
                let bits = self.bits(v);
                let nil = self.icmp_i(IntCond::Eq, bits, NIL as i64);
                self.branch(nil, &to.yes, &to.no);
            }
            TypeTest::Integer => {
                self.unless_small(v, &to.yes);
                // With small integers gone, what can still be boxed may only be large ones.
                let header = self.boxed_header(v, to);
                let big = self.subtag_is(header, PAIR, Subtag::BigPos);
                self.branch(big, &to.yes, &to.no);
            }
            TypeTest::Number => {
                self.unless_small(v, &to.yes);
                let header = self.boxed_header(v, to);
                self.subtag_between(header, Subtag::BigPos, Subtag::Float, to);
            }
            TypeTest::Float => self.one_subtag(v, Subtag::Float, to),
            TypeTest::Tuple => self.one_subtag(v, Subtag::Tuple, to),
            TypeTest::Function => self.one_subtag(v, Subtag::Fun, to),
            TypeTest::Reference => self.one_subtag(v, Subtag::Ref, to),
            TypeTest::Record => self.one_subtag(v, Subtag::Record, to),
            TypeTest::Map => {
                let header = self.boxed_header(v, to);
                let map = self.subtag_is(header, PAIR, Subtag::FlatMap);
                self.branch(map, &to.yes, &to.no);
            }
            TypeTest::Bitstring => {
                let header = self.boxed_header(v, to);
                self.subtag_between(header, Subtag::HeapBits, Subtag::SubBits, to);
            }
            TypeTest::Binary => self.binary(v, to),
        }
    }

    fn tag_test(&mut self, v: Value, mask: u64, want: u64, to: &Targets) {
        let bits = self.bits(v);
        let hit = self.masked_eq(bits, mask as i64, want as i64);
        self.branch(hit, &to.yes, &to.no);
    }

    fn unless_small(&mut self, v: Value, hit: &BlockCall) {
        let facts = self.facts(v);
        if facts.kinds.disjoint(Kinds::INT) {
            return;
        }
        let bits = self.bits(v);
        let tag = term::TAG_SMALL as i64;
        let small = self.masked_eq(bits, IMM1_MASK as i64, tag);
        self.unless(small, hit);
    }

    /// The header of a value after the test that it is boxed.
    fn boxed_header(&mut self, v: Value, to: &Targets) -> Value {
        self.require_boxed(v, &to.no);
        self.header(v)
    }

    fn one_subtag(&mut self, v: Value, subtag: Subtag, to: &Targets) {
        let header = self.boxed_header(v, to);
        let hit = self.subtag_is(header, SUBTAG, subtag);
        self.branch(hit, &to.yes, &to.no);
    }

    fn subtag_between(&mut self, header: Value, low: Subtag, high: Subtag, to: &Targets) {
        let masked = self.wi(Opcode::WAnd, header, SUBTAG);
        let from_low = self.wi(Opcode::WSub, masked, low.bits() as i64);
        let hit = self.icmp_i(IntCond::Ule, from_low, (high.bits() - low.bits()) as i64);
        self.branch(hit, &to.yes, &to.no);
    }

    /// A bitstring of whole bytes. The size in bits is word 1 of one that holds its bytes, word 3 of the others.
    fn binary(&mut self, v: Value, to: &Targets) {
        if !self.facts(v).kinds.within(Kinds::BITS) {
            let bits = BlockCall::new(self.fresh(), &[]);
            let header = self.boxed_header(v, to);
            self.subtag_between(
                header,
                Subtag::HeapBits,
                Subtag::SubBits,
                &Targets { yes: bits.clone(), no: to.no.clone() },
            );
            self.cur = bits.block;
        }
        let header = self.header(v);
        let (inside, outside) = (BlockCall::new(self.fresh(), &[]), BlockCall::new(self.fresh(), &[]));
        let heap = self.subtag_is(header, SUBTAG, Subtag::HeapBits);
        self.branch(heap, &inside, &outside);
        for (place, index) in [(inside, 1), (outside, 3)] {
            self.cur = place.block;
            let size = self.boxed_word(v, index, Type::Word);
            let part = self.wi(Opcode::WAnd, size, 7);
            let whole = self.icmp_i(IntCond::Eq, part, 0);
            self.branch(whole, &to.yes, &to.no);
        }
    }

    pub(super) fn tuple_arity(&mut self, inst: Inst, to: &Targets) {
        let (v, arity) = (self.arg(inst, 0), self.imm_int(inst));
        self.require_arity(v, arity, to);
        if !self.is_ended() {
            self.jump(&to.yes);
        }
    }

    /// `is_tagged_tuple`: arity, then the first element, which is an atom.
    pub(super) fn tagged_tuple(&mut self, inst: Inst, to: &Targets) {
        let (v, tag, arity) = (self.arg(inst, 0), self.arg(inst, 1), self.imm_int(inst));
        self.require_arity(v, arity, to);
        if self.is_ended() {
            return;
        }
        let first = self.boxed_word(v, 1, Type::Term);
        let (x, y) = (self.c().op(Opcode::Bits, &[first]), self.bits(tag));
        let same = self.icmp(IntCond::Eq, x, y);
        self.branch(same, &to.yes, &to.no);
    }

    /// Goes on only if the value is a tuple of this size; ends the block if facts say it is not.
    fn require_arity(&mut self, v: Value, arity: i64, to: &Targets) {
        let facts = self.facts(v);
        let tuple = facts.kinds == Kinds::TUPLE;
        match facts.arity {
            Some(n) if tuple && i64::from(n) == arity => return,
            Some(n) if i64::from(n) != arity && !facts.kinds.disjoint(Kinds::TUPLE) => {
                return self.jump(&to.no);
            }
            _ if facts.kinds.disjoint(Kinds::TUPLE) => return self.jump(&to.no),
            _ => {}
        }
        let header = self.boxed_header(v, to);
        let want = term::header(Subtag::Tuple, arity as u64) as i64;
        let same = self.icmp_i(IntCond::Eq, header, want);
        self.require(same, &to.no);
    }

    /// Has the current block a terminator?
    fn is_ended(&self) -> bool {
        self.f.blocks[self.cur].insts.last().is_some_and(|&i| self.f.insts[i].op.is_terminator())
    }
}
