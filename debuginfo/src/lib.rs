//! What debuggers and profilers need to see through compiled code.
//!
//! *Problem*: native code made at run time has no file behind it, and its frames lie on a stack that no C compiler laid
//! out. *Idea*: everything a debugger wants is already in the [code object](linac_abi::object): functions, lines,
//! the distance to the return address, places of values. [`elf`] writes it down as ELF with DWARF, either
//! for code that lies in memory (the debuggers' JIT interface takes such an image) or as a relocatable object file;
//! [`perf`] writes the text file in which `perf` looks up names.
//!
//! *Invariants*: nothing here reads or writes the code's memory, and nothing depends on how the code was compiled. A
//! table that contradicts itself gives [`DebugInfoError::BadObject`], never a panic: objects may come from files.
#![forbid(unsafe_code)]

mod dwarf;
pub mod elf;
mod names;
pub mod perf;
mod target;

use std::borrow::Cow;
use std::fmt;

pub use names::{function_name, symbol_name};

/// Why no debug information could be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DebugInfoError {
    /// The code is for a target whose debug information is not described here.
    Unsupported(String),
    /// The object's tables contradict each other.
    BadObject(Cow<'static, str>),
    /// A mistake in this crate.
    Bug(String),
}

impl fmt::Display for DebugInfoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DebugInfoError::Unsupported(text) => write!(f, "no debug information: {text} is not supported"),
            DebugInfoError::BadObject(text) => write!(f, "no debug information: invalid code object: {text}"),
            DebugInfoError::Bug(text) => write!(f, "bug in the writer of debug information: {text}"),
        }
    }
}

impl std::error::Error for DebugInfoError {}
