//! Where modules are found: those that were provided one by one, folders given by the user, then those of an OTP
//! installation.
//!
//! The installation is looked for when a module is in no folder so far, never at the start, so programs that need
//! none cost nothing and run without one. It is found without being started: the `erl` on the PATH lies in its `bin`
//! folder (perhaps through links), or is a script that says where the installation is.

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use linac_core::Atom;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

/// Which OTP installation to use.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Otp {
    /// None.
    #[default]
    None,
    /// The one in this folder.
    Root(PathBuf),
    /// The one that the `erl` on the PATH belongs to, if there is one.
    OnPath,
}

/// The folder with the libraries of an installation that somebody names by its own folder, a prefix it was installed
/// under, or anything around `bin/erl`.
pub fn otp_root(named: &Path) -> Option<PathBuf> {
    // Joined and taken apart again, so that no separator is left over at the end.
    let named: PathBuf = std::path::absolute(named).ok()?.components().collect();
    let places = [PathBuf::new(), "lib/erlang".into(), "usr/lib/erlang".into()];
    let mut places =
        places.map(|below: PathBuf| named.join(below).components().collect::<PathBuf>()).into_iter();
    places.find(|root| is_root(root)).or_else(|| root_of_erl(&named.join("bin/erl")))
}

fn is_root(folder: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(folder.join("lib")) else { return false };
    entries.flatten().any(|entry| {
        let name = entry.file_name();
        name.to_str().is_some_and(|name| name == "stdlib" || name.starts_with("stdlib-"))
    })
}

/// Bytes of a start script that are looked at.
const SCRIPT: usize = 1 << 14;

/// The installation that an `erl` starts.
fn root_of_erl(erl: &Path) -> Option<PathBuf> {
    let real = std::fs::canonicalize(erl).ok()?;
    let beside = real.parent()?.parent()?;
    if is_root(beside) {
        return Some(beside.to_path_buf());
    }
    let bytes = std::fs::read(&real).ok()?;
    let script = String::from_utf8_lossy(&bytes[..bytes.len().min(SCRIPT)]);
    script.starts_with("#!").then_some(())?;
    let values = script.split("ROOTDIR=").skip(1).map(|rest| {
        let rest = rest.trim_start_matches('"');
        &rest[..rest.find(|c: char| c.is_whitespace() || "\"';".contains(c)).unwrap_or(rest.len())]
    });
    values
        .map(|value| Path::new(value).components().collect::<PathBuf>())
        .find(|root| root.is_absolute() && is_root(root))
}

fn root_on_path() -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    let erl = std::env::split_paths(&folders).map(|folder| folder.join("erl")).find(|erl| erl.is_file())?;
    root_of_erl(&erl)
}

/// An OTP installation.
#[derive(Clone, Debug, Default)]
pub struct Installation {
    /// Its folder.
    pub root: PathBuf,
    /// Folders of its libraries' modules.
    pub ebins: Vec<PathBuf>,
    /// The release: `29`.
    pub release: String,
    /// Version of the runtime system that it comes with.
    pub erts: String,
}

/// Libraries that most modules come from, first.
const FIRST: [&str; 4] = ["kernel", "stdlib", "compiler", "erts"];

/// Numbers of a version, for comparing.
fn version(text: &str) -> Vec<u64> {
    text.split('.').map(|part| part.parse().unwrap_or(0)).collect()
}

impl Installation {
    /// What stands in an installation's folder.
    fn read(root: PathBuf) -> Installation {
        let mut libraries: Vec<(usize, String, Vec<u64>, PathBuf)> = Vec::new();
        for entry in std::fs::read_dir(root.join("lib")).into_iter().flatten().flatten() {
            let Ok(file) = entry.file_name().into_string() else { continue };
            let (name, number) = file.rsplit_once('-').unwrap_or((&file, ""));
            let place = FIRST.iter().position(|first| *first == name).unwrap_or(FIRST.len());
            libraries.push((place, name.into(), version(number), entry.path().join("ebin")));
        }
        // The newest version of each comes first, and only it counts.
        libraries.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)).then_with(|| b.2.cmp(&a.2)));
        libraries.dedup_by(|later, first| later.1 == first.1);
        let start = std::fs::read_to_string(root.join("releases/start_erl.data")).unwrap_or_default();
        let mut words = start.split_whitespace().map(String::from);
        let (erts, release) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let ebins =
            libraries.into_iter().map(|(.., folder)| folder).filter(|folder| folder.is_dir()).collect();
        Installation { root, ebins, release, erts }
    }
}

/// The file of a module and its bytes.
pub type FoundModule = (PathBuf, Arc<[u8]>);

/// The search path of a runtime.
#[derive(Debug)]
pub struct SearchPath {
    provided: RwLock<HashMap<Atom, FoundModule>>,
    folders: RwLock<Vec<PathBuf>>,
    wanted: Otp,
    found: OnceLock<Option<Installation>>,
}

impl SearchPath {
    /// A path of these folders, followed by those of an installation.
    pub fn new(folders: Vec<PathBuf>, otp: Otp) -> SearchPath {
        SearchPath {
            provided: RwLock::default(),
            folders: RwLock::new(folders),
            wanted: otp,
            found: OnceLock::new(),
        }
    }

    /// The installation, looked for when first asked for. Its folders are part of the path from then on.
    pub fn installation(&self) -> Option<&Installation> {
        let find = || {
            let root = match &self.wanted {
                Otp::None => None,
                Otp::Root(folder) => otp_root(folder),
                Otp::OnPath => root_on_path(),
            };
            let found = root.map(Installation::read);
            let mut folders = self.folders.write().unwrap_or_else(PoisonError::into_inner);
            folders.extend(found.iter().flat_map(|found| found.ebins.iter().cloned()));
            if found.is_some() {
                folders.push(".".into());
            }
            found
        };
        self.found.get_or_init(find).as_ref()
    }

    /// All folders, those of the installation included.
    pub fn folders(&self) -> Vec<PathBuf> {
        self.installation();
        self.folders.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sets the folders.
    pub fn set(&self, folders: Vec<PathBuf>) {
        self.installation();
        *self.folders.write().unwrap_or_else(PoisonError::into_inner) = folders;
    }

    /// The release whose libraries are used; without an installation, the newest that is known.
    pub fn release(&self) -> &str {
        match self.installation() {
            Some(found) if !found.release.is_empty() => &found.release,
            _ => "29",
        }
    }

    /// A file of the first folder that has it, and its path.
    pub fn find(&self, file: &str) -> Option<(PathBuf, Vec<u8>)> {
        let look = |from: usize| {
            let folders = self.folders.read().unwrap_or_else(PoisonError::into_inner);
            let mut files = folders.get(from..).unwrap_or_default().iter().map(|folder| folder.join(file));
            (files.find_map(|file| std::fs::read(&file).ok().map(|bytes| (file, bytes))), folders.len())
        };
        let (found, tried) = look(0);
        if found.is_some() || self.found.get().is_some() {
            return found;
        }
        self.installation();
        look(tried).0
    }

    /// A file of the first folder known so far that has it: an installation is not looked for.
    pub fn find_known(&self, file: &str) -> Option<(PathBuf, Vec<u8>)> {
        let folders = self.folders.read().unwrap_or_else(PoisonError::into_inner);
        let mut files = folders.iter().map(|folder| folder.join(file));
        files.find_map(|file| std::fs::read(&file).ok().map(|bytes| (file, bytes)))
    }

    /// Adds a module that comes before those of all folders. The first of a name counts; false for later ones.
    pub fn provide(&self, module: Atom, file: PathBuf, bytes: Arc<[u8]>) -> bool {
        let mut provided = self.provided.write().unwrap_or_else(PoisonError::into_inner);
        match provided.entry(module) {
            Entry::Occupied(_) => false,
            Entry::Vacant(place) => {
                place.insert((file, bytes));
                true
            }
        }
    }

    /// A module that was provided.
    pub fn provided(&self, module: Atom) -> Option<FoundModule> {
        self.provided.read().unwrap_or_else(PoisonError::into_inner).get(&module).cloned()
    }

    /// The file of a module and its bytes.
    pub fn module(&self, module: Atom) -> Option<FoundModule> {
        if let Some(found) = self.provided(module) {
            return Some(found);
        }
        // A name with a path separator is no module's name, and must not lead outside the folders.
        if module.text().contains(['/', '\0']) {
            return None;
        }
        let (file, bytes) = self.find(&format!("{}.beam", module.text()))?;
        Some((file, bytes.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("linac-path-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("made");
        folder
    }

    #[test]
    fn installations_are_found_through_links_and_scripts() {
        let base = folder("found");
        let root = base.join("opt/erlang");
        for library in ["stdlib-5.9", "stdlib-5.10", "kernel-3.0", "asn1-1.0"] {
            std::fs::create_dir_all(root.join("lib").join(library).join("ebin")).expect("made");
        }
        std::fs::create_dir_all(root.join("bin")).expect("made");
        std::fs::create_dir_all(root.join("releases")).expect("made");
        std::fs::write(root.join("releases/start_erl.data"), "15.2 27\n").expect("written");
        std::fs::write(root.join("bin/erl"), "#!/bin/sh\n").expect("written");
        assert_eq!(otp_root(&root), Some(root.clone()));
        assert_eq!(otp_root(&base), None);
        let prefix = base.join("prefix");
        std::fs::create_dir_all(prefix.join("bin")).expect("made");
        let script = format!("#!/bin/sh\nexport ROOTDIR=\"{}\" EMU=beam\nexec x\n", root.display());
        std::fs::write(prefix.join("bin/erl"), script).expect("written");
        assert_eq!(otp_root(&prefix), Some(root.clone()));
        std::os::unix::fs::symlink(root.join("bin/erl"), base.join("erl")).expect("linked");
        assert_eq!(root_of_erl(&base.join("erl")), Some(std::fs::canonicalize(&root).expect("there")));
        let found = Installation::read(root.clone());
        let ebins: Vec<_> =
            ["kernel-3.0", "stdlib-5.10", "asn1-1.0"].map(|l| root.join("lib").join(l).join("ebin")).into();
        assert_eq!(found.ebins, ebins);
        assert_eq!((found.release.as_str(), found.erts.as_str()), ("27", "15.2"));
        let _ = std::fs::remove_dir_all(&base);
    }

    #[test]
    fn folders_of_the_user_come_first() {
        let (first, second) = (folder("first"), folder("second"));
        std::fs::write(second.join("a.beam"), "second").expect("written");
        let path = SearchPath::new(vec![first.clone(), second.clone()], Otp::None);
        assert_eq!(path.find("a.beam").expect("there").1, b"second");
        std::fs::write(first.join("a.beam"), "first").expect("written");
        assert_eq!(path.find("a.beam").expect("there").1, b"first");
        assert_eq!(path.find("b.beam"), None);
        assert!(path.module(Atom::new("../first/a").expect("an atom")).is_none());
        for folder in [first, second] {
            let _ = std::fs::remove_dir_all(&folder);
        }
    }
}
