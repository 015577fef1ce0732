//! What all instruction sets share: lowering's walk over core IR, pseudo instructions, emission's walk over allocated code.
//!
//! *Problem*: most of a code generator says nothing about a machine: which values get registers, how arguments travel,
//! where return sites stand, which blocks fall through. *Idea*: all of that is written once here, over a [`Machine`]: its
//! registers, its instructions before and after allocation, and short functions that make or write a few instructions each.
//! A machine's own folder holds those functions and nothing else. *Invariants*: nothing in this folder asks which machine it
//! is compiled for; a machine's functions never decide about control flow, frames or stack maps.
//!
//! docs/add-an-isa.md lists what a new machine writes, in order.

mod compile;
pub mod emit;
pub mod lower;
pub mod minst;
mod names;
mod ops;
mod uses;

pub(crate) use compile::compile;
pub use emit::Emitter;
pub use lower::{Flags, Lower};
pub use minst::{MInst, Role, Xr};
pub use names::{Names, Numbered, label_of, name_of};

use crate::IsaError;
use linac_abi::WordSize;
use linac_emit::{CodeBuffer, Label, LabelUse, SymbolId};
use linac_ir::{FloatCond, Inst, IntCond, Type, Value};
use linac_regalloc::{Loc, Origin, RegEnv};
use regalloc2::{PReg, PRegSet, RegClass, VReg};
use std::fmt;

/// The allocator named a register that a machine does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSuchRegister {
    /// The machine.
    pub machine: &'static str,
    /// The register.
    pub reg: PReg,
}

impl fmt::Display for NoSuchRegister {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} has no register {}", self.machine, self.reg)
    }
}

impl std::error::Error for NoSuchRegister {}

/// A register before allocation, of a machine.
pub type X<M> = Xr<<M as Machine>::Reg>;

/// Registers with a fixed use; docs/runtime-abi.md has the tables.
#[derive(Clone, Copy, Debug)]
pub struct Roles<R: 'static> {
    /// The process structure.
    pub process: R,
    /// Heap top.
    pub htop: R,
    /// Erlang stack.
    pub sp: R,
    /// x registers in CPU registers; the first is also where results are.
    pub args: &'static [R],
    /// Arguments of a runtime call (the process goes before them, put there by the glue).
    pub rt_args: [R; 4],
    /// Class, reason and trace at a landing pad.
    pub landing: [R; 3],
    /// Result of a runtime call that is a float.
    pub float_result: R,
}

/// What lowering may leave to the user of a value; see the module `uses`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fusion {
    /// Comparisons take memory operands.
    pub loads: bool,
    /// Comparisons of masked values with constants need no copy of the value.
    pub masks: bool,
}

impl Fusion {
    /// Each operation on its own.
    pub const NONE: Fusion = Fusion { loads: false, masks: false };
}

/// What a comparison with a constant compares with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A word.
    Int(i64),
    /// A value known when linking, such as an atom's.
    Symbol(SymbolId),
}

/// What a call or jump goes to, after allocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callee<R> {
    /// The code address in a data word.
    Cell(SymbolId),
    /// A place in the same unit.
    Label(Label),
    /// The code address in the word that a register points to.
    Through(R),
}

/// An instruction set, as lowering and emission see it.
///
/// The functions come in three groups: what instructions are; lowering (they append instructions to a [`Lower`]); emission (they write
/// instructions to an [`Emitter`]). Truth values travel as conditions: a [`Machine::Cond`] is what one conditional branch can
/// test, valid until the next instruction that writes flags. A machine without flags puts registers into its conditions.
pub trait Machine: Copy + fmt::Debug + Send + Sync + Sized + 'static {
    /// Name, as in `--target`.
    const NAME: &'static str;
    /// Word size.
    const WORD: WordSize;
    /// What may be fused.
    const FUSION: Fusion;
    /// Calls leave the return address in a register; functions that make calls store it above their frame.
    const LINK_REGISTER: bool;
    /// Registers with a fixed use.
    const ROLES: Roles<Self::Reg>;
    /// Holds behind [`MInst::HeapFull`] if the heap is full.
    const HEAP_FULL: Self::Cond;

    /// A physical register.
    type Reg: Copy + Eq + fmt::Debug + Into<PReg> + TryFrom<PReg, Error: fmt::Display>;
    /// What a conditional branch tests.
    type Cond: Copy + fmt::Debug;
    /// An instruction over [`Xr`].
    type Virtual: Clone + fmt::Debug;
    /// An instruction over [`Machine::Reg`].
    type Physical: fmt::Debug;
    /// Fields that refer to labels.
    type Use: LabelUse;
    /// An instruction that the machine does not have.
    type EncodeError: fmt::Display;

    /// The allocatable registers.
    fn reg_env() -> &'static RegEnv;
    /// What a leaf runtime call destroys.
    fn leaf_clobbers() -> PRegSet;

    // ---- instructions

    /// Calls `f` with each register operand and its role, in the order of the allocator's operands.
    fn operands(insn: &Self::Virtual, f: impl FnMut(&X<Self>, Role<Self::Reg>));
    /// The instruction with its registers chosen, visited in the same order.
    fn assign(insn: &Self::Virtual, f: impl FnMut(&X<Self>) -> Self::Reg) -> Self::Physical;
    /// The opposite condition.
    fn negate(cond: Self::Cond) -> Self::Cond;
    /// Name of a condition in listings.
    fn cond_name(cond: Self::Cond) -> &'static str;
    /// Registers that a condition tests.
    fn cond_regs(_: Self::Cond) -> impl Iterator<Item = VReg> {
        std::iter::empty()
    }

    // ---- lowering

    /// Copies a word.
    fn mov(l: &mut Lower<'_, Self>, dst: X<Self>, src: X<Self>);
    /// A word constant.
    fn int_const(l: &mut Lower<'_, Self>, dst: X<Self>, n: i64);
    /// The double of these bits, in a fresh register.
    fn float_const(l: &mut Lower<'_, Self>, bits: u64) -> VReg;
    /// The value of a symbol, known when linking: an atom, the number of a BIF.
    fn symbol_value(l: &mut Lower<'_, Self>, dst: X<Self>, symbol: SymbolId);
    /// The address of a symbol's data word.
    fn symbol_address(l: &mut Lower<'_, Self>, dst: X<Self>, symbol: SymbolId);
    /// The content of a symbol's data word.
    fn symbol_load(l: &mut Lower<'_, Self>, dst: X<Self>, symbol: SymbolId);
    /// Loads a word or a double from `base + offset` bytes.
    fn load(l: &mut Lower<'_, Self>, ty: Type, dst: X<Self>, base: X<Self>, offset: i32);
    /// Stores a value to `base + offset` bytes.
    fn store(l: &mut Lower<'_, Self>, value: Value, base: X<Self>, offset: i32);
    /// `src + n`.
    fn add_imm(l: &mut Lower<'_, Self>, dst: X<Self>, src: X<Self>, n: i32);
    /// `yes` if the condition holds, else `no`.
    fn select(l: &mut Lower<'_, Self>, cond: Self::Cond, dst: X<Self>, yes: X<Self>, no: X<Self>);
    /// Conjunction or disjunction of two truth values in registers.
    fn combine(l: &mut Lower<'_, Self>, and: bool, dst: X<Self>, a: X<Self>, b: X<Self>);
    /// Holds if the register is not zero.
    fn test(l: &mut Lower<'_, Self>, reg: X<Self>) -> Self::Cond;
    /// Compares two words.
    fn int_compare(l: &mut Lower<'_, Self>, cond: IntCond, a: Value, b: Value) -> Flags<Self::Cond>;
    /// Compares a register with a constant.
    fn key_compare(l: &mut Lower<'_, Self>, cond: IntCond, reg: X<Self>, key: Key) -> Self::Cond;
    /// Compares two doubles.
    fn float_compare(l: &mut Lower<'_, Self>, cond: FloatCond, a: Value, b: Value) -> Flags<Self::Cond>;
    /// Holds if the double is neither infinite nor NaN.
    fn is_finite(l: &mut Lower<'_, Self>, value: Value) -> Flags<Self::Cond>;
    /// Takes one reduction; holds if none was left.
    fn reds_dec(l: &mut Lower<'_, Self>) -> Self::Cond;
    /// The operation behind an overflow check; holds if it overflowed.
    fn overflow_op(l: &mut Lower<'_, Self>, inst: Inst) -> Self::Cond;
    /// Arithmetic, bits, narrow loads and floats: all that concerns nobody but the machine.
    fn op(l: &mut Lower<'_, Self>, inst: Inst) -> Result<(), IsaError>;

    // ---- emission

    /// Writes an instruction, or nothing and an error if the machine has no such instruction.
    fn encode(insn: &Self::Physical, buffer: &mut CodeBuffer<Self::Use>) -> Result<(), Self::EncodeError>;
    /// The instruction as an assembler reads it.
    fn print(insn: &Self::Physical, names: &dyn Names) -> String;
    /// Name of a register in listings.
    fn reg_name(reg: Self::Reg) -> String;
    /// Fills a gap between functions.
    fn pad(length: u32, buffer: &mut CodeBuffer<Self::Use>);
    /// Does the instruction move a register to itself?
    fn is_idle(insn: &Self::Physical) -> bool;
    /// A move of the register allocator: register to register, or between a register and a frame word.
    fn copy(
        e: &mut Emitter<'_, Self>,
        to: Loc,
        from: Loc,
        class: RegClass,
        at: Origin,
    ) -> Result<(), IsaError>;
    /// Makes room for frame words; with `saves_return`, stores the return address above them.
    fn enter(e: &mut Emitter<'_, Self>, words: u32, saves_return: bool) -> Result<(), IsaError>;
    /// Undoes [`Machine::enter`].
    fn leave(e: &mut Emitter<'_, Self>, words: u32, saves_return: bool, at: Origin) -> Result<(), IsaError>;
    /// Stores nil into frame words.
    fn init_slots(e: &mut Emitter<'_, Self>, words: &[u32]) -> Result<(), IsaError>;
    /// Decrements a 32-bit counter; holds at zero.
    fn count_call(e: &mut Emitter<'_, Self>, counter: SymbolId) -> Result<Self::Cond, IsaError>;
    /// Holds if fewer than this many words are free below the stack.
    fn stack_check(e: &mut Emitter<'_, Self>, words: u32) -> Result<Self::Cond, IsaError>;
    /// Takes one reduction; holds if none was left.
    fn count_reduction(e: &mut Emitter<'_, Self>) -> Result<Self::Cond, IsaError>;
    /// Calls a runtime routine of the entry with a number, keeping the return address of the function;
    /// `Emitter::slow_site` directly behind the call.
    fn slow_call(e: &mut Emitter<'_, Self>, number: u32, cell: SymbolId) -> Result<(), IsaError>;
    /// Calls; the return site comes directly behind.
    fn call(e: &mut Emitter<'_, Self>, callee: Callee<Self::Reg>, at: Origin) -> Result<(), IsaError>;
    /// Jumps to another function.
    fn tail_call(e: &mut Emitter<'_, Self>, callee: Callee<Self::Reg>, at: Origin) -> Result<(), IsaError>;
    /// Returns to the caller.
    fn ret(e: &mut Emitter<'_, Self>, at: Origin) -> Result<(), IsaError>;
    /// Jumps.
    fn jump(e: &mut Emitter<'_, Self>, to: Label, at: Origin) -> Result<(), IsaError>;
    /// Jumps if the condition holds; `regs` are what [`Machine::cond_regs`] became.
    fn branch(
        e: &mut Emitter<'_, Self>,
        cond: Self::Cond,
        regs: &[Self::Reg],
        to: Label,
        at: Origin,
    ) -> Result<(), IsaError>;
    /// Faults.
    fn trap(e: &mut Emitter<'_, Self>, at: Origin) -> Result<(), IsaError>;
    /// Tests whether fewer than this many words are free above the heap top.
    fn heap_full(e: &mut Emitter<'_, Self>, words: u32, at: Origin) -> Result<(), IsaError>;
    /// 0 or 1 of a condition.
    fn set_bool(
        e: &mut Emitter<'_, Self>,
        cond: Self::Cond,
        regs: &[Self::Reg],
        dst: Self::Reg,
        at: Origin,
    ) -> Result<(), IsaError>;
    /// Called behind the last function of a unit: the place for stubs.
    fn end_unit(_: &mut CodeBuffer<Self::Use>) -> Result<(), Self::EncodeError> {
        Ok(())
    }
}
