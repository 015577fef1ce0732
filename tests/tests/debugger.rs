//! What a user of a debugger or profiler sees: scripted gdb sessions (`tests/debug/*.gdb`), perf maps, object files.
//!
//! A script begins with comments: `args:` what linac is called with, `expect:` a line on stdout, in this order, with
//! other lines between them. `..` stands for any text within a line; both ends are open.
#![forbid(unsafe_code)]

use linac_tests::conformance::{child, tool};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(120);

/// Set to 1 where the tools of other projects cannot be had: their checks are then left out, with a note.
const WITHOUT_TOOLS: &str = "LINAC_TEST_WITHOUT_TOOLS";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace's folder")
}

fn linac() -> &'static Path {
    static TOOL: OnceLock<PathBuf> = OnceLock::new();
    TOOL.get_or_init(|| tool(root()).expect("the linac tool"))
}

/// Is the program there? If not, that is a failure, unless the environment says otherwise.
fn available(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    if !found {
        let allowed = std::env::var_os(WITHOUT_TOOLS).is_some_and(|value| value == "1");
        assert!(allowed, "{program} is missing (install it, or set {WITHOUT_TOOLS}=1 to do without)");
        eprintln!("left out: {program} is missing");
    }
    found
}

/// Does the line contain the pattern's parts in their order?
fn matches(line: &str, pattern: &str) -> bool {
    let mut rest = line;
    pattern.split("..").map(str::trim).all(|part| match rest.find(part) {
        Some(at) => {
            rest = &rest[at + part.len()..];
            true
        }
        None => false,
    })
}

fn session(name: &str) {
    if !available("gdb") {
        return;
    }
    let path = root().join("tests/debug").join(name);
    let script = std::fs::read_to_string(&path).expect("the script");
    let header = |key: &str| {
        let prefix = format!("# {key}: ");
        script.lines().filter_map(|line| line.strip_prefix(&prefix).map(str::to_string)).collect::<Vec<_>>()
    };
    let arguments = header("args").join(" ");
    let mut command = Command::new("gdb");
    // No files of the user's, no network, one line per frame.
    command.args(["-nx", "--batch", "-iex", "set debuginfod enabled off"]);
    command.args(["-ex", "set width 0", "-x"]);
    command.arg(&path).arg("--args").arg(linac()).args(arguments.split_whitespace());
    command.current_dir(root());
    let done = child::run(&mut command, LIMIT).expect("gdb");
    let output = format!("{}{}", done.stdout, done.stderr);
    assert!(done.status.is_some(), "{name}: killed after {} s\n{output}", LIMIT.as_secs());
    let mut lines = done.stdout.lines();
    let expected = header("expect");
    assert!(expected.len() > 3, "{name} expects too little");
    for pattern in &expected {
        let found = lines.any(|line| matches(line, pattern));
        assert!(found, "{name}: no `{pattern}` (or not in this order) in\n{output}");
    }
}

#[test]
fn functions_stop_by_name_and_frames_are_walked() {
    session("break.gdb");
}

#[test]
fn functions_stop_without_options_and_by_line() {
    session("plain-break.gdb");
}

#[test]
fn runtime_frames_lead_to_erlang_frames() {
    session("runtime.gdb");
}

#[test]
fn functions_are_listed_and_disassembled() {
    session("functions.gdb");
}

#[test]
fn breakpoints_outlive_versions_of_a_module() {
    session("reload.gdb");
}

#[test]
fn patterns_match_parts_in_order() {
    for (line, pattern, expect) in [
        ("#1  0x12 in f () at f.erl:3", "#1 .. in f () at f.erl:3", true),
        ("#1  0x12 in f () at f.erl:3", "f.erl .. in f", false),
        ("#11 in f", "#1 .. in f", true),
        ("", "x", false),
    ] {
        assert_eq!(matches(line, pattern), expect, "{line:?} {pattern:?}");
    }
}

#[test]
fn perf_map_names_the_functions() {
    let mut child = Command::new(linac())
        .args(["run", "--perf=map", "examples/fib.beam"])
        .current_dir(root())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("linac");
    let map = PathBuf::from(format!("/tmp/perf-{}.map", child.id()));
    assert!(child.wait().expect("linac").success());
    let text = std::fs::read_to_string(&map).expect("the map");
    let _ = std::fs::remove_file(&map);
    let mut names: Vec<&str> = Vec::new();
    for line in text.lines() {
        let [start, size, name] = line.splitn(3, ' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let number = |text| u64::from_str_radix(text, 16).expect("a number");
        assert!(number(start) > 0 && number(size) > 0, "{line}");
        names.push(name);
    }
    assert!(names.contains(&"fib:start/0") && names.contains(&"fib:fib/1"), "{text}");
}

#[test]
fn object_files_of_the_examples_are_well_formed() {
    if !available("llvm-dwarfdump") || !available("objdump") {
        return;
    }
    let folder = std::env::temp_dir().join(format!("linac-objects-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    for name in ["fib", "hello", "quicksort", "ring"] {
        for level in ["-O0", "-O2"] {
            let file = folder.join(format!("{name}{level}.o"));
            let beam = format!("examples/{name}.beam");
            let run = |command: &mut Command| {
                let done = child::run(command.current_dir(root()), LIMIT).expect("a tool");
                assert!(
                    done.status.is_some_and(|status| status.success()),
                    "{command:?}: {}{}",
                    done.stdout,
                    done.stderr
                );
                done.stdout
            };
            run(Command::new(linac()).args(["compile", "--emit=obj", level, "-o"]).arg(&file).arg(beam));
            let verified = run(Command::new("llvm-dwarfdump").arg("--verify").arg(&file));
            assert!(verified.contains("No errors"), "{name} {level}: {verified}");
            let listing = run(Command::new("objdump").args(["-d", "-r"]).arg(&file));
            assert!(listing.contains(&format!("<{name}:start/0>:")), "{listing}");
            assert!(listing.contains("R_X86_64_PC32"), "{listing}");
        }
    }
    let _ = std::fs::remove_dir_all(&folder);
}
