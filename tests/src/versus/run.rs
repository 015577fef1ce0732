//! The two systems, and what they print.

use super::make::Module;
use crate::conformance::child;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Nothing takes so long unless it hangs.
const HANG: Duration = Duration::from_secs(600);

/// A way to run compiled modules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum System {
    /// The reference.
    Otp,
    /// linac with these options, perhaps collecting at every safepoint.
    Linac {
        /// Options of `linac run`.
        options: &'static [&'static str],
        /// `LINAC_GC_STRESS`.
        stress: bool,
    },
}

/// What linac is compared in.
pub const MODES: [System; 4] = [
    System::Linac { options: &["-O0"], stress: false },
    System::Linac { options: &["-O2"], stress: false },
    System::Linac { options: &[], stress: false },
    System::Linac { options: &["-O2"], stress: true },
];

/// The programs that both systems run.
const DRIVERS: [&str; 2] = ["versus.erl", "answers.erl"];

/// Where the programs are.
pub struct Lab {
    /// The OTP installation.
    pub otp: PathBuf,
    /// The `linac` tool.
    pub linac: PathBuf,
    /// A folder for generated files, with `versus.beam`.
    pub folder: PathBuf,
}

/// The lines of a module, each with the number of its call.
pub type Answers = Vec<String>;

impl Lab {
    /// Makes the folder ready.
    ///
    /// # Errors
    ///
    /// What went wrong with files or the compiler.
    pub fn new(otp: PathBuf, linac: PathBuf, folder: PathBuf, drivers: &Path) -> Result<Lab, String> {
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let lab = Lab { otp, linac, folder };
        let mut command = Command::new(lab.otp.join("bin/erlc"));
        // What is deprecated is asked about, too.
        command.args(["-W0", "-o"]).arg(&lab.folder).args(DRIVERS.map(|name| drivers.join(name)));
        let done = child::run(&mut command, HANG).map_err(|error| format!("{command:?}: {error}"))?;
        match done.status {
            Some(status) if status.success() => Ok(lab),
            _ => Err(format!("{command:?}\n{}{}", done.stdout, done.stderr)),
        }
    }

    /// Compiles modules; gives the names of those that are no programs, with the reasons.
    ///
    /// # Errors
    ///
    /// The compiler does not run, or hangs.
    pub fn compile(&self, modules: &[Module]) -> Result<Vec<String>, String> {
        for module in modules {
            let path = self.folder.join(format!("{}.erl", module.name));
            fs::write(&path, module.render()).map_err(|error| format!("{}: {error}", path.display()))?;
            let _ = fs::remove_file(path.with_extension("beam"));
        }
        let mut command = Command::new(self.otp.join("bin/erl"));
        command
            .args(["-noshell", "-pa"])
            .arg(&self.folder)
            .args(["-run", "versus", "compile"])
            .arg(&self.folder);
        command.args(modules.iter().map(|module| &module.name)).env("ERL_CRASH_DUMP", "/dev/null");
        let done = child::run(&mut command, HANG).map_err(|error| format!("{command:?}: {error}"))?;
        match done.status {
            Some(status) if status.success() => Ok(done.stdout.lines().map(str::to_string).collect()),
            _ => Err(format!("{command:?}\n{}{}", done.stdout, done.stderr)),
        }
    }

    /// Runs all calls of the modules. If the system ends early, the call that ended it has no line; the modules behind
    /// it are run again.
    ///
    /// # Errors
    ///
    /// The system does not start.
    pub fn run(&self, system: &System, names: &[String]) -> Result<Vec<Answers>, String> {
        let mut answers: Vec<Answers> = vec![Vec::new(); names.len()];
        let mut first = 0;
        while first < names.len() {
            let mut command = self.command(system, "versus");
            command.args(&names[first..]);
            let done = child::run(&mut command, HANG).map_err(|error| format!("{command:?}: {error}"))?;
            let mut complete = false;
            let mut last = first;
            for line in done.stdout.lines() {
                let line = line.trim_end();
                complete |= line == "end";
                let Some((name, rest)) = line.split_once(' ') else { continue };
                let Some(index) = names.iter().position(|n| n == name) else { continue };
                answers[index].push(rest.to_string());
                last = index;
            }
            if complete {
                break;
            }
            let status = done.status.map_or("it hangs".to_string(), |status| status.to_string());
            let errors: Vec<&str> = done.stderr.lines().rev().take(5).collect();
            // Which module it was is not certain: its first call may be the one.
            let culprit = match names.get(last + 1) {
                Some(_) if self.complete(&names[last], answers[last].len()) => last + 1,
                _ => last,
            };
            answers[culprit].push(format!("{status} {}", errors.join(" | ")));
            first = culprit + 1;
        }
        Ok(answers)
    }

    /// All calls of a module have their lines.
    fn complete(&self, name: &str, lines: usize) -> bool {
        let source = fs::read_to_string(self.folder.join(format!("{name}.erl"))).unwrap_or_default();
        let calls = source.split("calls() ->").nth(1).unwrap_or_default();
        calls.lines().filter(|line| line.starts_with("     {f")).count() <= lines
    }

    /// The lines that one of the drivers prints.
    ///
    /// # Errors
    ///
    /// The system does not start, or hangs.
    pub fn output(&self, system: &System, driver: &str, arguments: &[String]) -> Result<Vec<String>, String> {
        let mut command = self.command(system, driver);
        command.args(arguments);
        let done = child::run(&mut command, HANG).map_err(|error| format!("{command:?}: {error}"))?;
        match done.status {
            Some(status) if status.success() => {
                Ok(done.stdout.lines().map(|l| l.trim_end().to_string()).collect())
            }
            status => Err(format!("{command:?}: {status:?}\n{}", done.stderr)),
        }
    }

    fn command(&self, system: &System, driver: &str) -> Command {
        let mut command = match system {
            System::Otp => {
                let mut command = Command::new(self.otp.join("bin/erl"));
                // Reports of processes that end are no answers.
                command.args(["-noshell", "-kernel", "logger_level", "none", "-pa"]).arg(&self.folder);
                command.arg("-eval").arg(format!("{driver}:main(init:get_plain_arguments()), halt(0)."));
                command.arg("-extra");
                command.env("ERL_CRASH_DUMP", "/dev/null");
                command
            }
            System::Linac { options, stress } => {
                let mut command = Command::new(&self.linac);
                command.arg("run").args(*options).arg("--otp").arg(&self.otp).arg("-pa").arg(&self.folder);
                command
                    .arg(self.folder.join(format!("{driver}.beam")))
                    .arg("--")
                    .env_remove("LINAC_GC_STRESS");
                if *stress {
                    command.env("LINAC_GC_STRESS", "1");
                }
                command
            }
        };
        command.env("LC_ALL", "C.UTF-8");
        command
    }
}

/// The calls whose lines differ: the names of their functions and the two lines.
pub fn differences<'a>(wanted: &'a Answers, found: &'a Answers) -> Vec<(String, &'a str, &'a str)> {
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    for index in 0..wanted.len().max(found.len()) {
        let [wanted, found] = [wanted, found].map(|lines| lines.get(index).map_or("nothing", |line| line));
        if wanted == found || wanted.ends_with(" endless") {
            continue;
        }
        // A call that is too much for the reference's memory, and those behind it.
        if ["nothing", "exit status", "signal"].iter().any(|end| wanted.starts_with(end)) {
            break;
        }
        let name = wanted.split(' ').next().unwrap_or_default().to_string();
        if seen.insert(name.clone()) {
            all.push((name, wanted, found));
        }
    }
    all
}
