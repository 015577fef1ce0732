//! The atoms of a module: those of the AtU8 chunk first, then those that occur only inside literals.
//!
//! Index 0 is not an atom (as an operand it means `[]`), so the table starts with an empty placeholder.
//! Every atom is in the table once: equal indices and equal atoms are the same thing.
//! (The map is std's, because its hash withstands files made to collide.)

use super::compact;
use super::reader::{Reader, Result};
use std::collections::HashMap;
use std::sync::Arc;

/// An index into the module's [`AtomTable`]. As an operand, 0 stands for `[]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AtomIdx(pub u32);

impl AtomIdx {
    /// The operand `[]`.
    pub const NIL: AtomIdx = AtomIdx(0);
}

/// Interned atoms.
#[derive(Clone, Debug)]
pub struct AtomTable {
    names: Vec<Arc<str>>,
    index: HashMap<Arc<str>, u32>,
    own: usize,
}

/// Atoms have at most this many characters.
pub const MAX_ATOM_CHARS: usize = 255;

impl AtomTable {
    /// A table with only the placeholder at index 0.
    pub fn new() -> Self {
        AtomTable { names: vec!["".into()], index: HashMap::new(), own: 1 }
    }

    /// The atom's text; indices come from this table.
    pub fn name(&self, atom: AtomIdx) -> &str {
        &self.names[atom.0 as usize]
    }

    /// The same, shared with the table.
    pub fn shared(&self, atom: AtomIdx) -> Arc<str> {
        self.names[atom.0 as usize].clone()
    }

    /// Number of entries, including the placeholder at index 0.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is no atom at all.
    pub fn is_empty(&self) -> bool {
        self.names.len() == 1
    }

    /// Number of entries that came from the AtU8 chunk, including the placeholder.
    pub fn own_len(&self) -> usize {
        self.own
    }

    /// All atoms with their indices, without the placeholder.
    pub fn iter(&self) -> impl Iterator<Item = (AtomIdx, &str)> {
        self.names.iter().enumerate().skip(1).map(|(i, name)| (AtomIdx(i as u32), &**name))
    }

    /// The index of an atom, if the module has it.
    pub fn find(&self, name: &str) -> Option<AtomIdx> {
        self.index.get(name).map(|&i| AtomIdx(i))
    }

    /// The index of an atom, which is added if it is new.
    pub fn intern(&mut self, name: &str) -> AtomIdx {
        if let Some(atom) = self.find(name) {
            return atom;
        }
        let idx = self.names.len() as u32;
        let name: Arc<str> = name.into();
        self.names.push(name.clone());
        self.index.insert(name, idx);
        AtomIdx(idx)
    }

    /// Decodes the AtU8 chunk.
    pub fn decode(mut r: Reader<'_>) -> Result<Self> {
        let count = r.u32()? as i32;
        // Since OTP 28 a negative count says that lengths are compact terms, so that they may pass 255 bytes.
        let long = count < 0;
        let count = r.count(u64::from(count.unsigned_abs()), 1)?;
        let mut table = AtomTable::new();
        for _ in 0..count {
            let at = r.offset();
            let len = if long { compact::unsigned(&mut r)? } else { u64::from(r.u8()?) };
            let len = r.count(len, 1)?;
            let name = text(&r, at, r.clone().bytes(len)?)?;
            r.bytes(len)?;
            let before = table.len();
            if table.intern(name).0 as usize != before {
                return Err(r.bad_at(at, format!("atom '{name}' appears twice")));
            }
        }
        table.own = table.len();
        if table.is_empty() {
            return Err(r.bad("there is no module name"));
        }
        Ok(table)
    }
}

impl Default for AtomTable {
    fn default() -> Self {
        AtomTable::new()
    }
}

/// Checks the bytes of an atom: UTF-8, not too long.
pub(crate) fn text<'a>(r: &Reader<'_>, at: usize, bytes: &'a [u8]) -> Result<&'a str> {
    let name = std::str::from_utf8(bytes).map_err(|_| r.bad_at(at, "an atom is not UTF-8"))?;
    if bytes.len() > MAX_ATOM_CHARS && name.chars().count() > MAX_ATOM_CHARS {
        return Err(r.bad_at(at, "an atom has more than 255 characters"));
    }
    Ok(name)
}
