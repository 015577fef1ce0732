//! `erlang:decode_packet/3`: the first packet of some bytes, of the kinds that sockets know.
//!
//! *Idea*: one step finds where the packet ends, from its length field or its line's end ([`extent`]); another takes it
//! apart: a header goes, or a line of HTTP or a TLS record becomes a tuple ([`content`]). Numbers are 32 bits wide, as in
//! the reference VM, which shows for lengths that do not fit.

use super::BADARG;
use crate::process::Process;
use linac_abi::term::FixedAtom;
use linac_core::binary::{self, Bits};
use linac_core::number::to_i64;
use linac_core::{Atom, Build, Term};
use std::borrow::Cow;

type Out = Result<Term, Term>;

fn atom(text: &str) -> Term {
    Atom::new(text).map_or(Term::fixed(FixedAtom::Undefined), Term::atom)
}

/// Kinds of packets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Raw,
    /// So many bytes that say how many follow; they are no part of the packet.
    Length(usize),
    Asn1,
    SunRpc,
    Cdr,
    FastCgi,
    Tpkt,
    Line,
    Tls,
    /// `head` if what comes is a header, not the first line.
    Http {
        head: bool,
        binary: bool,
    },
}

impl Kind {
    fn of(term: Term) -> Option<Kind> {
        Some(match (term.as_small(), term.as_atom().map(Atom::text)) {
            (Some(0), _) | (_, Some("raw")) => Kind::Raw,
            (Some(n @ (1 | 2 | 4)), _) => Kind::Length(n as usize),
            (_, Some("asn1")) => Kind::Asn1,
            (_, Some("sunrm")) => Kind::SunRpc,
            (_, Some("cdr")) => Kind::Cdr,
            (_, Some("fcgi")) => Kind::FastCgi,
            (_, Some("tpkt")) => Kind::Tpkt,
            (_, Some("line")) => Kind::Line,
            (_, Some("ssl_tls")) => Kind::Tls,
            (_, Some("http")) => Kind::Http { head: false, binary: false },
            (_, Some("httph")) => Kind::Http { head: true, binary: false },
            (_, Some("http_bin")) => Kind::Http { head: false, binary: true },
            (_, Some("httph_bin")) => Kind::Http { head: true, binary: true },
            _ => return None,
        })
    }
}

/// The options; no limit is 0.
#[derive(Clone, Copy, Debug)]
struct Limits {
    packet: usize,
    line: usize,
    delimiter: u8,
}

fn limits(mut options: Term, kind: Kind) -> Option<Limits> {
    let mut limits = Limits { packet: 0, line: 0, delimiter: b'\n' };
    while let Some(&[option, rest]) = options.as_cons() {
        let &[name, value] = option.as_tuple()? else { return None };
        let value = u32::try_from(to_i64(value)?).ok()?;
        match name.as_atom()?.text() {
            "packet_size" => limits.packet = value as usize,
            "line_length" => limits.line = value as usize,
            "line_delimiter" if kind == Kind::Line => limits.delimiter = u8::try_from(value).ok()?,
            _ => return None,
        }
        options = rest;
    }
    options.is_nil().then_some(limits)
}

/// Where a packet ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Extent {
    /// After so many bytes, which may be more than there are.
    At(usize),
    /// More bytes will tell.
    Unknown,
    /// These bytes are none.
    Invalid,
}
use Extent::{At, Invalid, Unknown};

/// A number in network order.
fn number(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |n, byte| n << 8 | u32::from(*byte))
}

/// A header and what it says to follow.
fn with_header(header: usize, body: u32, limits: &Limits) -> Extent {
    let total = (header as u32).wrapping_add(body) as i32;
    match usize::try_from(total) {
        Ok(total) if total >= header && (limits.packet == 0 || body as usize <= limits.packet) => At(total),
        _ => Invalid,
    }
}

fn extent(kind: Kind, bytes: &[u8], limits: &Limits) -> Extent {
    let header = match kind {
        Kind::Raw if bytes.is_empty() => return Unknown,
        Kind::Raw => return At(bytes.len()),
        Kind::Line => return line_extent(bytes, limits),
        Kind::Http { head, .. } => return http_extent(bytes, head, limits),
        Kind::Asn1 => return asn1_extent(bytes, limits),
        Kind::Length(n) => n,
        Kind::SunRpc | Kind::Tpkt => 4,
        Kind::Tls => 5,
        Kind::FastCgi => 8,
        Kind::Cdr => 12,
    };
    if bytes.len() < header {
        return Unknown;
    }
    let body = match kind {
        Kind::SunRpc => number(&bytes[..4]) & 0x7FFF_FFFF,
        Kind::Tpkt if bytes[0] != 3 => return Invalid,
        Kind::Tpkt => match number(&bytes[2..4]).checked_sub(4) {
            Some(body) => body,
            None => return Invalid,
        },
        Kind::Tls if is_old_hello(bytes) => match (number(&bytes[..2]) & 0x7FFF).checked_sub(3) {
            Some(body) => body,
            None => return Invalid,
        },
        Kind::Tls => number(&bytes[3..5]),
        Kind::FastCgi if bytes[0] != 1 => return Invalid,
        Kind::FastCgi => number(&bytes[4..6]) + u32::from(bytes[6]),
        Kind::Cdr if !bytes.starts_with(b"GIOP") => return Invalid,
        Kind::Cdr if bytes[6] & 1 != 0 => number(&bytes[8..12]).swap_bytes(),
        Kind::Cdr => number(&bytes[8..12]),
        _ => number(&bytes[..header]),
    };
    with_header(header, body, limits)
}

fn line_extent(bytes: &[u8], limits: &Limits) -> Extent {
    let too_long = |limit: usize, length: usize| limit != 0 && length > limit;
    match bytes.iter().position(|byte| *byte == limits.delimiter).map(|at| at + 1) {
        Some(length) if too_long(limits.packet, length) => Invalid,
        Some(length) if too_long(limits.line, length) => At(limits.line),
        Some(length) => At(length),
        None if too_long(limits.packet, bytes.len()) => Invalid,
        None if limits.line != 0 && bytes.len() >= limits.line => At(limits.line),
        None => Unknown,
    }
}

fn asn1_extent(bytes: &[u8], limits: &Limits) -> Extent {
    let mut at = 1;
    let Some(tag) = bytes.first() else { return Unknown };
    if tag & 0x1F == 0x1F {
        // A long tag: the last byte of it is below 128.
        while bytes.get(at).is_some_and(|byte| byte & 0x80 != 0) {
            at += 1;
        }
        at += 1;
    }
    let Some(length) = bytes.get(at) else { return Unknown };
    at += 1;
    if length & 0x80 == 0 {
        return with_header(at, u32::from(*length), limits);
    }
    let digits = usize::from(length & 0x7F);
    match bytes.get(at..at + digits) {
        None => Unknown,
        Some(_) if digits > 4 => Invalid,
        Some(body) => with_header(at + digits, number(body), limits),
    }
}

fn http_extent(bytes: &[u8], head: bool, limits: &Limits) -> Extent {
    // The limit of lines once was the one that counted.
    let most = if limits.packet == 0 { limits.line } else { limits.packet };
    if head && (bytes == b"\n" || bytes.starts_with(b"\r\n")) {
        return At(if bytes[0] == b'\n' { 1 } else { 2 });
    }
    let mut from = 0;
    loop {
        let Some(end) = bytes[from..].iter().position(|byte| *byte == b'\n') else {
            return if most != 0 && bytes.len() >= most { Invalid } else { Unknown };
        };
        let length = from + end + 1;
        // A header goes on in lines that begin with a space, unless it has at most one byte.
        let goes_on = head && length > 2 && bytes.get(length).is_some_and(|byte| is_space(*byte));
        if goes_on {
            from = length;
            continue;
        }
        return match bytes.get(length) {
            _ if most != 0 && length > most => Invalid,
            None if head => Unknown,
            _ => At(length),
        };
    }
}

/// The beginning of a connection as TLS's forerunner had it.
fn is_old_hello(bytes: &[u8]) -> bool {
    bytes[0] & 0x80 != 0 && bytes[2] == 1
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Characters that end a name.
fn is_special(byte: u8) -> bool {
    !matches!(byte, 33..=127) || b"()<>@,;:\\\"/[]?={}".contains(&byte)
}

/// `decode_packet/3`
fn decode_packet(p: &mut Process, a: &[Term]) -> Out {
    let kind = Kind::of(a[0]).ok_or(BADARG)?;
    let bits = Bits::of(a[1]).filter(|bits| bits.is_binary()).ok_or(BADARG)?;
    let limits = limits(a[2], kind).ok_or(BADARG)?;
    let bytes = bits.as_bytes().map_or_else(|| Cow::from(bits.to_vec()), Cow::from);
    match extent(kind, &bytes, &limits) {
        Invalid => Ok(p.heap.tuple(&[Term::fixed(FixedAtom::Error), atom("invalid")])),
        Unknown => Ok(p.heap.tuple(&[atom("more"), Term::fixed(FixedAtom::Undefined)])),
        At(end) if end > bytes.len() => {
            let end = p.heap.integer(end as i64);
            Ok(p.heap.tuple(&[atom("more"), end]))
        }
        At(end) => {
            let packet = content(p, kind, a[1], &bytes[..end])?;
            let rest = part(p, a[1], end, bytes.len())?;
            Ok(p.heap.tuple(&[Term::fixed(FixedAtom::Ok), packet, rest]))
        }
    }
}

fn part(p: &mut Process, bytes: Term, from: usize, to: usize) -> Out {
    binary::sub_bits(&mut p.heap, bytes, from * 8, (to - from) * 8).ok_or(BADARG)
}

/// What a packet is to the caller.
fn content(p: &mut Process, kind: Kind, all: Term, bytes: &[u8]) -> Out {
    let end = bytes.len();
    match kind {
        Kind::Length(header) => part(p, all, header, end),
        Kind::FastCgi => part(p, all, 0, end - usize::from(bytes[6])),
        Kind::Tls if is_old_hello(bytes) => {
            let body = &bytes[3..];
            let mut hello = vec![1];
            hello.extend_from_slice(&(body.len() as u32).to_be_bytes()[1..]);
            hello.extend_from_slice(body);
            record(p, 22, [bytes[3], bytes[4]], &hello)
        }
        Kind::Tls => record(p, bytes[0], [bytes[1], bytes[2]], &bytes[5..]),
        Kind::Http { head, binary } => {
            let mut maker = Maker { p, binary };
            let parsed = match head {
                true => maker.header(bytes),
                false => maker.first_line(bytes),
            };
            match parsed {
                Some(packet) => packet,
                None => {
                    let text = maker.text(bytes)?;
                    Ok(maker.p.heap.tuple(&[atom("http_error"), text]))
                }
            }
        }
        _ => part(p, all, 0, end),
    }
}

fn record(p: &mut Process, kind: u8, version: [u8; 2], body: &[u8]) -> Out {
    let body = p.heap.binary(body).map_err(|_| Term::fixed(FixedAtom::SystemLimit))?;
    let version = p.heap.tuple(&version.map(|n| Term::small(isize::from(n))));
    Ok(p.heap.tuple(&[atom("ssl_tls"), Term::NIL, Term::small(isize::from(kind)), version, body]))
}

/// The methods that are atoms.
const METHODS: &[&str] = &["OPTIONS", "GET", "HEAD", "POST", "PUT", "DELETE", "TRACE"];

/// The headers that are atoms; programs are told their numbers, from 1.
const HEADERS: &[&str] = &[
    "Cache-Control",
    "Connection",
    "Date",
    "Pragma",
    "Transfer-Encoding",
    "Upgrade",
    "Via",
    "Accept",
    "Accept-Charset",
    "Accept-Encoding",
    "Accept-Language",
    "Authorization",
    "From",
    "Host",
    "If-Modified-Since",
    "If-Match",
    "If-None-Match",
    "If-Range",
    "If-Unmodified-Since",
    "Max-Forwards",
    "Proxy-Authorization",
    "Range",
    "Referer",
    "User-Agent",
    "Age",
    "Location",
    "Proxy-Authenticate",
    "Public",
    "Retry-After",
    "Server",
    "Vary",
    "Warning",
    "Www-Authenticate",
    "Allow",
    "Content-Base",
    "Content-Encoding",
    "Content-Language",
    "Content-Length",
    "Content-Location",
    "Content-Md5",
    "Content-Range",
    "Content-Type",
    "Etag",
    "Expires",
    "Last-Modified",
    "Accept-Ranges",
    "Set-Cookie",
    "Set-Cookie2",
    "X-Forwarded-For",
    "Cookie",
    "Keep-Alive",
    "Proxy-Connection",
];

/// Names of headers up to this length are written in one way.
const LONGEST_NAME: usize = 50;

/// Makes terms of lines of HTTP.
struct Maker<'a> {
    p: &'a mut Process,
    binary: bool,
}

/// A line without its end.
fn trimmed(bytes: &[u8]) -> &[u8] {
    let bytes = &bytes[..bytes.len() - 1];
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

fn after_spaces(bytes: &[u8]) -> &[u8] {
    let count = bytes.iter().take_while(|byte| is_space(**byte)).count();
    &bytes[count..]
}

fn split_at(bytes: &[u8], end: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    bytes.split_at(bytes.iter().position(|byte| end(*byte)).unwrap_or(bytes.len()))
}

/// Digits in front, as the reference VM counts: in 32 bits, without looking whether they are enough.
fn digits(bytes: &[u8]) -> (i32, &[u8]) {
    let (digits, rest) = split_at(bytes, |byte| !byte.is_ascii_digit());
    let add = |n: i32, digit: &u8| n.wrapping_mul(10).wrapping_add(i32::from(digit - b'0'));
    (digits.iter().fold(0, add), rest)
}

/// `1.1`, and what follows.
fn version(bytes: &[u8]) -> Option<([i32; 2], &[u8])> {
    let starts = |bytes: &[u8]| bytes.first().is_some_and(u8::is_ascii_digit);
    let (major, rest) = starts(bytes).then(|| digits(bytes))?;
    let rest = rest.strip_prefix(b".")?;
    let (minor, rest) = starts(rest).then(|| digits(rest))?;
    Some(([major, minor], rest))
}

impl Maker<'_> {
    fn text(&mut self, bytes: &[u8]) -> Out {
        if self.binary {
            return self.p.heap.binary(bytes).map_err(|_| Term::fixed(FixedAtom::SystemLimit));
        }
        let codes: Vec<Term> = bytes.iter().map(|byte| Term::small(isize::from(*byte))).collect();
        Ok(self.p.heap.list(&codes))
    }

    fn pair(&mut self, numbers: [i32; 2]) -> Term {
        let numbers = numbers.map(|n| self.p.heap.integer(n.into()));
        self.p.heap.tuple(&numbers)
    }

    /// A request or a response; none if it is neither.
    fn first_line(&mut self, bytes: &[u8]) -> Option<Out> {
        let line = trimmed(bytes);
        if let Some(rest) = line.strip_prefix(b"HTTP/") {
            let (numbers, rest) = version(rest)?;
            rest.first().filter(|byte| is_space(**byte))?;
            let (status, rest) = digits(after_spaces(rest));
            let phrase = after_spaces(rest);
            return Some(self.response(numbers, status, phrase));
        }
        let (method, rest) = split_at(line, is_special);
        if method.is_empty() || !rest.first().is_some_and(|byte| is_space(*byte)) {
            return None;
        }
        let (uri, rest) = split_at(after_spaces(rest), is_space);
        if uri.is_empty() {
            return None;
        }
        let rest = after_spaces(rest);
        let numbers = match rest {
            [] => [0, 9],
            _ if rest.len() < 8 => return None,
            _ => version(rest.strip_prefix(b"HTTP/")?)?.0,
        };
        Some(self.request(method, uri, numbers))
    }

    fn response(&mut self, numbers: [i32; 2], status: i32, phrase: &[u8]) -> Out {
        let phrase = self.text(phrase)?;
        let numbers = self.pair(numbers);
        let status = self.p.heap.integer(status.into());
        Ok(self.p.heap.tuple(&[atom("http_response"), numbers, status, phrase]))
    }

    fn request(&mut self, method: &[u8], uri: &[u8], numbers: [i32; 2]) -> Out {
        let method = match METHODS.iter().find(|known| known.as_bytes() == method) {
            Some(known) => atom(known),
            None => self.text(method)?,
        };
        let uri = self.uri(uri)?;
        let numbers = self.pair(numbers);
        Ok(self.p.heap.tuple(&[atom("http_request"), method, uri, numbers]))
    }

    fn uri(&mut self, uri: &[u8]) -> Out {
        if uri == b"*" {
            return Ok(atom("*"));
        }
        if uri.len() <= 1 || uri[0] == b'/' {
            let path = self.text(uri)?;
            return Ok(self.p.heap.tuple(&[atom("abs_path"), path]));
        }
        for (start, name) in [("http://", "http"), ("https://", "https")] {
            if uri.get(..start.len()).is_some_and(|text| text.eq_ignore_ascii_case(start.as_bytes())) {
                return self.absolute(name, &uri[start.len()..]);
            }
        }
        match split_at(uri, |byte| byte == b':') {
            (_, []) => self.text(uri),
            (scheme, rest) => {
                let scheme = self.text(scheme)?;
                let rest = self.text(&rest[1..])?;
                Ok(self.p.heap.tuple(&[atom("scheme"), scheme, rest]))
            }
        }
    }

    /// What follows `http://`.
    fn absolute(&mut self, scheme: &str, rest: &[u8]) -> Out {
        let (place, path) = split_at(rest, |byte| byte == b'/');
        let (host, port) = split_at(place, |byte| byte == b':');
        let port = match digits(port.get(1..).unwrap_or_default()).0 {
            0 => Term::fixed(FixedAtom::Undefined),
            port => self.p.heap.integer(port.into()),
        };
        let host = self.text(host)?;
        let path = self.text(if path.is_empty() { b"/" } else { path })?;
        Ok(self.p.heap.tuple(&[atom("absoluteURI"), atom(scheme), host, port, path]))
    }

    /// A header, or the end of all; none if it is neither.
    fn header(&mut self, bytes: &[u8]) -> Option<Out> {
        let line = trimmed(bytes);
        if line.is_empty() {
            return Some(Ok(atom("http_eoh")));
        }
        let (name, rest) = split_at(line, is_special);
        let value = after_spaces(rest.strip_prefix(b":")?);
        Some(self.field(name, value))
    }

    fn field(&mut self, name: &[u8], value: &[u8]) -> Out {
        let mut usual = name.to_vec();
        if name.len() <= LONGEST_NAME {
            let mut first = true;
            for byte in &mut usual {
                *byte = if first { byte.to_ascii_uppercase() } else { byte.to_ascii_lowercase() };
                first = *byte == b'-';
            }
        }
        let (number, term) = match HEADERS.iter().position(|known| known.as_bytes() == usual) {
            Some(at) if name.len() <= LONGEST_NAME => (at + 1, atom(HEADERS[at])),
            _ => (0, self.text(&usual)?),
        };
        let name = self.text(name)?;
        let value = self.text(value)?;
        Ok(self.p.heap.tuple(&[atom("http_header"), Term::small(number as isize), term, name, value]))
    }
}

bifs! {
    "erlang" "decode_packet" 3 Leaf decode_packet, "The first packet of some bytes.";
}
