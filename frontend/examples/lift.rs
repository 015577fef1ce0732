//! Lifts all functions of the files given as arguments and counts what could not be lifted, by reason.
//! With `-O` files are timed only.
use linac_frontend::beam::Module;
use linac_frontend::lift::{Lifter, Options};
use std::collections::BTreeMap;
use std::process::ExitCode;

fn main() -> ExitCode {
    let (mut lifted, mut ops, mut insts) = (0, 0, 0);
    let mut reasons: BTreeMap<String, (usize, String)> = BTreeMap::new();
    let start = std::time::Instant::now();
    for file in std::env::args().skip(1).filter(|a| !a.starts_with('-')) {
        let module = match std::fs::read(&file)
            .map_err(|e| e.to_string())
            .and_then(|bytes| Module::decode(&bytes).map_err(|e| e.to_string()))
        {
            Ok(module) => module,
            Err(e) => {
                println!("{file}: {e}");
                return ExitCode::FAILURE;
            }
        };
        ops += module.code.ops.len();
        let lifter = Lifter::new(&module, Options::default());
        for i in 0..lifter.len() {
            match lifter.lift(i) {
                Ok(func) => {
                    lifted += 1;
                    insts += func.insts.len();
                }
                Err(e) => reasons.entry(e.reason.clone()).or_insert((0, e.to_string())).0 += 1,
            }
        }
    }
    println!("{lifted} functions lifted ({ops} instructions, {insts} in IR) in {:?}", start.elapsed());
    for (n, example) in reasons.values() {
        println!("{n:6} {example}");
    }
    ExitCode::SUCCESS
}
