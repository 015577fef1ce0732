//! Integers that code names but that are no immediates on this machine.
//!
//! Each has a data word with its term, a large integer in the literal range, shared by all code and kept for ever:
//! programs name few of them.

use super::memory::space;
use super::unit::LinkError;
use hashbrown::HashMap;
use linac_core::literal::LiteralArea;
use linac_core::{Build, Term};
use std::sync::{Mutex, PoisonError};

/// Words of one area: a page, so that nothing is wasted.
const AREA_WORDS: usize = 512;
/// Most words that one integer takes.
const MOST: usize = 3;

#[derive(Default)]
struct Table {
    words: HashMap<i64, usize>,
    areas: Vec<LiteralArea>,
    left: usize,
}

/// The integers named so far.
#[derive(Default)]
pub(super) struct Integers {
    table: Mutex<Table>,
}

impl Integers {
    /// Address of the data word that holds the integer's term.
    pub(super) fn word(&self, value: i64) -> Result<usize, LinkError> {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(&word) = table.words.get(&value) {
            return Ok(word);
        }
        let term = match Term::try_small(value) {
            Some(small) => small,
            None => {
                if table.left < MOST {
                    let area = LiteralArea::with_capacity(AREA_WORDS);
                    table.areas.push(area.map_err(|_| LinkError::Integer(value))?);
                    table.left = AREA_WORDS;
                }
                table.left -= MOST;
                match table.areas.last_mut() {
                    Some(area) => area.integer(value),
                    None => unreachable!("an area was just made sure of"),
                }
            }
        };
        let block = space().take_data(1)?;
        // SAFETY: the word was just taken and is never given back.
        unsafe { *(block.address as *mut usize) = term.raw() };
        table.words.insert(value, block.address);
        Ok(block.address)
    }
}
