//! The Code chunk: instructions with decoded and checked operands.
//!
//! Operands of all instructions stand in one pool, so an instruction is a few words and decoding does not allocate
//! for each. Every index in an operand (label, atom, literal, type, import, lambda, line, register) is checked here
//! against the tables it points into, so that later stages index without a second thought.

pub(crate) mod old_bits;

use super::atoms::AtomIdx;
use super::compact::{self, Raw, ext};
use super::literal::Literals;
use super::reader::{Reader, Result};
use crate::genop::{self, op};

/// An index into [`super::Module::types`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TypeIdx(pub u32);

/// x, y and float registers have numbers below this.
pub const MAX_REG: u64 = 1024;

/// A range in the operand pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct ArgSpan {
    start: u32,
    len: u32,
}

impl ArgSpan {
    /// Number of operands.
    pub fn len(self) -> usize {
        self.len as usize
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.len == 0
    }
}

/// A decoded operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// An unsigned number (arity, size, position, index).
    Unsigned(u64),
    /// An integer. Integers that do not fit are turned into literals.
    Int(i64),
    /// An atom; index 0 is `[]`.
    Atom(AtomIdx),
    /// An x register and the compiler's claim about its value.
    X(u16, Option<TypeIdx>),
    /// A y register and the compiler's claim about its value.
    Y(u16, Option<TypeIdx>),
    /// A label; 0 means that there is none.
    Label(u32),
    /// A character.
    Char(u32),
    /// A float register.
    Fr(u16),
    /// A list of operands (none of which is a list).
    List(ArgSpan),
    /// An allocation list.
    Alloc(AllocList),
    /// A literal: index into [`Literals::roots`].
    Literal(u32),
}

/// What a heap allocation makes room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct AllocList {
    /// Words.
    pub words: u32,
    /// Boxed floats.
    pub floats: u32,
    /// Funs.
    pub funs: u32,
}

/// One instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Op {
    /// Row in [`genop::OPS`].
    pub opcode: u8,
    /// Operands, see [`Code::args`].
    pub args: ArgSpan,
    /// Offset of the opcode in the (unzipped) file.
    pub offset: u32,
}

/// The decoded Code chunk.
#[derive(Clone, Debug, Default)]
pub struct Code {
    /// Highest opcode the file declares.
    pub highest_opcode: u32,
    /// Number of labels: all are below this.
    pub label_count: u32,
    /// Number of functions the file declares.
    pub function_count: u32,
    /// The instructions, up to and without `int_code_end`.
    pub ops: Vec<Op>,
    labels: Vec<u32>,
    pool: Vec<Operand>,
}

/// Sizes of the tables that operands point into.
pub(crate) struct Limits<'a> {
    pub atoms: usize,
    pub imports: usize,
    pub lambdas: usize,
    pub lines: Option<usize>,
    pub types: Option<usize>,
    pub strings: &'a [u8],
    /// The atom `string`, if the module has it.
    pub string_atom: Option<AtomIdx>,
}

const NO_OP: u32 = u32::MAX;

impl Code {
    /// The operands of an instruction.
    pub fn args(&self, op: &Op) -> &[Operand] {
        self.list(op.args)
    }

    /// The elements of a list operand.
    pub fn list(&self, span: ArgSpan) -> &[Operand] {
        &self.pool[span.start as usize..(span.start + span.len) as usize]
    }

    /// The index in `ops` of the `label` instruction, if the label is defined.
    pub fn label(&self, label: u32) -> Option<usize> {
        self.labels.get(label as usize).filter(|&&i| i != NO_OP).map(|&i| i as usize)
    }

    pub(crate) fn decode(mut r: Reader<'_>, limits: &Limits<'_>, literals: &mut Literals) -> Result<Code> {
        let head_size = r.u32()? as usize;
        if head_size < 16 {
            return Err(r.bad_at(r.offset() - 4, format!("header of {head_size} bytes")));
        }
        let base = r.offset();
        let mut head = Reader::new(r.bytes(head_size)?, base, "Code header");
        let format = head.u32()?;
        if format != 0 {
            return Err(head.bad_at(base, format!("instruction set {format} is not known")));
        }
        let highest_opcode = head.u32()?;
        if highest_opcode as usize > genop::OPS.len() {
            return Err(super::BeamError::unsupported(
                base + 4,
                head.what(),
                format!("opcode {highest_opcode}: the file was compiled for a newer OTP"),
            ));
        }
        let (label_count, function_count) = (head.u32()?, head.u32()?);
        // Each label and function takes at least two bytes; label 0 does not exist in the code.
        r.count(u64::from(label_count.saturating_sub(1)), 2)?;
        r.count(u64::from(function_count), 2)?;
        let mut code = Code {
            highest_opcode,
            label_count,
            function_count,
            labels: vec![NO_OP; label_count as usize],
            ..Code::default()
        };
        let mut used_labels = Vec::new();
        let string_budget = 4096 + 64 * limits.strings.len() as u64;
        let mut dec = Decoder {
            limits,
            literals,
            code: &mut code,
            used_labels: &mut used_labels,
            args: Vec::new(),
            string_budget,
        };
        loop {
            let at = r.offset();
            let opcode = r.u8()?;
            if opcode == op::INT_CODE_END {
                break;
            }
            let Some(info) = genop::info(opcode) else {
                return Err(r.bad_at(at, format!("opcode {opcode} does not exist")));
            };
            dec.op(&mut r, info, at)?;
        }
        for (label, at) in used_labels {
            if label != 0 && code.label(label).is_none() {
                return Err(r.bad_at(at as usize, format!("label {label} is not defined")));
            }
        }
        Ok(code)
    }
}

struct Decoder<'a> {
    limits: &'a Limits<'a>,
    literals: &'a mut Literals,
    code: &'a mut Code,
    used_labels: &'a mut Vec<(u32, u32)>,
    args: Vec<Operand>,
    /// How many more bytes of the string pool may be copied.
    string_budget: u64,
}

impl Decoder<'_> {
    fn op(&mut self, r: &mut Reader<'_>, info: &genop::OpInfo, at: usize) -> Result<()> {
        self.args.clear();
        for (i, kind) in info.kinds.bytes().enumerate() {
            let arg_at = r.offset();
            let arg = self.operand(r, true)?;
            if !self.accepts(kind, arg) {
                let number = i + 1;
                return Err(r.bad_at(arg_at, format!("operand {number} of {} cannot be {arg:?}", info.name)));
            }
            self.args.push(arg);
        }
        self.strings(r, info.code, at)?;
        let start = self.code.pool.len() as u32;
        self.code.pool.extend_from_slice(&self.args);
        let args = ArgSpan { start, len: self.args.len() as u32 };
        let index = self.code.ops.len() as u32;
        self.code.ops.push(Op { opcode: info.code, args, offset: at as u32 });
        if let (op::LABEL, [Operand::Unsigned(n)]) = (info.code, &self.args[..]) {
            let slot = usize::try_from(*n).ok().filter(|&n| n > 0).and_then(|n| self.code.labels.get_mut(n));
            let Some(slot) = slot else {
                return Err(r.bad_at(at, format!("label {n} is out of range (1..{})", self.code.label_count)));
            };
            if *slot != NO_OP {
                return Err(r.bad_at(at, format!("label {n} is defined twice")));
            }
            *slot = index;
        }
        Ok(())
    }

    /// Offsets into the string pool become literals, so that nothing behind the decoder needs the pool.
    fn strings(&mut self, r: &Reader<'_>, opcode: u8, at: usize) -> Result<()> {
        match (opcode, &self.args[..]) {
            (op::BS_MATCH_STRING, &[_, _, Operand::Unsigned(bits), Operand::Unsigned(start)]) => {
                self.args[3] = self.string(r, at, bits, start)?;
            }
            (op::BS_PUT_STRING, &[Operand::Unsigned(len), Operand::Unsigned(start)]) => {
                self.args[1] = self.string(r, at, len.saturating_mul(8), start)?;
            }
            (op::BS_CREATE_BIN, &[.., Operand::List(span)]) => {
                let first = span.start as usize;
                for segment in (first..first + span.len()).step_by(6) {
                    let Some(&[Operand::Atom(kind), _, _, _, Operand::Unsigned(start), size]) =
                        self.code.pool.get(segment..segment + 6)
                    else {
                        continue;
                    };
                    let len = match size {
                        Operand::Int(n) if n >= 0 => n as u64,
                        Operand::Unsigned(n) => n,
                        _ => continue,
                    };
                    if Some(kind) == self.limits.string_atom {
                        self.code.pool[segment + 4] = self.string(r, at, len.saturating_mul(8), start)?;
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn string(&mut self, r: &Reader<'_>, at: usize, bits: u64, start: u64) -> Result<Operand> {
        let pool = self.limits.strings;
        let end = start.checked_add(bits.div_ceil(8)).filter(|&end| end <= pool.len() as u64);
        let Some(end) = end else { return Err(r.bad_at(at, "a string beyond the StrT chunk")) };
        // Strings may overlap in the pool, but not without limit: the literals would outgrow the file.
        let bytes = end - start;
        if bytes > self.string_budget {
            return Err(super::BeamError::unsupported(at, r.what(), "strings that overlap too much"));
        }
        self.string_budget -= bytes;
        let id = self.literals.add_bits(&pool[start as usize..end as usize], bits);
        Ok(Operand::Literal(self.literals.push_root(id)))
    }

    /// Checks an index against the size of its table.
    fn index(r: &Reader<'_>, at: usize, what: &str, n: u64, size: usize) -> Result<u32> {
        if n < size as u64 {
            Ok(n as u32)
        } else {
            Err(r.bad_at(at, format!("{what} {n} is out of range ({size})")))
        }
    }

    fn operand(&mut self, r: &mut Reader<'_>, list_allowed: bool) -> Result<Operand> {
        let at = r.offset();
        let reg = |r: &Reader<'_>, n| Self::index(r, at, "register", n, MAX_REG as usize).map(|n| n as u16);
        Ok(match compact::raw(r)? {
            Raw::Unsigned(n) => Operand::Unsigned(n),
            Raw::Int(n) => Operand::Int(n),
            Raw::Big(bytes) => {
                let id = self.literals.add_big_endian(bytes);
                Operand::Literal(self.literals.push_root(id))
            }
            Raw::Atom(n) => Operand::Atom(AtomIdx(Self::index(r, at, "atom", n, self.limits.atoms)?)),
            Raw::X(n) => Operand::X(reg(r, n)?, None),
            Raw::Y(n) => Operand::Y(reg(r, n)?, None),
            Raw::Label(n) => {
                let label = Self::index(r, at, "label", n, self.code.label_count.max(1) as usize)?;
                self.used_labels.push((label, at as u32));
                Operand::Label(label)
            }
            Raw::Char(n) => Operand::Char(Self::index(r, at, "character", n, 0x11_0000)?),
            Raw::Extended(ext::LIST) if list_allowed => self.operand_list(r)?,
            Raw::Extended(ext::FLOAT_REG) => {
                let n = compact::unsigned(r)?;
                Operand::Fr(reg(r, n)?)
            }
            Raw::Extended(ext::ALLOC_LIST) => Operand::Alloc(alloc_list(r)?),
            Raw::Extended(ext::LITERAL) => {
                let n = compact::unsigned(r)?;
                Operand::Literal(Self::index(r, at, "literal", n, self.literals.roots().len())?)
            }
            Raw::Extended(ext::TYPED_REG) => {
                let register = compact::raw(r)?;
                let n = compact::unsigned(r)?;
                let ty = match self.limits.types {
                    Some(size) => Some(TypeIdx(Self::index(r, at, "type", n, size)?)),
                    // No Type chunk, or one of an unknown version: the claim means nothing.
                    None => None,
                };
                match register {
                    Raw::X(n) => Operand::X(reg(r, n)?, ty),
                    Raw::Y(n) => Operand::Y(reg(r, n)?, ty),
                    other => return Err(r.bad_at(at, format!("a type for {other:?}"))),
                }
            }
            Raw::Extended(ext::LIST) => return Err(r.bad_at(at, "a list in a list")),
            Raw::Extended(n) => return Err(r.bad_at(at, format!("extended tag {n} is not known"))),
        })
    }

    fn operand_list(&mut self, r: &mut Reader<'_>) -> Result<Operand> {
        let count = compact::unsigned(r)?;
        let count = r.count(count, 1)?;
        let start = self.code.pool.len() as u32;
        for _ in 0..count {
            let element = self.operand(r, false)?;
            self.code.pool.push(element);
        }
        Ok(Operand::List(ArgSpan { start, len: count as u32 }))
    }

    fn accepts(&self, kind: u8, arg: Operand) -> bool {
        use Operand::*;
        let below = |n: u64, size: usize| n < size as u64;
        match (kind, arg) {
            (b'*' | b't', List(_)) => kind == b'*',
            (b'*' | b't', _) => true,
            (b'u', Unsigned(_)) | (b'l', Label(_)) => true,
            (b'f', Label(n)) => n != 0,
            (b'a', Atom(n)) => n != AtomIdx::NIL,
            (b'I', Unsigned(n)) => below(n, self.limits.imports),
            (b'F', Unsigned(n)) => below(n, self.limits.lambdas),
            (b'N', Unsigned(n)) => self.limits.lines.is_none_or(|size| below(n, size)),
            (b'd' | b'c' | b's' | b'S' | b'D', X(..) | Y(..)) => true,
            (b's' | b'S', Int(_) | Atom(_) | Literal(_)) => true,
            (b'p' | b'S' | b'D', Fr(_)) => true,
            (b'A', Unsigned(n)) => n <= u64::from(u32::MAX),
            (b'A', Alloc(_)) => true,
            (b'L', List(_)) => true,
            (b'H', List(span)) => self.all(span, b"s"),
            (b'Y', List(span)) => self.all(span, b"d"),
            (b'V', List(span)) => self.all(span, b"sf"),
            (b'T', List(span)) => self.all(span, b"uf"),
            (b'P', List(span)) => self.all(span, b"ss"),
            (b'M', List(span)) => self.all(span, b"sd"),
            (b'U', List(span)) => self.all(span, b"us"),
            _ => false,
        }
    }

    /// Whether a list consists of groups of the given kinds.
    fn all(&self, span: ArgSpan, kinds: &[u8]) -> bool {
        span.len().is_multiple_of(kinds.len())
            && self
                .code
                .list(span)
                .chunks_exact(kinds.len())
                .all(|g| g.iter().zip(kinds).all(|(&a, &k)| self.accepts(k, a)))
    }
}

fn alloc_list(r: &mut Reader<'_>) -> Result<AllocList> {
    let mut out = AllocList::default();
    let pairs = compact::unsigned(r)?;
    for _ in 0..r.count(pairs, 2)? {
        let at = r.offset();
        let (kind, count) = (compact::unsigned(r)?, compact::unsigned(r)?);
        let slot = match kind {
            0 => &mut out.words,
            1 => &mut out.floats,
            2 => &mut out.funs,
            _ => return Err(r.bad_at(at, format!("allocation kind {kind} is not known"))),
        };
        *slot = u32::try_from(count)
            .ok()
            .and_then(|n| slot.checked_add(n))
            .ok_or_else(|| r.bad_at(at, format!("allocation of {count} words")))?;
    }
    Ok(out)
}

/// Decodes operands outside of the Code chunk (DbgB, Recs), which follow the same rules.
pub(crate) fn loose_op(
    r: &mut Reader<'_>,
    limits: &Limits<'_>,
    literals: &mut Literals,
    scratch: &mut Code,
    arity: usize,
) -> Result<Vec<Operand>> {
    let (mut used_labels, string_budget) = (Vec::new(), 0);
    let mut dec = Decoder {
        limits,
        literals,
        code: scratch,
        used_labels: &mut used_labels,
        args: Vec::new(),
        string_budget,
    };
    (0..arity).map(|_| dec.operand(r, true)).collect()
}
