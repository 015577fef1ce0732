//! AtomVM packs (`.avm`): modules and data files in one file, with a mark at the module to start.
//!
//! *Format*: a 24-byte header, then sections of a size, flags, a reserved word (32 bits each, big-endian), a name
//! that is ended by a zero byte and padded to 4 bytes, and the data. The size counts the whole section, its head
//! included. A section of size 0 ends the pack; what comes after does not count (packs are read from flash memory).
//!
//! *Invariant*: a decoded pack's sections lie inside the file and do not overlap.

use crate::beam::BeamError;
use crate::beam::reader::{Reader, Result};
use std::fmt;
use std::ops::Range;

/// The bytes that a pack begins with.
pub const HEADER: &[u8; 24] = b"#!/usr/bin/env AtomVM\n\0\0";

/// The module exports `start/0` and is to be started.
pub const START: u32 = 1;
/// The section is a module.
pub const BEAM: u32 = 2;

/// Bytes of a section's head before the name.
const HEAD: usize = 12;

/// A section of a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Where it begins in the file.
    pub offset: usize,
    /// [`START`], [`BEAM`].
    pub flags: u32,
    /// Its name, `NAME.beam` for modules.
    pub name: String,
    /// Where its data is in the file, padding included.
    pub data: Range<usize>,
}

impl Section {
    /// The module's name, if the section is a module.
    pub fn module(&self) -> Option<&str> {
        let name = self.name.rsplit('/').next().unwrap_or(&self.name);
        (self.flags & BEAM != 0).then(|| name.strip_suffix(".beam").unwrap_or(name))
    }
}

/// A decoded pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pack {
    /// The sections, in order, without the one that ends the pack.
    pub sections: Vec<Section>,
}

/// Does a file that begins like this claim to be a pack?
pub fn is_pack(bytes: &[u8]) -> bool {
    bytes.starts_with(&HEADER[..HEADER.len() - 3])
}

impl Pack {
    /// Decodes a file.
    pub fn decode(bytes: &[u8]) -> Result<Pack> {
        let mut r = Reader::new(bytes, 0, "pack");
        if r.bytes(HEADER.len())? != HEADER {
            return Err(BeamError::bad(0, "pack", "the header is not that of a pack"));
        }
        let mut sections = Vec::new();
        loop {
            let offset = r.offset();
            let mut head = Reader::new(&bytes[offset..], offset, "section head");
            let (size, flags, _reserved) = (head.u32()? as usize, head.u32()?, head.u32()?);
            if size == 0 {
                return Ok(Pack { sections });
            }
            if size <= HEAD {
                return Err(BeamError::bad(
                    offset,
                    "section head",
                    format!("size {size} has no room for a name"),
                ));
            }
            let whole = r.bytes(size)?;
            let rest = &whole[HEAD..];
            let bad = |reason: String| BeamError::bad(offset + HEAD, "section name", reason);
            let end = rest
                .iter()
                .position(|byte| *byte == 0)
                .ok_or_else(|| bad(format!("no end within the section's {size} bytes")))?;
            let name = std::str::from_utf8(&rest[..end]).map_err(|e| bad(e.to_string()))?;
            if name.is_empty() {
                return Err(bad("empty".into()));
            }
            let data = (end + 1).next_multiple_of(4);
            if data > rest.len() {
                return Err(bad(format!("its padding reaches past the section's {size} bytes")));
            }
            let section =
                Section { offset, flags, name: name.to_owned(), data: offset + HEAD + data..offset + size };
            sections.push(section);
        }
    }

    /// The section to start, if one is marked.
    pub fn start(&self) -> Option<&Section> {
        self.sections.iter().find(|section| section.flags & START != 0 && section.module().is_some())
    }
}

/// Name of the section that ends a pack.
const END: &str = "end";

/// Writes a pack of sections: flags, name, data.
pub fn encode<'a>(sections: impl IntoIterator<Item = (u32, &'a str, &'a [u8])>) -> Result<Vec<u8>> {
    let mut out = HEADER.to_vec();
    for (flags, name, data) in sections {
        let offset = out.len();
        if name.is_empty() || name.contains('\0') {
            return Err(BeamError::bad(offset + HEAD, "section name", format!("{name:?} cannot be one")));
        }
        let head = HEAD + (name.len() + 1).next_multiple_of(4);
        let size = head + data.len().next_multiple_of(4);
        let size32 = u32::try_from(size)
            .map_err(|_| BeamError::unsupported(offset, "section", "larger than 4 GiB"))?;
        out.extend([size32, flags, 0].iter().flat_map(|word| word.to_be_bytes()));
        out.extend(name.as_bytes());
        out.resize(offset + head, 0);
        out.extend(data);
        out.resize(offset + size, 0);
    }
    out.extend([0; HEAD]);
    out.extend(END.as_bytes());
    out.push(0);
    Ok(out)
}

impl fmt::Display for Pack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} sections", self.sections.len())?;
        for section in &self.sections {
            let kind = match (section.flags & BEAM != 0, section.flags & START != 0) {
                (true, true) => "start",
                (true, false) => "module",
                (false, _) => "file",
            };
            writeln!(
                f,
                "{:#010x} {kind:<6} {:>8} bytes  flags {:#x}  {}",
                section.offset,
                section.data.len(),
                section.flags,
                section.name
            )?;
        }
        Ok(())
    }
}
