//! Small helpers over terms that several parts of the runtime share.

use crate::process::Process;
use linac_abi::term::FixedAtom;
use linac_core::number::NumError;
use linac_core::print::{self, Style};
use linac_core::{Atom, Build, Term};

/// The atom that names a number error.
pub fn number_error(error: NumError) -> FixedAtom {
    match error {
        NumError::Badarith => FixedAtom::Badarith,
        NumError::Badarg => FixedAtom::Badarg,
        NumError::SystemLimit => FixedAtom::SystemLimit,
    }
}

/// The atom of this name, which the runtime chose: there is room for it, or nothing works any more.
pub fn atom(text: &str) -> Term {
    Atom::new(text).map_or(Term::fixed(FixedAtom::Undefined), Term::atom)
}

/// `{badmap, term}`
pub fn badmap(p: &mut Process, term: Term) -> Term {
    p.heap.tuple(&[Term::fixed(FixedAtom::Badmap), term])
}

/// `{badkey, key}`
pub fn badkey(p: &mut Process, key: Term) -> Term {
    p.heap.tuple(&[Term::fixed(FixedAtom::Badkey), key])
}

/// Length of a proper list.
pub fn list_length(list: Term) -> Option<usize> {
    let mut rest = list;
    let mut length = 0;
    while let Some([_, tail]) = rest.as_cons() {
        rest = *tail;
        length += 1;
    }
    rest.is_nil().then_some(length)
}

/// Elements of a list, whatever its tail.
pub fn list_items(list: Term) -> impl Iterator<Item = Term> {
    let mut rest = list;
    std::iter::from_fn(move || {
        let [head, tail] = rest.as_cons()?;
        rest = *tail;
        Some(*head)
    })
}

/// Elements of a proper list.
pub fn proper_list(list: Term) -> Option<Vec<Term>> {
    let mut items = Vec::new();
    let mut rest = list;
    while let Some([head, tail]) = rest.as_cons() {
        items.push(*head);
        rest = *tail;
    }
    rest.is_nil().then_some(items)
}

/// The character that an integer is.
pub fn character(t: Term) -> Option<char> {
    char::from_u32(u32::try_from(t.as_small()?).ok()?)
}

/// The term as `erlang:display/1` shows it.
pub fn text(term: Term) -> String {
    print::text(term, Style::Display)
}

/// The term as `io_lib:format("~0p")` writes it: the form of results.
pub fn pretty(term: Term) -> String {
    print::text(term, Style::Pretty)
}

/// The term's text, cut off when it is long.
pub fn brief(term: Term) -> String {
    print::text_limited(term, Style::Display, 200)
}
