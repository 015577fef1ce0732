//! Instruction sets: lowering, encoding, emission.
#![forbid(unsafe_code)]

pub mod x86_64;
