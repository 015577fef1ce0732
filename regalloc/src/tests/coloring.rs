//! Slot colouring.

use super::random::{Shape, function};
use super::sim::{run_allocated, run_virtual};
use super::toy::{Fun, Op, Sem, Toy, env};
use crate::{Algorithm, Allocated, Allocator, Item, Loc, Options, RegEnv, VCode, VerifyLevel};

fn fastalloc(code: &VCode<Toy>, env: &RegEnv, uncolored: bool) -> Allocated {
    let options = Options { algorithm: Algorithm::Fastalloc, verify: VerifyLevel::Full, uncolored };
    Allocator::new().run(code, env, options).unwrap_or_else(|e| panic!("{e}\n{code}"))
}

/// The most words that any stack map of the function needs: no frame can be smaller.
fn largest_map(out: &Allocated) -> u32 {
    let explicit = out.frame().explicit_words();
    let words = |m| out.term_words(m).iter().chain(out.raw_words(m)).filter(|&&w| w >= explicit).count();
    out.stack_maps().iter().map(words).max().unwrap_or(0) as u32
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
        before_moves += plain.moves().len();
        after_moves += colored.moves().len();
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
    assert!(after_moves * 2 < before_moves, "{before_moves} -> {after_moves} moves");
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
    // Only `i`, the argument: `t` stays where it is.
    assert_eq!(loads.count(), 1, "{}", out.display(&code));
    assert_eq!(out.frame().spill_words(), 2);
}
