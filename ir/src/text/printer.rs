//! Prints a function in its canonical text form.
//!
//! Every number is printed as it stands in the function, so that dumps before and after a pass can be compared. Values
//! that were replaced are shown by what replaced them. Any function can be printed, also one that the verifier refuses.

use super::lexer::{float, name, quote};
use crate::entities::{Inst, Value};
use crate::facts;
use crate::function::{ConstData, ExtFunc, Function, Inlined, LitShape, SlotKind, Stage};
use crate::inst::{BeamReg, BlockCall, FloatCond, Imm, InstData, IntCond, TypeTest};
use crate::opcode::Opcode;
use crate::types::{Facts, Type};
use cranelift_entity::EntitySet;
use linac_abi::WordSize;
use linac_abi::rtcall::ErrorKind;
use std::fmt::{self, Display, Write};

/// The text of a function, with a newline at the end.
pub fn print(func: &Function) -> String {
    let mut out = String::new();
    Printer { func, defined: EntitySet::new() }.function(&mut out).expect("a string takes any text");
    out
}

/// Spelling in a table of names.
fn spelling<T: PartialEq + Copy>(table: &[(T, &'static str)], value: T) -> &'static str {
    table.iter().find(|(v, _)| *v == value).map_or("?", |(_, s)| s)
}

/// The facts that the text leaves out for result number `n` of an instruction: what follows from the operation, if its
/// operands stand above it in the text; else anything. `defined` are the values above.
pub(super) fn default_facts(func: &Function, inst: Inst, n: usize, defined: &EntitySet<Value>) -> Facts {
    if func.insts[inst].args.iter().all(|&v| defined.contains(func.resolve(v))) {
        facts::of_result_number(func, inst, n)
    } else {
        Facts::ANY_OR_NONE
    }
}

struct Printer<'f> {
    func: &'f Function,
    /// Values that were printed.
    defined: EntitySet<Value>,
}

impl Printer<'_> {
    fn function(&mut self, w: &mut String) -> fmt::Result {
        let func = self.func;
        let word = if func.word == WordSize::W32 { 32 } else { 64 };
        let stage = if func.stage == Stage::Beam { "beam" } else { "core" };
        writeln!(
            w,
            "function {}:{}/{} index {} word {word} stage {stage} {{",
            name(&func.module),
            name(&func.name),
            func.arity,
            func.index
        )?;
        for (n, file) in func.files.iter().enumerate() {
            writeln!(w, "  file {n} {}", quote(file, '"'))?;
        }
        for (loc, data) in func.locs.iter().skip(1) {
            write!(w, "  loc {loc} = {}:{} beam 0x{:x}", data.file, data.line, data.beam)?;
            match data.inlined {
                None => writeln!(w)?,
                Some(Inlined { func, at: Some(at) }) => writeln!(w, " in {func} at {at}")?,
                Some(Inlined { func, at: None }) => writeln!(w, " in {func} instead")?,
            }
        }
        for (slot, kind) in func.slots.iter() {
            let kind = match kind {
                SlotKind::Term => "term",
                SlotKind::Scratch => "scratch",
                SlotKind::Raw => "raw",
            };
            writeln!(w, "  slot {slot} = {kind}")?;
        }
        for (fref, data) in func.funcs.iter() {
            writeln!(w, "  func {fref} = {}", FuncText(data))?;
        }
        for &block in &func.order {
            let data = &func.blocks[block];
            write!(w, "{block}")?;
            if !data.params.is_empty() {
                w.write_str("(")?;
                for (i, &v) in data.params.iter().enumerate() {
                    w.write_str(if i > 0 { ", " } else { "" })?;
                    self.definition(w, v, Facts::ANY)?;
                }
                w.write_str(")")?;
            }
            writeln!(w, "{}:", if data.cold { " cold" } else { "" })?;
            for &inst in &data.insts {
                w.write_str("  ")?;
                self.inst(w, inst)?;
                w.write_str("\n")?;
            }
        }
        w.write_str("}\n")
    }

    fn definition(&mut self, w: &mut String, value: Value, default: Facts) -> fmt::Result {
        let ty = self.func.ty(value);
        write!(w, "{value}: {ty}")?;
        let facts = self.func.facts[value].normalize();
        if ty == Type::Term && facts != default.normalize() {
            write!(w, " {{{facts}}}")?;
        }
        self.defined.insert(value);
        Ok(())
    }

    fn inst(&mut self, w: &mut String, inst: Inst) -> fmt::Result {
        let data = &self.func.insts[inst];
        for (n, &v) in data.results.iter().enumerate() {
            w.write_str(if n > 0 { ", " } else { "" })?;
            // The results themselves are not among the operands' definitions until all are printed.
            let default = default_facts(self.func, inst, n, &self.defined);
            self.definition(w, v, default)?;
        }
        if !data.results.is_empty() {
            w.write_str(" = ")?;
        }
        write!(w, "{}", InstText { func: self.func, data })
    }
}

/// An instruction without its results.
struct InstText<'f> {
    func: &'f Function,
    data: &'f InstData,
}

impl Display for InstText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (func, data) = (self.func, self.data);
        write!(f, "{}", data.op)?;
        let mut sep = " ";
        let mut operand = |f: &mut fmt::Formatter<'_>, text: &dyn Display| {
            write!(f, "{sep}{text}")?;
            sep = ", ";
            Ok::<(), fmt::Error>(())
        };
        let call = |f: &mut fmt::Formatter<'_>, callee: &dyn Display| {
            write!(f, " {callee}({})", Values(func, &data.args))
        };
        match &data.imm {
            Imm::None | Imm::Keys(_) => {}
            Imm::Func(callee) => call(f, callee)?,
            Imm::Rt(rt) => call(f, &rt.name())?,
            Imm::Const(c) => operand(f, &ConstText(&func.consts[*c]))?,
            Imm::Int(n) => operand(f, n)?,
            Imm::Test(t) => operand(f, &spelling(&TypeTest::ALL, *t))?,
            Imm::IntCond(c) => operand(f, &spelling(&IntCond::ALL, *c))?,
            Imm::FloatCond(c) => operand(f, &spelling(&FloatCond::ALL, *c))?,
            Imm::Slot(s) => operand(f, s)?,
            Imm::Error(e) => operand(f, &spelling(&ErrorKind::ALL, *e))?,
            Imm::Reg(BeamReg::X(n)) => operand(f, &format_args!("x{n}"))?,
            Imm::Reg(BeamReg::Y(n)) => operand(f, &format_args!("y{n}"))?,
            Imm::Field(field) => operand(f, &field.name())?,
            Imm::F64(bits) => operand(f, &float(*bits))?,
        }
        if !matches!(data.imm, Imm::Func(_) | Imm::Rt(_)) {
            for &v in &data.args {
                operand(f, &func.resolve(v))?;
            }
        }
        match &data.imm {
            Imm::Keys(keys) if data.op == Opcode::Switch => {
                f.write_str(" [")?;
                for (i, key) in keys.iter().enumerate() {
                    let sep = if i > 0 { ", " } else { "" };
                    write!(f, "{sep}{}", ConstText(&func.consts[*key]))?;
                    if let Some(target) = data.targets.get(i) {
                        write!(f, " -> {}", Target(func, target))?;
                    }
                }
                f.write_str("]")?;
                for target in data.targets.iter().skip(keys.len()) {
                    write!(f, ", {}", Target(func, target))?;
                }
            }
            _ => {
                for target in &data.targets {
                    operand(f, &Target(func, target))?;
                }
            }
        }
        if data.loc != crate::Loc::NONE {
            write!(f, " @{}", data.loc)?;
        }
        if let Some(handler) = data.handler.expand() {
            write!(f, " !{handler}")?;
        }
        Ok(())
    }
}

struct Values<'f>(&'f Function, &'f [Value]);

impl Display for Values<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, &v) in self.1.iter().enumerate() {
            write!(f, "{}{}", if i > 0 { ", " } else { "" }, self.0.resolve(v))?;
        }
        Ok(())
    }
}

struct Target<'f>(&'f Function, &'f BlockCall);

impl Display for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.1.block)?;
        if self.1.args.is_empty() { Ok(()) } else { write!(f, "({})", Values(self.0, &self.1.args)) }
    }
}

struct ConstText<'f>(&'f ConstData);

impl Display for ConstText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ConstData::Int(n) => write!(f, "{n}"),
            ConstData::Atom(a) => f.write_str(&quote(a, '\'')),
            ConstData::Nil => f.write_str("[]"),
            ConstData::None => f.write_str("none"),
            ConstData::Literal(n, shape) => {
                write!(f, "lit {n} ")?;
                match shape {
                    LitShape::Tuple(n) => write!(f, "tuple/{n}"),
                    LitShape::Cons => f.write_str("cons"),
                    LitShape::Map(n) => write!(f, "map/{n}"),
                    LitShape::Bits(n) => write!(f, "bits/{n}"),
                    LitShape::Float(bits) => write!(f, "float/{}", float(*bits)),
                    LitShape::Big => f.write_str("big"),
                    LitShape::Fun(n) => write!(f, "fun/{n}"),
                    LitShape::Other => f.write_str("other"),
                }
            }
        }
    }
}

struct FuncText<'f>(&'f ExtFunc);

impl Display for FuncText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ExtFunc::Local { index, name: n, arity } => write!(f, "local {index} {}/{arity}", name(n)),
            ExtFunc::Import { module, name: n, arity } => {
                write!(f, "import {}:{}/{arity}", name(module), name(n))
            }
            ExtFunc::Lambda { index, name: n, arity, free } => {
                write!(f, "lambda {index} {}/{arity} free {free}", name(n))
            }
        }
    }
}

impl Function {
    /// One instruction as in the text form, without its results.
    pub fn show_inst(&self, inst: Inst) -> String {
        InstText { func: self, data: &self.insts[inst] }.to_string()
    }
}
