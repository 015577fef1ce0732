//! The A32 encoder and printer against the corpus `tests/asm/arm32.txt`.
//!
//! The corpus holds every instruction in every form: operations, conditions, kinds of second operand and address,
//! immediates and offsets at their bounds. It is made by [`forms`] and compared on every run;
//! `scripts/check-asm-corpus.sh` derives the bytes again from the text with two assemblers that know nothing of us.

mod corpus;
#[path = "arm32/forms.rs"]
mod forms;

use corpus::{Distance, hex};
use forms::{Case, all};
use linac_emit::CodeBuffer;
use linac_isa::arm32::encode::{Frame, PcRel, encode, pad};
use linac_isa::arm32::insn::Role;
use linac_isa::arm32::print::print;
use std::collections::BTreeSet;

const PATH: &str = "../tests/asm/arm32.txt";
const HEADER: &str = "\
# A32 instructions: bytes, then text. Written by the test of the encoder, see scripts/check-asm-corpus.sh.
# Symbols sym0, ... and L0 are outside: their fields hold what assemblers put there for the linker (0, or the distance
# of a branch to itself). backN lies N bytes before the instruction.
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
    let mut buffer = CodeBuffer::<PcRel>::new();
    let label = buffer.label();
    let seen: BTreeSet<_> = all().iter().map(|case| forms::kind(&(case.insn)(label).op)).collect();
    let missing: Vec<_> = forms::KINDS.iter().filter(|kind| !seen.contains(*kind)).collect();
    assert!(missing.is_empty(), "no form of {missing:?}");
}

/// The order of operands is a contract with the allocator: what a result reuses is operand 0.
#[test]
fn reused_operands_come_first() {
    let mut buffer = CodeBuffer::<PcRel>::new();
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
                Role::Use | Role::Def | Role::Mod => {}
                _ => panic!("no instruction of this machine needs {role:?}"),
            }
        }
    }
    assert!(reusing > 40);
}
