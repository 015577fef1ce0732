//! Errors of this crate. Its input is made by our own lowering, so that nearly every error is a compiler bug;
//! none of them depends on the user's program being wrong.

use std::fmt;

/// Why a function could not be allocated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// A rule of this crate's contract was broken, or an allocator gave a wrong answer.
    CompilerBug(String),
    /// The function is legal, but larger than something here can represent.
    Unsupported(String),
}

impl Error {
    /// A compiler bug with this description.
    pub(crate) fn bug(what: impl Into<String>) -> Error {
        Error::CompilerBug(what.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::CompilerBug(what) => write!(f, "compiler bug in register allocation: {what}"),
            Error::Unsupported(what) => write!(f, "unsupported by register allocation: {what}"),
        }
    }
}

impl std::error::Error for Error {}
