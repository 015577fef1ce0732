//! `cargo run --release -p linac-benches -- [--rounds N] [--erl PATH] [--linac PATH] [--json FILE]`
#![forbid(unsafe_code)]

use linac_benches::compile;
use linac_benches::kernels::{KERNELS, System};
use linac_opt::Level;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

struct Args {
    rounds: u32,
    erl: PathBuf,
    linac: PathBuf,
    json: Option<PathBuf>,
}

fn arguments() -> Result<Args, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut args = Args {
        rounds: 3,
        erl: root.join("target/otp29/bin/erl"),
        linac: std::env::current_exe().map_err(|e| e.to_string())?.with_file_name("linac"),
        json: None,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        match word.as_str() {
            "--rounds" => args.rounds = value()?.parse().map_err(|e| format!("--rounds: {e}"))?,
            "--erl" => args.erl = value()?.into(),
            "--linac" => args.linac = value()?.into(),
            "--json" => args.json = Some(value()?.into()),
            _ => return Err(format!("unknown argument {word}")),
        }
    }
    for (path, how) in [
        (&args.erl, "scripts/otp.sh 29 target/otp29 installs it"),
        (&args.linac, "cargo build --release makes it"),
    ] {
        if !path.exists() {
            return Err(format!("{} does not exist; {how}", path.display()));
        }
    }
    Ok(args)
}

fn main() -> ExitCode {
    match arguments().and_then(|args| run(&args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(args: &Args) -> Result<(), String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("erl/beam");
    let optimized: &[&str] = &["-O2", "--schedulers", "1"];
    let tiered: &[&str] = &["--schedulers", "1"];
    println!(
        "{:<12} {:>10} {:>10} {:>10} {:>8} {:>8}",
        "kernel", "erl ms", "-O2 ms", "tiered ms", "erl/-O2", "erl/tier"
    );
    let mut json = String::from("{\"kernels\":{");
    let mut log_sum = 0.0;
    for (n, kernel) in KERNELS.iter().enumerate() {
        let mut best = [u64::MAX; 3];
        let mut results = Vec::new();
        for _ in 0..args.rounds {
            let systems = [
                System::Erl(&args.erl),
                System::Linac(&args.linac, optimized),
                System::Linac(&args.linac, tiered),
            ];
            for (least, system) in best.iter_mut().zip(systems) {
                let (time, result) = system.time(&folder, kernel, 3)?;
                *least = time.min(*least);
                results.push(result);
            }
        }
        if results.iter().any(|r| *r != results[0]) {
            return Err(format!("{kernel}: results differ: {results:?}"));
        }
        let [erl, o2, tier] = best.map(|t| t as f64 / 1000.0);
        println!("{kernel:<12} {erl:>10.1} {o2:>10.1} {tier:>10.1} {:>8.2} {:>8.2}", erl / o2, erl / tier);
        log_sum += (erl / o2).ln();
        let comma = if n == 0 { "" } else { "," };
        json += &format!("{comma}\"{kernel}\":{{\"erl_ms\":{erl},\"o2_ms\":{o2},\"tiered_ms\":{tier}}}");
    }
    let geomean = (log_sum / KERNELS.len() as f64).exp();
    println!("geomean of erl/-O2: {geomean:.2}");
    json += &format!("}},\"geomean\":{geomean}}}\n");
    collection_under_frames(args, &folder)?;
    compile_cost(args)?;
    start_to_exit(args)?;
    if let Some(file) = &args.json {
        std::fs::write(file, json).map_err(|e| format!("{}: {e}", file.display()))?;
    }
    Ok(())
}

/// Full collections under deep recursion.
fn collection_under_frames(args: &Args, folder: &Path) -> Result<(), String> {
    println!("{:<12} {:>10} {:>10} {:>8}", "frames", "erl ns", "linac ns", "erl/linac");
    for frames in [1_000, 1_000_000] {
        let mut best = [u64::MAX; 2];
        for _ in 0..args.rounds {
            let systems = [System::Erl(&args.erl), System::Linac(&args.linac, &["-O2", "--schedulers", "1"])];
            for (least, system) in best.iter_mut().zip(systems) {
                *least = system.collection(folder, frames)?.min(*least);
            }
        }
        let [erl, linac] = best.map(|ns| ns as f64 / f64::from(frames));
        println!("{frames:<12} {erl:>10.1} {linac:>10.1} {:>8.2}", erl / linac);
    }
    println!("(ns of a full collection per frame that it finds)");
    Ok(())
}

/// Compile cost against the reference VM's loader on the same files.
fn compile_cost(args: &Args) -> Result<(), String> {
    let root = "filename:join(code:lib_dir(stdlib),\"ebin\")";
    let names = ["lists", "gb_trees", "proplists", "orddict", "queue", "sets", "string", "io_lib_pretty"];
    let list = names.map(|n| format!("\"{n}\"")).join(",");
    // Reads each file, then times the loader's expensive half ten times and keeps the least.
    let program = format!(
        "Dir = {root}, Fs = [filename:join(Dir, N ++ \".beam\") || N <- [{list}]], \
         Ts = [begin {{ok, B}} = file:read_file(F), M = list_to_atom(filename:basename(F, \".beam\")), \
         lists:min([element(1, timer:tc(fun() -> erlang:prepare_loading(M, B) end)) || _ <- lists:seq(1, 10)]) end || F <- Fs], \
         io:format(\"~s~n~w~n\", [Dir, lists:sum(Ts)]), halt()."
    );
    let output =
        Command::new(&args.erl).args(["-noshell", "-eval", &program]).output().map_err(|e| e.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut lines = text.lines();
    let (Some(dir), Some(erl_us)) = (lines.next(), lines.next().and_then(|l| l.parse::<f64>().ok())) else {
        return Err(format!(
            "the reference loader gave no time: {}",
            String::from_utf8_lossy(&output.stderr)
        ));
    };
    for (name, level) in [("baseline -O0", Level::O0), ("optimizing -O2", Level::O2)] {
        let mut total = compile::Cost::default();
        for module in names {
            let mut best: Option<compile::Cost> = None;
            for _ in 0..3 {
                let cost = compile::measure(&Path::new(dir).join(format!("{module}.beam")), level)?;
                if best.is_none_or(|b| cost.time < b.time) {
                    best = Some(cost);
                }
            }
            let cost = best.unwrap_or_default();
            total.ops += cost.ops;
            total.bytes += cost.bytes;
            total.functions += cost.functions;
            total.refused += cost.refused;
            total.time += cost.time;
        }
        let us = total.time.as_secs_f64() * 1e6;
        println!(
            "compile {name}: {} functions ({} refused), {:.2} us and {:.1} code bytes per operation, {:.1} times the reference loader",
            total.functions,
            total.refused,
            us / total.ops as f64,
            total.bytes as f64 / total.ops as f64,
            us / erl_us
        );
    }
    Ok(())
}

/// Hello world from process start to exit.
fn start_to_exit(args: &Args) -> Result<(), String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut best = [f64::MAX; 2];
    for _ in 0..10 {
        let mut erl = Command::new(&args.erl);
        erl.args(["-noshell", "-pa"]).arg(root.join("examples")).args(["-eval", "hello:start(), halt()."]);
        let mut linac = Command::new(&args.linac);
        linac.arg("run").arg(root.join("examples/hello.beam"));
        for (least, command) in best.iter_mut().zip([&mut erl, &mut linac]) {
            let start = Instant::now();
            command.output().map_err(|e| e.to_string())?;
            *least = least.min(start.elapsed().as_secs_f64() * 1000.0);
        }
    }
    println!("hello world, start to exit: erl {:.1} ms, linac {:.1} ms", best[0], best[1]);
    Ok(())
}
