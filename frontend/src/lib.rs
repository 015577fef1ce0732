//! BEAM files: decoding and lifting to IR.
//!
//! Two stages: [`beam`] turns the bytes of a file into a checked [`beam::Module`]; `lift` turns its functions into IR.
//! [`genop`] is the opcode table that both go by. [`pack`] takes files apart that hold many modules.
#![forbid(unsafe_code)]

pub mod beam;
pub mod genop;
#[cfg(feature = "lift")]
pub mod lift;
pub mod pack;
