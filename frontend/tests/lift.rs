//! Lifted code obeys the IR's rules, and looks as it should where that matters.

use linac_frontend::beam::Module;
use linac_frontend::lift::{LiftErrorKind, Lifter, Options};
use linac_ir::{self as ir, Effects, Opcode};
use std::collections::BTreeSet;

fn module(name: &str) -> Module {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    Module::decode(&bytes).unwrap_or_else(|e| panic!("{}", e.in_file(name)))
}

const SAMPLES: [&str; 3] = ["sample.otp25.beam", "sample.otp27.beam", "sample.otp29.beam"];

/// Everything that can be lifted, and the opcodes that cannot.
fn lift_all(module: &Module, options: Options) -> (Vec<ir::Function>, BTreeSet<String>) {
    let lifter = Lifter::new(module, options);
    let mut failed = BTreeSet::new();
    let mut done = Vec::new();
    for i in 0..lifter.len() {
        match lifter.lift(i) {
            Ok(func) => done.push(func),
            Err(e) => {
                assert_eq!(e.kind, LiftErrorKind::Unsupported, "{e}");
                assert!(e.to_string().contains(&lifter.mfa(i)), "{e} does not name {}", lifter.mfa(i));
                failed.insert(e.reason);
            }
        }
    }
    (done, failed)
}

fn function(module: &str, name: &str, arity: u32) -> ir::Function {
    let m = self::module(module);
    let (functions, _) = lift_all(&m, Options::default());
    let found = functions.into_iter().find(|f| &*f.name == name && f.arity == arity);
    found.unwrap_or_else(|| panic!("{name}/{arity} is not lifted"))
}

#[test]
fn lifted_functions_verify_and_survive_the_text_form() {
    for name in SAMPLES.into_iter().chain(["modern.otp29.beam"]) {
        let m = module(name);
        for debug in [false, true] {
            for types in [false, true] {
                let (functions, _) = lift_all(&m, Options { debug, types, ..Options::default() });
                assert!(functions.len() >= 3, "{name}");
                for f in &functions {
                    if let Err(errors) = ir::verify::verify(f) {
                        panic!("{name}: {}: {}\n{}", f.mfa(), errors[0], ir::text::print(f));
                    }
                    let text = ir::text::print(f);
                    let back =
                        ir::text::parse_function(&text).unwrap_or_else(|e| panic!("{}: {e:?}", f.mfa()));
                    assert_eq!(ir::text::print(&back), text);
                }
            }
        }
    }
}

#[test]
fn everything_is_lifted_native_records_too() {
    for name in SAMPLES {
        assert_eq!(lift_all(&module(name), Options::default()).1, BTreeSet::new(), "{name}");
    }
    let (functions, failed) = lift_all(&module("modern.otp29.beam"), Options::default());
    assert_eq!(failed, BTreeSet::new());
    let all = |f: &ir::Function| f.insts.values().map(|inst| inst.op).collect::<Vec<Opcode>>();
    let ops: Vec<Opcode> = functions.iter().flat_map(all).collect();
    for op in [Opcode::Record, Opcode::RecordDef, Opcode::RecordGet, Opcode::RecordPut] {
        assert!(ops.contains(&op), "no {op}");
    }
}

#[test]
fn function_numbers_are_positions() {
    let m = module("sample.otp27.beam");
    let lifter = Lifter::new(&m, Options::default());
    assert_eq!(lifter.len(), m.functions.len() + m.lambdas.len());
    for i in 0..lifter.len() {
        if let Ok(f) = lifter.lift(i) {
            assert_eq!(f.index as usize, i);
            assert_eq!(lifter.mfa(i).rsplit('/').next(), Some(f.arity.to_string().as_str()));
        }
    }
}

/// The opcodes of a function, in order.
fn opcodes(f: &ir::Function) -> Vec<Opcode> {
    let insts = f.order.iter().flat_map(|&b| f.blocks[b].insts.iter());
    insts.map(|&i| f.insts[i].op).collect()
}

#[test]
fn a_counting_loop_is_a_tail_call() {
    for name in SAMPLES {
        let f = function(name, "sum", 2);
        let ops = opcodes(&f);
        for op in [Opcode::Hd, Opcode::Tl, Opcode::Add, Opcode::IsNone, Opcode::AssertTerm, Opcode::TailCall]
        {
            assert!(ops.contains(&op), "{name}: no {op}\n{}", ir::text::print(&f));
        }
        assert!(!ops.contains(&Opcode::SlotStore) && !ops.contains(&Opcode::TryEnter));
    }
}

#[test]
fn everything_that_raises_in_a_try_names_the_handler() {
    for name in SAMPLES {
        let f = function(name, "safe_div", 2);
        let pads: Vec<ir::Block> = f
            .order
            .iter()
            .copied()
            .filter(|&b| f.blocks[b].insts.first().is_some_and(|&i| f.insts[i].op == Opcode::Landing))
            .collect();
        let [pad] = pads[..] else { panic!("{name}: {pads:?}") };
        let in_region = f
            .order
            .iter()
            .flat_map(|&b| &f.blocks[b].insts)
            .filter(|&&i| f.insts[i].handler.expand() == Some(pad));
        assert_eq!(in_region.count(), 1, "{name}: only the division can raise in the region");
        let outside = f
            .order
            .iter()
            .flat_map(|&b| &f.blocks[b].insts)
            .filter(|&&i| f.insts[i].op.effects().has(Effects::RAISES) && f.insts[i].handler.is_none());
        assert!(outside.count() >= 1, "{name}: the handler itself raises again");
    }
}

#[test]
fn values_that_a_handler_needs_are_stored_before_the_region() {
    for name in SAMPLES {
        let f = function(name, "cleanup", 2);
        let ops = opcodes(&f);
        let at = |op| ops.iter().position(|&o| o == op).unwrap_or_else(|| panic!("{name}: no {op}"));
        assert!(at(Opcode::SlotStore) < at(Opcode::TryEnter), "{name}");
        assert!(at(Opcode::Landing) < at(Opcode::SlotLoad), "{name}");
        assert_eq!(f.slots.len(), 1, "{name}: only G is needed");
    }
}

#[test]
fn receive_loops_and_floats_and_maps() {
    for name in SAMPLES {
        let ping = opcodes(&function(name, "ping", 2));
        for op in [
            Opcode::Send,
            Opcode::RecvPeek,
            Opcode::RecvRemove,
            Opcode::RecvNext,
            Opcode::RecvWaitTimeout,
            Opcode::RecvTimeout,
        ] {
            assert!(ping.contains(&op), "{name}: ping/2 has no {op}");
        }
        let hypot = opcodes(&function(name, "hypot", 2));
        assert_eq!(hypot.iter().filter(|&&o| o == Opcode::FMul).count(), 2, "{name}");
        assert_eq!(
            hypot.iter().filter(|&&o| o == Opcode::BoxF64).count(),
            1,
            "{name}: only the result is boxed"
        );
        let keys = opcodes(&function(name, "keys", 1));
        assert!(keys.contains(&Opcode::MapGet) && keys.contains(&Opcode::MapPutAssoc), "{name}");
        let adder = opcodes(&function(name, "adder", 1));
        assert!(adder.contains(&Opcode::MakeFun), "{name}");
        assert!(opcodes(&function(name, "old_catch", 1)).contains(&Opcode::BuildStacktrace), "{name}");
    }
}

#[test]
fn type_claims_become_facts() {
    let has_assert = |f: &ir::Function| {
        f.order.iter().flat_map(|&b| &f.blocks[b].insts).any(|&i| {
            let inst = &f.insts[i];
            inst.op == Opcode::AssertTerm && f.facts[inst.results[0]].kinds == ir::Kinds::REF
        })
    };
    let m = module("sample.otp29.beam");
    let typed = lift_all(&m, Options::default()).0;
    let untyped = lift_all(&m, Options { types: false, ..Options::default() }).0;
    assert!(typed.iter().any(has_assert), "make_ref gives a reference, says the file");
    assert!(!untyped.iter().any(has_assert));
}

#[test]
fn lambda_entries_unpack_the_free_variables() {
    for name in SAMPLES {
        let m = module(name);
        let lifter = Lifter::new(&m, Options::default());
        let n = m.lambdas.iter().position(|l| l.free == 1).expect("adder's fun");
        let f = lifter.lift(m.functions.len() + n).expect("entry");
        assert_eq!(f.arity, 2, "the argument and the fun");
        assert_eq!(opcodes(&f), [Opcode::LoadConst, Opcode::TailCall], "{name}");
    }
}

#[test]
fn all_of_the_samples_is_lifted() {
    for name in SAMPLES {
        let (_, failed) = lift_all(&module(name), Options::default());
        assert!(failed.is_empty(), "{name}: {failed:?}");
    }
}

#[test]
fn the_bit_syntax_reads_and_goes_on() {
    for name in SAMPLES {
        let f = function(name, "bytes", 2);
        let ops = opcodes(&f);
        for op in [Opcode::BsStart, Opcode::BsLeft, Opcode::BsInteger, Opcode::BsSkip, Opcode::BsCreate] {
            assert!(ops.contains(&op), "{name}: no {op}");
        }
        // A context is taken apart once, and what is passed on is the rest, not the binary that was matched.
        assert_eq!(ops.iter().filter(|&&op| op == Opcode::BsStart).count(), 1, "{name}");
        let params = f.blocks[f.entry()].params.clone();
        let tail =
            f.order.iter().flat_map(|&b| &f.blocks[b].insts).find(|&&i| f.insts[i].op == Opcode::TailCall);
        let args = &f.insts[*tail.expect("a loop")].args;
        assert_ne!(args[0], params[0], "{name}");
        let parse = opcodes(&function(name, "parse", 1));
        for op in [Opcode::BsPart, Opcode::BsUtf, Opcode::BsUtfSize, Opcode::BsInteger] {
            assert!(parse.contains(&op), "{name}: no {op}");
        }
    }
}

#[test]
fn funs_in_tail_position_are_left_to() {
    for name in SAMPLES {
        let f = function(name, "forever", 1);
        assert_eq!(opcodes(&f).last(), Some(&Opcode::TailCallFun), "{name}");
        // Not so inside a region: its handler must stay.
        assert!(opcodes(&function(name, "cleanup", 2)).contains(&Opcode::CallFun), "{name}");
    }
}

#[test]
fn bifs_in_tail_position_keep_the_frame() {
    for name in SAMPLES {
        let f = function(name, "clock", 0);
        assert_eq!(opcodes(&f), [Opcode::Call, Opcode::Return], "{name}");
    }
}

#[test]
fn receives_without_patterns_look_at_messages_before_they_wait() {
    for name in SAMPLES {
        let pause = opcodes(&function(name, "pause", 1));
        let at = |op| pause.iter().position(|&o| o == op).unwrap_or_else(|| panic!("{name}: no {op}"));
        assert!(at(Opcode::RecvPeek) < at(Opcode::RecvWaitTimeout), "{name}");
        assert!(at(Opcode::RecvNext) < at(Opcode::RecvTimeout), "{name}");
        let poll = opcodes(&function(name, "poll", 0));
        assert!(poll.contains(&Opcode::RecvWaitTimeout), "{name}: messages on their way are let in");
    }
}
