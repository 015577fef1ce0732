//! Building: all segments in one call.
//!
//! Sizes are looked at first, in the order of the segments (that of what is appended to last), then values: an error of the first kind is told before one
//! of the second kind. Only then is there an object, so nothing fails half-way.

use super::NOTHING;
use super::number::{self, encoded, place};
use crate::process::Process;
use linac_abi::bits::{COMPUTED, LITTLE, Segment, Utf};
use linac_abi::term::FixedAtom;
use linac_core::binary::{self, Bits, copy_bits};
use linac_core::number::{Int, to_f64};
use linac_core::{Term, View};

const BADARG: Term = Term::fixed(FixedAtom::Badarg);
const SYSTEM_LIMIT: Term = Term::fixed(FixedAtom::SystemLimit);

/// What a segment comes to.
#[derive(Clone, Copy)]
enum Piece {
    /// The bits of another bitstring.
    Bits(Bits<'static>),
    /// Up to 64 bits, from the front of the first byte, which is the lowest one of the word.
    Few(u64, usize),
    /// The low bits of an integer: more than 64.
    Integer { n: Term, size: usize, little: bool },
}

impl Piece {
    const NOTHING: Piece = Piece::Few(0, 0);

    fn size(self) -> usize {
        match self {
            Piece::Bits(bits) => bits.len(),
            Piece::Few(_, size) | Piece::Integer { size, .. } => size,
        }
    }

    fn write(self, out: &mut [u8], at: usize) {
        match self {
            Piece::Few(byte, 8) if at.is_multiple_of(8) => out[at / 8] = byte as u8,
            Piece::Bits(bits) => copy_bits(bits, out, at),
            Piece::Few(bytes, size) if at.is_multiple_of(8) && size.is_multiple_of(8) => {
                out[at / 8..][..size / 8].copy_from_slice(&bytes.to_le_bytes()[..size / 8]);
            }
            Piece::Few(bytes, size) => {
                if let Some(bits) = Bits::from_bytes(&bytes.to_le_bytes()).slice(0, size) {
                    copy_bits(bits, out, at);
                }
            }
            Piece::Integer { n, size, little } => {
                let Some(n) = Int::of(n, &mut [0]).map(|n| low_bytes(n, size)) else { return };
                let bytes = place(n, size, little);
                if let Some(bits) = Bits::from_bytes(&bytes).slice(0, size) {
                    copy_bits(bits, out, at);
                }
            }
        }
    }
}

/// The low `size` bits of an integer in two's complement, least significant byte first.
fn low_bytes(n: Int<'_>, size: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> = n.limbs.iter().flat_map(|l| l.to_le_bytes()).collect();
    bytes.resize(size.div_ceil(8), 0);
    if n.negative {
        number::negate(&mut bytes);
    }
    bytes
}

/// The low 64 bits of an integer in two's complement.
fn low_word(n: Term) -> Option<u64> {
    match n.view() {
        View::Small(n) => Some(n as i64 as u64),
        View::Big(big) => {
            let magnitude = big.limbs.iter().rev().fold(0u128, |n, &l| (n << usize::BITS) | l as u128) as u64;
            Some(if big.negative { magnitude.wrapping_neg() } else { magnitude })
        }
        _ => None,
    }
}

/// Up to 64 low bits of a word as a piece.
fn few(n: u64, size: usize, little: bool) -> Piece {
    if size == 0 {
        return Piece::NOTHING;
    }
    if !little {
        return Piece::Few((n << (64 - size)).swap_bytes(), size);
    }
    let mut bytes = n.to_le_bytes();
    bytes[(size - 1) / 8] <<= size.next_multiple_of(8) - size;
    Piece::Few(u64::from_le_bytes(bytes), size)
}

/// Is it the size of all there is?
fn is_whole(size: Term, flags: i64) -> bool {
    size == Term::fixed(FixedAtom::All) && flags & COMPUTED == 0
}

/// The size of a segment, for those that have one.
fn size(value: Term, size: Term, unit: u64, flags: i64) -> Result<usize, Term> {
    let unit = unit as usize;
    if is_whole(size, flags) {
        let whole = Bits::of(value).ok_or(BADARG)?.len();
        return if whole.is_multiple_of(unit.max(1)) { Ok(whole) } else { Err(BADARG) };
    }
    match size.as_small() {
        Some(n) if n >= 0 => (n as usize).checked_mul(unit).ok_or(SYSTEM_LIMIT),
        _ => match Int::of(size, &mut [0]) {
            Some(n) if !n.negative => Err(SYSTEM_LIMIT),
            _ => Err(BADARG),
        },
    }
}

/// What a segment comes to, its size known to be fine.
fn piece(kind: Segment, flags: i64, value: Term, size: usize) -> Result<Piece, Term> {
    let little = flags & LITTLE != 0;
    let character = |utf: Utf| {
        let c = value.as_small().and_then(|n| char::from_u32(u32::try_from(n).ok()?)).ok_or(BADARG)?;
        let (bytes, len) = encoded(c, utf, little);
        Ok(Piece::Few(u64::from_le_bytes(bytes), len * 8))
    };
    match kind {
        Segment::Integer if size <= 64 => Ok(few(low_word(value).ok_or(BADARG)?, size, little)),
        Segment::Integer if !value.is_integer() => Err(BADARG),
        Segment::Integer => Ok(Piece::Integer { n: value, size, little }),
        Segment::Float => {
            let f = to_f64(value).ok_or(BADARG)?;
            let raw = match size {
                // What is too large for the format becomes infinite.
                16 => u64::from(number::f64_to_half(f)),
                32 => u64::from((f as f32).to_bits()),
                64 => f.to_bits(),
                _ => return Err(BADARG),
            };
            Ok(few(raw, size, little))
        }
        Segment::Bits | Segment::Append => {
            Bits::of(value).and_then(|bits| bits.slice(0, size)).map(Piece::Bits).ok_or(BADARG)
        }
        Segment::Utf8 => character(Utf::Utf8),
        Segment::Utf16 => character(Utf::Utf16),
        Segment::Utf32 => character(Utf::Utf32),
    }
}

/// Segments up to this many need no memory of their own.
const ON_STACK: usize = 8;

/// The segments that compiled code describes: kind, flags, unit, operand, size.
fn described(words: &[Term]) -> impl Iterator<Item = (Segment, i64, u64, Term, Term)> {
    words.chunks_exact(3).map(|segment| match segment[0].as_small().and_then(|n| Segment::parse(n as i64)) {
        Some((kind, flags, unit)) => (kind, flags, unit, segment[1], segment[2]),
        None => panic!("compiled code describes no segment"),
    })
}

fn has_size(kind: Segment) -> bool {
    !matches!(kind, Segment::Utf8 | Segment::Utf16 | Segment::Utf32)
}

/// The reason for which the segments cannot be made: that of the first wrong size (what is appended to looked at
/// last), then that of the first wrong value.
#[cold]
fn reason(words: &[Term]) -> Term {
    let (mut total, mut sizes) = (0usize, Ok(()));
    let (first, rest): (Vec<_>, Vec<_>) = described(words).partition(|segment| segment.0 == Segment::Append);
    for (kind, flags, unit, value, bits) in rest.into_iter().chain(first) {
        if has_size(kind) && sizes.is_ok() {
            sizes = size(value, bits, unit, flags)
                .and_then(|n| total.checked_add(n).ok_or(SYSTEM_LIMIT))
                .map(|n| total = n);
        }
    }
    if let Err(reason) = sizes {
        return reason;
    }
    for (kind, flags, unit, value, bits) in described(words) {
        let size = if has_size(kind) { size(value, bits, unit, flags) } else { Ok(0) };
        if let Err(reason) = size.and_then(|size| piece(kind, flags, value, size)) {
            return reason;
        }
    }
    SYSTEM_LIMIT
}

/// Most bytes that [`append_numbers`] puts together.
const AT_ONCE: usize = 80;

/// Small integers that fill whole bytes behind a binary that can grow: what most loops append.
fn append_numbers(p: &mut Process, words: &[Term]) -> Option<Term> {
    let [describe, first, all, rest @ ..] = words else { return None };
    let (Segment::Append, flags, unit) = Segment::parse(describe.as_small()? as i64)? else { return None };
    if !is_whole(*all, flags) {
        return None;
    }
    let (mut bytes, mut len) = ([0; AT_ONCE], 0);
    // Bits that do not fill a byte yet, at the low end.
    let (mut open, mut bits) = (0u128, 0);
    for segment in rest.chunks_exact(3) {
        let (Segment::Integer, flags, unit) = Segment::parse(segment[0].as_small()? as i64)? else {
            return None;
        };
        let (n, size) = (segment[1].as_small()? as i64 as u64, segment[2].as_small()?);
        let size = usize::try_from(size).ok()?.checked_mul(unit as usize)?;
        if !(1..=64).contains(&size) || len + 9 > AT_ONCE {
            return None;
        }
        let word = if flags & LITTLE == 0 {
            n & u64::MAX >> (64 - size)
        } else if size.is_multiple_of(8) {
            n.swap_bytes() >> (64 - size)
        } else {
            return None;
        };
        open = open << size | u128::from(word);
        bits += size;
        while bits >= 8 {
            bits -= 8;
            bytes[len] = (open >> bits) as u8;
            len += 1;
        }
    }
    if bits != 0 {
        return None;
    }
    binary::append_bytes(&mut p.heap, *first, unit as usize, &bytes[..len])
}

fn create(p: &mut Process, count: usize) -> Result<Term, Term> {
    let words = p.arguments(3 * count);
    if let Some(made) = append_numbers(p, words) {
        return Ok(made);
    }
    let (mut on_stack, mut in_memory) = ([Piece::NOTHING; ON_STACK], Vec::new());
    let pieces = if count <= ON_STACK {
        &mut on_stack[..count]
    } else {
        in_memory.resize(count, Piece::NOTHING);
        &mut in_memory[..]
    };
    let mut total: usize = 0;
    let mut growing = None;
    for ((kind, flags, unit, value, bits), place) in described(words).zip(&mut *pieces) {
        let size = if has_size(kind) { size(value, bits, unit, flags) } else { Ok(0) };
        let Ok(made) = size.and_then(|size| piece(kind, flags, value, size)) else {
            return Err(reason(words));
        };
        let Some(sum) = total.checked_add(made.size()) else { return Err(reason(words)) };
        total = sum;
        *place = made;
        // The whole of the first operand is a place to go on from.
        if kind == Segment::Append && is_whole(bits, flags) {
            growing = Some((value, sum));
        }
    }
    let written = usize::from(growing.is_some());
    if let Some((first, size)) = growing
        && size == total
    {
        return Ok(first);
    }
    let made = binary::with_room(&mut p.heap, growing.map(|(first, _)| first), total, |out, mut at| {
        for piece in &pieces[written..] {
            piece.write(out, at);
            at += piece.size();
        }
    });
    made.map_err(|_| SYSTEM_LIMIT)
}

/// A bitstring of `count` segments, three words each in the argument area.
///
/// # Safety
/// Called by the glue only: `p` is the process that runs on this thread.
pub unsafe extern "C" fn bs_create(p: *mut Process, count: usize) -> usize {
    // SAFETY: the glue passes the process that runs on this thread; nobody else has a reference to it.
    let p = unsafe { &mut *p };
    match create(p, count) {
        Ok(made) => {
            p.check_pressure();
            made.raw()
        }
        Err(reason) => {
            p.fail(reason);
            NOTHING
        }
    }
}
