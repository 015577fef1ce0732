//! The typed SSA intermediate representation.
#![forbid(unsafe_code)]
