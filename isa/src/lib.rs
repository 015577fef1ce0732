//! Instruction sets: lowering, encoding, emission.
#![forbid(unsafe_code)]
