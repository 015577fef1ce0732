//! 32-bit ARM: the A32 instructions of ARMv7-A with VFPv3-D16.
//!
//! [`insn`] defines the instructions over any register type, [`imm`] says which numbers fit into one, [`encode`] turns
//! those with physical registers into words, [`mod@print`] writes them in the unified syntax that assemblers read.
//! `tests/asm/arm32.txt` holds every form with its bytes; GNU `as` and `llvm-mc` re-derive it
//! (`scripts/check-asm-corpus.sh`).
//!
//! The module `machine` is what the shared code generator ([`crate::backend`]) asks of it; `lower` makes instructions from core IR.

pub mod abi;
pub mod encode;
pub mod imm;
pub mod insn;
mod lower;
mod machine;
pub mod print;
pub mod regs;

/// The A32 instruction set of ARMv7-A with VFPv3-D16.
#[derive(Clone, Copy, Debug)]
pub struct Arm32;
