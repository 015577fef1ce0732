//! The Erlang programs of `benches/erl`, run on linac and on `erl`.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A group of programs: its name, and their modules in the order of the report.
pub type Group = (&'static str, &'static [&'static str]);

/// What is measured. The kernels stand for one thing each; the programs use OTP's library.
pub const GROUPS: &[Group] = &[
    ("kernel", &["bench_fib", "bench_loop", "bench_nrev", "bench_float", "bench_tuple", "bench_ring"]),
    (
        "program",
        &[
            "bench_lists",
            "bench_sort",
            "bench_records",
            "bench_funs",
            "bench_atoms",
            "bench_queens",
            "bench_sieve",
            "bench_trees",
            "bench_maps_small",
            "bench_maps_large",
            "bench_bin_parse",
            "bench_bin_build",
            "bench_base64",
            "bench_nbody",
            "bench_mandel",
            "bench_bigint",
            "bench_strings",
            "bench_scan",
            "bench_json",
            "bench_etf",
            "bench_exceptions",
            "bench_gc",
            "bench_pingpong",
            "bench_spawn",
            "bench_gen_server",
            "bench_ets",
        ],
    ),
];

/// A system to measure.
#[derive(Clone, Debug)]
pub enum System<'a> {
    /// The tool, with extra arguments, and the folders of OTP's library.
    Linac(&'a Path, &'a [&'a str], &'a [PathBuf]),
    /// The reference VM.
    Erl(&'a Path),
}

impl System<'_> {
    /// Runs `main/1` of a module.
    fn command(&self, folder: &Path, module: &str, arguments: [&str; 2]) -> Command {
        let mut command;
        match self {
            System::Linac(tool, options, library) => {
                command = Command::new(tool);
                command.arg("run").args(*options).arg("-pa").arg(folder);
                for folder in *library {
                    command.arg("-pa").arg(folder);
                }
                command.arg(folder.join(module).with_extension("beam")).arg("--").args(arguments);
            }
            System::Erl(erl) => {
                command = Command::new(erl);
                let call = format!("{module}:main({arguments:?}), halt().");
                command.args(["-noshell", "-pa"]).arg(folder).args(["-eval", &call]);
            }
        }
        command
    }

    /// Least time of a kernel in microseconds, and the result it gave.
    pub fn time(&self, folder: &Path, kernel: &str, repetitions: u32) -> Result<(u64, String), String> {
        self.least(folder, "bench_timer", [kernel, &repetitions.to_string()])
    }

    /// Nanoseconds of a full collection under so many frames, the least of some.
    pub fn collection(&self, folder: &Path, frames: u32) -> Result<u64, String> {
        let (time, deepest) = self.least(folder, "bench_frames", [&frames.to_string(), "20"])?;
        if deepest == frames.to_string() { Ok(time) } else { Err(format!("{self:?}: {deepest} frames")) }
    }

    fn least(&self, folder: &Path, module: &str, arguments: [&str; 2]) -> Result<(u64, String), String> {
        let output =
            self.command(folder, module, arguments).output().map_err(|e| format!("{self:?}: {e}"))?;
        let text = String::from_utf8_lossy(&output.stdout);
        parse(&text).ok_or_else(|| {
            let error = String::from_utf8_lossy(&output.stderr);
            format!("{self:?} {module} {arguments:?}: no result in {text:?}; stderr: {}", error.trim())
        })
    }
}

/// Reads `{bench,Module,Result,[T1,T2,..]}`.
fn parse(text: &str) -> Option<(u64, String)> {
    let line = text.lines().find(|l| l.starts_with("{bench,"))?;
    let (head, times) = line.strip_prefix("{bench,")?.split_once(",[")?;
    let (_, result) = head.split_once(',')?;
    let times = times.strip_suffix("]}")?;
    let least = times.split(',').filter_map(|t| t.trim().parse().ok()).min()?;
    Some((least, result.to_string()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn reads_the_timer_line() {
        let text = "noise\n{bench,bench_fib,24157817,[100,90,95]}\n";
        assert_eq!(super::parse(text), Some((90, "24157817".to_string())));
        assert_eq!(super::parse("{bench,oops}"), None);
    }
}
