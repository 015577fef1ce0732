//! Making every thread forget instructions that it fetched before new code was written.
//!
//! On ARM a processor that runs new code must have passed a context synchronization event since the code became visible,
//! or it may carry out what it fetched from these addresses before. The writer cannot do that for other processors, and
//! callers jump through cells without a barrier; but the kernel can, on each processor that runs a thread of ours. Kernels
//! that cannot (before 4.16, and emulators, which have no such caches) say so, and are left alone: there the event is
//! that a thread was in the kernel, which is all that remains.

use std::sync::OnceLock;

/// Commands of the system call.
const SYNC_CORE: libc::c_int = 1 << 5;
const REGISTER_SYNC_CORE: libc::c_int = 1 << 6;

fn call(command: libc::c_int) -> bool {
    // SAFETY: the call touches no memory of ours.
    unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) == 0 }
}

/// Returns when every running thread of this process has synchronized.
pub(super) fn all_threads() {
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    if *REGISTERED.get_or_init(|| call(REGISTER_SYNC_CORE)) {
        call(SYNC_CORE);
    }
}
