//! Runs one program in all its modes and judges the results.

use super::plan::{Case, Program, REFUSED};
use super::{Setup, TOO_SLOW, Tally, UNSUPPORTED, child, exclusions::Exclusion, terms};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Time limit of a run.
const LIMIT: Duration = Duration::from_secs(60);
/// Time limit of a run that collects at every safepoint.
const STRESS_LIMIT: Duration = Duration::from_secs(180);
/// Time limit of a run that is expected to fail: it may as well hang.
const UNSUPPORTED_LIMIT: Duration = Duration::from_secs(10);

/// An entry of `unsupported.txt` with what its runs of this program did so far.
struct Expected<'a> {
    entry: &'a Exclusion,
    passed: usize,
    failed: bool,
}

/// Runs all cases of a program.
pub(super) fn program(setup: &Setup, program: &Program) -> Tally {
    let mut tally = Tally::default();
    for (line, runs) in &program.refused {
        tally.used.push((REFUSED, *line));
        tally.skipped += runs;
    }
    let mut expected: Vec<Expected> = Vec::new();
    for case in &program.cases {
        let tags = case.tags();
        let library = setup.library.iter().find(|(release, _)| *release == case.release);
        if program.needs_otp && library.is_none() {
            tally.skipped += 1;
            tally.used.extend(covering(setup, &program.name, &tags));
            continue;
        }
        if let Some(entry) = setup.too_slow.iter().find(|entry| entry.covers(&program.name, &tags)) {
            tally.used.push((TOO_SLOW, entry.line));
            tally.skipped += 1;
            continue;
        }
        let listed = setup.unsupported.iter().find(|entry| entry.covers(&program.name, &tags));
        let Some(entry) = listed else {
            let limit = if case.mode.stress { STRESS_LIMIT } else { LIMIT };
            if let Err(message) = run(setup, program, case, limit, &mut tally) {
                tally.failures.push(message);
            }
            continue;
        };
        tally.used.push((UNSUPPORTED, entry.line));
        let slot = expected.iter().position(|known| known.entry.line == entry.line).unwrap_or_else(|| {
            expected.push(Expected { entry, passed: 0, failed: false });
            expected.len() - 1
        });
        // One failure justifies the entry; the other runs would only cost time.
        if expected[slot].failed {
            tally.skipped += 1;
            continue;
        }
        let mut attempt = Tally::default();
        match run(setup, program, case, UNSUPPORTED_LIMIT, &mut attempt) {
            Ok(()) => expected[slot].passed += 1,
            Err(_) => expected[slot].failed = true,
        }
        tally.skipped += 1;
        tally.time += attempt.time;
    }
    for known in expected.iter().filter(|known| !known.failed && known.passed > 0) {
        tally.failures.push(format!(
            "{}: passes, but {UNSUPPORTED}:{} lists it ({})",
            program.name, known.entry.line, known.entry.reason
        ));
    }
    tally
}

/// The list entries that cover a run.
fn covering(setup: &Setup, name: &str, tags: &[String]) -> Vec<(&'static str, usize)> {
    let lines = |file, entries: &[Exclusion]| {
        entries
            .iter()
            .filter(|entry| entry.covers(name, tags))
            .map(|entry| (file, entry.line))
            .collect::<Vec<_>>()
    };
    let mut used = lines(UNSUPPORTED, &setup.unsupported);
    used.extend(lines(TOO_SLOW, &setup.too_slow));
    used
}

fn run(
    setup: &Setup,
    program: &Program,
    case: &Case,
    limit: Duration,
    tally: &mut Tally,
) -> Result<(), String> {
    let mut command = Command::new(&setup.tool);
    command.arg("run").arg(format!("-O{}", case.mode.level));
    command.arg("--schedulers").arg(case.mode.schedulers.to_string());
    if !case.mode.fusion {
        command.arg("--no-fusion");
    }
    // Programs of any folder may call `lists`, which each release has.
    let own = setup.library.iter().find(|(release, _)| *release == case.release);
    if let Some((_, folder)) = own.or(setup.library.last()) {
        command.arg("-pa").arg(folder);
    }
    // ROOT/lib/stdlib-VERSION/ebin. Others get no installation, so that no service of OTP's is started by the way, such
    // as the logger when a process crashes.
    let root = own.and_then(|(_, folder)| folder.ancestors().nth(3)).filter(|_| program.needs_otp);
    command.arg("--otp").arg(root.unwrap_or(Path::new("none")));
    command.arg(&case.file);
    command.env_remove("LINAC_GC_STRESS");
    if case.mode.stress {
        command.env("LINAC_GC_STRESS", "1");
    }
    tally.ran += 1;
    let limit = limit.mul_f64(setup.time_scale);
    let finished = child::run(&mut command, limit)
        .map_err(|error| format!("{}: {}: {error}", program.name, setup.tool.display()))?;
    tally.time += finished.time;
    judge(&finished, &case.expected, limit).map_err(|problem| {
        let stress = if case.mode.stress { "LINAC_GC_STRESS=1 " } else { "" };
        format!("{} {:?}: {problem}\n  {stress}{command:?}", program.name, case.tags())
    })
}

/// Compares the printed value and the exit status with what was recorded.
pub fn judge(finished: &child::Finished, expected: &str, limit: Duration) -> Result<(), String> {
    let Some(status) = finished.status else {
        return Err(format!("killed after {:.0} s", limit.as_secs_f64()));
    };
    let Some(value) = returned(&finished.stderr) else {
        return Err(format!("no value, {status}\n{}", tail(&finished.stderr)));
    };
    if value != expected {
        return Err(format!("wrong value\n{}", terms::difference(expected, value)));
    }
    let code = if matches!(expected, "ok" | "0") { 0 } else { 1 };
    if status.code() != Some(code) {
        return Err(format!("right value, but {status} instead of exit status {code}"));
    }
    Ok(())
}

/// The value in the tool's last line about it.
pub(super) fn returned(stderr: &str) -> Option<&str> {
    stderr.lines().rev().find_map(|line| line.strip_prefix("Return value: "))
}

/// The last lines of a text, indented.
pub(super) fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let first = lines.len().saturating_sub(12);
    lines[first..].iter().map(|line| format!("  | {line}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    fn finished(raw_status: i32, stderr: &str) -> child::Finished {
        child::Finished {
            status: Some(ExitStatus::from_raw(raw_status)),
            stdout: String::new(),
            stderr: stderr.to_string(),
            time: Duration::ZERO,
        }
    }

    #[test]
    fn value_and_status_must_both_be_right() {
        let limit = Duration::from_secs(1);
        let exit = |code: i32| code << 8;
        assert!(judge(&finished(exit(0), "Return value: ok\n"), "ok", limit).is_ok());
        assert!(judge(&finished(exit(1), "noise\nReturn value: [{a,1}]\n"), "[{a,1}]", limit).is_ok());
        assert!(judge(&finished(exit(0), "Return value: [{a,1}]\n"), "[{a,1}]", limit).is_err());
        assert!(judge(&finished(exit(1), "Return value: [{a,2}]\n"), "[{a,1}]", limit).is_err());
        assert!(judge(&finished(exit(1), ""), "[{a,1}]", limit).is_err());
        assert!(judge(&finished(11, "Return value: ok\n"), "ok", limit).is_err());
    }
}
