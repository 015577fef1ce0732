//! Which cycles code may have: those of `receive`, and they must come to an end.
//!
//! *Problem*: safepoints stand at function entries, calls and waits, so a cycle within a function that waits for nothing
//! would never let go of its scheduler. No compiler makes one, but a damaged file has it soon. *Idea*: a way back is
//! allowed only at the end of looking at one message (`loop_rec_end`, to a `loop_rec`) and when waiting. The former comes
//! to an end with the messages, provided that one was looked at on every way to it; the latter is a safepoint.

use super::error::{Problem, bad};
use super::shape::Shape;
use crate::beam::Module;
use crate::genop::{self, op};

type Failure = (usize, Problem);

impl Shape {
    /// Refuses cycles that need not end.
    pub(super) fn check_cycles(&self, module: &Module) -> Result<(), Failure> {
        self.check_ways_back(module)?;
        if self.segments.iter().any(|s| s.is_loop) { self.check_examined(module) } else { Ok(()) }
    }

    fn check_ways_back(&self, module: &Module) -> Result<(), Failure> {
        let mut position = vec![usize::MAX; self.segments.len()];
        for (n, &s) in self.order.iter().enumerate() {
            position[s] = n;
        }
        let refuse = |at: usize| {
            let name = genop::name(module.code.ops[at].opcode);
            bad(format!("{name} goes back, which only receive may")).map_err(|p| (at, p))
        };
        let mut labels = Vec::new();
        for &s in &self.order {
            let segment = &self.segments[s];
            let back = |t: usize| position[t] <= position[s];
            for (i, &state) in segment.ops.clone().zip(&segment.states) {
                let op = &module.code.ops[i];
                super::effects::targets(&module.code, op, &mut labels);
                let goes_back = labels.iter().filter_map(|&l| self.segment(l, state).ok()).any(back);
                match op.opcode {
                    op::WAIT | op::WAIT_TIMEOUT => {}
                    op::LOOP_REC_END => {
                        let target = labels.first().and_then(|&l| self.segment(l, state).ok());
                        if target.and_then(|t| self.first_opcode(module, t)) != Some(op::LOOP_REC) {
                            return bad("loop_rec_end that does not go to loop_rec").map_err(|p| (i, p));
                        }
                    }
                    _ if goes_back => return refuse(i),
                    _ => {}
                }
                if self.handler(module, i, state).is_some_and(back) {
                    return refuse(i);
                }
            }
            if segment.next.is_some_and(back) {
                return refuse(segment.ops.end.saturating_sub(1).max(segment.ops.start));
            }
        }
        Ok(())
    }

    /// On every way to a `loop_rec_end` a message was looked at since the mailbox was last gone through or changed.
    fn check_examined(&self, module: &Module) -> Result<(), Failure> {
        // Whether one is under examination at the beginning of each segment: on all ways found so far.
        let mut at_start = vec![true; self.segments.len()];
        at_start[self.order[0]] = false;
        let mut labels = Vec::new();
        let mut changed = true;
        while changed {
            changed = false;
            let mut meet = |at_start: &mut Vec<bool>, t: usize, examined: bool| {
                changed |= at_start[t] && !examined;
                at_start[t] &= examined;
            };
            for &s in &self.order {
                let segment = &self.segments[s];
                let mut examined = at_start[s];
                for (i, &state) in segment.ops.clone().zip(&segment.states) {
                    let op = &module.code.ops[i];
                    let here = examined && !ends(op.opcode);
                    super::effects::targets(&module.code, op, &mut labels);
                    for t in labels.iter().filter_map(|&l| self.segment(l, state).ok()) {
                        meet(&mut at_start, t, here && op.opcode != op::LOOP_REC);
                    }
                    if let Some(t) = self.handler(module, i, state) {
                        meet(&mut at_start, t, false);
                    }
                    examined = here || op.opcode == op::LOOP_REC;
                }
                if let Some(next) = segment.next {
                    meet(&mut at_start, next, examined);
                }
            }
        }
        for &s in &self.order {
            let mut examined = at_start[s];
            for i in self.segments[s].ops.clone() {
                let opcode = module.code.ops[i].opcode;
                if opcode == op::LOOP_REC_END && !examined {
                    return bad("loop_rec_end where no message is looked at").map_err(|p| (i, p));
                }
                examined = (examined && !ends(opcode)) || opcode == op::LOOP_REC;
            }
        }
        Ok(())
    }
}

/// Whether no message is under examination after an instruction.
fn ends(opcode: u8) -> bool {
    matches!(opcode, op::LOOP_REC_END | op::REMOVE_MESSAGE | op::TIMEOUT | op::WAIT | op::WAIT_TIMEOUT)
}
