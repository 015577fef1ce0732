//! The tables of functions: imports, exports, locals, lambdas.

use super::atoms::AtomIdx;
use super::reader::{Reader, Result};

/// Functions have at most this many arguments.
pub const MAX_ARITY: u32 = 255;

/// An imported function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Import {
    /// Module.
    pub module: AtomIdx,
    /// Function.
    pub function: AtomIdx,
    /// Arity.
    pub arity: u32,
}

/// An exported or local function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalFun {
    /// Name.
    pub name: AtomIdx,
    /// Arity.
    pub arity: u32,
    /// Entry label.
    pub label: u32,
}

/// A fun that the module can make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lambda {
    /// Name of the function that has its body.
    pub name: AtomIdx,
    /// Arity of that function: arguments and free variables.
    pub arity: u32,
    /// Its entry label.
    pub label: u32,
    /// Number of the fun in the module.
    pub index: u32,
    /// Number of free variables.
    pub free: u32,
    /// A hash of the module, part of the fun's identity.
    pub old_uniq: u32,
}

fn atom(r: &mut Reader<'_>, atoms: usize) -> Result<AtomIdx> {
    let n = r.u32()?;
    if n == 0 || n as usize >= atoms {
        return Err(r.bad_at(r.offset() - 4, format!("atom {n} is out of range (1..{atoms})")));
    }
    Ok(AtomIdx(n))
}

fn arity(r: &mut Reader<'_>) -> Result<u32> {
    let n = r.u32()?;
    if n > MAX_ARITY {
        return Err(r.bad_at(r.offset() - 4, format!("arity {n}")));
    }
    Ok(n)
}

pub(crate) fn imports(mut r: Reader<'_>, atoms: usize) -> Result<Vec<Import>> {
    (0..r.count32(12)?)
        .map(|_| {
            Ok(Import { module: atom(&mut r, atoms)?, function: atom(&mut r, atoms)?, arity: arity(&mut r)? })
        })
        .collect()
}

pub(crate) fn local_funs(mut r: Reader<'_>, atoms: usize) -> Result<Vec<LocalFun>> {
    (0..r.count32(12)?)
        .map(|_| Ok(LocalFun { name: atom(&mut r, atoms)?, arity: arity(&mut r)?, label: r.u32()? }))
        .collect()
}

pub(crate) fn lambdas(mut r: Reader<'_>, atoms: usize) -> Result<Vec<Lambda>> {
    (0..r.count32(24)?)
        .map(|_| {
            let (name, arity, label) = (atom(&mut r, atoms)?, arity(&mut r)?, r.u32()?);
            let lambda = Lambda { name, arity, label, index: r.u32()?, free: r.u32()?, old_uniq: r.u32()? };
            if lambda.free > arity {
                return Err(
                    r.bad_at(r.offset() - 8, format!("{} free variables of arity {arity}", lambda.free))
                );
            }
            Ok(lambda)
        })
        .collect()
}
