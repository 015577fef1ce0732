//! When literals go away: does a process hold any, and how does it get rid of them.
//!
//! A module's literals are freed when its old code is purged. A process that still points to them either keeps the
//! purge waiting (it can be asked with [`Heap::refers_to`]) or gets copies of its own ([`Heap::evict_literals`]).

use super::{Collect, Roots, within};
use crate::copy::{Literals, copy};
use crate::heap::{Heap, NoMemory};
use crate::term::{BOXED, CONS, PRIMARY, Term};
use linac_abi::process::ProcessHead;

fn points_into(word: usize, range: (usize, usize)) -> bool {
    matches!(word & PRIMARY, CONS | BOXED) && within(word & !PRIMARY, range)
}

impl Heap {
    /// Calls `each` with each word of this heap and its roots that holds a term.
    fn each_slot(&self, head: &mut ProcessHead, roots: &mut impl Roots, each: &mut dyn FnMut(&mut usize)) {
        // SAFETY: a word of this heap, and nobody else looks at it meanwhile.
        self.each_term_word(head, &mut |slot| each(unsafe { &mut *slot }));
        roots.each_word(head, each);
    }

    /// Does anything in this heap or its roots point into a range of addresses (start, bytes)?
    pub fn refers_to(&self, head: &mut ProcessHead, roots: &mut impl Roots, range: (usize, usize)) -> bool {
        let mut found = false;
        self.each_slot(head, roots, &mut |slot| found |= points_into(*slot, range));
        found
    }

    /// Replaces all literals of a range by copies, and collects everything.
    ///
    /// # Safety
    /// As [`Heap::collect`].
    pub unsafe fn evict_literals(
        &mut self,
        head: &mut ProcessHead,
        roots: &mut impl Roots,
        range: (usize, usize),
    ) -> Result<(), NoMemory> {
        let mut copies = crate::FragList::new();
        self.each_slot(head, roots, &mut |slot| {
            if points_into(*slot, range) {
                // SAFETY: slots hold terms, and the literals are still there.
                *slot = copy(unsafe { Term::from_raw(*slot) }, &mut copies, Literals::Copy).raw();
            }
        });
        if copies.is_empty() {
            return Ok(());
        }
        self.frags.append(copies);
        // Old objects may point to the copies now, each copy from one place: a full collection puts that right.
        // SAFETY: passed on.
        unsafe { self.collect(head, 0, roots, Collect::Full) }
    }
}
