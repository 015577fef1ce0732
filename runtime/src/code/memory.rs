//! Executable memory: one reserved address range for code and the data that code refers to.
//!
//! *Problem*: code must reach its cells by 32-bit distances, a return address must be recognisable, and no page may
//! be writable and executable at once. *Idea*: one reservation, its first half code and its second half data. Code
//! pages are a memory file mapped twice, executable here and writable elsewhere; where that is refused, each block
//! gets pages of its own whose protection changes when the block is published. So it is, too, where a debugger is to
//! set breakpoints: it cannot write to a shared mapping that is not writable. *Invariant*: published code never
//! changes; everything that switches lies in the data half. Only published code's addresses get into cells
//! ([`Written`], [`Published`], [`CodeAddress`]): code is written, made visible, and then its address is stored with release order.

use linac_abi::WordSize;
use rustix::fs::{MemfdFlags, ftruncate, memfd_create};
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap, mmap_anonymous, mprotect, munmap};
use std::io;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// Bytes reserved for code, and again for data: both together stay within reach of a signed 32-bit distance. Machines with
/// 32-bit words have no more addresses than that for everything.
const HALF: usize = match WordSize::HOST {
    WordSize::W64 => 512 << 20,
    WordSize::W32 => 64 << 20,
};
const _: () = assert!(HALF as i64 <= WordSize::HOST.small_max());
const PAGE: usize = 4096;

/// Hands out parts of `0..len`, first fit, neighbours joined again when they come back.
#[derive(Debug)]
pub(crate) struct RangeAlloc {
    /// Free parts as (start, length), ascending, no two adjacent.
    free: Vec<(usize, usize)>,
    used: usize,
}

impl RangeAlloc {
    pub(crate) fn new(len: usize) -> RangeAlloc {
        RangeAlloc { free: vec![(0, len)], used: 0 }
    }

    /// Takes `len` bytes; `len` must be a multiple of the alignment that the owner keeps to.
    pub(crate) fn take(&mut self, len: usize) -> Option<usize> {
        let at = self.free.iter().position(|&(_, free)| free >= len)?;
        let (start, free) = self.free[at];
        if free == len {
            self.free.remove(at);
        } else {
            self.free[at] = (start + len, free - len);
        }
        self.used += len;
        Some(start)
    }

    /// Gives back what `take` returned.
    pub(crate) fn give(&mut self, start: usize, len: usize) {
        self.used -= len;
        let at = self.free.partition_point(|&(other, _)| other < start);
        self.free.insert(at, (start, len));
        if at + 1 < self.free.len() && start + len == self.free[at + 1].0 {
            self.free[at].1 += self.free[at + 1].1;
            self.free.remove(at + 1);
        }
        if at > 0 && self.free[at - 1].0 + self.free[at - 1].1 == start {
            self.free[at - 1].1 += self.free[at].1;
            self.free.remove(at);
        }
    }
}

/// The range is used up, or the operating system refuses.
#[derive(Debug)]
pub struct CodeMemoryError(&'static str);

impl std::fmt::Display for CodeMemoryError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "no {} memory left in the reserved range", self.0)
    }
}

impl std::error::Error for CodeMemoryError {}

/// The reserved range. There is one per operating-system process ([`space`]).
#[derive(Debug)]
pub struct CodeSpace {
    base: usize,
    /// Address of the writable view of the code half, or 0 where protection is changed instead.
    writable: usize,
    inner: Mutex<Ranges>,
}

#[derive(Debug)]
struct Ranges {
    code: RangeAlloc,
    data: RangeAlloc,
}

/// A piece of the code half.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeBlock {
    /// Address that it runs at.
    pub address: usize,
    /// Reserved length.
    pub len: usize,
}

/// Code that stands where it will run, but that processors need not see yet: [`Written::publish`] is the only way on.
#[derive(Debug)]
#[must_use = "code that is not published must not run"]
pub struct Written(CodeBlock);

impl Written {
    /// Makes the code visible to every thread's instruction fetch.
    pub fn publish(self) -> Published {
        // SAFETY: the block is mapped executable; `CodeSpace::write` has filled it.
        unsafe { crate::arch::synchronize(self.0.address, self.0.len) };
        Published(self.0)
    }
}

/// Code that every thread may run that learns its address by an acquiring load, such as the processor's of an entry
/// cell on its way to a jump, which depends on it.
#[derive(Debug, Clone, Copy)]
pub struct Published(CodeBlock);

impl Published {
    /// The address of an offset in the code.
    pub fn at(self, offset: usize) -> CodeAddress {
        debug_assert!(offset < self.0.len);
        CodeAddress(self.0.address + offset)
    }
}

/// An address in published code: what entry cells hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeAddress(usize);

impl CodeAddress {
    /// The address as a number.
    pub fn get(self) -> usize {
        self.0
    }

    /// What a cell holds.
    pub(super) fn of_cell(address: usize) -> CodeAddress {
        CodeAddress(address)
    }
}

static BREAKPOINTS: AtomicBool = AtomicBool::new(false);

/// Makes the code space, if it does not exist yet, one that a debugger can write breakpoints into.
pub fn allow_breakpoints() {
    BREAKPOINTS.store(true, Ordering::Relaxed);
}

/// The code space of this operating-system process.
pub fn space() -> &'static CodeSpace {
    static SPACE: OnceLock<CodeSpace> = OnceLock::new();
    SPACE.get_or_init(|| {
        // Emulators notice that code changes where it runs, but not through another mapping.
        let one = BREAKPOINTS.load(Ordering::Relaxed) || std::env::var_os("LINAC_ONE_MAPPING").is_some();
        CodeSpace::reserve(!one).unwrap_or_else(|error| {
            // Without executable memory there is nothing this program can do.
            crate::say!("linac: cannot reserve memory for code: {error}");
            std::process::exit(1)
        })
    })
}

impl CodeSpace {
    /// Bytes of code and of the data that code refers to.
    pub fn bytes(&self) -> usize {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.code.used + inner.data.used
    }

    fn reserve(dual: bool) -> io::Result<CodeSpace> {
        // SAFETY: new mappings at addresses of the kernel's choice, or over a part of one just made.
        unsafe {
            let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
            let base = mmap_anonymous(null_mut(), 2 * HALF, ProtFlags::empty(), flags)?;
            mprotect(base.add(HALF), HALF, MprotectFlags::READ | MprotectFlags::WRITE)?;
            let writable = if dual { Self::map_twice(base).unwrap_or(0) } else { 0 };
            let inner = Mutex::new(Ranges { code: RangeAlloc::new(HALF), data: RangeAlloc::new(HALF) });
            Ok(CodeSpace { base: base as usize, writable, inner })
        }
    }

    /// Maps one memory file executable at `base` and writable elsewhere; gives the writable address.
    ///
    /// # Safety
    /// `base..base + HALF` is a reservation of the caller's that nothing uses yet.
    unsafe fn map_twice(base: *mut core::ffi::c_void) -> io::Result<usize> {
        let file = memfd_create("linac-code", MemfdFlags::CLOEXEC)?;
        ftruncate(&file, HALF as u64)?;
        // SAFETY: a new mapping, and one over the caller's reservation; if the second is refused the first is undone.
        unsafe {
            let flags = MapFlags::SHARED | MapFlags::NORESERVE;
            let writable = mmap(null_mut(), HALF, ProtFlags::READ | ProtFlags::WRITE, flags, &file, 0)?;
            let executable = ProtFlags::READ | ProtFlags::EXEC;
            match mmap(base, HALF, executable, flags | MapFlags::FIXED, &file, 0) {
                Ok(_) => Ok(writable as usize),
                Err(error) => {
                    munmap(writable, HALF)?;
                    Err(error.into())
                }
            }
        }
    }

    fn ranges(&self) -> MutexGuard<'_, Ranges> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn round_code(&self, len: usize) -> usize {
        len.next_multiple_of(if self.writable == 0 { PAGE } else { 64 })
    }

    /// Is the address in the code half?
    pub fn holds_code(&self, address: usize) -> bool {
        address.wrapping_sub(self.base) < HALF
    }

    /// Where an address lies from the beginning of the code half, which fits a small integer.
    pub fn code_offset(&self, address: usize) -> usize {
        address.wrapping_sub(self.base)
    }

    /// The address that lies so far from the beginning of the code half.
    pub fn code_address(&self, offset: usize) -> usize {
        self.base.wrapping_add(offset)
    }

    /// Reserves room for code.
    pub fn take_code(&self, len: usize) -> Result<CodeBlock, CodeMemoryError> {
        let len = self.round_code(len.max(1));
        let start = self.ranges().code.take(len).ok_or(CodeMemoryError("code"))?;
        Ok(CodeBlock { address: self.base + start, len })
    }

    /// Writes code into a block that nobody runs yet.
    pub fn write(&self, block: CodeBlock, code: &[u8]) -> Result<Written, CodeMemoryError> {
        assert!(code.len() <= block.len, "code larger than its block");
        let refused = |_| CodeMemoryError("executable");
        // SAFETY: the block was taken from this space and is not running, so its bytes are ours to write, through the
        // second view or by opening its own pages; both lie within the mappings made by `reserve`.
        unsafe {
            if self.writable != 0 {
                let to = (self.writable + (block.address - self.base)) as *mut u8;
                to.copy_from_nonoverlapping(code.as_ptr(), code.len());
                to.add(code.len()).write_bytes(TRAP, block.len - code.len());
            } else {
                let to = block.address as *mut u8;
                mprotect(to.cast(), block.len, MprotectFlags::READ | MprotectFlags::WRITE)
                    .map_err(refused)?;
                to.copy_from_nonoverlapping(code.as_ptr(), code.len());
                to.add(code.len()).write_bytes(TRAP, block.len - code.len());
                mprotect(to.cast(), block.len, MprotectFlags::READ | MprotectFlags::EXEC).map_err(refused)?;
            }
        }
        Ok(Written(block))
    }

    /// Gives a block back. Nothing may run in it or return to it any more.
    pub fn give_code(&self, block: CodeBlock) {
        // A stale jump traps instead of running what used to be there.
        if let Ok(written) = self.write(block, &[]) {
            written.publish();
            self.ranges().code.give(block.address - self.base, block.len);
        }
    }

    /// Reserves zeroed data words, 16-byte aligned.
    pub fn take_data(&self, words: usize) -> Result<DataBlock, CodeMemoryError> {
        let len = (words.max(1) * size_of::<usize>()).next_multiple_of(16);
        let start = self.ranges().data.take(len).ok_or(CodeMemoryError("data"))?;
        let address = self.base + HALF + start;
        // SAFETY: the block lies in the data half, which is mapped writable, and belongs to nobody else.
        unsafe { (address as *mut u8).write_bytes(0, len) };
        Ok(DataBlock { address, len })
    }

    /// Gives a data block back. No code may refer to it any more.
    pub fn give_data(&self, block: DataBlock) {
        self.ranges().data.give(block.address - self.base - HALF, block.len);
    }

    /// Bytes in use: code, data.
    pub fn used(&self) -> (usize, usize) {
        let ranges = self.ranges();
        (ranges.code.used, ranges.data.used)
    }
}

/// Fills what is not code: a breakpoint instruction.
const TRAP: u8 = 0xCC;

/// A piece of the data half.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DataBlock {
    /// Address of its first word.
    pub address: usize,
    len: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_join_again() {
        let mut ranges = RangeAlloc::new(100);
        let taken: Vec<_> = (0..4).map(|_| ranges.take(25).unwrap()).collect();
        assert_eq!(taken, [0, 25, 50, 75]);
        assert!(ranges.take(1).is_none());
        for start in [25, 75, 0, 50] {
            ranges.give(start, 25);
        }
        assert_eq!((ranges.free.as_slice(), ranges.used), ([(0, 100)].as_slice(), 0));
    }

    fn returns_seven(space: &CodeSpace) {
        let block = space.take_code(crate::arch::RETURN_7.len()).unwrap();
        let entry = space.write(block, crate::arch::RETURN_7).unwrap().publish().at(0);
        // SAFETY: the bytes load 7 into the result register and return.
        let code: extern "C" fn() -> i32 = unsafe { std::mem::transmute(entry.get()) };
        assert_eq!(code(), 7);
        assert!(space.holds_code(block.address));
        space.give_code(block);
        assert_eq!(space.used().0, 0);
    }

    #[test]
    fn code_runs_with_both_protections() {
        returns_seven(&CodeSpace::reserve(true).unwrap());
        returns_seven(&CodeSpace::reserve(false).unwrap());
    }
}
