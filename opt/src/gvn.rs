//! Value numbering over the dominator tree, with simplification at each node.
//!
//! *Idea*: one walk; each pure instruction is first simplified (constants, identities, fields of objects made here), then
//! looked up by operation and operands; an equal one that dominates it replaces it. Fields of terms never change, so loads
//! of them are pure and are eliminated by the same table. *Arithmetic* that can fail records an exception as a side
//! effect: it is only found again behind the branch that has shown the first one's success, where `assert_term` names it.
//!
//! *Invariants*: nothing from outside a handler is used behind it (docs/ir.md), see `regions`; each rewrite makes the function smaller or replaces
//! an operation by a cheaper one, so one walk is enough and it ends.

mod maps;
mod tags;

use crate::legalize::typetest;
use crate::pass::PassContext;
use crate::util;
use cranelift_entity::SecondaryMap;
use linac_ir::analysis::{Cfg, DomTree};
use linac_ir::{
    Args, Block, ConstData, Cursor, Effects, FloatCond, Function, Imm, Inst, Kinds, LitShape, Opcode, Stage,
    Type, Value,
};
use rustc_hash::FxHashMap;

/// What makes two instructions equal. The block is the region they are in, see `regions`.
type Key = (Opcode, Imm, Args, Type, Option<Block>);

/// Runs the pass.
pub fn run(func: &mut Function, ctx: &mut PassContext<'_>) {
    let cfg = Cfg::compute(func);
    func.order.retain(|&b| cfg.is_reachable(b));
    let dom = DomTree::compute(&cfg);
    let fresh = regions(func, &cfg, &dom);
    let map_uses = maps::uses(func);
    let mut gvn = Gvn { table: FxHashMap::default(), undo: Vec::new(), region: None, map_uses };
    enum Step {
        Enter(Block, Option<Block>),
        Leave(usize),
    }
    let mut stack = vec![Step::Enter(func.entry(), None)];
    while let Some(step) = stack.pop() {
        match step {
            Step::Leave(mark) => {
                for (key, before) in gvn.undo.drain(mark..).rev() {
                    match before {
                        Some(v) => gvn.table.insert(key, v),
                        None => gvn.table.remove(&key),
                    };
                }
            }
            Step::Enter(block, outer) => {
                stack.push(Step::Leave(gvn.undo.len()));
                gvn.region = if fresh[block] { Some(block) } else { outer };
                gvn.block(func, ctx, block);
                for &child in dom.children(block).iter().rev() {
                    stack.push(Step::Enter(child, gvn.region));
                }
            }
        }
    }
    func.resolve_aliases();
}

/// Blocks at which nothing found before may be used: those that a handler leads to, though the block above them in the
/// dominator tree dominates the handler, so that its values would have to live through the handler's edge.
fn regions(func: &Function, cfg: &Cfg, dom: &DomTree) -> SecondaryMap<Block, bool> {
    let mut fresh = SecondaryMap::new();
    let mut seen: SecondaryMap<Block, u32> = SecondaryMap::new();
    let mut work = Vec::new();
    for (n, &handler) in cfg.rpo.iter().enumerate() {
        if func.blocks[handler].insts.first().is_none_or(|&i| func.insts[i].op != Opcode::Landing) {
            continue;
        }
        let mark = n as u32 + 1;
        work.push(handler);
        while let Some(block) = work.pop() {
            if std::mem::replace(&mut seen[block], mark) == mark {
                continue;
            }
            fresh[block] |= dom.idom(block).is_some_and(|above| dom.dominates(above, handler));
            work.extend(func.successors(block).iter().map(|t| t.block));
        }
    }
    fresh
}

struct Gvn {
    table: FxHashMap<Key, Value>,
    undo: Vec<(Key, Option<Value>)>,
    region: Option<Block>,
    /// See [`maps::uses`].
    map_uses: Option<SecondaryMap<Value, u32>>,
}

impl Gvn {
    fn insert(&mut self, key: Key, value: Value) {
        let before = self.table.insert(key.clone(), value);
        self.undo.push((key, before));
    }

    fn key(&self, func: &Function, inst: Inst) -> Key {
        let data = &func.insts[inst];
        let mut args: Args = data.args.iter().map(|&v| func.resolve(v)).collect();
        if data.op.effects().has(Effects::COMMUTATIVE) && args.len() == 2 && args[0] > args[1] {
            args.swap(0, 1);
        }
        (data.op, data.imm.clone(), args, func.ty(data.results[0]), self.region)
    }

    fn block(&mut self, func: &mut Function, ctx: &mut PassContext<'_>, block: Block) {
        let old = std::mem::take(&mut func.blocks[block].insts);
        for inst in old {
            func.resolve_operands(inst);
            if !is_pure(func, inst) {
                self.effect(func, ctx, block, inst);
                continue;
            }
            let result = func.result(inst);
            if let Some(value) = simplify(func, block, inst)
                && ctx.rewrite()
            {
                func.replace(result, value);
                continue;
            }
            let key = self.key(func, inst);
            if let Some(&value) = self.table.get(&key)
                && ctx.rewrite()
            {
                // The earlier name must not claim less than what is known of the later one where it is used.
                if keeps_facts(func, result, value) {
                    func.replace(result, value);
                } else {
                    assert_in_place(func, block, inst, value);
                }
                continue;
            }
            self.insert(key, result);
            if func.insts[inst].op == Opcode::AssertTerm {
                self.name_success(func, inst);
            }
            func.blocks[block].insts.push(inst);
        }
    }

    /// `assert_term` of a fallible operation's result: from here on the same operation gives the same value.
    fn name_success(&mut self, func: &Function, assert: Inst) {
        let result = func.result(assert);
        let Some(def) = func.def_inst(func.insts[assert].args[0]) else { return };
        let again = is_arithmetic(func.insts[def].op) || func.insts[def].op == Opcode::MapGet;
        if again && func.facts[result].kinds.disjoint(Kinds::NONE) {
            let key = self.key(func, def);
            self.insert(key, result);
        }
    }

    /// Setting keys: those that are there need no test, and two operations may be one.
    fn map_put(&mut self, func: &mut Function, ctx: &mut PassContext<'_>, inst: Inst) {
        let args = func.insts[inst].args.clone();
        let is_there = |map: Value, key: Value| {
            let key = (Opcode::MapGet, Imm::None, Args::from_slice(&[map, key]), Type::Term, self.region);
            self.table.contains_key(&key)
        };
        if func.insts[inst].op == Opcode::MapPutExact {
            let maps = maps::made_of(func, args[0]);
            let all = args[1..].chunks_exact(2).all(|pair| maps.iter().any(|&map| is_there(map, pair[0])));
            if all && ctx.rewrite() {
                func.insts[inst].op = Opcode::MapPutAssoc;
                let result = func.result(inst);
                let none = if func.facts[args[0]].kinds == Kinds::MAP { Kinds::NONE } else { Kinds::EMPTY };
                func.facts[result].kinds = func.facts[result].kinds.minus(none);
            }
        }
        if let Some(uses) = &self.map_uses
            && let Some(args) = maps::joined(func, inst, uses)
            && ctx.rewrite()
        {
            func.insts[inst].args = args;
        }
    }

    fn effect(&mut self, func: &mut Function, ctx: &mut PassContext<'_>, block: Block, inst: Inst) {
        let op = func.insts[inst].op;
        if is_arithmetic(op) {
            let key = self.key(func, inst);
            if let Some(&value) = self.table.get(&key)
                && ctx.rewrite()
            {
                let result = func.result(inst);
                func.replace(result, value);
                return;
            }
            if let Some(value) = identity(func, inst)
                && ctx.rewrite()
            {
                let result = func.result(inst);
                func.replace(result, value);
                return;
            }
        }
        if op == Opcode::MapGet {
            let known = self.table.get(&self.key(func, inst)).copied();
            if let Some(value) = known.or_else(|| maps::value_set(func, inst))
                && ctx.rewrite()
            {
                let result = func.result(inst);
                func.replace(result, value);
                let map = maps::root(func, func.insts[inst].args[0]);
                if let Some(uses) = &mut self.map_uses {
                    // What used the result uses the value now.
                    let more = uses[result];
                    uses[maps::root(func, value)] += more;
                    if !func.blocks[block].cold {
                        uses[map] = uses[map].saturating_sub(1);
                    }
                }
                return;
            }
        }
        if matches!(op, Opcode::MapPutAssoc | Opcode::MapPutExact) {
            self.map_put(func, ctx, inst);
        }
        if op == Opcode::WAddOvf {
            tags::add(func, inst);
        }
        if op == Opcode::Br {
            // A branch on a negation is the branch turned around.
            while let Some(not) = func.def_inst(func.insts[inst].args[0])
                && func.insts[not].op == Opcode::BoolNot
                && ctx.rewrite()
            {
                let inner = func.resolve(func.insts[not].args[0]);
                let data = &mut func.insts[inst];
                data.args[0] = inner;
                data.targets.swap(0, 1);
            }
        }
        func.blocks[block].insts.push(inst);
    }
}

fn is_arithmetic(op: Opcode) -> bool {
    use Opcode::*;
    matches!(op, Add | Sub | Mul | FDiv | IDiv | IRem | Neg | Band | Bor | Bxor | Bnot | Bsl | Bsr)
}

/// May the instruction be repeated, dropped and found again?
fn is_pure(func: &Function, inst: Inst) -> bool {
    let data = &func.insts[inst];
    let impure = [
        Effects::FALLIBLE,
        Effects::ALLOC,
        Effects::READ,
        Effects::WRITE,
        Effects::SAFEPOINT,
        Effects::TERMINATOR,
        Effects::EPOCH,
    ];
    // A word that becomes derived does so at its place: shared, it might live across a safepoint.
    let derives =
        |&r: &Value| func.ty(r) == Type::Derived && data.args.iter().all(|&v| func.ty(v) != Type::Derived);
    data.results.len() == 1
        && !data.results.iter().any(derives)
        && data.op.is_removable()
        && !impure.iter().any(|&e| data.op.effects().any(e))
        && data.op != Opcode::Landing
}

/// Does the replacement claim at least what the replaced value claims?
fn keeps_facts(func: &Function, old: Value, new: Value) -> bool {
    func.stage == Stage::Core
        || func.ty(old) != Type::Term
        || func.facts[old].meet(&func.facts[new]) == func.facts[new]
}

/// Turns an instruction into an `assert_term` of the value that it equals.
fn assert_in_place(func: &mut Function, block: Block, inst: Inst, value: Value) {
    let data = &mut func.insts[inst];
    data.op = Opcode::AssertTerm;
    data.imm = Imm::None;
    data.args = Args::from_slice(&[value]);
    let result = data.results[0];
    func.facts[result] = func.facts[result].meet(&func.facts[value]);
    func.blocks[block].insts.push(inst);
}

/// A term constant as an integer.
fn int_of(func: &Function, v: Value) -> Option<i64> {
    func.facts[v].int_const()
}

/// `x + 0` and the like, where `x` is known to be an integer.
fn identity(func: &Function, inst: Inst) -> Option<Value> {
    let data = &func.insts[inst];
    let int = |n: usize| func.facts[data.args[n]].kinds == Kinds::INT;
    let is = |n: usize, k: i64| int_of(func, data.args[n]) == Some(k);
    match data.op {
        Opcode::Add | Opcode::Bor | Opcode::Bxor if int(0) && is(1, 0) => Some(data.args[0]),
        Opcode::Add | Opcode::Bor | Opcode::Bxor if int(1) && is(0, 0) => Some(data.args[1]),
        Opcode::Sub | Opcode::Bsl | Opcode::Bsr if int(0) && is(1, 0) => Some(data.args[0]),
        Opcode::Mul | Opcode::IDiv if int(0) && is(1, 1) => Some(data.args[0]),
        Opcode::Mul if int(1) && is(0, 1) => Some(data.args[1]),
        Opcode::Band | Opcode::Bor if int(0) && data.args[0] == data.args[1] => Some(data.args[0]),
        Opcode::Band if int(0) && is(1, -1) => Some(data.args[0]),
        _ => None,
    }
}

/// A value that the pure instruction equals, made at the end of the block if need be; the instruction may be
/// changed in place into a cheaper one instead.
fn simplify(func: &mut Function, block: Block, inst: Inst) -> Option<Value> {
    use Opcode::*;
    let data = &func.insts[inst];
    let args = data.args.clone();
    let loc = data.loc;
    let def = |func: &Function, v: Value| func.def_inst(v).map(|i| func.insts[i].clone());
    let answer = |func: &mut Function, b: bool| {
        let mut c = Cursor::at_end(func, block);
        c.loc = loc;
        Some(util::bool_const(&mut c, b))
    };
    match data.op {
        AssertTerm => keeps_facts(func, data.results[0], args[0]).then_some(args[0]),
        IsNone => {
            let kinds = func.facts[args[0]].kinds;
            if kinds.disjoint(Kinds::NONE) {
                answer(func, false)
            } else if kinds == Kinds::NONE {
                answer(func, true)
            } else {
                None
            }
        }
        Is => {
            let Imm::Test(test) = data.imm else { return None };
            if let Some(b) = typetest::decide(test, &func.facts[args[0]]) {
                return answer(func, b);
            }
            let from_bool = def(func, args[0])?.op == BoolToTerm;
            if from_bool && test == linac_ir::TypeTest::Boolean { answer(func, true) } else { None }
        }
        IsTupleArity => {
            let Imm::Int(n) = data.imm else { return None };
            let f = func.facts[args[0]];
            match f.arity {
                _ if f.kinds.disjoint(Kinds::TUPLE) && f.kinds != Kinds::EMPTY => answer(func, false),
                Some(k) if i64::from(k) != n && f.kinds == Kinds::TUPLE => answer(func, false),
                Some(k) if i64::from(k) == n && f.kinds == Kinds::TUPLE => answer(func, true),
                _ => None,
            }
        }
        EqExact | Eq => {
            if args[0] == args[1] {
                return answer(func, true);
            }
            let (a, b) = (func.facts[args[0]], func.facts[args[1]]);
            if let Some(b) = compare_atoms(func, args[0], args[1]) {
                return answer(func, b);
            }
            if data.op == EqExact || (a.kinds == Kinds::INT && b.kinds == Kinds::INT) {
                let differ = a.meet(&b).kinds == Kinds::EMPTY;
                let known = a.int_const().is_some() && a.int_const() == b.int_const();
                if differ && a.kinds != Kinds::EMPTY && b.kinds != Kinds::EMPTY {
                    return answer(func, false);
                }
                if known {
                    return answer(func, true);
                }
            }
            compare_floats(func, block, inst);
            truth_of_term(func, block, args[0], args[1])
        }
        Lt => {
            if args[0] == args[1] {
                return answer(func, false);
            }
            let (a, b) = (func.facts[args[0]], func.facts[args[1]]);
            if a.kinds == Kinds::INT && b.kinds == Kinds::INT {
                if a.hi < b.lo {
                    return answer(func, true);
                }
                if a.lo >= b.hi {
                    return answer(func, false);
                }
            }
            compare_floats(func, block, inst);
            None
        }
        BoolNot => {
            let inner = def(func, args[0])?;
            if inner.op == BoolNot {
                return Some(func.resolve(inner.args[0]));
            }
            let known = util::as_bool_const(func, args[0])?;
            answer(func, !known)
        }
        BoolAnd | BoolOr => {
            let absorbing = data.op == BoolOr;
            for (one, other) in [(args[0], args[1]), (args[1], args[0])] {
                match util::as_bool_const(func, one) {
                    Some(b) if b == absorbing => return Some(one),
                    Some(_) => return Some(other),
                    None => {}
                }
            }
            (args[0] == args[1]).then_some(args[0])
        }
        Hd | Tl => {
            let made = def(func, args[0])?;
            (made.op == Cons).then(|| func.resolve(made.args[usize::from(func.insts[inst].op == Tl)]))
        }
        Element => {
            let Imm::Int(n) = data.imm else { return None };
            let made = def(func, args[0])?;
            if made.op == Tuple { made.args.get(n as usize).map(|&v| func.resolve(v)) } else { None }
        }
        TupleSize => {
            let n = func.facts[args[0]].arity?;
            let mut c = Cursor::at_end(func, block);
            c.loc = loc;
            Some(c.constant(ConstData::Int(n.into())))
        }
        UnboxF64 | ToF64 => {
            let made = def(func, args[0]);
            if let Some(made) = &made
                && made.op == BoxF64
            {
                return Some(func.resolve(made.args[0]));
            }
            let bits = match func.as_const(args[0]) {
                Some(&ConstData::Literal(_, LitShape::Float(bits))) => bits,
                // Exact as long as the integer has at most 53 bits.
                Some(&ConstData::Int(n)) if data.op == ToF64 && n.unsigned_abs() < 1 << 53 => {
                    (n as f64).to_bits()
                }
                _ => {
                    if data.op == ToF64 && func.facts[args[0]].kinds == Kinds::FLOAT {
                        func.insts[inst].op = UnboxF64;
                    }
                    return None;
                }
            };
            let mut c = Cursor::at_end(func, block);
            c.loc = loc;
            Some(c.op_imm(F64Const, Imm::F64(bits), &[]))
        }
        SmallBits => {
            let made = def(func, args[0])?;
            (made.op == FromBits && func.ty(made.args[0]) == Type::Word).then(|| func.resolve(made.args[0]))
        }
        WSub => tags::untag(func, &args),
        WAdd => {
            tags::add(func, inst);
            None
        }
        FIsFinite => {
            let made = def(func, args[0])?;
            let finite = match made.op {
                UnboxF64 | IToF => true,
                F64Const => matches!(made.imm, Imm::F64(bits) if f64::from_bits(bits).is_finite()),
                _ => false,
            };
            if finite { answer(func, true) } else { None }
        }
        _ => None,
    }
}

/// Atoms and nil: the same constant or not.
fn compare_atoms(func: &Function, a: Value, b: Value) -> Option<bool> {
    let (a, b) = (func.as_const(a)?, func.as_const(b)?);
    let plain = |c: &ConstData| matches!(c, ConstData::Atom(_) | ConstData::Nil);
    (plain(a) && plain(b)).then(|| a == b)
}

/// `X =:= true` where X is made from a truth value is that value, `X =:= false` its negation.
fn truth_of_term(func: &mut Function, block: Block, a: Value, b: Value) -> Option<Value> {
    for (term, constant) in [(a, b), (b, a)] {
        let Some(inst) = func.def_inst(term) else { continue };
        if func.insts[inst].op != Opcode::BoolToTerm {
            continue;
        }
        let truth = func.resolve(func.insts[inst].args[0]);
        match func.as_const(constant) {
            Some(ConstData::Atom(name)) if &**name == "true" => return Some(truth),
            Some(ConstData::Atom(name)) if &**name == "false" => {
                return Some(Cursor::at_end(func, block).op(Opcode::BoolNot, &[truth]));
            }
            _ => {}
        }
    }
    None
}

/// Turns a comparison of two floats into one of their values. `=:=` is not: it tells 0.0 from -0.0.
fn compare_floats(func: &mut Function, block: Block, inst: Inst) {
    let op = func.insts[inst].op;
    let args = func.insts[inst].args.clone();
    let float = |v: Value| func.facts[v].kinds == Kinds::FLOAT;
    let cond = match op {
        Opcode::Lt => FloatCond::Lt,
        Opcode::Eq => FloatCond::Eq,
        _ => return,
    };
    // An integer constant that is a float exactly compares as that float.
    let exact = |v: Value| int_of(func, v).is_some_and(|n| n.unsigned_abs() < 1 << 53);
    let comparable = |a: Value, b: Value| float(a) && (float(b) || exact(b));
    if !(comparable(args[0], args[1]) || comparable(args[1], args[0])) {
        return;
    }
    let loc = func.insts[inst].loc;
    let unboxed: Vec<Value> = args
        .iter()
        .map(|&v| match func.def_inst(v).map(|i| func.insts[i].clone()) {
            Some(made) if made.op == Opcode::BoxF64 => func.resolve(made.args[0]),
            _ => {
                let literal = match func.as_const(v) {
                    Some(&ConstData::Literal(_, LitShape::Float(bits))) => Some(bits),
                    _ => int_of(func, v).map(|n| (n as f64).to_bits()),
                };
                let mut c = Cursor::at_end(func, block);
                c.loc = loc;
                match literal {
                    Some(bits) => c.op_imm(Opcode::F64Const, Imm::F64(bits), &[]),
                    None => c.op(Opcode::UnboxF64, &[v]),
                }
            }
        })
        .collect();
    let data = &mut func.insts[inst];
    data.op = Opcode::FCmp;
    data.imm = Imm::FloatCond(cond);
    data.args = Args::from_slice(&unboxed);
}
