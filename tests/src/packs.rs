//! A writer of AtomVM packs, for tests.

use linac_frontend::beam::container::zlib;
use linac_frontend::pack::{BEAM, HEADER, START};

/// A section to write.
#[derive(Clone, Copy, Debug)]
pub struct Section<'a> {
    /// Name.
    pub name: &'a str,
    /// Flags.
    pub flags: u32,
    /// Data.
    pub data: &'a [u8],
}

impl<'a> Section<'a> {
    /// A module.
    pub fn module(name: &'a str, data: &'a [u8]) -> Section<'a> {
        Section { name, flags: BEAM, data }
    }

    /// The module to start.
    pub fn start(name: &'a str, data: &'a [u8]) -> Section<'a> {
        Section { name, flags: BEAM | START, data }
    }
}

/// A pack of these sections.
pub fn pack(sections: &[Section<'_>]) -> Vec<u8> {
    let mut out = HEADER.to_vec();
    let end = Section { name: "end", flags: 0, data: &[] };
    for (number, section) in sections.iter().chain([&end]).enumerate() {
        let mut rest = section.name.as_bytes().to_vec();
        rest.resize((rest.len() + 1).next_multiple_of(4), 0);
        rest.extend(section.data);
        rest.resize(rest.len().next_multiple_of(4), 0);
        let size = if number == sections.len() { 0 } else { 12 + rest.len() as u32 };
        for word in [size, section.flags, 0] {
            out.extend(word.to_be_bytes());
        }
        out.extend(rest);
    }
    out
}

/// A `.beam` file as packers write it: only the chunks that are needed to run, literals uncompressed in `LitU`.
///
/// # Panics
/// If the file is none that a compiler makes.
pub fn pruned(beam: &[u8]) -> Vec<u8> {
    const KEPT: [&[u8; 4]; 7] = [b"AtU8", b"Code", b"ExpT", b"LocT", b"ImpT", b"FunT", b"StrT"];
    let word = |at: usize| u32::from_be_bytes([beam[at], beam[at + 1], beam[at + 2], beam[at + 3]]) as usize;
    let mut chunks = Vec::new();
    let mut add = |id: &[u8], data: &[u8]| {
        chunks.extend(id);
        chunks.extend((data.len() as u32).to_be_bytes());
        chunks.extend(data);
        chunks.resize(chunks.len().next_multiple_of(4), 0);
    };
    let mut at = 12;
    while at < beam.len() {
        let (id, size) = (&beam[at..at + 4], word(at + 4));
        let data = &beam[at + 8..at + 8 + size];
        if id == b"LitT" {
            match word(at + 8) {
                0 => add(b"LitU", &data[4..]),
                plain => add(b"LitU", &zlib(&data[4..], plain as u32, at, "LitT").expect("literals")),
            }
        } else if KEPT.iter().any(|kept| *kept == id) {
            add(id, data);
        }
        at += 8 + size.next_multiple_of(4);
    }
    let mut out = b"FOR1".to_vec();
    out.extend((chunks.len() as u32 + 4).to_be_bytes());
    out.extend(b"BEAM");
    out.extend(chunks);
    out
}
