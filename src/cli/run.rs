//! `linac run`

use super::script::{self, Flags};
use super::{Failure, OptLevel, OtpArgs, Outcome};
use crate::compiler::Compiler;
use crate::debug;
use crate::store::Store;
use linac_frontend::beam::Module;
use linac_frontend::pack::{self, Pack};
use linac_opt::Level;
use linac_runtime::{Argument, CodeListener, ExitResult, Options, Runtime, TierPolicy, When};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// How to run, whatever is run.
#[derive(clap::Args)]
pub(super) struct MachineArgs {
    /// Folder to look for modules in (may be repeated)
    #[arg(long = "pa", value_name = "DIR")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    otp: OtpArgs,
    /// Scheduler threads
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    schedulers: Option<u16>,
    /// Compile everything at this level; without it, hot functions are compiled again at -O2
    #[arg(short = 'O', value_enum)]
    level: Option<OptLevel>,
    /// When functions are compiled
    #[arg(long, value_enum, default_value = "lazy")]
    jit: Jit,
    /// Show compiled code to debuggers, which implies --jit=load; on by itself if run under a debugger
    #[arg(long)]
    debug: bool,
    /// Name compiled code for profilers: map writes /tmp/perf-PID.map, which perf reads
    #[arg(long, value_enum, value_name = "KIND")]
    perf: Option<Perf>,
    /// Keep compiled code in this folder, and use what is there already
    #[arg(long, value_name = "DIR")]
    code_dir: Option<PathBuf>,
    /// Show figures about the run on stderr
    #[arg(long)]
    stats: bool,
    /// Test what compilers claim about values: damaged or forged files can do nothing that Erlang code cannot do
    #[arg(long)]
    untrusted: bool,
    /// Check the IR after every pass and every allocation
    #[arg(long)]
    verify: bool,
    /// Make instructions of each operation on its own (to find out whether a fault is in combining them)
    #[arg(long)]
    no_fusion: bool,
}

#[derive(clap::Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    pub(super) machine: MachineArgs,
    /// Modules (.beam) and packs (.avm): start/0 or main/1 of the first module, or of the one that the first pack
    /// marks, is run; or a script, with the words behind it as its arguments
    #[arg(value_name = "FILE", required = true)]
    pub(super) files: Vec<PathBuf>,
    /// Arguments of main/1
    #[arg(last = true, value_name = "ARG")]
    pub(super) arguments: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Jit {
    /// Each function at its first call
    Lazy,
    /// Whole modules when they are loaded
    Load,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Perf {
    /// The text file of addresses and names
    Map,
}

/// A runtime, and where its code is kept if it is.
pub(super) struct Machine {
    pub(super) runtime: Runtime,
    pub(super) store: Option<Arc<Store>>,
}

impl MachineArgs {
    /// Makes the runtime; `arguments` are the program's, `flags` its script's.
    pub(super) fn start(&self, arguments: Vec<String>, flags: Flags) -> Result<Machine, Failure> {
        let isa = linac_isa::by_name(std::env::consts::ARCH)
            .ok_or_else(|| Failure::failed(format!("no code generator for {}", std::env::consts::ARCH)))?;
        for folder in &self.paths {
            std::fs::read_dir(folder)
                .map_err(|e| Failure::input(format!("-pa {}: {e}", folder.display())))?;
        }
        let level: Option<Level> = self.level.map(Into::into);
        let mut compiler = Compiler::new(isa, level);
        compiler.baseline.guarded = self.untrusted;
        compiler.optimized.guarded = self.untrusted;
        if self.untrusted {
            // Nobody can check what native code does.
            compiler.ahead = None;
        }
        compiler.baseline.verify |= self.verify;
        compiler.optimized.verify |= self.verify;
        compiler.baseline.no_fusion = self.no_fusion;
        compiler.optimized.no_fusion = self.no_fusion;
        let debug = self.debug || debug::is_traced();
        compiler.baseline.debug |= debug;
        compiler.optimized.debug |= debug;
        let watcher = debug::Watcher::new(debug, self.perf == Some(Perf::Map))
            .map_err(|e| Failure::failed(format!("perf map: {e}")))?;
        if let Some(folder) = &self.code_dir {
            let store =
                Store::new(folder).map_err(|e| Failure::input(format!("{}: {e}", folder.display())))?;
            compiler.store = Some(Arc::new(store));
        }
        let store = compiler.store.clone();
        let mut options = Options {
            policy: match level {
                None => TierPolicy::Tiered,
                Some(Level::O0) => TierPolicy::Baseline,
                Some(_) => TierPolicy::Optimized,
            },
            when: if self.jit == Jit::Load || debug { When::Load } else { When::FirstCall },
            paths: self.paths.iter().cloned().chain(flags.paths).collect(),
            flags: flags.words,
            otp: self.otp.find()?,
            arguments,
            // perf, too, looks for names of anonymous memory only.
            breakpoints: debug || self.perf.is_some(),
            listener: watcher.map(|watcher| Arc::new(watcher) as Arc<dyn CodeListener>),
            ..Options::default()
        };
        if let Some(n) = self.schedulers {
            options.schedulers = n.into();
        }
        let runtime = Runtime::new(options, Some(Arc::new(compiler))).map_err(Failure::failed)?;
        Ok(Machine { runtime, store })
    }

    /// Says what the run has cost, if that is wanted.
    pub(super) fn report(&self, runtime: Runtime, store: Option<Arc<Store>>) {
        if self.stats {
            linac_runtime::say!("{}", runtime.stats());
            if let Some(store) = store {
                let [read, written] = [&store.read, &store.written].map(|n| n.load(Ordering::Relaxed));
                linac_runtime::say!("code files {read} read, {written} written");
            }
        }
    }
}

/// What the files on the command line are.
enum Kind {
    Module,
    Pack,
    Script,
}

fn kind(file: &Path, bytes: &[u8]) -> Kind {
    if pack::is_pack(bytes) || file.extension().is_some_and(|extension| extension == "avm") {
        Kind::Pack
    } else if script::is_script(file, bytes) {
        Kind::Script
    } else {
        Kind::Module
    }
}

/// Provides the modules of a pack; gives the name of the one to start.
fn add_pack(runtime: &Runtime, file: &Path, bytes: &[u8]) -> Result<Option<String>, Failure> {
    let name = file.display();
    let pack = Pack::decode(bytes).map_err(|e| Failure::input(format!("{name}: {e}")))?;
    for section in &pack.sections {
        if let Some(module) = section.module() {
            let bytes = &bytes[section.data.clone()];
            let place = std::path::absolute(file).unwrap_or_else(|_| file.into()).join(&section.name);
            runtime
                .provide(module, place, bytes.into())
                .map_err(|e| Failure::input(format!("{name}: {e}")))?;
        }
    }
    let Some(start) = pack.start() else { return Ok(None) };
    if let Err(error) = Module::decode(&bytes[start.data.clone()]) {
        return Err(Failure::input(format!("{name}: {}: {error}", start.name)));
    }
    Ok(start.module().map(String::from))
}

pub(super) fn run(args: RunArgs) -> Outcome {
    let mut files = Vec::with_capacity(args.files.len());
    for file in &args.files {
        let bytes = std::fs::read(file).map_err(|e| Failure::input(format!("{}: {e}", file.display())))?;
        let kind = kind(file, &bytes);
        if matches!(kind, Kind::Script) {
            if !files.is_empty() {
                return Err(Failure::input(format!("{}: a script takes no other files", file.display())));
            }
            return script::run(args);
        }
        files.push((file, kind, bytes));
    }
    let Machine { runtime, store } = args.machine.start(args.arguments.clone(), Flags::default())?;
    let mut first = None;
    for (file, kind, bytes) in files {
        let start = match kind {
            Kind::Pack => add_pack(&runtime, file, &bytes)?,
            _ => {
                let loaded = runtime.load_file(file, &bytes);
                Some(loaded.map_err(|e| Failure::input(format!("{}: {e}", file.display())))?)
            }
        };
        first = first.or(start);
    }
    let module = first.ok_or_else(|| {
        let names: Vec<String> = args.files.iter().map(|file| file.display().to_string()).collect();
        Failure::input(format!("{}: no module is marked as the one to start", names.join(", ")))
    })?;
    let result = if runtime.is_defined(&module, "start", 0) {
        runtime.run_main(&module, "start", &[])
    } else if runtime.is_defined(&module, "main", 1) {
        runtime.run_main(&module, "main", &[Argument::Strings(args.arguments.clone())])
    } else {
        return Err(Failure::input(format!("module {module} exports neither start/0 nor main/1")));
    };
    finish(&args, result, runtime, store)
}

/// Says how a run ended; gives the exit status.
pub(super) fn finish(
    args: &RunArgs,
    result: ExitResult,
    runtime: Runtime,
    store: Option<Arc<Store>>,
) -> Outcome {
    let status = match result {
        ExitResult::Value { text, success } => {
            linac_runtime::say!("Return value: {text}");
            u8::from(!success)
        }
        ExitResult::Exception(text) => {
            linac_runtime::say!("{text}");
            1
        }
        ExitResult::Halted(status) => status,
        ExitResult::Failed(text) => return Err(Failure::failed(text)),
    };
    args.machine.report(runtime, store);
    Ok(status)
}
