//! A module of two functions, compiled, and the tools that look at it.

use linac_abi::WordSize;
use linac_abi::object::CodeObject;
use linac_abi::rtcall::RtCall;
use linac_ir::{
    BeamReg, ConstData, Cursor, ExtFunc, Function, Imm, IntCond, Loc, LocData, Opcode, Stage, Type,
};
use linac_isa::{Isa, Silent, UnitOptions, x86_64::X86_64};
use linac_regalloc::{Algorithm, VerifyLevel};
use std::process::Command;

fn function(name: &str, index: u32) -> Function {
    let mut f = Function::new("fib", name, 1, index, WordSize::W64);
    f.stage = Stage::Core;
    f.files.push("fib.erl".into());
    f
}

fn line(f: &mut Function, line: u32) -> Loc {
    f.locs.push(LocData { file: 0, line, ..LocData::default() })
}

/// fib(N) for small N: two calls, a value live across each, a slow path through the runtime.
fn fib() -> Function {
    let mut f = function("fib", 0);
    let (at4, at5) = (line(&mut f, 4), line(&mut f, 5));
    let entry = f.make_block();
    let n = f.add_param(entry, Type::Term);
    let (base, rec) = (f.make_block(), f.make_block());
    let me = f.func(ExtFunc::Local { index: 0, name: "fib".into(), arity: 1 });
    let mut c = Cursor::at_end(&mut f, entry);
    c.loc = at4;
    c.effect(Opcode::DbgValue, Imm::Reg(BeamReg::X(0)), &[n]);
    let bits = c.op(Opcode::SmallBits, &[n]);
    let two = c.iconst(2 << 4 | 15);
    let small = c.op_imm(Opcode::ICmp, Imm::IntCond(IntCond::Slt), &[bits, two]);
    c.br(small, (base, &[]), (rec, &[]));
    c.block = base;
    c.effect(Opcode::Return, Imm::None, &[n]);
    c.block = rec;
    c.loc = at5;
    let one = c.iconst(16);
    let m = c.op_ty(Opcode::WSub, &[bits, one], Type::Word);
    let m = c.op(Opcode::FromBits, &[m]);
    let a = c.call(Opcode::Call, me, &[m]);
    c.effect(Opcode::DbgValue, Imm::Reg(BeamReg::X(0)), &[a]);
    let k = c.iconst(32);
    let m = c.op_ty(Opcode::WSub, &[bits, k], Type::Word);
    let m = c.op(Opcode::FromBits, &[m]);
    let b = c.call(Opcode::Call, me, &[m]);
    let sum = c.inst(Opcode::RtCall, Imm::Rt(RtCall::Add), &[a, b], Some(Type::Term));
    let sum = c.func.result(sum);
    c.effect(Opcode::Return, Imm::None, &[sum]);
    f
}

/// twice(N) -> X = fib(N), {X, ok, Literal}-like: another module's function, an atom, a literal.
fn twice() -> Function {
    let mut f = function("twice", 1);
    let at9 = line(&mut f, 9);
    let entry = f.make_block();
    let n = f.add_param(entry, Type::Term);
    let fib = f.func(ExtFunc::Local { index: 0, name: "fib".into(), arity: 1 });
    let mut c = Cursor::at_end(&mut f, entry);
    let ok = c.constant(ConstData::Atom("ok".into()));
    let seven = c.constant(ConstData::Literal(7, linac_ir::LitShape::Cons));
    let sum = c.inst(Opcode::RtCall, Imm::Rt(RtCall::Add), &[ok, seven], Some(Type::Term));
    let _ = c.func.result(sum);
    c.loc = at9;
    let x = c.call(Opcode::Call, fib, &[n]);
    c.loc = Loc::NONE;
    c.effect(Opcode::Return, Imm::None, &[x]);
    f
}

/// The module, compiled.
pub fn compile(algorithm: Algorithm) -> CodeObject {
    let options =
        UnitOptions { algorithm, verify: VerifyLevel::Full, direct_calls: true, ..UnitOptions::default() };
    let object = X86_64.compile(&[fib(), twice()], options, &mut Silent).expect("compiles");
    object.validate().expect("valid");
    object
}

/// The module as each allocation algorithm makes it.
pub fn both_algorithms() -> [CodeObject; 2] {
    [compile(Algorithm::Ion), compile(Algorithm::Fastalloc)]
}

/// Set to 1 where the tools of other projects cannot be had: their checks are then left out, with a note.
const WITHOUT_TOOLS: &str = "LINAC_TEST_WITHOUT_TOOLS";

/// What a tool prints about a file. A tool that is not there fails the test, unless the environment allows it to be
/// missing.
pub fn tool(name: &str, arguments: &[&str], file: &[u8]) -> Option<String> {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("linac-debuginfo-{}-{number}.elf", std::process::id()));
    std::fs::write(&path, file).expect("a temporary file");
    let output = Command::new(name).args(arguments).arg(&path).output();
    let _ = std::fs::remove_file(&path);
    match output {
        Ok(output) => {
            let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
            text.push_str(&String::from_utf8_lossy(&output.stderr));
            assert!(output.status.success(), "{name} {arguments:?}: {}\n{text}", output.status);
            Some(text)
        }
        Err(error) if std::env::var_os(WITHOUT_TOOLS).is_some_and(|value| value == "1") => {
            eprintln!("left out: {name}: {error}");
            None
        }
        Err(error) => panic!("{name}: {error} (install it, or set {WITHOUT_TOOLS}=1 to do without)"),
    }
}
