//! The instructions, over any type of register.
//!
//! Before allocation `R` is a virtual register, after it a [`Reg`]. An [`Insn`] is an operation and the condition under
//! which the machine carries it out. Where an operation keeps part of its result register (`movt`, `bfi`) or all of it
//! when the condition does not hold ([`Op::MoveInto`]), it has both a `src1` and a `dst`; the operand roles ask the
//! allocator to make them equal, and the encoder refuses them if they are not. Any other result of a conditional
//! instruction is changed in place ([`Role::Mod`]), which only appears after allocation.
//!
//! [`Insn::map_regs`] is the only place that knows the operands of each instruction; everything else that walks over
//! operands goes through it, so the order of operands is the same everywhere: the operand that a result reuses, then
//! the result, then the rest.

use super::regs::{Reg, RegList};
use linac_emit::{Label, SymbolId};

/// What an instruction does with a register operand.
pub type Role = crate::backend::Role<Reg>;

/// Declares a family of operations: name of the variant, mnemonic, number in the encoding.
macro_rules! operations {
    ($(#[$doc:meta])* $family:ident: $code:ty { $($variant:ident $name:literal $number:expr,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $family { $(#[doc = concat!("`", $name, "`")] $variant,)* }

        impl $family {
            /// All of the family.
            pub const ALL: &[$family] = &[$($family::$variant,)*];

            /// The assembler's name.
            pub const fn name(self) -> &'static str {
                match self { $($family::$variant => $name,)* }
            }

            /// The number that tells the operations of the family apart in the encoding.
            pub(super) const fn code(self) -> $code {
                match self { $($family::$variant => $number,)* }
            }
        }
    };
}

operations! {
    /// Conditions, named after what `cmp` found. The code is the top four bits of the instruction.
    Cond: u32 {
        Eq "eq" 0, Ne "ne" 1, Cs "cs" 2, Cc "cc" 3, Mi "mi" 4, Pl "pl" 5, Vs "vs" 6, Vc "vc" 7,
        Hi "hi" 8, Ls "ls" 9, Ge "ge" 10, Lt "lt" 11, Gt "gt" 12, Le "le" 13, Always "" 14,
    }
}

impl Cond {
    /// The condition that holds exactly when this one does not; [`Cond::Always`] has none and stays.
    pub const fn negate(self) -> Cond {
        match self {
            Cond::Always => Cond::Always,
            _ => Cond::ALL[(self.code() ^ 1) as usize],
        }
    }
}

operations! {
    /// Data processing with two operands and a result. The code is the opcode field.
    AluOp: u32 {
        And "and" 0, Eor "eor" 1, Sub "sub" 2, Rsb "rsb" 3, Add "add" 4, Adc "adc" 5, Sbc "sbc" 6, Rsc "rsc" 7,
        Orr "orr" 12, Bic "bic" 14,
    }
}

impl AluOp {
    /// The operation that has the same result with another immediate, and that immediate.
    pub(super) const fn opposite(self, value: u32) -> Option<(AluOp, u32)> {
        match self {
            AluOp::Add => Some((AluOp::Sub, value.wrapping_neg())),
            AluOp::Sub => Some((AluOp::Add, value.wrapping_neg())),
            AluOp::And => Some((AluOp::Bic, !value)),
            AluOp::Bic => Some((AluOp::And, !value)),
            AluOp::Adc => Some((AluOp::Sbc, !value)),
            AluOp::Sbc => Some((AluOp::Adc, !value)),
            AluOp::Eor | AluOp::Rsb | AluOp::Rsc | AluOp::Orr => None,
        }
    }

    /// What the operation gives.
    pub const fn apply(self, left: u32, right: u32, carry: bool) -> u32 {
        match self {
            AluOp::And => left & right,
            AluOp::Eor => left ^ right,
            AluOp::Sub => left.wrapping_sub(right),
            AluOp::Rsb => right.wrapping_sub(left),
            AluOp::Add => left.wrapping_add(right),
            AluOp::Adc => left.wrapping_add(right).wrapping_add(carry as u32),
            AluOp::Sbc => left.wrapping_sub(right).wrapping_sub(!carry as u32),
            AluOp::Rsc => right.wrapping_sub(left).wrapping_sub(!carry as u32),
            AluOp::Orr => left | right,
            AluOp::Bic => left & !right,
        }
    }
}

operations! {
    /// Data processing that only sets the flags. The code is the opcode field.
    CompareOp: u32 { Tst "tst" 8, Teq "teq" 9, Cmp "cmp" 10, Cmn "cmn" 11, }
}

operations! {
    /// Data processing with one operand. The code is the opcode field.
    MoveOp: u32 { Mov "mov" 13, Mvn "mvn" 15, }
}

operations! {
    /// Shifts and rotations. The code is the type field.
    ShiftOp: u32 { Lsl "lsl" 0, Lsr "lsr" 1, Asr "asr" 2, Ror "ror" 3, }
}

operations! {
    /// Multiplications into two registers. The code is bits 20 to 23, without the flag bit.
    LongOp: u32 { Umull "umull" 8, Umlal "umlal" 10, Smull "smull" 12, Smlal "smlal" 14, }
}

operations! {
    /// Operations on the bits of one register. The code is bits 16 to 27 and 4 to 11.
    BitOp: u32 {
        Clz "clz" 0x016F_0F10, Rev "rev" 0x06BF_0F30, Rev16 "rev16" 0x06BF_0FB0, Revsh "revsh" 0x06FF_0FB0,
        Rbit "rbit" 0x06FF_0F30,
    }
}

operations! {
    /// Widening. The code is bits 20 to 27.
    ExtendOp: u32 { Sxtb "sxtb" 0x6A, Sxth "sxth" 0x6B, Uxtb "uxtb" 0x6E, Uxth "uxth" 0x6F, }
}

operations! {
    /// Taking a field of bits out. The code is bits 21 to 27.
    FieldOp: u32 { Sbfx "sbfx" 0x3D, Ubfx "ubfx" 0x3F, }
}

operations! {
    /// Loads. The code tells word and byte loads from the others, and those apart.
    LoadOp: Access {
        Word "ldr" Access::Wide(0x0410_0000), Byte "ldrb" Access::Wide(0x0450_0000),
        Half "ldrh" Access::Narrow(0x0010_00B0), SignedByte "ldrsb" Access::Narrow(0x0010_00D0),
        SignedHalf "ldrsh" Access::Narrow(0x0010_00F0),
    }
}

operations! {
    /// Stores. The code is as that of loads.
    StoreOp: Access {
        Word "str" Access::Wide(0x0400_0000), Byte "strb" Access::Wide(0x0440_0000),
        Half "strh" Access::Narrow(0x0000_00B0),
    }
}

operations! {
    /// Loads and stores of two words. The code is as that of loads.
    DualOp: Access { Load "ldrd" Access::Narrow(0x0000_00D0), Store "strd" Access::Narrow(0x0000_00F0), }
}

operations! {
    /// Multiple loads and stores: after each register the address goes up or down (`d`), or before each (`b`). The code
    /// is bits 23 and 24.
    BlockMode: u32 { DownAfter "da" 0, UpAfter "" 1, DownBefore "db" 2, UpBefore "ib" 3, }
}

operations! {
    /// Operations on two doubles. The code is bits 20 to 27 and 6.
    FloatOp: u32 {
        Add "vadd" 0x0E30_0B00, Sub "vsub" 0x0E30_0B40, Mul "vmul" 0x0E20_0B00, Nmul "vnmul" 0x0E20_0B40,
        Div "vdiv" 0x0E80_0B00,
    }
}

operations! {
    /// Operations on one double. The code is all but the registers.
    FloatUnary: u32 {
        Mov "vmov" 0x0EB0_0B40, Abs "vabs" 0x0EB0_0BC0, Neg "vneg" 0x0EB1_0B40, Sqrt "vsqrt" 0x0EB1_0BC0,
    }
}

operations! {
    /// Conversions; the single or integer is in the low half of its register. The code is all but the registers.
    Convert: u32 {
        SignedToDouble "vcvt.f64.s32" 0x0EB8_0BC0, UnsignedToDouble "vcvt.f64.u32" 0x0EB8_0B40,
        DoubleToSigned "vcvt.s32.f64" 0x0EBD_0BC0, DoubleToUnsigned "vcvt.u32.f64" 0x0EBC_0BC0,
        SingleToDouble "vcvt.f64.f32" 0x0EB7_0AC0, DoubleToSingle "vcvt.f32.f64" 0x0EB7_0BC0,
    }
}

impl Convert {
    /// Are result and operand singles?
    pub const fn singles(self) -> (bool, bool) {
        match self {
            Convert::SignedToDouble | Convert::UnsignedToDouble | Convert::SingleToDouble => (false, true),
            Convert::DoubleToSigned | Convert::DoubleToUnsigned | Convert::DoubleToSingle => (true, false),
        }
    }
}

/// How the offset of a load or store is encoded, and the bits that name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Twelve bits, or a register shifted.
    Wide(u32),
    /// Eight bits in two parts, or a register.
    Narrow(u32),
}

/// The flexible second operand of data processing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operand<R> {
    /// A number that is a [modified immediate](super::imm::modified).
    Imm(u32),
    /// A register.
    Reg(R),
    /// A register shifted by a count: 0 to 31 for `lsl`, 1 to 32 for `lsr` and `asr`, 1 to 31 for `ror`.
    Shifted(R, ShiftOp, u8),
    /// A register rotated by one bit through the carry flag.
    Rrx(R),
    /// A register shifted by the low byte of another.
    ShiftedBy(R, ShiftOp, R),
}

/// A place in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Amode<R> {
    /// `base + disp`
    Base {
        /// Core register.
        base: R,
        /// Bytes added.
        disp: i32,
    },
    /// `base + (index << shift)`, or minus
    Index {
        /// Core register.
        base: R,
        /// Core register other than `pc`.
        index: R,
        /// Is the index subtracted?
        negative: bool,
        /// Bits that the index is shifted left by, 0 but for loads and stores of a word or unsigned byte.
        shift: u8,
    },
    /// Frame slot of this number; where slot 0 is relative to `sp` is known when encoding.
    Slot(u32),
    /// A place in the code or its constants.
    Label(Label),
}

impl<R> Amode<R> {
    /// `base + disp`
    pub fn base(base: R, disp: i32) -> Self {
        Amode::Base { base, disp }
    }

    /// `base + (index << shift)`
    pub fn index(base: R, index: R, shift: u8) -> Self {
        Amode::Index { base, index, negative: false, shift }
    }
}

/// When a load or store that changes its base does so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Update {
    /// Before: the new base is the address.
    Before,
    /// After: the old base is the address.
    After,
}

/// An instruction: an operation and when it is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Insn<R> {
    /// The condition.
    pub cond: Cond,
    /// The operation.
    pub op: Op<R>,
}

/// An operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    missing_docs,
    reason = "the fields are named by their role: dst, src1 (overwritten by dst), src2, mem, imm, set (sets the flags)"
)]
pub enum Op<R> {
    /// `op{s} dst, src1, src2`
    Alu { op: AluOp, set: bool, dst: R, src1: R, src2: Operand<R> },
    /// `op left, right`: the flags.
    Compare { op: CompareOp, left: R, right: Operand<R> },
    /// `mov{s} dst, src`, `mvn{s} dst, src`; with a shift also called by its name.
    Move { op: MoveOp, set: bool, dst: R, src: Operand<R> },
    /// `mov dst, src` or `mvn` under a condition; `src1` if it does not hold.
    MoveInto { op: MoveOp, dst: R, src1: R, src: Operand<R> },
    /// Any number, in one or two instructions, without touching the flags.
    MoveImm { dst: R, imm: u32 },
    /// `movw dst, imm`
    Movw { dst: R, imm: u16 },
    /// `movt dst, imm`: the upper half; the lower one stays.
    Movt { dst: R, src1: R, imm: u16 },
    /// `movw` and `movt` of the value of a symbol.
    MoveSymbol { dst: R, symbol: SymbolId },
    /// `adr dst, target`: the address of a place whose distance is a modified immediate.
    Adr { dst: R, target: Label },
    /// `mul{s} dst, src, src2`
    Mul { set: bool, dst: R, src: R, src2: R },
    /// `mla dst, src, src2, acc`: `acc + src * src2`.
    Mla { dst: R, src: R, src2: R, acc: R },
    /// `mls dst, src, src2, acc`: `acc - src * src2`.
    Mls { dst: R, src: R, src2: R, acc: R },
    /// `umull`, `smull`: the 64-bit product; `low` and `high` differ.
    MulLong { signed: bool, low: R, high: R, src: R, src2: R },
    /// `umlal`, `smlal`: the 64-bit product added to what `low` and `high` hold.
    MulAdd { signed: bool, low: R, high: R, src: R, src2: R },
    /// `sdiv`, `udiv` (feature `idiv`): rounds towards zero; division by zero gives 0.
    Div { signed: bool, dst: R, src: R, src2: R },
    /// `clz`, `rev`, `rev16`, `revsh`, `rbit`
    Bits { op: BitOp, dst: R, src: R },
    /// `uxtb`, `uxth`, `sxtb`, `sxth` of the register rotated right by 0, 8, 16 or 24.
    Extend { op: ExtendOp, dst: R, src: R, rotate: u8 },
    /// `ubfx`, `sbfx`: the field of `width` bits from bit `lsb`.
    Field { op: FieldOp, dst: R, src: R, lsb: u8, width: u8 },
    /// `bfi dst, src2, lsb, width`: the low bits of `src2` at bit `lsb`.
    Bfi { dst: R, src1: R, src2: R, lsb: u8, width: u8 },
    /// `bfc dst, lsb, width`: zeros at bit `lsb`.
    Bfc { dst: R, src1: R, lsb: u8, width: u8 },
    /// `ssat dst, bits, src` (1 to 32 bits) or `usat` (0 to 31).
    Saturate { signed: bool, dst: R, bits: u8, src: R },
    /// `ldr`, `ldrb`, `ldrh`, `ldrsb`, `ldrsh`
    Load { op: LoadOp, dst: R, mem: Amode<R> },
    /// `str`, `strb`, `strh`
    Store { op: StoreOp, src: R, mem: Amode<R> },
    /// A load that also changes its base.
    LoadUpdate { op: LoadOp, update: Update, dst: R, mem: Amode<R> },
    /// A store that also changes its base.
    StoreUpdate { op: StoreOp, update: Update, src: R, mem: Amode<R> },
    /// `ldrd`: an even register and the next one.
    LoadDual { dst: R, dst2: R, mem: Amode<R> },
    /// `strd`: an even register and the next one.
    StoreDual { src: R, src2: R, mem: Amode<R> },
    /// `ldrd` that also changes its base.
    LoadDualUpdate { update: Update, dst: R, dst2: R, mem: Amode<R> },
    /// `strd` that also changes its base.
    StoreDualUpdate { update: Update, src: R, src2: R, mem: Amode<R> },
    /// `ldm`: the registers of the list; `update` changes the base.
    LoadBlock { mode: BlockMode, base: R, update: bool, list: RegList },
    /// `stm`: the registers of the list; `update` changes the base.
    StoreBlock { mode: BlockMode, base: R, update: bool, list: RegList },
    /// `b target`
    Branch { target: Label },
    /// `bl target`: the return address is in `lr`.
    Call { target: Label },
    /// `bx target`
    BranchTo { target: R },
    /// `blx target`: the return address is in `lr`.
    CallTo { target: R },
    /// `udf`: faults. Has no condition.
    Udf { imm: u16 },
    /// `bkpt`: stops in a debugger. Has no condition.
    Bkpt { imm: u16 },
    /// `nop`
    Nop,
    /// `dmb ish`: a full memory barrier. Has no condition.
    Dmb,
    /// `vldr` of a double, or of a single into the low half.
    FloatLoad { single: bool, dst: R, mem: Amode<R> },
    /// `vstr` of a double, or of its low half.
    FloatStore { single: bool, src: R, mem: Amode<R> },
    /// `vmov dst, low, high`: a double of two words.
    ToFloat { dst: R, low: R, high: R },
    /// `vmov low, high, src`: the two words of a double.
    FromFloat { low: R, high: R, src: R },
    /// `vmov` of a word to the low half.
    ToSingle { dst: R, src: R },
    /// `vmov` of the low half to a word.
    FromSingle { dst: R, src: R },
    /// `vmov dst, number`: the double that [these bits](super::imm::float) stand for.
    FloatImm { dst: R, imm: u8 },
    /// `vadd`, `vsub`, `vmul`, `vnmul`, `vdiv`
    Float { op: FloatOp, dst: R, src: R, src2: R },
    /// `vmov`, `vabs`, `vneg`, `vsqrt`
    FloatUnary { op: FloatUnary, dst: R, src: R },
    /// `vcmp left, right`: the flags of the floating point unit.
    FloatCompare { left: R, right: R },
    /// `vcmp left, #0`
    FloatCompareZero { left: R },
    /// `vmrs APSR_nzcv, fpscr`: the flags of the last floating point comparison.
    FloatFlags,
    /// `vcvt`; towards zero when the result is an integer.
    FloatConvert { op: Convert, dst: R, src: R },
}

impl<R> Operand<R> {
    fn map<S>(&self, f: &mut impl FnMut(&R, Role) -> S) -> Operand<S> {
        match self {
            Operand::Imm(imm) => Operand::Imm(*imm),
            Operand::Reg(reg) => Operand::Reg(f(reg, Role::Use)),
            Operand::Shifted(reg, op, count) => Operand::Shifted(f(reg, Role::Use), *op, *count),
            Operand::Rrx(reg) => Operand::Rrx(f(reg, Role::Use)),
            Operand::ShiftedBy(reg, op, count) => {
                let reg = f(reg, Role::Use);
                Operand::ShiftedBy(reg, *op, f(count, Role::Use))
            }
        }
    }
}

impl<R> Amode<R> {
    fn map<S>(&self, role: Role, f: &mut impl FnMut(&R, Role) -> S) -> Amode<S> {
        match self {
            Amode::Base { base, disp } => Amode::Base { base: f(base, role), disp: *disp },
            Amode::Index { base, index, negative, shift } => {
                let base = f(base, role);
                Amode::Index { base, index: f(index, Role::Use), negative: *negative, shift: *shift }
            }
            Amode::Slot(slot) => Amode::Slot(*slot),
            Amode::Label(label) => Amode::Label(*label),
        }
    }
}

/// Writes the operation again with mapped registers: `take`, `def`, `reuse` and `modify` fields are registers of these
/// roles, `operand`, `place` and `changing` fields contain registers, the others are copied.
macro_rules! rebuild {
    ($op:expr, $def:ident, $f:ident; $($variant:ident { $($kind:ident $field:ident),* })*) => {
        match $op { $(
            Op::$variant { $($field),* } => Op::$variant { $($field: rebuild!(@ $kind $def $f $field)),* },
        )* }
    };
    (@ take $def:ident $f:ident $field:ident) => { $f($field, Role::Use) };
    (@ def $def:ident $f:ident $field:ident) => { $f($field, $def) };
    (@ reuse $def:ident $f:ident $field:ident) => { $f($field, Role::DefReuse) };
    (@ modify $def:ident $f:ident $field:ident) => { $f($field, Role::Mod) };
    (@ operand $def:ident $f:ident $field:ident) => { $field.map(&mut $f) };
    (@ place $def:ident $f:ident $field:ident) => { $field.map(Role::Use, &mut $f) };
    (@ changing $def:ident $f:ident $field:ident) => { $field.map(Role::Mod, &mut $f) };
    (@ copy $def:ident $f:ident $field:ident) => { *$field };
}

impl<R> Op<R> {
    /// The operation under a condition.
    pub fn when(self, cond: Cond) -> Insn<R> {
        Insn { cond, op: self }
    }
}

impl<R> From<Op<R>> for Insn<R> {
    fn from(op: Op<R>) -> Insn<R> {
        Insn { cond: Cond::Always, op }
    }
}

impl<R> Insn<R> {
    /// The same instruction with each register replaced. Operands are visited in the order that the allocator sees.
    pub fn map_regs<S>(&self, mut f: impl FnMut(&R, Role) -> S) -> Insn<S> {
        let def = if self.cond == Cond::Always { Role::Def } else { Role::Mod };
        let op = rebuild! { &self.op, def, f;
            Alu { copy op, copy set, def dst, take src1, operand src2 }
            Compare { copy op, take left, operand right }
            Move { copy op, copy set, def dst, operand src }
            MoveInto { copy op, take src1, reuse dst, operand src }
            MoveImm { copy imm, def dst }
            Movw { copy imm, def dst }
            Movt { copy imm, take src1, reuse dst }
            MoveSymbol { copy symbol, def dst }
            Adr { copy target, def dst }
            Mul { copy set, def dst, take src, take src2 }
            Mla { def dst, take src, take src2, take acc }
            Mls { def dst, take src, take src2, take acc }
            MulLong { copy signed, def low, def high, take src, take src2 }
            MulAdd { copy signed, modify low, modify high, take src, take src2 }
            Div { copy signed, def dst, take src, take src2 }
            Bits { copy op, def dst, take src }
            Extend { copy op, copy rotate, def dst, take src }
            Field { copy op, copy lsb, copy width, def dst, take src }
            Bfi { copy lsb, copy width, take src1, reuse dst, take src2 }
            Bfc { copy lsb, copy width, take src1, reuse dst }
            Saturate { copy signed, copy bits, def dst, take src }
            Load { copy op, def dst, place mem }
            Store { copy op, take src, place mem }
            LoadUpdate { copy op, copy update, def dst, changing mem }
            StoreUpdate { copy op, copy update, take src, changing mem }
            LoadDual { def dst, def dst2, place mem }
            StoreDual { take src, take src2, place mem }
            LoadDualUpdate { copy update, def dst, def dst2, changing mem }
            StoreDualUpdate { copy update, take src, take src2, changing mem }
            LoadBlock { copy mode, copy update, copy list, modify base }
            StoreBlock { copy mode, copy update, copy list, modify base }
            Branch { copy target }
            Call { copy target }
            BranchTo { take target }
            CallTo { take target }
            Udf { copy imm }
            Bkpt { copy imm }
            Nop {}
            Dmb {}
            FloatLoad { copy single, def dst, place mem }
            FloatStore { copy single, take src, place mem }
            ToFloat { def dst, take low, take high }
            FromFloat { def low, def high, take src }
            ToSingle { def dst, take src }
            FromSingle { def dst, take src }
            FloatImm { copy imm, def dst }
            Float { copy op, def dst, take src, take src2 }
            FloatUnary { copy op, def dst, take src }
            FloatCompare { take left, take right }
            FloatCompareZero { take left }
            FloatFlags {}
            FloatConvert { copy op, def dst, take src }
        };
        Insn { cond: self.cond, op }
    }

    /// Calls `f` with each register operand and its role.
    pub fn for_each_operand(&self, f: impl FnMut(&R, Role)) {
        self.map_regs(f);
    }

    /// Does the instruction change or spoil the flags?
    pub const fn writes_flags(&self) -> bool {
        match &self.op {
            Op::Alu { set, .. } | Op::Move { set, .. } | Op::Mul { set, .. } => *set,
            Op::Compare { .. } | Op::FloatFlags | Op::Call { .. } | Op::CallTo { .. } => true,
            _ => false,
        }
    }

    /// Does what the instruction does depend on the flags?
    pub const fn reads_flags(&self) -> bool {
        match &self.op {
            _ if !matches!(self.cond, Cond::Always) => true,
            Op::Alu { op: AluOp::Adc | AluOp::Sbc | AluOp::Rsc, .. } => true,
            Op::Alu { src2: operand, .. }
            | Op::Compare { right: operand, .. }
            | Op::Move { src: operand, .. }
            | Op::MoveInto { src: operand, .. } => matches!(operand, Operand::Rrx(_)),
            _ => false,
        }
    }
}
