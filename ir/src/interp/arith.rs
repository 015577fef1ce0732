//! Arithmetic on terms, as Erlang defines it.

use super::memory::Memory;
use super::object::{MAX_BITS, Num, too_large};
use super::{Fault, order};
use crate::opcode::Opcode;
use dashu_int::IBig;
use linac_abi::rtcall::ErrorKind;

/// A value, or the error that the operation raises.
pub(super) type Computed<T> = Result<Result<T, ErrorKind>, Fault>;

/// The nearest float; infinite if there is none.
pub(super) fn int_to_float(n: &IBig) -> f64 {
    n.to_f64().value()
}

/// A number as a float; none if it is no number or has no finite float.
pub(super) fn to_float(mem: &Memory, t: u64) -> Result<Option<f64>, Fault> {
    let f = match mem.number(t)? {
        Some(Num::Float(f)) => f,
        Some(Num::Int(n)) => int_to_float(&n),
        None => return Ok(None),
    };
    Ok(f.is_finite().then_some(f))
}

/// An operation with one operand.
pub(super) fn unary(mem: &mut Memory, op: Opcode, a: u64) -> Computed<u64> {
    match (op, mem.number(a)?) {
        (Opcode::Neg, Some(Num::Float(f))) => mem.make_float(-f).map(Ok),
        (Opcode::Neg, Some(Num::Int(n))) => mem.make_int(&-n).map(Ok),
        (Opcode::Bnot, Some(Num::Int(n))) => mem.make_int(&!n).map(Ok),
        _ => Ok(Err(ErrorKind::Badarith)),
    }
}

/// An operation with two operands.
pub(super) fn binary(mem: &mut Memory, op: Opcode, a: u64, b: u64) -> Computed<u64> {
    let (Some(x), Some(y)) = (mem.number(a)?, mem.number(b)?) else { return Ok(Err(ErrorKind::Badarith)) };
    let result = match (x, y) {
        (Num::Int(x), Num::Int(y)) if op != Opcode::FDiv => integers(op, &x, &y).map(Num::Int),
        (x, y) => floats(op, &x, &y).map(Num::Float),
    };
    match result {
        Ok(Num::Int(n)) if too_large(&n) => Ok(Err(ErrorKind::SystemLimit)),
        Ok(Num::Int(n)) => mem.make_int(&n).map(Ok),
        Ok(Num::Float(f)) => mem.make_float(f).map(Ok),
        Err(e) => Ok(Err(e)),
    }
}

fn integers(op: Opcode, x: &IBig, y: &IBig) -> Result<IBig, ErrorKind> {
    Ok(match op {
        Opcode::Add => x + y,
        Opcode::Sub => x - y,
        Opcode::Mul => x * y,
        Opcode::IDiv | Opcode::IRem if *y == IBig::ZERO => return Err(ErrorKind::Badarith),
        Opcode::IDiv => x / y,
        Opcode::IRem => x % y,
        Opcode::Band => x & y,
        Opcode::Bor => x | y,
        Opcode::Bxor => x ^ y,
        Opcode::Bsl => return shift(x, y),
        Opcode::Bsr => return shift(x, &-y),
        _ => return Err(ErrorKind::Badarith),
    })
}

/// `x bsl y`, to the right if `y` is negative.
fn shift(x: &IBig, y: &IBig) -> Result<IBig, ErrorKind> {
    let right = *y < IBig::ZERO;
    match usize::try_from(if right { -y } else { y.clone() }) {
        Ok(n) if n <= MAX_BITS => Ok(if right { x >> n } else { x << n }),
        _ if right => Ok(if *x < IBig::ZERO { IBig::NEG_ONE } else { IBig::ZERO }),
        _ if *x == IBig::ZERO => Ok(IBig::ZERO),
        _ => Err(ErrorKind::SystemLimit),
    }
}

fn floats(op: Opcode, x: &Num, y: &Num) -> Result<f64, ErrorKind> {
    let float = |n: &Num| match n {
        Num::Float(f) => *f,
        Num::Int(n) => int_to_float(n),
    };
    let (x, y) = (float(x), float(y));
    let f = match op {
        Opcode::Add => x + y,
        Opcode::Sub => x - y,
        Opcode::Mul => x * y,
        Opcode::FDiv if y == 0.0 => return Err(ErrorKind::Badarith),
        Opcode::FDiv => x / y,
        _ => return Err(ErrorKind::Badarith),
    };
    if x.is_finite() && y.is_finite() && f.is_finite() { Ok(f) } else { Err(ErrorKind::Badarith) }
}

/// `trunc`, `round`, `floor`, `ceil`, by name; an integer is itself.
pub(super) fn to_integer(mem: &mut Memory, name: &str, t: u64) -> Result<Option<u64>, Fault> {
    let f = match mem.number(t)? {
        Some(Num::Float(f)) => f,
        Some(Num::Int(_)) => return Ok(Some(t)),
        None => return Ok(None),
    };
    let whole = match name {
        "trunc" => f.trunc(),
        "round" => f.round(),
        "floor" => f.floor(),
        _ => f.ceil(),
    };
    mem.make_int(&order::integer(whole)).map(Some)
}
