//! Arithmetic on magnitudes: slices of words, least significant first.
//!
//! Results go to slices the caller sized. Operands need not be normalised. What is not worth writing for small
//! sizes (products and quotients of many limbs, radix conversion) is dashu's.

use alloc::vec::Vec;
use core::cmp::Ordering;
use dashu_int::UBig;

#[cfg(target_pointer_width = "64")]
type Wide = u128;
#[cfg(not(target_pointer_width = "64"))]
type Wide = u64;

/// Bits of a limb.
pub const BITS: usize = usize::BITS as usize;
/// Products with a factor beyond this many limbs go to dashu.
const SCHOOLBOOK: usize = 32;

const _: () = assert!(size_of::<dashu_int::Word>() == size_of::<usize>());

/// Without leading zero limbs.
pub fn trim(a: &[usize]) -> &[usize] {
    let n = a.iter().rposition(|&l| l != 0).map_or(0, |i| i + 1);
    &a[..n]
}

/// Number of bits of the magnitude.
pub fn bit_len(a: &[usize]) -> usize {
    let a = trim(a);
    a.last().map_or(0, |top| a.len() * BITS - top.leading_zeros() as usize)
}

/// Order of two trimmed magnitudes.
pub fn cmp(a: &[usize], b: &[usize]) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.iter().rev().cmp(b.iter().rev()))
}

/// Limbs that the carry goes through within the processor's flags.
const STRIDE: usize = 8;

/// Runs `step` over limbs of two equally long magnitudes, with the carry from each to the next.
#[inline(always)]
fn chain(
    a: &[usize],
    b: &[usize],
    out: &mut [usize],
    mut carry: bool,
    step: impl Fn(usize, usize, bool) -> (usize, bool),
) -> bool {
    let (a_whole, a_rest) = a.as_chunks::<STRIDE>();
    let (b_whole, b_rest) = b.as_chunks::<STRIDE>();
    let (out_whole, out_rest) = out.as_chunks_mut::<STRIDE>();
    for ((x, y), o) in a_whole.iter().zip(b_whole).zip(out_whole) {
        // Unrolled, this is one instruction for each limb.
        for i in 0..STRIDE {
            (o[i], carry) = step(x[i], y[i], carry);
        }
    }
    for ((x, y), o) in a_rest.iter().zip(b_rest).zip(out_rest) {
        (*o, carry) = step(*x, *y, carry);
    }
    carry
}

/// Copies limbs, of which the first ones take in a carry; gives the carry out of the last.
#[inline(always)]
fn ripple(
    from: &[usize],
    out: &mut [usize],
    carry: bool,
    step: impl Fn(usize, bool) -> (usize, bool),
) -> bool {
    let (mut carry, mut at) = (carry, 0);
    while carry && at < from.len() {
        (out[at], carry) = step(from[at], carry);
        at += 1;
    }
    out[at..].copy_from_slice(&from[at..]);
    carry
}

/// `out = a + b`; `out` has one limb more than the longer operand.
pub fn add(a: &[usize], b: &[usize], out: &mut [usize]) {
    let (a, b) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    let (low, high) = a.split_at(b.len());
    let (top, out) = out.split_last_mut().unwrap_or_else(|| unreachable!("there is room for the carry"));
    let (out_low, out_high) = out.split_at_mut(b.len());
    let carry = chain(low, b, out_low, false, usize::carrying_add);
    *top = usize::from(ripple(high, out_high, carry, |x, carry| x.carrying_add(0, carry)));
}

/// `out = a - b`, where `a >= b`; `out` is as long as `a`, which is not shorter than `b`.
pub fn sub(a: &[usize], b: &[usize], out: &mut [usize]) {
    let (low, high) = a.split_at(b.len());
    let (out_low, out_high) = out.split_at_mut(b.len());
    let borrow = chain(low, b, out_low, false, usize::borrowing_sub);
    let borrow = ripple(high, out_high, borrow, |x, borrow| x.borrowing_sub(0, borrow));
    debug_assert!(!borrow);
}

/// `out = a * b`; `out` has as many limbs as both together.
pub fn mul(a: &[usize], b: &[usize], out: &mut [usize]) {
    let (a, b) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    if b.len() > SCHOOLBOOK {
        let product = to_dashu(a) * to_dashu(b);
        store(&product, out);
        return;
    }
    let Some((&first, more)) = b.split_first() else {
        out.fill(0);
        return;
    };
    let mut carry = 0;
    for (&x, o) in a.iter().zip(&mut *out) {
        (*o, carry) = x.carrying_mul(first, carry);
    }
    out[a.len()] = carry;
    for (i, &y) in more.iter().enumerate() {
        let row = &mut out[i + 1..=i + 1 + a.len()];
        let mut carry = 0;
        for (&x, o) in a.iter().zip(&mut *row) {
            (*o, carry) = x.carrying_mul_add(y, *o, carry);
        }
        row[a.len()] = carry;
    }
}

/// `out = a / d`, as long as `a`.
pub fn div_limb(a: &[usize], d: usize, out: &mut [usize]) {
    let mut rem: Wide = 0;
    for i in (0..a.len()).rev() {
        let t = rem << BITS | a[i] as Wide;
        out[i] = (t / d as Wide) as usize;
        rem = t % d as Wide;
    }
}

/// `a % d`
pub fn rem_limb(a: &[usize], d: usize) -> usize {
    a.iter().rev().fold(0 as Wide, |rem, &l| (rem << BITS | l as Wide) % d as Wide) as usize
}

/// Quotient and remainder of magnitudes; the divisor is not zero.
pub fn div_rem(a: &[usize], d: &[usize]) -> (Vec<usize>, Vec<usize>) {
    use dashu_int::ops::DivRem;
    let (q, r) = to_dashu(a).div_rem(to_dashu(d));
    (from_dashu(&q), from_dashu(&r))
}

/// `out = a << n`; `out` has `n / BITS + 1` limbs more than `a`.
pub fn shl(a: &[usize], n: usize, out: &mut [usize]) {
    let (limbs, bits) = (n / BITS, n % BITS);
    out[..limbs].fill(0);
    let mut carry = 0;
    for (i, &x) in a.iter().enumerate() {
        out[limbs + i] = x << bits | carry;
        carry = if bits == 0 { 0 } else { x >> (BITS - bits) };
    }
    out[limbs + a.len()] = carry;
}

/// `out = a >> n`, where `n / BITS < a.len()`; `out` has `n / BITS` limbs less than `a`. True if a one bit fell out.
pub fn shr(a: &[usize], n: usize, out: &mut [usize]) -> bool {
    let (limbs, bits) = (n / BITS, n % BITS);
    for i in limbs..a.len() {
        let high = if bits == 0 { 0 } else { a.get(i + 1).map_or(0, |h| h << (BITS - bits)) };
        out[i - limbs] = a[i] >> bits | high;
    }
    a[..limbs].iter().any(|&l| l != 0) || a[limbs] & ((1 << bits) - 1) != 0
}

/// The 64 bits from the highest set bit down (zeros fill a short magnitude), and whether any bit below is set.
pub fn top64(a: &[usize]) -> (u64, bool) {
    let len = bit_len(a);
    let a = trim(a);
    let mut top = 0u64;
    let mut have = 0;
    let mut rest = false;
    for (i, &limb) in a.iter().enumerate().rev() {
        let width = if i + 1 == a.len() { len - i * BITS } else { BITS };
        if have == 64 {
            rest |= limb != 0;
            continue;
        }
        let take = width.min(64 - have);
        let bits = (limb as u64) >> (width - take);
        top = if take == 64 { bits } else { top << take | bits };
        have += take;
        if take < width {
            rest |= limb & ((1usize << (width - take)) - 1) != 0;
        }
    }
    (if have == 0 { 0 } else { top << (64 - have) }, rest)
}

/// A copy for dashu.
pub fn to_dashu(a: &[usize]) -> UBig {
    // SAFETY: dashu's word is an unsigned integer of the same size (asserted above), so of the same layout.
    UBig::from_words(unsafe { core::slice::from_raw_parts(a.as_ptr().cast(), a.len()) })
}

/// A copy from dashu.
pub fn from_dashu(n: &UBig) -> Vec<usize> {
    n.as_words().iter().map(|&w| w as usize).collect()
}

fn store(n: &UBig, out: &mut [usize]) {
    out.fill(0);
    for (o, &w) in out.iter_mut().zip(n.as_words()) {
        *o = w as usize;
    }
}
