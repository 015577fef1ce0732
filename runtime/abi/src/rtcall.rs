//! Runtime calls: what native code may ask of the runtime, in one table.
//!
//! Native code calls `[data word of the runtime call]` with the process pinned and up to four words in the runtime
//! argument registers; the glue behind it stores the Erlang stack pointer into the process, switches to the C stack
//! and calls the Rust function `fn(&mut Process, a, b, c, d) -> usize`.
//!
//! * [`Kind::Leaf`]: never collects, never switches, never moves the heap top (what it allocates goes to heap
//!   fragments). Values in callee-saved registers survive; no stack map is needed, though a return site is recorded
//!   so that a stack trace can start there.
//! * [`Kind::Safepoint`]: may collect, yield or wait. All registers are lost; the stack map says what lives.
//! * [`Kind::NoReturn`]: raises or exits. Needs a return site (location, landing pad), no live values.

use crate::term::FixedAtom;

/// What a runtime call may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Kind {
    /// Neither collects nor switches nor touches the heap top.
    Leaf,
    /// May collect, yield or wait.
    Safepoint,
    /// Does not come back to the caller.
    NoReturn,
}

/// What the result word is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Returns {
    /// Nothing of interest.
    Nothing,
    /// A term.
    Term,
    /// A term, or NONE with the exception recorded in the process.
    TermOrNone,
    /// 0 or 1.
    Bool,
    /// A raw word, meaning in the doc line.
    Word,
    /// A float in the first float register; NaN or infinite on failure.
    F64,
}

/// The table. Hands its rows to the macro named, so that the runtime can make one glue entry per row from the same
/// text: `Id name (argument words) kind result "meaning";`.
#[macro_export]
macro_rules! runtime_calls {
    ($then:ident) => { $then! {
    Gc gc (1) Safepoint Nothing "Makes room for `a` words between heap top and stack (collecting if need be).";
    Yield yield_ (0) Safepoint Nothing "Reductions are used up: handles signals, gives way to other processes.";
    Entry entry (0) Safepoint Nothing "Function entry slow path: stack too small or reductions used up. Takes the arity in the scratch register and, unlike the others, the x registers: it saves and restores them, and they are its roots.";
    TierUp tier_up (0) Safepoint Nothing "The function's hotness counter ran out; convention of `entry`.";
    Add add (2) Leaf TermOrNone "`a + b`, the general case.";
    Sub sub (2) Leaf TermOrNone "`a - b`.";
    Mul mul (2) Leaf TermOrNone "`a * b`.";
    FDiv fdiv (2) Leaf TermOrNone "`a / b`.";
    IDiv idiv (2) Leaf TermOrNone "`a div b`.";
    IRem irem (2) Leaf TermOrNone "`a rem b`.";
    Neg neg (1) Leaf TermOrNone "`-a`.";
    Band band (2) Leaf TermOrNone "`a band b`.";
    Bor bor (2) Leaf TermOrNone "`a bor b`.";
    Bxor bxor (2) Leaf TermOrNone "`a bxor b`.";
    Bnot bnot (1) Leaf TermOrNone "`bnot a`.";
    Bsl bsl (2) Leaf TermOrNone "`a bsl b`.";
    Bsr bsr (2) Leaf TermOrNone "`a bsr b`.";
    Eq eq (2) Leaf Bool "`a == b`.";
    EqExact eq_exact (2) Leaf Bool "`a =:= b`.";
    Lt lt (2) Leaf Bool "`a < b`.";
    Bif bif (4) Leaf TermOrNone "Calls leaf BIF number `a` with the terms `b`, `c`, `d`.";
    IsFun2 is_fun2 (2) Leaf Bool "`is_function(a, b)`, `b` any term.";
    MapGet map_get (2) Leaf TermOrNone "Value of key `b` in map `a`; NONE without an exception if there is none or `a` is no map.";
    MapPut map_put (3) Leaf TermOrNone "Map `a` with `b` key-value pairs taken from the argument area; `c` = 1: keys must exist.";
    ToF64 to_f64 (1) Leaf F64 "The number `a` as a float; NaN if it is no number or too large.";
    Send send (2) Leaf TermOrNone "Sends message `b` to `a`.";
    RecvPeek recv_peek (0) Leaf TermOrNone "The message under examination; NONE at the end of the queue.";
    RecvRemove recv_remove (0) Leaf Nothing "Takes the message under examination out of the queue.";
    RecvNext recv_next (0) Leaf Nothing "Goes on to the next message.";
    RecvWait recv_wait (0) Safepoint Nothing "Waits for a message beyond the last one examined.";
    RecvWaitTimeout recv_wait_timeout (1) Safepoint Word "As `recv_wait` with a timeout term: 1 = look again, 2 = timed out, 0 = bad timeout (exception recorded).";
    RecvTimeout recv_timeout (0) Leaf Nothing "Ends a receive by timeout: the next one starts at the front.";
    RaiseError raise_error (2) NoReturn Nothing "Raises class error with a reason built from kind `a` (see `ErrorKind`) and term `b`.";
    RaisePending raise_pending (0) NoReturn Nothing "Raises the exception recorded in the process by a fallible call.";
    RaiseRaw raise_raw (3) NoReturn Nothing "Raises class `a`, reason `b` with raw trace `c`; returns badarg if `a` is no class.";
    FunctionClause function_clause (1) NoReturn Nothing "No clause matched; `a` arguments stand in the argument area.";
    BuildStacktrace build_stacktrace (1) Leaf Term "The list form of raw trace `a`.";
    BadFun bad_fun (2) NoReturn Nothing "Raises badfun or badarity for calling `a` with `b` arguments, which stand in the argument area.";
    ApplyResolve apply_resolve (3) Leaf Word "Entry cell of `a:b/c` (`c` raw); 0 if `a` or `b` is no atom.";
    BadApply bad_apply (3) NoReturn Nothing "Raises badarg for applying `a:b` to `c` arguments, which stand in the argument area.";
    MakeFunCell make_fun_cell (1) Leaf Word "Entry cell pointer of lambda number `a` of the running module.";
    BsCreate bs_create (1) Leaf TermOrNone "Bitstring of `a` segments, each three words of the argument area: descriptor, operand, size (see `bits`).";
    BsPart bs_part (3) Leaf Term "The `c` bits of bitstring `a` from position `b` on; positions and sizes are small integers.";
    BsInteger bs_integer (4) Leaf TermOrNone "Integer in the `c` bits of `a` from position `b` on, with flags `d`; NONE if it is beyond the largest.";
    BsFloat bs_float (4) Leaf TermOrNone "Finite float in the `c` bits of `a` from position `b` on, with flags `d`; NONE if there is none.";
    BsUtf bs_utf (4) Leaf TermOrNone "Character of `a` at position `b`, before `c`, in the encoding and byte order of the flags `d`; NONE if there is none.";
    BsEqual bs_equal (3) Leaf Bool "Are the bits of `a` from position `b` on those of bitstring `c`? There are enough.";
    RecordGet record_get (2) Leaf TermOrNone "Value of field `b` (an atom) of the native record `a`; NONE without an exception if it has none.";
    RecordPut record_put (2) Leaf TermOrNone "Copy of the native record `a` with `b` field-value pairs from the argument area.";
    RecordNew record_new (3) Leaf TermOrNone "Native record `b` as module `a` defines it for others, of `c` field-value pairs from the argument area and defaults.";
    UpdateRecord update_record (3) Leaf Term "Copy of tuple `a` with `b` position-value pairs from the argument area; `c` = hint.";
    } };
}

macro_rules! define_calls {
    ($($id:ident $name:ident ($args:literal) $kind:ident $ret:ident $doc:literal;)*) => {
        /// A runtime call. The number is part of the native-code format.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
        #[repr(u16)]
        pub enum RtCall { $(#[doc = $doc] $id),* }

        impl RtCall {
            /// All runtime calls, in order of number.
            pub const ALL: &'static [RtCall] = &[$(RtCall::$id),*];
            /// Name in IR text, dumps and relocations.
            pub const fn name(self) -> &'static str { match self { $(RtCall::$id => stringify!($name)),* } }
            /// Number of argument words.
            pub const fn args(self) -> u8 { match self { $(RtCall::$id => $args),* } }
            /// What it may do.
            pub const fn kind(self) -> Kind { match self { $(RtCall::$id => Kind::$kind),* } }
            /// What it gives back.
            pub const fn returns(self) -> Returns { match self { $(RtCall::$id => Returns::$ret),* } }
        }
    };
}

runtime_calls!(define_calls);

/// What an error raised by compiled code is about. The number is part of the native-code format.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[repr(u8)]
pub enum ErrorKind {
    /// `{badmatch, V}`
    Badmatch = 0,
    /// `{case_clause, V}`
    CaseClause = 1,
    /// `if_clause`
    IfClause = 2,
    /// `{try_clause, V}`
    TryClause = 3,
    /// `{badrecord, V}`
    Badrecord = 4,
    /// `badarith`
    Badarith = 5,
    /// `badarg`
    Badarg = 6,
    /// `{badmap, V}`
    Badmap = 7,
    /// `{badkey, K}`
    Badkey = 8,
    /// `system_limit`
    SystemLimit = 9,
    /// `{badfield, {Record, F}}`
    Badfield = 10,
}

impl ErrorKind {
    /// All kinds with their names in IR text.
    pub const ALL: [(ErrorKind, &'static str); 11] = [
        (ErrorKind::Badmatch, "badmatch"),
        (ErrorKind::CaseClause, "case_clause"),
        (ErrorKind::IfClause, "if_clause"),
        (ErrorKind::TryClause, "try_clause"),
        (ErrorKind::Badrecord, "badrecord"),
        (ErrorKind::Badarith, "badarith"),
        (ErrorKind::Badarg, "badarg"),
        (ErrorKind::Badmap, "badmap"),
        (ErrorKind::Badkey, "badkey"),
        (ErrorKind::SystemLimit, "system_limit"),
        (ErrorKind::Badfield, "badfield"),
    ];

    /// The atom of the reason, and whether the reason is a pair of it and the value in question.
    pub const fn reason(self) -> (FixedAtom, bool) {
        match self {
            ErrorKind::Badmatch => (FixedAtom::Badmatch, true),
            ErrorKind::CaseClause => (FixedAtom::CaseClause, true),
            ErrorKind::IfClause => (FixedAtom::IfClause, false),
            ErrorKind::TryClause => (FixedAtom::TryClause, true),
            ErrorKind::Badrecord => (FixedAtom::Badrecord, true),
            ErrorKind::Badarith => (FixedAtom::Badarith, false),
            ErrorKind::Badarg => (FixedAtom::Badarg, false),
            ErrorKind::Badmap => (FixedAtom::Badmap, true),
            ErrorKind::Badkey => (FixedAtom::Badkey, true),
            ErrorKind::SystemLimit => (FixedAtom::SystemLimit, false),
            ErrorKind::Badfield => (FixedAtom::Badfield, true),
        }
    }
}

/// Argument registers x0.. that travel in CPU registers on x86-64; the others go through the argument area.
pub const X86_64_ARG_REGS: usize = 6;
/// The same on aarch64.
pub const AARCH64_ARG_REGS: usize = 8;
/// The same on arm32.
pub const ARM32_ARG_REGS: usize = 4;
/// Words below the stack pointer that glue may use without a check.
pub const STACK_RESERVE_WORDS: u32 = 8;
/// Reductions a process gets when it is scheduled in.
pub const REDUCTIONS: i64 = 4000;
