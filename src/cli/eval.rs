//! `linac eval`: expressions, evaluated by OTP's own evaluator.

use super::run::{Machine, MachineArgs};
use super::script::Flags;
use super::{Failure, Outcome};
use linac_runtime::{Argument, ExitResult};

#[derive(clap::Args)]
pub(super) struct EvalArgs {
    #[command(flatten)]
    machine: MachineArgs,
    /// Expressions, each ended by a full stop; values are printed, variables stay bound
    #[arg(value_name = "EXPR")]
    text: String,
    /// Arguments for init:get_plain_arguments/0
    #[arg(last = true, value_name = "ARG")]
    arguments: Vec<String>,
}

pub(super) fn run(args: EvalArgs) -> Outcome {
    let Machine { runtime, kept } = args.machine.start(args.arguments, Flags::default())?;
    if !runtime.has_otp() {
        return Err(Failure::input(
            "eval needs an OTP installation: --otp DIR, LINAC_OTP_ROOT or an erl on the PATH",
        ));
    }
    let result = runtime.run_main("linac_eval", "main", &[Argument::Strings(vec![args.text])]);
    let status = match result {
        ExitResult::Value { success, .. } => u8::from(!success),
        ExitResult::Exception(text) => {
            linac_runtime::say!("{text}");
            1
        }
        ExitResult::Halted(status) => status,
        ExitResult::Failed(text) => return Err(Failure::failed(text)),
    };
    args.machine.report(runtime, kept);
    Ok(status)
}
