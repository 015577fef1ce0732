//! Bodies of local functions in place of calls to them.
//!
//! *Problem*: a small function costs more to call than to carry out, and what its caller knows of the arguments and could
//! learn of the result ends at the call. *Idea*: the driver hands in the module ([`Callees`]); small functions, and those
//! with one call in the module, are copied to where they are called, until a budget is used up. Only local calls are looked at:
//! they mean this version of the module for ever, while a fully qualified call must enter the code of the day.
//!
//! *Stack traces* show what they would have shown. Each instruction of a copy has a location that says whose it is and where that
//! function was called ([`linac_ir::Inlined`]). A *tail call* drops the caller's frame: its copy stands in the caller's place, so what the
//! caller was called from is where the copy was. A tail call in a body that is not copied to a tail position is a call from the caller's
//! line, since the body's own frame would be gone.
//!
//! *Invariants*: what raises in a copy goes to the handler of the call. A body with handlers of its own is copied to tail
//! positions only, because values of the caller would live through those handlers. No function is copied into its own
//! copy (a small recursive function is copied into itself once, so that each call does two steps); a copied loop stays a loop and takes its reductions; nothing is copied into cold blocks.

use crate::pass::{PassContext, Tier};
use crate::selfloop;
use cranelift_entity::{SecondaryMap, packed_option::PackedOption};
use linac_ir::{
    Block, BlockCall, Const, Effects, ExtFunc, Facts, FuncRef, Function, Imm, Inlined, Inst, InstData, Loc,
    LocData, Opcode, Slot, Type, Value, ValueData, ValueDef,
};
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// Operations of a function that is copied wherever it is called.
pub const SMALL: usize = 16;
/// Operations of a function that is copied to its only call.
pub const ONCE: usize = 48;
/// Operations that a function grows by at most.
const BUDGET: usize = 80;
/// Copies within copies.
const DEPTH: usize = 3;

/// Where the bodies come from: the functions of the same module.
pub trait Callees {
    /// The function as lifted, if it has at most about this many operations.
    fn body(&self, callee: &ExtFunc, most: usize) -> Option<Rc<Function>>;

    /// Does only one place of the module, outside the function itself, call it?
    fn called_once(&self, callee: &ExtFunc) -> bool;
}

/// Functions in a list, found by name.
pub struct Functions<'a>(pub &'a [Function]);

impl Callees for Functions<'_> {
    fn body(&self, callee: &ExtFunc, most: usize) -> Option<Rc<Function>> {
        let ExtFunc::Local { name, arity, .. } = callee else { return None };
        let found = self.0.iter().find(|f| f.name == *name && f.arity == *arity)?;
        (size(found) <= most).then(|| Rc::new(found.clone()))
    }

    fn called_once(&self, callee: &ExtFunc) -> bool {
        let (ExtFunc::Local { name, arity, .. } | ExtFunc::Lambda { name, arity, .. }) = callee else {
            return false;
        };
        let others = self.0.iter().filter(|f| f.name != *name || f.arity != *arity);
        let names = others.flat_map(|f| {
            let insts = f.order.iter().flat_map(|&b| &f.blocks[b].insts);
            insts.filter(|&&i| match f.insts[i].imm {
                Imm::Func(r) => match &f.funcs[r] {
                    ExtFunc::Local { name: n, arity: a, .. } => n == name && a == arity,
                    ExtFunc::Lambda { name: n, arity: a, free, .. } => n == name && a + free == *arity,
                    ExtFunc::Import { .. } => false,
                },
                _ => false,
            })
        });
        names.take(2).count() == 1
    }
}

/// A call that may be replaced.
struct Site {
    inst: Inst,
    /// Functions that the call is a copy of a call of, the function itself first.
    within: Rc<[ExtFunc]>,
}

/// Runs the pass.
pub fn run(func: &mut Function, ctx: &mut PassContext<'_>) {
    let Some(callees) = ctx.callees else { return };
    if ctx.tier == Tier::Baseline {
        return;
    }
    let own = ExtFunc::Local { index: func.index, name: func.name.clone(), arity: func.arity };
    let within: Rc<[ExtFunc]> = [own].into();
    let mut sites = Vec::new();
    for &block in func.order.iter().rev().filter(|&&b| !func.blocks[b].cold) {
        let calls = func.blocks[block].insts.iter().rev().filter(|&&i| is_call(func.insts[i].op));
        sites.extend(calls.map(|&inst| Site { inst, within: within.clone() }));
    }
    // A function that does nothing but go on as another stays what it is: the other one is optimized by itself.
    if let [only] = func.order[..]
        && func.blocks[only]
            .insts
            .iter()
            .all(|&i| matches!(func.insts[i].op, Opcode::TailCall | Opcode::Const))
    {
        return;
    }
    let mut left = BUDGET;
    while let Some(site) = sites.pop() {
        let data = &func.insts[site.inst];
        let Imm::Func(f) = data.imm else { continue };
        let callee = &func.funcs[f];
        let ExtFunc::Local { arity, .. } = *callee else { continue };
        let tail = data.op == Opcode::TailCall;
        // A recursion goes two steps at a time if that is all there is to it.
        let unroll = !tail && *site.within == [callee.clone()];
        let again = site.within.contains(callee) && !unroll;
        if again || site.within.len() > DEPTH || data.args.len() != arity as usize {
            continue;
        }
        let body = candidate(func, callees, callee, tail, unroll);
        let Some(body) = body.filter(|b| size(b) <= left) else { continue };
        if !ctx.rewrite() {
            return;
        }
        left -= size(&body);
        let within: Rc<[ExtFunc]> = site.within.iter().cloned().chain([callee.clone()]).collect();
        let calls = Copy::new(func, &body, site.inst, f).run();
        sites.extend(calls.into_iter().rev().map(|inst| Site { inst, within: within.clone() }));
    }
}

fn is_call(op: Opcode) -> bool {
    matches!(op, Opcode::Call | Opcode::TailCall)
}

/// Operations that will be code.
fn size(func: &Function) -> usize {
    use Opcode::*;
    let insts = func.order.iter().flat_map(|&b| &func.blocks[b].insts);
    let free =
        |op: Opcode| matches!(op, Const | IsNone | AssertTerm | DbgValue | Jump | RaisePending | Return);
    insts.filter(|&&i| !free(func.insts[i].op)).count()
}

/// The callee's body, if it is worth copying and may be.
fn candidate(
    func: &Function,
    callees: &dyn Callees,
    callee: &ExtFunc,
    tail: bool,
    unroll: bool,
) -> Option<Rc<Function>> {
    let mut body = callees.body(callee, if unroll { SMALL } else { ONCE })?;
    let large = size(&body) > SMALL && (unroll || !callees.called_once(callee));
    if large || body.word != func.word {
        return None;
    }
    let calls_itself = |body: &Function, op: Opcode| {
        body.order.iter().flat_map(|&b| &body.blocks[b].insts).any(|&i| {
            let data = &body.insts[i];
            data.op == op && matches!(data.imm, Imm::Func(f) if body.funcs[f] == *callee)
        })
    };
    if calls_itself(&body, Opcode::TailCall) {
        // As a loop it may go anywhere.
        let mut ctx = PassContext::new(Tier::Optimizing);
        selfloop::run(Rc::make_mut(&mut body), &mut ctx);
    }
    let fits = body.order.iter().flat_map(|&b| &body.blocks[b].insts).all(|&i| match body.insts[i].op {
        Opcode::TryEnter | Opcode::Landing | Opcode::TailCallFun | Opcode::TailApply => tail,
        // A stub for what the runtime does itself.
        Opcode::Call | Opcode::TailCall => match body.insts[i].imm {
            Imm::Func(f) => match &body.funcs[f] {
                ExtFunc::Import { module, name, .. } => (&**module, &**name) != ("erlang", "nif_error"),
                other => unroll || other != callee,
            },
            _ => false,
        },
        op => !is_receive(op),
    });
    let plain = body.locs.values().all(|l| l.inlined.is_none());
    (fits && plain).then_some(body)
}

/// The mailbox is scanned in loops that are told by their looks.
fn is_receive(op: Opcode) -> bool {
    use Opcode::*;
    matches!(op, RecvPeek | RecvRemove | RecvNext | RecvWait | RecvWaitTimeout | RecvTimeout)
}

/// One body on its way into a function.
struct Copy<'a> {
    func: &'a mut Function,
    body: &'a Function,
    call: Inst,
    callee: FuncRef,
    /// Where results go; none in tail position.
    after: Option<Block>,
    /// Where the body stands in stack traces.
    at: Option<Loc>,
    blocks: SecondaryMap<Block, PackedOption<Block>>,
    values: SecondaryMap<Value, PackedOption<Value>>,
    locs: FxHashMap<Loc, Loc>,
    slots: FxHashMap<Slot, Slot>,
    calls: Vec<Inst>,
}

impl<'a> Copy<'a> {
    fn new(func: &'a mut Function, body: &'a Function, call: Inst, callee: FuncRef) -> Copy<'a> {
        let loc = func.insts[call].loc;
        let at = match func.insts[call].op {
            Opcode::Call => Some(loc),
            _ => func.locs[loc].inlined.and_then(|i| i.at),
        };
        Copy {
            func,
            body,
            call,
            callee,
            after: None,
            at,
            blocks: SecondaryMap::new(),
            values: SecondaryMap::new(),
            locs: FxHashMap::default(),
            slots: FxHashMap::default(),
            calls: Vec::new(),
        }
    }

    /// Puts the body in the call's place; gives the calls in it.
    fn run(mut self) -> Vec<Inst> {
        let call = self.func.insts[self.call].clone();
        let holder = self.func.order.iter().position(|&b| self.func.blocks[b].insts.contains(&self.call));
        let place = holder.expect("the call stands in a block");
        let block = self.func.order[place];
        let at = self.func.blocks[block].insts.iter().position(|&i| i == self.call).expect("it is in it");
        let rest = self.func.blocks[block].insts.split_off(at);
        let before = self.func.order.len();
        self.make_blocks();
        if let Some(&result) = call.results.first() {
            // The result's name goes on as a parameter, so that no use changes.
            let after = self.func.make_block();
            self.func.blocks[after].insts = rest[1..].to_vec();
            self.func.values[result].def = ValueDef::Param(after, 0);
            self.func.blocks[after].params.push(result);
            self.after = Some(after);
        }
        for &block in &self.body.order {
            self.copy_block(block);
        }
        // Next to where they are entered from, for the reader.
        let made = self.func.order.split_off(before);
        self.func.order.splice(place + 1..place + 1, made);
        let entry = self.block(self.body.entry());
        let jump = self.func.make_inst(Opcode::Jump, Imm::None, &[], &[], call.loc);
        self.func.insts[jump].targets.push(BlockCall { block: entry, args: call.args });
        self.func.blocks[block].insts.push(jump);
        self.calls
    }

    fn make_blocks(&mut self) {
        for &old in &self.body.order {
            let new = self.func.make_block();
            self.func.blocks[new].cold = self.body.blocks[old].cold;
            self.blocks[old] = new.into();
            for &p in &self.body.blocks[old].params {
                let q = self.func.add_param(new, self.body.ty(p));
                self.func.facts[q] = self.body.facts[p];
                self.values[p] = q.into();
            }
        }
        // Operands may be defined by blocks that stand later.
        let insts = self.body.order.iter().flat_map(|&b| &self.body.blocks[b].insts);
        for &r in insts.flat_map(|&i| &self.body.insts[i].results) {
            let def = ValueDef::Param(self.func.entry(), 0);
            let q = self.func.values.push(ValueData { ty: self.body.ty(r), def });
            self.func.facts[q] = self.body.facts[r];
            self.values[r] = q.into();
        }
    }

    fn block(&self, old: Block) -> Block {
        self.blocks[old].expect("all blocks in the order are copied")
    }

    fn value(&self, old: Value) -> Value {
        self.values[old].expect("all values in the order are copied")
    }

    fn copy_block(&mut self, old: Block) {
        let to = self.block(old);
        for &inst in &self.body.blocks[old].insts {
            let data = &self.body.insts[inst];
            match (data.op, self.after) {
                // The registers of another function.
                (Opcode::DbgValue, _) => {}
                (Opcode::Return, Some(after)) => {
                    let value = self.value(data.args[0]);
                    self.leave(to, after, value);
                }
                (Opcode::TailCall, Some(after)) => {
                    let mut new = self.translate(data);
                    let call = &self.func.insts[self.call];
                    (new.op, new.loc, new.handler) = (Opcode::Call, call.loc, call.handler);
                    let inst = self.func.insts.push(new);
                    let def = ValueDef::Result(inst, 0);
                    let value = self.func.values.push(ValueData { ty: Type::Term, def });
                    self.func.facts[value] = Facts::ANY;
                    self.func.insts[inst].results.push(value);
                    self.place(to, inst);
                    self.leave(to, after, value);
                }
                _ => {
                    let mut new = self.translate(data);
                    if data.op.effects().has(Effects::RAISES) && data.handler.is_none() {
                        new.handler = self.func.insts[self.call].handler;
                    }
                    let inst = self.func.insts.push(new);
                    for (n, &r) in data.results.iter().enumerate() {
                        let value = self.value(r);
                        self.func.values[value].def = ValueDef::Result(inst, n as u16);
                        self.func.insts[inst].results.push(value);
                    }
                    self.place(to, inst);
                }
            }
        }
    }

    fn place(&mut self, block: Block, inst: Inst) {
        if is_call(self.func.insts[inst].op) && !self.func.blocks[block].cold {
            self.calls.push(inst);
        }
        self.func.blocks[block].insts.push(inst);
    }

    fn leave(&mut self, from: Block, to: Block, value: Value) {
        let loc = self.func.insts[self.call].loc;
        let jump = self.func.make_inst(Opcode::Jump, Imm::None, &[], &[], loc);
        self.func.insts[jump].targets.push(BlockCall::new(to, &[value]));
        self.func.blocks[from].insts.push(jump);
    }

    /// The instruction in terms of the function, without results.
    fn translate(&mut self, data: &InstData) -> InstData {
        let imm = match &data.imm {
            Imm::Const(c) => Imm::Const(self.constant(*c)),
            Imm::Keys(keys) => Imm::Keys(keys.iter().map(|&c| self.constant(c)).collect()),
            Imm::Func(f) => Imm::Func(self.func.func(self.body.funcs[*f].clone())),
            Imm::Slot(slot) => {
                let (func, kind) = (&mut *self.func, self.body.slots[*slot]);
                Imm::Slot(*self.slots.entry(*slot).or_insert_with(|| func.slots.push(kind)))
            }
            other => other.clone(),
        };
        let targets = data.targets.iter().map(|t| BlockCall {
            block: self.block(t.block),
            args: t.args.iter().map(|&v| self.value(v)).collect(),
        });
        let targets = targets.collect();
        InstData {
            op: data.op,
            imm,
            args: data.args.iter().map(|&v| self.value(v)).collect(),
            results: Default::default(),
            targets,
            handler: data.handler.expand().map(|b| self.block(b)).into(),
            loc: self.loc(data.loc),
        }
    }

    fn constant(&mut self, old: Const) -> Const {
        self.func.constant(self.body.consts[old].clone())
    }

    /// The location with the body's place in stack traces. An unknown one has that, too.
    fn loc(&mut self, old: Loc) -> Loc {
        if let Some(&new) = self.locs.get(&old) {
            return new;
        }
        let LocData { mut file, line, beam, .. } = self.body.locs[old];
        if let Some(name) = self.body.files.get(file as usize)
            && self.func.files.get(file as usize) != Some(name)
        {
            let found = self.func.files.iter().position(|f| f == name);
            file = found.unwrap_or(self.func.files.len()) as u32;
            if found.is_none() {
                self.func.files.push(name.clone());
            }
        }
        let inlined = Some(Inlined { func: self.callee, at: self.at });
        let new = self.func.locs.push(LocData { file, line, beam, inlined });
        self.locs.insert(old, new);
        new
    }
}
