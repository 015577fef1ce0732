//! BIFs that name what this runtime does not have: ports, tracing, distribution, drivers.
//!
//! Calling one raises `notsup`, which says by its trace what was wanted. The ones that ask whether there is any such
//! thing answer that there is none.

use super::BADARG;
use super::Outcome;
use crate::process::Process;
use linac_abi::term::FixedAtom;
use linac_core::Term;

fn notsup(p: &mut Process, _: &[Term]) -> Outcome {
    Outcome::error(p, Term::fixed(FixedAtom::Notsup))
}

/// There are none.
fn none(_: &mut Process, _: &[Term]) -> Result<Term, Term> {
    Ok(Term::NIL)
}

/// No argument of this function can be right, since there is nothing of the kind.
fn refuse(_: &mut Process, _: &[Term]) -> Result<Term, Term> {
    Err(BADARG)
}

bifs! {
    "erlang" "ports" 0 Leaf none, "All ports: none.";
    "erlang" "port_to_list" 1 Leaf super::convert::port_to_list, "A port's text.";
    "erlang" "port_get_data" 1 Leaf refuse, "The data of a port: there are none.";
    "erlang" "port_set_data" 2 Leaf refuse, "Sets the data of a port: there are none.";
    "erts_internal" "open_port" 2 Full notsup, "Opens a port: not supported.";
    "erts_internal" "port_call" 3 Full notsup, "Calls a port: not supported.";
    "erts_internal" "port_close" 1 Full notsup, "Closes a port: not supported.";
    "erts_internal" "port_command" 3 Full notsup, "Sends to a port: not supported.";
    "erts_internal" "port_connect" 2 Full notsup, "Gives a port away: not supported.";
    "erts_internal" "port_control" 3 Full notsup, "Controls a port: not supported.";
    "erts_internal" "port_info" 1 Full notsup, "What is known of a port: not supported.";
    "erts_internal" "port_info" 2 Full notsup, "Something about a port: not supported.";
    "erl_ddll" "try_load" 3 Full notsup, "Loads a driver: not supported.";
    "erl_ddll" "try_unload" 2 Full notsup, "Unloads a driver: not supported.";
    "erl_ddll" "loaded_drivers" 0 Full notsup, "All drivers: not supported.";
    "erl_ddll" "info" 2 Full notsup, "Something about a driver: not supported.";
    "erl_ddll" "format_error_int" 1 Full notsup, "Words for a driver's error: not supported.";
    "erl_ddll" "monitor" 2 Full notsup, "Watches a driver: not supported.";
    "erl_ddll" "demonitor" 1 Full notsup, "Stops watching a driver: not supported.";
    "erlang" "setnode" 2 Full notsup, "Starts distribution: not supported.";
    "erlang" "dist_ctrl_get_data" 1 Full notsup, "Data for another node: not supported.";
    "erlang" "dist_ctrl_get_data_notification" 1 Full notsup, "Announces data for another node: not supported.";
    "erlang" "dist_ctrl_get_opt" 2 Full notsup, "An option of a connection: not supported.";
    "erlang" "dist_ctrl_input_handler" 2 Full notsup, "Who reads a connection: not supported.";
    "erlang" "dist_ctrl_put_data" 2 Full notsup, "Data of another node: not supported.";
    "erlang" "dist_ctrl_set_opt" 3 Full notsup, "Sets an option of a connection: not supported.";
    "erlang" "dist_get_stat" 1 Full notsup, "Figures of a connection: not supported.";
    "erts_internal" "abort_pending_connection" 2 Full notsup, "Gives a connection up: not supported.";
    "erts_internal" "create_dist_channel" 3 Full notsup, "Makes a connection: not supported.";
    "erts_internal" "get_dflags" 0 Full notsup, "What distribution can do: not supported.";
    "erts_internal" "new_connection" 1 Full notsup, "Begins a connection: not supported.";
    "erlang" "seq_trace" 2 Full notsup, "Sequential tracing: not supported.";
    "erlang" "seq_trace_info" 1 Full notsup, "Sequential tracing: not supported.";
    "erlang" "seq_trace_print" 1 Full notsup, "Sequential tracing: not supported.";
    "erlang" "seq_trace_print" 2 Full notsup, "Sequential tracing: not supported.";
    "erlang" "trace_delivered" 1 Full notsup, "Tracing: not supported.";
    "erlang" "trace_info" 2 Full notsup, "Tracing: not supported.";
    "erlang" "system_profile" 0 Full notsup, "Profiling: not supported.";
    "erlang" "system_profile" 2 Full notsup, "Profiling: not supported.";
    "erts_internal" "system_monitor" 1 Full notsup, "System monitoring: not supported.";
    "erts_internal" "system_monitor" 3 Full notsup, "System monitoring: not supported.";
    "erts_internal" "trace" 3 Full notsup, "Tracing: not supported.";
    "erts_internal" "trace" 4 Full notsup, "Tracing: not supported.";
    "erts_internal" "trace_info" 3 Full notsup, "Tracing: not supported.";
    "erts_internal" "trace_pattern" 3 Full notsup, "Tracing: not supported.";
    "erts_internal" "trace_pattern" 4 Full notsup, "Tracing: not supported.";
    "erts_internal" "trace_session_create" 3 Full notsup, "Tracing: not supported.";
    "erts_internal" "trace_session_destroy" 1 Full notsup, "Tracing: not supported.";
    "erts_debug" "disassemble" 1 Full notsup, "The instructions of a function: not supported.";
    "erts_debug" "get_internal_state" 1 Full notsup, "State of the reference VM: not supported.";
    "erts_debug" "set_internal_state" 2 Full notsup, "State of the reference VM: not supported.";
    "erts_internal" "scheduler_wall_time" 1 Full notsup, "Measures schedulers: not supported.";
    "erts_internal" "system_check" 1 Full notsup, "Checks schedulers: not supported.";
    "erts_internal" "erase_persistent_terms" 0 Full notsup, "Removes all persistent terms: not supported.";
    "erts_internal" "process_display" 2 Full notsup, "Shows a process on a terminal: not supported.";
    "os" "set_signal" 2 Full notsup, "What a signal of the operating system does: not supported.";
    "erlang" "load_nif" 2 Full notsup, "Loads native functions: not supported.";
}
