//! The compiler as the runtime sees it: modules that compile their functions when asked.

use crate::aot;
use crate::pipeline::{self, Error, Options, Silent};
use crate::store::Store;
use linac_abi::object::CodeObject;
use linac_frontend::beam::container::unzip;
use linac_frontend::beam::{Module, NativeRecord};
use linac_opt::Level;
use linac_runtime::compiler as rt;
use rustc_hash::{FxHashSet, FxHasher};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

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
        let bad = |e: linac_frontend::beam::BeamError| rt::CompileError::BadInput(e.to_string());
        let file = unzip(beam).map_err(bad)?;
        let module = Module::decode(&file).map_err(bad)?;
        let info = rt::ModuleInfo { digest: digest(&module, &file), ..describe(&module) };
        let mut hash = FxHasher::default();
        beam.hash(&mut hash);
        let ready = match self.ahead {
            Some(target) => aot::ready(&module, &file, target).unwrap_or_else(|unfit| {
                warn_unused(&info.name, &unfit);
                None
            }),
            None => None,
        };
        let ready = Mutex::new(ready);
        Ok(Box::new(Loaded { module, info, compiler: self.clone(), hash: hash.finish(), ready }))
    }
}

/// Says why a module's ahead-of-time code is not used. Each reason is named once: a whole library may share it.
fn warn_unused(module: &str, reason: &dyn fmt::Display) {
    static NAMED: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let reason = reason.to_string();
    let mut named = NAMED.lock().unwrap_or_else(PoisonError::into_inner);
    if !named.contains(&reason) {
        linac_runtime::say!(
            "linac: warning: {module}: compiled again, its ahead-of-time code is not used: {reason}"
        );
        named.push(reason);
    }
}

struct Loaded {
    module: Module,
    info: rt::ModuleInfo,
    compiler: Compiler,
    /// Of the file's bytes.
    hash: u64,
    /// Code from the file, until it is asked for.
    ready: Mutex<Option<CodeObject>>,
}

impl Loaded {
    fn make(&self, functions: &[u32], options: Options) -> Result<Vec<u8>, rt::CompileError> {
        let object = pipeline::compile(&self.module, functions, options, &mut Silent)?;
        object.to_bytes().map_err(|e| rt::CompileError::Bug(e.to_string()))
    }
}

impl rt::CompilableModule for Loaded {
    fn info(&self) -> &rt::ModuleInfo {
        &self.info
    }

    fn ready(&self) -> Option<CodeObject> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn refused(&self, error: &dyn fmt::Display) {
        warn_unused(&self.info.name, error);
    }

    fn compile(&self, request: rt::CompileRequest<'_>) -> Result<Vec<u8>, rt::CompileError> {
        let options = self.compiler.options(&request);
        let make = || self.make(request.functions, options);
        match &self.compiler.store {
            None => make(),
            Some(store) => {
                let level = options.level as u8;
                let key = (
                    self.hash,
                    request.functions,
                    level,
                    options.counters,
                    options.debug,
                    options.guarded,
                    options.no_fusion,
                );
                store.object(&self.info.name, &format!("{:?}", request.tier).to_lowercase(), &key, make)
            }
        }
    }
}

/// The digest of a file's code: MD5 over the chunks that make it, with the hashes of funs (which were made from the
/// digest) taken out.
fn digest(module: &Module, file: &[u8]) -> [u8; 16] {
    const CHUNKS: [&[u8; 4]; 10] =
        [b"AtU8", b"Code", b"StrT", b"ImpT", b"ExpT", b"FunT", b"LitT", b"Meta", b"Recs", b"DbgB"];
    /// Bytes of the table's count.
    const COUNT: usize = 4;
    /// Bytes of an entry.
    const ENTRY: usize = 24;
    /// Where the hash stands in an entry.
    const HASH: usize = 20;
    let pieces: Vec<Vec<u8>> = CHUNKS
        .into_iter()
        .filter_map(|id| module.chunks.iter().find(|chunk| chunk.id == *id))
        .map(|chunk| {
            let mut bytes = file[chunk.offset as usize..][..chunk.size as usize].to_vec();
            if chunk.id == *b"FunT" {
                let entries = bytes[COUNT.min(chunk.size as usize)..].chunks_exact_mut(ENTRY);
                entries.for_each(|entry| entry[HASH..].fill(0));
            }
            bytes
        })
        .collect();
    linac_runtime::md5(pieces.iter().map(Vec::as_slice))
}

/// What the runtime wants to know of a module.
pub fn describe(module: &Module) -> rt::ModuleInfo {
    let exported: FxHashSet<u32> = module.exports.iter().map(|e| e.label).collect();
    let mut functions: Vec<rt::FunctionInfo> = module
        .functions
        .iter()
        .map(|f| rt::FunctionInfo {
            name: module.atom(f.name).to_string(),
            arity: f.arity as u8,
            exported: exported.contains(&f.entry_label),
        })
        .collect();
    let first_lambda = functions.len() as u32;
    let mut lambdas = Vec::with_capacity(module.lambdas.len());
    for (n, lambda) in module.lambdas.iter().enumerate() {
        let (name, arity) = (module.atom(lambda.name).to_string(), (lambda.arity - lambda.free) as u8);
        // The function behind the fun's cell: it takes the fun as one more argument.
        functions.push(rt::FunctionInfo { name: name.clone(), arity: arity + 1, exported: false });
        lambdas.push(rt::LambdaInfo {
            function: first_lambda + n as u32,
            name,
            arity,
            index: lambda.index,
            uniq: lambda.old_uniq,
        });
    }
    let literals =
        module.literals.roots().iter().map(|&id| module.literals.encode(id, &module.atoms)).collect();
    rt::ModuleInfo {
        name: module.atom(module.name).to_string(),
        digest: [0; 16],
        functions,
        lambdas,
        literals,
        records: module.records.iter().map(|record| describe_record(module, record)).collect(),
        attributes: [module.attributes, module.compile_info]
            .map(|list| list.map_or_else(Vec::new, |id| module.literals.encode(id, &module.atoms))),
        on_load: on_load(module),
    }
}

fn describe_record(module: &Module, record: &NativeRecord) -> rt::RecordInfo {
    let atom = |atom| module.atom(atom).to_string();
    let fields = record
        .fields
        .iter()
        .map(|field| (atom(field.name), field.default.map(|v| module.encode_constant(v))));
    rt::RecordInfo { name: atom(record.name), exported: record.exported, fields: fields.collect() }
}

/// The function with the `on_load` instruction.
fn on_load(module: &Module) -> Option<u32> {
    let number = module.functions.iter().position(|f| {
        module.code.ops[f.ops.clone()].iter().any(|op| op.opcode == linac_frontend::genop::op::ON_LOAD)
    })?;
    Some(number as u32)
}
