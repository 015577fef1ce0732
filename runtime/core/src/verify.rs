//! The heap verifier: walks everything a process owns and checks it.

use crate::WORD_BYTES;
use crate::gc::{POISON, Roots};
use crate::heap::{Heap, REFC_NEXT};
use crate::literal::is_literal;
use crate::record::Definition;
use crate::term::{BOXED, CONS, HEADER, PRIMARY, Term, payload, subtag};
use alloc::string::String;
use alloc::vec::Vec;
use alloc::{format, vec};
use linac_abi::process::ProcessHead;
use linac_abi::term::{FUN_ENV, Subtag};

/// Ranges of words in use: (start, bytes), sorted.
struct Known(Vec<(usize, usize)>);

impl Known {
    fn has(&self, p: usize) -> bool {
        let at = self.0.partition_point(|&(start, _)| start <= p);
        at > 0 && p - self.0[at - 1].0 < self.0[at - 1].1
    }

    fn check(&self, word: usize, place: &dyn Fn() -> String) -> Result<(), String> {
        if word == POISON {
            return Err(format!("poison in {}", place()));
        }
        let p = word & !PRIMARY;
        match word & PRIMARY {
            HEADER if word == 0 => Ok(()),
            HEADER => Err(format!("header {word:#x} as a term in {}", place())),
            CONS | BOXED if !p.is_multiple_of(WORD_BYTES) => {
                Err(format!("misaligned pointer {word:#x} in {}", place()))
            }
            CONS | BOXED if is_literal(p as *const usize) => Ok(()),
            CONS | BOXED if !self.has(p) => Err(format!("wild pointer {word:#x} in {}", place())),
            // SAFETY: the pointer leads into used memory of this heap.
            BOXED => match unsafe { *(p as *const usize) } {
                h if h & PRIMARY == HEADER && subtag(h).is_some_and(|s| s != Subtag::Forward) => Ok(()),
                h => Err(format!("no header ({h:#x}) behind {word:#x} in {}", place())),
            },
            _ => Ok(()),
        }
    }

    /// Checks a space: whole objects whose terms are good.
    fn walk(&self, name: &str, start: usize, words: usize) -> Result<(), String> {
        // SAFETY: the space is in use, so its words are initialised.
        let space = unsafe { core::slice::from_raw_parts(start as *const usize, words) };
        let mut i = 0;
        while i < words {
            let word = space[i];
            let place = || format!("{name} at {:#x}", start + i * WORD_BYTES);
            if word & PRIMARY != HEADER {
                self.check(word, &place)?;
                i += 1;
                continue;
            }
            let n = payload(word);
            if n >= words - i {
                return Err(format!("object of {n} words reaches beyond {}", place()));
            }
            i += match subtag(word) {
                Some(Subtag::Tuple | Subtag::FlatMap) => 1,
                Some(Subtag::Record) if n >= 1 => {
                    self.check(space[i + 1], &place)?;
                    // SAFETY: a good pointer, if it is one at all.
                    let definition = unsafe { Term::from_raw(space[i + 1]) };
                    if Definition::of(definition).is_none_or(|d| d.fields().len() + 1 != n) {
                        return Err(format!("record without its definition, {}", place()));
                    }
                    1
                }
                Some(Subtag::Fun) if n + 1 >= FUN_ENV => FUN_ENV,
                Some(Subtag::HashMap) if n >= 1 => 2,
                Some(Subtag::SubBits | Subtag::MatchContext) if n == 3 => {
                    self.check(space[i + 1], &place)?;
                    1 + n
                }
                Some(
                    Subtag::Fun | Subtag::HashMap | Subtag::SubBits | Subtag::MatchContext | Subtag::Record,
                ) => {
                    return Err(format!("header {word:#x} with a wrong size, {}", place()));
                }
                None | Some(Subtag::Forward) => return Err(format!("bad header {word:#x}, {}", place())),
                Some(_) => 1 + n,
            };
        }
        Ok(())
    }
}

impl Heap {
    /// Checks all objects, pointers and roots; the message says what is wrong where.
    pub fn verify(&self, head: &mut ProcessHead, roots: &mut impl Roots) -> Result<(), String> {
        if head.heap_start != self.block.start as usize || head.stack_base != self.block.end() as usize {
            return Err("the process head does not describe this heap".into());
        }
        if !(head.heap_start..=head.sp).contains(&head.htop) || head.sp > head.stack_base {
            return Err(format!("heap top {:#x} and stack {:#x} overlap", head.htop, head.sp));
        }
        let mut spaces = vec![
            ("young heap", head.heap_start, (head.htop - head.heap_start) / WORD_BYTES),
            ("old heap", self.old.start as usize, self.old_used()),
        ];
        self.frags.each_chunk(|start, words| spaces.push(("fragment", start as usize, words)));
        let mut known: Vec<_> = spaces.iter().map(|&(_, start, words)| (start, words * WORD_BYTES)).collect();
        known.retain(|&(_, bytes)| bytes > 0);
        known.sort_unstable();
        let known = Known(known);
        for (name, start, words) in spaces {
            if words > 0 {
                known.walk(name, start, words)?;
            }
        }
        // Old objects must not point to young ones.
        let old = Known(vec![(self.old.start as usize, self.old_used() * WORD_BYTES)]);
        if self.old_used() > 0 {
            old.walk("old heap (pointer out of it)", self.old.start as usize, self.old_used())?;
        }
        for list in [&self.off, &self.old_off, &self.frags.off] {
            let mut object = list.head;
            while !object.is_null() {
                if !known.has(object as usize) {
                    return Err(format!("off-heap object {object:p} is outside"));
                }
                // SAFETY: inside known memory.
                unsafe {
                    if subtag(*object) != Some(Subtag::RefcBits) {
                        return Err(format!("off-heap object {object:p} has header {:#x}", *object));
                    }
                    object = *object.add(REFC_NEXT) as *mut usize;
                }
            }
        }
        let mut result = Ok(());
        let mut slot = 0;
        roots.each_word(head, &mut |word| {
            if result.is_ok() {
                result = known.check(*word, &|| format!("root {slot}"));
            }
            slot += 1;
        });
        result
    }
}
