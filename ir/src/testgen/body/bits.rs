//! The bit syntax: bitstrings of random segments, and reading behind tests that the bits are there.

use super::{Body, Hint, SIZE, Val};
use crate::entities::Value;
use crate::function::ConstData;
use crate::inst::{Imm, TypeTest};
use crate::opcode::Opcode;
use linac_abi::bits::{LITTLE, SIGNED, Segment, Utf};

/// Most bits that the segments of one bitstring have together, apart from those of other bitstrings.
const MOST: usize = 40;

impl Body<'_> {
    fn atom(&mut self, name: &str) -> Value {
        self.constant(ConstData::Atom(name.into()))
    }

    /// A bitstring, of what is at hand; mostly of what fits.
    pub(super) fn create_bits(&mut self) {
        let mut args = Vec::new();
        let mut size = 1;
        for n in 0..self.rng.below(4) {
            let kind = *self.rng.pick(&Segment::ALL);
            let little = if self.rng.one_in(3) { LITTLE } else { 0 };
            let (kind, unit, value, bits) = match kind {
                Segment::Integer => {
                    let value = self.number();
                    let bits = self.rng.below(MOST) as i64;
                    let bits = self.int(bits);
                    (kind, 1 + self.rng.below(2) as u64, value.v, bits)
                }
                Segment::Float => {
                    let value = self.number();
                    let bits = *self.rng.pick(&[16, 32, 64]);
                    let bits = self.int(bits);
                    (kind, 1, value.v, bits)
                }
                Segment::Bits | Segment::Append => {
                    let value = self.bitstring();
                    size += value.size;
                    let kind = if n == 0 { kind } else { Segment::Bits };
                    let all = kind == Segment::Append || self.rng.one_in(2);
                    let some = self.rng.below(MOST) as i64;
                    let bits = if all { self.atom("all") } else { self.int(some) };
                    let unit = if self.rng.one_in(4) { 8 } else { 1 };
                    (kind, unit, value.v, bits)
                }
                _ => {
                    let c = *self.rng.pick(&[0i64, 0x7f, 0x80, 0x7ff, 0x800, 0xd800, 0x10_000, 0x11_0000]);
                    let (c, nothing) = (self.int(c), self.constant(ConstData::Nil));
                    (kind, 1, c, nothing)
                }
            };
            let descriptor = self.int(kind.descriptor(little, unit));
            args.extend([descriptor, value, bits]);
        }
        let made = self.op(Opcode::BsCreate, &args);
        self.checked(made, Hint::Bits, 1, size.min(2 * SIZE));
    }

    /// Something that is likely a bitstring.
    fn bitstring(&mut self) -> Val {
        let known = self.env.iter().rev().find(|t| t.hint == Hint::Bits && t.size <= SIZE / 2).copied();
        match known {
            Some(t) if !self.rng.one_in(6) => t,
            _ => self.small_term(1, SIZE / 4),
        }
    }

    /// Reads once or several times from a bitstring: what was found, or another term if something did not match.
    pub(super) fn match_bits(&mut self) {
        let t = self.bitstring();
        let other = self.small_term(1, SIZE / 4);
        let join = self.func.make_block();
        let param = self.param(join);
        if t.hint != Hint::Bits {
            let is = self.op_imm(Opcode::Is, Imm::Test(TypeTest::Bitstring), &[t.v]);
            self.go_on_if(is, join, other.v, true);
        }
        let start = self.cursor().inst(Opcode::BsStart, Imm::None, &[t.v], None);
        let [base, mut at, end] = self.func.insts[start].results[..] else { return };
        let mut found = Vec::new();
        for _ in 0..1 + self.rng.below(4) {
            let bits = *self.rng.pick(&[0i64, 1, 3, 5, 7, 8, 8, 8, 11, 16, 16, 24, 32, 40, 48, 64, 72]);
            let flags = *self.rng.pick(&[0, LITTLE, SIGNED, LITTLE | SIGNED]);
            if self.rng.one_in(5) {
                let utf = *self.rng.pick(&[Utf::Utf8, Utf::Utf16, Utf::Utf32]) as i64 | flags & LITTLE;
                let c = self.op_imm(Opcode::BsUtf, Imm::Int(utf), &[base, at, end]);
                let c = self.or_other(c, join, other.v);
                let size = self.op_imm(Opcode::BsUtfSize, Imm::Int(utf), &[c]);
                at = self.op(Opcode::BsSkip, &[at, size]);
                found.push(c);
                continue;
            }
            let size = self.int(bits);
            let left = self.op(Opcode::BsLeft, &[at, end]);
            let less = self.op(Opcode::Lt, &[left, size]);
            self.go_on_if(less, join, other.v, false);
            match self.rng.below(6) {
                0 => {
                    let part = self.op(Opcode::BsPart, &[base, at, size]);
                    found.push(part);
                }
                1 => {
                    let f = self.op_imm(Opcode::BsFloat, Imm::Int(flags & LITTLE), &[base, at, size]);
                    let f = self.or_other(f, join, other.v);
                    found.push(f);
                }
                2 => {
                    // The beginning of the whole, found again or not.
                    let (zero, few) = (self.int(0), self.int(bits.min(8)));
                    let head = self.op(Opcode::BsPart, &[base, at, few]);
                    let equal = self.op(Opcode::BsEqual, &[base, at, head]);
                    let equal = self.op(Opcode::BoolToTerm, &[equal]);
                    let none = self.op(Opcode::BsPart, &[base, at, zero]);
                    found.extend([equal, none]);
                }
                _ => {
                    let n = self.op_imm(Opcode::BsInteger, Imm::Int(flags), &[base, at, size]);
                    found.push(n);
                }
            }
            at = self.op(Opcode::BsSkip, &[at, size]);
        }
        let left = self.op(Opcode::BsLeft, &[at, end]);
        let rest = self.op(Opcode::BsPart, &[base, at, left]);
        // A rest that was just made is matched again, as the next iteration of a loop does.
        let again = self.cursor().inst(Opcode::BsStart, Imm::None, &[rest], None);
        if let [_, at, end] = self.func.insts[again].results[..] {
            let left = self.op(Opcode::BsLeft, &[at, end]);
            found.push(left);
        }
        found.push(rest);
        let all = self.op(Opcode::Tuple, &found);
        self.jump(join, &[all]);
        self.block = join;
        let size = (found.len() as u32 * (t.size + 2)).max(other.size).min(2 * SIZE);
        self.keep(Val { v: param, hint: Hint::Any, bits: 80, size });
    }

    /// Goes on if the condition is as wanted, to the join with another term if not.
    fn go_on_if(&mut self, cond: Value, join: crate::entities::Block, other: Value, wanted: bool) {
        let next = self.func.make_block();
        let (yes, no): ((_, &[Value]), (_, &[Value])) = ((next, &[]), (join, &[other]));
        if wanted {
            self.cursor().br(cond, yes, no)
        } else {
            self.cursor().br(cond, no, yes)
        };
        self.block = next;
    }

    /// The result of an operation that gives NONE without an exception.
    fn or_other(&mut self, result: Value, join: crate::entities::Block, other: Value) -> Value {
        let none = self.op(Opcode::IsNone, &[result]);
        self.go_on_if(none, join, other, false);
        self.op(Opcode::AssertTerm, &[result])
    }
}
