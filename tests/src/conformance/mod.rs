//! The conformance programs: Erlang modules of our own whose results were recorded from OTP.
//!
//! Each program under `tests/erl` is stored compiled by three OTP releases beside the value its `start/0` returned
//! there (`scripts/record-expectations.sh` makes both). Here every fixture is run by the `linac` tool, in the modes
//! that [`plan`] chooses, as a child process with a time limit, so that a crash or an endless loop is one failure and
//! not the end of the run. The examples run too, and are compared with what they print.
//!
//! Lists (see [`exclusions`]) say what is not expected to work: `unsupported.txt`, whose runs are tried, so that
//! an entry nobody needs any more is itself a failure; and `too-slow.txt`, whose runs are left out. A third one,
//! `refused.txt`, names the programs that older compilers refuse: their runs are counted as skipped.
//!
//! `cargo test -p linac-tests --test conformance -- NAME...` runs the programs whose names contain one of the
//! arguments. Environment: `LINAC_BIN` (the tool, otherwise built here), `LINAC_CONFORMANCE` (the [matrix](plan::Matrix)),
//! `LINAC_TARGET` (the tool's target, if it is not this machine's: `scripts/cross.sh`),
//! `LINAC_TEST_THREADS`, `LINAC_TIME_SCALE` (a factor on time limits), `OTP25`, `OTP27`, `OTP29` (installations, by
//! default `target/otp29` and so on), `LINAC_REQUIRE_OTP=1` (one of them must be there).

pub mod child;
mod examples;
pub mod exclusions;
pub mod plan;
mod runner;
pub use runner::judge;
pub mod terms;

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Everything a run needs to know.
struct Setup {
    /// The `linac` tool.
    tool: PathBuf,
    /// Time limits are multiplied by this.
    time_scale: f64,
    /// Per release: the folder of the library's compiled modules.
    library: Vec<(u32, PathBuf)>,
    unsupported: Vec<exclusions::Exclusion>,
    too_slow: Vec<exclusions::Exclusion>,
    refused: Vec<exclusions::Exclusion>,
    /// All programs run, so entries of the lists that cover nothing are mistakes.
    complete: bool,
}

/// What happened to one program.
#[derive(Default)]
struct Tally {
    ran: usize,
    skipped: usize,
    failures: Vec<String>,
    /// Lines of `unsupported.txt` and `too-slow.txt` that covered a run.
    used: Vec<(&'static str, usize)>,
    time: Duration,
}

impl Tally {
    fn add(&mut self, other: Tally) {
        self.ran += other.ran;
        self.skipped += other.skipped;
        self.failures.extend(other.failures);
        self.used.extend(other.used);
        self.time += other.time;
    }
}

const UNSUPPORTED: &str = "unsupported.txt";
const TOO_SLOW: &str = "too-slow.txt";

/// The entry point of the `conformance` test.
pub fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("conformance: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<bool, String> {
    let filters: Vec<String> = env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("the crate has no parent folder")?;
    let erl = root.join("tests/erl");
    let matrix = plan::Matrix::chosen()?;
    let chosen =
        |name: &str| filters.is_empty() || filters.iter().any(|filter| name.contains(filter.as_str()));

    let programs: Vec<_> =
        plan::programs(&erl, matrix)?.into_iter().filter(|program| chosen(&program.name)).collect();
    let examples: Vec<_> =
        examples::read(&root.join("examples"))?.into_iter().filter(|example| chosen(&example.name)).collect();
    let list = |name: &str| {
        let path = erl.join(name);
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        exclusions::parse(&text).map_err(|error| format!("{}: {error}", path.display()))
    };
    let setup = Setup {
        tool: tool(root)?,
        time_scale: number("LINAC_TIME_SCALE", 1.0)?,
        library: library(root)?,
        unsupported: list(UNSUPPORTED)?,
        too_slow: list(TOO_SLOW)?,
        refused: plan::read_refused(&erl)?,
        // Lists are made for the whole set.
        complete: filters.is_empty() && matrix != plan::Matrix::Levels,
    };

    let start = Instant::now();
    let threads = number("LINAC_TEST_THREADS", 2.0)?.max(1.0) as usize;
    let next = AtomicUsize::new(0);
    let total = Mutex::new(Tally::default());
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let tally = if let Some(program) = programs.get(index) {
                        runner::program(&setup, program)
                    } else if let Some(example) = examples.get(index - programs.len()) {
                        examples::run(&setup, example)
                    } else {
                        break;
                    };
                    for failure in &tally.failures {
                        println!("FAILED {failure}");
                    }
                    if let Ok(mut total) = total.lock() {
                        total.add(tally);
                    }
                }
            });
        }
    });
    let mut total = total.into_inner().map_err(|_| "a harness thread panicked")?;
    if setup.complete {
        for failure in unused_entries(&setup, &total) {
            println!("FAILED {failure}");
            total.failures.push(failure);
        }
    }
    println!(
        "conformance: ran {}, skipped {}, failed {} ({:.1} s, {:.1} s in programs)",
        total.ran,
        total.skipped,
        total.failures.len(),
        start.elapsed().as_secs_f64(),
        total.time.as_secs_f64()
    );
    if total.ran == 0 && total.skipped == 0 {
        return Err("no program has a name like that".to_string());
    }
    Ok(total.failures.is_empty())
}

/// Entries of the lists that cover no run at all: misspelt, or left over.
fn unused_entries(setup: &Setup, total: &Tally) -> Vec<String> {
    [(UNSUPPORTED, &setup.unsupported), (TOO_SLOW, &setup.too_slow), (plan::REFUSED, &setup.refused)]
        .into_iter()
        .flat_map(|(file, entries)| entries.iter().map(move |entry| (file, entry)))
        .filter(|(_, entry)| !entry.is_for_another_target(&plan::target()))
        .filter(|(file, entry)| !total.used.contains(&(file, entry.line)))
        .map(|(file, entry)| format!("{file}:{}: no run is covered by `{}`", entry.line, entry.program))
        .collect()
}

/// The tool of the same profile as this test. It is built here, because cargo builds a package's programs only for
/// that package's own tests.
pub fn tool(root: &Path) -> Result<PathBuf, String> {
    if let Some(tool) = env::var_os("LINAC_BIN") {
        return Ok(PathBuf::from(tool));
    }
    let this = env::current_exe().map_err(|error| format!("own path: {error}"))?;
    let folder = this.parent().and_then(Path::parent).ok_or("own path has no folder")?;
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.current_dir(root).args(["build", "--quiet", "--package", "linac", "--bin", "linac"]);
    if folder.file_name().is_some_and(|name| name == "release") {
        build.arg("--release");
    }
    let status = build.status().map_err(|error| format!("building the tool: {error}"))?;
    if !status.success() {
        return Err("the tool does not build".to_string());
    }
    Ok(folder.join("linac"))
}

/// Finds the library of the installed OTP releases, except the oldest: programs use what it does not have.
pub fn library(root: &Path) -> Result<Vec<(u32, PathBuf)>, String> {
    let mut found = Vec::new();
    for release in plan::RELEASES.into_iter().filter(|release| *release != 25) {
        let home = env::var_os(format!("OTP{release}"))
            .map_or_else(|| root.join(format!("target/otp{release}")), PathBuf::from);
        for lib in ["root/usr/lib/erlang/lib", "lib/erlang/lib", "lib"] {
            let Ok(entries) = std::fs::read_dir(home.join(lib)) else { continue };
            let stdlib = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).find(|path| {
                path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("stdlib-"))
            });
            if let Some(stdlib) = stdlib {
                found.push((release, stdlib.join("ebin")));
                break;
            }
        }
    }
    let required = env::var("LINAC_REQUIRE_OTP").is_ok_and(|value| value == "1");
    if required && !found.iter().any(|(release, _)| *release == 29) {
        return Err(
            "LINAC_REQUIRE_OTP is set, but there is no OTP 29: run scripts/otp.sh 29 target/otp29".into()
        );
    }
    Ok(found)
}

fn number(variable: &str, default: f64) -> Result<f64, String> {
    match env::var(variable) {
        Ok(text) => text.parse().map_err(|_| format!("{variable}={text} is not a number")),
        Err(_) => Ok(default),
    }
}
