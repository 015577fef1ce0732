//! The frame: explicit slots and spill slots, in words above the stack pointer.
//!
//! ```text
//! word 0 .. explicit        explicit slots that keep their words, in the order of their numbers
//! word explicit .. total    spill slots, and the explicit slots that share words with them
//! ```

use cranelift_entity::{PrimaryMap, entity_impl};

use crate::vcode::ValueKind;

/// An explicit frame slot, made by lowering for values that handlers or cold paths need.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameSlot(u32);
entity_impl!(FrameSlot, "slot");

/// When a term slot is part of a stack map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotInit {
    /// In every stack map of the function. The prologue must fill [`FrameLayout::entry_init_words`] with an
    /// immediate term.
    AtEntry,
    /// Only in the maps of the safepoints that list it; stored to before those.
    Listed,
}

/// One explicit slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotData {
    /// [`ValueKind::Term`] or [`ValueKind::Raw`].
    pub kind: ValueKind,
    /// Size in words. Term slots have one.
    pub words: u32,
    /// When the collector sees it. Meaningless for raw slots.
    pub init: SlotInit,
}

/// Where slots are in the frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FrameLayout {
    pub(crate) slot_words: Vec<u32>,
    entry_init: Vec<u32>,
    explicit_words: u32,
    spill_words: u32,
}

impl FrameLayout {
    /// Lays out the explicit slots; spill slots follow when their number is known.
    pub(crate) fn new(slots: &PrimaryMap<FrameSlot, SlotData>) -> FrameLayout {
        let mut layout = FrameLayout::default();
        for data in slots.values() {
            let word = layout.explicit_words;
            layout.slot_words.push(word);
            if data.kind == ValueKind::Term && data.init == SlotInit::AtEntry {
                layout.entry_init.push(word);
            }
            layout.explicit_words += data.words;
        }
        layout
    }

    /// Lays out the explicit slots again, without those for which `place` gives a word of the spill area.
    pub(crate) fn share(
        &mut self,
        slots: &PrimaryMap<FrameSlot, SlotData>,
        place: impl Fn(FrameSlot) -> Option<u32>,
    ) {
        let own: PrimaryMap<FrameSlot, SlotData> = slots
            .iter()
            .map(|(slot, &data)| SlotData {
                words: if place(slot).is_some() { 0 } else { data.words },
                ..data
            })
            .collect();
        *self = FrameLayout::new(&own);
        for slot in slots.keys() {
            if let Some(word) = place(slot) {
                self.slot_words[slot.0 as usize] = self.explicit_words + word;
            }
        }
    }

    /// Sets the number of spill words.
    pub(crate) fn set_spill_words(&mut self, words: u32) {
        self.spill_words = words;
    }

    /// The first word of an explicit slot.
    pub fn slot_word(&self, slot: FrameSlot) -> u32 {
        self.slot_words[slot.0 as usize]
    }

    /// The frame word of a spill slot of the allocator.
    pub fn spill_word(&self, spill: u32) -> u32 {
        self.explicit_words + spill
    }

    /// Words that the prologue must fill with an immediate term.
    pub fn entry_init_words(&self) -> &[u32] {
        &self.entry_init
    }

    /// Words of the explicit slots that share with nothing.
    pub fn explicit_words(&self) -> u32 {
        self.explicit_words
    }

    /// Words of spill slots and of the explicit slots that share with them.
    pub fn spill_words(&self) -> u32 {
        self.spill_words
    }

    /// All words of the frame, without return address and alignment.
    pub fn frame_words(&self) -> u32 {
        self.explicit_words + self.spill_words
    }
}
