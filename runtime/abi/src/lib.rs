//! What compiler and runtime share, and nothing else: term tags, the head of the process structure, the native
//! calling convention, and the table of runtime calls.
//!
//! *Problem*: compiled code reads and writes terms, the process structure and the stack without asking the
//! runtime, and a compiler may run on a host whose word size is not the target's. *Idea*: every layout is data,
//! computed from a [`WordSize`]; the runtime checks the numbers against its own `#[repr(C)]` types at compile
//! time. *Invariant*: a layout fact stands in this crate once; neither side repeats it as a literal number.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod bits;
pub mod fingerprint;
// Stack maps are shared by counted pointers; machines without atomic instructions do not link code objects.
#[cfg(target_has_atomic = "ptr")]
pub mod object;
pub mod process;
pub mod rtcall;
pub mod term;

/// The target's word size. Everything about terms, frames and structures follows from it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum WordSize {
    /// 4-byte words, 28-bit small integers.
    W32,
    /// 8-byte words, 60-bit small integers.
    W64,
}

impl WordSize {
    /// The word size of the machine this code was compiled for.
    pub const HOST: WordSize = if usize::BITS == 64 { WordSize::W64 } else { WordSize::W32 };

    /// Bytes in a word.
    pub const fn bytes(self) -> u32 {
        match self {
            WordSize::W32 => 4,
            WordSize::W64 => 8,
        }
    }

    /// Bits in a word.
    pub const fn bits(self) -> u32 {
        self.bytes() * 8
    }

    /// Value bits of a small integer, sign included.
    pub const fn small_bits(self) -> u32 {
        self.bits() - term::SMALL_SHIFT
    }

    /// Largest small integer.
    pub const fn small_max(self) -> i64 {
        (1i64 << (self.small_bits() - 1)) - 1
    }

    /// Smallest (most negative) small integer.
    pub const fn small_min(self) -> i64 {
        -(1i64 << (self.small_bits() - 1))
    }

    /// Does `n` have the immediate representation?
    pub const fn is_small(self, n: i64) -> bool {
        n >= self.small_min() && n <= self.small_max()
    }
}

/// An unsigned integer of two words of the machine this code was compiled for.
#[cfg(target_pointer_width = "64")]
pub type DoubleWord = u128;
/// An unsigned integer of two words of the machine this code was compiled for.
#[cfg(not(target_pointer_width = "64"))]
pub type DoubleWord = u64;
