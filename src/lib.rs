//! The driver: compiler and runtime put together, and the `linac` tool.
//!
//! `pipeline` is the place to start reading: the whole compiler in one function. Without the feature `compiler` there is none of
//! it, and modules must bring their code along ([`aot`]).
#![forbid(unsafe_code)]

pub mod aot;
#[cfg(feature = "compiler")]
pub mod callees;
pub mod cli;
#[cfg(feature = "compiler")]
pub mod compiler;
#[cfg(feature = "compiler")]
pub mod debug;
#[cfg(feature = "compiler")]
pub mod filetest;
#[cfg(feature = "compiler")]
pub mod lir;
pub mod modules;
#[cfg(feature = "compiler")]
pub mod pipeline;
#[cfg(feature = "compiler")]
pub mod store;
