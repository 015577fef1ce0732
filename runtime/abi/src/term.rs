//! Term representation: one word, the low two bits are the primary tag.
//!
//! ```text
//! ........................00   header word of a boxed object (never a term by itself)
//! ........................01   cons cell: pointer to two words, head then tail
//! ........................10   boxed: pointer to a header word
//! ....................  0011   local pid    (slot number, see the runtime)
//! ....................  0111   port
//! ....................  1111   small integer, value in the remaining 28 or 60 bits
//! ..................  001011   atom, index into the atom table above it
//! ..................  011011   reserved (never a valid term)
//! ..................  111011   nil, the empty list
//! ```
//! The word 0 is not a term: it is [`NONE`], what a fallible operation returns when it fails.
//!
//! A header is `payload_words << 6 | subtag << 2`: the size of every boxed object follows from its header in one
//! shift, whatever it is. Which payload words hold terms follows from the subtag ([`Subtag::scan`]).

/// Mask of the primary tag.
pub const PRIMARY_MASK: u64 = 0b11;
/// Primary tag of a header word.
pub const TAG_HEADER: u64 = 0b00;
/// Primary tag of a cons cell pointer.
pub const TAG_CONS: u64 = 0b01;
/// Primary tag of a boxed pointer.
pub const TAG_BOXED: u64 = 0b10;
/// Primary tag of an immediate.
pub const TAG_IMMEDIATE: u64 = 0b11;

/// Mask of the second-level immediate tag.
pub const IMM1_MASK: u64 = 0xF;
/// Low bits of a local pid's number that are the number of its slot; those above count the slot's processes.
pub const fn pid_slot_bits(word: crate::WordSize) -> u32 {
    match word {
        crate::WordSize::W32 => 18,
        crate::WordSize::W64 => 28,
    }
}

/// Local pid.
pub const TAG_PID: u64 = 0x3;
/// Local port.
pub const TAG_PORT: u64 = 0x7;
/// Small integer: `n << 4 | 0xF`, so 8 shows as 143 in a debugger.
pub const TAG_SMALL: u64 = 0xF;
/// Shift of a small integer's value.
pub const SMALL_SHIFT: u32 = 4;

/// Mask of the third-level immediate tag.
pub const IMM2_MASK: u64 = 0x3F;
/// Atom: `index << 6 | 0x0B`.
pub const TAG_ATOM: u64 = 0x0B;
/// Shift of an atom's index.
pub const ATOM_SHIFT: u32 = 6;
/// The empty list.
pub const NIL: u64 = 0x3B;
/// Not a term: the result of a fallible operation that failed.
pub const NONE: u64 = 0;

/// Shift of the payload word count in a header.
pub const HEADER_SHIFT: u32 = 6;
/// Mask of the subtag in a header, in place.
pub const SUBTAG_MASK: u64 = 0x3C;

/// What kind of object a header word begins. The value is the subtag before shifting.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Subtag {
    /// `[header, e1, .., en]`; the payload count is the arity.
    Tuple = 0,
    /// `[header, entry cell pointer, arity, free variables..]`.
    Fun = 1,
    /// Non-negative large integer: `[header, limbs..]`, least significant first, no leading zero limb.
    BigPos = 2,
    /// Negative large integer, same layout.
    BigNeg = 3,
    /// `[header, f64 bits]` (two payload words on 32-bit).
    Float = 4,
    /// `[header, limbs..]` of a local reference.
    Ref = 5,
    /// Flat map, at most 32 keys: `[header, keys tuple, v1, .., vn]`, keys in term order.
    FlatMap = 6,
    /// Hash map node (root or inner), more than 32 keys: `[header, raw bitmap or size.., children..]`.
    HashMap = 7,
    /// Bitstring whose bytes follow: `[header, size in bits, bytes..]`.
    HeapBits = 8,
    /// Reference-counted binary: `[header, next off-heap object, buffer pointer, size in bits]`.
    RefcBits = 9,
    /// Part of another bitstring: `[header, underlying term, offset in bits, size in bits]`.
    SubBits = 10,
    /// Match context: `[header, underlying term, offset in bits, end in bits]`.
    MatchContext = 11,
    /// Export fun or other object the runtime keeps to itself: `[header, raw..]`.
    Raw = 12,
    /// Native record: `[header, definition, values..]`, the definition a tuple (see [`RECORD_MODULE`]), the values in the
    /// order in which it names the fields.
    Record = 13,
    /// Left in place of an object that the collector has moved: `[header-tagged forward]`. Never seen outside.
    Forward = 15,
}

/// Where an object's terms are: words `skip .. skip + count` of the payload; `None` for count means to the end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Scan {
    /// Raw payload words before the first term.
    pub skip: u32,
    /// Number of terms, or all that remain.
    pub count: Option<u32>,
}

impl Subtag {
    /// All subtags with their names, in order of value.
    pub const ALL: [(Subtag, &'static str); 15] = [
        (Subtag::Tuple, "tuple"),
        (Subtag::Fun, "fun"),
        (Subtag::BigPos, "bigpos"),
        (Subtag::BigNeg, "bigneg"),
        (Subtag::Float, "float"),
        (Subtag::Ref, "ref"),
        (Subtag::FlatMap, "flatmap"),
        (Subtag::HashMap, "hashmap"),
        (Subtag::HeapBits, "heapbits"),
        (Subtag::RefcBits, "refcbits"),
        (Subtag::SubBits, "subbits"),
        (Subtag::MatchContext, "matchcontext"),
        (Subtag::Raw, "raw"),
        (Subtag::Record, "record"),
        (Subtag::Forward, "forward"),
    ];

    /// The subtag of a header word.
    pub const fn of_header(header: u64) -> Option<Subtag> {
        Some(match (header & SUBTAG_MASK) >> 2 {
            0 => Subtag::Tuple,
            1 => Subtag::Fun,
            2 => Subtag::BigPos,
            3 => Subtag::BigNeg,
            4 => Subtag::Float,
            5 => Subtag::Ref,
            6 => Subtag::FlatMap,
            7 => Subtag::HashMap,
            8 => Subtag::HeapBits,
            9 => Subtag::RefcBits,
            10 => Subtag::SubBits,
            11 => Subtag::MatchContext,
            12 => Subtag::Raw,
            13 => Subtag::Record,
            15 => Subtag::Forward,
            _ => return None,
        })
    }

    /// Which payload words the collector must follow.
    pub const fn scan(self) -> Scan {
        match self {
            Subtag::Tuple | Subtag::FlatMap | Subtag::Record => Scan { skip: 0, count: None },
            Subtag::Fun => Scan { skip: FUN_ENV as u32 - 1, count: None },
            Subtag::HashMap => Scan { skip: 1, count: None },
            Subtag::SubBits | Subtag::MatchContext => Scan { skip: 0, count: Some(1) },
            _ => Scan { skip: 0, count: Some(0) },
        }
    }

    /// The bits of this subtag in a header.
    pub const fn bits(self) -> u64 {
        (self as u64) << 2
    }
}

/// Builds a header word for `payload` words.
pub const fn header(subtag: Subtag, payload: u64) -> u64 {
    payload << HEADER_SHIFT | subtag.bits()
}

/// A small integer's word, truncated by the caller to the word size.
pub const fn small(n: i64) -> u64 {
    (n as u64) << SMALL_SHIFT | TAG_SMALL
}

/// An atom's word.
pub const fn atom(index: u32) -> u64 {
    (index as u64) << ATOM_SHIFT | TAG_ATOM
}

/// Word index (header = 0) of a fun's entry cell pointer: the word it points to holds the code address. The code
/// behind it takes the arguments and, after them, the fun itself.
pub const FUN_CELL: usize = 1;
/// Word index of a fun's arity, as a raw number (free variables not counted).
pub const FUN_ARITY: usize = 2;
/// Word index of a fun's first free variable.
pub const FUN_ENV: usize = 3;

/// Word index (header = 0) of a record's definition.
pub const RECORD_DEFINITION: usize = 1;
/// Elements of a record's definition before those that name the fields, in the order of the values.
pub const RECORD_FIELDS: usize = 5;
/// Element (0-based) of a definition: the places of the fields (small integers) in the order of the atoms that name
/// them, as a tuple; the empty list if there are none.
pub const RECORD_ORDER: usize = 0;
/// Element of a definition: a hash of those below, the same for equal ones.
pub const RECORD_HASH: usize = 1;
/// Element of a definition: the module.
pub const RECORD_MODULE: usize = 2;
/// Element of a definition: the record's name.
pub const RECORD_NAME: usize = 3;
/// Element of a definition: may other modules use it? `true` or `false`.
pub const RECORD_EXPORTED: usize = 4;

/// Keys in the largest flat map.
pub const FLATMAP_MAX: usize = 32;

/// Atoms whose index is fixed, because compiled code or the runtime names them. The order is the index.
macro_rules! fixed_atoms {
    ($($id:ident = $text:literal),* $(,)?) => {
        /// Atom indices known at compile time.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u32)]
        #[allow(missing_docs, reason = "each is the atom it is named for")]
        pub enum FixedAtom { $($id),* }
        /// Texts of the fixed atoms, by index.
        pub const FIXED_ATOMS: &[&str] = &[$($text),*];
        impl FixedAtom {
            /// The atom's term word.
            pub const fn word(self) -> u64 { atom(self as u32) }
        }
    };
}

fixed_atoms! {
    False = "false", True = "true", Ok = "ok", Error = "error", Exit = "exit", Throw = "throw",
    Undefined = "undefined", Normal = "normal", Kill = "kill", Killed = "killed", Noproc = "noproc",
    ExitUpper = "EXIT", DownUpper = "DOWN", Badarg = "badarg", Badarith = "badarith", Badmatch = "badmatch",
    CaseClause = "case_clause", IfClause = "if_clause", TryClause = "try_clause",
    FunctionClause = "function_clause", Badfun = "badfun", Badarity = "badarity", Badmap = "badmap",
    Badkey = "badkey", Badrecord = "badrecord", Undef = "undef", SystemLimit = "system_limit",
    TimeoutValue = "timeout_value", Timeout = "timeout", Infinity = "infinity", Nocatch = "nocatch",
    Noconnection = "noconnection", Process = "process", Erlang = "erlang", Apply = "apply",
    ErrorHandler = "error_handler", UndefinedFunction = "undefined_function", File = "file", Line = "line",
    ErrorInfo = "error_info", Module = "module", Start = "start", Main = "main", Notsup = "notsup",
    Monitor = "monitor", Link = "link", All = "all", Nodedown = "nonode@nohost",
    Badfield = "badfield", Novalue = "novalue",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_eight_shows_as_143() {
        assert_eq!(small(8), 143);
        assert_eq!(small(-1) & 0xFFFF_FFFF, 0xFFFF_FFFF);
    }

    #[test]
    fn header_round_trip() {
        for (subtag, _) in Subtag::ALL {
            let h = header(subtag, 5);
            assert_eq!(Subtag::of_header(h), Some(subtag));
            assert_eq!(h >> HEADER_SHIFT, 5);
            assert_eq!(h & PRIMARY_MASK, TAG_HEADER);
        }
        // A header is never zero except the empty tuple's: that one must not be mistaken for NONE in a register,
        // which holds because a header is never in a register as a term.
        assert_eq!(header(Subtag::Tuple, 0), 0);
    }
}
