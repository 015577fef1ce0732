//! The scheduler loop.

use super::System;
use crate::arch;
use crate::bif;
use crate::process::table::Slot;
use crate::process::{AREA_WORDS, Ending, Left, Process};
use linac_core::Term;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Longest sleep, so that nothing depends on a wake-up alone for ever.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);

/// Runs processes until the system stops.
pub(super) fn scheduler(system: &'static System, number: usize) {
    let mut area = vec![Term::NIL.raw(); AREA_WORDS];
    super::crash::prepare_thread();
    while !system.stopping() {
        system.fire_timers();
        match next(system, number) {
            Some(slot) => run_one(system, slot, area.as_mut_ptr() as usize),
            None => sleep(system),
        }
    }
    // The system may be run again, by other threads.
    system.queues[number].push(super::NEXT.take());
}

fn next(system: &'static System, number: usize) -> Option<&'static Slot> {
    if let Some(slot) = super::NEXT.take() {
        return Some(slot);
    }
    let queues = &system.queues;
    (0..queues.len()).find_map(|step| queues[(number + step) % queues.len()].pop())
}

fn sleep(system: &System) {
    let guard = system.sleep.lock().unwrap_or_else(PoisonError::into_inner);
    system.sleepers.fetch_add(1, Ordering::SeqCst);
    let work = system.queues.iter().any(|queue| queue.len() > 0);
    if !work && !system.stopping() {
        let wait = match system.timers.next() {
            Some(at) => Duration::from_millis(at.saturating_sub(system.now_ms())),
            None => LONGEST_SLEEP,
        };
        if !wait.is_zero() {
            let slept = system.wake.wait_timeout(guard, wait.min(LONGEST_SLEEP));
            let (guard, timeout) = slept.unwrap_or_else(PoisonError::into_inner);
            drop(guard);
            if timeout.timed_out() {
                linac_core::heap::release_spare();
            }
        }
    }
    system.sleepers.fetch_sub(1, Ordering::SeqCst);
}

/// Runs the process in a slot until it leaves, and puts it where it belongs.
fn run_one(system: &'static System, slot: &'static Slot, area: usize) {
    slot.begin();
    let body = slot.body();
    // SAFETY: a slot out of a run queue is this thread's, and so is its process.
    let process = unsafe { &mut *body };
    super::crash::now_running(body);
    process.schedule_in(area);
    if go_on(process) {
        // SAFETY: the process belongs to this thread, its stack ends in the exit address, and `go_on` has set up
        // head and argument area for resuming.
        unsafe { arch::enter(body) };
    }
    super::crash::now_running(std::ptr::null_mut());
    // SAFETY: still ours; taken anew because native code has used it meanwhile.
    let process = unsafe { &mut *body };
    process.schedule_out();
    // What others have suspended sleeps, whatever it was doing.
    let suspended = process.suspended > 0;
    let has_more = process.left == Left::Receiving && process.mailbox.has_more();
    match process.left {
        Left::Ended => process.end(slot),
        _ if !suspended && (has_more || process.left == Left::Yielded) => {
            slot.leave();
            system.make_runnable(slot);
        }
        _ => {
            slot.leave();
            // From a sleep that succeeds on, somebody else may run it.
            if !slot.queue.sleep() {
                system.make_runnable(slot);
            }
        }
    }
}

/// Decides how a process goes on: true if native code is to be entered, false if `left` says what else.
fn go_on(process: &mut Process) -> bool {
    if !process.handle_signals() {
        return false;
    }
    if process.suspended > 0 {
        return false;
    }
    if let Some(continuation) = process.continuation.take() {
        process.left = Left::Yielded;
        let outcome = continuation(process);
        let ret = bif::act(process, outcome);
        return match ret.action() {
            arch::Action::Return => {
                process.resume_with(ret.result());
                true
            }
            arch::Action::Resume => true,
            arch::Action::Leave => false,
        };
    }
    if process.left == Left::Receiving {
        if process.mailbox.has_more() {
            process.resume_with(1);
        } else if process.timed_out {
            process.resume_with(2);
        } else {
            return false;
        }
    }
    process.left = Left::Yielded;
    // What was acted upon meanwhile may have taken the room that the entry had made: a message settled, a collection
    // asked for by another process shrank the block.
    let words = std::mem::take(&mut process.entry_room);
    // SAFETY: a process out of a run queue is at a safepoint.
    let room = words == 0 || unsafe { process.ensure(words) }.is_ok();
    if !room || !process.prepare_start() {
        process.ending = Ending::Exited(process.starved());
        process.left = Left::Ended;
        return false;
    }
    true
}
