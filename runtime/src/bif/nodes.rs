//! Other nodes. Without distribution none is ever reached: nothing that concerns one is an error of its own, but what
//! is sent there is lost, and what is asked for there fails for want of a connection.

use super::{BADARG, Outcome};
use crate::data::{self, atom};
use crate::process::signal::{Parcel, Signal};
use crate::process::{Process, life};
use linac_abi::term::FixedAtom;
use linac_core::{Atom, Build, Term};

fn is_own(node: Term) -> bool {
    node == Term::fixed(FixedAtom::Nodedown)
}

/// `monitor_node/2,3`: only this node can be watched, and it never goes down.
fn monitor_node(p: &mut Process, a: &[Term]) -> Outcome {
    let options = a.get(2).is_none_or(|options| {
        data::proper_list(*options).is_some_and(|options| {
            options.iter().all(|option| option.as_atom().map(Atom::text) == Some("allow_passive_connect"))
        })
    });
    if a[0].as_atom().is_none() || a[1] != Term::TRUE && a[1] != Term::FALSE || !options {
        return Outcome::error(p, BADARG);
    }
    if is_own(a[0]) { Outcome::Done(Term::TRUE) } else { Outcome::error(p, atom("notalive")) }
}

/// `erts_internal:dist_spawn_request/4`: a process on another node. The answer is that there is no connection.
fn dist_spawn_request(p: &mut Process, a: &[Term]) -> Outcome {
    let call = match a[1].as_tuple() {
        Some([module, function, arguments]) => {
            module.as_atom().and(function.as_atom()).and(data::proper_list(*arguments))
        }
        _ => None,
    };
    let (Some(_), Some(_), Some(options)) = (a[0].as_atom(), call, data::proper_list(a[2])) else {
        return Outcome::Done(BADARG);
    };
    let is_request = a[3].as_atom().map(Atom::text) == Some("spawn_request");
    let (mut tag, mut wanted, mut monitor, mut error) = (atom("spawn_reply"), true, false, "noconnection");
    for option in options {
        let name = |t: Term| t.as_atom().map(Atom::text);
        let pair = option.as_tuple().filter(|pair| pair.len() == 2);
        match (name(option), pair.map(|pair| (name(pair[0]), pair[1]))) {
            (Some("monitor"), _) | (_, Some((Some("monitor"), _))) => monitor = true,
            (_, Some((Some("reply_tag"), term))) if is_request => tag = term,
            (_, Some((Some("reply"), term))) if is_request => match name(term) {
                Some("yes" | "error_only") => wanted = true,
                Some("no" | "success_only") => wanted = false,
                _ => error = "badopt",
            },
            _ => {}
        }
    }
    let reference = p.make_ref().0;
    if wanted || error == "badopt" {
        let message = p.heap.tuple(&[tag, reference, Term::fixed(FixedAtom::Error), atom(error)]);
        life::send(p.system, p.pid, Signal::Message(Parcel::new(message)));
    }
    Outcome::Done(if is_request { reference } else { p.heap.tuple(&[reference, Term::bool(monitor)]) })
}

bifs! {
    "erlang" "monitor_node" 2 Full monitor_node, "Watches a node.";
    "erlang" "monitor_node" 3 Full monitor_node, "Watches a node, with options.";
    "erts_internal" "dist_spawn_request" 4 Full dist_spawn_request, "Starts a process on another node: there is no connection.";
}
