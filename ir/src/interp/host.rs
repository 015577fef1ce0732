//! What lies outside of the program: BIFs, other modules, the destinations of messages.

use super::memory::{Callee, Memory};
use super::order::{Mode, compare};
use super::{Exception, Fault, arith};
use crate::opcode::Opcode;
use crate::text::Term;
use crate::types::Kinds;
use core::cmp::Ordering;
use linac_abi::rtcall::ErrorKind;
use linac_abi::term::{self, FixedAtom};
use std::sync::Arc;

/// A function's module, name and arity.
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
pub struct Mfa {
    /// Module.
    pub module: Arc<str>,
    /// Name.
    pub name: Arc<str>,
    /// Arity.
    pub arity: u32,
}

/// What a host's function does.
pub enum Called {
    /// Returns.
    Value(u64),
    /// Raises.
    Raise(Exception),
    /// There is no such function.
    Unknown,
}

/// The world around the program. A host keeps no terms between calls: objects move.
pub trait Host {
    /// Calls a function that the program does not hold, as a BIF or from a call.
    fn call(&mut self, mem: &mut Memory, mfa: &Mfa, args: &[u64]) -> Result<Called, Fault> {
        builtin(mem, mfa, args)
    }

    /// Sends a message to another destination than the process itself; false if there is no such destination.
    fn send(&mut self, mem: &mut Memory, to: u64, message: u64) -> Result<bool, Fault>;
}

/// The host of plain tests: the built-in functions, and a record of the messages sent.
#[derive(Debug, Default)]
pub struct DefaultHost {
    /// Destination and message, in order.
    pub sent: Vec<(Term, Term)>,
}

impl Host for DefaultHost {
    fn send(&mut self, mem: &mut Memory, to: u64, message: u64) -> Result<bool, Fault> {
        if !mem.kind(to)?.within(Kinds::ATOM.or(Kinds::PID).or(Kinds::PORT)) {
            return Ok(false);
        }
        self.sent.push((mem.read(to)?, mem.read(message)?));
        Ok(true)
    }
}

/// The pid of the process that runs the program.
pub const SELF: u64 = 1 << 4 | term::TAG_PID;

/// Guard BIFs and a handful of others of module `erlang`, and `lists:reverse/2`.
pub fn builtin(mem: &mut Memory, mfa: &Mfa, args: &[u64]) -> Result<Called, Fault> {
    let found = match &*mfa.module {
        "erlang" => erlang(mem, &mfa.name, args)?,
        "lists" if &*mfa.name == "reverse" && args.len() == 2 => match mem.list_elements(args[0])? {
            Some(mut items) => {
                items.reverse();
                Some(Ok(mem.make_list(&items, args[1])?))
            }
            None => Some(Err(ErrorKind::Badarg)),
        },
        _ => None,
    };
    match found {
        Some(Ok(value)) => Ok(Called::Value(value)),
        Some(Err(kind)) => {
            // The map functions take the key first.
            let about = if kind == ErrorKind::Badkey { args.first() } else { args.last() };
            let about = about.copied().unwrap_or(term::NIL);
            Ok(Called::Raise(Exception::error(mem, kind, about)?))
        }
        None => Ok(thrower(mfa, args)),
    }
}

/// `error/1`, `exit/1`, `throw/1`.
fn thrower(mfa: &Mfa, args: &[u64]) -> Called {
    let class = match (&*mfa.module, &*mfa.name, args.len()) {
        ("erlang", "error", 1) => FixedAtom::Error,
        ("erlang", "exit", 1) => FixedAtom::Exit,
        ("erlang", "throw", 1) => FixedAtom::Throw,
        _ => return Called::Unknown,
    };
    Called::Raise(Exception { class: class.word(), reason: args[0], trace: term::NIL })
}

/// Binary operators by the name of their BIF.
const OPERATORS: [(&str, Opcode); 11] = [
    ("+", Opcode::Add),
    ("-", Opcode::Sub),
    ("*", Opcode::Mul),
    ("/", Opcode::FDiv),
    ("div", Opcode::IDiv),
    ("rem", Opcode::IRem),
    ("band", Opcode::Band),
    ("bor", Opcode::Bor),
    ("bxor", Opcode::Bxor),
    ("bsl", Opcode::Bsl),
    ("bsr", Opcode::Bsr),
];

/// Type tests by the name of their BIF.
const TESTS: [(&str, Kinds); 12] = [
    ("is_atom", Kinds::ATOM),
    ("is_integer", Kinds::INT),
    ("is_float", Kinds::FLOAT),
    ("is_number", Kinds::NUMBER),
    ("is_list", Kinds::LIST),
    ("is_tuple", Kinds::TUPLE),
    ("is_map", Kinds::MAP),
    ("is_bitstring", Kinds::BITS),
    ("is_function", Kinds::FUN),
    ("is_pid", Kinds::PID),
    ("is_port", Kinds::PORT),
    ("is_reference", Kinds::REF),
];

/// Functions of module `erlang`; none if it is not among them.
fn erlang(mem: &mut Memory, name: &str, args: &[u64]) -> Result<Option<Result<u64, ErrorKind>>, Fault> {
    const BADARG: Result<u64, ErrorKind> = Err(ErrorKind::Badarg);
    let or_badarg = |t: Option<u64>| t.map_or(BADARG, Ok);
    let count = |mem: &mut Memory, n: Option<usize>| {
        Ok::<_, Fault>(match n {
            Some(n) => Ok(mem.make_int(&(n as i64).into())?),
            None => BADARG,
        })
    };
    Ok(Some(match (name, args) {
        ("self", []) => Ok(SELF),
        ("node", []) => Ok(FixedAtom::Nodedown.word()),
        ("hd", &[t]) => or_badarg(mem.cons_parts(t)?.map(|c| c.0)),
        ("tl", &[t]) => or_badarg(mem.cons_parts(t)?.map(|c| c.1)),
        ("length", &[t]) => {
            let n = mem.list_elements(t)?.map(|l| l.len());
            count(mem, n)?
        }
        ("tuple_size", &[t]) => {
            let n = mem.tuple_elements(t)?.map(|l| l.len());
            count(mem, n)?
        }
        ("map_size", &[t]) => match mem.map_pairs(t)? {
            Some(pairs) => count(mem, Some(pairs.len()))?,
            None => Err(ErrorKind::Badmap),
        },
        ("byte_size", &[t]) => {
            let n = mem.bits_value(t)?.map(|b| b.0.len());
            count(mem, n)?
        }
        ("bit_size", &[t]) => {
            let n = mem.bits_value(t)?.map(|b| b.1 as usize);
            count(mem, n)?
        }
        ("size", &[t]) => {
            let n = match mem.tuple_elements(t)? {
                Some(items) => Some(items.len()),
                None => mem.bits_value(t)?.map(|b| b.0.len()),
            };
            count(mem, n)?
        }
        ("element", &[n, t]) => match (mem.small_value(n), mem.tuple_elements(t)?) {
            (Some(n @ 1..), Some(items)) => or_badarg(items.get(n as usize - 1).copied()),
            _ => BADARG,
        },
        ("setelement", &[n, t, v]) => match (mem.small_value(n), mem.tuple_elements(t)?) {
            (Some(n @ 1..), Some(mut items)) if n as usize <= items.len() => {
                items[n as usize - 1] = v;
                Ok(mem.make_tuple(&items)?)
            }
            _ => BADARG,
        },
        ("tuple_to_list", &[t]) => match mem.tuple_elements(t)? {
            Some(items) => Ok(mem.make_list(&items, term::NIL)?),
            None => BADARG,
        },
        ("list_to_tuple", &[t]) => match mem.list_elements(t)? {
            Some(items) => Ok(mem.make_tuple(&items)?),
            None => BADARG,
        },
        ("++", &[a, b]) => match mem.list_elements(a)? {
            Some(items) => Ok(mem.make_list(&items, b)?),
            None => BADARG,
        },
        ("abs", &[t]) => {
            if let Some(f) = mem.float_value(t)? {
                Ok(mem.make_float(f.abs())?)
            } else if let Some(n) = mem.int_value(t)? {
                if n < dashu_int::IBig::ZERO { Ok(mem.make_int(&-n)?) } else { Ok(t) }
            } else {
                BADARG
            }
        }
        ("float", &[t]) => match arith::to_float(mem, t)? {
            Some(f) => Ok(mem.make_float(f)?),
            None => BADARG,
        },
        ("trunc" | "round" | "floor" | "ceil", &[t]) => or_badarg(arith::to_integer(mem, name, t)?),
        ("-", &[t]) => arith::unary(mem, Opcode::Neg, t)?,
        ("+", &[t]) => match mem.number(t)? {
            Some(_) => Ok(t),
            None => Err(ErrorKind::Badarith),
        },
        ("bnot", &[t]) => arith::unary(mem, Opcode::Bnot, t)?,
        ("min" | "max", &[a, b]) => {
            let order = compare(mem, a, b, Mode::Value)?;
            let second = if name == "min" { order == Ordering::Greater } else { order == Ordering::Less };
            Ok(if second { b } else { a })
        }
        ("==" | "/=" | "<" | ">" | "=<" | ">=" | "=:=" | "=/=", &[a, b]) => {
            let mode = if name.contains(':') || name == "=/=" { Mode::Exact } else { Mode::Value };
            let order = compare(mem, a, b, mode)?;
            let holds = match name {
                "==" | "=:=" => order == Ordering::Equal,
                "/=" | "=/=" => order != Ordering::Equal,
                "<" => order == Ordering::Less,
                ">" => order == Ordering::Greater,
                "=<" => order != Ordering::Greater,
                _ => order != Ordering::Less,
            };
            Ok(mem.boolean(holds))
        }
        ("not", &[t]) => or_badarg(truth(t).map(|b| mem.boolean(!b))),
        ("and" | "or" | "xor", &[a, b]) => match (truth(a), truth(b)) {
            (Some(a), Some(b)) => Ok(mem.boolean(match name {
                "and" => a && b,
                "or" => a || b,
                _ => a != b,
            })),
            _ => BADARG,
        },
        ("map_get", &[k, m]) => match mem.map_pairs(m)? {
            Some(pairs) => match find_key(mem, &pairs, k)? {
                Some(v) => Ok(v),
                None => Err(ErrorKind::Badkey),
            },
            None => Err(ErrorKind::Badmap),
        },
        ("is_map_key", &[k, m]) => match mem.map_pairs(m)? {
            Some(pairs) => {
                let there = find_key(mem, &pairs, k)?.is_some();
                Ok(mem.boolean(there))
            }
            None => Err(ErrorKind::Badmap),
        },
        ("is_boolean", &[t]) => Ok(mem.boolean(truth(t).is_some())),
        ("is_binary", &[t]) => {
            let whole = mem.bits_value(t)?.is_some_and(|b| b.1 % 8 == 0);
            Ok(mem.boolean(whole))
        }
        ("is_function", &[t, n]) => match mem.small_value(n) {
            Some(n @ 0..) => {
                let is = mem.fun_parts(t)?.is_some_and(|f| f.1 == n as u64);
                Ok(mem.boolean(is))
            }
            _ => BADARG,
        },
        ("make_fun", &[m, f, a]) => match (mem.atom_text(m), mem.atom_text(f), mem.small_value(a)) {
            (Some(module), Some(name), Some(arity @ 0..=255)) => {
                let (module, name, arity) = (module.clone(), name.clone(), arity as u32);
                Ok(mem.make_fun(Callee::Function { module, name, arity }, &[])?)
            }
            _ => BADARG,
        },
        (_, &[t]) if let Some((_, kinds)) = TESTS.iter().find(|(n, _)| *n == name) => {
            let is = mem.kind(t)?.within(*kinds);
            Ok(mem.boolean(is))
        }
        (_, &[a, b]) if let Some((_, op)) = OPERATORS.iter().find(|(n, _)| *n == name) => {
            arith::binary(mem, *op, a, b)?
        }
        _ => return Ok(None),
    }))
}

/// The truth value of the atom `true` or `false`.
pub(super) fn truth(t: u64) -> Option<bool> {
    const TRUE: u64 = FixedAtom::True.word();
    const FALSE: u64 = FixedAtom::False.word();
    match t {
        TRUE => Some(true),
        FALSE => Some(false),
        _ => None,
    }
}

/// The value of a key.
pub(super) fn find_key(mem: &Memory, pairs: &[(u64, u64)], key: u64) -> Result<Option<u64>, Fault> {
    for &(k, v) in pairs {
        if compare(mem, k, key, Mode::Exact)? == Ordering::Equal {
            return Ok(Some(v));
        }
    }
    Ok(None)
}
