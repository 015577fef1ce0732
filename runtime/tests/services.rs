//! The stored modules of the runtime are those that their sources say (`scripts/services.sh` makes them).

use linac_runtime::service::MODULES;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// FNV-1a: enough to notice a source that was changed and not compiled.
fn hash(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}

#[test]
fn stored_modules_match_their_sources() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("erl");
    let mut sources = BTreeMap::new();
    for entry in std::fs::read_dir(&folder).expect("the folder of sources").flatten() {
        let name = entry.file_name().into_string().expect("a name");
        if let Some(module) = name.strip_suffix(".erl") {
            sources.insert(module.to_string(), hash(&std::fs::read(entry.path()).expect("a source")));
        }
    }
    let mut made = String::new();
    for (module, source) in &sources {
        let beam =
            std::fs::read(folder.join("beam").join(format!("{module}.beam"))).expect("a stored module");
        writeln!(made, "{module} {source:016x} {:016x}", hash(&beam)).expect("written");
    }
    let notes = folder.join("beam/sources.txt");
    if std::env::var_os("LINAC_BLESS").is_some() {
        std::fs::write(&notes, &made).expect("written");
    }
    assert_eq!(std::fs::read_to_string(&notes).expect("notes"), made, "run scripts/services.sh");
    let listed: Vec<&str> = MODULES.iter().map(|(name, _)| *name).collect();
    let mut wanted: Vec<&str> = sources.keys().map(String::as_str).collect();
    let mut sorted = listed.clone();
    sorted.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(sorted, wanted, "service::MODULES lists all of runtime/erl");
}
