//! Standard input and output for the I/O server (`runtime/erl/linac_user.erl`).
//!
//! Output is written at once, so it is in order whoever writes, and complete when the system stops. Input is read by
//! a thread of its own, a piece for each time it is asked for, and sent to the process that asked: no scheduler waits.

use super::{BADARG, Outcome};
use crate::data;
use crate::process::signal::{Parcel, Signal};
use crate::process::table::Pid;
use crate::process::{Process, life};
use crate::sched::System;
use linac_abi::term::FixedAtom;
use linac_core::binary::{self, Bits};
use linac_core::{Atom, Build, Term};
use std::io::{ErrorKind, IsTerminal, Read, Write};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

type Out = Result<Term, Term>;

fn atom(text: &str) -> Term {
    Atom::new(text).map_or(Term::fixed(FixedAtom::Undefined), Term::atom)
}

/// How characters stand in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Encoding {
    Latin1,
    Utf8,
}

impl Encoding {
    fn of(t: Term) -> Result<Encoding, Term> {
        match t.as_atom().map(Atom::text) {
            Some("latin1") => Ok(Encoding::Latin1),
            Some("unicode" | "utf8") => Ok(Encoding::Utf8),
            _ => Err(BADARG),
        }
    }

    /// As the environment says.
    fn of_environment() -> Encoding {
        let set = ["LC_ALL", "LC_CTYPE", "LANG"]
            .into_iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|value| !value.is_empty());
        let utf8 = set.is_some_and(|value| {
            let value = value.to_ascii_lowercase();
            value.contains("utf-8") || value.contains("utf8")
        });
        if utf8 { Encoding::Utf8 } else { Encoding::Latin1 }
    }
}

/// Does the environment say UTF-8?
pub fn is_utf8() -> bool {
    Encoding::of_environment() == Encoding::Utf8
}

/// The encoding of the standard files.
pub fn encoding(_: &mut Process, _: &[Term]) -> Out {
    Ok(match Encoding::of_environment() {
        Encoding::Latin1 => atom("latin1"),
        Encoding::Utf8 => atom("unicode"),
    })
}

pub fn is_terminal(_: &mut Process, a: &[Term]) -> Out {
    Ok(Term::bool(match a[0].as_small() {
        Some(0) => std::io::stdin().is_terminal(),
        Some(1) => std::io::stdout().is_terminal(),
        Some(2) => std::io::stderr().is_terminal(),
        _ => return Err(BADARG),
    }))
}

/// Writes to standard output or standard error, all of it, at once.
pub fn write_bytes(fd: isize, mut bytes: &[u8]) -> std::io::Result<()> {
    let stream: &mut dyn Write = match fd {
        1 => &mut std::io::stdout().lock(),
        _ => &mut std::io::stderr().lock(),
    };
    while !bytes.is_empty() {
        match stream.write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // Somebody made the file non-blocking: what cannot be written yet is written later.
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                std::thread::sleep(Duration::from_millis(1))
            }
            Err(error) => return Err(error),
        }
    }
    stream.flush()
}

/// Puts a character into bytes; what the encoding does not have is spelt out.
fn push_char(bytes: &mut Vec<u8>, c: char, encoding: Encoding) {
    match (encoding, u8::try_from(u32::from(c))) {
        (Encoding::Utf8, _) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        (Encoding::Latin1, Ok(byte)) => bytes.push(byte),
        (Encoding::Latin1, Err(_)) => {
            bytes.extend_from_slice(format!("\\x{{{:X}}}", u32::from(c)).as_bytes())
        }
    }
}

/// The bytes for a device of character data in some encoding; none if it is no such data.
fn device_bytes(chars: Term, from: Encoding, to: Encoding) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut todo = vec![(chars, true)];
    // Bytes of a character that goes on in the next binary.
    let mut partial: Vec<u8> = Vec::new();
    while let Some((term, whole)) = todo.pop() {
        if let Some([head, tail]) = term.as_cons() {
            todo.push((*tail, true));
            todo.push((*head, false));
        } else if let Some(bits) = Bits::of(term).filter(|bits| bits.is_binary()) {
            match from {
                Encoding::Latin1 => bits.bytes().for_each(|byte| push_char(&mut bytes, char::from(byte), to)),
                Encoding::Utf8 => {
                    partial.extend(bits.bytes());
                    let (text, used) = match std::str::from_utf8(&partial) {
                        Ok(text) => (text, partial.len()),
                        Err(error) if error.error_len().is_none() => {
                            let good = error.valid_up_to();
                            (std::str::from_utf8(&partial[..good]).ok()?, good)
                        }
                        Err(_) => return None,
                    };
                    match to {
                        Encoding::Utf8 => bytes.extend_from_slice(text.as_bytes()),
                        Encoding::Latin1 => text.chars().for_each(|c| push_char(&mut bytes, c, to)),
                    }
                    partial.drain(..used);
                }
            }
        } else if let (false, Some(code)) = (whole, term.as_small()) {
            let code = u32::try_from(code).ok().filter(|code| from == Encoding::Utf8 || *code < 256)?;
            if !partial.is_empty() {
                return None;
            }
            push_char(&mut bytes, char::from_u32(code)?, to);
        } else if !term.is_nil() {
            return None;
        }
    }
    partial.is_empty().then_some(bytes)
}

/// `write(File, DeviceEncoding, Encoding, Chars)`
pub fn write(p: &mut Process, a: &[Term]) -> Outcome {
    let (Some(fd @ (1 | 2)), Ok(to), Ok(from)) = (a[0].as_small(), Encoding::of(a[1]), Encoding::of(a[2]))
    else {
        return Outcome::error(p, BADARG);
    };
    let Some(bytes) = device_bytes(a[3], from, to) else {
        return Outcome::Done(Term::fixed(FixedAtom::Error));
    };
    match write_bytes(fd, &bytes) {
        Ok(()) => Outcome::Done(Term::fixed(FixedAtom::Ok)),
        Err(_) => Outcome::Done(p.heap.tuple(&[Term::fixed(FixedAtom::Error), atom("terminated")])),
    }
}

/// Asks the thread that reads for a piece.
static READER: OnceLock<Mutex<Sender<Pid>>> = OnceLock::new();

/// Bytes read at a time.
const PIECE: usize = 1 << 16;

fn reader(system: &'static System, asked: &std::sync::mpsc::Receiver<Pid>) {
    let mut buffer = vec![0; PIECE];
    while let Ok(pid) = asked.recv() {
        let read = loop {
            match std::io::stdin().lock().read(&mut buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                read => break read,
            }
        };
        let message = Parcel::build(|memory| {
            let content = match &read {
                Ok(0) => atom("eof"),
                Ok(count) => memory.binary(&buffer[..*count]).unwrap_or(atom("enomem")),
                Err(_) => memory.tuple(&[Term::fixed(FixedAtom::Error), atom("eio")]),
            };
            memory.tuple(&[atom("linac_input"), content])
        });
        life::send(system, pid, Signal::Message(message));
    }
}

/// Asks for input: `{linac_input, Bytes | eof | {error, Reason}}` comes as a message.
pub fn request_input(p: &mut Process, _: &[Term]) -> Out {
    let system = p.system;
    let sender = READER.get_or_init(|| {
        let (sender, receiver) = channel();
        // Without a thread nobody receives, and the send below says so.
        let _ =
            std::thread::Builder::new().name("linac-stdin".into()).spawn(move || reader(system, &receiver));
        Mutex::new(sender)
    });
    let sent = sender.lock().unwrap_or_else(PoisonError::into_inner).send(p.pid);
    sent.map(|()| Term::fixed(FixedAtom::Ok)).map_err(|_| Term::fixed(FixedAtom::SystemLimit))
}

/// `line(Bytes)`: the first line with its end, and the rest.
pub fn line(p: &mut Process, a: &[Term]) -> Out {
    let bits = Bits::of(a[0]).filter(|bits| bits.is_binary()).ok_or(BADARG)?;
    match bits.bytes().position(|byte| byte == b'\n') {
        Some(at) => split(p, a[0], at + 1, None),
        None => Ok(atom("more")),
    }
}

/// `{First, Rest}`, or `{First, Count, Rest}` with a count.
fn split(p: &mut Process, bytes: Term, at: usize, count: Option<usize>) -> Out {
    let bits = Bits::of(bytes).ok_or(BADARG)?;
    let first = binary::sub_bits(&mut p.heap, bytes, 0, at * 8).ok_or(BADARG)?;
    let rest = binary::sub_bits(&mut p.heap, bytes, at * 8, bits.len() - at * 8).ok_or(BADARG)?;
    Ok(match count {
        None => p.heap.tuple(&[first, rest]),
        Some(count) => p.heap.tuple(&[first, Term::small(count as isize), rest]),
    })
}

/// `whole(Bytes)`: the bytes up to the first that belongs to no whole character of UTF-8, and whether it is a character that
/// may still become whole, or there is none.
pub fn whole(p: &mut Process, a: &[Term]) -> Out {
    let bits = Bits::of(a[0]).filter(|bits| bits.is_binary()).ok_or(BADARG)?;
    let bytes = bits.to_vec();
    let (good, may) = match std::str::from_utf8(&bytes) {
        Ok(_) => (bytes.len(), true),
        Err(error) => (error.valid_up_to(), error.error_len().is_none()),
    };
    let first = binary::sub_bits(&mut p.heap, a[0], 0, good * 8).ok_or(BADARG)?;
    Ok(p.heap.tuple(&[first, Term::bool(may)]))
}

/// `take(Bytes, N, Encoding)`: at most N characters, how many, and the rest.
pub fn take(p: &mut Process, a: &[Term]) -> Out {
    let bytes = Bits::of(a[0]).filter(|bits| bits.is_binary()).ok_or(BADARG)?.to_vec();
    let wanted = a[1].as_small().and_then(|n| usize::try_from(n).ok()).ok_or(BADARG)?;
    let (at, count) = match Encoding::of(a[2])? {
        Encoding::Latin1 => (bytes.len().min(wanted), bytes.len().min(wanted)),
        Encoding::Utf8 => {
            let (mut at, mut count) = (0, 0);
            while count < wanted && at < bytes.len() {
                let width = match bytes[at] {
                    0xC2..0xE0 => 2,
                    0xE0..0xF0 => 3,
                    0xF0..0xF5 => 4,
                    _ => 1,
                };
                if at + width > bytes.len() {
                    break;
                }
                at += width;
                count += 1;
            }
            (at, count)
        }
    };
    split(p, a[0], at, Some(count))
}

/// `convert(Bytes, DeviceEncoding, Encoding, AsBinary)`: `{ok, Data}`, or `{error, Reason}` if the wanted encoding does not
/// have a character.
pub fn convert(p: &mut Process, a: &[Term]) -> Out {
    let bytes = Bits::of(a[0]).filter(|bits| bits.is_binary()).ok_or(BADARG)?.to_vec();
    let (from, to) = (Encoding::of(a[1])?, Encoding::of(a[2])?);
    let failed = |p: &mut Process, reason: Term| Ok(p.heap.tuple(&[Term::fixed(FixedAtom::Error), reason]));
    let chars: Vec<char> = match from {
        Encoding::Latin1 => bytes.iter().copied().map(char::from).collect(),
        Encoding::Utf8 => match std::str::from_utf8(&bytes) {
            Ok(text) => text.chars().collect(),
            Err(_) => {
                let reason = p.heap.tuple(&[atom("invalid_unicode"), atom("unicode")]);
                return failed(p, reason);
            }
        },
    };
    if to == Encoding::Latin1 && chars.iter().any(|c| u32::from(*c) > 255) {
        let reason = p.heap.tuple(&[atom("no_translation"), atom("unicode"), atom("latin1")]);
        return failed(p, reason);
    }
    let data = if a[3] == Term::TRUE {
        let mut encoded = Vec::with_capacity(bytes.len());
        chars.iter().for_each(|c| push_char(&mut encoded, *c, to));
        p.heap.binary(&encoded).map_err(|_| Term::fixed(FixedAtom::SystemLimit))?
    } else {
        let text: String = chars.into_iter().collect();
        p.heap.string(&text)
    };
    Ok(p.heap.tuple(&[Term::fixed(FixedAtom::Ok), data]))
}

/// `erlang:display/1`
pub fn display(_: &mut Process, a: &[Term]) -> Outcome {
    let mut text = data::text(a[0]);
    text.push('\n');
    // Like the reference VM, which does not look at the result either.
    let _ = write_bytes(1, text.as_bytes());
    Outcome::Done(Term::TRUE)
}

/// `net_kernel:dflag_unicode_io/1`
pub fn dflag_unicode_io(_: &mut Process, a: &[Term]) -> Out {
    if a[0].is_pid() { Ok(Term::TRUE) } else { Err(BADARG) }
}

bifs! {
    "net_kernel" "dflag_unicode_io" 1 Leaf dflag_unicode_io, "Does the process's node know Unicode? It is this one.";
    "linac_io" "encoding" 0 Leaf encoding, "Encoding of the standard files, as the environment says.";
    "linac_io" "is_terminal" 1 Leaf is_terminal, "Is standard file 0, 1 or 2 a terminal?";
    "linac_io" "write" 4 Full write, "Writes character data to a standard file.";
    "linac_io" "request_input" 0 Leaf request_input, "Asks for a message with a piece of standard input.";
    "linac_io" "line" 1 Leaf line, "The first line of some bytes, and the rest.";
    "linac_io" "whole" 1 Leaf whole, "The whole characters in front, and whether what follows may become one.";
    "linac_io" "take" 3 Leaf take, "The first characters of some bytes, how many, and the rest.";
    "linac_io" "convert" 4 Leaf convert, "Bytes of a device as list or binary in some encoding.";
}
