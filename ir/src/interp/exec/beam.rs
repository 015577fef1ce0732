//! BEAM-level operations.

use super::super::host::{Called, SELF, find_key, truth};
use super::super::object::Num;
use super::super::{Exception, Fault, Mode, arith, compare};
use super::{Flow, Interp, bad_immediate, callee};
use crate::function::Function;
use crate::inst::{Imm, InstData, TypeTest};
use crate::opcode::Opcode;
use crate::types::Kinds;
use dashu_int::IBig;
use linac_abi::rtcall::ErrorKind;
use linac_abi::term::{self, FixedAtom};

impl<'p> Interp<'p, '_> {
    pub(super) fn beam(&mut self, func: &'p Function, data: &'p InstData) -> Result<Flow, Fault> {
        use Opcode::*;
        let int = match data.imm {
            Imm::Int(n) => n,
            _ => 0,
        };
        let arg = |n: usize| data.args[n];
        match data.op {
            AssertTerm => {
                let t = self.term(arg(0))?;
                self.result(data, t)
            }
            Add | Sub | Mul | FDiv | IDiv | IRem | Band | Bor | Bxor | Bsl | Bsr => {
                let (a, b) = (self.term(arg(0))?, self.term(arg(1))?);
                self.binary(data, data.op, a, b)
            }
            Neg | Bnot => {
                let a = self.term(arg(0))?;
                self.unary(data, data.op, a)
            }
            Bif => {
                let Imm::Func(f) = data.imm else { return bad_immediate() };
                let args = self.terms(&data.args)?;
                let super::Callee::Function { module, name, arity } = callee(func, &func.funcs[f]) else {
                    return Err(Fault::undefined("a lambda is no BIF"));
                };
                self.bif(data, super::Mfa { module, name, arity }, &args)
            }
            Is => {
                let Imm::Test(test) = data.imm else { return bad_immediate() };
                let t = self.term(arg(0))?;
                let holds = self.test(test, t)?;
                self.result(data, holds.into())
            }
            IsTupleArity => {
                let n = self.tuple_size(self.term(arg(0))?)?;
                self.result(data, (n == Some(int)).into())
            }
            IsFun2 => {
                let (t, n) = (self.term(arg(0))?, self.term(arg(1))?);
                self.is_fun2(data, t, n)
            }
            IsTaggedTuple => {
                let (t, tag) = (self.term(arg(0))?, self.term(arg(1))?);
                let holds = self.tuple_size(t)? == Some(int) && self.mem.payload(t, 0)? == tag;
                self.result(data, holds.into())
            }
            EqExact | Eq | Lt => {
                let (a, b) = (self.term(arg(0))?, self.term(arg(1))?);
                self.compare(data, data.op, a, b)
            }
            BoolToTerm => {
                let b = self.raw(arg(0))? != 0;
                let t = self.mem.boolean(b);
                self.result(data, t)
            }
            Hd | Tl => {
                let t = self.term(arg(0))?;
                let Some((head, tail)) = self.mem.cons_parts(t)? else { return self.wrong(t, "a cons") };
                self.result(data, if data.op == Hd { head } else { tail })
            }
            Element => {
                let t = self.term(arg(0))?;
                let items = self.mem.tuple_elements(t)?;
                let item = items.and_then(|i| i.get(usize::try_from(int).ok()?).copied());
                match item {
                    Some(item) => self.result(data, item),
                    None => self.wrong(t, "a tuple with that element"),
                }
            }
            TupleSize => {
                let t = self.term(arg(0))?;
                match self.tuple_size(t)? {
                    Some(n) => {
                        let n = self.mem.make_int(&n.into())?;
                        self.result(data, n)
                    }
                    None => self.wrong(t, "a tuple"),
                }
            }
            Cons => {
                let (head, tail) = (self.term(arg(0))?, self.term(arg(1))?);
                let t = self.mem.make_cons(head, tail)?;
                self.result(data, t)
            }
            Tuple => {
                let items = self.terms(&data.args)?;
                let t = self.mem.make_tuple(&items)?;
                self.result(data, t)
            }
            MakeFun => {
                let Imm::Func(f) = data.imm else { return bad_immediate() };
                let free = self.terms(&data.args)?;
                let t = self.mem.make_fun(callee(func, &func.funcs[f]), &free)?;
                self.result(data, t)
            }
            UpdateRecord => {
                let args = self.terms(&data.args)?;
                if self.tuple_size(args[0])? != Some(int) {
                    return self.wrong(args[0], "a tuple of that size");
                }
                self.update_record(data, args[0], &args[1..])
            }
            Record => {
                let args = self.terms(&data.args)?;
                let t = self.mem.make_record(args[0], &args[1..])?;
                self.result(data, t)
            }
            RecordDef => {
                let t = self.term(arg(0))?;
                match self.mem.record_parts(t)? {
                    Some((definition, _)) => self.result(data, definition),
                    None => self.wrong(t, "a record"),
                }
            }
            RecordGet => {
                let (t, field) = (self.term(arg(0))?, self.term(arg(1))?);
                self.record_get(data, t, field)
            }
            RecordPut => {
                let args = self.terms(&data.args)?;
                self.record_put(data, args[0], &args[1..])
            }
            RecordNew => Err(Fault::Unsupported("records of other modules".into())),
            MapGet => {
                let (map, key) = (self.term(arg(0))?, self.term(arg(1))?);
                if self.mem.kind(map)? != Kinds::MAP {
                    return self.wrong(map, "a map");
                }
                self.map_get(data, map, key)
            }
            MapPutAssoc | MapPutExact => {
                let args = self.terms(&data.args)?;
                self.map_put(data, args[0], &args[1..], data.op == MapPutExact)
            }
            BsCreate | BsStart | BsLeft | BsSkip | BsPart | BsInteger | BsFloat | BsUtf | BsUtfSize
            | BsEqual => self.bits_op(data),
            BoxF64 => {
                let f = f64::from_bits(self.raw(arg(0))?);
                if !f.is_finite() {
                    return Err(Fault::undefined(format!("{f} is no value of a float term")));
                }
                let t = self.mem.make_float(f)?;
                self.result(data, t)
            }
            UnboxF64 => {
                let t = self.term(arg(0))?;
                match self.mem.float_value(t)? {
                    Some(f) => self.result(data, f.to_bits()),
                    None => self.wrong(t, "a float"),
                }
            }
            CallFun | TailCallFun => {
                self.safepoint()?;
                let args = self.terms(&data.args)?;
                self.call_fun(args[0], args[1..].to_vec(), data.op == TailCallFun)
            }
            Apply | TailApply => {
                self.safepoint()?;
                let args = self.terms(&data.args)?;
                let (module, name) = (self.mem.atom_text(args[0]), self.mem.atom_text(args[1]));
                let (Some(module), Some(name)) = (module.cloned(), name.cloned()) else {
                    return self.error(ErrorKind::Badarg, term::NIL);
                };
                let args = args[2..].to_vec();
                let callee = super::Callee::Function { module, name, arity: args.len() as u32 };
                Ok(Flow::Call { callee, args, tail: data.op == TailApply, local: false })
            }
            RaiseError => {
                let Imm::Error(kind) = data.imm else { return bad_immediate() };
                let about = data.args.first().map_or(Ok(term::NIL), |&v| self.term(v))?;
                self.error(kind, about)
            }
            RaisePending => Ok(Flow::Raise(self.pending()?)),
            RaiseRaw => {
                self.safepoint()?;
                let args = self.terms(&data.args)?;
                if is_class(args[0]) {
                    return Ok(Flow::Raise(Exception { class: args[0], reason: args[1], trace: args[2] }));
                }
                self.result(data, FixedAtom::Badarg.word())
            }
            FunctionClause => {
                self.terms(&data.args)?;
                Ok(Flow::Raise(Exception::of_error(FixedAtom::FunctionClause.word())))
            }
            // Without stack traces the raw form is the list form.
            BuildStacktrace => {
                let t = self.term(arg(0))?;
                self.result(data, t)
            }
            Send => {
                let (to, message) = (self.term(arg(0))?, self.term(arg(1))?);
                self.send(data, to, message)
            }
            RecvPeek | RecvRemove | RecvNext | RecvWait | RecvTimeout => self.receive(data, data.op),
            RecvWaitTimeout => {
                let t = self.term(arg(0))?;
                self.wait_timeout(data, t)
            }
            _ => Err(Fault::Unsupported(format!("operation {}", data.op))),
        }
    }

    /// An operand is not what the operation demands.
    fn wrong<T>(&self, t: u64, what: &str) -> Result<T, Fault> {
        Err(Fault::undefined(format!("{} is not {what}", self.mem.read(t)?)))
    }

    /// Raises an error.
    pub(super) fn error(&mut self, kind: ErrorKind, about: u64) -> Result<Flow, Fault> {
        Ok(Flow::Raise(Exception::error(&mut self.mem, kind, about)?))
    }

    pub(super) fn binary(&mut self, data: &InstData, op: Opcode, a: u64, b: u64) -> Result<Flow, Fault> {
        let computed = arith::binary(&mut self.mem, op, a, b)?;
        let word = self.or_none(computed, term::NIL)?;
        self.result(data, word)
    }

    pub(super) fn unary(&mut self, data: &InstData, op: Opcode, a: u64) -> Result<Flow, Fault> {
        let computed = arith::unary(&mut self.mem, op, a)?;
        let word = self.or_none(computed, term::NIL)?;
        self.result(data, word)
    }

    pub(super) fn compare(&mut self, data: &InstData, op: Opcode, a: u64, b: u64) -> Result<Flow, Fault> {
        let mode = if op == Opcode::EqExact { Mode::Exact } else { Mode::Value };
        let order = compare(&self.mem, a, b, mode)?;
        let holds = if op == Opcode::Lt { order.is_lt() } else { order.is_eq() };
        self.result(data, holds.into())
    }

    pub(super) fn bif(&mut self, data: &InstData, mfa: super::Mfa, args: &[u64]) -> Result<Flow, Fault> {
        let word = match self.host.call(&mut self.mem, &mfa, args)? {
            Called::Value(word) => word,
            Called::Raise(exception) => {
                self.record(exception);
                term::NONE
            }
            Called::Unknown => {
                let name = format!("BIF {}:{}/{}", mfa.module, mfa.name, mfa.arity);
                return Err(Fault::Unsupported(name));
            }
        };
        self.result(data, word)
    }

    fn test(&self, test: TypeTest, t: u64) -> Result<bool, Fault> {
        match test.kinds() {
            Some(kinds) => Ok(self.mem.kind(t)?.within(kinds)),
            None => Ok(match test {
                TypeTest::Small => self.mem.small_value(t).is_some(),
                TypeTest::Boolean => truth(t).is_some(),
                _ => self.mem.bits_value(t)?.is_some_and(|(_, bits)| bits % 8 == 0),
            }),
        }
    }

    fn tuple_size(&self, t: u64) -> Result<Option<i64>, Fault> {
        Ok(self.mem.tuple_elements(t)?.map(|items| items.len() as i64))
    }

    pub(super) fn is_fun2(&mut self, data: &InstData, t: u64, n: u64) -> Result<Flow, Fault> {
        let n = self.mem.small_value(n);
        let holds = self.mem.fun_parts(t)?.is_some_and(|f| i64::try_from(f.1).ok() == n);
        self.result(data, holds.into())
    }

    pub(super) fn update_record(&mut self, data: &InstData, t: u64, pairs: &[u64]) -> Result<Flow, Fault> {
        let mut items = self.mem.tuple_elements(t)?.unwrap_or_default();
        for pair in pairs.chunks_exact(2) {
            let at = self.mem.small_value(pair[0]).and_then(|n| usize::try_from(n).ok()?.checked_sub(1));
            match at.and_then(|n| items.get_mut(n)) {
                Some(item) => *item = pair[1],
                None => return self.wrong(pair[0], "a position in the tuple"),
            }
        }
        let t = self.mem.make_tuple(&items)?;
        self.result(data, t)
    }

    /// Elements of a record's definition, and its values.
    fn fields(&self, t: u64) -> Result<(Vec<u64>, Vec<u64>), Fault> {
        let Some((definition, values)) = self.mem.record_parts(t)? else { return self.wrong(t, "a record") };
        match self.mem.tuple_elements(definition)? {
            Some(elements) if elements.len() == term::RECORD_FIELDS + values.len() => Ok((elements, values)),
            _ => self.wrong(t, "a record with a definition"),
        }
    }

    pub(super) fn record_get(&mut self, data: &InstData, t: u64, field: u64) -> Result<Flow, Fault> {
        let (definition, values) = self.fields(t)?;
        let place = definition.iter().skip(term::RECORD_FIELDS).position(|&f| f == field);
        let value = place.and_then(|at| values.get(at).copied());
        self.result(data, value.unwrap_or(term::NONE))
    }

    pub(super) fn record_put(&mut self, data: &InstData, t: u64, pairs: &[u64]) -> Result<Flow, Fault> {
        let (definition, mut values) = self.fields(t)?;
        for pair in pairs.chunks_exact(2) {
            let place = definition.iter().skip(term::RECORD_FIELDS).position(|&f| f == pair[0]);
            match place.and_then(|at| values.get_mut(at)) {
                Some(value) => *value = pair[1],
                None => {
                    let names = [definition[term::RECORD_MODULE], definition[term::RECORD_NAME]];
                    let record = self.mem.make_tuple(&names)?;
                    let about = self.mem.make_tuple(&[record, pair[0]])?;
                    let none = self.or_none(Err(ErrorKind::Badfield), about)?;
                    return self.result(data, none);
                }
            }
        }
        let definition = self.mem.record_parts(t)?.map_or(term::NIL, |parts| parts.0);
        let t = self.mem.make_record(definition, &values)?;
        self.result(data, t)
    }

    pub(super) fn map_get(&mut self, data: &InstData, map: u64, key: u64) -> Result<Flow, Fault> {
        let pairs = self.mem.map_pairs(map)?.unwrap_or_default();
        let value = find_key(&self.mem, &pairs, key)?;
        self.result(data, value.unwrap_or(term::NONE))
    }

    pub(super) fn map_put(
        &mut self,
        data: &InstData,
        map: u64,
        new: &[u64],
        exact: bool,
    ) -> Result<Flow, Fault> {
        let Some(mut pairs) = self.mem.map_pairs(map)? else {
            let none = self.or_none(Err(ErrorKind::Badmap), map)?;
            return self.result(data, none);
        };
        for pair in new.chunks_exact(2) {
            if exact && find_key(&self.mem, &pairs, pair[0])?.is_none() {
                let none = self.or_none(Err(ErrorKind::Badkey), pair[0])?;
                return self.result(data, none);
            }
            pairs.push((pair[0], pair[1]));
        }
        let t = self.mem.make_map(pairs)?;
        self.result(data, t)
    }

    fn call_fun(&mut self, fun: u64, mut args: Vec<u64>, tail: bool) -> Result<Flow, Fault> {
        let Some((callee, arity, _)) = self.mem.fun_parts(fun)? else {
            let reason = self.mem.make_tuple(&[FixedAtom::Badfun.word(), fun])?;
            return Ok(Flow::Raise(Exception::of_error(reason)));
        };
        if arity != args.len() as u64 {
            let list = self.mem.make_list(&args, term::NIL)?;
            let what = self.mem.make_tuple(&[fun, list])?;
            let reason = self.mem.make_tuple(&[FixedAtom::Badarity.word(), what])?;
            return Ok(Flow::Raise(Exception::of_error(reason)));
        }
        if matches!(callee, super::Callee::Lambda { .. }) {
            args.push(fun);
        }
        Ok(Flow::Call { callee, args, tail, local: false })
    }

    pub(super) fn send(&mut self, data: &InstData, to: u64, message: u64) -> Result<Flow, Fault> {
        if to == SELF {
            self.mailbox.push(message);
        } else if !self.host.send(&mut self.mem, to, message)? {
            let none = self.or_none(Err(ErrorKind::Badarg), term::NIL)?;
            return self.result(data, none);
        }
        self.result(data, message)
    }

    pub(super) fn receive(&mut self, data: &InstData, op: Opcode) -> Result<Flow, Fault> {
        match op {
            Opcode::RecvPeek => {
                let message = self.mailbox.get(self.cursor).copied();
                return self.result(data, message.unwrap_or(term::NONE));
            }
            Opcode::RecvRemove if self.cursor < self.mailbox.len() => {
                self.mailbox.remove(self.cursor);
                self.cursor = 0;
            }
            Opcode::RecvNext if self.cursor < self.mailbox.len() => self.cursor += 1,
            Opcode::RecvRemove | Opcode::RecvNext => {
                return Err(Fault::undefined("there is no message under examination"));
            }
            Opcode::RecvTimeout => self.cursor = 0,
            _ => {
                self.safepoint()?;
                if self.cursor >= self.mailbox.len() {
                    return Err(Fault::Unsupported("waiting for a message that nobody sends".into()));
                }
            }
        }
        Ok(Flow::Next)
    }

    pub(super) fn wait_timeout(&mut self, data: &InstData, t: u64) -> Result<Flow, Fault> {
        let infinite = t == FixedAtom::Infinity.word();
        let time = match self.mem.number(t)? {
            Some(Num::Int(n)) => n >= IBig::ZERO && n <= IBig::from(u32::MAX),
            _ => false,
        };
        self.safepoint()?;
        if !infinite && !time {
            self.record(Exception::of_error(FixedAtom::TimeoutValue.word()));
            return self.result(data, 0);
        }
        if self.cursor < self.mailbox.len() {
            return self.result(data, 1);
        }
        if infinite {
            return Err(Fault::Unsupported("waiting for a message that nobody sends".into()));
        }
        self.result(data, 2)
    }
}

/// Is the term a class of exceptions?
pub(super) fn is_class(t: u64) -> bool {
    [FixedAtom::Error, FixedAtom::Exit, FixedAtom::Throw].iter().any(|c| c.word() == t)
}
