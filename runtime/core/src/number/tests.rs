use super::*;
use crate::FragList;
use crate::term::{SMALL_MAX, SMALL_MIN};
use dashu_int::IBig;
use proptest::prelude::*;
use std::string::ToString;

/// A model integer as a term.
fn term(h: &mut FragList, n: &IBig) -> Term {
    let (sign, words) = n.as_sign_words();
    let words: Vec<usize> = words.iter().map(|&w| w as usize).collect();
    h.big(sign == dashu_int::Sign::Negative, &words)
}

fn model(t: Term) -> IBig {
    let mut buf = [0];
    let i = Int::of(t, &mut buf).expect("an integer");
    let magnitude = IBig::from(limbs::to_dashu(i.limbs));
    if let View::Big(b) = t.view() {
        assert_ne!(*b.limbs.last().unwrap(), 0, "normalised");
        assert!(magnitude > IBig::from(SMALL_MAX), "not a small in disguise");
    }
    if i.negative { -magnitude } else { magnitude }
}

/// Integers of all sizes, with many near the borders of representations.
fn integer() -> impl Strategy<Value = IBig> {
    prop_oneof![
        any::<i64>().prop_map(IBig::from),
        any::<i8>().prop_map(IBig::from),
        (0usize..200, -2i64..3, any::<bool>()).prop_map(|(shift, d, neg)| {
            let n = (IBig::from(1) << shift) + IBig::from(d);
            if neg { -n } else { n }
        }),
        (prop::collection::vec(any::<u64>(), 0..70), any::<bool>()).prop_map(|(words, neg)| {
            let n = words.iter().fold(IBig::from(0), |n, &w| (n << 64) + IBig::from(w));
            if neg { -n } else { n }
        }),
    ]
}

type Op = fn(&mut dyn Alloc, Term, Term) -> Result;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn integers_agree_with_the_model(a in integer(), b in integer(), n in 0usize..300) {
        let mut h = FragList::new();
        let (x, y) = (term(&mut h, &a), term(&mut h, &b));
        let table: [(Op, IBig); 6] = [
            (add, &a + &b), (sub, &a - &b), (mul, &a * &b),
            (band, &a & &b), (bor, &a | &b), (bxor, &a ^ &b),
        ];
        for (op, expect) in table {
            prop_assert_eq!(model(op(&mut h, x, y).unwrap()), expect);
        }
        if b != IBig::from(0) {
            prop_assert_eq!(model(idiv(&mut h, x, y).unwrap()), &a / &b);
            prop_assert_eq!(model(irem(&mut h, x, y).unwrap()), &a % &b);
        } else {
            prop_assert_eq!(idiv(&mut h, x, y), Err(NumError::Badarith));
            prop_assert_eq!(irem(&mut h, x, y), Err(NumError::Badarith));
        }
        prop_assert_eq!(model(neg(&mut h, x).unwrap()), -a.clone());
        prop_assert_eq!(model(bnot(&mut h, x).unwrap()), -a.clone() - IBig::from(1));
        let count = Term::small(n as isize);
        let minus = Term::small(-(n as isize));
        let (left, right) = (a.clone() << n, a.clone() >> n);
        prop_assert_eq!(model(bsl(&mut h, x, count).unwrap()), left.clone());
        prop_assert_eq!(model(bsr(&mut h, x, minus).unwrap()), left);
        prop_assert_eq!(model(bsr(&mut h, x, count).unwrap()), right.clone());
        prop_assert_eq!(model(bsl(&mut h, x, minus).unwrap()), right);
        let (mut p, mut q) = ([0], [0]);
        prop_assert_eq!(cmp_ints(Int::of(x, &mut p).unwrap(), Int::of(y, &mut q).unwrap()), a.cmp(&b));
    }

    #[test]
    fn floats_and_integers(a in integer(), m in any::<i64>(), e in -80i32..80) {
        let mut h = FragList::new();
        let x = term(&mut h, &a);
        let near: f64 = a.to_string().parse().unwrap();
        prop_assert_eq!(to_f64(x), near.is_finite().then_some(near), "nearest, ties to even");
        let f = m as f64 * 2f64.powi(e);
        for f in [f, near, near + near * 1e-16, near - 0.5] {
            if !f.is_finite() { continue; }
            let t = h.float(f);
            // The float's floor as a model integer, from its exact decimal text.
            let whole = std::format!("{:.0}", f.trunc());
            let whole: IBig = whole.parse().unwrap();
            prop_assert_eq!(model(to_integer(&mut h, t, Rounding::Trunc).unwrap()), whole.clone());
            let expect = a.cmp(&whole).then(0.0f64.partial_cmp(&(f - f.trunc())).unwrap());
            prop_assert_eq!(cmp_int_float(Int::of(x, &mut [0]).unwrap(), f), expect);
            for (how, r) in
                [(Rounding::Floor, f.floor()), (Rounding::Ceil, f.ceil()), (Rounding::Round, f.round())]
            {
                let expect: IBig = std::format!("{r:.0}").parse().unwrap();
                prop_assert_eq!(model(to_integer(&mut h, t, how).unwrap()), expect);
            }
        }
    }
}

#[test]
fn borders_of_small() {
    let mut h = FragList::new();
    let (max, min, one) = (Term::small(SMALL_MAX), Term::small(SMALL_MIN), Term::small(1));
    let over = add(&mut h, max, one).unwrap();
    assert!(!over.is_small());
    assert_eq!(sub(&mut h, over, one), Ok(max));
    let under = sub(&mut h, min, one).unwrap();
    assert_eq!(add(&mut h, under, one), Ok(min));
    assert_eq!(model(idiv(&mut h, min, Term::small(-1)).unwrap()), -IBig::from(SMALL_MIN));
    assert_eq!(irem(&mut h, min, Term::small(-1)), Ok(Term::small(0)));
    let big = neg(&mut h, min).unwrap();
    assert_eq!(neg(&mut h, big), Ok(min));
}

#[test]
fn errors_have_their_kinds() {
    let mut h = FragList::new();
    let (one, zero) = (Term::small(1), Term::small(0));
    let big_float = h.float(1e308);
    assert_eq!(add(&mut h, one, Term::NIL), Err(NumError::Badarith));
    assert_eq!(add(&mut h, big_float, big_float), Err(NumError::Badarith));
    assert_eq!(mul(&mut h, big_float, Term::small(100)), Err(NumError::Badarith));
    assert_eq!(fdiv(&mut h, one, zero), Err(NumError::Badarith));
    assert_eq!(band(&mut h, one, big_float), Err(NumError::Badarith));
    assert_eq!(to_integer(&mut h, Term::NIL, Rounding::Trunc), Err(NumError::Badarg));
    let limit = Term::small(MAX_BITS as isize);
    assert_eq!(bsl(&mut h, one, limit), Err(NumError::SystemLimit));
    let largest = bsl(&mut h, one, Term::small(MAX_BITS as isize - 1)).unwrap();
    assert_eq!(add(&mut h, largest, largest), Err(NumError::SystemLimit));
    assert_eq!(mul(&mut h, largest, largest), Err(NumError::SystemLimit));
    assert_eq!(bsl(&mut h, one, largest), Err(NumError::SystemLimit));
    assert_eq!(bsl(&mut h, zero, largest), Ok(zero));
    assert_eq!(bsr(&mut h, Term::small(-5), largest), Ok(Term::small(-1)));
    assert_eq!(fdiv(&mut h, largest, one), Err(NumError::Badarith), "too large for a float");
    assert_eq!(to_f64(largest), None);
}
