//! When the runtime itself fails: say what was going on, then abort.
//!
//! A Rust panic cannot unwind through Erlang frames, and state after one is not to be trusted; so the panic hook
//! prints what the thread's process was doing, and every function that native code calls aborts on a panic.

use crate::frames::Frames;
use crate::process::Process;
use linac_abi::process::ProcessHead;
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
                crate::say!("{}", dump(unsafe { &mut *process }).trim_end());
                std::process::abort();
            }
        }));
        for signal in [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE] {
            // SAFETY: the handler has the type that `SA_SIGINFO` asks for; zero is a valid start for the structure.
            unsafe {
                let mut action: libc::sigaction = std::mem::zeroed();
                action.sa_sigaction = on_fault as *const () as usize;
                // The faulting thread may be on an Erlang stack, which has no room for a handler. On reset, the
                // instruction faults again, and the operating system ends the program as usual.
                action.sa_flags = libc::SA_ONSTACK | libc::SA_SIGINFO | libc::SA_RESETHAND;
                libc::sigaction(signal, &raw const action, std::ptr::null_mut());
            }
        }
    });
}

/// A fault in native code or in the runtime. Nothing here is safe to do in a handler in general; but the program is
/// lost, and a second fault only cuts the dump short.
extern "C" fn on_fault(signal: libc::c_int, info: *mut libc::siginfo_t, _context: *mut libc::c_void) {
    // SAFETY: the kernel passes a valid structure.
    let address = unsafe { (*info).si_addr() };
    crate::say!("linac: signal {signal} at address {address:p}");
    let process = RUNNING.replace(std::ptr::null_mut());
    if !process.is_null() {
        // SAFETY: as in the panic hook.
        crate::say!("{}", dump(unsafe { &mut *process }).trim_end());
    }
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
    if (head.heap_start..head.stack_base).contains(&head.sp) && head.sp.is_multiple_of(size_of::<usize>()) {
        dump_frames(head, &mut text);
    }
    let live = head.live_args.min(255);
    if head.xregs != 0 {
        for (index, word) in process.area()[..live].iter().enumerate() {
            // SAFETY: live words of the argument area are terms.
            let term = unsafe { Term::from_raw(*word) };
            let _ = writeln!(text, "  x{index} = {}", crate::data::brief(term));
        }
    }
    text
}

/// The newest frames with their term slots.
fn dump_frames(head: &ProcessHead, text: &mut String) {
    // SAFETY: the stack pointer lies in the block; native code stored it when it last left.
    let frames = unsafe { Frames::lenient(head) };
    for frame in frames.take(20) {
        let _ = writeln!(text, "  {:#x} {}", frame.return_address, crate::exception::site_text(frame.site));
        frame.each_term(|slot| {
            // SAFETY: the return site says that the slot holds a term.
            let term = unsafe { Term::from_raw(*slot) };
            let _ = writeln!(text, "      {}", crate::data::brief(term));
        });
    }
}
