//! The systematic list of instructions that the corpus holds.

use linac_emit::{Label, Symbol, SymbolId, SymbolTable};
use linac_isa::x86_64::insn::*;
use linac_isa::x86_64::regs::*;

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
    Mov MovImm MovSymbol MovSymbol64 Zero Load Store StoreImm Extend Lea Alu AluMem Cmp CmpMem Test TestMem Unary
    UnaryMem Imul ImulImm MulWide Div SignSpread Shift ShiftCl DoubleShift DoubleShiftCl Bits Bswap Bt BtMem Set SetMem
    Cmov Jcc Jmp JmpIndirect Call CallIndirect Push Pop PopMem Ret Ud2 Int3 Nop Mfence Swap Xchg LockCmpxchg LockXadd
    LockAlu FloatCopy FloatLoad FloatStore ToFloat FromFloat FloatZero Float FloatUnary Ucomisd IntToFloat FloatToInt
    Round
}

const WIDTHS: [Width; 2] = [Width::W32, Width::W64];
const ALL_WIDTHS: [Width; 4] = [Width::W8, Width::W16, Width::W32, Width::W64];

/// The first register of its kind, those whose low bits mean SIB or displacement, one that needs REX as a byte, high
/// ones.
const CORNERS: [Reg; 8] = [RAX, RDX, RSP, RBP, RDI, R8, R12, R13];

/// Immediates at the bounds of a byte and of 32 bits.
const IMMEDIATES: [i32; 10] = [0, 1, -1, 127, 128, -128, -129, 1000, i32::MAX, i32::MIN];

fn generals() -> impl Iterator<Item = Reg> {
    (0..16).filter_map(Reg::general)
}

fn vectors() -> impl Iterator<Item = Reg> {
    (0..16).filter_map(Reg::vector)
}

fn symbol(number: u32) -> SymbolId {
    let mut table = SymbolTable::default();
    (0..number).for_each(|before| {
        table.intern(Symbol::Literal(before));
    });
    table.intern(Symbol::Literal(number))
}

/// One address of each sort.
fn few_places(label: Label) -> Vec<Amode<Reg>> {
    vec![
        Amode::base(RDI, 0),
        Amode::base(RSP, 8),
        Amode::base(R13, 0),
        Amode::base(R12, -200),
        Amode::index(RAX, R9, Scale::S8, 64),
        Amode::index(R13, RCX, Scale::S1, 0),
        Amode::Slot(3),
        Amode::Label(label),
        Amode::Symbol(symbol(1), 0),
    ]
}

/// Every combination that is encoded in a way of its own.
fn many_places(label: Label) -> Vec<Amode<Reg>> {
    let displacements = [0, 1, 127, 128, -128, -129, i32::MAX, i32::MIN];
    let mut places = few_places(label);
    for base in generals() {
        places.extend(displacements.map(|disp| Amode::base(base, disp)));
    }
    for base in CORNERS {
        for index in CORNERS.into_iter().filter(|index| *index != RSP) {
            for (scale, disp) in [(Scale::S1, 0), (Scale::S2, -8), (Scale::S4, 4096), (Scale::S8, 0)] {
                places.push(Amode::index(base, index, scale, disp));
            }
        }
    }
    places.extend([0, 13, 14, 1000].map(Amode::Slot));
    places.extend([8, -8].map(|addend| Amode::Symbol(symbol(2), addend)));
    places
}

/// Immediates of a width.
fn immediates(width: Width) -> Vec<Imm> {
    let fits = |value: &i32| match width {
        Width::W8 => i8::try_from(*value).is_ok(),
        Width::W16 => i16::try_from(*value).is_ok(),
        _ => true,
    };
    let mut all: Vec<_> = IMMEDIATES.into_iter().filter(fits).map(Imm::Value).collect();
    if width >= Width::W32 {
        all.push(Imm::Symbol(symbol(0)));
    }
    all
}

/// Collects cases. What refers to the label is added through closures, since each case has a label of its own.
#[derive(Default)]
struct Corpus(Vec<Case>);

impl Corpus {
    fn add(&mut self, insn: Insn<Reg>) {
        self.0.push(Case { insn: Box::new(move |_| insn), back: None });
    }

    fn at(&mut self, back: Option<u32>, insn: impl Fn(Label) -> Insn<Reg> + 'static) {
        self.0.push(Case { insn: Box::new(insn), back });
    }

    /// The instruction with each of some addresses.
    fn places(
        &mut self,
        places: fn(Label) -> Vec<Amode<Reg>>,
        insn: impl Fn(Amode<Reg>) -> Insn<Reg> + Copy + 'static,
    ) {
        // Any label does for counting.
        let count = places(Label::from_u32(0)).len();
        for nth in 0..count {
            self.at(None, move |label| insn(places(label)[nth]));
        }
    }

    /// The instruction with each general register and some addresses as operand.
    fn general_or_memory(&mut self, insn: impl Fn(Rm<Reg>) -> Insn<Reg> + Copy + 'static) {
        CORNERS.into_iter().for_each(|reg| self.add(insn(Rm::Reg(reg))));
        self.places(few_places, move |mem| insn(Rm::Mem(mem)));
    }

    fn vector_or_memory(&mut self, insn: impl Fn(Rm<Reg>) -> Insn<Reg> + Copy + 'static) {
        [XMM0, XMM5, XMM7, XMM8, XMM15].into_iter().for_each(|reg| self.add(insn(Rm::Reg(reg))));
        self.places(few_places, move |mem| insn(Rm::Mem(mem)));
    }
}

fn moves(corpus: &mut Corpus) {
    for width in WIDTHS {
        for dst in generals() {
            CORNERS.into_iter().for_each(|src| corpus.add(Insn::Mov { width, dst, src }));
        }
        corpus.places(many_places, move |mem| Insn::Load { width, dst: R9, mem });
        corpus.places(few_places, move |mem| Insn::Lea { width, dst: RSI, mem });
        for dst in generals() {
            corpus.add(Insn::Load { width, dst, mem: Amode::base(RBP, 8) });
        }
    }
    for dst in [RAX, RSP, R13] {
        let bounds = [0, 1, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, -1, -0x8000_0000];
        bounds.into_iter().for_each(|imm| corpus.add(Insn::MovImm { width: Width::W32, dst, imm }));
        bounds.into_iter().for_each(|imm| corpus.add(Insn::MovImm { width: Width::W64, dst, imm }));
        let wide = [0x1_0000_0000, -0x8000_0001, i64::MAX, i64::MIN];
        wide.into_iter().for_each(|imm| corpus.add(Insn::MovImm { width: Width::W64, dst, imm }));
        corpus.add(Insn::MovSymbol { dst, symbol: symbol(3) });
        corpus.add(Insn::MovSymbol64 { dst, symbol: symbol(3) });
    }
    generals().for_each(|dst| corpus.add(Insn::Zero { dst }));
    for width in ALL_WIDTHS {
        generals().for_each(|src| corpus.add(Insn::Store { width, mem: Amode::base(RSP, 8), src }));
        for src in [RSI, R10] {
            corpus.places(few_places, move |mem| Insn::Store { width, mem, src });
        }
        for imm in immediates(width) {
            corpus.add(Insn::StoreImm { width, mem: Amode::base(RDI, 0), imm });
        }
        corpus.places(few_places, move |mem| Insn::StoreImm { width, mem, imm: Imm::Value(100) });
    }
    for &op in Extend::ALL {
        generals().for_each(|src| corpus.add(Insn::Extend { op, dst: RBX, src: Rm::Reg(src) }));
        corpus.general_or_memory(move |src| Insn::Extend { op, dst: R15, src });
    }
}

fn integers(corpus: &mut Corpus) {
    for width in WIDTHS {
        for &op in AluOp::ALL {
            for dst in CORNERS {
                CORNERS
                    .into_iter()
                    .for_each(|src| corpus.add(Insn::Alu { op, width, dst, src1: dst, src2: Rmi::Reg(src) }));
                for imm in immediates(width) {
                    corpus.add(Insn::Alu { op, width, dst, src1: dst, src2: Rmi::Imm(imm) });
                }
            }
            corpus.places(few_places, move |mem| Insn::Alu {
                op,
                width,
                dst: R8,
                src1: R8,
                src2: Rmi::Mem(mem),
            });
            for src in [
                Ri::Reg(RBP),
                Ri::Imm(Imm::Value(8)),
                Ri::Imm(Imm::Value(800)),
                Ri::Imm(Imm::Symbol(symbol(4))),
            ] {
                corpus.places(few_places, move |mem| Insn::AluMem { op, width, mem, src });
                corpus.add(Insn::LockAlu { op, width, mem: Amode::base(R9, 8), src });
            }
        }
        for &op in UnaryOp::ALL {
            generals().for_each(|dst| corpus.add(Insn::Unary { op, width, dst, src1: dst }));
            corpus.places(few_places, move |mem| Insn::UnaryMem { op, width, mem });
        }
        for dst in CORNERS {
            corpus.add(Insn::Imul { width, dst, src1: dst, src2: Rm::Reg(R9) });
        }
        corpus.general_or_memory(move |src2| Insn::Imul { width, dst: RBX, src1: RBX, src2 });
        generals().for_each(|dst| corpus.add(Insn::Bswap { width, dst, src1: dst }));
        for imm in IMMEDIATES {
            corpus.add(Insn::ImulImm { width, dst: RBP, src: Rm::Reg(R8), imm });
        }
        for imm in [8, 800] {
            corpus.general_or_memory(move |src| Insn::ImulImm { width, dst: R14, src, imm });
        }
        for signed in [false, true] {
            corpus.general_or_memory(move |src2| Insn::MulWide {
                signed,
                width,
                low: RAX,
                high: RDX,
                src1: RAX,
                src2,
            });
            corpus.general_or_memory(move |divisor| Insn::Div {
                signed,
                width,
                quotient: RAX,
                remainder: RDX,
                low: RAX,
                high: RDX,
                divisor,
            });
        }
        corpus.add(Insn::SignSpread { width, dst: RDX, src: RAX });
    }
}

fn comparisons(corpus: &mut Corpus) {
    for width in ALL_WIDTHS {
        for imm in immediates(width) {
            let (mem, right) = (Amode::index(RSP, R12, Scale::S8, 8), Ri::Imm(imm));
            corpus.add(Insn::CmpMem { width, mem, right });
            corpus.add(Insn::TestMem { width, mem, right });
            if width != Width::W16 {
                generals().for_each(|left| corpus.add(Insn::Test { width, left, right: Ri::Imm(imm) }));
            }
        }
    }
    for width in ALL_WIDTHS {
        let right = Ri::Imm(Imm::Value(1));
        corpus.places(few_places, move |mem| Insn::CmpMem { width, mem, right });
        corpus.places(few_places, move |mem| Insn::TestMem { width, mem, right });
    }
    for width in WIDTHS {
        for left in CORNERS {
            for right in CORNERS {
                corpus.add(Insn::Cmp { width, left, right: Rmi::Reg(right) });
                corpus.add(Insn::Test { width, left, right: Ri::Reg(right) });
                corpus.add(Insn::Bt { width, left, right: Ri::Reg(right) });
            }
            for imm in immediates(width) {
                corpus.add(Insn::Cmp { width, left, right: Rmi::Imm(imm) });
            }
            for bit in [0, 1, i32::from(width.bits()) - 1] {
                corpus.add(Insn::Bt { width, left, right: Ri::Imm(Imm::Value(bit)) });
            }
            let right = Ri::Reg(left);
            corpus.places(few_places, move |mem| Insn::CmpMem { width, mem, right });
            corpus.places(few_places, move |mem| Insn::TestMem { width, mem, right });
        }
        corpus.places(few_places, move |mem| Insn::Cmp { width, left: R11, right: Rmi::Mem(mem) });
        corpus.places(few_places, move |mem| Insn::BtMem { width, mem, bit: width.bits() - 1 });
    }
    for &cond in Cond::ALL {
        generals().for_each(|dst| corpus.add(Insn::Set { cond, dst }));
        corpus.places(few_places, move |mem| Insn::SetMem { cond, mem });
        for width in WIDTHS {
            corpus.general_or_memory(move |src2| Insn::Cmov { cond, width, dst: RDX, src1: RDX, src2 });
        }
    }
}

fn bits(corpus: &mut Corpus) {
    for width in WIDTHS {
        for &op in ShiftOp::ALL {
            for dst in generals() {
                [0, 1, 2, width.bits() - 1]
                    .into_iter()
                    .for_each(|count| corpus.add(Insn::Shift { op, width, dst, src1: dst, count }));
                corpus.add(Insn::ShiftCl { op, width, dst, src1: dst, count: RCX });
            }
        }
        for &op in DoubleShiftOp::ALL {
            for dst in CORNERS {
                for src2 in [RAX, RSP, R8] {
                    [1, width.bits() - 1].into_iter().for_each(|count| {
                        corpus.add(Insn::DoubleShift { op, width, dst, src1: dst, src2, count })
                    });
                    corpus.add(Insn::DoubleShiftCl { op, width, dst, src1: dst, src2, count: RCX });
                }
            }
        }
        for &op in BitOp::ALL {
            for dst in [RAX, R13] {
                corpus.general_or_memory(move |src| Insn::Bits { op, width, dst, src });
            }
        }
    }
}

fn control(corpus: &mut Corpus) {
    // The short form reaches 128 bytes back from its end.
    let distances = [None, Some(0), Some(16), Some(125), Some(126), Some(127), Some(1000)];
    for back in distances {
        for &cond in Cond::ALL {
            corpus.at(back, move |target| Insn::Jcc { cond, target });
        }
        corpus.at(back, |target| Insn::Jmp { target });
        corpus.at(back, |target| Insn::Call { target });
        corpus.at(back, |label| Insn::Lea { width: Width::W64, dst: RCX, mem: Amode::Label(label) });
        for imm in [5, 500] {
            // Bytes behind the distance count too.
            corpus.at(back, move |label| Insn::CmpMem {
                width: Width::W64,
                mem: Amode::Label(label),
                right: Ri::Imm(Imm::Value(imm)),
            });
        }
    }
    corpus.general_or_memory(|target| Insn::JmpIndirect { target });
    corpus.general_or_memory(|target| Insn::CallIndirect { target });
    generals().for_each(|src| corpus.add(Insn::Push { src: Rmi::Reg(src) }));
    generals().for_each(|dst| corpus.add(Insn::Pop { dst }));
    immediates(Width::W64).into_iter().for_each(|imm| corpus.add(Insn::Push { src: Rmi::Imm(imm) }));
    corpus.places(few_places, |mem| Insn::Push { src: Rmi::Mem(mem) });
    corpus.places(few_places, |mem| Insn::PopMem { mem });
    [Insn::Ret, Insn::Ud2, Insn::Int3, Insn::Mfence].into_iter().for_each(|insn| corpus.add(insn));
    (1..=9).for_each(|length| corpus.add(Insn::Nop { length }));
}

fn atomics(corpus: &mut Corpus) {
    for width in WIDTHS {
        // Both orders are there: the check against llvm-mc, which exchanges the fields, relies on it.
        for left in CORNERS {
            for right in CORNERS.into_iter().filter(|right| *right != left) {
                corpus.add(Insn::Swap { width, left, right });
            }
        }
        for reg in [RAX, RDI, R12] {
            corpus.places(few_places, move |mem| Insn::Xchg { width, dst: reg, src1: reg, mem });
            corpus.places(few_places, move |mem| Insn::LockXadd { width, dst: reg, src1: reg, mem });
            corpus.places(few_places, move |mem| Insn::LockCmpxchg {
                width,
                dst: RAX,
                expected: RAX,
                new: reg,
                mem,
            });
        }
    }
}

fn floats(corpus: &mut Corpus) {
    for dst in vectors() {
        [XMM0, XMM7, XMM8, XMM15].into_iter().for_each(|src| corpus.add(Insn::FloatCopy { dst, src }));
        corpus.add(Insn::FloatZero { dst });
    }
    for &op in FloatMove::ALL {
        for reg in [XMM0, XMM7, XMM8, XMM15] {
            corpus.places(few_places, move |mem| Insn::FloatLoad { op, dst: reg, mem });
            corpus.places(few_places, move |mem| Insn::FloatStore { op, mem, src: reg });
        }
    }
    corpus.places(many_places, |mem| Insn::FloatLoad { op: FloatMove::Double, dst: XMM10, mem });
    for dst in [XMM0, XMM9] {
        for &op in FloatOp::ALL {
            corpus.vector_or_memory(move |src2| Insn::Float { op, dst, src1: dst, src2 });
        }
        for &op in FloatUnary::ALL {
            corpus.vector_or_memory(move |src| Insn::FloatUnary { op, dst, src });
        }
        for &mode in Rounding::ALL {
            corpus.vector_or_memory(move |src| Insn::Round { mode, dst, src });
        }
        corpus.vector_or_memory(move |right| Insn::Ucomisd { left: dst, right });
        for width in WIDTHS {
            corpus.general_or_memory(move |src| Insn::IntToFloat { width, dst, src });
            generals().for_each(|src| corpus.add(Insn::ToFloat { width, dst, src }));
            generals().for_each(|reg| corpus.add(Insn::FromFloat { width, dst: reg, src: dst }));
        }
    }
    for width in WIDTHS {
        for dst in [RAX, R8] {
            corpus.vector_or_memory(move |src| Insn::FloatToInt { width, dst, src });
        }
    }
}

/// All cases, in the order of the corpus.
pub fn all() -> Vec<Case> {
    let mut corpus = Corpus::default();
    for group in [moves, integers, comparisons, bits, control, atomics, floats] {
        group(&mut corpus);
    }
    corpus.0
}
