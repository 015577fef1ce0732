//! Slot colouring after Fastalloc.
//!
//! **Problem.** Fastalloc gives every spilled value a frame word of its own. A frame of hundreds of words costs
//! memory in every recursion and in every idle process.
//!
//! **Idea.** Words are variables like any other: compute where each is live in the allocated program, and let
//! words share a place when they are never live together. Liveness is a backward data flow over blocks;
//! within the stream of items each word then has a list of segments; words are placed first-fit in order of
//! their first segment.
//!
//! A position of the stream has two halves, as instructions have: early uses end in the first half, late
//! definitions begin in the second, so that a result may take the word of an argument. A write that nobody
//! reads still occupies its own half, unless it is a move, which is dropped.
//!
//! **Why stack maps stay right.** The live values of a safepoint are late uses in its operand list, hence live
//! at it, hence in different places; the maps are derived again from the new locations.
//!
//! Two moves become useless on the way and are dropped: stores to a word that is not read afterwards, and loads
//! into a register that is not read before the end of its block (Fastalloc keeps nothing in registers across
//! blocks). Words connected by a move through a register prefer one place, which makes such a pair vanish.

use regalloc2::{OperandKind, OperandPos, PRegSet};

use crate::error::Error;
use crate::inst::MachInst;
use crate::output::{self, Allocated, Item, Loc, Move};
use crate::vcode::{RegEnv, VCode, is_late};

/// A set of words.
#[derive(Clone)]
struct Bits(Vec<u64>);

impl Bits {
    fn new(len: usize) -> Bits {
        Bits(vec![0; len.div_ceil(64)])
    }

    fn insert(&mut self, i: u32) {
        self.0[i as usize / 64] |= 1 << (i % 64);
    }

    fn remove(&mut self, i: u32) {
        self.0[i as usize / 64] &= !(1 << (i % 64));
    }

    fn contains(&self, i: u32) -> bool {
        self.0[i as usize / 64] >> (i % 64) & 1 != 0
    }

    fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().enumerate().flat_map(|(i, &bits)| {
            std::iter::successors((bits != 0).then_some(bits), |b| Some(b & (b - 1)).filter(|b| *b != 0))
                .map(move |b| i as u32 * 64 + b.trailing_zeros())
        })
    }
}

/// A half-open range of half positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Segment {
    start: u32,
    end: u32,
}

struct Coloring<'a, I> {
    vcode: &'a VCode<I>,
    env: &'a RegEnv,
    /// First spill word of the frame.
    base: u32,
    count: usize,
    /// Words of the slot that begins at each word; 0 when none does.
    size: Vec<u32>,
}

/// Makes spill words share places, in an allocation by Fastalloc.
pub(crate) fn color<I: MachInst>(vcode: &VCode<I>, env: &RegEnv, out: &mut Allocated) -> Result<(), Error> {
    let count = out.frame.spill_words() as usize;
    if count == 0 {
        return Ok(());
    }
    let base = out.frame.explicit_words();
    let mut c = Coloring { vcode, env, base, count, size: vec![0; count] };
    let live_out = c.liveness(out);
    let (segments, keep) = c.segments(out, &live_out);
    let hints = c.hints(out, &keep);
    let (place, words) = c.place(&segments, &hints);
    c.rewrite(out, &place, words, &keep);
    c.drop_dead_loads(out);
    output::stack_maps(vcode, env, out)
}

impl<I: MachInst> Coloring<'_, I> {
    /// The spill word of a location.
    fn word(&self, loc: Loc) -> Option<u32> {
        match loc {
            Loc::Word(w) => w.checked_sub(self.base).filter(|&w| (w as usize) < self.count),
            Loc::Reg(_) => None,
        }
    }

    /// Live-out words per block; also learns the size of each slot.
    fn liveness(&mut self, out: &Allocated) -> Vec<Bits> {
        let blocks = self.vcode.num_blocks();
        let empty = Bits::new(self.count);
        let mut read_first = vec![empty.clone(); blocks];
        let mut written = vec![empty.clone(); blocks];
        for block in self.vcode.blocks() {
            let (reads, writes) = (&mut read_first[block.index()], &mut written[block.index()]);
            let mut read = |w: u32, writes: &Bits| {
                if !writes.contains(w) {
                    reads.insert(w);
                }
            };
            for item in out.items(self.vcode, block) {
                match item {
                    Item::Move(m) => {
                        let words = self.env.spill_words(m.class);
                        if let Some(w) = self.word(m.from) {
                            self.size[w as usize] = self.size[w as usize].max(words);
                            read(w, writes);
                        }
                        if let Some(w) = self.word(m.to) {
                            self.size[w as usize] = self.size[w as usize].max(words);
                            writes.insert(w);
                        }
                    }
                    Item::Inst(inst, locs) => {
                        for pass in [OperandKind::Use, OperandKind::Def] {
                            for (op, &loc) in self.vcode.operands(inst).iter().zip(locs) {
                                let Some(w) = self.word(loc).filter(|_| op.kind() == pass) else { continue };
                                let words = self.env.spill_words(op.class());
                                self.size[w as usize] = self.size[w as usize].max(words);
                                match pass {
                                    OperandKind::Use => read(w, writes),
                                    OperandKind::Def => writes.insert(w),
                                }
                            }
                        }
                    }
                }
            }
        }
        let mut live_in = read_first;
        let mut live_out = vec![empty; blocks];
        let mut changed = true;
        while std::mem::take(&mut changed) {
            for block in self.vcode.blocks().rev() {
                let b = block.index();
                for &succ in self.vcode.succs(block) {
                    for i in 0..live_out[b].0.len() {
                        let new = live_in[succ.index()].0[i] & !live_out[b].0[i];
                        if new != 0 {
                            live_out[b].0[i] |= new;
                            let grown = new & !written[b].0[i] & !live_in[b].0[i];
                            live_in[b].0[i] |= grown;
                            changed |= grown != 0;
                        }
                    }
                }
            }
        }
        live_out
    }

    /// Where each word is live, ascending, and which moves are worth keeping.
    fn segments(&self, out: &Allocated, live_out: &[Bits]) -> (Vec<Vec<Segment>>, Vec<bool>) {
        let mut segments: Vec<Vec<Segment>> = vec![Vec::new(); self.count];
        let mut keep = vec![true; out.moves.len()];
        let mut live = Bits::new(self.count);
        let mut end = vec![0u32; self.count];
        let mut position = out.num_items();
        let mut items: Vec<Item<'_>> = Vec::new();
        for block in self.vcode.blocks().rev() {
            let mut next_move = out.block_moves[block.index() + 1] as usize;
            live.0.copy_from_slice(&live_out[block.index()].0);
            for w in live.iter() {
                end[w as usize] = 2 * position;
            }
            let mut live_regs = PRegSet::empty();
            items.clear();
            items.extend(out.items(self.vcode, block));
            for item in items.iter().rev() {
                position -= 1;
                let (early, late) = (2 * position, 2 * position + 1);
                let mut write = |w: u32, at: u32, live: &mut Bits| {
                    let until = if live.contains(w) { end[w as usize] } else { late + 1 };
                    live.remove(w);
                    segments[w as usize].push(Segment { start: at, end: until });
                };
                match *item {
                    Item::Move(m) => {
                        next_move -= 1;
                        let needed = match m.to {
                            Loc::Reg(p) => {
                                live_regs.contains(p) || self.env.env.fixed_stack_slots.contains(&p)
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
            for w in live.iter() {
                segments[w as usize].push(Segment { start: 2 * position, end: end[w as usize] });
            }
        }
        for list in &mut segments {
            list.reverse();
            list.dedup_by(|next, last| {
                let touch = next.start <= last.end;
                if touch {
                    last.end = last.end.max(next.end);
                }
                touch
            });
        }
        (segments, keep)
    }

    /// Pairs of words connected by a load and a store of one register.
    fn hints(&self, out: &Allocated, keep: &[bool]) -> Vec<(u32, u32)> {
        let mut hints = Vec::new();
        let kept: Vec<&Move> = out.moves.iter().zip(keep).filter(|m| *m.1).map(|m| m.0).collect();
        for pair in kept.windows(2) {
            if pair[0].to == pair[1].from
                && pair[0].before == pair[1].before
                && let (Some(a), Some(b)) = (self.word(pair[0].from), self.word(pair[1].to))
                && a != b
            {
                hints.push((a, b));
                hints.push((b, a));
            }
        }
        hints.sort_unstable();
        hints.dedup();
        hints
    }

    /// The new word of each word, and how many words that takes. Wide slots come first, aligned.
    fn place(&self, segments: &[Vec<Segment>], hints: &[(u32, u32)]) -> (Vec<u32>, u32) {
        let mut place = vec![u32::MAX; self.count];
        let mut order: Vec<u32> =
            (0..self.count as u32).filter(|&w| !segments[w as usize].is_empty()).collect();
        order.sort_by_key(|&w| segments[w as usize][0]);
        let mut first = 0;
        let mut sizes: Vec<u32> = self.size.clone();
        sizes.sort_unstable_by_key(|&s| std::cmp::Reverse(s));
        sizes.dedup();
        for size in sizes.into_iter().filter(|&s| s > 0) {
            let mut colors: Vec<Vec<Segment>> = Vec::new();
            let mut color_of = vec![u32::MAX; self.count];
            for &w in order.iter().filter(|&&w| self.size[w as usize] == size) {
                let mine = &segments[w as usize];
                let partners = hints.partition_point(|h| h.0 < w);
                let preferred = hints[partners..]
                    .iter()
                    .take_while(|h| h.0 == w)
                    .map(|h| color_of[h.1 as usize])
                    .find(|&c| c != u32::MAX && is_free(&colors[c as usize], mine));
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
        let base = self.base;
        let new = |loc: Loc| match self.word(loc) {
            Some(w) => Loc::Word(base + place[w as usize]),
            None => loc,
        };
        for loc in &mut out.locs {
            *loc = new(*loc);
        }
        let mut moves: Vec<Move> = Vec::with_capacity(out.moves.len());
        let mut block_moves = Vec::with_capacity(out.block_moves.len());
        for block in self.vcode.blocks() {
            block_moves.push(moves.len() as u32);
            let first = moves.len();
            for i in out.block_moves[block.index()]..out.block_moves[block.index() + 1] {
                if !keep[i as usize] {
                    continue;
                }
                let old = out.moves[i as usize];
                let m = Move { from: new(old.from), to: new(old.to), ..old };
                // Storing to a word what was just loaded from it.
                if let Some(last) = moves[first..].last()
                    && last.before == m.before
                    && last.from == m.to
                    && last.to == m.from
                {
                    continue;
                }
                moves.push(m);
            }
        }
        block_moves.push(moves.len() as u32);
        out.moves = moves;
        out.block_moves = block_moves;
        out.frame.set_spill_words(words);
    }

    /// Drops moves into registers that nothing reads any more, now that stores have gone.
    fn drop_dead_loads(&self, out: &mut Allocated) {
        let mut keep = vec![true; out.moves.len()];
        for block in self.vcode.blocks() {
            let mut live = PRegSet::empty();
            let range = out.block_moves[block.index()]..out.block_moves[block.index() + 1];
            let mut next_move = range.end;
            for inst in self.vcode.block_insts(block).iter().rev() {
                let operands = self.vcode.operands(inst);
                for kind in [OperandKind::Def, OperandKind::Use] {
                    for (op, &loc) in operands.iter().zip(out.locs(inst)) {
                        match loc {
                            Loc::Reg(p) if op.kind() == kind && kind == OperandKind::Def => live.remove(p),
                            Loc::Reg(p) if op.kind() == kind => live.add(p),
                            _ => {}
                        }
                    }
                }
                while next_move > range.start && out.moves[next_move as usize - 1].before == inst {
                    next_move -= 1;
                    let m = out.moves[next_move as usize];
                    if let Loc::Reg(p) = m.to
                        && !self.env.env.fixed_stack_slots.contains(&p)
                    {
                        if !live.contains(p) {
                            keep[next_move as usize] = false;
                            continue;
                        }
                        live.remove(p);
                    }
                    if let Loc::Reg(p) = m.from {
                        live.add(p);
                    }
                }
            }
        }
        let mut kept_before = Vec::with_capacity(keep.len() + 1);
        let mut kept = 0u32;
        for &k in &keep {
            kept_before.push(kept);
            kept += u32::from(k);
        }
        kept_before.push(kept);
        for b in &mut out.block_moves {
            *b = kept_before[*b as usize];
        }
        let mut flags = keep.into_iter();
        out.moves.retain(|_| flags.next().unwrap_or(true));
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
    let sorted = taken.last().is_none_or(|last| last.end <= segments[0].start);
    taken.extend_from_slice(segments);
    if !sorted {
        taken.sort_unstable();
    }
}
