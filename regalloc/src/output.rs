//! What emission gets: streams of instructions and moves, stack maps, and value locations.

use std::fmt;
use std::ops::Range;

use regalloc2::{Allocation, Block, Edit, Inst, InstPosition, PReg, PRegSet, RegClass};
use smallvec::SmallVec;

use crate::error::Error;
use crate::frame::FrameLayout;
use crate::inst::{MachInst, SafepointKind};
use crate::vcode::{RegEnv, VCode, ValueKind, is_use};

/// Where a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Loc {
    /// A physical register. A register of [`regalloc2::MachineEnv::fixed_stack_slots`] is memory.
    Reg(PReg),
    /// A word of the frame, counted from the stack pointer.
    Word(u32),
}

impl fmt::Display for Loc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Loc::Reg(p) => write!(f, "{p}"),
            Loc::Word(w) => write!(f, "[{w}]"),
        }
    }
}

/// A move that the allocator inserted before an instruction. At most one side is memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// The instruction before which the move stands.
    pub before: Inst,
    /// Source.
    pub from: Loc,
    /// Destination.
    pub to: Loc,
    /// Register class of the value.
    pub class: RegClass,
}

/// One item of a block's stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// An instruction with the location of each operand. Locations behind the operands that the instruction
    /// reports itself belong to the stack map.
    Inst(Inst, &'a [Loc]),
    /// A move.
    Move(Move),
}

/// The collector's view of the frame at a safepoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackMap {
    /// The safepoint.
    pub inst: Inst,
    /// Its kind.
    pub kind: SafepointKind,
    /// Landing pad block of a raise, if it stays in this frame.
    pub handler: Option<Block>,
    /// At a cold safepoint: registers in which the instruction takes terms, for the shared stub to visit.
    pub term_regs: PRegSet,
    pub(crate) terms: Range<u32>,
    pub(crate) raws: Range<u32>,
}

/// Where a labelled value is, over a range of stream positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ValueRange {
    /// The label of the request.
    pub label: u32,
    /// First position.
    pub from: u32,
    /// Position after the last.
    pub to: u32,
    /// The location.
    pub loc: Loc,
}

/// An allocated function. Positions in streams count the items of all blocks in emission order.
#[derive(Clone, Debug, Default)]
pub struct Allocated {
    pub(crate) locs: Vec<Loc>,
    /// End of each instruction's locations.
    pub(crate) loc_ends: Vec<u32>,
    /// Sorted by `before`; moves of one instruction in execution order.
    pub(crate) moves: Vec<Move>,
    /// First move of each block, and the number of moves at the end.
    pub(crate) block_moves: Vec<u32>,
    pub(crate) maps: Vec<StackMap>,
    pub(crate) map_words: Vec<u32>,
    pub(crate) frame: FrameLayout,
}

impl Allocated {
    /// The stream of a block.
    pub fn items<'a, I: MachInst>(&'a self, vcode: &VCode<I>, block: Block) -> Items<'a> {
        let r = &vcode.blocks[block.index()].insts;
        let m = self.block_moves[block.index()]..self.block_moves[block.index() + 1];
        Items { out: self, next: r.start, end: r.end, next_move: m.start, end_move: m.end }
    }

    /// The stream position of a block's first item.
    pub fn block_position<I: MachInst>(&self, vcode: &VCode<I>, block: Block) -> u32 {
        vcode.blocks[block.index()].insts.start + self.block_moves[block.index()]
    }

    /// For each block the block to branch to instead of it: itself, unless nothing but a jump was left in it, as in
    /// most blocks made by edge splitting. Emission leaves out the blocks that are not their own target (their items
    /// still count as positions).
    pub fn targets<I: MachInst>(&self, vcode: &VCode<I>) -> Vec<Block> {
        let next = |block: Block| {
            let insts = vcode.block_insts(block);
            let only_a_jump = insts.len() == 1
                && block.index() > 0
                && self.moves_in(block).is_empty()
                && vcode.succs(block).len() == 1
                && vcode.operands(insts.first()).is_empty()
                && vcode.clobbers(insts.first()) == PRegSet::empty();
            only_a_jump.then(|| vcode.succs(block)[0])
        };
        let follow = |block: Block| {
            let mut at = block;
            for _ in 0..vcode.num_blocks() {
                match next(at) {
                    Some(to) => at = to,
                    None => return at,
                }
            }
            // An empty infinite loop: it stays.
            block
        };
        vcode.blocks().map(follow).collect()
    }

    /// Locations of an instruction's operands.
    pub fn locs(&self, inst: Inst) -> &[Loc] {
        let i = inst.index();
        let start = if i == 0 { 0 } else { self.loc_ends[i - 1] as usize };
        &self.locs[start..self.loc_ends[i] as usize]
    }

    /// All moves, in emission order.
    pub fn moves(&self) -> &[Move] {
        &self.moves
    }

    /// The moves of one block.
    pub fn moves_in(&self, block: Block) -> &[Move] {
        let b = block.index();
        &self.moves[self.block_moves[b] as usize..self.block_moves[b + 1] as usize]
    }

    /// The frame.
    pub fn frame(&self) -> &FrameLayout {
        &self.frame
    }

    /// Stack maps in instruction order.
    pub fn stack_maps(&self) -> &[StackMap] {
        &self.maps
    }

    /// The stack map of this instruction, if it is a safepoint.
    pub fn stack_map(&self, inst: Inst) -> Option<&StackMap> {
        let at = self.maps.binary_search_by_key(&inst, |m| m.inst).ok()?;
        Some(&self.maps[at])
    }

    /// Frame words that hold live terms at the safepoint, ascending.
    pub fn term_words(&self, map: &StackMap) -> &[u32] {
        &self.map_words[map.terms.start as usize..map.terms.end as usize]
    }

    /// Frame words that hold live untagged values at the safepoint, ascending.
    pub fn raw_words(&self, map: &StackMap) -> &[u32] {
        &self.map_words[map.raws.start as usize..map.raws.end as usize]
    }

    /// Drops the moves that are not to be kept.
    pub(crate) fn retain_moves(&mut self, keep: &[bool]) {
        let mut kept_before = Vec::with_capacity(keep.len() + 1);
        let mut kept = 0u32;
        for &k in keep {
            kept_before.push(kept);
            kept += u32::from(k);
        }
        kept_before.push(kept);
        for b in &mut self.block_moves {
            *b = kept_before[*b as usize];
        }
        let mut flags = keep.iter().copied();
        self.moves.retain(|_| flags.next().unwrap_or(true));
    }

    /// The number of stream positions.
    pub fn num_items(&self) -> u32 {
        (self.loc_ends.len() + self.moves.len()) as u32
    }

    /// A dump of the allocated function.
    pub fn display<'a, I: MachInst>(&'a self, vcode: &'a VCode<I>) -> impl fmt::Display + 'a {
        Dump { out: self, vcode }
    }
}

/// Iterator over the stream of one block.
pub struct Items<'a> {
    out: &'a Allocated,
    next: u32,
    end: u32,
    next_move: u32,
    end_move: u32,
}

impl<'a> Iterator for Items<'a> {
    type Item = Item<'a>;

    fn next(&mut self) -> Option<Item<'a>> {
        if self.next_move < self.end_move {
            let m = self.out.moves[self.next_move as usize];
            if self.next == self.end || m.before.index() <= self.next as usize {
                self.next_move += 1;
                return Some(Item::Move(m));
            }
        }
        if self.next == self.end {
            return None;
        }
        let inst = Inst::new(self.next as usize);
        self.next += 1;
        Some(Item::Inst(inst, self.out.locs(inst)))
    }
}

impl<'a> DoubleEndedIterator for Items<'a> {
    fn next_back(&mut self) -> Option<Item<'a>> {
        if self.next_move < self.end_move {
            let m = self.out.moves[self.end_move as usize - 1];
            if m.before.index() >= self.end as usize {
                self.end_move -= 1;
                return Some(Item::Move(m));
            }
        }
        if self.next == self.end {
            return None;
        }
        self.end -= 1;
        let inst = Inst::new(self.end as usize);
        Some(Item::Inst(inst, self.out.locs(inst)))
    }
}

struct Dump<'a, I> {
    out: &'a Allocated,
    vcode: &'a VCode<I>,
}

impl<I: MachInst> fmt::Display for Dump<'_, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let frame = &self.out.frame;
        writeln!(
            f,
            "frame {} = {} explicit + {} spill",
            frame.frame_words(),
            frame.explicit_words(),
            frame.spill_words()
        )?;
        for block in self.vcode.blocks() {
            self.vcode.write_block_head(f, block)?;
            for item in self.out.items(self.vcode, block) {
                match item {
                    Item::Move(m) => writeln!(f, "        {} <- {}", m.to, m.from)?,
                    Item::Inst(inst, locs) => {
                        write!(f, "  {:4}  ", inst.index())?;
                        self.vcode.write_inst(f, inst, Some(locs))?;
                        if let Some(map) = self.out.stack_map(inst) {
                            write!(
                                f,
                                " terms {:?} raws {:?}",
                                self.out.term_words(map),
                                self.out.raw_words(map)
                            )?;
                        }
                        if inst == self.vcode.block_insts(block).last() {
                            self.vcode.write_succs(f, block)?;
                        }
                        writeln!(f)?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// Turns regalloc2's answer into ours, but for the stack maps.
pub(crate) fn build<I: MachInst>(
    vcode: &VCode<I>,
    env: &RegEnv,
    raw: &regalloc2::Output,
) -> Result<Allocated, Error> {
    let mut frame = FrameLayout::new(&vcode.slots);
    frame.set_spill_words(raw.num_spillslots as u32);
    let loc = |a: Allocation| match (a.as_reg(), a.as_stack()) {
        (Some(p), _) => Loc::Reg(p),
        (None, Some(s)) => Loc::Word(frame.spill_word(s.index() as u32)),
        // Reading it is an error of the check; it is never emitted.
        (None, None) => Loc::Word(u32::MAX),
    };
    let mut out = Allocated {
        locs: raw.allocs.iter().map(|&a| loc(a)).collect(),
        loc_ends: vcode.operand_ends.clone(),
        moves: Vec::with_capacity(raw.edits.len()),
        block_moves: Vec::with_capacity(vcode.num_blocks() + 1),
        ..Allocated::default()
    };
    for (point, Edit::Move { from, to }) in &raw.edits {
        let (from, to) = (loc(*from), loc(*to));
        if from == to {
            continue;
        }
        let class = match (from, to) {
            (Loc::Reg(p), _) | (_, Loc::Reg(p)) => p.class(),
            _ => return Err(Error::bug("the allocator moves from stack to stack")),
        };
        let memory = |l: Loc| match l {
            Loc::Reg(p) => env.env.fixed_stack_slots.contains(&p),
            Loc::Word(_) => true,
        };
        if memory(from) && memory(to) {
            return Err(Error::bug("the allocator moves from stack to stack"));
        }
        let before = match point.pos() {
            InstPosition::Before => point.inst(),
            InstPosition::After => point.inst().next(),
        };
        out.moves.push(Move { before, from, to, class });
    }
    let mut at = 0;
    for block in vcode.blocks() {
        let end = vcode.blocks[block.index()].insts.end as usize;
        out.block_moves.push(at as u32);
        while out.moves.get(at).is_some_and(|m| m.before.index() < end) {
            at += 1;
        }
    }
    out.block_moves.push(at as u32);
    if at != out.moves.len() {
        return Err(Error::bug("the allocator puts a move behind the last instruction"));
    }
    out.frame = frame;
    Ok(out)
}

/// Derives the stack maps from the locations of the live values of each safepoint.
pub(crate) fn stack_maps<I: MachInst>(
    vcode: &VCode<I>,
    env: &RegEnv,
    out: &mut Allocated,
) -> Result<(), Error> {
    let mut raws: Vec<u32> = Vec::new();
    for sp in &vcode.safepoints {
        let inst = Inst::new(sp.inst as usize);
        let operands = vcode.operands(inst);
        let locs = out.locs(inst);
        let own = sp.own_operands as usize;
        let mut terms: SmallVec<[u32; 16]> = SmallVec::new();
        raws.clear();
        let mut term_regs = PRegSet::empty();
        for (op, loc) in operands.iter().zip(locs).skip(own) {
            let Loc::Word(word) = *loc else {
                return Err(Error::bug(format!("inst {}: {op} lives through in {loc}", sp.inst)));
            };
            match vcode.kind(op.vreg()) {
                ValueKind::Term => terms.push(word),
                _ => raws.extend(word..word + env.spill_words(op.class())),
            }
        }
        if sp.kind == SafepointKind::Cold {
            for (op, loc) in operands.iter().zip(locs).take(own) {
                if let (true, Loc::Reg(p)) = (is_use(*op), *loc)
                    && vcode.kind(op.vreg()) == ValueKind::Term
                {
                    term_regs.add(p);
                }
            }
        }
        terms.extend_from_slice(out.frame.entry_init_words());
        terms.extend(sp.site.slots.iter().map(|&s| out.frame.slot_word(s)));
        terms.sort_unstable();
        terms.dedup();
        raws.sort_unstable();
        raws.dedup();
        let start = out.map_words.len() as u32;
        let middle = start + terms.len() as u32;
        out.map_words.extend_from_slice(&terms);
        out.map_words.extend_from_slice(&raws);
        out.maps.push(StackMap {
            inst,
            kind: sp.kind,
            handler: sp.site.handler,
            term_regs,
            terms: start..middle,
            raws: middle..middle + raws.len() as u32,
        });
    }
    Ok(())
}
