//! arm32 as the shared parts of the code generator see it.
//!
//! Three things are peculiar to it. *Calls* go to a stub of the unit that loads the address from the cell and jumps there:
//! `bl` is one word where loading the address would be three, and a stub has as many instructions as the call would
//! have. *Frames*: the return address is pushed first, then room is made, so leaving is adding to `sp` and loading `pc`.
//! *Far slots*: offsets have twelve bits (ten for doubles), the rest is added in a scratch register.

use super::encode::{self, EncodeError, Frame, PcRel};
use super::imm::{self, Making};
use super::insn::{
    AluOp, Amode, CompareOp, Cond, FloatUnary, Insn, LoadOp, MoveOp, Op, Operand, StoreOp, Update,
};
use super::lower::{Flags, Xr};
use super::print;
use super::regs::{D0, LR, PC, R12, Reg, SP};
use super::{Arm32, abi};
use crate::IsaError;
use crate::backend::{Callee, Emitter, Fusion, Key, Lower, Machine, Names, Role, Roles};
use linac_abi::{WordSize, term};
use linac_emit::{CodeBuffer, Label, SymbolId};
use linac_ir::{FloatCond, Inst, IntCond, Type, Value};
use linac_regalloc::{Loc, Origin, RegEnv};
use regalloc2::{PRegSet, RegClass, VReg};

const FRAME: Frame = Frame { slot_base: 0 };
const WORD: i32 = 4;

impl Machine for Arm32 {
    const NAME: &'static str = "arm32";
    const WORD: WordSize = WordSize::W32;
    const FUSION: Fusion = Fusion { loads: false, masks: true };
    const LINK_REGISTER: bool = true;
    const ROLES: Roles<Reg> = Roles {
        process: abi::PROC,
        htop: abi::HTOP,
        sp: SP,
        args: &abi::ARGS,
        rt_args: abi::RT_ARGS,
        landing: abi::LANDING,
        float_result: D0,
    };
    const HEAP_FULL: Cond = Cond::Hi;

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
        l.always(mov(dst, Operand::Reg(src)));
    }

    fn int_const(l: &mut Lower<'_, Self>, dst: Xr, n: i64) {
        // The low word: constants of core IR are words, signed or not.
        l.always(Op::MoveImm { dst, imm: n as u32 });
    }

    fn float_const(l: &mut Lower<'_, Self>, bits: u64) -> VReg {
        let v = l.float_temp();
        let dst = Xr::V(v);
        match imm::float(bits) {
            Some(imm) => l.always(Op::FloatImm { dst, imm }),
            None => {
                let low = l.word(i64::from(bits as u32));
                let same = bits as u32 == (bits >> 32) as u32;
                let high = if same { low } else { l.word((bits >> 32) as i64) };
                l.always(Op::ToFloat { dst, low, high });
            }
        }
        v
    }

    fn symbol_value(l: &mut Lower<'_, Self>, dst: Xr, symbol: SymbolId) {
        l.always(Op::MoveSymbol { dst, symbol });
    }

    fn symbol_address(l: &mut Lower<'_, Self>, dst: Xr, symbol: SymbolId) {
        l.always(Op::MoveSymbol { dst, symbol });
    }

    fn symbol_load(l: &mut Lower<'_, Self>, dst: Xr, symbol: SymbolId) {
        let address = l.temp();
        l.always(Op::MoveSymbol { dst: address, symbol });
        l.always(Op::Load { op: LoadOp::Word, dst, mem: Amode::base(address, 0) });
    }

    fn load(l: &mut Lower<'_, Self>, ty: Type, dst: Xr, base: Xr, offset: i32) {
        if ty == Type::F64 {
            let mem = l.float_place(base, offset);
            l.always(Op::FloatLoad { single: false, dst, mem });
        } else {
            let mem = l.place(base, offset, imm::WORD_REACH);
            l.always(Op::Load { op: LoadOp::Word, dst, mem });
        }
    }

    fn store(l: &mut Lower<'_, Self>, value: Value, base: Xr, offset: i32) {
        let src = l.xr(value);
        if l.func.ty(value) == Type::F64 {
            let mem = l.float_place(base, offset);
            l.always(Op::FloatStore { single: false, src, mem });
        } else {
            let mem = l.place(base, offset, imm::WORD_REACH);
            l.always(Op::Store { op: StoreOp::Word, src, mem });
        }
    }

    fn add_imm(l: &mut Lower<'_, Self>, dst: Xr, src: Xr, n: i32) {
        l.alu_number(AluOp::Add, false, dst, src, n as u32);
    }

    fn select(l: &mut Lower<'_, Self>, cond: Cond, dst: Xr, yes: Xr, no: Xr) {
        let into = Op::MoveInto { op: MoveOp::Mov, dst, src1: no, src: Operand::Reg(yes) };
        l.real(into.when(cond));
    }

    fn combine(l: &mut Lower<'_, Self>, and: bool, dst: Xr, a: Xr, b: Xr) {
        let op = if and { AluOp::And } else { AluOp::Orr };
        l.always(Op::Alu { op, set: false, dst, src1: a, src2: Operand::Reg(b) });
    }

    fn test(l: &mut Lower<'_, Self>, reg: Xr) -> Cond {
        l.always(Op::Compare { op: CompareOp::Cmp, left: reg, right: Operand::Imm(0) });
        Cond::Ne
    }

    fn int_compare(l: &mut Lower<'_, Self>, cond: IntCond, a: Value, b: Value) -> Flags {
        l.int_compare(cond, a, b)
    }

    fn key_compare(l: &mut Lower<'_, Self>, cond: IntCond, left: Xr, key: Key) -> Cond {
        match key {
            Key::Int(n) => l.compare_number(left, n as u32),
            Key::Symbol(symbol) => {
                let right = l.temp();
                l.always(Op::MoveSymbol { dst: right, symbol });
                l.always(Op::Compare { op: CompareOp::Cmp, left, right: Operand::Reg(right) });
            }
        }
        super::lower::int_cond(cond)
    }

    fn float_compare(l: &mut Lower<'_, Self>, cond: FloatCond, a: Value, b: Value) -> Flags {
        let (left, right) = (l.xr(a), l.xr(b));
        l.always(Op::FloatCompare { left, right });
        l.always(Op::FloatFlags);
        // If either is NaN, C and V are set and N and Z are not: all but "not equal" are false then.
        Flags::One(match cond {
            FloatCond::Eq => Cond::Eq,
            FloatCond::Ne => Cond::Ne,
            FloatCond::Lt => Cond::Mi,
            FloatCond::Le => Cond::Ls,
            FloatCond::Gt => Cond::Gt,
            FloatCond::Ge => Cond::Ge,
        })
    }

    fn is_finite(l: &mut Lower<'_, Self>, value: Value) -> Flags {
        // All exponent bits set means infinite or NaN. Shifting out the sign leaves them on top, and adding their
        // lowest one then carries.
        let src = l.xr(value);
        let (low, high, twice) = (l.temp(), l.temp(), l.temp());
        l.always(Op::FromFloat { low, high, src });
        l.always(mov(twice, Operand::Shifted(high, super::insn::ShiftOp::Lsl, 1)));
        l.always(Op::Compare { op: CompareOp::Cmn, left: twice, right: Operand::Imm(1 << 21) });
        Flags::One(Cond::Cc)
    }

    fn reds_dec(l: &mut Lower<'_, Self>) -> Cond {
        let reds = Xr::P(abi::REDS);
        l.always(Op::Alu { op: AluOp::Sub, set: true, dst: reds, src1: reds, src2: Operand::Imm(1) });
        Cond::Mi
    }

    fn overflow_op(l: &mut Lower<'_, Self>, inst: Inst) -> Cond {
        l.overflow_insn(inst)
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
        reg.name().to_string()
    }

    fn pad(length: u32, buffer: &mut CodeBuffer<PcRel>) {
        encode::pad(length, buffer);
    }

    fn is_idle(insn: &Insn<Reg>) -> bool {
        match insn.op {
            Op::Move { op: MoveOp::Mov, set: false, dst, src: Operand::Reg(src) } => dst == src,
            Op::MoveInto { op: MoveOp::Mov, dst, src: Operand::Reg(src), .. } => dst == src,
            _ => false,
        }
    }

    fn copy(
        e: &mut Emitter<'_, Self>,
        to: Loc,
        from: Loc,
        class: RegClass,
        at: Origin,
    ) -> Result<(), IsaError> {
        let op = match (to, from, class) {
            (Loc::Reg(_), Loc::Reg(_), RegClass::Int) => mov(e.reg(to)?, Operand::Reg(e.reg(from)?)),
            (Loc::Reg(_), Loc::Word(word), RegClass::Int) => {
                // The register loaded may hold the rest of a far slot's offset.
                let dst = e.reg(to)?;
                Op::Load { op: LoadOp::Word, dst, mem: e.slot_place(word, imm::WORD_REACH, dst, at)? }
            }
            (Loc::Word(word), Loc::Reg(_), RegClass::Int) => {
                let src = e.reg(from)?;
                let scratch = e.store_scratch(src);
                Op::Store { op: StoreOp::Word, src, mem: e.slot_place(word, imm::WORD_REACH, scratch, at)? }
            }
            (Loc::Reg(_), Loc::Reg(_), RegClass::Float) => {
                Op::FloatUnary { op: FloatUnary::Mov, dst: e.reg(to)?, src: e.reg(from)? }
            }
            (Loc::Reg(_), Loc::Word(word), RegClass::Float) => {
                let scratch = e.store_scratch(R12);
                let mem = e.slot_place(word, imm::FLOAT_REACH, scratch, at)?;
                Op::FloatLoad { single: false, dst: e.reg(to)?, mem }
            }
            (Loc::Word(word), Loc::Reg(_), RegClass::Float) => {
                let scratch = e.store_scratch(R12);
                let mem = e.slot_place(word, imm::FLOAT_REACH, scratch, at)?;
                Op::FloatStore { single: false, src: e.reg(from)?, mem }
            }
            _ => return Err(e.bug("a move from memory to memory")),
        };
        e.real_at(op.into(), at)
    }

    fn enter(e: &mut Emitter<'_, Self>, words: u32, saves_return: bool) -> Result<(), IsaError> {
        if saves_return {
            let mem = Amode::base(SP, -WORD);
            e.real(Op::StoreUpdate { op: StoreOp::Word, update: Update::Before, src: LR, mem }.into())?;
        }
        e.add_to(AluOp::Sub, SP, SP, words, Origin::NONE)
    }

    fn leave(e: &mut Emitter<'_, Self>, words: u32, _: bool, at: Origin) -> Result<(), IsaError> {
        // The return address is loaded by what follows.
        e.add_to(AluOp::Add, SP, SP, words, at)
    }

    fn init_slots(e: &mut Emitter<'_, Self>, words: &[u32]) -> Result<(), IsaError> {
        if words.is_empty() {
            return Ok(());
        }
        e.real(Op::MoveImm { dst: R12, imm: term::NIL as u32 }.into())?;
        words.iter().try_for_each(|&word| {
            let scratch = e.store_scratch(R12);
            let mem = e.slot_place(word, imm::WORD_REACH, scratch, Origin::NONE)?;
            e.real(Op::Store { op: StoreOp::Word, src: R12, mem }.into())
        })
    }

    fn count_call(e: &mut Emitter<'_, Self>, counter: SymbolId) -> Result<Cond, IsaError> {
        let (mem, count) = (Amode::base(R12, 0), abi::FREE_AT_ENTRY);
        e.real(Op::MoveSymbol { dst: R12, symbol: counter }.into())?;
        e.real(Op::Load { op: LoadOp::Word, dst: count, mem }.into())?;
        e.real(Op::Alu { op: AluOp::Sub, set: true, dst: count, src1: count, src2: Operand::Imm(1) }.into())?;
        e.real(Op::Store { op: StoreOp::Word, src: count, mem }.into())?;
        Ok(Cond::Eq)
    }

    fn stack_check(e: &mut Emitter<'_, Self>, words: u32) -> Result<Cond, IsaError> {
        e.add_to(AluOp::Sub, R12, SP, words, Origin::NONE)?;
        e.real(Op::Compare { op: CompareOp::Cmp, left: R12, right: Operand::Reg(abi::HTOP) }.into())?;
        Ok(Cond::Cc)
    }

    fn count_reduction(e: &mut Emitter<'_, Self>) -> Result<Cond, IsaError> {
        let (reds, src2) = (abi::REDS, Operand::Imm(1));
        e.real(Op::Alu { op: AluOp::Sub, set: true, dst: reds, src1: reds, src2 }.into())?;
        Ok(Cond::Mi)
    }

    fn slow_call(e: &mut Emitter<'_, Self>, number: u32, cell: SymbolId) -> Result<(), IsaError> {
        let mem = Amode::base(SP, -WORD);
        e.real(Op::StoreUpdate { op: StoreOp::Word, update: Update::Before, src: LR, mem }.into())?;
        // The number is in the register that a stub would use.
        e.real(Op::MoveSymbol { dst: LR, symbol: cell }.into())?;
        e.real(Op::Load { op: LoadOp::Word, dst: LR, mem: Amode::base(LR, 0) }.into())?;
        e.real(Op::MoveImm { dst: R12, imm: number }.into())?;
        e.real(Op::CallTo { target: LR }.into())?;
        e.slow_site();
        let mem = Amode::base(SP, WORD);
        e.real(Op::LoadUpdate { op: LoadOp::Word, update: Update::After, dst: LR, mem }.into())
    }

    fn call(e: &mut Emitter<'_, Self>, callee: Callee<Reg>, at: Origin) -> Result<(), IsaError> {
        match callee {
            Callee::Cell(cell) => {
                let target = e.buffer.stub(cell);
                e.real_at(Op::Call { target }.into(), at)
            }
            Callee::Label(target) => e.real_at(Op::Call { target }.into(), at),
            Callee::Through(reg) => {
                e.real_at(Op::Load { op: LoadOp::Word, dst: R12, mem: Amode::base(reg, 0) }.into(), at)?;
                e.real_at(Op::CallTo { target: R12 }.into(), at)
            }
        }
    }

    fn tail_call(e: &mut Emitter<'_, Self>, callee: Callee<Reg>, at: Origin) -> Result<(), IsaError> {
        if e.saves_return {
            e.real_at(pop(LR), at)?;
        }
        let op = match callee {
            Callee::Cell(cell) => Op::Branch { target: e.buffer.stub(cell) },
            Callee::Label(target) => Op::Branch { target },
            Callee::Through(reg) => Op::Load { op: LoadOp::Word, dst: PC, mem: Amode::base(reg, 0) },
        };
        e.real_at(op.into(), at)
    }

    fn ret(e: &mut Emitter<'_, Self>, at: Origin) -> Result<(), IsaError> {
        let insn = if e.saves_return { pop(PC) } else { Op::BranchTo { target: LR }.into() };
        e.real_at(insn, at)
    }

    fn jump(e: &mut Emitter<'_, Self>, target: Label, at: Origin) -> Result<(), IsaError> {
        e.real_at(Op::Branch { target }.into(), at)
    }

    fn branch(
        e: &mut Emitter<'_, Self>,
        cond: Cond,
        _: &[Reg],
        target: Label,
        at: Origin,
    ) -> Result<(), IsaError> {
        e.real_at(Op::Branch { target }.when(cond), at)
    }

    fn trap(e: &mut Emitter<'_, Self>, at: Origin) -> Result<(), IsaError> {
        e.real_at(Op::Udf { imm: 0 }.into(), at)
    }

    fn heap_full(e: &mut Emitter<'_, Self>, words: u32, at: Origin) -> Result<(), IsaError> {
        e.add_to(AluOp::Add, R12, abi::HTOP, words, at)?;
        e.real_at(Op::Compare { op: CompareOp::Cmp, left: R12, right: Operand::Reg(SP) }.into(), at)
    }

    fn set_bool(
        e: &mut Emitter<'_, Self>,
        cond: Cond,
        _: &[Reg],
        dst: Reg,
        at: Origin,
    ) -> Result<(), IsaError> {
        e.real_at(mov(dst, Operand::Imm(0)).into(), at)?;
        let src = Operand::Imm(1);
        e.real_at(Op::MoveInto { op: MoveOp::Mov, dst, src1: dst, src }.when(cond), at)
    }

    fn end_unit(buffer: &mut CodeBuffer<PcRel>) -> Result<(), EncodeError> {
        for (label, symbol) in buffer.take_stubs() {
            buffer.bind(label);
            Self::encode(&Op::MoveSymbol { dst: R12, symbol }.into(), buffer)?;
            let jump = Op::Load { op: LoadOp::Word, dst: PC, mem: Amode::base(R12, 0) };
            Self::encode(&jump.into(), buffer)?;
        }
        Ok(())
    }
}

pub(super) fn mov<R>(dst: R, src: Operand<R>) -> Op<R> {
    Op::Move { op: MoveOp::Mov, set: false, dst, src }
}

/// Takes the word on top of the stack.
fn pop(dst: Reg) -> Insn<Reg> {
    Op::LoadUpdate { op: LoadOp::Word, update: Update::After, dst, mem: Amode::base(SP, WORD) }.into()
}

impl Emitter<'_, Arm32> {
    /// `dst = src + words`, or minus. Nothing for no words in place.
    fn add_to(&mut self, op: AluOp, dst: Reg, src1: Reg, words: u32, at: Origin) -> Result<(), IsaError> {
        if words == 0 && dst == src1 {
            return Ok(());
        }
        let mut rest = 4 * words;
        let mut src1 = src1;
        if rest == 0 {
            return self.real_at(mov(dst, Operand::Reg(src1)).into(), at);
        }
        // Eight bits at a time, from the top.
        while rest != 0 {
            let part = match imm::modified(rest) {
                Some(_) => rest,
                None => rest & 0xFF << (24 - rest.leading_zeros()).next_multiple_of(2).min(24),
            };
            self.real_at(Op::Alu { op, set: false, dst, src1, src2: Operand::Imm(part) }.into(), at)?;
            (rest, src1) = (rest - part, dst);
        }
        Ok(())
    }

    /// The register for the address of a far slot that another register is stored to.
    fn store_scratch(&self, stored: Reg) -> Reg {
        if self.saves_return || stored == R12 { LR } else { R12 }
    }

    /// The place of a frame word, with what is out of reach added in a scratch register.
    fn slot_place(
        &mut self,
        word: u32,
        reach: i32,
        scratch: Reg,
        at: Origin,
    ) -> Result<Amode<Reg>, IsaError> {
        let offset = WORD * word as i32;
        if offset <= reach {
            return Ok(Amode::Slot(word));
        }
        if scratch == LR && !self.saves_return {
            return Err(self.bug("no register for a slot that is far away"));
        }
        let near = offset & reach;
        match imm::modified((offset - near) as u32) {
            Some(_) => self.add_to(AluOp::Add, scratch, SP, (offset - near) as u32 / 4, at)?,
            None => {
                for op in Making::of((offset - near) as u32).ops(scratch) {
                    self.real_at(op.into(), at)?;
                }
                let src2 = Operand::Reg(SP);
                let add = Op::Alu { op: AluOp::Add, set: false, dst: scratch, src1: scratch, src2 };
                self.real_at(add.into(), at)?;
            }
        }
        Ok(Amode::base(scratch, near))
    }
}
