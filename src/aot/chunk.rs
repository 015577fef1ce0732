//! The data of an `avmN` chunk.
//!
//! All numbers are big-endian. First, as the reference implementation of the chunk has it: the size of the information that follows (32
//! bits), number of labels (32), format version (16), number of targets (16), and for each target its number (16), variant
//! bits (16) and where its code begins behind the information (32). Then, in the same information, linac's own: the checksum of
//! the module (64), and for each target length of its code (32), options (32), fingerprint of the native-code contract (64), checksum of its
//! code (64). Behind the information the code: for each target an ELF object, so that whoever cuts the chunk behind the
//! information gets a file that the usual tools read.
//!
//! In the ELF object, `.text` is the code and the section `.linac` holds the other tables of the code object.

use super::{CHUNK, TARGETS, Target, Unfit};
use linac_abi::fingerprint::Checksum;
use linac_abi::object::CodeObject;
use object::{Object, ObjectSection};
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

/// linac's format. The first byte keeps other readers of the chunk away.
pub const VERSION: u16 = 0x4C01;

/// Name of the section with the tables.
pub const SECTION: &str = ".linac";

/// Bytes before the table of targets, from the chunk's beginning.
const HEAD: usize = 12;
/// Bytes of a target in the first table, and of linac's own about it.
const ENTRY: usize = 8;
const OWN: usize = 24;

/// Debug information is in the code.
pub const DEBUG: u32 = 1;

/// What is wrong with a chunk, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Offset in the chunk's data.
    pub offset: usize,
    /// What is wrong.
    pub reason: Cow<'static, str>,
}

impl Damage {
    pub(super) fn new(offset: usize, reason: impl Into<Cow<'static, str>>) -> Damage {
        Damage { offset, reason: reason.into() }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = String::from_utf8_lossy(&CHUNK);
        write!(f, "{name} chunk, offset {:#x}: {}", self.offset, self.reason)
    }
}

impl std::error::Error for Damage {}

impl From<Damage> for Unfit {
    fn from(damage: Damage) -> Unfit {
        Unfit::Damaged(damage)
    }
}

/// The code for one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Number and variant bits.
    pub target: (u16, u16),
    /// [`DEBUG`].
    pub options: u32,
    /// What the code was made for.
    pub fingerprint: u64,
    /// Checksum of the payload.
    pub checksum: u64,
    /// Where it is in the chunk's data.
    pub payload: Range<usize>,
}

impl Entry {
    /// Name of the target.
    pub fn name(&self) -> String {
        match TARGETS.iter().find(|target| target.number == self.target) {
            Some(target) => target.name.to_string(),
            None => format!("target {} variant {}", self.target.0, self.target.1),
        }
    }
}

/// A decoded chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk<'a> {
    /// Checksum of the module that it was made of.
    pub source: u64,
    /// The targets.
    pub entries: Vec<Entry>,
    data: &'a [u8],
}

/// One target's part of a chunk to be written.
#[derive(Clone, Debug)]
pub struct Part {
    /// For what.
    pub target: &'static Target,
    /// [`DEBUG`].
    pub options: u32,
    /// The ELF object.
    pub elf: Vec<u8>,
}

/// Writes a chunk.
pub fn encode(labels: u32, source: u64, parts: &[Part]) -> Vec<u8> {
    let info = HEAD - 4 + 8 + parts.len() * (ENTRY + OWN);
    let mut out = Vec::new();
    out.extend((info as u32).to_be_bytes());
    out.extend(labels.to_be_bytes());
    out.extend(VERSION.to_be_bytes());
    out.extend((parts.len() as u16).to_be_bytes());
    let mut offset = 0u32;
    for part in parts {
        let (number, variant) = part.target.number;
        out.extend(number.to_be_bytes());
        out.extend(variant.to_be_bytes());
        out.extend(offset.to_be_bytes());
        offset += part.elf.len().next_multiple_of(ALIGN) as u32;
    }
    out.extend(source.to_be_bytes());
    for part in parts {
        out.extend((part.elf.len() as u32).to_be_bytes());
        out.extend(part.options.to_be_bytes());
        out.extend(part.target.fingerprint().to_be_bytes());
        out.extend(checksum(&part.elf).to_be_bytes());
    }
    for part in parts {
        out.extend(&part.elf);
        let end = out.len() + part.elf.len().wrapping_neg() % ALIGN;
        out.resize(end, 0);
    }
    out
}

/// Distance of payloads.
const ALIGN: usize = 16;

fn checksum(bytes: &[u8]) -> u64 {
    let mut sum = Checksum::default();
    sum.add(bytes);
    sum.finish()
}

/// Reads numbers one after the other.
struct Input<'a> {
    data: &'a [u8],
    at: usize,
}

impl Input<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], Damage> {
        let field = self.data.get(self.at..).and_then(|rest| rest.first_chunk());
        let field = field.ok_or_else(|| Damage::new(self.at, "the chunk ends too early"))?;
        self.at += N;
        Ok(*field)
    }

    fn u16(&mut self) -> Result<u16, Damage> {
        self.take().map(u16::from_be_bytes)
    }

    fn u32(&mut self) -> Result<u32, Damage> {
        self.take().map(u32::from_be_bytes)
    }

    fn u64(&mut self) -> Result<u64, Damage> {
        self.take().map(u64::from_be_bytes)
    }
}

impl<'a> Chunk<'a> {
    /// Reads the information of a chunk.
    pub fn decode(data: &'a [u8]) -> Result<Chunk<'a>, Unfit> {
        let mut input = Input { data, at: 0 };
        let info = input.u32()? as usize;
        let _labels = input.u32()?;
        let version = input.u16()?;
        if version != VERSION {
            return Err(Unfit::Version(version));
        }
        let count = usize::from(input.u16()?);
        let start = info.checked_add(4).filter(|start| *start <= data.len());
        let start = start.ok_or_else(|| Damage::new(0, "the information is longer than the chunk"))?;
        if info != HEAD - 4 + 8 + count * (ENTRY + OWN) {
            return Err(Damage::new(0, format!("{info} bytes of information for {count} targets")).into());
        }
        let mut places = Vec::with_capacity(count);
        for _ in 0..count {
            let at = input.at;
            places.push((at, (input.u16()?, input.u16()?), input.u32()? as usize));
        }
        let source = input.u64()?;
        let mut entries: Vec<Entry> = Vec::with_capacity(count);
        for (at, target, offset) in places {
            let length = input.u32()? as usize;
            let (options, fingerprint, checksum) = (input.u32()?, input.u64()?, input.u64()?);
            let range = start.checked_add(offset).and_then(|from| Some(from..from.checked_add(length)?));
            let payload = range.filter(|range| range.end <= data.len());
            let payload = payload.ok_or_else(|| Damage::new(at, "the code lies outside the chunk"))?;
            if entries.iter().any(|entry| entry.target == target) {
                return Err(Damage::new(at, "a target comes twice").into());
            }
            entries.push(Entry { target, options, fingerprint, checksum, payload });
        }
        Ok(Chunk { source, entries, data })
    }

    /// Names of the targets.
    pub fn targets(&self) -> Vec<String> {
        self.entries.iter().map(Entry::name).collect()
    }

    /// The ELF object of a target.
    pub fn elf(&self, entry: &Entry) -> &'a [u8] {
        &self.data[entry.payload.clone()]
    }

    /// The code object of a target, checked.
    pub fn object(&self, entry: &Entry) -> Result<CodeObject, Damage> {
        let elf = self.elf(entry);
        let at = entry.payload.start;
        if checksum(elf) != entry.checksum {
            return Err(Damage::new(at, "the code is damaged (its checksum is wrong)"));
        }
        let bad = |error: object::Error| Damage::new(at, format!("ELF: {error}"));
        let file = object::File::parse(elf).map_err(bad)?;
        let section = |name: &str| {
            let section = file.section_by_name(name);
            let section = section.ok_or_else(|| Damage::new(at, format!("ELF: no section {name}")))?;
            let data = section.data().map_err(bad)?;
            Ok((data, data.as_ptr() as usize - elf.as_ptr() as usize))
        };
        let (code, _) = section(".text")?;
        let (tables, place) = section(SECTION)?;
        CodeObject::from_parts(tables, code.to_vec())
            .map_err(|error| Damage::new(at + place + error.offset, error.fault.to_string()))
    }
}
