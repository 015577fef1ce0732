//! Translation of the bit syntax.
//!
//! BEAM matches with a *context*: an object with a position that reading moves. Here a context is an immutable value,
//! the bits that are still to be matched; reading gives the value read and the rest, and the rest takes the context's
//! place *in every register that holds the context*. A saved position is the rest as it was. So nothing is ever
//! changed in place, and what reads bits is a BIF of the runtime's own module `linac_bits` that only computes.
//!
//! Which registers hold the same context is tracked by the *class* of a value: all registers whose value is of one class
//! are one context. Where ways meet, they become one block parameter. Values of class 0 are no contexts.
//!
//! Building makes each segment a bitstring and joins them.

use super::commands::{self, Command};
use super::emit::{Emitter, Target};
use super::error::{Problem, bad};
use super::shape::Reg;
use crate::beam::{AtomIdx, Node, Operand, code::ArgSpan};
use crate::genop::op;
use linac_ir::{ConstData, ExtFunc, Facts, Imm, Kinds, Opcode, TypeTest, Value};

/// The runtime's module for the bit syntax.
const MODULE: &str = "linac_bits";

const LITTLE: i64 = 2;
const SIGNED: i64 = 4;
const NATIVE: i64 = 16;

/// How many bits something has.
#[derive(Clone, Copy)]
enum Size {
    /// A known number.
    Bits(u64),
    /// This term times the unit.
    Term(Value, u64),
    /// What is left, which must be a multiple of the unit.
    All(u64),
}

impl Emitter<'_> {
    /// Translates an instruction of the bit syntax; `false` if it is none.
    pub fn bits_op(&mut self, opcode: u8, args: &[Operand]) -> Result<bool, Problem> {
        match (opcode, args) {
            (op::BS_START_MATCH3, &[fail, src, _, dst]) => {
                let fail = self.label(fail)?;
                self.start_match(src, dst, Some(fail))?;
            }
            (op::BS_START_MATCH4, &[fail, _, src, dst]) => {
                // An atom says that the source is known to be a bitstring (or context).
                let fail = match fail {
                    Operand::Label(_) => Some(self.label(fail)?),
                    _ => None,
                };
                self.start_match(src, dst, fail)?;
            }
            (op::BS_GET_POSITION | op::BS_GET_TAIL, &[ctx, dst, _]) => {
                let rest = self.value(ctx)?;
                let rest = self.copy(rest)?;
                self.set(dst, rest)?;
            }
            (op::BS_SET_POSITION, &[ctx, position]) => {
                let position = self.value(position)?;
                let rest = self.copy(position)?;
                self.advance(ctx, rest)?;
            }
            (
                op::BS_GET_INTEGER2 | op::BS_GET_FLOAT2 | op::BS_GET_BINARY2,
                &[fail, ctx, _, size, unit, flags, dst],
            ) => {
                let fail = self.label(fail)?;
                let (Operand::Unsigned(unit @ 1..=256), Operand::Unsigned(flags)) = (unit, flags) else {
                    return bad("malformed unit or flags");
                };
                let (size, flags) = (self.size(size, unit)?, self.flag_bits(flags as i64));
                let from = self.value(ctx)?;
                let (value, rest) = match opcode {
                    op::BS_GET_INTEGER2 => self.read_integer(from, size, flags, fail)?,
                    op::BS_GET_FLOAT2 => self.read("float", from, size, flags, fail)?,
                    _ => self.read_binary(from, size, fail)?,
                };
                self.advance(ctx, rest)?;
                self.set(dst, value)?;
            }
            (op::BS_SKIP_BITS2, &[fail, ctx, size, Operand::Unsigned(unit @ 1..=256), _]) => {
                let fail = self.label(fail)?;
                let size = self.size(size, unit)?;
                let from = self.value(ctx)?;
                let rest = self.skip(from, size, fail)?;
                self.advance(ctx, rest)?;
            }
            (op::BS_TEST_TAIL2, &[fail, ctx, Operand::Unsigned(bits)]) => {
                let (fail, from) = (self.label(fail)?, self.value(ctx)?);
                self.exactly(from, bits, fail)?;
            }
            (op::BS_TEST_UNIT, &[fail, ctx, Operand::Unsigned(unit)]) => {
                let (fail, from) = (self.label(fail)?, self.value(ctx)?);
                self.ensure(from, 0, unit, fail)?;
            }
            (op::BS_MATCH_STRING, &[fail, ctx, _, string @ Operand::Literal(_)]) => {
                let (fail, from, string) = (self.label(fail)?, self.value(ctx)?, self.value(string)?);
                let rest = self.bits_bif("prefix", &[from, string]);
                let rest = self.rest(rest, fail)?;
                self.advance(ctx, rest)?;
            }
            (op::BS_GET_UTF8 | op::BS_GET_UTF16 | op::BS_GET_UTF32, &[fail, ctx, _, flags, dst]) => {
                let (value, rest) = self.read_utf(opcode, fail, ctx, flags)?;
                self.advance(ctx, rest)?;
                self.set(dst, value)?;
            }
            (op::BS_SKIP_UTF8 | op::BS_SKIP_UTF16 | op::BS_SKIP_UTF32, &[fail, ctx, _, flags]) => {
                let (_, rest) = self.read_utf(opcode, fail, ctx, flags)?;
                self.advance(ctx, rest)?;
            }
            (op::BS_MATCH, &[fail, ctx, Operand::List(list)]) => self.match_commands(fail, ctx, list)?,
            (op::BS_INIT_WRITABLE, _) => {
                let nothing = self.nil();
                let empty = self.bits_bif("concat", &[nothing]);
                let empty = self.checked(empty, None)?;
                self.lose_x();
                self.set_x0(empty)?;
            }
            (op::BS_CREATE_BIN, &[fail, _, _, _, dst, Operand::List(list)]) => {
                let fail = self.fail(fail)?;
                let bits = self.create(list, fail)?;
                self.set(dst, bits)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    // ---- contexts

    /// The same bits as a value of its own, which is no context.
    fn copy(&mut self, bits: Value) -> Result<Value, Problem> {
        self.rely_on_bits(bits)?;
        let copy = self.cur().op(Opcode::AssertTerm, &[bits]);
        self.func.facts[copy] = self.func.facts[bits].meet(&Facts::of(Kinds::BITS));
        Ok(copy)
    }

    fn start_match(&mut self, src: Operand, dst: Operand, fail: Option<Target>) -> Result<(), Problem> {
        let bits = self.value(src)?;
        if let Some(fail) = fail {
            let is = self.cur().op_imm(Opcode::Is, Imm::Test(TypeTest::Bitstring), &[bits]);
            self.check(is, true, fail)?;
        }
        let ctx = self.copy(bits)?;
        // A context that is matched again is the same context.
        let class = match self.classes[bits] {
            0 => self.new_class(),
            class => class,
        };
        self.classes[ctx] = class;
        self.set(dst, ctx)
    }

    fn new_class(&mut self) -> u32 {
        self.last_class += 1;
        self.last_class
    }

    /// The context in a register goes on to `rest`, and with it all registers that hold the same context.
    fn advance(&mut self, ctx: Operand, rest: Value) -> Result<(), Problem> {
        let reg = self.reg(ctx)?;
        let class = self.regs[reg.0 as usize].map_or(0, |v| self.classes[v]);
        if class == 0 {
            // Not begun here: nothing is known to be the same.
            self.classes[rest] = self.new_class();
            self.set_reg(reg, rest);
            return Ok(());
        }
        self.classes[rest] = class;
        for n in 0..self.regs.len() {
            if self.regs[n].is_some_and(|v| self.classes[v] == class) {
                self.set_reg(Reg(n as u32), rest);
            }
        }
        Ok(())
    }

    // ---- matching

    fn bits_bif(&mut self, name: &str, args: &[Value]) -> Value {
        let func = self.func.func(ExtFunc::Import {
            module: MODULE.into(),
            name: name.into(),
            arity: args.len() as u32,
        });
        self.cur().call(Opcode::Bif, func, args)
    }

    /// The checked result of a BIF that gives a rest.
    fn rest(&mut self, rest: Value, fail: Target) -> Result<Value, Problem> {
        let rest = self.checked(rest, Some(fail))?;
        self.func.facts[rest] = Facts::of(Kinds::BITS);
        Ok(rest)
    }

    fn size(&mut self, size: Operand, unit: u64) -> Result<Size, Problem> {
        Ok(match size {
            Operand::Int(n) if n >= 0 => match (n as u64).checked_mul(unit) {
                Some(bits) => Size::Bits(bits),
                None => return bad("a segment of more than 2^64 bits"),
            },
            Operand::Unsigned(n) => match n.checked_mul(unit) {
                Some(bits) => Size::Bits(bits),
                None => return bad("a segment of more than 2^64 bits"),
            },
            Operand::Atom(name) if name != AtomIdx::NIL && self.module.atom(name) == "all" => Size::All(unit),
            _ => Size::Term(self.value(size)?, unit),
        })
    }

    /// Flags as the runtime takes them; native order is little-endian on all targets.
    fn flag_bits(&self, flags: i64) -> i64 {
        let native = if flags & NATIVE != 0 { LITTLE } else { 0 };
        flags & (LITTLE | SIGNED) | native
    }

    /// Flags given as a list of atoms.
    fn flag_list(&self, flags: Operand) -> Result<i64, Problem> {
        let Operand::Literal(n) = flags else { return Ok(0) };
        let literals = &self.module.literals;
        let Node::List { elements, .. } = literals.node(literals.roots()[n as usize]) else {
            return bad("malformed flags");
        };
        let mut bits = 0;
        for &flag in literals.children(elements) {
            if let Node::Atom(name) = literals.node(flag) {
                bits |= match self.module.atom(name) {
                    "little" | "native" => LITTLE,
                    "signed" => SIGNED,
                    _ => 0,
                };
            }
        }
        Ok(bits)
    }

    /// The operands that tell the runtime a size: a term, and its unit together with flags.
    fn size_args(&mut self, size: Size, flags: i64) -> Result<[Value; 2], Problem> {
        let (term, unit) = match size {
            Size::Bits(bits) => match i64::try_from(bits) {
                Ok(bits) => (self.int(bits), 1),
                Err(_) => return bad("a segment of more than 2^63 bits"),
            },
            Size::Term(term, unit) => (term, unit),
            Size::All(unit) => (self.atom("all"), unit),
        };
        let packed = self.int((unit as i64) << 8 | flags);
        Ok([term, packed])
    }

    fn read(
        &mut self,
        what: &str,
        from: Value,
        size: Size,
        flags: i64,
        fail: Target,
    ) -> Result<(Value, Value), Problem> {
        let [size_term, packed] = self.size_args(size, flags)?;
        let value = self.bits_bif(what, &[from, size_term, packed]);
        let value = self.checked(value, Some(fail))?;
        Ok((value, self.skip(from, size, fail)?))
    }

    fn read_integer(
        &mut self,
        from: Value,
        size: Size,
        flags: i64,
        fail: Target,
    ) -> Result<(Value, Value), Problem> {
        let (value, rest) = self.read("integer", from, size, flags, fail)?;
        self.func.facts[value] = match size {
            Size::Bits(n @ 1..=62) if flags & SIGNED != 0 => Facts::int(-(1 << (n - 1)), (1 << (n - 1)) - 1),
            Size::Bits(n @ 0..=62) => Facts::int(0, (1 << n) - 1),
            _ => Facts::of(Kinds::INT),
        };
        Ok((value, rest))
    }

    fn read_binary(&mut self, from: Value, size: Size, fail: Target) -> Result<(Value, Value), Problem> {
        if let Size::All(unit) = size {
            self.ensure(from, 0, unit, fail)?;
            let all = self.copy(from)?;
            return Ok((all, self.skip(from, size, fail)?));
        }
        let (value, rest) = self.read("part", from, size, 0, fail)?;
        self.func.facts[value] = Facts::of(Kinds::BITS);
        Ok((value, rest))
    }

    fn skip(&mut self, from: Value, size: Size, fail: Target) -> Result<Value, Problem> {
        let [size, packed] = self.size_args(size, 0)?;
        let rest = self.bits_bif("skip", &[from, size, packed]);
        self.rest(rest, fail)
    }

    fn read_utf(
        &mut self,
        opcode: u8,
        fail: Operand,
        ctx: Operand,
        flags: Operand,
    ) -> Result<(Value, Value), Problem> {
        let (fail, from) = (self.label(fail)?, self.value(ctx)?);
        let Operand::Unsigned(flags) = flags else { return bad("malformed flags") };
        let width = match opcode {
            op::BS_GET_UTF8 | op::BS_SKIP_UTF8 => 8,
            op::BS_GET_UTF16 | op::BS_SKIP_UTF16 => 16,
            _ => 32,
        };
        let flags = self.flag_bits(flags as i64);
        let kind = self.int(width << 8 | flags);
        let value = self.bits_bif("utf", &[from, kind]);
        let value = self.checked(value, Some(fail))?;
        self.func.facts[value] = Facts::int(0, 0x10_ffff);
        let rest = self.bits_bif("skip_utf", &[from, kind]);
        Ok((value, self.rest(rest, fail)?))
    }

    /// At least so many bits are left, and what follows them is a multiple of the unit.
    fn ensure(&mut self, from: Value, bits: u64, unit: u64, fail: Target) -> Result<(), Problem> {
        if bits == 0 && unit == 1 {
            return Ok(());
        }
        let (Ok(bits), Ok(unit)) = (i64::try_from(bits), i64::try_from(unit)) else {
            return bad("a match of more than 2^63 bits");
        };
        let (bits, unit) = (self.int(bits), self.int(unit));
        let ok = self.bits_bif("ensure", &[from, bits, unit]);
        self.checked(ok, Some(fail))?;
        Ok(())
    }

    /// Exactly so many bits are left.
    fn exactly(&mut self, from: Value, bits: u64, fail: Target) -> Result<(), Problem> {
        let Ok(bits) = i64::try_from(bits) else { return bad("a match of more than 2^63 bits") };
        let bit_size = self.erlang("bit_size", 1);
        let size = self.cur().call(Opcode::Bif, bit_size, &[from]);
        let size = self.checked(size, Some(fail))?;
        let bits = self.int(bits);
        let equal = self.cur().op(Opcode::EqExact, &[size, bits]);
        self.check(equal, true, fail)
    }

    fn match_commands(&mut self, fail: Operand, ctx: Operand, list: ArgSpan) -> Result<(), Problem> {
        let fail = self.label(fail)?;
        let mut from = self.value(ctx)?;
        // Registers are written, and the context moved on, only when all has matched.
        let mut found = Vec::new();
        for command in commands::parse(self.module, list)? {
            match command {
                Command::EnsureAtLeast { bits, unit } => self.ensure(from, bits, unit, fail)?,
                Command::EnsureExactly { bits } => self.exactly(from, bits, fail)?,
                Command::Integer { flags, size, unit, dst } => {
                    let (size, flags) = (self.size(Operand::Unsigned(size), unit)?, self.flag_list(flags)?);
                    let (value, rest) = self.read_integer(from, size, flags, fail)?;
                    found.push((dst, value));
                    from = rest;
                }
                Command::Binary { size, unit, dst } => {
                    let size = self.size(Operand::Unsigned(size), unit)?;
                    let (value, rest) = self.read_binary(from, size, fail)?;
                    found.push((dst, value));
                    from = rest;
                }
                Command::Skip { bits } => from = self.skip(from, Size::Bits(bits), fail)?,
                Command::GetTail { dst } => {
                    let tail = self.copy(from)?;
                    found.push((dst, tail));
                }
                Command::Equal { bits, value } => {
                    let (read, rest) = self.read_integer(from, Size::Bits(bits), 0, fail)?;
                    let value = self.value(value)?;
                    let equal = self.cur().op(Opcode::EqExact, &[read, value]);
                    self.check(equal, true, fail)?;
                    from = rest;
                }
            }
        }
        let rest = self.copy(from)?;
        self.advance(ctx, rest)?;
        found.into_iter().try_for_each(|(dst, value)| self.set(dst, value))
    }

    // ---- building

    /// Groups of six operands: type, number, unit, flags, source, size.
    fn create(&mut self, list: ArgSpan, fail: Option<Target>) -> Result<Value, Problem> {
        let list = self.module.code.list(list);
        if !list.len().is_multiple_of(6) {
            return bad("bs_create_bin with a malformed list");
        }
        let mut parts = Vec::new();
        for segment in list.chunks_exact(6) {
            let &[Operand::Atom(kind), _, unit, flags, src, size] = segment else {
                return bad("bs_create_bin with a malformed segment");
            };
            let unit = match unit {
                Operand::Unsigned(unit @ 1..=256) => unit,
                Operand::Int(unit @ 1..=256) => unit as u64,
                // Segments of characters have none.
                _ => 1,
            };
            let flags = self.flag_list(flags)?;
            let kind = if kind == AtomIdx::NIL { "[]" } else { self.module.atom(kind) };
            let src = self.value(src)?;
            let made = match kind {
                "string" => {
                    parts.push(src);
                    continue;
                }
                "append" | "private_append" | "binary" => {
                    let size = self.size(size, unit)?;
                    let [size, packed] = self.size_args(size, 0)?;
                    self.bits_bif("from_bits", &[src, size, packed])
                }
                "integer" | "float" => {
                    let size = self.size(size, unit)?;
                    let [size, packed] = self.size_args(size, flags)?;
                    let name = if kind == "integer" { "from_integer" } else { "from_float" };
                    self.bits_bif(name, &[src, size, packed])
                }
                "utf8" | "utf16" | "utf32" => {
                    let width: i64 = kind[3..].parse().unwrap_or(8);
                    let kind = self.int(width << 8 | flags);
                    self.bits_bif("from_utf", &[src, kind])
                }
                other => return bad(format!("a segment of type {other}")),
            };
            parts.push(self.checked(made, fail)?);
        }
        if let [only] = parts[..]
            && self.func.as_const(only).is_none_or(|c| !matches!(c, ConstData::Literal(..)))
        {
            return self.copy(only);
        }
        let mut rest = self.nil();
        for &part in parts.iter().rev() {
            rest = self.cur().op(Opcode::Cons, &[part, rest]);
        }
        let bits = self.bits_bif("concat", &[rest]);
        let bits = self.checked(bits, fail)?;
        self.func.facts[bits] = Facts::of(Kinds::BITS);
        Ok(bits)
    }
}
