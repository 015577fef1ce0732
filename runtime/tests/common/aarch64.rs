//! The test assembler's instructions of aarch64.

use super::{Asm, Label, runtime};
use linac_abi::object::{RelocKind, SlotSet, Symbol};
use linac_abi::rtcall::RtCall;
use linac_abi::term::NIL;

/// Name of the instruction set in code objects.
pub const TARGET: &str = "aarch64";

/// Argument registers x0..x2, by number; also the registers that the helpers work with. Runtime calls take their
/// arguments from the second on.
#[derive(Clone, Copy)]
pub enum Reg {
    X0 = 0,
    X1 = 1,
    X2 = 2,
}

const ESP: u32 = 20;
const HTOP: u32 = 21;
const REDS: u32 = 22;
const SCRATCH: u32 = 16;
const TARGET_REG: u32 = 17;
const LR: u32 = 30;

/// Conditions of branches.
const LO: u32 = 3;
const MI: u32 = 4;
const HI: u32 = 8;

impl Asm {
    fn word(&mut self, word: u32) {
        self.bytes(&word.to_le_bytes());
    }

    pub(super) fn align(&mut self) {
        while !self.here().is_multiple_of(16) {
            self.word(0);
        }
    }

    fn branch(&mut self, opcode: u32, label: Label) {
        self.fixups.push((self.here(), label));
        self.word(opcode);
    }

    pub(super) fn patch(&mut self, at: usize, target: usize) {
        let field = &mut self.object.code[at..at + 4];
        let opcode = u32::from_le_bytes(field.try_into().unwrap());
        let distance = (target as u32).wrapping_sub(at as u32) >> 2;
        let long = opcode >> 26 == 0x05;
        let word = opcode | if long { distance & 0x03FF_FFFF } else { (distance & 0x7_FFFF) << 5 };
        field.copy_from_slice(&word.to_le_bytes());
    }

    pub fn jump(&mut self, label: Label) {
        self.branch(0x1400_0000, label);
    }

    /// Jumps if x0 is the word 0.
    pub fn jump_if_zero(&mut self, label: Label) {
        self.branch(0xB400_0000, label); // cbz x0
    }

    fn branch_if(&mut self, condition: u32, label: Label) {
        self.branch(0x5400_0000 | condition, label);
    }

    fn add_immediate(&mut self, to: u32, from: u32, n: u32) {
        self.word(0x9100_0000 | n << 10 | from << 5 | to);
    }

    fn sub_immediate(&mut self, to: u32, from: u32, n: u32) {
        self.word(0xD100_0000 | n << 10 | from << 5 | to);
    }

    fn compare(&mut self, a: u32, b: u32) {
        self.word(0xEB00_001F | b << 16 | a << 5);
    }

    fn str(&mut self, reg: u32, base: u32, word: u32) {
        self.word(0xF900_0000 | word << 10 | base << 5 | reg);
    }

    fn ldr(&mut self, reg: u32, base: u32, word: u32) {
        self.word(0xF940_0000 | word << 10 | base << 5 | reg);
    }

    fn wide(&mut self, reg: u32, word: u64) {
        for part in 0..4 {
            let opcode = if part == 0 { 0xD280_0000 } else { 0xF280_0000 };
            self.word(opcode | part << 21 | (word >> (16 * part) & 0xFFFF) as u32 * 32 | reg);
        }
    }

    /// The checks at a function's entry.
    pub(super) fn enter(&mut self, slow: Label) {
        self.sub_immediate(SCRATCH, ESP, 8 * (self.frame + 8));
        self.compare(SCRATCH, HTOP);
        self.branch_if(LO, slow);
        self.word(0xF100_0400 | REDS << 5 | REDS); // subs REDS, REDS, #1
        self.branch_if(MI, slow);
    }

    pub(super) fn make_frame(&mut self) {
        self.sub_immediate(ESP, ESP, 8 * (self.frame + 1));
        self.str(LR, ESP, self.frame);
        self.wide(SCRATCH, NIL);
        (0..self.frame).for_each(|slot| self.str(SCRATCH, ESP, slot));
    }

    pub(super) fn drop_frame(&mut self) {
        self.ldr(LR, ESP, self.frame);
        self.add_immediate(ESP, ESP, 8 * (self.frame + 1));
    }

    pub fn ret(&mut self) {
        self.drop_frame();
        self.word(0xD65F_03C0);
    }

    /// The slow path of a function's entry.
    pub(super) fn call_entry(&mut self, word: u32, body: Label) {
        self.word(0xF81F_8C00 | ESP << 5 | LR); // str LR, [ESP, #-8]!
        self.wide(SCRATCH, word.into());
        self.call_through(runtime(RtCall::Entry));
        self.site_with(0, SlotSet::EMPTY, None);
        self.word(0xF840_8400 | ESP << 5 | LR); // ldr LR, [ESP], #8
        self.jump(body);
    }

    /// Calls what the data word of a symbol leads to.
    pub(super) fn call_through(&mut self, symbol: Symbol) {
        self.data(TARGET_REG, symbol);
        self.word(0xD63F_0000 | TARGET_REG << 5);
    }

    pub(super) fn jump_through(&mut self, symbol: Symbol) {
        self.data(TARGET_REG, symbol);
        self.word(0xD61F_0000 | TARGET_REG << 5);
    }

    fn data(&mut self, reg: u32, symbol: Symbol) {
        self.reloc(RelocKind::Aarch64Page, symbol.clone(), 0);
        self.word(0x9000_0000 | reg);
        self.reloc(RelocKind::Aarch64Access8, symbol, 0);
        self.ldr(reg, reg, 0);
    }

    /// Loads a word.
    pub fn load(&mut self, reg: Reg, word: u64) {
        self.wide(reg as u32, word);
    }

    pub fn atom(&mut self, reg: Reg, text: &str) {
        self.reloc(RelocKind::Aarch64Move0, Symbol::Atom(text.into()), 0);
        self.word(0xD280_0000 | reg as u32);
        self.reloc(RelocKind::Aarch64Move16, Symbol::Atom(text.into()), 0);
        self.word(0xF2A0_0000 | reg as u32);
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
        self.word(0xAA00_03E0 | (from as u32) << 16 | to as u32);
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
        self.add_immediate(SCRATCH, HTOP, 8 * (words + 8));
        self.compare(SCRATCH, ESP);
        self.branch_if(HI, slow);
    }

    /// Stores into a word of what is being made on the heap.
    pub fn heap_store(&mut self, word: u8, reg: Reg) {
        self.str(reg as u32, HTOP, word.into());
    }

    /// Points x0 to what was made on the heap.
    pub fn heap_take(&mut self, words: u8, tag: u64) {
        self.add_immediate(0, HTOP, tag as u32);
        self.add_immediate(HTOP, HTOP, 8 * u32::from(words));
    }

    /// Reads from address 0.
    pub fn fault(&mut self) {
        self.wide(0, 0);
        self.ldr(0, 0, 0);
    }
}
