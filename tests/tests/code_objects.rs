//! Code objects written by one process and run by another: same output, nothing compiled.

use linac_tests::conformance::{child, tool};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const EXAMPLES: [&str; 6] = ["hello", "fib", "quicksort", "ring", "exceptions", "reload"];

/// Standard output, and what came on standard error before the figures.
fn run(example: &str, level: &str, folder: &Path) -> (String, Option<i32>, String) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace's folder");
    let mut command = Command::new(tool(root).expect("the linac tool"));
    command.args(["run", "--stats", "--jit=load", "--schedulers", "1", level, "--code-dir"]).arg(folder);
    command.arg(root.join("examples").join(format!("{example}.beam")));
    let done = child::run(&mut command, Duration::from_secs(120)).expect("runs");
    let status = done.status.unwrap_or_else(|| panic!("{example} {level} timed out"));
    (done.stdout, status.code(), done.stderr)
}

#[test]
fn another_process_runs_the_same_code() {
    let folder = std::env::temp_dir().join(format!("linac-code-{}", std::process::id()));
    for example in EXAMPLES {
        for level in ["-O0", "-O2"] {
            let (first, status, figures) = run(example, level, &folder);
            assert!(figures.contains("code files 0 read"), "{example} {level}: {figures}");
            let (second, again, figures) = run(example, level, &folder);
            assert_eq!((&first, status), (&second, again), "{example} {level}");
            assert!(figures.contains(" 0 written"), "{example} {level} compiled anew: {figures}");
            assert!(!figures.contains("code files 0 read"), "{example} {level}: {figures}");
            std::fs::remove_dir_all(&folder).expect("the folder can be removed");
        }
    }
}
