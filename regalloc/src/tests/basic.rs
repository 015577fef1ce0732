//! One feature at a time.

use super::sim::{run_allocated, run_virtual};
use super::toy::{Fun, Op, Sem, Toy, env};
use crate::{Algorithm, Allocated, Allocator, Options, RegEnv, VCode, VerifyLevel};

/// Allocates with everything checked, and compares a run before with a run after.
pub fn allocate(code: &VCode<Toy>, env: &RegEnv, algorithm: Algorithm) -> Allocated {
    let options = Options { algorithm, verify: VerifyLevel::Full, uncolored: false };
    let out = Allocator::new().run(code, env, options).unwrap_or_else(|e| panic!("{e}\n{code}"));
    let before = run_virtual(code, 500);
    let words = env.spill_words(regalloc2::RegClass::Float);
    match run_allocated(code, &out, words, 500) {
        Ok(after) => assert_eq!(before, after, "{}", out.display(code)),
        Err(e) => panic!("{algorithm:?}: {e}\n{}", out.display(code)),
    }
    out
}

pub const BOTH: [Algorithm; 2] = [Algorithm::Ion, Algorithm::Fastalloc];

#[test]
fn values_live_through_a_call_are_in_its_stack_map() {
    let mut f = Fun::new();
    let (a, n, x, r) = (f.term(), f.raw(), f.float(), f.term());
    f.args(&[a, n]);
    f.push(Sem::Mix(5), &[Op::Use(n), Op::Def(x)]);
    f.call(1, &[a], Some(r));
    f.ret(&[a, n, x, r]);
    let env = env(8, 4, 1);
    let code = f.b.finish(&env).unwrap();
    for algorithm in BOTH {
        let out = allocate(&code, &env, algorithm);
        let map = &out.stack_maps()[0];
        assert_eq!(out.term_words(map).len(), 1, "{}", out.display(&code));
        assert_eq!(out.raw_words(map).len(), 2, "{}", out.display(&code));
    }
}

#[test]
fn a_value_lives_through_a_loop_with_a_call_in_it() {
    let mut f = Fun::new();
    let (a, n) = (f.term(), f.raw());
    f.args(&[a, n]);
    let (header, body, exit) = (f.b.new_block(), f.b.new_block(), f.b.new_block());
    let i = f.b.block_param(header, regalloc2::RegClass::Int, crate::ValueKind::Raw);
    let t = f.b.block_param(header, regalloc2::RegClass::Int, crate::ValueKind::Term);
    f.jump(header, &[n, a]);
    f.b.start_block(header);
    f.switch(i, &[(body, &[]), (exit, &[])]);
    f.b.start_block(body);
    let (j, u) = (f.raw(), f.term());
    f.push(Sem::Mix(3), &[Op::Use(i), Op::Reuse(j, 0)]);
    f.call(2, &[t], Some(u));
    f.jump(header, &[j, u]);
    f.b.start_block(exit);
    f.ret(&[a, t]);
    for (ints, floats) in [(13, 6), (2, 1)] {
        let env = env(ints, floats, 1);
        let code = f.b.clone().finish(&env).unwrap();
        for algorithm in BOTH {
            let out = allocate(&code, &env, algorithm);
            // `a` and `j`; not `t`, which dies as the argument.
            assert_eq!(out.term_words(&out.stack_maps()[0]).len(), 1);
            assert_eq!(out.raw_words(&out.stack_maps()[0]).len(), 1);
        }
    }
}

#[test]
fn empty_edge_blocks_are_passed_over() {
    // Two tests that fail to one block: both failing edges are critical, and carry nothing.
    let mut f = Fun::new();
    let (a, b) = (f.raw(), f.raw());
    f.args(&[a, b]);
    let (second, good, bad) = (f.b.new_block(), f.b.new_block(), f.b.new_block());
    f.switch(a, &[(second, &[]), (bad, &[])]);
    f.b.start_block(second);
    f.switch(b, &[(good, &[]), (bad, &[])]);
    f.b.start_block(good);
    f.ret(&[a]);
    f.b.start_block(bad);
    f.ret(&[b]);
    let env = env(8, 4, 1);
    let code = f.b.finish(&env).unwrap();
    assert_eq!(code.num_blocks(), 6, "two edges are split:\n{code}");
    let out = allocate(&code, &env, Algorithm::Ion);
    let targets = out.targets(&code);
    let emitted: Vec<_> = code.blocks().filter(|b| targets[b.index()] == *b).collect();
    assert_eq!(emitted.len(), 4, "{}", out.display(&code));
    let fails: Vec<_> =
        [0, 1].iter().map(|&i| targets[code.succs(crate::Block::new(i))[1].index()]).collect();
    assert_eq!(fails[0], fails[1]);
    assert!(emitted.contains(&fails[0]));
}

#[test]
fn an_empty_infinite_loop_stays() {
    let mut f = Fun::new();
    let header = f.b.new_block();
    f.jump(header, &[]);
    f.b.start_block(header);
    f.jump(header, &[]);
    let env = env(8, 4, 1);
    let code = f.b.finish(&env).unwrap();
    let out = allocate(&code, &env, Algorithm::Ion);
    assert_eq!(out.targets(&code)[1], crate::Block::new(1));
}

#[test]
fn dumps_show_values_locations_and_maps() {
    let mut f = Fun::new();
    let (a, n, r) = (f.term(), f.raw(), f.term());
    f.args(&[a, n]);
    let slot = f.b.new_slot(crate::ValueKind::Term, 1, crate::SlotInit::AtEntry);
    f.push(Sem::Store(slot), &[Op::Use(a)]);
    f.call(1, &[n], Some(r));
    f.ret(&[a, r]);
    let env = env(8, 4, 1);
    let code = f.b.finish(&env).unwrap();
    let before = "slot0 = frame Term words 1 AtEntry
block0:
     0  Args =v0 =v1
     1  Store(slot0) v0
     2  Call(1) v1 =v2  !Call[v0]
     3  Ret v0 v2
";
    assert_eq!(code.to_string(), before);
    let out = allocate(&code, &env, Algorithm::Ion);
    let after = "frame 2 = 1 explicit + 1 spill
block0:
     0  Args =v0=p0i =v1=p1i
     1  Store(slot0) v0=p0i
        [1] <- p0i
        p0i <- p1i
     2  Call(1) v1=p0i =v2=p0i  !Call[v0=[1]] terms [0, 1] raws []
        p4i <- [1]
     3  Ret v0=p4i v2=p0i
";
    assert_eq!(out.display(&code).to_string(), after);
}
