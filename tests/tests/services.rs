//! OTP's system services do on linac what they do on OTP: each `tests/services/NAME.erl` prints what
//! `NAME.VERSION.out` says (`scripts/record-services.sh`), with the libraries of that version.
//!
//! Reports come from another process than the rest of the output, and some from several processes at once, so the two
//! are compared apart, and reports in any order. Times, pids and sizes of processes do not count.

#![forbid(unsafe_code)]

use linac_tests::conformance::{child, tool};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(120);

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository")
}

/// The folder of an OTP installation; `scripts/otp.sh VERSION target/otpVERSION` makes it.
fn otp(version: &str) -> PathBuf {
    let folder = root().join("target").join(format!("otp{version}"));
    assert!(folder.join("bin/erl").exists(), "scripts/otp.sh {version} target/otp{version} installs OTP");
    folder
}

/// A line without pids and sizes.
fn plain(line: &str) -> String {
    for name in ["heap_size", "stack_size", "reductions"] {
        if let Some(value) = line.trim_start().strip_prefix(name).and_then(|rest| rest.strip_prefix(": ")) {
            assert!(value.parse::<u64>().is_ok(), "{line}");
            return name.to_string();
        }
    }
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, tail)) = rest.split_once('<') {
        out.push_str(before);
        let end = tail.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(tail.len());
        if tail[..end].matches('.').count() == 2 && tail[end..].starts_with('>') {
            out.push_str("<pid>");
            rest = &tail[end + 1..];
        } else {
            out.push('<');
            rest = tail;
        }
    }
    out + rest
}

/// The reports in an output, sorted, and the other lines. A report ends before the next one or at an empty line.
fn parts(output: &str) -> (Vec<String>, Vec<String>) {
    let (mut reports, mut others) = (Vec::<String>::new(), Vec::new());
    let mut inside = false;
    for line in output.lines() {
        if let Some((kind, time)) = line.strip_prefix('=').and_then(|line| line.split_once(" REPORT==== ")) {
            // 22-Nov-2026::21:24:29.902553 ===
            assert!(time.len() == 32 && time.ends_with(" ==="), "{line}");
            reports.push(kind.to_string());
            inside = true;
        } else if line.is_empty() {
            inside = false;
        } else if let Some(report) = reports.last_mut().filter(|_| inside) {
            report.push('\n');
            report.push_str(&plain(line));
        } else {
            others.push(plain(line));
        }
    }
    reports.sort();
    (reports, others)
}

/// Runs a program with a version's libraries; compares its output and its exit status.
fn check(name: &str, version: &str, status: i32) {
    check_with(name, version, status, &[]);
}

fn check_with(name: &str, version: &str, status: i32, options: &[&str]) {
    let folder = root().join("tests/services");
    let wanted = std::fs::read_to_string(folder.join(format!("{name}.{version}.out"))).expect("a recording");
    let mut command = Command::new(tool(root()).expect("the linac tool"));
    command
        .arg("run")
        .args(options)
        .arg("--otp")
        .arg(otp(version))
        .arg("-pa")
        .arg(folder.join("greeter/ebin"));
    command.arg("-pa").arg(&folder).arg(folder.join(format!("{name}.beam")));
    let done = child::run(command.env("LC_ALL", "C.UTF-8"), LIMIT).expect("linac runs");
    let (reports, others) = parts(&done.stdout);
    let (wanted_reports, wanted_others) = parts(&wanted);
    assert_eq!(others, wanted_others, "OTP {version}\n{}", done.stderr);
    for (report, wanted) in reports.iter().zip(&wanted_reports) {
        assert!(report == wanted, "OTP {version}\n  linac:\n{report}\n  OTP:\n{wanted}\n{}", done.stderr);
    }
    assert_eq!(reports.len(), wanted_reports.len(), "OTP {version}\n{}", done.stderr);
    assert_eq!(done.status.and_then(|status| status.code()), Some(status), "{}", done.stderr);
}

#[test]
fn crashes_and_log_events_are_reported() {
    check("reports", "27", 0);
    check("reports", "29", 0);
}

#[test]
fn applications_start_and_stop() {
    check("applications", "27", 0);
    check("applications", "29", 0);
}

#[test]
fn init_stops_applications_and_flushes_the_logger() {
    check("stopping", "27", 7);
    check("stopping", "29", 7);
}

/// Servers are killed at random for some seconds (`STORM_SECONDS`).
#[test]
fn a_storm_of_kills_leaves_everything_accounted_for() {
    check_with("storm", "29", 0, &["--schedulers", "2"]);
}

#[test]
fn a_node_alone_has_names_locks_groups_and_calls() {
    check("alone", "27", 0);
    check("alone", "29", 0);
}
