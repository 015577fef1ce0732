//! Keys of maps that were just set or found.
//!
//! A look-up of a key that was set on the way to the map gives what was set. A key that was found in a map is there in what
//! is made of it by setting keys, so that setting it exactly cannot fail; and one operation sets what two in a row
//! did, if nobody wants what is between them. A map is looked through back to the one that the others are made of.

use cranelift_entity::SecondaryMap;
use linac_ir::{Args, ConstData, Function, Inst, Kinds, Opcode, Value};

/// Maps looked through.
const DEPTH: usize = 8;

/// Are two keys the same or surely different?
fn same(func: &Function, a: Value, b: Value) -> Option<bool> {
    if a == b {
        return Some(true);
    }
    let (a, b) = (func.as_const(a)?, func.as_const(b)?);
    let plain = |c: &ConstData| matches!(c, ConstData::Atom(_) | ConstData::Nil | ConstData::Int(_));
    (plain(a) && plain(b)).then(|| a == b)
}

/// The operation that made a map by setting keys; what stands between is passed over.
fn setter(func: &Function, map: Value) -> Option<Inst> {
    let mut def = func.def_inst(map)?;
    while func.insts[def].op == Opcode::AssertTerm {
        def = func.def_inst(func.resolve(func.insts[def].args[0]))?;
    }
    matches!(func.insts[def].op, Opcode::MapPutAssoc | Opcode::MapPutExact).then_some(def)
}

/// The value of a key that was set on the way to the map.
pub fn value_set(func: &Function, look_up: Inst) -> Option<Value> {
    let mut map = func.insts[look_up].args[0];
    let key = func.insts[look_up].args[1];
    for _ in 0..DEPTH {
        let args = &func.insts[setter(func, map)?].args;
        for pair in args[1..].chunks_exact(2).rev() {
            if same(func, func.resolve(pair[0]), key)? {
                return Some(func.resolve(pair[1]));
            }
        }
        map = func.resolve(args[0]);
    }
    None
}

/// The maps that a map was made of by setting keys, itself first.
pub fn made_of(func: &Function, map: Value) -> Vec<Value> {
    let mut maps = vec![map];
    while maps.len() < DEPTH
        && let Some(inst) = setter(func, maps[maps.len() - 1])
    {
        maps.push(func.resolve(func.insts[inst].args[0]));
    }
    maps
}

/// The value that an `assert_term` says something about.
pub fn root(func: &Function, v: Value) -> Value {
    let mut v = func.resolve(v);
    while let Some(def) = func.def_inst(v)
        && func.insts[def].op == Opcode::AssertTerm
    {
        v = func.resolve(func.insts[def].args[0]);
    }
    v
}

/// How often values are used, under whatever name; asking whether they are NONE does not count, nor do cold blocks, most of
/// which are on their way out. Nothing if no two operations could be joined.
pub fn uses(func: &Function) -> Option<SecondaryMap<Value, u32>> {
    let blocks = || func.order.iter().filter(|&&b| !func.blocks[b].cold);
    let insts = || blocks().flat_map(|&b| &func.blocks[b].insts).map(|&i| &func.insts[i]);
    insts().find(|data| data.op == Opcode::MapPutAssoc)?;
    let mut uses = SecondaryMap::new();
    for data in insts() {
        if matches!(data.op, Opcode::AssertTerm | Opcode::IsNone | Opcode::DbgValue) {
            continue;
        }
        for &v in data.args.iter().chain(data.targets.iter().flat_map(|t| t.args.iter())) {
            uses[root(func, v)] += 1;
        }
    }
    Some(uses)
}

/// Operands that set at once what two operations in a row do: this one, and the one that made its map, which
/// cannot fail and whose result nobody else wants.
pub fn joined(func: &Function, inst: Inst, uses: &SecondaryMap<Value, u32>) -> Option<Args> {
    /// Most keys of one operation.
    const MOST: usize = 8;
    let data = &func.insts[inst];
    let before = setter(func, data.args[0])?;
    let made = func.insts[before].results[0];
    let both = [data.op, func.insts[before].op];
    let sure = func.facts[made].kinds.disjoint(Kinds::NONE);
    if both != [Opcode::MapPutAssoc; 2] || !sure || uses[made] != 1 {
        return None;
    }
    let args: Args =
        func.insts[before].args.iter().chain(&data.args[1..]).map(|&v| func.resolve(v)).collect();
    (args.len() <= 2 * MOST + 1).then_some(args)
}
