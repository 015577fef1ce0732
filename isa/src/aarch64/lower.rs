//! Lowering of what concerns aarch64 only: immediates, addresses, conditions.

use super::Aarch64;
use super::imm;
use super::insn::{AddOp, Amode, Cond, Insn, LogicOp, MulOp, Shift, ShiftOp};
use super::regs::{Reg, Width, XZR};
use crate::backend::minst::Xr as AnyXr;
use crate::backend::{Flags as AnyFlags, Key, Lower};
use linac_ir::{FloatCond, Inst, IntCond, Opcode, Value};
use regalloc2::VReg;

pub(super) type Xr = AnyXr<Reg>;
pub(super) type Flags = AnyFlags<Test>;

const W: Width = Width::W64;
/// The register that reads as zero.
pub(super) const ZERO: Xr = Xr::P(XZR);

/// What one conditional branch tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Test {
    /// The flags.
    Flags(Cond),
    /// Is a register zero?
    Zero {
        /// The register.
        reg: VReg,
        /// Or is it not?
        nonzero: bool,
    },
    /// Is a bit of a register clear?
    Bit {
        /// The register.
        reg: VReg,
        /// Number of the bit.
        bit: u8,
        /// Or is it set?
        set: bool,
    },
}

impl Test {
    /// The opposite.
    pub fn negate(self) -> Test {
        match self {
            Test::Flags(cond) => Test::Flags(cond.negate()),
            Test::Zero { reg, nonzero } => Test::Zero { reg, nonzero: !nonzero },
            Test::Bit { reg, bit, set } => Test::Bit { reg, bit, set: !set },
        }
    }

    /// Its name in listings.
    pub fn name(self) -> &'static str {
        match self {
            Test::Flags(cond) => cond.name(),
            Test::Zero { nonzero: false, .. } => "zero",
            Test::Zero { nonzero: true, .. } => "nonzero",
            Test::Bit { set: false, .. } => "clear",
            Test::Bit { set: true, .. } => "set",
        }
    }

    /// The register that is tested.
    pub fn reg(self) -> Option<VReg> {
        match self {
            Test::Flags(_) => None,
            Test::Zero { reg, .. } | Test::Bit { reg, .. } => Some(reg),
        }
    }

    /// The instruction after which the flags say the same of a register, which may be another than the test's own.
    pub(super) fn as_flags<R>(self, reg: R, zero: R) -> (Insn<R>, Cond) {
        let yes = |set| if set { Cond::Ne } else { Cond::Eq };
        match self {
            Test::Bit { bit, set, .. } => {
                let imm = 1 << bit;
                (Insn::LogicImm { op: LogicOp::Ands, width: W, dst: zero, src: reg, imm }, yes(set))
            }
            Test::Zero { nonzero, .. } => {
                (Insn::AddImm { op: AddOp::Subs, width: W, dst: zero, src: reg, imm: 0 }, yes(nonzero))
            }
            Test::Flags(cond) => (Insn::Nop, cond),
        }
    }
}

impl Lower<'_, Aarch64> {
    // ---- operands

    /// A word constant in a fresh register, or the zero register.
    pub(super) fn word_or_zero(&mut self, n: i64) -> Xr {
        if n == 0 { ZERO } else { self.word(n) }
    }

    /// The register of a value, or the zero register if that is what it is.
    pub(super) fn xr_or_zero(&mut self, value: Value) -> Xr {
        if self.int(value) == Some(0) { ZERO } else { self.xr(value) }
    }

    /// The place at `base + offset`; a distance that no instruction holds is added first.
    pub(super) fn amode(&mut self, base: Xr, offset: i32, width: Width) -> Amode<Xr> {
        if imm::offset(offset, width) {
            return Amode::base(base, offset);
        }
        let low = offset & 0xFFF;
        let (rest, low) = if imm::offset(low, width) { (offset - low, low) } else { (offset, 0) };
        let near = self.temp();
        self.add_const(near, base, rest.into());
        Amode::base(near, low)
    }

    /// `dst = src + n`, the flags left alone.
    pub(super) fn add_const(&mut self, dst: Xr, src: Xr, n: i64) {
        if n == 0 {
            return self.real(Insn::Mov { width: W, dst, src });
        }
        let op = if n < 0 { AddOp::Sub } else { AddOp::Add };
        let size = n.unsigned_abs();
        let insn = |dst, src, n: u64| Insn::AddImm { op, width: W, dst, src, imm: n as u32 };
        if imm::add(size).is_some() {
            self.real(insn(dst, src, size));
        } else if size >> 24 == 0 {
            // A pinned register may be written twice.
            let between = if matches!(dst, Xr::P(_)) { dst } else { self.temp() };
            self.real(insn(between, src, size & !0xFFF));
            self.real(insn(dst, between, size & 0xFFF));
        } else {
            let right = self.word(n);
            self.real(Insn::AddReg { op: AddOp::Add, width: W, dst, left: src, right, shift: Shift::NONE });
        }
    }

    /// A bitwise operation with a constant.
    pub(super) fn logic_const(&mut self, op: LogicOp, width: Width, dst: Xr, src: Xr, n: i64) {
        let bits = if width == W { n as u64 } else { u64::from(n as u32) };
        if imm::bitmask(bits, width).is_some() {
            return self.real(Insn::LogicImm { op, width, dst, src, imm: bits });
        }
        let right = self.word_or_zero(n);
        self.real(Insn::LogicReg { op, width, dst, left: src, right, shift: Shift::NONE });
    }

    // ---- conditions

    pub(super) fn int_compare(&mut self, cond: IntCond, a: Value, b: Value) -> Test {
        match self.key(b) {
            Some(Key::Int(n)) => {
                if let Some((x, mask)) = self.uses.sunk_mask(self.func, a) {
                    return self.masked_compare(x, mask, n, cond == IntCond::Ne);
                }
                let left = self.xr(a);
                self.key_compare(cond, left, Key::Int(n))
            }
            Some(key) => {
                let left = self.xr(a);
                self.key_compare(cond, left, key)
            }
            None => {
                let (left, right) = (self.xr_or_zero(a), self.xr(b));
                self.compare(left, right);
                Test::Flags(int_cond(cond))
            }
        }
    }

    pub(super) fn key_compare(&mut self, cond: IntCond, left: Xr, key: Key) -> Test {
        let code = Test::Flags(int_cond(cond));
        let n = match key {
            Key::Int(n) => n,
            Key::Symbol(symbol) => {
                let dst = self.temp();
                self.real(Insn::MovSymbol { dst, symbol });
                self.compare(left, dst);
                return code;
            }
        };
        match (n, cond, left) {
            (0, IntCond::Eq | IntCond::Ne, Xr::V(reg)) => {
                return Test::Zero { reg, nonzero: cond == IntCond::Ne };
            }
            (0, IntCond::Slt | IntCond::Sge, Xr::V(reg)) => {
                return Test::Bit { reg, bit: 63, set: cond == IntCond::Slt };
            }
            _ => {}
        }
        let op = if n < 0 { AddOp::Adds } else { AddOp::Subs };
        match imm::add(n.unsigned_abs()) {
            Some(_) => {
                let imm = n.unsigned_abs() as u32;
                self.real(Insn::AddImm { op, width: W, dst: ZERO, src: left, imm });
            }
            None => {
                let right = self.word(n);
                self.compare(left, right);
            }
        }
        code
    }

    fn compare(&mut self, left: Xr, right: Xr) {
        self.real(Insn::AddReg { op: AddOp::Subs, width: W, dst: ZERO, left, right, shift: Shift::NONE });
    }

    /// `x & mask` against `n`: equal, or not.
    fn masked_compare(&mut self, x: Value, mask: i64, n: i64, unequal: bool) -> Test {
        let reg = self.reg(x);
        let src = Xr::V(reg);
        let bits = mask as u64;
        if bits.is_power_of_two() && (n == 0 || n == mask) {
            return Test::Bit { reg, bit: bits.trailing_zeros() as u8, set: unequal == (n == 0) };
        }
        // The flags of 32 bits are as good: masks are smaller.
        let width = Width::W32;
        if n == 0 {
            self.logic_const(LogicOp::Ands, width, ZERO, src, mask);
        } else {
            let part = self.temp();
            self.logic_const(LogicOp::And, width, part, src, mask);
            return self.key_compare(if unequal { IntCond::Ne } else { IntCond::Eq }, part, Key::Int(n));
        }
        Test::Flags(if unequal { Cond::Ne } else { Cond::Eq })
    }

    /// All of these are false for a NaN, but "not equal".
    pub(super) fn float_compare(&mut self, cond: FloatCond, a: Value, b: Value) -> Cond {
        let (left, right) = (self.xr(a), self.xr(b));
        self.real(Insn::FloatCompare { left, right });
        match cond {
            FloatCond::Lt => Cond::Mi,
            FloatCond::Le => Cond::Ls,
            FloatCond::Gt => Cond::Gt,
            FloatCond::Ge => Cond::Ge,
            FloatCond::Eq => Cond::Eq,
            FloatCond::Ne => Cond::Ne,
        }
    }

    /// The test as a condition of the flags.
    pub(super) fn in_flags(&mut self, test: Test) -> Cond {
        match test.reg() {
            None => test.as_flags(ZERO, ZERO).1,
            Some(reg) => {
                let (insn, cond) = test.as_flags(Xr::V(reg), ZERO);
                self.real(insn);
                cond
            }
        }
    }

    /// The instruction behind an overflow check.
    pub(super) fn overflow_insn(&mut self, inst: Inst) -> Cond {
        let data = &self.func.insts[inst];
        let (op, result) = (data.op, data.results[0]);
        let (mut a, mut b) = (data.args[0], data.args[1]);
        if op == Opcode::WMulOvf {
            let (left, right) = (self.xr(a), self.xr(b));
            let dst = Xr::V(self.def(result));
            let high = self.temp();
            self.real(Insn::MulAdd { op: MulOp::Madd, width: W, dst, left, right, addend: ZERO });
            self.real(Insn::MulHigh { signed: true, dst: high, left, right });
            // The upper half is nothing but the sign of the lower half.
            let shift = Shift { op: ShiftOp::Asr, count: 63 };
            self.real(Insn::AddReg { op: AddOp::Subs, width: W, dst: ZERO, left: high, right: dst, shift });
            return Cond::Ne;
        }
        let sub = op == Opcode::WSubOvf;
        if !sub && self.int(a).is_some() {
            (a, b) = (b, a);
        }
        let left = self.xr(a);
        let n = self.int(b).filter(|&n| imm::add(n.unsigned_abs()).is_some());
        if let Some(n) = n {
            let op = if sub == (n >= 0) { AddOp::Subs } else { AddOp::Adds };
            let dst = Xr::V(self.def(result));
            let imm = n.unsigned_abs() as u32;
            self.real(Insn::AddImm { op, width: W, dst, src: left, imm });
        } else {
            let op = if sub { AddOp::Subs } else { AddOp::Adds };
            let right = self.xr(b);
            let dst = Xr::V(self.def(result));
            self.real(Insn::AddReg { op, width: W, dst, left, right, shift: Shift::NONE });
        }
        Cond::Vs
    }
}

fn int_cond(cond: IntCond) -> Cond {
    match cond {
        IntCond::Eq => Cond::Eq,
        IntCond::Ne => Cond::Ne,
        IntCond::Slt => Cond::Lt,
        IntCond::Sle => Cond::Le,
        IntCond::Sgt => Cond::Gt,
        IntCond::Sge => Cond::Ge,
        IntCond::Ult => Cond::Lo,
        IntCond::Ule => Cond::Ls,
        IntCond::Ugt => Cond::Hi,
        IntCond::Uge => Cond::Hs,
    }
}
