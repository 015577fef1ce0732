//! The code object: what the compiler makes and what gets linked, at run time and ahead of time alike.
//!
//! One object holds one or more functions of one module. Offsets count bytes from the start of `code`. Everything
//! outside is named by a [`Symbol`], so the bytes do not depend on where they are placed, and an object read back in
//! another process links to the same program.
//!
//! Invariants, checked by [`CodeObject::validate`] and again, entry by entry, when an object is read from bytes:
//! tables keyed by offset are sorted by it (return sites strictly, functions and relocated fields without overlap),
//! every offset lies in the code, every index in its table, every term slot in its frame. What an object cannot know
//! (does literal 7 exist, is runtime call 3 the one of that name) is left to whoever links it.

use alloc::{string::String, vec::Vec};

mod check;
mod read;
mod reloc;
mod slots;
mod write;

pub use check::{Fault, InvalidObject};
pub use read::ReadError;
pub use reloc::{DoesNotFit, RelocKind};
pub use slots::SlotSet;

/// Longest code a unit may have: distances within it must fit a signed 32-bit field.
pub const MAX_CODE: usize = i32::MAX as usize;

/// Largest frame in words. A frame beyond this is a runaway in the register allocator.
pub const MAX_FRAME_WORDS: u32 = 1 << 20;

/// Native code of some functions of one module, with all that is needed to link, run, unwind and debug it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CodeObject {
    /// Instruction set the code is for, such as `x86_64`.
    pub target: String,
    /// Processor features beyond the target's baseline that the code uses.
    pub features: Vec<String>,
    /// Module whose functions these are.
    pub module: String,
    /// Machine code, followed by constants.
    pub code: Vec<u8>,
    /// What the relocations refer to.
    pub symbols: Vec<Symbol>,
    /// Fields to fill when linking, sorted by offset.
    pub relocs: Vec<Reloc>,
    /// The functions, sorted by position.
    pub functions: Vec<FunctionRecord>,
    /// Source files that [`Location::file`] counts in.
    pub files: Vec<String>,
    /// Functions named by [`ReturnSite::inlined`].
    pub inlined_functions: Vec<Mfa>,
    /// What the stack looks like at each return address, sorted by offset.
    pub return_sites: Vec<ReturnSite>,
    /// Source lines, sorted by offset; each holds up to the next.
    pub lines: Vec<LineRecord>,
    /// Where labelled values are, sorted by start.
    pub values: Vec<ValueLocation>,
    /// How far the return address is from the stack pointer, sorted by offset; each holds up to the next.
    pub frames: Vec<FrameMark>,
}

/// Something outside the code that an address or a word is needed of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Symbol {
    /// The term word of an atom.
    Atom(String),
    /// Address of a data word that holds the module's literal of this number.
    Literal(u32),
    /// Address of the entry cell of an exported function.
    Import {
        /// Module of the function.
        module: String,
        /// Name of the function.
        function: String,
        /// Number of arguments.
        arity: u8,
    },
    /// Address of the entry cell of the function with this number in the object's own module.
    LocalFunction(u32),
    /// Address of a data word that holds the pointer to this entry of the module's lambda table.
    Lambda(u32),
    /// Address of a data word that holds the address of a runtime entry point. Number and name must agree with the
    /// linker's table, so that an object made for another version is found out.
    Runtime(u16, String),
    /// Address of the 32-bit hotness counter of the function with this number.
    Counter(u32),
    /// Address of a data word that holds the term of this integer, too large for an immediate on some target.
    Integer(i64),
    /// The number by which the runtime knows a leaf BIF: a plain value, for [`RelocKind::Abs32S`].
    Bif {
        /// Module of the BIF.
        module: String,
        /// Name of the BIF.
        function: String,
        /// Number of arguments.
        arity: u8,
    },
}

/// One field to fill when linking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reloc {
    /// First byte of the field.
    pub offset: u32,
    /// What to write there.
    pub kind: RelocKind,
    /// Index into [`CodeObject::symbols`].
    pub symbol: u32,
    /// Added to the symbol's value.
    pub addend: i32,
}

/// Where one function lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionRecord {
    /// Name without module and arity.
    pub name: String,
    /// Number of arguments.
    pub arity: u8,
    /// Number of the function in its module.
    pub index: u32,
    /// First byte.
    pub start: u32,
    /// Where calls enter.
    pub entry: u32,
    /// First byte behind the function.
    pub end: u32,
}

/// Module, name and arity of a function.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Mfa {
    /// Module.
    pub module: String,
    /// Name.
    pub function: String,
    /// Number of arguments.
    pub arity: u8,
}

/// A line of a source file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Location {
    /// Index into [`CodeObject::files`].
    pub file: u32,
    /// Line number, counted from 1.
    pub line: u32,
}

/// A function whose body was inlined around a return site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InlinedFrame {
    /// Index into [`CodeObject::inlined_functions`].
    pub function: u32,
    /// Where in that function control is.
    pub location: Option<Location>,
    /// See [`ReturnSite::call`].
    pub call: u32,
}

/// The state of a frame while a call made from it is running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnSite {
    /// The return address. On Thumb its bit 0 is clear here.
    pub offset: u32,
    /// Words from the stack pointer at the return to the slot with the caller's return address, without that slot.
    pub frame_words: u32,
    /// Which of those words hold terms; the others are raw and left alone by the collector.
    pub term_slots: SlotSet,
    /// Where execution continues when the call raises; without one the frame is dropped.
    pub landing_pad: Option<u32>,
    /// Index into [`CodeObject::functions`] of the function whose frame this is.
    pub function: u32,
    /// Where in that function control is.
    pub location: Option<Location>,
    /// Which BEAM instruction of that function it is, by its offset in the Code chunk; 0 if not known. Consecutive frames at the same
    /// one are one entry of a stack trace.
    pub call: u32,
    /// Inlined functions around the call, innermost first: a stack trace shows these, then `function`.
    pub inlined: Vec<InlinedFrame>,
    /// The outermost inlined function was called in tail position, so that a stack trace does not show `function`.
    pub left: bool,
}

/// The source line of the code from `offset` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineRecord {
    /// First byte of the code.
    pub offset: u32,
    /// Index into [`CodeObject::files`].
    pub file: u32,
    /// Line number; 0 ends the previous record's range without starting a new line.
    pub line: u32,
}

/// Where a labelled value can be read while execution is in `start..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValueLocation {
    /// First byte of the range.
    pub start: u32,
    /// First byte behind the range.
    pub end: u32,
    /// Value label, as numbered in the IR.
    pub label: u32,
    /// The place.
    pub loc: ValueLoc,
}

/// A place a value can be read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueLoc {
    /// General register of this hardware number.
    Register(u8),
    /// Floating point register of this hardware number.
    FloatRegister(u8),
    /// Word at this many words above the stack pointer.
    Frame(u32),
    /// Bytes into the process structure.
    Process(u32),
    /// The word itself.
    Constant(i64),
}

/// From `offset` on the return address is `words` words above the stack pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameMark {
    /// First byte of the code.
    pub offset: u32,
    /// Distance in words; with [`FrameMark::IN_LINK`], that of the caller's end of the stack.
    pub words: u32,
}

impl FrameMark {
    /// Added to the words: the return address is not on the stack but in the link register.
    pub const IN_LINK: u32 = 1 << 31;
}

impl CodeObject {
    /// The return site of a return address, given as offset into the code.
    pub fn return_site(&self, offset: u32) -> Option<&ReturnSite> {
        let at = self.return_sites.binary_search_by_key(&offset, |site| site.offset).ok()?;
        self.return_sites.get(at)
    }

    /// The function an offset lies in.
    pub fn function_at(&self, offset: u32) -> Option<&FunctionRecord> {
        let after = self.functions.partition_point(|function| function.start <= offset);
        self.functions.get(after.checked_sub(1)?).filter(|function| offset < function.end)
    }

    /// The source line in force at an offset.
    pub fn line_at(&self, offset: u32) -> Option<Location> {
        let after = self.lines.partition_point(|line| line.offset <= offset);
        let record = self.lines.get(after.checked_sub(1)?)?;
        (record.line != 0).then_some(Location { file: record.file, line: record.line })
    }
}
