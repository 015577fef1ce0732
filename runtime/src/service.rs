//! System processes that begin when somebody looks for them, and the modules that the runtime brings along.
//!
//! *Problem*: programs expect processes such as `user` or `code_server` under their names from the beginning, but
//! starting them all would cost every program what only some need. *Idea*: one table says which function serves
//! which name; the first look-up of a name that nobody has starts the process and gives it the name in one step.
//! *Invariant*: a name of the table is never seen without its process by a look-up (`whereis`, sending, monitors).
//!
//! The functions are in Erlang modules of our own, stored compiled in `runtime/erl/beam` and part of the program.

use crate::code::export::Mfa;
use crate::process::table::Pid;
use crate::process::{Process, SpawnOptions};
use crate::sched::System;
use linac_core::{Atom, Term};

/// An argument of a service's first function.
#[derive(Clone, Copy, Debug)]
enum Argument {
    Integer(isize),
    Bool(bool),
}

/// A name and the function that serves it.
#[derive(Debug)]
struct Service {
    name: &'static str,
    module: &'static str,
    function: &'static str,
    arguments: &'static [Argument],
}

static SERVICES: &[Service] = &[
    Service { name: "init", module: "linac_init", function: "start", arguments: &[] },
    Service { name: "file_server_2", module: "linac_system", function: "file_server", arguments: &[] },
    Service { name: "code_server", module: "code_server", function: "start", arguments: &[] },
    Service {
        name: "user",
        module: "linac_user",
        function: "start",
        arguments: &[Argument::Integer(1), Argument::Bool(true)],
    },
    Service {
        name: "standard_error",
        module: "linac_user",
        function: "start",
        arguments: &[Argument::Integer(2), Argument::Bool(false)],
    },
];

/// A stored module: its name and its bytes.
macro_rules! modules {
    ($($name:literal),*) => {
        &[$(($name, include_bytes!(concat!("../erl/beam/", $name, ".beam")))),*]
    };
}

/// The modules that the runtime brings along. They come before all others of their names.
pub static MODULES: &[(&str, &[u8])] =
    modules!["code_server", "linac_eval", "linac_init", "linac_system", "linac_user"];

/// The bytes of a module that the runtime brings along.
pub fn module(name: &str) -> Option<&'static [u8]> {
    MODULES.iter().find(|(own, _)| *own == name).map(|(_, bytes)| *bytes)
}

/// Starts the service of a name. None if there is no such service, or no process can be started.
pub fn start(system: &'static System, name: Atom) -> Option<Pid> {
    let service = SERVICES.iter().find(|service| service.name == name.text())?;
    let function = Mfa {
        module: Atom::new(service.module).ok()?,
        function: Atom::new(service.function).ok()?,
        arity: service.arguments.len() as u8,
    };
    let arguments: Vec<Term> = service
        .arguments
        .iter()
        .map(|argument| match *argument {
            Argument::Integer(n) => Term::small(n),
            Argument::Bool(value) => Term::bool(value),
        })
        .collect();
    let options = SpawnOptions { name: Some(name), ..SpawnOptions::default() };
    system.register_new(name, || {
        Process::spawn(system, None, function, &arguments, options).ok().map(|(pid, _)| pid)
    })
}

/// The process that serves `user`: the group leader of processes that were given none.
pub fn user(system: &'static System) -> Option<Pid> {
    system.whereis(Atom::new("user").ok()?)
}
