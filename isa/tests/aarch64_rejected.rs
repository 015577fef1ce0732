//! Instructions that the machine does not have: each is refused with its reason, and nothing is written. And references
//! that do not fit their field: they go another way round.

use linac_emit::{CodeBuffer, EmitError, RelocKind, Symbol, SymbolTable, UnitInfo};
use linac_isa::aarch64::encode::{EncodeError, PcRel, encode, pad};
use linac_isa::aarch64::insn::*;
use linac_isa::aarch64::regs::*;

fn refused(insn: Insn<Reg>) -> EncodeError {
    let mut buffer = CodeBuffer::new();
    buffer.put1(0x90);
    let Err(error) = encode(&insn, &mut buffer) else { panic!("{insn:?} was encoded") };
    assert_eq!(buffer.bytes(), [0x90], "{insn:?} left bytes behind");
    error
}

const W: Width = Width::W64;

#[test]
fn wrong_registers() {
    use EncodeError::{NotReused, SameRegister, WrongClass};
    let shift = Shift::NONE;
    let add = |dst, left, right| Insn::AddReg { op: AddOp::Add, width: W, dst, left, right, shift };
    let and = |dst, left, right| Insn::LogicReg { op: LogicOp::And, width: W, dst, left, right, shift };
    let imm = |op, dst, src| Insn::AddImm { op, width: W, dst, src, imm: 1 };
    // Number 31 is the stack pointer in some places and zero in others.
    for insn in [add(SP, X0, X1), add(X0, SP, X1), add(X0, X1, SP), and(SP, X0, X1), and(X0, X1, SP)] {
        assert_eq!(refused(insn), WrongClass(SP));
    }
    assert_eq!(refused(imm(AddOp::Add, XZR, X0)), WrongClass(XZR));
    assert_eq!(refused(imm(AddOp::Subs, SP, X0)), WrongClass(SP));
    assert_eq!(refused(imm(AddOp::Subs, X0, XZR)), WrongClass(XZR));
    let logic = |op, dst| Insn::LogicImm { op, width: W, dst, src: X0, imm: 1 };
    assert_eq!(refused(logic(LogicOp::And, XZR)), WrongClass(XZR));
    assert_eq!(refused(logic(LogicOp::Ands, SP)), WrongClass(SP));
    let (op, extend) = (AddOp::Add, ExtendOp::Uxtx);
    let wide = |dst, left, right| Insn::AddExtend { op, width: W, dst, left, right, extend, count: 0 };
    assert_eq!(refused(wide(X0, XZR, X1)), WrongClass(XZR));
    assert_eq!(refused(wide(X0, X1, SP)), WrongClass(SP));
    assert_eq!(refused(Insn::Mov { width: W, dst: SP, src: XZR }), WrongClass(XZR));
    assert_eq!(refused(Insn::MovImm { width: W, dst: SP, imm: 0x1_0001 }), WrongClass(SP));
    assert_eq!(refused(Insn::SymbolLoad { dst: XZR, symbol: symbol() }), WrongClass(XZR));
    assert_eq!(refused(Insn::SymbolAddress { dst: XZR, symbol: symbol() }), WrongClass(XZR));
    assert_eq!(refused(Insn::Br { target: SP }), WrongClass(SP));
    // Classes.
    assert_eq!(refused(add(X0, X1, D2)), WrongClass(D2));
    assert_eq!(refused(Insn::FloatMov { dst: D0, src: X1 }), WrongClass(X1));
    assert_eq!(refused(Insn::ToFloat { width: W, dst: X0, src: X1 }), WrongClass(X0));
    assert_eq!(refused(Insn::FromFloat { width: W, dst: X0, src: X1 }), WrongClass(X1));
    let (mem, op) = (Amode::base(X9, 0), LoadOp::X64);
    assert_eq!(refused(Insn::Load { op, dst: D0, mem }), WrongClass(D0));
    assert_eq!(refused(Insn::Load { op, dst: SP, mem }), WrongClass(SP));
    assert_eq!(refused(Insn::Load { op, dst: X0, mem: Amode::base(XZR, 0) }), WrongClass(XZR));
    assert_eq!(refused(Insn::Load { op, dst: X0, mem: Amode::base(D1, 0) }), WrongClass(D1));
    assert_eq!(refused(Insn::FloatStore { width: W, mem, src: X0 }), WrongClass(X0));
    assert_eq!(refused(Insn::StorePair { width: W, mem, first: X0, second: D1 }), WrongClass(D1));
    assert_eq!(refused(Insn::FloatStorePair { width: W, mem, first: D0, second: X1 }), WrongClass(X1));
    let index = Amode::Index { base: X0, index: SP, extend: ExtendOp::Uxtx, scaled: true };
    assert_eq!(refused(Insn::Load { op, dst: X0, mem: index }), WrongClass(SP));
    // What the machine leaves undefined.
    assert_eq!(refused(Insn::LoadPair { width: W, first: X1, second: X1, mem }), SameRegister(X1));
    for mem in [Amode::Before { base: X9, offset: 8 }, Amode::After { base: X9, offset: 8 }] {
        assert_eq!(refused(Insn::Load { op, dst: X9, mem }), SameRegister(X9));
        assert_eq!(refused(Insn::Store { width: W, src: X9, mem }), SameRegister(X9));
        assert_eq!(refused(Insn::LoadPair { width: W, first: X1, second: X9, mem }), SameRegister(X9));
        assert_eq!(refused(Insn::StorePair { width: W, first: X9, second: X1, mem }), SameRegister(X9));
    }
    let keep = Insn::MovKeep { width: W, dst: X0, src1: X1, imm: 1, shift: 0 };
    assert_eq!(refused(keep), NotReused { dst: X0, src1: X1 });
    let insert = Insn::BitfieldInsert { width: W, dst: X0, src1: X1, src2: X2, rotate: 0, last: 7 };
    assert_eq!(refused(insert), NotReused { dst: X0, src1: X1 });
}

#[test]
fn wrong_widths_and_forms() {
    let shift = Shift { op: ShiftOp::Ror, count: 1 };
    let add = Insn::AddReg { op: AddOp::Add, width: W, dst: X0, left: X1, right: X2, shift };
    assert_eq!(refused(add), EncodeError::NoSuchForm);
    let bic = Insn::LogicImm { op: LogicOp::Bic, width: W, dst: X0, src: X1, imm: 1 };
    assert_eq!(refused(bic), EncodeError::NoSuchForm);
    let (op, extend) = (AddOp::Add, ExtendOp::Sxtx);
    let width = Width::W32;
    let add = Insn::AddExtend { op, width, dst: X0, left: X1, right: X2, extend, count: 0 };
    assert_eq!(refused(add), EncodeError::NoSuchForm);
    let mem = Amode::Index { base: X0, index: X1, extend: ExtendOp::Uxtb, scaled: false };
    assert_eq!(refused(Insn::Load { op: LoadOp::X64, dst: X0, mem }), EncodeError::NoSuchForm);
    let mem = Amode::Index { base: X0, index: X1, extend: ExtendOp::Uxtx, scaled: false };
    assert_eq!(refused(Insn::LoadPair { width: W, first: X2, second: X3, mem }), EncodeError::NoSuchForm);
    let rev = Insn::Unary { op: UnaryOp::Rev32, width: Width::W32, dst: X0, src: X1 };
    assert_eq!(refused(rev), EncodeError::NoSuchWidth(Width::W32));
    let low = Amode::Low { base: X0, symbol: symbol(), addend: 0 };
    assert_eq!(
        refused(Insn::Load { op: LoadOp::U8, dst: X0, mem: low }),
        EncodeError::NoSuchWidth(Width::W8)
    );
    let mem = Amode::base(X9, 0);
    for width in [Width::W8, Width::W16] {
        let insns = [
            Insn::Mov { width, dst: X0, src: X1 },
            Insn::MovImm { width, dst: X0, imm: 0 },
            Insn::AddImm { op: AddOp::Add, width, dst: X0, src: X1, imm: 1 },
            Insn::ShiftReg { op: ShiftOp::Lsl, width, dst: X0, src: X1, count: X2 },
            Insn::Select { op: SelectOp::Csel, cond: Cond::Eq, width, dst: X0, yes: X1, no: X2 },
            Insn::LoadPair { width, first: X0, second: X1, mem },
            Insn::FloatLoad { width, dst: D0, mem },
            Insn::FloatStore { width, mem, src: D0 },
            Insn::ToFloat { width, dst: D0, src: X1 },
            Insn::FloatWidth { to: width, dst: D0, src: D1 },
        ];
        for insn in insns {
            let error = refused(insn);
            // The number may be refused first.
            assert!(
                matches!(error, EncodeError::NoSuchWidth(found) if found == width),
                "{insn:?}: {error:?}"
            );
        }
    }
}

#[test]
fn numbers_that_do_not_fit() {
    use EncodeError::{BadCount, BadImmediate, BadOffset};
    for imm in [0x1001, 0x100_0000, u32::MAX] {
        let add = Insn::AddImm { op: AddOp::Add, width: W, dst: X0, src: X1, imm };
        assert_eq!(refused(add), BadImmediate(imm.into()));
    }
    for imm in [0, u64::MAX, 5, 0x1_0001] {
        let and = Insn::LogicImm { op: LogicOp::And, width: W, dst: X0, src: X1, imm };
        assert_eq!(refused(and), BadImmediate(imm as i64));
    }
    let and = Insn::LogicImm { op: LogicOp::And, width: Width::W32, dst: X0, src: X1, imm: 0xFFFF_FFFF };
    assert_eq!(refused(and), BadImmediate(0xFFFF_FFFF));
    for imm in [0x1_0000_0000, -0x8000_0001] {
        assert_eq!(refused(Insn::MovImm { width: Width::W32, dst: X0, imm }), BadImmediate(imm));
    }
    let ccmp = |right, flags| {
        let (op, cond) = (CompareOp::Ccmp, Cond::Eq);
        refused(Insn::Compare { op, cond, width: W, left: X0, right, flags })
    };
    assert_eq!(ccmp(Ri::Imm(32), 0), BadImmediate(32));
    assert_eq!(ccmp(Ri::Imm(1), 16), BadImmediate(16));
    for value in [0.0, -0.0, 0.1, 32.0, f64::INFINITY, f64::NAN] {
        let bits = f64::to_bits(value);
        assert_eq!(refused(Insn::FloatImm { dst: D0, bits }), BadImmediate(bits as i64));
    }
    for (op, offset) in [
        (LoadOp::X64, 32768),
        (LoadOp::X64, 257),
        (LoadOp::X64, -257),
        (LoadOp::U8, 4096),
        (LoadOp::U32, 16384),
    ] {
        assert_eq!(refused(Insn::Load { op, dst: X0, mem: Amode::base(X1, offset) }), BadOffset(offset));
    }
    for offset in [256, -257] {
        for mem in [Amode::Before { base: X1, offset }, Amode::After { base: X1, offset }] {
            assert_eq!(refused(Insn::Store { width: W, src: X0, mem }), BadOffset(offset));
        }
    }
    for offset in [512, -520, 4] {
        let mem = Amode::base(X1, offset);
        assert_eq!(refused(Insn::StorePair { width: W, first: X0, second: X2, mem }), BadOffset(offset));
    }
    for width in [Width::W32, Width::W64] {
        let count = width.bits() as u8;
        let shift = Shift::left(count);
        let add = Insn::AddReg { op: AddOp::Add, width, dst: X0, left: X1, right: X2, shift };
        assert_eq!(refused(add), BadCount(count));
        let op = BitfieldOp::Ubfm;
        let field = |rotate, last| refused(Insn::Bitfield { op, width, dst: X0, src: X1, rotate, last });
        assert_eq!((field(count, 0), field(0, count)), (BadCount(count), BadCount(count)));
        let wide = Insn::MovWide { op: MoveOp::Movz, width, dst: X0, imm: 1, shift: count };
        assert_eq!(refused(wide), BadCount(count));
    }
    let wide = Insn::MovWide { op: MoveOp::Movz, width: W, dst: X0, imm: 1, shift: 8 };
    assert_eq!(refused(wide), BadCount(8));
    let (op, extend) = (AddOp::Add, ExtendOp::Uxtw);
    let add = Insn::AddExtend { op, width: W, dst: X0, left: X1, right: X2, extend, count: 5 };
    assert_eq!(refused(add), BadCount(5));
    let label = CodeBuffer::<PcRel>::new().label();
    assert_eq!(refused(Insn::Tbz { nonzero: true, src: X0, bit: 64, target: label }), BadCount(64));
}

fn symbol() -> linac_emit::SymbolId {
    SymbolTable::default().intern(Symbol::Literal(0))
}

#[test]
fn symbols_become_relocations() {
    use RelocKind::{Aarch64Access4, Aarch64Access8, Aarch64Add, Aarch64Move0, Aarch64Move16, Aarch64Page};
    let mut symbols = SymbolTable::default();
    let cell = symbols.intern(Symbol::LocalFunction(1));
    let atom = symbols.intern(Symbol::Atom("ok".into()));
    let mut buffer = CodeBuffer::<PcRel>::new();
    let mem = Amode::Low { base: X17, symbol: cell, addend: 8 };
    let insns = [
        Insn::SymbolLoad { dst: X16, symbol: cell },
        Insn::SymbolAddress { dst: X16, symbol: cell },
        Insn::MovSymbol { dst: X0, symbol: atom },
        Insn::Adrp { dst: X17, symbol: cell, addend: 8 },
        Insn::Store { width: Width::W32, mem, src: X0 },
    ];
    for insn in insns {
        encode(&insn, &mut buffer).unwrap();
    }
    let object = buffer.finish(UnitInfo { symbols, ..UnitInfo::default() }).unwrap();
    let found: Vec<_> =
        object.relocs.iter().map(|reloc| (reloc.offset, reloc.kind, reloc.symbol, reloc.addend)).collect();
    let expected = [
        (0, Aarch64Page, 0, 0),
        (4, Aarch64Access8, 0, 0),
        (8, Aarch64Page, 0, 0),
        (12, Aarch64Add, 0, 0),
        (16, Aarch64Move0, 1, 0),
        (20, Aarch64Move16, 1, 0),
        (24, Aarch64Page, 0, 8),
        (28, Aarch64Access4, 0, 8),
    ];
    assert_eq!(found, expected);
}

fn word(code: &[u8], at: u32) -> u32 {
    u32::from_le_bytes(code[at as usize..at as usize + 4].try_into().unwrap())
}

fn signed(word: u32, low: u32, bits: u32) -> i64 {
    i64::from((word >> low) << (32 - bits)) << 32 >> (64 - bits)
}

/// Where a branch leads, through jumps.
fn follow(code: &[u8], at: u32) -> u32 {
    let insn = word(code, at);
    let to = |words: i64| (i64::from(at) + 4 * words) as u32;
    let next = match insn >> 24 {
        0x14..0x18 => to(signed(insn, 0, 26)),
        0x54 | 0xB4 | 0xB5 => to(signed(insn, 5, 19)),
        0x36 | 0x37 | 0xB6 | 0xB7 => to(signed(insn, 5, 14)),
        _ => return at,
    };
    if next == at + 8 && word(code, at + 4) >> 26 == 5 {
        // The opposite branch over a jump.
        return follow(code, at + 4);
    }
    if word(code, next) >> 26 == 5 { follow(code, next) } else { next }
}

fn branches(target: linac_emit::Label) -> [Insn<Reg>; 3] {
    [
        Insn::Tbz { nonzero: false, src: X0, bit: 63, target },
        Insn::BCond { cond: Cond::Lt, target },
        Insn::Cbz { nonzero: false, width: W, src: X1, target },
    ]
}

/// Branches whose target comes 100 bytes, 40 KB or 1.5 MB later arrive there.
#[test]
fn long_ways_ahead() {
    for length in [100, 40_000, 1_500_000] {
        let mut buffer = CodeBuffer::<PcRel>::new();
        let target = buffer.label();
        let mut places = Vec::new();
        for _ in 0..50 {
            for insn in branches(target) {
                places.push(buffer.offset());
                encode(&insn, &mut buffer).unwrap();
            }
        }
        for _ in 0..length / 4 {
            encode(&Insn::Nop, &mut buffer).unwrap();
        }
        buffer.bind(target);
        encode(&Insn::Ret { target: X30 }, &mut buffer).unwrap();
        let end = buffer.place(target).unwrap();
        let code = buffer.finish(UnitInfo::default()).unwrap().code;
        for at in places {
            assert_eq!(follow(&code, at), end, "from {at:#x} to {end:#x}");
        }
        // One veneer per branch that needs one, and a jump around each island.
        let extra = code.len() as u32 - (600 + length + 4);
        let bounds = match length {
            100 => 0..=0,
            40_000 => 200..=300,
            _ => 600..=800,
        };
        assert!(bounds.contains(&extra), "{extra} for {length}");
    }
}

#[test]
fn long_ways_back() {
    for length in [100, 40_000, 1_500_000] {
        let mut buffer = CodeBuffer::<PcRel>::new();
        let target = buffer.bound_label();
        encode(&Insn::Ret { target: X30 }, &mut buffer).unwrap();
        pad(length, &mut buffer);
        let mut places = Vec::new();
        for insn in branches(target) {
            places.push(buffer.offset());
            encode(&insn, &mut buffer).unwrap();
        }
        let code = buffer.finish(UnitInfo::default()).unwrap().code;
        for at in places {
            assert_eq!(follow(&code, at), 0, "from {at:#x}");
        }
    }
}

/// References to data have no detour.
#[test]
fn data_out_of_reach_is_an_error() {
    let mut buffer = CodeBuffer::<PcRel>::new();
    let data = buffer.label();
    encode(&Insn::LoadLiteral { width: W, dst: X0, label: data }, &mut buffer).unwrap();
    pad(1 << 20, &mut buffer);
    buffer.bind(data);
    buffer.put8(1);
    let error = buffer.finish(UnitInfo::default()).unwrap_err();
    assert_eq!(error, EmitError::OutOfReach { label: data, at: 0, target: (1 << 20) + 4 });
}
