//! Register roles on arm32; docs/runtime-abi.md has the table.

use super::regs::*;
use linac_regalloc::RegEnv;
use regalloc2::{MachineEnv, PReg, PRegSet, RegClass};
use std::sync::OnceLock;

/// The process structure.
pub const PROC: Reg = R11;
/// Heap top.
pub const HTOP: Reg = R10;
/// Reductions left.
pub const REDS: Reg = R9;
/// Scratch of emitter and glue; never allocated.
pub const SCRATCH: Reg = R12;
/// A register with no value on entry to a function: neither argument nor role.
pub const FREE_AT_ENTRY: Reg = R4;

/// x registers in CPU registers.
pub const ARGS: [Reg; linac_abi::rtcall::ARM32_ARG_REGS] = [R0, R1, R2, R3];
/// Arguments of a runtime call (the process goes before them, in `r0`, put there by the glue, which also moves the
/// fourth to where C expects it).
pub const RT_ARGS: [Reg; 4] = [R1, R2, R3, R4];
/// Class, reason and trace at a landing pad.
pub const LANDING: [Reg; 3] = [R0, R1, R2];

const ALLOCATABLE: [Reg; 9] = [R0, R1, R2, R3, R4, R5, R6, R7, R8];
/// What C functions keep of them; of these the glue uses the first.
const KEPT: [Reg; 4] = [R5, R6, R7, R8];

/// The allocatable registers.
pub fn reg_env() -> &'static RegEnv {
    static ENV: OnceLock<RegEnv> = OnceLock::new();
    ENV.get_or_init(make_reg_env)
}

fn make_reg_env() -> RegEnv {
    let mut cores = PRegSet::empty();
    for reg in ALLOCATABLE {
        cores.add(PReg::from(reg));
    }
    let env = MachineEnv {
        preferred_regs_by_class: [cores, doubles(), PRegSet::empty()],
        non_preferred_regs_by_class: [PRegSet::empty(); 3],
        scratch_by_class: [Some(PReg::from(SCRATCH)), Some(PReg::from(D15)), None],
        fixed_stack_slots: Vec::new(),
    };
    RegEnv::new(env, 2)
}

/// All doubles but the scratch register.
fn doubles() -> PRegSet {
    let mut set = PRegSet::empty();
    for n in 0..15 {
        set.add(PReg::new(n, RegClass::Float));
    }
    set
}

/// What a leaf runtime call destroys: what C does, the registers of arguments, and all doubles (C keeps half of them).
pub fn leaf_clobbers() -> PRegSet {
    let mut set = doubles();
    for reg in ALLOCATABLE {
        if !KEPT.contains(&reg) {
            set.add(PReg::from(reg));
        }
    }
    set
}
