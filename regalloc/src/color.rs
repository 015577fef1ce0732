//! Slot colouring.
//!
//! **Problem.** Fastalloc gives every spilled value a frame word of its own. A frame of hundreds of words costs
//! memory in every recursion and in every idle process. And under both algorithms the explicit slots of cold paths
//! lie beside the spill slots although the two are hardly ever in use together.
//!
//! **Idea.** Words are variables like any other: compute where each is live in the allocated program, and let
//! words share a place when they are never live together. Liveness per block comes first; within the stream of items
//! each word then has a list of segments; words are placed first-fit in order of their first segment.
//!
//! A position of the stream has two halves, as instructions have: early uses end in the first half, late
//! definitions begin in the second, so that a result may take the word of an argument. A write that nobody
//! reads still occupies its own half, unless it is a move, which is dropped.
//!
//! **Why stack maps stay right.** The live values of a safepoint are late uses in its operand list, hence live
//! at it, hence in different places; the maps are derived from the locations that come of this.
//!
//! Stores to a word that is not read afterwards are dropped. After Fastalloc, loads are first replaced by register
//! moves where possible (see `forward`), which makes more stores dead; words copied to one another prefer one place,
//! which makes the copy vanish.

use regalloc2::{Block, OperandKind, OperandPos, PRegSet, RegClass};

use smallvec::SmallVec;

use crate::adapter::Algorithm;
use crate::csr::Csr;
use crate::forward;
use crate::inst::MachInst;
use crate::liveness::{LiveSet, NONE};
use crate::output::{Allocated, Item, Loc, Move};
use crate::share::{self, Shared, Touch};
use crate::vcode::{RegEnv, VCode, is_late};

/// A half-open range of half positions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Segment {
    start: u32,
    end: u32,
}

struct Coloring<'a, I> {
    vcode: &'a VCode<I>,
    env: &'a RegEnv,
    /// First spill word of the frame.
    base: u32,
    /// Spill words; words from here on are shared slots.
    spills: usize,
    /// All words.
    count: usize,
    shared: Shared,
    /// Registers hold nothing at the ends of blocks.
    local_registers: bool,
    /// Words of the slot that begins at each word; 0 when none does.
    size: Vec<u32>,
}

/// Makes spill words and idle explicit slots share places.
pub(crate) fn color<I: MachInst>(vcode: &VCode<I>, env: &RegEnv, algorithm: Algorithm, out: &mut Allocated) {
    let shared = Shared::find(vcode);
    let spills = out.frame.spill_words() as usize;
    let local_registers = algorithm == Algorithm::Fastalloc;
    let count = spills + shared.count;
    // Ion has packed its spill slots already.
    if count == 0 || (!local_registers && (shared.count == 0 || count == 1)) {
        return;
    }
    let base = out.frame.explicit_words();
    let mut pairs = Vec::new();
    if local_registers {
        pairs = forward::forward(vcode, env, out);
        pairs.iter_mut().for_each(|p| *p = (p.0 - base, p.1 - base));
    }
    let mut size = vec![0; count];
    size[spills..].fill(1);
    let mut c = Coloring { vcode, env, base, spills, count, shared, local_registers, size };
    let live_out = c.liveness(out);
    let (segments, keep) = c.segments(out, &live_out);
    let hints = Csr::new(count, &pairs);
    let (place, words) = c.place(segments, &hints);
    c.rewrite(out, &place, words, &keep);
    if local_registers {
        // Words that were copied to one another are now one, and more moves do nothing.
        forward::forward(vcode, env, out);
        forward::drop_dead_loads(vcode, env, out);
    }
}

impl<I: MachInst> Coloring<'_, I> {
    /// The spill word of a location.
    fn word(&self, loc: Loc) -> Option<u32> {
        match loc {
            Loc::Word(w) => w.checked_sub(self.base).filter(|&w| (w as usize) < self.spills),
            Loc::Reg(_) => None,
        }
    }

    /// Live-out words per block; also learns the size of each slot. As for values (see `liveness`), each word
    /// walks from the blocks that read it first to the blocks that write it.
    fn liveness(&mut self, out: &Allocated) -> Csr<u32> {
        let mut read_first: Vec<(u32, u32)> = Vec::new();
        let mut written: Vec<(u32, u32)> = Vec::new();
        let mut last_read = vec![NONE; self.count];
        let mut last_written = vec![NONE; self.count];
        for block in self.vcode.blocks() {
            let b = block.index() as u32;
            let mut access = |c: &mut Self, loc: Loc, class: RegClass, kind: OperandKind| {
                let Some(word) = c.word(loc) else { return };
                let w = word as usize;
                c.size[w] = c.size[w].max(c.env.spill_words(class));
                if kind == OperandKind::Def {
                    if std::mem::replace(&mut last_written[w], b) != b {
                        written.push((word, b));
                    }
                } else if last_written[w] != b && std::mem::replace(&mut last_read[w], b) != b {
                    read_first.push((word, b));
                }
            };
            for item in out.items(self.vcode, block) {
                match item {
                    Item::Move(m) => {
                        access(self, m.from, m.class, OperandKind::Use);
                        access(self, m.to, m.class, OperandKind::Def);
                    }
                    Item::Inst(_, locs) if !locs.iter().any(|l| matches!(l, Loc::Word(_))) => {}
                    Item::Inst(inst, locs) => {
                        let operands = self.vcode.operands(inst);
                        for kind in [OperandKind::Use, OperandKind::Def] {
                            for (op, &loc) in operands.iter().zip(locs).filter(|o| o.0.kind() == kind) {
                                access(self, loc, op.class(), kind);
                            }
                        }
                    }
                }
            }
        }
        let read_first = Csr::new(self.count, &read_first);
        let written = Csr::new(self.count, &written);
        let blocks = self.vcode.num_blocks();
        let mut live_out: Vec<(u32, u32)> = Vec::new();
        let mut writes = vec![NONE; blocks];
        let mut marked_in = vec![NONE; blocks];
        let mut marked_out = vec![NONE; blocks];
        let mut work: Vec<u32> = Vec::new();
        for w in 0..self.count {
            work.extend_from_slice(read_first.get(w));
            if work.is_empty() {
                continue;
            }
            for &b in written.get(w) {
                writes[b as usize] = w as u32;
            }
            let w = w as u32;
            for &b in &work {
                marked_in[b as usize] = w;
            }
            while let Some(b) = work.pop() {
                for p in self.vcode.preds(Block::new(b as usize)) {
                    let p = p.index();
                    if std::mem::replace(&mut marked_out[p], w) == w {
                        continue;
                    }
                    live_out.push((p as u32, w));
                    if writes[p] != w && std::mem::replace(&mut marked_in[p], w) != w {
                        work.push(p as u32);
                    }
                }
            }
        }
        Csr::new(blocks, &live_out)
    }

    /// Where words are live, by descending start, and which moves are worth keeping.
    fn segments(&self, out: &Allocated, live_out: &Csr<u32>) -> (Vec<(u32, Segment)>, Vec<bool>) {
        let mut segments: Vec<(u32, Segment)> = Vec::with_capacity(self.count * 2);
        let mut keep = vec![true; out.moves.len()];
        let mut live = LiveSet::new(self.count);
        let mut end = vec![0u32; self.count];
        let mut position = out.num_items();
        let mut live_in_regs = vec![PRegSet::empty(); self.vcode.num_blocks()];
        for block in self.vcode.blocks().rev() {
            let mut next_move = out.block_moves[block.index() + 1] as usize;
            live.clear();
            for &w in live_out.get(block.index()) {
                live.insert(w);
                end[w as usize] = 2 * position;
            }
            let mut live_regs = forward::live_at_end(self.vcode, block, &live_in_regs);
            for item in out.items(self.vcode, block).rev() {
                position -= 1;
                let (early, late) = (2 * position, 2 * position + 1);
                let mut write = |w: u32, at: u32, live: &mut LiveSet| {
                    let until = if live.contains(w) { end[w as usize] } else { late + 1 };
                    live.remove(w);
                    segments.push((w, Segment { start: at, end: until }));
                };
                match item {
                    Item::Move(m) => {
                        next_move -= 1;
                        let needed = match m.to {
                            Loc::Reg(p) => {
                                !self.local_registers
                                    || live_regs.contains(p)
                                    || self.env.env.fixed_stack_slots.contains(&p)
                            }
                            Loc::Word(_) => self.word(m.to).is_none_or(|w| live.contains(w)),
                        };
                        if !needed {
                            keep[next_move] = false;
                            continue;
                        }
                        match m.to {
                            Loc::Reg(p) => live_regs.remove(p),
                            Loc::Word(_) => {
                                if let Some(w) = self.word(m.to) {
                                    write(w, late, &mut live);
                                }
                            }
                        }
                        match m.from {
                            Loc::Reg(p) => live_regs.add(p),
                            Loc::Word(_) => {
                                if let Some(w) = self.word(m.from)
                                    && !live.contains(w)
                                {
                                    live.insert(w);
                                    end[w as usize] = early + 1;
                                }
                            }
                        }
                    }
                    Item::Inst(inst, locs) => {
                        let operands = self.vcode.operands(inst);
                        for (op, &loc) in operands.iter().zip(locs) {
                            if op.kind() != OperandKind::Def {
                                continue;
                            }
                            let at = if op.pos() == OperandPos::Early { early } else { late };
                            match loc {
                                Loc::Reg(p) => live_regs.remove(p),
                                Loc::Word(_) => {
                                    if let Some(w) = self.word(loc) {
                                        write(w, at, &mut live);
                                    }
                                }
                            }
                        }
                        if self.shared.count > 0 {
                            share::visit(self.vcode, inst, &mut |slot, touch| {
                                if let (Some(n), Touch::Write) = (self.shared.number(slot), touch) {
                                    write(self.spills as u32 + n, early, &mut live);
                                }
                            });
                            share::visit(self.vcode, inst, &mut |slot, touch| {
                                if let (Some(n), Touch::Read) = (self.shared.number(slot), touch) {
                                    let w = self.spills as u32 + n;
                                    if !live.contains(w) {
                                        live.insert(w);
                                        end[w as usize] = late + 1;
                                    }
                                }
                            });
                        }
                        for (op, &loc) in operands.iter().zip(locs) {
                            if op.kind() != OperandKind::Use {
                                continue;
                            }
                            match loc {
                                Loc::Reg(p) => live_regs.add(p),
                                Loc::Word(_) => {
                                    let until = if is_late(*op) { late + 1 } else { early + 1 };
                                    if let Some(w) = self.word(loc) {
                                        if !live.contains(w) {
                                            live.insert(w);
                                            end[w as usize] = until;
                                        }
                                        end[w as usize] = end[w as usize].max(until);
                                    }
                                }
                            }
                        }
                    }
                }
            }
            live_in_regs[block.index()] = live_regs;
            for &w in live.as_slice() {
                segments.push((w, Segment { start: 2 * position, end: end[w as usize] }));
            }
        }
        (segments, keep)
    }

    /// The new word of each word, and how many words that takes. Wide slots come first, aligned.
    fn place(&self, mut segments: Vec<(u32, Segment)>, hints: &Csr<u32>) -> (Vec<u32>, u32) {
        segments.reverse();
        let mut ordered = vec![false; self.count];
        let mut order: Vec<u32> = Vec::with_capacity(self.count);
        for &(w, _) in &segments {
            if !std::mem::replace(&mut ordered[w as usize], true) {
                order.push(w);
            }
        }
        let segments = Csr::new(self.count, &segments);
        let mut sizes: SmallVec<[u32; 4]> = SmallVec::new();
        for &s in self.size.iter().filter(|&&s| s > 0) {
            if !sizes.contains(&s) {
                sizes.push(s);
            }
        }
        sizes.sort_unstable_by_key(|&s| std::cmp::Reverse(s));
        let mut place = vec![NONE; self.count];
        let mut color_of = vec![NONE; self.count];
        let mut first = 0;
        for size in sizes {
            let mut colors: Vec<Vec<Segment>> = Vec::new();
            for &w in order.iter().filter(|&&w| self.size[w as usize] == size) {
                let mine = segments.get(w as usize);
                let preferred = hints
                    .get(w as usize)
                    .iter()
                    .filter(|&&h| self.size[h as usize] == size)
                    .map(|&h| color_of[h as usize])
                    .find(|&c| c != NONE && is_free(&colors[c as usize], mine));
                let color = preferred
                    .map(|c| c as usize)
                    .or_else(|| colors.iter().position(|taken| is_free(taken, mine)))
                    .unwrap_or_else(|| {
                        colors.push(Vec::new());
                        colors.len() - 1
                    });
                occupy(&mut colors[color], mine);
                color_of[w as usize] = color as u32;
                place[w as usize] = first + color as u32 * size;
            }
            first += colors.len() as u32 * size;
        }
        (place, first)
    }

    /// Puts the new words everywhere and drops moves that do nothing any more.
    fn rewrite(&self, out: &mut Allocated, place: &[u32], words: u32, keep: &[bool]) {
        out.frame.share(&self.vcode.slots, |slot| {
            self.shared.number(slot).map(|n| place[self.spills + n as usize])
        });
        let base = out.frame.explicit_words();
        let new = |loc: Loc| match self.word(loc) {
            Some(w) => Loc::Word(base + place[w as usize]),
            None => loc,
        };
        for loc in &mut out.locs {
            *loc = new(*loc);
        }
        out.retain_moves(keep);
        for m in &mut out.moves {
            *m = Move { from: new(m.from), to: new(m.to), ..*m };
        }
        out.frame.set_spill_words(words);
    }
}

fn is_free(taken: &[Segment], wanted: &[Segment]) -> bool {
    match taken.last() {
        None => return true,
        Some(last) if last.end <= wanted[0].start => return true,
        Some(_) => {}
    }
    wanted.iter().all(|s| {
        let at = taken.partition_point(|t| t.end <= s.start);
        taken.get(at).is_none_or(|t| t.start >= s.end)
    })
}

fn occupy(taken: &mut Vec<Segment>, segments: &[Segment]) {
    for &s in segments {
        // Nearly always at the end: slots come in order of their first segments.
        let at = match taken.last() {
            Some(last) if last.start > s.start => taken.partition_point(|t| t.start < s.start),
            _ => taken.len(),
        };
        taken.insert(at, s);
    }
}
