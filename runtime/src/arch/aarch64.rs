//! The glue for aarch64, as docs/runtime-abi.md describes it, and the thunks behind entry cells.
//!
//! `x19` is the process, `x20` the Erlang stack, `x21` the heap top, `x22` the reductions. `sp` stays the scheduler's C
//! stack all the time, so nothing switches stacks; what is pushed goes to the Erlang stack. A routine first pushes the
//! link register there: then the stack looks as on machines whose call instruction does it, and every walk of it
//! begins at a return address.
//!
//! Call frame information is as for x86-64: the steps between the C stack and a stack in the heap are signal frames.

use crate::rt;
use core::arch::{asm, global_asm};
use linac_abi::WordSize;
use linac_abi::process::ProcField;
use std::sync::OnceLock;

/// Byte offset of a process field.
const fn at(field: ProcField) -> u32 {
    field.offset(WordSize::HOST)
}

/// Pushes the return address on the Erlang stack. CFA = x20 after the return (DWARF register 20, `val_offset` 0), the C
/// stack pointer is the same there, and the return address points into the call instruction, as on x86-64
/// (`val_expression` of register 30: `CFA; lit8; minus; deref; lit1; minus`).
macro_rules! push_return_address {
    () => {
        ".cfi_signal_frame
        str x30, [x20, #-8]!
        .cfi_def_cfa x20, 8
        .cfi_escape 0x14, 20, 0
        .cfi_same_value sp
        .cfi_escape 0x16, 30, 5, 0x38, 0x1c, 0x06, 0x31, 0x1c\n"
    };
}

/// A routine that leaves native code for a Rust function, after which the process may go on elsewhere. `$save` is code
/// that goes before the registers are lost, `$arguments` puts the second argument in place.
macro_rules! leaving_glue {
    ([$($name:ident)*], $rust:path, $save:expr, $arguments:expr $(, $field:ident = $offset:expr)*) => {
        global_asm!(
            concat!(
                glue_prologue!($($name)*),
                push_return_address!(),
                $save,
                "str x20, [x19, #{sp}]
                str x21, [x19, #{htop}]
                str x22, [x19, #{reds}]\n",
                $arguments,
                "mov x0, x19
                bl {rust}
                b linac_continue\n",
                glue_end!($($name)*),
            ),
            sp = const at(ProcField::Sp),
            htop = const at(ProcField::Htop),
            reds = const at(ProcField::Reds),
            rust = sym $rust,
            $($field = const at($offset),)*
        );
    };
}

/// A routine entered with the x registers in place and a number in x16: saves all, calls Rust with the number.
macro_rules! argument_glue {
    ([$($name:ident)*], $rust:path) => {
        leaving_glue!(
            [$($name)*],
            $rust,
            "ldr x17, [x19, #{xregs}]
            stp x0, x1, [x17]
            stp x2, x3, [x17, #16]
            stp x4, x5, [x17, #32]
            stp x6, x7, [x17, #48]\n",
            "mov x1, x16\n",
            xregs = ProcField::Xregs
        );
    };
}

/// A runtime call after which the process may go on elsewhere.
macro_rules! switching_glue {
    ($args:tt, [$($name:ident)*], $rust:path) => {
        leaving_glue!([$($name)*], $rust, "", "");
    };
}

/// A runtime call that always comes back.
macro_rules! leaf_glue {
    ($id:ident $args:tt, [$($name:ident)*], $rust:path) => {
        global_asm!(
            concat!(
                glue_prologue!($($name)*),
                push_return_address!(),
                "str x20, [x19, #{sp}]
                str x22, [x19, #{reds}]
                mov x0, x19
                bl {rust}
                ldr x22, [x19, #{reds}]
                ldr x30, [x20], #8
                ret\n",
                glue_end!($($name)*),
            ),
            sp = const at(ProcField::Sp),
            reds = const at(ProcField::Reds),
            rust = sym $rust,
        );
    };
}

glue_routines!();

/// Bytes that `linac_enter` takes of the C stack.
const SAVED: usize = 160;

// Entering native code, the way on after a switching call, and leaving.
global_asm!(
    concat!(
        glue_prologue!(linac_enter),
        "stp x29, x30, [sp, #-{saved}]!
        .cfi_def_cfa_offset {saved}
        .cfi_offset x29, -160
        .cfi_offset x30, -152
        mov x29, sp
        stp x19, x20, [sp, #16]
        .cfi_offset x19, -144
        .cfi_offset x20, -136
        stp x21, x22, [sp, #32]
        .cfi_offset x21, -128
        .cfi_offset x22, -120
        stp x23, x24, [sp, #48]
        .cfi_offset x23, -112
        .cfi_offset x24, -104
        stp x25, x26, [sp, #64]
        .cfi_offset x25, -96
        .cfi_offset x26, -88
        stp x27, x28, [sp, #80]
        .cfi_offset x27, -80
        .cfi_offset x28, -72
        stp d8, d9, [sp, #96]
        stp d10, d11, [sp, #112]
        stp d12, d13, [sp, #128]
        stp d14, d15, [sp, #144]
        mov x19, x0
        str x29, [x19, #{cstack}]
        b linac_resume\n",
        glue_end!(linac_enter),
        // x0 = value, x1 = action, x19 = process.
        glue_prologue!(linac_continue),
        "cbnz x1, 2f
        ldr x20, [x19, #{sp}]
        ldr x21, [x19, #{htop}]
        ldr x22, [x19, #{reds}]
        ldr x30, [x20], #8
        ret
        2: cmp x1, #1
        b.eq linac_resume
        b linac_leave\n",
        glue_end!(linac_continue),
        // A function that is jumped to finds the return address in the link register; a landing pad ignores it, and
        // `landing_sp` has seen to it that there is a word to take.
        glue_prologue!(linac_resume),
        "ldr x17, [x19, #{xregs}]
        ldp x0, x1, [x17]
        ldp x2, x3, [x17, #16]
        ldp x4, x5, [x17, #32]
        ldp x6, x7, [x17, #48]
        ldr x21, [x19, #{htop}]
        ldr x22, [x19, #{reds}]
        ldr x16, [x19, #{transfer}]
        ldr x20, [x19, #{sp}]
        ldr x30, [x20], #8
        cbz x16, 2f
        br x16
        2: ret\n",
        glue_end!(linac_resume),
        // The outermost Erlang frame returns to linac_process_exit; the frame information here serves debuggers as the
        // step from the process's stack to the scheduler's.
        ".p2align 4
        .globl linac_process_exit
        .hidden linac_process_exit
        .type linac_process_exit, %function
        .globl linac_leave
        .hidden linac_leave
        .type linac_leave, %function
        .cfi_startproc
        .cfi_signal_frame
        .cfi_def_cfa sp, {saved}
        .cfi_offset x29, -160
        .cfi_offset x30, -152
        .cfi_offset x19, -144
        .cfi_offset x20, -136
        .cfi_offset x21, -128
        .cfi_offset x22, -120
        .cfi_offset x23, -112
        .cfi_offset x24, -104
        .cfi_offset x25, -96
        .cfi_offset x26, -88
        .cfi_offset x27, -80
        .cfi_offset x28, -72
        nop
        linac_process_exit:
        str x20, [x19, #{sp}]
        str x21, [x19, #{htop}]
        str x22, [x19, #{reds}]
        mov x1, x0
        mov x0, x19
        bl {exit}
        linac_leave:
        ldp d14, d15, [sp, #144]
        ldp d12, d13, [sp, #128]
        ldp d10, d11, [sp, #112]
        ldp d8, d9, [sp, #96]
        ldp x27, x28, [sp, #80]
        ldp x25, x26, [sp, #64]
        ldp x23, x24, [sp, #48]
        ldp x21, x22, [sp, #32]
        ldp x19, x20, [sp, #16]
        ldp x29, x30, [sp], #{saved}
        .cfi_def_cfa_offset 0
        ret
        .cfi_endproc
        .size linac_process_exit, . - linac_process_exit
        ",
    ),
    saved = const SAVED,
    sp = const at(ProcField::Sp),
    htop = const at(ProcField::Htop),
    reds = const at(ProcField::Reds),
    cstack = const at(ProcField::Cstack),
    xregs = const at(ProcField::Xregs),
    transfer = const at(ProcField::Transfer),
    exit = sym rt::process_exit,
);

/// Name of the instruction set in code objects.
pub const TARGET: &str = "aarch64";

/// Bytes of a thunk.
pub const THUNK_SIZE: usize = 24;

/// `movz w16, #low; movk w16, #high, lsl #16; ldr x17, .+8; br x17; .quad routine`.
pub(super) fn thunk_code(number: u32, routine: usize) -> [u8; THUNK_SIZE] {
    let movz = 0x5280_0010 | (number & 0xFFFF) << 5;
    let movk = 0x72A0_0010 | (number >> 16) << 5;
    let words = [movz, movk, 0x5800_0051, 0xD61F_0220, routine as u32, (routine as u64 >> 32) as u32];
    let mut code = [0; THUNK_SIZE];
    for (bytes, word) in code.chunks_exact_mut(4).zip(words) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    code
}

/// The stack pointer with which a process resumes at a landing pad of the frame with these slots: resuming takes a return
/// address from the stack, which is the one of the call that raised, just below.
pub fn landing_sp(slots: *mut usize) -> usize {
    slots as usize - size_of::<usize>()
}

/// Does this machine have the processor feature of this name in code objects?
pub fn has_feature(name: &str) -> bool {
    // Spelled out because the detection macro takes literals only.
    macro_rules! any_of {
        ($($feature:tt)*) => {
            match name { $($feature => std::arch::is_aarch64_feature_detected!($feature),)* _ => false }
        };
    }
    any_of!("lse" "crc" "fp16" "jsconv")
}

/// Smallest lines of the data and the instruction cache in bytes.
fn line_sizes() -> (usize, usize) {
    static SIZES: OnceLock<(usize, usize)> = OnceLock::new();
    *SIZES.get_or_init(|| {
        let ctr: u64;
        // SAFETY: a read of the cache type register, which Linux allows or emulates.
        unsafe { asm!("mrs {ctr}, ctr_el0", ctr = out(reg) ctr, options(nomem, nostack, preserves_flags)) };
        (4 << (ctr >> 16 & 15), 4 << (ctr & 15))
    })
}

/// Makes code that was written visible to all processors' instruction fetch: writes the data cache's lines back to
/// where instructions come from, drops the instruction caches' lines, and waits for both.
///
/// # Safety
/// The range is mapped executable and readable.
pub unsafe fn synchronize(address: usize, len: usize) {
    let (data, instruction) = line_sizes();
    let end = address + len;
    for line in (address & !(data - 1)..end).step_by(data) {
        // SAFETY: cache maintenance by address changes no memory; the address is mapped.
        unsafe { asm!("dc cvau, {line}", line = in(reg) line, options(nostack, preserves_flags)) };
    }
    // SAFETY: a barrier.
    unsafe { asm!("dsb ish", options(nostack, preserves_flags)) };
    for line in (address & !(instruction - 1)..end).step_by(instruction) {
        // SAFETY: as above.
        unsafe { asm!("ic ivau, {line}", line = in(reg) line, options(nostack, preserves_flags)) };
    }
    // SAFETY: barriers.
    unsafe { asm!("dsb ish", "isb", options(nostack, preserves_flags)) };
    super::membarrier::all_threads();
}

/// `mov w0, #7; ret`.
#[cfg(test)]
pub const RETURN_7: &[u8] = &[0xE0, 0, 0x80, 0x52, 0xC0, 0x03, 0x5F, 0xD6];
