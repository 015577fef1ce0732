//! Expressions with clauses: they bind variables, choose, catch and repeat.

use super::super::tree::{Node, expr, fixed, list};
use super::Maker;
use super::types::{self, Ty};

impl Maker<'_> {
    /// An expression of this type that is more than operators.
    pub(super) fn control(&mut self, ty: Ty, depth: usize) -> Node {
        match self.r.below(30) {
            0..6 => self.case(ty, depth),
            6 => self.ifs(ty, depth),
            7..11 => self.tries(ty, depth),
            11 => self.block(ty, depth),
            12..15 => self.apply_fun(ty, depth),
            15..20 => self.call(ty, depth),
            20 => self.receive(ty, depth),
            21 | 22 => self.fun(ty, depth),
            23 => self.maybe(ty, depth),
            25 | 26 => self.bit_match(ty, depth),
            _ if matches!(ty, Ty::Bin | Ty::Bits) => self.construction(ty, depth),
            _ if matches!(ty, Ty::List | Ty::Ints | Ty::Map) => self.comprehension(ty, depth),
            _ => self.comprehension_inside(ty, depth),
        }
    }

    /// Clauses for a value: some that it may match, others that it will not, and one for the rest.
    fn clauses(&mut self, ty: Ty, depth: usize) -> (Node, Vec<Node>) {
        let scrutinee_type = self.ty();
        let mut value = None;
        let mut clauses = Vec::new();
        for _ in 0..self.r.range(1, 3) {
            let mut bound = Vec::new();
            let other = if self.r.percent(80) { scrutinee_type } else { self.ty() };
            let (pattern, matching) = self.pattern(other, 3, &mut bound);
            if value.is_none() || self.r.percent(40) {
                value = Some(matching);
            }
            clauses.push(self.clause("@@ ->\n    @", pattern, bound, ty, depth));
        }
        if self.r.percent(85) {
            let body = self.body(ty, depth);
            clauses.push(fixed("_ ->\n    @", [body]));
        }
        let value = match value {
            Some(value) if self.r.percent(80) => value,
            _ => self.expr(scrutinee_type, depth),
        };
        let value = if self.r.percent(50) { expr("id(@)", [value]) } else { value };
        (value, clauses)
    }

    fn clause(
        &mut self,
        text: &'static str,
        pattern: Node,
        bound: Vec<(String, Ty)>,
        ty: Ty,
        depth: usize,
    ) -> Node {
        self.scoped(|maker| {
            maker.scope.extend(bound);
            let when = maker.when(true);
            let body = maker.body(ty, depth);
            fixed(text, [pattern, when, body])
        })
    }

    fn case(&mut self, ty: Ty, depth: usize) -> Node {
        let (value, clauses) = self.clauses(ty, depth);
        expr("case @ of\n    @\n    end", [value, list("", ";\n    ", "", 1, clauses)])
    }

    fn ifs(&mut self, ty: Ty, depth: usize) -> Node {
        let mut clauses: Vec<Node> = (0..self.r.range(1, 3))
            .map(|_| {
                let tests = self.tests();
                let body = self.body(ty, depth);
                fixed("@ ->\n    @", [tests, body])
            })
            .collect();
        if self.r.percent(85) {
            let body = self.body(ty, depth);
            clauses.push(fixed("true ->\n    @", [body]));
        }
        expr("if\n    @\n    end", [list("", ";\n    ", "", 1, clauses)])
    }

    fn tries(&mut self, ty: Ty, depth: usize) -> Node {
        let body = self.body(ty, depth);
        match self.r.below(6) {
            0 => {
                let (_, clauses) = self.clauses(ty, depth);
                let handlers = self.handlers(ty, depth);
                let clauses = list("", ";\n    ", "", 1, clauses);
                expr("try @ of\n    @\n    catch\n    @\n    end", [body, clauses, handlers])
            }
            1 => {
                let after = self.body(Ty::Any, depth.min(2));
                expr("try @ after\n    @\n    end", [body, after])
            }
            2 => {
                let handlers = self.handlers(ty, depth);
                let after = self.body(Ty::Any, depth.min(2));
                expr("try @ catch\n    @\n    after\n    @\n    end", [body, handlers, after])
            }
            3 => {
                // The stack trace as a value.
                let [c, r, s] = [0; 3].map(|_| self.variable());
                let top = format!("{{{c}, {r}, element(1, hd({s})), element(2, hd({s}))}}");
                expr(format!("try @ catch\n    {c}:{r}:{s} -> {top}\n    end"), [body])
            }
            _ => {
                let handlers = self.handlers(ty, depth);
                expr("try @ catch\n    @\n    end", [body, handlers])
            }
        }
    }

    fn handlers(&mut self, ty: Ty, depth: usize) -> Node {
        let handlers = (0..self.r.range(1, 3)).map(|_| {
            let mut bound = Vec::new();
            let class = match self.r.below(5) {
                0 => "throw:".to_string(),
                1 => "error:".to_string(),
                2 => String::new(),
                _ => {
                    let variable = self.variable();
                    bound.push((variable.clone(), Ty::Atom));
                    variable + ":"
                }
            };
            let pattern = match self.r.below(4) {
                0 => {
                    let ty = self.ty();
                    self.pattern(ty, 2, &mut bound).0
                }
                1 => expr(self.r.pick(&["badarg", "badarith", "function_clause", "_"]), []),
                2 => {
                    let variable = self.variable();
                    bound.push((variable.clone(), Ty::Any));
                    fixed(
                        format!(
                            "{{{}, {variable}}}",
                            self.r.pick(&["badmatch", "case_clause", "badkey", "_"])
                        ),
                        [],
                    )
                }
                _ => {
                    let variable = self.variable();
                    bound.push((variable.clone(), Ty::Any));
                    fixed(variable, [])
                }
            };
            self.scoped(|maker| {
                maker.scope.extend(bound);
                let when = if maker.r.percent(80) { fixed("", []) } else { maker.when(true) };
                let body = maker.body(ty, depth.min(2));
                let again = maker.r.percent(8);
                if again && class.starts_with('V') {
                    let raised = maker.leaf(Ty::Any);
                    let name = class.trim_end_matches(':').to_string();
                    let trace = maker.variable();
                    let text = format!("{class}@:{trace}@ ->\n    erlang:raise({name}, @, {trace})");
                    return fixed(text, [pattern, when, raised]);
                }
                fixed(format!("{class}@@ ->\n    @"), [pattern, when, body])
            })
        });
        let handlers = handlers.collect();
        list("", ";\n    ", "", 1, handlers)
    }

    fn block(&mut self, ty: Ty, depth: usize) -> Node {
        let body = self.body(ty, depth);
        expr("begin\n    @\n    end", [body])
    }

    /// A fun made and called, perhaps through a variable that hides it.
    fn apply_fun(&mut self, ty: Ty, depth: usize) -> Node {
        let parameters: Vec<Ty> = (0..self.r.range(1, 2)).map(|_| self.ty()).collect();
        let fun = self.closure(&parameters, ty, depth);
        let arguments: Vec<Node> = parameters.iter().map(|&ty| self.expr(ty, depth.min(2))).collect();
        let arguments = list("(", ", ", ")", parameters.len(), arguments);
        expr(self.r.pick(&["(@)@", "(id(@))@"]), [fun, arguments])
    }

    fn closure(&mut self, parameters: &[Ty], ty: Ty, depth: usize) -> Node {
        let clauses = (0..self.r.pick(&[1, 1, 2])).map(|n| {
            self.scoped(|maker| {
                let mut bound = Vec::new();
                let heads = parameters
                    .iter()
                    .map(|&ty| {
                        if n > 0 || maker.r.percent(70) {
                            let variable = maker.variable();
                            bound.push((variable.clone(), ty));
                            return fixed(variable, []);
                        }
                        maker.fresh_pattern(ty, 2, &mut bound)
                    })
                    .collect();
                maker.scope.extend(bound);
                let when = if maker.r.percent(70) { fixed("", []) } else { maker.when(true) };
                let body = maker.body(ty, depth.min(3));
                fixed("@@ ->\n    @", [list("(", ", ", ")", parameters.len(), heads), when, body])
            })
        });
        let clauses = clauses.collect();
        expr("fun@ end", [list("", ";\n    ", "", 1, clauses)])
    }

    /// A fun where one is wanted, else something that a higher function does with it.
    fn fun(&mut self, ty: Ty, depth: usize) -> Node {
        let argument = self.ty();
        let result = if ty == Ty::Fun { self.ty() } else { ty };
        let fun = self.closure(&[argument], result, depth);
        if matches!(ty, Ty::Fun | Ty::Any) {
            return fun;
        }
        let items: Vec<Node> = (0..self.r.range(1, 4)).map(|_| self.expr(argument, depth.min(2))).collect();
        let items = list("[", ", ", "]", 0, items);
        match ty {
            Ty::List => expr("lists:map(@, @)", [fun, items]),
            Ty::Bool => expr("lists:any(@, @)", [fun, items]),
            _ => expr("lists:last(lists:map(@, @))", [fun, items]),
        }
    }

    fn call(&mut self, ty: Ty, depth: usize) -> Node {
        if self.nesting > 3 {
            return self.form(ty, depth);
        }
        let index = self.helper(ty);
        let (name, parameters) = (self.helpers[index].name.clone(), self.helpers[index].parameters.clone());
        let arguments = parameters.iter().map(|&ty| self.expr(ty, depth.min(2))).collect();
        let arguments = list("(", ", ", ")", parameters.len(), arguments);
        match self.r.below(12) {
            0 => {
                let count = parameters.len();
                expr(format!("(fun {name}/{count})@"), [arguments])
            }
            1 => expr(format!("?MODULE:{name}@"), [arguments]),
            2 => expr(format!("(id(?MODULE)):{name}@"), [arguments]),
            _ => expr(format!("{name}@"), [arguments]),
        }
    }

    fn receive(&mut self, ty: Ty, depth: usize) -> Node {
        let (value, clauses) = self.clauses(ty, depth);
        let clauses = list("", ";\n    ", "", 1, clauses);
        let after = self.body(ty, depth);
        if self.r.percent(70) {
            expr(
                "begin self() ! @, receive\n    @\n    after 0 ->\n    @\n    end end",
                [value, clauses, after],
            )
        } else {
            let time = self.r.pick(&["0", "0", "1", "id(0)"]);
            expr(format!("receive\n    @\n    after {time} ->\n    @\n    end"), [clauses, after])
        }
    }

    fn maybe(&mut self, ty: Ty, depth: usize) -> Node {
        if self.release < 27 {
            return self.block(ty, depth);
        }
        let mut bound = Vec::new();
        let wanted = self.ty();
        let (pattern, value) = self.pattern(wanted, 3, &mut bound);
        let body = self.scoped(|maker| {
            maker.scope.extend(bound);
            maker.body(ty, depth)
        });
        if self.r.percent(50) {
            let (_, clauses) = self.clauses(ty, depth);
            let clauses = list("", ";\n    ", "", 1, clauses);
            expr("maybe\n    @ ?= id(@),\n    @\n    else\n    @\n    end", [pattern, value, body, clauses])
        } else {
            expr("maybe\n    @ ?= id(@),\n    @\n    end", [pattern, value, body])
        }
    }

    /// A choice whose branches bind a variable that is used behind it.
    pub(super) fn exporting(&mut self, depth: usize) -> Node {
        let ty = self.ty();
        let variable = self.variable();
        let test = self.expr(Ty::Bool, depth.min(2));
        let [one, two] = [0, 1].map(|_| self.expr(ty, depth.min(2)));
        let third = self.expr(Ty::Any, depth.min(1));
        self.scope.push((variable.clone(), ty));
        let text = format!(
            "case @ of\n    true ->\n    {variable} = @;\n    false ->\n    {variable} = @;\n    _ ->\n    {variable} = @\n    end"
        );
        expr(text, [test, one, two, third])
    }

    /// A comprehension somewhere in an expression of another type.
    fn comprehension_inside(&mut self, ty: Ty, depth: usize) -> Node {
        match ty {
            Ty::Int | Ty::Small => {
                let inner = self.comprehension(Ty::Ints, depth);
                expr("lists:sum(@)", [inner])
            }
            Ty::Bin | Ty::Bits => self.construction(ty, depth),
            _ => {
                let inner = self.comprehension(Ty::List, depth);
                let test = self.leaf(ty);
                expr("case hd(@) =:= a of true -> a; false -> @ end", [inner, test])
            }
        }
    }

    fn comprehension(&mut self, ty: Ty, depth: usize) -> Node {
        self.scoped(|maker| {
            let mut qualifiers = vec![maker.generators(depth)];
            for _ in 0..maker.r.below(3) {
                let more = match maker.r.below(3) {
                    0 => maker.generators(depth.min(1)),
                    1 => maker.test(2),
                    _ => maker.expr(Ty::Bool, depth.min(2)),
                };
                qualifiers.push(more);
            }
            let qualifiers = list("", ", ", "", 1, qualifiers);
            if ty == Ty::Map {
                let [key, value] = [0, 1].map(|_| maker.expr(Ty::Any, depth.min(2)));
                return expr("#{@ => @ || @}", [key, value, qualifiers]);
            }
            let item = if ty == Ty::Ints { Ty::Int } else { maker.ty() };
            let value = maker.expr(item, depth.min(2));
            expr("[@ || @]", [value, qualifiers])
        })
    }

    /// One generator, or two that go in step.
    pub(super) fn generators(&mut self, depth: usize) -> Node {
        let zip = self.release >= 29 && self.r.percent(20);
        let mut bound = Vec::new();
        let mut made: Vec<Node> =
            (0..if zip { 2 } else { 1 }).map(|_| self.generator(depth, &mut bound)).collect();
        self.scope.extend(bound);
        match made.pop() {
            Some(second) if zip => match made.pop() {
                Some(first) => fixed("@ && @", [first, second]),
                None => second,
            },
            Some(only) => only,
            None => fixed("true", []),
        }
    }

    fn generator(&mut self, depth: usize, bound: &mut Vec<(String, Ty)>) -> Node {
        let strict = self.release >= 29 && self.r.percent(25);
        let item = self.ty();
        match self.r.below(10) {
            0 | 1 if self.release >= 27 => {
                let (key, value) = (self.variable(), self.variable());
                bound.push((key.clone(), Ty::Any));
                bound.push((value.clone(), Ty::Any));
                // The order of a map's keys is not what is compared here: at most one key is an atom.
                let map =
                    expr(self.r.pick(&["#{1 => a, 2 => b, [] => 3}", "#{a => 1, 1.5 => {}}", "#{}"]), []);
                let arrow = if strict { "<:-" } else { "<-" };
                fixed(format!("{key} := {value} {arrow} @"), [map])
            }
            2 | 3 => {
                let variable = self.variable();
                bound.push((variable.clone(), Ty::Int));
                let source = self.expr(Ty::Bits, depth.min(1));
                let size = self.r.pick(&[1, 3, 8, 16, 65]);
                let arrow = if strict { "<:=" } else { "<=" };
                fixed(
                    format!("<<{variable}:{size}>> {arrow} binary:part(<<@/bits, 0:800>>, 0, 9)"),
                    [paren(source)],
                )
            }
            _ => {
                let arrow = if strict { "@ <:- @" } else { "@ <- @" };
                let mut values = Vec::new();
                let mut own = Vec::new();
                let pattern = self.fresh_pattern_with(item, 2, &mut own, &mut values);
                for _ in 0..self.r.below(3) {
                    let value = types::literal(self.r, item);
                    values.push(expr(value, []));
                }
                bound.extend(own);
                let source = list("[", ", ", "]", 0, values);
                fixed(arrow, [pattern, source])
            }
        }
    }
}

/// In parentheses, as sizes and values of segments must be.
pub(super) fn paren(node: Node) -> Node {
    fixed("(@)", [node])
}
