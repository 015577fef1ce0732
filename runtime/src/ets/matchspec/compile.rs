//! Compiling match specifications.

use super::{Clause, Dialect, Op, Pattern, Program};
use crate::bif::{self, Function, Leaf};
use crate::data;
use hashbrown::HashMap;
use linac_core::compare::eq_exact;
use linac_core::copy::{self, Literals};
use linac_core::{Atom, FragList, Term, map};

/// Why something is no match specification, in the words that `ets:test_ms/2` shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure(pub String);

fn fail<T>(message: impl Into<String>) -> Result<T, Failure> {
    Err(Failure(message.into()))
}

/// Functions that guards and bodies may call, and with how many arguments.
const FUNCTIONS: &[(&str, &[u8])] = &[
    ("is_atom", &[1]),
    ("is_binary", &[1]),
    ("is_bitstring", &[1]),
    ("is_boolean", &[1]),
    ("is_float", &[1]),
    ("is_function", &[1, 2]),
    ("is_integer", &[1, 3]),
    ("is_list", &[1]),
    ("is_map", &[1]),
    ("is_map_key", &[2]),
    ("is_number", &[1]),
    ("is_pid", &[1]),
    ("is_port", &[1]),
    ("is_record", &[3]),
    ("is_reference", &[1]),
    ("is_tuple", &[1]),
    ("abs", &[1]),
    ("binary_part", &[2, 3]),
    ("bit_size", &[1]),
    ("byte_size", &[1]),
    ("ceil", &[1]),
    ("element", &[2]),
    ("float", &[1]),
    ("floor", &[1]),
    ("hd", &[1]),
    ("length", &[1]),
    ("map_get", &[2]),
    ("map_size", &[1]),
    ("max", &[2]),
    ("min", &[2]),
    ("node", &[0, 1]),
    ("round", &[1]),
    ("self", &[0]),
    ("size", &[1]),
    ("tl", &[1]),
    ("trunc", &[1]),
    ("tuple_size", &[1]),
    ("+", &[1, 2]),
    ("-", &[1, 2]),
    ("*", &[2]),
    ("/", &[2]),
    ("div", &[2]),
    ("rem", &[2]),
    ("band", &[2]),
    ("bor", &[2]),
    ("bxor", &[2]),
    ("bnot", &[1]),
    ("bsl", &[2]),
    ("bsr", &[2]),
    (">", &[2]),
    (">=", &[2]),
    ("<", &[2]),
    ("=<", &[2]),
    ("=:=", &[2]),
    ("==", &[2]),
    ("=/=", &[2]),
    ("/=", &[2]),
    ("not", &[1]),
    ("xor", &[2]),
];

/// Special forms that only traces have.
const TRACE_ONLY: &[&str] = &[
    "caller",
    "caller_line",
    "current_stacktrace",
    "disable_trace",
    "display",
    "enable_trace",
    "exception_trace",
    "get_seq_token",
    "is_seq_trace",
    "message",
    "process_dump",
    "return_trace",
    "set_seq_token",
    "silent",
    "trace",
];

/// The number of a variable `'$N'`.
fn variable(term: Term) -> Option<u32> {
    let digits = term.as_atom()?.text().strip_prefix('$')?;
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    // Leading zeros make another atom, and numbers have a limit.
    if !plain || (digits.len() > 1 && digits.starts_with('0')) {
        return None;
    }
    digits.parse().ok().filter(|n| *n < 1 << 30)
}

fn is_named(term: Term, text: &str) -> bool {
    term.as_atom().is_some_and(|atom| atom.text() == text)
}

/// Calls `each` with the parts of a term, itself included, until it says false; false then.
fn every_part(term: Term, mut each: impl FnMut(Term) -> bool) -> bool {
    let mut todo = vec![term];
    while let Some(term) = todo.pop() {
        if !each(term) {
            return false;
        }
        if let Some(cell) = term.as_cons() {
            todo.extend([cell[1], cell[0]]);
        } else if let Some(elements) = term.as_tuple() {
            todo.extend_from_slice(elements);
        } else if term.is_map() {
            map::Iter::new(term).for_each(|(key, value)| todo.extend([key, value]));
        }
    }
    true
}

fn is_variable_or_any(term: Term) -> bool {
    term.is_atom() && (variable(term).is_some() || is_named(term, "_"))
}

/// Does only one term match this pattern?
fn is_ground(pattern: Term) -> bool {
    every_part(pattern, |term| !is_variable_or_any(term) && !term.is_map())
}

/// Does an expression give what a pattern has matched, whatever that was?
fn gives_matched(pattern: Term, expression: Term, position: usize) -> bool {
    if let Some([call, n, whole]) = expression.as_tuple()
        && is_named(*call, "element")
        && n.as_small() == Some(position as isize)
        && is_named(*whole, "$_")
    {
        return true;
    }
    let mut todo = vec![(pattern, expression)];
    while let Some((pattern, expression)) = todo.pop() {
        let same = if variable(pattern).is_some() {
            pattern == expression
        } else if let Some(elements) = expression.as_tuple() {
            match (elements, pattern.as_tuple()) {
                ([call, value], _) if is_named(*call, "const") => {
                    is_ground(pattern) && eq_exact(pattern, *value)
                }
                ([inner], Some(parts)) => inner.as_tuple().is_some_and(|inner| {
                    todo.extend(parts.iter().copied().zip(inner.iter().copied()));
                    parts.len() == inner.len()
                }),
                _ => false,
            }
        } else if let (Some(parts), Some(cell)) = (pattern.as_cons(), expression.as_cons()) {
            todo.extend([(parts[0], cell[0]), (parts[1], cell[1])]);
            true
        } else {
            !is_variable_or_any(pattern) && !pattern.is_map() && eq_exact(pattern, expression)
        };
        if !same {
            return false;
        }
    }
    true
}

fn keeps_key(head: Term, body: &[Term], key: usize) -> bool {
    let [expression] = body else { return false };
    if is_named(*expression, "$_") {
        return true;
    }
    let Some(pattern) = head.as_tuple().and_then(|parts| parts.get(key - 1)) else { return false };
    match expression.as_tuple() {
        Some([call, value]) if is_named(*call, "const") => {
            let key = value.as_tuple().and_then(|parts| parts.get(key - 1));
            key.is_some_and(|key| is_ground(*pattern) && eq_exact(*pattern, *key))
        }
        Some([inner]) => {
            let made = inner.as_tuple().and_then(|parts| parts.get(key - 1));
            made.is_some_and(|made| gives_matched(*pattern, *made, key))
        }
        _ => false,
    }
}

/// What is left to compile.
enum Work {
    /// An expression; its value must be owned.
    Expression(Term, bool),
    Emit(Op),
    /// A jump target of this number.
    Label(u32),
}

struct Compiler {
    keys: Vec<Term>,
    dialect: Dialect,
}

#[derive(Default)]
struct Variables {
    index: HashMap<u32, u32>,
}

impl Compiler {
    fn head(&mut self, head: Term) -> Result<(Vec<Pattern>, Variables), Failure> {
        let mut variables = Variables::default();
        let mut code = Vec::new();
        let mut todo = vec![head];
        while let Some(term) = todo.pop() {
            code.push(if let Some(number) = variable(term) {
                let next = variables.index.len() as u32;
                match variables.index.get(&number) {
                    Some(index) => Pattern::Same(*index),
                    None => {
                        variables.index.insert(number, next);
                        Pattern::Bind(next)
                    }
                }
            } else if is_named(term, "_") {
                Pattern::Any
            } else if let Some(elements) = term.as_tuple() {
                todo.extend(elements.iter().rev().copied());
                Pattern::Tuple(elements.len() as u32)
            } else if let Some(&[head, tail]) = term.as_cons() {
                todo.extend([tail, head]);
                Pattern::Cons
            } else if term.is_map() {
                let first = self.keys.len() as u32;
                let pairs: Vec<(Term, Term)> = map::Iter::new(term).collect();
                for (key, _) in &pairs {
                    if !every_part(*key, |part| !is_named(part, "_")) {
                        return fail("Underscore found in map key.");
                    }
                    if !every_part(*key, |part| variable(part).is_none()) {
                        return fail("Variable found in map key.");
                    }
                    self.keys.push(*key);
                }
                // Taken off the stack in the order of the keys.
                todo.extend(pairs.iter().rev().map(|(_, value)| *value));
                Pattern::Map(first, pairs.len() as u32)
            } else {
                Pattern::Equal(term)
            });
        }
        Ok((code, variables))
    }

    fn function(name: &str, arity: usize) -> Option<Leaf> {
        let (name, arities) = FUNCTIONS.iter().find(|(known, _)| *known == name)?;
        let arity = arities.iter().find(|known| usize::from(**known) == arity)?;
        match bif::TABLE[bif::number("erlang", name, *arity)? as usize].code {
            Function::Leaf(function) => Some(function),
            Function::Full(_) => None,
        }
    }

    /// Compiles an expression.
    fn expression(
        &self,
        code: &mut Vec<Op>,
        variables: &Variables,
        whole: Term,
        own: bool,
    ) -> Result<(), Failure> {
        let mut todo = vec![Work::Expression(whole, own)];
        // Where labels are in the code.
        let mut labels: Vec<u32> = Vec::new();
        let start = code.len();
        while let Some(work) = todo.pop() {
            let (term, own) = match work {
                Work::Emit(op) => {
                    code.push(op);
                    continue;
                }
                Work::Label(label) => {
                    labels[label as usize] = code.len() as u32;
                    continue;
                }
                Work::Expression(term, own) => (term, own),
            };
            if let Some(number) = variable(term) {
                match variables.index.get(&number) {
                    Some(index) => code.push(Op::Variable(*index)),
                    None => return fail(format!("Variable ${number} is unbound.")),
                }
            } else if is_named(term, "$_") {
                code.push(Op::Whole);
            } else if is_named(term, "$$") {
                code.push(Op::All);
                continue;
            } else if let Some(&[head, tail]) = term.as_cons() {
                let parts = [Work::Expression(head, true), Work::Expression(tail, true)];
                todo.push(Work::Emit(Op::Cons));
                todo.extend(parts);
                continue;
            } else if term.is_map() {
                let pairs: Vec<(Term, Term)> = map::Iter::new(term).collect();
                todo.push(Work::Emit(Op::Map(pairs.len() as u32)));
                for (key, value) in pairs.into_iter().rev() {
                    todo.extend([Work::Expression(value, true), Work::Expression(key, true)]);
                }
                continue;
            } else if let Some(elements) = term.as_tuple() {
                self.tuple(&mut todo, &mut labels, term, elements, own)?;
                continue;
            } else {
                code.push(Op::Constant(term));
                if term.is_immediate() {
                    continue;
                }
            }
            if own {
                code.push(Op::Own);
            }
        }
        for op in &mut code[start..] {
            if let Op::AndAlso(label) | Op::OrElse(label) = op {
                *label = labels[*label as usize];
            }
        }
        Ok(())
    }

    fn tuple(
        &self,
        todo: &mut Vec<Work>,
        labels: &mut Vec<u32>,
        term: Term,
        elements: &[Term],
        own: bool,
    ) -> Result<(), Failure> {
        let neither = || {
            let shown = data::text(term);
            fail(format!(
                "{shown} is neither a function call, nor a tuple (tuples are written {{{{ ... }}}})."
            ))
        };
        let expressions = |own| elements[1..].iter().rev().map(move |t| Work::Expression(*t, own));
        let Some(name) = elements.first() else { return neither() };
        let Some(name) = name.as_atom() else {
            return match elements {
                [inner] => match inner.as_tuple() {
                    Some(parts) => {
                        todo.push(Work::Emit(Op::Tuple(parts.len() as u32)));
                        todo.extend(parts.iter().rev().map(|t| Work::Expression(*t, true)));
                        Ok(())
                    }
                    None => neither(),
                },
                _ => neither(),
            };
        };
        let name: &'static str = Atom::text(name);
        let arity = elements.len() - 1;
        let special =
            |what: &str| fail(format!("Special form '{name}' called {what} in {}.", data::text(term)));
        match name {
            "const" if arity == 1 => {
                if own && !elements[1].is_immediate() {
                    todo.push(Work::Emit(Op::Own));
                }
                todo.push(Work::Emit(Op::Constant(elements[1])));
            }
            "const" => return special("with more than one argument"),
            "and" | "or" | "andalso" | "orelse" if arity == 0 => return special("without arguments"),
            "and" | "or" => {
                let op = if name == "and" { Op::And } else { Op::Or };
                todo.push(Work::Emit(op(arity as u32)));
                todo.extend(expressions(false));
            }
            "andalso" | "orelse" => {
                let label = labels.len() as u32;
                labels.push(0);
                todo.push(Work::Label(label));
                for (i, argument) in elements[1..].iter().enumerate().rev() {
                    let last = i + 1 == arity;
                    if !last {
                        let op = if name == "andalso" { Op::AndAlso } else { Op::OrElse };
                        todo.push(Work::Emit(op(label)));
                    }
                    todo.push(Work::Expression(*argument, own && last));
                }
            }
            "self" if arity > 0 => return special("with arguments"),
            "map_get" if arity == 2 => {
                if own {
                    todo.push(Work::Emit(Op::Own));
                }
                todo.push(Work::Emit(Op::MapGet));
                todo.extend(expressions(false));
            }
            "is_map_key" if arity == 2 => {
                todo.push(Work::Emit(Op::IsMapKey));
                todo.extend(expressions(false));
            }
            _ if TRACE_ONLY.contains(&name) && self.dialect == Dialect::Table => {
                return fail(format!("Special form '{name}' used in wrong dialect."));
            }
            _ => {
                let Some(function) = Compiler::function(name, arity) else {
                    let shown = data::text(Term::atom(Atom::new(name).unwrap_or(Atom(0))));
                    return fail(format!("Function {shown}/{arity} does_not_exist."));
                };
                if own {
                    todo.push(Work::Emit(Op::Own));
                }
                todo.push(Work::Emit(Op::Call(function, arity as u8)));
                // A sub-binary refers to its whole.
                todo.extend(expressions(name == "binary_part"));
            }
        }
        Ok(())
    }

    fn clause(&mut self, clause: Term, key: Option<usize>) -> Result<Clause, Failure> {
        let Some(&[head, guards, body]) = clause.as_tuple() else {
            return fail("Match program part is not a tuple of arity 3.");
        };
        let (patterns, variables) = self.head(head)?;
        let list = |term: Term, empty: &str| {
            if !term.is_list() {
                return fail(empty);
            }
            match data::proper_list(term) {
                Some(items) => Ok(items),
                None => fail("Match expression is not a proper list."),
            }
        };
        let guards = list(guards, "Match expression is not a list.")?;
        let nothing = "Body clause does not return anything.";
        let body = list(body, nothing)?;
        let Some((result, effects)) = body.split_last() else { return fail(nothing) };
        let mut code = Vec::new();
        for guard in guards {
            self.expression(&mut code, &variables, guard, false)?;
            code.push(Op::Require);
        }
        code.push(Op::Catch);
        for effect in effects {
            self.expression(&mut code, &variables, *effect, false)?;
            code.push(Op::Drop);
        }
        self.expression(&mut code, &variables, *result, true)?;
        let mut in_order: Vec<(u32, u32)> = variables.index.iter().map(|(n, i)| (*n, *i)).collect();
        in_order.sort_unstable();
        let key_pattern = key.and_then(|key| head.as_tuple()?.get(key - 1).copied());
        Ok(Clause {
            head: patterns,
            code,
            variables: variables.index.len() as u32,
            in_order: in_order.into_iter().map(|(_, index)| index).collect(),
            key: key_pattern.filter(|pattern| is_ground(*pattern)),
            keeps_key: key.is_some_and(|key| keeps_key(head, &body, key)),
        })
    }
}

/// Compiles a match specification for objects with the key at this position, if that is known.
pub fn compile(specification: Term, key: Option<usize>, dialect: Dialect) -> Result<Program, Failure> {
    if !specification.is_cons() {
        return fail("Match programs are not in a list.");
    }
    let mut memory = FragList::with_capacity(copy::size(specification, Literals::Copy));
    let own = copy::copy(specification, &mut memory, Literals::Copy);
    let Some(clauses) = data::proper_list(own) else {
        return fail("Match programs are not in a proper list.");
    };
    let mut compiler = Compiler { keys: Vec::new(), dialect };
    let clauses: Result<Vec<Clause>, Failure> =
        clauses.into_iter().map(|clause| compiler.clause(clause, key)).collect();
    Ok(Program { clauses: clauses?, keys: compiler.keys, _memory: memory })
}

#[cfg(test)]
mod tests {
    use super::*;
    use linac_core::Build;

    /// `[{Head, [Guard], [Body]}]`, compiled.
    fn program(heap: &mut FragList, head: Term, guard: Term, body: Term) -> Result<Program, Failure> {
        let (guards, body) = (heap.list(&[guard]), heap.list(&[body]));
        let clause = heap.tuple(&[head, guards, body]);
        let specification = heap.list(&[clause]);
        compile(specification, Some(1), Dialect::Table)
    }

    fn atom(text: &str) -> Term {
        Term::atom(Atom::new(text).unwrap())
    }

    #[test]
    fn nesting_of_a_million_compiles() {
        let mut heap = FragList::new();
        let variable = atom("$1");
        let head = (0..1_000_000).fold(variable, |inner, _| heap.tuple(&[inner]));
        let list = (0..1_000_000).fold(variable, |inner, _| heap.cons(inner, Term::NIL));
        let body = (0..1_000_000).fold(list, |inner, _| {
            let inner = heap.tuple(&[inner]);
            heap.tuple(&[inner])
        });
        let and = atom("andalso");
        let guard = (0..1_000_000).fold(Term::TRUE, |inner, _| heap.tuple(&[and, Term::TRUE, inner]));
        let program = program(&mut heap, head, guard, body).unwrap();
        assert_eq!(program.clauses[0].head.len(), 1_000_001);
    }

    #[test]
    fn keys_that_patterns_say() {
        let mut heap = FragList::new();
        let (one, two, any) = (atom("$1"), atom("$2"), atom("_"));
        let head = heap.tuple(&[Term::small(5), any]);
        let made = program(&mut heap, head, Term::TRUE, any).unwrap();
        assert_eq!(made.keys(), Some(vec![Term::small(5)]));
        assert!(!made.keeps_key());
        let head = heap.tuple(&[one, two]);
        let inner = heap.tuple(&[one, Term::NIL]);
        let body = heap.tuple(&[inner]);
        let made = program(&mut heap, head, Term::TRUE, body).unwrap();
        assert_eq!((made.keys(), made.keeps_key()), (None, true));
        assert_eq!(
            program(&mut heap, head, Term::TRUE, atom("$3")).unwrap_err().0,
            "Variable $3 is unbound."
        );
    }
}
