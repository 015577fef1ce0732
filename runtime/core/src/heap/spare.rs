//! Blocks given back, kept for the next collection or process of the same thread.
//!
//! *Problem*: each collection takes a block and gives one back. Large ones come from the operating system, which
//! clears page after page on first touch: that took longer than collecting. Small ones are beyond what allocators keep at
//! hand. *Idea*: each thread keeps some blocks, the last given back on top, since it is still in the processor's cache.
//! Chunks of fragments of the largest regular size are kept the same way.
//! *Invariants*: what is kept is bounded ([`Spare`]); a block from here has at least the words asked for and at most a
//! quarter more; a thread that has nothing to do gives everything back ([`release_spare`]). Without the standard library there
//! are no threads to keep anything for.

use super::Block;

/// Small block sizes that are kept: the first ones that processes have (`gc::next_size`).
#[cfg(any(feature = "std", test))]
pub(crate) const SMALL: [usize; 4] = [233, 376, 610, 987];

#[cfg(feature = "std")]
mod kept {
    use super::{Block, SMALL};
    use crate::frag::{LIMIT_WORDS, layout};
    use core::cell::RefCell;
    use std::vec::Vec;

    /// Small blocks kept of each size.
    const SMALL_EACH: usize = 16;
    /// Smallest large block that is kept: from here on the C library asks the operating system each time.
    const LARGE_FROM: usize = 8 * 1024;
    /// Large blocks kept,
    const LARGE_COUNT: usize = 4;
    /// and words of all of them.
    const LARGE_WORDS: usize = 16 << 20;
    /// Chunks of fragments kept.
    const CHUNKS: usize = 32;

    /// What a thread keeps.
    #[derive(Default)]
    struct Spare {
        small: [Vec<Block>; SMALL.len()],
        /// Oldest first.
        large: Vec<Block>,
        large_words: usize,
        /// Chunks of fragments of [`LIMIT_WORDS`] words.
        chunks: Vec<*mut u8>,
    }

    impl Spare {
        fn take(&mut self, words: usize) -> Option<Block> {
            if words < LARGE_FROM {
                let class = SMALL.iter().position(|&size| size == words)?;
                return self.small[class].pop();
            }
            let fits = |block: &Block| (words..=words + words / 4).contains(&block.words);
            let block = self.large.remove(self.large.iter().rposition(fits)?);
            self.large_words -= block.words;
            Some(block)
        }

        fn give(&mut self, block: Block) -> Option<Block> {
            if block.words < LARGE_FROM {
                let Some(class) = SMALL.iter().position(|&size| size == block.words) else {
                    return Some(block);
                };
                if self.small[class].len() >= SMALL_EACH {
                    return Some(block);
                }
                self.small[class].push(block);
                return None;
            }
            if block.words > LARGE_WORDS {
                return Some(block);
            }
            while self.large.len() >= LARGE_COUNT || self.large_words + block.words > LARGE_WORDS {
                let mut oldest = self.large.remove(0);
                self.large_words -= oldest.words;
                oldest.release();
            }
            self.large_words += block.words;
            self.large.push(block);
            None
        }
    }

    impl Drop for Spare {
        fn drop(&mut self) {
            self.small.iter_mut().flatten().chain(&mut self.large).for_each(Block::release);
            for chunk in self.chunks.drain(..) {
                // SAFETY: chunks of this layout are kept, and nobody else has them.
                unsafe { std::alloc::dealloc(chunk, layout(LIMIT_WORDS)) };
            }
        }
    }

    std::thread_local! {
        static SPARE: RefCell<Spare> = RefCell::default();
    }

    pub(super) fn take(words: usize) -> Option<Block> {
        // A thread that is ending keeps nothing.
        SPARE.try_with(|spare| spare.borrow_mut().take(words)).ok().flatten()
    }

    pub(super) fn give(block: Block) -> Option<Block> {
        let mut block = Some(block);
        let _ = SPARE.try_with(|spare| block = block.take().and_then(|block| spare.borrow_mut().give(block)));
        block
    }

    pub(super) fn take_chunk(words: usize) -> Option<*mut u8> {
        if words != LIMIT_WORDS {
            return None;
        }
        SPARE.try_with(|spare| spare.borrow_mut().chunks.pop()).ok().flatten()
    }

    pub(super) fn give_chunk(chunk: *mut u8, words: usize) -> bool {
        let keep = |spare: &RefCell<Spare>| {
            let chunks = &mut spare.borrow_mut().chunks;
            let room = chunks.len() < CHUNKS;
            if room {
                chunks.push(chunk);
            }
            room
        };
        words == LIMIT_WORDS && SPARE.try_with(keep).unwrap_or(false)
    }

    pub(super) fn release() {
        let _ = SPARE.try_with(RefCell::take);
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn keeps_what_fits_and_no_more() {
            assert!(SMALL.iter().all(|&size| crate::gc::next_size(size) == size));
            let mut spare = Spare::default();
            let block = |words| Block::new(words).unwrap();
            for _ in 0..SMALL_EACH {
                assert!(spare.give(block(233)).is_none());
            }
            spare.give(block(233)).unwrap().release();
            spare.give(block(234)).unwrap().release();
            spare.take(233).unwrap().release();
            assert!(spare.take(376).is_none());
            for words in [10_000, 20_000, 30_000, 40_000, 50_000] {
                assert!(spare.give(block(words)).is_none());
            }
            assert!(spare.take(10_000).is_none(), "the oldest went");
            assert!(spare.take(15_000).is_none(), "a third more is too much");
            let mut found = spare.take(17_000).unwrap();
            assert_eq!((found.words, spare.large_words), (20_000, 120_000));
            found.release();
            assert!(spare.give(block(LARGE_WORDS)).is_none());
            assert_eq!((spare.large.len(), spare.large_words), (1, LARGE_WORDS));
        }

        #[test]
        fn chunks_of_one_size_come_back() {
            let fill = || {
                let mut list = crate::FragList::new();
                crate::heap::Alloc::alloc(&mut list, LIMIT_WORDS) as usize
            };
            let first = fill();
            assert_eq!(fill(), first);
            super::release();
            assert!(take_chunk(LIMIT_WORDS).is_none());
        }
    }
}

/// A block kept from before with room for this many words.
#[inline]
pub(super) fn take(words: usize) -> Option<Block> {
    #[cfg(feature = "std")]
    return kept::take(words);
    #[cfg(not(feature = "std"))]
    {
        let _ = words;
        None
    }
}

/// Keeps a block, or gives it back to be freed.
#[inline]
pub(super) fn give(block: Block) -> Option<Block> {
    #[cfg(feature = "std")]
    return kept::give(block);
    #[cfg(not(feature = "std"))]
    Some(block)
}

/// Memory kept from before for a chunk of this many words.
#[inline]
pub(crate) fn take_chunk(words: usize) -> Option<*mut u8> {
    #[cfg(feature = "std")]
    return kept::take_chunk(words);
    #[cfg(not(feature = "std"))]
    {
        let _ = words;
        None
    }
}

/// Keeps the memory of a chunk of this many words, which nobody else has; false if it must be freed.
#[inline]
pub(crate) fn give_chunk(chunk: *mut u8, words: usize) -> bool {
    #[cfg(feature = "std")]
    return kept::give_chunk(chunk, words);
    #[cfg(not(feature = "std"))]
    {
        let _ = (chunk, words);
        false
    }
}

/// Frees all memory that this thread keeps.
pub fn release_spare() {
    #[cfg(feature = "std")]
    kept::release();
}
