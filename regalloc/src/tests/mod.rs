//! Tests over a toy instruction set.

mod basic;
mod coloring;
mod hot;
mod labels;
mod random;
mod sim;
mod stress;
mod toy;
mod wrong;
