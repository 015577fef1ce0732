//! The functions of the module `math`.

use crate::process::Process;
use linac_abi::term::FixedAtom;
use linac_core::{Build, Term, number};

type Out = Result<Term, Term>;

const BADARITH: Term = Term::fixed(FixedAtom::Badarith);

fn argument(t: Term) -> Result<f64, Term> {
    number::to_f64(t).ok_or(BADARITH)
}

fn result(p: &mut Process, value: f64) -> Out {
    if value.is_finite() { Ok(p.heap.float(value)) } else { Err(BADARITH) }
}

macro_rules! functions {
    ($($name:ident $function:path;)*) => {
        $(pub fn $name(p: &mut Process, a: &[Term]) -> Out {
            let value = $function(argument(a[0])?);
            result(p, value)
        })*
    };
}

functions! {
    acos f64::acos; acosh f64::acosh; asin f64::asin; asinh f64::asinh; atan f64::atan; atanh f64::atanh;
    ceil f64::ceil; cos f64::cos; cosh f64::cosh; exp f64::exp; floor f64::floor; log f64::ln; log10 f64::log10;
    log2 f64::log2; sin f64::sin; sinh f64::sinh; sqrt f64::sqrt; tan f64::tan; tanh f64::tanh;
}

pub fn pi(p: &mut Process, _: &[Term]) -> Out {
    result(p, std::f64::consts::PI)
}

pub fn tau(p: &mut Process, _: &[Term]) -> Out {
    result(p, std::f64::consts::TAU)
}

pub fn pow(p: &mut Process, a: &[Term]) -> Out {
    let value = argument(a[0])?.powf(argument(a[1])?);
    result(p, value)
}

pub fn atan2(p: &mut Process, a: &[Term]) -> Out {
    let value = argument(a[0])?.atan2(argument(a[1])?);
    result(p, value)
}

pub fn fmod(p: &mut Process, a: &[Term]) -> Out {
    let value = argument(a[0])? % argument(a[1])?;
    result(p, value)
}
