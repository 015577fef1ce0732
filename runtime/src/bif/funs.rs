//! BIFs about funs.

use super::BADARG;
use crate::code::cell::{Cell, CellInfo};
use crate::code::export::Mfa;
use crate::data::atom;
use crate::process::Process;
use linac_abi::term::FixedAtom;
use linac_core::{Build, Term, View};

type Out = Result<Term, Term>;

fn fixed(atom: FixedAtom) -> Term {
    Term::fixed(atom)
}

fn cell_info(t: Term) -> Option<(&'static CellInfo, usize, &'static [Term])> {
    match t.view() {
        // SAFETY: funs hold addresses of cells.
        View::Fun(fun) => Some((unsafe { Cell::of_code_word(fun.cell()) }.info(), fun.arity(), fun.env())),
        _ => None,
    }
}

pub fn make_fun(p: &mut Process, a: &[Term]) -> Out {
    let names = a[0].as_atom().zip(a[1].as_atom());
    let (module, function) = names.ok_or(BADARG)?;
    let arity = a[2].as_small().and_then(|n| u8::try_from(n).ok()).ok_or(BADARG)?;
    let export = p.system.code.exports.get(Mfa { module, function, arity });
    let export = export.map_err(|_| fixed(FixedAtom::SystemLimit))?;
    Ok(p.heap.fun(export.cell.address(), usize::from(arity), &[]))
}

pub fn fun_info2(p: &mut Process, a: &[Term]) -> Out {
    let (info, arity, env) = cell_info(a[0]).ok_or(BADARG)?;
    let item = a[1].as_atom().ok_or(BADARG)?;
    let undefined = fixed(FixedAtom::Undefined);
    let value = match (item.text(), info) {
        ("module", CellInfo::Export(export)) => Term::atom(export.mfa.module),
        ("module", CellInfo::Lambda(lambda)) => Term::atom(lambda.module),
        ("name", CellInfo::Export(export)) => Term::atom(export.mfa.function),
        ("name", CellInfo::Lambda(lambda)) => Term::atom(lambda.function),
        ("arity", _) => Term::small(arity as isize),
        ("env", _) => p.heap.list(env),
        ("type", CellInfo::Export(_)) => atom("external"),
        ("type", CellInfo::Lambda(_)) => atom("local"),
        ("index" | "new_index", CellInfo::Lambda(lambda)) => Term::small(lambda.index as isize),
        ("uniq", CellInfo::Lambda(lambda)) => p.heap.integer(lambda.uniq.into()),
        ("new_uniq", CellInfo::Lambda(lambda)) => super::convert::make_binary(p, &lambda.digest)?,
        // Who made a fun is not kept; the external format says the same.
        ("pid", CellInfo::Lambda(_)) => Term::pid(0),
        ("index" | "new_index" | "uniq" | "new_uniq" | "pid", _) => undefined,
        _ => return Err(BADARG),
    };
    Ok(p.heap.tuple(&[a[1], value]))
}
