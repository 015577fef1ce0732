//! Signals sent, signals acted upon, and what happens when a process ends.

use super::queue::Pushed;
use super::signal::{Envelope, Parcel, Request, Signal, Watched};
use super::table::{Pid, Slot};
use super::{Alias, Ending, Left, Process};
use crate::exception;
use crate::sched::System;
use linac_abi::term::FixedAtom;
use linac_core::{Build, Term};
use std::sync::atomic::Ordering;

/// Sends a signal. One that finds its receiver dead is answered as the dead process would.
pub fn send(system: &'static System, to: Pid, signal: Signal) {
    match system.table.living(to) {
        Some(slot) => send_to(system, slot, to, signal),
        None => refuse(system, Envelope { to, signal }),
    }
}

/// Sends a signal that needs no answer; false if the receiver has ended.
pub fn try_send(system: &'static System, to: Pid, signal: Signal) -> bool {
    let Some(slot) = system.table.living(to) else { return false };
    match slot.queue.push(Envelope::node(to, signal)) {
        Ok(Pushed::Seen) => true,
        Ok(Pushed::Wake) => {
            system.make_runnable(slot);
            true
        }
        Err(_) => false,
    }
}

/// Sends a signal to the process in a slot that was found living.
pub fn send_to(system: &'static System, slot: &'static Slot, to: Pid, signal: Signal) {
    match slot.queue.push(Envelope::node(to, signal)) {
        Ok(Pushed::Seen) => {}
        Ok(Pushed::Wake) => system.make_runnable(slot),
        Err(node) => refuse(system, node.value),
    }
}

/// The reason that a process which is not there gives.
fn noproc() -> Parcel {
    Parcel::new(Term::fixed(FixedAtom::Noproc))
}

/// Answers a signal for a process that has ended.
fn refuse(system: &'static System, envelope: Envelope) {
    let dead = envelope.to;
    match envelope.signal {
        Signal::Link(from) => send(system, from, Signal::Exit { from: dead, reason: noproc(), link: true }),
        Signal::Monitor { from, id, watched } => {
            send(system, from, Signal::Down { id, watched, reason: noproc() });
        }
        Signal::Request(request) => request.refuse(system),
        Signal::Message(_)
        | Signal::Alias(..)
        | Signal::Unlink(_)
        | Signal::Exit { .. }
        | Signal::Demonitor { .. }
        | Signal::Down { .. }
        | Signal::Timeout(_)
        | Signal::Reply(..) => {}
    }
}

impl Process {
    /// Acts upon all signals that have come. False if the process ends because of one.
    pub fn handle_signals(&mut self) -> bool {
        let slot = self.slot();
        let mut alive = true;
        for mut node in slot.queue.take() {
            if !alive || node.value.to != self.pid {
                refuse(self.system, node.value);
            } else if let Signal::Message(parcel) = &mut node.value.signal {
                // The message that is looked at next: if there is room, its memory is free at once for the next one.
                if !self.mailbox.has_more() {
                    self.heap.settle(&mut self.head, &mut parcel.memory, &mut parcel.term);
                }
                self.mailbox.push(node);
            } else {
                alive = self.act_on(node.value.signal);
            }
        }
        alive
    }

    fn act_on(&mut self, signal: Signal) -> bool {
        match signal {
            Signal::Message(parcel) => self.deliver(parcel),
            Signal::Alias(id, parcel) => self.deliver_to_alias(id, parcel),
            Signal::Link(from) => {
                self.relations().links.insert(from);
            }
            Signal::Unlink(from) => {
                self.relations().links.remove(&from);
            }
            Signal::Exit { from, reason, link } => return self.on_exit(from, reason, link),
            Signal::Monitor { from, id, watched } => {
                self.relations().watchers.insert(id, (from, watched));
            }
            Signal::Demonitor { id } => {
                self.relations().watchers.remove(&id);
            }
            Signal::Down { id, watched, reason } => {
                if self.relations().monitors.remove(&id).is_some() {
                    self.relations().watching.remove(&id);
                    let was_alias = self.relations().alias_monitors.remove(&id);
                    if matches!(
                        self.relations().aliases.get(&id),
                        Some(Alias::Demonitor | Alias::ReplyDemonitor)
                    ) {
                        self.relations().aliases.remove(&id);
                    }
                    let mut message = down_message(self.ref_words(id, was_alias), watched, reason);
                    if let Some(tag) = self.take_tag(id) {
                        message = retagged(message, tag);
                    }
                    self.deliver(message);
                }
            }
            Signal::Timeout(number) => {
                if self.timer.is_some_and(|(running, _)| running == number) {
                    self.timer = None;
                    self.timed_out = true;
                }
            }
            Signal::Request(request) => {
                request.serve(self);
                return self.left != Left::Ended;
            }
            Signal::Reply(number, parcel) => {
                if self.waiting_for == number {
                    self.reply = Some(parcel);
                }
            }
        }
        true
    }

    pub(super) fn deliver(&mut self, parcel: Parcel) {
        self.mailbox.push(Envelope::node(self.pid, Signal::Message(parcel)));
    }

    /// An exit signal: false if it ends the process.
    fn on_exit(&mut self, from: Pid, reason: Parcel, link: bool) -> bool {
        if link && !self.relations.as_mut().is_some_and(|r| r.links.remove(&from)) {
            return true;
        }
        let kill = !link && reason.term == Term::fixed(FixedAtom::Kill);
        if kill {
            self.die(Term::fixed(FixedAtom::Killed));
            return false;
        }
        if self.trap_exit {
            let Parcel { term, mut memory } = reason;
            let term = memory.tuple(&[Term::fixed(FixedAtom::ExitUpper), from.term(), term]);
            self.deliver(Parcel { term, memory });
            return true;
        }
        if reason.term == Term::fixed(FixedAtom::Normal) && (link || from != self.pid) {
            return true;
        }
        let Parcel { term, memory } = reason;
        self.heap.attach(memory);
        self.die(term);
        false
    }

    /// Notes that the process ends with this exit reason.
    pub fn die(&mut self, reason: Term) {
        self.ending = Ending::Exited(reason);
        self.left = Left::Ended;
    }

    /// The end: everybody who should know is told, and the slot becomes free.
    pub(crate) fn end(&mut self, slot: &'static Slot) {
        let system = self.system;
        let reason = match self.ending {
            Ending::Returned(_) => Term::fixed(FixedAtom::Normal),
            Ending::Exited(reason) => reason,
            Ending::Uncaught(class, reason, trace) => exception::exit_reason(self, class, reason, trace),
        };
        if self.is_main {
            system.main_ended(exception::main_result(self));
        } else if let Ending::Uncaught(class, _, _) = self.ending
            && class != Term::fixed(FixedAtom::Exit)
        {
            exception::report(self, reason);
        }
        if let Some((number, at)) = self.timer.take() {
            system.timers.remove(at, number);
        }
        if self.building.is_some_and(|building| building.is_starter()) {
            system.services.one_ended();
        }
        if let Some(name) = self.relations.as_mut().and_then(|r| r.name.take()) {
            system.unregister(name);
        }
        let late = slot.queue.close();
        // Whoever hears of the end finds the tables gone.
        system.tables.process_ended(system, self.pid);
        for node in late {
            if let Envelope { to, signal: Signal::Monitor { from, id, watched } } = node.value {
                // Sent while the process was ending: it is told the real reason.
                let reason = if to == self.pid { Parcel::new(reason) } else { noproc() };
                send(system, from, Signal::Down { id, watched, reason });
            } else if let Envelope { to, signal: Signal::Link(from) } = node.value
                && to == self.pid
            {
                self.relations().links.insert(from);
            } else {
                refuse(system, node.value);
            }
        }
        self.drop_handles();
        if let Some(relations) = self.relations.take() {
            for (pid, times) in relations.suspending {
                let what = Box::new(move |process: Option<&mut Process>| {
                    process.into_iter().for_each(|p| p.suspended = p.suspended.saturating_sub(times));
                    Parcel::new(Term::TRUE)
                });
                send(system, pid, Signal::Request(Request { from: self.pid, number: 0, what }));
            }
            for link in relations.links {
                send(system, link, Signal::Exit { from: self.pid, reason: Parcel::new(reason), link: true });
            }
            for (id, (watcher, watched)) in relations.watchers {
                send(system, watcher, Signal::Down { id, watched, reason: Parcel::new(reason) });
            }
            for (id, target) in relations.watching {
                send(system, target, Signal::Demonitor { id });
            }
        }
        let stats = self.heap.stats;
        let totals = [stats.minor, stats.full, stats.reclaimed_words];
        for (total, more) in system.collections.iter().zip(totals) {
            total.fetch_add(more, Ordering::Relaxed);
        }
        system.reductions.fetch_add(self.reductions, Ordering::Relaxed);
        drop(system.table.release(slot));
    }
}

/// The message of a monitor with a tag of its own.
fn retagged(message: Parcel, tag: Term) -> Parcel {
    let Parcel { term, mut memory } = message;
    let tag = linac_core::copy::copy(tag, &mut memory, linac_core::copy::Literals::Keep);
    let mut parts = term.as_tuple().map(<[Term]>::to_vec).unwrap_or_default();
    parts[0] = tag;
    let term = memory.tuple(&parts);
    Parcel { term, memory }
}

/// The message that a monitor sends.
fn down_message(reference: [u32; 3], watched: Watched, reason: Parcel) -> Parcel {
    let Parcel { term, mut memory } = reason;
    let reference = memory.reference(reference);
    let object = match watched {
        Watched::Pid(pid) => pid.term(),
        Watched::Name(name) => memory.tuple(&[Term::atom(name), Term::fixed(FixedAtom::Nodedown)]),
    };
    let parts = [Term::fixed(FixedAtom::DownUpper), reference, Term::fixed(FixedAtom::Process), object, term];
    let term = memory.tuple(&parts);
    Parcel { term, memory }
}
