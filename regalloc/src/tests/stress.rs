//! Random functions through everything: every check on, and a run before and after under a moving collector.

use std::collections::BTreeMap;

use super::basic::{BOTH, allocate};
use super::random::{Shape, function};
use super::sim::run_virtual;
use super::toy::env;
use crate::Inst;

/// Register counts (integer, float) and words of a float.
const TARGETS: [(usize, usize, u32); 3] = [(13, 6, 1), (8, 4, 2), (5, 2, 1)];

#[test]
fn random_functions_mean_the_same_after_allocation() {
    let mut executed: BTreeMap<String, u64> = BTreeMap::new();
    for seed in 0..120 {
        for (ints, floats, float_words) in TARGETS {
            let size = 5 + (seed as usize * 7) % 60;
            let shape = Shape { ints, floats, vars: 3 + seed as usize % 12, size };
            let env = env(ints, floats, float_words);
            let code = function(seed, shape).finish(&env).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
            for algorithm in BOTH {
                allocate(&code, &env, algorithm);
            }
            for (inst, _) in run_virtual(&code, 500) {
                let name = format!("{:?}", code.inst(Inst::new(inst)).sem);
                let name = name.split('(').next().unwrap_or_default().to_owned();
                *executed.entry(name).or_default() += 1;
            }
        }
    }
    // A generator that stopped making something would leave a test that proves less than it says.
    for name in
        ["Args", "Call", "Cold", "Derive", "Load", "Make", "Mix", "Pad", "Store", "Switch", "TryEnter"]
    {
        assert!(executed.get(name).is_some_and(|&n| n > 30), "{name} is hardly executed: {executed:?}");
    }
}
