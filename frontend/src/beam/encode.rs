//! Literals back to the external term format: how the runtime takes them over.
//!
//! Only what [`Node`] has is written, with the tags that every reader knows. An explicit stack keeps deep nesting off
//! the native one.

use super::Module;
use super::atoms::{AtomIdx, AtomTable};
use super::code::Operand;
use super::literal::{LitId, Literals, Node};

const VERSION: u8 = 131;
const NEW_FLOAT: u8 = 70;
const BIT_BINARY: u8 = 77;
const SMALL_INTEGER: u8 = 97;
const INTEGER: u8 = 98;
const SMALL_TUPLE: u8 = 104;
const LARGE_TUPLE: u8 = 105;
const NIL: u8 = 106;
const LIST: u8 = 108;
const BINARY: u8 = 109;
const SMALL_BIG: u8 = 110;
const LARGE_BIG: u8 = 111;
const EXPORT: u8 = 113;
const MAP: u8 = 116;
const ATOM_UTF8: u8 = 118;
const SMALL_ATOM_UTF8: u8 = 119;

impl Module {
    /// An operand that is a constant in the external term format, with its version byte.
    pub fn encode_constant(&self, operand: Operand) -> Vec<u8> {
        let mut out = vec![VERSION];
        match operand {
            Operand::Literal(n) => {
                return self.literals.encode(self.literals.roots()[n as usize], &self.atoms);
            }
            Operand::Int(n) => integer(&mut out, n),
            Operand::Atom(a) if a != AtomIdx::NIL => atom(&mut out, self.atoms.name(a)),
            _ => out.push(NIL),
        }
        out
    }
}

impl Literals {
    /// A literal in the external term format, version byte included.
    pub fn encode(&self, root: LitId, atoms: &AtomTable) -> Vec<u8> {
        let mut out = vec![VERSION];
        let mut stack = vec![root];
        while let Some(id) = stack.pop() {
            match self.node(id) {
                Node::Nil => out.push(NIL),
                Node::Atom(a) => atom(&mut out, atoms.name(a)),
                Node::Int(n) => integer(&mut out, n),
                Node::Big { negative, magnitude } => big(&mut out, negative, self.bytes(magnitude)),
                Node::Float(f) => {
                    out.push(NEW_FLOAT);
                    out.extend(f.to_bits().to_be_bytes());
                }
                Node::Tuple(span) => {
                    match u8::try_from(span.len()) {
                        Ok(n) => out.extend([SMALL_TUPLE, n]),
                        Err(_) => tag32(&mut out, LARGE_TUPLE, span.len()),
                    }
                    stack.extend(self.children(span).iter().rev());
                }
                Node::List { elements, tail } => {
                    tag32(&mut out, LIST, elements.len());
                    stack.push(tail);
                    stack.extend(self.children(elements).iter().rev());
                }
                Node::Map(span) => {
                    tag32(&mut out, MAP, span.len() / 2);
                    stack.extend(self.children(span).iter().rev());
                }
                Node::Bits { bytes, bits } => {
                    let bytes = self.bytes(bytes);
                    if bits % 8 == 0 {
                        tag32(&mut out, BINARY, bytes.len());
                    } else {
                        tag32(&mut out, BIT_BINARY, bytes.len());
                        out.push((bits % 8) as u8);
                    }
                    out.extend(bytes);
                }
                Node::Export { module, function, arity } => {
                    out.push(EXPORT);
                    atom(&mut out, atoms.name(module));
                    atom(&mut out, atoms.name(function));
                    out.extend([SMALL_INTEGER, arity]);
                }
            }
        }
        out
    }
}

/// A tag and a 32-bit count. Counts come from a file whose sizes are 32-bit themselves.
fn tag32(out: &mut Vec<u8>, tag: u8, n: usize) {
    out.push(tag);
    out.extend((n as u32).to_be_bytes());
}

fn atom(out: &mut Vec<u8>, name: &str) {
    match u8::try_from(name.len()) {
        Ok(n) => out.extend([SMALL_ATOM_UTF8, n]),
        Err(_) => {
            out.push(ATOM_UTF8);
            out.extend((name.len() as u16).to_be_bytes());
        }
    }
    out.extend(name.as_bytes());
}

fn integer(out: &mut Vec<u8>, n: i64) {
    if let Ok(byte) = u8::try_from(n) {
        out.extend([SMALL_INTEGER, byte]);
    } else if let Ok(int) = i32::try_from(n) {
        out.push(INTEGER);
        out.extend(int.to_be_bytes());
    } else {
        let bytes = n.unsigned_abs().to_le_bytes();
        let len = bytes.iter().rposition(|&b| b != 0).map_or(0, |at| at + 1);
        big(out, n < 0, &bytes[..len]);
    }
}

fn big(out: &mut Vec<u8>, negative: bool, magnitude: &[u8]) {
    match u8::try_from(magnitude.len()) {
        Ok(n) => out.extend([SMALL_BIG, n]),
        Err(_) => tag32(out, LARGE_BIG, magnitude.len()),
    }
    out.push(negative.into());
    out.extend(magnitude);
}
