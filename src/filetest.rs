//! Filetests: `.lir` files that say what must come of them.
//!
//! *Problem*: a stage of the compiler is best tested alone, on text that shows both what goes in and what comes out.
//! *Idea*: comments of the file name the commands to run (`; test verify`) and hold the expectations; `--bless` writes the
//! expectations anew. *Invariants*: every command of a file runs or is counted as skipped with a reason; an unknown
//! command, a file without commands and an expectation that no command looks at are failures.
//!
//! What a comment can say (docs/testing.md has examples):
//!
//! * `; test NAME ARGS` in front of the first function: run this command on the file.
//! * `; error: TEXT` at the end of a line: the command must report an error there that has the text in it.
//! * `; run: f(1, 2) == 3`, `raises CLASS:TERM`, `traps "TEXT"`: a call and what must come of it.
//! * lines that begin with `; ` right behind the closing brace of a function: the text the command must make of it.
//! * `;;` begins a comment for people.

mod commands;
mod expect;
#[cfg(test)]
mod tests;

pub use commands::builtin;
pub use expect::unexpected;

use linac_ir::Function;
use linac_ir::text::{self, File, RunLine};
use std::fmt;
use std::path::{Path, PathBuf};

/// Why a command did not succeed.
#[derive(Clone, Debug)]
pub enum Problem {
    /// It failed, at a line if one is known.
    Failed(Option<u32>, String),
    /// It cannot run here.
    Skipped(String),
}

impl From<String> for Problem {
    fn from(message: String) -> Problem {
        Problem::Failed(None, message)
    }
}

/// Looks at a file, given the command's arguments.
pub type CheckFn = Box<dyn Fn(&TestFile, &str) -> Result<(), Problem>>;
/// Makes a text of a function.
pub type TextFn = Box<dyn Fn(&Function, &str) -> Result<String, Problem>>;
/// Makes another function of a function, given all functions of the file.
pub type ChangeFn = Box<dyn Fn(Function, &[Function], &str) -> Result<Function, Problem>>;
/// Carries out calls: for each, gives nothing if the outcome is as expected, else what it was.
pub type RunFn = Box<dyn Fn(&File, &str, &[&RunLine]) -> Result<Vec<Option<String>>, Problem>>;

/// What a command does.
pub enum Action {
    /// Looks at the file as it likes.
    Check(CheckFn),
    /// Makes a text of each function, which stands behind it in the file. The text is given line by line.
    Text(TextFn),
    /// Makes another function of each function: its text stands behind it, and the file's calls are tried on it, too.
    Transform(ChangeFn),
    /// Makes another function of each function and tries the file's calls on the interpreter, for both word sizes (as far
    /// as the stage allows), with objects resting and moving.
    Calls(ChangeFn),
    /// Carries out the file's calls elsewhere than on the interpreter.
    Run(RunFn),
}

/// A command that a file can name.
pub struct Command {
    /// Name.
    pub name: &'static str,
    /// One line of help.
    pub about: &'static str,
    /// What it does.
    pub action: Action,
}

/// A file under test.
pub struct TestFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its text.
    pub source: String,
    /// Commands with their arguments, and the line.
    commands: Vec<(String, String, u32)>,
    /// `; error:` comments: line and text.
    errors: Vec<(u32, String)>,
    /// `; run:` comments: line and call.
    runs: Vec<(u32, RunLine)>,
}

/// A failed command.
#[derive(Clone, Debug)]
pub struct Failure {
    /// File.
    pub path: PathBuf,
    /// Line, if one is known.
    pub line: Option<u32>,
    /// Command; empty for trouble with the file itself.
    pub command: String,
    /// What went wrong.
    pub message: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if !self.command.is_empty() {
            write!(f, ": test {}", self.command)?;
        }
        write!(f, ": {}", self.message)
    }
}

/// What came of all files.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Commands run, failed ones included.
    pub ran: usize,
    /// Commands skipped, with the reason.
    pub skipped: Vec<String>,
    /// Files rewritten.
    pub blessed: Vec<PathBuf>,
    /// Failures.
    pub failures: Vec<Failure>,
}

impl Summary {
    /// Did everything succeed?
    pub fn is_success(&self) -> bool {
        self.failures.is_empty() && self.ran > 0
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for failure in &self.failures {
            writeln!(f, "FAILED {failure}")?;
        }
        for reason in &self.skipped {
            writeln!(f, "skipped {reason}")?;
        }
        for path in &self.blessed {
            writeln!(f, "blessed {}", path.display())?;
        }
        write!(f, "ran {}, skipped {}, failed {}", self.ran, self.skipped.len(), self.failures.len())
    }
}

/// Runs the files given, and all `.lir` files below the folders given.
pub fn run_paths(commands: &[Command], paths: &[PathBuf], bless: bool) -> Summary {
    let mut summary = Summary::default();
    for path in paths {
        let mut files = Vec::new();
        if let Err(error) = collect(path, &mut files) {
            summary.failures.push(Failure {
                path: path.clone(),
                line: None,
                command: String::new(),
                message: error.to_string(),
            });
        } else if files.is_empty() {
            let message = "no .lir file is here".into();
            summary.failures.push(Failure {
                path: path.clone(),
                line: None,
                command: String::new(),
                message,
            });
        }
        for file in files {
            run_file(commands, &file, bless, &mut summary);
        }
    }
    summary
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if !std::fs::metadata(path)?.is_dir() {
        files.push(path.to_path_buf());
        return Ok(());
    }
    let mut entries = std::fs::read_dir(path)?.map(|e| e.map(|e| e.path())).collect::<Result<Vec<_>, _>>()?;
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            collect(&entry, files)?;
        } else if entry.extension().is_some_and(|e| e == "lir") {
            files.push(entry);
        }
    }
    Ok(())
}

fn run_file(commands: &[Command], path: &Path, bless: bool, summary: &mut Summary) {
    let fail = |summary: &mut Summary, line, command: &str, message| {
        summary.failures.push(Failure { path: path.to_path_buf(), line, command: command.into(), message });
    };
    let source = match std::fs::read_to_string(path) {
        Ok(source) => source,
        Err(error) => return fail(summary, None, "", error.to_string()),
    };
    let mut file = match TestFile::parse(path, source) {
        Ok(file) => file,
        Err((line, message)) => return fail(summary, Some(line), "", message),
    };
    if file.commands.is_empty() {
        return fail(summary, None, "", "the file names no command (`; test NAME`)".into());
    }
    let mut used = expect::Used::default();
    for (name, args, line) in file.commands.clone() {
        let shown = format!("{name} {args}").trim_end().to_owned();
        let Some(command) = commands.iter().find(|c| c.name == name) else {
            let known: Vec<&str> = commands.iter().map(|c| c.name).collect();
            let message = format!("there is no such command; there are: {}", known.join(", "));
            fail(summary, Some(line), &shown, message);
            continue;
        };
        match expect::run(&mut file, &command.action, &args, bless, &mut used) {
            Ok(rewritten) => {
                summary.ran += 1;
                if rewritten {
                    summary.blessed.push(path.to_path_buf());
                }
            }
            Err(Problem::Skipped(reason)) => {
                summary.skipped.push(format!("{}: test {shown}: {reason}", path.display()));
                used.all();
            }
            Err(Problem::Failed(line, message)) => {
                summary.ran += 1;
                fail(summary, line, &shown, message);
                used.all();
            }
        }
    }
    if let Some((line, what)) = used.unused(&file) {
        fail(summary, Some(line), "", format!("no command of the file looks at {what}"));
    }
}

impl TestFile {
    fn parse(path: &Path, source: String) -> Result<TestFile, (u32, String)> {
        let mut file = TestFile {
            path: path.to_path_buf(),
            source,
            commands: Vec::new(),
            errors: Vec::new(),
            runs: Vec::new(),
        };
        let mut in_header = true;
        for (n, line) in file.source.lines().enumerate() {
            let n = n as u32 + 1;
            let Some(comment) = comment(line) else {
                in_header &= line.trim().is_empty();
                continue;
            };
            if let Some(rest) = comment.strip_prefix("test ").filter(|_| line.starts_with(';')) {
                if !in_header {
                    return Err((n, "commands stand in front of everything else".into()));
                }
                let (name, args) = rest.trim().split_once(' ').unwrap_or((rest.trim(), ""));
                file.commands.push((name.into(), args.trim().into(), n));
                continue;
            }
            in_header &= line.starts_with(';');
            if let Some(rest) = comment.strip_prefix("run:") {
                match text::parse_run_line(rest) {
                    Ok(call) => file.runs.push((n, call)),
                    Err(error) => return Err((n, format!("in the call: {}", error.message))),
                }
            } else if comment.starts_with("error:") {
                let texts = comment.split("error:").skip(1);
                file.errors.extend(texts.map(|t| (n, t.trim().trim_end_matches(';').trim().to_owned())));
            }
        }
        Ok(file)
    }

    /// The file's functions and literals.
    pub fn functions(&self) -> Result<File, Problem> {
        text::parse_file(&self.source)
            .map_err(|e| Problem::Failed(Some(e.line), format!("column {}: {}", e.col, e.message)))
    }
}

/// The comment of a line, without its semicolon; comments for people do not count.
fn comment(line: &str) -> Option<&str> {
    let mut quote = None;
    for (i, c) in line.char_indices() {
        match (c, quote) {
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(q)) if c == q => quote = None,
            (';', None) => {
                let rest = &line[i + 1..];
                return if rest.starts_with(';') { None } else { Some(rest.trim_start()) };
            }
            _ => {}
        }
    }
    None
}

/// What stands in front of the comment.
fn without_comment(line: &str) -> &str {
    match comment(line) {
        Some(comment) => line[..line.len() - comment.len()].trim_end().trim_end_matches(';').trim_end(),
        None if line.trim_start().starts_with(";;") => "",
        None => line.split(" ;;").next().unwrap_or(line).trim_end(),
    }
}
