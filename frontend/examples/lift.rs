//! Lifts all functions of the files given as arguments and counts what could not be lifted, by reason.
//! Every result is verified and goes through the text form and back, unless `-t` asks for the time only.
//! `-p=NAME` prints the functions of this name.
use linac_frontend::beam::Module;
use linac_frontend::lift::{Lifter, Options};
use linac_ir as ir;
use std::collections::BTreeMap;
use std::process::ExitCode;

/// What the verifier or the text form has against a function.
fn problem(func: &ir::Function) -> Option<String> {
    if let Err(errors) = ir::verify::verify(func) {
        return errors.first().map(ToString::to_string);
    }
    let text = ir::text::print(func);
    match ir::text::parse_function(&text) {
        Ok(back) => (ir::text::print(&back) != text).then(|| "text differs after parsing".to_owned()),
        Err(e) => Some(format!("text does not parse: {e:?}")),
    }
}

fn main() -> ExitCode {
    let (mut lifted, mut ops, mut insts) = (0, 0, 0);
    let mut reasons: BTreeMap<String, (usize, String)> = BTreeMap::new();
    let flags: Vec<String> = std::env::args().filter(|a| a.starts_with('-')).collect();
    let check = !flags.iter().any(|f| f == "-t");
    let print = flags.iter().find_map(|f| f.strip_prefix("-p="));
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
                    if print == Some(&*func.name) {
                        println!("{}", ir::text::print(&func));
                    }
                    if flags.iter().any(|f| f == "-n") {
                        println!("{}", func.mfa());
                    }
                    if let Some(problem) = check.then(|| problem(&func)).flatten() {
                        let key =
                            problem.split(['v', '0', '1', '2', '3', 'i', 'b']).next().unwrap_or_default();
                        let entry = reasons.entry(key.to_owned());
                        entry.or_insert((0, format!("{}: {problem}", func.mfa()))).0 += 1;
                    }
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
