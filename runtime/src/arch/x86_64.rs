//! The glue for x86-64, exactly as docs/runtime-abi.md describes it, and the thunks behind entry cells.
//!
//! Every routine has call frame information, so that a debugger walks from Rust frames through the glue into Erlang
//! frames and, past the outermost one, back into the scheduler's frames. The steps between the C stack and a stack in
//! the heap are marked as signal frames, which debuggers accept in either direction.

use crate::rt;
use core::arch::global_asm;
use linac_abi::process::ProcField;
use linac_abi::{WordSize, term};

/// Byte offset of a process field.
const fn at(field: ProcField) -> u32 {
    field.offset(WordSize::HOST)
}

/// Offsets as the CFI expressions below spell them.
const _: () = assert!(at(ProcField::Sp) == 0 && at(ProcField::Cstack) == 0x18);

/// While on the C stack: CFA = the saved Erlang stack pointer + 8 (`breg3 Sp; deref; plus_uconst 8`).
macro_rules! cfi_on_c_stack {
    () => {
        ".cfi_escape 0x0f, 5, 0x73, 0x00, 0x06, 0x23, 0x08\n"
    };
}

/// The caller is native code on the Erlang stack.
///
/// Debuggers refuse a caller's frame at a lower address than its callee's unless one of the two is a signal frame. Of a
/// signal frame's caller they take the address as it is, not the one before it as for other calls, which in a
/// call at the end of a function (one that raises) is another function's. So the rule for the return address
/// (`DW_CFA_val_expression` of column 16: `CFA; lit8; minus; deref; lit1; minus`) points into the call instruction.
macro_rules! cfi_called_by_native_code {
    () => {
        ".cfi_signal_frame
        .cfi_escape 0x16, 0x10, 5, 0x38, 0x1c, 0x06, 0x31, 0x1c\n"
    };
}

/// On the Erlang stack, return address on top.
macro_rules! cfi_on_erlang_stack {
    () => {
        ".cfi_def_cfa rsp, 8\n"
    };
}

macro_rules! save_arguments {
    () => {
        "mov r10, [rbx + {xregs}]
        mov [r10], rax
        mov [r10 + 8], rsi
        mov [r10 + 16], rdx
        mov [r10 + 24], rcx
        mov [r10 + 32], r8
        mov [r10 + 40], r9
        "
    };
}

/// A routine that leaves native code for a Rust function, after which the process may go on elsewhere. `$save` is code
/// that goes before the registers are lost, `$arguments` puts the second argument in place.
macro_rules! leaving_glue {
    ([$($name:ident)*], $rust:path, $save:expr, $arguments:expr $(, $field:ident = $offset:expr)*) => {
        global_asm!(
            concat!(
                glue_prologue!($($name)*),
                cfi_called_by_native_code!(),
                $save,
                "mov [rbx + {sp}], rsp
                mov [rbx + {htop}], r15
                mov [rbx + {reds}], r14
                mov rsp, [rbx + {cstack}]\n",
                cfi_on_c_stack!(),
                $arguments,
                "mov rdi, rbx
                call {rust}
                jmp linac_continue\n",
                glue_end!($($name)*),
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

/// A routine entered with the x registers in place and a number in r11: saves all, calls Rust with the number.
macro_rules! argument_glue {
    ([$($name:ident)*], $rust:path) => {
        leaving_glue!(
            [$($name)*], $rust, save_arguments!(), "mov rsi, r11\n", xregs = ProcField::Xregs
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
    (MapGet $args:tt, [$($name:ident)*], $rust:path) => {
        // A key that is an immediate of a flat map: the same word among its keys, without leaving the stack.
        leaf_routine!(
            [$($name)*],
            $rust,
            "mov eax, edx
            and eax, {immediate}
            cmp eax, {immediate}
            jne 5f
            test esi, {not_boxed}
            jnz 5f
            mov rcx, [rsi - {boxed}]
            mov eax, ecx
            and eax, {subtag}
            cmp eax, {flat}
            jne 5f
            mov rdi, [rsi - {boxed} + 8]
            shr rcx, {header_shift}
            mov eax, 1
            2: cmp rax, rcx
            jae 4f
            cmp [rdi + 8*rax - {boxed}], rdx
            je 3f
            add rax, 1
            jmp 2b
            3: mov rax, [rsi + 8*rax + 8 - {boxed}]
            ret
            4: xor eax, eax
            ret
            5:
",
            immediate = const term::TAG_IMMEDIATE,
            not_boxed = const 1,
            boxed = const term::TAG_BOXED,
            subtag = const term::SUBTAG_MASK,
            flat = const term::Subtag::FlatMap.bits(),
            header_shift = const term::HEADER_SHIFT,
        );
    };
    ($id:ident $args:tt, [$($name:ident)*], $rust:path) => {
        leaf_routine!([$($name)*], $rust, "",);
    };
}

/// A leaf call's routine; `$first` is code for the common case in front.
macro_rules! leaf_routine {
    ([$($name:ident)*], $rust:path, $first:expr, $($constant:ident = const $value:expr,)*) => {
        global_asm!(
            concat!(
                glue_prologue!($($name)*),
                cfi_called_by_native_code!(),
                $first,
                "mov [rbx + {sp}], rsp
                mov [rbx + {reds}], r14
                mov rsp, [rbx + {cstack}]\n",
                cfi_on_c_stack!(),
                "mov rdi, rbx
                call {rust}
                mov rsp, [rbx + {sp}]\n",
                cfi_on_erlang_stack!(),
                "mov r14, [rbx + {reds}]
                ret\n",
                glue_end!($($name)*),
            ),
            sp = const at(ProcField::Sp),
            reds = const at(ProcField::Reds),
            cstack = const at(ProcField::Cstack),
            rust = sym $rust,
            $($constant = const $value,)*
        );
    };
}

glue_routines!();

// Entering native code, the way on after a switching call, and leaving.
global_asm!(
    concat!(
        glue_prologue!(linac_enter),
        "push rbp
        .cfi_def_cfa_offset 16
        .cfi_offset rbp, -16
        push rbx
        .cfi_def_cfa_offset 24
        .cfi_offset rbx, -24
        push r12
        .cfi_def_cfa_offset 32
        .cfi_offset r12, -32
        push r13
        .cfi_def_cfa_offset 40
        .cfi_offset r13, -40
        push r14
        .cfi_def_cfa_offset 48
        .cfi_offset r14, -48
        push r15
        .cfi_def_cfa_offset 56
        .cfi_offset r15, -56
        sub rsp, 8
        .cfi_def_cfa_offset 64
        mov rbx, rdi
        mov [rbx + {cstack}], rsp
        jmp linac_resume
        .cfi_endproc
        .size linac_enter, . - linac_enter
        ",
        // On the C stack, rax = value, rdx = action, rbx = process.
        glue_prologue!(linac_continue),
        cfi_called_by_native_code!(),
        cfi_on_c_stack!(),
        "test edx, edx
        jnz 2f
        mov rsp, [rbx + {sp}]
        mov r15, [rbx + {htop}]
        mov r14, [rbx + {reds}]
        ret
        2: cmp edx, 1
        je linac_resume
        jmp linac_leave
        .cfi_endproc
        .size linac_continue, . - linac_continue
        ",
        glue_prologue!(linac_resume),
        cfi_called_by_native_code!(),
        cfi_on_c_stack!(),
        "mov r10, [rbx + {xregs}]
        mov rax, [r10]
        mov rsi, [r10 + 8]
        mov rdx, [r10 + 16]
        mov rcx, [r10 + 24]
        mov r8, [r10 + 32]
        mov r9, [r10 + 40]
        mov r15, [rbx + {htop}]
        mov r14, [rbx + {reds}]
        mov r11, [rbx + {transfer}]
        mov rsp, [rbx + {sp}]
        test r11, r11
        jz 2f
        jmp r11
        2: ret
        .cfi_endproc
        .size linac_resume, . - linac_resume
        ",
        // On the C stack as linac_enter left it. The outermost Erlang frame returns to linac_process_exit, so the
        // frame information here serves debuggers as the step from the process's stack to the scheduler's.
        ".p2align 4
        .globl linac_process_exit
        .hidden linac_process_exit
        .type linac_process_exit, @function
        .globl linac_leave
        .hidden linac_leave
        .cfi_startproc
        .cfi_signal_frame
        .cfi_escape 0x16, 0x10, 5, 0x38, 0x1c, 0x06, 0x31, 0x1c
        .cfi_escape 0x0f, 6, 0x73, 0x18, 0x06, 0x23, 0xc0, 0x00
        .cfi_offset rbp, -16
        .cfi_offset rbx, -24
        .cfi_offset r12, -32
        .cfi_offset r13, -40
        .cfi_offset r14, -48
        .cfi_offset r15, -56
        nop
        linac_process_exit:
        mov [rbx + {sp}], rsp
        mov [rbx + {htop}], r15
        mov [rbx + {reds}], r14
        mov rsp, [rbx + {cstack}]
        mov rdi, rbx
        mov rsi, rax
        call {exit}
        linac_leave:
        add rsp, 8
        .cfi_def_cfa rsp, 56
        pop r15
        .cfi_def_cfa_offset 48
        .cfi_restore r15
        pop r14
        .cfi_def_cfa_offset 40
        .cfi_restore r14
        pop r13
        .cfi_def_cfa_offset 32
        .cfi_restore r13
        pop r12
        .cfi_def_cfa_offset 24
        .cfi_restore r12
        pop rbx
        .cfi_def_cfa_offset 16
        .cfi_restore rbx
        pop rbp
        .cfi_def_cfa_offset 8
        .cfi_restore rbp
        ret
        .cfi_endproc
        .size linac_process_exit, . - linac_process_exit
        "
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
pub const TARGET: &str = "x86_64";

/// Bytes of a thunk.
pub const THUNK_SIZE: usize = 24;

/// `mov r11d, number; jmp [rip+0]; .quad routine`.
pub(super) fn thunk_code(number: u32, routine: usize) -> [u8; THUNK_SIZE] {
    let mut code = [0xCC; THUNK_SIZE];
    code[..2].copy_from_slice(&[0x41, 0xBB]);
    code[2..6].copy_from_slice(&number.to_le_bytes());
    code[6..12].copy_from_slice(&[0xFF, 0x25, 0, 0, 0, 0]);
    code[12..20].copy_from_slice(&(routine as u64).to_le_bytes());
    code
}

/// The stack pointer with which a process resumes at a landing pad of the frame with these slots: the jump there takes
/// nothing from the stack.
pub fn landing_sp(slots: *mut usize) -> usize {
    slots as usize
}

/// Does this machine have the processor feature of this name in code objects?
pub fn has_feature(name: &str) -> bool {
    // Spelled out because the detection macro takes literals only.
    macro_rules! any_of {
        ($($feature:tt)*) => { match name { $($feature => std::is_x86_feature_detected!($feature),)* _ => false } };
    }
    any_of!("sse3" "ssse3" "sse4.1" "sse4.2" "popcnt" "avx" "avx2" "bmi1" "bmi2" "lzcnt" "movbe" "fma")
}

/// Makes code that was written visible to all processors' instruction fetch. Here that is the hardware's business.
///
/// # Safety
/// The range is mapped executable.
pub unsafe fn synchronize(_address: usize, _len: usize) {}

/// `mov eax, 7; ret`.
#[cfg(test)]
pub const RETURN_7: &[u8] = &[0xB8, 7, 0, 0, 0, 0xC3];
