//! `linac test`: filetests.

use super::{Outcome, print};
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
    let summary = run_paths(&builtin(), &args.paths, args.bless);
    print(&format!("{summary}\n"));
    Ok(u8::from(!summary.is_success()))
}
