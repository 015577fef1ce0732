//! MD5, CRC-32 and Adler-32, in steps.
//!
//! The data is flattened first, which is a copy; the sums go over it in slices between which others run.

use super::iolists::iolist_bytes;
use super::terms::index;
use super::{BADARG, Outcome};
use crate::process::Process;
use linac_core::binary::Bits;
use linac_core::number::to_i64;
use linac_core::{Build, Term};

type Out = Result<Term, Term>;

/// Bytes in one step.
const SLICE: usize = 1 << 18;

/// Goes over the data in steps, then makes the result.
fn sum<S: Copy + Send + 'static>(
    p: &mut Process,
    data: Vec<u8>,
    from: usize,
    state: S,
    add: fn(S, &[u8]) -> S,
    finish: fn(&mut Process, S) -> Outcome,
) -> Outcome {
    let end = data.len().min(from + SLICE);
    let state = add(state, &data[from..end]);
    if end == data.len() {
        return finish(p, state);
    }
    Outcome::Yield(Box::new(move |p| sum(p, data, end, state, add, finish)))
}

// MD5.

/// The MD5 digest of these pieces in a row.
pub fn md5_of<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> [u8; 16] {
    pieces.into_iter().fold(Md5::START, Md5::add).digest()
}

/// What MD5 has taken in so far.
#[derive(Clone, Copy)]
struct Md5 {
    state: [u32; 4],
    /// Bytes taken in.
    length: u64,
    /// The block that is not full yet.
    block: [u8; 64],
}

/// Rotations of each round's four steps.
const ROTATIONS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];

/// The constants of the 64 steps: the integer parts of 2^32 times the sine of the step's number.
fn sines() -> &'static [u32; 64] {
    static TABLE: std::sync::OnceLock<[u32; 64]> = std::sync::OnceLock::new();
    TABLE.get_or_init(|| std::array::from_fn(|i| (((i + 1) as f64).sin().abs() * 4_294_967_296.0) as u32))
}

impl Md5 {
    const START: Md5 =
        Md5 { state: [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476], length: 0, block: [0; 64] };

    fn rounds(&mut self, block: &[u8; 64]) {
        let word = |i: usize| u32::from_le_bytes(std::array::from_fn(|k| block[4 * i + k]));
        let words: [u32; 16] = std::array::from_fn(word);
        let sines = sines();
        let [mut a, mut b, mut c, mut d] = self.state;
        for step in 0..64 {
            let round = step / 16;
            let (mix, at) = match round {
                0 => ((b & c) | (!b & d), step),
                1 => ((b & d) | (c & !d), (5 * step + 1) % 16),
                2 => (b ^ c ^ d, (3 * step + 5) % 16),
                _ => (c ^ (b | !d), (7 * step) % 16),
            };
            let sum = a.wrapping_add(mix).wrapping_add(words[at]).wrapping_add(sines[step]);
            a = d;
            d = c;
            c = b;
            b = b.wrapping_add(sum.rotate_left(ROTATIONS[round][step % 4]));
        }
        for (word, more) in self.state.iter_mut().zip([a, b, c, d]) {
            *word = word.wrapping_add(more);
        }
    }

    fn add(mut self, mut data: &[u8]) -> Md5 {
        while !data.is_empty() {
            let filled = (self.length % 64) as usize;
            let n = data.len().min(64 - filled);
            self.block[filled..filled + n].copy_from_slice(&data[..n]);
            self.length += n as u64;
            data = &data[n..];
            if self.length.is_multiple_of(64) {
                let block = self.block;
                self.rounds(&block);
            }
        }
        self
    }

    fn digest(self) -> [u8; 16] {
        let bits = (self.length * 8).to_le_bytes();
        let padding = 1 + (119 - (self.length % 64) as usize) % 64;
        let mut end = vec![0; padding];
        end[0] = 0x80;
        end.extend(bits);
        let state = self.add(&end).state;
        std::array::from_fn(|i| state[i / 4].to_le_bytes()[i % 4])
    }

    /// The context as a binary: state, bits taken in, block.
    fn context(self) -> [u8; 88] {
        let mut bytes = [0; 88];
        for (place, word) in bytes.chunks_exact_mut(4).zip(self.state) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        bytes[16..24].copy_from_slice(&(self.length * 8).to_le_bytes());
        bytes[24..].copy_from_slice(&self.block);
        bytes
    }

    fn of_context(t: Term) -> Option<Md5> {
        let bytes: [u8; 88] = Bits::of(t).filter(|bits| bits.is_binary())?.to_vec().try_into().ok()?;
        let word = |i: usize| u32::from_le_bytes(std::array::from_fn(|k| bytes[4 * i + k]));
        let length = (u64::from(word(5)) << 32 | u64::from(word(4))) / 8;
        Some(Md5 { state: std::array::from_fn(word), length, block: std::array::from_fn(|i| bytes[24 + i]) })
    }
}

fn small_binary(p: &mut Process, bytes: &[u8]) -> Outcome {
    let made = super::convert::make_binary(p, bytes);
    super::outcome(p, made)
}

fn md5(p: &mut Process, a: &[Term]) -> Outcome {
    match iolist_bytes(a[0]) {
        Some(data) => sum(p, data, 0, Md5::START, Md5::add, |p, sum| small_binary(p, &sum.digest())),
        None => Outcome::error(p, BADARG),
    }
}

fn md5_init(p: &mut Process, _: &[Term]) -> Out {
    super::convert::make_binary(p, &Md5::START.context())
}

fn md5_update(p: &mut Process, a: &[Term]) -> Outcome {
    match (Md5::of_context(a[0]), iolist_bytes(a[1])) {
        (Some(sum_before), Some(data)) => {
            sum(p, data, 0, sum_before, Md5::add, |p, sum| small_binary(p, &sum.context()))
        }
        _ => Outcome::error(p, BADARG),
    }
}

fn md5_final(p: &mut Process, a: &[Term]) -> Out {
    let sum = Md5::of_context(a[0]).ok_or(BADARG)?;
    super::convert::make_binary(p, &sum.digest())
}

// CRC-32.

/// The generator polynomial, lowest power in the highest bit.
const POLYNOMIAL: u32 = 0xEDB8_8320;

/// What a byte adds to the sum, by the number of bytes that follow it.
static CRC_TABLES: [[u32; 256]; 8] = {
    let mut tables = [[0; 256]; 8];
    let mut i = 0;
    while i < 256 {
        let (mut value, mut bit) = (i as u32, 0);
        while bit < 8 {
            value = if value & 1 == 0 { value >> 1 } else { value >> 1 ^ POLYNOMIAL };
            bit += 1;
        }
        tables[0][i] = value;
        i += 1;
    }
    let mut place = 1;
    while place < 8 {
        let mut i = 0;
        while i < 256 {
            let before = tables[place - 1][i];
            tables[place][i] = before >> 8 ^ tables[0][(before & 0xFF) as usize];
            i += 1;
        }
        place += 1;
    }
    tables
};

/// CRC-32 of bytes.
pub fn crc32_of(data: &[u8]) -> u32 {
    crc_add(0, data)
}

/// Eight bytes at a time: each has a table for the place that it is in.
fn crc_add(crc: u32, data: &[u8]) -> u32 {
    let (eights, rest) = data.as_chunks::<8>();
    let crc = eights.iter().fold(!crc, |crc, eight| {
        let word = u64::from_le_bytes(*eight) ^ u64::from(crc);
        (0..8).fold(0, |sum, place| sum ^ CRC_TABLES[7 - place][(word >> (8 * place) & 0xFF) as usize])
    });
    !rest.iter().fold(crc, |crc, byte| CRC_TABLES[0][((crc ^ u32::from(*byte)) & 0xFF) as usize] ^ crc >> 8)
}

/// The product of two polynomials modulo the generator.
fn crc_times(a: u32, mut b: u32) -> u32 {
    let mut product = 0;
    for bit in (0..32).rev() {
        if a >> bit & 1 == 1 {
            product ^= b;
        }
        b = if b & 1 == 0 { b >> 1 } else { b >> 1 ^ POLYNOMIAL };
    }
    product
}

/// The sum of two pieces of data in a row, from their sums and the length of the second.
fn crc_join(first: u32, second: u32, length: u64) -> u32 {
    // x to the power of 8 * length, by squaring.
    let mut factor = 1 << 31;
    let mut square = 1 << (31 - 8);
    let mut left = length;
    while left != 0 {
        if left & 1 == 1 {
            factor = crc_times(factor, square);
        }
        square = crc_times(square, square);
        left >>= 1;
    }
    crc_times(factor, first) ^ second
}

// Adler-32.

const ADLER_MODULUS: u32 = 65521;

fn adler_add(sum: u32, data: &[u8]) -> u32 {
    let (mut a, mut b) = (sum & 0xFFFF, sum >> 16);
    // So many bytes can be added before the sums must be reduced.
    for part in data.chunks(5552) {
        for byte in part {
            a += u32::from(*byte);
            b += a;
        }
        a %= ADLER_MODULUS;
        b %= ADLER_MODULUS;
    }
    b << 16 | a
}

fn adler_join(first: u32, second: u32, length: u64) -> u32 {
    if length == 0 {
        return first;
    }
    let m = u64::from(ADLER_MODULUS);
    let part = |sum: u32| (u64::from(sum & 0xFFFF) % m, u64::from(sum >> 16) % m);
    let ((a1, b1), (a2, b2)) = (part(first), part(second));
    // The second piece's sums began with 1, not with the first's.
    let a = (a1 + a2 + m - 1) % m;
    let b = (b1 + b2 + length % m * (a1 + m - 1)) % m;
    (b << 16 | a) as u32
}

fn sum_argument(t: Term) -> Option<u32> {
    to_i64(t).and_then(|n| u32::try_from(n).ok())
}

/// Length arguments may be of any size that the machine can count to.
fn length_argument(t: Term) -> Option<u64> {
    index(t).ok().map(|n| n as u64)
}

fn number(p: &mut Process, sum: u32) -> Outcome {
    Outcome::Done(p.heap.integer(sum.into()))
}

macro_rules! sums {
    ($($whole:ident $more:ident $join:ident $start:literal $add:ident $joined:ident;)*) => {
        $(fn $whole(p: &mut Process, a: &[Term]) -> Outcome {
            match iolist_bytes(a[0]) {
                Some(data) => sum(p, data, 0, $start, $add, number),
                None => Outcome::error(p, BADARG),
            }
        }
        fn $more(p: &mut Process, a: &[Term]) -> Outcome {
            match (sum_argument(a[0]), iolist_bytes(a[1])) {
                (Some(before), Some(data)) => sum(p, data, 0, before, $add, number),
                _ => Outcome::error(p, BADARG),
            }
        }
        fn $join(p: &mut Process, a: &[Term]) -> Out {
            match (sum_argument(a[0]), sum_argument(a[1]), length_argument(a[2])) {
                (Some(first), Some(second), Some(length)) => {
                    Ok(p.heap.integer($joined(first, second, length).into()))
                }
                _ => Err(BADARG),
            }
        })*
    };
}

sums! {
    crc32 crc32_more crc32_combine 0u32 crc_add crc_join;
    adler32 adler32_more adler32_combine 1u32 adler_add adler_join;
}

bifs! {
    "erlang" "md5" 1 Full md5, "The MD5 digest of I/O data.";
    "erlang" "md5_init" 0 Leaf md5_init, "A context for an MD5 digest in pieces.";
    "erlang" "md5_update" 2 Full md5_update, "A context with more data.";
    "erlang" "md5_final" 1 Leaf md5_final, "The MD5 digest of a context.";
    "erlang" "crc32" 1 Full crc32, "The CRC-32 of I/O data.";
    "erlang" "crc32" 2 Full crc32_more, "The CRC-32 of data that goes on.";
    "erlang" "crc32_combine" 3 Leaf crc32_combine, "The CRC-32 of two pieces in a row.";
    "erlang" "adler32" 1 Full adler32, "The Adler-32 sum of I/O data.";
    "erlang" "adler32" 2 Full adler32_more, "The Adler-32 sum of data that goes on.";
    "erlang" "adler32_combine" 3 Leaf adler32_combine, "The Adler-32 sum of two pieces in a row.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_sums() {
        let hex = |digest: [u8; 16]| digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(hex(Md5::START.add(b"").digest()), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(hex(Md5::START.add(b"message digest").digest()), "f96b697d7cb7938d525a2f31aaf161d0");
        for length in 50..70 {
            let data = vec![b'x'; length];
            let parts = Md5::START.add(&data[..30]).add(&data[30..]);
            assert_eq!(parts.digest(), Md5::START.add(&data).digest());
        }
        assert_eq!(crc_add(0, b"123456789"), 0xCBF4_3926);
        let data: Vec<u8> = (0..100u8).map(|i| i.wrapping_mul(37)).collect();
        for cut in 0..=data.len() {
            let byte_by_byte = data[..cut].iter().fold(0, |sum, byte| crc_add(sum, &[*byte]));
            assert_eq!(crc_add(0, &data[..cut]), byte_by_byte);
        }
        assert_eq!(crc_join(crc_add(0, b"1234"), crc_add(0, b"56789"), 5), 0xCBF4_3926);
        assert_eq!(adler_add(1, b"Wikipedia"), 0x11E6_0398);
        assert_eq!(adler_join(adler_add(1, b"Wiki"), adler_add(1, b"pedia"), 5), 0x11E6_0398);
    }
}
