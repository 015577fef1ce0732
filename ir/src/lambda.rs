//! The function behind a lambda's entry cell.

use crate::builder::Cursor;
use crate::function::{ExtFunc, Function};
use crate::inst::Imm;
use crate::opcode::Opcode;
use crate::types::{Facts, Kinds, Type};
use linac_abi::WordSize;
use linac_abi::term::{FUN_ENV, TAG_BOXED};
use std::sync::Arc;

/// A lambda, and where its parts are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lambda {
    /// Name of the function with the body.
    pub name: Arc<str>,
    /// Number of that function in the module.
    pub body: u32,
    /// Arity as a fun.
    pub arity: u32,
    /// Number of free variables.
    pub free: u32,
}

/// Makes function number `index` of a module: it takes a lambda's arguments and then the fun itself, and goes on in the
/// function with the body, with the arguments and then the free variables.
pub fn entry(module: &str, lambda: &Lambda, index: u32, word: WordSize) -> Function {
    let mut func = Function::new(module, &lambda.name, lambda.arity + 1, index, word);
    let block = func.make_block();
    let mut args = Vec::new();
    for _ in 0..lambda.arity {
        let v = func.add_param(block, Type::Term);
        func.facts[v] = Facts::ANY;
        args.push(v);
    }
    let fun = func.add_param(block, Type::Term);
    func.facts[fun] = Facts { arity: Some(lambda.arity), ..Facts::of(Kinds::FUN) };
    for n in 0..lambda.free {
        let offset = i64::from(word.bytes()) * (FUN_ENV as i64 + i64::from(n)) - TAG_BOXED as i64;
        let inst = Cursor::at_end(&mut func, block).inst(
            Opcode::LoadConst,
            Imm::Int(offset),
            &[fun],
            Some(Type::Term),
        );
        args.push(func.result(inst));
    }
    let arity = lambda.arity + lambda.free;
    let callee = func.func(ExtFunc::Local { index: lambda.body, name: lambda.name.clone(), arity });
    Cursor::at_end(&mut func, block).effect(Opcode::TailCall, Imm::Func(callee), &args);
    func
}
