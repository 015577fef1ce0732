//! What compiled code asks for about native records.

use super::NOTHING;
use crate::bif::{self, records};
use crate::process::Process;
use linac_core::Term;

/// The record, or nothing and the exception recorded.
fn finish_record(p: &mut Process, made: Result<Term, Term>) -> usize {
    match made {
        Ok(record) => {
            p.check_pressure();
            record.raw()
        }
        Err(reason) => {
            p.fail(reason);
            NOTHING
        }
    }
}

rt! {
    /// Value of field `b` in record `a`, NONE if there is none.
    fn record_get(p, record, field) -> usize {
        enter!(p, record, field);
        let _ = p;
        record.as_record().and_then(|record| record.get(field)).unwrap_or(Term::NONE).raw()
    }

    /// Record `a` with `pairs` field-value pairs from the argument area.
    fn record_put(p, record, pairs) -> usize {
        enter!(p, record);
        let words = p.arguments(2 * pairs);
        let (words, _) = words.as_chunks();
        let made = match record.as_record() {
            Some(record) => records::put(p, record, words),
            None => Err(bif::BADARG),
        };
        finish_record(p, made)
    }

    /// Record `b` of module `a` with `pairs` field-value pairs from the argument area.
    fn record_new(p, module, name, pairs) -> usize {
        enter!(p, module, name);
        let words = p.arguments(2 * pairs);
        let (words, _) = words.as_chunks();
        let made = records::new(p, module, name, words);
        finish_record(p, made)
    }
}
