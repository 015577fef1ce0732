//! Maps: flat up to 32 keys, a hash tree above.
//!
//! A *flat* map has a tuple of keys in exact term order, shared by maps with the same keys, and the values in that
//! order. A *hash* map is a tree with up to 16 children a node, chosen by four bits of the keys' internal hash per
//! level, from the top bits down:
//!
//! ```text
//! root:  [header, size << 1 | 1,  child 0, .., child 15]      [] where there is no child
//! inner: [header, bitmap << 1,    the children that exist]
//! leaf:  [key | value], a cons cell
//! equal hashes: after eight levels, a tuple of leaves in key order
//! ```
//! *Invariants*: a subtree with one leaf is that leaf, so that equal maps have equal shapes; a map of 32 keys or
//! fewer is flat.

use crate::compare::{cmp_exact, eq_exact};
use crate::hash::internal;
use crate::heap::Alloc;
use crate::term::{FlatMapRef, HashMapRef, Term, View};
use crate::{Build, WORD_BYTES};
use alloc::vec::Vec;
use core::cmp::Ordering;
pub use iter::Iter;
use linac_abi::term::{FLATMAP_MAX, Subtag};

/// Levels of four bits in a hash.
const LEVELS: usize = 8;
const WIDTH: usize = 16;
const _: () = assert!(WORD_BYTES * 8 > WIDTH + 1);

mod iter;

fn nibble(hash: u32, level: usize) -> usize {
    (hash >> (28 - 4 * level)) as usize & 15
}

/// Number of keys; None if it is no map.
pub fn size(map: Term) -> Option<usize> {
    match map.view() {
        View::FlatMap(m) => Some(m.values().len()),
        View::HashMap(m) => Some(m.size()),
        _ => None,
    }
}

fn same_key(a: Term, b: Term) -> bool {
    a == b || eq_exact(a, b)
}

/// Index of a key in a flat map's keys, if it is there.
#[inline]
fn present(keys: &[Term], key: Term) -> Option<usize> {
    // The same word is the same key, and of an immediate there is no other.
    match keys.iter().position(|&k| k == key) {
        None if !key.is_immediate() => keys.binary_search_by(|&k| cmp_exact(k, key)).ok(),
        found => found,
    }
}

/// Index of a key in a flat map's keys: where it is, or where it belongs.
fn find_flat(keys: &[Term], key: Term) -> Result<usize, usize> {
    match keys.iter().position(|&k| k == key) {
        Some(i) => Ok(i),
        None => search(keys, key),
    }
}

/// As [`find_flat`], by order.
fn search(keys: &[Term], key: Term) -> Result<usize, usize> {
    let Some(atom) = key.as_atom() else { return keys.binary_search_by(|&k| cmp_exact(k, key)) };
    // The first letters decide most of the time, and these are looked up once.
    let prefix = atom.prefix();
    keys.binary_search_by(|&k| match k.as_atom() {
        Some(k) => k.prefix().cmp(&prefix).then_with(|| k.order(atom)),
        None => cmp_exact(k, key),
    })
}

/// Position of a child in a node, if it has it.
fn child_at(node: HashMapRef<'_>, n: usize) -> Option<usize> {
    let raw = node.raw_word();
    if raw & 1 == 1 {
        return Some(n);
    }
    let bitmap = raw >> 1;
    (bitmap >> n & 1 == 1).then(|| (bitmap & ((1 << n) - 1)).count_ones() as usize)
}

/// The value of a key; None if there is none, or if `map` is no map.
pub fn get(map: Term, key: Term) -> Option<Term> {
    match map.view() {
        View::FlatMap(m) => present(m.keys(), key).map(|i| m.values()[i]),
        View::HashMap(root) => {
            let hash = internal(key);
            let mut node = root;
            for level in 0..LEVELS {
                let child = node.children()[child_at(node, nibble(hash, level))?];
                if let Some(leaf) = child.as_cons() {
                    return same_key(leaf[0], key).then_some(leaf[1]);
                }
                match child.view() {
                    View::HashMap(inner) => node = inner,
                    View::Tuple(leaves) => {
                        let mut cells = leaves.iter().filter_map(|l| l.as_cons());
                        return cells.find(|l| same_key(l[0], key)).map(|l| l[1]);
                    }
                    _ => return None,
                }
            }
            None
        }
        _ => None,
    }
}

/// The empty map.
pub fn empty(h: &mut dyn Alloc) -> Term {
    flat(h, &[])
}

/// A flat map of pairs in key order.
fn flat(h: &mut dyn Alloc, pairs: &[(Term, Term)]) -> Term {
    let n = pairs.len();
    let keys = h.object(Subtag::Tuple, n);
    let map = h.object(Subtag::FlatMap, n + 1);
    // SAFETY: fresh objects with room for the keys, and for the keys tuple and the values.
    unsafe {
        *map.add(1) = Term::boxed_at(keys).raw();
        for (i, (k, v)) in pairs.iter().enumerate() {
            *keys.add(1 + i) = k.raw();
            *map.add(2 + i) = v.raw();
        }
        Term::boxed_at(map)
    }
}

/// A flat map of keys in order and their values, both in parts.
fn flat_of_parts(h: &mut dyn Alloc, keys: [&[Term]; 3], values: [&[Term]; 3]) -> Term {
    let n = keys.iter().map(|part| part.len()).sum::<usize>();
    let tuple = h.object(Subtag::Tuple, n);
    let map = h.object(Subtag::FlatMap, n + 1);
    // SAFETY: fresh objects with room for the keys, and for the keys tuple and as many values.
    unsafe {
        *map.add(1) = Term::boxed_at(tuple).raw();
        let (mut key, mut value) = (tuple.add(1), map.add(2));
        for (k, v) in keys.into_iter().zip(values) {
            debug_assert_eq!(k.len(), v.len());
            core::ptr::copy_nonoverlapping(k.as_ptr().cast(), key, k.len());
            core::ptr::copy_nonoverlapping(v.as_ptr().cast(), value, k.len());
            (key, value) = (key.add(k.len()), value.add(k.len()));
        }
        Term::boxed_at(map)
    }
}

/// A flat map with an existing keys tuple.
pub fn flat_with_keys(h: &mut dyn Alloc, keys: Term, values: &[Term]) -> Term {
    let map = h.object(Subtag::FlatMap, values.len() + 1);
    // SAFETY: a fresh object with room for the keys tuple and the values.
    unsafe {
        *map.add(1) = keys.raw();
        core::ptr::copy_nonoverlapping(values.as_ptr().cast(), map.add(2), values.len());
        Term::boxed_at(map)
    }
}

fn node(h: &mut dyn Alloc, raw: usize, children: &[Term]) -> Term {
    h.terms_object(Subtag::HashMap, &[raw], children)
}

struct Pair {
    hash: u32,
    key: Term,
    value: Term,
}

/// A map of these pairs; of equal keys the last one counts.
pub fn from_pairs(h: &mut dyn Alloc, pairs: impl Iterator<Item = (Term, Term)>) -> Term {
    let mut pairs: Vec<(Term, Term)> = pairs.collect();
    if pairs.len() <= FLATMAP_MAX {
        pairs.sort_by(|a, b| cmp_exact(a.0, b.0));
        keep_last(&mut pairs, |a, b| same_key(a.0, b.0));
        return flat(h, &pairs);
    }
    let mut hashed: Vec<Pair> =
        pairs.into_iter().map(|(key, value)| Pair { hash: internal(key), key, value }).collect();
    // Keys with equal hashes are few: order them fully, so that equal keys are neighbours.
    hashed.sort_by(|a, b| a.hash.cmp(&b.hash).then_with(|| cmp_exact(a.key, b.key)));
    keep_last(&mut hashed, |a, b| a.hash == b.hash && same_key(a.key, b.key));
    if hashed.len() <= FLATMAP_MAX {
        hashed.sort_by(|a, b| cmp_exact(a.key, b.key));
        let pairs: Vec<_> = hashed.iter().map(|p| (p.key, p.value)).collect();
        return flat(h, &pairs);
    }
    let mut children = [Term::NIL; WIDTH];
    let mut rest = &hashed[..];
    while let Some(first) = rest.first() {
        let n = nibble(first.hash, 0);
        let (mine, others) = rest.split_at(rest.partition_point(|p| nibble(p.hash, 0) == n));
        children[n] = subtree(h, mine, 1);
        rest = others;
    }
    node(h, hashed.len() << 1 | 1, &children)
}

/// Of neighbours that are the same, keeps the last.
fn keep_last<T>(items: &mut Vec<T>, same: impl Fn(&T, &T) -> bool) {
    items.reverse();
    items.dedup_by(|a, b| same(a, b));
    items.reverse();
}

/// The tree of sorted, different keys; goes down eight levels at most.
fn subtree(h: &mut dyn Alloc, pairs: &[Pair], level: usize) -> Term {
    if let [p] = pairs {
        return h.cons(p.key, p.value);
    }
    if level == LEVELS {
        let leaves: Vec<Term> = pairs.iter().map(|p| h.cons(p.key, p.value)).collect();
        return h.tuple(&leaves);
    }
    let mut children = [Term::NIL; WIDTH];
    let (mut bitmap, mut count) = (0, 0);
    let mut rest = pairs;
    while let Some(first) = rest.first() {
        let n = nibble(first.hash, level);
        let (mine, others) = rest.split_at(rest.partition_point(|p| nibble(p.hash, level) == n));
        children[count] = subtree(h, mine, level + 1);
        bitmap |= 1 << n;
        count += 1;
        rest = others;
    }
    node(h, bitmap << 1, &children[..count])
}

/// A flat map with these pairs set, if it has all keys already: one copy, one look at each key.
fn replace_all(h: &mut dyn Alloc, map: FlatMapRef<'_>, pairs: &[[Term; 2]]) -> Option<Term> {
    let (keys, values) = (map.keys(), map.values());
    let mut places = [0u8; FLATMAP_MAX];
    let places = places.get_mut(..pairs.len())?;
    for (place, [key, _]) in places.iter_mut().zip(pairs) {
        *place = present(keys, *key)? as u8;
    }
    let copy = h.object(Subtag::FlatMap, values.len() + 1);
    // SAFETY: a fresh object with room for the keys tuple and the values; places are those of values.
    unsafe {
        *copy.add(1) = map.keys_term().raw();
        core::ptr::copy_nonoverlapping(values.as_ptr().cast(), copy.add(2), values.len());
        for (place, [_, value]) in places.iter().zip(pairs) {
            *copy.add(2 + usize::from(*place)) = value.raw();
        }
        Some(Term::boxed_at(copy))
    }
}

/// A flat map with these pairs set, some of them new, in one copy; None if that makes too many keys.
fn insert_all(h: &mut dyn Alloc, map: FlatMapRef<'_>, pairs: &[[Term; 2]]) -> Option<Term> {
    let mut n = map.keys().len();
    let (mut keys, mut values) = ([Term::NIL; FLATMAP_MAX], [Term::NIL; FLATMAP_MAX]);
    keys[..n].copy_from_slice(map.keys());
    values[..n].copy_from_slice(map.values());
    for &[key, value] in pairs {
        match find_flat(&keys[..n], key) {
            Ok(i) => values[i] = value,
            Err(_) if n == FLATMAP_MAX => return None,
            Err(i) => {
                keys.copy_within(i..n, i + 1);
                values.copy_within(i..n, i + 1);
                (keys[i], values[i]) = (key, value);
                n += 1;
            }
        }
    }
    Some(flat_of_parts(h, [&keys[..n], &[], &[]], [&values[..n], &[], &[]]))
}

/// The map with this key's value set; None if `map` is no map.
pub fn put(h: &mut dyn Alloc, map: Term, key: Term, value: Term) -> Option<Term> {
    match map.view() {
        View::FlatMap(m) => Some(put_flat(h, map, m, find_flat(m.keys(), key), key, value)),
        View::HashMap(root) => Some(put_hash(h, map, root, key, value)),
        _ => None,
    }
}

/// A flat map with one key set, which is at this index, or belongs there.
fn put_flat(
    h: &mut dyn Alloc,
    map: Term,
    m: FlatMapRef<'_>,
    at: Result<usize, usize>,
    key: Term,
    value: Term,
) -> Term {
    match at {
        Ok(i) if m.values()[i] == value => map,
        Ok(i) => {
            let copy = flat_with_keys(h, m.keys_term(), m.values());
            // SAFETY: a fresh object; values begin at word 2.
            unsafe { *copy.address().add(2 + i) = value.raw() };
            copy
        }
        Err(_) if m.keys().len() == FLATMAP_MAX => from_pairs(h, Iter::new(map).chain([(key, value)])),
        Err(i) => {
            let ((k1, k2), (v1, v2)) = (m.keys().split_at(i), m.values().split_at(i));
            flat_of_parts(h, [k1, &[key], k2], [v1, &[value], v2])
        }
    }
}

/// The map with an existing key's value set; None if the key is not there or `map` is no map.
pub fn update(h: &mut dyn Alloc, map: Term, key: Term, value: Term) -> Option<Term> {
    get(map, key)?;
    put(h, map, key, value)
}

/// The way down to a place in a hash map: nodes and which child was taken.
type Path<'a> = Vec<(HashMapRef<'a>, usize)>;

/// Makes new nodes along a path up to the root, with the last node's child replaced, and `more` keys added.
fn rebuild(h: &mut dyn Alloc, path: &Path<'_>, mut child: Term, more: usize) -> Term {
    for (i, &(n, at)) in path.iter().enumerate().rev() {
        let raw = if i == 0 { n.raw_word().wrapping_add(more << 1) } else { n.raw_word() };
        let copy = node(h, raw, n.children());
        // SAFETY: a fresh object; children begin at word 2.
        unsafe { *copy.address().add(2 + at) = child.raw() };
        child = copy;
    }
    child
}

fn put_hash(h: &mut dyn Alloc, map: Term, root: HashMapRef<'_>, key: Term, value: Term) -> Term {
    let hash = internal(key);
    let mut path: Path<'_> = Vec::with_capacity(LEVELS);
    let mut current = root;
    for level in 0..LEVELS {
        let n = nibble(hash, level);
        let Some(at) = child_at(current, n) else {
            // An inner node without this child: one that has it takes its place.
            let leaf = h.cons(key, value);
            let bitmap = current.raw_word() >> 1;
            let at = (bitmap & ((1 << n) - 1)).count_ones() as usize;
            let mut children = current.children().to_vec();
            children.insert(at, leaf);
            let wider = node(h, (bitmap | 1 << n) << 1, &children);
            return rebuild(h, &path, wider, 1);
        };
        path.push((current, at));
        let child = current.children()[at];
        match child.view() {
            View::HashMap(inner) => current = inner,
            View::Cons(leaf) if same_key(leaf[0], key) => {
                if leaf[1] == value {
                    return map;
                }
                let leaf = h.cons(leaf[0], value);
                return rebuild(h, &path, leaf, 0);
            }
            View::Cons(leaf) => {
                let old = Pair { hash: internal(leaf[0]), key: leaf[0], value: leaf[1] };
                let new = Pair { hash, key, value };
                let order = old.hash.cmp(&new.hash).then_with(|| cmp_exact(old.key, new.key));
                let pairs = if order == Ordering::Greater { [new, old] } else { [old, new] };
                let tree = subtree(h, &pairs, level + 1);
                return rebuild(h, &path, tree, 1);
            }
            View::Tuple(leaves) => {
                let found =
                    leaves.binary_search_by(|l| l.as_cons().map_or(Ordering::Less, |l| cmp_exact(l[0], key)));
                let mut leaves = leaves.to_vec();
                let leaf = h.cons(key, value);
                let more = match found {
                    Ok(i) => {
                        leaves[i] = leaf;
                        0
                    }
                    Err(i) => {
                        leaves.insert(i, leaf);
                        1
                    }
                };
                let tuple = h.tuple(&leaves);
                return rebuild(h, &path, tuple, more);
            }
            _ => {
                let leaf = h.cons(key, value);
                return rebuild(h, &path, leaf, 1);
            }
        }
    }
    // Not reached: at the last level there are no inner nodes.
    map
}

/// The map without this key, and its value; None if the key is not there or `map` is no map.
pub fn remove(h: &mut dyn Alloc, map: Term, key: Term) -> Option<(Term, Term)> {
    match map.view() {
        View::FlatMap(m) => {
            let at = find_flat(m.keys(), key).ok()?;
            let (keys, values) = (m.keys(), m.values());
            let rest = [&keys[..at], &[], &keys[at + 1..]];
            Some((flat_of_parts(h, rest, [&values[..at], &[], &values[at + 1..]]), values[at]))
        }
        View::HashMap(root) => {
            let value = get(map, key)?;
            if root.size() - 1 <= FLATMAP_MAX {
                let pairs = Iter::new(map).filter(|&(k, _)| !same_key(k, key));
                return Some((from_pairs(h, pairs), value));
            }
            Some((remove_hash(h, root, key), value))
        }
        _ => None,
    }
}

/// Takes a key out that is there, from a map that stays large.
fn remove_hash(h: &mut dyn Alloc, root: HashMapRef<'_>, key: Term) -> Term {
    let hash = internal(key);
    let mut path: Path<'_> = Vec::with_capacity(LEVELS);
    let mut current = root;
    // What stands in the place of the leaf: nothing, or what remains of a tuple of leaves.
    let mut left = Term::NONE;
    for level in 0..LEVELS {
        let Some(at) = child_at(current, nibble(hash, level)) else { break };
        path.push((current, at));
        match current.children()[at].view() {
            View::HashMap(inner) => current = inner,
            View::Tuple(leaves) => {
                let rest: Vec<Term> = leaves
                    .iter()
                    .copied()
                    .filter(|l| l.as_cons().is_some_and(|l| !same_key(l[0], key)))
                    .collect();
                left = if let [one] = rest[..] { one } else { h.tuple(&rest) };
                break;
            }
            _ => break,
        }
    }
    while path.len() > 1 {
        let (n, at) = path[path.len() - 1];
        let children = n.children();
        if left.is_none() {
            if let [a, b] = *children {
                // One child remains: a leaf moves up, a subtree keeps its node.
                let other = if at == 0 { b } else { a };
                if other.is_cons() {
                    left = other;
                    path.pop();
                    continue;
                }
            }
            let mut rest = children.to_vec();
            rest.remove(at);
            let bitmap = n.raw_word() >> 1;
            let bit = (0..WIDTH).filter(|i| bitmap >> i & 1 == 1).nth(at).unwrap_or(0);
            left = node(h, (bitmap & !(1 << bit)) << 1, &rest);
            path.pop();
            break;
        } else if left.is_cons() && children.len() == 1 {
            // A chain of single children down to leaves that shared their hash.
            path.pop();
        } else {
            break;
        }
    }
    if left.is_none() {
        left = Term::NIL;
    }
    // Adding minus one, in the wrapping arithmetic of words.
    rebuild(h, &path, left, usize::MAX)
}

/// `maps:merge(a, b)`: the pairs of both, of equal keys those of `b`; None if one is no map.
pub fn merge(h: &mut dyn Alloc, a: Term, b: Term) -> Option<Term> {
    let (n, m) = (size(a)?, size(b)?);
    if n == 0 {
        return Some(b);
    }
    if m == 0 {
        return Some(a);
    }
    if n > FLATMAP_MAX && m <= n / 8 {
        return Iter::new(b).try_fold(a, |map, (k, v)| put(h, map, k, v));
    }
    if m > FLATMAP_MAX && n <= m / 8 {
        return Iter::new(a)
            .try_fold(b, |map, (k, v)| if get(b, k).is_some() { Some(map) } else { put(h, map, k, v) });
    }
    Some(from_pairs(h, Iter::new(a).chain(Iter::new(b))))
}

/// The map with all these pairs set, in order; None if `map` is no map, or if `must_exist` and a key is missing
/// (the missing key comes with it).
pub fn put_all(
    h: &mut dyn Alloc,
    map: Term,
    pairs: &[[Term; 2]],
    must_exist: bool,
) -> Result<Term, Option<Term>> {
    if let View::FlatMap(m) = map.view() {
        if let [[k, v]] = *pairs {
            return match find_flat(m.keys(), k) {
                Err(_) if must_exist => Err(Some(k)),
                at => Ok(put_flat(h, map, m, at, k, v)),
            };
        }
        if let Some(copy) = replace_all(h, m, pairs) {
            return Ok(copy);
        }
    }
    let n = size(map).ok_or(None)?;
    if must_exist && let Some(&[k, _]) = pairs.iter().find(|p| get(map, p[0]).is_none()) {
        return Err(Some(k));
    }
    if let View::FlatMap(m) = map.view()
        && let Some(wider) = insert_all(h, m, pairs)
    {
        return Ok(wider);
    }
    // Setting many keys one after another copies more than making the map anew.
    if pairs.len() > 8 && pairs.len() > n / 8 {
        return Ok(from_pairs(h, Iter::new(map).chain(pairs.iter().map(|&[k, v]| (k, v)))));
    }
    pairs.iter().try_fold(map, |map, &[k, v]| put(h, map, k, v)).ok_or(None)
}

/// The keys as a list, in iteration order.
pub fn keys(h: &mut dyn Alloc, map: Term) -> Option<Term> {
    size(map)?;
    let keys: Vec<Term> = Iter::new(map).map(|p| p.0).collect();
    Some(h.list(&keys))
}

/// The values as a list, in iteration order.
pub fn values(h: &mut dyn Alloc, map: Term) -> Option<Term> {
    size(map)?;
    let values: Vec<Term> = Iter::new(map).map(|p| p.1).collect();
    Some(h.list(&values))
}

#[cfg(test)]
mod tests;
