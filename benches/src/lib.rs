//! Benchmarks against the reference VM: what is measured and how; `main` runs it.
//!
//! Machines are noisy, so both systems run in turn, several rounds, and the least time of each counts; what is reported
//! is the ratio. Times of programs are taken inside the system that runs them (`bench_timer`), so starting is not in them.
#![forbid(unsafe_code)]

pub mod compile;
pub mod programs;
pub mod table;
