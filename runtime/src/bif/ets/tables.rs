//! Tables as a whole: making, describing, giving away and deleting them.

use super::{
    BAD, Fault, Out, Outcome, atom, because, full, look_up, name_of, names, now, outcome, read, remember,
    write,
};
use crate::data;
use crate::ets::object::Object;
use crate::ets::store::{Kind, Objects};
use crate::ets::{Access, Heir, Protection, State, Table, Tables, Traits, table_id, table_reference};
use crate::process::signal::{Parcel, Signal};
use crate::process::table::Pid;
use crate::process::{Process, life, ref_numbers};
use crate::service;
use linac_abi::term::FixedAtom;
use linac_core::{Build, Term};
use std::sync::Arc;

full! {
    /// `new/2`
    new = new_;
    /// `delete/1`
    delete = delete_;
    /// `info/1`
    info = info_;
    /// `info/2`
    info_item = info_item_;
    /// `rename/2`
    rename = rename_;
    /// `safe_fixtable/2`
    safe_fixtable = safe_fixtable_;
    /// `setopts/2`
    setopts = setopts_;
    /// `give_away/3`
    give_away = give_away_;
    /// `internal_request_all/0`
    request_all = request_all_;
}

fn boolean(term: Term) -> Result<bool, Fault> {
    match term {
        Term::TRUE => Ok(true),
        Term::FALSE => Ok(false),
        _ => Err(BAD),
    }
}

fn protection(name: &str) -> Option<Protection> {
    Some(match name {
        "public" => Protection::Public,
        "protected" => Protection::Protected,
        "private" => Protection::Private,
        _ => return None,
    })
}

/// `{heir, none}`, `{heir, Pid}` or `{heir, Pid, Data}`, the atom left out.
fn heir(option: &[Term]) -> Result<Option<Heir>, Fault> {
    match option {
        [none] if name_of(*none) == Some("none") => Ok(None),
        [pid] => Ok(Some(Heir { pid: Pid::of(*pid).ok_or(BAD)?, data: None })),
        [pid, data] => Ok(Some(Heir { pid: Pid::of(*pid).ok_or(BAD)?, data: Some(Object::new(*data)) })),
        _ => Err(BAD),
    }
}

fn new_(p: &mut Process, a: &[Term]) -> Out {
    let name = a[0].as_atom().ok_or(BAD)?;
    let mut kind = Kind::Set;
    let (mut key, mut named, mut guarded, mut inheritor) = (1, false, Protection::Protected, None);
    let mut decentralized = None;
    let mut traits = Traits {
        read_concurrency: false,
        write_concurrency: Term::FALSE,
        decentralized_counters: false,
        compressed: false,
    };
    for option in data::proper_list(a[1]).ok_or(BAD)? {
        if let Some(option) = name_of(option) {
            match option {
                "set" => kind = Kind::Set,
                "ordered_set" => kind = Kind::OrderedSet,
                "bag" => kind = Kind::Bag,
                "duplicate_bag" => kind = Kind::DuplicateBag,
                "named_table" => named = true,
                "compressed" => traits.compressed = true,
                _ => guarded = protection(option).ok_or(BAD)?,
            }
            continue;
        }
        let Some([option, rest @ ..]) = option.as_tuple() else { return Err(BAD) };
        match (name_of(*option), rest) {
            (Some("keypos"), [n]) => key = n.as_small().filter(|n| *n > 0).ok_or(BAD)? as usize,
            (Some("read_concurrency"), [on]) => traits.read_concurrency = boolean(*on)?,
            (Some("decentralized_counters"), [on]) => decentralized = Some(boolean(*on)?),
            (Some("write_concurrency"), [on]) => {
                if name_of(*on) != Some("auto") {
                    boolean(*on)?;
                }
                traits.write_concurrency = *on;
            }
            (Some("heir"), rest) => inheritor = heir(rest)?,
            _ => return Err(BAD),
        }
    }
    let concurrent = traits.write_concurrency != Term::FALSE;
    let automatic = traits.write_concurrency != Term::TRUE;
    traits.decentralized_counters =
        concurrent && decentralized.unwrap_or(automatic || kind == Kind::OrderedSet);
    let id = p.system.new_ref();
    let (table, mut state) = Tables::draft(id, named, kind, key, traits, p.pid, name);
    state.protection = guarded;
    state.heir = inheritor;
    let table = p.system.tables.create(table, state).ok_or(because("already_exists"))?;
    remember(p, table);
    Ok(if named { a[0] } else { table_reference(&mut p.heap, id) })
}

fn delete_(p: &mut Process, a: &[Term]) -> Out {
    let table = find(p, a[0])?;
    p.last_tables = [None, None];
    // Everybody who may write may delete.
    p.system.tables.delete(&table, p.pid, Access::Write)?;
    Ok(Term::TRUE)
}

/// The table, whoever may use it.
fn find(p: &mut Process, term: Term) -> Result<Arc<Table>, Fault> {
    Ok(look_up(p, term)?)
}

fn pid_or_none(heir: Option<&Heir>) -> Term {
    heir.map_or(atom("none"), |heir| heir.pid.term())
}

/// Items of `info/1` in the order in which it gives them.
const ITEMS: &[&str] = &[
    "id",
    "decentralized_counters",
    "read_concurrency",
    "write_concurrency",
    "compressed",
    "memory",
    "owner",
    "heir",
    "name",
    "size",
    "node",
    "named_table",
    "type",
    "keypos",
    "protection",
];

/// Words of a table without objects.
const TABLE_WORDS: usize = size_of::<Table>() / size_of::<usize>() + 8;

fn item(p: &mut Process, table: &Table, state: &State, item: &str) -> Option<Term> {
    Some(match item {
        "id" => table_reference(&mut p.heap, table.id),
        "decentralized_counters" => Term::bool(table.traits.decentralized_counters),
        "read_concurrency" => Term::bool(table.traits.read_concurrency),
        "write_concurrency" => table.traits.write_concurrency,
        "compressed" => Term::bool(table.traits.compressed),
        "memory" => p.heap.integer((TABLE_WORDS + state.store.words()) as i64),
        "owner" => state.owner.term(),
        "heir" => pid_or_none(state.heir.as_ref()),
        "name" => Term::atom(state.name),
        "size" => Term::small(state.store.count() as isize),
        "node" => Term::fixed(FixedAtom::Nodedown),
        "named_table" => Term::bool(table.named),
        "type" => atom(table.kind.name()),
        "keypos" => Term::small(table.key as isize),
        "protection" => atom(match state.protection {
            Protection::Public => "public",
            Protection::Protected => "protected",
            Protection::Private => "private",
        }),
        "fixed" => Term::bool(state.is_fixed()),
        "safe_fixed" | "safe_fixed_monotonic_time" if !state.is_fixed() => Term::FALSE,
        "safe_fixed" | "safe_fixed_monotonic_time" => {
            let fixers: Vec<Term> = state
                .fixes
                .iter()
                .map(|(pid, count)| p.heap.tuple(&[pid.term(), Term::small(*count as isize)]))
                .collect();
            let fixers = p.heap.list(&fixers);
            let time = if item == "safe_fixed" {
                let micros = ((p.system.system_time_ns() - now(p) + state.fixed_at) / 1000) as i64;
                let parts = [micros / 1_000_000_000_000, micros / 1_000_000 % 1_000_000, micros % 1_000_000];
                p.heap.tuple(&parts.map(|n| Term::small(n as isize)))
            } else {
                p.heap.integer(state.fixed_at as i64)
            };
            p.heap.tuple(&[time, fixers])
        }
        "binary" => Term::NIL,
        "stats" => match &state.store.objects {
            Objects::Hash(store) => {
                let n = store.buckets() as f64;
                let (most, least, squares) = store.chains();
                let mean = store.count() as f64 / n;
                let deviation = (squares / n - mean * mean).max(0.0).sqrt();
                let floats =
                    [mean, deviation, (mean * (1.0 - 1.0 / n)).max(0.0).sqrt()].map(|f| p.heap.float(f));
                let small = |n: usize| Term::small(n as isize);
                let [mean, deviation, expected] = floats;
                p.heap.tuple(&[
                    small(store.buckets()),
                    mean,
                    deviation,
                    expected,
                    small(least),
                    small(most),
                    small(0),
                    small(1),
                ])
            }
            Objects::Tree(_) => Term::FALSE,
        },
        _ => return None,
    })
}

/// Something about a table; `undefined` if there is none.
fn describe(
    p: &mut Process,
    term: Term,
    what: impl FnOnce(&mut Process, &Table, &State) -> Result<Term, Fault>,
) -> Out {
    match read(p, term, Access::Info, |p, table, state| Ok(what(p, table, state))) {
        Ok(result) => result,
        Err(Fault { cause: Some("id"), .. }) => Ok(Term::fixed(FixedAtom::Undefined)),
        Err(fault) => Err(fault),
    }
}

fn info_(p: &mut Process, a: &[Term]) -> Out {
    describe(p, a[0], |p, table, state| {
        let mut pairs = Vec::with_capacity(ITEMS.len());
        for name in ITEMS {
            let value = item(p, table, state, name).ok_or(BAD)?;
            pairs.push(p.heap.tuple(&[atom(name), value]));
        }
        Ok(p.heap.list(&pairs))
    })
}

fn info_item_(p: &mut Process, a: &[Term]) -> Out {
    describe(p, a[0], |p, table, state| name_of(a[1]).and_then(|name| item(p, table, state, name)).ok_or(BAD))
}

fn rename_(p: &mut Process, a: &[Term]) -> Out {
    let table = find(p, a[0])?;
    table.read().check(p.pid, Access::Write)?;
    let name = a[1].as_atom().ok_or(BAD)?;
    if !p.system.tables.rename(&table, name) {
        return Err(BAD);
    }
    Ok(if table.named { a[1] } else { a[0] })
}

fn safe_fixtable_(p: &mut Process, a: &[Term]) -> Out {
    let on = boolean(a[1]);
    let at = now(p);
    write(p, a[0], Access::Read, |p, table, state| {
        if on? {
            p.system.tables.fix(table, state, p.pid, at);
        } else {
            p.system.tables.unfix(table, state, p.pid, false);
        }
        Ok(Term::TRUE)
    })
}

/// `whereis/1`: a table of a service that nobody has used yet is waited for.
pub fn whereis(p: &mut Process, a: &[Term]) -> Outcome {
    let Some(name) = a[0].as_atom() else { return outcome(p, Err(BAD)) };
    match p.system.tables.by_name(name) {
        Some(table) => Outcome::Done(table_reference(&mut p.heap, table.id)),
        None => match service::awaited_table(p, name) {
            Some(starter) => Outcome::After(starter),
            // It may have come up since the first look.
            None => match p.system.tables.by_name(name) {
                Some(table) => Outcome::Done(table_reference(&mut p.heap, table.id)),
                None => Outcome::Done(Term::fixed(FixedAtom::Undefined)),
            },
        },
    }
}

fn setopts_(p: &mut Process, a: &[Term]) -> Out {
    write(p, a[0], Access::Own, |_, _, state| {
        let options = if a[1].is_list() { data::proper_list(a[1]).ok_or(BAD)? } else { vec![a[1]] };
        let (mut guarded, mut inheritor) = (None, None);
        for option in options {
            let Some([option, rest @ ..]) = option.as_tuple() else { return Err(BAD) };
            match (name_of(*option), rest) {
                (Some("heir"), rest) if inheritor.is_none() => inheritor = Some(heir(rest)?),
                (Some("protection"), [value]) if guarded.is_none() => {
                    guarded = Some(name_of(*value).and_then(protection).ok_or(BAD)?);
                }
                _ => return Err(BAD),
            }
        }
        if let Some(guarded) = guarded {
            state.protection = guarded;
        }
        if let Some(inheritor) = inheritor {
            state.heir = inheritor;
        }
        Ok(Term::TRUE)
    })
}

fn give_away_(p: &mut Process, a: &[Term]) -> Out {
    let table = find(p, a[0])?;
    let system = p.system;
    {
        let state = table.read();
        if !names(&table, &state, table_id(a[0]), a[0]) {
            return Err(because("id"));
        }
        state.check(p.pid, Access::Own)?;
    }
    let to = Pid::of(a[1]).ok_or(BAD)?;
    if to == p.pid {
        return Err(because("owner"));
    }
    if system.table.living(to).is_none() {
        return Err(BAD);
    }
    system.tables.give(system, &table, p.pid, to, Some(a[2]))?;
    Ok(Term::TRUE)
}

/// As many messages as there are schedulers, as `ets:all/0` expects; the first has all tables.
fn request_all_(p: &mut Process, _: &[Term]) -> Out {
    let (reference, number) = p.make_ref();
    let system = p.system;
    let tables = system.tables.all();
    for n in 0..system.schedulers() {
        let message = Parcel::build(|memory| {
            let mut list = Term::NIL;
            for table in tables.iter().filter(|_| n == 0) {
                let state = table.read();
                if state.alive {
                    let term = table.term(state.name, memory);
                    list = memory.cons(term, list);
                }
            }
            let reference = memory.reference(ref_numbers(number));
            memory.tuple(&[reference, list])
        });
        life::send(system, p.pid, Signal::Message(message));
    }
    Ok(reference)
}
