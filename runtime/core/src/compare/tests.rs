use super::*;
use crate::{Build, FragList};
use std::vec::Vec;

fn check_sorted(terms: &[Term]) {
    for (i, &a) in terms.iter().enumerate() {
        for (j, &b) in terms.iter().enumerate() {
            assert_eq!(cmp(a, b), i.cmp(&j), "{i} and {j}");
            assert_eq!(eq(a, b), i == j);
            assert_eq!(eq_exact(a, b), i == j);
            assert_eq!(lt(a, b), i < j);
            assert!(i > j || order_hint(a) <= order_hint(b), "hints of {i} and {j}");
        }
    }
}

#[test]
fn kinds_in_order() {
    let mut h = FragList::new();
    let atom = |s| Term::atom(crate::Atom::new(s).unwrap());
    let mut list: Vec<Term> = std::vec![
        h.unsigned(true, 1 << 100),
        h.float(-1e20),
        Term::small(-1),
        h.float(-0.5),
        Term::small(0),
        h.float(0.5),
        Term::small(1),
        h.float(1e30),
        h.unsigned(false, 1 << 100),
    ];
    list.extend([atom("a"), atom("ab"), atom("b"), atom("å")]);
    list.push(h.reference([9, 9, 1]));
    list.push(h.reference([1, 1, 2]));
    list.push(h.fun(100, 1, &[Term::small(1)]));
    list.push(h.fun(100, 1, &[Term::small(2)]));
    list.extend([Term::port(1), Term::port(2), Term::pid(1), Term::pid(2)]);
    list.push(h.tuple(&[]));
    list.push(h.tuple(&[Term::NIL]));
    list.push(h.tuple(&[Term::small(1), Term::small(5)]));
    list.push(h.tuple(&[Term::small(2), Term::small(1)]));
    let pairs = |n: isize, v: isize| (0..n).map(move |i| (Term::small(i), Term::small(i + v)));
    list.push(crate::map::from_pairs(&mut h, pairs(0, 0)));
    list.push(crate::map::from_pairs(&mut h, pairs(3, 0)));
    list.push(crate::map::from_pairs(&mut h, pairs(3, 1)));
    list.push(crate::map::from_pairs(&mut h, pairs(4, 0)));
    list.push(crate::map::from_pairs(&mut h, pairs(100, 0)));
    list.push(crate::map::from_pairs(&mut h, pairs(100, 1)));
    list.push(crate::map::from_pairs(&mut h, pairs(99, 0).chain([(Term::NIL, Term::NIL)])));
    list.push(Term::NIL);
    list.push(h.list(&[Term::small(1)]));
    list.push(h.list(&[Term::small(1), Term::small(0)]));
    list.push(h.list(&[Term::small(2)]));
    list.push(h.bitstring(&[], 0).unwrap());
    list.push(h.bitstring(&[1], 8).unwrap());
    list.push(h.bitstring(&[1, 0x80], 9).unwrap());
    list.push(h.binary(&[2; 100]).unwrap());
    check_sorted(&list);
}

#[test]
fn integers_and_floats() {
    let mut h = FragList::new();
    let (one, one_f) = (Term::small(1), h.float(1.0));
    assert!(eq(one, one_f) && !eq_exact(one, one_f));
    assert_eq!((cmp_exact(one, one_f), cmp_exact(one_f, one)), (Ordering::Less, Ordering::Greater));
    assert_eq!(cmp_exact(Term::small(1000), one_f), Ordering::Less, "integers first in key order");
    let (zero, minus_zero) = (h.float(0.0), h.float(-0.0));
    assert!(eq(zero, minus_zero) && !eq_exact(zero, minus_zero));
    assert_eq!(cmp_exact(minus_zero, zero), Ordering::Less);
    // 2^53 + 1 is no float: it must not be equal to its neighbours.
    let n = h.integer((1 << 53) + 1);
    let f = h.float((1u64 << 53) as f64);
    assert_eq!(cmp(n, f), Ordering::Greater);
    let big = h.big(false, &[1, 0, 0, 1]);
    let near = h.float(crate::number::to_f64(big).unwrap());
    assert_eq!(cmp(big, near), Ordering::Greater);
    // Inside structures, and in the keys and values of maps.
    let (x, y) = (h.tuple(&[one]), h.tuple(&[one_f]));
    assert!(eq(x, y) && !eq_exact(x, y));
    let [k1, k2] = [one, one_f].map(|k| crate::map::from_pairs(&mut h, [(k, Term::NIL)].into_iter()));
    assert!(!eq(k1, k2), "keys compare exactly");
    let [v1, v2] = [one, one_f].map(|v| crate::map::from_pairs(&mut h, [(Term::NIL, v)].into_iter()));
    assert!(eq(v1, v2) && !eq_exact(v1, v2), "values do not");
    for n in [10, 50] {
        let mut map = |k: Term, v: Term| {
            let rest = (2..n).map(|i| (Term::small(i), Term::NIL));
            crate::map::from_pairs(&mut h, rest.chain([(k, v)]))
        };
        let (a, b, c) = (map(Term::small(1), one), map(Term::small(1), one_f), map(one_f, one));
        assert!(eq(a, b) && !eq_exact(a, b) && !eq(a, c));
        assert_eq!((cmp(a, b), cmp(a, c)), (Ordering::Equal, Ordering::Less));
        assert_eq!((cmp_exact(a, b), cmp_exact(c, b)), (Ordering::Less, Ordering::Greater));
    }
}

#[test]
fn hints_grow_with_terms() {
    let mut h = FragList::new();
    let mut terms: Vec<Term> = Vec::new();
    for n in [0, 1, 2, 255, 1 << 31, (1 << 31) + 1, 1 << 49, (1 << 53) + 1, (1 << 59) - 1] {
        terms.extend([n, -n].map(|n| h.integer(n)));
        terms.extend([n as f64, -n as f64, n as f64 + 0.5].map(|f| h.float(f)));
    }
    terms.extend([h.big(true, &[1; 20]), h.big(false, &[1; 20]), h.float(f64::MAX), h.float(f64::MIN)]);
    terms.extend(["", "a", "abcd", "abcde", "b"].map(|text| Term::atom(crate::Atom::new(text).unwrap())));
    let bytes = [0x80, 0x40, 0, 0, 1, 2, 3, 4, 5];
    terms.extend(
        [0, 1, 2, 7, 8, 9, 16, 55, 56, 57, 72]
            .map(|n: usize| h.bitstring(&bytes[..n.div_ceil(8)], n).unwrap()),
    );
    let whole = *terms.last().unwrap();
    terms.extend([1, 3, 9].map(|from| crate::binary::sub_bits(&mut h, whole, from, 60).unwrap()));
    for i in 0..terms.len() {
        let (t, next) = (terms[i], terms[(i + 7) % terms.len()]);
        terms.extend([h.tuple(&[t]), h.tuple(&[t, next]), h.tuple(&[next, t]), h.list(&[t, next])]);
    }
    let nested = h.tuple(&[terms[terms.len() - 2]]);
    terms.extend([
        nested,
        h.tuple(&[]),
        Term::NIL,
        h.tuple(&[Term::NIL; 5000]),
        h.tuple(&[Term::small(1); 5000]),
    ]);
    for &a in &terms {
        for &b in &terms {
            let (known, hints) = (cmp(a, b), order_hint(a).cmp(&order_hint(b)));
            assert!(hints.is_eq() || known == hints, "{a:?} {b:?}");
            let machine = Machine::new(Mode { exact: false, equality: false }).run(a, b);
            assert_eq!(known, machine, "{a:?} {b:?}");
        }
    }
}

#[test]
fn a_million_levels() {
    let mut h = FragList::new();
    let builders: [fn(&mut FragList, Term) -> Term; 4] = [
        |h, t| h.tuple(&[t, Term::NIL]),
        |h, t| h.cons(t, Term::NIL),
        |h, t| h.cons(Term::NIL, t),
        |h, t| crate::map::flat_with_keys(h, Term::NIL, &[t]),
    ];
    for (i, build) in builders.iter().enumerate() {
        let keys = h.tuple(&[Term::NIL]);
        let mut nest = |leaf: isize| {
            (0..1_000_000).fold(Term::small(leaf), |t, _| match i {
                3 => crate::map::flat_with_keys(&mut h, keys, &[t]),
                _ => build(&mut h, t),
            })
        };
        let (a, b, c) = (nest(1), nest(1), nest(2));
        assert!(eq(a, b) && eq_exact(a, b));
        assert_eq!((cmp(a, c), cmp(c, b)), (Ordering::Less, Ordering::Greater));
    }
}

#[test]
fn large_maps_as_keys_of_large_maps() {
    // Making such a map hashes all levels below, so a million of them is not for a test: a small native stack
    // shows as well that nothing recurses.
    let work = || {
        let mut h = FragList::new();
        let mut nest = |leaf: isize| {
            (0..500).fold(Term::small(leaf), |t, _| {
                let rest = (0..33).map(|i| (Term::small(i + 10), Term::NIL));
                crate::map::from_pairs(&mut h, rest.chain([(t, Term::NIL)]))
            })
        };
        let (a, b, c) = (nest(1), nest(1), nest(2));
        assert!(eq_exact(a, b));
        assert_eq!(cmp(a, b), Ordering::Equal);
        assert_eq!((cmp(a, c), cmp(c, b)), (Ordering::Less, Ordering::Greater));
    };
    std::thread::Builder::new().stack_size(64 << 10).spawn(work).unwrap().join().unwrap();
}
