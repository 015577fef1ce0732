//! The `linac` command-line tool.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    linac::cli::main()
}
