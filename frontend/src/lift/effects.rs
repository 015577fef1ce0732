//! What each BEAM instruction does to registers and control flow.
//!
//! Most follows from the operand kinds of the opcode table; calls and a few others have implicit operands. Everything
//! the lifter's analyses (frames, liveness) know of an instruction comes from here.

use super::commands;
use crate::beam::{Code, Import, Module, Op, Operand};
use crate::genop::{self, op};

/// Registers an instruction reads and writes. The vectors are reused from one instruction to the next.
#[derive(Default)]
pub(super) struct Access {
    /// Read before anything is written.
    pub uses: Vec<Operand>,
    /// Written on the way to the next instruction (not when jumping away).
    pub defs: Vec<Operand>,
    /// All x registers are lost (before `defs`).
    pub kills_x: bool,
}

/// How control goes on after an instruction, besides fail labels.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Flow {
    /// The next instruction may follow.
    Next,
    /// It ends the block.
    End,
}

/// BIFs that always raise: nothing follows a call of them.
const NEVER_RETURN: [(&str, &str, u32); 7] = [
    ("erlang", "error", 1),
    ("erlang", "error", 2),
    ("erlang", "error", 3),
    ("erlang", "exit", 1),
    ("erlang", "throw", 1),
    ("erlang", "nif_error", 1),
    ("erlang", "nif_error", 2),
];

/// Functions that are BIFs in the reference VM. A call of a BIF keeps its caller's frame, also in tail position: stack
/// traces show it. Arity -1: every arity; an empty name: every function but the exceptions.
const BIFS: [(&str, &[(&str, i64)]); 6] = [
    ("erlang", &[("", -1)]),
    ("math", &[("", -1)]),
    ("lists", &[("member", 2), ("reverse", 2), ("keymember", 3), ("keysearch", 3), ("keyfind", 3)]),
    (
        "maps",
        &[
            ("find", 2),
            ("from_keys", 2),
            ("from_list", 1),
            ("get", 2),
            ("is_key", 2),
            ("keys", 1),
            ("merge", 2),
            ("put", 3),
            ("remove", 2),
            ("take", 2),
            ("update", 3),
            ("values", 1),
        ],
    ),
    (
        "binary",
        &[
            ("at", 2),
            ("compile_pattern", 1),
            ("copy", -1),
            ("decode_unsigned", -1),
            ("encode_unsigned", -1),
            ("first", 1),
            ("last", 1),
            ("list_to_bin", 1),
            ("longest_common_prefix", 1),
            ("longest_common_suffix", 1),
            ("part", -1),
            ("match", -1),
            ("matches", -1),
            ("referenced_byte_size", 1),
            ("split", -1),
        ],
    ),
    ("ets", &[("", -1)]),
];

/// Functions of those modules that go on as other code, or are written in Erlang there: these are left by their callers.
/// Arity -1: every arity.
const NO_BIFS: [(&str, &[(&str, i64)]); 2] = [
    (
        "erlang",
        &[
            ("alias", 0),
            ("apply", -1),
            ("atom_to_binary", 1),
            ("binary_to_atom", 1),
            ("binary_to_existing_atom", 1),
            ("binary_to_integer", -1),
            ("check_process_code", -1),
            ("convert_time_unit", 3),
            ("disconnect_node", 1),
            ("display_string", 1),
            ("fun_info", 1),
            ("garbage_collect", -1),
            ("get_cookie", -1),
            ("group_leader", 2),
            ("halt", 0),
            ("halt", 1),
            ("hibernate", -1),
            ("is_alive", 0),
            ("list_to_integer", -1),
            ("load_module", 2),
            ("localtime_to_universaltime", 1),
            ("memory", -1),
            ("open_port", 2),
            ("port_call", -1),
            ("port_close", 1),
            ("port_command", -1),
            ("port_connect", 2),
            ("port_control", 3),
            ("port_info", -1),
            ("prepare_loading", 2),
            ("process_display", 2),
            ("process_flag", 3),
            ("purge_module", 1),
            ("send_nosuspend", -1),
            ("set_cookie", -1),
            ("setnode", 3),
            ("spawn", 1),
            ("spawn", 2),
            ("spawn", 4),
            ("spawn_link", 1),
            ("spawn_link", 2),
            ("spawn_link", 4),
            ("spawn_monitor", -1),
            ("spawn_opt", 2),
            ("spawn_opt", 3),
            ("spawn_opt", 5),
            ("spawn_request", -1),
            ("suspend_process", -1),
            ("system_monitor", -1),
            ("trace", 3),
            ("trace_pattern", -1),
        ],
    ),
    ("ets", &[("foldl", 3), ("foldr", 3)]),
];

/// Whether a tail call of this import keeps the caller's frame.
pub(super) fn is_bif(module: &Module, import: &Import) -> bool {
    let (m, f) = (module.atom(import.module), module.atom(import.function));
    let fits = |table: &[(&str, &[(&str, i64)])]| {
        let mut of_module = table.iter().filter(|row| row.0 == m).flat_map(|row| row.1);
        of_module.any(|&(name, arity)| {
            (name.is_empty() || name == f) && (arity < 0 || arity == i64::from(import.arity))
        })
    };
    fits(&BIFS) && !fits(&NO_BIFS)
}

/// Whether a call of this import does not come back.
pub(super) fn never_returns(module: &Module, import: &Import) -> bool {
    NEVER_RETURN.iter().any(|&(m, f, a)| {
        a == import.arity && f == module.atom(import.function) && m == module.atom(import.module)
    })
}

/// How control goes on.
pub(super) fn flow(module: &Module, op: &Op) -> Flow {
    match op.opcode {
        op::CALL_LAST
        | op::CALL_ONLY
        | op::CALL_EXT_LAST
        | op::CALL_EXT_ONLY
        | op::APPLY_LAST
        | op::RETURN
        | op::JUMP
        | op::SELECT_VAL
        | op::SELECT_TUPLE_ARITY
        | op::WAIT
        | op::LOOP_REC_END
        | op::BADMATCH
        | op::IF_END
        | op::CASE_END
        | op::TRY_CASE_END
        | op::BADRECORD
        | op::RAISE
        | op::FUNC_INFO => Flow::End,
        op::CALL_EXT => match module.code.args(op) {
            [_, Operand::Unsigned(n)] if never_returns(module, &module.imports[*n as usize]) => Flow::End,
            _ => Flow::Next,
        },
        _ => Flow::Next,
    }
}

/// The labels that control may go to (in operand order; the handler of `try` and `catch` is not one of them).
pub(super) fn targets(code: &Code, op: &Op, out: &mut Vec<u32>) {
    out.clear();
    // Labels here are function entries or marks, not places to go on at.
    if matches!(
        op.opcode,
        op::CALL | op::CALL_LAST | op::CALL_ONLY | op::TRY | op::CATCH | op::RECV_MARK | op::RECV_SET
    ) {
        return;
    }
    let kinds = genop::info(op.opcode).map_or("", |i| i.kinds);
    for (&arg, kind) in code.args(op).iter().zip(kinds.bytes()) {
        match arg {
            Operand::Label(0) => {}
            Operand::Label(label) => out.push(label),
            Operand::List(span) if matches!(kind, b'V' | b'T') => {
                out.extend(code.list(span).iter().filter_map(|a| match a {
                    Operand::Label(label) => Some(*label),
                    _ => None,
                }));
            }
            _ => {}
        }
    }
}

/// Fills in which registers an instruction reads and writes.
pub(super) fn access(module: &Module, op: &Op, out: &mut Access) {
    let code = &module.code;
    let args = code.args(op);
    out.uses.clear();
    out.defs.clear();
    out.kills_x = false;
    let number = |n: usize| match args.get(n) {
        Some(&Operand::Unsigned(v)) => v.min(1024) as u16,
        _ => 0,
    };
    let x = |n| Operand::X(n, None);
    // Implicit x registers that are read: those below this.
    let mut reads_x = 0;
    let mut call = false;
    match op.opcode {
        op::CALL | op::CALL_EXT | op::CALL_FUN2 => {
            reads_x = if op.opcode == op::CALL_FUN2 { number(1) } else { number(0) };
            call = true;
        }
        op::CALL_LAST | op::CALL_ONLY | op::CALL_EXT_LAST | op::CALL_EXT_ONLY => reads_x = number(0),
        op::CALL_FUN => {
            reads_x = number(0) + 1;
            call = true;
        }
        op::APPLY => {
            reads_x = number(0) + 2;
            call = true;
        }
        op::APPLY_LAST => reads_x = number(0) + 2,
        op::RETURN => reads_x = 1,
        op::SEND => {
            reads_x = 2;
            call = true;
        }
        op::BUILD_STACKTRACE => {
            reads_x = 1;
            call = true;
        }
        op::RAW_RAISE => {
            // If x0 is no class the next instruction follows, with the other registers as they were.
            reads_x = 3;
            out.defs.push(x(0));
        }
        op::BS_INIT_WRITABLE => {
            reads_x = 1;
            call = true;
        }
        op::BS_MATCH => {
            out.uses.push(args[1]);
            if let [_, _, Operand::List(list)] = *args {
                out.defs.extend(commands::writes(module, list));
            }
            return;
        }
        op::MAKE_FUN2 => {
            if let Some(&Operand::Unsigned(n)) = args.first() {
                reads_x = module.lambdas[n as usize].free as u16;
            }
            call = true;
        }
        op::FUNC_INFO => reads_x = number(2),
        op::TRY_CASE => {
            // Class, reason and trace are put there by the handler's beginning.
            return;
        }
        op::TRY | op::TRY_END | op::CATCH | op::CATCH_END => {
            // The register with the tag has no value; but whatever was there before is gone.
            out.defs.push(args[0]);
            return;
        }
        op::SWAP => out.uses.extend(args),
        _ => {}
    }
    out.uses.extend((0..reads_x).map(x));
    if call {
        out.kills_x = true;
        out.defs.push(x(0));
    }
    let kinds = genop::info(op.opcode).map_or("", |i| i.kinds);
    let last = args.len().wrapping_sub(1);
    for (n, (&arg, kind)) in args.iter().zip(kinds.bytes()).enumerate() {
        match (kind, arg) {
            (b's' | b'S' | b't' | b'c', Operand::X(..) | Operand::Y(..) | Operand::Fr(_)) => {
                out.uses.push(arg)
            }
            (b'd' | b'D', _) => out.defs.push(arg),
            // Float arithmetic: the last one is written, the others are read.
            (b'p', _) if n == last => out.defs.push(arg),
            (b'p', _) => out.uses.push(arg),
            (b'H' | b'P' | b'U' | b'L', Operand::List(span)) => {
                let registers = |a: &&Operand| matches!(a, Operand::X(..) | Operand::Y(..));
                out.uses.extend(code.list(span).iter().filter(registers));
            }
            (b'Y', Operand::List(span)) => out.defs.extend(code.list(span)),
            (b'M', Operand::List(span)) => {
                for pair in code.list(span).chunks_exact(2) {
                    if matches!(pair[0], Operand::X(..) | Operand::Y(..)) {
                        out.uses.push(pair[0]);
                    }
                    out.defs.push(pair[1]);
                }
            }
            (b'V' | b'T', _) => {}
            _ => {}
        }
    }
}
