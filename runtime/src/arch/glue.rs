//! The part of the glue that is the same for every instruction set: which routines there are and what they call.
//!
//! A target's file defines the macros `argument_glue!` (a routine entered with the x registers in place and a number
//! in the number register), `switching_glue!` (a runtime call after which the process may go on elsewhere) and
//! `leaf_glue!` (one that always comes back), writes `linac_enter` and its kin, and then says `glue_routines!()`.

use crate::process::Process;
use linac_abi::process::ProcessHead;

/// Label and call frame information at the start of a routine of this name, which is given in parts.
macro_rules! glue_prologue {
    ($($part:ident)*) => {
        concat!(
            ".p2align 4\n.globl ",
            $(stringify!($part),)*
            "\n.hidden ",
            $(stringify!($part),)*
            "\n.type ",
            $(stringify!($part),)*
            ", %function\n",
            $(stringify!($part),)*
            ":\n.cfi_startproc\n"
        )
    };
}

/// The end of what `glue_prologue` began.
macro_rules! glue_end {
    ($($part:ident)*) => {
        concat!(".cfi_endproc\n.size ", $(stringify!($part),)* ", . - ", $(stringify!($part),)* "\n")
    };
}

/// One glue routine per row of the table of runtime calls, a check that the Rust function behind it has the right
/// type, the table of addresses that the linker takes, and the entries behind thunks.
macro_rules! glue_table {
    ($($id:ident $name:ident ($args:tt) $kind:ident $ret:ident $doc:literal;)*) => {
        $(glue_row!($id $name ($args) $kind $ret);)*

        unsafe extern "C" {
            $(#[link_name = concat!("linac_rt_", stringify!($name))] fn $name();)*
        }

        /// Addresses of the glue routines, by number of the runtime call.
        pub fn runtime_call_address(call: linac_abi::rtcall::RtCall) -> usize {
            use linac_abi::rtcall::RtCall;
            let routine: unsafe extern "C" fn() = match call { $(RtCall::$id => $name),* };
            routine as usize
        }
    };
}

macro_rules! glue_row {
    (Entry $name:ident $args:tt $kind:ident $ret:ident) => {
        argument_glue!([linac_rt_ entry], rt::entry);
    };
    (TierUp $name:ident $args:tt $kind:ident $ret:ident) => {
        argument_glue!([linac_rt_ tier_up], rt::tier_up);
    };
    ($id:ident $name:ident $args:tt Leaf $ret:ident) => {
        const _: leaf_type!($args $ret) = rt::$name;
        leaf_glue!($id $args, [linac_rt_ $name], rt::$name);
    };
    ($id:ident $name:ident $args:tt $kind:ident $ret:ident) => {
        const _: fn_type!($args crate::arch::Ret) = rt::$name;
        switching_glue!($args, [linac_rt_ $name], rt::$name);
    };
}

macro_rules! leaf_type {
    ($args:tt F64) => { fn_type!($args f64) };
    ($args:tt $ret:ident) => { fn_type!($args usize) };
}

macro_rules! fn_type {
    ((0) $ret:ty) => { unsafe extern "C" fn(*mut crate::process::Process) -> $ret };
    ((1) $ret:ty) => { unsafe extern "C" fn(*mut crate::process::Process, usize) -> $ret };
    ((2) $ret:ty) => { unsafe extern "C" fn(*mut crate::process::Process, usize, usize) -> $ret };
    ((3) $ret:ty) => { unsafe extern "C" fn(*mut crate::process::Process, usize, usize, usize) -> $ret };
    ((4) $ret:ty) => { unsafe extern "C" fn(*mut crate::process::Process, usize, usize, usize, usize) -> $ret };
}

/// All routines but those around `linac_enter`.
macro_rules! glue_routines {
    () => {
        linac_abi::runtime_calls!(glue_table);
        argument_glue!([linac_bif_entry], rt::bif_entry);
        argument_glue!([linac_lazy_entry], rt::lazy_entry);
        argument_glue!([linac_undef_entry], rt::undef_entry);
    };
}

unsafe extern "C" {
    fn linac_enter(process: *mut ProcessHead);
    fn linac_process_exit();
    fn linac_bif_entry();
    fn linac_lazy_entry();
    fn linac_undef_entry();
}

const _: () = assert!(core::mem::offset_of!(Process, head) == 0);
const _: () = assert!(core::mem::size_of::<ProcessHead>() < 128, "the glue uses short offsets");

/// Runs the process from where its head says until it leaves.
///
/// # Safety
/// The process belongs to this thread; its stack ends in [`exit_address`], its head describes a state that
/// [`super::Action::Resume`] can go on from, and its argument area is valid.
pub unsafe fn enter(process: *mut Process) {
    // SAFETY: the caller's promise is the glue's contract.
    unsafe { linac_enter(process.cast()) }
}

/// The return address below every process's outermost frame.
pub fn exit_address() -> usize {
    linac_process_exit as *const () as usize
}

pub(super) fn bif_entry() -> usize {
    linac_bif_entry as *const () as usize
}

pub(super) fn lazy_entry() -> usize {
    linac_lazy_entry as *const () as usize
}

pub(super) fn undef_entry() -> usize {
    linac_undef_entry as *const () as usize
}
