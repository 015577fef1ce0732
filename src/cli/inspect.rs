//! `linac inspect`

use super::{Failure, FileArg, Outcome, missing, print};
use std::path::PathBuf;

#[derive(clap::Args)]
pub(super) struct InspectArgs {
    /// Show what the modules import that neither linac, nor one of them, nor a -pa folder has
    #[arg(long)]
    missing: bool,
    /// Folder to look for modules in (with --missing; may be repeated)
    #[arg(long = "pa", value_name = "DIR", requires = "missing")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    file: FileArg,
    /// More files (with --missing)
    #[arg(value_name = "FILE")]
    more: Vec<PathBuf>,
}

pub(super) fn run(args: InspectArgs) -> Outcome {
    if args.missing {
        let mut files = vec![args.file.file];
        files.extend(args.more);
        return missing::run(&files, &args.paths);
    }
    if let Some(second) = args.more.first() {
        return Err(Failure::input(format!("{}: several files go with --missing only", second.display())));
    }
    if args.file.is_pack() {
        print(&args.file.decode_pack()?.to_string());
        return Ok(0);
    }
    let module = args.file.decode()?;
    print(&module.inspect().to_string());
    Ok(0)
}
