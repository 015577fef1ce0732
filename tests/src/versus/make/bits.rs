//! Construction and matching of bitstrings: every type of segment, with sizes, units and byte orders of all kinds.

use super::super::tree::{Node, expr, fixed, list};
use super::Maker;
use super::control::paren;
use super::types::Ty;

const SIZES: [u32; 24] =
    [0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 24, 27, 31, 32, 33, 48, 59, 60, 63, 64, 65, 130];

impl Maker<'_> {
    /// A pattern for a bitstring, and a construction that gives one.
    pub(super) fn bit_pattern(&mut self, ty: Ty, bound: &mut Vec<(String, Ty)>) -> (Node, Node) {
        let (mut patterns, mut values) = (Vec::new(), Vec::new());
        for _ in 0..self.r.pick(&[1, 1, 2, 2, 3, 4]) {
            self.segment(&mut patterns, &mut values, bound);
        }
        match self.r.below(6) {
            0 | 1 => {
                let kind = if ty == Ty::Bin { "binary" } else { "bits" };
                let rest = self.bind(ty, bound);
                patterns.push(fixed(format!("@/{kind}"), [rest]));
                let value = self.expr(ty, 2);
                values.push(fixed(format!("(@)/{kind}"), [value]));
            }
            2 => patterns.push(fixed("_/bits", [])),
            3 => {
                patterns.push(fixed("_/binary", []));
            }
            _ => {}
        }
        (list("<<", ", ", ">>", 1, patterns), list("<<", ", ", ">>", 0, values).as_expr())
    }

    /// Segments of a head that takes something from the front of a bitstring and leaves `Rest`.
    pub(super) fn walked_bits(&mut self, bound: &mut Vec<(String, Ty)>) -> Vec<Node> {
        let scope = std::mem::take(&mut self.scope);
        let size = self.r.pick(&[1, 4, 7, 8, 8, 16, 24]);
        let first = if self.r.percent(70) { self.bind(Ty::Int, bound) } else { fixed("0", []) };
        let flags = self.flags();
        let mut patterns = vec![fixed(format!("@:{size}/integer{flags}"), [first])];
        for _ in 0..self.r.pick(&[0, 0, 1, 2]) {
            self.segment(&mut patterns, &mut Vec::new(), bound);
        }
        patterns.push(fixed("Rest/bits", []));
        self.scope = scope;
        patterns
    }

    /// The flags of a number: byte order and sign.
    fn flags(&mut self) -> String {
        let order = self.r.pick(&["", "", "-little", "-big", "-native"]);
        let sign = self.r.pick(&["", "-signed", "-unsigned"]);
        format!("{order}{sign}")
    }

    fn segment(&mut self, patterns: &mut Vec<Node>, values: &mut Vec<Node>, bound: &mut Vec<(String, Ty)>) {
        match self.r.below(16) {
            0..6 => {
                let size = self.r.pick(&SIZES);
                let spec = match self.r.below(8) {
                    0 => format!("/integer-unit:{}{}", self.r.pick(&[1, 8, 13]), self.flags()),
                    1 => format!(":{}/unit:{}{}", size % 6, self.r.pick(&[1, 3, 8, 16]), self.flags()),
                    2 => String::new(),
                    _ => format!(":{size}/integer{}", self.flags()),
                };
                // A unit alone says nothing about the size of an integer.
                let spec = if spec.starts_with("/integer") {
                    spec.replacen("/integer", ":2/integer", 1)
                } else {
                    spec
                };
                self.number(Ty::Int, &spec, patterns, values, bound);
            }
            6 => {
                let size = self.r.pick(&[16, 32, 64, 64]);
                let order = self.r.pick(&["", "-little", "-big", "-native"]);
                self.number(Ty::Float, &format!(":{size}/float{order}"), patterns, values, bound);
            }
            7 | 8 => {
                let spec = self.r.pick(&["/utf8", "/utf16", "/utf32", "/utf16-little", "/utf32-little"]);
                let variable = if self.r.percent(60) { self.bind(Ty::Int, bound) } else { fixed("_", []) };
                let character = self.r.pick(&[
                    "$a",
                    "228",
                    "16#7FF",
                    "16#800",
                    "16#D7FF",
                    "16#E000",
                    "16#FFFF",
                    "16#10000",
                    "16#10FFFF",
                    "0",
                ]);
                let value = if self.r.percent(15) { self.expr(Ty::Int, 2) } else { expr(character, []) };
                patterns.push(fixed(format!("@{spec}"), [variable]));
                values.push(fixed(format!("(@){spec}"), [value]));
            }
            9 => {
                // A part of fixed size.
                let (count, unit) = (self.r.below(5), self.r.pick(&[1, 3, 8, 8, 12, 64]));
                let kind = if unit == 8 { "binary".to_string() } else { format!("binary-unit:{unit}") };
                let variable = if self.r.percent(85) { self.bind(Ty::Bits, bound) } else { fixed("_", []) };
                patterns.push(fixed(format!("@:{count}/{kind}"), [variable]));
                let content = self.expr(Ty::Int, 2);
                values.push(fixed(format!("(@):{}", count * unit), [content]));
            }
            10 | 11 => {
                // A size in the bitstring itself.
                let length = self.variable();
                let count = self.r.below(6);
                let (spec, bits, ty) = match self.r.below(5) {
                    0 => (format!("{length}/bits"), count, Ty::Bits),
                    1 => (format!("{length}/integer{}", self.flags()), count, Ty::Int),
                    2 => (format!("({length} * 8)/integer-little"), count * 8, Ty::Int),
                    3 => (format!("({length} - 1)/binary"), count.max(1) * 8 - 8, Ty::Bin),
                    _ => (format!("{length}/binary"), count * 8, Ty::Bin),
                };
                let count = if spec.contains("- 1") { count.max(1) } else { count };
                let variable = self.bind(ty, bound);
                patterns.push(fixed(format!("{length}:8, @:{spec}"), [variable]));
                bound.push((length, Ty::Small));
                let content = self.expr(Ty::Int, 2);
                let wrong = if self.r.percent(7) { 1 } else { 0 };
                values.push(fixed(format!("{}:8, (@):{bits}", count + wrong), [content]));
            }
            12 => {
                let spec = self.r.pick(&["", "/utf8", "/utf16", "/utf32-little"]);
                patterns.push(fixed(format!("\"ab\"{spec}"), []));
                values.push(fixed(format!("\"ab\"{spec}"), []));
            }
            13 => {
                // A size from outside.
                let known: Vec<usize> =
                    (0..self.scope.len()).filter(|&n| Ty::Int.takes(self.scope[n].1)).collect();
                let size = match known.is_empty() {
                    true => "3".to_string(),
                    false => self.scope[self.r.pick(&known)].0.clone(),
                };
                let kind = self.r.pick(&["", "/bits", "/integer-little", "/binary", "/float"]);
                let variable = self.bind(if kind.contains("integer") { Ty::Int } else { Ty::Any }, bound);
                let masked = format!("({size} band 63)");
                let in_pattern = if self.r.percent(60) { masked.clone() } else { size };
                patterns.push(fixed(format!("@:{in_pattern}{kind}"), [variable]));
                let content = self.expr(Ty::Int, 2);
                values.push(fixed(format!("(@):{masked}"), [content]));
            }
            _ => self.number(Ty::Int, "", patterns, values, bound),
        }
    }

    fn number(
        &mut self,
        ty: Ty,
        spec: &str,
        patterns: &mut Vec<Node>,
        values: &mut Vec<Node>,
        bound: &mut Vec<(String, Ty)>,
    ) {
        let ty_of_value = if ty == Ty::Float && self.r.percent(20) { Ty::Int } else { ty };
        let value = self.expr(ty_of_value, 2);
        let pattern = match self.r.below(8) {
            0 => fixed("_", []),
            1 => fixed(self.r.pick(&["0", "1", "255", "$a", "7"]), []),
            _ => self.bind(ty, bound),
        };
        patterns.push(fixed(format!("@{spec}"), [pattern]));
        values.push(fixed(format!("@{spec}"), [paren(value)]));
    }

    /// A bitstring made of segments.
    pub(super) fn construction(&mut self, ty: Ty, depth: usize) -> Node {
        if self.r.percent(25) {
            return self.bit_comprehension(depth);
        }
        let (_, value) = self.bit_pattern(ty, &mut Vec::new());
        if self.r.percent(40) {
            let first = self.expr(ty, depth.min(2));
            return expr("<<(@)/bits, (@)/bits>>", [first, value]);
        }
        value
    }

    fn bit_comprehension(&mut self, depth: usize) -> Node {
        self.scoped(|maker| {
            let generators = maker.generators(depth);
            let (_, value) = maker.bit_pattern(Ty::Bits, &mut Vec::new());
            expr("<<@ || @>>", [value, generators])
        })
    }

    /// A bitstring matched against some patterns in turn.
    pub(super) fn bit_match(&mut self, ty: Ty, depth: usize) -> Node {
        let mut made = None;
        let mut clauses = Vec::new();
        for _ in 0..self.r.range(1, 4) {
            let mut bound = Vec::new();
            let (pattern, value) = self.bit_pattern(Ty::Bits, &mut bound);
            if made.is_none() || self.r.percent(30) {
                made = Some(value);
            }
            let clause = self.scoped(|maker| {
                maker.scope.extend(bound);
                let when = maker.when(true);
                let body = maker.body(ty, depth);
                fixed("@@ ->\n    @", [pattern, when, body])
            });
            clauses.push(clause);
        }
        let rest = self.body(ty, depth);
        clauses.push(fixed("_ ->\n    @", [rest]));
        let value = made.unwrap_or_else(|| expr("<<>>", []));
        let value = if self.r.percent(60) { expr("id(@)", [value]) } else { value };
        expr("case @ of\n    @\n    end", [value, list("", ";\n    ", "", 1, clauses)])
    }
}
