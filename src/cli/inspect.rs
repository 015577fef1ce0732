//! `linac inspect`

use super::{FileArg, Outcome, print};

#[derive(clap::Args)]
pub(super) struct InspectArgs {
    #[command(flatten)]
    file: FileArg,
}

pub(super) fn run(args: InspectArgs) -> Outcome {
    let module = args.file.decode()?;
    print(&module.inspect().to_string());
    Ok(0)
}
