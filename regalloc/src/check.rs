//! The check under a moving collector.
//!
//! regalloc2's own checker proves that each operand's location holds the operand's value, and knows nothing of
//! a collector: a register copy that survives a safepoint is fine by it and points to freed memory in fact.
//! This check interprets the allocated program (see `replay`) with collections in it, works on the
//! *final* locations, after colouring, and on the stack maps as emission will write them. It covers what the
//! other checker covers too (values, constraints) and is about twenty times faster, so that very large functions
//! get this one alone (see [`crate::VerifyLevel`]).

use crate::error::Error;
use crate::inst::MachInst;
use crate::output::{Allocated, Item};
pub use crate::replay::Problem;
use crate::replay::Replay;
use crate::vcode::{RegEnv, VCode};

/// Everything wrong with an allocation, in code order.
pub fn problems<I: MachInst>(vcode: &VCode<I>, out: &Allocated, env: &RegEnv) -> Vec<Problem> {
    let replay = Replay::new(vcode, out, env);
    let entry = replay.solve();
    let mut found = Vec::new();
    for (block, mut state) in vcode.blocks().zip(entry) {
        replay.track_losses(&mut state);
        for item in out.items(vcode, block) {
            if let Item::Inst(inst, locs) = item {
                replay.constraints(inst, locs, &mut |p| found.push(p));
            }
            replay.step(&mut state, item, &mut |p| found.push(p));
        }
    }
    found
}

/// Refuses an allocation with problems.
pub fn check<I: MachInst>(vcode: &VCode<I>, out: &Allocated, env: &RegEnv) -> Result<(), Error> {
    let found = problems(vcode, out, env);
    if found.is_empty() {
        return Ok(());
    }
    let shown: Vec<String> = found.iter().take(5).map(|p| format!("{p:?}")).collect();
    Err(Error::bug(format!("{} problems under a moving collector: {}", found.len(), shown.join("; "))))
}
