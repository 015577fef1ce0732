//! A function in SSA form: tables of blocks, instructions, values, constants.

use crate::entities::{Block, Const, FuncRef, Inst, Loc, Slot, Value};
use crate::inst::{Args, BlockCall, Imm, InstData, ValueDef};
use crate::opcode::Opcode;
use crate::types::{Facts, Kinds, Type};
use cranelift_entity::{PrimaryMap, SecondaryMap, packed_option::PackedOption};
use linac_abi::WordSize;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::sync::Arc;

/// What kind of term a literal of the module is, as far as the compiler looks into it.
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
pub enum LitShape {
    /// A tuple with this many elements.
    Tuple(u32),
    /// A cons cell.
    Cons,
    /// A map with this many keys.
    Map(u32),
    /// A bitstring of this many bits.
    Bits(u64),
    /// A float, by its bits.
    Float(u64),
    /// An integer that is no `i64`.
    Big,
    /// A fun of this arity.
    Fun(u32),
    /// Something else.
    Other,
}

/// A term constant.
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
pub enum ConstData {
    /// An integer of any size an `i64` has; whether it is small depends on the target.
    Int(i64),
    /// An atom.
    Atom(Arc<str>),
    /// The empty list.
    Nil,
    /// NONE, what a fallible operation gives when it fails.
    None,
    /// Literal number n of the module.
    Literal(u32, LitShape),
}

impl ConstData {
    /// Facts that hold of the constant.
    pub fn facts(&self) -> Facts {
        match self {
            ConstData::Int(n) => Facts::int(*n, *n),
            ConstData::Atom(_) => Facts::of(Kinds::ATOM),
            ConstData::Nil => Facts::of(Kinds::NIL),
            ConstData::None => Facts::of(Kinds::NONE),
            ConstData::Literal(_, shape) => match shape {
                LitShape::Tuple(n) => Facts::tuple(*n),
                LitShape::Cons => Facts::of(Kinds::CONS),
                LitShape::Map(_) => Facts::of(Kinds::MAP),
                LitShape::Bits(_) => Facts::of(Kinds::BITS),
                LitShape::Float(_) => Facts::of(Kinds::FLOAT),
                LitShape::Big => Facts::of(Kinds::INT),
                LitShape::Fun(n) => Facts { arity: Some(*n), ..Facts::of(Kinds::FUN) },
                LitShape::Other => Facts::ANY,
            },
        }
    }
}

/// A function that the code refers to.
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
pub enum ExtFunc {
    /// Function number `index` of the same module.
    Local {
        /// Function number in the module.
        index: u32,
        /// Name.
        name: Arc<str>,
        /// Arity.
        arity: u32,
    },
    /// An exported function of some module, reached through its export's entry cell (also BIFs).
    Import {
        /// Module.
        module: Arc<str>,
        /// Name.
        name: Arc<str>,
        /// Arity.
        arity: u32,
    },
    /// Lambda number `index` of the same module (its entry takes the fun after the arguments).
    Lambda {
        /// Number in the module's fun table.
        index: u32,
        /// Name of the function with the body.
        name: Arc<str>,
        /// Arity as a fun: without free variables.
        arity: u32,
        /// Number of free variables.
        free: u32,
    },
}

/// What an explicit frame slot holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum SlotKind {
    /// A term, initialised to nil on entry, in every stack map.
    Term,
    /// A term that is valid only at safepoints between a store and a load in the same block (cold safepoints).
    Scratch,
    /// Raw bits.
    Raw,
}

/// A source location.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Default)]
pub struct LocData {
    /// Index into [`Function::files`].
    pub file: u32,
    /// Line; 0 = unknown.
    pub line: u32,
    /// Byte offset of the BEAM instruction in the Code chunk.
    pub beam: u32,
    /// The function this is in, if it is another's body inlined.
    pub inlined: Option<Inlined>,
}

/// How a body came to be in another function.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct Inlined {
    /// Whose body it is.
    pub func: FuncRef,
    /// Where it was called, a location of a lower number; nothing if it was called in tail position by the function
    /// itself, whose frame a stack trace does not show then.
    pub at: Option<Loc>,
}

/// A block: parameters and instructions in order, the last one a terminator.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BlockData {
    /// Parameters.
    pub params: Vec<Value>,
    /// Instructions.
    pub insts: Vec<Inst>,
    /// Rarely executed: laid out at the end.
    pub cold: bool,
}

/// A value's type and definition.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ValueData {
    /// Machine type.
    pub ty: Type,
    /// Definition.
    pub def: ValueDef,
}

/// Which stage the function is in; decides which opcodes the verifier admits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Stage {
    /// As lifted: BEAM-level operations.
    Beam,
    /// After legalize: core operations for one word size.
    Core,
}

/// A function.
#[derive(Clone, Debug)]
pub struct Function {
    /// Module name.
    pub module: Arc<str>,
    /// Function name.
    pub name: Arc<str>,
    /// Number of parameters (those of the entry block).
    pub arity: u32,
    /// Function number in the module; lambda entries are numbered after the functions.
    pub index: u32,
    /// Word size of the target: known from the start, used from legalize on.
    pub word: WordSize,
    /// Stage.
    pub stage: Stage,
    /// Blocks.
    pub blocks: PrimaryMap<Block, BlockData>,
    /// Order of the blocks; the first is the entry. Blocks not in it are deleted.
    pub order: Vec<Block>,
    /// Instructions.
    pub insts: PrimaryMap<Inst, InstData>,
    /// Values.
    pub values: PrimaryMap<Value, ValueData>,
    /// Facts about values of type term.
    pub facts: SecondaryMap<Value, Facts>,
    /// Constants.
    pub consts: PrimaryMap<Const, ConstData>,
    const_map: FxHashMap<ConstData, Const>,
    /// Referenced functions.
    pub funcs: PrimaryMap<FuncRef, ExtFunc>,
    func_map: FxHashMap<ExtFunc, FuncRef>,
    /// Explicit frame slots.
    pub slots: PrimaryMap<Slot, SlotKind>,
    /// Source files by number.
    pub files: Vec<Arc<str>>,
    /// Source locations; entry 0 is "unknown".
    pub locs: PrimaryMap<Loc, LocData>,
    /// Values were replaced since [`resolve_aliases`](Self::resolve_aliases).
    replaced: bool,
}

impl Function {
    /// An empty function.
    pub fn new(module: &str, name: &str, arity: u32, index: u32, word: WordSize) -> Function {
        let mut locs = PrimaryMap::new();
        locs.push(LocData::default());
        Function {
            module: module.into(),
            name: name.into(),
            arity,
            index,
            word,
            stage: Stage::Beam,
            blocks: PrimaryMap::new(),
            order: Vec::new(),
            insts: PrimaryMap::new(),
            values: PrimaryMap::new(),
            facts: SecondaryMap::with_default(Facts::ANY_OR_NONE),
            consts: PrimaryMap::new(),
            const_map: FxHashMap::default(),
            funcs: PrimaryMap::new(),
            func_map: FxHashMap::default(),
            slots: PrimaryMap::new(),
            files: Vec::new(),
            locs,
            replaced: false,
        }
    }

    /// The entry block.
    pub fn entry(&self) -> Block {
        self.order[0]
    }

    /// Makes a block at the end of the order.
    pub fn make_block(&mut self) -> Block {
        let block = self.blocks.push(BlockData::default());
        self.order.push(block);
        block
    }

    /// Appends a parameter to a block.
    pub fn add_param(&mut self, block: Block, ty: Type) -> Value {
        let n = self.blocks[block].params.len() as u16;
        let value = self.values.push(ValueData { ty, def: ValueDef::Param(block, n) });
        self.blocks[block].params.push(value);
        value
    }

    /// Interns a constant.
    pub fn constant(&mut self, data: ConstData) -> Const {
        if let Some(&c) = self.const_map.get(&data) {
            return c;
        }
        let c = self.consts.push(data.clone());
        self.const_map.insert(data, c);
        c
    }

    /// Interns a function reference.
    pub fn func(&mut self, func: ExtFunc) -> FuncRef {
        if let Some(&f) = self.func_map.get(&func) {
            return f;
        }
        let f = self.funcs.push(func.clone());
        self.func_map.insert(func, f);
        f
    }

    /// Makes an instruction (not yet in a block) with fresh results of the given types.
    pub fn make_inst(&mut self, op: Opcode, imm: Imm, args: &[Value], results: &[Type], loc: Loc) -> Inst {
        let inst = self.insts.next_key();
        let values = &mut self.values;
        let define =
            |(n, &ty): (usize, &Type)| values.push(ValueData { ty, def: ValueDef::Result(inst, n as u16) });
        self.insts.push(InstData {
            op,
            imm,
            args: Args::from_slice(args),
            results: results.iter().enumerate().map(define).collect(),
            targets: SmallVec::new(),
            handler: PackedOption::default(),
            loc,
        })
    }

    /// The only result of an instruction.
    pub fn result(&self, inst: Inst) -> Value {
        self.insts[inst].results[0]
    }

    /// A value's type.
    pub fn ty(&self, value: Value) -> Type {
        self.values[value].ty
    }

    /// The instruction that defines a value, if one does.
    pub fn def_inst(&self, value: Value) -> Option<Inst> {
        match self.values[self.resolve(value)].def {
            ValueDef::Result(inst, _) => Some(inst),
            _ => None,
        }
    }

    /// The constant that a value is, if it is defined by `const`.
    pub fn as_const(&self, value: Value) -> Option<&ConstData> {
        let inst = &self.insts[self.def_inst(value)?];
        match inst.imm {
            Imm::Const(c) if inst.op == Opcode::Const => Some(&self.consts[c]),
            _ => None,
        }
    }

    /// The last instruction of a block.
    pub fn terminator(&self, block: Block) -> Inst {
        *self.blocks[block].insts.last().expect("a block ends with a terminator")
    }

    /// Branch targets of a block.
    pub fn successors(&self, block: Block) -> &[BlockCall] {
        match self.blocks[block].insts.last() {
            Some(&inst) => &self.insts[inst].targets,
            None => &[],
        }
    }

    /// Makes `old` mean `new` from now on. Call [`resolve_aliases`](Self::resolve_aliases) before the pass ends.
    pub fn replace(&mut self, old: Value, new: Value) {
        let new = self.resolve(new);
        assert_ne!(old, new, "a value cannot replace itself");
        debug_assert_eq!(self.ty(old), self.ty(new));
        self.values[old].def = ValueDef::Alias(new);
        self.replaced = true;
    }

    /// Follows replacements.
    pub fn resolve(&self, mut value: Value) -> Value {
        while let ValueDef::Alias(to) = self.values[value].def {
            value = to;
        }
        value
    }

    /// Rewrites all uses of replaced values.
    pub fn resolve_aliases(&mut self) {
        if !std::mem::take(&mut self.replaced) {
            return;
        }
        let values = &self.values;
        let resolve = |v: &mut Value| {
            while let ValueDef::Alias(to) = values[*v].def {
                *v = to;
            }
        };
        for &block in &self.order {
            for &inst in &self.blocks[block].insts {
                let data = &mut self.insts[inst];
                data.args.iter_mut().for_each(resolve);
                data.targets.iter_mut().flat_map(|t| &mut t.args).for_each(resolve);
            }
        }
    }

    /// The same for one instruction; the others still have to be done.
    pub fn resolve_operands(&mut self, inst: Inst) {
        if !self.replaced {
            return;
        }
        let data = &mut self.insts[inst];
        for v in data.args.iter_mut().chain(data.targets.iter_mut().flat_map(|t| &mut t.args)) {
            while let ValueDef::Alias(to) = self.values[*v].def {
                *v = to;
            }
        }
    }

    /// Rewrites each operand and branch argument of an instruction.
    pub fn map_operands(&mut self, inst: Inst, map: impl Fn(Value) -> Value) {
        let data = &mut self.insts[inst];
        for v in data.args.iter_mut().chain(data.targets.iter_mut().flat_map(|t| &mut t.args)) {
            *v = map(*v);
        }
    }

    /// `module:name/arity`
    pub fn mfa(&self) -> String {
        format!("{}:{}/{}", self.module, self.name, self.arity)
    }
}
