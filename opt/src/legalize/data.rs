//! Data: fields as loads, construction as allocation and stores.

use super::Legalizer;
use super::build::{Plan, part_words};
use crate::pass::Tier;
use linac_abi::WordSize;
use linac_abi::rtcall::RtCall;
use linac_abi::term::{self, Subtag, TAG_BOXED, TAG_CONS};
use linac_ir::{Function, Imm, Inst, Kinds, Opcode, Type, Value};

/// Does a tier put bitstrings together in line? It is much code for compilers in a hurry.
pub fn makes_bits(tier: Tier) -> bool {
    tier == Tier::Optimizing
}

/// Words of heap that an allocating instruction needs after legalization; 0 if it does not allocate.
pub fn alloc_words(func: &Function, inst: Inst, tier: Tier) -> u32 {
    let data = &func.insts[inst];
    let n = data.args.len() as u32;
    match data.op {
        Opcode::Cons => 2,
        // The empty tuple is a header alone.
        Opcode::Tuple | Opcode::Record => n + 1,
        Opcode::MakeFun => term::FUN_ENV as u32 + n,
        Opcode::BoxF64 => 1 + float_words(func.word),
        Opcode::UpdateRecord => inline_update(func, inst).map_or(0, |n| n + 1),
        Opcode::BsCreate if makes_bits(tier) => Plan::of(func, inst).map_or(0, |plan| plan.heap_words()),
        Opcode::BsPart if makes_bits(tier) => part_words(func, inst),
        _ => 0,
    }
}

/// Payload words of a float.
pub fn float_words(word: WordSize) -> u32 {
    8 / word.bytes()
}

/// Size of the tuple if an `update_record` copies it in line.
fn inline_update(func: &Function, inst: Inst) -> Option<u32> {
    const MOST: i64 = 16;
    let data = &func.insts[inst];
    let Imm::Int(n @ 1..=MOST) = data.imm else { return None };
    let facts = func.facts[data.args[0]];
    (facts.kinds == Kinds::TUPLE && facts.arity == Some(n as u32)).then_some(n as u32)
}

impl Legalizer<'_> {
    pub(super) fn data_op(&mut self, inst: Inst) {
        let args = self.f.insts[inst].args.clone();
        let word = self.word_bytes();
        let tag = TAG_CONS as i64;
        let result = match self.f.insts[inst].op {
            Opcode::Hd => self.load_const(args[0], -tag),
            Opcode::Tl => self.load_const(args[0], word - tag),
            Opcode::Element => {
                let n = self.imm_int(inst);
                self.boxed_word(args[0], n + 1, Type::Term)
            }
            Opcode::TupleSize => self.tuple_size(args[0]),
            Opcode::Cons => self.build(TAG_CONS, &args),
            Opcode::Tuple => {
                let header = self.iconst(term::header(Subtag::Tuple, args.len() as u64) as i64);
                let mut words = vec![header];
                words.extend(args);
                self.build(TAG_BOXED, &words)
            }
            Opcode::MakeFun => self.make_fun(inst, &args),
            Opcode::BoxF64 => {
                let payload = float_words(self.word).into();
                let header = self.iconst(term::header(Subtag::Float, payload) as i64);
                self.build(TAG_BOXED, &[header, args[0]])
            }
            Opcode::UnboxF64 => self.unbox(args[0]),
            Opcode::UpdateRecord => self.update_record(inst, &args),
            op => unreachable!("{op} is no data operation"),
        };
        self.define(inst, result);
    }

    fn load_const(&mut self, v: Value, at: i64) -> Value {
        let inst = self.c().inst(Opcode::LoadConst, Imm::Int(at), &[v], Some(Type::Term));
        self.f.result(inst)
    }

    /// The float in a term known to be one.
    pub(super) fn unbox(&mut self, v: Value) -> Value {
        self.boxed_word(v, 1, Type::F64)
    }

    /// The size of a tuple as a small integer, from its header.
    pub(super) fn tuple_size(&mut self, v: Value) -> Value {
        let header = self.header(v);
        let size = self.wi(Opcode::WShr, header, i64::from(term::HEADER_SHIFT));
        let tagged = self.retag(size);
        self.c().op(Opcode::FromBits, &[tagged])
    }

    /// Allocates words, stores the values one after another, and tags the address. Room was tested by `heapmerge`.
    pub(super) fn build(&mut self, tag: u64, values: &[Value]) -> Value {
        let size = self.word_bytes();
        let words: i64 = values.iter().map(|&v| self.words_of(v)).sum();
        let address = self.c().op_imm(Opcode::Alloc, Imm::Int(words), &[]);
        let mut at = 0;
        for &v in values {
            self.c().effect(Opcode::Store, Imm::Int(at), &[address, v]);
            at += self.words_of(v) * size;
        }
        self.c().op_imm(Opcode::TagPtr, Imm::Int(tag as i64), &[address])
    }

    fn words_of(&self, v: Value) -> i64 {
        if self.f.ty(v) == Type::F64 { float_words(self.word).into() } else { 1 }
    }

    fn make_fun(&mut self, inst: Inst, free: &[Value]) -> Value {
        let imm = self.f.insts[inst].imm.clone();
        let Imm::Func(lambda) = imm else { unreachable!("`make_fun` names a lambda") };
        let arity = match self.f.funcs[lambda] {
            linac_ir::ExtFunc::Lambda { arity, .. } => arity,
            _ => unreachable!("`make_fun` names a lambda"),
        };
        let payload = (term::FUN_ENV - 1 + free.len()) as u64;
        let header = self.iconst(term::header(Subtag::Fun, payload) as i64);
        let cell = self.c().op_imm(Opcode::FunCell, imm, &[]);
        let arity = self.iconst(arity.into());
        let mut words = vec![header, cell, arity];
        words.extend(free);
        self.build(TAG_BOXED, &words)
    }

    fn update_record(&mut self, inst: Inst, args: &[Value]) -> Value {
        if let Some(size) = inline_update(self.f, inst) {
            let header = self.iconst(term::header(Subtag::Tuple, size.into()) as i64);
            let mut words = vec![header; size as usize + 1];
            for pair in args[1..].chunks_exact(2) {
                let at = self.facts(pair[0]).int_const().expect("positions are constants");
                words[at as usize] = pair[1];
            }
            for (n, word) in words.iter_mut().enumerate().skip(1) {
                if *word == header {
                    *word = self.boxed_word(args[0], n as i64, Type::Term);
                }
            }
            return self.build(TAG_BOXED, &words);
        }
        self.arg_area(&args[1..]);
        let pairs = self.iconst((args.len() / 2) as i64);
        let hint = self.iconst(0);
        self.rt(RtCall::UpdateRecord, &[args[0], pairs, hint]).expect("update_record has a result")
    }

    /// Stores terms to the argument area, from word 0 on.
    pub(super) fn arg_area(&mut self, values: &[Value]) {
        for (n, &v) in values.iter().enumerate() {
            self.c().effect(Opcode::ArgStore, Imm::Int(n as i64), &[v]);
        }
    }

    pub(super) fn record_op(&mut self, inst: Inst) {
        let args = self.f.insts[inst].args.clone();
        let result = match self.f.insts[inst].op {
            Opcode::Record => {
                let header = self.iconst(term::header(Subtag::Record, args.len() as u64) as i64);
                let mut words = vec![header];
                words.extend(args);
                self.build(TAG_BOXED, &words)
            }
            Opcode::RecordDef => self.boxed_word(args[0], term::RECORD_DEFINITION as i64, Type::Term),
            Opcode::RecordGet => return self.plain_fallible(inst, RtCall::RecordGet),
            op => {
                let (call, first) =
                    if op == Opcode::RecordPut { (RtCall::RecordPut, 1) } else { (RtCall::RecordNew, 2) };
                self.arg_area(&args[first..]);
                let mut words = args[..first].to_vec();
                words.push(self.iconst(((args.len() - first) / 2) as i64));
                self.rt(call, &words).expect("it has a result")
            }
        };
        self.define(inst, result);
    }

    pub(super) fn map_op(&mut self, inst: Inst) {
        let args = self.f.insts[inst].args.clone();
        let op = self.f.insts[inst].op;
        if op == Opcode::MapGet {
            return self.plain_fallible(inst, RtCall::MapGet);
        }
        self.arg_area(&args[1..]);
        let pairs = self.iconst((args.len() / 2) as i64);
        let exact = self.iconst((op == Opcode::MapPutExact).into());
        let result = self.rt(RtCall::MapPut, &[args[0], pairs, exact]).expect("map_put has a result");
        self.define(inst, result);
    }
}
