//! Wrong command lines: exit status 2 and one line that names what is wrong, whatever the command.
#![forbid(unsafe_code)]

use linac_tests::conformance::{child, tool};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(120);

/// Arguments (`@` is a folder with the files that [`folder`] makes), and what the message must name.
const WRONG: &[(&str, &str)] = &[
    ("", "command"),
    ("frobnicate", "frobnicate"),
    ("--frobnicate", "--frobnicate"),
    // run
    ("run", "FILE"),
    ("run missing.beam", "missing.beam"),
    ("run @", "directory"),
    ("run @/unreadable.beam", "unreadable.beam"),
    ("run @/empty.beam", "empty.beam"),
    ("run @/text.beam", "text.beam"),
    ("run @/cut.beam", "cut.beam"),
    ("run examples/fib.beam missing.beam", "missing.beam"),
    ("run --frobnicate examples/fib.beam", "--frobnicate"),
    ("run -x examples/fib.beam", "-x"),
    ("run -O7 examples/fib.beam", "'7'"),
    ("run -O examples/fib.beam", "-O"),
    ("run --schedulers", "--schedulers"),
    ("run --schedulers 0 examples/fib.beam", "--schedulers"),
    ("run --schedulers -1 examples/fib.beam", "-1"),
    ("run --schedulers two examples/fib.beam", "'two'"),
    ("run --schedulers 99999999999999999999 examples/fib.beam", "99999999999999999999"),
    ("run --schedulers 1 --schedulers 2 examples/fib.beam", "--schedulers"),
    ("run --jit=never examples/fib.beam", "'never'"),
    ("run --perf=nothing examples/fib.beam", "'nothing'"),
    ("run -pa", "-pa"),
    ("run -pa missing examples/fib.beam", "missing"),
    ("run -pa @/text.beam examples/fib.beam", "text.beam"),
    ("run --code-dir @/text.beam examples/fib.beam", "text.beam"),
    ("run examples/reload_v1/counter.beam", "counter"),
    // compile
    ("compile", "FILE"),
    ("compile --emit=asm missing.beam", "missing.beam"),
    ("compile --emit=asm @", "@"),
    ("compile --emit=asm @/unreadable.beam", "unreadable.beam"),
    ("compile --emit=asm @/cut.beam", "cut.beam"),
    ("compile --emit=asm examples/fib.beam examples/ring.beam", "one file"),
    ("compile examples/fib.beam", "-o FILE"),
    ("compile -o @/x.beam missing.beam", "missing.beam"),
    ("compile -o @/x.beam @/cut.beam", "cut.beam"),
    ("compile -o @ examples/fib.beam", "@"),
    ("compile -o @/x.beam examples/fib.beam examples/ring.beam", "one file"),
    ("compile --out-dir @/x examples/fib.beam examples/fib.beam", "same name"),
    ("compile --out-dir examples examples/fib.beam", "the input's place"),
    ("compile -o @/x.beam --target x86_64,vax examples/fib.beam", "'vax'"),
    ("compile -o @/x.beam --target x86_64,x86_64 examples/fib.beam", "twice"),
    ("pack", "FILE"),
    ("unpack examples/fib.beam", "examples/fib.beam"),
    ("compile --emit=frob examples/fib.beam", "'frob'"),
    ("compile --emit= examples/fib.beam", "emit"),
    ("compile --emit=ir:frob examples/fib.beam", "'frob'"),
    ("compile --emit=ir: examples/fib.beam", "pass ''"),
    ("compile --emit=ir:gvn -O0 examples/fib.beam", "ir:gvn"),
    ("compile --emit=asm --function fib:frob/1 examples/fib.beam", "fib:frob/1"),
    ("compile --emit=asm --function fib examples/fib.beam", "function fib"),
    ("compile --emit=asm --function fib:fib/x examples/fib.beam", "fib:fib/x"),
    ("compile --emit=asm --function lists:map/2 examples/fib.beam", "lists:map/2"),
    ("compile -O9 examples/fib.beam", "'9'"),
    ("compile --opt-fuel=-3 examples/fib.beam", "'-3'"),
    ("compile --opt-fuel=x examples/fib.beam", "'x'"),
    ("compile --word 16 examples/fib.beam", "'16'"),
    ("compile --word 32 --emit=asm examples/fib.beam", "64-bit"),
    ("compile --target vax examples/fib.beam", "'vax'"),
    ("compile --emit=obj -o @/missing/fib.o examples/fib.beam", "missing/fib.o"),
    ("compile --emit=obj -o @ examples/fib.beam", "@"),
    // inspect
    ("inspect", "FILE"),
    ("inspect missing.beam", "missing.beam"),
    ("inspect @", "@"),
    ("inspect @/text.beam", "text.beam"),
    ("inspect examples/fib.beam examples/ring.beam", "examples/ring.beam"),
    ("inspect --emit=beam examples/fib.beam", "--emit"),
    // test
    ("test", "PATH"),
    ("test missing", "missing"),
    ("test --frobnicate tests/filetests", "--frobnicate"),
    ("test tests/filetests/parse missing.lir", "missing.lir"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace's folder")
}

fn linac(arguments: &[String]) -> child::Finished {
    static TOOL: OnceLock<PathBuf> = OnceLock::new();
    let tool = TOOL.get_or_init(|| tool(root()).expect("the linac tool"));
    child::run(Command::new(tool).args(arguments).current_dir(root()), LIMIT).expect("linac runs")
}

/// A folder with files that are wrong in one way each.
fn folder() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("linac-command-line-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    let whole = std::fs::read(root().join("examples/fib.beam")).expect("an example");
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes).expect("a file");
    write("empty.beam", b"");
    write("text.beam", b"-module(text).\n");
    write("cut.beam", &whole[..whole.len() / 2]);
    let unreadable = folder.join("unreadable.beam");
    if !unreadable.is_symlink() {
        // Reading its beginning is an error for everybody, the superuser included.
        std::os::unix::fs::symlink("/proc/self/mem", &unreadable).expect("a link");
    }
    folder
}

#[test]
fn wrong_arguments_give_one_line_that_names_them() {
    let folder = folder();
    let mut problems = Vec::new();
    for (line, named) in WRONG {
        let place = folder.display().to_string();
        let arguments: Vec<String> = line.split_whitespace().map(|a| a.replace('@', &place)).collect();
        let named = named.replace('@', &place);
        let done = linac(&arguments);
        let lines: Vec<&str> = done.stderr.lines().collect();
        let [message] = lines[..] else {
            problems.push(format!("linac {line}: {} lines\n{}", lines.len(), done.stderr));
            continue;
        };
        let status = done.status.and_then(|status| status.code());
        if status != Some(2) {
            problems.push(format!("linac {line}: exit status {status:?}"));
        }
        if !message.starts_with("linac: ") || !message.contains(&named) {
            problems.push(format!("linac {line}: {message} (expected: {named})"));
        }
        if !done.stdout.is_empty() {
            problems.push(format!("linac {line}: output\n{}", done.stdout));
        }
    }
    let _ = std::fs::remove_dir_all(&folder);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn help_and_version_are_no_errors() {
    for arguments in [&["--help"][..], &["--version"], &["run", "--help"], &["help", "compile"]] {
        let arguments: Vec<String> = arguments.iter().map(|a| a.to_string()).collect();
        let done = linac(&arguments);
        assert!(done.status.is_some_and(|status| status.success()), "{arguments:?}");
        assert!(!done.stdout.is_empty() && done.stderr.is_empty(), "{arguments:?}: {}", done.stderr);
    }
}

#[test]
fn an_argument_of_the_program_is_no_option() {
    let arguments = ["run", "examples/echo.beam", "--", "-pa", "--frobnicate", "-O9"].map(str::to_string);
    let done = linac(&arguments);
    assert!(!done.stderr.starts_with("linac: "), "{}", done.stderr);
}
