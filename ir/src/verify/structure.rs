//! References, blocks, terminators, targets, handlers.

use super::Errors;
use crate::analysis::Cfg;
use crate::entities::{Block, Inst, Value};
use crate::function::{ExtFunc, Function, Inlined};
use crate::inst::{BlockCall, Imm, ValueDef};
use crate::opcode::{Effects, Format, Opcode};
use cranelift_entity::{EntitySet, SecondaryMap};

/// Checks the structure; gives the control-flow graph if there are no errors.
pub(super) fn check(e: &mut Errors) -> Option<Cfg> {
    let func = e.func;
    if func.order.is_empty() {
        e.function("the function has no blocks");
        return None;
    }
    let mut in_order: EntitySet<Block> = EntitySet::new();
    for &block in &func.order {
        if !func.blocks.is_valid(block) {
            e.function(format!("{block} does not exist"));
        } else if !in_order.insert(block) {
            e.block(block, "the block stands in the order twice");
        }
    }
    if !e.list.is_empty() {
        return None;
    }
    for (loc, data) in func.locs.iter() {
        if let Some(Inlined { func: f, at }) = data.inlined {
            if !matches!(func.funcs.get(f), Some(ExtFunc::Local { .. })) {
                e.function(format!("location {loc} is inlined from {f}, which is no local function"));
            }
            if at.is_some_and(|at| at >= loc) {
                e.function(format!("location {loc} is inlined at one that does not stand before it"));
            }
        }
    }
    let mut placed: EntitySet<Inst> = EntitySet::new();
    for &block in &func.order {
        params(e, block);
        for &inst in &func.blocks[block].insts {
            if !func.insts.is_valid(inst) {
                e.block(block, format!("{inst} does not exist"));
            } else if !placed.insert(inst) {
                e.broken(inst, "the instruction is placed twice");
            } else {
                references(e, inst, &in_order);
            }
        }
    }
    if !e.list.is_empty() {
        return None;
    }
    for &block in &func.order {
        block_shape(e, block);
    }
    if !e.list.is_empty() {
        return None;
    }
    let cfg = Cfg::compute(func);
    entry(e, &cfg);
    handlers(e);
    e.list.is_empty().then_some(cfg)
}

fn params(e: &mut Errors, block: Block) {
    let func = e.func;
    for (n, &v) in func.blocks[block].params.iter().enumerate() {
        if !func.values.is_valid(v) {
            e.block(block, format!("parameter {v} does not exist"));
        } else if func.values[v].def != ValueDef::Param(block, n as u16) || n > usize::from(u16::MAX) {
            e.block(block, format!("{v} stands as parameter {n}, but is defined elsewhere"));
        }
    }
}

/// Everything that an instruction names exists, and its results are its own.
fn references(e: &mut Errors, inst: Inst, in_order: &EntitySet<Block>) {
    let func = e.func;
    let data = &func.insts[inst];
    for (n, &v) in data.results.iter().enumerate() {
        if !func.values.is_valid(v) {
            e.broken(inst, format!("result {v} does not exist"));
        } else if func.values[v].def != ValueDef::Result(inst, n as u16) {
            e.broken(inst, format!("{v} stands as result {n}, but is defined elsewhere"));
        }
    }
    let operands = data.args.iter().chain(data.targets.iter().flat_map(|t| &t.args));
    for &v in operands {
        if !func.values.is_valid(v) {
            e.broken(inst, format!("operand {v} does not exist"));
        } else if let ValueDef::Alias(to) = func.values[v].def {
            e.broken(
                inst,
                format!("operand {v} was replaced by {to}, and the replacement is not carried out"),
            );
        }
    }
    for block in data.targets.iter().map(|t| t.block).chain(data.handler.expand()) {
        if !in_order.contains(block) {
            e.broken(inst, format!("{block} is not in the function"));
        }
    }
    let exists = match &data.imm {
        Imm::Const(c) => func.consts.is_valid(*c),
        Imm::Keys(keys) => keys.iter().all(|&c| func.consts.is_valid(c)),
        Imm::Func(f) => func.funcs.is_valid(*f),
        Imm::Slot(s) => func.slots.is_valid(*s),
        _ => true,
    };
    if !exists {
        e.broken(inst, "the immediate names something that does not exist");
    }
    if !func.locs.is_valid(data.loc) {
        e.broken(inst, format!("location {} does not exist", data.loc));
    }
}

/// A block ends with its only terminator, and the terminator has targets as its format says.
fn block_shape(e: &mut Errors, block: Block) {
    let func = e.func;
    let Some((&last, before)) = func.blocks[block].insts.split_last() else {
        e.block(block, "the block is empty");
        return;
    };
    for &inst in before {
        if func.insts[inst].op.is_terminator() {
            e.inst(inst, "a terminator stands before the end of its block");
        }
    }
    if !func.insts[last].op.is_terminator() {
        e.inst(last, "the block does not end with a terminator");
    }
    for &inst in &func.blocks[block].insts {
        let data = &func.insts[inst];
        let wanted = match data.op.info().format {
            Format::Jump => 1,
            Format::Branch => 2,
            Format::Switch => match &data.imm {
                Imm::Keys(keys) => keys.len() + 1,
                _ => {
                    e.inst(inst, "the switch has no list of keys");
                    continue;
                }
            },
            _ => 0,
        };
        if data.targets.len() != wanted {
            e.inst(inst, format!("{} targets, but it takes {wanted}", data.targets.len()));
        }
        for target in &data.targets {
            arguments(e, inst, target);
        }
    }
}

fn arguments(e: &mut Errors, inst: Inst, target: &BlockCall) {
    let func = e.func;
    let params = &func.blocks[target.block].params;
    if params.len() != target.args.len() {
        let (given, wanted) = (target.args.len(), params.len());
        e.inst(inst, format!("{given} arguments for {}, which has {wanted} parameters", target.block));
        return;
    }
    for (&arg, &param) in target.args.iter().zip(params) {
        let (a, p) = (func.ty(arg), func.ty(param));
        if a != p {
            e.inst(inst, format!("argument {arg} is {a}, but parameter {param} of {} is {p}", target.block));
        }
    }
}

fn entry(e: &mut Errors, cfg: &Cfg) {
    let func = e.func;
    let entry = func.entry();
    if !cfg.preds[entry].is_empty() {
        e.block(entry, "the entry block has a predecessor");
    }
    let params = &func.blocks[entry].params;
    if params.len() != func.arity as usize {
        e.block(
            entry,
            format!("the entry block has {} parameters, the arity is {}", params.len(), func.arity),
        );
    }
    for &v in params {
        if func.ty(v) != crate::Type::Term {
            e.block(entry, format!("parameter {v} of the function is no term"));
        }
    }
}

/// The block of the `try_enter` that has a block as its handler.
pub(super) fn handler_of(func: &Function) -> SecondaryMap<Block, Option<(Block, Inst)>> {
    let mut map = SecondaryMap::new();
    for &block in &func.order {
        let inst = func.terminator(block);
        let data = &func.insts[inst];
        if data.op == Opcode::TryEnter {
            map[data.targets[1].block] = Some((block, inst));
        }
    }
    map
}

/// `landing` stands first in handlers and nowhere else; a handler is the second target of one `try_enter` and no other
/// target; instructions name only handlers, and only if they can raise.
fn handlers(e: &mut Errors) {
    let func = e.func;
    let mut incoming: SecondaryMap<Block, u32> = SecondaryMap::new();
    for &block in &func.order {
        for target in func.successors(block) {
            incoming[target.block] += 1;
        }
    }
    let handler_of = handler_of(func);
    for &block in &func.order {
        let insts = &func.blocks[block].insts;
        let is_handler = handler_of[block].is_some();
        if is_handler {
            if func.insts[insts[0]].op != Opcode::Landing {
                e.inst(insts[0], format!("{block} is a handler and must begin with landing"));
            }
            if incoming[block] != 1 {
                e.block(block, "a handler has one try_enter as its only predecessor");
            }
            if !func.blocks[block].params.is_empty() {
                e.block(block, "a handler has no parameters");
            }
        }
        for (n, &inst) in insts.iter().enumerate() {
            let data = &func.insts[inst];
            if data.op == Opcode::Landing && (n > 0 || !is_handler) {
                e.inst(inst, "landing stands only at the start of a handler");
            }
            let Some(handler) = data.handler.expand() else { continue };
            if !data.op.effects().has(Effects::RAISES) {
                e.inst(inst, "an operation that cannot raise has a handler");
            } else if handler_of[handler].is_none() {
                e.inst(inst, format!("{handler} is not the handler of any try_enter"));
            }
        }
    }
}

/// Used by the other checks: all operands of an instruction, branch arguments included.
pub(super) fn operands(func: &Function, inst: Inst) -> impl Iterator<Item = Value> + '_ {
    let data = &func.insts[inst];
    data.args.iter().chain(data.targets.iter().flat_map(|t| &t.args)).copied()
}
