//! Numbers as text and back.
//!
//! The digits of a float are the fewest that read back as the same float (`core`'s formatting gives them); where
//! the point goes and when there is an exponent is Erlang's own layout.

use crate::Build;
use crate::heap::Alloc;
use crate::limbs;
use crate::number::{Int, MAX_BITS, NumError};
use crate::term::{Term, View};
use alloc::format;
use alloc::string::{String, ToString};
use core::fmt::Write;
use dashu_int::UBig;

/// The text of an integer in a radix of 2 to 36, digits above 9 in capitals; None if it is no integer.
pub fn integer_text(t: Term, radix: u32) -> Option<String> {
    let mut out = String::new();
    write_integer(&mut out, t, radix)?.ok()?;
    Some(out)
}

/// Most bytes of a machine integer in decimal.
pub const DECIMAL_MAX: usize = 20;

/// A machine integer in decimal, at the end of the room given.
pub fn decimal(n: i64, room: &mut [u8; DECIMAL_MAX]) -> &[u8] {
    let (mut left, mut at) = (n.unsigned_abs(), DECIMAL_MAX);
    loop {
        at -= 1;
        room[at] = b'0' + (left % 10) as u8;
        left /= 10;
        if left == 0 {
            break;
        }
    }
    if n < 0 {
        at -= 1;
        room[at] = b'-';
    }
    &room[at..]
}

/// Writes an integer; None if it is none.
pub(crate) fn write_integer(out: &mut dyn Write, t: Term, radix: u32) -> Option<core::fmt::Result> {
    if let (View::Small(n), 10) = (t.view(), radix) {
        return Some(write!(out, "{n}"));
    }
    let mut buf = [0];
    let n = Int::of(t, &mut buf)?;
    let magnitude = limbs::to_dashu(n.limbs);
    let sign = if n.negative { "-" } else { "" };
    let text = magnitude.in_radix(radix.clamp(2, 36) as u8).to_string().to_ascii_uppercase();
    Some(write!(out, "{sign}{text}"))
}

/// The integer that a text in a radix of 2 to 36 is: an optional sign, then digits.
pub fn text_integer(h: &mut dyn Alloc, text: &[u8], radix: u32) -> Result<Term, NumError> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if digits.is_empty() || !(2..=36).contains(&radix) {
        return Err(NumError::Badarg);
    }
    if !digits.iter().all(|&d| char::from(d).is_digit(radix)) {
        return Err(NumError::Badarg);
    }
    if digits.len() <= 12 {
        // Below 36^12 < 2^63.
        let n = digits
            .iter()
            .fold(0i64, |n, &d| n * i64::from(radix) + i64::from(char::from(d).to_digit(radix).unwrap_or(0)));
        return Ok(h.integer(if negative { -n } else { n }));
    }
    // At least this many bits, leading zeros left out: refuse before doing the work.
    let zeros = digits.iter().take_while(|&&d| d == b'0').count();
    if (digits.len() - zeros).saturating_sub(1).saturating_mul(radix.ilog2() as usize) > MAX_BITS {
        return Err(NumError::SystemLimit);
    }
    let text = core::str::from_utf8(digits).map_err(|_| NumError::Badarg)?;
    let n = UBig::from_str_radix(text, radix).map_err(|_| NumError::Badarg)?;
    let words = limbs::from_dashu(&n);
    if limbs::bit_len(&words) > MAX_BITS {
        return Err(NumError::SystemLimit);
    }
    Ok(h.big(negative, &words))
}

/// How a float is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FloatFormat {
    /// The fewest digits that read back the same.
    Short,
    /// So many digits after the point, with an exponent.
    Scientific(usize),
    /// So many digits after the point, without one.
    Decimals(usize),
    /// As `Decimals`, without the zeros at the end (one digit stays).
    Compact(usize),
}

/// The text of a finite float.
pub fn float_text(f: f64, how: FloatFormat) -> String {
    match how {
        FloatFormat::Short => short(f),
        FloatFormat::Scientific(n) => {
            let text = format!("{f:.n$e}");
            let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
            let (sign, digits) = match exponent.strip_prefix('-') {
                Some(digits) => ('-', digits),
                None => ('+', exponent),
            };
            format!("{mantissa}e{sign}{digits:0>2}")
        }
        FloatFormat::Decimals(n) => decimals(f, n),
        FloatFormat::Compact(n) => {
            let text = decimals(f, n);
            match text.split_once('.') {
                None => text,
                Some((whole, decimals)) => {
                    let kept = decimals.trim_end_matches('0');
                    format!("{whole}.{}", if kept.is_empty() { "0" } else { kept })
                }
            }
        }
    }
}

/// Digits after the point as the reference VM finds them: up to 18 by scaling the fraction, which rounds halves up
/// and lets the error of the multiplication show, and exactly beyond.
fn decimals(f: f64, n: usize) -> String {
    /// From here on there is no fraction.
    const WHOLE: f64 = (1u64 << 53) as f64;
    let size = f.abs();
    if n > 18 || size >= WHOLE {
        return format!("{f:.n$}");
    }
    let power = 10u64.pow(n as u32);
    let mut whole = size as u64;
    let scaled = (size - whole as f64) * power as f64;
    let mut fraction = scaled as u64;
    if scaled - fraction as f64 >= 0.5 {
        fraction += 1;
    }
    if fraction >= power {
        whole += 1;
        fraction -= power;
    }
    let sign = if f < 0.0 || (f == 0.0 && f.is_sign_negative()) { "-" } else { "" };
    if n == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction:0n$}") }
}

/// The fewest digits that read back the same, and the place of the point: the value is 0.DIGITS * 10^place. Of two
/// that are as near the even one.
fn fewest_digits(f: f64) -> (String, i32) {
    let mut buffer = ryu::Buffer::new();
    let text = buffer.format_finite(f.abs());
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (whole, decimals) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{decimals}");
    let digits = all.trim_start_matches('0');
    if digits.is_empty() {
        return ("0".into(), 1);
    }
    let place = exponent.parse::<i32>().unwrap_or(0) + whole.len() as i32 - (all.len() - digits.len()) as i32;
    (digits.trim_end_matches('0').into(), place)
}

fn short(f: f64) -> String {
    let sign = if f.is_sign_negative() { "-" } else { "" };
    let (digits, place) = fewest_digits(f);
    let exponent = place - 1;
    let len = digits.len() as i32;
    let exponent_text = exponent.to_string();
    // What the form with an exponent costs beyond the digits: the shorter form wins.
    let cost = exponent_text.len() as i32 + 1 + if len == 1 { 2 } else { 1 };
    let zeros = |n: i32| "0".repeat(n.max(0) as usize);
    let plain = if place <= 0 && (place == 0 || 2 - place <= cost) {
        Some(format!("0.{}{digits}", zeros(-place)))
    } else if (1..len).contains(&place) {
        let (whole, decimals) = digits.split_at(place as usize);
        Some(format!("{whole}.{decimals}"))
    } else if place >= len && place - len + 2 <= cost && f.abs() < (1u64 << 53) as f64 {
        Some(format!("{digits}{}.0", zeros(place - len)))
    } else {
        None
    };
    let text = plain.unwrap_or_else(|| {
        let (first, rest) = digits.split_at(1);
        format!("{first}.{}e{exponent_text}", if rest.is_empty() { "0" } else { rest })
    });
    format!("{sign}{text}")
}

/// The float that a text is: digits on both sides of a point, perhaps an exponent. A comma does for a point, as in the
/// reference VM, which means to be content with any locale.
pub fn text_float(text: &[u8]) -> Option<f64> {
    fn digits(text: &[u8]) -> Option<&[u8]> {
        let n = text.iter().take_while(|b| b.is_ascii_digit()).count();
        (n > 0).then_some(&text[n..])
    }
    fn sign(text: &[u8]) -> &[u8] {
        match text {
            [b'+' | b'-', rest @ ..] => rest,
            _ => text,
        }
    }
    let rest = digits(sign(text))?;
    let point = text.len() - rest.len();
    let rest = rest.strip_prefix(b".").or_else(|| rest.strip_prefix(b","))?;
    match digits(rest)? {
        [] => {}
        [b'e' | b'E', exponent @ ..] if digits(sign(exponent)) == Some(&[]) => {}
        _ => return None,
    }
    let text = core::str::from_utf8(text).ok()?;
    let f: f64 =
        if text[point..].starts_with(',') { text.replacen(',', ".", 1).parse() } else { text.parse() }
            .ok()?;
    f.is_finite().then_some(f)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machine_integers_in_decimal() {
        for n in [0, 7, -7, 10, 99, -100, 1 << 40, i64::MAX, i64::MIN] {
            assert_eq!(decimal(n, &mut [0; DECIMAL_MAX]), n.to_string().as_bytes());
        }
    }
    use crate::FragList;
    use proptest::prelude::*;

    #[test]
    fn floats_as_erlang_writes_them() {
        let table: &[(f64, &str)] = &[
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (1.5, "1.5"),
            (-123.25, "-123.25"),
            (1.0e21, "1.0e21"),
            (9007199254740992.0, "9.007199254740992e15"),
            (9007199254740991.0, "9007199254740991.0"),
            (123456.0, "123456.0"),
            (1.0e5, "1.0e5"),
            (100.0, "100.0"),
            (1.0e6, "1.0e6"),
            (0.1, "0.1"),
            (0.001, "0.001"),
            (0.0001, "0.0001"),
            (1.0e-5, "1.0e-5"),
            (1.2e-5, "1.2e-5"),
            (0.000000029802322387695312, "2.9802322387695312e-8"),
            (5.0e-324, "5.0e-324"),
            (f64::MAX, "1.7976931348623157e308"),
            (1234567890123456789.0, "1.2345678901234568e18"),
        ];
        for &(f, text) in table {
            assert_eq!(float_text(f, FloatFormat::Short), text);
        }
        assert_eq!(float_text(1.5, FloatFormat::Scientific(20)), "1.50000000000000000000e+00");
        assert_eq!(float_text(1.5e-300, FloatFormat::Scientific(3)), "1.500e-300");
        assert_eq!(float_text(1.0e-5, FloatFormat::Decimals(3)), "0.000");
        let rounded =
            [(2.5, 0, "3"), (0.125, 2, "0.13"), (1.005, 2, "1.00"), (9.99, 1, "10.0"), (-0.05, 1, "-0.1")];
        for (f, n, text) in rounded {
            assert_eq!(float_text(f, FloatFormat::Decimals(n)), text);
        }
        assert_eq!(float_text(1.0e17, FloatFormat::Decimals(1)), "100000000000000000.0");
        assert_eq!(float_text(0.1, FloatFormat::Decimals(20)), "0.10000000000000000555");
        assert_eq!(float_text(12.345, FloatFormat::Compact(10)), "12.345");
        assert_eq!(float_text(12.0, FloatFormat::Compact(10)), "12.0");
    }

    #[test]
    fn floats_from_text() {
        for (text, f) in
            [("1.0", 1.0), ("+1.0", 1.0), ("-1.0E+5", -1e5), ("1.0e-400", 0.0), ("00.5", 0.5), ("-1,5", -1.5)]
        {
            assert_eq!(text_float(text.as_bytes()), Some(f));
        }
        for text in [
            "1", "1.", ".5", "1.e5", "1.5e", "1.5e+", " 1.0", "1.0 ", "1.0e400", "1_0.0", "", "nan", "inf",
            "1,0,0", "1,",
        ] {
            assert_eq!(text_float(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn integers_from_text() {
        let mut h = FragList::new();
        for (text, radix, n) in
            [("1", 10, 1), ("+1", 10, 1), ("-0", 10, 0), ("zZ", 36, 1295), ("-ff", 16, -255)]
        {
            assert_eq!(text_integer(&mut h, text.as_bytes(), radix), Ok(Term::small(n)));
        }
        for text in ["", "+", "-", " 1", "1 ", "0x1", "1_000", "--1", "12345678901234567890_1"] {
            assert_eq!(text_integer(&mut h, text.as_bytes(), 10), Err(NumError::Badarg), "{text}");
        }
        let long = "9".repeat(2_000_000);
        assert_eq!(text_integer(&mut h, long.as_bytes(), 10), Err(NumError::SystemLimit));
        assert_eq!(integer_text(Term::small(-255), 16).unwrap(), "-FF");
        assert_eq!(integer_text(Term::NIL, 16), None);
    }

    proptest! {
        #[test]
        fn text_reads_back(limbs in prop::collection::vec(any::<usize>(), 0..20), neg: bool, radix in 2u32..=36, bits: u64) {
            let mut h = FragList::new();
            let n = h.big(neg, &limbs);
            let text = integer_text(n, radix).unwrap();
            let back = text_integer(&mut h, text.as_bytes(), radix).unwrap();
            prop_assert!(crate::compare::eq_exact(n, back));
            let f = f64::from_bits(bits);
            if f.is_finite() {
                let back = text_float(float_text(f, FloatFormat::Short).as_bytes()).unwrap();
                prop_assert_eq!(back.to_bits(), f.to_bits());
            }
        }
    }
}
