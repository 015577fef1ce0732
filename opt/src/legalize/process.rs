//! Message passing and stack traces: all by runtime call.

use super::Legalizer;
use linac_abi::rtcall::{Kind, RtCall};
use linac_ir::{Inst, Opcode};

/// Operations that are one runtime call with the same operands.
const CALLS: &[(Opcode, RtCall)] = &[
    (Opcode::Send, RtCall::Send),
    (Opcode::RecvPeek, RtCall::RecvPeek),
    (Opcode::RecvRemove, RtCall::RecvRemove),
    (Opcode::RecvNext, RtCall::RecvNext),
    (Opcode::RecvWait, RtCall::RecvWait),
    (Opcode::RecvWaitTimeout, RtCall::RecvWaitTimeout),
    (Opcode::RecvTimeout, RtCall::RecvTimeout),
    (Opcode::BuildStacktrace, RtCall::BuildStacktrace),
];

impl Legalizer<'_> {
    pub(super) fn process_op(&mut self, inst: Inst) {
        let op = self.f.insts[inst].op;
        let call = CALLS.iter().find(|c| c.0 == op).map(|c| c.1).expect("the operation is in the table");
        let args = self.f.insts[inst].args.clone();
        let core = if call.kind() == Kind::Safepoint { Opcode::RtSafepoint } else { Opcode::RtCall };
        let result = self.rt_op(core, call, &args);
        if let Some(value) = result {
            self.define(inst, value);
        }
    }
}
