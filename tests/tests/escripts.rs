//! Escripts do under `linac run` what they do under OTP: output, messages and exit status of each line of
//! `tests/escripts/cases.txt` are compared with what `record.sh` stored. Numbers in the names of modules made of
//! scripts do not count, nor do the callers of `escript:start/0`.

#![forbid(unsafe_code)]

use linac_tests::conformance::{child, tool};
use std::fmt::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(120);

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository")
}

/// What both systems have in common: no numbers in made-up names, no callers in `init`.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let callers = ["in call from init:", "in call from linac_init:"];
    for line in text.lines().filter(|line| !callers.iter().any(|caller| line.contains(caller))) {
        let mut rest = line;
        while let Some((before, after)) = rest.split_once("__escript__") {
            out.push_str(before);
            out.push_str("__escript__");
            rest = after.trim_start_matches(|c: char| c.is_ascii_digit() || c == '_');
        }
        out.push_str(rest);
        out.push('\n');
    }
    out
}

#[test]
fn escripts_do_what_they_do_on_otp() {
    let otp = root().join("target/otp29");
    assert!(otp.join("bin/erl").exists(), "scripts/otp.sh 29 target/otp29 installs OTP");
    let tool = tool(root()).expect("the linac tool");
    let folder = root().join("tests/escripts");
    let cases = std::fs::read_to_string(folder.join("cases.txt")).expect("the cases");
    let expected = std::fs::read_to_string(folder.join("expect.txt")).expect("what OTP says");
    let expected = plain(&expected);
    let mut wanted = expected.split("== ").skip(1);
    let mut problems = Vec::new();
    for case in cases.lines() {
        let line =
            format!("exec \"$0\" run -O0 --otp \"$1\" tests/escripts/{case} <tests/escripts/input.txt");
        let mut command = Command::new("sh");
        command.args(["-c", &line]).arg(&tool).arg(&otp).current_dir(root()).env("LC_ALL", "C.UTF-8");
        let done = child::run(&mut command, LIMIT).expect("linac runs");
        let mut got = format!("{case}\n{}", done.stdout);
        let status = done.status.and_then(|status| status.code());
        writeln!(got, "-- status {}, stderr:", status.unwrap_or(-1)).expect("written");
        got.push_str(&done.stderr);
        let (got, wanted) = (plain(&got), wanted.next().unwrap_or_default());
        if got != wanted {
            problems.push(format!("linac:\n{got}\nOTP:\n{wanted}"));
        }
    }
    assert_eq!(wanted.next(), None, "record.sh was not run for the cases there are");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn without_an_installation_there_is_one_clear_line() {
    let mut command = Command::new(tool(root()).expect("the linac tool"));
    command.args(["run", "tests/escripts/source.escript", "a"]).current_dir(root());
    let done =
        child::run(command.env("PATH", "/nowhere").env_remove("LINAC_OTP_ROOT"), LIMIT).expect("linac runs");
    assert_eq!(done.status.and_then(|status| status.code()), Some(2));
    let wanted = "linac: tests/escripts/source.escript: scripts need an OTP installation: --otp DIR, LINAC_OTP_ROOT or \
                  an erl on the PATH\n";
    assert_eq!(done.stderr, wanted);
}
