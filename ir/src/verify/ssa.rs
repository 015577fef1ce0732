//! Every use is dominated by its definition; nothing reaches into a handler.

use super::Errors;
use super::structure::{handler_of, operands};
use crate::analysis::{Cfg, DomTree, Liveness};
use crate::entities::{Block, Value};
use cranelift_entity::SecondaryMap;

/// Where a value is defined: block and position in it (parameters: 0, instructions from 1); none if nowhere.
type Sites = SecondaryMap<Value, Option<(Block, u32)>>;

pub(super) fn check(e: &mut Errors, cfg: &Cfg) {
    let func = e.func;
    let mut sites: Sites = SecondaryMap::new();
    for &block in &func.order {
        for &v in &func.blocks[block].params {
            sites[v] = Some((block, 0));
        }
        for (n, &inst) in func.blocks[block].insts.iter().enumerate() {
            for &v in &func.insts[inst].results {
                sites[v] = Some((block, n as u32 + 1));
            }
        }
    }
    let dom = DomTree::compute(cfg);
    for &block in &func.order {
        for (n, &inst) in func.blocks[block].insts.iter().enumerate() {
            for v in operands(func, inst) {
                let Some((def, at)) = sites[v] else {
                    e.inst(inst, format!("{v} is used, but its definition is in no block"));
                    continue;
                };
                // Nothing is above an unreachable block, so only its own order counts there.
                let above = if def == block {
                    at < n as u32 + 1
                } else {
                    !cfg.is_reachable(block) || dom.dominates(def, block)
                };
                if !above {
                    e.inst(
                        inst,
                        format!("{v} is used where its definition in {def} need not have been executed"),
                    );
                }
            }
        }
    }
    if e.list.is_empty() {
        regions(e, cfg, &dom);
    }
}

/// No values are live into a handler, and an instruction that names it lies behind its `try_enter`.
fn regions(e: &mut Errors, cfg: &Cfg, dom: &DomTree) {
    let func = e.func;
    let handler_of = handler_of(func);
    if !func.order.iter().any(|&b| handler_of[b].is_some()) {
        return;
    }
    for &block in cfg.rpo.iter() {
        for &inst in &func.blocks[block].insts {
            let Some(handler) = func.insts[inst].handler.expand() else { continue };
            let Some((enter, _)) = handler_of[handler] else { continue };
            if enter == block || !dom.dominates(enter, block) {
                e.inst(inst, format!("the try_enter of {handler} need not have been executed here"));
            } else if dom.dominates(handler, block) {
                e.inst(inst, format!("{handler} is named by an instruction behind it"));
            }
        }
    }
    let live = Liveness::compute(func, cfg);
    for &block in cfg.rpo.iter().filter(|&&b| handler_of[b].is_some()) {
        let mut values: Vec<String> = live.live_in[block].iter().map(|v| v.to_string()).collect();
        values.sort();
        if !values.is_empty() {
            e.block(
                block,
                format!("values from outside the handler are used behind it: {}", values.join(", ")),
            );
        }
    }
}
