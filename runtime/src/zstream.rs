//! Streams of compressed data: zlib's, behind functions that are safe to call.
//!
//! *Problem*: what OTP compresses must come out the same here to the bit, which only the same library gives. *Idea*: a
//! stream owns zlib's state and the input that waits for it; [`Stream::advance`] takes a limited step, so that callers
//! can give way in between. *Invariant*: zlib's state is initialized exactly while the mode is not [`Mode::Idle`], and
//! holds no pointer to input or output between calls.

use libz_sys as z;
use std::collections::VecDeque;
use std::ffi::{c_int, c_uint};
use std::mem::MaybeUninit;

unsafe extern "C" {
    // The bindings leave this one out (zlib.h).
    fn inflateGetDictionary(stream: *mut z::z_stream, dictionary: *mut u8, length: *mut c_uint) -> c_int;
}

/// What a stream is set up for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// For nothing.
    Idle,
    /// Compressing.
    Deflate,
    /// Decompressing.
    Inflate,
}

/// What happens to input behind the end of the compressed data.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AfterEnd {
    /// It is an error.
    Error,
    /// Another stream begins.
    Reset,
    /// It is dropped.
    Cut,
}

/// Why zlib refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// Wrong parameters or a wrong order of calls.
    Stream,
    /// Damaged data.
    Data,
    /// No memory.
    Memory,
    /// No progress is possible.
    Buffer,
    /// The library is of another version.
    Version,
}

/// How a step ended.
#[derive(Debug)]
pub struct Step {
    /// What came out.
    pub output: Vec<u8>,
    /// What comes next.
    pub next: Next,
}

/// What a stream needs after a step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Next {
    /// Nothing: all input is used and all output given.
    Finished,
    /// Another step.
    Continue,
    /// The dictionary with this checksum.
    Dictionary(u32),
}

/// A stream.
pub struct Stream {
    state: Box<MaybeUninit<z::z_stream>>,
    mode: Mode,
    after_end: AfterEnd,
    ended: bool,
    input: VecDeque<Vec<u8>>,
    /// Bytes of the first piece that were used.
    used: usize,
}

// SAFETY: zlib's state belongs to the stream alone and is not bound to a thread.
unsafe impl Send for Stream {}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Stream({:?})", self.mode)
    }
}

impl Default for Stream {
    fn default() -> Stream {
        Stream {
            state: Box::new(MaybeUninit::zeroed()),
            mode: Mode::Idle,
            after_end: AfterEnd::Cut,
            ended: false,
            input: VecDeque::new(),
            used: 0,
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let _ = self.end();
    }
}

/// What zlib answered, as a result; `Ok` holds answers that are no errors.
fn checked(code: c_int) -> Result<c_int, Refusal> {
    match code {
        z::Z_STREAM_ERROR => Err(Refusal::Stream),
        z::Z_DATA_ERROR => Err(Refusal::Data),
        z::Z_MEM_ERROR => Err(Refusal::Memory),
        z::Z_BUF_ERROR => Err(Refusal::Buffer),
        z::Z_VERSION_ERROR => Err(Refusal::Version),
        // A dictionary that is needed where none can be given.
        z::Z_NEED_DICT => Err(Refusal::Data),
        other => Ok(other),
    }
}

const SIZE: c_int = size_of::<z::z_stream>() as c_int;
/// The longest dictionary: a whole window.
const WINDOW: usize = 1 << 15;

impl Stream {
    /// What the stream is set up for.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    fn begin(&mut self, mode: Mode, code: c_int) -> Result<(), Refusal> {
        checked(code)?;
        self.mode = mode;
        self.ended = false;
        Ok(())
    }

    /// Sets an idle stream up for compressing: zlib's level, method, window bits, memory level and strategy.
    pub fn start_deflate(
        &mut self,
        [level, method, bits, memory, strategy]: [c_int; 5],
    ) -> Result<(), Refusal> {
        debug_assert_eq!(self.mode, Mode::Idle);
        let state = self.state.as_mut_ptr();
        // SAFETY: a state that is all zeros asks for zlib's own allocator; it is not initialized (invariant), and does
        // not move, being boxed.
        let code =
            unsafe { z::deflateInit2_(state, level, method, bits, memory, strategy, z::zlibVersion(), SIZE) };
        self.begin(Mode::Deflate, code)
    }

    /// Sets an idle stream up for decompressing.
    pub fn start_inflate(&mut self, bits: c_int, after_end: AfterEnd) -> Result<(), Refusal> {
        debug_assert_eq!(self.mode, Mode::Idle);
        // SAFETY: as in `start_deflate`.
        let code = unsafe { z::inflateInit2_(self.state.as_mut_ptr(), bits, z::zlibVersion(), SIZE) };
        self.after_end = after_end;
        self.begin(Mode::Inflate, code)
    }

    /// Makes the stream idle again. An error if data was lost with that.
    pub fn end(&mut self) -> Result<(), Refusal> {
        let state = self.state.as_mut_ptr();
        // SAFETY: the state is initialized for what the mode says (invariant).
        let code = unsafe {
            match self.mode {
                Mode::Idle => z::Z_OK,
                Mode::Deflate => z::deflateEnd(state),
                Mode::Inflate => z::inflateEnd(state),
            }
        };
        let lost = !self.input.is_empty() || (self.mode == Mode::Inflate && !self.ended);
        self.mode = Mode::Idle;
        *self.state = MaybeUninit::zeroed();
        self.forget_input();
        checked(code)?;
        if lost { Err(Refusal::Data) } else { Ok(()) }
    }

    /// Begins anew with the same settings; input that waits is dropped.
    pub fn reset(&mut self) -> Result<(), Refusal> {
        self.forget_input();
        self.ended = false;
        self.reset_state()
    }

    fn reset_state(&mut self) -> Result<(), Refusal> {
        let state = self.state.as_mut_ptr();
        // SAFETY: the state is initialized for what the mode says (invariant).
        let code = unsafe {
            match self.mode {
                Mode::Idle => z::Z_STREAM_ERROR,
                Mode::Deflate => z::deflateReset(state),
                Mode::Inflate => z::inflateReset(state),
            }
        };
        checked(code).map(|_| ())
    }

    fn forget_input(&mut self) {
        self.input.clear();
        self.used = 0;
    }

    /// Adds input.
    pub fn add_input(&mut self, bytes: Vec<u8>) {
        if !bytes.is_empty() {
            self.input.push_back(bytes);
        }
    }

    /// The checksum that zlib keeps at the moment.
    fn adler(&self) -> u32 {
        // SAFETY: the callers have an initialized state.
        unsafe { (*self.state.as_ptr()).adler as u32 }
    }

    /// Sets the dictionary; gives its checksum.
    pub fn set_dictionary(&mut self, bytes: &[u8]) -> Result<u32, Refusal> {
        let (state, length) = (self.state.as_mut_ptr(), bytes.len().min(u32::MAX as usize) as u32);
        // SAFETY: the state is initialized for what the mode says (invariant); so many bytes are there, and only read.
        let code = unsafe {
            match self.mode {
                Mode::Idle => z::Z_STREAM_ERROR,
                Mode::Deflate => z::deflateSetDictionary(state, bytes.as_ptr(), length),
                Mode::Inflate => z::inflateSetDictionary(state, bytes.as_ptr(), length),
            }
        };
        checked(code).map(|_| self.adler())
    }

    /// The dictionary that decompressing would need to go on: the last output.
    pub fn dictionary(&mut self) -> Result<Vec<u8>, Refusal> {
        if self.mode != Mode::Inflate {
            return Err(Refusal::Stream);
        }
        let mut bytes = vec![0; WINDOW];
        let mut length = 0;
        // SAFETY: the state is initialized for decompressing; zlib writes at most a window.
        let code =
            unsafe { inflateGetDictionary(self.state.as_mut_ptr(), bytes.as_mut_ptr(), &raw mut length) };
        checked(code)?;
        bytes.truncate(length as usize);
        Ok(bytes)
    }

    /// Changes level and strategy. What was compressed before must have been flushed.
    pub fn set_parameters(&mut self, level: c_int, strategy: c_int) -> Result<(), Refusal> {
        if self.mode != Mode::Deflate {
            return Err(Refusal::Stream);
        }
        let mut spare = [0_u8; 1];
        let state = self.state.as_mut_ptr();
        // SAFETY: the state is initialized for compressing; there is room for one byte, which shows whether something
        // was not flushed.
        let (code, room) = unsafe {
            (*state).next_in = std::ptr::null_mut();
            (*state).avail_in = 0;
            (*state).next_out = spare.as_mut_ptr();
            (*state).avail_out = 1;
            let code = z::deflateParams(state, level, strategy);
            (code, (*state).avail_out)
        };
        match checked(code) {
            Ok(_) if room == 1 => Ok(()),
            Ok(_) => Err(Refusal::Stream),
            // Nothing was there to do: no failure.
            Err(Refusal::Buffer) if room == 1 => Ok(()),
            Err(refusal) => Err(refusal),
        }
    }

    /// One call of zlib.
    ///
    /// # Safety
    /// `input` and `output` are valid for as many bytes as are said to be there; the mode is not idle.
    unsafe fn call(&mut self, input: (*const u8, usize), output: (*mut u8, usize), flush: c_int) -> Call {
        let state = self.state.as_mut_ptr();
        // SAFETY: the caller's promise; the state is initialized for the mode. Lengths are limited by the callers.
        unsafe {
            (*state).next_in = input.0.cast_mut();
            (*state).avail_in = input.1 as u32;
            (*state).next_out = output.0;
            (*state).avail_out = output.1 as u32;
            let code = match self.mode {
                Mode::Inflate => z::inflate(state, flush),
                _ => z::deflate(state, flush),
            };
            Call { code, left: (*state).avail_in as usize, room: (*state).avail_out as usize }
        }
    }

    /// Uses at most so much input and gives at most so much output. `flush` is zlib's, for when all input is used.
    pub fn advance(&mut self, most_in: usize, most_out: usize, flush: c_int) -> Result<Step, Refusal> {
        if self.mode == Mode::Idle {
            return Err(Refusal::Stream);
        }
        if self.mode == Mode::Inflate && self.ended && !self.input.is_empty() {
            match self.after_end {
                AfterEnd::Error => return Err(Refusal::Data),
                AfterEnd::Reset => {
                    self.reset_state()?;
                    self.ended = false;
                }
                AfterEnd::Cut => self.forget_input(),
            }
        }
        let mut output = vec![0; most_out.min(u32::MAX as usize)];
        let (mut made, mut taken, mut code) = (0, 0, z::Z_OK);
        while code == z::Z_OK && taken < most_in {
            let Some(piece) = self.input.front() else { break };
            let wanted = (piece.len() - self.used).min(most_in - taken).min(u32::MAX as usize);
            // SAFETY: both are parts of the piece and of the output, which stay as they are during the call.
            let call = unsafe {
                let from = piece.as_ptr().add(self.used);
                self.call((from, wanted), (output.as_mut_ptr().add(made), output.len() - made), z::Z_NO_FLUSH)
            };
            code = call.code;
            made = output.len() - call.room;
            taken += wanted - call.left;
            self.used += wanted - call.left;
            if self.input.front().is_some_and(|piece| piece.len() == self.used) {
                self.input.pop_front();
                self.used = 0;
            }
        }
        if code == z::Z_OK && flush != z::Z_NO_FLUSH && self.input.is_empty() {
            // SAFETY: no input, and the rest of the output.
            let call = unsafe {
                let to = output.as_mut_ptr().add(made);
                self.call((std::ptr::null(), 0), (to, output.len() - made), flush)
            };
            code = call.code;
            made = output.len() - call.room;
        }
        let full = made == output.len();
        output.truncate(made);
        match code {
            z::Z_STREAM_END => self.ended = true,
            z::Z_BUF_ERROR | z::Z_NEED_DICT => {}
            _ => {
                checked(code)?;
            }
        }
        let rest = !self.input.is_empty();
        let next = if taken == 0 && made == 0 && rest {
            return Err(Refusal::Data);
        } else if !rest && !full {
            // Also where a dictionary is needed: the reference says so only when there is more to come.
            Next::Finished
        } else if code == z::Z_NEED_DICT {
            Next::Dictionary(self.adler())
        } else {
            Next::Continue
        };
        Ok(Step { output, next })
    }
}

/// What one call of zlib did.
struct Call {
    code: c_int,
    /// Input that was not used.
    left: usize,
    /// Output that was not filled.
    room: usize,
}

/// Bytes in zlib's format.
pub fn compress(bytes: &[u8], level: u8) -> Option<Vec<u8>> {
    let mut stream = Stream::default();
    stream.start_deflate([c_int::from(level), z::Z_DEFLATED, 15, 8, z::Z_DEFAULT_STRATEGY]).ok()?;
    let mut out = Vec::new();
    stream.add_input(bytes.to_vec());
    loop {
        let step = stream.advance(usize::MAX, 1 << 18, z::Z_FINISH).ok()?;
        out.extend(step.output);
        if step.next == Next::Finished {
            return Some(out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inflate(stream: &mut Stream, bytes: &[u8], most_out: usize) -> Result<Vec<u8>, Refusal> {
        stream.add_input(bytes.to_vec());
        let mut out = Vec::new();
        loop {
            let step = stream.advance(7, most_out, z::Z_NO_FLUSH)?;
            out.extend(step.output);
            match step.next {
                Next::Finished => return Ok(out),
                Next::Continue => {}
                Next::Dictionary(_) => return Err(Refusal::Data),
            }
        }
    }

    #[test]
    fn what_is_compressed_comes_back_at_every_level_in_steps_of_any_size() {
        let data: Vec<u8> = (0..50_000_u32).map(|n| (n * n % 251) as u8).collect();
        for level in 0..=9 {
            let packed = compress(&data, level).unwrap();
            for most_out in [1, 100, 1 << 16] {
                let mut stream = Stream::default();
                stream.start_inflate(15, AfterEnd::Error).unwrap();
                assert!(inflate(&mut stream, &packed, most_out).unwrap() == data, "{level} {most_out}");
                assert_eq!(stream.end(), Ok(()));
            }
        }
    }

    #[test]
    fn input_behind_the_end_is_treated_as_chosen() {
        let twice = compress(b"abc", 6).unwrap().repeat(2);
        for (after_end, expected) in [
            (AfterEnd::Error, Err(Refusal::Data)),
            (AfterEnd::Reset, Ok(b"abcabc".to_vec())),
            (AfterEnd::Cut, Ok(b"abc".to_vec())),
        ] {
            let mut stream = Stream::default();
            stream.start_inflate(15, after_end).unwrap();
            assert_eq!(inflate(&mut stream, &twice, 100), expected);
        }
    }

    #[test]
    fn damage_and_wrong_orders_are_refused() {
        let mut stream = Stream::default();
        assert_eq!(stream.advance(1, 1, 0).unwrap_err(), Refusal::Stream);
        assert_eq!(stream.start_inflate(99, AfterEnd::Cut), Err(Refusal::Stream));
        assert_eq!(stream.mode(), Mode::Idle);
        stream.start_inflate(15, AfterEnd::Cut).unwrap();
        assert_eq!(inflate(&mut stream, b"no such format", 10), Err(Refusal::Data));
        assert_eq!(stream.end(), Err(Refusal::Data));
        assert_eq!(stream.end(), Ok(()));
    }
}
