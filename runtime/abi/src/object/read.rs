//! Reading a code object from bytes that may be anything.
//!
//! No count is trusted: room is reserved only for as many entries as the remaining bytes can hold, strings are stored
//! where they are used, and stack maps are shared, so memory stays proportional to the input. Each entry is checked as
//! soon as it is read; an error names the byte where its entry begins.

use super::check::{Bounds, Fault, ensure};
use super::write::{MAGIC, VERSION, loc_tag, symbol_tag};
use super::{
    CodeObject, FrameMark, FunctionRecord, InlinedFrame, LineRecord, Location, MAX_CODE, Mfa, Reloc,
    RelocKind, ReturnSite, SlotSet, Symbol, ValueLoc, ValueLocation,
};
use alloc::borrow::ToOwned;
use alloc::{string::String, vec::Vec};
use core::fmt;

/// Why bytes are not a code object, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadError {
    /// Position in the bytes.
    pub offset: usize,
    /// What is wrong there.
    pub fault: Fault,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bad code object at byte {}: {}", self.offset, self.fault)
    }
}

impl core::error::Error for ReadError {}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

type Read<T> = Result<T, Fault>;

impl<'a> Reader<'a> {
    fn rest(&self) -> usize {
        self.bytes.len() - self.at
    }

    fn take(&mut self, length: usize) -> Read<&'a [u8]> {
        let end = self.at.checked_add(length).ok_or(Fault::Truncated)?;
        let taken = self.bytes.get(self.at..end).ok_or(Fault::Truncated)?;
        self.at = end;
        Ok(taken)
    }

    fn byte(&mut self) -> Read<u8> {
        let &byte = self.bytes.get(self.at).ok_or(Fault::Truncated)?;
        self.at += 1;
        Ok(byte)
    }

    fn number(&mut self) -> Read<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            // The tenth byte holds only bit 63.
            ensure(shift < 63 || byte < 2, Fault::NumberTooLarge)?;
            value |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Fault::NumberTooLarge)
    }

    fn signed(&mut self) -> Read<i64> {
        let folded = self.number()?;
        Ok((folded >> 1) as i64 ^ -((folded & 1) as i64))
    }

    fn narrow<T: TryFrom<u64>>(&mut self) -> Read<T> {
        T::try_from(self.number()?).map_err(|_| Fault::NumberTooLarge)
    }

    fn optional(&mut self) -> Read<Option<u32>> {
        match self.number()? {
            0 => Ok(None),
            value => u32::try_from(value - 1).map(Some).map_err(|_| Fault::NumberTooLarge),
        }
    }

    fn blob(&mut self) -> Read<&'a [u8]> {
        let length = self.narrow()?;
        self.take(length)
    }

    fn text(&mut self) -> Read<String> {
        let bytes = self.blob()?;
        core::str::from_utf8(bytes).map(str::to_owned).map_err(|_| Fault::NotUtf8)
    }

    fn location(&mut self) -> Read<Option<Location>> {
        match self.optional()? {
            None => Ok(None),
            Some(file) => Ok(Some(Location { file, line: self.narrow()? })),
        }
    }

    /// A count of entries of at least one byte each.
    fn count(&mut self) -> Read<usize> {
        let count = self.narrow()?;
        ensure(count <= self.rest(), Fault::CountTooLarge)?;
        Ok(count)
    }

    /// Reads a table; `entry` gets what was read so far. On error the position is left at the entry's beginning if
    /// the entry is well-formed but breaks a rule, else at the byte that could not be read.
    fn table<T>(
        &mut self,
        smallest: usize,
        mut entry: impl FnMut(&mut Self, &[T]) -> Read<T>,
        check: impl Fn(Option<&T>, &T) -> Read<()>,
    ) -> Read<Vec<T>> {
        let count = self.count()?;
        ensure(count <= self.rest() / smallest, Fault::CountTooLarge)?;
        // Entries in memory are larger than in the file: let the vector grow as entries really turn up.
        let mut entries: Vec<T> = Vec::with_capacity(count.min(1024));
        for _ in 0..count {
            let begin = self.at;
            let item = entry(self, &entries)?;
            check(entries.last(), &item).inspect_err(|_| self.at = begin)?;
            entries.push(item);
        }
        Ok(entries)
    }

    fn plain<T>(&mut self, smallest: usize, mut entry: impl FnMut(&mut Self) -> Read<T>) -> Read<Vec<T>> {
        self.table(smallest, |input, _| entry(input), |_, _| Ok(()))
    }

    /// An offset stored as the difference to the one before.
    fn step(&mut self, before: Option<u32>) -> Read<u32> {
        let step: u32 = self.narrow()?;
        before.unwrap_or(0).checked_add(step).ok_or(Fault::BadOffset)
    }

    fn length(&mut self, start: u32) -> Read<u32> {
        self.step(Some(start))
    }

    fn symbol(&mut self) -> Read<Symbol> {
        Ok(match self.byte()? {
            symbol_tag::ATOM => Symbol::Atom(self.text()?),
            symbol_tag::LITERAL => Symbol::Literal(self.narrow()?),
            symbol_tag::IMPORT => {
                Symbol::Import { module: self.text()?, function: self.text()?, arity: self.byte()? }
            }
            symbol_tag::LOCAL_FUNCTION => Symbol::LocalFunction(self.narrow()?),
            symbol_tag::LAMBDA => Symbol::Lambda(self.narrow()?),
            symbol_tag::RUNTIME => Symbol::Runtime(self.narrow()?, self.text()?),
            symbol_tag::COUNTER => Symbol::Counter(self.narrow()?),
            symbol_tag::INTEGER => Symbol::Integer(self.signed()?),
            symbol_tag::BIF => {
                Symbol::Bif { module: self.text()?, function: self.text()?, arity: self.byte()? }
            }
            tag => return Err(Fault::UnknownTag(tag)),
        })
    }

    fn reloc_kind(&mut self) -> Read<RelocKind> {
        let tag = self.byte()?;
        RelocKind::ALL.iter().copied().find(|kind| *kind as u8 == tag).ok_or(Fault::UnknownTag(tag))
    }

    fn value_loc(&mut self) -> Read<ValueLoc> {
        Ok(match self.byte()? {
            loc_tag::REGISTER => ValueLoc::Register(self.byte()?),
            loc_tag::FLOAT_REGISTER => ValueLoc::FloatRegister(self.byte()?),
            loc_tag::FRAME => ValueLoc::Frame(self.narrow()?),
            loc_tag::PROCESS => ValueLoc::Process(self.narrow()?),
            loc_tag::CONSTANT => ValueLoc::Constant(self.signed()?),
            tag => return Err(Fault::UnknownTag(tag)),
        })
    }

    fn stack_map(&mut self) -> Read<SlotSet> {
        let words = self.plain(1, Reader::number)?;
        Ok(SlotSet::from_words(&words))
    }

    fn function(&mut self, before: Option<&FunctionRecord>) -> Read<FunctionRecord> {
        let start = self.step(before.map(|function| function.start))?;
        Ok(FunctionRecord {
            start,
            entry: self.length(start)?,
            end: self.length(start)?,
            index: self.narrow()?,
            name: self.text()?,
            arity: self.byte()?,
        })
    }

    fn return_site(&mut self, maps: &[SlotSet], before: Option<&ReturnSite>) -> Read<ReturnSite> {
        Ok(ReturnSite {
            offset: self.step(before.map(|site| site.offset))?,
            frame_words: self.narrow()?,
            term_slots: maps.get(self.narrow::<usize>()?).cloned().ok_or(Fault::BadIndex)?,
            landing_pad: self.optional()?,
            function: self.narrow()?,
            location: self.location()?,
            call: self.narrow()?,
            inlined: self.plain(3, |input| {
                Ok(InlinedFrame {
                    function: input.narrow()?,
                    location: input.location()?,
                    call: input.narrow()?,
                })
            })?,
            left: self.byte()? != 0,
        })
    }

    /// Reads an object; its code too unless that is given.
    fn object(&mut self, code: Option<Vec<u8>>) -> Read<CodeObject> {
        let magic = self.take(MAGIC.len());
        ensure(magic == Ok(&MAGIC), Fault::BadMagic).inspect_err(|_| self.at = 0)?;
        let version = u16::from_le_bytes([self.byte()?, self.byte()?]);
        ensure(version == VERSION, Fault::UnknownVersion(version)).inspect_err(|_| self.at = MAGIC.len())?;
        let target = self.text()?;
        let features = self.plain(1, Reader::text)?;
        let module = self.text()?;
        let code = match code {
            Some(code) => {
                let length: usize = self.narrow()?;
                ensure(length == code.len(), Fault::OtherCode)?;
                code
            }
            None => self.blob()?.to_vec(),
        };
        ensure(code.len() <= MAX_CODE, Fault::CodeTooLong)?;
        let symbols = self.plain(2, Reader::symbol)?;
        let mut bounds = Bounds { code: code.len(), symbols: symbols.len(), files: 0, inlined_functions: 0 };
        let relocs = self.table(
            4,
            |input, before: &[Reloc]| {
                Ok(Reloc {
                    offset: input.step(before.last().map(|reloc| reloc.offset))?,
                    kind: input.reloc_kind()?,
                    symbol: input.narrow()?,
                    addend: i32::try_from(input.signed()?).map_err(|_| Fault::NumberTooLarge)?,
                })
            },
            |before, reloc| bounds.reloc(before, reloc),
        )?;
        let functions = self.table(
            6,
            |input, before: &[FunctionRecord]| input.function(before.last()),
            |before, function| bounds.function(before, function),
        )?;
        let files = self.plain(1, Reader::text)?;
        let inlined_functions = self.plain(3, |input| {
            Ok(Mfa { module: input.text()?, function: input.text()?, arity: input.byte()? })
        })?;
        bounds.files = files.len();
        bounds.inlined_functions = inlined_functions.len();
        let maps = self.plain(1, Reader::stack_map)?;
        let return_sites = self.table(
            7,
            |input, before: &[ReturnSite]| input.return_site(&maps, before.last()),
            |before, site| bounds.return_site(&functions, before, site),
        )?;
        let lines = self.table(
            3,
            |input, before: &[LineRecord]| {
                let offset = input.step(before.last().map(|line| line.offset))?;
                Ok(LineRecord { offset, file: input.narrow()?, line: input.narrow()? })
            },
            |before, line| bounds.line(before, line),
        )?;
        let values = self.table(
            5,
            |input, before: &[ValueLocation]| {
                let start = input.step(before.last().map(|value| value.start))?;
                let end = input.length(start)?;
                Ok(ValueLocation { start, end, label: input.narrow()?, loc: input.value_loc()? })
            },
            |before, value| bounds.value(before, value),
        )?;
        let frames = self.table(
            2,
            |input, before: &[FrameMark]| {
                let offset = input.step(before.last().map(|mark| mark.offset))?;
                Ok(FrameMark { offset, words: input.narrow()? })
            },
            |before, mark| bounds.frame(before, mark),
        )?;
        ensure(self.rest() == 0, Fault::TrailingBytes)?;
        Ok(CodeObject {
            target,
            features,
            module,
            code,
            symbols,
            relocs,
            functions,
            files,
            inlined_functions,
            return_sites,
            lines,
            values,
            frames,
        })
    }
}

impl CodeObject {
    /// Reads an object. Whatever the bytes, the result obeys the rules of the module documentation or is an error.
    pub fn from_bytes(bytes: &[u8]) -> Result<CodeObject, ReadError> {
        let mut input = Reader { bytes, at: 0 };
        input.object(None).map_err(|fault| ReadError { offset: input.at, fault })
    }

    /// Puts an object together from its tables ([`CodeObject::tables_to_bytes`]) and its code. As [`CodeObject::from_bytes`]
    /// it takes nothing on trust but the code itself.
    pub fn from_parts(tables: &[u8], code: Vec<u8>) -> Result<CodeObject, ReadError> {
        let mut input = Reader { bytes: tables, at: 0 };
        input.object(Some(code)).map_err(|fault| ReadError { offset: input.at, fault })
    }
}
