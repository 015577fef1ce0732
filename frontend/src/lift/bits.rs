//! Translation of the bit syntax.
//!
//! BEAM matches with a *context*: an object with a position that reading moves. Here a context is an immutable value,
//! the bits that are still to be matched; reading takes it apart into a base, a position and the end (a [`Span`]), and
//! the rest behind what was read takes the context's place *in every register that holds the context*. A saved position
//! is the rest as it was. So nothing is ever changed in place. The span of a value made here is remembered, so that
//! the next read goes on from it; the rest as a bitstring is then needed only where it is passed on, and dies otherwise.
//!
//! Which registers hold the same context is tracked by the *class* of a value: all registers whose value is of one class
//! are one context. Where ways meet, they become one block parameter. Values of class 0 are no contexts.
//!
//! Building is one operation for all segments.

use super::commands::{self, Command};
use super::emit::{Emitter, Target};
use super::error::{Problem, bad};
use super::shape::Reg;
use crate::beam::{AtomIdx, Node, Operand, code::ArgSpan};
use crate::genop::op;
use linac_abi::bits::{COMPUTED, LITTLE, SIGNED, Segment, Utf};
use linac_ir::{self as ir, Facts, Imm, Kinds, Opcode, TypeTest, Value};

const NATIVE: i64 = 16;

/// Literals up to this many bits are compared as integers, and written as such.
const SHORT: u64 = 56;

/// Most segments of one operation: their operands must fit the argument area.
const MAX_SEGMENTS: usize = 64;

/// Types of segments by name.
const SEGMENTS: [(&str, Segment); 9] = [
    ("integer", Segment::Integer),
    ("float", Segment::Float),
    ("binary", Segment::Bits),
    ("string", Segment::Bits),
    ("append", Segment::Append),
    ("private_append", Segment::Append),
    ("utf8", Segment::Utf8),
    ("utf16", Segment::Utf16),
    ("utf32", Segment::Utf32),
];

/// Bits of a bitstring: those of the base from a position to an end.
#[derive(Clone, Copy)]
pub(super) struct Span {
    base: Value,
    at: Value,
    end: Value,
}

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
                self.go_on(ctx, rest)?;
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
                let span = self.span(ctx)?;
                let bits = self.bits_of(size, span, fail)?;
                let args = [span.base, span.at, bits];
                let value = match opcode {
                    op::BS_GET_INTEGER2 => self.read_integer(span, bits, flags, fail)?,
                    op::BS_GET_FLOAT2 => {
                        let value = self.cur().op_imm(Opcode::BsFloat, Imm::Int(flags), &args);
                        self.checked(value, Some(fail))?
                    }
                    _ => self.cur().op(Opcode::BsPart, &args),
                };
                let behind = self.behind(span, bits);
                self.advance(ctx, behind)?;
                self.set(dst, value)?;
            }
            (op::BS_SKIP_BITS2, &[fail, ctx, size, Operand::Unsigned(unit @ 1..=256), _]) => {
                let fail = self.label(fail)?;
                let size = self.size(size, unit)?;
                let span = self.span(ctx)?;
                let bits = self.bits_of(size, span, fail)?;
                let behind = self.behind(span, bits);
                self.advance(ctx, behind)?;
            }
            (op::BS_TEST_TAIL2, &[fail, ctx, Operand::Unsigned(bits)]) => {
                let (fail, span) = (self.label(fail)?, self.span(ctx)?);
                self.exactly(span, bits, fail)?;
            }
            (op::BS_TEST_UNIT, &[fail, ctx, Operand::Unsigned(unit)]) => {
                let (fail, span) = (self.label(fail)?, self.span(ctx)?);
                self.ensure(span, 0, unit, fail)?;
            }
            (op::BS_MATCH_STRING, &[fail, ctx, _, string]) => {
                let (fail, span) = (self.label(fail)?, self.span(ctx)?);
                let behind = self.match_string(span, string, fail)?;
                self.advance(ctx, behind)?;
            }
            (op::BS_GET_UTF8 | op::BS_GET_UTF16 | op::BS_GET_UTF32, &[fail, ctx, _, flags, dst]) => {
                let (value, behind) = self.read_utf(opcode, fail, ctx, flags)?;
                self.advance(ctx, behind)?;
                self.set(dst, value)?;
            }
            (op::BS_SKIP_UTF8 | op::BS_SKIP_UTF16 | op::BS_SKIP_UTF32, &[fail, ctx, _, flags]) => {
                let (_, behind) = self.read_utf(opcode, fail, ctx, flags)?;
                self.advance(ctx, behind)?;
            }
            (op::BS_MATCH, &[fail, ctx, Operand::List(list)]) => self.match_commands(fail, ctx, list)?,
            (op::BS_INIT_WRITABLE, _) => {
                let empty = self.cur().op(Opcode::BsCreate, &[]);
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
        self.parts[copy] = self.parts[bits];
        Ok(copy)
    }

    fn start_match(&mut self, src: Operand, dst: Operand, fail: Option<Target>) -> Result<(), Problem> {
        let bits = self.value(src)?;
        if let Some(fail) = fail {
            let is = self.cur().op_imm(Opcode::Is, Imm::Test(TypeTest::Bitstring), &[bits]);
            self.check(is, true, fail)?;
        }
        let ctx = self.copy(bits)?;
        if self.parts[ctx].is_none() {
            self.parts[ctx] = Some(self.take_apart(ctx)?);
        }
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

    fn take_apart(&mut self, bits: Value) -> Result<Span, Problem> {
        self.rely_on_bits(bits)?;
        let start = self.cur().inst(Opcode::BsStart, Imm::None, &[bits], None);
        match self.func.insts[start].results[..] {
            [base, at, end] => Ok(Span { base, at, end }),
            _ => bad("bs_start without results"),
        }
    }

    /// What is left to be matched of the context in a register.
    fn span(&mut self, ctx: Operand) -> Result<Span, Problem> {
        let bits = self.value(ctx)?;
        match self.parts[bits] {
            Some(span) => Ok(span),
            None => self.take_apart(bits),
        }
    }

    /// The bits of a span as a bitstring.
    fn rest(&mut self, span: Span) -> Value {
        let left = self.cur().op(Opcode::BsLeft, &[span.at, span.end]);
        let rest = self.cur().op(Opcode::BsPart, &[span.base, span.at, left]);
        self.parts[rest] = Some(span);
        rest
    }

    /// The context in a register goes on to what the span says, and with it all registers that hold the same context.
    fn advance(&mut self, ctx: Operand, span: Span) -> Result<(), Problem> {
        let rest = self.rest(span);
        self.go_on(ctx, rest)
    }

    fn go_on(&mut self, ctx: Operand, rest: Value) -> Result<(), Problem> {
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
        let n = match flags {
            Operand::Literal(n) => n,
            // As they stood in the instructions before `bs_create_bin`.
            Operand::Unsigned(flags) => return Ok(self.flag_bits(flags as i64)),
            _ => return Ok(0),
        };
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

    /// A size in bits, as a value, of which there are so many left.
    fn bits_of(&mut self, size: Size, span: Span, fail: Target) -> Result<Value, Problem> {
        let left = self.cur().op(Opcode::BsLeft, &[span.at, span.end]);
        let bits = match size {
            Size::Bits(bits) => match i64::try_from(bits) {
                Ok(bits) => self.int(bits),
                Err(_) => return bad("a segment of more than 2^63 bits"),
            },
            Size::All(unit) => {
                self.divides(left, 0, unit, fail)?;
                return Ok(left);
            }
            Size::Term(term, unit) => {
                let integer = self.cur().op_imm(Opcode::Is, Imm::Test(TypeTest::Integer), &[term]);
                self.check(integer, true, fail)?;
                let size = self.cur().op(Opcode::AssertTerm, &[term]);
                self.func.facts[size] = self.func.facts[term].meet(&Facts::of(Kinds::INT));
                let zero = self.int(0);
                let negative = self.cur().op(Opcode::Lt, &[size, zero]);
                self.check(negative, false, fail)?;
                let whole = self.cur().op(Opcode::AssertTerm, &[size]);
                self.func.facts[whole] = self.func.facts[size].meet(&Facts::int(0, i64::MAX));
                if unit == 1 {
                    whole
                } else {
                    let unit = self.int(unit as i64);
                    let bits = self.cur().op(Opcode::Mul, &[whole, unit]);
                    self.checked(bits, Some(fail))?
                }
            }
        };
        let more = self.cur().op(Opcode::Lt, &[left, bits]);
        self.check(more, false, fail)?;
        if self.func.as_const(bits).is_some() {
            return Ok(bits);
        }
        let fits = self.cur().op(Opcode::AssertTerm, &[bits]);
        self.func.facts[fits] = ir::facts::position(&self.func);
        Ok(fits)
    }

    /// The span behind so many bits.
    fn behind(&mut self, span: Span, bits: Value) -> Span {
        let at = self.cur().op(Opcode::BsSkip, &[span.at, bits]);
        Span { at, ..span }
    }

    fn read_integer(&mut self, span: Span, bits: Value, flags: i64, fail: Target) -> Result<Value, Problem> {
        let args = [span.base, span.at, bits];
        let value = self.cur().op_imm(Opcode::BsInteger, Imm::Int(flags), &args);
        if self.func.facts[value].kinds.disjoint(Kinds::NONE) {
            return Ok(value);
        }
        self.checked(value, Some(fail))
    }

    fn read_utf(
        &mut self,
        opcode: u8,
        fail: Operand,
        ctx: Operand,
        flags: Operand,
    ) -> Result<(Value, Span), Problem> {
        let (fail, span) = (self.label(fail)?, self.span(ctx)?);
        let Operand::Unsigned(flags) = flags else { return bad("malformed flags") };
        let utf = match opcode {
            op::BS_GET_UTF8 | op::BS_SKIP_UTF8 => Utf::Utf8,
            op::BS_GET_UTF16 | op::BS_SKIP_UTF16 => Utf::Utf16,
            _ => Utf::Utf32,
        };
        let imm = Imm::Int(utf as i64 | self.flag_bits(flags as i64) & LITTLE);
        let value = self.cur().op_imm(Opcode::BsUtf, imm.clone(), &[span.base, span.at, span.end]);
        let value = self.checked(value, Some(fail))?;
        let size = self.cur().op_imm(Opcode::BsUtfSize, imm, &[value]);
        Ok((value, self.behind(span, size)))
    }

    /// The number less `bits` is a multiple of the unit.
    fn divides(&mut self, left: Value, bits: u64, unit: u64, fail: Target) -> Result<(), Problem> {
        if unit <= 1 {
            return Ok(());
        }
        let (Ok(over), Ok(unit)) = (i64::try_from(bits % unit), i64::try_from(unit)) else {
            return bad("a unit of more than 2^63 bits");
        };
        let (unit, over) = (self.int(unit), self.int(over));
        let rem = self.cur().op(Opcode::IRem, &[left, unit]);
        let even = self.cur().op(Opcode::EqExact, &[rem, over]);
        self.check(even, true, fail)
    }

    /// At least so many bits are left, and what follows them is a multiple of the unit.
    fn ensure(&mut self, span: Span, bits: u64, unit: u64, fail: Target) -> Result<(), Problem> {
        if bits == 0 && unit <= 1 {
            return Ok(());
        }
        let left = self.cur().op(Opcode::BsLeft, &[span.at, span.end]);
        if bits > 0 {
            let Ok(least) = i64::try_from(bits) else { return bad("a match of more than 2^63 bits") };
            let least = self.int(least);
            let less = self.cur().op(Opcode::Lt, &[left, least]);
            self.check(less, false, fail)?;
        }
        self.divides(left, bits, unit, fail)
    }

    /// Exactly so many bits are left.
    fn exactly(&mut self, span: Span, bits: u64, fail: Target) -> Result<(), Problem> {
        let Ok(bits) = i64::try_from(bits) else { return bad("a match of more than 2^63 bits") };
        let left = self.cur().op(Opcode::BsLeft, &[span.at, span.end]);
        let bits = self.int(bits);
        let equal = self.cur().op(Opcode::EqExact, &[left, bits]);
        self.check(equal, true, fail)
    }

    /// The next bits are those of a literal: a short one as an integer.
    fn match_string(&mut self, span: Span, string: Operand, fail: Target) -> Result<Span, Problem> {
        let Operand::Literal(n) = string else { return bad("bs_match_string without a literal") };
        let literals = &self.module.literals;
        let Node::Bits { bytes, bits } = literals.node(literals.roots()[n as usize]) else {
            return bad("bs_match_string with a literal that is none");
        };
        let size = self.bits_of(Size::Bits(bits), span, fail)?;
        let equal = if bits <= SHORT {
            let all = literals.bytes(bytes).iter().fold(0u64, |n, &b| n << 8 | u64::from(b));
            let wanted = self.int((all >> (bits.next_multiple_of(8) - bits)) as i64);
            let found = self.read_integer(span, size, 0, fail)?;
            self.cur().op(Opcode::EqExact, &[found, wanted])
        } else {
            let string = self.value(string)?;
            self.cur().op(Opcode::BsEqual, &[span.base, span.at, string])
        };
        self.check(equal, true, fail)?;
        Ok(self.behind(span, size))
    }

    /// The commands of `bs_match` rely on so many bits.
    fn rely_on_left(&mut self, span: Span, bits: Value) -> Result<(), Problem> {
        if !self.guarded() {
            return Ok(());
        }
        let left = self.cur().op(Opcode::BsLeft, &[span.at, span.end]);
        let less = self.cur().op(Opcode::Lt, &[left, bits]);
        self.rely(less, false)
    }

    fn match_commands(&mut self, fail: Operand, ctx: Operand, list: ArgSpan) -> Result<(), Problem> {
        let fail = self.label(fail)?;
        let mut span = self.span(ctx)?;
        // Registers are written, and the context moved on, only when all has matched.
        let mut found = Vec::new();
        let number = |bits: Option<u64>| match bits.and_then(|bits| i64::try_from(bits).ok()) {
            Some(bits) => Ok(bits),
            None => bad("a segment of more than 2^63 bits"),
        };
        for command in commands::parse(self.module, list)? {
            match command {
                Command::EnsureAtLeast { bits, unit } => self.ensure(span, bits, unit, fail)?,
                Command::EnsureExactly { bits } => self.exactly(span, bits, fail)?,
                // From here on the compiler promises that the commands before have made sure of the bits.
                Command::Integer { flags, size, unit, dst } => {
                    let (bits, flags) = (number(size.checked_mul(unit))?, self.flag_list(flags)?);
                    let bits = self.int(bits);
                    self.rely_on_left(span, bits)?;
                    let value = self.read_integer(span, bits, flags, fail)?;
                    found.push((dst, value));
                    span = self.behind(span, bits);
                }
                Command::Binary { size, unit, dst } => {
                    let bits = self.int(number(size.checked_mul(unit))?);
                    self.rely_on_left(span, bits)?;
                    let value = self.cur().op(Opcode::BsPart, &[span.base, span.at, bits]);
                    found.push((dst, value));
                    span = self.behind(span, bits);
                }
                Command::Skip { bits } => {
                    let bits = self.int(number(Some(bits))?);
                    self.rely_on_left(span, bits)?;
                    span = self.behind(span, bits);
                }
                Command::GetTail { dst } => {
                    let rest = self.rest(span);
                    let tail = self.copy(rest)?;
                    found.push((dst, tail));
                }
                Command::Equal { bits, value } => {
                    let bits = self.int(number(Some(bits))?);
                    self.rely_on_left(span, bits)?;
                    let read = self.read_integer(span, bits, 0, fail)?;
                    let value = self.value(value)?;
                    let equal = self.cur().op(Opcode::EqExact, &[read, value]);
                    self.check(equal, true, fail)?;
                    span = self.behind(span, bits);
                }
            }
        }
        self.advance(ctx, span)?;
        found.into_iter().try_for_each(|(dst, value)| self.set(dst, value))
    }

    // ---- building

    /// Groups of six operands: type, number, unit, flags, source, size.
    fn create(&mut self, list: ArgSpan, fail: Option<Target>) -> Result<Value, Problem> {
        let list = self.module.code.list(list);
        if !list.len().is_multiple_of(6) {
            return bad("bs_create_bin with a malformed list");
        }
        let mut made = None;
        for (n, segments) in list.chunks(6 * MAX_SEGMENTS).enumerate() {
            let mut args = Vec::new();
            if let Some(before) = made {
                let (describe, all) = (self.int(Segment::Append.descriptor(0, 1)), self.atom("all"));
                args.extend([describe, before, all]);
            }
            for (m, segment) in segments.chunks_exact(6).enumerate() {
                args.extend(self.segment(segment, n == 0 && m == 0)?);
            }
            let bits = self.cur().op(Opcode::BsCreate, &args);
            made = Some(self.checked(bits, fail)?);
        }
        match made {
            Some(made) => Ok(made),
            None => bad("bs_create_bin without segments"),
        }
    }

    /// A short string in a segment as an integer of its bits.
    fn short_string(&self, segment: &[Operand]) -> Option<(i64, i64)> {
        let (Operand::Atom(kind), Operand::Literal(n)) = (segment[0], segment[4]) else { return None };
        if kind == AtomIdx::NIL || self.module.atom(kind) != "string" {
            return None;
        }
        let literals = &self.module.literals;
        let Node::Bits { bytes, bits } = literals.node(literals.roots()[n as usize]) else { return None };
        if !(8..=SHORT).contains(&bits) || !bits.is_multiple_of(8) {
            return None;
        }
        let number = literals.bytes(bytes).iter().fold(0, |n, &byte| n << 8 | i64::from(byte));
        Some((number, bits as i64))
    }

    /// The three operands of a segment.
    fn segment(&mut self, segment: &[Operand], first: bool) -> Result<[Value; 3], Problem> {
        let &[Operand::Atom(kind), _, unit, flags, src, size] = segment else {
            return bad("bs_create_bin with a malformed segment");
        };
        let unit = match unit {
            Operand::Unsigned(unit @ 1..=256) => unit,
            Operand::Int(unit @ 1..=256) => unit as u64,
            // Segments of characters have none.
            _ => 1,
        };
        let mut flags = self.flag_list(flags)? & LITTLE;
        let kind = if kind == AtomIdx::NIL { "[]" } else { self.module.atom(kind) };
        let Some(&(_, kind)) = SEGMENTS.iter().find(|(name, _)| *name == kind) else {
            return bad(format!("a segment of type {kind}"));
        };
        let kind = if kind == Segment::Append && !first { Segment::Bits } else { kind };
        if let Some((number, bits)) = self.short_string(segment) {
            let describe = self.int(Segment::Integer.descriptor(0, 1));
            return Ok([describe, self.int(number), self.int(bits)]);
        }
        let mut unit = unit;
        let size = match segment[0] {
            Operand::Atom(name) if name != AtomIdx::NIL && self.module.atom(name) == "string" => {
                unit = 1;
                self.atom("all")
            }
            _ if matches!(kind, Segment::Utf8 | Segment::Utf16 | Segment::Utf32) => self.nil(),
            _ => {
                let bits = matches!(kind, Segment::Bits | Segment::Append);
                if bits && matches!(size, Operand::X(..) | Operand::Y(..)) {
                    flags |= COMPUTED;
                }
                self.value(size)?
            }
        };
        let src = self.value(src)?;
        Ok([self.int(kind.descriptor(flags, unit)), src, size])
    }
}
