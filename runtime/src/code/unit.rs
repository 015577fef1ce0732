//! Units: linked code objects.
//!
//! Linking takes room in the code range, fills the fields that name things from outside, publishes the bytes and
//! makes the return sites known. A unit belongs to a module instance and goes with it.

use super::memory::{CodeAddress, CodeBlock, CodeMemoryError, Published, space};
use super::sites::{Site, Traced, sites};
use crate::arch;
use crate::gdb::{CodeListener, Registration};
use linac_abi::object::{CodeObject, DoesNotFit, ReadError, ReturnSite, Symbol};
use std::fmt;
use std::sync::OnceLock;

/// Why a code object cannot be linked.
#[derive(Debug)]
pub enum LinkError {
    /// The bytes are not a code object.
    Read(ReadError),
    /// Made for another instruction set.
    Target(String),
    /// Needs a processor feature that this machine lacks.
    Feature(String),
    /// Belongs to another module.
    Module(String),
    /// Names something that is not there: a literal, function, lambda or runtime call out of range.
    Symbol(Symbol),
    /// A distance that does not fit its field.
    TooFar(Symbol),
    /// More atoms than there can be, or a bad one.
    Atom(String),
    /// No memory for a large integer.
    Integer(i64),
    /// Out of memory for code.
    Memory(CodeMemoryError),
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LinkError::Read(error) => error.fmt(f),
            LinkError::Target(target) => write!(f, "the code is for {target}"),
            LinkError::Feature(feature) => write!(f, "the code needs the processor feature {feature}"),
            LinkError::Module(module) => write!(f, "the code belongs to module {module}"),
            LinkError::Symbol(symbol) => write!(f, "the code names {symbol:?}, which does not exist"),
            LinkError::TooFar(symbol) => write!(f, "{symbol:?} is out of reach of the code"),
            LinkError::Atom(text) => write!(f, "no atom can be made of {text:?}"),
            LinkError::Integer(value) => write!(f, "no memory for the integer {value}"),
            LinkError::Memory(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for LinkError {}

impl From<CodeMemoryError> for LinkError {
    fn from(error: CodeMemoryError) -> LinkError {
        LinkError::Memory(error)
    }
}

/// Gives symbols their values.
pub trait Resolve {
    /// Value of a symbol: an address, or for an atom its word.
    fn resolve(&self, symbol: &Symbol) -> Result<usize, LinkError>;
}

/// Linked code.
#[derive(Debug)]
pub struct Unit {
    /// Tables of the object; its code has been moved out.
    pub object: CodeObject,
    /// Serial number of the module instance that owns it.
    pub instance: u64,
    block: CodeBlock,
    /// Set when everything that the code needs is in place.
    published: Option<Published>,
    sites: Box<[Site]>,
    /// Shows the code to debuggers.
    debugger: OnceLock<Registration>,
}

impl Unit {
    /// Links an object.
    pub fn link(
        mut object: CodeObject,
        instance: u64,
        resolver: &dyn Resolve,
    ) -> Result<Box<Unit>, LinkError> {
        if object.target != arch::TARGET {
            return Err(LinkError::Target(object.target));
        }
        if let Some(feature) = object.features.iter().find(|feature| !arch::has_feature(feature)) {
            return Err(LinkError::Feature(feature.clone()));
        }
        let values: Vec<usize> =
            object.symbols.iter().map(|symbol| resolver.resolve(symbol)).collect::<Result<_, _>>()?;
        let mut code = std::mem::take(&mut object.code);
        let block = space().take_code(code.len())?;
        if let Err(error) = relocate(&object, &values, &mut code, block.address) {
            space().give_code(block);
            return Err(error);
        }
        let written = space().write(block, &code)?;
        let mut unit = Box::new(Unit {
            object,
            instance,
            block,
            published: None,
            sites: Box::new([]),
            debugger: OnceLock::new(),
        });
        let owner: *const Unit = &raw const *unit;
        unit.sites = unit
            .object
            .return_sites
            .iter()
            .enumerate()
            .map(|(index, site)| Site {
                frame_words: site.frame_words,
                index: index as u32,
                landing_pad: site.landing_pad.map_or(0, |offset| block.address + offset as usize),
                terms: site.term_slots.words().first().copied().unwrap_or(0),
                unit: owner,
                more: (site.term_slots.words().len() > 1).then(|| site.term_slots.clone()),
                traced: Traced::of(site),
            })
            .collect();
        let entries = unit.sites.iter().zip(&unit.object.return_sites);
        // SAFETY: the sites live in the unit, which stays in its box until `drop` removes them first; the purge rule
        // (an instance is dropped only when no stack returns into it) covers the readers.
        unsafe {
            sites().add(
                entries.map(|(site, record)| (block.address + record.offset as usize, &raw const *site)),
            );
        }
        // Last: on machines with weak memory order this is a barrier for all threads, so that whoever runs the code finds
        // its sites, and the data words that were set up before.
        unit.published = Some(written.publish());
        Ok(unit)
    }

    /// Tells a listener of the code.
    pub fn announce(&self, listener: &dyn CodeListener) {
        if let Some(image) = listener.loaded(&self.object, self.block.address as u64) {
            self.debugger.get_or_init(|| Registration::new(image));
        }
    }

    /// Address of an offset in the code.
    pub fn address(&self, offset: u32) -> usize {
        self.block.address + offset as usize
    }

    /// Where an offset in the code is called.
    pub fn entry(&self, offset: u32) -> CodeAddress {
        let Some(published) = self.published else { unreachable!("`link` gives published units only") };
        published.at(offset as usize)
    }

    /// Does the address lie in the unit?
    pub fn contains(&self, address: usize) -> bool {
        address.wrapping_sub(self.block.address) < self.block.len
    }

    /// The full record of a site.
    pub fn record(&self, site: &Site) -> &ReturnSite {
        &self.object.return_sites[site.index as usize]
    }

    /// Bytes it takes in the code range.
    pub fn code_bytes(&self) -> usize {
        self.block.len
    }
}

impl Drop for Unit {
    fn drop(&mut self) {
        sites().remove(self.object.return_sites.iter().map(|site| self.address(site.offset)));
        self.debugger.take();
        space().give_code(self.block);
    }
}

/// Fills the fields of the code for its address.
fn relocate(object: &CodeObject, values: &[usize], code: &mut [u8], base: usize) -> Result<(), LinkError> {
    for reloc in &object.relocs {
        let at = reloc.offset as usize;
        let symbol = &object.symbols[reloc.symbol as usize];
        let target = values[reloc.symbol as usize].wrapping_add_signed(reloc.addend as isize);
        let field = &mut code[at..at + reloc.kind.size() as usize];
        let filled = reloc.kind.apply(field, target as u64, (base + at) as u64);
        filled.map_err(|DoesNotFit| LinkError::TooFar(symbol.clone()))?;
    }
    Ok(())
}
