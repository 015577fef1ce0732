//! Generated programs, natively and on the interpreter. (The passes alone have a test of this kind in `opt`.)
//!
//! `LINAC_SEEDS=FROM..TO` chooses the seeds; a failure names the seed and prints the program.

use linac::compiler::Compiler;
use linac::lir::{LirModule, normalize};
use linac_ir::Function;
use linac_ir::interp::{Config, DefaultHost, Program, TermOutcome, run};
use linac_ir::testgen::{Module, Options, module};
use linac_opt::Level;
use linac_runtime::{Runtime, TierPolicy};
use std::ops::Range;
use std::sync::Arc;

fn seeds(default: Range<u64>) -> Range<u64> {
    let Ok(text) = std::env::var("LINAC_SEEDS") else { return default };
    let parts = text.split_once("..").and_then(|(a, b)| Some(a.parse().ok()?..b.parse().ok()?));
    parts.unwrap_or_else(|| panic!("LINAC_SEEDS={text} is not FROM..TO"))
}

/// Outcomes of the module's calls on the interpreter; a trap is one, too.
fn interpret(m: &Module, functions: &[Function], config: Config) -> Vec<Result<TermOutcome, String>> {
    let program = Program::new(functions, m.literals.clone());
    m.calls
        .iter()
        .map(|args| {
            run(&program, &mut DefaultHost::default(), config, &m.entry, args)
                .map(|outcome| normalize(&outcome))
                .map_err(|trap| trap.to_string())
        })
        .collect()
}

/// Says where two lists of outcomes differ.
fn difference(
    m: &Module,
    expected: &[Result<TermOutcome, String>],
    found: &[Result<TermOutcome, String>],
) -> Option<String> {
    let show = |o: &Result<TermOutcome, String>| o.as_ref().map_or_else(Clone::clone, ToString::to_string);
    let pairs = m.calls.iter().zip(expected.iter().zip(found));
    let wrong = pairs.filter(|(_, (a, b))| a != b).map(|(args, (a, b))| {
        let args: Vec<String> = args.iter().map(ToString::to_string).collect();
        format!("  f0({})\n    expected {}\n    found    {}", args.join(", "), show(a), show(b))
    });
    let lines: Vec<String> = wrong.collect();
    if lines.is_empty() { None } else { Some(lines.join("\n")) }
}

/// Runs generated modules at a level; gives a description of each that does otherwise than the interpreter.
fn native(level: Level, policy: TierPolicy, range: Range<u64>) -> Vec<String> {
    let isa = linac_isa::by_name(linac_runtime::HOST_TARGET).expect("a code generator for this machine");
    let compiler = Compiler::new(isa, Some(level));
    let options = linac_runtime::Options { schedulers: 1, policy, ..linac_runtime::Options::default() };
    let runtime = Runtime::new(options, Some(Arc::new(compiler.clone()))).expect("a runtime");
    let word = isa.word();
    let mut failures = Vec::new();
    for seed in seeds(range) {
        // Small programs find mistakes of single operations, large ones those of many live values.
        let (functions, statements) = (2 + (seed % 4) as u32, 6 + (seed % 7) as u32 * 8);
        let mut m = module(seed, Options { functions, statements, ..Options::new(word) });
        // Runtimes share the tables of modules and code: names differ between levels.
        let name = format!("{}_{level:?}", m.entry.module);
        m.entry.module = name.as_str().into();
        for f in &mut m.functions {
            f.module = name.as_str().into();
        }
        let expected = interpret(&m, &m.functions, Config::new(word));
        let calls: Vec<_> = m.calls.iter().map(|args| (&*m.entry.name, &args[..])).collect();
        let lir = LirModule::new(&name, &m.functions, &m.literals, &calls, compiler.clone(), word);
        let diff = match lir.and_then(|lir| lir.run(&runtime)) {
            Ok(found) => {
                let found: Vec<_> = found.into_iter().map(|o| o.map(|o| normalize(&o))).collect();
                difference(&m, &expected, &found)
            }
            Err(message) => Some(message),
        };
        if let Some(diff) = diff {
            failures.push(format!("seed {seed}, {level:?}:\n{diff}\n{}", m.text()));
        }
    }
    failures
}

#[test]
fn native_code_does_what_the_interpreter_does() {
    let mut failures = Vec::new();
    failures.extend(native(Level::O0, TierPolicy::Baseline, 0..80));
    failures.extend(native(Level::O1, TierPolicy::Optimized, 0..80));
    failures.extend(native(Level::O2, TierPolicy::Optimized, 0..80));
    for failure in failures.iter().skip(1) {
        let short: Vec<&str> = failure.lines().take(5).collect();
        println!("{}\n", short.join("\n"));
    }
    assert!(failures.is_empty(), "{} failures; the first:\n{}", failures.len(), failures[0]);
}
