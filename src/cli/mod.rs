//! The command line: arguments, commands, exit status.
//!
//! Exit status: 0 success; 1 the program or check failed; 2 wrong arguments or bad input, with one line on stderr.

#[cfg(feature = "compiler")]
mod ahead;
#[cfg(feature = "compiler")]
mod compile;
mod eval;
mod inspect;
#[cfg(feature = "compiler")]
mod jit;
#[cfg(not(feature = "compiler"))]
#[path = "no_jit.rs"]
mod jit;
mod missing;
mod pack;
mod run;
mod script;
#[cfg(feature = "compiler")]
mod test;

use clap::{Args, Parser, Subcommand};
use linac_frontend::pack as packs;
use linac_runtime::Otp;
use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Status for wrong arguments and bad input.
const BAD_INPUT: u8 = 2;

#[derive(Parser)]
#[command(name = "linac", version, about = "Runs BEAM code as optimized native code")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a program
    Run(run::RunArgs),
    /// Evaluate expressions
    Eval(eval::EvalArgs),
    #[cfg(feature = "compiler")]
    /// Compile modules ahead of time, or show a stage of the compiler
    Compile(compile::CompileArgs),
    /// Show what is in a .beam or .avm file
    Inspect(inspect::InspectArgs),
    /// Make a pack (.avm) of modules and files
    Pack(pack::PackArgs),
    /// Take a pack apart
    Unpack(pack::UnpackArgs),
    #[cfg(feature = "compiler")]
    /// Run filetests
    Test(test::TestArgs),
}

/// What ends a command early: a line for stderr and the exit status.
struct Failure {
    message: String,
    status: u8,
}

impl Failure {
    /// The input or the arguments are at fault.
    fn input(message: impl ToString) -> Failure {
        Failure { message: message.to_string(), status: BAD_INPUT }
    }

    /// The thing asked for did not work.
    fn failed(message: impl ToString) -> Failure {
        Failure { message: message.to_string(), status: 1 }
    }
}

type Outcome = Result<u8, Failure>;

#[derive(Args)]
struct FileArg {
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl FileArg {
    /// Is it a pack, by its name or its beginning?
    fn is_pack(&self) -> bool {
        let mut beginning = Vec::new();
        let file = std::fs::File::open(&self.file).map(|file| file.take(packs::HEADER.len() as u64));
        let read = file.and_then(|mut file| file.read_to_end(&mut beginning));
        read.is_ok()
            && (packs::is_pack(&beginning)
                || self.file.extension().is_some_and(|extension| extension == "avm"))
    }

    fn decode_pack(&self) -> Result<packs::Pack, Failure> {
        let name = self.file.display();
        let bytes = std::fs::read(&self.file).map_err(|e| Failure::input(format!("{name}: {e}")))?;
        packs::Pack::decode(&bytes).map_err(|e| Failure::input(format!("{name}: {e}")))
    }

    fn decode(&self) -> Result<linac_frontend::beam::Module, Failure> {
        let name = self.file.display();
        let bytes = std::fs::read(&self.file).map_err(|e| Failure::input(format!("{name}: {e}")))?;
        linac_frontend::beam::Module::decode(&bytes).map_err(|e| Failure::input(format!("{name}: {e}")))
    }
}

/// Whose libraries programs use.
#[derive(Args)]
struct OtpArgs {
    /// Folder of the OTP installation whose libraries to use, or none; else $LINAC_OTP_ROOT, else that of the erl on
    /// the PATH
    #[arg(long, value_name = "DIR")]
    otp: Option<PathBuf>,
}

impl OtpArgs {
    /// Checks what was asked for; an installation that nobody asked for by name is looked for when it is needed.
    fn find(&self) -> Result<Otp, Failure> {
        let variable =
            || std::env::var_os("LINAC_OTP_ROOT").filter(|value| !value.is_empty()).map(PathBuf::from);
        let Some(folder) = self.otp.clone().or_else(variable) else { return Ok(Otp::OnPath) };
        if folder.as_os_str() == "none" {
            return Ok(Otp::None);
        }
        match linac_runtime::otp_root(&folder) {
            Some(root) => Ok(Otp::Root(root)),
            None => Err(Failure::input(format!(
                "{}: no OTP installation (no lib/stdlib-* in it)",
                folder.display()
            ))),
        }
    }
}

/// Runs the tool with the process's arguments.
pub fn main() -> ExitCode {
    // `-pa DIR` is spelt as erl spells it, which is no short option to the parser; behind `--` it is an argument.
    let mut own = true;
    let mut words: Vec<OsString> = std::env::args_os().collect();
    script::separate_arguments(&mut words);
    let words = words.into_iter().map(|word| {
        own &= word != "--";
        if own && word == "-pa" { "--pa".into() } else { word }
    });
    let cli = match Cli::try_parse_from(words) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors; everything else is.
            if error.use_stderr() {
                linac_runtime::say!("linac: {}", one_line(&error));
                return ExitCode::from(BAD_INPUT);
            }
            let _ = error.print();
            return ExitCode::SUCCESS;
        }
    };
    let outcome = match cli.command {
        Command::Run(args) => run::run(args),
        Command::Eval(args) => eval::run(args),
        #[cfg(feature = "compiler")]
        Command::Compile(args) => compile::run(args),
        Command::Inspect(args) => inspect::run(args),
        Command::Pack(args) => pack::pack(&args),
        Command::Unpack(args) => pack::unpack(&args),
        #[cfg(feature = "compiler")]
        Command::Test(args) => test::run(args),
    };
    match outcome {
        Ok(status) => ExitCode::from(status),
        Err(failure) => {
            linac_runtime::say!("linac: {}", failure.message);
            ExitCode::from(failure.status)
        }
    }
}

/// What is wrong with the arguments, without the usage and advice that the parser adds.
fn one_line(error: &clap::Error) -> String {
    use clap::error::ErrorKind;
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return "a command is missing; see linac --help".to_string();
    }
    let text = error.to_string();
    let lines = text.lines().map(str::trim).skip_while(|line| line.is_empty());
    let mut message = String::new();
    for line in lines.take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more")) {
        if line.is_empty() {
            break;
        }
        message.push_str(if message.is_empty() { "" } else { " " });
        message.push_str(line);
    }
    // Spelt as users spell it.
    message.trim_start_matches("error: ").replace("--pa", "-pa")
}

/// Reads a file.
fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(file).map_err(|e| Failure::input(format!("{}: {e}", file.display())))
}

/// Writes a file as a whole: under another name first, so that nothing is ever half there.
fn write(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut name = file.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.tmp", std::process::id()));
    let draft = file.with_file_name(name);
    let done = std::fs::write(&draft, bytes).and_then(|()| std::fs::rename(&draft, file));
    done.map_err(|e| {
        let _ = std::fs::remove_file(&draft);
        Failure::input(format!("{}: {e}", file.display()))
    })
}

/// Writes to stdout; a closed pipe ends the program quietly.
fn print(text: &str) {
    use std::io::Write;
    let mut out = std::io::stdout();
    if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // Whoever reads a pipe may have seen enough; everything else is a failure.
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            std::process::exit(0);
        }
        linac_runtime::say!("linac: cannot write the output: {error}");
        std::process::exit(1);
    }
}
