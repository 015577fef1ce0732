//! The bit syntax: what compiled code leaves to the runtime.
//!
//! Matching code keeps a context as three values: a base, which is a bitstring, a position in it and the end. What it
//! cannot read by itself (odd sizes and places, floats, characters) it asks for here; that the bits are there it has
//! made sure of. Building is one call for all segments ([`create`]).

mod create;
mod number;

use crate::process::Process;
use linac_abi::bits::{LITTLE, SIGNED, Utf};
use linac_abi::term::NONE;
use linac_core::binary::{self, Bits};
use linac_core::{Build, Term};

pub use create::bs_create;

const NOTHING: usize = NONE as usize;

/// Integers in bitstrings have at most this many bits, like all integers.
const MAX_INTEGER_BITS: usize = linac_core::number::MAX_BITS;

/// The bits of `base` from `at` on, `size` of them. Compiled code has made sure that they are there.
fn bits_at(base: Term, at: Term, size: usize) -> Bits<'static> {
    let from = at.as_small().map_or(usize::MAX, |n| n as usize);
    match Bits::of(base).and_then(|bits| bits.slice(from, size)) {
        Some(bits) => bits,
        None => panic!("compiled code reads {size} bits at {from} beyond the end of a bitstring"),
    }
}

fn size_of(size: Term) -> usize {
    size.as_small().map_or(usize::MAX, |n| n as usize)
}

macro_rules! rt {
    ($($(#[$doc:meta])* fn $name:ident($p:ident, $base:ident, $at:ident, $size:ident $(, $flags:ident)?) -> usize $body:block)*) => {
        $($(#[$doc])*
        ///
        /// # Safety
        /// Called by the glue only: `p` is the process that runs on this thread, the next three words are terms.
        pub unsafe extern "C" fn $name(p: *mut Process, base: usize, at: usize, size: usize $(, $flags: usize)?) -> usize {
            // SAFETY: the glue passes the process that runs on this thread; nobody else has a reference to it.
            let $p = unsafe { &mut *p };
            // SAFETY: compiled code passes terms.
            let [$base, $at, $size] = unsafe { [base, at, size].map(|word| Term::from_raw(word)) };
            $body
        })*
    };
}

rt! {
    /// The bitstring in a base, from a position, of so many bits.
    fn bs_part(p, base, at, size) -> usize {
        let (from, size) = (size_of(at), size_of(size));
        let Some(part) = binary::sub_bits(&mut p.heap, base, from, size) else {
            panic!("compiled code takes {size} bits at {from} beyond the end of a bitstring")
        };
        p.check_pressure();
        part.raw()
    }

    /// An integer, NONE if it is beyond the largest.
    fn bs_integer(p, base, at, size, flags) -> usize {
        let part = bits_at(base, at, size_of(size));
        let (little, signed) = (flags as i64 & LITTLE != 0, flags as i64 & SIGNED != 0);
        if part.len() <= 64 && !little {
            let Some(n) = part.uint(0, part.len()) else { return NOTHING };
            let negative = signed && !part.is_empty() && n >> (part.len() - 1) & 1 != 0;
            let value = i128::from(n) - if negative { 1i128 << part.len() } else { 0 };
            return p.heap.unsigned(value < 0, value.unsigned_abs()).raw();
        }
        if part.len() > MAX_INTEGER_BITS {
            return NOTHING;
        }
        let mut bytes = number::least_first(part, little);
        let top = (part.len() + 7) % 8;
        let negative = signed && bytes.last().is_some_and(|b| b >> top & 1 != 0);
        if negative {
            number::negate(&mut bytes);
            if let Some(last) = bytes.last_mut() {
                *last &= 0xff >> (7 - top);
            }
        }
        let value = p.heap.big(negative, &number::to_limbs(&bytes));
        p.check_pressure();
        value.raw()
    }

    /// A finite float, or NONE. Of no bits, it is 0.0.
    fn bs_float(p, base, at, size, flags) -> usize {
        let part = bits_at(base, at, size_of(size));
        if part.is_empty() {
            return p.heap.float(0.0).raw();
        }
        if !matches!(part.len(), 16 | 32 | 64) {
            return NOTHING;
        }
        let Some(raw) = part.uint(0, part.len()) else { return NOTHING };
        let raw = if flags as i64 & LITTLE != 0 { raw.swap_bytes() >> (64 - part.len()) } else { raw };
        let f = match part.len() {
            16 => number::half_to_f64(raw as u16),
            32 => f64::from(f32::from_bits(raw as u32)),
            _ => f64::from_bits(raw),
        };
        if f.is_finite() { p.heap.float(f).raw() } else { NOTHING }
    }

    /// A character, or NONE.
    fn bs_utf(p, base, at, end, flags) -> usize {
        let _ = p;
        let part = bits_at(base, at, size_of(end).saturating_sub(size_of(at)));
        let utf = Utf::of_flags(flags as i64).unwrap_or(Utf::Utf8);
        match number::character(part, utf, flags as i64 & LITTLE != 0) {
            Some(c) => Term::small(c as isize).raw(),
            None => NOTHING,
        }
    }

    /// Are the bits from a position those of a literal?
    fn bs_equal(p, base, at, literal) -> usize {
        let _ = p;
        match Bits::of(literal) {
            Some(literal) => usize::from(bits_at(base, at, literal.len()).order(literal).is_eq()),
            None => 0,
        }
    }
}
