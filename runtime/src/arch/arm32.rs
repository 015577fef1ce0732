//! The glue for arm32 (A32, ARMv7-A with hardware floats), as docs/runtime-abi.md describes it, and the thunks behind
//! entry cells.
//!
//! `r11` is the process, `sp` the Erlang stack (the C stack while in the runtime), `r10` the heap top, `r9` the
//! reductions. A routine first pushes the link register: then the stack looks as on machines whose call instruction does
//! it, and every walk of it begins at a return address.
//!
//! Call frame information is as for x86-64: the steps between the C stack and a stack in the heap are signal frames. The
//! unwinder of the C library reads tables of another kind, in which every routine says that there is no way on.

use crate::rt;
use core::arch::global_asm;
use linac_abi::WordSize;
use linac_abi::process::ProcField;

/// Byte offset of a process field.
const fn at(field: ProcField) -> u32 {
    field.offset(WordSize::HOST)
}

/// Offsets as the CFI expressions below spell them.
const _: () = assert!(at(ProcField::Sp) == 0 && at(ProcField::Cstack) == 12);

/// The start of a routine in A32 code.
macro_rules! arm_prologue {
    ($($part:ident)*) => {
        concat!(".arm\n.cfi_sections .debug_frame\n", glue_prologue!($($part)*), ".fnstart\n.cantunwind\n")
    };
}

/// The end of what `arm_prologue` began.
macro_rules! arm_end {
    ($($part:ident)*) => {
        concat!(".fnend\n", glue_end!($($part)*))
    };
}

/// While on the C stack: CFA = the saved Erlang stack pointer + 4 (`breg11 Sp; deref; plus_uconst 4`), and the return
/// address points into the call instruction, as on x86-64 (`val_expression` of register 14: `CFA; lit4; minus; deref;
/// lit1; minus`).
macro_rules! cfi_on_c_stack {
    () => {
        ".cfi_signal_frame
        .cfi_escape 0x0f, 5, 0x7b, 0x00, 0x06, 0x23, 0x04
        .cfi_escape 0x16, 14, 5, 0x34, 0x1c, 0x06, 0x31, 0x1c\n"
    };
}

/// The fourth argument word of a call, the fifth of the Rust function, goes on the C stack.
macro_rules! push_fourth {
    ((4)) => {
        "str r4, [sp, #-8]!\n"
    };
    (($few:tt)) => {
        ""
    };
}

/// A routine that leaves native code for a Rust function, after which the process may go on elsewhere. `$save` is code
/// that goes before the registers are lost, `$arguments` puts the arguments after the first in place.
macro_rules! leaving_glue {
    ([$($name:ident)*], $rust:path, $save:expr, $arguments:expr $(, $field:ident = $offset:expr)*) => {
        global_asm!(
            concat!(
                arm_prologue!($($name)*),
                "str lr, [sp, #-4]!\n",
                $save,
                "str sp, [r11, #{sp}]
                str r10, [r11, #{htop}]
                str r9, [r11, #{reds}]
                ldr sp, [r11, #{cstack}]\n",
                cfi_on_c_stack!(),
                $arguments,
                "mov r0, r11
                bl {rust}
                b linac_continue\n",
                arm_end!($($name)*),
            ),
            sp = const at(ProcField::Sp),
            htop = const at(ProcField::Htop),
            reds = const at(ProcField::Reds),
            cstack = const at(ProcField::Cstack),
            rust = sym $rust,
            $($field = const at($offset),)*
        );
    };
}

/// A routine entered with the x registers in place and a number in r12: saves all, calls Rust with the number.
macro_rules! argument_glue {
    ([$($name:ident)*], $rust:path) => {
        leaving_glue!(
            [$($name)*],
            $rust,
            "ldr lr, [r11, #{xregs}]
            stm lr, {{r0, r1, r2, r3}}\n",
            "mov r1, r12\n",
            xregs = ProcField::Xregs
        );
    };
}

/// A runtime call after which the process may go on elsewhere.
macro_rules! switching_glue {
    ($args:tt, [$($name:ident)*], $rust:path) => {
        leaving_glue!([$($name)*], $rust, "", push_fourth!($args));
    };
}

/// A runtime call that always comes back.
macro_rules! leaf_glue {
    ($id:ident $args:tt, [$($name:ident)*], $rust:path) => {
        global_asm!(
            concat!(
                arm_prologue!($($name)*),
                "str lr, [sp, #-4]!
                str sp, [r11, #{sp}]
                str r9, [r11, #{reds}]
                ldr sp, [r11, #{cstack}]\n",
                cfi_on_c_stack!(),
                push_fourth!($args),
                "mov r0, r11
                bl {rust}
                ldr sp, [r11, #{sp}]
                ldr r9, [r11, #{reds}]
                ldr pc, [sp], #4\n",
                arm_end!($($name)*),
            ),
            sp = const at(ProcField::Sp),
            reds = const at(ProcField::Reds),
            cstack = const at(ProcField::Cstack),
            rust = sym $rust,
        );
    };
}

glue_routines!();

// Entering native code, the way on after a switching call, and leaving. `linac_enter` takes 104 bytes of the C stack,
// so that it stays aligned to 8: eight floats, nine registers and a gap.
global_asm!(
    concat!(
        arm_prologue!(linac_enter),
        "push {{r4, r5, r6, r7, r8, r9, r10, r11, lr}}
        .cfi_def_cfa_offset 36
        .cfi_offset lr, -4
        .cfi_offset r11, -8
        .cfi_offset r10, -12
        .cfi_offset r9, -16
        .cfi_offset r8, -20
        .cfi_offset r7, -24
        .cfi_offset r6, -28
        .cfi_offset r5, -32
        .cfi_offset r4, -36
        sub sp, sp, #4
        vpush {{d8, d9, d10, d11, d12, d13, d14, d15}}
        .cfi_def_cfa_offset 104
        mov r11, r0
        str sp, [r11, #{cstack}]
        b linac_resume\n",
        arm_end!(linac_enter),
        // On the C stack, r0 = value, r1 = action, r11 = process.
        arm_prologue!(linac_continue),
        cfi_on_c_stack!(),
        "cmp r1, #1
        beq linac_resume
        bhi linac_leave
        ldr sp, [r11, #{sp}]
        ldr r10, [r11, #{htop}]
        ldr r9, [r11, #{reds}]
        ldr pc, [sp], #4\n",
        arm_end!(linac_continue),
        // A function that is jumped to finds the return address in the link register; a landing pad ignores it, and
        // `landing_sp` has seen to it that there is a word to take.
        arm_prologue!(linac_resume),
        cfi_on_c_stack!(),
        "ldr r12, [r11, #{xregs}]
        ldm r12, {{r0, r1, r2, r3}}
        ldr r10, [r11, #{htop}]
        ldr r9, [r11, #{reds}]
        ldr r12, [r11, #{transfer}]
        ldr sp, [r11, #{sp}]
        ldr lr, [sp], #4
        cmp r12, #0
        bxne r12
        bx lr\n",
        arm_end!(linac_resume),
        // On the C stack as linac_enter left it. The outermost Erlang frame returns to linac_process_exit, so the
        // frame information here serves debuggers as the step from the process's stack to the scheduler's
        // (`breg11 Cstack; deref; plus_uconst 104`).
        ".arm
        .p2align 4
        .globl linac_process_exit
        .hidden linac_process_exit
        .type linac_process_exit, %function
        .globl linac_leave
        .hidden linac_leave
        .type linac_leave, %function
        .fnstart
        .cantunwind
        .cfi_startproc
        .cfi_signal_frame
        .cfi_escape 0x0f, 5, 0x7b, 12, 0x06, 0x23, 104
        .cfi_offset lr, -4
        .cfi_offset r11, -8
        .cfi_offset r10, -12
        .cfi_offset r9, -16
        .cfi_offset r8, -20
        .cfi_offset r7, -24
        .cfi_offset r6, -28
        .cfi_offset r5, -32
        .cfi_offset r4, -36
        nop
        linac_process_exit:
        str sp, [r11, #{sp}]
        str r10, [r11, #{htop}]
        str r9, [r11, #{reds}]
        ldr sp, [r11, #{cstack}]
        mov r1, r0
        mov r0, r11
        bl {exit}
        linac_leave:
        ldr sp, [r11, #{cstack}]
        .cfi_def_cfa sp, 104
        vpop {{d8, d9, d10, d11, d12, d13, d14, d15}}
        add sp, sp, #4
        .cfi_def_cfa_offset 36
        pop {{r4, r5, r6, r7, r8, r9, r10, r11, pc}}
        .cfi_endproc
        .fnend
        .size linac_process_exit, . - linac_process_exit
        ",
    ),
    sp = const at(ProcField::Sp),
    htop = const at(ProcField::Htop),
    reds = const at(ProcField::Reds),
    cstack = const at(ProcField::Cstack),
    xregs = const at(ProcField::Xregs),
    transfer = const at(ProcField::Transfer),
    exit = sym rt::process_exit,
);

/// Name of the instruction set in code objects.
pub const TARGET: &str = "arm32";

/// Bytes of a thunk.
pub const THUNK_SIZE: usize = 16;

/// `movw r12, #low; movt r12, #high; ldr pc, [pc, #-4]; .word routine`.
pub(super) fn thunk_code(number: u32, routine: usize) -> [u8; THUNK_SIZE] {
    let wide = |base: u32, half: u32| base | (half >> 12) << 16 | half & 0xFFF;
    let words =
        [wide(0xE300_C000, number & 0xFFFF), wide(0xE340_C000, number >> 16), 0xE51F_F004, routine as u32];
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

/// Features that code objects may ask for, and their bits in the auxiliary vector.
const FEATURES: [(&str, libc::c_ulong); 2] = [("idiv", 1 << 17), ("neon", 1 << 12)];

/// Does this machine have the processor feature of this name in code objects?
pub fn has_feature(name: &str) -> bool {
    // SAFETY: reads a value that the kernel gave to the program.
    let bits = unsafe { libc::getauxval(libc::AT_HWCAP) };
    FEATURES.iter().any(|&(feature, bit)| feature == name && bits & bit != 0)
}

/// Linux's private call for cache maintenance.
const CACHEFLUSH: libc::c_long = 0x0F_0002;

/// Makes code that was written visible to all processors' instruction fetch. Only the kernel may do that here.
///
/// # Safety
/// The range is mapped executable and readable.
pub unsafe fn synchronize(address: usize, len: usize) {
    // SAFETY: cache maintenance changes no memory; the kernel checks the range.
    let failed = unsafe { libc::syscall(CACHEFLUSH, address, address + len, 0) } != 0;
    assert!(!failed, "the kernel refuses to synchronize the caches for {len} bytes of code at {address:#x}");
    super::membarrier::all_threads();
}

/// `mov r0, #7; bx lr`.
#[cfg(test)]
pub const RETURN_7: &[u8] = &[7, 0, 0xA0, 0xE3, 0x1E, 0xFF, 0x2F, 0xE1];
