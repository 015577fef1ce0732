//! Runs the examples and compares what they print.
//!
//! `examples/NAME.beam` goes with `examples/expect/NAME.txt`, which holds the command-line arguments, the exact
//! standard output and parts of the standard error, by the first character of each line:
//!
//! ```text
//! @an-argument
//! >a line of standard output
//! !a part of standard error, behind the parts before it
//! =0
//! ```
//!
//! where `=` gives the exit status.

use super::{Setup, Tally, UNSUPPORTED, child, plan, runner};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

/// An example and what it should do.
#[derive(Default)]
pub(super) struct Example {
    /// `examples/NAME`.
    pub(super) name: String,
    file: PathBuf,
    arguments: Vec<String>,
    stdout: String,
    stderr_parts: Vec<String>,
    status: i32,
}

/// Reads the expectations; each compiled example must have one.
pub(super) fn read(folder: &Path) -> Result<Vec<Example>, String> {
    let mut examples = Vec::new();
    for name in plan::stems(folder, "beam")? {
        let path = folder.join(format!("expect/{name}.txt"));
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut example = parse(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        example.name = format!("examples/{name}");
        example.file = folder.join(format!("{name}.beam"));
        examples.push(example);
    }
    Ok(examples)
}

fn parse(text: &str) -> Result<Example, String> {
    let mut example = Example::default();
    for (index, line) in text.lines().enumerate() {
        let mut characters = line.chars();
        let kind = characters.next();
        let rest = characters.as_str();
        match kind {
            Some('@') => example.arguments.push(rest.to_string()),
            Some('>') => {
                example.stdout.push_str(rest);
                example.stdout.push('\n');
            }
            Some('!') => example.stderr_parts.push(rest.to_string()),
            Some('=') => {
                example.status = rest.parse().map_err(|_| format!("line {}: no exit status", index + 1))?;
            }
            _ => return Err(format!("line {}: starts with none of @ > ! =", index + 1)),
        }
    }
    Ok(example)
}

/// Runs an example at both levels.
pub(super) fn run(setup: &Setup, example: &Example) -> Tally {
    let mut tally = Tally::default();
    let listed = setup.unsupported.iter().find(|entry| entry.covers(&example.name, &[]));
    let mut problems = Vec::new();
    for level in ["-O0", "-O2"] {
        let mut command = Command::new(&setup.tool);
        command.arg("run").arg(level).arg(&example.file);
        if !example.arguments.is_empty() {
            command.arg("--").args(&example.arguments);
        }
        tally.ran += 1;
        match child::run(&mut command, LIMIT.mul_f64(setup.time_scale)) {
            Ok(finished) => {
                tally.time += finished.time;
                if let Err(problem) = judge(example, &finished) {
                    problems.push(format!("{} {level}: {problem}\n  {command:?}", example.name));
                }
            }
            Err(error) => problems.push(format!("{}: {}: {error}", example.name, setup.tool.display())),
        }
    }
    if let Some(entry) = listed {
        tally.used.push((UNSUPPORTED, entry.line));
        tally.skipped = std::mem::take(&mut tally.ran);
        if problems.is_empty() {
            tally.failures.push(format!(
                "{}: passes, but {UNSUPPORTED}:{} lists it ({})",
                example.name, entry.line, entry.reason
            ));
        }
    } else {
        tally.failures = problems;
    }
    tally
}

fn judge(example: &Example, finished: &child::Finished) -> Result<(), String> {
    let Some(status) = finished.status else {
        return Err("killed at the time limit".to_string());
    };
    // The reference system ends the lines of erlang:display/1 with a carriage return as well.
    if finished.stdout.replace("\r\n", "\n") != example.stdout {
        return Err(format!(
            "wrong output\n{}\n  instead of\n{}\n  standard error\n{}",
            runner::tail(&finished.stdout),
            runner::tail(&example.stdout),
            runner::tail(&finished.stderr)
        ));
    }
    let mut rest = finished.stderr.as_str();
    for part in &example.stderr_parts {
        let Some(at) = rest.find(part.as_str()) else {
            return Err(format!("standard error lacks `{part}`\n{}", runner::tail(&finished.stderr)));
        };
        rest = &rest[at + part.len()..];
    }
    if status.code() != Some(example.status) {
        return Err(format!("{status} instead of exit status {}", example.status));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expectations_are_read_by_first_character() {
        let example = parse("@a b\n>one\n>\n!badarith\n!line 3\n=1\n").unwrap();
        assert_eq!(example.arguments, ["a b"]);
        assert_eq!(example.stdout, "one\n\n");
        assert_eq!(example.stderr_parts, ["badarith", "line 3"]);
        assert_eq!(example.status, 1);
        assert!(parse("?x").is_err());
        assert!(parse("=x").is_err());
    }
}
