use super::*;
use crate::FragList;
use crate::compare::{cmp, eq};
use proptest::prelude::*;
use std::collections::{BTreeMap, HashMap as StdMap};

/// Checks a map's shape, and that it has just the model's pairs.
fn check(map: Term, model: &BTreeMap<isize, isize>) {
    assert_eq!(size(map), Some(model.len()));
    let mut pairs: Vec<(isize, isize)> =
        Iter::new(map).map(|(k, v)| (k.small_value(), v.small_value())).collect();
    if model.len() <= FLATMAP_MAX {
        assert!(matches!(map.view(), View::FlatMap(_)));
        assert!(pairs.is_sorted());
    }
    pairs.sort_unstable();
    assert!(pairs.iter().copied().eq(model.iter().map(|(&k, &v)| (k, v))));
    for (&k, &v) in model {
        assert_eq!(get(map, Term::small(k)), Some(Term::small(v)));
    }
}

fn of_model(h: &mut FragList, model: &BTreeMap<isize, isize>) -> Term {
    from_pairs(h, model.iter().map(|(&k, &v)| (Term::small(k), Term::small(v))))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn agrees_with_an_ordered_map(ops in prop::collection::vec((0u8..8, 0isize..90, 0isize..4), 0..400)) {
        let mut h = FragList::new();
        let mut model = BTreeMap::new();
        let mut map = empty(&mut h);
        for (op, k, v) in ops {
            let (key, value) = (Term::small(k), Term::small(v));
            match op {
                0..4 => {
                    map = put(&mut h, map, key, value).unwrap();
                    model.insert(k, v);
                }
                4 => {
                    let new = update(&mut h, map, key, value);
                    prop_assert_eq!(new.is_some(), model.contains_key(&k));
                    if let Some(new) = new {
                        map = new;
                        model.insert(k, v);
                    }
                }
                5 => {
                    let gone = remove(&mut h, map, key);
                    prop_assert_eq!(gone.map(|g| g.1), model.remove(&k).map(Term::small));
                    map = gone.map_or(map, |g| g.0);
                }
                6 => {
                    let other: BTreeMap<isize, isize> = (k..k + 20 * v).step_by(3).map(|k| (k, v)).collect();
                    let term = of_model(&mut h, &other);
                    map = merge(&mut h, map, term).unwrap();
                    model.extend(other);
                }
                _ => {
                    let pairs: Vec<_> = (0..v).map(|i| (Term::small(k + i), Term::small(i))).collect();
                    let all = pairs.iter().all(|p| model.contains_key(&p.0.small_value()));
                    let pairs: Vec<[Term; 2]> = pairs.iter().map(|&(k, v)| [k, v]).collect();
                    prop_assert_eq!(put_all(&mut h, map, &pairs, true).is_ok(), all);
                    map = put_all(&mut h, map, &pairs, false).unwrap();
                    model.extend((0..v).map(|i| (k + i, i)));
                }
            }
        }
        check(map, &model);
        // However it came about, it has one shape.
        let direct = of_model(&mut h, &model);
        prop_assert!(eq(map, direct) && eq_exact(map, direct));
        prop_assert_eq!(cmp(map, direct), Ordering::Equal);
        prop_assert_eq!(internal(map), internal(direct));
    }
}

/// Pairs of different integers whose internal hashes are equal.
fn collisions() -> Vec<(isize, isize)> {
    let mut seen = StdMap::new();
    let mut found = Vec::new();
    for n in 0..400_000 {
        let n = n * 300;
        if let Some(m) = seen.insert(internal(Term::small(n)), n) {
            found.push((m, n));
        }
    }
    found
}

#[test]
fn keys_with_equal_hashes() {
    let found = collisions();
    assert!(found.len() >= 2, "this test needs keys with equal hashes");
    let mut h = FragList::new();
    let mut model: BTreeMap<isize, isize> = (-40..0).map(|k| (k, k)).collect();
    let plain = of_model(&mut h, &model);
    let mut map = plain;
    for &(a, b) in &found {
        for k in [b, a] {
            map = put(&mut h, map, Term::small(k), Term::small(1)).unwrap();
            model.insert(k, 1);
        }
    }
    map = put(&mut h, map, Term::small(found[0].0), Term::small(2)).unwrap();
    model.insert(found[0].0, 2);
    check(map, &model);
    let direct = of_model(&mut h, &model);
    assert!(eq_exact(map, direct));
    for &(a, b) in &found {
        for k in [a, b] {
            map = remove(&mut h, map, Term::small(k)).unwrap().0;
            model.remove(&k);
            assert_eq!(get(map, Term::small(k)), None);
        }
    }
    check(map, &model);
    assert!(eq_exact(map, plain));
}

#[test]
fn keys_are_exact_and_shared() {
    let mut h = FragList::new();
    let one = h.float(1.0);
    let map = from_pairs(&mut h, [(Term::small(1), Term::NIL), (one, Term::TRUE)].into_iter());
    assert_eq!(size(map), Some(2));
    let other = h.float(1.0);
    assert_eq!(get(map, other), Some(Term::TRUE));
    let changed = put(&mut h, map, other, Term::FALSE).unwrap();
    let keys = |m: Term| match m.view() {
        View::FlatMap(m) => m.keys_term(),
        _ => Term::NONE,
    };
    assert_eq!(keys(map), keys(changed), "the keys tuple is shared");
    assert_eq!(put(&mut h, map, other, Term::TRUE), Some(map), "nothing to change");
    assert_eq!(get(Term::NIL, other), None);
    assert_eq!(put(&mut h, Term::NIL, other, other), None);
    assert_eq!(put_all(&mut h, map, &[[Term::NIL, one]], true), Err(Some(Term::NIL)));
    assert_eq!(put_all(&mut h, one, &[], true), Err(None));
}

#[test]
fn steps_give_what_one_iteration_gives() {
    let mut heap = FragList::new();
    for size in [0_isize, 1, 20, 32, 33, 400, 5000] {
        let map = from_pairs(&mut heap, (0..size).map(|n| (Term::small(n), Term::small(-n))));
        let whole: Vec<(isize, isize)> =
            Iter::new(map).map(|(k, v)| (k.small_value(), v.small_value())).collect();
        for step in [1, 7, 100] {
            let (mut place, mut seen) = (0, Vec::new());
            loop {
                let pairs: Vec<_> = Iter::from_place(map, place).take(step).collect();
                seen.extend(pairs.iter().map(|(k, v)| (k.small_value(), v.small_value())));
                let Some(last) = pairs.last() else { break };
                place = Iter::place_after(map, last.0);
                assert!(place > 0 && place < 1 << 59);
            }
            assert_eq!(seen, whole, "{size} in steps of {step}");
        }
    }
}
