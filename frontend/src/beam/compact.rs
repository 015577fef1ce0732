//! The compact term encoding: operands of the Code, Line, AtU8, DbgB and Recs chunks.
//!
//! A term is a tag (three bits) and a number; an extended tag adds lists, float registers, allocation lists,
//! literal indices and registers with a type. Nothing here recurses: a list may not hold a list.

use super::reader::{Reader, Result};

/// A tag with its number, before it is known what the number means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Raw<'a> {
    /// `u`: an unsigned number.
    Unsigned(u64),
    /// `i`: an integer that fits 64 bits.
    Int(i64),
    /// `i`: a larger integer: its big-endian two's complement bytes.
    Big(&'a [u8]),
    /// `a`: an atom index, 0 is the empty list.
    Atom(u64),
    /// `x`: an x register.
    X(u64),
    /// `y`: a y register.
    Y(u64),
    /// `f`: a label.
    Label(u64),
    /// `h`: a character.
    Char(u64),
    /// `z`: an extended tag.
    Extended(u64),
}

/// Extended tags.
pub mod ext {
    /// A list of terms.
    pub const LIST: u64 = 1;
    /// A float register.
    pub const FLOAT_REG: u64 = 2;
    /// An allocation list.
    pub const ALLOC_LIST: u64 = 3;
    /// An index into the literals.
    pub const LITERAL: u64 = 4;
    /// A register with a type index.
    pub const TYPED_REG: u64 = 5;
}

/// Reads one tag and number. Integers beyond 64 bits are returned as bytes, see [`Raw::Big`].
pub fn raw<'a>(r: &mut Reader<'a>) -> Result<Raw<'a>> {
    let start = r.offset();
    let first = r.u8()?;
    let tag = first & 7;
    let mut value = u64::from(first >> 4);
    if first & 0x08 != 0 {
        if first & 0x10 == 0 {
            value = u64::from(first & 0xe0) << 3 | u64::from(r.u8()?);
        } else {
            let mut len = usize::from(first >> 5) + 2;
            if first >> 5 == 7 {
                // The length itself is a term; one more level is all that can make sense.
                let head = r.u8()?;
                if head & 7 != 0 {
                    return Err(r.bad_at(start, "the length of a number is not tagged as unsigned"));
                }
                len = 9 + if head & 0x08 == 0 {
                    usize::from(head >> 4)
                } else if head & 0x10 == 0 {
                    usize::from(head & 0xe0) << 3 | usize::from(r.u8()?)
                } else {
                    return Err(r.bad_at(start, "a number of more than 2056 bytes"));
                };
            }
            let bytes = r.bytes(len)?;
            let signed = tag == 1;
            let fill = if signed && bytes[0] & 0x80 != 0 { 0xff } else { 0 };
            let (high, low) = bytes.split_at(len.saturating_sub(8));
            let mut buf = [fill; 8];
            buf[8 - low.len()..].copy_from_slice(low);
            value = u64::from_be_bytes(buf);
            if signed {
                let fits = high.iter().all(|&b| b == fill) && (value >> 63 != 0) == (fill != 0);
                return Ok(if fits { Raw::Int(value as i64) } else { Raw::Big(bytes) });
            }
            if high.iter().any(|&b| b != 0) {
                return Err(r.bad_at(start, "a number of more than 64 bits"));
            }
        }
    }
    Ok(match tag {
        0 => Raw::Unsigned(value),
        1 => Raw::Int(value as i64),
        2 => Raw::Atom(value),
        3 => Raw::X(value),
        4 => Raw::Y(value),
        5 => Raw::Label(value),
        6 => Raw::Char(value),
        _ => Raw::Extended(value),
    })
}

/// Reads an unsigned number.
pub fn unsigned(r: &mut Reader<'_>) -> Result<u64> {
    let at = r.offset();
    match raw(r)? {
        Raw::Unsigned(n) => Ok(n),
        other => Err(r.bad_at(at, format!("expected an unsigned number, found {other:?}"))),
    }
}
