//! `linac pack` and `linac unpack`.
//!
//! In a pack, a module's literals are not compressed (readers on small machines cannot inflate them), and a file that is
//! no module begins with its length.

use super::{Failure, FileArg, Outcome, read, write};
use linac_frontend::beam::Module;
use linac_frontend::beam::container::plain_literals;
use linac_frontend::pack::{self, BEAM, START};
use std::path::{Component, Path, PathBuf};

#[derive(clap::Args)]
pub(super) struct PackArgs {
    /// Module to start; by default the first that exports start/0
    #[arg(short = 's', value_name = "MODULE")]
    start: Option<String>,
    /// Pack to write
    #[arg(short = 'o', value_name = "FILE", default_value = "out.avm")]
    output: PathBuf,
    /// Modules (.beam), packs (.avm) whose sections are taken over, and other files
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

#[derive(clap::Args)]
pub(super) struct UnpackArgs {
    #[command(flatten)]
    file: FileArg,
    /// Folder to write to, made if it is not there
    #[arg(short = 'o', value_name = "DIR", default_value = ".")]
    output: PathBuf,
}

/// Bytes of a data file's length.
const LENGTH: usize = 4;

struct Section {
    flags: u32,
    name: String,
    data: Vec<u8>,
    /// The module's name, if it exports `start/0`.
    starts: Option<String>,
}

pub(super) fn pack(args: &PackArgs) -> Outcome {
    let mut sections: Vec<Section> = Vec::new();
    for file in &args.files {
        let bytes = read(file)?;
        let fail = |text: String| Failure::input(format!("{}: {text}", file.display()));
        let name = file.file_name().and_then(|name| name.to_str()).map(String::from);
        let name = name.ok_or_else(|| fail("its name cannot stand in a pack".to_string()))?;
        if pack::is_pack(&bytes) {
            let inner = pack::Pack::decode(&bytes).map_err(|e| fail(e.to_string()))?;
            for section in &inner.sections {
                let data = bytes[section.data.clone()].to_vec();
                let starts = match section.module() {
                    Some(_) => starts(&data).map_err(|e| fail(format!("{}: {e}", section.name)))?,
                    None => None,
                };
                sections.push(Section {
                    flags: section.flags & BEAM,
                    name: section.name.clone(),
                    data,
                    starts,
                });
            }
        } else if file.extension().is_some_and(|extension| extension == "beam") {
            let starts = starts(&bytes).map_err(fail)?;
            let data = plain_literals(&bytes).map_err(|e| fail(e.to_string()))?;
            sections.push(Section { flags: BEAM, name, data, starts });
        } else {
            let length = u32::try_from(bytes.len()).map_err(|_| fail("larger than 4 GiB".to_string()))?;
            let data = [&length.to_be_bytes()[..], &bytes].concat();
            sections.push(Section { flags: 0, name, data, starts: None });
        }
    }
    for (n, section) in sections.iter().enumerate() {
        if sections[..n].iter().any(|other| other.name == section.name) {
            return Err(Failure::input(format!("{} comes twice", section.name)));
        }
    }
    let wanted = |section: &Section| match &args.start {
        Some(name) => section.starts.as_ref() == Some(name),
        None => section.starts.is_some(),
    };
    match (sections.iter_mut().find(|section| wanted(section)), &args.start) {
        (Some(section), _) => section.flags |= START,
        (None, Some(name)) => {
            return Err(Failure::input(format!("no module {name} that exports start/0 is among the files")));
        }
        // A library.
        (None, None) => {}
    }
    // The one to start goes first, as readers expect it.
    sections.sort_by_key(|section| section.flags & START == 0);
    let parts = sections.iter().map(|section| (section.flags, &section.name[..], &section.data[..]));
    let bytes = pack::encode(parts).map_err(Failure::input)?;
    write(&args.output, &bytes)?;
    Ok(0)
}

/// The name of a module that exports `start/0`.
fn starts(bytes: &[u8]) -> Result<Option<String>, String> {
    let module = Module::decode(bytes).map_err(|e| e.to_string())?;
    let starts = module.exports.iter().any(|e| module.atom(e.name) == "start" && e.arity == 0);
    Ok(starts.then(|| module.atom(module.name).to_string()))
}

pub(super) fn unpack(args: &UnpackArgs) -> Outcome {
    let bytes = read(&args.file.file)?;
    let pack = args.file.decode_pack()?;
    let mut files = Vec::with_capacity(pack.sections.len());
    for section in &pack.sections {
        let fail =
            |text: &str| Failure::input(format!("{}: {}: {text}", args.file.file.display(), section.name));
        // A name may have folders in it, but must not lead out of the folder asked for.
        let path = Path::new(&section.name);
        if !path.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(fail("the name leads out of the folder"));
        }
        let data = &bytes[section.data.clone()];
        let data = match section.module() {
            Some(_) => data,
            None => {
                let (length, rest) =
                    data.split_first_chunk::<LENGTH>().ok_or_else(|| fail("no room for its length"))?;
                rest.get(..u32::from_be_bytes(*length) as usize)
                    .ok_or_else(|| fail("it is shorter than its length says"))?
            }
        };
        files.push((args.output.join(path), data));
    }
    for (path, data) in files {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|e| Failure::input(format!("{}: {e}", folder.display())))?;
        }
        write(&path, data)?;
    }
    Ok(0)
}
