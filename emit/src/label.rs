//! Places in the code, and how an instruction refers to one.
//!
//! A [`Label`] names a place before or after it is known. An instruction that refers to it leaves a field in the
//! bytes and says, through [`LabelUse`], how wide that field is, how far it reaches and how it is written. The buffer
//! fills the field once the place is known, and refuses when it is too far away.

use std::fmt;

/// A place in the code of one buffer, bound or not yet bound.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(u32);
cranelift_entity::entity_impl!(Label, "L");

/// The distance does not fit the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfRange;

/// The detour an ISA with short branches can place within reach of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Veneer<U> {
    /// Bytes the veneer takes, alignment included.
    pub size: u32,
    /// The field inside the veneer that refers to the final target.
    pub inner: U,
    /// Where that field starts within the veneer.
    pub field: u32,
}

/// A kind of reference to a label: one implementation per instruction set, usually a small enum.
///
/// Distances are measured from the first byte of the field; what the hardware measures from (end of instruction, an
/// aligned program counter, ...) is the implementation's business.
pub trait LabelUse: Copy + fmt::Debug + Eq {
    /// Width of the patched field in bytes.
    fn size(self) -> u32;

    /// How far ahead of the field a target may be, in bytes.
    fn max_forward(self) -> u32;

    /// How far behind the field a target may be, in bytes.
    fn max_backward(self) -> u32;

    /// Writes the reference into `field`, whose first byte is at `at`, for a target at `target`.
    ///
    /// Bits of `field` that do not belong to the reference (opcode bits of a fixed-width instruction) stay.
    fn patch(self, field: &mut [u8], at: u32, target: u32) -> Result<(), OutOfRange>;

    /// The veneer that lengthens this use, if the ISA has one. The default says that uses never need one.
    fn veneer(self) -> Option<Veneer<Self>> {
        None
    }

    /// Writes the veneer's instructions (all but the inner field's distance) into `bytes`.
    fn write_veneer(self, _bytes: &mut [u8]) {}
}
