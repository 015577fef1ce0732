//! Code loading for OTP's `code`: prepared modules, where modules come from, the search path.
//!
//! `runtime/erl/code_server.erl` is the other side of the functions of `linac_code`.

use super::{BADARG, Outcome};
use crate::code::archive;
use crate::code::export::Mfa;
use crate::code::files::{File, file_name};
use crate::code::{LoadError, Loaded};
use crate::data::{self, atom};
use crate::exception::Top;
use crate::process::{Process, ref_id, ref_numbers};
use linac_abi::term::FixedAtom;
use linac_core::binary::Bits;
use linac_core::{Atom, Build, Term};
use std::path::PathBuf;

type Out = Result<Term, Term>;

fn module(t: Term) -> Result<Atom, Term> {
    t.as_atom().ok_or(BADARG)
}

fn error(p: &mut Process, reason: &str) -> Term {
    p.heap.tuple(&[Term::fixed(FixedAtom::Error), atom(reason)])
}

/// The reason that `code` gives for a module that cannot be loaded. What is more to say goes to stderr.
fn reason(module: Atom, error: &LoadError) -> &'static str {
    if let LoadError::NotPurged(_) = error {
        return "not_purged";
    }
    crate::say!("linac: loading {}: {error}", module.text());
    "badfile"
}

pub fn prepare_loading(p: &mut Process, a: &[Term]) -> Out {
    let module = module(a[0])?;
    let bytes = Bits::of(a[1]).filter(|bits| bits.is_binary()).ok_or(BADARG)?.to_vec();
    match p.system.code.prepare(&bytes, module) {
        Ok(source) => {
            let id = p.system.new_ref();
            p.system.code.prepared.put(id, (module, source));
            Ok(p.heap.reference(ref_numbers(id)))
        }
        Err(found) => {
            let reason = reason(module, &found);
            Ok(error(p, reason))
        }
    }
}

pub fn has_prepared_code_on_load(p: &mut Process, a: &[Term]) -> Out {
    let id = ref_id(a[0]).ok_or(BADARG)?;
    p.system.code.prepared.on_load(id).map(Term::bool).ok_or(BADARG)
}

/// All or none, as far as old versions go.
pub fn finish_loading(p: &mut Process, a: &[Term]) -> Outcome {
    let ids: Option<Vec<u64>> =
        data::proper_list(a[0]).and_then(|items| items.into_iter().map(ref_id).collect());
    let Some(ids) = ids else { return Outcome::error(p, BADARG) };
    let Some(modules) = p.system.code.prepared.take(&ids) else { return Outcome::error(p, BADARG) };
    let old = |module: Atom| p.system.code.old(module).is_some() && p.system.code.current(module).is_some();
    let kept: Vec<Term> =
        modules.iter().filter(|(module, _)| old(*module)).map(|(module, _)| Term::atom(*module)).collect();
    if !kept.is_empty() {
        let list = p.heap.list(&kept);
        return Outcome::Done(p.heap.tuple(&[atom("not_purged"), list]));
    }
    if modules.len() > 1 && modules.iter().any(|(_, source)| source.info().on_load.is_some()) {
        return Outcome::error(p, Term::fixed(FixedAtom::SystemLimit));
    }
    for (module, source) in modules {
        let why = match p.system.code.load_source(source, Some(module)) {
            Ok((_, Loaded::Current)) => continue,
            Ok((_, Loaded::Pending)) => "on_load",
            Err(error) => reason(module, &error),
        };
        let list = p.heap.list(&[Term::atom(module)]);
        return Outcome::Done(p.heap.tuple(&[atom(why), list]));
    }
    Outcome::Done(Term::fixed(FixedAtom::Ok))
}

pub fn check_old_code(p: &mut Process, a: &[Term]) -> Out {
    let module = module(a[0])?;
    Ok(Term::bool(p.system.code.old(module).is_some()))
}

/// Finds and loads a module. One with an `-on_load` function then waits for it: `{on_load, Module, File}`.
pub fn load(p: &mut Process, a: &[Term]) -> Outcome {
    let Ok(module) = module(a[0]) else { return Outcome::error(p, BADARG) };
    Outcome::Done(match p.system.code.load_from_path(module, true) {
        Ok(Some((Loaded::Current, _))) => p.heap.tuple(&[Term::fixed(FixedAtom::Module), a[0]]),
        Ok(Some((Loaded::Pending, file))) => {
            let file = file.map_or(atom("preloaded"), |file| text(p, &file));
            p.heap.tuple(&[atom("on_load"), a[0], file])
        }
        Ok(None) => error(p, "nofile"),
        Err(found) => {
            let reason = reason(module, &found);
            error(p, reason)
        }
    })
}

/// What becomes of a call of a function whose module could not be loaded.
pub fn undefined(p: &mut Process, a: &[Term]) -> Outcome {
    let arity = data::proper_list(a[2]).and_then(|list| u8::try_from(list.len()).ok());
    let (Some(module), Some(function), Some(arity)) = (a[0].as_atom(), a[1].as_atom(), arity) else {
        return Outcome::error(p, BADARG);
    };
    let mfa = Mfa { module, function, arity };
    p.record(Term::fixed(FixedAtom::Error), Term::fixed(FixedAtom::Undef));
    p.head.exc_trace = p.raw_trace(Top::Call(mfa, a[2])).raw();
    Outcome::Raise
}

fn text(p: &mut Process, path: &std::path::Path) -> Term {
    file_name(&mut p.heap, path)
}

pub fn object_code(p: &mut Process, a: &[Term]) -> Out {
    let module = module(a[0])?;
    let Some((path, bytes)) = p.system.code.path.module(module) else {
        return Ok(Term::fixed(FixedAtom::Error));
    };
    let bytes = p.heap.binary(&bytes).map_err(|_| Term::fixed(FixedAtom::SystemLimit))?;
    let path = text(p, &path);
    Ok(p.heap.tuple(&[bytes, path]))
}

fn file_term(p: &mut Process, file: &File) -> Term {
    match file {
        File::Path(path) => text(p, path),
        File::Other(name) => Term::atom(*name),
    }
}

pub fn file(p: &mut Process, a: &[Term]) -> Out {
    let module = module(a[0])?;
    match p.system.code.file(module) {
        Some(file) => {
            let file = file_term(p, &file);
            Ok(p.heap.tuple(&[Term::fixed(FixedAtom::File), file]))
        }
        None => Ok(Term::FALSE),
    }
}

pub fn files(p: &mut Process, _: &[Term]) -> Out {
    let mut pairs = Vec::new();
    for module in p.system.code.loaded() {
        if let Some(file) = p.system.code.file(module) {
            let file = file_term(p, &file);
            pairs.push(p.heap.tuple(&[Term::atom(module), file]));
        }
    }
    Ok(p.heap.list(&pairs))
}

/// The path that characters spell.
fn path_of(t: Term) -> Result<PathBuf, Term> {
    if let Some(bits) = Bits::of(t).filter(|bits| bits.is_binary()) {
        return String::from_utf8(bits.to_vec()).map(PathBuf::from).map_err(|_| BADARG);
    }
    let characters = data::proper_list(t).ok_or(BADARG)?;
    let text: Option<String> = characters
        .iter()
        .map(|c| c.as_small().and_then(|c| char::from_u32(u32::try_from(c).ok()?)))
        .collect();
    text.map(PathBuf::from).ok_or(BADARG)
}

pub fn set_file(p: &mut Process, a: &[Term]) -> Out {
    let module = module(a[0])?;
    let file = match a[1].as_atom() {
        Some(name) => File::Other(name),
        None => File::Path(path_of(a[1])?),
    };
    p.system.code.set_file(module, file);
    Ok(Term::fixed(FixedAtom::Ok))
}

pub fn forget_file(p: &mut Process, a: &[Term]) -> Out {
    let module = module(a[0])?;
    p.system.code.forget_file(module);
    Ok(Term::fixed(FixedAtom::Ok))
}

pub fn path(p: &mut Process, _: &[Term]) -> Out {
    let folders = p.system.code.path.folders();
    let folders: Vec<Term> = folders.iter().map(|folder| text(p, folder)).collect();
    Ok(p.heap.list(&folders))
}

pub fn set_path(p: &mut Process, a: &[Term]) -> Out {
    let folders: Result<Vec<PathBuf>, Term> =
        data::proper_list(a[0]).ok_or(BADARG)?.into_iter().map(path_of).collect();
    p.system.code.path.set(folders?);
    Ok(Term::fixed(FixedAtom::Ok))
}

pub fn where_(p: &mut Process, a: &[Term]) -> Out {
    let name = path_of(a[0])?;
    let folders = p.system.code.path.folders();
    let found = folders.iter().map(|folder| folder.join(&name)).find(|file| file.exists());
    Ok(found.map_or(atom("non_existing"), |file| text(p, &file)))
}

pub fn kind(_: &mut Process, a: &[Term]) -> Out {
    let path = path_of(a[0])?;
    Ok(match std::fs::metadata(path) {
        Ok(data) if data.is_dir() => atom("directory"),
        Ok(data) if data.is_file() => atom("regular"),
        Ok(_) => atom("other"),
        Err(_) => atom("none"),
    })
}

pub fn root(p: &mut Process, _: &[Term]) -> Out {
    let root = p.system.code.path.installation().map(|found| found.root.clone());
    Ok(root.map_or(atom("none"), |root| text(p, &root)))
}

pub fn release(p: &mut Process, _: &[Term]) -> Out {
    let release = p.system.code.path.release();
    Ok(p.heap.string(release))
}

pub fn arguments(p: &mut Process, _: &[Term]) -> Out {
    let mut list = Vec::new();
    for argument in &p.system.options.arguments {
        list.push(p.heap.binary(argument.as_bytes()).map_err(|_| Term::fixed(FixedAtom::SystemLimit))?);
    }
    Ok(p.heap.list(&list))
}

pub fn flags(p: &mut Process, _: &[Term]) -> Out {
    let system = p.system;
    let list: Vec<Term> = system.options.flags.iter().map(|flag| p.heap.string(flag)).collect();
    Ok(p.heap.list(&list))
}

/// Provides the modules of a script's archive: `{ok, Folders}`, those in the archive that have modules.
pub fn provide_archive(p: &mut Process, a: &[Term]) -> Out {
    let file = path_of(a[0])?;
    let bytes = Bits::of(a[1]).filter(|bits| bits.is_binary()).ok_or(BADARG)?.to_vec();
    let members = match archive::members(&bytes, |name| name.ends_with(".beam")) {
        Ok(members) => members,
        Err(found) => {
            crate::say!("linac: {}: {found}", file.display());
            return Ok(error(p, "bad_archive"));
        }
    };
    let mut folders: Vec<String> = Vec::new();
    for member in members {
        let (folder, name) = member.name.rsplit_once('/').unwrap_or(("", &member.name));
        let module = Atom::new(name.trim_end_matches(".beam")).map_err(|_| BADARG)?;
        p.system.code.path.provide(module, file.join(&member.name), member.bytes.into());
        if !folders.iter().any(|known| known == folder) {
            folders.push(folder.to_owned());
        }
    }
    let folders: Vec<Term> = folders.iter().map(|folder| p.heap.string(folder)).collect();
    let folders = p.heap.list(&folders);
    Ok(p.heap.tuple(&[Term::fixed(FixedAtom::Ok), folders]))
}

/// A variable of the environment, or `false`.
pub fn variable(p: &mut Process, a: &[Term]) -> Out {
    let name = path_of(a[0])?;
    Ok(std::env::var_os(name).map_or(Term::FALSE, |value| text(p, std::path::Path::new(&value))))
}

bifs! {
    "erlang" "prepare_loading" 2 Leaf prepare_loading, "Reads a module, for `finish_loading`.";
    "erlang" "has_prepared_code_on_load" 1 Leaf has_prepared_code_on_load, "Has a prepared module a function to run when loaded?";
    "erlang" "finish_loading" 1 Full finish_loading, "Makes prepared modules current.";
    "erlang" "check_old_code" 1 Leaf check_old_code, "Has the module an old version?";
    "erlang" "call_on_load_function" 1 Full super::code::call_on_load_function, "Runs a loaded module's `-on_load` function.";
    "erlang" "finish_after_on_load" 2 Full super::code::finish_after_on_load, "Keeps or removes a module after its `-on_load` function.";
    "linac_code" "undefined" 3 Full undefined, "Ends a call of a function that does not exist.";
    "linac_code" "load" 1 Full load, "Finds a module on the search path and loads it.";
    "linac_code" "object_code" 1 Leaf object_code, "Bytes and file of a module on the search path.";
    "linac_code" "file" 1 Leaf file, "The file that a loaded module came from.";
    "linac_code" "files" 0 Leaf files, "All loaded modules with their files.";
    "linac_code" "set_file" 2 Leaf set_file, "Notes where a module came from.";
    "linac_code" "forget_file" 1 Leaf forget_file, "Forgets where a module came from.";
    "linac_code" "path" 0 Leaf path, "The search path.";
    "linac_code" "set_path" 1 Leaf set_path, "Sets the search path.";
    "linac_code" "where" 1 Leaf where_, "The first file of a name on the search path.";
    "linac_code" "kind" 1 Leaf kind, "What a path leads to.";
    "linac_code" "root" 0 Leaf root, "Folder of the OTP installation, or none.";
    "linac_code" "release" 0 Leaf release, "The OTP release whose libraries are used.";
    "linac_code" "arguments" 0 Leaf arguments, "Arguments of the program, as bytes.";
    "linac_code" "flags" 0 Leaf flags, "Flags of the program, as strings.";
    "linac_code" "provide_archive" 2 Leaf provide_archive, "Makes the modules of an archive known.";
    "linac_code" "variable" 1 Leaf variable, "A variable of the environment.";
}
