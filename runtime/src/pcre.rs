//! A thin layer over PCRE2: compiled patterns, and matching with limits.
//!
//! The library is C and keeps its state in heap objects; each is owned by one Rust value here. Matching uses no native
//! stack that grows with the subject, and the match limit bounds its time.

use pcre2_sys as c;
use std::ptr;

/// A compiled pattern. It is never changed, so threads may share it.
pub struct Pattern {
    code: *mut c::pcre2_code_8,
    /// Number of capturing groups.
    pub groups: usize,
    /// Names of groups in alphabetical order, with the group of each. With duplicates a name stands here more than
    /// once.
    pub names: Vec<(Vec<u8>, usize)>,
    /// Line ends of this pattern may be two characters.
    pub crlf: bool,
}

// SAFETY: compiled code is only read by matching.
unsafe impl Send for Pattern {}
// SAFETY: as above.
unsafe impl Sync for Pattern {}

/// What to compile.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Source {
    /// The pattern.
    pub text: Vec<u8>,
    /// Option bits.
    pub options: u32,
    /// Convention for line ends; 0 for the usual.
    pub newline: u32,
    /// What `\R` matches; 0 for the usual.
    pub bsr: u32,
}

/// Why a pattern is none.
pub struct CompileError {
    /// The library's words.
    pub message: String,
    /// Byte in the pattern.
    pub offset: usize,
}

/// Option bits of compiling and matching, by the names that the library gives them.
pub mod option {
    pub use pcre2_sys::{
        PCRE2_ANCHORED, PCRE2_BSR_ANYCRLF, PCRE2_BSR_UNICODE, PCRE2_CASELESS, PCRE2_DOLLAR_ENDONLY,
        PCRE2_DOTALL, PCRE2_DUPNAMES, PCRE2_EXTENDED, PCRE2_FIRSTLINE, PCRE2_MULTILINE, PCRE2_NEVER_UTF,
        PCRE2_NEWLINE_ANY, PCRE2_NEWLINE_ANYCRLF, PCRE2_NEWLINE_CR, PCRE2_NEWLINE_CRLF, PCRE2_NEWLINE_LF,
        PCRE2_NEWLINE_NUL, PCRE2_NO_AUTO_CAPTURE, PCRE2_NO_START_OPTIMIZE, PCRE2_NO_UTF_CHECK, PCRE2_NOTBOL,
        PCRE2_NOTEMPTY, PCRE2_NOTEMPTY_ATSTART, PCRE2_NOTEOL, PCRE2_UCP, PCRE2_UNGREEDY, PCRE2_UTF,
    };
}

fn message(code: i32) -> String {
    let mut buffer = [0u8; 256];
    // SAFETY: the buffer has the length given; the library ends what it writes with a zero.
    let length = unsafe { c::pcre2_get_error_message_8(code, buffer.as_mut_ptr(), buffer.len()) };
    let length = usize::try_from(length).unwrap_or(0).min(buffer.len());
    String::from_utf8_lossy(&buffer[..length]).into_owned()
}

/// The library's version.
pub fn version() -> String {
    let mut buffer = [0u8; 64];
    // SAFETY: the version takes at most 24 bytes.
    let length = unsafe { c::pcre2_config_8(c::PCRE2_CONFIG_VERSION, buffer.as_mut_ptr().cast()) };
    // The length counts the zero at the end.
    let length = usize::try_from(length - 1).unwrap_or(0).min(buffer.len());
    String::from_utf8_lossy(&buffer[..length]).into_owned()
}

impl Pattern {
    /// Compiles.
    pub fn new(source: &Source) -> Result<Pattern, CompileError> {
        let (mut error, mut offset) = (0, 0);
        // SAFETY: plain settings of a context that is freed below; the pattern is given with its length.
        let code = unsafe {
            let context = c::pcre2_compile_context_create_8(ptr::null_mut());
            if !context.is_null() {
                if source.newline != 0 {
                    c::pcre2_set_newline_8(context, source.newline);
                }
                if source.bsr != 0 {
                    c::pcre2_set_bsr_8(context, source.bsr);
                }
            }
            let code = c::pcre2_compile_8(
                source.text.as_ptr(),
                source.text.len(),
                source.options,
                &raw mut error,
                &raw mut offset,
                context,
            );
            c::pcre2_compile_context_free_8(context);
            code
        };
        if code.is_null() {
            return Err(CompileError { message: message(error), offset });
        }
        let mut pattern = Pattern { code, groups: 0, names: Vec::new(), crlf: false };
        pattern.groups = pattern.number(c::PCRE2_INFO_CAPTURECOUNT);
        let newline = pattern.number(c::PCRE2_INFO_NEWLINE) as u32;
        pattern.crlf =
            [c::PCRE2_NEWLINE_CRLF, c::PCRE2_NEWLINE_ANY, c::PCRE2_NEWLINE_ANYCRLF].contains(&newline);
        pattern.names = pattern.read_names();
        Ok(pattern)
    }

    fn number(&self, what: u32) -> usize {
        let mut value = 0u32;
        // SAFETY: the items asked for here are 32-bit numbers.
        unsafe { c::pcre2_pattern_info_8(self.code, what, (&raw mut value).cast()) };
        value as usize
    }

    fn read_names(&self) -> Vec<(Vec<u8>, usize)> {
        let (count, size) = (self.number(c::PCRE2_INFO_NAMECOUNT), self.number(c::PCRE2_INFO_NAMEENTRYSIZE));
        let mut table: *const u8 = ptr::null();
        // SAFETY: this item is a pointer into the compiled pattern.
        unsafe { c::pcre2_pattern_info_8(self.code, c::PCRE2_INFO_NAMETABLE, (&raw mut table).cast()) };
        if table.is_null() || count == 0 {
            return Vec::new();
        }
        // SAFETY: the table has so many entries of this size: the group in two bytes, the name, a zero.
        let table = unsafe { std::slice::from_raw_parts(table, count * size) };
        table
            .chunks_exact(size)
            .map(|entry| {
                let name = entry[2..].iter().copied().take_while(|byte| *byte != 0).collect();
                (name, usize::from(entry[0]) << 8 | usize::from(entry[1]))
            })
            .collect()
    }

    /// Matches from an offset on.
    pub fn run(&self, subject: &[u8], offset: usize, options: u32, limits: Limits) -> Outcome {
        // SAFETY: the contexts are used by this call only and freed at its end; the ovector is read before that.
        unsafe {
            let data = c::pcre2_match_data_create_from_pattern_8(self.code, ptr::null_mut());
            let context = c::pcre2_match_context_create_8(ptr::null_mut());
            if data.is_null() || context.is_null() {
                c::pcre2_match_data_free_8(data);
                c::pcre2_match_context_free_8(context);
                return Outcome::NoMemory;
            }
            c::pcre2_set_match_limit_8(context, limits.steps);
            if let Some(depth) = limits.depth {
                c::pcre2_set_depth_limit_8(context, depth);
            }
            let result =
                c::pcre2_match_8(self.code, subject.as_ptr(), subject.len(), offset, options, data, context);
            let outcome = match result {
                1.. => {
                    let places = c::pcre2_get_ovector_pointer_8(data);
                    let places = std::slice::from_raw_parts(places, 2 * result as usize);
                    Outcome::Match(
                        places
                            .chunks_exact(2)
                            .map(|pair| (pair[0] != usize::MAX).then_some((pair[0], pair[1])))
                            .collect(),
                    )
                }
                c::PCRE2_ERROR_NOMATCH => Outcome::NoMatch,
                c::PCRE2_ERROR_MATCHLIMIT => Outcome::TooManySteps,
                c::PCRE2_ERROR_DEPTHLIMIT | c::PCRE2_ERROR_HEAPLIMIT | c::PCRE2_ERROR_RECURSELOOP => {
                    Outcome::TooDeep
                }
                c::PCRE2_ERROR_NOMEMORY => Outcome::NoMemory,
                _ => Outcome::Refused,
            };
            c::pcre2_match_data_free_8(data);
            c::pcre2_match_context_free_8(context);
            outcome
        }
    }
}

impl Drop for Pattern {
    fn drop(&mut self) {
        // SAFETY: made by the library, freed once.
        unsafe { c::pcre2_code_free_8(self.code) };
    }
}

/// What a match may cost.
#[derive(Clone, Copy)]
pub struct Limits {
    /// Steps of the matcher.
    pub steps: u32,
    /// Depth of backtracking; none for the library's own limit.
    pub depth: Option<u32>,
}

/// What came of matching.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Start and end of the match and of its groups up to the last that took part.
    Match(Vec<Option<(usize, usize)>>),
    /// No match.
    NoMatch,
    /// The limit on steps.
    TooManySteps,
    /// The limit on depth or memory.
    TooDeep,
    /// No memory at all.
    NoMemory,
    /// The library refuses the arguments.
    Refused,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compile(text: &str) -> Result<Pattern, CompileError> {
        Pattern::new(&Source { text: text.into(), options: 0, newline: 0, bsr: 0 })
    }

    #[test]
    fn patterns_match_within_limits() {
        let limits = Limits { steps: 1000, depth: None };
        let pattern = compile("a(?<x>b)?(?<c>c)").unwrap_or_else(|e| panic!("{}", e.message));
        assert_eq!((pattern.groups, pattern.names.len(), pattern.crlf), (2, 2, false));
        assert_eq!(pattern.names[0], (b"c".to_vec(), 2));
        let places = vec![Some((1, 3)), None, Some((2, 3))];
        assert_eq!(pattern.run(b"xacx", 0, 0, limits), Outcome::Match(places));
        assert_eq!(pattern.run(b"xacx", 2, 0, limits), Outcome::NoMatch);
        let slow = compile("(a+)*[bc]d").unwrap_or_else(|e| panic!("{}", e.message));
        assert_eq!(slow.run(&[b'a'; 40], 0, option::PCRE2_NOTBOL, limits), Outcome::NoMatch);
        assert_eq!(slow.run(b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaab ad", 0, 0, limits), Outcome::TooManySteps);
        let error = compile("a(b").err().map(|e| (e.message, e.offset));
        assert_eq!(error, Some(("missing closing parenthesis".to_string(), 3)));
        assert!(version().starts_with("10."));
    }
}
