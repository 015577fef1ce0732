//! `linac inspect`

use super::{Failure, FileArg, Outcome, missing, print};
use linac_runtime::Otp;
use linac_runtime::code::path::SearchPath;
use std::path::PathBuf;

#[derive(clap::Args)]
pub(super) struct InspectArgs {
    /// Show what the modules import that neither linac, nor one of them, nor a -pa folder, nor --otp has
    #[arg(long)]
    missing: bool,
    /// Folder to look for modules in (with --missing; may be repeated)
    #[arg(long = "pa", value_name = "DIR", requires = "missing")]
    paths: Vec<PathBuf>,
    /// Folder of the OTP installation to look for modules in behind the -pa folders (with --missing)
    #[arg(long, value_name = "DIR", requires = "missing")]
    otp: Option<PathBuf>,
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
        let otp = match args.otp {
            Some(folder) => super::OtpArgs { otp: Some(folder) }.find()?,
            None => Otp::None,
        };
        return missing::run(&files, &SearchPath::new(args.paths, otp).folders());
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
