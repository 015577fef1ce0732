//! Random modules mean the same after every pass, at every level, on both word sizes.
//!
//! The verifier looks at each function after each pass; the interpreter runs the module as it is after each pass, with a
//! collector that moves every object at every safepoint, and checks facts as it goes.

use linac_abi::WordSize;
use linac_ir::Function;
use linac_ir::interp::{Config, DefaultHost, Program, TermOutcome, run};
use linac_ir::testgen::{Module, Options, module};
use linac_ir::verify::verify;
use linac_opt::inline::Functions;
use linac_opt::{Level, PassContext, run_pipeline};

fn outcomes(m: &Module, functions: &[Function], config: Config, what: &str) -> Vec<TermOutcome> {
    let program = Program::new(functions, m.literals.clone());
    let mut all = Vec::new();
    for args in &m.calls {
        match run(&program, &mut DefaultHost::default(), config, &m.entry, args) {
            Ok(outcome) => all.push(outcome),
            Err(trap) => {
                let text: String = functions.iter().map(linac_ir::text::print).collect();
                panic!("{what}: {trap}\n{text}");
            }
        }
    }
    all
}

/// The module after each pass of a level, each function verified.
fn stages(m: &Module, level: Level, what: &str) -> Vec<(&'static str, Vec<Function>)> {
    let mut after: Vec<(&'static str, Vec<Function>)> = Vec::new();
    for func in &m.functions {
        let mut func = func.clone();
        let mut n = 0;
        let callees = Functions(&m.functions);
        let mut ctx = PassContext { callees: Some(&callees), ..PassContext::new(level.tier()) };
        run_pipeline(&mut func, level, &mut ctx, &mut |pass, f| {
            if let Err(errors) = verify(f) {
                let text = linac_ir::text::print(f);
                panic!("{what} after {pass}: {} has {}\n{text}", f.mfa(), errors[0]);
            }
            if n == after.len() {
                after.push((pass, Vec::new()));
            }
            after[n].1.push(f.clone());
            n += 1;
        });
    }
    after
}

fn check(seed: u64, word: WordSize, level: Level, every_pass: bool) {
    let m = module(seed, Options::new(word));
    let what = format!("seed {seed} {word:?} {level:?}");
    let want = outcomes(&m, &m.functions, Config::new(word), &what);
    let mut config = Config { moving: true, ..Config::new(word) };
    // Core instructions are smaller, so there are more of them.
    config.fuel *= 40;
    let stages = stages(&m, level, &what);
    let last = stages.len() - 1;
    for (n, (pass, functions)) in stages.iter().enumerate() {
        if every_pass || n == last {
            let what = format!("{what} after {pass}");
            let got = outcomes(&m, functions, config, &what);
            assert_eq!(want, got, "{what}");
        }
    }
}

const WORDS: [WordSize; 2] = [WordSize::W64, WordSize::W32];

fn seeds(seeds: std::ops::Range<u64>, every_pass: bool) {
    for seed in seeds {
        for word in WORDS {
            for level in Level::ALL {
                check(seed, word, level, every_pass);
            }
        }
    }
}

#[test]
fn every_pass_keeps_the_meaning() {
    seeds(0..15, true);
}

#[test]
fn every_level_keeps_the_meaning() {
    seeds(1000..1100, false);
}

/// A fuel limit stops rewriting anywhere, and what was rewritten until then is right.
#[test]
fn fuel_cuts_anywhere() {
    for seed in 2000..2010 {
        let word = WordSize::W64;
        let m = module(seed, Options::new(word));
        let want = outcomes(&m, &m.functions, Config::new(word), "before");
        let callees = Functions(&m.functions);
        let fresh = PassContext { callees: Some(&callees), ..PassContext::new(Level::O2.tier()) };
        let mut unlimited = fresh.clone();
        for f in &m.functions {
            run_pipeline(&mut f.clone(), Level::O2, &mut unlimited, &mut |_, _| {});
        }
        assert!(unlimited.rewrites > 20, "seed {seed} gives nothing to do");
        for cut in [0, 1, unlimited.rewrites / 3, unlimited.rewrites / 2, unlimited.rewrites - 1] {
            let mut ctx = PassContext { fuel: Some(cut), ..fresh.clone() };
            let mut functions = m.functions.clone();
            for f in &mut functions {
                run_pipeline(f, Level::O2, &mut ctx, &mut |_, _| {});
            }
            let mut config = Config { moving: true, ..Config::new(word) };
            config.fuel *= 40;
            let what = format!("seed {seed} with fuel {cut}");
            assert_eq!(want, outcomes(&m, &functions, config, &what), "{what}");
        }
    }
}
