//! What differs per instruction set: register numbers, relocation types, frame rules. One row per target.

use crate::DebugInfoError;
use gimli::{Register, X86_64};
use linac_abi::object::RelocKind;
use linac_isa::x86_64::abi;
use object::{Architecture, elf};

/// A target as ELF and DWARF see it.
pub(crate) struct Target {
    /// Name, as in [`linac_abi::object::CodeObject::target`].
    pub name: &'static str,
    /// Architecture of the ELF file.
    pub architecture: Architecture,
    /// Bytes of an address.
    pub word: u8,
    /// Alignment of code.
    pub code_align: u64,
    /// DWARF numbers of the general registers, by hardware number.
    pub general: &'static [Register],
    /// DWARF numbers of the floating point registers, by hardware number.
    pub float: &'static [Register],
    /// Hardware numbers of the registers with the first x registers, on entry to a function.
    pub arguments: &'static [u8],
    /// The Erlang stack pointer.
    pub stack: Register,
    /// Points to the process structure.
    pub process: Register,
    /// The column of the return address.
    pub return_address: Register,
    /// Registers that every frame leaves as its caller has them. No other general register survives a call.
    pub pinned: &'static [Register],
    /// Relocation type of a field of the code, if the target has such fields.
    pub reloc: fn(RelocKind) -> Option<elf::RelocationType>,
    /// Relocation types of a 4-byte and an 8-byte address in debug sections.
    pub data_reloc: [elf::RelocationType; 2],
}

const TARGETS: &[Target] = &[Target {
    name: "x86_64",
    architecture: Architecture::X86_64,
    word: 8,
    code_align: 16,
    general: &[
        X86_64::RAX,
        X86_64::RCX,
        X86_64::RDX,
        X86_64::RBX,
        X86_64::RSP,
        X86_64::RBP,
        X86_64::RSI,
        X86_64::RDI,
        X86_64::R8,
        X86_64::R9,
        X86_64::R10,
        X86_64::R11,
        X86_64::R12,
        X86_64::R13,
        X86_64::R14,
        X86_64::R15,
    ],
    float: &[
        X86_64::XMM0,
        X86_64::XMM1,
        X86_64::XMM2,
        X86_64::XMM3,
        X86_64::XMM4,
        X86_64::XMM5,
        X86_64::XMM6,
        X86_64::XMM7,
        X86_64::XMM8,
        X86_64::XMM9,
        X86_64::XMM10,
        X86_64::XMM11,
        X86_64::XMM12,
        X86_64::XMM13,
        X86_64::XMM14,
        X86_64::XMM15,
    ],
    arguments: &argument_numbers(),
    stack: X86_64::RSP,
    process: X86_64::RBX,
    return_address: X86_64::RA,
    pinned: &[X86_64::RBX, X86_64::R14, X86_64::R15],
    reloc: |kind| match kind {
        RelocKind::PcRel32 => Some(elf::R_X86_64_PC32),
        RelocKind::Abs32S => Some(elf::R_X86_64_32S),
        RelocKind::Abs64 => Some(elf::R_X86_64_64),
        _ => None,
    },
    data_reloc: [elf::R_X86_64_32, elf::R_X86_64_64],
}];

const fn argument_numbers() -> [u8; abi::ARGS.len()] {
    let mut numbers = [0; abi::ARGS.len()];
    let mut n = 0;
    while n < numbers.len() {
        numbers[n] = abi::ARGS[n].number();
        n += 1;
    }
    numbers
}

impl Target {
    /// Finds a target by name.
    pub fn find(name: &str) -> Result<&'static Target, DebugInfoError> {
        let found = TARGETS.iter().find(|target| target.name == name);
        found.ok_or_else(|| DebugInfoError::Unsupported(format!("target {name}")))
    }
}
