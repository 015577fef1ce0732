//! BIFs about the system: time, statistics, output, stopping.

use super::{BADARG, Outcome};
use crate::api::ExitResult;
use crate::data::{self, atom};
use crate::process::Process;
use linac_abi::term::FixedAtom;
use linac_core::number::{self, Int};
use linac_core::{Atom, Build, Term};
use std::sync::atomic::Ordering;

type Out = Result<Term, Term>;

pub fn halt0(p: &mut Process, _: &[Term]) -> Outcome {
    p.system.finish(ExitResult::Halted(0));
    Outcome::Exit(Term::fixed(FixedAtom::Normal))
}

/// `halt/2`: what is written by `user` or a file is with the operating system at once, so flushing changes nothing.
pub fn halt2(p: &mut Process, a: &[Term]) -> Outcome {
    let known = |option: &Term| match option.as_tuple() {
        Some([key, value]) => match key.as_atom().map(Atom::text) {
            Some("flush") => *value == Term::TRUE || *value == Term::FALSE,
            Some("flush_timeout") => {
                number::to_i64(*value).is_some_and(|time| time >= 0)
                    || value.as_atom().map(Atom::text) == Some("infinity")
            }
            _ => false,
        },
        _ => false,
    };
    match data::proper_list(a[1]) {
        Some(options) if options.iter().all(known) => halt1(p, a),
        _ => Outcome::error(p, BADARG),
    }
}

pub fn halt1(p: &mut Process, a: &[Term]) -> Outcome {
    if a[0].as_atom().map(Atom::text) == Some("abort") {
        std::process::abort();
    }
    if let Some(code) = number::to_i64(a[0]).filter(|code| (0..=i32::MAX.into()).contains(code)) {
        p.system.finish(ExitResult::Halted((code & 0xFF) as u8));
    } else if let Some(slogan) = data::proper_list(a[0]) {
        let text: String = slogan.iter().filter_map(|c| data::character(*c)).collect();
        crate::say!("{text}");
        p.system.finish(ExitResult::Halted(1));
    } else {
        return Outcome::error(p, BADARG);
    }
    Outcome::Exit(Term::fixed(FixedAtom::Normal))
}

/// Units of time by name: parts per second.
fn unit(t: Term) -> Result<i128, Term> {
    if let Some(parts) = number::to_i64(t).filter(|parts| *parts > 0) {
        return Ok(parts.into());
    }
    match t.as_atom().map(Atom::text) {
        Some("second" | "seconds") => Ok(1),
        Some("millisecond" | "milli_seconds") => Ok(1_000),
        Some("microsecond" | "micro_seconds") => Ok(1_000_000),
        Some("nanosecond" | "nano_seconds" | "native") => Ok(1_000_000_000),
        _ => Err(BADARG),
    }
}

fn in_unit(p: &mut Process, nanos: i128, parts: i128) -> Term {
    p.heap.integer((nanos * parts).div_euclid(1_000_000_000) as i64)
}

fn monotonic_ns(p: &Process) -> i128 {
    p.system.uptime().as_nanos() as i128
}

pub fn monotonic_time(p: &mut Process, a: &[Term]) -> Out {
    let parts = a.first().map_or(Ok(1_000_000_000), |t| unit(*t))?;
    let now = monotonic_ns(p);
    Ok(in_unit(p, now, parts))
}

pub fn system_time(p: &mut Process, a: &[Term]) -> Out {
    let parts = a.first().map_or(Ok(1_000_000_000), |t| unit(*t))?;
    let now = p.system.system_time_ns();
    Ok(in_unit(p, now, parts))
}

pub fn time_offset(p: &mut Process, a: &[Term]) -> Out {
    let parts = a.first().map_or(Ok(1_000_000_000), |t| unit(*t))?;
    let offset = p.system.system_time_ns() - monotonic_ns(p);
    Ok(in_unit(p, offset, parts))
}

pub fn convert_time_unit(p: &mut Process, a: &[Term]) -> Out {
    let (from, to) = (unit_term(p, a[1])?, unit_term(p, a[2])?);
    let wrong = |_| BADARG;
    let heap = &mut p.heap;
    let parts = number::mul(heap, a[0], to).map_err(wrong)?;
    let (quotient, rest) =
        (number::idiv(heap, parts, from).map_err(wrong)?, number::irem(heap, parts, from).map_err(wrong)?);
    // Rounded down, where division rounds to zero.
    match Int::of(rest, &mut [0]) {
        Some(rest) if rest.negative => number::sub(heap, quotient, Term::small(1)).map_err(wrong),
        _ => Ok(quotient),
    }
}

/// Parts per second of a unit, which may be any positive integer.
fn unit_term(p: &mut Process, t: Term) -> Out {
    match Int::of(t, &mut [0]) {
        Some(parts) if !parts.negative && t != Term::small(0) => Ok(t),
        Some(_) => Err(BADARG),
        None => unit(t).map(|parts| p.heap.integer(parts as i64)),
    }
}

pub fn timestamp(p: &mut Process, _: &[Term]) -> Out {
    let micros = (p.system.system_time_ns() / 1000) as i64;
    let parts = [micros / 1_000_000_000_000, micros / 1_000_000 % 1_000_000, micros % 1_000_000];
    Ok(p.heap.tuple(&parts.map(|n| Term::small(n as isize))))
}

pub fn unique_integer(p: &mut Process, a: &[Term]) -> Out {
    if let Some(options) = a.first() {
        for option in data::proper_list(*options).ok_or(BADARG)? {
            if !matches!(option.as_atom().map(Atom::text), Some("positive" | "monotonic")) {
                return Err(BADARG);
            }
        }
    }
    let number = p.system.new_ref();
    Ok(p.heap.integer(number as i64))
}

pub fn node(_: &mut Process, _: &[Term]) -> Out {
    Ok(Term::fixed(FixedAtom::Nodedown))
}

pub fn node1(_: &mut Process, a: &[Term]) -> Out {
    match a[0].view() {
        linac_core::View::Pid(_) | linac_core::View::Port(_) | linac_core::View::Ref(_) => {
            Ok(Term::fixed(FixedAtom::Nodedown))
        }
        _ => Err(BADARG),
    }
}

pub fn is_alive(_: &mut Process, _: &[Term]) -> Out {
    Ok(Term::FALSE)
}

pub fn nodes(p: &mut Process, _: &[Term]) -> Out {
    Ok(p.heap.list(&[]))
}

pub fn statistics(p: &mut Process, a: &[Term]) -> Out {
    let pair = match a[0].as_atom().map(Atom::text) {
        Some("reductions") => {
            let total = p.system.reductions.load(Ordering::Relaxed) + p.reductions;
            let used = linac_abi::rtcall::REDUCTIONS - p.reductions_left() - p.taken_reductions;
            let total = total + used.max(0) as u64;
            [total, 0]
        }
        Some("wall_clock") => [p.system.now_ms(), 0],
        Some("runtime") => [p.system.now_ms(), 0],
        Some("garbage_collection") => {
            let [minor, full, words] = &p.system.collections;
            let count = minor.load(Ordering::Relaxed)
                + full.load(Ordering::Relaxed)
                + p.heap.stats.minor
                + p.heap.stats.full;
            let words = words.load(Ordering::Relaxed) + p.heap.stats.reclaimed_words;
            let parts = [count, words, 0].map(|n| p.heap.unsigned(false, n.into()));
            return Ok(p.heap.tuple(&parts));
        }
        Some("exact_reductions") => return statistics(p, &[atom("reductions")]),
        Some("run_queue" | "total_run_queue_lengths" | "total_run_queue_lengths_all") => {
            return Ok(Term::small(0));
        }
        // Measured only where somebody asks for it, which nobody can here.
        Some("scheduler_wall_time" | "scheduler_wall_time_all") => {
            return Ok(Term::fixed(FixedAtom::Undefined));
        }
        _ => return Err(BADARG),
    };
    let pair = pair.map(|n| p.heap.unsigned(false, n.into()));
    Ok(p.heap.tuple(&pair))
}

pub fn bump_reductions(p: &mut Process, a: &[Term]) -> Outcome {
    let Some(count) = number::to_i64(a[0]).filter(|count| *count > 0) else {
        return Outcome::error(p, BADARG);
    };
    p.head.reds = p.reductions_left().saturating_sub(count).max(0) as usize;
    Outcome::Done(Term::TRUE)
}
