//! aarch64.
//!
//! [`insn`] defines the instructions over any register type, [`imm`] says which numbers they can hold, [`encode`] turns
//! those with physical registers into words, [`mod@print`] writes them as assemblers read them. `tests/asm/aarch64.txt`
//! holds every form with its bytes; GNU `as` and `llvm-mc` re-derive it (`scripts/check-asm-corpus.sh`).

pub mod encode;
pub mod imm;
pub mod insn;
pub mod print;
pub mod regs;
