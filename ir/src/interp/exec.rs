//! The machine: frames, control flow, calls, exceptions, safepoints.

mod beam;
mod bits;
mod core;

use super::host::{Called, Host, Mfa};
use super::memory::{Callee, Memory};
use super::{Config, Exception, Fault, Outcome, Program, TermOutcome, Trap};
use crate::entities::{Block, Inst, Value};
use crate::function::{ConstData, ExtFunc, Function, SlotKind, Stage};
use crate::inst::{Imm, InstData};
use crate::opcode::Opcode;
use crate::text::Term;
use crate::types::{Facts, Kinds, Type};
use cranelift_entity::EntityRef;
use linac_abi::process::ProcField;
use linac_abi::rtcall::ErrorKind;
use linac_abi::term;
use rustc_hash::FxHashMap;

/// Most frames on the stack.
const MAX_FRAMES: usize = 100_000;
/// Most values in all frames together.
const MAX_VALUES: usize = 1 << 24;

/// An activation of a function.
struct Frame<'p> {
    func: &'p Function,
    block: Block,
    /// Next instruction of the block.
    at: usize,
    /// Words of the values (64 bits also for `i64` and `f64` on 32-bit targets).
    values: Vec<u64>,
    /// Safepoint count at which each value was made; looked at for derived values.
    epochs: Vec<u32>,
    slots: Vec<u64>,
}

/// Where control goes after an instruction.
enum Flow {
    /// On.
    Next,
    /// To target number n of the terminator.
    Target(usize),
    /// Into a function of the program or the host; a tail call replaces the frame.
    Call { callee: Callee, args: Vec<u64>, tail: bool, local: bool },
    /// Back.
    Return(u64),
    /// To a handler.
    Raise(Exception),
}

/// The interpreter.
pub struct Interp<'p, 'h> {
    program: &'p Program<'p>,
    host: &'h mut dyn Host,
    config: Config,
    /// The memory.
    pub mem: Memory,
    fuel: u64,
    frames: Vec<Frame<'p>>,
    values_in_use: usize,
    constants: FxHashMap<ConstData, u64>,
    fields: Vec<u64>,
    /// The argument area.
    area: Vec<u64>,
    mailbox: Vec<u64>,
    /// The message under examination.
    cursor: usize,
    /// Words covered by the last heap test.
    room: i64,
    reductions: i64,
    bifs: Vec<Mfa>,
}

impl<'p, 'h> Interp<'p, 'h> {
    /// A machine for a program.
    pub fn new(program: &'p Program<'p>, host: &'h mut dyn Host, config: Config) -> Interp<'p, 'h> {
        Interp {
            program,
            host,
            config,
            mem: Memory::new(config.word, config.max_words),
            fuel: config.fuel,
            frames: Vec::new(),
            values_in_use: 0,
            constants: FxHashMap::default(),
            fields: vec![0; ProcField::ALL.len()],
            area: vec![0; 1024],
            mailbox: Vec::new(),
            cursor: 0,
            room: 0,
            reductions: config.reductions,
            bifs: Vec::new(),
        }
    }

    /// Puts a message into the mailbox.
    pub fn deliver(&mut self, message: &Term) -> Result<(), Trap> {
        let message = self.mem.build(message).map_err(|fault| self.trap(fault))?;
        self.mailbox.push(message);
        Ok(())
    }

    /// Runs a function on terms.
    pub fn run_terms(&mut self, mfa: &Mfa, args: &[Term]) -> Result<TermOutcome, Trap> {
        let args = args.iter().map(|t| self.mem.build(t)).collect::<Result<Vec<_>, _>>();
        let args = args.map_err(|fault| self.trap(fault))?;
        let outcome = self.run(mfa, &args)?;
        let read = |t| self.mem.read(t).map_err(|fault| self.trap(fault));
        Ok(match outcome {
            Outcome::Value(t) => TermOutcome::Value(read(t)?),
            Outcome::Raise(e) => TermOutcome::Raise(read(e.class)?, read(e.reason)?),
        })
    }

    /// Runs a function on words of the machine's memory.
    pub fn run(&mut self, mfa: &Mfa, args: &[u64]) -> Result<Outcome, Trap> {
        self.frames.clear();
        self.values_in_use = 0;
        let Some(func) = self.program.find(mfa) else {
            let name = format!("{}:{}/{} is not in the program", mfa.module, mfa.name, mfa.arity);
            return Err(self.trap(Fault::undefined(name)));
        };
        self.enter(func, args).map_err(|fault| self.trap(fault))?;
        loop {
            match self.step() {
                Ok(None) => {}
                Ok(Some(outcome)) => return Ok(outcome),
                Err(fault) => return Err(self.trap(fault)),
            }
        }
    }

    /// The fault, with the place of the instruction under execution.
    fn trap(&self, fault: Fault) -> Trap {
        let place = self.frames.last().and_then(|f| {
            let inst = *f.func.blocks[f.block].insts.get(f.at.checked_sub(1)?)?;
            Some(format!("{}, {}: `{}`", f.func.mfa(), f.block, f.func.show_inst(inst)))
        });
        Trap { fault, place: place.unwrap_or_default() }
    }

    fn enter(&mut self, func: &'p Function, args: &[u64]) -> Result<(), Fault> {
        if func.stage == Stage::Core && func.word != self.config.word {
            return Err(Fault::Unsupported("the function was made for another word size".into()));
        }
        let entry = func.entry();
        let n = func.values.len();
        self.values_in_use += n;
        if self.frames.len() >= MAX_FRAMES || self.values_in_use > MAX_VALUES {
            return Err(Fault::OutOfMemory);
        }
        let slots = func.slots.values().map(|k| if *k == SlotKind::Term { term::NIL } else { 0 }).collect();
        self.frames.push(Frame { func, block: entry, at: 0, values: vec![0; n], epochs: vec![0; n], slots });
        let params = &func.blocks[entry].params;
        if params.len() != args.len() {
            return Err(Fault::undefined(format!("{} is called with {} arguments", func.mfa(), args.len())));
        }
        for (&v, &word) in params.iter().zip(args) {
            self.define(v, word)?;
        }
        Ok(())
    }

    fn top(&mut self) -> Result<&mut Frame<'p>, Fault> {
        self.frames.last_mut().ok_or_else(|| Fault::undefined("no function is running"))
    }

    /// Executes an instruction; gives the outcome at the end.
    fn step(&mut self) -> Result<Option<Outcome>, Fault> {
        self.fuel = self.fuel.checked_sub(1).ok_or(Fault::OutOfFuel)?;
        let frame = self.top()?;
        let func = frame.func;
        let Some(&inst) = func.blocks[frame.block].insts.get(frame.at) else {
            return Err(Fault::undefined(format!("{} does not end with a terminator", frame.block)));
        };
        frame.at += 1;
        let data = &func.insts[inst];
        let flow = self.execute(func, inst, data)?;
        match flow {
            Flow::Next => Ok(None),
            Flow::Target(n) => self.branch(data, n).map(|()| None),
            Flow::Return(word) => self.give_back(word),
            Flow::Raise(exception) => self.raise(exception),
            Flow::Call { callee, args, tail, local } => self.call(callee, args, tail, local),
        }
    }

    fn branch(&mut self, data: &'p InstData, n: usize) -> Result<(), Fault> {
        let Some(target) = data.targets.get(n) else { return Err(Fault::undefined("a target is missing")) };
        let args = target.args.iter().map(|&v| self.raw(v)).collect::<Result<Vec<_>, _>>()?;
        let frame = self.top()?;
        frame.block = target.block;
        frame.at = 0;
        let params = &frame.func.blocks[target.block].params;
        if params.len() != args.len() {
            return Err(Fault::undefined(format!("{} takes {} arguments", target.block, params.len())));
        }
        for (&v, word) in params.iter().zip(args) {
            self.define(v, word)?;
        }
        Ok(())
    }

    /// Ends the running function with a value.
    fn give_back(&mut self, word: u64) -> Result<Option<Outcome>, Fault> {
        self.leave();
        let Some(frame) = self.frames.last() else { return Ok(Some(Outcome::Value(word))) };
        let inst = frame.func.blocks[frame.block].insts[frame.at - 1];
        let results = &frame.func.insts[inst].results;
        match results.first() {
            Some(&v) => self.define(v, word).map(|()| None),
            None => Ok(None),
        }
    }

    fn leave(&mut self) {
        if let Some(frame) = self.frames.pop() {
            self.values_in_use -= frame.values.len();
        }
    }

    /// Goes to the handler of the instruction under execution, or of the innermost call that has one.
    fn raise(&mut self, exception: Exception) -> Result<Option<Outcome>, Fault> {
        self.record(exception);
        while let Some(frame) = self.frames.last_mut() {
            let inst = frame.func.blocks[frame.block].insts[frame.at - 1];
            if let Some(handler) = frame.func.insts[inst].handler.expand() {
                frame.block = handler;
                frame.at = 0;
                return Ok(None);
            }
            self.leave();
        }
        Ok(Some(Outcome::Raise(exception)))
    }

    fn call(
        &mut self,
        callee: Callee,
        args: Vec<u64>,
        tail: bool,
        local: bool,
    ) -> Result<Option<Outcome>, Fault> {
        let (mfa, args) = match callee {
            Callee::Function { module, name, arity } => (Mfa { module, name, arity }, args),
            // The entry of a lambda unpacks the free variables behind the arguments.
            Callee::Lambda { module, name, arity, free } => {
                let (&fun, plain) =
                    args.split_last().ok_or_else(|| Fault::undefined("a lambda without its fun"))?;
                let Some((_, _, env)) = self.mem.fun_parts(fun)? else {
                    return Err(Fault::undefined("the last argument of a lambda's entry is no fun"));
                };
                let args: Vec<u64> = plain.iter().copied().chain(env).collect();
                (Mfa { module, name, arity: arity + free }, args)
            }
        };
        if tail {
            self.leave();
        }
        if let Some(func) = self.program.find(&mfa) {
            return self.enter(func, &args).map(|()| None);
        }
        let name = format!("{}:{}/{}", mfa.module, mfa.name, mfa.arity);
        if local {
            return Err(Fault::undefined(format!("{name} is not in the program")));
        }
        let called = self.host.call(&mut self.mem, &mfa, &args)?;
        match called {
            Called::Value(word) if tail => match self.frames.last() {
                Some(_) => self.resume(word),
                None => Ok(Some(Outcome::Value(word))),
            },
            Called::Value(word) => self.resume(word),
            Called::Raise(exception) => self.raise(exception),
            Called::Unknown if &*mfa.module == "erlang" => Err(Fault::Unsupported(name)),
            Called::Unknown => self.raise(Exception::of_error(term::FixedAtom::Undef.word())),
        }
    }

    /// Gives a value to the call under execution.
    fn resume(&mut self, word: u64) -> Result<Option<Outcome>, Fault> {
        let frame = self.top()?;
        let inst = frame.func.blocks[frame.block].insts[frame.at - 1];
        match frame.func.insts[inst].results.first() {
            Some(&v) => self.define(v, word).map(|()| None),
            None => Ok(None),
        }
    }

    /// Everything may have moved after this.
    fn safepoint(&mut self) -> Result<(), Fault> {
        self.mem.epoch += 1;
        self.room = 0;
        if !self.config.moving && !self.mem.is_crowded() {
            return Ok(());
        }
        let cost = self.mem.heap_words() as u64 / 16;
        self.fuel = self.fuel.checked_sub(cost).ok_or(Fault::OutOfFuel)?;
        self.area.fill(0);
        let mut mover = self.mem.begin_move();
        for frame in &mut self.frames {
            for (v, data) in frame.func.values.iter() {
                if data.ty == Type::Term {
                    let word = &mut frame.values[v.index()];
                    *word = mover.relocate(*word)?;
                }
            }
            for (slot, kind) in frame.func.slots.iter() {
                if *kind != SlotKind::Raw {
                    let word = &mut frame.slots[slot.index()];
                    *word = mover.relocate(*word)?;
                }
            }
        }
        let exception = [ProcField::ExcClass, ProcField::ExcReason, ProcField::ExcTrace];
        for field in exception {
            let word = &mut self.fields[field as usize];
            *word = mover.relocate(*word)?;
        }
        for message in &mut self.mailbox {
            *message = mover.relocate(*message)?;
        }
        mover.finish()
    }

    /// Stores the exception in the process.
    fn record(&mut self, e: Exception) {
        self.fields[ProcField::ExcClass as usize] = e.class;
        self.fields[ProcField::ExcReason as usize] = e.reason;
        self.fields[ProcField::ExcTrace as usize] = e.trace;
    }

    /// The exception that a fallible operation stored.
    fn pending(&self) -> Result<Exception, Fault> {
        let field = |f: ProcField| self.fields[f as usize];
        if field(ProcField::ExcClass) == term::NONE {
            return Err(Fault::undefined("no exception was recorded"));
        }
        let (class, reason) = (field(ProcField::ExcClass), field(ProcField::ExcReason));
        Ok(Exception { class, reason, trace: field(ProcField::ExcTrace) })
    }

    /// NONE, with an error recorded, if the computation failed.
    fn or_none(&mut self, computed: Result<u64, ErrorKind>, about: u64) -> Result<u64, Fault> {
        match computed {
            Ok(word) => Ok(word),
            Err(kind) => {
                let exception = Exception::error(&mut self.mem, kind, about)?;
                self.record(exception);
                Ok(term::NONE)
            }
        }
    }

    /// A value's word, whatever its type.
    fn raw(&self, v: Value) -> Result<u64, Fault> {
        let Some(frame) = self.frames.last() else { return Err(Fault::undefined("no function is running")) };
        let v = frame.func.resolve(v);
        if frame.func.ty(v) == Type::Derived && frame.epochs[v.index()] != self.mem.epoch {
            return Err(Fault::undefined(format!("the derived value {v} is used after a safepoint")));
        }
        Ok(frame.values[v.index()])
    }

    /// A value that must be a term.
    fn term(&self, v: Value) -> Result<u64, Fault> {
        match self.raw(v)? {
            term::NONE => Err(Fault::undefined(format!("{v} is NONE, used as a term"))),
            word => Ok(word),
        }
    }

    fn terms(&self, args: &[Value]) -> Result<Vec<u64>, Fault> {
        args.iter().map(|&v| self.term(v)).collect()
    }

    fn define(&mut self, v: Value, word: u64) -> Result<(), Fault> {
        let (mask, epoch) = (self.mem.mask(), self.mem.epoch);
        let check = self.config.check_facts;
        let frame = self.top()?;
        let func = frame.func;
        let word = match func.ty(v) {
            Type::I64 | Type::F64 => word,
            _ => word & mask,
        };
        frame.values[v.index()] = word;
        frame.epochs[v.index()] = epoch;
        let facts = func.facts[v];
        if check && func.ty(v) == Type::Term && facts != Facts::ANY_OR_NONE {
            self.check(v, word, &facts)?;
        }
        Ok(())
    }

    /// Do the facts hold of the word?
    fn check(&self, v: Value, word: u64, facts: &Facts) -> Result<(), Fault> {
        let kind = self.mem.kind(word)?;
        let mut ok = kind.within(facts.kinds);
        if ok && kind == Kinds::INT && (facts.lo != i64::MIN || facts.hi != i64::MAX) {
            ok = self.mem.int_value(word)?.is_some_and(|n| {
                (facts.lo == i64::MIN || n >= facts.lo.into())
                    && (facts.hi == i64::MAX || n <= facts.hi.into())
            });
        }
        if let Some(arity) = facts.arity.filter(|_| ok) {
            if kind == Kinds::TUPLE {
                ok = self.mem.boxed(word)?.is_some_and(|(_, n)| n == arity as usize);
            } else if kind == Kinds::FUN {
                ok = self.mem.fun_parts(word)?.is_some_and(|f| f.1 == arity.into());
            }
        }
        if ok {
            return Ok(());
        }
        let found = self.mem.read(word)?;
        Err(Fault::undefined(format!("{v} is {found}, against its facts {{{facts}}}")))
    }

    fn execute(&mut self, func: &'p Function, inst: Inst, data: &'p InstData) -> Result<Flow, Fault> {
        use Opcode::*;
        match data.op {
            Const => {
                let Imm::Const(c) = data.imm else { return bad_immediate() };
                let word = self.constant(&func.consts[c])?;
                self.result(data, word)
            }
            IsNone => {
                let none = self.raw(data.args[0])? == term::NONE;
                self.result(data, none.into())
            }
            DbgValue => Ok(Flow::Next),
            F64Const => {
                let Imm::F64(bits) = data.imm else { return bad_immediate() };
                self.result(data, bits)
            }
            BoolNot | BoolAnd | BoolOr => {
                let a = self.raw(data.args[0])?;
                let b = data.args.get(1).map_or(Ok(0), |&v| self.raw(v))?;
                self.result(
                    data,
                    match data.op {
                        BoolNot => a ^ 1,
                        BoolAnd => a & b,
                        _ => a | b,
                    },
                )
            }
            ToF64 => {
                let t = self.term(data.args[0])?;
                let f = super::arith::to_float(&self.mem, t)?.unwrap_or(f64::NAN);
                self.result(data, f.to_bits())
            }
            FAdd | FSub | FMul | FDivF | FNeg | FIsFinite | FCmp => self.float(data),
            Jump => Ok(Flow::Target(0)),
            Br => Ok(Flow::Target(usize::from(self.raw(data.args[0])? == 0))),
            Switch => self.switch(func, data),
            TryEnter => Ok(Flow::Target(0)),
            Landing => {
                let e = self.pending()?;
                for (&v, word) in data.results.iter().zip([e.class, e.reason, e.trace]) {
                    self.define(v, word)?;
                }
                Ok(Flow::Next)
            }
            Unreachable => Err(Fault::undefined("executed")),
            Return => Ok(Flow::Return(self.term(data.args[0])?)),
            Call | TailCall => {
                let Imm::Func(f) = data.imm else { return bad_immediate() };
                self.safepoint()?;
                let args = self.terms(&data.args)?;
                let callee = callee(func, &func.funcs[f]);
                let local = !matches!(func.funcs[f], ExtFunc::Import { .. });
                Ok(Flow::Call { callee, args, tail: data.op == TailCall, local })
            }
            SlotStore => {
                let Imm::Slot(s) = data.imm else { return bad_immediate() };
                let word = self.raw(data.args[0])?;
                self.top()?.slots[s.index()] = word;
                Ok(Flow::Next)
            }
            SlotLoad => {
                let Imm::Slot(s) = data.imm else { return bad_immediate() };
                let word = self.top()?.slots[s.index()];
                self.result(data, word)
            }
            op if op.effects().has(crate::Effects::CORE) && !op.effects().has(crate::Effects::BEAM) => {
                self.core(func, inst, data)
            }
            IConst | ICmp | HeapTest | LoadConst => self.core(func, inst, data),
            _ => self.beam(func, data),
        }
    }

    /// Defines the only result, if there is one.
    fn result(&mut self, data: &InstData, word: u64) -> Result<Flow, Fault> {
        if let Some(&v) = data.results.first() {
            self.define(v, word)?;
        }
        Ok(Flow::Next)
    }

    fn constant(&mut self, data: &ConstData) -> Result<u64, Fault> {
        Ok(match data {
            ConstData::None => term::NONE,
            ConstData::Nil => term::NIL,
            ConstData::Atom(a) => self.mem.atom(a),
            ConstData::Int(n) => match self.mem.small(*n) {
                Some(word) => word,
                None => self.literal(data, &Term::int(*n))?,
            },
            ConstData::Literal(n, _) => {
                let program = self.program;
                let Some(t) = program.literals.get(n) else {
                    return Err(Fault::undefined(format!("literal {n} is not given")));
                };
                self.literal(data, t)?
            }
        })
    }

    fn literal(&mut self, data: &ConstData, t: &Term) -> Result<u64, Fault> {
        if let Some(&word) = self.constants.get(data) {
            return Ok(word);
        }
        let word = self.mem.build_literal(t)?;
        self.constants.insert(data.clone(), word);
        Ok(word)
    }

    fn float(&mut self, data: &InstData) -> Result<Flow, Fault> {
        let a = f64::from_bits(self.raw(data.args[0])?);
        let b = f64::from_bits(data.args.get(1).map_or(Ok(0), |&v| self.raw(v))?);
        let word = match data.op {
            Opcode::FAdd => (a + b).to_bits(),
            Opcode::FSub => (a - b).to_bits(),
            Opcode::FMul => (a * b).to_bits(),
            Opcode::FDivF => (a / b).to_bits(),
            Opcode::FNeg => (-a).to_bits(),
            Opcode::FIsFinite => a.is_finite().into(),
            _ => {
                let Imm::FloatCond(cond) = data.imm else { return bad_immediate() };
                use crate::FloatCond::*;
                match cond {
                    Eq => a == b,
                    Ne => a != b,
                    Lt => a < b,
                    Le => a <= b,
                    Gt => a > b,
                    Ge => a >= b,
                }
                .into()
            }
        };
        self.result(data, word)
    }

    fn switch(&mut self, func: &'p Function, data: &'p InstData) -> Result<Flow, Fault> {
        let Imm::Keys(keys) = &data.imm else { return bad_immediate() };
        let word = self.term(data.args[0])?;
        for (n, &key) in keys.iter().enumerate() {
            let key = self.constant(&func.consts[key])?;
            let equal = super::compare(&self.mem, word, key, super::Mode::Exact)?.is_eq();
            if equal {
                return Ok(Flow::Target(n));
            }
        }
        Ok(Flow::Target(keys.len()))
    }
}

fn bad_immediate<T>() -> Result<T, Fault> {
    Err(Fault::undefined("the immediate does not fit the operation"))
}

/// What a function reference leads to.
fn callee(func: &Function, f: &ExtFunc) -> Callee {
    let module = func.module.clone();
    match f {
        ExtFunc::Local { name, arity, .. } => Callee::Function { module, name: name.clone(), arity: *arity },
        ExtFunc::Import { module, name, arity } => {
            Callee::Function { module: module.clone(), name: name.clone(), arity: *arity }
        }
        ExtFunc::Lambda { name, arity, free, .. } => {
            Callee::Lambda { module, name: name.clone(), arity: *arity, free: *free }
        }
    }
}
