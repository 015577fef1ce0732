//! Instructions: one uniform record for all opcodes.
//!
//! A record with an operand list, an immediate and a target list serves every format, so that a pass walks operands
//! without matching on shapes; the opcode table says which parts an opcode uses and the verifier checks it.

use crate::entities::{Block, Const, FuncRef, Inst, Loc, Slot, Value};
use crate::opcode::Opcode;
use crate::types::Kinds;
use cranelift_entity::packed_option::PackedOption;
use linac_abi::process::ProcField;
use linac_abi::rtcall::{ErrorKind, RtCall};
use smallvec::SmallVec;

/// Operand list.
pub type Args = SmallVec<[Value; 4]>;

/// A type test of the `is` operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[repr(u8)]
#[allow(missing_docs, reason = "each is the Erlang type test it is named for")]
pub enum TypeTest {
    Integer,
    Float,
    Number,
    Atom,
    Boolean,
    List,
    Cons,
    Nil,
    Tuple,
    Map,
    Binary,
    Bitstring,
    Function,
    Pid,
    Port,
    Reference,
    /// A small integer of the target; for the optimizer's own use.
    Small,
    /// `is_record` of one argument: a native record.
    Record,
}

impl TypeTest {
    /// All tests with their spelling.
    pub const ALL: [(TypeTest, &'static str); 18] = [
        (TypeTest::Integer, "integer"),
        (TypeTest::Float, "float"),
        (TypeTest::Number, "number"),
        (TypeTest::Atom, "atom"),
        (TypeTest::Boolean, "boolean"),
        (TypeTest::List, "list"),
        (TypeTest::Cons, "cons"),
        (TypeTest::Nil, "nil"),
        (TypeTest::Tuple, "tuple"),
        (TypeTest::Map, "map"),
        (TypeTest::Binary, "binary"),
        (TypeTest::Bitstring, "bitstring"),
        (TypeTest::Function, "function"),
        (TypeTest::Pid, "pid"),
        (TypeTest::Port, "port"),
        (TypeTest::Reference, "reference"),
        (TypeTest::Small, "small"),
        (TypeTest::Record, "record"),
    ];

    /// Kinds for which the test answers true; none where the answer depends on more than the kind.
    pub const fn kinds(self) -> Option<Kinds> {
        Some(match self {
            TypeTest::Integer => Kinds::INT,
            TypeTest::Float => Kinds::FLOAT,
            TypeTest::Number => Kinds::NUMBER,
            TypeTest::Atom => Kinds::ATOM,
            TypeTest::List => Kinds::LIST,
            TypeTest::Cons => Kinds::CONS,
            TypeTest::Nil => Kinds::NIL,
            TypeTest::Tuple => Kinds::TUPLE,
            TypeTest::Map => Kinds::MAP,
            TypeTest::Bitstring => Kinds::BITS,
            TypeTest::Function => Kinds::FUN,
            TypeTest::Pid => Kinds::PID,
            TypeTest::Port => Kinds::PORT,
            TypeTest::Reference => Kinds::REF,
            TypeTest::Record => Kinds::RECORD,
            TypeTest::Boolean | TypeTest::Binary | TypeTest::Small => return None,
        })
    }

    /// Kinds outside which the test answers false.
    pub fn bound(self) -> Kinds {
        self.kinds().unwrap_or(match self {
            TypeTest::Boolean => Kinds::ATOM,
            TypeTest::Binary => Kinds::BITS,
            _ => Kinds::INT,
        })
    }
}

/// Condition of an integer comparison (signed unless `U`).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[repr(u8)]
#[allow(missing_docs, reason = "the usual names of conditions")]
pub enum IntCond {
    Eq,
    Ne,
    Slt,
    Sle,
    Sgt,
    Sge,
    Ult,
    Ule,
    Ugt,
    Uge,
}

impl IntCond {
    /// All conditions with their spelling.
    pub const ALL: [(IntCond, &'static str); 10] = [
        (IntCond::Eq, "eq"),
        (IntCond::Ne, "ne"),
        (IntCond::Slt, "slt"),
        (IntCond::Sle, "sle"),
        (IntCond::Sgt, "sgt"),
        (IntCond::Sge, "sge"),
        (IntCond::Ult, "ult"),
        (IntCond::Ule, "ule"),
        (IntCond::Ugt, "ugt"),
        (IntCond::Uge, "uge"),
    ];

    /// The condition that holds exactly when this does not.
    #[must_use]
    pub fn negate(self) -> IntCond {
        use IntCond::*;
        match self {
            Eq => Ne,
            Ne => Eq,
            Slt => Sge,
            Sge => Slt,
            Sle => Sgt,
            Sgt => Sle,
            Ult => Uge,
            Uge => Ult,
            Ule => Ugt,
            Ugt => Ule,
        }
    }

    /// The condition with operands exchanged.
    #[must_use]
    pub fn swap(self) -> IntCond {
        use IntCond::*;
        match self {
            Eq | Ne => self,
            Slt => Sgt,
            Sgt => Slt,
            Sle => Sge,
            Sge => Sle,
            Ult => Ugt,
            Ugt => Ult,
            Ule => Uge,
            Uge => Ule,
        }
    }

    /// Whether the condition holds for two words, given sign-extended.
    pub const fn eval(self, a: i64, b: i64) -> bool {
        // Sign extension keeps the unsigned order, too.
        let (ua, ub) = (a as u64, b as u64);
        match self {
            IntCond::Eq => a == b,
            IntCond::Ne => a != b,
            IntCond::Slt => a < b,
            IntCond::Sle => a <= b,
            IntCond::Sgt => a > b,
            IntCond::Sge => a >= b,
            IntCond::Ult => ua < ub,
            IntCond::Ule => ua <= ub,
            IntCond::Ugt => ua > ub,
            IntCond::Uge => ua >= ub,
        }
    }
}

/// Condition of a float comparison; all but `Ne` are false if an operand is NaN.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[repr(u8)]
#[allow(missing_docs, reason = "the usual names of conditions")]
pub enum FloatCond {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

impl FloatCond {
    /// All conditions with their spelling.
    pub const ALL: [(FloatCond, &'static str); 6] = [
        (FloatCond::Eq, "eq"),
        (FloatCond::Ne, "ne"),
        (FloatCond::Lt, "lt"),
        (FloatCond::Le, "le"),
        (FloatCond::Gt, "gt"),
        (FloatCond::Ge, "ge"),
    ];
}

/// A BEAM register, as the debugger names it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub enum BeamReg {
    /// `x[n]`
    X(u16),
    /// `y[n]`
    Y(u16),
}

/// A branch target with the arguments for its parameters.
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
pub struct BlockCall {
    /// The block.
    pub block: Block,
    /// One value for each parameter.
    pub args: Args,
}

impl BlockCall {
    /// A target with arguments.
    pub fn new(block: Block, args: &[Value]) -> BlockCall {
        BlockCall { block, args: Args::from_slice(args) }
    }
}

/// The immediate part of an instruction; which variant is fixed by the opcode's format.
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
#[allow(missing_docs, reason = "each carries what its format is named for")]
pub enum Imm {
    None,
    Const(Const),
    Int(i64),
    Test(TypeTest),
    IntCond(IntCond),
    FloatCond(FloatCond),
    Func(FuncRef),
    Rt(RtCall),
    Slot(Slot),
    Error(ErrorKind),
    Reg(BeamReg),
    Field(ProcField),
    F64(u64),
    /// Keys of a switch, one for each target but the last.
    Keys(Box<[Const]>),
}

/// An instruction.
#[derive(Clone, PartialEq, Debug)]
pub struct InstData {
    /// Operation.
    pub op: Opcode,
    /// Immediate.
    pub imm: Imm,
    /// Operands.
    pub args: Args,
    /// Results, in order.
    pub results: SmallVec<[Value; 2]>,
    /// Branch targets.
    pub targets: SmallVec<[BlockCall; 2]>,
    /// The handler that an exception raised here goes to; none: the caller's. Only where the opcode has `RAISES`.
    pub handler: PackedOption<Block>,
    /// Source location.
    pub loc: Loc,
}

/// Where a value comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ValueDef {
    /// Result number n of an instruction.
    Result(Inst, u16),
    /// Parameter number n of a block.
    Param(Block, u16),
    /// The same as another value (left by a replacement; gone after `resolve_aliases`).
    Alias(Value),
}
