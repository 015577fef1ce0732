//! Code made ahead of time: the `avmN` chunk of a `.beam` file.
//!
//! *Problem*: a module compiled once should run anywhere without its compiler, and the same file on the reference VM; but native code
//! depends on much that may have changed since. *Idea*: the module's code object goes into a chunk of its own beside all others,
//! with numbers that say what it depends on ([`chunk`]); `build` makes it, [`ready`] takes it out when a module is loaded, if it
//! fits. If it does not, the reason is one of [`Unfit`], and the module is compiled as if the chunk were not there. *Invariant*: everything in
//! the chunk but the instructions themselves is checked before it is used; what the instructions do nobody can
//! check, so `--untrusted` does not look at chunks (docs/ahead-of-time.md).

#[cfg(feature = "compiler")]
pub mod build;
pub mod chunk;

use chunk::{Chunk, Damage, Entry};
use linac_abi::WordSize;
use linac_abi::fingerprint::{Checksum, fingerprint};
use linac_abi::object::CodeObject;
use linac_frontend::beam::Module;
use linac_frontend::beam::container::literal_table;
use std::borrow::Cow;
use std::fmt;

/// Name of the chunk.
pub const CHUNK: [u8; 4] = *b"avmN";

/// A target that code can be made for ahead of time: its number in chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// Name, as in `--target`.
    pub name: &'static str,
    /// Number and variant bits in the chunk.
    pub number: (u16, u16),
    /// Word size.
    pub word: WordSize,
}

/// The code may lie anywhere.
const PIC: u16 = 1;
/// Thumb-2 beyond the smallest set.
const THUMB2: u16 = 4;

/// The targets that chunks know, whether this linac can compile for them or not.
pub const TARGETS: [Target; 7] = [
    Target { name: "x86_64", number: (1, PIC), word: WordSize::W64 },
    Target { name: "aarch64", number: (2, PIC), word: WordSize::W64 },
    Target { name: "armv6m", number: (3, PIC), word: WordSize::W32 },
    Target { name: "armv6m+thumb2", number: (3, PIC | THUMB2), word: WordSize::W32 },
    Target { name: "riscv32", number: (4, PIC), word: WordSize::W32 },
    Target { name: "riscv64", number: (5, PIC), word: WordSize::W64 },
    Target { name: "arm32", number: (6, PIC), word: WordSize::W32 },
];

impl Target {
    /// The target of a name.
    pub fn named(name: &str) -> Option<&'static Target> {
        TARGETS.iter().find(|target| target.name == name)
    }

    /// What code for this target must have been made for: the native-code contract and the BIFs, whose code in a module is
    /// left out.
    pub fn fingerprint(&self) -> u64 {
        let mut sum = Checksum::default();
        sum.add(&fingerprint(self.word).to_le_bytes());
        for bif in linac_runtime::bif::TABLE {
            sum.add(bif.module.as_bytes());
            sum.add(bif.function.as_bytes());
            sum.add(&[bif.arity]);
        }
        sum.finish()
    }
}

/// Why a module's chunk is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It is damaged.
    Damaged(Damage),
    /// Another format.
    Version(u16),
    /// It has code for other targets only.
    Targets(Vec<String>),
    /// Made for another native-code contract or other BIFs.
    Contract,
    /// The rest of the file has changed since.
    Changed,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unfit::Damaged(damage) => damage.fmt(f),
            Unfit::Version(version) => write!(f, "it has format version {version:#x}, not linac's"),
            Unfit::Targets(targets) => write!(f, "it is for {}", targets.join(", ")),
            Unfit::Contract => f.write_str("it was made by another version of linac"),
            Unfit::Changed => f.write_str("the module has changed since"),
        }
    }
}

/// The checksum over everything in a file that native code depends on: all chunks but those that only describe.
pub fn source_checksum(module: &Module, file: &[u8]) -> u64 {
    const DESCRIPTIONS: [&[u8; 4]; 7] = [&CHUNK, b"Dbgi", b"Abst", b"Docs", b"Attr", b"CInf", b"LocT"];
    let mut sum = Checksum::default();
    // By name: tools reorder chunks. Literals count as what they are, compressed or not.
    let mut chunks: Vec<_> =
        module.chunks.iter().filter(|chunk| !DESCRIPTIONS.contains(&&chunk.id)).collect();
    chunks.sort_by_key(|chunk| chunk.id);
    let mut literals = Cow::Borrowed(&[][..]);
    for chunk in chunks {
        match literal_table(file, chunk) {
            // A table that cannot be read has been refused with the module.
            Some(table) => literals = table.unwrap_or_default(),
            None => {
                sum.add(&chunk.id);
                sum.add(&file[chunk.offset as usize..][..chunk.size as usize]);
            }
        }
    }
    sum.add(&literals);
    sum.finish()
}

/// A module's chunk, if it has one: its data within the (unzipped) file.
pub fn find<'a>(module: &Module, file: &'a [u8]) -> Option<&'a [u8]> {
    let chunk = module.chunks.iter().find(|chunk| chunk.id == CHUNK)?;
    Some(&file[chunk.offset as usize..][..chunk.size as usize])
}

/// The entry for a target, if the chunk's code can be used there.
fn fitting<'a>(chunk: &'a Chunk<'_>, target: &Target, source: u64) -> Result<&'a Entry, Unfit> {
    let entry = chunk.entries.iter().find(|entry| entry.target == target.number);
    let entry = entry.ok_or_else(|| Unfit::Targets(chunk.targets()))?;
    if entry.fingerprint != target.fingerprint() {
        return Err(Unfit::Contract);
    }
    if chunk.source != source {
        return Err(Unfit::Changed);
    }
    Ok(entry)
}

/// The code object in a module's chunk: none if there is no chunk, an error if it does not fit.
pub fn ready(module: &Module, file: &[u8], target: &Target) -> Result<Option<CodeObject>, Unfit> {
    let Some(data) = find(module, file) else { return Ok(None) };
    let chunk = Chunk::decode(data)?;
    let entry = fitting(&chunk, target, source_checksum(module, file))?;
    let object = chunk.object(entry).map_err(Unfit::Damaged)?;
    if object.target != target.name || object.module != module.atom(module.name) {
        return Err(Unfit::Damaged(Damage::new(
            entry.payload.start,
            "the code is of another module or target",
        )));
    }
    Ok(Some(object))
}
