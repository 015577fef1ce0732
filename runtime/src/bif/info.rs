//! What is known of a process: `process_info`.

use super::request::{act_on_signals, request};
use super::{BADARG, Outcome, dictionary};
use crate::code::export::Mfa;
use crate::data::{self, atom};
use crate::process::signal::{Parcel, Watched};
use crate::process::table::Pid;
use crate::process::{Left, Process};
use linac_abi::term::FixedAtom;
use linac_core::copy::{self, Literals};
use linac_core::{Atom, Build, Term};

fn fixed(atom: FixedAtom) -> Term {
    Term::fixed(atom)
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
        "memory" => {
            let bytes = p.heap.total_words() * size_of::<usize>() + size_of::<Process>();
            p.heap.integer(bytes as i64)
        }
        "heap_size" => count(p.heap.used_words(&p.head)),
        "total_heap_size" => count(p.heap.total_words()),
        "stack_size" => count((p.head.stack_base - p.head.sp) / size_of::<usize>()),
        "reductions" => p.heap.integer(p.reductions as i64),
        "trap_exit" => Term::bool(p.trap_exit),
        "group_leader" => p.leader().term(),
        "priority" => p.slot().priority().term(),
        // One that answers another's question runs because of it: what counts is what it did before.
        "status" => atom(match p.left {
            _ if asker == p.pid => "running",
            _ if p.suspended > 0 => "suspended",
            Left::Receiving | Left::Waiting => "waiting",
            Left::Yielded | Left::Ended => "runnable",
        }),
        "dictionary" => return dictionary::get0(p, &[]).ok(),
        "parent" => p.parent.map_or(fixed(FixedAtom::Undefined), Pid::term),
        "label" => {
            let label = dictionary::get1(p, &[atom("$process_label")]);
            return label.ok();
        }
        "last_calls" => match super::flags::value(p, "save_calls").and_then(Term::as_small) {
            None | Some(0) => Term::FALSE,
            Some(_) => Term::NIL,
        },
        "suspending" => {
            let counts: Vec<(Pid, usize)> =
                p.relations.iter().flat_map(|r| r.suspending.iter().map(|(pid, n)| (*pid, *n))).collect();
            let parts: Vec<Term> =
                counts.into_iter().map(|(pid, n)| p.heap.tuple(&[pid.term(), count(n), count(0)])).collect();
            p.heap.list(&parts)
        }
        "garbage_collection" => {
            let mut parts = Vec::new();
            for item in ["max_heap_size", "min_bin_vheap_size", "min_heap_size", "fullsweep_after"] {
                let value = super::flags::value(p, item)?;
                parts.push(p.heap.tuple(&[atom(item), value]));
            }
            let minor = count(p.heap.stats.minor as usize);
            parts.push(p.heap.tuple(&[atom("minor_gcs"), minor]));
            p.heap.list(&parts)
        }
        // Tracing and messages with priority are not built.
        "sequential_trace_token" => Term::NIL,
        "trace" => count(0),
        "priority_messages" => Term::FALSE,
        "current_location" => {
            let trace = p.current_trace();
            return trace.as_cons().map(|cell| cell[0]).or(Some(fixed(FixedAtom::Undefined)));
        }
        "current_stacktrace" => p.current_trace(),
        "current_function" => {
            let trace = p.current_trace();
            match trace.as_cons().and_then(|cell| cell[0].as_tuple()) {
                Some([module, function, arity, _]) => p.heap.tuple(&[*module, *function, *arity]),
                // Only a process that hibernates waits without a stack.
                _ if p.left == Left::Waiting => {
                    p.heap.tuple(&[atom("erlang"), atom("hibernate"), Term::small(3)])
                }
                _ => fixed(FixedAtom::Undefined),
            }
        }
        "initial_call" => {
            let Mfa { module, function, arity } = p.initial;
            p.heap.tuple(&[Term::atom(module), Term::atom(function), Term::small(isize::from(arity))])
        }
        _ => return super::flags::value(p, item),
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
    "error_handler",
    "priority",
    "group_leader",
    "total_heap_size",
    "heap_size",
    "stack_size",
    "reductions",
    "garbage_collection",
    "suspending",
];

/// Other items.
const OTHERS: &[&str] = &[
    "registered_name",
    "messages",
    "monitors",
    "monitored_by",
    "memory",
    "current_stacktrace",
    "current_location",
    "parent",
    "label",
    "last_calls",
    "sequential_trace_token",
    "trace",
    "priority_messages",
    "async_dist",
    "message_queue_data",
    "min_heap_size",
    "min_bin_vheap_size",
    "max_heap_size",
    "fullsweep_after",
];

/// What is asked for.
enum Item {
    /// By name.
    Named(&'static str),
    /// A key of the dictionary.
    Key(Parcel),
}

/// An item of a request; none if there is no such item.
fn item(t: &Term) -> Option<Item> {
    if let Some(name) = t.as_atom().map(Atom::text) {
        let known = USUAL.iter().chain(OTHERS).find(|known| **known == name);
        return known.map(|name| Item::Named(name));
    }
    match t.as_tuple() {
        Some([kind, key]) if kind.as_atom().map(Atom::text) == Some("dictionary") => {
            Some(Item::Key(Parcel::new(*key)))
        }
        _ => None,
    }
}

fn info_tuple(p: &mut Process, item: &Item, asker: Pid) -> Option<Term> {
    match item {
        Item::Named(name) => {
            let value = info_value(p, name, asker)?;
            Some(p.heap.tuple(&[atom(name), value]))
        }
        Item::Key(key) => {
            let value = dictionary::get1(p, &[key.term]).ok()?;
            // The key is the asker's; the answer has a copy.
            let key = copy::copy(key.term, &mut p.heap, Literals::Keep);
            let what = p.heap.tuple(&[atom("dictionary"), key]);
            Some(p.heap.tuple(&[what, value]))
        }
    }
}

/// What `process_info` was asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// An item.
    One,
    /// A list of items.
    List,
    /// Nothing in particular: the usual ones.
    Usual,
}

/// A process without a name has an empty one in lists that were asked for; otherwise there is no such item.
fn ask_info(p: &mut Process, pid: Pid, items: Vec<Item>, asked: Asked) -> Outcome {
    let asker = p.pid;
    let make = move |process: &mut Process| {
        let nameless = process.relations.as_ref().is_none_or(|r| r.name.is_none());
        let left_out =
            |item: &&Item| asked != Asked::List && nameless && matches!(item, Item::Named("registered_name"));
        let items = items.iter().filter(|item| !left_out(item));
        let mut made: Vec<Term> = items.filter_map(|item| info_tuple(process, item, asker)).collect();
        if asked == Asked::One { made.pop().unwrap_or(Term::NIL) } else { process.heap.list(&made) }
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
    if let Some(item) = item(&a[1]) {
        return ask_info(p, pid, vec![item], Asked::One);
    }
    let items: Option<Vec<Item>> = data::proper_list(a[1]).and_then(|items| items.iter().map(item).collect());
    match items {
        Some(items) => ask_info(p, pid, items, Asked::List),
        None => Outcome::error(p, BADARG),
    }
}

pub fn process_info1(p: &mut Process, a: &[Term]) -> Outcome {
    let Some(pid) = Pid::of(a[0]) else { return Outcome::error(p, BADARG) };
    let names = ["registered_name"].iter().chain(USUAL);
    ask_info(p, pid, names.map(|name| Item::Named(name)).collect(), Asked::Usual)
}
