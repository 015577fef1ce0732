//! How the compiler works for `run` and `eval`.

use super::Failure;
use crate::compiler::Compiler;
use crate::debug;
use crate::store::Store;
use clap::ValueEnum;
use linac_opt::Level;
use linac_runtime::{CodeListener, HOST_TARGET, Options, TierPolicy, When, compiler as rt};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// `-O0`, `-O1`, `-O2`
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum OptLevel {
    #[value(name = "0")]
    O0,
    #[value(name = "1")]
    O1,
    #[value(name = "2")]
    O2,
}

impl From<OptLevel> for Level {
    fn from(level: OptLevel) -> Level {
        match level {
            OptLevel::O0 => Level::O0,
            OptLevel::O1 => Level::O1,
            OptLevel::O2 => Level::O2,
        }
    }
}

/// Options of the compiler.
#[derive(clap::Args)]
pub(super) struct JitArgs {
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

/// Where code is kept between runs.
pub(super) struct Kept(Option<Arc<Store>>);

impl Kept {
    /// Says how much of it was used.
    pub(super) fn report(&self) {
        if let Some(store) = &self.0 {
            let [read, written] = [&store.read, &store.written].map(|n| n.load(Ordering::Relaxed));
            linac_runtime::say!("code files {read} read, {written} written");
        }
    }
}

impl JitArgs {
    /// Makes the compiler, and sets what of the runtime's options depends on it.
    pub(super) fn set_up(&self, options: &mut Options) -> Result<(Arc<dyn rt::Compiler>, Kept), Failure> {
        let isa = linac_isa::by_name(HOST_TARGET)
            .ok_or_else(|| Failure::failed(format!("no code generator for {HOST_TARGET}")))?;
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
        let kept = Kept(compiler.store.clone());
        options.policy = match level {
            None => TierPolicy::Tiered,
            Some(Level::O0) => TierPolicy::Baseline,
            Some(_) => TierPolicy::Optimized,
        };
        options.when = if self.jit == Jit::Load || debug { When::Load } else { When::FirstCall };
        // perf, too, looks for names of anonymous memory only.
        options.breakpoints = debug || self.perf.is_some();
        options.listener = watcher.map(|watcher| Arc::new(watcher) as Arc<dyn CodeListener>);
        Ok((Arc::new(compiler), kept))
    }
}
