//! The simulated memory: heap, literals, atoms, entry cells.
//!
//! Words have the layout of `linac_abi::term` for the chosen word size, whatever the host's. Addresses are made up: the
//! heap gets a new range of them each time its objects move, so a stale address leads nowhere. Words of a fresh
//! object hold a pattern that is no term, so an object that was not filled in is noticed.

use super::Fault;
use linac_abi::WordSize;
use linac_abi::term::{self, FIXED_ATOMS, Subtag};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// What fresh words hold: the reserved immediate, never a valid term.
const FRESH: u64 = 0x1B;
/// Distance of made-up address ranges.
const GAP: u64 = 0x1000;

/// A function as the heap sees it: what an entry cell leads to.
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
pub enum Callee {
    /// A function by name: exported, or of the program.
    Function {
        /// Module.
        module: Arc<str>,
        /// Name.
        name: Arc<str>,
        /// Arity.
        arity: u32,
    },
    /// The entry of a lambda: takes the fun after the arguments.
    Lambda {
        /// Module.
        module: Arc<str>,
        /// Name of the function with the body.
        name: Arc<str>,
        /// Arity as a fun.
        arity: u32,
        /// Number of free variables.
        free: u32,
    },
}

#[derive(Debug, Default)]
struct Region {
    base: u64,
    words: Vec<u64>,
}

/// Heap, literals, atoms, entry cells.
#[derive(Debug)]
pub struct Memory {
    word: WordSize,
    heap: Region,
    literals: Region,
    atoms: Vec<Arc<str>>,
    atom_numbers: FxHashMap<Arc<str>, u32>,
    cells: Vec<Callee>,
    cell_numbers: FxHashMap<Callee, u32>,
    max_words: usize,
    /// Counts safepoints.
    pub(super) epoch: u32,
}

impl Memory {
    /// An empty memory whose heap and literals may take this many words each.
    pub fn new(word: WordSize, max_words: usize) -> Memory {
        let high = Self::high(word);
        let mut mem = Memory {
            word,
            heap: Region { base: high + 0x2000_0000, words: Vec::new() },
            literals: Region { base: high + 0x1000_0000, words: Vec::new() },
            atoms: Vec::new(),
            atom_numbers: FxHashMap::default(),
            cells: Vec::new(),
            cell_numbers: FxHashMap::default(),
            max_words,
            epoch: 0,
        };
        for text in FIXED_ATOMS {
            mem.atom(text);
        }
        mem
    }

    /// Addresses of 64-bit targets need more than 32 bits, so that cutting one off is noticed.
    fn high(word: WordSize) -> u64 {
        if word == WordSize::W64 { 0x6000_0000_0000 } else { 0 }
    }

    /// Word size.
    pub fn word(&self) -> WordSize {
        self.word
    }

    /// All bits that a word has.
    pub fn mask(&self) -> u64 {
        if self.word == WordSize::W64 { u64::MAX } else { u32::MAX.into() }
    }

    /// Words in use on the heap.
    pub fn heap_words(&self) -> usize {
        self.heap.words.len()
    }

    /// Should objects be moved at the next safepoint to make room?
    pub(super) fn is_crowded(&self) -> bool {
        self.heap.words.len() > self.max_words / 2
    }

    /// The term of an atom.
    pub fn atom(&mut self, text: &str) -> u64 {
        let n = match self.atom_numbers.get(text) {
            Some(&n) => n,
            None => {
                let (n, text): (u32, Arc<str>) = (self.atoms.len() as u32, text.into());
                self.atoms.push(text.clone());
                self.atom_numbers.insert(text, n);
                n
            }
        };
        term::atom(n)
    }

    /// The text of an atom term.
    pub fn atom_text(&self, term: u64) -> Option<&Arc<str>> {
        if term & term::IMM2_MASK != term::TAG_ATOM {
            return None;
        }
        self.atoms.get((term >> term::ATOM_SHIFT) as usize)
    }

    /// The atom `true` or `false`.
    pub fn boolean(&self, b: bool) -> u64 {
        if b { term::FixedAtom::True.word() } else { term::FixedAtom::False.word() }
    }

    fn cell_base(&self) -> u64 {
        Self::high(self.word) + 0x0800_0000
    }

    /// Address of the entry cell of a function.
    pub fn cell(&mut self, callee: Callee) -> u64 {
        let n = match self.cell_numbers.get(&callee) {
            Some(&n) => n,
            None => {
                let n = self.cells.len() as u32;
                self.cells.push(callee.clone());
                self.cell_numbers.insert(callee, n);
                n
            }
        };
        self.cell_base() + u64::from(n) * u64::from(self.word.bytes())
    }

    /// What an entry cell leads to.
    pub fn callee(&self, address: u64) -> Option<&Callee> {
        let offset = address.checked_sub(self.cell_base())?;
        let bytes = u64::from(self.word.bytes());
        if offset % bytes != 0 {
            return None;
        }
        self.cells.get(usize::try_from(offset / bytes).ok()?)
    }

    /// Address of fresh words on the heap.
    pub fn alloc(&mut self, words: usize) -> Result<u64, Fault> {
        Self::grow(&mut self.heap, words, self.max_words, self.word)
    }

    /// Address of fresh words among the literals, which never move.
    pub(super) fn alloc_literal(&mut self, words: usize) -> Result<u64, Fault> {
        Self::grow(&mut self.literals, words, self.max_words, self.word)
    }

    fn grow(region: &mut Region, words: usize, max: usize, word: WordSize) -> Result<u64, Fault> {
        let old = region.words.len();
        match old.checked_add(words) {
            Some(new) if new <= max => region.words.resize(new, FRESH),
            _ => return Err(Fault::OutOfMemory),
        }
        Ok(region.base + old as u64 * u64::from(word.bytes()))
    }

    /// The word at an address.
    pub fn load(&self, address: u64) -> Result<u64, Fault> {
        for region in [&self.heap, &self.literals] {
            if let Some(i) = self.index(region, address)? {
                return Ok(region.words[i]);
            }
        }
        Err(Fault::undefined(format!("nothing is at address {address:#x} (has it moved?)")))
    }

    /// Writes the word at an address of the heap.
    pub fn store(&mut self, address: u64, value: u64) -> Result<(), Fault> {
        let i = self.index(&self.heap, address)?;
        match i {
            Some(i) => {
                self.heap.words[i] = value & self.mask();
                Ok(())
            }
            None => Err(Fault::undefined(format!("address {address:#x} cannot be written (has it moved?)"))),
        }
    }

    /// Writes a word of a fresh object, heap or literal.
    pub(super) fn init(&mut self, address: u64, value: u64) -> Result<(), Fault> {
        match self.index(&self.literals, address)? {
            Some(i) => {
                self.literals.words[i] = value & self.mask();
                Ok(())
            }
            None => self.store(address, value),
        }
    }

    fn index(&self, region: &Region, address: u64) -> Result<Option<usize>, Fault> {
        let bytes = u64::from(self.word.bytes());
        let Some(offset) = address.checked_sub(region.base) else { return Ok(None) };
        let i = offset / bytes;
        if i >= region.words.len() as u64 {
            return Ok(None);
        }
        if offset % bytes != 0 {
            return Err(Fault::undefined(format!("address {address:#x} is not aligned")));
        }
        Ok(Some(i as usize))
    }

    /// Begins to move all objects of the heap. Relocate every root, then finish.
    pub(super) fn begin_move(&mut self) -> Mover<'_> {
        let size = self.heap.words.len() as u64 * u64::from(self.word.bytes());
        let high = Self::high(self.word);
        let mut base = (self.heap.base + size + GAP).next_multiple_of(GAP);
        // Ranges are used again after a long time; the epoch tells old derived values even then.
        if base - high > 0xA000_0000 {
            base = high + 0x2000_0000;
        }
        let old = std::mem::take(&mut self.heap);
        let forward = vec![u32::MAX; old.words.len()];
        self.heap.base = base;
        Mover { mem: self, old, forward, todo: Vec::new() }
    }
}

/// A move under way.
pub(super) struct Mover<'m> {
    mem: &'m mut Memory,
    old: Region,
    /// New index by old index of an object's first word.
    forward: Vec<u32>,
    /// Words of the new heap that still hold old terms: start and end.
    todo: Vec<(usize, usize)>,
}

impl Mover<'_> {
    /// The term's new word.
    pub(super) fn relocate(&mut self, word: u64) -> Result<u64, Fault> {
        let tag = word & term::PRIMARY_MASK;
        if word == term::NONE {
            return Ok(word);
        }
        if tag == term::TAG_IMMEDIATE {
            return match word == FRESH {
                true => Err(Fault::undefined("a word of an object was not filled in before a safepoint")),
                false => Ok(word),
            };
        }
        if tag == term::TAG_HEADER {
            return Err(Fault::undefined(format!("{word:#x} stands where a term should, at a safepoint")));
        }
        let address = word - tag;
        let Some(from) = self.mem.index(&self.old, address)? else {
            self.mem.load(address)?;
            return Ok(word);
        };
        if self.forward[from] == u32::MAX {
            let (skip, terms, len) = if tag == term::TAG_CONS {
                (0, 2, 2)
            } else {
                let header = self.old.words[from];
                let subtag = Subtag::of_header(header).filter(|_| header & term::PRIMARY_MASK == 0);
                let Some(subtag) = subtag else {
                    return Err(Fault::undefined(format!("no header is at {address:#x}")));
                };
                let payload = (header >> term::HEADER_SHIFT) as usize;
                let scan = subtag.scan();
                let skip = scan.skip as usize;
                let all = payload.saturating_sub(skip);
                let terms = scan.count.map_or(all, |n| (n as usize).min(all));
                (skip + 1, terms, payload + 1)
            };
            let Some(words) = self.old.words.get(from..from + len) else {
                return Err(Fault::undefined(format!("the object at {address:#x} is longer than the heap")));
            };
            let to = self.mem.heap.words.len();
            self.mem.heap.words.extend_from_slice(words);
            self.forward[from] = to as u32;
            self.todo.push((to + skip, to + skip + terms));
        }
        let bytes = u64::from(self.mem.word.bytes());
        Ok(self.mem.heap.base + u64::from(self.forward[from]) * bytes + tag)
    }

    /// Moves everything that is reachable from what was relocated.
    pub(super) fn finish(mut self) -> Result<(), Fault> {
        while let Some((start, end)) = self.todo.pop() {
            for i in start..end {
                let new = self.relocate(self.mem.heap.words[i])?;
                self.mem.heap.words[i] = new;
            }
        }
        Ok(())
    }
}
