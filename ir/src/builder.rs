//! Appending instructions: a cursor at the end of a block.

use crate::entities::{Block, FuncRef, Inst, Loc, Value};
use crate::function::{ConstData, Function};
use crate::inst::{BlockCall, Imm};
use crate::opcode::{Effects, Format, Opcode};
use crate::types::Type;
use cranelift_entity::packed_option::PackedOption;

/// Appends instructions to a block, each with the current location and handler.
pub struct Cursor<'f> {
    /// The function.
    pub func: &'f mut Function,
    /// Where instructions go; they are inserted at `at` if that is set, else appended.
    pub block: Block,
    /// Position in the block, counted up with each insertion.
    pub at: Option<usize>,
    /// Location of new instructions.
    pub loc: Loc,
    /// Handler of new instructions that may raise.
    pub handler: PackedOption<Block>,
}

impl<'f> Cursor<'f> {
    /// A cursor that appends to a block.
    pub fn at_end(func: &'f mut Function, block: Block) -> Cursor<'f> {
        Cursor { func, block, at: None, loc: Loc::NONE, handler: PackedOption::default() }
    }

    /// A cursor that inserts before position `at` of a block.
    pub fn at(func: &'f mut Function, block: Block, at: usize) -> Cursor<'f> {
        Cursor { func, block, at: Some(at), loc: Loc::NONE, handler: PackedOption::default() }
    }

    /// Places an instruction made elsewhere.
    pub fn place(&mut self, inst: Inst) {
        match &mut self.at {
            Some(at) => {
                self.func.blocks[self.block].insts.insert(*at, inst);
                *at += 1;
            }
            None => self.func.blocks[self.block].insts.push(inst),
        }
    }

    /// Any instruction; `ty` is the result type where the opcode leaves it open.
    pub fn inst(&mut self, op: Opcode, imm: Imm, args: &[Value], ty: Option<Type>) -> Inst {
        let spec = op.info().results.as_bytes();
        let mut types = [Type::Term; 3];
        for (slot, c) in types.iter_mut().zip(spec) {
            *slot = match c {
                b't' => Type::Term,
                b'w' => Type::Word,
                b'f' => Type::F64,
                b'b' => Type::Bool,
                b'd' => Type::Derived,
                _ => ty.expect("the opcode needs an explicit result type"),
            };
        }
        let results = &types[..spec.len()];
        let inst = self.func.make_inst(op, imm, args, results, self.loc);
        if op.effects().has(Effects::RAISES) {
            self.func.insts[inst].handler = self.handler;
        }
        for n in 0..results.len() {
            let facts = crate::facts::of_result_number(self.func, inst, n);
            let result = self.func.insts[inst].results[n];
            self.func.facts[result] = facts;
        }
        self.place(inst);
        inst
    }

    /// An instruction without immediate and with one result.
    pub fn op(&mut self, op: Opcode, args: &[Value]) -> Value {
        debug_assert_eq!(op.info().format, Format::None);
        let inst = self.inst(op, Imm::None, args, None);
        self.func.result(inst)
    }

    /// An instruction without immediate whose result type is given.
    pub fn op_ty(&mut self, op: Opcode, args: &[Value], ty: Type) -> Value {
        let inst = self.inst(op, Imm::None, args, Some(ty));
        self.func.result(inst)
    }

    /// An instruction with an immediate and one result.
    pub fn op_imm(&mut self, op: Opcode, imm: Imm, args: &[Value]) -> Value {
        let inst = self.inst(op, imm, args, None);
        self.func.result(inst)
    }

    /// A constant.
    pub fn constant(&mut self, data: ConstData) -> Value {
        let c = self.func.constant(data);
        self.op_imm(Opcode::Const, Imm::Const(c), &[])
    }

    /// A word constant.
    pub fn iconst(&mut self, n: i64) -> Value {
        self.op_imm(Opcode::IConst, Imm::Int(n), &[])
    }

    /// A call with a function reference (`call`, `bif`, `make_fun`).
    pub fn call(&mut self, op: Opcode, func: FuncRef, args: &[Value]) -> Value {
        self.op_imm(op, Imm::Func(func), args)
    }

    /// A terminator or other instruction without result.
    pub fn effect(&mut self, op: Opcode, imm: Imm, args: &[Value]) -> Inst {
        self.inst(op, imm, args, None)
    }

    /// `jump`.
    pub fn jump(&mut self, block: Block, args: &[Value]) -> Inst {
        let inst = self.inst(Opcode::Jump, Imm::None, &[], None);
        self.func.insts[inst].targets.push(BlockCall::new(block, args));
        inst
    }

    /// `br`: to `yes` if `cond`, else to `no`.
    pub fn br(&mut self, cond: Value, yes: (Block, &[Value]), no: (Block, &[Value])) -> Inst {
        let inst = self.inst(Opcode::Br, Imm::None, &[cond], None);
        let targets = &mut self.func.insts[inst].targets;
        targets.push(BlockCall::new(yes.0, yes.1));
        targets.push(BlockCall::new(no.0, no.1));
        inst
    }
}
