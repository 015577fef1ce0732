//! Source text as a tree that can be made smaller.
//!
//! A node is a template whose `@`s stand for its children, or a list from which elements can be taken. What a node
//! is for (an expression, a guard, anything else) says what may stand in its place; whether the smaller program is
//! one, with all its variables bound, the Erlang compiler decides.

use std::borrow::Cow;

/// What may stand in a node's place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Another expression.
    Expr,
    /// Another guard test.
    Guard,
    /// Nothing.
    Fixed,
}

/// How a node's children become text.
#[derive(Clone, Debug)]
enum Form {
    /// Each `@` is a child.
    Text(Cow<'static, str>),
    /// The children between separators; at least so many stay.
    List { open: &'static str, separator: &'static str, close: &'static str, least: usize },
}

/// A piece of source text.
#[derive(Clone, Debug)]
pub struct Node {
    kind: Kind,
    form: Form,
    kids: Vec<Node>,
}

/// An expression from a template.
pub fn expr<const N: usize>(template: impl Into<Cow<'static, str>>, kids: [Node; N]) -> Node {
    Node::text(Kind::Expr, template.into(), kids.into())
}

/// A guard test from a template.
pub fn guard<const N: usize>(template: impl Into<Cow<'static, str>>, kids: [Node; N]) -> Node {
    Node::text(Kind::Guard, template.into(), kids.into())
}

/// Anything else from a template.
pub fn fixed<const N: usize>(template: impl Into<Cow<'static, str>>, kids: [Node; N]) -> Node {
    Node::text(Kind::Fixed, template.into(), kids.into())
}

/// A list with brackets of its own.
pub fn list(
    open: &'static str,
    separator: &'static str,
    close: &'static str,
    least: usize,
    kids: Vec<Node>,
) -> Node {
    Node { kind: Kind::Fixed, form: Form::List { open, separator, close, least }, kids }
}

/// What smaller expressions may be.
const LITERALS: [&str; 3] = ["a", "0", "[]"];

impl Node {
    /// A node from a template with as many `@` as there are children.
    pub fn text(kind: Kind, template: Cow<'static, str>, kids: Vec<Node>) -> Node {
        assert_eq!(template.matches('@').count(), kids.len(), "{template}");
        Node { kind, form: Form::Text(template), kids }
    }

    /// The same as an expression, which may be replaced.
    pub fn as_expr(mut self) -> Node {
        self.kind = Kind::Expr;
        self
    }

    /// The source text.
    pub fn render(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        match &self.form {
            Form::Text(template) => {
                let mut kids = self.kids.iter();
                for (index, part) in template.split('@').enumerate() {
                    if index > 0
                        && let Some(kid) = kids.next()
                    {
                        kid.write(out);
                    }
                    out.push_str(part);
                }
            }
            Form::List { open, separator, close, .. } => {
                out.push_str(open);
                for (index, kid) in self.kids.iter().enumerate() {
                    if index > 0 {
                        out.push_str(separator);
                    }
                    kid.write(out);
                }
                out.push_str(close);
            }
        }
    }

    /// The children.
    pub fn kids(&self) -> &[Node] {
        &self.kids
    }

    /// How much there is to take away.
    pub fn size(&self) -> usize {
        1 + self.kids.iter().map(Node::size).sum::<usize>()
    }

    /// All trees that are smaller by one step, those first that lose most.
    pub fn smaller(&self) -> Vec<Node> {
        let mut steps = Vec::new();
        self.steps(&mut Vec::new(), &mut steps);
        let mut trees: Vec<Node> = steps.iter().map(|(path, step)| self.apply(path, step)).collect();
        let size = self.size();
        trees.retain(|tree| tree.size() < size || tree.render().len() < self.render().len());
        trees.sort_by_key(Node::size);
        trees
    }

    fn steps(&self, path: &mut Vec<usize>, steps: &mut Vec<(Vec<usize>, Step)>) {
        match self.kind {
            Kind::Expr => {
                let mut inner = Vec::new();
                self.inner_exprs(&mut inner);
                steps.extend(inner.into_iter().map(|node| (path.clone(), Step::Replace(node.clone()))));
                if !self.kids.is_empty() || self.render().len() > 2 {
                    steps.extend(LITERALS.map(|l| (path.clone(), Step::Replace(expr(l, [])))));
                }
            }
            Kind::Guard if !self.kids.is_empty() => {
                steps.push((path.clone(), Step::Replace(guard("true", []))));
                for kid in self.kids.iter().filter(|kid| kid.kind == Kind::Guard) {
                    steps.push((path.clone(), Step::Replace(kid.clone())));
                }
            }
            _ => {}
        }
        if let Form::List { least, .. } = self.form
            && self.kids.len() > least
        {
            steps.extend((0..self.kids.len()).map(|index| (path.clone(), Step::Remove(index))));
            if self.kids.len() > least + 3 {
                steps.push((path.clone(), Step::Half(least.max(self.kids.len() / 2), true)));
                steps.push((path.clone(), Step::Half(least.max(self.kids.len() / 2), false)));
            }
        }
        for (index, kid) in self.kids.iter().enumerate() {
            path.push(index);
            kid.steps(path, steps);
            path.pop();
        }
    }

    /// The nearest expressions below.
    fn inner_exprs<'a>(&'a self, into: &mut Vec<&'a Node>) {
        for kid in &self.kids {
            if kid.kind == Kind::Expr {
                into.push(kid);
            } else {
                kid.inner_exprs(into);
            }
        }
    }

    fn apply(&self, path: &[usize], step: &Step) -> Node {
        let Some((first, rest)) = path.split_first() else {
            let mut node = self.clone();
            match step {
                Step::Replace(other) => return other.clone(),
                Step::Remove(index) => {
                    node.kids.remove(*index);
                }
                Step::Half(keep, true) => node.kids.truncate(*keep),
                Step::Half(keep, false) => {
                    node.kids.drain(..node.kids.len() - keep);
                }
            }
            return node;
        };
        let kids = self.kids.iter().enumerate();
        let kids = kids.map(|(i, kid)| if i == *first { kid.apply(rest, step) } else { kid.clone() });
        Node { kind: self.kind, form: self.form.clone(), kids: kids.collect() }
    }
}

/// One way to make a node smaller.
enum Step {
    Replace(Node),
    Remove(usize),
    /// So many elements stay: the first, or the last.
    Half(usize, bool),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smaller_trees_are_smaller() {
        let leaf = |text: &'static str| expr(text, []);
        let tree =
            expr("(@ + @)", [leaf("Abc"), list("[", ", ", "]", 0, vec![leaf("X1"), leaf("Y1")]).as_expr()]);
        assert_eq!(tree.render(), "(Abc + [X1, Y1])");
        let smaller: Vec<String> = tree.smaller().iter().map(Node::render).collect();
        for wanted in ["Abc", "0", "[X1, Y1]", "(a + [X1, Y1])", "(Abc + [X1])", "(Abc + X1)"] {
            assert!(smaller.iter().any(|found| found == wanted), "{wanted} of {smaller:?}");
        }
        assert!(leaf("a").smaller().is_empty());
    }
}
