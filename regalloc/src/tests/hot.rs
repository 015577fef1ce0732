//! Cold safepoints cost the hot path of a loop nothing, under the optimizing allocator.

use regalloc2::{RegClass, VReg};

use super::basic::allocate;
use super::toy::{Fun, Op, Sem, Toy, env, float, int};
use crate::{
    Algorithm, Allocated, FrameSlot, MachInst, Origin, RegEnv, SafepointSite, SlotInit, VCode, ValueKind,
};

/// How the slow path of the heap test keeps the live values.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    /// An ordinary call: everything is in frame words.
    Call,
    /// Terms in explicit slots, raws left in registers, which the stub preserves.
    Slots,
    /// Terms and raws in explicit slots; the stub preserves nothing.
    AllSlots,
    /// Terms in fixed registers, redefined there.
    Registers,
}

/// A loop of a heap test and six live values: three terms, two integers, a float.
fn heap_test_loop(form: Form) -> Fun {
    let mut f = Fun::new();
    let kinds = [
        (ValueKind::Term, RegClass::Int),
        (ValueKind::Term, RegClass::Int),
        (ValueKind::Term, RegClass::Int),
        (ValueKind::Raw, RegClass::Int),
        (ValueKind::Raw, RegClass::Int),
        (ValueKind::Raw, RegClass::Float),
    ];
    let fresh = |f: &mut Fun| -> Vec<VReg> { kinds.iter().map(|&(k, c)| f.b.new_vreg(c, k)).collect() };
    let start = fresh(&mut f);
    let ops: Vec<Op> = start
        .iter()
        .enumerate()
        .map(|(i, &v)| Op::DefFixed(v, if v.class() == RegClass::Float { float(0) } else { int(i) }))
        .collect();
    f.push(Sem::Args, &ops);
    let (header, body, cold, join, exit) =
        (f.b.new_block(), f.b.new_block(), f.b.new_block(), f.b.new_block(), f.b.new_block());
    f.b.mark_cold(cold);
    let params =
        |f: &mut Fun, b| -> Vec<VReg> { kinds.iter().map(|&(k, c)| f.b.block_param(b, c, k)).collect() };
    let live = params(&mut f, header);
    f.jump(header, &start);
    f.b.start_block(header);
    f.switch(live[3], &[(body, &[]), (exit, &[])]);
    f.b.start_block(body);
    let room = f.raw();
    f.push(Sem::Mix(1), &[Op::Use(live[4]), Op::Def(room)]);
    let merged = params(&mut f, join);
    f.switch(room, &[(join, &live), (cold, &[])]);

    f.b.start_block(cold);
    let mut after = fresh(&mut f);
    let save = |f: &mut Fun, which: &[usize]| -> Vec<(usize, FrameSlot)> {
        let slots: Vec<(usize, FrameSlot)> =
            which.iter().map(|&i| (i, f.b.new_slot(kinds[i].0, 1, SlotInit::Listed))).collect();
        for &(i, s) in &slots {
            f.push(Sem::Store(s), &[Op::Use(live[i])]);
        }
        slots
    };
    let mut toy = Toy::new(Sem::Cold, &[]);
    let mut site = SafepointSite::default();
    let mut saved = Vec::new();
    match form {
        Form::Call => {
            toy.sem = Sem::Call(9);
            after = live.clone();
        }
        Form::Slots => {
            saved = save(&mut f, &[0, 1, 2]);
            after[3..].copy_from_slice(&live[3..]);
        }
        Form::AllSlots => {
            saved = save(&mut f, &[0, 1, 2, 3, 4, 5]);
            toy.clobbers = (0..8).map(int).chain((0..4).map(float)).collect();
        }
        Form::Registers => {
            toy.ops = (0..3).map(|i| Op::UseFixed(live[i], int(i))).collect();
            toy.ops.extend((0..3).map(|i| Op::DefFixed(after[i], int(i))));
            after[3..].copy_from_slice(&live[3..]);
        }
    }
    site.slots.extend(saved.iter().filter(|s| kinds[s.0].0 == ValueKind::Term).map(|s| s.1));
    f.b.push_safepoint(toy, Origin::NONE, site);
    for (i, s) in saved {
        f.push(Sem::Load(s), &[Op::Def(after[i])]);
    }
    f.jump(join, &after);

    f.b.start_block(join);
    let next = fresh(&mut f);
    for i in 0..6 {
        let (k, sem) = (i as u64, kinds[i].0);
        let sem = if sem == ValueKind::Term { Sem::Make(k) } else { Sem::Mix(k) };
        f.push(sem, &[Op::Use(merged[i]), Op::Reuse(next[i], 0)]);
    }
    f.jump(header, &next);
    f.b.start_block(exit);
    f.ret(&live);
    f
}

/// Moves in the warm blocks of the loop.
fn hot_moves(code: &VCode<Toy>, out: &Allocated) -> usize {
    let in_loop = |b: &crate::Block| {
        let last = code.inst(code.block_insts(*b).last());
        b.index() > 0 && !code.is_cold(*b) && last.role() == crate::Role::Branch
    };
    code.blocks().filter(in_loop).map(|b| out.moves_in(b).len()).sum()
}

fn measure(form: Form, env: &RegEnv) -> usize {
    let code = heap_test_loop(form).b.finish(env).unwrap_or_else(|e| panic!("{form:?}: {e}"));
    allocate(&code, env, Algorithm::Fastalloc);
    let out = allocate(&code, env, Algorithm::Ion);
    hot_moves(&code, &out)
}

#[test]
fn redefining_safepoints_add_no_move_to_the_hot_path() {
    for env in [env(13, 6, 1), env(8, 4, 1)] {
        assert!(measure(Form::Call, &env) > 0, "the call form is the reason for the others");
        for form in [Form::Slots, Form::AllSlots, Form::Registers] {
            assert_eq!(measure(form, &env), 0, "{form:?}");
        }
    }
}
