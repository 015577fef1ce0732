//! The bit syntax, as lists of single bits: slow, and so plain that it can be believed.

use super::super::{Fault, arith};
use super::{Flow, Interp};
use crate::inst::{Imm, InstData};
use crate::opcode::Opcode;
use dashu_int::IBig;
use dashu_int::ops::BitTest;
use linac_abi::bits::{COMPUTED, LITTLE, SIGNED, Segment, Utf};
use linac_abi::rtcall::ErrorKind;
use linac_abi::term::{self, FixedAtom};

/// Most bits of an integer that is read.
const MAX_BITS: usize = super::super::object::MAX_BITS;
/// Most bits of a bitstring that is made.
const MAX_SIZE: u64 = 1 << 24;

type Bits = Vec<bool>;

impl<'p> Interp<'p, '_> {
    /// An operation of stage `beam`.
    pub(super) fn bits_op(&mut self, data: &'p InstData) -> Result<Flow, Fault> {
        let args = self.terms(&data.args)?;
        let flags = match data.imm {
            Imm::Int(n) => n as u64,
            _ => 0,
        };
        match data.op {
            Opcode::BsStart => {
                let size = self.bits_at(args[0], 0, None)?.len();
                let (zero, size) = (self.small_word(0)?, self.small_word(size)?);
                for (&v, word) in data.results.iter().zip([args[0], zero, size]) {
                    self.define(v, word)?;
                }
                Ok(Flow::Next)
            }
            Opcode::BsLeft | Opcode::BsSkip => {
                let (a, b) = (self.position(args[0])?, self.position(args[1])?);
                let n = if data.op == Opcode::BsSkip { a.checked_add(b) } else { b.checked_sub(a) };
                let n = n.ok_or_else(|| Fault::undefined("a position behind the end"))?;
                let word = self.small_word(n)?;
                self.result(data, word)
            }
            Opcode::BsUtfSize => {
                let (Some(utf), c) = (Utf::of_flags(flags as i64), self.position(args[0])?) else {
                    return Err(Fault::undefined("no encoding"));
                };
                let word = self.small_word(utf.bits(c as u32) as usize)?;
                self.result(data, word)
            }
            Opcode::BsCreate => self.create(data, &args),
            Opcode::BsEqual => self.equal_bits(data, args[0], args[1], args[2]),
            op => self.read_bits(data, op, [args[0], args[1], args[2], flags]),
        }
    }

    /// Reading, of stage `beam` or by a runtime call: base, position, size or end, flags.
    pub(super) fn read_bits(
        &mut self,
        data: &'p InstData,
        op: Opcode,
        [base, at, size, flags]: [u64; 4],
    ) -> Result<Flow, Fault> {
        let (at, mut size) = (self.position(at)?, self.position(size)?);
        if op == Opcode::BsUtf {
            size = size.checked_sub(at).ok_or_else(|| Fault::undefined("a position behind the end"))?;
        }
        let bits = self.bits_at(base, at, Some(size))?;
        let little = flags as i64 & LITTLE != 0;
        let word = match op {
            Opcode::BsPart => self.make(&bits)?,
            Opcode::BsInteger if bits.len() > MAX_BITS => term::NONE,
            Opcode::BsInteger => self.mem.make_int(&integer(&bits, little, flags as i64 & SIGNED != 0))?,
            Opcode::BsFloat => match float(&bits, little) {
                Some(f) => self.mem.make_float(f)?,
                None => term::NONE,
            },
            _ => match Utf::of_flags(flags as i64).and_then(|utf| character(&bits, utf, little)) {
                Some(c) => self.small_word(c as usize)?,
                None => term::NONE,
            },
        };
        self.result(data, word)
    }

    /// Do the bits of a base from a position begin with those of a literal?
    pub(super) fn equal_bits(
        &mut self,
        data: &InstData,
        base: u64,
        at: u64,
        literal: u64,
    ) -> Result<Flow, Fault> {
        let literal = self.bits_at(literal, 0, None)?;
        let bits = self.bits_at(base, self.position(at)?, Some(literal.len()))?;
        self.result(data, (bits == literal).into())
    }

    /// `bs_create`: sizes are looked at before values, each in order.
    pub(super) fn create(&mut self, data: &InstData, args: &[u64]) -> Result<Flow, Fault> {
        let made = match self.segments(args)? {
            Ok(bits) => Ok(self.make(&bits)?),
            Err(kind) => Err(kind),
        };
        let word = self.or_none(made, term::NIL)?;
        self.result(data, word)
    }

    fn segments(&mut self, args: &[u64]) -> Result<Result<Bits, ErrorKind>, Fault> {
        let mut sized = Vec::new();
        let mut total = 0;
        let appends = |s: &[u64]| {
            let described = self.mem.small_value(s[0]).and_then(Segment::parse);
            described.is_some_and(|(kind, ..)| kind == Segment::Append)
        };
        // The size of what is appended to, which stands first, is looked at last.
        let first = args.chunks_exact(3).take_while(|s| appends(s)).count();
        let segments = args.chunks_exact(3);
        for segment in segments.clone().skip(first).chain(segments.take(first)) {
            let described = self.mem.small_value(segment[0]).and_then(Segment::parse);
            let Some((kind, flags, unit)) = described else { return Err(Fault::undefined("no descriptor")) };
            let size = match kind {
                Segment::Utf8 | Segment::Utf16 | Segment::Utf32 => 32,
                _ if segment[2] == FixedAtom::All.word() && flags & COMPUTED == 0 => {
                    match self.mem.bits_value(segment[1])? {
                        Some((_, size)) if size % unit.max(1) == 0 => size,
                        _ => return Ok(Err(ErrorKind::Badarg)),
                    }
                }
                _ => match self.mem.int_value(segment[2])? {
                    Some(n) if n < IBig::ZERO => return Ok(Err(ErrorKind::Badarg)),
                    Some(n) => match u64::try_from(&n).ok().and_then(|n| n.checked_mul(unit)) {
                        Some(size) if size <= MAX_SIZE => size,
                        _ => return Ok(Err(ErrorKind::SystemLimit)),
                    },
                    None => return Ok(Err(ErrorKind::Badarg)),
                },
            };
            total += size;
            sized.push((kind, flags, segment[1], size as usize));
        }
        if total > MAX_SIZE {
            return Ok(Err(ErrorKind::SystemLimit));
        }
        sized.rotate_right(first);
        let mut all = Bits::new();
        for (kind, flags, value, size) in sized {
            let little = flags & LITTLE != 0;
            let bits = match kind {
                Segment::Integer => self.mem.int_value(value)?.map(|n| integer_bits(&n, size, little)),
                Segment::Float => {
                    arith::to_float(&self.mem, value)?.and_then(|f| float_bits(f, size, little))
                }
                Segment::Bits | Segment::Append => match self.mem.bits_value(value)? {
                    Some((bytes, n)) if n >= size as u64 => Some(unpack(&bytes, size)),
                    _ => None,
                },
                Segment::Utf8 => self.character_bits(value, Utf::Utf8, little),
                Segment::Utf16 => self.character_bits(value, Utf::Utf16, little),
                Segment::Utf32 => self.character_bits(value, Utf::Utf32, little),
            };
            match bits {
                Some(bits) => all.extend(bits),
                None => return Ok(Err(ErrorKind::Badarg)),
            }
        }
        Ok(Ok(all))
    }

    fn character_bits(&self, value: u64, utf: Utf, little: bool) -> Option<Bits> {
        let c = char::from_u32(u32::try_from(self.mem.small_value(value)?).ok()?)?;
        let bytes: Vec<u8> = match utf {
            Utf::Utf8 => c.encode_utf8(&mut [0; 4]).bytes().collect(),
            Utf::Utf16 => c
                .encode_utf16(&mut [0; 2])
                .iter()
                .flat_map(|u| if little { u.to_le_bytes() } else { u.to_be_bytes() })
                .collect(),
            Utf::Utf32 => if little { u32::from(c).to_le_bytes() } else { u32::from(c).to_be_bytes() }.into(),
        };
        Some(unpack(&bytes, bytes.len() * 8))
    }

    fn small_word(&self, n: usize) -> Result<u64, Fault> {
        let word = i64::try_from(n).ok().and_then(|n| self.mem.small(n));
        word.ok_or_else(|| Fault::Unsupported("a position that is no small integer".into()))
    }

    fn position(&self, t: u64) -> Result<usize, Fault> {
        let n = self.mem.small_value(t).and_then(|n| usize::try_from(n).ok());
        n.ok_or_else(|| Fault::undefined("a position or size that is none"))
    }

    /// So many bits of a bitstring from a position on, or all.
    fn bits_at(&self, t: u64, at: usize, size: Option<usize>) -> Result<Bits, Fault> {
        let Some((bytes, n)) = self.mem.bits_value(t)? else {
            return Err(Fault::undefined(format!("{} is not a bitstring", self.mem.read(t)?)));
        };
        let all = unpack(&bytes, n as usize);
        let size = size.unwrap_or(all.len());
        match at.checked_add(size).and_then(|end| all.get(at..end)) {
            Some(bits) => Ok(bits.to_vec()),
            None => Err(Fault::undefined(format!("bits {at} to {at}+{size} of {n}"))),
        }
    }

    fn make(&mut self, bits: &[bool]) -> Result<u64, Fault> {
        self.mem.make_bits(&pack(bits), bits.len() as u64)
    }

    /// `n` bytes at an address, the first one least significant.
    pub(super) fn load_bytes(&self, address: u64, n: u64) -> Result<u64, Fault> {
        let size = u64::from(self.mem.word().bytes());
        (0..n).try_fold(0, |word, i| {
            let at = (address + i) & self.mem.mask();
            let byte = self.mem.load(at - at % size)? >> (8 * (at % size)) & 0xff;
            Ok(word | byte << (8 * i))
        })
    }
}

fn unpack(bytes: &[u8], n: usize) -> Bits {
    (0..n).map(|i| bytes[i / 8] & (0x80 >> (i % 8)) != 0).collect()
}

fn pack(bits: &[bool]) -> Vec<u8> {
    let byte = |c: &[bool]| c.iter().enumerate().fold(0, |b, (i, &bit)| b | u8::from(bit) << (7 - i));
    bits.chunks(8).map(byte).collect()
}

/// Most significant bit first: the last group of eight, which may be shorter, is the most significant one.
fn reorder(bits: &[bool], little: bool) -> Bits {
    if little { bits.chunks(8).rev().flatten().copied().collect() } else { bits.to_vec() }
}

fn integer(bits: &[bool], little: bool, signed: bool) -> IBig {
    let bits = reorder(bits, little);
    let mut value = IBig::ZERO;
    for &bit in &bits {
        value = (value << 1) + IBig::from(u8::from(bit));
    }
    if signed && bits.first() == Some(&true) { value - (IBig::ONE << bits.len()) } else { value }
}

fn integer_bits(n: &IBig, size: usize, little: bool) -> Bits {
    let bits: Bits = (0..size).rev().map(|i| n.bit(i)).collect();
    if !little {
        return bits;
    }
    // The last group is the most significant one and takes what does not fill a byte.
    let (first, rest) = bits.split_at(size % 8);
    rest.chunks(8).rev().flatten().chain(first).copied().collect()
}

fn number(bits: &[bool]) -> u64 {
    bits.iter().fold(0, |n, &bit| n << 1 | u64::from(bit))
}

fn float(bits: &[bool], little: bool) -> Option<f64> {
    let raw = number(&reorder(bits, little));
    let f = match bits.len() {
        0 => 0.0,
        16 => {
            let (exponent, fraction) = ((raw >> 10 & 0x1f) as i32, (raw & 0x3ff) as f64);
            let magnitude = match exponent {
                0 => fraction * 2f64.powi(-24),
                0x1f => return None,
                e => (1024.0 + fraction) * 2f64.powi(e - 25),
            };
            if raw & 0x8000 != 0 { -magnitude } else { magnitude }
        }
        32 => f64::from(f32::from_bits(raw as u32)),
        64 => f64::from_bits(raw),
        _ => return None,
    };
    f.is_finite().then_some(f)
}

fn float_bits(f: f64, size: usize, little: bool) -> Option<Bits> {
    let raw = match size {
        // The nearest of all: there are few enough. Of two, the even one.
        16 => {
            let mut best: Option<(f64, u64)> = None;
            for half in (0..0x7c00u64).map(|h| if f.is_sign_negative() { h | 0x8000 } else { h }) {
                let bits: Bits = (0..16).rev().map(|i| half >> i & 1 != 0).collect();
                let away = (float(&bits, false)? - f).abs();
                let nearer = best.is_none_or(|(d, _)| away < d || (away == d && half & 1 == 0));
                if nearer {
                    best = Some((away, half));
                }
            }
            // Half a step above the largest, and beyond, is infinite.
            if f.abs() >= 65520.0 { best?.1 & 0x8000 | 0x7c00 } else { best?.1 }
        }
        32 => (f as f32).to_bits().into(),
        64 => f.to_bits(),
        _ => return None,
    };
    Some(integer_bits(&raw.into(), size, little))
}

fn character(bits: &[bool], utf: Utf, little: bool) -> Option<char> {
    let unit = |from: usize, size: usize| {
        let bits = bits.get(from..from + size)?;
        Some(number(&reorder(bits, little)) as u32)
    };
    match utf {
        Utf::Utf8 => {
            let bytes = pack(bits);
            let whole = &bytes[..(bits.len() / 8).min(4)];
            (1..=whole.len()).find_map(|n| std::str::from_utf8(&whole[..n]).ok()?.chars().next())
        }
        Utf::Utf16 => {
            let first = unit(0, 16)?;
            let units = [first as u16, unit(16, 16).unwrap_or(0) as u16];
            let n = if (0xd800..0xdc00).contains(&first) { 2 } else { 1 };
            char::decode_utf16(units[..n].iter().copied()).next()?.ok()
        }
        Utf::Utf32 => char::from_u32(unit(0, 32)?),
    }
}
