//! aarch64 as the shared parts of the code generator see it.

use super::encode::{self, EncodeError, PcRel};
use super::imm;
use super::insn::{AddOp, Amode, Cond, Insn, LoadOp, LogicOp, SelectOp, Shift};
use super::lower::{Flags, Test, Xr};
use super::print;
use super::regs::{D0, Reg, Width, XZR};
use super::{Aarch64, abi};
use crate::IsaError;
use crate::backend::{Callee, Emitter, Fusion, Key, Lower, Machine, Names, Role, Roles};
use linac_abi::{WordSize, term};
use linac_emit::{CodeBuffer, Label, SymbolId};
use linac_ir::{FloatCond, Inst, IntCond, Type, Value};
use linac_regalloc::{Loc, Origin, RegEnv};
use regalloc2::{PRegSet, RegClass, VReg};

const W: Width = Width::W64;
const WORD: i32 = 8;

impl Machine for Aarch64 {
    const NAME: &'static str = "aarch64";
    const WORD: WordSize = WordSize::W64;
    const FUSION: Fusion = Fusion { loads: false, masks: true };
    const LINK_REGISTER: bool = true;
    const ROLES: Roles<Reg> = Roles {
        process: abi::PROC,
        htop: abi::HTOP,
        sp: abi::ESP,
        args: &abi::ARGS,
        rt_args: abi::RT_ARGS,
        landing: abi::LANDING,
        float_result: D0,
    };
    const HEAP_FULL: Test = Test::Flags(Cond::Hi);

    type Reg = Reg;
    type Cond = Test;
    type Virtual = Insn<Xr>;
    type Physical = Insn<Reg>;
    type Use = PcRel;
    type EncodeError = EncodeError;

    fn reg_env() -> &'static RegEnv {
        abi::reg_env()
    }

    fn leaf_clobbers() -> PRegSet {
        abi::leaf_clobbers()
    }

    // ---- instructions

    fn operands(insn: &Insn<Xr>, f: impl FnMut(&Xr, Role<Reg>)) {
        insn.for_each_operand(f);
    }

    fn assign(insn: &Insn<Xr>, mut f: impl FnMut(&Xr) -> Reg) -> Insn<Reg> {
        insn.map_regs(|reg, _| f(reg))
    }

    fn negate(test: Test) -> Test {
        test.negate()
    }

    fn cond_name(test: Test) -> &'static str {
        test.name()
    }

    fn cond_regs(test: Test) -> impl Iterator<Item = VReg> {
        test.reg().into_iter()
    }

    // ---- lowering

    fn mov(l: &mut Lower<'_, Self>, dst: Xr, src: Xr) {
        l.real(Insn::Mov { width: W, dst, src });
    }

    fn int_const(l: &mut Lower<'_, Self>, dst: Xr, imm: i64) {
        l.real(Insn::MovImm { width: W, dst, imm });
    }

    fn float_const(l: &mut Lower<'_, Self>, bits: u64) -> VReg {
        let v = l.float_temp();
        let dst = Xr::V(v);
        if imm::float(bits).is_some() {
            l.real(Insn::FloatImm { dst, bits });
        } else {
            let src = l.word_or_zero(bits as i64);
            l.real(Insn::ToFloat { width: W, dst, src });
        }
        v
    }

    fn symbol_value(l: &mut Lower<'_, Self>, dst: Xr, symbol: SymbolId) {
        l.real(Insn::MovSymbol { dst, symbol });
    }

    fn symbol_address(l: &mut Lower<'_, Self>, dst: Xr, symbol: SymbolId) {
        l.real(Insn::SymbolAddress { dst, symbol });
    }

    fn symbol_load(l: &mut Lower<'_, Self>, dst: Xr, symbol: SymbolId) {
        l.real(Insn::SymbolLoad { dst, symbol });
    }

    fn load(l: &mut Lower<'_, Self>, ty: Type, dst: Xr, base: Xr, offset: i32) {
        let mem = l.amode(base, offset, W);
        l.real(match ty {
            Type::F64 => Insn::FloatLoad { width: W, dst, mem },
            _ => Insn::Load { op: LoadOp::X64, dst, mem },
        });
    }

    fn store(l: &mut Lower<'_, Self>, value: Value, base: Xr, offset: i32) {
        let mem = l.amode(base, offset, W);
        if l.func.ty(value) == Type::F64 {
            let src = l.xr(value);
            return l.real(Insn::FloatStore { width: W, mem, src });
        }
        let src = l.xr_or_zero(value);
        l.real(Insn::Store { width: W, mem, src });
    }

    fn add_imm(l: &mut Lower<'_, Self>, dst: Xr, src: Xr, n: i32) {
        l.add_const(dst, src, n.into());
    }

    fn select(l: &mut Lower<'_, Self>, test: Test, dst: Xr, yes: Xr, no: Xr) {
        let cond = l.in_flags(test);
        l.real(Insn::Select { op: SelectOp::Csel, cond, width: W, dst, yes, no });
    }

    fn combine(l: &mut Lower<'_, Self>, and: bool, dst: Xr, left: Xr, right: Xr) {
        let op = if and { LogicOp::And } else { LogicOp::Orr };
        l.real(Insn::LogicReg { op, width: Width::W32, dst, left, right, shift: Shift::NONE });
    }

    fn test(_: &mut Lower<'_, Self>, reg: Xr) -> Test {
        match reg {
            Xr::V(reg) => Test::Zero { reg, nonzero: true },
            Xr::P(_) => unreachable!("truth values are not in fixed registers"),
        }
    }

    fn int_compare(l: &mut Lower<'_, Self>, cond: IntCond, a: Value, b: Value) -> Flags {
        Flags::One(l.int_compare(cond, a, b))
    }

    fn key_compare(l: &mut Lower<'_, Self>, cond: IntCond, left: Xr, key: Key) -> Test {
        l.key_compare(cond, left, key)
    }

    fn float_compare(l: &mut Lower<'_, Self>, cond: FloatCond, a: Value, b: Value) -> Flags {
        Flags::One(Test::Flags(l.float_compare(cond, a, b)))
    }

    fn is_finite(l: &mut Lower<'_, Self>, value: Value) -> Flags {
        // The difference of a number and itself is 0, that of infinities and NaNs is no number.
        let src = l.xr(value);
        let zero = Xr::V(l.float_temp());
        l.real(Insn::Float { op: super::insn::FloatOp::Fsub, dst: zero, left: src, right: src });
        l.real(Insn::FloatCompareZero { left: zero });
        Flags::One(Test::Flags(Cond::Eq))
    }

    fn reds_dec(l: &mut Lower<'_, Self>) -> Test {
        l.real(count_down(Xr::P(abi::REDS)));
        Test::Flags(Cond::Mi)
    }

    fn overflow_op(l: &mut Lower<'_, Self>, inst: Inst) -> Test {
        Test::Flags(l.overflow_insn(inst))
    }

    fn op(l: &mut Lower<'_, Self>, inst: Inst) -> Result<(), IsaError> {
        l.machine_op(inst)
    }

    // ---- emission

    fn encode(insn: &Insn<Reg>, buffer: &mut CodeBuffer<PcRel>) -> Result<(), EncodeError> {
        encode::encode(insn, buffer)
    }

    fn print(insn: &Insn<Reg>, names: &dyn Names) -> String {
        print::print(insn, names).to_string()
    }

    fn reg_name(reg: Reg) -> String {
        format!("{reg:?}")
    }

    fn pad(length: u32, buffer: &mut CodeBuffer<PcRel>) {
        encode::pad(length, buffer);
    }

    fn is_idle(insn: &Insn<Reg>) -> bool {
        matches!(insn, Insn::Mov { width: W, dst, src } if dst == src)
    }

    fn copy(
        e: &mut Emitter<'_, Self>,
        to: Loc,
        from: Loc,
        class: RegClass,
        at: Origin,
    ) -> Result<(), IsaError> {
        let insn = match (to, from, class) {
            (Loc::Reg(_), Loc::Reg(_), RegClass::Int) => {
                Insn::Mov { width: W, dst: e.reg(to)?, src: e.reg(from)? }
            }
            (Loc::Reg(_), Loc::Word(word), RegClass::Int) => {
                Insn::Load { op: LoadOp::X64, dst: e.reg(to)?, mem: slot(e, word, at)? }
            }
            (Loc::Word(word), Loc::Reg(_), RegClass::Int) => {
                Insn::Store { width: W, mem: slot(e, word, at)?, src: e.reg(from)? }
            }
            (Loc::Reg(_), Loc::Reg(_), RegClass::Float) => {
                Insn::FloatMov { dst: e.reg(to)?, src: e.reg(from)? }
            }
            (Loc::Reg(_), Loc::Word(word), RegClass::Float) => {
                Insn::FloatLoad { width: W, dst: e.reg(to)?, mem: slot(e, word, at)? }
            }
            (Loc::Word(word), Loc::Reg(_), RegClass::Float) => {
                Insn::FloatStore { width: W, mem: slot(e, word, at)?, src: e.reg(from)? }
            }
            _ => return Err(e.bug("a move from memory to memory")),
        };
        e.real_at(insn, at)
    }

    fn enter(e: &mut Emitter<'_, Self>, words: u32, saves_return: bool) -> Result<(), IsaError> {
        if !saves_return {
            return add(e, abi::ESP, abi::ESP, -bytes(words), Origin::NONE);
        }
        if words == 0 {
            let mem = Amode::Before { base: abi::ESP, offset: -WORD };
            return e.real(Insn::Store { width: W, mem, src: abi::LINK });
        }
        add(e, abi::ESP, abi::ESP, -bytes(words + 1), Origin::NONE)?;
        let mem = slot(e, words, Origin::NONE)?;
        e.real(Insn::Store { width: W, mem, src: abi::LINK })
    }

    fn leave(e: &mut Emitter<'_, Self>, words: u32, saves_return: bool, at: Origin) -> Result<(), IsaError> {
        if !saves_return {
            return add(e, abi::ESP, abi::ESP, bytes(words), at);
        }
        let (op, dst) = (LoadOp::X64, abi::LINK);
        if words == 0 {
            let mem = Amode::After { base: abi::ESP, offset: WORD };
            return e.real_at(Insn::Load { op, dst, mem }, at);
        }
        let mem = slot(e, words, at)?;
        e.real_at(Insn::Load { op, dst, mem }, at)?;
        add(e, abi::ESP, abi::ESP, bytes(words + 1), at)
    }

    fn init_slots(e: &mut Emitter<'_, Self>, words: &[u32]) -> Result<(), IsaError> {
        let Some((first, rest)) = words.split_first() else { return Ok(()) };
        let nil = abi::SCRATCH;
        e.real(Insn::MovImm { width: W, dst: nil, imm: term::NIL as i64 })?;
        let mut waiting = Some(*first);
        for &word in rest {
            let pair = waiting.filter(|&before| before + 1 == word && imm::pair(bytes(before), W).is_some());
            if let Some(before) = pair {
                let mem = Amode::base(abi::ESP, bytes(before));
                e.real(Insn::StorePair { width: W, mem, first: nil, second: nil })?;
                waiting = None;
            } else if let Some(before) = waiting.replace(word) {
                let mem = slot(e, before, Origin::NONE)?;
                e.real(Insn::Store { width: W, mem, src: nil })?;
            }
        }
        if let Some(word) = waiting {
            let mem = slot(e, word, Origin::NONE)?;
            e.real(Insn::Store { width: W, mem, src: nil })?;
        }
        Ok(())
    }

    fn count_call(e: &mut Emitter<'_, Self>, counter: SymbolId) -> Result<Test, IsaError> {
        let (base, count, width) = (abi::ADDRESS, abi::SCRATCH, Width::W32);
        let mem = Amode::Low { base, symbol: counter, addend: 0 };
        e.real(Insn::Adrp { dst: base, symbol: counter, addend: 0 })?;
        e.real(Insn::Load { op: LoadOp::U32, dst: count, mem })?;
        e.real(Insn::AddImm { op: AddOp::Subs, width, dst: count, src: count, imm: 1 })?;
        e.real(Insn::Store { width, mem, src: count })?;
        Ok(Test::Flags(Cond::Eq))
    }

    fn stack_check(e: &mut Emitter<'_, Self>, words: u32) -> Result<Test, IsaError> {
        add(e, abi::SCRATCH, abi::ESP, -bytes(words), Origin::NONE)?;
        e.real(compare(abi::SCRATCH, abi::HTOP))?;
        Ok(Test::Flags(Cond::Lo))
    }

    fn count_reduction(e: &mut Emitter<'_, Self>) -> Result<Test, IsaError> {
        e.real(count_down(abi::REDS))?;
        Ok(Test::Flags(Cond::Mi))
    }

    fn slow_call(e: &mut Emitter<'_, Self>, number: u32, cell: SymbolId) -> Result<(), IsaError> {
        let mem = Amode::Before { base: abi::ESP, offset: -WORD };
        e.real(Insn::Store { width: W, mem, src: abi::LINK })?;
        e.mark(0, true);
        e.real(Insn::MovImm { width: Width::W32, dst: abi::SCRATCH, imm: number.into() })?;
        e.real(Insn::SymbolLoad { dst: abi::ADDRESS, symbol: cell })?;
        e.real(Insn::Blr { target: abi::ADDRESS })?;
        e.slow_site();
        let mem = Amode::After { base: abi::ESP, offset: WORD };
        e.real(Insn::Load { op: LoadOp::X64, dst: abi::LINK, mem })?;
        e.mark(0, false);
        Ok(())
    }

    fn call(e: &mut Emitter<'_, Self>, callee: Callee<Reg>, at: Origin) -> Result<(), IsaError> {
        let insn = match callee {
            Callee::Label(target) => Insn::Bl { target },
            _ => Insn::Blr { target: target(e, callee, at)? },
        };
        e.real_at(insn, at)
    }

    fn tail_call(e: &mut Emitter<'_, Self>, callee: Callee<Reg>, at: Origin) -> Result<(), IsaError> {
        let insn = match callee {
            Callee::Label(target) => Insn::B { target },
            _ => Insn::Br { target: target(e, callee, at)? },
        };
        e.real_at(insn, at)
    }

    fn ret(e: &mut Emitter<'_, Self>, at: Origin) -> Result<(), IsaError> {
        e.real_at(Insn::Ret { target: abi::LINK }, at)
    }

    fn jump(e: &mut Emitter<'_, Self>, target: Label, at: Origin) -> Result<(), IsaError> {
        e.real_at(Insn::B { target }, at)
    }

    fn branch(
        e: &mut Emitter<'_, Self>,
        test: Test,
        regs: &[Reg],
        target: Label,
        at: Origin,
    ) -> Result<(), IsaError> {
        let insn = match (test, regs) {
            (Test::Flags(cond), _) => Insn::BCond { cond, target },
            (Test::Zero { nonzero, .. }, &[src]) => Insn::Cbz { nonzero, width: W, src, target },
            (Test::Bit { bit, set, .. }, &[src]) => Insn::Tbz { nonzero: set, src, bit, target },
            _ => return Err(e.bug("a branch on a register without one")),
        };
        e.real_at(insn, at)
    }

    fn trap(e: &mut Emitter<'_, Self>, at: Origin) -> Result<(), IsaError> {
        e.real_at(Insn::Udf { imm: 0 }, at)
    }

    fn heap_full(e: &mut Emitter<'_, Self>, words: u32, at: Origin) -> Result<(), IsaError> {
        add(e, abi::SCRATCH, abi::HTOP, bytes(words), at)?;
        e.real_at(compare(abi::SCRATCH, abi::ESP), at)
    }

    fn set_bool(
        e: &mut Emitter<'_, Self>,
        test: Test,
        regs: &[Reg],
        dst: Reg,
        at: Origin,
    ) -> Result<(), IsaError> {
        let cond = match (test, regs) {
            (Test::Flags(cond), _) => cond,
            (_, &[reg]) => {
                let (insn, cond) = test.as_flags(reg, XZR);
                e.real_at(insn, at)?;
                cond
            }
            _ => return Err(e.bug("a test of a register without one")),
        };
        // One if the opposite does not hold.
        let (op, cond) = (SelectOp::Csinc, cond.negate());
        e.real_at(Insn::Select { op, cond, width: W, dst, yes: XZR, no: XZR }, at)
    }
}

/// Bytes of frame words.
fn bytes(words: u32) -> i32 {
    WORD * words as i32
}

fn count_down<R: Copy>(reg: R) -> Insn<R> {
    Insn::AddImm { op: AddOp::Subs, width: W, dst: reg, src: reg, imm: 1 }
}

fn compare(left: Reg, right: Reg) -> Insn<Reg> {
    Insn::AddReg { op: AddOp::Subs, width: W, dst: XZR, left, right, shift: Shift::NONE }
}

/// `dst = src + n`, in up to two instructions that leave the flags alone. Frames are far below 16 MB.
fn add(e: &mut Emitter<'_, Aarch64>, dst: Reg, src: Reg, n: i32, at: Origin) -> Result<(), IsaError> {
    let op = if n < 0 { AddOp::Sub } else { AddOp::Add };
    let n = n.unsigned_abs();
    let insn = |src, imm| Insn::AddImm { op, width: W, dst, src, imm };
    if imm::add(n.into()).is_some() {
        return e.real_at(insn(src, n), at);
    }
    e.real_at(insn(src, n & !0xFFF), at)?;
    e.real_at(insn(dst, n & 0xFFF), at)
}

/// Where a frame word is. Those far up are reached through the address register.
fn slot(e: &mut Emitter<'_, Aarch64>, word: u32, at: Origin) -> Result<Amode<Reg>, IsaError> {
    let offset = bytes(word);
    if imm::offset(offset, W) {
        return Ok(Amode::base(abi::ESP, offset));
    }
    let low = offset & 0xFFF;
    add(e, abi::ADDRESS, abi::ESP, offset - low, at)?;
    Ok(Amode::base(abi::ADDRESS, low))
}

/// Loads the address that a call goes to.
fn target(e: &mut Emitter<'_, Aarch64>, callee: Callee<Reg>, at: Origin) -> Result<Reg, IsaError> {
    let dst = abi::ADDRESS;
    let insn = match callee {
        Callee::Cell(symbol) => Insn::SymbolLoad { dst, symbol },
        Callee::Through(base) => Insn::Load { op: LoadOp::X64, dst, mem: Amode::base(base, 0) },
        Callee::Label(_) => return Err(e.bug("a direct call through a register")),
    };
    e.real_at(insn, at)?;
    Ok(dst)
}
