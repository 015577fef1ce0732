//! Constants and jump tables that follow the code.
//!
//! Constants of 8 and 16 bytes are stored once each and found by label. Tables of branch targets hold, per entry, the
//! signed 32-bit distance from the table's beginning to the target, so they need no relocation.

use crate::label::Label;
use rustc_hash::FxHashMap;

/// What will stand behind the code of a unit.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    wide: Vec<(Label, [u8; 16])>,
    narrow: Vec<(Label, [u8; 8])>,
    by_wide: FxHashMap<[u8; 16], Label>,
    by_narrow: FxHashMap<[u8; 8], Label>,
    tables: Vec<(Label, Vec<Label>)>,
}

impl Pool {
    /// The label of an 8-byte constant.
    pub fn narrow(&mut self, bytes: [u8; 8], fresh: impl FnOnce() -> Label) -> Label {
        *self.by_narrow.entry(bytes).or_insert_with(|| {
            let label = fresh();
            self.narrow.push((label, bytes));
            label
        })
    }

    /// The label of a 16-byte constant.
    pub fn wide(&mut self, bytes: [u8; 16], fresh: impl FnOnce() -> Label) -> Label {
        *self.by_wide.entry(bytes).or_insert_with(|| {
            let label = fresh();
            self.wide.push((label, bytes));
            label
        })
    }

    /// Adds a table of distances.
    pub fn table(&mut self, label: Label, targets: Vec<Label>) {
        self.tables.push((label, targets));
    }

    pub fn is_empty(&self) -> bool {
        self.wide.is_empty() && self.narrow.is_empty() && self.tables.is_empty()
    }

    /// Strictest alignment of an entry.
    pub fn align(&self) -> u32 {
        match () {
            () if !self.wide.is_empty() => 16,
            () if !self.narrow.is_empty() => 8,
            () => 4,
        }
    }

    /// Everything in the order of falling alignment, so that no padding is needed between entries.
    pub fn entries(&self) -> impl Iterator<Item = (Label, PoolEntry<'_>)> {
        let wide = self.wide.iter().map(|(label, bytes)| (*label, PoolEntry::Bytes(bytes)));
        let narrow = self.narrow.iter().map(|(label, bytes)| (*label, PoolEntry::Bytes(bytes)));
        let tables = self.tables.iter().map(|(label, targets)| (*label, PoolEntry::Distances(targets)));
        wide.chain(narrow).chain(tables)
    }
}

/// One entry of the pool.
pub(crate) enum PoolEntry<'a> {
    Bytes(&'a [u8]),
    Distances(&'a [Label]),
}
