//! Arithmetic on terms: small and big integers, floats, and the mixtures.
//!
//! Two smalls and everything that fits 128 bits take a fast path; bigger integers work on the operands' limbs in
//! place and build the result directly in the heap. *Invariant*: results are normalised: an integer that fits a
//! small is a small, and a float is finite.

use crate::heap::Alloc;
use crate::limbs;
use crate::term::{Term, View, header};
use crate::{Build, WORD_BYTES};
use alloc::vec::Vec;
use core::cmp::Ordering;
use linac_abi::term::Subtag;

/// Why an operation failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NumError {
    /// An operand is no number (or not of the kind needed), division by zero, float overflow.
    Badarith,
    /// A conversion's argument is wrong.
    Badarg,
    /// The result is beyond the largest integer.
    SystemLimit,
}

/// Bits of the largest integer.
pub const MAX_BITS: usize = 65535 * 64;

type Result = core::result::Result<Term, NumError>;

/// An integer as sign and limbs; a small's limb is in `buf`.
#[derive(Clone, Copy, Debug)]
pub struct Int<'a> {
    /// Less than zero?
    pub negative: bool,
    /// Magnitude, trimmed.
    pub limbs: &'a [usize],
}

impl<'a> Int<'a> {
    /// The integer that a term is.
    pub fn of(t: Term, buf: &'a mut [usize; 1]) -> Option<Int<'a>> {
        match t.view() {
            View::Small(n) => {
                buf[0] = n.unsigned_abs();
                Some(Int { negative: n < 0, limbs: limbs::trim(buf) })
            }
            View::Big(b) => Some(Int { negative: b.negative, limbs: b.limbs }),
            _ => None,
        }
    }

    /// The value, if 128 bits are enough.
    pub fn to_i128(self) -> Option<i128> {
        if self.limbs.len() > 8 / WORD_BYTES {
            return None;
        }
        let magnitude = self.limbs.iter().rev().fold(0i128, |n, &l| n << limbs::BITS | l as i128);
        Some(if self.negative { -magnitude } else { magnitude })
    }
}

/// The value of an integer, if 64 bits are enough.
pub fn to_i64(t: Term) -> Option<i64> {
    match t.as_small() {
        Some(n) => Some(n as i64),
        None => Int::of(t, &mut [0])?.to_i128().and_then(|n| i64::try_from(n).ok()),
    }
}

/// An operand.
enum Num<'a> {
    Int(Int<'a>),
    Float(f64),
}

fn num(t: Term, buf: &mut [usize; 1]) -> core::result::Result<Num<'_>, NumError> {
    match t.view() {
        View::Float(f) => Ok(Num::Float(f)),
        _ => Int::of(t, buf).map(Num::Int).ok_or(NumError::Badarith),
    }
}

/// Limbs up to which a result is made on the stack first.
const ON_STACK: usize = 8;

/// Runs `f` with room for `n` limbs, zeroed, then makes the integer of them.
fn with_limbs(h: &mut dyn Alloc, negative: bool, n: usize, f: impl FnOnce(&mut [usize])) -> Result {
    if n <= ON_STACK {
        let mut buf = [0; ON_STACK];
        f(&mut buf[..n]);
        return Ok(h.big(negative, &buf[..n]));
    }
    if n > MAX_BITS / limbs::BITS + 2 {
        return Err(NumError::SystemLimit);
    }
    let tag = if negative { Subtag::BigNeg } else { Subtag::BigPos };
    let p = h.alloc(1 + n);
    // SAFETY: fresh words.
    let limbs = unsafe {
        p.write_bytes(0, 1 + n);
        core::slice::from_raw_parts_mut(p.add(1), n)
    };
    f(limbs);
    // The words behind the last limb stay zero: each is a header of an object without payload, so the heap is
    // still a sequence of whole objects whatever the size of the result.
    let used = limbs::trim(limbs).len();
    if used <= ON_STACK {
        let t = h.big(negative, &limbs[..used]);
        limbs.fill(0);
        return Ok(t);
    }
    if limbs::bit_len(&limbs[..used]) > MAX_BITS {
        limbs.fill(0);
        return Err(NumError::SystemLimit);
    }
    // SAFETY: the object now has a header, and so many limbs.
    unsafe {
        *p = header(tag, used);
        Ok(Term::boxed_at(p))
    }
}

fn from_i128(h: &mut dyn Alloc, n: i128) -> Term {
    match i64::try_from(n) {
        Ok(n) => h.integer(n),
        Err(_) => h.unsigned(n < 0, n.unsigned_abs()),
    }
}

fn from_f64(h: &mut dyn Alloc, f: f64) -> Result {
    if f.is_finite() { Ok(h.float(f)) } else { Err(NumError::Badarith) }
}

/// The integer as the nearest float (ties to even), if it is in range.
pub fn int_to_f64(i: Int<'_>) -> Option<f64> {
    let magnitude = if i.limbs.len() <= 8 / WORD_BYTES {
        i.limbs.iter().rev().fold(0u64, |n, &l| (u128::from(n) << limbs::BITS) as u64 | l as u64) as f64
    } else {
        let bits = limbs::bit_len(i.limbs);
        if bits > 1024 {
            return None;
        }
        let (top, rest) = limbs::top64(i.limbs);
        // The last bit stands for all that follow: it lies below the half, so rounding is right.
        let f = (top | u64::from(rest)) as f64;
        // f is 2^63..=2^64; scale it by 2^(bits - 64), a normal number.
        let scale = f64::from_bits(((bits - 64) as u64 + 1023) << 52);
        f * scale
    };
    let f = if i.negative { -magnitude } else { magnitude };
    f.is_finite().then_some(f)
}

/// The number as a float; None if it is none or out of range.
pub fn to_f64(t: Term) -> Option<f64> {
    match num(t, &mut [0]).ok()? {
        Num::Float(f) => Some(f),
        Num::Int(i) => int_to_f64(i),
    }
}

fn add_signed(h: &mut dyn Alloc, a: Int<'_>, b: Int<'_>) -> Result {
    if a.negative == b.negative {
        let n = a.limbs.len().max(b.limbs.len()) + 1;
        return with_limbs(h, a.negative, n, |out| limbs::add(a.limbs, b.limbs, out));
    }
    let (x, y) = match limbs::cmp(a.limbs, b.limbs) {
        Ordering::Equal => return Ok(Term::small(0)),
        Ordering::Greater => (a, b),
        Ordering::Less => (b, a),
    };
    with_limbs(h, x.negative, x.limbs.len(), |out| limbs::sub(x.limbs, y.limbs, out))
}

fn mul_signed(h: &mut dyn Alloc, a: Int<'_>, b: Int<'_>) -> Result {
    if limbs::bit_len(a.limbs) + limbs::bit_len(b.limbs) > MAX_BITS + 1 {
        return Err(NumError::SystemLimit);
    }
    let n = a.limbs.len() + b.limbs.len();
    with_limbs(h, a.negative != b.negative, n, |out| limbs::mul(a.limbs, b.limbs, out))
}

/// The shape of `+ - *`: 128-bit path, big path, float path.
fn arith(
    h: &mut dyn Alloc,
    a: Term,
    b: Term,
    narrow: fn(i128, i128) -> Option<i128>,
    wide: fn(&mut dyn Alloc, Int<'_>, Int<'_>) -> Result,
    float: fn(f64, f64) -> f64,
) -> Result {
    let (mut x, mut y) = ([0], [0]);
    match (num(a, &mut x)?, num(b, &mut y)?) {
        (Num::Int(a), Num::Int(b)) => {
            if let (Some(x), Some(y)) = (a.to_i128(), b.to_i128())
                && let Some(n) = narrow(x, y)
            {
                return Ok(from_i128(h, n));
            }
            wide(h, a, b)
        }
        (a, b) => {
            let side = |n: Num<'_>| match n {
                Num::Int(i) => int_to_f64(i).ok_or(NumError::Badarith),
                Num::Float(f) => Ok(f),
            };
            let f = float(side(a)?, side(b)?);
            from_f64(h, f)
        }
    }
}

/// `a + b`
pub fn add(h: &mut dyn Alloc, a: Term, b: Term) -> Result {
    if let (Some(x), Some(y)) = (a.as_small(), b.as_small()) {
        return Ok(h.integer(x as i64 + y as i64));
    }
    arith(h, a, b, i128::checked_add, add_signed, |x, y| x + y)
}

/// `a - b`
pub fn sub(h: &mut dyn Alloc, a: Term, b: Term) -> Result {
    if let (Some(x), Some(y)) = (a.as_small(), b.as_small()) {
        return Ok(h.integer(x as i64 - y as i64));
    }
    let minus = |h: &mut dyn Alloc, a: Int<'_>, b: Int<'_>| {
        add_signed(h, a, Int { negative: !b.negative && !b.limbs.is_empty(), ..b })
    };
    arith(h, a, b, i128::checked_sub, minus, |x, y| x - y)
}

/// `a * b`
pub fn mul(h: &mut dyn Alloc, a: Term, b: Term) -> Result {
    if let (Some(x), Some(y)) = (a.as_small(), b.as_small()) {
        return Ok(from_i128(h, x as i128 * y as i128));
    }
    arith(h, a, b, i128::checked_mul, mul_signed, |x, y| x * y)
}

/// `a / b`, always a float
pub fn fdiv(h: &mut dyn Alloc, a: Term, b: Term) -> Result {
    let x = to_f64(a).ok_or(NumError::Badarith)?;
    let y = to_f64(b).ok_or(NumError::Badarith)?;
    if y == 0.0 {
        return Err(NumError::Badarith);
    }
    from_f64(h, x / y)
}

fn division(h: &mut dyn Alloc, a: Term, b: Term, want_rem: bool) -> Result {
    let (mut x, mut y) = ([0], [0]);
    let a_int = Int::of(a, &mut x).ok_or(NumError::Badarith)?;
    let b_int = Int::of(b, &mut y).ok_or(NumError::Badarith)?;
    if b_int.limbs.is_empty() {
        return Err(NumError::Badarith);
    }
    if let (Some(x), Some(y)) = (a_int.to_i128(), b_int.to_i128()) {
        return Ok(from_i128(h, if want_rem { x % y } else { x / y }));
    }
    let negative = a_int.negative != b_int.negative;
    if limbs::cmp(a_int.limbs, b_int.limbs) == Ordering::Less {
        return Ok(if want_rem { a } else { Term::small(0) });
    }
    if let &[d] = b_int.limbs {
        if want_rem {
            return Ok(h.big(a_int.negative, &[limbs::rem_limb(a_int.limbs, d)]));
        }
        return with_limbs(h, negative, a_int.limbs.len(), |out| limbs::div_limb(a_int.limbs, d, out));
    }
    let (q, r) = limbs::div_rem(a_int.limbs, b_int.limbs);
    Ok(if want_rem { h.big(a_int.negative, &r) } else { h.big(negative, &q) })
}

/// `a div b`, towards zero
pub fn idiv(h: &mut dyn Alloc, a: Term, b: Term) -> Result {
    if let (Some(x), Some(y)) = (a.as_small(), b.as_small())
        && y != 0
    {
        return Ok(h.integer(x as i64 / y as i64));
    }
    division(h, a, b, false)
}

/// `a rem b`, with the sign of `a`
pub fn irem(h: &mut dyn Alloc, a: Term, b: Term) -> Result {
    if let (Some(x), Some(y)) = (a.as_small(), b.as_small())
        && y != 0
    {
        return Ok(Term::small(x % y));
    }
    division(h, a, b, true)
}

/// `-a`
pub fn neg(h: &mut dyn Alloc, a: Term) -> Result {
    match a.view() {
        View::Small(n) => Ok(h.integer(-(n as i64))),
        View::Big(b) => Ok(h.big(!b.negative, b.limbs)),
        View::Float(f) => Ok(h.float(-f)),
        _ => Err(NumError::Badarith),
    }
}

/// `abs(a)`
pub fn abs(h: &mut dyn Alloc, a: Term) -> Result {
    match a.view() {
        View::Small(n) if n >= 0 => Ok(a),
        View::Big(b) if !b.negative => Ok(a),
        View::Float(f) => Ok(h.float(f64::from_bits(f.to_bits() & !(1 << 63)))),
        View::Small(_) | View::Big(_) => neg(h, a),
        _ => Err(NumError::Badarg),
    }
}

/// The limbs of the two's complement form, endlessly.
fn twos(i: Int<'_>) -> impl Iterator<Item = usize> {
    let mut carry = true;
    (0..).map(move |n| {
        let limb = i.limbs.get(n).copied().unwrap_or(0);
        if !i.negative {
            return limb;
        }
        let (v, c) = (!limb).overflowing_add(usize::from(carry));
        carry = c;
        v
    })
}

fn bitwise(h: &mut dyn Alloc, a: Term, b: Term, op: fn(usize, usize) -> usize) -> Result {
    let (mut x, mut y) = ([0], [0]);
    let a = Int::of(a, &mut x).ok_or(NumError::Badarith)?;
    let b = Int::of(b, &mut y).ok_or(NumError::Badarith)?;
    let n = a.limbs.len().max(b.limbs.len()) + 1;
    let negative = op(usize::from(a.negative), usize::from(b.negative)) & 1 == 1;
    with_limbs(h, negative, n, |out| {
        let mut carry = true;
        for ((o, x), y) in out.iter_mut().zip(twos(a)).zip(twos(b)) {
            *o = op(x, y);
            if negative {
                (*o, carry) = (!*o).overflowing_add(usize::from(carry));
            }
        }
    })
}

/// `a band b`
pub fn band(h: &mut dyn Alloc, a: Term, b: Term) -> Result {
    match (a.as_small(), b.as_small()) {
        (Some(x), Some(y)) => Ok(Term::small(x & y)),
        _ => bitwise(h, a, b, |x, y| x & y),
    }
}

/// `a bor b`
pub fn bor(h: &mut dyn Alloc, a: Term, b: Term) -> Result {
    match (a.as_small(), b.as_small()) {
        (Some(x), Some(y)) => Ok(Term::small(x | y)),
        _ => bitwise(h, a, b, |x, y| x | y),
    }
}

/// `a bxor b`
pub fn bxor(h: &mut dyn Alloc, a: Term, b: Term) -> Result {
    match (a.as_small(), b.as_small()) {
        (Some(x), Some(y)) => Ok(Term::small(x ^ y)),
        _ => bitwise(h, a, b, |x, y| x ^ y),
    }
}

/// `bnot a`
pub fn bnot(h: &mut dyn Alloc, a: Term) -> Result {
    match a.as_small() {
        Some(x) => Ok(Term::small(!x)),
        None => bitwise(h, a, Term::small(-1), |x, y| x ^ y),
    }
}

/// A shift to the left by `count`, or to the right if `right`.
fn shift(h: &mut dyn Alloc, a: Term, count: Term, right: bool) -> Result {
    let (mut x, mut y) = ([0], [0]);
    let a_int = Int::of(a, &mut x).ok_or(NumError::Badarith)?;
    let count = Int::of(count, &mut y).ok_or(NumError::Badarith)?;
    if a_int.limbs.is_empty() || count.limbs.is_empty() {
        return Ok(a);
    }
    let left = right == count.negative;
    let n = match *count.limbs {
        [n] => n,
        _ => usize::MAX,
    };
    if left {
        if n > MAX_BITS || limbs::bit_len(a_int.limbs) + n > MAX_BITS {
            return Err(NumError::SystemLimit);
        }
        let size = a_int.limbs.len() + n / limbs::BITS + 1;
        return with_limbs(h, a_int.negative, size, |out| limbs::shl(a_int.limbs, n, out));
    }
    if n / limbs::BITS >= a_int.limbs.len() {
        return Ok(Term::small(if a_int.negative { -1 } else { 0 }));
    }
    // Towards minus infinity: a negative number that loses bits is one further away from zero.
    let size = a_int.limbs.len() - n / limbs::BITS;
    with_limbs(h, a_int.negative, size + 1, |out| {
        let lost = limbs::shr(a_int.limbs, n, &mut out[..size]);
        let mut i = 0;
        let mut carry = lost && a_int.negative;
        while carry {
            (out[i], carry) = out[i].overflowing_add(1);
            i += 1;
        }
    })
}

/// `a bsl b`
pub fn bsl(h: &mut dyn Alloc, a: Term, b: Term) -> Result {
    if let (Some(x), Some(n)) = (a.as_small(), b.as_small())
        && (0..32).contains(&n)
        && (x as i64).unsigned_abs() < 1 << 31
    {
        return Ok(h.integer((x as i64) << n));
    }
    shift(h, a, b, false)
}

/// `a bsr b`
pub fn bsr(h: &mut dyn Alloc, a: Term, b: Term) -> Result {
    if let (Some(x), Some(n)) = (a.as_small(), b.as_small())
        && n >= 0
    {
        return Ok(Term::small(x >> n.min(limbs::BITS as isize - 1)));
    }
    shift(h, a, b, true)
}

/// How a float becomes an integer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rounding {
    /// Towards zero.
    Trunc,
    /// To the nearest, halves away from zero.
    Round,
    /// Downwards.
    Floor,
    /// Upwards.
    Ceil,
}

/// `trunc/1` and its relatives.
pub fn to_integer(h: &mut dyn Alloc, a: Term, how: Rounding) -> Result {
    let f = match a.view() {
        View::Small(_) | View::Big(_) => return Ok(a),
        View::Float(f) => f,
        _ => return Err(NumError::Badarg),
    };
    let magnitude = f64::from_bits(f.to_bits() & !(1 << 63));
    if magnitude < (1u64 << 53) as f64 {
        let whole = f as i64;
        let fraction = f - whole as f64;
        let step = match how {
            Rounding::Trunc => 0,
            Rounding::Round if fraction >= 0.5 => 1,
            Rounding::Round if fraction <= -0.5 => -1,
            Rounding::Floor if fraction < 0.0 => -1,
            Rounding::Ceil if fraction > 0.0 => 1,
            _ => 0,
        };
        return Ok(h.integer(whole + step));
    }
    // Whole already: mantissa times a power of two.
    let exponent = (f.to_bits() >> 52 & 0x7FF) as usize - 1075;
    let mantissa = f.to_bits() & ((1 << 52) - 1) | 1 << 52;
    let words = if WORD_BYTES == 8 {
        Vec::from([mantissa as usize])
    } else {
        Vec::from([mantissa as usize, (mantissa >> 32) as usize])
    };
    with_limbs(h, f < 0.0, words.len() + exponent / limbs::BITS + 1, |out| {
        limbs::shl(&words, exponent, out);
    })
}

/// Exact order of an integer and a finite float.
pub fn cmp_int_float(i: Int<'_>, f: f64) -> Ordering {
    let sign = |negative: bool, zero: bool| i32::from(!zero) * if negative { -1 } else { 1 };
    let (si, sf) = (sign(i.negative, i.limbs.is_empty()), sign(f < 0.0, f == 0.0));
    if si != sf || si == 0 {
        return si.cmp(&sf);
    }
    let bits = f.to_bits();
    let exponent = (bits >> 52 & 0x7FF) as i32;
    // |f| < 1 is less than any integer but 0.
    let magnitude = if exponent < 1023 {
        Ordering::Greater
    } else {
        let whole_bits = (exponent - 1022) as usize;
        limbs::bit_len(i.limbs).cmp(&whole_bits).then_with(|| {
            let (top, rest) = limbs::top64(i.limbs);
            top.cmp(&((bits | 1 << 52) << 11)).then(if rest { Ordering::Greater } else { Ordering::Equal })
        })
    };
    if i.negative { magnitude.reverse() } else { magnitude }
}

/// Order of two integers.
pub fn cmp_ints(a: Int<'_>, b: Int<'_>) -> Ordering {
    match (a.negative, b.negative) {
        (false, false) => limbs::cmp(a.limbs, b.limbs),
        (true, true) => limbs::cmp(b.limbs, a.limbs),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
    }
}

#[cfg(test)]
mod tests;
