//! Order of the blocks: reverse postorder, cold blocks last.
//!
//! The register allocator weighs uses by block order and loop depth, and code that is not executed should not share
//! cache lines with code that is.

use crate::pass::PassContext;
use linac_ir::Function;
use linac_ir::analysis::Cfg;

/// Runs the pass.
pub fn run(func: &mut Function, _ctx: &mut PassContext<'_>) {
    let cfg = Cfg::compute(func);
    let entry = func.entry();
    let (mut hot, cold): (Vec<_>, Vec<_>) =
        cfg.rpo.iter().partition(|&&b| b == entry || !func.blocks[b].cold);
    hot.extend(cold);
    func.order = hot;
}
