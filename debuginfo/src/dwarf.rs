//! DWARF from the tables of code objects.
//!
//! One compilation unit holds all texts (stretches of code) of an image, one subprogram per function. A function's
//! rows in the line table are a sequence of their own, so that nothing carries over from one function to the next. The
//! frame table says the same as docs/runtime-abi.md: the return address lies [`FrameMark::words`] words above the stack
//! pointer, the pinned registers are the caller's, every other register is lost.
//!
//! *Values*: the registers of the BEAM are variables `x[0]`, `y[0]`... with location lists. Outside the ranges that the
//! object gives, a debugger says "optimized out": better nothing than a stale term.
//!
//! *The module as a function*: debuggers read the colon of `break fib:fib/1` as separator of file and function or of
//! function and label. The second reading is served: [`Options::module_labels`] adds a function named like the
//! module, of one byte between the others, which has a label for each function. A label does not cover code, so
//! frames keep their full names.
//!
//! [`FrameMark::words`]: linac_abi::object::FrameMark::words

use crate::DebugInfoError;
use crate::names::{c_text, function_name};
use crate::target::Target;
use gimli::write::{
    Address, AttributeValue, CallFrameInstruction, CommonInformationEntry, Dwarf, EndianVec, Expression,
    FileId, FrameDescriptionEntry, FrameTable, LineProgram, LineString, Location, LocationList, Range,
    RangeList, Relocation, Sections, Unit, UnitEntryId,
};
use gimli::{Encoding, Format, LineEncoding, LittleEndian, SectionId};
use linac_abi::object::{CodeObject, FrameMark, FunctionRecord, LineRecord, ValueLoc, ValueLocation};
use linac_isa::backend::name_of;
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Version 5 would name the directory of every source file, which is not known: debuggers then show `./fib.erl`.
const DWARF_VERSION: u16 = 4;
/// The newest version of `.debug_frame`.
const CFI_VERSION: u16 = 4;

/// A stretch of code.
pub(crate) struct Text<'a> {
    /// Its description.
    pub object: &'a CodeObject,
    /// Where offset 0 is.
    pub base: Base,
    /// Bytes of code and constants.
    pub size: u64,
}

/// The place of a text.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Base {
    /// In memory.
    Address(u64),
    /// Unknown until linked; addresses refer to this symbol of the caller's numbering.
    Symbol(usize),
}

impl Base {
    fn at(self, offset: u64) -> Address {
        match self {
            Base::Address(address) => Address::Constant(address.wrapping_add(offset)),
            Base::Symbol(symbol) => Address::Symbol { symbol, addend: offset as i64 },
        }
    }
}

/// What to write beyond the necessary.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    /// A pseudo function per module with a label per function.
    pub module_labels: bool,
}

/// A debug section.
pub(crate) struct DebugSection {
    /// Which.
    pub id: SectionId,
    /// Its bytes, without the values of relocated fields.
    pub data: Vec<u8>,
    /// Fields that hold addresses of symbols or offsets in other sections.
    pub relocations: Vec<Relocation>,
}

/// Checks what the rest of this crate relies on. Objects read from bytes obey stricter rules, but the code of a linked
/// one is no longer there to check against.
pub(crate) fn check(object: &CodeObject, size: u64) -> Result<(), DebugInfoError> {
    let mut end = 0;
    for function in &object.functions {
        if function.start < end || function.end <= function.start || u64::from(function.end) > size {
            return Err(DebugInfoError::BadObject(Cow::Borrowed("functions out of order")));
        }
        end = function.end;
    }
    if !object.lines.is_sorted_by_key(|line| line.offset) {
        return Err(DebugInfoError::BadObject(Cow::Borrowed("lines out of order")));
    }
    if !object.frames.is_sorted_by_key(|mark| mark.offset) {
        return Err(DebugInfoError::BadObject(Cow::Borrowed("frame marks out of order")));
    }
    if object.lines.iter().any(|line| line.line != 0 && line.file as usize >= object.files.len()) {
        return Err(DebugInfoError::BadObject(Cow::Borrowed("a line of no file")));
    }
    Ok(())
}

/// Makes the sections that describe some texts. They all passed [`check`].
pub(crate) fn build(
    target: &Target,
    texts: &[Text<'_>],
    options: Options,
) -> Result<Vec<DebugSection>, DebugInfoError> {
    let bug = |error: gimli::write::Error| DebugInfoError::Bug(format!("DWARF: {error}"));
    let encoding = Encoding { format: Format::Dwarf32, version: DWARF_VERSION, address_size: target.word };
    let mut maker = Maker::new(target, encoding, texts);
    for text in texts {
        maker.text(text)?;
    }
    maker.finish(texts, options)?;
    let (mut dwarf, frames) = (maker.dwarf, maker.frames);
    let mut sections = Sections::new(Recorder::default());
    dwarf.write(&mut sections).map_err(bug)?;
    frames.write_debug_frame(&mut sections.debug_frame).map_err(bug)?;
    let mut written = Vec::new();
    let done: Result<(), ()> = sections.for_each_mut(|id, section| {
        let data = std::mem::replace(&mut section.bytes, EndianVec::new(LittleEndian)).into_vec();
        if !data.is_empty() {
            written.push(DebugSection { id, data, relocations: std::mem::take(&mut section.relocations) });
        }
        Ok(())
    });
    debug_assert!(done.is_ok());
    Ok(written)
}

/// Bytes of a section with a list of the fields to relocate.
#[derive(Clone)]
struct Recorder {
    bytes: EndianVec<LittleEndian>,
    relocations: Vec<Relocation>,
}

impl Default for Recorder {
    fn default() -> Recorder {
        Recorder { bytes: EndianVec::new(LittleEndian), relocations: Vec::new() }
    }
}

impl gimli::write::RelocateWriter for Recorder {
    type Writer = EndianVec<LittleEndian>;

    fn writer(&self) -> &Self::Writer {
        &self.bytes
    }

    fn writer_mut(&mut self) -> &mut Self::Writer {
        &mut self.bytes
    }

    fn relocate(&mut self, relocation: Relocation) {
        self.relocations.push(relocation);
    }
}

/// A unit in the making.
struct Maker<'t> {
    target: &'t Target,
    dwarf: Dwarf,
    unit: Unit,
    frames: FrameTable,
    cie: CommonInformationEntry,
    /// Type of all variables.
    word: UnitEntryId,
    module: String,
    source: String,
}

fn string(text: &str) -> AttributeValue {
    AttributeValue::String(c_text(text).into_bytes())
}

impl<'t> Maker<'t> {
    fn new(target: &'t Target, encoding: Encoding, texts: &[Text<'_>]) -> Maker<'t> {
        let module = texts.first().map_or("", |text| &text.object.module);
        let source = texts.iter().find_map(|text| text.object.files.first());
        let source = source.map(|file| file_name(file)).unwrap_or_else(|| c_text(&format!("{module}.erl")));
        let file = LineString::String(source.clone().into_bytes());
        let lines = LineProgram::new(
            encoding,
            LineEncoding::default(),
            LineString::String(b".".to_vec()),
            None,
            file,
            None,
        );
        let mut unit = Unit::new(encoding, lines);
        let word = unit.add(unit.root(), gimli::DW_TAG_base_type);
        let entry = unit.get_mut(word);
        entry.set(gimli::DW_AT_name, string("unsigned long"));
        entry.set(gimli::DW_AT_byte_size, AttributeValue::Udata(target.word.into()));
        entry.set(gimli::DW_AT_encoding, AttributeValue::Encoding(gimli::DW_ATE_unsigned));
        Maker {
            target,
            dwarf: Dwarf::new(),
            unit,
            frames: FrameTable::default(),
            cie: cie(target),
            word,
            module: module.to_string(),
            source,
        }
    }

    /// Describes the functions of a text.
    fn text(&mut self, text: &Text<'_>) -> Result<(), DebugInfoError> {
        let mut files = Vec::with_capacity(text.object.files.len());
        for file in &text.object.files {
            let directory = self.unit.line_program.default_directory();
            let name = LineString::String(file_name(file).into_bytes());
            files.push(self.unit.line_program.add_file(name, directory, None));
        }
        let cie = self.frames.add_cie(self.cie.clone());
        let values = values_by_function(text.object, self.target.arguments);
        let mut values = values.into_iter().peekable();
        for (number, function) in text.object.functions.iter().enumerate() {
            let declared = self.lines(text, function, &files);
            let entry = self.subprogram(text, function, declared);
            while let Some((_, variables)) = values.next_if(|(owner, _)| *owner == number) {
                self.variables(text, entry, variables)?;
            }
            let fde = self.frame(text, function)?;
            self.frames.add_fde(cie, fde);
        }
        Ok(())
    }

    /// Writes a function's rows of the line table. Gives the first location, taken as the function's own.
    fn lines(
        &mut self,
        text: &Text<'_>,
        function: &FunctionRecord,
        files: &[FileId],
    ) -> Option<(FileId, u32)> {
        let records = &text.object.lines;
        let first = records.partition_point(|line| line.offset < function.start);
        let last = records.partition_point(|line| line.offset < function.end);
        let records = &records[first..last];
        let file_of = |record: &LineRecord| files.get(record.file as usize).copied();
        let head = records.iter().find(|line| line.line != 0)?;
        let file = file_of(head)?;
        let program = &mut self.unit.line_program;
        program.begin_sequence(Some(text.base.at(function.start.into())));
        // What precedes the first line belongs to it, or a stop at the function's first byte would be nowhere.
        if head.offset > function.start {
            let row = program.row();
            (row.address_offset, row.file, row.line) = (0, file, head.line.into());
            program.generate_row();
        }
        for record in records.iter().skip_while(|record| record.line == 0) {
            let row = program.row();
            row.address_offset = u64::from(record.offset - function.start);
            row.line = record.line.into();
            if let Some(file) = file_of(record) {
                row.file = file;
            }
            program.generate_row();
        }
        program.end_sequence(u64::from(function.end - function.start));
        Some((file, head.line))
    }

    fn subprogram(
        &mut self,
        text: &Text<'_>,
        function: &FunctionRecord,
        declared: Option<(FileId, u32)>,
    ) -> UnitEntryId {
        let id = self.unit.add(self.unit.root(), gimli::DW_TAG_subprogram);
        let mut base = Expression::new();
        base.op(gimli::DW_OP_call_frame_cfa);
        let entry = self.unit.get_mut(id);
        let size = u64::from(function.end - function.start);
        entry.set(gimli::DW_AT_name, string(&function_name(text.object, function)));
        entry.set(gimli::DW_AT_external, AttributeValue::FlagPresent);
        entry.set(gimli::DW_AT_low_pc, AttributeValue::Address(text.base.at(function.start.into())));
        entry.set(gimli::DW_AT_high_pc, AttributeValue::Udata(size));
        entry.set(gimli::DW_AT_frame_base, AttributeValue::Exprloc(base));
        if let Some((file, line)) = declared {
            entry.set(gimli::DW_AT_decl_file, AttributeValue::FileIndex(Some(file)));
            entry.set(gimli::DW_AT_decl_line, AttributeValue::Udata(line.into()));
        }
        id
    }

    fn variables(
        &mut self,
        text: &Text<'_>,
        function: UnitEntryId,
        variables: BTreeMap<u32, Vec<ValueLocation>>,
    ) -> Result<(), DebugInfoError> {
        for (label, ranges) in variables {
            let mut list = vec![Location::BaseAddress { address: text.base.at(0) }];
            for range in &ranges {
                let data = self.place(range.loc)?;
                list.push(Location::OffsetPair { begin: range.start.into(), end: range.end.into(), data });
            }
            let list = self.unit.locations.add(LocationList(list));
            let id = self.unit.add(function, gimli::DW_TAG_variable);
            let entry = self.unit.get_mut(id);
            entry.set(gimli::DW_AT_name, string(&name_of(label)));
            entry.set(gimli::DW_AT_type, AttributeValue::UnitRef(self.word));
            entry.set(gimli::DW_AT_location, AttributeValue::LocationListRef(list));
        }
        Ok(())
    }

    fn place(&self, loc: ValueLoc) -> Result<Expression, DebugInfoError> {
        const NO_REGISTER: DebugInfoError = DebugInfoError::BadObject(Cow::Borrowed("no such register"));
        let mut expression = Expression::new();
        let target = self.target;
        match loc {
            ValueLoc::Register(number) => {
                expression.op_reg(*target.general.get(usize::from(number)).ok_or(NO_REGISTER)?);
            }
            ValueLoc::FloatRegister(number) => {
                expression.op_reg(*target.float.get(usize::from(number)).ok_or(NO_REGISTER)?);
            }
            ValueLoc::Frame(word) => {
                expression.op_breg(target.stack, i64::from(word) * i64::from(target.word));
            }
            ValueLoc::Process(offset) => expression.op_breg(target.process, offset.into()),
            ValueLoc::Constant(value) => {
                expression.op_consts(value);
                expression.op(gimli::DW_OP_stack_value);
            }
        }
        Ok(expression)
    }

    /// The frame table's entry of a function.
    fn frame(
        &self,
        text: &Text<'_>,
        function: &FunctionRecord,
    ) -> Result<FrameDescriptionEntry, DebugInfoError> {
        let mut fde =
            FrameDescriptionEntry::new(text.base.at(function.start.into()), function.end - function.start);
        let marks = &text.object.frames;
        let first = marks.partition_point(|mark| mark.offset < function.start);
        let mut before = entry_words(self.target);
        for mark in marks[first..].iter().take_while(|mark| mark.offset < function.end) {
            if mark.words == before {
                continue;
            }
            let (link, word) = (mark.words & FrameMark::IN_LINK != 0, self.target.word);
            let words = u64::from(mark.words & !FrameMark::IN_LINK) + u64::from(!link);
            let bytes = i32::try_from(words * u64::from(word))
                .map_err(|_| DebugInfoError::BadObject(Cow::Borrowed("a frame is too large")))?;
            let at = mark.offset - function.start;
            fde.add_instruction(at, CallFrameInstruction::CfaOffset(bytes));
            if link != (before & FrameMark::IN_LINK != 0) {
                let register = self.target.return_address;
                fde.add_instruction(
                    at,
                    match link {
                        true => CallFrameInstruction::SameValue(register),
                        false => CallFrameInstruction::Offset(register, -i32::from(word)),
                    },
                );
            }
            before = mark.words;
        }
        Ok(fde)
    }

    /// Writes the attributes of the unit itself.
    fn finish(&mut self, texts: &[Text<'_>], options: Options) -> Result<(), DebugInfoError> {
        let mut ranges: Vec<(Address, u64)> = texts.iter().map(|text| (text.base.at(0), text.size)).collect();
        if options.module_labels
            && let (Some(text), Some(range)) = (texts.first(), ranges.first_mut())
        {
            let byte = free_byte(text);
            range.1 = range.1.max(byte + 1);
            self.module_labels(texts, text.base.at(byte));
        }
        let list = match ranges.len() {
            0 | 1 => None,
            _ => {
                let list = ranges.iter().map(|&(begin, length)| Range::StartLength { begin, length });
                Some(self.unit.ranges.add(RangeList(list.collect())))
            }
        };
        let producer = concat!("linac ", env!("CARGO_PKG_VERSION"));
        let root = self.unit.root();
        let entry = self.unit.get_mut(root);
        entry.set(gimli::DW_AT_producer, string(producer));
        // No code is assigned to Erlang; debuggers treat unknown languages badly.
        entry.set(gimli::DW_AT_language, AttributeValue::Language(gimli::DW_LANG_C));
        entry.set(gimli::DW_AT_name, string(&self.source));
        entry.set(gimli::DW_AT_comp_dir, string("."));
        match (list, ranges.first()) {
            (Some(list), _) => {
                entry.set(gimli::DW_AT_ranges, AttributeValue::RangeListRef(list));
            }
            (None, Some(&(begin, length))) => {
                entry.set(gimli::DW_AT_low_pc, AttributeValue::Address(begin));
                entry.set(gimli::DW_AT_high_pc, AttributeValue::Udata(length));
            }
            (None, None) => {}
        }
        let empty = Unit::new(self.unit.encoding(), LineProgram::none());
        let unit = std::mem::replace(&mut self.unit, empty);
        self.dwarf.units.add(unit);
        Ok(())
    }

    fn module_labels(&mut self, texts: &[Text<'_>], byte: Address) {
        let id = self.unit.add(self.unit.root(), gimli::DW_TAG_subprogram);
        let name = self.module.clone();
        let entry = self.unit.get_mut(id);
        entry.set(gimli::DW_AT_name, string(&name));
        entry.set(gimli::DW_AT_artificial, AttributeValue::FlagPresent);
        entry.set(gimli::DW_AT_external, AttributeValue::FlagPresent);
        entry.set(gimli::DW_AT_low_pc, AttributeValue::Address(byte));
        entry.set(gimli::DW_AT_high_pc, AttributeValue::Udata(1));
        for text in texts {
            for function in &text.object.functions {
                let label = self.unit.add(id, gimli::DW_TAG_label);
                let entry = self.unit.get_mut(label);
                entry.set(gimli::DW_AT_name, string(&format!("{}/{}", function.name, function.arity)));
                entry.set(gimli::DW_AT_low_pc, AttributeValue::Address(text.base.at(function.entry.into())));
            }
        }
    }
}

/// Where the return address is on entry to a function.
fn entry_words(target: &Target) -> u32 {
    if target.link { FrameMark::IN_LINK } else { 0 }
}

/// The rules that hold on entry to every function.
fn cie(target: &Target) -> CommonInformationEntry {
    let encoding = Encoding { format: Format::Dwarf32, version: CFI_VERSION, address_size: target.word };
    let word = i32::from(target.word);
    let mut cie = CommonInformationEntry::new(encoding, 1, -(target.word as i8), target.return_address);
    if target.link {
        cie.add_instruction(CallFrameInstruction::Cfa(target.stack, 0));
        cie.add_instruction(CallFrameInstruction::SameValue(target.return_address));
    } else {
        cie.add_instruction(CallFrameInstruction::Cfa(target.stack, word));
        cie.add_instruction(CallFrameInstruction::Offset(target.return_address, -word));
    }
    for &register in target.general {
        if target.pinned.contains(&register) {
            cie.add_instruction(CallFrameInstruction::SameValue(register));
        } else if register != target.stack && register != target.return_address {
            cie.add_instruction(CallFrameInstruction::Undefined(register));
        }
    }
    cie
}

/// A byte of the text that no function covers; if there is none, the first byte behind.
fn free_byte(text: &Text<'_>) -> u64 {
    let functions = &text.object.functions;
    let gap = functions.windows(2).find(|pair| pair[0].end < pair[1].start);
    let byte = gap.map(|pair| pair[0].end).or_else(|| functions.last().map(|last| last.end));
    byte.map_or(text.size, u64::from)
}

/// Where a function's frame has been made; if it makes none, behind its first byte.
fn prologue_end(object: &CodeObject, function: &FunctionRecord) -> u32 {
    let first = object.frames.partition_point(|mark| mark.offset < function.start);
    let mut marks = object.frames[first..].iter().take_while(|mark| mark.offset < function.end);
    let made = marks.find(|mark| mark.words != FrameMark::IN_LINK && mark.words != 0).map(|mark| mark.offset);
    made.unwrap_or(0).max(function.start + 1)
}

/// A source file's name as the line table can hold it.
fn file_name(name: &str) -> String {
    if name.is_empty() { "?".to_string() } else { c_text(name) }
}

/// The places of values per function and label. Where several are good at once a debugger takes the first, so those
/// that begin last come first, as they are about the newest value, and of two that begin together the register.
///
/// The object's values begin behind the prologue. Until then the first x registers are the arguments, in `arguments`;
/// breakpoints on functions stop at their first byte, so this is where a user looks first.
fn values_by_function(
    object: &CodeObject,
    arguments: &[u8],
) -> BTreeMap<usize, BTreeMap<u32, Vec<ValueLocation>>> {
    let mut found: BTreeMap<usize, BTreeMap<u32, Vec<ValueLocation>>> = BTreeMap::new();
    for (number, function) in object.functions.iter().enumerate() {
        let start = function.start;
        let end = prologue_end(object, function);
        for (label, &register) in (0..u32::from(function.arity)).zip(arguments) {
            let value = ValueLocation { start, end, label, loc: ValueLoc::Register(register) };
            found.entry(number).or_default().entry(label).or_default().push(value);
        }
    }
    for value in &object.values {
        let after = object.functions.partition_point(|function| function.start <= value.start);
        let Some(number) = after.checked_sub(1) else { continue };
        let end = value.end.min(object.functions[number].end);
        if value.start < end {
            let list = found.entry(number).or_default().entry(value.label).or_default();
            list.push(ValueLocation { end, ..*value });
        }
    }
    let in_memory = |value: &ValueLocation| matches!(value.loc, ValueLoc::Frame(_) | ValueLoc::Process(_));
    for list in found.values_mut().flat_map(|labels| labels.values_mut()) {
        list.sort_by_key(|value| (Reverse(value.start), in_memory(value)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(start: u32, end: u32) -> FunctionRecord {
        FunctionRecord { name: "f".into(), arity: 0, index: 0, start, entry: start, end }
    }

    #[test]
    fn the_module_takes_a_byte_nobody_else_has() {
        let check = |functions: Vec<FunctionRecord>, size, expect| {
            let object = CodeObject { functions, ..CodeObject::default() };
            assert_eq!(free_byte(&Text { object: &object, base: Base::Address(0), size }), expect);
        };
        check(vec![], 8, 8);
        check(vec![function(0, 16)], 16, 16);
        check(vec![function(0, 16)], 24, 16);
        check(vec![function(0, 13), function(16, 32)], 32, 13);
        check(vec![function(0, 16), function(16, 32)], 32, 32);
    }

    #[test]
    fn newer_values_come_first_and_stay_in_their_function() {
        let at = |start, end, loc| ValueLocation { start, end, label: 0, loc };
        let object = CodeObject {
            functions: vec![function(0, 16), function(16, 32)],
            values: vec![
                at(0, 40, ValueLoc::Frame(1)),
                at(4, 8, ValueLoc::Register(0)),
                at(20, 24, ValueLoc::Constant(1)),
            ],
            ..CodeObject::default()
        };
        let found = values_by_function(&object, &[]);
        assert_eq!(found[&0][&0], [at(4, 8, ValueLoc::Register(0)), at(0, 16, ValueLoc::Frame(1))]);
        assert_eq!(found[&1][&0], [at(20, 24, ValueLoc::Constant(1))]);
    }

    #[test]
    fn arguments_are_in_their_registers_until_the_frame_is_made() {
        let check = |frames: &[(u32, u32)], end| {
            let marks = frames.iter().map(|&(offset, words)| FrameMark { offset, words });
            let object = CodeObject {
                functions: vec![FunctionRecord { arity: 3, ..function(16, 32) }],
                frames: marks.collect(),
                ..CodeObject::default()
            };
            let found = values_by_function(&object, &[0, 6]);
            let expect = |label, register| {
                vec![ValueLocation { start: 16, end, label, loc: ValueLoc::Register(register) }]
            };
            assert_eq!(found[&0], BTreeMap::from([(0, expect(0, 0)), (1, expect(1, 6))]));
        };
        check(&[(16, 0), (24, 2), (30, 0)], 24);
        check(&[(0, 2), (16, 0)], 17);
        check(&[(16, 2)], 17);
        check(&[], 17);
    }

    #[test]
    fn tables_out_of_order_are_refused() {
        let ordered = CodeObject { functions: vec![function(0, 8)], ..CodeObject::default() };
        assert_eq!(check(&ordered, 8), Ok(()));
        assert!(check(&ordered, 7).is_err());
        let overlap = CodeObject { functions: vec![function(0, 8), function(7, 9)], ..CodeObject::default() };
        assert!(check(&overlap, 9).is_err());
    }
}
