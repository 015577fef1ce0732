//! Match contexts without objects.
//!
//! *Problem*: a loop over a binary passes what is left to its next iteration as a bitstring, and the next iteration takes
//! it apart again. *Idea*: a block parameter that is taken apart, and that gets bitstrings made by `bs_part`, is joined by
//! three parameters with base, position and end; the bitstring is made again from them behind the block's beginning,
//! where `bs_start` of it gives back the three. What else needs the bitstring (the error of a function clause, a call)
//! gets it made where it is needed, if that is not in an inner loop: on hot paths nothing is left to be made.
//!
//! *Invariants*: base, position and end of a value differ from those of the object that holds it only in that they may
//! belong to another base; nothing looks at a position but the operations on it.

use crate::dce;
use crate::pass::PassContext;
use cranelift_entity::SecondaryMap;
use linac_ir::analysis::{Cfg, DomTree, Loops};
use linac_ir::{
    Block, Cursor, Effects, Facts, Function, Imm, Inst, Kinds, Opcode, Type, Value, ValueDef, facts,
};

/// Runs the pass.
pub fn run(func: &mut Function, ctx: &mut PassContext) {
    let concerned = |func: &Function| {
        let insts = func.order.iter().flat_map(|&b| &func.blocks[b].insts);
        insts.clone().any(|&i| func.insts[i].op == Opcode::BsPart)
    };
    if !concerned(func) {
        return;
    }
    fold(func, ctx);
    let cfg = Cfg::compute(func);
    if split(func, ctx, &cfg) {
        fold(func, ctx);
        dce::run(func, ctx);
    }
    if sink(func, ctx, &cfg) {
        // What was made too early is dead, and must not be found again by value numbering.
        dce::run(func, ctx);
    }
}

/// The value without narrowing.
fn root(func: &Function, value: Value) -> Value {
    let mut value = func.resolve(value);
    while let Some(inst) = func.def_inst(value) {
        let data = &func.insts[inst];
        if data.op != Opcode::AssertTerm || !func.facts[data.args[0]].kinds.disjoint(Kinds::NONE) {
            break;
        }
        value = func.resolve(data.args[0]);
    }
    value
}

/// Base, position, end.
type Span = [Value; 3];

/// The span of a bitstring made by `bs_part`, whose end may have to be made at the cursor's place.
fn span_of(func: &mut Function, part: Inst, place: (Block, usize)) -> (Span, bool) {
    let (args, loc) = (func.insts[part].args.clone(), func.insts[part].loc);
    let (base, at, size) = (func.resolve(args[0]), func.resolve(args[1]), func.resolve(args[2]));
    if let Some(left) = func.def_inst(size)
        && func.insts[left].op == Opcode::BsLeft
        && func.resolve(func.insts[left].args[0]) == at
    {
        return ([base, at, func.resolve(func.insts[left].args[1])], false);
    }
    let mut c = Cursor::at(func, place.0, place.1);
    c.loc = loc;
    let end = c.op(Opcode::BsSkip, &[at, size]);
    ([base, at, end], true)
}

/// `bs_part` that makes the value.
fn part_of(func: &Function, value: Value) -> Option<Inst> {
    func.def_inst(root(func, value)).filter(|&i| func.insts[i].op == Opcode::BsPart)
}

/// What was just put together is not taken apart.
fn fold(func: &mut Function, ctx: &mut PassContext) {
    let mut changed = false;
    for block in func.order.clone() {
        let mut n = 0;
        while n < func.blocks[block].insts.len() {
            let inst = func.blocks[block].insts[n];
            if func.insts[inst].op == Opcode::AssertTerm
                && let Some(part) = part_of(func, func.insts[inst].args[0])
            {
                // Nothing more is known of it than that it is a bitstring.
                let (old, new) = (func.result(inst), func.result(part));
                func.replace(old, new);
                changed = true;
                func.blocks[block].insts.remove(n);
                continue;
            }
            if func.insts[inst].op == Opcode::BsStart
                && let Some(part) = part_of(func, func.insts[inst].args[0])
                && ctx.rewrite()
            {
                let (span, made) = span_of(func, part, (block, n));
                for (old, new) in func.insts[inst].results.clone().into_iter().zip(span) {
                    func.replace(old, new);
                }
                changed = true;
                func.blocks[block].insts.remove(n + usize::from(made));
                n += usize::from(made);
                continue;
            }
            n += 1;
        }
    }
    if changed {
        func.resolve_aliases();
    }
}

/// Gives parameters that are taken apart three companions.
fn split(func: &mut Function, ctx: &mut PassContext, cfg: &Cfg) -> bool {
    // Parameters that are taken apart.
    let mut wanted: SecondaryMap<Value, bool> = SecondaryMap::new();
    let mut list: Vec<(Block, usize, Value)> = Vec::new();
    // Those that are taken apart whenever their block is entered: so they are bitstrings then.
    let mut surely: SecondaryMap<Value, bool> = SecondaryMap::new();
    for &block in &cfg.rpo {
        let mut begins = true;
        for &inst in &func.blocks[block].insts {
            let op = func.insts[inst].op;
            begins &= op == Opcode::DbgValue || !op.effects().any(Effects::WRITE);
            if op != Opcode::BsStart {
                continue;
            }
            let value = root(func, func.insts[inst].args[0]);
            surely[value] |=
                begins && matches!(func.values[value].def, ValueDef::Param(home, _) if home == block);
            if let ValueDef::Param(home, n) = func.values[value].def
                && !wanted[value]
                && home != func.entry()
                && cfg.is_reachable(home)
            {
                wanted[value] = true;
                list.push((home, usize::from(n), value));
            }
        }
    }
    // All that comes in can be taken apart, and something was just put together. One that drops out may make others
    // drop out.
    loop {
        let before = list.len();
        list.retain(|&(home, n, value)| {
            let mut made = false;
            let fine = cfg.preds[home].iter().all(|edge| {
                let arg = root(func, func.insts[edge.inst].targets[edge.target].args[n]);
                let part = part_of(func, arg).is_some();
                made |= part;
                let only = func.insts[edge.inst].targets.len() == 1;
                part || wanted[arg] || func.facts[arg].kinds.within(Kinds::BITS) || (surely[value] && only)
            });
            wanted[value] = fine && made;
            wanted[value]
        });
        if list.len() == before {
            break;
        }
    }
    if list.is_empty() || !ctx.rewrite() {
        return false;
    }
    let mut spans: SecondaryMap<Value, Option<Span>> = SecondaryMap::new();
    for &(home, _, value) in &list {
        let position = facts::position(func);
        let span = [Facts::of(Kinds::BITS), position, position].map(|facts| {
            let param = func.add_param(home, Type::Term);
            func.facts[param] = facts;
            param
        });
        spans[value] = Some(span);
    }
    for &(home, n, _) in &list {
        for edge in &cfg.preds[home] {
            let arg = root(func, func.insts[edge.inst].targets[edge.target].args[n]);
            let end = func.blocks[edge.from].insts.len() - 1;
            let span = match (spans[arg], part_of(func, arg)) {
                (Some(span), _) => span,
                (None, Some(part)) => span_of(func, part, (edge.from, end)).0,
                (None, None) => {
                    let start =
                        Cursor::at(func, edge.from, end).inst(Opcode::BsStart, Imm::None, &[arg], None);
                    let results = &func.insts[start].results;
                    [results[0], results[1], results[2]]
                }
            };
            func.insts[edge.inst].targets[edge.target].args.extend(span);
        }
    }
    for &(home, _, value) in &list {
        let Some([base, at, end]) = spans[value] else { continue };
        let mut c = Cursor::at(func, home, 0);
        let left = c.op(Opcode::BsLeft, &[at, end]);
        let again = c.op(Opcode::BsPart, &[base, at, left]);
        func.facts[again] = func.facts[again].meet(&func.facts[value]);
        replace_uses(func, value, again);
    }
    true
}

/// Every use of `old` in an operand becomes one of `new`.
fn replace_uses(func: &mut Function, old: Value, new: Value) {
    for block in func.order.clone() {
        for n in 0..func.blocks[block].insts.len() {
            let inst = func.blocks[block].insts[n];
            func.map_operands(inst, |v| if v == old { new } else { v });
        }
    }
}

/// Makes bitstrings where they are needed, if none of those places is where they are made or in an inner loop.
fn sink(func: &mut Function, ctx: &mut PassContext, cfg: &Cfg) -> bool {
    let mut sunk = false;
    let mut homes: SecondaryMap<Value, Option<Block>> = SecondaryMap::new();
    let mut parts = Vec::new();
    for &block in &cfg.rpo {
        for &inst in &func.blocks[block].insts {
            if func.insts[inst].op == Opcode::BsPart {
                homes[func.result(inst)] = Some(block);
                parts.push(inst);
            }
        }
    }
    let loops = Loops::compute(cfg, &DomTree::compute(cfg));
    let mut stays: SecondaryMap<Value, bool> = SecondaryMap::new();
    let mut uses: SecondaryMap<Value, Vec<(Block, Inst)>> = SecondaryMap::new();
    for &block in &cfg.rpo {
        for &inst in &func.blocks[block].insts {
            let data = &func.insts[inst];
            if data.op == Opcode::DbgValue {
                continue;
            }
            let mut last = None;
            for &v in data.args.iter().chain(data.targets.iter().flat_map(|t| &t.args)) {
                let Some(home) = homes[v] else { continue };
                stays[v] |= home == block || loops.depth(block) > loops.depth(home);
                if last != Some(v) {
                    uses[v].push((block, inst));
                    last = Some(v);
                }
            }
        }
    }
    for part in parts {
        let value = func.result(part);
        if stays[value] || uses[value].is_empty() || !ctx.rewrite() {
            continue;
        }
        let loc = func.insts[part].loc;
        let args = func.insts[part].args.clone();
        let left = func.def_inst(args[2]).filter(|&i| func.insts[i].op == Opcode::BsLeft);
        for (block, inst) in std::mem::take(&mut uses[value]) {
            let Some(place) = func.blocks[block].insts.iter().position(|&i| i == inst) else { continue };
            let size = left.map(|left| func.insts[left].args.clone());
            let mut c = Cursor::at(func, block, place);
            c.loc = loc;
            let size = size.map_or(args[2], |ends| c.op(Opcode::BsLeft, &ends));
            let again = c.op(Opcode::BsPart, &[args[0], args[1], size]);
            func.facts[again] = func.facts[value];
            func.map_operands(inst, |v| if v == value { again } else { v });
        }
        sunk = true;
    }
    sunk
}
