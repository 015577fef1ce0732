//! Modules as the runtime sees them: described, with the code that came along, compiled when asked if there is a compiler.

use crate::aot;
use linac_abi::object::CodeObject;
use linac_frontend::beam::container::unzip;
use linac_frontend::beam::{Module, NativeRecord};
use linac_runtime::compiler as rt;
use rustc_hash::{FxHashSet, FxHasher};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

/// Compiles functions of modules.
pub trait Maker: Send + Sync {
    /// Makes the code object of some functions, in its byte form.
    fn make(&self, module: &Loaded, request: &rt::CompileRequest<'_>) -> Result<Vec<u8>, rt::CompileError>;
}

/// A module that has been read.
pub struct Loaded {
    /// The module.
    pub module: Module,
    /// What the runtime wants to know of it.
    pub info: rt::ModuleInfo,
    /// A hash of the file's bytes.
    pub hash: u64,
    maker: Option<Arc<dyn Maker>>,
    /// Code from the file, until it is asked for.
    ready: Mutex<Option<CodeObject>>,
}

/// Reads a module: `ahead` is the target whose ahead-of-time code counts, `maker` compiles the rest.
pub fn load(
    beam: &[u8],
    ahead: Option<&aot::Target>,
    maker: Option<Arc<dyn Maker>>,
) -> Result<Box<dyn rt::CompilableModule>, rt::CompileError> {
    let bad = |e: linac_frontend::beam::BeamError| rt::CompileError::BadInput(e.to_string());
    let file = unzip(beam).map_err(bad)?;
    let module = Module::decode(&file).map_err(bad)?;
    let info = rt::ModuleInfo { digest: digest(&module, &file), ..describe(&module) };
    let mut hash = FxHasher::default();
    beam.hash(&mut hash);
    let ready = match ahead {
        Some(target) => aot::ready(&module, &file, target).unwrap_or_else(|unfit| {
            warn_unused(&info.name, &unfit, maker.is_some());
            None
        }),
        None => None,
    };
    let ready = Mutex::new(ready);
    Ok(Box::new(Loaded { module, info, hash: hash.finish(), maker, ready }))
}

/// Runs ahead-of-time code only.
#[derive(Clone, Copy, Debug)]
pub struct AheadOnly(pub &'static aot::Target);

impl rt::Compiler for AheadOnly {
    fn load(&self, beam: &[u8]) -> Result<Box<dyn rt::CompilableModule>, rt::CompileError> {
        load(beam, Some(self.0), None)
    }
}

/// Says why a module's ahead-of-time code is not used. Each reason is named once: a whole library may share it.
fn warn_unused(module: &str, reason: &dyn fmt::Display, compiled: bool) {
    static NAMED: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let reason = reason.to_string();
    let mut named = NAMED.lock().unwrap_or_else(PoisonError::into_inner);
    if !named.contains(&reason) {
        let again = if compiled { "compiled again, " } else { "" };
        linac_runtime::say!("linac: warning: {module}: {again}its ahead-of-time code is not used: {reason}");
        named.push(reason);
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
        warn_unused(&self.info.name, error, self.maker.is_some());
    }

    fn compile(&self, request: rt::CompileRequest<'_>) -> Result<Vec<u8>, rt::CompileError> {
        match &self.maker {
            Some(maker) => maker.make(self, &request),
            None => Err(rt::CompileError::Unsupported(format!(
                "{} has no ahead-of-time code for {} that can be used, and this linac has no compiler",
                self.info.name,
                linac_runtime::HOST_TARGET
            ))),
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
