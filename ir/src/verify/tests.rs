//! What text cannot say; everything else is in tests/filetests/verify.

use super::*;
use crate::entities::{Const, Value};
use crate::inst::{BlockCall, Imm};
use crate::text::parse_function;
use cranelift_entity::EntityRef;

const TEXT: &str = "function a:f/1 index 0 word 64 stage beam {
b0(v0: term):
  v1: term = const 1
  v2: bool = eq v0, v1
  br v2, b1, b2
b1:
  return v0
b2:
  v3: term = cons v0, v1
  return v3
}
";

fn broken(change: impl FnOnce(&mut Function)) -> String {
    let mut func = parse_function(TEXT).unwrap();
    assert_eq!(verify(&func), Ok(()));
    change(&mut func);
    let errors = verify(&func).expect_err("the function was broken");
    errors.iter().map(|e| format!("{e}\n")).collect()
}

/// Instruction `n` of block `b`.
fn inst(func: &Function, b: usize, n: usize) -> Inst {
    func.blocks[func.order[b]].insts[n]
}

#[test]
fn dangling_references() {
    let none = Value::new(77);
    type Change<'a> = &'a dyn Fn(&mut Function);
    let cases: [(&str, Change); 11] = [
        ("has no blocks", &|f| f.order.clear()),
        ("stands in the order twice", &|f| f.order.push(Block::new(1))),
        ("b9 does not exist", &|f| f.order.push(Block::new(9))),
        ("operand v77 does not exist", &|f| {
            let i = inst(f, 1, 0);
            f.insts[i].args[0] = none;
        }),
        ("b2 is not in the function", &|f| {
            f.order.pop();
        }),
        ("placed twice", &|f| {
            let i = inst(f, 0, 0);
            f.blocks[Block::new(1)].insts.insert(0, i);
        }),
        ("does not exist", &|f| f.blocks[Block::new(1)].insts.insert(0, Inst::new(99))),
        ("names something that does not exist", &|f| {
            let i = inst(f, 0, 0);
            f.insts[i].imm = Imm::Const(Const::new(9));
        }),
        ("the replacement is not carried out", &|f| f.replace(Value::new(3), Value::new(0))),
        ("v3 stands as parameter 1, but is defined elsewhere", &|f| {
            f.blocks[Block::new(0)].params.push(Value::new(3));
        }),
        ("parameter v77 does not exist", &|f| f.blocks[Block::new(2)].params.push(none)),
    ];
    for (message, change) in cases {
        let errors = broken(change);
        assert!(errors.contains(message), "expected {message:?}, found\n{errors}");
    }
}

#[test]
fn definition_that_is_in_no_block() {
    let errors = broken(|f| {
        f.blocks[Block::new(0)].insts.remove(0);
    });
    assert!(errors.contains("`eq v0, v1`: v1 is used, but its definition is in no block"), "{errors}");
}

#[test]
fn empty_block_and_extra_target() {
    let errors = broken(|f| f.blocks[Block::new(1)].insts.clear());
    assert!(errors.contains("b1: the block is empty"), "{errors}");
    let errors = broken(|f| {
        let i = inst(f, 1, 0);
        f.insts[i].targets.push(BlockCall::new(Block::new(2), &[]));
    });
    assert!(errors.contains("1 targets, but it takes 0"), "{errors}");
    let errors = broken(|f| {
        let i = inst(f, 1, 0);
        f.insts[i].imm = Imm::Int(3);
    });
    assert!(errors.contains("the immediate does not fit"), "{errors}");
}

#[test]
fn errors_are_limited() {
    let errors = broken(|f| {
        for _ in 0..1000 {
            let i = f.make_inst(crate::Opcode::Return, Imm::None, &[Value::new(0)], &[], crate::Loc::NONE);
            f.blocks[Block::new(1)].insts.push(i);
        }
    });
    assert_eq!(errors.lines().count(), 100);
}
