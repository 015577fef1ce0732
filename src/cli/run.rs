//! `linac run`

use super::jit::{JitArgs, Kept};
use super::script::{self, Flags};
use super::{Failure, OtpArgs, Outcome};
use linac_frontend::beam::Module;
use linac_frontend::pack::{self, Pack};
use linac_runtime::{Argument, ExitResult, Options, Runtime};
use std::path::{Path, PathBuf};

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
    #[command(flatten)]
    jit: JitArgs,
    /// Show figures about the run on stderr
    #[arg(long)]
    stats: bool,
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

/// A runtime, and where its code is kept if it is.
pub(super) struct Machine {
    pub(super) runtime: Runtime,
    pub(super) kept: Kept,
}

impl MachineArgs {
    /// Makes the runtime; `arguments` are the program's, `flags` its script's.
    pub(super) fn start(&self, arguments: Vec<String>, flags: Flags) -> Result<Machine, Failure> {
        for folder in &self.paths {
            std::fs::read_dir(folder)
                .map_err(|e| Failure::input(format!("-pa {}: {e}", folder.display())))?;
        }
        let mut options = Options {
            paths: self.paths.iter().cloned().chain(flags.paths).collect(),
            flags: flags.words,
            otp: self.otp.find()?,
            arguments,
            ..Options::default()
        };
        if let Some(n) = self.schedulers {
            options.schedulers = n.into();
        }
        let (compiler, kept) = self.jit.set_up(&mut options)?;
        let runtime = Runtime::new(options, Some(compiler)).map_err(Failure::failed)?;
        Ok(Machine { runtime, kept })
    }

    /// Says what the run has cost, if that is wanted.
    pub(super) fn report(&self, runtime: Runtime, kept: Kept) {
        if self.stats {
            linac_runtime::say!("{}", runtime.stats());
            kept.report();
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
    let Machine { runtime, kept } = args.machine.start(args.arguments.clone(), Flags::default())?;
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
    finish(&args, result, runtime, kept)
}

/// Says how a run ended; gives the exit status.
pub(super) fn finish(args: &RunArgs, result: ExitResult, runtime: Runtime, kept: Kept) -> Outcome {
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
    args.machine.report(runtime, kept);
    Ok(status)
}
