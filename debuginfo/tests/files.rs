//! What debuggers' own tools say about the files: compiled code in, ELF out, read back by independent readers.

mod program;

use gimli::{EndianSlice, LittleEndian, SectionId, UnwindSection};
use linac_abi::object::CodeObject;
use linac_debuginfo::elf::{self, Placed};
use linac_debuginfo::{DebugInfoError, perf};
use object::{Object, ObjectSection, ObjectSymbol, SectionFlags, SymbolKind, elf as elf_consts};
use program::{compile, tool};

const ADDRESS: u64 = 0x7f00_1234_5000;

fn image_of(object: &CodeObject) -> Vec<u8> {
    elf::image(&[Placed { object, address: ADDRESS }]).expect("an image")
}

type Slice<'a> = EndianSlice<'a, LittleEndian>;

fn dwarf_of<'a>(file: &object::File<'a>) -> gimli::Dwarf<Slice<'a>> {
    let load = |id: SectionId| -> Result<Slice<'a>, gimli::Error> {
        let data = file.section_by_name(id.name()).map_or(&[][..], |s| s.data().expect("section data"));
        Ok(EndianSlice::new(data, LittleEndian))
    };
    gimli::Dwarf::load(load).expect("DWARF")
}

/// Name, low and high address of each subprogram.
fn subprograms(dwarf: &gimli::Dwarf<Slice<'_>>) -> Vec<(String, u64, u64)> {
    let mut found = Vec::new();
    let mut units = dwarf.units();
    while let Some(header) = units.next().expect("unit") {
        let unit = dwarf.unit(header).expect("unit");
        let mut entries = unit.entries();
        while let Some(entry) = entries.next_dfs().expect("entry") {
            if entry.tag() != gimli::DW_TAG_subprogram {
                continue;
            }
            let name = entry.attr_value(gimli::DW_AT_name).expect("a name");
            let name = dwarf.attr_string(&unit, name).expect("text").to_string_lossy().into_owned();
            let range = dwarf.die_ranges(&unit, entry).expect("ranges").next().expect("range").expect("one");
            found.push((name, range.begin, range.end));
        }
    }
    found
}

#[test]
fn an_image_names_functions_where_they_lie() {
    for object in program::both_algorithms() {
        let bytes = image_of(&object);
        let file = object::File::parse(&*bytes).expect("ELF");
        let text = file.section_by_name(".text").expect("text");
        assert_eq!(text.address(), ADDRESS);
        let SectionFlags::Elf { sh_type, sh_flags } = text.flags() else { panic!("not ELF") };
        assert_eq!(sh_type, elf_consts::SHT_NOBITS);
        assert!(sh_flags.0 & elf_consts::SHF_EXECINSTR.0 != 0);
        let symbols: Vec<(String, u64, u64)> = file
            .symbols()
            .filter(|symbol| symbol.kind() == SymbolKind::Text)
            .map(|symbol| (symbol.name().expect("name").to_string(), symbol.address(), symbol.size()))
            .collect();
        let at = |n: usize| &object.functions[n];
        let expect = |n: usize, name: &str| {
            // In relocatable files symbols count from their section.
            (name.to_string(), u64::from(at(n).start), u64::from(at(n).end - at(n).start))
        };
        assert_eq!(symbols, [expect(0, "fib:fib/1"), expect(1, "fib:twice/1")]);

        let functions = subprograms(&dwarf_of(&file));
        let place = |n: usize, name: &str| {
            (name.to_string(), ADDRESS + u64::from(at(n).start), ADDRESS + u64::from(at(n).end))
        };
        assert_eq!(functions[..2], [place(0, "fib:fib/1"), place(1, "fib:twice/1")]);
        // The module as a function, of a byte that is nobody else's.
        let (name, low, high) = &functions[2];
        assert_eq!((name.as_str(), high - low), ("fib", 1));
        assert!(functions[..2].iter().all(|(_, start, end)| low < start || low >= end));
    }
}

#[test]
fn every_byte_has_the_line_of_its_record() {
    for object in program::both_algorithms() {
        let bytes = image_of(&object);
        let file = object::File::parse(&*bytes).expect("ELF");
        let dwarf = dwarf_of(&file);
        let header = dwarf.units().next().expect("units").expect("unit");
        let unit = dwarf.unit(header).expect("unit");
        let program = unit.line_program.clone().expect("lines");
        let mut rows = Vec::new();
        let mut all = program.rows();
        while let Some((header, row)) = all.next_row().expect("row") {
            let name = row.file(header).expect("file").path_name();
            let name = dwarf.attr_string(&unit, name).expect("name").to_string_lossy().into_owned();
            let line = row.line().map_or(0, |line| line.get());
            rows.push((row.address(), line, name, row.end_sequence()));
        }
        let line_in_dwarf = |address: u64| {
            let pair = rows.windows(2).find(|w| !w[0].3 && w[0].0 <= address && address < w[1].0);
            pair.map_or(0, |pair| pair[0].1)
        };
        let mut checked = 0;
        for function in &object.functions {
            let first = object.lines.iter().find(|l| l.offset >= function.start && l.line != 0);
            let first = first.expect("the test program has lines");
            for offset in function.start..function.end {
                let expect = match object.line_at(offset) {
                    _ if offset < first.offset => first.line,
                    Some(location) => location.line,
                    None => 0,
                };
                assert_eq!(line_in_dwarf(ADDRESS + u64::from(offset)), u64::from(expect), "at {offset:#x}");
                checked += 1;
            }
        }
        assert!(checked > 64);
        assert!(rows.iter().all(|row| row.2 == "fib.erl"));
    }
}

#[test]
fn the_frame_table_finds_the_return_address_everywhere() {
    use gimli::{BaseAddresses, CfaRule, RegisterRule, UnwindContext, X86_64};
    for object in program::both_algorithms() {
        let bytes = image_of(&object);
        let file = object::File::parse(&*bytes).expect("ELF");
        let data = file.section_by_name(".debug_frame").expect("frames").data().expect("data");
        let mut frames = gimli::DebugFrame::new(data, LittleEndian);
        frames.set_address_size(8);
        let mut depths = std::collections::BTreeSet::new();
        for function in &object.functions {
            for offset in function.start..function.end {
                let mark = object.frames.iter().rev().find(|mark| mark.offset <= offset).expect("a mark");
                depths.insert(mark.words);
                let mut context = UnwindContext::new();
                let row = frames
                    .unwind_info_for_address(
                        &BaseAddresses::default(),
                        &mut context,
                        ADDRESS + u64::from(offset),
                        gimli::DebugFrame::cie_from_offset,
                    )
                    .expect("a row");
                let CfaRule::RegisterAndOffset { register, offset: bytes } = *row.cfa() else {
                    panic!("an expression")
                };
                assert_eq!((register, bytes), (X86_64::RSP, 8 * i64::from(mark.words) + 8));
                assert_eq!(row.register(X86_64::RA), Some(RegisterRule::Offset(-8)));
                for kept in [X86_64::RBX, X86_64::R14, X86_64::R15] {
                    assert_eq!(row.register(kept), Some(RegisterRule::SameValue));
                }
                for lost in [X86_64::RAX, X86_64::RBP, X86_64::R12, X86_64::R13] {
                    assert_eq!(row.register(lost), Some(RegisterRule::Undefined));
                }
            }
        }
        assert!(depths.len() > 1, "the test program makes frames: {depths:?}");
    }
}

#[test]
fn registers_are_found_where_the_object_says() {
    let object = compile(linac_regalloc::Algorithm::Ion);
    let bytes = image_of(&object);
    let file = object::File::parse(&*bytes).expect("ELF");
    let dwarf = dwarf_of(&file);
    let header = dwarf.units().next().expect("units").expect("unit");
    let unit = dwarf.unit(header).expect("unit");
    let mut entries = unit.entries();
    let mut found = 0;
    while let Some(entry) = entries.next_dfs().expect("entry") {
        if entry.tag() != gimli::DW_TAG_variable {
            continue;
        }
        let name = dwarf.attr_string(&unit, entry.attr_value(gimli::DW_AT_name).expect("name"));
        assert_eq!(name.expect("text").to_string_lossy(), "x[0]");
        let location = entry.attr_value(gimli::DW_AT_location).expect("location");
        let mut list = dwarf.attr_locations(&unit, location).expect("list").expect("list");
        while let Some(item) = list.next().expect("item") {
            let begins = |offset: u32| item.range.begin == ADDRESS + u64::from(offset);
            let known = object
                .values
                .iter()
                .any(|value| begins(value.start) && item.range.end == ADDRESS + u64::from(value.end));
            // On entry, x[0] is in rax.
            let entry = object.functions.iter().any(|function| begins(function.start));
            assert!(known || (entry && *item.data.0 == [gimli::DW_OP_reg0.0]), "{item:?}");
            found += 1;
        }
    }
    assert_eq!(found, object.values.len() + object.functions.len());
    assert!(!object.values.is_empty());
}

#[test]
fn verified_by_llvm() {
    for object in program::both_algorithms() {
        let twice = [Placed { object: &object, address: ADDRESS }, Placed { object: &object, address: 64 }];
        let files = [
            image_of(&object),
            elf::image(&twice).expect("two texts"),
            elf::relocatable(&object, &[], true).expect("obj"),
        ];
        for bytes in files {
            let Some(text) = tool("llvm-dwarfdump", &["--verify"], &bytes) else { return };
            assert!(text.contains("No errors"), "{text}");
        }
    }
}

#[test]
fn binutils_read_the_files() {
    let object = compile(linac_regalloc::Algorithm::Ion);
    let Some(text) = tool("objdump", &["-d", "-r"], &elf::relocatable(&object, &[], true).expect("obj"))
    else {
        return;
    };
    for expect in [
        "<fib:fib/1>:",
        "<fib:twice/1>:",
        "rt:add-0x4",
        "rt:entry-0x4",
        "R_X86_64_PC32",
        "R_X86_64_32S",
        "atom:ok",
        "literal:fib:7-0x4",
        "sub    $0x1,%r14",
    ] {
        assert!(text.contains(expect), "{expect} in\n{text}");
    }
    let image = image_of(&object);
    let Some(text) = tool("readelf", &["-W", "-S", "-s"], &image) else { return };
    let warnings = text.lines().filter(|line| line.contains("arning") || line.contains("rror")).count();
    assert!(text.contains("fib:twice/1") && text.contains("NOBITS"), "{text}");
    assert_eq!(warnings, 0, "{text}");
    let Some(text) = tool("readelf", &["--debug-dump=frames-interp"], &image) else { return };
    assert!(text.contains("FDE"), "{text}");
}

#[test]
fn relocations_of_the_code_name_the_same_things() {
    let object = compile(linac_regalloc::Algorithm::Fastalloc);
    let bytes = elf::relocatable(&object, &[], true).expect("obj");
    let file = object::File::parse(&*bytes).expect("ELF");
    let text = file.section_by_name(".text").expect("text");
    assert_eq!(text.data().expect("bytes"), object.code);
    let written: Vec<(u64, String, i64)> = text
        .relocations()
        .map(|(offset, relocation)| {
            let object::RelocationTarget::Symbol(symbol) = relocation.target() else { panic!("no symbol") };
            let name = file.symbol_by_index(symbol).expect("symbol").name().expect("name").to_string();
            (offset, name, relocation.addend())
        })
        .collect();
    let expect: Vec<(u64, String, i64)> = object
        .relocs
        .iter()
        .map(|reloc| {
            let symbol = &object.symbols[reloc.symbol as usize];
            (reloc.offset.into(), linac_debuginfo::symbol_name(&object, symbol), reloc.addend.into())
        })
        .collect();
    assert_eq!(written, expect);
    assert!(expect.len() > 4);
}

#[test]
fn two_texts_of_one_module_share_an_image() {
    let object = compile(linac_regalloc::Algorithm::Ion);
    let mut linked = object.clone();
    // As the runtime keeps it: the bytes have moved to executable memory.
    linked.code.clear();
    let placed = [Placed { object: &object, address: 0x1000 }, Placed { object: &linked, address: 0x9000 }];
    let bytes = elf::image(&placed).expect("an image");
    let file = object::File::parse(&*bytes).expect("ELF");
    let functions = subprograms(&dwarf_of(&file));
    let fib: Vec<u64> = functions.iter().filter(|f| f.0 == "fib:fib/1").map(|f| f.1).collect();
    assert_eq!(fib, [0x1000, 0x9000]);
    assert_eq!(file.section_by_name(".text.1").expect("second text").address(), 0x9000);
}

#[test]
fn bad_objects_are_refused() {
    let good = compile(linac_regalloc::Algorithm::Ion);
    let check = |change: &dyn Fn(&mut CodeObject), unsupported: bool| {
        let mut bad = good.clone();
        change(&mut bad);
        let image = elf::image(&[Placed { object: &bad, address: ADDRESS }]).expect_err("refused");
        let file = elf::relocatable(&bad, &[], true).expect_err("refused");
        for error in [image, file] {
            match error {
                DebugInfoError::Unsupported(_) => assert!(unsupported),
                DebugInfoError::BadObject(_) => assert!(!unsupported),
                DebugInfoError::Bug(text) => panic!("{text}"),
            }
        }
    };
    check(&|object| object.target = "vax".into(), true);
    check(&|object| object.functions.reverse(), false);
    check(&|object| object.lines.reverse(), false);
    check(&|object| object.frames.reverse(), false);
    check(&|object| object.files.clear(), false);
    assert!(elf::image(&[]).is_err());
    assert!(elf::image(&[Placed { object: &good, address: u64::MAX - 100 }]).is_err());
}

#[test]
fn names_with_odd_characters_do_not_break_the_files() {
    let mut object = compile(linac_regalloc::Algorithm::Ion);
    object.module = "a\0b".into();
    object.functions[0].name = "new\nline\0".into();
    object.files[0] = String::new();
    image_of(&object);
    elf::relocatable(&object, &[], true).expect("obj");
    assert_eq!(perf::map_lines(&object, 0).lines().count(), 2);
}

#[test]
fn perf_map_has_a_line_per_function() {
    let object = compile(linac_regalloc::Algorithm::Ion);
    let f = &object.functions;
    let expect = format!(
        "{:x} {:x} fib:fib/1\n{:x} {:x} fib:twice/1\n",
        ADDRESS + u64::from(f[0].start),
        f[0].end - f[0].start,
        ADDRESS + u64::from(f[1].start),
        f[1].end - f[1].start
    );
    assert_eq!(perf::map_lines(&object, ADDRESS), expect);
    assert_eq!(perf::map_path(17).to_str(), Some("/tmp/perf-17.map"));
}

#[test]
fn damaged_objects_never_panic() {
    let bytes = compile(linac_regalloc::Algorithm::Ion).to_bytes().expect("bytes");
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    let mut random = |below: usize| {
        // xorshift
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let (mut read, mut written) = (0, 0);
    for _ in 0..20_000 {
        let mut damaged = bytes.clone();
        for _ in 0..=random(3) {
            let at = random(damaged.len());
            damaged[at] = random(256) as u8;
        }
        let Ok(object) = CodeObject::from_bytes(&damaged) else { continue };
        read += 1;
        // Half of them as the runtime keeps them, without their bytes.
        let mut linked = object.clone();
        linked.code.clear();
        for object in [&object, &linked] {
            match elf::image(&[Placed { object, address: ADDRESS }]) {
                Err(DebugInfoError::Bug(text)) => panic!("{text}"),
                result => written += u32::from(result.is_ok()),
            }
        }
        if let Err(DebugInfoError::Bug(text)) = elf::relocatable(&object, &[], true) {
            panic!("{text}")
        }
        perf::map_lines(&object, 0);
    }
    assert!(read > 1000 && written > 1000, "{read} read, {written} written");
}
