//! Temporary.
#![allow(missing_docs, reason = "temporary")]
pub mod copy {
    use linac_core::{Alloc, Term};
    fn walk(t: Term, mut out: Option<&mut dyn Alloc>) -> (usize, Term) {
        let mut words = 0;
        let mut root = t.raw();
        let mut todo: Vec<*mut usize> = vec![&raw mut root];
        while let Some(slot) = todo.pop() {
            // SAFETY: slots are in fresh objects.
            let t = unsafe { Term::from_raw(*slot) };
            if t.is_immediate() || linac_core::heap::points_to_literal(t) {
                continue;
            }
            let n = if t.is_cons() { 2 } else { t.object_words().len() };
            words += n;
            let first = if t.is_cons() {
                0
            } else {
                use linac_abi::term::Subtag::*;
                match t.boxed_subtag() {
                    Some(Tuple | FlatMap) => 1,
                    Some(Fun) => 3,
                    Some(HashMap) => 2,
                    Some(SubBits) => 1,
                    _ => n,
                }
            };
            let last = if t.boxed_subtag() == Some(linac_abi::term::Subtag::SubBits) { 2 } else { n };
            // SAFETY: as above.
            unsafe {
                match &mut out {
                    Some(a) => {
                        let to = a.alloc(n);
                        to.copy_from_nonoverlapping(t.address(), n);
                        *slot = to as usize | (t.raw() & 3);
                        if t.boxed_subtag() == Some(linac_abi::term::Subtag::RefcBits) {
                            panic!("stand-in copy of a large binary")
                        }
                        for i in (first..last).rev() {
                            todo.push(to.add(i));
                        }
                    }
                    None => {
                        for i in (first..last).rev() {
                            todo.push(t.address().add(i));
                        }
                    }
                }
            }
        }
        // SAFETY: copied.
        (words, unsafe { Term::from_raw(root) })
    }
    pub fn size(t: Term) -> usize {
        walk(t, None).0
    }
    pub fn copy(t: Term, a: &mut dyn Alloc) -> Term {
        walk(t, Some(a)).1
    }
}
pub mod print {
    use linac_core::{Term, View};
    pub fn to_string(t: Term) -> String {
        match t.view() {
            View::Small(n) => n.to_string(),
            View::Atom(a) => a.text().into(),
            View::Nil => "[]".into(),
            View::Tuple(e) => {
                format!("{{{}}}", e.iter().map(|t| to_string(*t)).collect::<Vec<_>>().join(","))
            }
            View::Cons(_) => {
                format!("[{}]", crate::data::list_items(t).map(to_string).collect::<Vec<_>>().join(","))
            }
            View::Pid(n) => format!("<0.{n}.0>"),
            _ => format!("{t:?}"),
        }
    }
}
pub mod etf {
    use linac_core::{Alloc, Term};
    #[derive(Debug)]
    pub struct EtfError;
    impl std::fmt::Display for EtfError {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("no etf")
        }
    }
    pub fn encode(_: Term) -> Result<Vec<u8>, EtfError> {
        Err(EtfError)
    }
    pub fn decode(_: &[u8], _: &mut dyn Alloc) -> Result<Term, EtfError> {
        Err(EtfError)
    }
}
pub mod number_text {
    use linac_core::{Alloc, Term, number::NumError};
    pub fn integer(t: Term, _base: u32) -> Option<String> {
        t.as_small().map(|n| n.to_string())
    }
    pub fn parse_integer(_: &mut dyn Alloc, text: &[u8], _base: u32) -> Result<Term, NumError> {
        std::str::from_utf8(text).ok().and_then(|t| t.parse().ok()).map(Term::small).ok_or(NumError::Badarg)
    }
}
