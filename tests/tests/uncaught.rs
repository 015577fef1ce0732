//! What is said of an uncaught exception is what OTP's `erl_error` says of it.

use linac_tests::conformance::{child, tool};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

#[test]
fn uncaught_exceptions_are_told_as_otp_tells_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace's folder");
    let tool = tool(root).expect("the linac tool");
    let folder = root.join("tests/uncaught");
    let expected = std::fs::read_to_string(folder.join("expect.txt")).expect("expectations");
    let mut ran = 0;
    for case in expected.split("# ").skip(1) {
        let (name, text) = case.split_once('\n').expect("a name and a text");
        for level in ["-O0", "-O2"] {
            let mut command = Command::new(&tool);
            command.args(["run", level]).arg(folder.join("uncaught.beam")).args(["--", name]);
            let done = child::run(&mut command, Duration::from_secs(120)).expect("runs");
            assert_eq!(done.stderr.trim_end(), text.trim_end(), "{name} {level}");
            assert_eq!(done.status.and_then(|s| s.code()), Some(1), "{name} {level}");
            ran += 1;
        }
    }
    assert_eq!(ran, 58, "every case at both levels");
}
