//! The instructions, over any type of register.
//!
//! Before allocation `R` is a virtual register, after it a [`Reg`]. Where the machine overwrites an operand, the
//! instruction has both a `src1` and a `dst`; the operand roles ask the allocator to make them equal, and the encoder
//! refuses them if they are not. Operands that the machine fixes (`rcx` of a shift, `rax` and `rdx` of a division) are
//! fields too.
//!
//! [`Insn::map_regs`] is the only place that knows the operands of each instruction; everything else that walks over
//! operands goes through it, so the order of operands is the same everywhere: the operand that a result reuses, then
//! the result, then the rest.

use super::regs::{RAX, RCX, RDX, Reg, Width};
use linac_emit::{Label, SymbolId};

/// What an instruction does with a register operand.
pub type Role = crate::backend::Role<Reg>;

/// Factor of an index register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scale {
    /// 1
    S1,
    /// 2
    S2,
    /// 4
    S4,
    /// 8
    S8,
}

impl Scale {
    /// Base-2 logarithm: the two bits in the instruction.
    pub const fn log2(self) -> u8 {
        match self {
            Scale::S1 => 0,
            Scale::S2 => 1,
            Scale::S4 => 2,
            Scale::S8 => 3,
        }
    }
}

/// A place in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Amode<R> {
    /// `base + disp`
    Base {
        /// General register.
        base: R,
        /// Bytes added.
        disp: i32,
    },
    /// `base + index * scale + disp`
    Index {
        /// General register.
        base: R,
        /// General register other than `rsp`.
        index: R,
        /// Factor of the index.
        scale: Scale,
        /// Bytes added.
        disp: i32,
    },
    /// Frame slot of this number; where slot 0 is relative to `rsp` is known when encoding.
    Slot(u32),
    /// A place in the code or its constants.
    Label(Label),
    /// The address of a symbol, plus bytes.
    Symbol(SymbolId, i32),
}

impl<R> Amode<R> {
    /// `base + disp`
    pub fn base(base: R, disp: i32) -> Self {
        Amode::Base { base, disp }
    }

    /// `base + index * scale + disp`
    pub fn index(base: R, index: R, scale: Scale, disp: i32) -> Self {
        Amode::Index { base, index, scale, disp }
    }
}

/// A 32-bit immediate, sign-extended to the width of the operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Imm {
    /// A number.
    Value(i32),
    /// The value of a symbol, known when linking; it must fit.
    Symbol(SymbolId),
}

impl From<i32> for Imm {
    fn from(value: i32) -> Imm {
        Imm::Value(value)
    }
}

/// Register or memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rm<R> {
    /// Register.
    Reg(R),
    /// Memory.
    Mem(Amode<R>),
}

/// Register or immediate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ri<R> {
    /// Register.
    Reg(R),
    /// Immediate.
    Imm(Imm),
}

/// Register, memory or immediate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rmi<R> {
    /// Register.
    Reg(R),
    /// Memory.
    Mem(Amode<R>),
    /// Immediate.
    Imm(Imm),
}

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
    /// Two-operand integer operations. The code is the opcode's bits 3 to 5 and the digit of the immediate form.
    AluOp: u8 {
        Add "add" 0, Or "or" 1, Adc "adc" 2, Sbb "sbb" 3, And "and" 4, Sub "sub" 5, Xor "xor" 6,
    }
}

operations! {
    /// One-operand integer operations. The code is the last opcode byte of the wide form and the digit.
    UnaryOp: (u8, u8) { Inc "inc" (0xFF, 0), Dec "dec" (0xFF, 1), Not "not" (0xF7, 2), Neg "neg" (0xF7, 3), }
}

operations! {
    /// Shifts and rotations. The code is the digit.
    ShiftOp: u8 { Rol "rol" 0, Ror "ror" 1, Shl "shl" 4, Shr "shr" 5, Sar "sar" 7, }
}

operations! {
    /// Shifts that take bits from a second register. The code is the opcode of the form with immediate count.
    DoubleShiftOp: u8 { Shld "shld" 0xA4, Shrd "shrd" 0xAC, }
}

operations! {
    /// Bit counts. The code is mandatory prefix (0 for none) and opcode.
    BitOp: (u8, u8) {
        Bsf "bsf" (0, 0xBC), Bsr "bsr" (0, 0xBD), Tzcnt "tzcnt" (0xF3, 0xBC), Lzcnt "lzcnt" (0xF3, 0xBD),
        Popcnt "popcnt" (0xF3, 0xB8),
    }
}

operations! {
    /// Loads and moves that widen. The code is the opcode's bytes behind `REX` (0 for a missing first byte).
    Extend: (u8, u8) {
        Zx8 "movzx" (0x0F, 0xB6), Zx16 "movzx" (0x0F, 0xB7),
        Sx8To32 "movsx" (0x0F, 0xBE), Sx16To32 "movsx" (0x0F, 0xBF),
        Sx8To64 "movsx" (0x0F, 0xBE), Sx16To64 "movsx" (0x0F, 0xBF), Sx32To64 "movsxd" (0, 0x63),
    }
}

impl Extend {
    /// Width before and after. Zero extension writes 32 bits, which clears the rest.
    pub const fn widths(self) -> (Width, Width) {
        match self {
            Extend::Zx8 | Extend::Sx8To32 => (Width::W8, Width::W32),
            Extend::Zx16 | Extend::Sx16To32 => (Width::W16, Width::W32),
            Extend::Sx8To64 => (Width::W8, Width::W64),
            Extend::Sx16To64 => (Width::W16, Width::W64),
            Extend::Sx32To64 => (Width::W32, Width::W64),
        }
    }
}

operations! {
    /// Conditions, named after flags of `cmp`. The code is the low half of the opcode.
    Cond: u8 {
        O "o" 0, No "no" 1, B "b" 2, Ae "ae" 3, E "e" 4, Ne "ne" 5, Be "be" 6, A "a" 7,
        S "s" 8, Ns "ns" 9, P "p" 10, Np "np" 11, L "l" 12, Ge "ge" 13, Le "le" 14, G "g" 15,
    }
}

impl Cond {
    /// The condition that holds exactly when this one does not.
    pub const fn negate(self) -> Cond {
        Cond::ALL[(self.code() ^ 1) as usize]
    }
}

operations! {
    /// Operations on doubles that combine two operands. The code is mandatory prefix and opcode.
    FloatOp: (u8, u8) {
        Add "addsd" (0xF2, 0x58), Mul "mulsd" (0xF2, 0x59), Sub "subsd" (0xF2, 0x5C), Min "minsd" (0xF2, 0x5D),
        Div "divsd" (0xF2, 0x5E), Max "maxsd" (0xF2, 0x5F),
        And "andpd" (0x66, 0x54), AndNot "andnpd" (0x66, 0x55), Or "orpd" (0x66, 0x56), Xor "xorpd" (0x66, 0x57),
    }
}

impl FloatOp {
    /// Does a memory operand have 16 bytes (aligned) instead of 8?
    pub const fn is_wide(self) -> bool {
        self.code().0 == 0x66
    }
}

operations! {
    /// Operations from one vector register or memory to a vector register. The code is mandatory prefix and opcode.
    FloatUnary: (u8, u8) {
        Sqrt "sqrtsd" (0xF2, 0x51), ToDouble "cvtss2sd" (0xF3, 0x5A), ToSingle "cvtsd2ss" (0xF2, 0x5A),
    }
}

operations! {
    /// Moves between a vector register and memory. The code is mandatory prefix, opcode of load and of store.
    FloatMove: (u8, u8, u8) {
        Double "movsd" (0xF2, 0x10, 0x11), Single "movss" (0xF3, 0x10, 0x11), Bytes16 "movdqu" (0xF3, 0x6F, 0x7F),
    }
}

operations! {
    /// How to round to an integral double; none of them signals inexactness. The code is the immediate.
    Rounding: u8 { Nearest "8" 8, Down "9" 9, Up "10" 10, Truncate "11" 11, }
}

/// An instruction. "Clobbers flags" is in [`Insn::writes_flags`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    missing_docs,
    reason = "the fields are named by their role: dst, src1 (overwritten by dst), src2, mem, imm"
)]
pub enum Insn<R> {
    /// `mov dst, src`, 32 or 64 bits.
    Mov { width: Width, dst: R, src: R },
    /// `mov dst, imm` in its shortest form that leaves the flags alone.
    MovImm { width: Width, dst: R, imm: i64 },
    /// `mov dst, symbol`: the value of a symbol that fits 32 bits, sign-extended.
    MovSymbol { dst: R, symbol: SymbolId },
    /// `movabs dst, symbol`: the value of a symbol of 64 bits.
    MovSymbol64 { dst: R, symbol: SymbolId },
    /// `xor dst, dst`: 0 in two or three bytes, at the price of the flags.
    Zero { dst: R },
    /// `mov dst, mem`, 32 or 64 bits.
    Load { width: Width, dst: R, mem: Amode<R> },
    /// `mov mem, src`, any width.
    Store { width: Width, mem: Amode<R>, src: R },
    /// `mov mem, imm`, any width.
    StoreImm { width: Width, mem: Amode<R>, imm: Imm },
    /// `movzx`, `movsx`, `movsxd`.
    Extend { op: Extend, dst: R, src: Rm<R> },
    /// `lea dst, mem`, 32 or 64 bits.
    Lea { width: Width, dst: R, mem: Amode<R> },
    /// `op dst, src2`, 32 or 64 bits.
    Alu { op: AluOp, width: Width, dst: R, src1: R, src2: Rmi<R> },
    /// `op mem, src`, 32 or 64 bits.
    AluMem { op: AluOp, width: Width, mem: Amode<R>, src: Ri<R> },
    /// `cmp left, right`, 32 or 64 bits.
    Cmp { width: Width, left: R, right: Rmi<R> },
    /// `cmp mem, right`, any width with an immediate, 32 or 64 bits with a register.
    CmpMem { width: Width, mem: Amode<R>, right: Ri<R> },
    /// `test left, right`, any width with an immediate on the low byte of a register too.
    Test { width: Width, left: R, right: Ri<R> },
    /// `test mem, right`, any width with an immediate, 32 or 64 bits with a register.
    TestMem { width: Width, mem: Amode<R>, right: Ri<R> },
    /// `inc`, `dec`, `not`, `neg` of a register, 32 or 64 bits.
    Unary { op: UnaryOp, width: Width, dst: R, src1: R },
    /// `inc`, `dec`, `not`, `neg` of memory, 32 or 64 bits.
    UnaryMem { op: UnaryOp, width: Width, mem: Amode<R> },
    /// `imul dst, src2`, 32 or 64 bits.
    Imul { width: Width, dst: R, src1: R, src2: Rm<R> },
    /// `imul dst, src, imm`, 32 or 64 bits.
    ImulImm { width: Width, dst: R, src: Rm<R>, imm: i32 },
    /// `mul` or `imul` of `rax`: the double-width product in `rdx:rax`.
    MulWide { signed: bool, width: Width, low: R, high: R, src1: R, src2: Rm<R> },
    /// `div` or `idiv` of `rdx:rax`: quotient in `rax`, remainder in `rdx`.
    Div { signed: bool, width: Width, quotient: R, remainder: R, low: R, high: R, divisor: Rm<R> },
    /// `cqo` (64 bits) or `cdq` (32): the sign of `rax` in all of `rdx`.
    SignSpread { width: Width, dst: R, src: R },
    /// Shift by a fixed count below the width.
    Shift { op: ShiftOp, width: Width, dst: R, src1: R, count: u8 },
    /// Shift by `cl`, which counts modulo the width.
    ShiftCl { op: ShiftOp, width: Width, dst: R, src1: R, count: R },
    /// `shld`, `shrd` by a fixed count below the width.
    DoubleShift { op: DoubleShiftOp, width: Width, dst: R, src1: R, src2: R, count: u8 },
    /// `shld`, `shrd` by `cl`.
    DoubleShiftCl { op: DoubleShiftOp, width: Width, dst: R, src1: R, src2: R, count: R },
    /// `bsf`, `bsr` (result undefined for 0), `tzcnt`, `lzcnt`, `popcnt`.
    Bits { op: BitOp, width: Width, dst: R, src: Rm<R> },
    /// `bswap`, 32 or 64 bits.
    Bswap { width: Width, dst: R, src1: R },
    /// `bt left, right`: the bit in the carry flag. The immediate is below the width.
    Bt { width: Width, left: R, right: Ri<R> },
    /// `bt mem, bit` with the bit below the width.
    BtMem { width: Width, mem: Amode<R>, bit: u8 },
    /// `setcc`: 0 or 1 in the low byte; the rest of `dst` keeps what it was, so it must be widened before use.
    Set { cond: Cond, dst: R },
    /// `setcc` of a byte in memory.
    SetMem { cond: Cond, mem: Amode<R> },
    /// `cmovcc dst, src2`: `src2` if the condition holds, else `src1`.
    Cmov { cond: Cond, width: Width, dst: R, src1: R, src2: Rm<R> },
    /// `jcc target`.
    Jcc { cond: Cond, target: Label },
    /// `jmp target`.
    Jmp { target: Label },
    /// `jmp` to an address in a register or memory, such as an entry cell.
    JmpIndirect { target: Rm<R> },
    /// `call target`.
    Call { target: Label },
    /// `call` of an address in a register or memory, such as an entry cell.
    CallIndirect { target: Rm<R> },
    /// `push`, 64 bits.
    Push { src: Rmi<R> },
    /// `pop`, 64 bits.
    Pop { dst: R },
    /// `pop` to memory.
    PopMem { mem: Amode<R> },
    /// `ret`
    Ret,
    /// `ud2`: faults.
    Ud2,
    /// `int3`: stops in a debugger.
    Int3,
    /// One instruction of 1 to 9 bytes that does nothing.
    Nop { length: u8 },
    /// `mfence`
    Mfence,
    /// `xchg` of two registers, in place.
    Swap { width: Width, left: R, right: R },
    /// `xchg` with memory, always atomic.
    Xchg { width: Width, dst: R, src1: R, mem: Amode<R> },
    /// `lock cmpxchg`: if memory holds `expected` then store `new`; the old value in `dst`. Both are `rax`.
    LockCmpxchg { width: Width, dst: R, expected: R, new: R, mem: Amode<R> },
    /// `lock xadd`: add to memory, the old value in `dst`.
    LockXadd { width: Width, dst: R, src1: R, mem: Amode<R> },
    /// `lock op mem, src`.
    LockAlu { op: AluOp, width: Width, mem: Amode<R>, src: Ri<R> },
    /// `movaps`: copies a vector register. A byte shorter than `movapd`, with the same effect.
    FloatCopy { dst: R, src: R },
    /// `movsd`, `movss`, `movdqu` from memory.
    FloatLoad { op: FloatMove, dst: R, mem: Amode<R> },
    /// `movsd`, `movss`, `movdqu` to memory.
    FloatStore { op: FloatMove, mem: Amode<R>, src: R },
    /// `movq` or `movd` from a general to a vector register.
    ToFloat { width: Width, dst: R, src: R },
    /// `movq` or `movd` from a vector to a general register.
    FromFloat { width: Width, dst: R, src: R },
    /// `xorps dst, dst`: 0.0.
    FloatZero { dst: R },
    /// Two-operand operations on doubles.
    Float { op: FloatOp, dst: R, src1: R, src2: Rm<R> },
    /// `sqrtsd`, `cvtss2sd`, `cvtsd2ss`. The upper half of `dst` stays, which the machine waits for.
    FloatUnary { op: FloatUnary, dst: R, src: Rm<R> },
    /// `ucomisd left, right`.
    Ucomisd { left: R, right: Rm<R> },
    /// `cvtsi2sd`, from 32 or 64 bits. The upper half of `dst` stays, which the machine waits for.
    IntToFloat { width: Width, dst: R, src: Rm<R> },
    /// `cvttsd2si`, to 32 or 64 bits; out of range gives the smallest integer.
    FloatToInt { width: Width, dst: R, src: Rm<R> },
    /// `roundsd`
    Round { mode: Rounding, dst: R, src: Rm<R> },
}

impl<R> Amode<R> {
    fn map<S>(&self, f: &mut impl FnMut(&R, Role) -> S) -> Amode<S> {
        match self {
            Amode::Base { base, disp } => Amode::Base { base: f(base, Role::Use), disp: *disp },
            Amode::Index { base, index, scale, disp } => Amode::Index {
                base: f(base, Role::Use),
                index: f(index, Role::Use),
                scale: *scale,
                disp: *disp,
            },
            Amode::Slot(slot) => Amode::Slot(*slot),
            Amode::Label(label) => Amode::Label(*label),
            Amode::Symbol(symbol, addend) => Amode::Symbol(*symbol, *addend),
        }
    }
}

impl<R> Rm<R> {
    fn map<S>(&self, f: &mut impl FnMut(&R, Role) -> S) -> Rm<S> {
        match self {
            Rm::Reg(reg) => Rm::Reg(f(reg, Role::Use)),
            Rm::Mem(mem) => Rm::Mem(mem.map(f)),
        }
    }
}

impl<R> Ri<R> {
    fn map<S>(&self, f: &mut impl FnMut(&R, Role) -> S) -> Ri<S> {
        match self {
            Ri::Reg(reg) => Ri::Reg(f(reg, Role::Use)),
            Ri::Imm(imm) => Ri::Imm(*imm),
        }
    }
}

impl<R> Rmi<R> {
    fn map<S>(&self, f: &mut impl FnMut(&R, Role) -> S) -> Rmi<S> {
        match self {
            Rmi::Reg(reg) => Rmi::Reg(f(reg, Role::Use)),
            Rmi::Mem(mem) => Rmi::Mem(mem.map(f)),
            Rmi::Imm(imm) => Rmi::Imm(*imm),
        }
    }
}

/// Rebuilds an instruction: each pattern lists the fields in operand order and how each is mapped.
///
/// `use`, `def`, `reuse`, `modify` and `fixed` fields are registers, `map` fields contain registers, the others are
/// copied.
macro_rules! rebuild {
    ($insn:expr, $f:ident; $($variant:ident { $($kind:ident $field:ident $(= $fixed:expr)?),* })*) => {
        match $insn { $(
            Insn::$variant { $($field),* } => Insn::$variant { $($field: rebuild!(@ $kind $f $field $($fixed)?)),* },
        )* }
    };
    (@ take $f:ident $field:ident) => { $f($field, Role::Use) };
    (@ def $f:ident $field:ident) => { $f($field, Role::Def) };
    (@ reuse $f:ident $field:ident) => { $f($field, Role::DefReuse) };
    (@ modify $f:ident $field:ident) => { $f($field, Role::Mod) };
    (@ fixed $f:ident $field:ident $reg:expr) => { $f($field, Role::UseFixed($reg)) };
    (@ result $f:ident $field:ident $reg:expr) => { $f($field, Role::DefFixed($reg)) };
    (@ parts $f:ident $field:ident) => { $field.map(&mut $f) };
    (@ copy $f:ident $field:ident) => { *$field };
}

impl<R> Insn<R> {
    /// The same instruction with each register replaced. Operands are visited in the order that the allocator sees.
    pub fn map_regs<S>(&self, mut f: impl FnMut(&R, Role) -> S) -> Insn<S> {
        rebuild! { self, f;
            Mov { copy width, take src, def dst }
            MovImm { copy width, copy imm, def dst }
            MovSymbol { copy symbol, def dst }
            MovSymbol64 { copy symbol, def dst }
            Zero { def dst }
            Load { copy width, parts mem, def dst }
            Store { copy width, parts mem, take src }
            StoreImm { copy width, parts mem, copy imm }
            Extend { copy op, parts src, def dst }
            Lea { copy width, parts mem, def dst }
            Alu { copy op, copy width, take src1, reuse dst, parts src2 }
            AluMem { copy op, copy width, parts mem, parts src }
            Cmp { copy width, take left, parts right }
            CmpMem { copy width, parts mem, parts right }
            Test { copy width, take left, parts right }
            TestMem { copy width, parts mem, parts right }
            Unary { copy op, copy width, take src1, reuse dst }
            UnaryMem { copy op, copy width, parts mem }
            Imul { copy width, take src1, reuse dst, parts src2 }
            ImulImm { copy width, copy imm, parts src, def dst }
            MulWide { copy signed, copy width, fixed src1 = RAX, result low = RAX, result high = RDX, parts src2 }
            Div {
                copy signed, copy width, fixed low = RAX, fixed high = RDX, result quotient = RAX,
                result remainder = RDX, parts divisor
            }
            SignSpread { copy width, fixed src = RAX, result dst = RDX }
            Shift { copy op, copy width, copy count, take src1, reuse dst }
            ShiftCl { copy op, copy width, take src1, reuse dst, fixed count = RCX }
            DoubleShift { copy op, copy width, copy count, take src1, reuse dst, take src2 }
            DoubleShiftCl { copy op, copy width, take src1, reuse dst, take src2, fixed count = RCX }
            Bits { copy op, copy width, parts src, def dst }
            Bswap { copy width, take src1, reuse dst }
            Bt { copy width, take left, parts right }
            BtMem { copy width, copy bit, parts mem }
            Set { copy cond, def dst }
            SetMem { copy cond, parts mem }
            Cmov { copy cond, copy width, take src1, reuse dst, parts src2 }
            Jcc { copy cond, copy target }
            Jmp { copy target }
            JmpIndirect { parts target }
            Call { copy target }
            CallIndirect { parts target }
            Push { parts src }
            Pop { def dst }
            PopMem { parts mem }
            Ret {}
            Ud2 {}
            Int3 {}
            Nop { copy length }
            Mfence {}
            Swap { copy width, modify left, modify right }
            Xchg { copy width, take src1, reuse dst, parts mem }
            LockCmpxchg { copy width, fixed expected = RAX, result dst = RAX, take new, parts mem }
            LockXadd { copy width, take src1, reuse dst, parts mem }
            LockAlu { copy op, copy width, parts mem, parts src }
            FloatCopy { take src, def dst }
            FloatLoad { copy op, parts mem, def dst }
            FloatStore { copy op, parts mem, take src }
            ToFloat { copy width, take src, def dst }
            FromFloat { copy width, take src, def dst }
            FloatZero { def dst }
            Float { copy op, take src1, reuse dst, parts src2 }
            FloatUnary { copy op, parts src, def dst }
            Ucomisd { take left, parts right }
            IntToFloat { copy width, parts src, def dst }
            FloatToInt { copy width, parts src, def dst }
            Round { copy mode, parts src, def dst }
        }
    }

    /// Calls `f` with each register operand and its role.
    pub fn for_each_operand(&self, f: impl FnMut(&R, Role)) {
        self.map_regs(f);
    }
}

/// What an instruction needs or changes besides its operands.
impl<R> Insn<R> {
    /// Does the instruction change or spoil the flags?
    pub const fn writes_flags(&self) -> bool {
        match self {
            Insn::Unary { op, .. } | Insn::UnaryMem { op, .. } => !matches!(op, UnaryOp::Not),
            Insn::Zero { .. }
            | Insn::Alu { .. }
            | Insn::AluMem { .. }
            | Insn::Cmp { .. }
            | Insn::CmpMem { .. }
            | Insn::Test { .. }
            | Insn::TestMem { .. }
            | Insn::Imul { .. }
            | Insn::ImulImm { .. }
            | Insn::MulWide { .. }
            | Insn::Div { .. }
            | Insn::Shift { .. }
            | Insn::ShiftCl { .. }
            | Insn::DoubleShift { .. }
            | Insn::DoubleShiftCl { .. }
            | Insn::Bits { .. }
            | Insn::Bt { .. }
            | Insn::BtMem { .. }
            | Insn::LockCmpxchg { .. }
            | Insn::LockXadd { .. }
            | Insn::LockAlu { .. }
            | Insn::Ucomisd { .. }
            | Insn::Call { .. }
            | Insn::CallIndirect { .. } => true,
            _ => false,
        }
    }

    /// Does the result depend on the flags?
    pub const fn reads_flags(&self) -> bool {
        match self {
            Insn::Alu { op, .. } | Insn::AluMem { op, .. } | Insn::LockAlu { op, .. } => {
                matches!(op, AluOp::Adc | AluOp::Sbb)
            }
            Insn::Set { .. } | Insn::SetMem { .. } | Insn::Cmov { .. } | Insn::Jcc { .. } => true,
            _ => false,
        }
    }
}
