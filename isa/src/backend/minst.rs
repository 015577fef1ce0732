//! Instructions of VCode: the machine's own, and the pseudo instructions that calls, frames and branches need.

use super::{Machine, X};
use linac_abi::rtcall::RtCall;
use linac_emit::SymbolId;
use linac_regalloc::{
    FrameSlot, MachInst, OperandCollector, OperandNames, Role as InstRole, SafepointKind, SlotAccess,
};
use regalloc2::{PRegSet, RegClass, VReg};
use smallvec::SmallVec;
use std::fmt;

/// A register before allocation: virtual, or one with a fixed role.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Xr<R> {
    /// To be allocated.
    V(VReg),
    /// Pinned (process, heap top, stack pointer) or scratch.
    P(R),
}

/// What an instruction does with a register operand, and what it asks of the allocator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role<R> {
    /// Read, before any result is written.
    Use,
    /// Read, possibly after results are written. Only pseudo instructions need it.
    LateUse,
    /// Read, in this register.
    UseFixed(R),
    /// Written, after all operands are read.
    Def,
    /// Written, possibly before all operands are read. Only pseudo instructions need it.
    EarlyDef,
    /// Written, in this register.
    DefFixed(R),
    /// Written, in the register of the instruction's operand 0.
    DefReuse,
    /// Read and written in place. Only instructions that appear after allocation have it.
    Mod,
}

/// Values in fixed registers.
pub type Fixed<R> = SmallVec<[(VReg, R); 8]>;

/// What a call calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target {
    /// The code address in a data word.
    Cell(SymbolId),
    /// Function number n of the same unit.
    Direct(u32),
    /// The code address in the word that a register points to; operand 0.
    Through(VReg),
}

/// An instruction over virtual registers.
#[derive(Clone, Debug)]
pub enum MInst<M: Machine> {
    /// A machine instruction.
    Real(M::Virtual),
    /// Defines the arguments in their registers; first in the function.
    Args {
        /// The parameters.
        defs: Fixed<M::Reg>,
    },
    /// First in a handler: class, reason, trace.
    Landing {
        /// The three values.
        defs: [VReg; 3],
    },
    /// Erlang call, or runtime call that is a safepoint.
    Call {
        /// Whom.
        target: Target,
        /// Arguments in registers.
        args: Fixed<M::Reg>,
        /// Result.
        ret: Option<(VReg, M::Reg)>,
    },
    /// Leaf runtime call: C clobbers, no stack map.
    Leaf {
        /// Which.
        rt: RtCall,
        /// Its data word.
        cell: SymbolId,
        /// Arguments in registers.
        args: Fixed<M::Reg>,
        /// Result.
        ret: Option<(VReg, M::Reg)>,
    },
    /// Runtime call that does not come back; a `Trap` follows.
    NoReturn {
        /// Its data word.
        cell: SymbolId,
        /// Arguments in registers.
        args: Fixed<M::Reg>,
    },
    /// Leaves the frame and jumps.
    TailCall {
        /// Whom.
        target: Target,
        /// Arguments in registers.
        args: Fixed<M::Reg>,
    },
    /// Leaves the frame and returns the value, which is in the result register.
    Return {
        /// The result.
        value: VReg,
    },
    /// Goes on at the only successor.
    Jump,
    /// To the first successor if the condition holds, else to the second.
    Jcc(M::Cond),
    /// To the first successor; the second is the handler.
    TryEnter,
    /// Never reached.
    Trap,
    /// Stores into an explicit slot.
    SlotStore(FrameSlot, VReg),
    /// Loads from an explicit slot.
    SlotLoad(FrameSlot, VReg),
    /// After this, [`Machine::HEAP_FULL`] holds if fewer than this many words are free.
    HeapFull {
        /// Words wanted.
        words: u32,
    },
    /// 0 or 1 of a condition, as a whole register.
    Bool {
        /// Condition.
        cond: M::Cond,
        /// Result.
        dst: VReg,
    },
}

impl<M: Machine> MInst<M> {
    fn fixed_uses(c: &mut OperandCollector<'_>, list: &Fixed<M::Reg>) {
        for &(v, reg) in list {
            c.use_fixed(v, reg.into());
        }
    }
}

impl<M: Machine> MachInst for MInst<M> {
    fn operands(&self, c: &mut OperandCollector<'_>) {
        match self {
            MInst::Real(insn) => {
                // A result reuses "operand 0" of the instruction, which is the first virtual register reported.
                M::operands(insn, |reg, role| {
                    let &Xr::V(v): &X<M> = reg else { return };
                    match role {
                        Role::Use => c.use_reg(v),
                        Role::LateUse => c.use_reg_late(v),
                        Role::UseFixed(p) => c.use_fixed(v, p.into()),
                        Role::Def => c.def_reg(v),
                        Role::EarlyDef => c.def_reg_early(v),
                        Role::DefFixed(p) => c.def_fixed(v, p.into()),
                        Role::DefReuse => c.def_reuse(v, 0),
                        Role::Mod => c.use_reg(v),
                    };
                });
            }
            MInst::Args { defs } => {
                for &(v, reg) in defs {
                    c.def_fixed(v, reg.into());
                }
            }
            MInst::Landing { defs } => {
                for (&v, reg) in defs.iter().zip(M::ROLES.landing) {
                    c.def_fixed(v, reg.into());
                }
            }
            MInst::Call { target, args, ret } => {
                if let Target::Through(v) = target {
                    c.use_reg(*v);
                }
                Self::fixed_uses(c, args);
                if let &Some((v, reg)) = ret {
                    c.def_fixed(v, reg.into());
                }
            }
            MInst::Leaf { args, ret, .. } => {
                Self::fixed_uses(c, args);
                if let &Some((v, reg)) = ret {
                    c.def_fixed(v, reg.into());
                }
            }
            MInst::NoReturn { args, .. } => Self::fixed_uses(c, args),
            MInst::TailCall { target, args } => {
                if let Target::Through(v) = target {
                    c.use_reg(*v);
                }
                Self::fixed_uses(c, args);
            }
            MInst::Return { value } => {
                c.use_fixed(*value, M::ROLES.args[0].into());
            }
            MInst::SlotStore(_, v) => {
                c.use_reg(*v);
            }
            MInst::SlotLoad(_, v) => {
                c.def_reg(*v);
            }
            MInst::Bool { cond, dst } => {
                for v in M::cond_regs(*cond) {
                    c.use_reg(v);
                }
                c.def_reg(*dst);
            }
            MInst::Jcc(cond) => {
                for v in M::cond_regs(*cond) {
                    c.use_reg(v);
                }
            }
            MInst::Jump | MInst::TryEnter | MInst::Trap | MInst::HeapFull { .. } => {}
        }
    }

    fn clobbers(&self) -> PRegSet {
        match self {
            MInst::Leaf { ret, .. } => {
                let mut set = M::leaf_clobbers();
                if let &Some((_, reg)) = ret {
                    set.remove(reg.into());
                }
                set
            }
            _ => PRegSet::empty(),
        }
    }

    fn role(&self) -> InstRole {
        match self {
            MInst::Landing { .. } => InstRole::LandingPad,
            MInst::Jump | MInst::Jcc(_) | MInst::TryEnter => InstRole::Branch,
            MInst::TailCall { .. } | MInst::Return { .. } | MInst::Trap => InstRole::Return,
            _ => InstRole::Plain,
        }
    }

    fn safepoint(&self) -> Option<SafepointKind> {
        matches!(self, MInst::Call { .. } | MInst::NoReturn { .. }).then_some(SafepointKind::Call)
    }

    fn slots(&self, visit: &mut dyn FnMut(SlotAccess)) {
        match self {
            MInst::SlotStore(slot, _) => visit(SlotAccess::Store(*slot, 0)),
            MInst::SlotLoad(slot, _) => visit(SlotAccess::Load(*slot, 0)),
            _ => {}
        }
    }

    fn jump() -> Self {
        MInst::Jump
    }

    fn format(&self, f: &mut fmt::Formatter<'_>, names: OperandNames<'_>) -> fmt::Result {
        let mut n = 0;
        let mut next = || {
            n += 1;
            names.name(n - 1)
        };
        match self {
            MInst::Real(insn) => {
                // The operation with its operands in order; the assembler text comes with `--emit=asm`.
                let text = format!("{insn:?}");
                let head: String = text.chars().take_while(|c| c.is_alphanumeric()).collect();
                write!(f, "{}", head.to_lowercase())?;
                let mut sep = " ";
                let mut result = Ok(());
                M::operands(insn, |reg, role| {
                    let name = match reg {
                        Xr::V(_) => next(),
                        Xr::P(p) => M::reg_name(*p),
                    };
                    let mark = match role {
                        Role::Def | Role::EarlyDef | Role::DefFixed(_) | Role::DefReuse => "=",
                        _ => "",
                    };
                    result = result.and(write!(f, "{sep}{mark}{name}"));
                    sep = ", ";
                });
                result
            }
            MInst::Args { defs } => list(f, "args", defs.len(), &mut next),
            MInst::Landing { .. } => list(f, "landing", 3, &mut next),
            MInst::Call { target, args, ret } => {
                let through = usize::from(matches!(target, Target::Through(_)));
                let name = format!("call {target:?}");
                list(f, &name, through + args.len() + usize::from(ret.is_some()), &mut next)
            }
            MInst::Leaf { rt, args, ret, .. } => {
                list(f, &format!("leaf {}", rt.name()), args.len() + usize::from(ret.is_some()), &mut next)
            }
            MInst::NoReturn { cell, args } => list(f, &format!("noreturn {cell:?}"), args.len(), &mut next),
            MInst::TailCall { target, args } => {
                let through = usize::from(matches!(target, Target::Through(_)));
                list(f, &format!("tailcall {target:?}"), through + args.len(), &mut next)
            }
            MInst::Return { .. } => list(f, "return", 1, &mut next),
            MInst::Jump => f.write_str("jump"),
            MInst::Jcc(cond) => {
                list(f, &format!("j{}", M::cond_name(*cond)), M::cond_regs(*cond).count(), &mut next)
            }
            MInst::TryEnter => f.write_str("try_enter"),
            MInst::Trap => f.write_str("trap"),
            MInst::SlotStore(slot, _) => write!(f, "{slot} = {}", next()),
            MInst::SlotLoad(slot, _) => write!(f, "{} = {slot}", next()),
            MInst::HeapFull { words } => write!(f, "heapfull {words}"),
            MInst::Bool { cond, .. } => {
                let regs: Vec<String> = M::cond_regs(*cond).map(|_| next()).collect();
                write!(f, "{} = bool {}", next(), M::cond_name(*cond))?;
                regs.iter().try_for_each(|reg| write!(f, " {reg}"))
            }
        }
    }
}

fn list(f: &mut fmt::Formatter<'_>, name: &str, n: usize, next: &mut dyn FnMut() -> String) -> fmt::Result {
    f.write_str(name)?;
    for i in 0..n {
        write!(f, "{}{}", if i == 0 { " " } else { ", " }, next())?;
    }
    Ok(())
}

/// Register class of a machine type.
pub fn class_of(ty: linac_ir::Type) -> RegClass {
    match ty {
        linac_ir::Type::F64 => RegClass::Float,
        _ => RegClass::Int,
    }
}
