//! Files as compilers before OTP 25 wrote them, with one instruction for each piece of a bitstring, do what the same
//! programs do compiled by OTP 25 (`tests/old/build.sh` compiles them; the conformance test has those checked by OTP).

#![forbid(unsafe_code)]

use linac_frontend::beam::Module;
use linac_frontend::genop::op;
use linac_tests::conformance::{child, tool};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(120);

const PROGRAMS: [&str; 5] =
    ["bits_binaries", "bits_contexts", "bits_fields", "bits_in_line", "bits_integers"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace's folder")
}

#[test]
fn old_files_do_what_new_ones_do() {
    let tool = tool(root()).expect("the linac tool");
    let run = |level: &str, file: &str| {
        let mut command = Command::new(&tool);
        command.args(["run", level, file]).current_dir(root());
        child::run(&mut command, LIMIT).expect("linac runs").stderr
    };
    for name in PROGRAMS {
        for level in ["-O0", "-O2"] {
            let wanted = run(level, &format!("tests/erl/beam/25/{name}.beam"));
            assert!(wanted.starts_with("Return value: "), "{name}: {wanted}");
            assert_eq!(run(level, &format!("tests/old/{name}.beam")), wanted, "{name} {level}");
        }
    }
}

/// The stored files are what they are for, and nothing of the old form is left behind the decoder.
#[test]
fn the_old_form_ends_in_the_decoder() {
    for name in PROGRAMS {
        let bytes = std::fs::read(root().join(format!("tests/old/{name}.beam"))).expect("a stored file");
        let module = Module::decode(&bytes).expect("a module");
        assert!(module.code.highest_opcode < u32::from(op::BS_CREATE_BIN), "{name}");
        assert!(module.code.ops.iter().any(|found| found.opcode == op::BS_CREATE_BIN), "{name}");
        let old = [op::BS_INIT2, op::BS_APPEND, op::BS_ADD, op::BS_PUT_INTEGER, op::BS_PUT_BINARY];
        assert!(!module.code.ops.iter().any(|found| old.contains(&found.opcode)), "{name}");
    }
}
