//! `linac test`: filetests.

use super::{Failure, Outcome, print};
use crate::filetest::{builtin, run_paths};
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct TestArgs {
    /// .lir files, or folders with such files below them
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Write what was made as the new expectation
    #[arg(long)]
    bless: bool,
}

pub(super) fn run(args: TestArgs) -> Outcome {
    for path in &args.paths {
        std::fs::metadata(path).map_err(|e| Failure::input(format!("{}: {e}", path.display())))?;
    }
    let summary = run_paths(&builtin(), &args.paths, args.bless);
    print(&format!("{summary}\n"));
    Ok(u8::from(!summary.is_success()))
}
