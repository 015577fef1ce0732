//! Wrong allocations: the check must find them.

use regalloc2::{PRegSet, VReg};

use super::random::{Rng, Shape, function};
use super::sim::{run_allocated, run_virtual};
use super::toy::{Fun, Op, Sem, Toy, env, int, machine_env};
use crate::check::{Problem, problems};
use crate::{
    Algorithm, Allocated, Allocator, Error, Loc, MachInst, Options, Origin, RegEnv, SafepointSite, SlotInit,
    VCode, ValueKind, VerifyLevel,
};

fn unchecked(code: &VCode<Toy>, env: &RegEnv, algorithm: Algorithm) -> Result<Allocated, Error> {
    Allocator::new().run(code, env, Options { algorithm, verify: VerifyLevel::Off, uncolored: false })
}

fn upstream_checker_accepts(code: &VCode<Toy>, env: &RegEnv, algorithm: Algorithm) -> bool {
    crate::adapter::upstream_check(code, env, algorithm)
}

/// Index of the `n`-th instruction with this meaning.
fn find(code: &VCode<Toy>, sem: Sem) -> usize {
    code.insts.iter().position(|i| i.sem == sem).expect("the test makes one")
}

#[test]
fn a_safepoint_that_clobbers_nothing_leaves_a_stale_register() {
    // Three safepoints, the middle one with its clobbers taken away, as a "save all registers" stub might be
    // described. The value is reloaded before it and not after it: the allocator knows that the register of the
    // first reload still holds it.
    let mut f = Fun::new();
    let (v, x, y) = (f.term(), f.raw(), f.raw());
    f.args(&[v]);
    f.call(1, &[], None);
    f.push(Sem::Mix(1), &[Op::UseFixed(v, int(0)), Op::DefAny(x)]);
    f.call(2, &[], None);
    f.push(Sem::Mix(2), &[Op::UseFixed(v, int(0)), Op::DefAny(y)]);
    f.call(3, &[], None);
    f.ret(&[v, x, y]);
    let env = env(8, 4, 1);
    let mut code = f.b.finish(&env).unwrap();
    let poll = find(&code, Sem::Call(2));
    code.clobbers[poll] = 0;
    let out = unchecked(&code, &env, Algorithm::Ion).unwrap();
    assert!(upstream_checker_accepts(&code, &env, Algorithm::Ion), "or this test proves nothing");
    let reader = find(&code, Sem::Mix(2)) as u32;
    let found = problems(&code, &out, &env);
    let stale = found.iter().any(|p| {
        matches!(p, Problem::WrongValue { inst, vreg: 0, loc: Loc::Reg(_), lost_at: Some(at), .. }
            if *inst == reader && *at == poll as u32)
    });
    assert!(stale, "{found:?}\n{}", out.display(&code));
    assert!(run_allocated(&code, &out, 1, 100).is_err(), "the collector must notice too");
}

#[test]
fn a_value_left_in_argument_space_is_refused() {
    let mut machine = machine_env(8, 4);
    machine.fixed_stack_slots = vec![int(40)];
    let mut env = RegEnv::new(machine, 1);
    let mut f = Fun::new();
    let v = f.term();
    f.push(Sem::Args, &[Op::DefFixed(v, int(40))]);
    f.call(1, &[], None);
    f.ret(&[v]);
    let good = f.b.clone().finish(&env).unwrap();
    assert!(unchecked(&good, &env, Algorithm::Ion).is_ok(), "the crate's own clobbers cover it");
    let allocatable = env.call_clobbers;
    env.call_clobbers.remove(int(40));
    // The rules accept only known registers: finish with them all, then take the clobber away.
    let mut bad = good;
    let call = find(&bad, Sem::Call(1));
    bad.clobber_sets.push(env.call_clobbers);
    bad.clobbers[call] = (bad.clobber_sets.len() - 1) as u32;
    env.call_clobbers = allocatable;
    assert!(upstream_checker_accepts(&bad, &env, Algorithm::Ion), "or this test proves nothing");
    let error = unchecked(&bad, &env, Algorithm::Ion).unwrap_err();
    assert!(error.to_string().contains("lives through in p40i"), "{error}");
}

#[test]
fn a_register_both_clobbered_and_defined_is_refused_and_found() {
    // The rule first.
    let mut f = Fun::new();
    let (v, w) = (f.raw(), f.raw());
    f.args(&[v]);
    let mut toy = Toy::new(Sem::Mix(1), &[Op::Use(v), Op::DefFixed(w, int(0))]);
    toy.clobbers = [int(0), int(1)].into_iter().collect();
    f.b.push(toy, Origin::NONE);
    f.ret(&[w]);
    let env = env(8, 4, 1);
    let error = f.b.finish(&env).unwrap_err();
    assert!(error.to_string().contains("clobbered and carries an operand"), "{error}");

    // Then, past the rule: Fastalloc takes it and reads the clobbered register.
    let mut f = Fun::new();
    let (v, w) = (f.term(), f.term());
    f.args(&[v]);
    f.call(1, &[v], Some(w));
    f.ret(&[w]);
    let mut code = f.b.finish(&env).unwrap();
    let call = find(&code, Sem::Call(1));
    code.clobber_sets.push(env.call_clobbers);
    code.clobbers[call] = (code.clobber_sets.len() - 1) as u32;
    let out = unchecked(&code, &env, Algorithm::Fastalloc).unwrap();
    let found = problems(&code, &out, &env);
    assert!(matches!(found[..], [Problem::WrongValue { vreg: 1, .. }]), "{found:?}");
}

#[test]
fn derived_values_do_not_cross_safepoints() {
    let mut f = Fun::new();
    let (t, d, r) = (f.term(), f.derived(), f.raw());
    f.args(&[t]);
    f.push(Sem::Derive, &[Op::Use(t), Op::Def(d)]);
    f.call(1, &[], None);
    f.push(Sem::Mix(1), &[Op::Use(d), Op::Def(r)]);
    f.ret(&[r]);
    let error = f.b.finish(&env(8, 4, 1)).unwrap_err();
    assert!(error.to_string().contains("v1 (Derived) lives through the Call safepoint"), "{error}");
}

#[test]
fn terms_do_not_cross_cold_safepoints_but_raws_may() {
    for term in [true, false] {
        let mut f = Fun::new();
        let v = if term { f.term() } else { f.raw() };
        f.args(&[v]);
        f.push(Sem::Cold, &[]);
        f.ret(&[v]);
        let env = env(8, 4, 1);
        match f.b.finish(&env) {
            Err(error) => assert!(term && error.to_string().contains("lives through the Cold"), "{error}"),
            Ok(code) => {
                assert!(!term);
                let out = super::basic::allocate(&code, &env, Algorithm::Ion);
                assert!(out.moves().is_empty(), "it stays in its register");
            }
        }
    }
}

/// A try region with one call and a slot, with the parts that a test wants to break.
fn try_region(list_slot: bool, store: bool, live_in: bool) -> Result<VCode<Toy>, Error> {
    let mut f = Fun::new();
    let (v, n) = (f.term(), f.raw());
    f.args(&[v, n]);
    let slot = f.b.new_slot(ValueKind::Term, 1, SlotInit::Listed);
    if store {
        f.push(Sem::Store(slot), &[Op::Use(v)]);
    }
    let (body, handler) = (f.b.new_block(), f.b.new_block());
    f.b.terminate(Toy::new(Sem::TryEnter, &[]), Origin::NONE, &[(body, &[]), (handler, &[])]);
    f.b.start_block(body);
    let mut site = SafepointSite { handler: Some(handler), ..SafepointSite::default() };
    if list_slot {
        site.slots.push(slot);
    }
    f.b.push_safepoint(Toy::new(Sem::Call(1), &[]), Origin::NONE, site);
    f.ret(&[n]);
    f.b.start_block(handler);
    let (reason, w) = (f.term(), f.term());
    f.push(Sem::Pad, &[Op::DefFixed(reason, int(0))]);
    f.push(Sem::Load(slot), &[Op::Def(w)]);
    f.ret(&if live_in { vec![w, n] } else { vec![w, reason] });
    f.b.finish(&env(8, 4, 1))
}

#[test]
fn a_handler_reads_slots_that_its_calls_kept() {
    let env = env(8, 4, 1);
    for algorithm in super::basic::BOTH {
        super::basic::allocate(&try_region(true, true, false).unwrap(), &env, algorithm);
    }
    let code = try_region(false, true, false).unwrap();
    let found = problems(&code, &unchecked(&code, &env, Algorithm::Ion).unwrap(), &env);
    assert!(matches!(found[..], [Problem::BadSlot { stale: true, .. }]), "{found:?}");

    let code = try_region(true, false, false).unwrap();
    let found = problems(&code, &unchecked(&code, &env, Algorithm::Ion).unwrap(), &env);
    assert!(found.iter().any(|p| matches!(p, Problem::MapNamesGarbage { word: 0, .. })), "{found:?}");
    assert!(found.iter().any(|p| matches!(p, Problem::BadSlot { stale: false, .. })), "{found:?}");

    let error = try_region(true, true, true).unwrap_err();
    assert!(error.to_string().contains("v1 lives into the handler"), "{error}");
}

/// Damages an allocation in one place.
fn damage(out: &mut Allocated, rng: &mut Rng) -> bool {
    match rng.below(6) {
        5 => {
            // Two slots of the shared area in one word.
            let explicit = out.frame.explicit_words();
            let words = &mut out.frame.slot_words;
            let shared: Vec<usize> = (0..words.len()).filter(|&i| words[i] >= explicit).collect();
            if shared.is_empty() {
                return false;
            }
            let (i, j) = (shared[rng.below(shared.len())], shared[rng.below(shared.len())]);
            words[i] = words[j];
        }
        0 if !out.moves.is_empty() => {
            // Lose a move: turn it into a copy of its own destination.
            let i = rng.below(out.moves.len());
            out.moves[i].from = out.moves[i].to;
        }
        1 if !out.moves.is_empty() => {
            let (i, j) = (rng.below(out.moves.len()), rng.below(out.moves.len()));
            out.moves[i].from = out.moves[j].from;
        }
        2 if !out.moves.is_empty() => {
            let (i, j) = (rng.below(out.moves.len()), rng.below(out.moves.len()));
            out.moves[i].to = out.moves[j].to;
        }
        3 if !out.map_words.is_empty() => {
            // One word less, or a word under the wrong heading.
            let i = rng.below(out.maps.len());
            let map = &mut out.maps[i];
            if map.terms.is_empty() {
                return false;
            }
            map.terms.end -= 1;
            if rng.chance(50) {
                map.raws.start -= 1;
                let words = &mut out.map_words[map.raws.start as usize..map.raws.end as usize];
                words.sort_unstable();
            }
        }
        _ => {
            let (i, j) = (rng.below(out.locs.len()), rng.below(out.locs.len()));
            out.locs[i] = out.locs[j];
        }
    }
    true
}

#[test]
fn whatever_the_check_accepts_runs_right() {
    let env = env(8, 4, 1);
    let (mut found, mut harmless) = (0, 0);
    let mut rng = Rng(7);
    for seed in 0..60 {
        let shape = Shape { ints: 8, floats: 4, vars: 8, size: 15 + seed as usize % 30 };
        let code = function(1000 + seed, shape).finish(&env).unwrap();
        let before = run_virtual(&code, 300);
        for algorithm in super::basic::BOTH {
            let good = unchecked(&code, &env, algorithm).unwrap();
            for _ in 0..20 {
                let mut bad = good.clone();
                if !damage(&mut bad, &mut rng) {
                    continue;
                }
                if problems(&code, &bad, &env).is_empty() {
                    harmless += 1;
                    let after = run_allocated(&code, &bad, 1, 300);
                    assert_eq!(after.as_ref(), Ok(&before), "{}", bad.display(&code));
                } else {
                    found += 1;
                }
            }
        }
    }
    assert!(found > 2 * harmless, "{found} found, {harmless} accepted: the damage should mostly matter");
}

#[test]
fn broken_rules_are_named() {
    type Break = fn(&mut Fun, VReg);
    let table: &[(&str, Break)] = &[
        ("two values in one fixed register", |f, v| {
            let w = f.raw();
            f.push(Sem::Mix(0), &[Op::Def(w)]);
            f.push(Sem::Mix(1), &[Op::UseFixed(v, int(1)), Op::UseFixed(w, int(1))]);
        }),
        ("not allocatable", |f, v| f.push(Sem::Mix(1), &[Op::UseFixed(v, int(30))])),
        ("call can define fixed registers only", |f, _| {
            let w = f.raw();
            f.push(Sem::Call(1), &[Op::Def(w)]);
        }),
        ("call cannot use a value late", |f, v| f.push(Sem::Call(1), &[Op::UseLate(v)])),
        ("only the register of an early use", |f, v| {
            let w = f.raw();
            f.push(Sem::Mix(1), &[Op::UseAny(v), Op::Reuse(w, 0)]);
        }),
        ("beyond the 32nd", |f, v| {
            let w = f.raw();
            let mut ops = vec![Op::UseAny(v); 33];
            ops.push(Op::Reuse(w, 32));
            f.push(Sem::Mix(1), &ops);
        }),
        ("defined twice", |f, v| f.push(Sem::Mix(1), &[Op::Def(v)])),
        ("never defined", |f, _| {
            let w = f.raw();
            f.push(Sem::Mix(1), &[Op::Use(w)]);
        }),
        ("before its definition", |f, _| {
            let w = f.raw();
            f.push(Sem::Mix(1), &[Op::Use(w)]);
            f.push(Sem::Mix(1), &[Op::Def(w)]);
        }),
        ("wrong number of arguments", |f, v| {
            let next = f.b.new_block();
            f.jump(next, &[v]);
            f.b.start_block(next);
        }),
        ("(Raw Int) differs from parameter v1 (Term Int) of block1", |f, v| {
            let next = f.b.new_block();
            f.b.block_param(next, regalloc2::RegClass::Int, ValueKind::Term);
            f.jump(next, &[v]);
            f.b.start_block(next);
        }),
        ("dominate", |f, v| {
            let (a, b, c) = (f.b.new_block(), f.b.new_block(), f.b.new_block());
            f.switch(v, &[(a, &[]), (b, &[])]);
            f.b.start_block(a);
            let w = f.raw();
            f.push(Sem::Mix(1), &[Op::Def(w)]);
            f.jump(c, &[]);
            f.b.start_block(b);
            f.jump(c, &[]);
            f.b.start_block(c);
            f.push(Sem::Mix(2), &[Op::Use(w)]);
        }),
        ("entry block has", |f, v| {
            let next = f.b.new_block();
            f.switch(v, &[(regalloc2::Block::new(0), &[]), (next, &[])]);
            f.b.start_block(next);
        }),
        ("has no code", |f, v| {
            let (a, b) = (f.b.new_block(), f.b.new_block());
            f.switch(v, &[(a, &[]), (b, &[])]);
            f.b.start_block(a);
        }),
        ("differ in kind", |f, v| {
            let slot = f.b.new_slot(ValueKind::Term, 1, SlotInit::AtEntry);
            f.push(Sem::Store(slot), &[Op::Use(v)]);
        }),
        ("handler is the successor of one", |f, v| {
            let (a, b, h) = (f.b.new_block(), f.b.new_block(), f.b.new_block());
            f.switch(v, &[(a, &[]), (b, &[])]);
            for block in [a, b] {
                f.b.start_block(block);
                f.jump(h, &[]);
            }
            f.b.start_block(h);
            f.push(Sem::Pad, &[]);
        }),
        ("pushed as a plain instruction", |f, _| f.push(Sem::Ret, &[])),
    ];
    for (message, broken) in table {
        let mut f = Fun::new();
        let v = f.raw();
        f.args(&[v]);
        broken(&mut f, v);
        f.ret(&[v]);
        match f.b.finish(&env(8, 4, 1)) {
            Err(Error::CompilerBug(text)) => assert!(text.contains(message), "{message}: {text}"),
            other => panic!("{message}: {other:?}"),
        }
    }
}

#[test]
fn empty_and_misused_builders_are_errors() {
    let env = env(8, 4, 1);
    assert!(crate::VCodeBuilder::<Toy>::new().finish(&env).is_err());
    let f = Fun::new();
    assert!(f.b.finish(&env).unwrap_err().to_string().contains("not terminated"));
    let mut f = Fun::new();
    f.jump(regalloc2::Block::new(9), &[]);
    assert!(f.b.finish(&env).unwrap_err().to_string().contains("does not exist"));
    assert_eq!(Toy::jump().clobbers(), PRegSet::empty());
}
