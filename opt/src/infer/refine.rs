//! New names for values about which a branch shows something.

use super::{Shown, cond};
use crate::pass::PassContext;
use cranelift_entity::SecondaryMap;
use linac_ir::analysis::{Cfg, DomTree};
use linac_ir::{Block, Effects, Function, Imm, Inst, Kinds, Loc, Opcode, Type, Value};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

/// Longest chain of `bool_not` and `bool_and` that is looked through.
const DEPTH: u32 = 4;
/// Most blocks with uses of one value that are looked at.
const MAX_USES: usize = 64;

type UseBlocks = SecondaryMap<Value, SmallVec<[Block; 4]>>;

/// Walks the dominator tree: names first, then the instructions under these names.
pub(super) fn run(
    func: &mut Function,
    ctx: &mut PassContext<'_>,
    cfg: &Cfg,
    dom: &DomTree,
    shown: &mut SecondaryMap<Inst, Option<Shown>>,
) {
    let uses = use_blocks(func);
    let mut names: FxHashMap<Value, Value> = FxHashMap::default();
    let mut undo: Vec<(Value, Option<Value>)> = Vec::new();
    // For a name given here: what the code was written with.
    let mut origins: FxHashMap<Value, Value> = FxHashMap::default();
    enum Step {
        Enter(Block),
        Leave(usize),
    }
    let mut stack = vec![Step::Enter(func.entry())];
    while let Some(step) = stack.pop() {
        match step {
            Step::Leave(mark) => {
                for (v, before) in undo.drain(mark..).rev() {
                    match before {
                        Some(name) => names.insert(v, name),
                        None => names.remove(&v),
                    };
                }
            }
            Step::Enter(block) => {
                stack.push(Step::Leave(undo.len()));
                let mut made = Vec::new();
                for (said, value) in shown_by_edge(func, cfg, block) {
                    let origin = origins.get(&value).copied().unwrap_or(value);
                    let used = uses[origin].len() > MAX_USES
                        || uses[origin].iter().any(|&b| dom.dominates(block, b));
                    if !used || !ctx.rewrite() {
                        continue;
                    }
                    let inst =
                        func.make_inst(Opcode::AssertTerm, Imm::None, &[value], &[Type::Term], Loc::NONE);
                    let name = func.result(inst);
                    func.facts[name] = func.facts[value];
                    origins.insert(name, origin);
                    shown[inst] = Some(said);
                    made.push(inst);
                    // Code below is still written with the original name.
                    let before = names.insert(origin, name);
                    undo.push((origin, before));
                }
                let insts = func.blocks[block].insts.clone();
                for &inst in &insts {
                    func.map_operands(inst, |v| names.get(&v).copied().unwrap_or(v));
                }
                func.blocks[block].insts.splice(0..0, made);
                stack.extend(dom.children(block).iter().map(|&b| Step::Enter(b)));
            }
        }
    }
}

/// Blocks that use each value of type term; `assert_term` and `dbg_value` alone do not make a name worth it.
fn use_blocks(func: &Function) -> UseBlocks {
    let mut uses: UseBlocks = SecondaryMap::new();
    for &block in &func.order {
        for &inst in &func.blocks[block].insts {
            let data = &func.insts[inst];
            if matches!(data.op, Opcode::DbgValue | Opcode::AssertTerm) {
                continue;
            }
            for &v in data.args.iter().chain(data.targets.iter().flat_map(|t| t.args.iter())) {
                let list = &mut uses[v];
                if list.last() != Some(&block) && list.len() <= MAX_USES {
                    list.push(block);
                }
            }
        }
    }
    uses
}

/// What the only edge into a block shows, with the operand as it is written now.
fn shown_by_edge(func: &Function, cfg: &Cfg, block: Block) -> Vec<(Shown, Value)> {
    let mut out = Vec::new();
    let [edge] = cfg.preds[block][..] else { return out };
    let data = &func.insts[edge.inst];
    match data.op {
        Opcode::Br => about(func, data.args[0], edge.target == 0, DEPTH, &mut out),
        Opcode::Switch => {
            // Another target may lead to the same block; then it has two edges.
            let said = Shown { test: edge.inst, arg: 0, answer: edge.target };
            add(func, said, &mut out);
        }
        _ => {}
    }
    out
}

fn add(func: &Function, said: Shown, out: &mut Vec<(Shown, Value)>) {
    let value = func.insts[said.test].args[said.arg];
    if func.ty(value) != Type::Term || func.as_const(value).is_some() || out.iter().any(|o| o.1 == value) {
        return;
    }
    let now = func.facts[value];
    let then = cond::refined(func, said);
    // Ranges may become better only when the other side's are known; comparisons are worth a name in any case.
    let compares = matches!(func.insts[said.test].op, Opcode::Lt | Opcode::EqExact | Opcode::Eq);
    if then != now || (compares && !now.kinds.disjoint(Kinds::INT)) {
        out.push((said, value));
    }
}

/// What the answer of a test shows about its operands.
fn about(func: &Function, cond: Value, yes: bool, depth: u32, out: &mut Vec<(Shown, Value)>) {
    let Some(test) = func.def_inst(cond) else { return };
    let data = &func.insts[test];
    let answer = usize::from(yes);
    match data.op {
        Opcode::BoolNot if depth > 0 => about(func, data.args[0], !yes, depth - 1, out),
        Opcode::BoolAnd if depth > 0 && yes => {
            for &v in &data.args {
                about(func, v, yes, depth - 1, out);
            }
        }
        Opcode::BoolOr if depth > 0 && !yes => {
            for &v in &data.args {
                about(func, v, yes, depth - 1, out);
            }
        }
        Opcode::Is
        | Opcode::IsTupleArity
        | Opcode::IsTaggedTuple
        | Opcode::IsFun2
        | Opcode::EqExact
        | Opcode::Eq
        | Opcode::Lt
        | Opcode::IsNone => {
            for arg in 0..data.args.len() {
                add(func, Shown { test, arg, answer }, out);
            }
            if data.op == Opcode::IsNone && !yes {
                success(func, data.args[0], out);
            }
        }
        _ => {}
    }
}

/// Operands of an operation that has succeeded.
fn success(func: &Function, value: Value, out: &mut Vec<(Shown, Value)>) {
    let Some(test) = func.def_inst(value) else { return };
    let data = &func.insts[test];
    if data.op.effects().has(Effects::FALLIBLE) && data.op != Opcode::Bif {
        for arg in 0..data.args.len() {
            add(func, Shown { test, arg, answer: 1 }, out);
        }
    }
}
