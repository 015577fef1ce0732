//! A function of machine instructions over virtual registers, ready for allocation.
//!
//! Instructions are one flat array; each block is a non-empty range of it, and ranges ascend with block
//! numbers. Block order is emission order: blocks before the blocks that they dominate, cold blocks last.
//! Everything variable-sized (operands, successors, arguments) is a range of a shared pool.

use std::fmt;
use std::ops::Range;

use cranelift_entity::PrimaryMap;
use regalloc2::{
    Block, Inst, InstRange, MachineEnv, Operand, OperandKind, OperandPos, PRegSet, RegClass, VReg,
};
use smallvec::SmallVec;

use crate::frame::{FrameSlot, SlotData};
use crate::inst::{MachInst, OperandNames, Role, SafepointKind};

/// What the collector has to know about a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// A tagged term: moved by the collector when a stack map names its word.
    Term,
    /// Untagged bits: survive a collection in a frame word.
    Raw,
    /// An address computed from a term: wrong after any safepoint.
    Derived,
}

/// Registers of a target as the allocator sees them.
#[derive(Clone, Debug)]
pub struct RegEnv {
    pub(crate) env: MachineEnv,
    /// What a call safepoint clobbers: everything that could hold a value.
    pub(crate) call_clobbers: PRegSet,
    pub(crate) float_words: u32,
}

impl RegEnv {
    /// An environment; `float_words` is the number of frame words that a float register needs (1 on 64-bit
    /// targets, 2 on 32-bit ones).
    pub fn new(env: MachineEnv, float_words: u32) -> RegEnv {
        let mut call_clobbers = PRegSet::from(&env);
        for &p in &env.fixed_stack_slots {
            // Argument space belongs to the callee: a value left there would not survive.
            call_clobbers.add(p);
        }
        RegEnv { env, call_clobbers, float_words }
    }

    /// The environment given to regalloc2.
    pub fn machine_env(&self) -> &MachineEnv {
        &self.env
    }

    /// Frame words of a spilled register of this class.
    pub fn spill_words(&self, class: RegClass) -> u32 {
        match class {
            RegClass::Int => 1,
            RegClass::Float => self.float_words,
            RegClass::Vector => 2 * self.float_words,
        }
    }
}

/// Where an instruction comes from: a source location and an IR instruction, both opaque here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    /// Source location number.
    pub loc: u32,
    /// IR instruction number.
    pub ir: u32,
}

impl Origin {
    /// No origin: code made by the compiler.
    pub const NONE: Origin = Origin { loc: u32::MAX, ir: u32::MAX };
}

/// What lowering says about one safepoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SafepointSite {
    /// Term slots with [`crate::SlotInit::Listed`] that hold a term here.
    pub slots: SmallVec<[FrameSlot; 4]>,
    /// Where a raise at this safepoint arrives; `None` leaves the frame.
    pub handler: Option<Block>,
}

/// A safepoint of the finished function.
#[derive(Clone, Debug)]
pub(crate) struct Safepoint {
    pub inst: u32,
    pub kind: SafepointKind,
    /// Number of operands reported by the instruction itself; the rest are live values.
    pub own_operands: u32,
    pub site: SafepointSite,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct BlockData {
    pub insts: Range<u32>,
    pub params: Range<u32>,
    pub succs: Range<u32>,
    pub preds: Range<u32>,
    pub cold: bool,
    pub handler: bool,
}

/// A request to know where a value is: for a debugger's `x[0]`, say. Within one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LabelRequest {
    pub vreg: VReg,
    pub label: u32,
    pub from: u32,
    pub to: u32,
}

/// A finished function over virtual registers. Made by [`crate::VCodeBuilder::finish`].
#[derive(Clone, Debug)]
pub struct VCode<I> {
    pub(crate) insts: Vec<I>,
    pub(crate) origins: Vec<Origin>,
    pub(crate) operands: Vec<Operand>,
    /// End of each instruction's operands.
    pub(crate) operand_ends: Vec<u32>,
    /// Index into `clobber_sets` per instruction; 0 is the empty set.
    pub(crate) clobbers: Vec<u32>,
    pub(crate) clobber_sets: Vec<PRegSet>,
    pub(crate) roles: Vec<Role>,
    /// Which instructions are safepoints, so that the others are not looked for.
    pub(crate) at_safepoint: Vec<bool>,
    pub(crate) blocks: Vec<BlockData>,
    pub(crate) succs: Vec<Block>,
    /// Arguments of each entry of `succs`, as a range of `vreg_pool`.
    pub(crate) succ_args: Vec<Range<u32>>,
    pub(crate) preds: Vec<Block>,
    pub(crate) vreg_pool: Vec<VReg>,
    pub(crate) kinds: Vec<ValueKind>,
    pub(crate) classes: Vec<RegClass>,
    pub(crate) slots: PrimaryMap<FrameSlot, SlotData>,
    pub(crate) safepoints: Vec<Safepoint>,
    pub(crate) labels: Vec<LabelRequest>,
}

impl<I: MachInst> VCode<I> {
    /// Number of instructions.
    pub fn num_insts(&self) -> usize {
        self.insts.len()
    }

    /// Number of blocks.
    pub fn num_blocks(&self) -> usize {
        self.blocks.len()
    }

    /// Number of virtual registers.
    pub fn num_vregs(&self) -> usize {
        self.kinds.len()
    }

    /// Blocks in emission order.
    pub fn blocks(&self) -> impl DoubleEndedIterator<Item = Block> + use<I> {
        (0..self.blocks.len()).map(Block::new)
    }

    /// The instruction.
    pub fn inst(&self, inst: Inst) -> &I {
        &self.insts[inst.index()]
    }

    /// Where the instruction comes from.
    pub fn origin(&self, inst: Inst) -> Origin {
        self.origins[inst.index()]
    }

    /// The instructions of a block.
    pub fn block_insts(&self, block: Block) -> InstRange {
        let r = &self.blocks[block.index()].insts;
        InstRange::new(Inst::new(r.start as usize), Inst::new(r.end as usize))
    }

    /// Successors, in the order given to [`crate::VCodeBuilder::terminate`].
    pub fn succs(&self, block: Block) -> &[Block] {
        &self.succs[range(&self.blocks[block.index()].succs)]
    }

    /// Predecessors.
    pub fn preds(&self, block: Block) -> &[Block] {
        &self.preds[range(&self.blocks[block.index()].preds)]
    }

    /// Block parameters.
    pub fn params(&self, block: Block) -> &[VReg] {
        &self.vreg_pool[range(&self.blocks[block.index()].params)]
    }

    /// Arguments passed to successor number `succ` of `block`.
    pub fn args(&self, block: Block, succ: usize) -> &[VReg] {
        let first = self.blocks[block.index()].succs.start as usize;
        &self.vreg_pool[range(&self.succ_args[first + succ])]
    }

    /// Whether the block was marked cold (or is reached only through cold blocks).
    pub fn is_cold(&self, block: Block) -> bool {
        self.blocks[block.index()].cold
    }

    /// Whether the block begins with a landing pad.
    pub fn is_handler(&self, block: Block) -> bool {
        self.blocks[block.index()].handler
    }

    /// The operands, with the live values that were added to calls.
    pub fn operands(&self, inst: Inst) -> &[Operand] {
        let i = inst.index();
        let start = if i == 0 { 0 } else { self.operand_ends[i - 1] as usize };
        &self.operands[start..self.operand_ends[i] as usize]
    }

    /// The registers clobbered, with those that were added to calls.
    pub fn clobbers(&self, inst: Inst) -> PRegSet {
        self.clobber_sets[self.clobbers[inst.index()] as usize]
    }

    /// Whether any register is clobbered.
    pub(crate) fn has_clobbers(&self, inst: Inst) -> bool {
        self.clobbers[inst.index()] != 0
    }

    /// The kind of a virtual register.
    pub fn kind(&self, v: VReg) -> ValueKind {
        self.kinds[v.vreg()]
    }

    /// Explicit frame slots.
    pub fn slots(&self) -> &PrimaryMap<FrameSlot, SlotData> {
        &self.slots
    }

    /// What lowering said about the safepoint at this instruction, if it is one.
    pub fn safepoint_site(&self, inst: Inst) -> Option<&SafepointSite> {
        self.safepoint(inst.index() as u32).map(|s| &s.site)
    }

    pub(crate) fn safepoint(&self, inst: u32) -> Option<&Safepoint> {
        if !self.at_safepoint[inst as usize] {
            return None;
        }
        let at = self.safepoints.binary_search_by_key(&inst, |s| s.inst).ok()?;
        Some(&self.safepoints[at])
    }

    /// Writes one instruction, as in a dump.
    pub(crate) fn write_inst(
        &self,
        f: &mut fmt::Formatter<'_>,
        inst: Inst,
        locs: Option<&[crate::output::Loc]>,
    ) -> fmt::Result {
        let operands = self.operands(inst);
        let names = OperandNames { operands, locs };
        self.inst(inst).format(f, names)?;
        if let Some(sp) = self.safepoint(inst.index() as u32) {
            write!(f, "  !{:?}[", sp.kind)?;
            let mut sep = "";
            for i in sp.own_operands..operands.len() as u32 {
                write!(f, "{sep}{}", names.name(i))?;
                sep = " ";
            }
            for slot in &sp.site.slots {
                write!(f, "{sep}{slot}")?;
                sep = " ";
            }
            write!(f, "]")?;
            if let Some(h) = sp.site.handler {
                write!(f, " ->block{}", h.index())?;
            }
        }
        Ok(())
    }

    /// Writes the head of a block: name, parameters, predecessors.
    pub(crate) fn write_block_head(&self, f: &mut fmt::Formatter<'_>, block: Block) -> fmt::Result {
        write!(f, "block{}", block.index())?;
        if !self.params(block).is_empty() {
            write!(f, "(")?;
            for (i, &p) in self.params(block).iter().enumerate() {
                write!(f, "{}{p}: {:?}", if i == 0 { "" } else { ", " }, self.kind(p))?;
            }
            write!(f, ")")?;
        }
        let data = &self.blocks[block.index()];
        let mark = match (data.handler, data.cold) {
            (true, _) => " handler",
            (_, true) => " cold",
            _ => "",
        };
        writeln!(f, ":{mark}")
    }

    /// Writes the successors and arguments behind a terminator.
    pub(crate) fn write_succs(&self, f: &mut fmt::Formatter<'_>, block: Block) -> fmt::Result {
        for (i, succ) in self.succs(block).iter().enumerate() {
            write!(f, "{}block{}", if i == 0 { "  -> " } else { ", " }, succ.index())?;
            let args = self.args(block, i);
            if !args.is_empty() {
                let args: Vec<String> = args.iter().map(|a| a.to_string()).collect();
                write!(f, "({})", args.join(", "))?;
            }
        }
        Ok(())
    }
}

impl<I: MachInst> fmt::Display for VCode<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (slot, data) in self.slots.iter() {
            writeln!(f, "{slot} = frame {:?} words {} {:?}", data.kind, data.words, data.init)?;
        }
        for block in self.blocks() {
            self.write_block_head(f, block)?;
            for inst in self.block_insts(block).iter() {
                write!(f, "  {:4}  ", inst.index())?;
                self.write_inst(f, inst, None)?;
                if inst == self.block_insts(block).last() {
                    self.write_succs(f, block)?;
                }
                writeln!(f)?;
            }
        }
        Ok(())
    }
}

/// A pool range as indexes.
pub(crate) fn range(r: &Range<u32>) -> Range<usize> {
    r.start as usize..r.end as usize
}

/// Whether an operand reads a value of this function (a pinned register is no value).
pub(crate) fn is_use(op: Operand) -> bool {
    op.kind() == OperandKind::Use && op.as_fixed_nonallocatable().is_none()
}

/// Whether the operand keeps its value until the end of the instruction.
pub(crate) fn is_late(op: Operand) -> bool {
    op.pos() == OperandPos::Late
}
