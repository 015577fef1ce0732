//! Native records: what compiled code asks for, and the module `records`.

use super::BADARG;
use crate::code::instance::RecordDefinition;
use crate::data;
use crate::process::Process;
use linac_abi::term::FixedAtom;
use linac_core::record::{self, RecordRef};
use linac_core::{Atom, Build, Term, map};

type Out = Result<Term, Term>;

/// Builds `{badrecord, T}`.
fn bad_record(p: &mut Process, t: Term) -> Term {
    p.heap.tuple(&[Term::fixed(FixedAtom::Badrecord), t])
}

/// Builds `{Kind, {{Module, Name}, Field}}`.
fn field_error(p: &mut Process, kind: FixedAtom, module: Atom, name: Atom, field: Term) -> Term {
    let record = p.heap.tuple(&[Term::atom(module), Term::atom(name)]);
    let about = p.heap.tuple(&[record, field]);
    p.heap.tuple(&[Term::fixed(kind), about])
}

/// A record with other values in some fields.
pub fn put(p: &mut Process, record: RecordRef<'_>, pairs: &[[Term; 2]]) -> Out {
    let given = pairs.iter().map(|pair| (pair[0], pair[1]));
    record::put(&mut p.heap, record, given).map_err(|field| {
        let definition = record.definition();
        field_error(p, FixedAtom::Badfield, definition.module(), definition.name(), field)
    })
}

/// A record as a module defines it for others.
pub fn new(p: &mut Process, module: Term, name: Term, pairs: &[[Term; 2]]) -> Out {
    let (Some(of), Some(called)) = (module.as_atom(), name.as_atom()) else { return Err(BADARG) };
    let instance = p.system.code.current(of);
    let found = instance.as_ref().and_then(|instance| instance.record(called));
    let Some(RecordDefinition { term, defaults, .. }) =
        found.filter(|record| record.definition().is_exported())
    else {
        let record = p.heap.tuple(&[module, name]);
        return Err(bad_record(p, record));
    };
    let Some(definition) = record::Definition::of(*term) else { return Err(BADARG) };
    let mut values = defaults.clone();
    for [field, value] in pairs {
        let Some(place) = definition.place(*field) else {
            let field = record::unknown(definition, pairs.iter().map(|pair| pair[0]));
            return Err(field_error(p, FixedAtom::Badfield, of, called, field));
        };
        values[place] = Some(*value);
    }
    if let Some(missing) = values.iter().position(Option::is_none) {
        return Err(field_error(p, FixedAtom::Novalue, of, called, definition.fields()[missing]));
    }
    let values: Vec<Term> = values.into_iter().flatten().collect();
    Ok(record::make(&mut p.heap, *term, &values))
}

fn field_of(_: &mut Process, a: &[Term]) -> Out {
    a[1].as_record().and_then(|record| record.get(a[0])).ok_or(BADARG)
}

fn get_module(_: &mut Process, a: &[Term]) -> Out {
    a[0].as_record().map(|record| Term::atom(record.definition().module())).ok_or(BADARG)
}

fn get_name(_: &mut Process, a: &[Term]) -> Out {
    a[0].as_record().map(|record| Term::atom(record.definition().name())).ok_or(BADARG)
}

fn get_field_names(p: &mut Process, a: &[Term]) -> Out {
    match a[0].as_record() {
        Some(record) => Ok(p.heap.list(record.definition().fields())),
        None => Err(bad_record(p, a[0])),
    }
}

fn is_exported(p: &mut Process, a: &[Term]) -> Out {
    match a[0].as_record() {
        Some(record) => Ok(Term::bool(record.definition().is_exported())),
        None => Err(bad_record(p, a[0])),
    }
}

/// The only key of the options for making a record.
fn exported_key() -> Term {
    data::atom("is_exported")
}

fn get_definition(p: &mut Process, a: &[Term]) -> Out {
    let (Some(module), Some(name)) = (a[0].as_atom(), a[1].as_atom()) else { return Err(BADARG) };
    let instance = p.system.code.current(module).ok_or(BADARG)?;
    let found = instance.record(name).ok_or(BADARG)?;
    let definition = found.definition();
    let fields: Vec<Term> = (definition.fields().iter().zip(&found.defaults))
        .map(|(field, default)| match default {
            Some(default) => p.heap.tuple(&[*field, *default]),
            None => *field,
        })
        .collect();
    let fields = p.heap.list(&fields);
    let exported = (exported_key(), Term::bool(definition.is_exported()));
    let options = map::from_pairs(&mut p.heap, [exported].into_iter());
    Ok(p.heap.tuple(&[options, fields]))
}

fn create(p: &mut Process, a: &[Term]) -> Out {
    let (Some(module), Some(name)) = (a[0].as_atom(), a[1].as_atom()) else {
        return Err(bad_record(p, a[1]));
    };
    if !a[3].is_map() {
        return Err(data::badmap(p, a[3]));
    }
    let exported = match map::get(a[3], exported_key()).filter(|_| map::size(a[3]) == Some(1)) {
        Some(Term::TRUE) => true,
        Some(Term::FALSE) => false,
        _ => return Err(BADARG),
    };
    let (mut fields, mut values) = (Vec::new(), Vec::new());
    for item in data::proper_list(a[2]).ok_or(BADARG)? {
        let Some(&[field, value]) = item.as_tuple() else { return Err(BADARG) };
        match field.as_atom() {
            Some(field) => fields.push(field),
            None => return Err(field_error(p, FixedAtom::Badfield, module, name, field)),
        }
        values.push(value);
    }
    let definition = record::define(&mut p.heap, module, name, exported, &fields).ok_or(BADARG)?;
    Ok(record::make(&mut p.heap, definition, &values))
}

fn update(p: &mut Process, a: &[Term]) -> Out {
    let Some(record) = a[0].as_record() else { return Err(bad_record(p, a[0])) };
    let definition = record.definition();
    if (a[1].as_atom(), a[2].as_atom()) != (Some(definition.module()), Some(definition.name())) {
        return Err(bad_record(p, a[2]));
    }
    if !a[3].is_map() {
        return Err(data::badmap(p, a[3]));
    }
    let pairs: Vec<[Term; 2]> = map::Iter::new(a[3]).map(|(field, value)| [field, value]).collect();
    put(p, record, &pairs)
}

bifs! {
    "records" "create" 4 Leaf create, "A native record of given fields and values.";
    "records" "get" 2 Leaf field_of, "The value of a native record's field.";
    "records" "get_definition" 2 Leaf get_definition, "How a loaded module defines a native record.";
    "records" "get_field_names" 1 Leaf get_field_names, "The fields of a native record.";
    "records" "get_module" 1 Leaf get_module, "The module that defines a native record.";
    "records" "get_name" 1 Leaf get_name, "The name of a native record.";
    "records" "is_exported" 1 Leaf is_exported, "May other modules use a native record?";
    "records" "update" 4 Leaf update, "A native record with other values in some fields.";
}
