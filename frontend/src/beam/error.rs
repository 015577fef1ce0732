//! The error type of the decoder: where in which file, and why.

use std::fmt;

/// Whose fault an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The file is damaged or breaks the format's rules.
    BadInput,
    /// The file is fine, but uses something that is not supported.
    Unsupported,
}

/// Why a `.beam` file could not be decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BeamError {
    /// File name, when the caller knows it (see [`BeamError::in_file`]).
    pub file: Option<String>,
    /// Byte offset: in the (unzipped) file, or in the inflated literals when `what` says so.
    pub offset: usize,
    /// The chunk or part being decoded.
    pub what: &'static str,
    /// What is wrong there.
    pub reason: String,
    /// Bad input or unsupported.
    pub kind: ErrorKind,
}

impl BeamError {
    /// An error about input that breaks the format's rules.
    pub fn bad(offset: usize, what: &'static str, reason: impl Into<String>) -> Self {
        BeamError { file: None, offset, what, reason: reason.into(), kind: ErrorKind::BadInput }
    }

    /// An error about input that is valid but not supported.
    pub fn unsupported(offset: usize, what: &'static str, reason: impl Into<String>) -> Self {
        BeamError { kind: ErrorKind::Unsupported, ..Self::bad(offset, what, reason) }
    }

    /// The same error with the file's name in its text.
    pub fn in_file(mut self, name: impl Into<String>) -> Self {
        self.file = Some(name.into());
        self
    }
}

impl fmt::Display for BeamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{file}: ")?;
        }
        write!(f, "offset {:#x}: {}: ", self.offset, self.what)?;
        if self.kind == ErrorKind::Unsupported {
            f.write_str("unsupported: ")?;
        }
        f.write_str(&self.reason)
    }
}

impl std::error::Error for BeamError {}
