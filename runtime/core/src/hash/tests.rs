use super::*;
use crate::{Atom, Build, FragList};

/// Cells of funs that this test makes up.
fn resolve(cell: usize) -> Option<FunInfo> {
    let [module, function] = ["lists", "map"].map(|s| Atom::new(s).unwrap());
    match cell {
        0x1000 => Some(FunInfo::Export { module, function }),
        0x1008 => Some(FunInfo::Local { module, index: 1, uniq: 77 }),
        0x1010..0x1020 => {
            let module = Atom::new("ft").unwrap();
            Some(FunInfo::Local { module, index: (cell - 0x1010) as u32, uniq: 12286452 })
        }
        _ => None,
    }
}

#[test]
fn what_has_no_portable_form_in_files() {
    // Numbers from the reference VM.
    fun::set_resolver(resolve);
    let mut h = FragList::new();
    let map = h.fun(0x1000, 2, &[]);
    assert_eq!(phash2(map), 840287883);
    let a = Term::atom(Atom::new("a").unwrap());
    let pair = h.tuple(&[a, map]);
    assert_eq!(phash2(pair), 2405826249);
    assert_eq!(crate::print::text(pair, crate::print::Style::Pretty), "{a,fun lists:map/2}");
    assert_eq!(phash2(Term::pid(10)), 3489961716);
    assert_eq!(phash2(Term::port(0)), 2167609773);
    let r = h.reference([4427, 1001914370, 2788879201]);
    assert_eq!(phash2(r), 2284856374);
    // fun(Z) -> Z + 1 end, and fun(Y) -> {X, Y} end with X = 5 and X = {a, "b"}, of a module ft.
    let plain = h.fun(0x1011, 1, &[]);
    assert_eq!(phash2(plain), 1793733227);
    let five = h.fun(0x1010, 1, &[Term::small(5)]);
    assert_eq!(phash2(five), 4184918736);
    let b = h.string("b");
    let x = h.tuple(&[a, b]);
    let with_tuple = h.fun(0x1010, 1, &[x]);
    assert_eq!(phash2(with_tuple), 2025322603);
    let local = h.fun(0x1008, 1, &[Term::NIL]);
    assert_eq!(crate::print::text(local, crate::print::Style::Pretty), "#Fun<lists.1.77>");
    assert!(crate::compare::lt(local, map), "local funs come first");
}

#[test]
fn internal_hash_tells_identities_apart() {
    let mut h = FragList::new();
    let r = h.reference([1, 2, 3]);
    let s = h.reference([1, 2, 4]);
    assert_eq!(phash2(r), phash2(s), "the portable hash takes the first number only");
    assert_ne!(internal(r), internal(s));
    let [p, q] = [1 << 20, 1 << 21].map(|n| h.tuple(&[Term::pid(n)]));
    assert_ne!(internal(p), internal(q));
}

#[test]
fn a_million_levels() {
    let mut h = FragList::new();
    let mut nest = |leaf| (0..1_000_000).fold(Term::small(leaf), |t, _| h.tuple(&[t, Term::NIL]));
    let (a, b, c) = (nest(1), nest(1), nest(2));
    assert_eq!(internal(a), internal(b));
    assert_ne!(internal(a), internal(c));
    let keys = h.tuple(&[Term::NIL]);
    let maps = (0..1_000_000).fold(Term::NIL, |t, _| map::flat_with_keys(&mut h, keys, &[t]));
    assert_eq!(phash2(maps), phash2(maps));
}
