//! The native functions of OTP's `zlib`.
//!
//! A stream is a handle ([`Handle::Stream`]); only the process that it belongs to may use it. The numbers that come in
//! are zlib's own: OTP's module has checked and translated them.

use super::BADARG;
use crate::data::{self, atom};
use crate::process::handles::Handle;
use crate::process::signal::Parcel;
use crate::process::table::Pid;
use crate::process::{Process, RefId, ref_id, ref_numbers};
use crate::zstream::{AfterEnd, Mode, Next, Refusal, Stream};
use linac_abi::term::FixedAtom;
use linac_core::binary::Bits;
use linac_core::copy;
use linac_core::number::to_i64;
use linac_core::{Build, Term, View};

type Out = Result<Term, Term>;

bifs! {
    "zlib" "open_nif" 0 Leaf open, "A stream that is set up for nothing yet.";
    "zlib" "close_nif" 1 Leaf close, "Closes a stream.";
    "zlib" "set_controller_nif" 2 Leaf set_controller, "Gives a stream to another process.";
    "zlib" "deflateInit_nif" 6 Leaf deflate_init, "Sets a stream up for compressing.";
    "zlib" "deflateSetDictionary_nif" 2 Leaf deflate_set_dictionary, "Sets a dictionary for compressing.";
    "zlib" "deflateReset_nif" 1 Leaf deflate_reset, "Begins compressing anew.";
    "zlib" "deflateEnd_nif" 1 Leaf deflate_end, "Ends compressing.";
    "zlib" "deflateParams_nif" 3 Leaf deflate_parameters, "Changes level and strategy.";
    "zlib" "deflate_nif" 4 Leaf deflate, "Compresses a piece of the input.";
    "zlib" "inflateInit_nif" 3 Leaf inflate_init, "Sets a stream up for decompressing.";
    "zlib" "inflateSetDictionary_nif" 2 Leaf inflate_set_dictionary, "Sets the dictionary that decompressing needs.";
    "zlib" "inflateGetDictionary_nif" 1 Leaf inflate_get_dictionary, "The dictionary for going on from here.";
    "zlib" "inflateReset_nif" 1 Leaf inflate_reset, "Begins decompressing anew.";
    "zlib" "inflateEnd_nif" 1 Leaf inflate_end, "Ends decompressing.";
    "zlib" "inflate_nif" 4 Leaf inflate, "Decompresses a piece of the input.";
    "zlib" "getStash_nif" 1 Leaf get_stash, "The term that was put aside.";
    "zlib" "setStash_nif" 2 Leaf set_stash, "Puts a term aside.";
    "zlib" "clearStash_nif" 1 Leaf clear_stash, "Drops the term that was put aside.";
    "zlib" "enqueue_nif" 2 Leaf enqueue, "Adds input.";
}

const OK: Term = Term::fixed(FixedAtom::Ok);

fn reason(refusal: Refusal) -> Term {
    atom(match refusal {
        Refusal::Stream => "stream_error",
        Refusal::Data => "data_error",
        Refusal::Memory => "mem_error",
        Refusal::Buffer => "buf_error",
        Refusal::Version => "version_error",
    })
}

/// The third number of references that name streams: so those of closed ones are known.
const STREAM_MARK: u32 = 2;

fn is_stream(t: Term) -> bool {
    matches!(t.view(), View::Ref(reference) if reference.numbers()[2] == STREAM_MARK)
}

/// Does it name a stream that is closed?
fn is_closed(p: &Process, t: Term) -> bool {
    is_stream(t) && ref_id(t).is_some_and(|id| p.system.handles.owner(id).is_none())
}

/// The handle of a stream that the process may use.
fn own(p: &Process, t: Term) -> Result<RefId, Term> {
    let id = ref_id(t).filter(|_| is_stream(t)).ok_or(BADARG)?;
    match p.system.handles.owner(id) {
        Some(owner) if owner == p.pid => Ok(id),
        Some(_) => Err(atom("not_on_controlling_process")),
        None => Err(atom("not_initialized")),
    }
}

/// Does something with a stream.
fn with<T>(
    p: &Process,
    t: Term,
    act: impl FnOnce(&mut Stream, &mut Option<Parcel>) -> Result<T, Term>,
) -> Result<T, Term> {
    let id = own(p, t)?;
    let done = p.system.handles.with(id, |handle| match handle {
        Handle::Stream(parts) => act(&mut parts.0, &mut parts.1),
        Handle::File(_) | Handle::Buffer(..) => Err(BADARG),
    });
    done.unwrap_or(Err(BADARG))
}

/// Does something with a stream that is set up for this.
fn with_mode<T>(
    p: &Process,
    t: Term,
    mode: Mode,
    act: impl FnOnce(&mut Stream) -> Result<T, Refusal>,
) -> Result<T, Term> {
    with(p, t, |stream, _| match stream.mode() {
        found if found == mode => act(stream).map_err(reason),
        // Also what is set up for the other.
        _ => Err(atom("not_initialized")),
    })
}

fn number(t: Term) -> Result<i32, Term> {
    to_i64(t).and_then(|n| i32::try_from(n).ok()).ok_or(BADARG)
}

fn size(t: Term) -> Result<usize, Term> {
    to_i64(t).and_then(|n| usize::try_from(n).ok()).filter(|n| *n <= 1 << 30).ok_or(BADARG)
}

fn bytes(t: Term) -> Result<Vec<u8>, Term> {
    super::iolists::iolist_bytes(t).ok_or(BADARG)
}

fn open(p: &mut Process, _: &[Term]) -> Out {
    let [low, high, _] = ref_numbers(p.keep_handle(Handle::Stream(Box::default())));
    Ok(p.heap.reference([low, high, STREAM_MARK]))
}

fn close(p: &mut Process, a: &[Term]) -> Out {
    let id = own(p, a[0])?;
    p.drop_handle(id);
    Ok(OK)
}

fn set_controller(p: &mut Process, a: &[Term]) -> Out {
    let to = Pid::of(a[1]).ok_or(BADARG)?;
    let id = own(p, a[0])?;
    p.system.handles.give(id, to);
    Ok(OK)
}

/// Sets up a stream that is set up for nothing.
fn init(p: &Process, t: Term, start: impl FnOnce(&mut Stream) -> Result<(), Refusal>) -> Out {
    if is_closed(p, t) {
        return Err(atom("already_initialized"));
    }
    with(p, t, |stream, _| {
        if stream.mode() != Mode::Idle {
            return Err(atom("already_initialized"));
        }
        start(stream).map(|()| OK).map_err(reason)
    })
}

fn deflate_init(p: &mut Process, a: &[Term]) -> Out {
    let [level, method, bits] = [number(a[1])?, number(a[2])?, number(a[3])?];
    let [memory, strategy] = [number(a[4])?, number(a[5])?];
    init(p, a[0], |stream| stream.start_deflate([level, method, bits, memory, strategy]))
}

fn deflate_set_dictionary(p: &mut Process, a: &[Term]) -> Out {
    let dictionary = bytes(a[1])?;
    let sum = with_mode(p, a[0], Mode::Deflate, |stream| stream.set_dictionary(&dictionary))?;
    Ok(p.heap.integer(sum.into()))
}

fn deflate_reset(p: &mut Process, a: &[Term]) -> Out {
    with_mode(p, a[0], Mode::Deflate, Stream::reset).map(|()| OK)
}

fn deflate_end(p: &mut Process, a: &[Term]) -> Out {
    with_mode(p, a[0], Mode::Deflate, Stream::end).map(|()| OK)
}

fn deflate_parameters(p: &mut Process, a: &[Term]) -> Out {
    let (level, strategy) = (number(a[1])?, number(a[2])?);
    with_mode(p, a[0], Mode::Deflate, |stream| stream.set_parameters(level, strategy)).map(|()| OK)
}

fn step(p: &mut Process, a: &[Term], mode: Mode) -> Out {
    let (most_in, most_out, flush) = (size(a[1])?, size(a[2])?, number(a[3])?);
    let step = with_mode(p, a[0], mode, |stream| stream.advance(most_in, most_out, flush))?;
    let output = match step.output.is_empty() {
        true => Term::NIL,
        false => {
            let binary = p.heap.binary(&step.output).map_err(|_| Term::fixed(FixedAtom::SystemLimit))?;
            p.heap.list(&[binary])
        }
    };
    Ok(match step.next {
        Next::Finished => p.heap.tuple(&[atom("finished"), output]),
        Next::Continue => p.heap.tuple(&[atom("continue"), output]),
        Next::Dictionary(sum) => {
            let sum = p.heap.integer(sum.into());
            p.heap.tuple(&[atom("need_dictionary"), sum, output])
        }
    })
}

fn deflate(p: &mut Process, a: &[Term]) -> Out {
    step(p, a, Mode::Deflate)
}

fn inflate(p: &mut Process, a: &[Term]) -> Out {
    step(p, a, Mode::Inflate)
}

fn inflate_init(p: &mut Process, a: &[Term]) -> Out {
    let bits = number(a[1])?;
    let after_end = match number(a[2])? {
        0 => AfterEnd::Error,
        1 => AfterEnd::Reset,
        2 => AfterEnd::Cut,
        _ => return Err(BADARG),
    };
    init(p, a[0], |stream| stream.start_inflate(bits, after_end))
}

fn inflate_set_dictionary(p: &mut Process, a: &[Term]) -> Out {
    let dictionary = bytes(a[1])?;
    with_mode(p, a[0], Mode::Inflate, |stream| stream.set_dictionary(&dictionary)).map(|_| OK)
}

fn inflate_get_dictionary(p: &mut Process, a: &[Term]) -> Out {
    let dictionary = with_mode(p, a[0], Mode::Inflate, Stream::dictionary)?;
    p.heap.binary(&dictionary).map_err(|_| Term::fixed(FixedAtom::SystemLimit))
}

fn inflate_reset(p: &mut Process, a: &[Term]) -> Out {
    with_mode(p, a[0], Mode::Inflate, Stream::reset).map(|()| OK)
}

fn inflate_end(p: &mut Process, a: &[Term]) -> Out {
    with_mode(p, a[0], Mode::Inflate, Stream::end).map(|()| OK)
}

fn get_stash(p: &mut Process, a: &[Term]) -> Out {
    // The copy is made while nobody can drop the original.
    let kept = with(p, a[0], |_, stash| Ok(stash.as_ref().map(|kept| copy::to_fragments(kept.term))))?;
    match kept {
        Some((memory, term)) => {
            p.heap.attach(memory);
            Ok(p.heap.tuple(&[OK, term]))
        }
        None => Ok(atom("empty")),
    }
}

fn set_stash(p: &mut Process, a: &[Term]) -> Out {
    let kept = Parcel::without_literals(a[1]);
    with(p, a[0], |_, stash| match stash {
        Some(_) => Err(BADARG),
        None => {
            *stash = Some(kept);
            Ok(OK)
        }
    })
}

fn clear_stash(p: &mut Process, a: &[Term]) -> Out {
    with(p, a[0], |_, stash| stash.take().map(|_| OK).ok_or(BADARG))
}

fn enqueue(p: &mut Process, a: &[Term]) -> Out {
    let items = data::proper_list(a[1]).ok_or(BADARG)?;
    let pieces: Option<Vec<Vec<u8>>> =
        items.iter().map(|item| Bits::of(*item).filter(|bits| bits.is_binary()).map(Bits::to_vec)).collect();
    let pieces = pieces.ok_or(BADARG)?;
    with(p, a[0], |stream, _| {
        if stream.mode() == Mode::Idle {
            return Err(atom("not_initialized"));
        }
        pieces.into_iter().for_each(|piece| stream.add_input(piece));
        Ok(OK)
    })
}
