//! Scripts (escripts) in `linac run`: which files are scripts, and what their first lines ask for.
//!
//! OTP's own module `escript` runs them. What its start program does is here: a script's third line (or second) may
//! begin with `%%!` and give flags for the emulator, and everything behind the script's name is an argument of it.

use super::{Cli, Failure, Outcome};
use crate::cli::run::{Machine, RunArgs, finish};
use clap::CommandFactory;
use linac_frontend::pack;
use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Bytes of a script that are looked at for its kind and flags.
const BEGINNING: u64 = 4096;

/// Is a file that begins like this a script?
pub(super) fn is_script(file: &Path, beginning: &[u8]) -> bool {
    let archive = beginning.starts_with(b"PK\x03\x04");
    let named = file.extension().is_some_and(|extension| extension == "escript");
    !pack::is_pack(beginning) && (beginning.starts_with(b"#!") || archive || named)
}

fn beginning(file: &Path) -> Option<Vec<u8>> {
    std::fs::metadata(file).ok().filter(std::fs::Metadata::is_file)?;
    let mut bytes = Vec::new();
    std::fs::File::open(file).ok()?.take(BEGINNING).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// Puts `--` behind the script of `linac run [OPTION]... SCRIPT [ARGUMENT]...`.
pub(super) fn separate_arguments(words: &mut Vec<OsString>) {
    if words.get(1).is_none_or(|word| word != "run") {
        return;
    }
    let cli = Cli::command();
    let Some(run) = cli.find_subcommand("run") else { return };
    let takes_value = |option: &str| {
        run.get_arguments().any(|argument| {
            let named = match option.strip_prefix("--") {
                Some(long) => argument.get_long() == Some(long),
                None => argument
                    .get_short()
                    .is_some_and(|short| option.strip_prefix('-') == Some(&short.to_string())),
            };
            named && argument.get_action().takes_values()
        })
    };
    let mut at = 2;
    while let Some(word) = words.get(at) {
        let text = word.to_string_lossy();
        if text == "--" {
            return;
        }
        if text.len() > 1 && text.starts_with('-') {
            at += if takes_value(&text) { 2 } else { 1 };
            continue;
        }
        let file = PathBuf::from(word);
        if beginning(&file).is_some_and(|bytes| is_script(&file, &bytes)) {
            if words.get(at + 1).is_none_or(|next| next != "--") {
                words.insert(at + 1, "--".into());
            }
            return;
        }
        at += 1;
    }
}

/// What the `%%!` line of a script says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Flags {
    /// Folders given by `-pa` and `-pz`.
    pub(super) paths: Vec<PathBuf>,
    /// The other flags, for `init:get_argument/1`.
    pub(super) words: Vec<String>,
}

fn flags(beginning: &[u8]) -> Flags {
    let mut found = Flags::default();
    let lines = beginning.split(|byte| *byte == b'\n').skip(1).take(2);
    let Some(line) = lines.filter_map(|line| line.strip_prefix(b"%%!")).next() else { return found };
    let line = String::from_utf8_lossy(line);
    let mut words = line.split_whitespace().peekable();
    let is_value = |word: &&str| !word.starts_with(['-', '+']);
    while let Some(word) = words.next() {
        if word.starts_with('+') {
            // For the reference emulator.
            words.next_if(is_value);
        } else if word == "-pa" || word == "-pz" {
            while let Some(folder) = words.next_if(is_value) {
                found.paths.push(folder.into());
            }
        } else {
            found.words.push(word.into());
        }
    }
    found
}

/// Runs the script that `args` names.
pub(super) fn run(args: RunArgs) -> Outcome {
    let file = &args.files[0];
    let name = file.display();
    if let Some(other) = args.files.get(1) {
        return Err(Failure::input(format!("{}: a script takes no other files: {name}", other.display())));
    }
    let text = file.to_str().ok_or_else(|| Failure::input(format!("{name}: no Unicode in the name")))?;
    let mut words = vec![text.to_string()];
    words.extend(args.arguments.iter().cloned());
    let flags = flags(&beginning(file).unwrap_or_default());
    let Machine { runtime, kept } = args.machine.start(words, flags)?;
    if !runtime.has_otp() {
        return Err(Failure::input(format!(
            "{name}: scripts need an OTP installation: --otp DIR, LINAC_OTP_ROOT or an erl on the PATH",
        )));
    }
    let result = runtime.run_main("linac_init", "script", &[]);
    finish(&args, result, runtime, kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_come_from_the_second_or_third_line() {
        let paths = vec!["a".into(), "b".into(), "c".into()];
        let words = ["-name", "x", "-noshell"].map(String::from).to_vec();
        let line = "%%! -pa a b +S 2 -name x +K true -pz c -noshell\n";
        let wanted = Flags { paths, words };
        assert_eq!(flags(format!("#!\n{line}").as_bytes()), wanted);
        assert_eq!(flags(format!("#!\n%% -*-\n{line}").as_bytes()), wanted);
        assert_eq!(flags(format!("#!\n%% -*-\n%%\n{line}").as_bytes()), Flags::default());
        assert_eq!(flags(b""), Flags::default());
    }

    #[test]
    fn options_before_the_script_are_no_arguments_of_it() {
        let file = std::env::temp_dir().join(format!("linac-script-{}.escript", std::process::id()));
        std::fs::write(&file, "#!/usr/bin/env escript\nmain(_) -> ok.\n").expect("written");
        let script = file.to_str().expect("text");
        let check = |before: &str, after: &str| {
            let split = |text: &str| -> Vec<OsString> {
                text.split_whitespace().map(|word| word.replace('@', script).into()).collect()
            };
            let mut words = split(before);
            separate_arguments(&mut words);
            assert_eq!(words, split(after));
        };
        check("linac run @ -x", "linac run @ -- -x");
        check("linac run -O 2 --otp @ --schedulers=3 @ a", "linac run -O 2 --otp @ --schedulers=3 @ -- a");
        check("linac run -O2 --stats @", "linac run -O2 --stats @ --");
        check("linac run @ -- @", "linac run @ -- @");
        check("linac run a.beam -- @ b", "linac run a.beam -- @ b");
        check("linac eval @ b", "linac eval @ b");
        std::fs::remove_file(&file).expect("removed");
    }
}
