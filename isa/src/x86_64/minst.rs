//! Instructions of the x86-64 VCode: real ones, and the pseudo instructions that calls, frames and branches need.

use super::abi;
use super::insn::{Cond, Insn, Role as OpRole};
use super::regs::Reg;
use linac_abi::rtcall::RtCall;
use linac_emit::SymbolId;
use linac_regalloc::{FrameSlot, MachInst, OperandCollector, OperandNames, Role, SafepointKind, SlotAccess};
use regalloc2::{PReg, PRegSet, RegClass, VReg};
use smallvec::SmallVec;
use std::fmt;

/// A register before allocation: virtual, or one with a fixed role.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Xr {
    /// To be allocated.
    V(VReg),
    /// Pinned (process, heap top, stack pointer) or scratch.
    P(Reg),
}

/// Values in fixed registers.
pub type Fixed = SmallVec<[(VReg, Reg); 6]>;

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
pub enum MInst {
    /// A machine instruction.
    Real(Insn<Xr>),
    /// Defines the arguments in their registers; first in the function.
    Args {
        /// The parameters.
        defs: Fixed,
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
        args: Fixed,
        /// Result.
        ret: Option<(VReg, Reg)>,
    },
    /// Leaf runtime call: C clobbers, no stack map.
    Leaf {
        /// Which.
        rt: RtCall,
        /// Its data word.
        cell: SymbolId,
        /// Arguments in registers.
        args: Fixed,
        /// Result.
        ret: Option<(VReg, Reg)>,
    },
    /// Runtime call that does not come back; a `Trap` follows.
    NoReturn {
        /// Its data word.
        cell: SymbolId,
        /// Arguments in registers.
        args: Fixed,
    },
    /// Leaves the frame and jumps.
    TailCall {
        /// Whom.
        target: Target,
        /// Arguments in registers.
        args: Fixed,
    },
    /// Leaves the frame and returns the value, which is in the result register.
    Return {
        /// The result.
        value: VReg,
    },
    /// Goes on at the only successor.
    Jump,
    /// To the first successor if the flags say so, else to the second.
    Jcc(Cond),
    /// To the first successor; the second is the handler.
    TryEnter,
    /// Never reached.
    Trap,
    /// Stores into an explicit slot.
    SlotStore(FrameSlot, VReg),
    /// Loads from an explicit slot.
    SlotLoad(FrameSlot, VReg),
    /// Sets the flags: "above" if fewer than this many words are free.
    HeapFull {
        /// Words wanted.
        words: u32,
    },
    /// 0 or 1 of a condition, as a whole register.
    Bool {
        /// Condition.
        cond: Cond,
        /// Result.
        dst: VReg,
    },
}

impl MInst {
    fn fixed_uses(c: &mut OperandCollector<'_>, list: &Fixed) {
        for &(v, reg) in list {
            c.use_fixed(v, PReg::from(reg));
        }
    }
}

impl MachInst for MInst {
    fn operands(&self, c: &mut OperandCollector<'_>) {
        match self {
            MInst::Real(insn) => {
                // A result reuses "operand 0" of the instruction, which is the first virtual register reported.
                insn.for_each_operand(|reg, role| {
                    let &Xr::V(v) = reg else { return };
                    match role {
                        OpRole::Use => c.use_reg(v),
                        OpRole::LateUse => c.use_reg_late(v),
                        OpRole::UseFixed(p) => c.use_fixed(v, p.into()),
                        OpRole::Def => c.def_reg(v),
                        OpRole::EarlyDef => c.def_reg_early(v),
                        OpRole::DefFixed(p) => c.def_fixed(v, p.into()),
                        OpRole::DefReuse => c.def_reuse(v, 0),
                        OpRole::Mod => c.use_reg(v),
                    };
                });
            }
            MInst::Args { defs } => {
                for &(v, reg) in defs {
                    c.def_fixed(v, reg.into());
                }
            }
            MInst::Landing { defs } => {
                for (&v, reg) in defs.iter().zip(abi::LANDING) {
                    c.def_fixed(v, reg.into());
                }
            }
            MInst::Call { target, args, ret } => {
                if let Target::Through(v) = target {
                    c.use_reg(*v);
                }
                MInst::fixed_uses(c, args);
                if let &Some((v, reg)) = ret {
                    c.def_fixed(v, reg.into());
                }
            }
            MInst::Leaf { args, ret, .. } => {
                MInst::fixed_uses(c, args);
                if let &Some((v, reg)) = ret {
                    c.def_fixed(v, reg.into());
                }
            }
            MInst::NoReturn { args, .. } => MInst::fixed_uses(c, args),
            MInst::TailCall { target, args } => {
                if let Target::Through(v) = target {
                    c.use_reg(*v);
                }
                MInst::fixed_uses(c, args);
            }
            MInst::Return { value } => {
                c.use_fixed(*value, abi::ARGS[0].into());
            }
            MInst::SlotStore(_, v) => {
                c.use_reg(*v);
            }
            MInst::SlotLoad(_, v) | MInst::Bool { dst: v, .. } => {
                c.def_reg(*v);
            }
            MInst::Jump | MInst::Jcc(_) | MInst::TryEnter | MInst::Trap | MInst::HeapFull { .. } => {}
        }
    }

    fn clobbers(&self) -> PRegSet {
        match self {
            MInst::Leaf { ret, .. } => {
                let mut set = abi::leaf_clobbers();
                if let &Some((_, reg)) = ret {
                    set.remove(reg.into());
                }
                set
            }
            _ => PRegSet::empty(),
        }
    }

    fn role(&self) -> Role {
        match self {
            MInst::Landing { .. } => Role::LandingPad,
            MInst::Jump | MInst::Jcc(_) | MInst::TryEnter => Role::Branch,
            MInst::TailCall { .. } | MInst::Return { .. } | MInst::Trap => Role::Return,
            _ => Role::Plain,
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
                insn.for_each_operand(|reg, role| {
                    let name = match reg {
                        Xr::V(_) => next(),
                        Xr::P(p) => format!("{p:?}"),
                    };
                    let mark = match role {
                        OpRole::Def | OpRole::EarlyDef | OpRole::DefFixed(_) | OpRole::DefReuse => "=",
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
            MInst::Jcc(cond) => write!(f, "j{}", cond.name()),
            MInst::TryEnter => f.write_str("try_enter"),
            MInst::Trap => f.write_str("trap"),
            MInst::SlotStore(slot, _) => write!(f, "{slot} = {}", next()),
            MInst::SlotLoad(slot, _) => write!(f, "{} = {slot}", next()),
            MInst::HeapFull { words } => write!(f, "heapfull {words}"),
            MInst::Bool { cond, .. } => write!(f, "{} = bool {}", next(), cond.name()),
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
