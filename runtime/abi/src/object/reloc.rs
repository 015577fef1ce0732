//! Relocation kinds, in one table: number in files, width, and how the field is filled.
//!
//! Whoever emits code picks a kind, whoever links calls [`RelocKind::apply`]; both ends are this table. With S the
//! symbol's value, A the addend and P the field's own address, a kind says what becomes of `S + A` (and P). Fields that
//! are part of an instruction word keep the word's other bits, so they may be filled more than once.

/// The value does not fit the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DoesNotFit;

type Filled = Result<(), DoesNotFit>;

/// Rows: documentation, name, number in files, bytes of the field, filler of (field, `S + A`, P).
macro_rules! relocations {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $size:literal, $fill:expr;)*) => {
        /// How a relocated field is computed from the symbol's value S, the addend A and the field's own address P.
        /// The discriminants are the numbers in files.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum RelocKind { $($(#[$doc])* $name = $number,)* }

        impl RelocKind {
            /// Every kind.
            pub const ALL: &[RelocKind] = &[$(RelocKind::$name,)*];

            /// Width of the field in bytes.
            pub const fn size(self) -> u32 {
                match self { $(RelocKind::$name => $size,)* }
            }

            /// Fills the field, which must be as long as [`RelocKind::size`] says. `value` is `S + A`, `place` is P.
            pub fn apply(self, field: &mut [u8], value: u64, place: u64) -> Result<(), DoesNotFit> {
                let fill: fn(&mut [u8], u64, u64) -> Filled = match self { $(RelocKind::$name => $fill,)* };
                if field.len() != self.size() as usize {
                    return Err(DoesNotFit);
                }
                fill(field, value, place)
            }
        }
    };
}

relocations! {
    /// `S + A - P`, 32 bits, signed.
    PcRel32 = 0, 4, |field, value, place| signed32(field, value.wrapping_sub(place));
    /// `S + A`, 32 bits, sign-extended by the instruction.
    Abs32S = 1, 4, |field, value, _| signed32(field, value);
    /// `S + A`, 64 bits.
    Abs64 = 2, 8, |field, value, _| put(field, &value.to_le_bytes());
    /// aarch64 `adrp`: pages of 4096 bytes from that of P to that of `S + A`, 21 bits, signed.
    Aarch64Page = 3, 4, |field, value, place| {
        let pages = (value >> 12).wrapping_sub(place >> 12) as i64;
        // Both are 52 bits wide, so the difference is right as it stands.
        if !(-(1 << 20)..1 << 20).contains(&pages) {
            return Err(DoesNotFit);
        }
        let pages = pages as u32;
        bits(field, 0x60FF_FFE0, (pages & 3) << 29 | (pages >> 2 & 0x7_FFFF) << 5)
    };
    /// aarch64 `add`: the place of `S + A` in its page.
    Aarch64Add = 4, 4, |field, value, _| page_offset(field, value, 1);
    /// aarch64 load or store of 4 bytes: the place of `S + A` in its page, a multiple of 4.
    Aarch64Access4 = 5, 4, |field, value, _| page_offset(field, value, 4);
    /// aarch64 load or store of 8 bytes: the place of `S + A` in its page, a multiple of 8.
    Aarch64Access8 = 6, 4, |field, value, _| page_offset(field, value, 8);
    /// aarch64 `movz`, `movk`: bits 0 to 15 of `S + A`, of which there are at most 32.
    Aarch64Move0 = 7, 4, |field, value, _| half(field, value, 0);
    /// aarch64 `movz`, `movk`: bits 16 to 31 of `S + A`, of which there are at most 32.
    Aarch64Move16 = 8, 4, |field, value, _| half(field, value, 16);
    /// A32 `movw`: bits 0 to 15 of `S + A`, of which there are at most 32.
    ArmMovw = 9, 4, |field, value, _| arm_half(field, value, 0);
    /// A32 `movt`: bits 16 to 31 of `S + A`, of which there are at most 32.
    ArmMovt = 10, 4, |field, value, _| arm_half(field, value, 16);
}

fn put(field: &mut [u8], bytes: &[u8]) -> Filled {
    field.copy_from_slice(bytes);
    Ok(())
}

fn signed32(field: &mut [u8], value: u64) -> Filled {
    let narrow = i32::try_from(value as i64).map_err(|_| DoesNotFit)?;
    put(field, &narrow.to_le_bytes())
}

/// Replaces the bits of an instruction word that the mask has.
fn bits(field: &mut [u8], mask: u32, value: u32) -> Filled {
    let word = u32::from_le_bytes(<[u8; 4]>::try_from(&*field).map_err(|_| DoesNotFit)?);
    put(field, &(word & !mask | value & mask).to_le_bytes())
}

fn page_offset(field: &mut [u8], value: u64, unit: u64) -> Filled {
    let offset = value & 0xFFF;
    if !offset.is_multiple_of(unit) {
        return Err(DoesNotFit);
    }
    bits(field, 0xFFF << 10, ((offset / unit) as u32) << 10)
}

fn half(field: &mut [u8], value: u64, shift: u32) -> Filled {
    let value = u32::try_from(value).map_err(|_| DoesNotFit)?;
    bits(field, 0xFFFF << 5, (value >> shift & 0xFFFF) << 5)
}

/// In A32 the 16 bits lie in two parts.
fn arm_half(field: &mut [u8], value: u64, shift: u32) -> Filled {
    let value = u32::try_from(value).map_err(|_| DoesNotFit)? >> shift & 0xFFFF;
    bits(field, 0x000F_0FFF, value >> 12 << 16 | value & 0xFFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(kind: RelocKind, word: u32, value: u64, place: u64) -> Result<u32, DoesNotFit> {
        let mut field = word.to_le_bytes();
        kind.apply(&mut field, value, place)?;
        Ok(u32::from_le_bytes(field))
    }

    #[test]
    fn numbers_are_positions_in_the_table() {
        for (n, kind) in RelocKind::ALL.iter().enumerate() {
            assert_eq!(*kind as usize, n);
        }
    }

    #[test]
    fn distances_fit_or_are_refused() {
        assert_eq!(filled(RelocKind::PcRel32, 0, 0x1000, 0x1004), Ok(-4i32 as u32));
        assert_eq!(filled(RelocKind::PcRel32, 0, 0x8000_0003, 4), Ok(0x7FFF_FFFF));
        assert_eq!(filled(RelocKind::PcRel32, 0, 0x8000_0004, 4), Err(DoesNotFit));
        assert_eq!(filled(RelocKind::Abs32S, 0, u64::MAX, 0), Ok(u32::MAX));
        assert_eq!(filled(RelocKind::Abs32S, 0, 0x8000_0000, 0), Err(DoesNotFit));
        assert_eq!(RelocKind::Abs64.apply(&mut [0; 4], 1, 0), Err(DoesNotFit));
    }

    /// The words are those of `adrp x1, page`, `add x1, x1, #n`, `ldr x1, [x1, #n]`, `ldr w1, [x1, #n]`,
    /// `movz w1, #n` and `movk w1, #n, lsl #16`.
    #[test]
    fn aarch64_fields_keep_the_rest_of_their_word() {
        use RelocKind::{
            Aarch64Access4, Aarch64Access8, Aarch64Add, Aarch64Move0, Aarch64Move16, Aarch64Page,
        };
        let (page, add, load8, load4) = (0x9000_0001, 0x9100_0021, 0xF940_0021, 0xB940_0021);
        assert_eq!(filled(Aarch64Page, page, 0x5123, 0x1FFC), Ok(0x9000_0021));
        assert_eq!(filled(Aarch64Page, page, 0x1000, 0x2004), Ok(0xF0FF_FFE1));
        assert_eq!(filled(Aarch64Page, 0xF0FF_FFE1, 0x5123, 0x1FFC), Ok(0x9000_0021));
        assert_eq!(filled(Aarch64Page, page, 0x1_0000_0000, 0x1000), Ok(0xF07F_FFE1));
        assert_eq!(filled(Aarch64Page, page, 0x1_0000_1000, 0x1000), Err(DoesNotFit));
        assert_eq!(filled(Aarch64Page, page, 0x1000, 0x1_0000_1000), Ok(0x9080_0001));
        assert_eq!(filled(Aarch64Page, page, 0x0FFF, 0x1_0000_1000), Err(DoesNotFit));
        assert_eq!(filled(Aarch64Add, add, 0x5123, 0), Ok(0x9104_8C21));
        assert_eq!(filled(Aarch64Access8, load8, 0x5FF8, 0), Ok(0xF947_FC21));
        assert_eq!(filled(Aarch64Access8, load8, 0x5FFC, 0), Err(DoesNotFit));
        assert_eq!(filled(Aarch64Access4, load4, 0x5FFC, 0), Ok(0xB94F_FC21));
        assert_eq!(filled(Aarch64Move0, 0x5280_0001, 0x1234_5678, 0), Ok(0x528A_CF01));
        assert_eq!(filled(Aarch64Move16, 0x72A0_0001, 0x1234_5678, 0), Ok(0x72A2_4681));
        assert_eq!(filled(Aarch64Move16, 0x72A0_0001, 0x1_0000_0000, 0), Err(DoesNotFit));
    }

    /// The words are those of `movw r1, #n` and `movt r1, #n`.
    #[test]
    fn arm_halves_lie_in_two_parts() {
        use RelocKind::{ArmMovt, ArmMovw};
        assert_eq!(filled(ArmMovw, 0xE300_1000, 0x1234_5678, 0), Ok(0xE305_1678));
        assert_eq!(filled(ArmMovt, 0xE34F_1FFF, 0x1234_5678, 0), Ok(0xE341_1234));
        assert_eq!(filled(ArmMovt, 0xE340_1000, 0xFFFF_FFFF, 0), Ok(0xE34F_1FFF));
        assert_eq!(filled(ArmMovw, 0xE300_1000, 0x1_0000_0000, 0), Err(DoesNotFit));
    }
}
