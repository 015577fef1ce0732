//! BIFs about processes themselves: identity, messages, sleep, flags, collection.

use super::request::request;
use super::{BADARG, Outcome};
use crate::code::export::Mfa;
use crate::data::{self, atom};
use crate::process::signal::{Parcel, Signal};
use crate::process::table::Pid;
use crate::process::{Process, life};
use crate::sched::queue::Priority;
use linac_abi::term::FixedAtom;
use linac_core::gc::Collect;
use linac_core::{Atom, Term, View};

type Out = Result<Term, Term>;

fn fixed(atom: FixedAtom) -> Term {
    Term::fixed(atom)
}

pub fn self_(p: &mut Process, _: &[Term]) -> Out {
    Ok(p.pid.term())
}

pub fn make_ref(p: &mut Process, _: &[Term]) -> Out {
    Ok(p.make_ref().0)
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
    if let Some(slot) = p.system.table.living(pid) {
        life::send_to(p.system, slot, pid, Signal::Message(Parcel::new(message)));
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
        // From the next time on that the process is made runnable.
        Some("priority") => match Priority::of(a[1]) {
            Some(priority) => {
                let before = p.slot().priority();
                p.slot().set_priority(priority);
                Outcome::Done(before.term())
            }
            None => Outcome::error(p, BADARG),
        },
        Some("message_queue_data") if a[1].is_atom() => Outcome::Done(atom("on_heap")),
        _ => Outcome::error(p, BADARG),
    }
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
