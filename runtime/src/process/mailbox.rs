//! The mailbox: messages in the order of arrival, and where a receive stands in them.
//!
//! A message's memory becomes part of the process's heap when the message is first looked at, because from then on
//! native code may hold parts of it; from then on its term is a root.

use super::queue::Node;
use super::signal::{Envelope, Signal};
use linac_core::{Heap, Term};
use std::ptr::null_mut;

type Message = Node<Envelope>;

/// The messages of one process. The nodes are those of the signal queue.
#[derive(Debug)]
pub struct Mailbox {
    first: *mut Message,
    last: *mut Message,
    /// The message under examination; null at the end.
    save: *mut Message,
    /// The one before it; null at the front.
    before: *mut Message,
    len: usize,
}

// SAFETY: a mailbox owns its nodes and moves with its process.
unsafe impl Send for Mailbox {}

impl Default for Mailbox {
    fn default() -> Mailbox {
        Mailbox { first: null_mut(), last: null_mut(), save: null_mut(), before: null_mut(), len: 0 }
    }
}

impl Mailbox {
    /// Number of messages.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Puts a message at the end.
    pub fn push(&mut self, node: Box<Message>) {
        debug_assert!(matches!(node.value.signal, Signal::Message(_)));
        let node = Box::into_raw(node);
        // SAFETY: the mailbox owns all nodes on its list; the new one is on no other.
        unsafe {
            (*node).next = null_mut();
            if self.last.is_null() { self.first = node } else { (*self.last).next = node }
        }
        if self.save.is_null() {
            self.save = node;
            self.before = self.last;
        }
        self.last = node;
        self.len += 1;
    }

    /// The message under examination; its memory goes to the heap.
    pub fn peek(&mut self, heap: &mut Heap) -> Option<Term> {
        // SAFETY: the mailbox owns its nodes.
        let node = unsafe { self.save.as_mut()? };
        let Signal::Message(parcel) = &mut node.value.signal else { return None };
        if !parcel.memory.is_empty() {
            heap.attach(std::mem::take(&mut parcel.memory));
        }
        Some(parcel.term)
    }

    /// Makes the memory of all messages part of the heap.
    pub fn attach_all(&mut self, heap: &mut Heap) {
        let mut node = self.first;
        // SAFETY: the mailbox owns its nodes.
        while let Some(message) = unsafe { node.as_mut() } {
            if let Signal::Message(parcel) = &mut message.value.signal {
                heap.attach(std::mem::take(&mut parcel.memory));
            }
            node = message.next;
        }
    }

    /// Is there a message that has not been looked at?
    pub fn has_more(&self) -> bool {
        !self.save.is_null()
    }

    /// Goes on to the next message.
    pub fn advance(&mut self) {
        // SAFETY: the mailbox owns its nodes.
        if let Some(node) = unsafe { self.save.as_ref() } {
            self.before = self.save;
            self.save = node.next;
        }
    }

    /// The next receive starts at the front.
    pub fn rewind(&mut self) {
        self.save = self.first;
        self.before = null_mut();
    }

    /// Takes the message under examination out; the next receive starts at the front.
    pub fn remove(&mut self) {
        if self.save.is_null() {
            return;
        }
        // SAFETY: the node is on the list and comes off it here; `before` is the node in front of it.
        let node = unsafe { Box::from_raw(self.save) };
        // SAFETY: as above.
        unsafe {
            if self.before.is_null() { self.first = node.next } else { (*self.before).next = node.next }
        }
        if self.last == self.save {
            self.last = self.before;
        }
        self.len -= 1;
        self.rewind();
        // The message's memory is the heap's since it was looked at.
        drop(node);
    }

    /// Calls `each` with the word of every message whose memory is the heap's.
    pub fn each_root(&mut self, each: &mut dyn FnMut(&mut [usize])) {
        let mut node = self.first;
        // SAFETY: the mailbox owns its nodes.
        while let Some(message) = unsafe { node.as_mut() } {
            if let Signal::Message(parcel) = &mut message.value.signal
                && parcel.memory.is_empty()
                && !parcel.term.is_immediate()
            {
                let mut word = [parcel.term.raw()];
                each(&mut word);
                // SAFETY: the collector put a term there.
                parcel.term = unsafe { Term::from_raw(word[0]) };
            }
            node = message.next;
        }
    }

    /// Takes out the first message that fits; true if there was one. The next receive starts at the front.
    pub fn remove_first(&mut self, fits: impl Fn(Term) -> bool) -> bool {
        self.rewind();
        // SAFETY: the mailbox owns its nodes.
        while let Some(node) = unsafe { self.save.as_ref() } {
            if matches!(&node.value.signal, Signal::Message(parcel) if fits(parcel.term)) {
                self.remove();
                return true;
            }
            self.advance();
        }
        self.rewind();
        false
    }

    /// All messages, oldest first.
    pub fn terms(&self) -> impl Iterator<Item = Term> {
        let mut node = self.first;
        std::iter::from_fn(move || {
            // SAFETY: the mailbox owns its nodes, and is borrowed by whoever made the iterator run.
            let message = unsafe { node.as_ref()? };
            node = message.next;
            match &message.value.signal {
                Signal::Message(parcel) => Some(parcel.term),
                _ => None,
            }
        })
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        while !self.first.is_null() {
            // SAFETY: the mailbox owns its nodes, each from a box.
            let node = unsafe { Box::from_raw(self.first) };
            self.first = node.next;
        }
    }
}
