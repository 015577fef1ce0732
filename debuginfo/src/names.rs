//! How things are called in symbol tables.

use linac_abi::object::{CodeObject, FunctionRecord, Symbol};

/// Text as a C string can hold it: atoms may contain NUL, ELF and DWARF strings may not.
pub(crate) fn c_text(text: &str) -> String {
    text.replace('\0', "\\0")
}

/// The name of a function: `module:name/arity`.
pub fn function_name(object: &CodeObject, function: &FunctionRecord) -> String {
    c_text(&format!("{}:{}/{}", object.module, function.name, function.arity))
}

/// The name of something outside an object's code. The prefix says what its value is: an `atom` or `bif` is a value,
/// `cell` and `local` are entry cells (of exported functions and of functions of this very object's module instance),
/// the others are data words.
pub fn symbol_name(object: &CodeObject, symbol: &Symbol) -> String {
    let module = &object.module;
    let own = |number: u32| match object.functions.iter().find(|f| f.index == number) {
        Some(function) => format!("{module}:{}/{}", function.name, function.arity),
        None => format!("{module}:{number}"),
    };
    c_text(&match symbol {
        Symbol::Atom(name) => format!("atom:{name}"),
        Symbol::Literal(number) => format!("literal:{module}:{number}"),
        Symbol::Import { module, function, arity } => format!("cell:{module}:{function}/{arity}"),
        Symbol::LocalFunction(number) => format!("local:{}", own(*number)),
        Symbol::Lambda(number) => format!("lambda:{module}:{number}"),
        Symbol::Runtime(_, name) => format!("rt:{name}"),
        Symbol::Counter(number) => format!("counter:{}", own(*number)),
        Symbol::Integer(value) => format!("integer:{value}"),
        Symbol::Bif { module, function, arity } => format!("bif:{module}:{function}/{arity}"),
    })
}
