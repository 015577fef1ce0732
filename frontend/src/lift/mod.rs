//! Lifting: from decoded BEAM code to IR.
//!
//! *Problem*: BEAM instructions work on registers and hide control flow (fail labels, exceptions, frames). *Idea*: an
//! analysis of the whole function first (`shape`: reachable code, frames, `try` regions, live registers), then one walk
//! over the code in reverse postorder that keeps, for each register, the value it has now. Where ways meet, registers
//! whose values differ become block parameters; so x, y and float registers are gone when the walk is done (which is
//! why the dump of its result is called `xcache`). *Invariants*: the result follows docs/ir.md; each reachable label is
//! one block (others are made for what happens inside an instruction); what cannot be lifted is an error that names the
//! opcode and the function, and is found before any IR is made.

mod bifs;
mod bits;
mod commands;
mod cycles;
mod data;
mod edges;
mod effects;
mod emit;
mod error;
mod facts;
mod guard;
mod ops;
mod records;
mod shape;

pub use error::{LiftError, LiftErrorKind};

use crate::beam::{self, Module};
use linac_abi::WordSize;
use linac_abi::term::{FUN_ENV, TAG_BOXED};
use linac_ir::{self as ir, Cursor, ExtFunc, Imm, Opcode, Type};
use std::sync::Arc;

/// How to lift.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Word size of the target.
    pub word: WordSize,
    /// Turn the compiler's claims in the Type chunk into facts.
    pub types: bool,
    /// Record which value each BEAM register has, for the debugger.
    pub debug: bool,
    /// Believe nothing that the compiler says about values: test what instructions rely on, and use no claims. For
    /// files that come from anywhere; see `lift/guard.rs`.
    pub guarded: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options { word: WordSize::HOST, types: true, debug: false, guarded: false }
    }
}

/// Lifts the functions of one module.
pub struct Lifter<'m> {
    module: &'m Module,
    options: Options,
    name: Arc<str>,
    files: Vec<Arc<str>>,
    code_base: u32,
}

impl<'m> Lifter<'m> {
    /// Prepares for a module. This happens for every function that is compiled on its own, so it copies no table.
    pub fn new(module: &'m Module, options: Options) -> Lifter<'m> {
        Lifter {
            module,
            options,
            name: module.atoms.shared(module.name),
            files: module.lines.files.iter().map(|f| f.as_str().into()).collect(),
            code_base: module.chunks.iter().find(|c| &c.id == b"Code").map_or(0, |c| c.offset),
        }
    }

    /// Number of IR functions: those of the code, then one entry for each lambda.
    pub fn len(&self) -> usize {
        self.module.functions.len() + self.module.lambdas.len()
    }

    /// Whether there is nothing to lift.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Lifts function number `index`, lambda entries being numbered after the functions.
    pub fn lift(&self, index: usize) -> Result<ir::Function, LiftError> {
        match self.module.functions.get(index) {
            Some(function) => emit::lift(self, function, index as u32),
            None => Ok(self.lambda_entry(index - self.module.functions.len())),
        }
    }

    /// `M:F/A` of function number `index`.
    pub fn mfa(&self, index: usize) -> String {
        match self.module.functions.get(index) {
            Some(f) => self.module.show_mfa(f).to_string(),
            None => {
                let lambda = &self.module.lambdas[index - self.module.functions.len()];
                let arity = lambda.arity - lambda.free + 1;
                format!(
                    "{}:{}/{arity}",
                    self.module.show_atom(self.module.name),
                    self.module.show_atom(lambda.name)
                )
            }
        }
    }

    fn atom(&self, atom: beam::AtomIdx) -> Arc<str> {
        self.module.atoms.shared(atom)
    }

    /// The function with this entry label; decoding has checked that there is one.
    fn local(&self, label: u32) -> ExtFunc {
        let index = self.module.function_at[label as usize];
        let f = &self.module.functions[index as usize];
        ExtFunc::Local { index, name: self.atom(f.name), arity: f.arity }
    }

    fn import(&self, import: &beam::Import) -> ExtFunc {
        ExtFunc::Import {
            module: self.atom(import.module),
            name: self.atom(import.function),
            arity: import.arity,
        }
    }

    fn lambda(&self, index: usize) -> ExtFunc {
        let lambda = &self.module.lambdas[index];
        ExtFunc::Lambda {
            index: index as u32,
            name: self.atom(lambda.name),
            arity: lambda.arity - lambda.free,
            free: lambda.free,
        }
    }

    fn new_function(&self, name: &str, arity: u32, index: usize) -> ir::Function {
        let mut func = ir::Function::new(&self.name, name, arity, index as u32, self.options.word);
        func.files = self.files.clone();
        func
    }

    /// What a fun's entry cell leads to: takes the arguments and the fun, gives the body arguments and free variables.
    fn lambda_entry(&self, index: usize) -> ir::Function {
        let lambda = &self.module.lambdas[index];
        let args = lambda.arity - lambda.free;
        let name = self.atom(lambda.name);
        let mut func = self.new_function(&name, args + 1, self.module.functions.len() + index);
        let block = func.make_block();
        let params: Vec<ir::Value> = (0..=args).map(|_| func.add_param(block, Type::Term)).collect();
        params.iter().for_each(|&p| func.facts[p] = ir::Facts::ANY);
        let fun = params[args as usize];
        func.facts[fun] = ir::Facts { arity: Some(args), ..ir::Facts::of(ir::Kinds::FUN) };
        let mut call_args = params[..args as usize].to_vec();
        let body = func.func(self.local(lambda.label));
        let word = i64::from(self.options.word.bytes());
        let mut cursor = Cursor::at_end(&mut func, block);
        for n in 0..i64::from(lambda.free) {
            let offset = (FUN_ENV as i64 + n) * word - TAG_BOXED as i64;
            let load = cursor.inst(Opcode::LoadConst, Imm::Int(offset), &[fun], Some(Type::Term));
            let value = cursor.func.result(load);
            cursor.func.facts[value] = ir::Facts::ANY;
            call_args.push(value);
        }
        cursor.effect(Opcode::TailCall, Imm::Func(body), &call_args);
        func
    }
}
