//! Entry cells: the data words through which all calls between units of code go.
//!
//! *Idea*: a cell is two words, a pointer to what the cell is for and then the code address; native code knows only
//! the address of the second. A fun holds the address of a cell, so from a fun one gets to its description.
//! *Invariant*: cells of exports and lambdas are never freed, since funs may hold them for ever.

use super::memory::CodeAddress;
use linac_core::Atom;
use std::sync::atomic::{AtomicUsize, Ordering};

/// An entry cell, in the data half of the code range.
#[derive(Debug)]
#[repr(C)]
pub struct Cell {
    info: AtomicUsize,
    code: AtomicUsize,
}

/// Words of a cell.
pub const CELL_WORDS: usize = 2;

/// What a cell is the entry of.
#[derive(Debug)]
pub enum CellInfo {
    /// An exported function, defined or not.
    Export(super::export::Export),
    /// A function known only inside its module.
    Local,
    /// The body of a fun expression.
    Lambda(LambdaCell),
}

/// The identity of a fun made by a fun expression.
#[derive(Debug)]
pub struct LambdaCell {
    /// Module that it was made in.
    pub module: Atom,
    /// Name of the function that holds its body.
    pub function: Atom,
    /// Number of arguments a caller passes.
    pub arity: u8,
    /// Position in the module's table.
    pub index: u32,
    /// Old-style hash from the file.
    pub uniq: u32,
    /// Digest of the module's code.
    pub digest: [u8; 16],
    /// The module instance (its serial number).
    pub instance: u64,
}

impl Cell {
    /// Sets up a cell in zeroed data words.
    ///
    /// # Safety
    /// `address` is the first of [`CELL_WORDS`] data words that belong to the caller for ever.
    pub unsafe fn init(address: usize, info: &'static CellInfo, code: CodeAddress) -> &'static Cell {
        // SAFETY: aligned words of the data range, valid as atomics.
        let cell = unsafe { &*(address as *const Cell) };
        cell.info.store(&raw const *info as usize, Ordering::Relaxed);
        cell.code.store(code.get(), Ordering::Release);
        cell
    }

    /// The cell whose code word has this address.
    ///
    /// # Safety
    /// `address` came from [`Cell::address`].
    pub unsafe fn of_code_word(address: usize) -> &'static Cell {
        // SAFETY: by the caller's promise; the code word is the second.
        unsafe { &*((address - size_of::<usize>()) as *const Cell) }
    }

    /// Address of the code word: what native code calls through, and what a fun holds.
    pub fn address(&self) -> usize {
        &raw const self.code as usize
    }

    /// Where a call goes now.
    pub fn code(&self) -> CodeAddress {
        CodeAddress::of_cell(self.code.load(Ordering::Acquire))
    }

    /// Lets calls go elsewhere from now on.
    pub fn set_code(&self, code: CodeAddress) {
        self.code.store(code.get(), Ordering::Release);
    }

    /// What it is for.
    pub fn info(&self) -> &'static CellInfo {
        // SAFETY: `init` stored a pointer from a `'static` reference.
        unsafe { &*(self.info.load(Ordering::Relaxed) as *const CellInfo) }
    }
}
