//! Each instruction against its row of the opcode table: stage, immediate, operand and result types, counts.

use super::Errors;
use crate::entities::Inst;
use crate::function::{ConstData, ExtFunc, Function, SlotKind, Stage};
use crate::inst::{Imm, InstData};
use crate::opcode::{Effects, Format, OpInfo, Opcode};
use crate::types::{Facts, Type};
use linac_abi::rtcall::{ErrorKind, Kind, Returns};
use linac_abi::{bits, term};

pub(super) fn check(e: &mut Errors) {
    let func = e.func;
    for &block in &func.order {
        for &inst in &func.blocks[block].insts {
            let before = e.list.len();
            table(e, inst);
            if e.list.len() == before
                && let Err(message) = special(func, &func.insts[inst])
            {
                e.inst(inst, message);
            }
        }
    }
}

/// What the table says about every opcode.
fn table(e: &mut Errors, inst: Inst) {
    let func = e.func;
    let data = &func.insts[inst];
    let info = data.op.info();
    let (stage, bit) = match func.stage {
        Stage::Beam => ("beam", Effects::BEAM),
        Stage::Core => ("core", Effects::CORE),
    };
    if !info.effects.has(bit) {
        e.inst(inst, format!("the operation does not belong to stage {stage}"));
    }
    if !immediate_fits(info.format, &data.imm) {
        e.inst(inst, "the immediate does not fit the operation");
    }
    operand_types(e, inst, info);
    result_types(e, inst, info);
}

fn immediate_fits(format: Format, imm: &Imm) -> bool {
    match format {
        Format::None | Format::Jump | Format::Branch => *imm == Imm::None,
        Format::Const => matches!(imm, Imm::Const(_)),
        Format::Int => matches!(imm, Imm::Int(_)),
        Format::Test => matches!(imm, Imm::Test(_)),
        Format::IntCond => matches!(imm, Imm::IntCond(_)),
        Format::FloatCond => matches!(imm, Imm::FloatCond(_)),
        Format::Func => matches!(imm, Imm::Func(_)),
        Format::Rt => matches!(imm, Imm::Rt(_)),
        Format::Slot => matches!(imm, Imm::Slot(_)),
        Format::Error => matches!(imm, Imm::Error(_)),
        Format::Reg => matches!(imm, Imm::Reg(_)),
        Format::Field => matches!(imm, Imm::Field(_)),
        Format::F64 => matches!(imm, Imm::F64(_)),
        Format::Switch => matches!(imm, Imm::Keys(_)),
    }
}

/// Does a type fit a letter of a signature?
fn fits(letter: u8, ty: Type) -> bool {
    match letter {
        b't' => ty == Type::Term,
        b'w' => matches!(ty, Type::Word | Type::I64 | Type::Derived),
        b'p' => matches!(ty, Type::Term | Type::Derived),
        b'f' => ty == Type::F64,
        b'b' => ty == Type::Bool,
        b'd' => ty == Type::Derived,
        _ => true,
    }
}

/// What a letter of a signature stands for.
fn letter_name(letter: u8) -> &'static str {
    match letter {
        b't' => "a term",
        b'w' => "a word, i64 or derived",
        b'p' => "a term or derived",
        b'f' => "a float",
        b'b' => "a bool",
        b'd' => "derived",
        _ => "anything",
    }
}

fn operand_types(e: &mut Errors, inst: Inst, info: &OpInfo) {
    let func = e.func;
    let data = &func.insts[inst];
    let (fixed, more) = match info.args.as_bytes().split_last() {
        Some((b'*', fixed)) => (fixed, true),
        _ => (info.args.as_bytes(), false),
    };
    if data.args.len() < fixed.len() || (data.args.len() > fixed.len() && !more) {
        let least = if more { "at least " } else { "" };
        e.inst(inst, format!("{} operands, but it takes {least}{}", data.args.len(), fixed.len()));
        return;
    }
    // Runtime calls take raw words, too.
    let rest = if info.format == Format::Rt { b'?' } else { b't' };
    for (n, &v) in data.args.iter().enumerate() {
        let letter = fixed.get(n).copied().unwrap_or(rest);
        let ty = func.ty(v);
        if !fits(letter, ty) {
            e.inst(inst, format!("operand {v} is {ty}, but must be {}", letter_name(letter)));
        }
    }
}

fn result_types(e: &mut Errors, inst: Inst, info: &OpInfo) {
    let func = e.func;
    let data = &func.insts[inst];
    let wanted = info.results.as_bytes();
    // A runtime call without a result of interest may be written without one.
    let optional = matches!(data.imm, Imm::Rt(rt) if rt.returns() == Returns::Nothing);
    if data.results.len() != wanted.len() && !(optional && data.results.is_empty()) {
        e.inst(inst, format!("{} results, but it has {}", data.results.len(), wanted.len()));
        return;
    }
    for (&v, &letter) in data.results.iter().zip(wanted) {
        let ty = func.ty(v);
        if !fits(letter, ty) {
            e.inst(inst, format!("result {v} is {ty}, but must be {}", letter_name(letter)));
        }
    }
}

type Check = Result<(), String>;

fn need(ok: bool, message: impl FnOnce() -> String) -> Check {
    if ok { Ok(()) } else { Err(message()) }
}

/// What holds of single opcodes beyond their row.
fn special(func: &Function, data: &InstData) -> Check {
    use Opcode::*;
    let int = match data.imm {
        Imm::Int(n) => n,
        _ => 0,
    };
    let at_least = |least: i64| need(int >= least, || format!("the immediate must be at least {least}"));
    match data.op {
        Const => constant(func, data),
        Call | TailCall | Bif | MakeFun | FunCell | BifNumber => callee(func, data),
        Element | IsTupleArity | HeapTest | HeapFull | ArgStore => at_least(0),
        IsTaggedTuple | Alloc => at_least(1),
        TagPtr => need(int == term::TAG_CONS as i64 || int == term::TAG_BOXED as i64, || {
            format!("{int} is not the primary tag of a pointer")
        }),
        UpdateRecord => update_record(func, data, int),
        RecordPut => need(data.args.len() % 2 == 1, || "fields and values do not pair".into()),
        RecordNew => need(data.args.len().is_multiple_of(2), || "fields and values do not pair".into()),
        BsCreate => segments(func, data),
        BsUtf | BsUtfSize => need(bits::Utf::of_flags(int).is_some(), || format!("{int} names no encoding")),
        WSwap => need(matches!(int, 2 | 4 | 8), || format!("{int} bytes cannot be swapped")),
        MapPutAssoc | MapPutExact => {
            need(data.args.len() % 2 == 1 && data.args.len() > 1, || "keys and values do not pair".into())
        }
        Switch => switch(func, data),
        RaiseError => {
            let kind = match data.imm {
                Imm::Error(kind) => kind,
                _ => return Ok(()),
            };
            let wanted = usize::from(error_takes_operand(kind));
            need(data.args.len() == wanted, || format!("this error takes {wanted} operands"))
        }
        SlotStore => slot(func, data, func.ty(data.args[0])),
        SlotLoad => slot(func, data, func.ty(data.results[0])),
        WAdd | WSub | WMul | WSDiv | WSRem | WAnd | WOr | WXor => word_arithmetic(func, data, true),
        WShl | WShr | WSar => word_arithmetic(func, data, false),
        WAddOvf | WSubOvf | WMulOvf => word_arithmetic(func, data, true),
        ICmp => {
            let (a, b) = (func.ty(data.args[0]), func.ty(data.args[1]));
            need((a == Type::I64) == (b == Type::I64), || format!("{a} is compared with {b}"))
        }
        Select => {
            let types = [func.ty(data.args[1]), func.ty(data.args[2]), func.ty(data.results[0])];
            need(types[0] == types[1] && types[1] == types[2], || {
                format!("selects between {} and {} as {}", types[0], types[1], types[2])
            })
        }
        FToBits => {
            let ty = func.ty(data.results[0]);
            let whole = func.word == linac_abi::WordSize::W64;
            need(ty == Type::I64 || (ty == Type::Word && whole), || format!("a {ty} does not hold a float"))
        }
        RtCall | RtSafepoint | RtNoReturn => runtime_call(func, data),
        _ => Ok(()),
    }
}

/// Does an error of this kind say what it is about?
fn error_takes_operand(kind: ErrorKind) -> bool {
    use ErrorKind::*;
    match kind {
        Badmatch | CaseClause | TryClause | Badrecord | Badmap | Badkey | Badfield => true,
        IfClause | Badarith | Badarg | SystemLimit => false,
    }
}

/// The facts of a constant hold of it.
fn constant(func: &Function, data: &InstData) -> Check {
    let (Imm::Const(c), result) = (&data.imm, data.results[0]) else { return Ok(()) };
    let real = func.consts[*c].facts();
    let said: Facts = func.facts[result];
    let holds = real.kinds.within(said.kinds)
        && (!real.kinds.contains(crate::Kinds::INT) || (said.lo <= real.lo && real.hi <= said.hi))
        && (real.arity.is_none() || said.arity.is_none() || said.arity == real.arity);
    need(holds, || format!("the facts {{{said}}} do not hold of the constant"))
}

fn callee(func: &Function, data: &InstData) -> Check {
    let Imm::Func(f) = data.imm else { return Ok(()) };
    let given = data.args.len() as u64;
    let count =
        |wanted: u32| need(given == wanted.into(), || format!("{given} operands, but it takes {wanted}"));
    match (data.op, &func.funcs[f]) {
        (Opcode::Call | Opcode::TailCall, ExtFunc::Local { arity, .. } | ExtFunc::Import { arity, .. }) => {
            count(*arity)
        }
        // The entry of a lambda takes the fun after the arguments.
        (Opcode::Call | Opcode::TailCall, ExtFunc::Lambda { arity, .. }) => count(arity.saturating_add(1)),
        (Opcode::Bif, ExtFunc::Import { arity, .. }) => {
            count(*arity)?;
            need(given <= 3, || "a leaf BIF has at most 3 operands".into())
        }
        (Opcode::MakeFun, ExtFunc::Lambda { free, .. }) => count(*free),
        (Opcode::FunCell, _) | (Opcode::BifNumber, ExtFunc::Import { .. }) => Ok(()),
        (Opcode::MakeFun, _) => Err("only a lambda can be made a fun".into()),
        _ => Err("only an imported function is a BIF".into()),
    }
}

fn update_record(func: &Function, data: &InstData, size: i64) -> Check {
    need(data.args.len() % 2 == 1, || "positions and values do not pair".into())?;
    for pair in data.args[1..].chunks(2) {
        let ok = matches!(func.as_const(pair[0]), Some(ConstData::Int(n)) if (1..=size).contains(n));
        need(ok, || format!("{} is not a constant position from 1 to {size}", pair[0]))?;
    }
    Ok(())
}

fn segments(func: &Function, data: &InstData) -> Check {
    need(data.args.len().is_multiple_of(3), || "the operands are no segments".into())?;
    for (n, segment) in data.args.chunks_exact(3).enumerate() {
        let described = match func.as_const(segment[0]) {
            Some(&ConstData::Int(n)) => bits::Segment::parse(n),
            _ => None,
        };
        let Some((kind, ..)) = described else { return Err(format!("{} describes no segment", segment[0])) };
        need(n == 0 || kind != bits::Segment::Append, || "only the first segment is appended to".into())?;
    }
    Ok(())
}

fn switch(func: &Function, data: &InstData) -> Check {
    let Imm::Keys(keys) = &data.imm else { return Ok(()) };
    let mut seen = rustc_hash::FxHashSet::default();
    for &key in keys {
        let key = &func.consts[key];
        let ok = match key {
            ConstData::Int(n) => func.stage == Stage::Beam || func.word.is_small(*n),
            ConstData::Atom(_) => true,
            _ => false,
        };
        need(ok, || format!("{key:?} is neither a small integer nor an atom"))?;
        need(seen.insert(key), || format!("{key:?} is a key twice"))?;
    }
    Ok(())
}

fn slot(func: &Function, data: &InstData, ty: Type) -> Check {
    let Imm::Slot(s) = data.imm else { return Ok(()) };
    let ok = match func.slots[s] {
        SlotKind::Term | SlotKind::Scratch => ty == Type::Term,
        SlotKind::Raw => !matches!(ty, Type::Term | Type::Derived),
    };
    need(ok, || format!("{s} cannot hold a value of type {ty}"))
}

/// Word operations keep the type of their operands; what depends on where an object is stays derived.
fn word_arithmetic(func: &Function, data: &InstData, both: bool) -> Check {
    let (a, b, r) = (func.ty(data.args[0]), func.ty(data.args[1]), func.ty(data.results[0]));
    if (a == Type::Derived || b == Type::Derived) && r != Type::Derived {
        return Err(format!("an operand is derived, so the result must be, but it is {r}"));
    }
    need((a == Type::I64) == (r == Type::I64), || format!("the operand is {a}, the result {r}"))?;
    need(!both || (a == Type::I64) == (b == Type::I64), || format!("one operand is {a}, the other {b}"))
}

fn runtime_call(func: &Function, data: &InstData) -> Check {
    let Imm::Rt(rt) = data.imm else { return Ok(()) };
    let wanted = match data.op {
        Opcode::RtCall => Kind::Leaf,
        Opcode::RtSafepoint => Kind::Safepoint,
        _ => Kind::NoReturn,
    };
    need(rt.kind() == wanted, || format!("{} is of kind {:?}", rt.name(), rt.kind()))?;
    let args = usize::from(rt.args());
    need(data.args.len() == args, || format!("{} operands, but it takes {args}", data.args.len()))?;
    for &v in &data.args {
        let ty = func.ty(v);
        need(!matches!(ty, Type::F64 | Type::Bool), || {
            format!("operand {v} is {ty}, which is no argument word")
        })?;
    }
    let Some(&result) = data.results.first() else { return Ok(()) };
    let ty = func.ty(result);
    let ok = match rt.returns() {
        Returns::Nothing | Returns::Word => ty == Type::Word,
        Returns::Term | Returns::TermOrNone => ty == Type::Term,
        Returns::Bool => ty == Type::Bool,
        Returns::F64 => ty == Type::F64,
    };
    need(ok, || format!("{} returns {:?}, not {ty}", rt.name(), rt.returns()))
}
