//! The body of a function: header lines, blocks, instructions.

use super::scalar::{beam_reg, ext_func, float_bits, int64, shape};
use super::{ParsedFunction, Parser, Position, canonical};
use crate::entities::{Block, Const, FuncRef, Inst, Loc, Slot, Value};
use crate::function::{
    BlockData, ConstData, Function, Inlined, LitShape, LocData, SlotKind, Stage, ValueData,
};
use crate::inst::{Args, BlockCall, FloatCond, Imm, InstData, IntCond, TypeTest, ValueDef};
use crate::opcode::{Format, Opcode};
use crate::text::lexer::Tok;
use crate::text::printer::default_facts;
use crate::text::term::Term;
use crate::text::{MAX_NUMBER, ParseError};
use crate::types::{Facts, Kinds, Type};
use cranelift_entity::{EntityRef, EntitySet, SecondaryMap, packed_option::PackedOption};
use linac_abi::WordSize;
use linac_abi::process::ProcField;
use linac_abi::rtcall::{ErrorKind, RtCall};
use smallvec::SmallVec;
use std::collections::BTreeMap;

type Result<T> = std::result::Result<T, ParseError>;

/// Values in one list of parameters or results: their number has 16 bits.
const MAX_LIST: usize = u16::MAX as usize;

/// Reads one function.
pub(super) fn function(p: &mut Parser, literals: &BTreeMap<u32, Term>) -> Result<ParsedFunction> {
    let first_line = p.line();
    p.word("function")?;
    let module = p.name("a module name")?;
    p.punct(":")?;
    let name = p.name("a function name")?;
    p.punct("/")?;
    let arity = p.number("an arity", MAX_NUMBER)?;
    p.word("index")?;
    let index = p.number("a function number", u32::MAX)?;
    p.word("word")?;
    let word = match p.peek() {
        Tok::Int(s) if s == "32" => WordSize::W32,
        Tok::Int(s) if s == "64" => WordSize::W64,
        _ => return p.expected("`32` or `64`"),
    };
    p.advance();
    p.word("stage")?;
    let mut func = Function::new(&module, &name, arity, index, word);
    func.stage = p.one_of("`beam` or `core`", &[(Stage::Beam, "beam"), (Stage::Core, "core")])?;
    let mut body = Body {
        func,
        literals,
        placeholder: None,
        defined: EntitySet::new(),
        mentioned: SecondaryMap::new(),
        block_defined: EntitySet::new(),
        block_mentioned: SecondaryMap::new(),
        inst_lines: SecondaryMap::new(),
        block_lines: SecondaryMap::new(),
    };
    p.punct("{")?;
    body.header(p)?;
    while *p.peek() != Tok::Punct("}") {
        body.block(p)?;
    }
    let last_line = p.line();
    if body.func.order.is_empty() {
        return p.expected("a block");
    }
    body.check_mentions(p)?;
    p.advance();
    let Body { func, inst_lines, block_lines, .. } = body;
    Ok(ParsedFunction { func, inst_lines, block_lines, first_line, last_line })
}

struct Body<'l> {
    func: Function,
    literals: &'l BTreeMap<u32, Term>,
    /// An instruction in no block, the definition of the values whose numbers the text leaves out.
    placeholder: Option<Inst>,
    defined: EntitySet<Value>,
    /// First mention of a value that was not defined yet, plus one.
    mentioned: SecondaryMap<Value, usize>,
    block_defined: EntitySet<Block>,
    block_mentioned: SecondaryMap<Block, usize>,
    inst_lines: SecondaryMap<Inst, u32>,
    block_lines: SecondaryMap<Block, u32>,
}

/// The number of an entity's name.
fn entity_number(tok: &Tok, prefix: &str) -> Option<u32> {
    let Tok::Ident(s) = tok else { return None };
    canonical(s.strip_prefix(prefix)?).filter(|&n| n <= MAX_NUMBER)
}

/// Does the token look like an entity's name, whether or not its number is admitted?
fn names_entity(tok: &Tok, prefix: &str) -> bool {
    let Tok::Ident(s) = tok else { return false };
    s.strip_prefix(prefix).is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

fn entity(p: &mut Parser, prefix: &str, what: &str) -> Result<u32> {
    match entity_number(p.peek(), prefix) {
        Some(n) => {
            p.advance();
            Ok(n)
        }
        None => p.expected(&format!("{what} (`{prefix}0` to `{prefix}{MAX_NUMBER}`)")),
    }
}

impl Body<'_> {
    fn header(&mut self, p: &mut Parser) -> Result<()> {
        loop {
            let at = p.position();
            let next = |name: String, at: Position, p: &Parser, found: u32, want: usize| {
                if found as usize == want {
                    Ok(())
                } else {
                    p.error_at(at, format!("expected {name}{want}: the entries of a table stand in order"))
                }
            };
            if p.accept_word("file") {
                let n = p.number("a file number", MAX_NUMBER)?;
                next(String::new(), at + 1, p, n, self.func.files.len())?;
                let Tok::Str(s) = p.peek().clone() else { return p.expected("a file name in quotes") };
                p.advance();
                self.func.files.push(s.into());
            } else if p.accept_word("loc") {
                let n = entity(p, "l", "a location")?;
                next("l".into(), at + 1, p, n, self.func.locs.len())?;
                p.punct("=")?;
                let file = p.number("a file number", MAX_NUMBER)?;
                p.punct(":")?;
                let line = p.number("a line", u32::MAX)?;
                p.word("beam")?;
                let beam = match p.peek() {
                    Tok::Int(s) => s.strip_prefix("0x").and_then(|hex| u32::from_str_radix(hex, 16).ok()),
                    _ => None,
                };
                let Some(beam) = beam else { return p.expected("a hexadecimal offset of at most 32 bits") };
                p.advance();
                let inlined = if p.accept_word("in") {
                    let func = FuncRef::from_u32(entity(p, "fn", "a function reference")?);
                    let at = match p.accept_word("instead") {
                        true => None,
                        false => {
                            p.word("at")?;
                            Some(Loc::from_u32(entity(p, "l", "a location")?))
                        }
                    };
                    Some(Inlined { func, at })
                } else {
                    None
                };
                self.func.locs.push(LocData { file, line, beam, inlined });
            } else if p.accept_word("slot") {
                let n = entity(p, "s", "a slot")?;
                next("s".into(), at + 1, p, n, self.func.slots.len())?;
                p.punct("=")?;
                let kinds =
                    [(SlotKind::Term, "term"), (SlotKind::Scratch, "scratch"), (SlotKind::Raw, "raw")];
                let kind = p.one_of("`term`, `scratch` or `raw`", &kinds)?;
                self.func.slots.push(kind);
            } else if p.accept_word("func") {
                let n = entity(p, "fn", "a function reference")?;
                next("fn".into(), at + 1, p, n, self.func.funcs.len())?;
                p.punct("=")?;
                let data = ext_func(p)?;
                let before = self.func.funcs.len();
                self.func.func(data);
                if self.func.funcs.len() == before {
                    return p.error_at(at, "this function has a reference already");
                }
            } else {
                return Ok(());
            }
        }
    }

    /// The value of this number, made if it is not there.
    fn value_entry(&mut self, p: &mut Parser, n: u32) -> Result<Value> {
        p.take_room((n as usize + 1).saturating_sub(self.func.values.len()))?;
        while self.func.values.len() <= n as usize {
            let def = match self.placeholder {
                Some(inst) => inst,
                None => {
                    let inst = self.func.make_inst(Opcode::Unreachable, Imm::None, &[], &[], Loc::NONE);
                    self.placeholder = Some(inst);
                    inst
                }
            };
            self.func.values.push(ValueData { ty: Type::Word, def: ValueDef::Result(def, u16::MAX) });
        }
        Ok(Value::new(n as usize))
    }

    fn use_value(&mut self, p: &mut Parser) -> Result<Value> {
        let at = p.position();
        let n = entity(p, "v", "a value")?;
        let value = self.value_entry(p, n)?;
        if !self.defined.contains(value) && self.mentioned[value] == 0 {
            self.mentioned[value] = at + 1;
        }
        Ok(value)
    }

    /// `v1: term {facts}`; gives the facts if there are any.
    fn define_value(&mut self, p: &mut Parser, def: ValueDef) -> Result<(Value, Option<Facts>)> {
        let at = p.position();
        let n = entity(p, "v", "a value")?;
        // Numbers mostly rise by one: then no placeholder is needed.
        let value = if n as usize == self.func.values.len() {
            self.func.values.push(ValueData { ty: Type::Word, def })
        } else {
            self.value_entry(p, n)?
        };
        if self.defined.contains(value) {
            return p.error_at(at, format!("{value} is defined twice"));
        }
        p.punct(":")?;
        let ty = p.one_of("a type", &Type::ALL.map(|(t, s)| (t, s)))?;
        self.func.values[value] = ValueData { ty, def };
        self.defined.insert(value);
        let facts = if *p.peek() == Tok::Punct("{") { Some(self.facts(p, ty)?) } else { None };
        Ok((value, facts))
    }

    fn facts(&mut self, p: &mut Parser, ty: Type) -> Result<Facts> {
        if ty != Type::Term {
            return p.error("only values of type term have facts");
        }
        p.punct("{")?;
        if p.accept_word("empty") {
            p.punct("}")?;
            return Ok(Facts::EMPTY);
        }
        let mut facts = Facts::of(Kinds::EMPTY);
        loop {
            let at = p.position();
            let kind = match p.peek() {
                Tok::Ident(s) if s == "any" => Some(Kinds::ANY),
                Tok::Ident(s) => Kinds::NAMES.iter().position(|n| n == s).map(|i| Kinds(1 << i)),
                _ => None,
            };
            let Some(kind) = kind else { return p.expected("a kind of term") };
            p.advance();
            if !facts.kinds.disjoint(kind) {
                return p.error_at(at, "this kind appears twice");
            }
            facts.kinds = facts.kinds.or(kind);
            if kind.contains(Kinds::INT) && p.accept("[") {
                facts.lo = if *p.peek() == Tok::Punct("..") { i64::MIN } else { int64(p)? };
                p.punct("..")?;
                facts.hi = if *p.peek() == Tok::Punct("]") { i64::MAX } else { int64(p)? };
                p.punct("]")?;
            }
            if !kind.disjoint(Kinds::TUPLE.or(Kinds::FUN)) && *p.peek() == Tok::Punct("/") {
                p.advance();
                let at = p.position();
                let arity = p.number("an arity", u32::MAX)?;
                if facts.arity.is_some_and(|a| a != arity) {
                    return p.error_at(at, "tuple and fun have one arity");
                }
                facts.arity = Some(arity);
            }
            if p.accept("}") {
                return Ok(facts);
            }
            p.punct("|")?;
        }
    }

    fn block_entry(&mut self, p: &mut Parser, n: u32) -> Result<Block> {
        p.take_room((n as usize + 1).saturating_sub(self.func.blocks.len()))?;
        while self.func.blocks.len() <= n as usize {
            self.func.blocks.push(BlockData::default());
        }
        Ok(Block::new(n as usize))
    }

    fn use_block(&mut self, p: &mut Parser) -> Result<Block> {
        let at = p.position();
        let n = entity(p, "b", "a block")?;
        let block = self.block_entry(p, n)?;
        if !self.block_defined.contains(block) && self.block_mentioned[block] == 0 {
            self.block_mentioned[block] = at + 1;
        }
        Ok(block)
    }

    fn target(&mut self, p: &mut Parser) -> Result<BlockCall> {
        let block = self.use_block(p)?;
        let args = if p.accept("(") { self.values(p)? } else { Args::new() };
        Ok(BlockCall { block, args })
    }

    /// Values up to a closing parenthesis.
    fn values(&mut self, p: &mut Parser) -> Result<Args> {
        let mut args = Args::new();
        p.list(")", |p| {
            args.push(self.use_value(p)?);
            Ok(())
        })?;
        Ok(args)
    }

    fn block(&mut self, p: &mut Parser) -> Result<()> {
        let at = p.position();
        let line = p.line();
        let n = entity(p, "b", "a block")?;
        let block = self.block_entry(p, n)?;
        if self.block_defined.contains(block) {
            return p.error_at(at, format!("{block} is defined twice"));
        }
        self.block_defined.insert(block);
        self.block_lines[block] = line;
        self.func.order.push(block);
        if p.accept("(") {
            p.list(")", |p| {
                let n = self.func.blocks[block].params.len();
                if n >= MAX_LIST {
                    return p.error("too many parameters");
                }
                let (value, facts) = self.define_value(p, ValueDef::Param(block, n as u16))?;
                self.func.facts[value] = facts.unwrap_or(Facts::ANY);
                self.func.blocks[block].params.push(value);
                Ok(())
            })?;
        }
        self.func.blocks[block].cold = p.accept_word("cold");
        p.punct(":")?;
        while !matches!(p.peek(), Tok::Punct("}")) && !names_entity(p.peek(), "b") {
            let line = p.line();
            let inst = self.inst(p)?;
            self.inst_lines[inst] = line;
            self.func.blocks[block].insts.push(inst);
        }
        Ok(())
    }

    fn inst(&mut self, p: &mut Parser) -> Result<Inst> {
        let inst = self.func.make_inst(Opcode::Unreachable, Imm::None, &[], &[], Loc::NONE);
        let mut results: SmallVec<[Value; 2]> = SmallVec::new();
        let mut facts: SmallVec<[Option<Facts>; 2]> = SmallVec::new();
        let above = if names_entity(p.peek(), "v") {
            loop {
                if results.len() >= MAX_LIST {
                    return p.error("too many results");
                }
                let (value, f) = self.define_value(p, ValueDef::Result(inst, results.len() as u16))?;
                results.push(value);
                facts.push(f);
                if !p.accept(",") {
                    break;
                }
            }
            p.punct("=")?;
            true
        } else {
            false
        };
        let op = match p.peek() {
            Tok::Ident(s) => Opcode::from_name(s),
            _ => None,
        };
        let Some(op) = op else {
            return p.expected(if above { "an operation" } else { "an operation, a block or `}`" });
        };
        p.advance();
        let mut data = InstData {
            op,
            imm: Imm::None,
            args: Args::new(),
            results: results.clone(),
            targets: SmallVec::new(),
            handler: PackedOption::default(),
            loc: Loc::NONE,
        };
        self.operands(p, &mut data)?;
        if p.accept("@") {
            let at = p.position();
            let n = entity(p, "l", "a location")?;
            if n as usize >= self.func.locs.len() {
                return p.error_at(at, format!("location l{n} is not defined"));
            }
            data.loc = Loc::new(n as usize);
        }
        if p.accept("!") {
            data.handler = self.use_block(p)?.into();
        }
        self.func.insts[inst] = data;
        // An instruction's own results do not stand above it.
        for &value in &results {
            self.defined.remove(value);
        }
        for (n, (&value, given)) in results.iter().zip(&facts).enumerate() {
            if self.func.ty(value) == Type::Term {
                let default = default_facts(&self.func, inst, n, &self.defined);
                self.func.facts[value] = given.unwrap_or(default);
            }
            self.defined.insert(value);
        }
        Ok(inst)
    }

    /// Immediate, operands and targets, as the opcode's format says.
    fn operands(&mut self, p: &mut Parser, data: &mut InstData) -> Result<()> {
        let format = data.op.info().format;
        data.imm = match format {
            Format::None | Format::Jump | Format::Branch | Format::Switch => Imm::None,
            Format::Const => Imm::Const(self.constant(p)?),
            Format::Int => Imm::Int(int64(p)?),
            Format::Test => Imm::Test(p.one_of("a type test", &TypeTest::ALL)?),
            Format::IntCond => Imm::IntCond(p.one_of("a condition", &IntCond::ALL)?),
            Format::FloatCond => Imm::FloatCond(p.one_of("a condition", &FloatCond::ALL)?),
            Format::Func => {
                let at = p.position();
                let n = entity(p, "fn", "a function reference")?;
                if n as usize >= self.func.funcs.len() {
                    return p.error_at(at, format!("function reference fn{n} is not defined"));
                }
                Imm::Func(FuncRef::new(n as usize))
            }
            Format::Rt => {
                let found = match p.peek() {
                    Tok::Ident(s) => RtCall::ALL.iter().copied().find(|rt| rt.name() == s),
                    _ => None,
                };
                let Some(rt) = found else { return p.expected("a runtime call") };
                p.advance();
                Imm::Rt(rt)
            }
            Format::Slot => {
                let at = p.position();
                let n = entity(p, "s", "a slot")?;
                if n as usize >= self.func.slots.len() {
                    return p.error_at(at, format!("slot s{n} is not defined"));
                }
                Imm::Slot(Slot::new(n as usize))
            }
            Format::Error => Imm::Error(p.one_of("an error kind", &ErrorKind::ALL)?),
            Format::Reg => Imm::Reg(beam_reg(p)?),
            Format::Field => {
                let found = match p.peek() {
                    Tok::Ident(s) => ProcField::ALL.iter().copied().find(|f| f.name() == s),
                    _ => None,
                };
                let Some(field) = found else { return p.expected("a field of the process") };
                p.advance();
                Imm::Field(field)
            }
            Format::F64 => Imm::F64(float_bits(p)?),
        };
        if matches!(format, Format::Func | Format::Rt) {
            p.punct("(")?;
            data.args = self.values(p)?;
            return Ok(());
        }
        // What follows are values, then targets, separated by commas.
        let mut first = data.imm == Imm::None;
        loop {
            if first {
                let begins = ["v", "b"].iter().any(|e| names_entity(p.peek(), e));
                let on_line = p.position() > 0 && p.tokens[p.at].line == p.tokens[p.at - 1].line;
                if !begins || !on_line {
                    break;
                }
                first = false;
            } else if !p.accept(",") {
                break;
            }
            if names_entity(p.peek(), "b") {
                data.targets.push(self.target(p)?);
            } else {
                let at = p.position();
                data.args.push(self.use_value(p)?);
                if !data.targets.is_empty() {
                    return p.error_at(at, "operands stand before targets");
                }
            }
            if format == Format::Switch && data.args.len() == 1 && data.targets.is_empty() {
                self.switch(p, data)?;
            }
        }
        if format == Format::Switch && data.imm == Imm::None {
            return p.expected("a value and `[`");
        }
        Ok(())
    }

    /// `[KEY -> TARGET, ...]`
    fn switch(&mut self, p: &mut Parser, data: &mut InstData) -> Result<()> {
        p.punct("[")?;
        let mut keys = Vec::new();
        p.list("]", |p| {
            keys.push(self.constant(p)?);
            p.punct("->")?;
            data.targets.push(self.target(p)?);
            Ok(())
        })?;
        data.imm = Imm::Keys(keys.into());
        // An empty list of keys leaves no mark in the targets; the default comes next in any case.
        p.punct(",")?;
        data.targets.push(self.target(p)?);
        Ok(())
    }

    fn constant(&mut self, p: &mut Parser) -> Result<Const> {
        let data = match p.peek().clone() {
            Tok::Int(_) => ConstData::Int(int64(p)?),
            Tok::Atom(s) => {
                p.advance();
                ConstData::Atom(s.into())
            }
            Tok::Punct("[") => {
                p.advance();
                p.punct("]")?;
                ConstData::Nil
            }
            _ if p.accept_word("none") => ConstData::None,
            _ if p.accept_word("lit") => {
                let at = p.position();
                let n = p.number("a literal number", MAX_NUMBER)?;
                let shape = shape(p)?;
                if let Some(term) = self.literals.get(&n)
                    && term.shape() != shape
                    && shape != LitShape::Other
                {
                    return p.error_at(at, format!("literal {n} is {term}, which has another shape"));
                }
                ConstData::Literal(n, shape)
            }
            _ => return p.expected("a constant"),
        };
        Ok(self.func.constant(data))
    }

    fn check_mentions(&self, p: &Parser) -> Result<()> {
        let mut first: Option<(Position, String)> = None;
        let mut note = |at: usize, name: String| {
            if at > 0 && first.as_ref().is_none_or(|(f, _)| at - 1 < *f) {
                first = Some((at - 1, name));
            }
        };
        for value in self.func.values.keys().filter(|&v| !self.defined.contains(v)) {
            note(self.mentioned[value], value.to_string());
        }
        for block in self.func.blocks.keys().filter(|&b| !self.block_defined.contains(b)) {
            note(self.block_mentioned[block], block.to_string());
        }
        match first {
            Some((at, name)) => p.error_at(at, format!("{name} is not defined")),
            None => Ok(()),
        }
    }
}
