//! Calls that look for a service which is not there yet: they are made again when it is.
//!
//! The functions of `linac_service` are for the module of that name (`runtime/erl`).

use super::{Bif, Outcome};
use crate::code::export::Mfa;
use crate::process::Process;
use crate::process::table::Pid;
use crate::service;
use linac_abi::term::FixedAtom;
use linac_core::{Atom, Build, Term};

/// A call of `linac_service:wait/4`, which makes the call when the process that starts the service has ended.
pub(super) fn call_again(p: &mut Process, starter: Pid, call: Mfa, arguments: &[Term]) -> Outcome {
    let arguments = p.heap.list(arguments);
    let call = [starter.term(), Term::atom(call.module), Term::atom(call.function), arguments];
    let export =
        Atom::new("linac_service").ok().zip(Atom::new("wait").ok()).and_then(|(module, function)| {
            p.system.code.exports.get(Mfa { module, function, arity: call.len() as u8 }).ok()
        });
    match export {
        Some(export) => Outcome::trap(p, export, &call),
        None => Outcome::error(p, Term::fixed(FixedAtom::SystemLimit)),
    }
}

/// The process that starts the service to which the table of a call belongs, if that is being started.
pub(super) fn table_under_way(p: &Process, bif: &Bif, arguments: &[Term]) -> Option<Pid> {
    if !p.system.services.any_starting() || bif.module != "ets" {
        return None;
    }
    service::table_under_way(p, arguments.first()?.as_atom()?)
}

/// The process that now starts the service to which the table of a call belongs, which has failed because there is
/// no such table.
pub(super) fn table_wanted(p: &mut Process, bif: &Bif, arguments: &[Term]) -> Option<Pid> {
    if bif.module != "ets" || p.error_cause != Some("id") {
        return None;
    }
    let starter = service::awaited_table(p, arguments.first()?.as_atom()?)?;
    p.error_cause = None;
    Some(starter)
}

fn written(p: &mut Process, _: &[Term]) -> Outcome {
    p.system.log_written();
    Outcome::Done(Term::fixed(FixedAtom::Ok))
}

bifs! {
    "linac_service" "written" 0 Full written, "Nothing is left to be written: a run whose first process has ended may end.";
}
