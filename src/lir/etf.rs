//! The external term format of [`Term`]s, as far as tests need it.

use dashu_int::{IBig, Sign, UBig};
use linac_ir::text::Term;

/// Deepest nesting that is read.
const MAX_DEPTH: u32 = 1000;

/// A term in the external format, version byte included.
pub fn encode(term: &Term) -> Result<Vec<u8>, String> {
    let mut out = vec![131];
    write(&mut out, term)?;
    Ok(out)
}

fn length(n: usize) -> Result<[u8; 4], String> {
    u32::try_from(n).map(u32::to_be_bytes).map_err(|_| "a term is too long".into())
}

fn atom(out: &mut Vec<u8>, text: &str) -> Result<(), String> {
    let len = u16::try_from(text.len()).map_err(|_| "an atom is too long")?;
    out.push(118);
    out.extend(len.to_be_bytes());
    out.extend(text.as_bytes());
    Ok(())
}

fn write(out: &mut Vec<u8>, term: &Term) -> Result<(), String> {
    match term {
        Term::Int(n) => match i32::try_from(n) {
            Ok(n) => {
                out.push(98);
                out.extend(n.to_be_bytes());
            }
            Err(_) => {
                let (sign, magnitude) = n.clone().into_parts();
                let bytes = magnitude.to_le_bytes();
                out.push(111);
                out.extend(length(bytes.len())?);
                out.push(u8::from(sign == Sign::Negative));
                out.extend(bytes.iter());
            }
        },
        Term::Float(bits) => {
            out.push(70);
            out.extend(bits.to_be_bytes());
        }
        Term::Atom(text) => atom(out, text)?,
        Term::List(items, tail) => {
            if !items.is_empty() {
                out.push(108);
                out.extend(length(items.len())?);
                items.iter().try_for_each(|t| write(out, t))?;
            }
            match tail {
                Some(tail) => write(out, tail)?,
                None => out.push(106),
            }
        }
        Term::Tuple(items) => {
            out.push(105);
            out.extend(length(items.len())?);
            items.iter().try_for_each(|t| write(out, t))?;
        }
        Term::Map(pairs) => {
            out.push(116);
            out.extend(length(pairs.len())?);
            for (k, v) in pairs {
                write(out, k)?;
                write(out, v)?;
            }
        }
        Term::Bits(bytes, bits) => {
            let rest = (bits % 8) as u8;
            out.push(if rest == 0 { 109 } else { 77 });
            out.extend(length(bytes.len())?);
            if rest != 0 {
                out.push(rest);
            }
            out.extend(bytes);
        }
        Term::Export(module, name, arity) => {
            out.push(113);
            atom(out, module)?;
            atom(out, name)?;
            let arity = u8::try_from(*arity).map_err(|_| "an arity is out of range")?;
            out.extend([97, arity]);
        }
        Term::Opaque(text) => return Err(format!("#{text} has no external format")),
    }
    Ok(())
}

/// The term that bytes in the external format stand for.
pub fn decode(bytes: &[u8]) -> Result<Term, String> {
    let mut reader = Reader { bytes, at: 0 };
    if reader.byte()? != 131 {
        return Err("the version byte is missing".into());
    }
    let term = reader.term(MAX_DEPTH)?;
    if reader.at != bytes.len() { Err("bytes are left over".into()) } else { Ok(term) }
}

struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl Reader<'_> {
    fn take(&mut self, n: usize) -> Result<&[u8], String> {
        let end = self.at.checked_add(n).filter(|&end| end <= self.bytes.len());
        let end = end.ok_or(format!("the external format ends at byte {}", self.bytes.len()))?;
        let part = &self.bytes[self.at..end];
        self.at = end;
        Ok(part)
    }

    fn byte(&mut self) -> Result<u8, String> {
        Ok(self.take(1)?[0])
    }

    fn number(&mut self, bytes: usize) -> Result<usize, String> {
        Ok(self.take(bytes)?.iter().fold(0, |n, &b| n << 8 | usize::from(b)))
    }

    fn text(&mut self, len: usize) -> Result<String, String> {
        String::from_utf8(self.take(len)?.to_vec()).map_err(|_| "an atom is no UTF-8".into())
    }

    fn terms(&mut self, n: usize, depth: u32) -> Result<Vec<Term>, String> {
        if n > self.bytes.len() {
            return Err("more elements than bytes".into());
        }
        (0..n).map(|_| self.term(depth - 1)).collect()
    }

    fn term(&mut self, depth: u32) -> Result<Term, String> {
        if depth == 0 {
            return Err("nests too deep".into());
        }
        Ok(match self.byte()? {
            97 => Term::int(self.byte()?.into()),
            98 => Term::int((self.number(4)? as u32 as i32).into()),
            tag @ (110 | 111) => {
                let len = self.number(if tag == 110 { 1 } else { 4 })?;
                let negative = self.byte()? != 0;
                let n = IBig::from(UBig::from_le_bytes(self.take(len)?));
                Term::Int(if negative { -n } else { n })
            }
            70 => Term::Float(self.take(8)?.iter().fold(0, |n, &b| n << 8 | u64::from(b))),
            tag @ (118 | 119) => {
                let len = self.number(if tag == 118 { 2 } else { 1 })?;
                Term::atom(&self.text(len)?)
            }
            tag @ (104 | 105) => {
                let n = self.number(if tag == 104 { 1 } else { 4 })?;
                Term::Tuple(self.terms(n, depth)?)
            }
            106 => Term::NIL,
            107 => {
                let n = self.number(2)?;
                Term::List(self.take(n)?.iter().map(|&b| Term::int(b.into())).collect(), None)
            }
            108 => {
                let n = self.number(4)?;
                let mut items = self.terms(n, depth)?;
                match self.term(depth - 1)? {
                    Term::List(more, tail) => {
                        items.extend(more);
                        Term::List(items, tail)
                    }
                    tail => Term::List(items, Some(Box::new(tail))),
                }
            }
            109 => {
                let n = self.number(4)?;
                let bytes = self.take(n)?.to_vec();
                Term::Bits(bytes, 8 * n as u64)
            }
            77 => {
                let n = self.number(4)?;
                let rest = self.byte()?;
                let bytes = self.take(n)?.to_vec();
                if n == 0 || !(1..=8).contains(&rest) {
                    return Err("a bitstring has no such size".into());
                }
                Term::Bits(bytes, 8 * (n as u64 - 1) + u64::from(rest))
            }
            116 => {
                let n = self.number(4)?;
                let items = self.terms(n.checked_mul(2).ok_or("a map is too large")?, depth)?;
                Term::Map(items.chunks(2).map(|p| (p[0].clone(), p[1].clone())).collect())
            }
            113 => {
                let parts = self.terms(3, depth)?;
                match &parts[..] {
                    [Term::Atom(m), Term::Atom(f), Term::Int(a)] => {
                        let arity = u32::try_from(a).map_err(|_| "an arity is out of range")?;
                        Term::Export(m.clone(), f.clone(), arity)
                    }
                    _ => return Err("a fun without its name".into()),
                }
            }
            tag => return Err(format!("tag {tag} of the external format is not read")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use linac_ir::text::parse_term;

    #[test]
    fn terms_come_back() {
        for text in [
            "0",
            "-1",
            "2147483648",
            "-2147483649",
            "123456789012345678901234567890",
            "1.5",
            "-0.0",
            "'A b'",
            "[]",
            "{}",
            "\"abc\"",
            "[1, 2 | x]",
            "#{a => 1}",
            "<<>>",
            "<<1,255>>",
            "<<1,5:3>>",
            "fun lists:map/2",
        ] {
            let term = parse_term(text).unwrap();
            assert_eq!(decode(&encode(&term).unwrap()).unwrap(), term);
        }
        let bytes = encode(&parse_term("[{1, a}, <<5>>]").unwrap()).unwrap();
        for n in 0..bytes.len() {
            assert!(decode(&bytes[..n]).is_err());
        }
    }
}
