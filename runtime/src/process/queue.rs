//! The signal queue: many senders, one receiver, order per sender kept.
//!
//! *Idea*: a singly linked stack that senders push onto with one compare-and-swap; the receiver takes all of it with
//! one swap and reverses it. Two pushes of one sender land in their order, whatever others do between them. A closed
//! queue holds a mark instead of a list: the process behind it has ended, and pushing says so. *Invariant*: nodes
//! are owned by the queue from a push that succeeded until they are taken.

#[cfg(loom)]
use loom::sync::atomic::{AtomicPtr, Ordering};
#[cfg(not(loom))]
use std::sync::atomic::{AtomicPtr, Ordering};

/// The model checker takes sequentially consistent accesses for acquire-release ones; there, fences say what the
/// accesses themselves say on real machines.
fn model_fence() {
    #[cfg(loom)]
    loom::sync::atomic::fence(Ordering::SeqCst);
}

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

fn closed<T>() -> *mut Node<T> {
    std::ptr::without_provenance_mut(1)
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

    /// Puts a node at the end. Gives it back if the queue is closed.
    pub fn push(&self, mut node: Box<Node<T>>) -> Result<(), Box<Node<T>>> {
        let mut head = self.head.load(Ordering::Relaxed);
        loop {
            if head == closed() {
                return Err(node);
            }
            node.next = head;
            let pushed: *mut Node<T> = &raw mut *node;
            // Sequentially consistent: the sender reads the process's state next, and must not read it too early.
            match self.head.compare_exchange_weak(head, pushed, Ordering::SeqCst, Ordering::Relaxed) {
                Ok(_) => {
                    model_fence();
                    // The queue owns it now.
                    let _ = Box::into_raw(node);
                    return Ok(());
                }
                Err(now) => head = now,
            }
        }
    }

    /// Is there nothing to take? The receiver asks after it has said that it waits.
    pub fn is_empty(&self) -> bool {
        model_fence();
        let head = self.head.load(Ordering::SeqCst);
        head.is_null() || head == closed()
    }

    /// Takes everything, oldest first. Only the receiver calls this, and not on a closed queue.
    pub fn take(&self) -> List<T> {
        if self.head.load(Ordering::Relaxed).is_null() {
            return List { first: std::ptr::null_mut() };
        }
        List::reversed(self.head.swap(std::ptr::null_mut(), Ordering::SeqCst))
    }

    /// Closes the queue and takes what was in it.
    pub fn close(&self) -> List<T> {
        List::reversed(self.head.swap(closed(), Ordering::SeqCst))
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
        if node == closed() {
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
        (1..=3).for_each(|n| queue.push(node(n)).unwrap());
        assert_eq!(queue.take().map(|n| n.value).collect::<Vec<_>>(), [1, 2, 3]);
        queue.push(node(4)).unwrap();
        assert_eq!(queue.close().map(|n| n.value).collect::<Vec<_>>(), [4]);
        assert!(queue.push(node(5)).is_err());
    }

    #[test]
    fn order_per_sender_under_load() {
        const EACH: u64 = 20_000;
        let queue = Queue::new_closed();
        queue.open();
        std::thread::scope(|scope| {
            for sender in 0..3u64 {
                let queue = &queue;
                scope.spawn(move || (0..EACH).for_each(|n| queue.push(node(sender << 32 | n)).unwrap()));
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
        const RUNNING: usize = 0;
        const WAITING: usize = 1;
        const EACH: usize = 2;
        let mut model = loom::model::Builder::new();
        model.preemption_bound = Some(2);
        model.check(|| {
            let queue = Arc::new(Queue::new_closed());
            queue.open();
            let state = Arc::new(AtomicUsize::new(RUNNING));
            let wake = |state: &AtomicUsize| {
                state.compare_exchange(WAITING, RUNNING, Ordering::SeqCst, Ordering::SeqCst).is_ok()
            };
            let senders = [0, 10].map(|base| {
                let (queue, state) = (queue.clone(), state.clone());
                loom::thread::spawn(move || {
                    for n in 0..EACH {
                        queue.push(node(base + n)).unwrap();
                        wake(&state);
                    }
                })
            });
            let mut seen = Vec::new();
            while seen.len() < 2 * EACH {
                seen.extend(queue.take().map(|n| n.value));
                if seen.len() < 2 * EACH {
                    state.store(WAITING, Ordering::SeqCst);
                    if queue.is_empty() || !wake(&state) {
                        // Asleep, until a sender says otherwise.
                        while state.load(Ordering::SeqCst) == WAITING {
                            loom::thread::yield_now();
                        }
                    }
                }
            }
            senders.into_iter().for_each(|sender| sender.join().unwrap());
            assert!(queue.is_empty());
            for base in [0, 10] {
                let of: Vec<usize> = seen.iter().copied().filter(|n| n / 10 == base / 10).collect();
                assert_eq!(of, [base, base + 1]);
            }
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

    /// The sleeping protocol: the receiver says it waits, then looks once more; the sender pushes, then looks at the
    /// state. One of them must notice.
    #[test]
    fn no_wakeup_is_lost() {
        const RUNNING: usize = 0;
        const WAITING: usize = 1;
        const WOKEN: usize = 2;
        loom::model(|| {
            let queue = Arc::new(Queue::new_closed());
            queue.open();
            let state = Arc::new(AtomicUsize::new(RUNNING));
            let sender = {
                let (queue, state) = (queue.clone(), state.clone());
                loom::thread::spawn(move || {
                    queue.push(node(1)).unwrap();
                    state.compare_exchange(WAITING, WOKEN, Ordering::SeqCst, Ordering::SeqCst).is_ok()
                })
            };
            if queue.take().next().is_none() {
                state.store(WAITING, Ordering::SeqCst);
                let woken_by_self = !queue.is_empty()
                    && state.compare_exchange(WAITING, WOKEN, Ordering::SeqCst, Ordering::SeqCst).is_ok();
                let woken_by_sender = sender.join().unwrap();
                assert!(woken_by_self ^ woken_by_sender);
            } else {
                sender.join().unwrap();
            }
        });
    }
}
