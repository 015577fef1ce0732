//! Which programs run in which modes.
//!
//! The matrix of releases, levels, schedulers and GC stress is large. The core, run every time, takes the newest
//! release's files through every mode, and the older releases' files through two: what an older file can break is
//! loading and lifting, which the other dimensions do not touch. Other [matrices](Matrix) are for other occasions.

use super::exclusions::{self, Exclusion};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The OTP releases there are fixtures of.
pub const RELEASES: [u32; 3] = [25, 27, 29];
const NEWEST: u32 = 29;
/// The list of programs in a language that older compilers do not know: there are no files of those releases.
pub const REFUSED: &str = "refused.txt";

/// Which runs there are, by `LINAC_CONFORMANCE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matrix {
    /// Every mode for the newest release, two for the others.
    Core,
    /// `all`: every mode for every release.
    All,
    /// `levels`, for emulated machines: the newest release at both levels, and every eighth program under GC stress.
    Levels,
}

impl Matrix {
    /// What the environment asks for.
    pub fn chosen() -> Result<Matrix, String> {
        match std::env::var("LINAC_CONFORMANCE").as_deref() {
            Err(_) | Ok("" | "core") => Ok(Matrix::Core),
            Ok("all") => Ok(Matrix::All),
            Ok("levels") => Ok(Matrix::Levels),
            Ok(other) => Err(format!("LINAC_CONFORMANCE={other}: there are core, all and levels")),
        }
    }
}

/// How `linac run` is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode {
    /// Optimization level.
    pub level: u8,
    /// Collect at every safepoint.
    pub stress: bool,
    /// Number of schedulers.
    pub schedulers: u8,
    /// Operations are combined into instructions.
    pub fusion: bool,
}

/// One run of a program.
#[derive(Clone, Debug)]
pub struct Case {
    /// The release whose compiler made the file.
    pub release: u32,
    /// The file.
    pub file: PathBuf,
    /// The expected value.
    pub expected: String,
    /// How it is run.
    pub mode: Mode,
}

impl Case {
    /// The names by which lists of exclusions choose runs.
    pub fn tags(&self) -> Vec<String> {
        let mut tags = vec![
            format!("otp{}", self.release),
            format!("O{}", self.mode.level),
            format!("s{}", self.mode.schedulers),
        ];
        if self.mode.stress {
            tags.push("stress".to_string());
        }
        if !self.mode.fusion {
            tags.push("no_fusion".to_string());
        }
        tags.push(target());
        tags
    }
}

/// The target whose tool runs: `LINAC_TARGET`, or this machine.
pub fn target() -> String {
    std::env::var("LINAC_TARGET").unwrap_or_else(|_| linac_runtime::HOST_TARGET.to_string())
}

/// A program with all its runs.
#[derive(Clone, Debug)]
pub struct Program {
    /// `NAME` or `stdlib/NAME`.
    pub name: String,
    /// Needs the library of an OTP installation.
    pub needs_otp: bool,
    /// The runs.
    pub cases: Vec<Case>,
    /// Runs that there cannot be, as the list of programs that older compilers refuse says: lines of it, and how many runs
    /// each leaves out.
    pub refused: Vec<(usize, usize)>,
}

/// Every mode.
pub fn modes() -> Vec<Mode> {
    let mut modes = Vec::new();
    for stress in [false, true] {
        for level in [0, 2] {
            for schedulers in [1, 2] {
                modes.push(Mode { level, stress, schedulers, fusion: true });
            }
        }
    }
    modes.push(Mode { level: 2, stress: false, schedulers: 1, fusion: false });
    modes
}

/// The modes in which the file of `release` of program number `n` runs.
fn modes_for(release: u32, n: usize, matrix: Matrix) -> Vec<Mode> {
    let plain = |mode: &Mode| !mode.stress && mode.fusion && (mode.level == 0) == (mode.schedulers == 1);
    let stressed = |mode: &Mode| mode.stress && mode.level == 2 && mode.schedulers == 1;
    let runs = |mode: &Mode| match matrix {
        Matrix::All => true,
        Matrix::Core => release == NEWEST || plain(mode),
        Matrix::Levels => release == NEWEST && (plain(mode) || n.is_multiple_of(8) && stressed(mode)),
    };
    modes().into_iter().filter(runs).collect()
}

/// Reads fixtures and expectations under `erl`. An expectation without a fixture, or the reverse, is an error.
pub fn programs(erl: &Path, matrix: Matrix) -> Result<Vec<Program>, String> {
    let refused = read_refused(erl)?;
    let mut found = BTreeMap::new();
    for folder in ["", "stdlib/"] {
        for name in stems(&erl.join(folder), "erl")? {
            let name = format!("{folder}{name}");
            let program = program(erl, &name, found.len(), matrix, &refused)?;
            found.insert(name, program);
        }
    }
    for release in RELEASES {
        for folder in ["", "stdlib/"] {
            for name in stems(&erl.join(format!("beam/{release}/{folder}")), "beam")? {
                if !found.contains_key(&format!("{folder}{name}")) {
                    return Err(format!("beam/{release}/{folder}{name}.beam has no source"));
                }
            }
        }
    }
    Ok(found.into_values().collect())
}

/// Reads the list of programs that older compilers refuse.
pub fn read_refused(erl: &Path) -> Result<Vec<Exclusion>, String> {
    exclusions::parse(&read(&erl.join(REFUSED))?).map_err(|error| format!("{REFUSED}: {error}"))
}

fn program(
    erl: &Path,
    name: &str,
    n: usize,
    matrix: Matrix,
    refused: &[Exclusion],
) -> Result<Program, String> {
    let common = read(&erl.join(format!("expect/{name}.txt")))?;
    let (mut cases, mut left_out) = (Vec::new(), Vec::new());
    for release in RELEASES {
        let file = erl.join(format!("beam/{release}/{name}.beam"));
        let entry = refused.iter().find(|entry| entry.covers(name, &[format!("otp{release}")]));
        if let Some(entry) = entry {
            if file.is_file() {
                return Err(format!("{} is there, but {REFUSED}:{} lists it", file.display(), entry.line));
            }
            left_out.push((entry.line, modes_for(release, n, matrix).len()));
            continue;
        }
        if !file.is_file() {
            return Err(format!("{} is missing: run scripts/record-expectations.sh {name}", file.display()));
        }
        let own = erl.join(format!("expect/{name}.{release}.txt"));
        let expected = if own.is_file() { read(&own)? } else { common.clone() };
        for mode in modes_for(release, n, matrix) {
            cases.push(Case { release, file: file.clone(), expected: expected.clone(), mode });
        }
    }
    Ok(Program { name: name.to_string(), needs_otp: name.starts_with("stdlib/"), cases, refused: left_out })
}

fn read(path: &Path) -> Result<String, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(text.trim_end_matches('\n').to_string())
}

/// The names of the files with this extension in a folder, without it.
pub fn stems(folder: &Path, extension: &str) -> Result<Vec<String>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| format!("{}: {error}", folder.display()))?.path();
        if path.extension().is_some_and(|found| found == extension)
            && let Some(stem) = path.file_stem().and_then(|stem| stem.to_str())
        {
            names.push(stem.to_string());
        }
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_release_runs_in_every_mode() {
        assert_eq!(modes().len(), 9);
        assert_eq!(modes_for(29, 1, Matrix::Core), modes());
        let old = modes_for(25, 1, Matrix::Core);
        assert_eq!(old.len(), 2);
        assert!(old.iter().any(|mode| mode.level == 0) && old.iter().any(|mode| mode.level == 2));
        assert_eq!(modes_for(25, 1, Matrix::All), modes());
        let levels: Vec<usize> = [(29, 8), (29, 9), (27, 8)]
            .map(|(release, n)| modes_for(release, n, Matrix::Levels).len())
            .into();
        assert_eq!(levels, [3, 2, 0]);
    }

    #[test]
    fn every_program_has_its_files() {
        let erl = Path::new(env!("CARGO_MANIFEST_DIR")).join("erl");
        let programs = programs(&erl, Matrix::Core).unwrap();
        assert!(programs.len() >= 60, "only {} programs", programs.len());
        for program in programs {
            for case in program.cases {
                assert!(case.expected.starts_with('['), "{}", case.file.display());
            }
        }
    }
}
