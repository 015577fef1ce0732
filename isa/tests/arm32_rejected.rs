//! Instructions that the machine does not have: each is refused with its reason, and nothing is written.

use linac_emit::{CodeBuffer, EmitError, RelocKind, Symbol, SymbolTable, UnitInfo};
use linac_isa::arm32::encode::{EncodeError, Frame, PcRel, encode, pad};
use linac_isa::arm32::insn::*;
use linac_isa::arm32::regs::*;

const FRAME: Frame = Frame { slot_base: 0 };

fn refused_when(op: Op<Reg>, cond: Cond) -> EncodeError {
    let mut buffer = CodeBuffer::new();
    buffer.put4(0xE320_F000);
    let Err(error) = encode(&op.when(cond), FRAME, &mut buffer) else { panic!("{op:?} was encoded") };
    assert_eq!(buffer.bytes(), [0x00, 0xF0, 0x20, 0xE3], "{op:?} left bytes behind");
    error
}

fn refused(op: Op<Reg>) -> EncodeError {
    refused_when(op, Cond::Always)
}

fn add(dst: Reg, src1: Reg, src2: Operand<Reg>) -> Op<Reg> {
    Op::Alu { op: AluOp::Add, set: false, dst, src1, src2 }
}

#[test]
fn wrong_registers() {
    use EncodeError::{BadList, BadPair, NotReused, ProgramCounter, SameRegister, WrongClass};
    assert_eq!(refused(add(R0, D1, Operand::Reg(R2))), WrongClass(D1));
    assert_eq!(refused(add(R0, R1, Operand::Reg(D2))), WrongClass(D2));
    assert_eq!(refused(add(PC, R1, Operand::Reg(R2))), ProgramCounter);
    assert_eq!(refused(add(R0, R1, Operand::ShiftedBy(R2, ShiftOp::Lsl, PC))), ProgramCounter);
    let float = |dst, src, src2| refused(Op::Float { op: FloatOp::Add, dst, src, src2 });
    assert_eq!(float(R0, D1, D2), WrongClass(R0));
    assert_eq!(float(D0, R1, D2), WrongClass(R1));
    assert_eq!(refused(Op::ToFloat { dst: D0, low: R1, high: D1 }), WrongClass(D1));
    assert_eq!(refused(Op::FromSingle { dst: D0, src: D1 }), WrongClass(D0));
    let word = |dst, mem| refused(Op::Load { op: LoadOp::Word, dst, mem });
    assert_eq!(word(R0, Amode::base(D0, 0)), WrongClass(D0));
    assert_eq!(word(R0, Amode::index(R1, PC, 0)), ProgramCounter);
    assert_eq!(refused(Op::Load { op: LoadOp::Byte, dst: PC, mem: Amode::base(R0, 0) }), ProgramCounter);
    assert_eq!(refused(Op::Movt { dst: R0, src1: R1, imm: 1 }), NotReused { dst: R0, src1: R1 });
    let into = Op::MoveInto { op: MoveOp::Mov, dst: R0, src1: R1, src: Operand::Imm(1) };
    assert_eq!(refused_when(into, Cond::Eq), NotReused { dst: R0, src1: R1 });
    assert_eq!(refused(Op::Bfc { dst: R0, src1: R1, lsb: 0, width: 1 }), NotReused { dst: R0, src1: R1 });
    for (dst, dst2) in [(R1, R2), (R0, R2), (R2, R1), (R0, R0)] {
        assert_eq!(refused(Op::LoadDual { dst, dst2, mem: Amode::base(R4, 0) }), BadPair(dst, dst2));
        let (src, src2) = (dst, dst2);
        assert_eq!(refused(Op::StoreDual { src, src2, mem: Amode::base(R4, 0) }), BadPair(src, src2));
    }
    let long = Op::MulLong { signed: true, low: R0, high: R0, src: R1, src2: R2 };
    assert_eq!(refused(long), SameRegister(R0));
    assert_eq!(refused(Op::FromFloat { low: R3, high: R3, src: D0 }), SameRegister(R3));
    let (update, mem) = (Update::After, Amode::base(R1, 4));
    assert_eq!(refused(Op::LoadUpdate { op: LoadOp::Word, update, dst: R1, mem }), SameRegister(R1));
    assert_eq!(refused(Op::StoreUpdate { op: StoreOp::Byte, update, src: R1, mem }), SameRegister(R1));
    assert_eq!(refused(Op::LoadDualUpdate { update, dst: R0, dst2: R1, mem }), SameRegister(R1));
    let (mode, none, own) = (BlockMode::UpAfter, RegList::default(), RegList::of(&[R1, R2]).unwrap());
    assert_eq!(refused(Op::LoadBlock { mode, base: R1, update: false, list: none }), BadList(none));
    assert_eq!(refused(Op::StoreBlock { mode, base: R1, update: true, list: own }), BadList(own));
}

#[test]
fn numbers_that_do_not_fit() {
    use EncodeError::{BadCount, BadField, Immediate};
    for value in [0x101, 0x1FE, 0xFFFF, !0, !255, 0x8000_0101] {
        assert_eq!(refused(add(R0, R1, Operand::Imm(value))), Immediate(value));
        let compare = Op::Compare { op: CompareOp::Cmp, left: R0, right: Operand::Imm(value) };
        assert_eq!(refused(compare), Immediate(value));
        let mov = Op::Move { op: MoveOp::Mov, set: false, dst: R0, src: Operand::Imm(value) };
        assert_eq!(refused(mov), Immediate(value));
    }
    for (op, counts) in [
        (ShiftOp::Lsl, &[32, 33][..]),
        (ShiftOp::Lsr, &[0, 33]),
        (ShiftOp::Asr, &[0, 33]),
        (ShiftOp::Ror, &[0, 32]),
    ] {
        for &count in counts {
            assert_eq!(refused(add(R0, R1, Operand::Shifted(R2, op, count))), BadCount(count));
        }
    }
    for (lsb, width) in [(0, 0), (0, 33), (31, 2), (32, 1), (255, 255)] {
        let wanted = BadField { lsb, width };
        assert_eq!(refused(Op::Field { op: FieldOp::Ubfx, dst: R0, src: R1, lsb, width }), wanted);
        assert_eq!(refused(Op::Bfi { dst: R0, src1: R0, src2: R1, lsb, width }), wanted);
        assert_eq!(refused(Op::Bfc { dst: R0, src1: R0, lsb, width }), wanted);
    }
    for (signed, bits) in [(true, 0), (true, 33), (false, 32), (false, 255)] {
        assert_eq!(refused(Op::Saturate { signed, dst: R0, bits, src: R1 }), BadCount(bits));
    }
    for rotate in [4, 32] {
        let extend = Op::Extend { op: ExtendOp::Uxtb, dst: R0, src: R1, rotate };
        assert_eq!(refused(extend), BadCount(rotate));
    }
}

#[test]
fn places_out_of_reach() {
    use EncodeError::{BadAddress, BadCount, Offset, SlotTooFar};
    let at = |disp| Amode::base(R1, disp);
    for disp in [0x1000, -0x1000, i32::MAX, i32::MIN] {
        assert_eq!(refused(Op::Load { op: LoadOp::Word, dst: R0, mem: at(disp) }), Offset(disp));
        assert_eq!(refused(Op::Store { op: StoreOp::Byte, src: R0, mem: at(disp) }), Offset(disp));
    }
    for disp in [0x100, -0x100] {
        assert_eq!(refused(Op::Load { op: LoadOp::SignedByte, dst: R0, mem: at(disp) }), Offset(disp));
        assert_eq!(refused(Op::Store { op: StoreOp::Half, src: R0, mem: at(disp) }), Offset(disp));
        assert_eq!(refused(Op::LoadDual { dst: R2, dst2: R3, mem: at(disp) }), Offset(disp));
    }
    for disp in [0x400, -0x400, 2, 1023] {
        assert_eq!(refused(Op::FloatLoad { single: false, dst: D0, mem: at(disp) }), Offset(disp));
    }
    let word = |mem| refused(Op::Load { op: LoadOp::Word, dst: R0, mem });
    let half = |mem| refused(Op::Load { op: LoadOp::Half, dst: R0, mem });
    let float = |mem| refused(Op::FloatStore { single: false, src: D0, mem });
    for slot in [1024, u32::MAX] {
        assert_eq!(word(Amode::Slot(slot)), SlotTooFar(slot));
    }
    assert_eq!(half(Amode::Slot(64)), SlotTooFar(64));
    assert_eq!(float(Amode::Slot(256)), SlotTooFar(256));
    assert_eq!(word(Amode::index(R1, R2, 32)), BadCount(32));
    assert_eq!(half(Amode::index(R1, R2, 1)), BadCount(1));
    assert_eq!(float(Amode::index(R1, R2, 0)), BadAddress);
    let mut buffer = CodeBuffer::<PcRel>::new();
    let label = buffer.label();
    assert_eq!(half(Amode::Label(label)), BadAddress);
    let update = Update::Before;
    for mem in [Amode::Label(label), Amode::Slot(1)] {
        assert_eq!(refused(Op::LoadUpdate { op: LoadOp::Word, update, dst: R0, mem }), BadAddress);
    }
}

#[test]
fn instructions_without_condition() {
    for op in [Op::Dmb, Op::Udf { imm: 0 }, Op::Bkpt { imm: 0 }] {
        assert_eq!(refused_when(op, Cond::Ne), EncodeError::NoCondition);
    }
}

#[test]
fn symbols_become_relocations() {
    let mut symbols = SymbolTable::default();
    symbols.intern(Symbol::LocalFunction(1));
    let symbol = symbols.intern(Symbol::Atom("ok".into()));
    let mut buffer = CodeBuffer::<PcRel>::new();
    pad(8, &mut buffer);
    encode(&Op::MoveSymbol { dst: R3, symbol }.into(), FRAME, &mut buffer).unwrap();
    let mut object = buffer.finish(UnitInfo { symbols, ..UnitInfo::default() }).unwrap();
    let found: Vec<_> = object.relocs.iter().map(|reloc| (reloc.offset, reloc.kind, reloc.symbol)).collect();
    assert_eq!(found, [(8, RelocKind::ArmMovw, 1), (12, RelocKind::ArmMovt, 1)]);
    for reloc in object.relocs {
        let at = reloc.offset as usize;
        reloc.kind.apply(&mut object.code[at..at + 4], 0x1234_5678, 0).unwrap();
    }
    // movw r3, #0x5678; movt r3, #0x1234
    assert_eq!(object.code[8..], [0x78, 0x36, 0x05, 0xE3, 0x34, 0x32, 0x41, 0xE3]);
}

/// A reference `ahead` bytes before its target, as the word in the end; none if it does not reach.
fn forward(op: impl Fn(linac_emit::Label) -> Op<Reg>, ahead: u32) -> Option<u32> {
    let mut buffer = CodeBuffer::<PcRel>::new();
    let label = buffer.label();
    encode(&op(label).into(), FRAME, &mut buffer).unwrap();
    pad(ahead - 4, &mut buffer);
    buffer.bind(label);
    match buffer.finish(UnitInfo::default()) {
        Ok(object) => Some(u32::from_le_bytes(object.code[..4].try_into().unwrap())),
        Err(error) => {
            assert_eq!(error, EmitError::OutOfReach { label, at: 0, target: ahead });
            None
        }
    }
}

/// Distances count from 8 bytes behind the instruction.
#[test]
fn labels_ahead_are_patched_in() {
    let branch = |target| Op::Branch { target };
    assert_eq!(
        [4, 8, 100].map(|ahead| forward(branch, ahead)),
        [Some(0xEAFF_FFFF), Some(0xEA00_0000), Some(0xEA00_0017)]
    );
    assert_eq!(forward(branch, (1 << 25) + 4), Some(0xEA7F_FFFF));
    assert_eq!(forward(branch, (1 << 25) + 8), None);
    let word = |label| Op::Load { op: LoadOp::Word, dst: R4, mem: Amode::Label(label) };
    assert_eq!(
        [4, 8, 4100].map(|ahead| forward(word, ahead)),
        [Some(0xE51F_4004), Some(0xE59F_4000), Some(0xE59F_4FFC)]
    );
    assert_eq!(forward(word, 4104), None);
    let float = |label| Op::FloatLoad { single: false, dst: D4, mem: Amode::Label(label) };
    assert_eq!([8, 1028].map(|ahead| forward(float, ahead)), [Some(0xED9F_4B00), Some(0xED9F_4BFF)]);
    assert_eq!(forward(float, 1032), None);
    let address = |target| Op::Adr { dst: R4, target };
    assert_eq!(
        [4, 8, 1028].map(|ahead| forward(address, ahead)),
        [Some(0xE24F_4004), Some(0xE28F_4000), Some(0xE28F_4FFF)]
    );
}

#[test]
fn padding_has_the_length_asked_for() {
    for length in (0..30).step_by(4) {
        let mut buffer = CodeBuffer::<PcRel>::new();
        pad(length, &mut buffer);
        assert_eq!(buffer.offset(), length);
    }
}
