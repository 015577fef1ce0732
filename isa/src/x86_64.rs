//! x86-64.
//!
//! [`insn`] defines the instructions over any register type, [`encode`] turns those with physical registers into bytes,
//! [`print`] writes them in the Intel syntax that assemblers read. `tests/asm/x86_64.txt` holds every form with its
//! bytes; GNU `as` and `llvm-mc` re-derive it (`scripts/check-asm-corpus.sh`).
//!
//! What the code generator needs beyond real instructions (calls with their stack maps, parallel moves, ...) is not
//! here: a lowering wraps [`insn::Insn`] in an enum of its own beside its pseudo instructions.

pub mod encode;
pub mod insn;
pub mod print;
pub mod regs;
