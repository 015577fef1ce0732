//! Searching binaries: `binary:match`, `matches`, `split`, in steps.
//!
//! One automaton (Aho and Corasick's) searches for all patterns at once and never looks at a byte twice, whatever the
//! data. Of the matches that begin first the longest counts, as OTP documents. A compiled pattern is `{bm, Pattern}`
//! or `{ac, Patterns}`; the automaton is made anew for each search.

use super::{BADARG, Outcome};
use crate::data;
use crate::process::Process;
use linac_core::binary::{self, Bits};
use linac_core::{Atom, Build, Term};

/// Bytes in one step.
const STEP: usize = 1 << 18;

struct State {
    /// Edges by byte, in order.
    edges: Vec<(u8, u32)>,
    /// The state of the longest proper suffix.
    fail: u32,
    /// Number of bytes that lead here.
    depth: u32,
    /// Length of the longest pattern that ends here, 0 for none.
    found: u32,
}

/// The automaton over all patterns.
struct Automaton {
    states: Vec<State>,
    /// Edges of the first state.
    first: Box<[u32; 256]>,
}

impl Automaton {
    fn new(patterns: &[Vec<u8>]) -> Automaton {
        let root = State { edges: Vec::new(), fail: 0, depth: 0, found: 0 };
        let mut states = vec![root];
        for pattern in patterns {
            let mut at = 0usize;
            for &byte in pattern {
                let edges = &states[at].edges;
                at = match edges.binary_search_by_key(&byte, |edge| edge.0) {
                    Ok(edge) => edges[edge].1 as usize,
                    Err(place) => {
                        let new = states.len();
                        let depth = states[at].depth + 1;
                        states[at].edges.insert(place, (byte, new as u32));
                        states.push(State { edges: Vec::new(), fail: 0, depth, found: 0 });
                        new
                    }
                };
            }
            states[at].found = pattern.len() as u32;
        }
        let mut first = Box::new([0; 256]);
        for &(byte, to) in &states[0].edges {
            first[usize::from(byte)] = to;
        }
        let mut automaton = Automaton { states, first };
        // Level by level: the suffix of a state is shorter than the state.
        let mut level: Vec<u32> = automaton.states[0].edges.iter().map(|edge| edge.1).collect();
        while !level.is_empty() {
            let mut next = Vec::new();
            for state in level {
                let fail = automaton.states[state as usize].fail;
                if automaton.states[state as usize].found == 0 {
                    automaton.states[state as usize].found = automaton.states[fail as usize].found;
                }
                for (byte, to) in automaton.states[state as usize].edges.clone() {
                    automaton.states[to as usize].fail = automaton.step(fail, byte);
                    next.push(to);
                }
            }
            level = next;
        }
        automaton
    }

    fn step(&self, mut state: u32, byte: u8) -> u32 {
        while state != 0 {
            let here = &self.states[state as usize];
            if let Ok(edge) = here.edges.binary_search_by_key(&byte, |edge| edge.0) {
                return here.edges[edge].1;
            }
            state = here.fail;
        }
        self.first[usize::from(byte)]
    }
}

/// A search under way.
struct Search {
    automaton: Automaton,
    state: u32,
    /// Next byte to look at, and where the scope ends.
    at: usize,
    end: usize,
    /// The best match of those that may still be beaten.
    best: Option<(usize, usize)>,
    /// Matches found.
    matches: Vec<(usize, usize)>,
    all: bool,
}

impl Search {
    /// Searches on in at most so many bytes; true at the end.
    fn run(&mut self, data: &[u8], budget: usize) -> bool {
        let stop = self.end.min(self.at + budget);
        loop {
            if let Some((start, length)) = self.best {
                let state = &self.automaton.states[self.state as usize];
                // Whatever is being matched now begins later: nothing can beat the best one.
                if self.at - state.depth as usize > start || self.at == self.end {
                    self.matches.push((start, length));
                    self.best = None;
                    if !self.all {
                        return true;
                    }
                    self.at = start + length;
                    self.state = 0;
                    if self.at >= self.end {
                        return true;
                    }
                    continue;
                }
            }
            if self.at >= stop {
                return self.at == self.end;
            }
            self.state = self.automaton.step(self.state, data[self.at]);
            self.at += 1;
            let length = self.automaton.states[self.state as usize].found as usize;
            if length > 0 {
                let start = self.at - length;
                // From the same start a longer one wins, and a later end means that it is longer.
                if self.best.is_none_or(|(first, _)| start <= first) {
                    self.best = Some((start, length));
                }
            }
        }
    }
}

fn whole(t: Term) -> Option<Bits<'static>> {
    Bits::of(t).filter(|bits| bits.is_binary())
}

/// The patterns of a pattern argument.
fn patterns(t: Term) -> Option<Vec<Vec<u8>>> {
    let source = match t.as_tuple() {
        Some([tag, source]) if matches!(tag.as_atom().map(Atom::text), Some("bm" | "ac")) => *source,
        Some(_) => return None,
        None => t,
    };
    let items = if source.is_list() { data::proper_list(source)? } else { vec![source] };
    let made: Option<Vec<Vec<u8>>> =
        items.into_iter().map(|t| whole(t).filter(|bits| !bits.is_empty()).map(Bits::to_vec)).collect();
    made.filter(|made| !made.is_empty())
}

/// What the options ask for.
#[derive(Default)]
struct Options {
    scope: Option<(usize, usize)>,
    global: bool,
    trim: bool,
    trim_all: bool,
}

fn options(list: Option<&Term>, size: usize, split: bool) -> Option<Options> {
    let mut options = Options::default();
    // What stands behind the last element is not looked at (but a list it must be), as in the reference VM.
    let mut rest = list.copied().unwrap_or(Term::NIL);
    if !rest.is_nil() && rest.as_cons().is_none() {
        return None;
    }
    while let Some(&[option, tail]) = rest.as_cons() {
        rest = tail;
        match (option.as_atom().map(Atom::text), option.as_tuple()) {
            (Some("global"), _) if split => options.global = true,
            (Some("trim"), _) if split => options.trim = true,
            (Some("trim_all"), _) if split => options.trim_all = true,
            (_, Some([key, scope])) if key.as_atom().map(Atom::text) == Some("scope") => {
                let [start, length] = scope.as_tuple()? else { return None };
                let (start, length) = (start.as_small()?, length.as_small()?);
                let (from, to) = if length < 0 {
                    (start.checked_add(length)?, start)
                } else {
                    (start, start.checked_add(length)?)
                };
                let (from, to) = (usize::try_from(from).ok()?, usize::try_from(to).ok()?);
                if to > size {
                    return None;
                }
                options.scope = Some((from, to));
            }
            _ => return None,
        }
    }
    Some(options)
}

/// Searches the first held term and goes on with what was found.
fn search(
    p: &mut Process,
    mut work: Box<Search>,
    subject: Vec<Term>,
    then: impl FnOnce(&mut Process, Term, Vec<(usize, usize)>) -> Outcome + Send + 'static,
) -> Outcome {
    let Some(bits) = Bits::of(subject[0]) else { return Outcome::error(p, BADARG) };
    let done = match bits.as_bytes() {
        Some(data) => work.run(data, STEP),
        // Few binaries begin within a byte: they are copied, in one step.
        None => work.run(&bits.to_vec(), usize::MAX - work.at),
    };
    if done {
        return then(p, subject[0], work.matches);
    }
    Outcome::pause(p, subject, |p, subject| search(p, work, subject, then))
}

fn begin(
    p: &mut Process,
    a: &[Term],
    split: bool,
    all: impl FnOnce(&Options) -> bool,
    then: impl FnOnce(&mut Process, Term, Vec<(usize, usize)>, Options) -> Outcome + Send + 'static,
) -> Outcome {
    let read = || {
        let size = whole(a[0])?.byte_len();
        Some((patterns(a[1])?, options(a.get(2), size, split)?, size))
    };
    let Some((patterns, options, size)) = read() else { return Outcome::error(p, BADARG) };
    let (at, end) = options.scope.unwrap_or((0, size));
    let automaton = Automaton::new(&patterns);
    let all = all(&options);
    let work = Search { automaton, state: 0, at, end, best: None, matches: Vec::new(), all };
    search(p, Box::new(work), vec![a[0]], move |p, subject, matches| then(p, subject, matches, options))
}

fn pair(p: &mut Process, (start, length): (usize, usize)) -> Term {
    p.heap.tuple(&[Term::small(start as isize), Term::small(length as isize)])
}

fn match_(p: &mut Process, a: &[Term]) -> Outcome {
    begin(
        p,
        a,
        false,
        |_| false,
        |p, _, matches, _| {
            Outcome::Done(match matches.first() {
                Some(&found) => pair(p, found),
                None => data::atom("nomatch"),
            })
        },
    )
}

fn matches(p: &mut Process, a: &[Term]) -> Outcome {
    begin(
        p,
        a,
        false,
        |_| true,
        |p, _, matches, _| {
            let pairs: Vec<Term> = matches.into_iter().map(|found| pair(p, found)).collect();
            Outcome::Done(p.heap.list(&pairs))
        },
    )
}

fn split(p: &mut Process, a: &[Term]) -> Outcome {
    begin(
        p,
        a,
        true,
        |options| options.global,
        |p, subject, matches, options| {
            let size = Bits::of(subject).map_or(0, Bits::byte_len);
            let starts = std::iter::once(0).chain(matches.iter().map(|(start, length)| start + length));
            let ends = matches.iter().map(|(start, _)| *start).chain(std::iter::once(size));
            let mut parts: Vec<(usize, usize)> = starts.zip(ends).collect();
            if options.trim_all {
                parts.retain(|(start, end)| start != end);
            } else if options.trim {
                let kept = parts.iter().rposition(|(start, end)| start != end).map_or(0, |last| last + 1);
                parts.truncate(kept);
            }
            let parts: Option<Vec<Term>> = parts
                .into_iter()
                .map(|(start, end)| binary::sub_bits(&mut p.heap, subject, start * 8, (end - start) * 8))
                .collect();
            match parts {
                Some(parts) => Outcome::Done(p.heap.list(&parts)),
                None => Outcome::error(p, BADARG),
            }
        },
    )
}

fn compile_pattern(p: &mut Process, a: &[Term]) -> Result<Term, Term> {
    if a[0].is_tuple() {
        return Err(BADARG);
    }
    let one = patterns(a[0]).ok_or(BADARG)?.len() == 1;
    Ok(p.heap.tuple(&[data::atom(if one { "bm" } else { "ac" }), a[0]]))
}

bifs! {
    "binary" "match" 2 Full match_, "The first match of some patterns.";
    "binary" "match" 3 Full match_, "The first match of some patterns, with options.";
    "binary" "matches" 2 Full matches, "All matches of some patterns.";
    "binary" "matches" 3 Full matches, "All matches of some patterns, with options.";
    "binary" "split" 2 Full split, "A binary cut at the first match of some patterns.";
    "binary" "split" 3 Full split, "A binary cut at matches of some patterns.";
    "binary" "compile_pattern" 1 Leaf compile_pattern, "Patterns checked, for several searches.";
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(data: &[u8], patterns: &[&[u8]], budget: usize) -> Vec<(usize, usize)> {
        let patterns: Vec<Vec<u8>> = patterns.iter().map(|pattern| pattern.to_vec()).collect();
        let automaton = Automaton::new(&patterns);
        let mut search = Search {
            automaton,
            state: 0,
            at: 0,
            end: data.len(),
            best: None,
            matches: Vec::new(),
            all: true,
        };
        while !search.run(data, budget) {}
        search.matches
    }

    /// The same by trying every place.
    fn expected(data: &[u8], patterns: &[&[u8]]) -> Vec<(usize, usize)> {
        let (mut at, mut found) = (0, Vec::new());
        while at < data.len() {
            let longest =
                patterns.iter().filter(|pattern| data[at..].starts_with(pattern)).map(|p| p.len()).max();
            match longest {
                Some(length) => {
                    found.push((at, length));
                    at += length;
                }
                None => at += 1,
            }
        }
        found
    }

    #[test]
    fn matches_are_leftmost_and_longest() {
        let sets: &[&[&[u8]]] = &[
            &[b"a"],
            &[b"ab", b"abab"],
            &[b"aa", b"aab", b"baa", b"b"],
            &[b"bcde", b"cd"],
            &[b"aaaa", b"ba"],
            &[b"abcabcabd", b"cab", b"bcabca"],
        ];
        let mut seed = 1u32;
        for round in 0..400 {
            let data: Vec<u8> = (0..round % 60)
                .map(|_| {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    b'a' + (seed >> 24) as u8 % if round % 2 == 0 { 2 } else { 5 }
                })
                .collect();
            for patterns in sets {
                assert_eq!(
                    found(&data, patterns, 1 + round % 7),
                    expected(&data, patterns),
                    "{data:?} {patterns:?}"
                );
            }
        }
    }
}
