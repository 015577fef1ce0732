//! Test harness, filetests, conformance programs.
#![forbid(unsafe_code)]

pub mod conformance;
pub mod packs;
pub mod versus;
