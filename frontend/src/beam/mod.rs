//! `.beam` files of OTP 25 to 29, decoded completely into owned data.
//!
//! Problem: a file comes from anywhere, and everything after this stage wants to index its tables without looking.
//! Idea: decode in dependency order (atoms, literals, tables, then code) through one checked [`reader::Reader`], and
//! check every index when it is decoded. Invariants of a [`Module`]:
//!
//! * every atom, literal, type, import, lambda, line and register number in it is in range;
//! * every label that is used is defined, and defined once;
//! * functions cover the code without gaps, and exports, locals and lambdas point to entries of functions with their arity;
//! * nothing in it is nested, so dropping it does not recurse.
//!
//! An error says at which offset what was wrong; bad input never panics.

pub mod atoms;
pub mod code;
mod compact;
pub mod container;
mod encode;
mod error;
pub mod extra;
pub mod functions;
pub mod lines;
pub mod literal;
pub mod print;
pub mod reader;
pub mod tables;
pub mod types;

pub use atoms::{AtomIdx, AtomTable};
pub use code::{AllocList, ArgSpan, Code, Op, Operand, TypeIdx};
pub use container::Chunk;
pub use error::{BeamError, ErrorKind};
pub use extra::{DebugItem, Field, NativeRecord};
pub use functions::Function;
pub use lines::{Lines, Location};
pub use literal::{LitId, Literals, Node};
pub use tables::{Import, Lambda, LocalFun};
pub use types::{BeamType, TypeSet};

use reader::{Reader, Result};

/// A decoded module.
#[derive(Clone, Debug)]
pub struct Module {
    /// All chunks of the file, known or not.
    pub chunks: Vec<Chunk>,
    /// Atoms of the module and its literals.
    pub atoms: AtomTable,
    /// The module's name.
    pub name: AtomIdx,
    /// Imported functions.
    pub imports: Vec<Import>,
    /// Exported functions.
    pub exports: Vec<LocalFun>,
    /// Other functions.
    pub locals: Vec<LocalFun>,
    /// Funs the module makes.
    pub lambdas: Vec<Lambda>,
    /// Literals.
    pub literals: Literals,
    /// The string pool.
    pub strings: Vec<u8>,
    /// Source positions.
    pub lines: Lines,
    /// Version of the Type chunk, if there is one of a known version.
    pub type_version: Option<u32>,
    /// Types; entry 0 is [`BeamType::ANY`], even without the chunk.
    pub types: Vec<BeamType>,
    /// Instructions.
    pub code: Code,
    /// The functions of the code, in order.
    pub functions: Vec<Function>,
    /// Number of the function whose entry each label is; `u32::MAX` for other labels.
    #[cfg_attr(
        not(feature = "lift"),
        expect(dead_code, reason = "only lifting looks for functions by label")
    )]
    pub(crate) function_at: Vec<u32>,
    /// Module attributes (a property list).
    pub attributes: Option<LitId>,
    /// Compilation information (a property list).
    pub compile_info: Option<LitId>,
    /// Metadata (a property list).
    pub meta: Option<LitId>,
    /// Where variables live at debug points, if compiled with `beam_debug_info`.
    pub debug_items: Vec<DebugItem>,
    /// Native records the module defines.
    pub records: Vec<NativeRecord>,
}

impl Module {
    /// Decodes a file.
    pub fn decode(bytes: &[u8]) -> Result<Module> {
        let file = container::unzip(bytes)?;
        let chunks = container::chunks(&file)?;
        let mut found = Found { file: &file, chunks: &chunks };
        found.check_unique()?;

        let mut atoms = AtomTable::decode(found.need("AtU8")?)?;
        let name = AtomIdx(1);
        let own = atoms.own_len();
        let mut literals = Literals::default();
        if let Some(r) = found.get("LitT") {
            decode_literals(r, &mut literals, &mut atoms)?;
        } else if let Some(r) = found.get("LitU") {
            literals.decode_table(r, &mut atoms)?;
        }
        let imports = tables::imports(found.need("ImpT")?, own)?;
        let exports = tables::local_funs(found.need("ExpT")?, own)?;
        let locals = found.get("LocT").map_or(Ok(Vec::new()), |r| tables::local_funs(r, own))?;
        let lambdas = found.get("FunT").map_or(Ok(Vec::new()), |r| tables::lambdas(r, own))?;
        let strings =
            found.get("StrT").map_or(Ok(Vec::new()), |mut r| r.bytes(r.remaining()).map(<[u8]>::to_vec))?;
        let module_name = atoms.name(name).to_owned();
        let line_chunk = found.get("Line");
        let has_lines = line_chunk.is_some();
        let lines = line_chunk.map_or(Ok(Lines::none(&module_name)), |r| Lines::decode(r, &module_name))?;
        let (type_version, types) = match found.get("Type").map(types::decode).transpose()?.flatten() {
            Some((version, types)) => (Some(version), types),
            None => (None, vec![BeamType::ANY]),
        };
        let mut property_list = |id, atoms: &mut _| {
            found.get(id).filter(|r| !r.is_empty()).map(|r| literals.decode_term(r, atoms)).transpose()
        };
        let attributes = property_list("Attr", &mut atoms)?;
        let compile_info = property_list("CInf", &mut atoms)?;
        let meta = property_list("Meta", &mut atoms)?;

        let limits = code::Limits {
            atoms: own,
            imports: imports.len(),
            lambdas: lambdas.len(),
            lines: has_lines.then_some(lines.locations.len()),
            types: type_version.map(|_| types.len()),
            strings: &strings,
            string_atom: atoms.find("string"),
        };
        let mut code = Code::decode(found.need("Code")?, &limits, &mut literals)?;
        code::old_bits::rewrite(&mut code, &mut atoms);
        let functions = functions::split(&code, &found.need("Code")?)?;
        let entries = functions::Entries::new(&code, &functions);
        for (chunk, list) in [("ExpT", &exports), ("LocT", &locals)] {
            entries.check_funs(chunk, list, found.get(chunk).map_or(0, |r| r.offset()))?;
        }
        entries.check_lambdas(&lambdas, found.get("FunT").map_or(0, |r| r.offset()))?;
        entries.check_calls(&code)?;
        let function_at = entries.into_table();
        let debug_items = match found.get("DbgB") {
            Some(r) => extra::debug_items(r, &limits, &mut literals)?,
            None => Vec::new(),
        };
        let records = match found.get("Recs") {
            Some(r) => extra::records(r, &limits, &mut literals, &atoms)?,
            None => Vec::new(),
        };
        Ok(Module {
            chunks,
            atoms,
            name,
            imports,
            exports,
            locals,
            lambdas,
            literals,
            strings,
            lines,
            type_version,
            types,
            code,
            functions,
            function_at,
            attributes,
            compile_info,
            meta,
            debug_items,
            records,
        })
    }

    /// The text of an atom.
    pub fn atom(&self, atom: AtomIdx) -> &str {
        self.atoms.name(atom)
    }

    /// The source position a `line` instruction's operand stands for (unknown if the chunk is missing).
    pub fn location(&self, index: u64) -> Location {
        usize::try_from(index).ok().and_then(|i| self.lines.locations.get(i)).copied().unwrap_or_default()
    }

    /// The type a typed register claims.
    pub fn ty(&self, index: Option<TypeIdx>) -> BeamType {
        index.map_or(BeamType::ANY, |i| self.types[i.0 as usize])
    }
}

/// The chunks that the emulator reads, and the one with literals in packs, which are not compressed; others are listed
/// but not decoded.
pub const KNOWN_CHUNKS: [&str; 17] = [
    "AtU8", "Code", "StrT", "ImpT", "ExpT", "FunT", "LitT", "Attr", "CInf", "Line", "LocT", "Atom", "Type",
    "Meta", "DbgB", "Recs", "LitU",
];

struct Found<'a> {
    file: &'a [u8],
    chunks: &'a [Chunk],
}

impl<'a> Found<'a> {
    fn check_unique(&self) -> Result<()> {
        for id in KNOWN_CHUNKS {
            let mut same = self.chunks.iter().filter(|c| c.id == id.as_bytes());
            if let (Some(_), Some(second)) = (same.next(), same.next()) {
                return Err(BeamError::bad(
                    second.offset as usize,
                    "container",
                    format!("a second {id} chunk"),
                ));
            }
        }
        Ok(())
    }

    fn get(&self, id: &'static str) -> Option<Reader<'a>> {
        self.chunks.iter().find(|c| c.id == id.as_bytes()).map(|c| c.reader(self.file, id))
    }

    fn need(&mut self, id: &'static str) -> Result<Reader<'a>> {
        if let Some(r) = self.get(id) {
            return Ok(r);
        }
        if id == "AtU8" && self.get("Atom").is_some() {
            return Err(BeamError::unsupported(
                0,
                "Atom",
                "Latin-1 atoms: the file was compiled before OTP 20",
            ));
        }
        Err(BeamError::bad(self.file.len(), "container", format!("there is no {id} chunk")))
    }
}

fn decode_literals(mut r: Reader<'_>, literals: &mut Literals, atoms: &mut AtomTable) -> Result<()> {
    let size = r.u32()?;
    if size == 0 {
        return literals.decode_table(r, atoms);
    }
    let offset = r.offset();
    let data = container::zlib(r.bytes(r.remaining())?, size, offset, "LitT")?;
    literals.decode_table(Reader::new(&data, 0, "LitT (inflated)"), atoms)
}
