//! A toy instruction set: enough semantics to run a function before and after allocation.

use std::fmt;

use regalloc2::{MachineEnv, PReg, PRegSet, RegClass, VReg};

use crate::{
    Block, FrameSlot, MachInst, OperandCollector, OperandNames, Origin, RegEnv, Role, SafepointKind,
    SlotAccess, VCodeBuilder, ValueKind,
};

/// What an instruction computes. Values are hashed, so that a wrong one is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sem {
    /// Defines the function's arguments.
    Args,
    /// Raw result from any operands.
    Mix(u64),
    /// New object from any operands. Does not collect.
    Make(u64),
    /// Derived pointer into the object of operand 0.
    Derive,
    /// Call safepoint: collects; results are hashes or new objects.
    Call(u64),
    /// Cold safepoint: definition i is the new name of use i.
    Cold,
    /// Loads a frame slot.
    Load(FrameSlot),
    /// Stores to a frame slot.
    Store(FrameSlot),
    /// Beginning of a handler.
    Pad,
    /// Branch: operand 0 selects the successor.
    Switch,
    /// Enters the region of a handler: successor 0 is the body, successor 1 the handler.
    TryEnter,
    /// Branch to the only successor.
    Jump,
    /// Returns the operands.
    Ret,
}

/// An operand with its constraint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    Use(VReg),
    UseLate(VReg),
    UseAny(VReg),
    UseFixed(VReg, PReg),
    Def(VReg),
    DefAny(VReg),
    DefFixed(VReg, PReg),
    Reuse(VReg, u32),
    Temp(VReg),
}

impl Op {
    pub fn vreg(self) -> VReg {
        match self {
            Op::Use(v) | Op::UseLate(v) | Op::UseAny(v) | Op::UseFixed(v, _) => v,
            Op::Def(v) | Op::DefAny(v) | Op::DefFixed(v, _) | Op::Reuse(v, _) | Op::Temp(v) => v,
        }
    }

    pub fn is_use(self) -> bool {
        matches!(self, Op::Use(_) | Op::UseLate(_) | Op::UseAny(_) | Op::UseFixed(..))
    }
}

#[derive(Clone, Debug)]
pub struct Toy {
    pub sem: Sem,
    pub ops: Vec<Op>,
    pub clobbers: PRegSet,
}

impl Toy {
    pub fn new(sem: Sem, ops: &[Op]) -> Toy {
        Toy { sem, ops: ops.to_vec(), clobbers: PRegSet::empty() }
    }
}

impl MachInst for Toy {
    fn operands(&self, c: &mut OperandCollector<'_>) {
        for &op in &self.ops {
            match op {
                Op::Use(v) => c.use_reg(v),
                Op::UseLate(v) => c.use_reg_late(v),
                Op::UseAny(v) => c.use_any(v),
                Op::UseFixed(v, p) => c.use_fixed(v, p),
                Op::Def(v) => c.def_reg(v),
                Op::DefAny(v) => c.def_any(v),
                Op::DefFixed(v, p) => c.def_fixed(v, p),
                Op::Reuse(v, of) => c.def_reuse(v, of),
                Op::Temp(v) => c.temp(v),
            };
        }
    }

    fn clobbers(&self) -> PRegSet {
        self.clobbers
    }

    fn role(&self) -> Role {
        match self.sem {
            Sem::Pad => Role::LandingPad,
            Sem::Switch | Sem::TryEnter | Sem::Jump => Role::Branch,
            Sem::Ret => Role::Return,
            _ => Role::Plain,
        }
    }

    fn safepoint(&self) -> Option<SafepointKind> {
        match self.sem {
            Sem::Call(_) => Some(SafepointKind::Call),
            Sem::Cold => Some(SafepointKind::Cold),
            _ => None,
        }
    }

    fn slots(&self, visit: &mut dyn FnMut(SlotAccess)) {
        match self.sem {
            Sem::Load(s) => visit(SlotAccess::Load(s, 0)),
            Sem::Store(s) => visit(SlotAccess::Store(s, 0)),
            _ => {}
        }
    }

    fn jump() -> Toy {
        Toy::new(Sem::Jump, &[])
    }

    fn format(&self, f: &mut fmt::Formatter<'_>, names: OperandNames<'_>) -> fmt::Result {
        write!(f, "{:?}", self.sem)?;
        for (i, op) in self.ops.iter().enumerate() {
            write!(f, " {}{}", if op.is_use() { "" } else { "=" }, names.name(i as u32))?;
        }
        Ok(())
    }
}

pub fn int(n: usize) -> PReg {
    PReg::new(n, RegClass::Int)
}

pub fn float(n: usize) -> PReg {
    PReg::new(n, RegClass::Float)
}

/// A target with this many registers.
pub fn env(ints: usize, floats: usize, float_words: u32) -> RegEnv {
    RegEnv::new(machine_env(ints, floats), float_words)
}

pub fn machine_env(ints: usize, floats: usize) -> MachineEnv {
    let ints: PRegSet = (0..ints).map(int).collect();
    let floats: PRegSet = (0..floats).map(float).collect();
    MachineEnv {
        preferred_regs_by_class: [ints, floats, PRegSet::empty()],
        non_preferred_regs_by_class: [PRegSet::empty(); 3],
        scratch_by_class: [None; 3],
        fixed_stack_slots: Vec::new(),
    }
}

/// Shorthand over the builder.
pub struct Fun {
    pub b: VCodeBuilder<Toy>,
}

impl Fun {
    pub fn new() -> Fun {
        let mut b = VCodeBuilder::new();
        let entry = b.new_block();
        b.start_block(entry);
        Fun { b }
    }

    pub fn term(&mut self) -> VReg {
        self.b.new_vreg(RegClass::Int, ValueKind::Term)
    }

    pub fn raw(&mut self) -> VReg {
        self.b.new_vreg(RegClass::Int, ValueKind::Raw)
    }

    pub fn float(&mut self) -> VReg {
        self.b.new_vreg(RegClass::Float, ValueKind::Raw)
    }

    pub fn derived(&mut self) -> VReg {
        self.b.new_vreg(RegClass::Int, ValueKind::Derived)
    }

    pub fn args(&mut self, vregs: &[VReg]) {
        let ops: Vec<Op> = vregs.iter().enumerate().map(|(i, &v)| Op::DefFixed(v, int(i))).collect();
        self.push(Sem::Args, &ops);
    }

    pub fn push(&mut self, sem: Sem, ops: &[Op]) {
        self.b.push(Toy::new(sem, ops), Origin::NONE);
    }

    /// A call of up to three arguments in p0.., result in p0.
    pub fn call(&mut self, k: u64, args: &[VReg], result: Option<VReg>) {
        let ops = call_ops(args, result);
        self.push(Sem::Call(k), &ops);
    }

    pub fn jump(&mut self, to: Block, args: &[VReg]) {
        self.b.terminate(Toy::jump(), Origin::NONE, &[(to, args)]);
    }

    pub fn switch(&mut self, on: VReg, succs: &[(Block, &[VReg])]) {
        self.b.terminate(Toy::new(Sem::Switch, &[Op::Use(on)]), Origin::NONE, succs);
    }

    pub fn ret(&mut self, values: &[VReg]) {
        let ops: Vec<Op> = values.iter().map(|&v| Op::UseAny(v)).collect();
        self.b.terminate(Toy::new(Sem::Ret, &ops), Origin::NONE, &[]);
    }
}

pub fn call_ops(args: &[VReg], result: Option<VReg>) -> Vec<Op> {
    let mut ops: Vec<Op> = Vec::new();
    let (mut ints, mut floats) = (0, 0);
    for &a in args {
        let p = match a.class() {
            RegClass::Int => (int(ints), ints += 1).0,
            _ => (float(floats), floats += 1).0,
        };
        ops.push(Op::UseFixed(a, p));
    }
    if let Some(r) = result {
        let p = if r.class() == RegClass::Int { int(0) } else { float(0) };
        ops.push(Op::DefFixed(r, p));
    }
    ops
}
