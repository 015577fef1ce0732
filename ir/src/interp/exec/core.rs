//! Core operations: words, memory, runtime calls.

use super::super::{Exception, Fault, arith};
use super::beam::is_class;
use super::{Callee, Flow, Interp, Mfa, bad_immediate, callee};
use crate::entities::{Inst, Value};
use crate::function::{ExtFunc, Function};
use crate::inst::{Imm, InstData};
use crate::opcode::Opcode;
use crate::types::Type;
use linac_abi::WordSize;
use linac_abi::rtcall::{ErrorKind, RtCall};
use linac_abi::term::{self, FixedAtom};

impl<'p> Interp<'p, '_> {
    fn bits_of(&self, ty: Type) -> u32 {
        if matches!(ty, Type::I64 | Type::F64) { 64 } else { self.mem.word().bits() }
    }

    /// A word operand, sign-extended from its own width.
    fn signed(&self, func: &Function, v: Value) -> Result<i64, Fault> {
        let word = self.raw(v)?;
        Ok(match self.bits_of(func.ty(v)) {
            64 => word as i64,
            _ => i64::from(word as u32 as i32),
        })
    }

    pub(super) fn core(&mut self, func: &'p Function, inst: Inst, data: &'p InstData) -> Result<Flow, Fault> {
        use Opcode::*;
        let int = match data.imm {
            Imm::Int(n) => n,
            _ => 0,
        };
        let arg = |n: usize| data.args[n];
        match data.op {
            IConst => self.result(data, int as u64),
            Bits | SmallBits | FromBits | BoolToWord | FToBits | FFromBits => {
                let word = self.raw(arg(0))?;
                if data.op == SmallBits
                    && word != term::NONE
                    && word & term::PRIMARY_MASK != term::TAG_IMMEDIATE
                {
                    return Err(Fault::undefined(format!("{} is no immediate", arg(0))));
                }
                self.result(data, word)
            }
            WAdd | WSub | WMul | WSDiv | WSRem | WAnd | WOr | WXor | WShl | WShr | WSar => {
                let word = self.word_op(func, data)?;
                self.result(data, word)
            }
            WAddOvf | WSubOvf | WMulOvf => {
                let (a, b) = (self.signed(func, arg(0))?, self.signed(func, arg(1))?);
                let (a, b) = (i128::from(a), i128::from(b));
                let exact = match data.op {
                    WAddOvf => a + b,
                    WSubOvf => a - b,
                    _ => a * b,
                };
                let bits = self.bits_of(func.ty(arg(0)));
                let limit = 1i128 << (bits - 1);
                let overflow = exact < -limit || exact >= limit;
                if let [value, flag] = data.results[..] {
                    self.define(value, exact as u64)?;
                    self.define(flag, overflow.into())?;
                }
                Ok(Flow::Next)
            }
            ICmp => {
                let Imm::IntCond(cond) = data.imm else { return bad_immediate() };
                let (a, b) = (self.signed(func, arg(0))?, self.signed(func, arg(1))?);
                self.result(data, cond.eval(a, b).into())
            }
            Select => {
                let word = self.raw(arg(if self.raw(arg(0))? != 0 { 1 } else { 2 }))?;
                self.result(data, word)
            }
            IToF => {
                let f = self.signed(func, arg(0))? as f64;
                self.result(data, f.to_bits())
            }
            Load | LoadConst => {
                let address = self.raw(arg(0))?.wrapping_add(int as u64) & self.mem.mask();
                let wide = self.bits_of(func.ty(data.results[0])) == 64;
                let mut word = self.mem.load(address)?;
                if wide && self.mem.word() == WordSize::W32 {
                    word |= self.mem.load(address + 4)? << 32;
                }
                self.result(data, word)
            }
            LoadU8 | LoadU16 | LoadU32 | LoadU64 => {
                let address = self.raw(arg(0))?.wrapping_add(int as u64) & self.mem.mask();
                let bytes = match data.op {
                    LoadU8 => 1,
                    LoadU16 => 2,
                    LoadU32 => 4,
                    _ => 8,
                };
                let word = self.load_bytes(address, bytes)?;
                self.result(data, word)
            }
            WSwap => {
                let (word, bits) = (self.raw(arg(0))?, 8 * int as u32);
                if bits < 64 && word >> bits != 0 {
                    return Err(Fault::undefined(format!("{} is longer than {int} bytes", arg(0))));
                }
                self.result(data, word.swap_bytes() >> (64 - bits))
            }
            Store => {
                let address = self.raw(arg(0))?.wrapping_add(int as u64) & self.mem.mask();
                let word = self.raw(arg(1))?;
                self.mem.store(address, word)?;
                if self.bits_of(func.ty(arg(1))) == 64 && self.mem.word() == WordSize::W32 {
                    self.mem.store(address + 4, word >> 32)?;
                }
                Ok(Flow::Next)
            }
            HeapTest => {
                self.safepoint()?;
                self.room = int;
                Ok(Flow::Next)
            }
            HeapFull => {
                let full = self.config.moving && self.room < int;
                if !full {
                    self.room = self.room.max(int);
                }
                self.result(data, full.into())
            }
            Alloc => {
                self.room -= int;
                if self.room < 0 || int < 0 {
                    return Err(Fault::undefined("the words are not covered by a heap test"));
                }
                let address = self.mem.alloc(int as usize)?;
                self.result(data, address)
            }
            TagPtr => {
                let address = self.raw(arg(0))?;
                self.result(data, address + int as u64)
            }
            ProcLoad | ProcStore => {
                let Imm::Field(field) = data.imm else { return bad_immediate() };
                if data.op == ProcLoad {
                    return self.result(data, self.fields[field as usize]);
                }
                self.fields[field as usize] = self.raw(arg(0))?;
                Ok(Flow::Next)
            }
            ArgStore => {
                let word = self.term(arg(0))?;
                match usize::try_from(int).ok().and_then(|n| self.area.get_mut(n)) {
                    Some(place) => *place = word,
                    None => return Err(Fault::undefined("beyond the argument area")),
                }
                Ok(Flow::Next)
            }
            FunCell => {
                let Imm::Func(f) = data.imm else { return bad_immediate() };
                let cell = self.mem.cell(callee(func, &func.funcs[f]));
                self.result(data, cell)
            }
            BifNumber => {
                let Imm::Func(f) = data.imm else { return bad_immediate() };
                let Callee::Function { module, name, arity } = callee(func, &func.funcs[f]) else {
                    return Err(Fault::undefined("a lambda is no BIF"));
                };
                let mfa = Mfa { module, name, arity };
                let known = self.bifs.iter().position(|m| *m == mfa);
                let n = known.unwrap_or(self.bifs.len());
                if known.is_none() {
                    self.bifs.push(mfa);
                }
                self.result(data, n as u64)
            }
            CallInd | TailCallInd => {
                let cell = self.raw(arg(0))?;
                self.safepoint()?;
                let mut args = self.terms(&data.args[1..])?;
                let Some(callee) = self.mem.callee(cell).cloned() else {
                    return Err(Fault::undefined(format!("there is no entry cell at {cell:#x}")));
                };
                // Code behind an export's cell ignores the fun that a call of an export fun passes.
                if let Callee::Function { arity, .. } = callee
                    && args.len() as u64 == u64::from(arity) + 1
                {
                    args.pop();
                }
                Ok(Flow::Call { callee, args, tail: data.op == TailCallInd, local: false })
            }
            RedsDec => {
                self.reductions -= 1;
                self.result(data, (self.reductions < 0).into())
            }
            RtCall | RtSafepoint | RtNoReturn => {
                let Imm::Rt(rt) = data.imm else { return bad_immediate() };
                self.runtime(rt, data)
            }
            _ => Err(Fault::Unsupported(format!("operation {} ({inst})", data.op))),
        }
    }

    fn word_op(&self, func: &Function, data: &InstData) -> Result<u64, Fault> {
        let (a, b) = (self.signed(func, data.args[0])?, self.signed(func, data.args[1])?);
        let bits = self.bits_of(func.ty(data.args[0]));
        let unsigned = if bits == 64 { a as u64 } else { u64::from(a as u32) };
        let count = match data.op {
            Opcode::WShl | Opcode::WShr | Opcode::WSar => match u32::try_from(b) {
                Ok(n) if n < bits => n,
                _ => return Err(Fault::undefined(format!("a shift by {b}"))),
            },
            Opcode::WSDiv | Opcode::WSRem if b == 0 || b == -1 => {
                return Err(Fault::undefined(format!("a division by {b}")));
            }
            _ => 0,
        };
        Ok(match data.op {
            Opcode::WAdd => a.wrapping_add(b) as u64,
            Opcode::WSub => a.wrapping_sub(b) as u64,
            Opcode::WMul => a.wrapping_mul(b) as u64,
            Opcode::WSDiv => (a / b) as u64,
            Opcode::WSRem => (a % b) as u64,
            Opcode::WAnd => (a & b) as u64,
            Opcode::WOr => (a | b) as u64,
            Opcode::WXor => (a ^ b) as u64,
            Opcode::WShl => (a as u64) << count,
            Opcode::WShr => unsigned >> count,
            _ => (a >> count) as u64,
        })
    }

    fn runtime(&mut self, rt: RtCall, data: &'p InstData) -> Result<Flow, Fault> {
        use Opcode as O;
        let mut a = [0u64; 4];
        for (place, &v) in a.iter_mut().zip(&data.args) {
            *place = self.raw(v)?;
        }
        let [x, y, z, _] = a;
        let small = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        match rt {
            RtCall::Gc => {
                self.safepoint()?;
                self.room = i64::try_from(x).unwrap_or(i64::MAX);
                self.result(data, 0)
            }
            RtCall::Yield => {
                self.safepoint()?;
                self.reductions = self.config.reductions;
                self.result(data, 0)
            }
            RtCall::Add => self.binary(data, O::Add, x, y),
            RtCall::Sub => self.binary(data, O::Sub, x, y),
            RtCall::Mul => self.binary(data, O::Mul, x, y),
            RtCall::FDiv => self.binary(data, O::FDiv, x, y),
            RtCall::IDiv => self.binary(data, O::IDiv, x, y),
            RtCall::IRem => self.binary(data, O::IRem, x, y),
            RtCall::Band => self.binary(data, O::Band, x, y),
            RtCall::Bor => self.binary(data, O::Bor, x, y),
            RtCall::Bxor => self.binary(data, O::Bxor, x, y),
            RtCall::Bsl => self.binary(data, O::Bsl, x, y),
            RtCall::Bsr => self.binary(data, O::Bsr, x, y),
            RtCall::Neg => self.unary(data, O::Neg, x),
            RtCall::Bnot => self.unary(data, O::Bnot, x),
            RtCall::Eq => self.compare(data, O::Eq, x, y),
            RtCall::EqExact => self.compare(data, O::EqExact, x, y),
            RtCall::Lt => self.compare(data, O::Lt, x, y),
            RtCall::Bif => {
                let Some(mfa) = self.bifs.get(small(x)).cloned() else {
                    return Err(Fault::undefined(format!("there is no BIF number {x}")));
                };
                let args = a.get(1..=mfa.arity as usize).map(<[u64]>::to_vec);
                match args {
                    Some(args) => self.bif(data, mfa, &args),
                    None => Err(Fault::undefined("a leaf BIF has at most 3 operands")),
                }
            }
            RtCall::IsFun2 => self.is_fun2(data, x, y),
            RtCall::MapGet => self.map_get(data, x, y),
            RtCall::MapPut => {
                let pairs = self.area_words(small(y).saturating_mul(2))?;
                self.map_put(data, x, &pairs, z == 1)
            }
            RtCall::BsCreate => {
                let words = self.area_words(small(x).saturating_mul(3))?;
                self.create(data, &words)
            }
            RtCall::BsPart => self.read_bits(data, O::BsPart, a),
            RtCall::BsInteger => self.read_bits(data, O::BsInteger, a),
            RtCall::BsFloat => self.read_bits(data, O::BsFloat, a),
            RtCall::BsUtf => self.read_bits(data, O::BsUtf, a),
            RtCall::BsEqual => self.equal_bits(data, x, y, z),
            RtCall::RecordGet => self.record_get(data, x, y),
            RtCall::RecordPut => {
                let pairs = self.area_words(small(y).saturating_mul(2))?;
                self.record_put(data, x, &pairs)
            }
            RtCall::UpdateRecord => {
                let pairs = self.area_words(small(y).saturating_mul(2))?;
                self.update_record(data, x, &pairs)
            }
            RtCall::ToF64 => {
                let f = arith::to_float(&self.mem, x)?.unwrap_or(f64::NAN);
                self.result(data, f.to_bits())
            }
            RtCall::Send => self.send(data, x, y),
            RtCall::RecvPeek => self.receive(data, O::RecvPeek),
            RtCall::RecvRemove => self.receive(data, O::RecvRemove),
            RtCall::RecvNext => self.receive(data, O::RecvNext),
            RtCall::RecvWait => self.receive(data, O::RecvWait),
            RtCall::RecvTimeout => self.receive(data, O::RecvTimeout),
            RtCall::RecvWaitTimeout => self.wait_timeout(data, x),
            RtCall::RaiseError => match ErrorKind::ALL.iter().find(|(k, _)| *k as u64 == x) {
                Some(&(kind, _)) => self.error(kind, y),
                None => Err(Fault::undefined(format!("there is no error kind {x}"))),
            },
            RtCall::RaisePending => Ok(Flow::Raise(self.pending()?)),
            RtCall::RaiseRaw if is_class(x) => Ok(Flow::Raise(Exception { class: x, reason: y, trace: z })),
            RtCall::FunctionClause => Ok(Flow::Raise(Exception::of_error(FixedAtom::FunctionClause.word()))),
            RtCall::BuildStacktrace => self.result(data, x),
            RtCall::BadFun => {
                let args = self.area_words(small(y))?;
                let reason = if self.mem.fun_parts(x)?.is_some() {
                    let list = self.mem.make_list(&args, term::NIL)?;
                    let what = self.mem.make_tuple(&[x, list])?;
                    self.mem.make_tuple(&[FixedAtom::Badarity.word(), what])?
                } else {
                    self.mem.make_tuple(&[FixedAtom::Badfun.word(), x])?
                };
                Ok(Flow::Raise(Exception::of_error(reason)))
            }
            RtCall::BadApply => Ok(Flow::Raise(Exception::of_error(FixedAtom::Badarg.word()))),
            RtCall::ApplyResolve => {
                let names = (self.mem.atom_text(x).cloned(), self.mem.atom_text(y).cloned());
                let (Some(module), Some(name)) = names else { return self.result(data, 0) };
                let cell = self.mem.cell(Callee::Function { module, name, arity: z as u32 });
                self.result(data, cell)
            }
            RtCall::MakeFunCell => {
                let func = self.top()?.func;
                let lambda = func
                    .funcs
                    .values()
                    .find(|f| matches!(f, ExtFunc::Lambda { index, .. } if u64::from(*index) == x));
                let Some(lambda) = lambda else {
                    return Err(Fault::undefined(format!("the function does not name lambda {x}")));
                };
                let cell = self.mem.cell(callee(func, lambda));
                self.result(data, cell)
            }
            RtCall::RaiseRaw | RtCall::Entry | RtCall::TierUp => {
                Err(Fault::Unsupported(format!("runtime call {}", rt.name())))
            }
            #[allow(
                unreachable_patterns,
                reason = "rows may be added to the table before the interpreter knows them"
            )]
            _ => Err(Fault::Unsupported(format!("runtime call {}", rt.name()))),
        }
    }

    /// The first words of the argument area.
    fn area_words(&self, n: usize) -> Result<Vec<u64>, Fault> {
        match self.area.get(..n) {
            Some(words) => Ok(words.to_vec()),
            None => Err(Fault::undefined("beyond the argument area")),
        }
    }
}
