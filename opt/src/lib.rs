//! Optimization passes, legalization, safepoints.
//!
//! *Problem*: between the lifted function, whose operations mean what Erlang means, and an instruction set that wants
//! words lies everything that makes code fast or merely possible. *Idea*: small passes over one IR, listed in one table
//! ([`pass::PASSES`]) with the levels they run at and the reasons for their order; `legalize` is where words begin.
//! *Invariants*: each pass takes a function that the verifier accepts and gives one back; each rewrite that could
//! be a miscompile asks [`pass::PassContext::rewrite`] first, so that a fault can be bisected with fuel.
#![forbid(unsafe_code)]

pub mod cleanup;
pub mod dce;
pub mod edges;
pub mod floats;
pub mod gvn;
pub mod heapmerge;
pub mod infer;
pub mod inline;
pub mod layout;
pub mod legalize;
pub mod pass;
pub mod peel;
pub mod safepoint;
pub mod selfloop;
pub mod sink;
pub mod spans;
pub mod ssa;
mod util;

pub use pass::{Level, PASSES, PassContext, Tier, run_pipeline};
