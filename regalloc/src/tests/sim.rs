//! Runs toy functions: over virtual registers, and as allocated under a collector that moves every object at
//! every safepoint, keeps nothing but what the stack map names, and fails on the first stale read.

use regalloc2::{Inst, RegClass, VReg};

use super::toy::{Op, Sem, Toy};
use crate::{Allocated, Block, Item, Loc, SafepointKind, VCode, ValueKind};

/// One executed instruction: its index and the hash of what it read.
pub type Trace = Vec<(usize, u64)>;

fn hash(seed: u64, values: &[u64]) -> u64 {
    let mut h = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d;
    for &v in values {
        h = (h ^ v).wrapping_mul(0xff51_afd7_ed55_8ccd);
        h ^= h >> 32;
    }
    h
}

/// What an instruction does, given the logical values that it reads.
enum Effect {
    Defs(Vec<u64>),
    Goto(usize),
    Raise,
    Return,
}

/// Semantics shared by both runs. A logical value of a term or derived pointer is its object number.
fn effect(code: &VCode<Toy>, inst: Inst, uses: &[u64], next_object: &mut u64, succs: usize) -> Effect {
    let toy = code.inst(inst);
    let mut fresh = |k: u64, i: usize, v: VReg| match code.kind(v) {
        ValueKind::Raw => hash(k + 17 * i as u64, uses),
        _ => {
            *next_object += 1;
            *next_object
        }
    };
    let defs: Vec<VReg> = toy.ops.iter().filter(|o| !o.is_use()).map(|o| o.vreg()).collect();
    let seed = inst.index() as u64;
    match toy.sem {
        Sem::Jump | Sem::TryEnter => Effect::Goto(0),
        Sem::Switch => Effect::Goto(((uses[0] >> 7) % succs as u64) as usize),
        Sem::Ret => Effect::Return,
        Sem::Cold | Sem::Derive => Effect::Defs(uses.to_vec()),
        Sem::Load(_) | Sem::Store(_) => Effect::Defs(Vec::new()),
        Sem::Call(k) => {
            let raises = code.safepoint_site(inst).is_some_and(|s| s.handler.is_some());
            if raises && hash(k + 99, uses).is_multiple_of(4) {
                return Effect::Raise;
            }
            Effect::Defs(defs.iter().enumerate().map(|(i, &v)| fresh(k, i, v)).collect())
        }
        Sem::Args | Sem::Pad | Sem::Mix(_) | Sem::Make(_) => {
            let k = match toy.sem {
                Sem::Mix(k) | Sem::Make(k) => k,
                _ => seed,
            };
            Effect::Defs(defs.iter().enumerate().map(|(i, &v)| fresh(k, i, v)).collect())
        }
    }
}

fn use_ops(toy: &Toy) -> impl Iterator<Item = (usize, VReg)> {
    toy.ops.iter().enumerate().filter(|(_, o)| o.is_use()).map(|(i, o)| (i, o.vreg()))
}

fn handler_of(code: &VCode<Toy>, inst: Inst) -> Block {
    code.safepoint_site(inst).and_then(|s| s.handler).expect("only calls with handlers raise")
}

/// Runs over virtual registers, for at most `steps` instructions.
pub fn run_virtual(code: &VCode<Toy>, steps: usize) -> Trace {
    let mut values: Vec<u64> = vec![0; code.num_vregs()];
    let mut slots: Vec<u64> = vec![0; code.slots().len()];
    let mut objects = 0;
    let mut trace = Trace::new();
    let mut block = Block::new(0);
    loop {
        let mut next = None;
        for inst in code.block_insts(block).iter() {
            let toy = code.inst(inst);
            let uses: Vec<u64> = use_ops(toy).map(|(_, v)| values[v.vreg()]).collect();
            trace.push((inst.index(), hash(1, &uses)));
            if trace.len() >= steps {
                return trace;
            }
            match toy.sem {
                Sem::Load(s) => values[toy.ops[0].vreg().vreg()] = slots[slot_index(s)],
                Sem::Store(s) => slots[slot_index(s)] = uses[0],
                _ => {}
            }
            match effect(code, inst, &uses, &mut objects, code.succs(block).len()) {
                Effect::Return => return trace,
                Effect::Raise => {
                    next = Some((handler_of(code, inst), Vec::new()));
                    break;
                }
                Effect::Goto(i) => {
                    let args: Vec<u64> = code.args(block, i).iter().map(|a| values[a.vreg()]).collect();
                    next = Some((code.succs(block)[i], args));
                }
                Effect::Defs(results) => {
                    let defs = toy.ops.iter().filter(|o| !o.is_use() && !matches!(o, Op::Temp(_)));
                    for (d, r) in defs.zip(results) {
                        values[d.vreg().vreg()] = r;
                    }
                }
            }
        }
        let (to, args) = next.expect("blocks end in terminators");
        for (p, a) in code.params(to).to_vec().into_iter().zip(args) {
            values[p.vreg()] = a;
        }
        block = to;
    }
}

fn slot_index(s: crate::FrameSlot) -> usize {
    use cranelift_entity::EntityRef;
    s.index()
}

const POISON: u64 = 0xdead_beef_dead_beef;
/// An immediate term: valid in any generation.
const NIL: u64 = 0x7ff0_0000_0000_0001;

/// The machine: registers and frame words with encoded values.
pub struct Machine<'a> {
    code: &'a VCode<Toy>,
    out: &'a Allocated,
    regs: Vec<u64>,
    frame: Vec<u64>,
    generation: u64,
}

impl Machine<'_> {
    fn encode(&self, kind: ValueKind, logical: u64) -> u64 {
        match kind {
            ValueKind::Raw => logical,
            _ if logical == 0 => NIL,
            _ => self.generation << 32 | logical,
        }
    }

    /// The logical value in a location.
    pub fn value(&self, kind: ValueKind, loc: Loc) -> Result<u64, String> {
        self.decode(kind, self.read(loc))
    }

    fn decode(&self, kind: ValueKind, bits: u64) -> Result<u64, String> {
        match kind {
            ValueKind::Raw => Ok(bits),
            _ if bits == NIL => Ok(0),
            _ if bits >> 32 == self.generation => Ok(bits & 0xffff_ffff),
            _ => Err(format!("stale or foreign term {bits:#x} in generation {}", self.generation)),
        }
    }

    fn read(&self, loc: Loc) -> u64 {
        match loc {
            Loc::Reg(p) => self.regs[p.index()],
            Loc::Word(w) => self.frame.get(w as usize).copied().unwrap_or(POISON),
        }
    }

    fn write(&mut self, loc: Loc, class: RegClass, float_words: u32, bits: u64) {
        match loc {
            Loc::Reg(p) => self.regs[p.index()] = bits,
            Loc::Word(w) => {
                self.frame[w as usize] = bits;
                if class == RegClass::Float {
                    // The second half of a wide value: nobody else's.
                    for extra in 1..float_words {
                        self.frame[(w + extra) as usize] = POISON;
                    }
                }
            }
        }
    }

    /// Moves every object. Only what the map of `inst` names survives.
    fn collect(&mut self, inst: Inst) -> Result<(), String> {
        let map = self.out.stack_map(inst).ok_or("a safepoint without a stack map")?;
        let terms = self.out.term_words(map);
        let raws = self.out.raw_words(map);
        let old = self.generation;
        self.generation += 1;
        for &w in terms {
            let bits = self.frame[w as usize];
            if bits == NIL {
                continue;
            }
            if bits >> 32 != old {
                return Err(format!("inst {}: the collector finds {bits:#x} in word {w}", inst.index()));
            }
            self.frame[w as usize] = self.generation << 32 | (bits & 0xffff_ffff);
        }
        if map.kind == SafepointKind::Call {
            self.regs.fill(POISON);
            let slots = self.code.slots().iter().filter(|s| s.1.kind == ValueKind::Raw);
            let raw_slots: Vec<u32> = slots.map(|s| self.out.frame().slot_word(s.0)).collect();
            for w in self.out.frame().explicit_words()..self.out.frame().frame_words() {
                if !raw_slots.contains(&w) && !terms.contains(&w) && !raws.contains(&w) {
                    self.frame[w as usize] = POISON;
                }
            }
        } else {
            for p in self.code.clobbers(inst) {
                self.regs[p.index()] = POISON;
            }
        }
        Ok(())
    }
}

/// Runs the allocated function under the moving collector.
pub fn run_allocated(
    code: &VCode<Toy>,
    out: &Allocated,
    float_words: u32,
    steps: usize,
) -> Result<Trace, String> {
    run_observed(code, out, float_words, steps, &mut |_, _, _| Ok(()))
}

/// Called before each item with its position, the machine, and the values of all virtual registers.
pub type Observer<'o> = dyn FnMut(u32, &Machine<'_>, &[u64]) -> Result<(), String> + 'o;

/// Runs the allocated function with an observer.
pub fn run_observed(
    code: &VCode<Toy>,
    out: &Allocated,
    float_words: u32,
    steps: usize,
    observe: &mut Observer<'_>,
) -> Result<Trace, String> {
    let mut values: Vec<u64> = vec![0; code.num_vregs()];
    let words = out.frame().frame_words() as usize;
    let mut m = Machine { code, out, regs: vec![POISON; 256], frame: vec![POISON; words], generation: 1 };
    for &w in out.frame().entry_init_words() {
        m.frame[w as usize] = NIL;
    }
    let mut objects = 0;
    let mut trace = Trace::new();
    let mut block = Block::new(0);
    loop {
        let mut next = None;
        for (position, item) in (out.block_position(code, block)..).zip(out.items(code, block)) {
            observe(position, &m, &values)?;
            let (inst, locs) = match item {
                Item::Move(mv) => {
                    let bits = m.read(mv.from);
                    m.write(mv.to, mv.class, float_words, bits);
                    continue;
                }
                Item::Inst(inst, locs) => (inst, locs),
            };
            let toy = code.inst(inst);
            let mut uses = Vec::new();
            for (i, v) in use_ops(toy) {
                let got = m.decode(code.kind(v), m.read(locs[i]));
                uses.push(got.map_err(|e| format!("inst {} operand {i} ({v}): {e}", inst.index()))?);
            }
            trace.push((inst.index(), hash(1, &uses)));
            if trace.len() >= steps {
                return Ok(trace);
            }
            let effect = effect(code, inst, &uses, &mut objects, code.succs(block).len());
            if code.safepoint_site(inst).is_some() {
                m.collect(inst)?;
            }
            match toy.sem {
                Sem::Load(s) => {
                    let bits = m.frame[out.frame().slot_word(s) as usize];
                    let v = toy.ops[0].vreg();
                    values[v.vreg()] = m.decode(code.kind(v), bits)?;
                    m.write(locs[0], toy.ops[0].vreg().class(), float_words, bits);
                }
                Sem::Store(s) => {
                    let bits = m.read(locs[0]);
                    m.frame[out.frame().slot_word(s) as usize] = bits;
                }
                _ => {}
            }
            match effect {
                Effect::Return => return Ok(trace),
                Effect::Raise => {
                    next = Some(handler_of(code, inst));
                    m.regs.fill(POISON);
                    for w in out.frame().explicit_words()..out.frame().frame_words() {
                        m.frame[w as usize] = POISON;
                    }
                    break;
                }
                Effect::Goto(i) => {
                    let to = code.succs(block)[i];
                    let args: Vec<u64> = code.args(block, i).iter().map(|a| values[a.vreg()]).collect();
                    for (p, a) in code.params(to).iter().zip(args) {
                        values[p.vreg()] = a;
                    }
                    next = Some(to);
                }
                Effect::Defs(results) => {
                    let mut results = results.into_iter();
                    for (i, op) in toy.ops.iter().enumerate().filter(|(_, o)| !o.is_use()) {
                        let v = op.vreg();
                        if let Op::Temp(_) = op {
                            m.write(locs[i], v.class(), float_words, POISON);
                        } else if let Some(r) = results.next() {
                            values[v.vreg()] = r;
                            let bits = m.encode(code.kind(v), r);
                            m.write(locs[i], v.class(), float_words, bits);
                        }
                    }
                }
            }
        }
        block = next.expect("blocks end in terminators");
    }
}
