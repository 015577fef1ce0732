//! BIFs about links, monitors and exit signals.

use super::request::act_on_signals;
use super::{BADARG, Outcome};
use crate::data;
use crate::process::signal::{Parcel, Signal, Watched};
use crate::process::table::Pid;
use crate::process::{Process, life, ref_id};
use linac_abi::term::FixedAtom;
use linac_core::{Atom, Term};

fn fixed(atom: FixedAtom) -> Term {
    Term::fixed(atom)
}

pub fn link(p: &mut Process, a: &[Term]) -> Outcome {
    let Some(pid) = Pid::of(a[0]) else { return Outcome::error(p, BADARG) };
    if pid != p.pid && p.relations().links.insert(pid) {
        if p.system.table.living(pid).is_none() && !p.trap_exit {
            p.relations().links.remove(&pid);
            return Outcome::error(p, fixed(FixedAtom::Noproc));
        }
        life::send(p.system, pid, Signal::Link(p.pid));
    }
    Outcome::Done(Term::TRUE)
}

pub fn unlink(p: &mut Process, a: &[Term]) -> Outcome {
    let Some(pid) = Pid::of(a[0]) else { return Outcome::error(p, BADARG) };
    if p.relations.as_mut().is_some_and(|r| r.links.remove(&pid)) {
        life::send(p.system, pid, Signal::Unlink(p.pid));
    }
    Outcome::Done(Term::TRUE)
}

pub fn monitor(p: &mut Process, a: &[Term]) -> Outcome {
    if a[0] != fixed(FixedAtom::Process) {
        return Outcome::error(p, BADARG);
    }
    let local = match a[1].as_tuple() {
        Some([name, node]) if *node == fixed(FixedAtom::Nodedown) => *name,
        _ => a[1],
    };
    let (target, watched) = match (Pid::of(local), local.as_atom()) {
        (Some(pid), _) => (Some(pid), Watched::Pid(pid)),
        (_, Some(name)) => (p.system.whereis(name), Watched::Name(name)),
        _ => return Outcome::error(p, BADARG),
    };
    let (reference, id) = p.make_ref();
    if target == Some(p.pid) {
        return Outcome::Done(reference);
    }
    p.relations().monitors.insert(id, watched);
    match target {
        Some(pid) => {
            p.relations().watching.insert(id, pid);
            life::send(p.system, pid, Signal::Monitor { from: p.pid, id, watched });
        }
        None => {
            let reason = Parcel::new(fixed(FixedAtom::Noproc));
            life::send(p.system, p.pid, Signal::Down { id, watched, reason });
        }
    }
    Outcome::Done(reference)
}

pub fn monitor3(p: &mut Process, a: &[Term]) -> Outcome {
    let Some(options) = data::proper_list(a[2]) else { return Outcome::error(p, BADARG) };
    let mut tag = None;
    for option in options {
        match option.as_tuple() {
            Some([key, value]) if key.as_atom().map(Atom::text) == Some("tag") => tag = Some(*value),
            // Aliases are not built yet.
            Some([key, _]) if key.as_atom().map(Atom::text) == Some("alias") => {
                return Outcome::error(p, fixed(FixedAtom::Notsup));
            }
            _ => return Outcome::error(p, BADARG),
        }
    }
    let outcome = monitor(p, a);
    if let (Outcome::Done(reference), Some(tag)) = (&outcome, tag)
        && let Some(id) = ref_id(*reference)
    {
        p.tags.extend([Term::small(id as isize), tag]);
    }
    outcome
}

/// Ends a monitor; true if it was there.
fn end_monitor(p: &mut Process, id: u64) -> bool {
    let Some(relations) = &mut p.relations else { return false };
    let was = relations.monitors.remove(&id).is_some();
    let target = relations.watching.remove(&id);
    p.take_tag(id);
    if let Some(target) = target {
        life::send(p.system, target, Signal::Demonitor { id });
    }
    was
}

pub fn demonitor1(p: &mut Process, a: &[Term]) -> Outcome {
    let Some(id) = ref_id(a[0]) else { return Outcome::error(p, BADARG) };
    end_monitor(p, id);
    Outcome::Done(Term::TRUE)
}

pub fn demonitor2(p: &mut Process, a: &[Term]) -> Outcome {
    let (Some(id), Some(options)) = (ref_id(a[0]), data::proper_list(a[1])) else {
        return Outcome::error(p, BADARG);
    };
    let (mut flush, mut info) = (false, false);
    for option in options {
        match option.as_atom().map(Atom::text) {
            Some("flush") => flush = true,
            Some("info") => info = true,
            _ => return Outcome::error(p, BADARG),
        }
    }
    let was = end_monitor(p, id);
    let mut flushed = false;
    if flush && !was {
        // The message may still be a signal in the queue.
        if let Some(end) = act_on_signals(p) {
            return end;
        }
        let is_down = |term: Term| {
            matches!(term.as_tuple(), Some([tag, reference, ..])
                if *tag == fixed(FixedAtom::DownUpper) && ref_id(*reference) == Some(id))
        };
        flushed = p.mailbox.remove_first(is_down);
    }
    Outcome::Done(Term::bool(if info && flush {
        !flushed
    } else if info {
        was
    } else {
        true
    }))
}

pub fn exit2(p: &mut Process, a: &[Term]) -> Outcome {
    let Some(pid) = Pid::of(a[0]) else { return Outcome::error(p, BADARG) };
    let signal = Signal::Exit { from: p.pid, reason: Parcel::new(a[1]), link: false };
    life::send(p.system, pid, signal);
    if pid == p.pid {
        // The caller's own signal takes effect before the call returns.
        return Outcome::Yield(Box::new(|_| Outcome::Done(Term::TRUE)));
    }
    Outcome::Done(Term::TRUE)
}
