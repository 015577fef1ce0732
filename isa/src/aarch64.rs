//! aarch64.
//!
//! [`insn`] defines the instructions over any register type, [`imm`] says which numbers they can hold, [`encode`] turns
//! those with physical registers into words, [`mod@print`] writes them as assemblers read them. `tests/asm/aarch64.txt`
//! holds every form with its bytes; GNU `as` and `llvm-mc` re-derive it (`scripts/check-asm-corpus.sh`).
//!
//! The module `machine` is what the shared code generator ([`crate::backend`]) asks of it; `lower` and `ops` make
//! instructions from core IR.

pub mod abi;
pub mod encode;
pub mod imm;
pub mod insn;
mod lower;
mod machine;
mod ops;
pub mod print;
pub mod regs;

pub use lower::Test;

/// The aarch64 instruction set: ARMv8.0-A.
#[derive(Clone, Copy, Debug)]
pub struct Aarch64;
