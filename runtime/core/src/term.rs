//! The term word and its decoded views.
//!
//! The layout is [`linac_abi::term`]'s; this module turns its numbers into types. [`Term`] is the word,
//! [`Term::view`] decodes one level of it, and the `*Ref` types read the parts of one kind of object.

use crate::WORD_BYTES;
use crate::atoms::Atom;
use crate::record::RecordRef;
use linac_abi::WordSize;
use linac_abi::term::{self as abi, FixedAtom, Subtag};

/// Primary tag mask, as a word.
pub const PRIMARY: usize = abi::PRIMARY_MASK as usize;
/// Primary tag of a cons pointer, as a word.
pub const CONS: usize = abi::TAG_CONS as usize;
/// Primary tag of a boxed pointer, as a word.
pub const BOXED: usize = abi::TAG_BOXED as usize;
/// Primary tag of a header, as a word.
pub const HEADER: usize = abi::TAG_HEADER as usize;
/// Primary tag of an immediate, as a word.
pub const IMMEDIATE: usize = abi::TAG_IMMEDIATE as usize;
/// Largest small integer.
pub const SMALL_MAX: isize = WordSize::HOST.small_max() as isize;
/// Smallest small integer.
pub const SMALL_MIN: isize = WordSize::HOST.small_min() as isize;
/// Payload words of a float.
pub const FLOAT_WORDS: usize = 8 / WORD_BYTES;
/// Words of a local reference: three times 32 bits.
pub const REF_WORDS: usize = 12usize.div_ceil(WORD_BYTES);

/// One word that is a term. See the crate's front page for what having one promises.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Term(usize);

/// A header word for `payload` words.
#[inline]
pub const fn header(subtag: Subtag, payload: usize) -> usize {
    payload << abi::HEADER_SHIFT | subtag.bits() as usize
}
/// Payload words a header announces.
#[inline]
pub const fn payload(header: usize) -> usize {
    header >> abi::HEADER_SHIFT
}
/// The subtag of a header.
#[inline]
pub const fn subtag(header: usize) -> Option<Subtag> {
    Subtag::of_header(header as u64)
}

impl Term {
    /// No term: a failed operation's result.
    pub const NONE: Term = Term(abi::NONE as usize);
    /// The empty list.
    pub const NIL: Term = Term(abi::NIL as usize);
    /// The atom `true`.
    pub const TRUE: Term = Term(FixedAtom::True.word() as usize);
    /// The atom `false`.
    pub const FALSE: Term = Term(FixedAtom::False.word() as usize);

    /// Takes a word for a term.
    ///
    /// # Safety
    /// `word` is a well-formed term or NONE, and what it points to lives as long as the result is used.
    #[inline]
    pub const unsafe fn from_raw(word: usize) -> Term {
        Term(word)
    }
    /// The word.
    #[inline]
    pub const fn raw(self) -> usize {
        self.0
    }
    /// Terms from words.
    ///
    /// # Safety
    /// As [`Term::from_raw`], for each word.
    pub const unsafe fn slice_from_raw(words: &[usize]) -> &[Term] {
        // SAFETY: `Term` is transparent over `usize`; the caller vouches for the contents.
        unsafe { core::slice::from_raw_parts(words.as_ptr().cast(), words.len()) }
    }

    /// The small integer `n`, which must be in range.
    #[inline]
    pub const fn small(n: isize) -> Term {
        debug_assert!(n >= SMALL_MIN && n <= SMALL_MAX);
        Term((n as usize) << abi::SMALL_SHIFT | abi::TAG_SMALL as usize)
    }
    /// The small integer `n`, if it is in range.
    #[inline]
    pub const fn try_small(n: i64) -> Option<Term> {
        if WordSize::HOST.is_small(n) { Some(Term::small(n as isize)) } else { None }
    }
    /// An atom.
    #[inline]
    pub const fn atom(a: Atom) -> Term {
        Term((a.0 as usize) << abi::ATOM_SHIFT | abi::TAG_ATOM as usize)
    }
    /// One of the atoms with a fixed number.
    #[inline]
    pub const fn fixed(a: FixedAtom) -> Term {
        Term(a.word() as usize)
    }
    /// `true` or `false`.
    #[inline]
    pub const fn bool(b: bool) -> Term {
        if b { Term::TRUE } else { Term::FALSE }
    }
    /// Low bits of a local pid's number that are the number of its slot.
    pub const PID_SLOT_BITS: u32 = abi::pid_slot_bits(linac_abi::WordSize::HOST);

    /// A local pid with this number (28 or 60 bits).
    #[inline]
    pub const fn pid(slot: usize) -> Term {
        Term(slot << abi::SMALL_SHIFT | abi::TAG_PID as usize)
    }
    /// A local port with this slot number.
    #[inline]
    pub const fn port(slot: usize) -> Term {
        Term(slot << abi::SMALL_SHIFT | abi::TAG_PORT as usize)
    }
    /// A pointer to a cons cell.
    ///
    /// # Safety
    /// `cell` points to two words, initialised before the term is read, alive as the crate's contract says.
    #[inline]
    pub unsafe fn cons_at(cell: *mut usize) -> Term {
        Term(cell as usize | CONS)
    }
    /// A pointer to a boxed object.
    ///
    /// # Safety
    /// `object` points to a header and its payload, alive as the crate's contract says.
    #[inline]
    pub unsafe fn boxed_at(object: *mut usize) -> Term {
        Term(object as usize | BOXED)
    }

    /// Is this NONE?
    #[inline]
    pub const fn is_none(self) -> bool {
        self.0 == abi::NONE as usize
    }
    /// Is this the empty list?
    #[inline]
    pub const fn is_nil(self) -> bool {
        self.0 == Term::NIL.0
    }
    /// Is this a small integer?
    #[inline]
    pub const fn is_small(self) -> bool {
        self.0 & abi::IMM1_MASK as usize == abi::TAG_SMALL as usize
    }
    /// Is this an atom?
    #[inline]
    pub const fn is_atom(self) -> bool {
        self.0 & abi::IMM2_MASK as usize == abi::TAG_ATOM as usize
    }
    /// Is this a local pid?
    #[inline]
    pub const fn is_pid(self) -> bool {
        self.0 & abi::IMM1_MASK as usize == abi::TAG_PID as usize
    }
    /// Is this a local port?
    #[inline]
    pub const fn is_port(self) -> bool {
        self.0 & abi::IMM1_MASK as usize == abi::TAG_PORT as usize
    }
    /// Is this a non-empty list?
    #[inline]
    pub const fn is_cons(self) -> bool {
        self.0 & PRIMARY == CONS
    }
    /// Is this `[]` or a cons cell?
    #[inline]
    pub const fn is_list(self) -> bool {
        self.is_cons() || self.is_nil()
    }
    /// Does this point to a boxed object?
    #[inline]
    pub const fn is_boxed(self) -> bool {
        self.0 & PRIMARY == BOXED
    }
    /// Is this a value without any memory?
    #[inline]
    pub const fn is_immediate(self) -> bool {
        self.0 & PRIMARY == IMMEDIATE
    }
    /// The kind of boxed object, if it is one.
    #[inline]
    pub fn boxed_subtag(self) -> Option<Subtag> {
        if self.is_boxed() { subtag(self.object_header()) } else { None }
    }
    /// Is this a tuple?
    #[inline]
    pub fn is_tuple(self) -> bool {
        self.boxed_subtag() == Some(Subtag::Tuple)
    }
    /// Is this a float?
    #[inline]
    pub fn is_float(self) -> bool {
        self.boxed_subtag() == Some(Subtag::Float)
    }
    /// Is this an integer of any size?
    #[inline]
    pub fn is_integer(self) -> bool {
        self.is_small() || matches!(self.boxed_subtag(), Some(Subtag::BigPos | Subtag::BigNeg))
    }
    /// Is this a number?
    #[inline]
    pub fn is_number(self) -> bool {
        self.is_integer() || self.is_float()
    }
    /// Is this a map?
    #[inline]
    pub fn is_map(self) -> bool {
        matches!(self.boxed_subtag(), Some(Subtag::FlatMap | Subtag::HashMap))
    }
    /// Is this a native record?
    #[inline]
    pub fn is_record(self) -> bool {
        self.boxed_subtag() == Some(Subtag::Record)
    }
    /// The record.
    #[inline]
    pub fn as_record<'a>(self) -> Option<RecordRef<'a>> {
        match self.view() {
            View::Record(record) => Some(record),
            _ => None,
        }
    }
    /// Is this a bitstring?
    #[inline]
    pub fn is_bitstring(self) -> bool {
        matches!(self.boxed_subtag(), Some(Subtag::HeapBits | Subtag::RefcBits | Subtag::SubBits))
    }

    /// The value of a small integer.
    #[inline]
    pub const fn as_small(self) -> Option<isize> {
        if self.is_small() { Some(self.small_value()) } else { None }
    }
    /// The value of what is known to be a small integer.
    #[inline]
    pub const fn small_value(self) -> isize {
        self.0 as isize >> abi::SMALL_SHIFT
    }
    /// The atom.
    #[inline]
    pub const fn as_atom(self) -> Option<Atom> {
        if self.is_atom() { Some(Atom((self.0 >> abi::ATOM_SHIFT) as u32)) } else { None }
    }
    /// Slot number of a local pid.
    #[inline]
    pub const fn as_pid(self) -> Option<usize> {
        if self.is_pid() { Some(self.0 >> abi::SMALL_SHIFT) } else { None }
    }
    /// Slot number of a local port.
    #[inline]
    pub const fn as_port(self) -> Option<usize> {
        if self.is_port() { Some(self.0 >> abi::SMALL_SHIFT) } else { None }
    }
    /// Head and tail of a non-empty list.
    #[inline]
    pub fn as_cons<'a>(self) -> Option<&'a [Term; 2]> {
        // SAFETY: a cons pointer points to two terms, by the contract of `Term`.
        if self.is_cons() { Some(unsafe { &*((self.0 - CONS) as *const [Term; 2]) }) } else { None }
    }
    /// Elements of a tuple.
    #[inline]
    pub fn as_tuple<'a>(self) -> Option<&'a [Term]> {
        if !self.is_boxed() {
            return None;
        }
        let words: &'a [usize] = self.object_words();
        // SAFETY: all words of a tuple behind its header are terms.
        (subtag(words[0]) == Some(Subtag::Tuple)).then(|| unsafe { Term::slice_from_raw(&words[1..]) })
    }
    /// The numbers of a reference.
    #[inline]
    pub fn as_reference<'a>(self) -> Option<RefRef<'a>> {
        if !self.is_boxed() {
            return None;
        }
        let words: &'a [usize] = self.object_words();
        (subtag(words[0]) == Some(Subtag::Ref)).then(|| RefRef { words: &words[1..] })
    }
    /// Value of a float.
    #[inline]
    pub fn as_float(self) -> Option<f64> {
        if !self.is_boxed() {
            return None;
        }
        let words = self.object_words();
        (subtag(words[0]) == Some(Subtag::Float)).then(|| float_of(words))
    }
    /// Address of what a pointer term points to; for others meaningless.
    #[inline]
    pub const fn address(self) -> *mut usize {
        (self.0 & !PRIMARY) as *mut usize
    }
    /// Header of a boxed object.
    #[inline]
    pub fn object_header(self) -> usize {
        debug_assert!(self.is_boxed());
        // SAFETY: a boxed pointer points to a header, by the contract of `Term`.
        unsafe { *self.address() }
    }
    /// All words of a boxed object, header first.
    #[inline]
    pub fn object_words<'a>(self) -> &'a [usize] {
        let n = 1 + payload(self.object_header());
        // SAFETY: the header announces that many words behind it.
        unsafe { core::slice::from_raw_parts(self.address(), n) }
    }

    /// Decodes one level.
    #[inline]
    pub fn view<'a>(self) -> View<'a> {
        match self.0 & PRIMARY {
            CONS => {
                // SAFETY: a cons pointer points to two terms.
                View::Cons(unsafe { &*((self.0 - CONS) as *const [Term; 2]) })
            }
            BOXED => self.view_boxed(),
            IMMEDIATE => {
                if self.is_small() {
                    View::Small(self.small_value())
                } else if let Some(a) = self.as_atom() {
                    View::Atom(a)
                } else if self.is_nil() {
                    View::Nil
                } else if let Some(p) = self.as_pid() {
                    View::Pid(p)
                } else if let Some(p) = self.as_port() {
                    View::Port(p)
                } else {
                    View::None
                }
            }
            _ => View::None,
        }
    }

    fn view_boxed<'a>(self) -> View<'a> {
        let words: &'a [usize] = self.object_words();
        // SAFETY: where the layout says there are terms, there are terms.
        let terms = |from: usize| unsafe { Term::slice_from_raw(&words[from..]) };
        let Some(tag) = subtag(words[0]) else { return View::None };
        match tag {
            Subtag::Tuple => View::Tuple(terms(1)),
            Subtag::Fun => View::Fun(FunRef { words }),
            Subtag::BigPos | Subtag::BigNeg => {
                View::Big(BigRef { negative: tag == Subtag::BigNeg, limbs: &words[1..] })
            }
            Subtag::Float => View::Float(float_of(words)),
            Subtag::Ref => View::Ref(RefRef { words: &words[1..] }),
            Subtag::FlatMap => View::FlatMap(FlatMapRef { terms: terms(1) }),
            Subtag::HashMap => View::HashMap(HashMapRef { words }),
            Subtag::HeapBits | Subtag::RefcBits | Subtag::SubBits => View::Bits(self),
            Subtag::MatchContext => View::MatchContext(words),
            Subtag::Raw => View::Raw(words),
            Subtag::Record => View::Record(RecordRef::new(terms(1))),
            Subtag::Forward => View::None,
        }
    }
}

impl core::fmt::Debug for Term {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Term({:#x})", self.0)
    }
}

impl From<Atom> for Term {
    fn from(a: Atom) -> Term {
        Term::atom(a)
    }
}

fn float_of(words: &[usize]) -> f64 {
    if FLOAT_WORDS == 1 {
        f64::from_bits(words[1] as u64)
    } else {
        f64::from_bits(words[1] as u64 | (words[FLOAT_WORDS] as u64) << 32)
    }
}

/// The payload words of a float.
pub fn float_words(f: f64) -> [usize; FLOAT_WORDS] {
    let bits = f.to_bits();
    let mut words = [bits as usize; FLOAT_WORDS];
    if FLOAT_WORDS == 2 {
        words[FLOAT_WORDS - 1] = (bits >> 32) as usize;
    }
    words
}

/// One level of a term.
#[derive(Clone, Copy, Debug)]
pub enum View<'a> {
    /// Small integer.
    Small(isize),
    /// Atom.
    Atom(Atom),
    /// The empty list.
    Nil,
    /// Local pid.
    Pid(usize),
    /// Local port.
    Port(usize),
    /// Head and tail.
    Cons(&'a [Term; 2]),
    /// Elements.
    Tuple(&'a [Term]),
    /// Fun.
    Fun(FunRef<'a>),
    /// Integer beyond the smalls.
    Big(BigRef<'a>),
    /// Float.
    Float(f64),
    /// Local reference.
    Ref(RefRef<'a>),
    /// Map of at most 32 keys.
    FlatMap(FlatMapRef<'a>),
    /// Larger map, or one of its inner nodes.
    HashMap(HashMapRef<'a>),
    /// Bitstring of any representation: see `binary`.
    Bits(Term),
    /// Match context, never seen by Erlang code.
    MatchContext(&'a [usize]),
    /// Native record.
    Record(RecordRef<'a>),
    /// Object the runtime keeps to itself.
    Raw(&'a [usize]),
    /// Not a term.
    None,
}

/// A fun: entry cell, arity and free variables.
#[derive(Clone, Copy, Debug)]
pub struct FunRef<'a> {
    words: &'a [usize],
}
impl<'a> FunRef<'a> {
    /// Address of the entry cell: the fun's identity.
    pub fn cell(self) -> usize {
        self.words[abi::FUN_CELL]
    }
    /// Number of arguments.
    pub fn arity(self) -> usize {
        self.words[abi::FUN_ARITY]
    }
    /// Free variables.
    pub fn env(self) -> &'a [Term] {
        // SAFETY: from FUN_ENV on a fun holds terms.
        unsafe { Term::slice_from_raw(&self.words[abi::FUN_ENV..]) }
    }
}

/// A big integer: sign and limbs, least significant first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BigRef<'a> {
    /// Less than zero?
    pub negative: bool,
    /// Magnitude; the last limb is not zero.
    pub limbs: &'a [usize],
}

/// A local reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefRef<'a> {
    words: &'a [usize],
}
impl RefRef<'_> {
    /// The three 32-bit numbers, least significant first.
    #[inline]
    pub fn numbers(self) -> [u32; 3] {
        if WORD_BYTES == 8 {
            let w = self.words[0] as u64;
            [w as u32, (w >> 32) as u32, self.words[1] as u32]
        } else {
            [self.words[0] as u32, self.words[1] as u32, self.words[REF_WORDS - 1] as u32]
        }
    }
}

/// The payload words of a reference.
pub fn ref_words(n: [u32; 3]) -> [usize; REF_WORDS] {
    let mut words = [n[2] as usize; REF_WORDS];
    if WORD_BYTES == 8 {
        words[0] = (n[0] as u64 | (n[1] as u64) << 32) as usize;
    } else {
        words[0] = n[0] as usize;
        words[1] = n[1] as usize;
    }
    words
}

/// A map of at most 32 keys.
#[derive(Clone, Copy, Debug)]
pub struct FlatMapRef<'a> {
    terms: &'a [Term],
}
impl<'a> FlatMapRef<'a> {
    /// The keys tuple.
    pub fn keys_term(self) -> Term {
        self.terms[0]
    }
    /// The keys, in term order.
    pub fn keys(self) -> &'a [Term] {
        self.terms[0].as_tuple().unwrap_or(&[])
    }
    /// The values, in the order of the keys.
    pub fn values(self) -> &'a [Term] {
        &self.terms[1..]
    }
}

/// A hash map's root or inner node; see `map` for the tree.
#[derive(Clone, Copy, Debug)]
pub struct HashMapRef<'a> {
    words: &'a [usize],
}
impl<'a> HashMapRef<'a> {
    /// The raw word: `size << 1 | 1` in a root, `bitmap << 1` in an inner node.
    pub fn raw_word(self) -> usize {
        self.words[1]
    }
    /// Number of keys, if this is a root.
    pub fn size(self) -> usize {
        self.words[1] >> 1
    }
    /// The children.
    pub fn children(self) -> &'a [Term] {
        // SAFETY: behind the raw word a hash map node holds terms.
        unsafe { Term::slice_from_raw(&self.words[2..]) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn immediates_round_trip() {
        for n in [0, 1, -1, 8, SMALL_MAX, SMALL_MIN] {
            assert_eq!(Term::small(n).as_small(), Some(n));
            assert!(!Term::small(n).is_atom());
        }
        assert_eq!(Term::try_small(SMALL_MAX as i64 + 1), None);
        assert_eq!(Term::small(8).raw(), 143);
        assert_eq!(Term::atom(Atom(77)).as_atom(), Some(Atom(77)));
        assert_eq!(Term::pid(5).as_pid(), Some(5));
        assert_eq!(Term::port(5).as_port(), Some(5));
        assert!(matches!(Term::NIL.view(), View::Nil));
        assert!(matches!(Term::NONE.view(), View::None));
        assert!(Term::NIL.as_small().is_none() && Term::NIL.as_pid().is_none());
    }

    #[test]
    fn numbers_in_words() {
        assert_eq!(RefRef { words: &ref_words([1, 2, 3]) }.numbers(), [1, 2, 3]);
        let mut words = std::vec![header(Subtag::Float, FLOAT_WORDS)];
        words.extend(float_words(-1.5));
        assert_eq!(float_of(&words), -1.5);
    }
}
