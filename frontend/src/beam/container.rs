//! The outer layers of a file: gzip, the IFF container, and its list of chunks.

use super::error::BeamError;
use super::reader::{Reader, Result};
use miniz_oxide::inflate::{decompress_to_vec_with_limit, decompress_to_vec_zlib_with_limit};
use std::borrow::Cow;

/// No file, and no inflated part of one, may be larger: all offsets fit 32 bits then.
pub const MAX_SIZE: usize = 1 << 29;

/// Deflate cannot expand by more than about 1032; a declared size beyond this is a lie.
const MAX_EXPANSION: usize = 1040;

/// A chunk as found in the container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Four-letter name.
    pub id: [u8; 4],
    /// Offset of the data in the (unzipped) file.
    pub offset: u32,
    /// Size of the data, without padding.
    pub size: u32,
}

impl Chunk {
    /// The name for printing.
    pub fn name(&self) -> String {
        self.id.escape_ascii().to_string()
    }

    /// A reader over the data; `file` is what the chunk was found in.
    pub fn reader<'a>(&self, file: &'a [u8], what: &'static str) -> Reader<'a> {
        let start = self.offset as usize;
        Reader::new(&file[start..start + self.size as usize], start, what)
    }
}

/// The file's bytes, unzipped if it is a gzip file.
pub fn unzip(bytes: &[u8]) -> Result<Cow<'_, [u8]>> {
    if bytes.len() > MAX_SIZE {
        return Err(BeamError::unsupported(0, "file", "larger than 512 MiB"));
    }
    if bytes.starts_with(&[0x1f, 0x8b]) { gunzip(bytes).map(Cow::Owned) } else { Ok(Cow::Borrowed(bytes)) }
}

fn gunzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut r = Reader::new(bytes, 0, "gzip header");
    r.u16()?;
    let (method, flags) = (r.u8()?, r.u8()?);
    if method != 8 || flags & 0xe0 != 0 {
        return Err(r.bad("not a deflate stream"));
    }
    r.bytes(6)?;
    if flags & 4 != 0 {
        let len = r.bytes(2)?;
        r.bytes(usize::from(u16::from_le_bytes([len[0], len[1]])))?;
    }
    for bit in [8, 16] {
        // File name and comment end with a zero byte.
        if flags & bit != 0 {
            while r.u8()? != 0 {}
        }
    }
    if flags & 2 != 0 {
        r.bytes(2)?;
    }
    let start = r.offset();
    let stream = r.bytes(r.remaining().saturating_sub(8))?;
    let (crc, size) = (r.u32()?.swap_bytes(), r.u32()?.swap_bytes());
    let out = inflate(stream, size, start, "gzip", decompress_to_vec_with_limit)?;
    if crc32(&out) != crc {
        return Err(BeamError::bad(start, "gzip", "the checksum does not match"));
    }
    Ok(out)
}

/// Inflates a zlib stream that must give exactly `size` bytes.
pub fn zlib(stream: &[u8], size: u32, offset: usize, what: &'static str) -> Result<Vec<u8>> {
    inflate(stream, size, offset, what, decompress_to_vec_zlib_with_limit)
}

fn inflate<E: std::fmt::Display>(
    stream: &[u8],
    size: u32,
    offset: usize,
    what: &'static str,
    run: impl Fn(&[u8], usize) -> std::result::Result<Vec<u8>, E>,
) -> Result<Vec<u8>> {
    let size = size as usize;
    if size > MAX_SIZE {
        return Err(BeamError::unsupported(offset, what, "inflates to more than 512 MiB"));
    }
    if size > (stream.len() + 16) * MAX_EXPANSION {
        return Err(BeamError::bad(offset, what, format!("{} bytes cannot inflate to {size}", stream.len())));
    }
    let out =
        run(stream, size).map_err(|e| BeamError::bad(offset, what, format!("does not inflate: {e}")))?;
    if out.len() != size {
        return Err(BeamError::bad(
            offset,
            what,
            format!("inflates to {} bytes instead of {size}", out.len()),
        ));
    }
    Ok(out)
}

fn crc32(bytes: &[u8]) -> u32 {
    let table: [u32; 256] = std::array::from_fn(|i| {
        (0..8).fold(i as u32, |c, _| if c & 1 != 0 { c >> 1 ^ 0xedb8_8320 } else { c >> 1 })
    });
    !bytes.iter().fold(!0u32, |c, &b| c >> 8 ^ table[usize::from(c as u8 ^ b)])
}

/// Lists the chunks of an (unzipped) file.
pub fn chunks(file: &[u8]) -> Result<Vec<Chunk>> {
    let mut r = Reader::new(file, 0, "container");
    if r.bytes(4)? != b"FOR1" {
        return Err(r.bad_at(0, "not a BEAM file (no FOR1)"));
    }
    let size = r.u32()? as usize;
    let base = r.offset();
    // Bytes after the container's end are ignored, as loaders do.
    let mut r = Reader::new(r.bytes(size)?, base, "container");
    if r.bytes(4)? != b"BEAM" {
        return Err(r.bad_at(base, "an IFF file, but not BEAM"));
    }
    let mut out = Vec::new();
    while !r.is_empty() {
        let head = r.bytes(4)?;
        let id = [head[0], head[1], head[2], head[3]];
        let size = r.u32()?;
        let offset = r.offset() as u32;
        r.bytes(size as usize)?;
        // The last chunk's padding may be missing.
        r.bytes((size.wrapping_neg() & 3).min(r.remaining() as u32) as usize)?;
        out.push(Chunk { id, offset, size });
    }
    Ok(out)
}

/// The file with one chunk replaced, added or (without data) taken out; all others stay as they are, in their order. A replaced chunk
/// goes to the end.
pub fn with_chunk(file: &[u8], id: [u8; 4], data: Option<&[u8]>) -> Result<Vec<u8>> {
    let file = unzip(file)?;
    let mut out = b"FOR1\0\0\0\0BEAM".to_vec();
    let mut put = |id: [u8; 4], data: &[u8]| {
        out.extend(id);
        out.extend((data.len() as u32).to_be_bytes());
        out.extend(data);
        out.resize(out.len().next_multiple_of(4), 0);
    };
    for chunk in chunks(&file)?.iter().filter(|chunk| chunk.id != id) {
        put(chunk.id, &file[chunk.offset as usize..][..chunk.size as usize]);
    }
    if let Some(data) = data {
        put(id, data);
    }
    let size = u32::try_from(out.len() - 8).ok().filter(|size| *size as usize <= MAX_SIZE);
    let size = size.ok_or_else(|| BeamError::unsupported(0, "file", "larger than 512 MiB"))?;
    out[4..8].copy_from_slice(&size.to_be_bytes());
    Ok(out)
}

/// Chunk of literals that are compressed, and of those that are not.
const LITERALS: [[u8; 4]; 2] = [*b"LitT", *b"LitU"];

/// A file's table of literals as it is when it is not compressed, if `chunk` is one.
pub fn literal_table<'a>(file: &'a [u8], chunk: &Chunk) -> Option<Result<Cow<'a, [u8]>>> {
    let mut r = chunk.reader(file, "literals");
    match LITERALS.iter().position(|id| *id == chunk.id)? {
        0 => Some(r.u32().and_then(|size| {
            let (at, stream) = (r.offset(), r.bytes(r.remaining())?);
            // Compilers since OTP 28 write size 0 and leave the table as it is.
            Ok(if size == 0 { Cow::Borrowed(stream) } else { zlib(stream, size, at, "literals")?.into() })
        })),
        _ => Some(r.bytes(r.remaining()).map(Cow::Borrowed)),
    }
}

/// The file with its literals in a chunk that is not compressed.
pub fn plain_literals(file: &[u8]) -> Result<Vec<u8>> {
    let file = unzip(file)?;
    let Some(chunk) = chunks(&file)?.into_iter().find(|chunk| chunk.id == LITERALS[0]) else {
        return Ok(file.into_owned());
    };
    let Some(table) = literal_table(&file, &chunk) else { return Ok(file.into_owned()) };
    with_chunk(&with_chunk(&file, LITERALS[0], None)?, LITERALS[1], Some(&table?))
}
