//! One number that changes whenever code compiled before the change must not run after it.
//!
//! Ahead-of-time code carries it; a runtime with another one does not run the code. It covers what the tables of this
//! crate show (runtime calls, the head of a process, term tags); what they do not show (registers, frames, layouts of
//! objects that code reads) is covered by [`CONVENTION`], which is raised by hand.

use crate::WordSize;
use crate::process::ProcField;
use crate::rtcall::{ErrorKind, RtCall, STACK_RESERVE_WORDS};
use crate::term;

/// Raised with every change of the native-code contract (docs/runtime-abi.md) that the tables do not show.
pub const CONVENTION: u32 = 1;

/// Odd, with as many ones as zeros and no pattern.
const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
/// The state before anything was added.
const START: u64 = 0xCBF2_9CE4_8422_2325;

/// A checksum over text and bytes: 64-bit pieces, each mixed in by a multiplication whose halves are folded together. It tells
/// change and damage, not intent.
#[derive(Clone, Copy, Debug)]
pub struct Checksum(u64);

impl Default for Checksum {
    fn default() -> Checksum {
        Checksum(START)
    }
}

impl Checksum {
    /// Adds bytes; a separator is added too, so that pieces do not run together.
    pub fn add(&mut self, bytes: &[u8]) {
        let mut pieces = bytes.chunks_exact(8);
        for piece in &mut pieces {
            let mut word = [0; 8];
            word.copy_from_slice(piece);
            self.word(u64::from_le_bytes(word));
        }
        let mut last = [0; 8];
        last[..pieces.remainder().len()].copy_from_slice(pieces.remainder());
        self.word(u64::from_le_bytes(last));
        self.word(bytes.len() as u64);
    }

    fn word(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word) * u128::from(FACTOR);
        // The rotation keeps a state of 0 from hiding what comes next.
        self.0 = (product as u64 ^ (product >> 64) as u64).rotate_left(23) ^ START;
    }

    /// The sum of all that was added.
    pub fn finish(self) -> u64 {
        self.0
    }
}

/// The fingerprint of the contract for a word size.
pub fn fingerprint(word: WordSize) -> u64 {
    let mut sum = Checksum::default();
    sum.add(&CONVENTION.to_le_bytes());
    for field in ProcField::ALL {
        sum.add(field.name().as_bytes());
        sum.add(&field.offset(word).to_le_bytes());
    }
    for call in RtCall::ALL {
        sum.add(call.name().as_bytes());
        sum.add(&[call.args(), call.kind() as u8, call.returns() as u8]);
    }
    for (kind, name) in ErrorKind::ALL {
        sum.add(name.as_bytes());
        sum.add(&[kind as u8]);
    }
    for number in [STACK_RESERVE_WORDS, term::SMALL_SHIFT, term::HEADER_SHIFT, word.small_bits()] {
        sum.add(&number.to_le_bytes());
    }
    for (subtag, name) in term::Subtag::ALL {
        sum.add(name.as_bytes());
        sum.add(&[subtag as u8]);
    }
    sum.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn word_sizes_differ() {
        assert_ne!(fingerprint(WordSize::W32), fingerprint(WordSize::W64));
    }

    #[test]
    fn every_bit_counts() {
        let bytes = [7u8; 37];
        let mut sums = alloc::vec::Vec::new();
        for bit in 0..=8 * bytes.len() {
            let mut changed = bytes;
            if let Some(byte) = changed.get_mut(bit / 8) {
                *byte ^= 1 << (bit % 8);
            }
            let mut sum = Checksum::default();
            sum.add(&changed);
            sums.push(sum.finish());
        }
        sums.sort_unstable();
        sums.dedup();
        assert_eq!(sums.len(), 8 * bytes.len() + 1);
    }
}
