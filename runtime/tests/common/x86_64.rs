//! The test assembler's instructions of x86-64.

use super::{Asm, Label, runtime};
use linac_abi::object::{RelocKind, SlotSet, Symbol};
use linac_abi::rtcall::RtCall;

/// Name of the instruction set in code objects.
pub const TARGET: &str = "x86_64";

/// Argument registers x0..x2, by number; also the registers that the helpers work with. Runtime calls take their
/// arguments from the second on.
#[derive(Clone, Copy)]
pub enum Reg {
    X0 = 0,
    X1 = 6,
    X2 = 2,
}

impl Asm {
    pub(super) fn align(&mut self) {
        while !self.here().is_multiple_of(16) {
            self.bytes(&[0xCC]);
        }
    }

    /// An instruction that ends in a 32-bit distance to a label.
    fn branch(&mut self, opcode: &[u8], label: Label) {
        self.bytes(opcode);
        self.fixups.push((self.here(), label));
        self.bytes(&[0; 4]);
    }

    pub(super) fn patch(&mut self, at: usize, target: usize) {
        let distance = target as i32 - (at as i32 + 4);
        self.object.code[at..at + 4].copy_from_slice(&distance.to_le_bytes());
    }

    pub fn jump(&mut self, label: Label) {
        self.branch(&[0xE9], label);
    }

    /// Jumps if x0 is the word 0.
    pub fn jump_if_zero(&mut self, label: Label) {
        self.bytes(&[0x48, 0x85, 0xC0]);
        self.branch(&[0x0F, 0x84], label);
    }

    /// An instruction that ends in a 32-bit distance to a data word.
    fn rip(&mut self, opcode: &[u8], symbol: Symbol) {
        self.bytes(opcode);
        self.reloc(RelocKind::PcRel32, symbol, -4);
        self.bytes(&[0; 4]);
    }

    /// The checks at a function's entry.
    pub(super) fn enter(&mut self, slow: Label) {
        // lea r11, [rsp - 8*(frame+8)]; cmp r11, r15; jb slow; dec r14; js slow
        let below = -8 * (self.frame as i32 + 8);
        self.bytes(&[0x4C, 0x8D, 0x9C, 0x24]);
        self.bytes(&below.to_le_bytes());
        self.bytes(&[0x4D, 0x39, 0xFB]);
        self.branch(&[0x0F, 0x82], slow);
        self.bytes(&[0x49, 0xFF, 0xCE]);
        self.branch(&[0x0F, 0x88], slow);
    }

    pub(super) fn make_frame(&mut self) {
        for _ in 0..self.frame {
            self.bytes(&[0x6A, 0x3B]); // push nil
        }
    }

    pub(super) fn drop_frame(&mut self) {
        self.bytes(&[0x48, 0x81, 0xC4]);
        let bytes = (8 * self.frame).to_le_bytes();
        self.bytes(&bytes);
    }

    pub fn ret(&mut self) {
        self.drop_frame();
        self.bytes(&[0xC3]);
    }

    /// The slow path of a function's entry.
    pub(super) fn call_entry(&mut self, word: u32, body: Label) {
        self.bytes(&[0x41, 0xBB]);
        self.bytes(&word.to_le_bytes());
        self.rip(&[0xFF, 0x15], runtime(RtCall::Entry));
        self.site_with(0, SlotSet::EMPTY, None);
        self.jump(body);
    }

    /// Calls what the data word of a symbol leads to.
    pub(super) fn call_through(&mut self, symbol: Symbol) {
        self.rip(&[0xFF, 0x15], symbol);
    }

    pub(super) fn jump_through(&mut self, symbol: Symbol) {
        self.rip(&[0xFF, 0x25], symbol);
    }

    /// Loads a word.
    pub fn load(&mut self, reg: Reg, word: u64) {
        self.bytes(&[0x48, 0xB8 + reg as u8]);
        self.bytes(&word.to_le_bytes());
    }

    pub fn atom(&mut self, reg: Reg, text: &str) {
        self.bytes(&[0x48, 0xB8 + reg as u8]);
        self.reloc(RelocKind::Abs64, Symbol::Atom(text.into()), 0);
        self.bytes(&[0; 8]);
    }

    /// Loads the data word of a symbol.
    pub fn load_data(&mut self, reg: Reg, symbol: Symbol) {
        self.rip(&[0x48, 0x8B, 0x05 | (reg as u8) << 3], symbol);
    }

    /// Stores into a slot of the frame.
    pub fn store(&mut self, slot: u32, reg: Reg) {
        self.bytes(&[0x48, 0x89, 0x84 | (reg as u8) << 3, 0x24]);
        self.bytes(&(8 * slot).to_le_bytes());
    }

    /// Loads from a slot of the frame.
    pub fn fetch(&mut self, reg: Reg, slot: u32) {
        self.bytes(&[0x48, 0x8B, 0x84 | (reg as u8) << 3, 0x24]);
        self.bytes(&(8 * slot).to_le_bytes());
    }

    pub fn copy(&mut self, to: Reg, from: Reg) {
        self.bytes(&[0x48, 0x89, 0xC0 | (from as u8) << 3 | to as u8]);
    }

    /// Adds to the word in x0.
    pub fn add(&mut self, n: i8) {
        self.bytes(&[0x48, 0x83, 0xC0, n as u8]);
    }

    /// Jumps if the heap has no room for so many words.
    pub(super) fn branch_if_full(&mut self, words: u32, slow: Label) {
        let need = 8 * (words as i32 + 8);
        self.bytes(&[0x4D, 0x8D, 0x9F]); // lea r11, [r15 + need]
        self.bytes(&need.to_le_bytes());
        self.bytes(&[0x49, 0x39, 0xE3]); // cmp r11, rsp
        self.branch(&[0x0F, 0x87], slow);
    }

    /// Stores into a word of what is being made on the heap.
    pub fn heap_store(&mut self, word: u8, reg: Reg) {
        self.bytes(&[0x49, 0x89, 0x47 | (reg as u8) << 3, 8 * word]);
    }

    /// Points x0 to what was made on the heap.
    pub fn heap_take(&mut self, words: u8, tag: u64) {
        self.bytes(&[0x49, 0x8D, 0x47, tag as u8]); // lea rax, [r15 + tag]
        self.bytes(&[0x49, 0x83, 0xC7, 8 * words]); // add r15, 8 * words
    }

    /// Reads from address 0.
    pub fn fault(&mut self) {
        self.bytes(&[0x48, 0x31, 0xC0, 0x48, 0x8B, 0x00]); // xor rax, rax; mov rax, [rax]
    }
}
