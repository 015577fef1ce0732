//! The compiler as the runtime sees it: modules that compile their functions when asked.

use crate::aot;
use crate::modules::{self, Loaded, Maker};
use crate::pipeline::{self, Error, Options, Silent};
use crate::store::Store;
use linac_opt::Level;
use linac_runtime::compiler as rt;
use std::sync::Arc;

/// What the two tiers of the runtime mean, and the options common to both.
#[derive(Clone)]
pub struct Compiler {
    /// Options of the baseline tier.
    pub baseline: Options,
    /// Options of the optimizing tier.
    pub optimized: Options,
    /// Where code objects are kept between runs, if they are.
    pub store: Option<Arc<Store>>,
    /// The target whose ahead-of-time code is used, if it is to be used.
    pub ahead: Option<&'static aot::Target>,
}

impl Compiler {
    /// Both tiers as usual, or both the same if a level is forced.
    pub fn new(isa: &'static dyn linac_isa::Isa, forced: Option<Level>) -> Compiler {
        match forced {
            Some(level) => {
                let options = Options::new(isa, level);
                Compiler { baseline: options, optimized: options, store: None, ahead: None }
            }
            None => {
                let (baseline, optimized) = (Options::new(isa, Level::O0), Options::new(isa, Level::O2));
                let ahead = aot::Target::named(isa.name());
                Compiler { baseline, optimized, store: None, ahead }
            }
        }
    }

    /// How to compile what the runtime asks for.
    pub fn options(&self, request: &rt::CompileRequest<'_>) -> Options {
        match request.tier {
            rt::Tier::Baseline => Options { counters: request.count, ..self.baseline },
            rt::Tier::Optimized => self.optimized,
        }
    }
}

impl From<Error> for rt::CompileError {
    fn from(error: Error) -> rt::CompileError {
        match error {
            Error::Unsupported(text) => rt::CompileError::Unsupported(text),
            Error::BadInput(text) => rt::CompileError::BadInput(text),
            Error::Bug(text) => rt::CompileError::Bug(text),
        }
    }
}

impl rt::Compiler for Compiler {
    fn load(&self, beam: &[u8]) -> Result<Box<dyn rt::CompilableModule>, rt::CompileError> {
        modules::load(beam, self.ahead, Some(Arc::new(self.clone())))
    }
}

impl Maker for Compiler {
    fn make(&self, loaded: &Loaded, request: &rt::CompileRequest<'_>) -> Result<Vec<u8>, rt::CompileError> {
        let options = self.options(request);
        let make = || {
            let object = pipeline::compile(&loaded.module, request.functions, options, &mut Silent)?;
            object.to_bytes().map_err(|e| rt::CompileError::Bug(e.to_string()))
        };
        let Some(store) = &self.store else { return make() };
        let level = options.level as u8;
        let flags = (options.counters, options.debug, options.guarded, options.no_fusion);
        let key = (loaded.hash, request.functions, level, flags);
        store.object(&loaded.info.name, &format!("{:?}", request.tier).to_lowercase(), &key, make)
    }
}
