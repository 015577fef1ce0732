use super::*;
use crate::buffer::Buffer;
use crate::heap::{Alloc, REFC_BUFFER};
use crate::literal::LiteralArea;
use crate::{Build, FragList, Term, View};
use proptest::prelude::*;
use std::vec::Vec;

/// A process for tests: roots are the whole stack and a vector.
struct Proc {
    head: ProcessHead,
    heap: Heap,
    roots: Vec<usize>,
}

struct TestRoots<'a>(&'a mut Vec<usize>);

impl Roots for TestRoots<'_> {
    fn each_slot(&mut self, head: &mut ProcessHead, each: impl FnMut(*mut usize)) {
        // The test's stack holds terms only.
        (head.sp..head.stack_base).step_by(WORD_BYTES).map(|at| at as *mut usize).for_each(each);
    }
    fn each_slice(&mut self, _: &mut ProcessHead, each: &mut dyn FnMut(&mut [usize])) {
        each(self.0);
    }
}

impl Proc {
    fn new() -> Proc {
        // SAFETY: all fields are words.
        let mut head: ProcessHead = unsafe { core::mem::zeroed() };
        let heap = Heap::new(&mut head, 0).unwrap();
        Proc { head, heap, roots: Vec::new() }
    }
    fn collect(&mut self, kind: Collect, need: usize) {
        // SAFETY: tests read terms again from the roots.
        unsafe { self.heap.collect(&mut self.head, need, &mut TestRoots(&mut self.roots), kind).unwrap() };
        assert!(Heap::free_words(&self.head) >= need);
        self.verify();
    }
    fn verify(&mut self) {
        self.heap.verify(&mut self.head, &mut TestRoots(&mut self.roots)).unwrap();
    }
    fn push(&mut self, t: Term) {
        assert!(Heap::free_words(&self.head) > 0);
        self.head.sp -= WORD_BYTES;
        // SAFETY: there is room.
        unsafe { *(self.head.sp as *mut usize) = t.raw() };
    }
    fn root(&self, i: usize) -> Term {
        // SAFETY: roots are terms, and the heap is alive.
        unsafe { Term::from_raw(self.roots[i]) }
    }
}

/// The text of a small graph, to compare before and after; sharing shows as equal addresses within one text.
fn show(t: Term, out: &mut std::string::String, seen: &mut Vec<usize>) {
    use core::fmt::Write;
    if !t.is_immediate() {
        if let Some(i) = seen.iter().position(|&w| w == t.raw()) {
            write!(out, "@{i}").unwrap();
            return;
        }
        seen.push(t.raw());
    }
    match t.view() {
        View::Cons([h, tail]) => {
            out.push('[');
            show(*h, out, seen);
            out.push('|');
            show(*tail, out, seen);
            out.push(']');
        }
        View::Tuple(elements) => {
            out.push('{');
            for &e in elements {
                show(e, out, seen);
                out.push(',');
            }
            out.push('}');
        }
        View::Fun(f) => {
            write!(out, "fun{}/{}", f.cell(), f.arity()).unwrap();
            for &e in f.env() {
                show(e, out, seen);
            }
        }
        View::Bits(b) => {
            let words = b.object_words();
            let bits = if words.len() == crate::heap::REFC_WORDS { words[3] } else { words[1] };
            write!(out, "bits {bits}").unwrap();
        }
        View::Big(b) => write!(out, "{b:?}").unwrap(),
        View::Float(f) => write!(out, "{f}").unwrap(),
        other => write!(out, "{:?}", core::mem::discriminant(&other)).unwrap(),
    }
    if t.is_immediate() {
        write!(out, "{:x}", t.raw()).unwrap();
    }
}

fn shown(roots: &[usize]) -> std::string::String {
    let (mut out, mut seen) = (std::string::String::new(), Vec::new());
    for &r in roots {
        // SAFETY: roots are terms.
        show(unsafe { Term::from_raw(r) }, &mut out, &mut seen);
        out.push(';');
    }
    out
}

fn make(a: &mut dyn Alloc, terms: &[Term], op: u8, x: usize, y: usize) -> Term {
    let pick = |i: usize| if terms.is_empty() { Term::NIL } else { terms[i % terms.len()] };
    match op % 7 {
        0 => a.cons(pick(x), pick(y)),
        1 => a.tuple(&[pick(x), Term::small(x as isize), pick(y)]),
        2 => a.fun(x, y, &[pick(y), pick(x)]),
        3 => a.float(x as f64 / 3.0),
        4 => a.big(y.is_multiple_of(2), &[x, y, x | 1]),
        5 => a.binary(&std::vec![7; x % 200]).unwrap(),
        _ => a.tuple(&[]),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn random_graphs_survive(
        steps in prop::collection::vec((any::<u8>(), 0usize..1000, 0usize..1000, 0u8..6), 1..200),
    ) {
        let mut p = Proc::new();
        for (op, x, y, what) in steps {
            // SAFETY: roots are terms.
            let terms: Vec<Term> = p.roots.iter().map(|&r| unsafe { Term::from_raw(r) }).collect();
            let t = if what & 1 == 0 {
                make(&mut p.heap, &terms, op, x, y)
            } else {
                make(&mut p.heap.direct(&mut p.head), &terms, op, x, y)
            };
            if p.roots.len() < 20 {
                p.roots.push(t.raw());
            } else {
                let at = y % 20;
                p.roots[at] = t.raw();
            }
            if what >= 4 {
                let before = shown(&p.roots);
                p.collect(if what == 4 { Collect::Auto } else { Collect::Full }, x);
                prop_assert_eq!(before, shown(&p.roots));
            }
        }
    }
}

#[test]
fn sharing_is_preserved() {
    let mut p = Proc::new();
    let shared = p.heap.tuple(&[Term::small(1)]);
    let pair = p.heap.tuple(&[shared, shared]);
    p.roots = std::vec![pair.raw(), shared.raw()];
    for kind in [Collect::Auto, Collect::Auto, Collect::Full] {
        p.collect(kind, 0);
        let [a, b] = p.root(0).as_tuple().unwrap() else { panic!() };
        assert!(a == b && *a == p.root(1));
    }
}

#[test]
fn objects_age_twice() {
    let mut p = Proc::new();
    let t = p.heap.tuple(&[Term::small(1)]);
    p.roots = std::vec![t.raw()];
    p.collect(Collect::Auto, 0);
    assert!(p.heap.block.contains(p.root(0).address()), "first time: stays young");
    p.collect(Collect::Auto, 0);
    assert!(p.heap.old.contains(p.root(0).address()), "second time: goes to the old heap");
    let at = p.root(0);
    let fresh = p.heap.cons(at, Term::NIL);
    p.roots.push(fresh.raw());
    p.collect(Collect::Auto, 0);
    assert_eq!(p.root(0), at, "a minor collection leaves old objects where they are");
    assert!(p.heap.block.contains(p.root(1).address()));
    p.collect(Collect::Full, 0);
    assert!(p.heap.old.contains(p.root(0).address()));
}

#[test]
fn a_deep_list_and_a_deep_tuple() {
    let mut p = Proc::new();
    let (mut list, mut nest) = (Term::NIL, Term::NIL);
    for i in 0..1_000_000 {
        list = p.heap.cons(Term::small(i), list);
        nest = p.heap.tuple(&[nest]);
    }
    p.roots = std::vec![list.raw(), nest.raw()];
    for kind in [Collect::Auto, Collect::Auto, Collect::Full] {
        p.collect(kind, 100);
        let (mut t, mut n) = (p.root(0), 0);
        while let Some([h, tail]) = t.as_cons() {
            n += 1;
            assert_eq!(h.as_small(), Some(1_000_000 - n));
            t = *tail;
        }
        let (mut t, mut depth) = (p.root(1), 0);
        while let Some([e]) = t.as_tuple() {
            t = *e;
            depth += 1;
        }
        assert_eq!((n, depth), (1_000_000, 1_000_000));
    }
}

#[test]
fn buffers_are_freed_exactly_once() {
    let buffers: Vec<*mut Buffer> = (0..4).map(|_| Buffer::allocate(1000).unwrap()).collect();
    // The test holds a count of its own, so that it can look at the count later.
    // SAFETY: the buffers are live.
    let owners = || buffers.iter().map(|&b| unsafe { Buffer::owners(b) } - 1).collect::<Vec<_>>();
    let mut p = Proc::new();
    for &b in &buffers {
        // SAFETY: each term gets a count of its own.
        let t = unsafe {
            Buffer::retain(b);
            p.heap.refc_bits(b, 8000)
        };
        p.roots.push(t.raw());
    }
    p.collect(Collect::Auto, 0);
    assert_eq!(owners(), [1, 1, 1, 1]);
    p.roots.remove(0);
    p.collect(Collect::Auto, 0);
    assert_eq!(owners(), [0, 1, 1, 1], "the dead one gave up its count");
    p.roots.remove(0);
    p.collect(Collect::Auto, 0);
    assert_eq!(owners(), [0, 1, 1, 1], "an old one waits for a full collection");
    p.collect(Collect::Full, 0);
    assert_eq!(owners(), [0, 0, 1, 1]);
    // SAFETY: as in the object's layout.
    assert_eq!(p.root(0).object_words()[REFC_BUFFER], buffers[2] as usize);
    drop(p);
    assert_eq!(owners(), [0, 0, 0, 0]);
    for b in buffers {
        // SAFETY: the test's own count.
        unsafe { Buffer::release(b) };
    }
}

#[test]
fn old_buffers_do_not_make_every_collection_full() {
    let mut p = Proc::new();
    let big = p.heap.binary(&std::vec![1; 10 << 20]).unwrap();
    p.roots.push(big.raw());
    for _ in 0..20 {
        p.heap.cons(Term::NIL, Term::NIL);
        p.collect(Collect::Auto, 0);
    }
    assert!(p.heap.stats.full <= 3, "{:?}", p.heap.stats);
    assert!(!p.heap.pressure());
}

#[test]
fn messages_are_folded_in() {
    let mut p = Proc::new();
    let mut frags = FragList::with_capacity(8);
    let bin = frags.binary(&[1; 100]).unwrap();
    let message = frags.tuple(&[bin]);
    p.heap.attach(frags);
    p.roots.push(message.raw());
    p.collect(Collect::Auto, 0);
    assert!(p.heap.frags.is_empty());
    assert!(p.heap.block.contains(p.root(0).address()));
}

#[test]
fn the_stack_moves_with_its_block() {
    let mut p = Proc::new();
    for i in 0..5000 {
        if Heap::free_words(&p.head) < 4 {
            p.collect(Collect::Auto, 4);
        }
        let t = p.heap.direct(&mut p.head).cons(Term::small(i), Term::NIL);
        p.push(t);
    }
    p.collect(Collect::Full, 0);
    for i in 0..5000 {
        // SAFETY: the stack holds terms.
        let t = unsafe { Term::from_raw(*((p.head.stack_base as *const usize).sub(1 + i))) };
        assert_eq!(t.as_cons().unwrap()[0].as_small(), Some(i as isize));
    }
}

#[test]
fn garbage_grows_the_heap_only_where_it_is_made_fast() {
    let mut p = Proc::new();
    let mut allocate = |per_slice: isize| {
        for i in 0..200_000 {
            if i % per_slice == 0 {
                p.heap.begin_slice();
            }
            if Heap::free_words(&p.head) < 2 {
                p.collect(Collect::Auto, 2);
            }
            p.heap.direct(&mut p.head).cons(Term::small(i), Term::NIL);
        }
        p.heap.total_words()
    };
    let slow = allocate(100);
    assert!(slow <= 2 * crate::heap::MIN_WORDS, "{slow}");
    let fast = allocate(10_000);
    assert!(fast > 4000 && fast < 100_000, "{fast}");
    // Slices without a collection let it shrink again.
    let slow = allocate(10);
    assert!(slow <= 2 * crate::heap::MIN_WORDS, "{slow}");
    p.collect(Collect::Auto, 100_000);
    assert!(p.heap.total_words() >= 100_000);
    p.collect(Collect::Auto, 0);
    p.collect(Collect::Auto, 0);
    assert!(p.heap.total_words() < 1000, "shrinks again: {}", p.heap.total_words());
}

#[test]
fn literals_stay() {
    let mut p = Proc::new();
    let mut area = LiteralArea::with_capacity(10).unwrap();
    let literal = area.tuple(&[Term::small(3)]);
    area.seal();
    let t = p.heap.cons(literal, literal);
    p.roots = std::vec![t.raw(), literal.raw()];
    p.collect(Collect::Auto, 0);
    p.collect(Collect::Full, 0);
    assert_eq!(p.root(1), literal);
    assert_eq!(p.root(0).as_cons().unwrap(), &[literal, literal]);
    drop(p);
    drop(area);
}

#[test]
fn literals_can_be_evicted() {
    let mut p = Proc::new();
    let mut source = FragList::new();
    let text = source.string("literal");
    let bin = source.binary(&[1; 100]).unwrap();
    let t = source.tuple(&[text, bin]);
    let (area, literals) = crate::copy::to_literals(&[t]).unwrap();
    // One old object, one young one and a root point to it.
    let old = p.heap.cons(literals[0], Term::NIL);
    p.roots = std::vec![old.raw()];
    p.collect(Collect::Auto, 0);
    p.collect(Collect::Auto, 0);
    assert!(p.heap.old.contains(p.root(0).address()));
    let young = p.heap.direct(&mut p.head).tuple(&[literals[0]]);
    p.roots.extend([young.raw(), literals[0].raw()]);
    let refers = |p: &mut Proc| p.heap.refers_to(&mut p.head, &mut TestRoots(&mut p.roots), area.range());
    assert!(refers(&mut p));
    // SAFETY: tests read terms again from the roots.
    unsafe { p.heap.evict_literals(&mut p.head, &mut TestRoots(&mut p.roots), area.range()).unwrap() };
    assert!(!refers(&mut p));
    drop(area);
    p.verify();
    for t in [p.root(0).as_cons().unwrap()[0], p.root(1).as_tuple().unwrap()[0], p.root(2)] {
        assert!(crate::compare::eq_exact(t, source.tuple(&[text, bin])));
    }
    p.collect(Collect::Auto, 0);
    p.collect(Collect::Full, 0);
}

#[test]
fn from_space_is_poisoned() {
    let words = [1usize; 8];
    let block = Block::new(8).unwrap();
    // SAFETY: the block has eight words.
    unsafe { ptr::copy_nonoverlapping(words.as_ptr(), block.start, 8) };
    poison(block.start, block.words);
    // SAFETY: still there.
    assert!((0..8).all(|i| unsafe { *block.start.add(i) } == POISON));
    // SAFETY: it is not followed.
    assert!(matches!(unsafe { Term::from_raw(POISON) }.view(), View::None));
    let mut block = block;
    block.free();
}

#[test]
fn the_verifier_sees_a_wild_pointer() {
    let mut p = Proc::new();
    let t = p.heap.tuple(&[Term::small(1)]);
    p.roots.push(t.raw());
    p.verify();
    p.roots.push(t.raw() + 64 * 1024 * WORD_BYTES);
    assert!(p.heap.verify(&mut p.head, &mut TestRoots(&mut p.roots)).unwrap_err().contains("wild pointer"));
    p.roots.pop();
    // A header that reaches beyond its space.
    // SAFETY: the object is there.
    unsafe { *t.address() = crate::term::header(Subtag::Float, 1000) };
    assert!(p.heap.verify(&mut p.head, &mut TestRoots(&mut p.roots)).unwrap_err().contains("beyond"));
    p.roots.clear();
}

#[test]
fn a_deep_stack_stays_in_a_full_collection() {
    let mut p = Proc::new();
    let items = DEEP_STACK * 2;
    p.collect(Collect::Auto, items * 2);
    for i in 0..items {
        let object = if i % 1000 == 0 {
            p.heap.binary(&[i as u8; 100]).unwrap()
        } else {
            p.heap.cons(Term::small(i as isize), Term::NIL)
        };
        p.push(object);
    }
    let check = |p: &Proc| {
        let n = (p.head.stack_base - p.head.sp) / WORD_BYTES;
        assert_eq!(n, items);
        for i in 0..n {
            // SAFETY: the stack holds terms.
            let t = unsafe { Term::from_raw(*(p.head.stack_base as *const usize).sub(i + 1)) };
            match t.view() {
                View::Cons([head, _]) => assert_eq!(head.as_small(), Some(i as isize)),
                _ => {
                    assert!(i % 1000 == 0 && crate::binary::Bits::of(t).is_some_and(|b| b.byte(0) == i as u8))
                }
            }
        }
    };
    p.collect(Collect::Full, 0);
    check(&p);
    for round in 0..4 {
        p.heap.begin_slice();
        let start = p.head.heap_start;
        let garbage = p.heap.list(&[Term::NIL; 50]);
        p.roots.push(p.heap.cons(garbage, Term::small(round)).raw());
        p.collect(Collect::Full, 0);
        assert_eq!((p.head.heap_start, p.head.htop), (start, start), "the block stays, everything is old");
        assert_eq!(p.heap.old_off.bytes(), items.div_ceil(1000) * 100);
        check(&p);
        p.collect(Collect::Auto, 0);
        check(&p);
    }
    // Growing means moving.
    let start = p.head.heap_start;
    let need = p.heap.block.words;
    p.collect(Collect::Full, need);
    assert_ne!(p.head.heap_start, start);
    check(&p);
    // Everything dies.
    p.head.sp = p.head.stack_base;
    p.roots.clear();
    p.collect(Collect::Full, 0);
    assert_eq!(p.heap.used_words(&p.head), 0);
}

#[test]
fn sizes_grow_slowly() {
    assert_eq!([0, 12, 13, 38, 39, 200].map(next_size), [12, 12, 38, 38, 51, 233]);
    for w in [1usize << 21, 1 << 30, 12345678] {
        assert!(next_size(w) >= w && next_size(w) <= w * 2);
    }
}
