//! The rules a code object obeys, one function per table entry.
//!
//! The reader applies them while it reads, so that an error can name the byte; the writer applies them to the whole
//! object, so that an error names table and entry. Both use the same functions: an object that can be written can be
//! read.

use super::{
    CodeObject, FrameMark, FunctionRecord, LineRecord, Location, MAX_CODE, MAX_FRAME_WORDS, Reloc,
    ReturnSite, ValueLoc, ValueLocation,
};
use core::fmt;

/// What is wrong with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The bytes end too early.
    Truncated,
    /// Not a code object.
    BadMagic,
    /// A format version this reader does not know.
    UnknownVersion(u16),
    /// A number that does not fit its field.
    NumberTooLarge,
    /// More entries announced than the rest of the bytes can hold.
    CountTooLarge,
    /// Text that is not UTF-8.
    NotUtf8,
    /// A tag without a meaning.
    UnknownTag(u8),
    /// Bytes after the end of the object.
    TrailingBytes,
    /// Longer than [`MAX_CODE`].
    CodeTooLong,
    /// The tables were made for code of another length.
    OtherCode,
    /// An offset outside the code.
    BadOffset,
    /// An index outside its table.
    BadIndex,
    /// A range that ends before it begins, or an entry outside its function.
    BadRange,
    /// Entries out of order, or overlapping.
    OutOfOrder,
    /// A frame larger than [`MAX_FRAME_WORDS`].
    FrameTooLarge,
    /// A slot outside its frame.
    SlotOutsideFrame,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Fault::Truncated => "the data ends too early",
            Fault::BadMagic => "this is not a code object",
            Fault::UnknownVersion(version) => return write!(f, "unknown code object version {version}"),
            Fault::NumberTooLarge => "a number is too large for its field",
            Fault::CountTooLarge => "more entries are announced than can follow",
            Fault::NotUtf8 => "text is not UTF-8",
            Fault::UnknownTag(tag) => return write!(f, "unknown tag {tag}"),
            Fault::TrailingBytes => "bytes follow the end of the object",
            Fault::CodeTooLong => "the code is too long",
            Fault::OtherCode => "the tables are for code of another length",
            Fault::BadOffset => "an offset lies outside the code",
            Fault::BadIndex => "an index lies outside its table",
            Fault::BadRange => "a range is empty, reversed or outside its function",
            Fault::OutOfOrder => "entries are out of order or overlap",
            Fault::FrameTooLarge => "a frame is too large",
            Fault::SlotOutsideFrame => "a slot lies outside its frame",
        };
        f.write_str(text)
    }
}

/// An object that breaks a rule. Coming from our own compiler, this is a compiler bug.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidObject {
    /// The table with the bad entry.
    pub table: &'static str,
    /// Index of the entry.
    pub index: usize,
    /// The broken rule.
    pub fault: Fault,
}

impl fmt::Display for InvalidObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid code object: {} {}: {}", self.table, self.index, self.fault)
    }
}

impl core::error::Error for InvalidObject {}

pub(super) fn ensure(condition: bool, fault: Fault) -> Result<(), Fault> {
    if condition { Ok(()) } else { Err(fault) }
}

/// Lengths that the entries of an object are checked against.
pub(super) struct Bounds {
    pub code: usize,
    pub symbols: usize,
    pub files: usize,
    pub inlined_functions: usize,
}

impl Bounds {
    fn inside(&self, offset: u32) -> Result<(), Fault> {
        ensure((offset as usize) < self.code, Fault::BadOffset)
    }

    /// A position where the code may also have ended.
    fn inside_or_end(&self, offset: u32) -> Result<(), Fault> {
        ensure(offset as usize <= self.code, Fault::BadOffset)
    }

    pub fn code(&self) -> Result<(), Fault> {
        ensure(self.code <= MAX_CODE, Fault::CodeTooLong)
    }

    pub fn reloc(&self, previous: Option<&Reloc>, reloc: &Reloc) -> Result<(), Fault> {
        let end = reloc.offset as usize + reloc.kind.size() as usize;
        ensure(end <= self.code, Fault::BadOffset)?;
        ensure((reloc.symbol as usize) < self.symbols, Fault::BadIndex)?;
        let free = previous.map_or(0, |before| before.offset as usize + before.kind.size() as usize);
        ensure(reloc.offset as usize >= free, Fault::OutOfOrder)
    }

    pub fn function(
        &self,
        previous: Option<&FunctionRecord>,
        function: &FunctionRecord,
    ) -> Result<(), Fault> {
        self.inside_or_end(function.end)?;
        ensure(function.start <= function.entry && function.entry < function.end, Fault::BadRange)?;
        ensure(previous.is_none_or(|before| before.end <= function.start), Fault::OutOfOrder)
    }

    pub fn location(&self, location: Option<Location>) -> Result<(), Fault> {
        ensure(location.is_none_or(|location| (location.file as usize) < self.files), Fault::BadIndex)
    }

    pub fn return_site(
        &self,
        functions: &[FunctionRecord],
        previous: Option<&ReturnSite>,
        site: &ReturnSite,
    ) -> Result<(), Fault> {
        let function = functions.get(site.function as usize).ok_or(Fault::BadIndex)?;
        // A return address may be the function's end: a call that never returns can be its last instruction.
        ensure(function.start < site.offset && site.offset <= function.end, Fault::BadRange)?;
        let pad_inside = |pad: u32| (function.start..function.end).contains(&pad);
        ensure(site.landing_pad.is_none_or(pad_inside), Fault::BadRange)?;
        ensure(site.frame_words <= MAX_FRAME_WORDS, Fault::FrameTooLarge)?;
        ensure(site.term_slots.bound() <= site.frame_words as usize, Fault::SlotOutsideFrame)?;
        self.location(site.location)?;
        for frame in &site.inlined {
            ensure((frame.function as usize) < self.inlined_functions, Fault::BadIndex)?;
            self.location(frame.location)?;
        }
        ensure(previous.is_none_or(|before| before.offset < site.offset), Fault::OutOfOrder)
    }

    pub fn line(&self, previous: Option<&LineRecord>, line: &LineRecord) -> Result<(), Fault> {
        self.inside_or_end(line.offset)?;
        ensure(line.line == 0 || (line.file as usize) < self.files, Fault::BadIndex)?;
        ensure(previous.is_none_or(|before| before.offset <= line.offset), Fault::OutOfOrder)
    }

    pub fn value(&self, previous: Option<&ValueLocation>, value: &ValueLocation) -> Result<(), Fault> {
        self.inside_or_end(value.end)?;
        ensure(value.start < value.end, Fault::BadRange)?;
        if let ValueLoc::Frame(slot) = value.loc {
            ensure(slot < MAX_FRAME_WORDS, Fault::FrameTooLarge)?;
        }
        ensure(previous.is_none_or(|before| before.start <= value.start), Fault::OutOfOrder)
    }

    pub fn frame(&self, previous: Option<&FrameMark>, mark: &FrameMark) -> Result<(), Fault> {
        self.inside(mark.offset)?;
        ensure(mark.words & !FrameMark::IN_LINK <= MAX_FRAME_WORDS, Fault::FrameTooLarge)?;
        ensure(previous.is_none_or(|before| before.offset <= mark.offset), Fault::OutOfOrder)
    }
}

/// Checks each entry of a table against the one before it.
fn each<T>(
    table: &'static str,
    entries: &[T],
    mut check: impl FnMut(Option<&T>, &T) -> Result<(), Fault>,
) -> Result<(), InvalidObject> {
    let mut previous = None;
    for (index, entry) in entries.iter().enumerate() {
        check(previous, entry).map_err(|fault| InvalidObject { table, index, fault })?;
        previous = Some(entry);
    }
    Ok(())
}

impl CodeObject {
    pub(super) fn bounds(&self) -> Bounds {
        Bounds {
            code: self.code.len(),
            symbols: self.symbols.len(),
            files: self.files.len(),
            inlined_functions: self.inlined_functions.len(),
        }
    }

    /// Checks every rule of the module documentation.
    pub fn validate(&self) -> Result<(), InvalidObject> {
        let bounds = self.bounds();
        bounds.code().map_err(|fault| InvalidObject { table: "code", index: 0, fault })?;
        each("relocation", &self.relocs, |before, entry| bounds.reloc(before, entry))?;
        each("function", &self.functions, |before, entry| bounds.function(before, entry))?;
        each("return site", &self.return_sites, |before, entry| {
            bounds.return_site(&self.functions, before, entry)
        })?;
        each("line", &self.lines, |before, entry| bounds.line(before, entry))?;
        each("value location", &self.values, |before, entry| bounds.value(before, entry))?;
        each("frame mark", &self.frames, |before, entry| bounds.frame(before, entry))
    }
}
