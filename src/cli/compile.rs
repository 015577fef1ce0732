//! `linac compile`: modules with native code in them, or every stage of the compiler as text.

use super::jit::OptLevel;
use super::{Failure, FileArg, Outcome, ahead, print};
use crate::callees::ModuleCallees;
use crate::pipeline::{self, Options};
use clap::Args;
use linac_abi::WordSize;
use linac_frontend::beam::Module;
use linac_frontend::lift::Lifter;
use linac_ir::Function;
use linac_isa::Isa;
use linac_runtime::HOST_TARGET;
use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Args)]
pub(super) struct CompileArgs {
    /// Modules (.beam) and packs (.avm) to compile ahead of time; with --emit one module
    #[arg(value_name = "FILE", required_unless_present = "own")]
    pub(super) files: Vec<PathBuf>,
    /// Compile linac's own modules too, so that programs that run with -pa DIR compile nothing
    #[arg(long, requires = "out_dir")]
    pub(super) own: bool,
    /// Show a stage instead: beam, lifted, ir, ir:PASS, vcode, regalloc, asm; obj writes an ELF object file
    #[arg(long, value_name = "STAGE")]
    emit: Option<String>,
    /// File to write; with --emit=obj the module's name with .o by default
    #[arg(short = 'o', value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Folder to write to, under the names of the inputs; what is there and up to date is not compiled again
    #[arg(long, value_name = "DIR", conflicts_with = "output")]
    pub(super) out_dir: Option<PathBuf>,
    /// Put debug information into the code
    #[arg(short = 'g', long)]
    pub(super) debug_info: bool,
    /// Threads to compile on
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) jobs: Option<u16>,
    /// Only this function
    #[arg(long, value_name = "M:F/A")]
    function: Option<String>,
    /// Optimization level
    #[arg(short = 'O', value_enum, default_value = "2")]
    pub(super) level: OptLevel,
    /// Instruction set, this machine's by default; ahead of time several, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "TARGET")]
    pub(super) target: Vec<String>,
    /// Check the IR after every pass and the allocation
    #[arg(long)]
    pub(super) verify: bool,
    /// Make instructions of each operation on its own
    #[arg(long)]
    no_fusion: bool,
    /// Test what the file's compiler claims about values, as `run --untrusted` does
    #[arg(long)]
    untrusted: bool,
    /// Show what each pass took, over all functions, on stderr
    #[arg(long)]
    time_passes: bool,
    /// Stop optimizing after this many rewrites
    #[arg(long, value_name = "N")]
    opt_fuel: Option<u64>,
    /// Word size to lift for (the stages before code generation only)
    #[arg(long, value_name = "32|64", value_parser = parse_word)]
    word: Option<WordSize>,
}

fn parse_word(text: &str) -> Result<WordSize, String> {
    match text {
        "32" => Ok(WordSize::W32),
        "64" => Ok(WordSize::W64),
        _ => Err("32 or 64".to_string()),
    }
}

/// What `--emit` asks for.
#[derive(PartialEq, Eq)]
enum Emit {
    Beam,
    /// After lifting, or after the pass of this name.
    Ir(String),
    /// After the last pass that runs at the level.
    LastIr,
    Machine(linac_isa::Stage),
    /// A relocatable object file.
    Object,
}

fn parse_emit(text: &str) -> Result<Emit, Failure> {
    Ok(match text {
        "beam" => Emit::Beam,
        "lifted" => Emit::Ir("lifted".to_string()),
        "ir" => Emit::LastIr,
        "vcode" => Emit::Machine(linac_isa::Stage::VCode),
        "regalloc" => Emit::Machine(linac_isa::Stage::Regalloc),
        "asm" => Emit::Machine(linac_isa::Stage::Asm),
        "obj" => Emit::Object,
        _ => match text.strip_prefix("ir:") {
            Some(pass) if linac_opt::PASSES.iter().any(|p| p.name == pass) => Emit::Ir(pass.to_string()),
            Some(pass) => {
                let names: Vec<&str> = linac_opt::PASSES.iter().map(|p| p.name).collect();
                return Err(Failure::input(format!(
                    "there is no pass '{pass}'; there are {}",
                    names.join(", ")
                )));
            }
            None => {
                return Err(Failure::input(format!(
                    "cannot emit '{text}'; there are beam, lifted, ir, ir:PASS, vcode, regalloc, asm, obj"
                )));
            }
        },
    })
}

struct Show {
    emit: Emit,
    shown: bool,
    /// The latest text of the function at hand, for [`Emit::LastIr`].
    last: Option<String>,
    time: Vec<(&'static str, Duration)>,
}

impl Show {
    /// Shows the last stage of the function before.
    fn show_last(&mut self) {
        if let Some(text) = self.last.take() {
            self.shown = true;
            print(&text);
            print("\n");
        }
    }
}

impl linac_isa::Observer for Show {
    fn wants(&self, stage: linac_isa::Stage) -> bool {
        self.emit == Emit::Machine(stage)
    }

    fn text(&mut self, _: linac_isa::Stage, func: &Function, text: &str) {
        self.shown = true;
        print(&format!("; {}\n{text}\n", func.mfa()));
    }

    fn step(&mut self, name: &'static str, time: Duration) {
        pipeline::Observer::timings(self, &[(name, time)]);
    }
}

impl pipeline::Observer for Show {
    fn ir(&mut self, stage: &'static str, func: &Function) {
        if matches!(&self.emit, Emit::Ir(wanted) if wanted == stage) {
            self.shown = true;
            print(&linac_ir::text::print(func));
            print("\n");
        }
        if self.emit == Emit::LastIr {
            if stage == "lifted" {
                self.show_last();
            }
            self.last = Some(linac_ir::text::print(func));
        }
    }

    fn timings(&mut self, timings: &[(&'static str, Duration)]) {
        for &(name, time) in timings {
            match self.time.iter_mut().find(|(n, _)| *n == name) {
                Some((_, sum)) => *sum += time,
                None => self.time.push((name, time)),
            }
        }
    }
}

/// The instruction set of a name.
fn isa(name: &str) -> Result<&'static dyn Isa, Failure> {
    linac_isa::by_name(name).ok_or_else(|| {
        let names: Vec<&str> = linac_isa::ISAS.iter().map(|i| i.name()).collect();
        Failure::input(format!("unknown target '{name}'; supported: {}", names.join(", ")))
    })
}

impl CompileArgs {
    /// The instruction sets asked for, this machine's if none is.
    pub(super) fn isas(&self) -> Result<Vec<&'static dyn Isa>, Failure> {
        if self.target.is_empty() {
            return Ok(vec![isa(HOST_TARGET)?]);
        }
        self.target.iter().map(|name| isa(name)).collect()
    }
}

pub(super) fn run(args: CompileArgs) -> Outcome {
    let Some(stage) = &args.emit else { return ahead::run(&args) };
    let emit = parse_emit(stage)?;
    let (&[isa], [file]) = (&args.isas()?[..], &args.files[..]) else {
        return Err(Failure::input("--emit takes one file and one target"));
    };
    let file = FileArg { file: file.clone() };
    let module = file.decode()?;
    let functions = select(&module, args.function.as_deref())?;
    if emit == Emit::Beam {
        for &n in &functions {
            if let Some(function) = module.functions.get(n as usize) {
                print(&module.disassembly(function).to_string());
            }
        }
        return Ok(0);
    }
    let word = args.word.unwrap_or(isa.word());
    let mut options =
        Options { word, debug: true, fuel: args.opt_fuel, ..Options::new(isa, args.level.into()) };
    options.verify |= args.verify;
    options.guarded = args.untrusted;
    options.no_fusion = args.no_fusion;
    if word != isa.word() && matches!(emit, Emit::Machine(_) | Emit::Object) {
        return Err(Failure::input(format!("{} has {}-bit words", isa.name(), isa.word().bits())));
    }
    let mut show = Show { emit, shown: false, last: None, time: Vec::new() };
    let lifter = Lifter::new(&module, options.lift());
    let callees = ModuleCallees::new(&module, &lifter);
    let fail = |e: pipeline::Error| match e {
        pipeline::Error::BadInput(_) => Failure::input(format!("{}: {e}", file.file.display())),
        _ => Failure::failed(format!("{}: {e}", file.file.display())),
    };
    let mut unit = Vec::new();
    for &n in &functions {
        let func = lifter.lift(n as usize).map_err(|e| fail(e.into()))?;
        unit.push(pipeline::optimize(func, Some(&callees), options, &mut show).map_err(fail)?);
    }
    show.show_last();
    if let Emit::Machine(_) | Emit::Object = show.emit {
        let object = pipeline::generate(&unit, options, &mut show).map_err(fail)?;
        if show.emit == Emit::Object {
            let path = args.output.unwrap_or_else(|| format!("{}.o", module.atom(module.name)).into());
            let bytes = linac_debuginfo::elf::relocatable(&object, &[], true).map_err(Failure::failed)?;
            std::fs::write(&path, bytes).map_err(|e| Failure::input(format!("{}: {e}", path.display())))?;
            show.shown = true;
        }
    }
    if args.time_passes {
        let mut text = String::new();
        for (name, time) in &show.time {
            let _ = writeln!(text, "{:>10.1} us  {name}", time.as_secs_f64() * 1e6);
        }
        linac_runtime::say!("{}", text.trim_end());
    }
    if !show.shown && !functions.is_empty() {
        return Err(Failure::input(format!("pass '{}' does not run at this level", stage)));
    }
    Ok(0)
}

/// Numbers of all functions, or of the one named.
fn select(module: &Module, name: Option<&str>) -> Result<Vec<u32>, Failure> {
    let lifter = Lifter::new(module, linac_frontend::lift::Options::default());
    let all = 0..lifter.len() as u32;
    let Some(name) = name else { return Ok(all.collect()) };
    let own = module.atom(module.name);
    let found: Vec<u32> = all
        .filter(|&n| {
            let mfa = lifter.mfa(n as usize);
            mfa == name || mfa.strip_prefix(own).and_then(|r| r.strip_prefix(':')) == Some(name)
        })
        .collect();
    if found.is_empty() {
        return Err(Failure::input(format!("module {own} has no function {name}")));
    }
    Ok(found)
}
