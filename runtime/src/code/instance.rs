//! Module instances: one loaded version of a module with its functions, literals and code.

use super::cell::{CELL_WORDS, Cell, CellInfo, LambdaCell};
use super::export::{ExportRef, Mfa};
use super::memory::{CodeBlock, DataBlock, space};
use super::unit::{LinkError, Resolve, Unit};
use super::{Code, LoadError};
use crate::arch::{self, THUNK_SIZE, Thunk};
use crate::compiler::{CompilableModule, CompileRequest, LambdaInfo, ModuleInfo, Tier};
use linac_abi::object::{CodeObject, Symbol};
use linac_abi::rtcall::RtCall;
use linac_core::etf;
use linac_core::literal::LiteralArea;
use linac_core::record::{self, Definition};
use linac_core::{Atom, FragList, Term, copy};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

const WORD: usize = size_of::<usize>();

/// Calls after which a baseline function is compiled again.
pub const HOT_CALLS: u32 = 2000;

/// One loaded version of a module.
pub struct Instance {
    /// Serial number, never used twice.
    pub id: u64,
    /// Module name.
    pub module: Atom,
    /// Functions by number.
    pub functions: Vec<Function>,
    /// The literals' memory.
    pub literals: LiteralArea,
    /// Native records that the module defines.
    records: Vec<RecordDefinition>,
    source: Box<dyn CompilableModule>,
    data: DataBlock,
    layout: Layout,
    thunks: CodeBlock,
    /// Number of the first function among all lazy functions.
    pub(super) first_lazy: u32,
    #[allow(clippy::vec_box, reason = "return sites point to their unit, which must not move")]
    units: Mutex<Vec<Box<Unit>>>,
    /// Held while a baseline compile runs.
    compiling: Mutex<()>,
    /// Set when a purge begins: compiles that finish later are dropped.
    pub purged: AtomicBool,
    /// Do its funs lead to code that raises?
    funs_retired: AtomicBool,
}

/// A function of an instance.
#[derive(Debug)]
pub struct Function {
    /// Name.
    pub name: Atom,
    /// Number of arguments.
    pub arity: u8,
    /// The export it is behind.
    pub export: Option<ExportRef>,
    /// 0 nothing yet, 1 baseline, 2 optimized.
    tier: AtomicU8,
    /// An optimizing compile is under way or has failed.
    claimed: AtomicBool,
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Instance({} of {})", self.id, self.module.text())
    }
}

/// A native record that the module defines. Its terms are literals.
#[derive(Clone, Debug)]
pub struct RecordDefinition {
    /// Name.
    pub name: Atom,
    /// The definition.
    pub term: Term,
    /// Default values of the fields.
    pub defaults: Vec<Option<Term>>,
}

impl RecordDefinition {
    /// The decoded definition.
    pub fn definition(&self) -> Definition<'_> {
        Definition::of(self.term).expect("it was made as one")
    }
}

/// Word offsets of the parts of an instance's data block.
#[derive(Clone, Copy, Debug)]
struct Layout {
    literals: usize,
    lambdas: usize,
    counters: usize,
    words: usize,
}

impl Layout {
    fn new(info: &ModuleInfo) -> Layout {
        let literals = info.functions.len() * CELL_WORDS;
        let lambdas = literals + constants(info);
        let counters = lambdas + info.lambdas.len();
        Layout { literals, lambdas, counters, words: counters + info.functions.len().div_ceil(WORD / 4) }
    }
}

/// Rank of a function that is a BIF, above all tiers.
const NATIVE: u8 = 3;

static LOCAL: CellInfo = CellInfo::Local;

impl Instance {
    /// Makes an instance whose functions all lead to lazy thunks. Nothing can call it yet.
    pub fn new(code: &Code, source: Box<dyn CompilableModule>, id: u64) -> Result<Instance, LoadError> {
        let info = source.info();
        let atom = |text: &str| Atom::new(text).map_err(|_| LoadError::Atom(text.into()));
        let module = atom(&info.name)?;
        let (literals, mut words) = decode_literals(code, info)?;
        let records = record_definitions(info, &words)?;
        words.truncate(constants(info));
        let layout = Layout::new(info);
        let data = space().take_data(layout.words)?;
        let thunks = space().take_code(info.functions.len() * THUNK_SIZE)?;
        let first_lazy = code.reserve_lazy(info.functions.len());
        let bytes: Vec<u8> = (0..info.functions.len() as u32)
            .flat_map(|number| arch::thunk(Thunk::Lazy(first_lazy + number)))
            .collect();
        let lazy = space().write(thunks, &bytes)?.publish();
        let mut functions = Vec::with_capacity(info.functions.len());
        for (number, function) in info.functions.iter().enumerate() {
            let name = atom(&function.name)?;
            let export = match function.exported {
                true => Some(code.exports.get(Mfa { module, function: name, arity: function.arity })?),
                false => None,
            };
            let at = data.address + number * CELL_WORDS * WORD;
            // A function that is a BIF here is one for calls within its module too; its body is never compiled.
            let name_of = Mfa { module, function: name, arity: function.arity };
            let bif = code.exports.find(name_of).filter(|export| export.bif().is_some());
            let entry = bif.map_or_else(|| lazy.at(number * THUNK_SIZE), |export| export.cell.code());
            // SAFETY: the data block has these words; they stay until no code refers to them.
            unsafe { Cell::init(at, &LOCAL, entry) };
            let tier = AtomicU8::new(if bif.is_some() { NATIVE } else { 0 });
            let claimed = AtomicBool::new(bif.is_some());
            functions.push(Function { name, arity: function.arity, export, tier, claimed });
        }
        for (number, word) in words.iter().enumerate() {
            // SAFETY: inside the data block by its layout.
            unsafe { *((data.address + (layout.literals + number) * WORD) as *mut usize) = *word };
        }
        for (number, lambda) in info.lambdas.iter().enumerate() {
            if lambda.function as usize >= functions.len() {
                return Err(LoadError::Lambda(number as u32));
            }
            let entry = lazy.at(lambda.function as usize * THUNK_SIZE);
            let info = LambdaCell {
                module,
                function: atom(&lambda.name)?,
                arity: lambda.arity,
                index: lambda.index,
                uniq: lambda.uniq,
                digest: source.info().digest,
                instance: id,
            };
            // It must be there when the module goes, and nothing can fail then.
            super::dead_fun_code(lambda.arity)?;
            let words = space().take_data(CELL_WORDS)?;
            let info: &'static CellInfo = Box::leak(Box::new(CellInfo::Lambda(info)));
            // SAFETY: words that are never given back, since funs may hold the cell for ever.
            let cell = unsafe { Cell::init(words.address, info, entry) };
            // SAFETY: inside the data block by its layout.
            unsafe { *((data.address + (layout.lambdas + number) * WORD) as *mut usize) = cell.address() };
        }
        let instance = Instance {
            id,
            module,
            functions,
            literals,
            records,
            source,
            data,
            layout,
            thunks,
            first_lazy,
            units: Mutex::default(),
            compiling: Mutex::default(),
            purged: AtomicBool::new(false),
            funs_retired: AtomicBool::new(false),
        };
        for number in 0..instance.functions.len() {
            instance.counter(number as u32).store(HOT_CALLS, Ordering::Relaxed);
        }
        Ok(instance)
    }

    /// The module's description.
    pub fn info(&self) -> &ModuleInfo {
        self.source.info()
    }

    /// The native record of this name that the module defines.
    pub fn record(&self, name: Atom) -> Option<&RecordDefinition> {
        self.records.iter().find(|record| record.name == name)
    }

    /// The fun with this index in the file, and its entry cell.
    pub fn lambda_of_index(&self, index: u32) -> Option<(&LambdaInfo, usize)> {
        let number = self.info().lambdas.iter().position(|lambda| lambda.index == index)?;
        Some((&self.info().lambdas[number], self.lambda_cell(number as u32)?))
    }

    /// The entry cell of a function.
    pub fn cell(&self, number: u32) -> &'static Cell {
        let word = self.data.address + number as usize * CELL_WORDS * WORD + WORD;
        // SAFETY: `new` initialised a cell there. The reference may be kept longer than it should only by code that
        // holds the instance.
        unsafe { Cell::of_code_word(word) }
    }

    /// The hotness counter of a function.
    pub fn counter(&self, number: u32) -> &AtomicU32 {
        let address = self.data.address + self.layout.counters * WORD + number as usize * 4;
        // SAFETY: inside the data block by its layout, aligned for 32 bits.
        unsafe { &*(address as *const AtomicU32) }
    }

    /// Cell address of a lambda: what a fun of it holds.
    pub fn lambda_cell(&self, number: u32) -> Option<usize> {
        let address = self.data.address + (self.layout.lambdas + number as usize) * WORD;
        // SAFETY: the index is checked against the table that the layout was made for.
        ((number as usize) < self.info().lambdas.len()).then(|| unsafe { *(address as *const usize) })
    }

    fn lambda_cells(&self) -> impl Iterator<Item = (u32, &'static Cell)> + '_ {
        self.info().lambdas.iter().enumerate().map(|(number, lambda)| {
            let address = self.lambda_cell(number as u32).unwrap_or_default();
            // SAFETY: `new` stored the address of a cell that lives for ever.
            (lambda.function, unsafe { Cell::of_code_word(address) })
        })
    }

    /// Is the function compiled at this tier or better?
    pub fn has(&self, number: u32, tier: Tier) -> bool {
        let have = self.functions[number as usize].tier.load(Ordering::Acquire);
        have >= if tier == Tier::Baseline { 1 } else { 2 }
    }

    /// Claims a function for the optimizing compiler; false if somebody else has.
    pub fn claim(&self, number: u32) -> bool {
        !self.functions[number as usize].claimed.swap(true, Ordering::AcqRel)
    }

    /// Compiles and links functions and lets their cells lead there. Runs on the thread that wants the result.
    pub fn compile(&self, code: &Code, numbers: &[u32], tier: Tier, count: bool) -> Result<(), LoadError> {
        let _one =
            (tier == Tier::Baseline).then(|| self.compiling.lock().unwrap_or_else(PoisonError::into_inner));
        if numbers.iter().all(|&number| self.has(number, tier)) {
            return Ok(());
        }
        let native = |number: u32| self.functions[number as usize].tier.load(Ordering::Acquire) == NATIVE;
        let numbers: Vec<u32> = numbers.iter().copied().filter(|&number| !native(number)).collect();
        let numbers = &numbers[..];
        let start = std::time::Instant::now();
        let bytes = self.source.compile(CompileRequest { functions: numbers, tier, count })?;
        let object = CodeObject::from_bytes(&bytes).map_err(LinkError::Read)?;
        code.stats.compiled(tier, start.elapsed(), object.functions.len(), object.code.len());
        self.install(code, object, tier)
    }

    /// Links the code that came with the module's file, if any did. Code that cannot be linked is as good as none.
    pub fn install_ready(&self, code: &Code) {
        let Some(object) = self.source.ready() else { return };
        let (functions, bytes) = (object.functions.len(), object.code.len());
        match self.install(code, object, Tier::Optimized) {
            Ok(()) => code.stats.ready(functions, bytes),
            Err(error) => self.source.refused(&error),
        }
    }

    /// Links an object of this instance and lets the cells of its functions lead there.
    pub fn install(&self, code: &Code, object: CodeObject, tier: Tier) -> Result<(), LoadError> {
        if object.module != self.info().name {
            return Err(LinkError::Module(object.module).into());
        }
        let unit = Unit::link(object, self.id, &Linker { code, instance: self })?;
        if let Some(listener) = &code.listener {
            unit.announce(&**listener);
        }
        let mut units = self.units.lock().unwrap_or_else(PoisonError::into_inner);
        let _switching = code.switching();
        if self.purged.load(Ordering::Acquire) {
            return Ok(());
        }
        let rank = if tier == Tier::Baseline { 1 } else { 2 };
        for record in &unit.object.functions {
            let Some(function) = self.functions.get(record.index as usize) else { continue };
            if function.tier.fetch_max(rank, Ordering::AcqRel) > rank {
                continue;
            }
            let entry = unit.entry(record.entry);
            self.cell(record.index).set_code(entry);
            if let Some(export) = function.export
                && code.is_current(self)
            {
                export.cell.set_code(entry);
            }
            if !self.funs_retired.load(Ordering::Acquire) {
                for (_, cell) in self.lambda_cells().filter(|(number, _)| *number == record.index) {
                    cell.set_code(entry);
                }
            }
        }
        units.push(unit);
        Ok(())
    }

    /// Does the address lie in code of this instance?
    pub fn contains_code(&self, address: usize) -> bool {
        let in_thunks = address.wrapping_sub(self.thunks.address) < self.thunks.len;
        in_thunks || {
            let units = self.units.lock().unwrap_or_else(PoisonError::into_inner);
            units.iter().any(|unit| unit.contains(address))
        }
    }

    /// Leads the cells of the funs to code that raises. The caller holds the lock for switching.
    pub(super) fn retire_funs(&self) {
        self.funs_retired.store(true, Ordering::Release);
        for (_, cell) in self.lambda_cells() {
            if let CellInfo::Lambda(lambda) = cell.info()
                && let Ok(address) = super::dead_fun_code(lambda.arity)
            {
                cell.set_code(address);
            }
        }
    }

    /// Bytes of code.
    pub fn code_bytes(&self) -> usize {
        let units = self.units.lock().unwrap_or_else(PoisonError::into_inner);
        units.iter().map(|unit| unit.code_bytes()).sum()
    }
}

impl Drop for Instance {
    /// An instance is dropped when it was purged and nobody compiles for it any more: no stack returns into its
    /// code, no heap has its literals. There may be funs of it, but they are dead.
    fn drop(&mut self) {
        self.retire_funs();
        space().give_code(self.thunks);
        space().give_data(self.data);
    }
}

/// Literals of a module, the definitions of its records included.
fn constants(info: &ModuleInfo) -> usize {
    info.literals.len() + info.records.len()
}

/// Decodes a module's literals into an area of their own; gives their words, those of record definitions, and those of
/// the defaults of all their fields (NONE where there is none).
fn decode_literals(code: &Code, info: &ModuleInfo) -> Result<(LiteralArea, Vec<usize>), LoadError> {
    // The sizes are known only after decoding, so terms are first built in fragments, then copied together.
    let mut scratch = Vec::with_capacity(info.literals.len());
    let mut terms = Vec::with_capacity(info.literals.len());
    let mut links = code.links(true);
    for (number, bytes) in info.literals.iter().enumerate() {
        let bad = |error: etf::EtfError| LoadError::Literal(number as u32, error.to_string());
        let (memory, term, _) = etf::decode(bytes, &mut links).map_err(bad)?;
        scratch.push(memory);
        terms.push(term);
    }
    let atom = |text: &str| Atom::new(text).map_err(|_| LoadError::Atom(text.into()));
    let mut memory = FragList::new();
    for record in &info.records {
        let fields = record.fields.iter().map(|field| atom(&field.0)).collect::<Result<Vec<_>, _>>()?;
        let (module, name) = (atom(&info.name)?, atom(&record.name)?);
        let made = record::define(&mut memory, module, name, record.exported, &fields);
        terms.push(made.ok_or_else(|| LoadError::Record(record.name.clone()))?);
    }
    scratch.push(memory);
    for default in info.records.iter().flat_map(|record| &record.fields).map(|field| &field.1) {
        let Some(bytes) = default else {
            terms.push(Term::NONE);
            continue;
        };
        let bad = |error: etf::EtfError| LoadError::Literal(info.literals.len() as u32, error.to_string());
        let (memory, term, _) = etf::decode(bytes, &mut links).map_err(bad)?;
        scratch.push(memory);
        terms.push(term);
    }
    let (area, copied) = copy::to_literals(&terms).map_err(|error| LoadError::NoMemory(error.words))?;
    Ok((area, copied.iter().map(|term| term.raw()).collect()))
}

/// The records of a module from the words of its literals, definitions and defaults.
fn record_definitions(info: &ModuleInfo, words: &[usize]) -> Result<Vec<RecordDefinition>, LoadError> {
    // SAFETY: the words are terms in the literal area of the instance, or NONE.
    let term = |word: usize| unsafe { Term::from_raw(word) };
    let definitions = words.iter().skip(info.literals.len());
    let mut defaults = words.iter().skip(constants(info));
    let mut all = Vec::with_capacity(info.records.len());
    for (record, &word) in info.records.iter().zip(definitions) {
        let values = defaults.by_ref().take(record.fields.len()).map(|&word| term(word));
        let values = values.map(|value| (value != Term::NONE).then_some(value)).collect();
        let name = Atom::new(&record.name).map_err(|_| LoadError::Atom(record.name.clone()))?;
        all.push(RecordDefinition { name, term: term(word), defaults: values });
    }
    Ok(all)
}

/// Gives symbols of an instance's code their values.
struct Linker<'a> {
    code: &'a Code,
    instance: &'a Instance,
}

impl Resolve for Linker<'_> {
    fn resolve(&self, symbol: &Symbol) -> Result<usize, LinkError> {
        let instance = self.instance;
        let unknown = || LinkError::Symbol(symbol.clone());
        let atom = |text: &str| Atom::new(text).map_err(|_| LinkError::Atom(text.into()));
        let info = instance.info();
        Ok(match symbol {
            Symbol::Atom(text) => Term::atom(atom(text)?).raw(),
            Symbol::Literal(number) => {
                if *number as usize >= constants(info) {
                    return Err(unknown());
                }
                instance.data.address + (instance.layout.literals + *number as usize) * WORD
            }
            Symbol::Import { module, function, arity } => {
                let mfa = Mfa { module: atom(module)?, function: atom(function)?, arity: *arity };
                self.code.exports.get(mfa)?.cell.address()
            }
            Symbol::LocalFunction(number) => {
                if *number as usize >= instance.functions.len() {
                    return Err(unknown());
                }
                instance.cell(*number).address()
            }
            Symbol::Lambda(number) => {
                if *number as usize >= info.lambdas.len() {
                    return Err(unknown());
                }
                instance.data.address + (instance.layout.lambdas + *number as usize) * WORD
            }
            Symbol::Runtime(number, name) => {
                let call = RtCall::ALL.get(usize::from(*number)).filter(|call| call.name() == name);
                self.code.runtime_word(*call.ok_or_else(unknown)?)
            }
            Symbol::Counter(number) => {
                if *number as usize >= instance.functions.len() {
                    return Err(unknown());
                }
                &raw const *instance.counter(*number) as usize
            }
            Symbol::Integer(value) => self.code.integers.word(*value)?,
            Symbol::Bif { module, function, arity } => {
                crate::bif::leaf_number(module, function, *arity).ok_or_else(unknown)? as usize
            }
        })
    }
}
