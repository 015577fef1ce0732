//! Optimization passes, legalization, safepoints.
#![forbid(unsafe_code)]
