//! A code object as bytes.
//!
//! Layout: magic, version (16 bits, little-endian), then the tables in the order of the fields of [`CodeObject`], each
//! a count followed by its entries. Numbers are LEB128 (seven bits a byte, low bits first), signed ones folded so that
//! small magnitudes stay short; offsets in sorted tables are differences to the entry before. An optional number is
//! stored plus one, with 0 for none. Stack maps stand once each in a table of their own before the return sites.

use super::{CodeObject, InvalidObject, Location, ReturnSite, SlotSet, Symbol, ValueLoc};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// First bytes of every object.
pub(super) const MAGIC: [u8; 4] = *b"\xCElnc";

/// Version of the layout and of the stack-map encoding.
pub(super) const VERSION: u16 = 2;

/// Tags of [`Symbol`].
pub(super) mod symbol_tag {
    pub const ATOM: u8 = 0;
    pub const LITERAL: u8 = 1;
    pub const IMPORT: u8 = 2;
    pub const LOCAL_FUNCTION: u8 = 3;
    pub const LAMBDA: u8 = 4;
    pub const RUNTIME: u8 = 5;
    pub const COUNTER: u8 = 6;
    pub const BIF: u8 = 7;
    pub const INTEGER: u8 = 8;
}

/// Tags of [`ValueLoc`].
pub(super) mod loc_tag {
    pub const REGISTER: u8 = 0;
    pub const FLOAT_REGISTER: u8 = 1;
    pub const FRAME: u8 = 2;
    pub const PROCESS: u8 = 3;
    pub const CONSTANT: u8 = 4;
}

#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    fn signed(&mut self, value: i64) {
        self.number((value << 1 ^ value >> 63) as u64);
    }

    fn optional(&mut self, value: Option<u32>) {
        self.number(value.map_or(0, |value| u64::from(value) + 1));
    }

    fn blob(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.bytes.extend_from_slice(bytes);
    }

    fn text(&mut self, text: &str) {
        self.blob(text.as_bytes());
    }

    fn location(&mut self, location: Option<Location>) {
        self.optional(location.map(|location| location.file));
        if let Some(location) = location {
            self.number(location.line.into());
        }
    }

    fn table<T>(&mut self, entries: &[T], mut entry: impl FnMut(&mut Writer, &T)) {
        self.number(entries.len() as u64);
        for item in entries {
            entry(self, item);
        }
    }

    /// A table sorted by offset: `entry` gets the difference to the offset before.
    fn sorted<T>(
        &mut self,
        entries: &[T],
        offset: impl Fn(&T) -> u32,
        mut entry: impl FnMut(&mut Writer, &T),
    ) {
        let mut before = 0;
        self.table(entries, |out, item| {
            out.number(u64::from(offset(item) - before));
            before = offset(item);
            entry(out, item);
        });
    }
}

fn symbol(out: &mut Writer, symbol: &Symbol) {
    match symbol {
        Symbol::Atom(name) => {
            out.bytes.push(symbol_tag::ATOM);
            out.text(name);
        }
        Symbol::Literal(number) => {
            out.bytes.push(symbol_tag::LITERAL);
            out.number((*number).into());
        }
        Symbol::Import { module, function, arity } => {
            out.bytes.push(symbol_tag::IMPORT);
            out.text(module);
            out.text(function);
            out.bytes.push(*arity);
        }
        Symbol::LocalFunction(index) => {
            out.bytes.push(symbol_tag::LOCAL_FUNCTION);
            out.number((*index).into());
        }
        Symbol::Lambda(index) => {
            out.bytes.push(symbol_tag::LAMBDA);
            out.number((*index).into());
        }
        Symbol::Runtime(id, name) => {
            out.bytes.push(symbol_tag::RUNTIME);
            out.number((*id).into());
            out.text(name);
        }
        Symbol::Counter(index) => {
            out.bytes.push(symbol_tag::COUNTER);
            out.number((*index).into());
        }
        Symbol::Integer(n) => {
            out.bytes.push(symbol_tag::INTEGER);
            out.signed(*n);
        }
        Symbol::Bif { module, function, arity } => {
            out.bytes.push(symbol_tag::BIF);
            out.text(module);
            out.text(function);
            out.bytes.push(*arity);
        }
    }
}

fn value_loc(out: &mut Writer, loc: ValueLoc) {
    match loc {
        ValueLoc::Register(number) => out.bytes.extend([loc_tag::REGISTER, number]),
        ValueLoc::FloatRegister(number) => out.bytes.extend([loc_tag::FLOAT_REGISTER, number]),
        ValueLoc::Frame(slot) => {
            out.bytes.push(loc_tag::FRAME);
            out.number(slot.into());
        }
        ValueLoc::Process(offset) => {
            out.bytes.push(loc_tag::PROCESS);
            out.number(offset.into());
        }
        ValueLoc::Constant(value) => {
            out.bytes.push(loc_tag::CONSTANT);
            out.signed(value);
        }
    }
}

/// The distinct stack maps in order of first use, and the number of each.
fn stack_maps(sites: &[ReturnSite]) -> (Vec<&SlotSet>, BTreeMap<&SlotSet, u32>) {
    let mut maps = Vec::new();
    let mut numbers = BTreeMap::new();
    for site in sites {
        numbers.entry(&site.term_slots).or_insert_with(|| {
            maps.push(&site.term_slots);
            maps.len() as u32 - 1
        });
    }
    (maps, numbers)
}

impl CodeObject {
    /// Writes the object. An invalid object is refused rather than written.
    pub fn to_bytes(&self) -> Result<Vec<u8>, InvalidObject> {
        self.write(true)
    }

    /// Writes the object without its code, for [`CodeObject::from_parts`].
    pub fn tables_to_bytes(&self) -> Result<Vec<u8>, InvalidObject> {
        self.write(false)
    }

    fn write(&self, with_code: bool) -> Result<Vec<u8>, InvalidObject> {
        self.validate()?;
        let mut out = Writer::default();
        out.bytes.reserve(self.code.len() + self.return_sites.len() * 8 + 256);
        out.bytes.extend(MAGIC);
        out.bytes.extend(VERSION.to_le_bytes());
        out.text(&self.target);
        out.table(&self.features, |out, feature| out.text(feature));
        out.text(&self.module);
        out.number(self.code.len() as u64);
        if with_code {
            out.bytes.extend_from_slice(&self.code);
        }
        out.table(&self.symbols, symbol);
        out.sorted(
            &self.relocs,
            |reloc| reloc.offset,
            |out, reloc| {
                out.bytes.push(reloc.kind as u8);
                out.number(reloc.symbol.into());
                out.signed(reloc.addend.into());
            },
        );
        out.sorted(
            &self.functions,
            |function| function.start,
            |out, function| {
                out.number((function.entry - function.start).into());
                out.number((function.end - function.start).into());
                out.number(function.index.into());
                out.text(&function.name);
                out.bytes.push(function.arity);
            },
        );
        out.table(&self.files, |out, file| out.text(file));
        out.table(&self.inlined_functions, |out, mfa| {
            out.text(&mfa.module);
            out.text(&mfa.function);
            out.bytes.push(mfa.arity);
        });
        let (maps, numbers) = stack_maps(&self.return_sites);
        out.table(&maps, |out, map| {
            out.number(map.words().len() as u64);
            map.words().iter().for_each(|&word| out.number(word));
        });
        out.sorted(
            &self.return_sites,
            |site| site.offset,
            |out, site| {
                out.number(site.frame_words.into());
                out.number(numbers[&site.term_slots].into());
                out.optional(site.landing_pad);
                out.number(site.function.into());
                out.location(site.location);
                out.number(site.call.into());
                out.table(&site.inlined, |out, frame| {
                    out.number(frame.function.into());
                    out.location(frame.location);
                    out.number(frame.call.into());
                });
                out.bytes.push(site.left.into());
            },
        );
        out.sorted(
            &self.lines,
            |line| line.offset,
            |out, line| {
                out.number(line.file.into());
                out.number(line.line.into());
            },
        );
        out.sorted(
            &self.values,
            |value| value.start,
            |out, value| {
                out.number((value.end - value.start).into());
                out.number(value.label.into());
                value_loc(out, value.loc);
            },
        );
        out.sorted(&self.frames, |mark| mark.offset, |out, mark| out.number(mark.words.into()));
        Ok(out.bytes)
    }
}
