//! The driver: compiler and runtime put together, and the `linac` tool.
//!
//! [`pipeline`] is the place to start reading: the whole compiler in one function.
#![forbid(unsafe_code)]

pub mod aot;
pub mod callees;
pub mod cli;
pub mod compiler;
pub mod debug;
pub mod filetest;
pub mod lir;
pub mod pipeline;
pub mod store;
