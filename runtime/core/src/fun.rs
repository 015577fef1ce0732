//! What a fun's entry cell stands for.
//!
//! To the data layer a fun is a cell, an arity and free variables; names and indices are the code tables' business.
//! Comparison, hashing and printing need them, so the runtime registers a function that looks a cell up.

use crate::Atom;
use crate::sync::Published;

/// What is behind an entry cell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FunInfo {
    /// `fun m:f/a`
    Export {
        /// Module.
        module: Atom,
        /// Function.
        function: Atom,
    },
    /// A fun expression in a module.
    Local {
        /// Module.
        module: Atom,
        /// Index in the module's fun table.
        index: u32,
        /// The table entry's old uniq: 27 bits of the module's MD5.
        uniq: u32,
    },
}

/// Looks up an entry cell.
pub type Resolver = fn(cell: usize) -> Option<FunInfo>;

static RESOLVER: Published = Published::new(0);

/// Registers the function that knows entry cells.
pub fn set_resolver(f: Resolver) {
    RESOLVER.set(f as usize);
}

/// What is behind this entry cell, if anybody knows.
pub fn info(cell: usize) -> Option<FunInfo> {
    let f = RESOLVER.get();
    if f == 0 {
        return None;
    }
    // SAFETY: only `set_resolver` writes the word.
    let f: Resolver = unsafe { core::mem::transmute(f) };
    f(cell)
}
