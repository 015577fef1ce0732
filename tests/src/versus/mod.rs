//! Generated programs on OTP and on linac.
//!
//! [`make`] makes modules of random functions from seeds. OTP's compiler compiles them; `tests/versus/versus.erl` runs all
//! their calls, on OTP and on linac in several modes, and writes what came of each on a line ([`run`]). Where lines
//! differ, the program is made as small as it goes with the difference still there ([`shrink`]).

pub mod make;
pub mod random;
pub mod run;
pub mod shrink;
pub mod tree;
