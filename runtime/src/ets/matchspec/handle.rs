//! Handles: how Erlang code holds a compiled match specification.
//!
//! A handle is a binary of a buffer of its own. The registry knows the buffer's program and holds a count of it, too;
//! a buffer that nobody else holds any more names a program that nobody can run. *Invariant*: programs are looked for
//! by the buffer's address, so equal bytes from elsewhere are no handle.

use super::Program;
use hashbrown::HashMap;
use linac_core::binary::SharedBuffer;
use linac_core::heap::NoMemory;
use linac_core::{Build, Term};
use rustc_hash::FxBuildHasher;
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Default)]
struct Known {
    programs: HashMap<usize, (SharedBuffer, Arc<Program>), FxBuildHasher>,
    /// Look for programs that nobody holds when there are so many.
    sweep_at: usize,
}

/// All handles of a system.
#[derive(Default)]
pub struct Programs {
    known: Mutex<Known>,
}

impl std::fmt::Debug for Programs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Programs")
    }
}

const SWEEP_FIRST: usize = 64;

impl Programs {
    /// A new handle for a program.
    pub fn add(&self, heap: &mut impl Build, program: Arc<Program>) -> Result<Term, NoMemory> {
        // What is on a small binary's heap has no address of its own: one byte more than such a binary may have.
        let handle = heap.binary(&[0; linac_core::build::HEAP_BITS_MAX + 1])?;
        let Some(buffer) = SharedBuffer::of(handle) else { return Err(NoMemory { words: 0 }) };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.programs.len() >= known.sweep_at {
            known.programs.retain(|_, (buffer, _)| buffer.owners() > 1);
            known.sweep_at = SWEEP_FIRST.max(2 * known.programs.len());
        }
        known.programs.insert(buffer.address(), (buffer, program));
        Ok(handle)
    }

    /// The program of a handle.
    pub fn get(&self, handle: Term) -> Option<Arc<Program>> {
        let buffer = SharedBuffer::of(handle)?;
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.programs.get(&buffer.address()).map(|(_, program)| program.clone())
    }
}
