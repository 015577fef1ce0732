//! The dependency direction between the project's crates, read from `cargo metadata`.

use std::collections::BTreeMap;
use std::process::Command;

/// Crate, and the crates of ours that it may depend on.
const ALLOWED: &[(&str, &[&str])] = &[
    ("linac-abi", &[]),
    ("linac-core", &["linac-abi"]),
    ("linac-runtime", &["linac-abi", "linac-core"]),
    ("linac-ir", &["linac-abi"]),
    ("linac-frontend", &["linac-abi", "linac-ir"]),
    ("linac-opt", &["linac-abi", "linac-ir"]),
    ("linac-emit", &["linac-abi", "linac-ir"]),
    ("linac-regalloc", &["linac-abi", "linac-ir"]),
    ("linac-isa", &["linac-abi", "linac-ir", "linac-emit", "linac-regalloc"]),
    ("linac-debuginfo", &["linac-abi", "linac-ir", "linac-emit", "linac-isa"]),
];

/// What stands above all of them.
const TOP: &[&str] = &["linac", "linac-tests", "linac-benches"];

#[test]
fn crates_depend_in_one_direction() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--locked"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let mut found = BTreeMap::new();
    for package in metadata["packages"].as_array().expect("packages") {
        let name = package["name"].as_str().expect("a name").to_string();
        let edges: Vec<String> = package["dependencies"]
            .as_array()
            .expect("dependencies")
            .iter()
            .filter(|d| d["kind"].is_null())
            .filter_map(|d| d["name"].as_str())
            .filter(|n| n.starts_with("linac"))
            .map(str::to_string)
            .collect();
        found.insert(name, edges);
    }
    for (name, edges) in &found {
        if TOP.contains(&name.as_str()) {
            continue;
        }
        let (_, allowed) =
            ALLOWED.iter().find(|(n, _)| n == name).unwrap_or_else(|| panic!("{name} is not in the list"));
        for edge in edges {
            assert!(allowed.contains(&edge.as_str()), "{name} must not depend on {edge}");
        }
    }
    for (name, _) in ALLOWED {
        assert!(found.contains_key(*name), "{name} is gone: take it off the list");
    }
}
