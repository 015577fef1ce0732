//! Code objects kept in files, so that another process runs the same code without compiling it.
//!
//! The name of a file says what is in it: module, tier and a hash of everything that the code depends on (the module's
//! bytes, the functions, the options, this build of linac). A file that cannot be read is as good as none, and so is one
//! whose checksum, the first eight bytes, is wrong: it tells damage, not intent; whoever can write to the folder decides what
//! runs. Files are written under another name first, so none is ever half there.

use rustc_hash::FxHasher;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A folder of code objects.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    build: u64,
    /// Objects found.
    pub read: AtomicU64,
    /// Objects put there.
    pub written: AtomicU64,
}

impl Store {
    /// Uses a folder, which is made if it is not there.
    pub fn new(folder: &Path) -> std::io::Result<Store> {
        std::fs::create_dir_all(folder)?;
        let program = std::env::current_exe()?.metadata()?;
        let mut hash = FxHasher::default();
        (env!("CARGO_PKG_VERSION"), program.len(), program.modified()?).hash(&mut hash);
        Ok(Store {
            folder: folder.to_path_buf(),
            build: hash.finish(),
            read: AtomicU64::new(0),
            written: AtomicU64::new(0),
        })
    }

    /// The file for what the key describes.
    fn file(&self, module: &str, tier: &str, key: &impl Hash) -> PathBuf {
        let mut hash = FxHasher::default();
        (self.build, module, tier, key).hash(&mut hash);
        // Module names may be any text; file names may not.
        let plain: String =
            module.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(80).collect();
        self.folder.join(format!("{plain}.{tier}.{:016x}.lco", hash.finish()))
    }

    /// The object of this key: from its file, or made now and put there.
    pub fn object<E>(
        &self,
        module: &str,
        tier: &str,
        key: &impl Hash,
        make: impl FnOnce() -> Result<Vec<u8>, E>,
    ) -> Result<Vec<u8>, E> {
        let file = self.file(module, tier, key);
        if let Ok(content) = std::fs::read(&file)
            && let Some((sum, bytes)) = content.split_first_chunk()
            && *sum == checksum(bytes)
            && linac_abi::object::CodeObject::from_bytes(bytes).is_ok()
        {
            self.read.fetch_add(1, Ordering::Relaxed);
            return Ok(bytes.to_vec());
        }
        let bytes = make()?;
        let draft = file.with_extension(format!("{}.tmp", std::process::id()));
        // A full or read-only disk only costs the next run its time.
        let content = [&checksum(&bytes)[..], &bytes].concat();
        if std::fs::write(&draft, content).and_then(|()| std::fs::rename(&draft, &file)).is_ok() {
            self.written.fetch_add(1, Ordering::Relaxed);
        }
        Ok(bytes)
    }
}

fn checksum(bytes: &[u8]) -> [u8; 8] {
    let mut hash = FxHasher::default();
    hash.write(bytes);
    hash.finish().to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_file_is_made_anew() {
        let folder = std::env::temp_dir().join(format!("linac-store-{}", std::process::id()));
        let store = Store::new(&folder).expect("a folder");
        let object = linac_abi::object::CodeObject::default().to_bytes().expect("an object");
        let get = || store.object("m", "baseline", &1, || Ok::<_, ()>(object.clone()));
        assert_eq!((get(), get()), (Ok(object.clone()), Ok(object.clone())));
        assert_eq!((store.written.load(Ordering::Relaxed), store.read.load(Ordering::Relaxed)), (1, 1));
        let file = store.file("m", "baseline", &1);
        let good = std::fs::read(&file).expect("the file");
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x10;
            std::fs::write(&file, &bad).expect("written");
            assert_eq!(get(), Ok(object.clone()));
            assert_eq!(std::fs::read(&file).expect("the file"), good, "byte {at}");
        }
        assert_eq!(store.read.load(Ordering::Relaxed), 1, "no damaged file was used");
        std::fs::remove_dir_all(&folder).expect("removed");
    }
}
