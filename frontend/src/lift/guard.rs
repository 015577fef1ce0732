//! Guarded lifting: code of files that come from anywhere.
//!
//! *Problem*: instructions such as `get_hd` or `get_tuple_element` rely on what the compiler knows about their operands.
//! It knows that from tests, but also from what it found out about callers, so that no look at a function alone can
//! confirm it; a damaged or forged file reads beyond the ends of objects. *Idea*: in guarded code each such instruction
//! is preceded by a test of what it relies on, a test that fails raises `badarg`, and claims of the Type chunk are not
//! used. The optimizer drops tests that follow from others. *Invariant*: every operation of the IR whose description says
//! that an operand is *known* to be something comes from here, from behind a test, or from a constant.

use super::emit::{Emitter, Target};
use super::error::Problem;
use linac_abi::rtcall::ErrorKind;
use linac_ir::{Imm, Kinds, Opcode, TypeTest, Value};

impl Emitter<'_> {
    /// Whether to test what instructions rely on.
    pub fn guarded(&self) -> bool {
        self.lifter.options.guarded
    }

    fn broken_claim(&mut self) -> Target {
        self.raising(|e| {
            e.cur().effect(Opcode::RaiseError, Imm::Error(ErrorKind::Badarg), &[]);
        })
    }

    /// Goes on only if the condition is as the instruction claims.
    pub fn rely(&mut self, cond: Value, holds: bool) -> Result<(), Problem> {
        let broken = self.broken_claim();
        self.check(cond, holds, broken)
    }

    /// The instruction relies on the type of a value.
    pub fn rely_on(&mut self, test: TypeTest, value: Value) -> Result<(), Problem> {
        if !self.guarded() {
            return Ok(());
        }
        let is = self.cur().op_imm(Opcode::Is, Imm::Test(test), &[value]);
        self.rely(is, true)
    }

    /// The instruction relies on a tuple with an element of this number, from 0.
    pub fn rely_on_element(&mut self, tuple: Value, n: i64) -> Result<(), Problem> {
        if !self.guarded() {
            return Ok(());
        }
        self.rely_on(TypeTest::Tuple, tuple)?;
        let size = self.cur().op(Opcode::TupleSize, &[tuple]);
        let last = self.int(n + 1);
        let short = self.cur().op(Opcode::Lt, &[size, last]);
        self.rely(short, false)
    }

    /// The instruction relies on a tuple of this size.
    pub fn rely_on_size(&mut self, tuple: Value, size: i64) -> Result<(), Problem> {
        if !self.guarded() {
            return Ok(());
        }
        let is = self.cur().op_imm(Opcode::IsTupleArity, Imm::Int(size), &[tuple]);
        self.rely(is, true)
    }

    /// What follows relies on a bitstring that nothing here has shown to be one.
    pub fn rely_on_bits(&mut self, value: Value) -> Result<(), Problem> {
        if Kinds::BITS.contains(self.func.facts[value].kinds) {
            return Ok(());
        }
        self.rely_on(TypeTest::Bitstring, value)
    }

    /// The instruction before always raises, if its operands are what it says.
    pub fn never_gets_here(&mut self) {
        let (operation, imm) = match self.guarded() {
            true => (Opcode::RaiseError, Imm::Error(ErrorKind::Badarg)),
            false => (Opcode::Unreachable, Imm::None),
        };
        self.cur().effect(operation, imm, &[]);
    }
}
