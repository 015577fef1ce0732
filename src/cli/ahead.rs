//! `linac compile` without `--emit`: modules and packs with native code in them.

use super::compile::CompileArgs;
use super::{Failure, Outcome, read, write};
use crate::aot::Target;
use crate::aot::build::{BuildError, Plan};
use indicatif::{ProgressBar, ProgressStyle};
use linac_frontend::pack::{self, Pack};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// An input and where its output goes.
struct Job {
    /// The file, or a module of linac's own under the name of a file.
    from: PathBuf,
    own: Option<&'static [u8]>,
    to: PathBuf,
}

pub(super) fn run(args: &CompileArgs) -> Outcome {
    let mut targets: Vec<_> = Vec::new();
    for isa in args.isas()? {
        let target = Target::named(isa.name()).ok_or_else(|| {
            Failure::failed(format!("{} has no number in ahead-of-time chunks", isa.name()))
        })?;
        if targets.iter().any(|(other, _)| *other == target) {
            return Err(Failure::input(format!("target {} is named twice", target.name)));
        }
        targets.push((target, isa));
    }
    let plan = Plan { targets, debug: args.debug_info, level: args.level.into(), verify: args.verify };
    let jobs = jobs(args)?;
    let threads =
        args.jobs.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from);
    // Drawn only if somebody watches.
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = if jobs.len() > 1 {
        ProgressBar::new(jobs.len() as u64).with_style(style)
    } else {
        ProgressBar::hidden()
    };
    let next = AtomicUsize::new(0);
    let failures: Mutex<Vec<(usize, Failure)>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..threads.min(jobs.len()) {
            scope.spawn(|| {
                while let Some((n, job)) =
                    Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|n| Some((n, jobs.get(n)?)))
                {
                    bar.set_message(job.from.file_name().unwrap_or_default().to_string_lossy().into_owned());
                    if let Err(failure) = work(&plan, job, args.out_dir.is_some()) {
                        failures.lock().unwrap_or_else(PoisonError::into_inner).push((n, failure));
                    }
                    bar.inc(1);
                }
            });
        }
    });
    bar.finish_and_clear();
    let mut failures = failures.into_inner().unwrap_or_else(PoisonError::into_inner);
    failures.sort_by_key(|(n, _)| *n);
    let Some((_, last)) = failures.pop() else { return Ok(0) };
    for (_, failure) in failures {
        linac_runtime::say!("linac: {}", failure.message);
    }
    Err(last)
}

/// What to read and what to write. Nothing is written over an input that was not named as the output.
fn jobs(args: &CompileArgs) -> Result<Vec<Job>, Failure> {
    if let Some(to) = &args.output {
        let [from] = &args.files[..] else { return Err(Failure::input("-o takes one file; see --out-dir")) };
        return Ok(vec![Job { from: from.clone(), own: None, to: to.clone() }]);
    }
    let Some(folder) = &args.out_dir else {
        return Err(Failure::input(
            "where to? -o FILE or --out-dir DIR (or --emit=STAGE to look at a stage)",
        ));
    };
    std::fs::create_dir_all(folder).map_err(|e| Failure::input(format!("{}: {e}", folder.display())))?;
    let mut taken: HashMap<PathBuf, &Path> = HashMap::new();
    let own = linac_runtime::service::MODULES.iter().filter(|_| args.own).map(|(name, bytes)| Job {
        from: format!("{name}.beam").into(),
        own: Some(bytes),
        to: folder.join(format!("{name}.beam")),
    });
    let files = args.files.iter().map(|from| {
        let name = from.file_name().ok_or_else(|| Failure::input(format!("{}: no file", from.display())))?;
        let to = folder.join(name);
        let same =
            |a: &Path, b: &Path| a.canonicalize().ok().is_some_and(|a| b.canonicalize().ok() == Some(a));
        if same(from, &to) {
            return Err(Failure::input(format!(
                "{}: the output would take the input's place; see -o",
                from.display()
            )));
        }
        if let Some(other) = taken.insert(to.clone(), from) {
            return Err(Failure::input(format!(
                "{} and {} have the same name",
                other.display(),
                from.display()
            )));
        }
        Ok(Job { from: from.clone(), own: None, to })
    });
    files.chain(own.map(Ok)).collect()
}

/// Makes one output; with `keep` only if it is not there already.
fn work(plan: &Plan, job: &Job, keep: bool) -> Result<(), Failure> {
    let file = match job.own {
        Some(bytes) => bytes.to_vec(),
        None => read(&job.from)?,
    };
    let name = job.from.display();
    if pack::is_pack(&file) || job.from.extension().is_some_and(|extension| extension == "avm") {
        return write(
            &job.to,
            &whole_pack(plan, &file).map_err(|text| Failure::input(format!("{name}: {text}")))?,
        );
    }
    if keep && std::fs::read(&job.to).is_ok_and(|made| plan.is_current(&file, &made)) {
        return Ok(());
    }
    let made = plan.compile(&file).map_err(|error| {
        let text = format!("{name}: {error}");
        if matches!(error, BuildError::Beam(_)) { Failure::input(text) } else { Failure::failed(text) }
    })?;
    write(&job.to, &made)
}

/// A pack with native code in each of its modules.
fn whole_pack(plan: &Plan, file: &[u8]) -> Result<Vec<u8>, String> {
    let pack = Pack::decode(file).map_err(|error| error.to_string())?;
    let mut sections = Vec::with_capacity(pack.sections.len());
    for section in &pack.sections {
        let data = &file[section.data.clone()];
        let data = match section.module() {
            Some(_) => plan.compile(data).map_err(|error| format!("{}: {error}", section.name))?,
            None => data.to_vec(),
        };
        sections.push((section.flags, &section.name[..], data));
    }
    let sections = sections.iter().map(|(flags, name, data)| (*flags, *name, &data[..]));
    pack::encode(sections).map_err(|error| error.to_string())
}
