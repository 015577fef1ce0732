//! BIFs about code: loading, replacing, purging.

use super::request::request;
use super::{BADARG, Outcome};
use crate::code::export::Mfa;
use crate::code::instance::Instance;
use crate::code::{LoadError, Loaded};
use crate::data::atom;
use crate::frames::Frames;
use crate::process::Process;
use crate::process::signal::{self, Parcel};
use crate::process::table::Pid;
use linac_abi::term::FixedAtom;
use linac_core::binary::Bits;
use linac_core::{Atom, Build, Term, etf};
use std::sync::Arc;

type Out = Result<Term, Term>;

pub fn load_module(p: &mut Process, a: &[Term]) -> Outcome {
    let bytes = Bits::of(a[1]).filter(|bits| bits.is_binary()).map(Bits::to_vec);
    let (Some(module), Some(bytes)) = (a[0].as_atom(), bytes) else { return Outcome::error(p, BADARG) };
    let (tag, value) = match p.system.code.load(&bytes, Some(module)) {
        Ok((_, Loaded::Current)) => (Term::fixed(FixedAtom::Module), a[0]),
        Ok((_, Loaded::Pending)) => (Term::fixed(FixedAtom::Error), atom("on_load")),
        Err(LoadError::NotPurged(_)) => (Term::fixed(FixedAtom::Error), atom("not_purged")),
        Err(error) => {
            crate::say!("linac: loading {}: {error}", module.text());
            (Term::fixed(FixedAtom::Error), atom("badfile"))
        }
    };
    Outcome::Done(p.heap.tuple(&[tag, value]))
}

pub fn delete_module(p: &mut Process, a: &[Term]) -> Outcome {
    let Some(module) = a[0].as_atom() else { return Outcome::error(p, BADARG) };
    match p.system.code.delete(module) {
        Ok(true) => Outcome::Done(Term::TRUE),
        Ok(false) => Outcome::Done(Term::fixed(FixedAtom::Undefined)),
        Err(_) => Outcome::error(p, BADARG),
    }
}

/// Does the process need this instance: is its code on the stack? Literals do not count, since a process can have
/// copies, nor do funs, which fail when they are called after.
fn needs(p: &mut Process, instance: &Instance) -> bool {
    // SAFETY: called at scheduling points and in BIFs, where the stack begins with a return address.
    let mut frames = unsafe { Frames::new(&p.head) };
    frames.any(|frame| instance.contains_code(frame.return_address))
}

pub fn check_process_code(p: &mut Process, a: &[Term]) -> Outcome {
    let (Some(pid), Some(module)) = (Pid::of(a[0]), a[1].as_atom()) else { return Outcome::error(p, BADARG) };
    let Some(old) = p.system.code.old(module) else { return Outcome::Done(Term::FALSE) };
    if pid == p.pid {
        let answer = needs(p, &old);
        return Outcome::Done(Term::bool(answer));
    }
    request(
        p,
        pid,
        move |process| Parcel::new(Term::bool(process.is_some_and(|process| needs(process, &old)))),
        |_, answer| Outcome::Done(answer),
    )
}

pub fn check_process_code3(p: &mut Process, a: &[Term]) -> Outcome {
    if a[2].is_list() { check_process_code(p, a) } else { Outcome::error(p, BADARG) }
}

/// Lets go of the old version of a module: a process that uses its code is killed, one that has literals of it gets
/// copies. False if the process was killed.
fn let_go(p: &mut Process, old: &Instance) -> bool {
    // SAFETY: called where a BIF was called as a function, and where requests are served; both are safepoints, and
    // nobody uses terms from before.
    let gone = !needs(p, old) && unsafe { p.evict_literals(old.literals.range()) }.is_ok();
    if !gone {
        p.die(Term::fixed(FixedAtom::Killed));
    }
    gone
}

/// What every process does for [`everywhere`]; false if it must end.
pub type Part = Arc<dyn Fn(&mut Process) -> bool + Send + Sync>;
/// What comes after.
pub type After = Box<dyn FnOnce(&mut Process) -> Outcome + Send>;

const ROUNDS: u32 = 2;

/// Has every process part with literals, then goes on.
///
/// While this runs, messages carry copies of literals. So after every process has been asked once, none passes the
/// old literals on; what was under way before arrives before the second time it is asked.
pub fn everywhere(part: Part, then: After) -> Outcome {
    let guard = signal::LiteralCopies::begin();
    // After the time slice, the messages that the process has sent to itself are in its mailbox, where they are found.
    Outcome::Yield(Box::new(move |p| round(p, part, then, 1, guard)))
}

fn round(p: &mut Process, part: Part, then: After, number: u32, guard: signal::LiteralCopies) -> Outcome {
    if !part(p) {
        return Outcome::Exit(Term::fixed(FixedAtom::Killed));
    }
    let own = p.pid;
    let living = p.system.table.slots().filter(|slot| slot.lives());
    let others = living.map(|slot| slot.pid()).filter(|pid| *pid != own).collect();
    ask_on(p, part, then, others, number, guard)
}

/// Asks one process after the other, then begins the next round or ends.
fn ask_on(
    p: &mut Process,
    part: Part,
    then: After,
    mut others: Vec<Pid>,
    number: u32,
    guard: signal::LiteralCopies,
) -> Outcome {
    let Some(pid) = others.pop() else {
        if number < ROUNDS {
            return round(p, part, then, number + 1, guard);
        }
        drop(guard);
        return then(p);
    };
    let asked = part.clone();
    request(
        p,
        pid,
        move |process| {
            process.map(|process| asked(process));
            Parcel::new(Term::TRUE)
        },
        move |p, _| ask_on(p, part, then, others, number, guard),
    )
}

/// Runs the `-on_load` function of a module that waits for it.
pub fn call_on_load_function(p: &mut Process, a: &[Term]) -> Outcome {
    let entry = a[0].as_atom().and_then(|module| p.system.code.on_load_function(module));
    match entry {
        Some(entry) => Outcome::trap_to(p, entry, &[]),
        None => Outcome::error(p, BADARG),
    }
}

/// Makes a module that waits for its `-on_load` function current, or removes it.
pub fn finish_after_on_load(p: &mut Process, a: &[Term]) -> Outcome {
    let keep = match (a[0].as_atom(), a[1]) {
        (Some(_), Term::TRUE) => true,
        (Some(_), Term::FALSE) => false,
        _ => return Outcome::error(p, BADARG),
    };
    let Some(module) = a[0].as_atom() else { return Outcome::error(p, BADARG) };
    let Some(pending) = p.system.code.pending(module) else { return Outcome::error(p, BADARG) };
    if keep {
        return match p.system.code.keep_pending(module) {
            Ok(true) => Outcome::Done(Term::TRUE),
            _ => Outcome::error(p, BADARG),
        };
    }
    p.system.code.retire_funs(&pending);
    let checked = pending.clone();
    let part = move |process: &mut Process| let_go(process, &pending);
    everywhere(
        Arc::new(part),
        Box::new(move |p| {
            let done = p.system.code.drop_pending(module, &checked);
            Outcome::Done(Term::bool(done))
        }),
    )
}

/// Removes the old version of a module.
pub fn purge_module(p: &mut Process, a: &[Term]) -> Outcome {
    let Some(module) = a[0].as_atom() else { return Outcome::error(p, BADARG) };
    let Some(old) = p.system.code.old(module) else { return Outcome::error(p, BADARG) };
    p.system.code.retire_funs(&old);
    let part = move |process: &mut Process| let_go(process, &old);
    everywhere(
        Arc::new(part),
        Box::new(move |p| {
            let done = p.system.code.drop_old(module);
            Outcome::Done(Term::bool(done))
        }),
    )
}

pub fn module_loaded(p: &mut Process, a: &[Term]) -> Out {
    let module = a[0].as_atom().ok_or(BADARG)?;
    Ok(Term::bool(p.system.code.current(module).is_some()))
}

pub fn loaded(p: &mut Process, _: &[Term]) -> Out {
    let modules: Vec<Term> = p.system.code.loaded().into_iter().map(Term::atom).collect();
    Ok(p.heap.list(&modules))
}

pub fn function_exported(p: &mut Process, a: &[Term]) -> Out {
    let (module, function) = a[0].as_atom().zip(a[1].as_atom()).ok_or(BADARG)?;
    let Ok(arity) = u8::try_from(a[2].as_small().ok_or(BADARG)?) else { return Ok(Term::FALSE) };
    let export = p.system.code.exports.find(Mfa { module, function, arity });
    Ok(Term::bool(export.is_some_and(|export| export.is_defined())))
}

pub fn get_module_info2(p: &mut Process, a: &[Term]) -> Out {
    let module = a[0].as_atom().ok_or(BADARG)?;
    let instance = p.system.code.current(module).ok_or(BADARG)?;
    Ok(match a[1].as_atom().map(Atom::text) {
        Some("module") => a[0],
        Some(item @ ("exports" | "functions")) => {
            let listed = instance.functions.iter().filter(|f| item == "functions" || f.export.is_some());
            let pairs: Vec<Term> = listed
                .map(|f| p.heap.tuple(&[Term::atom(f.name), Term::small(isize::from(f.arity))]))
                .collect();
            p.heap.list(&pairs)
        }
        Some(item @ ("attributes" | "compile")) => {
            let bytes = &instance.info().attributes[usize::from(item == "compile")];
            if bytes.is_empty() {
                return Ok(Term::NIL);
            }
            let mut links = p.system.code.links(true);
            let (memory, term, _) = etf::decode(bytes, &mut links).map_err(|_| BADARG)?;
            p.heap.attach(memory);
            term
        }
        Some("md5") => super::convert::make_binary(p, &instance.info().digest)?,
        Some("nifs") => Term::NIL,
        Some("native") => Term::TRUE,
        _ => return Err(BADARG),
    })
}

pub fn get_module_info1(p: &mut Process, a: &[Term]) -> Out {
    let mut pairs = Vec::new();
    for item in ["module", "exports", "attributes", "compile", "md5"] {
        let key = atom(item);
        let value = get_module_info2(p, &[a[0], key])?;
        pairs.push(p.heap.tuple(&[key, value]));
    }
    Ok(p.heap.list(&pairs))
}

pub fn is_builtin(_: &mut Process, a: &[Term]) -> Out {
    let (module, function) = a[0].as_atom().zip(a[1].as_atom()).ok_or(BADARG)?;
    let Ok(arity) = u8::try_from(a[2].as_small().ok_or(BADARG)?) else { return Ok(Term::FALSE) };
    Ok(Term::bool(super::number(module.text(), function.text(), arity).is_some()))
}
