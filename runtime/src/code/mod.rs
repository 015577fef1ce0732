//! Loaded code: memory, exports, modules in two versions, linking, tiers, purge.
//!
//! All switching is done by storing code addresses into entry cells ([`cell`]); published code never changes. A
//! module has a current and an old instance; loading makes the current one old, purging removes the old one after
//! every process has been asked whether it still needs it.

pub mod archive;
pub mod cell;
pub mod export;
pub mod files;
pub mod instance;
mod integers;
pub mod memory;
pub mod on_load;
pub mod path;
pub mod sites;
pub mod tiers;
pub mod unit;

use crate::arch::{self, THUNK_SIZE, Thunk};
use crate::compiler::{CompileError, Compiler, Tier};
use crate::gdb::CodeListener;
use export::{Exports, Mfa};
use hashbrown::HashMap;
use instance::Instance;
use linac_abi::rtcall::RtCall;
use linac_core::Atom;
use linac_core::etf;
use memory::{CodeAddress, CodeMemoryError, space};
use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use unit::LinkError;

/// Number of the thunk behind cells of funs whose code is gone.
pub const DEAD_FUN: u32 = u32::MAX;

/// Why a module cannot be loaded.
#[derive(Debug)]
pub enum LoadError {
    /// There is no compiler, so only finished code objects can run.
    NoCompiler,
    /// The compiler refused.
    Compile(CompileError),
    /// The code object cannot be linked.
    Link(LinkError),
    /// A name that no atom can be made of.
    Atom(String),
    /// A literal that cannot be decoded.
    Literal(u32, String),
    /// A native record that names a field twice.
    Record(String),
    /// A lambda whose function does not exist.
    Lambda(u32),
    /// No memory for this many words of literals.
    NoMemory(usize),
    /// The file holds another module than the one asked for.
    WrongName(String, String),
    /// There is an old instance that must be purged first.
    NotPurged(String),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::NoCompiler => f.write_str("no compiler: only finished code objects can run"),
            LoadError::Compile(error) => error.fmt(f),
            LoadError::Link(error) => error.fmt(f),
            LoadError::Atom(text) => write!(f, "no atom can be made of {text:?}"),
            LoadError::Literal(number, error) => write!(f, "literal {number}: {error}"),
            LoadError::Record(name) => write!(f, "native record {name} has a field twice"),
            LoadError::Lambda(number) => write!(f, "lambda {number} names a function that does not exist"),
            LoadError::NoMemory(words) => write!(f, "no memory for {words} words of literals"),
            LoadError::WrongName(wanted, found) => write!(f, "the file for {wanted} holds {found}"),
            LoadError::NotPurged(module) => write!(f, "an old version of {module} is still in use"),
        }
    }
}

impl std::error::Error for LoadError {}

impl From<CompileError> for LoadError {
    fn from(error: CompileError) -> LoadError {
        LoadError::Compile(error)
    }
}

impl From<LinkError> for LoadError {
    fn from(error: LinkError) -> LoadError {
        LoadError::Link(error)
    }
}

impl From<CodeMemoryError> for LoadError {
    fn from(error: CodeMemoryError) -> LoadError {
        LoadError::Link(LinkError::Memory(error))
    }
}

/// Which tiers functions go through.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TierPolicy {
    /// Baseline only.
    Baseline,
    /// The optimizing tier at once.
    Optimized,
    /// Baseline first; hot functions are compiled again on another thread.
    Tiered,
}

impl TierPolicy {
    fn first(self) -> Tier {
        if self == TierPolicy::Optimized { Tier::Optimized } else { Tier::Baseline }
    }
}

/// When functions are compiled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum When {
    /// Each at its first call.
    FirstCall,
    /// All when the module is loaded.
    Load,
}

/// The versions of one module.
#[derive(Default, Debug)]
struct Versions {
    current: Option<Arc<Instance>>,
    old: Option<Arc<Instance>>,
    /// Loaded, but its `-on_load` function has not returned yet.
    pending: Option<Arc<Instance>>,
}

/// What has become of a module that was to be loaded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Loaded {
    /// It can be called.
    Current,
    /// Its `-on_load` function must run first.
    Pending,
}

/// What compiling cost.
#[derive(Debug, Default)]
pub struct CodeStats {
    counts: [TierStats; 2],
    ready: TierStats,
}

#[derive(Debug, Default)]
struct TierStats {
    functions: AtomicU64,
    bytes: AtomicU64,
    nanos: AtomicU64,
}

impl CodeStats {
    fn compiled(&self, tier: Tier, time: std::time::Duration, functions: usize, bytes: usize) {
        let stats = &self.counts[usize::from(tier == Tier::Optimized)];
        stats.functions.fetch_add(functions as u64, Ordering::Relaxed);
        stats.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        stats.nanos.fetch_add(time.as_nanos() as u64, Ordering::Relaxed);
    }

    fn ready(&self, functions: usize, bytes: usize) {
        self.ready.functions.fetch_add(functions as u64, Ordering::Relaxed);
        self.ready.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Functions and code bytes that came with modules' files.
    pub fn of_ready(&self) -> (u64, u64) {
        (self.ready.functions.load(Ordering::Relaxed), self.ready.bytes.load(Ordering::Relaxed))
    }

    /// Functions, code bytes and nanoseconds of a tier.
    pub fn of(&self, tier: Tier) -> (u64, u64, u64) {
        let stats = &self.counts[usize::from(tier == Tier::Optimized)];
        let read = |n: &AtomicU64| n.load(Ordering::Relaxed);
        (read(&stats.functions), read(&stats.bytes), read(&stats.nanos))
    }
}

/// A function behind a lazy thunk.
type LazyFunction = (Arc<Instance>, u32);

/// All loaded code of one runtime.
pub struct Code {
    /// Exports by name.
    pub exports: Exports,
    /// What compiling cost.
    pub stats: CodeStats,
    modules: RwLock<HashMap<Atom, Versions>>,
    lazy: RwLock<Vec<Option<LazyFunction>>>,
    switching: Mutex<()>,
    loading: Mutex<()>,
    compiler: Option<Arc<dyn Compiler>>,
    /// Where modules are found.
    pub path: path::SearchPath,
    /// Modules that were read and are not loaded yet.
    pub prepared: files::Prepared,
    files: files::Files,
    policy: TierPolicy,
    when: When,
    listener: Option<Arc<dyn CodeListener>>,
    jobs: tiers::Jobs,
    integers: integers::Integers,
    serial: AtomicU64,
    /// Address of the table of runtime-call addresses in the data range.
    runtime_words: usize,
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code")
    }
}

/// What external terms refer to: exports for `fun m:f/a`, and the atom table.
pub struct Links<'a> {
    code: &'a Code,
    new_atoms: bool,
}

impl etf::Links for Links<'_> {
    fn export_cell(&mut self, module: Atom, function: Atom, arity: u8) -> Option<usize> {
        let mfa = Mfa { module, function, arity };
        if !self.new_atoms {
            // Whoever must not make atoms must not make entries either.
            return self.code.exports.find(mfa).map(|export| export.cell.address());
        }
        let export = self.code.exports.get(mfa);
        export.ok().map(|export| export.cell.address())
    }
    fn local_fun(&self, cell: usize) -> Option<etf::LocalFun> {
        // SAFETY: funs hold addresses of cells.
        match unsafe { cell::Cell::of_code_word(cell) }.info() {
            cell::CellInfo::Lambda(lambda) => Some(etf::LocalFun {
                module: lambda.module,
                digest: lambda.digest,
                index: lambda.index,
                uniq: lambda.uniq,
            }),
            _ => None,
        }
    }
    fn local_cell(&mut self, fun: &etf::LocalFun, arity: u8) -> Option<usize> {
        let loaded = [self.code.current(fun.module), self.code.old(fun.module)];
        let instance = loaded.into_iter().flatten().find(|instance| instance.info().digest == fun.digest)?;
        let (lambda, cell) = instance.lambda_of_index(fun.index)?;
        (lambda.arity == arity && lambda.uniq == fun.uniq).then_some(cell)
    }
    fn new_atoms(&self) -> bool {
        self.new_atoms
    }
}

/// Where calls of funs go whose module is gone.
///
/// One thunk for each number of arguments: the fun itself comes behind them.
pub(crate) fn dead_fun_code(arity: u8) -> Result<CodeAddress, LoadError> {
    static CODE: [OnceLock<CodeAddress>; 256] = [const { OnceLock::new() }; 256];
    let cell = &CODE[usize::from(arity)];
    if let Some(&address) = cell.get() {
        return Ok(address);
    }
    let block = space().take_code(THUNK_SIZE)?;
    let code = space().write(block, &arch::thunk(Thunk::Undefined(DEAD_FUN - u32::from(arity))))?.publish();
    Ok(*cell.get_or_init(|| code.at(0)))
}

impl Code {
    /// An empty code table with the BIFs in it.
    pub fn new(
        compiler: Option<Arc<dyn Compiler>>,
        options: &crate::api::Options,
    ) -> Result<Code, LoadError> {
        let words = space().take_data(RtCall::ALL.len())?;
        for (number, call) in RtCall::ALL.iter().enumerate() {
            let word = (words.address + number * size_of::<usize>()) as *mut usize;
            // SAFETY: inside the block just taken.
            unsafe { *word = arch::runtime_call_address(*call) };
        }
        let code = Code {
            exports: Exports::default(),
            stats: CodeStats::default(),
            modules: RwLock::default(),
            lazy: RwLock::default(),
            switching: Mutex::default(),
            loading: Mutex::default(),
            compiler,
            prepared: files::Prepared::default(),
            files: files::Files::default(),
            path: path::SearchPath::new(options.paths.clone(), options.otp.clone()),
            policy: options.policy,
            when: options.when,
            listener: options.listener.clone(),
            jobs: tiers::Jobs::default(),
            integers: integers::Integers::default(),
            serial: AtomicU64::new(1),
            runtime_words: words.address,
        };
        code.add_bifs()?;
        Ok(code)
    }

    fn add_bifs(&self) -> Result<(), LoadError> {
        let table = crate::bif::TABLE;
        let block = space().take_code(table.len() * THUNK_SIZE)?;
        let bytes: Vec<u8> =
            (0..table.len() as u32).flat_map(|number| arch::thunk(Thunk::Bif(number))).collect();
        let code = space().write(block, &bytes)?.publish();
        for (number, bif) in table.iter().enumerate() {
            let atom = |text: &str| Atom::new(text).map_err(|_| LoadError::Atom(text.into()));
            let mfa = Mfa { module: atom(bif.module)?, function: atom(bif.function)?, arity: bif.arity };
            self.exports.get(mfa)?.set_bif(number as u32, code.at(number * THUNK_SIZE));
        }
        Ok(())
    }

    /// What external terms refer to here.
    pub fn links(&self, new_atoms: bool) -> Links<'_> {
        Links { code: self, new_atoms }
    }

    /// Data word that holds the address of a runtime call's glue.
    pub fn runtime_word(&self, call: RtCall) -> usize {
        self.runtime_words + call as usize * size_of::<usize>()
    }

    fn switching(&self) -> MutexGuard<'_, ()> {
        self.switching.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn modules(&self) -> std::sync::RwLockReadGuard<'_, HashMap<Atom, Versions>> {
        self.modules.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The current instance of a module.
    pub fn current(&self, module: Atom) -> Option<Arc<Instance>> {
        self.modules().get(&module)?.current.clone()
    }

    /// The old instance of a module.
    pub fn old(&self, module: Atom) -> Option<Arc<Instance>> {
        self.modules().get(&module)?.old.clone()
    }

    /// The instance with this serial number, current or old.
    pub fn instance(&self, module: Atom, id: u64) -> Option<Arc<Instance>> {
        let modules = self.modules();
        let versions = modules.get(&module)?;
        let all = [&versions.current, &versions.old, &versions.pending];
        all.into_iter().flatten().find(|instance| instance.id == id).cloned()
    }

    fn is_current(&self, instance: &Instance) -> bool {
        let modules = self.modules();
        let versions = modules.get(&instance.module);
        versions.and_then(|v| v.current.as_ref()).is_some_and(|current| current.id == instance.id)
    }

    /// Numbers for `count` lazy functions.
    fn reserve_lazy(&self, count: usize) -> u32 {
        let mut lazy = self.lazy.write().unwrap_or_else(PoisonError::into_inner);
        let first = lazy.len();
        lazy.resize_with(first + count, || None);
        first as u32
    }

    /// The function behind a lazy thunk.
    pub fn lazy(&self, number: u32) -> Option<(Arc<Instance>, u32)> {
        let lazy = self.lazy.read().unwrap_or_else(PoisonError::into_inner);
        lazy.get(number as usize)?.clone()
    }

    /// Loads a module from the bytes of its file. The current instance becomes old; if there is an old one already,
    /// that is an error. `wanted` is the name that the caller expects.
    pub fn load(&self, bytes: &[u8], wanted: Option<Atom>) -> Result<(Atom, Loaded), LoadError> {
        self.load_source(self.read(bytes)?, wanted)
    }

    /// Has the compiler read a module.
    pub fn read(&self, bytes: &[u8]) -> Result<Box<dyn crate::compiler::CompilableModule>, LoadError> {
        Ok(self.compiler.as_ref().ok_or(LoadError::NoCompiler)?.load(bytes)?)
    }

    /// Loads what a compiler has read.
    pub fn load_source(
        &self,
        source: Box<dyn crate::compiler::CompilableModule>,
        wanted: Option<Atom>,
    ) -> Result<(Atom, Loaded), LoadError> {
        if let Some(wanted) = wanted
            && wanted.text() != source.info().name
        {
            return Err(LoadError::WrongName(wanted.text().into(), source.info().name.clone()));
        }
        let _one = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
        let id = self.serial.fetch_add(1, Ordering::Relaxed);
        let instance = Arc::new(Instance::new(self, source, id)?);
        let module = instance.module;
        let both = self.old(module).is_some() && self.current(module).is_some();
        if both || self.pending(module).is_some() {
            return Err(LoadError::NotPurged(module.text().into()));
        }
        {
            let mut lazy = self.lazy.write().unwrap_or_else(PoisonError::into_inner);
            for number in 0..instance.functions.len() {
                lazy[instance.first_lazy as usize + number] = Some((instance.clone(), number as u32));
            }
        }
        instance.install_ready(self);
        if self.when == When::Load {
            let all: Vec<u32> = (0..instance.functions.len() as u32).collect();
            if let Err(error) = instance.compile(self, &all, self.policy.first(), self.counts()) {
                self.forget_lazy(&instance);
                return Err(error);
            }
        }
        if instance.info().on_load.is_some() {
            self.make_pending(&instance);
            return Ok((module, Loaded::Pending));
        }
        self.make_current(&instance);
        Ok((module, Loaded::Current))
    }

    fn make_current(&self, instance: &Arc<Instance>) {
        let _switching = self.switching();
        let mut modules = self.modules.write().unwrap_or_else(PoisonError::into_inner);
        let versions = modules.entry(instance.module).or_default();
        if let Some(before) = versions.current.replace(instance.clone()) {
            versions.old = Some(before);
        }
        // Functions that the new version no longer exports are gone; BIFs stay what they are.
        self.exports.each_of_module(instance.module, |export| {
            if export.bif().is_none() {
                export.undefine();
            }
        });
        for (number, function) in instance.functions.iter().enumerate() {
            if let Some(export) = function.export
                && export.bif().is_none()
            {
                export.cell.set_code(instance.cell(number as u32).code());
            }
        }
    }

    /// Makes the current instance old (`erlang:delete_module/1`): false if there is none, an error if an old one is
    /// in the way.
    pub fn delete(&self, module: Atom) -> Result<bool, LoadError> {
        let _switching = self.switching();
        let mut modules = self.modules.write().unwrap_or_else(PoisonError::into_inner);
        let Some(versions) = modules.get_mut(&module) else { return Ok(false) };
        if versions.current.is_none() {
            return Ok(false);
        }
        if versions.old.is_some() {
            return Err(LoadError::NotPurged(module.text().into()));
        }
        versions.old = versions.current.take();
        self.exports.each_of_module(module, |export| {
            if export.bif().is_none() {
                export.undefine();
            }
        });
        Ok(true)
    }

    fn forget_lazy(&self, instance: &Instance) {
        let mut lazy = self.lazy.write().unwrap_or_else(PoisonError::into_inner);
        let first = instance.first_lazy as usize;
        lazy[first..first + instance.functions.len()].fill_with(|| None);
    }

    /// Calls of the old instance's funs fail from now on. Done before processes are asked whether they need the
    /// instance: afterwards none can get into its code any more.
    pub fn retire_funs(&self, instance: &Instance) {
        let _switching = self.switching();
        instance.retire_funs();
    }

    /// Lets go of the old instance. The caller has made sure that no process needs it any more.
    pub fn drop_old(&self, module: Atom) -> bool {
        let old = {
            let _switching = self.switching();
            let mut modules = self.modules.write().unwrap_or_else(PoisonError::into_inner);
            modules.get_mut(&module).and_then(|versions| versions.old.take())
        };
        let Some(old) = old else { return false };
        old.purged.store(true, Ordering::Release);
        self.forget_lazy(&old);
        true
    }

    fn counts(&self) -> bool {
        self.policy == TierPolicy::Tiered
    }

    /// Compiles the function behind a lazy thunk; gives its code address.
    pub fn compile_lazy(&self, instance: &Instance, number: u32) -> Result<usize, LoadError> {
        instance.compile(self, &[number], self.policy.first(), self.counts())?;
        Ok(instance.cell(number).code().get())
    }

    /// Asks for a hot function to be compiled again.
    pub fn promote(self: &Arc<Self>, instance: &Arc<Instance>, number: u32) {
        if self.counts() && !instance.has(number, Tier::Optimized) && instance.claim(number) {
            self.jobs.add(self, instance.clone(), number);
        }
    }

    /// Looks for a module in the search path and loads it; None if no folder has it. One with an `-on_load` function
    /// is left alone unless `pending` says that the caller sees to it that the function runs.
    pub fn load_from_path(
        &self,
        module: Atom,
        pending: bool,
    ) -> Result<Option<(Loaded, Option<PathBuf>)>, LoadError> {
        if self.current(module).is_some() {
            return Ok(Some((Loaded::Current, None)));
        }
        let (bytes, file) = match crate::service::module(module.text()) {
            Some(own) => (self.same_module(module, own).unwrap_or_else(|| own.into()), None),
            None => match self.path.module(module) {
                Some((file, bytes)) => (bytes, Some(file)),
                None => return Ok(None),
            },
        };
        let source = self.prepare(&bytes, module)?;
        if source.info().on_load.is_some() && !pending {
            return Ok(Some((Loaded::Pending, file)));
        }
        match self.load_source(source, Some(module)) {
            // Another process has loaded it meanwhile.
            Err(_) if self.current(module).is_some() => Ok(Some((Loaded::Current, None))),
            Err(error) => Err(error),
            Ok((module, Loaded::Current)) => {
                if let Some(file) = &file {
                    self.set_file(module, files::File::Path(file.clone()));
                }
                Ok(Some((Loaded::Current, file)))
            }
            Ok((_, Loaded::Pending)) => Ok(Some((Loaded::Pending, file))),
        }
    }

    /// A file in the search path with the same module as one of the runtime's own: it may have ahead-of-time code.
    fn same_module(&self, module: Atom, own: &[u8]) -> Option<Arc<[u8]>> {
        let (_, found) = self.path.find_known(&format!("{}.beam", module.text()))?;
        let digest = |bytes: &[u8]| self.read(bytes).ok().map(|source| source.info().digest);
        (digest(&found) == digest(own)).then(|| found.into())
    }

    /// Reads a module for loading it later.
    pub fn prepare(
        &self,
        bytes: &[u8],
        wanted: Atom,
    ) -> Result<Box<dyn crate::compiler::CompilableModule>, LoadError> {
        let source = self.read(bytes)?;
        let found = &source.info().name;
        if wanted.text() != found {
            return Err(LoadError::WrongName(wanted.text().into(), found.clone()));
        }
        Ok(source)
    }

    /// Where a loaded module came from.
    pub fn file(&self, module: Atom) -> Option<files::File> {
        let preloaded = || Atom::new("preloaded").ok().map(files::File::Other);
        if files::PRELOADED.contains(&module.text()) {
            return preloaded();
        }
        self.current(module)?;
        self.files.get(module).or_else(preloaded)
    }

    /// Notes where a module came from.
    pub fn set_file(&self, module: Atom, file: files::File) {
        self.files.set(module, file);
    }

    /// Forgets where a module came from.
    pub fn forget_file(&self, module: Atom) {
        self.files.forget(module);
    }

    /// Names of all modules with a current instance.
    pub fn loaded(&self) -> Vec<Atom> {
        let modules = self.modules();
        modules.iter().filter(|(_, v)| v.current.is_some()).map(|(module, _)| *module).collect()
    }
}
