//! Forwarding: reading a spilled value from a register that still holds it.
//!
//! Fastalloc spills at the end of every block and loads wherever it likes. Walking forward and remembering which
//! register holds the current contents of which word turns most of those loads into register moves, or into
//! nothing; stores of what is there already vanish. What then is stored and never loaded is found dead by
//! colouring, so that a function that calls nobody usually ends without a frame.
//!
//! *Soundness.* A fact is "register r equals word w at version n"; every write to w takes a new version, every
//! write to r forgets the fact, and a safepoint forgets all of them, for the collector changes the words. A block
//! inherits facts only from a sole predecessor. Within a block, moves also read the register where a value was
//! first instead of a copy of it.
//! Versions are global and only grow, so facts of a branch not taken can be lost, never believed.
//!
//! *Consequence.* Registers now live across edges to blocks with a sole predecessor, and nowhere else;
//! [`live_at_end`] is how the backward passes of colouring know.

use regalloc2::{Block, Inst, OperandConstraint, OperandKind, OperandPos, PReg, PRegSet};

use crate::inst::MachInst;
use crate::liveness::NONE;
use crate::output::{Allocated, Loc};
use crate::share::{self, Touch};
use crate::vcode::{RegEnv, VCode};

struct Forward<'a> {
    tracked: &'a PRegSet,
    /// Registers of which anything is known; those that hold a word or have to do with a copy are among them.
    known: PRegSet,
    /// Word and version that each register holds, by register index.
    holds: Vec<(u32, u32)>,
    /// A register that holds each word, if it still does.
    holder: Vec<PReg>,
    version: Vec<u32>,
    /// Within a block: the register of which each is a copy, with that one's number of writes.
    copy_of: Vec<(PReg, u32)>,
    writes: Vec<u32>,
}

impl Forward<'_> {
    /// A register is written, with something unknown as yet.
    fn forget(&mut self, p: PReg) {
        self.holds[p.index()] = (NONE, 0);
        self.copy_of[p.index()] = (PReg::invalid(), 0);
        self.writes[p.index()] += 1;
    }

    /// These registers are written.
    fn forget_all(&mut self, mut set: PRegSet) {
        set.intersect_from(self.known);
        for p in set {
            self.forget(p);
        }
        self.known.intersect_from(set.invert());
    }

    /// The register where the value of `p` was first.
    fn root(&self, p: PReg) -> PReg {
        let (root, writes) = self.copy_of[p.index()];
        if root != PReg::invalid() && self.writes[root.index()] == writes { root } else { p }
    }

    fn copied(&mut self, from: PReg, to: PReg) {
        let root = self.root(from);
        if self.tracked.contains(root) && self.tracked.contains(to) && root != to {
            self.copy_of[to.index()] = (root, self.writes[root.index()]);
            self.known.add(root);
            self.known.add(to);
        }
    }

    fn learn(&mut self, p: PReg, word: u32) {
        if self.tracked.contains(p) {
            self.holds[p.index()] = (word, self.version[word as usize]);
            self.holder[word as usize] = p;
            self.known.add(p);
        }
    }

    /// The register that holds the word's current contents.
    fn find(&self, word: u32) -> Option<PReg> {
        let p = self.holder[word as usize];
        (p != PReg::invalid() && self.is_current(p, word)).then_some(p)
    }

    fn is_current(&self, p: PReg, word: u32) -> bool {
        self.holds[p.index()] == (word, self.version[word as usize])
    }

    /// The word of which the register is a current copy.
    fn word_of(&self, p: PReg) -> Option<u32> {
        let (word, version) = self.holds[p.index()];
        (word != NONE && self.version[word as usize] == version).then_some(word)
    }

    fn write(&mut self, word: u32) {
        if let Some(version) = self.version.get_mut(word as usize) {
            *version += 1;
        }
    }
}

/// Replaces loads and drops moves. Returns pairs of words of which one was copied to the other.
pub(crate) fn forward<I: MachInst>(vcode: &VCode<I>, env: &RegEnv, out: &mut Allocated) -> Vec<(u32, u32)> {
    let words = out.frame.frame_words() as usize;
    let mut tracked = env.call_clobbers;
    for &p in env.env.fixed_stack_slots.iter().chain(env.env.scratch_by_class.iter().flatten()) {
        // Memory; and a scratch register may be spoilt by any instruction.
        tracked.remove(p);
    }
    let mut f = Forward {
        tracked: &tracked,
        known: PRegSet::empty(),
        holds: vec![(NONE, 0); PReg::NUM_INDEX],
        holder: vec![PReg::invalid(); words],
        version: vec![0; words],
        copy_of: vec![(PReg::invalid(), 0); PReg::NUM_INDEX],
        writes: vec![0; PReg::NUM_INDEX],
    };
    let shares = out.frame.explicit_words() as usize;
    // Facts at the end of each block that a later one may inherit from, in one list.
    let mut facts: Vec<(PReg, u32, u32)> = Vec::new();
    let mut ends = vec![0..0; vcode.num_blocks()];
    let mut keep = vec![true; out.moves.len()];
    let mut pairs = Vec::new();
    for block in vcode.blocks() {
        f.forget_all(tracked);
        if let &[pred] = vcode.preds(block)
            && pred < block
            && !vcode.is_handler(block)
        {
            for &(p, word, version) in &facts[ends[pred.index()].clone()] {
                f.holds[p.index()] = (word, version);
                f.holder[word as usize] = p;
                f.known.add(p);
            }
        }
        let mut next = out.block_moves[block.index()] as usize;
        let end = out.block_moves[block.index() + 1] as usize;
        for inst in vcode.block_insts(block).iter() {
            while next < end && out.moves[next].before == inst {
                keep[next] = step_move(&mut f, out, next, &mut pairs);
                next += 1;
            }
            read_registers(&f, vcode, out, inst);
            step_inst(&mut f, vcode, out, inst, shares);
        }
        let start = facts.len();
        if vcode.succs(block).iter().any(|&s| s > block && vcode.preds(s).len() == 1) {
            facts.extend(f.known.into_iter().filter_map(|p| {
                let word = f.word_of(p)?;
                Some((p, word, f.version[word as usize]))
            }));
        }
        ends[block.index()] = start..facts.len();
    }
    out.retain_moves(&keep);
    pairs
}

/// Follows a move; says whether it is needed.
fn step_move(f: &mut Forward<'_>, out: &mut Allocated, at: usize, pairs: &mut Vec<(u32, u32)>) -> bool {
    let m = &mut out.moves[at];
    if let Loc::Reg(p) = m.from {
        m.from = Loc::Reg(f.root(p));
        if m.from == m.to {
            return false;
        }
    }
    match (m.from, m.to) {
        (Loc::Word(w), Loc::Reg(p)) => {
            if f.is_current(p, w) {
                return false;
            }
            if let Some(other) = f.find(w).filter(|o| o.class() == p.class()) {
                m.from = Loc::Reg(other);
            }
            f.forget(p);
            f.learn(p, w);
            if let Loc::Reg(from) = m.from {
                f.copied(from, p);
            }
        }
        (Loc::Reg(p), Loc::Word(w)) => {
            if f.is_current(p, w) {
                return false;
            }
            if let Some(source) = f.word_of(p) {
                pairs.push((source, w));
                pairs.push((w, source));
            }
            f.write(w);
            f.learn(p, w);
        }
        (Loc::Reg(from), Loc::Reg(to)) => {
            let word = f.word_of(from);
            if word.is_some_and(|w| f.is_current(to, w)) {
                return false;
            }
            f.forget(to);
            if let Some(w) = word {
                f.learn(to, w);
            }
            f.copied(from, to);
        }
        (Loc::Word(_), Loc::Word(w)) => f.write(w),
    }
    true
}

/// Lets operands that may be anywhere read a register instead of the word.
fn read_registers<I: MachInst>(f: &Forward<'_>, vcode: &VCode<I>, out: &mut Allocated, inst: Inst) {
    let operands = vcode.operands(inst);
    let first = out.loc_ends[inst.index()] as usize - operands.len();
    for (i, op) in operands.iter().enumerate() {
        // Late uses are stack maps, or share the instruction with its results.
        let free = op.kind() == OperandKind::Use
            && op.constraint() == OperandConstraint::Any
            && op.pos() == OperandPos::Early;
        let (true, Loc::Word(w)) = (free, out.locs[first + i]) else { continue };
        let Some(p) = f.find(w).filter(|p| p.class() == op.class()) else { continue };
        let spoilt = operands.iter().zip(&out.locs[first..]).any(|(other, &loc)| {
            other.kind() == OperandKind::Def && other.pos() == OperandPos::Early && loc == Loc::Reg(p)
        });
        if !spoilt {
            out.locs[first + i] = Loc::Reg(p);
        }
    }
}

fn step_inst<I: MachInst>(f: &mut Forward<'_>, vcode: &VCode<I>, out: &Allocated, inst: Inst, shares: usize) {
    if vcode.safepoint_site(inst).is_some() {
        f.forget_all(*f.tracked);
    } else if vcode.has_clobbers(inst) {
        f.forget_all(vcode.clobbers(inst));
    }
    for (op, &loc) in vcode.operands(inst).iter().zip(out.locs(inst)) {
        if op.kind() == OperandKind::Def {
            match loc {
                Loc::Reg(p) => f.forget(p),
                Loc::Word(w) => f.write(w),
            }
        }
    }
    if !vcode.slots.is_empty() {
        share::visit(vcode, inst, &mut |slot, touch| {
            let word = out.frame.slot_word(slot);
            if touch == Touch::Write && word as usize >= shares {
                f.write(word);
            }
        });
    }
}

/// Registers that are read behind the end of a block, given those live at the beginning of its successors.
pub(crate) fn live_at_end<I: MachInst>(vcode: &VCode<I>, block: Block, live_in: &[PRegSet]) -> PRegSet {
    let mut live = PRegSet::empty();
    for &succ in vcode.succs(block) {
        if vcode.preds(succ).len() == 1 && succ > block {
            live.union_from(live_in[succ.index()]);
        }
    }
    live
}

/// Drops moves into registers that nothing reads.
pub(crate) fn drop_dead_loads<I: MachInst>(vcode: &VCode<I>, env: &RegEnv, out: &mut Allocated) {
    let mut keep = vec![true; out.moves.len()];
    let mut live_in = vec![PRegSet::empty(); vcode.num_blocks()];
    let is_memory = |p: PReg| env.env.fixed_stack_slots.contains(&p);
    for block in vcode.blocks().rev() {
        let mut live = live_at_end(vcode, block, &live_in);
        let first_move = out.block_moves[block.index()] as usize;
        let mut next_move = out.block_moves[block.index() + 1] as usize;
        for inst in vcode.block_insts(block).iter().rev() {
            let (operands, locs) = (vcode.operands(inst), out.locs(inst));
            for (op, &loc) in operands.iter().zip(locs) {
                if let (OperandKind::Def, Loc::Reg(p)) = (op.kind(), loc) {
                    live.remove(p);
                }
            }
            for (op, &loc) in operands.iter().zip(locs) {
                if let (OperandKind::Use, Loc::Reg(p)) = (op.kind(), loc) {
                    live.add(p);
                }
            }
            while next_move > first_move && out.moves[next_move - 1].before == inst {
                next_move -= 1;
                let m = out.moves[next_move];
                if let Loc::Reg(p) = m.to
                    && !is_memory(p)
                {
                    if !live.contains(p) {
                        keep[next_move] = false;
                        continue;
                    }
                    live.remove(p);
                }
                if let Loc::Reg(p) = m.from {
                    live.add(p);
                }
            }
        }
        live_in[block.index()] = live;
    }
    out.retain_moves(&keep);
}
