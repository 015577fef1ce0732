//! The opcode table: one row per operation.
//!
//! A row gives the mnemonic, the shape of the immediate, the operand and result types, the effects and a doc line.
//! Signatures are strings: `t` term, `w` word or derived or i64, `p` an address (term or derived), `f` f64, `b` bool,
//! `d` derived, `?` any type (the result's is stored with the value), `*` at the end: any number of further terms.
//!
//! *BEAM-level* operations mean what Erlang means by them and know no word size; *core* operations are what is left
//! after `legalize`, and all that an instruction set must lower. Some belong to both.

use core::fmt;

/// Effects of an operation, as a bit set.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct Effects(pub u16);

impl Effects {
    /// None: may be removed, repeated, moved (subject to operands).
    pub const PURE: Effects = Effects(0);
    /// The result may be NONE.
    pub const FALLIBLE: Effects = Effects(1);
    /// Operands may be exchanged.
    pub const COMMUTATIVE: Effects = Effects(1 << 1);
    /// Makes a heap object; before `heapmerge` this implies a heap test.
    pub const ALLOC: Effects = Effects(1 << 2);
    /// Reads memory that others write.
    pub const READ: Effects = Effects(1 << 3);
    /// Writes memory or has an effect visible elsewhere: not removed, not reordered with other such.
    pub const WRITE: Effects = Effects(1 << 4);
    /// May collect, yield or wait: no derived value lives across it.
    pub const SAFEPOINT: Effects = Effects(1 << 5);
    /// Ends a block.
    pub const TERMINATOR: Effects = Effects(1 << 6);
    /// May transfer control to a handler (the instruction may carry one).
    pub const RAISES: Effects = Effects(1 << 7);
    /// Reads the gc epoch: its result depends on where objects are; not moved across a safepoint.
    pub const EPOCH: Effects = Effects(1 << 8);
    /// Exists at the BEAM level; legalize removes it.
    pub const BEAM: Effects = Effects(1 << 9);
    /// Exists after legalize; an instruction set lowers it.
    pub const CORE: Effects = Effects(1 << 10);

    /// All of `other` in `self`?
    pub const fn has(self, other: Effects) -> bool {
        self.0 & other.0 == other.0
    }

    /// Any of `other` in `self`?
    pub const fn any(self, other: Effects) -> bool {
        self.0 & other.0 != 0
    }

    const fn union(list: &[Effects]) -> Effects {
        let mut bits = 0;
        let mut i = 0;
        while i < list.len() {
            bits |= list[i].0;
            i += 1;
        }
        Effects(bits)
    }
}

/// Shape of the immediate part of an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Format {
    /// No immediate.
    None,
    /// A term constant.
    Const,
    /// An integer.
    Int,
    /// A type test.
    Test,
    /// An integer comparison condition.
    IntCond,
    /// A float comparison condition.
    FloatCond,
    /// A function reference.
    Func,
    /// A runtime call.
    Rt,
    /// A frame slot.
    Slot,
    /// An error kind.
    Error,
    /// A BEAM register name.
    Reg,
    /// A field of the process head.
    Field,
    /// The bits of a float.
    F64,
    /// One target.
    Jump,
    /// Two targets: taken if the operand is true, and otherwise.
    Branch,
    /// Keys (constants) with a target each, and a default target last.
    Switch,
}

/// Static information about an opcode.
#[derive(Clone, Copy, Debug)]
pub struct OpInfo {
    /// Spelling in the text form.
    pub name: &'static str,
    /// Shape of the immediate.
    pub format: Format,
    /// Operand types.
    pub args: &'static str,
    /// Result types.
    pub results: &'static str,
    /// Effects.
    pub effects: Effects,
    /// One line of documentation.
    pub doc: &'static str,
}

macro_rules! opcodes {
    ($($id:ident $name:literal $format:ident ($args:literal) -> ($results:literal) [$($eff:ident)*] $doc:literal;)*) => {
        /// An operation.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Opcode { $(#[doc = $doc] $id),* }

        /// The table, by opcode number.
        pub const OPCODES: &[OpInfo] = &[$(OpInfo {
            name: $name, format: Format::$format, args: $args, results: $results,
            effects: Effects::union(&[$(Effects::$eff),*]), doc: $doc,
        }),*];

        impl Opcode {
            /// All opcodes in table order.
            pub const ALL: &'static [Opcode] = &[$(Opcode::$id),*];
        }
    };
}

opcodes! {
// ---- constants, values
    Const "const" Const ("") -> ("t") [BEAM CORE] "A term constant.";
    IsNone "is_none" None ("t") -> ("b") [BEAM CORE] "Is it NONE, the result of a failed operation?";
    AssertTerm "assert_term" None ("t") -> ("t") [BEAM] "The operand, known not to be NONE (placed where a branch has shown it); carries facts.";
    DbgValue "dbg_value" Reg ("?") -> ("") [BEAM CORE] "From here on this BEAM register has this value. Does not keep the value alive.";
// ---- arithmetic on terms: NONE (and the exception recorded) when Erlang would raise badarith
    Add "add" None ("tt") -> ("t") [BEAM FALLIBLE COMMUTATIVE] "`A + B`.";
    Sub "sub" None ("tt") -> ("t") [BEAM FALLIBLE] "`A - B`.";
    Mul "mul" None ("tt") -> ("t") [BEAM FALLIBLE COMMUTATIVE] "`A * B`.";
    FDiv "fdiv" None ("tt") -> ("t") [BEAM FALLIBLE] "`A / B`.";
    IDiv "idiv" None ("tt") -> ("t") [BEAM FALLIBLE] "`A div B`.";
    IRem "irem" None ("tt") -> ("t") [BEAM FALLIBLE] "`A rem B`.";
    Neg "neg" None ("t") -> ("t") [BEAM FALLIBLE] "`-A`.";
    Band "band" None ("tt") -> ("t") [BEAM FALLIBLE COMMUTATIVE] "`A band B`.";
    Bor "bor" None ("tt") -> ("t") [BEAM FALLIBLE COMMUTATIVE] "`A bor B`.";
    Bxor "bxor" None ("tt") -> ("t") [BEAM FALLIBLE COMMUTATIVE] "`A bxor B`.";
    Bnot "bnot" None ("t") -> ("t") [BEAM FALLIBLE] "`bnot A`.";
    Bsl "bsl" None ("tt") -> ("t") [BEAM FALLIBLE] "`A bsl B`.";
    Bsr "bsr" None ("tt") -> ("t") [BEAM FALLIBLE] "`A bsr B`.";
    Bif "bif" Func ("*") -> ("t") [BEAM FALLIBLE READ] "Leaf BIF (at most 3 arguments) that cannot collect; pure but for reading.";
// ---- tests and comparisons
    Is "is" Test ("t") -> ("b") [BEAM] "Type test.";
    IsTupleArity "is_tuple_arity" Int ("t") -> ("b") [BEAM] "Is it a tuple with this many elements?";
    IsFun2 "is_fun2" None ("tt") -> ("b") [BEAM] "`is_function(A, B)`.";
    IsTaggedTuple "is_tagged_tuple" Int ("tt") -> ("b") [BEAM] "Is the first operand a tuple of this size whose first element is the second operand (an atom)?";
    EqExact "eq_exact" None ("tt") -> ("b") [BEAM COMMUTATIVE] "`A =:= B`.";
    Eq "eq" None ("tt") -> ("b") [BEAM COMMUTATIVE] "`A == B`.";
    Lt "lt" None ("tt") -> ("b") [BEAM] "`A < B`.";
    BoolNot "bool_not" None ("b") -> ("b") [BEAM CORE] "Negation.";
    BoolAnd "bool_and" None ("bb") -> ("b") [BEAM CORE COMMUTATIVE] "Conjunction.";
    BoolOr "bool_or" None ("bb") -> ("b") [BEAM CORE COMMUTATIVE] "Disjunction.";
    BoolToTerm "bool_to_term" None ("b") -> ("t") [BEAM] "The atom `true` or `false`.";
// ---- data
    Hd "hd" None ("t") -> ("t") [BEAM] "Head of a value known to be a cons.";
    Tl "tl" None ("t") -> ("t") [BEAM] "Tail of a value known to be a cons.";
    Element "element" Int ("t") -> ("t") [BEAM] "Element (0-based) of a value known to be a tuple with that many.";
    TupleSize "tuple_size" None ("t") -> ("t") [BEAM] "Size of a value known to be a tuple.";
    Cons "cons" None ("tt") -> ("t") [BEAM ALLOC] "`[A | B]`.";
    Tuple "tuple" None ("*") -> ("t") [BEAM ALLOC] "A tuple.";
    MakeFun "make_fun" Func ("*") -> ("t") [BEAM ALLOC] "A fun with these free variables.";
    UpdateRecord "update_record" Int ("t*") -> ("t") [BEAM READ] "Copy of a tuple with elements replaced; operands after the first alternate small constant position (1-based) and value; the immediate is the size.";
    Record "record" None ("t*") -> ("t") [BEAM ALLOC] "A native record of a definition (see `linac_abi::term::RECORD_FIELDS`) and the values of its fields.";
    RecordDef "record_def" None ("t") -> ("t") [BEAM] "The definition, a tuple, of a value known to be a native record.";
    RecordGet "record_get" None ("tt") -> ("t") [BEAM FALLIBLE] "Value of a field (second operand, an atom); NONE, without an exception, if it has none. The first is known to be a native record.";
    RecordPut "record_put" None ("t*") -> ("t") [BEAM FALLIBLE] "Copy of a value known to be a native record with field-value pairs replaced; NONE (badfield) if it lacks one.";
    RecordNew "record_new" None ("tt*") -> ("t") [BEAM FALLIBLE READ] "Native record that the module (first operand) defines for others by the name (second operand), of field-value pairs and defaults; NONE (badrecord, badfield, novalue) if it cannot be made.";
    MapGet "map_get" None ("tt") -> ("t") [BEAM FALLIBLE] "Value of a key (second operand); NONE, without an exception, if it has none. The first is known to be a map.";
    MapPutAssoc "map_put_assoc" None ("t*") -> ("t") [BEAM FALLIBLE] "Map with key-value pairs added or replaced; NONE (badmap) if it is none.";
    MapPutExact "map_put_exact" None ("t*") -> ("t") [BEAM FALLIBLE] "Map with the values of existing keys replaced; NONE (badmap, badkey).";
    ToF64 "to_f64" None ("t") -> ("f") [BEAM CORE] "A number as a float; not finite if it is no number or too large.";
    BoxF64 "box_f64" None ("f") -> ("t") [BEAM ALLOC] "A float term of a finite float.";
    UnboxF64 "unbox_f64" None ("t") -> ("f") [BEAM] "The value of a term known to be a float.";
// ---- bitstrings: positions and sizes in bits, as integers; see docs/ir.md
    BsCreate "bs_create" None ("*") -> ("t") [BEAM FALLIBLE] "A bitstring of segments, each three operands: descriptor (a constant), what it is made of, size.";
    BsStart "bs_start" None ("t") -> ("ttt") [BEAM] "Base, position and end of a value known to be a bitstring: its bits are those of the base from the position to the end.";
    BsLeft "bs_left" None ("tt") -> ("t") [BEAM] "Bits from a position to an end not before it.";
    BsSkip "bs_skip" None ("tt") -> ("t") [BEAM] "The position so many bits on, which is not behind the end.";
    BsPart "bs_part" None ("ttt") -> ("t") [BEAM] "The bitstring in a base, from a position, of so many bits, which are there.";
    BsInteger "bs_integer" Int ("ttt") -> ("t") [BEAM FALLIBLE] "Integer in a base, from a position, of so many bits, which are there; the immediate is the flags. NONE, without an exception, if it is beyond the largest.";
    BsFloat "bs_float" Int ("ttt") -> ("t") [BEAM FALLIBLE] "Float in a base, from a position, of so many bits, which are there; the immediate is the flags. NONE, without an exception, if it is not finite or the size is none of a float.";
    BsUtf "bs_utf" Int ("ttt") -> ("t") [BEAM FALLIBLE] "Character in a base, from a position, before an end; the immediate is encoding and flags. NONE, without an exception, if there is none.";
    BsUtfSize "bs_utf_size" Int ("t") -> ("t") [BEAM] "Bits of a character in the encoding of the flags.";
    BsEqual "bs_equal" None ("ttt") -> ("b") [BEAM] "Are the bits in a base, from a position, those of a bitstring (third operand)? There are enough.";
// ---- floats
    F64Const "f64_const" F64 ("") -> ("f") [BEAM CORE] "A float constant.";
    FAdd "fadd" None ("ff") -> ("f") [BEAM CORE COMMUTATIVE] "Float sum.";
    FSub "fsub" None ("ff") -> ("f") [BEAM CORE] "Float difference.";
    FMul "fmul" None ("ff") -> ("f") [BEAM CORE COMMUTATIVE] "Float product.";
    FDivF "fdivf" None ("ff") -> ("f") [BEAM CORE] "Float quotient; not finite when dividing by zero.";
    FNeg "fneg" None ("f") -> ("f") [BEAM CORE] "Float negation.";
    FIsFinite "f_is_finite" None ("f") -> ("b") [BEAM CORE] "Neither NaN nor infinite?";
    FCmp "fcmp" FloatCond ("ff") -> ("b") [BEAM CORE] "Float comparison.";
// ---- calls
    Call "call" Func ("*") -> ("t") [BEAM CORE READ WRITE SAFEPOINT RAISES] "Calls a function.";
    CallFun "call_fun" None ("t*") -> ("t") [BEAM READ WRITE SAFEPOINT RAISES] "Calls the fun (first operand) with the other operands; raises badfun, badarity.";
    Apply "apply" None ("tt*") -> ("t") [BEAM READ WRITE SAFEPOINT RAISES] "`apply(M, F, [Args..])` with a known number of arguments.";
    CallInd "call_ind" None ("w*") -> ("t") [CORE READ WRITE SAFEPOINT RAISES] "Calls through an entry cell whose address is the first operand.";
    TailCall "tail_call" Func ("*") -> ("") [BEAM CORE READ WRITE TERMINATOR] "Calls in tail position.";
    TailCallFun "tail_call_fun" None ("t*") -> ("") [BEAM READ WRITE TERMINATOR RAISES] "Calls a fun in tail position.";
    TailApply "tail_apply" None ("tt*") -> ("") [BEAM READ WRITE TERMINATOR RAISES] "Applies in tail position.";
    TailCallInd "tail_call_ind" None ("w*") -> ("") [CORE READ WRITE TERMINATOR] "Tail call through an entry cell.";
    Return "return" None ("t") -> ("") [BEAM CORE TERMINATOR] "Returns.";
// ---- control
    Jump "jump" Jump ("") -> ("") [BEAM CORE TERMINATOR] "Goes on at a block.";
    Br "br" Branch ("b") -> ("") [BEAM CORE TERMINATOR] "Goes on at the first target if true, at the second otherwise.";
    Switch "switch" Switch ("t") -> ("") [BEAM CORE TERMINATOR] "Exact comparison with constants (small integers or atoms); the default target comes last.";
    TryEnter "try_enter" Branch ("") -> ("") [BEAM CORE TERMINATOR] "Goes on at the first target; the second is the handler that instructions below may name.";
    Landing "landing" None ("") -> ("ttt") [BEAM CORE] "First in a handler: class, reason, raw stack trace.";
    Unreachable "unreachable" None ("") -> ("") [BEAM CORE TERMINATOR] "Never executed.";
// ---- exceptions
    RaiseError "raise_error" Error ("*") -> ("") [BEAM TERMINATOR RAISES] "Raises an error of this kind about the operand (if it takes one).";
    RaisePending "raise_pending" None ("") -> ("") [BEAM TERMINATOR RAISES] "Raises what the last fallible operation recorded.";
    RaiseRaw "raise_raw" None ("ttt") -> ("t") [BEAM READ WRITE SAFEPOINT RAISES] "Raises class, reason with raw trace; gives the atom badarg if the class is none.";
    FunctionClause "function_clause" None ("*") -> ("") [BEAM TERMINATOR RAISES] "No clause matches these arguments.";
    BuildStacktrace "build_stacktrace" None ("t") -> ("t") [BEAM READ] "List form of a raw stack trace.";
    SlotStore "slot_store" Slot ("?") -> ("") [BEAM CORE WRITE] "Stores into an explicit frame slot.";
    SlotLoad "slot_load" Slot ("") -> ("?") [BEAM CORE READ] "Loads from an explicit frame slot. Never forwarded from a store before a try region.";
// ---- processes
    Send "send" None ("tt") -> ("t") [BEAM READ WRITE FALLIBLE] "`A ! B`; NONE if A is no destination.";
    RecvPeek "recv_peek" None ("") -> ("t") [BEAM READ WRITE FALLIBLE] "The message under examination, or NONE if there is none left.";
    RecvRemove "recv_remove" None ("") -> ("") [BEAM READ WRITE] "Takes the message under examination out.";
    RecvNext "recv_next" None ("") -> ("") [BEAM READ WRITE] "Goes on to the next message.";
    RecvWait "recv_wait" None ("") -> ("") [BEAM READ WRITE SAFEPOINT] "Waits for more messages.";
    RecvWaitTimeout "recv_wait_timeout" None ("t") -> ("w") [BEAM READ WRITE SAFEPOINT] "Waits for more messages or the timeout: 1 = more, 2 = timed out, 0 = bad timeout value (recorded).";
    RecvTimeout "recv_timeout" None ("") -> ("") [BEAM READ WRITE] "Ends a receive by timeout.";
// ---- core: words
    IConst "iconst" Int ("") -> ("w") [CORE BEAM] "A word constant.";
    Bits "bits" None ("t") -> ("d") [CORE EPOCH] "The bits of a term.";
    SmallBits "small_bits" None ("t") -> ("w") [CORE] "The bits of a term known to be an immediate.";
    FromBits "from_bits" None ("w") -> ("t") [CORE] "The term with these bits.";
    WAdd "wadd" None ("ww") -> ("?") [CORE COMMUTATIVE] "Wrapping sum.";
    WSub "wsub" None ("ww") -> ("?") [CORE] "Wrapping difference.";
    WMul "wmul" None ("ww") -> ("?") [CORE COMMUTATIVE] "Wrapping product.";
    WSDiv "wsdiv" None ("ww") -> ("?") [CORE] "Signed quotient; the divisor is neither 0 nor -1.";
    WSRem "wsrem" None ("ww") -> ("?") [CORE] "Signed remainder; the divisor is neither 0 nor -1.";
    WAnd "wand" None ("ww") -> ("?") [CORE COMMUTATIVE] "Bitwise and.";
    WOr "wor" None ("ww") -> ("?") [CORE COMMUTATIVE] "Bitwise or.";
    WXor "wxor" None ("ww") -> ("?") [CORE COMMUTATIVE] "Bitwise exclusive or.";
    WShl "wshl" None ("ww") -> ("?") [CORE] "Shift left; the count is less than the word size.";
    WShr "wshr" None ("ww") -> ("?") [CORE] "Logical shift right.";
    WSar "wsar" None ("ww") -> ("?") [CORE] "Arithmetic shift right.";
    WAddOvf "wadd_ovf" None ("ww") -> ("wb") [CORE COMMUTATIVE] "Sum, and whether it overflowed as signed words.";
    WSubOvf "wsub_ovf" None ("ww") -> ("wb") [CORE] "Difference, and signed overflow.";
    WMulOvf "wmul_ovf" None ("ww") -> ("wb") [CORE COMMUTATIVE] "Product, and signed overflow.";
    ICmp "icmp" IntCond ("ww") -> ("b") [CORE BEAM] "Word comparison.";
    Select "select" None ("b??") -> ("?") [CORE] "Second operand if true, third otherwise.";
    BoolToWord "bool_to_word" None ("b") -> ("w") [CORE] "1 or 0.";
    IToF "i_to_f" None ("w") -> ("f") [CORE] "Signed word as a float.";
    FToBits "f_to_bits" None ("f") -> ("?") [CORE] "The bits of a float as an i64 (a word on 64-bit targets).";
    FFromBits "f_from_bits" None ("w") -> ("f") [CORE] "The float with these bits.";
// ---- core: memory
    Load "load" Int ("p") -> ("?") [CORE READ EPOCH] "Loads from address + immediate bytes. The address may be a term (tag included in the immediate).";
    LoadConst "load_const" Int ("p") -> ("?") [BEAM CORE] "As load, from an immutable field (elements of tuples and conses, headers): may be repeated and forwarded.";
    LoadU8 "load_u8" Int ("p") -> ("w") [CORE EPOCH] "Loads a byte of a bitstring. Like the three below: zero-extended, of any alignment, from what never changes.";
    LoadU16 "load_u16" Int ("p") -> ("w") [CORE EPOCH] "Loads two bytes, the first one least significant.";
    LoadU32 "load_u32" Int ("p") -> ("w") [CORE EPOCH] "Loads four bytes.";
    LoadU64 "load_u64" Int ("p") -> ("w") [CORE EPOCH] "Loads eight bytes (64-bit targets).";
    WSwap "wswap" Int ("w") -> ("w") [CORE] "The lowest 2, 4 or 8 bytes (the immediate) in reverse order; the others are 0, before and after.";
    Store "store" Int ("p?") -> ("") [CORE WRITE] "Stores the second operand at address + immediate bytes.";
    HeapTest "heap_test" Int ("") -> ("") [BEAM CORE WRITE SAFEPOINT] "Makes sure of room for this many words.";
    Alloc "alloc" Int ("") -> ("d") [CORE WRITE EPOCH] "Address of this many fresh words, covered by the last heap test.";
    TagPtr "tag_ptr" Int ("d") -> ("t") [CORE] "The term that is this address with this primary tag.";
    ProcLoad "proc_load" Field ("") -> ("?") [CORE READ] "Loads a field of the process head.";
    ProcStore "proc_store" Field ("?") -> ("") [CORE WRITE] "Stores a field of the process head.";
    ArgStore "arg_store" Int ("t") -> ("") [CORE WRITE] "Stores word n of the argument area.";
    FunCell "fun_cell" Func ("") -> ("w") [CORE] "Address of a function's or lambda's entry cell.";
    BifNumber "bif_number" Func ("") -> ("w") [CORE] "Number by which the runtime knows a BIF.";
// ---- core: runtime
    RtCall "rt_call" Rt ("*") -> ("?") [CORE READ WRITE] "Leaf runtime call; the result has the type of the row.";
    RtSafepoint "rt_safepoint" Rt ("*") -> ("?") [CORE READ WRITE SAFEPOINT RAISES] "Runtime call that is a safepoint.";
    RtNoReturn "rt_noreturn" Rt ("*") -> ("") [CORE READ WRITE TERMINATOR RAISES] "Runtime call that does not come back.";
    RedsDec "reds_dec" None ("") -> ("b") [CORE WRITE] "Takes one reduction; true if none are left (loop back edges).";
    HeapFull "heap_full" Int ("") -> ("b") [CORE READ] "Is there less room than this many words?";
}

impl Opcode {
    /// The opcode's row in the table.
    pub fn info(self) -> &'static OpInfo {
        &OPCODES[self as usize]
    }

    /// Effects of the opcode.
    pub fn effects(self) -> Effects {
        self.info().effects
    }

    /// Does it end a block?
    pub fn is_terminator(self) -> bool {
        self.effects().has(Effects::TERMINATOR)
    }

    /// May it be removed when its results are unused?
    pub fn is_removable(self) -> bool {
        !self.effects().any(Effects::union(&[Effects::WRITE, Effects::TERMINATOR, Effects::SAFEPOINT]))
            && self != Opcode::DbgValue
            && self != Opcode::Landing
    }

    /// Finds an opcode by its mnemonic.
    pub fn from_name(name: &str) -> Option<Opcode> {
        Opcode::ALL.iter().copied().find(|op| op.info().name == name)
    }
}

impl fmt::Display for Opcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.info().name)
    }
}
