//! The walk that makes IR: current block, current values of registers, and the small steps all instructions use.

use super::effects::{self, Flow};
use super::error::{LiftError, LiftErrorKind, Problem, bad};
use super::facts;
use super::shape::{Frame, Reg, Shape, State};
use super::{Lifter, edges::Edge};
use crate::beam::{self, Module, Node, Op, Operand};
use crate::genop::{self, Status, op};
use cranelift_entity::{SecondaryMap, packed_option::PackedOption};
use linac_abi::rtcall::ErrorKind;
use linac_ir::{
    BeamReg, Block, ConstData, Cursor, ExtFunc, Facts, Function, Imm, Loc, LocData, Opcode, Slot, SlotKind,
    Type, Value,
};

/// Where a branch goes.
#[derive(Clone, Copy)]
pub(super) enum Target {
    /// A block without parameters.
    Block(Block),
    /// A segment of the BEAM function; takes the current values of the registers that are live there.
    Segment(usize),
}

/// The state of the walk.
pub(super) struct Emitter<'a> {
    pub lifter: &'a Lifter<'a>,
    pub module: &'a Module,
    pub shape: &'a Shape,
    pub func: Function,
    /// Where instructions go.
    pub block: Block,
    /// The value of each register.
    pub regs: Vec<Option<Value>>,
    /// The frame before the current instruction.
    pub frame: Frame,
    /// The innermost active region.
    pub region: Option<u32>,
    /// Which slots a handler of an active region reads: definitions of these are stored.
    pub needed: Vec<bool>,
    /// Handler block of each region.
    pub handlers: Vec<Option<Block>>,
    /// Explicit frame slots, by slot number.
    pub slots: Vec<Option<Slot>>,
    /// Block of each segment.
    pub blocks: Vec<Option<Block>>,
    /// Registers that are parameters of each segment's block, once it was begun.
    pub params: Vec<Option<Vec<Reg>>>,
    /// Registers of each begun segment that share a parameter, being the same match context.
    pub shared: Vec<Vec<(Reg, Reg)>>,
    /// Edges to segments that were not begun yet.
    pub pending: Vec<Vec<Edge>>,
    /// Which match context a value is, see `bits`.
    pub classes: SecondaryMap<Value, u32>,
    pub last_class: u32,
    /// What bitstrings made here are parts of.
    pub parts: SecondaryMap<Value, Option<super::bits::Span>>,
    /// The instruction has taken in those that follow, up to the end of the segment.
    pub ended: bool,
    op: Op,
    position: beam::Location,
    /// Instructions with a source position, in their order.
    lines: Vec<(usize, beam::Location)>,
    loc: Option<Loc>,
}

/// Lifts a function.
pub(super) fn lift(
    lifter: &Lifter<'_>,
    function: &beam::Function,
    index: u32,
) -> Result<Function, LiftError> {
    let module = lifter.module;
    let error = |at: usize, (kind, reason): Problem| LiftError {
        kind,
        mfa: module.show_mfa(function).to_string(),
        offset: module.code.ops.get(at).map_or(0, |op| op.offset),
        reason,
    };
    for i in function.ops.clone() {
        let info = genop::info(module.code.ops[i].opcode);
        if let Some(info) = info.filter(|info| info.status != Status::Lifted) {
            return Err(error(i, (LiftErrorKind::Unsupported, format!("opcode {}", info.name))));
        }
    }
    let shape = Shape::new(module, function).map_err(|(i, p)| error(i, p))?;
    let name = lifter.atom(function.name);
    let mut func = lifter.new_function(&name, function.arity, index as usize);
    // About what there will be at the end; growing in steps would copy it all again and again.
    func.insts.reserve(4 * function.ops.len());
    func.values.reserve(4 * function.ops.len());
    let entry = func.make_block();
    let mut e = Emitter {
        lifter,
        module,
        shape: &shape,
        func,
        block: entry,
        regs: vec![None; shape.num_regs()],
        frame: Frame::None,
        region: None,
        needed: vec![false; shape.num_slots as usize],
        handlers: vec![None; shape.regions.len()],
        slots: vec![None; shape.num_slots as usize],
        blocks: vec![None; shape.segments.len()],
        params: vec![None; shape.segments.len()],
        shared: vec![Vec::new(); shape.segments.len()],
        pending: (0..shape.segments.len()).map(|_| Vec::new()).collect(),
        classes: SecondaryMap::new(),
        last_class: 0,
        parts: SecondaryMap::new(),
        ended: false,
        op: module.code.ops[function.entry],
        position: beam::Location::default(),
        lines: line_starts(module, function),
        loc: None,
    };
    e.begin(function);
    e.entry(function.arity as usize, shape.order[0]).map_err(|p| error(function.entry, p))?;
    for &s in &shape.order {
        let first = shape.segments[s].ops.start;
        if e.params[s].is_none() && e.pending[s].is_empty() {
            // Only a way that is never taken (see below) leads here.
            continue;
        }
        e.begin_segment(s).map_err(|p| error(first, p))?;
        e.position = e.position_before(first);
        let mut ended = false;
        for (i, &state) in shape.segments[s].ops.clone().zip(&shape.segments[s].states) {
            e.instruction(i, state).map_err(|p| error(i, p))?;
            ended = std::mem::take(&mut e.ended);
            if ended {
                break;
            }
        }
        let ops = shape.segments[s].ops.clone();
        if let Some(next) = shape.segments[s].next {
            let last = ops.end.saturating_sub(1);
            e.run_on(last, next).map_err(|p| error(last, p))?;
        } else if !ended
            && !module.code.ops[ops].last().is_some_and(|op| effects::flow(module, op) == Flow::End)
        {
            e.never_gets_here();
        }
    }
    if let Some(s) = e.pending.iter().position(|edges| !edges.is_empty()) {
        return Err(error(
            shape.segments[s].ops.start,
            (LiftErrorKind::BadInput, "only a way back leads here".into()),
        ));
    }
    Ok(e.func)
}

/// Instructions with a source position. A position holds up to the next one in the order of the code.
fn line_starts(module: &Module, function: &beam::Function) -> Vec<(usize, beam::Location)> {
    let ops = function.ops.clone().filter_map(|i| position(module, &module.code.ops[i]).map(|at| (i, at)));
    ops.collect()
}

fn position(module: &Module, op: &Op) -> Option<beam::Location> {
    match (op.opcode, module.code.args(op)) {
        (op::LINE | op::EXECUTABLE_LINE, &[Operand::Unsigned(n), ..]) => Some(module.location(n)),
        (op::DEBUG_LINE, &[_, Operand::Unsigned(n), ..]) => Some(module.location(n)),
        _ => None,
    }
}

impl Emitter<'_> {
    /// Names the parameters of the function.
    fn begin(&mut self, function: &beam::Function) {
        for x in 0..function.arity {
            let value = self.func.add_param(self.block, Type::Term);
            self.func.facts[value] = Facts::ANY;
            self.regs[x as usize] = Some(value);
        }
        let registers: Vec<Value> = self.regs.iter().flatten().copied().collect();
        for (x, value) in registers.into_iter().enumerate() {
            self.note(BeamReg::X(x as u16), value);
        }
    }

    /// Control runs from instruction `last` into the next label.
    ///
    /// A compiler that has found out that a function never returns puts nothing behind its call, so that control seems
    /// to run into whatever code comes next. That shows by the registers that are expected there: a call leaves only
    /// x0. So it is with a BIF that always fails; and nothing runs into the handler of a `try`, which exceptions alone
    /// enter. An error is raised instead, should control get there after all.
    pub fn run_on(&mut self, last: usize, next: usize) -> Result<(), Problem> {
        let calls = [op::CALL, op::CALL_EXT, op::CALL_FUN, op::CALL_FUN2, op::APPLY];
        let bifs = [op::BIF1, op::BIF2, op::GC_BIF1, op::GC_BIF2, op::GC_BIF3];
        let last = self.module.code.ops[last].opcode;
        let live = &self.shape.segments[next].live;
        let never = if calls.contains(&last) {
            live.iter().any(|r| r.0 != 0 && r.0 < self.shape.num_x)
        } else if bifs.contains(&last) {
            live.iter().any(|r| self.regs[r.0 as usize].is_none())
        } else {
            false
        };
        if never || self.shape.first_opcode(self.module, next) == Some(op::TRY_CASE) {
            self.cur().effect(Opcode::RaiseError, Imm::Error(ErrorKind::SystemLimit), &[]);
            return Ok(());
        }
        self.jump(Target::Segment(next))
    }

    fn instruction(&mut self, i: usize, state: State) -> Result<(), Problem> {
        let op = self.module.code.ops[i];
        if self.region != state.region {
            self.set_region(state.region);
        }
        self.frame = state.frame;
        if let Some(at) = position(self.module, &op) {
            self.position = at;
        }
        self.op = op;
        self.loc = None;
        self.lift_op(i, op.opcode, self.module.code.args(&op))
    }

    /// Makes a region the innermost one: from now on what its handlers need is stored.
    pub fn set_region(&mut self, region: Option<u32>) {
        self.region = region;
        self.needed.fill(false);
        for r in self.shape.active(region) {
            for slot in self.shape.segments[r.handler].live.iter().filter_map(|&r| self.shape.as_slot(r)) {
                self.needed[slot as usize] = true;
            }
        }
    }

    /// The handler of instructions that raise.
    pub fn handler(&self) -> PackedOption<Block> {
        self.region.and_then(|r| self.handlers[r as usize]).into()
    }

    /// The position that holds where an instruction begins.
    fn position_before(&self, op: usize) -> beam::Location {
        let before = self.lines.partition_point(|&(i, _)| i < op);
        before.checked_sub(1).map_or(beam::Location::default(), |n| self.lines[n].1)
    }

    /// An operation that waits. A process that waits is seen at the head of its loop, where it goes on.
    pub fn wait_at<T>(&mut self, again: Target, wait: impl FnOnce(Cursor<'_>) -> T) -> T {
        let Target::Segment(segment) = again else { return wait(self.cur()) };
        let head = self.position_before(self.shape.segments[segment].ops.start);
        let (position, loc) = (std::mem::replace(&mut self.position, head), self.loc.take());
        let outcome = wait(self.cur());
        (self.position, self.loc) = (position, loc);
        outcome
    }

    /// The current source location.
    fn loc(&mut self) -> Loc {
        let (position, op) = (self.position, self.op);
        let beam = op.offset.saturating_sub(self.lifter.code_base);
        *self.loc.get_or_insert_with(|| {
            self.func.locs.push(LocData { file: position.file, line: position.line, beam, inlined: None })
        })
    }

    /// A cursor at the end of the current block.
    pub fn cur(&mut self) -> Cursor<'_> {
        let (loc, handler, block) = (self.loc(), self.handler(), self.block);
        let mut cursor = Cursor::at_end(&mut self.func, block);
        (cursor.loc, cursor.handler) = (loc, handler);
        cursor
    }

    /// A new block, after which `block` is unchanged.
    pub fn new_block(&mut self, cold: bool) -> Block {
        let block = self.func.make_block();
        self.func.blocks[block].cold = cold;
        block
    }

    /// An explicit frame slot for a slot of the BEAM frame.
    pub fn ir_slot(&mut self, slot: u32) -> Slot {
        let func = &mut self.func;
        *self.slots[slot as usize].get_or_insert_with(|| func.slots.push(SlotKind::Term))
    }

    fn note(&mut self, register: BeamReg, value: Value) {
        if self.lifter.options.debug {
            self.cur().effect(Opcode::DbgValue, Imm::Reg(register), &[value]);
        }
    }

    // ---- registers and constants

    /// The dense number of a register operand.
    pub fn reg(&self, operand: Operand) -> Result<Reg, Problem> {
        match self.shape.reg(operand, self.frame) {
            Some(reg) => Ok(reg),
            None => bad(format!("{operand:?} is no register here")),
        }
    }

    /// Gives a register a value.
    pub fn set(&mut self, operand: Operand, value: Value) -> Result<(), Problem> {
        let reg = self.reg(operand)?;
        if self.shape.is_float(reg) != (self.func.ty(value) == Type::F64) {
            return bad("a float register and another one are confused");
        }
        self.set_reg(reg, value);
        match operand {
            Operand::X(n, _) => self.note(BeamReg::X(n), value),
            Operand::Y(n, _) => self.note(BeamReg::Y(n), value),
            _ => {}
        }
        Ok(())
    }

    /// Gives a register a value, and stores it if a handler needs it.
    pub fn set_reg(&mut self, reg: Reg, value: Value) {
        self.regs[reg.0 as usize] = Some(value);
        if let Some(slot) = self.shape.as_slot(reg).filter(|&s| self.needed[s as usize]) {
            let slot = self.ir_slot(slot);
            self.cur().effect(Opcode::SlotStore, Imm::Slot(slot), &[value]);
        }
    }

    /// Gives x0 a value.
    pub fn set_x0(&mut self, value: Value) -> Result<(), Problem> {
        self.set(Operand::X(0, None), value)
    }

    /// The value of x register `n`.
    pub fn x(&mut self, n: usize) -> Result<Value, Problem> {
        self.value(Operand::X(n as u16, None))
    }

    /// The values of x0 .. x(n-1).
    pub fn xs(&mut self, n: usize) -> Result<Vec<Value>, Problem> {
        (0..n).map(|n| self.x(n)).collect()
    }

    /// All x registers lose their values.
    pub fn lose_x(&mut self) {
        self.regs[..self.shape.num_x as usize].fill(None);
    }

    /// The value of an operand. A claim about a register's type becomes a fact, if it says more than is known.
    pub fn value(&mut self, operand: Operand) -> Result<Value, Problem> {
        let ty = match operand {
            Operand::X(_, ty) | Operand::Y(_, ty) => ty,
            Operand::Fr(_) => None,
            _ => {
                let data = self.const_data(operand)?;
                return Ok(self.cur().constant(data));
            }
        };
        let reg = self.reg(operand)?;
        let Some(value) = self.regs[reg.0 as usize] else {
            return bad(format!("{} has no value here", self.module.show_operand(operand)));
        };
        let Some(ty) = ty.filter(|_| self.lifter.options.types) else { return Ok(value) };
        let known = self.func.facts[value];
        let both = known.meet(&facts::of_type(&self.module.ty(Some(ty))));
        if both == known || both.kinds == linac_ir::Kinds::EMPTY {
            return Ok(value);
        }
        let narrow = self.cur().op(Opcode::AssertTerm, &[value]);
        self.func.facts[narrow] = both;
        self.classes[narrow] = self.classes[value];
        self.parts[narrow] = self.parts[value];
        self.regs[reg.0 as usize] = Some(narrow);
        Ok(narrow)
    }

    /// The values of several operands.
    pub fn values(&mut self, operands: &[Operand]) -> Result<Vec<Value>, Problem> {
        operands.iter().map(|&a| self.value(a)).collect()
    }

    /// A constant operand.
    pub fn const_data(&self, operand: Operand) -> Result<ConstData, Problem> {
        Ok(match operand {
            Operand::Int(n) => ConstData::Int(n),
            Operand::Char(n) => ConstData::Int(i64::from(n)),
            Operand::Unsigned(n) => match i64::try_from(n) {
                Ok(n) => ConstData::Int(n),
                Err(_) => return bad("a number that is too large"),
            },
            Operand::Atom(beam::AtomIdx::NIL) => ConstData::Nil,
            Operand::Atom(atom) => ConstData::Atom(self.lifter.atom(atom)),
            Operand::Literal(n) => {
                let id = self.module.literals.roots()[n as usize];
                match self.module.literals.node(id) {
                    Node::Int(i) => ConstData::Int(i),
                    Node::Atom(atom) => ConstData::Atom(self.lifter.atom(atom)),
                    Node::Nil => ConstData::Nil,
                    _ => ConstData::Literal(n, facts::shape(&self.module.literals, id)),
                }
            }
            _ => return bad(format!("{operand:?} is no constant")),
        })
    }

    /// A small constant.
    pub fn int(&mut self, n: i64) -> Value {
        self.cur().constant(ConstData::Int(n))
    }

    /// An atom that need not be one of the module's.
    pub fn atom(&mut self, name: &str) -> Value {
        self.cur().constant(ConstData::Atom(name.into()))
    }

    /// `[]`
    pub fn nil(&mut self) -> Value {
        self.cur().constant(ConstData::Nil)
    }

    /// An imported function that need not be one of the module's.
    pub fn erlang(&mut self, name: &str, arity: u32) -> linac_ir::FuncRef {
        self.func.func(ExtFunc::Import { module: "erlang".into(), name: name.into(), arity })
    }

    // ---- control

    /// The target of a fail label; `None` if it is 0.
    pub fn fail(&self, operand: Operand) -> Result<Option<Target>, Problem> {
        match operand {
            Operand::Label(0) => Ok(None),
            Operand::Label(label) => {
                let state = State { frame: self.frame, region: self.region };
                Ok(Some(Target::Segment(self.shape.segment(label, state)?)))
            }
            _ => bad(format!("{operand:?} is no label")),
        }
    }

    /// The target of a label that must be there.
    pub fn label(&self, operand: Operand) -> Result<Target, Problem> {
        match self.fail(operand)? {
            Some(target) => Ok(target),
            None => bad("a test without a fail label"),
        }
    }

    /// Goes on in a new block if the condition is `expected`, to `other` if not.
    pub fn check(&mut self, cond: Value, expected: bool, other: Target) -> Result<(), Problem> {
        let next = self.new_block(false);
        let (yes, no) = if expected { (Target::Block(next), other) } else { (other, Target::Block(next)) };
        self.branch(cond, yes, no)?;
        self.block = next;
        Ok(())
    }

    /// A cold block that ends with the given raise.
    pub fn raising(&mut self, fill: impl FnOnce(&mut Self)) -> Target {
        let (block, here) = (self.new_block(true), self.block);
        self.block = block;
        fill(self);
        self.block = here;
        Target::Block(block)
    }

    /// A cold block that raises what the last fallible operation recorded.
    pub fn raise_pending(&mut self) -> Target {
        self.raising(|e| {
            e.cur().effect(Opcode::RaisePending, Imm::None, &[]);
        })
    }

    /// The checked result of a fallible operation: NONE leads to the fail label, or raises what was recorded.
    pub fn checked(&mut self, value: Value, fail: Option<Target>) -> Result<Value, Problem> {
        let none = self.cur().op(Opcode::IsNone, &[value]);
        let fail = match fail {
            Some(target) => target,
            None => self.raise_pending(),
        };
        self.check(none, false, fail)?;
        Ok(self.cur().op(Opcode::AssertTerm, &[value]))
    }
}
