//! The Type chunk: what the compiler knows about registers, all four versions in one form.

use super::reader::{Reader, Result};

/// A set of basic types, independent of the file's version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TypeSet(pub u16);

macro_rules! type_bits {
    ($($name:ident = $bit:literal, $text:literal;)*) => {
        impl TypeSet {
            $(#[doc = concat!("The set of only: ", $text, ".")] pub const $name: TypeSet = TypeSet(1 << $bit);)*
            /// Name of each bit, lowest first.
            pub const NAMES: &'static [&'static str] = &[$($text),*];
        }
    };
}

type_bits! {
    ATOM = 0, "atom";
    BITSTRING = 1, "bitstring";
    MATCH_STATE = 2, "match_state";
    CONS = 3, "cons";
    FLOAT = 4, "float";
    FUN = 5, "fun";
    INTEGER = 6, "integer";
    MAP = 7, "map";
    NIL = 8, "nil";
    PID = 9, "pid";
    PORT = 10, "port";
    REFERENCE = 11, "reference";
    TUPLE = 12, "tuple";
    RECORD = 13, "record";
}

impl TypeSet {
    /// Every type.
    pub const ANY: TypeSet = TypeSet((1 << 14) - 1);

    /// Whether every type of `other` is in the set.
    pub fn contains(self, other: TypeSet) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether all types of the set are in `other`.
    pub fn is_subset(self, other: TypeSet) -> bool {
        other.contains(self)
    }

    /// Both sets together.
    pub const fn union(self, other: TypeSet) -> TypeSet {
        TypeSet(self.0 | other.0)
    }
}

/// An entry of the Type chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BeamType {
    /// Possible types.
    pub set: TypeSet,
    /// If a number: at least this.
    pub min: Option<i64>,
    /// If a number: at most this.
    pub max: Option<i64>,
    /// If a bitstring: its size is a multiple of this many bits.
    pub unit: u16,
}

impl BeamType {
    /// Nothing is known.
    pub const ANY: BeamType = BeamType { set: TypeSet::ANY, min: None, max: None, unit: 1 };
}

/// How one version lays out an entry.
struct Layout {
    /// For each bit of the file, lowest first: the bit in [`TypeSet`].
    bits: &'static [u8],
    /// Position of the flags "has lower bound", "has upper bound", "has unit"; `None`: fixed 18-byte entries.
    flags: Option<u32>,
}

const OLD: &[u8] = &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
const NO_MATCH_STATE: &[u8] = &[0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
const WITH_RECORD: &[u8] = &[0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13];

/// Versions 1 (OTP 25), 2 (26), 3 (27, 28), 4 (29).
const LAYOUTS: [Layout; 4] = [
    Layout { bits: OLD, flags: None },
    Layout { bits: OLD, flags: Some(13) },
    Layout { bits: NO_MATCH_STATE, flags: Some(12) },
    Layout { bits: WITH_RECORD, flags: Some(13) },
];

/// Decodes the chunk. `None`: a version that is not known, whose types are to be ignored.
pub(crate) fn decode(mut r: Reader<'_>) -> Result<Option<(u32, Vec<BeamType>)>> {
    let version = r.u32()?;
    let Some(layout) = version.checked_sub(1).and_then(|v| LAYOUTS.get(v as usize)) else { return Ok(None) };
    let min_size = if layout.flags.is_some() { 2 } else { 18 };
    let count = r.count32(min_size)?;
    let mut types = Vec::with_capacity(count);
    for _ in 0..count {
        types.push(entry(&mut r, layout)?);
    }
    if types.first().is_none_or(|t| *t != BeamType::ANY) {
        return Err(r.bad("the first type is not 'any'"));
    }
    r.finish()?;
    Ok(Some((version, types)))
}

fn entry(r: &mut Reader<'_>, layout: &Layout) -> Result<BeamType> {
    let at = r.offset();
    let word = r.u16()?;
    let mask = (1u16 << layout.bits.len()) - 1;
    let mut set = 0;
    for (from, &to) in layout.bits.iter().enumerate() {
        set |= (word >> from & 1) << to;
    }
    let mut out = BeamType { set: TypeSet(set), ..BeamType::ANY };
    if word & mask == mask {
        // Types that this version cannot name are possible, too.
        out.set = TypeSet::ANY;
    }
    match layout.flags {
        None => {
            let (min, max) = (r.i64()?, r.i64()?);
            if min <= max {
                (out.min, out.max) = (Some(min), Some(max));
            }
        }
        Some(first) => {
            if word >> first & 1 != 0 {
                out.min = Some(r.i64()?);
            }
            if word >> (first + 1) & 1 != 0 {
                out.max = Some(r.i64()?);
            }
            if word >> (first + 2) & 1 != 0 {
                out.unit = u16::from(r.u8()?) + 1;
            }
        }
    }
    if set == 0 || matches!((out.min, out.max), (Some(a), Some(b)) if a > b) {
        return Err(r.bad_at(at, "a type without values"));
    }
    Ok(out)
}
