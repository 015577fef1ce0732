//! Terms and floats with what the reference VM makes of them (`make_vectors.escript` writes the file).

use linac_core::etf::{NoLinks, decode, encode};
use linac_core::numtext::{FloatFormat, float_text};
use linac_core::print::{Style, text};
use linac_core::{FragList, Term, compare, hash, map};
use std::cmp::Ordering;

const VECTORS: &str = include_str!("vectors.txt");

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect()
}

fn term(hex: &str) -> (FragList, Term) {
    let bytes = bytes(hex);
    let (frags, t, used) = decode(&bytes, &mut NoLinks).unwrap_or_else(|e| panic!("{e}: {hex}"));
    assert_eq!(used, bytes.len());
    (frags, t)
}

/// The lines of a kind, split at blanks.
fn lines(kind: &str) -> impl Iterator<Item = Vec<&'static str>> {
    VECTORS.lines().map(|l| l.split(' ').collect::<Vec<_>>()).filter(move |l| match kind {
        "" => l[0] != "f" && l[0] != "o",
        _ => l[0] == kind,
    })
}

#[test]
fn external_format_hash_and_text() {
    let mut ran = 0;
    for line in lines("") {
        let (_frags, t) = term(line[0]);
        let mut again = Vec::new();
        encode(t, &mut again, &NoLinks).unwrap();
        if line[2] == "-" {
            // The order of pairs is not defined: the same term must come back.
            let (_other, back, _) = decode(&again, &mut NoLinks).unwrap();
            assert!(compare::eq_exact(t, back));
            assert_eq!(hash::internal(t), hash::internal(back));
        } else {
            assert_eq!(again, bytes(line[0]), "{}", line[0]);
            let expect = |i: usize| String::from_utf8(bytes(&line[i][1..])).unwrap();
            assert_eq!(text(t, Style::Pretty), expect(2));
            assert_eq!(text(t, Style::Plain), expect(3));
        }
        assert_eq!(hash::phash2(t).to_string(), line[1], "{}", line[0]);
        ran += 1;
    }
    assert!(ran > 250, "{ran}");
}

#[test]
fn short_floats() {
    let mut ran = 0;
    for line in lines("f") {
        let f = f64::from_bits(u64::from_str_radix(line[1], 16).unwrap());
        assert_eq!(float_text(f, FloatFormat::Short), line[2]);
        ran += 1;
    }
    assert!(ran > 400, "{ran}");
}

/// Does the term hold a map whose order against another depends on the numbers of atoms?
fn has_map(t: Term) -> bool {
    use linac_core::View;
    match t.view() {
        View::FlatMap(_) | View::HashMap(_) => map::size(t) > Some(1),
        View::Tuple(e) => e.iter().any(|&e| has_map(e)),
        View::Cons([h, tail]) => has_map(*h) || has_map(*tail),
        _ => false,
    }
}

#[test]
fn term_order() {
    let mut ran = 0;
    let mut previous: Option<(FragList, Term)> = None;
    for line in lines("o") {
        let this = term(line[1]);
        if let Some((_, p)) = &previous
            && !(has_map(*p) && has_map(this.1))
        {
            let expect = if line[2] == "=" { Ordering::Equal } else { Ordering::Less };
            assert_eq!(compare::cmp(*p, this.1), expect, "{}", line[1]);
            assert_eq!(compare::cmp(this.1, *p), expect.reverse(), "{}", line[1]);
            assert_eq!(compare::eq(this.1, *p), expect.is_eq(), "{}", line[1]);
            ran += 1;
        }
        previous = Some(this);
    }
    assert!(ran > 250, "{ran}");
}
