//! Liveness, the SSA rules, and completion of call safepoints.
//!
//! *Method.* For each value, every block that uses it before (re)defining it is a seed; walking predecessors
//! from the seeds until the defining block marks the blocks through which the value lives. The work is the
//! size of the answer, and the walk doubles as the dominance check: a walk that arrives at the entry block
//! has found a path from the entry to a use that misses the definition.
//!
//! Only blocks with safepoints keep their live-out lists. A backward scan of each then yields, per safepoint,
//! the values that live *through* it: live after it and not defined by it.

use regalloc2::{Block, Inst, Operand, OperandConstraint, OperandKind, OperandPos, VReg};

use crate::csr::Csr;
use crate::error::Error;
use crate::inst::{MachInst, SafepointKind};
use crate::vcode::{VCode, ValueKind, is_use};

/// No block or position.
pub(crate) const NONE: u32 = u32::MAX;

/// Checks single definition and dominance, that nothing lives into a handler and nothing derived across a
/// safepoint; appends to each call safepoint the values that live through it.
pub(crate) fn complete<I: MachInst>(vcode: &mut VCode<I>) -> Result<(), Error> {
    let def_block = definitions(vcode)?;
    let seeds = upward_exposed(vcode, &def_block)?;
    let live_out = live_out(vcode, &def_block, seeds)?;
    if !vcode.safepoints.is_empty() {
        let live = live_through(vcode, &live_out)?;
        append(vcode, &live);
    }
    Ok(())
}

fn definitions<I: MachInst>(vcode: &VCode<I>) -> Result<Vec<u32>, Error> {
    let mut def_block = vec![NONE; vcode.num_vregs()];
    let mut define = |v: VReg, block: Block| {
        if std::mem::replace(&mut def_block[v.vreg()], block.index() as u32) == NONE {
            Ok(())
        } else {
            Err(Error::bug(format!("{v} is defined twice")))
        }
    };
    for block in vcode.blocks() {
        for &p in vcode.params(block) {
            define(p, block)?;
        }
        for inst in vcode.block_insts(block).iter() {
            for op in vcode.operands(inst) {
                if op.kind() == OperandKind::Def {
                    define(op.vreg(), block)?;
                }
            }
        }
    }
    Ok(def_block)
}

/// For each value the blocks that use it without defining it.
fn upward_exposed<I: MachInst>(vcode: &VCode<I>, def_block: &[u32]) -> Result<Csr<u32>, Error> {
    let mut seeds: Vec<(u32, u32)> = Vec::new();
    let mut defined = vec![false; vcode.num_vregs()];
    let mut last_seed = vec![NONE; vcode.num_vregs()];
    for block in vcode.blocks() {
        let b = block.index() as u32;
        let mut read = |v: VReg, defined: &[bool], inst: Inst| {
            let i = v.vreg();
            if def_block[i] == NONE {
                return Err(Error::bug(format!("inst {} uses {v}, which is never defined", inst.index())));
            }
            if def_block[i] == b {
                if !defined[i] {
                    return Err(Error::bug(format!("inst {} uses {v} before its definition", inst.index())));
                }
            } else if last_seed[i] != b {
                last_seed[i] = b;
                seeds.push((i as u32, b));
            }
            Ok(())
        };
        for &p in vcode.params(block) {
            defined[p.vreg()] = true;
        }
        let insts = vcode.block_insts(block);
        for inst in insts.iter() {
            let operands = vcode.operands(inst);
            for &op in operands {
                if is_use(op) {
                    read(op.vreg(), &defined, inst)?;
                }
            }
            for op in operands {
                if op.kind() == OperandKind::Def {
                    defined[op.vreg().vreg()] = true;
                }
            }
        }
        for s in 0..vcode.succs(block).len() {
            for &a in vcode.args(block, s) {
                read(a, &defined, insts.last())?;
            }
        }
    }
    Ok(Csr::new(vcode.num_vregs(), &seeds))
}

/// Live-out values of the blocks that contain safepoints.
fn live_out<I: MachInst>(vcode: &VCode<I>, def_block: &[u32], seeds: Csr<u32>) -> Result<Csr<u32>, Error> {
    let blocks = vcode.num_blocks();
    let mut wanted = vec![false; blocks];
    let mut block = 0;
    for sp in &vcode.safepoints {
        while vcode.blocks[block].insts.end <= sp.inst {
            block += 1;
        }
        wanted[block] = true;
    }
    let mut out: Vec<(u32, u32)> = Vec::new();
    // The last value for which the block was marked live-in or live-out.
    let mut marked_in = vec![NONE; blocks];
    let mut marked_out = vec![NONE; blocks];
    let mut work: Vec<u32> = Vec::new();
    for (v, &def) in def_block.iter().enumerate() {
        let v = v as u32;
        for &seed in seeds.get(v as usize) {
            if std::mem::replace(&mut marked_in[seed as usize], v) != v {
                work.push(seed);
            }
        }
        while let Some(b) = work.pop() {
            if b == 0 {
                return Err(Error::bug(format!("v{v} is used where its definition does not dominate")));
            }
            if vcode.blocks[b as usize].handler {
                return Err(Error::bug(format!("v{v} lives into the handler block{b}: use a frame slot")));
            }
            for p in vcode.preds(Block::new(b as usize)) {
                let p = p.index();
                if std::mem::replace(&mut marked_out[p], v) == v {
                    continue;
                }
                if wanted[p] {
                    out.push((p as u32, v));
                }
                if def != p as u32 && std::mem::replace(&mut marked_in[p], v) != v {
                    work.push(p as u32);
                }
            }
        }
    }
    Ok(Csr::new(blocks, &out))
}

/// A set of numbers with cheap insertion, removal and listing.
pub(crate) struct LiveSet {
    dense: Vec<u32>,
    position: Vec<u32>,
}

impl LiveSet {
    /// An empty set of numbers below `len`.
    pub fn new(len: usize) -> LiveSet {
        LiveSet { dense: Vec::new(), position: vec![NONE; len] }
    }

    pub fn contains(&self, v: u32) -> bool {
        self.position[v as usize] != NONE
    }

    /// The members, in no particular order.
    pub fn as_slice(&self) -> &[u32] {
        &self.dense
    }

    pub fn insert(&mut self, v: u32) {
        if self.position[v as usize] == NONE {
            self.position[v as usize] = self.dense.len() as u32;
            self.dense.push(v);
        }
    }

    pub fn remove(&mut self, v: u32) {
        let at = std::mem::replace(&mut self.position[v as usize], NONE);
        if at != NONE {
            self.dense.swap_remove(at as usize);
            if let Some(&moved) = self.dense.get(at as usize) {
                self.position[moved as usize] = at;
            }
        }
    }

    pub fn clear(&mut self) {
        for v in self.dense.drain(..) {
            self.position[v as usize] = NONE;
        }
    }
}

/// For each safepoint the values to append, as ranges of one list.
struct LiveThrough {
    values: Vec<u32>,
    ends: Vec<(u32, u32)>,
}

fn live_through<I: MachInst>(vcode: &VCode<I>, live_out: &Csr<u32>) -> Result<LiveThrough, Error> {
    let mut set = LiveSet::new(vcode.num_vregs());
    let mut result = LiveThrough { values: Vec::new(), ends: vec![(0, 0); vcode.safepoints.len()] };
    let mut next = vcode.safepoints.len();
    for block in vcode.blocks().rev() {
        let insts = vcode.block_insts(block);
        let first = insts.first().index() as u32;
        if next == 0 || vcode.safepoints[next - 1].inst < first {
            continue;
        }
        set.clear();
        for &v in live_out.get(block.index()) {
            set.insert(v);
        }
        for s in 0..vcode.succs(block).len() {
            for a in vcode.args(block, s) {
                set.insert(a.vreg() as u32);
            }
        }
        for inst in insts.iter().rev() {
            let operands = vcode.operands(inst);
            for op in operands {
                if op.kind() == OperandKind::Def {
                    set.remove(op.vreg().vreg() as u32);
                }
            }
            if next > 0 && vcode.safepoints[next - 1].inst == inst.index() as u32 {
                next -= 1;
                let kind = vcode.safepoints[next].kind;
                for &v in &set.dense {
                    let bad = match vcode.kinds[v as usize] {
                        ValueKind::Derived => true,
                        ValueKind::Term => kind == SafepointKind::Cold,
                        ValueKind::Raw => false,
                    };
                    if bad {
                        let what = format!(
                            "v{v} ({:?}) lives through the {kind:?} safepoint inst {} {:?}",
                            vcode.kinds[v as usize],
                            inst.index(),
                            vcode.inst(inst)
                        );
                        return Err(Error::bug(what));
                    }
                }
                let start = result.values.len();
                if kind == SafepointKind::Call {
                    result.values.extend_from_slice(&set.dense);
                    // The order of operands decides spill slots: keep it independent of the scan.
                    result.values[start..].sort_unstable();
                }
                result.ends[next] = (start as u32, result.values.len() as u32);
            }
            for &op in operands {
                if is_use(op) {
                    set.insert(op.vreg().vreg() as u32);
                }
            }
        }
    }
    Ok(result)
}

/// Rebuilds the operand pool with the live values behind the operands of their calls.
fn append<I: MachInst>(vcode: &mut VCode<I>, live: &LiveThrough) {
    let mut operands: Vec<Operand> = Vec::with_capacity(vcode.operands.len() + live.values.len());
    let mut copied = 0;
    let mut shift = 0u32;
    let mut done = 0usize;
    for (sp, &(start, end)) in vcode.safepoints.iter().zip(&live.ends) {
        let at = sp.inst as usize;
        for e in &mut vcode.operand_ends[done..at] {
            *e += shift;
        }
        let own_end = vcode.operand_ends[at] as usize;
        operands.extend_from_slice(&vcode.operands[copied..own_end]);
        copied = own_end;
        for &v in &live.values[start as usize..end as usize] {
            let v = VReg::new(v as usize, vcode.classes[v as usize]);
            operands.push(Operand::new(v, OperandConstraint::Any, OperandKind::Use, OperandPos::Late));
        }
        shift += end - start;
        vcode.operand_ends[at] += shift;
        done = at + 1;
    }
    for e in &mut vcode.operand_ends[done..] {
        *e += shift;
    }
    operands.extend_from_slice(&vcode.operands[copied..]);
    vcode.operands = operands;
}
