//! Looking at every term of a heap, object by object, in whatever order they lie.
//!
//! Purging a module asks whether any term of a process belongs to it. Following references would need a mark for
//! what was seen; going through the memory needs none, and garbage that still mentions the module is rare.

use crate::heap::Heap;
use crate::term::{HEADER, PRIMARY, payload, subtag};
use crate::{FragList, Term, WORD_BYTES};
use linac_abi::process::ProcessHead;
use linac_abi::term::{FUN_ENV, Subtag};

/// What a walk comes by.
pub(crate) enum Found {
    /// A word that holds a term.
    Slot(*mut usize),
    /// A fun, whose entry cell is no term.
    Fun(*mut usize),
}

/// Calls `each` with every word in a run of whole objects that holds a term, and with every fun of it.
///
/// # Safety
/// From `start` on there are `words` words of well-formed objects.
pub(crate) unsafe fn run(start: *mut usize, words: usize, each: &mut dyn FnMut(Found)) {
    let mut at = 0;
    while at < words {
        let place = start.wrapping_add(at);
        // SAFETY: inside the run; headers tell how far the next object is, and which words are terms.
        let word = unsafe { *place };
        if word & PRIMARY != HEADER {
            each(Found::Slot(place));
            at += 1;
            continue;
        }
        at += match subtag(word) {
            Some(Subtag::Tuple | Subtag::FlatMap) => 1,
            Some(Subtag::Fun) => {
                each(Found::Fun(place));
                FUN_ENV
            }
            Some(Subtag::HashMap) => 2,
            Some(Subtag::SubBits | Subtag::MatchContext) => {
                each(Found::Slot(place.wrapping_add(1)));
                1 + payload(word)
            }
            _ => 1 + payload(word),
        };
    }
}

/// Makes the terms of what a walk comes by.
fn terms(each: &mut dyn FnMut(Term)) -> impl FnMut(Found) {
    move |found| {
        // SAFETY: slots hold terms, and funs are objects.
        each(unsafe {
            match found {
                Found::Slot(slot) => Term::from_raw(*slot),
                Found::Fun(object) => Term::boxed_at(object),
            }
        });
    }
}

impl FragList {
    /// Calls `each` with every term in the fragments.
    pub fn each_term(&self, each: &mut dyn FnMut(Term)) {
        // SAFETY: the used part of a chunk is a run of whole objects.
        self.each_chunk(|start, words| unsafe { run(start, words, &mut terms(each)) });
    }
}

impl Heap {
    /// Calls `each` with every term on the heap, garbage included; roots are not on it.
    pub fn each_term(&self, head: &ProcessHead, each: &mut dyn FnMut(Term)) {
        self.each_found(head, &mut terms(each));
    }

    pub(crate) fn each_found(&self, head: &ProcessHead, each: &mut dyn FnMut(Found)) {
        // SAFETY: the used parts of a heap are runs of whole objects.
        unsafe {
            run(head.heap_start as *mut usize, (head.htop - head.heap_start) / WORD_BYTES, each);
            run(self.old.start, self.old_used(), each);
            self.frags.each_chunk(|start, words| run(start, words, each));
        }
    }
}
