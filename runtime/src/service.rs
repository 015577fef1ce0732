//! System processes that begin when somebody looks for them, and the modules that the runtime brings along.
//!
//! *Problem*: programs expect processes such as `user` or `logger` under their names, and tables beside some of them,
//! from the beginning, but starting them all would cost every program what only some need. *Idea*: two tables. One
//! says which function serves which name; the first look-up of a name that nobody has starts the process and gives
//! it the name in one step. The other is for services of OTP's own that consist of several processes and tables: a
//! process starts them in OTP's way, and who looks for one of their names or tables waits until it has ended.
//! *Invariants*: a name of the first table is never seen without its process by a look-up (`whereis`, sending,
//! monitors). A service of the second is seen whole or not at all, except by the processes that build it; the process that
//! starts a service waits for earlier rows only, so nobody waits for ever.
//!
//! The functions are in Erlang modules of our own, stored compiled in `runtime/erl/beam` and part of the program.

use crate::code::Code;
use crate::code::export::{ExportRef, Mfa};
use crate::data::atom;
use crate::process::signal::{Parcel, Signal};
use crate::process::table::Pid;
use crate::process::{Process, SpawnOptions, life};
use crate::sched::System;
use linac_core::{Atom, Build, Term, map};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

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
    Service { name: "erl_prim_loader", module: "linac_system", function: "loader", arguments: &[] },
    Service { name: "code_server", module: "code_server", function: "start", arguments: &[] },
    Service { name: FORWARD, module: "linac_service", function: "forward", arguments: &[] },
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

/// Passes messages on to services that are still being started.
const FORWARD: &str = "linac_forward";

/// A service whose clients wait: `linac_service:start(Name)` starts it.
#[derive(Debug)]
struct Awaited {
    name: &'static str,
    /// Names of its processes.
    processes: &'static [&'static str],
    /// Names of its tables.
    tables: &'static [&'static str],
}

/// Each may need those before it.
static AWAITED: [Awaited; 4] = [
    Awaited {
        name: "kernel",
        processes: &[
            "application_controller",
            "erl_signal_server",
            "kernel_safe_sup",
            "kernel_sup",
            "logger",
            "logger_proxy",
            "logger_std_h_default",
            "logger_sup",
        ],
        tables: &["ac_tab", "logger"],
    },
    Awaited {
        name: "global",
        processes: &["global_name_server", "global_group"],
        tables: &[
            "global_names",
            "global_names_ext",
            "global_locks",
            "global_pid_names",
            "global_pid_ids",
            "global_node_resources",
            "global_lost_connections",
        ],
    },
    Awaited { name: "rex", processes: &["rex"], tables: &[] },
    Awaited {
        name: "inet_db",
        processes: &["inet_db"],
        tables: &[
            "inet_db",
            "inet_cache",
            "inet_hosts_byname",
            "inet_hosts_byaddr",
            "inet_hosts_file_byname",
            "inet_hosts_file_byaddr",
            "inet_sockets",
        ],
    },
];

/// The row of [`AWAITED`] that the logger belongs to.
const LOGGER: usize = 0;

/// What a process that belongs to a service under construction knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Building {
    row: u8,
    starter: bool,
}

impl Building {
    /// What a process has that such a process starts.
    pub fn helper(self) -> Building {
        Building { starter: false, ..self }
    }

    /// Is it the process that starts the service?
    pub fn is_starter(self) -> bool {
        self.starter
    }
}

/// Where reports of the runtime go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SystemLogger {
    /// To the process named `logger`.
    #[default]
    Named,
    /// To this process.
    Process(Pid),
    /// Nowhere.
    Nobody,
}

/// Which of the awaited services have been started.
#[derive(Debug, Default)]
pub struct Services {
    /// Who starts each, or did.
    starters: Mutex<[Option<Pid>; AWAITED.len()]>,
    /// How many are being started.
    starting: AtomicUsize,
    system_logger: Mutex<SystemLogger>,
    logged: AtomicBool,
}

impl Services {
    /// Is any service being started?
    pub fn any_starting(&self) -> bool {
        self.starting.load(Ordering::Acquire) != 0
    }

    /// A process that started a service has ended.
    pub fn one_ended(&self) {
        self.starting.fetch_sub(1, Ordering::AcqRel);
    }

    /// Has anybody used the logger?
    pub fn has_logged(&self) -> bool {
        self.logged.load(Ordering::Acquire)
    }

    /// Says where reports of the runtime go; gives where they went.
    pub fn set_system_logger(&self, to: SystemLogger) -> SystemLogger {
        std::mem::replace(&mut *self.system_logger.lock().unwrap_or_else(PoisonError::into_inner), to)
    }

    fn system_logger(&self) -> SystemLogger {
        *self.system_logger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn starters(&self) -> std::sync::MutexGuard<'_, [Option<Pid>; AWAITED.len()]> {
        self.starters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is known of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// The process that has it.
    Process(Pid),
    /// It will be there when this process has ended.
    Starting(Pid),
    /// Nobody has it.
    Nobody,
}

/// A stored module: its name and its bytes.
macro_rules! modules {
    ($($name:literal),*) => {
        &[$(($name, include_bytes!(concat!("../erl/beam/", $name, ".beam")))),*]
    };
}

/// The modules that the runtime brings along. They come before all others of their names.
pub static MODULES: &[(&str, &[u8])] = modules![
    "code_server",
    "linac_eval",
    "linac_init",
    "linac_kernel",
    "linac_service",
    "linac_system",
    "linac_user"
];

/// The bytes of a module that the runtime brings along.
pub fn module(name: &str) -> Option<&'static [u8]> {
    MODULES.iter().find(|(own, _)| *own == name).map(|(_, bytes)| *bytes)
}

fn function(module: &str, function: &str, arity: usize) -> Option<Mfa> {
    Some(Mfa { module: Atom::new(module).ok()?, function: Atom::new(function).ok()?, arity: arity as u8 })
}

/// Starts the service of a name. None if there is no such service, or no process can be started.
pub fn start(system: &'static System, name: Atom) -> Option<Pid> {
    let service = SERVICES.iter().find(|service| service.name == name.text())?;
    let function = function(service.module, service.function, service.arguments.len())?;
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

/// The function that calls another one, once the `-on_load` function of its module has run.
pub fn on_demand(code: &Code) -> Option<ExportRef> {
    let module = Atom::new("code_server").ok()?;
    code.exports.get(Mfa { module, function: Atom::new("on_demand").ok()?, arity: 3 }).ok()
}

/// The process that serves `user`: the group leader of processes that were given none.
pub fn user(system: &'static System) -> Option<Pid> {
    system.whereis(Atom::new("user").ok()?)
}

fn row_of_process(name: Atom) -> Option<usize> {
    AWAITED.iter().position(|row| row.processes.contains(&name.text()))
}

fn row_of_table(name: Atom) -> Option<usize> {
    AWAITED.iter().position(|row| row.tables.contains(&name.text()))
}

/// The process that starts the service of this name, which has been begun and which `p` has to wait for.
pub fn under_way(p: &Process, name: Atom) -> Option<Pid> {
    starter(p, row_of_process(name)?, false)
}

/// The process that starts the service of this name, if `p` has to wait for it. It is begun now if it has not been.
pub fn awaited(p: &Process, name: Atom) -> Option<Pid> {
    starter(p, row_of_process(name)?, true)
}

/// As [`under_way`], by the name of a table.
pub fn table_under_way(p: &Process, name: Atom) -> Option<Pid> {
    starter(p, row_of_table(name)?, false)
}

/// As [`awaited`], by the name of a table.
pub fn awaited_table(p: &Process, name: Atom) -> Option<Pid> {
    starter(p, row_of_table(name)?, true)
}

fn starter(p: &Process, row: usize, begin: bool) -> Option<Pid> {
    let system = p.system;
    let mut starters = system.services.starters();
    let lives = |pid: Pid| system.table.living(pid).is_some();
    // Who builds a service does not wait for it, nor for a later one.
    let builds = p.building.is_some_and(|building| {
        let own = usize::from(building.row);
        own <= row && starters[own].is_some_and(lives)
    });
    if builds {
        return None;
    }
    match starters[row] {
        Some(pid) => lives(pid).then_some(pid),
        None if begin => {
            let name = Term::atom(Atom::new(AWAITED[row].name).ok()?);
            let building = Some(Building { row: row as u8, starter: true });
            let options = SpawnOptions { building, ..SpawnOptions::default() };
            system.services.starting.fetch_add(1, Ordering::AcqRel);
            if row == LOGGER {
                system.services.logged.store(true, Ordering::Release);
            }
            let made = function("linac_service", "start", 1)
                .and_then(|function| Process::spawn(system, None, function, &[name], options).ok());
            let Some((pid, _)) = made else {
                system.services.one_ended();
                return None;
            };
            starters[row] = Some(pid);
            Some(pid)
        }
        None => None,
    }
}

/// Has somebody else send a message to a service that is being started.
pub fn forward(p: &mut Process, name: Atom, message: Term) {
    let parts = [atom("forward"), Term::atom(name), message];
    let message = p.heap.tuple(&parts);
    if let Some(pid) = Atom::new(FORWARD).ok().and_then(|name| p.system.whereis(name)) {
        life::send(p.system, pid, Signal::Message(Parcel::new(message)));
    }
}

/// Tells the logger that a process ends by an exception; false if OTP's libraries are not there, and so no logger.
pub fn report(p: &mut Process, reason: Term) -> bool {
    let system = p.system;
    if system.code.path.installation().is_none() {
        return false;
    }
    let format = format!("Error in process {} with exit value:~n~p~n", crate::data::text(p.pid.term()));
    let arguments = p.heap.list(&[reason]);
    log_error(p, &format, arguments);
    true
}

/// Tells the logger of an error that the runtime has found in a process.
pub fn log_error(p: &mut Process, format: &str, arguments: Term) {
    let system = p.system;
    let format = p.heap.string(format);
    let tags = [(atom("emulator"), Term::TRUE), (atom("tag"), atom("error"))];
    let tags = map::from_pairs(&mut p.heap, tags.into_iter());
    let time = p.heap.integer((system.system_time_ns() / 1000) as i64);
    let facts = [
        (atom("error_logger"), tags),
        (atom("gl"), p.leader().term()),
        (atom("pid"), p.pid.term()),
        (atom("time"), time),
    ];
    let facts = map::from_pairs(&mut p.heap, facts.into_iter());
    let message = p.heap.tuple(&[atom("log"), atom("error"), format, arguments, facts]);
    match system.services.system_logger() {
        SystemLogger::Process(pid) => {
            system.services.logged.store(true, Ordering::Release);
            life::send(system, pid, Signal::Message(Parcel::new(message)));
        }
        // Without OTP's libraries there is no logger.
        SystemLogger::Named if system.code.path.installation().is_some() => {
            system.services.logged.store(true, Ordering::Release);
            if let Ok(name) = Atom::new("logger") {
                forward(p, name, message);
            }
        }
        SystemLogger::Named | SystemLogger::Nobody => {}
    }
}

/// Starts the process that ends the run when the logger has written what it was given, if it was given anything.
pub fn finish(system: &'static System, logged: bool) -> Option<Pid> {
    let function = function("linac_service", "finish", 1)?;
    let arguments = [Term::bool(logged)];
    Process::spawn(system, None, function, &arguments, SpawnOptions::default()).ok().map(|(pid, _)| pid)
}
