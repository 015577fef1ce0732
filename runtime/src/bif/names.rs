//! BIFs about registered names, group leaders, and which processes there are.

use super::request::request;
use super::{BADARG, Outcome};
use crate::process::Process;
use crate::process::signal::Parcel;
use crate::process::table::Pid;
use crate::service::Found;
use linac_abi::term::FixedAtom;
use linac_core::{Build, Term};

type Out = Result<Term, Term>;

fn fixed(atom: FixedAtom) -> Term {
    Term::fixed(atom)
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
