//! Tables that processes share: the runtime's part of `ets` (docs/ets.md).
//!
//! *Problem*: processes on all schedulers read and write the same objects, may be killed at any point, and tables may
//! be huge. *Idea*: a table is a lock around its state; objects are flat copies ([`object`]) that only the holder of
//! the lock touches; every operation holds the lock for a bounded step and never while the process is off its
//! scheduler. What must outlast a step (a walk's place, the promise that nothing moves) is in the process's
//! continuation and in the list of fixations, both of which end with the process.
//!
//! *Invariants*: the registry is locked before a table, a table before the holdings; a table that is not `alive` is in
//! no list and has no objects; a process that has ended owns and fixes nothing.

pub mod hash;
pub mod matchspec;
pub mod object;
pub mod slab;
pub mod store;
pub mod tree;

use crate::process::RefId;
use crate::process::life;
use crate::process::signal::{Parcel, Signal};
use crate::process::table::Pid;
use crate::process::{ref_id, ref_numbers};
use crate::sched::System;
use hashbrown::HashMap;
use linac_core::copy::{self, Literals};
use linac_core::{Atom, Build, Term};
use object::Object;
use rustc_hash::FxBuildHasher;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use store::{Kind, Store};

/// The third number of references that name tables; others have 0 there.
const TABLE_MARK: u32 = 1;

/// The reference that names a table.
pub fn table_reference(heap: &mut impl Build, id: RefId) -> Term {
    let [low, high, _] = ref_numbers(id);
    heap.reference([low, high, TABLE_MARK])
}

/// The number of the table that a reference names, or named once.
#[inline]
pub fn table_id(term: Term) -> Option<RefId> {
    (term.as_reference()?.numbers()[2] == TABLE_MARK).then(|| ref_id(term))?
}

/// Who may do what.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Protection {
    /// Everybody reads and writes.
    Public,
    /// Everybody reads, the owner writes.
    Protected,
    /// The owner reads and writes.
    Private,
}

/// What an operation wants of a table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// To look at its description.
    Info,
    /// To read objects.
    Read,
    /// To change objects.
    Write,
    /// What only the owner may do.
    Own,
}

/// Why a table cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// There is no such table.
    NoTable,
    /// What was given names no table.
    NoName,
    /// It is not allowed.
    NoAccess,
}

/// Options that say how a table was made, for `info`.
#[derive(Clone, Copy, Debug)]
pub struct Traits {
    /// `{read_concurrency, _}`
    pub read_concurrency: bool,
    /// `{write_concurrency, _}`: false, true or auto.
    pub write_concurrency: Term,
    /// `{decentralized_counters, _}`
    pub decentralized_counters: bool,
    /// `compressed`
    pub compressed: bool,
}

/// Who gets a table whose owner ends, and what it is told.
#[derive(Debug)]
pub struct Heir {
    /// The process.
    pub pid: Pid,
    /// Goes into its message; no message without it.
    pub data: Option<Object>,
}

/// What changes in the life of a table.
#[derive(Debug)]
pub struct State {
    /// It has not been deleted.
    pub alive: bool,
    /// The owner.
    pub owner: Pid,
    /// Who gets it.
    pub heir: Option<Heir>,
    /// Who may use it.
    pub protection: Protection,
    /// Its name.
    pub name: Atom,
    /// Its objects.
    pub store: Store,
    /// Who has fixed it, and how often.
    pub fixes: Vec<(Pid, usize)>,
    /// Nanoseconds of monotonic time at which it was fixed.
    pub fixed_at: i128,
}

impl State {
    /// Has somebody fixed it?
    pub fn is_fixed(&self) -> bool {
        !self.fixes.is_empty()
    }

    /// May this process do that?
    pub fn check(&self, pid: Pid, access: Access) -> Result<(), Refusal> {
        let allowed = match access {
            _ if !self.alive => return Err(Refusal::NoTable),
            _ if pid == self.owner => true,
            Access::Info => true,
            Access::Read => self.protection != Protection::Private,
            Access::Write => self.protection == Protection::Public,
            Access::Own => false,
        };
        if allowed { Ok(()) } else { Err(Refusal::NoAccess) }
    }
}

/// A table.
#[derive(Debug)]
pub struct Table {
    /// The number of the reference that names it.
    pub id: RefId,
    /// Has it a name that finds it?
    pub named: bool,
    /// Its kind.
    pub kind: Kind,
    /// Position of the key, from 1.
    pub key: usize,
    /// How it was made.
    pub traits: Traits,
    state: RwLock<State>,
}

impl Table {
    /// The state, to read.
    pub fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state, to change.
    pub fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The term that its users have: its name or its reference.
    pub fn term(&self, name: Atom, heap: &mut impl Build) -> Term {
        if self.named { Term::atom(name) } else { table_reference(heap, self.id) }
    }
}

/// What a process has of tables.
#[derive(Debug, Default)]
struct Holdings {
    owned: Vec<Arc<Table>>,
    fixed: Vec<Arc<Table>>,
}

#[derive(Debug, Default)]
struct Names {
    by_id: HashMap<RefId, Arc<Table>, FxBuildHasher>,
    by_name: HashMap<Atom, Arc<Table>, FxBuildHasher>,
}

const SHARDS: usize = 16;

/// All tables of a system.
#[derive(Debug)]
pub struct Tables {
    names: RwLock<Names>,
    holdings: [Mutex<HashMap<Pid, Holdings, FxBuildHasher>>; SHARDS],
    /// Tables ever made, so that systems without any pay nothing when processes end.
    made: AtomicUsize,
    programs: matchspec::handle::Programs,
}

impl Default for Tables {
    fn default() -> Tables {
        Tables {
            names: RwLock::default(),
            holdings: std::array::from_fn(|_| Mutex::default()),
            made: AtomicUsize::new(0),
            programs: matchspec::handle::Programs::default(),
        }
    }
}

/// Stores larger than this are freed by a thread of their own.
const FREE_AT_ONCE: usize = 10_000;

/// Frees a store without holding anybody up.
fn bury(store: Store) {
    if store.count() > FREE_AT_ONCE {
        // Without a thread it is freed here, slowly.
        let _ = std::thread::Builder::new().name("linac-ets-free".into()).spawn(move || drop(store));
    }
}

impl Tables {
    fn names(&self) -> RwLockReadGuard<'_, Names> {
        self.names.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn names_mut(&self) -> RwLockWriteGuard<'_, Names> {
        self.names.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn holdings(&self, pid: Pid) -> MutexGuard<'_, HashMap<Pid, Holdings, FxBuildHasher>> {
        let shard = (pid.0 ^ pid.0 >> 7) % SHARDS;
        self.holdings[shard].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Handles of compiled match specifications.
    pub fn programs(&self) -> &matchspec::handle::Programs {
        &self.programs
    }

    /// The table that a number names.
    pub fn by_id(&self, id: RefId) -> Option<Arc<Table>> {
        self.names().by_id.get(&id).cloned()
    }

    /// The table that has this name.
    pub fn by_name(&self, name: Atom) -> Option<Arc<Table>> {
        self.names().by_name.get(&name).cloned()
    }

    /// All tables.
    pub fn all(&self) -> Vec<Arc<Table>> {
        self.names().by_id.values().cloned().collect()
    }

    /// Number of tables ever made.
    pub fn made(&self) -> usize {
        self.made.load(Ordering::Relaxed)
    }

    /// Makes a table; none if the name is taken.
    pub fn create(&self, table: Table, state: State) -> Option<Arc<Table>> {
        let (owner, name) = (state.owner, state.name);
        let table = Arc::new(Table { state: RwLock::new(state), ..table });
        let mut names = self.names_mut();
        if table.named {
            if names.by_name.contains_key(&name) {
                return None;
            }
            names.by_name.insert(name, table.clone());
        }
        names.by_id.insert(table.id, table.clone());
        self.made.fetch_add(1, Ordering::Relaxed);
        self.holdings(owner).entry(owner).or_default().owned.push(table.clone());
        Some(table)
    }

    /// A table without state, for [`Tables::create`].
    pub fn draft(
        id: RefId,
        named: bool,
        kind: Kind,
        key: usize,
        traits: Traits,
        owner: Pid,
        name: Atom,
    ) -> (Table, State) {
        let state = State {
            alive: true,
            owner,
            heir: None,
            protection: Protection::Protected,
            name,
            store: Store::new(kind, key),
            fixes: Vec::new(),
            fixed_at: 0,
        };
        let empty =
            State { store: Store::new(kind, key), alive: false, heir: None, fixes: Vec::new(), ..state };
        (Table { id, named, kind, key, traits, state: RwLock::new(empty) }, state)
    }

    /// Gives a table another name; false if that is taken or the table is gone.
    pub fn rename(&self, table: &Arc<Table>, name: Atom) -> bool {
        let mut names = self.names_mut();
        if table.named && names.by_name.contains_key(&name) {
            return false;
        }
        let mut state = table.write();
        if !state.alive {
            return false;
        }
        let old = std::mem::replace(&mut state.name, name);
        if table.named {
            names.by_name.remove(&old);
            names.by_name.insert(name, table.clone());
        }
        true
    }

    /// Deletes a table if `pid` may (`access`), or if it is dead already says so.
    pub fn delete(&self, table: &Arc<Table>, pid: Pid, access: Access) -> Result<(), Refusal> {
        let mut names = self.names_mut();
        let mut state = table.write();
        state.check(pid, access)?;
        state.alive = false;
        names.by_id.remove(&table.id);
        if table.named {
            names.by_name.remove(&state.name);
        }
        drop(names);
        let store = std::mem::replace(&mut state.store, Store::new(table.kind, table.key));
        let owner = state.owner;
        let fixers: Vec<Pid> = state.fixes.drain(..).map(|(pid, _)| pid).collect();
        state.heir = None;
        if let Some(holdings) = self.holdings(owner).get_mut(&owner) {
            holdings.owned.retain(|other| !Arc::ptr_eq(other, table));
        }
        for fixer in fixers {
            if let Some(holdings) = self.holdings(fixer).get_mut(&fixer) {
                holdings.fixed.retain(|other| !Arc::ptr_eq(other, table));
            }
        }
        drop(state);
        bury(store);
        Ok(())
    }

    /// Empties a table whose lock the caller holds; gives the number of objects.
    pub fn clear(table: &Table, state: &mut State) -> usize {
        let count = state.store.count();
        if state.is_fixed() {
            // Whoever walks must find the way on.
            state.store.clear_to_graves();
            return count;
        }
        bury(std::mem::replace(&mut state.store, Store::new(table.kind, table.key)));
        count
    }

    /// Fixes a table whose lock the caller holds: nothing in it changes its place until it is unfixed.
    pub fn fix(&self, table: &Arc<Table>, state: &mut State, pid: Pid, now: i128) {
        if !state.is_fixed() {
            state.fixed_at = now;
        }
        match state.fixes.iter_mut().find(|(fixer, _)| *fixer == pid) {
            Some((_, count)) => *count += 1,
            None => {
                state.fixes.push((pid, 1));
                self.holdings(pid).entry(pid).or_default().fixed.push(table.clone());
            }
        }
    }

    /// Takes one fixation back, or all of a process.
    pub fn unfix(&self, table: &Arc<Table>, state: &mut State, pid: Pid, all: bool) {
        let Some(at) = state.fixes.iter().position(|(fixer, _)| *fixer == pid) else { return };
        state.fixes[at].1 -= 1;
        if !all && state.fixes[at].1 > 0 {
            return;
        }
        state.fixes.swap_remove(at);
        if let Some(holdings) = self.holdings(pid).get_mut(&pid) {
            holdings.fixed.retain(|other| !Arc::ptr_eq(other, table));
        }
        if !state.is_fixed() {
            state.store.unfixed();
        }
    }

    /// Gives a table to another process, with a message. If that one has ended, what happens to tables of a process
    /// that ends happens to it.
    pub fn give(
        &self,
        system: &'static System,
        table: &Arc<Table>,
        from: Pid,
        to: Pid,
        data: Option<Term>,
    ) -> Result<(), Refusal> {
        let mut state = table.write();
        state.check(from, Access::Own)?;
        let delivered = self.hand_over(system, table, &mut state, to, data);
        drop(state);
        if !delivered {
            self.process_ended(system, to);
        }
        Ok(())
    }

    /// Makes `to` the owner and tells it; false if it has ended.
    fn hand_over(
        &self,
        system: &'static System,
        table: &Arc<Table>,
        state: &mut State,
        to: Pid,
        data: Option<Term>,
    ) -> bool {
        let from = std::mem::replace(&mut state.owner, to);
        if let Some(holdings) = self.holdings(from).get_mut(&from) {
            holdings.owned.retain(|other| !Arc::ptr_eq(other, table));
        }
        // First into the list, then the message: a process that closes its queue looks at its list afterwards.
        self.holdings(to).entry(to).or_default().owned.push(table.clone());
        let Some(data) = data else {
            return system.table.living(to).is_some_and(|slot| !slot.queue.is_closed());
        };
        let message = Parcel::build(|memory| {
            let data = copy::copy(data, memory, Literals::Copy);
            let tid = table.term(state.name, memory);
            let tag = Atom::new("ETS-TRANSFER").map_or(Term::NIL, Term::atom);
            memory.tuple(&[tag, tid, from.term(), data])
        });
        life::try_send(system, to, Signal::Message(message))
    }

    /// A process has ended, and its queue is closed: its fixations end, its tables go to their heirs or are deleted.
    pub fn process_ended(&self, system: &'static System, pid: Pid) {
        if self.made() == 0 {
            return;
        }
        let Some(Holdings { owned, fixed }) = self.holdings(pid).remove(&pid) else { return };
        for table in fixed {
            let mut state = table.write();
            self.unfix(&table, &mut state, pid, true);
        }
        for table in owned {
            let mut state = table.write();
            if !state.alive || state.owner != pid {
                continue;
            }
            let heir =
                state.heir.take().filter(|heir| heir.pid != pid && system.table.living(heir.pid).is_some());
            if let Some(heir) = heir {
                let to = heir.pid;
                let data = heir.data.as_ref().map(Object::term);
                let delivered = self.hand_over(system, &table, &mut state, to, data);
                // The heir stays the heir.
                state.heir = Some(heir);
                drop(state);
                if !delivered {
                    self.process_ended(system, to);
                }
                continue;
            }
            drop(state);
            // It may have been deleted meanwhile.
            let _ = self.delete(&table, pid, Access::Own);
        }
    }
}
