//! The head of the process structure: the fields that compiled code and the entry glue touch.
//!
//! All fields are words, so that offsets follow from the word size alone. The runtime's own fields come after.

use crate::WordSize;

macro_rules! process_fields {
    ($($(#[doc = $doc:literal])* $id:ident => $name:ident),* $(,)?) => {
        /// A field of the process head; the number is its word index.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        #[repr(u32)]
        pub enum ProcField { $($(#[doc = $doc])* $id),* }

        impl ProcField {
            /// All fields, in order.
            pub const ALL: &'static [ProcField] = &[$(ProcField::$id),*];

            /// The name in dumps and IR text.
            pub const fn name(self) -> &'static str {
                match self { $(ProcField::$id => stringify!($name)),* }
            }

            /// Byte offset in the process structure.
            pub const fn offset(self, word: WordSize) -> u32 {
                self as u32 * word.bytes()
            }
        }

        /// The process head as the runtime sees it, on the host.
        #[repr(C)]
        #[derive(Debug)]
        pub struct ProcessHead { $($(#[doc = $doc])* pub $name: usize),* }

        const _: () = { $(assert!(
            core::mem::offset_of!(ProcessHead, $name) == ProcField::$id.offset(WordSize::HOST) as usize
        );)* };
    };
}

process_fields! {
    /// Erlang stack pointer while native code is not running; the word there is a return address into native code.
    Sp => sp,
    /// Heap top while native code is not running. The block between `htop` and `sp` is free.
    Htop => htop,
    /// Reductions left while native code is not running; signed.
    Reds => reds,
    /// Stack pointer of the scheduler's C stack, valid while the process runs; same value at every runtime call.
    Cstack => cstack,
    /// Pointer to the scheduler's argument area: word `i` holds x register `i` for those not in CPU registers.
    Xregs => xregs,
    /// First word of the young heap block.
    HeapStart => heap_start,
    /// One past the last word of the block: where the stack begins (it grows down).
    StackBase => stack_base,
    /// Class of the pending exception: the atom `error`, `exit` or `throw`; NONE if there is none.
    ExcClass => exc_class,
    /// Reason of the pending exception.
    ExcReason => exc_reason,
    /// Raw stack trace of the pending exception (a term), NONE before it is collected.
    ExcTrace => exc_trace,
    /// How many argument registers hold live terms while suspended at a function entry; 0 otherwise.
    LiveArgs => live_args,
    /// Code address to jump to when the runtime call returns with a transfer (trap, raise, apply).
    Transfer => transfer,
}
