//! Joins: which registers become block parameters, and what each edge passes for them.
//!
//! Segments are begun in reverse postorder. When one is begun, all edges to it but those that close a loop are known,
//! so only registers with different values on different edges become parameters. A loop's head takes all live
//! registers; an edge that comes later passes what the parameters ask for.

use super::emit::{Emitter, Target};
use super::error::{Problem, bad};
use super::shape::{Frame, Reg, Region};
use linac_ir::{Block, BlockCall, Facts, Imm, Inst, Kinds, Opcode, Type, Value};

/// An edge to a segment that was not begun yet: target number `n` of `inst`.
pub(super) struct Edge {
    inst: Inst,
    n: usize,
    /// The values of the segment's live registers.
    values: Vec<Option<Value>>,
}

impl Emitter<'_> {
    /// Begins with the function's entry.
    pub fn entry(&mut self, arity: usize, segment: usize) -> Result<(), Problem> {
        let s = &self.shape.segments[segment];
        if s.preds == 0 {
            // The usual case: nothing jumps to the entry, so its code stands in the entry block.
            self.blocks[segment] = Some(self.block);
            self.params[segment] = Some(Vec::new());
            return Ok(());
        }
        if s.live.iter().any(|r| r.0 as usize >= arity) {
            return bad("a register without a value on entry");
        }
        self.jump(Target::Segment(segment))
    }

    /// The block of a segment.
    fn block_of(&mut self, segment: usize) -> Block {
        if let Some(block) = self.blocks[segment] {
            return block;
        }
        let block = self.func.make_block();
        self.blocks[segment] = Some(block);
        block
    }

    /// Makes a segment current: its block, and the registers' values.
    pub fn begin_segment(&mut self, s: usize) -> Result<(), Problem> {
        let segment = &self.shape.segments[s];
        self.frame = segment.state.frame;
        self.set_region(segment.state.region);
        if self.params[s].is_some() {
            return Ok(());
        }
        self.block = self.block_of(s);
        self.regs.fill(None);
        let edges = std::mem::take(&mut self.pending[s]);
        let mut params = Vec::new();
        let mut contexts: Vec<(u32, Reg)> = Vec::new();
        let mut passed = Vec::new();
        for (i, &reg) in segment.live.iter().enumerate() {
            let mut incoming = edges.iter().map(|e| e.values[i]);
            let Some(first) = incoming.next().flatten() else { continue };
            // A register without a value on one way has none after.
            if incoming.clone().any(|v| v.is_none()) {
                continue;
            }
            let class = self.classes[first];
            let class =
                if incoming.clone().all(|v| v.map(|v| self.classes[v]) == Some(class)) { class } else { 0 };
            if let Some(&(_, same)) = contexts.iter().find(|c| class != 0 && c.0 == class) {
                self.regs[reg.0 as usize] = self.regs[same.0 as usize];
                self.shared[s].push((same, reg));
                continue;
            }
            contexts.push((class, reg));
            let root = self.root(first);
            if !segment.is_loop && incoming.all(|v| v.map(|v| self.root(v)) == Some(root)) {
                self.regs[reg.0 as usize] = Some(root);
                continue;
            }
            let ty = if self.shape.is_float(reg) { Type::F64 } else { Type::Term };
            let param = self.func.add_param(self.block, ty);
            if ty == Type::Term {
                let facts = edges.iter().filter_map(|e| e.values[i]).map(|v| self.func.facts[v]);
                let facts =
                    if segment.is_loop { Facts::ANY } else { facts.fold(Facts::EMPTY, |a, b| a.join(&b)) };
                self.func.facts[param] = facts;
            }
            self.classes[param] = class;
            self.regs[reg.0 as usize] = Some(param);
            params.push(reg);
            passed.push(i);
        }
        for edge in edges {
            let args = passed.iter().filter_map(|&i| edge.values[i]);
            self.func.insts[edge.inst].targets[edge.n].args.extend(args);
        }
        self.params[s] = Some(params);
        Ok(())
    }

    /// The value without the narrowing that tests and claims have given it: the same term, with fewer facts.
    fn root(&self, mut value: Value) -> Value {
        while let Some(inst) = self.func.def_inst(value).map(|i| &self.func.insts[i]) {
            let Some(&from) = inst.args.first().filter(|_| inst.op == Opcode::AssertTerm) else { break };
            if !self.func.facts[from].kinds.disjoint(Kinds::NONE) || self.classes[from] != self.classes[value]
            {
                break;
            }
            value = from;
        }
        value
    }

    /// Appends a target to a terminator of the current block.
    pub fn add_target(&mut self, inst: Inst, target: Target) -> Result<(), Problem> {
        let segment = match target {
            Target::Block(block) => {
                self.func.insts[inst].targets.push(BlockCall::new(block, &[]));
                return Ok(());
            }
            Target::Segment(segment) => segment,
        };
        let block = self.block_of(segment);
        let n = self.func.insts[inst].targets.len();
        self.func.insts[inst].targets.push(BlockCall::new(block, &[]));
        if let Some(params) = &self.params[segment] {
            let args: Option<Vec<Value>> = params.iter().map(|r| self.regs[r.0 as usize]).collect();
            let Some(args) = args else { return bad("a register of a loop loses its value in it") };
            let value = |r: Reg| self.regs[r.0 as usize].map(|v| self.root(v));
            if self.shared[segment].iter().any(|&(a, b)| value(a) != value(b)) {
                return bad("a match context of a loop becomes another one in it");
            }
            self.func.insts[inst].targets[n].args.extend(args);
        } else {
            let live = &self.shape.segments[segment].live;
            let values = live.iter().map(|r| self.regs[r.0 as usize]).collect();
            self.pending[segment].push(Edge { inst, n, values });
        }
        Ok(())
    }

    /// Ends the block with `jump`.
    pub fn jump(&mut self, target: Target) -> Result<(), Problem> {
        let inst = self.cur().effect(Opcode::Jump, Imm::None, &[]);
        self.add_target(inst, target)
    }

    /// Ends the block with `br`.
    pub fn branch(&mut self, cond: Value, yes: Target, no: Target) -> Result<(), Problem> {
        let inst = self.cur().effect(Opcode::Br, Imm::None, &[cond]);
        self.add_target(inst, yes)?;
        self.add_target(inst, no)
    }

    /// Opens a region: stores what the handler needs, and makes its beginning.
    pub fn open_region(&mut self, region: u32) -> Result<(), Problem> {
        let Region { slot: tag, handler: segment, is_catch, .. } = self.shape.regions[region as usize];
        let handler = Target::Segment(segment);
        let tag_reg = self.shape.slot_reg(tag);
        self.regs[tag_reg.0 as usize] = None;
        let live: Vec<(Reg, u32)> = self.shape.segments[segment]
            .live
            .iter()
            .filter_map(|&r| self.shape.as_slot(r).map(|slot| (r, slot)))
            .collect();
        for &(reg, slot) in &live {
            // A slot without a value yet is stored when it gets one.
            if let Some(value) = self.regs[reg.0 as usize].filter(|_| !self.needed[slot as usize]) {
                let slot = self.ir_slot(slot);
                self.cur().effect(Opcode::SlotStore, Imm::Slot(slot), &[value]);
            }
        }
        let (pad, normal) = (self.new_block(true), self.new_block(false));
        let enter = self.cur().effect(Opcode::TryEnter, Imm::None, &[]);
        self.add_target(enter, Target::Block(normal))?;
        self.add_target(enter, Target::Block(pad))?;
        self.handlers[region as usize] = Some(pad);

        let saved = self.regs.clone();
        self.block = pad;
        self.landing(&live, is_catch, handler)?;
        self.regs = saved;
        self.block = normal;
        self.set_region(Some(region));
        Ok(())
    }

    /// The beginning of a handler, up to the jump to its label. It runs inside the regions around.
    fn landing(&mut self, live: &[(Reg, u32)], is_catch: bool, handler: Target) -> Result<(), Problem> {
        let inst = self.cur().effect(Opcode::Landing, Imm::None, &[]);
        let [class, reason, trace] = self.func.insts[inst].results[..] else {
            return bad("malformed landing");
        };
        for value in [class, reason, trace] {
            self.func.facts[value] = Facts::ANY;
        }
        self.regs.fill(None);
        for &(reg, slot) in live {
            let slot = self.ir_slot(slot);
            let load = self.cur().inst(Opcode::SlotLoad, Imm::Slot(slot), &[], Some(Type::Term));
            self.regs[reg.0 as usize] = Some(self.func.result(load));
        }
        if !is_catch {
            for (x, value) in [class, reason, trace].into_iter().enumerate() {
                self.regs[x] = Some(value);
            }
            return self.jump(handler);
        }
        // The value of `catch`: what was thrown, or {'EXIT', Reason}, with the stack trace for errors.
        let throw = self.atom("throw");
        let thrown = self.cur().op(Opcode::EqExact, &[class, throw]);
        let other = self.new_block(true);
        self.regs[0] = Some(reason);
        self.branch(thrown, handler, Target::Block(other))?;
        self.block = other;
        let exit = self.atom("exit");
        let exited = self.cur().op(Opcode::EqExact, &[class, exit]);
        let (exit_block, error_block) = (self.new_block(true), self.new_block(true));
        self.branch(exited, Target::Block(exit_block), Target::Block(error_block))?;
        for (block, is_error) in [(exit_block, false), (error_block, true)] {
            self.block = block;
            let mut value = reason;
            if is_error {
                let list = self.cur().op(Opcode::BuildStacktrace, &[trace]);
                value = self.cur().op(Opcode::Tuple, &[reason, list]);
            }
            let exit = self.atom("EXIT");
            self.regs[0] = Some(self.cur().op(Opcode::Tuple, &[exit, value]));
            self.jump(handler)?;
        }
        Ok(())
    }

    /// A frame is made or given up: its slots have no values.
    pub fn clear_slots(&mut self, from_y: u32, count: u32) {
        if let Frame::Size(size) = self.frame {
            for y in (from_y..size).take(count as usize) {
                let reg = self.shape.slot_reg(size - 1 - y);
                self.regs[reg.0 as usize] = None;
            }
        }
    }
}
