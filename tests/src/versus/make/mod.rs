//! Random programs: modules of groups of functions, each group an entry that is called with several lists of arguments,
//! and helpers that it calls.
//!
//! Programs are mostly well typed, so that they get somewhere; now and then a value has another type. They end: what
//! repeats counts down or walks a list, and what repeats with its own results caps their size.

mod bits;
mod control;
mod forms;
mod pattern;
mod types;

use super::random::Random;
use super::tree::{Kind, Node, expr, fixed, guard, list};
use forms::{COMPARISONS, Form, IN_BODIES, IN_GUARDS};
use types::Ty;

/// An entry with its helpers and calls.
#[derive(Clone)]
pub struct Group {
    /// The entry's name, unique in the module.
    pub name: String,
    /// The function definitions.
    pub functions: Vec<Node>,
    /// Lists of arguments.
    pub calls: Vec<Node>,
}

/// A module.
#[derive(Clone)]
pub struct Module {
    /// Its name.
    pub name: String,
    /// Options of the compiler, as the text of a list.
    options: &'static str,
    /// The functions.
    pub groups: Vec<Group>,
}

/// How the compiler is told to do its work: other options make other instructions.
const OPTIONS: [&str; 8] =
    ["", "", "", "", "inline", "no_type_opt", "no_ssa_opt", "no_bool_opt, no_copt, no_bsm_opt, no_recv_opt"];

impl Module {
    /// The module of a seed, for the compiler of a release.
    pub fn new(seed: u64, release: u32, groups: usize) -> Module {
        let mut r = Random::new(seed);
        let options = r.pick(&OPTIONS);
        let name = format!("gen{seed}");
        let groups = (0..groups).map(|n| Maker::new(&mut r, release, n).group()).collect();
        Module { name, options, groups }
    }

    /// A module that has some of this one's functions only.
    pub fn part(&self, name: String, groups: Vec<Group>) -> Module {
        Module { name, options: self.options, groups }
    }

    /// The source text.
    pub fn render(&self) -> String {
        let mut out = format!(
            "-module({}).\n-compile([export_all, nowarn_export_all]).\n-compile([{}]).\n\
             -record(r, {{a = 1, b, c = []}}).\n\nid(X) -> X.\n\n",
            self.name, self.options
        );
        for function in self.groups.iter().flat_map(|group| &group.functions) {
            out += &function.render();
            out += "\n\n";
        }
        let calls = self
            .groups
            .iter()
            .flat_map(|g| g.calls.iter().map(move |call| format!("     {{{}, {}}}", g.name, call.render())));
        let calls: Vec<String> = calls.collect();
        out + "calls() ->\n    [\n" + &calls.join(",\n") + "].\n"
    }
}

/// A finished function that bodies may call.
struct Helper {
    name: String,
    parameters: Vec<Ty>,
    result: Ty,
}

/// Makes one group.
struct Maker<'a> {
    r: &'a mut Random,
    release: u32,
    /// The number of the group.
    group: usize,
    /// Variables that may be used here.
    scope: Vec<(String, Ty)>,
    variables: usize,
    helpers: Vec<Helper>,
    functions: Vec<Node>,
    /// Functions that are being made, this one included.
    nesting: usize,
    /// About how many more nodes this function may have.
    budget: i32,
}

/// How deep expressions are.
const DEPTH: usize = 5;

impl<'a> Maker<'a> {
    fn new(r: &'a mut Random, release: u32, group: usize) -> Maker<'a> {
        Maker {
            r,
            release,
            group,
            scope: Vec::new(),
            variables: 0,
            helpers: Vec::new(),
            functions: Vec::new(),
            nesting: 0,
            budget: 0,
        }
    }

    fn group(mut self) -> Group {
        let name = format!("f{}", self.group);
        let parameters: Vec<Ty> = (0..self.r.range(1, 4)).map(|_| self.ty()).collect();
        let result = self.ty();
        let function = self.function(&name, &parameters, result, 45);
        self.functions.push(function);
        let calls = (0..6).map(|n| {
            let arguments = parameters.iter().map(|&ty| {
                let ty = if n > 3 && self.r.percent(50) { Ty::Any } else { ty };
                expr(types::literal(self.r, ty), [])
            });
            list("[", ", ", "]", parameters.len(), arguments.collect())
        });
        let calls = calls.collect();
        Group { name, functions: self.functions, calls }
    }

    /// A type that is not `Any`.
    fn ty(&mut self) -> Ty {
        self.r.pick(&types::CONCRETE)
    }

    fn variable(&mut self) -> String {
        self.variables += 1;
        format!("V{}", self.variables)
    }

    /// What `make` adds to the scope is taken away again.
    fn scoped<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.scope.len();
        let made = make(self);
        self.scope.truncate(length);
        made
    }

    /// A definition: clauses with patterns and guards, then one that takes everything.
    fn function(&mut self, name: &str, parameters: &[Ty], result: Ty, budget: i32) -> Node {
        let outer = (std::mem::take(&mut self.scope), self.budget);
        self.budget = budget;
        self.nesting += 1;
        let mut clauses = Vec::new();
        for _ in 0..self.r.pick(&[0, 0, 1, 2]) {
            let mut bound = Vec::new();
            let heads = parameters.iter().map(|&ty| self.fresh_pattern(ty, 2, &mut bound)).collect();
            self.scope = bound;
            let when = self.when(true);
            let body = self.body(result, DEPTH - 1);
            let head = list("(", ", ", ")", parameters.len(), heads);
            clauses.push(fixed(format!("{name}@@ ->\n    @"), [head, when, body]));
        }
        self.scope.clear();
        let heads = parameters.iter().map(|&ty| {
            let variable = self.variable();
            self.scope.push((variable.clone(), ty));
            expr(variable, [])
        });
        let heads = heads.collect();
        let body = self.body(result, DEPTH);
        let head = list("(", ", ", ")", parameters.len(), heads);
        let when = if self.r.percent(10) { self.when(false) } else { fixed("", []) };
        clauses.push(fixed(format!("{name}@@ ->\n    @"), [head, when, body]));
        (self.scope, self.budget) = outer;
        self.nesting -= 1;
        list("", ";\n", ".", 1, clauses)
    }

    /// A helper to call: one that exists or a new one.
    fn helper(&mut self, wanted: Ty) -> usize {
        let known = self.helpers.iter().position(|helper| wanted.takes(helper.result));
        if let Some(known) = known
            && (self.r.percent(50) || self.nesting > 2 || self.helpers.len() > 3)
        {
            return known;
        }
        let parameters: Vec<Ty> = (0..self.r.range(1, 3)).map(|_| self.ty()).collect();
        let name = format!("h{}_{}", self.group, self.functions.len() + self.nesting * 100);
        let (parameters, function) = match self.r.below(20) {
            0..7 => {
                let function = self.repeating(&name, &parameters, wanted);
                (parameters, function)
            }
            7..10 => self.walking(&name, wanted),
            _ => {
                let function = self.function(&name, &parameters, wanted, 25);
                (parameters, function)
            }
        };
        self.functions.push(function);
        self.helpers.push(Helper { name, parameters, result: wanted });
        self.helpers.len() - 1
    }

    /// A definition that calls itself: the first parameter counts down or gets shorter, the others change.
    fn repeating(&mut self, name: &str, parameters: &[Ty], result: Ty) -> Node {
        let outer = (std::mem::take(&mut self.scope), self.budget);
        self.budget = 30;
        self.nesting += 1;
        let names: Vec<String> = parameters.iter().map(|_| self.variable()).collect();
        let count = self.variable();
        self.scope.extend(names.iter().cloned().zip(parameters.iter().copied()));
        self.scope.push((count.clone(), Ty::Small));
        let known = self.scope.len();
        let statement = self.statement(2);
        let next: Vec<Node> = parameters
            .iter()
            .map(|&ty| {
                // After many rounds, arguments may change their types.
                let late = self.r.percent(30);
                let value = self.expr(ty, 3);
                if late {
                    let other = self.expr(Ty::Any, 2);
                    expr(format!("if {count} > 3 -> versus:cap(@); true -> @ end"), [value, other])
                } else {
                    match ty {
                        Ty::Int => expr("((@) rem 1152921504606846977)", [value]),
                        Ty::Small => expr("((@) band 63)", [value]),
                        Ty::Float | Ty::Bool | Ty::Atom => value,
                        _ => expr("versus:cap(@)", [value]),
                    }
                }
            })
            .collect();
        let again = list("", ", ", "", parameters.len(), next);
        self.scope.truncate(known);
        let end = self.body(result, 3);
        (self.scope, self.budget) = outer;
        self.nesting -= 1;
        let heads = names.join(", ");
        let rounds = self.r.pick(&[3, 8, 30, 150]);
        let text = format!(
            "{name}({heads}) -> {name}({rounds}, {heads}).\n{name}({count}, {heads}) when {count} > 0 ->\n    @,\n    \
             {name}({count} - 1, @);\n{name}({count}, {heads}) ->\n    @."
        );
        fixed(text, [statement, again, end])
    }

    /// A definition that goes through a list or a bitstring and gathers something.
    fn walking(&mut self, name: &str, result: Ty) -> (Vec<Ty>, Node) {
        let outer = (std::mem::take(&mut self.scope), self.budget);
        self.budget = 35;
        self.nesting += 1;
        let bits = self.r.percent(60);
        let gathered = self.ty();
        let mut clauses = Vec::new();
        for _ in 0..self.r.range(1, 2) {
            let mut bound = Vec::new();
            let head = if bits {
                let pattern = self.walked_bits(&mut bound);
                list("<<", ", ", ">>", 2, pattern)
            } else {
                let item = self.ty();
                let first = self.fresh_pattern(item, 2, &mut bound);
                fixed("[@ | Rest]", [first])
            };
            bound.push(("Acc".to_string(), gathered));
            self.scope = bound;
            let when = self.when(true);
            let statement = if self.r.percent(30) { self.statement(2) } else { expr("ok", []) };
            let next = self.expr(gathered, 3);
            let text = format!("{name}(@, Acc)@ ->\n    @,\n    {name}(Rest, versus:cap(@))");
            clauses.push(fixed(text, [head, when, statement, next]));
        }
        let skip = if bits { "<<_:3, Rest/bits>>" } else { "[_ | Rest]" };
        clauses.push(fixed(format!("{name}({skip}, Acc) ->\n    {name}(Rest, Acc)"), []));
        self.scope = vec![("Acc".to_string(), gathered), ("Rest".to_string(), Ty::Any)];
        let end = self.body(result, 3);
        clauses.push(fixed(format!("{name}(Rest, Acc) ->\n    @"), [end]));
        (self.scope, self.budget) = outer;
        self.nesting -= 1;
        (vec![if bits { Ty::Bits } else { Ty::List }, gathered], list("", ";\n", ".", 1, clauses))
    }

    /// Statements and a value.
    fn body(&mut self, ty: Ty, depth: usize) -> Node {
        self.scoped(|maker| {
            let count = if maker.budget > 0 { maker.r.pick(&[0, 0, 1, 1, 2, 3]) } else { 0 };
            let mut statements: Vec<Node> = (0..count).map(|_| maker.statement(depth)).collect();
            statements.push(maker.expr(ty, depth));
            list("", ",\n    ", "", 1, statements)
        })
    }

    /// An expression for what it binds or does.
    fn statement(&mut self, depth: usize) -> Node {
        if self.budget <= 0 {
            return expr("ok", []);
        }
        match self.r.below(10) {
            0..6 => {
                let ty = self.ty();
                let value = self.expr(ty, depth);
                let variable = self.variable();
                self.scope.push((variable.clone(), ty));
                expr(format!("{variable} = @"), [value])
            }
            6 | 7 => {
                let mut bound = Vec::new();
                let ty = self.ty();
                let (pattern, value) = self.pattern(ty, 3, &mut bound);
                self.scope.extend(bound);
                expr("@ = id(@)", [pattern, value])
            }
            8 => self.exporting(depth),
            _ => self.expr(Ty::Any, depth),
        }
    }

    /// An expression that should have a type.
    fn expr(&mut self, ty: Ty, depth: usize) -> Node {
        self.budget -= 1;
        let ty = if self.r.percent(3) { Ty::Any } else { ty };
        if depth == 0 || self.budget <= 0 {
            return self.leaf(ty);
        }
        match self.r.below(100) {
            0..12 => self.leaf(ty),
            12..40 => self.control(ty, depth - 1),
            _ => self.form(ty, depth - 1),
        }
    }

    fn leaf(&mut self, ty: Ty) -> Node {
        let good: Vec<usize> = (0..self.scope.len()).filter(|&n| ty.takes(self.scope[n].1)).collect();
        if !good.is_empty() && self.r.percent(75) {
            return expr(self.scope[self.r.pick(&good)].0.clone(), []);
        }
        if !self.scope.is_empty() && self.r.percent(3) {
            return expr(self.scope[self.r.below(self.scope.len())].0.clone(), []);
        }
        expr(types::literal(self.r, ty), [])
    }

    /// An operator or function from the tables.
    fn form(&mut self, ty: Ty, depth: usize) -> Node {
        let Some(form) = self.choose(ty, true) else { return self.leaf(ty) };
        let arguments: Vec<Node> = form.arguments.iter().map(|&ty| self.expr(ty, depth)).collect();
        self.instance(form, arguments)
    }

    fn choose(&mut self, ty: Ty, bodies: bool) -> Option<&'static Form> {
        let more = if bodies { IN_BODIES } else { &[] };
        let ty = if ty == Ty::Any && self.r.percent(50) { self.ty() } else { ty };
        // A form for the exact type more often than one for a part of it.
        let exact = self.r.percent(85);
        let good = |form: &&Form| if exact { form.result == ty } else { ty.takes(form.result) };
        let forms: Vec<&'static Form> = IN_GUARDS.iter().chain(more).filter(good).collect();
        (!forms.is_empty()).then(|| self.r.pick(&forms))
    }

    fn instance(&mut self, form: &Form, arguments: Vec<Node>) -> Node {
        let text = form.text.replace('§', self.r.pick(&COMPARISONS));
        Node::text(Kind::Expr, text.into(), arguments)
    }

    /// ` when TESTS`, or nothing if it may be left out.
    fn when(&mut self, optional: bool) -> Node {
        if optional && self.r.percent(55) {
            return fixed("", []);
        }
        fixed(" when @", [self.tests()])
    }

    /// What stands behind `when`.
    fn tests(&mut self) -> Node {
        let alternatives = (0..self.r.pick(&[1, 1, 1, 2])).map(|_| {
            let tests = (0..self.r.pick(&[1, 1, 2])).map(|_| self.test(3)).collect();
            list("", ", ", "", 1, tests)
        });
        let alternatives = alternatives.collect();
        list("", "; ", "", 1, alternatives)
    }

    fn test(&mut self, depth: usize) -> Node {
        let value =
            if self.r.percent(4) { self.in_guard(Ty::Any, depth) } else { self.in_guard(Ty::Bool, depth) };
        guard("@", [value])
    }

    /// An expression that guards may contain.
    fn in_guard(&mut self, ty: Ty, depth: usize) -> Node {
        if depth == 0 || self.r.percent(20) {
            let good: Vec<usize> = (0..self.scope.len()).filter(|&n| ty.takes(self.scope[n].1)).collect();
            if !good.is_empty() && self.r.percent(80) {
                return expr(self.scope[self.r.pick(&good)].0.clone(), []);
            }
            // Funs are no guard expressions.
            let literal = types::literal(self.r, ty);
            return expr(if literal.starts_with("fun") { "id".to_string() } else { literal }, []);
        }
        let Some(form) = self.choose(ty, false) else { return self.in_guard(ty, 0) };
        let arguments = form.arguments.iter().map(|&ty| self.in_guard(ty, depth - 1)).collect();
        self.instance(form, arguments)
    }
}
