//! Tags of small integers that one operation puts on and the next takes off.
//!
//! A small integer `n` is the word `16n + 15`; legalize expands each operation by itself, so a product is tagged and at once
//! untagged again by the sum that takes it. Both rules need that the low four bits of the word under the tag are zero.

use crate::util::as_iconst;
use linac_abi::term::{SMALL_SHIFT, TAG_SMALL};
use linac_ir::{Args, Function, Inst, Opcode, Value};

const TAG: i64 = TAG_SMALL as i64;
/// How far the operands of a product are looked into.
const DEPTH: u32 = 3;

/// The word under the tag, if the value is a word just tagged: `x | 15` with the low bits of `x` zero.
fn under_tag(func: &Function, v: Value) -> Option<Value> {
    let data = &func.insts[func.def_inst(v)?];
    if data.op != Opcode::WOr || as_iconst(func, data.args[1]) != Some(TAG) {
        return None;
    }
    let under = func.resolve(data.args[0]);
    low_bits_zero(func, under, DEPTH).then_some(under)
}

/// Are the low four bits surely zero?
fn low_bits_zero(func: &Function, v: Value, depth: u32) -> bool {
    let Some(inst) = func.def_inst(v) else { return false };
    let data = &func.insts[inst];
    match data.op {
        Opcode::IConst => as_iconst(func, v).is_some_and(|n| n & TAG == 0),
        Opcode::WShl => as_iconst(func, data.args[1]).is_some_and(|n| n >= i64::from(SMALL_SHIFT)),
        Opcode::WSub => is_small_bits(func, data.args[0]) && as_iconst(func, data.args[1]) == Some(TAG),
        Opcode::WMul | Opcode::WMulOvf if depth > 0 && data.results[0] == v => {
            data.args.iter().any(|&a| low_bits_zero(func, func.resolve(a), depth - 1))
        }
        _ => false,
    }
}

/// Is it the word of a small integer, tag included? (Other immediates have bits of theirs.)
fn is_small_bits(func: &Function, v: Value) -> bool {
    let Some(inst) = func.def_inst(v) else { return false };
    let data = &func.insts[inst];
    data.op == Opcode::SmallBits && func.facts[data.args[0]].is_small(func.word)
}

/// `(x | 15) - 15` is `x`.
pub(super) fn untag(func: &Function, args: &Args) -> Option<Value> {
    (as_iconst(func, args[1]) == Some(TAG)).then(|| under_tag(func, args[0])).flatten()
}

/// `(x | 15) + (y - 15)` becomes `x + y`: the same sum, so the same overflow.
pub(super) fn add(func: &mut Function, inst: Inst) {
    let args = func.insts[inst].args.clone();
    for (a, b) in [(args[0], args[1]), (args[1], args[0])] {
        let (Some(x), Some(minus)) = (under_tag(func, a), func.def_inst(b)) else { continue };
        let data = &func.insts[minus];
        if data.op == Opcode::WSub && as_iconst(func, data.args[1]) == Some(TAG) {
            let y = func.resolve(data.args[0]);
            func.insts[inst].args = Args::from_slice(&[x, y]);
            return;
        }
    }
}
