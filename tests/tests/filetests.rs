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
