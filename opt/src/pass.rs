//! The pass table and the driver that runs it.
//!
//! *Idea*: the order of passes is data. A row says what a pass is called, at which levels it runs, and which passes
//! must have run before it and why; a test checks the table against its own constraints. *Fuel*: a pass asks
//! [`PassContext::rewrite`] before each optional rewrite; with the fuel used up the answer is no, so a bisector finds
//! the first wrong rewrite. Passes that the backend cannot do without (legalize, safepoints, edges) use no fuel.

use crate::inline::Callees;
use crate::{
    cleanup, dce, edges, floats, gvn, heapmerge, infer, inline, layout, legalize, peel, safepoint, selfloop,
    sink, spans,
};
use linac_ir::{Function, Stage};
use std::time::{Duration, Instant};

/// How much to optimize.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub enum Level {
    /// What the backend needs and what is as good as free.
    O0,
    /// Cheap, linear passes.
    O1,
    /// Everything.
    O2,
}

impl Level {
    /// All levels, lowest first.
    pub const ALL: [Level; 3] = [Level::O0, Level::O1, Level::O2];

    /// The tier that this level compiles for unless told otherwise.
    pub fn tier(self) -> Tier {
        if self == Level::O0 { Tier::Baseline } else { Tier::Optimizing }
    }
}

/// Which kind of code is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Tier {
    /// Fast to make: loops stay calls through the entry cell, safepoints keep values where the allocator puts them.
    Baseline,
    /// Fast to run: native loops, nothing saved on hot paths.
    Optimizing,
}

/// What passes share during one compilation.
#[derive(Clone)]
pub struct PassContext<'m> {
    /// Kind of code.
    pub tier: Tier,
    /// Rewrites still allowed; none: any number.
    pub fuel: Option<u64>,
    /// Rewrites made so far.
    pub rewrites: u64,
    /// Time per pass run, in order.
    pub timings: Vec<(&'static str, Duration)>,
    /// The functions of the module, if bodies may be copied from them.
    pub callees: Option<&'m dyn Callees>,
}

impl<'m> PassContext<'m> {
    /// A context without fuel limit, and without a module.
    pub fn new(tier: Tier) -> PassContext<'m> {
        PassContext { tier, fuel: None, rewrites: 0, timings: Vec::new(), callees: None }
    }

    /// May one more optional rewrite be made? Counts it if so.
    pub fn rewrite(&mut self) -> bool {
        match &mut self.fuel {
            Some(0) => return false,
            Some(n) => *n -= 1,
            None => {}
        }
        self.rewrites += 1;
        true
    }
}

/// A row of the pass table.
#[derive(Clone, Copy, Debug)]
pub struct Pass {
    /// Name, as in `--emit=ir:NAME`; unique.
    pub name: &'static str,
    /// Levels it runs at, lowest included.
    pub from: Level,
    /// Stage it takes.
    pub stage: Stage,
    /// What it does.
    pub run: fn(&mut Function, &mut PassContext<'_>),
}

/// `first` must stand before `then`, because.
#[derive(Clone, Copy, Debug)]
pub struct Before {
    /// Earlier pass.
    pub first: &'static str,
    /// Later pass.
    pub then: &'static str,
    /// Why.
    pub why: &'static str,
}

macro_rules! passes {
    ($($name:literal $from:ident $stage:ident $run:path;)*) => {
        /// The passes in the order in which they run.
        pub const PASSES: &[Pass] = &[$(Pass { name: $name, from: Level::$from, stage: Stage::$stage, run: $run }),*];
    };
}

passes! {
    "inline" O2 Beam inline::run;
    "selfloop" O2 Beam selfloop::run;
    "cleanup" O0 Beam cleanup::run;
    "infer" O2 Beam infer::run;
    "peel" O2 Beam peel::run;
    "spans" O1 Beam spans::run;
    "gvn" O1 Beam gvn::run;
    "floats" O2 Beam floats::run;
    "cleanup-2" O1 Beam cleanup::run;
    "dce" O0 Beam dce::run;
    "heapmerge" O0 Beam heapmerge::run;
    "legalize" O0 Beam legalize::run;
    "gvn-core" O1 Core gvn::run;
    "cleanup-core" O0 Core cleanup::run;
    "dce-core" O0 Core dce::run;
    "edges" O1 Core edges::run;
    "sink" O1 Core sink::run;
    "safepoint" O0 Core safepoint::run;
    "edges-last" O0 Core edges::run;
    "layout" O1 Core layout::run;
}

/// Ordering constraints of [`PASSES`]. (At `O0` there are no loops, so `edges` runs once, behind `safepoint`, and as lowering
/// orders blocks itself, nobody would see what `layout` did.)
pub const ORDER: &[Before] = &[
    Before { first: "inline", then: "selfloop", why: "functions that call each other may become a loop" },
    Before { first: "selfloop", then: "infer", why: "facts of loop variables need the loop" },
    Before { first: "infer", then: "peel", why: "facts tell whether later iterations know more" },
    Before { first: "peel", then: "gvn", why: "tests that the first iteration settles fold there" },
    Before {
        first: "peel",
        then: "spans",
        why: "the first iteration hands the rest of the loop bitstrings made by it",
    },
    Before { first: "spans", then: "gvn", why: "bitstrings made again in several places are one" },
    Before { first: "infer", then: "gvn", why: "simplification asks facts" },
    Before { first: "infer", then: "floats", why: "facts tell which operands are floats" },
    Before { first: "gvn", then: "floats", why: "comparisons and unboxings of boxes are gone" },
    Before { first: "floats", then: "dce", why: "boxes that nobody asks for must not be allocated" },
    Before { first: "gvn", then: "dce", why: "replaced values leave dead operands" },
    Before { first: "gvn", then: "cleanup-2", why: "known tests leave constant branches" },
    Before { first: "cleanup", then: "heapmerge", why: "longer blocks make larger allocation groups" },
    Before { first: "dce", then: "heapmerge", why: "a dead allocation must not be counted into a heap test" },
    Before { first: "heapmerge", then: "legalize", why: "legalize expects each allocation to be covered" },
    Before { first: "cleanup-core", then: "edges", why: "cleanup would undo split edges" },
    Before { first: "edges", then: "sink", why: "arguments for a cold block are uses in a block of its own" },
    Before { first: "sink", then: "safepoint", why: "what a cold block makes itself is not saved around it" },
    Before { first: "edges", then: "safepoint", why: "the source of a back edge must end with a jump" },
    Before { first: "dce-core", then: "safepoint", why: "a dead value must not be saved around a safepoint" },
    Before {
        first: "safepoint",
        then: "edges-last",
        why: "safepoints split blocks and so make critical edges",
    },
    Before { first: "edges-last", then: "layout", why: "edge blocks need a place in the order" },
];

/// Runs the passes of a level. The observer sees the function after each pass.
pub fn run_pipeline(
    func: &mut Function,
    level: Level,
    ctx: &mut PassContext<'_>,
    observer: &mut dyn FnMut(&'static str, &Function),
) {
    for pass in PASSES {
        if level < pass.from {
            continue;
        }
        debug_assert_eq!(func.stage, pass.stage, "pass {}", pass.name);
        let start = Instant::now();
        (pass.run)(func, ctx);
        ctx.timings.push((pass.name, start.elapsed()));
        observer(pass.name, func);
    }
}

/// Finds a pass by its name.
pub fn by_name(name: &str) -> Option<&'static Pass> {
    PASSES.iter().find(|p| p.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_constraints_hold() {
        for (i, pass) in PASSES.iter().enumerate() {
            assert_eq!(PASSES.iter().position(|p| p.name == pass.name), Some(i), "{} twice", pass.name);
        }
        let place = |name: &str| PASSES.iter().position(|p| p.name == name);
        for rule in ORDER {
            let (first, then) = (place(rule.first), place(rule.then));
            assert!(first.is_some() && then.is_some(), "{rule:?} names no pass");
            assert!(first < then, "{} must come before {}: {}", rule.first, rule.then, rule.why);
        }
    }

    #[test]
    fn stages_follow_each_other() {
        let legalize = PASSES.iter().position(|p| p.name == "legalize").expect("there is a legalize");
        for (i, pass) in PASSES.iter().enumerate() {
            assert_eq!(pass.stage == Stage::Beam, i <= legalize, "{}", pass.name);
        }
    }

    #[test]
    fn fuel_runs_out() {
        let mut ctx = PassContext { fuel: Some(2), ..PassContext::new(Tier::Baseline) };
        assert_eq!([ctx.rewrite(), ctx.rewrite(), ctx.rewrite()], [true, true, false]);
        assert_eq!(ctx.rewrites, 2);
    }
}
