//! Translation of instructions on native records.
//!
//! Tests and accesses look at the record's own definition: which module made it, its name, whether others may use it. So they
//! are loads and comparisons; only finding a field among those of a record is an operation of its own. A record of this
//! module is made in line, as fields and defaults are known: its definition is a literal behind those of the file. One
//! of another module is made as that module defines it when the code runs.

use super::emit::{Emitter, Target};
use super::error::{Problem, bad};
use crate::beam::{AtomIdx, NativeRecord, Node, Operand};
use crate::genop::op;
use linac_abi::rtcall::ErrorKind;
use linac_abi::term::{RECORD_EXPORTED, RECORD_FIELDS, RECORD_MODULE, RECORD_NAME};
use linac_ir::{ConstData, Imm, LitShape, Opcode, TypeTest, Value};
use std::sync::Arc;

/// Which record an instruction means.
enum Which {
    /// Any that this module may use.
    Any,
    /// The one that this module defines by this name.
    Own(AtomIdx),
    /// One that a module, perhaps this one, defines for others.
    Of(Arc<str>, Arc<str>),
}

/// Who may look into a record.
#[derive(Clone, Copy)]
enum Access {
    /// Everybody, if it is exported.
    Exported,
    /// The module that made it, too.
    OwnOrExported,
}

impl Emitter<'_> {
    /// Translates an instruction on native records; `false` if it is none of those.
    pub fn record_op(&mut self, opcode: u8, args: &[Operand]) -> Result<bool, Problem> {
        match (opcode, args) {
            (op::IS_ANY_NATIVE_RECORD, &[fail, src]) => {
                let (fail, value) = (self.label(fail)?, self.value(src)?);
                self.check_record(value, fail)?;
            }
            (op::IS_NATIVE_RECORD, &[fail, src, module, name]) => {
                let (fail, value) = (self.label(fail)?, self.value(src)?);
                let (module, name) = (self.value(module)?, self.value(name)?);
                self.check_record(value, fail)?;
                self.check_name(value, module, name, fail)?;
            }
            (op::IS_RECORD_ACCESSIBLE, &[fail, src, Operand::Atom(access)]) => {
                let access = match self.module.atom(access) {
                    "external" => Access::Exported,
                    "auto_local" => Access::OwnOrExported,
                    other => return bad(format!("{other} is no way to use a record")),
                };
                let (fail, value) = (self.label(fail)?, self.value(src)?);
                self.rely_on(TypeTest::Record, value)?;
                self.check_access(value, access, fail)?;
            }
            (op::GET_RECORD_ELEMENTS, &[fail, src, Operand::List(list)]) => {
                let (fail, value) = (self.label(fail)?, self.value(src)?);
                self.rely_on(TypeTest::Record, value)?;
                // All are read before any is written: the record's own register may be among the targets.
                let mut found = Vec::new();
                for pair in self.module.code.list(list).chunks_exact(2) {
                    let field = self.value(pair[0])?;
                    let got = self.cur().op(Opcode::RecordGet, &[value, field]);
                    found.push((pair[1], self.checked(got, Some(fail))?));
                }
                for (dst, value) in found {
                    self.set(dst, value)?;
                }
            }
            (op::GET_RECORD_FIELD, &[fail, src, which, field, dst]) => {
                let (fail, which) = (self.fail(fail)?, self.which(which)?);
                let (value, field) = (self.value(src)?, self.value(field)?);
                let got = self.get_field(value, &which, field, fail)?;
                self.set(dst, got)?;
            }
            (op::PUT_RECORD, &[Operand::Label(0), which, src, dst, _, Operand::List(list)]) => {
                let which = self.which(which)?;
                let pairs = self.module.code.list(list);
                let made = match (src, which) {
                    (Operand::Atom(AtomIdx::NIL), Which::Own(name)) => self.make_own(name, pairs)?,
                    (Operand::Atom(AtomIdx::NIL), Which::Of(module, name)) => {
                        let mut operands = vec![self.atom(&module), self.atom(&name)];
                        operands.extend(self.values(pairs)?);
                        let made = self.cur().op(Opcode::RecordNew, &operands);
                        self.checked(made, None)?
                    }
                    (Operand::Atom(AtomIdx::NIL), Which::Any) => {
                        return bad("a record without a name is made");
                    }
                    // Tests before have shown that it is the record meant.
                    (src, _) => {
                        let value = self.value(src)?;
                        self.rely_on(TypeTest::Record, value)?;
                        let mut operands = vec![value];
                        operands.extend(self.values(pairs)?);
                        let made = self.cur().op(Opcode::RecordPut, &operands);
                        self.checked(made, None)?
                    }
                };
                self.set(dst, made)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The operand that names a record: an atom, or a literal pair of module and name.
    fn which(&self, operand: Operand) -> Result<Which, Problem> {
        match operand {
            Operand::Atom(name) if self.module.atom(name) == "_" => Ok(Which::Any),
            Operand::Atom(name) => Ok(Which::Own(name)),
            Operand::Literal(n) => {
                let literals = &self.module.literals;
                let id = literals.roots()[n as usize];
                if let Node::Tuple(span) = literals.node(id)
                    && let &[module, name] = literals.children(span)
                    && let (Node::Atom(module), Node::Atom(name)) =
                        (literals.node(module), literals.node(name))
                {
                    return Ok(Which::Of(self.lifter.atom(module), self.lifter.atom(name)));
                }
                bad("a record is named by a literal that is no pair of atoms")
            }
            _ => bad(format!("{operand:?} names no record")),
        }
    }

    fn check_record(&mut self, value: Value, fail: Target) -> Result<(), Problem> {
        let is = self.cur().op_imm(Opcode::Is, Imm::Test(TypeTest::Record), &[value]);
        self.check(is, true, fail)
    }

    /// Part of the definition of a value known to be a record.
    fn definition(&mut self, record: Value, element: usize) -> Value {
        let definition = self.cur().op(Opcode::RecordDef, &[record]);
        self.cur().op_imm(Opcode::Element, Imm::Int(element as i64), &[definition])
    }

    fn check_name(&mut self, record: Value, module: Value, name: Value, fail: Target) -> Result<(), Problem> {
        for (element, wanted) in [(RECORD_NAME, name), (RECORD_MODULE, module)] {
            let has = self.definition(record, element);
            let same = self.cur().op(Opcode::EqExact, &[has, wanted]);
            self.check(same, true, fail)?;
        }
        Ok(())
    }

    fn check_access(&mut self, record: Value, access: Access, fail: Target) -> Result<(), Problem> {
        let (exported, yes) = (self.definition(record, RECORD_EXPORTED), self.atom("true"));
        let mut may = self.cur().op(Opcode::EqExact, &[exported, yes]);
        if let Access::OwnOrExported = access {
            let (module, this) = (self.definition(record, RECORD_MODULE), self.this());
            let own = self.cur().op(Opcode::EqExact, &[module, this]);
            may = self.cur().op(Opcode::BoolOr, &[own, may]);
        }
        self.check(may, true, fail)
    }

    /// The name of this module.
    fn this(&mut self) -> Value {
        let name = self.lifter.atom(self.module.name);
        self.atom(&name)
    }

    /// A field of what may be any term.
    fn get_field(
        &mut self,
        value: Value,
        which: &Which,
        field: Value,
        fail: Option<Target>,
    ) -> Result<Value, Problem> {
        let wrong = fail.unwrap_or_else(|| {
            self.raising(|e| {
                e.cur().effect(Opcode::RaiseError, Imm::Error(ErrorKind::Badrecord), &[value]);
            })
        });
        self.check_record(value, wrong)?;
        match which {
            // The reference VM lets everybody look, though patterns and updates test for access.
            Which::Any => {}
            Which::Own(name) => {
                let name = self.lifter.atom(*name);
                let (module, name) = (self.this(), self.atom(&name));
                self.check_name(value, module, name, wrong)?;
            }
            Which::Of(module, name) => {
                let (module, name) = (self.atom(module), self.atom(name));
                self.check_name(value, module, name, wrong)?;
                self.check_access(value, Access::Exported, wrong)?;
            }
        }
        let got = self.cur().op(Opcode::RecordGet, &[value, field]);
        let missing = fail.unwrap_or_else(|| {
            self.raising(|e| {
                let (module, name) = (e.definition(value, RECORD_MODULE), e.definition(value, RECORD_NAME));
                let record = e.cur().op(Opcode::Tuple, &[module, name]);
                let about = e.cur().op(Opcode::Tuple, &[record, field]);
                e.cur().effect(Opcode::RaiseError, Imm::Error(ErrorKind::Badfield), &[about]);
            })
        });
        self.checked(got, Some(missing))
    }

    /// A new record as this module defines it. The compiler has seen to it that there are such fields and that none lacks
    /// a value.
    fn make_own(&mut self, name: AtomIdx, pairs: &[Operand]) -> Result<Value, Problem> {
        let records: &[NativeRecord] = &self.module.records;
        let Some(number) = records.iter().position(|record| record.name == name) else {
            return bad("a record is made that the module does not define");
        };
        let fields = &records[number].fields;
        let mut given: Vec<Option<Operand>> = fields.iter().map(|field| field.default).collect();
        for pair in pairs.chunks_exact(2) {
            match fields.iter().position(|field| pair[0] == Operand::Atom(field.name)) {
                Some(place) => given[place] = Some(pair[1]),
                None => return bad("a record is made with a field that it does not have"),
            }
        }
        let Some(given) = given.into_iter().collect::<Option<Vec<Operand>>>() else {
            return bad("a record is made without a value for one of its fields");
        };
        let literal = (self.module.literals.roots().len() + number) as u32;
        let shape = LitShape::Tuple((RECORD_FIELDS + fields.len()) as u32);
        let mut operands = vec![self.cur().constant(ConstData::Literal(literal, shape))];
        operands.extend(self.values(&given)?);
        Ok(self.cur().op(Opcode::Record, &operands))
    }
}
