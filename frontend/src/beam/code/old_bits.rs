//! Building of bitstrings as compilers before OTP 25 wrote it, turned into the instruction that came after.
//!
//! *Old form*: `bs_add` and `bs_utf8_size` add up sizes, one instruction makes room (`bs_init2`, `bs_init_bits`) or
//! appends to a bitstring (`bs_append`, `bs_private_append`), and the segments follow, one instruction each. *Idea*: the
//! instruction that makes room becomes `bs_create_bin` with all segments, which finds out the sizes itself; those that
//! followed become nothing, and the sums, which nobody else reads, zero. Numbers of instructions stay what they were.
//! A segment that follows nothing of the kind is left alone and is not lifted.

use super::super::atoms::{AtomIdx, AtomTable};
use super::{ArgSpan, Code, Operand};
use crate::genop::op;

/// An instruction without operands that means nothing.
const NOTHING: u8 = op::FCLEARERROR;

/// One segment: type, number, unit, flags, value, size.
type Segment = [Operand; 6];

/// Rewrites all instructions of the old form.
pub(crate) fn rewrite(code: &mut Code, atoms: &mut AtomTable) {
    let old = [op::BS_INIT2, op::BS_INIT_BITS, op::BS_APPEND, op::BS_PRIVATE_APPEND];
    let mut at = 0;
    while at < code.ops.len() {
        let opcode = code.ops[at].opcode;
        if old.contains(&opcode) {
            at = create(code, atoms, at);
            continue;
        }
        let dst = match (opcode, code.args(&code.ops[at])) {
            (op::BS_ADD, &[.., dst]) | (op::BS_UTF8_SIZE | op::BS_UTF16_SIZE, &[.., dst]) => Some(dst),
            _ => None,
        };
        if let Some(dst) = dst {
            replace(code, at, op::MOVE, &[Operand::Int(0), dst]);
        }
        at += 1;
    }
}

/// Gives the instruction at `at` another meaning.
fn replace(code: &mut Code, at: usize, opcode: u8, args: &[Operand]) {
    let start = code.pool.len() as u32;
    code.pool.extend_from_slice(args);
    code.ops[at].opcode = opcode;
    code.ops[at].args = ArgSpan { start, len: args.len() as u32 };
}

/// Rewrites the instruction at `at` with the segments behind it; gives where to go on.
fn create(code: &mut Code, atoms: &mut AtomTable, at: usize) -> usize {
    let all = Operand::Atom(atoms.intern("all"));
    let mut segments: Vec<Segment> = Vec::new();
    let (fail, live, dst) = match (code.ops[at].opcode, code.args(&code.ops[at])) {
        (op::BS_INIT2 | op::BS_INIT_BITS, &[fail, _, _, live, _, dst]) => (fail, live, dst),
        (op::BS_APPEND, &[fail, _, _, live, unit, bits, _, dst]) => {
            segments.push(segment(atoms, "append", unit, Operand::Atom(AtomIdx::NIL), bits, all));
            (fail, live, dst)
        }
        (op::BS_PRIVATE_APPEND, &[fail, _, unit, bits, _, dst]) => {
            segments.push(segment(atoms, "private_append", unit, Operand::Atom(AtomIdx::NIL), bits, all));
            // How many registers live is not known here, and not needed.
            (fail, Operand::Unsigned(0), dst)
        }
        _ => return at + 1,
    };
    let mut end = at + 1;
    while let Some(next) = code.ops.get(end) {
        let Some(segment) = put(next.opcode, code.args(next), atoms) else { break };
        segments.push(segment);
        end += 1;
    }
    if segments.is_empty() {
        return at + 1;
    }
    let start = code.pool.len() as u32;
    code.pool.extend(segments.iter().flatten());
    let list = Operand::List(ArgSpan { start, len: 6 * segments.len() as u32 });
    let none = Operand::Unsigned(0);
    replace(code, at, op::BS_CREATE_BIN, &[fail, none, live, Operand::Unsigned(1), dst, list]);
    for put in at + 1..end {
        replace(code, put, NOTHING, &[]);
    }
    end
}

fn segment(
    atoms: &mut AtomTable,
    kind: &str,
    unit: Operand,
    flags: Operand,
    value: Operand,
    size: Operand,
) -> Segment {
    [Operand::Atom(atoms.intern(kind)), Operand::Unsigned(0), unit, flags, value, size]
}

/// The segment that an instruction writes, if it writes one.
fn put(opcode: u8, args: &[Operand], atoms: &mut AtomTable) -> Option<Segment> {
    let kind = match opcode {
        op::BS_PUT_INTEGER => "integer",
        op::BS_PUT_FLOAT => "float",
        op::BS_PUT_BINARY => "binary",
        op::BS_PUT_UTF8 => "utf8",
        op::BS_PUT_UTF16 => "utf16",
        op::BS_PUT_UTF32 => "utf32",
        op::BS_PUT_STRING => "string",
        _ => return None,
    };
    Some(match *args {
        [_, size, unit, flags, value] => segment(atoms, kind, unit, flags, value, size),
        [_, flags, value] => {
            let size = Operand::Atom(atoms.intern("undefined"));
            segment(atoms, kind, Operand::Unsigned(1), flags, value, size)
        }
        [Operand::Unsigned(bytes), string] => {
            let size = i64::try_from(bytes).ok()?;
            segment(
                atoms,
                kind,
                Operand::Unsigned(8),
                Operand::Atom(AtomIdx::NIL),
                string,
                Operand::Int(size),
            )
        }
        _ => return None,
    })
}
