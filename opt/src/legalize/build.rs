//! Bitstrings of integers with constant sizes: put together in words, stored in line.
//!
//! *Idea*: where each field lies is known, so a field is a shift, a mask and an `or`, and eight bytes are one store. A
//! fresh bitstring of that kind is an object on the heap. One that is appended to may be the last part of a buffer with
//! room behind it that nobody else holds: then the fields are written there, the marks move, and only the object for
//! the longer part is made. Everything else is up to the runtime, in a cold block.
//!
//! *Invariants*: stores of whole words reach at most [`linac_abi::bits::BUFFER_SLACK`] bytes behind a buffer's room. The
//! room is taken without an atomic operation, so the buffer must have one owner: this process. Literals never are in that position
//! (their buffers are closed when they are made).

use super::Legalizer;
use linac_abi::WordSize;
use linac_abi::bits::{self, COMPUTED, LITTLE, Segment};
use linac_abi::rtcall::RtCall;
use linac_abi::term::{self, SMALL_SHIFT, Subtag, TAG_BOXED};
use linac_ir::{Block, ConstData, Facts, Function, Imm, Inst, IntCond, Kinds, LitShape, Opcode, Type, Value};

const SHIFT: i64 = SMALL_SHIFT as i64;
/// Bits of the words that fields are put together in.
const WORD: u32 = 64;
/// Most bits that are put together in line; a heap object holds as many.
const MOST: u32 = 512;
/// Payload words of a part of a bitstring.
const PART_WORDS: u32 = 3;

/// Bits up to which a part is copied: the copy takes no more room than an object that refers to the whole.
const COPIED: i64 = 128;

/// Words of heap that a `bs_part` takes in line; 0 if it is always a call.
pub fn part_words(func: &Function, inst: Inst) -> u32 {
    let short = func.facts[func.insts[inst].args[2]].hi <= COPIED;
    if short || func.word != WordSize::W64 { 0 } else { 1 + PART_WORDS }
}

/// What a field is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Source {
    /// The low bits of an integer.
    Integer(Value),
    /// The bits of a float of 64 bits.
    Float(Value),
    /// Bits known now.
    Known(u64),
}

/// A field of a constant size.
#[derive(Clone, Copy, Debug)]
struct Field {
    source: Source,
    /// Bits, 1 to 64.
    size: u32,
    little: bool,
}

/// A bitstring that can be made in line.
#[derive(Debug)]
pub struct Plan {
    /// What is appended to, and its unit.
    first: Option<(Value, u64)>,
    fields: Vec<Field>,
    /// Bits of all fields.
    bits: u32,
}

impl Plan {
    /// How to make what a `bs_create` asks for, if that can be done in line.
    pub fn of(func: &Function, inst: Inst) -> Option<Plan> {
        if func.word != WordSize::W64 {
            return None;
        }
        let mut plan = Plan { first: None, fields: Vec::new(), bits: 0 };
        for segment in func.insts[inst].args.chunks_exact(3) {
            let &[describe, value, size] = segment else { return None };
            let Some(&ConstData::Int(describe)) = func.as_const(describe) else { return None };
            let (kind, flags, unit) = Segment::parse(describe)?;
            if kind == Segment::Append {
                let all = matches!(func.as_const(size), Some(ConstData::Atom(all)) if **all == *"all");
                // Without this the place of the first bit would have to be looked at in other units.
                if !all || flags & COMPUTED != 0 || !matches!(unit, 1 | 8) {
                    return None;
                }
                plan.first = Some((value, unit));
                continue;
            }
            let size = func.facts[size].int_const()?.checked_mul(i64::try_from(unit).ok()?)?;
            let size = u32::try_from(size).ok().filter(|size| (1..=WORD).contains(size))?;
            let little = flags & LITTLE != 0;
            if little && !size.is_multiple_of(8) {
                return None;
            }
            let source = source(func, kind, value, size)?;
            plan.bits += size;
            plan.fields.push(Field { source, size, little });
        }
        (1..=MOST).contains(&plan.bits).then_some(plan)
    }

    /// Words of heap that it takes.
    pub fn heap_words(&self) -> u32 {
        match self.first {
            Some(_) => 1 + PART_WORDS,
            None => bits::HEAP_DATA as u32 + self.words(),
        }
    }

    fn words(&self) -> u32 {
        self.bits.div_ceil(WORD)
    }
}

/// What a field of this kind is made of, if its bits are those of a word.
fn source(func: &Function, kind: Segment, value: Value, size: u32) -> Option<Source> {
    let facts = func.facts[value];
    match kind {
        Segment::Integer => match facts.int_const() {
            Some(n) => Some(Source::Known(n as u64)),
            None => (!facts.kinds.disjoint(Kinds::INT)).then_some(Source::Integer(value)),
        },
        Segment::Float => {
            let known = match func.as_const(value) {
                Some(&ConstData::Literal(_, LitShape::Float(raw))) => Some(f64::from_bits(raw)),
                // Larger ones may not be exact.
                Some(&ConstData::Int(n)) if n.unsigned_abs() < 1 << 53 => Some(n as f64),
                _ => None,
            };
            match (known, size) {
                (Some(f), 64) => Some(Source::Known(f.to_bits())),
                (Some(f), 32) => Some(Source::Known((f as f32).to_bits().into())),
                (None, 64) if facts.kinds == Kinds::FLOAT => Some(Source::Float(value)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The lowest `n` bits.
fn low(n: u32) -> u64 {
    if n >= 64 { u64::MAX } else { (1 << n) - 1 }
}

/// Words under construction: what is known of each, and what is added at run time.
struct Words {
    known: Vec<u64>,
    rest: Vec<Option<Value>>,
}

impl Legalizer<'_> {
    /// `bs_create` in line, or as a call.
    pub(super) fn bs_create(&mut self, inst: Inst, args: &[Value]) {
        let plan = if self.in_line_bits { Plan::of(self.f, inst) } else { None };
        let call = |l: &mut Self| {
            l.arg_area(args);
            let count = l.iconst((args.len() / 3) as i64);
            l.rt(RtCall::BsCreate, &[count]).expect("bs_create has a result")
        };
        let Some(plan) = plan else {
            let made = call(self);
            return self.define(inst, made);
        };
        let mut slow = None;
        let numbers: Vec<Value> = plan
            .fields
            .iter()
            .filter_map(|field| match field.source {
                Source::Integer(value) => Some(value),
                _ => None,
            })
            .collect();
        self.check_small(&numbers, &mut slow);
        let made = match plan.first {
            None => {
                let words = self.words_of_fields(&plan);
                self.fresh_bits(&plan, &words)
            }
            Some((first, unit)) => self.append(first, unit, &plan, &mut slow),
        };
        self.f.facts[made] = Facts::of(Kinds::BITS);
        self.finish(inst, made, slow, call);
    }

    /// A part of a bitstring: an object that says where it is, if it is not short enough to be copied.
    pub(super) fn bs_part(&mut self, inst: Inst, args: &[Value]) {
        let call = |l: &mut Self| l.rt(RtCall::BsPart, args).expect("bs_part has a result");
        if !self.in_line_bits || part_words(self.f, inst) == 0 {
            let part = call(self);
            self.f.facts[part] = Facts::of(Kinds::BITS);
            return self.define(inst, part);
        }
        let mut slow = None;
        let size = self.small_bits(args[2]);
        if self.facts(args[2]).lo <= COPIED {
            let long = self.icmp_i(IntCond::Ugt, size, term::small(COPIED) as i64);
            let fail = self.slow_block(&mut slow);
            self.require(long, &fail);
        }
        let size = self.wi(Opcode::WShr, size, SHIFT);
        let at = self.small_bits(args[1]);
        let at = self.wi(Opcode::WShr, at, SHIFT);
        let header = self.iconst(term::header(Subtag::SubBits, PART_WORDS.into()) as i64);
        let part = self.build(TAG_BOXED, &[header, args[0], at, size]);
        self.f.facts[part] = Facts::of(Kinds::BITS);
        self.finish(inst, part, slow, call);
    }

    fn fresh_bits(&mut self, plan: &Plan, words: &[Value]) -> Value {
        let payload = bits::HEAP_DATA - 1 + words.len() as i64;
        let header = self.iconst(term::header(Subtag::HeapBits, payload as u64) as i64);
        let size = self.iconst(plan.bits.into());
        let mut object = vec![header, size];
        for &word in words {
            object.push(self.c().op_imm(Opcode::WSwap, Imm::Int(8), &[word]));
        }
        self.build(TAG_BOXED, &object)
    }

    /// All fields in a row, the first bit on top of the first word; what is left of the last word is 0.
    fn words_of_fields(&mut self, plan: &Plan) -> Vec<Value> {
        let count = plan.words() as usize;
        let mut words = Words { known: vec![0; count], rest: vec![None; count] };
        let mut at = 0;
        for field in &plan.fields {
            self.place(field, at, &mut words);
            at += field.size;
        }
        (0..count)
            .map(|n| match (words.rest[n], words.known[n]) {
                (None, known) => self.iconst(known as i64),
                (Some(rest), 0) => rest,
                (Some(rest), known) => self.wi(Opcode::WOr, rest, known as i64),
            })
            .collect()
    }

    /// Puts a field at a bit of the words.
    fn place(&mut self, field: &Field, at: u32, words: &mut Words) {
        let size = field.size;
        let (n, room) = ((at / WORD) as usize, WORD - at % WORD);
        // Bits that go to the next word.
        let over = size.saturating_sub(room);
        if let Source::Known(value) = field.source {
            let value = if field.little { value.swap_bytes() >> (WORD - size) } else { value & low(size) };
            if over == 0 {
                words.known[n] |= value << (room - size);
            } else {
                words.known[n] |= value >> over;
                words.known[n + 1] |= value << (WORD - over);
            }
            return;
        }
        let (word, shift) = self.field_word(field);
        // The field begins at bit `shift` of `word`; what is above and below it is of no interest.
        let part = |l: &mut Self, from: u32, size: u32, to: u32| {
            let from = from + shift;
            if to + size == WORD && from + size <= WORD {
                // What is above is shifted out.
                let cut = if from > 0 && to > 0 { l.wi(Opcode::WShr, word, from.into()) } else { word };
                return match to {
                    0 => l.wi(Opcode::WShr, cut, from.into()),
                    _ => l.wi(Opcode::WShl, cut, to.into()),
                };
            }
            let down = if from > 0 { l.wi(Opcode::WShr, word, from.into()) } else { word };
            let masked = l.wi(Opcode::WAnd, down, low(size) as i64);
            if to > 0 { l.wi(Opcode::WShl, masked, to.into()) } else { masked }
        };
        if over == 0 {
            let piece = part(self, 0, size, room - size);
            self.add_to(&mut words.rest[n], piece);
        } else {
            let piece = part(self, over, size - over, 0);
            self.add_to(&mut words.rest[n], piece);
            let piece = part(self, 0, over, WORD - over);
            self.add_to(&mut words.rest[n + 1], piece);
        }
    }

    fn add_to(&mut self, word: &mut Option<Value>, piece: Value) {
        *word = Some(match *word {
            Some(before) => self.w(Opcode::WOr, before, piece),
            None => piece,
        });
    }

    /// A word with the bits of a field, and where in it they begin: a tag may be below them.
    fn field_word(&mut self, field: &Field) -> (Value, u32) {
        let size = field.size;
        let (word, shift) = match field.source {
            Source::Float(value) => (self.boxed_word(value, 1, Type::Word), 0),
            Source::Integer(value) => {
                let tagged = self.small_bits(value);
                if !field.little && size + SMALL_SHIFT <= WORD {
                    (tagged, SMALL_SHIFT)
                } else {
                    (self.wi(Opcode::WSar, tagged, SHIFT), 0)
                }
            }
            Source::Known(_) => unreachable!("known fields take no instructions"),
        };
        if !field.little {
            return (word, shift);
        }
        // The first byte comes out on top.
        (self.c().op_imm(Opcode::WSwap, Imm::Int(8), &[word]), WORD - size)
    }

    /// Appends to the last part of a buffer with room and one owner.
    fn append(&mut self, first: Value, unit: u64, plan: &Plan, slow: &mut Option<Block>) -> Value {
        let fail = self.slow_block(slow);
        self.require_boxed(first, &fail);
        let header = self.header(first);
        let part = term::header(Subtag::SubBits, PART_WORDS.into()) as i64;
        let is_part = self.icmp_i(IntCond::Eq, header, part);
        self.require(is_part, &fail);
        let base = self.boxed_word(first, bits::SUB_BASE, Type::Term);
        self.f.facts[base] = Facts::of(Kinds::BITS);
        let offset = self.boxed_word(first, bits::SUB_OFFSET, Type::Word);
        let old = self.boxed_word(first, bits::SUB_SIZE, Type::Word);
        let whole_bytes = unit == 8;
        if whole_bytes {
            let both = self.w(Opcode::WOr, offset, old);
            let odd = self.wi(Opcode::WAnd, both, 7);
            let even = self.icmp_i(IntCond::Eq, odd, 0);
            self.require(even, &fail);
        }
        let from = self.w(Opcode::WAdd, offset, old);
        let header = self.header(base);
        let outside = self.subtag_is(header, term::SUBTAG_MASK as i64, Subtag::RefcBits);
        self.require(outside, &fail);
        let word = self.word_bytes();
        let buffer = self.boxed_word(base, bits::REFC_BUFFER, Type::Word);
        let data = self.di(Opcode::WAdd, buffer, bits::BUFFER_HEAD * word);
        let head = |n: i64| Imm::Int((n - bits::BUFFER_HEAD) * word);
        let load = |l: &mut Self, at: Imm, address: Value| {
            let inst = l.c().inst(Opcode::Load, at, &[address], Some(Type::Word));
            l.f.result(inst)
        };
        let owners = load(self, head(bits::BUFFER_OWNERS), data);
        let alone = self.icmp_i(IntCond::Eq, owners, 1);
        self.require(alone, &fail);
        let used = load(self, head(bits::BUFFER_USED), data);
        let last = self.icmp(IntCond::Eq, used, from);
        self.require(last, &fail);
        let to = self.wi(Opcode::WAdd, from, plan.bits.into());
        let capacity = load(self, head(bits::BUFFER_CAPACITY), data);
        let room = self.wi(Opcode::WShl, capacity, 3);
        let fits = self.icmp(IntCond::Ule, to, room);
        self.require(fits, &fail);

        let mut words = self.words_of_fields(plan);
        let byte = self.wi(Opcode::WShr, from, 3);
        let place = self.d(Opcode::WAdd, data, byte);
        if !whole_bytes {
            let before = load(self, Imm::Int(0), place);
            words = self.shifted(plan, &words, from, before);
        }
        for (n, word_value) in words.into_iter().enumerate() {
            let swapped = self.c().op_imm(Opcode::WSwap, Imm::Int(8), &[word_value]);
            self.c().effect(Opcode::Store, Imm::Int(n as i64 * word), &[place, swapped]);
        }
        self.c().effect(Opcode::Store, head(bits::BUFFER_USED), &[data, to]);
        let size_at = Imm::Int(bits::REFC_SIZE * word - TAG_BOXED as i64);
        self.c().effect(Opcode::Store, size_at, &[base, to]);
        let size = self.wi(Opcode::WAdd, old, plan.bits.into());
        let header = self.iconst(part);
        self.build(TAG_BOXED, &[header, base, offset, size])
    }

    /// Words moved down to the bit at which the used ones end, behind the bits of the byte that is used in part.
    fn shifted(&mut self, plan: &Plan, words: &[Value], from: Value, before: Value) -> Vec<Value> {
        let bit = self.wi(Opcode::WAnd, from, 7);
        let most = self.iconst(i64::from(WORD) - 1);
        let up = self.w(Opcode::WSub, most, bit);
        let all = self.iconst(-1);
        let ours = self.w(Opcode::WShr, all, bit);
        let theirs = self.wi(Opcode::WXor, ours, -1);
        let before = self.c().op_imm(Opcode::WSwap, Imm::Int(8), &[before]);
        let mut carry = self.w(Opcode::WAnd, before, theirs);
        let mut moved = Vec::new();
        for &word in words {
            let down = self.w(Opcode::WShr, word, bit);
            moved.push(self.w(Opcode::WOr, carry, down));
            // By 64 less `bit` in two steps: no shift takes 64.
            let once = self.wi(Opcode::WShl, word, 1);
            carry = self.w(Opcode::WShl, once, up);
        }
        // Seven bits more may need another word.
        if (plan.bits - 1) % WORD + 1 + 7 > WORD {
            moved.push(carry);
        }
        moved
    }
}
