//! The aarch64 encoder and printer against the corpus `tests/asm/aarch64.txt`.
//!
//! The corpus holds every instruction in every form: operations, widths, registers at the ends of their fields and the
//! two that share number 31, addressing modes, immediates at their bounds. It is made by [`forms`] and compared on every
//! run; `scripts/check-asm-corpus.sh` derives the bytes again from the text with two assemblers that know nothing of us.

mod corpus;
#[path = "aarch64/forms.rs"]
mod forms;

use corpus::{Distance, hex};
use forms::{Case, all};
use linac_emit::CodeBuffer;
use linac_isa::aarch64::encode::{PcRel, encode, pad};
use linac_isa::aarch64::print::print;
use linac_isa::backend::Role;
use std::collections::BTreeSet;

const PATH: &str = "../tests/asm/aarch64.txt";
const HEADER: &str = "\
# aarch64 instructions: bytes, then text. Written by the test of the encoder, see scripts/check-asm-corpus.sh.
# Symbols sym0, ... are outside, so their fields are zero; L0 lies ahead, so its fields are zero too; backN lies N
# bytes before the instruction.
";

/// Bytes and text of a case.
fn render(case: &Case) -> (String, String) {
    let mut buffer = CodeBuffer::<PcRel>::new();
    let label = buffer.label();
    let mut names = Distance { back: None };
    if let Some(distance) = case.back {
        buffer.bind(label);
        pad(distance, &mut buffer);
        names.back = Some((label, distance));
    }
    let start = buffer.bytes().len();
    let insn = (case.insn)(label);
    let text = print(&insn, &names).to_string();
    encode(&insn, &mut buffer).unwrap_or_else(|error| panic!("{text}: {error}"));
    (hex(&buffer.bytes()[start..]), text)
}

#[test]
fn corpus_is_reproduced() {
    corpus::check(PATH, HEADER, all().iter().map(render));
}

#[test]
fn every_instruction_is_in_the_corpus() {
    let label = CodeBuffer::<PcRel>::new().label();
    let seen: BTreeSet<_> = all().iter().map(|case| forms::kind(&(case.insn)(label))).collect();
    let missing: Vec<_> = forms::KINDS.iter().filter(|kind| !seen.contains(*kind)).collect();
    assert!(missing.is_empty(), "no form of {missing:?}");
}

/// The order of operands is a contract with the allocator: what a result reuses is operand 0.
#[test]
fn reused_operands_come_first() {
    let label = CodeBuffer::<PcRel>::new().label();
    let mut reusing = 0;
    for case in all() {
        let mut roles = Vec::new();
        (case.insn)(label).for_each_operand(|reg, role| roles.push((*reg, role)));
        for (at, (reg, role)) in roles.iter().enumerate() {
            if *role == Role::DefReuse {
                reusing += 1;
                assert_eq!((roles[0], at), ((*reg, Role::Use), 1));
            }
        }
    }
    assert!(reusing > 10);
}
