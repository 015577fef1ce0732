//! Looking at every term of a heap, object by object, in whatever order they lie.
//!
//! Purging a module asks whether any term of a process belongs to it. Following references would need a mark for
//! what was seen; going through the memory needs none, and garbage that still mentions the module is rare.

use crate::heap::Heap;
use crate::term::{HEADER, PRIMARY, payload, subtag};
use crate::{FragList, Term, WORD_BYTES};
use linac_abi::process::ProcessHead;
use linac_abi::term::{FUN_ENV, Subtag};

/// Calls `each` with every term in a run of whole objects, and with every fun of it as a term of its own.
///
/// # Safety
/// From `start` on there are `words` words of well-formed objects.
unsafe fn run(start: *mut usize, words: usize, each: &mut dyn FnMut(Term)) {
    let mut at = 0;
    while at < words {
        let place = start.wrapping_add(at);
        // SAFETY: inside the run; headers tell how far the next object is, and which words are terms.
        unsafe {
            let word = *place;
            if word & PRIMARY != HEADER {
                each(Term::from_raw(word));
                at += 1;
                continue;
            }
            at += match subtag(word) {
                Some(Subtag::Tuple | Subtag::FlatMap) => 1,
                Some(Subtag::Fun) => {
                    each(Term::boxed_at(place));
                    FUN_ENV
                }
                Some(Subtag::HashMap) => 2,
                Some(Subtag::SubBits | Subtag::MatchContext) => {
                    each(Term::from_raw(*place.add(1)));
                    1 + payload(word)
                }
                _ => 1 + payload(word),
            };
        }
    }
}

impl FragList {
    /// Calls `each` with every term in the fragments.
    pub fn each_term(&self, each: &mut dyn FnMut(Term)) {
        // SAFETY: the used part of a chunk is a run of whole objects.
        self.each_chunk(|start, words| unsafe { run(start, words, each) });
    }
}

impl Heap {
    /// Calls `each` with every term on the heap, garbage included; roots are not on it.
    pub fn each_term(&self, head: &ProcessHead, each: &mut dyn FnMut(Term)) {
        // SAFETY: the used parts of a heap are runs of whole objects.
        unsafe {
            run(head.heap_start as *mut usize, (head.htop - head.heap_start) / WORD_BYTES, each);
            run(self.old.start, self.old_used(), each);
        }
        self.frags.each_term(each);
    }
}
