//! Splits `.lir` text into tokens with positions.
//!
//! Comments run from `;` to the end of the line. Every character is either part of a token, white space, or an
//! error with its position; nothing is skipped silently.

use super::ParseError;

/// Longest text accepted, in bytes.
const MAX_TEXT: usize = 1 << 28;

/// A token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Tok {
    /// Letters, digits, `_` and `@`, beginning with a letter or `_`.
    Ident(String),
    /// An integer: decimal with optional sign, or hexadecimal with `0x`.
    Int(String),
    /// A float: digits, point, digits, optional exponent.
    Float(String),
    /// A quoted atom, escapes resolved.
    Atom(String),
    /// A quoted string, escapes resolved.
    Str(String),
    /// Punctuation.
    Punct(&'static str),
    /// End of the text.
    End,
}

impl Tok {
    /// How error messages show the token.
    pub(super) fn show(&self) -> String {
        match self {
            Tok::Ident(s) | Tok::Int(s) | Tok::Float(s) => format!("`{}`", short(s)),
            Tok::Atom(s) => format!("`'{}'`", short(s)),
            Tok::Str(s) => format!("`\"{}\"`", short(s)),
            Tok::Punct(s) => format!("`{s}`"),
            Tok::End => "end of text".into(),
        }
    }
}

fn short(s: &str) -> String {
    if s.chars().count() <= 40 { s.into() } else { format!("{}...", s.chars().take(40).collect::<String>()) }
}

/// A token and where it begins (both counted from 1; columns in characters).
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) tok: Tok,
    pub(super) line: u32,
    pub(super) col: u32,
}

/// Punctuation, longer spellings first.
const PUNCTUATION: &[&str] =
    &["->", "=>", "<<", ">>", "..", "{", "}", "(", ")", "[", "]", ",", ":", "=", "|", "/", "@", "!", "#"];

struct Lexer<'t> {
    chars: std::iter::Peekable<std::str::Chars<'t>>,
    rest: &'t str,
    line: u32,
    col: u32,
}

/// All tokens of a text, [`Tok::End`] last.
pub(super) fn tokenize(text: &str) -> Result<Vec<Token>, ParseError> {
    if text.len() > MAX_TEXT {
        return Err(ParseError { line: 1, col: 1, message: format!("text is longer than {MAX_TEXT} bytes") });
    }
    let mut lexer = Lexer { chars: text.chars().peekable(), rest: text, line: 1, col: 1 };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_space();
        let (line, col) = (lexer.line, lexer.col);
        let tok = lexer.token()?;
        let end = tok == Tok::End;
        tokens.push(Token { tok, line, col });
        if end {
            return Ok(tokens);
        }
    }
}

impl Lexer<'_> {
    fn peek(&mut self) -> Option<char> {
        self.chars.peek().copied()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.chars.next()?;
        self.rest = &self.rest[c.len_utf8()..];
        if c == '\n' {
            self.line += 1;
            self.col = 1;
        } else {
            self.col += 1;
        }
        Some(c)
    }

    fn error<T>(&self, message: impl Into<String>) -> Result<T, ParseError> {
        Err(ParseError { line: self.line, col: self.col, message: message.into() })
    }

    fn skip_space(&mut self) {
        while let Some(c) = self.peek() {
            if c == ';' {
                while self.peek().is_some_and(|c| c != '\n') {
                    self.bump();
                }
            } else if matches!(c, ' ' | '\t' | '\r' | '\n') {
                self.bump();
            } else {
                break;
            }
        }
    }

    fn take_while(&mut self, into: &mut String, accept: impl Fn(char) -> bool) {
        while let Some(c) = self.peek() {
            if !accept(c) {
                break;
            }
            into.push(c);
            self.bump();
        }
    }

    fn token(&mut self) -> Result<Tok, ParseError> {
        let Some(c) = self.peek() else { return Ok(Tok::End) };
        let second = self.rest[c.len_utf8()..].chars().next();
        if c.is_ascii_alphabetic() || c == '_' {
            let mut s = String::new();
            self.take_while(&mut s, |c| c.is_ascii_alphanumeric() || c == '_' || c == '@');
            return Ok(Tok::Ident(s));
        }
        if c.is_ascii_digit() || (c == '-' && second.is_some_and(|d| d.is_ascii_digit())) {
            return Ok(self.number());
        }
        if c == '\'' || c == '"' {
            let s = self.quoted(c)?;
            return Ok(if c == '\'' { Tok::Atom(s) } else { Tok::Str(s) });
        }
        for p in PUNCTUATION {
            if self.rest.starts_with(p) {
                for _ in 0..p.len() {
                    self.bump();
                }
                return Ok(Tok::Punct(p));
            }
        }
        self.error(format!("expected a token, found {c:?}"))
    }

    fn number(&mut self) -> Tok {
        let mut s = String::new();
        if self.peek() == Some('-') {
            s.push('-');
            self.bump();
        }
        if self.rest.starts_with("0x") {
            s.push_str("0x");
            self.bump();
            self.bump();
            self.take_while(&mut s, |c| c.is_ascii_hexdigit());
            return Tok::Int(s);
        }
        self.take_while(&mut s, |c| c.is_ascii_digit());
        let digit_at = |rest: &str, n: usize| rest.as_bytes().get(n).is_some_and(u8::is_ascii_digit);
        let mut float = false;
        if self.rest.starts_with('.') && digit_at(self.rest, 1) {
            float = true;
            s.push('.');
            self.bump();
            self.take_while(&mut s, |c| c.is_ascii_digit());
        }
        if self.rest.starts_with(['e', 'E']) {
            let sign = usize::from(self.rest[1..].starts_with(['-', '+']));
            if digit_at(self.rest, 1 + sign) {
                float = true;
                for _ in 0..=sign {
                    s.extend(self.bump());
                }
                self.take_while(&mut s, |c| c.is_ascii_digit());
            }
        }
        if float { Tok::Float(s) } else { Tok::Int(s) }
    }

    /// A quoted text: `\n`, `\t`, `\\`, `\'`, `\"` and `\x{hex}` are the escapes.
    fn quoted(&mut self, quote: char) -> Result<String, ParseError> {
        self.bump();
        let mut s = String::new();
        loop {
            match self.peek() {
                None | Some('\n') => {
                    return self.error(format!("expected `{quote}` before the end of the line"));
                }
                Some(c) if c == quote => {
                    self.bump();
                    return Ok(s);
                }
                Some('\\') => {
                    self.bump();
                    s.push(self.escape()?);
                }
                Some(c) => {
                    s.push(c);
                    self.bump();
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, ParseError> {
        let c = match self.peek() {
            Some('n') => '\n',
            Some('t') => '\t',
            Some('r') => '\r',
            Some(c @ ('\\' | '\'' | '"')) => c,
            Some('x') => {
                self.bump();
                if self.peek() != Some('{') {
                    return self.error("expected `{` after `\\x`");
                }
                self.bump();
                let mut hex = String::new();
                self.take_while(&mut hex, |c| c.is_ascii_hexdigit());
                let c = u32::from_str_radix(&hex, 16).ok().and_then(char::from_u32);
                match (c, self.peek()) {
                    (Some(c), Some('}')) => c,
                    _ => return self.error("expected the hexadecimal number of a character and `}`"),
                }
            }
            _ => return self.error("expected one of n t r \\ ' \" x after a backslash"),
        };
        self.bump();
        Ok(c)
    }
}

/// Writes a text between quotes so that the lexer reads it back.
pub(super) fn quote(text: &str, quote: char) -> String {
    let mut s = String::with_capacity(text.len() + 2);
    s.push(quote);
    for c in text.chars() {
        match c {
            '\n' => s.push_str("\\n"),
            '\t' => s.push_str("\\t"),
            '\r' => s.push_str("\\r"),
            c if c == quote || c == '\\' => {
                s.push('\\');
                s.push(c);
            }
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                s.push_str(&format!("\\x{{{:x}}}", c as u32));
            }
            c => s.push(c),
        }
    }
    s.push(quote);
    s
}

/// An atom where a bare name is allowed: quoted only if it must be.
pub(super) fn name(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '@');
    if plain { text.into() } else { quote(text, '\'') }
}

/// A float so that it is read back bit by bit: shortest decimal if finite, else its bits.
pub(super) fn float(bits: u64) -> String {
    let f = f64::from_bits(bits);
    if f.is_finite() { format!("{f:?}") } else { format!("0x{bits:016x}") }
}
