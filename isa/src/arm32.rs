//! 32-bit ARM: the A32 instructions of ARMv7-A with VFPv3-D16.
//!
//! [`insn`] defines the instructions over any register type, [`imm`] says which numbers fit into one, [`encode`] turns
//! those with physical registers into words, [`mod@print`] writes them in the unified syntax that assemblers read.
//! `tests/asm/arm32.txt` holds every form with its bytes; GNU `as` and `llvm-mc` re-derive it
//! (`scripts/check-asm-corpus.sh`).

pub mod encode;
pub mod imm;
pub mod insn;
pub mod print;
pub mod regs;
