//! Damaged files never panic: whatever decodes can be printed, whatever does not gives an error inside the file.

use linac_frontend::beam::Module;
use linac_frontend::lift::{Lifter, Options};
use proptest::prelude::*;
use std::sync::LazyLock;

const NAMES: [&str; 5] = [
    "sample.otp25.beam",
    "sample.gz.otp25.beam",
    "sample.otp27.beam",
    "sample.otp29.beam",
    "modern.otp29.beam",
];

static FILES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    NAMES.iter().map(|n| std::fs::read(folder.join(n)).unwrap_or_else(|e| panic!("{n}: {e}"))).collect()
});

/// Lifts everything: what can be lifted obeys the rules of the IR.
fn lift(module: &Module) -> Result<(), TestCaseError> {
    let lifter = Lifter::new(module, Options::default());
    for i in 0..lifter.len() {
        match lifter.lift(i) {
            Ok(func) => {
                let errors = linac_ir::verify::verify(&func).err().unwrap_or_default();
                prop_assert!(
                    errors.is_empty(),
                    "{}: {}\n{}",
                    func.mfa(),
                    errors[0],
                    linac_ir::text::print(&func)
                );
            }
            Err(e) => prop_assert!(e.to_string().contains(&lifter.mfa(i)), "{e}"),
        }
    }
    Ok(())
}

/// Decodes, and if that works looks at everything.
fn survive(bytes: &[u8]) -> Result<(), TestCaseError> {
    match Module::decode(bytes) {
        Ok(m) => {
            let mut text = m.inspect().to_string();
            m.functions.iter().for_each(|f| text.push_str(&m.disassembly(f).to_string()));
            prop_assert!(!text.is_empty());
            lift(&m)?;
        }
        Err(e) => prop_assert!(!e.reason.is_empty() && e.to_string().starts_with("offset ")),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: std::env::var("CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(20_000), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn truncated(which in 0..NAMES.len(), cut in any::<prop::sample::Index>()) {
        let file = &FILES[which];
        let part = &file[..cut.index(file.len())];
        prop_assert!(Module::decode(part).is_err());
        survive(part)?;
    }

    #[test]
    fn bytes_changed(
        which in 0..NAMES.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut file = FILES[which].clone();
        for (at, value) in changes {
            let at = at.index(file.len());
            file[at] = value;
        }
        survive(&file)?;
    }

    #[test]
    fn pieces_moved(
        which in 0..NAMES.len(), from in any::<prop::sample::Index>(), to in any::<prop::sample::Index>(), len in 1usize..64,
    ) {
        let mut file = FILES[which].clone();
        let (from, to) = (from.index(file.len()), to.index(file.len()));
        let len = len.min(file.len() - from.max(to));
        file.copy_within(from..from + len, to);
        survive(&file)?;
    }

    #[test]
    fn words_made_extreme(which in 0..NAMES.len(), at in any::<prop::sample::Index>(), word in prop::sample::select(vec![
        0u32, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff,
    ])) {
        let mut file = FILES[which].clone();
        let at = at.index(file.len() - 4);
        file[at..at + 4].copy_from_slice(&word.to_be_bytes());
        survive(&file)?;
    }

    #[test]
    fn noise(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut file = b"FOR1\0\0\0\xc8BEAM".to_vec();
        file.extend(bytes);
        survive(&file)?;
    }
}
