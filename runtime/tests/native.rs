//! The runtime run by machine code written here by hand.

mod common;

use common::{Asm, Reg, runtime_with, value_of};
use linac_abi::object::Symbol;
use linac_abi::rtcall::RtCall;
use linac_abi::term::{self, NIL};
use linac_runtime::{ExitResult, When};

/// What adds one to a small integer's word,
const ONE: i8 = 1 << term::SMALL_SHIFT;
/// and the word of zero.
const ZERO: i8 = term::TAG_SMALL as i8;

#[test]
fn a_value_is_returned() {
    let mut a = Asm::new("t");
    a.function("main", 0, 0);
    a.small(Reg::X0, 42);
    a.ret();
    a.end();
    assert_eq!(value_of(a.finish(), 1), "42");
}

#[test]
fn bifs_are_called_and_calls_return() {
    let mut a = Asm::new("t");
    a.function("main", 0, 1);
    a.small(Reg::X0, -7);
    a.call("erlang", "abs", 1, 3);
    a.copy(Reg::X1, Reg::X0);
    a.small(Reg::X0, 35);
    a.call("erlang", "+", 2, 4);
    a.ret();
    a.end();
    assert_eq!(value_of(a.finish(), 1), "42");
}

/// A loop of 100000 conses in a process that begins with a few hundred words: the list and the counter live in the
/// frame, and the result counts them all.
#[test]
fn a_list_survives_collections() {
    let mut a = Asm::new("t");
    a.function("main", 0, 2);
    let (again, done) = (a.label(), a.label());
    a.small(Reg::X0, 100_000);
    a.store(0, Reg::X0);
    a.bind(again);
    a.heap_test(2);
    a.fetch(Reg::X0, 0);
    a.fetch(Reg::X1, 1);
    a.cons();
    a.store(1, Reg::X0);
    a.fetch(Reg::X0, 0);
    a.add(-ONE);
    a.store(0, Reg::X0);
    a.add(-ZERO);
    a.jump_if_zero(done);
    a.jump(again);
    a.bind(done);
    a.fetch(Reg::X0, 1);
    a.call("erlang", "length", 1, 9);
    a.ret();
    a.end();
    assert_eq!(value_of(a.finish(), 1), "100000");
}

/// Non-tail recursion 200000 deep: the block grows under the stack, frames move, and all return. Where every call
/// collects, that would be quadratic, and 500 frames show the same.
#[test]
fn the_stack_grows_and_returns() {
    let depth = if linac_runtime::Options::default().gc_stress { 500 } else { 200_000 };
    let mut a = Asm::new("t");
    a.function("main", 0, 0);
    a.small(Reg::X0, depth);
    a.call_local(1, 1);
    a.ret();
    a.end();
    a.function("down", 1, 1);
    let bottom = a.label();
    a.store(0, Reg::X0);
    a.add(-ZERO);
    a.jump_if_zero(bottom);
    a.fetch(Reg::X0, 0);
    a.add(-ONE);
    a.call_local(1, 2);
    a.add(ONE);
    a.ret();
    a.bind(bottom);
    a.small(Reg::X0, 0);
    a.ret();
    a.end();
    assert_eq!(value_of(a.finish(), 1), depth.to_string());
}

#[test]
fn an_exception_reaches_its_handler() {
    let mut a = Asm::new("t");
    a.function("main", 0, 1);
    let pad = a.label();
    a.call_guarded("t", "fails", 0, pad);
    a.ret();
    a.bind(pad);
    // x0 is the class; the reason comes in x1.
    a.copy(Reg::X0, Reg::X1);
    a.ret();
    a.end();
    a.function("fails", 0, 3);
    a.atom(Reg::X0, "oops");
    a.call("erlang", "error", 1, 12);
    a.ret();
    a.end();
    assert_eq!(value_of(a.finish(), 1), "oops");
}

#[test]
fn an_uncaught_exception_is_told_with_its_trace() {
    let mut a = Asm::new("t");
    a.function("main", 0, 1);
    a.atom(Reg::X0, "nothing");
    a.call_local(1, 5);
    a.ret();
    a.end();
    a.function("inner", 1, 2);
    a.call("erlang", "hd", 1, 8);
    a.ret();
    a.end();
    let result = runtime_with(1, When::Load, vec![a.finish()]).run_main("t", "main", &[]);
    let ExitResult::Exception(text) = result else { panic!("{result:?}") };
    let expected = "exception error: bad argument\n  in function  hd/1\n     called as hd(nothing)\n  \
                    in call from t:inner/1 (t.erl, line 8)\n  in call from t:main/0 (t.erl, line 5)";
    assert_eq!(text, expected);
}

#[test]
fn an_undefined_function_raises_undef() {
    let mut a = Asm::new("t");
    a.function("main", 0, 0);
    a.small(Reg::X0, 1);
    a.call("nowhere", "nothing", 1, 5);
    a.ret();
    a.end();
    let result = runtime_with(1, When::FirstCall, vec![a.finish()]).run_main("t", "main", &[]);
    let ExitResult::Exception(text) = result else { panic!("{result:?}") };
    let expected =
        "exception error: undefined function nowhere:nothing/1\n  in function  t:main/0 (t.erl, line 5)";
    assert_eq!(text, expected);
    let missing = runtime_with(1, When::FirstCall, Vec::new()).run_main("t", "main", &[]);
    assert!(matches!(missing, ExitResult::Exception(_)), "{missing:?}");
}

/// main spawns `child(Self)`, which sends `hello`; main receives it.
fn spawn_and_receive(schedulers: usize) {
    let mut a = Asm::new("t");
    a.function("main", 0, 1);
    a.call("erlang", "self", 0, 1);
    a.store(0, Reg::X0);
    a.heap_test(2);
    a.fetch(Reg::X0, 0);
    a.load(Reg::X1, NIL);
    a.cons();
    a.copy(Reg::X2, Reg::X0);
    a.atom(Reg::X0, "t");
    a.atom(Reg::X1, "child");
    a.call("erlang", "spawn", 3, 2);
    let (look, wait) = (a.label(), a.label());
    a.bind(look);
    a.call_runtime(RtCall::RecvPeek, 3);
    a.jump_if_zero(wait);
    a.store(0, Reg::X0);
    a.call_runtime(RtCall::RecvRemove, 3);
    a.fetch(Reg::X0, 0);
    a.ret();
    a.bind(wait);
    a.call_runtime(RtCall::RecvWait, 3);
    a.jump(look);
    a.end();
    a.function("child", 1, 0);
    a.atom(Reg::X1, "hello");
    a.call("erlang", "send", 2, 7);
    a.ret();
    a.end();
    assert_eq!(value_of(a.finish(), schedulers), "hello");
}

#[test]
fn processes_talk_on_one_scheduler() {
    spawn_and_receive(1);
}

#[test]
fn processes_talk_on_two_schedulers() {
    for _ in 0..20 {
        spawn_and_receive(2);
    }
}

/// A process in a loop that never ends does not keep main from returning, although there is one scheduler.
#[test]
fn a_busy_process_starves_nobody() {
    let mut a = Asm::new("t");
    a.function("main", 0, 0);
    a.atom(Reg::X0, "t");
    a.atom(Reg::X1, "busy");
    a.load(Reg::X2, NIL);
    a.call("erlang", "spawn", 3, 1);
    a.call("erlang", "yield", 0, 2);
    a.call("erlang", "yield", 0, 3);
    a.ret();
    a.end();
    a.function("busy", 0, 0);
    a.tail_local(1);
    a.end();
    assert_eq!(value_of(a.finish(), 1), "true");
}

/// receive after 20 -> the value says that it timed out.
#[test]
fn a_receive_times_out() {
    let mut a = Asm::new("t");
    a.function("main", 0, 0);
    let (look, again) = (a.label(), a.label());
    a.bind(look);
    a.call_runtime(RtCall::RecvPeek, 3);
    a.jump_if_zero(again);
    a.ret();
    a.bind(again);
    a.small(Reg::X1, 20);
    a.call_runtime(RtCall::RecvWaitTimeout, 3);
    a.add(-1);
    a.jump_if_zero(look);
    a.call_runtime(RtCall::RecvTimeout, 3);
    a.atom(Reg::X0, "late");
    a.ret();
    a.end();
    let start = std::time::Instant::now();
    assert_eq!(value_of(a.finish(), 1), "late");
    assert!(start.elapsed().as_millis() >= 20);
}

/// A fun made of a lambda, applied by `erlang:apply/2` (a trap): its code gets the fun behind its argument.
#[test]
fn a_fun_is_applied() {
    let mut a = Asm::new("t");
    a.function("main", 0, 1);
    // [header of a fun without environment, cell, arity]
    a.heap_test(5);
    a.load(Reg::X0, term::header(term::Subtag::Fun, 2));
    a.heap_store(0, Reg::X0);
    a.load_data(Reg::X0, Symbol::Lambda(0));
    a.heap_store(1, Reg::X0);
    a.load(Reg::X0, 1);
    a.heap_store(2, Reg::X0);
    a.heap_take(3, term::TAG_BOXED);
    a.store(0, Reg::X0);
    a.small(Reg::X0, 41);
    a.load(Reg::X1, NIL);
    a.cons();
    a.copy(Reg::X1, Reg::X0);
    a.fetch(Reg::X0, 0);
    a.call("erlang", "apply", 2, 1);
    a.ret();
    a.end();
    let body = a.function("-main/0-fun-0-", 2, 0);
    a.add(ONE);
    a.ret();
    a.end();
    a.lambda(body, "-main/0-fun-0-", 1);
    assert_eq!(value_of(a.finish(), 1), "42");
}

#[test]
fn halt_stops_the_run() {
    let mut a = Asm::new("t");
    a.function("main", 0, 0);
    a.small(Reg::X0, 3);
    a.call("erlang", "halt", 1, 1);
    a.ret();
    a.end();
    let result = runtime_with(2, When::Load, vec![a.finish()]).run_main("t", "main", &[]);
    assert_eq!(result, ExitResult::Halted(3));
}
