//! Random toy functions: nested conditions, loops with carried and with merely crossing values, calls, cold
//! safepoints in both forms, try regions, explicit slots, all kinds and classes.
//!
//! A function works on variables. Each has a current virtual register; conditions and loops merge changed ones
//! (and some unchanged ones) by block parameters. Inside a loop that does not carry a variable, the variable is
//! *locked*: its register crosses the loop. Cold safepoints and try regions need everything unlocked, because
//! they rename every term.

use regalloc2::{PRegSet, RegClass, VReg};
use smallvec::SmallVec;

use super::toy::{Op, Sem, Toy, call_ops, float, int};
use crate::{Block, FrameSlot, MachInst, Origin, SafepointSite, SlotInit, VCodeBuilder, ValueKind};

/// Splitmix64.
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// What a function is made for.
#[derive(Clone, Copy)]
pub struct Shape {
    pub ints: usize,
    pub floats: usize,
    pub vars: usize,
    pub size: usize,
}

#[derive(Clone, Copy)]
struct Var {
    now: VReg,
    kind: ValueKind,
    locked: bool,
}

struct Gen {
    b: VCodeBuilder<Toy>,
    rng: Rng,
    shape: Shape,
    vars: Vec<Var>,
    /// Slots that every safepoint of the current region lists, and its handler.
    listed: Vec<FrameSlot>,
    handler: Option<Block>,
    at_entry: FrameSlot,
    /// Slots that cold paths use again and again.
    scratch: Vec<FrameSlot>,
    budget: usize,
    constant: u64,
}

/// A random function.
pub fn function(seed: u64, shape: Shape) -> VCodeBuilder<Toy> {
    let mut b = VCodeBuilder::new();
    let entry = b.new_block();
    b.start_block(entry);
    let at_entry = b.new_slot(ValueKind::Term, 1, SlotInit::AtEntry);
    let rng = Rng(seed);
    let mut g = Gen {
        b,
        rng,
        shape,
        vars: Vec::new(),
        listed: Vec::new(),
        handler: None,
        at_entry,
        scratch: Vec::new(),
        budget: shape.size,
        constant: 0,
    };
    let (x, y, z) =
        (g.fresh(ValueKind::Term, false), g.fresh(ValueKind::Raw, false), g.fresh(ValueKind::Raw, true));
    g.emit(Sem::Args, &[Op::DefFixed(x, int(0)), Op::DefFixed(y, int(1)), Op::DefFixed(z, float(0))]);
    for v in [x, y, z] {
        g.vars.push(Var { now: v, kind: g.b.kind(v), locked: false });
    }
    while g.vars.len() < shape.vars {
        let (kind, class) = match g.rng.below(5) {
            0 | 1 => (ValueKind::Term, false),
            2 | 3 => (ValueKind::Raw, false),
            _ => (ValueKind::Raw, true),
        };
        let v = g.fresh(kind, class);
        let k = g.k();
        g.emit(
            if kind == ValueKind::Term { Sem::Make(k) } else { Sem::Mix(k) },
            &[Op::UseAny(y), Op::Def(v)],
        );
        g.vars.push(Var { now: v, kind, locked: false });
    }
    while g.budget > 0 {
        g.statement(0);
    }
    let mut ops: Vec<Op> = Vec::new();
    for _ in 0..3 {
        ops.push(Op::UseAny(g.any_var()));
    }
    g.b.terminate(Toy::new(Sem::Ret, &ops), Origin::NONE, &[]);
    g.b
}

impl Gen {
    fn fresh(&mut self, kind: ValueKind, float: bool) -> VReg {
        self.b.new_vreg(if float { RegClass::Float } else { RegClass::Int }, kind)
    }

    fn k(&mut self) -> u64 {
        self.constant += 1;
        self.constant
    }

    fn emit(&mut self, sem: Sem, ops: &[Op]) {
        self.b.push(Toy::new(sem, ops), Origin::NONE);
        let next = self.b.next_inst();
        for op in ops.iter().filter(|o| !o.is_use() && !matches!(o, Op::Temp(_))) {
            self.b.label_value(op.vreg(), op.vreg().vreg() as u32, next, None);
        }
    }

    fn any_var(&mut self) -> VReg {
        let i = self.rng.below(self.vars.len());
        self.vars[i].now
    }

    /// A raw integer, for branches.
    fn selector(&mut self) -> VReg {
        let v = self.fresh(ValueKind::Raw, false);
        let (k, a) = (self.k(), self.any_var());
        self.emit(Sem::Mix(k), &[Op::UseAny(a), Op::Def(v)]);
        v
    }

    /// Assigns to a variable of that kind and class, if one is unlocked.
    fn assign(&mut self, v: VReg) {
        let kind = self.b.kind(v);
        let fit: Vec<usize> = (0..self.vars.len())
            .filter(|&i| {
                let var = self.vars[i];
                var.kind == kind && var.now.class() == v.class() && !var.locked
            })
            .collect();
        if !fit.is_empty() {
            let i = fit[self.rng.below(fit.len())];
            self.vars[i].now = v;
        }
    }

    fn statement(&mut self, depth: usize) {
        self.budget = self.budget.saturating_sub(1);
        let unlocked = self.vars.iter().all(|v| !v.locked);
        match self.rng.below(20) {
            0..6 => self.arithmetic(),
            6 | 7 => self.make(),
            8 => self.derive(),
            9..13 => self.call(),
            13 | 14 => self.explicit_slot(),
            15 if unlocked => self.cold(),
            16 if unlocked && self.handler.is_none() && depth < 3 => self.try_region(depth),
            17 | 18 if depth < 3 => self.condition(depth),
            19 if depth < 3 => self.repeat(depth),
            _ => self.arithmetic(),
        }
    }

    fn arithmetic(&mut self) {
        let (a, b) = (self.any_var(), self.any_var());
        let as_float = self.rng.chance(30);
        let v = self.fresh(ValueKind::Raw, as_float);
        let k = self.k();
        let mut ops = vec![Op::Use(a)];
        ops.push(match self.rng.below(3) {
            0 => Op::UseAny(b),
            1 => Op::UseLate(b),
            _ => Op::Use(b),
        });
        let reuse = a.class() == v.class() && self.rng.chance(40);
        ops.push(if reuse {
            Op::Reuse(v, 0)
        } else if self.rng.chance(20) {
            Op::DefAny(v)
        } else {
            Op::Def(v)
        });
        if self.rng.chance(20) {
            let t = self.fresh(ValueKind::Raw, false);
            ops.push(Op::Temp(t));
        }
        self.emit(Sem::Mix(k), &ops);
        self.assign(v);
    }

    fn make(&mut self) {
        let (a, b) = (self.any_var(), self.any_var());
        let v = self.fresh(ValueKind::Term, false);
        let k = self.k();
        self.emit(Sem::Make(k), &[Op::UseAny(a), Op::Use(b), Op::Def(v)]);
        self.assign(v);
    }

    fn derive(&mut self) {
        let terms: Vec<VReg> =
            self.vars.iter().filter(|v| v.kind == ValueKind::Term).map(|v| v.now).collect();
        let t = terms[self.rng.below(terms.len())];
        let d = self.fresh(ValueKind::Derived, false);
        let r = self.fresh(ValueKind::Raw, false);
        self.emit(Sem::Derive, &[Op::Use(t), Op::Def(d)]);
        let (k, a) = (self.k(), self.any_var());
        self.emit(Sem::Mix(k), &[Op::Use(d), Op::UseAny(a), Op::Def(r)]);
        self.assign(r);
    }

    fn site(&self) -> SafepointSite {
        SafepointSite { slots: SmallVec::from_slice(&self.listed), handler: self.handler }
    }

    fn call(&mut self) {
        let count = self.rng.below(4);
        let mut args: Vec<VReg> = Vec::new();
        for _ in 0..count {
            let a = self.any_var();
            let floats = args.iter().filter(|x| x.class() == RegClass::Float).count();
            if a.class() == RegClass::Int || floats + 1 < self.shape.floats {
                args.push(a);
            }
        }
        let result = match self.rng.below(4) {
            0 => None,
            1 => Some(self.fresh(ValueKind::Raw, false)),
            2 => Some(self.fresh(ValueKind::Raw, true)),
            _ => Some(self.fresh(ValueKind::Term, false)),
        };
        let k = self.k();
        let ops = call_ops(&args, result);
        self.b.push_safepoint(Toy::new(Sem::Call(k), &ops), Origin::NONE, self.site());
        if let Some(r) = result {
            self.assign(r);
        }
    }

    fn explicit_slot(&mut self) {
        let terms: Vec<VReg> =
            self.vars.iter().filter(|v| v.kind == ValueKind::Term).map(|v| v.now).collect();
        if self.rng.chance(50) {
            let t = terms[self.rng.below(terms.len())];
            self.emit(Sem::Store(self.at_entry), &[Op::Use(t)]);
        } else {
            let v = self.fresh(ValueKind::Term, false);
            self.emit(Sem::Load(self.at_entry), &[Op::Def(v)]);
            self.assign(v);
        }
    }

    /// `if poll { cold block with a safepoint }`, every term renamed there.
    fn cold(&mut self) {
        let on = self.selector();
        let (cold, join) = (self.b.new_block(), self.b.new_block());
        self.b.mark_cold(cold);
        let terms: Vec<usize> =
            (0..self.vars.len()).filter(|&i| self.vars[i].kind == ValueKind::Term).collect();
        let old: Vec<VReg> = terms.iter().map(|&i| self.vars[i].now).collect();
        let new: Vec<VReg> = old.iter().map(|_| self.fresh(ValueKind::Term, false)).collect();
        self.b.terminate(Toy::new(Sem::Switch, &[Op::Use(on)]), Origin::NONE, &[(join, &old), (cold, &[])]);
        self.b.start_block(cold);
        let spoil_all = self.rng.chance(50);
        let in_regs = old.len() <= self.shape.ints && self.rng.chance(50);
        let mut site = SafepointSite { slots: SmallVec::from_slice(&self.listed), handler: None };
        let mut spoilt: PRegSet = (0..self.shape.ints).map(int).collect();
        spoilt.union_from((0..self.shape.floats).map(float).collect());
        if in_regs {
            // A variable may repeat a register's value; each use has a register of its own all the same.
            let mut ops: Vec<Op> = old.iter().enumerate().map(|(i, &v)| Op::UseFixed(v, int(i))).collect();
            ops.extend(new.iter().enumerate().map(|(i, &v)| Op::DefFixed(v, int(i))));
            for i in 0..new.len() {
                spoilt.remove(int(i));
            }
            let mut toy = Toy::new(Sem::Cold, &ops);
            if spoil_all {
                toy.clobbers = spoilt;
            }
            self.b.push_safepoint(toy, Origin::NONE, site);
        } else {
            while self.scratch.len() < old.len() {
                self.scratch.push(self.b.new_slot(ValueKind::Term, 1, SlotInit::Listed));
            }
            let slots = self.scratch[..old.len()].to_vec();
            // Raw integers may be parked too.
            let raws: Vec<usize> = (0..self.vars.len())
                .filter(|&i| {
                    self.vars[i].kind == ValueKind::Raw
                        && self.vars[i].now.class() == RegClass::Int
                        && self.rng.chance(30)
                })
                .collect();
            let parked: Vec<(VReg, FrameSlot)> = raws
                .iter()
                .map(|&i| (self.vars[i].now, self.b.new_slot(ValueKind::Raw, 1, SlotInit::Listed)))
                .collect();
            for &(v, s) in &parked {
                self.emit(Sem::Store(s), &[Op::Use(v)]);
            }
            for (&v, &s) in old.iter().zip(&slots) {
                self.emit(Sem::Store(s), &[Op::Use(v)]);
            }
            site.slots.extend(slots.iter().copied());
            let mut toy = Toy::new(Sem::Cold, &[]);
            if spoil_all {
                toy.clobbers = spoilt;
            }
            self.b.push_safepoint(toy, Origin::NONE, site);
            for (&v, &s) in new.iter().zip(&slots) {
                self.emit(Sem::Load(s), &[Op::Def(v)]);
            }
            for &(_, s) in &parked {
                let (v, used) = (self.fresh(ValueKind::Raw, false), self.fresh(ValueKind::Raw, false));
                self.emit(Sem::Load(s), &[Op::Def(v)]);
                let k = self.k();
                self.emit(Sem::Mix(k), &[Op::Use(v), Op::Def(used)]);
            }
        }
        self.b.terminate(Toy::jump(), Origin::NONE, &[(join, &new)]);
        for &i in &terms {
            self.vars[i].now = self.b.block_param(join, RegClass::Int, ValueKind::Term);
        }
        self.b.start_block(join);
    }

    fn params_for(&mut self, block: Block, which: &[usize]) {
        for &i in which {
            let var = self.vars[i];
            self.vars[i].now = self.b.block_param(block, var.now.class(), var.kind);
        }
    }

    fn condition(&mut self, depth: usize) {
        let arms = 2 + self.rng.below(2);
        let on = self.selector();
        let blocks: Vec<Block> = (0..arms).map(|_| self.b.new_block()).collect();
        let join = self.b.new_block();
        let before: Vec<VReg> = self.vars.iter().map(|v| v.now).collect();
        // Now and then one arm is empty, which makes its edge critical.
        let direct = self.rng.chance(40);
        // The set of merged variables is not known before the arms exist: merge every unlocked one.
        let merged: Vec<usize> = (0..self.vars.len()).filter(|&i| !self.vars[i].locked).collect();
        let args: Vec<VReg> = merged.iter().map(|&i| before[i]).collect();
        let succs: Vec<(Block, &[VReg])> = blocks
            .iter()
            .enumerate()
            .map(|(i, &b)| if direct && i == 0 { (join, &args[..]) } else { (b, &[][..]) })
            .collect();
        self.b.terminate(Toy::new(Sem::Switch, &[Op::Use(on)]), Origin::NONE, &succs);
        for (i, &block) in blocks.iter().enumerate() {
            if direct && i == 0 {
                continue;
            }
            if self.rng.chance(20) {
                self.b.mark_cold(block);
            }
            self.b.start_block(block);
            for (var, &v) in self.vars.iter_mut().zip(&before) {
                var.now = v;
            }
            for _ in 0..self.rng.below(5) {
                self.statement(depth + 1);
            }
            let args: Vec<VReg> = merged.iter().map(|&i| self.vars[i].now).collect();
            self.b.terminate(Toy::jump(), Origin::NONE, &[(join, &args)]);
        }
        for (var, &v) in self.vars.iter_mut().zip(&before) {
            var.now = v;
        }
        self.params_for(join, &merged);
        self.b.start_block(join);
    }

    fn repeat(&mut self, depth: usize) {
        let (header, body, exit) = (self.b.new_block(), self.b.new_block(), self.b.new_block());
        let everything = self.rng.chance(40);
        let carried: Vec<usize> = (0..self.vars.len())
            .filter(|&i| !self.vars[i].locked && (everything || self.rng.chance(50)))
            .collect();
        let locked_before: Vec<bool> = self.vars.iter().map(|v| v.locked).collect();
        let args: Vec<VReg> = carried.iter().map(|&i| self.vars[i].now).collect();
        self.b.terminate(Toy::jump(), Origin::NONE, &[(header, &args)]);
        for i in 0..self.vars.len() {
            self.vars[i].locked |= !carried.contains(&i);
        }
        self.params_for(header, &carried);
        let at_header: Vec<VReg> = self.vars.iter().map(|v| v.now).collect();
        self.b.start_block(header);
        let on = self.selector();
        self.b.terminate(Toy::new(Sem::Switch, &[Op::Use(on)]), Origin::NONE, &[(body, &[]), (exit, &[])]);
        self.b.start_block(body);
        for _ in 0..1 + self.rng.below(5) {
            self.statement(depth + 1);
        }
        let args: Vec<VReg> = carried.iter().map(|&i| self.vars[i].now).collect();
        self.b.terminate(Toy::jump(), Origin::NONE, &[(header, &args)]);
        self.b.start_block(exit);
        for (i, var) in self.vars.iter_mut().enumerate() {
            var.now = at_header[i];
            var.locked = locked_before[i];
        }
    }

    /// Saves some variables to slots, runs a body whose calls may raise, and makes the rest anew in the handler.
    fn try_region(&mut self, depth: usize) {
        let (body, handler, join) = (self.b.new_block(), self.b.new_block(), self.b.new_block());
        let saved: Vec<(usize, FrameSlot)> = (0..self.vars.len())
            .filter_map(|i| {
                let var = self.vars[i];
                (var.now.class() == RegClass::Int && self.rng.chance(60))
                    .then(|| (i, self.b.new_slot(var.kind, 1, SlotInit::Listed)))
            })
            .collect();
        for &(i, slot) in &saved {
            self.emit(Sem::Store(slot), &[Op::Use(self.vars[i].now)]);
        }
        self.b.terminate(Toy::new(Sem::TryEnter, &[]), Origin::NONE, &[(body, &[]), (handler, &[])]);
        self.b.start_block(body);
        let listed_before = self.listed.len();
        self.listed.extend(saved.iter().filter(|s| self.vars[s.0].kind == ValueKind::Term).map(|s| s.1));
        self.handler = Some(handler);
        for n in 0..2 + self.rng.below(4) {
            if n == 0 {
                self.call()
            } else {
                self.statement(depth + 1)
            }
            if let Some(&(i, slot)) = saved.first()
                && self.rng.chance(30)
            {
                self.emit(Sem::Store(slot), &[Op::Use(self.vars[i].now)]);
            }
        }
        self.handler = None;
        self.listed.truncate(listed_before);
        let all: Vec<usize> = (0..self.vars.len()).collect();
        let args: Vec<VReg> = self.vars.iter().map(|v| v.now).collect();
        self.b.terminate(Toy::jump(), Origin::NONE, &[(join, &args)]);

        self.b.start_block(handler);
        let (class, reason) = (self.fresh(ValueKind::Raw, false), self.fresh(ValueKind::Term, false));
        self.emit(Sem::Pad, &[Op::DefFixed(class, int(0)), Op::DefFixed(reason, int(1))]);
        let mut args: Vec<VReg> = Vec::new();
        for i in 0..self.vars.len() {
            let var = self.vars[i];
            let v = self.fresh(var.kind, var.now.class() == RegClass::Float);
            match saved.iter().find(|s| s.0 == i) {
                Some(&(_, slot)) => self.emit(Sem::Load(slot), &[Op::Def(v)]),
                None => {
                    let k = self.k();
                    let sem = if var.kind == ValueKind::Term { Sem::Make(k) } else { Sem::Mix(k) };
                    self.emit(sem, &[Op::Use(class), Op::UseAny(reason), Op::Def(v)]);
                }
            }
            args.push(v);
        }
        self.b.terminate(Toy::jump(), Origin::NONE, &[(join, &args)]);
        self.params_for(join, &all);
        self.b.start_block(join);
    }
}
