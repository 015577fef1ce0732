//! The Line chunk: source positions that `line` instructions refer to.

use super::compact::{self, Raw};
use super::reader::{Reader, Result};

/// A source position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Location {
    /// Index into [`Lines::files`].
    pub file: u32,
    /// Line number, 0 if unknown.
    pub line: u32,
}

/// The decoded Line chunk.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    /// Flag bits of the chunk.
    pub flags: u32,
    /// What operand `n` of a `line` instruction means; entry 0 is "unknown".
    pub locations: Vec<Location>,
    /// File names; entry 0 is the module's own source file.
    pub files: Vec<String>,
}

/// Flag: the module uses `executable_line`.
pub const FLAG_EXECUTABLE_LINE: u32 = 1;
/// Flag: line counters are wanted whatever the flags of the emulator.
pub const FLAG_FORCE_COUNTERS: u32 = 2;

impl Lines {
    /// What a module without the chunk has.
    pub(crate) fn none(module: &str) -> Lines {
        Lines { flags: 0, locations: vec![Location::default()], files: vec![format!("{module}.erl")] }
    }

    pub(crate) fn decode(mut r: Reader<'_>, module: &str) -> Result<Lines> {
        let version = r.u32()?;
        if version != 0 {
            return Err(r.bad_at(r.offset() - 4, format!("version {version} is not known")));
        }
        let mut lines = Lines::none(module);
        lines.flags = r.u32()?;
        r.u32()?; // Number of line instructions: only a hint.
        let count = r.count32(1)?;
        let names = r.u32()?;
        let mut file = 0;
        while lines.locations.len() <= count {
            let at = r.offset();
            match compact::raw(&mut r)? {
                Raw::Atom(n) if n <= u64::from(names) => file = n as u32,
                Raw::Int(n) if (0..=i64::from(u32::MAX)).contains(&n) => {
                    lines.locations.push(Location { file, line: n as u32 });
                }
                other => return Err(r.bad_at(at, format!("unexpected {other:?}"))),
            }
        }
        for _ in 0..r.count(u64::from(names), 2)? {
            let len = usize::from(r.u16()?);
            // Forms that name no file have an empty name.
            let name = match r.bytes(len)? {
                [] => lines.files[0].clone(),
                name => String::from_utf8_lossy(name).into_owned(),
            };
            lines.files.push(name);
        }
        Ok(lines)
    }
}
