//! Instruction sets: lowering, encoding, emission.
//!
//! *Problem*: one optimizer, seven instruction sets. *Idea*: an [`Isa`] takes a unit of core-IR functions and gives a code
//! object; inside, each set has its own instruction type, lowering and encoder, over the shared VCode of
//! `linac-regalloc` and the buffer of `linac-emit`. *Invariant*: nothing outside this crate names an instruction.
#![forbid(unsafe_code)]

pub mod aarch64;
pub mod arm32;
pub mod backend;
pub mod x86_64;

use linac_abi::{WordSize, object::CodeObject};
use linac_ir::Function;
use linac_regalloc::{Algorithm, VerifyLevel};
use std::fmt;
use std::time::Duration;

/// Why a function could not be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IsaError {
    /// The compiler broke a promise to itself.
    Bug(String),
    /// The target cannot do this.
    Unsupported(String),
}

impl IsaError {
    pub(crate) fn bug(text: impl Into<String>) -> IsaError {
        IsaError::Bug(text.into())
    }
}

impl fmt::Display for IsaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IsaError::Bug(text) => write!(f, "compiler bug: {text}"),
            IsaError::Unsupported(text) => write!(f, "unsupported: {text}"),
        }
    }
}

impl std::error::Error for IsaError {}

/// A stage whose text an observer may want.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Stage {
    /// Machine instructions over virtual registers.
    VCode,
    /// The same with locations and moves.
    Regalloc,
    /// Assembly with offsets and the IR behind it.
    Asm,
}

/// Receives the text of stages, function by function. Text is only made for stages that are wanted.
pub trait Observer {
    /// Is the text of this stage wanted?
    fn wants(&self, stage: Stage) -> bool;
    /// Takes it.
    fn text(&mut self, stage: Stage, func: &Function, text: &str);
    /// A step of code generation ended, after this time.
    fn step(&mut self, _name: &'static str, _time: Duration) {}
}

/// Wants nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn wants(&self, _: Stage) -> bool {
        false
    }

    fn text(&mut self, _: Stage, _: &Function, _: &str) {}
}

/// How to compile a unit.
#[derive(Clone, Copy, Debug, Default)]
pub struct UnitOptions {
    /// Register allocation algorithm.
    pub algorithm: Algorithm,
    /// What to check after allocation.
    pub verify: VerifyLevel,
    /// Count calls in each function's prologue, for the next tier.
    pub counters: bool,
    /// Call functions of the same unit directly instead of through their entry cells.
    pub direct_calls: bool,
    /// Lower each operation on its own.
    pub no_fusion: bool,
}

/// An instruction set.
pub trait Isa: Send + Sync {
    /// Name, as in `--target`.
    fn name(&self) -> &'static str;

    /// Word size.
    fn word(&self) -> WordSize;

    /// Compiles functions of one module, in core IR, to one code object.
    fn compile(
        &self,
        unit: &[Function],
        options: UnitOptions,
        observer: &mut dyn Observer,
    ) -> Result<CodeObject, IsaError>;
}

impl<M: backend::Machine> Isa for M {
    fn name(&self) -> &'static str {
        M::NAME
    }

    fn word(&self) -> WordSize {
        M::WORD
    }

    fn compile(
        &self,
        unit: &[Function],
        options: UnitOptions,
        observer: &mut dyn Observer,
    ) -> Result<CodeObject, IsaError> {
        backend::compile::<M>(unit, options, observer)
    }
}

/// The instruction sets that exist, by name.
pub const ISAS: &[&dyn Isa] = &[&x86_64::X86_64, &aarch64::Aarch64, &arm32::Arm32];

/// Finds an instruction set.
pub fn by_name(name: &str) -> Option<&'static dyn Isa> {
    ISAS.iter().copied().find(|isa| isa.name() == name)
}
