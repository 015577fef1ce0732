//! Running match specifications.

use super::{Op, Pattern, Program};
use crate::process::Process;
use linac_abi::term::FixedAtom;
use linac_core::compare::eq_exact;
use linac_core::copy::{self, Literals};
use linac_core::{Build, Term, map};
use smallvec::SmallVec;

/// What came of running a program on an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ran {
    /// No clause matched.
    No,
    /// The value of the body of the first clause that did; on the process's heap.
    Value(Term),
}

/// Stacks, kept between objects.
#[derive(Debug, Default)]
pub struct Machine {
    todo: SmallVec<[Term; 16]>,
    variables: SmallVec<[Term; 8]>,
    stack: SmallVec<[Term; 16]>,
}

const EXIT: Term = Term::fixed(FixedAtom::ExitUpper);

/// A copy of a term on the process's heap.
fn own(p: &mut Process, term: Term) -> Term {
    if term.is_immediate() { term } else { copy::copy(term, &mut p.heap, Literals::Keep) }
}

impl Machine {
    /// Runs a program on a term. Only the result is on the heap of `p`, and refers to nothing else.
    pub fn run(&mut self, p: &mut Process, program: &Program, whole: Term) -> Ran {
        for clause in &program.clauses {
            self.variables.clear();
            self.variables.resize(clause.variables as usize, Term::NIL);
            if !self.matches(&clause.head, &program.keys, whole) {
                continue;
            }
            if let Some(value) = self.evaluate(p, &clause.code, &clause.in_order, whole) {
                return Ran::Value(value);
            }
        }
        Ran::No
    }

    fn matches(&mut self, head: &[Pattern], keys: &[Term], whole: Term) -> bool {
        self.todo.clear();
        self.todo.push(whole);
        for pattern in head {
            let Some(term) = self.todo.pop() else { return false };
            match *pattern {
                Pattern::Any => {}
                Pattern::Bind(n) => self.variables[n as usize] = term,
                Pattern::Same(n) => {
                    if !eq_exact(self.variables[n as usize], term) {
                        return false;
                    }
                }
                Pattern::Equal(other) => {
                    if !eq_exact(other, term) {
                        return false;
                    }
                }
                Pattern::Tuple(n) => match term.as_tuple() {
                    Some(elements) if elements.len() == n as usize => {
                        self.todo.extend(elements.iter().rev().copied());
                    }
                    _ => return false,
                },
                Pattern::Cons => match term.as_cons() {
                    Some(&[head, tail]) => self.todo.extend([tail, head]),
                    None => return false,
                },
                Pattern::Map(first, count) => {
                    if !term.is_map() {
                        return false;
                    }
                    for key in keys[first as usize..][..count as usize].iter().rev() {
                        match map::get(term, *key) {
                            Some(value) => self.todo.push(value),
                            None => return false,
                        }
                    }
                }
            }
        }
        true
    }

    fn pop(&mut self) -> Term {
        self.stack.pop().unwrap_or(Term::NIL)
    }

    /// The value of the body; none if a guard fails.
    fn evaluate(&mut self, p: &mut Process, code: &[Op], in_order: &[u32], whole: Term) -> Option<Term> {
        self.stack.clear();
        let mut catch = false;
        let mut at = 0;
        while let Some(op) = code.get(at) {
            at += 1;
            // What an operation gives; none if it fails.
            let value = match *op {
                Op::Constant(term) => Some(term),
                Op::Variable(n) => Some(self.variables[n as usize]),
                Op::Whole => Some(whole),
                Op::All => {
                    let mut list = Term::NIL;
                    for n in in_order.iter().rev() {
                        let value = own(p, self.variables[*n as usize]);
                        list = p.heap.cons(value, list);
                    }
                    Some(list)
                }
                Op::Own => {
                    let top = self.pop();
                    Some(own(p, top))
                }
                Op::Tuple(n) => {
                    let from = self.stack.len() - n as usize;
                    let tuple = p.heap.tuple(&self.stack[from..]);
                    self.stack.truncate(from);
                    Some(tuple)
                }
                Op::Cons => {
                    let head = self.pop();
                    let tail = self.pop();
                    Some(p.heap.cons(head, tail))
                }
                Op::Map(n) => {
                    let from = self.stack.len() - 2 * n as usize;
                    let pairs: Vec<(Term, Term)> =
                        self.stack[from..].chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
                    self.stack.truncate(from);
                    Some(map::from_pairs(&mut p.heap, pairs.into_iter()))
                }
                Op::Call(function, arity) => {
                    let from = self.stack.len() - usize::from(arity);
                    let result = function(p, &self.stack[from..]).ok();
                    self.stack.truncate(from);
                    result
                }
                Op::MapGet => {
                    let map = self.pop();
                    let key = self.pop();
                    map::get(map, key)
                }
                Op::IsMapKey => {
                    let map = self.pop();
                    let key = self.pop();
                    map.is_map().then(|| Term::bool(map::get(map, key).is_some()))
                }
                Op::And(n) => self.all_booleans(n).map(|(all, _)| Term::bool(all)),
                Op::Or(n) => self.all_booleans(n).map(|(_, any)| Term::bool(any)),
                Op::AndAlso(to) | Op::OrElse(to) => {
                    let top = self.pop();
                    let stop = Term::bool(matches!(op, Op::OrElse(_)));
                    if top != Term::TRUE && top != Term::FALSE {
                        if !catch {
                            return None;
                        }
                        at = to as usize;
                        Some(EXIT)
                    } else if top == stop {
                        at = to as usize;
                        Some(top)
                    } else {
                        continue;
                    }
                }
                Op::Drop => {
                    self.pop();
                    continue;
                }
                Op::Require => {
                    if self.pop() != Term::TRUE {
                        return None;
                    }
                    continue;
                }
                Op::Catch => {
                    catch = true;
                    continue;
                }
            };
            match value {
                Some(value) => self.stack.push(value),
                None if catch => self.stack.push(EXIT),
                None => return None,
            }
        }
        Some(self.pop())
    }

    /// Takes so many booleans: are all true, is any? None if one is no boolean.
    fn all_booleans(&mut self, n: u32) -> Option<(bool, bool)> {
        let from = self.stack.len() - n as usize;
        let values = &self.stack[from..];
        let boolean = values.iter().all(|t| *t == Term::TRUE || *t == Term::FALSE);
        let result = (values.iter().all(|t| *t == Term::TRUE), values.contains(&Term::TRUE));
        self.stack.truncate(from);
        boolean.then_some(result)
    }
}
