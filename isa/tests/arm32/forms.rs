//! The systematic list of instructions that the corpus holds.

use linac_emit::{Label, Symbol, SymbolId, SymbolTable};
use linac_isa::arm32::insn::*;
use linac_isa::arm32::regs::*;

/// An instruction that may refer to one label, which lies ahead or `back` bytes behind.
pub struct Case {
    pub insn: Box<dyn Fn(Label) -> Insn<Reg>>,
    pub back: Option<u32>,
}

macro_rules! kinds {
    ($($kind:ident)*) => {
        /// Every operation.
        pub const KINDS: &[&str] = &[$(stringify!($kind),)*];

        /// The operation's name. Exhaustive, so that a new one has to be added here, and then below.
        pub fn kind(op: &Op<Reg>) -> &'static str {
            match op { $(Op::$kind { .. } => stringify!($kind),)* }
        }
    };
}

kinds! {
    Alu Compare Move MoveInto MoveImm Movw Movt MoveSymbol Adr Mul Mla Mls MulLong MulAdd Div Bits Extend Field Bfi Bfc
    Saturate Load Store LoadUpdate StoreUpdate LoadDual StoreDual LoadDualUpdate StoreDualUpdate LoadBlock StoreBlock
    Branch Call BranchTo CallTo Udf Bkpt Nop Dmb FloatLoad FloatStore ToFloat FromFloat ToSingle FromSingle FloatImm
    Float FloatUnary FloatCompare FloatCompareZero FloatFlags FloatConvert
}

/// The first, one in the middle, the scratch register, the ones with a role, without the program counter.
const CORNERS: [Reg; 6] = [R0, R7, R8, R12, SP, LR];

/// Modified immediates: none, the whole byte, every kind of rotation.
const IMMEDIATES: [u32; 8] = [0, 1, 255, 0x3FC, 0xFF00, 0xF000_000F, 0xFF00_0000, 0x8000_0000];

fn cores() -> impl Iterator<Item = Reg> {
    (0..15).filter_map(Reg::core)
}

fn doubles() -> impl Iterator<Item = Reg> {
    (0..16).filter_map(Reg::double)
}

fn symbol(number: u32) -> SymbolId {
    let mut table = SymbolTable::default();
    (0..number).for_each(|before| {
        table.intern(Symbol::Literal(before));
    });
    table.intern(Symbol::Literal(number))
}

/// Every kind of shifted register.
fn shifted() -> Vec<Operand<Reg>> {
    let mut all = vec![Operand::Rrx(R3)];
    for &op in ShiftOp::ALL {
        let counts: &[u8] = match op {
            ShiftOp::Lsl => &[1, 2, 31],
            ShiftOp::Ror => &[1, 16, 31],
            ShiftOp::Lsr | ShiftOp::Asr => &[1, 4, 31, 32],
        };
        all.extend(counts.iter().map(|&count| Operand::Shifted(R9, op, count)));
        all.push(Operand::ShiftedBy(R2, op, R10));
    }
    all
}

/// Every kind of second operand.
fn operands() -> Vec<Operand<Reg>> {
    let mut all: Vec<_> = IMMEDIATES.into_iter().map(Operand::Imm).collect();
    all.extend(CORNERS.map(Operand::Reg));
    all.extend(shifted());
    all
}

/// Addresses by a register and an offset within reach.
fn based(reach: i32, step: i32) -> Vec<Amode<Reg>> {
    let disps = [0, step, 64, 128 + step, reach, -step, -reach];
    let mut all: Vec<_> = disps.into_iter().map(|disp| Amode::base(R1, disp)).collect();
    all.extend(cores().map(|base| Amode::base(base, 8)));
    all
}

/// Addresses by two registers.
fn indexed(shifts: &[u8]) -> Vec<Amode<Reg>> {
    let mut all = Vec::new();
    for &shift in shifts {
        for negative in [false, true] {
            all.push(Amode::Index { base: R1, index: R10, negative, shift });
            all.push(Amode::Index { base: SP, index: LR, negative, shift });
        }
    }
    all
}

/// Collects cases. What refers to the label is added through closures, since each case has a label of its own.
#[derive(Default)]
struct Corpus(Vec<Case>);

impl Corpus {
    fn add(&mut self, op: Op<Reg>) {
        self.when(op, Cond::Always);
    }

    fn when(&mut self, op: Op<Reg>, cond: Cond) {
        self.0.push(Case { insn: Box::new(move |_| op.when(cond)), back: None });
    }

    fn at(&mut self, back: Option<u32>, cond: Cond, op: impl Fn(Label) -> Op<Reg> + 'static) {
        self.0.push(Case { insn: Box::new(move |label| op(label).when(cond)), back });
    }
}

fn data_processing(corpus: &mut Corpus) {
    for &op in AluOp::ALL {
        for set in [false, true] {
            for src2 in operands() {
                corpus.add(Op::Alu { op, set, dst: R5, src1: R6, src2 });
            }
            for reg in CORNERS {
                corpus.add(Op::Alu { op, set, dst: reg, src1: R4, src2: Operand::Imm(4) });
                corpus.add(Op::Alu { op, set, dst: R4, src1: reg, src2: Operand::Reg(R1) });
            }
            corpus.when(Op::Alu { op, set, dst: R1, src1: R2, src2: Operand::Reg(R3) }, Cond::Lt);
        }
    }
    for &op in CompareOp::ALL {
        for right in operands() {
            corpus.add(Op::Compare { op, left: R5, right });
        }
        for left in CORNERS {
            corpus.add(Op::Compare { op, left, right: Operand::Reg(R0) });
        }
        corpus.when(Op::Compare { op, left: R0, right: Operand::Imm(0) }, Cond::Ne);
    }
    for &op in MoveOp::ALL {
        for set in [false, true] {
            for src in operands() {
                corpus.add(Op::Move { op, set, dst: R11, src });
            }
            for dst in CORNERS {
                corpus.add(Op::Move { op, set, dst, src: Operand::Reg(R1) });
            }
        }
        for src in operands() {
            corpus.when(Op::MoveInto { op, dst: R0, src1: R0, src }, Cond::Gt);
        }
    }
    for &cond in Cond::ALL {
        corpus.when(Op::MoveInto { op: MoveOp::Mov, dst: R3, src1: R3, src: Operand::Imm(1) }, cond);
        corpus.when(Op::Alu { op: AluOp::Add, set: false, dst: R3, src1: R3, src2: Operand::Imm(1) }, cond);
    }
    for dst in [R0, R7, LR] {
        for imm in [0, 1, 0xFFF, 0x1000, 0xFFFF] {
            corpus.add(Op::Movw { dst, imm });
            corpus.add(Op::Movt { dst, src1: dst, imm });
        }
        corpus.add(Op::MoveSymbol { dst, symbol: symbol(2) });
        let numbers = [0, !0, 0x101, 0xFFFF, 0x1_0000, 0x1_0001, 0xFFFF_FEFE, 0x7FFF_FFFF, 0x1234_5678];
        for imm in numbers {
            corpus.add(Op::MoveImm { dst, imm });
        }
        corpus.when(Op::MoveImm { dst, imm: 0x1234_5678 }, Cond::Eq);
        corpus.when(Op::MoveSymbol { dst, symbol: symbol(1) }, Cond::Ne);
    }
}

fn arithmetic(corpus: &mut Corpus) {
    for dst in cores() {
        corpus.add(Op::Mul { set: false, dst, src: R1, src2: R2 });
        corpus.add(Op::Mul { set: true, dst: R3, src: dst, src2: R2 });
        corpus.add(Op::Mul { set: false, dst: R3, src: R2, src2: dst });
        corpus.add(Op::Mla { dst, src: R1, src2: R2, acc: R3 });
        corpus.add(Op::Mla { dst: R0, src: R1, src2: R2, acc: dst });
        corpus.add(Op::Mls { dst, src: R1, src2: R2, acc: R3 });
        corpus.add(Op::Mls { dst: R0, src: R1, src2: dst, acc: R4 });
        for signed in [false, true] {
            corpus.add(Op::Div { signed, dst, src: R1, src2: R2 });
            corpus.add(Op::Div { signed, dst: R0, src: dst, src2: R2 });
            corpus.add(Op::Div { signed, dst: R0, src: R1, src2: dst });
        }
    }
    for signed in [false, true] {
        for (low, high, src, src2) in
            [(R0, R1, R2, R3), (R12, LR, R0, R8), (LR, R7, R12, R12), (R1, R0, R5, SP)]
        {
            corpus.add(Op::MulLong { signed, low, high, src, src2 });
            corpus.add(Op::MulAdd { signed, low, high, src, src2 });
            corpus.when(Op::MulLong { signed, low, high, src, src2 }, Cond::Mi);
        }
        for bits in if signed { [1, 8, 31, 32] } else { [0, 1, 8, 31] } {
            corpus.add(Op::Saturate { signed, dst: R1, bits, src: LR });
            corpus.add(Op::Saturate { signed, dst: R12, bits, src: R0 });
        }
    }
    for reg in CORNERS {
        for &op in BitOp::ALL {
            corpus.add(Op::Bits { op, dst: reg, src: R1 });
            corpus.add(Op::Bits { op, dst: R1, src: reg });
        }
        for &op in ExtendOp::ALL {
            for rotate in [0, 8, 16, 24] {
                corpus.add(Op::Extend { op, dst: reg, src: R9, rotate });
                corpus.add(Op::Extend { op, dst: R9, src: reg, rotate });
            }
        }
        for (lsb, width) in [(0, 1), (0, 32), (31, 1), (4, 28), (8, 8)] {
            for &op in FieldOp::ALL {
                corpus.add(Op::Field { op, dst: reg, src: R2, lsb, width });
                corpus.add(Op::Field { op, dst: R2, src: reg, lsb, width });
            }
            corpus.add(Op::Bfi { dst: reg, src1: reg, src2: R3, lsb, width });
            corpus.add(Op::Bfi { dst: R3, src1: R3, src2: reg, lsb, width });
            corpus.add(Op::Bfc { dst: reg, src1: reg, lsb, width });
        }
    }
    corpus.when(Op::Bits { op: BitOp::Clz, dst: R0, src: R1 }, Cond::Hi);
    corpus.when(Op::Field { op: FieldOp::Ubfx, dst: R0, src: R1, lsb: 3, width: 5 }, Cond::Ls);
    corpus.when(Op::Div { signed: true, dst: R0, src: R1, src2: R2 }, Cond::Vc);
}

fn memory(corpus: &mut Corpus) {
    let wide: Vec<_> = based(0xFFF, 1).into_iter().chain(indexed(&[0, 2, 31])).collect();
    let narrow: Vec<_> = based(0xFF, 1).into_iter().chain(indexed(&[0])).collect();
    let updates = [Update::Before, Update::After];
    for &op in LoadOp::ALL {
        let is_wide = matches!(op, LoadOp::Word | LoadOp::Byte);
        for &mem in if is_wide { &wide } else { &narrow } {
            corpus.add(Op::Load { op, dst: R9, mem });
            if !matches!(mem, Amode::Base { base: R9, .. }) {
                updates
                    .into_iter()
                    .for_each(|update| corpus.add(Op::LoadUpdate { op, update, dst: R9, mem }));
            }
        }
        cores().for_each(|dst| corpus.add(Op::Load { op, dst, mem: Amode::base(R2, 4) }));
        corpus.when(Op::Load { op, dst: R0, mem: Amode::base(R2, 4) }, Cond::Cs);
        corpus.add(Op::Load { op, dst: R0, mem: Amode::Slot(5) });
    }
    for &op in StoreOp::ALL {
        let is_wide = matches!(op, StoreOp::Word | StoreOp::Byte);
        for &mem in if is_wide { &wide } else { &narrow } {
            corpus.add(Op::Store { op, src: R9, mem });
            if !matches!(mem, Amode::Base { base: R9, .. }) {
                updates
                    .into_iter()
                    .for_each(|update| corpus.add(Op::StoreUpdate { op, update, src: R9, mem }));
            }
        }
        cores().for_each(|src| corpus.add(Op::Store { op, src, mem: Amode::base(R2, 4) }));
        corpus.when(Op::Store { op, src: R0, mem: Amode::base(R2, 4) }, Cond::Cc);
        corpus.add(Op::Store { op, src: R0, mem: Amode::Slot(5) });
    }
    corpus.add(Op::Load { op: LoadOp::Word, dst: PC, mem: Amode::base(R12, 0) });
    for &mem in &narrow {
        corpus.add(Op::LoadDual { dst: R8, dst2: R9, mem });
        corpus.add(Op::StoreDual { src: R8, src2: R9, mem });
        if !matches!(mem, Amode::Base { base: R8 | R9, .. }) {
            for update in updates {
                corpus.add(Op::LoadDualUpdate { update, dst: R8, dst2: R9, mem });
                corpus.add(Op::StoreDualUpdate { update, src: R8, src2: R9, mem });
            }
        }
    }
    corpus.add(Op::LoadDual { dst: R0, dst2: R1, mem: Amode::Slot(1) });
    corpus.when(Op::StoreDual { src: R2, src2: R3, mem: Amode::Slot(1) }, Cond::Eq);
    for regs in [&[R0][..], &[R1, R3], &[R4, R5, R6, R7, LR], &[R0, R2, R12, PC]] {
        let list = RegList::of(regs).unwrap();
        for &mode in BlockMode::ALL {
            // With one register, assemblers choose another instruction for the stack.
            let bases = if regs.len() == 1 { vec![R9] } else { vec![R9, SP] };
            for base in bases {
                for update in [false, true] {
                    corpus.add(Op::LoadBlock { mode, base, update, list });
                    if !regs.contains(&PC) {
                        corpus.add(Op::StoreBlock { mode, base, update, list });
                    }
                }
                corpus.when(Op::LoadBlock { mode, base, update: true, list }, Cond::Ne);
            }
        }
    }
}

fn control(corpus: &mut Corpus) {
    for back in [None, Some(0), Some(4), Some(8), Some(1000), Some(100_000)] {
        for &cond in Cond::ALL {
            corpus.at(back, cond, |target| Op::Branch { target });
        }
        corpus.at(back, Cond::Always, |target| Op::Call { target });
        corpus.at(back, Cond::Ne, |target| Op::Call { target });
    }
    for back in [0, 4, 8, 16, 1008] {
        corpus.at(Some(back), Cond::Always, |target| Op::Adr { dst: R4, target });
        corpus.at(Some(back), Cond::Always, |label| Op::FloatLoad {
            single: false,
            dst: D3,
            mem: Amode::Label(label),
        });
    }
    for back in [0, 4, 8, 16, 1008, 4084] {
        for op in [LoadOp::Word, LoadOp::Byte] {
            corpus.at(Some(back), Cond::Always, move |label| Op::Load {
                op,
                dst: R4,
                mem: Amode::Label(label),
            });
        }
    }
    for target in cores() {
        corpus.add(Op::BranchTo { target });
        corpus.add(Op::CallTo { target });
    }
    corpus.when(Op::BranchTo { target: LR }, Cond::Eq);
    corpus.when(Op::CallTo { target: R12 }, Cond::Pl);
    for imm in [0, 15, 16, 0xABCD, 0xFFFF] {
        corpus.add(Op::Udf { imm });
        corpus.add(Op::Bkpt { imm });
    }
    corpus.add(Op::Nop);
    corpus.when(Op::Nop, Cond::Vs);
    corpus.add(Op::Dmb);
}

fn floats(corpus: &mut Corpus) {
    for single in [false, true] {
        for mem in based(0x3FC, 4).into_iter().chain([Amode::Slot(7)]) {
            corpus.add(Op::FloatLoad { single, dst: D9, mem });
            corpus.add(Op::FloatStore { single, src: D9, mem });
        }
        for reg in doubles() {
            corpus.add(Op::FloatLoad { single, dst: reg, mem: Amode::base(R2, 4) });
            corpus.add(Op::FloatStore { single, src: reg, mem: Amode::base(R2, 4) });
        }
        corpus.when(Op::FloatLoad { single, dst: D1, mem: Amode::base(R2, 4) }, Cond::Ge);
    }
    for reg in doubles() {
        corpus.add(Op::ToFloat { dst: reg, low: R1, high: R2 });
        corpus.add(Op::FromFloat { low: R1, high: R2, src: reg });
        corpus.add(Op::ToSingle { dst: reg, src: R3 });
        corpus.add(Op::FromSingle { dst: R3, src: reg });
        corpus.add(Op::FloatImm { dst: reg, imm: 0x70 });
        for &op in FloatOp::ALL {
            corpus.add(Op::Float { op, dst: reg, src: D1, src2: D2 });
            corpus.add(Op::Float { op, dst: D1, src: reg, src2: D2 });
            corpus.add(Op::Float { op, dst: D1, src: D2, src2: reg });
        }
        for &op in FloatUnary::ALL {
            corpus.add(Op::FloatUnary { op, dst: reg, src: D4 });
            corpus.add(Op::FloatUnary { op, dst: D4, src: reg });
        }
        for &op in Convert::ALL {
            corpus.add(Op::FloatConvert { op, dst: reg, src: D4 });
            corpus.add(Op::FloatConvert { op, dst: D4, src: reg });
        }
        corpus.add(Op::FloatCompare { left: reg, right: D1 });
        corpus.add(Op::FloatCompare { left: D1, right: reg });
        corpus.add(Op::FloatCompareZero { left: reg });
    }
    for imm in 0..=u8::MAX {
        corpus.add(Op::FloatImm { dst: D1, imm });
    }
    for reg in CORNERS {
        let other = if reg == R8 { R9 } else { R8 };
        corpus.add(Op::ToFloat { dst: D5, low: reg, high: other });
        corpus.add(Op::FromFloat { low: other, high: reg, src: D5 });
        corpus.add(Op::ToSingle { dst: D5, src: reg });
        corpus.add(Op::FromSingle { dst: reg, src: D5 });
    }
    corpus.add(Op::FloatFlags);
    corpus.when(Op::FloatFlags, Cond::Eq);
    corpus.when(Op::Float { op: FloatOp::Add, dst: D0, src: D1, src2: D2 }, Cond::Ne);
    corpus.when(Op::FloatConvert { op: Convert::SignedToDouble, dst: D0, src: D1 }, Cond::Ne);
    corpus.when(Op::FloatImm { dst: D0, imm: 0 }, Cond::Ne);
    corpus.when(Op::ToFloat { dst: D0, low: R0, high: R1 }, Cond::Ne);
    corpus.when(Op::FloatCompareZero { left: D0 }, Cond::Ne);
}

/// The whole corpus.
pub fn all() -> Vec<Case> {
    let mut corpus = Corpus::default();
    data_processing(&mut corpus);
    arithmetic(&mut corpus);
    memory(&mut corpus);
    control(&mut corpus);
    floats(&mut corpus);
    corpus.0
}
