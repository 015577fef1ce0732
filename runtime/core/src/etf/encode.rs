//! Terms to bytes, as `term_to_binary/1` of the reference VM writes them.

use super::{EtfError, Kind, Links, VERSION, tag};
use crate::binary::Bits;
use crate::compare;
use crate::fun::{self, FunInfo};
use crate::number::Int;
use crate::term::{Term, View, subtag};
use crate::{Atom, map};
use alloc::vec::Vec;
use linac_abi::term::Subtag;

enum Todo<'a> {
    Terms(&'a [Term]),
    One(Term),
    /// So many cells of a list from this one on, then the tail.
    List(&'a [Term; 2], usize),
    Pairs(map::Iter<'a>),
    /// Pairs in order, the first one last.
    Sorted(Vec<(Term, Term)>),
    /// All of a fun is written; its size goes here.
    Size(usize),
}

/// Which of the forms that a term has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Form {
    /// 0: floats as text; 0 and 1: atoms in Latin-1 where that can be.
    pub minor: u8,
    /// Maps in the order of their keys.
    pub deterministic: bool,
}

impl Form {
    /// The usual form.
    pub const USUAL: Form = Form { minor: 2, deterministic: false };
}

/// What all steps of one encoding share.
#[derive(Clone, Copy)]
struct Context<'c> {
    links: &'c dyn Links,
    form: Form,
}

/// Appends the term with its version byte to `out`.
pub fn encode(t: Term, out: &mut Vec<u8>, links: &dyn Links) -> Result<(), EtfError> {
    encode_with(t, out, links, Form::USUAL)
}

/// As [`encode`], in another form.
pub fn encode_with(t: Term, out: &mut Vec<u8>, links: &dyn Links, form: Form) -> Result<(), EtfError> {
    out.push(VERSION);
    let links = Context { links, form };
    let mut todo = Vec::new();
    one(t, out, links, &mut todo)?;
    while let Some(next) = todo.pop() {
        match next {
            Todo::One(t) => one(t, out, links, &mut todo)?,
            Todo::Terms(mut terms) => {
                while let Some((&first, rest)) = terms.split_first() {
                    terms = rest;
                    let more = has_parts(first);
                    if more && !rest.is_empty() {
                        todo.push(Todo::Terms(rest));
                    }
                    one(first, out, links, &mut todo)?;
                    if more {
                        break;
                    }
                }
            }
            Todo::List(mut cell, mut left) => loop {
                let [first, tail] = *cell;
                let next = tail.as_cons().filter(|_| left > 1);
                match next {
                    Some(next) if !has_parts(first) => {
                        one(first, out, links, &mut todo)?;
                        (cell, left) = (next, left - 1);
                        continue;
                    }
                    Some(next) => todo.push(Todo::List(next, left - 1)),
                    None => todo.push(Todo::One(tail)),
                }
                one(first, out, links, &mut todo)?;
                break;
            },
            Todo::Size(at) => match u32::try_from(out.len() - at) {
                Ok(size) => out[at..at + 4].copy_from_slice(&size.to_be_bytes()),
                Err(_) => return fail(out, Kind::Limit),
            },
            Todo::Sorted(mut rest) => {
                if let Some((key, value)) = rest.pop() {
                    todo.push(Todo::Sorted(rest));
                    todo.push(Todo::One(value));
                    one(key, out, links, &mut todo)?;
                }
            }
            Todo::Pairs(mut rest) => {
                if let Some((key, value)) = rest.next() {
                    todo.push(Todo::Pairs(rest));
                    todo.push(Todo::One(value));
                    one(key, out, links, &mut todo)?;
                }
            }
        }
    }
    Ok(())
}

/// Is it more than one step to write? Others leave nothing to do.
#[inline]
fn has_parts(t: Term) -> bool {
    !t.is_immediate()
        && (t.is_cons()
            || matches!(
                subtag(t.object_header()),
                Some(Subtag::Tuple | Subtag::FlatMap | Subtag::HashMap | Subtag::Fun | Subtag::Record)
            ))
}

fn fail<T>(out: &[u8], kind: Kind) -> Result<T, EtfError> {
    Err(EtfError { kind, offset: out.len() })
}

/// Writes a count in four bytes.
fn count(out: &mut Vec<u8>, n: usize) -> Result<(), EtfError> {
    match u32::try_from(n) {
        Ok(n) => out.extend(n.to_be_bytes()),
        Err(_) => return fail(out, Kind::Limit),
    }
    Ok(())
}

fn atom(a: Atom, out: &mut Vec<u8>, form: Form) {
    let text = a.text();
    if form.minor < 2 && text.chars().all(|c| c <= '\u{FF}') {
        out.push(tag::ATOM);
        out.extend((text.chars().count() as u16).to_be_bytes());
        out.extend(text.chars().map(|c| c as u8));
        return;
    }
    match u8::try_from(text.len()) {
        Ok(n) => out.extend([tag::SMALL_ATOM_UTF8, n]),
        Err(_) => {
            out.push(tag::ATOM_UTF8);
            // At most 255 characters of four bytes.
            out.extend((text.len() as u16).to_be_bytes());
        }
    }
    out.extend(text.as_bytes());
}

fn one<'a>(
    t: Term,
    out: &mut Vec<u8>,
    context: Context<'_>,
    todo: &mut Vec<Todo<'a>>,
) -> Result<(), EtfError> {
    let Context { links, form } = context;
    match t.view() {
        View::Small(_) | View::Big(_) => integer(t, out)?,
        View::Float(f) if form.minor == 0 => {
            let text = crate::numtext::float_text(f, crate::numtext::FloatFormat::Scientific(20));
            out.push(tag::FLOAT);
            out.extend(text.as_bytes());
            out.extend(core::iter::repeat_n(0, 31usize.saturating_sub(text.len())));
        }
        View::Float(f) => {
            out.push(tag::NEW_FLOAT);
            out.extend(f.to_bits().to_be_bytes());
        }
        View::Atom(a) => atom(a, out, form),
        View::Nil => out.push(tag::NIL),
        View::Tuple(elements) => {
            match u8::try_from(elements.len()) {
                Ok(n) => out.extend([tag::SMALL_TUPLE, n]),
                Err(_) => {
                    out.push(tag::LARGE_TUPLE);
                    count(out, elements.len())?;
                }
            }
            todo.push(Todo::Terms(elements));
        }
        View::Record(record) => {
            let definition = record.definition();
            out.push(tag::RECORD);
            count(out, record.values().len())?;
            out.push(definition.is_exported().into());
            atom(definition.module(), out, form);
            atom(definition.name(), out, form);
            for field in definition.fields() {
                if let Some(field) = field.as_atom() {
                    atom(field, out, form);
                }
            }
            todo.push(Todo::Terms(record.values()));
        }
        View::Cons(cell) => list(cell, out, todo)?,
        View::FlatMap(_) | View::HashMap(_) => {
            out.push(tag::MAP);
            count(out, map::size(t).unwrap_or(0))?;
            if form.deterministic {
                let mut pairs: Vec<(Term, Term)> = map::Iter::new(t).collect();
                pairs.sort_unstable_by(|a, b| compare::cmp_exact(b.0, a.0));
                todo.push(Todo::Sorted(pairs));
            } else {
                todo.push(Todo::Pairs(map::Iter::new(t)));
            }
        }
        View::Bits(_) => {
            let Some(bits) = Bits::of(t) else { return Ok(()) };
            out.push(if bits.is_binary() { tag::BINARY } else { tag::BIT_BINARY });
            count(out, bits.byte_len())?;
            if !bits.is_binary() {
                out.push((bits.len() % 8) as u8);
            }
            match bits.as_bytes() {
                Some(bytes) => out.extend_from_slice(bytes),
                None => out.extend(bits.bytes()),
            }
        }
        View::Fun(f) => match fun::info(f.cell()) {
            Some(FunInfo::Export { module, function }) => {
                out.push(tag::EXPORT);
                atom(module, out, form);
                atom(function, out, form);
                out.extend([tag::SMALL_INTEGER, f.arity() as u8]);
            }
            _ => local_fun(f, out, context, todo)?,
        },
        View::Pid(n) => {
            out.push(tag::NEW_PID);
            atom(links.node(), out, form);
            out.extend(((n & ((1 << Term::PID_SLOT_BITS) - 1)) as u32).to_be_bytes());
            out.extend(((n >> Term::PID_SLOT_BITS) as u32).to_be_bytes());
            out.extend([0; 4]);
        }
        View::Port(n) => {
            out.push(tag::V4_PORT);
            atom(links.node(), out, form);
            out.extend((n as u64).to_be_bytes());
            out.extend([0; 4]);
        }
        View::Ref(r) => {
            out.extend([tag::NEWER_REFERENCE, 0, 3]);
            atom(links.node(), out, form);
            out.extend([0; 4]);
            r.numbers().iter().for_each(|n| out.extend(n.to_be_bytes()));
        }
        View::MatchContext(_) | View::Raw(_) | View::None => {
            return fail(out, Kind::Unsupported("an object of the runtime"));
        }
    }
    Ok(())
}

/// A fun expression: its size, which is known only when the free variables are written, then what names it.
fn local_fun<'a>(
    f: crate::term::FunRef<'a>,
    out: &mut Vec<u8>,
    context: Context<'_>,
    todo: &mut Vec<Todo<'a>>,
) -> Result<(), EtfError> {
    let Some(name) = context.links.local_fun(f.cell()) else {
        return fail(out, Kind::Unsupported("a local fun"));
    };
    out.push(tag::NEW_FUN);
    todo.push(Todo::Size(out.len()));
    out.extend([0; 4]);
    out.push(f.arity() as u8);
    out.extend(name.digest);
    out.extend(name.index.to_be_bytes());
    count(out, f.env().len())?;
    atom(name.module, out, context.form);
    for number in [name.index, name.uniq] {
        match u8::try_from(number) {
            Ok(small) => out.extend([tag::SMALL_INTEGER, small]),
            Err(_) => {
                out.push(tag::INTEGER);
                out.extend(number.to_be_bytes());
            }
        }
    }
    // Who made it is not kept.
    one(Term::pid(0), out, context, todo)?;
    todo.push(Todo::Terms(f.env()));
    Ok(())
}

fn integer(t: Term, out: &mut Vec<u8>) -> Result<(), EtfError> {
    if let Some(n) = t.as_small() {
        if let Ok(n) = u8::try_from(n) {
            out.extend([tag::SMALL_INTEGER, n]);
            return Ok(());
        }
        if let Ok(n) = i32::try_from(n) {
            out.push(tag::INTEGER);
            out.extend(n.to_be_bytes());
            return Ok(());
        }
    }
    let mut buf = [0];
    let Some(n) = Int::of(t, &mut buf) else { return Ok(()) };
    // On 32-bit a big may still fit 32 bits.
    if let &[limb] = n.limbs
        && let Ok(n) = i32::try_from(if n.negative { -(limb as i128) } else { limb as i128 })
    {
        out.push(tag::INTEGER);
        out.extend(n.to_be_bytes());
        return Ok(());
    }
    let bytes = crate::limbs::bit_len(n.limbs).div_ceil(8);
    match u8::try_from(bytes) {
        Ok(small) => out.extend([tag::SMALL_BIG, small]),
        Err(_) => {
            out.push(tag::LARGE_BIG);
            count(out, bytes)?;
        }
    }
    out.push(u8::from(n.negative));
    out.extend(n.limbs.iter().flat_map(|l| l.to_le_bytes()).take(bytes));
    Ok(())
}

/// A list of bytes as a string, any other as its elements and its tail.
fn list<'a>(cell: &'a [Term; 2], out: &mut Vec<u8>, todo: &mut Vec<Todo<'a>>) -> Result<(), EtfError> {
    let (mut n, mut bytes) = (1usize, true);
    let mut last = cell;
    loop {
        bytes &= last[0].as_small().is_some_and(|b| (0..256).contains(&b));
        match last[1].as_cons() {
            Some(next) => last = next,
            None => break,
        }
        n += 1;
    }
    if bytes && last[1].is_nil() && n <= usize::from(u16::MAX) {
        out.push(tag::STRING);
        out.extend((n as u16).to_be_bytes());
        let mut cell = Some(cell);
        while let Some([head, tail]) = cell {
            out.push(head.small_value() as u8);
            cell = tail.as_cons();
        }
        return Ok(());
    }
    out.push(tag::LIST);
    count(out, n)?;
    todo.push(Todo::List(cell, n));
    Ok(())
}
