//! An uncaught exception in words, laid out as OTP's `erl_error` does it.
//!
//! The module `erl_error` belongs to stdlib, which a program may not have; this says the same without it, except for what
//! the modules behind `error_info` know of a failed BIF's arguments.

use crate::code::cell::{Cell, CellInfo};
use crate::data::{list_items, list_length};
use linac_abi::term::FixedAtom;
use linac_core::print::{self, Style};
use linac_core::{Term, View};
use std::fmt::Write as _;

/// Operators, which are shown between their operands.
const OPERATORS: [(&str, usize); 29] = [
    ("!", 2),
    ("*", 2),
    ("+", 1),
    ("+", 2),
    ("++", 2),
    ("-", 1),
    ("-", 2),
    ("--", 2),
    ("/", 2),
    ("/=", 2),
    ("<", 2),
    ("=/=", 2),
    ("=:=", 2),
    ("=<", 2),
    ("==", 2),
    (">", 2),
    (">=", 2),
    ("and", 2),
    ("band", 2),
    ("bnot", 1),
    ("bor", 2),
    ("bsl", 2),
    ("bsr", 2),
    ("bxor", 2),
    ("div", 2),
    ("not", 1),
    ("or", 2),
    ("rem", 2),
    ("xor", 2),
];

/// Functions of `erlang` that are called without its name (`erl_internal:bif/2`), by name.
const AUTO_IMPORTED: &str = " abs alias apply atom_to_binary atom_to_list binary_part binary_to_atom \
    binary_to_existing_atom binary_to_float binary_to_integer binary_to_list binary_to_term bit_size \
    bitstring_to_list byte_size ceil check_old_code check_process_code date delete_module demonitor \
    disconnect_node element erase error exit float float_to_binary float_to_list floor garbage_collect get \
    get_keys group_leader halt hd integer_to_binary integer_to_list iolist_size iolist_to_binary is_alive is_atom \
    is_binary is_bitstring is_boolean is_float is_function is_integer is_list is_map is_map_key is_number is_pid \
    is_port is_process_alive is_record is_reference is_tuple length link list_to_atom list_to_binary \
    list_to_bitstring list_to_existing_atom list_to_float list_to_integer list_to_pid list_to_port list_to_ref \
    list_to_tuple load_module make_ref map_get map_size max min module_loaded monitor monitor_node node nodes now \
    open_port pid_to_list port_close port_command port_connect port_control port_to_list pre_loaded process_flag \
    process_info processes purge_module put ref_to_list register registered round self setelement size spawn \
    spawn_link spawn_monitor spawn_opt spawn_request spawn_request_abandon split_binary statistics \
    term_to_binary term_to_iovec throw time tl trunc tuple_size tuple_to_list unalias unlink unregister whereis ";

/// Reasons that have words of their own.
const REASONS: [(&str, &str); 9] = [
    ("badarg", "bad argument"),
    ("badarith", "an error occurred when evaluating an arithmetic expression"),
    ("if_clause", "no true branch found when evaluating an if expression"),
    ("noproc", "no such process or port"),
    ("notalive", "the node cannot be part of a distributed system"),
    ("system_limit", "a system limit has been reached"),
    ("timeout_value", "bad receive timeout value"),
    // Where no trace names the function.
    ("function_clause", "function_clause"),
    ("undef", "undefined function"),
];

/// First elements of reasons that are pairs, and what goes before the second.
const PAIRS: [(&str, &str); 8] = [
    ("badarg", "bad argument: "),
    ("badfun", "bad function "),
    ("badkey", "bad key: "),
    ("badmap", "bad map: "),
    ("badmatch", "no match of right hand side value "),
    ("case_clause", "no case clause matching "),
    ("else_clause", "no else clause matching "),
    ("try_clause", "no try clause matching "),
];

/// Bytes of a term's text that are shown.
const LIMIT: usize = 2000;

/// One entry of a stack trace.
struct Entry {
    module: Term,
    function: Term,
    /// A number, or the arguments.
    arity: Term,
    location: Term,
}

impl Entry {
    fn count(&self) -> usize {
        match self.arity.as_small() {
            Some(n) => n as usize,
            None => list_length(self.arity).unwrap_or(0),
        }
    }

    fn has_arguments(&self) -> bool {
        !self.arity.is_small()
    }

    /// `m:f`, or `f` for a function of `erlang` that needs no module name.
    fn name(&self) -> String {
        let (module, function) = (shown(self.module), shown(self.function));
        let plain = module == "erlang" && AUTO_IMPORTED.contains(&format!(" {function} "));
        if plain { function } else { format!("{module}:{function}") }
    }

    /// The operator that the function is.
    fn operator(&self) -> Option<&'static str> {
        let name = self.function.as_atom()?.text();
        let is = |row: &&(&str, usize)| row.0 == name && row.1 == self.count();
        (shown(self.module) == "erlang").then(|| OPERATORS.iter().find(is).map(|row| row.0)).flatten()
    }

    fn place(&self) -> String {
        match file_and_line(self.location) {
            Some((file, line)) => format!(" ({file}, line {line})"),
            None => String::new(),
        }
    }

    fn call(&self) -> String {
        let arguments: Vec<String> = list_items(self.arity).map(shown).collect();
        match (self.operator(), &arguments[..]) {
            (Some(name), [one]) => format!("{name} {one}"),
            (Some(name), [left, right]) => format!("{left} {name} {right}"),
            _ => format!("{}({})", self.name(), arguments.join(",")),
        }
    }
}

fn shown(term: Term) -> String {
    print::text_limited(term, Style::Pretty, LIMIT)
}

/// Class, reason and stack trace.
pub fn exception_text(class: Term, reason: Term, trace: Term) -> String {
    let entry = |t: Term| match t.as_tuple() {
        Some(&[module, function, arity, location]) => Some(Entry { module, function, arity, location }),
        _ => None,
    };
    let entries: Vec<Entry> = list_items(trace).filter_map(entry).collect();
    let is_error = class == Term::fixed(FixedAtom::Error);
    let mut rest = &entries[..];
    let what = match rest.split_first() {
        Some((called, others)) if is_error && reason == Term::fixed(FixedAtom::Undef) => {
            rest = others;
            format!("undefined function {}/{}", called.name(), called.count())
        }
        Some((called, others))
            if is_error && reason == Term::fixed(FixedAtom::FunctionClause) && called.has_arguments() =>
        {
            rest = others;
            format!("no function clause matching {}{}", called.call(), called.place())
        }
        _ if is_error => explained(reason),
        _ => shown(reason),
    };
    let mut text = format!("exception {}: {what}", shown(class));
    for (n, entry) in rest.iter().enumerate() {
        let count = entry.count();
        // A string cannot refuse what is written to it.
        let _ = match entry.operator() {
            Some(name) if n == 0 => write!(text, "\n  in operator  {name}/{count}"),
            _ => {
                let lead = if n == 0 { "in function  " } else { "in call from " };
                write!(text, "\n  {lead}{}/{count}", entry.name())
            }
        };
        text += &entry.place();
        if entry.has_arguments() {
            let _ = write!(text, "\n     called as {}", entry.call());
        }
    }
    text
}

/// A reason of class error in words.
fn explained(reason: Term) -> String {
    let words = |name: &str| REASONS.iter().find(|row| row.0 == name).map(|row| row.1.to_string());
    if let Some(text) = reason.as_atom().and_then(|a| words(a.text())) {
        return text;
    }
    let Some(&[kind, value]) = reason.as_tuple() else { return shown(reason) };
    let Some(kind) = kind.as_atom() else { return shown(reason) };
    match (kind.text(), value.as_tuple()) {
        ("badarity", Some(&[fun, arguments])) => match (fun_name(fun), list_length(arguments)) {
            (Some(name), Some(count)) => format!("{name} called with {}", arguments_in_words(count)),
            _ => shown(reason),
        },
        ("unbound", _) => format!("variable {} is unbound", shown(value)),
        (name, _) => match PAIRS.iter().find(|row| row.0 == name) {
            Some((_, words)) => format!("{words}{}", shown(value)),
            None => shown(reason),
        },
    }
}

fn arguments_in_words(count: usize) -> String {
    match count {
        0 => "no arguments".into(),
        1 => "one argument".into(),
        2 => "two arguments".into(),
        n => format!("{n} arguments"),
    }
}

fn fun_name(fun: Term) -> Option<String> {
    let View::Fun(found) = fun.view() else { return None };
    // SAFETY: funs hold addresses of cells.
    let (module, function) = match unsafe { Cell::of_code_word(found.cell()) }.info() {
        CellInfo::Export(export) => (export.mfa.module, export.mfa.function),
        CellInfo::Lambda(lambda) => (lambda.module, lambda.function),
        CellInfo::Local => return None,
    };
    Some(format!("{}:{}/{}", shown(Term::atom(module)), shown(Term::atom(function)), found.arity()))
}

fn file_and_line(location: Term) -> Option<(String, isize)> {
    let value = |name: FixedAtom| {
        list_items(location).find_map(|item| match item.as_tuple() {
            Some([key, value]) if *key == Term::fixed(name) => Some(*value),
            _ => None,
        })
    };
    let file = list_items(value(FixedAtom::File)?);
    let file = file.filter_map(|c| char::from_u32(u32::try_from(c.as_small()?).ok()?)).collect();
    Some((file, value(FixedAtom::Line)?.as_small()?))
}
