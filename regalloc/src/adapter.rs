//! Running regalloc2.
//!
//! Both algorithms see the same function and obey the same contract; they differ in compile time (Fastalloc
//! is about ten times faster) and code quality. Fastalloc gives each value a spill slot of its own, so its
//! slots are coloured afterwards.

use regalloc2::checker::Checker;
use regalloc2::{Block, Ctx, Function, Inst, InstRange, Operand, PRegSet, RegClass, RegallocOptions, VReg};

use crate::check;
use crate::color;
use crate::error::Error;
use crate::inst::{MachInst, Role};
use crate::output::{self, Allocated};
use crate::vcode::{RegEnv, VCode};

/// The allocation algorithm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Algorithm {
    /// Backtracking with live-range splitting: for code that is run often.
    #[default]
    Ion,
    /// One backward pass: for baseline code and for very large functions.
    Fastalloc,
}

/// How much is checked after allocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerifyLevel {
    /// Only the rules of the contract, which are always checked.
    Off,
    /// SSA validation, regalloc2's own checker, and the check under a moving collector. regalloc2's checker takes
    /// blocks times slots in time and memory; where that product is very large, only the other two run.
    Full,
}

impl Default for VerifyLevel {
    /// Everything in builds with debug assertions.
    fn default() -> Self {
        if cfg!(debug_assertions) { VerifyLevel::Full } else { VerifyLevel::Off }
    }
}

/// Options of one allocation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The algorithm.
    pub algorithm: Algorithm,
    /// What to check.
    pub verify: VerifyLevel,
    /// Leave the slots as the algorithm assigns them, to tell its mistakes from those of colouring.
    pub uncolored: bool,
}

/// Blocks times slots up to which regalloc2's checker runs: there it costs up to about 0.1 ms an instruction.
const UPSTREAM_CHECKER_LIMIT: usize = 300_000;

/// An allocator that keeps its working memory between functions. One per compiling thread.
#[derive(Default)]
pub struct Allocator {
    ctx: Ctx,
}

impl Allocator {
    /// A new allocator.
    pub fn new() -> Allocator {
        Allocator::default()
    }

    /// Allocates a function.
    pub fn run<I: MachInst>(
        &mut self,
        vcode: &VCode<I>,
        env: &RegEnv,
        options: Options,
    ) -> Result<Allocated, Error> {
        let full = options.verify == VerifyLevel::Full;
        let adapter = Adapter { vcode, env };
        let ra_options = RegallocOptions {
            verbose_log: false,
            validate_ssa: full,
            algorithm: match options.algorithm {
                Algorithm::Ion => regalloc2::Algorithm::Ion,
                Algorithm::Fastalloc => regalloc2::Algorithm::Fastalloc,
            },
        };
        if let Err(e) = regalloc2::run_with_ctx(&adapter, &env.env, &ra_options, &mut self.ctx) {
            // Nothing is promised about a context after an error.
            self.ctx = Ctx::default();
            return Err(Error::bug(format!("{:?} refused the function: {e}", options.algorithm)));
        }
        let raw = &self.ctx.output;
        if full && raw.num_spillslots.saturating_mul(vcode.num_blocks()) <= UPSTREAM_CHECKER_LIMIT {
            let mut checker = Checker::new(&adapter, &env.env);
            checker.prepare(raw);
            if let Err(errors) = checker.run() {
                return Err(Error::bug(format!("{:?} is wrong: {errors:?}", options.algorithm)));
            }
        }
        let mut out = output::build(vcode, env, raw)?;
        if !options.uncolored {
            color::color(vcode, env, options.algorithm, &mut out);
        }
        output::stack_maps(vcode, env, &mut out)?;
        if full {
            check::check(vcode, &out, env)?;
        }
        Ok(out)
    }
}

/// What regalloc2's own checker says to a function, however wrong for a collector.
#[cfg(test)]
pub(crate) fn upstream_check<I: MachInst>(vcode: &VCode<I>, env: &RegEnv, algorithm: Algorithm) -> bool {
    let adapter = Adapter { vcode, env };
    let algorithm = match algorithm {
        Algorithm::Ion => regalloc2::Algorithm::Ion,
        Algorithm::Fastalloc => regalloc2::Algorithm::Fastalloc,
    };
    let options = RegallocOptions { algorithm, ..RegallocOptions::default() };
    let Ok(out) = regalloc2::run(&adapter, &env.env, &options) else { return false };
    let mut checker = Checker::new(&adapter, &env.env);
    checker.prepare(&out);
    checker.run().is_ok()
}

/// A function as regalloc2 sees it.
struct Adapter<'a, I> {
    vcode: &'a VCode<I>,
    env: &'a RegEnv,
}

impl<I: MachInst> Function for Adapter<'_, I> {
    fn num_insts(&self) -> usize {
        self.vcode.num_insts()
    }

    fn num_blocks(&self) -> usize {
        self.vcode.num_blocks()
    }

    fn entry_block(&self) -> Block {
        Block::new(0)
    }

    fn block_insns(&self, block: Block) -> InstRange {
        self.vcode.block_insts(block)
    }

    fn block_succs(&self, block: Block) -> &[Block] {
        self.vcode.succs(block)
    }

    fn block_preds(&self, block: Block) -> &[Block] {
        self.vcode.preds(block)
    }

    fn block_params(&self, block: Block) -> &[VReg] {
        self.vcode.params(block)
    }

    fn is_ret(&self, inst: Inst) -> bool {
        self.vcode.roles[inst.index()] == Role::Return
    }

    fn is_branch(&self, inst: Inst) -> bool {
        self.vcode.roles[inst.index()] == Role::Branch
    }

    fn branch_blockparams(&self, block: Block, _inst: Inst, succ: usize) -> &[VReg] {
        self.vcode.args(block, succ)
    }

    fn inst_operands(&self, inst: Inst) -> &[Operand] {
        self.vcode.operands(inst)
    }

    fn inst_clobbers(&self, inst: Inst) -> PRegSet {
        self.vcode.clobbers(inst)
    }

    fn num_vregs(&self) -> usize {
        self.vcode.num_vregs()
    }

    fn spillslot_size(&self, class: RegClass) -> usize {
        self.env.spill_words(class) as usize
    }
}
