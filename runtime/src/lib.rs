//! Processes, schedulers, code loading and built-in functions.
//!
//! *Problem*: native code made by a compiler has to be linked, entered, left at any safepoint, collected under,
//! unwound, replaced and purged, for very many processes on several processors. *Idea*: native code and runtime meet
//! at one border ([`arch`]) under a contract on one page (docs/runtime-abi.md); only the thread that runs a process
//! touches it, everybody else sends signals ([`process`]); all switching of code goes through cells ([`code`]). The
//! compiler is a trait object ([`compiler`]). *Invariant*: Rust never calls Erlang; a built-in function that needs
//! Erlang code to run returns and says so ([`bif::Outcome`]).

/// Writes a line to the standard error. Nobody is told if that is closed: a program must not fail for it, as `eprintln`
/// would have it.
#[macro_export]
macro_rules! say {
    ($($text:tt)*) => {{
        let _ = ::std::io::Write::write_fmt(&mut ::std::io::stderr(), ::std::format_args!("{}\n", ::std::format_args!($($text)*)));
    }};
}

pub mod api;
pub mod arch;
pub mod bif;
mod bits;
pub mod code;
pub mod compiler;
pub mod data;
pub mod ets;
pub mod exception;
pub mod frames;
pub mod gdb;
mod pcre;
pub mod process;
mod report;
pub mod rt;
pub mod sched;
pub mod service;
mod zstream;

pub use api::{Argument, ExitResult, Options, Runtime, Stats};
pub use arch::TARGET as HOST_TARGET;
pub use bif::md5;
pub use code::path::{Otp, otp_root};
pub use code::{LoadError, TierPolicy, When};
pub use compiler::{
    CompilableModule, CompileError, CompileRequest, Compiler, FunctionInfo, LambdaInfo, ModuleInfo, Tier,
};
pub use gdb::CodeListener;
pub use linac_core as core;
