//! Terms to floats.

use super::Legalizer;
use linac_abi::rtcall::RtCall;
use linac_abi::term::{SUBTAG_MASK, Subtag};
use linac_ir::{BlockCall, Inst, Kinds, Opcode, Type};

impl Legalizer<'_> {
    /// `to_f64`: loads a float, converts a small integer, asks the runtime about the rest.
    pub(super) fn float_of_term(&mut self, inst: Inst) {
        let v = self.arg(inst, 0);
        let facts = self.facts(v);
        let old = self.f.result(inst);
        let result = if facts.kinds == Kinds::FLOAT {
            self.unbox(v)
        } else if self.known_small(v) {
            let raw = self.untag(v);
            self.c().op(Opcode::IToF, &[raw])
        } else {
            let cont = self.fresh();
            let result = self.f.add_param(cont, Type::F64);
            let slow = BlockCall::new(self.fresh_cold(), &[]);
            let other = if facts.kinds.disjoint(Kinds::FLOAT) {
                slow.clone()
            } else {
                BlockCall::new(self.fresh(), &[])
            };
            if !facts.kinds.disjoint(Kinds::INT) {
                // Floats are what conversions mostly see; the test for a small integer comes first because it
                // needs no load.
                self.require_small(&[v], &other);
                let raw = self.untag(v);
                let float = self.c().op(Opcode::IToF, &[raw]);
                self.c().jump(cont, &[float]);
            } else {
                self.jump(&other);
            }
            if other.block != slow.block {
                self.cur = other.block;
                self.require_boxed(v, &slow);
                let header = self.header(v);
                let float = self.subtag_is(header, SUBTAG_MASK as i64, Subtag::Float);
                let load = BlockCall::new(self.fresh(), &[]);
                self.branch(float, &load, &slow);
                self.cur = load.block;
                let float = self.unbox(v);
                self.c().jump(cont, &[float]);
            }
            self.cur = slow.block;
            let float = self.rt(RtCall::ToF64, &[v]).expect("to_f64 has a result");
            self.c().jump(cont, &[float]);
            self.cur = cont;
            result
        };
        self.f.replace(old, result);
    }
}
