//! What is kept of modules besides their code: the files they came from, and those that are read but not yet loaded.

use crate::compiler::CompilableModule;
use crate::process::RefId;
use hashbrown::HashMap;
use linac_core::{Atom, Build, Term};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Where a module came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum File {
    /// A file.
    Path(PathBuf),
    /// Something else, by name: `preloaded`, `cover_compiled`.
    Other(Atom),
}

/// Modules that the reference VM has built in: they count as loaded, from nowhere.
pub const PRELOADED: &[&str] = &[
    "atomics",
    "counters",
    "erl_init",
    "erl_prim_loader",
    "erl_tracer",
    "erlang",
    "erts_code_purger",
    "erts_dirty_process_signal_handler",
    "erts_internal",
    "erts_literal_area_collector",
    "erts_trace_cleaner",
    "init",
    "persistent_term",
    "prim_buffer",
    "prim_eval",
    "prim_file",
    "prim_inet",
    "prim_net",
    "prim_socket",
    "prim_zip",
    "socket_registry",
    "zlib",
];

/// A path as Erlang code has it: a list of characters, or bytes if they spell none.
pub fn file_name<B: Build>(heap: &mut B, path: &Path) -> Term {
    let bytes = path.as_os_str().as_encoded_bytes();
    match std::str::from_utf8(bytes) {
        Ok(text) => heap.string(text),
        Err(_) => heap.binary(bytes).unwrap_or(Term::NIL),
    }
}

/// Files of loaded modules.
#[derive(Debug, Default)]
pub struct Files(Mutex<HashMap<Atom, File>>);

impl Files {
    fn lock(&self) -> MutexGuard<'_, HashMap<Atom, File>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where a module came from.
    pub fn get(&self, module: Atom) -> Option<File> {
        self.lock().get(&module).cloned()
    }

    /// Notes where a module came from.
    pub fn set(&self, module: Atom, file: File) {
        self.lock().insert(module, file);
    }

    /// Forgets it.
    pub fn forget(&self, module: Atom) {
        self.lock().remove(&module);
    }
}

/// A module that was read, with the name it was read under.
pub type PreparedModule = (Atom, Box<dyn CompilableModule>);

/// Modules between `prepare_loading` and `finish_loading`.
#[derive(Default)]
pub struct Prepared(Mutex<HashMap<RefId, PreparedModule>>);

impl Prepared {
    fn lock(&self) -> MutexGuard<'_, HashMap<RefId, PreparedModule>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a module under a number.
    pub fn put(&self, id: RefId, module: PreparedModule) {
        self.lock().insert(id, module);
    }

    /// Has the module of this number a function to run when loaded?
    pub fn on_load(&self, id: RefId) -> Option<bool> {
        self.lock().get(&id).map(|(_, source)| source.info().on_load.is_some())
    }

    /// Takes the modules of all these numbers, or none.
    pub fn take(&self, ids: &[RefId]) -> Option<Vec<PreparedModule>> {
        let mut all = self.lock();
        if !ids.iter().all(|id| all.contains_key(id)) {
            return None;
        }
        Some(ids.iter().filter_map(|id| all.remove(id)).collect())
    }
}
