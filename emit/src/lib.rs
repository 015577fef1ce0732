//! Code buffer, fixups, relocations, code objects.
//!
//! A back end writes instructions into a [`CodeBuffer`]; finishing the buffer gives a [`CodeObject`], the one
//! product of compilation. The same object is linked into memory at run time and stored on disk ahead of time, so
//! it names everything outside itself (atoms, literals, imports, entry cells, runtime calls) by symbol.
//!
//! Invariant: nothing in this crate knows an instruction set. What a branch field looks like comes in through
//! [`LabelUse`], what padding looks like through a closure.
#![forbid(unsafe_code)]

pub mod buffer;
pub mod label;
pub use linac_abi::object;
pub mod pool;

pub use buffer::{CodeBuffer, EmitError, ReturnSiteInfo, SymbolId, SymbolTable, UnitInfo};
pub use label::{Label, LabelUse, OutOfRange, Veneer};
pub use object::{
    CodeObject, FrameMark, FunctionRecord, InlinedFrame, LineRecord, Location, Mfa, Reloc, RelocKind,
    ReturnSite, SlotSet, Symbol, ValueLoc, ValueLocation,
};
