//! The test assembler's instructions of A32.

use super::{Asm, Label, runtime};
use linac_abi::object::{RelocKind, SlotSet, Symbol};
use linac_abi::rtcall::RtCall;
use linac_abi::term::NIL;

/// Name of the instruction set in code objects.
pub const TARGET: &str = "arm32";

/// Argument registers x0..x2, by number; also the registers that the helpers work with. Runtime calls take their
/// arguments from the second on.
#[derive(Clone, Copy)]
pub enum Reg {
    X0 = 0,
    X1 = 1,
    X2 = 2,
}

const REDS: u32 = 9;
const HTOP: u32 = 10;
const SCRATCH: u32 = 12;
const ESP: u32 = 13;
const LR: u32 = 14;

impl Asm {
    fn word(&mut self, word: u32) {
        self.bytes(&word.to_le_bytes());
    }

    pub(super) fn align(&mut self) {
        while !self.here().is_multiple_of(16) {
            self.word(0xE7F0_00F0);
        }
    }

    fn branch(&mut self, opcode: u32, label: Label) {
        self.fixups.push((self.here(), label));
        self.word(opcode);
    }

    pub(super) fn patch(&mut self, at: usize, target: usize) {
        let field = &mut self.object.code[at..at + 4];
        let opcode = u32::from_le_bytes(field.try_into().unwrap());
        let distance = (target as u32).wrapping_sub(at as u32 + 8) >> 2;
        field.copy_from_slice(&(opcode | distance & 0x00FF_FFFF).to_le_bytes());
    }

    pub fn jump(&mut self, label: Label) {
        self.branch(0xEA00_0000, label);
    }

    /// Jumps if x0 is the word 0.
    pub fn jump_if_zero(&mut self, label: Label) {
        self.word(0xE350_0000);
        self.branch(0x0A00_0000, label);
    }

    fn add_immediate(&mut self, to: u32, from: u32, n: u32) {
        assert!(n < 256);
        self.word(0xE280_0000 | from << 16 | to << 12 | n);
    }

    fn sub_immediate(&mut self, to: u32, from: u32, n: u32) {
        assert!(n < 256);
        self.word(0xE240_0000 | from << 16 | to << 12 | n);
    }

    fn compare(&mut self, a: u32, b: u32) {
        self.word(0xE150_0000 | a << 16 | b);
    }

    fn str(&mut self, reg: u32, base: u32, word: u32) {
        self.word(0xE580_0000 | base << 16 | reg << 12 | 4 * word);
    }

    fn ldr(&mut self, reg: u32, base: u32, word: u32) {
        self.word(0xE590_0000 | base << 16 | reg << 12 | 4 * word);
    }

    fn wide(&mut self, reg: u32, word: u32) {
        let half = |half: u32| half >> 12 << 16 | half & 0xFFF;
        self.word(0xE300_0000 | reg << 12 | half(word & 0xFFFF));
        self.word(0xE340_0000 | reg << 12 | half(word >> 16));
    }

    /// Loads a symbol's value.
    fn value(&mut self, reg: u32, symbol: Symbol) {
        self.reloc(RelocKind::ArmMovw, symbol.clone(), 0);
        self.word(0xE300_0000 | reg << 12);
        self.reloc(RelocKind::ArmMovt, symbol, 0);
        self.word(0xE340_0000 | reg << 12);
    }

    /// The checks at a function's entry.
    pub(super) fn enter(&mut self, slow: Label) {
        self.sub_immediate(SCRATCH, ESP, 4 * (self.frame + 8));
        self.compare(SCRATCH, HTOP);
        self.branch(0x3A00_0000, slow); // blo
        self.word(0xE250_0001 | REDS << 16 | REDS << 12); // subs REDS, REDS, #1
        self.branch(0x4A00_0000, slow); // bmi
    }

    pub(super) fn make_frame(&mut self) {
        self.sub_immediate(ESP, ESP, 4 * (self.frame + 1));
        self.str(LR, ESP, self.frame);
        self.wide(SCRATCH, NIL as u32);
        (0..self.frame).for_each(|slot| self.str(SCRATCH, ESP, slot));
    }

    pub(super) fn drop_frame(&mut self) {
        self.ldr(LR, ESP, self.frame);
        self.add_immediate(ESP, ESP, 4 * (self.frame + 1));
    }

    pub fn ret(&mut self) {
        self.drop_frame();
        self.word(0xE12F_FF1E); // bx lr
    }

    /// The slow path of a function's entry.
    pub(super) fn call_entry(&mut self, word: u32, body: Label) {
        self.word(0xE52D_E004); // str lr, [sp, #-4]!
        self.wide(SCRATCH, word);
        self.data(LR, runtime(RtCall::Entry));
        self.word(0xE12F_FF30 | LR); // blx lr
        self.site_with(0, SlotSet::EMPTY, None);
        self.word(0xE49D_E004); // ldr lr, [sp], #4
        self.jump(body);
    }

    /// Calls what the data word of a symbol leads to.
    pub(super) fn call_through(&mut self, symbol: Symbol) {
        self.data(SCRATCH, symbol);
        self.word(0xE12F_FF30 | SCRATCH);
    }

    pub(super) fn jump_through(&mut self, symbol: Symbol) {
        self.data(SCRATCH, symbol);
        self.word(0xE12F_FF10 | SCRATCH);
    }

    fn data(&mut self, reg: u32, symbol: Symbol) {
        self.value(reg, symbol);
        self.ldr(reg, reg, 0);
    }

    /// Loads a word.
    pub fn load(&mut self, reg: Reg, word: u64) {
        self.wide(reg as u32, word as u32);
    }

    pub fn atom(&mut self, reg: Reg, text: &str) {
        self.value(reg as u32, Symbol::Atom(text.into()));
    }

    /// Loads the data word of a symbol.
    pub fn load_data(&mut self, reg: Reg, symbol: Symbol) {
        self.data(reg as u32, symbol);
    }

    /// Stores into a slot of the frame.
    pub fn store(&mut self, slot: u32, reg: Reg) {
        self.str(reg as u32, ESP, slot);
    }

    /// Loads from a slot of the frame.
    pub fn fetch(&mut self, reg: Reg, slot: u32) {
        self.ldr(reg as u32, ESP, slot);
    }

    pub fn copy(&mut self, to: Reg, from: Reg) {
        self.word(0xE1A0_0000 | (to as u32) << 12 | from as u32);
    }

    /// Adds to the word in x0.
    pub fn add(&mut self, n: i8) {
        match u32::try_from(n) {
            Ok(n) => self.add_immediate(0, 0, n),
            Err(_) => self.sub_immediate(0, 0, u32::from(n.unsigned_abs())),
        }
    }

    /// Jumps if the heap has no room for so many words.
    pub(super) fn branch_if_full(&mut self, words: u32, slow: Label) {
        self.add_immediate(SCRATCH, HTOP, 4 * (words + 8));
        self.compare(SCRATCH, ESP);
        self.branch(0x8A00_0000, slow); // bhi
    }

    /// Stores into a word of what is being made on the heap.
    pub fn heap_store(&mut self, word: u8, reg: Reg) {
        self.str(reg as u32, HTOP, word.into());
    }

    /// Points x0 to what was made on the heap.
    pub fn heap_take(&mut self, words: u8, tag: u64) {
        self.add_immediate(0, HTOP, tag as u32);
        self.add_immediate(HTOP, HTOP, 4 * u32::from(words));
    }

    /// Reads from address 0.
    pub fn fault(&mut self) {
        self.wide(0, 0);
        self.ldr(0, 0, 0);
    }
}
