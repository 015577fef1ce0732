//! The `linac` command-line tool.
#![forbid(unsafe_code)]
fn main() {
    eprintln!("linac: no command is implemented yet");
    std::process::exit(2);
}
