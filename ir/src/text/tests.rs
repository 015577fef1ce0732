use super::*;
use crate::function::{ConstData, ExtFunc, Inlined, LitShape, LocData, SlotKind};
use crate::inst::{BeamReg, BlockCall, Imm, IntCond, TypeTest};
use crate::opcode::{Format, Opcode};
use crate::types::{Facts, Kinds, Type};
use crate::{Cursor, FloatCond, Function};
use linac_abi::WordSize;
use linac_abi::process::ProcField;
use linac_abi::rtcall::{ErrorKind, RtCall};

const SAMPLE: &str = r#"function lists:seq/2 index 3 word 64 stage beam {
  file 0 "lists.erl"
  loc l1 = 0:120 beam 0x2c4
  slot s0 = term
  slot s1 = raw
  func fn0 = local 4 seq_loop/3
  func fn1 = import erlang:length/1
  func fn2 = lambda 0 '-f/1-fun-0-'/1 free 2
b0(v0: term {int[0..]}, v1: term):
  v2: term = const 5
  v3: term {int[0..]|none} = add v0, v2 @l1
  v4: bool = is_none v3
  dbg_value x3, v0
  br v4, b1, b2(v3)
b1 cold:
  raise_pending @l1 !b7
b2(v5: term {any|none}):
  switch v5 [5 -> b3, 'foo' -> b4(v0)], b5
b3:
  v6: term = const lit 3 tuple/2
  v12: term = make_fun fn2(v0, v1)
  v7: term {cons} = bif fn1(v6)
  try_enter b6, b7
b4(v8: term {atom|tuple/3|none}):
  switch v8 [], b5
b5:
  v9: term = call fn0(v0, v0, v5) @l1 !b7
  return v9
b6:
  v10: f64 = f64_const -1.5e300
  v11: f64 = f64_const 0x7ff8000000000000
  tail_call fn0(v0, v0, v0)
b7:
  v13: term, v14: term, v15: term = landing
  raise_error badmatch, v14 @l1
}
"#;

#[test]
fn canonical_text_comes_back() {
    let f = parse_function(SAMPLE).unwrap();
    assert_eq!(print(&f), SAMPLE);
    assert_eq!(f.files[0].as_ref(), "lists.erl");
    assert_eq!(f.ty(f.blocks[f.entry()].params[0]), Type::Term);
}

/// A function with every opcode in it, each with the immediate its format wants and operands of no particular type.
fn everything() -> Function {
    let mut f = Function::new("Elixir.Odd mod", "it's", 2, 9, WordSize::W32);
    f.files = vec!["a \"b\"\n.erl".into(), "ü.erl".into()];
    let loc = f.locs.push(LocData { file: 1, line: 7, beam: 0xffff_ffff, inlined: None });
    let slots: Vec<_> =
        [SlotKind::Term, SlotKind::Scratch, SlotKind::Raw].into_iter().map(|s| f.slots.push(s)).collect();
    let fref = f.func(ExtFunc::Lambda { index: 1, name: "".into(), arity: 2, free: 3 });
    let inlined = f.func(ExtFunc::Local { index: 0, name: "x".into(), arity: 0 });
    for at in [Some(loc), None] {
        f.locs.push(LocData { inlined: Some(Inlined { func: inlined, at }), ..LocData::default() });
    }
    let entry = f.make_block();
    let handler = f.make_block();
    let a = f.add_param(entry, Type::Term);
    let b = f.add_param(entry, Type::F64);
    let consts = [
        ConstData::Int(i64::MIN),
        ConstData::Int(i64::MAX),
        ConstData::Atom("a'b\\\u{1}\u{2028}é".into()),
        ConstData::Nil,
        ConstData::None,
        ConstData::Literal(0, LitShape::Cons),
        ConstData::Literal(1, LitShape::Map(3)),
        ConstData::Literal(2, LitShape::Bits(9)),
        ConstData::Literal(3, LitShape::Float(f64::NAN.to_bits())),
        ConstData::Literal(4, LitShape::Big),
        ConstData::Literal(5, LitShape::Fun(2)),
        ConstData::Literal(6, LitShape::Other),
        ConstData::Literal(7, LitShape::Float(1.0f64.to_bits())),
    ];
    for c in consts {
        Cursor::at_end(&mut f, entry).constant(c);
    }
    for &op in Opcode::ALL {
        let imm = match op.info().format {
            Format::None | Format::Jump | Format::Branch => Imm::None,
            Format::Const => Imm::Const(f.constant(ConstData::Nil)),
            Format::Int => Imm::Int(-3),
            Format::Test => Imm::Test(TypeTest::Small),
            Format::IntCond => Imm::IntCond(IntCond::Uge),
            Format::FloatCond => Imm::FloatCond(FloatCond::Ne),
            Format::Func => Imm::Func(fref),
            Format::Rt => Imm::Rt(RtCall::Yield),
            Format::Slot => Imm::Slot(slots[2]),
            Format::Error => Imm::Error(ErrorKind::Badkey),
            Format::Reg => Imm::Reg(BeamReg::Y(1023)),
            Format::Field => Imm::Field(ProcField::ExcReason),
            Format::F64 => Imm::F64((-0.0f64).to_bits()),
            Format::Switch => {
                Imm::Keys(Box::new([f.constant(ConstData::Int(1)), f.constant(ConstData::Nil)]))
            }
        };
        for args in [&[][..], &[a], &[a, b, a]] {
            if op.info().format == Format::Switch && args.len() != 1 {
                continue;
            }
            let types: Vec<Type> = op
                .info()
                .results
                .bytes()
                .map(|c| if c == b't' { Type::Term } else { Type::Derived })
                .collect();
            let inst = f.make_inst(op, imm.clone(), args, &types, loc);
            let n = match op.info().format {
                Format::Jump => 1,
                Format::Branch => 2,
                Format::Switch => 3,
                _ => 0,
            };
            for i in 0..n {
                f.insts[inst].targets.push(BlockCall::new(handler, &[a, b][..i.min(2)]));
            }
            f.insts[inst].handler = handler.into();
            f.blocks[entry].insts.push(inst);
        }
    }
    f.blocks[handler].cold = true;
    f
}

#[test]
fn every_opcode_comes_back() {
    let f = everything();
    let text = print(&f);
    let g = parse_function(&text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    assert_eq!(print(&g), text);
    assert_eq!((f.arity, f.index, f.word, f.stage), (g.arity, g.index, g.word, g.stage));
    assert_eq!((&f.files, &f.order), (&g.files, &g.order));
    assert!(
        f.locs.iter().eq(g.locs.iter())
            && f.slots.iter().eq(g.slots.iter())
            && f.funcs.iter().eq(g.funcs.iter())
    );
    for &block in &f.order {
        let (x, y) = (&f.blocks[block], &g.blocks[block]);
        assert_eq!((x.cold, &x.params, x.insts.len()), (y.cold, &y.params, y.insts.len()));
        for (&i, &j) in x.insts.iter().zip(&y.insts) {
            let (mut x, mut y) = (f.insts[i].clone(), g.insts[j].clone());
            // Constants are numbered anew.
            if let (Imm::Const(c), Imm::Const(d)) = (&x.imm, &y.imm) {
                assert_eq!(f.consts[*c], g.consts[*d]);
            }
            if let (Imm::Keys(c), Imm::Keys(d)) = (&x.imm, &y.imm) {
                assert!(c.iter().map(|&c| &f.consts[c]).eq(d.iter().map(|&d| &g.consts[d])));
            }
            if matches!(x.imm, Imm::Const(_) | Imm::Keys(_)) {
                (x.imm, y.imm) = (Imm::None, Imm::None);
            }
            assert_eq!(x, y);
        }
    }
    for (v, data) in f.values.iter() {
        assert_eq!(data.ty, g.ty(v));
        if data.ty == Type::Term {
            assert_eq!(f.facts[v].normalize(), g.facts[v].normalize(), "{v}");
        }
    }
}

#[test]
fn facts_come_back() {
    let kinds =
        (0..=13).flat_map(|i| [Kinds(1 << i), Kinds::ANY.minus(Kinds(1 << i)), Kinds(1 << i | 0x2022)]);
    for kinds in kinds.chain([Kinds::ANY, Kinds::ANY_OR_NONE, Kinds::EMPTY]) {
        for (lo, hi) in [(i64::MIN, i64::MAX), (-5, i64::MAX), (i64::MIN, 7), (3, 3)] {
            for arity in [None, Some(0), Some(7)] {
                let facts = Facts { kinds, lo, hi, arity };
                let text = format!(
                    "function a:b/1 index 0 word 64 stage beam {{\nb0(v0: term {{{facts}}}):\n  return v0\n}}\n"
                );
                let f = parse_function(&text).unwrap_or_else(|e| panic!("{e}\n{text}"));
                let v = f.blocks[f.entry()].params[0];
                assert_eq!(f.facts[v].normalize(), facts.normalize(), "{text}");
            }
        }
    }
}

#[test]
fn errors_say_where_and_what() {
    let cases = [
        ("", "1:1: expected `function`, found end of text"),
        ("function a:b/1 index 0 word 48 stage beam {", "1:29: expected `32` or `64`, found `48`"),
        ("function a:b/0 index 0 word 64 stage beam {\n}", "2:1: expected a block, found `}`"),
        ("$", "1:1: expected a token, found '$'"),
        ("function a:'b", "1:14: expected `'` before the end of the line"),
    ];
    for (text, message) in cases {
        assert_eq!(parse_function(text).unwrap_err().to_string(), message);
    }
    let body = [
        ("  v0: term = const 99999999999999999999", "3:20: expected an integer of 64 bits, found"),
        ("  v0: term = nonsense v1", "3:14: expected an operation, found `nonsense`"),
        ("  nonsense v1", "3:3: expected an operation, a block or `}`, found `nonsense`"),
        ("  return v1", "3:10: v1 is not defined"),
        ("  jump b9", "3:8: b9 is not defined"),
        ("  return v2000000", "3:10: expected a value (`v0` to `v1048575`), found `v2000000`"),
        ("  return v01", "3:10: expected a value"),
        ("  v0: term = const 1\n  v0: term = const 1", "4:3: v0 is defined twice"),
        ("b0:\n  unreachable", "3:1: b0 is defined twice"),
        ("  v0: word {int} = iconst 1", "3:12: only values of type term have facts"),
        ("  v0: term {int|int} = const 1", "3:17: this kind appears twice"),
        ("  v0: term = slot_load s0", "3:24: slot s0 is not defined"),
        ("  v0: term = call fn0()", "3:19: function reference fn0 is not defined"),
        ("  unreachable @l1", "3:16: location l1 is not defined"),
        ("  v0: term = const lit 0 cone", "3:26: expected the shape of a literal, found `cone`"),
        ("  v0: term = const 1\n  switch v0 [1 b0], b0", "4:16: expected `->`, found `b0`"),
        ("  v0: f64 = f64_const 1e999", "3:23: expected a float"),
        ("  v0: term = rt_call frob()", "3:22: expected a runtime call, found `frob`"),
    ];
    for (line, message) in body {
        let text = format!("function a:b/0 index 0 word 64 stage beam {{\nb0:\n{line}\n}}");
        let error = parse_function(&text).map(|f| print(&f)).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}\n{message}");
    }
    let literals = "literal 3 = [1]\n";
    let error = parse_file(&format!("{literals}{SAMPLE}")).unwrap_err().to_string();
    assert_eq!(error, "21:24: literal 3 is [1], which has another shape");
    assert_eq!(parse_file("literal 1 = a literal 1 = b").unwrap_err().col, 23);
}

#[test]
fn hostile_numbers_cost_little() {
    let one = "function a:b/0 index 0 word 64 stage beam {\nb0:\n  v1048575: term = const 1\n  return v1048575\n}\n";
    assert!(parse_file(one).is_ok());
    let error = parse_file(&one.repeat(10)).unwrap_err();
    assert!(error.message.contains("too many numbers are left out"), "{error}");
    let deep = format!("literal 0 = {}", "[".repeat(1_000_000));
    assert!(parse_file(&deep).unwrap_err().message.contains("nest deeper"));
    let long = format!("literal 0 = {}", "9".repeat(200_000));
    assert!(parse_file(&long).unwrap_err().message.contains("digits"));
}

/// Cut and changed texts: any answer but a panic, and whatever parses has a canonical form.
#[test]
fn damaged_text_never_panics() {
    let text = print(&everything()) + "literal 3 = #{a => <<1,2:3>>, \"x\" => fun a:b/1}\n";
    let mut seed = 1u64;
    let mut random = |n: usize| {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (seed >> 33) as usize % n
    };
    let chars: Vec<char> = text.chars().collect();
    let sample: Vec<char> = SAMPLE.chars().collect();
    let pool: Vec<char> = "b0v1:{}()[]|.,->@!'\"\\x;-9 \n".chars().collect();
    let mut parsed = 0;
    for round in 0..3000 {
        let mut c = if round % 10 == 0 { chars.clone() } else { sample.clone() };
        for _ in 0..=random(3) {
            let at = random(c.len());
            match random(4) {
                0 => c.truncate(at + 1),
                1 => drop(c.remove(at)),
                2 => c.insert(at, pool[random(pool.len())]),
                _ => c[at] = pool[random(pool.len())],
            }
        }
        if let Ok(file) = parse_file(&c.iter().collect::<String>()) {
            for f in &file.functions {
                parsed += 1;
                let once = print(&f.func);
                assert_eq!(print(&parse_function(&once).unwrap()), once);
            }
        }
    }
    assert!(parsed > 50, "the damage is too heavy to test anything: {parsed}");
}

#[test]
fn terms_come_back() {
    let terms = [
        "0",
        "-1",
        "123456789012345678901234567890",
        "1.5",
        "-0.0",
        "1e300",
        "a",
        "'A b'",
        "[]",
        "{}",
        "\"abc\"",
        "[1, 2]",
        "[a | b]",
        "[1, 2 | {x}]",
        "#{a => 1, [] => 2.0}",
        "<<>>",
        "<<1,255>>",
        "<<1,5:3>>",
        "fun lists:map/2",
        "{'', ok}",
    ];
    for text in terms {
        assert_eq!(parse_term(text).unwrap().to_string(), text);
    }
    assert_eq!(parse_term("[1 | [2 | [3]]]").unwrap(), parse_term("[1,2,3]").unwrap());
    assert_eq!(parse_term("<<\"ab\">>").unwrap(), parse_term("<<97, 98>>").unwrap());
    for text in ["", "[1", "#{a => 1, a => 2}", "<<256>>", "<<4:2>>", "<<1:0>>", "1 2", "X"] {
        assert!(parse_term(text).is_err(), "{text}");
    }
}

#[test]
fn run_lines() {
    let line = parse_run_line("f(1, [a]) == {ok, 3}").unwrap();
    assert_eq!((&*line.name, line.args.len()), ("f", 2));
    assert!(matches!(line.expect, RunExpect::Value(Term::Tuple(_))));
    let line = parse_run_line("'-f-'() raises error:{badmatch, 1}").unwrap();
    assert!(matches!(line.expect, RunExpect::Raises(c, _) if &*c == "error"));
    assert!(matches!(parse_run_line("f() traps \"x\"").unwrap().expect, RunExpect::Traps(s) if s == "x"));
    assert!(parse_run_line("f() = 3").is_err());
    assert!(parse_run_line("f() == 3 4").is_err());
}
