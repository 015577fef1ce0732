//! Damaged `.beam` files from the bytes to the run: `tests/proofs/mutants.erl` makes them of `subject.beam`, loads what
//! is not refused and calls every function, in a child process of `linac run --untrusted`.
//!
//! A child must end by itself, with status 0. A crash, a panic, a process that cannot be killed: all of them end
//! otherwise. `LINAC_MUTANTS=FROM..TO` chooses the seeds, `LINAC_BIN` the tool.
#![forbid(unsafe_code)]

use linac::pipeline::{self, Error, Options, Silent};
use linac_frontend::beam::Module;
use linac_opt::Level;
use linac_tests::conformance::{child, exclusions, tool};
use std::ops::Range;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Seeds that one child goes through.
const BATCH: u64 = 500;

/// Nothing takes a tenth of this.
const HANG: Duration = Duration::from_secs(600);

/// How the children run, in turn.
const MODES: [&[&str]; 4] =
    [&["--schedulers", "1"], &["-O0", "--schedulers", "1"], &["-O2", "--schedulers", "2"], &["--jit=load"]];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace's folder")
}

fn seeds() -> Range<u64> {
    let Ok(text) = std::env::var("LINAC_MUTANTS") else { return 0..4000 };
    let parts = text.split_once("..").and_then(|(a, b)| Some(a.parse().ok()?..b.parse().ok()?));
    parts.unwrap_or_else(|| panic!("LINAC_MUTANTS={text} is not FROM..TO"))
}

/// Runs one batch; gives how many files were refused, how many ran, and how many calls that were.
fn batch(tool: &Path, options: &[&str], seeds: Range<u64>) -> Result<[u64; 3], String> {
    let mut command = Command::new(tool);
    command.current_dir(root()).env_remove("LINAC_GC_STRESS");
    command.args(["run", "--untrusted"]).args(options).arg("tests/proofs/mutants.beam");
    command.arg("--").args([seeds.start.to_string(), seeds.end.to_string()]);
    let done = child::run(&mut command, HANG).map_err(|error| error.to_string())?;
    let fail = |what: &str| -> Result<[u64; 3], String> {
        // Reports of processes that ended by an exception, and of refused files, are as it should be.
        let ordinary = |l: &&str| !l.starts_with("linac: loading") && !l.starts_with(' ');
        let lines: Vec<&str> = done.stderr.lines().filter(ordinary).collect();
        let last = lines[lines.len().saturating_sub(20)..].join("\n");
        let seed = done.stdout.lines().rev().map(str::trim).find(|l| l.parse::<u64>().is_ok());
        Err(format!("{command:?}: {what}, the last seed that ran is {}\n{last}", seed.unwrap_or("none")))
    };
    match done.status {
        None => return fail("hangs"),
        Some(status) if !status.success() => return fail(&status.to_string()),
        _ if done.stderr.contains("panicked") => return fail("panic"),
        Some(_) => {}
    }
    let counts =
        done.stdout.lines().rev().find_map(|l| l.trim().strip_prefix("{refused,")?.strip_suffix('}'));
    let numbers: Vec<u64> =
        counts.iter().flat_map(|c| c.split(',')).filter_map(|word| word.parse().ok()).collect();
    <[u64; 3]>::try_from(numbers).or_else(|_| fail("no counts"))
}

#[test]
fn damaged_files_are_refused_or_run_as_erlang() {
    let tool = tool(root()).expect("the linac tool");
    let seeds = seeds();
    let next = AtomicU64::new(0);
    let outcomes = Mutex::new((Vec::new(), [0; 3]));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    let start = seeds.start + n * BATCH;
                    if start >= seeds.end {
                        break;
                    }
                    let part = start..seeds.end.min(start + BATCH);
                    let outcome = batch(&tool, MODES[n as usize % MODES.len()], part);
                    let mut outcomes = outcomes.lock().expect("the other thread did not panic");
                    match outcome {
                        Ok(counts) => outcomes.1.iter_mut().zip(counts).for_each(|(sum, n)| *sum += n),
                        Err(problem) => outcomes.0.push(problem),
                    }
                }
            });
        }
    });
    let (problems, [refused, ran, calls]) = outcomes.into_inner().expect("no thread panicked");
    println!("mutants: ran {ran} ({calls} calls), refused {refused}");
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
    assert_eq!(refused + ran, seeds.end - seeds.start);
    assert!(ran * 20 > refused, "nearly everything is refused: this proves nothing");
}

/// Whole files give the same guarded, though no claim of their compiler is used.
#[test]
fn whole_files_do_not_change() {
    let tool = tool(root()).expect("the linac tool");
    let erl = root().join("tests/erl");
    let text = |path: &str| std::fs::read_to_string(erl.join(path)).expect("a file");
    let unsupported = exclusions::parse(&text("unsupported.txt")).expect("a list");
    let mut ran = 0;
    for entry in std::fs::read_dir(erl.join("beam/29")).expect("compiled programs") {
        let file = entry.expect("an entry").path();
        let Some(name) = file.file_name().and_then(|n| n.to_str()?.strip_suffix(".beam")) else { continue };
        if unsupported.iter().any(|entry| entry.covers(name, &[])) {
            continue;
        }
        let mut command = Command::new(&tool);
        command.env_remove("LINAC_GC_STRESS").args(["run", "--untrusted", "-O2"]).arg(&file);
        let done = child::run(&mut command, HANG).expect("linac runs");
        let value = done.stderr.lines().rev().find_map(|l| l.strip_prefix("Return value: "));
        assert_eq!(value, Some(text(&format!("expect/{name}.txt")).trim_end()), "{name}");
        ran += 1;
    }
    assert!(ran > 50, "only {ran} programs");
}

/// Code of trusted files relies on claims, so that it cannot be run; but whatever is lifted can be compiled.
#[test]
fn damaged_files_compile_without_bugs() {
    let whole = std::fs::read(root().join("tests/proofs/subject.beam")).expect("a file");
    let isa = linac_isa::by_name(linac_runtime::HOST_TARGET).expect("a code generator for this machine");
    let mut state = 1u64;
    let mut random = |n: usize| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as usize % n
    };
    let (mut modules, mut functions, mut refused) = (0, 0, 0);
    for n in 0..600 {
        let mut bytes = whole.clone();
        for _ in 0..=random(2) {
            let at = random(bytes.len());
            bytes[at] = match random(3) {
                0 => random(256) as u8,
                1 => bytes[at].wrapping_add(16),
                _ => bytes[at].wrapping_sub(1),
            };
        }
        let Ok(module) = Module::decode(&bytes) else {
            refused += 1;
            continue;
        };
        modules += 1;
        let level = [Level::O0, Level::O2][n % 2];
        let options = Options { guarded: n % 4 > 1, verify: true, ..Options::new(isa, level) };
        for index in 0..(module.functions.len() + module.lambdas.len()) as u32 {
            match pipeline::compile(&module, &[index], options, &mut Silent) {
                Ok(_) => functions += 1,
                Err(Error::Bug(text)) => panic!("file {n}: {text}"),
                Err(error) => assert!(!error.to_string().is_empty()),
            }
        }
    }
    println!("mutants: compiled {functions} functions of {modules} files, refused {refused}");
    assert!(functions > 1000);
}
