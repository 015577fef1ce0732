//! Functions in IR as a module of the runtime: what runs filetests and generated programs natively.
//!
//! *Problem*: the interpreter's outcome is worth most when native code gives the same, for functions that no Erlang
//! compiler would make. *Idea*: stand in for a decoded `.beam`: number the functions, make the entries of lambdas, and for
//! each call a driver function that catches what the call raises and gives the outcome in the external format.
//! *Invariant*: from the passes on, everything is as for any other module.

mod etf;

pub use etf::{decode, encode};

use crate::compiler::Compiler;
use crate::pipeline::{self, Silent};
use linac_abi::WordSize;
use linac_ir::function::{ConstData, ExtFunc};
use linac_ir::inst::{BlockCall, Imm};
use linac_ir::interp::TermOutcome;
use linac_ir::lambda::{self, Lambda};
use linac_ir::text::{Term, parse_term};
use linac_ir::{Cursor, Facts, Function, Opcode, Stage, Type};
use linac_opt::inline::Functions;
use linac_runtime::compiler as rt;
use linac_runtime::{ExitResult, Runtime};
use std::collections::BTreeMap;

/// A module made of IR.
pub struct LirModule {
    info: rt::ModuleInfo,
    functions: Vec<Function>,
    compiler: Compiler,
    calls: usize,
}

impl LirModule {
    /// A module called `module`, with a driver for each call. Functions and lambdas are numbered anew.
    pub fn new(
        module: &str,
        functions: &[Function],
        literals: &BTreeMap<u32, Term>,
        calls: &[(&str, &[Term])],
        compiler: Compiler,
        word: WordSize,
    ) -> Result<LirModule, String> {
        let mut functions = functions.to_vec();
        let mut lambdas: Vec<Lambda> = Vec::new();
        let named: Vec<_> = functions.iter().map(|f| (f.name.clone(), f.arity)).collect();
        for (index, func) in functions.iter_mut().enumerate() {
            if func.stage == Stage::Core && func.word != word {
                return Err(format!("{} was made for another word size", func.mfa()));
            }
            (func.index, func.word, func.module) = (index as u32, word, module.into());
            let own = func.mfa();
            let place = |name: &str, arity: u32| {
                let found = named.iter().position(|(n, a)| (&**n, *a) == (name, arity));
                found.map(|n| n as u32).ok_or(format!("{own} names {name}/{arity}, which is not there"))
            };
            for callee in func.funcs.values_mut() {
                match callee {
                    ExtFunc::Local { index, name, arity } => *index = place(name, *arity)?,
                    ExtFunc::Lambda { index, name, arity, free } => {
                        let body = place(name, *arity + *free)?;
                        let lambda = Lambda { name: name.clone(), body, arity: *arity, free: *free };
                        let known = lambdas.iter().position(|l| *l == lambda);
                        *index = known.unwrap_or(lambdas.len()) as u32;
                        if known.is_none() {
                            lambdas.push(lambda);
                        }
                    }
                    ExtFunc::Import { .. } => {}
                }
            }
        }
        let mut literals = literals.clone();
        for (n, (name, args)) in calls.iter().enumerate() {
            let target = named.iter().position(|(f, a)| (&**f, *a as usize) == (*name, args.len()));
            let target = target.ok_or(format!("{name}/{} is not there", args.len()))? as u32;
            let index = functions.len() as u32;
            let mut func = Function::new(module, &driver_name(n), 0, index, word);
            let callee = ExtFunc::Local { index: target, name: (*name).into(), arity: args.len() as u32 };
            driver(&mut func, callee, args, &mut literals);
            functions.push(func);
        }
        let first_entry = functions.len() as u32;
        for (n, lambda) in lambdas.iter().enumerate() {
            functions.push(lambda::entry(module, lambda, first_entry + n as u32, word));
        }
        let info = rt::ModuleInfo {
            name: module.into(),
            digest: [0; 16],
            functions: functions
                .iter()
                .map(|f| rt::FunctionInfo {
                    name: f.name.to_string(),
                    arity: f.arity as u8,
                    exported: f.index < first_entry,
                })
                .collect(),
            lambdas: lambdas
                .iter()
                .enumerate()
                .map(|(n, l)| rt::LambdaInfo {
                    function: first_entry + n as u32,
                    name: l.name.to_string(),
                    arity: l.arity as u8,
                    index: n as u32,
                    uniq: 0,
                })
                .collect(),
            // Numbers that nothing names stand for an atom.
            records: Vec::new(),
            literals: (0..literals.keys().next_back().map_or(0, |n| n + 1))
                .map(|n| encode(literals.get(&n).unwrap_or(&Term::atom("none"))))
                .collect::<Result<_, _>>()?,
            attributes: Default::default(),
            on_load: None,
        };
        Ok(LirModule { info, functions, compiler, calls: calls.len() })
    }

    /// Loads the module and carries out its calls; a runtime runs one thing at a time.
    pub fn run(self, runtime: &Runtime) -> Result<Vec<Result<TermOutcome, String>>, String> {
        let (name, calls) = (self.info.name.clone(), self.calls);
        runtime.load_source(Box::new(self)).map_err(|e| e.to_string())?;
        Ok((0..calls).map(|n| outcome(runtime.run_main(&name, &driver_name(n), &[]))).collect())
    }
}

impl rt::CompilableModule for LirModule {
    fn info(&self) -> &rt::ModuleInfo {
        &self.info
    }

    fn compile(&self, request: rt::CompileRequest<'_>) -> Result<Vec<u8>, rt::CompileError> {
        let options = self.compiler.options(&request);
        let mut unit = Vec::new();
        for &n in request.functions {
            let Some(func) = self.functions.get(n as usize).cloned() else {
                return Err(rt::CompileError::Bug(format!("there is no function {n}")));
            };
            let done = func.stage == Stage::Core;
            unit.push(if done {
                func
            } else {
                pipeline::optimize(func, Some(&Functions(&self.functions)), options, &mut Silent)?
            });
        }
        let object = pipeline::generate(&unit, options, &mut Silent)?;
        object.to_bytes().map_err(|e| rt::CompileError::Bug(e.to_string()))
    }
}

fn driver_name(n: usize) -> String {
    format!("-call-{n}-")
}

/// `try {value, F(Args..)} catch C:R -> {raise, C, R} end`, in the external format.
fn driver(func: &mut Function, callee: ExtFunc, args: &[Term], literals: &mut BTreeMap<u32, Term>) {
    let entry = func.make_block();
    let mut values = Vec::new();
    for arg in args {
        let data = arg.as_const().unwrap_or_else(|| {
            let n = literals.keys().next_back().map_or(0, |n| n + 1);
            literals.insert(n, arg.clone());
            ConstData::Literal(n, arg.shape())
        });
        let mut c = Cursor::at_end(func, entry);
        let v = c.constant(data);
        values.push(v);
    }
    let (normal, handler, join) = (func.make_block(), func.make_block(), func.make_block());
    let pair = func.add_param(join, Type::Term);
    func.facts[pair] = Facts::ANY;
    let inst = Cursor::at_end(func, entry).effect(Opcode::TryEnter, Imm::None, &[]);
    func.insts[inst].targets.extend([BlockCall::new(normal, &[]), BlockCall::new(handler, &[])]);
    let callee = func.func(callee);
    let mut c = Cursor::at_end(func, normal);
    c.handler = handler.into();
    let value = c.call(Opcode::Call, callee, &values);
    let tag = c.constant(ConstData::Atom("value".into()));
    let result = c.op(Opcode::Tuple, &[tag, value]);
    c.jump(join, &[result]);
    let mut c = Cursor::at_end(func, handler);
    let landing = c.inst(Opcode::Landing, Imm::None, &[], None);
    let found = c.func.insts[landing].results.clone();
    let tag = c.constant(ConstData::Atom("raise".into()));
    let result = c.op(Opcode::Tuple, &[tag, found[0], found[1]]);
    c.jump(join, &[result]);
    let pack = ExtFunc::Import { module: "erlang".into(), name: "term_to_binary".into(), arity: 1 };
    let pack = func.func(pack);
    let mut c = Cursor::at_end(func, join);
    let bytes = c.call(Opcode::Call, pack, &[pair]);
    c.effect(Opcode::Return, Imm::None, &[bytes]);
}

/// The outcome that a driver has packed.
fn outcome(result: ExitResult) -> Result<TermOutcome, String> {
    let text = match result {
        ExitResult::Value { text, .. } => text,
        other => return Err(format!("the run ended otherwise: {other:?}")),
    };
    let bytes = match parse_term(&text) {
        Ok(Term::Bits(bytes, _)) => bytes,
        _ => return Err(format!("no binary came back: {text}")),
    };
    match decode(&bytes)? {
        Term::Tuple(items) => match &items[..] {
            [_, value] => Ok(TermOutcome::Value(value.clone())),
            [_, class, reason] => match load_failure(reason) {
                Some(message) => Err(message),
                None => Ok(TermOutcome::Raise(class.clone(), reason.clone())),
            },
            _ => Err(format!("no outcome came back: {text}")),
        },
        other => Err(format!("no outcome came back: {other}")),
    }
}

/// What the runtime raises if a function cannot be compiled.
fn load_failure(reason: &Term) -> Option<String> {
    let Term::Tuple(items) = reason else { return None };
    match &items[..] {
        [Term::Atom(tag), Term::Bits(text, _)] if &**tag == "load_failure" => {
            Some(String::from_utf8_lossy(text).into_owned())
        }
        _ => None,
    }
}

/// The outcome with the keys of maps in one order, for comparisons.
pub fn normalize(outcome: &TermOutcome) -> TermOutcome {
    match outcome {
        TermOutcome::Value(t) => TermOutcome::Value(sorted(t)),
        TermOutcome::Raise(c, r) => TermOutcome::Raise(sorted(c), sorted(r)),
    }
}

fn sorted(t: &Term) -> Term {
    match t {
        Term::Map(pairs) => {
            let mut pairs: Vec<(Term, Term)> = pairs.iter().map(|(k, v)| (sorted(k), sorted(v))).collect();
            pairs.sort_by_cached_key(|(k, _)| k.to_string());
            Term::Map(pairs)
        }
        Term::List(items, tail) => {
            Term::List(items.iter().map(sorted).collect(), tail.as_ref().map(|t| Box::new(sorted(t))))
        }
        Term::Tuple(items) => Term::Tuple(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}
