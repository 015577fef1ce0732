//! When the runtime itself fails: say what was going on, then abort.
//!
//! A Rust panic cannot unwind through Erlang frames, and state after one is not to be trusted; so the panic hook
//! prints what the thread's process was doing, and every function that native code calls aborts on a panic.

use crate::frames::Frames;
use crate::process::Process;
use linac_core::Term;
use std::cell::Cell;
use std::fmt::Write as _;
use std::sync::Once;

thread_local! {
    static RUNNING: Cell<*mut Process> = const { Cell::new(std::ptr::null_mut()) };
}

/// Notes which process this thread runs.
pub(super) fn now_running(process: *mut Process) {
    RUNNING.set(process);
}

/// Sets up the hook, once.
pub(super) fn prepare_thread() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            before(info);
            let process = RUNNING.replace(std::ptr::null_mut());
            if !process.is_null() {
                // SAFETY: this thread runs the process; whatever state it is in, nobody else changes it.
                eprint!("{}", dump(unsafe { &mut *process }));
                std::process::abort();
            }
        }));
    });
}

/// What a process was doing, as far as it can be told from a broken runtime.
pub fn dump(process: &mut Process) -> String {
    let mut text = String::new();
    let head = &process.head;
    let _ = writeln!(text, "=== linac crash dump: process {:?}", process.pid);
    let _ = writeln!(text, "started as {}", crate::exception::mfa_text(process.initial));
    let _ = writeln!(
        text,
        "heap {:#x} top {:#x} stack {:#x}..{:#x} reductions {}",
        head.heap_start, head.htop, head.sp, head.stack_base, head.reds as isize
    );
    let _ = writeln!(text, "collector: {:?}", process.heap.stats);
    for (name, word) in [("class", head.exc_class), ("reason", head.exc_reason)] {
        if word != 0 {
            // SAFETY: the fields hold terms.
            let term = unsafe { Term::from_raw(word) };
            let _ = writeln!(text, "pending {name}: {}", crate::data::brief(term));
        }
    }
    // SAFETY: best effort: the stack was well formed when native code last left. Native code stores no registers but
    // those of the argument area.
    let frames = unsafe { Frames::new(head) };
    for frame in frames.take(20) {
        let _ = writeln!(text, "  {:#x} {}", frame.return_address, crate::exception::site_text(frame.site));
    }
    let live = head.live_args;
    for (index, word) in process.area()[..live].iter().enumerate() {
        // SAFETY: live words of the argument area are terms.
        let term = unsafe { Term::from_raw(*word) };
        let _ = writeln!(text, "  x{index} = {}", crate::data::brief(term));
    }
    text
}
