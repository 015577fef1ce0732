//! The opcode table: one row for each generic BEAM opcode.
//!
//! A row is: number, constant, name, operand kinds, first and last release that has it, status.
//!
//! One letter for each operand:
//!
//! | letter | operand |
//! |---|---|
//! | `u` | unsigned number |
//! | `l` `f` | label; `l` may be 0, which means "no label" |
//! | `a` | atom |
//! | `I` `F` `N` | index of an import, of a lambda, of a line |
//! | `d` | x or y register to write |
//! | `c` | x or y register whose object is changed: a match context, a tuple |
//! | `p` | float register |
//! | `s` | x or y register, integer, atom, `[]` or literal |
//! | `S` | like `s`, or a float register |
//! | `D` | like `d`, or a float register |
//! | `A` | number of heap words, or an allocation list |
//! | `t` | any single operand |
//! | `L` | a list of anything |
//! | `H` `Y` | a list of `s`; a list of `d` |
//! | `V` `T` | a list of pairs: value and label; arity and label |
//! | `P` `M` `U` | a list of pairs: `s` and `s`; `s` and `d`; position and `s` |
//! | `*` | not checked |
//!
//! Releases: 25 stands for 25 and older. A last release of 28 means that OTP 29 refuses the opcode; 99 that it is
//! alive. Obsolete rows (0, 0) are refused by all releases from 25 on; they are decoded (so that old files can be
//! looked at) but never lifted.

/// What the lifter does with an opcode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is translated to IR.
    Lifted,
    /// Not yet: lifting a function with it is an error that names the opcode.
    Not,
    /// No supported release has it.
    Obsolete,
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct OpInfo {
    /// Number.
    pub code: u8,
    /// Name as in OTP.
    pub name: &'static str,
    /// One letter for each operand, see the module documentation.
    pub kinds: &'static str,
    /// First release that has it (25: or an older one).
    pub since: u8,
    /// Last release that has it.
    pub until: u8,
    /// What the lifter does.
    pub status: Status,
}

macro_rules! genop {
    ($(($code:literal, $id:ident, $name:literal, $kinds:literal, $since:literal, $until:literal, $status:ident),)*) => {
        /// The opcodes as constants.
        pub mod op {
            $(#[doc = concat!("`", $name, "`")] pub const $id: u8 = $code;)*
        }

        /// The table; row `n` is opcode `n + 1`.
        pub static OPS: &[OpInfo] = &[
            $(OpInfo {
                code: $code, name: $name, kinds: $kinds, since: $since, until: $until, status: Status::$status,
            },)*
        ];
    };
}

/// The row of an opcode.
pub fn info(code: u8) -> Option<&'static OpInfo> {
    OPS.get(usize::from(code).wrapping_sub(1))
}

/// The name of an opcode.
pub fn name(code: u8) -> &'static str {
    info(code).map_or("unknown", |i| i.name)
}

#[rustfmt::skip]
genop! {
    (1, LABEL, "label", "u", 25, 99, Lifted),
    (2, FUNC_INFO, "func_info", "aau", 25, 99, Lifted),
    (3, INT_CODE_END, "int_code_end", "", 25, 99, Lifted),
    (4, CALL, "call", "uf", 25, 99, Lifted),
    (5, CALL_LAST, "call_last", "ufu", 25, 99, Lifted),
    (6, CALL_ONLY, "call_only", "uf", 25, 99, Lifted),
    (7, CALL_EXT, "call_ext", "uI", 25, 99, Lifted),
    (8, CALL_EXT_LAST, "call_ext_last", "uIu", 25, 99, Lifted),
    (9, BIF0, "bif0", "Id", 25, 99, Lifted),
    (10, BIF1, "bif1", "lIsd", 25, 99, Lifted),
    (11, BIF2, "bif2", "lIssd", 25, 99, Lifted),
    (12, ALLOCATE, "allocate", "uu", 25, 99, Lifted),
    (13, ALLOCATE_HEAP, "allocate_heap", "uAu", 25, 99, Lifted),
    (14, ALLOCATE_ZERO, "allocate_zero", "uu", 25, 28, Lifted),
    (15, ALLOCATE_HEAP_ZERO, "allocate_heap_zero", "uAu", 25, 28, Lifted),
    (16, TEST_HEAP, "test_heap", "Au", 25, 99, Lifted),
    (17, INIT, "init", "d", 25, 28, Lifted),
    (18, DEALLOCATE, "deallocate", "u", 25, 99, Lifted),
    (19, RETURN, "return", "", 25, 99, Lifted),
    (20, SEND, "send", "", 25, 99, Lifted),
    (21, REMOVE_MESSAGE, "remove_message", "", 25, 99, Lifted),
    (22, TIMEOUT, "timeout", "", 25, 99, Lifted),
    (23, LOOP_REC, "loop_rec", "fd", 25, 99, Lifted),
    (24, LOOP_REC_END, "loop_rec_end", "f", 25, 99, Lifted),
    (25, WAIT, "wait", "f", 25, 99, Lifted),
    (26, WAIT_TIMEOUT, "wait_timeout", "fs", 25, 99, Lifted),
    (27, M_PLUS, "m_plus", "****", 0, 0, Obsolete),
    (28, M_MINUS, "m_minus", "****", 0, 0, Obsolete),
    (29, M_TIMES, "m_times", "****", 0, 0, Obsolete),
    (30, M_DIV, "m_div", "****", 0, 0, Obsolete),
    (31, INT_DIV, "int_div", "****", 0, 0, Obsolete),
    (32, INT_REM, "int_rem", "****", 0, 0, Obsolete),
    (33, INT_BAND, "int_band", "****", 0, 0, Obsolete),
    (34, INT_BOR, "int_bor", "****", 0, 0, Obsolete),
    (35, INT_BXOR, "int_bxor", "****", 0, 0, Obsolete),
    (36, INT_BSL, "int_bsl", "****", 0, 0, Obsolete),
    (37, INT_BSR, "int_bsr", "****", 0, 0, Obsolete),
    (38, INT_BNOT, "int_bnot", "***", 0, 0, Obsolete),
    (39, IS_LT, "is_lt", "lss", 25, 99, Lifted),
    (40, IS_GE, "is_ge", "lss", 25, 99, Lifted),
    (41, IS_EQ, "is_eq", "lss", 25, 99, Lifted),
    (42, IS_NE, "is_ne", "lss", 25, 99, Lifted),
    (43, IS_EQ_EXACT, "is_eq_exact", "lss", 25, 99, Lifted),
    (44, IS_NE_EXACT, "is_ne_exact", "lss", 25, 99, Lifted),
    (45, IS_INTEGER, "is_integer", "ls", 25, 99, Lifted),
    (46, IS_FLOAT, "is_float", "ls", 25, 99, Lifted),
    (47, IS_NUMBER, "is_number", "ls", 25, 99, Lifted),
    (48, IS_ATOM, "is_atom", "ls", 25, 99, Lifted),
    (49, IS_PID, "is_pid", "ls", 25, 99, Lifted),
    (50, IS_REFERENCE, "is_reference", "ls", 25, 99, Lifted),
    (51, IS_PORT, "is_port", "ls", 25, 99, Lifted),
    (52, IS_NIL, "is_nil", "ls", 25, 99, Lifted),
    (53, IS_BINARY, "is_binary", "ls", 25, 99, Lifted),
    (54, IS_CONSTANT, "is_constant", "**", 0, 0, Obsolete),
    (55, IS_LIST, "is_list", "ls", 25, 99, Lifted),
    (56, IS_NONEMPTY_LIST, "is_nonempty_list", "ls", 25, 99, Lifted),
    (57, IS_TUPLE, "is_tuple", "ls", 25, 99, Lifted),
    (58, TEST_ARITY, "test_arity", "lsu", 25, 99, Lifted),
    (59, SELECT_VAL, "select_val", "slV", 25, 99, Lifted),
    (60, SELECT_TUPLE_ARITY, "select_tuple_arity", "slT", 25, 99, Lifted),
    (61, JUMP, "jump", "f", 25, 99, Lifted),
    (62, CATCH, "catch", "df", 25, 99, Lifted),
    (63, CATCH_END, "catch_end", "d", 25, 99, Lifted),
    (64, MOVE, "move", "sd", 25, 99, Lifted),
    (65, GET_LIST, "get_list", "sdd", 25, 99, Lifted),
    (66, GET_TUPLE_ELEMENT, "get_tuple_element", "sud", 25, 99, Lifted),
    (67, SET_TUPLE_ELEMENT, "set_tuple_element", "scu", 25, 99, Lifted),
    (68, PUT_STRING, "put_string", "***", 0, 0, Obsolete),
    (69, PUT_LIST, "put_list", "ssd", 25, 99, Lifted),
    (70, PUT_TUPLE, "put_tuple", "**", 0, 0, Obsolete),
    (71, PUT, "put", "*", 0, 0, Obsolete),
    (72, BADMATCH, "badmatch", "s", 25, 99, Lifted),
    (73, IF_END, "if_end", "", 25, 99, Lifted),
    (74, CASE_END, "case_end", "s", 25, 99, Lifted),
    (75, CALL_FUN, "call_fun", "u", 25, 99, Lifted),
    (76, MAKE_FUN, "make_fun", "***", 0, 0, Obsolete),
    (77, IS_FUNCTION, "is_function", "ls", 25, 99, Lifted),
    (78, CALL_EXT_ONLY, "call_ext_only", "uI", 25, 99, Lifted),
    (79, BS_START_MATCH, "bs_start_match", "**", 0, 0, Obsolete),
    (80, BS_GET_INTEGER, "bs_get_integer", "*****", 0, 0, Obsolete),
    (81, BS_GET_FLOAT, "bs_get_float", "*****", 0, 0, Obsolete),
    (82, BS_GET_BINARY, "bs_get_binary", "*****", 0, 0, Obsolete),
    (83, BS_SKIP_BITS, "bs_skip_bits", "****", 0, 0, Obsolete),
    (84, BS_TEST_TAIL, "bs_test_tail", "**", 0, 0, Obsolete),
    (85, BS_SAVE, "bs_save", "*", 0, 0, Obsolete),
    (86, BS_RESTORE, "bs_restore", "*", 0, 0, Obsolete),
    (87, BS_INIT, "bs_init", "**", 0, 0, Obsolete),
    (88, BS_FINAL, "bs_final", "**", 0, 0, Obsolete),
    (89, BS_PUT_INTEGER, "bs_put_integer", "lsuus", 25, 28, Not),
    (90, BS_PUT_BINARY, "bs_put_binary", "lsuus", 25, 28, Not),
    (91, BS_PUT_FLOAT, "bs_put_float", "lsuus", 25, 28, Not),
    (92, BS_PUT_STRING, "bs_put_string", "uu", 25, 28, Not),
    (93, BS_NEED_BUF, "bs_need_buf", "*", 0, 0, Obsolete),
    (94, FCLEARERROR, "fclearerror", "", 25, 28, Lifted),
    (95, FCHECKERROR, "fcheckerror", "l", 25, 28, Lifted),
    (96, FMOVE, "fmove", "SD", 25, 99, Lifted),
    (97, FCONV, "fconv", "sp", 25, 99, Lifted),
    (98, FADD, "fadd", "lppp", 25, 99, Lifted),
    (99, FSUB, "fsub", "lppp", 25, 99, Lifted),
    (100, FMUL, "fmul", "lppp", 25, 99, Lifted),
    (101, FDIV, "fdiv", "lppp", 25, 99, Lifted),
    (102, FNEGATE, "fnegate", "lpp", 25, 99, Lifted),
    (103, MAKE_FUN2, "make_fun2", "F", 25, 28, Lifted),
    (104, TRY, "try", "df", 25, 99, Lifted),
    (105, TRY_END, "try_end", "d", 25, 99, Lifted),
    (106, TRY_CASE, "try_case", "d", 25, 99, Lifted),
    (107, TRY_CASE_END, "try_case_end", "s", 25, 99, Lifted),
    (108, RAISE, "raise", "ss", 25, 99, Lifted),
    (109, BS_INIT2, "bs_init2", "ltAuud", 25, 28, Not),
    (110, BS_BITS_TO_BYTES, "bs_bits_to_bytes", "***", 0, 0, Obsolete),
    (111, BS_ADD, "bs_add", "lssud", 25, 28, Not),
    (112, APPLY, "apply", "u", 25, 99, Lifted),
    (113, APPLY_LAST, "apply_last", "uu", 25, 99, Lifted),
    (114, IS_BOOLEAN, "is_boolean", "ls", 25, 99, Lifted),
    (115, IS_FUNCTION2, "is_function2", "lss", 25, 99, Lifted),
    (116, BS_START_MATCH2, "bs_start_match2", "*****", 0, 0, Obsolete),
    (117, BS_GET_INTEGER2, "bs_get_integer2", "lcusuud", 25, 99, Lifted),
    (118, BS_GET_FLOAT2, "bs_get_float2", "lcusuud", 25, 99, Lifted),
    (119, BS_GET_BINARY2, "bs_get_binary2", "lcusuud", 25, 99, Lifted),
    (120, BS_SKIP_BITS2, "bs_skip_bits2", "lcsuu", 25, 99, Lifted),
    (121, BS_TEST_TAIL2, "bs_test_tail2", "lcu", 25, 99, Lifted),
    (122, BS_SAVE2, "bs_save2", "**", 0, 0, Obsolete),
    (123, BS_RESTORE2, "bs_restore2", "**", 0, 0, Obsolete),
    (124, GC_BIF1, "gc_bif1", "luIsd", 25, 99, Lifted),
    (125, GC_BIF2, "gc_bif2", "luIssd", 25, 99, Lifted),
    (126, BS_FINAL2, "bs_final2", "**", 0, 0, Obsolete),
    (127, BS_BITS_TO_BYTES2, "bs_bits_to_bytes2", "**", 0, 0, Obsolete),
    (128, PUT_LITERAL, "put_literal", "**", 0, 0, Obsolete),
    (129, IS_BITSTR, "is_bitstr", "ls", 25, 99, Lifted),
    (130, BS_CONTEXT_TO_BINARY, "bs_context_to_binary", "*", 0, 0, Obsolete),
    (131, BS_TEST_UNIT, "bs_test_unit", "lcu", 25, 28, Lifted),
    (132, BS_MATCH_STRING, "bs_match_string", "lcuu", 25, 99, Lifted),
    (133, BS_INIT_WRITABLE, "bs_init_writable", "", 25, 99, Lifted),
    (134, BS_APPEND, "bs_append", "lsAuusud", 25, 28, Not),
    (135, BS_PRIVATE_APPEND, "bs_private_append", "lsusud", 25, 28, Not),
    (136, TRIM, "trim", "uu", 25, 99, Lifted),
    (137, BS_INIT_BITS, "bs_init_bits", "ltAuud", 25, 28, Not),
    (138, BS_GET_UTF8, "bs_get_utf8", "lcuud", 25, 99, Lifted),
    (139, BS_SKIP_UTF8, "bs_skip_utf8", "lcuu", 25, 99, Lifted),
    (140, BS_GET_UTF16, "bs_get_utf16", "lcuud", 25, 99, Lifted),
    (141, BS_SKIP_UTF16, "bs_skip_utf16", "lcuu", 25, 99, Lifted),
    (142, BS_GET_UTF32, "bs_get_utf32", "lcuud", 25, 99, Lifted),
    (143, BS_SKIP_UTF32, "bs_skip_utf32", "lcuu", 25, 99, Lifted),
    (144, BS_UTF8_SIZE, "bs_utf8_size", "lsd", 25, 28, Not),
    (145, BS_PUT_UTF8, "bs_put_utf8", "lus", 25, 28, Not),
    (146, BS_UTF16_SIZE, "bs_utf16_size", "lsd", 25, 28, Not),
    (147, BS_PUT_UTF16, "bs_put_utf16", "lus", 25, 28, Not),
    (148, BS_PUT_UTF32, "bs_put_utf32", "lus", 25, 28, Not),
    (149, ON_LOAD, "on_load", "", 25, 99, Lifted),
    (150, RECV_MARK, "recv_mark", "f", 25, 28, Lifted),
    (151, RECV_SET, "recv_set", "f", 25, 28, Lifted),
    (152, GC_BIF3, "gc_bif3", "luIsssd", 25, 99, Lifted),
    (153, LINE, "line", "N", 25, 99, Lifted),
    (154, PUT_MAP_ASSOC, "put_map_assoc", "lsduP", 25, 99, Lifted),
    (155, PUT_MAP_EXACT, "put_map_exact", "lsduP", 25, 99, Lifted),
    (156, IS_MAP, "is_map", "ls", 25, 99, Lifted),
    (157, HAS_MAP_FIELDS, "has_map_fields", "lsH", 25, 99, Lifted),
    (158, GET_MAP_ELEMENTS, "get_map_elements", "lsM", 25, 99, Lifted),
    (159, IS_TAGGED_TUPLE, "is_tagged_tuple", "lsua", 25, 99, Lifted),
    (160, BUILD_STACKTRACE, "build_stacktrace", "", 25, 99, Lifted),
    (161, RAW_RAISE, "raw_raise", "", 25, 99, Lifted),
    (162, GET_HD, "get_hd", "sd", 25, 99, Lifted),
    (163, GET_TL, "get_tl", "sd", 25, 99, Lifted),
    (164, PUT_TUPLE2, "put_tuple2", "dH", 25, 99, Lifted),
    (165, BS_GET_TAIL, "bs_get_tail", "cdu", 25, 99, Lifted),
    (166, BS_START_MATCH3, "bs_start_match3", "lsud", 25, 99, Lifted),
    (167, BS_GET_POSITION, "bs_get_position", "cdu", 25, 99, Lifted),
    (168, BS_SET_POSITION, "bs_set_position", "cs", 25, 99, Lifted),
    (169, SWAP, "swap", "dd", 25, 99, Lifted),
    (170, BS_START_MATCH4, "bs_start_match4", "tusd", 25, 99, Lifted),
    (171, MAKE_FUN3, "make_fun3", "FdH", 25, 99, Lifted),
    (172, INIT_YREGS, "init_yregs", "Y", 25, 99, Lifted),
    (173, RECV_MARKER_BIND, "recv_marker_bind", "ss", 25, 99, Lifted),
    (174, RECV_MARKER_CLEAR, "recv_marker_clear", "s", 25, 99, Lifted),
    (175, RECV_MARKER_RESERVE, "recv_marker_reserve", "d", 25, 99, Lifted),
    (176, RECV_MARKER_USE, "recv_marker_use", "s", 25, 99, Lifted),
    (177, BS_CREATE_BIN, "bs_create_bin", "lAuudL", 25, 99, Lifted),
    (178, CALL_FUN2, "call_fun2", "tus", 25, 99, Lifted),
    (179, NIF_START, "nif_start", "", 25, 99, Lifted),
    (180, BADRECORD, "badrecord", "s", 25, 99, Lifted),
    (181, UPDATE_RECORD, "update_record", "ausdU", 26, 99, Lifted),
    (182, BS_MATCH, "bs_match", "lcL", 26, 99, Lifted),
    (183, EXECUTABLE_LINE, "executable_line", "Nu", 27, 99, Lifted),
    (184, DEBUG_LINE, "debug_line", "aNuu", 28, 99, Lifted),
    (185, BIF3, "bif3", "lIsssd", 29, 99, Lifted),
    (186, IS_ANY_NATIVE_RECORD, "is_any_native_record", "ls", 29, 99, Lifted),
    (187, IS_NATIVE_RECORD, "is_native_record", "lsss", 29, 99, Lifted),
    (188, GET_RECORD_ELEMENTS, "get_record_elements", "lsM", 29, 99, Lifted),
    (189, PUT_RECORD, "put_record", "ltsduP", 29, 99, Lifted),
    (190, IS_RECORD_ACCESSIBLE, "is_record_accessible", "lst", 29, 99, Lifted),
    (191, GET_RECORD_FIELD, "get_record_field", "lstsd", 29, 99, Lifted),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_in_order_and_consistent() {
        for (i, row) in OPS.iter().enumerate() {
            assert_eq!(usize::from(row.code), i + 1, "{}", row.name);
            assert_eq!(row.status == Status::Obsolete, row.until == 0, "{}", row.name);
            assert!(row.since <= row.until, "{}", row.name);
            assert!(row.kinds.chars().all(|c| "ulfaIFNdcpsSDAtLHYVTPMU*".contains(c)), "{}", row.name);
        }
        assert_eq!(OPS.len(), 191);
        let obsolete = |release| OPS.iter().filter(|r| r.until < release && r.since <= release).count();
        assert_eq!(obsolete(25), 36);
        assert_eq!(obsolete(29), 59);
    }
}
