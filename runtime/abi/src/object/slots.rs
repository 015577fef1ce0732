//! Sets of frame slots: the stack maps.

use alloc::sync::Arc;
#[cfg(test)]
use alloc::vec::Vec;
use core::fmt;

/// A set of slot numbers, counted in words from the stack pointer.
///
/// Frames rarely exceed 64 words, so small sets are one word. Larger ones are shared between their copies: many
/// return sites of a function have the same set, and reading a file must not cost more memory than the file explains.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotSet(Repr);

/// `Large` holds at least two words and no zero word at its end, so that equal sets have equal representations.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Repr {
    Small(u64),
    Large(Arc<[u64]>),
}

impl SlotSet {
    /// The empty set.
    pub const EMPTY: SlotSet = SlotSet(Repr::Small(0));

    /// The set whose bit i of word w stands for slot 64·w + i.
    pub fn from_words(words: &[u64]) -> SlotSet {
        let used = words.iter().rposition(|&word| word != 0).map_or(0, |last| last + 1);
        SlotSet(match words.get(..used) {
            None | Some([]) => Repr::Small(0),
            Some([word]) => Repr::Small(*word),
            Some(words) => Repr::Large(words.into()),
        })
    }

    /// The words of the set, without zero words at the end.
    pub fn words(&self) -> &[u64] {
        match &self.0 {
            Repr::Small(0) => &[],
            Repr::Small(word) => core::slice::from_ref(word),
            Repr::Large(words) => words,
        }
    }

    /// Adds a slot.
    pub fn insert(&mut self, slot: u32) {
        let (word, bit) = (slot as usize / 64, slot % 64);
        match &mut self.0 {
            Repr::Small(bits) if word == 0 => *bits |= 1 << bit,
            Repr::Large(words) if word < words.len() => Arc::make_mut(words)[word] |= 1 << bit,
            _ => {
                let mut words = self.words().to_vec();
                words.resize(word + 1, 0);
                words[word] |= 1 << bit;
                *self = SlotSet::from_words(&words);
            }
        }
    }

    /// Is the slot in the set?
    pub fn contains(&self, slot: u32) -> bool {
        self.words().get(slot as usize / 64).is_some_and(|word| word >> (slot % 64) & 1 == 1)
    }

    /// Is the set empty?
    pub fn is_empty(&self) -> bool {
        self.words().is_empty()
    }

    /// Number of slots in the set.
    pub fn count(&self) -> usize {
        self.words().iter().map(|word| word.count_ones() as usize).sum()
    }

    /// One more than the largest slot, 0 for the empty set.
    pub fn bound(&self) -> usize {
        match self.words() {
            [] => 0,
            [rest @ .., last] => rest.len() * 64 + 64 - last.leading_zeros() as usize,
        }
    }

    /// The slots, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.words().iter().enumerate().flat_map(|(at, &word)| {
            (0..64u32).filter(move |bit| word >> bit & 1 == 1).map(move |bit| at as u32 * 64 + bit)
        })
    }
}

impl Default for SlotSet {
    fn default() -> SlotSet {
        SlotSet::EMPTY
    }
}

impl FromIterator<u32> for SlotSet {
    fn from_iter<I: IntoIterator<Item = u32>>(slots: I) -> SlotSet {
        let mut set = SlotSet::EMPTY;
        for slot in slots {
            set.insert(slot);
        }
        set
    }
}

impl fmt::Debug for SlotSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn representation_is_canonical() {
        let mut set = SlotSet::from_words(&[5, 0, 0]);
        assert_eq!(set, SlotSet::from_iter([0, 2]));
        assert_eq!(set.words(), &[5]);
        set.insert(130);
        assert_eq!(set.words(), &[5, 0, 4]);
        assert_eq!(set, SlotSet::from_iter([130, 2, 0]));
        assert_eq!(set.iter().collect::<Vec<_>>(), [0, 2, 130]);
        assert_eq!((set.bound(), set.count()), (131, 3));
        assert!(set.contains(130) && !set.contains(129) && !set.contains(100_000));
        assert_eq!((SlotSet::EMPTY.bound(), SlotSet::EMPTY.words().len()), (0, 0));
    }

    #[test]
    fn copies_do_not_change_each_other() {
        let first = SlotSet::from_iter([1, 100]);
        let mut second = first.clone();
        second.insert(3);
        assert!(!first.contains(3) && second.contains(3) && second.contains(100));
    }
}
