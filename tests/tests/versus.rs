//! Generated programs on OTP and on linac give the same (`linac_tests::versus`).
//!
//! `LINAC_SEEDS=FROM..TO` chooses the seeds, `LINAC_BIN` the tool, `LINAC_VERSUS_DIR` a folder where the programs stay.
#![forbid(unsafe_code)]

use linac_tests::conformance::tool;
use linac_tests::versus::make::Module;
use linac_tests::versus::run::{Lab, MODES, System, differences};
use linac_tests::versus::shrink::shrink;
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Entries of a module.
const GROUPS: usize = 40;
/// Modules that are compiled and run together.
const BATCH: u64 = 10;
/// Failures that are made small.
const SHOWN: usize = 4;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace's folder")
}

fn seeds(default: Range<u64>) -> Range<u64> {
    let Ok(text) = std::env::var("LINAC_SEEDS") else { return default };
    let parts = text.split_once("..").and_then(|(a, b)| Some(a.parse().ok()?..b.parse().ok()?));
    parts.unwrap_or_else(|| panic!("LINAC_SEEDS={text} is not FROM..TO"))
}

fn lab(release: u32, name: &str) -> Lab {
    let otp = root().join(format!("target/otp{release}"));
    assert!(otp.join("bin/erl").exists(), "scripts/otp.sh {release} target/otp{release} installs OTP");
    let linac = tool(root()).expect("the linac tool");
    let folder = match std::env::var_os("LINAC_VERSUS_DIR") {
        Some(folder) => PathBuf::from(folder).join(format!("{name}{release}")),
        None => Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("versus-{name}{release}")),
    };
    Lab::new(otp, linac, folder, &root().join("tests/versus")).expect("a folder and a compiler")
}

/// What was compared, and descriptions of what differs.
#[derive(Default)]
struct Report {
    functions: usize,
    calls: usize,
    refused: Vec<String>,
    failures: Vec<String>,
    /// What differed in one mode need not be told of the others.
    told: BTreeSet<String>,
}

fn batch(lab: &Lab, release: u32, seeds: Range<u64>, report: &mut Report) -> Result<(), String> {
    let modules: Vec<Module> = seeds.map(|seed| Module::new(seed, release, GROUPS)).collect();
    // A module with a function that is no program is compiled again without it.
    let refused = lab.compile(&modules)?;
    report.refused.extend(refused.iter().cloned());
    let is_refused = |m: &Module| refused.iter().any(|line| line.split(' ').next() == Some(m.name.as_str()));
    let good: Vec<&Module> = modules.iter().filter(|m| !is_refused(m)).collect();
    let names: Vec<String> = good.iter().map(|m| m.name.clone()).collect();
    let wanted = lab.run(&System::Otp, &names)?;
    report.functions +=
        good.iter().map(|m| m.groups.iter().map(|g| g.functions.len()).sum::<usize>()).sum::<usize>();
    report.calls += wanted.iter().map(Vec::len).sum::<usize>();
    for system in &MODES {
        // Collecting everywhere is slow: some modules will do.
        let stress = matches!(system, System::Linac { stress: true, .. });
        let names = if stress { &names[..names.len().min(2)] } else { &names[..] };
        let found = lab.run(system, names)?;
        for ((module, wanted), found) in good.iter().zip(&wanted).zip(&found) {
            for (function, wanted, found) in differences(wanted, found) {
                if !report.told.insert(format!("{}:{function}", module.name)) {
                    continue;
                }
                let mut text = format!(
                    "{}:{function} on OTP {release}, {system:?}\n  OTP   {wanted}\n  linac {found}",
                    module.name
                );
                if report.failures.len() < SHOWN
                    && let Some(small) = shrink(lab, system, module, &function)?
                {
                    text += &format!(
                        "\nsmaller:\n{}\n  OTP   {}\n  linac {}",
                        small.module.render(),
                        small.wanted,
                        small.found
                    );
                }
                println!("{text}\n");
                report.failures.push(text);
            }
        }
    }
    Ok(())
}

fn compare(release: u32, default: Range<u64>) {
    let lab = lab(release, "programs");
    let mut report = Report::default();
    let seeds = seeds(default);
    let mut start = seeds.start;
    while start < seeds.end {
        let end = seeds.end.min(start + BATCH);
        batch(&lab, release, start..end, &mut report).expect("the systems run");
        start = end;
    }
    println!(
        "versus: OTP {release}, {} functions, {} calls in {} modes, {} modules refused, {} differ",
        report.functions,
        report.calls,
        MODES.len(),
        report.refused.len(),
        report.failures.len()
    );
    for line in report.refused.iter().take(10) {
        println!("  refused: {}", &line[..line.len().min(300)]);
    }
    assert!(report.failures.is_empty(), "{}", report.failures.join("\n\n"));
    assert!(report.refused.is_empty(), "the generator makes programs that do not compile");
}

/// Seeds that one process answers.
const QUESTIONS: u64 = 100;

/// The library's answers about generated terms; older releases give other ones in places.
fn ask(release: u32, default: Range<u64>) {
    let lab = lab(release, "answers");
    let seeds = seeds(default);
    let (mut asked, mut failures, mut start) = (0, Vec::new(), seeds.start);
    while start < seeds.end {
        let end = seeds.end.min(start + QUESTIONS);
        let range = [start.to_string(), end.to_string()];
        let wanted = lab.output(&System::Otp, "answers", &range).expect("OTP runs");
        assert_eq!(
            wanted.last().map(String::as_str),
            Some("end"),
            "OTP {release} does not answer all of {range:?}"
        );
        for system in [&MODES[1], &MODES[2]] {
            let found = lab.output(system, "answers", &range).expect("linac runs");
            asked += wanted.len() - 1;
            for (n, line) in wanted.iter().enumerate() {
                let got = found.get(n).map_or("nothing", |line| line);
                if line != got {
                    let at = line.bytes().zip(got.bytes()).take_while(|(a, b)| a == b).count();
                    let part = |text: &str| {
                        let from = text.floor_char_boundary(at.saturating_sub(60));
                        text[from..text.floor_char_boundary(at + 120)].to_string()
                    };
                    let name = &line[..line.floor_char_boundary(200)];
                    failures.push(format!(
                        "{system:?} {name}\n  OTP   {}\n  linac {}",
                        part(line),
                        part(got)
                    ));
                }
            }
        }
        start = end;
    }
    println!("versus: OTP {release}, {asked} answers, {} differ", failures.len());
    failures.truncate(20);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn programs_do_what_they_do_on_otp_29() {
    compare(29, 0..20);
}

#[test]
fn programs_do_what_they_do_on_otp_27() {
    compare(27, 1000..1010);
}

#[test]
fn answers_are_those_of_otp_29() {
    ask(29, 0..200);
}
