//! The Rust side of the runtime calls: one function per row of the table in `linac_abi::rtcall`, and what the other
//! entries of the glue lead to.
//!
//! Every function here is called on the C stack with the process that runs on this thread. Leaf calls return a word
//! and neither collect nor move the heap top; the others return a [`Ret`].

use crate::arch::Ret;
use crate::bif::process::Unsent;
use crate::bif::{self, Outcome};
pub use crate::bits::{bs_create, bs_equal, bs_float, bs_integer, bs_part, bs_utf};
use crate::code::cell::{Cell, CellInfo};
use crate::code::sites::sites;
use crate::code::{DEAD_FUN, LoadError, Loaded, export::Mfa};
use crate::data;
use crate::exception::Top;
use crate::process::{Ending, Left, Process};
use linac_abi::rtcall::{ErrorKind, STACK_RESERVE_WORDS};
use linac_abi::term::{FixedAtom, NONE};
use linac_core::number::{self, NumError};
use linac_core::{Atom, Build, Term, View};
use linac_core::{compare, map};

const NOTHING: usize = NONE as usize;

/// The process of a runtime call, and its arguments as terms.
macro_rules! enter {
    ($p:ident $(, $arg:ident)*) => {
        // SAFETY: the glue passes the process that runs on this thread; nobody else has a reference to it.
        let $p = unsafe { &mut *$p };
        // SAFETY: compiled code passes terms where the table of runtime calls says so.
        $(let $arg = unsafe { Term::from_raw($arg) };)*
    };
}

fn atom_of(fixed: FixedAtom) -> Atom {
    Atom(fixed as u32)
}

/// Module and name of an operator in stack traces.
fn operator(name: &str, arity: u8) -> Mfa {
    let function = Atom::new(name).unwrap_or(atom_of(FixedAtom::Undefined));
    Mfa { module: atom_of(FixedAtom::Erlang), function, arity }
}

/// Makes room for words between heap top and stack.
fn make_room(p: &mut Process, words: usize) -> Ret {
    // SAFETY: called from safepoints only, whose stack maps say what lives.
    match unsafe { p.ensure(words) } {
        Ok(()) => Ret::value(0),
        Err(_) => {
            // A process that runs out of memory, or of what it may have, dies alone.
            p.ending = Ending::Exited(p.starved());
            p.left = Left::Ended;
            Ret::LEAVE
        }
    }
}

/// Words of data that one call may pay for in stress mode.
const STRESS_WORDS: usize = 8;

/// From this many words on, collecting gets rare: checking millions of objects takes seconds.
const STRESS_LARGE: usize = 1 << 16;

/// Safepoints in one time slice of stress mode.
const STRESS_SLICE: u32 = 100;

/// At a safepoint: gives way if the slice is over, else takes back what was set aside to force the safepoint.
fn after_safepoint(p: &mut Process) -> Ret {
    if p.taken_reductions > 0 {
        p.head.reds = p.head.reds.wrapping_add(p.taken_reductions as usize);
        p.taken_reductions = 0;
    }
    if p.system.options.gc_stress && p.stressed < STRESS_SLICE {
        p.stressed += 1;
        // A collection of much data is followed by as many calls as make its cost constant for each.
        let stack = (p.head.stack_base - p.head.sp) / size_of::<usize>();
        let words = p.heap.used_words(&p.head) + stack;
        p.head.reds = if words < STRESS_LARGE { words / STRESS_WORDS } else { words * 2 };
        return Ret::RESUME;
    }
    if (p.head.reds as isize) <= 0 {
        p.left = Left::Yielded;
        p.head.transfer = 0;
        return Ret::LEAVE;
    }
    Ret::RESUME
}

macro_rules! rt {
    ($($(#[$doc:meta])* fn $name:ident($p:ident $(, $arg:ident)*) -> $ret:ty $body:block)*) => {
        $($(#[$doc])*
        ///
        /// # Safety
        /// Called by the glue only: `p` is the process that runs on this thread.
        pub unsafe extern "C" fn $name($p: *mut Process $(, $arg: usize)*) -> $ret $body)*
    };
}

mod records;
pub use records::{record_get, record_new, record_put};

rt! {
    /// `gc`
    fn gc(p, words) -> Ret {
        enter!(p);
        make_room(p, words)
    }

    /// `yield`
    fn yield_(p) -> Ret {
        enter!(p);
        p.head.live_args = 0;
        let room = make_room(p, 0);
        if room.action() == crate::arch::Action::Leave {
            return room;
        }
        p.head.transfer = 0;
        after_safepoint(p)
    }

    /// `entry`: `word` is the arity and, above 8 bits, the frame size.
    fn entry(p, word) -> Ret {
        enter!(p);
        p.head.live_args = word & 0xFF;
        p.head.transfer = 0;
        // Beyond the reserve there must be room even for a frame without words, or nothing would ever grow.
        let words = (word >> 8) + STACK_RESERVE_WORDS as usize;
        let room = make_room(p, words);
        if room.action() == crate::arch::Action::Leave {
            return room;
        }
        let ret = after_safepoint(p);
        if ret.action() == crate::arch::Action::Leave {
            p.entry_room = words;
        } else {
            p.head.live_args = 0;
        }
        ret
    }

    /// `tier_up`: convention of `entry`.
    fn tier_up(p, word) -> Ret {
        enter!(p);
        // SAFETY: the glue stored a stack pointer that points at a return address into native code.
        let site = sites().get(unsafe { *(p.head.sp as *const usize) });
        if let Some(site) = site {
            // SAFETY: a site's unit outlives it.
            let unit = unsafe { &*site.unit };
            let function = &unit.object.functions[unit.record(site).function as usize];
            let module = Atom::new(&unit.object.module).ok();
            if let Some(instance) = module.and_then(|module| p.system.code.instance(module, unit.instance)) {
                instance.counter(function.index).store(i32::MAX as u32, std::sync::atomic::Ordering::Relaxed);
                p.system.code.promote(&instance, function.index);
            }
        }
        let _ = word;
        p.head.live_args = 0;
        p.head.transfer = 0;
        Ret::RESUME
    }
}

/// A binary arithmetic runtime call.
macro_rules! arithmetic {
    ($($name:ident $operator:literal;)*) => {
        $(#[doc = concat!("`a ", $operator, " b`")]
        ///
        /// # Safety
        /// Called by the glue only.
        pub unsafe extern "C" fn $name(p: *mut Process, a: usize, b: usize) -> usize {
            enter!(p, a, b);
            match number::$name(&mut p.heap, a, b) {
                Ok(result) => {
                    p.check_pressure();
                    result.raw()
                }
                Err(error) => arithmetic_error(p, error, operator($operator, 2), [a, b, Term::NIL]),
            }
        })*
    };
}

arithmetic! {
    add "+"; sub "-"; mul "*"; fdiv "/"; idiv "div"; irem "rem"; band "band"; bor "bor"; bxor "bxor"; bsl "bsl";
    bsr "bsr";
}

/// Records why an arithmetic operation failed.
#[cold]
pub fn arithmetic_error(p: &mut Process, error: NumError, mfa: Mfa, arguments: [Term; 3]) -> usize {
    p.fail_in(Term::fixed(data::number_error(error)), mfa, arguments);
    NOTHING
}

rt! {
    /// `-a`
    fn neg(p, a) -> usize {
        enter!(p, a);
        match number::neg(&mut p.heap, a) {
            Ok(result) => result.raw(),
            Err(error) => arithmetic_error(p, error, operator("-", 1), [a, Term::NIL, Term::NIL]),
        }
    }

    /// `bnot a`
    fn bnot(p, a) -> usize {
        enter!(p, a);
        match number::bnot(&mut p.heap, a) {
            Ok(result) => result.raw(),
            Err(error) => arithmetic_error(p, error, operator("bnot", 1), [a, Term::NIL, Term::NIL]),
        }
    }

    /// `a == b`
    fn eq(p, a, b) -> usize {
        enter!(p, a, b);
        let _ = p;
        usize::from(compare::eq(a, b))
    }

    /// `a =:= b`
    fn eq_exact(p, a, b) -> usize {
        enter!(p, a, b);
        let _ = p;
        usize::from(compare::eq_exact(a, b))
    }

    /// `a < b`
    fn lt(p, a, b) -> usize {
        enter!(p, a, b);
        let _ = p;
        usize::from(compare::lt(a, b))
    }

    /// Leaf BIF number `number`.
    fn bif(p, number, a, b, c) -> usize {
        enter!(p, a, b, c);
        bif::call_leaf(p, number, [a, b, c])
    }

    /// `is_function(a, b)`
    fn is_fun2(p, a, b) -> usize {
        enter!(p, a, b);
        let _ = p;
        match (a.view(), b.as_small()) {
            (View::Fun(fun), Some(arity)) => usize::from(fun.arity() as isize == arity),
            _ => 0,
        }
    }

    /// Value of key `b` in map `a`, NONE if there is none.
    fn map_get(p, map, key) -> usize {
        enter!(p, map, key);
        let _ = p;
        if map.is_map() { map::get(map, key).unwrap_or(Term::NONE).raw() } else { NOTHING }
    }

    /// Map `a` with `pairs` key-value pairs from the argument area.
    fn map_put(p, map, pairs, exact) -> usize {
        enter!(p, map);
        let words = p.arguments(2 * pairs);
        if !map.is_map() {
            let reason = p.heap.tuple(&[Term::fixed(FixedAtom::Badmap), map]);
            p.fail(reason);
            return NOTHING;
        }
        let (words, _) = words.as_chunks();
        let result = match map::put_all(&mut p.heap, map, words, exact == 1) {
            Ok(result) => result,
            Err(missing) => {
                let key = missing.unwrap_or(Term::NIL);
                let reason = p.heap.tuple(&[Term::fixed(FixedAtom::Badkey), key]);
                p.fail(reason);
                return NOTHING;
            }
        };
        p.check_pressure();
        result.raw()
    }

    /// The number `a` as a float.
    fn to_f64(p, a) -> f64 {
        enter!(p, a);
        let _ = p;
        number::to_f64(a).unwrap_or(f64::NAN)
    }

    /// Sends `message` to `to`.
    fn send(p, to, message) -> usize {
        enter!(p, to, message);
        match bif::process::send_message(p, to, message) {
            Ok(()) => message.raw(),
            // Native code cannot wait here; somebody else does.
            Err(Unsent::Starting(name, _)) => {
                crate::service::forward(p, name, message);
                message.raw()
            }
            Err(Unsent::Nobody) => {
                p.fail_in(Term::fixed(FixedAtom::Badarg), operator("send", 2), [to, message, Term::NIL]);
                NOTHING
            }
        }
    }

    /// The message under examination.
    fn recv_peek(p) -> usize {
        enter!(p);
        p.recv_peek().raw()
    }

    /// Takes it out.
    fn recv_remove(p) -> usize {
        enter!(p);
        p.recv_remove();
        0
    }

    /// Goes on to the next.
    fn recv_next(p) -> usize {
        enter!(p);
        p.mailbox.advance();
        0
    }

    /// Waits for more.
    fn recv_wait(p) -> Ret {
        enter!(p);
        p.head.live_args = 0;
        p.recv_wait()
    }

    /// Waits for more, not for ever.
    fn recv_wait_timeout(p, timeout) -> Ret {
        enter!(p, timeout);
        p.head.live_args = 0;
        p.recv_wait_timeout(timeout)
    }

    /// Ends a receive by timeout.
    fn recv_timeout(p) -> usize {
        enter!(p);
        p.recv_timeout();
        0
    }

    /// Raises an error of kind `kind` about `value`.
    fn raise_error(p, kind, value) -> Ret {
        enter!(p, value);
        let reason = match ErrorKind::ALL.get(kind) {
            Some((kind, _)) => error_reason(p, *kind, value),
            None => Term::fixed(FixedAtom::SystemLimit),
        };
        p.fail(reason);
        p.raise_with(Top::Nothing)
    }

    /// Raises what was recorded.
    fn raise_pending(p) -> Ret {
        enter!(p);
        p.raise_recorded()
    }

    /// Raises `class`, `reason` with a given raw trace.
    fn raise_raw(p, class, reason, trace) -> Ret {
        enter!(p, class, reason, trace);
        // NONE asks for the class that the trace was made with.
        let class = if class == Term::NONE { crate::exception::class_of(trace).unwrap_or(class) } else { class };
        let classes = [FixedAtom::Error, FixedAtom::Exit, FixedAtom::Throw];
        if !classes.into_iter().any(|known| Term::fixed(known) == class) {
            return Ret::value(FixedAtom::Badarg.word() as usize);
        }
        p.record(class, reason);
        p.head.exc_trace = if trace.is_tuple() {
            trace.raw()
        } else {
            let list = if trace.is_list() { trace } else { Term::NIL };
            crate::exception::finished_trace(&mut p.heap, class, list).raw()
        };
        p.raise_with(Top::Nothing)
    }

    /// No clause matched; `count` arguments stand in the argument area.
    fn function_clause(p, count) -> Ret {
        enter!(p);
        let arguments = p.arguments(count);
        let list = p.heap.list(arguments);
        p.fail(Term::fixed(FixedAtom::FunctionClause));
        p.raise_with(Top::Arguments(list))
    }

    /// The list form of a raw trace.
    fn build_stacktrace(p, raw) -> usize {
        enter!(p, raw);
        crate::exception::build_stacktrace(&mut p.heap, raw).raw()
    }

    /// Raises badfun or badarity.
    fn bad_fun(p, fun, count) -> Ret {
        enter!(p, fun);
        let reason = match fun.view() {
            View::Fun(_) => {
                let arguments = p.arguments(count);
                let list = p.heap.list(arguments);
                let call = p.heap.tuple(&[fun, list]);
                p.heap.tuple(&[Term::fixed(FixedAtom::Badarity), call])
            }
            _ => p.heap.tuple(&[Term::fixed(FixedAtom::Badfun), fun]),
        };
        p.fail(reason);
        p.raise_with(Top::Nothing)
    }

    /// Entry cell of `module:function/arity`, 0 if those are no names.
    fn apply_resolve(p, module, function, arity) -> usize {
        enter!(p, module, function);
        let export = match (module.as_atom(), function.as_atom(), u8::try_from(arity)) {
            (Some(module), Some(function), Ok(arity)) => {
                p.system.code.exports.get(Mfa { module, function, arity }).ok()
            }
            _ => None,
        };
        match export {
            Some(export) => export.cell.address(),
            None => 0,
        }
    }

    /// Raises badarg for names that are none.
    fn bad_apply(p, module, function, count) -> Ret {
        enter!(p, module, function);
        let arguments = p.arguments(count);
        let list = p.heap.list(arguments);
        p.fail_in(Term::fixed(FixedAtom::Badarg), operator("apply", 3), [module, function, list]);
        p.raise_recorded()
    }

    /// Entry cell of a lambda of the module that calls.
    fn make_fun_cell(p, number) -> usize {
        enter!(p);
        // SAFETY: the glue stored a stack pointer that points at a return address into native code.
        let site = sites().get(unsafe { *(p.head.sp as *const usize) });
        let cell = site.and_then(|site| {
            // SAFETY: a site's unit outlives it.
            let unit = unsafe { &*site.unit };
            let module = Atom::new(&unit.object.module).ok()?;
            p.system.code.instance(module, unit.instance)?.lambda_cell(number as u32)
        });
        // A number that is not in the table is a compiler bug; the code object's symbols are checked when linking,
        // this number is not.
        cell.unwrap_or_else(|| panic!("no lambda {number} in the calling module"))
    }

    /// Copy of a tuple with `count` position-value pairs from the argument area.
    fn update_record(p, tuple, count, _hint) -> usize {
        enter!(p, tuple);
        let pairs = p.arguments(2 * count);
        let mut elements = tuple.as_tuple().map(<[Term]>::to_vec).unwrap_or_default();
        for pair in pairs.chunks_exact(2) {
            let position = pair[0].as_small().map(|n| n as usize);
            match position.and_then(|n| elements.get_mut(n.wrapping_sub(1))) {
                Some(element) => *element = pair[1],
                None => panic!("record update outside the tuple"),
            }
        }
        p.check_pressure();
        p.heap.tuple(&elements).raw()
    }
}

fn error_reason(p: &mut Process, kind: ErrorKind, value: Term) -> Term {
    let (name, with_value) = kind.reason();
    if with_value { p.heap.tuple(&[Term::fixed(name), value]) } else { Term::fixed(name) }
}

rt! {
    /// A BIF called through its cell.
    fn bif_entry(p, number) -> Ret {
        enter!(p);
        bif::call_full(p, number as u32)
    }

    /// A function that is not compiled yet.
    fn lazy_entry(p, number) -> Ret {
        enter!(p);
        let code = p.system.code.clone();
        let Some((instance, function)) = code.lazy(number as u32) else {
            p.fail(Term::fixed(FixedAtom::Undef));
            return p.raise_with(Top::Nothing);
        };
        match code.compile_lazy(&instance, function) {
            Ok(entry) => {
                p.head.transfer = entry;
                p.head.live_args = 0;
                Ret::RESUME
            }
            Err(error) => load_error(p, &error),
        }
    }

    /// An export that is not defined.
    fn undef_entry(p, number) -> Ret {
        enter!(p);
        // The fun comes behind its arguments.
        if let Some(arity @ ..256) = (DEAD_FUN as usize).checked_sub(number) {
            let fun = p.arguments(arity + 1)[arity];
            let reason = p.heap.tuple(&[Term::fixed(FixedAtom::Badfun), fun]);
            p.fail(reason);
            return p.raise_with(Top::Nothing);
        }
        let code = p.system.code.clone();
        let Some(export) = code.exports.by_number(number as u32) else {
            panic!("undefined-function thunk {number} has no export")
        };
        let mfa = export.export.mfa;
        let error_handler = atom_of(FixedAtom::ErrorHandler);
        let own = bif::error_handler(p).filter(|own| *own != error_handler);
        let mut loaded = Loaded::Current;
        if own.is_none() && !export.is_defined() {
            match code.load_from_path(mfa.module, false) {
                Ok(found) => loaded = found.map_or(loaded, |(loaded, _)| loaded),
                Err(error) => return load_error(p, &error),
            }
        }
        if export.is_defined() {
            p.head.transfer = export.cell.code().get();
            p.head.live_args = 0;
            return Ret::RESUME;
        }
        let arguments = p.arguments(usize::from(mfa.arity));
        let list = p.heap.list(arguments);
        let call = [Term::atom(mfa.module), Term::atom(mfa.function), list];
        if loaded == Loaded::Pending
            && let Some(demand) = crate::service::on_demand(&code)
        {
            // The process that sees to `-on_load` functions decides whether there is such a function.
            let outcome = Outcome::trap(p, demand, &call);
            return bif::act(p, outcome);
        }
        let defined = |handler: Mfa| code.exports.find(handler).filter(|handler| handler.is_defined());
        let (handler, call) = match own {
            Some(module) => {
                let handler = Mfa { module, function: atom_of(FixedAtom::UndefinedFunction), arity: 3 };
                if defined(handler).is_none()
                    && let Err(error) = code.load_from_path(module, false)
                {
                    return load_error(p, &error);
                }
                (defined(handler), &call[..])
            }
            // What OTP's `error_handler` does with a module that is there, without asking it.
            None => {
                let own = Atom::new("$handle_undefined_function").ok();
                let handler = own.map(|function| Mfa { module: mfa.module, function, arity: 2 });
                (handler.and_then(defined), &call[1..])
            }
        };
        if let Some(handler) = handler {
            let outcome = Outcome::trap(p, handler, call);
            return bif::act(p, outcome);
        }
        p.fail(Term::fixed(FixedAtom::Undef));
        p.raise_with(Top::Call(mfa, list))
    }

    /// The first function of a process has returned.
    fn process_exit(p, value) -> Ret {
        enter!(p, value);
        p.ending = Ending::Returned(value);
        p.left = Left::Ended;
        p.head.live_args = 0;
        // The stack pointer has left the stack; point it at the exit address again, so that the stack is well formed.
        p.head.sp -= size_of::<usize>();
        Ret::LEAVE
    }
}

/// Raises what kept code from being loaded or compiled, by name.
fn load_error(p: &mut Process, error: &LoadError) -> Ret {
    let kind = Atom::new("load_failure").map_or(Term::fixed(FixedAtom::SystemLimit), Term::atom);
    let text = error.to_string();
    let text = match p.heap.binary(text.as_bytes()) {
        Ok(text) => text,
        Err(_) => Term::fixed(FixedAtom::SystemLimit),
    };
    let reason = p.heap.tuple(&[kind, text]);
    p.fail(reason);
    p.raise_with(Top::Nothing)
}

/// What is behind a fun's cell, for the data layer.
pub fn fun_info(cell: usize) -> Option<linac_core::fun::FunInfo> {
    use linac_core::fun::FunInfo;
    // SAFETY: the data layer passes what a fun holds, which is the address of a cell.
    match unsafe { Cell::of_code_word(cell) }.info() {
        CellInfo::Export(export) => {
            Some(FunInfo::Export { module: export.mfa.module, function: export.mfa.function })
        }
        CellInfo::Lambda(lambda) => {
            Some(FunInfo::Local { module: lambda.module, index: lambda.index, uniq: lambda.uniq })
        }
        CellInfo::Local => None,
    }
}
