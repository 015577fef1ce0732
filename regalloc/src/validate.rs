//! The rules of the contract that concern one instruction or one edge.
//!
//! regalloc2 trusts its client: most of these rules, when broken, panic in one of its algorithms and
//! miscompile in the other. They are checked for every function in every build, since the check is one pass
//! over the operands and the alternative is a wrong program.

use regalloc2::{Block, Inst, Operand, OperandConstraint, OperandKind, OperandPos, PReg, PRegSet, RegClass};

use crate::error::Error;
use crate::inst::{MachInst, Role, SafepointKind, SlotAccess};
use crate::vcode::{RegEnv, VCode, ValueKind, is_late};

/// The register that this operand defines by name.
pub(crate) fn fixed_def(op: Operand) -> Option<PReg> {
    match (op.kind(), op.constraint()) {
        (OperandKind::Def, OperandConstraint::FixedReg(p)) => Some(p),
        _ => None,
    }
}

/// Checks every instruction and every edge.
pub(crate) fn check<I: MachInst>(vcode: &VCode<I>, env: &RegEnv) -> Result<(), Error> {
    let entry = Block::new(0);
    if !vcode.params(entry).is_empty() || !vcode.preds(entry).is_empty() || vcode.is_handler(entry) {
        return Err(Error::bug("the entry block has parameters, predecessors or a landing pad"));
    }
    for block in vcode.blocks() {
        check_block(vcode, block)?;
        let insts = vcode.block_insts(block);
        for inst in insts.iter() {
            let fail =
                |what: &str| Err(Error::bug(format!("inst {} {:?}: {what}", inst.index(), vcode.inst(inst))));
            if let Err(what) = check_operands(vcode, env, inst) {
                return fail(what);
            }
            let role = vcode.roles[inst.index()];
            if role == Role::LandingPad && inst != insts.first() {
                return fail("a landing pad in the middle of a block");
            }
            if let Some(sp) = vcode.safepoint(inst.index() as u32) {
                if role != Role::Plain {
                    return fail("only a plain instruction can be a safepoint");
                }
                if sp.site.slots.iter().any(|&s| vcode.slots.get(s).is_none_or(|d| d.kind != ValueKind::Term))
                {
                    return fail("a listed slot does not hold a term");
                }
                if sp.site.handler.is_some_and(|h| !vcode.is_handler(h)) {
                    return fail("its handler does not begin with a landing pad");
                }
            }
            if let Err(what) = check_slots(vcode, inst) {
                return fail(what);
            }
        }
    }
    Ok(())
}

fn check_block<I: MachInst>(vcode: &VCode<I>, block: Block) -> Result<(), Error> {
    let fail = |what: &str| Err(Error::bug(format!("block{}: {what}", block.index())));
    if vcode.is_handler(block) {
        if vcode.preds(block).len() != 1 {
            return fail("a handler is the successor of one try_enter and of nothing else");
        }
        if !vcode.params(block).is_empty() {
            return fail("a handler gets its values from its landing pad, not from parameters");
        }
    }
    let last = vcode.block_insts(block).last();
    if vcode.succs(block).iter().any(|&s| vcode.preds(s).len() > 1) && !vcode.operands(last).is_empty() {
        return fail("a jump to a block with other predecessors cannot have operands");
    }
    for (i, &succ) in vcode.succs(block).iter().enumerate() {
        let (args, params) = (vcode.args(block, i), vcode.params(succ));
        if args.len() != params.len() {
            return fail("wrong number of arguments for a successor");
        }
        for (&a, &p) in args.iter().zip(params) {
            if a.vreg() >= vcode.num_vregs() {
                return fail("an argument is no register of this function");
            }
            if a.class() != p.class() || vcode.kind(a) != vcode.kind(p) {
                return fail(&format!(
                    "argument {a} ({:?} {:?}) differs from parameter {p} ({:?} {:?}) of block{}",
                    vcode.kind(a),
                    a.class(),
                    vcode.kind(p),
                    p.class(),
                    succ.index()
                ));
            }
        }
    }
    Ok(())
}

fn check_operands<I: MachInst>(vcode: &VCode<I>, env: &RegEnv, inst: Inst) -> Result<(), &'static str> {
    let operands = vcode.operands(inst);
    let clobbers = vcode.clobbers(inst);
    let terminator = matches!(vcode.roles[inst.index()], Role::Branch | Role::Return);
    let call = vcode.safepoint(inst.index() as u32).is_some_and(|s| s.kind == SafepointKind::Call);
    let mut early_fixed = PRegSet::empty();
    let mut late_fixed = PRegSet::empty();
    for (i, &op) in operands.iter().enumerate() {
        if let Some(p) = op.as_fixed_nonallocatable() {
            if env.call_clobbers.contains(p) {
                return Err("a pinned register is allocatable");
            }
            continue;
        }
        let v = op.vreg();
        if v.vreg() >= vcode.num_vregs() || vcode.classes[v.vreg()] != v.class() {
            return Err("an operand is no register of this function");
        }
        let def = op.kind() == OperandKind::Def;
        match op.constraint() {
            OperandConstraint::FixedReg(p) => {
                if !env.call_clobbers.contains(p) {
                    return Err("a fixed register is not allocatable");
                }
                let late = def || is_late(op);
                let early = !def || op.pos() == OperandPos::Early;
                if late && clobbers.contains(p) {
                    return Err("a register is clobbered and carries an operand at the end");
                }
                let twice = (early && early_fixed.contains(p)) || (late && late_fixed.contains(p));
                let same = operands[..i].iter().any(|&o| {
                    o.constraint() == op.constraint() && o.vreg() == v && o.kind() == op.kind() && !def
                });
                if twice && !same {
                    return Err("two values in one fixed register");
                }
                if early {
                    early_fixed.add(p);
                }
                if late {
                    late_fixed.add(p);
                }
            }
            OperandConstraint::Reuse(of) => {
                let Some(&target) = operands.get(of) else {
                    return Err("a reuse of an operand that does not exist");
                };
                let plain = target.kind() == OperandKind::Use
                    && target.constraint() == OperandConstraint::Reg
                    && target.pos() == OperandPos::Early
                    && target.as_fixed_nonallocatable().is_none();
                if !def || !plain || target.class() != op.class() {
                    return Err("only the register of an early use can be reused by a definition");
                }
                if terminator || call {
                    return Err("a terminator or call cannot reuse a register");
                }
            }
            OperandConstraint::Reg if terminator && def => {
                return Err("a terminator can define fixed registers only");
            }
            OperandConstraint::Reg if call && def => {
                return Err("a call can define fixed registers only, the others are lost");
            }
            OperandConstraint::Reg | OperandConstraint::Any => {}
            OperandConstraint::Stack | OperandConstraint::Limit(_) => {
                return Err("a constraint that not both algorithms support");
            }
        }
        if call && !def && is_late(op) {
            return Err("a call cannot use a value late: values that live through it are added to it");
        }
    }
    Ok(())
}

fn check_slots<I: MachInst>(vcode: &VCode<I>, inst: Inst) -> Result<(), &'static str> {
    let operands = vcode.operands(inst);
    let mut result = Ok(());
    vcode.inst(inst).slots(&mut |access| {
        let (slot, operand, def) = match access {
            SlotAccess::Load(s, i) => (s, Some(i), true),
            SlotAccess::Store(s, i) => (s, Some(i), false),
            SlotAccess::StoreConst(s) | SlotAccess::Read(s) => (s, None, false),
        };
        let Some(data) = vcode.slots.get(slot) else {
            result = Err("a frame slot that does not exist");
            return;
        };
        if let Some(i) = operand {
            match operands.get(i as usize) {
                Some(op) if (op.kind() == OperandKind::Def) == def => {
                    // A pinned register can be stored, but nothing is known of it: it must be raw.
                    let kind = match op.as_fixed_nonallocatable() {
                        Some(_) => ValueKind::Raw,
                        None => vcode.kind(op.vreg()),
                    };
                    if kind != data.kind || (kind == ValueKind::Term && op.class() != RegClass::Int) {
                        result = Err("a frame slot and its operand differ in kind");
                    }
                }
                _ => result = Err("a frame slot access names no such operand"),
            }
        }
    });
    result
}
