//! ELF files: images of code in memory for debuggers, and relocatable objects.
//!
//! Both are `ET_REL` files with the same symbols and the same DWARF. In an [`image`] the text sections have no bytes
//! (`SHT_NOBITS`) but the address where the code lies, and debug sections hold absolute addresses, so a
//! debugger has nothing to relocate. In a [`relocatable`] object the code is there, with relocations against symbols
//! that name everything outside, see [`crate::symbol_name`].

use crate::DebugInfoError;
use crate::dwarf::{self, Base, DebugSection, Options, Text};
use crate::names::{function_name, symbol_name};
use crate::target::Target;
use gimli::SectionId as DwarfId;
use gimli::write::{Relocation as DwarfRelocation, RelocationTarget};
use linac_abi::object::CodeObject;
use object::read::elf::ElfFile64;
use object::write::{Object, Relocation, SectionId, Symbol, SymbolId, SymbolSection};
use object::{
    BinaryFormat, Endianness, Object as _, ObjectSection as _, RelocationFlags, SectionFlags, SectionKind,
    SymbolFlags, SymbolKind, SymbolScope, elf,
};
use std::collections::BTreeMap;

/// A code object and where its code lies. The object's own bytes are not looked at and may be missing.
#[derive(Clone, Copy, Debug)]
pub struct Placed<'a> {
    /// The object.
    pub object: &'a CodeObject,
    /// Address of the code's first byte.
    pub address: u64,
}

/// Makes the image that describes code in memory: all the given objects, of one module and one target.
pub fn image(placed: &[Placed<'_>]) -> Result<Vec<u8>, DebugInfoError> {
    let first = placed.first().ok_or(DebugInfoError::BadObject("an image of nothing".into()))?;
    let target = Target::find(&first.object.target)?;
    let mut file = Object::new(BinaryFormat::Elf, target.architecture, object::Endianness::Little);
    let mut texts = Vec::with_capacity(placed.len());
    let mut addresses = Vec::with_capacity(placed.len());
    for (number, Placed { object, address }) in placed.iter().enumerate() {
        if (&object.target, &object.module) != (&first.object.target, &first.object.module) {
            return Err(DebugInfoError::BadObject("objects of different modules in one image".into()));
        }
        let size = size_of(object);
        dwarf::check(object, size)?;
        if address.checked_add(size + 1).is_none() {
            return Err(DebugInfoError::BadObject("code beyond the last address".into()));
        }
        let name = if number == 0 { ".text".to_string() } else { format!(".text.{number}") };
        let text = file.add_section(Vec::new(), name.clone().into_bytes(), SectionKind::UninitializedData);
        file.section_mut(text).flags =
            SectionFlags::Elf { sh_type: elf::SHT_NOBITS, sh_flags: elf::SHF_ALLOC | elf::SHF_EXECINSTR };
        file.append_section_bss(text, size, target.code_align);
        function_symbols(&mut file, text, object);
        texts.push(Text { object, base: Base::Address(*address), size });
        addresses.push((name, *address));
    }
    for section in dwarf::build(target, &texts, Options { module_labels: true })? {
        let data = resolve(&section)?;
        add_debug_section(&mut file, section.id, data);
    }
    let mut bytes = write(&file)?;
    set_addresses(&mut bytes, &addresses)?;
    Ok(bytes)
}

/// Makes a relocatable object file with the functions' symbols and sections of the caller's own; `full` adds relocations, the
/// symbols that they name, and DWARF.
pub fn relocatable(
    object: &CodeObject,
    own: &[(&str, &[u8])],
    full: bool,
) -> Result<Vec<u8>, DebugInfoError> {
    object.validate().map_err(|error| DebugInfoError::BadObject(error.to_string().into()))?;
    let target = Target::find(&object.target)?;
    let size = object.code.len() as u64;
    dwarf::check(object, size)?;
    let mut file = Object::new(BinaryFormat::Elf, target.architecture, object::Endianness::Little);
    let text = file.section_id(object::write::StandardSection::Text);
    file.append_section_data(text, &object.code, target.code_align);
    function_symbols(&mut file, text, object);
    for (name, data) in own {
        let section = file.add_section(Vec::new(), name.as_bytes().to_vec(), SectionKind::Metadata);
        file.set_section_data(section, data.to_vec(), 1);
    }
    if !full {
        return write(&file);
    }
    let outside: Vec<SymbolId> =
        object.symbols.iter().map(|symbol| undefined(&mut file, symbol_name(object, symbol))).collect();
    let bug = |error: object::write::Error| DebugInfoError::Bug(format!("ELF: {error}"));
    for reloc in &object.relocs {
        let unknown =
            || DebugInfoError::BadObject(format!("{:?} in code for {}", reloc.kind, target.name).into());
        let r_type = (target.reloc)(reloc.kind).ok_or_else(unknown)?;
        let relocation = Relocation {
            offset: reloc.offset.into(),
            symbol: outside[reloc.symbol as usize],
            addend: reloc.addend.into(),
            flags: RelocationFlags::Elf { r_type },
        };
        file.add_relocation(text, relocation).map_err(bug)?;
    }
    let texts = [Text { object, base: Base::Symbol(0), size }];
    let sections = dwarf::build(target, &texts, Options { module_labels: false })?;
    let mut ids = BTreeMap::new();
    for section in &sections {
        ids.insert(section.id.name(), add_debug_section(&mut file, section.id, section.data.clone()));
    }
    for section in &sections {
        for relocation in &section.relocations {
            let symbol = match relocation.target {
                RelocationTarget::Symbol(_) => file.section_symbol(text),
                RelocationTarget::Section(id) => match ids.get(id.name()) {
                    Some(&section) => file.section_symbol(section),
                    None => return Err(DebugInfoError::Bug(format!("no section {}", id.name()))),
                },
            };
            let r_type = target.data_reloc[usize::from(relocation.size == 8)];
            let flags = RelocationFlags::Elf { r_type };
            let offset = relocation.offset as u64;
            let relocation = Relocation { offset, symbol, addend: relocation.addend, flags };
            file.add_relocation(ids[section.id.name()], relocation).map_err(bug)?;
        }
    }
    write(&file)
}

/// Bytes of an object's code. Linking takes the bytes away; then it is as long as the tables say.
fn size_of(object: &CodeObject) -> u64 {
    let end = object.functions.last().map_or(0, |function| function.end);
    (object.code.len() as u64).max(end.into())
}

fn write(file: &Object<'_>) -> Result<Vec<u8>, DebugInfoError> {
    file.write().map_err(|error| DebugInfoError::Bug(format!("ELF: {error}")))
}

fn function_symbols(file: &mut Object<'_>, section: SectionId, object: &CodeObject) {
    for function in &object.functions {
        file.add_symbol(Symbol {
            name: function_name(object, function).into_bytes(),
            value: function.start.into(),
            size: u64::from(function.end.saturating_sub(function.start)),
            kind: SymbolKind::Text,
            scope: SymbolScope::Linkage,
            weak: false,
            section: SymbolSection::Section(section),
            flags: SymbolFlags::None,
        });
    }
}

fn undefined(file: &mut Object<'_>, name: String) -> SymbolId {
    file.add_symbol(Symbol {
        name: name.into_bytes(),
        value: 0,
        size: 0,
        kind: SymbolKind::Unknown,
        scope: SymbolScope::Unknown,
        weak: false,
        section: SymbolSection::Undefined,
        flags: SymbolFlags::None,
    })
}

fn add_debug_section(file: &mut Object<'_>, id: DwarfId, data: Vec<u8>) -> SectionId {
    let kind = match id {
        DwarfId::DebugStr | DwarfId::DebugLineStr => SectionKind::DebugString,
        _ => SectionKind::Debug,
    };
    let section = file.add_section(Vec::new(), id.name().as_bytes().to_vec(), kind);
    file.set_section_data(section, data, 1);
    section
}

/// A section's bytes with its references to other sections filled in: in an image each is the only one of its name.
fn resolve(section: &DebugSection) -> Result<Vec<u8>, DebugInfoError> {
    let mut data = section.data.clone();
    for DwarfRelocation { offset, size, target, addend, .. } in &section.relocations {
        if let RelocationTarget::Symbol(_) = target {
            return Err(DebugInfoError::Bug("a symbol in an image".into()));
        }
        let field = data.get_mut(*offset..*offset + usize::from(*size));
        let field = field.ok_or_else(|| DebugInfoError::Bug("a relocation outside its section".into()))?;
        field.copy_from_slice(&addend.to_le_bytes()[..usize::from(*size)]);
    }
    Ok(data)
}

/// Gives sections their addresses, which the writer of relocatable files leaves at 0.
fn set_addresses(bytes: &mut [u8], addresses: &[(String, u64)]) -> Result<(), DebugInfoError> {
    let bug = |text: &str| DebugInfoError::Bug(format!("ELF: {text}"));
    let file = ElfFile64::<Endianness>::parse(&*bytes).map_err(|error| bug(&error.to_string()))?;
    let table = file.elf_header().e_shoff.get(file.endian()) as usize;
    let mut fields = Vec::with_capacity(addresses.len());
    for (name, address) in addresses {
        let section = file.section_by_name(name).ok_or_else(|| bug("a section is missing"))?;
        let header = table + section.index().0 * size_of_val(section.elf_section_header());
        fields.push((header + SH_ADDR, *address));
    }
    for (at, address) in fields {
        let field = bytes.get_mut(at..at + 8).ok_or_else(|| bug("a section header is missing"))?;
        field.copy_from_slice(&address.to_le_bytes());
    }
    Ok(())
}

/// Offset of `sh_addr` in a 64-bit section header.
const SH_ADDR: usize = std::mem::offset_of!(elf::SectionHeader64<Endianness>, sh_addr);
