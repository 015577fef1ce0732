//! `erlang:system_info/1`: what programs ask about the system that runs them.
//!
//! Each item is one row of a table. What linac does not have (schedulers for dirty work, allocators, ports) has the
//! answer of a system that has none of it; what nobody could tell truthfully is `badarg`, as an unknown item is.

use super::BADARG;
use crate::data::atom;
use crate::process::Process;
use linac_abi::term::FixedAtom;
use linac_core::{Atom, Build, Term};

type Out = Result<Term, Term>;

bifs! {
    "erlang" "system_info" 1 Leaf system_info, "Facts about the system.";
}

/// How an item is answered.
enum Answer {
    Atom(&'static str),
    Text(&'static str),
    Number(usize),
    Bool(bool),
    Made(fn(&mut Process) -> Term),
}

use Answer::{Atom as Is, Bool, Made, Number, Text};

fn small(n: usize) -> Term {
    Term::small(n as isize)
}

fn processors(_: &mut Process) -> Term {
    std::thread::available_parallelism().map_or(atom("unknown"), |n| small(n.get()))
}

fn schedulers(p: &mut Process) -> Term {
    small(p.system.schedulers())
}

fn undefined(_: &mut Process) -> Term {
    Term::fixed(FixedAtom::Undefined)
}

fn empty(_: &mut Process) -> Term {
    Term::NIL
}

/// Version of the reference's run-time system that comes with a release.
const VERSIONS: &[(&str, &str)] =
    &[("25", "13.2"), ("26", "14.2"), ("27", "15.2"), ("28", "16.0"), ("29", "17.1")];

fn version(p: &mut Process) -> Term {
    let release = p.system.code.path.release();
    let known = VERSIONS.iter().find(|(known, _)| *known == release);
    p.heap.string(known.map_or("17.1", |(_, version)| version))
}

fn system_version(p: &mut Process) -> Term {
    let (release, schedulers) = (p.system.code.path.release(), p.system.schedulers());
    let text = format!(
        "Erlang/OTP {release} [linac-{}] [{}-bit] [smp:{schedulers}:{schedulers}] [jit]\n",
        env!("CARGO_PKG_VERSION"),
        usize::BITS
    );
    p.heap.string(&text)
}

fn architecture(p: &mut Process) -> Term {
    p.heap.string(&format!("{}-pc-{}-gnu", std::env::consts::ARCH, std::env::consts::OS))
}

fn os_type(p: &mut Process) -> Term {
    p.heap.tuple(&[atom("unix"), atom(std::env::consts::OS)])
}

fn os_version(p: &mut Process) -> Term {
    let release = rustix::system::uname().release().to_string_lossy().into_owned();
    let parts: Vec<Term> = release.split(['.', '-']).take(3).map(|n| small(n.parse().unwrap_or(0))).collect();
    p.heap.tuple(&parts)
}

fn schedulers_state(p: &mut Process) -> Term {
    let n = schedulers(p);
    p.heap.tuple(&[n, n, n])
}

/// The items that have usual values for new processes.
const USUAL: [&str; 3] = ["fullsweep_after", "min_heap_size", "min_bin_vheap_size"];

fn garbage_collection(p: &mut Process) -> Term {
    let mut pairs = Vec::new();
    for item in ["max_heap_size", "min_bin_vheap_size", "min_heap_size", "fullsweep_after"] {
        if let Some(value) = super::flags::usual(p, item) {
            pairs.push(p.heap.tuple(&[atom(item), value]));
        }
    }
    p.heap.list(&pairs)
}

fn os_clock(p: &mut Process) -> Term {
    let pair = p.heap.tuple(&[atom("function"), atom("clock_gettime")]);
    p.heap.list(&[pair])
}

/// All items that are named by an atom.
const ITEMS: &[(&str, Answer)] = &[
    ("async_dist", Bool(false)),
    ("atom_count", Made(|_| small(Atom::count()))),
    ("atom_limit", Made(|_| small(linac_core::atoms::MAX_ATOMS as usize))),
    ("break_ignored", Bool(false)),
    ("build_type", Is("opt")),
    ("c_compiler_used", Made(undefined)),
    ("compat_rel", Made(|p| small(p.system.code.path.release().parse().unwrap_or(29)))),
    ("cpu_topology", Made(undefined)),
    ("creation", Number(0)),
    ("debug_compiled", Bool(false)),
    ("delayed_node_table_gc", Number(60)),
    ("dirty_cpu_schedulers", Number(0)),
    ("dirty_cpu_schedulers_online", Number(0)),
    ("dirty_io_schedulers", Number(0)),
    ("dist_buf_busy_limit", Number(1 << 20)),
    ("dist_ctrl", Made(empty)),
    ("driver_version", Text("3.3")),
    ("dynamic_trace", Is("none")),
    ("dynamic_trace_probes", Bool(false)),
    ("eager_check_io", Bool(true)),
    ("emu_flavor", Is("jit")),
    ("emu_type", Is("opt")),
    ("end_time", Made(|p| p.heap.integer(i64::MAX))),
    ("endian", Is("little")),
    ("ets_count", Made(|p| small(p.system.tables.all().len()))),
    ("ets_limit", Number(8192)),
    ("garbage_collection", Made(garbage_collection)),
    ("halt_flush_timeout", Is("infinity")),
    ("heap_type", Is("private")),
    ("kernel_poll", Bool(true)),
    ("logical_processors", Made(processors)),
    ("logical_processors_available", Made(processors)),
    ("logical_processors_online", Made(processors)),
    ("machine", Text("BEAM")),
    ("message_queue_data", Is("on_heap")),
    ("modified_timing_level", Made(undefined)),
    ("multi_scheduling", Is("enabled")),
    ("multi_scheduling_blockers", Made(empty)),
    ("nif_version", Text("2.18")),
    ("normal_multi_scheduling_blockers", Made(empty)),
    ("os_monotonic_time_source", Made(os_clock)),
    ("os_system_time_source", Made(os_clock)),
    ("os_type", Made(os_type)),
    ("os_version", Made(os_version)),
    ("otp_release", Made(|p| p.heap.string(p.system.code.path.release()))),
    ("outstanding_system_requests_limit", Number(8192)),
    ("port_count", Number(0)),
    ("port_limit", Number(65536)),
    ("port_parallelism", Bool(false)),
    ("process_count", Made(|p| small(p.system.table.live()))),
    ("process_limit", Number(crate::process::table::MOST)),
    ("scheduler_bind_type", Is("unbound")),
    (
        "scheduler_bindings",
        Made(|p| {
            let unbound = vec![atom("unbound"); p.system.schedulers()];
            p.heap.tuple(&unbound)
        }),
    ),
    ("scheduler_id", Made(|p| small(p.system.this_scheduler() + 1))),
    ("schedulers", Made(schedulers)),
    ("schedulers_online", Made(schedulers)),
    ("schedulers_state", Made(schedulers_state)),
    ("smp_support", Bool(true)),
    ("start_time", Number(0)),
    ("system_architecture", Made(architecture)),
    ("system_version", Made(system_version)),
    ("thread_pool_size", Number(0)),
    ("threads", Bool(true)),
    ("time_correction", Bool(true)),
    ("time_offset", Is("volatile")),
    ("time_warp_mode", Is("multi_time_warp")),
    ("tolerant_timeofday", Is("enabled")),
    ("trace_control_word", Number(0)),
    ("update_cpu_info", Is("unchanged")),
    ("version", Made(version)),
    ("wordsize", Number(size_of::<usize>())),
];

fn system_info(p: &mut Process, a: &[Term]) -> Out {
    if let Some([kind, item]) = a[0].as_tuple() {
        let word = ["internal", "external"].contains(&item.as_atom().map_or("", Atom::text));
        return match kind.as_atom().map(Atom::text) {
            Some("wordsize") if word => Ok(small(size_of::<usize>())),
            _ => Err(BADARG),
        };
    }
    let item = a[0].as_atom().ok_or(BADARG)?.text();
    if USUAL.contains(&item) {
        let value = super::flags::usual(p, item).ok_or(BADARG)?;
        return Ok(p.heap.tuple(&[a[0], value]));
    }
    if item == "max_heap_size" {
        return super::flags::usual(p, item).ok_or(BADARG);
    }
    let (_, answer) = ITEMS.iter().find(|(name, _)| *name == item).ok_or(BADARG)?;
    Ok(match answer {
        Is(name) => atom(name),
        Text(text) => p.heap.string(text),
        Number(n) => small(*n),
        Bool(value) => Term::bool(*value),
        Made(make) => make(p),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_in_order_and_named_once() {
        assert!(ITEMS.is_sorted_by(|a, b| a.0 < b.0));
        assert!(USUAL.iter().all(|usual| ITEMS.iter().all(|(name, _)| name != usual)));
    }
}
