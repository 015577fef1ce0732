//! The whole compiler, in one place: decoded BEAM code in, code object out.
//!
//! ```text
//! beam::Module ─ lift ─► ir (BEAM level) ─ opt passes, legalize, safepoint ─► ir (core) ─ isa ─► CodeObject
//! ```
//! The same function serves lazy compilation, whole modules, and `linac compile`; an [`Observer`] sees every stage.

use crate::callees::ModuleCallees;
use linac_abi::WordSize;
use linac_abi::object::CodeObject;
use linac_frontend::beam::Module;
use linac_frontend::lift::{self, LiftError, LiftErrorKind, Lifter};
use linac_ir::Function;
use linac_isa::{Isa, IsaError, UnitOptions};
use linac_opt::inline::Callees;
use linac_opt::{Level, PassContext, Tier};
use linac_regalloc::{Algorithm, VerifyLevel};
use std::fmt;
use std::time::{Duration, Instant};

/// How to compile.
#[derive(Clone, Copy)]
pub struct Options {
    /// Instruction set.
    pub isa: &'static dyn Isa,
    /// Which passes run.
    pub level: Level,
    /// Kind of code.
    pub tier: Tier,
    /// Register allocation.
    pub algorithm: Algorithm,
    /// Check the IR after every pass, and the allocation.
    pub verify: bool,
    /// Stop after this many optional rewrites (bisecting a miscompile).
    pub fuel: Option<u64>,
    /// Count calls for the next tier.
    pub counters: bool,
    /// Record where BEAM registers are.
    pub debug: bool,
    /// Test what the file's compiler claims (`linac_frontend::lift`).
    pub guarded: bool,
    /// Lower each operation on its own (bisecting a miscompile).
    pub no_fusion: bool,
    /// Word size to lift for; the instruction set's own unless IR for the other is only looked at.
    pub word: WordSize,
}

impl Options {
    /// The options of a level, for an instruction set.
    pub fn new(isa: &'static dyn Isa, level: Level) -> Options {
        Options {
            isa,
            level,
            tier: level.tier(),
            algorithm: if level == Level::O2 { Algorithm::Ion } else { Algorithm::Fastalloc },
            verify: cfg!(debug_assertions),
            fuel: None,
            counters: false,
            debug: false,
            guarded: false,
            no_fusion: false,
            word: isa.word(),
        }
    }
}

impl Options {
    /// The lifter's part.
    pub fn lift(&self) -> lift::Options {
        lift::Options { word: self.word, types: !self.guarded, debug: self.debug, guarded: self.guarded }
    }
}

/// Why compilation failed.
#[derive(Clone, Debug)]
pub enum Error {
    /// The module uses something that linac cannot compile yet.
    Unsupported(String),
    /// The module breaks the rules.
    BadInput(String),
    /// A mistake of the compiler's own.
    Bug(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Unsupported(text) | Error::BadInput(text) => f.write_str(text),
            Error::Bug(text) => write!(f, "compiler bug: {text}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<LiftError> for Error {
    fn from(error: LiftError) -> Error {
        match error.kind {
            LiftErrorKind::Unsupported => Error::Unsupported(error.to_string()),
            LiftErrorKind::BadInput => Error::BadInput(error.to_string()),
        }
    }
}

impl From<IsaError> for Error {
    fn from(error: IsaError) -> Error {
        match error {
            IsaError::Bug(text) => Error::Bug(text),
            IsaError::Unsupported(text) => Error::Unsupported(text),
        }
    }
}

/// Sees the function after every stage.
pub trait Observer: linac_isa::Observer {
    /// After lifting (`lifted`) and after each pass (its name).
    fn ir(&mut self, stage: &'static str, func: &Function);
    /// What each pass of one function took.
    fn timings(&mut self, _timings: &[(&'static str, Duration)]) {}
}

/// Sees nothing.
pub struct Silent;

impl linac_isa::Observer for Silent {
    fn wants(&self, _: linac_isa::Stage) -> bool {
        false
    }

    fn text(&mut self, _: linac_isa::Stage, _: &Function, _: &str) {}
}

impl Observer for Silent {
    fn ir(&mut self, _: &'static str, _: &Function) {}
}

/// Compiles functions of a module, by number, into one code object.
pub fn compile(
    module: &Module,
    functions: &[u32],
    options: Options,
    observer: &mut dyn Observer,
) -> Result<CodeObject, Error> {
    let lifter = Lifter::new(module, options.lift());
    let callees = ModuleCallees::new(module, &lifter);
    let mut unit = Vec::with_capacity(functions.len());
    for &index in functions {
        let clock = Instant::now();
        let func = lifter.lift(index as usize)?;
        observer.step("lift", clock.elapsed());
        unit.push(optimize(func, Some(&callees), options, observer)?);
    }
    generate(&unit, options, observer)
}

/// Runs the passes of the level over one lifted function: it comes out in core IR. What it calls may be inlined from the others
/// of its module.
pub fn optimize(
    mut func: Function,
    callees: Option<&dyn Callees>,
    options: Options,
    observer: &mut dyn Observer,
) -> Result<Function, Error> {
    observer.ir("lifted", &func);
    verify("lift", &func, options)?;
    let mut context = PassContext { fuel: options.fuel, callees, ..PassContext::new(options.tier) };
    let mut broken = Ok(());
    linac_opt::run_pipeline(&mut func, options.level, &mut context, &mut |pass, func| {
        observer.ir(pass, func);
        if broken.is_ok() {
            broken = verify(pass, func, options);
        }
    });
    broken?;
    observer.timings(&context.timings);
    Ok(func)
}

/// Core IR to a code object.
pub fn generate(
    unit: &[Function],
    options: Options,
    observer: &mut dyn Observer,
) -> Result<CodeObject, Error> {
    let unit_options = UnitOptions {
        algorithm: options.algorithm,
        verify: if options.verify { VerifyLevel::Full } else { VerifyLevel::Off },
        counters: options.counters,
        // Baseline code calls through entry cells, so that the next call enters whatever is there by then.
        direct_calls: options.tier == Tier::Optimizing,
        no_fusion: options.no_fusion,
    };
    Ok(options.isa.compile(unit, unit_options, observer)?)
}

fn verify(stage: &str, func: &Function, options: Options) -> Result<(), Error> {
    if !options.verify {
        return Ok(());
    }
    linac_ir::verify::verify(func).map_err(|errors| {
        let first = errors.first().map(ToString::to_string).unwrap_or_default();
        Error::Bug(format!("{} after {stage}: {first}\n{}", func.mfa(), linac_ir::text::print(func)))
    })
}
