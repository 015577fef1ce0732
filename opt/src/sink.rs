//! What only a cold block needs is computed there.
//!
//! *Problem*: arithmetic is expanded with the operands of its slow path: a tagged product whose sum is taken under the tag is tagged
//! for nobody but the runtime call that hardly ever happens. *Idea*: a pure operation whose uses all stand in one cold block moves
//! to the head of that block; from the end of the function to its start, so that what it was made of may follow.
//!
//! *Invariants*: nothing derived moves, nor what is made of it, as there may be a safepoint on the way. A use in a handler's
//! region has its definition there already, so nothing new lives through a handler. Constants stay: they are made at each use.

use crate::pass::PassContext;
use crate::util;
use cranelift_entity::{SecondaryMap, packed_option::PackedOption};
use linac_ir::analysis::Cfg;
use linac_ir::{Block, Effects, Function, Inst, Opcode, Type, Value};

/// Where a value is used.
#[derive(Clone, Copy, Default)]
struct Uses {
    block: PackedOption<Block>,
    /// Also elsewhere.
    more: bool,
}

impl Uses {
    fn add(&mut self, block: Block) {
        match self.block.expand() {
            None => self.block = block.into(),
            Some(b) => self.more |= b != block,
        }
    }
}

/// Runs the pass.
pub fn run(func: &mut Function, ctx: &mut PassContext<'_>) {
    let cfg = Cfg::compute(func);
    if !cfg.rpo.iter().any(|&b| func.blocks[b].cold) {
        return;
    }
    // Definitions dominate uses, so all uses are seen before their definition, each where it will be.
    let mut uses: SecondaryMap<Value, Uses> = SecondaryMap::new();
    let mut moved: SecondaryMap<Block, Vec<Inst>> = SecondaryMap::new();
    for &block in cfg.rpo.iter().rev() {
        let mut kept = Vec::with_capacity(func.blocks[block].insts.len());
        for inst in std::mem::take(&mut func.blocks[block].insts).into_iter().rev() {
            let place = target(func, &uses, inst).filter(|_| !func.blocks[block].cold);
            match place {
                Some(to) if ctx.rewrite() => {
                    count(func, &mut uses, inst, to);
                    moved[to].push(inst);
                }
                _ => {
                    count(func, &mut uses, inst, block);
                    kept.push(inst);
                }
            }
        }
        kept.reverse();
        func.blocks[block].insts = kept;
    }
    for &block in &cfg.rpo {
        let insts = std::mem::take(&mut moved[block]);
        let first = func.blocks[block].insts.first().is_some_and(|&i| func.insts[i].op == Opcode::Landing);
        let at = usize::from(first);
        func.blocks[block].insts.splice(at..at, insts.into_iter().rev());
    }
}

fn count(func: &Function, uses: &mut SecondaryMap<Value, Uses>, inst: Inst, block: Block) {
    let data = &func.insts[inst];
    for &v in data.args.iter().chain(data.targets.iter().flat_map(|t| &t.args)) {
        uses[v].add(block);
    }
}

/// The cold block that the instruction may move to.
fn target(func: &Function, uses: &SecondaryMap<Value, Uses>, inst: Inst) -> Option<Block> {
    let data = &func.insts[inst];
    let impure = [Effects::ALLOC, Effects::READ, Effects::WRITE, Effects::EPOCH];
    let [result] = data.results[..] else { return None };
    let pure = data.op.is_removable()
        && !impure.iter().any(|&e| data.op.effects().any(e))
        && !util::is_const(data.op)
        && data.op != Opcode::Landing;
    let derived = |v: &Value| func.ty(*v) == Type::Derived;
    if !pure || derived(&result) || data.args.iter().any(derived) || uses[result].more {
        return None;
    }
    uses[result].block.expand().filter(|&b| func.blocks[b].cold)
}
