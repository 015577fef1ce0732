//! Register roles on aarch64; docs/runtime-abi.md has the table.

use super::regs::*;
use linac_regalloc::RegEnv;
use regalloc2::{MachineEnv, PReg, PRegSet, RegClass};
use std::sync::OnceLock;

/// The process structure.
pub const PROC: Reg = X19;
/// Erlang stack. The machine's own stack pointer stays on the C stack: it must be aligned to 16 bytes whenever used.
pub const ESP: Reg = X20;
/// Heap top.
pub const HTOP: Reg = X21;
/// Reductions left.
pub const REDS: Reg = X22;
/// Return address of a call.
pub const LINK: Reg = X30;
/// Scratch of emitter and glue, never allocated. The allocator moves from stack to stack through it; it carries numbers
/// to the glue.
pub const SCRATCH: Reg = X16;
/// Scratch of emitter and glue, never allocated: addresses.
pub const ADDRESS: Reg = X17;

/// x registers in CPU registers.
pub const ARGS: [Reg; linac_abi::rtcall::AARCH64_ARG_REGS] = [X0, X1, X2, X3, X4, X5, X6, X7];
/// Arguments of a runtime call (the process goes before them, in `x0`, put there by the glue).
pub const RT_ARGS: [Reg; 4] = [X1, X2, X3, X4];
/// Class, reason and trace at a landing pad.
pub const LANDING: [Reg; 3] = [X0, X1, X2];

/// Vector registers that are allocated; the last one is the allocator's scratch.
const VECTORS: usize = 31;
/// General registers that C functions destroy, besides the scratch registers.
const C_CLOBBERED: std::ops::Range<u8> = 0..16;
/// General registers that C functions keep and that have no role. `x18` belongs to the platform, `x29` to debuggers.
const C_KEPT: std::ops::Range<u8> = 23..29;

fn general(numbers: std::ops::Range<u8>) -> impl Iterator<Item = PReg> {
    numbers.map(|number| PReg::new(number.into(), RegClass::Int))
}

/// The allocatable registers.
pub fn reg_env() -> &'static RegEnv {
    static ENV: OnceLock<RegEnv> = OnceLock::new();
    ENV.get_or_init(make_reg_env)
}

fn make_reg_env() -> RegEnv {
    let mut ints = PRegSet::empty();
    general(C_CLOBBERED).chain(general(C_KEPT)).for_each(|reg| ints.add(reg));
    let env = MachineEnv {
        preferred_regs_by_class: [ints, vectors(), PRegSet::empty()],
        non_preferred_regs_by_class: [PRegSet::empty(); 3],
        scratch_by_class: [Some(PReg::from(SCRATCH)), Some(PReg::new(VECTORS, RegClass::Float)), None],
        fixed_stack_slots: Vec::new(),
    };
    RegEnv::new(env, 1)
}

fn vectors() -> PRegSet {
    let mut set = PRegSet::empty();
    (0..VECTORS).for_each(|n| set.add(PReg::new(n, RegClass::Float)));
    set
}

/// What a leaf runtime call destroys: the C convention's caller-saved registers, and all vector registers.
pub fn leaf_clobbers() -> PRegSet {
    let mut set = vectors();
    general(C_CLOBBERED).for_each(|reg| set.add(reg));
    set
}
