//! Slot colouring.

use super::random::{Shape, function};
use super::sim::{run_allocated, run_virtual};
use super::toy::{Fun, Op, Sem, Toy, env};
use crate::{Algorithm, Allocated, Allocator, Item, Loc, Options, RegEnv, VCode, VerifyLevel};

fn fastalloc(code: &VCode<Toy>, env: &RegEnv, uncolored: bool) -> Allocated {
    run(code, env, Algorithm::Fastalloc, uncolored)
}

fn run(code: &VCode<Toy>, env: &RegEnv, algorithm: Algorithm, uncolored: bool) -> Allocated {
    let options = Options { algorithm, verify: VerifyLevel::Full, uncolored };
    Allocator::new().run(code, env, options).unwrap_or_else(|e| panic!("{e}\n{code}"))
}

/// The most words that any stack map of the function needs: no frame can be smaller.
fn largest_map(out: &Allocated) -> u32 {
    let explicit = out.frame().explicit_words();
    let words = |m| out.term_words(m).iter().chain(out.raw_words(m)).filter(|&&w| w >= explicit).count();
    out.stack_maps().iter().map(words).max().unwrap_or(0) as u32
}

fn memory_moves(out: &Allocated) -> usize {
    let memory = |loc| matches!(loc, Loc::Word(_));
    out.moves().iter().filter(|m| memory(m.from) || memory(m.to)).count()
}

#[test]
fn coloring_keeps_the_meaning_and_shrinks_the_frame() {
    let (mut before_words, mut after_words, mut bound, mut before_moves, mut after_moves) = (0, 0, 0, 0, 0);
    for seed in 0..60 {
        let float_words = 1 + (seed % 2) as u32;
        let env = env(8, 4, float_words);
        let shape = Shape { ints: 8, floats: 4, vars: 4 + seed as usize % 9, size: 10 + seed as usize };
        let code = function(5000 + seed, shape).finish(&env).unwrap();
        let plain = fastalloc(&code, &env, true);
        let colored = fastalloc(&code, &env, false);
        let wanted = run_virtual(&code, 400);
        for out in [&plain, &colored] {
            let got = run_allocated(&code, out, float_words, 400);
            assert_eq!(got.as_ref(), Ok(&wanted), "seed {seed}\n{}", out.display(&code));
        }
        before_words += plain.frame().spill_words();
        after_words += colored.frame().spill_words();
        bound += largest_map(&plain);
        before_moves += memory_moves(&plain);
        after_moves += memory_moves(&colored);
        for map in colored.stack_maps() {
            let (terms, raws) = (colored.term_words(map), colored.raw_words(map));
            assert!(terms.iter().all(|w| !raws.contains(w)), "a word is both a term and raw");
            assert!(terms.windows(2).chain(raws.windows(2)).all(|w| w[0] < w[1]), "unsorted map");
        }
    }
    println!(
        "spill words {before_words} -> {after_words}, bound {bound}; moves {before_moves} -> {after_moves}"
    );
    assert!(after_words * 5 < before_words, "{before_words} -> {after_words}");
    assert!(after_words < bound * 2, "{after_words} words, {bound} in the largest maps");
    assert!(after_moves * 3 < before_moves, "{before_moves} -> {after_moves} moves");
}

#[test]
fn a_chain_of_calls_reuses_its_words() {
    let mut f = Fun::new();
    let mut t = f.term();
    f.args(&[t]);
    for k in 0..40 {
        let r = f.term();
        f.call(k, &[], Some(r));
        let next = f.term();
        f.push(Sem::Make(k), &[Op::Use(t), Op::Use(r), Op::Def(next)]);
        t = next;
    }
    f.ret(&[t]);
    let env = env(8, 4, 1);
    let code = f.b.finish(&env).unwrap();
    assert!(fastalloc(&code, &env, true).frame().spill_words() >= 40);
    assert!(fastalloc(&code, &env, false).frame().spill_words() <= 2);
}

#[test]
fn a_loop_that_only_carries_values_does_not_copy_them() {
    let mut f = Fun::new();
    let (a, n) = (f.term(), f.raw());
    f.args(&[a, n]);
    let (header, body, exit) = (f.b.new_block(), f.b.new_block(), f.b.new_block());
    let t = f.b.block_param(header, regalloc2::RegClass::Int, crate::ValueKind::Term);
    let i = f.b.block_param(header, regalloc2::RegClass::Int, crate::ValueKind::Raw);
    f.jump(header, &[a, n]);
    f.b.start_block(header);
    f.switch(i, &[(body, &[]), (exit, &[])]);
    f.b.start_block(body);
    let j = f.raw();
    f.call(1, &[i], Some(j));
    f.jump(header, &[t, j]);
    f.b.start_block(exit);
    f.ret(&[t]);
    let env = env(8, 4, 1);
    let code = f.b.finish(&env).unwrap();
    let out = fastalloc(&code, &env, false);
    let body = code.blocks().nth(2).unwrap();
    let loads =
        out.items(&code, body).filter(|i| matches!(i, Item::Move(m) if matches!(m.from, Loc::Word(_))));
    // `t` stays where it is, and `i` is in a register since the test.
    assert_eq!(loads.count(), 0, "{}", out.display(&code));
    assert_eq!(out.frame().spill_words(), 2);
}

#[test]
fn slots_of_cold_paths_share_words_with_spill_slots() {
    // A body recursion with a heap test behind the call: what the call spills is parked at the heap test.
    let mut f = Fun::new();
    let (a, b, r) = (f.term(), f.term(), f.term());
    f.args(&[a, b]);
    f.call(1, &[a], Some(r));
    let (cold, join) = (f.b.new_block(), f.b.new_block());
    f.b.mark_cold(cold);
    let kept: Vec<_> =
        (0..3).map(|_| f.b.block_param(join, regalloc2::RegClass::Int, crate::ValueKind::Term)).collect();
    let room = f.raw();
    f.push(Sem::Mix(2), &[Op::Use(r), Op::Def(room)]);
    f.switch(room, &[(join, &[a, b, r]), (cold, &[])]);
    f.b.start_block(cold);
    let slots: Vec<_> =
        (0..3).map(|_| f.b.new_slot(crate::ValueKind::Term, 1, crate::SlotInit::Listed)).collect();
    for (&v, &s) in [a, b, r].iter().zip(&slots) {
        f.push(Sem::Store(s), &[Op::Use(v)]);
    }
    let site = crate::SafepointSite { slots: slots.iter().copied().collect(), handler: None };
    f.b.push_safepoint(Toy::new(Sem::Call(7), &[]), crate::Origin::NONE, site);
    let new: Vec<_> = (0..3).map(|_| f.term()).collect();
    for (&v, &s) in new.iter().zip(&slots) {
        f.push(Sem::Load(s), &[Op::Def(v)]);
    }
    f.jump(join, &new);
    f.b.start_block(join);
    f.ret(&kept);
    let env = env(8, 4, 1);
    let code = f.b.finish(&env).unwrap();
    let wanted = run_virtual(&code, 100);
    for algorithm in super::basic::BOTH {
        let out = run(&code, &env, algorithm, false);
        assert_eq!(run_allocated(&code, &out, 1, 100).as_ref(), Ok(&wanted));
        let (shared, apart) =
            (out.frame().frame_words(), run(&code, &env, algorithm, true).frame().frame_words());
        assert_eq!(out.frame().explicit_words(), 0, "every slot shares");
        assert!(shared <= 4 && apart >= 5, "{algorithm:?}: {shared} words, {apart} without sharing");
    }
}

#[test]
fn slots_of_try_regions_keep_their_words() {
    let mut kept = 0;
    for seed in 0..30 {
        let env = env(8, 4, 1);
        let shape = Shape { ints: 8, floats: 4, vars: 6, size: 40 };
        let code = function(seed, shape).finish(&env).unwrap();
        let shared = crate::share::Shared::find(&code);
        for block in code.blocks().filter(|&b| code.is_handler(b)) {
            for inst in code.block_insts(block).iter() {
                if let Sem::Load(slot) = code.inst(inst).sem {
                    assert_eq!(shared.number(slot), None, "{slot} is read in a handler");
                    kept += 1;
                }
            }
        }
    }
    assert!(kept > 20);
}

#[test]
fn a_function_that_calls_nobody_needs_no_frame() {
    let mut f = Fun::new();
    let (a, n, x) = (f.term(), f.raw(), f.raw());
    f.args(&[a, n]);
    let (left, right) = (f.b.new_block(), f.b.new_block());
    f.push(Sem::Mix(1), &[Op::Use(n), Op::Def(x)]);
    f.switch(x, &[(left, &[]), (right, &[])]);
    for (block, k) in [(left, 2), (right, 3)] {
        f.b.start_block(block);
        let y = f.raw();
        f.push(Sem::Mix(k), &[Op::Use(x), Op::Use(n), Op::Use(a), Op::Def(y)]);
        f.ret(&[a, y]);
    }
    let env = env(8, 4, 1);
    let code = f.b.finish(&env).unwrap();
    assert!(fastalloc(&code, &env, true).frame().frame_words() > 0, "or there is nothing to prove");
    let out = fastalloc(&code, &env, false);
    assert_eq!(out.frame().frame_words(), 0, "{}", out.display(&code));
}
