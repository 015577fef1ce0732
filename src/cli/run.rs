//! `linac run`

use super::{Failure, OptLevel, OtpArgs, Outcome};
use crate::compiler::Compiler;
use crate::debug;
use crate::store::Store;
use linac_opt::Level;
use linac_runtime::{Argument, CodeListener, ExitResult, Options, Runtime, TierPolicy, When};
use std::path::PathBuf;
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
}

#[derive(clap::Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    machine: MachineArgs,
    /// The modules; the first one's start/0 or main/1 is run
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Arguments of main/1
    #[arg(last = true, value_name = "ARG")]
    arguments: Vec<String>,
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
    /// Makes the runtime; `arguments` are the program's.
    pub(super) fn start(&self, arguments: Vec<String>) -> Result<Machine, Failure> {
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
        compiler.baseline.verify |= self.verify;
        compiler.optimized.verify |= self.verify;
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
            paths: self.paths.clone(),
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
            eprintln!("{}", runtime.stats());
            if let Some(store) = store {
                let [read, written] = [&store.read, &store.written].map(|n| n.load(Ordering::Relaxed));
                eprintln!("code files {read} read, {written} written");
            }
        }
    }
}

pub(super) fn run(args: RunArgs) -> Outcome {
    let Machine { runtime, store } = args.machine.start(args.arguments.clone())?;
    let mut first = None;
    for file in &args.files {
        let name = file.display();
        let bytes = std::fs::read(file).map_err(|e| Failure::input(format!("{name}: {e}")))?;
        let module = runtime.load_module(&bytes).map_err(|e| Failure::input(format!("{name}: {e}")))?;
        runtime.set_file(&module, file).map_err(Failure::failed)?;
        first.get_or_insert(module);
    }
    let module = first.unwrap_or_default();
    let result = if runtime.is_defined(&module, "start", 0) {
        runtime.run_main(&module, "start", &[])
    } else if runtime.is_defined(&module, "main", 1) {
        runtime.run_main(&module, "main", &[Argument::Strings(args.arguments)])
    } else {
        return Err(Failure::input(format!("module {module} exports neither start/0 nor main/1")));
    };
    let status = match result {
        ExitResult::Value { text, success } => {
            eprintln!("Return value: {text}");
            u8::from(!success)
        }
        ExitResult::Exception(text) => {
            eprintln!("{text}");
            1
        }
        ExitResult::Halted(status) => status,
        ExitResult::Failed(text) => return Err(Failure::failed(text)),
    };
    args.machine.report(runtime, store);
    Ok(status)
}
