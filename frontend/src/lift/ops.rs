//! Translation of instructions: moves, control, calls, tests, processes. Data and arithmetic are in `data` and `bifs`.

use super::effects;
use super::emit::{Emitter, Target};
use super::error::{LiftErrorKind, Problem, bad};
use crate::beam::{Operand, code::ArgSpan};
use crate::genop::{self, op};
use linac_abi::WordSize;
use linac_abi::rtcall::ErrorKind;
use linac_ir::{Block, ConstData, ExtFunc, Imm, IntCond, Opcode, TypeTest, Value};
use std::collections::HashSet;

/// Sizes of tuples and positions in them.
pub(super) fn tuple_index(n: u64) -> Result<i64, Problem> {
    if n <= 0xff_ffff { Ok(n as i64) } else { bad("a tuple of more than 2^24 elements") }
}

/// Tests of one operand.
const TYPE_TESTS: [(u8, TypeTest); 15] = [
    (op::IS_INTEGER, TypeTest::Integer),
    (op::IS_FLOAT, TypeTest::Float),
    (op::IS_NUMBER, TypeTest::Number),
    (op::IS_ATOM, TypeTest::Atom),
    (op::IS_BOOLEAN, TypeTest::Boolean),
    (op::IS_LIST, TypeTest::List),
    (op::IS_NONEMPTY_LIST, TypeTest::Cons),
    (op::IS_NIL, TypeTest::Nil),
    (op::IS_TUPLE, TypeTest::Tuple),
    (op::IS_MAP, TypeTest::Map),
    (op::IS_BINARY, TypeTest::Binary),
    (op::IS_BITSTR, TypeTest::Bitstring),
    (op::IS_FUNCTION, TypeTest::Function),
    (op::IS_PID, TypeTest::Pid),
    (op::IS_PORT, TypeTest::Port),
];

/// Comparisons: operation, and whether the instruction goes on if it is true.
const COMPARISONS: [(u8, Opcode, bool); 6] = [
    (op::IS_LT, Opcode::Lt, true),
    (op::IS_GE, Opcode::Lt, false),
    (op::IS_EQ, Opcode::Eq, true),
    (op::IS_NE, Opcode::Eq, false),
    (op::IS_EQ_EXACT, Opcode::EqExact, true),
    (op::IS_NE_EXACT, Opcode::EqExact, false),
];

/// Instructions that raise an error about their operand, if they have one.
const RAISES: [(u8, ErrorKind); 5] = [
    (op::BADMATCH, ErrorKind::Badmatch),
    (op::CASE_END, ErrorKind::CaseClause),
    (op::IF_END, ErrorKind::IfClause),
    (op::TRY_CASE_END, ErrorKind::TryClause),
    (op::BADRECORD, ErrorKind::Badrecord),
];

impl Emitter<'_> {
    /// Translates one instruction; `index` is its number in the code.
    pub fn lift_op(&mut self, index: usize, opcode: u8, args: &[Operand]) -> Result<(), Problem> {
        if let Some(&(_, test)) = TYPE_TESTS.iter().find(|t| t.0 == opcode) {
            return self.type_test(test, args);
        }
        if let Some(&(_, compare, expected)) = COMPARISONS.iter().find(|c| c.0 == opcode) {
            let fail = self.label(args[0])?;
            let pair = self.values(&args[1..])?;
            let cond = self.cur().op(compare, &pair);
            return self.check(cond, expected, fail);
        }
        if let Some(&(_, kind)) = RAISES.iter().find(|r| r.0 == opcode) {
            let values = self.values(args)?;
            self.cur().effect(Opcode::RaiseError, Imm::Error(kind), &values);
            return Ok(());
        }
        match (opcode, args) {
            // ---- nothing to do: positions are read elsewhere, heap tests and receive marks are not needed
            (
                op::LINE
                | op::EXECUTABLE_LINE
                | op::DEBUG_LINE
                | op::NIF_START
                | op::ON_LOAD
                | op::TEST_HEAP
                | op::RECV_MARKER_BIND
                | op::RECV_MARKER_CLEAR
                | op::RECV_MARKER_USE
                | op::RECV_MARK
                | op::RECV_SET
                | op::FCLEARERROR
                | op::FCHECKERROR,
                _,
            ) => Ok(()),
            (op::RECV_MARKER_RESERVE, &[dst]) => {
                let nil = self.nil();
                self.set(dst, nil)
            }
            // ---- moves and frames
            (op::MOVE, &[src, dst]) => {
                let value = self.value(src)?;
                self.set(dst, value)
            }
            (op::SWAP, &[a, b]) => {
                let (va, vb) = (self.value(a)?, self.value(b)?);
                self.set(a, vb)?;
                self.set(b, va)
            }
            (op::INIT, &[dst]) => {
                let nil = self.nil();
                self.set(dst, nil)
            }
            (op::INIT_YREGS, &[Operand::List(list)]) => {
                let nil = self.nil();
                let code = &self.module.code;
                code.list(list).iter().try_for_each(|&dst| self.set(dst, nil))
            }
            (op::ALLOCATE | op::ALLOCATE_HEAP, _) => Ok(()),
            (op::ALLOCATE_ZERO | op::ALLOCATE_HEAP_ZERO, &[Operand::Unsigned(size), ..]) => {
                let nil = self.nil();
                for slot in 0..size as u32 {
                    self.set_reg(self.shape.slot_reg(slot), nil);
                }
                Ok(())
            }
            (op::DEALLOCATE, _) => {
                self.clear_slots(0, u32::MAX);
                Ok(())
            }
            (op::TRIM, &[Operand::Unsigned(n), _]) => {
                self.clear_slots(0, n as u32);
                Ok(())
            }
            // ---- calls
            (
                op::CALL | op::CALL_ONLY | op::CALL_LAST,
                &[Operand::Unsigned(arity), Operand::Label(label), ..],
            ) => {
                let callee = self.lifter.local(label);
                self.call(callee, arity as usize, opcode != op::CALL)
            }
            (op::CALL_EXT, &[Operand::Unsigned(arity), Operand::Unsigned(import)]) => {
                let import = &self.module.imports[import as usize];
                self.call(self.lifter.import(import), arity as usize, false)?;
                if effects::never_returns(self.module, import) {
                    self.cur().effect(Opcode::Unreachable, Imm::None, &[]);
                }
                Ok(())
            }
            (
                op::CALL_EXT_ONLY | op::CALL_EXT_LAST,
                &[Operand::Unsigned(arity), Operand::Unsigned(import), ..],
            ) => {
                let import = &self.module.imports[import as usize];
                let is_bif = effects::is_bif(self.module, import);
                self.call(self.lifter.import(import), arity as usize, !is_bif)?;
                if !is_bif {
                    return Ok(());
                }
                let result = self.x(0)?;
                match effects::never_returns(self.module, import) {
                    true => self.cur().effect(Opcode::Unreachable, Imm::None, &[]),
                    false => self.cur().effect(Opcode::Return, Imm::None, &[result]),
                };
                Ok(())
            }
            (op::CALL_FUN, &[Operand::Unsigned(arity)]) => {
                let fun = self.x(arity as usize)?;
                self.call_fun(index, fun, arity as usize)
            }
            (op::CALL_FUN2, &[_, Operand::Unsigned(arity), fun]) => {
                let fun = self.value(fun)?;
                self.call_fun(index, fun, arity as usize)
            }
            (op::APPLY | op::APPLY_LAST, &[Operand::Unsigned(arity), ..]) => {
                let arity = arity as usize;
                let mut all = self.xs(arity + 2)?;
                all.rotate_right(2);
                if opcode == op::APPLY_LAST {
                    self.cur().effect(Opcode::TailApply, Imm::None, &all);
                    return Ok(());
                }
                let result = self.cur().op(Opcode::Apply, &all);
                self.lose_x();
                self.set_x0(result)
            }
            (op::MAKE_FUN3, &[Operand::Unsigned(lambda), dst, Operand::List(free)]) => {
                let free = self.module.code.list(free);
                let values = self.values(free)?;
                self.make_fun(lambda as usize, &values, dst)
            }
            (op::MAKE_FUN2, &[Operand::Unsigned(lambda)]) => {
                let values = self.xs(self.module.lambdas[lambda as usize].free as usize)?;
                self.lose_x();
                self.make_fun(lambda as usize, &values, Operand::X(0, None))
            }
            (op::RETURN, _) => {
                let value = self.x(0)?;
                self.cur().effect(Opcode::Return, Imm::None, &[value]);
                Ok(())
            }
            (op::FUNC_INFO, &[_, _, Operand::Unsigned(arity)]) => {
                let values = self.xs(arity as usize)?;
                self.cur().effect(Opcode::FunctionClause, Imm::None, &values);
                Ok(())
            }
            // ---- control
            (op::JUMP, &[label]) => match self.label(label)? {
                Target::Segment(segment) => self.run_on(index - 1, segment),
                target => self.jump(target),
            },
            (op::SELECT_VAL, &[src, fail, Operand::List(list)]) => {
                let value = self.value(src)?;
                self.select(value, fail, list)
            }
            (op::SELECT_TUPLE_ARITY, &[src, fail, Operand::List(list)]) => {
                let (value, target) = (self.value(src)?, self.label(fail)?);
                let is_tuple = self.cur().op_imm(Opcode::Is, Imm::Test(TypeTest::Tuple), &[value]);
                self.check(is_tuple, true, target)?;
                let size = self.cur().op(Opcode::TupleSize, &[value]);
                self.select(size, fail, list)
            }
            // ---- tests
            (op::IS_REFERENCE, args) => self.type_test(TypeTest::Reference, args),
            (op::TEST_ARITY, &[fail, src, Operand::Unsigned(arity)]) => {
                let (fail, value) = (self.label(fail)?, self.value(src)?);
                let arity = Imm::Int(tuple_index(arity)?);
                let cond = self.cur().op_imm(Opcode::IsTupleArity, arity, &[value]);
                self.check(cond, true, fail)
            }
            (op::IS_TAGGED_TUPLE, &[fail, src, Operand::Unsigned(arity @ 1..), tag]) => {
                let arity = Imm::Int(tuple_index(arity)?);
                let (fail, value, tag) = (self.label(fail)?, self.value(src)?, self.value(tag)?);
                let cond = self.cur().op_imm(Opcode::IsTaggedTuple, arity, &[value, tag]);
                self.check(cond, true, fail)
            }
            (op::IS_FUNCTION2, &[fail, src, arity]) => {
                let (fail, pair) = (self.label(fail)?, self.values(&[src, arity])?);
                let cond = self.cur().op(Opcode::IsFun2, &pair);
                self.check(cond, true, fail)
            }
            // ---- exceptions
            (op::TRY | op::CATCH, &[tag, _]) => {
                let tag = self.reg(tag)?;
                match self.shape.region_at(index, self.region, tag) {
                    Some(region) => self.open_region(region),
                    None => bad("a try region that was not found"),
                }
            }
            (op::TRY_END | op::TRY_CASE | op::CATCH_END, _) => {
                let outer = self.region.and_then(|r| self.shape.regions[r as usize].outer);
                self.set_region(outer);
                Ok(())
            }
            (op::RAISE, &[trace, reason]) => {
                // No class: the one that the trace was made with.
                let (trace, reason) = (self.value(trace)?, self.value(reason)?);
                let class = self.cur().constant(ConstData::None);
                self.cur().effect(Opcode::RaiseRaw, Imm::None, &[class, reason, trace]);
                self.never_gets_here();
                Ok(())
            }
            (op::RAW_RAISE, _) => {
                let values = self.xs(3)?;
                let result = self.cur().op(Opcode::RaiseRaw, &values);
                self.set_x0(result)
            }
            (op::BUILD_STACKTRACE, _) => {
                let trace = self.x(0)?;
                let list = self.cur().op(Opcode::BuildStacktrace, &[trace]);
                self.lose_x();
                self.set_x0(list)
            }
            // ---- processes
            (op::SEND, _) => {
                let pair = self.xs(2)?;
                let sent = self.cur().op(Opcode::Send, &pair);
                let result = self.checked(sent, None)?;
                self.lose_x();
                self.set_x0(result)
            }
            (op::LOOP_REC, &[label, dst]) => {
                let look = self.new_block(false);
                self.jump(Target::Block(look))?;
                self.block = look;
                let empty = self.label(label)?;
                let empty = self.poll(look, empty)?;
                let message = self.cur().op(Opcode::RecvPeek, &[]);
                let message = self.checked(message, Some(empty))?;
                self.set(dst, message)
            }
            (op::REMOVE_MESSAGE, _) => self.simple(Opcode::RecvRemove),
            (op::TIMEOUT, _) => self.simple(Opcode::RecvTimeout),
            (op::LOOP_REC_END, &[label]) => {
                self.simple(Opcode::RecvNext)?;
                let target = self.label(label)?;
                self.jump(target)
            }
            (op::WAIT, &[label]) => {
                let target = self.label(label)?;
                self.pass_over_messages(index, target)?;
                self.wait_at(target, |mut cursor| cursor.effect(Opcode::RecvWait, Imm::None, &[]));
                self.jump(target)
            }
            (op::WAIT_TIMEOUT, &[label, time]) => {
                let (again, time) = (self.label(label)?, self.value(time)?);
                self.pass_over_messages(index, again)?;
                let outcome = self.wait_at(again, |mut cursor| cursor.op(Opcode::RecvWaitTimeout, &[time]));
                let bad_time = self.raise_pending();
                for (n, target) in [(1, again), (0, bad_time)] {
                    let word = self.cur().iconst(n);
                    let differs =
                        self.cur().op_imm(Opcode::ICmp, Imm::IntCond(IntCond::Ne), &[outcome, word]);
                    self.check(differs, true, target)?;
                }
                Ok(())
            }
            _ => match self.data_op(opcode, args)? {
                true => Ok(()),
                false => Err((LiftErrorKind::Unsupported, format!("form of opcode {}", genop::name(opcode)))),
            },
        }
    }

    fn simple(&mut self, opcode: Opcode) -> Result<(), Problem> {
        self.cur().effect(opcode, Imm::None, &[]);
        Ok(())
    }

    /// A `receive` without patterns waits again and again without looking at a message; but waiting ends at once while
    /// there is one that was not looked at. So they are looked at here.
    fn pass_over_messages(&mut self, index: usize, again: Target) -> Result<(), Problem> {
        let Target::Segment(segment) = again else { return Ok(()) };
        if self.first_op(segment) != Some(index) {
            return Ok(());
        }
        let (look, skip, wait) = (self.new_block(false), self.new_block(false), self.new_block(false));
        self.jump(Target::Block(look))?;
        self.block = look;
        let message = self.cur().op(Opcode::RecvPeek, &[]);
        let none = self.cur().op(Opcode::IsNone, &[message]);
        self.branch(none, Target::Block(wait), Target::Block(skip))?;
        self.block = skip;
        self.simple(Opcode::RecvNext)?;
        self.jump(Target::Block(look))?;
        self.block = wait;
        Ok(())
    }

    /// The first instruction of a segment that does something.
    fn first_op(&self, mut segment: usize) -> Option<usize> {
        let is_line = |i: &usize| self.module.code.ops[*i].opcode == op::LINE;
        loop {
            let s = &self.shape.segments[segment];
            if let Some(i) = s.ops.clone().find(|i| !is_line(i)) {
                return Some(i);
            }
            // Labels come in sequence, so this ends.
            segment = s.next?;
        }
    }

    /// `receive ... after 0` gives up at once when the mailbox is empty; but before, messages on their way are let in,
    /// as waiting does.
    fn poll(&mut self, look: Block, empty: Target) -> Result<Target, Problem> {
        let Target::Segment(segment) = empty else { return Ok(empty) };
        let first = self.first_op(segment).map(|i| self.module.code.ops[i].opcode);
        if first != Some(op::TIMEOUT) {
            return Ok(empty);
        }
        let (poll, here) = (self.new_block(false), self.block);
        self.block = poll;
        let zero = self.int(0);
        let outcome = self.cur().op(Opcode::RecvWaitTimeout, &[zero]);
        let more = self.cur().iconst(1);
        let more = self.cur().op_imm(Opcode::ICmp, Imm::IntCond(IntCond::Eq), &[outcome, more]);
        self.branch(more, Target::Block(look), empty)?;
        self.block = here;
        Ok(Target::Block(poll))
    }

    fn type_test(&mut self, test: TypeTest, args: &[Operand]) -> Result<(), Problem> {
        let &[fail, src] = args else { return bad("malformed type test") };
        let (fail, value) = (self.label(fail)?, self.value(src)?);
        let cond = self.cur().op_imm(Opcode::Is, Imm::Test(test), &[value]);
        self.check(cond, true, fail)
    }

    fn call(&mut self, callee: ExtFunc, arity: usize, tail: bool) -> Result<(), Problem> {
        if let ExtFunc::Import { arity: expected, .. } = callee
            && expected as usize != arity
        {
            return bad("a call with the wrong number of arguments");
        }
        let args = self.xs(arity)?;
        let callee = self.func.func(callee);
        if tail {
            if self.region.is_some() {
                return bad("a tail call in a try region");
            }
            self.cur().effect(Opcode::TailCall, Imm::Func(callee), &args);
            return Ok(());
        }
        let result = self.cur().call(Opcode::Call, callee, &args);
        self.lose_x();
        self.set_x0(result)
    }

    fn call_fun(&mut self, index: usize, fun: Value, arity: usize) -> Result<(), Problem> {
        let mut args = vec![fun];
        args.extend(self.xs(arity)?);
        // There is no instruction for a call of a fun in tail position; but loops through funs must not grow the stack.
        let next: Vec<u8> = self.module.code.ops[index + 1..].iter().take(2).map(|op| op.opcode).collect();
        if self.region.is_none() && matches!(next[..], [op::RETURN, ..] | [op::DEALLOCATE, op::RETURN]) {
            self.cur().effect(Opcode::TailCallFun, Imm::None, &args);
            self.ended = true;
            return Ok(());
        }
        let result = self.cur().op(Opcode::CallFun, &args);
        self.lose_x();
        self.set_x0(result)
    }

    fn make_fun(&mut self, lambda: usize, free: &[Value], dst: Operand) -> Result<(), Problem> {
        if free.len() != self.module.lambdas[lambda].free as usize {
            return bad("a fun with the wrong number of free variables");
        }
        let callee = self.lifter.lambda(lambda);
        let callee = self.func.func(callee);
        let fun = self.cur().call(Opcode::MakeFun, callee, free);
        self.set(dst, fun)
    }

    /// Selection by exact value. `switch` takes atoms and integers that are small on every target; others are compared
    /// one by one.
    fn select(&mut self, value: Value, fail: Operand, list: ArgSpan) -> Result<(), Problem> {
        let default = self.label(fail)?;
        let pairs = self.module.code.list(list).chunks_exact(2);
        let mut switch: Vec<(ConstData, Target)> = Vec::new();
        let mut seen = HashSet::new();
        let mut others: Vec<(ConstData, Target)> = Vec::new();
        for pair in pairs {
            let (key, target) = (self.const_data(pair[0])?, self.label(pair[1])?);
            if !seen.insert(key.clone()) {
                return bad("a selection with a value twice");
            }
            let switchable = match key {
                ConstData::Atom(_) => true,
                ConstData::Int(n) => WordSize::W32.is_small(n),
                _ => false,
            };
            if switchable { &mut switch } else { &mut others }.push((key, target));
        }
        for (key, target) in others {
            let key = self.cur().constant(key);
            let equal = self.cur().op(Opcode::EqExact, &[value, key]);
            self.check(equal, false, target)?;
        }
        if switch.is_empty() {
            return self.jump(default);
        }
        let keys = switch.iter().map(|(key, _)| self.func.constant(key.clone())).collect();
        let inst = self.cur().effect(Opcode::Switch, Imm::Keys(keys), &[value]);
        for (_, target) in switch {
            self.add_target(inst, target)?;
        }
        self.add_target(inst, default)
    }
}
