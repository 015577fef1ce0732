//! What the driver uses: make a runtime, load modules, run a function, ask what it cost.

use crate::code::export::Mfa;
use crate::code::files::File;
use crate::code::path::Otp;
use crate::code::{Code, LoadError, TierPolicy, When};
use crate::compiler::{CompilableModule, Compiler, Tier};
use crate::gdb::CodeListener;
use crate::process::{Process, SpawnOptions};
use crate::rt;
use crate::sched::System;
use linac_core::{Atom, Build, FragList, Term};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// How to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Scheduler threads.
    pub schedulers: usize,
    /// Collect at every safepoint, check the heap after, and stop at every function entry that tests reductions.
    pub gc_stress: bool,
    /// Which tiers functions go through.
    pub policy: TierPolicy,
    /// When functions are compiled.
    pub when: When,
    /// Folders to look for modules in.
    pub paths: Vec<PathBuf>,
    /// Whose libraries to use after that.
    pub otp: Otp,
    /// Arguments after the program's own, as `init:get_plain_arguments/0` gives them.
    pub arguments: Vec<String>,
    /// Flags before those, as `init:get_argument/1` gives them.
    pub flags: Vec<String>,
    /// Keep code where a debugger can write breakpoints.
    pub breakpoints: bool,
    /// Hears of all code before it runs.
    pub listener: Option<Arc<dyn CodeListener>>,
}

impl Default for Options {
    /// One scheduler per processor, tiers as needed, and `LINAC_GC_STRESS` from the environment.
    fn default() -> Options {
        Options {
            schedulers: std::thread::available_parallelism().map_or(1, usize::from),
            gc_stress: std::env::var_os("LINAC_GC_STRESS").is_some_and(|value| value != "0"),
            policy: TierPolicy::Tiered,
            when: When::FirstCall,
            paths: Vec::new(),
            otp: Otp::None,
            arguments: Vec::new(),
            flags: Vec::new(),
            breakpoints: false,
            listener: None,
        }
    }
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExitResult {
    /// The function returned.
    Value {
        /// The value's text.
        text: String,
        /// It is `ok` or 0.
        success: bool,
    },
    /// An exception that nobody caught, or an exit signal: class, reason, stack trace.
    Exception(String),
    /// `erlang:halt` was called with this status.
    Halted(u8),
    /// The run could not begin.
    Failed(String),
}

/// An argument of the first function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// An integer.
    Integer(i64),
    /// An atom.
    Atom(String),
    /// A list of strings, each a list of code points.
    Strings(Vec<String>),
}

impl Argument {
    fn term(&self, memory: &mut FragList) -> Result<Term, LoadError> {
        Ok(match self {
            Argument::Integer(n) => memory.integer(*n),
            Argument::Atom(text) => Term::atom(Atom::new(text).map_err(|_| LoadError::Atom(text.clone()))?),
            Argument::Strings(strings) => {
                let items: Vec<Term> = strings.iter().map(|text| memory.string(text)).collect();
                memory.list(&items)
            }
        })
    }
}

/// A runtime. What it allocates stays until the operating-system process ends.
#[derive(Debug, Clone, Copy)]
pub struct Runtime {
    system: &'static System,
}

impl Runtime {
    /// A runtime with the BIFs and no modules.
    pub fn new(options: Options, compiler: Option<Arc<dyn Compiler>>) -> Result<Runtime, LoadError> {
        if options.breakpoints {
            crate::code::memory::allow_breakpoints();
        }
        linac_core::fun::set_resolver(rt::fun_info);
        linac_core::gc::set_stress(options.gc_stress);
        crate::gdb::tell_debuggers(true);
        let code = Code::new(compiler, &options)?;
        let system = System::new(options, code)?;
        Ok(Runtime { system })
    }

    /// Is there an OTP installation? It is looked for now.
    pub fn has_otp(&self) -> bool {
        self.system.code.path.installation().is_some()
    }

    /// Loads a module from the bytes of its file; gives its name. One with an `-on_load` function is provided, that is
    /// loaded when it is first called.
    pub fn load_file(&self, file: &Path, bytes: &[u8]) -> Result<String, LoadError> {
        let code = &self.system.code;
        let source = code.read(bytes)?;
        let name = source.info().name.clone();
        let module = Atom::new(&name).map_err(|_| LoadError::Atom(name.clone()))?;
        let file = std::path::absolute(file).unwrap_or_else(|_| file.to_path_buf());
        if source.info().on_load.is_some() {
            code.path.provide(module, file, bytes.into());
        } else {
            code.load_source(source, None)?;
            code.set_file(module, File::Path(file));
        }
        Ok(name)
    }

    /// Provides a module: it is loaded when it is first called, and comes before modules of the search path. The first
    /// of a name counts.
    pub fn provide(&self, module: &str, file: PathBuf, bytes: Arc<[u8]>) -> Result<bool, LoadError> {
        let module = Atom::new(module).map_err(|_| LoadError::Atom(module.into()))?;
        Ok(self.system.code.path.provide(module, file, bytes))
    }

    /// Loads a module that a compiler has read already.
    pub fn load_source(&self, source: Box<dyn CompilableModule>) -> Result<String, LoadError> {
        self.system.code.load_source(source, None).map(|(module, _)| module.text().into())
    }

    /// Is the function defined? Looks at BIFs, at modules that are loaded and at those that were provided.
    pub fn is_defined(&self, module: &str, function: &str, arity: u8) -> bool {
        let Ok(mfa) = self.mfa(module, function, arity) else { return false };
        let code = &self.system.code;
        if code.exports.find(mfa).is_some_and(|export| export.is_defined()) {
            return true;
        }
        let provided = code.path.provided(mfa.module).filter(|_| code.current(mfa.module).is_none());
        let source = provided.and_then(|(_, bytes)| code.read(&bytes).ok());
        source.is_some_and(|source| {
            let mut functions = source.info().functions.iter();
            functions.any(|f| f.exported && f.name == function && f.arity == arity)
        })
    }

    fn mfa(&self, module: &str, function: &str, arity: u8) -> Result<Mfa, LoadError> {
        let atom = |text: &str| Atom::new(text).map_err(|_| LoadError::Atom(text.into()));
        Ok(Mfa { module: atom(module)?, function: atom(function)?, arity })
    }

    /// Runs a function in a process of its own until it returns, fails, or the system is halted. All other processes
    /// stop then. One run at a time.
    pub fn run_main(&self, module: &str, function: &str, arguments: &[Argument]) -> ExitResult {
        match self.start_main(module, function, arguments) {
            Ok(()) => self.system.run(),
            Err(error) => ExitResult::Failed(error.to_string()),
        }
    }

    fn start_main(&self, module: &str, function: &str, arguments: &[Argument]) -> Result<(), LoadError> {
        let mfa = self.mfa(module, function, arguments.len() as u8)?;
        let mut memory = FragList::new();
        let terms: Vec<Term> =
            arguments.iter().map(|argument| argument.term(&mut memory)).collect::<Result<_, _>>()?;
        let options = SpawnOptions { is_main: true, ..SpawnOptions::default() };
        let started = Process::spawn(self.system, None, mfa, &terms, options);
        started.map(|_| ()).map_err(|_| LoadError::NoMemory(0))
    }

    /// What has been going on.
    pub fn stats(&self) -> Stats {
        let system = self.system;
        let read = |n: &std::sync::atomic::AtomicU64| n.load(Ordering::Relaxed);
        let [minor, full, reclaimed] = &system.collections;
        Stats {
            ready: system.code.stats.of_ready(),
            baseline: system.code.stats.of(Tier::Baseline),
            optimized: system.code.stats.of(Tier::Optimized),
            code_bytes: crate::code::memory::space().used(),
            spawned: read(&system.spawned),
            reductions: read(&system.reductions),
            minor_collections: read(minor),
            full_collections: read(full),
            reclaimed_words: read(reclaimed),
            uptime_ms: system.now_ms(),
            schedulers: system.schedulers(),
        }
    }
}

/// Figures about a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Compiled ahead of time: functions, code bytes.
    pub ready: (u64, u64),
    /// Baseline tier: functions compiled, code bytes, nanoseconds.
    pub baseline: (u64, u64, u64),
    /// Optimizing tier, likewise.
    pub optimized: (u64, u64, u64),
    /// Bytes in use in the code range: code, data.
    pub code_bytes: (usize, usize),
    /// Processes started.
    pub spawned: u64,
    /// Reductions of processes that have ended.
    pub reductions: u64,
    /// Minor collections of processes that have ended.
    pub minor_collections: u64,
    /// Full collections of processes that have ended.
    pub full_collections: u64,
    /// Words that those reclaimed.
    pub reclaimed_words: u64,
    /// Milliseconds since the runtime was made.
    pub uptime_ms: u64,
    /// Scheduler threads.
    pub schedulers: usize,
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ready.0 > 0 {
            writeln!(f, "ahead      {} functions, {} bytes of code", self.ready.0, self.ready.1)?;
        }
        for (name, (functions, bytes, nanos)) in [("baseline", self.baseline), ("optimized", self.optimized)]
        {
            let micros = nanos / 1000;
            writeln!(f, "{name:<10} {functions} functions, {bytes} bytes of code, {micros} us")?;
        }
        writeln!(f, "memory     {} bytes of code, {} of data in use", self.code_bytes.0, self.code_bytes.1)?;
        writeln!(f, "processes  {} started, {} reductions", self.spawned, self.reductions)?;
        let collections = (self.minor_collections, self.full_collections);
        writeln!(
            f,
            "collector  {} minor, {} full, {} words reclaimed",
            collections.0, collections.1, self.reclaimed_words
        )?;
        write!(f, "time       {} ms on {} schedulers", self.uptime_ms, self.schedulers)
    }
}
