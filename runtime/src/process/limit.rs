//! The largest heap that a process may have (`max_heap_size`).
//!
//! As in the reference VM, the limit is looked at when a collection begins: what counts is all that the process has
//! then, and the room that its survivors may need. One that is above it is killed before anything is copied, or goes on, as it
//! was set to; the logger is told of it if it was to be.

use super::Process;
use crate::bif::MaxHeap;
use crate::data::atom;
use crate::service;
use linac_abi::term::FixedAtom;
use linac_core::heap::NoMemory;
use linac_core::{Build, Term};

/// What is told, as `io:format` takes it.
const TEXT: &str = concat!(
    "     Process:            ~p ~n",
    "     Context:            maximum heap size reached~n",
    "     Max Heap Size:      ~p~n",
    "     Total Heap Size:    ~p~n",
    "     Kill:               ~p~n",
    "     Error Logger:       ~p~n",
    "     Message Queue Len:  ~p~n",
    "     GC Info:            ~p~n",
    "     Stacktrace:         ~p~n",
);

impl Process {
    /// A collection begins: an error if the process is to end because it is too large.
    pub(super) fn check_limit(&mut self) -> Result<(), NoMemory> {
        let Some(max) = self.flags.as_ref().map(|flags| flags.max_heap).filter(|max| max.size > 0) else {
            return Ok(());
        };
        let mut words = self.heap.words_to_collect(&self.head);
        if max.include_shared_binaries {
            words += self.heap.buffer_words();
        }
        if words <= max.size {
            return Ok(());
        }
        if max.error_logger {
            self.tell_logger(max, words);
        }
        if max.kill {
            self.too_large = true;
            return Err(NoMemory { words });
        }
        Ok(())
    }

    /// The reason for which a process ends that could not get room.
    pub fn starved(&self) -> Term {
        Term::fixed(if self.too_large { FixedAtom::Killed } else { FixedAtom::SystemLimit })
    }

    fn tell_logger(&mut self, max: MaxHeap, words: usize) {
        let parts = self.heap.parts(&self.head);
        let waiting = self.mailbox.len();
        let trace = self.current_trace();
        let sizes = [
            ("old_heap_block_size", parts.old_block),
            ("heap_block_size", parts.block),
            ("mbuf_size", parts.fragments),
            ("recent_size", parts.mature),
            ("stack_size", parts.stack),
            ("old_heap_size", parts.old_used),
            ("heap_size", parts.used),
            ("bin_vheap_size", parts.buffers),
            ("bin_vheap_block_size", parts.buffer_limit),
            ("bin_old_vheap_size", parts.old_buffers),
            ("bin_old_vheap_block_size", parts.old_buffer_limit),
        ];
        let heap = &mut self.heap;
        let sizes = sizes.map(|(name, words)| {
            let words = heap.integer(words as i64);
            heap.tuple(&[atom(name), words])
        });
        let sizes = self.heap.list(&sizes);
        let (kill, told) = (Term::bool(max.kill), Term::bool(max.error_logger));
        let pid = self.pid.term();
        let [max, words, waiting] = [max.size, words, waiting].map(|n| self.heap.integer(n as i64));
        let arguments = [pid, max, words, kill, told, waiting, sizes, trace];
        let arguments = self.heap.list(&arguments);
        service::log_error(self, TEXT, arguments);
    }
}
