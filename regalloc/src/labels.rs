//! Where a debugger finds a value.
//!
//! regalloc2 can report this itself, but one of its algorithms gives ranges that overlap wrongly at edges and
//! the other drops a label unless the whole range fits. Replaying the allocation gives the same answer for
//! both: at each position, the locations *proved* to hold the value, and none when it is nowhere. What a
//! collection or a call spoils disappears by itself.

use rustc_hash::FxHashSet;
use smallvec::SmallVec;

use crate::inst::MachInst;
use crate::output::{Allocated, Item, Loc, ValueRange};
use crate::replay::{Replay, State};
use crate::vcode::{LabelRequest, RegEnv, VCode};

/// A request being followed through its block.
struct Active {
    request: LabelRequest,
    /// Locations that hold it now, with the position since when.
    open: SmallVec<[(Loc, u32); 2]>,
}

impl Allocated {
    /// The locations of the values for which lowering asked, sorted by label and position. At one position a
    /// label may have several locations; registers sort before frame words.
    pub fn value_ranges<I: MachInst>(&self, vcode: &VCode<I>, env: &RegEnv) -> Vec<ValueRange> {
        let mut ranges = Vec::new();
        if vcode.labels.is_empty() {
            return ranges;
        }
        let mut requests = vcode.labels.clone();
        requests.sort_by_key(|r| r.from);
        let mut seen = FxHashSet::default();
        requests.retain(|r| r.from < r.to && seen.insert((r.vreg, r.label, r.from, r.to)));
        let mut next = 0;
        let replay = Replay::new(vcode, self, env);
        let entry = replay.solve();
        let mut position = 0u32;
        for (block, mut state) in vcode.blocks().zip(entry) {
            let mut inst = vcode.blocks[block.index()].insts.start;
            let mut active: Vec<Active> = Vec::new();
            for item in self.items(vcode, block) {
                while let Some(&request) = requests.get(next).filter(|r| r.from <= inst) {
                    active.push(Active { request, open: SmallVec::new() });
                    next += 1;
                }
                for a in &mut active {
                    if a.request.to <= inst {
                        close(a, position, &mut ranges, |_| false);
                    } else {
                        update(&replay, &state, a, position, &mut ranges);
                    }
                }
                active.retain(|a| a.request.to > inst);
                replay.step(&mut state, item, &mut |_| {});
                position += 1;
                if let Item::Inst(i, _) = item {
                    inst = i.index() as u32 + 1;
                }
            }
            for a in &mut active {
                close(a, position, &mut ranges, |_| false);
            }
        }
        merge(ranges)
    }
}

/// Ends the ranges whose location is not kept.
fn close(a: &mut Active, at: u32, ranges: &mut Vec<ValueRange>, keep: impl Fn(Loc) -> bool) {
    let label = a.request.label;
    a.open.retain(|&mut (loc, from)| {
        let keep = keep(loc);
        if !keep && from < at {
            ranges.push(ValueRange { label, from, to: at, loc });
        }
        keep
    });
}

fn update<I: MachInst>(
    replay: &Replay<'_, I>,
    state: &State,
    a: &mut Active,
    at: u32,
    ranges: &mut Vec<ValueRange>,
) {
    let v = a.request.vreg.vreg() as u32;
    let holds = |loc| replay.cell(loc).is_some_and(|c| state.cells[c].holds(v));
    close(a, at, ranges, holds);
    for (i, cell) in state.cells.iter().enumerate() {
        if cell.holds(v) {
            let loc = replay.loc(i);
            if !a.open.iter().any(|o| o.0 == loc) {
                a.open.push((loc, at));
            }
        }
    }
}

/// Joins ranges that touch.
fn merge(mut ranges: Vec<ValueRange>) -> Vec<ValueRange> {
    ranges.sort_by_key(|r| (r.label, r.loc, r.from));
    let mut merged: Vec<ValueRange> = Vec::with_capacity(ranges.len());
    for r in ranges {
        match merged.last_mut() {
            Some(last) if last.label == r.label && last.loc == r.loc && last.to >= r.from => {
                last.to = last.to.max(r.to);
            }
            _ => merged.push(r),
        }
    }
    merged.sort_by_key(|r| (r.label, r.from, r.loc));
    merged
}
