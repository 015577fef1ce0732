//! Derived values and heap tests.
//!
//! A derived value is wrong as soon as objects move. Liveness decides, block parameters included: an argument is live to
//! the end of the branching block, a parameter from the start of its block, so a value that passes through both without
//! a safepoint between is right.

use super::Errors;
use crate::analysis::{Cfg, Liveness};
use crate::entities::{Block, Inst, Value};
use crate::function::{Function, Stage};
use crate::inst::Imm;
use crate::opcode::{Effects, Opcode};
use crate::types::Type;
use cranelift_entity::{EntitySet, SecondaryMap};
use linac_abi::rtcall::RtCall;

pub(super) fn check(e: &mut Errors, cfg: &Cfg) {
    derived(e, cfg);
    if e.func.stage == Stage::Core {
        coverage(e, cfg);
    }
}

fn derived(e: &mut Errors, cfg: &Cfg) {
    let func = e.func;
    let is_derived = |v: &Value| func.ty(*v) == Type::Derived;
    let any = cfg.rpo.iter().any(|&b| {
        let block = &func.blocks[b];
        block.params.iter().any(is_derived)
            || block.insts.iter().any(|&i| func.insts[i].results.iter().any(is_derived))
    });
    if !any {
        return;
    }
    let live = Liveness::compute(func, cfg);
    for &block in &cfg.rpo {
        let mut now: EntitySet<Value> = EntitySet::new();
        for v in live.live_out[block].iter().filter(is_derived) {
            now.insert(v);
        }
        for &inst in func.blocks[block].insts.iter().rev() {
            let data = &func.insts[inst];
            for &r in &data.results {
                now.remove(r);
            }
            if data.op.effects().has(Effects::SAFEPOINT) {
                for v in now.iter() {
                    e.inst(inst, format!("derived value {v} is live across a safepoint"));
                }
            }
            if data.op != Opcode::DbgValue {
                for v in data.args.iter().copied().filter(is_derived) {
                    now.insert(v);
                }
            }
        }
    }
}

/// Words that are sure to be free, along every path; the terminator's branch on `heap_full` makes them known on one edge.
#[derive(Clone, Copy, PartialEq)]
struct Room {
    /// Free words.
    now: i64,
    /// The last `heap_full` of the block, and what is free if it is false.
    tested: Option<(Value, i64)>,
}

/// Rounds after which what still falls is taken to fall for ever: more than loops nest.
const MAX_ROUNDS: u32 = 50;

fn coverage(e: &mut Errors, cfg: &Cfg) {
    let func = e.func;
    let allocates =
        cfg.rpo.iter().any(|&b| func.blocks[b].insts.iter().any(|&i| func.insts[i].op == Opcode::Alloc));
    if !allocates {
        return;
    }
    // Greatest fixpoint: start with "any number of words" and lower.
    let mut at: SecondaryMap<Block, i64> = SecondaryMap::with_default(i64::MAX);
    at[func.entry()] = 0;
    let mut changed = true;
    let mut rounds = 0;
    while changed {
        changed = false;
        rounds += 1;
        for &block in &cfg.rpo {
            let mut room = Room { now: at[block], tested: None };
            for &inst in &func.blocks[block].insts {
                step(func, inst, &mut room);
            }
            let data = &func.insts[func.terminator(block)];
            for (n, target) in data.targets.iter().enumerate() {
                let free = match room.tested {
                    Some((v, free)) if n == 1 && data.op == Opcode::Br && data.args[0] == v => {
                        free.max(room.now)
                    }
                    // Control enters a handler from somewhere within the region.
                    _ if n == 1 && data.op == Opcode::TryEnter => 0,
                    _ => room.now,
                };
                if free.max(0) < at[target.block] {
                    // A loop that takes a few words each time would be counted down to nothing: it is nothing.
                    at[target.block] = if rounds < MAX_ROUNDS { free.max(0) } else { 0 };
                    changed = true;
                }
            }
        }
    }
    for &block in &cfg.rpo {
        let mut room = Room { now: at[block], tested: None };
        for &inst in &func.blocks[block].insts {
            step(func, inst, &mut room);
            if room.now < 0 && func.insts[inst].op == Opcode::Alloc {
                e.inst(inst, "the words are not covered by a heap test");
                room.now = 0;
            }
        }
    }
}

fn step(func: &Function, inst: Inst, room: &mut Room) {
    let data = &func.insts[inst];
    match (data.op, &data.imm) {
        (Opcode::HeapTest, Imm::Int(n)) => *room = Room { now: *n, tested: None },
        (Opcode::HeapFull, Imm::Int(n)) => room.tested = Some((data.results[0], *n)),
        (Opcode::Alloc, Imm::Int(n)) => {
            // An uncovered allocation is reported once, at its place; the fixpoint stays bounded.
            room.now = room.now.max(0).saturating_sub(*n);
            if let Some((_, free)) = &mut room.tested {
                *free = free.saturating_sub(*n);
            }
        }
        (Opcode::RtSafepoint, Imm::Rt(RtCall::Gc)) => {
            let words = func.def_inst(data.args[0]).map(|i| &func.insts[i]);
            let now = match words {
                Some(d) if d.op == Opcode::IConst => match d.imm {
                    Imm::Int(n) => n,
                    _ => 0,
                },
                _ => 0,
            };
            *room = Room { now, tested: None };
        }
        (op, _) if op.effects().has(Effects::SAFEPOINT) => *room = Room { now: 0, tested: None },
        _ => {}
    }
}
