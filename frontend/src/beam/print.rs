//! Text of decoded modules: what `linac inspect` and `linac compile --emit=beam` show.

use super::atoms::AtomIdx;
use super::code::{ArgSpan, Op, Operand, TypeIdx};
use super::functions::Function;
use super::literal::{LitId, Node, Span};
use super::types::{BeamType, TypeSet};
use super::{KNOWN_CHUNKS, Module};
use crate::genop::{self, op};
use std::fmt::{self, Display, Formatter, Write};

/// Literals are cut after this many nodes in `linac inspect` and in disassemblies.
const LITERAL_LIMIT: usize = 64;

/// Writes an atom as Erlang source would have it.
pub fn atom(f: &mut impl Write, name: &str) -> fmt::Result {
    let plain = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '@');
    if plain && !RESERVED.contains(&name) {
        return f.write_str(name);
    }
    f.write_char('\'')?;
    for c in name.chars() {
        match c {
            '\'' | '\\' => write!(f, "\\{c}")?,
            '\n' => f.write_str("\\n")?,
            c if c.is_control() => write!(f, "\\x{{{:x}}}", u32::from(c))?,
            c => f.write_char(c)?,
        }
    }
    f.write_char('\'')
}

const RESERVED: [&str; 29] = [
    "after", "and", "andalso", "band", "begin", "bnot", "bor", "bsl", "bsr", "bxor", "case", "catch", "cond",
    "div", "else", "end", "fun", "if", "let", "maybe", "not", "of", "or", "orelse", "receive", "rem", "try",
    "when", "xor",
];

/// Something of a module, to be printed.
pub struct Show<'a, T> {
    module: &'a Module,
    what: T,
}

impl Module {
    /// The overview that `linac inspect` prints.
    pub fn inspect(&self) -> Show<'_, Inspect> {
        Show { module: self, what: Inspect }
    }

    /// The disassembly of one function.
    pub fn disassembly<'a>(&'a self, function: &'a Function) -> Show<'a, &'a Function> {
        Show { module: self, what: function }
    }

    /// An atom, quoted where Erlang needs it.
    pub fn show_atom(&self, atom: AtomIdx) -> Show<'_, AtomIdx> {
        Show { module: self, what: atom }
    }

    /// A literal, cut after `limit` nodes.
    pub fn show_literal(&self, id: LitId, limit: usize) -> Show<'_, Limited> {
        Show { module: self, what: Limited { id, limit } }
    }

    /// An operand.
    pub fn show_operand(&self, operand: Operand) -> Show<'_, Operand> {
        Show { module: self, what: operand }
    }

    /// `m:f/a`
    pub fn show_mfa<'a>(&'a self, function: &'a Function) -> Show<'a, Mfa> {
        Show { module: self, what: Mfa { module: self.name, function: function.name, arity: function.arity } }
    }
}

/// Marker for [`Module::inspect`].
pub struct Inspect;

/// A literal and how much of it to print.
pub struct Limited {
    id: LitId,
    limit: usize,
}

/// A function's name.
pub struct Mfa {
    module: AtomIdx,
    function: AtomIdx,
    arity: u32,
}

impl Display for Show<'_, AtomIdx> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.what == AtomIdx::NIL { f.write_str("[]") } else { atom(f, self.module.atom(self.what)) }
    }
}

impl Display for Show<'_, Mfa> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Mfa { module, function, arity } = self.what;
        write!(f, "{}:{}/{arity}", self.module.show_atom(module), self.module.show_atom(function))
    }
}

enum Work {
    Node(LitId),
    Text(&'static str),
}

impl Display for Show<'_, Limited> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let literals = &self.module.literals;
        let mut left = self.what.limit;
        let mut work = vec![Work::Node(self.what.id)];
        // Opens a bracket: pushes the parts and separators in reverse. Only what the limit lets through is pushed.
        let group = |work: &mut Vec<Work>,
                     span: Span,
                     left: usize,
                     separators: [&'static str; 2],
                     tail: Option<LitId>| {
            let parts = literals.children(span);
            let shown = parts.len().min(left + 1);
            if let Some(tail) = tail.filter(|&t| literals.node(t) != Node::Nil) {
                work.push(Work::Node(tail));
                work.push(Work::Text(" | "));
            }
            if shown < parts.len() {
                work.push(Work::Text(",…"));
            }
            for (i, &part) in parts[..shown].iter().enumerate().rev() {
                work.push(Work::Node(part));
                if i > 0 {
                    work.push(Work::Text(separators[i % 2]));
                }
            }
        };
        while let Some(item) = work.pop() {
            let id = match item {
                Work::Text(text) => {
                    f.write_str(text)?;
                    continue;
                }
                Work::Node(id) => id,
            };
            if left == 0 {
                f.write_char('…')?;
                continue;
            }
            left -= 1;
            match literals.node(id) {
                Node::Nil => f.write_str("[]")?,
                Node::Atom(a) => write!(f, "{}", self.module.show_atom(a))?,
                Node::Int(n) => write!(f, "{n}")?,
                Node::Big { negative, magnitude } => {
                    f.write_str(if negative { "-16#" } else { "16#" })?;
                    let bytes = literals.bytes(magnitude);
                    bytes.iter().rev().take(LITERAL_LIMIT).try_for_each(|b| write!(f, "{b:02x}"))?;
                    if bytes.len() > LITERAL_LIMIT {
                        f.write_char('…')?;
                    }
                }
                Node::Float(x) => write!(f, "{x:?}")?,
                Node::Tuple(span) => {
                    f.write_char('{')?;
                    work.push(Work::Text("}"));
                    group(&mut work, span, left, [",", ","], None);
                }
                Node::Map(span) => {
                    f.write_str("#{")?;
                    work.push(Work::Text("}"));
                    group(&mut work, span, left, [",", "=>"], None);
                }
                Node::List { elements, tail } => {
                    if let Some(text) =
                        printable(literals, elements).filter(|_| literals.node(tail) == Node::Nil)
                    {
                        write!(f, "{text:?}")?;
                    } else {
                        f.write_char('[')?;
                        work.push(Work::Text("]"));
                        group(&mut work, elements, left, [",", ","], Some(tail));
                    }
                }
                Node::Bits { bytes, bits } => bitstring(f, literals.bytes(bytes), bits)?,
                Node::Export { module, function, arity } => {
                    write!(f, "fun {}", self.module.show_operand(Operand::Atom(module)))?;
                    write!(f, ":{}/{arity}", self.module.show_atom(function))?;
                }
            }
        }
        Ok(())
    }
}

/// The text of a list of printable characters, if it is one.
fn printable(literals: &super::Literals, elements: Span) -> Option<String> {
    let mut text = String::new();
    for &id in literals.children(elements) {
        let Node::Int(n @ (10 | 32..=126)) = literals.node(id) else { return None };
        text.push(char::from(n as u8));
        if text.len() > 8 * LITERAL_LIMIT {
            text.push('…');
            break;
        }
    }
    Some(text)
}

fn bitstring(f: &mut Formatter<'_>, bytes: &[u8], bits: u64) -> fmt::Result {
    if bits.is_multiple_of(8)
        && bytes.len() <= 8 * LITERAL_LIMIT
        && bytes.iter().all(|b| (32..127).contains(b))
        && !bytes.is_empty()
    {
        return write!(f, "<<{:?}>>", String::from_utf8_lossy(bytes));
    }
    f.write_str("<<")?;
    for (i, b) in bytes.iter().take(LITERAL_LIMIT).enumerate() {
        let left = bits - i as u64 * 8;
        f.write_str(if i > 0 { "," } else { "" })?;
        if left < 8 { write!(f, "{}:{left}", b >> (8 - left))? } else { write!(f, "{b}")? }
    }
    f.write_str(if bytes.len() > LITERAL_LIMIT { ",…>>" } else { ">>" })
}

impl Display for BeamType {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.set == TypeSet::ANY {
            f.write_str("any")?;
        } else {
            let names = TypeSet::NAMES.iter().enumerate().filter(|(i, _)| self.set.0 >> i & 1 != 0);
            for (n, (_, name)) in names.enumerate() {
                f.write_str(if n > 0 { "|" } else { "" })?;
                f.write_str(name)?;
            }
        }
        let bound = |b: Option<i64>| b.map_or(String::new(), |b| b.to_string());
        if self.min.is_some() || self.max.is_some() {
            write!(f, " {}..{}", bound(self.min), bound(self.max))?;
        }
        if self.unit != 1 {
            write!(f, " unit {}", self.unit)?;
        }
        Ok(())
    }
}

impl Display for Show<'_, Operand> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let typed = |f: &mut Formatter<'_>, ty: Option<TypeIdx>| match ty {
            Some(_) => write!(f, "<{}>", self.module.ty(ty)),
            None => Ok(()),
        };
        match self.what {
            Operand::Unsigned(n) => write!(f, "{n}"),
            Operand::Int(n) => write!(f, "#{n}"),
            Operand::Atom(a) => write!(f, "{}", self.module.show_atom(a)),
            Operand::X(n, ty) => write!(f, "x{n}").and_then(|()| typed(f, ty)),
            Operand::Y(n, ty) => write!(f, "y{n}").and_then(|()| typed(f, ty)),
            Operand::Label(0) => f.write_str("-"),
            Operand::Label(n) => write!(f, "@{n}"),
            Operand::Char(n) => write!(f, "${n}"),
            Operand::Fr(n) => write!(f, "fr{n}"),
            Operand::List(span) => self.list(f, span),
            Operand::Alloc(a) => write!(f, "{{words {}, floats {}, funs {}}}", a.words, a.floats, a.funs),
            Operand::Literal(n) => {
                let id = self.module.literals.roots()[n as usize];
                write!(f, "{}", self.module.show_literal(id, LITERAL_LIMIT))
            }
        }
    }
}

impl Show<'_, Operand> {
    fn list(&self, f: &mut Formatter<'_>, span: ArgSpan) -> fmt::Result {
        f.write_char('[')?;
        for (i, &element) in self.module.code.list(span).iter().enumerate() {
            f.write_str(if i > 0 { ", " } else { "" })?;
            write!(f, "{}", self.module.show_operand(element))?;
        }
        f.write_char(']')
    }
}

impl Display for Show<'_, &Function> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let m = self.module;
        writeln!(f, "function {} @{} {{", m.show_mfa(self.what), self.what.entry_label)?;
        for op in &m.code.ops[self.what.ops.clone()] {
            if let (op::LABEL, [Operand::Unsigned(n)]) = (op.opcode, m.code.args(op)) {
                writeln!(f, "@{n}:")?;
                continue;
            }
            write!(f, "  {:06x}  {:<18}", op.offset, genop::name(op.opcode))?;
            self.args(f, op)?;
            f.write_char('\n')?;
        }
        f.write_str("}\n")
    }
}

impl Show<'_, &Function> {
    fn args(&self, f: &mut Formatter<'_>, op: &Op) -> fmt::Result {
        let m = self.module;
        let kinds = genop::info(op.opcode).map_or("", |i| i.kinds);
        for (i, (&arg, kind)) in m.code.args(op).iter().zip(kinds.bytes()).enumerate() {
            f.write_str(if i > 0 { ", " } else { " " })?;
            match (kind, arg) {
                (b'I', Operand::Unsigned(n)) => {
                    let import = m.imports[n as usize];
                    write!(
                        f,
                        "{}:{}/{}",
                        m.show_atom(import.module),
                        m.show_atom(import.function),
                        import.arity
                    )?;
                }
                (b'F', Operand::Unsigned(n)) => {
                    let lambda = m.lambdas[n as usize];
                    write!(f, "{}/{} @{}", m.show_atom(lambda.name), lambda.arity, lambda.label)?;
                }
                (b'N', Operand::Unsigned(n)) => {
                    let at = m.location(n);
                    write!(f, "{}:{}", m.lines.files.get(at.file as usize).map_or("?", |s| s), at.line)?;
                }
                _ => write!(f, "{}", m.show_operand(arg))?,
            }
        }
        Ok(())
    }
}

impl Display for Show<'_, Inspect> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let m = self.module;
        let fun = |name, arity: u32| format!("{}/{arity}", m.show_atom(name));
        writeln!(f, "module {}", m.show_atom(m.name))?;
        writeln!(f, "\nchunks")?;
        for c in &m.chunks {
            let note = if KNOWN_CHUNKS.iter().any(|k| c.id == k.as_bytes()) { "" } else { "  (not used)" };
            writeln!(f, "  {:<4}  {:>8} bytes at {:#x}{note}", c.name(), c.size, c.offset)?;
        }
        let (labels, highest) = (m.code.label_count, m.code.highest_opcode as u8);
        writeln!(
            f,
            "\ncode: {} instructions, {} functions, {labels} labels",
            m.code.ops.len(),
            m.functions.len()
        )?;
        writeln!(f, "  highest opcode {highest} ({})", genop::name(highest))?;
        writeln!(f, "\nexports ({})", m.exports.len())?;
        for e in &m.exports {
            writeln!(f, "  {} @{}", fun(e.name, e.arity), e.label)?;
        }
        writeln!(f, "\nimports ({})", m.imports.len())?;
        for (n, i) in m.imports.iter().enumerate() {
            writeln!(f, "  {n:>4}  {}:{}", m.show_atom(i.module), fun(i.function, i.arity))?;
        }
        writeln!(f, "\nlambdas ({})", m.lambdas.len())?;
        for (n, l) in m.lambdas.iter().enumerate() {
            writeln!(f, "  {n:>4}  {} @{}, {} free", fun(l.name, l.arity), l.label, l.free)?;
        }
        writeln!(f, "\nlocals ({})", m.locals.len())?;
        for l in &m.locals {
            writeln!(f, "  {} @{}", fun(l.name, l.arity), l.label)?;
        }
        writeln!(f, "\nliterals ({})", m.literals.roots().len())?;
        for (n, &id) in m.literals.roots().iter().enumerate() {
            writeln!(f, "  {n:>4}  {}", m.show_literal(id, LITERAL_LIMIT))?;
        }
        match m.type_version {
            Some(version) => writeln!(f, "\ntypes ({}, version {version})", m.types.len())?,
            None => writeln!(f, "\ntypes (none)")?,
        }
        for (n, ty) in m.types.iter().enumerate() {
            writeln!(f, "  {n:>4}  {ty}")?;
        }
        self.rest(f)
    }
}

impl Show<'_, Inspect> {
    fn rest(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let m = self.module;
        if !m.records.is_empty() {
            writeln!(f, "\nrecords ({})", m.records.len())?;
            for r in &m.records {
                write!(f, "  #{}{}:", m.show_atom(r.name), if r.exported { " (exported)" } else { "" })?;
                for field in &r.fields {
                    write!(f, " {}", m.show_atom(field.name))?;
                    if let Some(value) = field.default {
                        write!(f, "={}", m.show_operand(value))?;
                    }
                }
                writeln!(f)?;
            }
        }
        if !m.debug_items.is_empty() {
            writeln!(f, "\ndebug items ({})", m.debug_items.len())?;
            for (n, item) in m.debug_items.iter().enumerate() {
                write!(f, "  {n:>4}  frame ")?;
                item.frame.map_or(Ok(()), |frame| write!(f, "{}", m.show_operand(frame)))?;
                for &(name, place) in &item.variables {
                    write!(f, ", {}={}", m.show_operand(name), m.show_operand(place))?;
                }
                writeln!(f)?;
            }
        }
        writeln!(f, "\nsource files: {}", m.lines.files.join(", "))?;
        let lists = [("attributes", m.attributes), ("compiled", m.compile_info), ("meta", m.meta)];
        for (name, id) in lists {
            if let Some(id) = id {
                writeln!(f, "{name}: {}", m.show_literal(id, LITERAL_LIMIT))?;
            }
        }
        Ok(())
    }
}
