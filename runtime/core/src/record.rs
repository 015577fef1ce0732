//! Native records: values with named fields, made as a module defines them.
//!
//! *Problem*: a record keeps the names of its fields, its module and its own name wherever it goes, also when the module is
//! loaded anew or gone. *Idea*: all records made by one definition share a tuple that says so (see
//! [`linac_abi::term::RECORD_FIELDS`]), mostly a literal of the module; when that goes, the tuple moves to the heaps that need it.
//! *Invariant*: records are exactly equal if their definitions and their values are, element by element.

use crate::Atom;
use crate::build::Build;
use crate::hash;
use crate::term::Term;
use alloc::vec::Vec;
use linac_abi::term::{
    FixedAtom, RECORD_EXPORTED, RECORD_FIELDS, RECORD_HASH, RECORD_MODULE, RECORD_NAME, RECORD_ORDER, Subtag,
};
use smallvec::SmallVec;

/// Up to this many fields are looked through one after another.
const FEW: usize = 8;

/// What a record is: the decoded form of its definition.
#[derive(Clone, Copy, Debug)]
pub struct Definition<'a> {
    elements: &'a [Term],
}

impl<'a> Definition<'a> {
    /// The definition that a tuple is.
    pub fn of(tuple: Term) -> Option<Definition<'a>> {
        let elements = tuple.as_tuple()?;
        (elements.len() >= RECORD_FIELDS).then_some(Definition { elements })
    }

    fn atom(self, at: usize) -> Atom {
        self.elements[at].as_atom().unwrap_or(Atom(FixedAtom::Undefined as u32))
    }

    /// The module.
    pub fn module(self) -> Atom {
        self.atom(RECORD_MODULE)
    }

    /// The name.
    pub fn name(self) -> Atom {
        self.atom(RECORD_NAME)
    }

    /// May other modules use it?
    pub fn is_exported(self) -> bool {
        self.elements[RECORD_EXPORTED] == Term::TRUE
    }

    /// Names of the fields, all atoms, in the order of the values.
    pub fn fields(self) -> &'a [Term] {
        &self.elements[RECORD_FIELDS..]
    }

    /// Module, name, whether it is exported, and the fields: what makes it the same as another.
    pub(crate) fn identity(self) -> &'a [Term] {
        &self.elements[RECORD_MODULE..]
    }

    /// The places of the fields, in the order of the atoms that name them.
    pub(crate) fn atom_order(self) -> impl Iterator<Item = usize> + 'a {
        let order = self.elements[RECORD_ORDER].as_tuple().unwrap_or(&[]);
        order.iter().map(|at| at.as_small().unwrap_or(0) as usize)
    }

    /// A hash that is the same for equal definitions.
    pub fn hash(self) -> u32 {
        self.elements[RECORD_HASH].as_small().unwrap_or(0) as u32
    }

    /// The place of a field.
    pub fn place(self, field: Term) -> Option<usize> {
        let fields = self.fields();
        if fields.len() <= FEW {
            return fields.iter().position(|f| *f == field);
        }
        let order = self.elements[RECORD_ORDER].as_tuple()?;
        let place = |at: &Term| at.as_small().unwrap_or(0) as usize;
        let found = order.binary_search_by(|at| fields[place(at)].raw().cmp(&field.raw()));
        found.ok().map(|n| place(&order[n]))
    }
}

/// A record.
#[derive(Clone, Copy, Debug)]
pub struct RecordRef<'a> {
    terms: &'a [Term],
}

impl<'a> RecordRef<'a> {
    /// The record whose payload this is.
    pub(crate) fn new(terms: &'a [Term]) -> RecordRef<'a> {
        RecordRef { terms }
    }

    /// The definition as a tuple.
    pub fn definition_term(self) -> Term {
        self.terms[0]
    }

    /// The definition.
    pub fn definition(self) -> Definition<'a> {
        Definition { elements: self.terms[0].as_tuple().unwrap_or(&EMPTY) }
    }

    /// The values.
    pub fn values(self) -> &'a [Term] {
        &self.terms[1..]
    }

    /// Name and value of field `n`, counted as they are defined, or in the order of the atoms that name them (which is how
    /// the reference VM keeps them, as hashes show and `erlang:display/1`).
    pub(crate) fn pair(self, n: usize, atom_order: bool) -> Option<(Term, Term)> {
        let definition = self.definition();
        let place = if atom_order {
            definition.elements[RECORD_ORDER].as_tuple()?.get(n)?.as_small()? as usize
        } else {
            n
        };
        Some((*definition.fields().get(place)?, *self.values().get(place)?))
    }

    /// The value of a field.
    pub fn get(self, field: Term) -> Option<Term> {
        self.values().get(self.definition().place(field)?).copied()
    }
}

/// Elements of what would be the definition of a damaged record.
static EMPTY: [Term; RECORD_FIELDS] = [Term::NIL; RECORD_FIELDS];

/// Makes a definition; none if a field is named twice.
pub fn define(
    h: &mut (impl Build + ?Sized),
    module: Atom,
    name: Atom,
    exported: bool,
    fields: &[Atom],
) -> Option<Term> {
    let mut order: Vec<usize> = (0..fields.len()).collect();
    order.sort_unstable_by_key(|&n| Term::atom(fields[n]).raw());
    if order.windows(2).any(|pair| fields[pair[0]] == fields[pair[1]]) {
        return None;
    }
    let order: Vec<Term> = order.into_iter().map(|n| Term::small(n as isize)).collect();
    let mut elements: SmallVec<[Term; 16]> = SmallVec::new();
    elements.push(if order.is_empty() { Term::NIL } else { h.tuple(&order) });
    elements.push(Term::NIL);
    elements.extend([Term::atom(module), Term::atom(name), Term::bool(exported)]);
    elements.extend(fields.iter().map(|&field| Term::atom(field)));
    // So many bits are a small integer everywhere.
    let hash = hash::of_atoms(&elements[RECORD_MODULE..]) & 0x7FF_FFFF;
    elements[RECORD_HASH] = Term::small(hash as isize);
    Some(h.tuple(&elements))
}

/// A record of a definition and as many values as it has fields.
pub fn make(h: &mut (impl Build + ?Sized), definition: Term, values: &[Term]) -> Term {
    debug_assert_eq!(Definition::of(definition).map(|d| d.fields().len()), Some(values.len()));
    h.terms_object(Subtag::Record, &[definition.raw()], values)
}

/// A copy of a record with other values in some fields; an error names a field that it does not have.
pub fn put<'p>(
    h: &mut (impl Build + ?Sized),
    record: RecordRef<'_>,
    pairs: impl Iterator<Item = (Term, Term)> + Clone + 'p,
) -> Result<Term, Term> {
    let definition = record.definition();
    let mut values: SmallVec<[Term; 16]> = record.values().into();
    for (field, value) in pairs.clone() {
        match definition.place(field) {
            Some(place) => values[place] = value,
            None => return Err(unknown(definition, pairs.map(|pair| pair.0))),
        }
    }
    Ok(make(h, record.definition_term(), &values))
}

/// Which of the fields that a definition does not have is complained of: that of the oldest atom.
pub fn unknown(definition: Definition<'_>, fields: impl Iterator<Item = Term>) -> Term {
    let unknown = fields.filter(|field| definition.place(*field).is_none());
    unknown.min_by_key(|field| field.raw()).unwrap_or(Term::NIL)
}

/// Words that the reference VM counts for the definition of a record of so many fields.
pub const fn definition_words(fields: usize) -> usize {
    let order = if fields == 0 { 0 } else { fields + 1 };
    1 + RECORD_FIELDS + fields + order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FragList, View};
    use std::format;

    #[test]
    fn fields_are_found_in_small_and_large_records() {
        let mut h = FragList::new();
        for n in [0, 1, FEW, FEW + 1, 40] {
            // Younger atoms first, so that the order of the fields is not that of the atoms.
            let fields: Vec<Atom> = (0..n).map(|i| Atom::new(&format!("f{i}")).unwrap()).rev().collect();
            let (m, r) = (Atom::new("m").unwrap(), Atom::new("r").unwrap());
            let definition = define(&mut h, m, r, true, &fields).unwrap();
            let values: Vec<Term> = (0..n as isize).map(Term::small).collect();
            let View::Record(record) = make(&mut h, definition, &values).view() else { panic!("no record") };
            for (at, &field) in fields.iter().enumerate() {
                assert_eq!(record.get(Term::atom(field)), Some(Term::small(at as isize)), "{n} fields");
            }
            assert_eq!(record.get(Term::atom(m)), None);
            assert_eq!(record.get(Term::small(1)), None);
            if let Some(&first) = fields.first() {
                let twice: Vec<Atom> = fields.iter().copied().chain([first]).collect();
                assert!(define(&mut h, m, r, true, &twice).is_none());
                let pairs = [(Term::atom(first), Term::NIL), (Term::atom(m), Term::NIL)];
                assert_eq!(put(&mut h, record, pairs.into_iter()), Err(Term::atom(m)));
                let View::Record(changed) = put(&mut h, record, pairs[..1].iter().copied()).unwrap().view()
                else {
                    panic!("no record")
                };
                assert_eq!(changed.get(Term::atom(first)), Some(Term::NIL));
                assert_eq!(changed.values()[1..], record.values()[1..]);
            }
        }
    }
}
