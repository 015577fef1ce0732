//! Names in listings: labels, symbols, BEAM registers.

use linac_abi::object::Symbol;
use linac_emit::{CodeBuffer, Label, LabelUse, SymbolId, SymbolTable};
use linac_ir::BeamReg;
use std::fmt::{self, Display, Formatter};

/// Names for what an instruction refers to.
pub trait Names {
    /// Writes the name of a label.
    fn label(&self, label: Label, f: &mut Formatter<'_>) -> fmt::Result {
        label.fmt(f)
    }

    /// Writes the name of a symbol.
    fn symbol(&self, symbol: SymbolId, f: &mut Formatter<'_>) -> fmt::Result {
        symbol.fmt(f)
    }
}

/// Names made of numbers: `L3`, `sym5`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Numbered;

impl Names for Numbered {}

/// Names in a unit's listing.
pub(super) struct SymbolNames<'a, U: LabelUse> {
    pub symbols: &'a SymbolTable,
    pub blocks: &'a [Label],
    pub buffer: &'a CodeBuffer<U>,
}

impl<U: LabelUse> Names for SymbolNames<'_, U> {
    fn label(&self, label: Label, f: &mut Formatter<'_>) -> fmt::Result {
        match self.blocks.iter().position(|&l| l == label) {
            Some(n) => write!(f, "block{n}"),
            None => match self.buffer.stub_symbol(label) {
                Some(symbol) => self.symbol(symbol, f),
                None => write!(f, "{label}"),
            },
        }
    }

    fn symbol(&self, symbol: SymbolId, f: &mut Formatter<'_>) -> fmt::Result {
        match self.symbols.get(symbol) {
            Some(Symbol::Atom(name)) => write!(f, "atom:{name}"),
            Some(Symbol::Literal(n)) => write!(f, "literal:{n}"),
            Some(Symbol::Import { module, function, arity }) => write!(f, "{module}:{function}/{arity}"),
            Some(Symbol::LocalFunction(n)) => write!(f, "function:{n}"),
            Some(Symbol::Lambda(n)) => write!(f, "lambda:{n}"),
            Some(Symbol::Runtime(_, name)) => write!(f, "rt:{name}"),
            Some(Symbol::Counter(n)) => write!(f, "counter:{n}"),
            Some(Symbol::Integer(n)) => write!(f, "integer:{n}"),
            Some(Symbol::Bif { module, function, arity }) => write!(f, "bif:{module}:{function}/{arity}"),
            None => write!(f, "{symbol}"),
        }
    }
}

/// Number under which the allocator and the debugger know a BEAM register.
pub fn label_of(reg: BeamReg) -> u32 {
    match reg {
        BeamReg::X(n) => n.into(),
        BeamReg::Y(n) => 0x1_0000 | u32::from(n),
    }
}

/// The name of a label that [`label_of`] gave.
pub fn name_of(label: u32) -> String {
    if label < 0x1_0000 { format!("x[{label}]") } else { format!("y[{}]", label - 0x1_0000) }
}
