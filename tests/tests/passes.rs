//! Real modules mean the same after optimization: each function of the conformance programs is lifted, run on the IR
//! interpreter on random terms, and run again as each level leaves it, with a collector that moves everything.
//!
//! Functions of a module may rely on what its compiler inferred about their callers. A run that breaks such a claim ends
//! in a trap before optimization and is left out; so are runs that need what the interpreter's host does not have.

use linac_frontend::beam::{LitId, Module, Node};
use linac_frontend::lift::{Lifter, Options};
use linac_ir::Function;
use linac_ir::interp::{Config, DefaultHost, Fault, Mfa, Program, run};
use linac_ir::text::Term;
use linac_opt::inline::Functions;
use linac_opt::{Level, PassContext, run_pipeline};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Runs of each function.
const RUNS: u32 = 4;

struct Rng(u64);

impl Rng {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % n
    }

    fn pick<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())].clone()
    }
}

fn literal(m: &Module, id: LitId) -> Term {
    let all = |span| m.literals.children(span).iter().map(|&c| literal(m, c)).collect::<Vec<_>>();
    match m.literals.node(id) {
        Node::Nil => Term::NIL,
        Node::Atom(a) => Term::atom(m.atom(a)),
        Node::Int(n) => Term::int(n),
        Node::Big { .. } => Term::Opaque("large integer".into()),
        Node::Float(f) => Term::Float(f.to_bits()),
        Node::Tuple(span) => Term::Tuple(all(span)),
        Node::List { elements, tail } => {
            let tail = literal(m, tail);
            Term::List(all(elements), (tail != Term::NIL).then(|| Box::new(tail)))
        }
        Node::Map(span) => Term::Map(all(span).chunks(2).map(|c| (c[0].clone(), c[1].clone())).collect()),
        Node::Bits { bytes, bits } => Term::Bits(m.literals.bytes(bytes).to_vec(), bits),
        Node::Export { module, function, arity } => {
            Term::Export(m.atom(module).into(), m.atom(function).into(), arity.into())
        }
    }
}

fn random_term(rng: &mut Rng, depth: u32, atoms: &[String]) -> Term {
    const INTS: [i64; 10] = [i64::MAX, i64::MIN, -(1 << 59), (1 << 59) - 1, 1 << 40, -7, 100, 0, 1, 2];
    const FLOATS: [f64; 5] = [0.0, 1.5, -2.0, 1e300, 3.0];
    const FUNS: [(&str, u32); 5] = [("abs", 1), ("hd", 1), ("+", 2), ("is_atom", 1), ("=:=", 2)];
    let kinds = if depth == 0 { 6 } else { 12 };
    let kind = rng.below(kinds);
    let some = |rng: &mut Rng, least: usize| {
        let n = least + rng.below(4);
        (0..n).map(|_| random_term(rng, depth - 1, atoms)).collect::<Vec<_>>()
    };
    match kind {
        0 => Term::int(rng.below(8) as i64 - 2),
        1 => Term::int(rng.pick(&INTS)),
        2 => Term::atom(&rng.pick(atoms)),
        3 => Term::NIL,
        4 => Term::Float(rng.pick(&FLOATS).to_bits()),
        5 => Term::atom(rng.pick(&["true", "false", "undefined", "ok", "error"])),
        6 | 7 => {
            let items = some(rng, 1);
            Term::List(items, (rng.below(8) == 0).then(|| Box::new(Term::int(3))))
        }
        8 => Term::Tuple(some(rng, 0)),
        9 => Term::List((0..4).map(|_| Term::int(rng.below(10) as i64)).collect(), None),
        10 => Term::Map(vec![(Term::atom("a"), random_term(rng, depth - 1, atoms))]),
        _ => {
            let (name, arity) = rng.pick(&FUNS);
            Term::Export("erlang".into(), name.into(), arity)
        }
    }
}

fn check(path: &PathBuf) -> u32 {
    let module = Module::decode(&std::fs::read(path).expect("a file")).expect("a module");
    let lifter = Lifter::new(&module, Options { debug: true, ..Options::default() });
    // What cannot be lifted yet is the business of the lifter's tests.
    let functions: Vec<Function> = (0..lifter.len()).filter_map(|i| lifter.lift(i).ok()).collect();
    let literals: BTreeMap<u32, Term> =
        module.literals.roots().iter().zip(0..).map(|(&id, n)| (n, literal(&module, id))).collect();
    let atoms: Vec<String> = module.atoms.iter().map(|(_, name)| name.to_string()).collect();
    let levels = Level::ALL.map(|level| {
        let lifted = functions.clone();
        let callees = Functions(&lifted);
        let mut functions = functions.clone();
        for f in &mut functions {
            let mfa = f.mfa();
            let mut ctx = PassContext { callees: Some(&callees), ..PassContext::new(level.tier()) };
            run_pipeline(f, level, &mut ctx, &mut |pass, f| {
                if let Err(errors) = linac_ir::verify::verify(f) {
                    panic!("{mfa} after {pass} at {level:?}: {}", errors[0]);
                }
            });
        }
        functions
    });
    let before = Program::new(&functions, literals.clone());
    let after: Vec<Program> = levels.iter().map(|f| Program::new(f, literals.clone())).collect();
    let mut compared = 0;
    for f in functions.iter().filter(|f| (f.index as usize) < module.functions.len()) {
        let mfa = Mfa { module: f.module.clone(), name: f.name.clone(), arity: f.arity };
        let mut rng = Rng(u64::from(f.index) * 77 + 5);
        for _ in 0..RUNS {
            let args: Vec<Term> = (0..f.arity).map(|_| random_term(&mut rng, 3, &atoms)).collect();
            let config = Config { fuel: 10_000, ..Config::new(f.word) };
            let Ok(want) = run(&before, &mut DefaultHost::default(), config, &mfa, &args) else { continue };
            let config = Config { fuel: 400_000, moving: true, ..config };
            for (program, level) in after.iter().zip(Level::ALL) {
                match run(program, &mut DefaultHost::default(), config, &mfa, &args) {
                    Ok(got) => assert_eq!(want, got, "{} at {level:?} on {args:?}", f.mfa()),
                    // Moving all objects each time is slow where there are many.
                    Err(trap) if trap.fault == Fault::OutOfFuel => continue,
                    Err(trap) => panic!("{} at {level:?} on {args:?}: {trap}", f.mfa()),
                }
                compared += 1;
            }
        }
    }
    compared
}

#[test]
fn conformance_programs_mean_the_same_at_every_level() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/erl/beam/27");
    let mut compared = 0;
    let mut files = 0;
    let mut work = vec![PathBuf::from(folder)];
    while let Some(path) = work.pop() {
        if path.is_dir() {
            work.extend(std::fs::read_dir(&path).expect("a folder").map(|e| e.expect("an entry").path()));
        } else if path.extension().is_some_and(|e| e == "beam") {
            compared += check(&path);
            files += 1;
        }
    }
    println!("{files} modules, {compared} runs compared");
    assert!(files > 20 && compared > 2000, "{files} modules, {compared} runs compared");
}
