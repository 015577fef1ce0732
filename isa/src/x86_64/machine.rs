//! x86-64 as the shared parts of the code generator see it.

use super::encode::{self, EncodeError, Frame, PcRel};
use super::insn::{AluOp, Amode, Cond, Extend, FloatMove, Imm, Insn, Rm, Rmi, UnaryOp};
use super::lower::{Flags, Xr};
use super::print;
use super::regs::{R11, Reg, Width, XMM0};
use super::{X86_64, abi};
use crate::IsaError;
use crate::backend::{Callee, Emitter, Fusion, Key, Lower, Machine, Names, Role, Roles};
use linac_abi::{WordSize, term};
use linac_emit::{CodeBuffer, Label, SymbolId};
use linac_ir::{FloatCond, Inst, IntCond, Type, Value};
use linac_regalloc::{Loc, Origin, RegEnv};
use regalloc2::{PRegSet, RegClass, VReg};

const W: Width = Width::W64;
const FRAME: Frame = Frame { slot_base: 0 };

impl Machine for X86_64 {
    const NAME: &'static str = "x86_64";
    const WORD: WordSize = WordSize::W64;
    const FUSION: Fusion = Fusion { loads: true, masks: true };
    const LINK_REGISTER: bool = false;
    const ROLES: Roles<Reg> = Roles {
        process: abi::PROC,
        htop: abi::HTOP,
        sp: abi::SP,
        args: &abi::ARGS,
        rt_args: abi::RT_ARGS,
        landing: abi::LANDING,
        float_result: XMM0,
    };
    const HEAP_FULL: Cond = Cond::A;

    type Reg = Reg;
    type Cond = Cond;
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

    fn negate(cond: Cond) -> Cond {
        cond.negate()
    }

    fn cond_name(cond: Cond) -> &'static str {
        cond.name()
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
        if bits == 0 {
            l.real(Insn::FloatZero { dst });
        } else {
            let src = l.word(bits as i64);
            l.real(Insn::ToFloat { width: W, dst, src });
        }
        v
    }

    fn symbol_value(l: &mut Lower<'_, Self>, dst: Xr, symbol: SymbolId) {
        l.real(Insn::MovSymbol { dst, symbol });
    }

    fn symbol_address(l: &mut Lower<'_, Self>, dst: Xr, symbol: SymbolId) {
        l.real(Insn::Lea { width: W, dst, mem: Amode::Symbol(symbol, 0) });
    }

    fn symbol_load(l: &mut Lower<'_, Self>, dst: Xr, symbol: SymbolId) {
        l.real(Insn::Load { width: W, dst, mem: Amode::Symbol(symbol, 0) });
    }

    fn load(l: &mut Lower<'_, Self>, ty: Type, dst: Xr, base: Xr, offset: i32) {
        let mem = Amode::base(base, offset);
        l.real(match ty {
            Type::F64 => Insn::FloatLoad { op: FloatMove::Double, dst, mem },
            _ => Insn::Load { width: W, dst, mem },
        });
    }

    fn store(l: &mut Lower<'_, Self>, value: Value, base: Xr, offset: i32) {
        let mem = Amode::base(base, offset);
        if l.func.ty(value) == Type::F64 {
            let src = l.xr(value);
            return l.real(Insn::FloatStore { op: FloatMove::Double, mem, src });
        }
        match l.imm(value) {
            Some(imm) => l.real(Insn::StoreImm { width: W, mem, imm }),
            None => {
                let src = l.xr(value);
                l.real(Insn::Store { width: W, mem, src });
            }
        }
    }

    fn add_imm(l: &mut Lower<'_, Self>, dst: Xr, src: Xr, n: i32) {
        if dst == src {
            l.real(Insn::Alu { op: AluOp::Add, width: W, dst, src1: src, src2: Rmi::Imm(n.into()) });
        } else {
            l.real(Insn::Lea { width: W, dst, mem: Amode::base(src, n) });
        }
    }

    fn select(l: &mut Lower<'_, Self>, cond: Cond, dst: Xr, yes: Xr, no: Xr) {
        l.real(Insn::Cmov { cond, width: W, dst, src1: no, src2: Rm::Reg(yes) });
    }

    fn combine(l: &mut Lower<'_, Self>, and: bool, dst: Xr, a: Xr, b: Xr) {
        let op = if and { AluOp::And } else { AluOp::Or };
        l.real(Insn::Alu { op, width: Width::W32, dst, src1: a, src2: Rmi::Reg(b) });
    }

    fn test(l: &mut Lower<'_, Self>, reg: Xr) -> Cond {
        l.test_reg(reg);
        Cond::Ne
    }

    fn int_compare(l: &mut Lower<'_, Self>, cond: IntCond, a: Value, b: Value) -> Flags {
        l.int_compare(cond, a, b)
    }

    fn key_compare(l: &mut Lower<'_, Self>, cond: IntCond, left: Xr, key: Key) -> Cond {
        let right = match key {
            Key::Symbol(symbol) => Rmi::Imm(Imm::Symbol(symbol)),
            Key::Int(n) => match i32::try_from(n) {
                Ok(n) => Rmi::Imm(Imm::Value(n)),
                Err(_) => Rmi::Reg(l.word(n)),
            },
        };
        l.real(Insn::Cmp { width: W, left, right });
        super::lower::int_cond(cond)
    }

    fn float_compare(l: &mut Lower<'_, Self>, cond: FloatCond, a: Value, b: Value) -> Flags {
        l.float_compare(cond, a, b)
    }

    fn is_finite(l: &mut Lower<'_, Self>, value: Value) -> Flags {
        // All exponent bits set means infinite or NaN. Shifting out the sign leaves them on top.
        let src = l.xr(value);
        let (bits, twice) = (l.temp(), l.temp());
        l.real(Insn::FromFloat { width: W, dst: bits, src });
        let mem = Amode::index(bits, bits, super::insn::Scale::S1, 0);
        l.real(Insn::Lea { width: W, dst: twice, mem });
        let limit = l.word(0xFFE0_0000_0000_0000u64 as i64);
        l.real(Insn::Cmp { width: W, left: twice, right: Rmi::Reg(limit) });
        Flags::One(Cond::B)
    }

    fn reds_dec(l: &mut Lower<'_, Self>) -> Cond {
        let reds = Xr::P(abi::REDS);
        l.real(Insn::Alu { op: AluOp::Sub, width: W, dst: reds, src1: reds, src2: Rmi::Imm(Imm::Value(1)) });
        Cond::S
    }

    fn overflow_op(l: &mut Lower<'_, Self>, inst: Inst) -> Cond {
        l.overflow_insn(inst);
        Cond::O
    }

    fn op(l: &mut Lower<'_, Self>, inst: Inst) -> Result<(), IsaError> {
        l.machine_op(inst)
    }

    // ---- emission

    fn encode(insn: &Insn<Reg>, buffer: &mut CodeBuffer<PcRel>) -> Result<(), EncodeError> {
        encode::encode(insn, FRAME, buffer)
    }

    fn print(insn: &Insn<Reg>, names: &dyn Names) -> String {
        print::print(insn, Some(FRAME), names).to_string()
    }

    fn reg_name(reg: Reg) -> String {
        reg.name(W).to_string()
    }

    fn pad(length: u32, buffer: &mut CodeBuffer<PcRel>) {
        encode::pad(length, buffer);
    }

    fn is_idle(insn: &Insn<Reg>) -> bool {
        matches!(insn, Insn::Mov { width: Width::W64, dst, src } if dst == src)
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
                Insn::Load { width: W, dst: e.reg(to)?, mem: Amode::Slot(word) }
            }
            (Loc::Word(word), Loc::Reg(_), RegClass::Int) => {
                Insn::Store { width: W, mem: Amode::Slot(word), src: e.reg(from)? }
            }
            (Loc::Reg(_), Loc::Reg(_), RegClass::Float) => {
                Insn::FloatCopy { dst: e.reg(to)?, src: e.reg(from)? }
            }
            (Loc::Reg(_), Loc::Word(word), RegClass::Float) => {
                Insn::FloatLoad { op: FloatMove::Double, dst: e.reg(to)?, mem: Amode::Slot(word) }
            }
            (Loc::Word(word), Loc::Reg(_), RegClass::Float) => {
                Insn::FloatStore { op: FloatMove::Double, mem: Amode::Slot(word), src: e.reg(from)? }
            }
            _ => return Err(e.bug("a move from memory to memory")),
        };
        e.real_at(insn, at)
    }

    fn enter(e: &mut Emitter<'_, Self>, words: u32, _: bool) -> Result<(), IsaError> {
        e.real(adjust_sp(AluOp::Sub, words))
    }

    fn leave(e: &mut Emitter<'_, Self>, words: u32, _: bool, at: Origin) -> Result<(), IsaError> {
        e.real_at(adjust_sp(AluOp::Add, words), at)
    }

    fn init_slots(e: &mut Emitter<'_, Self>, words: &[u32]) -> Result<(), IsaError> {
        let nil = Imm::Value(term::NIL as i32);
        words
            .iter()
            .try_for_each(|&word| e.real(Insn::StoreImm { width: W, mem: Amode::Slot(word), imm: nil }))
    }

    fn count_call(e: &mut Emitter<'_, Self>, counter: SymbolId) -> Result<Cond, IsaError> {
        e.real(Insn::UnaryMem { op: UnaryOp::Dec, width: Width::W32, mem: Amode::Symbol(counter, 0) })?;
        Ok(Cond::E)
    }

    fn stack_check(e: &mut Emitter<'_, Self>, words: u32) -> Result<Cond, IsaError> {
        let mem = Amode::base(abi::SP, -8 * words as i32);
        e.real(Insn::Lea { width: W, dst: R11, mem })?;
        e.real(Insn::Cmp { width: W, left: R11, right: Rmi::Reg(abi::HTOP) })?;
        Ok(Cond::B)
    }

    fn count_reduction(e: &mut Emitter<'_, Self>) -> Result<Cond, IsaError> {
        let (reds, one) = (abi::REDS, Rmi::Imm(Imm::Value(1)));
        e.real(Insn::Alu { op: AluOp::Sub, width: W, dst: reds, src1: reds, src2: one })?;
        Ok(Cond::S)
    }

    fn slow_call(e: &mut Emitter<'_, Self>, number: u32, cell: SymbolId) -> Result<(), IsaError> {
        e.real(Insn::MovImm { width: Width::W32, dst: R11, imm: number.into() })?;
        e.real(Insn::CallIndirect { target: Rm::Mem(Amode::Symbol(cell, 0)) })?;
        e.slow_site();
        Ok(())
    }

    fn call(e: &mut Emitter<'_, Self>, callee: Callee<Reg>, at: Origin) -> Result<(), IsaError> {
        let insn = match callee {
            Callee::Cell(cell) => Insn::CallIndirect { target: Rm::Mem(Amode::Symbol(cell, 0)) },
            Callee::Label(target) => Insn::Call { target },
            Callee::Through(reg) => Insn::CallIndirect { target: Rm::Mem(Amode::base(reg, 0)) },
        };
        e.real_at(insn, at)
    }

    fn tail_call(e: &mut Emitter<'_, Self>, callee: Callee<Reg>, at: Origin) -> Result<(), IsaError> {
        let insn = match callee {
            Callee::Cell(cell) => Insn::JmpIndirect { target: Rm::Mem(Amode::Symbol(cell, 0)) },
            Callee::Label(target) => Insn::Jmp { target },
            Callee::Through(reg) => Insn::JmpIndirect { target: Rm::Mem(Amode::base(reg, 0)) },
        };
        e.real_at(insn, at)
    }

    fn ret(e: &mut Emitter<'_, Self>, at: Origin) -> Result<(), IsaError> {
        e.real_at(Insn::Ret, at)
    }

    fn jump(e: &mut Emitter<'_, Self>, target: Label, at: Origin) -> Result<(), IsaError> {
        e.real_at(Insn::Jmp { target }, at)
    }

    fn branch(
        e: &mut Emitter<'_, Self>,
        cond: Cond,
        _: &[Reg],
        target: Label,
        at: Origin,
    ) -> Result<(), IsaError> {
        e.real_at(Insn::Jcc { cond, target }, at)
    }

    fn trap(e: &mut Emitter<'_, Self>, at: Origin) -> Result<(), IsaError> {
        e.real_at(Insn::Ud2, at)
    }

    fn heap_full(e: &mut Emitter<'_, Self>, words: u32, at: Origin) -> Result<(), IsaError> {
        let mem = Amode::base(abi::HTOP, 8 * words as i32);
        e.real_at(Insn::Lea { width: W, dst: R11, mem }, at)?;
        e.real_at(Insn::Cmp { width: W, left: R11, right: Rmi::Reg(abi::SP) }, at)
    }

    fn set_bool(
        e: &mut Emitter<'_, Self>,
        cond: Cond,
        _: &[Reg],
        dst: Reg,
        at: Origin,
    ) -> Result<(), IsaError> {
        e.real_at(Insn::Set { cond, dst }, at)?;
        e.real_at(Insn::Extend { op: Extend::Zx8, dst, src: Rm::Reg(dst) }, at)
    }
}

fn adjust_sp(op: AluOp, words: u32) -> Insn<Reg> {
    let bytes = Rmi::Imm(Imm::Value(8 * words as i32));
    Insn::Alu { op, width: W, dst: abi::SP, src1: abi::SP, src2: bytes }
}
