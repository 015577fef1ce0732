//! `cargo run --release -p linac-benches -- [--rounds N] [--only TEXT] [--erl PATH] [--linac PATH] [--json FILE] [--save NAME] [--compare NAME]`
//!
//! `--save` keeps the figures as a baseline in `target/baselines`; `--compare` fails if a program became slower than in that
//! baseline. `--only` runs the programs with this text in their names and nothing else.
#![forbid(unsafe_code)]

use linac_benches::compile;
use linac_benches::programs::{GROUPS, System};
use linac_benches::table::{self, Row};
use linac_opt::Level;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

struct Args {
    rounds: u32,
    only: Option<String>,
    erl: PathBuf,
    linac: PathBuf,
    json: Option<PathBuf>,
    save: Option<PathBuf>,
    compare: Option<PathBuf>,
}

fn arguments() -> Result<Args, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut args = Args {
        rounds: 3,
        only: None,
        erl: root.join("target/otp29/bin/erl"),
        linac: std::env::current_exe().map_err(|e| e.to_string())?.with_file_name("linac"),
        json: None,
        save: None,
        compare: None,
    };
    let baseline = |name: String| match name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
        true => Ok(Some(root.join("target/baselines").join(name + ".json"))),
        false => Err(format!("{name} is no name for a baseline: letters, digits, '-', '_' and '.' are")),
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        match word.as_str() {
            "--rounds" => args.rounds = value()?.parse().map_err(|e| format!("--rounds: {e}"))?,
            "--only" => args.only = Some(value()?),
            "--erl" => args.erl = value()?.into(),
            "--linac" => args.linac = value()?.into(),
            "--json" => args.json = Some(value()?.into()),
            "--save" => args.save = baseline(value()?)?,
            "--compare" => args.compare = baseline(value()?)?,
            _ => return Err(format!("unknown argument {word}")),
        }
    }
    if args.rounds == 0 {
        return Err("--rounds: at least one".into());
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
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::from(2)
        }
    }
}

/// Measures and reports; `false` if a program failed or became slower.
fn run(args: &Args) -> Result<bool, String> {
    let before = args.compare.as_deref().map(read_rows).transpose()?;
    let library = library(&args.erl)?;
    let mut good = true;
    let mut all = Vec::new();
    for (group, names) in GROUPS {
        let wanted = |name: &&&str| args.only.as_ref().is_none_or(|text| name.contains(text.as_str()));
        let names: Vec<&str> = names.iter().filter(wanted).copied().collect();
        if names.is_empty() {
            continue;
        }
        let header = ["erl ms", "-O2 ms", "tiered ms", "erl/-O2", "erl/tier"];
        let [a, b, c, d, e] = header;
        println!("{group:<18} {a:>10} {b:>10} {c:>10} {d:>8} {e:>8}");
        let first = all.len();
        for name in names {
            match measure(args, &library, name) {
                Ok(row) => {
                    let Row { name, erl, o2, tiered, .. } = &row;
                    let (fast, tier) = (row.ratio(), erl / tiered);
                    println!("{name:<18} {erl:>10.1} {o2:>10.1} {tiered:>10.1} {fast:>8.2} {tier:>8.2}");
                    all.push(row);
                }
                Err(error) => {
                    eprintln!("bench: {error}");
                    good = false;
                }
            }
        }
        println!("geomean of erl/-O2: {:.2}", table::geomean(&all[first..]));
    }
    for (name, old, new) in before.iter().flat_map(|rows| table::slower(rows, &all)) {
        eprintln!(
            "bench: {name} is slower than before: {old:.2} times the reference VM's speed, now {new:.2}"
        );
        good = false;
    }
    let report = json!({"programs": table::to_json(&all), "geomean": table::geomean(&all)});
    for file in [&args.json, &args.save].into_iter().flatten() {
        let fail = |e: std::io::Error| format!("{}: {e}", file.display());
        std::fs::create_dir_all(file.parent().unwrap_or(Path::new("."))).map_err(fail)?;
        std::fs::write(file, format!("{report:#}\n")).map_err(fail)?;
    }
    if args.only.is_none() {
        collection_under_frames(args, &library)?;
        compile_cost(args)?;
        start_to_exit(args)?;
    }
    Ok(good)
}

fn read_rows(file: &Path) -> Result<Vec<Row>, String> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let value: serde_json::Value =
        serde_json::from_str(&text).map_err(|e| format!("{}: {e}", file.display()))?;
    value.get("programs").and_then(table::from_json).ok_or(format!("{}: not a baseline", file.display()))
}

/// The folders of the reference VM's library modules.
fn library(erl: &Path) -> Result<Vec<PathBuf>, String> {
    let program =
        "[io:format(\"~s~n\", [filename:join(code:lib_dir(A), \"ebin\")]) || A <- [stdlib, kernel]], halt().";
    let output =
        Command::new(erl).args(["-noshell", "-eval", program]).output().map_err(|e| e.to_string())?;
    let folders: Vec<PathBuf> =
        String::from_utf8_lossy(&output.stdout).lines().map(PathBuf::from).filter(|f| f.is_dir()).collect();
    match folders.len() {
        2 => Ok(folders),
        _ => Err(format!("{} does not tell where its library is", erl.display())),
    }
}

/// Runs a program on all systems in turn.
fn measure(args: &Args, library: &[PathBuf], name: &str) -> Result<Row, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("erl/beam");
    let systems = [
        System::Erl(&args.erl),
        System::Linac(&args.linac, &["-O2", "--schedulers", "1"], library),
        System::Linac(&args.linac, &["--schedulers", "1"], library),
    ];
    let mut best = [u64::MAX; 3];
    let mut ratios = Vec::new();
    let mut results = Vec::new();
    for _ in 0..args.rounds {
        let mut times = [0; 3];
        for (time, system) in times.iter_mut().zip(&systems) {
            let (least, result) = system.time(&folder, name, 3)?;
            *time = least.max(1);
            results.push(result);
        }
        ratios.push(times[0] as f64 / times[1] as f64);
        best = std::array::from_fn(|n| best[n].min(times[n]));
    }
    if results.iter().any(|r| *r != results[0]) {
        return Err(format!("{name}: results differ: {results:?}"));
    }
    let [erl, o2, tiered] = best.map(|t| t as f64 / 1000.0);
    let (low, high) = ratios.iter().fold((f64::MAX, 0.0_f64), |(l, h), r| (l.min(*r), h.max(*r)));
    Ok(Row { name: name.into(), erl, o2, tiered, spread: (high - low) / (erl / o2) })
}

/// Full collections under deep recursion.
fn collection_under_frames(args: &Args, library: &[PathBuf]) -> Result<(), String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("erl/beam");
    println!("{:<12} {:>10} {:>10} {:>8}", "frames", "erl ns", "linac ns", "erl/linac");
    for frames in [1_000, 1_000_000] {
        let mut best = [u64::MAX; 2];
        for _ in 0..args.rounds {
            let options = &["-O2", "--schedulers", "1"];
            let systems = [System::Erl(&args.erl), System::Linac(&args.linac, options, library)];
            for (least, system) in best.iter_mut().zip(systems) {
                *least = system.collection(&folder, frames)?.min(*least);
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
            total.add(&compile::least(&Path::new(dir).join(format!("{module}.beam")), level, 3)?);
        }
        println!(
            "compile {name}: {}, {:.1} times the reference loader",
            total.summary(),
            total.time.as_secs_f64() * 1e6 / erl_us
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
