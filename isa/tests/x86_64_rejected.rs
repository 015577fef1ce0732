//! Instructions that the machine does not have: each is refused with its reason, and nothing is written.

use linac_emit::{CodeBuffer, RelocKind, Symbol, SymbolTable, UnitInfo};
use linac_isa::x86_64::encode::{EncodeError, Frame, PcRel, encode, pad};
use linac_isa::x86_64::insn::*;
use linac_isa::x86_64::regs::*;

const FRAME: Frame = Frame { slot_base: 0 };

fn refused(insn: Insn<Reg>) -> EncodeError {
    let mut buffer = CodeBuffer::new();
    buffer.put1(0x90);
    let Err(error) = encode(&insn, FRAME, &mut buffer) else { panic!("{insn:?} was encoded") };
    assert_eq!(buffer.bytes(), [0x90], "{insn:?} left bytes behind");
    error
}

#[test]
fn wrong_registers() {
    use EncodeError::{IndexIsStackPointer, NotFixed, NotReused, WrongClass};
    let width = Width::W64;
    let alu = |dst, src1, src2| Insn::Alu { op: AluOp::Sub, width, dst, src1, src2 };
    assert_eq!(refused(alu(RAX, RCX, Rmi::Reg(RAX))), NotReused { dst: RAX, src1: RCX });
    assert_eq!(refused(alu(RAX, RAX, Rmi::Reg(XMM1))), WrongClass(XMM1));
    assert_eq!(refused(alu(RAX, RAX, Rmi::Mem(Amode::base(XMM2, 0)))), WrongClass(XMM2));
    assert_eq!(refused(Insn::FloatCopy { dst: XMM0, src: RBX }), WrongClass(RBX));
    assert_eq!(refused(Insn::ToFloat { width, dst: RAX, src: RBX }), WrongClass(RAX));
    assert_eq!(refused(Insn::FromFloat { width, dst: RAX, src: RBX }), WrongClass(RBX));
    let float = Insn::Float { op: FloatOp::Add, dst: XMM1, src1: XMM2, src2: Rm::Reg(XMM3) };
    assert_eq!(refused(float), NotReused { dst: XMM1, src1: XMM2 });
    let mem = Amode::index(RAX, RSP, Scale::S1, 0);
    assert_eq!(refused(Insn::Lea { width, dst: RAX, mem }), IndexIsStackPointer);
    let shift = Insn::ShiftCl { op: ShiftOp::Shl, width, dst: RDX, src1: RDX, count: RBX };
    assert_eq!(refused(shift), NotFixed { found: RBX, expected: RCX });
    let divisor = Rm::Reg(RCX);
    let div = |quotient, remainder, low, high| {
        refused(Insn::Div { signed: true, width, quotient, remainder, low, high, divisor })
    };
    assert_eq!(div(RBX, RDX, RAX, RDX), NotFixed { found: RBX, expected: RAX });
    assert_eq!(div(RAX, RBX, RAX, RDX), NotFixed { found: RBX, expected: RDX });
    assert_eq!(div(RAX, RDX, RBX, RDX), NotFixed { found: RBX, expected: RAX });
    assert_eq!(div(RAX, RDX, RAX, RBX), NotFixed { found: RBX, expected: RDX });
    let mul = Insn::MulWide { signed: false, width, low: RAX, high: RDX, src1: RBX, src2: divisor };
    assert_eq!(refused(mul), NotFixed { found: RBX, expected: RAX });
    assert_eq!(
        refused(Insn::SignSpread { width, dst: RBX, src: RAX }),
        NotFixed { found: RBX, expected: RDX }
    );
    let mem = Amode::base(RDI, 0);
    let cmpxchg = Insn::LockCmpxchg { width, dst: RAX, expected: RBX, new: RCX, mem };
    assert_eq!(refused(cmpxchg), NotFixed { found: RBX, expected: RAX });
}

#[test]
fn wrong_widths() {
    let mem = Amode::base(RDI, 0);
    for width in [Width::W8, Width::W16] {
        let insns = [
            Insn::Mov { width, dst: RAX, src: RCX },
            Insn::MovImm { width, dst: RAX, imm: 0 },
            Insn::Load { width, dst: RAX, mem },
            Insn::Alu { op: AluOp::Add, width, dst: RAX, src1: RAX, src2: Rmi::Imm(Imm::Value(1)) },
            Insn::AluMem { op: AluOp::Add, width, mem, src: Ri::Imm(Imm::Value(1)) },
            Insn::LockAlu { op: AluOp::Add, width, mem, src: Ri::Reg(RAX) },
            Insn::Cmp { width, left: RAX, right: Rmi::Reg(RCX) },
            Insn::CmpMem { width, mem, right: Ri::Reg(RCX) },
            Insn::Test { width, left: RAX, right: Ri::Reg(RCX) },
            Insn::Shift { op: ShiftOp::Shl, width, dst: RAX, src1: RAX, count: 1 },
            Insn::Cmov { cond: Cond::E, width, dst: RAX, src1: RAX, src2: Rm::Reg(RCX) },
            Insn::Xchg { width, dst: RAX, src1: RAX, mem },
            Insn::IntToFloat { width, dst: XMM0, src: Rm::Reg(RAX) },
        ];
        for insn in insns {
            assert_eq!(refused(insn), EncodeError::NoSuchWidth(width));
        }
    }
}

#[test]
fn numbers_that_do_not_fit() {
    let mut symbols = SymbolTable::default();
    let symbol = symbols.intern(Symbol::Atom("ok".into()));
    let mem = Amode::base(RDI, 0);
    let store = |width, imm| refused(Insn::StoreImm { width, mem, imm });
    for (width, values) in [(Width::W8, [128, -129]), (Width::W16, [0x8000, -0x8001])] {
        for value in values {
            assert_eq!(store(width, Imm::Value(value)), EncodeError::ImmediateTooLarge(value.into()));
        }
        assert_eq!(store(width, Imm::Symbol(symbol)), EncodeError::SymbolTooWide(symbol));
    }
    for imm in [0x1_0000_0000, -0x8000_0001] {
        let mov = Insn::MovImm { width: Width::W32, dst: RAX, imm };
        assert_eq!(refused(mov), EncodeError::ImmediateTooLarge(imm));
    }
    for width in [Width::W32, Width::W64] {
        let count = width.bits();
        let shift = Insn::Shift { op: ShiftOp::Sar, width, dst: RAX, src1: RAX, count };
        assert_eq!(refused(shift), EncodeError::BadCount(count));
        assert_eq!(refused(Insn::BtMem { width, mem, bit: count }), EncodeError::BadCount(count));
        let op = DoubleShiftOp::Shld;
        let shift = Insn::DoubleShift { op, width, dst: RAX, src1: RAX, src2: RCX, count };
        assert_eq!(refused(shift), EncodeError::BadCount(count));
        let bt = |bit| Insn::Bt { width, left: RAX, right: Ri::Imm(Imm::Value(bit)) };
        assert_eq!(refused(bt(count.into())), EncodeError::BadCount(count));
        assert_eq!(refused(bt(-1)), EncodeError::ImmediateTooLarge(-1));
    }
    for slot in [1 << 28, u32::MAX] {
        let load = Insn::Load { width: Width::W64, dst: RAX, mem: Amode::Slot(slot) };
        assert_eq!(refused(load), EncodeError::SlotTooFar(slot));
    }
    for length in [0, 10] {
        assert_eq!(refused(Insn::Nop { length }), EncodeError::BadNopLength(length));
    }
}

/// Relocations name the field, and count what lies between field and end of instruction.
#[test]
fn symbols_become_relocations() {
    let mut symbols = SymbolTable::default();
    let cell = symbols.intern(Symbol::LocalFunction(1));
    let atom = symbols.intern(Symbol::Atom("ok".into()));
    let mut buffer = CodeBuffer::<PcRel>::new();
    let insns = [
        Insn::CallIndirect { target: Rm::Mem(Amode::Symbol(cell, 0)) },
        Insn::Load { width: Width::W64, dst: RAX, mem: Amode::Symbol(cell, 8) },
        Insn::CmpMem { width: Width::W64, mem: Amode::Symbol(cell, 0), right: Ri::Imm(Imm::Value(1)) },
        Insn::CmpMem { width: Width::W64, mem: Amode::Symbol(cell, 0), right: Ri::Imm(Imm::Symbol(atom)) },
        Insn::MovSymbol64 { dst: RAX, symbol: atom },
    ];
    for insn in insns {
        encode(&insn, FRAME, &mut buffer).unwrap();
    }
    let object = buffer.finish(UnitInfo { symbols, ..UnitInfo::default() }).unwrap();
    let found: Vec<_> =
        object.relocs.iter().map(|reloc| (reloc.offset, reloc.kind, reloc.symbol, reloc.addend)).collect();
    use RelocKind::{Abs32S, Abs64, PcRel32};
    let expected = [
        (2, PcRel32, 0, -4),
        (9, PcRel32, 0, 4),
        (16, PcRel32, 0, -5),
        (24, PcRel32, 0, -8),
        (28, Abs32S, 1, 0),
        (34, Abs64, 1, 0),
    ];
    assert_eq!(found, expected);
}

/// A forward reference is patched to what the same reference backward would be measured from: the instruction's end.
#[test]
fn labels_are_measured_from_the_end() {
    let mut buffer = CodeBuffer::<PcRel>::new();
    let (ahead, constant) = (buffer.label(), buffer.constant8([1; 8]));
    let compare =
        |label| Insn::CmpMem { width: Width::W64, mem: Amode::Label(label), right: Ri::Imm(Imm::Value(500)) };
    encode(&compare(constant), FRAME, &mut buffer).unwrap();
    encode(&Insn::Jmp { target: ahead }, FRAME, &mut buffer).unwrap();
    buffer.bind(ahead);
    let code = buffer.finish(UnitInfo::default()).unwrap().code;
    assert_eq!(code[3..7], 5u32.to_le_bytes());
    assert_eq!(code[11..16], [0xE9, 0, 0, 0, 0]);
    assert_eq!(code[16..], [1; 8]);
}

#[test]
fn padding_has_the_length_asked_for() {
    for length in 0..30 {
        let mut buffer = CodeBuffer::<PcRel>::new();
        pad(length, &mut buffer);
        assert_eq!(buffer.offset(), length);
    }
}
