//! Allocated VCode to bytes: prologue, moves, calls with their return sites, branches without detours.

use super::minst::{MInst, Target, Xr};
use super::names::{SymbolNames, name_of};
use super::{Callee, Machine};
use crate::IsaError;
use linac_abi::object::{FrameMark, InlinedFrame, Location, Mfa, SlotSet, Symbol, ValueLoc};
use linac_abi::rtcall::{RtCall, STACK_RESERVE_WORDS};
use linac_emit::{CodeBuffer, Label, ReturnSiteInfo, SymbolId, SymbolTable};
use linac_ir::{ExtFunc, Function, Inlined, Loc as SrcLoc};
use linac_regalloc::{Allocated, Item, Loc, Origin, VCode, ValueRange};
use regalloc2::{Block, Inst, PReg, RegClass};
use smallvec::SmallVec;

/// A line of the listing.
#[derive(Clone, Debug)]
pub struct Line {
    /// Offset in the unit.
    pub offset: u32,
    /// Instruction or label.
    pub text: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// Writes one function.
pub struct Emitter<'a, M: Machine> {
    /// The function.
    pub func: &'a Function,
    /// Its machine instructions.
    pub vcode: &'a VCode<MInst<M>>,
    /// Their registers.
    pub allocated: &'a Allocated,
    /// Symbols of the unit.
    pub symbols: &'a mut SymbolTable,
    /// Source files of the unit.
    pub files: &'a mut Vec<String>,
    /// Where the code goes.
    pub buffer: &'a mut CodeBuffer<M::Use>,
    /// Entries of the unit's functions.
    pub entries: &'a [Label],
    /// Which of them this is.
    pub number: usize,
    /// Count calls.
    pub counters: bool,
    /// Labels of the blocks, by number.
    pub blocks: Vec<Label>,
    /// Where to branch to instead of each block; its own number for the blocks that are emitted.
    pub targets: Vec<Block>,
    /// Lines so far, if a listing is wanted.
    pub listing: Option<Vec<Line>>,
    /// Does the frame hold the return address that calls leave in a register?
    pub saves_return: bool,
}

impl<M: Machine> Emitter<'_, M> {
    /// Writes the function at the end of the buffer.
    pub fn run(&mut self) -> Result<(), IsaError> {
        let func = self.func;
        self.buffer.align(16, |buffer, length| M::pad(length, buffer));
        self.buffer.begin_function(&func.name, func.arity as u8, func.index);
        self.buffer.bind(self.entries[self.number]);
        self.mark(0, false);
        let blocks: Vec<Block> = self.vcode.blocks().collect();
        let fresh: Vec<Label> = blocks.iter().map(|_| self.buffer.label()).collect();
        self.targets = self.allocated.targets(self.vcode);
        self.blocks = self.targets.iter().map(|b| fresh[b.index()]).collect();
        let labels = self.blocks.clone();
        let cold = self.prologue()?;
        let ranges = self.allocated.value_ranges(self.vcode, M::reg_env());
        let mut offsets = Vec::with_capacity(self.allocated.num_items() as usize + 1);
        for (n, &block) in blocks.iter().enumerate() {
            if self.targets[block.index()] != block {
                // Nothing but a jump: its predecessors go to its target.
                offsets.push(self.buffer.offset());
                continue;
            }
            self.buffer.bind(labels[block.index()]);
            self.note(|| format!("block{}:", block.index()), Origin::NONE);
            let next = blocks[n + 1..].iter().copied().find(|b| self.targets[b.index()] == *b);
            for item in self.allocated.items(self.vcode, block) {
                self.locations(&ranges, offsets.len() as u32);
                offsets.push(self.buffer.offset());
                match item {
                    Item::Move(m) => M::copy(self, m.to, m.from, m.class, self.vcode.origin(m.before))?,
                    Item::Inst(inst, locs) => self.inst(block, inst, locs, &labels, next)?,
                }
            }
        }
        offsets.push(self.buffer.offset());
        for range in &ranges {
            let loc = match range.loc {
                Loc::Reg(preg) if preg.class() == RegClass::Float => {
                    ValueLoc::FloatRegister(preg.hw_enc() as u8)
                }
                Loc::Reg(preg) => ValueLoc::Register(preg.hw_enc() as u8),
                Loc::Word(word) => ValueLoc::Frame(word),
            };
            let (from, to) = (offsets[range.from as usize], offsets[range.to as usize]);
            self.buffer.value_location(from, to, range.label, loc);
        }
        self.slow_paths(cold)?;
        self.buffer.end_function();
        Ok(())
    }

    /// Notes in the listing which BEAM registers begin to be somewhere at a position.
    fn locations(&mut self, ranges: &[ValueRange], position: u32) {
        if self.listing.is_none() {
            return;
        }
        for range in ranges.iter().filter(|r| r.from == position) {
            let place = match range.loc {
                Loc::Reg(preg) => M::Reg::try_from(preg).map_or_else(|e| e.to_string(), M::reg_name),
                Loc::Word(word) => {
                    format!("[{}+{}]", M::reg_name(M::ROLES.sp), M::WORD.bytes() * word)
                }
            };
            self.note(|| format!("            ; {} in {place}", name_of(range.label)), Origin::NONE);
        }
    }

    fn frame_words(&self) -> u32 {
        self.allocated.frame().frame_words()
    }

    // ---- prologue

    fn prologue(&mut self) -> Result<Vec<SlowPath>, IsaError> {
        let words = self.frame_words();
        let (mut calls, mut tail, mut any) = (false, false, false);
        for block in self.vcode.blocks() {
            for inst in self.vcode.block_insts(block).iter() {
                let inst = self.vcode.inst(inst);
                any |= matches!(inst, MInst::Call { .. } | MInst::Leaf { .. } | MInst::NoReturn { .. });
                match inst {
                    MInst::Call { target: Target::Cell(cell), .. } => calls |= !self.is_runtime(*cell),
                    MInst::Call { .. } => calls = true,
                    MInst::TailCall { .. } => tail = true,
                    _ => {}
                }
            }
        }
        self.saves_return = M::LINK_REGISTER && any;
        let mut slow = Vec::new();
        let func = self.func;
        self.note(|| format!("{}:", func.mfa()), Origin::NONE);
        if self.counters {
            let cell = self.symbols.intern(Symbol::Counter(self.func.index));
            let zero = M::count_call(self, cell)?;
            self.slow_branch(zero, RtCall::TierUp, &mut slow)?;
        }
        if calls || words > 0 {
            let little = M::stack_check(self, words + STACK_RESERVE_WORDS)?;
            self.slow_branch(little, RtCall::Entry, &mut slow)?;
        }
        if calls || tail {
            let none = M::count_reduction(self)?;
            self.slow_branch(none, RtCall::Entry, &mut slow)?;
        }
        // After a stack that was too small the reductions are fresh: both slow paths go on at the body.
        for path in &mut slow {
            if path.rt == RtCall::Entry {
                path.back = None;
            }
        }
        let body = self.buffer.bound_label();
        for path in &mut slow {
            path.back.get_or_insert(body);
        }
        if words > 0 || self.saves_return {
            M::enter(self, words, self.saves_return)?;
            self.mark(words, self.saves_return);
        }
        let frame = self.allocated.frame();
        M::init_slots(self, frame.entry_init_words())?;
        Ok(slow)
    }

    fn is_runtime(&self, cell: SymbolId) -> bool {
        matches!(self.symbols.get(cell), Some(Symbol::Runtime(..)))
    }

    fn slow_branch(&mut self, cond: M::Cond, rt: RtCall, slow: &mut Vec<SlowPath>) -> Result<(), IsaError> {
        // Both tests of the entry share a path.
        let label = match slow.iter().find(|p| p.rt == rt) {
            Some(path) => path.label,
            None => {
                let label = self.buffer.label();
                slow.push(SlowPath { label, rt, back: None });
                label
            }
        };
        M::branch(self, cond, &[], label, Origin::NONE)?;
        if rt == RtCall::TierUp {
            let back = self.buffer.bound_label();
            slow.last_mut().expect("just made").back = Some(back);
        }
        Ok(())
    }

    fn slow_paths(&mut self, paths: Vec<SlowPath>) -> Result<(), IsaError> {
        for path in paths {
            self.buffer.bind(path.label);
            self.note(|| "slow:".to_string(), Origin::NONE);
            self.mark(0, false);
            let number = self.func.arity | self.frame_words() << 8;
            let cell = self.symbols.intern(Symbol::Runtime(path.rt as u16, path.rt.name().to_string()));
            M::slow_call(self, number, cell)?;
            M::jump(self, path.back.expect("set in the prologue"), Origin::NONE)?;
        }
        Ok(())
    }

    /// The return site of a call in [`Machine::slow_call`]: nothing is in the frame yet.
    pub(crate) fn slow_site(&mut self) {
        self.buffer.return_site(ReturnSiteInfo::default());
    }

    // ---- instructions

    fn inst(
        &mut self,
        block: Block,
        inst: Inst,
        locs: &[Loc],
        labels: &[Label],
        next: Option<Block>,
    ) -> Result<(), IsaError> {
        let origin = self.vcode.origin(inst);
        self.locate(origin);
        let succ = |n: usize| self.targets[self.vcode.succs(block)[n].index()];
        match self.vcode.inst(inst) {
            MInst::Real(insn) => {
                let mut n = 0;
                let mut bad = None;
                let insn = M::assign(insn, |reg| match reg {
                    Xr::P(reg) => *reg,
                    Xr::V(_) => {
                        n += 1;
                        self.reg(locs[n - 1]).unwrap_or_else(|e| {
                            bad = Some(e);
                            M::ROLES.sp
                        })
                    }
                });
                if let Some(error) = bad {
                    return Err(error);
                }
                // A move that the allocator made unnecessary.
                if M::is_idle(&insn) {
                    return Ok(());
                }
                self.real_at(insn, origin)
            }
            MInst::Args { .. } | MInst::Landing { .. } => Ok(()),
            MInst::Call { target, .. } => {
                self.call(*target, locs, origin)?;
                let map =
                    self.allocated.stack_map(inst).ok_or_else(|| self.bug("a call without a stack map"))?;
                let slots: SlotSet = self.allocated.term_words(map).iter().copied().collect();
                let pad = map.handler.map(|b| labels[b.index()]);
                self.return_site(slots, pad, origin);
                Ok(())
            }
            MInst::Leaf { cell, .. } => {
                self.call(Target::Cell(*cell), &[], origin)?;
                self.return_site(SlotSet::default(), None, origin);
                Ok(())
            }
            MInst::NoReturn { cell, .. } => {
                self.call(Target::Cell(*cell), &[], origin)?;
                let map =
                    self.allocated.stack_map(inst).ok_or_else(|| self.bug("a raise without a stack map"))?;
                let slots: SlotSet = self.allocated.term_words(map).iter().copied().collect();
                let pad = map.handler.map(|b| labels[b.index()]);
                self.return_site(slots, pad, origin);
                Ok(())
            }
            MInst::TailCall { target, .. } => {
                self.leave(origin)?;
                let callee = self.callee(*target, locs)?;
                M::tail_call(self, callee, origin)?;
                self.mark(self.frame_words(), self.saves_return);
                Ok(())
            }
            MInst::Return { .. } => {
                self.leave(origin)?;
                M::ret(self, origin)?;
                self.mark(self.frame_words(), self.saves_return);
                Ok(())
            }
            MInst::Jump | MInst::TryEnter => {
                let target = succ(0);
                if next == Some(target) {
                    return Ok(());
                }
                M::jump(self, labels[target.index()], origin)
            }
            MInst::Jcc(cond) => {
                let (yes, no) = (succ(0), succ(1));
                let regs = self.regs(locs)?;
                if next == Some(yes) {
                    return M::branch(self, M::negate(*cond), &regs, labels[no.index()], origin);
                }
                M::branch(self, *cond, &regs, labels[yes.index()], origin)?;
                if next != Some(no) {
                    M::jump(self, labels[no.index()], origin)?;
                }
                Ok(())
            }
            MInst::Trap => M::trap(self, origin),
            MInst::SlotStore(slot, _) => {
                let word = self.allocated.frame().slot_word(*slot);
                let (loc, class) = (locs[0], self.class(locs[0])?);
                M::copy(self, Loc::Word(word), loc, class, origin)
            }
            MInst::SlotLoad(slot, _) => {
                let word = self.allocated.frame().slot_word(*slot);
                let (loc, class) = (locs[0], self.class(locs[0])?);
                M::copy(self, loc, Loc::Word(word), class, origin)
            }
            MInst::HeapFull { words } => M::heap_full(self, words + STACK_RESERVE_WORDS, origin),
            MInst::Bool { cond, .. } => {
                let regs = self.regs(locs)?;
                let (dst, tested) =
                    regs.split_last().ok_or_else(|| self.bug("a condition without a result"))?;
                M::set_bool(self, *cond, tested, *dst, origin)
            }
        }
    }

    fn callee(&self, target: Target, locs: &[Loc]) -> Result<Callee<M::Reg>, IsaError> {
        Ok(match target {
            Target::Cell(cell) => Callee::Cell(cell),
            Target::Direct(n) => Callee::Label(self.entries[n as usize]),
            Target::Through(_) => Callee::Through(self.reg(locs[0])?),
        })
    }

    fn call(&mut self, target: Target, locs: &[Loc], origin: Origin) -> Result<(), IsaError> {
        let callee = self.callee(target, locs)?;
        M::call(self, callee, origin)
    }

    fn return_site(&mut self, term_slots: SlotSet, landing_pad: Option<Label>, origin: Origin) {
        let mut info = ReturnSiteInfo {
            frame_words: self.frame_words(),
            term_slots,
            landing_pad,
            location: self.location(origin),
            call: self.beam_offset(origin),
            ..ReturnSiteInfo::default()
        };
        let mut origin = origin;
        while let Some(Inlined { func, at }) = self.inlined(origin) {
            let ExtFunc::Local { name, arity, .. } = &self.func.funcs[func] else { break };
            let (module, function) = (self.func.module.to_string(), name.to_string());
            let function = self.buffer.inlined_function(&Mfa { module, function, arity: *arity as u8 });
            info.inlined.push(InlinedFrame { function, location: info.location, call: info.call });
            let Some(at) = at else {
                (info.left, info.location, info.call) = (true, None, 0);
                break;
            };
            origin.loc = at.as_u32();
            (info.location, info.call) = (self.location(origin), self.beam_offset(origin));
        }
        self.buffer.return_site(info);
    }

    /// Takes the frame down.
    fn leave(&mut self, origin: Origin) -> Result<(), IsaError> {
        let words = self.frame_words();
        if words > 0 || self.saves_return {
            M::leave(self, words, self.saves_return, origin)?;
        }
        self.mark(0, false);
        Ok(())
    }

    /// Says how far the return address is from here on, or that it is in the link register unless `saved`.
    pub(crate) fn mark(&mut self, words: u32, saved: bool) {
        let place = if M::LINK_REGISTER && !saved { words | FrameMark::IN_LINK } else { words };
        self.buffer.frame_mark(place);
    }

    /// The register at a location.
    pub(crate) fn reg(&self, loc: Loc) -> Result<M::Reg, IsaError> {
        match loc {
            Loc::Reg(preg) => M::Reg::try_from(preg).map_err(|e| self.bug(&e.to_string())),
            Loc::Word(word) => Err(self.bug(&format!("an operand in frame word {word}"))),
        }
    }

    fn class(&self, loc: Loc) -> Result<RegClass, IsaError> {
        let reg: PReg = self.reg(loc)?.into();
        Ok(reg.class())
    }

    fn regs(&self, locs: &[Loc]) -> Result<SmallVec<[M::Reg; 4]>, IsaError> {
        locs.iter().map(|&loc| self.reg(loc)).collect()
    }

    /// A broken promise, in this function.
    pub(crate) fn bug(&self, text: &str) -> IsaError {
        IsaError::bug(format!("{}: {text}", self.func.mfa()))
    }

    // ---- records

    /// Whose body the place is in, if not the function's own.
    fn inlined(&self, origin: Origin) -> Option<Inlined> {
        if origin.loc == u32::MAX { None } else { self.func.locs[SrcLoc::from_u32(origin.loc)].inlined }
    }

    fn beam_offset(&self, origin: Origin) -> u32 {
        if origin.loc == u32::MAX { 0 } else { self.func.locs[SrcLoc::from_u32(origin.loc)].beam }
    }

    fn location(&mut self, origin: Origin) -> Option<Location> {
        if origin.loc == u32::MAX || origin.loc == 0 {
            return None;
        }
        let data = self.func.locs[SrcLoc::from_u32(origin.loc)];
        if data.line == 0 {
            return None;
        }
        let name = self.func.files.get(data.file as usize)?;
        let file = match self.files.iter().position(|f| **f == **name) {
            Some(n) => n,
            None => {
                self.files.push(name.to_string());
                self.files.len() - 1
            }
        };
        Some(Location { file: file as u32, line: data.line })
    }

    fn locate(&mut self, origin: Origin) {
        if origin.loc != u32::MAX {
            let location = self.location(origin);
            self.buffer.line(location);
        }
    }

    fn note(&mut self, text: impl FnOnce() -> String, origin: Origin) {
        let offset = self.buffer.offset();
        if let Some(listing) = &mut self.listing {
            listing.push(Line { offset, text: text(), origin });
        }
    }

    /// Writes an instruction.
    pub(crate) fn real_at(&mut self, insn: M::Physical, origin: Origin) -> Result<(), IsaError> {
        if self.listing.is_some() {
            let names = SymbolNames { symbols: self.symbols, blocks: &self.blocks, buffer: self.buffer };
            let text = format!("    {}", M::print(&insn, &names));
            self.note(|| text, origin);
        }
        M::encode(&insn, self.buffer).map_err(|e| self.bug(&format!("{insn:?}: {e}")))
    }

    /// Writes an instruction that stems from no place in the program.
    pub(crate) fn real(&mut self, insn: M::Physical) -> Result<(), IsaError> {
        self.real_at(insn, Origin::NONE)
    }
}

struct SlowPath {
    label: Label,
    rt: RtCall,
    back: Option<Label>,
}

/// The listing as text: offset, instruction, and the IR instruction where it changes.
pub fn render(func: &Function, listing: &[Line]) -> String {
    use cranelift_entity::EntityRef;
    use std::fmt::Write;
    let mut text = String::new();
    let mut last = u32::MAX;
    for line in listing {
        if line.origin.ir != last && line.origin.ir != u32::MAX {
            let inst = linac_ir::Inst::new(line.origin.ir as usize);
            let _ = writeln!(text, "            ; {}", ir_line(func, inst));
        }
        last = line.origin.ir;
        let _ = writeln!(text, "{:6x}  {}", line.offset, line.text);
    }
    text
}

/// An IR instruction in short: results, operation, operands, location.
fn ir_line(func: &Function, inst: linac_ir::Inst) -> String {
    use std::fmt::Write;
    let data = &func.insts[inst];
    let mut text = String::new();
    let mut sep = "";
    for v in &data.results {
        let _ = write!(text, "{sep}{v}");
        sep = ", ";
    }
    if !data.results.is_empty() {
        text.push_str(" = ");
    }
    let _ = write!(text, "{}", data.op);
    sep = " ";
    for v in &data.args {
        let _ = write!(text, "{sep}{v}");
        sep = ", ";
    }
    let line = func.locs[data.loc].line;
    if line != 0 {
        let _ = write!(text, "  @ line {line}");
    }
    text
}
