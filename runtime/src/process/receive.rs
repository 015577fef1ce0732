//! What receive expressions are made of.

use super::{Left, Process};
use crate::arch::Ret;
use crate::sched::timers::Action;
use linac_abi::term::FixedAtom;
use linac_core::{Term, number};

/// Longest timeout, in milliseconds.
pub const MAX_TIMEOUT: i64 = 0xFFFF_FFFF;

impl Process {
    /// The message under examination.
    pub fn recv_peek(&mut self) -> Term {
        self.mailbox.peek(&mut self.heap).unwrap_or(Term::NONE)
    }

    /// Takes the message under examination out of the queue.
    pub fn recv_remove(&mut self) {
        self.mailbox.remove();
        self.stop_timer();
        self.check_pressure();
    }

    /// Ends a receive by timeout.
    pub fn recv_timeout(&mut self) {
        self.mailbox.rewind();
        self.stop_timer();
    }

    fn stop_timer(&mut self) {
        self.timed_out = false;
        if let Some((number, at)) = self.timer.take() {
            self.system.timers.remove(at, number);
        }
    }

    /// Looks for messages beyond those examined, waits if there are none.
    pub fn recv_wait(&mut self) -> Ret {
        if !self.handle_signals() {
            return Ret::LEAVE;
        }
        if self.mailbox.has_more() {
            return self.more();
        }
        self.left = Left::Receiving;
        Ret::LEAVE
    }

    /// There are messages that were not examined. That takes a reduction: code that waits again and again without
    /// looking at any gives way now and then.
    fn more(&mut self) -> Ret {
        self.head.reds = self.head.reds.wrapping_sub(1);
        if (self.head.reds as isize) < 0 {
            self.left = Left::Receiving;
            return Ret::LEAVE;
        }
        Ret::value(1)
    }

    /// As `recv_wait`, but not longer than the timeout.
    pub fn recv_wait_timeout(&mut self, timeout: Term) -> Ret {
        if timeout == Term::fixed(FixedAtom::Infinity) {
            return self.recv_wait();
        }
        let Some(millis) = number::to_i64(timeout).filter(|ms| (0..=MAX_TIMEOUT).contains(ms)) else {
            self.head.exc_class = FixedAtom::Error.word() as usize;
            self.head.exc_reason = FixedAtom::TimeoutValue.word() as usize;
            self.head.exc_trace = Term::NONE.raw();
            return Ret::value(0);
        };
        if !self.handle_signals() {
            return Ret::LEAVE;
        }
        if self.mailbox.has_more() {
            return self.more();
        }
        if self.timed_out || millis == 0 {
            return Ret::value(2);
        }
        if self.timer.is_none() {
            let number = self.system.new_ref();
            // One more: the current millisecond has begun already, and a timeout must not be early.
            let at = self.system.now_ms() + millis as u64 + 1;
            self.timer = Some((number, at));
            self.system.timers.add(at, number, Action::Receive(self.pid));
        }
        self.left = Left::Receiving;
        Ret::LEAVE
    }
}
