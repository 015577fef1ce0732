//! The signal queue: many senders, one receiver, order per sender kept.
//!
//! *Idea*: a singly linked stack that senders push onto with one compare-and-swap; the receiver takes all of it with
//! one swap and reverses it. Two pushes of one sender land in their order, whatever others do between them. A closed
//! queue holds a mark instead of a list: the process behind it has ended, and pushing says so. Another mark says that
//! the receiver sleeps; it gives way to the first node, whose sender wakes the receiver. So a push and a wake-up are one
//! access, as are looking for signals and falling asleep. *Invariants*: nodes are owned by the queue from a push that
//! succeeded until they are taken; exactly one sender wakes a receiver that sleeps.

#[cfg(loom)]
use loom::sync::atomic::{AtomicPtr, Ordering};
#[cfg(not(loom))]
use std::sync::atomic::{AtomicPtr, Ordering};

/// A node of a queue or of a list that came out of one.
#[derive(Debug)]
pub struct Node<T> {
    /// The next node; owned.
    pub next: *mut Node<T>,
    /// What it carries.
    pub value: T,
}

// SAFETY: a node owns what it carries and its successors; it moves as one.
unsafe impl<T: Send> Send for Node<T> {}

/// A queue.
#[derive(Debug)]
pub struct Queue<T> {
    head: AtomicPtr<Node<T>>,
}

/// The queue is closed.
fn closed<T>() -> *mut Node<T> {
    std::ptr::without_provenance_mut(1)
}

/// The queue is empty and its receiver sleeps.
fn asleep<T>() -> *mut Node<T> {
    std::ptr::without_provenance_mut(2)
}

/// What a sender has to do after a push.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Pushed {
    /// Nothing: the receiver looks again before it sleeps.
    Seen,
    /// Wake the receiver.
    Wake,
}

impl<T> Queue<T> {
    /// A closed queue.
    pub fn new_closed() -> Queue<T> {
        Queue { head: AtomicPtr::new(closed()) }
    }

    /// Lets a closed queue accept nodes.
    pub fn open(&self) {
        self.head.store(std::ptr::null_mut(), Ordering::Release);
    }

    /// Is it closed?
    pub fn is_closed(&self) -> bool {
        self.head.load(Ordering::SeqCst) == closed()
    }

    /// Puts a node at the end. Gives it back if the queue is closed.
    pub fn push(&self, mut node: Box<Node<T>>) -> Result<Pushed, Box<Node<T>>> {
        let mut head = self.head.load(Ordering::Relaxed);
        loop {
            if head == closed() {
                return Err(node);
            }
            let sleeping = head == asleep();
            node.next = if sleeping { std::ptr::null_mut() } else { head };
            let pushed: *mut Node<T> = &raw mut *node;
            // Release: the receiver sees the node's contents. Acquire: who wakes it sees all that it did before it
            // fell asleep, and hands that on to the thread that runs it.
            match self.head.compare_exchange_weak(head, pushed, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => {
                    // The queue owns it now.
                    let _ = Box::into_raw(node);
                    return Ok(if sleeping { Pushed::Wake } else { Pushed::Seen });
                }
                Err(now) => head = now,
            }
        }
    }

    /// The receiver, which has let go of everything that is its own, falls asleep. False if there is something to take
    /// instead.
    pub fn sleep(&self) -> bool {
        let empty = std::ptr::null_mut();
        self.head.compare_exchange(empty, asleep(), Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// Takes everything, oldest first. Only the receiver calls this, and not on a closed queue.
    pub fn take(&self) -> List<T> {
        if self.head.load(Ordering::Relaxed).is_null() {
            return List { first: std::ptr::null_mut() };
        }
        List::reversed(self.head.swap(std::ptr::null_mut(), Ordering::AcqRel))
    }

    /// Closes the queue and takes what was in it.
    pub fn close(&self) -> List<T> {
        List::reversed(self.head.swap(closed(), Ordering::AcqRel))
    }
}

impl<T> Drop for Queue<T> {
    fn drop(&mut self) {
        drop(self.close());
    }
}

/// Nodes taken out of a queue, oldest first.
#[derive(Debug)]
pub struct List<T> {
    first: *mut Node<T>,
}

impl<T> List<T> {
    fn reversed(mut node: *mut Node<T>) -> List<T> {
        let mut first = std::ptr::null_mut();
        if node == closed() || node == asleep() {
            node = first;
        }
        while !node.is_null() {
            // SAFETY: the nodes were swapped out of the queue, so they are ours alone.
            let next = unsafe { std::mem::replace(&mut (*node).next, first) };
            first = node;
            node = next;
        }
        List { first }
    }
}

impl<T> Iterator for List<T> {
    type Item = Box<Node<T>>;

    fn next(&mut self) -> Option<Box<Node<T>>> {
        if self.first.is_null() {
            return None;
        }
        // SAFETY: the list owns its nodes, each of which came from a box.
        let mut node = unsafe { Box::from_raw(self.first) };
        self.first = std::mem::replace(&mut node.next, std::ptr::null_mut());
        Some(node)
    }
}

impl<T> Drop for List<T> {
    fn drop(&mut self) {
        self.for_each(drop);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn node(value: u64) -> Box<Node<u64>> {
        Box::new(Node { next: std::ptr::null_mut(), value })
    }

    #[test]
    fn order_is_kept_and_closing_ends_it() {
        let queue = Queue::new_closed();
        assert!(queue.push(node(0)).is_err());
        queue.open();
        (1..=3).for_each(|n| assert_eq!(queue.push(node(n)).unwrap(), Pushed::Seen));
        assert!(!queue.sleep(), "there is something to take");
        assert_eq!(queue.take().map(|n| n.value).collect::<Vec<_>>(), [1, 2, 3]);
        assert!(queue.sleep());
        assert_eq!(queue.push(node(4)).unwrap(), Pushed::Wake);
        assert_eq!(queue.push(node(5)).unwrap(), Pushed::Seen);
        assert_eq!(queue.close().map(|n| n.value).collect::<Vec<_>>(), [4, 5]);
        assert!(queue.push(node(6)).is_err());
        queue.open();
        assert!(queue.sleep());
        assert_eq!(queue.close().count(), 0);
    }

    #[test]
    fn order_per_sender_under_load() {
        const EACH: u64 = 20_000;
        let queue = Queue::new_closed();
        queue.open();
        std::thread::scope(|scope| {
            for sender in 0..3u64 {
                let queue = &queue;
                scope.spawn(move || {
                    (0..EACH)
                        .for_each(|n| assert_eq!(queue.push(node(sender << 32 | n)).unwrap(), Pushed::Seen));
                });
            }
            let (mut next, mut seen) = ([0; 3], 0);
            while seen < 3 * EACH {
                for taken in queue.take() {
                    let sender = (taken.value >> 32) as usize;
                    assert_eq!(taken.value & 0xFFFF_FFFF, next[sender]);
                    next[sender] += 1;
                    seen += 1;
                }
            }
        });
    }
}

#[cfg(all(test, loom))]
mod loom_tests {
    use super::*;
    use loom::sync::Arc;
    use loom::sync::atomic::AtomicUsize;

    fn node(value: usize) -> Box<Node<usize>> {
        Box::new(Node { next: std::ptr::null_mut(), value })
    }

    /// Two senders, one receiver that closes: nothing is lost, nothing doubled, order per sender kept.
    #[test]
    fn senders_against_a_closing_receiver() {
        loom::model(|| {
            let queue = Arc::new(Queue::new_closed());
            queue.open();
            let sender = |base: usize| {
                let queue = queue.clone();
                loom::thread::spawn(move || (0..2).filter(|n| queue.push(node(base + n)).is_ok()).count())
            };
            let (a, b) = (sender(0), sender(10));
            let mut seen: Vec<usize> = queue.take().map(|n| n.value).collect();
            seen.extend(queue.close().map(|n| n.value));
            let sent = a.join().unwrap() + b.join().unwrap();
            assert_eq!(seen.len(), sent);
            for base in [0, 10] {
                let of: Vec<usize> = seen.iter().copied().filter(|n| n / 10 == base / 10).collect();
                assert!(of.windows(2).all(|pair| pair[0] < pair[1]), "{seen:?}");
            }
        });
    }

    /// A receiver that sleeps between takes gets everything, in each sender's order; that the model ends says that no
    /// wake-up is lost, for a sender pushes only once after the receiver has fallen asleep for the last time.
    #[test]
    fn a_sleeping_receiver_gets_everything_in_order() {
        const EACH: usize = 2;
        let mut model = loom::model::Builder::new();
        model.preemption_bound = Some(2);
        model.check(|| {
            let queue = Arc::new(Queue::new_closed());
            queue.open();
            // Wake-ups that were sent; each is consumed by the sleep that it ended.
            let woken = Arc::new(AtomicUsize::new(0));
            let senders = [0, 10].map(|base| {
                let (queue, woken) = (queue.clone(), woken.clone());
                loom::thread::spawn(move || {
                    for n in 0..EACH {
                        if queue.push(node(base + n)).unwrap() == Pushed::Wake {
                            assert_eq!(woken.fetch_add(1, Ordering::Relaxed), 0, "woken twice");
                        }
                    }
                })
            });
            let mut seen = Vec::new();
            while seen.len() < 2 * EACH {
                seen.extend(queue.take().map(|n| n.value));
                if seen.len() < 2 * EACH && queue.sleep() {
                    // Asleep, until a sender says otherwise.
                    while woken.compare_exchange(1, 0, Ordering::Relaxed, Ordering::Relaxed).is_err() {
                        loom::thread::yield_now();
                    }
                }
            }
            senders.into_iter().for_each(|sender| sender.join().unwrap());
            for base in [0, 10] {
                let of: Vec<usize> = seen.iter().copied().filter(|n| n / 10 == base / 10).collect();
                assert_eq!(of, [base, base + 1]);
            }
        });
    }

    /// What the receiver did before it fell asleep is seen by the sender that wakes it, which runs it next.
    #[test]
    fn who_wakes_sees_what_the_sleeper_did() {
        loom::model(|| {
            let queue = Arc::new(Queue::new_closed());
            queue.open();
            let body = Arc::new(loom::cell::UnsafeCell::new(0));
            let sender = {
                let (queue, body) = (queue.clone(), body.clone());
                loom::thread::spawn(move || {
                    if queue.push(node(1)).unwrap() == Pushed::Wake {
                        // SAFETY: the model checks that nobody else has access.
                        body.with_mut(|body| unsafe { *body += 1 });
                        assert_eq!(queue.take().count(), 1);
                    }
                })
            };
            // SAFETY: as above.
            body.with_mut(|body| unsafe { *body = 1 });
            let slept = queue.sleep();
            sender.join().unwrap();
            // SAFETY: as above.
            body.with(|body| assert_eq!(unsafe { *body }, 1 + usize::from(slept)));
        });
    }

    /// A slot's queue is closed and opened again for the next process: what a late sender pushes is refused or in one
    /// of the two lists, never lost.
    #[test]
    fn a_queue_used_again_loses_nothing() {
        loom::model(|| {
            let queue = Arc::new(Queue::new_closed());
            queue.open();
            let sender = {
                let queue = queue.clone();
                loom::thread::spawn(move || {
                    (0..2).filter(|&n| queue.push(node(n)).is_ok()).collect::<Vec<usize>>()
                })
            };
            let mut seen: Vec<usize> = queue.close().map(|n| n.value).collect();
            queue.open();
            let accepted = sender.join().unwrap();
            seen.extend(queue.close().map(|n| n.value));
            assert_eq!(seen, accepted);
        });
    }

    /// Exactly one of receiver and sender notices.
    #[test]
    fn no_wakeup_is_lost() {
        loom::model(|| {
            let queue = Arc::new(Queue::new_closed());
            queue.open();
            let sender = {
                let queue = queue.clone();
                loom::thread::spawn(move || queue.push(node(1)).unwrap() == Pushed::Wake)
            };
            let slept = queue.take().next().is_none() && queue.sleep();
            assert_eq!(sender.join().unwrap(), slept);
        });
    }
}
