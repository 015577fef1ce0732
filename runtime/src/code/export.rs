//! Exports: the functions that calls name by module, function and arity, whether they exist or not.
//!
//! A call of a function that is not there (yet) goes through the same cell as any other; behind it is a thunk that
//! loads the module or raises `undef`. So loading a module makes earlier compiled calls work without touching them.

use super::cell::{CELL_WORDS, Cell, CellInfo};
use super::memory::{CodeAddress, CodeMemoryError, space};
use crate::arch::{self, Thunk};
use hashbrown::HashMap;
use linac_core::Atom;
use rustc_hash::FxBuildHasher;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{PoisonError, RwLock};

/// Name of a function.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Mfa {
    /// Module.
    pub module: Atom,
    /// Function.
    pub function: Atom,
    /// Number of arguments.
    pub arity: u8,
}

/// What is known of a function by its name.
#[derive(Debug)]
pub struct Export {
    /// Its name.
    pub mfa: Mfa,
    /// Code address while the function is not defined.
    pub undefined: CodeAddress,
    /// Number of the BIF behind it + 1, or 0.
    bif: AtomicU32,
}

/// A reference to an export with its cell.
#[derive(Clone, Copy, Debug)]
pub struct ExportRef {
    /// The description.
    pub export: &'static Export,
    /// The entry cell.
    pub cell: &'static Cell,
}

impl ExportRef {
    /// Is there a function of this name now?
    pub fn is_defined(self) -> bool {
        self.cell.code() != self.export.undefined
    }

    /// The BIF of this name, if it is one.
    pub fn bif(self) -> Option<u32> {
        self.export.bif.load(Ordering::Relaxed).checked_sub(1)
    }

    /// Makes the function a BIF.
    pub fn set_bif(self, number: u32, code: CodeAddress) {
        self.export.bif.store(number + 1, Ordering::Relaxed);
        self.cell.set_code(code);
    }

    /// Makes the function undefined.
    pub fn undefine(self) {
        self.cell.set_code(self.export.undefined);
    }
}

#[derive(Default)]
struct Table {
    by_name: HashMap<Mfa, ExportRef, FxBuildHasher>,
    by_number: Vec<ExportRef>,
}

/// All exports.
#[derive(Default)]
pub struct Exports {
    table: RwLock<Table>,
}

impl std::fmt::Debug for Exports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Exports")
    }
}

impl Exports {
    /// The export if anybody ever named it.
    pub fn find(&self, mfa: Mfa) -> Option<ExportRef> {
        self.table.read().unwrap_or_else(PoisonError::into_inner).by_name.get(&mfa).copied()
    }

    /// The export with this thunk number.
    pub fn by_number(&self, number: u32) -> Option<ExportRef> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        table.by_number.get(number as usize).copied()
    }

    /// The export, made undefined if nobody named it before.
    pub fn get(&self, mfa: Mfa) -> Result<ExportRef, CodeMemoryError> {
        if let Some(found) = self.find(mfa) {
            return Ok(found);
        }
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = table.by_name.get(&mfa) {
            return Ok(*found);
        }
        let number = table.by_number.len() as u32;
        let code = arch::thunk(Thunk::Undefined(number));
        let block = space().take_code(code.len())?;
        let code = space().write(block, &code)?.publish().at(0);
        let export = Export { mfa, undefined: code, bif: AtomicU32::new(0) };
        let info: &'static CellInfo = Box::leak(Box::new(CellInfo::Export(export)));
        let CellInfo::Export(export) = info else { unreachable!("made above") };
        let words = space().take_data(CELL_WORDS)?;
        // SAFETY: the words were just taken and are never given back.
        let cell = unsafe { Cell::init(words.address, info, code) };
        let made = ExportRef { export, cell };
        table.by_name.insert(mfa, made);
        table.by_number.push(made);
        Ok(made)
    }

    /// Calls `f` with all exports of a module.
    pub fn each_of_module(&self, module: Atom, mut f: impl FnMut(ExportRef)) {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        table.by_number.iter().filter(|e| e.export.mfa.module == module).for_each(|e| f(*e));
    }
}
