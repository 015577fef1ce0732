//! Tests over a toy instruction set.

mod basic;
mod sim;
mod toy;
