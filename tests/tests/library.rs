//! OTP's own library as input: every module compiles at both tiers, and OTP's compiler, run by linac, makes of it the
//! code that it makes on OTP.
//!
//! Debug builds, which check much more, take samples; `LINAC_LIBRARY=whole` takes everything (`LINAC_BIN` names the
//! tool). The installations are the ones that `scripts/otp.sh` puts into the target folder; without one its checks are
//! left out with a note, unless `LINAC_REQUIRE_OTP=1`.
#![forbid(unsafe_code)]

use linac_tests::conformance::{child, tool};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(900);

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace's folder")
}

fn whole() -> bool {
    std::env::var_os("LINAC_LIBRARY").is_some_and(|value| value == "whole")
}

/// The installation of a release, if it is there.
fn installation(release: u32) -> Option<PathBuf> {
    let folder = root().join(format!("target/otp{release}"));
    if folder.join("bin/erl").exists() {
        return Some(folder);
    }
    let required = std::env::var_os("LINAC_REQUIRE_OTP").is_some_and(|value| value == "1");
    assert!(!required, "OTP {release} is not in {}", folder.display());
    eprintln!("left out: OTP {release} is not in {}", folder.display());
    None
}

/// The modules of some applications, in order.
fn modules(otp: &Path, applications: &[&str]) -> Vec<PathBuf> {
    let library = otp.join("root/usr/lib/erlang/lib");
    let mut found = Vec::new();
    for folder in std::fs::read_dir(&library).expect("OTP's library").flatten() {
        let name = folder.file_name().to_string_lossy().into_owned();
        if applications.iter().any(|application| name.starts_with(&format!("{application}-"))) {
            let files = std::fs::read_dir(folder.path().join("ebin")).expect("an application's modules");
            found.extend(files.flatten().map(|file| file.path()));
        }
    }
    found.retain(|path| path.extension().is_some_and(|extension| extension == "beam"));
    found.sort();
    found
}

/// Compiles every function of a file; an error says what went wrong.
fn compile(tool: &Path, file: &Path, level: &str, into: &Path) -> Result<(), String> {
    let mut command = Command::new(tool);
    command.arg("compile").arg(file).args(["--emit=obj", level, "-o"]).arg(into);
    let done = child::run(&mut command, LIMIT).map_err(|error| error.to_string())?;
    match done.status {
        Some(status) if status.success() => Ok(()),
        _ => Err(format!("{command:?}: {:?}\n{}", done.status, done.stderr)),
    }
}

#[test]
fn every_module_compiles_at_both_tiers() {
    let tool = tool(root()).expect("the linac tool");
    let folder = std::env::temp_dir().join(format!("linac-library-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for object files");
    let mut jobs = Vec::new();
    for otp in [25, 27, 29].into_iter().filter_map(installation) {
        let files = modules(&otp, &["stdlib", "kernel", "compiler"]);
        assert!(files.len() > 200, "{} has {} modules only", otp.display(), files.len());
        let step = if whole() { 1 } else { 23 };
        for file in files.into_iter().step_by(step) {
            jobs.extend(["-O0", "-O2"].map(|level| (file.clone(), level)));
        }
    }
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for worker in 0..2 {
            let into = folder.join(format!("{worker}.o"));
            let (jobs, next, failures, tool) = (&jobs, &next, &failures, &tool);
            scope.spawn(move || {
                while let Some((file, level)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(failure) = compile(tool, file, level, &into) {
                        failures.lock().expect("no panic").push(failure);
                    }
                }
            });
        }
    });
    let _ = std::fs::remove_dir_all(&folder);
    let failures = failures.into_inner().expect("no panic");
    println!("library: compiled {}, failed {}", jobs.len() - failures.len(), failures.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn lines(command: &mut Command) -> Vec<String> {
    let done = child::run(command.env("ERL_CRASH_DUMP", "/dev/null"), LIMIT).expect("a child");
    let fine = done.status.is_some_and(|status| status.success());
    assert!(fine, "{command:?}: {:?}\n{}\n{}", done.status, done.stdout, done.stderr);
    done.stdout.lines().map(str::to_string).collect()
}

fn same_code(release: u32) {
    let Some(otp) = installation(release) else { return };
    let mut files = modules(&otp, &["stdlib"]);
    if !whole() {
        let sample = ["lists", "gb_trees", "proplists"];
        files.retain(|path| path.file_stem().is_some_and(|stem| sample.iter().any(|name| stem == *name)));
    }
    // Compiled by the oldest system that has to load it: the one compared with.
    let folder = std::env::temp_dir().join(format!("linac-library-{release}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the program");
    let source = root().join("tests/proofs/library.erl");
    lines(Command::new(otp.join("bin/erlc")).arg("-o").arg(&folder).arg(source));
    let mut reference = Command::new(otp.join("bin/erl"));
    reference.args(["-noshell", "-pa"]).arg(&folder).args([
        "-eval",
        "library:main(init:get_plain_arguments()), halt().",
        "-extra",
    ]);
    let mut ours = Command::new(tool(root()).expect("the linac tool"));
    ours.arg("run")
        .arg("--otp")
        .arg(otp.join("root/usr/lib/erlang"))
        .arg(folder.join("library.beam"))
        .arg("--");
    let (expected, found) = std::thread::scope(|scope| {
        let expected = scope.spawn(|| lines(reference.args(&files)));
        let found = lines(ours.args(&files));
        (expected.join().expect("the reference's run"), found)
    });
    let _ = std::fs::remove_dir_all(&folder);
    assert_eq!(expected.len(), files.len());
    for (expected, found) in expected.iter().zip(&found) {
        assert_eq!(expected, found, "module, forms, code, text, what was read");
    }
    assert_eq!(expected.len(), found.len());
    println!("library: {} modules of OTP {release} compiled to the same code", found.len());
}

#[test]
fn otps_compiler_makes_the_code_that_it_makes_on_otp_27() {
    same_code(27);
}

#[test]
fn otps_compiler_makes_the_code_that_it_makes_on_otp_29() {
    same_code(29);
}
