//! DWARF, perf maps, the debugger's JIT interface.
#![forbid(unsafe_code)]
