//! The x86-64 encoder and printer against the corpus `tests/asm/x86_64.txt`.
//!
//! The corpus holds every instruction in every form: operations, widths, registers with the encodings that need care
//! (`rsp`, `rbp`, `r12`, `r13`, byte registers), addressing modes, immediates at their bounds. It is made by
//! [`forms`] and compared on every run; `scripts/check-asm-corpus.sh` derives the bytes again from the text with two
//! assemblers that know nothing of us.

#[path = "x86_64/forms.rs"]
mod forms;

use forms::{Case, all};
use linac_emit::{CodeBuffer, Label};
use linac_isa::x86_64::encode::{Frame, encode, pad};
use linac_isa::x86_64::print::{Names, print};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Formatter, Write};
use std::path::Path;

const PATH: &str = "../tests/asm/x86_64.txt";
const BLESS: &str = "LINAC_BLESS";
const HEADER: &str = "\
# x86-64 instructions: bytes, then text. Written by the test of the encoder, see scripts/check-asm-corpus.sh.
# Symbols sym0, ... are outside, so their fields are zero; L0 lies ahead, so its fields are zero too; backN lies N
# bytes before the instruction.
";

/// Slots are counted from here in the corpus.
const FRAME: Frame = Frame { slot_base: 16 };

/// Names a label by its distance if it lies behind.
struct Distance {
    back: Option<(Label, u32)>,
}

impl Names for Distance {
    fn label(&self, label: Label, f: &mut Formatter<'_>) -> fmt::Result {
        match self.back {
            Some((behind, distance)) if behind == label => write!(f, "back{distance}"),
            _ => fmt::Display::fmt(&label, f),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02X}");
        text
    })
}

/// Bytes and text of a case.
fn render(case: &Case) -> (String, String) {
    let mut buffer = CodeBuffer::new();
    let label = buffer.label();
    let mut names = Distance { back: None };
    if let Some(distance) = case.back {
        buffer.bind(label);
        pad(distance, &mut buffer);
        names.back = Some((label, distance));
    }
    let start = buffer.bytes().len();
    let insn = (case.insn)(label);
    let text = print(&insn, Some(FRAME), &names).to_string();
    encode(&insn, FRAME, &mut buffer).unwrap_or_else(|error| panic!("{text}: {error}"));
    (hex(&buffer.bytes()[start..]), text)
}

#[test]
fn corpus_is_reproduced() {
    let mut by_text = BTreeMap::new();
    let mut made = HEADER.to_owned();
    for case in all() {
        let (hex, text) = render(&case);
        match by_text.insert(text.clone(), hex.clone()) {
            None => writeln!(made, "{hex:<24}  {text}").unwrap(),
            // Different ways to write the same instruction (a slot is also an offset from rsp).
            Some(before) => assert_eq!(before, hex, "{text} has two encodings"),
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PATH);
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
        "the corpus differs (stored {stored} lines, made {made}; {BLESS}=1 rewrites {PATH}):\n{report}"
    );
}

#[test]
fn every_instruction_is_in_the_corpus() {
    let mut buffer = CodeBuffer::<linac_isa::x86_64::encode::PcRel>::new();
    let label = buffer.label();
    let seen: BTreeSet<_> = all().iter().map(|case| forms::kind(&(case.insn)(label))).collect();
    let missing: Vec<_> = forms::KINDS.iter().filter(|kind| !seen.contains(*kind)).collect();
    assert!(missing.is_empty(), "no form of {missing:?}");
}

/// The order of operands is a contract with the allocator: what a result reuses is operand 0.
#[test]
fn reused_operands_come_first() {
    use linac_isa::x86_64::insn::Role;
    let mut buffer = CodeBuffer::<linac_isa::x86_64::encode::PcRel>::new();
    let label = buffer.label();
    let mut reusing = 0;
    for case in all() {
        let mut roles = Vec::new();
        (case.insn)(label).for_each_operand(|reg, role| roles.push((*reg, role)));
        for (at, (reg, role)) in roles.iter().enumerate() {
            match role {
                Role::DefReuse => {
                    reusing += 1;
                    assert_eq!((roles[0], at), ((*reg, Role::Use), 1));
                }
                Role::UseFixed(fixed) | Role::DefFixed(fixed) => assert_eq!(fixed, reg),
                Role::Use | Role::Def | Role::Mod => {}
                Role::LateUse | Role::EarlyDef => panic!("no machine instruction needs {role:?}"),
            }
        }
    }
    assert!(reusing > 100);
}
