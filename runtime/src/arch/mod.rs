//! What is written per instruction set: the glue between native code and Rust, and the thunks behind entry cells.
//!
//! *Problem*: native code keeps the process, heap top, stack and reductions in registers and runs on the process's
//! own stack; Rust knows nothing of that. *Idea*: a few routines in assembly form the only border. Each stores the
//! machine state into the process head, switches to the scheduler's C stack and calls one Rust function; what that
//! answers ([`Ret`]) says how to go on. *Invariant*: the C stack pointer is the same at every such call, so that a
//! process can be left at any of them and resumed by any scheduler.

#[cfg(target_arch = "x86_64")]
mod x86_64;
#[cfg(target_arch = "x86_64")]
pub use x86_64::*;

#[cfg(not(target_arch = "x86_64"))]
compile_error!("the glue is written for x86-64 only so far");

/// How native code goes on after a call that may switch processes or transfer control.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(usize)]
pub enum Action {
    /// Return `value` to the caller.
    Return = 0,
    /// Load the argument registers from the argument area, then jump to the process's `transfer` address or, if that
    /// is 0, return to the address on top of the Erlang stack.
    Resume = 1,
    /// Return to the scheduler: the process waits, gives way or has ended.
    Leave = 2,
}

/// The answer of a Rust function that the glue calls. Travels in two registers.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Ret {
    /// The result, where the action is [`Action::Return`].
    pub value: usize,
    /// What to do.
    pub action: Action,
}

impl Ret {
    /// Returns `value` to native code.
    pub const fn value(value: usize) -> Ret {
        Ret { value, action: Action::Return }
    }

    /// Goes on as the process head and the argument area say.
    pub const RESUME: Ret = Ret { value: 0, action: Action::Resume };

    /// Goes back to the scheduler.
    pub const LEAVE: Ret = Ret { value: 0, action: Action::Leave };
}
