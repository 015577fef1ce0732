//! Looking at every term of a heap, object by object, in whatever order they lie.
//!
//! Purging a module moves its literals into the heaps that refer to them. Following references would need a mark for
//! what was seen; going through the memory needs none, and garbage that still mentions the module is rare.

use crate::WORD_BYTES;
use crate::heap::Heap;
use crate::term::{HEADER, PRIMARY, payload, subtag};
use linac_abi::process::ProcessHead;
use linac_abi::term::{FUN_ENV, Subtag};

/// Calls `each` with every word in a run of whole objects that holds a term.
///
/// # Safety
/// From `start` on there are `words` words of well-formed objects.
pub(crate) unsafe fn run(start: *mut usize, words: usize, each: &mut dyn FnMut(*mut usize)) {
    let mut at = 0;
    while at < words {
        let place = start.wrapping_add(at);
        // SAFETY: inside the run; headers tell how far the next object is, and which words are terms.
        let word = unsafe { *place };
        if word & PRIMARY != HEADER {
            each(place);
            at += 1;
            continue;
        }
        at += match subtag(word) {
            Some(Subtag::Tuple | Subtag::FlatMap | Subtag::Record) => 1,
            Some(Subtag::Fun) => FUN_ENV,
            Some(Subtag::HashMap) => 2,
            Some(Subtag::SubBits | Subtag::MatchContext) => {
                each(place.wrapping_add(1));
                1 + payload(word)
            }
            _ => 1 + payload(word),
        };
    }
}

impl Heap {
    /// Calls `each` with every word of the heap that holds a term, garbage included; roots are not on it.
    pub(crate) fn each_term_word(&self, head: &ProcessHead, each: &mut dyn FnMut(*mut usize)) {
        // SAFETY: the used parts of a heap are runs of whole objects.
        unsafe {
            run(head.heap_start as *mut usize, (head.htop - head.heap_start) / WORD_BYTES, each);
            run(self.old.start, self.old_used(), each);
            self.frags.each_chunk(|start, words| run(start, words, each));
        }
    }
}
