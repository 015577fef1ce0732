//! The only way the decoder touches bytes: a cursor in which every read is checked.
//!
//! Invariant: `pos <= data.len()`. A count read from the file is passed through [`Reader::count`] before
//! anything is allocated for it, so that no allocation is larger than a constant times the input.

use super::error::BeamError;

/// Result of decoding steps.
pub type Result<T> = std::result::Result<T, BeamError>;

/// A bounds-checked cursor over a part of a file.
#[derive(Clone)]
pub struct Reader<'a> {
    data: &'a [u8],
    pos: usize,
    base: usize,
    what: &'static str,
}

impl<'a> Reader<'a> {
    /// Reads `data`, which starts at `base` in the file; `what` names it in errors.
    pub fn new(data: &'a [u8], base: usize, what: &'static str) -> Self {
        Reader { data, pos: 0, base, what }
    }

    /// The offset of the next byte in the file.
    pub fn offset(&self) -> usize {
        self.base + self.pos
    }

    /// How many bytes are left.
    pub fn remaining(&self) -> usize {
        self.data.len() - self.pos
    }

    /// Whether everything has been read.
    pub fn is_empty(&self) -> bool {
        self.remaining() == 0
    }

    /// What errors call this part of the file.
    pub fn what(&self) -> &'static str {
        self.what
    }

    /// An error at the current position.
    pub fn bad(&self, reason: impl Into<String>) -> BeamError {
        BeamError::bad(self.offset(), self.what, reason)
    }

    /// An error at a given offset in the file.
    pub fn bad_at(&self, offset: usize, reason: impl Into<String>) -> BeamError {
        BeamError::bad(offset, self.what, reason)
    }

    /// The next `n` bytes.
    pub fn bytes(&mut self, n: usize) -> Result<&'a [u8]> {
        if n > self.remaining() {
            return Err(self.bad(format!("{n} bytes wanted, {} left", self.remaining())));
        }
        let part = &self.data[self.pos..self.pos + n];
        self.pos += n;
        Ok(part)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut out = [0; N];
        out.copy_from_slice(self.bytes(N)?);
        Ok(out)
    }

    /// The next byte.
    pub fn u8(&mut self) -> Result<u8> {
        Ok(self.array::<1>()?[0])
    }

    /// A big-endian 16-bit number.
    pub fn u16(&mut self) -> Result<u16> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    /// A big-endian 32-bit number.
    pub fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    /// A big-endian 64-bit number.
    pub fn u64(&mut self) -> Result<u64> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    /// A big-endian signed 64-bit number.
    pub fn i64(&mut self) -> Result<i64> {
        Ok(i64::from_be_bytes(self.array()?))
    }

    /// Checks that `count` items of at least `min_size` bytes each can still follow.
    pub fn count(&self, count: u64, min_size: usize) -> Result<usize> {
        if count > (self.remaining() / min_size.max(1)) as u64 {
            return Err(self.bad(format!("count {count} is larger than the {} bytes left", self.remaining())));
        }
        Ok(count as usize)
    }

    /// A 32-bit count, checked like [`Reader::count`].
    pub fn count32(&mut self, min_size: usize) -> Result<usize> {
        let n = self.u32()?;
        self.count(u64::from(n), min_size)
    }

    /// An error if anything is left.
    pub fn finish(&self) -> Result<()> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(self.bad(format!("{} unexpected bytes at the end", self.remaining())))
        }
    }
}
