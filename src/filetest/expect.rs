//! Compares what a command made with what the file says, or writes it down.

use super::{Action, ChangeFn, Problem, TestFile};
use crate::lir::normalize;
use linac_abi::WordSize;
use linac_ir::interp::{Config, DefaultHost, Mfa, Program, TermOutcome};
use linac_ir::text::{self, File, RunExpect, RunLine, Term};
use linac_ir::{Function, Stage, verify};

/// Which kinds of expectations some command has looked at.
#[derive(Default)]
pub(super) struct Used {
    errors: bool,
    runs: bool,
    texts: bool,
}

impl Used {
    pub(super) fn all(&mut self) {
        (self.errors, self.runs, self.texts) = (true, true, true);
    }

    /// An expectation that nothing looked at.
    pub(super) fn unused(&self, file: &TestFile) -> Option<(u32, &'static str)> {
        if let Some((line, _)) = file.errors.first().filter(|_| !self.errors) {
            return Some((*line, "this error"));
        }
        if let Some((line, _)) = file.runs.first().filter(|_| !self.runs) {
            return Some((*line, "this call"));
        }
        if self.texts {
            return None;
        }
        let lines: Vec<&str> = file.source.lines().collect();
        let end = lines.iter().enumerate().find(|(n, l)| **l == "}" && block_length(&lines[n + 1..]) > 0)?;
        Some((end.0 as u32 + 2, "this text"))
    }
}

/// Runs a command; says whether the file was rewritten.
pub(super) fn run(
    file: &mut TestFile,
    action: &Action,
    args: &str,
    bless: bool,
    used: &mut Used,
) -> Result<bool, Problem> {
    match action {
        Action::Check(check) => {
            used.errors = true;
            check(file, args).map(|()| false)
        }
        Action::Text(make) => {
            used.texts = true;
            let parsed = file.functions()?;
            let mut texts = Vec::new();
            for f in &parsed.functions {
                texts.push(make(&f.func, args).map_err(|p| at_line(p, f.first_line))?);
            }
            compare(file, &parsed, &texts, bless)
        }
        Action::Transform(change) => {
            used.texts = true;
            let parsed = file.functions()?;
            let all: Vec<Function> = parsed.functions.iter().map(|f| f.func.clone()).collect();
            let mut texts = Vec::new();
            for f in &parsed.functions {
                let changed =
                    transform(change, f.func.clone(), &all, args).map_err(|p| at_line(p, f.first_line))?;
                texts.push(text::print(&changed));
            }
            let rewritten = compare(file, &parsed, &texts, bless)?;
            if !file.runs.is_empty() {
                used.runs = true;
                calls(file, &|f, all| transform(change, f, all, args))?;
            }
            Ok(rewritten)
        }
        Action::Calls(change) => {
            used.runs = true;
            calls(file, &|f, all| transform(change, f, all, args)).map(|()| false)
        }
        Action::Run(run) => {
            used.runs = true;
            no_calls(file)?;
            let parsed = file.functions()?;
            let lines: Vec<&RunLine> = file.runs.iter().map(|(_, call)| call).collect();
            for ((line, _), found) in file.runs.iter().zip(run(&parsed, args, &lines)?) {
                if let Some(found) = found {
                    return Err(Problem::Failed(Some(*line), found));
                }
            }
            Ok(false)
        }
    }
}

fn at_line(problem: Problem, line: u32) -> Problem {
    match problem {
        Problem::Failed(None, message) => Problem::Failed(Some(line), message),
        other => other,
    }
}

/// A change of a function, one of those given.
type Change<'a> = &'a dyn Fn(Function, &[Function]) -> Result<Function, Problem>;

/// Changes a function, and checks that it can be used before and after.
fn transform(change: &ChangeFn, func: Function, all: &[Function], args: &str) -> Result<Function, Problem> {
    verified(&func, "before")?;
    let changed = change(func, all, args)?;
    verified(&changed, "after")?;
    Ok(changed)
}

fn verified(func: &Function, when: &str) -> Result<(), Problem> {
    verify(func).map_err(|errors| {
        let list: Vec<String> = errors.iter().map(|e| format!("  {e}")).collect();
        let text = text::print(func);
        Problem::Failed(None, format!("not valid {when} the change:\n{}\n{text}", list.join("\n")))
    })
}

/// Tries the calls of the file on the interpreter after a change: on both word sizes as far as the stage allows, with
/// objects resting and moving.
fn calls(file: &TestFile, change: Change<'_>) -> Result<(), Problem> {
    no_calls(file)?;
    let parsed = file.functions()?;
    let core = parsed.functions.iter().find(|f| f.func.stage == Stage::Core).map(|f| f.func.word);
    for word in [WordSize::W64, WordSize::W32] {
        if core.is_some_and(|w| w != word) {
            continue;
        }
        let mut all: Vec<Function> = parsed.functions.iter().map(|f| f.func.clone()).collect();
        all.iter_mut().for_each(|f| f.word = word);
        let mut functions = Vec::new();
        for (f, func) in parsed.functions.iter().zip(&all) {
            functions.push(change(func.clone(), &all).map_err(|p| at_line(p, f.first_line))?);
        }
        let program = Program::new(&functions, parsed.literals.clone());
        for (line, call) in &file.runs {
            for moving in [false, true] {
                let config = Config { moving, ..Config::new(word) };
                if let Some(found) = call_on(&program, &parsed, config, call)? {
                    let how = if moving { ", moving objects" } else { "" };
                    let message = format!("word {}{how}: {found}", word.bits());
                    return Err(Problem::Failed(Some(*line), message));
                }
            }
        }
    }
    Ok(())
}

/// A command that is about calls wants some.
fn no_calls(file: &TestFile) -> Result<(), Problem> {
    if file.runs.is_empty() {
        Err("the file has no calls (`; run: f() == TERM`)".to_owned().into())
    } else {
        Ok(())
    }
}

/// Carries out a call on the interpreter; gives the outcome if it is not the expected one.
fn call_on(
    program: &Program,
    file: &File,
    config: Config,
    call: &RunLine,
) -> Result<Option<String>, Problem> {
    let Some(first) = file.functions.first() else {
        return Err("the file has no function".to_owned().into());
    };
    let mfa =
        Mfa { module: first.func.module.clone(), name: call.name.clone(), arity: call.args.len() as u32 };
    let mut host = DefaultHost::default();
    Ok(match linac_ir::interp::run(program, &mut host, config, &mfa, &call.args) {
        Ok(outcome) => unexpected(&call.expect, &outcome),
        Err(trap) => match &call.expect {
            RunExpect::Traps(text) if trap.to_string().contains(text.as_str()) => None,
            _ => Some(format!("traps: {trap}")),
        },
    })
}

/// The outcome, if it is not the expected one.
pub fn unexpected(expect: &RunExpect, outcome: &TermOutcome) -> Option<String> {
    let wanted = match expect {
        RunExpect::Value(t) => TermOutcome::Value(t.clone()),
        RunExpect::Raises(class, t) => TermOutcome::Raise(Term::Atom(class.clone()), t.clone()),
        RunExpect::Traps(_) => return Some(format!("the outcome is {outcome}")),
    };
    // The keys of maps may come in any order.
    let same = normalize(&wanted) == normalize(outcome);
    if same { None } else { Some(format!("the outcome is {outcome}")) }
}

/// How many lines at the front are an expected text.
fn block_length(lines: &[&str]) -> usize {
    lines
        .iter()
        .take_while(|l| l.starts_with(';') && !l.starts_with(";;") && !l.starts_with("; run:"))
        .count()
}

/// Compares the text behind each function with what was made, or replaces it.
fn compare(file: &mut TestFile, parsed: &File, texts: &[String], bless: bool) -> Result<bool, Problem> {
    let lines: Vec<&str> = file.source.lines().collect();
    let mut out = String::new();
    let mut at = 0;
    let mut difference = None;
    for (f, text) in parsed.functions.iter().zip(texts) {
        let end = f.last_line as usize;
        let found = block_length(&lines[end..]);
        let expected = &lines[end..end + found];
        let made: Vec<String> = text.lines().map(|l| format!("; {l}").trim_end().to_owned()).collect();
        for line in &lines[at..end] {
            out.push_str(line);
            out.push('\n');
        }
        for line in &made {
            out.push_str(line);
            out.push('\n');
        }
        at = end + found;
        if difference.is_none() && !expected.iter().eq(&made) {
            difference = Some((end as u32 + 1, diff(expected, &made)));
        }
    }
    let Some((line, diff)) = difference else { return Ok(false) };
    if !bless {
        let hint = "(linac test --bless writes what was made)";
        return Err(Problem::Failed(Some(line), format!("the text differs {hint}\n{diff}")));
    }
    for line in &lines[at..] {
        out.push_str(line);
        out.push('\n');
    }
    std::fs::write(&file.path, &out).map_err(|e| e.to_string())?;
    let again = TestFile::parse(&file.path, out);
    *file = again.map_err(|(line, message)| Problem::Failed(Some(line), message))?;
    Ok(true)
}

/// The lines between the common beginning and the common end.
fn diff(expected: &[&str], made: &[String]) -> String {
    let same = |(a, b): &(&&str, &String)| **a == b.as_str();
    let front = expected.iter().zip(made).take_while(same).count();
    let (a, b) = (&expected[front..], &made[front..]);
    let back = a.iter().rev().zip(b.iter().rev()).take_while(same).count();
    let mut out = String::new();
    for line in &expected[front.saturating_sub(2)..front] {
        out.push_str(&format!("    {line}\n"));
    }
    for line in &a[..a.len() - back] {
        out.push_str(&format!("  - {line}\n"));
    }
    for line in &b[..b.len() - back] {
        out.push_str(&format!("  + {line}\n"));
    }
    out
}
