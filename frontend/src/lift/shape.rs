//! The shape of a BEAM function, found before any IR is made: which instructions can be reached, the size of the frame
//! and the active `try`/`catch` regions at each, and which registers are live at each label.
//!
//! y registers are numbered from the frame's base ("slot" = frame size - 1 - y): `trim` renames y registers, but a slot
//! keeps its number for as long as the frame lives. All registers of a function (x, slots, float registers) have dense
//! numbers, so that sets of them are small bit sets.

use super::effects::{self, Access, Flow};
use super::error::{LiftErrorKind, Problem, bad};
use crate::beam::{Function, Module, Op, Operand};
use crate::genop::op;
use std::collections::HashMap;
use std::ops::Range;

/// A register of the function, in dense numbering: x registers first, then slots, then float registers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub(super) struct Reg(pub u32);

/// An entry of the stack of active regions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Region {
    /// The regions around it: an index into [`Shape::regions`].
    pub outer: Option<u32>,
    /// Where the tag is, from the frame's base.
    pub slot: u32,
    /// Segment of the handler.
    pub handler: usize,
    /// `catch` rather than `try`.
    pub is_catch: bool,
}

/// What is known before an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub(super) struct State {
    pub frame: Frame,
    /// Innermost active region.
    pub region: Option<u32>,
}

const START: State = State { frame: Frame::None, region: None };

/// The frame before an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub(super) enum Frame {
    /// There is none.
    None,
    /// There is one with this many y registers.
    Size(u32),
    /// It depends on where control came from: no y register may be used.
    Unclear,
}

/// A piece of code that is entered at its first instruction only: what follows a label.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    /// Instructions (without the label).
    pub ops: Range<usize>,
    /// State before each of them.
    pub states: Vec<State>,
    /// Number of its label among the function's.
    ordinal: usize,
    /// The segment that follows if control runs off the end. `None` if the last instruction does not go on, or if it
    /// always raises.
    pub next: Option<usize>,
    /// State on entry.
    pub state: State,
    /// Whether it can be reached.
    pub reached: bool,
    /// How many edges lead here.
    pub preds: u32,
    /// Reached by an edge from itself or a later segment in [`Shape::order`].
    pub is_loop: bool,
    /// Live registers on entry.
    pub live: Vec<Reg>,
}

/// The result of the analysis.
pub(super) struct Shape {
    pub segments: Vec<Segment>,
    /// Reached segments in reverse postorder; the first is the entry.
    pub order: Vec<usize>,
    /// All regions ever opened.
    pub regions: Vec<Region>,
    region_of: HashMap<(usize, Option<u32>, u32), u32>,
    pub num_x: u32,
    pub num_slots: u32,
    pub num_fr: u32,
    by_label: Vec<(u32, usize)>,
    /// In split mode: the segment of each label and state.
    variants: Option<HashMap<(usize, State), usize>>,
}

/// In split mode a function has at most this many segments for each label.
const MAX_VARIANTS: usize = 16;

impl Shape {
    /// Analyses a function. An error comes with the index of the instruction.
    ///
    /// As a rule a label is one segment. If frames or regions differ on the ways to a label whose code depends on them
    /// (compilers share the code that raises an error), the function is analysed again in *split mode*, in which a
    /// label has a segment for each state.
    pub fn new(module: &Module, function: &Function) -> Result<Shape, (usize, Problem)> {
        match Shape::analyse(module, function, false) {
            Err((_, (LiftErrorKind::BadInput, _))) => Shape::analyse(module, function, true),
            result => result,
        }
    }

    fn analyse(module: &Module, function: &Function, split: bool) -> Result<Shape, (usize, Problem)> {
        let mut shape = Shape {
            segments: Vec::new(),
            order: Vec::new(),
            regions: Vec::new(),
            region_of: HashMap::new(),
            num_x: function.arity,
            num_slots: 0,
            num_fr: 0,
            by_label: Vec::new(),
            variants: split.then(HashMap::new),
        };
        shape.cut(module, function);
        let labels = shape.segments.len();
        let entry = shape.base(function.entry_label).map_err(|p| (function.entry, p))?;
        shape.walk(module, entry, labels)?;
        shape.sort(module, entry);
        shape.check_cycles(module)?;
        shape.number_registers(module);
        shape.liveness(module);
        Ok(shape)
    }

    /// The segment of a label if there is only one.
    fn base(&self, label: u32) -> Result<usize, Problem> {
        match self.by_label.binary_search_by_key(&label, |e| e.0) {
            Ok(i) => Ok(self.by_label[i].1),
            Err(_) => bad(format!("jump to label {label} of another function")),
        }
    }

    /// The segment that a jump to a label leads to, from an instruction in this state.
    pub fn segment(&self, label: u32, state: State) -> Result<usize, Problem> {
        let base = self.base(label)?;
        match &self.variants {
            Some(variants) => {
                variants.get(&(base, state)).copied().map_or_else(|| bad("a way that was not found"), Ok)
            }
            None => Ok(base),
        }
    }

    /// The first instruction at a label that does something.
    pub(super) fn first_opcode(&self, module: &Module, segment: usize) -> Option<u8> {
        let mut base = self.segments.get(segment)?.ordinal;
        loop {
            // Before the walk, a segment without instructions runs into the next.
            let segment = self.segments.get(base).filter(|_| base < self.by_label.len())?;
            let mut ops = module.code.ops[segment.ops.clone()].iter().map(|op| op.opcode);
            match ops.find(|&opcode| opcode != op::LINE) {
                Some(opcode) => return Some(opcode),
                None => base = segment.ordinal + 1,
            }
        }
    }

    /// The region that an instruction opens.
    pub fn region_at(&self, op: usize, outer: Option<u32>, tag: Reg) -> Option<u32> {
        self.region_of.get(&(op, outer, self.as_slot(tag)?)).copied()
    }

    /// The dense number of a register operand, `None` if it is none. y registers are checked against the frame.
    pub fn reg(&self, operand: Operand, frame: Frame) -> Option<Reg> {
        match operand {
            Operand::X(n, _) => Some(Reg(u32::from(n))).filter(|r| r.0 < self.num_x),
            Operand::Y(y, _) => slot(frame, y).ok().map(|slot| Reg(self.num_x + slot)),
            Operand::Fr(n) if u32::from(n) < self.num_fr => {
                Some(Reg(self.num_x + self.num_slots + u32::from(n)))
            }
            _ => None,
        }
    }

    /// The register of a slot.
    pub fn slot_reg(&self, slot: u32) -> Reg {
        Reg(self.num_x + slot)
    }

    /// The slot of a register, if it is one.
    pub fn as_slot(&self, reg: Reg) -> Option<u32> {
        reg.0.checked_sub(self.num_x).filter(|&s| s < self.num_slots)
    }

    /// Whether it is a float register.
    pub fn is_float(&self, reg: Reg) -> bool {
        reg.0 >= self.num_x + self.num_slots
    }

    /// Total number of registers.
    pub fn num_regs(&self) -> usize {
        (self.num_x + self.num_slots + self.num_fr) as usize
    }

    /// The active regions, innermost first.
    pub fn active(&self, region: Option<u32>) -> impl Iterator<Item = &Region> {
        std::iter::successors(region.map(|r| &self.regions[r as usize]), |r| {
            r.outer.map(|o| &self.regions[o as usize])
        })
    }

    /// Divides the function into segments: one for each label.
    fn cut(&mut self, module: &Module, function: &Function) {
        let code = &module.code;
        for i in function.ops.clone() {
            let op = &code.ops[i];
            if let (op::LABEL, [Operand::Unsigned(label)]) = (op.opcode, code.args(op)) {
                if let Some(last) = self.segments.last_mut() {
                    last.ops.end = i;
                    last.next = Some(self.by_label.len());
                }
                self.by_label.push((*label as u32, self.segments.len()));
                self.segments.push(Segment {
                    ops: i + 1..function.ops.end,
                    states: Vec::new(),
                    ordinal: self.segments.len(),
                    next: None,
                    state: START,
                    reached: false,
                    preds: 0,
                    is_loop: false,
                    live: Vec::new(),
                });
            }
        }
        self.by_label.sort_unstable();
    }

    /// Forward walk: states and reachability.
    fn walk(&mut self, module: &Module, entry: usize, labels_end: usize) -> Result<(), (usize, Problem)> {
        let mut work = Vec::new();
        self.enter(entry, START, &mut work, labels_end).map_err(|p| (0, p))?;
        let mut labels = Vec::new();
        while let Some(s) = work.pop() {
            let mut state = self.segments[s].state;
            let mut ended = false;
            let mut states = std::mem::take(&mut self.segments[s].states);
            states.clear();
            for i in self.segments[s].ops.clone() {
                let op = &module.code.ops[i];
                states.push(state);
                let at = |p| (i, p);
                let handler = self.step(module, op, i, &mut state).map_err(at)?;
                if let Some(handler) = handler {
                    let handler = self.enter(handler, state, &mut work, labels_end).map_err(at)?;
                    if let Some(region) = state.region {
                        self.regions[region as usize].handler = handler;
                    }
                }
                effects::targets(&module.code, op, &mut labels);
                for &label in &labels {
                    let target = self.base(label).map_err(at)?;
                    self.enter(target, state, &mut work, labels_end).map_err(at)?;
                }
                if effects::flow(module, op) == Flow::End {
                    // What follows in this segment, if anything, is never executed.
                    self.segments[s].ops.end = i + 1;
                    ended = true;
                    break;
                }
            }
            self.segments[s].states = states;
            let last = self.segments[s].ops.end.saturating_sub(1);
            self.segments[s].next = if ended {
                None
            } else {
                let next = self.segments[s].ordinal + 1;
                if next >= labels_end {
                    return bad("control runs off the end of the function").map_err(|p| (last, p));
                }
                // Only handlers begin so. The compiler lets code run into one when it knows that what comes before
                // always raises (`try map_size(a) ...`).
                match self.first_opcode(module, next) {
                    Some(op::TRY_CASE) => None,
                    _ => Some(self.enter(next, state, &mut work, labels_end).map_err(|p| (last, p))?),
                }
            };
        }
        Ok(())
    }

    /// Merges a state into a segment's; what changes is looked at again. Gives the segment for the state.
    fn enter(
        &mut self,
        base: usize,
        state: State,
        work: &mut Vec<usize>,
        labels: usize,
    ) -> Result<usize, Problem> {
        if let Some(variants) = &mut self.variants {
            if let Some(&s) = variants.get(&(base, state)) {
                return Ok(s);
            }
            let s = if self.segments[base].reached { self.segments.len() } else { base };
            if s == labels * MAX_VARIANTS {
                return bad("too many different frames");
            }
            variants.insert((base, state), s);
            if s != base {
                let copy = self.segments[base].clone();
                self.segments.push(copy);
            }
            (self.segments[s].reached, self.segments[s].state) = (true, state);
            work.push(s);
            return Ok(s);
        }
        let segment = &mut self.segments[base];
        if !segment.reached {
            (segment.reached, segment.state) = (true, state);
            work.push(base);
            return Ok(base);
        }
        if segment.state.region != state.region {
            return bad("a label is reached inside and outside of a try region");
        }
        if segment.state.frame != state.frame && segment.state.frame != Frame::Unclear {
            segment.state.frame = Frame::Unclear;
            work.push(base);
        }
        Ok(base)
    }

    /// The state after an instruction; gives the handler that it makes reachable (in that state).
    fn step(
        &mut self,
        module: &Module,
        op: &Op,
        index: usize,
        state: &mut State,
    ) -> Result<Option<usize>, Problem> {
        let args = module.code.args(op);
        let frame = state.frame;
        let number = |n: usize| match args[n] {
            Operand::Unsigned(v) => u32::try_from(v).ok().filter(|&v| v <= 1024),
            _ => None,
        };
        match op.opcode {
            op::ALLOCATE | op::ALLOCATE_HEAP | op::ALLOCATE_ZERO | op::ALLOCATE_HEAP_ZERO => {
                let Some(size) = number(0) else { return bad("a frame of more than 1024 words") };
                state.frame = Frame::Size(size);
                self.num_slots = self.num_slots.max(size);
            }
            op::DEALLOCATE => state.frame = Frame::None,
            op::TRIM => match (frame, number(0)) {
                (Frame::Size(size), Some(n)) if n <= size => {
                    if state.region.is_some() {
                        return bad("trim in a try region");
                    }
                    state.frame = Frame::Size(size - n);
                }
                _ => return bad("trim of a frame that is too small"),
            },
            op::TRY | op::CATCH => {
                let (Operand::Y(y, _), Operand::Label(handler), Frame::Size(_)) = (args[0], args[1], frame)
                else {
                    return bad("a try tag that is not in a frame");
                };
                let is_catch = op.opcode == op::CATCH;
                let handler = self.base(handler)?;
                let end = if is_catch { op::CATCH_END } else { op::TRY_CASE };
                if self.first_opcode(module, handler) != Some(end) {
                    return bad("a handler that does not begin with the end of its region");
                }
                let region = Region { outer: state.region, slot: slot(frame, y)?, handler, is_catch };
                if self.active(state.region).any(|r| r.slot == region.slot) {
                    return bad("a try tag over another one");
                }
                let next = self.regions.len() as u32;
                let number = *self.region_of.entry((index, state.region, region.slot)).or_insert(next);
                if number == next {
                    self.regions.push(region);
                }
                state.region = Some(number);
                return Ok(Some(handler));
            }
            op::TRY_END | op::TRY_CASE | op::CATCH_END => {
                let Some(region) = state.region.map(|r| self.regions[r as usize]) else {
                    return bad("the end of a try region that was not begun");
                };
                let Operand::Y(y, _) = args[0] else { return bad("a try tag that is not in a frame") };
                if slot(frame, y)? != region.slot {
                    return bad("try regions overlap");
                }
                state.region = region.outer;
            }
            _ => {
                // Operands that name y registers are checked once here; `reg` relies on it.
                for &arg in args {
                    match arg {
                        Operand::Y(y, _) => drop(slot(frame, y)?),
                        Operand::List(span) => {
                            for &a in module.code.list(span) {
                                if let Operand::Y(y, _) = a {
                                    slot(frame, y)?;
                                }
                            }
                        }
                        _ => {}
                    }
                }
            }
        }
        Ok(None)
    }

    /// Appends the segments that control may go to after a segment, handlers included.
    fn successors(&self, module: &Module, s: usize, out: &mut Vec<usize>) {
        let segment = &self.segments[s];
        let mut labels = Vec::new();
        for (i, &state) in segment.ops.clone().zip(&segment.states) {
            let op = &module.code.ops[i];
            effects::targets(&module.code, op, &mut labels);
            out.extend(labels.iter().filter_map(|&l| self.segment(l, state).ok()));
            out.extend(self.handler(module, i, state));
        }
        out.extend(segment.next);
    }

    /// The handler segment of a `try` or `catch`.
    pub(super) fn handler(&self, module: &Module, i: usize, state: State) -> Option<usize> {
        let op = &module.code.ops[i];
        match (op.opcode, module.code.args(op)) {
            (op::TRY | op::CATCH, &[tag, _]) => {
                let region = self.region_at(i, state.region, self.reg(tag, state.frame)?)?;
                Some(self.regions[region as usize].handler)
            }
            _ => None,
        }
    }

    /// Reverse postorder without recursion, predecessor counts, loop heads.
    fn sort(&mut self, module: &Module, entry: usize) {
        let mut position = vec![u32::MAX; self.segments.len()];
        let mut post = Vec::new();
        // Successors of the segments seen, one list behind the other.
        let mut succs: Vec<usize> = Vec::new();
        let mut lists: Vec<Option<Range<usize>>> = vec![None; self.segments.len()];
        let mut stack: Vec<(usize, Range<usize>)> = Vec::new();
        let mut found = Some(entry);
        loop {
            if let Some(s) = found.take() {
                let start = succs.len();
                self.successors(module, s, &mut succs);
                lists[s] = Some(start..succs.len());
                stack.push((s, start..succs.len()));
            }
            let Some((s, rest)) = stack.last_mut() else { break };
            // Successors are taken from the back: so fall-through comes first in the final order.
            match rest.next_back() {
                Some(n) => found = Some(succs[n]).filter(|&t| lists[t].is_none()),
                None => {
                    post.push(*s);
                    stack.pop();
                }
            }
        }
        post.reverse();
        for (i, &s) in post.iter().enumerate() {
            position[s] = i as u32;
        }
        for &s in &post {
            for &t in &succs[lists[s].clone().unwrap_or_default()] {
                self.segments[t].preds += 1;
                self.segments[t].is_loop |= position[t] <= position[s];
            }
        }
        self.order = post;
    }

    fn number_registers(&mut self, module: &Module) {
        let mut access = Access::default();
        for s in &self.order {
            for i in self.segments[*s].ops.clone() {
                effects::access(module, &module.code.ops[i], &mut access);
                for &arg in access.uses.iter().chain(&access.defs) {
                    match arg {
                        Operand::X(n, _) => self.num_x = self.num_x.max(u32::from(n) + 1),
                        Operand::Fr(n) => self.num_fr = self.num_fr.max(u32::from(n) + 1),
                        _ => {}
                    }
                }
            }
        }
        // A call gives a value even where no instruction names a register.
        self.num_x = self.num_x.max(1);
        // A handler begins with three values.
        if !self.regions.is_empty() {
            self.num_x = self.num_x.max(3);
        }
    }

    /// Backward walk to a fixpoint.
    fn liveness(&mut self, module: &Module) {
        let words = self.num_regs().div_ceil(64).max(1);
        let mut live_in = vec![0u64; words * self.segments.len()];
        let mut live = vec![0u64; words];
        let mut access = Access::default();
        let mut labels = Vec::new();
        let loops = self.order.iter().any(|&s| self.segments[s].is_loop);
        let mut changed = true;
        while changed {
            changed = false;
            for &s in self.order.iter().rev() {
                let segment = &self.segments[s];
                match segment.next {
                    Some(n) => live.copy_from_slice(&live_in[n * words..(n + 1) * words]),
                    None => live.fill(0),
                }
                for (i, &state) in segment.ops.clone().zip(&segment.states).rev() {
                    let op = &module.code.ops[i];
                    let frame = state.frame;
                    effects::access(module, op, &mut access);
                    if access.kills_x {
                        (0..self.num_x).for_each(|x| live[x as usize / 64] &= !(1 << (x % 64)));
                    }
                    for reg in access.defs.iter().filter_map(|&a| self.reg(a, frame)) {
                        live[reg.0 as usize / 64] &= !(1 << (reg.0 % 64));
                    }
                    effects::targets(&module.code, op, &mut labels);
                    for t in labels.iter().filter_map(|&l| self.segment(l, state).ok()) {
                        live.iter_mut().zip(&live_in[t * words..]).for_each(|(a, b)| *a |= b);
                    }
                    if let Some(t) = self.handler(module, i, state) {
                        // Only slots: an exception loses the x registers, and the handler's beginning sets its own.
                        for slot in 0..self.num_slots {
                            let reg = self.slot_reg(slot).0 as usize;
                            live[reg / 64] |= live_in[t * words + reg / 64] & 1 << (reg % 64);
                        }
                    }
                    for reg in access.uses.iter().filter_map(|&a| self.reg(a, frame)) {
                        live[reg.0 as usize / 64] |= 1 << (reg.0 % 64);
                    }
                }
                let old = &mut live_in[s * words..(s + 1) * words];
                if old != &live[..] {
                    old.copy_from_slice(&live);
                    // Without loops each segment comes after all that follow it: one walk is enough.
                    changed = loops;
                }
            }
        }
        for &s in &self.order {
            let set = &live_in[s * words..(s + 1) * words];
            let regs = (0..self.num_regs() as u32).filter(|&r| set[r as usize / 64] >> (r % 64) & 1 != 0);
            self.segments[s].live = regs.map(Reg).collect();
        }
    }
}

/// The slot of a y register.
fn slot(frame: Frame, y: u16) -> Result<u32, Problem> {
    match frame {
        Frame::Size(size) if u32::from(y) < size => Ok(size - 1 - u32::from(y)),
        Frame::Size(size) => bad(format!("y{y} is outside of the frame of {size}")),
        Frame::None => bad(format!("y{y} without a frame")),
        Frame::Unclear => bad(format!("y{y} where the frame is not the same on all ways")),
    }
}
