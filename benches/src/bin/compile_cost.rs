//! `cargo run --release -p linac-benches --bin compile_cost -- [-O0|-O1|-O2] [--rounds N] FILE...`
//!
//! Compiles each function of the files on its own, as the runtime does, and says what each part of the compiler took
//! per BEAM operation (least time of the rounds). Under `valgrind --tool=callgrind` the same program gives numbers that repeat.
#![forbid(unsafe_code)]

use linac_benches::compile::{self, Cost};
use linac_opt::Level;
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("compile_cost: {error}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<(), String> {
    let (mut level, mut rounds, mut files) = (Level::O0, 3u32, Vec::<PathBuf>::new());
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "-O0" => level = Level::O0,
            "-O1" => level = Level::O1,
            "-O2" => level = Level::O2,
            "--rounds" => {
                let value = words.next().ok_or("--rounds needs a value")?;
                rounds = value.parse().map_err(|e| format!("--rounds: {e}"))?;
            }
            _ => files.push(word.into()),
        }
    }
    let mut total = Cost::default();
    for file in &files {
        let cost = compile::least(file, level, rounds)?;
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        println!("{name:<20} {}", cost.summary());
        total.add(&cost);
    }
    println!("{:<20} {}", "all", total.summary());
    for (part, time) in &total.parts {
        println!("{:>8.3} us  {part}", time.as_secs_f64() * 1e6 / total.ops.max(1) as f64);
    }
    if let Some(bytes) = compile::peak_memory() {
        println!("{:>8.1} MB of memory at most, of the whole process", bytes as f64 / 1e6);
    }
    Ok(())
}
