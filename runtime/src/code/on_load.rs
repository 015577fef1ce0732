//! Modules with an `-on_load` function, between loading and the function's return.
//!
//! *Idea*: such an instance is *pending*: it has code and data of its own, and nobody can call it but the process that
//! runs the function, which the module `code_server` starts. If the function returns `ok`, the instance becomes current
//! as any other would have at once; if not, it is purged as an old one would be. *Invariant*: a module has at most one
//! pending instance; the current one, if there is one, stays what it is meanwhile.

use super::instance::Instance;
use super::{Code, LoadError};
use linac_core::Atom;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

impl Code {
    /// The instance whose `-on_load` function has not returned yet.
    pub fn pending(&self, module: Atom) -> Option<Arc<Instance>> {
        self.modules().get(&module)?.pending.clone()
    }

    pub(super) fn make_pending(&self, instance: &Arc<Instance>) {
        let mut modules = self.modules.write().unwrap_or_else(PoisonError::into_inner);
        modules.entry(instance.module).or_default().pending = Some(instance.clone());
    }

    /// Code address of a pending module's `-on_load` function.
    pub fn on_load_function(&self, module: Atom) -> Option<usize> {
        let instance = self.pending(module)?;
        instance.info().on_load.map(|number| instance.cell(number).code().get())
    }

    /// Makes a pending instance current. False if there is none; an error if an old one is in the way.
    pub fn keep_pending(&self, module: Atom) -> Result<bool, LoadError> {
        let _one = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(instance) = self.pending(module) else { return Ok(false) };
        if self.old(module).is_some() && self.current(module).is_some() {
            return Err(LoadError::NotPurged(module.text().into()));
        }
        self.make_current(&instance);
        self.modules.write().unwrap_or_else(PoisonError::into_inner).entry(module).or_default().pending =
            None;
        Ok(true)
    }

    /// Lets go of a pending instance, if it is still this one. The caller has made sure that no process needs it any
    /// more.
    pub fn drop_pending(&self, module: Atom, checked: &Arc<Instance>) -> bool {
        let pending = {
            let _switching = self.switching();
            let mut modules = self.modules.write().unwrap_or_else(PoisonError::into_inner);
            let versions = modules.get_mut(&module);
            versions.and_then(|versions| versions.pending.take_if(|pending| Arc::ptr_eq(pending, checked)))
        };
        let Some(pending) = pending else { return false };
        pending.purged.store(true, Ordering::Release);
        self.forget_lazy(&pending);
        true
    }
}
