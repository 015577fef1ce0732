//! BIFs about registered names, group leaders, and which processes there are.

use super::request::request;
use super::{BADARG, Outcome};
use crate::code::export::Mfa;
use crate::data;
use crate::process::Process;
use crate::process::signal::Parcel;
use crate::process::table::Pid;
use crate::service::Found;
use linac_abi::term::FixedAtom;
use linac_core::{Atom, Build, Term};

type Out = Result<Term, Term>;

fn fixed(atom: FixedAtom) -> Term {
    Term::fixed(atom)
}

/// Why a name cannot be given, as the library's explanations of errors call it.
#[derive(Clone, Copy)]
enum NoName {
    /// The process has ended.
    NotAlive,
    /// It has a name.
    HasName,
    /// Anything else: the name is taken, or one of both is no name or no process.
    Other,
}

impl NoName {
    fn cause(self) -> &'static str {
        match self {
            NoName::NotAlive => "notalive",
            NoName::HasName => "registered_name",
            NoName::Other => "none",
        }
    }
}

/// Gives a process that runs on this thread a name.
fn name_it(process: &mut Process, name: Atom) -> Result<(), NoName> {
    if process.relations().name.is_some() {
        return Err(NoName::HasName);
    }
    if !process.system.register(name, process.pid) {
        return Err(NoName::Other);
    }
    process.relations().name = Some(name);
    Ok(())
}

pub fn register(p: &mut Process, a: &[Term]) -> Outcome {
    let known = a[0].as_atom().filter(|_| a[0] != fixed(FixedAtom::Undefined));
    let (Some(name), Some(pid)) = (known, Pid::of(a[1])) else {
        return Outcome::badarg(p, NoName::Other.cause());
    };
    if p.system.table.living(pid).is_none() {
        return Outcome::badarg(p, NoName::NotAlive.cause());
    }
    if pid == p.pid {
        return match name_it(p, name) {
            Ok(()) => Outcome::Done(Term::TRUE),
            Err(why) => Outcome::badarg(p, why.cause()),
        };
    }
    let (name_term, pid_term) = (a[0], a[1]);
    request(
        p,
        pid,
        move |process| {
            let done = process.ok_or(NoName::NotAlive).and_then(|process| name_it(process, name));
            Parcel::new(done.map_or_else(|why| data::atom(why.cause()), |()| Term::TRUE))
        },
        move |p, answer| {
            if answer == Term::TRUE {
                return Outcome::Done(answer);
            }
            // The call is not under way any more, but its arguments need no collector.
            let module = Atom(FixedAtom::Erlang as u32);
            let mfa = Atom::new("register").map(|function| Mfa { module, function, arity: 2 });
            if let Ok(mfa) = mfa {
                p.fail_in(BADARG, mfa, [name_term, pid_term, Term::NIL]);
            } else {
                p.fail(BADARG);
            }
            let causes = [NoName::NotAlive, NoName::HasName, NoName::Other].map(NoName::cause);
            p.error_cause = causes.into_iter().find(|cause| data::atom(cause) == answer);
            Outcome::Raise
        },
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

pub fn whereis(p: &mut Process, a: &[Term]) -> Outcome {
    let Some(name) = a[0].as_atom() else { return Outcome::error(p, BADARG) };
    match p.system.find(p, name) {
        Found::Process(pid) => Outcome::Done(pid.term()),
        Found::Starting(starter) => Outcome::After(starter),
        Found::Nobody => Outcome::Done(fixed(FixedAtom::Undefined)),
    }
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
    let living = p.system.table.slots().filter(|slot| slot.lives());
    let pids: Vec<Term> = living.map(|slot| slot.pid().term()).collect();
    Ok(p.heap.list(&pids))
}

pub fn group_leader(p: &mut Process, _: &[Term]) -> Out {
    Ok(p.leader().term())
}

pub fn set_group_leader(p: &mut Process, a: &[Term]) -> Outcome {
    let (Some(leader), Some(pid)) = (Pid::of(a[0]), Pid::of(a[1])) else { return Outcome::error(p, BADARG) };
    if pid == p.pid {
        p.group_leader = Some(leader);
        return Outcome::Done(Term::TRUE);
    }
    request(
        p,
        pid,
        move |process| {
            let found = process.map(|process| process.group_leader = Some(leader)).is_some();
            Parcel::new(Term::bool(found))
        },
        |p, answer| if answer == Term::TRUE { Outcome::Done(answer) } else { Outcome::error(p, BADARG) },
    )
}
