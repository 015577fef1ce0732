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
    #[inline(always)]
    pub fn each_term(&self, mut each: impl FnMut(*mut usize)) {
        let mut bits = self.site.terms;
        while bits != 0 {
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
    last: Seen,
}

/// A return address found before, and its site.
type Seen = (usize, Option<&'static Site>);

/// Return addresses remembered: deep recursion returns to few places again and again.
const SEEN: usize = 16;

impl Frames {
    /// The frames of a process that is not in native code.
    ///
    /// # Safety
    /// `head.sp` points at a return address, with well-formed frames above it, which do not change while the
    /// iterator is used other than in their term slots.
    pub unsafe fn new(head: &ProcessHead) -> Frames {
        Frames { at: head.sp as *mut usize, exit: arch::exit_address(), lenient: false, last: (0, None) }
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

    /// The site of a return address; none if a lenient walk does not know it.
    #[inline]
    fn site(&self, return_address: usize, seen: &mut Seen) -> Option<&'static Site> {
        match *seen {
            (address, Some(site)) if address == return_address => Some(site),
            _ => match sites().get(return_address) {
                Some(site) => {
                    *seen = (return_address, Some(site));
                    Some(site)
                }
                None if self.lenient => None,
                None => panic!("no return site for {return_address:#x}: the stack is broken"),
            },
        }
    }

    /// The innermost frame that catches what is raised.
    pub fn handler(self) -> Option<Frame> {
        // Not `Iterator::find`, which walks in steps that move the iterator.
        let mut frames = self;
        loop {
            let frame = frames.next()?;
            if frame.site.landing_pad != 0 {
                return Some(frame);
            }
        }
    }

    /// Calls `each` with every term slot of all frames: what the collector does, for a million frames at times.
    ///
    /// # Safety
    /// As [`Frames::new`].
    #[inline(always)]
    pub unsafe fn each_term(self, mut each: impl FnMut(*mut usize)) {
        let mut seen: [Seen; SEEN] = [(0, None); SEEN];
        let mut at = self.at;
        loop {
            // SAFETY: `at` points at a return address of a well-formed stack.
            let return_address = unsafe { *at };
            if return_address == self.exit {
                return;
            }
            // Return addresses of one function differ in their low bits.
            let seen = &mut seen[(return_address ^ return_address >> 4) % SEEN];
            let Some(site) = self.site(return_address, seen) else { return };
            // Deep recursion leaves the same frame again and again: it is looked up once.
            loop {
                let frame = Frame { return_address, site, slots: at.wrapping_add(1) };
                frame.each_term(&mut each);
                at = frame.end();
                // SAFETY: as above; there is a return address below every frame.
                if unsafe { *at } != return_address {
                    break;
                }
            }
        }
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
        let mut last = self.last;
        let site = self.site(return_address, &mut last)?;
        self.last = last;
        let frame = Frame { return_address, site, slots: self.at.wrapping_add(1) };
        self.at = frame.end();
        Some(frame)
    }
}
