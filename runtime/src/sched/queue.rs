//! Run queues: which process goes next.
//!
//! As OTP documents it: `max` before `high` before the others; `low` takes turns with `normal` and gets every eighth.
//! *Invariant*: a slot is in one run queue at most, once.

use crate::process::table::Slot;
use linac_core::Term;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Who runs first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
#[repr(u8)]
pub enum Priority {
    /// Every eighth time.
    Low,
    /// The usual.
    #[default]
    Normal,
    /// Before the lower ones.
    High,
    /// Before all others.
    Max,
}

impl Priority {
    /// All, lowest first.
    pub const ALL: [Priority; 4] = [Priority::Low, Priority::Normal, Priority::High, Priority::Max];

    fn name(self) -> &'static str {
        match self {
            Priority::Low => "low",
            Priority::Normal => "normal",
            Priority::High => "high",
            Priority::Max => "max",
        }
    }

    /// The one that an atom names.
    pub fn of(term: Term) -> Option<Priority> {
        let name = term.as_atom()?.text();
        Priority::ALL.into_iter().find(|priority| priority.name() == name)
    }

    /// Its name as an atom.
    pub fn term(self) -> Term {
        crate::data::atom(self.name())
    }
}

/// One turn in so many is a process's of low priority.
const LOW_TURN: u32 = 8;

/// What is ready, by priority.
#[derive(Debug)]
struct Ready<T> {
    by_priority: [VecDeque<T>; Priority::ALL.len()],
    /// Turns of normal processes since the last one of low priority.
    turns: u32,
}

impl<T> Ready<T> {
    fn of(&mut self, priority: Priority) -> &mut VecDeque<T> {
        &mut self.by_priority[priority as usize]
    }

    fn pop(&mut self) -> Option<T> {
        let first = self.of(Priority::Max).pop_front();
        if let Some(first) = first.or_else(|| self.of(Priority::High).pop_front()) {
            return Some(first);
        }
        let low_waits = !self.of(Priority::Low).is_empty();
        if (!low_waits || self.turns < LOW_TURN - 1)
            && let Some(normal) = self.of(Priority::Normal).pop_front()
        {
            self.turns = if low_waits { self.turns + 1 } else { 0 };
            return Some(normal);
        }
        self.turns = 0;
        self.of(Priority::Low).pop_front()
    }

    fn len(&self) -> usize {
        self.by_priority.iter().map(VecDeque::len).sum()
    }
}

impl<T> Default for Ready<T> {
    fn default() -> Ready<T> {
        Ready { by_priority: Default::default(), turns: 0 }
    }
}

/// Processes ready to run, by slot.
#[derive(Debug, Default)]
pub(super) struct RunQueue {
    ready: Mutex<Ready<&'static Slot>>,
    len: AtomicUsize,
}

impl RunQueue {
    fn lock(&self) -> MutexGuard<'_, Ready<&'static Slot>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many are in it. Others may add and take meanwhile.
    pub(super) fn len(&self) -> usize {
        self.len.load(Ordering::SeqCst)
    }

    /// Puts slots at the end, each behind those of its priority; gives the length.
    pub(super) fn push(&self, slots: impl IntoIterator<Item = &'static Slot>) -> usize {
        let mut ready = self.lock();
        for slot in slots {
            ready.of(slot.priority()).push_back(slot);
        }
        let len = ready.len();
        self.len.store(len, Ordering::SeqCst);
        len
    }

    pub(super) fn pop(&self) -> Option<&'static Slot> {
        if self.len() == 0 {
            return None;
        }
        let mut ready = self.lock();
        let slot = ready.pop();
        self.len.store(ready.len(), Ordering::SeqCst);
        slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(counts: [usize; 4]) -> Ready<(Priority, usize)> {
        let mut ready = Ready::default();
        for (priority, count) in Priority::ALL.into_iter().zip(counts) {
            ready.of(priority).extend((0..count).map(|n| (priority, n)));
        }
        ready
    }

    #[test]
    fn max_before_high_before_the_others_in_order() {
        let mut ready = filled([0, 2, 2, 2]);
        let order: Vec<_> = std::iter::from_fn(|| ready.pop()).collect();
        let mut expected = order.clone();
        expected.sort_by_key(|&(priority, n)| (std::cmp::Reverse(priority), n));
        assert_eq!(order, expected);
        assert_eq!((order.len(), ready.len()), (6, 0));
    }

    #[test]
    fn low_gets_every_eighth_turn() {
        let mut ready = filled([3, 20, 0, 0]);
        let order: Vec<_> = std::iter::from_fn(|| ready.pop()).map(|(priority, _)| priority).collect();
        let low: Vec<_> = (0..order.len()).filter(|&n| order[n] == Priority::Low).collect();
        assert_eq!(low, [7, 15, 22]);
        let mut ready = filled([2, 0, 0, 0]);
        assert!(ready.pop().is_some() && ready.pop().is_some() && ready.pop().is_none());
    }
}
