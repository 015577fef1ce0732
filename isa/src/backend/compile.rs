//! A unit of functions to one code object: the steps of the code generator in order.

use super::{Machine, emit, lower};
use crate::{IsaError, Observer, Stage, UnitOptions};
use linac_abi::object::CodeObject;
use linac_emit::{CodeBuffer, SymbolTable, UnitInfo};
use linac_ir::Function;
use linac_regalloc::{Allocator, Options};
use rustc_hash::FxHashMap;
use std::cell::Cell;
use std::time::Instant;

thread_local! {
    /// The allocator's working memory, kept from unit to unit: most units are one small function.
    static ALLOCATOR: Cell<Allocator> = Cell::default();
}

/// Instructions of a function up to which the thread keeps the memory that allocating it took.
const MOST_KEPT: usize = 20_000;

/// Compiles functions of one module; see [`crate::Isa::compile`].
pub(crate) fn compile<M: Machine>(
    unit: &[Function],
    options: UnitOptions,
    observer: &mut dyn Observer,
) -> Result<CodeObject, IsaError> {
    let first = unit.first().ok_or_else(|| IsaError::bug("an empty unit"))?;
    let mut symbols = SymbolTable::default();
    let numbers: FxHashMap<u32, u32> =
        unit.iter().enumerate().map(|(n, func)| (func.index, n as u32)).collect();
    let lower_options = lower::LowerOptions {
        direct: options.direct_calls.then_some(&numbers),
        no_fusion: options.no_fusion,
    };
    let env = M::reg_env();
    let mut allocator = ALLOCATOR.take();
    let mut files: Vec<String> = Vec::new();
    let mut buffer = CodeBuffer::<M::Use>::new();
    let entries: Vec<_> = unit.iter().map(|_| buffer.label()).collect();
    for (n, func) in unit.iter().enumerate() {
        let mut clock = Instant::now();
        let vcode = lower::lower::<M>(func, &mut symbols, lower_options)?;
        step(observer, "lower", &mut clock);
        if observer.wants(Stage::VCode) {
            observer.text(Stage::VCode, func, &vcode.to_string());
        }
        let ra = Options { algorithm: options.algorithm, verify: options.verify, ..Options::default() };
        let allocated =
            allocator.run(&vcode, env, ra).map_err(|e| IsaError::bug(format!("{}: {e}", func.mfa())))?;
        step(observer, "regalloc", &mut clock);
        if observer.wants(Stage::Regalloc) {
            observer.text(Stage::Regalloc, func, &allocated.display(&vcode).to_string());
        }
        let mut emitter = emit::Emitter::<M> {
            func,
            vcode: &vcode,
            allocated: &allocated,
            symbols: &mut symbols,
            files: &mut files,
            buffer: &mut buffer,
            entries: &entries,
            number: n,
            counters: options.counters,
            blocks: Vec::new(),
            targets: Vec::new(),
            saves_return: false,
            listing: observer.wants(Stage::Asm).then(Vec::new),
        };
        emitter.run()?;
        step(observer, "emit", &mut clock);
        if let Some(listing) = emitter.listing.take() {
            observer.text(Stage::Asm, func, &emit::render(func, &listing));
        }
    }
    M::end_unit(&mut buffer).map_err(|e| IsaError::bug(format!("{}: {e}", first.module)))?;
    let info = UnitInfo {
        target: M::NAME.to_string(),
        features: Vec::new(),
        module: first.module.to_string(),
        symbols,
        files,
    };
    if unit.iter().all(|func| func.insts.len() <= MOST_KEPT) {
        ALLOCATOR.set(allocator);
    }
    let mut clock = Instant::now();
    let object = buffer.finish(info).map_err(|e| IsaError::bug(format!("{}: {e}", first.module)))?;
    step(observer, "object", &mut clock);
    Ok(object)
}

/// Reports the time since the last step.
fn step(observer: &mut dyn Observer, name: &'static str, clock: &mut Instant) {
    let now = Instant::now();
    observer.step(name, now - *clock);
    *clock = now;
}
