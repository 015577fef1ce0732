//! Explicit slots that can share words with spill slots.
//!
//! A slot in which a cold path parks a value over one safepoint is idle the rest of the time, and so is the spill
//! slot of a value that is parked. Where every block that touches a slot stores to it first, the slot holds
//! nothing between blocks, no handler reads it, and colouring can treat it like a spill word. Slots of try regions
//! are read in other blocks than they are stored in; those, and slots that the prologue fills, keep their words.

use cranelift_entity::EntityRef;

use crate::frame::{FrameSlot, SlotInit};
use crate::inst::{MachInst, SlotAccess};
use crate::liveness::NONE;
use crate::vcode::VCode;

/// The slots that can share, with a number for each.
#[derive(Default)]
pub(crate) struct Shared {
    /// Number of each slot; `NONE` for those that keep their word.
    number: Vec<u32>,
    /// How many share.
    pub count: usize,
}

impl Shared {
    /// Finds them.
    pub fn find<I: MachInst>(vcode: &VCode<I>) -> Shared {
        let candidate = |s: FrameSlot| vcode.slots[s].init == SlotInit::Listed && vcode.slots[s].words == 1;
        if !vcode.slots.keys().any(candidate) {
            return Shared::default();
        }
        let mut last_block = vec![NONE; vcode.slots.len()];
        let mut good: Vec<bool> = vcode.slots.keys().map(candidate).collect();
        for block in vcode.blocks() {
            let b = block.index() as u32;
            for inst in vcode.block_insts(block).iter() {
                visit(vcode, inst, &mut |slot, kind| {
                    if std::mem::replace(&mut last_block[slot.index()], b) != b && kind == Touch::Read {
                        good[slot.index()] = false;
                    }
                });
            }
        }
        let mut count = 0;
        let number = good.iter().zip(&last_block).map(|(&good, &last)| {
            if !good || last == NONE {
                return NONE;
            }
            count += 1;
            count - 1
        });
        Shared { number: number.collect(), count: count as usize }
    }

    /// The number of a slot that shares.
    pub fn number(&self, slot: FrameSlot) -> Option<u32> {
        self.number.get(slot.index()).copied().filter(|&n| n != NONE)
    }
}

/// How an instruction touches a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Touch {
    /// Loads it, or lists it at a safepoint.
    Read,
    /// Stores to it.
    Write,
}

/// Visits the slots that an instruction touches, listed ones first.
pub(crate) fn visit<I: MachInst>(
    vcode: &VCode<I>,
    inst: regalloc2::Inst,
    touch: &mut dyn FnMut(FrameSlot, Touch),
) {
    if let Some(site) = vcode.safepoint_site(inst) {
        for &slot in &site.slots {
            touch(slot, Touch::Read);
        }
    }
    vcode.inst(inst).slots(&mut |access| match access {
        SlotAccess::Load(s, _) | SlotAccess::Read(s) => touch(s, Touch::Read),
        SlotAccess::Store(s, _) | SlotAccess::StoreConst(s) => touch(s, Touch::Write),
    });
}
