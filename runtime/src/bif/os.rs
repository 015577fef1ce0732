//! The operating system: environment, process number, clocks and calendars.
//!
//! The environment is a table of the runtime's own, made from the process's when it is first used: changing the
//! process's own is not safe while other threads read it.

use super::BADARG;
use crate::data;
use crate::process::Process;
use linac_core::{Atom, Build, Term, number};
use std::collections::BTreeMap;
use std::os::unix::ffi::OsStringExt;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

type Out = Result<Term, Term>;

type Environment = BTreeMap<Vec<u8>, Vec<u8>>;

fn environment() -> MutexGuard<'static, Environment> {
    static TABLE: OnceLock<Mutex<Environment>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let all = std::env::vars_os().map(|(name, value)| (name.into_vec(), value.into_vec()));
        Mutex::new(all.collect())
    });
    table.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The bytes of a list of characters, without zeros.
fn native(t: Term) -> Result<Vec<u8>, Term> {
    let items = data::proper_list(t).ok_or(BADARG)?;
    let mut text = String::new();
    for item in items {
        let code = item.as_small().and_then(|code| u32::try_from(code).ok()).ok_or(BADARG)?;
        text.push(char::from_u32(code).filter(|c| *c != '\0').ok_or(BADARG)?);
    }
    Ok(text.into_bytes())
}

/// A variable's name: without the sign that ends it, and not empty where it is set.
fn name(t: Term) -> Result<Vec<u8>, Term> {
    native(t).and_then(|name| if name.contains(&b'=') { Err(BADARG) } else { Ok(name) })
}

/// Characters of bytes: UTF-8, or else each a character.
fn text(p: &mut Process, bytes: &[u8]) -> Term {
    match std::str::from_utf8(bytes) {
        Ok(text) => p.heap.string(text),
        Err(_) => p.heap.byte_list(bytes),
    }
}

fn getenv(p: &mut Process, a: &[Term]) -> Out {
    let name = name(a[0])?;
    let value = environment().get(&name).cloned();
    Ok(value.map_or(Term::FALSE, |value| text(p, &value)))
}

fn putenv(_: &mut Process, a: &[Term]) -> Out {
    let (name, value) = (name(a[0])?, native(a[1])?);
    environment().insert(name, value);
    Ok(Term::TRUE)
}

fn unsetenv(_: &mut Process, a: &[Term]) -> Out {
    environment().remove(&name(a[0])?);
    Ok(Term::TRUE)
}

fn env(p: &mut Process, _: &[Term]) -> Out {
    let all = environment().clone();
    let mut pairs = Vec::with_capacity(all.len());
    for (name, value) in all {
        let pair = [text(p, &name), text(p, &value)];
        pairs.push(p.heap.tuple(&pair));
    }
    Ok(p.heap.list(&pairs))
}

fn getpid(p: &mut Process, _: &[Term]) -> Out {
    Ok(p.heap.string(&std::process::id().to_string()))
}

fn perf_counter(p: &mut Process, _: &[Term]) -> Out {
    let nanos = p.system.uptime().as_nanos();
    Ok(p.heap.unsigned(false, nanos))
}

// Calendars.

/// Year, month, day, hour, minute, second.
type Moment = [i64; 6];

const DAY: i64 = 86400;

/// Days from 1970 to a date of the calendar in use today, extended to all times.
fn days(year: i64, month: i64, day: i64) -> i64 {
    // Years that begin in March, so that the leap day is a year's last.
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The date so many days after 1970 began.
fn date_of(days: i64) -> [i64; 3] {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    [year + era * 400 + i64::from(month <= 2), month, day]
}

fn moment_of(seconds: i64) -> Moment {
    let [year, month, day] = date_of(seconds.div_euclid(DAY));
    let of_day = seconds.rem_euclid(DAY);
    [year, month, day, of_day / 3600, of_day / 60 % 60, of_day % 60]
}

fn seconds_of([year, month, day, hour, minute, second]: Moment) -> i64 {
    days(year, month, day) * DAY + hour * 3600 + minute * 60 + second
}

/// A date and time as `{{Y, M, D}, {H, Mi, S}}` that exists in the calendar in use today.
fn moment(t: Term) -> Result<Moment, Term> {
    let Some([date, time]) = t.as_tuple() else { return Err(BADARG) };
    let (Some([year, month, day]), Some([hour, minute, second])) = (date.as_tuple(), time.as_tuple()) else {
        return Err(BADARG);
    };
    let mut moment = [0; 6];
    for (place, part) in moment.iter_mut().zip([year, month, day, hour, minute, second]) {
        *place = number::to_i64(*part).ok_or(BADARG)?;
    }
    let [year, month, day, hour, minute, second] = moment;
    let fine = (1600..1 << 40).contains(&year)
        && (1..=12).contains(&month)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..60).contains(&second)
        && (1..=31).contains(&day)
        && date_of(days(year, month, day)) == [year, month, day];
    if fine { Ok(moment) } else { Err(BADARG) }
}

fn pair(p: &mut Process, moment: Moment) -> Term {
    let parts = moment.map(|n| p.heap.integer(n));
    let halves = [p.heap.tuple(&parts[..3]), p.heap.tuple(&parts[3..])];
    p.heap.tuple(&halves)
}

/// Local time of a moment counted in seconds from 1970.
fn local(seconds: i64) -> Result<Moment, Term> {
    let seconds = libc::time_t::try_from(seconds).map_err(|_| BADARG)?;
    // SAFETY: a structure of plain numbers and one pointer that nobody reads here.
    let mut parts: libc::tm = unsafe { std::mem::zeroed() };
    // SAFETY: both pointers are to values that live here.
    if unsafe { libc::localtime_r(&raw const seconds, &raw mut parts) }.is_null() {
        return Err(BADARG);
    }
    let part = [parts.tm_year, parts.tm_mon, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec];
    let mut moment = part.map(i64::from);
    moment[0] += 1900;
    moment[1] += 1;
    Ok(moment)
}

/// Seconds from 1970 of a local time, in daylight saving time or not, or whichever it is.
fn seconds_of_local(moment: Moment, saving: i32) -> Result<i64, Term> {
    // SAFETY: as above.
    let mut parts: libc::tm = unsafe { std::mem::zeroed() };
    let part = |n: i64| i32::try_from(n).map_err(|_| BADARG);
    let [year, month, day, hour, minute, second] = moment;
    (parts.tm_year, parts.tm_mon, parts.tm_mday) = (part(year - 1900)?, part(month - 1)?, part(day)?);
    (parts.tm_hour, parts.tm_min, parts.tm_sec) = (part(hour)?, part(minute)?, part(second)?);
    parts.tm_isdst = saving;
    // SAFETY: the structure lives here.
    let seconds = unsafe { libc::mktime(&raw mut parts) };
    // Minus one is also the second before 1970 began.
    if seconds == -1 && local(-1)? != moment { Err(BADARG) } else { Ok(seconds as i64) }
}

fn now(p: &Process) -> i64 {
    p.system.system_time_ns().div_euclid(1_000_000_000) as i64
}

fn universaltime(p: &mut Process, _: &[Term]) -> Out {
    let moment = moment_of(now(p));
    Ok(pair(p, moment))
}

fn localtime(p: &mut Process, _: &[Term]) -> Out {
    let moment = local(now(p))?;
    Ok(pair(p, moment))
}

fn date(p: &mut Process, _: &[Term]) -> Out {
    let moment = local(now(p))?;
    Ok(p.heap.tuple(&[0, 1, 2].map(|i| Term::small(moment[i] as isize))))
}

fn time(p: &mut Process, _: &[Term]) -> Out {
    let moment = local(now(p))?;
    Ok(p.heap.tuple(&[3, 4, 5].map(|i| Term::small(moment[i] as isize))))
}

fn universaltime_to_localtime(p: &mut Process, a: &[Term]) -> Out {
    let moment = local(seconds_of(moment(a[0])?))?;
    Ok(pair(p, moment))
}

fn localtime_to_universaltime(p: &mut Process, a: &[Term]) -> Out {
    let saving = match a.get(1).map(|t| (*t, t.as_atom().map(Atom::text))) {
        None | Some((_, Some("undefined"))) => -1,
        Some((Term::TRUE, _)) => 1,
        Some((Term::FALSE, _)) => 0,
        Some(_) => return Err(BADARG),
    };
    let moment = moment_of(seconds_of_local(moment(a[0])?, saving)?);
    Ok(pair(p, moment))
}

fn universaltime_to_posixtime(p: &mut Process, a: &[Term]) -> Out {
    let seconds = seconds_of(moment(a[0])?);
    Ok(p.heap.integer(seconds))
}

fn posixtime_to_universaltime(p: &mut Process, a: &[Term]) -> Out {
    let moment = moment_of(number::to_i64(a[0]).ok_or(BADARG)?);
    Ok(pair(p, moment))
}

bifs! {
    "os" "getenv" 1 Leaf getenv, "A variable of the environment.";
    "os" "putenv" 2 Leaf putenv, "Sets a variable of the environment.";
    "os" "unsetenv" 1 Leaf unsetenv, "Removes a variable of the environment.";
    "os" "env" 0 Leaf env, "The environment.";
    "os" "getpid" 0 Leaf getpid, "The number of the operating system's process.";
    "os" "perf_counter" 0 Leaf perf_counter, "A clock of high resolution.";
    "erlang" "date" 0 Leaf date, "The local date.";
    "erlang" "time" 0 Leaf time, "The local time of day.";
    "erlang" "localtime" 0 Leaf localtime, "Local date and time.";
    "erlang" "universaltime" 0 Leaf universaltime, "Universal date and time.";
    "erlang" "universaltime_to_localtime" 1 Leaf universaltime_to_localtime, "Universal time as local time.";
    "erlang" "localtime_to_universaltime" 1 Leaf localtime_to_universaltime, "Local time as universal time.";
    "erlang" "localtime_to_universaltime" 2 Leaf localtime_to_universaltime, "Local time, saving daylight or not, as universal time.";
    "erlang" "universaltime_to_posixtime" 1 Leaf universaltime_to_posixtime, "Seconds since 1970 of a universal time.";
    "erlang" "posixtime_to_universaltime" 1 Leaf posixtime_to_universaltime, "The universal time so many seconds after 1970 began.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_days() {
        assert_eq!(days(1970, 1, 1), 0);
        assert_eq!(days(2000, 3, 1), 11017);
        for day in (-800_000..800_000).step_by(97) {
            let [year, month, of_month] = date_of(day);
            assert_eq!(days(year, month, of_month), day);
        }
        assert_eq!(moment_of(-1), [1969, 12, 31, 23, 59, 59]);
    }
}
