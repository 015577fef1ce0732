//! Compares printed results and says where they differ.
//!
//! A result is a list of `{Name, Value}` pairs on one line, often thousands of characters long; what helps is the
//! first pairs that differ, not two long lines.

/// How many differing elements a description shows.
const SHOWN: usize = 3;
/// How many characters of an element a description shows.
const WIDTH: usize = 300;

/// Describes the difference between two printed terms.
pub fn difference(expected: &str, actual: &str) -> String {
    let (left, right) = (elements(expected), elements(actual));
    let mut lines = Vec::new();
    let mut differing = 0;
    for index in 0..left.len().max(right.len()) {
        let pair = (left.get(index).copied(), right.get(index).copied());
        if pair.0 == pair.1 {
            continue;
        }
        differing += 1;
        if differing <= SHOWN {
            lines.push(format!("  expected {}", shorten(pair.0.unwrap_or("nothing"))));
            lines.push(format!("       got {}", shorten(pair.1.unwrap_or("nothing"))));
        }
    }
    if differing > SHOWN {
        lines.push(format!("  and {} more of {} differ", differing - SHOWN, left.len()));
    }
    lines.join("\n")
}

/// The elements of a printed list; the whole text if it is none.
fn elements(term: &str) -> Vec<&str> {
    let Some(inner) = term.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else {
        return vec![term];
    };
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0usize, 0);
    let (mut quote, mut escaped) = (None, false);
    for (at, character) in inner.char_indices() {
        if let Some(closing) = quote {
            match character {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                _ if character == closing => quote = None,
                _ => {}
            }
            continue;
        }
        match character {
            '"' | '\'' => quote = Some(character),
            '[' | '{' | '(' => depth += 1,
            ']' | '}' | ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&inner[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&inner[start..]);
    parts
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}... ({} bytes)", &text[..end], text.len()),
        None => text.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_split_at_their_own_commas() {
        assert_eq!(elements("[{a,[1,2]},b]"), ["{a,[1,2]}", "b"]);
        assert_eq!(elements(r#"["x,]",'q\',',<<1,2>>]"#), [r#""x,]""#, r"'q\','", "<<1", "2>>"]);
        assert_eq!(elements("ok"), ["ok"]);
    }

    #[test]
    fn only_differing_elements_are_shown() {
        let text = difference("[{a,1},{b,2},{c,3}]", "[{a,1},{b,0},{c,3}]");
        assert_eq!(text, "  expected {b,2}\n       got {b,0}");
        assert!(difference("[a,b]", "[a]").contains("got nothing"));
        assert!(difference("[1,2,3,4,5]", "[0,0,0,0,0]").contains("and 2 more of 5"));
    }
}
