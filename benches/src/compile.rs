//! Compile cost per BEAM operation, for both tiers, whole and for each part of the compiler.

use linac::pipeline::{self, Observer, Options};
use linac_frontend::beam::Module;
use linac_ir::Function;
use linac_opt::Level;
use std::path::Path;
use std::time::{Duration, Instant};

/// What compiling a set of modules took.
#[derive(Clone, Debug, Default)]
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
    /// The same by part: lifting, each pass, each step of code generation.
    pub parts: Vec<(&'static str, Duration)>,
}

impl Cost {
    /// Adds the cost of another file.
    pub fn add(&mut self, other: &Cost) {
        self.ops += other.ops;
        self.bytes += other.bytes;
        self.functions += other.functions;
        self.refused += other.refused;
        self.time += other.time;
        for &(name, time) in &other.parts {
            self.part(name, time);
        }
    }

    /// Time per operation, in microseconds.
    pub fn us_per_op(&self) -> f64 {
        self.time.as_secs_f64() * 1e6 / self.ops.max(1) as f64
    }

    /// The figures of the whole, in one line.
    pub fn summary(&self) -> String {
        format!(
            "{} functions ({} refused), {:.2} us and {:.1} code bytes per operation",
            self.functions,
            self.refused,
            self.us_per_op(),
            self.bytes as f64 / self.ops.max(1) as f64
        )
    }

    fn part(&mut self, name: &'static str, time: Duration) {
        match self.parts.iter_mut().find(|(n, _)| *n == name) {
            Some((_, sum)) => *sum += time,
            None => self.parts.push((name, time)),
        }
    }
}

/// Adds up the parts.
struct Parts<'a>(&'a mut Cost);

impl linac_isa::Observer for Parts<'_> {
    fn wants(&self, _: linac_isa::Stage) -> bool {
        false
    }

    fn text(&mut self, _: linac_isa::Stage, _: &Function, _: &str) {}

    fn step(&mut self, name: &'static str, time: Duration) {
        self.0.part(name, time);
    }
}

impl Observer for Parts<'_> {
    fn ir(&mut self, _: &'static str, _: &Function) {}

    fn timings(&mut self, timings: &[(&'static str, Duration)]) {
        for &(name, time) in timings {
            self.0.part(name, time);
        }
    }
}

/// Compiles each function of a file on its own, as the runtime does.
pub fn measure(file: &Path, level: Level) -> Result<Cost, String> {
    let bytes = std::fs::read(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let module = Module::decode(&bytes).map_err(|e| format!("{}: {e}", file.display()))?;
    let isa = linac_isa::by_name(std::env::consts::ARCH).ok_or("no instruction set for this machine")?;
    let options = Options { verify: false, ..Options::new(isa, level) };
    let mut cost = Cost::default();
    for (n, function) in module.functions.iter().enumerate() {
        use linac_frontend::genop::op::{FUNC_INFO, LABEL, LINE};
        let ops = module.code.ops[function.ops.clone()]
            .iter()
            .filter(|op| ![LABEL, LINE, FUNC_INFO].contains(&op.opcode))
            .count() as u64;
        let start = Instant::now();
        match pipeline::compile(&module, &[n as u32], options, &mut Parts(&mut cost)) {
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

/// The round of least time.
pub fn least(file: &Path, level: Level, rounds: u32) -> Result<Cost, String> {
    let mut best = measure(file, level)?;
    for _ in 1..rounds {
        let cost = measure(file, level)?;
        if cost.time < best.time {
            best = cost;
        }
    }
    Ok(best)
}

/// The most memory that this process has had, in bytes, where the system tells.
pub fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}
