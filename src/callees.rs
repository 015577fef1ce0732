//! What the inliner may ask about a module: bodies of its functions, and how often each is called.
//!
//! Functions are compiled one by one, when they are called, so nothing of this exists beforehand. A body is lifted when it is asked
//! for and its BEAM code is short enough; calls are counted over the whole module at the first question.

use linac_frontend::beam::{Module, Operand};
use linac_frontend::genop::op;
use linac_frontend::lift::Lifter;
use linac_ir::{ExtFunc, Function};
use linac_opt::inline::Callees;
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// The functions of a module.
pub struct ModuleCallees<'m> {
    module: &'m Module,
    lifter: &'m Lifter<'m>,
    lifted: RefCell<BTreeMap<u32, Option<Rc<Function>>>>,
    calls: OnceCell<Vec<u32>>,
}

impl<'m> ModuleCallees<'m> {
    /// Of this module, lifted by this lifter.
    pub fn new(module: &'m Module, lifter: &'m Lifter<'m>) -> ModuleCallees<'m> {
        ModuleCallees { module, lifter, lifted: RefCell::default(), calls: OnceCell::new() }
    }

    /// Number of calls of each label from outside its function; a fun counts as a call.
    fn count(&self) -> Vec<u32> {
        let mut calls = vec![0; self.module.code.label_count as usize];
        for function in &self.module.functions {
            for op in &self.module.code.ops[function.ops.clone()] {
                if matches!(op.opcode, op::CALL | op::CALL_ONLY | op::CALL_LAST)
                    && let Some(&Operand::Label(label)) = self.module.code.args(op).get(1)
                    && label != function.entry_label
                    && let Some(count) = calls.get_mut(label as usize)
                {
                    *count += 1;
                }
            }
        }
        for lambda in &self.module.lambdas {
            if let Some(count) = calls.get_mut(lambda.label as usize) {
                *count += 1;
            }
        }
        calls
    }
}

impl Callees for ModuleCallees<'_> {
    fn body(&self, callee: &ExtFunc, most: usize) -> Option<Rc<Function>> {
        let &ExtFunc::Local { index, .. } = callee else { return None };
        let function = self.module.functions.get(index as usize)?;
        // Labels, lines and tests of types that facts settle are operations of BEAM code, too.
        if function.ops.len() > 2 * most {
            return None;
        }
        let mut lifted = self.lifted.borrow_mut();
        lifted.entry(index).or_insert_with(|| self.lifter.lift(index as usize).ok().map(Rc::new)).clone()
    }

    fn called_once(&self, callee: &ExtFunc) -> bool {
        let &ExtFunc::Local { index, .. } = callee else { return false };
        let Some(function) = self.module.functions.get(index as usize) else { return false };
        let calls = self.calls.get_or_init(|| self.count());
        calls.get(function.entry_label as usize) == Some(&1)
    }
}
