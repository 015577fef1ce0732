//! Lists of programs that are not expected to run in some modes, each with a reason.
//!
//! A list is text: `NAME: REASON` or `NAME@TAG+TAG: REASON`, one entry a line, `#` starts a comment line. The entry
//! covers the runs of program NAME (`*`: of every program) that carry all the tags: the release that compiled the
//! file (`otp25`), the level (`O0`), `stress`, the number of schedulers (`s1`), the target (`arm32`). A reason is mandatory, so that a list
//! cannot grow without thought.

/// One line of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exclusion {
    /// Program name, or `*`.
    pub program: String,
    /// All of these must be tags of the run.
    pub tags: Vec<String>,
    /// Why the runs are excluded.
    pub reason: String,
    /// Line in the file, from 1.
    pub line: usize,
}

impl Exclusion {
    /// Whether the entry is about a target other than this one.
    pub fn is_for_another_target(&self, target: &str) -> bool {
        let names = || linac_isa::ISAS.iter().map(|isa| isa.name());
        self.tags.iter().any(|tag| tag != target && names().any(|name| name == tag))
    }

    /// Whether the entry covers a run of `program` with these tags.
    pub fn covers(&self, program: &str, tags: &[String]) -> bool {
        (self.program == "*" || self.program == program) && self.tags.iter().all(|tag| tags.contains(tag))
    }
}

/// Parses a list; the error names the line.
pub fn parse(text: &str) -> Result<Vec<Exclusion>, String> {
    let mut entries = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let wrong = |what: &str| format!("line {}: {what}", index + 1);
        let (target, reason) = line.split_once(':').ok_or_else(|| wrong("expected `NAME: REASON`"))?;
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(wrong("the reason is missing"));
        }
        let (program, tags) = match target.trim().split_once('@') {
            Some((program, tags)) => (program, tags.split('+').map(|tag| tag.trim().to_string()).collect()),
            None => (target.trim(), Vec::new()),
        };
        if program.is_empty() || tags.iter().any(String::is_empty) {
            return Err(wrong("a name or a tag is empty"));
        }
        entries.push(Exclusion {
            program: program.to_string(),
            tags,
            reason: reason.to_string(),
            line: index + 1,
        });
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| name.to_string()).collect()
    }

    #[test]
    fn entries_cover_the_runs_with_all_their_tags() {
        let list =
            parse("# comment\n\nmaps: no hashed maps\ndeep@stress+O0: too slow\n*@s2: one only\n").unwrap();
        assert_eq!(list.len(), 3);
        assert_eq!(list[1].line, 4);
        assert!(list[0].covers("maps", &tags(&["O2", "s1"])));
        assert!(!list[0].covers("maps_large", &tags(&["O2", "s1"])));
        assert!(list[1].covers("deep", &tags(&["O0", "stress", "s1"])));
        assert!(!list[1].covers("deep", &tags(&["O2", "stress", "s1"])));
        assert!(list[2].covers("anything", &tags(&["s2"])));
    }

    #[test]
    fn mistakes_name_their_line() {
        for (text, part) in [("a", "line 1"), ("a: b\n:c", "line 2"), ("a:", "reason"), ("a@x+: r", "empty")]
        {
            let error = parse(text).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
