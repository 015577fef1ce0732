//! BIFs about links, monitors and exit signals.

use super::request::{act_on_signals, request};
use super::{BADARG, Outcome};
use crate::data;
use crate::process::signal::{Parcel, Signal, Watched};
use crate::process::table::Pid;
use crate::process::{Alias, Process, RefId, life, ref_id};
use crate::service::Found;
use linac_abi::term::FixedAtom;
use linac_core::{Atom, Build, Term};

type Out = Result<Term, Term>;

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
    watch(p, a, MonitorOptions::default())
}

pub fn monitor3(p: &mut Process, a: &[Term]) -> Outcome {
    match monitor_options(a[2]) {
        Ok(options) => watch(p, a, options),
        Err(reason) => Outcome::error(p, reason),
    }
}

/// What a monitor may be asked for besides.
#[derive(Clone, Copy, Default)]
pub struct MonitorOptions {
    /// Its reference is an alias as well.
    pub alias: Option<Alias>,
    /// What its message begins with.
    pub tag: Option<Term>,
}

/// The options of a monitor.
pub fn monitor_options(list: Term) -> Result<MonitorOptions, Term> {
    let mut options = MonitorOptions::default();
    for option in data::proper_list(list).ok_or(BADARG)? {
        // `global` of OTP 29 asks for it; the message comes in its turn, like others.
        if option.as_atom().map(Atom::text) == Some("priority") {
            continue;
        }
        let Some([key, value]) = option.as_tuple() else { return Err(BADARG) };
        match (key.as_atom().map(Atom::text), value.as_atom().map(Atom::text)) {
            (Some("tag"), _) => options.tag = Some(*value),
            (Some("alias"), Some("explicit_unalias")) => options.alias = Some(Alias::Explicit),
            (Some("alias"), Some("demonitor")) => options.alias = Some(Alias::Demonitor),
            (Some("alias"), Some("reply_demonitor")) => options.alias = Some(Alias::ReplyDemonitor),
            _ => return Err(BADARG),
        }
    }
    Ok(options)
}

/// Notes what a new monitor was asked for; gives its reference.
pub fn equip(p: &mut Process, id: RefId, options: MonitorOptions) -> Term {
    if let Some(alias) = options.alias {
        p.relations().aliases.insert(id, alias);
        p.relations().alias_monitors.insert(id);
    }
    if let Some(tag) = options.tag {
        p.tagged.push(id);
        p.tags.push(tag);
    }
    let words = p.ref_words(id, options.alias.is_some());
    p.heap.reference(words)
}

fn watch(p: &mut Process, a: &[Term], options: MonitorOptions) -> Outcome {
    match a[0].as_atom().map(Atom::text) {
        Some("process") => {}
        // The offset between the clocks never changes here, so there is nothing to tell.
        Some("time_offset") if a[1].as_atom().map(Atom::text) == Some("clock_service") => {
            return Outcome::Done(p.make_ref().0);
        }
        Some("port") => return Outcome::error(p, BADARG),
        _ => return Outcome::badarg(p, "badtype"),
    }
    let local = match a[1].as_tuple() {
        Some([name, node]) if *node == fixed(FixedAtom::Nodedown) => *name,
        _ => a[1],
    };
    let (target, watched) = match (Pid::of(local), local.as_atom()) {
        (Some(pid), _) => (Some(pid), Watched::Pid(pid)),
        (_, Some(name)) => match p.system.find(p, name) {
            Found::Process(pid) => (Some(pid), Watched::Name(name)),
            Found::Starting(starter) => return Outcome::After(starter),
            Found::Nobody => (None, Watched::Name(name)),
        },
        _ => return Outcome::error(p, BADARG),
    };
    let id = p.system.new_ref();
    let reference = equip(p, id, options);
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

/// `alias/1`: a reference that messages can be sent to.
fn alias(p: &mut Process, a: &[Term]) -> Out {
    let mut kind = Alias::Explicit;
    for option in data::proper_list(a[0]).ok_or(BADARG)? {
        match option.as_atom().map(Atom::text) {
            Some("explicit_unalias") => kind = Alias::Explicit,
            Some("reply") => kind = Alias::Reply,
            // Messages that overtake others.
            Some("priority") => return Err(fixed(FixedAtom::Notsup)),
            _ => return Err(BADARG),
        }
    }
    let id = p.system.new_ref();
    p.relations().aliases.insert(id, kind);
    let words = p.ref_words(id, true);
    Ok(p.heap.reference(words))
}

fn alias0(p: &mut Process, _: &[Term]) -> Out {
    alias(p, &[Term::NIL])
}

fn unalias(p: &mut Process, a: &[Term]) -> Out {
    let id = ref_id(a[0]).ok_or(BADARG)?;
    let was = p.relations.as_mut().is_some_and(|relations| relations.aliases.remove(&id).is_some());
    Ok(Term::bool(was))
}

/// The options of signals that may overtake others: only none.
fn plain(p: &mut Process, options: Term) -> Option<Outcome> {
    match data::proper_list(options) {
        Some(list) if list.is_empty() => None,
        Some(list) if list.iter().all(|t| t.as_atom().map(Atom::text) == Some("priority")) => {
            Some(Outcome::error(p, fixed(FixedAtom::Notsup)))
        }
        _ => Some(Outcome::error(p, BADARG)),
    }
}

fn link2(p: &mut Process, a: &[Term]) -> Outcome {
    plain(p, a[1]).unwrap_or_else(|| link(p, a))
}

fn exit3(p: &mut Process, a: &[Term]) -> Outcome {
    plain(p, a[2]).unwrap_or_else(|| exit2(p, a))
}

// Suspending.

/// `erts_internal:suspend_process/2`: the process sleeps until it is resumed as often.
fn suspend(p: &mut Process, a: &[Term]) -> Outcome {
    let (Some(pid), Some(options)) = (Pid::of(a[0]), data::proper_list(a[1])) else {
        return Outcome::error(p, BADARG);
    };
    let (mut once, mut later) = (false, None);
    for option in options {
        match (option.as_atom().map(Atom::text), option.as_tuple()) {
            (Some("unless_suspending"), _) => once = true,
            (Some("asynchronous"), _) => later = Some(None),
            (_, Some([key, term])) if key.as_atom().map(Atom::text) == Some("asynchronous") => {
                later = Some(Some(*term));
            }
            _ => return Outcome::error(p, BADARG),
        }
    }
    if pid == p.pid || p.system.table.living(pid).is_none() {
        return Outcome::error(p, BADARG);
    }
    if once && p.relations().suspending.contains_key(&pid) {
        return Outcome::Done(Term::FALSE);
    }
    // A message that says so when it is done is not built yet.
    if matches!(later, Some(Some(_))) {
        return Outcome::error(p, fixed(FixedAtom::Notsup));
    }
    *p.relations().suspending.entry(pid).or_default() += 1;
    request(
        p,
        pid,
        |process| Parcel::new(Term::bool(process.map(|process| process.suspended += 1).is_some())),
        move |p, answer| {
            if answer == Term::TRUE {
                return Outcome::Done(answer);
            }
            p.relations().suspending.remove(&pid);
            Outcome::error(p, BADARG)
        },
    )
}

fn suspend1(p: &mut Process, a: &[Term]) -> Outcome {
    suspend(p, &[a[0], Term::NIL])
}

fn resume(p: &mut Process, a: &[Term]) -> Outcome {
    let Some(pid) = Pid::of(a[0]) else { return Outcome::error(p, BADARG) };
    let Some(times) = p.relations().suspending.get_mut(&pid) else { return Outcome::error(p, BADARG) };
    *times -= 1;
    if *times == 0 {
        p.relations().suspending.remove(&pid);
    }
    request(
        p,
        pid,
        |process| {
            process.into_iter().for_each(|process| process.suspended = process.suspended.saturating_sub(1));
            Parcel::new(Term::TRUE)
        },
        |_, answer| Outcome::Done(answer),
    )
}

/// Ends a monitor; true if it was there.
fn end_monitor(p: &mut Process, id: u64) -> bool {
    let Some(relations) = &mut p.relations else { return false };
    let was = relations.monitors.remove(&id).is_some();
    relations.alias_monitors.remove(&id);
    if matches!(relations.aliases.get(&id), Some(Alias::Demonitor | Alias::ReplyDemonitor)) {
        relations.aliases.remove(&id);
    }
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
    if flush && !was {
        // The message may still be a signal in the queue.
        if let Some(end) = act_on_signals(p) {
            return end;
        }
        let is_down = |term: Term| {
            matches!(term.as_tuple(), Some([tag, reference, ..])
                if *tag == fixed(FixedAtom::DownUpper) && ref_id(*reference) == Some(id))
        };
        p.mailbox.remove_first(is_down);
    }
    Outcome::Done(Term::bool(was || !info))
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

bifs! {
    "erlang" "alias" 0 Leaf alias0, "A reference that messages can be sent to.";
    "erlang" "alias" 1 Leaf alias, "A reference that messages can be sent to, with options.";
    "erlang" "unalias" 1 Leaf unalias, "Ends an alias.";
    "erlang" "link" 2 Full link2, "Links the process with another, with options.";
    "erlang" "exit" 3 Full exit3, "Sends an exit signal, with options.";
    "erlang" "exit_signal" 2 Full exit2, "Sends an exit signal.";
    "erlang" "exit_signal" 3 Full exit3, "Sends an exit signal, with options.";
    "erlang" "suspend_process" 1 Full suspend1, "Lets a process sleep until it is resumed.";
    "erlang" "suspend_process" 2 Full suspend, "Lets a process sleep until it is resumed, with options.";
    "erts_internal" "suspend_process" 2 Full suspend, "Lets a process sleep until it is resumed, with options.";
    "erlang" "resume_process" 1 Full resume, "Lets a suspended process go on.";
}
