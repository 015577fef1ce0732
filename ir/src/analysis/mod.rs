//! Analyses of the control-flow graph, computed on demand and thrown away when it changes.

mod cfg;
mod domtree;
mod liveness;
mod loops;

pub use cfg::{Cfg, Edge, Preds};
pub use domtree::DomTree;
pub use liveness::Liveness;
pub use loops::Loops;
