//! The command list of `bs_match`: names followed by their arguments, all in one flat operand list.

use super::error::{Problem, bad};
use crate::beam::{AtomIdx, Module, Operand, code::ArgSpan};

/// One command.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Command {
    /// At least `bits` are left, and the rest behind them is a multiple of `unit`.
    EnsureAtLeast { bits: u64, unit: u64 },
    /// Exactly so many bits are left.
    EnsureExactly { bits: u64 },
    /// Reads an integer.
    Integer { flags: Operand, size: u64, unit: u64, dst: Operand },
    /// Reads a bitstring.
    Binary { size: u64, unit: u64, dst: Operand },
    /// Skips bits.
    Skip { bits: u64 },
    /// The rest.
    GetTail { dst: Operand },
    /// The next bits are this integer.
    Equal { bits: u64, value: Operand },
}

fn number(operand: Option<&Operand>) -> Result<u64, Problem> {
    match operand {
        Some(&Operand::Unsigned(n)) => Ok(n),
        Some(&Operand::Int(n)) if n >= 0 => Ok(n as u64),
        other => bad(format!("bs_match with {other:?} for a number")),
    }
}

fn register(operand: Option<&Operand>) -> Result<Operand, Problem> {
    match operand {
        Some(&r @ (Operand::X(..) | Operand::Y(..))) => Ok(r),
        other => bad(format!("bs_match with {other:?} for a register")),
    }
}

/// Takes a command list apart.
pub(super) fn parse(module: &Module, list: ArgSpan) -> Result<Vec<Command>, Problem> {
    let mut rest = module.code.list(list);
    let mut commands = Vec::new();
    while let Some((&Operand::Atom(name), args)) = rest.split_first() {
        let name = if name == AtomIdx::NIL { "[]" } else { module.atom(name) };
        let arg = |n: usize| args.get(n);
        let (command, used) = match name {
            "ensure_at_least" => (Command::EnsureAtLeast { bits: number(arg(0))?, unit: number(arg(1))? }, 2),
            "ensure_exactly" => (Command::EnsureExactly { bits: number(arg(0))? }, 1),
            "integer" | "binary" => {
                let (size, unit, dst) = (number(arg(2))?, number(arg(3))?, register(arg(4))?);
                let Some(&flags) = arg(1) else { return bad("bs_match without flags") };
                let command = match name {
                    "integer" => Command::Integer { flags, size, unit, dst },
                    _ => Command::Binary { size, unit, dst },
                };
                (command, 5)
            }
            "skip" => (Command::Skip { bits: number(arg(0))? }, 1),
            "get_tail" => (Command::GetTail { dst: register(arg(2))? }, 3),
            "=:=" => {
                let Some(&value) = arg(2) else { return bad("bs_match without a value") };
                (Command::Equal { bits: number(arg(1))?, value }, 3)
            }
            other => return bad(format!("bs_match with the command {other}")),
        };
        commands.push(command);
        rest = &args[used..];
    }
    if rest.is_empty() { Ok(commands) } else { bad("bs_match with a malformed list") }
}

/// The registers that the commands write.
pub(super) fn writes(module: &Module, list: ArgSpan) -> impl Iterator<Item = Operand> {
    // A malformed list is reported when it is lifted.
    parse(module, list).unwrap_or_default().into_iter().filter_map(|c| match c {
        Command::Integer { dst, .. } | Command::Binary { dst, .. } | Command::GetTail { dst } => Some(dst),
        _ => None,
    })
}
