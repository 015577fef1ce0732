//! First iterations apart, where they settle the types of the rest.
//!
//! *Problem*: what enters a loop through the function's arguments is of unknown type, though every later iteration brings a
//! float, an integer or a bitstring that the loop itself has made; one unknown edge makes the header's parameter unknown, so guards are
//! tested in each iteration and floats go through boxes. *Idea*: when the back edges bring something better than the header
//! knows, the loop body is copied once: the function enters the copy, whose back edges enter the loop. Inference then
//! finds better parameters, and the tests in the loop disappear.
//!
//! *Invariants*: the copy has the same exits; handlers are copied with what they protect; slots are shared, as the
//! iterations are one after the other. The size of what is copied is bounded, and only loops made from self tail calls
//! are looked at (the entry's only successor is the header), so the time is linear.

use crate::pass::{PassContext, Tier};
use crate::{cleanup, infer};
use cranelift_entity::{SecondaryMap, packed_option::PackedOption};
use linac_ir::analysis::{Cfg, DomTree};
use linac_ir::{Block, Facts, Function, Inst, Kinds, Type, Value, ValueDef};

/// Most instructions copied for the sake of a float.
const MAX_FLOAT: usize = 400;
/// Most instructions copied for the sake of an integer.
const MAX_INT: usize = 120;

/// Most instructions copied for the sake of a bitstring.
const MAX_BITS: usize = 250;

/// Runs the pass.
pub fn run(func: &mut Function, ctx: &mut PassContext<'_>) {
    if ctx.tier == Tier::Baseline {
        return;
    }
    let [call] = func.successors(func.entry()) else { return };
    let header = call.block;
    let cfg = Cfg::compute(func);
    if cfg.preds[header].len() < 2 {
        return;
    }
    let dom = DomTree::compute(&cfg);
    let size: usize = cfg.rpo.iter().map(|&b| func.blocks[b].insts.len()).sum();
    let mut worth = false;
    for (n, &param) in func.blocks[header].params.iter().enumerate() {
        if func.ty(param) != Type::Term {
            continue;
        }
        let mut back = Facts::of(Kinds::EMPTY);
        for edge in &cfg.preds[header] {
            if dom.dominates(header, edge.from) {
                back = back.join(&func.facts[func.insts[edge.inst].targets[edge.target].args[n]]);
            }
        }
        let known = func.facts[param].kinds;
        worth |= known != back.kinds
            && (back.kinds == Kinds::FLOAT && size <= MAX_FLOAT
                || back.kinds == Kinds::INT && size <= MAX_INT
                || back.kinds == Kinds::BITS && size <= MAX_BITS);
    }
    if !worth || !ctx.rewrite() {
        return;
    }
    copy(func, &cfg, header);
    cleanup::run(func, ctx);
    infer::run(func, ctx);
}

/// Copies all blocks but the entry; the entry leads to the copy, the copy's back edges to the original header.
fn copy(func: &mut Function, cfg: &Cfg, header: Block) {
    let entry = func.entry();
    let mut blocks: SecondaryMap<Block, PackedOption<Block>> = SecondaryMap::new();
    let mut values: SecondaryMap<Value, PackedOption<Value>> = SecondaryMap::new();
    let old: Vec<Block> = cfg.rpo.iter().copied().filter(|&b| b != entry).collect();
    for &block in &old {
        let new = func.make_block();
        blocks[block] = new.into();
        func.blocks[new].cold = func.blocks[block].cold;
        for p in func.blocks[block].params.clone() {
            let q = func.add_param(new, func.ty(p));
            func.facts[q] = func.facts[p];
            values[p] = q.into();
        }
    }
    let mut made: Vec<Inst> = Vec::new();
    for &block in &old {
        let new = blocks[block].expect("just made");
        for inst in func.blocks[block].insts.clone() {
            let mut data = func.insts[inst].clone();
            let results = std::mem::take(&mut data.results);
            let copy = func.insts.push(data);
            for (n, r) in results.into_iter().enumerate() {
                let ty = func.ty(r);
                let def = ValueDef::Result(copy, n as u16);
                let q = func.values.push(linac_ir::ValueData { ty, def });
                func.facts[q] = func.facts[r];
                func.insts[copy].results.push(q);
                values[r] = q.into();
            }
            func.blocks[new].insts.push(copy);
            made.push(copy);
        }
    }
    for inst in made {
        func.map_operands(inst, |v| values[v].expand().unwrap_or(v));
        let data = &mut func.insts[inst];
        for call in &mut data.targets {
            if call.block != header {
                call.block = blocks[call.block].expect("every reachable block is copied");
            }
        }
        if let Some(handler) = data.handler.expand() {
            data.handler = blocks[handler];
        }
    }
    let jump = func.terminator(entry);
    func.insts[jump].targets[0].block = blocks[header].expect("the header is copied");
}
