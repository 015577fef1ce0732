//! Abstract interpretation of an allocated function.
//!
//! **State.** Each register and spill word holds a set of virtual registers whose *current* value it is known
//! to contain; each explicit frame slot is fresh, stale or unset. Sets, because block parameters make several
//! names for one value and the allocator exploits that. The join is intersection.
//!
//! **Transfer.** A move copies a set. A definition takes its name away from everywhere else (the copy of an
//! earlier loop iteration is a different value) and puts it into its location. An edge renames arguments to
//! parameters, in parallel. A safepoint forgets everything that a moving collector would spoil: registers,
//! words that its stack map does not name, terms in words named as raw and the reverse, everything derived.
//! A handler is entered from the calls that name it and knows nothing but the explicit slots.
//!
//! A set that names `v` is therefore a proof that the location can be read as `v`; the check demands one for
//! each operand, and the debugger's value ranges are read off the same states.

use std::cell::RefCell;

use regalloc2::{Block, Inst, Operand, OperandConstraint, OperandKind, OperandPos, PReg, PRegSet};
use smallvec::SmallVec;

use crate::frame::{FrameSlot, SlotInit};
use crate::inst::{MachInst, SafepointKind, SlotAccess};
use crate::names::{Names, Sets};
use crate::output::{Allocated, Item, Loc, Move};
use crate::vcode::{RegEnv, VCode, ValueKind, is_late, is_use};

/// What an explicit frame slot holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SlotState {
    Unset,
    Stale,
    Fresh,
}

/// Everything known at one point.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub cells: Vec<Names>,
    pub slots: Vec<SlotState>,
    /// For messages: the value last lost from each cell and where. Empty while nobody asks.
    lost: Vec<(u32, u32)>,
}

/// Something wrong with an allocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// An operand's location does not hold the value. `lost_at` is the instruction that spoilt it, if any.
    WrongValue {
        /// The instruction.
        inst: u32,
        /// The operand's number.
        operand: u32,
        /// The value expected.
        vreg: u32,
        /// Where it was expected.
        loc: Loc,
        /// The instruction at which the location lost this value: a safepoint, for a stale copy.
        lost_at: Option<u32>,
    },
    /// A definition overwrites another operand of its instruction.
    Overlap {
        /// The instruction.
        inst: u32,
        /// The operand that overwrites.
        operand: u32,
    },
    /// A stack map names a word that holds no term.
    MapNamesGarbage {
        /// The safepoint.
        inst: u32,
        /// The frame word.
        word: u32,
    },
    /// An explicit slot is read while it holds nothing, or a term from before a collection.
    BadSlot {
        /// The instruction.
        inst: u32,
        /// The slot's number.
        slot: u32,
        /// Whether a collection spoilt it.
        stale: bool,
    },
    /// A location that breaks its operand's constraint.
    Constraint {
        /// The instruction.
        inst: u32,
        /// The operand's number.
        operand: u32,
        /// The location.
        loc: Loc,
    },
    /// A location outside the spill area or the known registers.
    BadLocation {
        /// The instruction.
        inst: u32,
        /// The location.
        loc: Loc,
    },
}

/// An interpreter for one allocated function.
pub(crate) struct Replay<'a, I> {
    pub vcode: &'a VCode<I>,
    pub out: &'a Allocated,
    env: &'a RegEnv,
    /// Dense numbers of registers; 255 for none.
    reg_index: [u8; PReg::NUM_INDEX],
    regs: Vec<PReg>,
    /// Handlers that some safepoint names.
    raised_to: Vec<bool>,
    /// Explicit slots that share a spill word, with its cell.
    shared: Vec<(u32, usize)>,
    sets: RefCell<Sets>,
}

impl<'a, I: MachInst> Replay<'a, I> {
    pub fn new(vcode: &'a VCode<I>, out: &'a Allocated, env: &'a RegEnv) -> Replay<'a, I> {
        let mut known: PRegSet = env.call_clobbers;
        for p in env.env.scratch_by_class.iter().flatten() {
            known.add(*p);
        }
        let regs: Vec<PReg> = known.into_iter().collect();
        let mut reg_index = [u8::MAX; PReg::NUM_INDEX];
        for (i, p) in regs.iter().enumerate() {
            reg_index[p.index()] = i as u8;
        }
        let mut raised_to = vec![false; vcode.num_blocks()];
        for sp in &vcode.safepoints {
            if let Some(h) = sp.site.handler {
                raised_to[h.index()] = true;
            }
        }
        let explicit = out.frame.explicit_words();
        let shared = vcode.slots.keys().filter_map(|s| {
            let word = out.frame.slot_word(s).checked_sub(explicit)?;
            Some((s.as_u32(), regs.len() + word as usize))
        });
        let shared = shared.collect();
        Replay { vcode, out, env, reg_index, regs, raised_to, shared, sets: RefCell::default() }
    }

    /// The cell of a location.
    pub fn cell(&self, loc: Loc) -> Option<usize> {
        match loc {
            Loc::Reg(p) => match self.reg_index[p.index()] {
                u8::MAX => None,
                i => Some(i as usize),
            },
            Loc::Word(w) => {
                let spill = w.checked_sub(self.out.frame.explicit_words())?;
                (spill < self.out.frame.spill_words()).then_some(self.regs.len() + spill as usize)
            }
        }
    }

    /// The location of a cell.
    pub fn loc(&self, cell: usize) -> Loc {
        match self.regs.get(cell) {
            Some(&p) => Loc::Reg(p),
            None => Loc::Word(self.out.frame.spill_word((cell - self.regs.len()) as u32)),
        }
    }

    fn empty(&self) -> State {
        let cells = self.regs.len() + self.out.frame.spill_words() as usize;
        let slots = self.vcode.slots.values().map(|d| match (d.kind, d.init) {
            (ValueKind::Term, SlotInit::AtEntry) => SlotState::Fresh,
            _ => SlotState::Unset,
        });
        State { cells: vec![Names::NONE; cells], slots: slots.collect(), lost: Vec::new() }
    }

    /// Whether a cell is known to hold the value.
    pub fn holds(&self, names: Names, v: u32) -> bool {
        names.is(v) || self.sets.borrow().many(names).contains(&v)
    }

    /// Remembers from here on where cells lose their values.
    pub fn track_losses(&self, state: &mut State) {
        state.lost = vec![(u32::MAX, 0); state.cells.len()];
    }

    /// Joins another state into the first; says whether that one changed.
    fn meet(&self, mine: &mut State, theirs: &State) -> bool {
        let mut changed = false;
        let mut sets = self.sets.borrow_mut();
        for (mine, &theirs) in mine.cells.iter_mut().zip(&theirs.cells) {
            if *mine != theirs {
                let both = sets.intersection(*mine, theirs);
                changed |= both != *mine;
                *mine = both;
            }
        }
        for (mine, &theirs) in mine.slots.iter_mut().zip(&theirs.slots) {
            changed |= theirs < *mine;
            *mine = theirs.min(*mine);
        }
        changed
    }

    /// Keeps some of the names of a cell.
    fn retain(&self, state: &mut State, cell: usize, inst: u32, mut keep: impl FnMut(u32) -> bool) {
        let names = state.cells[cell];
        if names == Names::NONE {
            return;
        }
        let lost = &mut state.lost;
        state.cells[cell] = self.sets.borrow_mut().filter(names, |v| {
            let keep = keep(v);
            if !keep && let Some(lost) = lost.get_mut(cell) {
                *lost = (v, inst);
            }
            keep
        });
    }

    /// The state at the beginning of each block.
    pub fn solve(&self) -> Vec<State> {
        let mut entry: Vec<Option<State>> = vec![None; self.vcode.num_blocks()];
        entry[0] = Some(self.empty());
        let mut queued = vec![false; self.vcode.num_blocks()];
        // Blocks are nearly in reverse postorder: sweeping upwards until nothing is queued converges fast.
        queued[0] = true;
        let mut again = true;
        while std::mem::take(&mut again) {
            for block in self.vcode.blocks() {
                if !std::mem::take(&mut queued[block.index()]) {
                    continue;
                }
                let Some(mut state) = entry[block.index()].clone() else { continue };
                let mut arrive = |to: Block, state: &State| {
                    let changed = match &mut entry[to.index()] {
                        Some(old) => self.meet(old, state),
                        none => {
                            *none = Some(state.clone());
                            true
                        }
                    };
                    if changed {
                        queued[to.index()] = true;
                        again |= to <= block;
                    }
                };
                for item in self.out.items(self.vcode, block) {
                    self.step(&mut state, item, &mut |_| {});
                    if let Item::Inst(inst, _) = item
                        && let Some(sp) = self.vcode.safepoint(inst.index() as u32)
                        && let Some(handler) = sp.site.handler
                    {
                        let mut raised = self.empty();
                        raised.slots.clone_from(&state.slots);
                        arrive(handler, &raised);
                    }
                }
                for (i, &succ) in self.vcode.succs(block).iter().enumerate() {
                    if self.vcode.is_handler(succ) {
                        if !self.raised_to[succ.index()] {
                            let mut raised = self.empty();
                            raised.slots.clone_from(&state.slots);
                            arrive(succ, &raised);
                        }
                        continue;
                    }
                    let args = self.vcode.args(block, i);
                    if args.is_empty() {
                        arrive(succ, &state);
                    } else {
                        let mut renamed = state.clone();
                        self.sets.borrow_mut().rename(&mut renamed.cells, self.vcode.params(succ), args);
                        arrive(succ, &renamed);
                    }
                }
            }
        }
        entry.into_iter().map(|s| s.unwrap_or_else(|| self.empty())).collect()
    }

    /// Executes one item.
    pub fn step(&self, state: &mut State, item: Item<'_>, report: &mut impl FnMut(Problem)) {
        match item {
            Item::Move(m) => self.step_move(state, m, report),
            Item::Inst(inst, locs) => self.step_inst(state, inst, locs, report),
        }
    }

    fn step_move(&self, state: &mut State, m: Move, report: &mut impl FnMut(Problem)) {
        let inst = m.before.index() as u32;
        let (Some(from), Some(to)) = (self.cell(m.from), self.cell(m.to)) else {
            let loc = if self.cell(m.from).is_none() { m.from } else { m.to };
            report(Problem::BadLocation { inst, loc });
            return;
        };
        let value = state.cells[from];
        self.overwrite(state, to, self.env.spill_words(m.class), inst);
        state.cells[to] = value;
    }

    /// Forgets what a write of `words` words to a cell destroys.
    fn overwrite(&self, state: &mut State, cell: usize, words: u32, inst: u32) {
        if cell < self.regs.len() {
            self.retain(state, cell, inst, |_| false);
            return;
        }
        let end = (cell + words as usize).min(state.cells.len());
        for c in cell..end {
            self.retain(state, c, inst, |_| false);
        }
        for &(slot, _) in self.shared.iter().filter(|s| (cell..end).contains(&s.1)) {
            state.slots[slot as usize] = SlotState::Unset;
        }
        // A wide value that began in the word below loses its second half.
        if self.env.float_words > 1 && cell > self.regs.len() {
            let classes = &self.vcode.classes;
            self.retain(state, cell - 1, inst, |v| self.env.spill_words(classes[v as usize]) == 1);
        }
    }

    fn step_inst(&self, state: &mut State, inst: Inst, locs: &[Loc], report: &mut impl FnMut(Problem)) {
        let operands = self.vcode.operands(inst);
        let number = inst.index() as u32;
        let cells: SmallVec<[usize; 16]> = locs.iter().map(|&l| self.cell(l).unwrap_or(usize::MAX)).collect();
        for (i, (&op, &cell)) in operands.iter().zip(&cells).enumerate() {
            if cell == usize::MAX && op.as_fixed_nonallocatable().is_none() {
                report(Problem::BadLocation { inst: number, loc: locs[i] });
            }
        }
        self.overlaps(inst, operands, &cells, report);
        self.read(state, inst, locs, &cells, |_| true, report);
        if let Some(sp) = self.vcode.safepoint(number) {
            self.collect(state, inst, sp.kind, report);
        }
        self.slots(state, inst, report);
        for (&op, &cell) in operands.iter().zip(&cells) {
            if op.kind() == OperandKind::Def && cell != usize::MAX {
                let v = op.vreg().vreg() as u32;
                self.sets.borrow_mut().forget(&mut state.cells, v);
                self.overwrite(state, cell, self.env.spill_words(op.class()), number);
                state.cells[cell] = Names::one(v);
            }
        }
        // After the definitions: an instruction that clobbers what it defines gives nothing.
        for p in self.vcode.clobbers(inst) {
            if let Some(c) = self.cell(Loc::Reg(p)) {
                self.retain(state, c, number, |_| false);
            }
        }
        self.read(state, inst, locs, &cells, is_late, report);
    }

    /// Demands that each selected use finds its value.
    fn read(
        &self,
        state: &State,
        inst: Inst,
        locs: &[Loc],
        cells: &[usize],
        select: impl Fn(Operand) -> bool,
        report: &mut impl FnMut(Problem),
    ) {
        for (i, &op) in self.vcode.operands(inst).iter().enumerate() {
            if !is_use(op) || !select(op) {
                continue;
            }
            let Some((&cell, &names)) = cells.get(i).and_then(|c| Some((c, state.cells.get(*c)?))) else {
                continue;
            };
            let vreg = op.vreg().vreg() as u32;
            if !self.holds(names, vreg) {
                let lost_at = state.lost.get(cell).filter(|l| l.0 == vreg).map(|l| l.1);
                let inst = inst.index() as u32;
                report(Problem::WrongValue { inst, operand: i as u32, vreg, loc: locs[i], lost_at });
            }
        }
    }

    /// Definitions must not share a location with each other; early ones, not with any use either.
    fn overlaps(&self, inst: Inst, operands: &[Operand], cells: &[usize], report: &mut impl FnMut(Problem)) {
        for (i, &op) in operands.iter().enumerate() {
            if op.kind() != OperandKind::Def {
                continue;
            }
            let early = op.pos() == OperandPos::Early;
            for (j, &other) in operands.iter().enumerate() {
                let conflicts = match other.kind() {
                    OperandKind::Def => j < i,
                    OperandKind::Use => early || is_late(other),
                };
                if j != i && conflicts && cells[i] == cells[j] && cells[i] != usize::MAX {
                    report(Problem::Overlap { inst: inst.index() as u32, operand: i as u32 });
                }
            }
        }
    }

    /// Demands of each location what its operand's constraint says.
    pub fn constraints(&self, inst: Inst, locs: &[Loc], report: &mut impl FnMut(Problem)) {
        for (i, (op, &loc)) in self.vcode.operands(inst).iter().zip(locs).enumerate() {
            let reg = match loc {
                Loc::Reg(p) => Some(p).filter(|p| !self.env.env.fixed_stack_slots.contains(p)),
                Loc::Word(_) => None,
            };
            let kept = match op.constraint() {
                OperandConstraint::Any => true,
                OperandConstraint::Reg => reg.is_some_and(|p| p.class() == op.class()),
                OperandConstraint::FixedReg(p) => loc == Loc::Reg(p),
                OperandConstraint::Reuse(of) => reg.is_some() && locs.get(of) == Some(&loc),
                OperandConstraint::Stack => reg.is_none(),
                OperandConstraint::Limit(n) => reg.is_some_and(|p| p.hw_enc() < n),
            };
            if !kept {
                report(Problem::Constraint { inst: inst.index() as u32, operand: i as u32, loc });
            }
        }
    }

    /// A collection that moves every term.
    fn collect(&self, state: &mut State, inst: Inst, kind: SafepointKind, report: &mut impl FnMut(Problem)) {
        let number = inst.index() as u32;
        let (terms, raws): (&[u32], &[u32]) = match self.out.stack_map(inst) {
            Some(map) => (self.out.term_words(map), self.out.raw_words(map)),
            None => (&[], &[]),
        };
        let kinds = &self.vcode.kinds;
        let kind_of = |v: u32| kinds[v as usize];
        let explicit = self.out.frame.explicit_words();
        let is_shared = |slot: u32| self.shared.iter().any(|s| s.0 == slot);
        let in_slot = |state: &State, cell: usize| {
            let mut slots = self.shared.iter().filter(|s| s.1 == cell);
            slots.any(|s| {
                state.slots[s.0 as usize] == SlotState::Fresh
                    && self.vcode.slots[FrameSlot::from_u32(s.0)].kind == ValueKind::Term
            })
        };
        for &word in terms.iter().filter(|&&w| w >= explicit) {
            let term = self.cell(Loc::Word(word)).is_some_and(|c| {
                self.sets.borrow().any(state.cells[c], |v| kind_of(v) == ValueKind::Term) || in_slot(state, c)
            });
            if !term {
                report(Problem::MapNamesGarbage { inst: number, word });
            }
        }
        let regs = self.regs.len();
        for i in 0..state.cells.len() {
            if state.cells[i] == Names::NONE {
                continue;
            }
            let word = (i >= regs).then(|| explicit + (i - regs) as u32);
            let in_map = |map: &[u32]| word.is_some_and(|w| map.binary_search(&w).is_ok());
            let (keep_terms, keep_raws) = match kind {
                SafepointKind::Call => (in_map(terms), in_map(raws)),
                SafepointKind::Cold => (in_map(terms), true),
            };
            self.retain(state, i, number, |v| match kind_of(v) {
                ValueKind::Term => keep_terms,
                ValueKind::Raw => keep_raws,
                ValueKind::Derived => false,
            });
        }
        for (slot, data) in self.vcode.slots.iter() {
            if data.kind != ValueKind::Term {
                continue;
            }
            let word = self.out.frame.slot_word(slot);
            let state = &mut state.slots[slot.as_u32() as usize];
            if terms.binary_search(&word).is_err() {
                *state = (*state).min(SlotState::Stale);
            } else if *state != SlotState::Fresh && !is_shared(slot.as_u32()) {
                report(Problem::MapNamesGarbage { inst: number, word });
            }
        }
    }

    fn slots(&self, state: &mut State, inst: Inst, report: &mut impl FnMut(Problem)) {
        self.vcode.inst(inst).slots(&mut |access| match access {
            SlotAccess::Store(s, _) | SlotAccess::StoreConst(s) => {
                if let Some(&(_, cell)) = self.shared.iter().find(|x| x.0 == s.as_u32()) {
                    self.overwrite(state, cell, 1, inst.index() as u32);
                }
                state.slots[s.as_u32() as usize] = SlotState::Fresh;
            }
            SlotAccess::Load(s, _) | SlotAccess::Read(s) => {
                let found = state.slots[s.as_u32() as usize];
                if found != SlotState::Fresh {
                    let stale = found == SlotState::Stale;
                    report(Problem::BadSlot { inst: inst.index() as u32, slot: s.as_u32(), stale });
                }
            }
        });
    }
}
