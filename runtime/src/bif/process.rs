//! BIFs about processes: starting, ending, linking, watching, naming, asking.

use super::{BADARG, Outcome};
use crate::code::cell::{Cell, CellInfo};
use crate::code::export::Mfa;
use crate::data;
use crate::exception::Top;
use crate::process::signal::{Parcel, Request, Signal, Watched};
use crate::process::table::{Pid, State};
use crate::process::{Ending, Left, Process, SpawnError, SpawnOptions, life, ref_id, ref_numbers};
use linac_abi::term::FixedAtom;
use linac_core::copy::{self, Literals};
use linac_core::gc::Collect;
use linac_core::{Atom, Build, Term, View, compare};

type Out = Result<Term, Term>;

fn fixed(atom: FixedAtom) -> Term {
    Term::fixed(atom)
}

fn atom(text: &str) -> Term {
    Atom::new(text).map_or(fixed(FixedAtom::Undefined), Term::atom)
}

fn outcome(p: &mut Process, result: Out) -> Outcome {
    match result {
        Ok(term) => Outcome::Done(term),
        Err(reason) => Outcome::error(p, reason),
    }
}

pub fn self_(p: &mut Process, _: &[Term]) -> Out {
    Ok(p.pid.term())
}

pub fn make_ref(p: &mut Process, _: &[Term]) -> Out {
    Ok(p.make_ref().0)
}

/// The function that a process runs for `spawn(Fun)`.
fn apply_mfa() -> Mfa {
    Mfa { module: Atom(FixedAtom::Erlang as u32), function: Atom(FixedAtom::Apply as u32), arity: 2 }
}

fn start(p: &mut Process, mfa: Mfa, arguments: &[Term], options: SpawnOptions) -> Out {
    let system = p.system;
    match Process::spawn(system, Some(p), mfa, arguments, options) {
        Ok((pid, None)) => Ok(pid.term()),
        Ok((pid, Some(id))) => {
            let reference = p.heap.reference(ref_numbers(id));
            Ok(p.heap.tuple(&[pid.term(), reference]))
        }
        Err(SpawnError::TooMany | SpawnError::NoMemory) => Err(fixed(FixedAtom::SystemLimit)),
    }
}

fn start_fun(p: &mut Process, fun: Term, options: SpawnOptions) -> Out {
    match fun.view() {
        View::Fun(found) if found.arity() == 0 => start(p, apply_mfa(), &[fun, Term::NIL], options),
        View::Fun(_) => {
            let call = p.heap.tuple(&[fun, Term::NIL]);
            Err(p.heap.tuple(&[fixed(FixedAtom::Badarity), call]))
        }
        _ => Err(BADARG),
    }
}

fn start_mfa(p: &mut Process, a: &[Term], options: SpawnOptions) -> Out {
    let (Some(module), Some(function)) = (a[0].as_atom(), a[1].as_atom()) else { return Err(BADARG) };
    let arguments = data::proper_list(a[2]).ok_or(BADARG)?;
    let arity = u8::try_from(arguments.len()).map_err(|_| fixed(FixedAtom::SystemLimit))?;
    start(p, Mfa { module, function, arity }, &arguments, options)
}

const LINK: SpawnOptions = SpawnOptions { link: true, monitor: false, min_heap_words: 0, is_main: false };
const MONITOR: SpawnOptions = SpawnOptions { link: false, monitor: true, min_heap_words: 0, is_main: false };

macro_rules! spawns {
    ($($fun:ident $mfa:ident $options:expr;)*) => {
        $(pub fn $fun(p: &mut Process, a: &[Term]) -> Outcome {
            let result = start_fun(p, a[0], $options);
            outcome(p, result)
        }
        pub fn $mfa(p: &mut Process, a: &[Term]) -> Outcome {
            let result = start_mfa(p, a, $options);
            outcome(p, result)
        })*
    };
}

spawns! {
    spawn1 spawn3 SpawnOptions::default();
    spawn_link1 spawn_link3 LINK;
    spawn_monitor1 spawn_monitor3 MONITOR;
}

fn spawn_options(list: Term) -> Result<SpawnOptions, Term> {
    let mut options = SpawnOptions::default();
    for option in data::proper_list(list).ok_or(BADARG)? {
        if let Some(name) = option.as_atom() {
            match name.text() {
                "link" => options.link = true,
                "monitor" => options.monitor = true,
                _ => return Err(BADARG),
            }
            continue;
        }
        let Some([key, value]) = option.as_tuple() else { return Err(BADARG) };
        match (key.as_atom().map(Atom::text), value.as_small()) {
            (Some("min_heap_size"), Some(words)) if (0..1 << 32).contains(&words) => {
                options.min_heap_words = words as usize;
            }
            // Accepted without effect: priorities and the collector's other settings are not built yet.
            (Some("priority" | "message_queue_data" | "max_heap_size" | "async_dist" | "monitor"), _)
            | (Some("fullsweep_after" | "min_bin_vheap_size"), Some(_)) => {
                options.monitor |= key.as_atom().map(Atom::text) == Some("monitor");
            }
            _ => return Err(BADARG),
        }
    }
    Ok(options)
}

pub fn spawn_opt2(p: &mut Process, a: &[Term]) -> Outcome {
    let result = spawn_options(a[1]).and_then(|options| start_fun(p, a[0], options));
    outcome(p, result)
}

pub fn spawn_opt4(p: &mut Process, a: &[Term]) -> Outcome {
    let result = spawn_options(a[3]).and_then(|options| start_mfa(p, a, options));
    outcome(p, result)
}

/// `apply/2`: a tail call of a fun.
pub fn apply2(p: &mut Process, a: &[Term]) -> Outcome {
    let Some(mut arguments) = data::proper_list(a[1]) else { return Outcome::error(p, BADARG) };
    let View::Fun(fun) = a[0].view() else {
        let reason = p.heap.tuple(&[fixed(FixedAtom::Badfun), a[0]]);
        return Outcome::error(p, reason);
    };
    if fun.arity() != arguments.len() {
        let call = p.heap.tuple(&[a[0], a[1]]);
        let reason = p.heap.tuple(&[fixed(FixedAtom::Badarity), call]);
        return Outcome::error(p, reason);
    }
    // SAFETY: funs hold addresses of cells.
    let code = unsafe { Cell::of_code_word(fun.cell()) }.code();
    arguments.push(a[0]);
    Outcome::trap_to(p, code, &arguments)
}

/// `apply/3`: a tail call of an export.
pub fn apply3(p: &mut Process, a: &[Term]) -> Outcome {
    let names = a[0].as_atom().zip(a[1].as_atom());
    let (Some((module, function)), Some(arguments)) = (names, data::proper_list(a[2])) else {
        return Outcome::error(p, BADARG);
    };
    let Ok(arity) = u8::try_from(arguments.len()) else {
        return Outcome::error(p, fixed(FixedAtom::SystemLimit));
    };
    match p.system.code.exports.get(Mfa { module, function, arity }) {
        Ok(export) => Outcome::trap(p, export, &arguments),
        Err(_) => Outcome::error(p, fixed(FixedAtom::SystemLimit)),
    }
}

/// Raises from the caller's place: the BIF itself is not in the trace.
fn raise_here(p: &mut Process, class: FixedAtom, reason: Term, top: Top) -> Outcome {
    p.record(fixed(class), reason);
    p.head.exc_trace = p.raw_trace(top).raw();
    Outcome::Raise
}

pub fn error1(p: &mut Process, a: &[Term]) -> Outcome {
    raise_here(p, FixedAtom::Error, a[0], Top::Nothing)
}

pub fn error2(p: &mut Process, a: &[Term]) -> Outcome {
    let top = if a[1].is_list() { Top::Arguments(a[1]) } else { Top::Nothing };
    raise_here(p, FixedAtom::Error, a[0], top)
}

pub fn exit1(p: &mut Process, a: &[Term]) -> Outcome {
    raise_here(p, FixedAtom::Exit, a[0], Top::Nothing)
}

pub fn throw(p: &mut Process, a: &[Term]) -> Outcome {
    raise_here(p, FixedAtom::Throw, a[0], Top::Nothing)
}

pub fn raise3(p: &mut Process, a: &[Term]) -> Outcome {
    let known = [FixedAtom::Error, FixedAtom::Exit, FixedAtom::Throw];
    let entries = data::proper_list(a[2]);
    let fine = |entry: &Term| match entry.as_tuple() {
        Some([module, function, arity, location]) => {
            module.is_atom()
                && function.is_atom()
                && (arity.is_small() || arity.is_list())
                && data::proper_list(*location).is_some()
        }
        Some([module, function, arity]) => {
            module.is_atom() && function.is_atom() && (arity.is_small() || arity.is_list())
        }
        Some([fun, arguments]) => matches!(fun.view(), View::Fun(_)) && arguments.is_list(),
        _ => false,
    };
    if !known.iter().any(|class| fixed(*class) == a[0]) || !entries.is_some_and(|e| e.iter().all(fine)) {
        return Outcome::Done(BADARG);
    }
    // Entries of three get an empty location, as the reference VM fills them up.
    let filled: Vec<Term> = data::list_items(a[2])
        .map(|entry| match entry.as_tuple() {
            Some([module, function, arity]) => p.heap.tuple(&[*module, *function, *arity, Term::NIL]),
            _ => entry,
        })
        .collect();
    let trace = p.heap.list(&filled);
    p.record(a[0], a[1]);
    p.head.exc_trace = crate::exception::finished_trace(&mut p.heap, a[0], trace).raw();
    Outcome::Raise
}

/// Sends a message to a pid, a name, or a name on this node.
pub fn send_message(p: &mut Process, to: Term, message: Term) -> Result<(), ()> {
    let pid = match (Pid::of(to), to.as_atom(), to.as_tuple()) {
        (Some(pid), _, _) => pid,
        (_, Some(name), _) => p.system.whereis(name).ok_or(())?,
        (_, _, Some([name, node])) => {
            let name = name.as_atom().ok_or(())?;
            node.as_atom().ok_or(())?;
            match p.system.whereis(name) {
                Some(pid) if *node == fixed(FixedAtom::Nodedown) => pid,
                // To nobody: messages to other nodes are lost, as without distribution.
                _ => return Ok(()),
            }
        }
        _ => return if matches!(to.view(), View::Ref(_) | View::Port(_)) { Ok(()) } else { Err(()) },
    };
    // A dead receiver costs no copy.
    if p.system.table.living(pid).is_some() {
        life::send(p.system, pid, Signal::Message(Parcel::new(message)));
    }
    Ok(())
}

pub fn send2(p: &mut Process, a: &[Term]) -> Outcome {
    match send_message(p, a[0], a[1]) {
        Ok(()) => Outcome::Done(a[1]),
        Err(()) => Outcome::error(p, BADARG),
    }
}

pub fn send3(p: &mut Process, a: &[Term]) -> Outcome {
    match send_message(p, a[0], a[1]) {
        Ok(()) if a[2].is_list() => Outcome::Done(fixed(FixedAtom::Ok)),
        _ => Outcome::error(p, BADARG),
    }
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

/// `hibernate/3`: the stack is forgotten, the process waits for a message, then calls the function.
pub fn hibernate(p: &mut Process, a: &[Term]) -> Outcome {
    let names = a[0].as_atom().zip(a[1].as_atom());
    let (Some((module, function)), Some(arguments)) = (names, data::proper_list(a[2])) else {
        return Outcome::error(p, BADARG);
    };
    let Ok(arity) = u8::try_from(arguments.len()) else { return Outcome::error(p, BADARG) };
    // The outermost return address stays: it is the last word of the stack.
    p.head.sp = p.head.stack_base - size_of::<usize>();
    p.held = arguments;
    sleep_until_message(p, Mfa { module, function, arity })
}

fn sleep_until_message(p: &mut Process, mfa: Mfa) -> Outcome {
    if p.mailbox.is_empty() {
        return Outcome::Wait(Box::new(move |p| {
            if p.mailbox.is_empty() {
                // SAFETY: a continuation runs at a scheduling point; it holds no terms.
                let shrunk = unsafe { p.collect(Collect::Full) };
                if shrunk.is_err() {
                    return Outcome::Exit(fixed(FixedAtom::SystemLimit));
                }
            }
            sleep_until_message(p, mfa)
        }));
    }
    p.mailbox.rewind();
    let arguments = std::mem::take(&mut p.held);
    match p.system.code.exports.get(mfa) {
        Ok(export) => Outcome::trap(p, export, &arguments),
        Err(_) => Outcome::error(p, fixed(FixedAtom::SystemLimit)),
    }
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

/// Acts upon the signals that have come; gives the outcome if the process ends because of one.
fn act_on_signals(p: &mut Process) -> Option<Outcome> {
    if p.handle_signals() {
        return None;
    }
    match p.ending {
        Ending::Exited(reason) => Some(Outcome::Exit(reason)),
        Ending::Returned(_) | Ending::Uncaught(..) => Some(Outcome::Exit(fixed(FixedAtom::Killed))),
    }
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

pub fn process_flag(p: &mut Process, a: &[Term]) -> Outcome {
    match a[0].as_atom().map(Atom::text) {
        Some("trap_exit") if a[1] == Term::TRUE || a[1] == Term::FALSE => {
            let before = std::mem::replace(&mut p.trap_exit, a[1] == Term::TRUE);
            Outcome::Done(Term::bool(before))
        }
        Some("min_heap_size" | "min_bin_vheap_size") if a[1].is_small() => Outcome::Done(Term::small(233)),
        Some("fullsweep_after") => match a[1].as_small().and_then(|n| u32::try_from(n).ok()) {
            Some(n) => {
                p.heap.set_fullsweep_after(n);
                Outcome::Done(Term::small(65535))
            }
            None => Outcome::error(p, BADARG),
        },
        // Remembered; all processes are scheduled alike so far.
        Some("priority")
            if matches!(a[1].as_atom().map(Atom::text), Some("low" | "normal" | "high" | "max")) =>
        {
            Outcome::Done(std::mem::replace(&mut p.priority, a[1]))
        }
        Some("message_queue_data") if a[1].is_atom() => Outcome::Done(atom("on_heap")),
        _ => Outcome::error(p, BADARG),
    }
}

pub fn register(p: &mut Process, a: &[Term]) -> Outcome {
    let (Some(name), Some(pid)) = (a[0].as_atom(), Pid::of(a[1])) else { return Outcome::error(p, BADARG) };
    if a[0] == fixed(FixedAtom::Undefined) || p.system.table.living(pid).is_none() {
        return Outcome::error(p, BADARG);
    }
    if pid == p.pid {
        if p.relations().name.is_some() || !p.system.register(name, pid) {
            return Outcome::error(p, BADARG);
        }
        p.relations().name = Some(name);
        return Outcome::Done(Term::TRUE);
    }
    let system = p.system;
    request(
        p,
        pid,
        move |process| {
            let done = process.is_some_and(|process| {
                process.relations().name.is_none() && system.register(name, pid) && {
                    process.relations().name = Some(name);
                    true
                }
            });
            Parcel::new(if done { Term::TRUE } else { Term::FALSE })
        },
        |p, answer| if answer == Term::TRUE { Outcome::Done(answer) } else { Outcome::error(p, BADARG) },
    )
}

pub fn unregister(p: &mut Process, a: &[Term]) -> Outcome {
    let Some(name) = a[0].as_atom() else { return Outcome::error(p, BADARG) };
    let Some(pid) = p.system.unregister(name) else { return Outcome::error(p, BADARG) };
    let forget = move |process: &mut Process| {
        if let Some(relations) = &mut process.relations
            && relations.name == Some(name)
        {
            relations.name = None;
        }
    };
    if pid == p.pid {
        forget(p);
        return Outcome::Done(Term::TRUE);
    }
    request(
        p,
        pid,
        move |process| {
            process.into_iter().for_each(forget);
            Parcel::new(Term::TRUE)
        },
        |_, answer| Outcome::Done(answer),
    )
}

pub fn whereis(p: &mut Process, a: &[Term]) -> Out {
    let name = a[0].as_atom().ok_or(BADARG)?;
    Ok(p.system.whereis(name).map_or(fixed(FixedAtom::Undefined), Pid::term))
}

pub fn registered(p: &mut Process, _: &[Term]) -> Out {
    let names: Vec<Term> = p.system.registered().into_iter().map(Term::atom).collect();
    Ok(p.heap.list(&names))
}

pub fn is_process_alive(p: &mut Process, a: &[Term]) -> Outcome {
    let Some(pid) = Pid::of(a[0]) else { return Outcome::error(p, BADARG) };
    if pid == p.pid || p.system.table.living(pid).is_none() {
        return Outcome::Done(Term::bool(pid == p.pid));
    }
    // Signals sent before are acted upon first: asking is a signal too.
    request(p, pid, |process| Parcel::new(Term::bool(process.is_some())), |_, answer| Outcome::Done(answer))
}

pub fn processes(p: &mut Process, _: &[Term]) -> Out {
    let living = p.system.table.slots().filter(|slot| slot.state() != State::Dead);
    let pids: Vec<Term> = living.map(|slot| slot.pid().term()).collect();
    Ok(p.heap.list(&pids))
}

pub fn group_leader(p: &mut Process, _: &[Term]) -> Out {
    Ok(p.group_leader.term())
}

pub fn set_group_leader(p: &mut Process, a: &[Term]) -> Outcome {
    let (Some(leader), Some(pid)) = (Pid::of(a[0]), Pid::of(a[1])) else { return Outcome::error(p, BADARG) };
    if pid == p.pid {
        p.group_leader = leader;
        return Outcome::Done(Term::TRUE);
    }
    request(
        p,
        pid,
        move |process| {
            let found = process.map(|process| process.group_leader = leader).is_some();
            Parcel::new(Term::bool(found))
        },
        |p, answer| if answer == Term::TRUE { Outcome::Done(answer) } else { Outcome::error(p, BADARG) },
    )
}

/// Has another process do something on its own thread, waits for the answer, and goes on with it.
pub fn request(
    p: &mut Process,
    target: Pid,
    what: impl FnOnce(Option<&mut Process>) -> Parcel + Send + 'static,
    then: impl FnOnce(&mut Process, Term) -> Outcome + Send + 'static,
) -> Outcome {
    let number = p.system.new_ref();
    p.waiting_for = number;
    p.reply = None;
    let request = Request { from: p.pid, number, what: Box::new(what) };
    life::send(p.system, target, Signal::Request(request));
    wait_for_reply(then)
}

fn wait_for_reply(then: impl FnOnce(&mut Process, Term) -> Outcome + Send + 'static) -> Outcome {
    Outcome::Wait(Box::new(move |p| match p.reply.take() {
        Some(Parcel { term, memory }) => {
            p.heap.attach(memory);
            p.waiting_for = 0;
            then(p, term)
        }
        None => wait_for_reply(then),
    }))
}

// The process dictionary.

fn place(p: &Process, key: Term) -> Option<usize> {
    let pairs = p.dictionary.chunks_exact(2);
    pairs.enumerate().find(|(_, pair)| compare::eq_exact(pair[0], key)).map(|(at, _)| 2 * at)
}

pub fn put(p: &mut Process, a: &[Term]) -> Out {
    match place(p, a[0]) {
        Some(at) => Ok(std::mem::replace(&mut p.dictionary[at + 1], a[1])),
        None => {
            p.dictionary.extend([a[0], a[1]]);
            Ok(fixed(FixedAtom::Undefined))
        }
    }
}

pub fn get1(p: &mut Process, a: &[Term]) -> Out {
    Ok(place(p, a[0]).map_or(fixed(FixedAtom::Undefined), |at| p.dictionary[at + 1]))
}

pub fn get0(p: &mut Process, _: &[Term]) -> Out {
    let pairs: Vec<Term> = p.dictionary.chunks_exact(2).map(|pair| p.heap.tuple(pair)).collect();
    Ok(p.heap.list(&pairs))
}

pub fn get_keys0(p: &mut Process, _: &[Term]) -> Out {
    let keys: Vec<Term> = p.dictionary.iter().copied().step_by(2).collect();
    Ok(p.heap.list(&keys))
}

pub fn get_keys1(p: &mut Process, a: &[Term]) -> Out {
    let pairs = p.dictionary.chunks_exact(2).filter(|pair| compare::eq_exact(pair[1], a[0]));
    let keys: Vec<Term> = pairs.map(|pair| pair[0]).collect();
    Ok(p.heap.list(&keys))
}

pub fn erase1(p: &mut Process, a: &[Term]) -> Out {
    let Some(at) = place(p, a[0]) else { return Ok(fixed(FixedAtom::Undefined)) };
    let value = p.dictionary[at + 1];
    // The last pair takes the place.
    let last = p.dictionary.len() - 2;
    p.dictionary.swap(at, last);
    p.dictionary.swap(at + 1, last + 1);
    p.dictionary.truncate(last);
    Ok(value)
}

pub fn erase0(p: &mut Process, a: &[Term]) -> Out {
    let all = get0(p, a);
    p.dictionary.clear();
    all
}

pub fn garbage_collect0(_: &mut Process, _: &[Term]) -> Outcome {
    // The collector runs between two time slices, when nothing but the roots is in use.
    Outcome::Yield(Box::new(|p| {
        // SAFETY: a continuation runs at a scheduling point; it holds no terms.
        match unsafe { p.collect(Collect::Full) } {
            Ok(()) => Outcome::Done(Term::TRUE),
            Err(_) => Outcome::Exit(fixed(FixedAtom::SystemLimit)),
        }
    }))
}

pub fn garbage_collect1(p: &mut Process, a: &[Term]) -> Outcome {
    let Some(pid) = Pid::of(a[0]) else { return Outcome::error(p, BADARG) };
    if pid == p.pid {
        return garbage_collect0(p, a);
    }
    request(
        p,
        pid,
        |process| {
            // SAFETY: requests are served at scheduling points, where nothing but the roots is in use.
            let done = process.is_some_and(|process| unsafe { process.collect(Collect::Full) }.is_ok());
            Parcel::new(Term::bool(done))
        },
        |_, answer| Outcome::Done(answer),
    )
}

pub fn yield_(_: &mut Process, _: &[Term]) -> Outcome {
    Outcome::Yield(Box::new(|_| Outcome::Done(Term::TRUE)))
}

/// Items of `process_info/2` and how each is made.
fn info_value(p: &mut Process, item: &str, asker: Pid) -> Option<Term> {
    let count = |n: usize| Term::small(n as isize);
    Some(match item {
        "registered_name" => {
            return p.relations.as_ref().and_then(|r| r.name).map(Term::atom).or(Some(Term::NIL));
        }
        "message_queue_len" => count(p.mailbox.len()),
        "messages" => {
            let messages: Vec<Term> =
                p.mailbox.terms().map(|term| copy::copy(term, &mut p.heap, Literals::Keep)).collect();
            p.heap.list(&messages)
        }
        "links" => {
            let links: Vec<Term> =
                p.relations.iter().flat_map(|r| r.links.iter().map(|pid| pid.term())).collect();
            p.heap.list(&links)
        }
        "monitors" => {
            let watched: Vec<Watched> =
                p.relations.iter().flat_map(|r| r.monitors.values().copied()).collect();
            let terms: Vec<Term> = watched
                .into_iter()
                .map(|watched| {
                    let object = match watched {
                        Watched::Pid(pid) => pid.term(),
                        Watched::Name(name) => p.heap.tuple(&[Term::atom(name), fixed(FixedAtom::Nodedown)]),
                    };
                    p.heap.tuple(&[fixed(FixedAtom::Process), object])
                })
                .collect();
            p.heap.list(&terms)
        }
        "monitored_by" => {
            let watchers: Vec<Term> =
                p.relations.iter().flat_map(|r| r.watchers.values().map(|(pid, _)| pid.term())).collect();
            p.heap.list(&watchers)
        }
        "memory" => count(p.heap.total_words() * size_of::<usize>() + size_of::<Process>()),
        "heap_size" => count(p.heap.used_words(&p.head)),
        "total_heap_size" => count(p.heap.total_words()),
        "stack_size" => count((p.head.stack_base - p.head.sp) / size_of::<usize>()),
        "reductions" => count(p.reductions as usize),
        "trap_exit" => Term::bool(p.trap_exit),
        "group_leader" => p.group_leader.term(),
        "priority" => p.priority,
        // One that answers another's question runs because of it: what counts is what it did before.
        "status" => atom(match p.left {
            _ if asker == p.pid => "running",
            Left::Receiving | Left::Waiting => "waiting",
            Left::Yielded | Left::Ended => "runnable",
        }),
        "dictionary" => return get0(p, &[]).ok(),
        "current_stacktrace" => p.current_trace(),
        "current_function" => {
            let trace = p.current_trace();
            match trace.as_cons().and_then(|cell| cell[0].as_tuple()) {
                Some([module, function, arity, _]) => p.heap.tuple(&[*module, *function, *arity]),
                _ => fixed(FixedAtom::Undefined),
            }
        }
        "initial_call" => {
            let Mfa { module, function, arity } = p.initial;
            p.heap.tuple(&[Term::atom(module), Term::atom(function), Term::small(isize::from(arity))])
        }
        _ => return None,
    })
}

/// Items that `process_info/1` lists.
const USUAL: &[&str] = &[
    "current_function",
    "initial_call",
    "status",
    "message_queue_len",
    "links",
    "dictionary",
    "trap_exit",
    "priority",
    "group_leader",
    "total_heap_size",
    "heap_size",
    "stack_size",
    "reductions",
];

fn info_tuple(p: &mut Process, item: &str, asker: Pid) -> Option<Term> {
    let value = info_value(p, item, asker)?;
    // A process without a name has no such item.
    if item == "registered_name" && value.is_nil() {
        return Some(value);
    }
    Some(p.heap.tuple(&[atom(item), value]))
}

fn ask_info(p: &mut Process, pid: Pid, items: Vec<&'static str>, one: bool) -> Outcome {
    let asker = p.pid;
    let make = move |process: &mut Process| {
        let mut made: Vec<Term> = items.iter().filter_map(|item| info_tuple(process, item, asker)).collect();
        if one { made.pop().unwrap_or(Term::NIL) } else { process.heap.list(&made) }
    };
    if pid == p.pid {
        return act_on_signals(p).unwrap_or_else(|| Outcome::Done(make(p)));
    }
    request(
        p,
        pid,
        move |process| match process {
            Some(process) => Parcel::new(make(process)),
            None => Parcel::new(fixed(FixedAtom::Undefined)),
        },
        |_, answer| Outcome::Done(answer),
    )
}

pub fn process_info2(p: &mut Process, a: &[Term]) -> Outcome {
    let Some(pid) = Pid::of(a[0]) else { return Outcome::error(p, BADARG) };
    let known = |t: &Term| t.as_atom().map(Atom::text).filter(|name| is_item(name));
    if let Some(item) = known(&a[1]) {
        return ask_info(p, pid, vec![item], true);
    }
    let items: Option<Vec<&'static str>> =
        data::proper_list(a[1]).and_then(|items| items.iter().map(known).collect());
    match items {
        Some(items) => ask_info(p, pid, items, false),
        None => Outcome::error(p, BADARG),
    }
}

fn is_item(name: &str) -> bool {
    USUAL.contains(&name)
        || matches!(
            name,
            "registered_name" | "messages" | "monitors" | "monitored_by" | "memory" | "current_stacktrace"
        )
}

pub fn process_info1(p: &mut Process, a: &[Term]) -> Outcome {
    let Some(pid) = Pid::of(a[0]) else { return Outcome::error(p, BADARG) };
    ask_info(p, pid, USUAL.to_vec(), false)
}

// Funs.

fn cell_info(t: Term) -> Option<(&'static CellInfo, usize, &'static [Term])> {
    match t.view() {
        // SAFETY: funs hold addresses of cells.
        View::Fun(fun) => Some((unsafe { Cell::of_code_word(fun.cell()) }.info(), fun.arity(), fun.env())),
        _ => None,
    }
}

pub fn make_fun(p: &mut Process, a: &[Term]) -> Out {
    let names = a[0].as_atom().zip(a[1].as_atom());
    let (module, function) = names.ok_or(BADARG)?;
    let arity = a[2].as_small().and_then(|n| u8::try_from(n).ok()).ok_or(BADARG)?;
    let export = p.system.code.exports.get(Mfa { module, function, arity });
    let export = export.map_err(|_| fixed(FixedAtom::SystemLimit))?;
    Ok(p.heap.fun(export.cell.address(), usize::from(arity), &[]))
}

pub fn fun_info2(p: &mut Process, a: &[Term]) -> Out {
    let (info, arity, env) = cell_info(a[0]).ok_or(BADARG)?;
    let item = a[1].as_atom().ok_or(BADARG)?;
    let undefined = fixed(FixedAtom::Undefined);
    let value = match (item.text(), info) {
        ("module", CellInfo::Export(export)) => Term::atom(export.mfa.module),
        ("module", CellInfo::Lambda(lambda)) => Term::atom(lambda.module),
        ("name", CellInfo::Export(export)) => Term::atom(export.mfa.function),
        ("name", CellInfo::Lambda(lambda)) => Term::atom(lambda.function),
        ("arity", _) => Term::small(arity as isize),
        ("env", _) => p.heap.list(env),
        ("type", CellInfo::Export(_)) => atom("external"),
        ("type", CellInfo::Lambda(_)) => atom("local"),
        ("index" | "new_index", CellInfo::Lambda(lambda)) => Term::small(lambda.index as isize),
        ("uniq", CellInfo::Lambda(lambda)) => Term::small(lambda.uniq as isize),
        ("index" | "new_index" | "uniq" | "new_uniq" | "pid", _) => undefined,
        _ => return Err(BADARG),
    };
    Ok(p.heap.tuple(&[a[1], value]))
}
