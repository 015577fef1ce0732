//! Modules with `-on_load` functions, and what OTP's `code` says about loading: `tests/loading` holds the program,
//! the modules that it loads, and what it prints on OTP (`build.sh`).

#![forbid(unsafe_code)]

use linac_tests::conformance::{child, tool};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(120);

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository")
}

fn linac(arguments: &[&str], stress: bool) -> child::Finished {
    let mut command = Command::new(tool(root()).expect("the linac tool"));
    command
        .arg("run")
        .args(arguments)
        .current_dir(root())
        .env("LINAC_GC_STRESS", if stress { "1" } else { "0" });
    child::run(&mut command, LIMIT).expect("linac runs")
}

/// What a program has printed, and the logger's reports on functions that failed, which come in between at some time.
fn parted(output: &str) -> (String, Vec<&str>) {
    let (mut printed, mut reports) = (String::new(), Vec::new());
    let mut lines = output.split_inclusive('\n');
    while let Some(line) = lines.next() {
        if line.starts_with("=WARNING REPORT====") {
            reports.extend(lines.by_ref().take_while(|line| line.trim() != "").map(str::trim_end));
        } else {
            printed.push_str(line);
        }
    }
    (printed, reports)
}

#[test]
fn functions_run_when_modules_are_loaded() {
    let otp = root().join("target/otp29");
    assert!(otp.join("bin/erl").exists(), "scripts/otp.sh 29 target/otp29 installs OTP");
    let otp = otp.to_str().expect("a path in Unicode");
    let wanted = std::fs::read_to_string(root().join("tests/loading/expect.txt")).expect("what OTP prints");
    for (level, stress) in [("-O0", false), ("-O2", false), ("-O0", true)] {
        let arguments = [level, "--otp", otp, "-pa", "tests/loading/beam", "tests/loading/beam/loading.beam"];
        let done = linac(&arguments, stress);
        let (printed, reports) = parted(&done.stdout);
        assert_eq!(printed, wanted, "{level}, stress {stress}: {}", done.stderr);
        for report in reports.chunks(2) {
            assert!(report[0].starts_with("The on_load function for module "), "{reports:?}");
        }
    }
}

#[test]
fn a_program_may_have_one_and_needs_no_installation() {
    let done = linac(&["--otp", "target/otp29", "tests/loading/beam/kept_program.beam"], false);
    assert_eq!(done.stderr, "Return value: {ran,1}\n");
    let mut command = Command::new(tool(root()).expect("the linac tool"));
    command.args(["run", "tests/loading/beam/kept_program.beam"]).current_dir(root()).env("PATH", "/nowhere");
    let done = child::run(command.env_remove("LINAC_OTP_ROOT"), LIMIT).expect("linac runs");
    assert_eq!(done.stderr, "Return value: {ran,1}\n");
}

#[test]
fn a_program_whose_function_fails_is_undefined() {
    let done = linac(&["tests/loading/beam/refused_program.beam"], false);
    assert_eq!(done.status.and_then(|status| status.code()), Some(1));
    assert!(done.stderr.contains("undefined function refused_program:start/0"), "{}", done.stderr);
}
