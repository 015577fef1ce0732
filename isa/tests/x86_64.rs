//! Core IR through the whole x86-64 back end: the code object is well formed at both allocation algorithms.

use linac_abi::WordSize;
use linac_abi::rtcall::RtCall;
use linac_ir::{ConstData, Cursor, ExtFunc, Function, Imm, IntCond, Opcode, Stage, Type};
use linac_isa::{Isa, Observer, Stage as IsaStage, UnitOptions, x86_64::X86_64};
use linac_regalloc::{Algorithm, VerifyLevel};

#[derive(Default)]
struct Keep(Vec<(IsaStage, String)>);

impl Observer for Keep {
    fn wants(&self, _: IsaStage) -> bool {
        true
    }
    fn text(&mut self, stage: IsaStage, _: &Function, text: &str) {
        self.0.push((stage, text.to_string()));
    }
}

/// fib(N) with N known to be a small integer below 2^30: compare, two calls, one value live across a call.
fn fib() -> Function {
    let mut f = Function::new("m", "fib", 1, 0, WordSize::W64);
    f.stage = Stage::Core;
    let entry = f.make_block();
    let n = f.add_param(entry, Type::Term);
    let (base, rec) = (f.make_block(), f.make_block());
    let me = f.func(ExtFunc::Local { index: 0, name: "fib".into(), arity: 1 });
    let mut c = Cursor::at_end(&mut f, entry);
    let bits = c.op(Opcode::SmallBits, &[n]);
    let two = c.iconst(2 << 4 | 15);
    let small = c.op_imm(Opcode::ICmp, Imm::IntCond(IntCond::Slt), &[bits, two]);
    c.br(small, (base, &[]), (rec, &[]));
    c.block = base;
    c.effect(Opcode::Return, Imm::None, &[n]);
    c.block = rec;
    let one = c.iconst(16);
    let m = c.op_ty(Opcode::WSub, &[bits, one], Type::Word);
    let m = c.op(Opcode::FromBits, &[m]);
    let a = c.call(Opcode::Call, me, &[m]);
    let k = c.iconst(32);
    let m = c.op_ty(Opcode::WSub, &[bits, k], Type::Word);
    let m = c.op(Opcode::FromBits, &[m]);
    let b = c.call(Opcode::Call, me, &[m]);
    let x = c.op(Opcode::SmallBits, &[a]);
    let y = c.op(Opcode::SmallBits, &[b]);
    let tag = c.iconst(15);
    let x = c.op_ty(Opcode::WSub, &[x, tag], Type::Word);
    let sum = c.inst(Opcode::WAddOvf, Imm::None, &[x, y], None);
    let (w, o) = (c.func.insts[sum].results[0], c.func.insts[sum].results[1]);
    let (ok, slow) = (c.func.make_block(), c.func.make_block());
    c.func.blocks[slow].cold = true;
    c.br(o, (slow, &[]), (ok, &[]));
    c.block = ok;
    let r = c.op(Opcode::FromBits, &[w]);
    c.effect(Opcode::Return, Imm::None, &[r]);
    c.block = slow;
    let big = c.inst(Opcode::RtCall, Imm::Rt(RtCall::Add), &[a, b], Some(Type::Term));
    let big = c.func.result(big);
    c.effect(Opcode::Return, Imm::None, &[big]);
    f
}

fn compile(f: Function, algorithm: Algorithm) -> (linac_abi::object::CodeObject, Keep) {
    let mut keep = Keep::default();
    let options =
        UnitOptions { algorithm, verify: VerifyLevel::Full, direct_calls: true, ..UnitOptions::default() };
    let object = X86_64.compile(&[f], options, &mut keep).expect("compiles");
    (object, keep)
}

#[test]
fn fib_compiles_with_both_algorithms() {
    for algorithm in [Algorithm::Ion, Algorithm::Fastalloc] {
        let (object, keep) = compile(fib(), algorithm);
        for (stage, text) in &keep.0 {
            println!("==== {stage:?} {algorithm:?}\n{text}");
        }
        object.validate().expect("valid");
        // Two recursive calls, the leaf call, and the entry's slow path.
        assert_eq!(object.return_sites.len(), 4);
        let live: Vec<usize> = object.return_sites.iter().map(|s| s.term_slots.count()).collect();
        // n lives through the first call, the first result through the second.
        assert_eq!(&live[..2], &[1, 1]);
        // A return site of the entry: frame not made yet, no term slots.
        assert!(object.return_sites.iter().any(|s| s.frame_words == 0 && s.term_slots.is_empty()));
    }
}

#[test]
fn a_constant_is_no_register() {
    let mut f = Function::new("m", "c", 0, 0, WordSize::W64);
    f.stage = Stage::Core;
    let entry = f.make_block();
    let mut c = Cursor::at_end(&mut f, entry);
    let v = c.constant(ConstData::Atom("ok".into()));
    c.effect(Opcode::Return, Imm::None, &[v]);
    let (object, _) = compile(f, Algorithm::Ion);
    assert_eq!(object.relocs.len(), 1);
    // mov rax, imm32 (7 bytes); ret
    assert_eq!(object.code.len(), 8);
}
