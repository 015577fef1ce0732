//! The bit syntax between compiler and runtime: flags, the descriptor of a segment, the layout of bitstrings.
//!
//! A segment of `bs_create` is three words: a descriptor, what it is made of, and its size. The descriptor packs kind,
//! flags and unit into a small integer, so that compiled code passes a constant. Positions and sizes count bits.

/// Flag: least significant byte first.
pub const LITTLE: i64 = 2;
/// Flag of a segment with bits of a bitstring: its size was computed, so that the atom `all` is no size.
pub const COMPUTED: i64 = 1;
/// Flag: two's complement when reading an integer.
pub const SIGNED: i64 = 4;

/// Kinds of segments.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[repr(u8)]
pub enum Segment {
    /// The low bits of an integer.
    Integer = 0,
    /// A number as a float of 16, 32 or 64 bits.
    Float = 1,
    /// The first bits of a bitstring.
    Bits = 2,
    /// As `Bits`, first of all segments: the result may take the operand's place in its buffer.
    Append = 3,
    /// A character in UTF-8; the size is ignored, here and below.
    Utf8 = 4,
    /// A character in UTF-16.
    Utf16 = 5,
    /// A character in UTF-32.
    Utf32 = 6,
}

impl Segment {
    /// All kinds, by number.
    pub const ALL: [Segment; 7] = [
        Segment::Integer,
        Segment::Float,
        Segment::Bits,
        Segment::Append,
        Segment::Utf8,
        Segment::Utf16,
        Segment::Utf32,
    ];

    /// The descriptor of a segment. The size is a number of units, or the atom `all` for bitstrings (unless
    /// [`COMPUTED`]).
    pub const fn descriptor(self, flags: i64, unit: u64) -> i64 {
        (unit as i64) << 16 | (self as i64) << 8 | flags
    }

    /// Kind, flags and unit of a descriptor.
    pub fn parse(descriptor: i64) -> Option<(Segment, i64, u64)> {
        let kind = *Segment::ALL.get(usize::try_from(descriptor >> 8 & 0xff).ok()?)?;
        Some((kind, descriptor & 0xff, u64::try_from(descriptor >> 16).ok()?))
    }
}

/// Character encodings, as reading names them in its flags.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[repr(i64)]
pub enum Utf {
    /// UTF-8
    Utf8 = 8 << 8,
    /// UTF-16
    Utf16 = 16 << 8,
    /// UTF-32
    Utf32 = 32 << 8,
}

impl Utf {
    /// The encoding named in flags.
    pub const fn of_flags(flags: i64) -> Option<Utf> {
        match flags >> 8 {
            8 => Some(Utf::Utf8),
            16 => Some(Utf::Utf16),
            32 => Some(Utf::Utf32),
            _ => None,
        }
    }

    /// Bits that the encoded form of a character has.
    pub const fn bits(self, character: u32) -> u32 {
        match self {
            Utf::Utf8 => match character {
                0..0x80 => 8,
                0x80..0x800 => 16,
                0x800..0x1_0000 => 24,
                _ => 32,
            },
            Utf::Utf16 if character < 0x1_0000 => 16,
            _ => 32,
        }
    }
}

/// Word of a `HeapBits` object with its size.
pub const HEAP_SIZE: i64 = 1;
/// First word of a `HeapBits` object's bytes.
pub const HEAP_DATA: i64 = 2;
/// Word of a `RefcBits` object with its buffer's address.
pub const REFC_BUFFER: i64 = 2;
/// Word of a `RefcBits` object with its size.
pub const REFC_SIZE: i64 = 3;
/// Word of a buffer's head with the number of its owners.
pub const BUFFER_OWNERS: i64 = 0;
/// Word of a buffer's head with the bytes it can hold.
pub const BUFFER_CAPACITY: i64 = 1;
/// Word of a buffer's head with the bits in use.
pub const BUFFER_USED: i64 = 2;
/// Words in front of a buffer's bytes.
pub const BUFFER_HEAD: i64 = 3;
/// Bytes behind a buffer's bytes that may be loaded together with them.
pub const BUFFER_SLACK: i64 = 8;
/// Word of a `SubBits` object with the bitstring it is a part of.
pub const SUB_BASE: i64 = 1;
/// Word of a `SubBits` object with the position of its first bit.
pub const SUB_OFFSET: i64 = 2;
/// Word of a `SubBits` object with its size.
pub const SUB_SIZE: i64 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_say_what_was_put_in() {
        for kind in Segment::ALL {
            assert_eq!(Segment::parse(kind.descriptor(6, 256)), Some((kind, 6, 256)));
        }
        assert_eq!(Segment::parse(7 << 8), None);
        assert_eq!(Segment::parse(-1), None);
    }
}
