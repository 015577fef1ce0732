//! The external term format: `term_to_binary`, `binary_to_term` and their options.

use super::BADARG;
use super::convert::make_binary;
use crate::data;
use crate::process::Process;
use crate::zstream;
use linac_abi::term::FixedAtom;
use linac_core::binary::Bits;
use linac_core::etf::{self, Form};
use linac_core::{Atom, Build, Term};

type Out = Result<Term, Term>;

/// What the options of `term_to_binary` ask for.
struct Options {
    form: Form,
    /// Level of compression, 0 for none.
    level: u8,
}

/// The level that `compressed` alone stands for.
const USUAL_LEVEL: u8 = 6;

fn options(list: Option<&Term>) -> Result<Options, Term> {
    let mut options = Options { form: Form::USUAL, level: 0 };
    let Some(list) = list else { return Ok(options) };
    for option in data::proper_list(*list).ok_or(BADARG)? {
        match (option.as_atom().map(Atom::text), option.as_tuple()) {
            (Some("compressed"), _) => options.level = USUAL_LEVEL,
            (Some("deterministic"), _) => options.form.deterministic = true,
            // A form that only this very runtime reads.
            (Some("local"), _) => return Err(Term::fixed(FixedAtom::Notsup)),
            (_, Some([key, value])) => match (key.as_atom().map(Atom::text), value.as_small()) {
                (Some("compressed"), Some(level @ 0..=9)) => options.level = level as u8,
                (Some("minor_version"), Some(minor @ 0..=2)) => options.form.minor = minor as u8,
                _ => return Err(BADARG),
            },
            _ => return Err(BADARG),
        }
    }
    Ok(options)
}

fn encode(p: &Process, t: Term, form: Form) -> Result<Vec<u8>, Term> {
    let mut bytes = Vec::new();
    etf::encode_with(t, &mut bytes, &p.system.code.links(true), form).map_err(|_| BADARG)?;
    Ok(bytes)
}

fn encoded(p: &Process, a: &[Term]) -> Result<Vec<u8>, Term> {
    let options = options(a.get(1))?;
    let bytes = encode(p, a[0], options.form)?;
    if options.level > 0
        && let Some(packed) = etf::compress(&bytes, |body| zstream::compress(body, options.level))
    {
        return Ok(packed);
    }
    Ok(bytes)
}

fn term_to_binary(p: &mut Process, a: &[Term]) -> Out {
    let bytes = encoded(p, a)?;
    make_binary(p, &bytes)
}

fn term_to_iovec(p: &mut Process, a: &[Term]) -> Out {
    let whole = term_to_binary(p, a)?;
    Ok(p.heap.list(&[whole]))
}

fn external_size(p: &mut Process, a: &[Term]) -> Out {
    let form = options(a.get(1))?.form;
    let bytes = encode(p, a[0], form)?;
    p.charge(bytes.len() / 64);
    Ok(Term::small(bytes.len() as isize))
}

fn binary_to_term(p: &mut Process, a: &[Term]) -> Out {
    let (mut safe, mut used) = (false, false);
    for option in a.get(1).map_or(Some(Vec::new()), |list| data::proper_list(*list)).ok_or(BADARG)? {
        match option.as_atom().map(Atom::text) {
            Some("safe") => safe = true,
            Some("used") => used = true,
            _ => return Err(BADARG),
        }
    }
    let bits = Bits::of(a[0]).filter(|bits| bits.is_binary()).ok_or(BADARG)?;
    let aligned;
    let bytes = match bits.as_bytes() {
        Some(bytes) => bytes,
        None => {
            aligned = bits.to_vec();
            &aligned
        }
    };
    let mut links = p.system.code.links(!safe);
    let (memory, term, size) = etf::decode(bytes, &mut links).map_err(|_| BADARG)?;
    p.heap.attach(memory);
    Ok(if used { p.heap.tuple(&[term, Term::small(size as isize)]) } else { term })
}

bifs! {
    "erlang" "term_to_binary" 1 Leaf term_to_binary, "The external format of a term.";
    "erlang" "term_to_binary" 2 Leaf term_to_binary, "The external format of a term in some form.";
    "erlang" "term_to_iovec" 1 Leaf term_to_iovec, "The external format of a term as a list of binaries.";
    "erlang" "term_to_iovec" 2 Leaf term_to_iovec, "The external format of a term in some form as a list of binaries.";
    "erlang" "external_size" 1 Leaf external_size, "Bytes of the external format of a term.";
    "erlang" "external_size" 2 Leaf external_size, "Bytes of the external format of a term in some form.";
    "erlang" "binary_to_term" 1 Leaf binary_to_term, "The term of an external format.";
    "erlang" "binary_to_term" 2 Leaf binary_to_term, "The term of an external format, with options.";
}
