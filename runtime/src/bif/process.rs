//! BIFs about processes themselves: identity, messages, sleep, flags, collection.

use super::request::request;
use super::{BADARG, Outcome};
use crate::code::export::Mfa;
use crate::data;
use crate::process::signal::{Parcel, Signal};
use crate::process::table::Pid;
use crate::process::{Process, life, ref_id};
use crate::service::Found;
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

/// Why a message is not sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unsent {
    /// There is no such receiver, or it is no receiver at all.
    Nobody,
    /// The service of this name will be there when the process has ended.
    Starting(Atom, Pid),
}

/// Sends a message to a pid, a name, or a name on this node.
pub fn send_message(p: &mut Process, to: Term, message: Term) -> Result<(), Unsent> {
    let named = |name: Atom| match p.system.find(p, name) {
        Found::Process(pid) => Ok(pid),
        Found::Starting(starter) => Err(Unsent::Starting(name, starter)),
        Found::Nobody => Err(Unsent::Nobody),
    };
    let pid = match (Pid::of(to), to.as_atom(), to.as_tuple()) {
        (Some(pid), _, _) => pid,
        (_, Some(name), _) => named(name)?,
        (_, _, Some([name, node])) => {
            let name = name.as_atom().ok_or(Unsent::Nobody)?;
            node.as_atom().ok_or(Unsent::Nobody)?;
            match named(name) {
                Ok(pid) if *node == fixed(FixedAtom::Nodedown) => pid,
                Err(Unsent::Starting(name, starter)) if *node == fixed(FixedAtom::Nodedown) => {
                    return Err(Unsent::Starting(name, starter));
                }
                // To nobody: messages to other nodes are lost, as without distribution.
                _ => return Ok(()),
            }
        }
        _ => {
            let sent = send_to_alias(p, to, message) || to.is_port();
            return if sent { Ok(()) } else { Err(Unsent::Nobody) };
        }
    };
    // A dead receiver costs no copy.
    if let Some(slot) = p.system.table.living(pid) {
        life::send_to(p.system, slot, pid, Signal::Message(Parcel::new(message)));
    }
    Ok(())
}

/// Sends a message to an alias, if that is what a reference is; false if it is no reference.
fn send_to_alias(p: &Process, to: Term, message: Term) -> bool {
    let (View::Ref(reference), Some(id)) = (to.view(), ref_id(to)) else { return false };
    let [_, _, place] = reference.numbers();
    // Other references are nobody's: messages to them are lost.
    if (1..1 << Pid::INDEX_BITS).contains(&place)
        && let Some(slot) = p.system.table.slot(Pid(place as usize - 1))
        && slot.lives()
    {
        life::send_to(p.system, slot, slot.pid(), Signal::Alias(id, Parcel::new(message)));
    }
    true
}

pub fn send2(p: &mut Process, a: &[Term]) -> Outcome {
    match send_message(p, a[0], a[1]) {
        Ok(()) => Outcome::Done(a[1]),
        Err(Unsent::Starting(_, starter)) => Outcome::After(starter),
        Err(Unsent::Nobody) => Outcome::error(p, BADARG),
    }
}

pub fn send3(p: &mut Process, a: &[Term]) -> Outcome {
    let known = ["noconnect", "nosuspend"];
    let fine = data::proper_list(a[2]).is_some_and(|options| {
        options.iter().all(|option| option.as_atom().is_some_and(|name| known.contains(&name.text())))
    });
    if !fine {
        return Outcome::error(p, BADARG);
    }
    if let Some([name, node]) = a[0].as_tuple()
        && name.as_atom().is_some()
        && node.as_atom().is_some_and(|_| *node != fixed(FixedAtom::Nodedown))
        && data::list_items(a[2]).any(|option| option.as_atom().map(Atom::text) == Some("noconnect"))
    {
        return Outcome::Done(data::atom("noconnect"));
    }
    match send_message(p, a[0], a[1]) {
        Ok(()) => Outcome::Done(fixed(FixedAtom::Ok)),
        Err(Unsent::Starting(_, starter)) => Outcome::After(starter),
        Err(Unsent::Nobody) => Outcome::error(p, BADARG),
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
    let mfa = Mfa { module, function, arity };
    if !p.mailbox.is_empty() {
        return sleep_until_message(p, mfa);
    }
    // The collector runs between two time slices; what is left may be small for long.
    Outcome::Yield(Box::new(move |p| {
        // SAFETY: a continuation runs at a scheduling point; it holds no terms.
        match unsafe { p.collect(Collect::Full) } {
            Ok(()) => sleep_until_message(p, mfa),
            Err(_) => Outcome::Exit(p.starved()),
        }
    }))
}

/// `hibernate/0`: makes the process small and waits for a message.
pub fn hibernate0(p: &mut Process, _: &[Term]) -> Outcome {
    if !p.mailbox.is_empty() {
        return Outcome::Done(fixed(FixedAtom::Ok));
    }
    // As above: first small, then asleep.
    Outcome::Yield(Box::new(|p| {
        // SAFETY: a continuation runs at a scheduling point; it holds no terms.
        match unsafe { p.collect(Collect::Full) } {
            Ok(()) => wait_for_message(p),
            Err(_) => Outcome::Exit(p.starved()),
        }
    }))
}

fn wait_for_message(p: &mut Process) -> Outcome {
    match p.mailbox.is_empty() {
        true => Outcome::Wait(Box::new(wait_for_message)),
        false => Outcome::Done(fixed(FixedAtom::Ok)),
    }
}

fn sleep_until_message(p: &mut Process, mfa: Mfa) -> Outcome {
    if p.mailbox.is_empty() {
        return Outcome::Wait(Box::new(move |p| sleep_until_message(p, mfa)));
    }
    p.mailbox.rewind();
    let arguments = std::mem::take(&mut p.held);
    match p.system.code.exports.get(mfa) {
        Ok(export) => Outcome::trap(p, export, &arguments),
        Err(_) => Outcome::error(p, fixed(FixedAtom::SystemLimit)),
    }
}

pub fn garbage_collect0(_: &mut Process, _: &[Term]) -> Outcome {
    // The collector runs between two time slices, when nothing but the roots is in use.
    Outcome::Yield(Box::new(|p| {
        // SAFETY: a continuation runs at a scheduling point; it holds no terms.
        match unsafe { p.collect(Collect::Full) } {
            Ok(()) => Outcome::Done(Term::TRUE),
            Err(_) => Outcome::Exit(p.starved()),
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
            let done = process.is_some_and(|process| {
                // SAFETY: requests are served at scheduling points, where nothing but the roots is in use.
                let done = unsafe { process.collect(Collect::Full) }.is_ok();
                if !done {
                    process.die(process.starved());
                }
                done
            });
            Parcel::new(Term::bool(done))
        },
        |_, answer| Outcome::Done(answer),
    )
}

pub fn yield_(_: &mut Process, _: &[Term]) -> Outcome {
    Outcome::Yield(Box::new(|_| Outcome::Done(Term::TRUE)))
}
