//! Tests over a toy instruction set.

mod basic;
mod random;
mod sim;
mod stress;
mod toy;
mod wrong;
