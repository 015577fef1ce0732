//! Making chunks: a `.beam` file in, the same file with native code out.

use super::chunk::{self, Chunk, DEBUG, Part};
use super::{CHUNK, Target, find, source_checksum};
use crate::pipeline::{self, Options, Silent};
use linac_abi::object::CodeObject;
use linac_frontend::beam::container::{unzip, with_chunk};
use linac_frontend::beam::{BeamError, Module};
use linac_frontend::lift::Lifter;
use linac_isa::Isa;
use linac_opt::Level;
use std::fmt;

/// What to make.
#[derive(Clone)]
pub struct Plan {
    /// For which targets.
    pub targets: Vec<(&'static Target, &'static dyn Isa)>,
    /// With debug information.
    pub debug: bool,
    /// At which level.
    pub level: Level,
    /// Check the IR after every pass and the allocation.
    pub verify: bool,
}

/// Why a file could not be compiled.
#[derive(Debug)]
pub enum BuildError {
    /// It is no module.
    Beam(BeamError),
    /// A function cannot be compiled.
    Compile(pipeline::Error),
    /// No object file could be written.
    Object(linac_debuginfo::DebugInfoError),
    /// The tables of the code are wrong.
    Tables(linac_abi::object::InvalidObject),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BuildError::Beam(error) => error.fmt(f),
            BuildError::Compile(error) => error.fmt(f),
            BuildError::Object(error) => error.fmt(f),
            BuildError::Tables(error) => write!(f, "compiler bug: {error}"),
        }
    }
}

impl std::error::Error for BuildError {}

impl From<BeamError> for BuildError {
    fn from(error: BeamError) -> BuildError {
        BuildError::Beam(error)
    }
}

impl From<pipeline::Error> for BuildError {
    fn from(error: pipeline::Error) -> BuildError {
        BuildError::Compile(error)
    }
}

impl Plan {
    fn flags(&self) -> u32 {
        if self.debug { DEBUG } else { 0 }
    }

    /// The code object of a module for one target: all functions but those that are BIFs, whose bodies are never run.
    pub fn object(&self, module: &Module, isa: &'static dyn Isa) -> Result<CodeObject, pipeline::Error> {
        let options = Options {
            debug: self.debug,
            verify: self.verify || cfg!(debug_assertions),
            ..Options::new(isa, self.level)
        };
        let name = module.atom(module.name);
        let lifter = Lifter::new(module, options.lift());
        let wanted: Vec<u32> = (0..lifter.len() as u32)
            .filter(|&n| match module.functions.get(n as usize) {
                Some(f) => linac_runtime::bif::number(name, module.atom(f.name), f.arity as u8).is_none(),
                None => true,
            })
            .collect();
        if wanted.is_empty() {
            let (target, module) = (isa.name().to_string(), name.to_string());
            return Ok(CodeObject { target, module, ..CodeObject::default() });
        }
        pipeline::compile(module, &wanted, options, &mut Silent)
    }

    /// The file with its code in it.
    pub fn compile(&self, file: &[u8]) -> Result<Vec<u8>, BuildError> {
        let file = unzip(file)?;
        let module = Module::decode(&file)?;
        let mut parts = Vec::with_capacity(self.targets.len());
        for &(target, isa) in &self.targets {
            let object = self.object(&module, isa)?;
            let tables = object.tables_to_bytes().map_err(BuildError::Tables)?;
            let sections = [(chunk::SECTION, &tables[..])];
            let elf = linac_debuginfo::elf::relocatable(&object, &sections, self.debug)
                .map_err(BuildError::Object)?;
            parts.push(Part { target, options: self.flags(), elf });
        }
        let data = chunk::encode(module.code.label_count, source_checksum(&module, &file), &parts);
        Ok(with_chunk(&file, CHUNK, Some(&data))?)
    }

    /// Is `made` what [`Plan::compile`] would make of `file`, as far as can be seen without doing it?
    pub fn is_current(&self, file: &[u8], made: &[u8]) -> bool {
        let source = |file: &[u8]| {
            let file = unzip(file).ok()?;
            Some(source_checksum(&Module::decode(&file).ok()?, &file))
        };
        let Ok(made) = unzip(made) else { return false };
        let Ok(module) = Module::decode(&made) else { return false };
        let Some(Ok(chunk)) = find(&module, &made).map(Chunk::decode) else { return false };
        let wanted =
            self.targets.iter().map(|(target, _)| (target.number, self.flags(), target.fingerprint()));
        let there = chunk.entries.iter().map(|entry| (entry.target, entry.options, entry.fingerprint));
        source(file) == Some(chunk.source)
            && source(&made) == Some(chunk.source)
            && wanted.eq(there)
            && chunk.entries.iter().all(|entry| chunk.object(entry).is_ok())
    }
}
