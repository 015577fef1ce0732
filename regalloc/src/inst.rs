//! What this crate asks of a machine instruction.
//!
//! An instruction names its virtual registers in whatever fields it likes and reports them through
//! [`MachInst::operands`], always in the same order: the location at index `i` of the allocated
//! instruction belongs to the `i`-th operand reported. Branches do not name blocks. A terminator's targets
//! are the successors of its block, so that splitting an edge or reordering blocks never edits it.

use std::fmt;

use regalloc2::{Operand, OperandConstraint, OperandKind, OperandPos, PReg, PRegSet, RegClass, VReg};

use crate::frame::FrameSlot;
use crate::output::Loc;

/// What an instruction does to control flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Falls through to the next instruction.
    Plain,
    /// First instruction of an exception handler: the raise arrives here, with values in the fixed
    /// registers that it defines.
    LandingPad,
    /// Ends a block with one or more successors. With one successor and no operands it must do nothing but go there.
    Branch,
    /// Ends a block without successors: return, tail call, trap.
    Return,
}

/// How a safepoint treats the values that live through it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SafepointKind {
    /// A real call: all registers of all classes are lost, every live value is in a frame word that the
    /// stack map names. This crate adds the clobbers and the operands.
    Call,
    /// A slow path whose values are *redefined*: no term may live through it (save them to explicit slots,
    /// or pass them in fixed registers and define their successors). Raw values may live through it in
    /// registers that the instruction does not clobber.
    Cold,
}

/// How an instruction touches an explicit frame slot. Operand numbers are indexes into
/// [`MachInst::operands`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotAccess {
    /// Loads the slot into the operand with this number.
    Load(FrameSlot, u32),
    /// Stores the operand with this number.
    Store(FrameSlot, u32),
    /// Stores an immediate that is a valid term as well as raw bits.
    StoreConst(FrameSlot),
    /// Loads the slot for use inside the instruction.
    Read(FrameSlot),
}

/// A machine instruction over virtual registers.
pub trait MachInst: Clone + fmt::Debug {
    /// Reports every register operand, always in the same order.
    fn operands(&self, collector: &mut OperandCollector<'_>);

    /// Registers written without being an operand. At a [`SafepointKind::Call`] the crate adds the rest.
    fn clobbers(&self) -> PRegSet {
        PRegSet::empty()
    }

    /// The control-flow role.
    fn role(&self) -> Role {
        Role::Plain
    }

    /// Whether terms may move here, and how.
    fn safepoint(&self) -> Option<SafepointKind> {
        None
    }

    /// Reports the explicit frame slots that the instruction accesses.
    fn slots(&self, _visit: &mut dyn FnMut(SlotAccess)) {}

    /// An unconditional branch to the only successor, with no operands: for blocks made by edge splitting.
    fn jump() -> Self;

    /// Writes the instruction, with operands spelt by `names`.
    fn format(&self, f: &mut fmt::Formatter<'_>, names: OperandNames<'_>) -> fmt::Result;
}

/// Receives the operands of one instruction. Each method returns the operand's number.
///
/// There is deliberately no "must be on the stack" constraint (it panics in one allocator beside another
/// use of the value) and no "register below n" (the other allocator lacks it).
pub struct OperandCollector<'a> {
    out: &'a mut Vec<Operand>,
    base: usize,
    /// A reuse index did not fit into regalloc2's five bits, which wrap in release builds.
    pub(crate) reuse_overflow: bool,
}

impl<'a> OperandCollector<'a> {
    /// A collector that appends to `out`.
    pub(crate) fn new(out: &'a mut Vec<Operand>) -> OperandCollector<'a> {
        let base = out.len();
        OperandCollector { out, base, reuse_overflow: false }
    }

    fn add(&mut self, v: VReg, c: OperandConstraint, k: OperandKind, p: OperandPos) -> u32 {
        self.out.push(Operand::new(v, c, k, p));
        (self.out.len() - self.base - 1) as u32
    }

    /// A register read before any result is written.
    pub fn use_reg(&mut self, v: VReg) -> u32 {
        self.add(v, OperandConstraint::Reg, OperandKind::Use, OperandPos::Early)
    }

    /// A register that is still read after results have been written.
    pub fn use_reg_late(&mut self, v: VReg) -> u32 {
        self.add(v, OperandConstraint::Reg, OperandKind::Use, OperandPos::Late)
    }

    /// A register or a frame word, read before any result is written.
    pub fn use_any(&mut self, v: VReg) -> u32 {
        self.add(v, OperandConstraint::Any, OperandKind::Use, OperandPos::Early)
    }

    /// This physical register, read before any result is written.
    pub fn use_fixed(&mut self, v: VReg, p: PReg) -> u32 {
        self.add(v, OperandConstraint::FixedReg(p), OperandKind::Use, OperandPos::Early)
    }

    /// This physical register, kept until the end of the instruction.
    pub fn use_fixed_late(&mut self, v: VReg, p: PReg) -> u32 {
        self.add(v, OperandConstraint::FixedReg(p), OperandKind::Use, OperandPos::Late)
    }

    /// A register written when all early uses have been read.
    pub fn def_reg(&mut self, v: VReg) -> u32 {
        self.add(v, OperandConstraint::Reg, OperandKind::Def, OperandPos::Late)
    }

    /// A register written before the uses have been read: shared with no other operand.
    pub fn def_reg_early(&mut self, v: VReg) -> u32 {
        self.add(v, OperandConstraint::Reg, OperandKind::Def, OperandPos::Early)
    }

    /// A register or a frame word, written at the end.
    pub fn def_any(&mut self, v: VReg) -> u32 {
        self.add(v, OperandConstraint::Any, OperandKind::Def, OperandPos::Late)
    }

    /// This physical register, written at the end.
    pub fn def_fixed(&mut self, v: VReg, p: PReg) -> u32 {
        self.add(v, OperandConstraint::FixedReg(p), OperandKind::Def, OperandPos::Late)
    }

    /// This physical register, written before the uses have been read.
    pub fn def_fixed_early(&mut self, v: VReg, p: PReg) -> u32 {
        self.add(v, OperandConstraint::FixedReg(p), OperandKind::Def, OperandPos::Early)
    }

    /// The register of operand `of` (an early `use_reg`, number at most 31), overwritten in place.
    pub fn def_reuse(&mut self, v: VReg, of: u32) -> u32 {
        self.reuse_overflow |= of > 31;
        self.add(v, OperandConstraint::Reuse(of as usize & 31), OperandKind::Def, OperandPos::Late)
    }

    /// A scratch register for the duration of the instruction; `v` must not be used anywhere else.
    pub fn temp(&mut self, v: VReg) -> u32 {
        self.def_reg_early(v)
    }

    /// A register outside allocation (process pointer, heap top, stack pointer), only to keep numbering.
    pub fn pinned(&mut self, p: PReg) -> u32 {
        self.out.push(Operand::fixed_nonallocatable(p));
        (self.out.len() - self.base - 1) as u32
    }
}

/// Spelling of an instruction's operands in a dump: virtual registers, and locations once allocated.
#[derive(Clone, Copy)]
pub struct OperandNames<'a> {
    pub(crate) operands: &'a [Operand],
    pub(crate) locs: Option<&'a [Loc]>,
}

impl OperandNames<'_> {
    /// Number of operands, including the live values that the crate added to a call.
    pub fn len(&self) -> usize {
        self.operands.len()
    }

    /// Whether there are no operands.
    pub fn is_empty(&self) -> bool {
        self.operands.is_empty()
    }

    /// The name of operand `i`: `v7`, or `v7=p3i` once allocated.
    pub fn name(&self, i: u32) -> String {
        let i = i as usize;
        let Some(op) = self.operands.get(i) else { return format!("?{i}") };
        if let Some(p) = op.as_fixed_nonallocatable() {
            return p.to_string();
        }
        let suffix = match op.class() {
            RegClass::Int => "",
            RegClass::Float => "f",
            RegClass::Vector => "x",
        };
        match self.locs.and_then(|l| l.get(i)) {
            Some(loc) => format!("{}{suffix}={loc}", op.vreg()),
            None => format!("{}{suffix}", op.vreg()),
        }
    }
}
