//! Regular expressions: the functions of `re` that are not written in Erlang.
//!
//! A compiled pattern is a tuple as OTP's, whose last element is a binary of the options and the text: it can be
//! copied, sent and kept like any term. The matcher's own form of it is kept in a table of recently used patterns. A
//! match that takes long goes on, from its beginning, on a thread of its own, so that it holds up nobody.

use super::convert::make_binary;
use super::iolists::iolist_bytes;
use super::request::elsewhere;
use super::{BADARG, Outcome};
use crate::code::export::Mfa;
use crate::data::{self, atom};
use crate::pcre::{self, CompileError, Limits, Pattern, Source, option as o};
use crate::process::Process;
use hashbrown::HashMap;
use linac_core::binary::{self, Bits};
use linac_core::{Atom, Build, Term};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

type Out = Result<Term, Term>;

/// Patterns kept ready.
const KEPT: usize = 512;

/// Steps of the matcher before a match is moved to a thread of its own: some milliseconds.
const QUICK_STEPS: u32 = 100_000;

/// The library's own limit.
const USUAL_STEPS: u32 = 10_000_000;

fn ready(source: Source) -> Result<Arc<Pattern>, CompileError> {
    static TABLE: OnceLock<Mutex<HashMap<Source, Arc<Pattern>>>> = OnceLock::new();
    let table = TABLE.get_or_init(Mutex::default);
    let lock = || table.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = lock().get(&source) {
        return Ok(found.clone());
    }
    let made = Arc::new(Pattern::new(&source)?);
    let mut table = lock();
    if table.len() >= KEPT {
        table.clear();
    }
    table.insert(source, made.clone());
    Ok(made)
}

/// Options by name that are bits of compiling.
const COMPILE: &[(&str, u32)] = &[
    ("unicode", o::PCRE2_UTF),
    ("anchored", o::PCRE2_ANCHORED),
    ("caseless", o::PCRE2_CASELESS),
    ("dollar_endonly", o::PCRE2_DOLLAR_ENDONLY),
    ("dotall", o::PCRE2_DOTALL),
    ("extended", o::PCRE2_EXTENDED),
    ("firstline", o::PCRE2_FIRSTLINE),
    ("multiline", o::PCRE2_MULTILINE),
    ("no_auto_capture", o::PCRE2_NO_AUTO_CAPTURE),
    ("dupnames", o::PCRE2_DUPNAMES),
    ("ungreedy", o::PCRE2_UNGREEDY),
    ("no_start_optimize", o::PCRE2_NO_START_OPTIMIZE),
    ("ucp", o::PCRE2_UCP),
    ("never_utf", o::PCRE2_NEVER_UTF),
];

/// Options by name that are bits of matching.
const MATCH: &[(&str, u32)] = &[
    ("anchored", o::PCRE2_ANCHORED),
    ("notbol", o::PCRE2_NOTBOL),
    ("notempty", o::PCRE2_NOTEMPTY),
    ("notempty_atstart", o::PCRE2_NOTEMPTY_ATSTART),
    ("noteol", o::PCRE2_NOTEOL),
];

const NEWLINES: &[(&str, u32)] = &[
    ("cr", o::PCRE2_NEWLINE_CR),
    ("crlf", o::PCRE2_NEWLINE_CRLF),
    ("lf", o::PCRE2_NEWLINE_LF),
    ("nul", o::PCRE2_NEWLINE_NUL),
    ("anycrlf", o::PCRE2_NEWLINE_ANYCRLF),
    ("any", o::PCRE2_NEWLINE_ANY),
];

fn find(table: &[(&str, u32)], name: &str) -> Option<u32> {
    table.iter().find(|row| row.0 == name).map(|row| row.1)
}

/// Which parts of a match are wanted.
enum Which {
    All,
    AllButFirst,
    AllNames,
    First,
    None,
    Listed(Vec<Group>),
}

/// A group by number or by name.
enum Group {
    Number(usize),
    Name(Vec<u8>),
}

/// How parts are given.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Index,
    List,
    Binary,
}

/// All options of `compile` and `run`.
struct Options {
    compile: u32,
    newline: u32,
    bsr: u32,
    /// An option that only compiling takes.
    compiles: bool,
    /// An option that only matching takes.
    matches: bool,
    export: bool,
    run: u32,
    global: bool,
    report_errors: bool,
    offset: usize,
    steps: u32,
    depth: Option<u32>,
    which: Which,
    kind: Kind,
}

fn group(t: Term) -> Option<Group> {
    if let Some(number) = t.as_small() {
        return usize::try_from(number).ok().map(Group::Number);
    }
    if let Some(name) = t.as_atom() {
        return Some(Group::Name(name.text().into()));
    }
    iolist_bytes(t).map(Group::Name)
}

fn which(t: Term) -> Option<Which> {
    match t.as_atom().map(Atom::text) {
        Some("all") => Some(Which::All),
        Some("all_but_first") => Some(Which::AllButFirst),
        Some("all_names") => Some(Which::AllNames),
        Some("first") => Some(Which::First),
        Some("none") => Some(Which::None),
        Some(_) => None,
        None => {
            let listed: Option<Vec<Group>> = data::proper_list(t)?.into_iter().map(group).collect();
            listed.map(Which::Listed)
        }
    }
}

fn options(list: Option<Term>) -> Option<Options> {
    let mut options = Options {
        compile: 0,
        newline: 0,
        bsr: 0,
        compiles: false,
        matches: false,
        export: false,
        run: 0,
        global: false,
        report_errors: false,
        offset: 0,
        steps: USUAL_STEPS,
        depth: None,
        which: Which::All,
        kind: Kind::Index,
    };
    for option in list.map_or(Some(Vec::new()), data::proper_list)? {
        if let Some(name) = option.as_atom().map(Atom::text) {
            let (compile, run) = (find(COMPILE, name), find(MATCH, name));
            options.compile |= compile.unwrap_or(0);
            options.run |= run.unwrap_or(0);
            match (compile, run, name) {
                (Some(_), Some(_), _) => {}
                (Some(_), None, _) => options.compiles = true,
                (None, Some(_), _) => options.matches = true,
                (None, None, "bsr_anycrlf") => {
                    options.bsr = o::PCRE2_BSR_ANYCRLF;
                    options.compiles = true;
                }
                (None, None, "bsr_unicode") => {
                    options.bsr = o::PCRE2_BSR_UNICODE;
                    options.compiles = true;
                }
                (None, None, "export") => {
                    options.export = true;
                    options.compiles = true;
                }
                (None, None, "global") => {
                    options.global = true;
                    options.matches = true;
                }
                (None, None, "report_errors") => {
                    options.report_errors = true;
                    options.matches = true;
                }
                _ => return None,
            }
            continue;
        }
        let limit = |t: Term| t.as_small().and_then(|n| u32::try_from(n).ok());
        match option.as_tuple()? {
            [key, value] => match key.as_atom()?.text() {
                "newline" => {
                    options.newline = find(NEWLINES, value.as_atom()?.text())?;
                    options.compiles = true;
                    continue;
                }
                "offset" => options.offset = usize::try_from(value.as_small()?).ok()?,
                "match_limit" => options.steps = limit(*value)?,
                "match_limit_recursion" => options.depth = Some(limit(*value)?),
                "capture" => (options.which, options.kind) = (which(*value)?, Kind::Index),
                _ => return None,
            },
            [key, parts, kind] if key.as_atom()?.text() == "capture" => {
                options.which = which(*parts)?;
                options.kind = match kind.as_atom()?.text() {
                    "index" => Kind::Index,
                    "list" => Kind::List,
                    "binary" => Kind::Binary,
                    _ => return None,
                };
            }
            _ => return None,
        }
        options.matches = true;
    }
    Some(options)
}

impl Options {
    fn source(&self, text: Vec<u8>) -> Source {
        Source { text, options: self.compile, newline: self.newline, bsr: self.bsr }
    }
}

/// The options and the text of a pattern as bytes, and back.
fn packed(source: &Source) -> Vec<u8> {
    let mut bytes = source.options.to_le_bytes().to_vec();
    bytes.extend([source.newline as u8, source.bsr as u8]);
    bytes.extend(&source.text);
    bytes
}

fn unpacked(bytes: &[u8]) -> Option<Source> {
    let (options, rest) = bytes.split_first_chunk()?;
    let [newline, bsr, text @ ..] = rest else { return None };
    let known = COMPILE.iter().fold(0, |bits, row| bits | row.1);
    let options = u32::from_le_bytes(*options);
    let fine = options & !known == 0 && *newline <= 6 && *bsr <= 2;
    fine.then(|| Source { text: text.to_vec(), options, newline: (*newline).into(), bsr: (*bsr).into() })
}

/// The pattern of a compiled tuple.
fn compiled(t: Term) -> Option<Source> {
    let Some([tag, groups, unicode, crlf, form]) = t.as_tuple() else { return None };
    let fine = tag.as_atom()?.text() == "re_pattern" && [groups, unicode, crlf].iter().all(|n| n.is_small());
    let bits = Bits::of(*form).filter(|bits| fine && bits.is_binary())?;
    unpacked(&bits.to_vec())
}

fn trap(p: &mut Process, function: &str, arguments: &[Term]) -> Outcome {
    let names = Atom::new("re").ok().zip(Atom::new(function).ok());
    let Some((module, function)) = names else { return Outcome::error(p, BADARG) };
    match p.system.code.exports.get(Mfa { module, function, arity: arguments.len() as u8 }) {
        Ok(export) => Outcome::trap(p, export, arguments),
        Err(_) => Outcome::error(p, BADARG),
    }
}

fn is_binary(t: Term) -> bool {
    Bits::of(t).is_some_and(Bits::is_binary)
}

/// `{error, {Message, Position}}`
fn compile_error(p: &mut Process, error: &CompileError) -> Term {
    let message = p.heap.string(&error.message);
    let what = p.heap.tuple(&[message, Term::small(error.offset as isize)]);
    p.heap.tuple(&[atom("error"), what])
}

fn pattern_tuple(p: &mut Process, source: &Source, pattern: &Pattern) -> Out {
    let form = make_binary(p, &packed(source))?;
    let flag = |set: bool| Term::small(isize::from(set));
    let unicode = flag(source.options & o::PCRE2_UTF != 0);
    let groups = Term::small(pattern.groups as isize);
    Ok(p.heap.tuple(&[atom("re_pattern"), groups, unicode, flag(pattern.crlf), form]))
}

fn compile(p: &mut Process, a: &[Term]) -> Outcome {
    let Some(options) = options(a.get(1).copied()).filter(|options| !options.matches) else {
        return Outcome::error(p, BADARG);
    };
    if options.export {
        // A form that other systems could not read.
        return Outcome::error(p, Term::fixed(linac_abi::term::FixedAtom::Notsup));
    }
    if options.compile & o::PCRE2_UTF != 0 && !is_binary(a[0]) {
        let list = a.get(1).copied().unwrap_or(Term::NIL);
        return trap(p, "ucompile", &[a[0], list]);
    }
    let Some(text) = iolist_bytes(a[0]) else { return Outcome::error(p, BADARG) };
    let source = options.source(text);
    let made = match ready(source.clone()) {
        Ok(pattern) => pattern_tuple(p, &source, &pattern).map(|tuple| p.heap.tuple(&[atom("ok"), tuple])),
        Err(error) => Ok(compile_error(p, &error)),
    };
    super::outcome(p, made)
}

/// What a match needs, to be done here or elsewhere.
struct Job {
    pattern: Arc<Pattern>,
    offset: usize,
    options: u32,
    limits: Limits,
}

impl Job {
    fn run(&self, subject: &[u8], steps: u32) -> pcre::Outcome {
        let limits = Limits { steps, ..self.limits };
        self.pattern.run(subject, self.offset, self.options, limits)
    }
}

fn run(p: &mut Process, a: &[Term]) -> Outcome {
    run_once(p, a, true)
}

/// `re:internal_run/4`: one match of several of the same subject; all but the first need not check its encoding.
fn internal_run(p: &mut Process, a: &[Term]) -> Outcome {
    if a[3] != Term::TRUE && a[3] != Term::FALSE {
        return Outcome::error(p, BADARG);
    }
    run_once(p, a, a[3] == Term::TRUE)
}

fn run_once(p: &mut Process, a: &[Term], first: bool) -> Outcome {
    let list = a.get(2).copied().unwrap_or(Term::NIL);
    let Some(options) = options(Some(list)).filter(|options| !options.export) else {
        return Outcome::error(p, BADARG);
    };
    let source = match a[1].is_tuple() {
        true => match compiled(a[1]).filter(|_| !options.compiles) {
            Some(source) => source,
            None => return Outcome::error(p, BADARG),
        },
        false => {
            if options.compile & o::PCRE2_UTF != 0 && !(is_binary(a[0]) && is_binary(a[1])) && !options.global
            {
                return trap(p, "urun", &[a[0], a[1], list]);
            }
            match unicode_pattern(a[1], options.compile & o::PCRE2_UTF != 0) {
                Some(text) => options.source(text),
                None => return Outcome::error(p, BADARG),
            }
        }
    };
    let unicode = source.options & o::PCRE2_UTF != 0;
    let pattern = match ready(source.clone()) {
        Ok(pattern) => pattern,
        Err(error) if options.report_errors => {
            let error = compile_error(p, &error);
            let Some([tag, what]) = error.as_tuple() else { return Outcome::error(p, BADARG) };
            let what = p.heap.tuple(&[atom("compile"), *what]);
            return Outcome::Done(p.heap.tuple(&[*tag, what]));
        }
        Err(_) => return Outcome::error(p, BADARG),
    };
    if options.global {
        return match global(p, a, list, &source, &pattern) {
            Ok(arguments) => trap(p, "grun", &arguments),
            Err(reason) => Outcome::error(p, reason),
        };
    }
    if unicode && !is_binary(a[0]) {
        return trap(p, "urun", &[a[0], a[1], list]);
    }
    // Parts are given as parts of the subject, so it must be a binary term for them.
    let subject = if is_binary(a[0]) {
        a[0]
    } else {
        let made = iolist_bytes(a[0]).ok_or(BADARG).and_then(|bytes| make_binary(p, &bytes));
        match made {
            Ok(subject) => subject,
            Err(reason) => return Outcome::error(p, reason),
        }
    };
    let Some(bits) = Bits::of(subject) else { return Outcome::error(p, BADARG) };
    let copied;
    let bytes = match bits.as_bytes() {
        Some(bytes) => bytes,
        None => {
            copied = bits.to_vec();
            &copied
        }
    };
    let mut run = options.run;
    if unicode {
        let begins = |at: usize| bytes.get(at).is_none_or(|byte| byte & 0xC0 != 0x80);
        if first && std::str::from_utf8(bytes).is_err() || !begins(options.offset) {
            return Outcome::error(p, BADARG);
        }
        run |= o::PCRE2_NO_UTF_CHECK;
    }
    if options.offset > bytes.len() {
        return Outcome::error(p, BADARG);
    }
    let limits = Limits { steps: options.steps, depth: options.depth };
    let job = Job { pattern, offset: options.offset, options: run, limits };
    match job.run(bytes, options.steps.min(QUICK_STEPS)) {
        pcre::Outcome::TooManySteps if options.steps > QUICK_STEPS => {
            let bytes = bytes.to_vec();
            let pattern = job.pattern.clone();
            p.held = vec![subject];
            elsewhere(
                p,
                move || job.run(&bytes, job.limits.steps),
                move |p, outcome| {
                    let subject = std::mem::take(&mut p.held);
                    finish(p, subject[0], &pattern, &options, unicode, outcome)
                },
            )
        }
        outcome => finish(p, subject, &job.pattern, &options, unicode, outcome),
    }
}

/// The text of a pattern that is not compiled yet.
fn unicode_pattern(t: Term, unicode: bool) -> Option<Vec<u8>> {
    if !unicode || is_binary(t) {
        return iolist_bytes(t);
    }
    super::unicode::utf8_of(t)
}

/// What the library's function for all matches wants to know: options, whether some of them are for compiling only,
/// and what the pattern was.
fn global(
    p: &mut Process,
    a: &[Term],
    list: Term,
    source: &Source,
    pattern: &Pattern,
) -> Result<[Term; 3], Term> {
    if a[1].is_tuple() {
        let how = p.heap.tuple(&[list, Term::FALSE]);
        return Ok([a[0], a[1], how]);
    }
    let made = pattern_tuple(p, source, pattern)?;
    // The library takes out the other options that are for compiling only.
    let is_other = |option: &Term| {
        let name = option.as_atom().or_else(|| option.as_tuple()?.first()?.as_atom());
        matches!(name.map(Atom::text), Some("newline" | "bsr_anycrlf" | "bsr_unicode"))
    };
    let kept: Vec<Term> = data::list_items(list).filter(|option| !is_other(option)).collect();
    let list = p.heap.list(&kept);
    let how = p.heap.tuple(&[list, Term::TRUE, a[1]]);
    Ok([a[0], made, how])
}

fn finish(
    p: &mut Process,
    subject: Term,
    pattern: &Pattern,
    options: &Options,
    unicode: bool,
    outcome: pcre::Outcome,
) -> Outcome {
    let failed = |p: &mut Process, why: &str| {
        Outcome::Done(if options.report_errors {
            p.heap.tuple(&[atom("error"), atom(why)])
        } else {
            atom("nomatch")
        })
    };
    match outcome {
        pcre::Outcome::Match(places) => {
            let made = captured(p, subject, pattern, options, unicode, &places);
            super::outcome(p, made)
        }
        pcre::Outcome::NoMatch => Outcome::Done(atom("nomatch")),
        pcre::Outcome::TooManySteps => failed(p, "match_limit"),
        pcre::Outcome::TooDeep => failed(p, "match_limit_recursion"),
        pcre::Outcome::NoMemory => Outcome::error(p, Term::fixed(linac_abi::term::FixedAtom::SystemLimit)),
        pcre::Outcome::Refused => Outcome::error(p, BADARG),
    }
}

type Place = Option<(usize, usize)>;

fn captured(
    p: &mut Process,
    subject: Term,
    pattern: &Pattern,
    options: &Options,
    unicode: bool,
    places: &[Place],
) -> Out {
    let place = |group: usize| places.get(group).copied().flatten();
    // A name may stand for several groups: the first that took part counts.
    let named = |name: &[u8]| {
        let groups = pattern.names.iter().filter(|(own, _)| own == name).map(|(_, group)| *group);
        groups.map(place).find(Option::is_some).flatten()
    };
    let wanted: Vec<Place> = match &options.which {
        Which::None => return Ok(atom("match")),
        Which::All => places.to_vec(),
        Which::AllButFirst => places[1..].to_vec(),
        Which::First => vec![place(0)],
        Which::AllNames => {
            let mut names: Vec<&[u8]> = pattern.names.iter().map(|(name, _)| name.as_slice()).collect();
            names.dedup();
            if names.is_empty() {
                return Ok(atom("match"));
            }
            names.into_iter().map(named).collect()
        }
        Which::Listed(groups) if groups.is_empty() => return Ok(atom("match")),
        Which::Listed(groups) => groups
            .iter()
            .map(|group| match group {
                Group::Number(number) => place(*number),
                Group::Name(name) => named(name),
            })
            .collect(),
    };
    let mut parts = Vec::with_capacity(wanted.len());
    for place in wanted {
        parts.push(part(p, subject, place, options.kind, unicode)?);
    }
    let list = p.heap.list(&parts);
    Ok(p.heap.tuple(&[atom("match"), list]))
}

fn part(p: &mut Process, subject: Term, place: Place, kind: Kind, unicode: bool) -> Out {
    let Some((start, end)) = place else {
        return Ok(match kind {
            Kind::Index => p.heap.tuple(&[Term::small(-1), Term::small(0)]),
            Kind::List => Term::NIL,
            Kind::Binary => make_binary(p, b"")?,
        });
    };
    // A lookaround may put the start behind the end.
    let length = end.saturating_sub(start);
    if kind == Kind::Index {
        return Ok(p.heap.tuple(&[Term::small(start as isize), Term::small(length as isize)]));
    }
    let part = binary::sub_bits(&mut p.heap, subject, start * 8, length * 8).ok_or(BADARG)?;
    if kind == Kind::Binary {
        return Ok(part);
    }
    let bytes = Bits::of(part).map(Bits::to_vec).unwrap_or_default();
    Ok(match std::str::from_utf8(&bytes) {
        Ok(text) if unicode => p.heap.string(text),
        _ => p.heap.byte_list(&bytes),
    })
}

fn inspect(p: &mut Process, a: &[Term]) -> Out {
    let source = compiled(a[0]).ok_or(BADARG)?;
    if a[1].as_atom().map(Atom::text) != Some("namelist") {
        return Err(BADARG);
    }
    let pattern = ready(source).map_err(|_| BADARG)?;
    let mut names: Vec<&[u8]> = pattern.names.iter().map(|(name, _)| name.as_slice()).collect();
    names.dedup();
    let mut list = Vec::with_capacity(names.len());
    for name in names {
        list.push(make_binary(p, name)?);
    }
    let list = p.heap.list(&list);
    Ok(p.heap.tuple(&[atom("namelist"), list]))
}

fn version(p: &mut Process, _: &[Term]) -> Out {
    make_binary(p, pcre::version().as_bytes())
}

/// `re:import/1`: exported patterns are another system's.
fn import(_: &mut Process, a: &[Term]) -> Out {
    match a[0].as_tuple() {
        Some([tag, _, _, _, _]) if tag.as_atom().map(Atom::text) == Some("re_exported_pattern") => {
            Err(Term::fixed(linac_abi::term::FixedAtom::Notsup))
        }
        _ => Err(BADARG),
    }
}

bifs! {
    "re" "version" 0 Leaf version, "Version of the library behind regular expressions.";
    "re" "compile" 1 Full compile, "A regular expression, compiled.";
    "re" "compile" 2 Full compile, "A regular expression, compiled with options.";
    "re" "run" 2 Full run, "Matches a regular expression.";
    "re" "run" 3 Full run, "Matches a regular expression, with options.";
    "re" "internal_run" 4 Full internal_run, "Matches a regular expression, one time of several.";
    "re" "inspect" 2 Leaf inspect, "Names of groups of a compiled regular expression.";
    "re" "import" 1 Leaf import, "An exported regular expression: not supported.";
}
