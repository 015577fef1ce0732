//! In place of the compiler's options, where there is no compiler.

use super::Failure;
use crate::aot::Target;
use crate::modules::AheadOnly;
use linac_runtime::{HOST_TARGET, Options, TierPolicy, compiler as rt};
use std::sync::Arc;

/// No options.
#[derive(clap::Args)]
pub(super) struct JitArgs {}

/// Nothing is kept.
pub(super) struct Kept;

impl Kept {
    pub(super) fn report(&self) {}
}

impl JitArgs {
    pub(super) fn set_up(&self, options: &mut Options) -> Result<(Arc<dyn rt::Compiler>, Kept), Failure> {
        let target = Target::named(HOST_TARGET)
            .ok_or_else(|| Failure::failed(format!("no ahead-of-time code exists for {HOST_TARGET}")))?;
        // Nothing becomes hot.
        options.policy = TierPolicy::Optimized;
        Ok((Arc::new(AheadOnly(target)), Kept))
    }
}
