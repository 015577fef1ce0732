//! The instructions, over any type of register.
//!
//! Before allocation `R` is a virtual register, after it a [`Reg`]. Nearly every instruction has a destination of its own;
//! the few that change a register have both a `src1` and a `dst`, which the operand roles ask the allocator to make equal.
//! Comparisons are subtractions whose destination is the zero register, named like any other operand.
//!
//! A few instructions here are sequences on the machine, where what is wanted is one thing: a constant ([`Insn::MovImm`]),
//! the value of a symbol, its address, the content of its data word. All of a sequence goes through its destination.
//!
//! [`Insn::map_regs`] is the only place that knows the operands of each instruction; everything else that walks over
//! operands goes through it, so the order of operands is the same everywhere: the operand that a result reuses, then
//! the result, then the rest.

use super::regs::{Reg, Width};
use crate::backend::Role;
use linac_emit::{Label, SymbolId};

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
    /// Sums and differences. The code is bits 29 and 30; those that end in `s` set the flags.
    AddOp: u32 { Add "add" 0, Adds "adds" 1, Sub "sub" 2, Subs "subs" 3, }
}

impl AddOp {
    /// Does it set the flags?
    pub const fn sets_flags(self) -> bool {
        self.code() & 1 != 0
    }
}

operations! {
    /// Bitwise operations. The code is bits 29 and 30, and above them the bit that complements the second operand.
    LogicOp: u32 {
        And "and" 0, Orr "orr" 1, Eor "eor" 2, Ands "ands" 3, Bic "bic" 4, Orn "orn" 5, Eon "eon" 6, Bics "bics" 7,
    }
}

impl LogicOp {
    /// Does it set the flags?
    pub const fn sets_flags(self) -> bool {
        self.code() & 3 == 3
    }
}

operations! {
    /// Shifts. The code is the field of a shifted operand and the low bits of the instruction that counts in a register.
    ShiftOp: u32 { Lsl "lsl" 0, Lsr "lsr" 1, Asr "asr" 2, Ror "ror" 3, }
}

operations! {
    /// How an operand is widened before it is shifted. The code is the field.
    ExtendOp: u32 {
        Uxtb "uxtb" 0, Uxth "uxth" 1, Uxtw "uxtw" 2, Uxtx "uxtx" 3, Sxtb "sxtb" 4, Sxth "sxth" 5, Sxtw "sxtw" 6,
        Sxtx "sxtx" 7,
    }
}

impl ExtendOp {
    /// Width of the register that is widened.
    pub const fn source(self) -> Width {
        match self {
            ExtendOp::Uxtx | ExtendOp::Sxtx => Width::W64,
            _ => Width::W32,
        }
    }
}

operations! {
    /// Moves of 16 bits that set the rest. The code is bits 29 and 30.
    MoveOp: u32 { Movn "movn" 0, Movz "movz" 2, }
}

operations! {
    /// Moves of a run of bits. The code is bits 29 and 30.
    BitfieldOp: u32 { Sbfm "sbfm" 0, Ubfm "ubfm" 2, }
}

operations! {
    /// Operations on one register. The code is the opcode field.
    UnaryOp: u32 { Rbit "rbit" 0, Rev16 "rev16" 1, Rev32 "rev32" 2, Rev "rev" 3, Clz "clz" 4, Cls "cls" 5, }
}

operations! {
    /// Products added to or taken from a third register. The code is the bit that subtracts.
    MulOp: u32 { Madd "madd" 0, Msub "msub" 1, }
}

operations! {
    /// Choices. The code is bit 30 and bit 10: what is done with the second operand.
    SelectOp: (u32, u32) { Csel "csel" (0, 0), Csinc "csinc" (0, 1), Csinv "csinv" (1, 0), Csneg "csneg" (1, 1), }
}

operations! {
    /// Comparisons that are made if a condition holds. The code is bit 30.
    CompareOp: u32 { Ccmn "ccmn" 0, Ccmp "ccmp" 1, }
}

operations! {
    /// Loads of general registers by what they do to the value: width in memory, then of the result if it is widened
    /// with its sign. The code is size and opcode.
    LoadOp: (Width, u32) {
        U8 "ldrb" (Width::W8, 1), U16 "ldrh" (Width::W16, 1), U32 "ldr" (Width::W32, 1), X64 "ldr" (Width::W64, 1),
        S8To32 "ldrsb" (Width::W8, 3), S8To64 "ldrsb" (Width::W8, 2), S16To32 "ldrsh" (Width::W16, 3),
        S16To64 "ldrsh" (Width::W16, 2), S32To64 "ldrsw" (Width::W32, 2),
    }
}

impl LoadOp {
    /// Width in memory.
    pub const fn memory(self) -> Width {
        self.code().0
    }

    /// Width of the register.
    pub const fn result(self) -> Width {
        match self {
            LoadOp::X64 | LoadOp::S8To64 | LoadOp::S16To64 | LoadOp::S32To64 => Width::W64,
            _ => Width::W32,
        }
    }
}

operations! {
    /// Conditions. The code is the field.
    Cond: u32 {
        Eq "eq" 0, Ne "ne" 1, Hs "hs" 2, Lo "lo" 3, Mi "mi" 4, Pl "pl" 5, Vs "vs" 6, Vc "vc" 7,
        Hi "hi" 8, Ls "ls" 9, Ge "ge" 10, Lt "lt" 11, Gt "gt" 12, Le "le" 13,
    }
}

impl Cond {
    /// The condition that holds exactly when this one does not.
    pub const fn negate(self) -> Cond {
        Cond::ALL[(self.code() ^ 1) as usize]
    }
}

operations! {
    /// Operations on two doubles. The code is the opcode field.
    FloatOp: u32 {
        Fmul "fmul" 0, Fdiv "fdiv" 1, Fadd "fadd" 2, Fsub "fsub" 3, Fmax "fmax" 4, Fmin "fmin" 5, Fmaxnm "fmaxnm" 6,
        Fminnm "fminnm" 7, Fnmul "fnmul" 8,
    }
}

operations! {
    /// Operations on one double. The code is the opcode field.
    FloatUnary: u32 {
        Fabs "fabs" 1, Fneg "fneg" 2, Fsqrt "fsqrt" 3, Frintn "frintn" 8, Frintp "frintp" 9, Frintm "frintm" 10,
        Frintz "frintz" 11, Frinta "frinta" 12,
    }
}

operations! {
    /// Conversions of a double to an integer by rounding. The code is mode and opcode.
    RoundOp: u32 {
        Fcvtns "fcvtns" 0, Fcvtnu "fcvtnu" 1, Fcvtps "fcvtps" 0o10, Fcvtms "fcvtms" 0o20, Fcvtzs "fcvtzs" 0o30,
        Fcvtzu "fcvtzu" 0o31, Fcvtas "fcvtas" 4,
    }
}

operations! {
    /// Memory barriers of the inner shareable domain. The code is the field.
    Barrier: u32 { Ishld "ishld" 9, Ishst "ishst" 10, Ish "ish" 11, }
}

/// A shift of an operand by a fixed count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shift {
    /// Which.
    pub op: ShiftOp,
    /// By how much; below the width.
    pub count: u8,
}

impl Shift {
    /// The operand as it is.
    pub const NONE: Shift = Shift { op: ShiftOp::Lsl, count: 0 };

    /// Shifted to the left.
    pub const fn left(count: u8) -> Shift {
        Shift { op: ShiftOp::Lsl, count }
    }
}

/// A place in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Amode<R> {
    /// `base + offset`: scaled if that is possible, else unscaled.
    Base {
        /// General register or stack pointer.
        base: R,
        /// Bytes added.
        offset: i32,
    },
    /// `base + (index << shift)`, the shift being 0 or that of the width.
    Index {
        /// General register or stack pointer.
        base: R,
        /// General register.
        index: R,
        /// How the index is widened; `Uxtx` for one of 64 bits as it is.
        extend: ExtendOp,
        /// In units of the width?
        scaled: bool,
    },
    /// `base + offset`, which is stored back to `base` first.
    Before {
        /// General register or stack pointer.
        base: R,
        /// Bytes added.
        offset: i32,
    },
    /// `base`, to which the offset is added afterwards.
    After {
        /// General register or stack pointer.
        base: R,
        /// Bytes added.
        offset: i32,
    },
    /// `base` plus the place of a symbol's data in its page; `base` comes from [`Insn::Adrp`].
    Low {
        /// General register.
        base: R,
        /// Whose data.
        symbol: SymbolId,
        /// Bytes added.
        addend: i32,
    },
}

impl<R> Amode<R> {
    /// `base + offset`
    pub fn base(base: R, offset: i32) -> Self {
        Amode::Base { base, offset }
    }
}

/// The second operand of a conditional comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ri<R> {
    /// Register.
    Reg(R),
    /// A number from 0 to 31.
    Imm(u8),
}

/// An instruction. "Sets flags" is in [`Insn::writes_flags`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the fields are named by their role: dst, src, left, right, mem, imm")]
pub enum Insn<R> {
    /// `mov dst, src`; one of them may be the stack pointer.
    Mov { width: Width, dst: R, src: R },
    /// The shortest sequence of moves that makes a constant.
    MovImm { width: Width, dst: R, imm: i64 },
    /// `movz`, `movk`: the value of a symbol that fits 32 bits.
    MovSymbol { dst: R, symbol: SymbolId },
    /// `movz`, `movn` with the shift in bits.
    MovWide { op: MoveOp, width: Width, dst: R, imm: u16, shift: u8 },
    /// `movk`
    MovKeep { width: Width, dst: R, src1: R, imm: u16, shift: u8 },
    /// `adr dst, label`: 1 MB around.
    Adr { dst: R, label: Label },
    /// `adrp dst, symbol`: the page of a symbol's data.
    Adrp { dst: R, symbol: SymbolId, addend: i32 },
    /// `add dst, src, :lo12:symbol`: the rest of the address.
    AddLow { dst: R, src: R, symbol: SymbolId, addend: i32 },
    /// `adrp`, `add`: the address of a symbol's data.
    SymbolAddress { dst: R, symbol: SymbolId },
    /// `adrp`, `ldr`: 64 bits at a symbol.
    SymbolLoad { dst: R, symbol: SymbolId },
    /// `add`, `sub` of 12 bits, or of 12 bits in units of 4096.
    AddImm { op: AddOp, width: Width, dst: R, src: R, imm: u32 },
    /// `add`, `sub` of a shifted register.
    AddReg { op: AddOp, width: Width, dst: R, left: R, right: R, shift: Shift },
    /// `add`, `sub` of a widened register, shifted by up to 4; `left` and `dst` may be the stack pointer.
    AddExtend { op: AddOp, width: Width, dst: R, left: R, right: R, extend: ExtendOp, count: u8 },
    /// `and`, `orr`, `eor`, `ands` with a bitmask.
    LogicImm { op: LogicOp, width: Width, dst: R, src: R, imm: u64 },
    /// Bitwise operation with a shifted register.
    LogicReg { op: LogicOp, width: Width, dst: R, left: R, right: R, shift: Shift },
    /// `sbfm`, `ubfm`: shifts by a fixed count, extensions, extraction of bits. `rotate` and `last` are below the width.
    Bitfield { op: BitfieldOp, width: Width, dst: R, src: R, rotate: u8, last: u8 },
    /// `bfm`: the same into some bits of a register.
    BitfieldInsert { width: Width, dst: R, src1: R, src2: R, rotate: u8, last: u8 },
    /// `extr`: a register's width of bits from two registers, from bit `low` of `right` on.
    Extract { width: Width, dst: R, left: R, right: R, low: u8 },
    /// Shift by a register, which counts modulo the width.
    ShiftReg { op: ShiftOp, width: Width, dst: R, src: R, count: R },
    /// `madd`, `msub`: `addend` plus or minus `left * right`.
    MulAdd { op: MulOp, width: Width, dst: R, left: R, right: R, addend: R },
    /// `smulh`, `umulh`: the upper half of the product.
    MulHigh { signed: bool, dst: R, left: R, right: R },
    /// `sdiv`, `udiv`: towards zero, 0 by 0.
    Div { signed: bool, width: Width, dst: R, left: R, right: R },
    /// `rev`, `clz` and the like.
    Unary { op: UnaryOp, width: Width, dst: R, src: R },
    /// `csel` and the like: `yes` if the condition holds, else `no`, incremented, complemented or negated.
    Select { op: SelectOp, cond: Cond, width: Width, dst: R, yes: R, no: R },
    /// `ccmp`, `ccmn`: compares if the condition holds, else sets the flags to `flags` (n, z, c, v from bit 3 down).
    Compare { op: CompareOp, cond: Cond, width: Width, left: R, right: Ri<R>, flags: u8 },
    /// Loads a general register.
    Load { op: LoadOp, dst: R, mem: Amode<R> },
    /// `strb`, `strh`, `str`
    Store { width: Width, mem: Amode<R>, src: R },
    /// `ldp` of general registers, 32 or 64 bits each.
    LoadPair { width: Width, first: R, second: R, mem: Amode<R> },
    /// `stp` of general registers, 32 or 64 bits each.
    StorePair { width: Width, mem: Amode<R>, first: R, second: R },
    /// `ldr` from a place in the code or behind it, 32 or 64 bits: 1 MB around.
    LoadLiteral { width: Width, dst: R, label: Label },
    /// `ldr` of a vector register, 32 or 64 bits.
    FloatLoad { width: Width, dst: R, mem: Amode<R> },
    /// `str` of a vector register, 32 or 64 bits.
    FloatStore { width: Width, mem: Amode<R>, src: R },
    /// `ldp` of vector registers, 32 or 64 bits each.
    FloatLoadPair { width: Width, first: R, second: R, mem: Amode<R> },
    /// `stp` of vector registers, 32 or 64 bits each.
    FloatStorePair { width: Width, mem: Amode<R>, first: R, second: R },
    /// `ldr` of a vector register from a place in the code or behind it, 32 or 64 bits.
    FloatLoadLiteral { width: Width, dst: R, label: Label },
    /// `b`: 128 MB around.
    B { target: Label },
    /// `bl`: 128 MB around.
    Bl { target: Label },
    /// `b.cond`: 1 MB around; longer ways back become two instructions.
    BCond { cond: Cond, target: Label },
    /// `cbz`, `cbnz`: 1 MB around; longer ways back become two instructions.
    Cbz { nonzero: bool, width: Width, src: R, target: Label },
    /// `tbz`, `tbnz`: 32 KB around; longer ways back become two instructions.
    Tbz { nonzero: bool, src: R, bit: u8, target: Label },
    /// `br`
    Br { target: R },
    /// `blr`
    Blr { target: R },
    /// `ret`
    Ret { target: R },
    /// `fmov dst, src`
    FloatMov { dst: R, src: R },
    /// `fmov dst, #imm`: a double of these bits, if it has the eight-bit form.
    FloatImm { dst: R, bits: u64 },
    /// `fmov` from a general to a vector register.
    ToFloat { width: Width, dst: R, src: R },
    /// `fmov` from a vector to a general register.
    FromFloat { width: Width, dst: R, src: R },
    /// Operations on two doubles.
    Float { op: FloatOp, dst: R, left: R, right: R },
    /// Operations on one double.
    FloatUnary { op: FloatUnary, dst: R, src: R },
    /// `fcmp left, right`
    FloatCompare { left: R, right: R },
    /// `fcmp left, #0.0`
    FloatCompareZero { left: R },
    /// `fcsel`
    FloatSelect { cond: Cond, dst: R, yes: R, no: R },
    /// `scvtf`, `ucvtf`: an integer of 32 or 64 bits to a double.
    IntToFloat { signed: bool, width: Width, dst: R, src: R },
    /// `fcvtzs` and the like: a double to an integer of 32 or 64 bits; out of range gives the nearest there is.
    FloatToInt { op: RoundOp, width: Width, dst: R, src: R },
    /// `fcvt`: a double from a single, or a single from a double.
    FloatWidth { to: Width, dst: R, src: R },
    /// `brk`: stops in a debugger.
    Brk { imm: u16 },
    /// `udf`: faults.
    Udf { imm: u16 },
    /// `nop`
    Nop,
    /// `dmb`
    Dmb { barrier: Barrier },
}

impl<R> Amode<R> {
    fn map<S>(&self, f: &mut impl FnMut(&R, Role<Reg>) -> S) -> Amode<S> {
        match *self {
            Amode::Base { ref base, offset } => Amode::Base { base: f(base, Role::Use), offset },
            Amode::Index { ref base, ref index, extend, scaled } => {
                let base = f(base, Role::Use);
                Amode::Index { base, index: f(index, Role::Use), extend, scaled }
            }
            Amode::Before { ref base, offset } => Amode::Before { base: f(base, Role::Mod), offset },
            Amode::After { ref base, offset } => Amode::After { base: f(base, Role::Mod), offset },
            Amode::Low { ref base, symbol, addend } => {
                Amode::Low { base: f(base, Role::Use), symbol, addend }
            }
        }
    }
}

impl<R> Ri<R> {
    fn map<S>(&self, f: &mut impl FnMut(&R, Role<Reg>) -> S) -> Ri<S> {
        match self {
            Ri::Reg(reg) => Ri::Reg(f(reg, Role::Use)),
            Ri::Imm(imm) => Ri::Imm(*imm),
        }
    }
}

/// Rebuilds an instruction: each pattern lists the fields in operand order and how each is mapped.
///
/// `take`, `def`, `early` and `reuse` fields are registers, `parts` fields contain registers, the others are copied.
macro_rules! rebuild {
    ($insn:expr, $f:ident; $($variant:ident { $($kind:ident $field:ident),* })*) => {
        match $insn { $(
            Insn::$variant { $($field),* } => Insn::$variant { $($field: rebuild!(@ $kind $f $field)),* },
        )* }
    };
    (@ take $f:ident $field:ident) => { $f($field, Role::Use) };
    (@ def $f:ident $field:ident) => { $f($field, Role::Def) };
    (@ reuse $f:ident $field:ident) => { $f($field, Role::DefReuse) };
    (@ parts $f:ident $field:ident) => { $field.map(&mut $f) };
    (@ copy $f:ident $field:ident) => { *$field };
}

impl<R> Insn<R> {
    /// The same instruction with each register replaced. Operands are visited in the order that the allocator sees.
    pub fn map_regs<S>(&self, mut f: impl FnMut(&R, Role<Reg>) -> S) -> Insn<S> {
        rebuild! { self, f;
            Mov { copy width, take src, def dst }
            MovImm { copy width, copy imm, def dst }
            MovSymbol { copy symbol, def dst }
            MovWide { copy op, copy width, copy imm, copy shift, def dst }
            MovKeep { copy width, copy imm, copy shift, take src1, reuse dst }
            Adr { copy label, def dst }
            Adrp { copy symbol, copy addend, def dst }
            AddLow { copy symbol, copy addend, take src, def dst }
            SymbolAddress { copy symbol, def dst }
            SymbolLoad { copy symbol, def dst }
            AddImm { copy op, copy width, copy imm, take src, def dst }
            AddReg { copy op, copy width, copy shift, take left, take right, def dst }
            AddExtend { copy op, copy width, copy extend, copy count, take left, take right, def dst }
            LogicImm { copy op, copy width, copy imm, take src, def dst }
            LogicReg { copy op, copy width, copy shift, take left, take right, def dst }
            Bitfield { copy op, copy width, copy rotate, copy last, take src, def dst }
            BitfieldInsert { copy width, copy rotate, copy last, take src1, reuse dst, take src2 }
            Extract { copy width, copy low, take left, take right, def dst }
            ShiftReg { copy op, copy width, take src, take count, def dst }
            MulAdd { copy op, copy width, take left, take right, take addend, def dst }
            MulHigh { copy signed, take left, take right, def dst }
            Div { copy signed, copy width, take left, take right, def dst }
            Unary { copy op, copy width, take src, def dst }
            Select { copy op, copy cond, copy width, take yes, take no, def dst }
            Compare { copy op, copy cond, copy width, copy flags, take left, parts right }
            Load { copy op, parts mem, def dst }
            Store { copy width, parts mem, take src }
            LoadPair { copy width, parts mem, def first, def second }
            StorePair { copy width, parts mem, take first, take second }
            LoadLiteral { copy width, copy label, def dst }
            FloatLoad { copy width, parts mem, def dst }
            FloatStore { copy width, parts mem, take src }
            FloatLoadPair { copy width, parts mem, def first, def second }
            FloatStorePair { copy width, parts mem, take first, take second }
            FloatLoadLiteral { copy width, copy label, def dst }
            B { copy target }
            Bl { copy target }
            BCond { copy cond, copy target }
            Cbz { copy nonzero, copy width, copy target, take src }
            Tbz { copy nonzero, copy bit, copy target, take src }
            Br { take target }
            Blr { take target }
            Ret { take target }
            FloatMov { take src, def dst }
            FloatImm { copy bits, def dst }
            ToFloat { copy width, take src, def dst }
            FromFloat { copy width, take src, def dst }
            Float { copy op, take left, take right, def dst }
            FloatUnary { copy op, take src, def dst }
            FloatCompare { take left, take right }
            FloatCompareZero { take left }
            FloatSelect { copy cond, take yes, take no, def dst }
            IntToFloat { copy signed, copy width, take src, def dst }
            FloatToInt { copy op, copy width, take src, def dst }
            FloatWidth { copy to, take src, def dst }
            Brk { copy imm }
            Udf { copy imm }
            Nop {}
            Dmb { copy barrier }
        }
    }

    /// Calls `f` with each register operand and its role.
    pub fn for_each_operand(&self, f: impl FnMut(&R, Role<Reg>)) {
        self.map_regs(f);
    }

    /// Does the instruction set the flags?
    pub const fn writes_flags(&self) -> bool {
        match self {
            Insn::AddImm { op, .. } | Insn::AddReg { op, .. } | Insn::AddExtend { op, .. } => op.sets_flags(),
            Insn::LogicImm { op, .. } | Insn::LogicReg { op, .. } => op.sets_flags(),
            Insn::Compare { .. }
            | Insn::FloatCompare { .. }
            | Insn::FloatCompareZero { .. }
            | Insn::Bl { .. }
            | Insn::Blr { .. } => true,
            _ => false,
        }
    }

    /// Does the result depend on the flags?
    pub const fn reads_flags(&self) -> bool {
        matches!(
            self,
            Insn::Select { .. } | Insn::Compare { .. } | Insn::FloatSelect { .. } | Insn::BCond { .. }
        )
    }
}
