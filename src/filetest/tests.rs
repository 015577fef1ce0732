//! The runner itself: every kind of wrong expectation is noticed.

use super::*;

/// A folder of its own for each test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("linac-filetest-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn run(&self, text: &str, bless: bool) -> (Summary, String) {
        let path = self.0.join("a.lir");
        std::fs::write(&path, text).unwrap();
        let summary = run_paths(&builtin(), std::slice::from_ref(&path), bless);
        (summary, std::fs::read_to_string(&path).unwrap())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that cannot be removed is no reason to fail.
        std::fs::remove_dir_all(&self.0).ok();
    }
}

const FUNCTION: &str = "function t:id/1 index 0 word 64 stage beam {\nb0(v0: term):\n  return v0\n}\n";

#[test]
fn wrong_files_fail() {
    let folder = Folder::new("wrong");
    let cases = [
        ("", "", "the file names no command"),
        ("; test frobnicate\n", "", "there is no such command"),
        ("; test interp\n", "", "the file has no calls"),
        ("; test interp\n", "; run: id(1) == 2\n", "word 64: the outcome is == 1"),
        ("; test interp\n", "; run: id(1) raises error:a\n", "the outcome is == 1"),
        ("; test interp\n", "; run: id(1) traps \"x\"\n", "the outcome is == 1"),
        ("; test interp\n", "; run: none(1) == 1\n", "t:none/1 is not in the program"),
        ("; test interp\n", "; run: id(1 == 1\n", "in the call: expected `)`"),
        ("; test verify\n", "; run: id(1) == 1\n", "no command of the file looks at this call"),
        ("; test verify\n", "; function\n", "no command of the file looks at this text"),
        ("; test interp\n", "; run: id(1) == 1\n; error: x\n", "no command of the file looks at this error"),
        ("; test verify\n", "; error: x\n", "the verifier finds no error"),
        ("; test parse\n", "; error: x\n", "no error is found"),
        ("; test print\n", "", "the text differs"),
        ("; test pass nothing\n", "", "there is no pass"),
        ("", "; test verify\n", "commands stand in front"),
        ("; test parse\n", "function", "expected a module name"),
    ];
    for (before, after, message) in cases {
        let (summary, _) = folder.run(&format!("{before}{FUNCTION}{after}"), false);
        let shown = summary.to_string();
        assert!(!summary.is_success() && shown.contains(message), "expected {message:?}, found\n{shown}");
    }
    let summary = run_paths(&builtin(), &[folder.0.join("missing.lir")], false);
    assert_eq!(summary.failures.len(), 1);
}

#[test]
fn blessing_writes_what_was_made() {
    let folder = Folder::new("bless");
    let text =
        format!("; test print\n; test interp\n{FUNCTION}; old text\n; run: id(1) == 1\n\n;; the end\n");
    let (summary, _) = folder.run(&text, false);
    assert!(!summary.is_success() && summary.blessed.is_empty());
    let (summary, blessed) = folder.run(&text, true);
    assert!(summary.is_success(), "{summary}");
    assert_eq!((summary.blessed.len(), summary.ran), (1, 2));
    let expected: String = FUNCTION.lines().map(|l| format!("; {l}\n")).collect();
    let call = "; run: id(1) == 1\n\n;; the end\n";
    assert_eq!(blessed, format!("; test print\n; test interp\n{FUNCTION}{expected}{call}"));
    let (summary, again) = folder.run(&blessed, false);
    assert!(summary.is_success() && again == blessed, "{summary}");
}

#[test]
fn skipping_is_counted() {
    let folder = Folder::new("skip");
    let mut commands = builtin();
    commands.push(Command {
        name: "never",
        about: "cannot run here",
        action: Action::Run(Box::new(|_, _, _| Err(Problem::Skipped("no such machine".into())))),
    });
    let path = folder.0.join("a.lir");
    std::fs::write(&path, format!("; test never\n; test verify\n{FUNCTION}; run: id(1) == 1\n")).unwrap();
    let summary = run_paths(&commands, &[path], false);
    assert!(summary.to_string().ends_with("ran 1, skipped 1, failed 0"), "{summary}");
}
