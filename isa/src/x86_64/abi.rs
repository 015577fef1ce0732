//! Register roles on x86-64; docs/runtime-abi.md has the table.

use super::regs::*;
use linac_regalloc::RegEnv;
use regalloc2::{MachineEnv, PReg, PRegSet, RegClass};
use std::sync::OnceLock;

/// The process structure.
pub const PROC: Reg = RBX;
/// Heap top.
pub const HTOP: Reg = R15;
/// Reductions left.
pub const REDS: Reg = R14;
/// Erlang stack.
pub const SP: Reg = RSP;
/// Scratch of emitter and glue; never allocated.
pub const SCRATCH: Reg = R11;

/// x registers in CPU registers.
pub const ARGS: [Reg; linac_abi::rtcall::X86_64_ARG_REGS] = [RAX, RSI, RDX, RCX, R8, R9];
/// Arguments of a runtime call (the process goes before them, in `rdi`, put there by the glue).
pub const RT_ARGS: [Reg; 4] = [RSI, RDX, RCX, R8];
/// Class, reason and trace at a landing pad.
pub const LANDING: [Reg; 3] = [RAX, RSI, RDX];

const ALLOCATABLE: [Reg; 11] = [RAX, RCX, RDX, RSI, RDI, R8, R9, R10, R12, R13, RBP];
const C_CLOBBERED: [Reg; 8] = [RAX, RCX, RDX, RSI, RDI, R8, R9, R10];

/// The allocatable registers.
pub fn reg_env() -> &'static RegEnv {
    static ENV: OnceLock<RegEnv> = OnceLock::new();
    ENV.get_or_init(make_reg_env)
}

fn make_reg_env() -> RegEnv {
    let mut ints = PRegSet::empty();
    for reg in ALLOCATABLE {
        ints.add(PReg::from(reg));
    }
    let env = MachineEnv {
        preferred_regs_by_class: [ints, vectors(), PRegSet::empty()],
        non_preferred_regs_by_class: [PRegSet::empty(); 3],
        scratch_by_class: [Some(PReg::from(SCRATCH)), Some(PReg::from(XMM15)), None],
        fixed_stack_slots: Vec::new(),
    };
    RegEnv::new(env, 1)
}

fn vectors() -> PRegSet {
    let mut set = PRegSet::empty();
    for n in 0..15 {
        set.add(PReg::new(n, RegClass::Float));
    }
    set
}

/// What a leaf runtime call destroys: the C convention's caller-saved registers.
pub fn leaf_clobbers() -> PRegSet {
    let mut set = vectors();
    for reg in C_CLOBBERED {
        set.add(PReg::from(reg));
    }
    set
}
