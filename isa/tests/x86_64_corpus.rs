//! The x86-64 encoder and printer against the corpus `tests/asm/x86_64.txt`.
//!
//! The corpus holds every instruction in every form: operations, widths, registers with the encodings that need care
//! (`rsp`, `rbp`, `r12`, `r13`, byte registers), addressing modes, immediates at their bounds. It is made by
//! [`forms`] and compared on every run; `scripts/check-asm-corpus.sh` derives the bytes again from the text with two
//! assemblers that know nothing of us.

mod corpus;
#[path = "x86_64/forms.rs"]
mod forms;

use corpus::{Distance, hex};
use forms::{Case, all};
use linac_emit::CodeBuffer;
use linac_isa::x86_64::encode::{Frame, encode, pad};
use linac_isa::x86_64::print::print;
use std::collections::BTreeSet;

const PATH: &str = "../tests/asm/x86_64.txt";
const HEADER: &str = "\
# x86-64 instructions: bytes, then text. Written by the test of the encoder, see scripts/check-asm-corpus.sh.
# Symbols sym0, ... are outside, so their fields are zero; L0 lies ahead, so its fields are zero too; backN lies N
# bytes before the instruction.
";

/// Slots are counted from here in the corpus.
const FRAME: Frame = Frame { slot_base: 16 };

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
    corpus::check(PATH, HEADER, all().iter().map(render));
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
