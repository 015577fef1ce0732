//! `linac inspect --missing`: what it finds, and what it says of bad input.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn inspect(arguments: &[&str]) -> Output {
    let root = root();
    let tool = linac_tests::conformance::tool(&root).unwrap();
    Command::new(tool).current_dir(root).args(["inspect", "--missing"]).args(arguments).output().unwrap()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

#[test]
fn what_no_module_has_is_listed_by_module() {
    let alone = inspect(&["tests/erl/beam/29/stdlib/stdlib_queues.beam"]);
    let listed = text(alone.stdout);
    assert!(listed.contains("\nqueue  (no such module here)\n"), "{listed}");
    assert!(listed.contains("  new/0  called by stdlib_queues\n"), "{listed}");
    assert!(alone.status.success());
    // A module that is given offers what it exports.
    let both = inspect(&["tests/erl/beam/29/calls.beam", "tests/erl/beam/29/tuples.beam"]);
    let listed = text(both.stdout);
    assert!(listed.starts_with("0 of "), "{listed}");
}

#[test]
fn packs_and_installations_offer_their_modules() {
    let file = "tests/erl/beam/29/stdlib/stdlib_queues.beam";
    let folder = std::env::temp_dir().join(format!("linac-inspect-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let pack = folder.join("both.avm");
    let bytes = |file: &str| std::fs::read(root().join(file)).unwrap();
    let (calls, queues) = (bytes("tests/erl/beam/29/calls.beam"), bytes(file));
    let sections = [(2, "calls.beam", &calls[..]), (2, "stdlib_queues.beam", &queues[..])];
    std::fs::write(&pack, linac_frontend::pack::encode(sections).unwrap()).unwrap();
    let listed = text(inspect(&[pack.to_str().unwrap()]).stdout);
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(listed.contains("  new/0  called by stdlib_queues\n"), "{listed}");
    // With a library, there is nothing missing.
    let home = std::env::var("OTP29").unwrap_or_else(|_| "target/otp29".into());
    if !root().join(&home).exists() {
        println!("skipped: no OTP 29 at {home}");
        return;
    }
    let listed = text(inspect(&["--otp", &home, file]).stdout);
    assert!(listed.starts_with("0 of "), "{listed}");
}

#[test]
fn bad_input_is_one_error() {
    for files in [&["no/such.beam"][..], &["examples/fib.beam", "README.md"]] {
        let output = inspect(files);
        let message = text(output.stderr);
        assert_eq!((output.status.code(), message.lines().count()), (Some(2), 1), "{message}");
        assert!(output.stdout.is_empty() && message.contains(files[files.len() - 1]), "{message}");
    }
}
