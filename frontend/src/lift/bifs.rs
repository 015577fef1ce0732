//! Guard BIFs and operators: `bif0`..`bif3`, `gc_bif1`..`gc_bif3`.
//!
//! Operators become IR operations. A BIF that IR can express with tests and loads (`hd`, `element` with a constant...)
//! is done so where it succeeds; where it fails in a body, the BIF itself is called on the cold way, because it records
//! the exception as Erlang wants it. All others are calls of leaf BIFs.

use super::emit::{Emitter, Target};
use super::error::{Problem, bad};
use crate::beam::Operand;
use crate::genop::op;
use linac_ir::{ConstData, FuncRef, Imm, Opcode, TypeTest, Value};

/// How a BIF of module `erlang` is lifted.
#[derive(Clone, Copy)]
enum How {
    /// A fallible operation with the same operands.
    Fallible(Opcode),
    /// A comparison; with operands exchanged; negated.
    Compare(Opcode, bool, bool),
    /// A type test.
    Test(TypeTest),
    /// An operation that needs its first operand to be of this type.
    After(TypeTest, Opcode),
    /// `element/2` if the position is a constant.
    Element,
    /// `is_function/2` if the arity is a constant.
    IsFun2,
    /// `map_get/2` and `is_map_key/2`: key first, then map.
    Map(MapBif),
}

#[derive(Clone, Copy, PartialEq)]
enum MapBif {
    Get,
    IsKey,
}

const BIFS: [(&str, usize, How); 43] = [
    ("+", 2, How::Fallible(Opcode::Add)),
    ("-", 2, How::Fallible(Opcode::Sub)),
    ("*", 2, How::Fallible(Opcode::Mul)),
    ("/", 2, How::Fallible(Opcode::FDiv)),
    ("div", 2, How::Fallible(Opcode::IDiv)),
    ("rem", 2, How::Fallible(Opcode::IRem)),
    ("-", 1, How::Fallible(Opcode::Neg)),
    ("band", 2, How::Fallible(Opcode::Band)),
    ("bor", 2, How::Fallible(Opcode::Bor)),
    ("bxor", 2, How::Fallible(Opcode::Bxor)),
    ("bnot", 1, How::Fallible(Opcode::Bnot)),
    ("bsl", 2, How::Fallible(Opcode::Bsl)),
    ("bsr", 2, How::Fallible(Opcode::Bsr)),
    ("=:=", 2, How::Compare(Opcode::EqExact, false, false)),
    ("=/=", 2, How::Compare(Opcode::EqExact, false, true)),
    ("==", 2, How::Compare(Opcode::Eq, false, false)),
    ("/=", 2, How::Compare(Opcode::Eq, false, true)),
    ("<", 2, How::Compare(Opcode::Lt, false, false)),
    (">", 2, How::Compare(Opcode::Lt, true, false)),
    (">=", 2, How::Compare(Opcode::Lt, false, true)),
    ("=<", 2, How::Compare(Opcode::Lt, true, true)),
    ("is_integer", 1, How::Test(TypeTest::Integer)),
    ("is_float", 1, How::Test(TypeTest::Float)),
    ("is_number", 1, How::Test(TypeTest::Number)),
    ("is_atom", 1, How::Test(TypeTest::Atom)),
    ("is_boolean", 1, How::Test(TypeTest::Boolean)),
    ("is_list", 1, How::Test(TypeTest::List)),
    ("is_tuple", 1, How::Test(TypeTest::Tuple)),
    ("is_map", 1, How::Test(TypeTest::Map)),
    ("is_binary", 1, How::Test(TypeTest::Binary)),
    ("is_bitstring", 1, How::Test(TypeTest::Bitstring)),
    ("is_function", 1, How::Test(TypeTest::Function)),
    ("is_pid", 1, How::Test(TypeTest::Pid)),
    ("is_port", 1, How::Test(TypeTest::Port)),
    ("is_reference", 1, How::Test(TypeTest::Reference)),
    ("is_record", 1, How::Test(TypeTest::Record)),
    ("is_function", 2, How::IsFun2),
    ("hd", 1, How::After(TypeTest::Cons, Opcode::Hd)),
    ("tl", 1, How::After(TypeTest::Cons, Opcode::Tl)),
    ("tuple_size", 1, How::After(TypeTest::Tuple, Opcode::TupleSize)),
    ("element", 2, How::Element),
    ("map_get", 2, How::Map(MapBif::Get)),
    ("is_map_key", 2, How::Map(MapBif::IsKey)),
];

/// A BIF call as the instruction has it.
struct BifCall<'a> {
    func: FuncRef,
    args: &'a [Value],
    fail: Option<Target>,
}

impl Emitter<'_> {
    /// Translates a BIF instruction; `false` if it is none.
    pub fn bif_op(&mut self, opcode: u8, args: &[Operand]) -> Result<bool, Problem> {
        // Where fail label, import and arguments stand.
        let (fail, import, operands, dst) = match (opcode, args) {
            (op::BIF0, &[import, dst]) => (Operand::Label(0), import, &args[..0], dst),
            (op::BIF1 | op::BIF2 | op::BIF3, &[fail, import, ref operands @ .., dst]) => {
                (fail, import, operands, dst)
            }
            (op::GC_BIF1 | op::GC_BIF2 | op::GC_BIF3, &[fail, _, import, ref operands @ .., dst]) => {
                (fail, import, operands, dst)
            }
            _ => return Ok(false),
        };
        let Operand::Unsigned(import) = import else { return bad("a BIF that is no import") };
        let import = &self.module.imports[import as usize];
        if import.arity as usize != operands.len() {
            return bad("a BIF with the wrong number of arguments");
        }
        let (module, name) = (self.module.atom(import.module), self.module.atom(import.function));
        let fail = self.fail(fail)?;
        let mut values = self.values(operands)?;
        if (module, name, values.len()) == ("erlang", "+", 1) {
            // The instruction adds 0, which shows: -0.0 becomes 0.0, and errors are those of an addition.
            values.push(self.int(0));
        }
        let callee = self.lifter.import(import);
        let call = BifCall { func: self.func.func(callee), args: &values, fail };
        let how = BIFS.iter().find(|b| module == "erlang" && b.0 == name && b.1 == values.len()).map(|b| b.2);
        let result = match how {
            Some(how) => self.known_bif(how, &call)?,
            None => None,
        };
        let result = match result {
            Some(value) => value,
            None => {
                let value = self.cur().call(Opcode::Bif, call.func, call.args);
                self.checked(value, call.fail)?
            }
        };
        self.set(dst, result)?;
        Ok(true)
    }

    /// Where a BIF goes that fails: its fail label, or a cold call of it that records the exception.
    fn bif_fails(&mut self, call: &BifCall<'_>) -> Target {
        call.fail.unwrap_or_else(|| {
            self.raising(|e| {
                e.cur().call(Opcode::Bif, call.func, call.args);
                e.cur().effect(Opcode::RaisePending, Imm::None, &[]);
            })
        })
    }

    fn is(&mut self, test: TypeTest, value: Value) -> Value {
        self.cur().op_imm(Opcode::Is, Imm::Test(test), &[value])
    }

    /// The result, or `None` if the general form must do.
    fn known_bif(&mut self, how: How, call: &BifCall<'_>) -> Result<Option<Value>, Problem> {
        let args = call.args;
        let result = match how {
            How::Fallible(operation) => {
                let value = self.cur().op(operation, args);
                self.checked(value, call.fail)?
            }
            How::Compare(operation, swap, negate) => {
                let pair = if swap { [args[1], args[0]] } else { [args[0], args[1]] };
                let mut cond = self.cur().op(operation, &pair);
                if negate {
                    cond = self.cur().op(Opcode::BoolNot, &[cond]);
                }
                self.cur().op(Opcode::BoolToTerm, &[cond])
            }
            How::Test(test) => {
                let cond = self.is(test, args[0]);
                self.cur().op(Opcode::BoolToTerm, &[cond])
            }
            How::IsFun2 => {
                if !matches!(self.func.as_const(args[1]), Some(ConstData::Int(0..=255))) {
                    return Ok(None);
                }
                let cond = self.cur().op(Opcode::IsFun2, args);
                self.cur().op(Opcode::BoolToTerm, &[cond])
            }
            How::After(test, operation) => {
                let fail = self.bif_fails(call);
                let cond = self.is(test, args[0]);
                self.check(cond, true, fail)?;
                self.cur().op(operation, args)
            }
            How::Element => {
                let Some(&ConstData::Int(n @ 1..=0xff_ffff)) = self.func.as_const(args[0]) else {
                    return Ok(None);
                };
                let fail = self.bif_fails(call);
                let cond = self.is(TypeTest::Tuple, args[1]);
                self.check(cond, true, fail)?;
                let size = self.cur().op(Opcode::TupleSize, &[args[1]]);
                let short = self.cur().op(Opcode::Lt, &[size, args[0]]);
                self.check(short, false, fail)?;
                self.cur().op_imm(Opcode::Element, Imm::Int(n - 1), &[args[1]])
            }
            How::Map(bif) => {
                let (key, map) = (args[0], args[1]);
                let fail = self.bif_fails(call);
                let cond = self.is(TypeTest::Map, map);
                self.check(cond, true, fail)?;
                let value = self.cur().op(Opcode::MapGet, &[map, key]);
                match bif {
                    MapBif::Get => self.checked(value, Some(fail))?,
                    MapBif::IsKey => {
                        let none = self.cur().op(Opcode::IsNone, &[value]);
                        let found = self.cur().op(Opcode::BoolNot, &[none]);
                        self.cur().op(Opcode::BoolToTerm, &[found])
                    }
                }
            }
        };
        Ok(Some(result))
    }
}
