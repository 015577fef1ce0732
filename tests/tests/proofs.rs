//! Properties that show only at scale or while a program runs: the programs of `tests/proofs`, watched from outside.
//!
//! Nothing here depends on how fast the machine is; the time limits are for programs that hang.
#![forbid(unsafe_code)]

use linac_tests::conformance::{child, tool};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Nothing takes a tenth of this.
const HANG: Duration = Duration::from_secs(300);

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace's folder")
}

/// A run of a program of `tests/proofs`, or of another compiled file.
fn linac(program: &str, options: &[&str], argument: &str) -> Command {
    static TOOL: OnceLock<PathBuf> = OnceLock::new();
    let mut command = Command::new(TOOL.get_or_init(|| tool(root()).expect("the linac tool")));
    command.current_dir(root()).env_remove("LINAC_GC_STRESS").arg("run").args(options);
    command.arg(match program.contains('/') {
        true => format!("tests/{program}.beam"),
        false => format!("tests/proofs/{program}.beam"),
    });
    if !argument.is_empty() {
        command.args(["--", argument]);
    }
    command
}

/// Runs a program to its end, which must be `ok`; gives the figures about the run.
fn run(program: &str, options: &[&str], argument: &str) -> String {
    let mut command = linac(program, options, argument);
    let done = child::run(&mut command, HANG).expect("linac runs");
    let status = done.status.unwrap_or_else(|| panic!("{command:?} hangs\n{}", done.stderr));
    assert!(status.success(), "{command:?}: {status}\n{}{}", done.stdout, done.stderr);
    done.stderr
}

/// The number before a word of the figures, in the line that begins like this.
fn figure(figures: &str, line: &str, word: &str) -> u64 {
    let found = figures.lines().find_map(|l| l.strip_prefix(line)).and_then(|rest| {
        let words: Vec<&str> = rest.split_whitespace().collect();
        let at = words.iter().position(|w| w.trim_end_matches(',') == word)?;
        words[..at].last()?.parse().ok()
    });
    found.unwrap_or_else(|| panic!("no number of {word} behind {line} in\n{figures}"))
}

/// A child that is killed when the test ends, however it ends.
struct Running(Child);

impl Running {
    fn start(mut command: Command) -> Running {
        Running(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("linac starts"))
    }

    fn signal(&self, name: &str) {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().expect("kill").success());
    }

    fn proc(&self, file: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{file}", self.0.id())).unwrap_or_default()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Asks again and again until there is an answer.
fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < HANG, "waited in vain for {what}");
        sleep(Duration::from_millis(20));
    }
}

#[test]
fn one_call_goes_from_baseline_to_optimized_code() {
    // The loop would take minutes in either tier: it is watched and then killed. Where it is, the kernel says of a
    // stopped process; which code that is, the perf map says, which names new code before it runs.
    let child = Running::start(linac("tier", &["--perf=map", "--schedulers", "1"], "1000000000000"));
    let map = PathBuf::from(format!("/tmp/perf-{}.map", child.0.id()));
    let versions = wait_for("code of the optimizing tier", || {
        let text = std::fs::read_to_string(&map).unwrap_or_default();
        let hex = |word: &str| u64::from_str_radix(word, 16).ok();
        let ranges: Vec<_> = text
            .lines()
            .filter_map(|line| line.strip_suffix(" tier:loop/2"))
            .filter_map(|numbers| numbers.split_once(' '))
            .filter_map(|(start, size)| Some((hex(start)?, hex(size)?)))
            .collect();
        (ranges.len() == 2).then_some(ranges)
    });
    let inside = wait_for("the process to run optimized code", || {
        child.signal("-STOP");
        let counters: Vec<u64> = std::fs::read_dir(format!("/proc/{}/task", child.0.id()))
            .expect("threads")
            .filter_map(|thread| std::fs::read_to_string(thread.ok()?.path().join("syscall")).ok())
            .filter_map(|line| u64::from_str_radix(line.trim().rsplit_once(" 0x")?.1, 16).ok())
            .collect();
        child.signal("-CONT");
        let (start, size) = versions[1];
        counters.into_iter().find(|pc| (start..start + size).contains(pc))
    });
    let _ = std::fs::remove_file(&map);
    assert!(inside > 0);
}

#[test]
fn a_call_of_ten_to_the_nine_ends() {
    let figures = run("tier", &["--stats", "--schedulers", "1"], "1000000000");
    assert!(figure(&figures, "optimized", "functions") > 0, "{figures}");
}

#[test]
fn a_million_processes_begin_and_end() {
    for schedulers in ["1", "2"] {
        let figures = run("many", &["--stats", "--schedulers", schedulers], "1000000");
        assert_eq!(figure(&figures, "processes", "started"), 1_000_001, "{figures}");
    }
}

/// Resident bytes while so many processes wait.
fn resident(processes: usize) -> u64 {
    let mut child = Running::start(linac("idle", &["--schedulers", "1"], &processes.to_string()));
    let mut line = String::new();
    BufReader::new(child.0.stdout.take().expect("a pipe")).read_line(&mut line).expect("output");
    assert_eq!(line.trim(), "ready");
    let status = child.proc("status");
    let kilobytes = status.lines().find_map(|l| l.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"));
    kilobytes.and_then(|n| n.trim().parse::<u64>().ok()).expect("VmRSS") * 1024
}

#[test]
fn a_hundred_thousand_processes_wait() {
    const MANY: usize = 100_000;
    let bytes = (resident(MANY) - resident(1)) / MANY as u64;
    println!("{bytes} bytes per idle process");
    // As much as a process of the reference system takes, and half as much again.
    assert!(bytes < 4096, "{bytes} bytes per idle process");
}

#[test]
fn a_module_is_replaced_a_thousand_times_in_the_same_memory() {
    for (rounds, options) in [("1000", &["--schedulers", "2", "--stats"][..]), ("100", &["-O2", "--stats"])] {
        let figures = run("replace", options, rounds);
        let made = figure(&figures, "baseline", "bytes") + figure(&figures, "optimized", "bytes");
        let used = figure(&figures, "memory", "bytes");
        let few = figure(&run("replace", options, "4"), "memory", "bytes");
        assert!(made > 2 * few, "{rounds} rounds compile too little to prove anything\n{figures}");
        assert!(used < few + 4096, "{used} bytes of code in use after {rounds} rounds, {few} after four");
    }
}

#[test]
fn signals_stay_in_order_under_many_schedules() {
    let expected = std::fs::read_to_string(root().join("tests/erl/expect/signal_order.txt")).expect("a file");
    for schedulers in ["2", "3", "4", "8"].iter().cycle().take(24) {
        let mut command = linac("erl/beam/29/signal_order", &["--schedulers", schedulers], "");
        let done = child::run(&mut command, HANG).expect("linac runs");
        assert!(done.status.is_some(), "{command:?} hangs");
        let value = done.stderr.lines().find_map(|l| l.strip_prefix("Return value: "));
        assert_eq!(value, Some(expected.trim_end()), "{command:?}\n{}", done.stderr);
    }
}
