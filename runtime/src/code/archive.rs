//! Zip archives that scripts carry: the modules in them.
//!
//! *Format*: files one after the other, each behind a head of its own, then a directory of all of them, then a record
//! that says where the directory is. Only the directory is believed; it must lie in the archive, and so must the files.

use std::fmt;

/// Why an archive cannot be read: where, and what is wrong there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveError {
    /// Offset in the archive.
    pub offset: usize,
    /// What is wrong.
    pub reason: String,
}

impl fmt::Display for ArchiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "archive: offset {:#x}: {}", self.offset, self.reason)
    }
}

impl std::error::Error for ArchiveError {}

/// A file of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its path in the archive.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

const END: &[u8; 4] = b"PK\x05\x06";
const ENTRY: &[u8; 4] = b"PK\x01\x02";
const FILE: &[u8; 4] = b"PK\x03\x04";
/// Bytes of the record at the end, without its comment.
const END_SIZE: usize = 22;
/// Longest comment behind it.
const COMMENT: usize = u16::MAX as usize;
/// Bytes of an entry of the directory, and of a file's head, without names and extras.
const ENTRY_SIZE: usize = 46;
const FILE_SIZE: usize = 30;
/// Largest file that is unpacked: damaged archives must not take all memory.
const LARGEST: usize = 1 << 28;

fn bad(offset: usize, reason: impl Into<String>) -> ArchiveError {
    ArchiveError { offset, reason: reason.into() }
}

struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn slice(&self, at: usize, length: usize) -> Result<&[u8], ArchiveError> {
        let end = at.checked_add(length).filter(|end| *end <= self.0.len());
        let end = end.ok_or_else(|| bad(at, format!("{length} bytes wanted, the archive ends before")))?;
        Ok(&self.0[at..end])
    }

    fn number(&self, at: usize, bytes: usize) -> Result<usize, ArchiveError> {
        Ok(self.slice(at, bytes)?.iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte)))
    }

    fn tag(&self, at: usize, tag: &[u8; 4], what: &str) -> Result<(), ArchiveError> {
        if self.slice(at, tag.len())? == tag { Ok(()) } else { Err(bad(at, format!("no {what} here"))) }
    }
}

/// The members of an archive whose names `wanted` takes, in the directory's order.
pub fn members(archive: &[u8], wanted: impl Fn(&str) -> bool) -> Result<Vec<Member>, ArchiveError> {
    let bytes = Bytes(archive);
    let last = archive.len().checked_sub(END_SIZE).ok_or_else(|| bad(0, "too short for an archive"))?;
    let first = last.saturating_sub(COMMENT);
    let end = (first..=last).rev().find(|at| archive[*at..].starts_with(END));
    let end = end.ok_or_else(|| bad(last, "no record of the directory at the end"))?;
    let (count, mut at) = (bytes.number(end + 10, 2)?, bytes.number(end + 16, 4)?);
    let mut found = Vec::new();
    for _ in 0..count {
        bytes.tag(at, ENTRY, "entry of the directory")?;
        let length = |place: usize| bytes.number(at + place, 2);
        let (name_length, extra, comment) = (length(28)?, length(30)?, length(32)?);
        let name = bytes.slice(at + ENTRY_SIZE, name_length)?;
        let name = String::from_utf8_lossy(name).into_owned();
        if wanted(&name) {
            let contents = member(&bytes, at)?;
            found.push(Member { name, bytes: contents });
        }
        at += ENTRY_SIZE + name_length + extra + comment;
    }
    Ok(found)
}

/// Unpacks the file of the directory's entry at `entry`.
fn member(bytes: &Bytes<'_>, entry: usize) -> Result<Vec<u8>, ArchiveError> {
    let (flags, method) = (bytes.number(entry + 8, 2)?, bytes.number(entry + 10, 2)?);
    let (packed, size) = (bytes.number(entry + 20, 4)?, bytes.number(entry + 24, 4)?);
    let (checksum, head) = (bytes.number(entry + 16, 4)?, bytes.number(entry + 42, 4)?);
    if flags & 1 != 0 {
        return Err(bad(entry, "encrypted files are not supported"));
    }
    if size > LARGEST {
        return Err(bad(entry, format!("{size} bytes are more than the {LARGEST} that are supported")));
    }
    bytes.tag(head, FILE, "file")?;
    let start = head + FILE_SIZE + bytes.number(head + 26, 2)? + bytes.number(head + 28, 2)?;
    let data = bytes.slice(start, packed)?;
    let contents = match method {
        0 => data.to_vec(),
        8 => miniz_oxide::inflate::decompress_to_vec_with_limit(data, size)
            .map_err(|error| bad(start, format!("compressed data: {error}")))?,
        other => return Err(bad(entry, format!("compression method {other} is not supported"))),
    };
    if contents.len() != size {
        return Err(bad(start, format!("{} bytes instead of {size}", contents.len())));
    }
    if crate::bif::crc32_of(&contents) as usize != checksum {
        return Err(bad(start, "the checksum is wrong"));
    }
    Ok(contents)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An archive of these files; every other one is compressed.
    fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
        let (mut out, mut directory) = (Vec::new(), Vec::new());
        for (number, (name, contents)) in files.iter().enumerate() {
            let packed = match number % 2 {
                0 => contents.to_vec(),
                _ => miniz_oxide::deflate::compress_to_vec(contents, 6),
            };
            let mut common = vec![20, 0, 0, 0, if number % 2 == 0 { 0 } else { 8 }, 0, 0, 0, 0, 0];
            common.extend(crate::bif::crc32_of(contents).to_le_bytes());
            common.extend((packed.len() as u32).to_le_bytes());
            common.extend((contents.len() as u32).to_le_bytes());
            common.extend((name.len() as u16).to_le_bytes());
            common.extend([0, 0]);
            directory.extend(ENTRY);
            directory.extend([20, 3]);
            directory.extend(&common);
            directory.extend([0; 10]);
            directory.extend((out.len() as u32).to_le_bytes());
            directory.extend(name.as_bytes());
            out.extend(FILE);
            out.extend(common);
            out.extend(name.as_bytes());
            out.extend(packed);
        }
        let at = out.len() as u32;
        out.extend(&directory);
        out.extend(END);
        out.extend([0; 4]);
        out.extend((files.len() as u16).to_le_bytes().repeat(2));
        out.extend((directory.len() as u32).to_le_bytes());
        out.extend(at.to_le_bytes());
        out.extend([0, 0]);
        out
    }

    const FILES: &[(&str, &[u8])] =
        &[("a.beam", b"first"), ("lib/b.beam", b"second second second"), ("c.txt", b"")];

    #[test]
    fn members_are_unpacked() {
        let found = members(&archive(FILES), |name| name.ends_with(".beam")).expect("an archive");
        let wanted: Vec<Member> = FILES[..2]
            .iter()
            .map(|(name, bytes)| Member { name: (*name).into(), bytes: bytes.to_vec() })
            .collect();
        assert_eq!(found, wanted);
    }

    #[test]
    fn damage_never_panics_and_is_noticed_in_what_matters() {
        let whole = archive(FILES);
        let good = members(&whole, |_| true).expect("an archive");
        for at in 0..whole.len() {
            for bit in 0..8 {
                let mut damaged = whole.clone();
                damaged[at] ^= 1 << bit;
                if let Ok(found) = members(&damaged, |_| true) {
                    // Contents are covered by checksums; names and what nobody reads are not.
                    assert!(found.iter().all(|member| good.iter().any(|known| known.bytes == member.bytes)));
                }
            }
            let cut = members(&whole[..at], |_| true);
            assert!(cut.is_err(), "{at}");
        }
    }
}
