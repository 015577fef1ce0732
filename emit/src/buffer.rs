//! The buffer instructions are written into.
//!
//! Bytes only ever grow at the end. A reference to a label that is already bound is patched at once; the others wait as
//! fixups and are patched when the buffer is finished. Facts about the code (return sites, lines, frame sizes,
//! relocations) are recorded *at the current offset* while the instruction that they belong to is written, so they can
//! never disagree with the layout.
//!
//! One buffer takes all functions of a unit, one after the other, so calls between them can be direct. Constants and
//! jump tables follow the code.
//!
//! Reach: the buffer knows how far each waiting reference reaches ([`CodeBuffer::deadline`]). On x86-64 every forward
//! branch is written with 32 bits, so the deadline lies beyond the longest unit. An ISA with short branches asks before
//! each instruction for an island of [veneers](crate::label::Veneer), which the buffer writes when it is time
//! ([`CodeBuffer::island`]). A reference that is out of reach all the same is a named error.

use crate::label::{Label, LabelUse};
use crate::object::{
    CodeObject, FrameMark, FunctionRecord, InlinedFrame, InvalidObject, LineRecord, Location, MAX_CODE, Mfa,
    Reloc, RelocKind, ReturnSite, SlotSet, Symbol, ValueLoc, ValueLocation,
};
use crate::pool::{Pool, PoolEntry};
use cranelift_entity::PrimaryMap;
use rustc_hash::FxHashMap;
use std::fmt;

/// Why a buffer could not be finished. All are compiler bugs but the ones about size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EmitError {
    /// A label is used but stands nowhere.
    UnboundLabel(Label),
    /// A label was bound a second time, at this offset.
    BoundTwice(Label, u32),
    /// A reference at `at` does not reach its target.
    OutOfReach {
        /// The label referred to.
        label: Label,
        /// Where the field is.
        at: u32,
        /// Where the label is.
        target: u32,
    },
    /// More code than a unit may hold: compile fewer functions together.
    CodeTooLong,
    /// A function was begun or ended twice.
    FunctionNesting(u32),
    /// A record that belongs to a function was made outside any.
    OutsideFunction(u32),
    /// Padding of the wrong length was written at this offset.
    BadPadding(u32),
    /// The finished object breaks a rule.
    Invalid(InvalidObject),
}

impl fmt::Display for EmitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EmitError::UnboundLabel(label) => write!(f, "label {label} is used but not bound"),
            EmitError::BoundTwice(label, at) => write!(f, "label {label} is bound again at {at:#x}"),
            EmitError::OutOfReach { label, at, target } => {
                write!(f, "the reference at {at:#x} does not reach {label} at {target:#x}")
            }
            EmitError::CodeTooLong => write!(f, "the code of one unit exceeds {MAX_CODE} bytes"),
            EmitError::FunctionNesting(at) => write!(f, "functions overlap at {at:#x}"),
            EmitError::OutsideFunction(at) => write!(f, "record outside of a function at {at:#x}"),
            EmitError::BadPadding(at) => write!(f, "padding of the wrong length at {at:#x}"),
            EmitError::Invalid(invalid) => invalid.fmt(f),
        }
    }
}

impl std::error::Error for EmitError {}

/// Number of a symbol of the unit being compiled.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SymbolId(u32);
cranelift_entity::entity_impl!(SymbolId, "sym");

/// The symbols of a unit, each once. Instructions name them by [`SymbolId`].
#[derive(Clone, Debug, Default)]
pub struct SymbolTable {
    symbols: PrimaryMap<SymbolId, Symbol>,
    numbers: FxHashMap<Symbol, SymbolId>,
}

impl SymbolTable {
    /// The number of a symbol, a new one if it was not there yet.
    pub fn intern(&mut self, symbol: Symbol) -> SymbolId {
        if let Some(&number) = self.numbers.get(&symbol) {
            return number;
        }
        let number = self.symbols.push(symbol.clone());
        self.numbers.insert(symbol, number);
        number
    }

    /// The symbol of a number.
    pub fn get(&self, number: SymbolId) -> Option<&Symbol> {
        self.symbols.get(number)
    }
}

/// What a code object says about itself besides its code.
#[derive(Clone, Debug, Default)]
pub struct UnitInfo {
    /// Instruction set.
    pub target: String,
    /// Processor features the code needs.
    pub features: Vec<String>,
    /// Module compiled.
    pub module: String,
    /// Symbols the instructions named.
    pub symbols: SymbolTable,
    /// Source files, in the numbering of the line records.
    pub files: Vec<String>,
}

/// A return site as the emitter of a call knows it; the buffer adds offset and function.
#[derive(Clone, Debug, Default)]
pub struct ReturnSiteInfo {
    /// See [`ReturnSite::frame_words`].
    pub frame_words: u32,
    /// See [`ReturnSite::term_slots`].
    pub term_slots: SlotSet,
    /// Where execution continues when the call raises.
    pub landing_pad: Option<Label>,
    /// Where control is.
    pub location: Option<Location>,
    /// See [`ReturnSite::call`].
    pub call: u32,
    /// Inlined functions around the call, innermost first; numbers come from [`CodeBuffer::inlined_function`].
    pub inlined: Vec<InlinedFrame>,
    /// See [`ReturnSite::left`].
    pub left: bool,
}

/// A reference that waits for its label.
#[derive(Clone, Copy, Debug)]
struct Fixup<U> {
    at: u32,
    label: Label,
    kind: U,
}

impl<U: LabelUse> Fixup<U> {
    /// Up to where it reaches.
    fn deadline(&self) -> u32 {
        self.at.saturating_add(self.kind.max_forward())
    }
}

/// Code under construction, with references of kind `U`.
#[derive(Debug)]
pub struct CodeBuffer<U: LabelUse> {
    bytes: Vec<u8>,
    labels: PrimaryMap<Label, Option<u32>>,
    fixups: Vec<Fixup<U>>,
    deadline: u32,
    /// The same of those references alone that have a veneer, and the bytes that the veneers of all of them take.
    veneer_deadline: u32,
    veneer_bytes: u32,
    pool: Pool,
    relocs: Vec<Reloc>,
    functions: Vec<FunctionRecord>,
    open: bool,
    return_sites: Vec<(ReturnSite, Option<Label>)>,
    inlined_functions: Vec<Mfa>,
    inlined_numbers: FxHashMap<Mfa, u32>,
    lines: Vec<LineRecord>,
    values: Vec<ValueLocation>,
    frames: Vec<FrameMark>,
    stubs: FxHashMap<SymbolId, Label>,
    unwritten_stubs: Vec<(Label, SymbolId)>,
    /// The first thing that went wrong. Writing goes on, finishing fails.
    error: Option<EmitError>,
}

impl<U: LabelUse> Default for CodeBuffer<U> {
    fn default() -> Self {
        CodeBuffer {
            bytes: Vec::new(),
            labels: PrimaryMap::new(),
            fixups: Vec::new(),
            deadline: u32::MAX,
            veneer_deadline: u32::MAX,
            veneer_bytes: 0,
            pool: Pool::default(),
            relocs: Vec::new(),
            functions: Vec::new(),
            open: false,
            return_sites: Vec::new(),
            inlined_functions: Vec::new(),
            inlined_numbers: FxHashMap::default(),
            lines: Vec::new(),
            values: Vec::new(),
            frames: Vec::new(),
            stubs: FxHashMap::default(),
            unwritten_stubs: Vec::new(),
            error: None,
        }
    }
}

impl<U: LabelUse> CodeBuffer<U> {
    /// An empty buffer.
    pub fn new() -> Self {
        Self::default()
    }

    fn fail(&mut self, error: EmitError) {
        self.error.get_or_insert(error);
    }

    // ---- bytes ----

    /// Where the next byte goes. Saturates beyond [`MAX_CODE`], where finishing fails anyway.
    pub fn offset(&self) -> u32 {
        u32::try_from(self.bytes.len()).unwrap_or(u32::MAX)
    }

    /// The bytes written so far; fields of waiting references are zero.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Appends one byte.
    pub fn put1(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    /// Appends 16 bits, little-endian.
    pub fn put2(&mut self, value: u16) {
        self.put(&value.to_le_bytes());
    }

    /// Appends 32 bits, little-endian.
    pub fn put4(&mut self, value: u32) {
        self.put(&value.to_le_bytes());
    }

    /// Appends 64 bits, little-endian.
    pub fn put8(&mut self, value: u64) {
        self.put(&value.to_le_bytes());
    }

    /// Appends bytes.
    pub fn put(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Pads to a multiple of `align` (a power of two); `pad` writes the given number of filler bytes.
    pub fn align(&mut self, align: u32, pad: impl FnOnce(&mut Self, u32)) {
        let start = self.offset();
        let Some(end) = start.checked_next_multiple_of(align.max(1)) else {
            return self.fail(EmitError::CodeTooLong);
        };
        if end != start {
            pad(self, end - start);
        }
        if self.offset() != end {
            self.fail(EmitError::BadPadding(start));
        }
    }

    // ---- labels ----

    /// A new label, not yet bound.
    pub fn label(&mut self) -> Label {
        self.labels.push(None)
    }

    /// Says that a label stands here.
    pub fn bind(&mut self, label: Label) {
        let here = self.offset();
        match self.labels.get_mut(label) {
            Some(place @ None) => *place = Some(here),
            Some(Some(_)) => self.fail(EmitError::BoundTwice(label, here)),
            None => self.fail(EmitError::UnboundLabel(label)),
        }
    }

    /// A new label that stands here.
    pub fn bound_label(&mut self) -> Label {
        let here = self.offset();
        self.labels.push(Some(here))
    }

    /// Where a label stands, if that is known yet.
    pub fn place(&self, label: Label) -> Option<u32> {
        self.labels.get(label).copied().flatten()
    }

    /// Appends a field that refers to a label. `initial` holds the field's other bits (zeros where the whole field
    /// is the distance) and must be as long as the use says.
    pub fn put_use(&mut self, label: Label, kind: U, initial: &[u8]) {
        let at = self.offset();
        debug_assert_eq!(initial.len(), kind.size() as usize);
        self.put(initial);
        match self.place(label) {
            Some(target) => self.patch(Fixup { at, label, kind }, target),
            None => self.wait(Fixup { at, label, kind }),
        }
    }

    fn wait(&mut self, fixup: Fixup<U>) {
        let deadline = fixup.deadline();
        self.deadline = self.deadline.min(deadline);
        if let Some(veneer) = fixup.kind.veneer() {
            self.veneer_deadline = self.veneer_deadline.min(deadline);
            self.veneer_bytes += veneer.size;
        }
        self.fixups.push(fixup);
    }

    /// The references that wait, none of which waits any longer.
    fn take_waiting(&mut self) -> Vec<Fixup<U>> {
        (self.deadline, self.veneer_deadline, self.veneer_bytes) = (u32::MAX, u32::MAX, 0);
        std::mem::take(&mut self.fixups)
    }

    /// Fills the references whose label is placed.
    fn settle(&mut self) {
        for fixup in self.take_waiting() {
            match self.place(fixup.label) {
                Some(target) => self.patch(fixup, target),
                None => self.wait(fixup),
            }
        }
    }

    /// Is a veneer needed, if the code goes on for `ahead` bytes before the next island?
    fn island_due(&self, ahead: u32) -> bool {
        let end = self.offset().saturating_add(ahead).saturating_add(self.veneer_bytes);
        self.veneer_deadline < end
    }

    /// Writes an island of veneers, if one of the waiting references would not reach a target behind the next `ahead`
    /// bytes. `jump` leads around it: an unconditional branch, and the use that it is.
    ///
    /// To be called between any two instructions, `ahead` being at least twice the longest one plus the jump.
    pub fn island(&mut self, ahead: u32, jump: (U, &[u8])) {
        if !self.island_due(ahead) {
            return;
        }
        self.settle();
        if !self.island_due(ahead) {
            return;
        }
        // What is due soon comes along, so that there are few islands.
        let soon = ahead.saturating_mul(16).saturating_add(self.veneer_bytes);
        let end = self.offset().saturating_add(soon);
        let behind = self.label();
        self.put_use(behind, jump.0, jump.1);
        for fixup in self.take_waiting() {
            match fixup.kind.veneer() {
                Some(veneer) if fixup.deadline() < end => {
                    let at = self.offset();
                    let mut bytes = vec![0; veneer.size as usize];
                    fixup.kind.write_veneer(&mut bytes);
                    self.put(&bytes);
                    self.patch(fixup, at);
                    self.wait(Fixup { at: at + veneer.field, label: fixup.label, kind: veneer.inner });
                }
                _ => self.wait(fixup),
            }
        }
        self.bind(behind);
    }

    /// Up to where the nearest-sighted waiting reference reaches.
    pub fn deadline(&self) -> u32 {
        self.deadline
    }

    fn patch(&mut self, fixup: Fixup<U>, target: u32) {
        let Fixup { at, label, kind } = fixup;
        let reach = match target >= at {
            true => target - at <= kind.max_forward(),
            false => at - target <= kind.max_backward(),
        };
        let start = at as usize;
        let field = self.bytes.get_mut(start..start + kind.size() as usize);
        let patched = match field {
            Some(field) if reach => kind.patch(field, at, target).is_ok(),
            _ => false,
        };
        if !patched {
            self.fail(EmitError::OutOfReach { label, at, target });
        }
    }

    // ---- stubs ----

    /// The label of code, shared by the unit, that goes on where a symbol's cell says. Whoever asks for it also
    /// [takes](CodeBuffer::take_stubs) and writes it.
    pub fn stub(&mut self, symbol: SymbolId) -> Label {
        let CodeBuffer { stubs, unwritten_stubs, labels, .. } = self;
        *stubs.entry(symbol).or_insert_with(|| {
            let label = labels.push(None);
            unwritten_stubs.push((label, symbol));
            label
        })
    }

    /// The stubs asked for and not yet written, in order of asking. Their labels are for the caller to bind.
    pub fn take_stubs(&mut self) -> Vec<(Label, SymbolId)> {
        std::mem::take(&mut self.unwritten_stubs)
    }

    /// The symbol whose stub has this label.
    pub fn stub_symbol(&self, label: Label) -> Option<SymbolId> {
        self.unwritten_stubs.iter().find(|stub| stub.0 == label).map(|stub| stub.1)
    }

    // ---- constants ----

    /// The label of an 8-byte constant behind the code, aligned to 8.
    pub fn constant8(&mut self, bytes: [u8; 8]) -> Label {
        self.pool.narrow(bytes, || self.labels.push(None))
    }

    /// The label of a 16-byte constant behind the code, aligned to 16.
    pub fn constant16(&mut self, bytes: [u8; 16]) -> Label {
        self.pool.wide(bytes, || self.labels.push(None))
    }

    /// The label of a table behind the code: entry n is the signed 32-bit distance from the table's beginning to the
    /// n-th target.
    pub fn jump_table(&mut self, targets: Vec<Label>) -> Label {
        let label = self.label();
        self.pool.table(label, targets);
        label
    }

    // ---- records at the current offset ----

    /// Records that the field to be appended next refers to a symbol. The caller then appends the field's zeros.
    pub fn reloc(&mut self, kind: RelocKind, symbol: SymbolId, addend: i32) {
        self.relocs.push(Reloc { offset: self.offset(), kind, symbol: symbol.as_u32(), addend });
    }

    /// Begins a function; its entry is here until [`CodeBuffer::function_entry`] says otherwise. Returns its index in
    /// the object.
    pub fn begin_function(&mut self, name: &str, arity: u8, index: u32) -> u32 {
        let start = self.offset();
        if std::mem::replace(&mut self.open, true) {
            self.fail(EmitError::FunctionNesting(start));
        }
        self.functions.push(FunctionRecord {
            name: name.to_owned(),
            arity,
            index,
            start,
            entry: start,
            end: start,
        });
        self.functions.len() as u32 - 1
    }

    /// Calls to the current function enter here.
    pub fn function_entry(&mut self) {
        let here = self.offset();
        match self.functions.last_mut() {
            Some(function) if self.open => function.entry = here,
            _ => self.fail(EmitError::OutsideFunction(here)),
        }
    }

    /// Ends the current function.
    pub fn end_function(&mut self) {
        let here = self.offset();
        match self.functions.last_mut() {
            Some(function) if self.open => function.end = here,
            _ => self.fail(EmitError::FunctionNesting(here)),
        }
        self.open = false;
    }

    /// Records that the call just written returns here.
    pub fn return_site(&mut self, info: ReturnSiteInfo) {
        let offset = self.offset();
        if !self.open {
            return self.fail(EmitError::OutsideFunction(offset));
        }
        let site = ReturnSite {
            offset,
            frame_words: info.frame_words,
            term_slots: info.term_slots,
            landing_pad: None,
            function: self.functions.len() as u32 - 1,
            location: info.location,
            call: info.call,
            inlined: info.inlined,
            left: info.left,
        };
        self.return_sites.push((site, info.landing_pad));
    }

    /// The number of a function for [`InlinedFrame::function`].
    pub fn inlined_function(&mut self, mfa: &Mfa) -> u32 {
        if let Some(&number) = self.inlined_numbers.get(mfa) {
            return number;
        }
        let number = self.inlined_functions.len() as u32;
        self.inlined_functions.push(mfa.clone());
        self.inlined_numbers.insert(mfa.clone(), number);
        number
    }

    /// Code from here on belongs to a source line, or to none.
    pub fn line(&mut self, location: Option<Location>) {
        let offset = self.offset();
        let Location { file, line } = location.unwrap_or(Location { file: 0, line: 0 });
        match self.lines.last_mut() {
            Some(last) if (last.file, last.line) == (file, line) => {}
            Some(last) if last.offset == offset => (last.file, last.line) = (file, line),
            _ => self.lines.push(LineRecord { offset, file, line }),
        }
    }

    /// From here on the return address is `words` words above the stack pointer; see [`FrameMark::words`].
    pub fn frame_mark(&mut self, words: u32) {
        let offset = self.offset();
        match self.frames.last_mut() {
            Some(last) if last.words == words => {}
            Some(last) if last.offset == offset => last.words = words,
            _ => self.frames.push(FrameMark { offset, words }),
        }
    }

    /// Records where a labelled value is in a range of code already written. Empty ranges are dropped.
    pub fn value_location(&mut self, start: u32, end: u32, label: u32, loc: ValueLoc) {
        if start < end {
            self.values.push(ValueLocation { start, end, label, loc });
        }
    }

    // ---- the end ----

    fn emit_pool(&mut self) {
        if self.pool.is_empty() {
            return;
        }
        let pool = std::mem::take(&mut self.pool);
        self.align(pool.align(), |buffer, length| {
            buffer.bytes.resize(buffer.bytes.len() + length as usize, 0)
        });
        for (label, entry) in pool.entries() {
            self.bind(label);
            let base = self.offset();
            match entry {
                PoolEntry::Bytes(bytes) => self.put(bytes),
                PoolEntry::Distances(targets) => {
                    for &target in targets {
                        match self.place(target) {
                            // Both lie below MAX_CODE, or finishing fails.
                            Some(place) => self.put4(place.wrapping_sub(base)),
                            None => self.fail(EmitError::UnboundLabel(target)),
                        }
                    }
                }
            }
        }
    }

    /// Appends the constants, patches what waits, and makes the code object.
    pub fn finish(mut self, unit: UnitInfo) -> Result<CodeObject, EmitError> {
        if self.open {
            self.fail(EmitError::FunctionNesting(self.offset()));
        }
        self.emit_pool();
        if self.bytes.len() > MAX_CODE {
            return Err(EmitError::CodeTooLong);
        }
        for fixup in std::mem::take(&mut self.fixups) {
            match self.place(fixup.label) {
                Some(target) => self.patch(fixup, target),
                None => self.fail(EmitError::UnboundLabel(fixup.label)),
            }
        }
        let mut return_sites = Vec::with_capacity(self.return_sites.len());
        for (mut site, pad) in std::mem::take(&mut self.return_sites) {
            if let Some(pad) = pad {
                site.landing_pad = self.place(pad);
                if site.landing_pad.is_none() {
                    self.fail(EmitError::UnboundLabel(pad));
                }
            }
            return_sites.push(site);
        }
        if let Some(error) = self.error {
            return Err(error);
        }
        // Ranges are recorded when they end, the table is sorted by where they begin.
        self.values.sort_by_key(|value| (value.start, value.label));
        // Marks behind the last instruction say nothing.
        let length = self.bytes.len() as u32;
        self.frames.retain(|mark| mark.offset < length);
        let object = CodeObject {
            target: unit.target,
            features: unit.features,
            module: unit.module,
            code: self.bytes,
            symbols: unit.symbols.symbols.into_iter().map(|(_, symbol)| symbol).collect(),
            relocs: self.relocs,
            functions: self.functions,
            files: unit.files,
            inlined_functions: self.inlined_functions,
            return_sites,
            lines: self.lines,
            values: self.values,
            frames: self.frames,
        };
        object.validate().map_err(EmitError::Invalid)?;
        Ok(object)
    }
}
