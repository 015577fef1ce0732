//! x86-64.
//!
//! [`insn`] defines the instructions over any register type, [`encode`] turns those with physical registers into bytes,
//! [`mod@print`] writes them in the Intel syntax that assemblers read. `tests/asm/x86_64.txt` holds every form with its
//! bytes; GNU `as` and `llvm-mc` re-derive it (`scripts/check-asm-corpus.sh`).
//!
//! The module `machine` is what the shared code generator ([`crate::backend`]) asks of it; `lower` and `ops` make instructions from core IR.

pub mod abi;
pub mod encode;
pub mod insn;
mod lower;
mod machine;
mod ops;
pub mod print;
pub mod regs;

/// The x86-64 instruction set with SSE2.
#[derive(Clone, Copy, Debug)]
pub struct X86_64;
