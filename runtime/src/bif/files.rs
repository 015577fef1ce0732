//! The native functions of OTP's `prim_file` and `prim_buffer`, so that `file` and all above it work as they are.
//!
//! An open file is a reference; what stands behind it is kept in a table with its owner, and closed when the owner
//! ends. Names of files come as bytes that [`name_to_native`] made. System calls are made on the scheduler's thread.

use super::BADARG;
use super::posix::{failed, failure};
use crate::data::{self, atom};
use crate::process::handles::Handle;
use crate::process::{Process, RefId, ref_id, ref_numbers};
use linac_abi::term::FixedAtom;
use linac_core::binary::Bits;
use linac_core::number::to_i64;
use linac_core::{Atom, Build, Term};
use rustix::fs::{self, AtFlags, Mode, OFlags};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

type Out = Result<Term, Term>;

const OK: Term = Term::fixed(FixedAtom::Ok);

fn system_limit<E>(_: E) -> Term {
    Term::fixed(FixedAtom::SystemLimit)
}

/// `{ok, Value}`
fn done(p: &mut Process, value: Term) -> Term {
    p.heap.tuple(&[OK, value])
}

fn done_binary(p: &mut Process, bytes: &[u8]) -> Out {
    let value = p.heap.binary(bytes).map_err(system_limit)?;
    Ok(done(p, value))
}

/// The answer of something that gives nothing back.
fn plain(p: &mut Process, result: io::Result<()>) -> Out {
    Ok(result.map_or_else(|error| failed(p, &error), |()| OK))
}

// Names.

/// Are names of files UTF-8 here? Else each byte is a character.
fn names_are_utf8() -> bool {
    super::io::is_utf8()
}

/// `internal_name2native/1`: the bytes of a name, with a zero byte at the end.
pub fn name_to_native(p: &mut Process, a: &[Term]) -> Out {
    let mut bytes = match Bits::of(a[0]) {
        Some(bits) if bits.is_binary() => bits.to_vec(),
        Some(_) => return Err(BADARG),
        None => {
            let mut bytes = Vec::new();
            let mut todo = vec![(a[0], true)];
            while let Some((term, whole)) = todo.pop() {
                if let Some([head, tail]) = term.as_cons() {
                    todo.push((*tail, true));
                    todo.push((*head, false));
                } else if let (false, Some(code)) = (whole, term.as_small()) {
                    let c = u32::try_from(code).ok().and_then(char::from_u32).ok_or(BADARG)?;
                    match (names_are_utf8(), u8::try_from(code)) {
                        (true, _) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                        (false, Ok(byte)) => bytes.push(byte),
                        (false, Err(_)) => return Err(BADARG),
                    }
                } else if let Some(name) = term.as_atom() {
                    bytes.extend_from_slice(name.text().as_bytes());
                } else if !term.is_nil() {
                    return Err(BADARG);
                }
            }
            bytes
        }
    };
    // Zero bytes at the end are harmless; others would cut the name off.
    while bytes.last() == Some(&0) {
        bytes.pop();
    }
    if bytes.contains(&0) {
        return Err(BADARG);
    }
    bytes.push(0);
    p.heap.binary(&bytes).map_err(system_limit)
}

/// `internal_native2name/1`: the characters of a name.
pub fn native_to_name(p: &mut Process, a: &[Term]) -> Out {
    let bytes = Bits::of(a[0]).filter(|bits| bits.is_binary()).ok_or(BADARG)?.to_vec();
    let text = match names_are_utf8() {
        false => bytes.iter().copied().map(char::from).collect(),
        true => match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(_) => return Ok(p.heap.tuple(&[Term::fixed(FixedAtom::Error), atom("ignore")])),
        },
    };
    Ok(p.heap.string(&text))
}

/// `internal_normalize_utf8/1`
pub fn normalize_name(p: &mut Process, a: &[Term]) -> Out {
    let bytes = Bits::of(a[0]).filter(|bits| bits.is_binary()).ok_or(BADARG)?.to_vec();
    let text = String::from_utf8(bytes).map_err(|_| BADARG)?;
    Ok(p.heap.string(&text))
}

/// `is_translatable/1`
pub fn is_translatable(_: &mut Process, a: &[Term]) -> Out {
    let bits = Bits::of(a[0]).filter(|bits| bits.is_binary()).ok_or(BADARG)?;
    Ok(Term::bool(!names_are_utf8() || String::from_utf8(bits.to_vec()).is_ok()))
}

pub fn native_name_encoding(_: &mut Process, _: &[Term]) -> Out {
    Ok(atom(if names_are_utf8() { "utf8" } else { "latin1" }))
}

/// The path behind bytes of `internal_name2native/1`.
fn path(t: Term) -> Result<PathBuf, Term> {
    let mut bytes = Bits::of(t).filter(|bits| bits.is_binary()).ok_or(BADARG)?.to_vec();
    if bytes.pop() != Some(0) {
        return Err(BADARG);
    }
    Ok(PathBuf::from(OsStr::from_bytes(&bytes)))
}

// Open files.

/// What `open_nif/2` understands of a list of modes; the rest is for others.
#[derive(Default)]
struct Modes {
    read: bool,
    write: bool,
    append: bool,
    exclusive: bool,
    sync: bool,
    any_type: bool,
    directory: bool,
}

impl Modes {
    fn of(list: Term) -> Result<Modes, Term> {
        let mut modes = Modes::default();
        for mode in data::proper_list(list).ok_or(BADARG)? {
            match mode.as_atom().map(Atom::text) {
                Some("read") => modes.read = true,
                Some("write") => modes.write = true,
                Some("append") => (modes.append, modes.write) = (true, true),
                Some("exclusive") => (modes.exclusive, modes.write) = (true, true),
                Some("sync") => modes.sync = true,
                Some("skip_type_check") => modes.any_type = true,
                Some("directory") => modes.directory = true,
                _ => {}
            }
        }
        modes.read |= !modes.write;
        Ok(modes)
    }

    fn open(&self, path: &Path) -> io::Result<File> {
        let mut options = File::options();
        options.read(self.read).write(self.write).append(self.append);
        options.create(self.write).truncate(self.write && !self.read && !self.append && !self.exclusive);
        if self.exclusive {
            options.create_new(true);
        }
        if self.sync {
            options.custom_flags(OFlags::SYNC.bits() as i32);
        }
        let file = options.open(path)?;
        let found = file.metadata()?.file_type();
        // Others may block for ever.
        let null = found.is_char_device() && path == Path::new("/dev/null");
        match self.directory {
            true if !found.is_dir() => Err(io::Error::from_raw_os_error(libc::ENOTDIR)),
            false if !self.any_type && !found.is_file() && !null => {
                Err(io::Error::from_raw_os_error(libc::EISDIR))
            }
            _ => Ok(file),
        }
    }
}

pub fn open(p: &mut Process, a: &[Term]) -> Out {
    let path = path(a[0])?;
    match Modes::of(a[1])?.open(&path) {
        Ok(file) => {
            let id = p.keep_handle(Handle::File(file));
            let reference = p.heap.reference(ref_numbers(id));
            Ok(done(p, reference))
        }
        Err(error) => Ok(failed(p, &error)),
    }
}

fn handle(t: Term) -> Result<RefId, Term> {
    ref_id(t).ok_or(BADARG)
}

/// Does something with an open file. One that was closed is `einval`, as in the reference VM.
fn with<T>(
    p: &mut Process,
    t: Term,
    act: impl FnOnce(&mut File) -> io::Result<T>,
) -> Result<io::Result<T>, Term> {
    let id = handle(t)?;
    let done = p.system.handles.with(id, |handle| match handle {
        Handle::File(file) => Some(act(file)),
        Handle::Buffer(..) | Handle::Stream(_) => None,
    });
    match done {
        Some(Some(result)) => Ok(result),
        Some(None) => Err(BADARG),
        None => Ok(Err(io::Error::from_raw_os_error(libc::EINVAL))),
    }
}

pub fn close(p: &mut Process, a: &[Term]) -> Out {
    let id = handle(a[0])?;
    match p.drop_handle(id) {
        true => Ok(OK),
        false => plain(p, Err(io::Error::from_raw_os_error(libc::EINVAL))),
    }
}

/// Longest piece that is read at once.
const MAX_PIECE: usize = 1 << 30;

fn size(t: Term) -> Result<usize, Term> {
    to_i64(t).and_then(|n| usize::try_from(n).ok()).ok_or(BADARG)
}

/// Reads until there is enough or no more.
fn read_up_to(
    wanted: usize,
    mut read: impl FnMut(&mut [u8], u64) -> io::Result<usize>,
) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut piece = vec![0; wanted.min(1 << 18)];
    while bytes.len() < wanted {
        let room = piece.len().min(wanted - bytes.len());
        match read(&mut piece[..room], bytes.len() as u64) {
            Ok(0) => break,
            Ok(count) => bytes.extend_from_slice(&piece[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(bytes)
}

/// `{ok, Bytes}`, `eof` or an error.
fn got(p: &mut Process, wanted: usize, result: io::Result<Vec<u8>>) -> Out {
    match result {
        Ok(bytes) if bytes.is_empty() && wanted > 0 => Ok(atom("eof")),
        Ok(bytes) => done_binary(p, &bytes),
        Err(error) => Ok(failed(p, &error)),
    }
}

pub fn read(p: &mut Process, a: &[Term]) -> Out {
    let wanted = size(a[1])?.min(MAX_PIECE);
    let result = with(p, a[0], |file| read_up_to(wanted, |piece, _| file.read(piece)))?;
    got(p, wanted, result)
}

/// An offset in a file; a negative one is `einval`.
fn offset(t: Term) -> Result<io::Result<u64>, Term> {
    let offset = to_i64(t).ok_or(BADARG)?;
    Ok(u64::try_from(offset).map_err(|_| io::Error::from_raw_os_error(libc::EINVAL)))
}

pub fn pread(p: &mut Process, a: &[Term]) -> Out {
    let (start, wanted) = (offset(a[1])?, size(a[2])?.min(MAX_PIECE));
    let result = match start {
        Ok(start) => with(p, a[0], |file| read_up_to(wanted, |piece, at| file.read_at(piece, start + at)))?,
        Err(error) => Err(error),
    };
    got(p, wanted, result)
}

fn pieces(t: Term) -> Result<Vec<Vec<u8>>, Term> {
    let items = data::proper_list(t).ok_or(BADARG)?;
    items
        .iter()
        .map(|item| Bits::of(*item).filter(|b| b.is_binary()).map(Bits::to_vec).ok_or(BADARG))
        .collect()
}

pub fn write(p: &mut Process, a: &[Term]) -> Out {
    let pieces = pieces(a[1])?;
    let result = with(p, a[0], |file| pieces.iter().try_for_each(|piece| file.write_all(piece)))?;
    plain(p, result)
}

pub fn pwrite(p: &mut Process, a: &[Term]) -> Out {
    let (start, pieces) = (offset(a[1])?, pieces(a[2])?);
    let result = match start {
        Ok(mut at) => with(p, a[0], |file| {
            pieces.iter().try_for_each(|piece| {
                file.write_all_at(piece, at)?;
                at += piece.len() as u64;
                Ok(())
            })
        })?,
        Err(error) => Err(error),
    };
    plain(p, result)
}

pub fn seek(p: &mut Process, a: &[Term]) -> Out {
    let by = to_i64(a[2]).ok_or(BADARG)?;
    let to = match a[1].as_atom().map(Atom::text) {
        Some("bof") => u64::try_from(by).map(SeekFrom::Start).ok(),
        Some("cur") => Some(SeekFrom::Current(by)),
        Some("eof") => Some(SeekFrom::End(by)),
        _ => return Err(BADARG),
    };
    let result = match to {
        Some(to) => with(p, a[0], |file| file.seek(to))?,
        None => Err(io::Error::from_raw_os_error(libc::EINVAL)),
    };
    match result {
        Ok(at) => {
            let at = p.heap.integer(at as i64);
            Ok(done(p, at))
        }
        Err(error) => Ok(failed(p, &error)),
    }
}

pub fn sync(p: &mut Process, a: &[Term]) -> Out {
    let data_only = a[1].as_small() == Some(1);
    let result = with(p, a[0], |file| if data_only { file.sync_data() } else { file.sync_all() })?;
    plain(p, result)
}

pub fn truncate(p: &mut Process, a: &[Term]) -> Out {
    let result = with(p, a[0], |file| {
        let at = file.stream_position()?;
        file.set_len(at)
    })?;
    plain(p, result)
}

pub fn allocate(p: &mut Process, a: &[Term]) -> Out {
    let (start, length) = (offset(a[1])?, offset(a[2])?);
    let result = match (start, length) {
        (Ok(start), Ok(length)) => with(p, a[0], |file| {
            fs::fallocate(&*file, fs::FallocateFlags::KEEP_SIZE, start, length).map_err(Into::into)
        })?,
        (Err(error), _) | (_, Err(error)) => Err(error),
    };
    plain(p, result)
}

/// Advice is taken note of and not followed.
pub fn advise(p: &mut Process, a: &[Term]) -> Out {
    let known = ["normal", "sequential", "random", "no_reuse", "will_need", "dont_need"];
    let fine = a[3].as_atom().is_some_and(|advice| known.contains(&advice.text()));
    let result = match fine {
        true => with(p, a[0], |_| Ok(()))?,
        false => Err(io::Error::from_raw_os_error(libc::EINVAL)),
    };
    plain(p, result)
}

/// A size and a place at an offset, each a big-endian word of 32 bits, and what stands at that place.
pub fn ipread(p: &mut Process, a: &[Term]) -> Out {
    let (start, max) = (offset(a[1])?, size(a[2])?);
    let result = match start {
        Ok(start) => with(p, a[0], |file| {
            let head = read_up_to(8, |piece, at| file.read_at(piece, start + at))?;
            let Ok(head) = <[u8; 8]>::try_from(&head[..]) else { return Ok(None) };
            let word = |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
            let (size, place) = (word(0), word(4));
            if size as usize > max {
                return Ok(None);
            }
            let bytes = read_up_to(size as usize, |piece, at| file.read_at(piece, u64::from(place) + at))?;
            Ok(Some((size, place, bytes)))
        })?,
        Err(error) => Err(error),
    };
    match result {
        Ok(Some((size, place, bytes))) => {
            let bytes = match bytes.is_empty() {
                true => atom("eof"),
                false => p.heap.binary(&bytes).map_err(system_limit)?,
            };
            let parts = [p.heap.integer(size.into()), p.heap.integer(place.into()), bytes];
            let parts = p.heap.tuple(&parts);
            Ok(done(p, parts))
        }
        Ok(None) => Ok(atom("eof")),
        Err(error) => Ok(failed(p, &error)),
    }
}

// Facts about files.

/// The record `file_info`; times are seconds since 1970.
fn info(p: &mut Process, found: &std::fs::Metadata, readable: bool, writable: bool) -> Term {
    let kind = found.file_type();
    let kind = if kind.is_dir() {
        "directory"
    } else if kind.is_file() {
        "regular"
    } else if kind.is_symlink() {
        "symlink"
    } else if kind.is_block_device() || kind.is_char_device() {
        "device"
    } else {
        "other"
    };
    let access = match (readable, writable) {
        (true, true) => "read_write",
        (true, false) => "read",
        (false, true) => "write",
        (false, false) => "none",
    };
    let mut number = |n: i64| p.heap.integer(n);
    let parts = [
        atom("file_info"),
        number(found.len() as i64),
        atom(kind),
        atom(access),
        number(found.atime()),
        number(found.mtime()),
        number(found.ctime()),
        number(i64::from(found.mode())),
        number(found.nlink() as i64),
        number(found.dev() as i64),
        number(found.rdev() as i64),
        number(found.ino() as i64),
        number(i64::from(found.uid())),
        number(i64::from(found.gid())),
    ];
    p.heap.tuple(&parts)
}

pub fn read_info(p: &mut Process, a: &[Term]) -> Out {
    let path = path(a[0])?;
    let found = match a[1].as_small() {
        Some(0) => std::fs::symlink_metadata(&path),
        Some(1) => std::fs::metadata(&path),
        _ => return Err(BADARG),
    };
    match found {
        Ok(found) => {
            let may = |access| fs::access(&path, access).is_ok();
            let (readable, writable) = (may(fs::Access::READ_OK), may(fs::Access::WRITE_OK));
            Ok(info(p, &found, readable, writable))
        }
        Err(error) => Ok(failed(p, &error)),
    }
}

pub fn read_handle_info(p: &mut Process, a: &[Term]) -> Out {
    let found = with(p, a[0], |file| {
        let flags = fs::fcntl_getfl(&*file)?;
        let mode = flags & OFlags::RWMODE;
        Ok((file.metadata()?, mode != OFlags::WRONLY, mode != OFlags::RDONLY))
    })?;
    match found {
        Ok((found, readable, writable)) => Ok(info(p, &found, readable, writable)),
        Err(error) => Ok(failed(p, &error)),
    }
}

pub fn set_permissions(p: &mut Process, a: &[Term]) -> Out {
    let path = path(a[0])?;
    let mode = a[1].as_small().and_then(|mode| u32::try_from(mode).ok()).ok_or(BADARG)?;
    plain(p, fs::chmod(path, Mode::from_raw_mode(mode & 0o7777)).map_err(Into::into))
}

pub fn set_owner(p: &mut Process, a: &[Term]) -> Out {
    let path = path(a[0])?;
    // -1 leaves an owner what it is.
    let owner = |t: Term| match to_i64(t) {
        Some(-1) => Ok(None),
        Some(n) => u32::try_from(n).map(Some).map_err(|_| BADARG),
        None => Err(BADARG),
    };
    plain(p, std::os::unix::fs::chown(path, owner(a[1])?, owner(a[2])?))
}

/// The time of creation cannot be set.
pub fn set_time(p: &mut Process, a: &[Term]) -> Out {
    let path = path(a[0])?;
    let time = |t: Term| {
        let seconds = to_i64(t).ok_or(BADARG)?;
        Ok::<_, Term>(fs::Timespec { tv_sec: seconds, tv_nsec: 0 })
    };
    let times = fs::Timestamps { last_access: time(a[1])?, last_modification: time(a[2])? };
    plain(p, fs::utimensat(fs::CWD, path, &times, AtFlags::empty()).map_err(Into::into))
}

// Folders and names.

pub fn read_file(p: &mut Process, a: &[Term]) -> Out {
    let path = path(a[0])?;
    let result = File::open(&path).and_then(|mut file| {
        if file.metadata()?.is_dir() {
            return Err(io::Error::from_raw_os_error(libc::EISDIR));
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    });
    match result {
        Ok(bytes) => done_binary(p, &bytes),
        Err(error) => Ok(failed(p, &error)),
    }
}

pub fn list_dir(p: &mut Process, a: &[Term]) -> Out {
    let path = path(a[0])?;
    let names: io::Result<Vec<_>> =
        std::fs::read_dir(path).and_then(|entries| entries.map(|entry| Ok(entry?.file_name())).collect());
    match names {
        Ok(names) => {
            let names: Result<Vec<Term>, Term> =
                names.iter().map(|name| p.heap.binary(name.as_bytes()).map_err(system_limit)).collect();
            let list = p.heap.list(&names?);
            Ok(done(p, list))
        }
        Err(error) => Ok(failed(p, &error)),
    }
}

fn done_path(p: &mut Process, result: io::Result<PathBuf>) -> Out {
    match result {
        Ok(path) => done_binary(p, path.as_os_str().as_bytes()),
        Err(error) => Ok(failed(p, &error)),
    }
}

pub fn read_link(p: &mut Process, a: &[Term]) -> Out {
    let path = path(a[0])?;
    done_path(p, std::fs::read_link(path))
}

pub fn get_cwd(p: &mut Process, _: &[Term]) -> Out {
    done_path(p, std::env::current_dir())
}

pub fn set_cwd(p: &mut Process, a: &[Term]) -> Out {
    let path = path(a[0])?;
    plain(p, std::env::set_current_dir(path))
}

pub fn make_hard_link(p: &mut Process, a: &[Term]) -> Out {
    let (from, to) = (path(a[0])?, path(a[1])?);
    plain(p, std::fs::hard_link(from, to))
}

pub fn make_soft_link(p: &mut Process, a: &[Term]) -> Out {
    let (from, to) = (path(a[0])?, path(a[1])?);
    plain(p, std::os::unix::fs::symlink(from, to))
}

/// Says what the reference VM says where the operating system says something else.
fn in_words_of_reference(error: io::Error, from: i32, to: i32) -> io::Error {
    if error.raw_os_error() == Some(from) { io::Error::from_raw_os_error(to) } else { error }
}

pub fn rename(p: &mut Process, a: &[Term]) -> Out {
    let (from, to) = (path(a[0])?, path(a[1])?);
    let result = std::fs::rename(from, to);
    plain(p, result.map_err(|error| in_words_of_reference(error, libc::ENOTEMPTY, libc::EEXIST)))
}

pub fn make_dir(p: &mut Process, a: &[Term]) -> Out {
    let path = path(a[0])?;
    plain(p, std::fs::create_dir(path))
}

pub fn del_file(p: &mut Process, a: &[Term]) -> Out {
    let path = path(a[0])?;
    let result = std::fs::remove_file(path);
    plain(p, result.map_err(|error| in_words_of_reference(error, libc::EISDIR, libc::EPERM)))
}

pub fn del_dir(p: &mut Process, a: &[Term]) -> Out {
    let path = path(a[0])?;
    let result = std::fs::remove_dir(path);
    plain(p, result.map_err(|error| in_words_of_reference(error, libc::ENOTEMPTY, libc::EEXIST)))
}

/// What only other systems have, or what is not built: `{error, enotsup}`.
pub fn not_supported(p: &mut Process, _: &[Term]) -> Out {
    Ok(failure(p, "enotsup"))
}

// Buffers: bytes that were read ahead.

pub fn buffer_new(p: &mut Process, _: &[Term]) -> Out {
    let id = p.keep_handle(Handle::Buffer(Vec::new(), false));
    Ok(p.heap.reference(ref_numbers(id)))
}

fn with_buffer<T>(
    p: &mut Process,
    t: Term,
    act: impl FnOnce(&mut Vec<u8>) -> Result<T, Term>,
) -> Result<T, Term> {
    let id = handle(t)?;
    let done = p.system.handles.with(id, |handle| match handle {
        Handle::Buffer(bytes, _) => act(bytes),
        Handle::File(_) | Handle::Stream(_) => Err(BADARG),
    });
    done.unwrap_or(Err(BADARG))
}

pub fn buffer_size(p: &mut Process, a: &[Term]) -> Out {
    let size = with_buffer(p, a[0], |bytes| Ok(bytes.len()))?;
    Ok(p.heap.integer(size as i64))
}

fn take(bytes: &mut Vec<u8>, count: usize) -> Result<Vec<u8>, Term> {
    if count > bytes.len() {
        return Err(BADARG);
    }
    let rest = bytes.split_off(count);
    Ok(std::mem::replace(bytes, rest))
}

pub fn buffer_read(p: &mut Process, a: &[Term]) -> Out {
    let count = size(a[1])?;
    let bytes = with_buffer(p, a[0], |bytes| take(bytes, count))?;
    p.heap.binary(&bytes).map_err(system_limit)
}

pub fn buffer_read_iovec(p: &mut Process, a: &[Term]) -> Out {
    let binary = buffer_read(p, a)?;
    Ok(p.heap.list(&[binary]))
}

pub fn buffer_write(p: &mut Process, a: &[Term]) -> Out {
    let pieces = pieces(a[1])?;
    with_buffer(p, a[0], |bytes| {
        pieces.iter().for_each(|piece| bytes.extend_from_slice(piece));
        Ok(OK)
    })
}

pub fn buffer_skip(p: &mut Process, a: &[Term]) -> Out {
    let count = size(a[1])?;
    with_buffer(p, a[0], |bytes| take(bytes, count).map(|_| OK))
}

pub fn buffer_wipe(p: &mut Process, a: &[Term]) -> Out {
    with_buffer(p, a[0], |bytes| {
        bytes.clear();
        Ok(OK)
    })
}

pub fn buffer_find(p: &mut Process, a: &[Term]) -> Out {
    let wanted = a[1].as_small().and_then(|n| u8::try_from(n).ok()).ok_or(BADARG)?;
    match with_buffer(p, a[0], |bytes| Ok(bytes.iter().position(|byte| *byte == wanted)))? {
        Some(at) => {
            let at = p.heap.integer(at as i64);
            Ok(done(p, at))
        }
        None => Ok(atom("not_found")),
    }
}

/// The lock says who may use the buffer; that all do as it says is theirs.
fn set_lock(p: &Process, t: Term, lock: bool) -> Result<bool, Term> {
    let id = handle(t)?;
    let done = p.system.handles.with(id, |handle| match handle {
        Handle::Buffer(_, locked) => Ok(std::mem::replace(locked, lock)),
        Handle::File(_) | Handle::Stream(_) => Err(BADARG),
    });
    done.unwrap_or(Err(BADARG))
}

pub fn buffer_try_lock(p: &mut Process, a: &[Term]) -> Out {
    Ok(atom(if set_lock(p, a[0], true)? { "busy" } else { "acquired" }))
}

/// Who has not locked it may not unlock it.
pub fn buffer_unlock(p: &mut Process, a: &[Term]) -> Out {
    if set_lock(p, a[0], false)? { Ok(OK) } else { Err(BADARG) }
}

// Tags for tracing by the operating system, which `file` hands on; there is none.

/// True: nothing to keep.
pub fn no_tag(_: &mut Process, _: &[Term]) -> Out {
    Ok(Term::TRUE)
}

/// Undefined: no tag is set.
pub fn undefined_tag(_: &mut Process, _: &[Term]) -> Out {
    Ok(Term::fixed(FixedAtom::Undefined))
}

/// The data without a tag.
pub fn untagged(_: &mut Process, a: &[Term]) -> Out {
    Ok(a[0])
}

bifs! {
    "erlang" "dt_spread_tag" 1 Leaf no_tag, "Keeps a trace tag: there is none.";
    "erlang" "dt_restore_tag" 1 Leaf no_tag, "Sets a kept trace tag: there is none.";
    "erlang" "dt_put_tag" 1 Leaf undefined_tag, "Sets a trace tag: there is none.";
    "erlang" "dt_get_tag" 0 Leaf undefined_tag, "The trace tag: none.";
    "erlang" "dt_get_tag_data" 0 Leaf undefined_tag, "The trace tag: none.";
    "erlang" "dt_append_vm_tag_data" 1 Leaf untagged, "Adds the trace tag to data.";
    "erlang" "dt_prepend_vm_tag_data" 1 Leaf untagged, "Adds the trace tag to data.";
    "prim_file" "internal_name2native" 1 Leaf name_to_native, "Bytes of a file's name.";
    "prim_file" "internal_native2name" 1 Leaf native_to_name, "Characters of a file's name.";
    "prim_file" "internal_normalize_utf8" 1 Leaf normalize_name, "Characters of a name in UTF-8.";
    "prim_file" "is_translatable" 1 Leaf is_translatable, "Has a name of bytes characters?";
    "file" "native_name_encoding" 0 Leaf native_name_encoding, "Encoding of the names of files.";
    "prim_file" "open_nif" 2 Leaf open, "Opens a file.";
    "prim_file" "file_desc_to_ref_nif" 1 Leaf not_supported, "Other descriptors cannot be taken over.";
    "prim_file" "close_nif" 1 Leaf close, "Closes a file.";
    "prim_file" "delayed_close_nif" 1 Leaf close, "Closes a file.";
    "prim_file" "read_nif" 2 Leaf read, "Reads from a file.";
    "prim_file" "write_nif" 2 Leaf write, "Writes to a file.";
    "prim_file" "pread_nif" 3 Leaf pread, "Reads at a place.";
    "prim_file" "pwrite_nif" 3 Leaf pwrite, "Writes at a place.";
    "prim_file" "seek_nif" 3 Leaf seek, "Sets where to read and write next.";
    "prim_file" "sync_nif" 2 Leaf sync, "Waits until what was written is on the disk.";
    "prim_file" "truncate_nif" 1 Leaf truncate, "Cuts a file off where it stands.";
    "prim_file" "allocate_nif" 3 Leaf allocate, "Sets room aside.";
    "prim_file" "advise_nif" 4 Leaf advise, "Says how a file will be used.";
    "prim_file" "ipread_s32bu_p32bu_nif" 3 Leaf ipread, "Reads what a size and a place in the file lead to.";
    "prim_file" "read_handle_info_nif" 1 Leaf read_handle_info, "Facts about an open file.";
    "prim_file" "read_info_nif" 2 Leaf read_info, "Facts about a file.";
    "prim_file" "set_permissions_nif" 2 Leaf set_permissions, "Sets a file's permissions.";
    "prim_file" "set_owner_nif" 3 Leaf set_owner, "Sets a file's owner and group.";
    "prim_file" "set_time_nif" 4 Leaf set_time, "Sets a file's times.";
    "prim_file" "read_file_nif" 1 Leaf read_file, "The content of a file.";
    "prim_file" "list_dir_nif" 1 Leaf list_dir, "Names in a folder.";
    "prim_file" "read_link_nif" 1 Leaf read_link, "Where a link leads.";
    "prim_file" "get_cwd_nif" 0 Leaf get_cwd, "The current folder.";
    "prim_file" "get_device_cwd_nif" 1 Leaf not_supported, "There are no drives with folders of their own.";
    "prim_file" "set_cwd_nif" 1 Leaf set_cwd, "Changes the current folder.";
    "prim_file" "make_hard_link_nif" 2 Leaf make_hard_link, "Gives a file another name.";
    "prim_file" "make_soft_link_nif" 2 Leaf make_soft_link, "Makes a symbolic link.";
    "prim_file" "rename_nif" 2 Leaf rename, "Renames a file.";
    "prim_file" "make_dir_nif" 1 Leaf make_dir, "Makes a folder.";
    "prim_file" "del_file_nif" 1 Leaf del_file, "Removes a file.";
    "prim_file" "del_dir_nif" 1 Leaf del_dir, "Removes a folder.";
    "prim_file" "get_handle_nif" 1 Leaf not_supported, "Descriptors are not given away.";
    "prim_file" "altname_nif" 1 Leaf not_supported, "There are no short names.";
    "prim_buffer" "new" 0 Leaf buffer_new, "An empty buffer.";
    "prim_buffer" "size" 1 Leaf buffer_size, "Bytes in a buffer.";
    "prim_buffer" "read" 2 Leaf buffer_read, "Takes bytes from the front.";
    "prim_buffer" "read_iovec" 2 Leaf buffer_read_iovec, "Takes bytes from the front, as a list of binaries.";
    "prim_buffer" "write" 2 Leaf buffer_write, "Adds bytes at the end.";
    "prim_buffer" "skip" 2 Leaf buffer_skip, "Drops bytes at the front.";
    "prim_buffer" "wipe" 1 Leaf buffer_wipe, "Drops all bytes.";
    "prim_buffer" "try_lock" 1 Leaf buffer_try_lock, "Takes the lock if nobody has it.";
    "prim_buffer" "unlock" 1 Leaf buffer_unlock, "Gives the lock back.";
    "prim_buffer" "find_byte_index" 2 Leaf buffer_find, "Where a byte first stands.";
}
