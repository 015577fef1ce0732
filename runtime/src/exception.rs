//! Exceptions: raising, stack traces, and what is said of an uncaught one.
//!
//! A raise walks the frames for the first landing pad, which costs nothing until it happens. The *raw trace* made at
//! that time is cheap: a tuple of the class (for raising again), one entry that no return address tells (the failed BIF,
//! the undefined function, a clause's arguments) and the return addresses as small integers, counted from where code begins. [`build_stacktrace`] makes Erlang's list of it.

use crate::api::ExitResult;
use crate::arch::{self, Ret};
use crate::bif::facts::backtrace_depth;
use crate::code::export::Mfa;
use crate::code::memory::space;
use crate::code::sites::{Site, Traced, sites};
use crate::data;
use crate::frames::Frames;
use crate::process::{Ending, Left, PendingCall, Process};
use crate::report;
use linac_abi::object::Location;
use linac_abi::term::FixedAtom;
use linac_core::{Alloc, Atom, Build, Term};
use smallvec::{SmallVec, smallvec};
use std::fmt::Write as _;

fn fixed(atom: FixedAtom) -> Term {
    Term::fixed(atom)
}

/// What stands on top of a stack trace besides what return addresses tell.
#[derive(Clone, Copy, Debug)]
pub enum Top {
    /// Nothing: the innermost frame raised.
    Nothing,
    /// A function that has no frame, with its arguments or its arity.
    Call(Mfa, Term),
    /// A BIF that failed, with its arguments: the trace says who can explain the error.
    Bif(Mfa, Term),
    /// The innermost frame's function was called with these arguments.
    Arguments(Term),
    /// More about the innermost frame's function: its arguments if that is a list, and a map for who explains the error.
    Details(Term, Term),
}

impl Process {
    /// Records an exception of class error for the raise that follows.
    pub fn fail(&mut self, reason: Term) {
        self.record(fixed(FixedAtom::Error), reason);
    }

    /// Records an exception for the raise that follows.
    pub fn record(&mut self, class: Term, reason: Term) {
        self.head.exc_class = class.raw();
        self.head.exc_reason = reason.raw();
        self.head.exc_trace = Term::NONE.raw();
        self.pending_call = None;
    }

    /// Records an error in a call that has no frame.
    pub fn fail_in(&mut self, reason: Term, mfa: Mfa, arguments: [Term; 3]) {
        self.fail(reason);
        self.pending_call = Some(PendingCall { mfa, arguments });
    }

    /// Raises the recorded exception. Its trace is made now unless there is one.
    pub fn raise_recorded(&mut self) -> Ret {
        let top = match self.pending_call.take() {
            Some(PendingCall { mfa, arguments }) => {
                let list = self.heap.list(&arguments[..usize::from(mfa.arity)]);
                Top::Bif(mfa, list)
            }
            None => Top::Nothing,
        };
        self.raise_with(top)
    }

    /// Raises the recorded exception with this on top of its trace.
    pub fn raise_with(&mut self, top: Top) -> Ret {
        if self.head.exc_trace == Term::NONE.raw() {
            self.head.exc_trace = self.raw_trace(top).raw();
        }
        let exception = [self.head.exc_class, self.head.exc_reason, self.head.exc_trace];
        self.head.exc_class = 0;
        self.head.exc_reason = 0;
        self.head.exc_trace = 0;
        self.head.live_args = 0;
        // SAFETY: the process came here through the glue, so its stack begins with a return address.
        let handler = unsafe { Frames::new(&self.head) }.handler();
        match handler {
            Some(frame) => {
                self.head.sp = arch::landing_sp(frame.slots);
                self.head.transfer = frame.site.landing_pad;
                self.area()[..3].copy_from_slice(&exception);
                self.check_pressure();
                Ret::RESUME
            }
            None => {
                // SAFETY: the fields held terms.
                let [class, reason, trace] = exception.map(|word| unsafe { Term::from_raw(word) });
                self.ending = Ending::Uncaught(class, reason, trace);
                self.left = Left::Ended;
                Ret::LEAVE
            }
        }
    }

    /// The raw trace of where the process is.
    pub(crate) fn raw_trace(&mut self, top: Top) -> Term {
        let top = match top {
            Top::Nothing => Term::NIL,
            Top::Call(mfa, arguments) => {
                let parts = [Term::atom(mfa.module), Term::atom(mfa.function), arguments, Term::NIL];
                self.heap.tuple(&parts)
            }
            Top::Bif(mfa, arguments) => {
                let info = self.error_info(mfa.module);
                let parts = [Term::atom(mfa.module), Term::atom(mfa.function), arguments, info];
                self.heap.tuple(&parts)
            }
            Top::Arguments(list) => self.heap.cons(list, Term::NIL),
            Top::Details(arguments, info) => self.heap.cons(arguments, info),
        };
        let class = match self.head.exc_class {
            0 => fixed(FixedAtom::Error).raw(),
            class => class,
        };
        // SAFETY: the field held a term.
        let mut parts: SmallVec<[Term; 16]> = smallvec![unsafe { Term::from_raw(class) }, top];
        // SAFETY: as in `raise_with`.
        let frames = unsafe { Frames::new(&self.head) };
        let depth = backtrace_depth();
        // Consecutive frames of one call are one entry: a deep recursion leaves room for what led to it.
        let (mut count, mut last, mut once) = (0, Last::Nothing, 0);
        for frame in frames {
            if once == frame.return_address {
                continue;
            }
            let before = count;
            once = frame.return_address;
            if let Traced::Once(..) = frame.site.traced {
                count += usize::from(!last.is_repeated_by(frame.site));
                last = Last::Site(frame.site);
            } else {
                let mut all = 0;
                entries(frame.site, |entry| {
                    all += 1;
                    count += usize::from(!entry.repeats(&last.entry()));
                    last = Last::Entry(entry);
                });
                if all != 1 {
                    once = 0;
                }
            }
            if count > before {
                parts.push(Term::small(space().code_offset(frame.return_address) as isize));
            }
            if count >= depth {
                break;
            }
        }
        self.heap.tuple(&parts)
    }

    /// The location of a failed BIF: the library module that explains its errors, and the cause if the BIF told one.
    fn error_info(&mut self, module: Atom) -> Term {
        let cause = self.error_cause.take();
        let explains = match module.text() {
            "erlang" | "erts_internal" | "atomics" | "counters" | "persistent_term" => "erl_erts_errors",
            "binary" | "ets" | "lists" | "maps" | "math" | "re" | "unicode" => "erl_stdlib_errors",
            "os" | "code" => "erl_kernel_errors",
            _ => return Term::NIL,
        };
        let is_error = self.head.exc_class == fixed(FixedAtom::Error).raw();
        if !is_error || self.head.exc_reason == fixed(FixedAtom::FunctionClause).raw() {
            return Term::NIL;
        }
        let pairs = [(data::atom("module"), data::atom(explains))];
        let cause = cause.map(|cause| (data::atom("cause"), data::atom(cause)));
        let map = linac_core::map::from_pairs(&mut self.heap, pairs.into_iter().chain(cause));
        let pair = self.heap.tuple(&[fixed(FixedAtom::ErrorInfo), map]);
        self.heap.list(&[pair])
    }

    /// `{M, F, A}` with the trace of where the process is now, for `process_info`.
    pub fn current_trace(&mut self) -> Term {
        let raw = self.raw_trace(Top::Nothing);
        build_stacktrace(&mut self.heap, raw)
    }
}

/// An entry of a stack trace.
#[derive(Clone, Copy)]
struct Entry<'a> {
    module: &'a str,
    function: &'a str,
    arity: u8,
    place: Option<(&'a str, u32)>,
    /// See [`linac_abi::object::ReturnSite::call`].
    call: u32,
}

impl Entry<'_> {
    /// Is this the same call as the one before?
    fn repeats(&self, before: &Option<Entry<'_>>) -> bool {
        before.as_ref().is_some_and(|b| {
            self.call != 0
                && (self.call, self.arity, self.function, self.module)
                    == (b.call, b.arity, b.function, b.module)
        })
    }
}

/// What a walk has seen last.
enum Last<'a> {
    Nothing,
    /// A site that stands for one entry.
    Site(&'a Site),
    Entry(Entry<'a>),
}

impl<'a> Last<'a> {
    fn entry(&self) -> Option<Entry<'a>> {
        match self {
            Last::Nothing => None,
            Last::Entry(entry) => Some(*entry),
            Last::Site(site) => {
                let mut found = None;
                entries(site, |entry| found = Some(entry));
                found
            }
        }
    }

    /// Is this site, which stands for one entry, the same call again?
    fn is_repeated_by(&self, site: &Site) -> bool {
        let Traced::Once(function, call) = site.traced else { return false };
        match self {
            Last::Nothing => false,
            _ if call == 0 => false,
            Last::Site(last) if std::ptr::eq(last.unit, site.unit) => {
                last.traced == Traced::Once(function, call)
            }
            Last::Site(last) if !matches!(last.traced, Traced::Once(_, other) if other == call) => false,
            _ => Last::Site(site).entry().is_some_and(|entry| entry.repeats(&self.entry())),
        }
    }
}

/// The entries that a site stands for, innermost first.
fn entries<'a>(site: &'a Site, mut each: impl FnMut(Entry<'a>)) {
    // SAFETY: a site's unit outlives it.
    let unit = unsafe { &*site.unit };
    let (object, record) = (&unit.object, unit.record(site));
    let place = |location: Option<Location>| {
        location.map(|location| (object.files[location.file as usize].as_str(), location.line))
    };
    for frame in &record.inlined {
        let mfa = &object.inlined_functions[frame.function as usize];
        let (place, call) = (place(frame.location), frame.call);
        each(Entry { module: &mfa.module, function: &mfa.function, arity: mfa.arity, place, call });
    }
    if record.left {
        return;
    }
    let function = &object.functions[record.function as usize];
    let (place, call) = (place(record.location), record.call);
    each(Entry { module: &object.module, function: &function.name, arity: function.arity, place, call });
}

/// The raw trace of an exception that is raised with a finished trace.
pub(crate) fn finished_trace<A: Alloc>(heap: &mut A, class: Term, list: Term) -> Term {
    heap.tuple(&[class, Term::NIL, list])
}

/// The class of the exception that a raw trace was made for.
pub(crate) fn class_of(raw: Term) -> Option<Term> {
    raw.as_tuple().and_then(|parts| parts.first().copied())
}

/// The list form of a raw trace; what is a list already stays what it is.
pub fn build_stacktrace<A: Alloc>(heap: &mut A, raw: Term) -> Term {
    let Some([_, top, addresses @ ..]) = raw.as_tuple() else {
        return if raw.is_list() { raw } else { Term::NIL };
    };
    if let [list] = addresses
        && list.is_list()
    {
        return *list;
    }
    let mut list = Vec::new();
    let (mut arguments, mut info) = (None, Term::NIL);
    match top.as_cons() {
        Some([given, more]) => {
            arguments = Some(*given).filter(|given| given.is_list());
            info = *more;
        }
        None if top.is_tuple() => list.push(*top),
        None => {}
    }
    let mut last = None;
    for address in addresses {
        let Some(site) =
            address.as_small().and_then(|offset| sites().get(space().code_address(offset as usize)))
        else {
            continue;
        };
        entries(site, |entry| {
            if entry.repeats(&last) {
                return;
            }
            let mut location = Vec::new();
            if let Some((file, line)) = entry.place {
                let file = heap.string(file);
                location.push(heap.tuple(&[fixed(FixedAtom::File), file]));
                location.push(heap.tuple(&[fixed(FixedAtom::Line), Term::small(line as isize)]));
            }
            if !info.is_nil() {
                location.push(heap.tuple(&[fixed(FixedAtom::ErrorInfo), info]));
                info = Term::NIL;
            }
            let location = heap.list(&location);
            let atom = |text| Atom::new(text).map_or(fixed(FixedAtom::Undefined), Term::atom);
            let arity = arguments.take().unwrap_or(Term::small(isize::from(entry.arity)));
            list.push(heap.tuple(&[atom(entry.module), atom(entry.function), arity, location]));
            last = Some(entry);
        });
    }
    list.truncate(backtrace_depth());
    heap.list(&list)
}

/// The exit reason that an uncaught exception makes.
pub fn exit_reason(process: &mut Process, class: Term, reason: Term, trace: Term) -> Term {
    if class == fixed(FixedAtom::Exit) {
        return reason;
    }
    let trace = build_stacktrace(&mut process.heap, trace);
    let reason = if class == fixed(FixedAtom::Throw) {
        process.heap.tuple(&[fixed(FixedAtom::Nocatch), reason])
    } else {
        reason
    };
    process.heap.tuple(&[reason, trace])
}

/// What the run's caller is told of how its process ended.
pub fn main_result(process: &mut Process) -> ExitResult {
    match process.ending {
        Ending::Returned(value) => ExitResult::Value {
            text: data::pretty(value),
            success: value == fixed(FixedAtom::Ok) || value == Term::small(0),
        },
        Ending::Exited(reason) => ExitResult::Exception(format!("exception exit: {}", data::text(reason))),
        Ending::Uncaught(class, reason, trace) => {
            let trace = build_stacktrace(&mut process.heap, trace);
            ExitResult::Exception(report::exception_text(class, reason, trace))
        }
    }
}

/// Says that a process crashed, in the words of the reference VM: to the logger; without OTP's libraries, on stderr.
pub fn report(process: &mut Process, reason: Term) {
    if crate::service::report(process, reason) {
        return;
    }
    crate::say!(
        "Error in process {} with exit value:\n{}\n",
        data::text(process.pid.term()),
        data::text(reason)
    );
}

/// `module:function/arity`
pub fn mfa_text(mfa: Mfa) -> String {
    format!("{}:{}/{}", mfa.module.text(), mfa.function.text(), mfa.arity)
}

/// Function and place of a return site.
pub fn site_text(site: &Site) -> String {
    let mut text = String::new();
    entries(site, |entry| {
        let _ = write!(text, "{}:{}/{} ", entry.module, entry.function, entry.arity);
        if let Some((file, line)) = entry.place {
            let _ = write!(text, "({file}:{line}) ");
        }
    });
    text
}
