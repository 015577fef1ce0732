use super::*;
use crate::interp::{Config, DefaultHost, Fault, Program, TermOutcome, run};
use crate::text::{parse_file, print};
use crate::verify;

fn outcomes(m: &Module, config: Config) -> Vec<TermOutcome> {
    let program = Program::new(&m.functions, m.literals.clone());
    m.calls
        .iter()
        .map(|args| {
            run(&program, &mut DefaultHost::default(), config, &m.entry, args)
                .unwrap_or_else(|trap| panic!("{trap}\n{}", m.text()))
        })
        .collect()
}

#[test]
fn modules_are_valid_and_print_and_run() {
    let (mut values, mut raised) = (0, 0);
    for seed in 0..300 {
        let m = module(seed, Options::new(WordSize::W64));
        for f in &m.functions {
            if let Err(errors) = verify(f) {
                let list: Vec<String> = errors.iter().map(|e| e.to_string()).collect();
                panic!("seed {seed}: {}\n{}", list.join("\n"), print(f));
            }
        }
        let text = m.text();
        let file = parse_file(&text).unwrap_or_else(|e| panic!("seed {seed}: {e}\n{text}"));
        for (f, g) in m.functions.iter().zip(&file.functions) {
            assert_eq!(print(f), print(&g.func), "seed {seed}");
        }
        assert_eq!(m.literals, file.literals);
        let plain = outcomes(&m, Config::new(WordSize::W64));
        for outcome in &plain {
            match outcome {
                TermOutcome::Value(_) => values += 1,
                TermOutcome::Raise(..) => raised += 1,
            }
        }
        let moving = outcomes(&m, Config { moving: true, ..Config::new(WordSize::W64) });
        assert_eq!(plain, moving, "seed {seed}: the outcome depends on where objects are\n{text}");
        // Meaning is free of the word size: the same seed makes the same code for both.
        let narrow = outcomes(&module(seed, Options::new(WordSize::W32)), Config::new(WordSize::W32));
        assert_eq!(plain, narrow, "seed {seed}: the outcome depends on the word size\n{text}");
    }
    assert!(values > 200 && raised > 50, "one-sided: {values} values, {raised} exceptions");
}

#[test]
fn the_same_seed_gives_the_same_module() {
    let text = |seed| module(seed, Options::new(WordSize::W64)).text();
    assert_eq!(text(7), text(7));
    assert_ne!(text(7), text(8));
}

#[test]
fn every_construct_occurs() {
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..200 {
        for f in &module(seed, Options::new(WordSize::W64)).functions {
            seen.extend(f.insts.values().map(|i| i.op));
        }
    }
    use crate::Opcode::*;
    let wanted = [
        Add,
        Sub,
        Mul,
        FDiv,
        IDiv,
        IRem,
        Neg,
        Band,
        Bor,
        Bxor,
        Bnot,
        Bsl,
        Bsr,
        Bif,
        Is,
        IsTupleArity,
        IsTaggedTuple,
        EqExact,
        Eq,
        Lt,
        BoolNot,
        BoolAnd,
        BoolOr,
        BoolToTerm,
        Hd,
        Tl,
        Element,
        Cons,
        Tuple,
        MakeFun,
        UpdateRecord,
        BsCreate,
        BsStart,
        BsLeft,
        BsSkip,
        BsPart,
        BsInteger,
        BsFloat,
        BsUtf,
        BsUtfSize,
        BsEqual,
        MapGet,
        MapPutAssoc,
        MapPutExact,
        ToF64,
        BoxF64,
        UnboxF64,
        F64Const,
        FAdd,
        FSub,
        FMul,
        FDivF,
        FNeg,
        FIsFinite,
        FCmp,
        Call,
        CallFun,
        TailCall,
        Return,
        Jump,
        Br,
        Switch,
        TryEnter,
        Landing,
        RaiseError,
        RaisePending,
        RaiseRaw,
        FunctionClause,
        SlotStore,
        SlotLoad,
        DbgValue,
    ];
    for op in wanted {
        assert!(seen.contains(&op), "{op} never occurs");
    }
}

#[test]
fn runs_end_long_before_the_fuel() {
    for seed in 0..100 {
        let m = module(seed, Options { functions: 5, statements: 30, ..Options::new(WordSize::W64) });
        let program = Program::new(&m.functions, m.literals.clone());
        let config = Config { fuel: 200_000, ..Config::new(WordSize::W64) };
        for args in &m.calls {
            if let Err(trap) = run(&program, &mut DefaultHost::default(), config, &m.entry, args) {
                assert_ne!(trap.fault, Fault::OutOfFuel, "seed {seed}");
                panic!("seed {seed}: {trap}\n{}", m.text());
            }
        }
    }
}
