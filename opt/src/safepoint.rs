//! Cold safepoints: heap tests and the reduction test of loops.
//!
//! *Problem*: a safepoint that is nearly never taken must not cost anything where it is not taken. The register allocator
//! knows only clobbers: a value that lives across a clobbering instruction is spilled on the hot path, too.
//! *Idea*: the hot path tests and branches; the cold block behind the branch does everything. At the *optimizing* tier the
//! cold block saves every live value in a frame slot (terms in `Scratch` slots, which the collector updates, raw values
//! in `Raw` slots), calls the runtime, and loads them again under *new names*, so that nothing lives across the call; SSA
//! form is restored by block parameters ([`crate::ssa`]). At the *baseline* tier the call stands in the cold block as it
//! is and the allocator deals with it: that is faster to compile and shares the allocator's slots.
//!
//! Slow paths of arithmetic in *tight loops* (no call on the hot path) get the same treatment, though their runtime calls
//! are no safepoints: what such a call clobbers would be spilled on the hot path of the loop.
//!
//! *Invariants*, after the pass:
//! * no `heap_test` is left; each `heap_full n` ends a block by its branch to a cold block with `rt_safepoint gc n`;
//! * at the optimizing tier no value is live across a `gc` or `yield` safepoint: all are redefined;
//! * a derived value is never saved: it would be stale afterwards. A live one is a compiler bug and stops the compiler;
//! * each loop back edge of the optimizing tier takes a reduction and can yield, except in loops that scan the mailbox:
//!   those are bounded by the queue and wait at their end;
//! * scratch slots are shared: they mean something only between the stores and loads of one cold block.

use crate::pass::{PassContext, Tier};
use crate::ssa::Repair;
use crate::util::{is_const, push};
use cranelift_entity::EntitySet;
use linac_abi::rtcall::RtCall;
use linac_ir::analysis::{Cfg, DomTree, Liveness, Loops};
use linac_ir::{Block, BlockCall, Function, Imm, Inst, Loc, LocData, Opcode, Slot, SlotKind, Type, Value};

/// Runs the pass.
pub fn run(func: &mut Function, ctx: &mut PassContext<'_>) {
    let cfg = Cfg::compute(func);
    let mut points: Vec<(Block, Vec<Point>)> = Vec::new();
    let (yields, slow) = match ctx.tier {
        Tier::Optimizing if has_loops(&cfg) => {
            let dom = DomTree::compute(&cfg);
            (back_edges(func, &cfg, &dom), slow_paths(func, &cfg, &dom))
        }
        _ => (EntitySet::new(), EntitySet::new()),
    };
    for &block in &cfg.rpo {
        let mut here = Vec::new();
        for (at, &inst) in func.blocks[block].insts.iter().enumerate() {
            if func.insts[inst].op == Opcode::HeapTest {
                here.push(Point { at, kind: Kind::Heap(need(func, inst)), live: Vec::new() });
            }
            if func.insts[inst].op == Opcode::RtCall && slow.contains(block) {
                here.push(Point { at, kind: Kind::Leaf, live: Vec::new() });
            }
        }
        if yields.contains(block) {
            here.push(Point { at: func.blocks[block].insts.len() - 1, kind: Kind::Yield, live: Vec::new() });
        }
        // Splitting at a heap test would take the loads behind it to another block.
        if here.iter().any(|p: &Point| matches!(p.kind, Kind::Heap(_))) {
            here.retain(|p| p.kind != Kind::Leaf);
        }
        if !here.is_empty() {
            points.push((block, here));
        }
    }
    if points.is_empty() {
        return;
    }
    if ctx.tier == Tier::Baseline {
        for (block, here) in points {
            for point in here.iter().rev() {
                let (cold, cont) = split(func, block, point);
                call_runtime(func, cold, point.kind, Loc::NONE);
                push(func, cold, Opcode::Jump, Imm::None, &[], &[], &[BlockCall::new(cont, &[])]);
            }
        }
        return;
    }
    let mut live = Liveness::compute(func, &cfg);
    for (block, here) in &mut points {
        find_live(func, &live, *block, here);
    }
    let mut slots = Slots::default();
    let mut repair = Repair::default();
    for (block, here) in points {
        for point in here.iter().rev() {
            if point.kind == Kind::Leaf {
                around_call(func, block, point, &mut slots, &mut repair);
                continue;
            }
            let loc = if point.kind == Kind::Yield { whose_loop(func, block) } else { Loc::NONE };
            let (cold, cont) = split(func, block, point);
            slots.restart();
            let saved: Vec<(Value, Slot)> =
                point.live.iter().map(|&v| (v, slots.get(func, func.ty(v)))).collect();
            for &(v, slot) in &saved {
                push(func, cold, Opcode::SlotStore, Imm::Slot(slot), &[v], &[], &[]);
            }
            call_runtime(func, cold, point.kind, loc);
            for &(v, slot) in &saved {
                let ty = func.ty(v);
                let load = push(func, cold, Opcode::SlotLoad, Imm::Slot(slot), &[], &[ty], &[]);
                let new = func.result(load);
                func.facts[new] = func.facts[v];
                repair.redefine(v, new, cold);
            }
            push(func, cold, Opcode::Jump, Imm::None, &[], &[], &[BlockCall::new(cont, &[])]);
            for b in [cold, cont] {
                live.live_in[b].extend(point.live.iter().copied());
            }
        }
    }
    repair.run(func, &live.live_in);
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Heap(i64),
    Yield,
    /// A runtime call that is no safepoint, in a cold block of a tight loop.
    Leaf,
}

/// A place where a cold safepoint goes.
#[derive(Debug)]
struct Point {
    /// Index in the block: of the `heap_test` that it replaces, or of the jump that it stands before.
    at: usize,
    kind: Kind,
    /// Values that must survive it.
    live: Vec<Value>,
}

fn need(func: &Function, inst: Inst) -> i64 {
    match func.insts[inst].imm {
        Imm::Int(n) => n,
        _ => unreachable!("`heap_test` has a count"),
    }
}

/// Does any edge go back in reverse postorder? Without one there is no loop.
fn has_loops(cfg: &Cfg) -> bool {
    cfg.rpo.iter().any(|&b| cfg.preds[b].iter().any(|e| cfg.number(e.from) >= cfg.number(b)))
}

/// Blocks that end with a jump back to the head of a loop.
fn back_edges(func: &Function, cfg: &Cfg, dom: &DomTree) -> EntitySet<Block> {
    let mut sources = EntitySet::new();
    for &block in &cfg.rpo {
        let scans = func.blocks[block].insts.iter().any(|&i| {
            let data = &func.insts[i];
            data.op == Opcode::RtCall && data.imm == Imm::Rt(RtCall::RecvPeek)
        });
        if scans {
            continue;
        }
        for edge in &cfg.preds[block] {
            if dom.dominates(block, edge.from) {
                debug_assert_eq!(func.insts[edge.inst].op, Opcode::Jump, "critical edges are split before");
                sources.insert(edge.from);
            }
        }
    }
    sources
}

/// Fills in the live values of all points of a block, in one walk from its end.
fn find_live(func: &Function, live: &Liveness, block: Block, points: &mut [Point]) {
    let mut set = live.live_out[block].clone();
    let insts = &func.blocks[block].insts;
    let mut next = points.len();
    for at in (0..insts.len()).rev() {
        let data = &func.insts[insts[at]];
        if data.op == Opcode::DbgValue {
            continue;
        }
        for &r in &data.results {
            set.remove(r);
        }
        // Between operands and results: so a call's operands are saved only if they are used again.
        if next > 0 && points[next - 1].at == at {
            next -= 1;
            points[next].live = collect(func, &set);
        }
        for &a in &data.args {
            set.insert(a);
        }
    }
}

/// The values to save: all but constants, which are made again.
fn collect(func: &Function, set: &EntitySet<Value>) -> Vec<Value> {
    let mut live: Vec<Value> = Vec::new();
    for v in set.iter() {
        let constant = func.def_inst(v).is_some_and(|i| is_const(func.insts[i].op));
        if constant {
            continue;
        }
        assert_ne!(func.ty(v), Type::Derived, "derived value {v} of {} lives across a safepoint", func.mfa());
        live.push(v);
    }
    live
}

/// Splits the block at the point: it ends with the test; gives the cold block (empty) and the continuation.
fn split(func: &mut Function, block: Block, point: &Point) -> (Block, Block) {
    let (cold, cont) = (func.make_block(), func.make_block());
    func.blocks[cold].cold = true;
    func.blocks[cont].cold = func.blocks[block].cold;
    let rest = func.blocks[block].insts.split_off(point.at);
    let skip = usize::from(point.kind != Kind::Yield);
    func.blocks[cont].insts = rest[skip..].to_vec();
    let (op, imm) = match point.kind {
        Kind::Heap(n) => (Opcode::HeapFull, Imm::Int(n)),
        Kind::Yield | Kind::Leaf => (Opcode::RedsDec, Imm::None),
    };
    let test = push(func, block, op, imm, &[], &[Type::Bool], &[]);
    let cond = func.result(test);
    let targets = [BlockCall::new(cold, &[]), BlockCall::new(cont, &[])];
    push(func, block, Opcode::Br, Imm::None, &[cond], &[], &targets);
    (cold, cont)
}

/// Cold blocks with runtime calls in tight loops: those without a call on their hot path, which would have to spill anyway.
fn slow_paths(func: &Function, cfg: &Cfg, dom: &DomTree) -> EntitySet<Block> {
    const CALLS: [Opcode; 4] = [Opcode::Call, Opcode::CallInd, Opcode::RtCall, Opcode::RtSafepoint];
    let calls = |b: Block| func.blocks[b].insts.iter().any(|&i| CALLS.contains(&func.insts[i].op));
    let loops = Loops::compute(cfg, dom);
    let mut found = EntitySet::new();
    // Inner loops last, so that they have the last word.
    let mut order: Vec<&Vec<Block>> = loops.bodies.iter().collect();
    order.sort_by_key(|body| std::cmp::Reverse(body.len()));
    for body in order {
        let tight = !body.iter().any(|&b| !func.blocks[b].cold && calls(b));
        for &b in body.iter().filter(|&&b| func.blocks[b].cold) {
            if tight && calls(b) {
                found.insert(b);
            } else {
                found.remove(b);
            }
        }
    }
    found
}

/// Saves what lives across a call just before it and loads it again just after.
fn around_call(func: &mut Function, block: Block, point: &Point, slots: &mut Slots, repair: &mut Repair) {
    let rest = func.blocks[block].insts.split_off(point.at);
    slots.restart();
    let saved: Vec<(Value, Slot)> = point.live.iter().map(|&v| (v, slots.get(func, func.ty(v)))).collect();
    for &(v, slot) in &saved {
        push(func, block, Opcode::SlotStore, Imm::Slot(slot), &[v], &[], &[]);
    }
    func.blocks[block].insts.push(rest[0]);
    for &(v, slot) in &saved {
        let load = push(func, block, Opcode::SlotLoad, Imm::Slot(slot), &[], &[func.ty(v)], &[]);
        let new = func.result(load);
        func.facts[new] = func.facts[v];
        repair.redefine(v, new, block);
    }
    func.blocks[block].insts.extend(&rest[1..]);
}

/// Location for the yield on a back edge: the function whose loop it is, if that was inlined, as the process will be asked
/// where it is.
fn whose_loop(func: &mut Function, block: Block) -> Loc {
    let [call] = func.successors(block) else { return Loc::NONE };
    let locs = func.blocks[call.block].insts.iter().map(|&i| func.insts[i].loc);
    let loc = locs.into_iter().find(|&l| l != Loc::NONE).unwrap_or(Loc::NONE);
    match func.locs[loc].inlined {
        None => Loc::NONE,
        inlined => func.locs.push(LocData { inlined, ..LocData::default() }),
    }
}

fn call_runtime(func: &mut Function, cold: Block, kind: Kind, loc: Loc) {
    match kind {
        Kind::Heap(n) => {
            let count = push(func, cold, Opcode::IConst, Imm::Int(n), &[], &[Type::Word], &[]);
            let count = func.result(count);
            push(func, cold, Opcode::RtSafepoint, Imm::Rt(RtCall::Gc), &[count], &[], &[]);
        }
        Kind::Leaf => {}
        Kind::Yield => {
            let call = push(func, cold, Opcode::RtSafepoint, Imm::Rt(RtCall::Yield), &[], &[], &[]);
            func.insts[call].loc = loc;
        }
    }
}

/// Slots for saved values, shared by all cold blocks of the function.
#[derive(Default)]
struct Slots {
    scratch: Vec<Slot>,
    raw: Vec<Slot>,
    used: (usize, usize),
}

impl Slots {
    fn restart(&mut self) {
        self.used = (0, 0);
    }

    fn get(&mut self, func: &mut Function, ty: Type) -> Slot {
        let (pool, used, kind) = match ty {
            Type::Term => (&mut self.scratch, &mut self.used.0, SlotKind::Scratch),
            _ => (&mut self.raw, &mut self.used.1, SlotKind::Raw),
        };
        if *used == pool.len() {
            pool.push(func.slots.push(kind));
        }
        *used += 1;
        pool[*used - 1]
    }
}
