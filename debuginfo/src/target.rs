//! What differs per instruction set: register numbers, relocation types, frame rules. One row per target.

use crate::DebugInfoError;
use gimli::{AArch64, Arm, Register, X86_64};
use linac_abi::object::RelocKind;
use linac_isa::{aarch64, arm32, x86_64};
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
    /// Is that a register in which calls leave it?
    pub link: bool,
    /// Registers that every frame leaves as its caller has them. No other general register survives a call.
    pub pinned: &'static [Register],
    /// Relocation type of a field of the code, if the target has such fields.
    pub reloc: fn(RelocKind) -> Option<elf::RelocationType>,
    /// Relocation types of a 4-byte and an 8-byte address in debug sections.
    pub data_reloc: [elf::RelocationType; 2],
}

const TARGETS: &[Target] = &[X86, AARCH64, ARM32];

const X86: Target = Target {
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
    arguments: &x86_arguments(),
    stack: X86_64::RSP,
    process: X86_64::RBX,
    return_address: X86_64::RA,
    link: false,
    pinned: &[X86_64::RBX, X86_64::R14, X86_64::R15],
    reloc: |kind| match kind {
        RelocKind::PcRel32 => Some(elf::R_X86_64_PC32),
        RelocKind::Abs32S => Some(elf::R_X86_64_32S),
        RelocKind::Abs64 => Some(elf::R_X86_64_64),
        _ => None,
    },
    data_reloc: [elf::R_X86_64_32, elf::R_X86_64_64],
};

const ARM32: Target = Target {
    name: "arm32",
    architecture: Architecture::Arm,
    word: 4,
    code_align: 16,
    general: &[
        Arm::R0,
        Arm::R1,
        Arm::R2,
        Arm::R3,
        Arm::R4,
        Arm::R5,
        Arm::R6,
        Arm::R7,
        Arm::R8,
        Arm::R9,
        Arm::R10,
        Arm::R11,
        Arm::R12,
        Arm::R13,
        Arm::R14,
        Arm::R15,
    ],
    float: &[
        Arm::D0,
        Arm::D1,
        Arm::D2,
        Arm::D3,
        Arm::D4,
        Arm::D5,
        Arm::D6,
        Arm::D7,
        Arm::D8,
        Arm::D9,
        Arm::D10,
        Arm::D11,
        Arm::D12,
        Arm::D13,
        Arm::D14,
        Arm::D15,
    ],
    arguments: &[
        arm32::abi::ARGS[0].number(),
        arm32::abi::ARGS[1].number(),
        arm32::abi::ARGS[2].number(),
        arm32::abi::ARGS[3].number(),
    ],
    stack: Arm::R13,
    process: Arm::R11,
    return_address: Arm::R14,
    link: true,
    pinned: &[Arm::R9, Arm::R10, Arm::R11],
    reloc: |kind| match kind {
        RelocKind::ArmMovw => Some(elf::R_ARM_MOVW_ABS_NC),
        RelocKind::ArmMovt => Some(elf::R_ARM_MOVT_ABS),
        _ => None,
    },
    // There are no addresses of 8 bytes.
    data_reloc: [elf::R_ARM_ABS32, elf::R_ARM_NONE],
};

const fn x86_arguments() -> [u8; x86_64::abi::ARGS.len()] {
    let mut numbers = [0; x86_64::abi::ARGS.len()];
    let mut n = 0;
    while n < numbers.len() {
        numbers[n] = x86_64::abi::ARGS[n].number();
        n += 1;
    }
    numbers
}

const AARCH64: Target = Target {
    name: "aarch64",
    architecture: Architecture::Aarch64,
    word: 8,
    code_align: 16,
    general: &consecutive::<32>(0),
    float: &consecutive::<32>(AArch64::V0.0),
    arguments: &aarch64_arguments(),
    stack: aarch64_register(aarch64::abi::ESP),
    process: aarch64_register(aarch64::abi::PROC),
    return_address: aarch64_register(aarch64::abi::LINK),
    link: true,
    pinned: &[
        aarch64_register(aarch64::abi::PROC),
        aarch64_register(aarch64::abi::HTOP),
        aarch64_register(aarch64::abi::REDS),
    ],
    reloc: |kind| match kind {
        RelocKind::Aarch64Page => Some(elf::R_AARCH64_ADR_PREL_PG_HI21),
        RelocKind::Aarch64Add => Some(elf::R_AARCH64_ADD_ABS_LO12_NC),
        RelocKind::Aarch64Access4 => Some(elf::R_AARCH64_LDST32_ABS_LO12_NC),
        RelocKind::Aarch64Access8 => Some(elf::R_AARCH64_LDST64_ABS_LO12_NC),
        RelocKind::Aarch64Move0 => Some(elf::R_AARCH64_MOVW_UABS_G0_NC),
        RelocKind::Aarch64Move16 => Some(elf::R_AARCH64_MOVW_UABS_G1),
        RelocKind::Abs64 => Some(elf::R_AARCH64_ABS64),
        _ => None,
    },
    data_reloc: [elf::R_AARCH64_ABS32, elf::R_AARCH64_ABS64],
};

/// The DWARF number of a general register is its own.
const fn aarch64_register(reg: aarch64::regs::Reg) -> Register {
    Register(reg.number() as u16)
}

const fn aarch64_arguments() -> [u8; aarch64::abi::ARGS.len()] {
    let mut numbers = [0; aarch64::abi::ARGS.len()];
    let mut n = 0;
    while n < numbers.len() {
        numbers[n] = aarch64::abi::ARGS[n].number();
        n += 1;
    }
    numbers
}

/// Registers whose DWARF numbers follow each other.
const fn consecutive<const N: usize>(first: u16) -> [Register; N] {
    let mut registers = [Register(first); N];
    let mut n = 0;
    while n < N {
        registers[n] = Register(first + n as u16);
        n += 1;
    }
    registers
}

impl Target {
    /// Finds a target by name.
    pub fn find(name: &str) -> Result<&'static Target, DebugInfoError> {
        let found = TARGETS.iter().find(|target| target.name == name);
        found.ok_or_else(|| DebugInfoError::Unsupported(format!("target {name}")))
    }
}
