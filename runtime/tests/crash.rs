//! When the runtime fails, it says what was going on and aborts. The failing program runs in a child process: this
//! test program again, told by the environment which failure to make.

mod common;

use common::{Asm, Reg, runtime_with};
use linac_runtime::When;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;

const CHILD: &str = "LINAC_TEST_CRASH";

/// Runs this test program's test `name` as a child that fails; gives what it wrote and the signal that ended it.
fn child(name: &str) -> (String, Option<i32>) {
    let program = std::env::current_exe().expect("own path");
    // Another instruction set's programs are started by an emulator.
    let runner = std::env::var("LINAC_RUNNER").unwrap_or_default();
    let mut words = runner.split_whitespace().map(std::path::PathBuf::from).chain([program]);
    let output = Command::new(words.next().expect("a program"))
        .args(words)
        .args([name, "--exact", "--nocapture", "--test-threads=1"])
        .env(CHILD, "1")
        .env("RUST_BACKTRACE", "0")
        .output()
        .expect("child runs");
    (String::from_utf8_lossy(&output.stderr).into_owned(), output.status.signal())
}

fn is_child() -> bool {
    std::env::var_os(CHILD).is_some()
}

/// A function whose frame holds `{marker}` calls a failing piece of code.
fn run_failing(fail: impl FnOnce(&mut Asm)) {
    let mut a = Asm::new("t");
    a.function("main", 0, 1);
    a.atom(Reg::X0, "marker");
    a.store(0, Reg::X0);
    a.call_local(1, 17);
    a.ret();
    a.end();
    a.function("fails", 0, 0);
    fail(&mut a);
    a.ret();
    a.end();
    runtime_with(1, When::Load, vec![a.finish()]).run_main("t", "main", &[]);
}

#[test]
fn a_panic_dumps_the_process() {
    if is_child() {
        // A record update outside the tuple is what no compiled code does: the runtime panics.
        run_failing(|a| {
            a.load(Reg::X0, linac_abi::term::NIL);
            a.copy(Reg::X1, Reg::X0);
            a.load(Reg::X2, 1);
            a.call_runtime(linac_abi::rtcall::RtCall::UpdateRecord, 23);
        });
        return;
    }
    let (text, signal) = child("a_panic_dumps_the_process");
    assert_eq!(signal, Some(libc::SIGABRT), "{text}");
    for part in
        ["linac crash dump", "started as t:main/0", "t:fails/0 (t.erl:23)", "t:main/0 (t.erl:17)", "marker"]
    {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
}

#[test]
fn a_fault_in_native_code_dumps_the_process() {
    if is_child() {
        run_failing(Asm::fault);
        return;
    }
    let (text, signal) = child("a_fault_in_native_code_dumps_the_process");
    assert_eq!(signal, Some(libc::SIGSEGV), "{text}");
    for part in ["signal 11 at address", "linac crash dump", "started as t:main/0"] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
}
