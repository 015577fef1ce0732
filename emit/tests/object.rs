//! Code objects: every valid object survives writing and reading; bytes that are not an object are refused with the
//! place, whatever they are.

use linac_emit::object::{Fault, InvalidObject};
use linac_emit::*;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

const CODE: u32 = 4096;
const FILES: u32 = 3;
const MFAS: u32 = 2;

fn symbol() -> impl Strategy<Value = Symbol> {
    prop_oneof![
        ".{0,8}".prop_map(Symbol::Atom),
        any::<u32>().prop_map(Symbol::Literal),
        (".{0,8}", ".{0,8}", any::<u8>()).prop_map(|(module, function, arity)| Symbol::Import {
            module,
            function,
            arity
        }),
        any::<u32>().prop_map(Symbol::LocalFunction),
        any::<u32>().prop_map(Symbol::Lambda),
        (any::<u16>(), "[a-z_]{0,12}").prop_map(|(id, name)| Symbol::Runtime(id, name)),
        any::<u32>().prop_map(Symbol::Counter),
    ]
}

fn location() -> impl Strategy<Value = Option<Location>> {
    option::of((0..FILES, any::<u32>()).prop_map(|(file, line)| Location { file, line }))
}

fn value_loc() -> impl Strategy<Value = ValueLoc> {
    prop_oneof![
        any::<u8>().prop_map(ValueLoc::Register),
        any::<u8>().prop_map(ValueLoc::FloatRegister),
        (0..object::MAX_FRAME_WORDS).prop_map(ValueLoc::Frame),
        any::<u32>().prop_map(ValueLoc::Process),
        any::<i64>().prop_map(ValueLoc::Constant),
    ]
}

/// Offsets with distances of at least `step` between them.
fn spread(step: u32, count: usize) -> impl Strategy<Value = Vec<u32>> {
    vec(step..64u32, 0..count).prop_map(|mut steps| {
        let mut at = 0;
        steps.iter_mut().for_each(|step| {
            at += *step;
            *step = at;
        });
        steps
    })
}

fn relocs(symbols: u32) -> impl Strategy<Value = Vec<Reloc>> {
    let kind = proptest::sample::select(RelocKind::ALL);
    (spread(8, 30), vec((kind, 0..symbols, any::<i32>()), 30)).prop_map(|(offsets, rest)| {
        let entries = offsets.into_iter().zip(rest);
        entries.map(|(offset, (kind, symbol, addend))| Reloc { offset, kind, symbol, addend }).collect()
    })
}

fn functions() -> impl Strategy<Value = Vec<FunctionRecord>> {
    vec(("[a-zåλ]{0,9}", any::<u8>(), any::<u32>(), 0..9u32, 0..9u32, 1..300u32), 1..8).prop_map(|rows| {
        let mut at = 0;
        let place = |(name, arity, index, gap, entry, length)| {
            let start = at + gap;
            at = start + entry + length;
            FunctionRecord { name, arity, index, start, entry: start + entry, end: at }
        };
        rows.into_iter().map(place).collect()
    })
}

fn return_sites(functions: Vec<FunctionRecord>) -> impl Strategy<Value = Vec<ReturnSite>> {
    let frame = (0..200u32).prop_flat_map(|words| (Just(words), vec(0..words.max(1), 0..6)));
    let inlined = vec(
        (0..MFAS, location(), any::<u32>()).prop_map(|(function, location, call)| InlinedFrame {
            function,
            location,
            call,
        }),
        0..3,
    );
    let row =
        (any::<prop::sample::Index>(), frame, option::of(any::<prop::sample::Index>()), location(), inlined);
    vec(row, 0..20).prop_map(move |rows| {
        let mut sites = Vec::new();
        for (place, (frame_words, slots), pad, location, inlined) in rows {
            let all = functions.iter().map(|function| function.end - function.start).sum::<u32>();
            let mut nth = place.index(all as usize) as u32;
            let owner = functions.iter().position(|function| {
                let length = function.end - function.start;
                if nth < length {
                    true
                } else {
                    nth -= length;
                    false
                }
            });
            let owner = owner.expect("the index is below the sum");
            let function = &functions[owner];
            sites.push(ReturnSite {
                offset: function.start + nth + 1,
                frame_words,
                term_slots: slots.into_iter().filter(|slot| *slot < frame_words).collect(),
                landing_pad: pad
                    .map(|pad| function.start + pad.index((function.end - function.start) as usize) as u32),
                function: owner as u32,
                location,
                call: nth,
                left: !inlined.is_empty() && pad.is_some(),
                inlined,
            });
        }
        sites.sort_by_key(|site| site.offset);
        sites.dedup_by_key(|site| site.offset);
        sites
    })
}

fn lines() -> impl Strategy<Value = Vec<LineRecord>> {
    (spread(0, 30), vec((0..FILES, any::<u32>()), 30)).prop_map(|(offsets, rest)| {
        offsets
            .into_iter()
            .zip(rest)
            .map(|(offset, (file, line))| LineRecord { offset, file, line })
            .collect()
    })
}

fn values() -> impl Strategy<Value = Vec<ValueLocation>> {
    (spread(0, 20), vec((1..99u32, any::<u32>(), value_loc()), 20)).prop_map(|(offsets, rest)| {
        let entry = |(start, (length, label, loc))| ValueLocation { start, end: start + length, label, loc };
        offsets.into_iter().zip(rest).map(entry).collect()
    })
}

fn frames() -> impl Strategy<Value = Vec<FrameMark>> {
    (spread(0, 10), vec(0..object::MAX_FRAME_WORDS, 10)).prop_map(|(offsets, rest)| {
        offsets.into_iter().zip(rest).map(|(offset, words)| FrameMark { offset, words }).collect()
    })
}

prop_compose! {
    fn code_object()(
        (target, module) in ("[a-z0-9_]{0,9}", ".{0,9}"),
        features in vec("[a-z0-9]{0,6}", 0..3),
        code in vec(any::<u8>(), CODE as usize),
        (symbols, relocs) in vec(symbol(), 1..9).prop_flat_map(|all| {
            let relocs = relocs(all.len() as u32);
            (Just(all), relocs)
        }),
        (functions, return_sites) in functions().prop_flat_map(|all| (Just(all.clone()), return_sites(all))),
        files in vec(".{0,12}", FILES as usize),
        inlined_functions in vec(
            (".{0,6}", ".{0,6}", any::<u8>()).prop_map(|(module, function, arity)| Mfa { module, function, arity }),
            MFAS as usize,
        ),
        (lines, values, frames) in (lines(), values(), frames()),
    ) -> CodeObject {
        CodeObject {
            target, features, module, code, symbols, relocs, functions, files, inlined_functions, return_sites, lines,
            values, frames,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn written_and_read_back(object in code_object()) {
        prop_assert_eq!(object.validate(), Ok(()));
        let bytes = object.to_bytes().unwrap();
        prop_assert_eq!(CodeObject::from_bytes(&bytes), Ok(object));
    }

    #[test]
    fn every_prefix_is_refused(object in code_object(), cut in any::<prop::sample::Index>()) {
        let bytes = object.to_bytes().unwrap();
        let error = CodeObject::from_bytes(&bytes[..cut.index(bytes.len())]).unwrap_err();
        prop_assert!(error.offset <= bytes.len());
    }

    /// A mutated object is an error with a place inside the input, or another valid object.
    #[test]
    fn mutated_objects_are_safe(
        object in code_object(),
        edits in vec((any::<prop::sample::Index>(), any::<u8>()), 1..5),
        near_the_end in any::<bool>(),
    ) {
        let mut bytes = object.to_bytes().unwrap();
        for (place, byte) in edits {
            // The code in the middle takes any byte: aim at the tables around it as well.
            let tables = bytes.len() - CODE as usize;
            let at = if near_the_end { bytes.len() - 1 - place.index(tables - 16) } else { place.index(bytes.len()) };
            bytes[at] = byte;
        }
        match CodeObject::from_bytes(&bytes) {
            Ok(other) => {
                let again = other.to_bytes().unwrap();
                prop_assert_eq!(CodeObject::from_bytes(&again), Ok(other));
            }
            Err(error) => prop_assert!(error.offset <= bytes.len()),
        }
    }

    #[test]
    fn noise_is_refused(noise in vec(any::<u8>(), 0..200)) {
        let mut bytes = CodeObject::default().to_bytes().unwrap();
        bytes.truncate(6);
        bytes.extend(noise);
        if let Ok(object) = CodeObject::from_bytes(&bytes) {
            prop_assert_eq!(object.validate(), Ok(()));
        }
    }
}

fn sample() -> CodeObject {
    CodeObject {
        target: "x86_64".into(),
        module: "m".into(),
        code: vec![0xC3; 16],
        symbols: vec![Symbol::Literal(7)],
        relocs: vec![Reloc { offset: 4, kind: RelocKind::PcRel32, symbol: 0, addend: -4 }],
        functions: vec![FunctionRecord { name: "f".into(), arity: 1, index: 3, start: 0, entry: 2, end: 12 }],
        files: vec!["m.erl".into()],
        return_sites: vec![ReturnSite {
            offset: 9,
            frame_words: 2,
            term_slots: SlotSet::from_iter([1]),
            landing_pad: Some(10),
            function: 0,
            location: Some(Location { file: 0, line: 5 }),
            inlined: Vec::new(),
            left: false,
            call: 0,
        }],
        lines: vec![LineRecord { offset: 2, file: 0, line: 5 }, LineRecord { offset: 6, file: 0, line: 0 }],
        ..CodeObject::default()
    }
}

#[test]
fn lookups() {
    let object = sample();
    assert_eq!(object.return_site(9).map(|site| site.frame_words), Some(2));
    assert!(object.return_site(8).is_none());
    assert_eq!(object.function_at(11).map(|function| function.index), Some(3));
    assert!(object.function_at(12).is_none());
    assert_eq!(object.line_at(1), None);
    assert_eq!(object.line_at(3), Some(Location { file: 0, line: 5 }));
    assert_eq!(object.line_at(6), None);
}

/// One broken rule per row: the writer names the entry, and the reader's checks are the same functions.
#[test]
fn broken_rules_are_named() {
    type Breakage = fn(&mut CodeObject);
    let rows: &[(&str, usize, Fault, Breakage)] = &[
        ("relocation", 0, Fault::BadOffset, |o| o.relocs[0].offset = 13),
        ("relocation", 0, Fault::BadIndex, |o| o.relocs[0].symbol = 1),
        ("relocation", 1, Fault::OutOfOrder, |o| o.relocs.push(Reloc { offset: 7, ..o.relocs[0] })),
        ("function", 0, Fault::BadOffset, |o| o.functions[0].end = 17),
        ("function", 0, Fault::BadRange, |o| o.functions[0].entry = 12),
        ("function", 1, Fault::OutOfOrder, |o| o.functions.push(o.functions[0].clone())),
        ("return site", 0, Fault::BadIndex, |o| o.return_sites[0].function = 1),
        ("return site", 0, Fault::BadRange, |o| o.return_sites[0].offset = 13),
        ("return site", 0, Fault::BadRange, |o| o.return_sites[0].landing_pad = Some(12)),
        ("return site", 0, Fault::SlotOutsideFrame, |o| o.return_sites[0].frame_words = 1),
        ("return site", 0, Fault::FrameTooLarge, |o| o.return_sites[0].frame_words = 1 << 21),
        ("return site", 0, Fault::BadIndex, |o| {
            o.return_sites[0].location = Some(Location { file: 1, line: 1 })
        }),
        ("return site", 0, Fault::BadIndex, |o| {
            o.return_sites[0].inlined.push(InlinedFrame { function: 0, location: None, call: 0 })
        }),
        ("return site", 1, Fault::OutOfOrder, |o| o.return_sites.push(o.return_sites[0].clone())),
        ("line", 0, Fault::BadIndex, |o| o.lines[0].file = 1),
        ("line", 1, Fault::OutOfOrder, |o| o.lines[1].offset = 1),
        ("value location", 0, Fault::BadRange, |o| {
            o.values.push(ValueLocation { start: 4, end: 4, label: 0, loc: ValueLoc::Register(0) })
        }),
        ("frame mark", 0, Fault::BadOffset, |o| o.frames.push(FrameMark { offset: 16, words: 0 })),
    ];
    assert_eq!(sample().validate(), Ok(()));
    for &(table, index, fault, breakage) in rows {
        let mut object = sample();
        breakage(&mut object);
        assert_eq!(object.to_bytes(), Err(InvalidObject { table, index, fault }));
    }
}

#[test]
fn headers_are_checked() {
    let good = sample().to_bytes().unwrap();
    let refused = |change: fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        change(&mut bytes);
        let error = CodeObject::from_bytes(&bytes).unwrap_err();
        (error.offset, error.fault)
    };
    assert_eq!(refused(|bytes| bytes[1] = b'x'), (0, Fault::BadMagic));
    assert_eq!(refused(|bytes| bytes[4] = 9), (4, Fault::UnknownVersion(9)));
    assert_eq!(refused(|bytes| bytes[6] = 0x7F), (7, Fault::Truncated));
    assert_eq!(refused(|bytes| bytes.push(0)).1, Fault::TrailingBytes);
    assert_eq!(refused(|bytes| bytes.truncate(5)), (5, Fault::Truncated));
}

/// Counts that promise more than the input can hold fail before anything is reserved for them.
#[test]
fn huge_counts_are_refused() {
    let mut bytes = CodeObject::default().to_bytes().unwrap();
    bytes.truncate(7);
    bytes.extend([0xFF, 0xFF, 0xFF, 0xFF, 0x0F]);
    assert_eq!(CodeObject::from_bytes(&bytes).unwrap_err().fault, Fault::CountTooLarge);
}

#[test]
fn equal_stack_maps_are_stored_once() {
    let with_sites = |count: u32| {
        let mut object = sample();
        object.code = vec![0x90; 1024];
        object.functions[0].end = 1024;
        let site = ReturnSite {
            offset: 0,
            frame_words: 640,
            term_slots: (0..640).collect(),
            landing_pad: None,
            function: 0,
            location: None,
            inlined: Vec::new(),
            left: false,
            call: 0,
        };
        object.return_sites =
            (0..count).map(|at| ReturnSite { offset: at * 8 + 8, ..site.clone() }).collect();
        let bytes = object.to_bytes().unwrap();
        assert_eq!(CodeObject::from_bytes(&bytes), Ok(object));
        bytes.len()
    };
    let (one, many) = (with_sites(1), with_sites(50));
    assert!(one > 100, "a map of 640 slots takes room");
    // Ten bytes a site without its map.
    assert_eq!(many - one, 49 * 10);
}
