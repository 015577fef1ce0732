//! A few bytes of machine code at a time: enough of an assembler to test the runtime without a compiler. What depends on
//! the instruction set stands in a file for each.
#![allow(dead_code, reason = "each test file uses its part of it")]

use linac_abi::object::{
    CodeObject, FunctionRecord, Location, Reloc, RelocKind, ReturnSite, SlotSet, Symbol,
};
use linac_abi::rtcall::RtCall;
use linac_abi::term::TAG_CONS;
use linac_runtime::{
    CompilableModule, CompileError, CompileRequest, ExitResult, FunctionInfo, LambdaInfo, ModuleInfo,
    Options, Runtime, TierPolicy, When,
};

#[cfg_attr(target_arch = "aarch64", path = "aarch64.rs")]
#[cfg_attr(target_arch = "arm", path = "arm32.rs")]
#[cfg_attr(target_arch = "x86_64", path = "x86_64.rs")]
mod machine;

pub use machine::Reg;
use machine::TARGET;

/// A place in the code that is jumped to.
#[derive(Clone, Copy)]
pub struct Label(usize);

/// Assembles the functions of one module.
pub struct Asm {
    object: CodeObject,
    labels: Vec<Option<usize>>,
    fixups: Vec<(usize, Label)>,
    functions: Vec<FunctionInfo>,
    lambdas: Vec<LambdaInfo>,
    literals: Vec<Vec<u8>>,
    frame: u32,
    slots: SlotSet,
    pads: Vec<(usize, Label)>,
    slow: Option<(Label, Label)>,
    start: usize,
    entry: usize,
}

impl Asm {
    pub fn new(module: &str) -> Asm {
        let object = CodeObject {
            target: TARGET.into(),
            module: module.into(),
            files: vec![format!("{module}.erl")],
            ..CodeObject::default()
        };
        Asm {
            object,
            labels: Vec::new(),
            fixups: Vec::new(),
            functions: Vec::new(),
            lambdas: Vec::new(),
            literals: Vec::new(),
            frame: 0,
            slots: SlotSet::EMPTY,
            pads: Vec::new(),
            slow: None,
            start: 0,
            entry: 0,
        }
    }

    pub fn bytes(&mut self, bytes: &[u8]) {
        self.object.code.extend(bytes);
    }

    fn here(&self) -> usize {
        self.object.code.len()
    }

    pub fn label(&mut self) -> Label {
        self.labels.push(None);
        Label(self.labels.len() - 1)
    }

    pub fn bind(&mut self, label: Label) {
        self.labels[label.0] = Some(self.here());
    }

    /// Notes that the field at the end of the code is to be filled when linking.
    fn reloc(&mut self, kind: RelocKind, symbol: Symbol, addend: i32) {
        let symbol = self.symbol(symbol);
        self.object.relocs.push(Reloc { offset: self.here() as u32, kind, symbol, addend });
    }

    fn symbol(&mut self, symbol: Symbol) -> u32 {
        if let Some(at) = self.object.symbols.iter().position(|s| *s == symbol) {
            return at as u32;
        }
        self.object.symbols.push(symbol);
        self.object.symbols.len() as u32 - 1
    }

    /// Begins a function with a frame of `frame` words of which all are terms, set to nil.
    pub fn function(&mut self, name: &str, arity: u8, frame: u32) -> u32 {
        let number = self.functions.len() as u32;
        self.functions.push(FunctionInfo { name: name.into(), arity, exported: true });
        self.align();
        self.start = self.here();
        self.entry = self.here();
        self.frame = frame;
        self.slots = (0..frame).collect();
        let (slow, body) = (self.label(), self.label());
        self.enter(slow);
        self.bind(body);
        self.make_frame();
        self.slow = Some((slow, body));
        number
    }

    /// Ends the function: the cold part and the record.
    pub fn end(&mut self) {
        let (slow, body) = self.slow.take().unwrap();
        let FunctionInfo { name, arity, .. } = self.functions.last().unwrap().clone();
        self.bind(slow);
        self.call_entry(u32::from(arity) | self.frame << 8, body);
        let index = self.functions.len() as u32 - 1;
        self.object.functions.push(FunctionRecord {
            name,
            arity,
            index,
            start: self.start as u32,
            entry: self.entry as u32,
            end: self.here() as u32,
        });
    }

    fn site_with(&mut self, frame_words: u32, term_slots: SlotSet, line: Option<u32>) {
        self.object.return_sites.push(ReturnSite {
            offset: self.here() as u32,
            frame_words,
            term_slots,
            landing_pad: None,
            function: self.functions.len() as u32 - 1,
            location: line.map(|line| Location { file: 0, line }),
            inlined: Vec::new(),
            left: false,
            call: 0,
        });
    }

    fn site(&mut self, line: u32, pad: Option<Label>) {
        let (frame, slots) = (self.frame, self.slots.clone());
        if let Some(pad) = pad {
            self.pads.push((self.object.return_sites.len(), pad));
        }
        self.site_with(frame, slots, Some(line));
    }

    pub fn call(&mut self, module: &str, function: &str, arity: u8, line: u32) {
        self.call_through(import(module, function, arity));
        self.site(line, None);
    }

    pub fn call_guarded(&mut self, module: &str, function: &str, arity: u8, pad: Label) {
        self.call_through(import(module, function, arity));
        self.site(1, Some(pad));
    }

    pub fn call_local(&mut self, number: u32, line: u32) {
        self.call_through(Symbol::LocalFunction(number));
        self.site(line, None);
    }

    pub fn call_runtime(&mut self, call: RtCall, line: u32) {
        self.call_through(runtime(call));
        self.site(line, None);
    }

    /// A tail call of a function of this module.
    pub fn tail_local(&mut self, number: u32) {
        self.drop_frame();
        self.jump_through(Symbol::LocalFunction(number));
    }

    pub fn small(&mut self, reg: Reg, n: i64) {
        self.load(reg, linac_abi::term::small(n));
    }

    /// Loads a literal, a binary with this text.
    pub fn binary(&mut self, reg: Reg, text: &str) {
        let mut external = vec![131, 109, 0, 0, 0, text.len() as u8];
        external.extend(text.bytes());
        self.literals.push(external);
        let symbol = Symbol::Literal(self.literals.len() as u32 - 1);
        self.load_data(reg, symbol);
    }

    /// Makes sure of `words` words of heap.
    pub fn heap_test(&mut self, words: u32) {
        let (slow, on) = (self.label(), self.label());
        self.branch_if_full(words, slow);
        let over = self.label();
        self.jump(over);
        self.bind(slow);
        self.load(Reg::X1, u64::from(words));
        self.call_runtime(RtCall::Gc, 0);
        self.jump(on);
        self.bind(over);
        self.bind(on);
    }

    /// x0 := [x0 | x1], on the heap that a test has made sure of.
    pub fn cons(&mut self) {
        self.heap_store(0, Reg::X0);
        self.heap_store(1, Reg::X1);
        self.heap_take(2, TAG_CONS);
    }

    pub fn lambda(&mut self, function: u32, name: &str, arity: u8) -> u32 {
        self.lambdas.push(LambdaInfo { function, name: name.into(), arity, index: 0, uniq: 7 });
        self.lambdas.len() as u32 - 1
    }

    pub fn finish(mut self) -> Canned {
        for (at, label) in std::mem::take(&mut self.fixups) {
            let target = self.labels[label.0].expect("label bound");
            self.patch(at, target);
        }
        for (site, pad) in self.pads {
            self.object.return_sites[site].landing_pad = self.labels[pad.0].map(|at| at as u32);
        }
        let info = ModuleInfo {
            name: self.object.module.clone(),
            functions: self.functions,
            lambdas: self.lambdas,
            literals: self.literals,
            ..ModuleInfo::default()
        };
        Canned { info, object: self.object.to_bytes().expect("a valid object") }
    }
}

fn runtime(call: RtCall) -> Symbol {
    Symbol::Runtime(call as u16, call.name().into())
}

fn import(module: &str, function: &str, arity: u8) -> Symbol {
    Symbol::Import { module: module.into(), function: function.into(), arity }
}

/// A module whose code is there already.
#[derive(Clone)]
pub struct Canned {
    info: ModuleInfo,
    object: Vec<u8>,
}

impl CompilableModule for Canned {
    fn info(&self) -> &ModuleInfo {
        &self.info
    }
    fn compile(&self, _: CompileRequest<'_>) -> Result<Vec<u8>, CompileError> {
        Ok(self.object.clone())
    }
}

/// A runtime with these modules.
pub fn runtime_with(schedulers: usize, when: When, modules: Vec<Canned>) -> Runtime {
    let options = Options { schedulers, when, policy: TierPolicy::Baseline, ..Options::default() };
    let runtime = Runtime::new(options, None).expect("a runtime");
    for module in modules {
        runtime.load_source(Box::new(module)).expect("module loads");
    }
    runtime
}

/// Runs `t:main/0` and gives the value's text.
pub fn value_of(module: Canned, schedulers: usize) -> String {
    match runtime_with(schedulers, When::FirstCall, vec![module]).run_main("t", "main", &[]) {
        ExitResult::Value { text, .. } => text,
        other => panic!("no value: {other:?}"),
    }
}
