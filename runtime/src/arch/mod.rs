//! What is written per instruction set: the glue between native code and Rust, the thunks behind entry cells, and how
//! written code becomes visible to the processor.
//!
//! *Problem*: native code keeps the process, heap top, stack and reductions in registers and runs on the process's
//! own stack; Rust knows nothing of that. *Idea*: a few routines in assembly form the only border. Each stores the
//! machine state into the process head, switches to the scheduler's C stack and calls one Rust function; what that
//! answers ([`Ret`]) says how to go on. *Invariant*: the C stack pointer is the same at every such call, so that a
//! process can be left at any of them and resumed by any scheduler.
//!
//! Each target's file has the routines in assembly, `thunk_code`, `landing_sp`, `TARGET`, `has_feature` and
//! `synchronize`. What they share stands in `glue` (the routines' table) and here.

#[macro_use]
mod glue;

#[cfg(any(target_arch = "aarch64", target_arch = "arm"))]
mod membarrier;

#[cfg(target_arch = "aarch64")]
#[path = "aarch64.rs"]
mod target;
#[cfg(target_arch = "arm")]
#[path = "arm32.rs"]
mod target;
#[cfg(target_arch = "x86_64")]
#[path = "x86_64.rs"]
mod target;

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "arm")))]
compile_error!("there is glue for x86_64, aarch64 and arm (arm32) only");

pub use glue::{enter, exit_address};
pub use target::{TARGET, THUNK_SIZE, has_feature, landing_sp, runtime_call_address, synchronize};

#[cfg(test)]
pub use target::RETURN_7;

use linac_abi::DoubleWord;

/// How native code goes on after a call that may switch processes or transfer control.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Action {
    /// Return the value to the caller.
    Return = 0,
    /// Load the argument registers from the argument area, then jump to the process's `transfer` address or, if that
    /// is 0, return to the address on top of the Erlang stack.
    Resume = 1,
    /// Return to the scheduler: the process waits, gives way or has ended.
    Leave = 2,
}

/// The answer of a Rust function that the glue calls: the result, where the action is [`Action::Return`], and above it
/// the action. One integer of two words, which every C calling convention returns in two registers.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Ret(DoubleWord);

impl Ret {
    const fn new(value: usize, action: Action) -> Ret {
        Ret(value as DoubleWord | (action as DoubleWord) << usize::BITS)
    }

    /// Returns `value` to native code.
    pub const fn value(value: usize) -> Ret {
        Ret::new(value, Action::Return)
    }

    /// Goes on as the process head and the argument area say.
    pub const RESUME: Ret = Ret::new(0, Action::Resume);

    /// Goes back to the scheduler.
    pub const LEAVE: Ret = Ret::new(0, Action::Leave);

    /// The result, where the action is [`Action::Return`].
    pub const fn result(self) -> usize {
        self.0 as usize
    }

    /// What to do.
    pub const fn action(self) -> Action {
        match (self.0 >> usize::BITS) as usize {
            0 => Action::Return,
            1 => Action::Resume,
            _ => Action::Leave,
        }
    }
}

/// What a thunk jumps to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Thunk {
    /// Calls the BIF of this number.
    Bif(u32),
    /// Compiles the function of this number.
    Lazy(u32),
    /// Handles the call of an export that is not defined.
    Undefined(u32),
}

/// The machine code of a thunk: loads the number into the glue's number register and jumps to the routine.
pub fn thunk(kind: Thunk) -> [u8; THUNK_SIZE] {
    let (number, routine) = match kind {
        Thunk::Bif(number) => (number, glue::bif_entry()),
        Thunk::Lazy(number) => (number, glue::lazy_entry()),
        Thunk::Undefined(number) => (number, glue::undef_entry()),
    };
    target::thunk_code(number, routine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_taken_apart() {
        let all = usize::MAX;
        assert_eq!((Ret::value(all).action(), Ret::value(all).result()), (Action::Return, all));
        assert_eq!((Ret::RESUME.action(), Ret::LEAVE.action()), (Action::Resume, Action::Leave));
    }
}
