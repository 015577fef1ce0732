//! Makes a failing program small.
//!
//! Each round makes many programs that are smaller by one step and compiles and runs all of them at once, so that a
//! round costs hardly more than one program. The smallest that still fails is where the next round starts.

use super::make::{Group, Module};
use super::run::{Lab, System, differences};
use super::tree::{Node, list};

/// Programs of a round.
const WIDTH: usize = 48;
/// Rounds at most.
const ROUNDS: usize = 80;

/// The smallest program found, and the lines that differ.
pub struct Small {
    /// The program.
    pub module: Module,
    /// What the reference says.
    pub wanted: String,
    /// What linac says.
    pub found: String,
}

/// Makes the group of a module smaller while both systems differ about it.
///
/// # Errors
///
/// A system does not start.
pub fn shrink(lab: &Lab, system: &System, module: &Module, function: &str) -> Result<Option<Small>, String> {
    let Some(group) = module.groups.iter().find(|group| group.name == function) else { return Ok(None) };
    let first: Vec<Group> =
        group.calls.iter().map(|call| Group { calls: vec![call.clone()], ..group.clone() }).collect();
    let Some(mut best) = smallest(lab, system, module, first)? else { return Ok(None) };
    let mut offset = 0;
    for _ in 0..ROUNDS {
        let all = steps(&best.module.groups[0]);
        if all.is_empty() {
            break;
        }
        // Those that lose most first; then, if none of them fails, those behind.
        let round: Vec<Group> = all.iter().skip(offset).take(WIDTH).cloned().collect();
        if round.is_empty() {
            break;
        }
        match smallest(lab, system, module, round)? {
            Some(better) => {
                best = better;
                // What did not help before hardly helps now; a last pass looks at everything again.
                offset = offset.saturating_sub(WIDTH / 4);
            }
            None => offset += WIDTH,
        }
    }
    Ok(Some(best))
}

fn steps(group: &Group) -> Vec<Group> {
    let mut all: Vec<(usize, Group)> = Vec::new();
    let functions = list("", "", "", 1, group.functions.clone());
    for smaller in functions.smaller() {
        all.push((smaller.size(), Group { functions: smaller.kids().to_vec(), ..group.clone() }));
    }
    let size = functions.size();
    for call in group.calls[0].smaller() {
        let size = size - (group.calls[0].size() - call.size()).min(size);
        all.push((size, Group { calls: vec![call], ..group.clone() }));
    }
    all.sort_by_key(|(size, _)| *size);
    all.into_iter().map(|(_, group)| group).collect()
}

fn smallest(
    lab: &Lab,
    system: &System,
    module: &Module,
    groups: Vec<Group>,
) -> Result<Option<Small>, String> {
    let modules: Vec<Module> = groups
        .into_iter()
        .enumerate()
        .map(|(n, group)| module.part(format!("{}_{n}", module.name), vec![group]))
        .collect();
    let refused = lab.compile(&modules)?;
    let good: Vec<&Module> = modules
        .iter()
        .filter(|m| !refused.iter().any(|line| line.split(' ').next() == Some(m.name.as_str())))
        .collect();
    let names: Vec<String> = good.iter().map(|m| m.name.clone()).collect();
    let wanted = lab.run(&System::Otp, &names)?;
    let found = lab.run(system, &names)?;
    let failing = good.iter().zip(wanted.iter().zip(&found)).filter_map(|(m, (wanted, found))| {
        let (_, wanted, found) = differences(wanted, found).into_iter().next()?;
        Some(Small { module: (*m).clone(), wanted: wanted.to_string(), found: found.to_string() })
    });
    Ok(failing.min_by_key(|small| {
        small.module.groups[0].functions.iter().map(Node::size).sum::<usize>() * 1000
            + small.module.render().len()
    }))
}
