//! Walking the Erlang stack: the only reader of return addresses.
//!
//! Collector, raise, stack traces and purge all see the stack as a sequence of frames, newest first. A frame is
//! found by the return address that leads into it; the site of that address says how large it is and which of its
//! words are terms. The walk ends at the glue's exit address, below every process's outermost frame.

use crate::arch;
use crate::code::sites::{Site, sites};
use linac_abi::process::ProcessHead;

/// One frame.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// Address that control comes back to.
    pub return_address: usize,
    /// What is known of it.
    pub site: &'static Site,
    /// Slot 0 of the frame.
    pub slots: *mut usize,
}

impl Frame {
    /// Calls `each` with every slot that holds a term.
    #[inline]
    pub fn each_term(&self, mut each: impl FnMut(*mut usize)) {
        let mut bits = self.site.terms;
        while bits != 0 {
            // A run of neighbouring slots would do too; single slots keep this loop simple.
            each(self.slots.wrapping_add(bits.trailing_zeros() as usize));
            bits &= bits - 1;
        }
        if let Some(more) = &self.site.more {
            more.iter()
                .filter(|slot| *slot >= 64)
                .for_each(|slot| each(self.slots.wrapping_add(slot as usize)));
        }
    }

    /// Address of the caller's return address.
    pub fn end(&self) -> *mut usize {
        self.slots.wrapping_add(self.site.frame_words as usize)
    }
}

/// The frames of a process, newest first.
#[derive(Debug)]
pub struct Frames {
    /// Address of the next return address.
    at: *mut usize,
    exit: usize,
    /// An unknown return address ends the walk instead of the program.
    lenient: bool,
    last: Option<(usize, &'static Site)>,
}

impl Frames {
    /// The frames of a process that is not in native code.
    ///
    /// # Safety
    /// `head.sp` points at a return address, with well-formed frames above it, which do not change while the
    /// iterator is used other than in their term slots.
    pub unsafe fn new(head: &ProcessHead) -> Frames {
        Frames { at: head.sp as *mut usize, exit: arch::exit_address(), lenient: false, last: None }
    }

    /// As many frames as can be made out, for a crash dump.
    ///
    /// # Safety
    /// The words from `head.sp` up to `head.stack_base` can be read.
    pub unsafe fn lenient(head: &ProcessHead) -> Frames {
        // SAFETY: a lenient walk ends where it does not know on; known sites lead upwards within the stack.
        let frames = unsafe { Frames::new(head) };
        Frames { lenient: true, ..frames }
    }
}

impl Iterator for Frames {
    type Item = Frame;

    #[inline]
    fn next(&mut self) -> Option<Frame> {
        // SAFETY: `at` points at a return address of a well-formed stack, by the promise made to `new`.
        let return_address = unsafe { *self.at };
        if return_address == self.exit {
            return None;
        }
        let site = match self.last {
            // Deep recursion returns to one place again and again.
            Some((address, site)) if address == return_address => site,
            _ => match sites().get(return_address) {
                Some(site) => site,
                None if self.lenient => return None,
                None => panic!("no return site for {return_address:#x}: the stack is broken"),
            },
        };
        self.last = Some((return_address, site));
        let frame = Frame { return_address, site, slots: self.at.wrapping_add(1) };
        self.at = frame.end();
        Some(frame)
    }
}
