//! Virtual-register machine code, and its register allocation.
//!
//! **Problem.** Lowering wants to write machine instructions over unlimited virtual registers; emission
//! wants physical registers and frame words; the collector wants to know, at each return address, which
//! frame words hold terms. regalloc2 solves the first half and knows nothing of the second.
//!
//! **Idea.** The crate names no instruction. Lowering fills a [`VCode`] of its own [`MachInst`] type through
//! [`VCodeBuilder`]; [`VCodeBuilder::finish`] orders the blocks, splits critical edges, computes liveness and
//! appends every value that lives through a *call safepoint* to that call as an `Any`/`Use`/`Late` operand,
//! while the call clobbers all registers. Whatever regalloc2 then assigns to those operands *is* the stack
//! map. [`Allocator::run`] returns an [`Allocated`]: per block a stream of instructions and moves whose
//! locations are registers and frame words, and a [`StackMap`] per safepoint.
//!
//! **Invariants**, each with the check that enforces it:
//! - Input rules of regalloc2 that it does not check itself: `validate` (always on).
//! - No derived value lives across a safepoint, no value lives into a handler: `liveness` (always on).
//! - The allocation moves the right values: regalloc2's checker ([`VerifyLevel`]).
//! - No stale copy of a moved term is ever read: [`check`], an abstract interpretation of the allocated
//!   program under a moving collector ([`VerifyLevel`]).
#![forbid(unsafe_code)]

mod adapter;
mod builder;
mod cfg;
pub mod check;
mod color;
mod csr;
mod error;
mod forward;
mod frame;
mod inst;
mod labels;
mod liveness;
mod names;
mod output;
mod replay;
mod share;
mod validate;
mod vcode;

#[cfg(test)]
mod tests;

pub use adapter::{Algorithm, Allocator, Options, VerifyLevel};
pub use builder::{BuildInst, VCodeBuilder};
pub use error::Error;
pub use frame::{FrameLayout, FrameSlot, SlotData, SlotInit};
pub use inst::{MachInst, OperandCollector, OperandNames, Role, SafepointKind, SlotAccess};
pub use output::{Allocated, Item, Items, Loc, Move, StackMap, ValueRange};
pub use regalloc2::{Block, Inst, MachineEnv, PReg, PRegSet, RegClass, VReg};
pub use vcode::{Origin, RegEnv, SafepointSite, VCode, ValueKind};
