//! Building a [`VCode`].
//!
//! Lowering creates blocks, starts each once in any order, pushes instructions and terminates it. The first
//! block created is the entry: it has no parameters (function arguments are fixed definitions of a first
//! instruction) and no predecessors. [`VCodeBuilder::finish`] drops unreachable blocks, splits critical edges,
//! orders blocks, collects operands, checks the rules, and completes call safepoints with the live values.

use std::ops::Range;

use cranelift_entity::PrimaryMap;
use regalloc2::{Block, Operand, PRegSet, RegClass, VReg};
use smallvec::SmallVec;

use crate::cfg::Graph;
use crate::error::Error;
use crate::frame::{FrameSlot, SlotData, SlotInit};
use crate::inst::{MachInst, OperandCollector, Role, SafepointKind};
use crate::vcode::{BlockData, LabelRequest, Origin, RegEnv, Safepoint, SafepointSite, VCode, ValueKind};
use crate::{liveness, validate};

/// An instruction during building. Only labels refer to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BuildInst(u32);

#[derive(Clone, Default)]
struct BuildBlock {
    insts: Range<u32>,
    params: SmallVec<[VReg; 4]>,
    /// Successors with their arguments as ranges of the pool.
    succs: SmallVec<[(u32, Range<u32>); 2]>,
    cold: bool,
    started: bool,
    terminated: bool,
}

#[derive(Clone)]
struct BuildLabel {
    vreg: VReg,
    label: u32,
    from: BuildInst,
    to: Option<BuildInst>,
}

/// Builds one function.
#[derive(Clone)]
pub struct VCodeBuilder<I> {
    insts: Vec<I>,
    origins: Vec<Origin>,
    /// Sorted by instruction, as they are pushed in that order.
    sites: Vec<(u32, SafepointSite)>,
    blocks: Vec<BuildBlock>,
    current: Option<u32>,
    pool: Vec<VReg>,
    kinds: Vec<ValueKind>,
    classes: Vec<RegClass>,
    slots: PrimaryMap<FrameSlot, SlotData>,
    labels: Vec<BuildLabel>,
    misuse: Option<String>,
}

impl<I: MachInst> Default for VCodeBuilder<I> {
    fn default() -> Self {
        VCodeBuilder::new()
    }
}

impl<I: MachInst> VCodeBuilder<I> {
    /// An empty function.
    pub fn new() -> VCodeBuilder<I> {
        VCodeBuilder {
            insts: Vec::new(),
            origins: Vec::new(),
            sites: Vec::new(),
            blocks: Vec::new(),
            current: None,
            pool: Vec::new(),
            kinds: Vec::new(),
            classes: Vec::new(),
            slots: PrimaryMap::new(),
            labels: Vec::new(),
            misuse: None,
        }
    }

    /// An empty function, with room for this many instructions.
    pub fn with_capacity(insts: usize) -> VCodeBuilder<I> {
        let mut builder = VCodeBuilder::new();
        builder.insts.reserve(insts);
        builder.origins.reserve(insts);
        builder.kinds.reserve(insts);
        builder.classes.reserve(insts);
        builder
    }

    /// A new virtual register. Every register is defined exactly once: by one operand, or as one parameter.
    pub fn new_vreg(&mut self, class: RegClass, kind: ValueKind) -> VReg {
        let v = VReg::new(self.kinds.len(), class);
        self.kinds.push(kind);
        self.classes.push(class);
        v
    }

    /// The kind of a register of this function.
    pub fn kind(&self, v: VReg) -> ValueKind {
        self.kinds[v.vreg()]
    }

    /// A new block; the first one is the entry.
    pub fn new_block(&mut self) -> Block {
        self.blocks.push(BuildBlock::default());
        Block::new(self.blocks.len() - 1)
    }

    /// Adds a parameter to a block.
    pub fn block_param(&mut self, block: Block, class: RegClass, kind: ValueKind) -> VReg {
        let v = self.new_vreg(class, kind);
        self.blocks[block.index()].params.push(v);
        v
    }

    /// Says that the block is rarely executed; it is placed behind the warm ones.
    pub fn mark_cold(&mut self, block: Block) {
        self.blocks[block.index()].cold = true;
    }

    /// A new explicit frame slot.
    pub fn new_slot(&mut self, kind: ValueKind, words: u32, init: SlotInit) -> FrameSlot {
        if kind == ValueKind::Derived || words == 0 || (kind == ValueKind::Term && words != 1) {
            self.fail(format!("a frame slot cannot be {words} words of {kind:?}"));
        }
        self.slots.push(SlotData { kind, words, init })
    }

    /// Starts filling a block. The previous one must have been terminated.
    pub fn start_block(&mut self, block: Block) {
        if let Some(open) = self.current {
            self.fail(format!("block{} started before block{open} was terminated", block.index()));
        }
        let at = self.insts.len() as u32;
        let b = &mut self.blocks[block.index()];
        if std::mem::replace(&mut b.started, true) {
            self.fail(format!("block{} started twice", block.index()));
            return;
        }
        b.insts = at..at;
        self.current = Some(block.index() as u32);
    }

    /// The instruction that the next push makes: a position for labels.
    pub fn next_inst(&self) -> BuildInst {
        BuildInst(self.insts.len() as u32)
    }

    /// Appends an instruction to the current block.
    pub fn push(&mut self, inst: I, origin: Origin) -> BuildInst {
        if self.current.is_none() {
            self.fail(format!("{inst:?} pushed outside a block"));
        }
        if matches!(inst.role(), Role::Branch | Role::Return) {
            self.fail(format!("terminator {inst:?} pushed as a plain instruction"));
        }
        self.append(inst, origin)
    }

    /// Appends a safepoint with its listed slots and handler.
    pub fn push_safepoint(&mut self, inst: I, origin: Origin, site: SafepointSite) -> BuildInst {
        if inst.safepoint().is_none() {
            self.fail(format!("{inst:?} is no safepoint"));
        }
        self.sites.push((self.insts.len() as u32, site));
        self.push(inst, origin)
    }

    /// Ends the current block: a branch with its successors and the arguments for each, or a return.
    pub fn terminate(&mut self, inst: I, origin: Origin, succs: &[(Block, &[VReg])]) -> BuildInst {
        let legal = match inst.role() {
            Role::Branch => !succs.is_empty(),
            Role::Return => succs.is_empty(),
            Role::Plain | Role::LandingPad => false,
        };
        if !legal {
            self.fail(format!("{inst:?} cannot end a block with {} successors", succs.len()));
        }
        let Some(block) = self.current.take() else {
            self.fail(format!("terminator {inst:?} outside a block"));
            return self.next_inst();
        };
        let id = self.append(inst, origin);
        for &(succ, args) in succs {
            let start = self.pool.len() as u32;
            self.pool.extend_from_slice(args);
            let args = start..self.pool.len() as u32;
            self.blocks[block as usize].succs.push((succ.index() as u32, args));
        }
        let b = &mut self.blocks[block as usize];
        b.terminated = true;
        b.insts.end = self.insts.len() as u32;
        id
    }

    /// Asks where `vreg`, known to a debugger as `label`, is from `from` up to `to` (exclusive; `None`: the end
    /// of the block). Both must be in one block.
    pub fn label_value(&mut self, vreg: VReg, label: u32, from: BuildInst, to: Option<BuildInst>) {
        self.labels.push(BuildLabel { vreg, label, from, to });
    }

    fn append(&mut self, inst: I, origin: Origin) -> BuildInst {
        let id = self.next_inst();
        self.insts.push(inst);
        self.origins.push(origin);
        id
    }

    fn fail(&mut self, what: String) {
        self.misuse.get_or_insert(what);
    }

    /// Completes the function for the registers of a target.
    pub fn finish(mut self, env: &RegEnv) -> Result<VCode<I>, Error> {
        if let Some(open) = self.current {
            self.fail(format!("block{open} was not terminated"));
        }
        if self.blocks.is_empty() {
            self.fail("a function without blocks".into());
        }
        if self.insts.len() >= u32::MAX as usize / 4 || self.kinds.len() >= VReg::MAX {
            return Err(Error::Unsupported("a function of more than a thousand million instructions".into()));
        }
        for (i, b) in self.blocks.iter().enumerate() {
            for &(s, _) in &b.succs {
                if s as usize >= self.blocks.len() {
                    self.misuse.get_or_insert(format!("block{i} branches to block{s}, which does not exist"));
                }
            }
        }
        if let Some(what) = self.misuse.take() {
            return Err(Error::bug(what));
        }
        let graph = self.split_critical_edges()?;
        let order = graph.order(self.blocks.iter().map(|b| b.cold).collect());
        let mut vcode = self.assemble(&order.blocks, &order.cold)?;
        let fixed_defs = collect_operands(&mut vcode)?;
        collect_clobbers(&mut vcode, env, &fixed_defs);
        validate::check(&vcode, env)?;
        liveness::complete(&mut vcode)?;
        Ok(vcode)
    }

    /// Puts a block on every edge from a block with several successors to one with several predecessors, so
    /// that each move on an edge has one place that belongs to the edge alone.
    fn split_critical_edges(&mut self) -> Result<Graph, Error> {
        let graph = self.graph();
        let old_blocks = self.blocks.len();
        let reachable = graph.reachable();
        let mut preds = vec![0u32; self.blocks.len()];
        preds[0] = 1;
        for (b, _) in self.blocks.iter().enumerate().filter(|&(b, _)| reachable[b]) {
            if !self.blocks[b].terminated {
                return Err(Error::bug(format!("block{b} is reachable but has no code")));
            }
            for &s in graph.succs(b as u32) {
                preds[s as usize] += 1;
            }
        }
        for (b, _) in reachable.iter().enumerate().filter(|r| *r.1) {
            if self.blocks[b].succs.len() < 2 {
                continue;
            }
            for i in 0..self.blocks[b].succs.len() {
                let (target, args) = self.blocks[b].succs[i].clone();
                if preds[target as usize] < 2 {
                    continue;
                }
                let start = self.insts.len() as u32;
                let last = self.blocks[b].insts.end as usize - 1;
                let origin = self.origins[last];
                self.append(I::jump(), origin);
                let edge = self.blocks.len() as u32;
                let no_args = args.start..args.start;
                self.blocks.push(BuildBlock {
                    insts: start..start + 1,
                    params: SmallVec::new(),
                    succs: SmallVec::from_iter([(target, args)]),
                    cold: self.blocks[b].cold || self.blocks[target as usize].cold,
                    started: true,
                    terminated: true,
                });
                self.blocks[b].succs[i] = (edge, no_args);
            }
        }
        Ok(if self.blocks.len() == old_blocks { graph } else { self.graph() })
    }

    fn graph(&self) -> Graph {
        let mut edges = Vec::with_capacity(self.blocks.len() * 2);
        for (i, b) in self.blocks.iter().enumerate() {
            edges.extend(b.succs.iter().map(|s| (i as u32, s.0)));
        }
        Graph::new(self.blocks.len(), &edges)
    }

    /// Copies everything in the final order and renumbers blocks and instructions.
    fn assemble(self, order: &[u32], cold: &[bool]) -> Result<VCode<I>, Error> {
        let count = self.insts.len();
        let mut new_block = vec![u32::MAX; self.blocks.len()];
        for (i, &b) in order.iter().enumerate() {
            new_block[b as usize] = i as u32;
        }
        let mut new_inst = vec![u32::MAX; count];
        let mut vcode = VCode {
            insts: Vec::with_capacity(count),
            origins: Vec::with_capacity(count),
            operands: Vec::with_capacity(count * 3),
            operand_ends: Vec::with_capacity(count),
            clobbers: Vec::with_capacity(count),
            clobber_sets: vec![PRegSet::empty()],
            roles: Vec::with_capacity(count),
            at_safepoint: Vec::with_capacity(count),
            blocks: Vec::with_capacity(order.len()),
            succs: Vec::new(),
            succ_args: Vec::new(),
            preds: Vec::new(),
            vreg_pool: self.pool,
            kinds: self.kinds,
            classes: self.classes,
            slots: self.slots,
            safepoints: Vec::new(),
            labels: Vec::new(),
        };
        let mut insts: Vec<Option<I>> = self.insts.into_iter().map(Some).collect();
        for &b in order {
            let block = &self.blocks[b as usize];
            let start = vcode.insts.len() as u32;
            for old in block.insts.clone() {
                let old = old as usize;
                if let Some(inst) = insts[old].take() {
                    let number = vcode.insts.len() as u32;
                    new_inst[old] = number;
                    vcode.roles.push(inst.role());
                    let kind = inst.safepoint();
                    vcode.at_safepoint.push(kind.is_some());
                    if let Some(kind) = kind {
                        let site = SafepointSite::default();
                        vcode.safepoints.push(Safepoint { inst: number, kind, own_operands: 0, site });
                    }
                    vcode.insts.push(inst);
                    vcode.origins.push(self.origins[old]);
                }
            }
            let handler = vcode.roles.get(start as usize) == Some(&Role::LandingPad);
            let pool = vcode.vreg_pool.len() as u32;
            vcode.vreg_pool.extend_from_slice(&block.params);
            let succs = vcode.succs.len() as u32;
            for (s, args) in &block.succs {
                vcode.succs.push(Block::new(new_block[*s as usize] as usize));
                vcode.succ_args.push(args.clone());
            }
            vcode.blocks.push(BlockData {
                insts: start..vcode.insts.len() as u32,
                params: pool..vcode.vreg_pool.len() as u32,
                succs: succs..vcode.succs.len() as u32,
                preds: 0..0,
                cold: cold[b as usize],
                handler,
            });
        }
        fill_preds(&mut vcode);

        let mut sites = self.sites;
        for (old, site) in sites.drain(..) {
            let inst = new_inst[old as usize];
            let Ok(at) = vcode.safepoints.binary_search_by_key(&inst, |s| s.inst) else { continue };
            let handler = match site.handler {
                None => None,
                Some(h) => match new_block.get(h.index()) {
                    Some(&n) if n != u32::MAX => Some(Block::new(n as usize)),
                    _ => return Err(Error::bug(format!("handler block{} is not reachable", h.index()))),
                },
            };
            vcode.safepoints[at].site = SafepointSite { slots: site.slots, handler };
        }

        // Build order of blocks, to find a label's block.
        let mut by_start: Vec<(u32, u32, u32)> = Vec::new();
        if !self.labels.is_empty() {
            by_start.extend(order.iter().map(|&b| {
                let r = &self.blocks[b as usize].insts;
                (r.start, r.end, new_inst[r.start as usize])
            }));
            by_start.sort_unstable();
        }
        for l in &self.labels {
            let at = by_start.partition_point(|r| r.0 <= l.from.0);
            // A label in an unreachable block goes with the block.
            let Some(&(start, end, new)) = at.checked_sub(1).and_then(|i| by_start.get(i)) else { continue };
            if l.from.0 >= end {
                continue;
            }
            let to = l.to.map_or(end, |t| t.0);
            if to > end || to < l.from.0 {
                return Err(Error::bug(format!("label {} of {} leaves its block", l.label, l.vreg)));
            }
            let shift = |old: u32| old - start + new;
            vcode.labels.push(LabelRequest {
                vreg: l.vreg,
                label: l.label,
                from: shift(l.from.0),
                to: shift(to),
            });
        }
        Ok(vcode)
    }
}

fn fill_preds<I>(vcode: &mut VCode<I>) {
    let mut counts = vec![0u32; vcode.blocks.len() + 1];
    for s in &vcode.succs {
        counts[s.index() + 1] += 1;
    }
    for i in 1..counts.len() {
        counts[i] += counts[i - 1];
    }
    vcode.preds = vec![Block::new(0); vcode.succs.len()];
    for (i, b) in vcode.blocks.iter_mut().enumerate() {
        b.preds = counts[i]..counts[i + 1];
    }
    let mut next = counts;
    for b in 0..vcode.blocks.len() {
        for s in vcode.blocks[b].succs.clone() {
            let s = vcode.succs[s as usize].index();
            vcode.preds[next[s] as usize] = Block::new(b);
            next[s] += 1;
        }
    }
}

/// Fills the operand pool. Returns the fixed definitions of each safepoint.
fn collect_operands<I: MachInst>(vcode: &mut VCode<I>) -> Result<Vec<PRegSet>, Error> {
    let mut fixed_defs = Vec::with_capacity(vcode.safepoints.len());
    let mut safepoint = 0;
    for (i, inst) in vcode.insts.iter().enumerate() {
        let start = vcode.operands.len();
        let mut collector = OperandCollector::new(&mut vcode.operands);
        inst.operands(&mut collector);
        if collector.reuse_overflow {
            return Err(Error::bug(format!("{inst:?} reuses an operand beyond the 32nd")));
        }
        vcode.operand_ends.push(vcode.operands.len() as u32);
        if vcode.safepoints.get(safepoint).is_some_and(|s| s.inst == i as u32) {
            let own: &[Operand] = &vcode.operands[start..];
            vcode.safepoints[safepoint].own_operands = own.len() as u32;
            fixed_defs.push(own.iter().filter_map(|&op| validate::fixed_def(op)).collect());
            safepoint += 1;
        }
    }
    Ok(fixed_defs)
}

/// Fills the clobber sets; call safepoints lose every register except the ones they define.
fn collect_clobbers<I: MachInst>(vcode: &mut VCode<I>, env: &RegEnv, fixed_defs: &[PRegSet]) {
    let mut safepoint = 0;
    for (i, inst) in vcode.insts.iter().enumerate() {
        let mut set = inst.clobbers();
        if vcode.at_safepoint[i] {
            if vcode.safepoints[safepoint].kind == SafepointKind::Call {
                set.union_from(env.call_clobbers);
                // A register both clobbered and defined makes one allocator panic and the other miscompile.
                set.intersect_from(fixed_defs[safepoint].invert());
            }
            safepoint += 1;
        }
        // There are very few different sets: one for each register in which results come.
        let sets = &mut vcode.clobber_sets;
        let number = match sets.iter().position(|&s| s == set) {
            Some(number) => number,
            None => {
                sets.push(set);
                sets.len() - 1
            }
        };
        vcode.clobbers.push(number as u32);
    }
}
