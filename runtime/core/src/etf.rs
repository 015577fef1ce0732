//! The external term format: terms as bytes, in files and between nodes.
//!
//! [`decode`] makes fragments of its own, so that what a bad input left half-made is simply dropped; [`encode`]
//! makes bytes. Neither recurses. What refers to something beyond data (a fun's code, another node's process) goes
//! through [`Links`], which the runtime implements; without an answer it is [`Kind::Unsupported`].

mod decode;
mod encode;

pub use decode::{decode, decode_body};
pub use encode::{Form, encode, encode_with};

use crate::Atom;

/// First byte of every encoded term.
pub const VERSION: u8 = 131;

/// Tags, by the names they have in the format's documentation.
pub(crate) mod tag {
    pub const RECORD: u8 = 67;
    pub const NEW_FLOAT: u8 = 70;
    pub const BIT_BINARY: u8 = 77;
    pub const COMPRESSED: u8 = 80;
    pub const NEW_PID: u8 = 88;
    pub const NEW_PORT: u8 = 89;
    pub const NEWER_REFERENCE: u8 = 90;
    pub const SMALL_INTEGER: u8 = 97;
    pub const INTEGER: u8 = 98;
    pub const FLOAT: u8 = 99;
    pub const ATOM: u8 = 100;
    pub const SMALL_TUPLE: u8 = 104;
    pub const LARGE_TUPLE: u8 = 105;
    pub const NIL: u8 = 106;
    pub const STRING: u8 = 107;
    pub const LIST: u8 = 108;
    pub const BINARY: u8 = 109;
    pub const SMALL_BIG: u8 = 110;
    pub const LARGE_BIG: u8 = 111;
    pub const NEW_FUN: u8 = 112;
    pub const EXPORT: u8 = 113;
    pub const SMALL_ATOM: u8 = 115;
    pub const MAP: u8 = 116;
    pub const ATOM_UTF8: u8 = 118;
    pub const SMALL_ATOM_UTF8: u8 = 119;
    pub const V4_PORT: u8 = 120;
}

/// What names a fun expression, here and on other nodes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LocalFun {
    /// Module.
    pub module: Atom,
    /// Digest of the module's code.
    pub digest: [u8; 16],
    /// Index in the module's fun table.
    pub index: u32,
    /// The table entry's old hash.
    pub uniq: u32,
}

/// What terms refer to outside of data.
pub trait Links {
    /// The entry cell of `fun module:function/arity`.
    fn export_cell(&mut self, module: Atom, function: Atom, arity: u8) -> Option<usize> {
        let _ = (module, function, arity);
        None
    }
    /// What names the fun expression with this entry cell.
    fn local_fun(&self, cell: usize) -> Option<LocalFun> {
        let _ = cell;
        None
    }
    /// The entry cell of a fun expression of a loaded module that takes so many arguments.
    fn local_cell(&mut self, fun: &LocalFun, arity: u8) -> Option<usize> {
        let _ = (fun, arity);
        None
    }
    /// This node's name, as in its own pids.
    fn node(&self) -> Atom {
        Atom::from(linac_abi::term::FixedAtom::Nodedown)
    }
    /// May atoms be made that do not exist (`binary_to_term` without `safe`)?
    fn new_atoms(&self) -> bool {
        true
    }
}

/// Data only.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoLinks;
impl Links for NoLinks {}

/// Why bytes could not be decoded, or a term not encoded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The bytes end before the term does.
    Truncated,
    /// The first byte is not the format's version.
    Version(u8),
    /// No such tag.
    Tag(u8),
    /// An atom's text is not UTF-8, or too long.
    Atom,
    /// The atom table is full, or new atoms are not wanted.
    NoAtom,
    /// A float that is infinite or no number.
    Float,
    /// An integer, binary or tuple beyond this system's limits.
    Limit,
    /// The bits of a bitstring's last byte are not 1 to 8, or it has no byte.
    Bits,
    /// A map has a key twice.
    DuplicateKey,
    /// A native record names a field twice, or does not say whether it is exported.
    Record,
    /// The compressed part is broken.
    Compressed,
    /// Meaningful elsewhere, but not here (yet).
    Unsupported(&'static str),
    /// No memory for the term.
    Memory,
}

/// An error and the byte it happened at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EtfError {
    /// What is wrong.
    pub kind: Kind,
    /// Where, from the start of the input (of what it decompresses to, within a compressed term).
    pub offset: usize,
}

impl core::fmt::Display for EtfError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.kind {
            Kind::Truncated => f.write_str("external term is truncated")?,
            Kind::Version(v) => write!(f, "external term has version {v}, not {VERSION}")?,
            Kind::Tag(t) => write!(f, "external term has unknown tag {t}")?,
            Kind::Atom => f.write_str("external term has a malformed atom")?,
            Kind::NoAtom => f.write_str("external term has an atom that cannot be made")?,
            Kind::Float => f.write_str("external term has a malformed float")?,
            Kind::Limit => f.write_str("external term has an object beyond the system limit")?,
            Kind::Bits => f.write_str("external term has a malformed bitstring")?,
            Kind::DuplicateKey => f.write_str("external term has a map with a duplicate key")?,
            Kind::Record => f.write_str("external term has a malformed native record")?,
            Kind::Compressed => f.write_str("external term has broken compressed data")?,
            Kind::Unsupported(what) => write!(f, "unsupported: {what} in an external term")?,
            Kind::Memory => f.write_str("no memory for the external term")?,
        }
        write!(f, " (byte {})", self.offset)
    }
}

/// The compressed form of encoded bytes, if it is shorter. `pack` gives bytes in zlib's format.
pub fn compress(
    bytes: &[u8],
    pack: impl FnOnce(&[u8]) -> Option<alloc::vec::Vec<u8>>,
) -> Option<alloc::vec::Vec<u8>> {
    let (version, body) = bytes.split_first()?;
    let size = u32::try_from(body.len()).ok()?;
    let packed = pack(body)?;
    let mut out = alloc::vec::Vec::with_capacity(packed.len() + 6);
    out.extend([*version, tag::COMPRESSED]);
    out.extend(size.to_be_bytes());
    out.extend(packed);
    (out.len() < bytes.len()).then_some(out)
}

#[cfg(test)]
mod tests;
