//! Why a function could not be lifted.

use std::fmt;

/// Whose fault it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiftErrorKind {
    /// The code uses something that is not lifted yet.
    Unsupported,
    /// The code breaks rules that every compiler keeps.
    BadInput,
}

/// Why a function could not be lifted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiftError {
    /// Unsupported or bad input.
    pub kind: LiftErrorKind,
    /// The function, `M:F/A`.
    pub mfa: String,
    /// Offset of the instruction in the (unzipped) file.
    pub offset: u32,
    /// What is wrong.
    pub reason: String,
}

impl fmt::Display for LiftError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = match self.kind {
            LiftErrorKind::Unsupported => "unsupported ",
            LiftErrorKind::BadInput => "bad code: ",
        };
        write!(f, "{prefix}{} at {} (offset {:#x})", self.reason, self.mfa, self.offset)
    }
}

impl std::error::Error for LiftError {}

/// An error without its place; the lifter knows which instruction it is at.
pub(super) type Problem = (LiftErrorKind, String);

pub(super) fn bad<T>(reason: impl Into<String>) -> Result<T, Problem> {
    Err((LiftErrorKind::BadInput, reason.into()))
}
