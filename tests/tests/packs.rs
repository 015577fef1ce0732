//! AtomVM packs: `run` and `inspect` take them, and damaged ones give one line with file, place and reason.

#![forbid(unsafe_code)]

use linac_frontend::pack::{BEAM, HEADER, Pack, START};
use linac_tests::conformance::{child, tool};
use linac_tests::packs::{Section, pack, pruned};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(120);

/// Programs whose modules use literals, funs, strings, exceptions and processes.
const PROGRAMS: &[&str] = &[
    "maps_flat",
    "funs_closures",
    "bits_binaries",
    "try_basic",
    "receive_selective",
    "records_tagged",
    "atoms",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace's folder")
}

fn linac(arguments: &[&str]) -> child::Finished {
    static TOOL: OnceLock<PathBuf> = OnceLock::new();
    let tool = TOOL.get_or_init(|| tool(root()).expect("the linac tool"));
    let mut command = Command::new(tool);
    command.args(arguments).current_dir(root()).env("PATH", "/nowhere").env_remove("LINAC_OTP_ROOT");
    child::run(&mut command, LIMIT).expect("linac runs")
}

fn status(done: &child::Finished) -> Option<i32> {
    done.status.and_then(|status| status.code())
}

/// A folder of the test's own.
fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("linac-packs-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    folder
}

fn read(file: &str) -> Vec<u8> {
    std::fs::read(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> String {
    let file = folder.join(name);
    std::fs::write(&file, bytes).expect("written");
    file.to_str().expect("a name in Unicode").to_owned()
}

#[test]
fn what_is_written_is_read() {
    let bytes = pack(&[
        Section::module("other.beam", b"12345"),
        Section { name: "priv/data.txt", flags: 0, data: b"text" },
        Section::start("main.beam", b"beam"),
    ]);
    let sections = [
        (BEAM, "other.beam", &b"12345"[..]),
        (0, "priv/data.txt", b"text"),
        (BEAM | START, "main.beam", b"beam"),
    ];
    assert_eq!(linac_frontend::pack::encode(sections).expect("a pack"), bytes, "both writers agree");
    let read = Pack::decode(&bytes).expect("a pack");
    let names: Vec<&str> = read.sections.iter().map(|section| section.name.as_str()).collect();
    assert_eq!(names, ["other.beam", "priv/data.txt", "main.beam"]);
    let data: Vec<&[u8]> = read.sections.iter().map(|section| &bytes[section.data.clone()]).collect();
    assert_eq!(data, [&b"12345\0\0\0"[..], b"text", b"beam"]);
    let modules: Vec<Option<&str>> = read.sections.iter().map(|section| section.module()).collect();
    assert_eq!(modules, [Some("other"), None, Some("main")]);
    assert_eq!(read.start().map(|section| section.name.as_str()), Some("main.beam"));
    let flags: Vec<u32> = read.sections.iter().map(|section| section.flags).collect();
    assert_eq!(flags, [BEAM, 0, BEAM | START]);
}

#[test]
fn packed_programs_do_what_their_files_do() {
    let folder = folder("programs");
    for name in PROGRAMS {
        let file = format!("tests/erl/beam/29/{name}.beam");
        let whole = linac(&["run", &file]);
        assert_eq!(status(&whole), Some(1), "{name}: {}", whole.stderr);
        assert!(whole.stderr.starts_with("Return value: "), "{name}: {}", whole.stderr);
        let beam = pruned(&read(&file));
        let place =
            write(&folder, &format!("{name}.avm"), &pack(&[Section::start(&format!("{name}.beam"), &beam)]));
        let packed = linac(&["run", &place]);
        assert_eq!((packed.stdout, packed.stderr), (whole.stdout, whole.stderr), "{name}");
    }
    let _ = std::fs::remove_dir_all(&folder);
}

#[test]
fn modules_are_found_in_all_packs_before_folders() {
    let folder = folder("several");
    let (main, v1, v2) = ("tests/packs/caller.beam", "examples/reload_v1/counter.beam", "examples/reload_v2");
    let caller = write(&folder, "caller.avm", &pack(&[Section::start("caller.beam", &read(main))]));
    let library = write(&folder, "lib.avm", &pack(&[Section::module("counter.beam", &read(v1))]));
    // A library first: the start module is that of the first pack that marks one.
    for files in [[&library, &caller], [&caller, &library]] {
        let done = linac(&["run", "-pa", v2, files[0], files[1]]);
        assert_eq!(done.stderr, "Return value: {version,1}\n");
    }
    let done = linac(&["run", "-pa", v2, &caller]);
    assert_eq!(done.stderr, "Return value: {version,2}\n");
    let done = linac(&["run", "-pa", v2, main, &library]);
    assert_eq!(done.stderr, "Return value: {version,1}\n");
    let done = linac(&["run", &library]);
    assert_eq!(status(&done), Some(2));
    assert_eq!(done.stderr, format!("linac: {library}: no module is marked as the one to start\n"));
    let _ = std::fs::remove_dir_all(&folder);
}

#[test]
fn functions_of_atomvm_are_undefined_by_name() {
    let folder = folder("atomvm");
    let beam = read("tests/packs/board.beam");
    let place = write(&folder, "board.avm", &pack(&[Section::start("board.beam", &beam)]));
    let done = linac(&["run", &place]);
    assert_eq!(status(&done), Some(1));
    let wanted =
        "Return value: [{undef,{atomvm,platform,0}},{undef,{esp,restart,0}},{undef,{gpio,set_level,2}}]\n";
    assert_eq!(done.stderr, wanted);
    let _ = std::fs::remove_dir_all(&folder);
}

#[test]
fn inspect_lists_sections() {
    let folder = folder("inspect");
    let sections =
        [Section::start("a.beam", b"beam"), Section { name: "b.txt", flags: 4, data: b"12345678" }];
    let place = write(&folder, "x.avm", &pack(&sections));
    let done = linac(&["inspect", &place]);
    let wanted = "2 sections\n\
                  0x00000018 start         4 bytes  flags 0x3  a.beam\n\
                  0x00000030 file          8 bytes  flags 0x4  b.txt\n";
    assert_eq!((done.stdout.as_str(), done.stderr.as_str()), (wanted, ""));
    let _ = std::fs::remove_dir_all(&folder);
}

#[test]
fn damaged_packs_give_one_line() {
    let folder = folder("damaged");
    let good = pack(&[Section::start("caller.beam", &read("tests/packs/caller.beam"))]);
    let with = |at: usize, bytes: &[u8]| {
        let mut damaged = good.clone();
        damaged[at..at + bytes.len()].copy_from_slice(bytes);
        damaged
    };
    let head = HEADER.len();
    let cases: &[(&str, Vec<u8>, &str)] = &[
        ("empty.avm", Vec::new(), "offset 0x0: pack: 24 bytes wanted, 0 left"),
        ("header.avm", with(3, b"X"), "offset 0x0: pack: the header is not that of a pack"),
        ("end.avm", good[..good.len() - 16].to_vec(), "section head: 4 bytes wanted, 0 left"),
        ("cut.avm", good[..good.len() - 20].to_vec(), "offset 0x18: pack:"),
        (
            "small.avm",
            with(head, &8u32.to_be_bytes()),
            "offset 0x18: section head: size 8 has no room for a name",
        ),
        ("large.avm", with(head, &u32::MAX.to_be_bytes()), "offset 0x18: pack: 4294967295 bytes wanted"),
        ("noname.avm", with(head + 12, b"\0"), "offset 0x24: section name: empty"),
        ("utf8.avm", with(head + 12, b"\xFF"), "offset 0x24: section name: invalid utf-8"),
        ("zero.avm", with(head, &14u32.to_be_bytes()), "offset 0x24: section name: no end"),
    ];
    for (name, bytes, reason) in cases {
        let place = write(&folder, name, bytes);
        for command in ["run", "inspect"] {
            let done = linac(&[command, &place]);
            assert_eq!(status(&done), Some(2), "{name}: {}", done.stderr);
            assert_eq!(done.stderr.lines().count(), 1, "{name}: {}", done.stderr);
            assert!(done.stderr.starts_with(&format!("linac: {place}: ")), "{}", done.stderr);
            assert!(done.stderr.contains(reason), "{}", done.stderr);
        }
    }
    // A module that is damaged is noticed when it is needed, by name.
    let beam = read("tests/packs/caller.beam");
    let place = write(&folder, "beam.avm", &pack(&[Section::start("caller.beam", &beam[..beam.len() / 2])]));
    let done = linac(&["run", &place]);
    assert_eq!(status(&done), Some(2), "{}", done.stderr);
    assert!(done.stderr.contains("beam.avm: caller.beam: "), "{}", done.stderr);
    let _ = std::fs::remove_dir_all(&folder);
}

/// Whatever is changed: sections lie inside the file, one after the other, or there is an error inside the file.
#[test]
fn no_damage_leads_outside_the_file() {
    let good = pack(&[
        Section::module("first.beam", &[1; 40]),
        Section { name: "data", flags: 0, data: &[2; 24] },
        Section::start("last.beam", &[3; 8]),
    ]);
    let check = |bytes: &[u8]| match Pack::decode(bytes) {
        Ok(pack) => {
            let mut end = HEADER.len();
            for section in &pack.sections {
                assert!(section.offset == end && section.data.start > section.offset);
                assert!(section.data.start <= section.data.end && section.data.end <= bytes.len());
                assert!(!section.name.is_empty());
                end = section.data.end;
            }
            true
        }
        Err(error) => {
            assert!(error.offset <= bytes.len() && !error.reason.is_empty());
            false
        }
    };
    assert!(check(&good));
    for length in 0..good.len() - 16 {
        assert!(!check(&good[..length]), "cut at {length}");
    }
    let mut accepted = 0;
    for at in 0..good.len() {
        for value in 0..=255 {
            let mut damaged = good.clone();
            damaged[at] = value;
            accepted += usize::from(check(&damaged));
        }
    }
    assert!(accepted > 0);
    // Several changes at once, from a generator with a fixed seed.
    let mut seed = 0x2545_F491_4F6C_DD1Du64;
    let mut random = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % below as u64) as usize
    };
    for _ in 0..100_000 {
        let mut damaged = good.clone();
        for _ in 0..1 + random(6) {
            let at = HEADER.len() + random(good.len() - HEADER.len());
            damaged[at] = random(256) as u8;
        }
        damaged.truncate(good.len() - random(3) * random(good.len() / 2));
        check(&damaged);
    }
}
