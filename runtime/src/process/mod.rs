//! Processes: structure, table, signals, life and death.
//!
//! *Invariant*: a process's structure and heap are touched only by the thread that runs it; everybody else sends it
//! signals through its slot in the [`table`].

pub mod handles;
pub mod life;
pub mod limit;
pub mod mailbox;
pub mod queue;
pub mod receive;
pub mod signal;
pub mod table;

use crate::arch;
use crate::bif::Outcome;
use crate::code::export::Mfa;
use crate::ets::Table;
use crate::frames::Frames;
use crate::sched::System;
use crate::sched::queue::Priority;
use crate::service::Building;
use hashbrown::{HashMap, HashSet};
use linac_abi::process::ProcessHead;
use linac_abi::rtcall::REDUCTIONS;
use linac_core::copy::{self, Literals};
use linac_core::gc::{Collect, Roots};
use linac_core::heap::NoMemory;
use linac_core::{Alloc, Atom, Build, Heap, Term};
use mailbox::Mailbox;
use rustc_hash::FxBuildHasher;
use signal::{Parcel, Watched};
use std::sync::Arc;
use table::{Pid, Slot};

/// Number of a local reference; unique in one runtime.
pub type RefId = u64;

/// The words of a reference with this number.
pub fn ref_numbers(id: RefId) -> [u32; 3] {
    [id as u32, (id >> 32) as u32, 0]
}

/// The number of a reference.
#[inline]
pub fn ref_id(term: Term) -> Option<RefId> {
    let [low, high, _] = term.as_reference()?.numbers();
    Some(u64::from(high) << 32 | u64::from(low))
}

/// Why a process came back to its scheduler.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Left {
    /// Its time slice is over.
    Yielded,
    /// It waits for a message beyond those examined, or for its timer.
    Receiving,
    /// It waits until its continuation can go on.
    Waiting,
    /// It has ended; what it leaves behind is `Process::ending`.
    Ended,
}

/// How a process ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    /// Its first function returned this value.
    Returned(Term),
    /// With this exit reason.
    Exited(Term),
    /// By an exception that nobody caught: class, reason, raw trace.
    Uncaught(Term, Term, Term),
}

/// What a suspended BIF goes on with. Terms that it needs are in [`Process::held`].
pub type Continuation = Box<dyn FnOnce(&mut Process) -> Outcome + Send>;

/// What ends an alias, besides `unalias/1`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Alias {
    /// Nothing.
    Explicit,
    /// The first message through it.
    Reply,
    /// The end of the monitor with the same reference.
    Demonitor,
    /// Either; the first message ends the monitor as well.
    ReplyDemonitor,
}

/// Links and monitors; most processes have none.
#[derive(Debug, Default)]
pub struct Relations {
    /// Linked processes.
    pub links: HashSet<Pid, FxBuildHasher>,
    /// Processes that this one watches.
    pub monitors: HashMap<RefId, Watched, FxBuildHasher>,
    /// Where each watched process is, for `demonitor`.
    pub watching: HashMap<RefId, Pid, FxBuildHasher>,
    /// Processes that watch this one.
    pub watchers: HashMap<RefId, (Pid, Watched), FxBuildHasher>,
    /// Open files and buffers, in the order in which they were made.
    pub handles: Vec<RefId>,
    /// Aliases that messages can be sent to.
    pub aliases: HashMap<RefId, Alias, FxBuildHasher>,
    /// Monitors whose references were made as aliases.
    pub alias_monitors: HashSet<RefId, FxBuildHasher>,
    /// Processes that this one has suspended, and how often.
    pub suspending: HashMap<Pid, usize, FxBuildHasher>,
    /// Names that this process is registered under.
    pub name: Option<linac_core::Atom>,
}

/// A process. It begins with what native code knows.
#[repr(C)]
pub struct Process {
    /// The part that native code and the glue use.
    pub head: ProcessHead,
    /// Its heap.
    pub heap: Heap,
    /// The runtime that it lives in.
    pub system: &'static System,
    /// Its identifier.
    pub pid: Pid,
    /// Messages.
    pub mailbox: Mailbox,
    /// Links and monitors.
    pub relations: Option<Box<Relations>>,
    /// The process dictionary: key, value, key, value...
    pub dictionary: Vec<Term>,
    /// Monitors with a tag,
    pub tagged: Vec<RefId>,
    /// and their tags.
    pub tags: Vec<Term>,
    /// Terms that a continuation needs; roots.
    pub held: Vec<Term>,
    /// The argument area's live words while the process is not running.
    saved: Vec<usize>,
    /// What to do when scheduled in, instead of native code.
    pub continuation: Option<Continuation>,
    /// Why it last came back to the scheduler.
    pub left: Left,
    /// `process_flag(trap_exit, true)`.
    pub trap_exit: bool,
    /// Someone waits for this process's result.
    pub is_main: bool,
    /// It ends because its heap is larger than it may be.
    pub too_large: bool,
    /// How it ended, once `left` says so.
    pub ending: Ending,
    /// Export to call first; none once it has been called.
    start: Option<Mfa>,
    /// The function it was started with.
    pub initial: Mfa,
    /// Receive timer: number, and deadline in milliseconds.
    pub timer: Option<(u64, u64)>,
    /// The receive timer has run out.
    pub timed_out: bool,
    /// Answer to the request with the number of `waiting_for`.
    pub reply: Option<Parcel>,
    /// Number of the request that is under way.
    pub waiting_for: u64,
    /// Reductions used in earlier slices.
    pub reductions: u64,
    /// Reductions that were left when a collection was asked for by zeroing them.
    pub taken_reductions: i64,
    /// Words of room that the function needs at whose entry it gave way; 0 if it did so elsewhere.
    pub entry_room: usize,
    /// Safepoints passed in this slice, in stress mode.
    pub stressed: u32,
    /// How many times others have suspended it.
    pub suspended: usize,
    /// Who started it.
    pub parent: Option<Pid>,
    /// What `process_flag` has set, if anything.
    pub flags: Option<Box<crate::bif::Flags>>,
    /// Group leader; none stands for the process named `user`.
    pub group_leader: Option<Pid>,
    /// The call that the exception recorded in the head comes from, if it was no function's own raise.
    pub pending_call: Option<PendingCall>,
    /// Why a BIF fails, as the library's explanations of errors name it; read when the trace is made.
    pub error_cause: Option<&'static str>,
    /// The BIF that the stack trace shows instead of the one that failed, with its arguments.
    pub blame: Option<(u32, [Term; 3])>,
    /// Tables that were used last.
    pub last_tables: [Option<Arc<Table>>; 2],
    /// The service that it helps to start, or did.
    pub building: Option<Building>,
}

/// A call of the runtime that failed. Its arguments stay valid because raising comes next.
#[derive(Clone, Copy, Debug)]
pub struct PendingCall {
    /// The function as a stack trace names it.
    pub mfa: Mfa,
    /// Its arguments.
    pub arguments: [Term; 3],
}

impl std::fmt::Debug for Process {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Process({:?}, {:?})", self.pid, self.left)
    }
}

/// Options of a new process.
#[derive(Clone, Copy, Debug, Default)]
pub struct SpawnOptions {
    /// Link it to its parent.
    pub link: bool,
    /// Let its parent monitor it.
    pub monitor: bool,
    /// What `process_flag` would set.
    pub flags: Option<crate::bif::Flags>,
    /// Someone waits for the result.
    pub is_main: bool,
    /// The name that it is registered under from the beginning. Whoever starts it enters the name.
    pub name: Option<Atom>,
    /// Which processes run before it.
    pub priority: Priority,
    /// The service that it starts.
    pub building: Option<Building>,
}

impl SpawnOptions {
    /// What `spawn` does.
    pub const PLAIN: SpawnOptions = SpawnOptions {
        link: false,
        monitor: false,
        flags: None,
        is_main: false,
        name: None,
        priority: Priority::Normal,
        building: None,
    };
}

/// Why no process can be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpawnError {
    /// Too many processes.
    TooMany,
    /// No memory.
    NoMemory,
}

impl Process {
    /// A process that will call `mfa` with `arguments`, which are copied. It is in no table yet.
    fn new(
        system: &'static System,
        pid: Pid,
        mfa: Mfa,
        arguments: &[Term],
        options: SpawnOptions,
    ) -> Result<Box<Process>, NoMemory> {
        let mut head = ProcessHead {
            sp: 0,
            htop: 0,
            reds: 0,
            cstack: 0,
            xregs: 0,
            heap_start: 0,
            stack_base: 0,
            exc_class: 0,
            exc_reason: 0,
            exc_trace: 0,
            live_args: 0,
            transfer: 0,
        };
        let words: usize = arguments.iter().map(|&term| copy::size(term, Literals::Keep)).sum();
        let needed = words + linac_abi::rtcall::STACK_RESERVE_WORDS as usize + 1;
        let flags = options.flags.or_else(|| system.settings.flags());
        let mut heap = Heap::new(&mut head, flags.map_or(needed, |flags| flags.min_heap_size.max(needed)))?;
        if let Some(flags) = flags {
            heap.set_fullsweep_after(flags.fullsweep_after as u32);
        }
        head.sp -= size_of::<usize>();
        // SAFETY: the block has room for one word of stack.
        unsafe { *(head.sp as *mut usize) = arch::exit_address() };
        let mut direct = heap.direct(&mut head);
        let saved = arguments.iter().map(|&t| copy::copy(t, &mut direct, Literals::Keep).raw()).collect();
        head.live_args = arguments.len();
        Ok(Box::new(Process {
            head,
            heap,
            system,
            pid,
            mailbox: Mailbox::default(),
            relations: None,
            dictionary: Vec::new(),
            held: Vec::new(),
            tagged: Vec::new(),
            tags: Vec::new(),
            saved,
            continuation: None,
            left: Left::Yielded,
            trap_exit: false,
            is_main: options.is_main,
            ending: Ending::Exited(Term::NIL),
            start: Some(mfa),
            initial: mfa,
            timer: None,
            timed_out: false,
            reply: None,
            waiting_for: 0,
            reductions: 0,
            taken_reductions: 0,
            entry_room: 0,
            stressed: 0,
            group_leader: None,
            pending_call: None,
            suspended: 0,
            parent: None,
            flags: flags.map(Box::new),
            too_large: false,
            error_cause: None,
            blame: None,
            last_tables: [None, None],
            building: options.building,
        }))
    }

    /// Starts a process that calls `mfa`. `parent` is the process that asks, if one does; gives the pid and, if asked
    /// for, the monitor's number.
    pub fn spawn(
        system: &'static System,
        parent: Option<&mut Process>,
        mfa: Mfa,
        arguments: &[Term],
        options: SpawnOptions,
    ) -> Result<(Pid, Option<RefId>), SpawnError> {
        let slot = system.table.claim().ok_or(SpawnError::TooMany)?;
        let pid = slot.pid();
        let mut process = match Process::new(system, pid, mfa, arguments, options) {
            Ok(process) => process,
            Err(NoMemory { .. }) => {
                drop(slot.queue.close());
                system.table.release(slot);
                return Err(SpawnError::NoMemory);
            }
        };
        if options.name.is_some() {
            process.relations().name = options.name;
        }
        let mut monitor = None;
        if let Some(parent) = parent {
            process.group_leader = parent.group_leader;
            process.parent = Some(parent.pid);
            process.building = parent.building.map(Building::helper);
            if options.link {
                process.relations().links.insert(parent.pid);
                parent.relations().links.insert(pid);
            }
            if options.monitor {
                let id = system.new_ref();
                process.relations().watchers.insert(id, (parent.pid, Watched::Pid(pid)));
                parent.relations().monitors.insert(id, Watched::Pid(pid));
                parent.relations().watching.insert(id, pid);
                monitor = Some(id);
            }
        }
        system.spawned.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        system.table.attach(slot, process);
        slot.set_priority(options.priority);
        system.make_runnable(slot);
        Ok((pid, monitor))
    }

    /// Its group leader.
    pub fn leader(&self) -> Pid {
        self.group_leader.or_else(|| crate::service::user(self.system)).unwrap_or(self.pid)
    }

    /// Its slot.
    pub fn slot(&self) -> &'static Slot {
        let Some(slot) = self.system.table.slot(self.pid) else { unreachable!("a process has a slot") };
        slot
    }

    /// The words of a reference with this number that this process made. Messages to an alias find its process by the
    /// third word.
    pub fn ref_words(&self, id: RefId, alias: bool) -> [u32; 3] {
        let [low, high, _] = ref_numbers(id);
        [low, high, if alias { self.pid.index() as u32 + 1 } else { 0 }]
    }

    /// Takes in a message that was sent to an alias.
    fn deliver_to_alias(&mut self, id: RefId, message: Parcel) {
        let Some(relations) = &mut self.relations else { return };
        let Some(alias) = relations.aliases.get(&id).copied() else { return };
        if matches!(alias, Alias::Reply | Alias::ReplyDemonitor) {
            relations.aliases.remove(&id);
        }
        if alias == Alias::ReplyDemonitor {
            relations.monitors.remove(&id);
            relations.alias_monitors.remove(&id);
            if let Some(target) = relations.watching.remove(&id) {
                life::send(self.system, target, signal::Signal::Demonitor { id });
            }
            self.take_tag(id);
        }
        self.deliver(message);
    }

    /// Links and monitors, made if there were none.
    pub fn relations(&mut self) -> &mut Relations {
        self.relations.get_or_insert_default()
    }

    /// The argument area while the process runs.
    pub fn area(&mut self) -> &mut [usize] {
        // SAFETY: while a process runs, `xregs` points to its scheduler's area of this size, used by nobody else.
        unsafe { std::slice::from_raw_parts_mut(self.head.xregs as *mut usize, AREA_WORDS) }
    }

    /// The first `count` words of the argument area as terms.
    pub fn arguments<'a>(&mut self, count: usize) -> &'a [Term] {
        let words: *const usize = self.area()[..count].as_ptr();
        // SAFETY: native code put terms there; the slice is used before anything overwrites or collects.
        unsafe { Term::slice_from_raw(std::slice::from_raw_parts(words, count)) }
    }

    /// Prepares for running on a scheduler with this argument area.
    pub fn schedule_in(&mut self, area: usize) {
        self.heap.begin_slice();
        self.head.xregs = area;
        if !self.saved.is_empty() {
            let live = std::mem::take(&mut self.saved);
            self.area()[..live.len()].copy_from_slice(&live);
        }
        // In stress mode every entry and back edge that counts reductions becomes a safepoint.
        self.head.reds = if self.system.options.gc_stress { 0 } else { REDUCTIONS as usize };
        self.stressed = 0;
        self.taken_reductions = 0;
    }

    /// Saves what is live in the argument area before another process uses it.
    pub fn schedule_out(&mut self) {
        let left = self.reductions_left() + self.taken_reductions;
        self.reductions += (REDUCTIONS - left).clamp(0, i64::MAX) as u64;
        let live = self.head.live_args;
        if live > 0 {
            self.saved = self.area()[..live].to_vec();
        }
    }

    /// Sets up the first call, if it has not been made. False if the export cannot be had.
    pub fn prepare_start(&mut self) -> bool {
        let Some(mfa) = self.start.take() else { return true };
        match self.system.code.exports.get(mfa) {
            Ok(export) => {
                self.head.transfer = export.cell.code().get();
                self.head.live_args = 0;
                true
            }
            Err(_) => false,
        }
    }

    /// Lets native code go on at the top return address with this result, when the process is resumed.
    pub fn resume_with(&mut self, value: usize) {
        self.area()[0] = value;
        self.head.transfer = 0;
        self.head.live_args = 0;
    }

    /// Makes sure that `need` words are free between heap top and stack.
    ///
    /// # Safety
    /// No term of this process is used afterwards that the roots do not hold: the caller is at a safepoint.
    pub unsafe fn ensure(&mut self, need: usize) -> Result<(), NoMemory> {
        if self.flags.is_some() && (Heap::free_words(&self.head) < need || self.heap.pressure()) {
            self.check_limit()?;
        }
        let Process { head, heap, dictionary, held, tags, mailbox, ending, .. } = self;
        let mut roots = ProcessRoots { dictionary, held, tags, mailbox, ending };
        // SAFETY: passed on.
        unsafe { heap.ensure(head, need, &mut roots) }
    }

    /// Collects.
    ///
    /// # Safety
    /// As [`Process::ensure`].
    pub unsafe fn collect(&mut self, kind: Collect) -> Result<(), NoMemory> {
        self.check_limit()?;
        let Process { head, heap, dictionary, held, tags, mailbox, ending, .. } = self;
        let mut roots = ProcessRoots { dictionary, held, tags, mailbox, ending };
        // SAFETY: passed on.
        unsafe { heap.collect(head, 0, &mut roots, kind) }
    }

    /// Replaces literals in a range of addresses (start, bytes) by copies of the process's own.
    ///
    /// # Safety
    /// As [`Process::ensure`].
    pub unsafe fn evict_literals(&mut self, range: (usize, usize)) -> Result<(), NoMemory> {
        self.mailbox.attach_all(&mut self.heap);
        let Process { head, heap, dictionary, held, tags, mailbox, ending, .. } = self;
        let mut roots = ProcessRoots { dictionary, held, tags, mailbox, ending };
        // SAFETY: passed on.
        unsafe { heap.evict_literals(head, &mut roots, range) }
    }

    /// Reductions left while native code is not running.
    #[inline]
    pub fn reductions_left(&self) -> i64 {
        self.head.reds as isize as i64
    }

    /// If much has been allocated outside the block, lets the next safepoint collect.
    #[inline]
    pub fn check_pressure(&mut self) {
        if self.heap.pressure() && self.taken_reductions == 0 {
            self.taken_reductions = self.reductions_left().max(0);
            self.head.reds = 0;
        }
    }

    /// Takes reductions for so much work that a runtime call did at once: the next safepoint gives way if none is left.
    #[inline]
    pub fn charge(&mut self, steps: usize) {
        let left = self.reductions_left();
        self.head.reds = left.saturating_sub_unsigned(steps as u64).max(0) as usize;
    }

    /// Reductions for what was made since [`Heap::output`] was so much.
    #[inline]
    pub fn charge_output(&mut self, before: usize) {
        let made = self.heap.output().saturating_sub(before);
        if made >= WORDS_PER_REDUCTION {
            self.charge(made / WORDS_PER_REDUCTION);
        }
    }

    /// Takes the tag that a monitor was given.
    pub fn take_tag(&mut self, id: RefId) -> Option<Term> {
        let at = self.tagged.iter().position(|tagged| *tagged == id)?;
        self.tagged.remove(at);
        Some(self.tags.remove(at))
    }

    /// A fresh reference.
    pub fn make_ref(&mut self) -> (Term, RefId) {
        let id = self.system.new_ref();
        (self.heap.reference(ref_numbers(id)), id)
    }
}

// SAFETY: passed on to the fragments.
unsafe impl Alloc for Process {
    fn alloc(&mut self, words: usize) -> *mut usize {
        self.heap.alloc(words)
    }
    fn off_heap(&mut self) -> &mut linac_core::OffHeap {
        self.heap.off_heap()
    }
}

/// Words that a runtime call may make for one reduction.
const WORDS_PER_REDUCTION: usize = 16;

/// Words of a scheduler's argument area: all x registers, and room for the pairs of map and record updates.
pub const AREA_WORDS: usize = 4096;

struct ProcessRoots<'a> {
    dictionary: &'a mut Vec<Term>,
    held: &'a mut Vec<Term>,
    tags: &'a mut Vec<Term>,
    mailbox: &'a mut Mailbox,
    ending: &'a mut Ending,
}

fn words_of(terms: &mut [Term]) -> &mut [usize] {
    // SAFETY: a term is a transparent word, and the collector writes terms.
    unsafe { std::slice::from_raw_parts_mut(terms.as_mut_ptr().cast(), terms.len()) }
}

fn visit(term: &mut Term, each: &mut dyn FnMut(&mut [usize])) {
    each(words_of(std::slice::from_mut(term)));
}

impl Roots for ProcessRoots<'_> {
    #[inline(always)]
    fn each_slot(&mut self, head: &mut ProcessHead, each: impl FnMut(*mut usize)) {
        // SAFETY: the process is at a safepoint, so its stack is well formed.
        unsafe { Frames::new(head).each_term(each) };
    }

    fn each_slice(&mut self, head: &mut ProcessHead, each: &mut dyn FnMut(&mut [usize])) {
        // SAFETY: the process is at a safepoint: so many words of the area are live.
        unsafe {
            if head.live_args > 0 {
                let area = head.xregs as *mut usize;
                each(std::slice::from_raw_parts_mut(area, head.live_args));
            }
        }
        each(std::slice::from_mut(&mut head.exc_class));
        each(std::slice::from_mut(&mut head.exc_reason));
        each(std::slice::from_mut(&mut head.exc_trace));
        each(words_of(self.dictionary));
        each(words_of(self.held));
        each(words_of(self.tags));
        match self.ending {
            Ending::Returned(a) | Ending::Exited(a) => visit(a, each),
            Ending::Uncaught(a, b, c) => {
                visit(a, each);
                visit(b, each);
                visit(c, each);
            }
        }
        self.mailbox.each_root(each);
    }
}
