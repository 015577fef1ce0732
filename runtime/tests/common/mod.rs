//! A few bytes of machine code at a time: enough of an assembler to test the runtime without a compiler.
#![allow(dead_code, reason = "each test file uses its part of it")]

use linac_abi::object::{
    CodeObject, FunctionRecord, Location, Reloc, RelocKind, ReturnSite, SlotSet, Symbol,
};
use linac_abi::rtcall::RtCall;
use linac_runtime::{
    CompilableModule, CompileError, CompileRequest, ExitResult, FunctionInfo, LambdaInfo, ModuleInfo,
    Options, Runtime, TierPolicy, When,
};

/// A place in the code that is jumped to.
#[derive(Clone, Copy)]
pub struct Label(usize);

/// Argument registers x0..x2, by number; also the registers that the helpers work with.
#[derive(Clone, Copy)]
pub enum Reg {
    X0 = 0,
    X1 = 6,
    X2 = 2,
}

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
            target: std::env::consts::ARCH.into(),
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

    /// An instruction that ends in a 32-bit distance to a label.
    fn branch(&mut self, opcode: &[u8], label: Label) {
        self.bytes(opcode);
        self.fixups.push((self.here(), label));
        self.bytes(&[0; 4]);
    }

    pub fn jump(&mut self, label: Label) {
        self.branch(&[0xE9], label);
    }

    pub fn jump_if_zero(&mut self, label: Label) {
        self.bytes(&[0x48, 0x85, 0xC0]);
        self.branch(&[0x0F, 0x84], label);
    }

    fn symbol(&mut self, symbol: Symbol) -> u32 {
        if let Some(at) = self.object.symbols.iter().position(|s| *s == symbol) {
            return at as u32;
        }
        self.object.symbols.push(symbol);
        self.object.symbols.len() as u32 - 1
    }

    /// An instruction that ends in a 32-bit distance to a data word.
    pub fn rip(&mut self, opcode: &[u8], symbol: Symbol) {
        self.bytes(opcode);
        let symbol = self.symbol(symbol);
        let offset = self.here() as u32;
        self.object.relocs.push(Reloc { offset, kind: RelocKind::PcRel32, symbol, addend: -4 });
        self.bytes(&[0; 4]);
    }

    /// Begins a function with a frame of `frame` words of which all are terms, set to nil.
    pub fn function(&mut self, name: &str, arity: u8, frame: u32) -> u32 {
        let number = self.functions.len() as u32;
        self.functions.push(FunctionInfo { name: name.into(), arity, exported: true });
        while !self.here().is_multiple_of(16) {
            self.bytes(&[0xCC]);
        }
        self.start = self.here();
        self.entry = self.here();
        self.frame = frame;
        self.slots = (0..frame).collect();
        let (slow, body) = (self.label(), self.label());
        // lea r11, [rsp - 8*(frame+8)]; cmp r11, r15; jb slow; dec r14; js slow
        let below = -8 * (frame as i32 + 8);
        self.bytes(&[0x4C, 0x8D, 0x9C, 0x24]);
        self.bytes(&below.to_le_bytes());
        self.bytes(&[0x4D, 0x39, 0xFB]);
        self.branch(&[0x0F, 0x82], slow);
        self.bytes(&[0x49, 0xFF, 0xCE]);
        self.branch(&[0x0F, 0x88], slow);
        self.bind(body);
        for _ in 0..frame {
            self.bytes(&[0x6A, 0x3B]); // push nil
        }
        self.slow = Some((slow, body));
        number
    }

    /// Ends the function: the cold part and the record.
    pub fn end(&mut self) {
        let (slow, body) = self.slow.take().unwrap();
        let FunctionInfo { name, arity, .. } = self.functions.last().unwrap().clone();
        self.bind(slow);
        let word = u32::from(arity) | self.frame << 8;
        self.bytes(&[0x41, 0xBB]);
        self.bytes(&word.to_le_bytes());
        self.rip(&[0xFF, 0x15], runtime(RtCall::Entry));
        self.site_with(0, SlotSet::EMPTY, None);
        self.jump(body);
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
        self.rip(&[0xFF, 0x15], import(module, function, arity));
        self.site(line, None);
    }

    pub fn call_guarded(&mut self, module: &str, function: &str, arity: u8, pad: Label) {
        self.rip(&[0xFF, 0x15], import(module, function, arity));
        self.site(1, Some(pad));
    }

    pub fn call_local(&mut self, number: u32, line: u32) {
        self.rip(&[0xFF, 0x15], Symbol::LocalFunction(number));
        self.site(line, None);
    }

    pub fn call_runtime(&mut self, call: RtCall, line: u32) {
        self.rip(&[0xFF, 0x15], runtime(call));
        self.site(line, None);
    }

    /// A tail call of a function of this module.
    pub fn tail_local(&mut self, number: u32) {
        self.drop_frame();
        self.rip(&[0xFF, 0x25], Symbol::LocalFunction(number));
    }

    fn drop_frame(&mut self) {
        self.bytes(&[0x48, 0x81, 0xC4]);
        let bytes = (8 * self.frame).to_le_bytes();
        self.bytes(&bytes);
    }

    pub fn ret(&mut self) {
        self.drop_frame();
        self.bytes(&[0xC3]);
    }

    /// mov reg, word
    pub fn load(&mut self, reg: Reg, word: u64) {
        self.bytes(&[0x48, 0xB8 + reg as u8]);
        self.bytes(&word.to_le_bytes());
    }

    pub fn small(&mut self, reg: Reg, n: i64) {
        self.load(reg, linac_abi::term::small(n));
    }

    pub fn atom(&mut self, reg: Reg, text: &str) {
        let symbol = self.symbol(Symbol::Atom(text.into()));
        self.bytes(&[0x48, 0xB8 + reg as u8]);
        let offset = self.here() as u32;
        self.object.relocs.push(Reloc { offset, kind: RelocKind::Abs64, symbol, addend: 0 });
        self.bytes(&[0; 8]);
    }

    /// mov reg, [literal], the literal being a binary with this text
    pub fn binary(&mut self, reg: Reg, text: &str) {
        let mut external = vec![131, 109, 0, 0, 0, text.len() as u8];
        external.extend(text.bytes());
        self.literals.push(external);
        let symbol = Symbol::Literal(self.literals.len() as u32 - 1);
        self.rip(&[0x48, 0x8B, 0x05 | (reg as u8) << 3], symbol);
    }

    /// mov [rsp + 8*slot], reg
    pub fn store(&mut self, slot: u32, reg: Reg) {
        self.bytes(&[0x48, 0x89, 0x84 | (reg as u8) << 3, 0x24]);
        self.bytes(&(8 * slot).to_le_bytes());
    }

    /// mov reg, [rsp + 8*slot]
    pub fn fetch(&mut self, reg: Reg, slot: u32) {
        self.bytes(&[0x48, 0x8B, 0x84 | (reg as u8) << 3, 0x24]);
        self.bytes(&(8 * slot).to_le_bytes());
    }

    /// mov to, from
    pub fn copy(&mut self, to: Reg, from: Reg) {
        self.bytes(&[0x48, 0x89, 0xC0 | (from as u8) << 3 | to as u8]);
    }

    /// Makes sure of `words` words of heap.
    pub fn heap_test(&mut self, words: u32) {
        let (slow, on) = (self.label(), self.label());
        let need = 8 * (words as i32 + 8);
        self.bytes(&[0x4D, 0x8D, 0x9F]); // lea r11, [r15 + need]
        self.bytes(&need.to_le_bytes());
        self.bytes(&[0x49, 0x39, 0xE3]); // cmp r11, rsp
        self.branch(&[0x0F, 0x87], slow);
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
        self.bytes(&[0x49, 0x89, 0x07]); // mov [r15], rax
        self.bytes(&[0x49, 0x89, 0x77, 0x08]); // mov [r15+8], rsi
        self.bytes(&[0x49, 0x8D, 0x47, 0x01]); // lea rax, [r15+1]
        self.bytes(&[0x49, 0x83, 0xC7, 0x10]); // add r15, 16
    }

    pub fn lambda(&mut self, function: u32, name: &str, arity: u8) -> u32 {
        self.lambdas.push(LambdaInfo { function, name: name.into(), arity, index: 0, uniq: 7 });
        self.lambdas.len() as u32 - 1
    }

    pub fn finish(mut self) -> Canned {
        for (at, label) in self.fixups {
            let target = self.labels[label.0].expect("label bound") as i32;
            let distance = target - (at as i32 + 4);
            self.object.code[at..at + 4].copy_from_slice(&distance.to_le_bytes());
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
