//! Instructions as text, as GNU `as` and `llvm-mc` read them.
//!
//! The text of an instruction with physical registers assembles to the bytes that the encoder writes. Where disassemblers
//! have a shorter name for a common form (`cmp`, `mov`, `lsl`, `cset`) it is used. A sequence is printed as its
//! instructions, separated by semicolons.

use super::imm::{self, Move};
use super::insn::*;
use super::regs::{Reg, Width, XZR};
use crate::backend::Names;
use linac_emit::{Label, SymbolId};
use regalloc2::VReg;
use smallvec::SmallVec;
use std::fmt::{self, Display, Formatter};

/// A register that has a name.
pub trait RegName: PartialEq {
    /// Writes the name for an operand of a width.
    fn write(&self, width: Width, f: &mut Formatter<'_>) -> fmt::Result;

    /// Is it this register?
    fn is(&self, reg: Reg) -> bool;
}

impl RegName for Reg {
    fn write(&self, width: Width, f: &mut Formatter<'_>) -> fmt::Result {
        self.write_name(width, f)
    }

    fn is(&self, reg: Reg) -> bool {
        *self == reg
    }
}

impl RegName for VReg {
    fn write(&self, _: Width, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.vreg())
    }

    fn is(&self, _: Reg) -> bool {
        false
    }
}

/// An instruction to be printed.
#[derive(Clone, Copy)]
pub struct Printed<'a, R> {
    insn: &'a Insn<R>,
    names: &'a dyn Names,
}

/// The text of an instruction.
pub fn print<'a, R: RegName>(insn: &'a Insn<R>, names: &'a dyn Names) -> Printed<'a, R> {
    Printed { insn, names }
}

enum Arg<'a, R> {
    Reg(&'a R, Width),
    Mem(&'a Amode<R>, Width),
    /// A second operand that is widened or shifted; nothing for a shift by 0.
    Shift(Shift),
    Extend(ExtendOp, u8),
    Imm(i64),
    Hex(u64),
    Label(Label),
    /// With the operator in front of it.
    Symbol(&'static str, SymbolId, i32),
    Float(f64),
    Text(&'static str),
}

/// Mnemonic and operands.
struct Line<'a, R> {
    name: &'static str,
    args: SmallVec<[Arg<'a, R>; 5]>,
}

impl<'a, R: RegName> Line<'a, R> {
    fn new(name: &'static str) -> Self {
        Line { name, args: SmallVec::new() }
    }

    fn arg(mut self, arg: Arg<'a, R>) -> Self {
        self.args.push(arg);
        self
    }

    fn reg(self, reg: &'a R, width: Width) -> Self {
        self.arg(Arg::Reg(reg, width))
    }

    fn double(self, reg: &'a R) -> Self {
        self.reg(reg, Width::W64)
    }

    fn mem(self, mem: &'a Amode<R>, width: Width) -> Self {
        self.arg(Arg::Mem(mem, width))
    }

    fn imm(self, imm: impl Into<i64>) -> Self {
        self.arg(Arg::Imm(imm.into()))
    }

    fn shift(self, shift: Shift) -> Self {
        if shift == Shift::NONE { self } else { self.arg(Arg::Shift(shift)) }
    }

    fn half_shift(self, shift: u8) -> Self {
        if shift == 0 { self } else { self.arg(Arg::Shift(Shift::left(shift))) }
    }

    fn label(self, label: Label) -> Self {
        self.arg(Arg::Label(label))
    }

    fn symbol(self, operator: &'static str, symbol: SymbolId, addend: i32) -> Self {
        self.arg(Arg::Symbol(operator, symbol, addend))
    }

    fn text(self, text: &'static str) -> Self {
        self.arg(Arg::Text(text))
    }
}

/// The name of a load or store whose offset is only possible unscaled.
fn access<R>(name: &'static str, unscaled: &'static str, mem: &Amode<R>, width: Width) -> &'static str {
    match mem {
        Amode::Base { offset, .. } if imm::scaled(*offset, width).is_none() => unscaled,
        _ => name,
    }
}

fn load_name<R>(op: LoadOp, mem: &Amode<R>) -> &'static str {
    let unscaled = match op {
        LoadOp::U8 => "ldurb",
        LoadOp::U16 => "ldurh",
        LoadOp::U32 | LoadOp::X64 => "ldur",
        LoadOp::S8To32 | LoadOp::S8To64 => "ldursb",
        LoadOp::S16To32 | LoadOp::S16To64 => "ldursh",
        LoadOp::S32To64 => "ldursw",
    };
    access(op.name(), unscaled, mem, op.memory())
}

fn store_name<R>(width: Width, mem: &Amode<R>) -> &'static str {
    let (name, unscaled) = match width {
        Width::W8 => ("strb", "sturb"),
        Width::W16 => ("strh", "sturh"),
        _ => ("str", "stur"),
    };
    access(name, unscaled, mem, width)
}

/// The name of an addition or bitwise operation whose result is thrown away.
fn comparison(name: &'static str) -> Option<&'static str> {
    Some(match name {
        "adds" => "cmn",
        "subs" => "cmp",
        "ands" => "tst",
        _ => return None,
    })
}

/// An operation of two sources, without the result if that is thrown away.
fn operation<'a, R: RegName>(name: &'static str, dst: &'a R, left: &'a R, width: Width) -> Line<'a, R> {
    match comparison(name) {
        Some(shorter) if dst.is(XZR) => Line::new(shorter).reg(left, width),
        _ => Line::new(name).reg(dst, width).reg(left, width),
    }
}

fn bitfield<'a, R: RegName>(
    op: BitfieldOp,
    width: Width,
    dst: &'a R,
    src: &'a R,
    rotate: u8,
    last: u8,
) -> Line<'a, R> {
    let bits = width.bits() as u8;
    let signed = op == BitfieldOp::Sbfm;
    let new = |name| Line::new(name).reg(dst, width).reg(src, width);
    match (rotate, last) {
        (_, _) if last == bits - 1 => new(if signed { "asr" } else { "lsr" }).imm(rotate),
        (_, _) if !signed && last + 1 == rotate => new("lsl").imm(bits - rotate),
        (0, 7 | 15) if !signed && width == Width::W32 => {
            Line::new(if last == 7 { "uxtb" } else { "uxth" }).reg(dst, width).reg(src, Width::W32)
        }
        (0, 7 | 15 | 31) if signed => {
            let name = match last {
                7 => "sxtb",
                15 => "sxth",
                _ => "sxtw",
            };
            Line::new(name).reg(dst, width).reg(src, Width::W32)
        }
        (_, _) if rotate <= last => {
            new(if signed { "sbfx" } else { "ubfx" }).imm(rotate).imm(last - rotate + 1)
        }
        _ => new(if signed { "sbfiz" } else { "ubfiz" }).imm(bits - rotate).imm(last + 1),
    }
}

/// The instructions of a sequence but the first, and the first.
fn lines<'a, R: RegName>(insn: &'a Insn<R>) -> SmallVec<[Line<'a, R>; 1]> {
    let mut lines = SmallVec::new();
    match insn {
        Insn::MovImm { width, dst, imm } => {
            let Some(moves) = imm::sequence(*imm, *width) else {
                lines.push(Line::new("mov").reg(dst, *width).imm(*imm));
                return lines;
            };
            for step in moves {
                let line = match step {
                    // What the assembler makes of a `mov` of this number.
                    Move::Zero(half, shift) => {
                        Line::new("mov").reg(dst, *width).arg(Arg::Hex(u64::from(half) << shift))
                    }
                    Move::Not(half, shift) => {
                        Line::new("mov").reg(dst, *width).imm(!(i64::from(half) << shift))
                    }
                    Move::Bitmask(value) => Line::new("mov").reg(dst, *width).arg(Arg::Hex(value)),
                    Move::Keep(half, shift) => {
                        let line = Line::new("movk").reg(dst, *width).arg(Arg::Hex(half.into()));
                        line.half_shift(shift)
                    }
                };
                lines.push(line);
            }
        }
        Insn::MovSymbol { dst, symbol } => {
            lines.push(Line::new("movz").reg(dst, Width::W32).symbol("#:abs_g0_nc:", *symbol, 0));
            lines.push(Line::new("movk").reg(dst, Width::W32).symbol("#:abs_g1:", *symbol, 0));
        }
        Insn::SymbolAddress { dst, symbol } => {
            lines.push(Line::new("adrp").reg(dst, Width::W64).symbol("", *symbol, 0));
            let line = Line::new("add").reg(dst, Width::W64).reg(dst, Width::W64);
            lines.push(line.symbol(":lo12:", *symbol, 0));
        }
        Insn::SymbolLoad { dst, symbol } => {
            lines.push(Line::new("adrp").reg(dst, Width::W64).symbol("", *symbol, 0));
            let line = Line::new("ldr").reg(dst, Width::W64).text("[").reg(dst, Width::W64);
            lines.push(line.symbol(":lo12:", *symbol, 0).text("]"));
        }
        _ => lines.push(line(insn)),
    }
    lines
}

fn line<R: RegName>(insn: &Insn<R>) -> Line<'_, R> {
    use Width::{W32, W64};
    let new = |name: &'static str| Line::new(name);
    match insn {
        Insn::Mov { width, dst, src } => new("mov").reg(dst, *width).reg(src, *width),
        Insn::MovImm { .. }
        | Insn::MovSymbol { .. }
        | Insn::SymbolAddress { .. }
        | Insn::SymbolLoad { .. } => new("(sequence)"),
        Insn::MovWide { op, width, dst, imm, shift } => {
            new(op.name()).reg(dst, *width).arg(Arg::Hex((*imm).into())).half_shift(*shift)
        }
        Insn::MovKeep { width, dst, imm, shift, .. } => {
            new("movk").reg(dst, *width).arg(Arg::Hex((*imm).into())).half_shift(*shift)
        }
        Insn::Adr { dst, label } => new("adr").reg(dst, W64).label(*label),
        Insn::Adrp { dst, symbol, addend } => new("adrp").reg(dst, W64).symbol("", *symbol, *addend),
        Insn::AddLow { dst, src, symbol, addend } => {
            new("add").reg(dst, W64).reg(src, W64).symbol(":lo12:", *symbol, *addend)
        }
        Insn::AddImm { op, width, dst, src, imm } => operation(op.name(), dst, src, *width).imm(*imm),
        Insn::AddReg { op, width, dst, left, right, shift } => match op {
            AddOp::Sub | AddOp::Subs if left.is(XZR) && !dst.is(XZR) => {
                let line = new(if op.sets_flags() { "negs" } else { "neg" }).reg(dst, *width);
                line.reg(right, *width).shift(*shift)
            }
            _ => operation(op.name(), dst, left, *width).reg(right, *width).shift(*shift),
        },
        Insn::AddExtend { op, width, dst, left, right, extend, count } => {
            let line = operation(op.name(), dst, left, *width).reg(right, extend.source());
            line.arg(Arg::Extend(*extend, *count))
        }
        Insn::LogicImm { op, width, dst, src, imm } => {
            operation(op.name(), dst, src, *width).arg(Arg::Hex(*imm))
        }
        Insn::LogicReg { op: LogicOp::Orn, width, dst, left, right, shift } if left.is(XZR) => {
            new("mvn").reg(dst, *width).reg(right, *width).shift(*shift)
        }
        Insn::LogicReg { op, width, dst, left, right, shift } => {
            operation(op.name(), dst, left, *width).reg(right, *width).shift(*shift)
        }
        Insn::Bitfield { op, width, dst, src, rotate, last } => {
            bitfield(*op, *width, dst, src, *rotate, *last)
        }
        Insn::BitfieldInsert { width, dst, src2, rotate, last, .. } => {
            let bits = width.bits() as u8;
            if rotate <= last {
                new("bfxil").reg(dst, *width).reg(src2, *width).imm(*rotate).imm(last - rotate + 1)
            } else {
                new("bfi").reg(dst, *width).reg(src2, *width).imm(bits - rotate).imm(last + 1)
            }
        }
        Insn::Extract { width, dst, left, right, low } => {
            new("extr").reg(dst, *width).reg(left, *width).reg(right, *width).imm(*low)
        }
        Insn::ShiftReg { op, width, dst, src, count } => {
            new(op.name()).reg(dst, *width).reg(src, *width).reg(count, *width)
        }
        Insn::MulAdd { op, width, dst, left, right, addend } => match addend.is(XZR) {
            true => {
                let name = if *op == MulOp::Madd { "mul" } else { "mneg" };
                new(name).reg(dst, *width).reg(left, *width).reg(right, *width)
            }
            false => new(op.name()).reg(dst, *width).reg(left, *width).reg(right, *width).reg(addend, *width),
        },
        Insn::MulHigh { signed, dst, left, right } => {
            new(if *signed { "smulh" } else { "umulh" }).reg(dst, W64).reg(left, W64).reg(right, W64)
        }
        Insn::Div { signed, width, dst, left, right } => {
            let line = new(if *signed { "sdiv" } else { "udiv" }).reg(dst, *width);
            line.reg(left, *width).reg(right, *width)
        }
        Insn::Unary { op, width, dst, src } => new(op.name()).reg(dst, *width).reg(src, *width),
        Insn::Select { op, cond, width, dst, yes, no } => match op {
            SelectOp::Csinc if yes.is(XZR) && no.is(XZR) => {
                new("cset").reg(dst, *width).text(cond.negate().name())
            }
            SelectOp::Csinv if yes.is(XZR) && no.is(XZR) => {
                new("csetm").reg(dst, *width).text(cond.negate().name())
            }
            _ => {
                let line = new(op.name()).reg(dst, *width).reg(yes, *width).reg(no, *width);
                line.text(cond.name())
            }
        },
        Insn::Compare { op, cond, width, left, right, flags } => {
            let line = new(op.name()).reg(left, *width);
            let line = match right {
                Ri::Reg(reg) => line.reg(reg, *width),
                Ri::Imm(imm) => line.imm(*imm),
            };
            line.imm(*flags).text(cond.name())
        }
        Insn::Load { op, dst, mem } => new(load_name(*op, mem)).reg(dst, op.result()).mem(mem, op.memory()),
        Insn::Store { width, mem, src } => {
            let register = if *width == W64 { W64 } else { W32 };
            new(store_name(*width, mem)).reg(src, register).mem(mem, *width)
        }
        Insn::LoadPair { width, first, second, mem } | Insn::FloatLoadPair { width, first, second, mem } => {
            new("ldp").reg(first, *width).reg(second, *width).mem(mem, *width)
        }
        Insn::StorePair { width, mem, first, second }
        | Insn::FloatStorePair { width, mem, first, second } => {
            new("stp").reg(first, *width).reg(second, *width).mem(mem, *width)
        }
        Insn::LoadLiteral { width, dst, label } | Insn::FloatLoadLiteral { width, dst, label } => {
            new("ldr").reg(dst, *width).label(*label)
        }
        Insn::FloatLoad { width, dst, mem } => {
            new(access("ldr", "ldur", mem, *width)).reg(dst, *width).mem(mem, *width)
        }
        Insn::FloatStore { width, mem, src } => {
            new(access("str", "stur", mem, *width)).reg(src, *width).mem(mem, *width)
        }
        Insn::B { target } => new("b").label(*target),
        Insn::Bl { target } => new("bl").label(*target),
        Insn::BCond { cond, target } => new(branch_name(*cond)).label(*target),
        Insn::Cbz { nonzero, width, src, target } => {
            new(if *nonzero { "cbnz" } else { "cbz" }).reg(src, *width).label(*target)
        }
        Insn::Tbz { nonzero, src, bit, target } => {
            let width = if *bit < 32 { W32 } else { W64 };
            new(if *nonzero { "tbnz" } else { "tbz" }).reg(src, width).imm(*bit).label(*target)
        }
        Insn::Br { target } => new("br").reg(target, W64),
        Insn::Blr { target } => new("blr").reg(target, W64),
        Insn::Ret { target } if target.is(super::regs::X30) => new("ret"),
        Insn::Ret { target } => new("ret").reg(target, W64),
        Insn::FloatMov { dst, src } => new("fmov").double(dst).double(src),
        Insn::FloatImm { dst, bits } => new("fmov").double(dst).arg(Arg::Float(f64::from_bits(*bits))),
        Insn::ToFloat { width, dst, src } | Insn::FromFloat { width, dst, src } => {
            new("fmov").reg(dst, *width).reg(src, *width)
        }
        Insn::Float { op, dst, left, right } => new(op.name()).double(dst).double(left).double(right),
        Insn::FloatUnary { op, dst, src } => new(op.name()).double(dst).double(src),
        Insn::FloatCompare { left, right } => new("fcmp").double(left).double(right),
        Insn::FloatCompareZero { left } => new("fcmp").double(left).text("#0.0"),
        Insn::FloatSelect { cond, dst, yes, no } => {
            new("fcsel").double(dst).double(yes).double(no).text(cond.name())
        }
        Insn::IntToFloat { signed, width, dst, src } => {
            new(if *signed { "scvtf" } else { "ucvtf" }).double(dst).reg(src, *width)
        }
        Insn::FloatToInt { op, width, dst, src } => new(op.name()).reg(dst, *width).double(src),
        Insn::FloatWidth { to, dst, src } => {
            new("fcvt").reg(dst, *to).reg(src, if *to == W64 { W32 } else { W64 })
        }
        Insn::Brk { imm } => new("brk").arg(Arg::Hex((*imm).into())),
        Insn::Udf { imm } => new("udf").imm(*imm),
        Insn::Nop => new("nop"),
        Insn::Dmb { barrier } => new("dmb").text(barrier.name()),
    }
}

/// The name of the branch of a condition.
const fn branch_name(cond: Cond) -> &'static str {
    const NAMES: [&str; 14] = [
        "b.eq", "b.ne", "b.hs", "b.lo", "b.mi", "b.pl", "b.vs", "b.vc", "b.hi", "b.ls", "b.ge", "b.lt",
        "b.gt", "b.le",
    ];
    NAMES[cond as usize]
}

impl<R: RegName> Printed<'_, R> {
    fn mem(&self, mem: &Amode<R>, width: Width, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        match mem {
            Amode::Base { base, offset } => {
                base.write(Width::W64, f)?;
                if *offset != 0 {
                    write!(f, ", #{offset}")?;
                }
            }
            Amode::Index { base, index, extend, scaled } => {
                base.write(Width::W64, f)?;
                f.write_str(", ")?;
                index.write(extend.source(), f)?;
                let name = if *extend == ExtendOp::Uxtx { "lsl" } else { extend.name() };
                match (scaled, *extend == ExtendOp::Uxtx) {
                    // In the form for bytes the shift by 0 is a bit of its own.
                    (true, _) => write!(f, ", {name} #{}", width.log2())?,
                    (false, true) => {}
                    (false, false) => write!(f, ", {name}")?,
                }
            }
            Amode::Before { base, offset } => {
                base.write(Width::W64, f)?;
                return write!(f, ", #{offset}]!");
            }
            Amode::After { base, offset } => {
                base.write(Width::W64, f)?;
                return write!(f, "], #{offset}");
            }
            Amode::Low { base, symbol, addend } => {
                base.write(Width::W64, f)?;
                f.write_str(", ")?;
                self.symbol(":lo12:", *symbol, *addend, f)?;
            }
        }
        f.write_str("]")
    }

    fn symbol(&self, operator: &str, symbol: SymbolId, addend: i32, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(operator)?;
        self.names.symbol(symbol, f)?;
        if addend == 0 { Ok(()) } else { write!(f, "{addend:+}") }
    }

    fn arg(&self, arg: &Arg<'_, R>, f: &mut Formatter<'_>) -> fmt::Result {
        match arg {
            Arg::Reg(reg, width) => reg.write(*width, f),
            Arg::Mem(mem, width) => self.mem(mem, *width, f),
            Arg::Shift(shift) => write!(f, "{} #{}", shift.op.name(), shift.count),
            Arg::Extend(op, 0) => f.write_str(op.name()),
            Arg::Extend(op, count) => write!(f, "{} #{count}", op.name()),
            Arg::Imm(imm) => write!(f, "#{imm}"),
            Arg::Hex(imm) if *imm < 10 => write!(f, "#{imm}"),
            Arg::Hex(imm) => write!(f, "#{imm:#x}"),
            Arg::Label(label) => self.names.label(*label, f),
            Arg::Symbol(operator, symbol, addend) => self.symbol(operator, *symbol, *addend, f),
            Arg::Float(value) => write!(f, "#{value:?}"),
            Arg::Text(text) => f.write_str(text),
        }
    }

    fn line(&self, line: &Line<'_, R>, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(line.name)?;
        let mut separator = " ";
        for arg in &line.args {
            // Brackets stick to what they enclose.
            let closes = matches!(arg, Arg::Text("]"));
            f.write_str(if closes { "" } else { separator })?;
            self.arg(arg, f)?;
            separator = if matches!(arg, Arg::Text("[")) { "" } else { ", " };
        }
        Ok(())
    }
}

impl<R: RegName> Display for Printed<'_, R> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (nth, line) in lines(self.insn).iter().enumerate() {
            f.write_str(if nth == 0 { "" } else { "; " })?;
            self.line(line, f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::Numbered;
    use regalloc2::RegClass;

    #[test]
    fn virtual_registers_have_numbers() {
        let insn = Insn::AddReg {
            op: AddOp::Sub,
            width: Width::W64,
            dst: 3,
            left: 1,
            right: 2,
            shift: Shift::left(4),
        };
        let insn = insn.map_regs(|number, _| VReg::new(*number, RegClass::Int));
        assert_eq!(print(&insn, &Numbered).to_string(), "sub v3, v1, v2, lsl #4");
    }
}
