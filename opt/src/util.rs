//! Small helpers that several passes share.

use cranelift_entity::SecondaryMap;
use linac_ir::{Block, BlockCall, Cursor, Function, Imm, Inst, IntCond, Opcode, Type, Value};

/// Number of uses of each value in the blocks of the order; `dbg_value` does not count.
pub fn use_counts(func: &Function) -> SecondaryMap<Value, u32> {
    count(func, false)
}

/// As [`use_counts`], but `dbg_value` counts.
pub fn all_use_counts(func: &Function) -> SecondaryMap<Value, u32> {
    count(func, true)
}

fn count(func: &Function, debug: bool) -> SecondaryMap<Value, u32> {
    let mut uses = SecondaryMap::new();
    uses.resize(func.values.len());
    for &block in &func.order {
        for &inst in &func.blocks[block].insts {
            let data = &func.insts[inst];
            if data.op == Opcode::DbgValue && !debug {
                continue;
            }
            for &v in data.args.iter().chain(data.targets.iter().flat_map(|t| t.args.iter())) {
                uses[v] += 1;
            }
        }
    }
    uses
}

/// A truth constant. There is no opcode for it: it is a comparison of two zeros, which every level folds.
pub fn bool_const(cursor: &mut Cursor<'_>, value: bool) -> Value {
    let zero = cursor.iconst(0);
    let cond = if value { IntCond::Eq } else { IntCond::Ne };
    cursor.op_imm(Opcode::ICmp, Imm::IntCond(cond), &[zero, zero])
}

/// The truth value that `v` always has, if it is made by [`bool_const`] or another comparison of integer constants.
pub fn as_bool_const(func: &Function, v: Value) -> Option<bool> {
    let inst = &func.insts[func.def_inst(v)?];
    let Imm::IntCond(cond) = inst.imm else { return None };
    if inst.op != Opcode::ICmp {
        return None;
    }
    let (a, b) = (func.resolve(inst.args[0]), func.resolve(inst.args[1]));
    if a == b {
        return Some(cond.eval(0, 0));
    }
    Some(cond.eval(as_iconst(func, a)?, as_iconst(func, b)?))
}

/// The word that `v` is, if it is made by `iconst`.
pub fn as_iconst(func: &Function, v: Value) -> Option<i64> {
    let inst = &func.insts[func.def_inst(v)?];
    match inst.imm {
        Imm::Int(n) if inst.op == Opcode::IConst => Some(n),
        _ => None,
    }
}

/// Turns a terminator into a jump to one of its targets.
pub fn make_jump(func: &mut Function, inst: Inst, target: usize) {
    let data = &mut func.insts[inst];
    let call = data.targets[target].clone();
    data.op = Opcode::Jump;
    data.imm = Imm::None;
    data.args.clear();
    data.targets.clear();
    data.targets.push(call);
}

/// Appends an instruction with explicit result types to a block.
pub fn push(
    func: &mut Function,
    block: Block,
    op: Opcode,
    imm: Imm,
    args: &[Value],
    results: &[Type],
    targets: &[BlockCall],
) -> Inst {
    let inst = func.make_inst(op, imm, args, results, linac_ir::Loc::NONE);
    func.insts[inst].targets.extend(targets.iter().cloned());
    func.blocks[block].insts.push(inst);
    inst
}

/// Is it an instruction that makes a constant? Instruction sets make constants at each use, so they are never saved.
pub fn is_const(op: Opcode) -> bool {
    matches!(op, Opcode::Const | Opcode::IConst | Opcode::F64Const)
}
