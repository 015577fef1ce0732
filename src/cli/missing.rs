//! `linac inspect --missing`: which functions the given modules call that nobody has.
//!
//! A function is there if it is a BIF of linac's, or if a module that is given (in a pack, too) or found in a `-pa`
//! folder or the OTP installation exports it with a body of its own. The library's stubs of BIFs and NIFs do not count: their body is a call of
//! `erlang:nif_error`.

use super::{Failure, FileArg, Outcome, print};
use linac_frontend::beam::{Function, Module, Operand};
use linac_frontend::genop::op;
use linac_frontend::pack::Section;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Name and arity.
type Name = (String, u32);

/// What a module offers: its exports that are no stubs.
type Offer = HashSet<Name>;

/// Modules by name; none for those that no folder has.
struct Modules<'a> {
    offers: HashMap<String, Option<Offer>>,
    folders: &'a [PathBuf],
}

impl Modules<'_> {
    /// Does the module export the function? Looks for the module if need be.
    fn offer(&mut self, module: &str, name: &Name) -> Result<bool, Failure> {
        if !self.offers.contains_key(module) {
            let offer = self.search(module)?;
            self.offers.insert(module.to_string(), offer);
        }
        Ok(self.offers[module].as_ref().is_some_and(|offer| offer.contains(name)))
    }

    fn search(&self, module: &str) -> Result<Option<Offer>, Failure> {
        // A name with a path separator is no module's name, and must not lead outside the folders.
        if module.contains(['/', '\0']) {
            return Ok(None);
        }
        for folder in self.folders {
            let path = folder.join(format!("{module}.beam"));
            if path.is_file() {
                return decode(&path).map(|module| Some(offer(&module)));
            }
        }
        Ok(None)
    }
}

fn decode(path: &Path) -> Result<Module, Failure> {
    let bytes = std::fs::read(path).map_err(|e| Failure::input(format!("{}: {e}", path.display())))?;
    Module::decode(&bytes).map_err(|e| Failure::input(format!("{}: {e}", path.display())))
}

/// The modules in a pack.
fn in_pack(pack: &FileArg) -> Result<Vec<Module>, Failure> {
    let (sections, bytes) = (pack.decode_pack()?.sections, super::read(&pack.file)?);
    let modules = sections.iter().filter_map(|section| Some((section, section.module()?)));
    let decode = |(section, name): (&Section, &str)| {
        let error = |e| Failure::input(format!("{}: {name}: {e}", pack.file.display()));
        Module::decode(&bytes[section.data.clone()]).map_err(error)
    };
    modules.map(decode).collect()
}

/// Is this function nothing but an error that its native implementation is missing?
fn is_stub(module: &Module, function: &Function) -> bool {
    module.code.ops[function.ops.clone()].iter().any(|instruction| {
        let import = match (instruction.opcode, module.code.args(instruction)) {
            (op::CALL_EXT | op::CALL_EXT_ONLY, [_, Operand::Unsigned(import)])
            | (op::CALL_EXT_LAST, [_, Operand::Unsigned(import), _]) => &module.imports[*import as usize],
            _ => return false,
        };
        module.atom(import.module) == "erlang" && module.atom(import.function) == "nif_error"
    })
}

fn offer(module: &Module) -> Offer {
    let stubs: HashSet<(&str, u32)> = module
        .functions
        .iter()
        .filter(|function| is_stub(module, function))
        .map(|function| (module.atom(function.name), function.arity))
        .collect();
    let exports = module.exports.iter().map(|export| (module.atom(export.name), export.arity));
    exports.filter(|export| !stubs.contains(export)).map(|(name, arity)| (name.to_string(), arity)).collect()
}

pub(super) fn run(files: &[PathBuf], folders: &[PathBuf]) -> Outcome {
    let mut modules = Vec::new();
    for file in files {
        let given = FileArg { file: file.clone() };
        if given.is_pack() {
            modules.extend(in_pack(&given)?);
        } else {
            modules.push(decode(file)?);
        }
    }
    let mut known = Modules { offers: HashMap::new(), folders };
    for module in &modules {
        known.offers.insert(module.atom(module.name).to_string(), Some(offer(module)));
    }
    // Missing functions, and who calls them.
    let mut missing: BTreeMap<(String, Name), Vec<String>> = BTreeMap::new();
    let mut all = HashSet::new();
    for module in &modules {
        for import in &module.imports {
            let callee = module.atom(import.module);
            let name = (module.atom(import.function).to_string(), import.arity);
            let is_bif = u8::try_from(import.arity)
                .is_ok_and(|arity| linac_runtime::bif::number(callee, &name.0, arity).is_some());
            all.insert((callee.to_string(), name.clone()));
            if !is_bif && !known.offer(callee, &name)? {
                let callers = missing.entry((callee.to_string(), name)).or_default();
                callers.push(module.atom(module.name).to_string());
            }
        }
    }
    let mut text = String::new();
    let mut last = None;
    for ((module, (name, arity)), callers) in &missing {
        if last != Some(module) {
            let found = known.offers.get(module).is_some_and(Option::is_some);
            let remark = if found { "" } else { "  (no such module here)" };
            let _ = writeln!(text, "{module}{remark}");
            last = Some(module);
        }
        let _ = writeln!(text, "  {name}/{arity}  called by {}", listed(callers));
    }
    let _ = writeln!(text, "{} of {} imported functions are missing", missing.len(), all.len());
    print(&text);
    Ok(0)
}

/// The first few names.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 4;
    let mut text = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        let _ = write!(text, " and {} more", names.len() - SHOWN);
    }
    text
}
