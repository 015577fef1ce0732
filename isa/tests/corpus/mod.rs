//! What the corpora of all instruction sets share: names, comparison with the stored file, rewriting it.

use linac_emit::Label;
use linac_isa::backend::Names;
use std::collections::BTreeMap;
use std::fmt::{self, Formatter, Write};
use std::path::Path;

const BLESS: &str = "LINAC_BLESS";

/// Names a label by its distance if it lies behind.
pub struct Distance {
    /// The label and how many bytes it lies behind the instruction.
    pub back: Option<(Label, u32)>,
}

impl Names for Distance {
    fn label(&self, label: Label, f: &mut Formatter<'_>) -> fmt::Result {
        match self.back {
            Some((behind, distance)) if behind == label => write!(f, "back{distance}"),
            _ => fmt::Display::fmt(&label, f),
        }
    }
}

/// Bytes as the corpora write them.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02X}");
        text
    })
}

/// Compares the bytes and texts made with the file, a path relative to the package; with `LINAC_BLESS=1` rewrites it.
pub fn check(file: &str, header: &str, cases: impl Iterator<Item = (String, String)>) {
    let mut by_text = BTreeMap::new();
    let mut made = header.to_owned();
    for (hex, text) in cases {
        match by_text.insert(text.clone(), hex.clone()) {
            None => writeln!(made, "{hex:<24}  {text}").unwrap(),
            // Different ways to write the same instruction (a slot is also an offset from the stack pointer).
            Some(before) => assert_eq!(before, hex, "{text} has two encodings"),
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os(BLESS).is_some() {
        std::fs::write(&path, &made).unwrap();
        return;
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let pairs = stored.lines().zip(made.lines()).filter(|(stored, made)| stored != made);
    let mut report = String::new();
    for (stored, made) in pairs.take(20) {
        writeln!(report, "- {stored}\n+ {made}").unwrap();
    }
    let (stored, made) = (stored.lines().count(), made.lines().count());
    assert!(
        report.is_empty() && stored == made,
        "the corpus differs (stored {stored} lines, made {made}; {BLESS}=1 rewrites {file}):\n{report}"
    );
}
