//! Translation of instructions on data: lists, tuples, records, maps, floats.

use super::emit::{Emitter, Target};
use super::error::{Problem, bad};
use super::ops::tuple_index;
use crate::beam::{Node, Operand};
use crate::genop::op;
use linac_abi::rtcall::ErrorKind;
use linac_ir::{Facts, Imm, Opcode, TypeTest, Value};

impl Emitter<'_> {
    /// Translates an instruction on data; `false` if it is none of those.
    pub fn data_op(&mut self, opcode: u8, args: &[Operand]) -> Result<bool, Problem> {
        match (opcode, args) {
            (op::GET_LIST, &[src, head, tail]) => {
                let list = self.value(src)?;
                self.rely_on(TypeTest::Cons, list)?;
                let (hd, tl) = (self.cur().op(Opcode::Hd, &[list]), self.cur().op(Opcode::Tl, &[list]));
                self.set(head, hd)?;
                self.set(tail, tl)?;
            }
            (op::GET_HD | op::GET_TL, &[src, dst]) => {
                let list = self.value(src)?;
                self.rely_on(TypeTest::Cons, list)?;
                let part = self.cur().op(if opcode == op::GET_HD { Opcode::Hd } else { Opcode::Tl }, &[list]);
                self.set(dst, part)?;
            }
            (op::PUT_LIST, &[head, tail, dst]) => {
                let pair = self.values(&[head, tail])?;
                let list = self.cur().op(Opcode::Cons, &pair);
                self.set(dst, list)?;
            }
            (op::GET_TUPLE_ELEMENT, &[src, Operand::Unsigned(n), dst]) => {
                let tuple = self.value(src)?;
                let n = tuple_index(n)?;
                self.rely_on_element(tuple, n)?;
                let element = self.cur().op_imm(Opcode::Element, Imm::Int(n), &[tuple]);
                self.set(dst, element)?;
            }
            (op::PUT_TUPLE2, &[dst, Operand::List(list)]) => {
                let elements = self.values(self.module.code.list(list))?;
                let tuple = self.cur().op(Opcode::Tuple, &elements);
                self.set(dst, tuple)?;
            }
            (op::SET_TUPLE_ELEMENT, &[element, tuple, Operand::Unsigned(n)]) => {
                self.set_tuple_element(element, tuple, n)?;
            }
            (op::UPDATE_RECORD, &[_, Operand::Unsigned(size), src, dst, Operand::List(list)]) => {
                let tuple = self.record(src, size)?;
                let mut operands = vec![tuple];
                for pair in self.module.code.list(list).chunks_exact(2) {
                    let Operand::Unsigned(n @ 1..) = pair[0] else { return bad("an update of element 0") };
                    if n > size {
                        return bad("an update beyond the record");
                    }
                    operands.push(self.int(n as i64));
                    operands.push(self.value(pair[1])?);
                }
                let updated = self.cur().op_imm(Opcode::UpdateRecord, Imm::Int(size as i64), &operands);
                self.set(dst, updated)?;
            }
            (op::PUT_MAP_ASSOC | op::PUT_MAP_EXACT, &[fail, src, dst, _, Operand::List(list)]) => {
                let fail = self.fail(fail)?;
                if list.is_empty() {
                    return bad("a map update without keys");
                }
                let mut operands = vec![self.value(src)?];
                operands.extend(self.values(self.module.code.list(list))?);
                let put = if opcode == op::PUT_MAP_ASSOC { Opcode::MapPutAssoc } else { Opcode::MapPutExact };
                let map = self.cur().op(put, &operands);
                let map = self.checked(map, fail)?;
                self.set(dst, map)?;
            }
            (op::HAS_MAP_FIELDS, &[fail, src, Operand::List(list)]) => {
                let (fail, map) = (self.label(fail)?, self.value(src)?);
                self.rely_on(TypeTest::Map, map)?;
                for &key in self.module.code.list(list) {
                    self.map_get(map, key, fail)?;
                }
            }
            (op::GET_MAP_ELEMENTS, &[fail, src, Operand::List(list)]) => {
                let (fail, map) = (self.label(fail)?, self.value(src)?);
                self.rely_on(TypeTest::Map, map)?;
                let pairs = self.module.code.list(list);
                // All are read before any is written: the map's own register may be among the targets.
                let mut found = Vec::with_capacity(pairs.len() / 2);
                for pair in pairs.chunks_exact(2) {
                    found.push((pair[1], self.map_get(map, pair[0], fail)?));
                }
                for (dst, value) in found {
                    self.set(dst, value)?;
                }
            }
            (op::FMOVE | op::FCONV | op::FADD | op::FSUB | op::FMUL | op::FDIV | op::FNEGATE, _) => {
                return self.float_op(opcode, args).map(|()| true);
            }
            _ => {
                let done = self.bits_op(opcode, args)? || self.record_op(opcode, args)?;
                return Ok(done || self.bif_op(opcode, args)?);
            }
        }
        Ok(true)
    }

    fn map_get(&mut self, map: Value, key: Operand, fail: Target) -> Result<Value, Problem> {
        let key = self.value(key)?;
        let value = self.cur().op(Opcode::MapGet, &[map, key]);
        self.checked(value, Some(fail))
    }

    /// The tuple of this size in a register: type information has no sizes, the instruction does.
    fn record(&mut self, src: Operand, size: u64) -> Result<Value, Problem> {
        let tuple = self.value(src)?;
        self.rely_on_size(tuple, tuple_index(size)?)?;
        let arity = Facts::tuple(u32::try_from(size).unwrap_or(u32::MAX));
        let record = self.cur().op(Opcode::AssertTerm, &[tuple]);
        self.func.facts[record] = self.func.facts[tuple].meet(&arity);
        Ok(record)
    }

    /// `set_tuple_element` changes a fresh tuple in place. Here a changed copy takes its place in all registers.
    fn set_tuple_element(&mut self, element: Operand, tuple: Operand, n: u64) -> Result<(), Problem> {
        let (element, old) = (self.value(element)?, self.value(tuple)?);
        let position = self.int(tuple_index(n)? + 1);
        let setelement = self.erlang("setelement", 3);
        let new = self.cur().call(Opcode::Call, setelement, &[position, old, element]);
        for n in 0..self.regs.len() {
            if self.regs[n] == Some(old) {
                self.set_reg(super::shape::Reg(n as u32), new);
            }
        }
        self.set(tuple, new)
    }

    fn float_op(&mut self, opcode: u8, args: &[Operand]) -> Result<(), Problem> {
        match (opcode, args) {
            (op::FMOVE, &[src @ Operand::Fr(_), dst @ Operand::Fr(_)]) => {
                let value = self.value(src)?;
                self.set(dst, value)
            }
            (op::FMOVE, &[src @ Operand::Fr(_), dst]) => {
                let float = self.value(src)?;
                let boxed = self.cur().op(Opcode::BoxF64, &[float]);
                self.set(dst, boxed)
            }
            (op::FMOVE, &[src, dst]) => {
                if let Operand::Literal(n) = src
                    && let Node::Float(f) =
                        self.module.literals.node(self.module.literals.roots()[n as usize])
                {
                    let float = self.cur().op_imm(Opcode::F64Const, Imm::F64(f.to_bits()), &[]);
                    return self.set(dst, float);
                }
                let term = self.value(src)?;
                self.rely_on(TypeTest::Float, term)?;
                let float = self.cur().op(Opcode::UnboxF64, &[term]);
                self.set(dst, float)
            }
            (op::FCONV, &[src, dst]) => {
                let term = self.value(src)?;
                let float = self.cur().op(Opcode::ToF64, &[term]);
                self.finite(float, Operand::Label(0))?;
                self.set(dst, float)
            }
            (op::FNEGATE, &[_, src, dst]) => {
                let float = self.value(src)?;
                let negative = self.cur().op(Opcode::FNeg, &[float]);
                self.set(dst, negative)
            }
            (_, &[fail, a, b, dst]) => {
                let pair = self.values(&[a, b])?;
                let operation = match opcode {
                    op::FADD => Opcode::FAdd,
                    op::FSUB => Opcode::FSub,
                    op::FMUL => Opcode::FMul,
                    _ => Opcode::FDivF,
                };
                let float = self.cur().op(operation, &pair);
                self.finite(float, fail)?;
                self.set(dst, float)
            }
            _ => bad("malformed float operation"),
        }
    }

    /// Goes on if the float is finite; else badarith.
    fn finite(&mut self, float: Value, fail: Operand) -> Result<(), Problem> {
        let ok = self.cur().op(Opcode::FIsFinite, &[float]);
        let fail = match self.fail(fail)? {
            Some(target) => target,
            None => self.raising(|e| {
                e.cur().effect(Opcode::RaiseError, Imm::Error(ErrorKind::Badarith), &[]);
            }),
        };
        self.check(ok, true, fail)
    }
}
