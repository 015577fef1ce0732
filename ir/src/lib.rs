//! The typed SSA intermediate representation.
//!
//! *Problem*: BEAM code names registers, hides control flow in failing instructions and leaves types to run time; an
//! optimizer needs values, explicit control flow and facts. *Idea*: a control-flow graph of blocks with parameters;
//! operations that can fail give NONE and the branch on it is explicit; exceptions enter a function only at `landing`
//! in handler blocks. *Invariants*: see docs/ir.md; `ir` knows no instruction set.
#![forbid(unsafe_code)]

pub mod analysis;
pub mod builder;
pub mod entities;
pub mod facts;
pub mod function;
pub mod inst;
pub mod interp;
pub mod lambda;
pub mod opcode;
#[cfg(any(test, feature = "testgen"))]
pub mod testgen;
pub mod text;
pub mod types;
pub mod verify;

pub use builder::Cursor;
pub use entities::{Block, Const, FuncRef, Inst, Loc, Slot, Value};
pub use function::{
    BlockData, ConstData, ExtFunc, Function, Inlined, LitShape, LocData, SlotKind, Stage, ValueData,
};
pub use inst::{Args, BeamReg, BlockCall, FloatCond, Imm, InstData, IntCond, TypeTest, ValueDef};
pub use opcode::{Effects, Format, OPCODES, OpInfo, Opcode};
pub use types::{Facts, Kinds, Type};
pub use verify::{VerifyError, verify};
