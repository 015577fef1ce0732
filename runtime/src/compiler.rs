//! What the runtime asks of a compiler. The driver implements it; the runtime builds and runs without one.

use linac_abi::object::CodeObject;
use std::fmt;

/// How much effort a compile takes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Tier {
    /// Fast compile, counts its calls where [`CompileRequest::count`] says so.
    Baseline,
    /// All optimizations.
    Optimized,
}

/// A compile that did not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompileError {
    /// The module uses something that is not supported.
    Unsupported(String),
    /// The module is broken.
    BadInput(String),
    /// A mistake of the compiler's own.
    Bug(String),
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CompileError::Unsupported(text) => write!(f, "unsupported: {text}"),
            CompileError::BadInput(text) => write!(f, "bad module: {text}"),
            CompileError::Bug(text) => write!(f, "compiler bug: {text}"),
        }
    }
}

impl std::error::Error for CompileError {}

/// A function of a module, in the order of its numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionInfo {
    /// Name.
    pub name: String,
    /// Number of arguments.
    pub arity: u8,
    /// May be called from outside.
    pub exported: bool,
}

/// An entry of a module's lambda table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LambdaInfo {
    /// Number of the function behind the fun's cell: it takes the arguments and then the fun itself.
    pub function: u32,
    /// Name of the function that holds the body, for printing.
    pub name: String,
    /// Arguments that a caller passes.
    pub arity: u8,
    /// The file's index, for printing.
    pub index: u32,
    /// The file's hash, for printing.
    pub uniq: u32,
}

/// A native record that a module defines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordInfo {
    /// Name.
    pub name: String,
    /// May other modules use it?
    pub exported: bool,
    /// Fields in order, each with its default value in the external term format, if it has one.
    pub fields: Vec<(String, Option<Vec<u8>>)>,
}

/// What the runtime needs to know of a module to make an instance of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModuleInfo {
    /// Name.
    pub name: String,
    /// Digest (MD5) of the parts of the file that make the code, as OTP computes it.
    pub digest: [u8; 16],
    /// Functions by number, those behind lambda cells included.
    pub functions: Vec<FunctionInfo>,
    /// Lambdas by number.
    pub lambdas: Vec<LambdaInfo>,
    /// Literals by number, each in the external term format with its version byte.
    pub literals: Vec<Vec<u8>>,
    /// Native records. Compiled code names their definitions as literals behind the others.
    pub records: Vec<RecordInfo>,
    /// Attributes and compile information, each a list in the external term format; empty if there are none.
    pub attributes: [Vec<u8>; 2],
    /// Number of the function that must run before the module's code may be used (`-on_load`).
    pub on_load: Option<u32>,
}

/// What to compile.
#[derive(Clone, Copy, Debug)]
pub struct CompileRequest<'a> {
    /// Numbers of the functions wanted; the compiler may add others that belong with them.
    pub functions: &'a [u32],
    /// How.
    pub tier: Tier,
    /// Count calls down from the start value of the function's counter, so that hot functions are found.
    pub count: bool,
}

/// A module that a compiler has read.
pub trait CompilableModule: Send + Sync {
    /// Its description.
    fn info(&self) -> &ModuleInfo;

    /// Code that the module's file brings along, for as many of its functions as it has; asked for once, when the module is
    /// loaded.
    fn ready(&self) -> Option<CodeObject> {
        None
    }

    /// The code of [`CompilableModule::ready`] could not be linked; the module is compiled instead.
    fn refused(&self, _error: &dyn fmt::Display) {}

    /// Compiles functions to one code object, in its byte form.
    fn compile(&self, request: CompileRequest<'_>) -> Result<Vec<u8>, CompileError>;
}

/// A compiler.
pub trait Compiler: Send + Sync {
    /// Reads a compiled module.
    fn load(&self, beam: &[u8]) -> Result<Box<dyn CompilableModule>, CompileError>;
}
