//! The functions of the module `math`.

use super::BADARG;
use crate::process::Process;
use linac_abi::term::FixedAtom;
use linac_core::{Build, Term, number};

type Out = Result<Term, Term>;

const BADARITH: Term = Term::fixed(FixedAtom::Badarith);

/// Numbers that are too large for a float are bad arithmetic, everything else that is no float a bad argument.
fn argument(t: Term) -> Result<f64, Term> {
    number::to_f64(t).ok_or(if t.is_number() { BADARITH } else { BADARG })
}

/// Functions of the C library, whose last digits those of the reference VM are; Rust's standard library has its own or none.
mod libm {
    unsafe extern "C" {
        // SAFETY: C's mathematical functions take any number and touch nothing.
        pub safe fn acosh(x: f64) -> f64;
        pub safe fn asinh(x: f64) -> f64;
        pub safe fn atanh(x: f64) -> f64;
        pub safe fn erf(x: f64) -> f64;
        pub safe fn erfc(x: f64) -> f64;
    }
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
    acos f64::acos; acosh libm::acosh; asin f64::asin; asinh libm::asinh; atan f64::atan; atanh libm::atanh;
    ceil f64::ceil; cos f64::cos; cosh f64::cosh; erf libm::erf; erfc libm::erfc; exp f64::exp; floor f64::floor; log f64::ln; log10 f64::log10;
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
