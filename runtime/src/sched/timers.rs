//! Timers: what is to happen at a time.
//!
//! An ordered map from (deadline, number) to what to do, behind a lock; the nearest deadline is kept in a word, so
//! that a scheduler between two processes finds out with one load that nothing is due.

use super::System;
use crate::process::life;
use crate::process::signal::{Parcel, Signal};
use crate::process::table::Pid;
use linac_core::Atom;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What happens when a timer runs out.
#[derive(Debug)]
pub enum Action {
    /// The receive of a process times out.
    Receive(Pid),
    /// A process gets a message.
    Message(Pid, Parcel),
    /// The process that then has the name gets a message.
    Named(Atom, Parcel),
}

impl Action {
    /// The process that it is about, if it was given as a pid.
    fn pid(&self) -> Option<Pid> {
        match self {
            Action::Receive(pid) | Action::Message(pid, _) => Some(*pid),
            Action::Named(..) => None,
        }
    }
}

#[derive(Debug, Default)]
struct Wheel {
    by_time: BTreeMap<(u64, u64), Action>,
    /// Deadlines of those that can be asked for by number (`cancel_timer`).
    by_number: HashMap<u64, u64>,
}

/// All timers.
#[derive(Debug)]
pub struct Timers {
    wheel: Mutex<Wheel>,
    /// The nearest deadline, `u64::MAX` if there is none.
    nearest: AtomicU64,
}

impl Default for Timers {
    fn default() -> Timers {
        Timers { wheel: Mutex::default(), nearest: AtomicU64::new(u64::MAX) }
    }
}

impl Timers {
    fn wheel(&self) -> MutexGuard<'_, Wheel> {
        self.wheel.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn update(&self, wheel: &Wheel) {
        let first = wheel.by_time.first_key_value().map_or(u64::MAX, |((at, _), _)| *at);
        self.nearest.store(first, Ordering::Release);
    }

    /// The nearest deadline.
    pub fn next(&self) -> Option<u64> {
        Some(self.nearest.load(Ordering::Acquire)).filter(|at| *at != u64::MAX)
    }

    /// Starts a timer under a number that is used once.
    pub fn add(&self, at: u64, number: u64, action: Action) {
        let mut wheel = self.wheel();
        if !matches!(action, Action::Receive(_)) {
            wheel.by_number.insert(number, at);
        }
        wheel.by_time.insert((at, number), action);
        self.update(&wheel);
    }

    /// Stops a timer whose deadline is known.
    pub fn remove(&self, at: u64, number: u64) {
        let mut wheel = self.wheel();
        wheel.by_time.remove(&(at, number));
        self.update(&wheel);
    }

    /// Stops a numbered timer; gives its deadline and whom it is for if it had not run out.
    pub fn cancel(&self, number: u64) -> Option<(u64, Option<Pid>)> {
        let mut wheel = self.wheel();
        let at = wheel.by_number.remove(&number)?;
        let action = wheel.by_time.remove(&(at, number));
        self.update(&wheel);
        Some((at, action.as_ref().and_then(Action::pid)))
    }

    /// Deadline of a numbered timer, and whom it is for.
    pub fn deadline(&self, number: u64) -> Option<(u64, Option<Pid>)> {
        let wheel = self.wheel();
        let at = *wheel.by_number.get(&number)?;
        Some((at, wheel.by_time.get(&(at, number)).and_then(Action::pid)))
    }

    fn due(&self, now: u64) -> Option<(u64, Action)> {
        let mut wheel = self.wheel();
        let first = wheel.by_time.first_entry().filter(|first| first.key().0 <= now)?;
        let ((_, number), action) = first.remove_entry();
        wheel.by_number.remove(&number);
        self.update(&wheel);
        Some((number, action))
    }
}

impl System {
    /// Does what is due.
    pub(super) fn fire_timers(&'static self) {
        if self.timers.next().is_none_or(|at| at > self.now_ms()) {
            return;
        }
        while let Some((number, action)) = self.timers.due(self.now_ms()) {
            match action {
                Action::Receive(pid) => life::send(self, pid, Signal::Timeout(number)),
                Action::Message(pid, parcel) => life::send(self, pid, Signal::Message(parcel)),
                Action::Named(name, parcel) => {
                    if let Some(pid) = self.whereis(name) {
                        life::send(self, pid, Signal::Message(parcel));
                    }
                }
            }
        }
    }
}
