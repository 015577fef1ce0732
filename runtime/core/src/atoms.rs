//! The atom table: number to text and back, one for the whole system, only ever growing.
//!
//! *Idea*: reading a text by number takes no lock: entries live in chunks that double in size and never move, each
//! published with one store. Finding a text takes one lock around a hash index of numbers. *Invariants*: an entry
//! is never changed or freed; the atoms of [`linac_abi::term::FIXED_ATOMS`] have the numbers fixed there.

use crate::sync::{Lock, Published, Tally};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering as Mem};
use hashbrown::HashTable;
use linac_abi::term::{FIXED_ATOMS, FixedAtom};

/// An atom's number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Atom(pub u32);

/// Most characters in an atom.
pub const MAX_CHARS: usize = 255;
/// Most atoms in the system.
pub const MAX_ATOMS: u32 = 1 << 20;

/// Why an atom could not be made. Both are `system_limit` to Erlang.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AtomError {
    /// More than [`MAX_CHARS`] characters.
    TooLong,
    /// [`MAX_ATOMS`] atoms exist.
    TableFull,
}

impl core::fmt::Display for AtomError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            AtomError::TooLong => "atom longer than 255 characters",
            AtomError::TableFull => "no room for another atom",
        })
    }
}

struct Entry {
    /// The first four bytes, big endian: most comparisons end here.
    prefix: u32,
    /// The portable hash of the text (see `hash`).
    hash: u32,
    text: Box<str>,
}

/// Chunk `k` holds `FIRST << k` entries.
const FIRST: u32 = 64;
const CHUNKS: usize = 15;

static ENTRIES: [AtomicPtr<AtomicPtr<Entry>>; CHUNKS] = [const { AtomicPtr::new(ptr::null_mut()) }; CHUNKS];
/// Number of atoms; 0 before the fixed atoms are there.
static COUNT: Published = Published::new(0);
static TEXT_BYTES: Tally = Tally::new();
static INDEX: Lock<HashTable<u32>> = Lock::new(HashTable::new());

fn place(number: u32) -> (usize, usize) {
    // Chunks start at FIRST * (2^k - 1).
    let n = number / FIRST + 1;
    let chunk = (31 - n.leading_zeros()) as usize;
    (chunk, (number - FIRST * ((1 << chunk) - 1)) as usize)
}

/// A multiplicative hash over eight bytes at a time: nobody picks atoms to collide who could not fill the table anyway.
fn text_hash(text: &str) -> u64 {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    let add = |h: u64, n: u64| (h.rotate_left(23) ^ n).wrapping_mul(FACTOR);
    let (whole, rest) = text.as_bytes().as_chunks::<8>();
    let h = whole.iter().fold(text.len() as u64, |h, bytes| add(h, u64::from_le_bytes(*bytes)));
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let h = add(h, u64::from_le_bytes(last));
    // The index takes the lowest bits as well as the highest.
    h ^ h >> 32
}

fn add(index: &mut HashTable<u32>, text: &str) -> Result<u32, AtomError> {
    let number = COUNT.get() as u32;
    if number >= MAX_ATOMS {
        return Err(AtomError::TableFull);
    }
    let (chunk, at) = place(number);
    let mut base = ENTRIES[chunk].load(Mem::Acquire);
    if base.is_null() {
        let fresh: Vec<AtomicPtr<Entry>> =
            (0..FIRST << chunk).map(|_| AtomicPtr::new(ptr::null_mut())).collect();
        base = Box::leak(fresh.into_boxed_slice()).as_mut_ptr();
        ENTRIES[chunk].store(base, Mem::Release);
    }
    let mut first = [0; 4];
    let n = text.len().min(4);
    first[..n].copy_from_slice(&text.as_bytes()[..n]);
    let entry =
        Box::new(Entry { prefix: u32::from_be_bytes(first), hash: portable_hash(text), text: text.into() });
    // SAFETY: `at` is within the chunk by `place`; chunks are never freed.
    unsafe { &*base.add(at) }.store(Box::leak(entry), Mem::Release);
    TEXT_BYTES.add(text.len());
    COUNT.set(number as usize + 1);
    index.insert_unique(text_hash(text), number, |&n| text_hash(&raw_entry(n).text));
    Ok(number)
}

/// The hash of an atom's text that `phash2` builds on: characters as Latin-1 bytes where they are, UTF-8 otherwise,
/// folded four bits at a time.
fn portable_hash(text: &str) -> u32 {
    let mut h: u32 = 0;
    let mut fold = |byte: u32| {
        h = (h << 4).wrapping_add(byte);
        let high = h & 0xF000_0000;
        h ^= high >> 24;
        h ^= high;
    };
    for c in text.chars() {
        if (c as u32) < 256 {
            fold(c as u32);
        } else {
            let mut buf = [0; 4];
            c.encode_utf8(&mut buf).bytes().for_each(|b| fold(u32::from(b)));
        }
    }
    h
}

fn ensure_fixed() {
    if COUNT.get() < FIXED_ATOMS.len() {
        INDEX.with(fill_fixed);
    }
}

fn fill_fixed(index: &mut HashTable<u32>) {
    // Under the lock: only one thread fills, and it fills in order.
    while COUNT.get() < FIXED_ATOMS.len() {
        // The limit is far away from here.
        let _ = add(index, FIXED_ATOMS[COUNT.get()]);
    }
}

#[inline]
fn entry_of(number: u32) -> &'static Entry {
    let (chunk, at) = place(number);
    let base = ENTRIES[chunk].load(Mem::Acquire);
    if !base.is_null() {
        // SAFETY: `at` is within the chunk.
        let entry = unsafe { (*base.add(at)).load(Mem::Acquire) };
        if !entry.is_null() {
            // SAFETY: entries are leaked, so this one lives forever.
            return unsafe { &*entry };
        }
    }
    first_entry_of(number)
}

/// As [`entry_of`], if nobody has made the atoms that are always there yet.
#[cold]
fn first_entry_of(number: u32) -> &'static Entry {
    ensure_fixed();
    raw_entry(number)
}

/// As [`entry_of`], for those who hold the lock.
fn raw_entry(number: u32) -> &'static Entry {
    let (chunk, at) = place(number);
    let base = ENTRIES[chunk].load(Mem::Acquire);
    assert!(!base.is_null(), "atom {number} does not exist");
    // SAFETY: `at` is within the chunk; an `Atom` is made only after its entry was published.
    let entry = unsafe { (*base.add(at)).load(Mem::Acquire) };
    assert!(!entry.is_null(), "atom {number} does not exist");
    // SAFETY: entries are leaked, so this one lives forever.
    unsafe { &*entry }
}

impl Atom {
    /// The atom with this text, made if there is none.
    pub fn new(text: &str) -> Result<Atom, AtomError> {
        if text.len() > MAX_CHARS && text.chars().count() > MAX_CHARS {
            return Err(AtomError::TooLong);
        }
        INDEX.with(|index| {
            fill_fixed(index);
            match find(index, text) {
                Some(n) => Ok(Atom(n)),
                None => add(index, text).map(Atom),
            }
        })
    }

    /// The atom with this text, if there is one.
    pub fn existing(text: &str) -> Option<Atom> {
        INDEX.with(|index| {
            fill_fixed(index);
            find(index, text).map(Atom)
        })
    }

    /// The text.
    pub fn text(self) -> &'static str {
        &entry_of(self.0).text
    }

    /// The part of `phash2` that depends on the text.
    pub fn hash_value(self) -> u32 {
        entry_of(self.0).hash
    }

    /// The first four bytes of the text, zeros behind a short one: grows with the text.
    pub fn prefix(self) -> u32 {
        entry_of(self.0).prefix
    }

    /// Is there an atom with this number?
    pub fn exists(number: u32) -> bool {
        ensure_fixed();
        (number as usize) < COUNT.get()
    }

    /// Number of atoms in the system.
    pub fn count() -> usize {
        ensure_fixed();
        COUNT.get()
    }

    /// Bytes that all atoms take: texts, entries, and their places in table and index.
    pub fn bytes() -> usize {
        Atom::count() * (size_of::<Entry>() + size_of::<AtomicPtr<Entry>>() + size_of::<u32>())
            + TEXT_BYTES.get()
    }

    /// Term order of atoms: by text.
    pub fn order(self, other: Atom) -> Ordering {
        if self == other {
            return Ordering::Equal;
        }
        let (a, b) = (entry_of(self.0), entry_of(other.0));
        a.prefix.cmp(&b.prefix).then_with(|| a.text.as_bytes().cmp(b.text.as_bytes()))
    }
}

impl From<FixedAtom> for Atom {
    fn from(a: FixedAtom) -> Atom {
        Atom(a as u32)
    }
}

fn find(index: &HashTable<u32>, text: &str) -> Option<u32> {
    index.find(text_hash(text), |&n| &*raw_entry(n).text == text).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn fixed_atoms_have_their_numbers() {
        for (i, text) in FIXED_ATOMS.iter().enumerate() {
            assert_eq!(Atom::new(text), Ok(Atom(i as u32)));
            assert_eq!(Atom(i as u32).text(), *text);
        }
    }

    #[test]
    fn places_are_dense() {
        let mut expect = (0, 0);
        for n in 0..100_000 {
            assert_eq!(place(n), expect);
            expect.1 += 1;
            if expect.1 == (FIRST as usize) << expect.0 {
                expect = (expect.0 + 1, 0);
            }
        }
        assert!(place(MAX_ATOMS - 1).0 < CHUNKS);
    }

    #[test]
    fn interning_from_threads_agrees() {
        let all: Vec<Vec<Atom>> = std::thread::scope(|s| {
            let handles: Vec<_> = (0..4)
                .map(|_| s.spawn(|| (0..500).map(|i| Atom::new(&format!("t{i}")).unwrap()).collect()))
                .collect();
            handles.into_iter().map(|h| h.join().unwrap()).collect()
        });
        assert!(all.iter().all(|v| *v == all[0]));
        assert_eq!(all[0][7].text(), "t7");
        assert_eq!(Atom::existing("never made before"), None);
    }

    #[test]
    fn limits_and_order() {
        assert_eq!(Atom::new(&"é".repeat(256)), Err(AtomError::TooLong));
        assert!(Atom::new(&"é".repeat(255)).is_ok());
        let [a, b, c] = ["abcd", "abcde", "b"].map(|t| Atom::new(t).unwrap());
        assert_eq!(a.order(b), Ordering::Less);
        assert_eq!(c.order(b), Ordering::Greater);
        assert_eq!(b.order(b), Ordering::Equal);
        let empty = Atom::new("").unwrap();
        assert_eq!(empty.order(a), Ordering::Less);
    }
}
