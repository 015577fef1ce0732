//! The bit syntax: positions as arithmetic, whole bytes as loads, the rest as runtime calls.
//!
//! A base is an object that holds its bytes or the address of a buffer. Integers of whole bytes at byte borders, and
//! those within one byte, are read in line; where the bits lie otherwise a cold block asks the runtime.

use super::Legalizer;
use linac_abi::WordSize;
use linac_abi::bits::{self, LITTLE, SIGNED, Utf};
use linac_abi::rtcall::RtCall;
use linac_abi::term::{SMALL_SHIFT, SUBTAG_MASK, Subtag, TAG_BOXED, TAG_SMALL};
use linac_ir::{Block, Facts, Imm, Inst, IntCond, Kinds, Opcode, Type, Value, facts};

const SHIFT: i64 = SMALL_SHIFT as i64;
const TAG: i64 = TAG_SMALL as i64;
const SUBTAG: i64 = SUBTAG_MASK as i64;
/// Bits within a byte.
const BIT: i64 = 7;

impl Legalizer<'_> {
    pub(super) fn bits_op(&mut self, inst: Inst) {
        let data = &self.f.insts[inst];
        let (op, args) = (data.op, data.args.clone());
        let flags = match data.imm {
            Imm::Int(n) => n,
            _ => 0,
        };
        match op {
            Opcode::BsCreate => self.bs_create(inst, &args),
            Opcode::BsStart => self.bs_start(inst, args[0]),
            Opcode::BsPart => self.bs_part(inst, &args),
            // Both operands are small: `16e + 15 - (16p + 15) + 15`, `16p + 15 + (16n + 15) - 15`.
            Opcode::BsLeft => {
                let (at, end) = (self.small_bits(args[0]), self.small_bits(args[1]));
                let difference = self.w(Opcode::WSub, end, at);
                let left = self.wi(Opcode::WAdd, difference, TAG);
                self.define_position(inst, left);
            }
            Opcode::BsSkip => {
                let at = self.small_bits(args[0]);
                let behind = match self.facts(args[1]).int_const() {
                    Some(n) => self.wi(Opcode::WAdd, at, n << SHIFT),
                    None => {
                        let n = self.small_bits(args[1]);
                        let n = self.wi(Opcode::WSub, n, TAG);
                        self.w(Opcode::WAdd, at, n)
                    }
                };
                self.define_position(inst, behind);
            }
            Opcode::BsInteger => self.bs_integer(inst, &args, flags),
            Opcode::BsFloat => {
                let flags = self.iconst(flags);
                let f = self.rt(RtCall::BsFloat, &[args[0], args[1], args[2], flags]);
                self.define(inst, f.expect("bs_float has a result"));
            }
            Opcode::BsUtf => self.bs_utf(inst, &args, flags),
            _ => self.bs_utf_size(inst, args[0], flags),
        }
    }

    fn define_position(&mut self, inst: Inst, word: Value) {
        let position = self.c().op(Opcode::FromBits, &[word]);
        self.f.facts[position] = facts::position(self.f);
        self.define(inst, position);
    }

    /// A word that is a number as a small integer.
    fn number(&mut self, word: Value) -> Value {
        let tagged = self.retag(word);
        let number = self.c().op(Opcode::FromBits, &[tagged]);
        self.f.facts[number] = facts::position(self.f);
        number
    }

    /// Three kinds of objects, one join.
    fn bs_start(&mut self, inst: Inst, v: Value) {
        let cont = self.fresh();
        let results = self.f.insts[inst].results.clone();
        for (n, &old) in results.iter().enumerate() {
            let param = self.f.add_param(cont, Type::Term);
            self.f.facts[param] = if n == 0 { Facts::of(Kinds::BITS) } else { facts::position(self.f) };
            self.f.replace(old, param);
        }
        let zero = self.constant(linac_ir::ConstData::Int(0));
        let header = self.header(v);
        let heap = self.subtag_is(header, SUBTAG, Subtag::HeapBits);
        let other = self.fresh();
        let inside = self.fresh();
        self.c().br(heap, (inside, &[]), (other, &[]));
        self.cur = inside;
        let size = self.boxed_word(v, bits::HEAP_SIZE, Type::Word);
        let size = self.number(size);
        self.c().jump(cont, &[v, zero, size]);

        self.cur = other;
        let whole = self.subtag_is(header, SUBTAG, Subtag::RefcBits);
        let (buffer, part) = (self.fresh(), self.fresh());
        self.c().br(whole, (buffer, &[]), (part, &[]));
        self.cur = buffer;
        let size = self.boxed_word(v, bits::REFC_SIZE, Type::Word);
        let size = self.number(size);
        self.c().jump(cont, &[v, zero, size]);

        self.cur = part;
        let base = self.boxed_word(v, bits::SUB_BASE, Type::Term);
        self.f.facts[base] = Facts::of(Kinds::BITS);
        let offset = self.boxed_word(v, bits::SUB_OFFSET, Type::Word);
        let size = self.boxed_word(v, bits::SUB_SIZE, Type::Word);
        let end = self.w(Opcode::WAdd, offset, size);
        let (offset, end) = (self.number(offset), self.number(end));
        self.c().jump(cont, &[base, offset, end]);
        self.cur = cont;
    }

    /// Address of the byte that a position is in. The base has that byte.
    fn byte_address(&mut self, base: Value, at: Value) -> Value {
        let word = self.word_bytes();
        let header = self.header(base);
        let outside = self.subtag_is(header, SUBTAG, Subtag::RefcBits);
        let address = self.c().op(Opcode::Bits, &[base]);
        let inside = self.di(Opcode::WAdd, address, bits::HEAP_DATA * word - TAG_BOXED as i64);
        let buffer = self.boxed_word(base, bits::REFC_BUFFER, Type::Word);
        let buffer = self.di(Opcode::WAdd, buffer, bits::BUFFER_HEAD * word);
        let data = self.c().op_ty(Opcode::Select, &[outside, buffer, inside], Type::Derived);
        let at = self.small_bits(at);
        let byte = self.wi(Opcode::WShr, at, SHIFT + 3);
        self.d(Opcode::WAdd, data, byte)
    }

    /// Goes on only at a byte border.
    fn require_aligned(&mut self, at: Value, slow: &mut Option<Block>) {
        let word = self.small_bits(at);
        let bit = self.wi(Opcode::WAnd, word, BIT << SHIFT);
        let aligned = self.icmp_i(IntCond::Eq, bit, 0);
        let fail = self.slow_block(slow);
        self.require(aligned, &fail);
    }

    fn bs_integer(&mut self, inst: Inst, args: &[Value], flags: i64) {
        let leaf = |l: &mut Self| {
            let flags = l.iconst(flags);
            let args = [args[0], args[1], args[2], flags];
            l.rt(RtCall::BsInteger, &args).expect("bs_integer has a result")
        };
        let wide = self.facts(args[2]).int_const().filter(|&size| {
            let bytes = size % 8 == 0 || flags & LITTLE == 0;
            self.word == WordSize::W64 && bytes && (2..=56).contains(&size)
        });
        let call = |l: &mut Self| match wide {
            Some(size) => l.in_buffer(args, size, flags, leaf),
            None => leaf(l),
        };
        let Some(size) = self.facts(args[2]).int_const() else {
            let value = call(self);
            return self.define(inst, value);
        };
        let bits = i64::from(self.word.bits());
        let mut slow = None;
        let word = match size {
            1..8 => self.within_byte(args[0], args[1], size, &mut slow),
            _ if size % 8 == 0 && (8..=bits).contains(&size) => {
                self.require_aligned(args[1], &mut slow);
                let address = self.byte_address(args[0], args[1]);
                self.load_bytes(address, size / 8, flags & LITTLE != 0)
            }
            _ if wide.is_some() => {
                // No place is better than another.
                let value = call(self);
                self.f.facts[value] = self.f.facts[self.f.result(inst)];
                return self.finish(inst, value, None, leaf);
            }
            _ => {
                let value = call(self);
                return self.define(inst, value);
            }
        };
        let signed = flags & SIGNED != 0;
        let word = if signed && size < bits {
            let up = self.wi(Opcode::WShl, word, bits - size);
            self.wi(Opcode::WSar, up, bits - size)
        } else {
            word
        };
        // What may not be small: a number from 0 on after this, if it is.
        let small = i64::from(self.word.small_bits());
        if size > small - i64::from(!signed) {
            let (from, limit) = if signed {
                (self.wi(Opcode::WAdd, word, 1 << (small - 1)), 1i64 << small)
            } else {
                (word, 1i64 << (small - 1))
            };
            let fits = self.icmp_i(IntCond::Ult, from, limit);
            let fail = self.slow_block(&mut slow);
            self.require(fits, &fail);
        }
        let tagged = self.retag(word);
        let value = self.c().op(Opcode::FromBits, &[tagged]);
        self.f.facts[value] = Facts::int(self.word.small_min(), self.word.small_max());
        self.finish(inst, value, slow, call);
    }

    /// Up to 56 bits at any place of a buffer, which has room behind its bytes for a load of a word from each of them.
    fn in_buffer(
        &mut self,
        args: &[Value],
        size: i64,
        flags: i64,
        leaf: impl FnOnce(&mut Self) -> Value,
    ) -> Value {
        let (base, at) = (args[0], args[1]);
        let header = self.header(base);
        let outside = self.subtag_is(header, SUBTAG, Subtag::RefcBits);
        let (buffer, other, join) = (self.fresh(), self.fresh_cold(), self.fresh());
        let result = self.f.add_param(join, Type::Term);
        self.c().br(outside, (buffer, &[]), (other, &[]));
        self.cur = buffer;
        let start = self.boxed_word(base, bits::REFC_BUFFER, Type::Word);
        let word = self.small_bits(at);
        let byte = self.wi(Opcode::WShr, word, SHIFT + 3);
        let address = self.w(Opcode::WAdd, start, byte);
        let address = self.di(Opcode::WAdd, address, bits::BUFFER_HEAD * self.word_bytes());
        let loaded = self.c().op_imm(Opcode::LoadU64, Imm::Int(0), &[address]);
        let loaded = self.c().op_imm(Opcode::WSwap, Imm::Int(8), &[loaded]);
        let bit = self.wi(Opcode::WShr, word, SHIFT);
        let bit = self.wi(Opcode::WAnd, bit, BIT);
        let mut top = self.w(Opcode::WShl, loaded, bit);
        if flags & LITTLE != 0 {
            // The first byte is the least significant one.
            let low = self.wi(Opcode::WShr, top, 64 - size);
            let reversed = self.c().op_imm(Opcode::WSwap, Imm::Int(8), &[low]);
            top = reversed;
        }
        let down = if flags & SIGNED != 0 { Opcode::WSar } else { Opcode::WShr };
        let value = self.wi(down, top, 64 - size);
        let tagged = self.retag(value);
        let value = self.c().op(Opcode::FromBits, &[tagged]);
        self.f.facts[value] = Facts::int(self.word.small_min(), self.word.small_max());
        self.c().jump(join, &[value]);
        self.cur = other;
        let general = leaf(self);
        self.c().jump(join, &[general]);
        self.cur = join;
        result
    }

    /// Fewer than eight bits, if they lie in one byte: shifted down and masked.
    fn within_byte(&mut self, base: Value, at: Value, size: i64, slow: &mut Option<Block>) -> Value {
        let word = self.small_bits(at);
        let bit = self.wi(Opcode::WShr, word, SHIFT);
        let bit = self.wi(Opcode::WAnd, bit, BIT);
        if size > 1 {
            let inside = self.icmp_i(IntCond::Ule, bit, 8 - size);
            let fail = self.slow_block(slow);
            self.require(inside, &fail);
        }
        let address = self.byte_address(base, at);
        let byte = self.c().op_imm(Opcode::LoadU8, Imm::Int(0), &[address]);
        let most = self.iconst(8 - size);
        let down = self.w(Opcode::WSub, most, bit);
        let shifted = self.w(Opcode::WShr, byte, down);
        self.wi(Opcode::WAnd, shifted, (1 << size) - 1)
    }

    /// `n` bytes as an unsigned number, in pieces of 8, 4, 2 and 1.
    fn load_bytes(&mut self, address: Value, n: i64, little: bool) -> Value {
        let mut done = 0;
        let mut value = None;
        while done < n {
            let (op, step) =
                [(Opcode::LoadU64, 8), (Opcode::LoadU32, 4), (Opcode::LoadU16, 2), (Opcode::LoadU8, 1)]
                    .into_iter()
                    .find(|&(_, step)| step <= n - done && step <= self.word_bytes())
                    .expect("a byte fits");
            let mut piece = self.c().op_imm(op, Imm::Int(done), &[address]);
            if !little && step > 1 {
                piece = self.c().op_imm(Opcode::WSwap, Imm::Int(step), &[piece]);
            }
            value = Some(match value {
                None => piece,
                Some(before) => {
                    // What came before is below or above.
                    let (high, low, by) = if little { (piece, before, done) } else { (before, piece, step) };
                    let high = self.wi(Opcode::WShl, high, 8 * by);
                    self.w(Opcode::WOr, high, low)
                }
            });
            done += step;
        }
        value.expect("there is a byte")
    }

    /// A character of one byte in line.
    fn bs_utf(&mut self, inst: Inst, args: &[Value], flags: i64) {
        let call = |l: &mut Self| {
            let flags = l.iconst(flags);
            l.rt(RtCall::BsUtf, &[args[0], args[1], args[2], flags]).expect("bs_utf has a result")
        };
        if Utf::of_flags(flags) != Some(Utf::Utf8) {
            let value = call(self);
            return self.define(inst, value);
        }
        let mut slow = None;
        let (at, end) = (self.small_bits(args[1]), self.small_bits(args[2]));
        let left = self.w(Opcode::WSub, end, at);
        let enough = self.icmp_i(IntCond::Sge, left, 8 << SHIFT);
        let fail = self.slow_block(&mut slow);
        self.require(enough, &fail);
        self.require_aligned(args[1], &mut slow);
        let address = self.byte_address(args[0], args[1]);
        let byte = self.c().op_imm(Opcode::LoadU8, Imm::Int(0), &[address]);
        let ascii = self.icmp_i(IntCond::Ult, byte, 0x80);
        let fail = self.slow_block(&mut slow);
        self.require(ascii, &fail);
        let tagged = self.retag(byte);
        let value = self.c().op(Opcode::FromBits, &[tagged]);
        self.f.facts[value] = Facts::int(0, 0x7f);
        self.finish(inst, value, slow, call);
    }

    /// Each limit that the character reaches adds a unit.
    fn bs_utf_size(&mut self, inst: Inst, character: Value, flags: i64) {
        let (least, limits): (i64, &[i64]) = match Utf::of_flags(flags) {
            Some(Utf::Utf8) => (8, &[0x80, 0x800, 0x1_0000]),
            Some(Utf::Utf16) => (16, &[0x1_0000]),
            _ => (32, &[]),
        };
        let word = self.small_bits(character);
        let mut units = self.iconst(1);
        for &limit in limits {
            let beyond = self.icmp_i(IntCond::Sge, word, limit << SHIFT | TAG);
            let one = self.c().op(Opcode::BoolToWord, &[beyond]);
            units = self.w(Opcode::WAdd, units, one);
        }
        let size = self.wi(Opcode::WMul, units, least);
        let size = self.number(size);
        self.define(inst, size);
    }
}
