//! Terms as text, in the forms Erlang programs see.
//!
//! The walk keeps what is still to write on a stack of its own, so nesting does not matter, and it writes to any
//! [`Write`]: [`Limited`] cuts long texts (crash dumps, messages) without making them first.

use crate::binary::Bits;
use crate::fun::{self, FunInfo};
use crate::map;
use crate::numtext::{FloatFormat, float_text, write_integer};
use crate::record::RecordRef;
use crate::term::{Term, View};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{Result, Write};

/// A form of text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    /// `~0p`: lists and binaries that are Latin-1 text appear as text; atoms beyond Latin-1 are escaped.
    Pretty,
    /// `~0tp`: as `Pretty`, with Unicode atoms, and UTF-8 binaries as text.
    PrettyUnicode,
    /// `~w`: no text in quotes but atoms.
    Plain,
    /// `~tw`: as `Plain`, with Unicode atoms.
    PlainUnicode,
    /// `erlang:display/1`.
    Display,
}

/// Words that are not atoms without quotes.
const RESERVED: &[&str] = &[
    "after", "and", "andalso", "band", "begin", "bnot", "bor", "bsl", "bsr", "bxor", "case", "catch", "cond",
    "div", "else", "end", "fun", "if", "let", "maybe", "not", "of", "or", "orelse", "receive", "rem", "try",
    "when", "xor",
];

/// Writes at most a number of characters, then `...`.
#[derive(Debug)]
pub struct Limited<W> {
    /// Where they go.
    pub out: W,
    /// How many more may come.
    pub left: usize,
}

impl<W: Write> Write for Limited<W> {
    fn write_str(&mut self, s: &str) -> Result {
        let n = s.chars().count();
        if n <= self.left {
            self.left -= n;
            return self.out.write_str(s);
        }
        let end = s.char_indices().nth(self.left).map_or(s.len(), |(i, _)| i);
        self.left = 0;
        self.out.write_str(&s[..end])?;
        self.out.write_str("...")?;
        Err(core::fmt::Error)
    }
}

/// The text of a term.
pub fn text(t: Term, style: Style) -> String {
    let mut out = String::new();
    // A string takes everything.
    let _ = write(&mut out, t, style);
    out
}

/// The text of a term, at most so many characters of it.
pub fn text_limited(t: Term, style: Style, limit: usize) -> String {
    let mut out = Limited { out: String::new(), left: limit };
    // The only error is the limit, and the text says so.
    let _ = write(&mut out, t, style);
    out.out
}

enum Todo<'a> {
    Text(&'static str),
    Elements(&'a [Term]),
    /// The tail of a list whose first element was written.
    Tail(Term),
    Pairs(map::Iter<'a>, bool),
    /// Fields of a record from this one on.
    Fields(RecordRef<'a>, usize),
    Value(Term),
}

/// Writes a term.
pub fn write(out: &mut dyn Write, t: Term, style: Style) -> Result {
    let mut todo = Vec::new();
    one(out, t, style, &mut todo)?;
    while let Some(next) = todo.pop() {
        match next {
            Todo::Text(s) => out.write_str(s)?,
            Todo::Elements(terms) => {
                if let Some((&first, rest)) = terms.split_first() {
                    if !rest.is_empty() {
                        todo.push(Todo::Elements(rest));
                        todo.push(Todo::Text(","));
                    }
                    one(out, first, style, &mut todo)?;
                }
            }
            Todo::Tail(tail) => match tail.view() {
                View::Nil => out.write_char(']')?,
                View::Cons([head, tail]) => {
                    out.write_char(',')?;
                    todo.push(Todo::Tail(*tail));
                    one(out, *head, style, &mut todo)?;
                }
                _ => {
                    out.write_char('|')?;
                    todo.push(Todo::Text("]"));
                    one(out, tail, style, &mut todo)?;
                }
            },
            Todo::Pairs(mut rest, first) => {
                if let Some((key, value)) = rest.next() {
                    if !first {
                        out.write_char(',')?;
                    }
                    todo.push(Todo::Pairs(rest, false));
                    todo.push(Todo::Value(value));
                    todo.push(Todo::Text(if style == Style::Display { "=>" } else { " => " }));
                    one(out, key, style, &mut todo)?;
                } else {
                    out.write_char('}')?;
                }
            }
            Todo::Fields(record, at) => {
                let display = style == Style::Display;
                let Some((name, value)) = record.pair(at, display) else {
                    out.write_char('}')?;
                    continue;
                };
                if at > 0 {
                    out.write_char(',')?;
                }
                todo.push(Todo::Fields(record, at + 1));
                one(out, name, style, &mut todo)?;
                out.write_str(if display { "=" } else { " = " })?;
                one(out, value, style, &mut todo)?;
            }
            Todo::Value(t) => one(out, t, style, &mut todo)?,
        }
    }
    Ok(())
}

/// Writes a term's beginning, and puts the rest on the stack.
fn one<'a>(out: &mut dyn Write, t: Term, style: Style, todo: &mut Vec<Todo<'a>>) -> Result {
    match t.view() {
        View::Small(_) | View::Big(_) => write_integer(out, t, 10).unwrap_or(Ok(())),
        View::Float(f) if style == Style::Display => {
            out.write_str(&float_text(f, FloatFormat::Scientific(6)))
        }
        View::Float(f) => out.write_str(&float_text(f, FloatFormat::Short)),
        View::Atom(a) => write_atom(out, a.text(), style),
        View::Nil => out.write_str("[]"),
        View::Pid(n) => {
            write!(out, "<0.{}.{}>", n & ((1 << Term::PID_SLOT_BITS) - 1), n >> Term::PID_SLOT_BITS)
        }
        View::Port(n) => write!(out, "#Port<0.{n}>"),
        View::Ref(r) => {
            let [a, b, c] = r.numbers();
            write!(out, "#Ref<0.{c}.{b}.{a}>")
        }
        View::Cons([head, tail]) => {
            let quoted = match style {
                Style::Plain | Style::PlainUnicode => false,
                Style::Display => is_text(t, |c| matches!(c, 8..=13 | 27 | 32..=126)),
                Style::Pretty | Style::PrettyUnicode => is_text(t, printable),
            };
            if quoted {
                return write_string(out, t, style);
            }
            out.write_char('[')?;
            todo.push(Todo::Tail(*tail));
            todo.push(Todo::Value(*head));
            Ok(())
        }
        View::Tuple(elements) => {
            out.write_char('{')?;
            todo.push(Todo::Text("}"));
            todo.push(Todo::Elements(elements));
            Ok(())
        }
        View::FlatMap(_) | View::HashMap(_) => {
            out.write_str("#{")?;
            todo.push(Todo::Pairs(map::Iter::new(t), true));
            Ok(())
        }
        View::Record(record) => {
            let definition = record.definition();
            out.write_char('#')?;
            write_atom(out, definition.module().text(), style)?;
            out.write_char(':')?;
            write_atom(out, definition.name().text(), style)?;
            out.write_char('{')?;
            todo.push(Todo::Fields(record, 0));
            Ok(())
        }
        View::Bits(_) => match Bits::of(t) {
            Some(bits) => write_bits(out, bits, style),
            None => Ok(()),
        },
        View::Fun(f) => match fun::info(f.cell()) {
            Some(FunInfo::Export { module, function }) => {
                out.write_str("fun ")?;
                write_atom(out, module.text(), style)?;
                out.write_char(':')?;
                write_atom(out, function.text(), style)?;
                write!(out, "/{}", f.arity())
            }
            Some(FunInfo::Local { module, index, uniq }) => {
                out.write_str("#Fun<")?;
                write_atom(out, module.text(), style)?;
                write!(out, ".{index}.{uniq}>")
            }
            None => write!(out, "#Fun<{:x}/{}>", f.cell(), f.arity()),
        },
        View::MatchContext(_) => out.write_str("#MatchContext<>"),
        View::Raw(_) => out.write_str("#Object<>"),
        View::None => write!(out, "#NoTerm<{:x}>", t.raw()),
    }
}

/// Characters that a list or string in quotes may have.
fn printable(c: isize) -> bool {
    matches!(c, 8..=13 | 27 | 32..=126 | 160..=255)
}

/// Is this a proper list of such characters?
fn is_text(mut t: Term, good: impl Fn(isize) -> bool) -> bool {
    while let Some([head, tail]) = t.as_cons() {
        if !head.as_small().is_some_and(&good) {
            return false;
        }
        t = *tail;
    }
    t.is_nil()
}

fn write_string(out: &mut dyn Write, t: Term, style: Style) -> Result {
    out.write_char('"')?;
    let mut t = t;
    while let Some([head, tail]) = t.as_cons() {
        let c = head.as_small().and_then(|c| u8::try_from(c).ok()).map_or('?', char::from);
        match (style, c) {
            (Style::Display, '"') => out.write_str("\\\"")?,
            (Style::Display, '\n') => out.write_str("\\n")?,
            (Style::Display, c) => out.write_char(c)?,
            (_, c) => write_char(out, c, '"', false)?,
        }
        t = *tail;
    }
    out.write_char('"')
}

/// A character within quotes.
fn write_char(out: &mut dyn Write, c: char, quote: char, latin1: bool) -> Result {
    match c {
        '\n' => out.write_str("\\n"),
        '\t' => out.write_str("\\t"),
        '\r' => out.write_str("\\r"),
        '\x0B' => out.write_str("\\v"),
        '\x08' => out.write_str("\\b"),
        '\x0C' => out.write_str("\\f"),
        '\x1B' => out.write_str("\\e"),
        '\x7F' => out.write_str("\\d"),
        '\\' => out.write_str("\\\\"),
        c if c == quote => write!(out, "\\{c}"),
        '\0'..' ' | '\u{80}'..'\u{A0}' => write!(out, "\\{:03o}", c as u32),
        '\u{100}'.. if latin1 => write!(out, "\\x{{{:X}}}", c as u32),
        c => out.write_char(c),
    }
}

fn write_atom(out: &mut dyn Write, text: &str, style: Style) -> Result {
    let lower = |c: char| matches!(c, 'a'..='z' | 'ß'..='ö' | 'ø'..='ÿ');
    let letter = |c: char| lower(c) || matches!(c, 'A'..='Z' | 'À'..='Ö' | 'Ø'..='Þ' | '0'..='9' | '_');
    let display = style == Style::Display;
    let mut chars = text.chars();
    let bare = chars.next().is_some_and(lower)
        && chars.all(|c| letter(c) || c == '@' && !display)
        && (display || !RESERVED.contains(&text));
    if bare {
        return out.write_str(text);
    }
    let latin1 = matches!(style, Style::Pretty | Style::Plain);
    out.write_char('\'')?;
    for c in text.chars() {
        write_char(out, c, '\'', latin1)?;
    }
    out.write_char('\'')
}

fn write_bits(out: &mut dyn Write, bits: Bits<'_>, style: Style) -> Result {
    out.write_str("<<")?;
    if bits.is_binary() && !bits.is_empty() {
        let quoted = |good: fn(u8) -> bool| bits.bytes().all(good);
        let ascii = |b: u8| b < 128 && printable(b.into());
        let latin1 = |b: u8| printable(b.into());
        let as_latin1 = match style {
            Style::Display => quoted(|b| matches!(b, 32..=126)),
            Style::Pretty => quoted(latin1),
            Style::PrettyUnicode => {
                if !quoted(ascii)
                    && let Some(text) = utf8_text(bits)
                {
                    out.write_char('"')?;
                    for c in text.chars() {
                        write_char(out, c, '"', false)?;
                    }
                    return out.write_str("\"/utf8>>");
                }
                quoted(latin1)
            }
            Style::Plain | Style::PlainUnicode => false,
        };
        if as_latin1 {
            out.write_char('"')?;
            for b in bits.bytes() {
                write_char(out, char::from(b), '"', false)?;
            }
            return out.write_str("\">>");
        }
    }
    let whole = bits.len() / 8;
    for (i, b) in bits.bytes().enumerate() {
        if i > 0 {
            out.write_char(',')?;
        }
        if i < whole {
            write!(out, "{b}")?;
        } else {
            let rest = bits.len() % 8;
            write!(out, "{}:{rest}", b >> (8 - rest))?;
        }
    }
    out.write_str(">>")
}

/// The text of a binary that is UTF-8 with printable Latin-1 characters only.
fn utf8_text(bits: Bits<'_>) -> Option<String> {
    let text = String::from_utf8(bits.to_vec()).ok()?;
    text.chars().all(|c| printable(c as isize)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Atom, Build, FragList};
    use alloc::string::ToString;

    #[test]
    fn values_in_all_styles() {
        let mut h = FragList::new();
        let atom = |s: &str| Term::atom(Atom::new(s).unwrap());
        let h = &mut h;
        let table = [
            (atom("A b"), "'A b'", "'A b'", "'A b'"),
            (atom(""), "''", "''", "''"),
            (atom("a@b_1"), "a@b_1", "a@b_1", "'a@b_1'"),
            (atom("it's\n"), "'it\\'s\\n'", "'it\\'s\\n'", "'it\\'s\\n'"),
            (atom("ẞx"), "'\\x{1E9E}x'", "'\\x{1E9E}x'", "'ẞx'"),
            (atom("div"), "'div'", "'div'", "div"),
            (atom("\0\u{80}\u{7f}"), "'\\000\\200\\d'", "'\\000\\200\\d'", "'\\000\\200\\d'"),
            (h.string("a\"b\n\\"), "\"a\\\"b\\n\\\\\"", "[97,34,98,10,92]", "\"a\\\"b\\n\\\""),
            (h.string("hé"), "\"hé\"", "[104,233]", "[104,233]"),
            (h.byte_list(&[27, 32]), "\"\\e \"", "[27,32]", "\"\x1b \""),
            (h.byte_list(&[127]), "[127]", "[127]", "[127]"),
            (h.list_with_tail(&[Term::small(1), Term::small(2)], atom("c")), "[1,2|c]", "[1,2|c]", "[1,2|c]"),
            (h.binary(b"abc").unwrap(), "<<\"abc\">>", "<<97,98,99>>", "<<\"abc\">>"),
            (h.binary(b"a\tb").unwrap(), "<<\"a\\tb\">>", "<<97,9,98>>", "<<97,9,98>>"),
            (h.binary(&[]).unwrap(), "<<>>", "<<>>", "<<>>"),
            (h.bitstring(b"ab\x20", 19).unwrap(), "<<97,98,1:3>>", "<<97,98,1:3>>", "<<97,98,1:3>>"),
            (h.float(123456789.0), "123456789.0", "123456789.0", "1.234568e+08"),
            (h.float(1.0e22), "1.0e22", "1.0e22", "1.000000e+22"),
            (
                h.unsigned(true, 1 << 64),
                "-18446744073709551616",
                "-18446744073709551616",
                "-18446744073709551616",
            ),
            (Term::pid(10), "<0.10.0>", "<0.10.0>", "<0.10.0>"),
            (h.reference([1, 2, 3]), "#Ref<0.3.2.1>", "#Ref<0.3.2.1>", "#Ref<0.3.2.1>"),
            (h.tuple(&[]), "{}", "{}", "{}"),
        ];
        for (t, pretty, plain, display) in table {
            assert_eq!(text(t, Style::Pretty), pretty);
            assert_eq!(text(t, Style::Plain), plain);
            assert_eq!(text(t, Style::Display), display);
        }
        let inner = h.tuple(&[Term::small(1), Term::NIL]);
        let pairs = [(Term::small(1), Term::small(2)), (atom("a"), inner)];
        let map = crate::map::from_pairs(h, pairs.into_iter());
        assert_eq!(text(map, Style::Pretty), "#{1 => 2,a => {1,[]}}");
        assert_eq!(text(map, Style::Display), "#{1=>2,a=>{1,[]}}");
        let utf8 = h.binary("hé".as_bytes()).unwrap();
        assert_eq!(text(utf8, Style::PrettyUnicode), "<<\"hé\"/utf8>>");
        assert_eq!(text(utf8, Style::Pretty), "<<\"hÃ©\">>");
        assert_eq!(text(atom("ẞx"), Style::PrettyUnicode), "'ẞx'".to_string());
    }

    #[test]
    fn a_million_levels_and_a_limit() {
        let mut h = FragList::new();
        let deep = (0..1_000_000).fold(Term::NIL, |t, _| h.tuple(&[t]));
        let expect = "{".repeat(1_000_000) + "[]" + &"}".repeat(1_000_000);
        assert_eq!(text(deep, Style::Pretty), expect);
        assert_eq!(text_limited(deep, Style::Pretty, 5), "{{{{{...");
        assert_eq!(text_limited(Term::small(12345), Style::Plain, 5), "12345");
    }
}
