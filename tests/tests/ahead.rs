//! Ahead-of-time code: `linac compile` puts it into modules, `linac run` uses it and compiles nothing, the reference VM runs the
//! same file; code that does not fit is named and compiled again; damaged chunks are refused.

#![forbid(unsafe_code)]

use linac::aot::build::Plan;
use linac::aot::chunk::{Chunk, Damage};
use linac::aot::{CHUNK, Target, Unfit, find, ready};
use linac_abi::fingerprint::Checksum;
use linac_frontend::beam::Module;
use linac_frontend::beam::container::with_chunk;
use linac_tests::conformance::plan::{self, Matrix, Program};
use linac_tests::conformance::{child, exclusions, judge, library, tool};
use object::{Object, ObjectSection};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(120);

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace's folder")
}

fn command() -> Command {
    static TOOL: OnceLock<PathBuf> = OnceLock::new();
    let tool = TOOL.get_or_init(|| tool(root()).expect("the linac tool"));
    let mut command = Command::new(tool);
    command.current_dir(root()).env("PATH", "/nowhere").env_remove("LINAC_OTP_ROOT");
    command
}

fn linac(arguments: &[&str]) -> child::Finished {
    child::run(command().args(arguments), LIMIT).expect("linac runs")
}

fn status(done: &child::Finished) -> Option<i32> {
    done.status.and_then(|status| status.code())
}

/// A folder of the test's own.
fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("linac-ahead-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    folder
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a name in Unicode")
}

fn host() -> &'static Target {
    Target::named(linac_runtime::HOST_TARGET).expect("this machine is a target")
}

fn plan() -> Plan {
    let isa = linac_isa::by_name(host().name).expect("an instruction set");
    Plan { targets: vec![(host(), isa)], debug: false, level: linac_opt::Level::O2, verify: true }
}

const PROGRAM: &str = "tests/erl/beam/29/maps_flat.beam";

/// A compiled program's file.
fn made() -> Vec<u8> {
    let file = std::fs::read(root().join(PROGRAM)).expect("the program");
    plan().compile(&file).expect("compiled")
}

/// Functions that a run took from files, and those that it compiled itself, by the figures that `--stats` prints.
fn functions(stderr: &str) -> (u64, u64) {
    let number = |name: &str| -> u64 {
        let line = stderr.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|line| line.split_whitespace().next()).map_or(0, |word| word.parse().expect("a number"))
    };
    (number("ahead"), number("baseline") + number("optimized"))
}

/// Programs that load modules from memory or replace them: those have no file with code.
const LOADS: &[&str] = &[
    "code_",
    "stdlib/code",
    "stdlib/compile",
    "stdlib/erl_eval",
    "stdlib/records_native_reload",
    "reload",
    "on_load",
];

#[test]
fn conformance_programs_run_from_their_files() {
    let folder = folder("conformance");
    let programs: Vec<Program> =
        plan::programs(&root().join("tests/erl"), Matrix::Core).expect("the programs");
    let libraries = library(root()).expect("libraries");
    let library = libraries.iter().find(|(release, _)| *release == 29);
    let own = folder.join("own");
    let mut arguments = vec!["compile", "--own", "--out-dir", text(&own)];
    let modules: Vec<String> = match library {
        Some((_, ebin)) => {
            let lib = ebin.ancestors().nth(2).expect("lib/stdlib-*/ebin");
            let folders = std::fs::read_dir(lib).expect("lib").flatten().map(|entry| entry.path());
            let wanted = |path: &PathBuf| {
                ["stdlib-", "kernel-", "erts-"].iter().any(|name| {
                    path.file_name().is_some_and(|found| found.to_string_lossy().starts_with(name))
                })
            };
            folders
                .filter(wanted)
                .map(|folder| folder.join("ebin"))
                .flat_map(|ebin| {
                    let modules = plan::stems(&ebin, "beam").expect("modules");
                    modules
                        .into_iter()
                        .map(move |module| text(&ebin.join(format!("{module}.beam"))).to_string())
                })
                .collect()
        }
        None => Vec::new(),
    };
    arguments.extend(modules.iter().map(String::as_str));
    let done = child::run(command().args(&arguments), 10 * LIMIT).expect("linac runs");
    assert_eq!((status(&done), &done.stderr[..]), (Some(0), ""));
    for stdlib in ["", "stdlib"] {
        let out = folder.join("programs").join(stdlib);
        let files: Vec<String> = programs
            .iter()
            .filter(|program| program.needs_otp == (stdlib == "stdlib"))
            .map(|program| format!("tests/erl/beam/29/{}.beam", program.name))
            .collect();
        let mut arguments = vec!["compile", "--out-dir", text(&out)];
        arguments.extend(files.iter().map(String::as_str));
        let done = child::run(command().args(&arguments), 10 * LIMIT).expect("linac runs");
        assert_eq!((status(&done), &done.stderr[..]), (Some(0), ""));
    }
    let lists: Vec<_> = ["unsupported.txt", "too-slow.txt"]
        .iter()
        .flat_map(|name| {
            let list = std::fs::read_to_string(root().join("tests/erl").join(name)).expect("a list");
            exclusions::parse(&list).expect("a list")
        })
        .collect();
    let (next, ran, skipped) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let failures: Mutex<Vec<String>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(program) = programs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let case = program.cases.iter().find(|case| case.release == 29).expect("a case");
                    let listed = lists.iter().any(|entry| entry.covers(&program.name, &case.tags()));
                    if listed || program.needs_otp && library.is_none() {
                        skipped.fetch_add(1, Ordering::Relaxed);
                        continue;
                    }
                    let file = folder.join("programs").join(format!("{}.beam", program.name));
                    let mut run = command();
                    run.args(["run", "--stats", "--schedulers", "2", "-pa", text(&own), "--otp"]);
                    let installation = library.and_then(|(_, ebin)| ebin.ancestors().nth(3));
                    run.arg(installation.filter(|_| program.needs_otp).unwrap_or(Path::new("none")))
                        .arg(file);
                    let done = child::run(&mut run, LIMIT).expect("linac runs");
                    ran.fetch_add(1, Ordering::Relaxed);
                    let (ahead, compiled) = functions(&done.stderr);
                    let alone = library.is_none() || LOADS.iter().any(|name| program.name.starts_with(name));
                    let problem = match judge(&done, &case.expected, LIMIT) {
                        Err(error) => error,
                        Ok(()) if ahead == 0 => "nothing came from its file".to_string(),
                        Ok(()) if compiled > 0 && !alone => format!("{compiled} functions were compiled"),
                        Ok(()) if done.stderr.contains("warning") => done.stderr,
                        Ok(()) => continue,
                    };
                    failures.lock().expect("a list").push(format!("{}: {problem}\n  {run:?}", program.name));
                }
            });
        }
    });
    let (ran, skipped) = (ran.into_inner(), skipped.into_inner());
    println!("ahead: ran {ran}, skipped {skipped}");
    let failures = failures.into_inner().expect("a list");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(ran > 150, "ran {ran}");
    std::fs::remove_dir_all(folder).expect("removed");
}

#[test]
fn what_is_there_is_not_compiled_again() {
    let folder = folder("again");
    let out = folder.join("maps_flat.beam");
    let compile = |extra: &[&str]| {
        let mut arguments = vec!["compile", "--out-dir", text(&folder), PROGRAM];
        arguments.extend(extra);
        let done = linac(&arguments);
        assert_eq!((status(&done), &done.stderr[..]), (Some(0), ""));
        std::fs::metadata(&out).and_then(|data| data.modified()).expect("written")
    };
    let first = compile(&[]);
    assert_eq!(compile(&[]), first, "nothing has changed");
    let with_debug = compile(&["-g"]);
    assert_ne!(with_debug, first, "other options");
    let mut damaged = std::fs::read(&out).expect("the file");
    let last = damaged.len() - 40;
    damaged[last] ^= 1;
    std::fs::write(&out, damaged).expect("written");
    let before = std::fs::metadata(&out).and_then(|data| data.modified()).expect("written");
    assert_ne!(compile(&["-g"]), before, "a damaged file is made again");
    let done = linac(&["compile", "--out-dir", text(&folder), text(&out)]);
    assert_eq!(status(&done), Some(2));
    assert!(done.stderr.contains("would take the input's place"), "{}", done.stderr);
    std::fs::remove_dir_all(folder).expect("removed");
}

/// The chunk's data, changed.
fn changed(made: &[u8], change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let module = Module::decode(made).expect("a module");
    let mut data = find(&module, made).expect("a chunk").to_vec();
    change(&mut data);
    with_chunk(made, CHUNK, Some(&data)).expect("a file")
}

fn outcome(file: &[u8]) -> Result<bool, Unfit> {
    let module = Module::decode(file).expect("a module");
    ready(&module, file, host()).map(|object| object.is_some())
}

#[test]
fn code_that_does_not_fit_is_named_and_made_again() {
    let made = made();
    assert_eq!(outcome(&made), Ok(true));
    let without = with_chunk(&made, CHUNK, None).expect("a file");
    assert_eq!(outcome(&without), Ok(false));
    let version = changed(&made, |data| data[8] = 0);
    let target = changed(&made, |data| data[12..16].copy_from_slice(&[0, 77, 0, 1]));
    let contract = changed(&made, |data| data[36] ^= 1);
    let source = changed(&made, |data| data[20] ^= 1);
    let code = changed(&made, |data| *data.last_mut().expect("bytes") ^= 1);
    let code = match outcome(&code) {
        // The last bytes may be padding.
        Ok(_) => changed(&made, |data| data[200] ^= 1),
        Err(_) => code,
    };
    let cases = [
        (version, "it has format version 0x1, not linac's"),
        (target, "it is for target 77 variant 1"),
        (contract, "it was made by another version of linac"),
        (source, "the module has changed since"),
        (code, "avmN chunk, offset 0x34: the code is damaged (its checksum is wrong)"),
    ];
    let folder = folder("unfit");
    for (bytes, reason) in cases {
        let unfit = outcome(&bytes).expect_err(reason);
        assert_eq!(unfit.to_string(), reason);
        let file = folder.join("maps_flat.beam");
        std::fs::write(&file, bytes).expect("written");
        let done = linac(&["run", "--otp", "none", "--stats", text(&file)]);
        let warning = "linac: warning: maps_flat: compiled again, its ahead-of-time code is not used: ";
        assert!(done.stderr.contains(&format!("{warning}{reason}\n")), "{}", done.stderr);
        assert!(done.stderr.contains("Return value: ["), "{}", done.stderr);
        assert_eq!(functions(&done.stderr).0, 0);
    }
    // Nothing is said where the code is not wanted.
    let file = folder.join("maps_flat.beam");
    for flag in ["-O0", "--untrusted"] {
        let done = linac(&["run", "--otp", "none", "--stats", flag, text(&file)]);
        assert!(!done.stderr.contains("warning"), "{}", done.stderr);
    }
    std::fs::remove_dir_all(folder).expect("removed");
}

/// Flips bits all over the chunk, with the checksum made right again for those in the code's tables: every result is an error or
/// an object that obeys the rules.
#[test]
fn damaged_chunks_are_refused() {
    let made = made();
    let module = Module::decode(&made).expect("a module");
    let data = find(&module, &made).expect("a chunk").to_vec();
    let chunk = Chunk::decode(&data).expect("a chunk");
    let entry = chunk.entries.first().expect("code").clone();
    let elf = chunk.elf(&entry).to_vec();
    // Without the checksum made right nothing gets through.
    for at in 0..data.len() {
        let bad = changed(&made, |data| data[at] ^= 1 << (at % 8));
        let padding = at >= entry.payload.end;
        // The number of labels and the options are for others.
        let informative = (4..8).contains(&at) || (32..36).contains(&at);
        assert_eq!(outcome(&bad).is_ok(), padding || informative, "byte {at:#x}");
    }
    for end in 0..data.len().min(400) {
        let bad = changed(&made, |data| data.truncate(end));
        outcome(&bad).expect_err("truncated");
    }
    let file = object::File::parse(&elf[..]).expect("ELF");
    let tables = file.section_by_name(".linac").expect("tables").data().expect("bytes");
    let tables_at = tables.as_ptr() as usize - elf.as_ptr() as usize;
    let places = (0..0x40).chain(tables_at..tables_at + tables.len());
    let (mut refused, mut valid) = (0, 0);
    for at in places {
        for bit in [0, 3, 7] {
            let bad = changed(&made, |data| {
                let payload = &mut data[entry.payload.clone()];
                payload[at] ^= 1 << bit;
                let mut sum = Checksum::default();
                sum.add(payload);
                data[44..52].copy_from_slice(&sum.finish().to_be_bytes());
            });
            let module = Module::decode(&bad).expect("a module");
            match ready(&module, &bad, host()) {
                Ok(object) => {
                    object.expect("an object").validate().expect("a valid object");
                    valid += 1;
                }
                Err(Unfit::Damaged(Damage { offset, .. })) => {
                    assert!(offset <= data.len());
                    refused += 1;
                }
                Err(other) => panic!("byte {at:#x}: {other}"),
            }
        }
    }
    println!("{refused} refused, {valid} valid");
    assert!(refused > 1000, "{refused} refused, {valid} valid");
}

#[test]
fn packs_come_out_as_packs() {
    let folder = folder("packs");
    let (pack, ahead, out) = (folder.join("in.avm"), folder.join("ahead.avm"), folder.join("out"));
    std::fs::write(folder.join("data.txt"), b"hello").expect("written");
    let data = folder.join("data.txt");
    let other = "tests/erl/beam/29/records_tagged.beam";
    let done = linac(&["pack", "-s", "maps_flat", "-o", text(&pack), other, PROGRAM, text(&data)]);
    assert_eq!((status(&done), &done.stderr[..]), (Some(0), ""));
    let done = linac(&["compile", "-o", text(&ahead), text(&pack)]);
    assert_eq!((status(&done), &done.stderr[..]), (Some(0), ""));
    let plain = linac(&["run", "--otp", "none", "--stats", text(&pack)]);
    let quick = linac(&["run", "--otp", "none", "--stats", text(&ahead)]);
    let value = |done: &child::Finished| {
        done.stderr.lines().find(|line| line.starts_with("Return value")).map(String::from).expect("a value")
    };
    assert_eq!(value(&plain), value(&quick));
    assert!(functions(&quick.stderr).0 > 0 && functions(&plain.stderr).0 == 0);
    let done = linac(&["unpack", "-o", text(&out), text(&ahead)]);
    assert_eq!((status(&done), &done.stderr[..]), (Some(0), ""));
    assert_eq!(std::fs::read(out.join("data.txt")).expect("the file"), b"hello");
    let module = out.join("maps_flat.beam");
    let done = linac(&["run", "--otp", "none", "--stats", text(&module)]);
    assert_eq!(value(&done), value(&plain));
    assert!(functions(&done.stderr).0 > 0);
    for (arguments, message) in [
        (vec!["pack", "-s", "nobody", "-o", text(&pack), PROGRAM], "no module nobody that exports start/0"),
        (vec!["pack", "-o", text(&pack), PROGRAM, PROGRAM], "maps_flat.beam comes twice"),
        (vec!["pack", "-o", text(&pack), "Cargo.tom"], "Cargo.tom: No such file"),
    ] {
        let done = linac(&arguments);
        assert_eq!(status(&done), Some(2));
        assert!(done.stderr.contains(message), "{}", done.stderr);
    }
    std::fs::remove_dir_all(folder).expect("removed");
}

/// The file runs on the reference VM, and what its documentation says about the chunk holds: cut behind the information, it is ELF.
#[test]
fn the_reference_vm_takes_the_same_file() {
    let folder = folder("reference");
    for release in [27, 29] {
        let Some(erl) = std::env::var_os(format!("OTP{release}"))
            .map_or_else(|| root().join(format!("target/otp{release}")), PathBuf::from)
            .join("bin/erl")
            .canonicalize()
            .ok()
        else {
            assert!(std::env::var("LINAC_REQUIRE_OTP").is_err(), "no OTP {release}");
            println!("left out: no OTP {release}");
            continue;
        };
        let file = format!("tests/erl/beam/{release}/maps_flat.beam");
        let out = folder.join("maps_flat.beam");
        let done = linac(&["compile", "-o", text(&out), &file]);
        assert_eq!((status(&done), &done.stderr[..]), (Some(0), ""));
        let script = "[_ | _] = maps_flat:start(), \
            {ok, {_, [{_, Data}]}} = beam_lib:chunks(\"maps_flat.beam\", [\"avmN\"]), \
            <<Size:32/big, _:Size/binary, Elf/binary>> = Data, <<16#7f, \"ELF\", _/binary>> = Elf, \
            ok = file:write_file(\"module.elf\", Elf), halt(7).";
        let ran = Command::new(&erl)
            .current_dir(&folder)
            .args(["-noshell", "-eval", script])
            .output()
            .expect("erl runs");
        assert_eq!(ran.status.code(), Some(7), "{}", String::from_utf8_lossy(&ran.stdout));
        let elf = std::fs::read(folder.join("module.elf")).expect("written");
        let elf = object::File::parse(&elf[..]).expect("ELF");
        use object::ObjectSymbol;
        assert!(elf.symbols().any(|symbol| symbol.name() == Ok("maps_flat:start/0")));
    }
    std::fs::remove_dir_all(folder).expect("removed");
}
