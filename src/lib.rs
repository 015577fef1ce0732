//! A BEAM runtime in which everything runs as native code made by an SSA optimizing compiler.
#![forbid(unsafe_code)]
