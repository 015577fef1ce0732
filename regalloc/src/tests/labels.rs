//! Value ranges: what a debugger reads must be the value.

use super::basic::{BOTH, allocate};
use super::random::{Shape, function};
use super::sim::run_observed;
use super::toy::{Fun, Op, Sem, env};
use crate::{Algorithm, Loc, ValueRange};

#[test]
fn labelled_values_are_where_the_ranges_say() {
    for algorithm in BOTH {
        let (mut read, mut ranges_seen) = (0u64, 0);
        for seed in 0..40 {
            let float_words = 1 + (seed % 2) as u32;
            let env = env(8, 4, float_words);
            let shape = Shape { ints: 8, floats: 4, vars: 8, size: 15 + seed as usize };
            // The generator labels each result with its number, from its definition to the end of the block.
            let code = function(9000 + seed, shape).finish(&env).unwrap();
            let out = allocate(&code, &env, algorithm);
            let ranges = out.value_ranges(&code, &env);
            ranges_seen += ranges.len();
            let mut at: Vec<Vec<&ValueRange>> = vec![Vec::new(); out.num_items() as usize];
            for r in &ranges {
                assert!(r.from < r.to);
                for p in r.from..r.to {
                    at[p as usize].push(r);
                }
            }
            let result = run_observed(&code, &out, float_words, 300, &mut |position, machine, values| {
                for r in &at[position as usize] {
                    let v = r.label as usize;
                    let found = machine.value(code.kinds[v], r.loc)?;
                    if found != values[v] {
                        return Err(format!("position {position}: {r:?} holds {found:#x}"));
                    }
                    read += 1;
                }
                Ok(())
            });
            result.unwrap_or_else(|e| panic!("seed {seed} {algorithm:?}: {e}\n{}", out.display(&code)));
        }
        assert!(read > 10_000 && ranges_seen > 1_000, "{algorithm:?}: {read} reads of {ranges_seen} ranges");
    }
}

#[test]
fn a_range_follows_the_value_into_the_frame_and_back() {
    let mut f = Fun::new();
    let (v, x) = (f.term(), f.raw());
    f.args(&[v]);
    let start = f.b.next_inst();
    f.b.label_value(v, 7, start, None);
    f.call(1, &[], None);
    f.push(Sem::Mix(1), &[Op::Use(v), Op::Def(x)]);
    let end = f.b.next_inst();
    f.push(Sem::Mix(2), &[Op::UseAny(x)]);
    f.ret(&[v]);
    let env = env(8, 4, 1);
    let code = f.b.clone().finish(&env).unwrap();
    for algorithm in BOTH {
        let out = allocate(&code, &env, algorithm);
        let ranges = out.value_ranges(&code, &env);
        let call = out.stack_maps()[0].inst;
        let word = out.term_words(&out.stack_maps()[0])[0];
        let position_after_call =
            call.index() as u32 + 1 + out.moves().iter().filter(|m| m.before <= call).count() as u32;
        let in_frame = ranges.iter().find(|r| r.loc == Loc::Word(word)).expect("it is saved for the call");
        assert!(in_frame.from < position_after_call && in_frame.to > position_after_call, "{ranges:?}");
        let alive = |p: u32| ranges.iter().filter(move |r| r.from <= p && p < r.to);
        assert!(
            alive(position_after_call).all(|r| matches!(r.loc, Loc::Word(_))),
            "a register is not believed after a call: {ranges:?}"
        );
    }
    // A request that ends earlier is cut there.
    let mut b = f.b;
    b.label_value(x, 8, end, Some(end));
    let code = b.finish(&env).unwrap();
    let out = allocate(&code, &env, Algorithm::Ion);
    assert!(out.value_ranges(&code, &env).iter().all(|r| r.label == 7));
}

#[test]
fn a_label_stays_in_one_block() {
    let mut f = Fun::new();
    let v = f.raw();
    f.args(&[v]);
    let from = f.b.next_inst();
    let next = f.b.new_block();
    f.jump(next, &[]);
    f.b.start_block(next);
    f.push(Sem::Mix(1), &[Op::Use(v)]);
    let to = f.b.next_inst();
    f.ret(&[v]);
    f.b.label_value(v, 1, from, Some(to));
    let error = f.b.finish(&env(8, 4, 1)).unwrap_err();
    assert!(error.to_string().contains("leaves its block"), "{error}");
}
