//! Replacing and purging a module while a process runs its old version. One test in a process of its own, because it
//! looks at how much code memory is in use.

mod common;

use common::{Asm, Canned, Reg};
use linac_abi::rtcall::RtCall;
use linac_abi::term::NIL;
use linac_runtime::{
    CompilableModule, CompileError, Compiler, ExitResult, Options, Runtime, TierPolicy, When,
};
use std::sync::Arc;

/// "Compiles" a file with the text 1 or 2 to that version of the module `v`.
struct Versions([Canned; 2]);

impl Compiler for Versions {
    fn load(&self, beam: &[u8]) -> Result<Box<dyn CompilableModule>, CompileError> {
        match beam {
            b"1" => Ok(Box::new(self.0[0].clone())),
            b"2" => Ok(Box::new(self.0[1].clone())),
            _ => Err(CompileError::BadInput("no such version".into())),
        }
    }
}

/// `loop() -> receive after infinity.` and `version() -> N.`
fn version(number: i64) -> Canned {
    let mut a = Asm::new("v");
    a.function("loop", 0, 0);
    let again = a.label();
    a.bind(again);
    a.call_runtime(RtCall::RecvWait, 1);
    a.jump(again);
    a.end();
    a.function("version", 0, 0);
    a.small(Reg::X0, number);
    a.ret();
    a.end();
    a.finish()
}

fn load(a: &mut Asm, version: &str) {
    a.atom(Reg::X0, "v");
    a.binary(Reg::X1, version);
    a.call("erlang", "load_module", 2, 1);
}

fn of_v(a: &mut Asm, function: &str) {
    a.atom(Reg::X0, "v");
    a.call("erlang", function, 1, 2);
}

/// Puts x0 in front of the list in slot 1.
fn collect(a: &mut Asm) {
    a.store(2, Reg::X0);
    a.heap_test(2);
    a.fetch(Reg::X0, 2);
    a.fetch(Reg::X1, 1);
    a.cons();
    a.store(1, Reg::X0);
}

#[test]
fn the_old_version_is_purged_with_its_processes() {
    let mut a = Asm::new("t");
    a.function("main", 0, 3);
    load(&mut a, "1");
    a.atom(Reg::X0, "v");
    a.atom(Reg::X1, "loop");
    a.load(Reg::X2, NIL);
    a.call("erlang", "spawn", 3, 3);
    a.store(0, Reg::X0);
    // The process may still be about to begin, and would then begin in the new version: let it run.
    for _ in 0..3 {
        a.call("erlang", "yield", 0, 6);
    }
    a.call("v", "version", 0, 4);
    collect(&mut a);
    load(&mut a, "2");
    a.call("v", "version", 0, 5);
    collect(&mut a);
    a.fetch(Reg::X0, 0);
    a.atom(Reg::X1, "v");
    a.call("erlang", "check_process_code", 2, 7);
    collect(&mut a);
    of_v(&mut a, "purge_module");
    collect(&mut a);
    a.fetch(Reg::X0, 0);
    a.call("erlang", "is_process_alive", 1, 8);
    collect(&mut a);
    of_v(&mut a, "delete_module");
    of_v(&mut a, "purge_module");
    a.fetch(Reg::X0, 1);
    a.ret();
    a.end();
    let options =
        Options { schedulers: 1, policy: TierPolicy::Baseline, when: When::FirstCall, ..Options::default() };
    let compiler = Versions([version(1), version(2)]);
    let runtime = Runtime::new(options, Some(Arc::new(compiler))).unwrap();
    runtime.load_source(Box::new(a.finish())).unwrap();
    let mut used = Vec::new();
    for _ in 0..3 {
        let result = runtime.run_main("t", "main", &[]);
        let ExitResult::Value { text, .. } = result else { panic!("{result:?}") };
        // Newest first: dead, purged, was needed, second version, first version.
        assert_eq!(text, "[false,true,true,2,1]");
        used.push(runtime.stats().code_bytes);
    }
    assert_eq!(used[0], used[1], "code memory grows");
    assert_eq!(used[1], used[2], "code memory grows");
}
