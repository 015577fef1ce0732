//! What lowering may fuse: a look at all uses before any code is made.
//!
//! *Flags*: truth values that pure comparisons make are made again at each use. Overflow, heap-full and reduction
//! tests have effects; they are flags only if their one use is the branch that ends their block with nothing after
//! them that needs their other result. *Sunk loads*: an immutable load with one use in the same block may become the memory operand
//! of that use. *Sunk masks*: `wand x, 2^k-1` with one use, compared with a constant; any mask if that is 0. *Representatives*: `bits`, `small_bits`
//! and `from_bits` share the register of their operand.

use super::Fusion;
use cranelift_entity::{EntitySet, SecondaryMap, packed_option::PackedOption};
use linac_ir::analysis::Cfg;
use linac_ir::{Block, ConstData, Function, Imm, Inst, IntCond, Opcode, Type, Value, ValueDef};

/// Decisions about values.
#[derive(Debug, Default)]
pub struct Uses {
    count: SecondaryMap<Value, u32>,
    user: SecondaryMap<Value, PackedOption<Inst>>,
    block: SecondaryMap<Inst, PackedOption<Block>>,
    flags: EntitySet<Value>,
    sunk: EntitySet<Value>,
    /// Word values whose register holds a term, because `from_bits` is their only use.
    terms: EntitySet<Value>,
    shared: SecondaryMap<Value, PackedOption<Value>>,
}

impl Uses {
    /// Looks at all reachable instructions.
    pub fn compute(func: &Function, cfg: &Cfg, fusion: Fusion) -> Uses {
        let mut uses = Uses::default();
        uses.count.resize(func.values.len());
        uses.user.resize(func.values.len());
        uses.shared.resize(func.values.len());
        uses.block.resize(func.insts.len());
        for &block in &cfg.rpo {
            for &inst in &func.blocks[block].insts {
                uses.block[inst] = block.into();
                let data = &func.insts[inst];
                if data.op == Opcode::DbgValue {
                    continue;
                }
                for &v in data.args.iter().chain(data.targets.iter().flat_map(|t| &t.args)) {
                    uses.count[v] += 1;
                    uses.user[v] = inst.into();
                }
            }
        }
        for &block in &cfg.rpo {
            for (at, &inst) in func.blocks[block].insts.iter().enumerate() {
                uses.decide(func, block, at, inst, fusion);
            }
        }
        uses
    }

    fn decide(&mut self, func: &Function, block: Block, at: usize, inst: Inst, fusion: Fusion) {
        let data = &func.insts[inst];
        match data.op {
            Opcode::Bits | Opcode::SmallBits => {
                self.shared[data.results[0]] = data.args[0].into();
            }
            Opcode::FromBits => {
                let word = data.args[0];
                let source = func.def_inst(word).map(|i| func.insts[i].op);
                match source {
                    Some(Opcode::Bits | Opcode::SmallBits) => self.shared[data.results[0]] = word.into(),
                    // Constants are made at each use, and a parameter may hold no term on other ways through.
                    Some(Opcode::IConst | Opcode::Const) | None => {}
                    Some(_) if self.count[word] == 1 => {
                        self.terms.insert(word);
                        self.shared[data.results[0]] = word.into();
                    }
                    Some(_) => {}
                }
            }
            Opcode::ICmp | Opcode::IsNone | Opcode::FCmp | Opcode::FIsFinite | Opcode::BoolNot => {
                // Derived operands must not be read behind a safepoint: such a comparison stays in its block.
                let movable = data.args.iter().all(|&a| !self.is_derived(func, a))
                    || (self.count[data.results[0]] == 1 && self.user_block(data.results[0]) == Some(block));
                if movable && (data.op != Opcode::BoolNot || self.flags.contains(data.args[0])) {
                    self.flags.insert(data.results[0]);
                }
            }
            Opcode::HeapFull | Opcode::RedsDec => self.effect_flag(func, block, at, data.results[0]),
            Opcode::WAddOvf | Opcode::WSubOvf | Opcode::WMulOvf => {
                self.effect_flag(func, block, at, data.results[1]);
            }
            _ => {}
        }
        if fusion.loads
            && data.op == Opcode::LoadConst
            && self.count[data.results[0]] == 1
            && self.user_block(data.results[0]) == Some(block)
            && func.ty(data.results[0]) != Type::F64
            && !self.is_derived(func, data.args[0])
            && self.user_op(func, data.results[0]) == Some(Opcode::ICmp)
        {
            self.sunk.insert(data.results[0]);
        }
        if fusion.masks
            && data.op == Opcode::WAnd
            && self.count[data.results[0]] == 1
            && self.compared_with_mask(func, block, inst)
        {
            self.sunk.insert(data.results[0]);
        }
    }

    /// The last instruction before the branch that alone uses its truth value.
    fn effect_flag(&mut self, func: &Function, block: Block, at: usize, flag: Value) {
        let insts = &func.blocks[block].insts;
        let branch = *insts.last().expect("terminated");
        let between = &insts[at + 1..insts.len() - 1];
        // Only names of the result (which need no code) may stand between.
        let quiet = between.iter().all(|&i| {
            matches!(
                func.insts[i].op,
                Opcode::DbgValue | Opcode::FromBits | Opcode::SmallBits | Opcode::Const | Opcode::IConst
            )
        });
        let copies = between
            .iter()
            .any(|&i| func.insts[i].op == Opcode::FromBits && self.shared[func.result(i)].is_none());
        let ends = func.insts[branch].op == Opcode::Br && func.insts[branch].args[0] == flag;
        if ends && quiet && !copies && self.count[flag] == 1 {
            self.flags.insert(flag);
        }
    }

    fn compared_with_mask(&self, func: &Function, block: Block, inst: Inst) -> bool {
        let data = &func.insts[inst];
        let Some(mask) = int_of(func, data.args[1]) else { return false };
        let Some(user) = self.user[data.results[0]].expand() else { return false };
        let cmp = &func.insts[user];
        let Imm::IntCond(IntCond::Eq | IntCond::Ne) = cmp.imm else { return false };
        cmp.op == Opcode::ICmp
            && self.block[user] == block.into()
            && cmp.args[0] == data.results[0]
            && mask > 0
            && i32::try_from(mask).is_ok()
            // Against 0 any mask is a `test`.
            && int_of(func, cmp.args[1])
                .is_some_and(|n| n == 0 || (mask as u64 + 1).is_power_of_two() && (0..=mask).contains(&n))
    }

    fn is_derived(&self, func: &Function, v: Value) -> bool {
        // The bits of a term are read from the term itself, which the collector keeps right.
        func.ty(self.representative(func, v)) == Type::Derived
    }

    fn user_block(&self, v: Value) -> Option<Block> {
        self.user[v].expand().and_then(|i| self.block[i].expand())
    }

    fn user_op(&self, func: &Function, v: Value) -> Option<Opcode> {
        self.user[v].expand().map(|i| func.insts[i].op)
    }

    /// The value whose register this value uses.
    pub fn representative(&self, func: &Function, value: Value) -> Value {
        let mut v = func.resolve(value);
        while let Some(to) = self.shared[v].expand() {
            v = func.resolve(to);
        }
        v
    }

    /// Does the register hold a term although the IR value is a word?
    pub fn is_term(&self, value: Value) -> bool {
        self.terms.contains(value)
    }

    /// Is the truth value made anew at each use?
    pub fn is_flag(&self, value: Value) -> bool {
        self.flags.contains(value)
    }

    /// Is nothing emitted where the instruction stands, because its user does its work?
    pub fn is_sunk(&self, value: Value) -> bool {
        self.sunk.contains(value)
    }

    /// The load that may become a memory operand in place of this value.
    pub fn sunk_load(&self, func: &Function, value: Value) -> Option<Inst> {
        if !self.sunk.contains(value) {
            return None;
        }
        match func.values[value].def {
            ValueDef::Result(inst, _) if func.insts[inst].op == Opcode::LoadConst => Some(inst),
            _ => None,
        }
    }

    /// The masked value and the mask in place of this value.
    pub fn sunk_mask(&self, func: &Function, value: Value) -> Option<(Value, i64)> {
        if !self.sunk.contains(value) {
            return None;
        }
        match func.values[value].def {
            ValueDef::Result(inst, _) if func.insts[inst].op == Opcode::WAnd => {
                Some((func.insts[inst].args[0], int_of(func, func.insts[inst].args[1])?))
            }
            _ => None,
        }
    }
}

/// The value of a word constant.
fn int_of(func: &Function, value: Value) -> Option<i64> {
    let data = &func.insts[func.def_inst(value)?];
    match (data.op, &data.imm) {
        (Opcode::IConst, &Imm::Int(n)) => Some(n),
        (Opcode::Const, &Imm::Const(c)) if func.consts[c] == ConstData::None => Some(0),
        _ => None,
    }
}
