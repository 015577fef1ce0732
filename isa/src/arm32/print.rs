//! Instructions as text, in the unified syntax of GNU `as` and `llvm-mc`.
//!
//! The text of an instruction with physical registers assembles to the words that the encoder writes; what stands for
//! two instructions is printed as both. Before allocation a result that will overwrite an operand is printed in front
//! of it (`movt v3, v1, #5`).

use super::encode::Frame;
use super::imm::Making;
use super::insn::{Amode, Insn, MoveOp, Op, Operand, ShiftOp, Update};
use super::regs::{Reg, RegList, SP};
use crate::backend::Names;
use linac_emit::{Label, SymbolId};
use regalloc2::VReg;
use smallvec::SmallVec;
use std::borrow::Cow;
use std::fmt::{self, Display, Formatter};

/// A register that has a name.
pub trait RegName: Copy + PartialEq {
    /// Writes the name, or that of the low half of a double.
    fn write(&self, single: bool, f: &mut Formatter<'_>) -> fmt::Result;
}

impl RegName for Reg {
    fn write(&self, single: bool, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(if single && !self.is_core() { self.single_name() } else { self.name() })
    }
}

impl RegName for VReg {
    fn write(&self, _: bool, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.vreg())
    }
}

/// An instruction to be printed.
#[derive(Clone, Copy)]
pub struct Printed<'a, R> {
    insn: &'a Insn<R>,
    frame: Option<Frame>,
    names: &'a dyn Names,
}

/// The text of an instruction. Without a frame, slots are printed by number.
pub fn print<'a, R: RegName>(
    insn: &'a Insn<R>,
    frame: Option<Frame>,
    names: &'a dyn Names,
) -> Printed<'a, R> {
    Printed { insn, frame, names }
}

enum Arg<R> {
    Reg(R),
    /// The low half of a double.
    Single(R),
    /// A base that is changed.
    Changed(R),
    Operand(Operand<R>),
    Mem(Amode<R>),
    /// A place, and the base is changed.
    Update(Amode<R>, Update),
    List(RegList),
    Imm(i64),
    Shift(ShiftOp, u8),
    Rotate(u8),
    Half(&'static str, SymbolId),
    Label(Label),
    Text(Cow<'static, str>),
}

/// Mnemonic and operands. The condition goes before the mnemonic's data types.
struct Line<R> {
    name: Cow<'static, str>,
    args: SmallVec<[Arg<R>; 4]>,
}

impl<R: RegName> Line<R> {
    fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Line { name: name.into(), args: SmallVec::new() }
    }

    fn arg(mut self, arg: Arg<R>) -> Self {
        self.args.push(arg);
        self
    }

    fn regs<const N: usize>(mut self, regs: [R; N]) -> Self {
        self.args.extend(regs.map(Arg::Reg));
        self
    }

    /// A result and the operand it overwrites.
    fn reused(self, dst: R, src1: R) -> Self {
        let line = self.regs([dst]);
        if dst == src1 { line } else { line.regs([src1]) }
    }

    fn imm(self, imm: impl Into<i64>) -> Self {
        self.arg(Arg::Imm(imm.into()))
    }

    fn operand(self, operand: Operand<R>) -> Self {
        self.arg(Arg::Operand(operand))
    }

    fn mem(self, mem: Amode<R>) -> Self {
        self.arg(Arg::Mem(mem))
    }
}

/// The name with an `s` if the flags are set.
fn setting(name: &'static str, set: bool) -> Cow<'static, str> {
    if set { format!("{name}s").into() } else { name.into() }
}

/// A move of a shifted register is called by the shift.
fn shifted_move<R: RegName>(op: MoveOp, set: bool, dst: R, src: Operand<R>) -> Line<R> {
    match (op, src) {
        (MoveOp::Mov, Operand::Shifted(reg, op, count)) => {
            Line::new(setting(op.name(), set)).regs([dst, reg]).imm(count)
        }
        (MoveOp::Mov, Operand::ShiftedBy(reg, op, count)) => {
            Line::new(setting(op.name(), set)).regs([dst, reg, count])
        }
        (MoveOp::Mov, Operand::Rrx(reg)) => Line::new(setting("rrx", set)).regs([dst, reg]),
        _ => Line::new(setting(op.name(), set)).regs([dst]).operand(src),
    }
}

fn line<R: RegName>(op: &Op<R>) -> Line<R> {
    let new = |name: &'static str| Line::new(name);
    match *op {
        Op::Alu { op, set, dst, src1, src2 } => {
            Line::new(setting(op.name(), set)).regs([dst, src1]).operand(src2)
        }
        Op::Compare { op, left, right } => new(op.name()).regs([left]).operand(right),
        Op::Move { op, set, dst, src } => shifted_move(op, set, dst, src),
        Op::MoveInto { op, dst, src1, src } if dst == src1 => shifted_move(op, false, dst, src),
        Op::MoveInto { op, dst, src1, src } => new(op.name()).regs([dst, src1]).operand(src),
        Op::Movw { dst, imm } => new("movw").regs([dst]).imm(imm),
        Op::Movt { dst, src1, imm } => new("movt").reused(dst, src1).imm(imm),
        Op::Adr { dst, target } => new("adr").regs([dst]).arg(Arg::Label(target)),
        Op::Mul { set, dst, src, src2 } => Line::new(setting("mul", set)).regs([dst, src, src2]),
        Op::Mla { dst, src, src2, acc } => new("mla").regs([dst, src, src2, acc]),
        Op::Mls { dst, src, src2, acc } => new("mls").regs([dst, src, src2, acc]),
        Op::MulLong { signed, low, high, src, src2 } => {
            new(if signed { "smull" } else { "umull" }).regs([low, high, src, src2])
        }
        Op::MulAdd { signed, low, high, src, src2 } => {
            new(if signed { "smlal" } else { "umlal" }).regs([low, high, src, src2])
        }
        Op::Div { signed, dst, src, src2 } => {
            new(if signed { "sdiv" } else { "udiv" }).regs([dst, src, src2])
        }
        Op::Bits { op, dst, src } => new(op.name()).regs([dst, src]),
        Op::Extend { op, dst, src, rotate: 0 } => new(op.name()).regs([dst, src]),
        Op::Extend { op, dst, src, rotate } => new(op.name()).regs([dst, src]).arg(Arg::Rotate(rotate)),
        Op::Field { op, dst, src, lsb, width } => new(op.name()).regs([dst, src]).imm(lsb).imm(width),
        Op::Bfi { dst, src1, src2, lsb, width } => {
            new("bfi").reused(dst, src1).regs([src2]).imm(lsb).imm(width)
        }
        Op::Bfc { dst, src1, lsb, width } => new("bfc").reused(dst, src1).imm(lsb).imm(width),
        Op::Saturate { signed, dst, bits, src } => {
            new(if signed { "ssat" } else { "usat" }).regs([dst]).imm(bits).regs([src])
        }
        Op::Load { op, dst, mem } => new(op.name()).regs([dst]).mem(mem),
        Op::Store { op, src, mem } => new(op.name()).regs([src]).mem(mem),
        Op::LoadUpdate { op, update, dst, mem } => new(op.name()).regs([dst]).arg(Arg::Update(mem, update)),
        Op::StoreUpdate { op, update, src, mem } => new(op.name()).regs([src]).arg(Arg::Update(mem, update)),
        Op::LoadDual { dst, dst2, mem } => new("ldrd").regs([dst, dst2]).mem(mem),
        Op::StoreDual { src, src2, mem } => new("strd").regs([src, src2]).mem(mem),
        Op::LoadDualUpdate { update, dst, dst2, mem } => {
            new("ldrd").regs([dst, dst2]).arg(Arg::Update(mem, update))
        }
        Op::StoreDualUpdate { update, src, src2, mem } => {
            new("strd").regs([src, src2]).arg(Arg::Update(mem, update))
        }
        Op::LoadBlock { mode, base, update, list } => {
            let base = if update { Arg::Changed(base) } else { Arg::Reg(base) };
            Line::new(format!("ldm{}", mode.name())).arg(base).arg(Arg::List(list))
        }
        Op::StoreBlock { mode, base, update, list } => {
            let base = if update { Arg::Changed(base) } else { Arg::Reg(base) };
            Line::new(format!("stm{}", mode.name())).arg(base).arg(Arg::List(list))
        }
        Op::Branch { target } => new("b").arg(Arg::Label(target)),
        Op::Call { target } => new("bl").arg(Arg::Label(target)),
        Op::BranchTo { target } => new("bx").regs([target]),
        Op::CallTo { target } => new("blx").regs([target]),
        Op::Udf { imm } => new("udf").imm(imm),
        Op::Bkpt { imm } => new("bkpt").imm(imm),
        Op::Nop => new("nop"),
        Op::Dmb => new("dmb").arg(Arg::Text("ish".into())),
        Op::FloatLoad { single, dst, mem } => new("vldr").arg(float(single, dst)).mem(mem),
        Op::FloatStore { single, src, mem } => new("vstr").arg(float(single, src)).mem(mem),
        Op::ToFloat { dst, low, high } => new("vmov").regs([dst, low, high]),
        Op::FromFloat { low, high, src } => new("vmov").regs([low, high, src]),
        Op::ToSingle { dst, src } => new("vmov").arg(Arg::Single(dst)).regs([src]),
        Op::FromSingle { dst, src } => new("vmov").regs([dst]).arg(Arg::Single(src)),
        Op::FloatImm { dst, imm } => {
            new("vmov.f64").regs([dst]).arg(Arg::Text(format!("#{:?}", float_value(imm)).into()))
        }
        Op::Float { op, dst, src, src2 } => Line::new(format!("{}.f64", op.name())).regs([dst, src, src2]),
        Op::FloatUnary { op, dst, src } => Line::new(format!("{}.f64", op.name())).regs([dst, src]),
        Op::FloatCompare { left, right } => new("vcmp.f64").regs([left, right]),
        Op::FloatCompareZero { left } => new("vcmp.f64").regs([left]).imm(0),
        Op::FloatFlags => new("vmrs").arg(Arg::Text("APSR_nzcv".into())).arg(Arg::Text("fpscr".into())),
        Op::FloatConvert { op, dst, src } => {
            let (single_dst, single_src) = op.singles();
            new(op.name()).arg(float(single_dst, dst)).arg(float(single_src, src))
        }
        Op::MoveImm { .. } | Op::MoveSymbol { .. } => unreachable!("printed as several"),
    }
}

fn float<R>(single: bool, reg: R) -> Arg<R> {
    if single { Arg::Single(reg) } else { Arg::Reg(reg) }
}

/// The number that eight bits stand for.
fn float_value(imm: u8) -> f64 {
    let magnitude = f64::from(16 + (imm & 15)) / 16.0 * 2f64.powi((i32::from(imm >> 4 & 7) ^ 4) - 3);
    if imm >> 7 == 0 { magnitude } else { -magnitude }
}

impl<R: RegName> Printed<'_, R> {
    fn disp(&self, disp: i32, f: &mut Formatter<'_>) -> fmt::Result {
        if disp == 0 { Ok(()) } else { write!(f, ", #{disp}") }
    }

    fn offset(&self, mem: &Amode<R>, f: &mut Formatter<'_>) -> fmt::Result {
        match mem {
            Amode::Base { disp, .. } => self.disp(*disp, f),
            Amode::Index { index, negative, shift, .. } => {
                f.write_str(if *negative { ", -" } else { ", " })?;
                index.write(false, f)?;
                if *shift == 0 { Ok(()) } else { write!(f, ", lsl #{shift}") }
            }
            Amode::Slot(_) | Amode::Label(_) => Ok(()),
        }
    }

    fn mem(&self, mem: &Amode<R>, update: Option<Update>, f: &mut Formatter<'_>) -> fmt::Result {
        match mem {
            Amode::Label(label) => return self.names.label(*label, f),
            Amode::Slot(slot) => match self.frame.and_then(|frame| frame.slot_offset(*slot)) {
                Some(disp) => {
                    write!(f, "[{}", SP.name())?;
                    self.disp(disp, f)?;
                }
                None => write!(f, "[slot{slot}")?,
            },
            Amode::Base { base, .. } | Amode::Index { base, .. } => {
                f.write_str("[")?;
                base.write(false, f)?;
            }
        }
        if update == Some(Update::After) {
            f.write_str("]")?;
            return match mem {
                // Without an offset this would be another instruction.
                Amode::Base { disp: 0, .. } => f.write_str(", #0"),
                _ => self.offset(mem, f),
            };
        }
        match mem {
            Amode::Base { disp: 0, .. } if update.is_some() => f.write_str(", #0")?,
            _ => self.offset(mem, f)?,
        }
        f.write_str(if update.is_some() { "]!" } else { "]" })
    }

    fn operand(&self, operand: &Operand<R>, f: &mut Formatter<'_>) -> fmt::Result {
        match operand {
            Operand::Imm(imm) => write!(f, "#{imm}"),
            Operand::Reg(reg) => reg.write(false, f),
            Operand::Shifted(reg, op, count) => {
                reg.write(false, f)?;
                f.write_str(", ")?;
                self.arg(&Arg::Shift(*op, *count), f)
            }
            Operand::Rrx(reg) => {
                reg.write(false, f)?;
                f.write_str(", rrx")
            }
            Operand::ShiftedBy(reg, op, count) => {
                reg.write(false, f)?;
                write!(f, ", {} ", op.name())?;
                count.write(false, f)
            }
        }
    }

    fn arg(&self, arg: &Arg<R>, f: &mut Formatter<'_>) -> fmt::Result {
        match arg {
            Arg::Reg(reg) => reg.write(false, f),
            Arg::Single(reg) => reg.write(true, f),
            Arg::Changed(reg) => {
                reg.write(false, f)?;
                f.write_str("!")
            }
            Arg::Operand(operand) => self.operand(operand, f),
            Arg::Mem(mem) => self.mem(mem, None, f),
            Arg::Update(mem, update) => self.mem(mem, Some(*update), f),
            Arg::List(list) => {
                let mut separator = "{";
                for reg in list.iter() {
                    write!(f, "{separator}{}", reg.name())?;
                    separator = ", ";
                }
                f.write_str("}")
            }
            Arg::Imm(imm) => write!(f, "#{imm}"),
            Arg::Shift(op, count) => write!(f, "{} #{count}", op.name()),
            Arg::Rotate(count) => write!(f, "ror #{count}"),
            Arg::Half(half, symbol) => {
                write!(f, "#:{half}16:")?;
                self.names.symbol(*symbol, f)
            }
            Arg::Label(label) => self.names.label(*label, f),
            Arg::Text(text) => f.write_str(text),
        }
    }

    fn line(&self, line: &Line<R>, f: &mut Formatter<'_>) -> fmt::Result {
        let (stem, types) = line.name.split_at(line.name.find('.').unwrap_or(line.name.len()));
        write!(f, "{stem}{}{types}", self.insn.cond.name())?;
        for (nth, arg) in line.args.iter().enumerate() {
            f.write_str(if nth == 0 { " " } else { ", " })?;
            self.arg(arg, f)?;
        }
        Ok(())
    }
}

impl<R: RegName> Display for Printed<'_, R> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.insn.op {
            Op::MoveImm { dst, imm } => {
                let mut separator = "";
                for op in Making::of(imm).ops(dst) {
                    f.write_str(separator)?;
                    self.line(&line(&op), f)?;
                    separator = "; ";
                }
                Ok(())
            }
            Op::MoveSymbol { dst, symbol } => {
                let half =
                    |name: &'static str, half| Line::new(name).regs([dst]).arg(Arg::Half(half, symbol));
                self.line(&half("movw", "lower"), f)?;
                f.write_str("; ")?;
                self.line(&half("movt", "upper"), f)
            }
            ref op => self.line(&line(op), f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arm32::insn::Cond;
    use crate::backend::Numbered;
    use regalloc2::RegClass;

    #[test]
    fn virtual_registers_show_what_the_machine_hides() {
        let text = |op: Op<usize>, cond| {
            let insn = op.when(cond).map_regs(|number, _| VReg::new(*number, RegClass::Int));
            print(&insn, None, &Numbered).to_string()
        };
        assert_eq!(text(Op::Movt { dst: 3, src1: 1, imm: 5 }, Cond::Always), "movt v3, v1, #5");
        let src = Operand::Reg(2);
        let into = Op::MoveInto { op: MoveOp::Mov, dst: 3, src1: 1, src };
        assert_eq!(text(into, Cond::Lt), "movlt v3, v1, v2");
    }

    #[test]
    fn numbers_of_eight_bits_are_those_of_the_encoder() {
        for imm in 0..=u8::MAX {
            assert_eq!(crate::arm32::imm::float(float_value(imm).to_bits()), Some(imm));
        }
    }
}
