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
