//! Random functions through everything: every check on, and a run before and after under a moving collector.

use super::basic::{BOTH, allocate};
use super::random::{Shape, function};
use super::toy::env;

/// Register counts (integer, float) and words of a float.
const TARGETS: [(usize, usize, u32); 3] = [(13, 6, 1), (8, 4, 2), (5, 2, 1)];

#[test]
fn random_functions_mean_the_same_after_allocation() {
    for seed in 0..120 {
        for (ints, floats, float_words) in TARGETS {
            let size = 5 + (seed as usize * 7) % 60;
            let shape = Shape { ints, floats, vars: 3 + seed as usize % 12, size };
            let env = env(ints, floats, float_words);
            let code = function(seed, shape).finish(&env).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
            for algorithm in BOTH {
                allocate(&code, &env, algorithm);
            }
        }
    }
}
