//! Restores SSA form after some values got further definitions.
//!
//! *Problem*: a cold safepoint reloads a value under a new name; from there on, and wherever control from there meets
//! control that did not pass it, uses must see the right one. *Idea*: iterated dominance frontiers, pruned by liveness,
//! say where block parameters are needed; one walk over the dominator tree renames.
//!
//! *Invariants*: each original definition dominates all uses before the repair; uses that stand behind a new definition in
//! its block mean the new one.

use cranelift_entity::{EntitySet, SecondaryMap, packed_option::PackedOption};
use linac_ir::analysis::{Cfg, DomTree};
use linac_ir::{Block, ConstData, Function, Imm, Inst, Loc, Opcode, Type, Value};
use rustc_hash::FxHashMap;

/// Further definitions of values, collected and then repaired at once.
#[derive(Debug, Default)]
pub struct Repair {
    /// Original values in order of first redefinition, each with the blocks of its new definitions.
    blocks: FxHashMap<Value, Vec<Block>>,
    order: Vec<Value>,
    /// For a new name: the original.
    original: SecondaryMap<Value, PackedOption<Value>>,
}

impl Repair {
    /// Notes that `new`, defined in `block`, is from there on what `old` was.
    pub fn redefine(&mut self, old: Value, new: Value, block: Block) {
        let blocks = self.blocks.entry(old).or_insert_with(|| {
            self.order.push(old);
            Vec::new()
        });
        blocks.push(block);
        self.original[new] = old.into();
    }

    /// Makes block parameters where definitions meet, and renames all uses. `live_in` must hold for the original values.
    pub fn run(self, func: &mut Function, live_in: &SecondaryMap<Block, EntitySet<Value>>) {
        if self.order.is_empty() {
            return;
        }
        let cfg = Cfg::compute(func);
        let dom = DomTree::compute(&cfg);
        let frontiers = frontiers(&cfg, &dom);
        let def_block = def_blocks(func, &cfg);
        // Which originals get a parameter in which block.
        let mut phis: SecondaryMap<Block, Vec<(Value, Value)>> = SecondaryMap::new();
        let mut has: SecondaryMap<Block, u32> = SecondaryMap::with_default(u32::MAX);
        for (n, &old) in self.order.iter().enumerate() {
            let mut work = self.blocks[&old].clone();
            work.extend(def_block[old].expand());
            while let Some(block) = work.pop() {
                for &join in &frontiers[block] {
                    if has[join] != n as u32 && live_in[join].contains(old) {
                        has[join] = n as u32;
                        let param = func.add_param(join, func.ty(old));
                        func.facts[param] = func.facts[old];
                        phis[join].push((old, param));
                        work.push(join);
                    }
                }
            }
        }
        let mut current = SecondaryMap::new();
        current.resize(func.values.len());
        let renamer = Renamer { repair: &self, phis: &phis, current, undo: Vec::new() };
        renamer.walk(func, &cfg, &dom, live_in);
    }
}

fn def_blocks(func: &Function, cfg: &Cfg) -> SecondaryMap<Value, PackedOption<Block>> {
    let mut map = SecondaryMap::new();
    for &block in &cfg.rpo {
        for &p in &func.blocks[block].params {
            map[p] = block.into();
        }
        for &inst in &func.blocks[block].insts {
            for &r in &func.insts[inst].results {
                map[r] = block.into();
            }
        }
    }
    map
}

/// Dominance frontiers, by Cooper, Harvey and Kennedy.
fn frontiers(cfg: &Cfg, dom: &DomTree) -> SecondaryMap<Block, Vec<Block>> {
    let mut map: SecondaryMap<Block, Vec<Block>> = SecondaryMap::new();
    for &block in &cfg.rpo {
        if cfg.preds[block].len() < 2 {
            continue;
        }
        let stop = dom.idom(block);
        for edge in &cfg.preds[block] {
            let mut runner = Some(edge.from);
            while runner != stop {
                let Some(b) = runner else { break };
                if map[b].last() != Some(&block) {
                    map[b].push(block);
                }
                runner = dom.idom(b);
            }
        }
    }
    map
}

struct Renamer<'a> {
    repair: &'a Repair,
    phis: &'a SecondaryMap<Block, Vec<(Value, Value)>>,
    current: SecondaryMap<Value, PackedOption<Value>>,
    undo: Vec<(Value, PackedOption<Value>)>,
}

impl Renamer<'_> {
    fn set(&mut self, old: Value, new: Value) {
        let before = std::mem::replace(&mut self.current[old], new.into());
        self.undo.push((old, before));
    }

    fn walk(
        mut self,
        func: &mut Function,
        cfg: &Cfg,
        dom: &DomTree,
        live_in: &SecondaryMap<Block, EntitySet<Value>>,
    ) {
        enum Step {
            Enter(Block),
            Leave(usize),
        }
        let mut stack = vec![Step::Enter(cfg.rpo[0])];
        while let Some(step) = stack.pop() {
            match step {
                Step::Leave(mark) => {
                    for (old, before) in self.undo.drain(mark..).rev() {
                        self.current[old] = before;
                    }
                }
                Step::Enter(block) => {
                    stack.push(Step::Leave(self.undo.len()));
                    self.block(func, block, live_in);
                    stack.extend(dom.children(block).iter().map(|&b| Step::Enter(b)));
                }
            }
        }
    }

    fn block(&mut self, func: &mut Function, block: Block, live_in: &SecondaryMap<Block, EntitySet<Value>>) {
        let phis = self.phis;
        for &(old, param) in &phis[block] {
            self.set(old, param);
        }
        let insts = std::mem::take(&mut func.blocks[block].insts);
        let mut out: Vec<Inst> = Vec::with_capacity(insts.len());
        let succs: Vec<Block> = insts
            .last()
            .map(|&i| func.insts[i].targets.iter().map(|t| t.block).collect())
            .unwrap_or_default();
        for inst in insts {
            if func.insts[inst].op == Opcode::DbgValue {
                // Parameters are made only where a value is live; past its end no name is sure to be right.
                let v = func.insts[inst].args[0];
                let gone =
                    self.repair.blocks.contains_key(&v) && !succs.iter().any(|&s| live_in[s].contains(v));
                if gone {
                    let c = func.constant(ConstData::None);
                    let none = func.make_inst(Opcode::Const, Imm::Const(c), &[], &[Type::Term], Loc::NONE);
                    func.insts[inst].args[0] = func.result(none);
                    out.push(none);
                }
            }
            let current = &self.current;
            func.map_operands(inst, |v| current[v].expand().unwrap_or(v));
            for r in func.insts[inst].results.clone() {
                if let Some(old) = self.repair.original[r].expand() {
                    self.set(old, r);
                }
            }
            out.push(inst);
        }
        if let Some(&last) = out.last() {
            for t in 0..func.insts[last].targets.len() {
                let target = func.insts[last].targets[t].block;
                for &(old, _) in &phis[target] {
                    let v = self.current[old].expand().unwrap_or(old);
                    func.insts[last].targets[t].args.push(v);
                }
            }
        }
        func.blocks[block].insts = out;
    }
}
