//! Where functions begin and end in the code, and which labels are their entries.
//!
//! A function is: a label, perhaps a line, `func_info`, the entry label, the body. The label before `func_info` is
//! where clauses that do not match jump to.

use super::atoms::AtomIdx;
use super::code::{Code, Op, Operand};
use super::error::BeamError;
use super::reader::{Reader, Result};
use super::tables::{Lambda, LocalFun, MAX_ARITY};
use crate::genop::{self, op};
use std::ops::Range;

/// One function of the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Name.
    pub name: AtomIdx,
    /// Arity.
    pub arity: u32,
    /// The label before `func_info`.
    pub info_label: u32,
    /// The entry label.
    pub entry_label: u32,
    /// Its instructions (indices into [`Code::ops`]), from the first label on.
    pub ops: Range<usize>,
    /// Index of the entry's `label` instruction.
    pub entry: usize,
}

fn label_number(code: &Code, op: &Op) -> Option<u32> {
    match (op.opcode, code.args(op)) {
        (op::LABEL, [Operand::Unsigned(n)]) => Some(*n as u32),
        _ => None,
    }
}

/// Splits the code into functions; `r` is the Code chunk, for errors.
pub(crate) fn split(code: &Code, r: &Reader<'_>) -> Result<Vec<Function>> {
    let mut out: Vec<Function> = Vec::new();
    for (i, op) in code.ops.iter().enumerate() {
        if op.opcode != op::FUNC_INFO {
            continue;
        }
        let bad = |reason: &str| Err(r.bad_at(op.offset as usize, reason));
        let [_, Operand::Atom(name), Operand::Unsigned(arity)] = *code.args(op) else {
            return bad("malformed func_info");
        };
        if arity > u64::from(MAX_ARITY) {
            return bad("a function with more than 255 arguments");
        }
        let last_end = out.last().map_or(0, |f| f.entry + 1);
        let mut start = i;
        while start > last_end && code.ops[start - 1].opcode == op::LINE {
            start -= 1;
        }
        let info_label =
            start.checked_sub(1).filter(|&s| s >= last_end).and_then(|s| label_number(code, &code.ops[s]));
        let entry_label = code.ops.get(i + 1).and_then(|op| label_number(code, op));
        let (Some(info_label), Some(entry_label)) = (info_label, entry_label) else {
            return bad("func_info without labels around it");
        };
        if let Some(previous) = out.last_mut() {
            previous.ops.end = start - 1;
        } else if start != 1 {
            return bad("code before the first function");
        }
        out.push(Function {
            name,
            arity: arity as u32,
            info_label,
            entry_label,
            ops: start - 1..code.ops.len(),
            entry: i + 1,
        });
    }
    if out.is_empty() && !code.ops.is_empty() {
        return Err(r.bad("code without functions"));
    }
    Ok(out)
}

/// Which function an entry label belongs to.
pub(crate) struct Entries<'a> {
    functions: &'a [Function],
    by_label: Vec<u32>,
}

impl<'a> Entries<'a> {
    pub(crate) fn new(code: &Code, functions: &'a [Function]) -> Self {
        let mut by_label = vec![u32::MAX; code.label_count as usize];
        for (i, f) in functions.iter().enumerate() {
            by_label[f.entry_label as usize] = i as u32;
        }
        Entries { functions, by_label }
    }

    /// Number of the function whose entry each label is; `u32::MAX` for other labels.
    pub(crate) fn into_table(self) -> Vec<u32> {
        self.by_label
    }

    fn get(&self, label: u32) -> Option<&'a Function> {
        self.by_label.get(label as usize).and_then(|&i| self.functions.get(i as usize))
    }

    fn check(&self, what: &'static str, offset: usize, label: u32, arity: u32) -> Result<&'a Function> {
        match self.get(label) {
            Some(f) if f.arity == arity => Ok(f),
            Some(f) => {
                Err(BeamError::bad(offset, what, format!("label {label} has arity {}, not {arity}", f.arity)))
            }
            None => {
                Err(BeamError::bad(offset, what, format!("label {label} is not the entry of a function")))
            }
        }
    }

    pub(crate) fn check_funs(&self, what: &'static str, list: &[LocalFun], offset: usize) -> Result<()> {
        for f in list {
            let found = self.check(what, offset, f.label, f.arity)?;
            if found.name != f.name {
                return Err(BeamError::bad(
                    offset,
                    what,
                    format!("label {} belongs to another function", f.label),
                ));
            }
        }
        Ok(())
    }

    pub(crate) fn check_lambdas(&self, list: &[Lambda], offset: usize) -> Result<()> {
        list.iter().try_for_each(|l| self.check("FunT", offset, l.label, l.arity).map(|_| ()))
    }

    /// Checks the target and arity of every local call.
    pub(crate) fn check_calls(&self, code: &Code) -> Result<()> {
        for op in &code.ops {
            if !matches!(op.opcode, op::CALL | op::CALL_LAST | op::CALL_ONLY) {
                continue;
            }
            if let [Operand::Unsigned(arity), Operand::Label(label), ..] = *code.args(op) {
                let arity = u32::try_from(arity).unwrap_or(u32::MAX);
                self.check(genop::name(op.opcode), op.offset as usize, label, arity)?;
            }
        }
        Ok(())
    }
}
