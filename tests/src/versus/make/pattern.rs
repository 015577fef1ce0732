//! Patterns, each with an expression that it matches.

use super::super::tree::{Node, expr, fixed, list};
use super::Maker;
use super::types::{self, Ty};

impl Maker<'_> {
    /// A pattern that uses nothing from outside, for heads.
    pub(super) fn fresh_pattern(&mut self, ty: Ty, depth: usize, bound: &mut Vec<(String, Ty)>) -> Node {
        self.fresh_pattern_with(ty, depth, bound, &mut Vec::new())
    }

    /// The same; what it matches is added to the values.
    pub(super) fn fresh_pattern_with(
        &mut self,
        ty: Ty,
        depth: usize,
        bound: &mut Vec<(String, Ty)>,
        values: &mut Vec<Node>,
    ) -> Node {
        let scope = std::mem::take(&mut self.scope);
        let (pattern, value) = self.pattern(ty, depth, bound);
        self.scope = scope;
        values.push(value);
        pattern
    }

    /// A new variable in a pattern.
    pub(super) fn bind(&mut self, ty: Ty, bound: &mut Vec<(String, Ty)>) -> Node {
        let variable = self.variable();
        bound.push((variable.clone(), ty));
        fixed(variable, [])
    }

    /// A pattern and an expression that it matches, if nothing goes wrong.
    pub(super) fn pattern(&mut self, ty: Ty, depth: usize, bound: &mut Vec<(String, Ty)>) -> (Node, Node) {
        self.budget -= 1;
        if depth == 0 || self.r.percent(25) {
            let value = self.expr(ty, depth.min(2));
            return (self.bind(ty, bound), value);
        }
        match self.r.below(20) {
            0 => return (fixed("_", []), self.expr(ty, depth)),
            1 => {
                let known: Vec<usize> =
                    (0..self.scope.len()).filter(|&n| ty.takes(self.scope[n].1)).collect();
                if !known.is_empty() {
                    let name = self.scope[self.r.pick(&known)].0.clone();
                    return (fixed(name.clone(), []), expr(name, []));
                }
            }
            2 => {
                let (pattern, value) = self.pattern(ty, depth - 1, bound);
                let variable = self.bind(ty, bound);
                return (fixed(self.r.pick(&["@ = @", "(@) = @"]), [pattern, variable]), value);
            }
            _ => {}
        }
        match ty {
            Ty::Int | Ty::Small | Ty::Float | Ty::Bool | Ty::Atom => {
                let literal = types::literal(self.r, ty);
                (fixed(literal.clone(), []), expr(literal, []))
            }
            Ty::List | Ty::Ints => self.list_pattern(ty, depth, bound),
            Ty::Tuple => {
                let pairs = (0..self.r.below(4)).map(|_| self.element(depth, bound)).collect::<Vec<_>>();
                let (patterns, values): (Vec<Node>, Vec<Node>) = pairs.into_iter().unzip();
                let count = patterns.len();
                (list("{", ", ", "}", 0, patterns), list("{", ", ", "}", count, values).as_expr())
            }
            Ty::Rec => {
                let (a, a_value) = self.pattern(Ty::Int, depth - 1, bound);
                let (b, b_value) = self.element(depth, bound);
                let text = self.r.pick(&["#r{a = @, b = @}", "#r{b = @, c = @}"]);
                (fixed(text, [a, b]), expr(text, [a_value, b_value]))
            }
            Ty::Map => self.map_pattern(depth, bound),
            Ty::Bin | Ty::Bits => self.bit_pattern(ty, bound),
            Ty::Fun => {
                let value = self.expr(ty, depth - 1);
                (self.bind(ty, bound), value)
            }
            Ty::Any => self.element(depth, bound),
        }
    }

    /// A part of a larger pattern.
    fn element(&mut self, depth: usize, bound: &mut Vec<(String, Ty)>) -> (Node, Node) {
        let ty = self.ty();
        self.pattern(ty, depth - 1, bound)
    }

    fn list_pattern(&mut self, ty: Ty, depth: usize, bound: &mut Vec<(String, Ty)>) -> (Node, Node) {
        let item = |maker: &mut Self, bound: &mut Vec<(String, Ty)>| {
            let of = if ty == Ty::Ints { Ty::Int } else { maker.ty() };
            maker.pattern(of, depth - 1, bound)
        };
        match self.r.below(5) {
            0 => (fixed("[]", []), expr("[]", [])),
            1 => {
                let (one, one_value) = item(self, bound);
                let (two, two_value) = item(self, bound);
                (fixed("[@, @]", [one, two]), expr("[@, @]", [one_value, two_value]))
            }
            2 if ty == Ty::Ints => {
                let (rest, value) = self.pattern(Ty::Ints, depth - 1, bound);
                (fixed("\"ab\" ++ @", [rest]), expr("\"ab\" ++ @", [value]))
            }
            _ => {
                let (head, head_value) = item(self, bound);
                let (tail, tail_value) = self.pattern(ty, depth - 1, bound);
                (fixed("[@ | @]", [head, tail]), expr("[@ | @]", [head_value, tail_value]))
            }
        }
    }

    fn map_pattern(&mut self, depth: usize, bound: &mut Vec<(String, Ty)>) -> (Node, Node) {
        let (mut patterns, mut values) = (Vec::new(), Vec::new());
        for _ in 0..self.r.below(4) {
            let known: Vec<String> = self.scope.iter().map(|(name, _)| name.clone()).collect();
            let key = match self.r.below(8) {
                0 if !known.is_empty() => known[self.r.below(known.len())].clone(),
                1 => "(1 + 2)".to_string(),
                2 => "{a, [1]}".to_string(),
                3 => types::literal(self.r, Ty::Float),
                4 => types::literal(self.r, Ty::Int),
                _ => types::literal(self.r, Ty::Atom),
            };
            let (pattern, value) = self.element(depth, bound);
            patterns.push(fixed(format!("{key} := @"), [pattern]));
            values.push(fixed(format!("{key} => @"), [value]));
        }
        if self.r.percent(40) {
            let value = self.expr(Ty::Any, 1);
            values.push(fixed("more => @", [value]));
        }
        let large = self.r.percent(10);
        let map = list("#{", ", ", "}", 0, values).as_expr();
        let map =
            if large { expr("maps:merge(maps:from_keys(lists:seq(100, 132), x), @)", [map]) } else { map };
        (list("#{", ", ", "}", 0, patterns), map)
    }
}
