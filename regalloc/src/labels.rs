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
        let mut before = Vec::new();
        for (block, mut state) in vcode.blocks().zip(entry) {
            let mut inst = vcode.blocks[block.index()].insts.start;
            let end = vcode.blocks[block.index()].insts.end;
            if requests.get(next).is_none_or(|r| r.from >= end) {
                position += end - inst + self.moves_in(block).len() as u32;
                continue;
            }
            let mut active: Vec<Active> = Vec::new();
            for item in self.items(vcode, block) {
                active.retain_mut(|a| {
                    let goes_on = a.request.to > inst;
                    if !goes_on {
                        close(a, position, &mut ranges, |_| false);
                    }
                    goes_on
                });
                while let Some(&request) = requests.get(next).filter(|r| r.from <= inst) {
                    next += 1;
                    if request.to > inst {
                        let v = request.vreg.vreg() as u32;
                        let cells = state.cells.iter().enumerate();
                        let open =
                            cells.filter(|c| replay.holds(*c.1, v)).map(|c| (replay.loc(c.0), position));
                        active.push(Active { request, open: open.collect() });
                    }
                }
                before.clear();
                if !active.is_empty() {
                    before.extend_from_slice(&state.cells);
                }
                replay.step(&mut state, item, &mut |_| {});
                position += 1;
                if let Item::Inst(i, _) = item {
                    inst = i.index() as u32 + 1;
                }
                for (i, _) in before.iter().zip(&state.cells).enumerate().filter(|(_, (old, new))| old != new)
                {
                    update(&replay, &state, i, position, &mut active, &mut ranges);
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

/// Follows the change of one cell.
fn update<I: MachInst>(
    replay: &Replay<'_, I>,
    state: &State,
    cell: usize,
    at: u32,
    active: &mut [Active],
    ranges: &mut Vec<ValueRange>,
) {
    let loc = replay.loc(cell);
    for a in active {
        let holds = replay.holds(state.cells[cell], a.request.vreg.vreg() as u32);
        match (holds, a.open.iter().any(|o| o.0 == loc)) {
            (true, false) => a.open.push((loc, at)),
            (false, true) => close(a, at, ranges, |other| other != loc),
            _ => {}
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
