//! The memory and the order of terms; operations are tested in tests/filetests/interp.

use super::*;
use crate::text::{parse_file, parse_term};
use core::cmp::Ordering;

const WORDS: [WordSize; 2] = [WordSize::W32, WordSize::W64];

/// Terms in ascending order.
const SORTED: &[&str] = &[
    "-100000000000000000000000000000",
    "-1.0e20",
    "-576460752303423489",
    "-134217729",
    "-1",
    "0",
    "0.5",
    "1",
    "134217728",
    "9007199254740993",
    "576460752303423488",
    "1.0e300",
    "a",
    "aa",
    "b",
    "fun a:b/1",
    "{}",
    "{1}",
    "{2.5}",
    "{a}",
    "{1, 1}",
    "#{}",
    "#{a => 2}",
    "#{b => 1}",
    "#{1 => 1, a => 1}",
    "[]",
    "[1 | a]",
    "[1]",
    "[1, 2]",
    "[2]",
    "<<>>",
    "<<0:1>>",
    "<<1>>",
    "<<1,2>>",
    "<<1,2,1:3>>",
    "<<2>>",
];

#[test]
fn terms_survive_memory_and_moves() {
    for word in WORDS {
        let mut mem = Memory::new(word, 1 << 16);
        let words: Vec<u64> = SORTED.iter().map(|s| mem.build(&parse_term(s).unwrap()).unwrap()).collect();
        let mut all = mem.make_tuple(&words).unwrap();
        for _ in 0..3 {
            let before = mem.heap_words();
            let mut mover = mem.begin_move();
            let moved = mover.relocate(all).unwrap();
            mover.finish().unwrap();
            assert_ne!(moved, all, "the object has moved");
            assert!(mem.load(all - 2).is_err(), "the old address leads nowhere");
            assert!(mem.heap_words() <= before);
            all = moved;
            let items = mem.tuple_elements(all).unwrap().unwrap();
            for (&t, text) in items.iter().zip(SORTED) {
                assert_eq!(mem.read(t).unwrap(), parse_term(text).unwrap());
            }
        }
    }
}

#[test]
fn terms_are_ordered() {
    for word in WORDS {
        let mut mem = Memory::new(word, 1 << 16);
        let terms: Vec<u64> = SORTED.iter().map(|s| mem.build(&parse_term(s).unwrap()).unwrap()).collect();
        let again: Vec<u64> = SORTED.iter().map(|s| mem.build(&parse_term(s).unwrap()).unwrap()).collect();
        for (i, &a) in terms.iter().enumerate() {
            for (j, &b) in again.iter().enumerate() {
                for mode in [Mode::Value, Mode::Exact] {
                    let order = compare(&mem, a, b, mode).unwrap();
                    if mode == Mode::Value {
                        assert_eq!(order, i.cmp(&j), "{} {}", SORTED[i], SORTED[j]);
                    } else {
                        assert_eq!(order == Ordering::Equal, i == j, "{} {}", SORTED[i], SORTED[j]);
                    }
                }
            }
        }
    }
}

#[test]
fn integers_and_floats_compare_by_value() {
    let mut mem = Memory::new(WordSize::W64, 1 << 16);
    let cases = [
        ("1", "1.0", Ordering::Equal),
        ("{1, a}", "{1.0, a}", Ordering::Equal),
        ("9007199254740993", "9007199254740992.0", Ordering::Greater),
        ("-9007199254740993", "-9007199254740992.0", Ordering::Less),
        ("0", "0.25", Ordering::Less),
        ("0", "-0.25", Ordering::Greater),
        ("0", "-0.0", Ordering::Equal),
        ("-3", "-2.5", Ordering::Less),
        ("#{1 => a}", "#{1.0 => a}", Ordering::Less),
        ("#{a => 1}", "#{a => 1.0}", Ordering::Equal),
    ];
    for (a, b, order) in cases {
        let x = mem.build(&parse_term(a).unwrap()).unwrap();
        let y = mem.build(&parse_term(b).unwrap()).unwrap();
        assert_eq!(compare(&mem, x, y, Mode::Value).unwrap(), order, "{a} {b}");
        assert_eq!(compare(&mem, y, x, Mode::Value).unwrap(), order.reverse(), "{b} {a}");
        assert_ne!(compare(&mem, x, y, Mode::Exact).unwrap(), Ordering::Equal, "{a} {b}");
    }
}

#[test]
fn deep_terms_need_no_recursion() {
    let mut mem = Memory::new(WordSize::W64, 1 << 22);
    let mut nest = || (0..200_000).try_fold(term::NIL, |t, _| mem.make_tuple(&[t])).unwrap();
    let (a, b) = (nest(), nest());
    assert_eq!(compare(&mem, a, b, Mode::Exact).unwrap(), Ordering::Equal);
    let mut mover = mem.begin_move();
    mover.relocate(a).unwrap();
    mover.finish().unwrap();
    assert_eq!(mem.heap_words(), 400_000);
}

#[test]
fn every_run_ends() {
    let text = "function t:spin/0 index 0 word 64 stage beam {\nb0:\n  jump b1\nb1:\n  jump b1\n}\n\
        function t:grow/1 index 1 word 64 stage beam {\n  func fn0 = local 1 grow/1\nb0(v0: term):\n  \
        v1: term = cons v0, v0\n  v2: term = call fn0(v1)\n  return v2\n}\n";
    let file = parse_file(text).unwrap();
    let program = Program::new(file.functions.iter().map(|f| &f.func), file.literals.clone());
    for moving in [false, true] {
        let config = Config { moving, fuel: 200_000, ..Config::new(WordSize::W64) };
        let call = |name: &str, args: &[Term]| {
            let mfa = Mfa { module: "t".into(), name: name.into(), arity: args.len() as u32 };
            run(&program, &mut DefaultHost::default(), config, &mfa, args).unwrap_err().fault
        };
        assert_eq!(call("spin", &[]), Fault::OutOfFuel);
        let fault = call("grow", &[Term::NIL]);
        assert!(fault == Fault::OutOfMemory || fault == Fault::OutOfFuel, "{fault}");
    }
}

/// Changed programs: whatever the verifier accepts runs to an outcome or a trap.
#[test]
fn accepted_programs_never_panic() {
    let core = include_str!("../../../tests/filetests/interp/core64.lir");
    let mut rng = crate::testgen::Rng::new(3);
    let (mut accepted, mut traps) = (0, 0);
    for round in 0..1500 {
        let text = match round % 3 {
            0 => core.to_owned(),
            _ => crate::testgen::module(round, crate::testgen::Options::new(WordSize::W64)).text(),
        };
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for _ in 0..=rng.below(3) {
            change(&mut lines, &mut rng);
        }
        let Ok(file) = parse_file(&lines.join("\n")) else { continue };
        let good: Vec<&Function> =
            file.functions.iter().map(|f| &f.func).filter(|f| crate::verify(f).is_ok()).collect();
        accepted += good.len();
        let program = Program::new(good.iter().copied(), file.literals.clone());
        for f in &good {
            let args: Vec<Term> = (0..f.arity)
                .map(|n| ["{a, [b]}", "5", "[1, 2]"][n as usize % 3])
                .map(|t| parse_term(t).unwrap())
                .collect();
            let mfa = Mfa { module: f.module.clone(), name: f.name.clone(), arity: f.arity };
            let config = Config { moving: round % 2 == 0, fuel: 20_000, ..Config::new(WordSize::W64) };
            traps += usize::from(run(&program, &mut DefaultHost::default(), config, &mfa, &args).is_err());
        }
    }
    assert!(accepted > 1000 && traps > 100, "too little is tested: {accepted} accepted, {traps} traps");
}

/// Changes a line: takes it out, puts it elsewhere, or changes a number in it.
fn change(lines: &mut Vec<String>, rng: &mut crate::testgen::Rng) {
    let at = rng.below(lines.len());
    match rng.below(6) {
        0 => drop(lines.remove(at)),
        1 => {
            let to = (at + rng.below(4)).min(lines.len() - 1);
            lines.swap(at, to);
        }
        _ => {
            let digits: Vec<usize> =
                lines[at].match_indices(|c: char| c.is_ascii_digit()).map(|(i, _)| i).collect();
            if !digits.is_empty() {
                let i = *rng.pick(&digits);
                let digit = rng.below(10).to_string();
                lines[at].replace_range(i..=i, &digit);
            }
        }
    }
}
