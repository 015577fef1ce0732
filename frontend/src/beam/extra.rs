//! Chunks of OTP 28 and 29 that borrow the encoding of instructions: DbgB (debug information) and Recs (records).

use super::atoms::{AtomIdx, AtomTable};
use super::code::{self, Code, Limits, Operand};
use super::literal::Literals;
use super::reader::{Reader, Result};
use crate::genop::op;

/// What is known at one `debug_line` instruction.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct DebugItem {
    /// Size of the frame: a number, the atom `entry`, or `[]` if there is no frame.
    pub frame: Option<Operand>,
    /// Variables: name (a literal, atom or, for arguments, a number) and place or value.
    pub variables: Vec<(Operand, Operand)>,
    /// Calls on the line, as encoded.
    pub calls: Vec<Operand>,
}

/// Decodes DbgB. Versions other than 1 give no items.
pub(crate) fn debug_items(
    mut r: Reader<'_>,
    limits: &Limits<'_>,
    literals: &mut Literals,
) -> Result<Vec<DebugItem>> {
    if r.u32()? != 1 {
        return Ok(Vec::new());
    }
    let count = r.count32(3)?;
    r.u32()?; // Number of terms: only a hint.
    let mut items: Vec<DebugItem> = Vec::new();
    while !r.is_empty() {
        let at = r.offset();
        if r.u8()? != op::CALL {
            return Err(r.bad_at(at, "expected an item"));
        }
        let mut scratch = Code::default();
        let args = code::loose_op(&mut r, limits, literals, &mut scratch, 2)?;
        match (args[0], args[1]) {
            (Operand::Unsigned(0), frame) if !matches!(frame, Operand::List(_)) => {
                items.push(DebugItem { frame: Some(frame), ..DebugItem::default() })
            }
            (Operand::Unsigned(1), Operand::List(span)) if span.len() % 2 == 0 && !items.is_empty() => {
                let pairs = scratch.list(span).chunks_exact(2).map(|p| (p[0], p[1]));
                items.last_mut().into_iter().for_each(|item| item.variables.extend(pairs.clone()));
            }
            (Operand::Unsigned(2), Operand::List(span)) if !items.is_empty() => {
                items.last_mut().into_iter().for_each(|item| item.calls.extend(scratch.list(span)));
            }
            other => return Err(r.bad_at(at, format!("unexpected item {other:?}"))),
        }
    }
    if items.len() != count {
        return Err(r.bad(format!("{} items instead of {count}", items.len())));
    }
    Ok(items)
}

/// A field of a native record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Name.
    pub name: AtomIdx,
    /// Default value (atom, integer or literal), if any.
    pub default: Option<Operand>,
}

/// A native record the module defines (OTP 29).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NativeRecord {
    /// Name.
    pub name: AtomIdx,
    /// Whether other modules may use it.
    pub exported: bool,
    /// Fields in order.
    pub fields: Vec<Field>,
}

/// Decodes Recs.
pub(crate) fn records(
    mut r: Reader<'_>,
    limits: &Limits<'_>,
    literals: &mut Literals,
    atoms: &AtomTable,
) -> Result<Vec<NativeRecord>> {
    let version = r.u32()?;
    if version != 0 {
        return Err(super::BeamError::unsupported(r.offset() - 4, r.what(), format!("version {version}")));
    }
    let count = r.count32(4)?;
    r.u32()?; // Number of fields: only a hint.
    let mut out = Vec::with_capacity(count);
    for _ in 0..count {
        let at = r.offset();
        if r.u8()? != op::CALL_LAST {
            return Err(r.bad_at(at, "expected a record"));
        }
        let mut scratch = Code::default();
        let args = code::loose_op(&mut r, limits, literals, &mut scratch, 3)?;
        let [Operand::Atom(name), Operand::Atom(exported), Operand::List(span)] = args[..] else {
            return Err(r.bad_at(at, "malformed record"));
        };
        let mut fields = Vec::with_capacity(span.len() / 2);
        for pair in scratch.list(span).chunks(2) {
            match *pair {
                [Operand::Atom(name), Operand::Unsigned(0)] => fields.push(Field { name, default: None }),
                [Operand::Atom(name), v @ (Operand::Int(_) | Operand::Atom(_) | Operand::Literal(_))] => {
                    fields.push(Field { name, default: Some(v) });
                }
                _ => return Err(r.bad_at(at, "malformed field")),
            }
        }
        out.push(NativeRecord { name, exported: atoms.name(exported) == "true", fields });
    }
    r.finish()?;
    Ok(out)
}
