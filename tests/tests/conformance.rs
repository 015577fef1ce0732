//! Runs the Erlang programs of `tests/erl` and `examples` with the `linac` tool; see [`linac_tests::conformance`].
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    linac_tests::conformance::main()
}
