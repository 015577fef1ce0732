//! Objects in the simulated memory: making them, looking into them, and the way from and to [`Term`].

use super::memory::{Callee, Memory};
use super::{Fault, order};
use crate::text::Term;
use crate::types::Kinds;
use dashu_int::ops::BitTest;
use dashu_int::{IBig, Sign, UBig};
use linac_abi::WordSize;
use linac_abi::term::{self, Subtag};
use std::sync::Arc;

/// Nesting at which a term read from memory is cut off.
const MAX_DEPTH: u32 = 1000;

/// Most bits of an integer; beyond it operations raise `system_limit`.
pub(super) const MAX_BITS: usize = 1 << 22;

/// A number.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Num {
    Int(IBig),
    Float(f64),
}

impl Memory {
    fn size(&self) -> u64 {
        self.word().bytes().into()
    }

    /// Subtag and payload size of a boxed term.
    pub fn boxed(&self, t: u64) -> Result<Option<(Subtag, usize)>, Fault> {
        if t & term::PRIMARY_MASK != term::TAG_BOXED {
            return Ok(None);
        }
        let header = self.load(t - term::TAG_BOXED)?;
        match Subtag::of_header(header) {
            Some(s) if header & term::PRIMARY_MASK == 0 => {
                Ok(Some((s, (header >> term::HEADER_SHIFT) as usize)))
            }
            _ => Err(Fault::undefined(format!("the term {t:#x} does not point to a header"))),
        }
    }

    /// Payload word `n` of a boxed term (the word after the header is 0).
    pub fn payload(&self, t: u64, n: usize) -> Result<u64, Fault> {
        self.load(t - term::TAG_BOXED + (n as u64 + 1) * self.size())
    }

    /// Head and tail of a cons.
    pub fn cons_parts(&self, t: u64) -> Result<Option<(u64, u64)>, Fault> {
        if t & term::PRIMARY_MASK != term::TAG_CONS {
            return Ok(None);
        }
        let address = t - term::TAG_CONS;
        Ok(Some((self.load(address)?, self.load(address + self.size())?)))
    }

    /// Elements of a tuple.
    pub fn tuple_elements(&self, t: u64) -> Result<Option<Vec<u64>>, Fault> {
        match self.boxed(t)? {
            Some((Subtag::Tuple, n)) => {
                (0..n).map(|i| self.payload(t, i)).collect::<Result<_, _>>().map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Elements of a proper list.
    pub fn list_elements(&self, mut t: u64) -> Result<Option<Vec<u64>>, Fault> {
        let mut items = Vec::new();
        while let Some((head, tail)) = self.cons_parts(t)? {
            items.push(head);
            t = tail;
        }
        Ok((t == term::NIL).then_some(items))
    }

    /// Makes a boxed object.
    pub fn make_boxed(&mut self, subtag: Subtag, payload: &[u64]) -> Result<u64, Fault> {
        let address = self.alloc(payload.len() + 1)?;
        self.fill(address, term::header(subtag, payload.len() as u64), payload)?;
        Ok(address + term::TAG_BOXED)
    }

    fn fill(&mut self, address: u64, first: u64, rest: &[u64]) -> Result<(), Fault> {
        self.init(address, first)?;
        for (n, &w) in rest.iter().enumerate() {
            self.init(address + (n as u64 + 1) * self.size(), w)?;
        }
        Ok(())
    }

    /// Makes a cons cell.
    pub fn make_cons(&mut self, head: u64, tail: u64) -> Result<u64, Fault> {
        let address = self.alloc(2)?;
        self.fill(address, head, &[tail])?;
        Ok(address + term::TAG_CONS)
    }

    /// Makes a list.
    pub fn make_list(&mut self, items: &[u64], tail: u64) -> Result<u64, Fault> {
        items.iter().rev().try_fold(tail, |tail, &head| self.make_cons(head, tail))
    }

    /// Makes a tuple.
    pub fn make_tuple(&mut self, items: &[u64]) -> Result<u64, Fault> {
        self.make_boxed(Subtag::Tuple, items)
    }

    /// Makes a native record.
    pub fn make_record(&mut self, definition: u64, values: &[u64]) -> Result<u64, Fault> {
        let payload: Vec<u64> = [definition].into_iter().chain(values.iter().copied()).collect();
        self.make_boxed(Subtag::Record, &payload)
    }

    /// Definition and values of a native record.
    pub fn record_parts(&self, t: u64) -> Result<Option<(u64, Vec<u64>)>, Fault> {
        match self.boxed(t)? {
            Some((Subtag::Record, n)) if n >= 1 => {
                let values = (1..n).map(|i| self.payload(t, i)).collect::<Result<_, _>>()?;
                Ok(Some((self.payload(t, 0)?, values)))
            }
            _ => Ok(None),
        }
    }

    fn float_payload(&self, bits: u64) -> Vec<u64> {
        if self.word() == WordSize::W64 { vec![bits] } else { vec![bits & 0xFFFF_FFFF, bits >> 32] }
    }

    /// Makes a float term.
    pub fn make_float(&mut self, f: f64) -> Result<u64, Fault> {
        let payload = self.float_payload(f.to_bits());
        self.make_boxed(Subtag::Float, &payload)
    }

    /// The value of a float term.
    pub fn float_value(&self, t: u64) -> Result<Option<f64>, Fault> {
        let Some((Subtag::Float, n)) = self.boxed(t)? else { return Ok(None) };
        let mut bits = self.payload(t, 0)?;
        if n > 1 {
            bits |= self.payload(t, 1)? << 32;
        }
        Ok(Some(f64::from_bits(bits)))
    }

    /// The small integer that a word is.
    pub fn small_value(&self, t: u64) -> Option<i64> {
        if t & term::IMM1_MASK != term::TAG_SMALL {
            return None;
        }
        Some(match self.word() {
            WordSize::W64 => (t as i64) >> term::SMALL_SHIFT,
            WordSize::W32 => i64::from((t as u32 as i32) >> term::SMALL_SHIFT),
        })
    }

    /// The word of a small integer.
    pub fn small(&self, n: i64) -> Option<u64> {
        self.word().is_small(n).then(|| term::small(n) & self.mask())
    }

    fn int_parts(&self, n: &IBig) -> Result<u64, (Subtag, Vec<u64>)> {
        if let Ok(small) = i64::try_from(n)
            && let Some(word) = self.small(small)
        {
            return Ok(word);
        }
        let (sign, magnitude) = n.clone().into_parts();
        let subtag = if sign == Sign::Negative { Subtag::BigNeg } else { Subtag::BigPos };
        let limbs = magnitude
            .to_le_bytes()
            .chunks(self.size() as usize)
            .map(|c| c.iter().rev().fold(0, |limb, &b| limb << 8 | u64::from(b)))
            .collect();
        Err((subtag, limbs))
    }

    /// Makes an integer term, small if it fits.
    pub fn make_int(&mut self, n: &IBig) -> Result<u64, Fault> {
        match self.int_parts(n) {
            Ok(word) => Ok(word),
            Err((subtag, limbs)) => self.make_boxed(subtag, &limbs),
        }
    }

    /// The value of an integer term.
    pub fn int_value(&self, t: u64) -> Result<Option<IBig>, Fault> {
        if let Some(n) = self.small_value(t) {
            return Ok(Some(n.into()));
        }
        let (negative, limbs) = match self.boxed(t)? {
            Some((Subtag::BigPos, n)) => (false, n),
            Some((Subtag::BigNeg, n)) => (true, n),
            _ => return Ok(None),
        };
        if limbs == 0 {
            return Err(Fault::undefined("a large integer has no limbs"));
        }
        let mut bytes = Vec::with_capacity(limbs * 8);
        for i in 0..limbs {
            bytes.extend_from_slice(&self.payload(t, i)?.to_le_bytes()[..self.size() as usize]);
        }
        let n = IBig::from(UBig::from_le_bytes(&bytes));
        let n = if negative { -n } else { n };
        // One integer has one representation: comparisons of words rely on it.
        if i64::try_from(&n).is_ok_and(|n| self.word().is_small(n)) || self.payload(t, limbs - 1)? == 0 {
            return Err(Fault::undefined(format!("the large integer {n} is not in its normal form")));
        }
        Ok(Some(n))
    }

    /// The number that a term is.
    pub(super) fn number(&self, t: u64) -> Result<Option<Num>, Fault> {
        if let Some(f) = self.float_value(t)? {
            return Ok(Some(Num::Float(f)));
        }
        Ok(self.int_value(t)?.map(Num::Int))
    }

    /// Bytes and size in bits of a bitstring.
    pub fn bits_value(&self, t: u64) -> Result<Option<(Vec<u8>, u64)>, Fault> {
        match self.boxed(t)? {
            Some((Subtag::HeapBits, n)) => {
                let bits = self.payload(t, 0)?;
                let len = bits.div_ceil(8) as usize;
                let mut bytes = Vec::with_capacity(len);
                for i in 1..n {
                    bytes.extend_from_slice(&self.payload(t, i)?.to_le_bytes()[..self.size() as usize]);
                }
                bytes.truncate(len);
                Ok(Some((bytes, bits)))
            }
            Some((Subtag::SubBits, _)) => {
                let [base, offset, bits] = [self.payload(t, 0)?, self.payload(t, 1)?, self.payload(t, 2)?];
                if self.boxed(base)?.is_none_or(|(subtag, _)| subtag != Subtag::HeapBits) {
                    return Err(Fault::undefined("a part of something that holds no bytes"));
                }
                let Some((whole, all)) = self.bits_value(base)? else { return Ok(None) };
                if offset.checked_add(bits).is_none_or(|end| end > all) {
                    return Err(Fault::undefined("a part of a bitstring reaches beyond it"));
                }
                let mut bytes = vec![0; bits.div_ceil(8) as usize];
                for to in 0..bits {
                    let from = offset + to;
                    let bit = whole[(from / 8) as usize] >> (7 - from % 8) & 1;
                    bytes[(to / 8) as usize] |= bit << (7 - to % 8);
                }
                Ok(Some((bytes, bits)))
            }
            Some((Subtag::RefcBits | Subtag::MatchContext, _)) => {
                Err(Fault::Unsupported("bitstrings in buffers".into()))
            }
            _ => Ok(None),
        }
    }

    fn bits_payload(&self, bytes: &[u8], bits: u64) -> Vec<u64> {
        let words = bytes
            .chunks(self.size() as usize)
            .map(|c| c.iter().rev().fold(0, |word, &b| word << 8 | u64::from(b)));
        std::iter::once(bits).chain(words).collect()
    }

    /// Makes a bitstring.
    pub fn make_bits(&mut self, bytes: &[u8], bits: u64) -> Result<u64, Fault> {
        let payload = self.bits_payload(bytes, bits);
        self.make_boxed(Subtag::HeapBits, &payload)
    }

    /// Keys and values of a map, in key order.
    pub fn map_pairs(&self, t: u64) -> Result<Option<Vec<(u64, u64)>>, Fault> {
        match self.boxed(t)? {
            Some((Subtag::FlatMap, n)) => {
                let keys = self.payload(t, 0)?;
                let keys = self.tuple_elements(keys)?;
                let keys = keys.filter(|k| k.len() + 1 == n);
                let Some(keys) = keys else { return Err(Fault::undefined("the keys of a map are no tuple")) };
                let pairs = keys.into_iter().enumerate().map(|(i, k)| Ok((k, self.payload(t, i + 1)?)));
                pairs.collect::<Result<_, _>>().map(Some)
            }
            Some((Subtag::HashMap, _)) => Err(Fault::Unsupported("hash maps".into())),
            _ => Ok(None),
        }
    }

    /// Makes a map; the last of equal keys counts. (Maps are flat here however large they are.)
    pub fn make_map(&mut self, mut pairs: Vec<(u64, u64)>) -> Result<u64, Fault> {
        let mut sorted: Vec<(u64, u64)> = Vec::with_capacity(pairs.len());
        for (k, v) in pairs.drain(..) {
            let (mut lo, mut hi) = (0, sorted.len());
            let mut found = false;
            while lo < hi && !found {
                let mid = (lo + hi) / 2;
                match order::compare(self, sorted[mid].0, k, order::Mode::Key)? {
                    core::cmp::Ordering::Less => lo = mid + 1,
                    core::cmp::Ordering::Greater => hi = mid,
                    core::cmp::Ordering::Equal => (lo, found) = (mid, true),
                }
            }
            if found {
                sorted[lo] = (k, v);
            } else {
                sorted.insert(lo, (k, v));
            }
        }
        let keys: Vec<u64> = sorted.iter().map(|p| p.0).collect();
        let keys = self.make_tuple(&keys)?;
        let payload: Vec<u64> = std::iter::once(keys).chain(sorted.iter().map(|p| p.1)).collect();
        self.make_boxed(Subtag::FlatMap, &payload)
    }

    /// Makes a fun.
    pub fn make_fun(&mut self, callee: Callee, free: &[u64]) -> Result<u64, Fault> {
        let (Callee::Function { arity, .. } | Callee::Lambda { arity, .. }) = callee;
        let cell = self.cell(callee);
        let payload: Vec<u64> = [cell, arity.into()].into_iter().chain(free.iter().copied()).collect();
        self.make_boxed(Subtag::Fun, &payload)
    }

    /// Callee, arity and free variables of a fun.
    pub fn fun_parts(&self, t: u64) -> Result<Option<(Callee, u64, Vec<u64>)>, Fault> {
        let Some((Subtag::Fun, n)) = self.boxed(t)? else { return Ok(None) };
        let cell = self.payload(t, term::FUN_CELL - 1)?;
        let Some(callee) = self.callee(cell).cloned() else {
            return Err(Fault::undefined(format!("the fun's entry cell {cell:#x} does not exist")));
        };
        let arity = self.payload(t, term::FUN_ARITY - 1)?;
        let free = (term::FUN_ENV - 1..n).map(|i| self.payload(t, i)).collect::<Result<_, _>>()?;
        Ok(Some((callee, arity, free)))
    }

    /// The kind of a term; NONE too.
    pub fn kind(&self, t: u64) -> Result<Kinds, Fault> {
        Ok(match t & term::PRIMARY_MASK {
            _ if t == term::NONE => Kinds::NONE,
            _ if t == term::NIL => Kinds::NIL,
            term::TAG_CONS => Kinds::CONS,
            term::TAG_IMMEDIATE => match t & term::IMM1_MASK {
                term::TAG_SMALL => Kinds::INT,
                term::TAG_PID => Kinds::PID,
                term::TAG_PORT => Kinds::PORT,
                _ if self.atom_text(t).is_some() => Kinds::ATOM,
                _ => return Err(Fault::undefined(format!("{t:#x} is no term"))),
            },
            term::TAG_BOXED => match self.boxed(t)? {
                Some((subtag, _)) => match subtag {
                    Subtag::Tuple => Kinds::TUPLE,
                    Subtag::Fun => Kinds::FUN,
                    Subtag::BigPos | Subtag::BigNeg => Kinds::INT,
                    Subtag::Float => Kinds::FLOAT,
                    Subtag::Ref => Kinds::REF,
                    Subtag::FlatMap | Subtag::HashMap => Kinds::MAP,
                    Subtag::HeapBits | Subtag::RefcBits | Subtag::SubBits => Kinds::BITS,
                    Subtag::Record => Kinds::RECORD,
                    Subtag::MatchContext | Subtag::Raw | Subtag::Forward => {
                        return Err(Fault::undefined(format!("{t:#x} is no term of a program")));
                    }
                },
                None => return Err(Fault::undefined(format!("{t:#x} is no term"))),
            },
            _ => return Err(Fault::undefined(format!("{t:#x} is no term"))),
        })
    }

    /// Builds a term on the heap.
    pub fn build(&mut self, t: &Term) -> Result<u64, Fault> {
        Ok(match t {
            Term::Int(n) => self.make_int(n)?,
            Term::Float(bits) => self.make_float(f64::from_bits(*bits))?,
            Term::Atom(a) => self.atom(a),
            Term::List(items, tail) => {
                let tail = tail.as_ref().map_or(Ok(term::NIL), |t| self.build(t))?;
                let items = items.iter().map(|t| self.build(t)).collect::<Result<Vec<_>, _>>()?;
                self.make_list(&items, tail)?
            }
            Term::Tuple(items) => {
                let items = items.iter().map(|t| self.build(t)).collect::<Result<Vec<_>, _>>()?;
                self.make_tuple(&items)?
            }
            Term::Map(pairs) => {
                let pairs = pairs.iter().map(|(k, v)| Ok((self.build(k)?, self.build(v)?)));
                let pairs = pairs.collect::<Result<Vec<_>, Fault>>()?;
                self.make_map(pairs)?
            }
            Term::Bits(bytes, bits) => self.make_bits(bytes, *bits)?,
            Term::Export(module, name, arity) => {
                let (module, name, arity) = (module.clone(), name.clone(), *arity);
                self.make_fun(Callee::Function { module, name, arity }, &[])?
            }
            Term::Opaque(s) => return Err(Fault::Unsupported(format!("#{s} cannot be built"))),
        })
    }

    /// Builds a term among the literals: on the heap first, then copied object by object.
    pub(super) fn build_literal(&mut self, t: &Term) -> Result<u64, Fault> {
        let on_heap = self.build(t)?;
        self.copy_literal(on_heap, MAX_DEPTH)
    }

    fn copy_literal(&mut self, t: u64, depth: u32) -> Result<u64, Fault> {
        if depth == 0 {
            return Err(Fault::Unsupported("a literal nests too deep".into()));
        }
        if t & term::PRIMARY_MASK == term::TAG_CONS {
            // Along the tails without recursion: literal strings are long.
            let (mut items, mut rest) = (Vec::new(), t);
            while let Some((head, tail)) = self.cons_parts(rest)? {
                items.push(self.copy_literal(head, depth - 1)?);
                rest = tail;
            }
            let mut list = self.copy_literal(rest, depth - 1)?;
            for &head in items.iter().rev() {
                let address = self.alloc_literal(2)?;
                self.fill(address, head, &[list])?;
                list = address + term::TAG_CONS;
            }
            return Ok(list);
        }
        let Some((subtag, n)) = self.boxed(t)? else { return Ok(t) };
        let scan = subtag.scan();
        let mut words = (0..n).map(|i| self.payload(t, i)).collect::<Result<Vec<_>, _>>()?;
        let terms = scan.count.map_or(n, |c| c as usize);
        for word in words.iter_mut().skip(scan.skip as usize).take(terms) {
            *word = self.copy_literal(*word, depth - 1)?;
        }
        let address = self.alloc_literal(n + 1)?;
        self.fill(address, term::header(subtag, n as u64), &words)?;
        Ok(address + term::TAG_BOXED)
    }

    /// Reads a term.
    pub fn read(&self, t: u64) -> Result<Term, Fault> {
        self.read_nested(t, MAX_DEPTH)
    }

    fn read_nested(&self, t: u64, depth: u32) -> Result<Term, Fault> {
        if depth == 0 {
            return Ok(Term::Opaque("deeper".into()));
        }
        let all = |items: Vec<u64>| {
            items.into_iter().map(|t| self.read_nested(t, depth - 1)).collect::<Result<Vec<Term>, Fault>>()
        };
        let kind = self.kind(t)?;
        Ok(match kind {
            Kinds::NONE => Term::Opaque("none".into()),
            Kinds::NIL => Term::NIL,
            Kinds::ATOM => Term::Atom(self.atom_text(t).map_or_else(|| Arc::from("?"), Arc::clone)),
            Kinds::PID => Term::Opaque(format!("pid({})", t >> 4)),
            Kinds::PORT => Term::Opaque(format!("port({})", t >> 4)),
            Kinds::CONS => {
                let (mut items, mut rest) = (Vec::new(), t);
                while let Some((head, tail)) = self.cons_parts(rest)? {
                    items.push(head);
                    rest = tail;
                }
                let tail = match rest {
                    term::NIL => None,
                    other => Some(Box::new(self.read_nested(other, depth - 1)?)),
                };
                Term::List(all(items)?, tail)
            }
            _ => {
                if let Some(n) = self.int_value(t)? {
                    Term::Int(n)
                } else if let Some(f) = self.float_value(t)? {
                    Term::Float(f.to_bits())
                } else if let Some(items) = self.tuple_elements(t)? {
                    Term::Tuple(all(items)?)
                } else if kind == Kinds::MAP {
                    let pairs = self.map_pairs(t)?.unwrap_or_default();
                    let keys = all(pairs.iter().map(|p| p.0).collect())?;
                    let values = all(pairs.iter().map(|p| p.1).collect())?;
                    Term::Map(keys.into_iter().zip(values).collect())
                } else if let Some((callee, _, free)) = self.fun_parts(t)? {
                    match callee {
                        Callee::Function { module, name, arity } => Term::Export(module, name, arity),
                        Callee::Lambda { module, name, arity, .. } => {
                            let free = all(free)?;
                            Term::Opaque(format!("fun({module}:{name}/{arity}, {})", Term::Tuple(free)))
                        }
                    }
                } else if let Some((bytes, bits)) = self.bits_value(t)? {
                    Term::Bits(bytes, bits)
                } else {
                    Term::Opaque(format!("{kind}"))
                }
            }
        })
    }
}

/// Is the integer larger than any the interpreter handles?
pub(super) fn too_large(n: &IBig) -> bool {
    n.bit_len() > MAX_BITS
}
