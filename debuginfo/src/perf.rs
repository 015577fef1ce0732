//! Names for `perf`: the lines of `/tmp/perf-PID.map`.
//!
//! `perf report` looks up addresses outside of files in that text file; each line is an address, a length and a
//! name. Lines are only ever added; for an address given twice, the later line wins.

use crate::names::function_name;
use linac_abi::object::CodeObject;
use std::fmt::Write;
use std::path::PathBuf;

/// Where `perf` looks for the map of a process.
pub fn map_path(pid: u32) -> PathBuf {
    PathBuf::from(format!("/tmp/perf-{pid}.map"))
}

/// The map's lines for an object whose code lies at an address.
pub fn map_lines(object: &CodeObject, address: u64) -> String {
    let mut text = String::new();
    for function in &object.functions {
        let start = address.wrapping_add(u64::from(function.start));
        let size = function.end.saturating_sub(function.start);
        // A line break in a function's name would begin a new entry.
        let name = function_name(object, function).replace(['\n', '\r'], " ");
        let _ = writeln!(text, "{start:x} {size:x} {name}");
    }
    text
}
