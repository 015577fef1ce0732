//! Every file below `tests/filetests`.

use linac::filetest::{builtin, run_paths};
use std::path::PathBuf;

#[test]
fn filetests() {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/filetests"));
    let bless = std::env::var_os("LINAC_BLESS").is_some();
    let summary = run_paths(&builtin(), &[folder], bless);
    println!("{summary}");
    assert!(summary.is_success());
    assert!(summary.skipped.is_empty(), "these commands run everywhere");
}

/// The loop of `lower/hot.lir` has a heap test, a yield and six live values. Nothing may be on its hot path for their
/// sake; this counts, so that no careless blessing hides it.
#[test]
fn safepoints_cost_a_hot_loop_nothing() {
    let text = include_str!("../filetests/lower/hot.lir");
    let start = text.find(" block1:").expect("the loop's head");
    let end = start + text[start..].find("jmp block1").expect("the way back");
    // `;` OFFSET and six spaces are in front of an instruction.
    let instruction = |line: &'static str| {
        let (offset, rest) = line.strip_prefix(';')?.trim_start().split_once("      ")?;
        (!offset.is_empty() && offset.bytes().all(|b| b.is_ascii_hexdigit())).then_some(rest)
    };
    let hot: Vec<&str> = text[start..end].lines().filter_map(instruction).collect();
    assert!(hot.iter().any(|i| i.starts_with("js ")) && hot.iter().any(|i| i.starts_with("ja ")), "{hot:?}");
    let memory: Vec<_> = hot.iter().filter(|i| i.contains("PTR")).collect();
    assert_eq!(
        memory,
        [&"mov QWORD PTR [rbp], rdx", &"mov QWORD PTR [rbp+8], rsi"],
        "only the cell is written"
    );
    let is_move = |i: &&&str| i.starts_with("mov ") || i.starts_with("movaps ") || i.starts_with("xchg ");
    let moves: Vec<_> = hot.iter().filter(is_move).filter(|i| !i.contains("PTR")).collect();
    assert_eq!(moves, [&"mov rbp, r15"], "only the cell's address is moved");
}
