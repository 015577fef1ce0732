//! Facts and settings of the system beyond those that [`super::system`] knows: other nodes, old clocks.

use super::{BADARG, Outcome};
use crate::data::{self, atom};
use crate::process::Process;
use crate::process::table::Pid;
use crate::service::SystemLogger;
use linac_abi::term::FixedAtom;
use linac_core::binary::Bits;
use linac_core::{Atom, Build, Term, map};
use std::io::Write;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

type Out = Result<Term, Term>;

/// Entries in a stack trace, as in the reference VM unless somebody sets another number.
static BACKTRACE_DEPTH: AtomicUsize = AtomicUsize::new(8);

/// Longest stack trace that can be asked for.
const DEEPEST: usize = 1024;

/// How many entries a stack trace has at most.
pub fn backtrace_depth() -> usize {
    BACKTRACE_DEPTH.load(Ordering::Relaxed)
}

/// `system_flag/2`: settings of the whole system. Those that are not built raise `notsup`.
fn system_flag(p: &mut Process, a: &[Term]) -> Outcome {
    const NOT_BUILT: &[&str] = &[
        "cpu_topology",
        "dirty_cpu_schedulers_online",
        "erts_alloc",
        "microstate_accounting",
        "multi_scheduling",
        "outstanding_system_requests_limit",
        "scheduler_bind_type",
        "scheduler_wall_time",
        "schedulers_online",
        "time_offset",
        "trace_control_word",
    ];
    match a[0].as_atom().map(Atom::text) {
        Some("backtrace_depth") => match a[1].as_small().and_then(|n| usize::try_from(n).ok()) {
            Some(depth) => {
                let before = BACKTRACE_DEPTH.swap(depth.min(DEEPEST), Ordering::Relaxed);
                Outcome::Done(Term::small(before as isize))
            }
            None => Outcome::error(p, BADARG),
        },
        Some("system_logger") => {
            let to = match (Pid::of(a[1]), a[1].as_atom().map(Atom::text)) {
                (Some(pid), _) => SystemLogger::Process(pid),
                (_, Some("logger")) => SystemLogger::Named,
                (_, Some("undefined")) => SystemLogger::Nobody,
                _ => return Outcome::error(p, BADARG),
            };
            Outcome::Done(match p.system.services.set_system_logger(to) {
                SystemLogger::Process(pid) => pid.term(),
                SystemLogger::Named => atom("logger"),
                SystemLogger::Nobody => Term::fixed(FixedAtom::Undefined),
            })
        }
        Some(item @ ("fullsweep_after" | "max_heap_size" | "min_bin_vheap_size" | "min_heap_size")) => {
            super::flags::set_usual(p, item, a[1])
        }
        Some(name) if NOT_BUILT.contains(&name) => Outcome::error(p, Term::fixed(FixedAtom::Notsup)),
        _ => Outcome::badarg(p, "badopt"),
    }
}

/// Kinds of nodes that `nodes/1` is asked for; does this node belong to them?
fn is_asked_for(kinds: Term) -> Result<bool, Term> {
    let kinds = if kinds.is_list() { data::proper_list(kinds).ok_or(BADARG)? } else { vec![kinds] };
    let mut own = false;
    for kind in kinds {
        match kind.as_atom().map(Atom::text) {
            Some("this" | "known") => own = true,
            Some("visible" | "hidden" | "connected") => {}
            _ => return Err(BADARG),
        }
    }
    Ok(own)
}

fn nodes1(p: &mut Process, a: &[Term]) -> Out {
    let own = is_asked_for(a[0])?;
    Ok(if own { p.heap.list(&[Term::fixed(FixedAtom::Nodedown)]) } else { Term::NIL })
}

fn nodes2(p: &mut Process, a: &[Term]) -> Out {
    let own = is_asked_for(a[0])?;
    for (key, value) in map::Iter::new(a[1]) {
        let known = matches!(key.as_atom().map(Atom::text), Some("connection_id" | "node_type"));
        if !known || value != Term::TRUE && value != Term::FALSE {
            return Err(BADARG);
        }
    }
    if !a[1].is_map() {
        return Err(BADARG);
    }
    if !own {
        return Ok(Term::NIL);
    }
    let mut facts = Vec::new();
    for (key, wanted) in map::Iter::new(a[1]) {
        if wanted == Term::TRUE {
            let is_type = key.as_atom().map(Atom::text) == Some("node_type");
            facts.push((key, atom(if is_type { "this" } else { "undefined" })));
        }
    }
    let facts = map::from_pairs(&mut p.heap, facts.into_iter());
    let pair = p.heap.tuple(&[Term::fixed(FixedAtom::Nodedown), facts]);
    Ok(p.heap.list(&[pair]))
}

/// `now/0`: time since 1970 in three parts, never the same twice.
fn now(p: &mut Process, _: &[Term]) -> Out {
    static LAST: AtomicU64 = AtomicU64::new(0);
    let time = (p.system.system_time_ns() / 1000) as u64;
    let next = |last: u64| Some(time.max(last + 1));
    let last = LAST.fetch_update(Ordering::SeqCst, Ordering::SeqCst, next).unwrap_or_else(|last| last);
    let micros = time.max(last + 1);
    let parts = [micros / 1_000_000_000_000, micros / 1_000_000 % 1_000_000, micros % 1_000_000];
    Ok(p.heap.tuple(&parts.map(|n| Term::small(n as isize))))
}

/// The bytes of a string: a list of characters, or a binary.
fn string_bytes(t: Term) -> Option<Vec<u8>> {
    if let Some(bits) = Bits::of(t) {
        return bits.is_binary().then(|| bits.to_vec());
    }
    let text: Option<String> = data::proper_list(t)?.iter().map(|c| data::character(*c)).collect();
    text.map(String::into_bytes)
}

/// `display_string/1`
fn display_string1(p: &mut Process, a: &[Term]) -> Outcome {
    display_string(p, &[atom("stdout"), a[0]])
}

/// `display_string/2`: text to a stream of the operating system's.
fn display_string(p: &mut Process, a: &[Term]) -> Outcome {
    let Some(bytes) = string_bytes(a[1]) else { return Outcome::error(p, BADARG) };
    // As in the reference VM, nobody is told if the stream is closed.
    let _ = match a[0].as_atom().map(Atom::text) {
        Some("stdout") => {
            let mut out = std::io::stdout().lock();
            out.write_all(&bytes).and_then(|()| out.flush())
        }
        Some("stderr") => std::io::stderr().lock().write_all(&bytes),
        _ => return Outcome::error(p, BADARG),
    };
    Outcome::Done(Term::TRUE)
}

/// `pre_loaded/0`: modules that are part of the system. Here they are loaded like others.
fn pre_loaded(_: &mut Process, _: &[Term]) -> Out {
    Ok(Term::NIL)
}

bifs! {
    "erlang" "system_flag" 2 Full system_flag, "Sets a flag of the system.";
    "erlang" "nodes" 1 Leaf nodes1, "Nodes of some kinds.";
    "erlang" "nodes" 2 Leaf nodes2, "Nodes of some kinds, with facts.";
    "erlang" "now" 0 Leaf now, "Time since 1970 in three parts, never the same twice.";
    "erlang" "display_string" 1 Full display_string1, "Writes a text to standard output.";
    "erlang" "display_string" 2 Full display_string, "Writes a text to a stream.";
    "erlang" "pre_loaded" 0 Leaf pre_loaded, "Modules that are part of the system: none.";
}
