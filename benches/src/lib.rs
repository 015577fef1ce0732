//! Benchmarks against the reference VM.
#![forbid(unsafe_code)]
