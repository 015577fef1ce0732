//! Register allocation through regalloc2.
#![forbid(unsafe_code)]
