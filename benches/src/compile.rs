//! Compile cost per BEAM operation, for both tiers.

use linac::pipeline::{self, Options, Silent};
use linac_frontend::beam::Module;
use linac_frontend::lift::Lifter;
use linac_opt::Level;
use std::path::Path;
use std::time::{Duration, Instant};

/// What compiling a set of modules took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// BEAM operations without labels, lines and `func_info`.
    pub ops: u64,
    /// Bytes of code.
    pub bytes: u64,
    /// Functions compiled.
    pub functions: u64,
    /// Functions that cannot be compiled yet.
    pub refused: u64,
    /// Time from decoded module to code object.
    pub time: Duration,
}

/// Compiles each function of a file on its own, as the runtime does.
pub fn measure(file: &Path, level: Level) -> Result<Cost, String> {
    let bytes = std::fs::read(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let module = Module::decode(&bytes).map_err(|e| format!("{}: {e}", file.display()))?;
    let isa = linac_isa::by_name(std::env::consts::ARCH).ok_or("no instruction set for this machine")?;
    let options = Options { verify: false, ..Options::new(isa, level) };
    let count = Lifter::new(&module, linac_frontend::lift::Options::default()).len() as u32;
    let mut cost = Cost::default();
    for (n, function) in module.functions.iter().enumerate() {
        use linac_frontend::genop::op::{FUNC_INFO, LABEL, LINE};
        debug_assert!((n as u32) < count);
        let ops = module.code.ops[function.ops.clone()]
            .iter()
            .filter(|op| ![LABEL, LINE, FUNC_INFO].contains(&op.opcode))
            .count() as u64;
        let start = Instant::now();
        match pipeline::compile(&module, &[n as u32], options, &mut Silent) {
            Ok(object) => {
                cost.time += start.elapsed();
                cost.ops += ops;
                cost.bytes += object.code.len() as u64;
                cost.functions += 1;
            }
            Err(_) => cost.refused += 1,
        }
    }
    Ok(cost)
}
