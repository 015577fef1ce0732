//! Instructions as text, in the Intel syntax of GNU `as` and `llvm-mc` (`.intel_syntax noprefix`).
//!
//! The text of an instruction with physical registers assembles to the bytes that the encoder writes. Before allocation
//! a result that will overwrite an operand is printed in front of it (`add v3, v1, v2`), and registers that the machine
//! fixes stand in braces (`idiv v5 {rax: v1, rdx: v2, rax := v3, rdx := v4}`).

use super::encode::Frame;
use super::insn::{Amode, FloatMove, FloatUnary, Imm, Insn, Ri, Rm, Rmi, Role};
use super::regs::{Reg, Width};
pub use crate::backend::{Names, Numbered};
use linac_emit::Label;
use regalloc2::VReg;
use smallvec::SmallVec;
use std::borrow::Cow;
use std::fmt::{self, Display, Formatter};

/// A register that has a name.
pub trait RegName: PartialEq {
    /// Is an operand that the machine fixes known from the instruction alone?
    const PHYSICAL: bool;

    /// Writes the name for an operand of a width.
    fn write(&self, width: Width, f: &mut Formatter<'_>) -> fmt::Result;
}

impl RegName for Reg {
    const PHYSICAL: bool = true;

    fn write(&self, width: Width, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.name(width))
    }
}

impl RegName for VReg {
    const PHYSICAL: bool = false;

    fn write(&self, _: Width, f: &mut Formatter<'_>) -> fmt::Result {
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

/// What the operand's text says about the size of memory.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Size {
    None,
    Bytes(u8),
}

impl From<Width> for Size {
    fn from(width: Width) -> Size {
        Size::Bytes(width.bytes())
    }
}

enum Arg<'a, R> {
    Reg(&'a R, Width),
    Mem(&'a Amode<R>, Size),
    Imm(Imm),
    Number(i64),
    Label(Label),
    Text(&'static str),
}

/// Mnemonic and operands.
struct Line<'a, R> {
    name: Cow<'static, str>,
    args: SmallVec<[Arg<'a, R>; 4]>,
}

impl<'a, R: RegName> Line<'a, R> {
    fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Line { name: name.into(), args: SmallVec::new() }
    }

    fn arg(mut self, arg: Arg<'a, R>) -> Self {
        self.args.push(arg);
        self
    }

    fn reg(self, reg: &'a R, width: Width) -> Self {
        self.arg(Arg::Reg(reg, width))
    }

    /// The names of vector registers do not depend on a width.
    fn vector(self, reg: &'a R) -> Self {
        self.reg(reg, Width::W64)
    }

    fn mem(self, mem: &'a Amode<R>, size: impl Into<Size>) -> Self {
        self.arg(Arg::Mem(mem, size.into()))
    }

    fn imm(self, imm: Imm) -> Self {
        self.arg(Arg::Imm(imm))
    }

    fn number(self, number: impl Into<i64>) -> Self {
        self.arg(Arg::Number(number.into()))
    }

    /// A result and the operand it overwrites.
    fn reused(self, dst: &'a R, src1: &'a R, width: Width) -> Self {
        let line = self.reg(dst, width);
        if dst == src1 { line } else { line.reg(src1, width) }
    }

    fn rm(self, rm: &'a Rm<R>, width: Width) -> Self {
        match rm {
            Rm::Reg(reg) => self.reg(reg, width),
            Rm::Mem(mem) => self.mem(mem, width),
        }
    }

    fn vector_rm(self, rm: &'a Rm<R>, bytes: u8) -> Self {
        match rm {
            Rm::Reg(reg) => self.vector(reg),
            Rm::Mem(mem) => self.mem(mem, Size::Bytes(bytes)),
        }
    }

    fn ri(self, ri: &'a Ri<R>, width: Width) -> Self {
        match ri {
            Ri::Reg(reg) => self.reg(reg, width),
            Ri::Imm(imm) => self.imm(*imm),
        }
    }

    fn rmi(self, rmi: &'a Rmi<R>, width: Width) -> Self {
        match rmi {
            Rmi::Reg(reg) => self.reg(reg, width),
            Rmi::Mem(mem) => self.mem(mem, width),
            Rmi::Imm(imm) => self.imm(*imm),
        }
    }
}

/// The form of `mov` with an immediate that the encoder chooses.
fn mov_imm<R: RegName>(width: Width, dst: &R, imm: i64) -> Line<'_, R> {
    match (width, u32::try_from(imm), i32::try_from(imm)) {
        (_, Ok(value), _) => Line::new("mov").reg(dst, Width::W32).number(value),
        (Width::W64, Err(_), Err(_)) => Line::new("movabs").reg(dst, width).number(imm),
        (_, Err(_), Ok(value)) => Line::new("mov").reg(dst, width).number(value),
        (_, Err(_), Err(_)) => Line::new("mov").reg(dst, width).number(imm),
    }
}

const fn float_move_bytes(op: FloatMove) -> u8 {
    match op {
        FloatMove::Double => 8,
        FloatMove::Single => 4,
        FloatMove::Bytes16 => 16,
    }
}

fn line<R: RegName>(insn: &Insn<R>) -> Line<'_, R> {
    use Width::{W8, W32, W64};
    let new = |name: &'static str| Line::new(name);
    let with = |stem: &str, end: &str| Line::new(format!("{stem}{end}"));
    match insn {
        Insn::Mov { width, dst, src } => new("mov").reg(dst, *width).reg(src, *width),
        Insn::MovImm { width, dst, imm } => mov_imm(*width, dst, *imm),
        Insn::MovSymbol { dst, symbol } => new("mov").reg(dst, W64).imm(Imm::Symbol(*symbol)),
        Insn::MovSymbol64 { dst, symbol } => new("movabs").reg(dst, W64).imm(Imm::Symbol(*symbol)),
        Insn::Zero { dst } => new("xor").reg(dst, W32).reg(dst, W32),
        Insn::Load { width, dst, mem } => new("mov").reg(dst, *width).mem(mem, *width),
        Insn::Store { width, mem, src } => new("mov").mem(mem, *width).reg(src, *width),
        Insn::StoreImm { width, mem, imm } => new("mov").mem(mem, *width).imm(*imm),
        Insn::Extend { op, dst, src } => {
            let (from, to) = op.widths();
            new(op.name()).reg(dst, to).rm(src, from)
        }
        Insn::Lea { width, dst, mem } => new("lea").reg(dst, *width).mem(mem, Size::None),
        Insn::Alu { op, width, dst, src1, src2 } => {
            new(op.name()).reused(dst, src1, *width).rmi(src2, *width)
        }
        Insn::AluMem { op, width, mem, src } => new(op.name()).mem(mem, *width).ri(src, *width),
        Insn::Cmp { width, left, right } => new("cmp").reg(left, *width).rmi(right, *width),
        Insn::CmpMem { width, mem, right } => new("cmp").mem(mem, *width).ri(right, *width),
        Insn::Test { width, left, right } => new("test").reg(left, *width).ri(right, *width),
        Insn::TestMem { width, mem, right } => new("test").mem(mem, *width).ri(right, *width),
        Insn::Unary { op, width, dst, src1 } => new(op.name()).reused(dst, src1, *width),
        Insn::UnaryMem { op, width, mem } => new(op.name()).mem(mem, *width),
        Insn::Imul { width, dst, src1, src2 } => new("imul").reused(dst, src1, *width).rm(src2, *width),
        Insn::ImulImm { width, dst, src, imm } => new("imul").reg(dst, *width).rm(src, *width).number(*imm),
        Insn::MulWide { signed, width, src2, .. } => {
            new(if *signed { "imul" } else { "mul" }).rm(src2, *width)
        }
        Insn::Div { signed, width, divisor, .. } => {
            new(if *signed { "idiv" } else { "div" }).rm(divisor, *width)
        }
        Insn::SignSpread { width, .. } => new(if *width == W64 { "cqo" } else { "cdq" }),
        Insn::Shift { op, width, dst, src1, count } => {
            new(op.name()).reused(dst, src1, *width).number(*count)
        }
        Insn::ShiftCl { op, width, dst, src1, .. } => {
            new(op.name()).reused(dst, src1, *width).arg(Arg::Text("cl"))
        }
        Insn::DoubleShift { op, width, dst, src1, src2, count } => {
            new(op.name()).reused(dst, src1, *width).reg(src2, *width).number(*count)
        }
        Insn::DoubleShiftCl { op, width, dst, src1, src2, .. } => {
            new(op.name()).reused(dst, src1, *width).reg(src2, *width).arg(Arg::Text("cl"))
        }
        Insn::Bits { op, width, dst, src } => new(op.name()).reg(dst, *width).rm(src, *width),
        Insn::Bswap { width, dst, src1 } => new("bswap").reused(dst, src1, *width),
        Insn::Bt { width, left, right } => new("bt").reg(left, *width).ri(right, *width),
        Insn::BtMem { width, mem, bit } => new("bt").mem(mem, *width).number(*bit),
        Insn::Set { cond, dst } => with("set", cond.name()).reg(dst, W8),
        Insn::SetMem { cond, mem } => with("set", cond.name()).mem(mem, W8),
        Insn::Cmov { cond, width, dst, src1, src2 } => {
            with("cmov", cond.name()).reused(dst, src1, *width).rm(src2, *width)
        }
        Insn::Jcc { cond, target } => with("j", cond.name()).arg(Arg::Label(*target)),
        Insn::Jmp { target } => new("jmp").arg(Arg::Label(*target)),
        Insn::JmpIndirect { target } => new("jmp").rm(target, W64),
        Insn::Call { target } => new("call").arg(Arg::Label(*target)),
        Insn::CallIndirect { target } => new("call").rm(target, W64),
        Insn::Push { src } => new("push").rmi(src, W64),
        Insn::Pop { dst } => new("pop").reg(dst, W64),
        Insn::PopMem { mem } => new("pop").mem(mem, W64),
        Insn::Ret => new("ret"),
        Insn::Ud2 => new("ud2"),
        Insn::Int3 => new("int3"),
        Insn::Nop { length: 1 } => new("nop"),
        Insn::Nop { length } => new(".nops").number(*length),
        Insn::Mfence => new("mfence"),
        Insn::Swap { width, left, right } => new("xchg").reg(left, *width).reg(right, *width),
        Insn::Xchg { width, dst, src1, mem } => new("xchg").reused(dst, src1, *width).mem(mem, *width),
        Insn::LockCmpxchg { width, new: value, mem, .. } => {
            new("lock cmpxchg").mem(mem, *width).reg(value, *width)
        }
        Insn::LockXadd { width, dst, src1, mem } => {
            new("lock xadd").mem(mem, *width).reused(dst, src1, *width)
        }
        Insn::LockAlu { op, width, mem, src } => with("lock ", op.name()).mem(mem, *width).ri(src, *width),
        Insn::FloatCopy { dst, src } => new("movaps").vector(dst).vector(src),
        Insn::FloatLoad { op, dst, mem } => {
            new(op.name()).vector(dst).mem(mem, Size::Bytes(float_move_bytes(*op)))
        }
        Insn::FloatStore { op, mem, src } => {
            new(op.name()).mem(mem, Size::Bytes(float_move_bytes(*op))).vector(src)
        }
        Insn::ToFloat { width, dst, src } => {
            new(if *width == W64 { "movq" } else { "movd" }).vector(dst).reg(src, *width)
        }
        Insn::FromFloat { width, dst, src } => {
            new(if *width == W64 { "movq" } else { "movd" }).reg(dst, *width).vector(src)
        }
        Insn::FloatZero { dst } => new("xorps").vector(dst).vector(dst),
        Insn::Float { op, dst, src1, src2 } => {
            new(op.name()).reused(dst, src1, W64).vector_rm(src2, if op.is_wide() { 16 } else { 8 })
        }
        Insn::FloatUnary { op, dst, src } => {
            new(op.name()).vector(dst).vector_rm(src, if *op == FloatUnary::ToDouble { 4 } else { 8 })
        }
        Insn::Ucomisd { left, right } => new("ucomisd").vector(left).vector_rm(right, 8),
        Insn::IntToFloat { width, dst, src } => new("cvtsi2sd").vector(dst).rm(src, *width),
        Insn::FloatToInt { width, dst, src } => new("cvttsd2si").reg(dst, *width).vector_rm(src, 8),
        Insn::Round { mode, dst, src } => new("roundsd").vector(dst).vector_rm(src, 8).number(mode.code()),
    }
}

const fn size_name(bytes: u8) -> &'static str {
    match bytes {
        1 => "BYTE PTR ",
        2 => "WORD PTR ",
        4 => "DWORD PTR ",
        8 => "QWORD PTR ",
        _ => "XMMWORD PTR ",
    }
}

impl<R: RegName> Printed<'_, R> {
    fn disp(&self, disp: i32, f: &mut Formatter<'_>) -> fmt::Result {
        if disp == 0 { Ok(()) } else { write!(f, "{disp:+}") }
    }

    fn mem(&self, mem: &Amode<R>, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        match mem {
            Amode::Base { base, disp } => {
                base.write(Width::W64, f)?;
                self.disp(*disp, f)?;
            }
            Amode::Index { base, index, scale, disp } => {
                base.write(Width::W64, f)?;
                f.write_str("+")?;
                index.write(Width::W64, f)?;
                write!(f, "*{}", 1 << scale.log2())?;
                self.disp(*disp, f)?;
            }
            Amode::Slot(slot) => match self.frame.and_then(|frame| frame.slot_offset(*slot)) {
                Some(disp) => {
                    f.write_str("rsp")?;
                    self.disp(disp, f)?;
                }
                None => write!(f, "slot{slot}")?,
            },
            Amode::Label(label) => {
                f.write_str("rip+")?;
                self.names.label(*label, f)?;
            }
            Amode::Symbol(symbol, addend) => {
                f.write_str("rip+")?;
                self.names.symbol(*symbol, f)?;
                self.disp(*addend, f)?;
            }
        }
        f.write_str("]")
    }

    fn arg(&self, arg: &Arg<'_, R>, f: &mut Formatter<'_>) -> fmt::Result {
        match arg {
            Arg::Reg(reg, width) => reg.write(*width, f),
            Arg::Mem(mem, size) => {
                if let Size::Bytes(bytes) = size {
                    f.write_str(size_name(*bytes))?;
                }
                self.mem(mem, f)
            }
            Arg::Imm(Imm::Value(value)) => value.fmt(f),
            Arg::Imm(Imm::Symbol(symbol)) => {
                f.write_str("OFFSET ")?;
                self.names.symbol(*symbol, f)
            }
            Arg::Number(number) => number.fmt(f),
            Arg::Label(label) => self.names.label(*label, f),
            Arg::Text(text) => f.write_str(text),
        }
    }

    /// The operands that the machine fixes.
    fn fixed(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (mut result, mut before) = (Ok(()), " {");
        self.insn.for_each_operand(|reg, role| {
            let (fixed, sign) = match role {
                Role::UseFixed(fixed) => (fixed, ": "),
                Role::DefFixed(fixed) => (fixed, " := "),
                _ => return,
            };
            let separator = std::mem::replace(&mut before, ", ");
            let mut write = || {
                write!(f, "{separator}{}{sign}", fixed.name(Width::W64))?;
                reg.write(Width::W64, f)
            };
            result = result.and_then(|()| write());
        });
        result?;
        if before == " {" { Ok(()) } else { f.write_str("}") }
    }
}

impl<R: RegName> Display for Printed<'_, R> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let line = line(self.insn);
        f.write_str(&line.name)?;
        for (nth, arg) in line.args.iter().enumerate() {
            f.write_str(if nth == 0 { " " } else { ", " })?;
            self.arg(arg, f)?;
        }
        if R::PHYSICAL { Ok(()) } else { self.fixed(f) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::x86_64::insn::AluOp;
    use regalloc2::RegClass;

    fn virtual_text(insn: Insn<usize>) -> String {
        let insn = insn.map_regs(|number, _| VReg::new(*number, RegClass::Int));
        print(&insn, None, &Numbered).to_string()
    }

    #[test]
    fn virtual_registers_show_what_the_machine_hides() {
        let (op, width) = (AluOp::Add, Width::W64);
        let add = Insn::Alu { op, width, dst: 3, src1: 1, src2: Rmi::Mem(Amode::Slot(2)) };
        assert_eq!(virtual_text(add), "add v3, v1, QWORD PTR [slot2]");
        let div = Insn::Div {
            signed: true,
            width,
            quotient: 3,
            remainder: 4,
            low: 1,
            high: 2,
            divisor: Rm::Reg(5),
        };
        assert_eq!(virtual_text(div), "idiv v5 {rax: v1, rdx: v2, rax := v3, rdx := v4}");
    }
}
