//! Shows a function after each pass: `cargo run -p linac-opt --example passes -- FILE.lir [0|1|2] [PASS]`.

use linac_opt::{Level, PassContext, run_pipeline};

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let text = std::fs::read_to_string(&args[1]).expect("a readable file");
    let level = match args.get(2).map(String::as_str) {
        Some("0") => Level::O0,
        Some("1") => Level::O1,
        _ => Level::O2,
    };
    let mut func = linac_ir::text::parse_function(&text).expect("a function");
    let mut ctx = PassContext::new(level.tier());
    run_pipeline(&mut func, level, &mut ctx, &mut |name, f| {
        if args.get(3).is_none_or(|p| p == name) {
            println!("=== {name}\n{}", linac_ir::text::print(f));
        }
    });
}
