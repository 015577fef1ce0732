//! Floats without boxes.
//!
//! *Problem*: a float term is a heap object; arithmetic on floats that live only in variables would allocate one per
//! operation and load it again for the next. *Idea*, in two steps:
//!
//! 1. Arithmetic with an operand known to be a float becomes machine arithmetic on unboxed values, with a check that the
//!    result is finite, and the result is boxed; operations in a row meet each other's unboxed values, and a box that
//!    nobody asks for is dead.
//! 2. A block parameter that is only unboxed again becomes a parameter of type `f64`. So a loop carries its floats in
//!    registers. Where an edge brings a term of unknown type, `to_f64` converts it there: it accepts every term, and what
//!    is no number gives NaN, which is what the uses would have made of it.
//!
//! *Invariants*: NaN and infinities never get into a box: each result is checked before it is boxed. A failed check raises
//! badarith, as the operation on terms would.

use crate::legalize::fallible::find_threads;
use crate::pass::PassContext;
use crate::util;
use cranelift_entity::{EntitySet, SecondaryMap};
use linac_abi::rtcall::ErrorKind;
use linac_ir::analysis::{Cfg, DomTree, Loops};
use linac_ir::{
    Block, BlockCall, ConstData, Cursor, Facts, Function, Imm, Inst, Kinds, LitShape, Opcode, Type, Value,
    ValueData, ValueDef,
};
use rustc_hash::FxHashMap;

/// Integers up to this are floats exactly.
const EXACT: i64 = 1 << 53;

/// Runs the pass.
pub fn run(func: &mut Function, ctx: &mut PassContext<'_>) {
    arithmetic(func, ctx);
    parameters(func, ctx);
}

fn is_float(func: &Function, v: Value) -> bool {
    func.facts[v].kinds == Kinds::FLOAT
}

fn is_exact_int(func: &Function, v: Value) -> bool {
    let f = func.facts[v];
    f.kinds == Kinds::INT && f.lo > -EXACT && f.hi < EXACT
}

/// Step 1.
fn arithmetic(func: &mut Function, ctx: &mut PassContext<'_>) {
    let interesting =
        func.order.iter().any(|&b| func.blocks[b].insts.iter().any(|&i| machine_op(func, i).is_some()));
    if !interesting {
        return;
    }
    let cfg = Cfg::compute(func);
    let uses = util::use_counts(func);
    let threads = find_threads(func, &cfg, &uses);
    for &block in &cfg.rpo {
        let Some(at) = func.blocks[block].insts.iter().position(|&i| threads[i].is_some()) else { continue };
        let inst = func.blocks[block].insts[at];
        func.resolve_operands(inst);
        let (Some(op), Some((_, br))) = (machine_op(func, inst), threads[inst]) else { continue };
        let old = func.result(inst);
        let cold = func.insts[br].targets[0].clone();
        let Some(failure) = failure(func, &cold) else { continue };
        if cold.args.contains(&old) || !ctx.rewrite() {
            continue;
        }
        expand(func, block, at, inst, br, op, failure);
    }
    func.resolve_aliases();
}

/// The machine operation for an arithmetic instruction, if facts allow it.
fn machine_op(func: &Function, inst: Inst) -> Option<Opcode> {
    let data = &func.insts[inst];
    let op = match data.op {
        Opcode::Add => Opcode::FAdd,
        Opcode::Sub => Opcode::FSub,
        Opcode::Mul => Opcode::FMul,
        Opcode::FDiv => Opcode::FDivF,
        Opcode::Neg => Opcode::FNeg,
        _ => return None,
    };
    let float = |n: usize| is_float(func, func.resolve(data.args[n]));
    let exact = |n: usize| is_exact_int(func, func.resolve(data.args[n]));
    // What is no number for certain stays with the operator, which is what the stack trace shows then.
    if data.args.iter().any(|&v| func.facts[func.resolve(v)].kinds.disjoint(Kinds::NUMBER)) {
        return None;
    }
    let ok = match data.op {
        Opcode::Neg => float(0),
        // A divisor too large for a float must not become an infinity, by which anything can be divided.
        Opcode::FDiv => (float(1) || exact(1)) && (float(0) || exact(0) || float(1)),
        _ => float(0) || float(1),
    };
    ok.then_some(op)
}

/// What a failed check leads to.
enum Failure {
    /// The block `cold` only raises the recorded exception: raise it at once.
    Raise(Inst),
    /// It goes elsewhere, as a guard does.
    Edge(BlockCall),
}

fn failure(func: &Function, cold: &BlockCall) -> Option<Failure> {
    let insts = &func.blocks[cold.block].insts;
    let last = func.terminator(cold.block);
    if func.insts[last].op != Opcode::RaisePending {
        return Some(Failure::Edge(cold.clone()));
    }
    (insts.len() == 1).then_some(Failure::Raise(last))
}

fn expand(func: &mut Function, block: Block, at: usize, inst: Inst, br: Inst, op: Opcode, failure: Failure) {
    let rest = func.blocks[block].insts.split_off(at);
    let (loc, args) = (func.insts[inst].loc, func.insts[inst].args.clone());
    let unboxed: Vec<Value> = args.iter().map(|&v| unboxed(func, block, v, loc)).collect();
    let mut c = Cursor::at_end(func, block);
    c.loc = loc;
    let result = c.op(op, &unboxed);
    let finite = c.op(Opcode::FIsFinite, &[result]);
    let good = func.make_block();
    let bad = match failure {
        Failure::Edge(call) => call,
        Failure::Raise(pending) => {
            let bad = func.make_block();
            func.blocks[bad].cold = true;
            let (loc, handler) = (func.insts[pending].loc, func.insts[pending].handler);
            let mut c = Cursor::at_end(func, bad);
            (c.loc, c.handler) = (loc, handler);
            c.effect(Opcode::RaiseError, Imm::Error(ErrorKind::Badarith), &[]);
            BlockCall::new(bad, &[])
        }
    };
    let mut c = Cursor::at_end(func, block);
    c.loc = loc;
    c.br(finite, (good, &[]), (bad.block, &bad.args));
    let mut c = Cursor::at_end(func, good);
    c.loc = loc;
    let boxed = c.op(Opcode::BoxF64, &[result]);
    func.facts[boxed] = Facts::of(Kinds::FLOAT);
    // Between the operation and its test stand only statements for the debugger.
    let between = rest[1..rest.len() - 2].iter().copied();
    func.blocks[good].insts.extend(between);
    let mut ok = func.insts[br].targets[1].clone();
    let old = func.result(inst);
    for v in &mut ok.args {
        if *v == old {
            *v = boxed;
        }
    }
    Cursor::at_end(func, good).jump(ok.block, &ok.args);
    func.replace(old, boxed);
}

/// A term as a float, at the end of the block.
fn unboxed(func: &mut Function, block: Block, v: Value, loc: linac_ir::Loc) -> Value {
    let v = func.resolve(v);
    if let Some(def) = func.def_inst(v)
        && func.insts[def].op == Opcode::BoxF64
    {
        return func.resolve(func.insts[def].args[0]);
    }
    let bits = match func.as_const(v) {
        Some(&ConstData::Literal(_, LitShape::Float(bits))) => Some(bits),
        Some(&ConstData::Int(n)) if n.unsigned_abs() < EXACT.unsigned_abs() => Some((n as f64).to_bits()),
        _ => None,
    };
    let float = is_float(func, v);
    let mut c = Cursor::at_end(func, block);
    c.loc = loc;
    match bits {
        Some(bits) => c.op_imm(Opcode::F64Const, Imm::F64(bits), &[]),
        None if float => c.op(Opcode::UnboxF64, &[v]),
        None => c.op(Opcode::ToF64, &[v]),
    }
}

/// Step 2.
fn parameters(func: &mut Function, ctx: &mut PassContext<'_>) {
    let boxes =
        func.order.iter().any(|&b| func.blocks[b].insts.iter().any(|&i| func.insts[i].op == Opcode::BoxF64));
    if !boxes {
        return;
    }
    let cfg = Cfg::compute(func);
    let dom = DomTree::compute(&cfg);
    let loops = Loops::compute(&cfg, &dom);
    let mut users: SecondaryMap<Value, Vec<(Block, Inst)>> = SecondaryMap::new();
    for &block in &cfg.rpo {
        for &inst in &func.blocks[block].insts {
            let data = &func.insts[inst];
            for &v in data.args.iter().chain(data.targets.iter().flat_map(|t| t.args.iter())) {
                if users[v].last() != Some(&(block, inst)) {
                    users[v].push((block, inst));
                }
            }
        }
    }
    let mut chosen: EntitySet<Value> = EntitySet::new();
    let mut list: Vec<(Block, usize, Value)> = Vec::new();
    for &block in &cfg.rpo {
        if block == func.entry() {
            continue;
        }
        for (n, &p) in func.blocks[block].params.iter().enumerate() {
            if func.ty(p) == Type::Term && !func.facts[p].kinds.disjoint(Kinds::FLOAT) {
                chosen.insert(p);
                list.push((block, n, p));
            }
        }
    }
    // Optimistic: take out what cannot stay until all others can.
    loop {
        let mut changed = false;
        list.retain(|&(block, n, p)| {
            let keep = Candidate { func, cfg: &cfg, loops: &loops, users: &users, chosen: &chosen }
                .fits(block, n, p);
            if !keep {
                chosen.remove(p);
                changed = true;
            }
            keep
        });
        if !changed {
            break;
        }
    }
    list.retain(|&(_, _, p)| {
        let keep = ctx.rewrite();
        if !keep {
            chosen.remove(p);
        }
        keep
    });
    convert(func, &cfg, &users, &list);
}

struct Candidate<'a> {
    func: &'a Function,
    cfg: &'a Cfg,
    loops: &'a Loops,
    users: &'a SecondaryMap<Value, Vec<(Block, Inst)>>,
    chosen: &'a EntitySet<Value>,
}

impl Candidate<'_> {
    fn fits(&self, block: Block, n: usize, p: Value) -> bool {
        let mut boxed = false;
        for edge in &self.cfg.preds[block] {
            let v = self.func.insts[edge.inst].targets[edge.target].args[n];
            let made = self.func.def_inst(v).is_some_and(|i| self.func.insts[i].op == Opcode::BoxF64);
            boxed |= made || (v != p && self.chosen.contains(v));
        }
        let mut unboxed = false;
        boxed && self.uses_fit(block, p, &mut unboxed) && unboxed
    }

    /// Do all uses of a name of the parameter want the float, or bear to box it again?
    fn uses_fit(&self, home: Block, name: Value, unboxed: &mut bool) -> bool {
        let func = self.func;
        self.users[name].iter().all(|&(at, inst)| {
            let data = &func.insts[inst];
            match data.op {
                Opcode::UnboxF64 | Opcode::ToF64 => {
                    *unboxed = true;
                    true
                }
                Opcode::DbgValue => true,
                Opcode::AssertTerm => self.uses_fit(home, data.results[0], unboxed),
                _ => {
                    let plain = data.args.contains(&name);
                    let passed = data.targets.iter().all(|t| {
                        let params = &func.blocks[t.block].params;
                        t.args.iter().zip(params).all(|(&a, &q)| a != name || self.chosen.contains(q))
                    });
                    if !plain && passed {
                        *unboxed |= data.targets.iter().any(|t| t.block != home);
                        return true;
                    }
                    // Boxed again where that is rarer than the loop, and sure to be a float.
                    is_float(func, name)
                        && (func.blocks[at].cold || self.loops.depth(at) < self.loops.depth(home))
                }
            }
        })
    }
}

fn convert(
    func: &mut Function,
    cfg: &Cfg,
    users: &SecondaryMap<Value, Vec<(Block, Inst)>>,
    list: &[(Block, usize, Value)],
) {
    if list.is_empty() {
        return;
    }
    let mut floats: FxHashMap<Value, Value> = FxHashMap::default();
    for &(block, n, p) in list {
        let def = ValueDef::Param(block, n as u16);
        let q = func.values.push(ValueData { ty: Type::F64, def });
        func.blocks[block].params[n] = q;
        floats.insert(p, q);
    }
    // Names of the parameters that asserts gave.
    let mut work: Vec<Value> = list.iter().map(|l| l.2).collect();
    while let Some(name) = work.pop() {
        let q = floats[&name];
        for &(_, inst) in &users[name] {
            if func.insts[inst].op == Opcode::AssertTerm {
                let result = func.result(inst);
                if floats.insert(result, q).is_none() {
                    work.push(result);
                }
            }
        }
    }
    for &(block, n, _) in list {
        for edge in &cfg.preds[block] {
            let v = func.insts[edge.inst].targets[edge.target].args[n];
            let float = match floats.get(&v) {
                Some(&q) => q,
                None => {
                    let end = func.blocks[edge.from].insts.pop().expect("terminated");
                    let loc = func.insts[end].loc;
                    let float = unboxed(func, edge.from, v, loc);
                    func.blocks[edge.from].insts.push(end);
                    float
                }
            };
            func.insts[edge.inst].targets[edge.target].args[n] = float;
        }
    }
    for &block in &cfg.rpo {
        let old = std::mem::take(&mut func.blocks[block].insts);
        for inst in old {
            let data = &func.insts[inst];
            let first = data.args.first().and_then(|v| floats.get(v)).copied();
            match (data.op, first) {
                (Opcode::UnboxF64 | Opcode::ToF64, Some(q)) => {
                    let result = data.results[0];
                    func.replace(result, q);
                    continue;
                }
                (Opcode::AssertTerm, Some(_)) => continue,
                (Opcode::DbgValue, Some(q)) => {
                    func.insts[inst].args[0] = q;
                    func.blocks[block].insts.push(inst);
                    continue;
                }
                _ => {}
            }
            let wanted: Vec<Value> = data
                .args
                .iter()
                .chain(data.targets.iter().flat_map(|t| t.args.iter()))
                .copied()
                .filter(|v| floats.contains_key(v))
                .collect();
            let mut again: FxHashMap<Value, Value> = FxHashMap::default();
            for v in wanted {
                if again.contains_key(&v) {
                    continue;
                }
                let boxed = Cursor::at_end(func, block).op(Opcode::BoxF64, &[floats[&v]]);
                func.facts[boxed] = Facts::of(Kinds::FLOAT);
                again.insert(v, boxed);
            }
            if !again.is_empty() {
                func.map_operands(inst, |v| again.get(&v).copied().unwrap_or(v));
            }
            func.blocks[block].insts.push(inst);
        }
    }
    func.resolve_aliases();
}
