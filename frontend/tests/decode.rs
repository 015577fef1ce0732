//! Decoding of stored files of three OTP releases, and the error each kind of damage gives.

use linac_frontend::beam::{ErrorKind, LitId, Module, Node, Operand, TypeSet};
use linac_frontend::genop::{self, Status};
use std::path::PathBuf;

fn fixture(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn decode(name: &str) -> Module {
    Module::decode(&fixture(name)).unwrap_or_else(|e| panic!("{}", e.in_file(name)))
}

const SAMPLES: [(&str, u32); 4] = [
    ("sample.otp25.beam", 1),
    ("sample.gz.otp25.beam", 1),
    ("sample.otp27.beam", 3),
    ("sample.otp29.beam", 4),
];

#[test]
fn samples_of_all_releases_decode() {
    for (name, type_version) in SAMPLES {
        let m = decode(name);
        assert_eq!(m.atom(m.name), "sample", "{name}");
        assert_eq!(m.type_version, Some(type_version), "{name}");
        assert_eq!(m.exports.len(), 26, "{name}");
        assert_eq!(m.functions.len(), m.code.function_count as usize, "{name}");
        assert!(
            m.imports
                .iter()
                .any(|i| m.atom(i.module) == "math" && m.atom(i.function) == "sqrt" && i.arity == 1)
        );
        let last = m.functions.last().map(|f| f.ops.end);
        assert_eq!(last, Some(m.code.ops.len()), "{name}: functions cover the code");
        assert!(
            m.types.iter().any(|t| t.set == TypeSet::INTEGER && t.min.is_some()) || type_version == 1,
            "{name}"
        );
        let lines: Vec<u32> = m.lines.locations.iter().map(|l| l.line).collect();
        assert!(lines.contains(&9), "{name}: fact/1 stands on line 9, found {lines:?}");
        assert_eq!(m.lines.files[0], "sample.erl");
        let live = |op: &linac_frontend::beam::Op| {
            genop::info(op.opcode).is_some_and(|i| i.status != Status::Obsolete)
        };
        assert!(m.code.ops.iter().all(live), "{name}: no obsolete instruction");
    }
}

#[test]
fn literals_are_decoded_exactly() {
    for (name, _) in SAMPLES {
        let m = decode(name);
        let text: Vec<String> =
            m.literals.roots().iter().map(|&id| m.show_literal(id, 1000).to_string()).collect();
        let expected = concat!(
            "[ok,'hello world',\"text\",<<\"bin\">>,<<5:3>>,1.5,-1,16#0123456789abcdef0123456789abcdef,",
            "-16#400000000000000000,9223372036854775807,-9223372036854775808,#{a=>1,b=>[2 | 3]},{},{a,{b,{c}}},",
            "fun lists:map/2,'ünïcode',[]]"
        );
        assert!(text.iter().any(|t| t == expected), "{name}: {text:#?}");
    }
}

#[test]
fn records_and_debug_information_of_otp_29() {
    let m = decode("modern.otp29.beam");
    let [record] = &m.records[..] else { panic!("{:?}", m.records) };
    assert_eq!(m.atom(record.name), "vec");
    assert!(!record.exported);
    let fields: Vec<String> = record.fields.iter().map(|f| m.atom(f.name).to_owned()).collect();
    assert_eq!(fields, ["x", "y", "z"]);
    assert_eq!(record.fields[0].default, Some(Operand::Int(1)));
    assert_eq!(record.fields[1].default, None);
    assert!(matches!(record.fields[2].default, Some(Operand::Literal(_))));
    assert_eq!(m.debug_items.len(), 8);
    let (_, place) = m.debug_items[0].variables[1];
    assert_eq!(place, Operand::X(1, None));
}

#[test]
fn texts_mention_everything() {
    let m = decode("sample.otp29.beam");
    let overview = m.inspect().to_string();
    for part in [
        "Dbgi",
        "(not used)",
        "safe_div/2 @",
        "math:sqrt/1",
        "-total/1-fun-0-",
        "integer 0..65535",
        "sample.erl",
    ] {
        assert!(overview.contains(part), "no {part} in\n{overview}");
    }
    let f = m.functions.iter().find(|f| m.atom(f.name) == "sum" && f.arity == 2).expect("sum/2");
    let text = m.disassembly(f).to_string();
    for part in ["function sample:sum/2", "gc_bif2", "erlang:'+'/2", "sample.erl:13", "call_only"] {
        assert!(text.contains(part), "no {part} in\n{text}");
    }
}

/// Takes a file apart and puts it together again with some chunks changed (`None`: left out).
fn with_chunks(name: &str, change: impl Fn(&str, &[u8]) -> Option<Vec<u8>>) -> Vec<u8> {
    let bytes = fixture(name);
    let m = decode(name);
    let mut out = Vec::new();
    for c in &m.chunks {
        let start = c.offset as usize;
        let Some(data) = change(&c.name(), &bytes[start..start + c.size as usize]) else { continue };
        out.extend(c.id);
        out.extend((data.len() as u32).to_be_bytes());
        out.extend(&data);
        out.resize(out.len().next_multiple_of(4), 0);
    }
    let mut file = b"FOR1".to_vec();
    file.extend((out.len() as u32 + 4).to_be_bytes());
    file.extend(b"BEAM");
    file.extend(out);
    file
}

fn literals_file(terms: &[Vec<u8>]) -> Vec<u8> {
    let mut table = vec![0; 4];
    table.extend((terms.len() as u32).to_be_bytes());
    for t in terms {
        table.extend((t.len() as u32 + 1).to_be_bytes());
        table.push(131);
        table.extend(t);
    }
    with_chunks("modern.otp29.beam", |id, data| match id {
        "LitT" => Some(table.clone()),
        // Their operands point into the literals that were replaced.
        "DbgB" | "Recs" => None,
        _ => Some(data.to_vec()),
    })
}

#[test]
fn rebuilt_file_decodes() {
    let m =
        Module::decode(&with_chunks("sample.otp27.beam", |_, data| Some(data.to_vec()))).expect("unchanged");
    assert_eq!(m.exports.len(), 26);
    let m = Module::decode(&with_chunks("sample.otp27.beam", |id, d| (id != "Type").then(|| d.to_vec())))
        .expect("untyped");
    assert_eq!((m.type_version, m.types.len()), (None, 1));
}

#[test]
fn damage_is_named() {
    let patched = |chunk: &'static str, at: usize, with: &'static [u8]| {
        with_chunks("sample.otp27.beam", move |id, data| {
            let mut data = data.to_vec();
            if id == chunk {
                data[at..at + with.len()].copy_from_slice(with);
            }
            Some(data)
        })
    };
    let without = |chunk: &'static str| {
        with_chunks("sample.otp27.beam", move |id, d| (id != chunk).then(|| d.to_vec()))
    };
    let cases: Vec<(Vec<u8>, ErrorKind, &str)> = vec![
        (Vec::new(), ErrorKind::BadInput, "container: 4 bytes wanted, 0 left"),
        (b"#!/bin/sh\n".to_vec(), ErrorKind::BadInput, "not a BEAM file"),
        (without("AtU8"), ErrorKind::BadInput, "there is no AtU8 chunk"),
        (without("Code"), ErrorKind::BadInput, "there is no Code chunk"),
        (patched("Code", 4, &[0, 0, 0, 1]), ErrorKind::BadInput, "instruction set 1 is not known"),
        (patched("Code", 8, &[0, 0, 1, 0]), ErrorKind::Unsupported, "compiled for a newer OTP"),
        (patched("Code", 12, &[0xff; 4]), ErrorKind::BadInput, "count"),
        (patched("Code", 12, &[0, 0, 0, 3]), ErrorKind::BadInput, "out of range"),
        (patched("Code", 20, &[250]), ErrorKind::BadInput, "opcode 250 does not exist"),
        (patched("ExpT", 0, &[0xff; 4]), ErrorKind::BadInput, "is larger than the"),
        (patched("ExpT", 12, &[0, 0, 0, 1]), ErrorKind::BadInput, "is not the entry of a function"),
        (patched("ImpT", 4, &[0, 0, 0, 0]), ErrorKind::BadInput, "atom 0 is out of range"),
        (patched("LitT", 0, &[0x7f; 4]), ErrorKind::Unsupported, "inflates to more than 512 MiB"),
        (patched("LitT", 0, &[1, 0, 0, 0]), ErrorKind::BadInput, "cannot inflate"),
        (patched("LitT", 12, &[0; 8]), ErrorKind::BadInput, "does not inflate"),
        (patched("Type", 8, &[0, 1]), ErrorKind::BadInput, "first type is not 'any'"),
        (literals_file(&[vec![88, 119, 1, b'a', 0, 0, 0, 1]]), ErrorKind::Unsupported, "a pid in a literal"),
        (literals_file(&[vec![3]]), ErrorKind::BadInput, "unknown term tag 3"),
        (literals_file(&[vec![105, 0xff, 0xff, 0xff, 0xff]]), ErrorKind::BadInput, "is larger than the"),
        (literals_file(&[vec![106, 106]]), ErrorKind::BadInput, "unexpected bytes"),
    ];
    for (file, kind, text) in cases {
        let e = Module::decode(&file).expect_err(text).in_file("a.beam");
        let shown = e.to_string();
        assert!(
            shown.starts_with("a.beam: offset 0x") && shown.contains(text),
            "expected {text:?}, got {shown}"
        );
        assert_eq!(e.kind, kind, "{shown}");
    }
}

#[test]
fn a_million_nested_terms_do_not_recurse() {
    let depth = 1_000_000;
    let tuples: Vec<u8> = [104u8, 1].iter().copied().cycle().take(2 * depth).chain([106]).collect();
    let mut lists: Vec<u8> = [108u8, 0, 0, 0, 1].iter().copied().cycle().take(5 * depth).collect();
    lists.resize(lists.len() + depth + 1, 106);
    // Empty list headers in front of a tail mean nothing, however many there are.
    let empties: Vec<u8> = [108u8, 0, 0, 0, 0].iter().copied().cycle().take(5 * depth).chain([106]).collect();
    let m = Module::decode(&literals_file(&[tuples, lists, empties, vec![106], vec![106], vec![106]]))
        .expect("decodes");
    assert!(m.literals.nodes().len() >= 2 * depth);
    let root = m.literals.roots()[0];
    assert!(matches!(m.literals.node(root), Node::Tuple(span) if m.literals.children(span)[0] < root));
    assert_eq!(m.show_literal(root, 3).to_string(), "{{{…}}}");
    let text = m.show_literal(root, usize::MAX).to_string();
    assert_eq!(text.len(), 2 * depth + 2);
    assert_eq!(m.literals.node(m.literals.roots()[2]), Node::Nil);
    drop(m);
}

#[test]
fn integers_have_one_form() {
    let cases: [(&[u8], &str); 8] = [
        (&[97, 255], "255"),
        (&[98, 0xff, 0xff, 0xff, 0xff], "-1"),
        (&[110, 1, 1, 0], "0"),
        (&[110, 8, 0, 255, 255, 255, 255, 255, 255, 255, 127], "9223372036854775807"),
        (&[110, 8, 1, 0, 0, 0, 0, 0, 0, 0, 128], "-9223372036854775808"),
        (&[110, 8, 0, 0, 0, 0, 0, 0, 0, 0, 128], "16#8000000000000000"),
        (&[111, 0, 0, 0, 10, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0], "-1"),
        (&[111, 0, 0, 0, 9, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1], "-16#010000000000000001"),
    ];
    let terms: Vec<Vec<u8>> = cases.iter().map(|(bytes, _)| bytes.to_vec()).collect();
    let m = Module::decode(&literals_file(&terms)).expect("decodes");
    let roots: Vec<LitId> = m.literals.roots().to_vec();
    for (root, (_, text)) in roots.iter().zip(cases) {
        assert_eq!(m.show_literal(*root, 1).to_string(), text);
    }
}
