//! Telling debuggers and profilers about code: the listener, and the debuggers' JIT interface.
//!
//! *Problem*: a debugger knows code from files; code made at run time has none. *Idea*: GDB and LLDB look for the symbol
//! `__jit_debug_descriptor`, a list of ELF images in our memory, and set a breakpoint on the empty function
//! `__jit_debug_register_code`, which we call after every change of the list. The images are made by a
//! [`CodeListener`] from outside, since the runtime knows nothing of DWARF. *Invariants*: the list changes, and the
//! function is called, under one lock; an image lives as long as its [`Registration`].

use linac_abi::object::CodeObject;
use std::fmt;
use std::ptr::{self, addr_of_mut};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Hears of code before it runs.
pub trait CodeListener: fmt::Debug + Send + Sync {
    /// Code lies at this address now; the object's own bytes are gone. The answer, if any, is an ELF image for
    /// debuggers, kept until the code is given up.
    fn loaded(&self, object: &CodeObject, address: u64) -> Option<Vec<u8>>;
}

/// An entry of the debuggers' list; the layout is theirs.
#[repr(C)]
struct Entry {
    next: *mut Entry,
    previous: *mut Entry,
    image: *const u8,
    image_size: u64,
}

/// The head of the list; the layout is the debuggers'.
#[repr(C)]
struct Descriptor {
    version: u32,
    action: u32,
    relevant: *mut Entry,
    first: *mut Entry,
}

const NO_ACTION: u32 = 0;
const REGISTER: u32 = 1;
const UNREGISTER: u32 = 2;

// SAFETY (no_mangle): the name belongs to this interface alone.
#[unsafe(no_mangle)]
#[used]
static mut __jit_debug_descriptor: Descriptor =
    Descriptor { version: 1, action: NO_ACTION, relevant: ptr::null_mut(), first: ptr::null_mut() };

/// Where debuggers stop to look at the list.
// SAFETY (no_mangle): the name belongs to this interface alone.
#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn __jit_debug_register_code() {
    // An empty function could be folded with another empty one, and its calls left out.
    // SAFETY: no instruction.
    unsafe { std::arch::asm!("", options(nomem, nostack, preserves_flags)) }
}

/// Guards the list, a single one, as the list is. Holds whether debuggers are told of changes.
static LIST: Mutex<bool> = Mutex::new(true);

fn list() -> MutexGuard<'static, bool> {
    LIST.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Chooses whether debuggers stop for changes of the list. At the end of a run they should not: the compile thread may
/// still be at work, and a debugger that stops it while other threads end trips over these ("Couldn't get registers").
pub(crate) fn tell_debuggers(tell: bool) {
    *list() = tell;
}

/// An image that debuggers know of, until this is dropped.
pub struct Registration {
    entry: *mut Entry,
    /// What the entry points to.
    image: Vec<u8>,
}

// SAFETY: the entry is touched under the list's lock only, and the image not at all.
unsafe impl Send for Registration {}
// SAFETY: as above; a shared reference gives access to neither.
unsafe impl Sync for Registration {}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Registration({} bytes)", self.image.len())
    }
}

impl Registration {
    /// Shows an image to debuggers.
    pub fn new(image: Vec<u8>) -> Registration {
        let tell = list();
        let descriptor = addr_of_mut!(__jit_debug_descriptor);
        // SAFETY: under the lock nobody else uses the descriptor or any entry; those in the list are alive, because
        // `drop` takes them out before it frees them.
        unsafe {
            let first = (*descriptor).first;
            let entry = Box::into_raw(Box::new(Entry {
                next: first,
                previous: ptr::null_mut(),
                image: image.as_ptr(),
                image_size: image.len() as u64,
            }));
            if !first.is_null() {
                (*first).previous = entry;
            }
            (*descriptor).first = entry;
            announce(descriptor, REGISTER, entry, *tell);
            Registration { entry, image }
        }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let tell = list();
        let descriptor = addr_of_mut!(__jit_debug_descriptor);
        // SAFETY: as in `new`; the entry is this registration's own and in the list.
        unsafe {
            let Entry { next, previous, .. } = *self.entry;
            if !next.is_null() {
                (*next).previous = previous;
            }
            match previous.is_null() {
                true => (*descriptor).first = next,
                false => (*previous).next = next,
            }
            announce(descriptor, UNREGISTER, self.entry, *tell);
            drop(Box::from_raw(self.entry));
        }
    }
}

/// Lets debuggers look, if they are to be told.
///
/// # Safety
/// The list's lock is held, `descriptor` is the descriptor, `entry` is alive.
unsafe fn announce(descriptor: *mut Descriptor, action: u32, entry: *mut Entry, tell: bool) {
    if !tell {
        return;
    }
    // SAFETY: the caller's promise. Volatile, since a debugger reads what this program never does.
    unsafe {
        (&raw mut (*descriptor).relevant).write_volatile(entry);
        (&raw mut (*descriptor).action).write_volatile(action);
        __jit_debug_register_code();
        (&raw mut (*descriptor).action).write_volatile(NO_ACTION);
        (&raw mut (*descriptor).relevant).write_volatile(ptr::null_mut());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The images in the list, checked for consistent links.
    fn images() -> Vec<Vec<u8>> {
        let _lock = list();
        let mut found = Vec::new();
        // SAFETY: under the lock the entries are alive, and images outlive their entries.
        unsafe {
            let mut previous = ptr::null_mut();
            let mut entry = (*addr_of_mut!(__jit_debug_descriptor)).first;
            while !entry.is_null() {
                assert_eq!((*entry).previous, previous);
                found.push(std::slice::from_raw_parts((*entry).image, (*entry).image_size as usize).to_vec());
                previous = entry;
                entry = (*entry).next;
            }
        }
        found
    }

    #[test]
    fn entries_come_and_go_in_any_order() {
        // Other tests may register images meanwhile; these are told by their content.
        let ours = || {
            let all = images();
            all.into_iter().filter(|image| image.len() == 3 && image[0] == 0xE7).collect::<Vec<_>>()
        };
        let make = |n: u8| Registration::new(vec![0xE7, n, n]);
        let (a, b, c) = (make(1), make(2), make(3));
        assert_eq!(ours(), [[0xE7, 3, 3], [0xE7, 2, 2], [0xE7, 1, 1]]);
        drop(b);
        assert_eq!(ours(), [[0xE7, 3, 3], [0xE7, 1, 1]]);
        drop(a);
        assert_eq!(ours(), [[0xE7, 3, 3]]);
        drop(c);
        assert!(ours().is_empty());
    }
}
