//! The commands that files can name. Stages that come later add their rows here.

use super::{Action, Command, Problem, TestFile, unexpected, without_comment};
use crate::compiler::Compiler;
use crate::lir::LirModule;
use crate::pipeline;
use linac_ir::Function;
use linac_ir::text::{self, File, RunExpect, RunLine};
use linac_ir::verify::{Location, verify};
use linac_isa::Stage;
use linac_opt::inline::Functions;
use linac_opt::{Level, PassContext, pass};
use linac_runtime::{Runtime, TierPolicy};
use std::sync::{Arc, Mutex};

/// The table of commands.
pub fn builtin() -> Vec<Command> {
    vec![
        Command {
            name: "parse",
            about: "each function is in canonical form, or has the parse error that it is marked with",
            action: Action::Check(Box::new(|file, _| parse(file))),
        },
        Command {
            name: "print",
            about: "the canonical text of each function stands behind it",
            action: Action::Text(Box::new(|func, _| Ok(text::print(func)))),
        },
        Command {
            name: "verify",
            about: "the verifier reports exactly the errors that are marked",
            action: Action::Check(Box::new(|file, _| verifier(file))),
        },
        Command {
            name: "interp",
            about: "the calls have these outcomes on the interpreter, after the passes named, on both word sizes",
            action: Action::Calls(Box::new(
                |func, all, args| {
                    if args.is_empty() { Ok(func) } else { passes(func, all, args) }
                },
            )),
        },
        Command {
            name: "pass",
            about: "what the passes named (or all of level O0, O1, O2) make of each function stands behind it",
            action: Action::Transform(Box::new(passes)),
        },
        Command {
            name: "lower",
            about: "the machine code of each function stands behind it: TARGET LEVEL [vcode | regalloc | asm]",
            action: Action::Text(Box::new(lower)),
        },
        Command {
            name: "run",
            about: "the calls have these outcomes in native code made at the level named (O0, O1, O2)",
            action: Action::Run(Box::new(native)),
        },
    ]
}

/// Functions one by one, so that each may have an error of its own.
fn parse(file: &TestFile) -> Result<(), Problem> {
    let lines: Vec<&str> = file.source.lines().collect();
    let mut starts: Vec<usize> = (0..lines.len()).filter(|&n| lines[n].starts_with("function ")).collect();
    if starts.first() != Some(&0) {
        starts.insert(0, 0);
    }
    starts.push(lines.len());
    for part in starts.windows(2) {
        let (start, end) = (part[0], part[1]);
        let source = lines[start..end].join("\n");
        let marked: Vec<_> =
            file.errors.iter().filter(|(l, _)| (start..end).contains(&(*l as usize - 1))).collect();
        match (text::parse_file(&source), &marked[..]) {
            (Ok(parsed), []) => {
                let printed: String = parsed.functions.iter().map(|f| text::print(&f.func)).collect();
                let canonical = lines[start..end].iter().map(|l| without_comment(l));
                let canonical = canonical.filter(|l| !l.is_empty() && !l.starts_with("literal "));
                if let Some((found, wanted)) = printed.lines().zip(canonical).find(|(a, b)| a != b) {
                    let message = format!("not in canonical form: {wanted:?} is printed as {found:?}");
                    return Err(Problem::Failed(Some(start as u32 + 1), message));
                }
            }
            (Ok(_), [(line, text), ..]) => {
                return Err(Problem::Failed(Some(*line), format!("no error is found, expected {text:?}")));
            }
            (Err(error), marked) => {
                let line = error.line + start as u32;
                let fits = |(l, text): &&(u32, String)| *l == line && error.message.contains(text.as_str());
                if marked.len() != 1 || !marked.iter().all(fits) {
                    let message = format!("column {}: {}", error.col, error.message);
                    return Err(Problem::Failed(Some(line), message));
                }
            }
        }
    }
    Ok(())
}

fn verifier(file: &TestFile) -> Result<(), Problem> {
    let parsed = file.functions()?;
    let mut unmatched = file.errors.clone();
    let mut seen = Vec::new();
    for f in &parsed.functions {
        let Err(errors) = verify(&f.func) else { continue };
        for error in errors {
            let line = match error.location {
                Location::Function => f.first_line,
                Location::Block(b) => f.block_lines[b],
                Location::Inst(i) => f.inst_lines[i],
            };
            let message = error.to_string();
            let fits = |m: &(u32, String)| m.0 == line && message.contains(m.1.as_str());
            if let Some(n) = unmatched.iter().position(fits) {
                seen.push(unmatched.remove(n));
            } else if !seen.iter().any(fits) {
                return Err(Problem::Failed(Some(line), message));
            }
        }
    }
    match unmatched.first() {
        Some((line, text)) => {
            Err(Problem::Failed(Some(*line), format!("the verifier finds no error, expected {text:?}")))
        }
        None => Ok(()),
    }
}

/// A level by its name.
fn level(name: &str) -> Option<Level> {
    [("O0", Level::O0), ("O1", Level::O1), ("O2", Level::O2)]
        .iter()
        .find(|(n, _)| *n == name)
        .map(|(_, l)| *l)
}

/// The text of a stage of code generation.
struct Listing {
    wanted: Stage,
    text: String,
}

impl linac_isa::Observer for Listing {
    fn wants(&self, stage: Stage) -> bool {
        stage == self.wanted
    }

    fn text(&mut self, _: Stage, _: &Function, text: &str) {
        self.text.push_str(text);
    }
}

impl pipeline::Observer for Listing {
    fn ir(&mut self, _: &'static str, _: &Function) {}
}

/// Machine code for any target, on any host. A function of stage `core` is lowered as it is.
fn lower(func: &Function, args: &str) -> Result<String, Problem> {
    let words: Vec<&str> = args.split_whitespace().collect();
    let (target, level_name, stage) = match words[..] {
        [target, level] => (target, level, "asm"),
        [target, level, stage] => (target, level, stage),
        _ => return Err("expected a target, a level and perhaps a stage".to_owned().into()),
    };
    let isa = linac_isa::by_name(target).ok_or_else(|| format!("there is no target {target}"))?;
    let level = level(level_name).ok_or_else(|| format!("there is no level {level_name}"))?;
    let wanted = match stage {
        "vcode" => Stage::VCode,
        "regalloc" => Stage::Regalloc,
        "asm" => Stage::Asm,
        _ => return Err(format!("there is no stage {stage}: vcode, regalloc, asm").into()),
    };
    let options = pipeline::Options { debug: false, verify: true, ..pipeline::Options::new(isa, level) };
    let mut listing = Listing { wanted, text: String::new() };
    let mut func = func.clone();
    if func.stage == linac_ir::Stage::Beam {
        func.word = isa.word();
        func = pipeline::optimize(func, None, options, &mut listing).map_err(|e| e.to_string())?;
    }
    pipeline::generate(&[func], options, &mut listing).map_err(|e| e.to_string())?;
    Ok(listing.text)
}

/// Calls in native code. There is one runtime for each level; the file's module is loaded into it, so that modules of
/// files that use this command need names of their own.
fn native(file: &File, args: &str, calls: &[&RunLine]) -> Result<Vec<Option<String>>, Problem> {
    static RUNTIMES: Mutex<Vec<(Level, Runtime)>> = Mutex::new(Vec::new());
    let arch = linac_runtime::HOST_TARGET;
    let Some(isa) = linac_isa::by_name(arch) else {
        return Err(Problem::Skipped(format!("there is no code generator for {arch}")));
    };
    let Some(level) = level(args) else { return Err("expected a level: O0, O1 or O2".to_owned().into()) };
    if calls.iter().any(|c| matches!(c.expect, RunExpect::Traps(_))) {
        return Err("only the interpreter can trap".to_owned().into());
    }
    let Some(module) = file.functions.first().map(|f| f.func.module.clone()) else {
        return Err("the file has no function".to_owned().into());
    };
    let compiler = Compiler::new(isa, Some(level));
    // A runtime runs one thing at a time: the lock is held to the end.
    let mut runtimes = RUNTIMES.lock().map_err(|_| "a native run has panicked".to_owned())?;
    let runtime = match runtimes.iter().find(|(l, _)| *l == level) {
        Some((_, runtime)) => *runtime,
        None => {
            let policy = if level == Level::O0 { TierPolicy::Baseline } else { TierPolicy::Optimized };
            let options =
                linac_runtime::Options { schedulers: 1, policy, ..linac_runtime::Options::default() };
            let runtime =
                Runtime::new(options, Some(Arc::new(compiler.clone()))).map_err(|e| e.to_string())?;
            runtimes.push((level, runtime));
            runtime
        }
    };
    let functions: Vec<Function> = file.functions.iter().map(|f| f.func.clone()).collect();
    let named: Vec<(&str, &[_])> = calls.iter().map(|c| (&*c.name, &c.args[..])).collect();
    let lir = LirModule::new(&module, &functions, &file.literals, &named, compiler, isa.word())?;
    let outcomes = lir.run(&runtime)?.into_iter().zip(calls);
    Ok(outcomes.map(|(o, c)| o.map_or_else(Some, |o| unexpected(&c.expect, &o))).collect())
}

/// Passes by name, separated by commas, or a level for all of its passes.
fn passes(mut func: Function, all: &[Function], args: &str) -> Result<Function, Problem> {
    let callees = Functions(all);
    if let Some(level) = level(args) {
        let mut ctx = PassContext { callees: Some(&callees), ..PassContext::new(level.tier()) };
        let mut broken = None;
        pass::run_pipeline(&mut func, level, &mut ctx, &mut |name, f| {
            if broken.is_none()
                && let Err(errors) = verify(f)
            {
                let list: Vec<String> = errors.iter().map(|e| format!("  {e}")).collect();
                broken =
                    Some(format!("not valid after pass {name}:\n{}\n{}", list.join("\n"), text::print(f)));
            }
        });
        return broken.map_or(Ok(func), |message| Err(Problem::Failed(None, message)));
    }
    let mut ctx = PassContext { callees: Some(&callees), ..PassContext::new(Level::O2.tier()) };
    for name in args.split(',').map(str::trim) {
        let Some(pass) = pass::by_name(name) else {
            let known: Vec<&str> = pass::PASSES.iter().map(|p| p.name).collect();
            return Err(format!("there is no pass {name:?}; there are: {}", known.join(", ")).into());
        };
        if func.stage != pass.stage {
            let stage = if func.stage == linac_ir::Stage::Beam { "beam" } else { "core" };
            return Err(format!("pass {name} does not take a function of stage {stage}").into());
        }
        (pass.run)(&mut func, &mut ctx);
    }
    Ok(func)
}

#[cfg(test)]
mod tests {
    use super::super::comment;
    use super::*;

    #[test]
    fn comments() {
        assert_eq!(comment("  jump b1 ; error: x"), Some("error: x"));
        assert_eq!(comment("  v0: term = const 'a;b'"), None);
        assert_eq!(comment(";; for people"), None);
        assert_eq!(without_comment("  jump b1 ; error: x"), "  jump b1");
        assert_eq!(without_comment("; test parse"), "");
        assert_eq!(without_comment(";; x"), "");
        assert_eq!(without_comment("  jump b1"), "  jump b1");
    }

    #[test]
    fn names_are_unique() {
        let table = builtin();
        for (i, c) in table.iter().enumerate() {
            assert_eq!(table.iter().position(|d| d.name == c.name), Some(i));
        }
    }
}
