//! The systematic list of instructions that the corpus holds.

use linac_emit::{Label, Symbol, SymbolId, SymbolTable};
use linac_isa::aarch64::insn::*;
use linac_isa::aarch64::regs::*;

/// An instruction that may refer to one label, which lies ahead or `back` bytes behind.
pub struct Case {
    pub insn: Box<dyn Fn(Label) -> Insn<Reg>>,
    pub back: Option<u32>,
}

macro_rules! kinds {
    ($($kind:ident)*) => {
        /// Every instruction.
        pub const KINDS: &[&str] = &[$(stringify!($kind),)*];

        /// The instruction's name. Exhaustive, so that a new instruction has to be added here, and then below.
        pub fn kind(insn: &Insn<Reg>) -> &'static str {
            match insn { $(Insn::$kind { .. } => stringify!($kind),)* }
        }
    };
}

kinds! {
    Mov MovImm MovSymbol MovWide MovKeep Adr Adrp AddLow SymbolAddress SymbolLoad AddImm AddReg AddExtend LogicImm LogicReg
    Bitfield BitfieldInsert Extract ShiftReg MulAdd MulHigh Div Unary Select Compare Load Store LoadPair StorePair
    LoadLiteral FloatLoad FloatStore FloatLoadPair FloatStorePair FloatLoadLiteral B Bl BCond Cbz Tbz Br Blr Ret FloatMov
    FloatImm ToFloat FromFloat Float FloatUnary FloatCompare FloatCompareZero FloatSelect IntToFloat FloatToInt FloatWidth
    Brk Udf Nop Dmb
}

const WIDTHS: [Width; 2] = [Width::W32, Width::W64];

/// The ends of the field, a middle one, and zero.
const CORNERS: [Reg; 5] = [X0, X5, X16, X30, XZR];
const VECTORS: [Reg; 4] = [D0, D7, D16, D31];

/// What `mov` of a constant is made of: one to four instructions, each kind of first one.
const CONSTANTS: [i64; 27] = [
    0,
    1,
    143,
    0xFFFF,
    0x1_0000,
    0x1_0001,
    0x1234_5678,
    0xFFFF_FFFF,
    0x8000_0000,
    0x1_0000_0000,
    -1,
    -2,
    -0xFFFF,
    -0x1_0000,
    -0x1_0001,
    -0x8000_0000,
    i64::MAX,
    i64::MIN,
    0x0123_4567_89AB_CDEF,
    -0x0123_4567_89AB_CDF0,
    0x5555_5555_5555_5555,
    0x00FF_00FF_00FF_00FF,
    0x7FF0_0000_0000_0000,
    -0x10_0000_0000_0000,
    0x1234_0000_0000,
    0xFFFF_FFFF_0000,
    0x3FFF_FFFF_FFFF_FFF0,
];

/// Bitmasks of each size of element, with runs that wrap and that do not.
const BITMASKS: [u64; 14] = [
    1,
    3,
    0xF,
    0x3C,
    0xFF,
    0xFFF0,
    0x8000_0000_0000_0000,
    0x7FFF_FFFF_FFFF_FFFF,
    0xFFFF_FFFF_FFFF_FFFE,
    0xF000_0000_0000_000F,
    0x5555_5555_5555_5555,
    0xE00F_E00F_E00F_E00F,
    0x0000_00FF_0000_00FF,
    0xC7C7_C7C7_C7C7_C7C7,
];

fn generals() -> impl Iterator<Item = Reg> {
    (0..31).filter_map(Reg::general)
}

fn vectors() -> impl Iterator<Item = Reg> {
    (0..32).filter_map(Reg::vector)
}

fn symbol(number: u32) -> SymbolId {
    let mut table = SymbolTable::default();
    (0..number).for_each(|before| {
        table.intern(Symbol::Literal(before));
    });
    table.intern(Symbol::Literal(number))
}

/// Addresses for an access of a width, not to be used with x3, x9 as transferred registers when they write back.
fn places(width: Width) -> Vec<Amode<Reg>> {
    let unit = width.bytes() as i32;
    let mut places = Vec::new();
    for base in [X9, SP, X0] {
        for offset in [0, unit, 4095 * unit, -1, -256, 255, 1, 5 * unit] {
            places.push(Amode::Base { base, offset });
        }
    }
    for base in [X9, SP] {
        for offset in [8, -16, 255, -256, 0] {
            places.push(Amode::Before { base, offset });
            places.push(Amode::After { base, offset });
        }
        for index in [X3, XZR] {
            for extend in [ExtendOp::Uxtw, ExtendOp::Uxtx, ExtendOp::Sxtw, ExtendOp::Sxtx] {
                // A byte has no shift to tell the two forms apart.
                for scaled in [false, true].into_iter().filter(|scaled| !scaled || width != Width::W8) {
                    places.push(Amode::Index { base, index, extend, scaled });
                }
            }
        }
    }
    places
}

/// The same and what only wide accesses have.
fn wide_places(width: Width) -> Vec<Amode<Reg>> {
    let low = [0, 16, -8].map(|addend| Amode::Low { base: X9, symbol: symbol(2), addend });
    places(width).into_iter().chain(low).collect()
}

fn pair_places(width: Width) -> Vec<Amode<Reg>> {
    let unit = width.bytes() as i32;
    let mut places = Vec::new();
    for base in [X9, SP] {
        for offset in [0, unit, 63 * unit, -unit, -64 * unit] {
            places.push(Amode::Base { base, offset });
            places.push(Amode::Before { base, offset });
            places.push(Amode::After { base, offset });
        }
    }
    places
}

/// Collects cases. What refers to the label is added through closures, since each case has a label of its own.
#[derive(Default)]
struct Corpus(Vec<Case>);

impl Corpus {
    fn add(&mut self, insn: Insn<Reg>) {
        self.0.push(Case { insn: Box::new(move |_| insn), back: None });
    }

    fn extend(&mut self, insns: impl IntoIterator<Item = Insn<Reg>>) {
        insns.into_iter().for_each(|insn| self.add(insn));
    }

    fn at(&mut self, back: Option<u32>, insn: impl Fn(Label) -> Insn<Reg> + 'static) {
        self.0.push(Case { insn: Box::new(insn), back });
    }
}

fn moves(corpus: &mut Corpus) {
    for width in WIDTHS {
        for dst in CORNERS {
            corpus.extend(CORNERS.map(|src| Insn::Mov { width, dst, src }));
        }
        corpus.add(Insn::Mov { width, dst: SP, src: X7 });
        corpus.add(Insn::Mov { width, dst: X7, src: SP });
        corpus.add(Insn::Mov { width, dst: SP, src: SP });
        for op in MoveOp::ALL.iter().copied() {
            for shift in [0, 16, 32, 48].into_iter().filter(|&shift| u32::from(shift) < width.bits()) {
                for imm in [0, 1, 0x1234, 0xFFFF] {
                    corpus.add(Insn::MovWide { op, width, dst: X6, imm, shift });
                    corpus.add(Insn::MovKeep { width, dst: X30, src1: X30, imm, shift });
                }
            }
        }
    }
    for imm in CONSTANTS {
        for dst in [X0, X28] {
            corpus.add(Insn::MovImm { width: Width::W64, dst, imm });
            if i32::try_from(imm).is_ok() || u32::try_from(imm).is_ok() {
                corpus.add(Insn::MovImm { width: Width::W32, dst, imm });
            }
        }
    }
    for dst in generals() {
        corpus.add(Insn::MovImm { width: Width::W64, dst, imm: 5 });
        corpus.add(Insn::MovSymbol { dst, symbol: symbol(3) });
        corpus.add(Insn::SymbolAddress { dst, symbol: symbol(1) });
        corpus.add(Insn::SymbolLoad { dst, symbol: symbol(0) });
    }
    for addend in [0, 8, -8] {
        corpus.add(Insn::Adrp { dst: X17, symbol: symbol(4), addend });
        corpus.add(Insn::AddLow { dst: X0, src: X17, symbol: symbol(4), addend });
        corpus.add(Insn::AddLow { dst: SP, src: SP, symbol: symbol(4), addend });
    }
}

fn sums(corpus: &mut Corpus) {
    for &op in AddOp::ALL {
        // Number 31 as result is the stack pointer or nothing.
        let special = if op.sets_flags() { XZR } else { SP };
        for width in WIDTHS {
            for imm in [0, 1, 0xFFF, 0x1000, 0x12_3000, 0xFF_F000] {
                for (dst, src) in [(X0, X30), (X30, SP), (special, X5), (special, SP), (X19, X19)] {
                    corpus.add(Insn::AddImm { op, width, dst, src, imm });
                }
            }
            for dst in CORNERS {
                for left in [X0, X30] {
                    let shift = Shift::NONE;
                    corpus.extend(CORNERS.map(|right| Insn::AddReg { op, width, dst, left, right, shift }));
                }
            }
            for shift in [ShiftOp::Lsl, ShiftOp::Lsr, ShiftOp::Asr] {
                for count in [1, 4, width.bits() as u8 - 1] {
                    let shift = Shift { op: shift, count };
                    corpus.add(Insn::AddReg { op, width, dst: X1, left: X2, right: X3, shift });
                    corpus.add(Insn::AddReg { op, width, dst: X1, left: XZR, right: X3, shift });
                    corpus.add(Insn::AddReg { op, width, dst: XZR, left: X2, right: X3, shift });
                }
            }
            for &extend in ExtendOp::ALL.iter().filter(|extend| extend.source() <= width) {
                for count in 0..=4 {
                    let (dst, left, right) = (X1, X2, X3);
                    corpus.add(Insn::AddExtend { op, width, dst, left, right, extend, count });
                }
                let (dst, left, right) = (special, SP, X30);
                corpus.add(Insn::AddExtend { op, width, dst, left, right, extend, count: 2 });
            }
        }
    }
}

fn bits(corpus: &mut Corpus) {
    for width in WIDTHS {
        let most = width.bits() as u8 - 1;
        for &op in LogicOp::ALL {
            for dst in CORNERS {
                for left in [X0, X30, XZR] {
                    // Of the zero register it is a move, which has one form only.
                    let moves = |right: &Reg| !(op == LogicOp::Orr && left == XZR && *right == SP);
                    let shift = Shift::NONE;
                    let rights = CORNERS.into_iter().filter(moves);
                    corpus.extend(rights.map(|right| Insn::LogicReg { op, width, dst, left, right, shift }));
                }
            }
            for &shift in ShiftOp::ALL {
                for count in [1, 8, most] {
                    let shift = Shift { op: shift, count };
                    corpus.add(Insn::LogicReg { op, width, dst: X1, left: X2, right: X3, shift });
                }
            }
            for imm in BITMASKS {
                let fits = width == Width::W64 || imm >> 32 == 0;
                if matches!(op, LogicOp::And | LogicOp::Orr | LogicOp::Eor | LogicOp::Ands) && fits {
                    let special = if op.sets_flags() { XZR } else { SP };
                    for (dst, src) in [(X0, X30), (X30, X0), (special, X7)] {
                        corpus.add(Insn::LogicImm { op, width, dst, src, imm });
                    }
                }
            }
        }
        for rotate in [0, 1, 4, 8, 16, 31, most] {
            for last in [0, 3, 7, 15, 30, most - 1, most, 31] {
                for &op in BitfieldOp::ALL {
                    corpus.add(Insn::Bitfield { op, width, dst: X3, src: X29, rotate, last });
                }
                corpus.add(Insn::BitfieldInsert { width, dst: X3, src1: X3, src2: X29, rotate, last });
            }
        }
        for &op in ShiftOp::ALL {
            for dst in CORNERS {
                corpus.add(Insn::ShiftReg { op, width, dst, src: X9, count: X4 });
                corpus.add(Insn::ShiftReg { op, width, dst: X9, src: dst, count: X4 });
                corpus.add(Insn::ShiftReg { op, width, dst: X9, src: X4, count: dst });
            }
        }
        for low in [0, 1, most] {
            corpus.add(Insn::Extract { width, dst: X0, left: X1, right: X30, low });
        }
        for &op in UnaryOp::ALL.iter().filter(|op| **op != UnaryOp::Rev32 || width == Width::W64) {
            for dst in CORNERS {
                corpus.extend(CORNERS.map(|src| Insn::Unary { op, width, dst, src }));
            }
        }
    }
}

fn products(corpus: &mut Corpus) {
    for dst in CORNERS {
        for (left, right) in [(X1, X30), (X30, X2), (XZR, X4)] {
            for width in WIDTHS {
                for &op in MulOp::ALL {
                    corpus.extend(CORNERS.map(|addend| Insn::MulAdd { op, width, dst, left, right, addend }));
                }
                corpus.extend([false, true].map(|signed| Insn::Div { signed, width, dst, left, right }));
            }
            corpus.extend([false, true].map(|signed| Insn::MulHigh { signed, dst, left, right }));
        }
    }
}

fn conditions(corpus: &mut Corpus) {
    for &cond in Cond::ALL {
        for width in WIDTHS {
            for &op in SelectOp::ALL {
                for (dst, yes, no) in [(X0, X1, X30), (X30, XZR, XZR), (X2, X2, X3), (X9, X8, XZR)] {
                    corpus.add(Insn::Select { op, cond, width, dst, yes, no });
                }
            }
            for &op in CompareOp::ALL {
                for right in [Ri::Reg(X30), Ri::Reg(XZR), Ri::Imm(0), Ri::Imm(31)] {
                    for flags in [0, 4, 15] {
                        corpus.add(Insn::Compare { op, cond, width, left: X9, right, flags });
                    }
                }
            }
        }
        corpus.add(Insn::FloatSelect { cond, dst: D1, yes: D31, no: D16 });
    }
}

fn memory(corpus: &mut Corpus) {
    for &op in LoadOp::ALL {
        let all = if op.memory() >= Width::W32 { wide_places(op.memory()) } else { places(op.memory()) };
        // `ldrsw` has no relocated form here that the others do not have.
        for dst in [X1, X30, XZR] {
            corpus.extend(all.iter().map(|&mem| Insn::Load { op, dst, mem }));
        }
    }
    for width in [Width::W8, Width::W16, Width::W32, Width::W64] {
        let all = if width >= Width::W32 { wide_places(width) } else { places(width) };
        for src in [X1, X30, XZR] {
            corpus.extend(all.iter().map(|&mem| Insn::Store { width, mem, src }));
        }
    }
    for width in WIDTHS {
        for reg in [D0, D9, D31] {
            corpus.extend(wide_places(width).into_iter().map(|mem| Insn::FloatLoad { width, dst: reg, mem }));
            corpus.extend(wide_places(width).into_iter().map(|mem| Insn::FloatStore {
                width,
                mem,
                src: reg,
            }));
        }
        for mem in pair_places(width) {
            for (first, second) in [(X0, X30), (XZR, X1), (X28, XZR)] {
                corpus.add(Insn::LoadPair { width, first, second, mem });
                corpus.add(Insn::StorePair { width, mem, first, second });
            }
            corpus.add(Insn::StorePair { width, mem, first: XZR, second: XZR });
            for (first, second) in [(D0, D31), (D30, D1)] {
                corpus.add(Insn::FloatLoadPair { width, first, second, mem });
                corpus.add(Insn::FloatStorePair { width, mem, first, second });
            }
        }
    }
    for back in [None, Some(0), Some(64), Some(1 << 20)] {
        for width in WIDTHS {
            corpus.at(back, move |label| Insn::LoadLiteral { width, dst: X30, label });
            corpus.at(back, move |label| Insn::FloatLoadLiteral { width, dst: D31, label });
        }
        corpus.at(back, |label| Insn::Adr { dst: X30, label });
    }
}

fn control(corpus: &mut Corpus) {
    for back in [None, Some(0), Some(4), Some(1000), Some(1 << 15)] {
        for &cond in Cond::ALL {
            corpus.at(back, move |target| Insn::BCond { cond, target });
        }
        for nonzero in [false, true] {
            for src in [X0, X30, XZR] {
                for width in WIDTHS {
                    corpus.at(back, move |target| Insn::Cbz { nonzero, width, src, target });
                }
                for bit in [0, 5, 31, 32, 63] {
                    corpus.at(back, move |target| Insn::Tbz { nonzero, src, bit, target });
                }
            }
        }
        corpus.at(back, |target| Insn::B { target });
        corpus.at(back, |target| Insn::Bl { target });
    }
    corpus.at(Some(1 << 20), |target| Insn::BCond { cond: Cond::Lt, target });
    corpus.at(Some(1 << 20), |target| Insn::B { target });
    for target in generals() {
        corpus.extend([Insn::Br { target }, Insn::Blr { target }, Insn::Ret { target }]);
    }
    for imm in [0, 1, 0xF000, 0xFFFF] {
        corpus.extend([Insn::Brk { imm }, Insn::Udf { imm }]);
    }
    corpus.add(Insn::Nop);
    corpus.extend(Barrier::ALL.iter().map(|&barrier| Insn::Dmb { barrier }));
}

fn floats(corpus: &mut Corpus) {
    for dst in vectors() {
        corpus.extend(VECTORS.map(|src| Insn::FloatMov { dst, src }));
    }
    for value in [1.0, 2.0, -0.5, 31.0, 0.125, -1.9375, 10.0, -0.1328125] {
        corpus.extend([D0, D31].map(|dst| Insn::FloatImm { dst, bits: f64::to_bits(value) }));
    }
    for dst in VECTORS {
        for &op in FloatOp::ALL {
            corpus.extend(VECTORS.map(|right| Insn::Float { op, dst, left: D9, right }));
            corpus.add(Insn::Float { op, dst: D9, left: dst, right: D8 });
        }
        for &op in FloatUnary::ALL {
            corpus.extend(VECTORS.map(|src| Insn::FloatUnary { op, dst, src }));
        }
        corpus.extend(VECTORS.map(|right| Insn::FloatCompare { left: dst, right }));
        corpus.add(Insn::FloatCompareZero { left: dst });
        corpus.extend(WIDTHS.map(|to| Insn::FloatWidth { to, dst, src: D3 }));
        for reg in CORNERS {
            for width in WIDTHS {
                corpus.add(Insn::ToFloat { width, dst, src: reg });
                corpus.add(Insn::FromFloat { width, dst: reg, src: dst });
                for signed in [false, true] {
                    corpus.add(Insn::IntToFloat { signed, width, dst, src: reg });
                }
                for &op in RoundOp::ALL {
                    corpus.add(Insn::FloatToInt { op, width, dst: reg, src: dst });
                }
            }
        }
    }
}

/// All cases, in the order of the corpus.
pub fn all() -> Vec<Case> {
    let mut corpus = Corpus::default();
    for group in [moves, sums, bits, products, conditions, memory, control, floats] {
        group(&mut corpus);
    }
    corpus.0
}
