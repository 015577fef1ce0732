//! Decodes files given as arguments; `-v` prints the overview, `-d` the disassembly as well.
use linac_frontend::beam::Module;
use std::process::ExitCode;

fn main() -> ExitCode {
    let (mut ok, mut failed, mut ops) = (0, 0, 0);
    let (flags, files): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|a| a.starts_with('-'));
    for file in &files {
        let result = std::fs::read(file).map_err(|e| format!("{file}: {e}"));
        match result.and_then(|bytes| Module::decode(&bytes).map_err(|e| e.in_file(file).to_string())) {
            Ok(module) => {
                ok += 1;
                ops += module.code.ops.len();
                if flags.iter().any(|f| f == "-v") {
                    println!("{}", module.inspect());
                }
                if flags.iter().any(|f| f == "-d") {
                    module.functions.iter().for_each(|f| println!("{}", module.disassembly(f)));
                }
            }
            Err(e) => {
                failed += 1;
                println!("{e}");
            }
        }
    }
    println!("{ok} decoded ({ops} instructions), {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
