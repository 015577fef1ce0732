//! `erts_debug` and the parts of `erts_internal` that libraries use.

use super::iolists::iolist_bytes;
use super::{BADARG, Outcome};
use crate::data::{self, atom};
use crate::process::Process;
use linac_abi::WordSize;
use linac_abi::term::FixedAtom;
use linac_core::binary::Bits;
use linac_core::copy::{self, Literals};
use linac_core::{Atom, Build, Term, View, numtext};

type Out = Result<Term, Term>;

/// Words that a copy of the term takes. The empty tuple is never copied.
fn flat_size(p: &mut Process, a: &[Term]) -> Out {
    if a[0].as_tuple().is_some_and(<[Term]>::is_empty) {
        return Ok(Term::small(0));
    }
    Ok(p.heap.integer(copy::size(a[0], Literals::Copy) as i64))
}

fn same(_: &mut Process, a: &[Term]) -> Out {
    // Constants of different modules are different objects, but the empty ones are one everywhere.
    let empty = |t: Term| t.as_tuple().is_some_and(<[Term]>::is_empty);
    Ok(Term::bool(a[0] == a[1] || empty(a[0]) && empty(a[1])))
}

fn time_unit(p: &mut Process, _: &[Term]) -> Out {
    Ok(p.heap.integer(1_000_000_000))
}

fn creation(_: &mut Process, _: &[Term]) -> Out {
    Ok(Term::fixed(FixedAtom::Undefined))
}

/// `erts_internal:term_to_string/2`: the text that `erlang:display/1` writes, cut off if that is asked for.
fn term_to_string(p: &mut Process, a: &[Term]) -> Out {
    let text = data::text(a[0]);
    match a[1].as_small() {
        Some(limit) => {
            let limit = usize::try_from(limit).map_err(|_| BADARG)?;
            let cut: String = text.chars().take(limit).collect();
            Ok(p.heap.string(&if cut.len() < text.len() { cut + "..." } else { cut }))
        }
        None if a[1] == Term::fixed(FixedAtom::Undefined) => Ok(p.heap.string(&text)),
        None => Err(BADARG),
    }
}

fn is_system_process(_: &mut Process, a: &[Term]) -> Out {
    if a[0].is_pid() { Ok(Term::FALSE) } else { Err(BADARG) }
}

/// `erts_internal:processes_next/1`: all processes at once; nothing is left to ask for.
fn processes_next(p: &mut Process, _: &[Term]) -> Out {
    let living = p.system.table.slots().filter(|slot| slot.lives());
    let pids: Vec<Term> = living.map(|slot| slot.pid().term()).collect();
    let list = p.heap.list(&pids);
    Ok(p.heap.tuple(&[atom("none"), list]))
}

/// `erts_internal:map_to_tuple_keys/1`: keys of a small map.
fn map_to_tuple_keys(_: &mut Process, a: &[Term]) -> Out {
    match a[0].view() {
        View::FlatMap(map) => Ok(map.keys_term()),
        _ => Err(BADARG),
    }
}

/// `erts_internal:term_type/1`: the name of a term's representation.
fn term_type(_: &mut Process, a: &[Term]) -> Out {
    Ok(atom(match a[0].view() {
        View::Small(_) => "fixnum",
        View::Atom(_) => "atom",
        View::Nil => "nil",
        View::Pid(_) => "pid",
        View::Port(_) => "port",
        View::Cons(_) => "list",
        View::Tuple(_) => "tuple",
        View::Fun(_) => "fun",
        View::Big(_) => "bignum",
        View::Float(_) => "hfloat",
        View::Ref(_) => "reference",
        View::FlatMap(_) => "flatmap",
        View::HashMap(_) => "hashmap",
        View::Bits(_) => "bitstring",
        // The reference VM has no name for native records.
        View::Record(_) | View::MatchContext(_) | View::Raw(_) | View::None => return Err(BADARG),
    }))
}

/// `string:list_to_integer/1`, which the library has used up to OTP 26: `{error, Reason}` where there are no digits.
fn string_to_integer(p: &mut Process, a: &[Term]) -> Out {
    let answer = list_to_integer(p, &[a[0], Term::small(10)])?;
    Ok(if answer.is_atom() { p.heap.tuple(&[Term::fixed(FixedAtom::Error), answer]) } else { answer })
}

/// The digits at the beginning of a list, and the rest: `{Integer, Rest}`, or an atom that says why not.
fn list_to_integer(p: &mut Process, a: &[Term]) -> Out {
    let base = a[1].as_small().filter(|base| (2..=36).contains(base));
    let Some(base) = base.map(|base| base as u32) else { return Ok(atom("badarg")) };
    if !a[0].is_list() {
        return Ok(atom("not_a_list"));
    }
    let (mut text, mut rest) = (Vec::new(), a[0]);
    while let Some([head, tail]) = rest.as_cons() {
        let digit = head.as_small().and_then(|c| u8::try_from(c).ok()).map(char::from);
        let sign = text.is_empty() && matches!(digit, Some('+' | '-'));
        match digit.filter(|digit| sign || digit.is_digit(base)) {
            Some(digit) => text.push(digit as u8),
            None => break,
        }
        rest = *tail;
    }
    match numtext::text_integer(&mut p.heap, &text, base) {
        Ok(number) => Ok(p.heap.tuple(&[number, rest])),
        Err(linac_core::number::NumError::SystemLimit) => Ok(atom("big")),
        Err(_) => Ok(atom("no_integer")),
    }
}

fn binary_to_integer(p: &mut Process, a: &[Term]) -> Out {
    let base = a[1].as_small().filter(|base| (2..=36).contains(base));
    let bytes = Bits::of(a[0]).filter(|bits| bits.is_binary()).map(Bits::to_vec);
    let (Some(base), Some(bytes)) = (base, bytes) else { return Ok(atom("badarg")) };
    Ok(numtext::text_integer(&mut p.heap, &bytes, base as u32)
        .unwrap_or_else(|error| Term::fixed(data::number_error(error))))
}

/// `string:list_to_float/1`: the float at the beginning of a list, and the rest.
fn list_to_float(p: &mut Process, a: &[Term]) -> Out {
    let error = |p: &mut Process, why: &str| {
        let parts = [Term::fixed(FixedAtom::Error), atom(why)];
        Ok(p.heap.tuple(&parts))
    };
    if !a[0].is_list() {
        return error(p, "not_a_list");
    }
    // The longest beginning that is a float: sign, digits, point, digits, and perhaps an exponent that is whole.
    let items: Vec<Term> = data::list_items(a[0]).collect();
    let text: Vec<u8> = items.iter().map_while(|c| c.as_small().and_then(|c| u8::try_from(c).ok())).collect();
    let digits = |from: usize| text[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let sign = usize::from(matches!(text.first(), Some(b'+' | b'-')));
    let whole = digits(sign);
    let point = sign + whole;
    if whole == 0 || text.get(point) != Some(&b'.') || digits(point + 1) == 0 {
        return error(p, "no_float");
    }
    let mut end = point + 1 + digits(point + 1);
    if matches!(text.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(text.get(end + 1), Some(b'+' | b'-')));
        let count = if end + 1 + sign <= text.len() { digits(end + 1 + sign) } else { 0 };
        if count > 0 {
            end += 1 + sign + count;
        }
    }
    let Some(value) = numtext::text_float(&text[..end]) else { return error(p, "no_float") };
    let mut rest = a[0];
    for _ in 0..end {
        rest = rest.as_cons().map_or(Term::NIL, |cell| cell[1]);
    }
    let value = p.heap.float(value);
    Ok(p.heap.tuple(&[value, rest]))
}

fn printable_range(_: &mut Process, _: &[Term]) -> Out {
    Ok(atom("latin1"))
}

fn warning_map(_: &mut Process, _: &[Term]) -> Out {
    Ok(atom("warning"))
}

fn coverage_support(_: &mut Process, _: &[Term]) -> Out {
    Ok(Term::FALSE)
}

fn fun_info_mfa(p: &mut Process, a: &[Term]) -> Out {
    let mut parts = [Term::NIL; 3];
    for (place, item) in parts.iter_mut().zip(["module", "name", "arity"]) {
        let pair = super::funs::fun_info2(p, &[a[0], atom(item)])?;
        *place = pair.as_tuple().map_or(BADARG, |pair| pair[1]);
    }
    Ok(p.heap.tuple(&parts))
}

/// Three numbers of a text like `<0.1.0>`.
fn numbers(t: Term, before: &str, after: &str) -> Option<Vec<u64>> {
    let bytes = iolist_bytes(t).filter(|_| t.is_list())?;
    let text = std::str::from_utf8(&bytes).ok()?.strip_prefix(before)?.strip_suffix(after)?;
    text.split('.').map(|part| if part.starts_with('+') { None } else { part.parse().ok() }).collect()
}

/// Bits of a pid's first number, and of its second.
const PID_BITS: (u32, u32) = (Term::PID_SLOT_BITS, WordSize::HOST.small_bits() - Term::PID_SLOT_BITS);

fn list_to_pid(_: &mut Process, a: &[Term]) -> Out {
    match numbers(a[0], "<", ">").ok_or(BADARG)?[..] {
        [0, number, serial] if number < 1 << PID_BITS.0 && serial < 1 << PID_BITS.1 => {
            Ok(Term::pid((serial << PID_BITS.0 | number) as usize))
        }
        _ => Err(BADARG),
    }
}

fn list_to_port(_: &mut Process, a: &[Term]) -> Out {
    match numbers(a[0], "#Port<", ">").ok_or(BADARG)?[..] {
        [0, number] if number < 1 << 60 => Ok(Term::port(number as usize)),
        _ => Err(BADARG),
    }
}

fn list_to_ref(p: &mut Process, a: &[Term]) -> Out {
    let numbers = numbers(a[0], "#Ref<", ">").ok_or(BADARG)?;
    let [0, words @ ..] = &numbers[..] else { return Err(BADARG) };
    let mut made = [0; 3];
    if words.is_empty() || words.len() > made.len() {
        return Err(BADARG);
    }
    // Written with the last number first.
    for (place, word) in made.iter_mut().zip(words.iter().rev()) {
        *place = u32::try_from(*word).map_err(|_| BADARG)?;
    }
    Ok(p.heap.reference(made))
}

fn garbage_collect(p: &mut Process, a: &[Term]) -> Outcome {
    match a[0].as_atom().map(Atom::text) {
        Some("major" | "minor") => super::process::garbage_collect0(p, a),
        _ => Outcome::error(p, BADARG),
    }
}

fn no_aux_work_threads(p: &mut Process, _: &[Term]) -> Out {
    Ok(Term::small(p.system.schedulers() as isize))
}

bifs! {
    "erts_debug" "flat_size" 1 Leaf flat_size, "Words of a term.";
    "erts_debug" "same" 2 Leaf same, "Are two terms one object?";
    "erts_internal" "time_unit" 0 Leaf time_unit, "Parts of a second in native time.";
    "erts_internal" "perf_counter_unit" 0 Leaf time_unit, "Parts of a second of the clock of high resolution.";
    "erts_internal" "get_creation" 0 Leaf creation, "Number of this node's life: it is no node.";
    "erts_internal" "term_to_string" 2 Leaf term_to_string, "A term's text, perhaps cut off.";
    "erts_internal" "is_system_process" 1 Leaf is_system_process, "Is it a process of the system's own? None is.";
    "erts_internal" "processes_next" 1 Leaf processes_next, "Some more processes.";
    "erts_internal" "map_to_tuple_keys" 1 Leaf map_to_tuple_keys, "The keys of a small map as a tuple.";
    "erts_internal" "term_type" 1 Leaf term_type, "What represents a term.";
    "erts_internal" "list_to_integer" 2 Leaf list_to_integer, "The integer at the beginning of a list.";
    "erts_internal" "binary_to_integer" 2 Leaf binary_to_integer, "The integer that digits spell, or why there is none.";
    "erts_internal" "garbage_collect" 1 Full garbage_collect, "Collects garbage.";
    "erts_internal" "no_aux_work_threads" 0 Leaf no_aux_work_threads, "Threads that the system works with.";
    "string" "list_to_integer" 1 Leaf string_to_integer, "The integer at the beginning of a list.";
    "string" "list_to_float" 1 Leaf list_to_float, "The float at the beginning of a list.";
    "io" "printable_range" 0 Leaf printable_range, "Characters that are printed as such.";
    "error_logger" "warning_map" 0 Leaf warning_map, "What warnings are reported as.";
    "code" "coverage_support" 0 Leaf coverage_support, "Can code count what is run? No.";
    "erlang" "fun_info_mfa" 1 Leaf fun_info_mfa, "Module, name and arity of a fun.";
    "erlang" "list_to_pid" 1 Leaf list_to_pid, "The pid that a text names.";
    "erlang" "list_to_port" 1 Leaf list_to_port, "The port that a text names.";
    "erlang" "list_to_ref" 1 Leaf list_to_ref, "The reference that a text names.";
}
