//! Compiled code made visible: images for debuggers, names for profilers.

use linac_abi::object::CodeObject;
use linac_debuginfo::{elf, perf};
use linac_runtime::CodeListener;
use std::fs::File;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

/// Watches code being loaded and describes it to whoever wants to know.
#[derive(Debug)]
pub struct Watcher {
    debugger: bool,
    map: Option<Mutex<File>>,
}

impl Watcher {
    /// A watcher for a debugger, for `perf`, or for both; none if nobody wants to know.
    pub fn new(debugger: bool, perf_map: bool) -> std::io::Result<Option<Watcher>> {
        let map = match perf_map {
            true => Some(Mutex::new(File::create(perf::map_path(std::process::id()))?)),
            false => None,
        };
        Ok((debugger || map.is_some()).then_some(Watcher { debugger, map }))
    }
}

impl CodeListener for Watcher {
    fn loaded(&self, object: &CodeObject, address: u64) -> Option<Vec<u8>> {
        if let Some(map) = &self.map {
            let lines = perf::map_lines(object, address);
            // A full disk costs names in a profile; the program goes on.
            let _ = map.lock().unwrap_or_else(PoisonError::into_inner).write_all(lines.as_bytes());
        }
        if !self.debugger {
            return None;
        }
        match elf::image(&[elf::Placed { object, address }]) {
            Ok(image) => Some(image),
            Err(error) => {
                linac_runtime::say!("linac: {}: {error}", object.module);
                None
            }
        }
    }
}

/// Does a debugger watch this process? Known on Linux only; elsewhere the answer is no.
pub fn is_traced() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let tracer = status.lines().find_map(|line| line.strip_prefix("TracerPid:"));
    tracer.is_some_and(|pid| pid.trim() != "0")
}
