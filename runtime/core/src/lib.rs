//! Everything about Erlang data, without an operating system: terms, heaps, the collector, and what works on them.
//!
//! *Problem*: native code, built-in functions, message passing and the loader all make, read and move the same
//! terms; the collector moves them under everybody's feet. *Idea*: a [`Term`] is one word, a [`term::View`]
//! is its decoded form, everything that allocates takes an [`Alloc`], and only [`Heap::collect`] moves
//! anything. Nothing here recurses over terms: nesting of a million is ordinary data.
//!
//! # The contract of `Term`
//!
//! A `Term` value promises that its word is a well-formed term and that what it points to is alive. The unsafe
//! acts are making a `Term` from a word ([`Term::from_raw`]) and collecting ([`Heap::collect`]): whoever collects
//! must not use a `Term` taken before unless the roots hold it. Dropping a [`FragList`] or releasing a literal
//! area ends the life of the terms in it in the same way. Given that promise, all other functions are safe.
#![no_std]

extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

pub mod atoms;
pub mod binary;
pub mod buffer;
pub mod build;
pub mod compare;
pub mod copy;
pub mod etf;
pub mod frag;
pub mod fun;
pub mod gc;
pub mod hash;
pub mod heap;
pub mod limbs;
pub mod literal;
pub mod map;
pub mod number;
pub mod numtext;
pub mod print;
pub mod record;
pub mod sync;
pub mod term;
pub mod verify;
pub mod walk;

pub use atoms::Atom;
pub use build::Build;
pub use frag::FragList;
pub use heap::{Alloc, Heap, OffHeap};
pub use term::{Term, View};

/// Bytes in a word of this machine.
pub const WORD_BYTES: usize = size_of::<usize>();
/// Words a number of bytes takes.
pub const fn words_for_bytes(bytes: usize) -> usize {
    bytes.div_ceil(WORD_BYTES)
}
