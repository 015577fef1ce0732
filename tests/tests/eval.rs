//! `linac eval` answers what OTP answers: each `tests/eval/NAME.txt` is a list of expressions, `NAME.VERSION.out` what
//! that version of OTP prints for them (`scripts/record-eval.sh`). Numbers in pids, references and funs do not count.

#![forbid(unsafe_code)]

use linac_tests::conformance::{child, tool};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(120);

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository")
}

/// The folder of an OTP installation; `scripts/otp.sh VERSION target/otpVERSION` makes it.
fn otp(version: &str) -> PathBuf {
    root().join("target").join(format!("otp{version}"))
}

/// Text with the numbers of pids, references and funs taken out.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (before, tail) = rest.split_at(at);
        out.push_str(before);
        let inner = &tail[1..];
        let numbers = inner.len() - inner.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
        let is_pid = inner[..numbers].matches('.').count() == 2 && inner[numbers..].starts_with('>');
        if before.ends_with("#Ref") || is_pid {
            out.push_str("<>");
            rest = &inner[numbers + 1..];
        } else if before.ends_with("#Fun") && inner.contains('>') && !inner.starts_with("fun ") {
            let end = inner.find('>').unwrap_or(0);
            let name = inner[..end].split('.').next().unwrap_or_default();
            out.push('<');
            out.push_str(name);
            out.push('>');
            rest = &inner[end + 1..];
        } else {
            out.push('<');
            rest = inner;
        }
    }
    out + rest
}

fn check(version: &str) {
    let otp = otp(version);
    assert!(otp.join("bin/erl").exists(), "scripts/otp.sh {version} target/otp{version} installs OTP");
    let linac = tool(root()).expect("the linac tool");
    let mut files: Vec<PathBuf> = std::fs::read_dir(root().join("tests/eval"))
        .expect("the lists")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    let mut wrong = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a list");
        let wanted = std::fs::read_to_string(file.with_extension(format!("{version}.out"))).expect("answers");
        let mut command = Command::new(&linac);
        command.args(["eval", "--otp"]).arg(&otp).arg(text).env("LC_ALL", "C.UTF-8");
        let done = child::run(&mut command, LIMIT).expect("linac runs");
        let (got, wanted) = (plain(&done.stdout), plain(&wanted));
        if got != wanted {
            let differ = got.lines().zip(wanted.lines()).position(|(a, b)| a != b);
            let line = differ.unwrap_or(got.lines().count().min(wanted.lines().count()));
            wrong.push(format!(
                "{} line {}:\n  linac {:?}\n  OTP   {:?}\n{}",
                file.display(),
                line + 1,
                got.lines().nth(line),
                wanted.lines().nth(line),
                done.stderr
            ));
        }
    }
    assert!(wrong.is_empty(), "OTP {version}\n{}", wrong.join("\n"));
}

#[test]
fn answers_are_those_of_otp_27() {
    check("27");
}

#[test]
fn answers_are_those_of_otp_29() {
    check("29");
}

/// Standard output of `linac eval` with this standard input, and its exit status.
fn with_input(expressions: &str, input: &[u8], locale: &str) -> (Vec<u8>, Option<i32>) {
    let mut command = Command::new(tool(root()).expect("the linac tool"));
    command.args(["eval", "--otp"]).arg(otp("29")).arg(expressions).env("LC_ALL", locale);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("linac runs");
    child.stdin.take().expect("a pipe").write_all(input).expect("written");
    let output = child.wait_with_output().expect("linac ends");
    (output.stdout, output.status.code())
}

#[test]
fn input_comes_by_lines_characters_and_terms() {
    let expressions = r#"
        io:get_line("p> "). io:get_chars("", 2). io:get_line(""). io:read("t> "). io:get_line(""). io:fread("", "~d").
        io:setopts([binary]). io:get_line(""). io:get_line("")."#;
    let input = "one\ntwo é\n{a,1}. rest\n 12 x\né\n".as_bytes();
    let (output, status) = with_input(expressions, input, "C.UTF-8");
    let wanted = "p> \"one\\n\"\n\"tw\"\n\"o é\\n\"\nt> {ok,{a,1}}\n\"rest\\n\"\n{ok,\"\\f\"}\nok\n<<\" x\\n\">>\n<<\"é\\n\"/utf8>>\n";
    assert_eq!(String::from_utf8_lossy(&output), wanted);
    assert_eq!(status, Some(0));
}

#[test]
fn input_that_is_not_utf8_is_latin1_from_there_on() {
    let expressions = r#"
        F = fun() -> io:format("~w ~w~n", [io:get_line(""), proplists:get_value(encoding, io:getopts())]) end.
        F(). F(). F(). io:put_chars([233, 955, 10])."#;
    let (output, _) = with_input(expressions, b"a\xC3\xA9\nx\xE9\xC3\xA9\nz\xCE\xBB", "C.UTF-8");
    let text = String::from_utf8_lossy(&output);
    let lines: Vec<&str> = text.lines().filter(|line| line.starts_with('[')).collect();
    assert_eq!(lines, ["[97,233,10] latin1", "[120,233,195,169,10] latin1", "[122,206,187] latin1"]);
    assert!(output.ends_with(b"\xE9\\x{3BB}\nok\n"), "{text}");
    // A character that is not whole at the end is lost.
    let (output, _) = with_input("io:get_line(\"\"). io:get_line(\"\").", b"ab\xE9", "C.UTF-8");
    assert_eq!(output, b"\"ab\"\neof\n");
}

#[test]
fn a_term_of_several_lines_is_asked_for_line_by_line() {
    let (output, _) = with_input("io:read(\"p> \").", b"{a,\nb,\n\nc}.\n", "C.UTF-8");
    assert_eq!(String::from_utf8_lossy(&output), "p> p> p> p> {ok,{a,b,c}}\n");
}

#[test]
fn what_needs_a_port_says_that_there_are_none() {
    for call in [
        "os:cmd(\"true\").",
        "open_port({spawn, \"true\"}, []).",
        "gen_tcp:listen(0, []).",
        "gen_udp:open(0).",
        "inet:gethostname().",
        "socket:open(inet, stream).",
    ] {
        let guarded = format!(
            "try {} catch error:R:S -> io:format(\"~0p ~0p~n\", [R, S]) end.",
            &call[..call.len() - 1]
        );
        let (output, _) = with_input(&guarded, b"", "C.UTF-8");
        let text = String::from_utf8_lossy(&output);
        assert!(text.contains("notsup"), "{call}: {text}");
    }
}

#[test]
fn output_is_complete_in_order_and_in_the_encoding_of_the_environment() {
    let expressions =
        r#"[io:format("~w~n", [N]) || N <- lists:seq(1, 3000)], erlang:display(last), halt(7)."#;
    let (output, status) = with_input(expressions, b"", "C.UTF-8");
    let mut wanted: String = (1..=3000).map(|n| format!("{n}\n")).collect();
    wanted.push_str("last\n");
    assert_eq!(String::from_utf8_lossy(&output), wanted);
    assert_eq!(status, Some(7));
    let (output, _) = with_input(r#"io:put_chars([233, 1024, $\n])."#, b"", "C");
    assert_eq!(output, b"\xE9\\x{400}\nok\n");
    let (output, _) = with_input("io:get_line(\"\").", b"", "C");
    assert_eq!(output, b"eof\n");
}

#[test]
fn failures_are_told_as_the_shell_tells_them() {
    let (_, status) = with_input("1 +.", b"", "C");
    assert_eq!(status, Some(1));
    let (output, status) = with_input("a. hd([]). b.", b"", "C");
    assert_eq!((output, status), (b"a\n".to_vec(), Some(1)));
}

#[test]
fn numbers_of_pids_and_references_do_not_count() {
    assert_eq!(plain("{<0.12.0>,#Ref<0.1.2.3>,a<b}"), "{<>,#Ref<>,a<b}");
    assert_eq!(plain("#Fun<erl_eval.6.39164016> <<1>>"), "#Fun<erl_eval> <<1>>");
}
