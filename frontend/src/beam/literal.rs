//! Literals: terms decoded from the external term format into an arena.
//!
//! The arena ([`Literals`]) is a flat vector in which children stand before their parents. So a literal nested a
//! million deep is decoded, walked and dropped without recursion, and whoever builds terms from it can go through
//! the nodes once in order. Not checked here: that map keys are distinct (whoever builds maps must do that).

use super::atoms::{self, AtomIdx, AtomTable};
use super::error::BeamError;
use super::reader::{Reader, Result};
use std::ops::Range;

/// A node of the arena.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LitId(pub u32);

/// A range in one of the arena's pools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    start: u32,
    len: u32,
}

impl Span {
    /// Number of elements.
    pub fn len(self) -> usize {
        self.len as usize
    }

    /// Whether the range is empty.
    pub fn is_empty(self) -> bool {
        self.len == 0
    }

    fn range(self) -> Range<usize> {
        self.start as usize..self.start as usize + self.len as usize
    }
}

/// One term; its parts are other nodes with smaller numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Node {
    /// `[]`
    Nil,
    /// An atom.
    Atom(AtomIdx),
    /// An integer that fits 64 bits.
    Int(i64),
    /// A larger integer: sign and little-endian magnitude (in [`Literals::bytes`]).
    Big {
        /// Whether it is negative.
        negative: bool,
        /// Magnitude.
        magnitude: Span,
    },
    /// A finite float.
    Float(f64),
    /// A tuple of [`Literals::children`].
    Tuple(Span),
    /// A list with at least one element, and its tail.
    List {
        /// The elements, in [`Literals::children`].
        elements: Span,
        /// What follows the last element; not a `List` unless the file nests them so.
        tail: LitId,
    },
    /// A map: key, value, key, value… in [`Literals::children`].
    Map(Span),
    /// A bitstring; unused low bits of the last byte are zero.
    Bits {
        /// The bytes, in [`Literals::bytes`].
        bytes: Span,
        /// Length in bits.
        bits: u64,
    },
    /// `fun module:function/arity`
    Export {
        /// Module.
        module: AtomIdx,
        /// Function.
        function: AtomIdx,
        /// Arity, 0..=255.
        arity: u8,
    },
}

/// All literals of a module.
#[derive(Clone, Debug, Default)]
pub struct Literals {
    nodes: Vec<Node>,
    children: Vec<LitId>,
    bytes: Vec<u8>,
    roots: Vec<LitId>,
    small: Vec<Option<LitId>>,
}

/// What is being collected: how many terms are still missing, and what to make of them.
struct Frame {
    want: usize,
    values: usize,
    kind: FrameKind,
    at: usize,
}

enum FrameKind {
    Tuple,
    List,
    Map,
    Export,
}

impl Literals {
    /// The roots: entry `n` is what the operand "literal n" means.
    pub fn roots(&self) -> &[LitId] {
        &self.roots
    }

    /// All nodes, children before parents.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// One node.
    pub fn node(&self, id: LitId) -> Node {
        self.nodes[id.0 as usize]
    }

    /// The parts of a tuple, list or map.
    pub fn children(&self, span: Span) -> &[LitId] {
        &self.children[span.range()]
    }

    /// The bytes of a bitstring or large integer.
    pub fn bytes(&self, span: Span) -> &[u8] {
        &self.bytes[span.range()]
    }

    /// Appends a root, as the loader does for integer operands too large for 64 bits.
    pub(crate) fn push_root(&mut self, id: LitId) -> u32 {
        self.roots.push(id);
        self.roots.len() as u32 - 1
    }

    /// Adds an integer given as big-endian two's complement bytes.
    pub(crate) fn add_big_endian(&mut self, bytes: &[u8]) -> LitId {
        let negative = bytes.first().is_some_and(|b| b & 0x80 != 0);
        let mut magnitude: Vec<u8> = bytes.iter().rev().copied().collect();
        if negative {
            let mut carry = true;
            for b in &mut magnitude {
                let (sum, over) = (!*b).overflowing_add(u8::from(carry));
                *b = sum;
                carry = over;
            }
        }
        self.integer(negative, &magnitude)
    }

    /// Adds a bitstring; bits of the last byte that are not in it are cleared.
    pub(crate) fn add_bits(&mut self, bytes: &[u8], bits: u64) -> LitId {
        let span = self.add_bytes(bytes);
        if let (Some(last), unused @ 1..) = (self.bytes.last_mut(), bytes.len() as u64 * 8 - bits) {
            *last &= 0xff << unused;
        }
        self.push(Node::Bits { bytes: span, bits })
    }

    fn push(&mut self, node: Node) -> LitId {
        self.nodes.push(node);
        LitId(self.nodes.len() as u32 - 1)
    }

    fn add_bytes(&mut self, bytes: &[u8]) -> Span {
        let start = self.bytes.len() as u32;
        self.bytes.extend_from_slice(bytes);
        Span { start, len: bytes.len() as u32 }
    }

    /// An integer from sign and little-endian magnitude, in its smallest form.
    fn integer(&mut self, negative: bool, magnitude: &[u8]) -> LitId {
        let used = magnitude.iter().rposition(|&b| b != 0).map_or(0, |i| i + 1);
        let magnitude = &magnitude[..used];
        if used <= 8 {
            let mut buf = [0; 8];
            buf[..used].copy_from_slice(magnitude);
            let abs = u64::from_le_bytes(buf);
            let small = if negative { 0i64.checked_sub_unsigned(abs) } else { i64::try_from(abs).ok() };
            if let Some(n) = small {
                return self.push(Node::Int(n));
            }
        }
        let magnitude = self.add_bytes(magnitude);
        self.push(Node::Big { negative, magnitude })
    }

    /// Integers of a string are shared: a string of n bytes costs n child entries, not n nodes.
    fn byte(&mut self, b: u8) -> LitId {
        if self.small.is_empty() {
            self.small.resize(256, None);
        }
        if let Some(id) = self.small[usize::from(b)] {
            return id;
        }
        let id = self.push(Node::Int(i64::from(b)));
        self.small[usize::from(b)] = Some(id);
        id
    }

    /// Decodes the payload of the LitT chunk after inflating: a count and that many sized terms.
    pub(crate) fn decode_table(&mut self, mut r: Reader<'_>, atoms: &mut AtomTable) -> Result<()> {
        let count = r.count32(4)?;
        for _ in 0..count {
            let size = r.u32()? as usize;
            let base = r.offset();
            let part = r.bytes(size)?;
            let root = self.decode_term(Reader::new(part, base, r.what()), atoms)?;
            self.roots.push(root);
        }
        Ok(())
    }

    /// Decodes one term in external term format, with its version byte.
    pub(crate) fn decode_term(&mut self, mut r: Reader<'_>, atoms: &mut AtomTable) -> Result<LitId> {
        if r.u8()? != 131 {
            return Err(r.bad_at(r.offset() - 1, "not in external term format (131 expected)"));
        }
        let mut frames: Vec<Frame> = Vec::new();
        let mut values: Vec<LitId> = Vec::new();
        loop {
            self.decode_one(&mut r, atoms, &mut frames, &mut values)?;
            // Close every frame that is now complete.
            loop {
                match frames.pop_if(|f| values.len() - f.values == f.want) {
                    Some(frame) => self.close(&r, &frame, &mut values)?,
                    None if frames.is_empty() => {
                        r.finish()?;
                        return values.pop().ok_or_else(|| r.bad("no term"));
                    }
                    None => break,
                }
            }
        }
    }

    fn close(&mut self, r: &Reader<'_>, frame: &Frame, values: &mut Vec<LitId>) -> Result<()> {
        let tail = if let FrameKind::List = frame.kind { values.pop() } else { None };
        let parts = &values[frame.values..];
        let span = Span { start: self.children.len() as u32, len: parts.len() as u32 };
        let node = match (&frame.kind, tail) {
            (FrameKind::Export, _) => {
                let mut it = parts.iter().map(|&id| self.node(id));
                match (it.next(), it.next(), it.next()) {
                    (Some(Node::Atom(module)), Some(Node::Atom(function)), Some(Node::Int(n)))
                        if (0..=255).contains(&n) =>
                    {
                        Node::Export { module, function, arity: n as u8 }
                    }
                    _ => return Err(r.bad_at(frame.at, "malformed external fun")),
                }
            }
            (FrameKind::List, Some(tail)) => Node::List { elements: span, tail },
            (FrameKind::Map, _) => Node::Map(span),
            (FrameKind::Tuple | FrameKind::List, _) => Node::Tuple(span),
        };
        if !matches!(frame.kind, FrameKind::Export) {
            self.children.extend_from_slice(parts);
        }
        values.truncate(frame.values);
        let id = self.push(node);
        values.push(id);
        Ok(())
    }

    /// Decodes a leaf into `values`, or opens a frame.
    fn decode_one(
        &mut self,
        r: &mut Reader<'_>,
        atoms: &mut AtomTable,
        frames: &mut Vec<Frame>,
        values: &mut Vec<LitId>,
    ) -> Result<()> {
        let at = r.offset();
        let mut tag = r.u8()?;
        while tag == 108 && r.clone().u32()? == 0 {
            // A list of no elements is just its tail.
            r.u32()?;
            tag = r.u8()?;
        }
        let mut open = |r: &Reader<'_>, kind, terms: u64| -> Result<()> {
            let want = r.count(terms, 1)?;
            frames.push(Frame { want, values: values.len(), kind, at });
            Ok(())
        };
        let id = match tag {
            97 => Node::Int(i64::from(r.u8()?)),
            98 => Node::Int(i64::from(r.u32()? as i32)),
            110 | 111 => {
                let len = if tag == 110 { usize::from(r.u8()?) } else { r.u32()? as usize };
                let negative = r.u8()? != 0;
                let magnitude = r.bytes(len)?;
                let id = self.integer(negative, magnitude);
                values.push(id);
                return Ok(());
            }
            70 => {
                Node::Float(finite(r, at, f64::from_bits(r.clone().u64()?)).and_then(|f| r.u64().map(|_| f))?)
            }
            99 => {
                let digits = r.bytes(31)?;
                let end = digits.iter().position(|&b| b == 0).unwrap_or(31);
                let parsed = std::str::from_utf8(&digits[..end]).ok().and_then(|s| s.trim().parse().ok());
                Node::Float(finite(r, at, parsed.unwrap_or(f64::NAN))?)
            }
            100 | 115 | 118 | 119 => {
                let len = if tag == 100 || tag == 118 { usize::from(r.u16()?) } else { usize::from(r.u8()?) };
                let bytes = r.bytes(len)?;
                if tag >= 118 {
                    Node::Atom(atoms.intern(atoms::text(r, at, bytes)?))
                } else {
                    // The old tags hold Latin-1.
                    let name: String = bytes.iter().map(|&b| char::from(b)).collect();
                    Node::Atom(atoms.intern(atoms::text(r, at, name.as_bytes())?))
                }
            }
            104 => {
                let n = r.u8()?;
                return open(r, FrameKind::Tuple, u64::from(n));
            }
            105 => {
                let n = r.u32()?;
                return open(r, FrameKind::Tuple, u64::from(n));
            }
            106 => Node::Nil,
            107 => {
                let len = usize::from(r.u16()?);
                let chars = r.bytes(len)?;
                let parts: Vec<LitId> = chars.iter().map(|&b| self.byte(b)).collect();
                let tail = self.push(Node::Nil);
                if len == 0 {
                    values.push(tail);
                    return Ok(());
                }
                let elements = Span { start: self.children.len() as u32, len: len as u32 };
                self.children.extend(parts);
                Node::List { elements, tail }
            }
            108 => {
                let n = r.u32()?;
                return open(r, FrameKind::List, u64::from(n) + 1);
            }
            109 => {
                let len = r.u32()? as usize;
                let bytes = r.bytes(len)?;
                Node::Bits { bytes: self.add_bytes(bytes), bits: len as u64 * 8 }
            }
            77 => {
                let len = r.u32()? as usize;
                let last = r.u8()?;
                let bytes = r.bytes(len)?;
                if !(1..=8).contains(&last) || len == 0 {
                    return Err(r.bad_at(at, "malformed bitstring"));
                }
                let span = self.add_bytes(bytes);
                if let Some(b) = self.bytes.last_mut() {
                    *b &= 0xff << (8 - last);
                }
                Node::Bits { bytes: span, bits: (len as u64 - 1) * 8 + u64::from(last) }
            }
            113 => return open(r, FrameKind::Export, 3),
            116 => {
                let n = r.u32()?;
                return open(r, FrameKind::Map, u64::from(n) * 2);
            }
            _ => return Err(unknown_tag(r, at, tag)),
        };
        let id = self.push(id);
        values.push(id);
        Ok(())
    }
}

fn finite(r: &Reader<'_>, at: usize, f: f64) -> Result<f64> {
    if f.is_finite() { Ok(f) } else { Err(r.bad_at(at, "a float that is not finite")) }
}

/// Tags that are valid in the external term format, but that a compiler does not put into a file.
const OTHER_TAGS: [(u8, &str); 14] = [
    (67, "a native record"),
    (80, "a compressed term"),
    (88, "a pid"),
    (89, "a port"),
    (90, "a reference"),
    (101, "a reference"),
    (102, "a port"),
    (103, "a pid"),
    (112, "a local fun"),
    (114, "a reference"),
    (117, "a local fun"),
    (120, "a port"),
    (68, "a distribution header"),
    (82, "an atom cache reference"),
];

fn unknown_tag(r: &Reader<'_>, at: usize, tag: u8) -> BeamError {
    match OTHER_TAGS.iter().find(|(t, _)| *t == tag) {
        Some((_, name)) => BeamError::unsupported(at, r.what(), format!("{name} in a literal (tag {tag})")),
        None => r.bad_at(at, format!("unknown term tag {tag}")),
    }
}
