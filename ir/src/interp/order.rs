//! Comparison of terms, with a work list instead of recursion.

use super::Fault;
use super::memory::Memory;
use super::object::Num;
use crate::types::Kinds;
use core::cmp::Ordering;
use dashu_int::IBig;
use linac_abi::term::RECORD_MODULE;

/// Which order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// `==` and `<`: integers and floats compare by value.
    Value,
    /// `=:=`: only whether it is `Equal` means something.
    Exact,
    /// The order of map keys: an integer is less than any float.
    Key,
}

/// Place of a kind in the order of terms.
fn rank(kind: Kinds) -> u8 {
    match kind {
        Kinds::INT | Kinds::FLOAT => 0,
        Kinds::ATOM => 1,
        Kinds::REF => 2,
        Kinds::FUN => 3,
        Kinds::PORT => 4,
        Kinds::PID => 5,
        Kinds::TUPLE => 6,
        Kinds::RECORD => 7,
        Kinds::MAP => 8,
        Kinds::NIL => 9,
        Kinds::CONS => 10,
        Kinds::BITS => 11,
        _ => 12,
    }
}

/// Compares two terms.
pub fn compare(mem: &Memory, a: u64, b: u64, mode: Mode) -> Result<Ordering, Fault> {
    let mut todo = vec![(a, b, mode)];
    while let Some((a, b, mode)) = todo.pop() {
        if a == b {
            continue;
        }
        let (ka, kb) = (mem.kind(a)?, mem.kind(b)?);
        if Kinds::NONE == ka || Kinds::NONE == kb {
            return Err(Fault::undefined("NONE is compared with a term"));
        }
        let order = rank(ka).cmp(&rank(kb));
        if order != Ordering::Equal {
            return Ok(order);
        }
        let order = match ka {
            Kinds::INT | Kinds::FLOAT => match (mem.number(a)?, mem.number(b)?) {
                (Some(x), Some(y)) => numbers(&x, &y, mode),
                _ => a.cmp(&b),
            },
            Kinds::ATOM => mem.atom_text(a).cmp(&mem.atom_text(b)),
            Kinds::CONS => {
                if let (Some((h1, t1)), Some((h2, t2))) = (mem.cons_parts(a)?, mem.cons_parts(b)?) {
                    todo.push((t1, t2, mode));
                    todo.push((h1, h2, mode));
                }
                Ordering::Equal
            }
            Kinds::TUPLE => {
                let x = mem.tuple_elements(a)?.unwrap_or_default();
                let y = mem.tuple_elements(b)?.unwrap_or_default();
                let order = x.len().cmp(&y.len());
                if order == Ordering::Equal {
                    todo.extend(x.into_iter().zip(y).map(|(x, y)| (x, y, mode)).rev());
                }
                order
            }
            Kinds::RECORD => {
                let (Some((d, x)), Some((e, y))) = (mem.record_parts(a)?, mem.record_parts(b)?) else {
                    return Err(Fault::undefined("a record without its definition"));
                };
                let (d, e) = (definition(mem, d)?, definition(mem, e)?);
                todo.extend(x.into_iter().zip(y).map(|(x, y)| (x, y, mode)).rev());
                d.len().cmp(&e.len()).then(d.cmp(&e))
            }
            Kinds::MAP => {
                let x = mem.map_pairs(a)?.unwrap_or_default();
                let y = mem.map_pairs(b)?.unwrap_or_default();
                let order = x.len().cmp(&y.len());
                if order == Ordering::Equal {
                    // All keys come before all values.
                    let keys = if mode == Mode::Exact { Mode::Exact } else { Mode::Key };
                    todo.extend(x.iter().zip(&y).map(|(x, y)| (x.1, y.1, mode)).rev());
                    todo.extend(x.iter().zip(&y).map(|(x, y)| (x.0, y.0, keys)).rev());
                }
                order
            }
            Kinds::BITS => {
                let x = mem.bits_value(a)?.unwrap_or_default();
                let y = mem.bits_value(b)?.unwrap_or_default();
                // Unused bits are 0: with equal bytes the shorter one is less.
                x.0.cmp(&y.0).then(x.1.cmp(&y.1))
            }
            Kinds::FUN => {
                if let (Some(x), Some(y)) = (mem.fun_parts(a)?, mem.fun_parts(b)?) {
                    let order =
                        format!("{:?}", x.0).cmp(&format!("{:?}", y.0)).then(x.2.len().cmp(&y.2.len()));
                    if order == Ordering::Equal {
                        todo.extend(x.2.into_iter().zip(y.2).map(|(x, y)| (x, y, mode)).rev());
                    }
                    order
                } else {
                    Ordering::Equal
                }
            }
            Kinds::PID | Kinds::PORT | Kinds::NIL => a.cmp(&b),
            _ => return Err(Fault::Unsupported(format!("comparing terms of kind {ka}"))),
        };
        if order != Ordering::Equal {
            return Ok(order);
        }
    }
    Ok(Ordering::Equal)
}

/// What is compared of a record's definition, from the module on. Of definitions of different sizes only equality means something.
fn definition(mem: &Memory, t: u64) -> Result<Vec<Option<std::sync::Arc<str>>>, Fault> {
    let elements = mem.tuple_elements(t)?.unwrap_or_default();
    Ok(elements.iter().skip(RECORD_MODULE).map(|&t| mem.atom_text(t).cloned()).collect())
}

fn numbers(x: &Num, y: &Num, mode: Mode) -> Ordering {
    match (x, y) {
        (Num::Int(x), Num::Int(y)) => x.cmp(y),
        (Num::Float(x), Num::Float(y)) => match mode {
            Mode::Value => x.partial_cmp(y).unwrap_or(Ordering::Equal),
            _ => x.total_cmp(y),
        },
        (Num::Int(x), Num::Float(y)) if mode == Mode::Value => int_float(x, *y),
        (Num::Float(x), Num::Int(y)) if mode == Mode::Value => int_float(y, *x).reverse(),
        (Num::Int(_), Num::Float(_)) => Ordering::Less,
        (Num::Float(_), Num::Int(_)) => Ordering::Greater,
    }
}

/// Compares exactly, without rounding the integer.
fn int_float(n: &IBig, f: f64) -> Ordering {
    let whole = f.trunc();
    n.cmp(&integer(whole)).then_with(|| {
        let rest = f - whole;
        0.0f64.partial_cmp(&rest).unwrap_or(Ordering::Equal)
    })
}

/// The integer that a finite float without fraction is.
pub(super) fn integer(f: f64) -> IBig {
    let bits = f.abs().to_bits();
    let exponent = (bits >> 52) as i32 - 1075;
    let mantissa = IBig::from((bits & ((1 << 52) - 1)) | if bits >> 52 == 0 { 0 } else { 1 << 52 });
    let n = if exponent >= 0 { mantissa << exponent as usize } else { mantissa >> (-exponent) as usize };
    if f < 0.0 { -n } else { n }
}
